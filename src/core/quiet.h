/*
 * Quiet hours of a channel: what falls into them waits for their end, unless the
 * deadline is so near that waiting would take more than half of what is left. Nothing
 * is ever dropped, and what is overdue never waits.
 */
#ifndef TOCSIN_CORE_QUIET_H
#define TOCSIN_CORE_QUIET_H

#include "core/hours.h"

/* When a delivery that is to go out at `at` goes out: at, or the end of the quiet
 * hours. quiet NULL: none. due_at TIME_NONE: of no clock that is due. */
int64_t quiet_defer(const struct hours *quiet, int64_t at, int64_t due_at);

#endif
