/*
 * CEF, the Common Event Format (ArcSight, "CEF Implementation Standard"):
 *
 *	CEF:0|Vendor|Product|Version|EventClass|Name|Severity|key=value key=value
 *
 * In the header a backslash stands before a bar or a backslash; in the extension
 * before an equals sign or a backslash, and \n and \r are line ends. A value ends where
 * a blank and the next key begin, for it may have blanks itself. So an equals sign
 * that its sender did not escape can only cut a value short, or add a field behind
 * those that are there.
 */
#include "config.h"

#include <string.h>

#include "ingest/line_internal.h"

static bool is_key_byte(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
		c == '_' || c == '.' || c == '[' || c == ']' || c == '-';
}

/* Behind a key at p that an equals sign follows, at that; NULL when there is none. */
static const char *key_end(const char *p, const char *end)
{
	const char *from = p;

	while (p < end && is_key_byte(*p))
		p++;
	return p > from && p < end && *p == '=' ? p : NULL;
}

/* The value at p ends before a blank that a key follows, or with the line. */
static const char *value_end(const char *p, const char *end)
{
	const char *blank;

	for (; p < end; p++) {
		if (*p == '\\' && p + 1 < end) {
			p++;
			continue;
		}
		if (*p != ' ')
			continue;
		blank = p;
		while (p < end && *p == ' ')
			p++;
		if (key_end(p, end) != NULL)
			return blank;
		p--;
	}
	return end;
}

static int extension(struct line *l)
{
	while (l->p < l->end && (*l->p == ' ' || *l->p == '\t'))
		l->p++;
	while (l->p < l->end) {
		const char *equals = key_end(l->p, l->end), *end;

		if (equals == NULL)
			return line_fail(l, l->p, "no key=value");
		end = value_end(equals + 1, l->end);
		if (line_keep(l, l->p, (size_t)(equals - l->p), equals + 1,
			(size_t)(end - equals - 1), "=\\|") < 0)
			return -1;
		for (l->p = end; l->p < l->end && *l->p == ' '; l->p++)
			;
	}
	return 0;
}

int cef_scan(struct line *l)
{
	static const char *const names[] = { "cef.format", "cef.vendor", "cef.product",
		"cef.version", "cef.event", "cef.name", "cef.severity" };
	size_t i, n = sizeof(names) / sizeof(names[0]);

	for (i = 0; i < n; i++)
		if (line_header(l, names[i], "|\\", i + 1 == n) < 0)
			return -1;
	return extension(l);
}
