/*
 * Drills with compressed time: an incident whose clocks run a whole number of times as
 * fast as the wall clock, from the moment it was opened on, so that a month is over in
 * minutes while everything else (rules, calendars, policies, channels) is the real thing.
 *
 * The law is asked in the drill's own time, and what it answers is mapped back, so
 * everybody outside sees real instants only:
 *
 *	own(t) = opened_at + (t - opened_at) * scale	after the opening, else t
 *
 * Both mappings keep the order of instants. Back means the first millisecond at which
 * the own time has come, so that nothing falls early. For an incident without a scale
 * all of this changes nothing.
 */
#ifndef TOCSIN_CORE_DRILL_H
#define TOCSIN_CORE_DRILL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/incident.h"
#include "core/policy.h"

/* How short a drill may be made, and how long. */
enum { DRILL_MIN_MS = 5000 };
#define DRILL_MAX_MS	INT64_C(2678400000)	/* 31 days */

/* Does its time run faster than ours? */
bool drill_is_fast(const struct incident *incident);
/* TIME_NONE stays. */
int64_t drill_own(const struct incident *incident, int64_t at);
int64_t drill_real(const struct incident *incident, int64_t own_at);

/* The smallest scale at which longest_ms fit into wanted_ms; 1: real time will do. */
int64_t drill_scale(int64_t longest_ms, int64_t wanted_ms);
/* From the opening to the last date that its clocks have, for drill_scale. */
int64_t drill_longest(const struct incident *incident, const struct clock *clocks, size_t n);

/* The incident with every fact at its own time; what is new is in the arena. */
void drill_facts(const struct incident *incident, struct arena *arena, struct incident *ret);
/* A clock folded from these, back in real time, with a line that says so. */
void drill_clock(const struct incident *incident, struct arena *arena, struct clock *clock);

/* policy_next, step_instant and policy_lease in the drill's own time; arguments and
 * results are real. Reminders are not sped up beyond one a minute: the channels are
 * real, and so are the people. */
void drill_policy_next(const struct incident *incident, const struct policy *policy,
	const struct policy_clock *clock, const struct policy_progress *progress,
	int64_t acked_until, int64_t now, struct policy_turn *ret);
int64_t drill_step_instant(const struct incident *incident, const struct step *step,
	const struct policy_clock *clock);
int64_t drill_lease(const struct incident *incident, int64_t due_at, int64_t wanted_ms,
	int64_t now);

/* When a drill ends by itself, whatever was filed: some time after the last date that
 * any of its clocks has (three days of its own, at least five seconds), so that being
 * overdue is rehearsed too. TIME_NONE: it has no scale, and ends as a real one does. */
int64_t drill_ends_at(const struct incident *incident, const struct clock *clocks, size_t n);

#endif
