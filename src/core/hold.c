/*
 * Holding a clock: see hold.h. It owns the comparison of two answers to the same
 * question, the row as it stands and the fold's, and nothing else.
 *
 * One order decides everything: which of two answers asks less of the entity. A
 * clock that no longer runs asks less than one that does, a later date less than
 * an earlier one, "filed" less than "filed late but arguable", and that less than
 * "filed late". What asks more or the same is taken at once; what asks less is
 * held when somebody changed what was recorded. A new fact may do more, because the
 * law says what follows from it; but a date that alarms it does not put off.
 *
 * The held row is the old one in all that the law gave (anchor, dates, reference,
 * rules, derivation, readings); only what was filed is of today, judged by those dates.
 * So a hold outlives a filing: were it dropped there, withdrawing the filing would
 * start the clock anew with the later date that nobody has confirmed.
 */
#include "config.h"

#include <string.h>

#include "base/text.h"
#include "core/hold.h"

/* How late a filed clock is; the order is that of what it says against the entity. */
enum lateness { IN_TIME, LATE_ARGUABLE, LATE };

static bool is_held(const struct clock *clock)
{
	return clock->proposed.by != NULL;
}

static bool is_filed(const struct clock *clock)
{
	return clock->state == CLOCK_FILED || clock->state == CLOCK_FILED_LATE;
}

static bool is_gone(const struct clock *clock)
{
	return clock->state == CLOCK_PENDING || clock->state == CLOCK_VOID;
}

/* No date is later than any date. */
static bool is_later(int64_t at, int64_t other)
{
	return other != TIME_NONE && (at == TIME_NONE || at > other);
}

/* The fold leaves the dates of a void clock in place, to show what they were. They
 * matter to a clock that was void before: the filing that made it so may be withdrawn. */
static int64_t due_of(const struct clock *old, const struct clock *clock)
{
	if (clock->state == CLOCK_PENDING ||
			(clock->state == CLOCK_VOID && old->state != CLOCK_VOID))
		return TIME_NONE;
	return clock->due_at;
}

static enum lateness lateness_of(const struct clock *clock)
{
	if (clock->state != CLOCK_FILED_LATE)
		return IN_TIME;
	return clock->arguable ? LATE_ARGUABLE : LATE;
}

/*
 * The same question as in the fold, put to dates alone. A civil period ends with a day,
 * whose 24:00 is kept as 00:00 of the next: that instant is outside. An hour period
 * ends at an instant that still belongs to it. The row does not say which of the two
 * it was, but only civil periods have a nominal end after their due time. What that
 * cannot see is an act's own relief until noon (that instant is still in time) of a civil
 * period: held, a filing at noon sharp is late without argument, the stricter reading.
 */
static enum lateness lateness_by(const struct clock *dates, int64_t settled_at)
{
	bool civil = dates->nominal_at != dates->due_at;

	/* Nobody is late in law for a target of our own. */
	if (dates->nominal_at == TIME_NONE || dates->target ||
			settled_at < dates->nominal_at + !civil)
		return IN_TIME;
	return settled_at < dates->latest_at + !civil ? LATE_ARGUABLE : LATE;
}

/* Would the filing settle the old clock? One from before the anchor does not: it
 * answered an earlier request. */
static bool settles(const struct clock *old, const struct clock *clock)
{
	return clock->settled_at != TIME_NONE &&
		(old->anchor_at == TIME_NONE || clock->settled_at >= old->anchor_at);
}

static bool asks_less(const struct clock *old, const struct clock *clock)
{
	bool later = is_later(due_of(old, clock), old->due_at);

	switch (old->state) {
	case CLOCK_RUNNING:
		return later || is_gone(clock) || (is_filed(clock) && !settles(old, clock));
	case CLOCK_FILED:
	case CLOCK_FILED_LATE:
		return later || is_gone(clock) ||
			(is_filed(clock) && lateness_of(clock) < lateness_of(old));
	case CLOCK_VOID:
		/* What was not owed and waits now is neither more nor less. */
		return later && (is_held(old) || clock->state != CLOCK_PENDING);
	default:
		return false;
	}
}

/* The same anchor at the same time under the same rules, and yet a later date:
 * no fact did that. */
static bool follows_from_nothing(const struct clock *old, const struct clock *clock,
	enum change change)
{
	return !is_gone(clock) && is_later(clock->due_at, old->due_at) &&
		(old->state == CLOCK_RUNNING || change == CHANGE_FACT) &&
		text_equal(old->anchor, clock->anchor) &&
		old->anchor_at == clock->anchor_at && text_equal(old->rules, clock->rules);
}

/* A report that starts its own clock again answered what was due before. */
static bool answers_itself(const struct clock *clock)
{
	return text_starts(clock->anchor, "filed:") &&
		strcmp(clock->anchor + strlen("filed:"), clock->stage) == 0;
}

/* Does the change need a second person, where it asks less of a clock not held yet? */
static bool needs_another(const struct clock *old, const struct clock *clock,
	const struct cause *cause)
{
	bool runs_on = old->state == CLOCK_RUNNING && clock->state == CLOCK_RUNNING;

	switch (cause->change) {
	case CHANGE_CORRECTION:
		return true;
	case CHANGE_EVENT:
		return runs_on;
	case CHANGE_FILING:
		return runs_on && old->due_at != TIME_NONE && cause->at > old->due_at &&
			!answers_itself(clock);
	default:
		return false;
	}
}

/* Of several who put a date off, one after the other, it is the last person, whose date
 * it is, that must not confirm it. */
static bool puts_off_further(const struct clock *old, const struct clock *clock,
	const struct cause *cause)
{
	bool nobody = cause->actor == NULL && text_equal(cause->by, HELD_BY_CONFIGURATION);

	return cause->change != CHANGE_FACT && !nobody &&
		is_later(due_of(old, clock), old->proposed.due_at);
}

/* Writes who must not confirm into clock->proposed; false: the clock is not held. */
static bool find_holder(const struct clock *old, struct clock *clock,
	const struct cause *cause)
{
	/* Waiving takes a decision with a name and a reason of its own. */
	if (cause->change == CHANGE_CONFIRMED || clock->state == CLOCK_WAIVED ||
			!asks_less(old, clock))
		return false;
	if (is_held(old) && !puts_off_further(old, clock, cause)) {
		clock->proposed.by = old->proposed.by;
		clock->proposed.actor = old->proposed.actor;
	} else if (is_held(old) || needs_another(old, clock, cause)) {
		clock->proposed.by = cause->by;
		clock->proposed.actor = cause->actor;
	} else if (follows_from_nothing(old, clock, cause->change)) {
		clock->proposed.by = HELD_BY_CONFIGURATION;
	}
	return clock->proposed.by != NULL;
}

/* The filing as the fold found it, judged by the held dates and its own: the worse
 * counts. If the row says worse still, then it is the filing that was corrected. */
static void judge(const struct clock *old, const struct clock *fold, struct clock *clock)
{
	enum lateness lateness = lateness_by(old, fold->settled_at);

	if (lateness_of(fold) > lateness)
		lateness = lateness_of(fold);
	if (lateness_of(old) > lateness)
		return;
	clock->settled_at = fold->settled_at;
	clock->unconfirmed = fold->unconfirmed;
	clock->state = lateness == IN_TIME ? CLOCK_FILED : CLOCK_FILED_LATE;
	clock->arguable = lateness == LATE_ARGUABLE;
}

void clock_hold(const struct clock *old, struct clock *clock, const struct cause *cause)
{
	struct clock fold;

	clock->proposed.by = clock->proposed.actor = NULL;
	clock->proposed.state = CLOCK_PENDING;
	clock->proposed.due_at = TIME_NONE;
	if (!find_holder(old, clock, cause))
		return;
	fold = *clock;
	*clock = *old;
	clock->proposed = fold.proposed;
	clock->proposed.state = fold.state;
	clock->proposed.due_at = due_of(old, &fold);
	if (old->state == CLOCK_VOID && fold.state == CLOCK_VOID)
		return;
	if (settles(old, &fold)) {
		judge(old, &fold, clock);
		return;
	}
	clock->state = CLOCK_RUNNING;
	clock->settled_at = TIME_NONE;
	clock->unconfirmed = clock->arguable = false;
}

void clock_without_stage(const struct clock *old, struct clock *ret)
{
	*ret = *old;
	ret->state = CLOCK_VOID;
	ret->proposed.by = ret->proposed.actor = NULL;
	ret->settled_at = TIME_NONE;
	ret->unconfirmed = ret->arguable = false;
}

static bool is_earlier_filing(const struct filing *filing, const struct clock *clock)
{
	return filing->replaced && strcmp(filing->regime, clock->regime) == 0 &&
		strcmp(filing->stage, clock->stage) == 0 &&
		(clock->anchor_at == TIME_NONE || filing->filed_at >= clock->anchor_at);
}

bool clock_was_filed(const struct incident *incident, const struct clock *clock)
{
	size_t i;

	for (i = 0; i < incident->n_filings; i++)
		if (is_earlier_filing(&incident->filings[i], clock))
			return true;
	return false;
}

bool clock_was_filed_late(const struct incident *incident, const struct clock *clock,
	struct clock *ret)
{
	enum lateness worst = IN_TIME, lateness;
	size_t i;

	for (i = 0; i < incident->n_filings; i++) {
		const struct filing *f = &incident->filings[i];
		int64_t at = f->received_at != TIME_NONE ? f->received_at : f->filed_at;

		if (!is_earlier_filing(f, clock))
			continue;
		lateness = lateness_by(clock, at);
		if (lateness <= worst)
			continue;
		worst = lateness;
		*ret = *clock;
		ret->state = CLOCK_FILED_LATE;
		ret->arguable = lateness == LATE_ARGUABLE;
		ret->settled_at = at;
		ret->unconfirmed = f->received_at == TIME_NONE;
	}
	return worst != IN_TIME;
}
