/* iCalendar's lines: folding, escaping, times. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "api/ics.h"
#include "base/text.h"

#define TEN "0123456789"
#define SIXTY TEN TEN TEN TEN TEN TEN

static void test_lines(void **state)
{
	static const struct { const char *text, *wanted; } cases[] = {
		{ "", "X:\r\n" },
		{ "a;b,c\\d:\"e\"", "X:a\\;b\\,c\\\\d:\"e\"\r\n" },
		{ "two\nlines\t\x01\x7f.", "X:two\\nlines .\r\n" },
		{ "a\r\nEND:VEVENT", "X:a\\nEND:VEVENT\r\n" },
		/* 75 bytes fit; of the next line the blank is one of them. */
		{ SIXTY TEN "abc", "X:" SIXTY TEN "abc\r\n" },
		{ SIXTY TEN "abcd", "X:" SIXTY TEN "abc\r\n d\r\n" },
		{ SIXTY TEN "abc" SIXTY TEN "abcde", "X:" SIXTY TEN "abc\r\n " SIXTY TEN
			"abcd\r\n e\r\n" },
		/* A character stays whole, and goes to the next line if it must. */
		{ SIXTY TEN "ab\xc3\xa9", "X:" SIXTY TEN "ab\r\n \xc3\xa9\r\n" },
		{ SIXTY TEN "\xf0\x9f\x94\x94z", "X:" SIXTY TEN "\r\n \xf0\x9f\x94\x94z\r\n" },
	};
	struct buf out;
	size_t i;

	(void)state;
	buf_init(&out, 0);
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		buf_clear(&out);
		ics_text(&out, "X", cases[i].text);
		if (strcmp(out.data, cases[i].wanted) != 0)
			fail_msg("case %zu: %s", i, out.data);
	}
	buf_release(&out);
}

static void test_times_are_utc_to_the_second(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	ics_time(&out, "DTSTART", INT64_C(1795421820999));
	assert_string_equal(out.data, "DTSTART:20261123T081700Z\r\n");
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_times_are_utc_to_the_second),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
