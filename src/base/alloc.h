/*
 * Memory: these abort when there is none, so callers need no second path.
 * Whatever a peer can make grow has a limit elsewhere (struct buf, the limits
 * of the configuration), so running out here is a fault of the machine.
 */
#ifndef TOCSIN_BASE_ALLOC_H
#define TOCSIN_BASE_ALLOC_H

#include <stddef.h>

void *xmalloc(size_t size) __attribute__((malloc, returns_nonnull));
void *xcalloc(size_t n, size_t size) __attribute__((malloc, returns_nonnull));
void *xreallocarray(void *p, size_t n, size_t size) __attribute__((returns_nonnull));
char *xstrdup(const char *s) __attribute__((malloc, returns_nonnull));
char *xstrndup(const char *s, size_t n) __attribute__((malloc, returns_nonnull));
char *xasprintf(const char *fmt, ...)
	__attribute__((malloc, returns_nonnull, format(printf, 1, 2)));

#endif
