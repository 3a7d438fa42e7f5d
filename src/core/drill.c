/*
 * The time of drills: see drill.h. Pure arithmetic; that nothing but dates is mapped
 * is what makes a drill a rehearsal of the real thing.
 *
 * Invariants: drill_own and drill_real keep order; drill_real(drill_own(t)) is t;
 * drill_own(drill_real(v)) is not before v, so who waits for the mapped instant finds
 * that the own one has come.
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/rfc3339.h"
#include "core/drill.h"

enum { REMINDER_MIN_MS = MINUTE_MS, GRACE_MIN_MS = 5 * SECOND_MS };

/* A drill that was forgotten must not leave the calendar. */
static const int64_t OWN_MAX_MS = INT64_C(70) * 365 * DAY_MS;
static const int64_t GRACE_OWN_MS = 3 * DAY_MS;

bool drill_is_fast(const struct incident *incident)
{
	return incident->drill && incident->drill_scale > 1;
}

int64_t drill_own(const struct incident *incident, int64_t at)
{
	int64_t since;

	if (at == TIME_NONE || !drill_is_fast(incident) || at <= incident->opened_at)
		return at;
	since = at - incident->opened_at;
	if (since > OWN_MAX_MS / incident->drill_scale)
		return incident->opened_at + OWN_MAX_MS;
	return incident->opened_at + since * incident->drill_scale;
}

int64_t drill_real(const struct incident *incident, int64_t own_at)
{
	int64_t scale = incident->drill_scale, since;

	if (own_at == TIME_NONE || !drill_is_fast(incident) || own_at <= incident->opened_at)
		return own_at;
	since = own_at - incident->opened_at;
	return incident->opened_at + since / scale + (since % scale > 0);
}

int64_t drill_scale(int64_t longest_ms, int64_t wanted_ms)
{
	return longest_ms > wanted_ms ? (longest_ms + wanted_ms - 1) / wanted_ms : 1;
}

static int64_t later(int64_t a, int64_t b)
{
	if (a == TIME_NONE || b == TIME_NONE)
		return a == TIME_NONE ? b : a;
	return a > b ? a : b;
}

/* A clock that is pending may still begin: until its planned date it is waited for. */
static int64_t last_date(const struct clock *clocks, size_t n)
{
	int64_t last = TIME_NONE;
	size_t i;

	for (i = 0; i < n; i++)
		last = later(last, later(clocks[i].due_at, clocks[i].planned_at));
	return last;
}

int64_t drill_longest(const struct incident *incident, const struct clock *clocks, size_t n)
{
	int64_t last = last_date(clocks, n);

	return last != TIME_NONE && last > incident->opened_at ? last - incident->opened_at : 0;
}

int64_t drill_ends_at(const struct incident *incident, const struct clock *clocks, size_t n)
{
	int64_t last = later(last_date(clocks, n), incident->opened_at), grace;

	if (!incident->drill || incident->drill_scale < 1)
		return TIME_NONE;
	grace = GRACE_OWN_MS / incident->drill_scale;
	return last + (grace > GRACE_MIN_MS ? grace : GRACE_MIN_MS);
}

/* ---- facts and clocks ----------------------------------------------------------- */

static void *copy_of(struct arena *arena, const void *list, size_t n, size_t size)
{
	void *copy = arena_array(arena, n, size);

	if (n > 0)
		memcpy(copy, list, n * size);
	return copy;
}

void drill_facts(const struct incident *in, struct arena *arena, struct incident *ret)
{
	size_t i;

	*ret = *in;
	ret->events = copy_of(arena, in->events, in->n_events, sizeof(*in->events));
	for (i = 0; i < ret->n_events; i++) {
		ret->events[i].at = drill_own(in, in->events[i].at);
		ret->events[i].due_at = drill_own(in, in->events[i].due_at);
		ret->events[i].recorded_at = drill_own(in, in->events[i].recorded_at);
	}
	ret->filings = copy_of(arena, in->filings, in->n_filings, sizeof(*in->filings));
	for (i = 0; i < ret->n_filings; i++) {
		ret->filings[i].filed_at = drill_own(in, in->filings[i].filed_at);
		ret->filings[i].received_at = drill_own(in, in->filings[i].received_at);
		ret->filings[i].recorded_at = drill_own(in, in->filings[i].recorded_at);
	}
	ret->waivers = copy_of(arena, in->waivers, in->n_waivers, sizeof(*in->waivers));
	for (i = 0; i < ret->n_waivers; i++)
		ret->waivers[i].recorded_at = drill_own(in, in->waivers[i].recorded_at);
	ret->dismissed_at = drill_own(in, in->dismissed_at);
}

/* Behind the anchor, which is the first line everywhere. */
static void add_line(const struct incident *in, struct arena *arena, struct clock *clock)
{
	size_t first = clock->n_derivation > 0 ? 1 : 0;
	const char **lines = arena_array(arena, clock->n_derivation + 1, sizeof(*lines));

	if (first > 0)
		lines[0] = clock->derivation[0];
	lines[first] = arena_printf(arena, "drill: from its opening on time runs %" PRId64
		" times as fast; these lines are in its own time", in->drill_scale);
	if (clock->n_derivation > first)
		memcpy(lines + first + 1, clock->derivation + first,
			(clock->n_derivation - first) * sizeof(*lines));
	clock->derivation = lines;
	clock->n_derivation++;
}

void drill_clock(const struct incident *in, struct arena *arena, struct clock *clock)
{
	clock->anchor_at = drill_real(in, clock->anchor_at);
	clock->due_at = drill_real(in, clock->due_at);
	clock->nominal_at = drill_real(in, clock->nominal_at);
	clock->latest_at = drill_real(in, clock->latest_at);
	clock->planned_at = drill_real(in, clock->planned_at);
	clock->settled_at = drill_real(in, clock->settled_at);
	add_line(in, arena, clock);
}

/* ---- policies --------------------------------------------------------------------- */

static struct policy_clock own_clock(const struct incident *in, const struct policy_clock *clock)
{
	struct policy_clock own = *clock;

	own.anchor_at = drill_own(in, clock->anchor_at);
	own.due_at = drill_own(in, clock->due_at);
	own.repeat_min_ms = REMINDER_MIN_MS * in->drill_scale;
	return own;
}

void drill_policy_next(const struct incident *in, const struct policy *policy,
	const struct policy_clock *clock, const struct policy_progress *progress,
	int64_t acked_until, int64_t now, struct policy_turn *ret)
{
	struct policy_progress own = *progress;
	struct policy_clock dates;

	if (!drill_is_fast(in)) {
		policy_next(policy, clock, progress, acked_until, now, ret);
		return;
	}
	dates = own_clock(in, clock);
	own.fired_at = drill_own(in, progress->fired_at);
	policy_next(policy, &dates, &own, drill_own(in, acked_until), drill_own(in, now), ret);
	ret->step_at = drill_real(in, ret->step_at);
	ret->next_at = drill_real(in, ret->next_at);
}

int64_t drill_step_instant(const struct incident *in, const struct step *step,
	const struct policy_clock *clock)
{
	const struct policy_clock dates = own_clock(in, clock);

	if (!drill_is_fast(in))
		return step_instant(step, clock);
	return drill_real(in, step_instant(step, &dates));
}

int64_t drill_lease(const struct incident *in, int64_t due_at, int64_t wanted_ms, int64_t now)
{
	return drill_real(in, policy_lease(drill_own(in, due_at), wanted_ms,
		drill_own(in, now)));
}
