/* Prometheus' text format, and the buckets of lengths of time. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "api/prom.h"

static void test_a_label_cannot_end_its_line(void **state)
{
	const struct prom_label labels[] = { { "a", "x\\y\"z\n# TYPE evil" }, { "b", "" } };
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	prom_family(&out, "t_x", "gauge", "Help.");
	prom_int(&out, "t_x", labels, 2, -3);
	prom_int(&out, "t_x", NULL, 0, 4);
	assert_string_equal(out.data, "# HELP t_x Help.\n# TYPE t_x gauge\n"
		"t_x{a=\"x\\\\y\\\"z\\n# TYPE evil\",b=\"\"} -3\nt_x 4\n");
	buf_release(&out);
}

static void test_milliseconds_are_seconds(void **state)
{
	static const struct { int64_t ms; const char *text; } cases[] = {
		{ 0, "s 0.000\n" }, { 1, "s 0.001\n" }, { 86400000, "s 86400.000\n" },
		{ -1, "s -0.001\n" }, { -3600500, "s -3600.500\n" },
		{ INT64_MIN, "s -9223372036854775.808\n" },
	};
	struct buf out;
	size_t i;

	(void)state;
	buf_init(&out, 0);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_clear(&out);
		prom_seconds(&out, "s", NULL, 0, cases[i].ms);
		assert_string_equal(out.data, cases[i].text);
	}
	buf_release(&out);
}

/* Buckets are cumulative, and what is on a bound is within it. */
static void test_a_histogram_adds_up(void **state)
{
	static const int64_t lengths[] = { -5, 0, 250, 251, 1000, 20000000 };
	struct histogram h = { 0 };
	struct buf out;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		histogram_add(&h, lengths[i]);
	buf_init(&out, 0);
	prom_histogram(&out, "h", "Help.", &h);
	assert_non_null(strstr(out.data, "h_bucket{le=\"0.000250\"} 3\n"));
	assert_non_null(strstr(out.data, "h_bucket{le=\"0.000500\"} 4\n"));
	assert_non_null(strstr(out.data, "h_bucket{le=\"0.001000\"} 5\n"));
	assert_non_null(strstr(out.data, "h_bucket{le=\"10.000000\"} 5\n"));
	assert_non_null(strstr(out.data, "h_bucket{le=\"+Inf\"} 6\n"));
	assert_non_null(strstr(out.data, "h_sum 20.001501\nh_count 6\n"));
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_label_cannot_end_its_line),
		cmocka_unit_test(test_milliseconds_are_seconds),
		cmocka_unit_test(test_a_histogram_adds_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
