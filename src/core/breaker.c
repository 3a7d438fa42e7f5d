/*
 * Failures in a row, whatever time they take: a channel that is used once an hour and
 * fails each time is as dead as one that fails five times in a second. The pause
 * between probes is half fixed and half random, so that many daemons that lost the
 * same receiver do not come back to it in step.
 */
#include "config.h"

#include "base/rfc3339.h"
#include "core/breaker.h"

enum { ROLLS = 1000000 };

void breaker_init(struct breaker *b)
{
	b->failures = 0;
	b->down_at = TIME_NONE;
	b->probe_at = TIME_NONE;
}

bool breaker_is_open(const struct breaker *b)
{
	return b->down_at != TIME_NONE;
}

void breaker_probe(struct breaker *b, int64_t now, int64_t roll)
{
	if (breaker_is_open(b))
		b->probe_at = now + BREAKER_PROBE_MS / 2 + BREAKER_PROBE_MS / 2 * roll / ROLLS;
}

void breaker_fail(struct breaker *b, int64_t now, int64_t roll)
{
	if (b->failures < BREAKER_FAILURES)
		b->failures++;
	if (b->failures == BREAKER_FAILURES && !breaker_is_open(b)) {
		b->down_at = now;
		breaker_probe(b, now, roll);
	}
}

void breaker_pass(struct breaker *b)
{
	breaker_init(b);
}

void breaker_hurry(struct breaker *b, int64_t now)
{
	if (breaker_is_open(b))
		b->probe_at = now;
}

bool breaker_is_near(const struct breaker *b)
{
	return b->failures >= BREAKER_FAILURES - 1;
}

int64_t breaker_next(const struct breaker *b, int64_t at)
{
	return breaker_is_open(b) && b->probe_at > at ? b->probe_at : at;
}
