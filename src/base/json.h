/*
 * JSON documents of our own: answers, request bodies of the API, journal lines,
 * notices. They are read and written by jansson (this header is its only door;
 * alert bodies do not come through it, see ingest/scan.h). Reading is strict: no
 * duplicate keys, no NUL, a depth of at most 32, no reals where we ask for an
 * integer.
 */
#ifndef TOCSIN_BASE_JSON_H
#define TOCSIN_BASE_JSON_H

#include <stdint.h>

#include <jansson.h>

#include "base/buf.h"
#include "base/error.h"

/* A new reference, or NULL with *err (pointer "" and the byte in the text). */
json_t *json_read(const char *data, size_t len, struct error *err);

/* Appends compact JSON; keys keep the order in which they were set. */
int json_write(struct buf *out, const json_t *value);
/* The same as a malloc'ed string. */
char *json_text(const json_t *value);

/* Setting members: each takes care of its own reference. NULL text and
 * TIME_NONE set nothing, so that an absent thing is an absent key. */
void json_set_text(json_t *object, const char *key, const char *text);
void json_set_int(json_t *object, const char *key, int64_t value);
void json_set_bool(json_t *object, const char *key, int value);
void json_set_true(json_t *object, const char *key, int value);	/* only when true */
void json_set_time(json_t *object, const char *key, int64_t at);	/* RFC 3339 UTC */

/* Reading members of a request. pointer in *err is "/key" (or prefix/key).
 * A missing key leaves *ret as it was and returns 0; a wrong type returns -1. */
int json_get_text(const json_t *object, const char *key, const char **ret, struct error *err);
int json_get_time(const json_t *object, const char *key, int64_t *ret_at, struct error *err);
int json_get_bool(const json_t *object, const char *key, int *ret, struct error *err);
/* Refuses keys that are not in the list (NULL-terminated), naming the first and
 * the nearest known one. */
int json_check_keys(const json_t *object, const char *const *known, struct error *err);

#endif
