/* RFC 3339 text, both ways, and the calendar under it. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/rfc3339.h"
#include "base/text.h"

static void a_time_is_read(void **state)
{
	static const struct {
		const char *text;
		int64_t at;
	} rows[] = {
		{ "1970-01-01T00:00:00Z", 0 },
		{ "2026-11-21T08:17:00Z", INT64_C(1795249020000) },
		{ "2026-11-21T09:17:00+01:00", INT64_C(1795249020000) },
		{ "2026-11-21T02:47:00-05:30", INT64_C(1795249020000) },
		{ "2026-11-21t08:17:00z", INT64_C(1795249020000) },
		{ "2026-11-21 08:17:00Z", INT64_C(1795249020000) },
		/* -00:00: UTC is known, the local time is not (§4.3). */
		{ "2026-11-21T08:17:00-00:00", INT64_C(1795249020000) },
		{ "2026-11-22T08:16:00+23:59", INT64_C(1795249020000) },
		{ "2026-11-21T08:17:00.5Z", INT64_C(1795249020500) },
		{ "2026-11-21T08:17:00.123Z", INT64_C(1795249020123) },
		/* Cut, not rounded: never later than it was. */
		{ "2026-11-21T08:17:00.123999999Z", INT64_C(1795249020123) },
		{ "2026-11-21T08:17:00.000000001Z", INT64_C(1795249020000) },
		{ "2028-02-29T00:00:00Z", INT64_C(1835395200000) },
		/* A leap second is the next second. */
		{ "2016-12-31T23:59:60Z", INT64_C(1483228800000) },
		{ "2017-01-01T00:59:60+01:00", INT64_C(1483228800000) },
		{ "2016-12-31T23:59:60.250Z", INT64_C(1483228800250) },
		{ "2100-12-31T23:59:59.999Z", INT64_C(4133980799999) },
		/* The year is that of the text. */
		{ "1970-01-01T00:00:00+01:00", -3600000 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct error err;
		int64_t at = TIME_NONE;

		if (rfc3339_parse(rows[i].text, strlen(rows[i].text), &at, &err) < 0)
			fail_msg("%s: %s", rows[i].text, err.text);
		if (at != rows[i].at)
			fail_msg("%s: %" PRId64 ", expected %" PRId64, rows[i].text, at,
				rows[i].at);
	}
}

static void a_bad_time_is_refused_with_a_reason(void **state)
{
	static const struct {
		const char *text, *expected;
	} rows[] = {
		{ "", "not a time like" },
		{ "now", "not a time like" },
		{ "2026-11-21", "not a time like" },
		{ "2026-11-21T", "not a time like" },
		{ "2026-11-21T08:17Z", "not a time like" },
		{ "2026-11-21T8:17:00Z", "not a time like" },
		{ "20261121T081700Z", "not a time like" },
		{ "2026-1-21T08:17:00Z", "not a time like" },
		{ "26-11-21T08:17:00Z", "not a time like" },
		{ "+2026-11-21T08:17:00Z", "not a time like" },
		{ " 2026-11-21T08:17:00Z", "not a time like" },
		{ "2026-11-21_08:17:00Z", "not a time like" },
		{ "2026-00-21T08:17:00Z", "not a time like" },
		{ "2026-13-21T08:17:00Z", "not a time like" },
		{ "2026-11-00T08:17:00Z", "not a time like" },
		{ "2026-11-31T08:17:00Z", "not a time like" },
		{ "2027-02-29T08:17:00Z", "not a time like" },
		{ "2100-02-29T08:17:00Z", "not a time like" },
		{ "2026-11-21T24:00:00Z", "not a time like" },
		{ "2026-11-21T08:60:00Z", "not a time like" },
		{ "2026-11-21T08:17:61Z", "not a time like" },
		{ "2026-11-21T08:17:00.Z", "not a time like" },
		{ "2026-11-21T08:17:00,5Z", "not an offset" },
		{ "2026-11-21T08:17:00.1234567890Z", "not a time like" },
		{ "2026-11-21T08:17:00", "no offset" },
		{ "2026-11-21T08:17:00.5", "no offset" },
		{ "2026-11-21T08:17:00ZZ", "not an offset" },
		{ "2026-11-21T08:17:00Z ", "not an offset" },
		{ "2026-11-21T08:17:00 Z", "not an offset" },
		{ "2026-11-21T08:17:00+24:00", "not an offset" },
		{ "2026-11-21T08:17:00+01:60", "not an offset" },
		{ "2026-11-21T08:17:00+0100", "not an offset" },
		{ "2026-11-21T08:17:00+01", "not an offset" },
		{ "2026-11-21T08:17:00+1:00", "not an offset" },
		{ "2026-11-21T08:17:00+01:00x", "not an offset" },
		{ "2026-11-21T08:17:00CET", "not an offset" },
		{ "2026-11-21T08:17:60Z", "leap second" },
		{ "2016-12-31T23:59:60+01:00", "leap second" },
		{ "1969-12-31T23:59:59Z", "1970 to 2100" },
		{ "2101-01-01T00:00:00Z", "1970 to 2100" },
		{ "0000-01-01T00:00:00Z", "1970 to 2100" },
		{ "9999-12-31T23:59:59Z", "1970 to 2100" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct error err;
		int64_t at = TIME_NONE;

		if (rfc3339_parse(rows[i].text, strlen(rows[i].text), &at, &err) == 0)
			fail_msg("accepted: \"%s\"", rows[i].text);
		if (strstr(err.text, rows[i].expected) == NULL)
			fail_msg("\"%s\": %s", rows[i].text, err.text);
		assert_int_equal(err.code, ERROR_INVALID);
		assert_true(at == TIME_NONE);
	}
}

/* Only n bytes are looked at, and a NUL among them is not an end. */
static void the_length_is_what_counts(void **state)
{
	static const char text[] = "2026-11-21T08:17:00Z23";
	struct error err;
	int64_t at;

	(void)state;
	assert_int_equal(rfc3339_parse(text, 20, &at, &err), 0);
	assert_int_equal(rfc3339_parse(text, 22, &at, &err), -1);
	assert_int_equal(rfc3339_parse("2026-11-21T08:17:00Z\0", 21, &at, &err), -1);
}

static void a_time_is_written(void **state)
{
	static const struct {
		int64_t at;
		int32_t offset;
		const char *utc, *local;
	} rows[] = {
		{ 0, 0, "1970-01-01T00:00:00Z", "1970-01-01T00:00:00+00:00" },
		{ -1, 0, "1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999+00:00" },
		{ INT64_C(1795249020000), 3600, "2026-11-21T08:17:00Z",
		  "2026-11-21T09:17:00+01:00" },
		{ INT64_C(1795249020005), -12600, "2026-11-21T08:17:00.005Z",
		  "2026-11-21T04:47:00.005-03:30" },
		{ INT64_C(1798239600000), 3600, "2026-12-25T23:00:00Z",
		  "2026-12-26T00:00:00+01:00" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		char utc[RFC3339_SIZE], local[RFC3339_SIZE + 8];

		rfc3339_format(rows[i].at, utc);
		rfc3339_format_offset(rows[i].at, rows[i].offset, local);
		assert_string_equal(utc, rows[i].utc);
		assert_string_equal(local, rows[i].local);
	}
}

static void what_is_written_is_read_again(void **state)
{
	int64_t at;

	(void)state;
	for (at = 0; at < INT64_C(4133980799999); at += INT64_C(86400001) * 11) {
		char text[RFC3339_SIZE];
		struct error err;
		int64_t back;

		rfc3339_format(at, text);
		if (rfc3339_parse(text, strlen(text), &back, &err) < 0 || back != at)
			fail_msg("%s is not %" PRId64 " again", text, at);
	}
}

/* Every day from 1600 to 2600 follows the one before. */
static void days_follow_one_another(void **state)
{
	int32_t day = civil_days(1600, 1, 1);
	int y = 1600, m = 1, d = 1, weekday = 6;

	(void)state;
	assert_int_equal(civil_days(1970, 1, 1), 0);
	assert_int_equal(civil_days(2000, 3, 1), 11017);
	for (; y < 2600; day++) {
		int y2, m2, d2;

		civil_from_days(day, &y2, &m2, &d2);
		if (y2 != y || m2 != m || d2 != d || civil_days(y, m, d) != day ||
				civil_weekday(day) != weekday)
			fail_msg("day %" PRId32 " is %d-%d-%d", day, y2, m2, d2);
		weekday = (weekday + 1) % 7;
		if (++d > civil_month_length(y, m)) {
			d = 1;
			if (++m > 12) {
				m = 1;
				y++;
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_time_is_read),
		cmocka_unit_test(a_bad_time_is_refused_with_a_reason),
		cmocka_unit_test(the_length_is_what_counts),
		cmocka_unit_test(a_time_is_written),
		cmocka_unit_test(what_is_written_is_read_again),
		cmocka_unit_test(days_follow_one_another),
	};

	return cmocka_run_group_tests_name("rfc3339", tests, NULL, NULL);
}
