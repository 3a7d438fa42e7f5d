/*
 * Counters: see counts.h. What a turn counts is a list in its arena; what is behind a
 * mark goes when the savepoint goes that the mark was set with.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "engine/internal.h"

void counts_add(struct counts *counts, enum count_kind kind, const char *of, const char *what,
	uint64_t n)
{
	struct counter *c;
	size_t i;

	for (i = 0; i < counts->n; i++) {
		c = &counts->list[i];
		if (c->kind == kind && strcmp(c->what, what) == 0 && strcmp(c->of, of) == 0) {
			c->n += n;
			return;
		}
	}
	counts->list = xreallocarray(counts->list, counts->n + 1, sizeof(*c));
	counts->list[counts->n++] = (struct counter){ kind, xstrdup(of), xstrdup(what), n };
}

void counts_free(struct counts *counts)
{
	size_t i;

	for (i = 0; i < counts->n; i++) {
		free(counts->list[i].of);
		free(counts->list[i].what);
	}
	free(counts->list);
	*counts = (struct counts){ 0 };
}

const struct counts *engine_counts(const struct engine *e)
{
	return &e->counts;
}

void engine_count_rejected(struct engine *e, const char *source, size_t n)
{
	counts_add(&e->counts, COUNT_ALERT, source, "rejected", n);
}

/* A counter that is there from the start with 0 lets its first increase be seen. */
void counts_configure(struct engine *e)
{
	static const char *const results[] = { "opened", "joined", "repeat", "resolved",
		"update", "insignificant", "below-minimum", "test", "unparsed", "storm",
		"rejected" };
	static const char *const outcomes[] = { "delivered", "temporary", "permanent",
		"ambiguous" };
	static const char *const ends[] = { "delivered", "failed", "cancelled" };
	size_t i, j;

	for (i = 0; i < e->conf->n_sources; i++)
		for (j = 0; j < ARRAY_LEN(results); j++)
			counts_add(&e->counts, COUNT_ALERT, e->conf->sources[i].name, results[j], 0);
	for (i = 0; i < e->conf->n_channels; i++) {
		for (j = 0; j < ARRAY_LEN(outcomes); j++)
			counts_add(&e->counts, COUNT_ATTEMPT, e->conf->channels[i].name,
				outcomes[j], 0);
		for (j = 0; j < ARRAY_LEN(ends); j++)
			counts_add(&e->counts, COUNT_DELIVERY, e->conf->channels[i].name, ends[j],
				0);
	}
}

void count(struct engine *e, enum count_kind kind, const char *of, const char *what, size_t n)
{
	struct counted *c;

	if (n == 0)
		return;
	c = arena_alloc(e->arena, sizeof(*c));
	*c = (struct counted){ kind, arena_strdup(e->arena, of), what, n, e->counted };
	e->counted = c;
}

static bool same_counter(const struct counted *a, const struct counted *b)
{
	return a->kind == b->kind && a->what == b->what && strcmp(a->of, b->of) == 0;
}

/* A crowd of alerts is a long run of the same. */
void counts_settle(struct engine *e)
{
	const struct counted *c, *next;
	size_t n = 0;

	for (c = e->counted; c != NULL; c = next) {
		next = c->before;
		n += c->n;
		if (next != NULL && same_counter(c, next))
			continue;
		counts_add(&e->counts, c->kind, c->of, c->what, n);
		n = 0;
	}
	e->counted = NULL;
}
