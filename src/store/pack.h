/*
 * Values one behind another in few bytes: for what belongs to a row but is never asked
 * for by SQL. A column of its own costs SQLite more than all of these together
 * (measured). They are read in the order they were written in; behind the last there
 * are only absent ones, so that a later version can add some at the end.
 *
 *   0                        absent
 *   1, varint                an integer, zigzag
 *   2, varint, bytes         text of that length
 */
#ifndef TOCSIN_STORE_PACK_H
#define TOCSIN_STORE_PACK_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"

void pack_int(struct buf *out, int64_t value);
void pack_time(struct buf *out, int64_t at);		/* TIME_NONE: absent */
void pack_text(struct buf *out, const char *text);	/* NULL: absent */
void pack_bytes(struct buf *out, const char *text, size_t len);
void pack_absent(struct buf *out);
/* As one text, joined; none: absent. */
void pack_words(struct buf *out, const char *const *words, size_t n, char separator);

struct unpack {
	const unsigned char *at, *end;
};

/* What is damaged is absent, and so is all behind it. */
int64_t unpack_int(struct unpack *in, int64_t absent);
int64_t unpack_time(struct unpack *in);
const char *unpack_text(struct unpack *in, struct arena *arena);
const char **unpack_words(struct unpack *in, struct arena *arena, char separator,
	size_t *ret_n);

#endif
