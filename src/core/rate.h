/*
 * How many attempts a channel may make, or incidents a source may open, in a time: at most max in any window of that
 * length, wherever it begins. (A bucket that refills evenly would let twice as many
 * through in an unlucky window, and receivers count by windows.)
 */
#ifndef TOCSIN_CORE_RATE_H
#define TOCSIN_CORE_RATE_H

#include <stdint.h>

#include "base/error.h"

enum { RATE_MAX = 1000 };

struct rate {
	int max;		/* 0: no limit */
	int64_t per_ms;
	int64_t *sent;		/* when the last max were made: a ring, the caller's */
	int n, head;		/* how many there are; where the next goes */
};

/* "30/PT1M": 1 to most (at most 9,999,999) in a second up to a day. */
int rate_parse(const char *text, int most, int *ret_max, int64_t *ret_per_ms,
	struct error *err);

/* room: for max instants; NULL where max is 0. */
void rate_init(struct rate *r, int max, int64_t per_ms, int64_t *room);
/* What an earlier one of the same kind has counted; of another kind: nothing. */
void rate_carry_over(struct rate *r, const struct rate *before);
/* How many may be made at now. */
int rate_room(const struct rate *r, int64_t now);
void rate_take(struct rate *r, int64_t now);
/* When an attempt may be made that would be made at `at`. */
int64_t rate_next(const struct rate *r, int64_t at);
/* The wall clock was set: what was counted by it is forgotten. */
void rate_forget(struct rate *r);

#endif
