/*
 * Escalation: which step of a ladder fires when. The clock of these tests runs
 * from 0 h to 24 h; times are written in minutes since its anchor.
 */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/rfc3339.h"
#include "base/text.h"
#include "core/policy.h"

enum { H = 60, NEVER = -1 };

#define ANCHOR ((int64_t)1795248000000)	/* 2026-11-21T08:00:00Z */
#define DUE (ANCHOR + 24 * (int64_t)HOUR_MS)

static const struct policy_clock RUNNING = { .anchor_at = ANCHOR, .due_at = DUE };

static const struct policy_clock *clock_due(int64_t due)
{
	static struct policy_clock clock;

	clock = (struct policy_clock){ .anchor_at = ANCHOR, .due_at = due };
	return &clock;
}

static int64_t minutes(int64_t n)
{
	return n == NEVER ? TIME_NONE : ANCHOR + n * MINUTE_MS;
}

/* start; 50% every 2 h unless acknowledged; -PT4H hourly; due hourly. */
static struct step steps[4];
static const struct policy ladder = { .name = "default", .steps = steps, .n_steps = 4 };
static struct policy_progress progress;

static int begin(void **state)
{
	static const char *const at[] = { "start", "50%", "-PT4H", "due" };
	static const int64_t repeat[] = { 0, 2 * HOUR_MS, HOUR_MS, 0 };
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		assert_int_equal(0, step_parse_at(at[i], &steps[i], NULL));
		steps[i].repeat_ms = repeat[i];
		steps[i].unless_acked = i == 1;
	}
	progress = (struct policy_progress){ .step = -1, .fired_at = TIME_NONE };
	return 0;
}

/* One look at the clock at a minute; the turn is noted on progress. */
static struct policy_turn look(int64_t now, int64_t acked_until)
{
	struct policy_turn turn;

	policy_next(&ladder, &RUNNING, &progress, minutes(acked_until), minutes(now),
		&turn);
	policy_advance(&progress, &turn, minutes(now));
	return turn;
}

static void expect_fire(int64_t now, int64_t acked_until, int step, int repeat, int64_t next)
{
	struct policy_turn t = look(now, acked_until);

	if (!t.fire || t.held || t.step != step || t.repeat != repeat ||
			t.next_at != minutes(next))
		fail_msg("at %d min: %s step %d repeat %d next %d min", (int)now,
			t.fire ? "fires" : t.held ? "holds" : "quiet", t.step, t.repeat,
			(int)((t.next_at - ANCHOR) / MINUTE_MS));
}

static void expect_quiet(int64_t now, int64_t acked_until, bool held, int64_t next)
{
	struct policy_turn t = look(now, acked_until);

	if (t.fire || t.held != held || t.next_at != minutes(next))
		fail_msg("at %d min: %s step %d repeat %d next %d min", (int)now,
			t.fire ? "fires" : t.held ? "holds" : "quiet", t.step, t.repeat,
			(int)((t.next_at - ANCHOR) / MINUTE_MS));
}

static void steps_are_read(void **state)
{
	static const struct {
		const char *text;
		int result;
		int64_t minute;
	} rows[] = {
		{ "start", 0, 0 }, { "0%", 0, 0 }, { "50%", 0, 12 * H }, { "75%", 0, 18 * H },
		{ "100%", 0, 24 * H }, { "-PT4H", 0, 20 * H }, { "-P1D", 0, 0 },
		{ "-PT30H", 0, 0 },		/* never before the anchor */
		{ "due", 0, 24 * H }, { "+PT1H", 0, 25 * H }, { "+PT90M", 0, 24 * H + 90 },
		{ "", -1, 0 }, { "begin", -1, 0 }, { "101%", -1, 0 }, { "%", -1, 0 },
		{ "50", -1, 0 }, { "-5%", -1, 0 }, { "50%%", -1, 0 }, { "PT4H", -1, 0 },
		{ "-P1M", -1, 0 }, { "+", -1, 0 }, { "1000%", -1, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct step step = { .repeat_ms = 7 };
		struct error err = { .code = ERROR_NONE };

		if (step_parse_at(rows[i].text, &step, &err) != rows[i].result)
			fail_msg("\"%s\": %s", rows[i].text, err.text);
		assert_int_equal(step.repeat_ms, 7);
		if (rows[i].result < 0)
			assert_int_equal(err.code, ERROR_INVALID);
		else if (step_instant(&step, &RUNNING) != minutes(rows[i].minute))
			fail_msg("\"%s\" falls elsewhere", rows[i].text);
	}
}

static void the_ladder_is_climbed(void **state)
{
	(void)state;
	expect_fire(0, NEVER, 0, 0, 12 * H);
	expect_quiet(6 * H, NEVER, false, 12 * H);
	expect_fire(12 * H, NEVER, 1, 0, 14 * H);
	expect_quiet(13 * H, NEVER, false, 14 * H);
	expect_fire(14 * H, NEVER, 1, 1, 16 * H);
	expect_fire(16 * H, NEVER, 1, 2, 18 * H);
	expect_fire(18 * H, NEVER, 1, 3, 20 * H);
	expect_fire(20 * H, NEVER, 2, 0, 21 * H);
	expect_fire(21 * H, NEVER, 2, 1, 22 * H);
	expect_fire(24 * H, NEVER, 3, 0, 25 * H);	/* no repeat given: hourly from due */
	expect_fire(25 * H, NEVER, 3, 1, 26 * H);
	expect_fire(900 * H, NEVER, 3, 2, 901 * H);
}

static void only_the_most_urgent_fires_after_downtime(void **state)
{
	struct policy_turn t;

	(void)state;
	expect_fire(0, NEVER, 0, 0, 12 * H);
	t = look(30 * H, NEVER);
	assert_true(t.fire);
	assert_int_equal(t.step, 3);
	assert_int_equal(t.passed_over, 2);
	assert_int_equal(t.step_at, DUE);
	assert_int_equal(t.next_at, minutes(31 * H));
	expect_quiet(30 * H, NEVER, false, 31 * H);

	/* Many repeats missed are one. */
	expect_fire(50 * H + 7, NEVER, 3, 1, 51 * H + 7);
}

static void a_late_start_fires_once(void **state)
{
	struct policy_turn t = look(21 * H, NEVER);

	(void)state;
	assert_int_equal(t.step, 2);
	assert_int_equal(t.passed_over, 2);
	assert_int_equal(t.next_at, minutes(22 * H));
}

static void an_acknowledgement_holds_what_may_be_held(void **state)
{
	struct policy_turn t;

	(void)state;
	expect_fire(0, NEVER, 0, 0, 12 * H);
	expect_quiet(12 * H, 13 * H, true, 13 * H);	/* held, told once */
	expect_quiet(12 * H + 5, 13 * H, false, 13 * H);
	t = look(13 * H, 13 * H);			/* the lease has ended */
	assert_true(t.fire);
	assert_int_equal(t.step, 1);
	assert_int_equal(t.repeat, 0);
	assert_int_equal(t.step_at, minutes(13 * H));
	assert_int_equal(t.next_at, minutes(15 * H));
	expect_quiet(15 * H, 15 * H + 30, true, 15 * H + 30);	/* a repeat is held too */
	expect_fire(15 * H + 30, NEVER, 1, 1, 17 * H + 30);
	expect_quiet(17 * H + 30, 23 * H, true, 20 * H);
	t = look(20 * H, 23 * H);			/* this step always fires */
	assert_true(t.fire);
	assert_int_equal(t.step, 2);
	assert_int_equal(t.passed_over, 0);		/* the held one had fired before */
	expect_fire(21 * H, 23 * H, 2, 1, 22 * H);
}

static void a_held_step_is_stood_in_for(void **state)
{
	struct policy_turn t;

	(void)state;
	look(0, NEVER);
	expect_quiet(12 * H, 22 * H, true, 20 * H);
	t = look(20 * H, 22 * H);
	assert_int_equal(t.step, 2);
	assert_int_equal(t.passed_over, 1);
}

/* Of two steps past, the later one held: the earlier one still fires, and the
 * held one goes out when the lease ends. */
static void holding_one_step_does_not_hold_another(void **state)
{
	struct policy_turn t;

	(void)state;
	steps[1].unless_acked = false;
	steps[2].unless_acked = true;
	steps[1].repeat_ms = 0;
	look(0, NEVER);
	t = look(20 * H + 10, 20 * H + 40);
	assert_true(t.fire);
	assert_int_equal(t.step, 1);
	assert_int_equal(t.next_at, minutes(20 * H + 40));
	t = look(20 * H + 40, NEVER);
	assert_true(t.fire);
	assert_int_equal(t.step, 2);
}

static void without_a_due_time_only_the_start_fires(void **state)
{
	struct policy_turn t;

	(void)state;
	policy_next(&ladder, clock_due(TIME_NONE), &progress, TIME_NONE, minutes(0), &t);
	assert_true(t.fire);
	assert_int_equal(t.step, 0);
	assert_int_equal(t.next_at, TIME_NONE);
	steps[0].repeat_ms = HOUR_MS;
	policy_next(&ladder, clock_due(TIME_NONE), &progress, TIME_NONE, minutes(0), &t);
	assert_int_equal(t.next_at, minutes(60));
}

static void the_last_step_comes_back_at_due(void **state)
{
	struct policy early = { .name = "x", .steps = steps, .n_steps = 1 };
	struct policy_turn t;

	(void)state;
	policy_next(&early, &RUNNING, &progress, TIME_NONE, minutes(0), &t);
	assert_int_equal(t.next_at, DUE);
	policy_advance(&progress, &t, minutes(0));
	policy_next(&early, &RUNNING, &progress, TIME_NONE, DUE, &t);
	assert_true(t.fire);
	assert_int_equal(t.repeat, 1);
	assert_int_equal(t.next_at, DUE + HOUR_MS);
}

/* Eidas: due before awareness. All steps lie at the anchor; the last one in the
 * list is the most urgent. */
static void due_before_the_anchor_fires_the_last_step(void **state)
{
	struct policy_turn t;

	(void)state;
	policy_next(&ladder, clock_due(ANCHOR - 5 * HOUR_MS), &progress, TIME_NONE, ANCHOR, &t);
	assert_true(t.fire);
	assert_int_equal(t.step, 3);
	assert_int_equal(t.passed_over, 3);
	assert_int_equal(t.next_at, ANCHOR + HOUR_MS);
}

/* The clock was moved back by the law: what lies ahead again fires again. */
static void a_step_that_moved_ahead_fires_again(void **state)
{
	struct policy_turn t;

	(void)state;
	look(0, NEVER);
	look(12 * H, NEVER);
	expect_fire(20 * H, NEVER, 2, 0, 21 * H);
	policy_next(&ladder, clock_due(DUE + 24 * (int64_t)HOUR_MS), &progress, TIME_NONE,
		minutes(44 * H), &t);
	assert_true(t.fire);
	assert_int_equal(t.step, 2);
	assert_int_equal(t.repeat, 0);
	assert_int_equal(t.step_at, minutes(44 * H));
}

/* A reload may leave a policy with fewer steps than were fired. */
static void a_shorter_policy_goes_on(void **state)
{
	struct policy_turn t;

	(void)state;
	progress = (struct policy_progress){ .step = 9, .fired_at = minutes(13 * H) };
	policy_next(&ladder, &RUNNING, &progress, TIME_NONE, minutes(14 * H), &t);
	assert_false(t.fire);
	assert_int_equal(t.next_at, minutes(20 * H));
}

/* Any policy, any delays: every step's instant is covered by a fire at or after
 * it of the step itself or a later one, or was held; nothing fires twice at one
 * time; and there is always a later time to look again. */
static uint64_t seed = 88172645463325252u;

static int64_t roll(int64_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (int64_t)(seed % (uint64_t)n);
}

static void random_policy(struct step *list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		list[i] = (struct step){ .kind = (enum step_kind)roll(5),
			.percent = (int)roll(101), .offset_ms = roll(30 * HOUR_MS) + 1,
			.unless_acked = roll(3) == 0,
			.repeat_ms = roll(2) * (roll(3 * HOUR_MS) + 1) };
	list[0].kind = STEP_START;
}

static void simulate(const struct policy *policy, int64_t due)
{
	struct policy_progress p = { .step = -1, .fired_at = TIME_NONE };
	int64_t covered[8], falls[8], now = ANCHOR, acked = TIME_NONE, last = TIME_NONE;
	int64_t end = due + 40 * (int64_t)HOUR_MS;
	struct policy_turn t;
	size_t i;

	for (i = 0; i < policy->n_steps; i++) {
		falls[i] = step_instant(&policy->steps[i], clock_due(due));
		covered[i] = TIME_NONE;
	}
	while (now < end) {
		policy_next(policy, clock_due(due), &p, acked, now, &t);
		if (t.next_at == TIME_NONE || t.next_at <= now)
			fail_msg("no later time to look again");
		if (t.fire && (last == now || falls[t.step] > now))
			fail_msg("fired twice, or early");
		if (t.fire && policy->steps[t.step].unless_acked && acked > now)
			fail_msg("fired in spite of an acknowledgement");
		if (t.fire)
			last = now;
		for (i = 0; t.fire && i < policy->n_steps; i++)
			if (covered[i] == TIME_NONE && falls[i] <= falls[t.step])
				covered[i] = now;
		policy_advance(&p, &t, now);
		policy_next(policy, clock_due(due), &p, acked, now, &t);
		if (t.fire)
			fail_msg("fired twice at one time");
		if (roll(10) == 0)
			acked = now + roll(4 * HOUR_MS);
		now = t.next_at + (roll(3) == 0 ? roll(9 * HOUR_MS) : 0);
	}
	for (i = 0; i < policy->n_steps; i++)
		if (covered[i] == TIME_NONE && falls[i] < end - 16 * (int64_t)HOUR_MS)
			fail_msg("step %zu was never covered", i);
}

static void every_step_of_any_ladder_is_covered(void **state)
{
	int round;

	(void)state;
	for (round = 0; round < 5000; round++) {
		struct step list[6];
		struct policy policy = { .steps = list, .n_steps = (size_t)roll(6) + 1 };

		random_policy(list, policy.n_steps);
		simulate(&policy, ANCHOR - 5 * (int64_t)HOUR_MS + roll(80 * HOUR_MS));
	}
}

static void a_lease_is_a_quarter_of_the_time_left(void **state)
{
	static const struct {
		int64_t left, wanted, given;	/* minutes */
	} rows[] = {
		{ 24 * H, 2 * H, 2 * H }, { 24 * H, 12 * H, 6 * H }, { 60, 2 * H, 15 },
		{ 2, 60, 1 }, { 0, 60, 15 }, { -90, 60, 15 }, { -90, 10, 10 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t due = DUE + rows[i].left * MINUTE_MS;

		if (policy_lease(due, rows[i].wanted * MINUTE_MS, DUE) !=
				DUE + rows[i].given * MINUTE_MS)
			fail_msg("row %zu", i);
	}
	assert_int_equal(policy_lease(TIME_NONE, 8 * HOUR_MS, DUE), DUE + 8 * HOUR_MS);
}

static void retries_are_jittered_and_bounded(void **state)
{
	static const struct {
		int attempts;
		int64_t left_s, roll, ms;
	} rows[] = {
		{ 1, 86400, 999999, 3999 }, { 1, 86400, 500000, 2000 }, { 1, 86400, 0, 200 },
		{ 4, 86400, 500000, 16000 }, { 7, 86400, 500000, 128000 },
		{ 8, 86400, 500000, 150000 }, { 1000000, 86400, 999999, 299999 },
		{ 8, 60, 500000, 7500 },	/* a quarter of the time left */
		{ 8, 0, 500000, 150000 }, { 8, -60, 500000, 150000 },
		{ 8, 1, 0, 200 }, { 0, 86400, 999999, 1999 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t due = DUE + rows[i].left_s * SECOND_MS;
		int64_t got = policy_retry_delay(rows[i].attempts, due, DUE, rows[i].roll);

		if (got != rows[i].ms)
			fail_msg("row %zu: %d ms", i, (int)got);
	}
	assert_int_equal(policy_retry_delay(9, TIME_NONE, DUE, 500000), 150000);
}

#define climb(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		climb(steps_are_read),
		climb(the_ladder_is_climbed),
		climb(only_the_most_urgent_fires_after_downtime),
		climb(a_late_start_fires_once),
		climb(an_acknowledgement_holds_what_may_be_held),
		climb(a_held_step_is_stood_in_for),
		climb(holding_one_step_does_not_hold_another),
		climb(without_a_due_time_only_the_start_fires),
		climb(the_last_step_comes_back_at_due),
		climb(due_before_the_anchor_fires_the_last_step),
		climb(a_step_that_moved_ahead_fires_again),
		climb(a_shorter_policy_goes_on),
		climb(every_step_of_any_ladder_is_covered),
		climb(a_lease_is_a_quarter_of_the_time_left),
		climb(retries_are_jittered_and_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
