/*
 * What has happened since the start, counted by name, for /metrics. Only what was
 * committed counts: within a turn it waits, and goes with the turn or with its command.
 */
#ifndef TOCSIN_ENGINE_COUNTS_H
#define TOCSIN_ENGINE_COUNTS_H

#include <stddef.h>
#include <stdint.h>

enum count_kind {
	COUNT_ALERT,		/* source, what became of it */
	COUNT_ATTEMPT,		/* channel, its outcome */
	COUNT_DELIVERY,		/* channel, how it ended */
	COUNT_KINDS,
};

struct counter {
	enum count_kind kind;
	char *of, *what;
	uint64_t n;
};

/* Names come from the configuration and from the program, so they are few. */
struct counts {
	struct counter *list;
	size_t n;
};

void counts_add(struct counts *counts, enum count_kind kind, const char *of, const char *what,
	uint64_t n);
void counts_free(struct counts *counts);

#endif
