/* Easter, holiday rules and working days. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/rfc3339.h"
#include "base/text.h"
#include "core/calendar.h"

/* "2027-03-28" */
static int32_t day_of(const char *text)
{
	struct error err;
	char time[40];
	int64_t at = 0;

	snprintf(time, sizeof(time), "%sT00:00:00Z", text);
	if (rfc3339_parse(time, strlen(time), &at, &err) < 0)
		fail_msg("%s: %s", text, err.text);
	return (int32_t)(at / DAY_MS);
}

static void assert_day(const char *what, int32_t day, const char *expected)
{
	int y, m, d;

	civil_from_days(day, &y, &m, &d);
	if (day != day_of(expected))
		fail_msg("%s: %04d-%02d-%02d, expected %s", what, y, m, d, expected);
}

static struct holiday rule(const char *text)
{
	struct holiday h = { .name = "a holiday" };
	struct error err;

	if (holiday_parse(text, &h, &err) < 0)
		fail_msg("%s: %s", text, err.text);
	return h;
}

static void easter_is_on_the_published_dates(void **state)
{
	static const struct {
		int year;
		const char *western, *orthodox;
	} rows[] = {
		{ 1970, "1970-03-29", "1970-04-26" },
		{ 2000, "2000-04-23", "2000-04-30" },
		{ 2008, "2008-03-23", "2008-04-27" },
		{ 2011, "2011-04-24", "2011-04-24" },
		{ 2024, "2024-03-31", "2024-05-05" },
		{ 2026, "2026-04-05", "2026-04-12" },
		{ 2027, "2027-03-28", "2027-05-02" },
		{ 2028, "2028-04-16", "2028-04-16" },
		{ 2038, "2038-04-25", "2038-04-25" },
		{ 2049, "2049-04-18", "2049-04-25" },
		{ 2100, "2100-03-28", "2100-05-02" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		assert_day("Easter", calendar_easter(rows[i].year), rows[i].western);
		assert_day("Orthodox Easter", calendar_orthodox_easter(rows[i].year),
			rows[i].orthodox);
	}
}

/* The first is 22 March, the last 25 April: 1970 to 2200 stay within. */
static void easter_is_always_a_sunday_in_spring(void **state)
{
	int year;

	(void)state;
	for (year = 1970; year <= 2200; year++) {
		int32_t western = calendar_easter(year);
		int32_t orthodox = calendar_orthodox_easter(year);

		assert_int_equal(civil_weekday(western), 0);
		assert_in_range(western, civil_days(year, 3, 22), civil_days(year, 4, 25));
		assert_int_equal(civil_weekday(orthodox), 0);
		assert_true(orthodox >= western);
		assert_true((orthodox - western) / 7 <= 5);
	}
}

static void a_rule_falls_on_its_days(void **state)
{
	static const struct {
		const char *rule, *on, *not_on;
	} rows[] = {
		{ "12-25", "2026-12-25", "2026-12-26" },
		{ "02-29", "2028-02-29", "2027-03-01" },
		{ "easter+0", "2027-03-28", "2027-03-29" },
		{ "easter+1", "2027-03-29", "2027-03-28" },
		{ "easter-2", "2027-03-26", "2027-03-27" },
		{ "easter+39", "2027-05-06", "2027-05-07" },
		{ "easter+50", "2027-05-17", "2027-05-16" },
		{ "orthodox-2", "2027-04-30", "2027-03-26" },
		{ "orthodox+1", "2027-05-03", "2027-03-29" },
		{ "orthodox-48", "2027-03-15", "2027-03-16" },
		{ "orthodox+50", "2027-06-21", "2027-06-20" },
		/* Midsummer in Sweden and Finland. */
		{ "06-20..06-26 sat", "2026-06-20", "2026-06-27" },
		{ "06-20..06-26 sat", "2027-06-26", "2027-06-19" },
		/* All Saints there runs over the end of October. */
		{ "10-31..11-06 sat", "2026-10-31", "2026-11-07" },
		{ "10-31..11-06 sat", "2027-11-06", "2027-10-30" },
		{ "05-01..05-07 mon", "2027-05-03", "2027-05-10" },
		{ "05-08..05-14 sun", "2027-05-09", "2027-05-10" },
		/* Saint Brigid's Day is 1 February itself where that is a Friday. */
		{ "02-01..02-01 fri", "2030-02-01", "2027-02-01" },
		{ "2027-01-04", "2027-01-04", "2028-01-04" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct holiday h = rule(rows[i].rule);
		const struct calendar calendar = { &h, 1 };

		if (calendar_holiday(&calendar, day_of(rows[i].on)) != &h)
			fail_msg("%s does not fall on %s", rows[i].rule, rows[i].on);
		if (calendar_holiday(&calendar, day_of(rows[i].not_on)) != NULL)
			fail_msg("%s falls on %s", rows[i].rule, rows[i].not_on);
	}
}

static void a_yearly_rule_names_at_most_one_day_a_year(void **state)
{
	static const char *const rules[] = { "12-25", "easter-80", "easter+200", "orthodox-80",
		"orthodox+200", "06-20..06-26 sat", "10-31..11-06 sat", "02-26..03-03 wed" };
	size_t i;
	int year;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rules); i++) {
		struct holiday h = rule(rules[i]);
		const struct calendar calendar = { &h, 1 };

		for (year = 2026; year <= 2060; year++) {
			int32_t day, end = civil_days(year + 1, 1, 1), n = 0;

			for (day = civil_days(year, 1, 1); day < end; day++)
				n += calendar_holiday(&calendar, day) != NULL;
			/* The last rule spans 29 February: six days in other years. */
			if (n != 1 && !(n == 0 && i == ARRAY_LEN(rules) - 1))
				fail_msg("%s: %d days in %d", rules[i], n, year);
		}
	}
}

static void a_rule_holds_between_its_years(void **state)
{
	struct holiday h = { .name = "Store bededag", .from_year = 1970, .to_year = 2023 };
	const struct calendar calendar = { &h, 1 };
	struct error err;

	(void)state;
	assert_int_equal(holiday_parse("easter+26", &h, &err), 0);
	assert_string_equal(h.name, "Store bededag");
	assert_int_equal(h.to_year, 2023);
	assert_non_null(calendar_holiday(&calendar, day_of("2023-05-05")));
	assert_null(calendar_holiday(&calendar, day_of("2024-04-26")));
	h.from_year = 2025;
	h.to_year = 0;
	assert_null(calendar_holiday(&calendar, day_of("2023-05-05")));
	assert_non_null(calendar_holiday(&calendar, day_of("2025-05-16")));
}

static void a_bad_rule_is_refused_with_a_reason(void **state)
{
	static const struct {
		const char *rule, *expected;
	} rows[] = {
		{ "", "a holiday rule is like" },
		{ "Christmas", "a holiday rule is like" },
		{ "12/25", "a holiday rule is like" },
		{ "12-25 ", "a holiday rule is like" },
		{ "1-1", "a holiday rule is like" },
		{ "Easter+1", "a holiday rule is like" },
		{ "13-01", "no such date" },
		{ "00-10", "no such date" },
		{ "02-30", "no such date" },
		{ "04-31", "no such date" },
		{ "easter", "counts from Easter Sunday" },
		{ "easter1", "counts from Easter Sunday" },
		{ "easter+", "counts from Easter Sunday" },
		{ "easter+-1", "counts from Easter Sunday" },
		{ "easter+1x", "counts from Easter Sunday" },
		{ "easter+201", "counts from Easter Sunday by -80 to +200 days" },
		{ "easter-81", "counts from Easter Sunday" },
		{ "orthodox+99999999999999999999", "counts from Easter Sunday" },
		{ "06-20..06-26", "not a range of dates and a weekday" },
		{ "06-20..06-26sat", "not a range of dates and a weekday" },
		{ "06-20..06-31 sat", "not a range of dates and a weekday" },
		{ "06-20..06-27 sat", "span 1 to 7 days" },
		{ "06-26..06-20 sat", "span 1 to 7 days" },
		{ "12-29..01-04 mon", "span 1 to 7 days" },
		{ "06-20..06-26 Sat", "a weekday is one of" },
		{ "06-20..06-26 saturday", "a weekday is one of" },
		{ "06-20..06-26 ", "a weekday is one of" },
		{ "2027-02-29", "no such date" },
		{ "1969-12-31", "the year is not within" },
		{ "2201-01-01", "the year is not within" },
		{ "2027-01-04x", "a holiday rule is like" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct holiday h = { .name = "kept", .month = 7 };
		struct error err;

		if (holiday_parse(rows[i].rule, &h, &err) == 0)
			fail_msg("accepted: \"%s\"", rows[i].rule);
		if (strstr(err.text, rows[i].expected) == NULL)
			fail_msg("\"%s\": %s", rows[i].rule, err.text);
		assert_string_equal(h.name, "kept");
		assert_int_equal(h.month, 7);
	}
}

static void saturdays_and_sundays_are_never_working_days(void **state)
{
	(void)state;
	assert_true(calendar_is_working_day(NULL, day_of("2026-12-25")));
	assert_false(calendar_is_working_day(NULL, day_of("2026-12-26")));
	assert_false(calendar_is_working_day(NULL, day_of("2026-12-27")));
	assert_true(calendar_is_working_day(NULL, day_of("2026-12-28")));
	assert_null(calendar_holiday(NULL, day_of("2026-12-25")));
	assert_true(calendar_is_working_day(NULL, -1));		/* Wednesday */
	assert_false(calendar_is_working_day(NULL, -4));	/* Sunday */
}

static void the_next_working_day_is_looked_for_forward(void **state)
{
	struct holiday holidays[] = { rule("12-25"), rule("12-26"), rule("easter-2"),
		rule("easter+1") };
	const struct calendar calendar = { holidays, ARRAY_LEN(holidays) };

	(void)state;
	assert_day("itself", calendar_working_day_from(&calendar, day_of("2026-12-24")),
		"2026-12-24");
	assert_day("Christmas", calendar_working_day_from(&calendar, day_of("2026-12-25")),
		"2026-12-28");
	assert_day("weekends only", calendar_working_day_from(NULL, day_of("2026-12-25")),
		"2026-12-25");
	assert_day("Good Friday", calendar_working_day_from(&calendar, day_of("2027-03-26")),
		"2027-03-30");
}

/* A calendar in which every day is off must not hang anybody. */
static void the_search_ends_after_thirty_days(void **state)
{
	struct holiday holidays[7];
	const struct calendar calendar = { holidays, 7 };
	int32_t day = day_of("2027-03-01");
	int i;

	(void)state;
	for (i = 0; i < 7; i++)
		holidays[i] = (struct holiday){ .kind = HOLIDAY_WEEKDAY, .name = "off",
			.weekday = (int8_t)i, .month = 1, .day = 1, .month_to = 12, .day_to = 31 };
	assert_int_equal(calendar_working_day_from(&calendar, day), day + 30);
}

static void days_are_read_and_written(void **state)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
		{ "2026-11-21", NULL }, { "2028-02-29", NULL }, { "1970-01-01", NULL },
		{ "2100-12-31", NULL }, { "2027-02-29", "no such date" },
		{ "2026-13-01", "no such date" }, { "2026-04-31", "no such date" },
		{ "1969-12-31", "the year is not within" },
		{ "2201-01-01", "the year is not within" }, { "", "not a date" },
		{ "2026-11-2", "not a date" }, { "2026-11-211", "not a date" },
		{ "21.11.2026", "not a date" },
	};
	char text[DAY_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct error err = { .code = ERROR_NONE };
		int32_t day = -1;
		int result = day_parse(rows[i].text, &day, &err);

		if (result != (rows[i].error != NULL ? -1 : 0) ||
				(result < 0 && strstr(err.text, rows[i].error) == NULL))
			fail_msg("\"%s\": %s", rows[i].text, err.text);
		if (result < 0)
			continue;
		assert_day(rows[i].text, day, rows[i].text);
		day_format(day, text);
		assert_string_equal(text, rows[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(easter_is_on_the_published_dates),
		cmocka_unit_test(easter_is_always_a_sunday_in_spring),
		cmocka_unit_test(a_rule_falls_on_its_days),
		cmocka_unit_test(a_yearly_rule_names_at_most_one_day_a_year),
		cmocka_unit_test(a_rule_holds_between_its_years),
		cmocka_unit_test(a_bad_rule_is_refused_with_a_reason),
		cmocka_unit_test(saturdays_and_sundays_are_never_working_days),
		cmocka_unit_test(the_next_working_day_is_looked_for_forward),
		cmocka_unit_test(the_search_ends_after_thirty_days),
		cmocka_unit_test(days_are_read_and_written),
	};

	return cmocka_run_group_tests_name("calendar", tests, NULL, NULL);
}
