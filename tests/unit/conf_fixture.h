/*
 * What the tests of the configuration share: a new directory for each test, the
 * text of a good main file, and loading it with the shipped data.
 */
#ifndef TOCSIN_TESTS_CONF_FIXTURE_H
#define TOCSIN_TESTS_CONF_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "config/conf.h"

#define DATA TEST_SRCDIR "/etc/tocsin"

struct place {
	char dir[64];
};

/* Set-up and tear-down: *state is a struct place. */
int set_up(void **state);
int tear_down(void **state);
#define WITH_PLACE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

void make_dir(const struct place *p, const char *name);
void make_file(const struct place *p, const char *name, mode_t mode, const char *text);
void remove_tree(const char *dir);

/* The head of a file that is good but for what a test adds to it. */
#define ENTITY "entities = ( { id = \"acme\"; name = \"ACME\"; country = \"DE\"; " \
	"regimes = [ \"nis2\" ]; policy = \"default\"; } );\n"
#define REST "listen = ( { address = \"127.0.0.1\"; } );\n" \
	"channels = ( { name = \"screen\"; type = \"console\"; } );\n" \
	"policies = ( { name = \"default\"; " \
	"steps = ( { at = \"due\"; to = [ \"screen\" ]; } ); } );\n"

/* Loads tocsind.conf of the directory. */
struct conf *load(const struct place *p, const char *data_dir, bool secrets,
	struct conf_report *report);
/* The same, which must come out well. */
struct conf *load_good(const struct place *p, bool secrets);

/* The list is one report: of this file, line and text. */
void assert_one(const struct error *list, size_t n, const char *file, int line,
	const char *text);

/* Takes each expected line ("LINE: part of the message") from the report once; the
 * number of differences. expect is written on. */
int compare_report(const char *name, char *expect, const struct error *list, size_t n);
/* Is it told from top to bottom? 0 or 1 difference. */
int report_in_order(const char *name, const struct error *list, size_t n);

#endif
