/*
 * The incident of nis2_case.h under the laws of law_maker.h: folded by `rules`, which a
 * test may add to, and looked at clock by clock.
 */
#ifndef TOCSIN_TESTS_LAW_CASE_H
#define TOCSIN_TESTS_LAW_CASE_H

#include "nis2_case.h"

extern struct entity_rules rules;

/* The NIS2 of nis2_rules.h. */
const struct regime *nis2(void);
/* What is folded from now on: NIS2 with that country (or NULL), in that zone. */
void live_in(struct country *country, const char *zone);
/* Or that regime alone, in Brussels. */
void live_under(struct regime *regime);

/* A filing under the regime at hand. */
struct filing *hand_in(const char *stage, const char *time);
void refold(void);
/* NULL: no such clock. */
const struct clock *find(const char *stage);

/* Folds and looks: "running aware" is state and anchor; the times as people there say
 * them, "none", or NULL: not looked at. */
const struct clock *expect(const char *stage, const char *what, const char *due,
	const char *nominal, const char *latest);
/* One line of the derivation. */
void expect_line(const struct clock *c, const char *line);
/* "nis2 aware +, CY aware -": the law, the anchor, and whether it alarms; "?" while it
 * has no dates. */
void expect_readings(const struct clock *c, const char *want);

#endif
