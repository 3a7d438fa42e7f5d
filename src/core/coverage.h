/*
 * The proof that whatever step falls at whatever minute, somebody is told: over a time
 * to come, every step of every policy reaches a plain channel or a person who is on
 * call, or else the policy's fallback does. What is not covered is named exactly.
 *
 * The answer only changes where a rota's does, so these instants are walked, not the
 * minutes: a year of weekly turns is some fifty questions.
 */
#ifndef TOCSIN_CORE_COVERAGE_H
#define TOCSIN_CORE_COVERAGE_H

#include "core/policy.h"
#include "core/quiet.h"
#include "core/rota.h"

struct coverage_gap {
	const struct policy *policy;
	int step;			/* index */
	int64_t from_at, until_at;
	const struct zone *zone;	/* of the first rota that is not staffed, or of the
					 * first channel that is quiet */
};

enum { COVERAGE_GAPS_MAX = 100000 };

/* The gaps from one instant to another, by policy, step and time. *ret_n is at most
 * COVERAGE_GAPS_MAX. */
void coverage_gaps(const struct policy *policies, size_t n, const struct roster *roster,
	int64_t from_at, int64_t until_at, struct arena *arena, struct coverage_gap **ret,
	size_t *ret_n);

/* The quiet hours of a channel by its name; NULL: it has none. */
struct coverage_quiet {
	const struct hours *(*of)(const void *arg, const char *channel);
	const void *arg;
};

/*
 * When a step that falls is told to nobody at once, because all whom it would reach have
 * quiet hours: they hear of it at until_at. Deadlines that the step itself says
 * (core/quiet.h) are heeded; how long a clock runs after its start is not known here. What
 * is due is always told, and what coverage_gaps() names is left to it.
 */
void coverage_waits(const struct policy *policies, size_t n, const struct roster *roster,
	const struct coverage_quiet *quiet, int64_t from_at, int64_t until_at,
	struct arena *arena, struct coverage_gap **ret, size_t *ret_n);

#endif
