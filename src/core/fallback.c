/*
 * A delivery that fails as often as opens a breaker is as lost as one whose channel is
 * down, although the channel may take others: a mailbox that is greylisted for ever, a
 * password that is wrong. Quiet hours are nobody's failure: who does not want to be
 * woken through one channel is not to be woken through another, unless it was tried.
 */
#include "config.h"

#include <stddef.h>

#include "base/rfc3339.h"
#include "core/breaker.h"
#include "core/fallback.h"

const char *fallback_why_name(enum fallback_why why)
{
	switch (why) {
	case FALLBACK_REFUSED: return "refused";
	case FALLBACK_FAILS: return "fails";
	case FALLBACK_DOWN: return "channel down";
	case FALLBACK_NONE: break;
	}
	return NULL;
}

enum fallback_why fallback_reason(const struct fallback_case *c)
{
	if (c->raised_at != TIME_NONE)
		return FALLBACK_NONE;
	if (c->refused)
		return FALLBACK_REFUSED;
	if (c->channel_down && !c->quiet)
		return FALLBACK_DOWN;
	return c->failures >= BREAKER_FAILURES ? FALLBACK_FAILS : FALLBACK_NONE;
}

int64_t fallback_inherit(int64_t raised_at, int64_t now)
{
	/* Raised by a wall clock that stood far ahead, it must not hold until then. */
	return raised_at != TIME_NONE && now - raised_at < FALLBACK_HOLDS_MS &&
		raised_at - now < FALLBACK_HOLDS_MS ? raised_at : TIME_NONE;
}
