/*
 * The rule in the footer of a TZif file: a POSIX TZ string with the extensions
 * of RFC 9636 §3.3.1 (hours of -167 to 167), such as "CET-1CEST,M3.5.0,M10.5.0/3".
 * Only zone.c needs it.
 */
#ifndef TOCSIN_CORE_TZRULE_H
#define TOCSIN_CORE_TZRULE_H

#include <stdbool.h>
#include <stdint.h>

enum tzrule_kind { TZRULE_MONTH, TZRULE_JULIAN, TZRULE_DAY };

/* One date of each year: Mm.w.d, Jn or n; time is seconds from its midnight. */
struct tzrule_date {
	enum tzrule_kind kind;
	int month, week, weekday;	/* TZRULE_MONTH */
	int day;			/* the others */
	int32_t time;
};

/* Offsets are seconds east of UTC. std and dst are only names: in Ireland the
 * "daylight" time is the earlier one, in winter. */
struct tzrule {
	int32_t std, dst;
	bool has_dst;
	struct tzrule_date start, end;	/* has_dst */
};

struct tzrule_change {
	int64_t at;			/* seconds UTC */
	int32_t offset;			/* from then on */
};

/* Returns -1 when the text is not such a rule from its first to its last byte.
 * A zone with daylight saving time must name its dates. */
int tzrule_parse(const char *text, struct tzrule *ret);

/* The two changes of a year, in the order in which they come. has_dst only. */
void tzrule_changes(const struct tzrule *rule, int year, struct tzrule_change ret[2]);

#endif
