/*
 * POSIX TZ rules: see tzrule.h. All dates are worked out on whole days since
 * 1970-01-01, without a table of months and without the C library.
 */
#include "config.h"

#include <string.h>

#include "base/rfc3339.h"
#include "core/tzrule.h"

enum { HOUR_S = 3600, DAY_S = 24 * HOUR_S };

static bool is_alpha(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The text ends with a NUL; p moves on only over what was understood. */
static int read_name(const char **p)
{
	const char *start = *p, *s = *p;
	bool quoted = *s == '<';

	if (quoted)
		start = ++s;
	while (is_alpha(*s) || (quoted && (is_digit(*s) || *s == '+' || *s == '-')))
		s++;
	if (s - start < 3 || (quoted && *s != '>'))
		return -1;
	*p = quoted ? s + 1 : s;
	return 0;
}

static int read_number(const char **p, int min, int max, int *ret)
{
	int value = 0;

	if (!is_digit(**p))
		return -1;
	for (; is_digit(**p); (*p)++) {
		value = 10 * value + (**p - '0');
		if (value > max)
			return -1;
	}
	if (value < min)
		return -1;
	*ret = value;
	return 0;
}

/* [+-]h[:mm[:ss]] in seconds. */
static int read_time(const char **p, int hours_max, int32_t *ret)
{
	int sign = **p == '-' ? -1 : 1, hour, minute = 0, second = 0;

	if (**p == '-' || **p == '+')
		(*p)++;
	if (read_number(p, 0, hours_max, &hour) < 0)
		return -1;
	if (**p == ':') {
		(*p)++;
		if (read_number(p, 0, 59, &minute) < 0)
			return -1;
		if (**p == ':') {
			(*p)++;
			if (read_number(p, 0, 59, &second) < 0)
				return -1;
		}
	}
	*ret = sign * (hour * HOUR_S + minute * 60 + second);
	return 0;
}

static int read_literal(const char **p, char c)
{
	if (**p != c)
		return -1;
	(*p)++;
	return 0;
}

static int read_date(const char **p, struct tzrule_date *ret)
{
	ret->time = 2 * HOUR_S;
	if (**p == 'M') {
		(*p)++;
		ret->kind = TZRULE_MONTH;
		if (read_number(p, 1, 12, &ret->month) < 0 || read_literal(p, '.') < 0 ||
				read_number(p, 1, 5, &ret->week) < 0 ||
				read_literal(p, '.') < 0 ||
				read_number(p, 0, 6, &ret->weekday) < 0)
			return -1;
	} else if (**p == 'J') {
		(*p)++;
		ret->kind = TZRULE_JULIAN;
		if (read_number(p, 1, 365, &ret->day) < 0)
			return -1;
	} else {
		ret->kind = TZRULE_DAY;
		if (read_number(p, 0, 365, &ret->day) < 0)
			return -1;
	}
	if (**p != '/')
		return 0;
	(*p)++;
	return read_time(p, 167, &ret->time);
}

/* POSIX counts offsets west of Greenwich; we count east. A zone with daylight
 * saving time must say when: "the default rules" are those of the reader. */
int tzrule_parse(const char *text, struct tzrule *ret)
{
	const char *p = text;

	memset(ret, 0, sizeof(*ret));
	if (read_name(&p) < 0 || read_time(&p, 24, &ret->std) < 0)
		return -1;
	ret->std = -ret->std;
	if (*p == '\0')
		return 0;
	ret->has_dst = true;
	if (read_name(&p) < 0)
		return -1;
	if (*p == ',') {
		ret->dst = ret->std + HOUR_S;
	} else {
		if (read_time(&p, 24, &ret->dst) < 0)
			return -1;
		ret->dst = -ret->dst;
	}
	if (read_literal(&p, ',') < 0 || read_date(&p, &ret->start) < 0 ||
			read_literal(&p, ',') < 0 || read_date(&p, &ret->end) < 0)
		return -1;
	return *p == '\0' ? 0 : -1;
}

static int64_t date_at(const struct tzrule_date *date, int year, int32_t offset_before)
{
	int32_t day = civil_days(year, 1, 1);

	if (date->kind == TZRULE_MONTH) {
		int32_t first = civil_days(year, date->month, 1);
		int skip = (date->weekday - civil_weekday(first) + 7) % 7 +
			7 * (date->week - 1);

		/* Week 5 is the last such weekday of the month. */
		day = first + (skip < civil_month_length(year, date->month) ? skip : skip - 7);
	} else if (date->kind == TZRULE_JULIAN) {
		/* Jn never counts 29 February. */
		day += date->day - 1 + (date->day > 59 && civil_month_length(year, 2) == 29);
	} else {
		day += date->day;
	}
	return (int64_t)day * DAY_S + date->time - offset_before;
}

/* The two changes of a year in the order in which they come: south of the
 * equator daylight saving time ends first. */
void tzrule_changes(const struct tzrule *rule, int year, struct tzrule_change ret[2])
{
	const struct tzrule_change start =
		{ date_at(&rule->start, year, rule->std), rule->dst };
	const struct tzrule_change end =
		{ date_at(&rule->end, year, rule->dst), rule->std };
	bool north = start.at <= end.at;

	ret[0] = north ? start : end;
	ret[1] = north ? end : start;
}
