/*
 * A breaker: whether a channel's other side answers, and how often a dead one is tried.
 * It opens when so many attempts in a row have failed, and closes by the first answer.
 * While it is open only probes are made, one at a time and at least every ten seconds;
 * which delivery that is, and what becomes of the others, is the caller's business.
 */
#ifndef TOCSIN_CORE_BREAKER_H
#define TOCSIN_CORE_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

enum { BREAKER_FAILURES = 5, BREAKER_PROBE_MS = 10000 };

struct breaker {
	int failures;		/* in a row */
	int64_t down_at;	/* since when it is open; TIME_NONE: it is closed */
	int64_t probe_at;	/* while it is open: no attempt before */
};

void breaker_init(struct breaker *b);
bool breaker_is_open(const struct breaker *b);

/* An attempt failed. roll: 0 to 999,999, evenly. */
void breaker_fail(struct breaker *b, int64_t now, int64_t roll);
/* The other side answered, be it by a refusal. */
void breaker_pass(struct breaker *b);
/* A probe goes out: the next not before a moment. */
void breaker_probe(struct breaker *b, int64_t now, int64_t roll);
/* It may be mended, or the wall clock was set: the next attempt may be made at once. */
void breaker_hurry(struct breaker *b, int64_t now);

/* Is it open, or will it be by one more failure? */
bool breaker_is_near(const struct breaker *b);
/* When an attempt may be made that would be made at `at`. */
int64_t breaker_next(const struct breaker *b, int64_t at);

#endif
