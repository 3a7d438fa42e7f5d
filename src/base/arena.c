/*
 * Arena: a list of blocks, the newest first; allocation moves a mark in the
 * newest block. A thing larger than a block gets one of its own. A reset keeps some
 * blocks, because what was needed for one turn is needed for the next.
 */
#include "config.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"

enum { BLOCK_SIZE = 16 * 1024, SPARE_MAX = 64 };

struct block {
	struct block *next;
	size_t size, used;
	alignas(max_align_t) unsigned char data[];
};

struct arena {
	struct block *blocks, *spare;
	size_t n_spare;
};

static struct block *block_new(struct block *next, size_t size)
{
	struct block *b = xmalloc(sizeof(*b) + size);

	b->next = next;
	b->size = size;
	b->used = 0;
	return b;
}

struct arena *arena_new(void)
{
	struct arena *a = xcalloc(1, sizeof(*a));

	a->blocks = block_new(NULL, BLOCK_SIZE);
	return a;
}

static void free_blocks(struct block *b)
{
	while (b != NULL) {
		struct block *next = b->next;

		free(b);
		b = next;
	}
}

void arena_free(struct arena *a)
{
	if (a == NULL)
		return;
	free_blocks(a->blocks);
	free_blocks(a->spare);
	free(a);
}

static struct block *take_block(struct arena *a)
{
	struct block *b = a->spare;

	if (b == NULL)
		return block_new(NULL, BLOCK_SIZE);
	a->spare = b->next;
	a->n_spare--;
	b->used = 0;
	return b;
}

void arena_reset(struct arena *a)
{
	struct block *b, *next;

	for (b = a->blocks; b != NULL; b = next) {
		next = b->next;
		if (b->size > BLOCK_SIZE || a->n_spare == SPARE_MAX) {
			free(b);
			continue;
		}
		b->next = a->spare;
		a->spare = b;
		a->n_spare++;
	}
	a->blocks = take_block(a);
	a->blocks->next = NULL;
}

void arena_shrink(struct arena *a)
{
	arena_reset(a);
	free_blocks(a->spare);
	a->spare = NULL;
	a->n_spare = 0;
}

static size_t round_up(size_t size)
{
	const size_t align = alignof(max_align_t);

	return (size + align - 1) / align * align;
}

void *arena_raw(struct arena *a, size_t size)
{
	struct block *b = a->blocks;
	void *p;

	if (size > SIZE_MAX / 2)
		abort();
	size = round_up(size);
	if (b->size - b->used < size) {
		b = size > BLOCK_SIZE ? block_new(NULL, size) : take_block(a);
		b->next = a->blocks;
		a->blocks = b;
	}
	p = b->data + b->used;
	b->used += size;
	return p;
}

void *arena_alloc(struct arena *a, size_t size)
{
	return memset(arena_raw(a, size), 0, size);
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total))
		abort();
	return arena_alloc(a, total);
}

char *arena_strdup(struct arena *a, const char *s)
{
	return s == NULL ? NULL : arena_strndup(a, s, strlen(s));
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *copy = arena_raw(a, n + 1);

	if (n > 0)
		memcpy(copy, s, n);
	copy[n] = '\0';
	return copy;
}

char *arena_join(struct arena *a, ...)
{
	const char *part;
	size_t len = 0;
	char *text, *at;
	va_list ap;

	va_start(ap, a);
	while ((part = va_arg(ap, const char *)) != NULL)
		len += strlen(part);
	va_end(ap);
	text = at = arena_raw(a, len + 1);
	va_start(ap, a);
	while ((part = va_arg(ap, const char *)) != NULL)
		at = stpcpy(at, part);
	va_end(ap);
	*at = '\0';
	return text;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	struct block *b = a->blocks;
	char *text = (char *)b->data + b->used;
	size_t room = b->size - b->used;
	va_list ap, again;
	int n;

	/* Most of the time there is room in the block, and once is enough. */
	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(text, room, fmt, ap);
	va_end(ap);
	if (n < 0)
		abort();
	if ((size_t)n < room) {
		b->used += round_up((size_t)n + 1);
	} else {
		text = arena_alloc(a, (size_t)n + 1);
		vsnprintf(text, (size_t)n + 1, fmt, again);
	}
	va_end(again);
	return text;
}

void *arena_grow(struct arena *a, void *array, size_t n, size_t size)
{
	void *bigger;

	/* Room is always a power of two, and at least four. */
	if (n != 0 && (n < 4 || (n & (n - 1)) != 0))
		return array;
	bigger = arena_array(a, n == 0 ? 4 : 2 * n, size);
	if (n > 0)
		memcpy(bigger, array, n * size);
	return bigger;
}
