/* The parameters of lists: how many, from where, which. Pure functions. */
#ifndef TOCSIN_API_QUERY_H
#define TOCSIN_API_QUERY_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "http/parser.h"

enum { QUERY_LIMIT = 100, QUERY_LIMIT_MAX = 1000, QUERY_LIMIT_JOURNAL = 10000,
	QUERY_VALUE_SIZE = 128, CURSOR_SIZE = 64 };

/* Refuses parameters that are not in the list (NULL-terminated): a filter that is
 * misspelt must not look as if it had worked. */
int query_check(const struct http_text *query, const char *const *known, struct error *err);

/* Each: 1 found, 0 absent or empty (*ret untouched), -1 with *err. */
int query_text(const struct http_text *query, const char *name, char out[QUERY_VALUE_SIZE],
	struct error *err);
int query_number(const struct http_text *query, const char *name, int64_t *ret,
	struct error *err);
int query_time(const struct http_text *query, const char *name, int64_t *ret_at,
	struct error *err);
/* One of the names: its index. */
int query_choice(const struct http_text *query, const char *name, const char *const *names,
	size_t n, size_t *ret, struct error *err);
/* Any number is moved into 1 to max; *ret is QUERY_LIMIT when there is none. */
int query_limit(const struct http_text *query, int max, int *ret, struct error *err);

/* A place in the list of clocks: an instant, which may be TIME_NONE, and a row. */
void cursor_format(int64_t at, int64_t id, char out[CURSOR_SIZE]);
int cursor_parse(const char *text, int64_t *ret_at, int64_t *ret_id);

#endif
