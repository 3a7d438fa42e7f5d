/*
 * How long things take, counted into buckets: for a look at them while they run. The
 * bounds are the same for all, from a quarter of a millisecond to ten seconds.
 */
#ifndef TOCSIN_BASE_HISTOGRAM_H
#define TOCSIN_BASE_HISTOGRAM_H

#include <stdint.h>

enum { HISTOGRAM_BOUNDS = 14 };
extern const int64_t histogram_bounds_us[HISTOGRAM_BOUNDS];

struct histogram {
	uint64_t counts[HISTOGRAM_BOUNDS + 1];	/* each alone; the last is beyond all bounds */
	uint64_t sum_us;
};

/* Less than nothing counts as nothing. */
void histogram_add(struct histogram *h, int64_t us);

#endif
