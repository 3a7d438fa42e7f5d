/*
 * LEEF, the Log Event Extended Format (IBM, "LEEF event components"):
 *
 *	LEEF:1.0|Vendor|Product|Version|EventID|key=value<TAB>key=value
 *	LEEF:2.0|Vendor|Product|Version|EventID|delimiter|key=value...
 *
 * The delimiter is one character, or its number in hex ("x09", "0x09"); none is a
 * tab, and some leave out its field with it. There are no escapes.
 */
#include "config.h"

#include <string.h>

#include "ingest/line_internal.h"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int delimiter(struct line *l, char *ret)
{
	const char *from = l->p, *p = from, *bar = memchr(from, '|', (size_t)(l->end - from));
	const char *end;
	int value = 0;

	/* The bar itself may be the delimiter: then two follow each other. */
	if (bar == from && l->end - from > 1 && from[1] == '|')
		bar++;
	*ret = '\t';
	/* A key and its equals sign: there is no such field. */
	end = bar != NULL ? bar : l->end;
	if (end - from > 1 && memchr(from, '=', (size_t)(end - from)) != NULL)
		return 0;
	if (bar == NULL)
		return line_fail(l, from, "a header that ends too early");
	l->p = bar + 1;
	if (bar == from)
		return 0;
	*ret = *from;
	if (bar - from == 1)
		return 0;
	p += *p == '0' && (p[1] | 0x20) == 'x';
	if ((*p | 0x20) != 'x' || bar - p < 2 || bar - p > 5)
		return line_fail(l, from, "a delimiter that is no character");
	for (p++; p < bar; p++) {
		if (hex_digit(*p) < 0)
			return line_fail(l, from, "a delimiter that is no character");
		value = 16 * value + hex_digit(*p);
	}
	if (value < 1 || value > 0x7f)
		return line_fail(l, from, "a delimiter that is no character");
	*ret = (char)value;
	return 0;
}

static int attributes(struct line *l, char between)
{
	while (l->p < l->end) {
		const char *end = memchr(l->p, between, (size_t)(l->end - l->p)), *equals;

		end = end != NULL ? end : l->end;
		while (l->p < end && *l->p == ' ')
			l->p++;
		equals = memchr(l->p, '=', (size_t)(end - l->p));
		if (equals == l->p || (equals == NULL && end > l->p))
			return line_fail(l, l->p, "no key=value");
		if (equals != NULL && line_keep(l, l->p, (size_t)(equals - l->p), equals + 1,
			(size_t)(end - equals - 1), "") < 0)
			return -1;
		l->p = end + (end < l->end);
	}
	return 0;
}

int leef_scan(struct line *l)
{
	static const char *const names[] = { "leef.format", "leef.vendor", "leef.product",
		"leef.version", "leef.event" };
	size_t i, n = sizeof(names) / sizeof(names[0]);
	bool second = *l->p == '2';
	char between = '\t';

	for (i = 0; i < n; i++)
		if (line_header(l, names[i], "", i + 1 == n && !second) < 0)
			return -1;
	if (second && delimiter(l, &between) < 0)
		return -1;
	return attributes(l, between);
}
