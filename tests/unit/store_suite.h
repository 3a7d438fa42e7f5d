/*
 * The suite that every store must pass, and helpers for tests of one store. Times
 * are small numbers here: a store does not care what they mean.
 */
#ifndef TOCSIN_TESTS_STORE_SUITE_H
#define TOCSIN_TESTS_STORE_SUITE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/rfc3339.h"
#include "store/store.h"

/* Each test has a store of its own: open makes it, close ends it and what it
 * left. more: tests of this store alone. Returns what main is to return. */
struct store_suite {
	const char *name;
	struct store *(*open)(void);
	void (*close)(struct store *s);
};
int store_suite_run(const struct store_suite *suite, const struct CMUnitTest *more,
	size_t n_more);

/* Rows with something in every mandatory column. */
struct incident_row suite_incident(const char *entity);
struct clock_row suite_clock(int64_t incident, const char *stage, int64_t due_at);
struct delivery_row suite_delivery(int64_t incident, const char *channel, int64_t next_at);
/* Appends the next journal record with that text. */
int suite_append(struct store *s, int64_t incident, const char *text, struct error *err);
/* Follows the whole chain; fails the test when it breaks. Returns its length. */
int64_t suite_verify_journal(struct store *s);

/* ---- for the parts of the suite, one file for each noun ---------------------- */

struct suite_fixture {
	struct store *s;
	const struct store_ops *ops;
	struct arena *arena;
};
int suite_set_up(void **state);
int suite_tear_down(void **state);
#define SUITE_TEST(name) { #name, name, suite_set_up, suite_tear_down, NULL }

struct suite_part {
	const struct CMUnitTest *tests;
	size_t n;
};
extern const struct suite_part store_suite_incident, store_suite_clock, store_suite_delivery,
	store_suite_journal, store_suite_rules, store_suite_several, store_suite_storm;

void suite_begin(struct suite_fixture *f);
void suite_commit(struct suite_fixture *f);
int64_t suite_add_incident(struct suite_fixture *f, const char *entity);

/* Lists answer with text here: what was listed, in order, as "3 2 1". */
struct suite_listing {
	char text[512];
	int stop_after;		/* 0: never */
};
int suite_note(struct suite_listing *l, const char *what);
/* NULL equals NULL only. */
void suite_assert_text(const char *have, const char *want);

/* A call that must succeed, and one that must fail with that code. */
#define OK(call) do { \
		struct error err = { 0 }; \
		if ((call) != 0) \
			fail_msg("%s: %s", #call, err.text); \
	} while (0)
#define FAILS(error_code, call) do { \
		struct error err = { 0 }; \
		if ((call) == 0) \
			fail_msg("%s: did not fail", #call); \
		if (err.code != (error_code)) \
			fail_msg("%s: code %d, not %d: %s", #call, (int)err.code, \
				(int)(error_code), err.text); \
	} while (0)

#endif
