/*
 * Drills in compressed time. The incident of nis2_case.h, opened on Saturday 21
 * November 2026 at 09:03 in Brussels and aware at 09:17, is the same case told as a
 * drill: what the law says at its own time is what must come out, mapped back.
 */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/text.h"
#include "core/drill.h"
#include "nis2_case.h"
#include "nis2_rules.h"

#define SCALE INT64_C(4320)	/* 30 days in ten minutes */

static int begin(void **unused)
{
	case_begin(unused);
	incident.drill = true;
	incident.drill_scale = SCALE;
	return 0;
}

static const struct clock *clock_of(const char *stage)
{
	size_t i;

	fold();
	for (i = 0; i < n_clocks; i++)
		if (strcmp(clocks[i].stage, stage) == 0)
			return &clocks[i];
	fail_msg("no clock %s", stage);
	return NULL;
}

/* ---- the two mappings -------------------------------------------------------------- */

static void both_mappings_keep_order_and_nothing_falls_early(void **unused)
{
	int64_t last_own = INT64_MIN + 1, last_real = INT64_MIN + 1, k;

	(void)unused;
	for (k = -2000; k < 200000; k += 7) {
		int64_t t = incident.opened_at + k, own = drill_own(&incident, t);
		int64_t real = drill_real(&incident, t);

		if (own <= last_own || real < last_real)
			fail_msg("order is lost at %d ms", (int)k);
		if (drill_real(&incident, own) != t)
			fail_msg("%d ms does not come back", (int)k);
		if (drill_own(&incident, real) < t)
			fail_msg("what is to fall at %d ms of its own falls early", (int)k);
		last_own = own;
		last_real = real;
	}
}

static void before_the_opening_time_is_ours(void **unused)
{
	(void)unused;
	assert_true(drill_own(&incident, incident.opened_at - 1) == incident.opened_at - 1);
	assert_true(drill_own(&incident, incident.opened_at) == incident.opened_at);
	assert_true(drill_own(&incident, incident.opened_at + 1) ==
		incident.opened_at + SCALE);
}

static void no_instant_stays_none(void **unused)
{
	(void)unused;
	assert_true(drill_own(&incident, TIME_NONE) == TIME_NONE);
	assert_true(drill_real(&incident, TIME_NONE) == TIME_NONE);
}

static void a_drill_that_was_forgotten_stays_in_the_calendar(void **unused)
{
	int64_t year = INT64_C(366) * DAY_MS;

	(void)unused;
	incident.drill_scale = INT64_C(1) << 40;
	assert_true(drill_own(&incident, incident.opened_at + 50 * year) <
		incident.opened_at + 71 * year);
	assert_true(drill_own(&incident, INT64_MAX) < incident.opened_at + 71 * year);
}

/* Only a drill may be fast: a flag that is lost must not speed a real incident up. */
static void without_a_scale_or_a_drill_nothing_changes(void **unused)
{
	static const struct { bool drill; int64_t scale; } plain[] = {
		{ true, 0 }, { true, 1 }, { false, SCALE }, { false, 0 },
	};
	size_t i;

	(void)unused;
	for (i = 0; i < ARRAY_LEN(plain); i++) {
		incident.drill = plain[i].drill;
		incident.drill_scale = plain[i].scale;
		assert_false(drill_is_fast(&incident));
		assert_true(drill_own(&incident, incident.opened_at + 7) ==
			incident.opened_at + 7);
	}
}

static void the_scale_is_the_smallest_that_fits(void **unused)
{
	static const struct { int64_t longest, in, want; } rows[] = {
		{ 30 * INT64_C(86400000), 600000, 4320 },
		{ 30 * INT64_C(86400000) + 1, 600000, 4321 },
		{ 600000, 600000, 1 }, { 599999, 600000, 1 }, { 0, 600000, 1 },
		{ 600001, 600000, 2 },
	};
	size_t i;

	(void)unused;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(drill_scale(rows[i].longest, rows[i].in), rows[i].want);
}

/* ---- the fold -------------------------------------------------------------------- */

/* 24 hours after 09:17 are 24 hours of the drill's own time. */
static void the_law_is_asked_in_the_drills_own_time(void **unused)
{
	int64_t opened = incident.opened_at, aware = opened + 1000;
	const struct clock *clock;

	(void)unused;
	event("aware", AWARE)->at = aware;
	clock = clock_of("early-warning");
	assert_true(clock->anchor_at == aware);
	assert_true(clock->due_at == drill_real(&incident,
		drill_own(&incident, aware) + 24 * (int64_t)HOUR_MS));
	assert_true(clock->due_at - aware == 24 * (int64_t)HOUR_MS / SCALE);
	clock = clock_of("final-report");
	assert_int_equal(clock->state, CLOCK_PENDING);
	/* 21 November to 21 December, 30 days. */
	assert_true(clock->planned_at - aware == 30 * (int64_t)DAY_MS / SCALE);
}

static void what_is_filed_in_the_drill_is_in_time_or_late_as_shown(void **unused)
{
	int64_t opened = incident.opened_at, due;

	(void)unused;
	event("aware", OPENED);
	due = clock_of("early-warning")->due_at;
	assert_true(due - opened == 20000);
	file("early-warning", OPENED)->filed_at = due;
	assert_int_equal(clock_of("early-warning")->state, CLOCK_FILED);
	assert_true(clock_of("early-warning")->settled_at == due);
	incident.filings[0].filed_at = due + 1;
	assert_int_equal(clock_of("early-warning")->state, CLOCK_FILED_LATE);
	/* The final report runs from the filing, mapped back like all the rest. */
	file("notification", OPENED)->filed_at = opened + 30000;
	assert_true(clock_of("final-report")->anchor_at == opened + 30000);
	assert_true(clock_of("final-report")->due_at == opened + 30000 +
		30 * (int64_t)DAY_MS / SCALE);
}

static void dates_keep_their_order(void **unused)
{
	static const int64_t scales[] = { 2, 3, 4320, 172800, 1000003 };
	size_t i, k;

	(void)unused;
	event("aware", OPENED);
	file("notification", OPENED)->filed_at = incident.opened_at + 5;
	for (i = 0; i < ARRAY_LEN(scales); i++) {
		incident.drill_scale = scales[i];
		fold();
		for (k = 0; k < n_clocks; k++) {
			const struct clock *c = &clocks[k];

			if (c->due_at == TIME_NONE)
				continue;
			if (!(c->anchor_at <= c->due_at && c->due_at <= c->nominal_at &&
					c->nominal_at <= c->latest_at))
				fail_msg("%s at %d", c->stage, (int)scales[i]);
		}
	}
}

static void the_derivation_says_whose_time_it_is_in(void **unused)
{
	const struct clock *clock;

	(void)unused;
	event("aware", AWARE);
	clock = clock_of("early-warning");
	assert_true(text_starts(clock->derivation[0], "aware "));
	assert_string_equal(clock->derivation[1], "drill: from its opening on time runs 4320 "
		"times as fast; these lines are in its own time");
}

static void the_facts_themselves_are_not_touched(void **unused)
{
	struct incident_event *aware;
	int64_t at;

	(void)unused;
	aware = event("aware", AWARE);
	at = aware->at;
	fold();
	assert_true(aware->at == at);
}

/* ---- the ladder ---------------------------------------------------------------------- */

static struct step steps[2];
static const struct policy ladder = { .name = "default", .steps = steps, .n_steps = 2 };

static void make_ladder(void)
{
	assert_int_equal(step_parse_at("50%", &steps[0], NULL), 0);
	assert_int_equal(step_parse_at("due", &steps[1], NULL), 0);
	steps[1].repeat_ms = HOUR_MS;
}

static void steps_fall_at_their_mapped_instants(void **unused)
{
	const int64_t opened = incident.opened_at;
	const struct policy_clock clock = { .anchor_at = opened, .due_at = opened + 20000 };
	struct policy_progress progress = { .step = -1, .fired_at = TIME_NONE };
	struct policy_turn turn;

	(void)unused;
	make_ladder();
	drill_policy_next(&incident, &ladder, &clock, &progress, TIME_NONE, opened, &turn);
	assert_false(turn.fire);
	assert_true(turn.next_at == opened + 10000);
	assert_true(drill_step_instant(&incident, &steps[0], &clock) == opened + 10000);
	drill_policy_next(&incident, &ladder, &clock, &progress, TIME_NONE, opened + 9999,
		&turn);
	assert_false(turn.fire);
	drill_policy_next(&incident, &ladder, &clock, &progress, TIME_NONE, opened + 10000,
		&turn);
	assert_true(turn.fire && turn.step == 0);
	assert_true(turn.step_at == opened + 10000 && turn.next_at == opened + 20000);
}

/* An hour is 0.8 s here, and phones are real. */
static void reminders_come_once_a_minute_at_most(void **unused)
{
	const int64_t opened = incident.opened_at;
	const struct policy_clock clock = { .anchor_at = opened, .due_at = opened + 20000 };
	struct policy_progress progress = { .step = -1, .fired_at = TIME_NONE };
	struct policy_turn turn;
	int64_t now = opened;
	int fired = 0, looks = 0;

	(void)unused;
	make_ladder();
	while (now < opened + 20000 + 10 * (int64_t)MINUTE_MS && looks++ < 100) {
		drill_policy_next(&incident, &ladder, &clock, &progress, TIME_NONE, now, &turn);
		policy_advance(&progress, &turn, now);
		fired += turn.fire;
		assert_true(turn.next_at > now);
		now = turn.next_at;
	}
	/* 50 %, due, and nine reminders. */
	assert_int_equal(fired, 11);
}

static void a_lease_is_in_the_drills_time(void **unused)
{
	const int64_t opened = incident.opened_at;

	(void)unused;
	/* Two hours of its own; a quarter of what is left would be six. */
	assert_true(drill_lease(&incident, opened + 20000, 2 * HOUR_MS, opened) ==
		opened + 1667);
	assert_true(drill_lease(&incident, opened + 20000, DAY_MS, opened) == opened + 5000);
}

/* ---- the end -------------------------------------------------------------------------- */

static void it_ends_after_its_last_date(void **unused)
{
	const int64_t opened = incident.opened_at;

	(void)unused;
	event("aware", OPENED);
	fold();
	/* The month that the final report may take, and three days of grace. */
	assert_true(drill_ends_at(&incident, clocks, n_clocks) == opened + 600000 + 60000);
	file("notification", OPENED)->filed_at = opened + 30000;
	fold();
	assert_true(drill_ends_at(&incident, clocks, n_clocks) == opened + 630000 + 60000);
	incident.n_filings = 0;
	incident.drill_scale = 172800;
	fold();
	/* Five seconds at least: what fired last must have time to arrive. */
	assert_true(drill_ends_at(&incident, clocks, n_clocks) == opened + 15000 + 5000);
}

static void only_a_drill_with_a_scale_ends_by_itself(void **unused)
{
	(void)unused;
	incident.drill_scale = 0;
	assert_true(drill_ends_at(&incident, NULL, 0) == TIME_NONE);
	/* In real time, because there was enough of it: it ends all the same. */
	incident.drill_scale = 1;
	assert_true(drill_ends_at(&incident, NULL, 0) ==
		incident.opened_at + 3 * (int64_t)DAY_MS);
	incident.drill = false;
	assert_true(drill_ends_at(&incident, NULL, 0) == TIME_NONE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, case_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(both_mappings_keep_order_and_nothing_falls_early),
		TEST(before_the_opening_time_is_ours),
		TEST(no_instant_stays_none),
		TEST(a_drill_that_was_forgotten_stays_in_the_calendar),
		TEST(without_a_scale_or_a_drill_nothing_changes),
		TEST(the_scale_is_the_smallest_that_fits),
		TEST(the_law_is_asked_in_the_drills_own_time),
		TEST(what_is_filed_in_the_drill_is_in_time_or_late_as_shown),
		TEST(dates_keep_their_order),
		TEST(the_derivation_says_whose_time_it_is_in),
		TEST(the_facts_themselves_are_not_touched),
		TEST(steps_fall_at_their_mapped_instants),
		TEST(reminders_come_once_a_minute_at_most),
		TEST(a_lease_is_in_the_drills_time),
		TEST(it_ends_after_its_last_date),
		TEST(only_a_drill_with_a_scale_ends_by_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
