/*
 * A growing byte buffer with a ceiling. Data is always followed by a NUL that
 * does not count, so that text in it can be used as a string.
 */
#ifndef TOCSIN_BASE_BUF_H
#define TOCSIN_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct arena;

struct buf {
	char *data;		/* "" while empty, never NULL after buf_init */
	size_t len;
	size_t size;
	size_t max;		/* most bytes it may hold */
	struct arena *arena;	/* where its memory is from; NULL: malloc() */
	bool overflow;		/* something did not fit and was left out */
};

/* max 0: no ceiling but memory; for text whose size we choose ourselves. */
void buf_init(struct buf *b, size_t max);
/* One whose memory goes with the arena: it is neither released nor detached. */
struct buf *buf_in_arena(struct arena *arena, size_t size);
void buf_release(struct buf *b);	/* leaves an empty buffer, usable again */
void buf_clear(struct buf *b);		/* keeps the memory */

/* Each returns 0, or -1 when the ceiling would be passed: then nothing was
 * added and b->overflow is set, so that a caller may check once at the end. */
int buf_add(struct buf *b, const void *data, size_t n);
/* Room for n bytes at the end, counted as there already: the caller fills them. NULL
 * as -1 above. Most of the time there is room, and then it is done in line: there are
 * some hundred for an alert. */
char *buf_extend_slowly(struct buf *b, size_t n);
static inline char *buf_extend(struct buf *b, size_t n)
{
	char *at = b->data + b->len;

	if (n >= b->size - b->len || n > b->max - b->len)
		return buf_extend_slowly(b, n);
	b->len += n;
	at[n] = '\0';
	return at;
}
int buf_adds(struct buf *b, const char *s);
int buf_addc(struct buf *b, char c);
int buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int buf_vaddf(struct buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));

/* Keeps the first len bytes, of at least as many. */
void buf_truncate(struct buf *b, size_t len);
/* Drops the first n bytes. */
void buf_drain(struct buf *b, size_t n);
/* Hands the memory over to the caller (free()); the buffer is empty again. */
char *buf_detach(struct buf *b, size_t *ret_len);

#endif
