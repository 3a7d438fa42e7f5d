/* Growing byte buffer with a ceiling: see buf.h. */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/buf.h"

static char empty[1] = "";

void buf_init(struct buf *b, size_t max)
{
	memset(b, 0, sizeof(*b));
	b->data = empty;
	b->max = max > 0 ? max : SIZE_MAX / 4;
}

struct buf *buf_in_arena(struct arena *arena, size_t size)
{
	struct buf *b = arena_alloc(arena, sizeof(*b));

	buf_init(b, 0);
	b->arena = arena;
	b->data = arena_raw(arena, size + 1);
	b->data[0] = '\0';
	b->size = size + 1;
	return b;
}

void buf_release(struct buf *b)
{
	if (b->size > 0)
		free(b->data);
	buf_init(b, b->max);
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	b->overflow = false;
	if (b->size > 0)
		b->data[0] = '\0';
}

static char *resize(struct buf *b, size_t size)
{
	char *data;

	if (b->arena == NULL)
		return xreallocarray(b->size > 0 ? b->data : NULL, size, 1);
	data = arena_raw(b->arena, size);
	memcpy(data, b->data, b->len + 1);
	return data;
}

static int reserve(struct buf *b, size_t n)
{
	size_t need, size = b->size;

	if (n > b->max - b->len) {
		b->overflow = true;
		return -1;
	}
	need = b->len + n + 1;
	if (need <= size)
		return 0;
	while (size < need)
		size = size < 64 ? 64 : 2 * size;
	b->data = resize(b, size);
	b->size = size;
	return 0;
}

char *buf_extend_slowly(struct buf *b, size_t n)
{
	char *at;

	if (reserve(b, n) < 0)
		return NULL;
	at = b->data + b->len;
	b->len += n;
	b->data[b->len] = '\0';
	return at;
}

int buf_add(struct buf *b, const void *data, size_t n)
{
	char *at;

	if (n == 0)
		return 0;
	at = buf_extend(b, n);
	if (at == NULL)
		return -1;
	memcpy(at, data, n);
	return 0;
}

int buf_adds(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

int buf_addc(struct buf *b, char c)
{
	return buf_add(b, &c, 1);
}

int buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = buf_vaddf(b, fmt, ap);
	va_end(ap);
	return rc;
}

int buf_vaddf(struct buf *b, const char *fmt, va_list ap)
{
	size_t room = b->size > 0 ? b->size - b->len : 0;
	va_list again;
	int n;

	/* Most of the time there is room, and once is enough. */
	va_copy(again, ap);
	n = vsnprintf(room > 0 ? b->data + b->len : NULL, room, fmt, ap);
	if (n < 0 || reserve(b, (size_t)n) < 0) {
		b->data[b->len] = '\0';
		va_end(again);
		return -1;
	}
	if ((size_t)n >= room)
		vsnprintf(b->data + b->len, (size_t)n + 1, fmt, again);
	va_end(again);
	b->len += (size_t)n;
	return 0;
}

void buf_truncate(struct buf *b, size_t len)
{
	if (len >= b->len)
		return;
	b->len = len;
	b->data[len] = '\0';
}

void buf_drain(struct buf *b, size_t n)
{
	if (b->len == 0)
		return;
	if (n > b->len)
		n = b->len;
	memmove(b->data, b->data + n, b->len - n + 1);
	b->len -= n;
}

char *buf_detach(struct buf *b, size_t *ret_len)
{
	char *data = b->size > 0 ? b->data : xstrdup("");

	if (ret_len != NULL)
		*ret_len = b->len;
	buf_init(b, b->max);
	return data;
}
