/*
 * Periods as text: see period.h. What a period does to a date is in deadline.c.
 *
 * Only whole numbers: "PT1.5H" is allowed by ISO 8601 but has more than one
 * spelling, and no law is written so. Months and days are never mixed with each
 * other or with hours, because the law counts each in its own way.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/rfc3339.h"
#include "base/text.h"
#include "core/period.h"

/* A hundred years in each unit; 261 working days in a year of 52 weeks and a
 * day. The digits are bounded first, so that nothing overflows. */
enum { YEARS_MAX = 100, DAYS_MAX = 36525, WORKING_DAYS_MAX = 26100, DIGITS_MAX = 10 };

#define TIME_MS_MAX ((int64_t)DAYS_MAX * DAY_MS)
#define FORM "not a period like PT24H, P1M, P14D or P30WD"
#define FORM_DURATION "not a duration like PT2H, PT1H30M or P1D"

/* The designators in the order in which ISO 8601 wants them. */
enum part { YEARS, MONTHS, WEEKS, DAYS, WORKDAYS, HOURS, MINUTES, SECONDS, PARTS };

struct parts {
	int64_t value[PARTS];
	unsigned int given;		/* bit per part */
};

enum {
	DATE_BITS = 1 << YEARS | 1 << MONTHS,
	TIME_BITS = 1 << HOURS | 1 << MINUTES | 1 << SECONDS,
};

static bool only(const struct parts *parts, unsigned int bits)
{
	return parts->given != 0 && (parts->given & ~bits) == 0;
}

/* The part that begins at *p, which is moved over it; -1 when there is none. */
static int read_designator(const char **p, bool time)
{
	static const char *const names[] = { "Y", "M", "W", "D", "WD", "H", "M", "S" };
	int i, found = -1;

	/* The longest wins: "WD" is not "W". */
	for (i = time ? HOURS : YEARS; i < (time ? PARTS : HOURS); i++)
		if (text_starts(*p, names[i]) &&
				(found < 0 || strlen(names[i]) > strlen(names[found])))
			found = i;
	if (found >= 0)
		*p += strlen(names[found]);
	return found;
}

static int read_part(const char **p, bool time, struct parts *parts)
{
	size_t digits = strspn(*p, "0123456789"), i;
	int64_t value = 0;
	int part;

	if (digits == 0 || digits > DIGITS_MAX)
		return -1;
	for (i = 0; i < digits; i++)
		value = 10 * value + (*(*p)++ - '0');
	part = read_designator(p, time);
	/* In order and once: nothing at or after this part may be there yet. */
	if (part < 0 || parts->given >> part != 0)
		return -1;
	parts->value[part] = value;
	parts->given |= 1u << part;
	return 0;
}

static int read_parts(const char *text, struct parts *ret)
{
	const char *p = text;

	memset(ret, 0, sizeof(*ret));
	if (*p++ != 'P')
		return -1;
	while (*p != '\0' && *p != 'T')
		if (read_part(&p, false, ret) < 0)
			return -1;
	if (*p == '\0')
		return ret->given != 0 ? 0 : -1;
	p++;
	do {
		if (read_part(&p, true, ret) < 0)
			return -1;
	} while (*p != '\0');
	return 0;
}

static int check_range(int64_t value, int64_t max, struct error *err)
{
	if (value < 1)
		return error_set(err, ERROR_INVALID, "a period is longer than nothing");
	if (value > max)
		return error_set(err, ERROR_INVALID, "a period is at most 100 years long");
	return 0;
}

static int64_t parts_ms(const struct parts *parts)
{
	return (7 * parts->value[WEEKS] + parts->value[DAYS]) * DAY_MS +
		parts->value[HOURS] * HOUR_MS + parts->value[MINUTES] * MINUTE_MS +
		parts->value[SECONDS] * SECOND_MS;
}

int period_parse(const char *text, struct period *ret, struct error *err)
{
	struct period p = { PERIOD_NONE, 0 };
	struct parts parts;
	int64_t max;

	if (read_parts(text, &parts) < 0)
		return error_set(err, ERROR_INVALID, FORM);
	if (only(&parts, TIME_BITS)) {
		p = (struct period){ PERIOD_HOURS, parts_ms(&parts) };
		max = TIME_MS_MAX;
	} else if (only(&parts, DATE_BITS)) {
		p = (struct period){ PERIOD_MONTHS,
			12 * parts.value[YEARS] + parts.value[MONTHS] };
		max = 12 * YEARS_MAX;
	} else if (only(&parts, 1 << WEEKS) || only(&parts, 1 << DAYS)) {
		p = (struct period){ PERIOD_DAYS, 7 * parts.value[WEEKS] + parts.value[DAYS] };
		max = DAYS_MAX;
	} else if (only(&parts, 1 << WORKDAYS)) {
		p = (struct period){ PERIOD_WORKING_DAYS, parts.value[WORKDAYS] };
		max = WORKING_DAYS_MAX;
	} else {
		return error_set(err, ERROR_INVALID, "a period has one kind of unit: hours, "
			"days, months or working days (a day of law is not 24 hours)");
	}
	if (check_range(p.count, max, err) < 0)
		return -1;
	*ret = p;
	return 0;
}

int period_parse_duration(const char *text, int64_t *ret_ms, struct error *err)
{
	struct parts parts;
	int64_t ms;

	if (read_parts(text, &parts) < 0)
		return error_set(err, ERROR_INVALID, FORM_DURATION);
	if (!only(&parts, TIME_BITS | 1 << DAYS | 1 << WEEKS))
		return error_set(err, ERROR_INVALID,
			"a duration is in weeks, days, hours, minutes and seconds");
	ms = parts_ms(&parts);
	if (check_range(ms, TIME_MS_MAX, err) < 0)
		return -1;
	*ret_ms = ms;
	return 0;
}

/* "24H". By hand, because the derivations of an alert's clocks name a dozen. */
static char *put_part(char *out, uint64_t value, const char *unit)
{
	char digits[24];
	size_t i = sizeof(digits);

	do {
		digits[--i] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	memcpy(out, digits + i, sizeof(digits) - i);
	return stpcpy(out + sizeof(digits) - i, unit);
}

void period_format(const struct period *p, char out[PERIOD_SIZE])
{
	int64_t years = p->count / 12, months = p->count % 12;

	switch (p->unit) {
	case PERIOD_HOURS:
		period_format_duration(p->count, out);
		return;
	case PERIOD_MONTHS:
		*out++ = 'P';
		if (years != 0)
			out = put_part(out, (uint64_t)years, "Y");
		if (months != 0 || years == 0)
			put_part(out, (uint64_t)months, "M");
		return;
	case PERIOD_DAYS:
		*out = 'P';
		put_part(out + 1, (uint64_t)p->count, "D");
		return;
	case PERIOD_WORKING_DAYS:
		*out = 'P';
		put_part(out + 1, (uint64_t)p->count, "WD");
		return;
	case PERIOD_NONE:
		break;
	}
	out[0] = '\0';
}

void period_format_duration(int64_t ms, char out[PERIOD_SIZE])
{
	uint64_t left = ms < 0 ? -(uint64_t)ms : (uint64_t)ms;
	uint64_t hours = left / HOUR_MS;
	unsigned int minutes = (unsigned int)(left / MINUTE_MS % 60);
	unsigned int seconds = (unsigned int)(left / SECOND_MS % 60);
	unsigned int fraction = (unsigned int)(left % SECOND_MS);
	char *end = stpcpy(out, ms < 0 ? "-PT" : "PT");

	if (hours > 0)
		end = put_part(end, hours, "H");
	if (minutes > 0)
		end = put_part(end, minutes, "M");
	if (fraction > 0)
		snprintf(end, PERIOD_SIZE - (size_t)(end - out), "%u.%03uS", seconds, fraction);
	else if (seconds > 0 || left == 0)
		put_part(end, seconds, "S");
}
