/*
 * The request target: see parser.h. A path is accepted only in the one spelling
 * that every reader takes the same way, so that what a proxy allowed by path is
 * what is done here.
 */
#include "config.h"

#include <string.h>

#include "base/text.h"
#include "http/hex.h"
#include "http/parser.h"

/* The byte at *p, decoded; *p moves on. -1 for a bad escape or a NUL. */
static int next_byte(const char **p, const char *end)
{
	int high, low;

	if (**p != '%')
		return (unsigned char)*(*p)++;
	if (end - *p < 3)
		return -1;
	high = hex_value((*p)[1]);
	low = hex_value((*p)[2]);
	if (high < 0 || low < 0 || (high == 0 && low == 0))
		return -1;
	*p += 3;
	return 16 * high + low;
}

static bool segment_allowed(const char *segment, size_t len, bool last)
{
	if (len == 0)
		return last;
	return !(len == 1 && segment[0] == '.') &&
		!(len == 2 && segment[0] == '.' && segment[1] == '.');
}

/* The path is decoded in one go; a slash in the result is always one that stood
 * there as such, because an escaped one is refused. */
static int decode_path(const char *p, const char *end, char *path, size_t size,
	size_t *ret_len)
{
	size_t len = 0;

	while (p < end) {
		bool escaped = *p == '%';
		int c = next_byte(&p, end);

		if (c < 0x20 || c == 0x7f || (escaped && c == '/'))
			return 400;
		if (len + 1 >= size)
			return 414;
		path[len++] = (char)c;
	}
	path[len] = '\0';
	*ret_len = len;
	return 0;
}

int http_target_split(const struct http_text *target, char *path, size_t size,
	struct http_text *ret_query)
{
	const char *end = target->data + target->len, *mark, *stop;
	const char *segment, *slash;
	size_t len;
	int rc;

	if (target->len == 0 || target->data[0] != '/' || size == 0)
		return 400;
	mark = memchr(target->data, '?', target->len);
	stop = mark != NULL ? mark : end;
	rc = decode_path(target->data, stop, path, size, &len);
	if (rc != 0)
		return rc;
	if (!text_is_utf8(path, len))
		return 400;
	for (segment = path + 1;; segment = slash + 1) {
		slash = strchr(segment, '/');
		if (!segment_allowed(segment, slash != NULL ? (size_t)(slash - segment) :
		    strlen(segment), slash == NULL))
			return 400;
		if (slash == NULL)
			break;
	}
	ret_query->data = mark != NULL ? mark + 1 : stop;
	ret_query->len = (size_t)(end - ret_query->data);
	return 0;
}

/* A name or a value of a query; -1 when malformed or longer than size - 1. */
static int decode_query(const char *p, const char *end, char *out, size_t size)
{
	size_t len = 0;

	while (p < end) {
		int c = *p == '+' ? ' ' : 0;

		if (c != 0)
			p++;
		else
			c = next_byte(&p, end);
		if (c < 0 || len + 1 >= size)
			return -1;
		out[len++] = (char)c;
	}
	out[len] = '\0';
	return text_is_utf8(out, len) ? 0 : -1;
}

int http_query_get(const struct http_text *query, const char *name, char *out, size_t size)
{
	const char *p = query->data, *end = p + query->len;
	int found = 0;

	while (p < end) {
		const char *amp = memchr(p, '&', (size_t)(end - p));
		const char *stop = amp != NULL ? amp : end;
		const char *equal = memchr(p, '=', (size_t)(stop - p));
		const char *value = equal != NULL ? equal + 1 : stop;
		char key[64];
		int rc = decode_query(p, equal != NULL ? equal : stop, key, sizeof(key));

		p = amp != NULL ? amp + 1 : end;
		if (rc < 0 || strcmp(key, name) != 0)
			continue;
		/* Given twice: two readers could take different ones. */
		if (found != 0 || size == 0 || decode_query(value, stop, out, size) < 0)
			return -1;
		found = 1;
	}
	return found;
}
