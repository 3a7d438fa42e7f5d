/* Members of a request's document, each with the limits of its kind. */
#ifndef TOCSIN_API_MEMBER_H
#define TOCSIN_API_MEMBER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/json.h"

enum { MEMBER_TITLE_CHARS = 300, MEMBER_BY = 200, MEMBER_BASIS = 4000, MEMBER_REFERENCE = 500,
	MEMBER_DESCRIPTION = 16 * 1024, MEMBER_KEY = 500, MEMBER_DIGEST = 200,
	MEMBER_NAMES_MAX = 32 };

struct member_text {
	const char *key;
	size_t max;		/* bytes; 0: a name as in URLs and configuration */
	bool required;
	bool multiline;		/* tabs and newlines are allowed */
	const char **ret;	/* stays as it is when the member is absent */
};

/* Reads all of them; the first that is wrong is told. */
int member_texts(const json_t *doc, const struct member_text *list, size_t n,
	struct error *err);
/* A time that must be there. */
int member_time(const json_t *doc, const char *key, int64_t *ret_at, struct error *err);
/* An array of names, each once, at least one; absent: *ret_n stays. */
int member_names(const json_t *doc, const char *key, struct arena *arena,
	const char ***ret, size_t *ret_n, struct error *err);
/* "must be one of ours", with the nearest of them if there is one. */
int member_unknown(const char *pointer, const char *what, const char *given,
	const char *const *known, size_t n, struct error *err);
size_t member_chars(const char *text);

#endif
