/* The parameters of lists: see query.h. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/query.h"
#include "base/rfc3339.h"
#include "base/text.h"

/* Repeating a name tells nothing if it can only be a name. */
static bool is_plain(const char *name)
{
	return *name != '\0' && strspn(name, "abcdefghijklmnopqrstuvwxyz_-") == strlen(name);
}

static int refuse_name(const char *name, const char *const *known, size_t n,
	struct error *err)
{
	const char *near = text_nearest(name, known, n);

	if (!is_plain(name))
		return error_set(err, ERROR_INVALID, "a query parameter is not known here");
	if (near != NULL)
		return error_set(err, ERROR_INVALID,
			"unknown query parameter %s; did you mean %s?", name, near);
	return error_set(err, ERROR_INVALID, "unknown query parameter %s", name);
}

int query_check(const struct http_text *query, const char *const *known, struct error *err)
{
	const char *p = query != NULL ? query->data : NULL, *end = p + (p ? query->len : 0);
	size_t n = 0, i;

	while (known[n] != NULL)
		n++;
	while (p < end) {
		const char *stop = memchr(p, '&', (size_t)(end - p)), *equal;
		char name[40] = "";

		stop = stop != NULL ? stop : end;
		equal = memchr(p, '=', (size_t)(stop - p));
		equal = equal != NULL ? equal : stop;
		if ((size_t)(equal - p) < sizeof(name))
			memcpy(name, p, (size_t)(equal - p));
		for (i = 0; i < n && strcmp(name, known[i]) != 0; i++)
			;
		if (i == n && stop > p)
			return refuse_name(name, known, n, err);
		p = stop < end ? stop + 1 : end;
	}
	return 0;
}

int query_text(const struct http_text *query, const char *name, char out[QUERY_VALUE_SIZE],
	struct error *err)
{
	int found = query != NULL && query->len > 0 ?
		http_query_get(query, name, out, QUERY_VALUE_SIZE) : 0;

	if (found < 0)
		return error_set(err, ERROR_INVALID,
			"query parameter %s is malformed, given twice or too long", name);
	return found > 0 && out[0] != '\0';
}

int query_number(const struct http_text *query, const char *name, int64_t *ret,
	struct error *err)
{
	char text[QUERY_VALUE_SIZE];
	int found = query_text(query, name, text, err);

	if (found > 0 && text_int64(text, 0, INT64_MAX, ret) < 0)
		return error_set(err, ERROR_INVALID, "query parameter %s must be a number",
			name);
	return found;
}

int query_time(const struct http_text *query, const char *name, int64_t *ret_at,
	struct error *err)
{
	char text[QUERY_VALUE_SIZE];
	int found = query_text(query, name, text, err);
	char *sign = found > 0 && strlen(text) > 6 ? text + strlen(text) - 6 : NULL;

	/* "+01:00" in a query comes as " 01:00" from whoever does not write %2B. */
	if (sign != NULL && *sign == ' ')
		*sign = '+';
	if (found > 0 && rfc3339_parse(text, strlen(text), ret_at, err) < 0)
		return error_prefix(err, "query parameter %s", name);
	return found;
}

int query_choice(const struct http_text *query, const char *name, const char *const *names,
	size_t n, size_t *ret, struct error *err)
{
	char text[QUERY_VALUE_SIZE], list[256] = "";
	int found = query_text(query, name, text, err);
	size_t i, used = 0;

	if (found <= 0)
		return found;
	for (i = 0; i < n; i++) {
		if (strcmp(names[i], text) == 0) {
			*ret = i;
			return 1;
		}
		if (used < sizeof(list))
			used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
				i > 0 ? ", " : "", names[i]);
	}
	return error_set(err, ERROR_INVALID, "query parameter %s must be one of %s", name,
		list);
}

int query_limit(const struct http_text *query, int max, int *ret, struct error *err)
{
	char text[QUERY_VALUE_SIZE];
	int found = query_text(query, "limit", text, err);
	const char *digits = text + (text[0] == '-');
	int64_t limit;

	*ret = QUERY_LIMIT;
	if (found <= 0)
		return found;
	if (*digits == '\0' || strspn(digits, "0123456789") != strlen(digits))
		return error_set(err, ERROR_INVALID, "query parameter limit must be a number");
	if (text_int64(text, INT64_MIN, INT64_MAX, &limit) < 0)
		limit = text[0] == '-' ? 1 : max;
	*ret = limit < 1 ? 1 : limit > max ? max : (int)limit;
	return 1;
}

void cursor_format(int64_t at, int64_t id, char out[CURSOR_SIZE])
{
	if (at == TIME_NONE)
		snprintf(out, CURSOR_SIZE, "none.%" PRId64, id);
	else
		snprintf(out, CURSOR_SIZE, "%" PRId64 ".%" PRId64, at, id);
}

int cursor_parse(const char *text, int64_t *ret_at, int64_t *ret_id)
{
	const char *dot = strchr(text, '.');
	char first[32] = "";
	int64_t at = TIME_NONE, id;

	if (dot == NULL || (size_t)(dot - text) >= sizeof(first) ||
	    text_int64(dot + 1, 0, INT64_MAX, &id) < 0)
		return -1;
	memcpy(first, text, (size_t)(dot - text));
	if (strcmp(first, "none") != 0 && text_int64(first, INT64_MIN + 1, INT64_MAX, &at) < 0)
		return -1;
	*ret_at = at;
	*ret_id = id;
	return 0;
}
