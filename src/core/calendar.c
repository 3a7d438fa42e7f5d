/*
 * Working days and the rules of public holidays: see calendar.h. A rule is asked
 * "is it this day", never "which days": nothing has to be listed or kept for a
 * range of years, and a deadline in 2090 costs the same as one next week.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/rfc3339.h"
#include "base/text.h"
#include "core/calendar.h"

/* Easter falls on 22 March to 8 May (Orthodox, until 2100): with these offsets
 * a holiday stays in the year of its Easter. */
enum { EASTER_OFFSET_MIN = -80, EASTER_OFFSET_MAX = 200 };
/* The longest run of days off that is looked over, as calendar.h says. */
enum { ROLL_MAX = 30 };
/* A date without a year may be 29 February. */
enum { LEAP_YEAR = 2000 };

/* The Gregorian computus in whole numbers (Meeus, Astronomical Algorithms,
 * ch. 8: "valid for all years of the Gregorian calendar"). */
int32_t calendar_easter(int year)
{
	int a = year % 19, b = year / 100, c = year % 100;
	int d = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
	int e = (32 + 2 * (b % 4) + 2 * (c / 4) - d - c % 4) % 7;
	int n = d + e - 7 * ((a + 11 * d + 22 * e) / 451) + 114;

	return civil_days(year, n / 31, n % 31 + 1);
}

/* The Julian computus (same chapter); the Julian date, read as a Gregorian one,
 * comes too early by the difference of the two calendars. */
int32_t calendar_orthodox_easter(int year)
{
	int d = (19 * (year % 19) + 15) % 30;
	int e = (2 * (year % 4) + 4 * (year % 7) - d + 34) % 7;
	int n = d + e + 114;

	return civil_days(year, n / 31, n % 31 + 1) + year / 100 - year / 400 - 2;
}

static int two_digits(const char *s)
{
	if (s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9')
		return -1;
	return 10 * (s[0] - '0') + (s[1] - '0');
}

/* "MM-DD" at the start of s, of that year. */
static int read_month_day(const char *s, int year, int8_t *ret_month, int8_t *ret_day)
{
	int month = two_digits(s), day;

	if (month < 1 || month > 12 || s[2] != '-')
		return -1;
	day = two_digits(s + 3);
	if (day < 1 || day > civil_month_length(year, month))
		return -1;
	*ret_month = (int8_t)month;
	*ret_day = (int8_t)day;
	return 0;
}

static int parse_easter(const char *offset, struct holiday *h, struct error *err)
{
	int64_t days;

	if ((offset[0] != '+' && offset[0] != '-') || offset[1] < '0' || offset[1] > '9' ||
			text_int64(offset[0] == '+' ? offset + 1 : offset, EASTER_OFFSET_MIN,
				EASTER_OFFSET_MAX, &days) < 0)
		return error_set(err, ERROR_INVALID,
			"a holiday rule counts from Easter Sunday by %d to +%d days, "
			"such as \"easter+1\" or \"orthodox-2\"",
			EASTER_OFFSET_MIN, EASTER_OFFSET_MAX);
	h->offset = (int16_t)days;
	return 0;
}

/* "06-20..06-26 sat": at most seven days, so that it names one day a year. Fewer
 * are of use: "02-01..02-01 fri" is 1 February in the years it is a Friday. */
static int parse_weekday(const char *rule, struct holiday *h, struct error *err)
{
	static const char *const names[] = { "sun", "mon", "tue", "wed", "thu", "fri", "sat" };
	int32_t days;
	int8_t i;

	h->kind = HOLIDAY_WEEKDAY;
	if (read_month_day(rule, LEAP_YEAR, &h->month, &h->day) < 0 ||
			read_month_day(rule + 7, LEAP_YEAR, &h->month_to, &h->day_to) < 0 ||
			rule[12] != ' ')
		return error_set(err, ERROR_INVALID,
			"not a range of dates and a weekday, such as \"06-20..06-26 sat\"");
	days = civil_days(LEAP_YEAR, h->month_to, h->day_to) -
		civil_days(LEAP_YEAR, h->month, h->day) + 1;
	if (days < 1 || days > 7)
		return error_set(err, ERROR_INVALID,
			"the dates of a weekday rule span 1 to 7 days of one year");
	for (i = 0; i < 7 && strcmp(rule + 13, names[i]) != 0; i++)
		;
	if (i == 7)
		return error_set(err, ERROR_INVALID,
			"a weekday is one of sun, mon, tue, wed, thu, fri, sat");
	h->weekday = i;
	return 0;
}

/* Does the rule have this form: '0' stands for a digit, the rest for itself. */
static bool has_form(const char *rule, const char *form, bool whole)
{
	for (; *form != '\0'; rule++, form++)
		if (*form == '0' ? *rule < '0' || *rule > '9' : *rule != *form)
			return false;
	return !whole || *rule == '\0';
}

int day_parse(const char *text, int32_t *ret, struct error *err)
{
	int8_t month, day;
	int year;

	if (!has_form(text, "0000-00-00", true))
		return error_set(err, ERROR_INVALID, "not a date such as \"2026-11-21\"");
	year = two_digits(text) * 100 + two_digits(text + 2);
	if (year < 1970 || year > 2200)
		return error_set(err, ERROR_INVALID, "the year is not within 1970 to 2200");
	if (read_month_day(text + 5, year, &month, &day) < 0)
		return error_set(err, ERROR_INVALID, "no such date");
	*ret = civil_days(year, month, day);
	return 0;
}

void day_format(int32_t day, char out[DAY_SIZE])
{
	int year, month, mday;

	civil_from_days(day, &year, &month, &mday);
	snprintf(out, DAY_SIZE, "%04d-%02d-%02d", year, month, mday);
}

static int parse_date(const char *rule, struct holiday *h, struct error *err)
{
	int year, month, day;
	int32_t days;

	h->kind = HOLIDAY_DATE;
	if (day_parse(rule, &days, err) < 0)
		return -1;
	civil_from_days(days, &year, &month, &day);
	h->year = (int16_t)year;
	h->month = (int8_t)month;
	h->day = (int8_t)day;
	return 0;
}

int holiday_parse(const char *rule, struct holiday *ret, struct error *err)
{
	struct holiday h = { .from_year = ret->from_year, .to_year = ret->to_year };
	int rc = 0;

	memcpy(h.name, ret->name, sizeof(h.name));
	if (text_starts(rule, "easter")) {
		h.kind = HOLIDAY_EASTER;
		rc = parse_easter(rule + strlen("easter"), &h, err);
	} else if (text_starts(rule, "orthodox")) {
		h.kind = HOLIDAY_ORTHODOX;
		rc = parse_easter(rule + strlen("orthodox"), &h, err);
	} else if (has_form(rule, "00-00", true)) {
		h.kind = HOLIDAY_FIXED;
		if (read_month_day(rule, LEAP_YEAR, &h.month, &h.day) < 0)
			rc = error_set(err, ERROR_INVALID, "no such date in any year");
	} else if (has_form(rule, "00-00..00-00", false)) {
		rc = parse_weekday(rule, &h, err);
	} else if (has_form(rule, "0000-00-00", true)) {
		rc = parse_date(rule, &h, err);
	} else {
		rc = error_set(err, ERROR_INVALID,
			"a holiday rule is like \"12-25\", \"easter+1\", \"orthodox+1\", "
			"\"06-20..06-26 sat\" or \"2027-01-04\"");
	}
	if (rc == 0)
		*ret = h;
	return rc;
}

/* A day with what the rules ask about it. */
struct today {
	int32_t day;
	int year, month, mday;
};

static bool is_in_range(const struct holiday *h, const struct today *t)
{
	int at = 100 * t->month + t->mday;

	return at >= 100 * h->month + h->day && at <= 100 * h->month_to + h->day_to;
}

static bool falls_on(const struct holiday *h, const struct today *t)
{
	if ((h->from_year != 0 && t->year < h->from_year) ||
			(h->to_year != 0 && t->year > h->to_year))
		return false;
	switch (h->kind) {
	case HOLIDAY_FIXED:
		return t->month == h->month && t->mday == h->day;
	case HOLIDAY_EASTER:
		return t->day == calendar_easter(t->year) + h->offset;
	case HOLIDAY_ORTHODOX:
		return t->day == calendar_orthodox_easter(t->year) + h->offset;
	case HOLIDAY_WEEKDAY:
		return civil_weekday(t->day) == h->weekday && is_in_range(h, t);
	case HOLIDAY_DATE:
		return t->year == h->year && t->month == h->month && t->mday == h->day;
	}
	return false;
}

const struct holiday *calendar_holiday(const struct calendar *calendar, int32_t day)
{
	struct today t = { .day = day };
	size_t i;

	if (calendar == NULL || calendar->n == 0)
		return NULL;
	civil_from_days(day, &t.year, &t.month, &t.mday);
	for (i = 0; i < calendar->n; i++)
		if (falls_on(&calendar->holidays[i], &t))
			return &calendar->holidays[i];
	return NULL;
}

bool calendar_is_working_day(const struct calendar *calendar, int32_t day)
{
	int weekday = civil_weekday(day);

	return weekday != 0 && weekday != 6 && calendar_holiday(calendar, day) == NULL;
}

int32_t calendar_working_day_from(const struct calendar *calendar, int32_t day)
{
	int32_t last = day + ROLL_MAX;

	while (day < last && !calendar_is_working_day(calendar, day))
		day++;
	return day;
}
