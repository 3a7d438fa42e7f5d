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

#include "base/arena.h"
#include "base/error.h"
#include "core/calendar.h"
#include "core/incident.h"
#include "core/zone.h"

enum step_kind { STEP_START, STEP_PERCENT, STEP_BEFORE, STEP_DUE, STEP_AFTER, STEP_NEEDS };
enum { POLICY_STEPS_MAX = 64 };

struct step {
	enum step_kind kind;
	int percent;		/* STEP_PERCENT: of the time from anchor to due */
	int64_t offset_ms;	/* STEP_BEFORE, STEP_AFTER; STEP_NEEDS in real time */
	int64_t working_days;	/* STEP_NEEDS in working days; else 0 */
	const char *at;		/* as written: "start", "50%", "-PT4H", "due", "+PT1H",
				 * "needs PT6H" */
	const char *needs;	/* STEP_NEEDS: "PT6H", "P2WD"; else NULL */
	int64_t repeat_ms;	/* 0: not repeated */
	bool unless_acked;
	const char **to;	/* names of channels, "rota:NAME", "person:NAME" */
	size_t n_to;
};

/* Which clocks a policy is for. Of each kind none: any; all that are given must match. */
struct policy_scope {
	const char **regimes, **stages, **entities;
	size_t n_regimes, n_stages, n_entities;
	unsigned int severities;	/* a bit for each enum severity; 0: any */
};

struct policy {
	const char *name;
	const struct policy_scope *scope;	/* NULL: only of entities that name it */
	struct step *steps;	/* at least one, at most POLICY_STEPS_MAX */
	size_t n_steps;
	const char **fallback;	/* as a step's to */
	size_t n_fallback;
};

/* The first policy whose scope matches; NULL: none, the entity's own is meant. */
const struct policy *policy_match(const struct policy *policies, size_t n,
	const char *regime, const char *stage, enum severity severity, const char *entity);

int step_parse_at(const char *text, struct step *ret, struct error *err);
/* What drafting and approval need: "PT6H" of real time, or "P2WD" working days. Its at
 * is made in the arena. */
int step_parse_needs(const char *text, struct arena *arena, struct step *ret,
	struct error *err);

/* What a ladder stands on. Zone and calendar are where working days are counted;
 * without a zone (NULL) it is UTC, without a calendar only weekends are free. */
struct policy_clock {
	int64_t anchor_at, due_at;	/* due_at TIME_NONE: only the start falls */
	const struct zone *zone;
	const struct calendar *calendar;
	int64_t repeat_min_ms;		/* no step is repeated sooner; 0: as its policy says */
};

/*
 * When a step falls on a clock; never before the clock's anchor. One that needs
 * working days falls at the same local time as due, so many working days before the
 * day of due: where no other work is to be done, the latest start that leaves them.
 */
int64_t step_instant(const struct step *step, const struct policy_clock *clock);

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
void policy_next(const struct policy *policy, const struct policy_clock *clock,
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
