/*
 * One incident that a test tells: its facts are recorded one after the other, a
 * minute apart, and folded under the rules of nis2_rules.h. The story is told in
 * local time of Europe/Brussels.
 */
#ifndef TOCSIN_TESTS_NIS2_CASE_H
#define TOCSIN_TESTS_NIS2_CASE_H

#include "core/incident.h"

#define OPENED "2026-11-21T09:03:00+01:00"
#define AWARE "2026-11-21T09:17:00+01:00"
#define NOTIFIED "2026-11-23T15:42:00+01:00"	/* final report due 23 December 15:42 */

/* An assessment time of 4 hours; of the regimes nis2 and gdpr the first counts
 * until a test sets n_regimes to 2. */
extern struct incident incident;
/* What the last fold gave. */
extern struct arena *arena;
extern struct clock *clocks;
extern size_t n_clocks;
extern enum incident_state state;

/* For cmocka: an incident without facts, and its end. */
int case_begin(void **unused);
int case_end(void **unused);

struct incident_event *event_for(const char *regime, const char *type, const char *time);
struct incident_event *event(const char *type, const char *time);	/* for all regimes */
struct filing *file(const char *stage, const char *time);
void waive(const char *stage);
void fold(void);

#endif
