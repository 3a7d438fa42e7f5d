/*
 * A time zone read from TZif bytes (RFC 9636, versions 2 and later with the
 * POSIX footer; a version 1 file is accepted as far as it reaches). Both ways:
 * from an instant to the civil time of the zone, and back, with rules of our own
 * where a civil time does not exist or exists twice.
 *
 * Why not the C library: glibc turns a misspelt zone into UTC without a word and
 * keeps the zone in a process global (measured); the deadline is what this
 * program is for.
 */
#ifndef TOCSIN_CORE_ZONE_H
#define TOCSIN_CORE_ZONE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/rfc3339.h"

struct zone;

/* The bytes of a TZif file; the caller reads it. name is copied. Hostile bytes
 * are refused with a reason, never asserted on. NULL with *err on failure. */
struct zone *zone_parse(const char *name, const void *tzif, size_t len, struct error *err);
/* UTC, without a file. */
struct zone *zone_utc(void);
void zone_free(struct zone *zone);		/* NULL is allowed */
const char *zone_name(const struct zone *zone);

/* Seconds east of UTC at an instant. */
int32_t zone_offset(const struct zone *zone, int64_t at);
void zone_civil(const struct zone *zone, int64_t at, struct civil *ret);
/* The civil day (days since 1970-01-01) at an instant. */
int32_t zone_day(const struct zone *zone, int64_t at);

/*
 * The instant of a civil time. Where it happens twice (clocks set back), the
 * earlier instant; where it does not happen at all (clocks set forward), the
 * instant of the transition: the earlier reading each time, and the valid start
 * of the day where midnight does not exist (Atlantic/Azores, last Sunday of
 * March).
 */
int64_t zone_instant(const struct zone *zone, const struct civil *local);
/* 00:00 of a civil day by the same rule. */
int64_t zone_day_start(const struct zone *zone, int32_t day);

/* Is the name safe to be made part of a path: Area/Place, no "..", [A-Za-z0-9_+-]. */
int zone_name_check(const char *name, struct error *err);

#endif
