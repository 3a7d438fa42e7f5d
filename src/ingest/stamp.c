/*
 * Times from outside: see stamp.h. Counts are kept as decimal digits until they
 * are milliseconds, because a double has 53 bits and nanoseconds need 61.
 */
#include "config.h"

#include <string.h>

#include "base/rfc3339.h"
#include "base/text.h"
#include "ingest/stamp.h"

enum { DIGITS_MAX = 40, EXPONENT_MAX = 99, STAMP_LEN_MAX = 64 };

/* 0.d1d2d3… times ten to the point-th; no leading zeros. */
struct decimal {
	char digits[DIGITS_MAX];
	int n, point;
	bool negative;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "[eE][+-]digits" to the end of the text. */
static int exponent(const char *p, const char *end, int *ret)
{
	bool negative = false;
	int value = 0;

	p++;
	if (p < end && (*p == '+' || *p == '-'))
		negative = *p++ == '-';
	if (p == end)
		return -1;
	for (; p < end; p++) {
		if (!is_digit(*p))
			return -1;
		if (value <= EXPONENT_MAX)
			value = 10 * value + (*p - '0');
	}
	*ret = negative ? -value : value;
	return 0;
}

static int decimal_read(const char *p, size_t len, struct decimal *d)
{
	const char *end = p + len;
	bool point = false, any = false;
	int shift = 0;

	*d = (struct decimal){ .negative = len > 0 && *p == '-' };
	for (p += d->negative; p < end && (is_digit(*p) || (*p == '.' && !point)); p++) {
		if (*p == '.') {
			point = true;
			continue;
		}
		any = true;
		if (!point && (d->n > 0 || *p != '0'))
			d->point++;
		else if (point && d->n == 0 && *p == '0')
			d->point--;
		if (d->n < DIGITS_MAX && (d->n > 0 || *p != '0'))
			d->digits[d->n++] = *p;
	}
	if (!any || (p < end && ((*p != 'e' && *p != 'E') || exponent(p, end, &shift) < 0)))
		return -1;
	d->point += shift;
	return 0;
}

/* Which unit a count is in shows in the number of its digits. */
static int unit_shift(int digits)
{
	if (digits <= 11)
		return 3;
	if (digits <= 14)
		return 0;
	return digits <= 17 ? -3 : -6;
}

static int count_parse(const char *text, size_t len, int64_t *ret_at, struct error *err)
{
	struct civil latest = { .year = 2101, .month = 1, .day = 1 };
	struct decimal d;
	int64_t at = 0;
	int i, places;

	if (decimal_read(text, len, &d) < 0)
		return error_set(err, ERROR_INVALID, "not a number of seconds since 1970");
	if (d.n == 0)
		return 1;
	places = d.point + unit_shift(d.point);
	if (d.negative || places > 15)
		return error_set(err, ERROR_INVALID, "the year is not within 1970 to 2100");
	for (i = 0; i < places; i++)
		at = 10 * at + (i < d.n ? d.digits[i] - '0' : 0);
	if (at >= civil_to_ms(&latest))
		return error_set(err, ERROR_INVALID, "the year is not within 1970 to 2100");
	*ret_at = at;
	return 0;
}

static bool is_count(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!is_digit(text[i]) && text[i] != '.')
			return false;
	return true;
}

/* "...:00+0200": an offset without its colon, behind a time that has some. */
static bool is_short_offset(const char *text, size_t len)
{
	const char *sign = text + len - 5;

	return len > 20 && memchr(text, ':', len - 5) != NULL &&
		(*sign == '+' || *sign == '-') && is_digit(sign[1]) && is_digit(sign[2]) &&
		is_digit(sign[3]) && is_digit(sign[4]);
}

/* Where the offset is missing, the zone that is known for it. */
static int place_civil(const struct stamp_hint *hint, const struct stamp_civil *from,
	int64_t *ret_at, bool *ret_assumed, struct error *err)
{
	if (!from->has_offset && hint->zone == NULL)
		return error_set(err, ERROR_INVALID,
			"not a time that can be placed: it has no offset");
	*ret_assumed = !from->has_offset;
	*ret_at = from->has_offset ? civil_to_ms(&from->civil) - from->offset_s * SECOND_MS :
		zone_instant(hint->zone, &from->civil);
	return 0;
}

/* "Mar 01 2026 08:00:00.123 +0100" as in the CEF standard, section "Date Formats". */
static int month_first(const char *text, size_t len, struct stamp_civil *ret)
{
	static const char *const forms[] = { "MMM dd yyyy HH:mm:ss", "MMM dd yyyy HH:mm:ss.S",
		"MMM dd yyyy HH:mm:ss z", "MMM dd yyyy HH:mm:ss.S z" };
	size_t i;

	for (i = 0; i < ARRAY_LEN(forms); i++)
		if (stamp_form(forms[i], text, len, ret) == 0)
			return 0;
	return -1;
}

static int text_parse(const struct stamp_hint *hint, const char *text, size_t len,
	int64_t *ret_at, bool *ret_assumed, struct error *err)
{
	struct stamp_civil civil;
	char copy[STAMP_LEN_MAX + 2];

	if (is_digit(text[0]) && is_short_offset(text, len)) {
		memcpy(copy, text, len - 2);
		copy[len - 2] = ':';
		memcpy(copy + len - 1, text + len - 2, 2);
		return rfc3339_parse(copy, len + 1, ret_at, err);
	}
	if (is_digit(text[0]) && rfc3339_parse(text, len, ret_at, err) == 0)
		return 0;
	if (!is_digit(text[0]) && month_first(text, len, &civil) == 0)
		return place_civil(hint, &civil, ret_at, ret_assumed, err);
	if (hint->zone == NULL || !is_digit(text[0]))
		return rfc3339_parse(text, len, ret_at, err);
	memcpy(copy, text, len);
	copy[len] = 'Z';
	if (rfc3339_parse(copy, len + 1, ret_at, NULL) < 0)
		return -1;
	civil = (struct stamp_civil){ .has_offset = false };
	civil_from_ms(*ret_at, &civil.civil);
	return place_civil(hint, &civil, ret_at, ret_assumed, err);
}

int stamp_read(const struct stamp_hint *hint, const char *text, size_t len, bool number,
	int64_t *ret_at, bool *ret_assumed, struct error *err)
{
	static const char unset[] = "0001-01-01T00:00:00";
	struct stamp_civil civil;

	*ret_assumed = false;
	if (len == 0)
		return 1;
	if (len > STAMP_LEN_MAX)
		return error_set(err, ERROR_INVALID, "longer than any time");
	if (hint->letters != NULL && stamp_form(hint->letters, text, len, &civil) == 0)
		return place_civil(hint, &civil, ret_at, ret_assumed, err);
	if (number || is_count(text, len))
		return count_parse(text, len, ret_at, err);
	if (len >= sizeof(unset) - 1 && memcmp(text, unset, sizeof(unset) - 1) == 0)
		return 1;
	return text_parse(hint, text, len, ret_at, ret_assumed, err);
}

int stamp_parse(const char *text, size_t len, bool number, int64_t *ret_at,
	struct error *err)
{
	bool assumed;

	return stamp_read(&(struct stamp_hint){ .zone = NULL }, text, len, number, ret_at,
		&assumed, err);
}
