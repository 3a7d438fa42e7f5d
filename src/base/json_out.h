/*
 * JSON written straight into a buffer: compact, in the order of the calls, with the
 * bytes that json_write() gives for the same document. Here because of a measured
 * need: without jansson's trees for its answer and its journal lines, and with times
 * formatted by hand (rfc3339.c), an alert takes more than a third less CPU. What is
 * read or changed again stays a tree.
 *
 * key NULL: an element of an array, or the whole document. The buffer is the whole
 * state: a comma is due unless something has just been opened, and a string, a
 * number or a word never ends like that. NULL text and TIME_NONE write nothing, so
 * that an absent thing is an absent key. Text that is not UTF-8 is a mistake of ours,
 * and no reason to stop a clock: its bytes above ASCII become "?".
 */
#ifndef TOCSIN_BASE_JSON_OUT_H
#define TOCSIN_BASE_JSON_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/rfc3339.h"

/* A key is nearly always a literal, whose length the compiler knows. */
#define OUT_KEY(key)	(key), ((key) != NULL ? __builtin_strlen(key) : 0)

void out_put_raw(struct buf *out, const char *key, size_t key_len, const char *text, size_t len);
void out_put_text(struct buf *out, const char *key, size_t key_len, const char *text);
void out_put_int(struct buf *out, const char *key, size_t key_len, int64_t value);
void out_put_time(struct buf *out, const char *key, size_t key_len, int64_t at);

static inline void out_object(struct buf *out, const char *key)
{
	out_put_raw(out, OUT_KEY(key), "{", 1);
}

static inline void out_array(struct buf *out, const char *key)
{
	out_put_raw(out, OUT_KEY(key), "[", 1);
}

void out_end_object(struct buf *out);
void out_end_array(struct buf *out);

static inline void out_text(struct buf *out, const char *key, const char *text)
{
	if (text != NULL)
		out_put_text(out, OUT_KEY(key), text);
}

static inline void out_int(struct buf *out, const char *key, int64_t value)
{
	out_put_int(out, OUT_KEY(key), value);
}

static inline void out_bool(struct buf *out, const char *key, bool value)
{
	out_put_raw(out, OUT_KEY(key), value ? "true" : "false", value ? 4 : 5);
}

/* Only when true. */
static inline void out_true(struct buf *out, const char *key, bool value)
{
	if (value)
		out_put_raw(out, OUT_KEY(key), "true", 4);
}

/* RFC 3339, UTC. */
static inline void out_time(struct buf *out, const char *key, int64_t at)
{
	if (at != TIME_NONE)
		out_put_time(out, OUT_KEY(key), at);
}

void out_texts(struct buf *out, const char *key, const char *const *list, size_t n);
/* A value that is JSON already. */
static inline void out_json(struct buf *out, const char *key, const struct buf *value)
{
	out_put_raw(out, OUT_KEY(key), value->data, value->len);
}

#endif
