/*
 * Values one behind another in few bytes: for what belongs to a row but is never asked
 * for by SQL. A column of its own costs SQLite more than all of these together
 * (measured). They are read in the order they were written in; behind the last there
 * are only absent ones, so that a later version can add some at the end.
 *
 *   0                        absent
 *   1, varint                an integer, zigzag
 *   2, varint, bytes         text of that length; also values that belong together
 *   3                        what stood in the same place of the one before
 */
#ifndef TOCSIN_STORE_PACK_H
#define TOCSIN_STORE_PACK_H

#include <stdbool.h>
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

/* The same of several in a row that are much alike: one byte where it equals the one
 * before. */
void pack_text_as(struct buf *out, const char *text, const char *before);
void pack_words_as(struct buf *out, const char *const *words, size_t n, char separator,
	const char *const *before, size_t n_before);
/* Values that belong together, between the two; end gets what begin returned. */
size_t pack_begin(struct buf *out);
void pack_end(struct buf *out, size_t begun);

struct unpack {
	const unsigned char *at, *end;
	bool damaged;
};
void unpack_init(struct unpack *in, const void *data, size_t len);

/* What is damaged is absent, and so is all behind it. */
int64_t unpack_int(struct unpack *in, int64_t absent);
int64_t unpack_time(struct unpack *in);
const char *unpack_text(struct unpack *in, struct arena *arena);
const char **unpack_words(struct unpack *in, struct arena *arena, char separator,
	size_t *ret_n);
/* before: what was read in this place of the one before; it is returned itself. */
const char *unpack_text_as(struct unpack *in, struct arena *arena, const char *before);
const char **unpack_words_as(struct unpack *in, struct arena *arena, char separator,
	const char **before, size_t n_before, size_t *ret_n);
/* The next values that belong together; false: there are no more, or they are damaged. */
bool unpack_part(struct unpack *in, struct unpack *ret);

#endif
