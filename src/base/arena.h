/*
 * An arena: memory for things that live and die together (one request, one
 * batch of commands, one row read). Nothing in it is freed singly; arena_reset
 * forgets everything and keeps a first block for the next turn.
 */
#ifndef TOCSIN_BASE_ARENA_H
#define TOCSIN_BASE_ARENA_H

#include <stddef.h>

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *a);	/* NULL is allowed */
void arena_reset(struct arena *a);
/* The same, and gives back all its memory but one block: for one that waits to be used
 * again. */
void arena_shrink(struct arena *a);

/* Zeroed, aligned for any type; never NULL. */
void *arena_alloc(struct arena *a, size_t size) __attribute__((returns_nonnull));
/* The same with whatever was there: for what is written at once. */
void *arena_raw(struct arena *a, size_t size) __attribute__((returns_nonnull));
/* n * size, checked for overflow. */
void *arena_array(struct arena *a, size_t n, size_t size) __attribute__((returns_nonnull));
/* NULL stays NULL. */
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t n) __attribute__((returns_nonnull));
/* The texts one behind the other, up to a NULL: a third of what printing them costs. */
char *arena_join(struct arena *a, ...) __attribute__((returns_nonnull, sentinel));
char *arena_printf(struct arena *a, const char *fmt, ...)
	__attribute__((returns_nonnull, format(printf, 2, 3)));
/* An array that grows by doubling: returns the array with room for n + 1
 * elements, where n is the present number. */
void *arena_grow(struct arena *a, void *array, size_t n, size_t size)
	__attribute__((returns_nonnull));

#endif
