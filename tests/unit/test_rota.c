/*
 * Who is on call: turns in civil time, substitutes, hours; whom a step's names stand
 * for; and the proof that somebody is always told.
 */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "core/coverage.h"
#include "core/rota.h"
#include "rota_fixture.h"

static struct zone *berlin;
static struct arena *arena;

static int begin(void **state)
{
	(void)state;
	berlin = zone_named("Europe/Berlin");
	arena = arena_new();
	return 0;
}

static int end(void **state)
{
	(void)state;
	zone_free(berlin);
	arena_free(arena);
	return 0;
}

static struct rota rota_of(const char *start, int64_t turn_ms)
{
	static const char *members[] = { "alice", "bob", "carol" };
	struct rota rota = { .name = "soc", .zone = berlin, .turn_ms = turn_ms,
		.members = members, .n_members = 3 };

	assert_int_equal(0, rota_parse_start(start, &rota.start, NULL));
	return rota;
}

static void expect_on_call(const struct rota *rota, const char *at, const char *who)
{
	const char *got = rota_on_call(rota, time_of(at));

	if (!text_equal(got, who))
		fail_msg("at %s: %s", at, got != NULL ? got : "nobody");
}

static void starts_are_local_times(void **state)
{
	static const struct {
		const char *text;
		int result;
	} rows[] = {
		{ "2026-01-05T09:00", 0 }, { "2026-01-05T00:00", 0 },
		{ "2026-01-05T09:00Z", -1 }, { "2026-01-05", -1 }, { "", -1 },
		{ "2026-13-05T09:00", -1 }, { "2026-02-30T09:00", -1 },
		{ "2026-01-05T24:00", -1 }, { "2026-01-05T9:000", -1 },
	};
	struct civil c;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		if (rota_parse_start(rows[i].text, &c, NULL) != rows[i].result)
			fail_msg("\"%s\"", rows[i].text);
}

static void turns_go_round(void **state)
{
	const struct rota rota = rota_of("2026-01-05T09:00", 7 * (int64_t)DAY_MS);

	(void)state;
	expect_on_call(&rota, "2026-01-05T07:59:59Z", NULL);	/* not begun */
	expect_on_call(&rota, "2026-01-05T08:00:00Z", "alice");
	expect_on_call(&rota, "2026-01-12T07:59:59Z", "alice");
	expect_on_call(&rota, "2026-01-12T08:00:00Z", "bob");
	expect_on_call(&rota, "2026-01-26T08:00:00Z", "alice");
	assert_string_equal(text_of(rota_next_change(&rota, time_of("2025-06-01T00:00:00Z"))),
		"2026-01-05T08:00:00Z");
}

static void nine_o_clock_stays_nine_o_clock(void **state)
{
	const struct rota weekly = rota_of("2026-01-05T09:00", 7 * (int64_t)DAY_MS);

	(void)state;
	/* The turn over the last Sunday of March is 167 hours, of October 169. */
	assert_string_equal(text_of(rota_next_change(&weekly, time_of("2026-03-23T08:00:00Z"))),
		"2026-03-30T07:00:00Z");
	assert_string_equal(text_of(rota_next_change(&weekly, time_of("2026-10-19T07:00:00Z"))),
		"2026-10-26T08:00:00Z");
}

static void a_handover_in_the_hour_of_the_change(void **state)
{
	const struct rota daily = rota_of("2026-01-01T02:30", DAY_MS);

	(void)state;
	/* 02:30 does not exist on 29 March: the handover is when the clocks change. */
	assert_string_equal(text_of(rota_next_change(&daily, time_of("2026-03-28T12:00:00Z"))),
		"2026-03-29T01:00:00Z");
	/* It is there twice on 25 October: the first, and only once. */
	assert_string_equal(text_of(rota_next_change(&daily, time_of("2026-10-24T12:00:00Z"))),
		"2026-10-25T00:30:00Z");
	assert_string_equal(text_of(rota_next_change(&daily, time_of("2026-10-25T00:30:00Z"))),
		"2026-10-26T01:30:00Z");
	assert_string_equal(rota_on_call(&daily, time_of("2026-10-25T01:10:00Z")),
		rota_on_call(&daily, time_of("2026-10-25T00:30:00Z")));
}

/* Two years of twelve-hour turns: every handover reads 09:00 or 21:00, in order, and
 * each minute belongs to the turn that the wall clock says. */
static void half_days_are_civil_too(void **state)
{
	const struct rota rota = rota_of("2026-01-01T09:00", 12 * (int64_t)HOUR_MS);
	int64_t at = time_of("2026-01-01T08:00:00Z"), last;
	int turn = 0;

	(void)state;
	for (; turn < 1460; turn++) {
		struct civil c;

		zone_civil(berlin, at, &c);
		if (c.hour != (turn % 2 == 0 ? 9 : 21) || c.minute != 0)
			fail_msg("a handover at %s", text_of(at));
		if (strcmp(rota_on_call(&rota, at), rota.members[turn % 3]) != 0)
			fail_msg("turn %d: %s", turn, rota_on_call(&rota, at));
		last = at;
		at = rota_next_change(&rota, at);
		if (strcmp(rota_on_call(&rota, at - 1), rota.members[turn % 3]) != 0 || at <= last)
			fail_msg("turn %d ends early", turn);
	}
}

static void somebody_else_takes_it_for_a_while(void **state)
{
	struct rota rota = rota_of("2026-01-05T09:00", 7 * (int64_t)DAY_MS);
	struct substitute s[] = { { 0, 0, "dora" } };

	(void)state;
	s[0].from_at = time_of("2026-12-24T09:00:00+01:00");
	s[0].until_at = time_of("2026-12-27T09:00:00+01:00");
	rota.substitutes = s;
	rota.n_substitutes = 1;
	expect_on_call(&rota, "2026-12-24T07:59:59Z", "carol");
	expect_on_call(&rota, "2026-12-24T08:00:00Z", "dora");
	expect_on_call(&rota, "2026-12-27T07:59:59Z", "dora");
	expect_on_call(&rota, "2026-12-27T08:00:00Z", "carol");
	assert_string_equal(text_of(rota_next_change(&rota, time_of("2026-12-23T00:00:00Z"))),
		"2026-12-24T08:00:00Z");
}

static void outside_its_hours_nobody_is_on_call(void **state)
{
	struct hours office = { .zone = berlin, .from_min = 540, .until_min = 1020,
		.days = 62 };
	struct rota rota = rota_of("2026-01-05T09:00", 7 * (int64_t)DAY_MS);
	int64_t from;

	(void)state;
	rota.hours = &office;
	expect_on_call(&rota, "2026-11-20T15:59:59Z", "alice");	/* Friday */
	expect_on_call(&rota, "2026-11-20T16:00:00Z", NULL);
	expect_on_call(&rota, "2026-11-22T12:00:00Z", NULL);
	assert_string_equal(rota_on_call_next(&rota, time_of("2026-11-20T16:00:00Z"), &from),
		"bob");
	assert_string_equal(text_of(from), "2026-11-23T08:00:00Z");
}

/* ---- names ------------------------------------------------------------------------- */

static const char *alice_channels[] = { "alice-mail", "alice-phone" };
static const char *bob_channels[] = { "bob-mail", "soc" };
static const char *carol_channels[] = { "carol-mail" };
static struct person people[] = {
	{ "alice", alice_channels, 2, NULL }, { "bob", bob_channels, 2, NULL },
	{ "carol", carol_channels, 1, NULL },
};

static void names_stand_for_people(void **state)
{
	static const char *const to[] = { "soc", "rota:soc", "person:alice", "rota:gone" };
	struct hours office = { .zone = berlin, .from_min = 540, .until_min = 1020,
		.days = 62 };
	struct rota rota = rota_of("2026-01-05T09:00", 7 * (int64_t)DAY_MS);
	const struct roster roster = { people, 3, &rota, 1 };
	struct resolved r;

	(void)state;
	/* Bob has the week; his second channel is the first name already. */
	roster_resolve(&roster, to, 3, time_of("2026-01-14T12:00:00Z"), arena, &r);
	assert_int_equal(r.n_reached, 3);
	assert_null(r.reached[0].person);
	assert_string_equal(r.reached[1].person->name, "bob");
	assert_ptr_equal(r.reached[1].rota, &rota);
	assert_string_equal(r.reached[2].person->name, "alice");
	assert_int_equal(r.n_channels, 4);
	assert_string_equal(r.channels[0], "soc");
	assert_string_equal(r.channels[1], "bob-mail");
	assert_string_equal(r.channels[2], "alice-mail");
	assert_string_equal(r.channels[3], "alice-phone");

	rota.hours = &office;
	roster_resolve(&roster, to + 1, 1, time_of("2026-01-14T03:00:00Z"), arena, &r);
	assert_int_equal(r.n_channels, 0);
	assert_null(r.reached[0].person);
	roster_resolve_next(&roster, to + 1, 1, time_of("2026-01-14T03:00:00Z"), arena, &r);
	assert_string_equal(r.reached[0].person->name, "bob");

	/* A name that is nothing any more fails as a channel, where it is seen. */
	roster_resolve(&roster, to + 3, 1, time_of("2026-01-14T03:00:00Z"), arena, &r);
	assert_string_equal(r.channels[0], "rota:gone");
}

/* ---- coverage ------------------------------------------------------------------------ */

static const char *to_rota[] = { "rota:soc" }, *to_both[] = { "rota:soc", "mail" },
	*to_fallback[] = { "mail" };

static void gaps_are_named_exactly(void **state)
{
	struct hours office = { .zone = berlin, .from_min = 540, .until_min = 1020,
		.days = 62 };
	struct rota rota = rota_of("2026-01-05T09:00", 7 * (int64_t)DAY_MS);
	const struct roster roster = { people, 3, &rota, 1 };
	struct step steps[] = {
		{ .kind = STEP_START, .at = "start", .to = to_rota, .n_to = 1 },
		{ .kind = STEP_DUE, .at = "due", .to = to_both, .n_to = 2 },
	};
	struct policy policy = { .name = "default", .steps = steps, .n_steps = 2 };
	struct coverage_gap *gaps;
	size_t n;

	(void)state;
	coverage_gaps(&policy, 1, &roster, time_of("2026-10-23T12:00:00Z"),
		time_of("2026-10-27T12:00:00Z"), arena, &gaps, &n);
	assert_int_equal(n, 0);
	rota.hours = &office;
	coverage_gaps(&policy, 1, &roster, time_of("2026-10-23T12:00:00Z"),
		time_of("2026-10-27T12:00:00Z"), arena, &gaps, &n);
	assert_int_equal(n, 2);
	assert_int_equal(gaps[0].step, 0);
	assert_string_equal(text_of(gaps[0].from_at), "2026-10-23T15:00:00Z");
	assert_string_equal(text_of(gaps[0].until_at), "2026-10-26T08:00:00Z");
	assert_string_equal(text_of(gaps[1].from_at), "2026-10-26T16:00:00Z");
	assert_string_equal(text_of(gaps[1].until_at), "2026-10-27T08:00:00Z");
	policy.fallback = to_fallback;
	policy.n_fallback = 1;
	coverage_gaps(&policy, 1, &roster, time_of("2026-10-23T12:00:00Z"),
		time_of("2026-10-27T12:00:00Z"), arena, &gaps, &n);
	assert_int_equal(n, 0);
}

static uint64_t seed = 2463534242u;

static int roll(int n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (int)(seed % (uint64_t)n);
}

static bool is_in_a_gap(const struct coverage_gap *gaps, size_t n, int64_t at)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (gaps[i].from_at <= at && at < gaps[i].until_at)
			return true;
	return false;
}

/* Any two rotas: the gaps are those minutes at which neither has anybody, minute for
 * minute, over both changes of the clocks. */
static void walking_the_changes_is_walking_the_minutes(void **state)
{
	static const char *to[] = { "rota:a", "rota:b" };
	static const int64_t turns[] = { DAY_MS, 7 * (int64_t)DAY_MS, 12 * (int64_t)HOUR_MS };
	int round;

	(void)state;
	for (round = 0; round < 24; round++) {
		struct hours hours[2];
		struct rota rotas[2];
		const struct roster roster = { people, 3, rotas, 2 };
		struct step step = { .kind = STEP_START, .at = "start", .to = to, .n_to = 2 };
		const struct policy policy = { .steps = &step, .n_steps = 1 };
		int64_t from = time_of(round % 2 == 0 ? "2026-03-25T22:00:00Z" :
			"2026-10-21T22:00:00Z"), until = from + 8 * (int64_t)DAY_MS, at;
		struct coverage_gap *gaps;
		size_t n;
		int i;

		for (i = 0; i < 2; i++) {
			rotas[i] = rota_of(roll(5) == 0 ? "2026-03-28T02:30" : "2026-01-05T09:00",
				turns[roll(3)]);
			rotas[i].name = to[i] + 5;
			hours[i] = (struct hours){ .zone = berlin, .from_min = 15 * roll(96),
				.until_min = 15 * roll(97), .days = (unsigned int)roll(128),
				.whole_days = (unsigned int)(roll(128) & roll(128)) };
			rotas[i].hours = roll(8) > 0 ? &hours[i] : NULL;
		}
		coverage_gaps(&policy, 1, &roster, from, until, arena, &gaps, &n);
		for (at = from; at < until; at += MINUTE_MS) {
			bool told = rota_on_call(&rotas[0], at) != NULL ||
				rota_on_call(&rotas[1], at) != NULL;

			if (told == is_in_a_gap(gaps, n, at))
				fail_msg("round %d: %s at %s", round, told ? "told" : "a gap",
					text_of(at));
		}
	}
}

/* ---- quiet hours --------------------------------------------------------------------- */

static struct hours night;

static const struct hours *quiet_of(const void *arg, const char *channel)
{
	(void)arg;
	return strcmp(channel, "chat") == 0 || strcmp(channel, "phone") == 0 ? &night : NULL;
}

static const struct coverage_quiet quiet = { quiet_of, NULL };

/* Whoever is asleep is told, but not at that minute. */
static void what_waits_for_the_morning_is_named(void **state)
{
	static const char *chat[] = { "chat" }, *both[] = { "chat", "mail" },
		*two[] = { "chat", "phone" };
	static struct step steps[] = {
		{ .kind = STEP_START, .at = "start", .to = chat, .n_to = 1 },
		{ .kind = STEP_PERCENT, .percent = 50, .at = "50%", .to = both, .n_to = 2 },
		{ .kind = STEP_BEFORE, .offset_ms = 12 * (int64_t)HOUR_MS, .at = "-PT12H",
		  .to = two, .n_to = 2 },
		{ .kind = STEP_BEFORE, .offset_ms = DAY_MS, .at = "-P1D", .to = two, .n_to = 2 },
		{ .kind = STEP_DUE, .at = "due", .to = chat, .n_to = 1 },
	};
	static const struct { int step; const char *from, *until; } wanted[] = {
		{ 0, "2026-10-24T20:00:00Z", "2026-10-25T06:00:00Z" },
		/* Earlier it would wait out more than half of the twelve hours. */
		{ 2, "2026-10-25T00:00:00Z", "2026-10-25T06:00:00Z" },
		{ 3, "2026-10-24T20:00:00Z", "2026-10-25T06:00:00Z" },
	};
	const struct roster roster = { people, 3, NULL, 0 };
	const struct policy policy = { .name = "default", .steps = steps, .n_steps = 5 };
	struct coverage_gap *waits;
	size_t n, i;

	(void)state;
	night = (struct hours){ .zone = berlin, .from_min = 1320, .until_min = 420, .days = 127 };
	coverage_waits(&policy, 1, &roster, &quiet, time_of("2026-10-24T12:00:00Z"),
		time_of("2026-10-25T12:00:00Z"), arena, &waits, &n);
	assert_int_equal(n, 3);
	for (i = 0; i < n; i++) {
		assert_int_equal(waits[i].step, wanted[i].step);
		assert_string_equal(text_of(waits[i].from_at), wanted[i].from);
		assert_string_equal(text_of(waits[i].until_at), wanted[i].until);
	}
}

/* Minute for minute it is what the outbox asks, for any hours, lead and turn. */
static void what_waits_is_what_is_deferred(void **state)
{
	static const int leads[] = { 1, 4, 12, 30, 100 };
	static const char *to[] = { "rota:a" };
	static const char *channels[] = { "chat" };
	static struct person sleeper[] = { { .name = "alice", .channels = channels,
		.n_channels = 1 } };
	static const char *members[] = { "alice" };
	int round;

	(void)state;
	for (round = 0; round < 20; round++) {
		struct hours staffed = { .zone = berlin, .from_min = 15 * roll(96),
			.until_min = 15 * roll(97), .days = (unsigned int)roll(128) };
		struct rota rota = rota_of("2026-01-05T09:00", 7 * (int64_t)DAY_MS);
		const struct roster roster = { sleeper, 1, &rota, 1 };
		int64_t lead = leads[roll(5)] * (int64_t)HOUR_MS;
		struct step step = { .kind = STEP_BEFORE, .offset_ms = lead, .at = "-P",
			.to = to, .n_to = 1 };
		const struct policy policy = { .steps = &step, .n_steps = 1 };
		int64_t from = time_of(round % 2 == 0 ? "2026-03-25T22:00:00Z" :
			"2026-10-21T22:00:00Z"), until = from + 8 * (int64_t)DAY_MS, at;
		struct coverage_gap *waits;
		size_t n;

		rota.name = "a";
		rota.members = members;
		rota.n_members = 1;
		rota.hours = roll(2) > 0 ? &staffed : NULL;
		night = (struct hours){ .zone = berlin, .from_min = 15 * roll(96),
			.until_min = 15 * roll(97), .days = (unsigned int)roll(128) & 0x7e,
			.whole_days = (unsigned int)(roll(128) & roll(128)) & 0x7e };
		coverage_waits(&policy, 1, &roster, &quiet, from, until, arena, &waits, &n);
		for (at = from; at < until; at += MINUTE_MS) {
			bool later = rota_on_call(&rota, at) != NULL &&
				quiet_defer(&night, at, at + lead) > at;

			if (later != is_in_a_gap(waits, n, at))
				fail_msg("round %d: %s at %s", round, later ? "waits unsaid" :
					"told at once", text_of(at));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(starts_are_local_times),
		cmocka_unit_test(turns_go_round),
		cmocka_unit_test(nine_o_clock_stays_nine_o_clock),
		cmocka_unit_test(a_handover_in_the_hour_of_the_change),
		cmocka_unit_test(half_days_are_civil_too),
		cmocka_unit_test(somebody_else_takes_it_for_a_while),
		cmocka_unit_test(outside_its_hours_nobody_is_on_call),
		cmocka_unit_test(names_stand_for_people),
		cmocka_unit_test(gaps_are_named_exactly),
		cmocka_unit_test(walking_the_changes_is_walking_the_minutes),
		cmocka_unit_test(what_waits_for_the_morning_is_named),
		cmocka_unit_test(what_waits_is_what_is_deferred),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
