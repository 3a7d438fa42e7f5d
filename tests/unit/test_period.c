/*
 * Periods of law: the text forms, and the worked examples of Regulation (EEC,
 * Euratom) 1182/71 with public holidays like those of most member states.
 */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "core/period.h"

enum { FILE_SIZE = 64 * 1024 };

static struct zone *zone_of(const char *name)
{
	static unsigned char data[FILE_SIZE];
	struct zone *zone;
	struct error err;
	char path[256];
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s", TOCSIN_ZONEINFO, name);
	file = fopen(path, "rb");
	if (file == NULL)
		fail_msg("cannot read %s: the time zone database (package tzdata) is needed",
			path);
	n = fread(data, 1, sizeof(data), file);
	fclose(file);
	zone = zone_parse(name, data, n, &err);
	if (zone == NULL)
		fail_msg("%s", err.text);
	return zone;
}

static int64_t time_of(const char *text)
{
	struct error err;
	int64_t at = 0;

	if (rfc3339_parse(text, strlen(text), &at, &err) < 0)
		fail_msg("%s: %s", text, err.text);
	return at;
}

static struct period period_of(const char *text)
{
	struct period p = { PERIOD_NONE, 0 };
	struct error err;

	if (period_parse(text, &p, &err) < 0)
		fail_msg("%s: %s", text, err.text);
	return p;
}

/* 1 January, Good Friday, Easter Monday, 1 May, Ascension, Whit Monday,
 * Christmas. */
static const struct calendar *demo_calendar(void)
{
	static const char *const rules[][2] = {
		{ "01-01", "New Year" }, { "easter-2", "Good Friday" },
		{ "easter+1", "Easter Monday" }, { "05-01", "Labour Day" },
		{ "easter+39", "Ascension" }, { "easter+50", "Whit Monday" },
		{ "12-25", "Christmas Day" }, { "12-26", "Saint Stephen" },
	};
	static struct holiday holidays[ARRAY_LEN(rules)];
	static const struct calendar calendar = { holidays, ARRAY_LEN(rules) };
	size_t i;

	for (i = 0; i < ARRAY_LEN(rules); i++) {
		struct error err;

		assert_int_equal(holiday_parse(rules[i][0], &holidays[i], &err), 0);
		text_copy(holidays[i].name, sizeof(holidays[i].name), rules[i][1]);
	}
	return &calendar;
}

static void assert_time(const char *what, const char *which, int64_t at, const char *expected)
{
	char text[RFC3339_SIZE];

	rfc3339_format(at, text);
	if (strcmp(text, expected) != 0)
		fail_msg("%s: %s is %s, expected %s", what, which, text, expected);
}

/* ---- Text */

static void a_period_is_read(void **state)
{
	static const struct {
		const char *text;
		enum period_unit unit;
		int64_t count;
		const char *formatted;
	} rows[] = {
		{ "PT24H", PERIOD_HOURS, 24 * (int64_t)HOUR_MS, "PT24H" },
		{ "PT72H", PERIOD_HOURS, 72 * (int64_t)HOUR_MS, "PT72H" },
		{ "PT90M", PERIOD_HOURS, 90 * MINUTE_MS, "PT1H30M" },
		{ "PT30S", PERIOD_HOURS, 30 * SECOND_MS, "PT30S" },
		{ "PT1H1M1S", PERIOD_HOURS, HOUR_MS + MINUTE_MS + SECOND_MS, "PT1H1M1S" },
		{ "PT024H", PERIOD_HOURS, 24 * (int64_t)HOUR_MS, "PT24H" },
		{ "PT876600H", PERIOD_HOURS, 36525 * (int64_t)DAY_MS, "PT876600H" },
		{ "P14D", PERIOD_DAYS, 14, "P14D" },
		{ "P2W", PERIOD_DAYS, 14, "P14D" },
		{ "P36525D", PERIOD_DAYS, 36525, "P36525D" },
		{ "P1M", PERIOD_MONTHS, 1, "P1M" },
		{ "P1Y", PERIOD_MONTHS, 12, "P1Y" },
		{ "P12M", PERIOD_MONTHS, 12, "P1Y" },
		{ "P1Y6M", PERIOD_MONTHS, 18, "P1Y6M" },
		{ "P100Y", PERIOD_MONTHS, 1200, "P100Y" },
		{ "P30WD", PERIOD_WORKING_DAYS, 30, "P30WD" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct period p = period_of(rows[i].text);
		char text[PERIOD_SIZE];

		period_format(&p, text);
		if (p.unit != rows[i].unit || p.count != rows[i].count)
			fail_msg("%s: unit %d, %" PRId64, rows[i].text, (int)p.unit, p.count);
		assert_string_equal(text, rows[i].formatted);
	}
}

static void a_bad_period_is_refused_with_a_reason(void **state)
{
	static const struct {
		const char *text, *expected;
	} rows[] = {
		{ "", "not a period" }, { "P", "not a period" }, { "PT", "not a period" },
		{ "P1", "not a period" }, { "24H", "not a period" }, { "p1m", "not a period" },
		{ "P24H", "not a period" }, { "PT1D", "not a period" }, { "P1DT", "not a period" },
		{ "PT1.5H", "not a period" }, { "PT1,5H", "not a period" },
		{ "P-1M", "not a period" }, { "-P1M", "not a period" }, { "+P1M", "not a period" },
		{ "P1M ", "not a period" }, { " P1M", "not a period" }, { "P1 M", "not a period" },
		{ "PT1H1H", "not a period" }, { "PT1M1H", "not a period" },
		{ "P1M1Y", "not a period" }, { "PT24HX", "not a period" },
		{ "PT99999999999H", "not a period" }, { "PTH", "not a period" },
		{ "P1DT12H", "one kind of unit" }, { "P1M1D", "one kind of unit" },
		{ "P1MT1H", "one kind of unit" }, { "P1W1D", "one kind of unit" },
		{ "P1M5WD", "one kind of unit" },
		{ "PT0H", "longer than nothing" }, { "P0D", "longer than nothing" },
		{ "P0M", "longer than nothing" }, { "P0WD", "longer than nothing" },
		{ "P101Y", "at most 100 years" }, { "P1201M", "at most 100 years" },
		{ "P36526D", "at most 100 years" }, { "P26101WD", "at most 100 years" },
		{ "PT876600H1S", "at most 100 years" }, { "PT9999999999H", "at most 100 years" },
		{ "P9999999999W", "at most 100 years" }, { "P9999999999Y", "at most 100 years" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct period p = { PERIOD_DAYS, 7 };
		struct error err;

		if (period_parse(rows[i].text, &p, &err) == 0)
			fail_msg("accepted: \"%s\"", rows[i].text);
		if (strstr(err.text, rows[i].expected) == NULL)
			fail_msg("\"%s\": %s", rows[i].text, err.text);
		assert_int_equal(p.count, 7);
	}
}

static void a_duration_is_real_time(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} good[] = {
		{ "PT2H", 2 * HOUR_MS }, { "PT15M", 15 * MINUTE_MS }, { "PT1S", SECOND_MS },
		{ "P1D", DAY_MS }, { "P7D", 7 * (int64_t)DAY_MS }, { "P1W", 7 * (int64_t)DAY_MS },
		{ "P1DT12H", 36 * HOUR_MS },
	};
	static const char *const bad[] = { "", "P1M", "P1Y", "P1WD", "PT0S", "P101Y", "2h",
		"P36525DT1S", "P1YT1H", "P9999999999WT9999999999H" };
	int64_t ms = -1;
	struct error err;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(good); i++) {
		if (period_parse_duration(good[i].text, &ms, &err) < 0)
			fail_msg("%s: %s", good[i].text, err.text);
		if (ms != good[i].ms)
			fail_msg("%s: %" PRId64 " ms", good[i].text, ms);
	}
	ms = -1;
	for (i = 0; i < ARRAY_LEN(bad); i++)
		if (period_parse_duration(bad[i], &ms, &err) == 0)
			fail_msg("accepted: \"%s\"", bad[i]);
	assert_int_equal(ms, -1);
}

static void a_duration_is_written(void **state)
{
	static const struct {
		int64_t ms;
		const char *text;
	} rows[] = {
		{ 0, "PT0S" }, { 1, "PT0.001S" }, { 1500, "PT1.500S" }, { 45000, "PT45S" },
		{ 5400000, "PT1H30M" }, { 7200000, "PT2H" }, { 86400000, "PT24H" },
		{ 3601000, "PT1H1S" }, { -14400000, "-PT4H" },
		{ INT64_MAX, "PT2562047788015H12M55.807S" },
		{ INT64_MIN, "-PT2562047788015H12M55.808S" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		char text[PERIOD_SIZE];

		period_format_duration(rows[i].ms, text);
		assert_string_equal(text, rows[i].text);
	}
}

/* ---- When it ends */

struct row {
	const char *law;		/* what the row shows, and where it is written */
	const char *zone, *period, *anchor, *due, *nominal, *latest;
};

static void check_rows(const struct row *rows, size_t n, const struct calendar *calendar)
{
	size_t i;

	for (i = 0; i < n; i++) {
		struct zone *zone = zone_of(rows[i].zone);
		struct period p = period_of(rows[i].period);
		struct deadline end;

		period_end(&p, time_of(rows[i].anchor), zone, calendar, &end);
		assert_time(rows[i].law, "due", end.due_at, rows[i].due);
		assert_time(rows[i].law, "nominal", end.nominal_at, rows[i].nominal);
		assert_time(rows[i].law, "latest", end.latest_at, rows[i].latest);
		zone_free(zone);
	}
}

static void hours_are_elapsed_hours(void **state)
{
	static const struct row rows[] = {
		{ "24 h; Reg. 1182/71 Art. 3(1), 3(2)(a)", "Europe/Brussels", "PT24H",
		  "2026-11-21T09:17:00+01:00",
		  "2026-11-22T08:17:00Z", "2026-11-22T08:17:00Z", "2026-11-22T09:00:00Z" },
		{ "72 h; Reg. 1182/71 Art. 3(1), 3(2)(a)", "Europe/Brussels", "PT72H",
		  "2026-11-21T09:17:00+01:00",
		  "2026-11-24T08:17:00Z", "2026-11-24T08:17:00Z", "2026-11-24T09:00:00Z" },
		{ "hours never roll, not at Christmas; Art. 3(4)", "Europe/Brussels", "PT72H",
		  "2026-12-24T18:10:00+01:00",
		  "2026-12-27T17:10:00Z", "2026-12-27T17:10:00Z", "2026-12-27T18:00:00Z" },
		{ "72 h over the change to summer time", "Europe/Brussels", "PT72H",
		  "2027-03-27T12:00:00+01:00",
		  "2027-03-30T11:00:00Z", "2027-03-30T11:00:00Z", "2027-03-30T12:00:00Z" },
		{ "24 h over the change to winter time", "Europe/Brussels", "PT24H",
		  "2026-10-24T12:00:00+02:00",
		  "2026-10-25T10:00:00Z", "2026-10-25T10:00:00Z", "2026-10-25T11:00:00Z" },
		{ "72 h over the change to winter time", "Europe/Brussels", "PT72H",
		  "2026-10-24T12:00:00+02:00",
		  "2026-10-27T10:00:00Z", "2026-10-27T10:00:00Z", "2026-10-27T11:00:00Z" },
		/* EDPB and the German authorities read the hour so. */
		{ "known at 12:17, ends at 13:00 three days on; Art. 3(1)", "Europe/Berlin",
		  "PT72H", "2020-12-22T12:17:00+01:00",
		  "2020-12-25T11:17:00Z", "2020-12-25T11:17:00Z", "2020-12-25T12:00:00Z" },
		{ "09:00:00 lies in hour 09; Art. 3(1)", "Europe/Brussels", "PT24H",
		  "2026-11-21T09:00:00+01:00",
		  "2026-11-22T08:00:00Z", "2026-11-22T08:00:00Z", "2026-11-22T09:00:00Z" },
		{ "the last millisecond of an hour; Art. 3(1)", "Europe/Brussels", "PT24H",
		  "2026-11-21T09:59:59.999+01:00",
		  "2026-11-22T08:59:59.999Z", "2026-11-22T08:59:59.999Z",
		  "2026-11-22T09:00:00Z" },
		{ "minutes get no full hour", "Europe/Brussels", "PT90M",
		  "2026-11-21T09:17:00+01:00",
		  "2026-11-21T09:47:00Z", "2026-11-21T09:47:00Z", "2026-11-21T09:47:00Z" },
		{ "before 1970 in UTC", "Europe/Brussels", "PT24H", "1970-01-01T00:30:00+01:00",
		  "1970-01-01T23:30:00Z", "1970-01-01T23:30:00Z", "1970-01-02T00:00:00Z" },
	};

	(void)state;
	check_rows(rows, ARRAY_LEN(rows), demo_calendar());
}

/* The law does not say at what time of day the anchor falls, so each example is
 * tried at three. due is the date with that time of day. */
static void a_month_ends_with_the_day_of_the_same_number(void **state)
{
	static const struct {
		const char *law, *anchor, *date, *nominal, *latest;
	} rows[] = {
		{ "ends on the date from which it runs; Art. 3(2)(c), C-171/03",
		  "2026-11-21", "2026-12-21", "2026-12-21T23:00:00Z", "2026-12-21T23:00:00Z" },
		{ "ends on Christmas Day, rolls over three days; Art. 3(4)",
		  "2026-11-25", "2026-12-25", "2026-12-25T23:00:00Z", "2026-12-28T23:00:00Z" },
		{ "ends on New Year, a Friday; Art. 3(4)",
		  "2026-12-01", "2027-01-01", "2027-01-01T23:00:00Z", "2027-01-04T23:00:00Z" },
		{ "31 January is there, and a Sunday; Art. 3(4)",
		  "2026-12-31", "2027-01-31", "2027-01-31T23:00:00Z", "2027-02-01T23:00:00Z" },
		{ "no 30 February: the last day; Art. 3(2)(c) subpara. 2",
		  "2027-01-30", "2027-02-28", "2027-02-28T23:00:00Z", "2027-03-01T23:00:00Z" },
		{ "no 31 February: the last day; Art. 3(2)(c) subpara. 2",
		  "2027-01-31", "2027-02-28", "2027-02-28T23:00:00Z", "2027-03-01T23:00:00Z" },
		{ "the last day in a leap year; Art. 3(2)(c) subpara. 2",
		  "2028-01-31", "2028-02-29", "2028-02-29T23:00:00Z", "2028-02-29T23:00:00Z" },
		{ "month end does not stick to month end; Art. 3(2)(c)",
		  "2028-02-29", "2028-03-29", "2028-03-29T22:00:00Z", "2028-03-29T22:00:00Z" },
		{ "ends on Good Friday before summer time; Art. 3(4)",
		  "2027-02-26", "2027-03-26", "2027-03-26T23:00:00Z", "2027-03-30T22:00:00Z" },
		{ "ends on Easter Sunday, a day of 23 hours; Art. 3(4)",
		  "2027-02-28", "2027-03-28", "2027-03-28T22:00:00Z", "2027-03-30T22:00:00Z" },
		{ "no 31 April; Art. 3(2)(c) subpara. 2",
		  "2027-03-31", "2027-04-30", "2027-04-30T22:00:00Z", "2027-04-30T22:00:00Z" },
	};
	static const char *const times[] = { "09:17:00", "00:00:00", "23:59:59" };
	struct zone *zone = zone_of("Europe/Brussels");
	const struct calendar *calendar = demo_calendar();
	struct period month = period_of("P1M");
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		for (k = 0; k < ARRAY_LEN(times); k++) {
			struct civil local;
			struct deadline end;
			char text[40];

			snprintf(text, sizeof(text), "%sT%sZ", rows[i].anchor, times[k]);
			civil_from_ms(time_of(text), &local);
			period_end(&month, zone_instant(zone, &local), zone, calendar, &end);
			assert_time(rows[i].law, "nominal", end.nominal_at, rows[i].nominal);
			assert_time(rows[i].law, "latest", end.latest_at, rows[i].latest);
			zone_civil(zone, end.due_at, &local);
			snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02d", local.year,
				local.month, local.day, local.hour, local.minute, local.second);
			if (!text_starts(text, rows[i].date) || strcmp(text + 11, times[k]) != 0)
				fail_msg("%s: due at %s local", rows[i].law, text);
			assert_true(end.due_at < end.nominal_at);
		}
	}
	zone_free(zone);
}

static void days_and_months_are_civil(void **state)
{
	static const struct row rows[] = {
		{ "14 days from Friday 11 December; Reg. 1182/71 Art. 3(1), 3(4)",
		  "Europe/Brussels", "P14D", "2026-12-11T09:00:00+01:00",
		  "2026-12-25T08:00:00Z", "2026-12-25T23:00:00Z", "2026-12-28T23:00:00Z" },
		{ "two weeks end on the same weekday; Art. 3(2)(c), C-171/03",
		  "Europe/Brussels", "P2W", "2026-11-23T15:42:00+01:00",
		  "2026-12-07T14:42:00Z", "2026-12-07T23:00:00Z", "2026-12-07T23:00:00Z" },
		{ "14 days of 24 h would end after the day itself; Art. 3(2)(b)",
		  "Europe/Brussels", "P14D", "2027-03-15T23:30:00+01:00",
		  "2027-03-29T21:30:00Z", "2027-03-29T22:00:00Z", "2027-03-30T22:00:00Z" },
		{ "from the filing of the notification; Directive (EU) 2022/2555 Art. 23(4)(d)",
		  "Europe/Brussels", "P1M", "2026-11-23T15:42:00+01:00",
		  "2026-12-23T14:42:00Z", "2026-12-23T23:00:00Z", "2026-12-23T23:00:00Z" },
		{ "from the handling of the incident; Directive (EU) 2022/2555 Art. 23(4)(e)",
		  "Europe/Brussels", "P1M", "2027-01-29T12:00:00+01:00",
		  "2027-02-28T11:00:00Z", "2027-02-28T23:00:00Z", "2027-03-01T23:00:00Z" },
		{ "already 1 November in Brussels; Reg. 1182/71 Art. 3(2)(c)",
		  "Europe/Brussels", "P1M", "2026-10-31T23:30:00Z",
		  "2026-11-30T23:30:00Z", "2026-12-01T23:00:00Z", "2026-12-01T23:00:00Z" },
		{ "still 31 October in Lisbon; Reg. 1182/71 Art. 3(2)(c)",
		  "Europe/Lisbon", "P1M", "2026-10-31T23:30:00Z",
		  "2026-11-30T23:30:00Z", "2026-12-01T00:00:00Z", "2026-12-01T00:00:00Z" },
		{ "due at a time that does not exist: the transition",
		  "Europe/Brussels", "P1M", "2027-02-28T02:30:00+01:00",
		  "2027-03-28T01:00:00Z", "2027-03-28T22:00:00Z", "2027-03-30T22:00:00Z" },
		{ "due at a time that comes twice: the earlier",
		  "Europe/Brussels", "P1M", "2026-09-25T02:30:00+02:00",
		  "2026-10-25T00:30:00Z", "2026-10-25T23:00:00Z", "2026-10-26T23:00:00Z" },
		{ "the day after has no midnight in the Azores",
		  "Atlantic/Azores", "P1M", "2027-02-27T23:30:00-01:00",
		  "2027-03-28T00:30:00Z", "2027-03-28T01:00:00Z", "2027-03-31T00:00:00Z" },
		{ "the day after has two midnights in the Azores",
		  "Atlantic/Azores", "P1M", "2026-09-24T12:00:00Z",
		  "2026-10-24T12:00:00Z", "2026-10-25T00:00:00Z", "2026-10-27T01:00:00Z" },
		{ "a year from 29 February ends on 28 February; Art. 3(2)(c) subpara. 2",
		  "Europe/Brussels", "P1Y", "2028-02-29T09:17:00+01:00",
		  "2029-02-28T08:17:00Z", "2029-02-28T23:00:00Z", "2029-02-28T23:00:00Z" },
		{ "over the end of a year", "Europe/Helsinki", "P18M",
		  "2026-11-21T09:17:00+02:00",
		  "2028-05-21T06:17:00Z", "2028-05-21T21:00:00Z", "2028-05-22T21:00:00Z" },
		{ "beyond the transitions that tzdata lists", "Europe/Brussels", "P1M",
		  "2090-02-26T02:30:00+01:00",
		  "2090-03-26T01:00:00Z", "2090-03-26T22:00:00Z", "2090-03-27T22:00:00Z" },
	};

	(void)state;
	check_rows(rows, ARRAY_LEN(rows), demo_calendar());
}

static void without_a_calendar_only_weekends_roll(void **state)
{
	static const struct row rows[] = {
		{ "Christmas Day, a Friday, is like any other", "Europe/Brussels", "P1M",
		  "2026-11-25T09:17:00+01:00",
		  "2026-12-25T08:17:00Z", "2026-12-25T23:00:00Z", "2026-12-25T23:00:00Z" },
		{ "Saturday rolls to Monday; Art. 3(4)", "Europe/Brussels", "P1M",
		  "2026-11-12T20:00:00+01:00",
		  "2026-12-12T19:00:00Z", "2026-12-12T23:00:00Z", "2026-12-14T23:00:00Z" },
	};

	(void)state;
	check_rows(rows, ARRAY_LEN(rows), NULL);
}

static void working_days_count_no_other_day(void **state)
{
	static const struct row rows[] = {
		{ "the next working day; Reg. 1182/71 Art. 3(3)", "Europe/Lisbon", "P1WD",
		  "2026-11-20T10:00:00Z",
		  "2026-11-23T10:00:00Z", "2026-11-24T00:00:00Z", "2026-11-24T00:00:00Z" },
		{ "from a Saturday", "Europe/Lisbon", "P1WD", "2026-11-21T10:00:00Z",
		  "2026-11-23T10:00:00Z", "2026-11-24T00:00:00Z", "2026-11-24T00:00:00Z" },
		{ "over Christmas and New Year; Art. 3(3)", "Europe/Lisbon", "P5WD",
		  "2026-12-24T10:00:00Z",
		  "2027-01-04T10:00:00Z", "2027-01-05T00:00:00Z", "2027-01-05T00:00:00Z" },
		{ "thirty, over the change of clocks and Easter; Art. 3(3)", "Europe/Lisbon",
		  "P30WD", "2027-03-01T10:00:00Z",
		  "2027-04-14T09:00:00Z", "2027-04-14T23:00:00Z", "2027-04-14T23:00:00Z" },
	};

	(void)state;
	check_rows(rows, ARRAY_LEN(rows), demo_calendar());
}

static void no_period_ends_at_its_anchor(void **state)
{
	const struct period none = { PERIOD_NONE, 0 };
	struct zone *zone = zone_utc();
	struct deadline end;

	(void)state;
	period_end(&none, 1234, zone, NULL, &end);
	assert_int_equal(end.due_at, 1234);
	assert_int_equal(end.nominal_at, 1234);
	assert_int_equal(end.latest_at, 1234);
	zone_free(zone);
}

/* due <= nominal <= latest, for every hour of two years in zones whose days
 * begin in odd ways. */
static void the_three_readings_are_in_order(void **state)
{
	static const char *const zones[] = { "Atlantic/Azores", "Europe/Dublin",
		"Africa/Casablanca", "Pacific/Apia" };
	static const char *const periods[] = { "PT24H", "P1M", "P14D", "P10WD", "PT90M" };
	const struct calendar *calendar = demo_calendar();
	const int64_t from = time_of("2010-12-01T00:00:00Z");
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_LEN(zones); i++) {
		struct zone *zone = zone_of(zones[i]);

		for (k = 0; k < ARRAY_LEN(periods); k++) {
			struct period p = period_of(periods[k]);
			int64_t at;

			for (at = from; at < from + 730 * (int64_t)DAY_MS; at += 59 * MINUTE_MS) {
				struct deadline end;

				period_end(&p, at, zone, calendar, &end);
				if (at >= end.due_at || end.due_at > end.nominal_at ||
						end.nominal_at > end.latest_at)
					fail_msg("%s %s from %" PRId64, zones[i], periods[k], at);
			}
		}
		zone_free(zone);
	}
}

/* ---- In words */

static void keep_line(void *arg, const char *step)
{
	buf_addf(arg, "%s\n", step);
}

static void a_derivation_is_told_step_by_step(void **state)
{
	static const struct {
		const char *period, *anchor, *text;
	} rows[] = {
		{ "PT24H", "2026-11-21T09:17:00+01:00",
		  "+ PT24H elapsed\n"
		  "latest: the hour of the event does not count (Reg. 1182/71 Art. 3(1)): "
		  "2026-11-22T10:00:00+01:00\n" },
		{ "PT90M", "2026-11-21T09:17:00+01:00", "+ PT1H30M elapsed\n" },
		{ "P1M", "2026-11-23T15:42:00+01:00",
		  "+ P1M, calendar, Europe/Berlin: Wednesday 2026-12-23\n"
		  "nominal: that day ends at 24:00 (Reg. 1182/71 Art. 3(2)(c))\n"
		  "latest: 2026-12-23 is a working day\n" },
		{ "P14D", "2026-12-11T09:00:00+01:00",
		  "+ P14D, calendar, Europe/Berlin: Friday 2026-12-25\n"
		  "nominal: that day ends at 24:00 (Reg. 1182/71 Art. 3(2)(b))\n"
		  "latest: Friday 2026-12-25 is a public holiday (Christmas Day), "
		  "Saturday 2026-12-26 is a public holiday (Saint Stephen), "
		  "Sunday 2026-12-27 is no working day: "
		  "Monday 2026-12-28 at 24:00 (Art. 3(4))\n" },
		{ "P1M", "2027-01-31T09:17:00+01:00",
		  "+ P1M, calendar, Europe/Berlin: Sunday 2027-02-28, "
		  "clamped to the end of the month\n"
		  "nominal: that day ends at 24:00 (Reg. 1182/71 Art. 3(2)(c))\n"
		  "latest: Sunday 2027-02-28 is no working day: "
		  "Monday 2027-03-01 at 24:00 (Art. 3(4))\n" },
		{ "P1M", "2027-02-28T02:30:00+01:00",
		  "+ P1M, calendar, Europe/Berlin: Sunday 2027-03-28\n"
		  "due: there is no 02:30 on that day, the clocks are set forward: "
		  "2027-03-28T03:00:00+02:00\n"
		  "nominal: that day ends at 24:00 (Reg. 1182/71 Art. 3(2)(c))\n"
		  "latest: Sunday 2027-03-28 is no working day, "
		  "Monday 2027-03-29 is a public holiday (Easter Monday): "
		  "Tuesday 2027-03-30 at 24:00 (Art. 3(4))\n" },
		{ "P5WD", "2026-12-24T10:00:00+01:00",
		  "+ P5WD, working days only, Europe/Berlin: Monday 2027-01-04\n"
		  "nominal: that day ends at 24:00 (Reg. 1182/71 Art. 3(2)(b))\n"
		  "latest: 2027-01-04 is a working day\n" },
	};
	struct zone *zone = zone_of("Europe/Berlin");
	struct buf b;
	size_t i;

	(void)state;
	buf_init(&b, 0);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct period p = period_of(rows[i].period);

		buf_clear(&b);
		period_explain(&p, time_of(rows[i].anchor), zone, demo_calendar(), keep_line, &b);
		assert_string_equal(b.data, rows[i].text);
	}
	buf_release(&b);
	zone_free(zone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_period_is_read),
		cmocka_unit_test(a_bad_period_is_refused_with_a_reason),
		cmocka_unit_test(a_duration_is_real_time),
		cmocka_unit_test(a_duration_is_written),
		cmocka_unit_test(hours_are_elapsed_hours),
		cmocka_unit_test(a_month_ends_with_the_day_of_the_same_number),
		cmocka_unit_test(days_and_months_are_civil),
		cmocka_unit_test(without_a_calendar_only_weekends_roll),
		cmocka_unit_test(working_days_count_no_other_day),
		cmocka_unit_test(no_period_ends_at_its_anchor),
		cmocka_unit_test(the_three_readings_are_in_order),
		cmocka_unit_test(a_derivation_is_told_step_by_step),
	};

	return cmocka_run_group_tests_name("period", tests, NULL, NULL);
}
