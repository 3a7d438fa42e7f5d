/*
 * When a delivery of a step that does not get through has its policy's fallback told:
 * once, and it is still tried itself. What raises it, how it is told and kept is the
 * caller's business.
 */
#ifndef TOCSIN_CORE_FALLBACK_H
#define TOCSIN_CORE_FALLBACK_H

#include <stdbool.h>
#include <stdint.h>

enum fallback_why {
	FALLBACK_NONE,
	FALLBACK_REFUSED,	/* the receiver refused it for good */
	FALLBACK_FAILS,		/* so many of its attempts have failed */
	FALLBACK_DOWN,		/* nothing gets through there at present */
};
/* "refused", "fails", "channel down"; NULL: none. */
const char *fallback_why_name(enum fallback_why why);

/* One delivery, and the channel that it waits on. */
struct fallback_case {
	int64_t raised_at;	/* it, or a reminder that it stands for, has raised it
				 * already; TIME_NONE: not */
	int failures;		/* of its attempts; without those that were cut off by an
				 * end of our own */
	bool refused;
	bool channel_down;
	bool quiet;		/* the channel has quiet hours: it is not meant to arrive now */
};
enum fallback_why fallback_reason(const struct fallback_case *c);

/* What an earlier reminder of the same step has raised holds for a later one that takes
 * its place, for half an hour: hourly reminders of an overdue clock all reach somebody. */
enum { FALLBACK_HOLDS_MS = 30 * 60 * 1000 };
int64_t fallback_inherit(int64_t raised_at, int64_t now);

#endif
