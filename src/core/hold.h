/*
 * Holding a clock: a correction (awareness was later after all, a filing is
 * withdrawn, a trait is taken away, newer rules are applied) may let a deadline
 * move later or end a clock that runs. One person's word is not enough for that: the
 * earlier dates stay and keep alarming until a second person confirms. What
 * makes a deadline earlier counts at once, and so does what the law itself says
 * of a new fact (an updated report that re-anchors the final one).
 *
 * Pure, as the fold is; the old clock is the row as it stands.
 */
#ifndef TOCSIN_CORE_HOLD_H
#define TOCSIN_CORE_HOLD_H

#include "core/incident.h"

enum change {
	CHANGE_FACT,		/* something new was recorded, or nothing was */
	CHANGE_CORRECTION,	/* something recorded was changed */
	CHANGE_CONFIRMED,	/* a second person confirmed: the fold's own answer counts */
};

/*
 * clock: as the fold gives it; afterwards perhaps with the old dates, anchor and
 * derivation, and `proposed` set. by: who made the change; it is kept only where this
 * change causes the holding. A clock that was held before stays held by whom it was,
 * until the fold's own answer is no later than the held one; but where another
 * correction puts the date off still further, it is held by who made that, or that
 * person could confirm it alone. What follows from no fact at all (the same anchor at
 * the same time under the same rules, and yet later: another tzdata, another setting)
 * is held by "configuration".
 * A held clock that is settled by a filing is judged by the held dates too:
 * filed-late if it was late by them, until somebody confirms. A clock that was not
 * held and did not run is not held either, but that no correction makes a late filing
 * one in time.
 *
 * A waiver ends a hold. So does a dismissal, but that a clock cannot know: whoever
 * dismisses passes CHANGE_CONFIRMED. What is held borrows from old, and from by.
 */
void clock_hold(const struct clock *old, struct clock *clock, enum change change,
	const char *by);

/*
 * The fold gives no clock any more where it gave one: the stage is not for this
 * incident (a trait was taken away) or not in the newer rules. *ret is what to hold in
 * its place: void. If it is not held afterwards, the clock is gone.
 */
void clock_without_stage(const struct clock *old, struct clock *ret);

/* May this person confirm what is held? Not the one who made the change (compared
 * without case of ASCII and blanks at the ends): ERROR_INVALID at "/by". No held clock:
 * ERROR_CONFLICT. */
int hold_check_confirmation(const struct clock *clocks, size_t n, const char *by,
	struct error *err);

#endif
