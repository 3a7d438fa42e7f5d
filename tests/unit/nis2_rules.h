/*
 * A rulebook for tests, in C: the NIS2 rules as regimes.d/nis2.conf states them, a
 * one-stage "gdpr", a "dora" whose first report has two limbs, and a country "XX"
 * with a demonstration set of holidays: 1 January, Good Friday, Easter Monday,
 * 1 May, Ascension, Whit Monday, 25 and 26 December.
 */
#ifndef TOCSIN_TESTS_NIS2_RULES_H
#define TOCSIN_TESTS_NIS2_RULES_H

#include "core/regime.h"

/* Made once; never freed before the end of the program. */
const struct rulebook *nis2_rulebook(void);
/* A zone of the system's database; fails the program when it is not there. */
const struct zone *nis2_zone(const char *name);
void nis2_release(void);

/* "2026-11-21T09:17:00+01:00" to an instant. */
int64_t at(const char *text);

#endif
