/*
 * Holding: what one person's correction may do to a clock, each case a sentence. Times
 * are hours of an imaginary month. Dates of a day are written as a period in days gives
 * them: due at the hour, nominal and latest at the end of a day.
 */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/text.h"
#include "core/hold.h"

enum { NONE = -1 };

static const char A[] = "aware", F[] = "filed:notification", R1[] = "nis2/1", R2[] = "nis2/2";

/* A clock in one line: state, anchor and its hour, due, nominal, latest, settled. */
struct told {
	enum clock_state state;
	const char *anchor;
	int anchor_at, due, nominal, latest, settled;
	const char *rules;
	bool arguable;
	const char *by;			/* held by, or NULL */
	enum clock_state proposed;
	int proposed_due;
};

#define TOLD(s, a, from, d, n, l, at, r) .state = s, .anchor = a, .anchor_at = from, \
	.due = d, .nominal = n, .latest = l, .settled = at, .rules = r
#define RUNS(anchor, from, due) TOLD(CLOCK_RUNNING, anchor, from, due, due, due, NONE, R1)
#define FILED(due, at) TOLD(CLOCK_FILED, A, 10, due, due, due, at, R1)
#define FILED_LATE(due, at) TOLD(CLOCK_FILED_LATE, A, 10, due, due, due, at, R1)
#define GONE(state) TOLD(state, A, NONE, NONE, NONE, NONE, NONE, R1)
#define HELD(who, s, d) .by = who, .proposed = s, .proposed_due = d

static int64_t hour(int n)
{
	return n == NONE ? TIME_NONE : n * (int64_t)HOUR_MS;
}

static struct clock clock_of(const struct told *t)
{
	struct clock c = {
		.incident = 42, .regime = "nis2", .stage = "early-warning", .state = t->state,
		.anchor = t->anchor, .anchor_at = hour(t->anchor_at), .due_at = hour(t->due),
		.nominal_at = hour(t->nominal), .latest_at = hour(t->latest),
		.planned_at = TIME_NONE, .settled_at = hour(t->settled),
		.arguable = t->arguable, .rules = t->rules,
	};

	c.proposed.by = t->by;
	c.proposed.state = t->proposed;
	c.proposed.due_at = t->by != NULL ? hour(t->proposed_due) : TIME_NONE;
	return c;
}

static const struct row {
	const char *sentence;
	struct told old, fold;
	enum change change;
	enum clock_state state;
	bool arguable;
	int due;
	const char *by;			/* by whom it is held; NULL: it is not */
	enum clock_state proposed;
	int proposed_due;
} rows[] = {
	/* ---- not held before: corrections ---- */
	{ "a correction that makes the date earlier counts at once",
		{ RUNS(A, 10, 34) }, { RUNS(A, 8, 32) }, CHANGE_CORRECTION,
		CLOCK_RUNNING, false, 32, NULL, 0, NONE },
	{ "a correction that leaves the date as it is holds nothing",
		{ RUNS(A, 10, 34) }, { RUNS(A, 10, 34) }, CHANGE_CORRECTION,
		CLOCK_RUNNING, false, 34, NULL, 0, NONE },
	{ "a correction that makes the date later is held",
		{ RUNS(A, 10, 34) }, { RUNS(A, 12, 36) }, CHANGE_CORRECTION,
		CLOCK_RUNNING, false, 34, "ann", CLOCK_RUNNING, 36 },
	{ "even if the date has passed",
		{ RUNS(A, 10, 34) }, { RUNS(A, 300, 324) }, CHANGE_CORRECTION,
		CLOCK_RUNNING, false, 34, "ann", CLOCK_RUNNING, 324 },
	{ "a correction that takes the anchor away is held",
		{ RUNS(F, 10, 34) }, { GONE(CLOCK_PENDING) }, CHANGE_CORRECTION,
		CLOCK_RUNNING, false, 34, "ann", CLOCK_PENDING, NONE },
	{ "a trait that is taken away ends no clock by itself",
		{ RUNS(A, 10, 34) }, { GONE(CLOCK_VOID) }, CHANGE_CORRECTION,
		CLOCK_RUNNING, false, 34, "ann", CLOCK_VOID, NONE },
	{ "a void clock proposes no date, though the fold shows what it was",
		{ RUNS(A, 10, 34) }, { TOLD(CLOCK_VOID, A, 10, 34, 34, 34, NONE, R1) },
		CHANGE_CORRECTION, CLOCK_RUNNING, false, 34, "ann", CLOCK_VOID, NONE },
	{ "a correction that takes the date from a request is held",
		{ RUNS("requested", 10, 34) }, { RUNS("requested", 10, NONE) },
		CHANGE_CORRECTION, CLOCK_RUNNING, false, 34, "ann", CLOCK_RUNNING, NONE },
	{ "one that gives a date to a request that had none counts at once",
		{ RUNS("requested", 10, NONE) }, { RUNS("requested", 10, 34) },
		CHANGE_CORRECTION, CLOCK_RUNNING, false, 34, NULL, 0, NONE },
	{ "without a date before and after there is nothing to hold",
		{ RUNS("requested", 10, NONE) }, { RUNS("requested", 12, NONE) },
		CHANGE_CORRECTION, CLOCK_RUNNING, false, NONE, NULL, 0, NONE },
	{ "a clock without a date is not ended by a correction either",
		{ RUNS("requested", 10, NONE) }, { GONE(CLOCK_PENDING) }, CHANGE_CORRECTION,
		CLOCK_RUNNING, false, NONE, "ann", CLOCK_PENDING, NONE },
	{ "newer rules with a later date are held when somebody applies them",
		{ RUNS(A, 10, 34) },
		{ TOLD(CLOCK_RUNNING, A, 10, 82, 82, 82, NONE, R2) },
		CHANGE_CORRECTION, CLOCK_RUNNING, false, 34, "ann", CLOCK_RUNNING, 82 },
	{ "newer rules with an earlier date count at once",
		{ RUNS(A, 10, 34) },
		{ TOLD(CLOCK_RUNNING, A, 10, 16, 16, 16, NONE, R2) },
		CHANGE_CORRECTION, CLOCK_RUNNING, false, 16, NULL, 0, NONE },
	{ "a corrected request does not let a filing from before the old one answer it",
		{ RUNS("requested", 20, 44) },
		{ TOLD(CLOCK_FILED, "requested", 10, 34, 34, 34, 15, R1) },
		CHANGE_CORRECTION, CLOCK_RUNNING, false, 44, "ann", CLOCK_FILED, 34 },
	{ "a filing that is recorded as the correction of another settles",
		{ RUNS("requested", 20, 44) },
		{ TOLD(CLOCK_FILED, "requested", 20, 44, 44, 44, 25, R1) },
		CHANGE_CORRECTION, CLOCK_FILED, false, 44, NULL, 0, NONE },
	{ "a withdrawn filing makes the clock run again",
		{ FILED(34, 30) }, { RUNS(A, 10, 34) }, CHANGE_CORRECTION,
		CLOCK_RUNNING, false, 34, NULL, 0, NONE },
	{ "and not with a later date than the one that was met",
		{ FILED(34, 30) }, { RUNS(F, 30, 54) }, CHANGE_CORRECTION,
		CLOCK_RUNNING, false, 34, "ann", CLOCK_RUNNING, 54 },

	/* ---- not held before: not running ---- */
	{ "a pending clock has nothing to hold",
		{ GONE(CLOCK_PENDING) }, { RUNS(A, 12, 36) }, CHANGE_CORRECTION,
		CLOCK_RUNNING, false, 36, NULL, 0, NONE },
	{ "a void clock has nothing to hold",
		{ GONE(CLOCK_VOID) }, { RUNS(A, 12, 36) }, CHANGE_CORRECTION,
		CLOCK_RUNNING, false, 36, NULL, 0, NONE },
	{ "what was filed in time has nothing to hold",
		{ FILED(34, 30) }, { FILED(36, 30) }, CHANGE_CORRECTION,
		CLOCK_FILED, false, 36, NULL, 0, NONE },
	{ "what was filed in time may become late by a correction, at once",
		{ FILED(34, 30) }, { FILED_LATE(28, 30) }, CHANGE_CORRECTION,
		CLOCK_FILED_LATE, false, 28, NULL, 0, NONE },
	{ "a correction of the awareness does not make a late filing one in time",
		{ FILED_LATE(34, 35) }, { FILED(36, 35) }, CHANGE_CORRECTION,
		CLOCK_FILED_LATE, false, 34, "ann", CLOCK_FILED, 36 },
	{ "nor does a correction of the filing's own time",
		{ FILED_LATE(34, 35) }, { FILED(34, 33) }, CHANGE_CORRECTION,
		CLOCK_FILED_LATE, false, 34, "ann", CLOCK_FILED, 34 },
	{ "nor the loss of its anchor",
		{ FILED_LATE(34, 35) },
		{ TOLD(CLOCK_FILED, A, NONE, NONE, NONE, NONE, 35, R1) },
		CHANGE_CORRECTION, CLOCK_FILED_LATE, false, 34, "ann", CLOCK_FILED, NONE },
	{ "nor one that is arguable",
		{ FILED_LATE(34, 40) },
		{ TOLD(CLOCK_FILED_LATE, A, 11, 35, 35, 41, 40, R1), .arguable = true },
		CHANGE_CORRECTION, CLOCK_FILED_LATE, false, 34, "ann", CLOCK_FILED_LATE, 35 },
	{ "one that stays as late as it was is not held",
		{ FILED_LATE(34, 90) }, { FILED_LATE(36, 90) }, CHANGE_CORRECTION,
		CLOCK_FILED_LATE, false, 36, NULL, 0, NONE },
	{ "a late filing that is withdrawn has to be made, by the same date",
		{ FILED_LATE(34, 35) }, { RUNS(A, 10, 34) }, CHANGE_CORRECTION,
		CLOCK_RUNNING, false, 34, NULL, 0, NONE },
	{ "it cannot be withdrawn and the report be not owed, by one person",
		{ FILED_LATE(34, 35) }, { GONE(CLOCK_VOID) }, CHANGE_CORRECTION,
		CLOCK_RUNNING, false, 34, "ann", CLOCK_VOID, NONE },

	/* ---- not held before: facts ---- */
	{ "a new fact that the law runs a later date from counts",
		{ RUNS(A, 10, 34) }, { RUNS(F, 30, 54) }, CHANGE_FACT,
		CLOCK_RUNNING, false, 54, NULL, 0, NONE },
	{ "a later filing of the stage that it runs from counts too",
		{ RUNS(F, 10, 34) }, { RUNS(F, 30, 54) }, CHANGE_FACT,
		CLOCK_RUNNING, false, 54, NULL, 0, NONE },
	{ "a new fact may end a clock, where the law says so",
		{ RUNS(A, 10, 34) }, { GONE(CLOCK_VOID) }, CHANGE_FACT,
		CLOCK_VOID, false, NONE, NULL, 0, NONE },
	{ "a void clock with a later date is void all the same",
		{ RUNS(A, 10, 34) }, { TOLD(CLOCK_VOID, A, 10, 36, 36, 36, NONE, R1) },
		CHANGE_FACT,
		CLOCK_VOID, false, 36, NULL, 0, NONE },
	{ "a new fact may make it wait for another",
		{ RUNS(F, 10, 34) }, { GONE(CLOCK_PENDING) }, CHANGE_FACT,
		CLOCK_PENDING, false, NONE, NULL, 0, NONE },
	{ "no fact at all and yet later: another tzdata, another setting",
		{ RUNS(A, 10, 34) }, { RUNS(A, 10, 35) }, CHANGE_FACT,
		CLOCK_RUNNING, false, 34, "configuration", CLOCK_RUNNING, 35 },
	{ "no fact at all and earlier counts at once",
		{ RUNS(A, 10, 34) }, { RUNS(A, 10, 33) }, CHANGE_FACT,
		CLOCK_RUNNING, false, 33, NULL, 0, NONE },
	{ "another file of rules is a reason that is told by its version",
		{ RUNS(A, 10, 34) },
		{ TOLD(CLOCK_RUNNING, A, 10, 35, 35, 35, NONE, R2) }, CHANGE_FACT,
		CLOCK_RUNNING, false, 35, NULL, 0, NONE },
	{ "a filing is judged by the date that nothing has moved",
		{ RUNS(A, 10, 34) }, { FILED(36, 35) }, CHANGE_FACT,
		CLOCK_FILED_LATE, false, 34, "configuration", CLOCK_FILED, 36 },
	{ "filing settles",
		{ RUNS(A, 10, 34) }, { FILED(34, 30) }, CHANGE_FACT,
		CLOCK_FILED, false, 34, NULL, 0, NONE },

	/* ---- held ---- */
	{ "a fact that changes nothing leaves it held",
		{ RUNS(A, 10, 34), HELD("ann", CLOCK_RUNNING, 36) }, { RUNS(A, 12, 36) },
		CHANGE_FACT, CLOCK_RUNNING, false, 34, "ann", CLOCK_RUNNING, 36 },
	{ "what is proposed is what the facts say now",
		{ RUNS(A, 10, 34), HELD("ann", CLOCK_RUNNING, 36) }, { RUNS(F, 30, 54) },
		CHANGE_FACT, CLOCK_RUNNING, false, 34, "ann", CLOCK_RUNNING, 54 },
	{ "a clock that a correction would end stays, whatever is recorded besides",
		{ RUNS(A, 10, 34), HELD("ann", CLOCK_VOID, NONE) }, { GONE(CLOCK_VOID) },
		CHANGE_FACT, CLOCK_RUNNING, false, 34, "ann", CLOCK_VOID, NONE },
	{ "the hold ends when the date is the held one again",
		{ RUNS(A, 10, 34), HELD("ann", CLOCK_RUNNING, 36) }, { RUNS(A, 10, 34) },
		CHANGE_CORRECTION, CLOCK_RUNNING, false, 34, NULL, 0, NONE },
	{ "or earlier",
		{ RUNS(A, 10, 34), HELD("ann", CLOCK_RUNNING, 36) }, { RUNS(A, 8, 32) },
		CHANGE_FACT, CLOCK_RUNNING, false, 32, NULL, 0, NONE },
	{ "a correction that is still later, but less so, does not change who may confirm",
		{ RUNS(A, 10, 34), HELD("bob", CLOCK_RUNNING, 40) }, { RUNS(A, 12, 36) },
		CHANGE_CORRECTION, CLOCK_RUNNING, false, 34, "bob", CLOCK_RUNNING, 36 },
	{ "who puts it off further must not confirm that himself",
		{ RUNS(A, 10, 34), HELD("bob", CLOCK_RUNNING, 36) }, { RUNS(A, 20, 44) },
		CHANGE_CORRECTION, CLOCK_RUNNING, false, 34, "ann", CLOCK_RUNNING, 44 },
	{ "ending it is further than any date",
		{ RUNS(A, 10, 34), HELD("configuration", CLOCK_RUNNING, 36) },
		{ GONE(CLOCK_VOID) },
		CHANGE_CORRECTION, CLOCK_RUNNING, false, 34, "ann", CLOCK_VOID, NONE },
	{ "a second person confirms: the fold's answer counts",
		{ RUNS(A, 10, 34), HELD("ann", CLOCK_RUNNING, 36) }, { RUNS(A, 12, 36) },
		CHANGE_CONFIRMED, CLOCK_RUNNING, false, 36, NULL, 0, NONE },
	{ "and so it does where it ends",
		{ RUNS(A, 10, 34), HELD("ann", CLOCK_VOID, NONE) }, { GONE(CLOCK_VOID) },
		CHANGE_CONFIRMED, CLOCK_VOID, false, NONE, NULL, 0, NONE },
	{ "a waiver is a decision of its own",
		{ RUNS(A, 10, 34), HELD("ann", CLOCK_RUNNING, 36) },
		{ TOLD(CLOCK_WAIVED, A, 12, 36, 36, 36, NONE, R1) },
		CHANGE_FACT, CLOCK_WAIVED, false, 36, NULL, 0, NONE },
	{ "a dismissal comes as confirmed",
		{ RUNS(A, 10, 34), HELD("ann", CLOCK_RUNNING, 36) },
		{ TOLD(CLOCK_VOID, A, 12, 36, 36, 36, NONE, R1) },
		CHANGE_CONFIRMED, CLOCK_VOID, false, 36, NULL, 0, NONE },

	/* ---- held, and filed ---- */
	{ "filed in time by both dates: in time, and the dates stay open",
		{ RUNS(A, 10, 34), HELD("ann", CLOCK_RUNNING, 36) }, { FILED(36, 30) },
		CHANGE_FACT, CLOCK_FILED, false, 34, "ann", CLOCK_FILED, 36 },
	{ "filed between the two dates: late until somebody confirms",
		{ RUNS(A, 10, 34), HELD("ann", CLOCK_RUNNING, 36) }, { FILED(36, 35) },
		CHANGE_FACT, CLOCK_FILED_LATE, false, 34, "ann", CLOCK_FILED, 36 },
	{ "filed when the held hours were just over: an hour's end is inside",
		{ RUNS(A, 10, 34), HELD("ann", CLOCK_RUNNING, 36) }, { FILED(36, 34) },
		CHANGE_FACT, CLOCK_FILED, false, 34, "ann", CLOCK_FILED, 36 },
	{ "filed at the end of the held day: 24:00 is outside",
		{ TOLD(CLOCK_RUNNING, A, 10, 34, 48, 48, NONE, R1),
		HELD("ann", CLOCK_RUNNING, 60) },
		{ TOLD(CLOCK_FILED, A, 36, 60, 72, 72, 48, R1) },
		CHANGE_FACT, CLOCK_FILED_LATE, false, 34, "ann", CLOCK_FILED, 60 },
	{ "after the held nominal end and before the latest: arguable",
		{ TOLD(CLOCK_RUNNING, A, 10, 34, 48, 72, NONE, R1),
		HELD("ann", CLOCK_RUNNING, 60) },
		{ TOLD(CLOCK_FILED, A, 36, 60, 72, 72, 71, R1) },
		CHANGE_FACT, CLOCK_FILED_LATE, true, 34, "ann", CLOCK_FILED, 60 },
	{ "at the end of the latest day: no longer",
		{ TOLD(CLOCK_RUNNING, A, 10, 34, 48, 72, NONE, R1),
		HELD("ann", CLOCK_RUNNING, 80) },
		{ TOLD(CLOCK_FILED, A, 56, 80, 96, 96, 72, R1) },
		CHANGE_FACT, CLOCK_FILED_LATE, false, 34, "ann", CLOCK_FILED, 80 },
	{ "late by both, though the later date could be argued about: late",
		{ RUNS(A, 10, 34), HELD("ann", CLOCK_RUNNING, 36) },
		{ TOLD(CLOCK_FILED_LATE, A, 12, 36, 36, 40, 38, R1), .arguable = true },
		CHANGE_FACT, CLOCK_FILED_LATE, false, 34, "ann", CLOCK_FILED_LATE, 36 },
	{ "a filing settles a clock whose anchor somebody took away",
		{ RUNS(F, 10, 34), HELD("ann", CLOCK_PENDING, NONE) },
		{ TOLD(CLOCK_FILED, F, NONE, NONE, NONE, NONE, 30, R1) },
		CHANGE_FACT, CLOCK_FILED, false, 34, "ann", CLOCK_FILED, NONE },
	{ "filed late while held: stays late when something else is recorded",
		{ FILED_LATE(34, 35), HELD("ann", CLOCK_FILED, 36) }, { FILED(36, 35) },
		CHANGE_FACT, CLOCK_FILED_LATE, false, 34, "ann", CLOCK_FILED, 36 },
	{ "a corrected filing time stays late too, though the date is the same",
		{ FILED_LATE(34, 35), HELD("ann", CLOCK_FILED, 34) }, { FILED(34, 33) },
		CHANGE_FACT, CLOCK_FILED_LATE, false, 34, "ann", CLOCK_FILED, 34 },
	{ "a second person confirms that it was in time",
		{ FILED_LATE(34, 35), HELD("ann", CLOCK_FILED, 36) }, { FILED(36, 35) },
		CHANGE_CONFIRMED, CLOCK_FILED, false, 36, NULL, 0, NONE },
	{ "the correction is taken back: late by the law again, nothing held",
		{ FILED_LATE(34, 35), HELD("ann", CLOCK_FILED, 36) }, { FILED_LATE(34, 35) },
		CHANGE_CORRECTION, CLOCK_FILED_LATE, false, 34, NULL, 0, NONE },
	{ "the filing is withdrawn: the clock runs again, by the held date",
		{ FILED(34, 30), HELD("ann", CLOCK_FILED, 36) }, { RUNS(A, 12, 36) },
		CHANGE_CORRECTION, CLOCK_RUNNING, false, 34, "ann", CLOCK_RUNNING, 36 },
	{ "and also where the correction would have ended it",
		{ FILED(34, 30), HELD("ann", CLOCK_FILED, NONE) }, { GONE(CLOCK_VOID) },
		CHANGE_CORRECTION, CLOCK_RUNNING, false, 34, "ann", CLOCK_VOID, NONE },
};

static void expect_time(const char *sentence, const char *what, int64_t got, int want)
{
	if (got != hour(want))
		fail_msg("%s: %s %lld h, not %d", sentence, what,
			got == TIME_NONE ? -1LL : (long long)(got / HOUR_MS), want);
}

static void check(const struct row *row)
{
	struct clock old = clock_of(&row->old), clock = clock_of(&row->fold);

	clock_hold(&old, &clock, row->change, "ann");
	if (clock.state != row->state || clock.arguable != row->arguable)
		fail_msg("%s: %s%s", row->sentence, clock_state_name(clock.state),
			clock.arguable ? ", arguable" : "");
	expect_time(row->sentence, "due", clock.due_at, row->due);
	if (!text_equal(clock.proposed.by, row->by))
		fail_msg("%s: held by %s", row->sentence,
			clock.proposed.by != NULL ? clock.proposed.by : "nobody");
	if (row->by == NULL)
		return;
	if (clock.proposed.state != row->proposed)
		fail_msg("%s: proposed %s", row->sentence,
			clock_state_name(clock.proposed.state));
	expect_time(row->sentence, "proposed", clock.proposed.due_at, row->proposed_due);
}

static void one_word_is_not_enough_to_put_a_date_off(void **unused)
{
	size_t i;

	(void)unused;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		check(&rows[i]);
}

/* Folding the same once more must not change what is held. */
static void holding_twice_is_holding_once(void **unused)
{
	struct clock old, once, twice;
	size_t i;

	(void)unused;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		old = clock_of(&rows[i].old);
		once = twice = clock_of(&rows[i].fold);
		clock_hold(&old, &once, rows[i].change, "ann");
		clock_hold(&once, &twice, CHANGE_FACT, NULL);
		if (once.state != twice.state || once.due_at != twice.due_at ||
				once.settled_at != twice.settled_at ||
				!text_equal(once.proposed.by, twice.proposed.by) ||
				once.proposed.due_at != twice.proposed.due_at)
			fail_msg("%s: %s, then %s", rows[i].sentence,
				clock_state_name(once.state), clock_state_name(twice.state));
	}
}

static void what_is_held_is_the_old_answer_as_a_whole(void **unused)
{
	static const char *lines[] = { "aware", "+ PT24H elapsed" };
	struct clock old = clock_of(&(struct told){ RUNS(A, 10, 34) });
	struct clock clock = clock_of(&(struct told){ RUNS("detected", 12, 36) });

	(void)unused;
	old.reference = "Art. 23(4)(a)";
	old.readings = "[]";
	old.derivation = lines;
	old.n_derivation = 2;
	clock.rules = R2;
	clock_hold(&old, &clock, CHANGE_CORRECTION, "ann");
	assert_string_equal(clock.anchor, "aware");
	assert_int_equal(clock.anchor_at, old.anchor_at);
	assert_int_equal(clock.nominal_at, old.nominal_at);
	assert_int_equal(clock.latest_at, old.latest_at);
	assert_string_equal(clock.reference, "Art. 23(4)(a)");
	assert_string_equal(clock.rules, R1);
	assert_ptr_equal(clock.derivation, lines);
	assert_int_equal(clock.n_derivation, 2);
	assert_string_equal(clock.readings, "[]");
}

/* Otherwise new tzdata would let the one who made a change confirm it. */
static void configuration_takes_nobodys_place(void **unused)
{
	struct clock old = clock_of(&(struct told){ RUNS(A, 10, 34),
		HELD("ann", CLOCK_RUNNING, 36) });
	struct clock clock = clock_of(&(struct told){ RUNS(A, 12, 37) });

	(void)unused;
	clock_hold(&old, &clock, CHANGE_CORRECTION, "configuration");
	assert_string_equal(clock.proposed.by, "ann");
}

static void nobody_is_late_for_a_target_of_our_own(void **unused)
{
	struct clock old = clock_of(&(struct told){ RUNS(A, 10, 34),
		HELD("ann", CLOCK_RUNNING, 60) });
	struct clock clock = clock_of(&(struct told){ FILED(60, 50) });

	(void)unused;
	old.target = clock.target = true;
	clock_hold(&old, &clock, CHANGE_FACT, "bob");
	assert_int_equal(clock.state, CLOCK_FILED);
	assert_string_equal(clock.proposed.by, "ann");
}

static void what_was_received_is_todays(void **unused)
{
	struct clock old = clock_of(&(struct told){ RUNS(A, 10, 34),
		HELD("ann", CLOCK_RUNNING, 36) });
	struct clock clock = clock_of(&(struct told){ FILED(36, 35) });

	(void)unused;
	clock.unconfirmed = true;
	clock_hold(&old, &clock, CHANGE_FACT, "bob");
	assert_int_equal(clock.settled_at, hour(35));
	assert_true(clock.unconfirmed);
}

/* A stage that is not for this incident any more has no clock at all. */
static void a_stage_that_goes_is_held_like_one_that_ends(void **unused)
{
	static const struct {
		const char *sentence;
		struct told old;
		enum change change;
		const char *by;
		enum clock_state state;
	} cases[] = {
		{ "running, taken away by a correction", { RUNS(A, 10, 34) },
			CHANGE_CORRECTION, "ann", CLOCK_RUNNING },
		{ "running, taken away by a fact", { RUNS(A, 10, 34) },
			CHANGE_FACT, NULL, CLOCK_VOID },
		{ "running, confirmed", { RUNS(A, 10, 34), HELD("bob", CLOCK_VOID, NONE) },
			CHANGE_CONFIRMED, NULL, CLOCK_VOID },
		{ "filed in time", { FILED(34, 30) }, CHANGE_CORRECTION, NULL, CLOCK_VOID },
		{ "filed late stays filed late", { FILED_LATE(34, 35) }, CHANGE_CORRECTION,
			"ann", CLOCK_FILED_LATE },
		{ "pending", { GONE(CLOCK_PENDING) }, CHANGE_CORRECTION, NULL, CLOCK_VOID },
	};
	struct clock old, clock;
	size_t i;

	(void)unused;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		old = clock_of(&cases[i].old);
		clock_without_stage(&old, &clock);
		clock_hold(&old, &clock, cases[i].change, "ann");
		if (clock.state != cases[i].state ||
				!text_equal(clock.proposed.by, cases[i].by))
			fail_msg("%s: %s, held by %s", cases[i].sentence,
				clock_state_name(clock.state),
				clock.proposed.by != NULL ? clock.proposed.by : "nobody");
	}
}

static void a_second_person_confirms(void **unused)
{
	static const struct {
		const char *held[2], *by;
		enum error_code code;
	} cases[] = {
		{ { NULL, NULL }, "bob", ERROR_CONFLICT },
		{ { "ann", NULL }, "bob", ERROR_NONE },
		{ { "ann", NULL }, "ann", ERROR_INVALID },
		{ { "ann", NULL }, " Ann\t", ERROR_INVALID },
		{ { " ANN ", NULL }, "ann", ERROR_INVALID },
		{ { "ann", NULL }, "anna", ERROR_NONE },
		{ { "ann", NULL }, "an", ERROR_NONE },
		{ { "ann", NULL }, "", ERROR_INVALID },
		{ { "ann", NULL }, "  ", ERROR_INVALID },
		{ { "bob", "ann" }, "ann", ERROR_INVALID },
		{ { "configuration", NULL }, "ann", ERROR_NONE },
	};
	struct clock clocks[2];
	struct error err;
	size_t i;
	int rc;

	(void)unused;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		clocks[0] = clock_of(&(struct told){ RUNS(A, 10, 34) });
		clocks[1] = clocks[0];
		clocks[0].proposed.by = cases[i].held[0];
		clocks[1].proposed.by = cases[i].held[1];
		err.code = ERROR_NONE;
		rc = hold_check_confirmation(clocks, 2, cases[i].by, &err);
		if (err.code != cases[i].code || (rc < 0) != (err.code != ERROR_NONE))
			fail_msg("held by %s, confirmed by \"%s\": %d %d",
				cases[i].held[0] != NULL ? cases[i].held[0] : "nobody",
				cases[i].by, rc, (int)err.code);
		if (err.code == ERROR_INVALID)
			assert_string_equal(err.pointer, "/by");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_word_is_not_enough_to_put_a_date_off),
		cmocka_unit_test(holding_twice_is_holding_once),
		cmocka_unit_test(what_is_held_is_the_old_answer_as_a_whole),
		cmocka_unit_test(configuration_takes_nobodys_place),
		cmocka_unit_test(nobody_is_late_for_a_target_of_our_own),
		cmocka_unit_test(what_was_received_is_todays),
		cmocka_unit_test(a_stage_that_goes_is_held_like_one_that_ends),
		cmocka_unit_test(a_second_person_confirms),
	};

	return cmocka_run_group_tests_name("hold", tests, NULL, NULL);
}
