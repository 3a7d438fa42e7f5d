/*
 * What both stores do to rows: lists of words kept as one text, the place of a
 * clock in its list, and filters by entity.
 */
#ifndef TOCSIN_STORE_ROW_H
#define TOCSIN_STORE_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "store/store.h"

/* Names hold no space, lines of a derivation no newline. No words: NULL, which
 * is not the same as one empty word. The joined text is the caller's (free()). */
char *words_join(const char *const *words, size_t n, char separator);
const char **words_split(struct arena *arena, const char *text, char separator,
	size_t *ret_n);

/* Clocks are listed by their due time, else by the planned one; those that have
 * neither come last. */
int64_t clock_sort_at(const struct clock *clock);
/* The first place that a filter's cursor allows, as (at, rowid). */
void clock_filter_start(const struct clock_filter *filter, int64_t *ret_at, int64_t *ret_id);
/* The last sort time that the filter allows. */
int64_t clock_filter_end(const struct clock_filter *filter);

/* The same for deliveries: by the due time of their clock, those of none last. */
int64_t delivery_sort_at(const struct delivery_row *row);

/* Into the list of ids, newest first, each once; of more than there is room for the
 * newest stay. */
void similar_add(int64_t list[SIMILAR_MAX], size_t *n, int64_t id);
/* An incident's list as one text, "42 7"; NULL: it is empty. */
enum { SIMILAR_TEXT_SIZE = SIMILAR_MAX * 21 + 1 };
const char *similar_format(const struct incident *incident, char out[SIMILAR_TEXT_SIZE]);
void similar_parse(const char *text, struct incident *ret);

/* May these files be kept as a ruleset: within the limits, and text? */
int ruleset_check(const struct rule_file_row *files, size_t n, struct error *err);

#endif
