/* What happened to the wall clock between two readings; and that they can be taken. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/text.h"
#include "core/witness.h"

enum { SECOND = 1000, HOUR = 3600 * SECOND };

#define WALL INT64_C(1795248000000)

static void sleep_and_steps_are_told_apart(void **unused)
{
	static const struct {
		const char *what;
		int64_t wall, boot, monotonic;		/* by how much each went on */
		int64_t suspended_ms, stepped_ms;
	} rows[] = {
		{ "an hour like any other", HOUR, HOUR, HOUR, 0, 0 },
		{ "no time at all", 0, 0, 0, 0, 0 },
		{ "set ahead", 2 * HOUR, HOUR, HOUR, 0, HOUR },
		{ "set back", -HOUR, HOUR, HOUR, 0, -2 * HOUR },
		{ "asleep", HOUR, HOUR, SECOND, HOUR - SECOND, 0 },
		{ "asleep, and set by a wrong clock on waking", 3 * HOUR, HOUR, SECOND,
			HOUR - SECOND, 2 * HOUR },
		{ "just below what is noticed", HOUR + 499, HOUR, HOUR, 0, 0 },
		{ "just what is noticed", HOUR + 500, HOUR, HOUR, 0, 500 },
		{ "just what is noticed, back", HOUR - 500, HOUR, HOUR, 0, -500 },
		{ "a nap below it", HOUR, HOUR, HOUR - 499, 0, 0 },
		{ "a leap second inserted", HOUR - SECOND, HOUR, HOUR, 0, -SECOND },
		{ "a machine that was frozen whole, then put right", HOUR, SECOND, SECOND, 0,
			HOUR - SECOND },
	};
	size_t i;

	(void)unused;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		const struct clock_reading before = { .wall = WALL, .boot = 5 * HOUR,
			.monotonic = 4 * HOUR };
		const struct clock_reading now = { .wall = WALL + rows[i].wall,
			.boot = 5 * HOUR + rows[i].boot,
			.monotonic = 4 * HOUR + rows[i].monotonic };
		struct witness got;

		witness_compare(&before, &now, &got);
		if (got.suspended_ms != rows[i].suspended_ms ||
				got.stepped_ms != rows[i].stepped_ms)
			fail_msg("%s: asleep %d, stepped %d", rows[i].what,
				(int)got.suspended_ms, (int)got.stepped_ms);
		assert_true(got.expected_wall == WALL + rows[i].boot);
	}
}

static void two_readings_of_now_show_nothing(void **unused)
{
	struct clock_reading before, now;
	struct witness got;

	(void)unused;
	clock_read(&before);
	clock_read(&now);
	witness_compare(&before, &now, &got);
	assert_true(got.suspended_ms == 0 && got.stepped_ms == 0);
	assert_true(now.boot >= before.boot && now.monotonic >= before.monotonic);
	assert_true(now.boot >= now.monotonic);
	assert_true(now.wall > WALL / 2);
}

static void an_estimate_goes_with_synchronisation(void **unused)
{
	struct clock_reading now;

	(void)unused;
	clock_read(&now);
	if (now.sync == CLOCK_SYNC_YES)
		assert_true(now.error_us >= 0);
	else
		assert_true(now.error_us == -1);
	assert_string_equal(clock_sync_name(CLOCK_SYNC_YES), "synchronised");
	assert_string_equal(clock_sync_name(CLOCK_SYNC_NO), "unsynchronised");
	assert_string_equal(clock_sync_name(CLOCK_SYNC_UNKNOWN), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sleep_and_steps_are_told_apart),
		cmocka_unit_test(two_readings_of_now_show_nothing),
		cmocka_unit_test(an_estimate_goes_with_synchronisation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
