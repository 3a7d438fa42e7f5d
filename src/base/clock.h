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

#endif
