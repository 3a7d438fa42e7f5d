/*
 * The one place that reads a clock. Everything else gets the time as an
 * argument, so that tests and the scenario runner can say what time it is.
 */
#ifndef TOCSIN_BASE_CLOCK_H
#define TOCSIN_BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds since 1970-01-01T00:00:00Z by the wall clock. Deadlines are
 * instants of this clock; it can be stepped. */
int64_t clock_wall(void);
/* Milliseconds that pass also while the machine sleeps (CLOCK_BOOTTIME): for
 * lengths of time that must be real. */
int64_t clock_boot(void);
/* Microseconds of CLOCK_MONOTONIC, as sd_notify's MONOTONIC_USEC wants them. */
int64_t clock_monotonic_us(void);

/* Is the wall clock kept right by somebody (NTP, PTP, the host)? By the kernel's word,
 * which is what the time daemon told it. */
enum clock_sync {
	CLOCK_SYNC_UNKNOWN,		/* the kernel may not be asked */
	CLOCK_SYNC_YES, CLOCK_SYNC_NO,
};
/* "unknown", "synchronised", "unsynchronised" */
const char *clock_sync_name(enum clock_sync sync);

/* All clocks at one moment, for comparing two moments (core/witness.h). */
struct clock_reading {
	int64_t wall, boot, monotonic;	/* ms; monotonic stands still while the machine sleeps */
	enum clock_sync sync;
	int64_t error_us;		/* the kernel's estimate of how wrong wall is; -1: none */
};
void clock_read(struct clock_reading *ret);

#endif
