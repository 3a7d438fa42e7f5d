/* Reading clocks: see clock.h. */
#include "config.h"

#include <time.h>

#include "base/clock.h"

static int64_t read_us(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t clock_wall(void)
{
	return read_us(CLOCK_REALTIME) / 1000;
}

int64_t clock_boot(void)
{
	return read_us(CLOCK_BOOTTIME) / 1000;
}

int64_t clock_monotonic_us(void)
{
	return read_us(CLOCK_MONOTONIC);
}
