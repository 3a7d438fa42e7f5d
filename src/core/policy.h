/*
 * An escalation policy is a ladder of steps along a running clock. Given the
 * clock, what has been fired so far, and the time, policy_next says which step is
 * due now and when to look again. Nothing here knows a channel or a store.
 */
#ifndef TOCSIN_CORE_POLICY_H
#define TOCSIN_CORE_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum step_kind { STEP_START, STEP_PERCENT, STEP_BEFORE, STEP_DUE, STEP_AFTER };

struct step {
	enum step_kind kind;
	int percent;		/* STEP_PERCENT: of the time from anchor to due */
	int64_t offset_ms;	/* STEP_BEFORE, STEP_AFTER */
	const char *at;		/* as written: "start", "50%", "-PT4H", "due", "+PT1H" */
	int64_t repeat_ms;	/* 0: not repeated */
	bool unless_acked;
	const char **to;	/* names of channels */
	size_t n_to;
};

struct policy {
	const char *name;
	struct step *steps;	/* at least one */
	size_t n_steps;
	const char **fallback;
	size_t n_fallback;
};

int step_parse_at(const char *text, struct step *ret, struct error *err);
/* When a step falls on a clock; never before the clock's anchor. */
int64_t step_instant(const struct step *step, int64_t anchor_at, int64_t due_at);

/* What has happened on a clock so far. */
struct policy_progress {
	int step;		/* index of the last step fired or skipped, -1: none */
	int64_t fired_at;	/* when; TIME_NONE: never */
	int repeats;		/* how often that step has been repeated */
	bool held;		/* it was skipped because of an acknowledgement */
};

struct policy_turn {
	bool fire;
	bool held;		/* step is due but an acknowledgement holds it back */
	int step;		/* index; only when fire or held */
	int repeat;		/* 0: first time; n: n-th repetition */
	int passed_over;	/* earlier steps that this one stands in for */
	int64_t step_at;	/* when it was to fire: now - step_at is the lateness */
	int64_t next_at;	/* when to look again: always later than now */
};

/*
 * acked_until: end of the acknowledgement's lease, TIME_NONE for none. Of several
 * steps already past only the last fires, and stands in for the others. A step
 * without unless_acked always fires; one with it is held while the lease runs
 * and fires when the lease ends, if no later step has come. The last step is
 * repeated until the clock is settled: by its own repeat, or every PT1H from due
 * on.
 */
void policy_next(const struct policy *policy, int64_t anchor_at, int64_t due_at,
	const struct policy_progress *progress, int64_t acked_until, int64_t now,
	struct policy_turn *ret);

/* Notes on progress what the turn did (fired, held, or nothing) at now. */
void policy_advance(struct policy_progress *progress, const struct policy_turn *turn,
	int64_t now);

/* The end of the lease really given: at most a quarter of the time left, after due
 * at most 15 minutes, but one minute at least; never later than now + wanted_ms.
 * due_at TIME_NONE: now + wanted_ms. */
int64_t policy_lease(int64_t due_at, int64_t wanted_ms, int64_t now);

/* The delay before attempt n (1: after the first failure) by full jitter:
 * random(0, min(2 s * 2^n, 5 min, a quarter of the time left)), at least 200 ms.
 * roll is a random number from 0 to 999,999 out of a million. */
int64_t policy_retry_delay(int attempts, int64_t due_at, int64_t now, int64_t roll);

#endif
