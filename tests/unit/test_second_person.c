/*
 * Who is a second person, what that person confirms, and what an incident was before it
 * was corrected: each case a sentence. Times are hours of an imaginary month.
 */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/text.h"
#include "core/hold.h"

enum { NONE = -1 };

static int64_t hour(int n)
{
	return n == NONE ? TIME_NONE : n * (int64_t)HOUR_MS;
}

static struct clock runs(const char *anchor, int from, int due)
{
	return (struct clock){ .incident = 42, .regime = "nis2", .stage = "early-warning",
		.state = CLOCK_RUNNING, .anchor = anchor, .anchor_at = hour(from),
		.due_at = hour(due), .nominal_at = hour(due), .latest_at = hour(due),
		.planned_at = TIME_NONE, .settled_at = TIME_NONE, .rules = "nis2/1" };
}

static struct clock held(struct clock clock, const char *by, enum clock_state state, int due)
{
	clock.proposed.by = by;
	clock.proposed.state = state;
	clock.proposed.due_at = hour(due);
	return clock;
}

static void a_second_person_confirms(void **unused)
{
	static const struct {
		const char *held[2], *by;
		enum error_code code;
	} cases[] = {
		{ { NULL, NULL }, "bob", ERROR_CONFLICT },
		{ { "ann", NULL }, "bob", ERROR_NONE },
		{ { "ann", NULL }, "ann", ERROR_INVALID },
		{ { "ann", NULL }, " Ann\t", ERROR_INVALID },
		{ { " ANN ", NULL }, "ann", ERROR_INVALID },
		{ { "ann", NULL }, "ann.", ERROR_INVALID },
		{ { "a.lee", NULL }, "A Lee", ERROR_INVALID },
		{ { "a.lee", NULL }, "A-Lee (CISO)", ERROR_NONE },
		{ { "ann", NULL }, "\xC2\xA0" "ann", ERROR_INVALID },
		{ { "ann", NULL }, "an\xE2\x80\x8Bn", ERROR_INVALID },	/* zero width */
		{ { "o\xE2\x80\x99hara", NULL }, "O'Hara", ERROR_INVALID },
		{ { "anna\xE3\x80\x80lee", NULL }, "anna lee", ERROR_INVALID },
		{ { "ren\xC3\xA9", NULL }, "Ren\xC3\xA9", ERROR_INVALID },
		{ { "ren\xC3\xA9", NULL }, "ren\xC3\xA8", ERROR_NONE },
		{ { "ren\xC3\xA9", NULL }, "ren", ERROR_NONE },
		{ { "j1", NULL }, "j2", ERROR_NONE },
		{ { "ann", NULL }, "anna", ERROR_NONE },
		{ { "ann", NULL }, "an", ERROR_NONE },
		{ { "ann", NULL }, "", ERROR_INVALID },
		{ { "ann", NULL }, "  ", ERROR_INVALID },
		{ { "ann", NULL }, "...", ERROR_INVALID },
		{ { "bob", "ann" }, "ann", ERROR_INVALID },
		{ { "configuration", NULL }, "ann", ERROR_NONE },
	};
	struct second_person person = { .actor = "token:ops" };
	struct clock clocks[2];
	struct error err;
	bool same_actor;
	size_t i;
	int rc;

	(void)unused;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		clocks[0] = runs("aware", 10, 34);
		clocks[1] = clocks[0];
		clocks[0].proposed.by = cases[i].held[0];
		clocks[1].proposed.by = cases[i].held[1];
		err.code = ERROR_NONE;
		person.by = cases[i].by;
		rc = hold_check_confirmation(clocks, 2, &person, &same_actor, &err);
		if (err.code != cases[i].code || (rc < 0) != (err.code != ERROR_NONE))
			fail_msg("held by %s, confirmed by \"%s\": %d %d",
				cases[i].held[0] != NULL ? cases[i].held[0] : "nobody",
				cases[i].by, rc, (int)err.code);
		if (err.code == ERROR_INVALID)
			assert_string_equal(err.pointer, "/by");
	}
}

static void another_name_may_not_be_another_person(void **unused)
{
	static const struct {
		const char *by, *held_actor, *actor;
		enum confirmation confirmation;
		enum error_code code;
		bool same_actor;
	} cases[] = {
		{ "ann", "token:ops", "token:ops", CONFIRMATION_NAME, ERROR_NONE, true },
		{ "ann", "token:ops", "uid:1000", CONFIRMATION_NAME, ERROR_NONE, false },
		{ "ann", "token:ops", "token:ops", CONFIRMATION_ACTOR, ERROR_INVALID, true },
		{ "ann", "token:ops", "uid:1000", CONFIRMATION_ACTOR, ERROR_NONE, false },
		{ "bob", "token:ops", "uid:1000", CONFIRMATION_ACTOR, ERROR_INVALID, false },
		/* Nobody made it, so anybody may confirm. */
		{ "configuration", NULL, "token:ops", CONFIRMATION_ACTOR, ERROR_NONE, false },
		/* And nobody makes it so by calling himself that. */
		{ "configuration", "token:ops", "token:ops", CONFIRMATION_ACTOR, ERROR_INVALID,
			true },
	};
	struct clock clock = held(runs("aware", 10, 34), "ann", CLOCK_RUNNING, 36);
	struct second_person person = { .by = "bob" };
	struct error err;
	bool same_actor;
	size_t i;

	(void)unused;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		clock.proposed.by = cases[i].by;
		clock.proposed.actor = cases[i].held_actor;
		person.actor = cases[i].actor;
		person.confirmation = cases[i].confirmation;
		err.code = ERROR_NONE;
		hold_check_confirmation(&clock, 1, &person, &same_actor, &err);
		if (err.code != cases[i].code || same_actor != cases[i].same_actor)
			fail_msg("case %zu: %d, %s", i, (int)err.code,
				same_actor ? "same" : "another");
	}
}

static void what_is_confirmed_is_what_was_shown(void **unused)
{
	static const char E[] = "early-warning", N[] = "notification";
	const struct {
		const char *sentence;
		struct shown shown[3];
		size_t n;
		bool says;
		enum error_code code;
	} cases[] = {
		{ "nothing is said of it", { { NULL, NULL, 0, 0 } }, 0, false, ERROR_NONE },
		{ "all of it", { { "nis2", E, CLOCK_RUNNING, hour(36) },
			{ "nis2", N, CLOCK_VOID, TIME_NONE } }, 2, true, ERROR_NONE },
		{ "in another order", { { "nis2", N, CLOCK_VOID, TIME_NONE },
			{ "nis2", E, CLOCK_RUNNING, hour(36) } }, 2, true, ERROR_NONE },
		{ "one is missing", { { "nis2", E, CLOCK_RUNNING, hour(36) } }, 1, true,
			ERROR_CONFLICT },
		{ "one twice", { { "nis2", E, CLOCK_RUNNING, hour(36) },
			{ "nis2", E, CLOCK_RUNNING, hour(36) } }, 2, true, ERROR_CONFLICT },
		{ "one too many", { { "nis2", E, CLOCK_RUNNING, hour(36) },
			{ "nis2", N, CLOCK_VOID, TIME_NONE },
			{ "nis2", "final-report", CLOCK_VOID, TIME_NONE } }, 3, true,
			ERROR_CONFLICT },
		{ "another date", { { "nis2", E, CLOCK_RUNNING, hour(35) },
			{ "nis2", N, CLOCK_VOID, TIME_NONE } }, 2, true, ERROR_CONFLICT },
		{ "another state", { { "nis2", E, CLOCK_FILED, hour(36) },
			{ "nis2", N, CLOCK_VOID, TIME_NONE } }, 2, true, ERROR_CONFLICT },
		{ "another regime", { { "dora", E, CLOCK_RUNNING, hour(36) },
			{ "nis2", N, CLOCK_VOID, TIME_NONE } }, 2, true, ERROR_CONFLICT },
		{ "nothing, though it is asked", { { NULL, NULL, 0, 0 } }, 0, true,
			ERROR_CONFLICT },
	};
	struct clock clocks[3] = {
		held(runs("aware", 10, 34), "ann", CLOCK_RUNNING, 36),
		held(runs("aware", 10, 82), "ann", CLOCK_VOID, NONE),
		runs("aware", 10, 90),
	};
	struct second_person person = { .by = "bob", .actor = "uid:1000" };
	struct error err;
	bool same_actor;
	size_t i;

	(void)unused;
	clocks[1].stage = N;
	clocks[2].stage = "final-report";
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		person.shown = cases[i].shown;
		person.n_shown = cases[i].n;
		person.was_shown = cases[i].says;
		err.code = ERROR_NONE;
		hold_check_confirmation(clocks, 3, &person, &same_actor, &err);
		if (err.code != cases[i].code)
			fail_msg("%s: %d", cases[i].sentence, (int)err.code);
	}
}

/* Withdrawing is no way to have been in time. */
static void a_late_filing_is_remembered(void **unused)
{
	struct filing filings[] = {
		{ .regime = "nis2", .stage = "early-warning", .filed_at = hour(9),
			.received_at = hour(99), .replaced = true },	/* before the anchor */
		{ .regime = "dora", .stage = "early-warning", .filed_at = hour(90),
			.received_at = TIME_NONE, .replaced = true },
		{ .regime = "nis2", .stage = "early-warning", .filed_at = hour(91),
			.received_at = TIME_NONE },
		{ .regime = "nis2", .stage = "early-warning", .filed_at = hour(33),
			.received_at = hour(35), .replaced = true },
		{ .regime = "nis2", .stage = "early-warning", .filed_at = hour(30),
			.received_at = TIME_NONE, .replaced = true },
	};
	struct incident incident = { .filings = filings };
	struct clock clock = runs("aware", 10, 34), late;

	(void)unused;
	incident.n_filings = 3;
	assert_false(clock_was_filed(&incident, &clock));
	assert_false(clock_was_filed_late(&incident, &clock, &late));
	incident.n_filings = ARRAY_LEN(filings);
	assert_true(clock_was_filed(&incident, &clock));
	assert_true(clock_was_filed_late(&incident, &clock, &late));
	assert_int_equal(late.state, CLOCK_FILED_LATE);
	assert_int_equal(late.settled_at, hour(35));
	assert_false(late.unconfirmed);
	filings[3].received_at = TIME_NONE;
	assert_true(clock_was_filed(&incident, &clock));
	assert_false(clock_was_filed_late(&incident, &clock, &late));
}

static void facts_as_held_are_those_that_nobody_confirmed_away(void **unused)
{
	struct incident_event events[] = {
		{ .type = "aware", .at = hour(10), .due_at = TIME_NONE, .recorded_at = 1,
			.replaced = true },
		{ .type = "aware", .at = hour(20), .due_at = TIME_NONE, .recorded_at = 2 },
	};
	struct filing filings[] = {
		{ .regime = "nis2", .stage = "notification", .filed_at = hour(30),
			.received_at = hour(31), .recorded_at = 3, .replaced = true },
	};
	struct incident incident = { .events = events, .n_events = 2, .filings = filings,
		.n_filings = 1 }, as_held;
	struct clock clocks[] = {
		held(runs("aware", 10, 34), "ann", CLOCK_RUNNING, 44),
		held(runs("filed:notification", 30, 90), "bob", CLOCK_PENDING, NONE),
		runs("aware", 5, 90),	/* not held */
	};
	struct arena *arena = arena_new();
	struct cause holder;

	(void)unused;
	assert_false(incident_as_held(&incident, &clocks[2], 1, arena, &as_held, &holder));
	assert_true(incident_as_held(&incident, clocks, 3, arena, &as_held, &holder));
	assert_true(incident_event_for(&as_held, "aware", "nis2")->at == hour(10));
	assert_true(incident_event_for(&as_held, "aware", "dora")->at == hour(10));
	assert_true(incident_filing_for(&as_held, "nis2", "notification")->received_at == hour(31));
	assert_int_equal(holder.change, CHANGE_CORRECTION);
	assert_string_equal(holder.by, "bob");
	/* What was given is as it was. */
	assert_true(incident_event_for(&incident, "aware", "nis2")->at == hour(20));
	assert_null(incident_filing_for(&incident, "nis2", "notification"));
	/* Held for another reason: its anchor is where it was. */
	clocks[0].anchor_at = hour(20);
	assert_false(incident_as_held(&incident, clocks, 1, arena, &as_held, &holder));
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_second_person_confirms),
		cmocka_unit_test(another_name_may_not_be_another_person),
		cmocka_unit_test(what_is_confirmed_is_what_was_shown),
		cmocka_unit_test(a_late_filing_is_remembered),
		cmocka_unit_test(facts_as_held_are_those_that_nobody_confirmed_away),
	};

	return cmocka_run_group_tests_name("second person", tests, NULL, NULL);
}
