/*
 * RFC 3339 text and Gregorian dates: see rfc3339.h. The day count is the usual
 * arithmetic on years that begin in March, so that the leap day comes last.
 */
#include "config.h"

#include <string.h>

#include "base/rfc3339.h"

int32_t civil_days(int year, int month, int day)
{
	int y = month <= 2 ? year - 1 : year;
	int era = (y >= 0 ? y : y - 399) / 400;
	int yoe = y - era * 400;
	int doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * 146097 + doe - 719468;
}

void civil_from_days(int32_t days, int *year, int *month, int *day)
{
	int z = days + 719468;
	int era = (z >= 0 ? z : z - 146096) / 146097;
	int doe = z - era * 146097;
	int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int mp = (5 * doy + 2) / 153;

	*day = doy - (153 * mp + 2) / 5 + 1;
	*month = mp < 10 ? mp + 3 : mp - 9;
	*year = yoe + era * 400 + (*month <= 2);
}

int civil_month_length(int year, int month)
{
	static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
		return 29;
	return lengths[month - 1];
}

int civil_weekday(int32_t days)
{
	int w = (int)((days + 4) % 7);	/* 1970-01-01 was a Thursday */

	return w < 0 ? w + 7 : w;
}

int64_t civil_to_ms(const struct civil *c)
{
	return (int64_t)civil_days(c->year, c->month, c->day) * DAY_MS +
		(int64_t)c->hour * HOUR_MS + (int64_t)c->minute * MINUTE_MS +
		(int64_t)c->second * SECOND_MS + c->ms;
}

void civil_from_ms(int64_t ms, struct civil *ret)
{
	int64_t days = ms / DAY_MS, rest = ms % DAY_MS;

	if (rest < 0) {
		rest += DAY_MS;
		days--;
	}
	civil_from_days((int32_t)days, &ret->year, &ret->month, &ret->day);
	ret->hour = (int)(rest / HOUR_MS);
	ret->minute = (int)(rest / MINUTE_MS % 60);
	ret->second = (int)(rest / SECOND_MS % 60);
	ret->ms = (int)(rest % SECOND_MS);
}

/* n digits at *p, moving it on; -1 when there are not as many. */
static int digits(const char **p, const char *end, int n)
{
	int value = 0;

	while (n-- > 0) {
		if (*p >= end || **p < '0' || **p > '9')
			return -1;
		value = 10 * value + (*(*p)++ - '0');
	}
	return value;
}

static int literal(const char **p, const char *end, char c)
{
	if (*p >= end || **p != c)
		return -1;
	(*p)++;
	return 0;
}

static int fraction(const char **p, const char *end, int *ret_ms)
{
	int n = 0, ms = 0;

	for (; *p < end && **p >= '0' && **p <= '9'; (*p)++, n++)
		if (n < 3)
			ms = 10 * ms + (**p - '0');
	if (n < 1 || n > 9)
		return -1;
	for (; n < 3; n++)
		ms *= 10;
	*ret_ms = ms;
	return 0;
}

/* "Z" or "+01:00" to the end of the text. */
static int offset(const char **p, const char *end, int64_t *ret_ms)
{
	int sign, hour, minute;

	if (*p < end && (**p == 'Z' || **p == 'z')) {
		(*p)++;
		*ret_ms = 0;
		return *p == end ? 0 : -1;
	}
	if (*p >= end || (**p != '+' && **p != '-'))
		return -1;
	sign = *(*p)++ == '-' ? -1 : 1;
	hour = digits(p, end, 2);
	if (literal(p, end, ':') < 0)
		return -1;
	minute = digits(p, end, 2);
	if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || *p != end)
		return -1;
	*ret_ms = sign * ((int64_t)hour * HOUR_MS + (int64_t)minute * MINUTE_MS);
	return 0;
}

static int date(const char **p, const char *end, struct civil *c)
{
	c->year = digits(p, end, 4);
	if (c->year < 0 || literal(p, end, '-') < 0)
		return -1;
	c->month = digits(p, end, 2);
	if (c->month < 1 || c->month > 12 || literal(p, end, '-') < 0)
		return -1;
	c->day = digits(p, end, 2);
	if (c->day < 1 || c->day > civil_month_length(c->year, c->month))
		return -1;
	return 0;
}

static int time_of_day(const char **p, const char *end, struct civil *c)
{
	c->hour = digits(p, end, 2);
	if (c->hour < 0 || c->hour > 23 || literal(p, end, ':') < 0)
		return -1;
	c->minute = digits(p, end, 2);
	if (c->minute < 0 || c->minute > 59 || literal(p, end, ':') < 0)
		return -1;
	c->second = digits(p, end, 2);
	if (c->second < 0 || c->second > 60)
		return -1;
	if (*p < end && **p == '.') {
		(*p)++;
		return fraction(p, end, &c->ms);
	}
	return 0;
}

int rfc3339_parse(const char *s, size_t n, int64_t *ret_at, struct error *err)
{
	const char *p = s, *end = s + n;
	struct civil c = { 0 };
	int64_t shift, at;

	if (date(&p, end, &c) < 0 || p >= end || (*p != 'T' && *p != 't' && *p != ' '))
		return error_set(err, ERROR_INVALID,
			"not a time like 2026-11-21T09:17:00+01:00");
	p++;
	if (time_of_day(&p, end, &c) < 0)
		return error_set(err, ERROR_INVALID,
			"not a time like 2026-11-21T09:17:00+01:00");
	if (p == end)
		return error_set(err, ERROR_INVALID,
			"the time has no offset: end it with Z or, say, +01:00");
	if (offset(&p, end, &shift) < 0)
		return error_set(err, ERROR_INVALID,
			"not an offset: end the time with Z or, say, +01:00");
	at = civil_to_ms(&c) - shift;
	if (c.second == 60 && (at - c.ms) % DAY_MS != 0)
		return error_set(err, ERROR_INVALID, "a leap second falls at 23:59:60 UTC only");
	if (c.year < 1970 || c.year > 2100)
		return error_set(err, ERROR_INVALID, "the year is not within 1970 to 2100");
	*ret_at = at;
	return 0;
}

/* By hand: answers and journal lines are full of times, and by snprintf() they were 3 %
 * of the CPU of an alert (measured). Two digits at a time, and numbers without a sign,
 * which divide faster. */
static const char pairs[] =
	"0001020304050607080910111213141516171819202122232425262728293031323334353637383940"
	"4142434445464748495051525354555657585960616263646566676869707172737475767778798081"
	"828384858687888990919293949596979899";

static char *put_pair(char *out, unsigned value)
{
	memcpy(out, pairs + 2 * (value % 100), 2);
	return out + 2;
}

static char *put(char *out, unsigned value, char after)
{
	out = put_pair(out, value);
	*out = after;
	return out + 1;
}

static char *print_date(char *out, int64_t days)
{
	int year, month, day;

	civil_from_days((int32_t)days, &year, &month, &day);
	out = put_pair(out, (unsigned)year % 10000 / 100);
	out = put(out, (unsigned)year, '-');
	out = put(out, (unsigned)month, '-');
	return put(out, (unsigned)day, 'T');
}

/* All but the zone. */
static char *print(int64_t at, char *out)
{
	int64_t days = at / DAY_MS, rest = at % DAY_MS;
	unsigned ms, s;

	if (rest < 0) {
		rest += DAY_MS;
		days--;
	}
	ms = (unsigned)rest % SECOND_MS;
	s = (unsigned)rest / SECOND_MS;
	out = print_date(out, days);
	out = put(out, s / 3600, ':');
	out = put(out, s / 60 % 60, ':');
	out = put_pair(out, s % 60);
	if (ms == 0)
		return out;
	*out++ = '.';
	*out++ = (char)('0' + ms / 100);
	return put_pair(out, ms);
}

size_t rfc3339_format(int64_t at, char out[RFC3339_SIZE])
{
	char *end = print(at, out);

	memcpy(end, "Z", 2);
	return (size_t)(end + 1 - out);
}

void rfc3339_format_offset(int64_t at, int32_t offset_s, char out[RFC3339_SIZE + 8])
{
	unsigned minutes = (unsigned)(offset_s < 0 ? -offset_s : offset_s) / 60;
	char *end = print(at + (int64_t)offset_s * SECOND_MS, out);

	*end++ = offset_s < 0 ? '-' : '+';
	*put_pair(put(end, minutes / 60, ':'), minutes % 60) = '\0';
}
