/*
 * JSON text read in place, without a tree: the members of one object as slices of the
 * text. For documents that we have written ourselves and pass on in large numbers (kept
 * notices, lines between daemon and courier): a jansson tree to look at ten members of
 * such a text and write them again was two thirds of the cost of a delivery (measured).
 * What comes from anybody else is read by json.h or ingest/scan.h.
 *
 * It checks what it needs to find the members (brackets, strings, separators), not that
 * the text is JSON all through; any bytes are safe. Strings are decoded when they are
 * asked for.
 */
#ifndef TOCSIN_BASE_JSON_PARTS_H
#define TOCSIN_BASE_JSON_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct json_part {
	const char *at;			/* as it stands, quotes and brackets included */
	size_t len;
};

struct json_member {
	const char *key;		/* without its quotes, not ended by a NUL */
	size_t key_len;
	struct json_part value;
};

enum { JSON_PARTS_MAX = 32 };
struct json_parts {
	struct arena *arena;		/* where texts are decoded */
	size_t n;
	struct json_member list[JSON_PARTS_MAX];
};

/* -1: not one object, or of more members, or with a backslash in a key; then it has no
 * members. The text is borrowed. */
int json_parts_read(const char *text, size_t len, struct arena *arena,
	struct json_parts *ret);

/* NULL: there is none of that name. */
const struct json_part *json_parts_find(const struct json_parts *parts, const char *key);
/* NULL: absent, no string, not UTF-8, or with a NUL in it. */
const char *json_parts_text(const struct json_parts *parts, const char *key);
/* -1: absent, or not an integer of 64 bits. */
int json_parts_int(const struct json_parts *parts, const char *key, int64_t *ret);
bool json_parts_true(const struct json_parts *parts, const char *key);
/* Without members where it is absent or no object. */
void json_parts_object(const struct json_parts *parts, const char *key,
	struct json_parts *ret);

#endif
