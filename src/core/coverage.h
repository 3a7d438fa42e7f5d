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
#include "core/rota.h"

struct coverage_gap {
	const struct policy *policy;
	int step;			/* index */
	int64_t from_at, until_at;
	const struct zone *zone;	/* of the first rota that is not staffed then */
};

enum { COVERAGE_GAPS_MAX = 100000 };

/* The gaps from one instant to another, by policy, step and time. *ret_n is at most
 * COVERAGE_GAPS_MAX. */
void coverage_gaps(const struct policy *policies, size_t n, const struct roster *roster,
	int64_t from_at, int64_t until_at, struct arena *arena, struct coverage_gap **ret,
	size_t *ret_n);

#endif
