/*
 * Reading clocks: see clock.h.
 *
 * adjtimex(2) is asked with modes 0, which reads and needs no privilege. A service
 * under systemd's ProtectClock= gets EPERM even so (measured on systemd 252): then the
 * state is unknown, which is not the same as good.
 */
#include "config.h"

#include <sys/timex.h>
#include <time.h>

#include "base/clock.h"

enum { READ_TRIES = 5, READ_WITHIN_MS = 5 };

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

const char *clock_sync_name(enum clock_sync sync)
{
	switch (sync) {
	case CLOCK_SYNC_YES: return "synchronised";
	case CLOCK_SYNC_NO: return "unsynchronised";
	case CLOCK_SYNC_UNKNOWN: break;
	}
	return "unknown";
}

static void read_sync(struct clock_reading *ret)
{
	struct timex t = { .modes = 0 };

	ret->sync = CLOCK_SYNC_UNKNOWN;
	ret->error_us = -1;
	if (adjtimex(&t) < 0)
		return;
	ret->sync = t.status & STA_UNSYNC ? CLOCK_SYNC_NO : CLOCK_SYNC_YES;
	if (ret->sync == CLOCK_SYNC_YES)
		ret->error_us = t.esterror;
}

/* The clocks are read one after the other: when we were off the processor in between,
 * they are read again, or the pause would look like a step. */
void clock_read(struct clock_reading *ret)
{
	int tries;

	for (tries = 0; tries < READ_TRIES; tries++) {
		ret->boot = clock_boot();
		ret->wall = clock_wall();
		ret->monotonic = clock_monotonic_us() / 1000;
		if (clock_boot() - ret->boot <= READ_WITHIN_MS)
			break;
	}
	read_sync(ret);
}
