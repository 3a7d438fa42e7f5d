/*
 * A channel's pace: when its breaker opens, how it probes and closes; and that a rate
 * holds in every window of its length.
 */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/rfc3339.h"
#include "base/text.h"
#include "core/breaker.h"
#include "core/rate.h"

#define T ((int64_t)1795248000000)

static void fail_times(struct breaker *b, int n, int64_t at)
{
	while (n-- > 0)
		breaker_fail(b, at, 0);
}

static void test_opens_after_five_failures_in_a_row(void **state)
{
	struct breaker b;

	(void)state;
	breaker_init(&b);
	fail_times(&b, 4, T);
	assert_false(breaker_is_open(&b));
	assert_true(breaker_is_near(&b));
	assert_int_equal(breaker_next(&b, T), T);
	fail_times(&b, 1, T + 7);
	assert_true(breaker_is_open(&b));
	assert_int_equal(b.down_at, T + 7);
}

static void test_an_answer_begins_the_count_anew(void **state)
{
	struct breaker b;

	(void)state;
	breaker_init(&b);
	fail_times(&b, 4, T);
	breaker_pass(&b);
	fail_times(&b, 4, T);
	assert_false(breaker_is_open(&b));
}

static void test_however_long_the_row_takes(void **state)
{
	struct breaker b;
	int i;

	(void)state;
	breaker_init(&b);
	for (i = 0; i < 5; i++)
		breaker_fail(&b, T + i * HOUR_MS, 0);
	assert_true(breaker_is_open(&b));
}

/* Whatever the dice say. */
static void test_probes_at_least_every_ten_seconds(void **state)
{
	static const int64_t rolls[] = { 0, 1, 500000, 999999 };
	struct breaker b;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rolls); i++) {
		breaker_init(&b);
		fail_times(&b, 4, T);
		breaker_fail(&b, T, rolls[i]);
		assert_in_range(breaker_next(&b, T) - T, 5000, 10000);
		breaker_probe(&b, T + 10000, rolls[i]);
		assert_in_range(breaker_next(&b, T + 10000) - T, 15000, 20000);
		assert_int_equal(breaker_next(&b, T + 60000), T + 60000);
	}
}

static void test_a_probe_can_be_hurried(void **state)
{
	struct breaker b;

	(void)state;
	breaker_init(&b);
	fail_times(&b, 5, T);
	breaker_hurry(&b, T + 1);
	assert_int_equal(breaker_next(&b, T + 1), T + 1);
	assert_true(breaker_is_open(&b));
}

static void test_closes_by_the_first_answer(void **state)
{
	struct breaker b;

	(void)state;
	breaker_init(&b);
	fail_times(&b, 9, T);
	breaker_pass(&b);
	assert_false(breaker_is_open(&b));
	assert_int_equal(breaker_next(&b, T), T);
	/* And hurrying one that is closed does nothing. */
	breaker_hurry(&b, T);
	breaker_probe(&b, T, 0);
	assert_int_equal(breaker_next(&b, T), T);
}

/* Takes whatever may be taken, every 100 ms for ten windows. */
static void test_a_rate_holds_in_every_window(void **state)
{
	int64_t ring[3], sent[64], now;
	struct rate r;
	int n = 0, i;

	(void)state;
	rate_init(&r, 3, 1000, ring);
	for (now = T; now < T + 10000; now += 100) {
		/* In bursts, so that windows begin at odd places. */
		int want = now % 700 == 0 ? 3 : now % 300 == 0;

		for (; want > 0 && rate_room(&r, now) > 0; want--) {
			assert_in_range(n, 0, 63);
			rate_take(&r, now);
			sent[n++] = now;
		}
	}
	assert_in_range(n, 20, 33);
	for (i = 3; i < n; i++)
		assert_in_range(sent[i] - sent[i - 3], 1000, 100000);
}

static void test_when_the_next_is_free(void **state)
{
	int64_t ring[2];
	struct rate r;

	(void)state;
	rate_init(&r, 2, 60000, ring);
	assert_int_equal(rate_next(&r, T), T);
	rate_take(&r, T);
	assert_int_equal(rate_room(&r, T), 1);
	assert_int_equal(rate_next(&r, T + 1), T + 1);
	rate_take(&r, T + 10000);
	assert_int_equal(rate_room(&r, T + 10000), 0);
	assert_int_equal(rate_next(&r, T + 10000), T + 60000);
	assert_int_equal(rate_room(&r, T + 60000), 1);
	assert_int_equal(rate_room(&r, T + 70000), 2);
	rate_forget(&r);
	assert_int_equal(rate_room(&r, T), 2);
}

static void test_no_rate_is_no_limit(void **state)
{
	struct rate r;
	int i;

	(void)state;
	rate_init(&r, 0, 0, NULL);
	for (i = 0; i < 5000; i++)
		rate_take(&r, T);
	assert_in_range(rate_room(&r, T), 256, INT32_MAX);
	assert_int_equal(rate_next(&r, T), T);
}

static void test_how_a_rate_is_written(void **state)
{
	static const struct {
		const char *text;
		int max;		/* 0: refused */
		int64_t per_ms;
	} cases[] = {
		{ "30/PT1M", 30, MINUTE_MS }, { "1/PT1S", 1, SECOND_MS },
		{ "1000/P1D", 1000, DAY_MS },
		{ "0/PT1M", 0, 0 }, { "1001/PT1M", 0, 0 }, { "-1/PT1M", 0, 0 }, { "30", 0, 0 },
		{ "30/", 0, 0 }, { "/PT1M", 0, 0 }, { "30/60", 0, 0 }, { "30/PT0S", 0, 0 },
		{ "30/P2D", 0, 0 }, { "99999999999/PT1M", 0, 0 }, { " 3/PT1M", 0, 0 }, { "", 0, 0 },
	};
	struct error err;
	int64_t per_ms;
	size_t i;
	int max;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		int rc = rate_parse(cases[i].text, RATE_MAX, &max, &per_ms, &err);

		if ((rc == 0) != (cases[i].max > 0))
			fail_msg("\"%s\" is %s", cases[i].text, rc == 0 ? "taken" : err.text);
		if (rc == 0)
			assert_true(max == cases[i].max && per_ms == cases[i].per_ms);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_opens_after_five_failures_in_a_row),
		cmocka_unit_test(test_an_answer_begins_the_count_anew),
		cmocka_unit_test(test_however_long_the_row_takes),
		cmocka_unit_test(test_probes_at_least_every_ten_seconds),
		cmocka_unit_test(test_a_probe_can_be_hurried),
		cmocka_unit_test(test_closes_by_the_first_answer),
		cmocka_unit_test(test_a_rate_holds_in_every_window),
		cmocka_unit_test(test_when_the_next_is_free),
		cmocka_unit_test(test_no_rate_is_no_limit),
		cmocka_unit_test(test_how_a_rate_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
