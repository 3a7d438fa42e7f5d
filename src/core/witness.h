/*
 * The witness of the wall clock: what happened to it between two readings. Evidence
 * of when something was known or filed is only as good as the clock it was taken by,
 * so sleep, steps and lost synchronisation are noticed and told. Pure.
 */
#ifndef TOCSIN_CORE_WITNESS_H
#define TOCSIN_CORE_WITNESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

struct witness {
	int64_t suspended_ms;	/* the machine slept so long; 0: it did not */
	int64_t stepped_ms;	/* the wall clock was set, ahead (> 0) or back; 0: not */
	int64_t expected_wall;	/* what it would show had nobody set it */
};

/*
 * The boot clock counts sleep and nobody sets it. What it is ahead of the monotonic
 * clock by is sleep; what the wall clock is ahead of it by changes only when somebody
 * sets the wall clock, since slewing acts on all three. Less than half a second is
 * neither: a step of NTP (128 ms and more) is far below what any deadline feels.
 */
void witness_compare(const struct clock_reading *before, const struct clock_reading *now,
	struct witness *ret);

#endif
