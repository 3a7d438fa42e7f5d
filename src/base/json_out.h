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

void out_object(struct buf *out, const char *key);
void out_array(struct buf *out, const char *key);
void out_end_object(struct buf *out);
void out_end_array(struct buf *out);

void out_text(struct buf *out, const char *key, const char *text);
void out_int(struct buf *out, const char *key, int64_t value);
void out_bool(struct buf *out, const char *key, bool value);
void out_true(struct buf *out, const char *key, bool value);	/* only when true */
void out_time(struct buf *out, const char *key, int64_t at);	/* RFC 3339 UTC */
void out_texts(struct buf *out, const char *key, const char *const *list, size_t n);
/* A value that is JSON already. */
void out_json(struct buf *out, const char *key, const struct buf *value);

#endif
