/*
 * Holding a clock: a correction (awareness was later after all, a filing is
 * withdrawn, a trait is taken away, newer rules are applied) may let a deadline
 * move later or end a clock that runs. One person's word is not enough for that: the
 * earlier dates stay and keep alarming until a second person confirms. What
 * makes a deadline earlier counts at once. A new event that puts a running clock off
 * (classified after 24 hours, handled after the report was due) is held likewise,
 * though it may end one or make it wait, where the law says so. A new filing is held
 * only by a clock that was overdue when it was recorded: an updated report moves the
 * final one, but does not excuse it.
 *
 * Pure, as the fold is; the old clock is the row as it stands.
 */
#ifndef TOCSIN_CORE_HOLD_H
#define TOCSIN_CORE_HOLD_H

#include "core/incident.h"

enum change {
	CHANGE_FACT,		/* something else was recorded (a waiver), or nothing was */
	CHANGE_EVENT,		/* an event that was not known before */
	CHANGE_FILING,		/* a report was handed in */
	CHANGE_CORRECTION,	/* something recorded was changed */
	CHANGE_CONFIRMED,	/* a second person confirmed: the fold's own answer counts */
};

/* Who moves a clock when nobody recorded anything. */
#define HELD_BY_CONFIGURATION "configuration"

struct cause {
	enum change change;
	const char *by;		/* who made the change, by name */
	const char *actor;	/* and by token or user; NULL: nobody did */
	int64_t at;		/* when it was recorded */
};

/*
 * clock: as the fold gives it; afterwards perhaps with the old dates, anchor and
 * derivation, and `proposed` set. Who made the change is kept only where this
 * change causes the holding. A clock that was held before stays held by whom it was,
 * until the fold's own answer is no later than the held one; but where another
 * change puts the date off still further, it is held by who made that, or that
 * person could confirm it alone. What follows from no fact at all (the same anchor at
 * the same time under the same rules, and yet later: another tzdata, another setting)
 * is held by "configuration".
 *
 * A correction is held by a clock that is settled or void too, or it would count by
 * one person's word once the filing is withdrawn that settled it: it stays settled,
 * with the earlier dates. A held clock that is settled by a filing is judged by the
 * held dates: filed-late if it was late by them, until somebody confirms. And no
 * correction makes a late filing one in time.
 *
 * A waiver ends a hold. So does a dismissal, but that a clock cannot know: whoever
 * dismisses passes CHANGE_CONFIRMED. What is held borrows from old, and from cause.
 */
void clock_hold(const struct clock *old, struct clock *clock, const struct cause *cause);

/* The fold gives no clock any more where it gave one, and nothing is filed: the stage
 * is not for this incident (a trait was taken away) or not in the newer rules. *ret is
 * what to hold in its place: void. If it is not held afterwards, the clock is gone. */
void clock_without_stage(const struct clock *old, struct clock *ret);

/* Was a filing that answered this clock withdrawn or replaced? Then another one is a
 * correction, as if it had said that it replaces the earlier one. */
bool clock_was_filed(const struct incident *incident, const struct clock *clock);

/* That clock, running again, as the latest of these filings left it: filed-late if
 * one was late. To be held in place of the clock by a filing that is made anew.
 * False: none was late. */
bool clock_was_filed_late(const struct incident *incident, const struct clock *clock,
	struct clock *ret);

/*
 * A clock that begins only now must not begin later than it would have, had nobody
 * corrected what it runs from and nobody confirmed that yet. *ret is the incident with
 * the anchors of the held clocks in place, to be folded beside it; *ret_holder who holds
 * them. False: no anchor is held. Made in the arena or borrowed.
 */
bool incident_as_held(const struct incident *incident, const struct clock *clocks, size_t n,
	struct arena *arena, struct incident *ret, struct cause *ret_holder);

/* What somebody was shown as held, and confirms. */
struct shown {
	const char *regime, *stage;
	enum clock_state state;
	int64_t due_at;		/* TIME_NONE: it would not run */
};

/* How strange the second person must be to the first. */
enum confirmation { CONFIRMATION_NAME, CONFIRMATION_ACTOR };

struct second_person {
	const char *by, *actor;
	enum confirmation confirmation;		/* ACTOR: another name is not enough */
	const struct shown *shown;
	size_t n_shown;
	bool was_shown;				/* false: said nothing of what is held */
};

/*
 * May this person confirm what is held? Not the one who made the change: names are the
 * same if their letters and digits are (case of ASCII, blanks and punctuation of
 * whichever script do not count): ERROR_INVALID at "/by". No held clock, or not what was
 * shown: ERROR_CONFLICT. *ret_same_actor: a change was made by the same token or user.
 */
int hold_check_confirmation(const struct clock *clocks, size_t n,
	const struct second_person *person, bool *ret_same_actor, struct error *err);

#endif
