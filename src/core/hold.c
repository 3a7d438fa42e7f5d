/*
 * Holding a clock: see hold.h. It owns the comparison of two answers to the same
 * question, the row as it stands and the fold's, and nothing else.
 *
 * One order decides everything: which of two answers asks less of the entity. A
 * clock that no longer runs asks less than one that does, a later date less than
 * an earlier one, "filed" less than "filed late but arguable", and that less than
 * "filed late". What asks more or the same is taken at once; what asks less is
 * taken when a new fact brings it about, as the law says, and held when somebody
 * changed what was recorded.
 *
 * The held row is the old one in all that the law gave (anchor, dates, reference,
 * rules, derivation, readings); only what was filed is of today, judged by those dates.
 * So a hold outlives a filing: were it dropped there, withdrawing the filing would
 * start the clock anew with the later date that nobody has confirmed.
 */
#include "config.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "core/hold.h"

#define BY_CONFIGURATION "configuration"

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

/* The fold leaves the dates of a void clock in place, to show what they were. */
static int64_t due_of(const struct clock *clock)
{
	return is_gone(clock) ? TIME_NONE : clock->due_at;
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
	bool later = is_later(due_of(clock), old->due_at);

	if (old->state == CLOCK_RUNNING)
		return later || is_gone(clock) || (is_filed(clock) && !settles(old, clock));
	if (!is_filed(old))
		return false;
	if (is_filed(clock) && lateness_of(clock) < lateness_of(old))
		return true;
	if (is_held(old))
		return later || is_gone(clock);
	/* The dates of a report that was filed matter to nobody, unless it has to be
	 * filed after all; and only that it was late has to be remembered. */
	return is_gone(clock) ? old->state == CLOCK_FILED_LATE :
		clock->state == CLOCK_RUNNING && later;
}

/* The same anchor at the same time under the same rules, and yet a later date:
 * no fact did that. */
static bool follows_from_nothing(const struct clock *old, const struct clock *clock)
{
	return !is_gone(clock) && is_later(clock->due_at, old->due_at) &&
		text_equal(old->anchor, clock->anchor) &&
		old->anchor_at == clock->anchor_at && text_equal(old->rules, clock->rules);
}

/* Who must not confirm, or NULL: the clock is not held. Of several who put a date off,
 * one after the other, it is the last person, whose date it is. */
static const char *find_holder(const struct clock *old, const struct clock *clock,
	enum change change, const char *by)
{
	if (!asks_less(old, clock))
		return NULL;
	if (is_held(old))
		return change == CHANGE_CORRECTION && !text_equal(by, BY_CONFIGURATION) &&
			is_later(due_of(clock), old->proposed.due_at) ? by : old->proposed.by;
	if (change == CHANGE_CORRECTION)
		return by;
	return follows_from_nothing(old, clock) ? BY_CONFIGURATION : NULL;
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

void clock_hold(const struct clock *old, struct clock *clock, enum change change,
	const char *by)
{
	const struct clock fold = *clock;
	const char *holder = NULL;

	clock->proposed.by = NULL;
	clock->proposed.state = CLOCK_PENDING;
	clock->proposed.due_at = TIME_NONE;
	/* Waiving takes a decision with a name and a reason of its own. */
	if (change != CHANGE_CONFIRMED && clock->state != CLOCK_WAIVED)
		holder = find_holder(old, clock, change, by);
	if (holder == NULL)
		return;
	*clock = *old;
	clock->proposed.by = holder;
	clock->proposed.state = fold.state;
	clock->proposed.due_at = due_of(&fold);
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
	ret->proposed.by = NULL;
}

/* The name without the blanks at its ends. */
static const char *trim(const char *name, size_t *ret_len)
{
	size_t len;

	while (isspace((unsigned char)*name))
		name++;
	len = strlen(name);
	while (len > 0 && isspace((unsigned char)name[len - 1]))
		len--;
	*ret_len = len;
	return name;
}

static bool is_same_person(const char *a, const char *b)
{
	size_t len_a, len_b;

	a = trim(a, &len_a);
	b = trim(b, &len_b);
	return len_a == len_b && strncasecmp(a, b, len_a) == 0;
}

int hold_check_confirmation(const struct clock *clocks, size_t n, const char *by,
	struct error *err)
{
	bool any = false;
	size_t i;

	for (i = 0; i < n; i++) {
		if (!is_held(&clocks[i]))
			continue;
		any = true;
		if (is_same_person(clocks[i].proposed.by, by))
			return error_pointer(err, "/by",
				"a second person confirms, not the one who made the change");
	}
	if (!any)
		return error_set(err, ERROR_CONFLICT, "nothing waits for a confirmation");
	if (is_same_person(by, ""))
		return error_pointer(err, "/by", "must say who confirms");
	return 0;
}
