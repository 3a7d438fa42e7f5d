/*
 * Hours of the week, and the quiet hours that wait for them: civil times of a zone,
 * also when its clocks change; nothing is dropped, and a deadline goes before sleep.
 */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/quiet.h"
#include "rota_fixture.h"

static struct zone *berlin;

static int begin(void **state)
{
	(void)state;
	berlin = zone_named("Europe/Berlin");
	return 0;
}

static int end(void **state)
{
	(void)state;
	zone_free(berlin);
	return 0;
}

static struct hours hours_of(const char *from, const char *until, unsigned int days,
	unsigned int whole)
{
	struct hours h = { .zone = berlin, .days = days, .whole_days = whole };

	assert_int_equal(0, hours_parse_time(from, &h.from_min, NULL));
	assert_int_equal(0, hours_parse_time(until, &h.until_min, NULL));
	return h;
}

enum { SUN = 1, MON = 2, FRI = 32, SAT = 64, WORKDAYS = 62 };

static void times_of_day_are_read(void **state)
{
	static const struct {
		const char *text;
		int min;
	} rows[] = {
		{ "00:00", 0 }, { "07:05", 425 }, { "23:59", 1439 }, { "24:00", 1440 },
		{ "24:01", -1 }, { "07:60", -1 }, { "7:00", -1 }, { "", -1 }, { "07.00", -1 },
		{ "07:00 ", -1 }, { "0a:00", -1 }, { "-1:00", -1 }, { "07:00:00", -1 },
	};
	struct error err;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		int min = -1;

		hours_parse_time(rows[i].text, &min, &err);
		if (min != rows[i].min)
			fail_msg("\"%s\" is read as %d", rows[i].text, min);
	}
	assert_int_equal(hours_parse_day("sun"), 0);
	assert_int_equal(hours_parse_day("sat"), 6);
	assert_int_equal(hours_parse_day("Sat"), -1);
}

static void a_night_belongs_to_the_day_it_begins_on(void **state)
{
	/* Friday nights only; 2026-11-20 is a Friday, Berlin is UTC+1. */
	const struct hours h = hours_of("22:00", "07:00", FRI, 0);
	static const struct {
		const char *at;
		bool in;
	} rows[] = {
		{ "2026-11-20T20:59:59Z", false }, { "2026-11-20T21:00:00Z", true },
		{ "2026-11-21T05:59:59Z", true }, { "2026-11-21T06:00:00Z", false },
		{ "2026-11-21T21:30:00Z", false }, { "2026-11-20T03:00:00Z", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		if (hours_contain(&h, time_of(rows[i].at)) != rows[i].in)
			fail_msg("%s", rows[i].at);
	assert_string_equal(text_of(hours_next_change(&h, time_of("2026-11-21T06:00:00Z"))),
		"2026-11-27T21:00:00Z");
}

static void hours_are_those_of_the_wall_clock(void **state)
{
	const struct hours h = hours_of("09:00", "17:00", WORKDAYS, 0);

	(void)state;
	/* Friday 17:00 in summer time, Monday 09:00 in winter time. */
	assert_string_equal(text_of(hours_next_change(&h, time_of("2026-10-23T12:00:00Z"))),
		"2026-10-23T15:00:00Z");
	assert_string_equal(text_of(hours_next_change(&h, time_of("2026-10-23T15:00:00Z"))),
		"2026-10-26T08:00:00Z");
}

static void the_hour_that_is_skipped_or_repeated(void **state)
{
	const struct hours h = hours_of("02:30", "02:45", HOURS_ALL_DAYS, 0);

	(void)state;
	/* 02:30 does not exist: an empty stretch. */
	assert_false(hours_contain(&h, time_of("2026-03-29T01:00:00Z")));
	/* It is there twice: the first time. */
	assert_true(hours_contain(&h, time_of("2026-10-25T00:35:00Z")));
	assert_false(hours_contain(&h, time_of("2026-10-25T01:35:00Z")));
}

/* Every minute of the weeks around both changes of the clocks: nothing changes but
 * at the instants that are named, and the wall clock agrees on ordinary days. */
static void every_minute_is_as_the_wall_clock_says(void **state)
{
	static const char *const from[] = { "2026-03-23T00:00:00Z", "2026-10-19T00:00:00Z" };
	const struct hours h = hours_of("22:00", "07:00", SUN | MON | FRI, SAT);
	size_t w;

	(void)state;
	for (w = 0; w < ARRAY_LEN(from); w++) {
		int64_t at = time_of(from[w]), end_at = at + 14 * (int64_t)DAY_MS;
		int64_t next = hours_next_change(&h, at);
		bool in = hours_contain(&h, at);

		for (; at < end_at; at += MINUTE_MS) {
			bool now = hours_contain(&h, at), expected;
			struct civil c;
			int day, min;

			if (now != in && at != next)
				fail_msg("changes at %s, said was %s", text_of(at), text_of(next));
			in = now;
			if (at == next)
				next = hours_next_change(&h, at);
			zone_civil(berlin, at, &c);
			day = civil_weekday(civil_days(c.year, c.month, c.day));
			min = c.hour * 60 + c.minute;
			expected = day == 6 || (min >= 22 * 60 && (day == 0 || day == 1 || day == 5)) ||
				(min < 7 * 60 && (day == 1 || day == 2 || day == 6));
			if (now != expected)
				fail_msg("%s", text_of(at));
		}
	}
}

static void a_week_without_a_gap_is_seen(void **state)
{
	struct hours h = hours_of("00:00", "24:00", HOURS_ALL_DAYS, 0);

	(void)state;
	assert_true(hours_are_always(&h));
	h = hours_of("07:00", "22:00", HOURS_ALL_DAYS, 0);
	assert_false(hours_are_always(&h));
	h = hours_of("00:00", "00:00", 0, HOURS_ALL_DAYS);
	assert_true(hours_are_always(&h));
	h = hours_of("12:00", "11:59", HOURS_ALL_DAYS, 0);
	assert_false(hours_are_always(&h));
}

static void quiet_hours_defer_and_yield(void **state)
{
	const struct hours night = hours_of("22:00", "07:00", HOURS_ALL_DAYS, 0);
	const struct hours weekend = hours_of("22:00", "07:00", HOURS_ALL_DAYS, SAT | SUN);
	static const struct {
		const char *why;
		bool weekend;
		const char *at, *due, *out;
	} rows[] = {
		{ "by day", false, "2026-11-18T12:00:00Z", "2026-11-20T12:00:00Z",
			"2026-11-18T12:00:00Z" },
		{ "at night", false, "2026-11-18T23:00:00Z", "2026-11-20T12:00:00Z",
			"2026-11-19T06:00:00Z" },
		{ "without a deadline", false, "2026-11-18T23:00:00Z", NULL,
			"2026-11-19T06:00:00Z" },
		{ "exactly half would be left", false, "2026-11-18T22:00:00Z",
			"2026-11-19T14:00:00Z", "2026-11-19T06:00:00Z" },
		{ "a second less than half", false, "2026-11-18T22:00:00Z",
			"2026-11-19T13:59:58Z", "2026-11-18T22:00:00Z" },
		{ "due before the morning", false, "2026-11-18T22:00:00Z",
			"2026-11-19T05:00:00Z", "2026-11-18T22:00:00Z" },
		{ "at due", false, "2026-11-18T22:00:00Z", "2026-11-18T22:00:00Z",
			"2026-11-18T22:00:00Z" },
		{ "overdue", false, "2026-11-18T22:00:00Z", "2026-11-18T12:00:00Z",
			"2026-11-18T22:00:00Z" },
		{ "the weekend is one stretch", true, "2026-11-20T21:30:00Z",
			"2026-12-20T12:00:00Z", "2026-11-23T06:00:00Z" },
		{ "the weekend is too long", true, "2026-11-20T21:30:00Z",
			"2026-11-24T12:00:00Z", "2026-11-20T21:30:00Z" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t due = rows[i].due != NULL ? time_of(rows[i].due) : TIME_NONE;
		int64_t out = quiet_defer(rows[i].weekend ? &weekend : &night,
			time_of(rows[i].at), due);

		if (out != time_of(rows[i].out))
			fail_msg("%s: goes out at %s", rows[i].why, text_of(out));
	}
	assert_int_equal(quiet_defer(NULL, 7, 9), 7);
}

/* Whatever the hours and the deadline: never earlier than asked, never past half of
 * what is left, never into quiet hours unless it goes out at once. */
static void whatever_is_deferred_leaves_half(void **state)
{
	uint64_t seed = 88172645463325252u;
	int round;

	(void)state;
	for (round = 0; round < 20000; round++) {
		struct hours h = { .zone = berlin };
		int64_t at, due, out;

		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		h.from_min = (int)(seed % 1440);
		h.until_min = (int)((seed >> 11) % 1441);
		h.days = (unsigned int)(seed >> 23) & 0x7f;
		h.whole_days = (unsigned int)(seed >> 31) & (unsigned int)(seed >> 38) & 0x3f;
		at = time_of("2026-03-20T00:00:00Z") + (int64_t)(seed % (20 * (uint64_t)DAY_MS));
		due = at + (int64_t)((seed >> 5) % (10 * (uint64_t)DAY_MS)) - DAY_MS;
		if (hours_are_always(&h))
			continue;
		out = quiet_defer(&h, at, due);
		if (out < at || (out > at && (hours_contain(&h, out) ||
				due - out < (due - at) / 2)))
			fail_msg("at %s due %s: goes out at %s", text_of(at), text_of(due),
				text_of(out));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_of_day_are_read),
		cmocka_unit_test(a_night_belongs_to_the_day_it_begins_on),
		cmocka_unit_test(hours_are_those_of_the_wall_clock),
		cmocka_unit_test(the_hour_that_is_skipped_or_repeated),
		cmocka_unit_test(every_minute_is_as_the_wall_clock_says),
		cmocka_unit_test(a_week_without_a_gap_is_seen),
		cmocka_unit_test(quiet_hours_defer_and_yield),
		cmocka_unit_test(whatever_is_deferred_leaves_half),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
