/*
 * Escalation: see policy.h. Steps are ordered by the instant at which they fall
 * on the clock, those of one instant by their place in the list, the later the
 * more urgent. Which steps are done follows from two things: the step that was
 * fired last, and when. So a step that comes to lie in the future because the due
 * time moved counts as not done, and fires again when it comes.
 *
 * Invariants: next_at is later than now or TIME_NONE; one call fires at most one
 * step; after policy_advance, a second call at the same time fires nothing.
 */
#include "config.h"

#include "base/rfc3339.h"
#include "core/policy.h"

enum {
	LAST_REPEAT_MS = HOUR_MS,
	LEASE_MIN_MS = MINUTE_MS,
	LEASE_OVERDUE_MS = 15 * MINUTE_MS,
	RETRY_FIRST_MS = 2 * SECOND_MS,
	RETRY_MIN_MS = 200,
	RETRY_MAX_MS = 5 * MINUTE_MS,
	ROLL_MAX = 1000000,
};

/* One question to a policy, with what does not change while it is answered. */
struct ladder {
	const struct policy *policy;
	int64_t due_at, repeat_min_ms, acked_until, now;
	const struct policy_progress *progress;
	const int64_t *instants;	/* one for each step */
};

static int64_t instant(const struct ladder *l, int step)
{
	return l->instants[step];
}

/* Does step a come after step b? */
static bool is_later(const struct ladder *l, int a, int b)
{
	int64_t at_a = instant(l, a), at_b = instant(l, b);

	return at_a > at_b || (at_a == at_b && a > b);
}

static bool is_acked(const struct ladder *l, int step)
{
	return l->policy->steps[step].unless_acked && l->acked_until != TIME_NONE &&
		l->acked_until > l->now;
}

/* The last step fired or held; -1 also when a new policy has fewer steps. */
static int position(const struct ladder *l)
{
	int step = l->progress->step;

	return step >= 0 && (size_t)step < l->policy->n_steps ? step : -1;
}

static bool is_done(const struct ladder *l, int step)
{
	const struct policy_progress *p = l->progress;
	int last = position(l);

	if (last == -1)
		return p->fired_at != TIME_NONE && instant(l, step) <= p->fired_at;
	if (is_later(l, step, last))
		return false;
	return p->held || p->fired_at == TIME_NONE || instant(l, step) <= p->fired_at;
}

static int64_t earlier(int64_t a, int64_t b)
{
	if (a == TIME_NONE || b == TIME_NONE)
		return a == TIME_NONE ? b : a;
	return a < b ? a : b;
}

/* The first instant after now at which a step lies that is still to come. */
static int64_t next_instant(const struct ladder *l)
{
	int64_t next = TIME_NONE, at;
	int i;

	for (i = 0; i < (int)l->policy->n_steps; i++) {
		at = instant(l, i);
		if (at != TIME_NONE && at > l->now && !is_done(l, i))
			next = earlier(next, at);
	}
	return next;
}

static bool is_last(const struct ladder *l, int step)
{
	int i;

	for (i = 0; i < (int)l->policy->n_steps; i++)
		if (instant(l, i) != TIME_NONE && is_later(l, i, step))
			return false;
	return true;
}

/* When a step that was fired at fired_at is to be repeated; TIME_NONE: never. */
static int64_t repeat_at(const struct ladder *l, int step, int64_t fired_at)
{
	int64_t repeat_ms = l->policy->steps[step].repeat_ms;
	bool given = repeat_ms > 0;

	if (!given)
		repeat_ms = LAST_REPEAT_MS;
	if (repeat_ms < l->repeat_min_ms)
		repeat_ms = l->repeat_min_ms;
	if (given)
		return fired_at + repeat_ms;
	/* Nobody is left alone after due. */
	if (!is_last(l, step) || l->due_at == TIME_NONE)
		return TIME_NONE;
	return fired_at < l->due_at ? l->due_at : fired_at + repeat_ms;
}

/* Of the steps that are past and not done, the last that may fire, else the last
 * that is held back; -1: none. */
static int due_step(const struct ladder *l)
{
	int fire = -1, held = -1, i;

	for (i = 0; i < (int)l->policy->n_steps; i++) {
		int *best = is_acked(l, i) ? &held : &fire;
		int64_t at = instant(l, i);

		if (at == TIME_NONE || at > l->now || is_done(l, i))
			continue;
		if (*best == -1 || is_later(l, i, *best))
			*best = i;
	}
	return fire != -1 ? fire : held;
}

/* Steps that are past, never fired, and come before this one. */
static int count_passed_over(const struct ladder *l, int step)
{
	int n = l->progress->held && l->progress->repeats == 0 && position(l) != -1, i;

	for (i = 0; i < (int)l->policy->n_steps; i++)
		if (i != step && instant(l, i) != TIME_NONE && !is_done(l, i) &&
				!is_later(l, i, step))
			n++;
	return n;
}

static void fire(const struct ladder *l, int step, int repeat, int64_t step_at,
	struct policy_turn *ret)
{
	struct policy_progress after = { .step = step, .fired_at = l->now, .repeats = repeat };
	struct ladder next = *l;

	next.progress = &after;
	ret->fire = true;
	ret->step = step;
	ret->repeat = repeat;
	ret->step_at = step_at;
	ret->next_at = earlier(next_instant(&next), repeat_at(l, step, l->now));
}

static void hold(const struct ladder *l, int step, int repeat, int64_t step_at,
	struct policy_turn *ret)
{
	ret->held = true;
	ret->step = step;
	ret->repeat = repeat;
	ret->step_at = step_at;
	ret->next_at = earlier(l->acked_until, next_instant(l));
}

/* A step that is past and has not been fired. Another one above it may be held
 * back meanwhile, so the end of the lease is a time to look again. */
static void take_step(const struct ladder *l, int step, struct policy_turn *ret)
{
	if (is_acked(l, step)) {
		hold(l, step, 0, instant(l, step), ret);
	} else {
		fire(l, step, 0, instant(l, step), ret);
		ret->passed_over = count_passed_over(l, step);
		if (l->acked_until != TIME_NONE && l->acked_until > l->now)
			ret->next_at = earlier(ret->next_at, l->acked_until);
	}
}

/* The step that was held goes out when the lease has ended. It is not late: the
 * lease was given, and step_at is its end as far as it is known. */
static void release(const struct ladder *l, int step, struct policy_turn *ret)
{
	if (is_acked(l, step))
		ret->next_at = earlier(l->acked_until, next_instant(l));
	else
		fire(l, step, l->progress->repeats,
			l->acked_until != TIME_NONE ? l->acked_until : l->now, ret);
}

static void repeat_step(const struct ladder *l, int step, struct policy_turn *ret)
{
	/* One that has come to lie ahead is not repeated before it comes again. */
	int64_t at = l->progress->fired_at != TIME_NONE && instant(l, step) <= l->now ?
		repeat_at(l, step, l->progress->fired_at) : TIME_NONE;

	if (at == TIME_NONE || at > l->now)
		ret->next_at = earlier(next_instant(l), at);
	else if (is_acked(l, step))
		hold(l, step, l->progress->repeats + 1, at, ret);
	else
		fire(l, step, l->progress->repeats + 1, at, ret);
}

void policy_next(const struct policy *policy, const struct policy_clock *clock,
	const struct policy_progress *progress, int64_t acked_until, int64_t now,
	struct policy_turn *ret)
{
	int64_t instants[POLICY_STEPS_MAX];
	struct ladder l = {
		.policy = policy, .due_at = clock->due_at,
		.repeat_min_ms = clock->repeat_min_ms, .acked_until = acked_until,
		.now = now, .progress = progress, .instants = instants,
	};
	int step, last;
	size_t i;

	for (i = 0; i < policy->n_steps; i++)
		instants[i] = step_instant(&policy->steps[i], clock);
	step = due_step(&l);
	last = position(&l);
	*ret = (struct policy_turn){ .step = -1, .step_at = TIME_NONE, .next_at = TIME_NONE };
	if (step != -1)
		take_step(&l, step, ret);
	else if (last == -1)
		ret->next_at = next_instant(&l);
	else if (progress->held)
		release(&l, last, ret);
	else
		repeat_step(&l, last, ret);
}

void policy_advance(struct policy_progress *progress, const struct policy_turn *turn,
	int64_t now)
{
	if (!turn->fire && !turn->held)
		return;
	progress->step = turn->step;
	progress->repeats = turn->repeat;
	progress->held = turn->held;
	if (turn->fire)
		progress->fired_at = now;
}

int64_t policy_lease(int64_t due_at, int64_t wanted_ms, int64_t now)
{
	int64_t most = wanted_ms;

	if (due_at != TIME_NONE)
		most = due_at > now ? (due_at - now) / 4 : LEASE_OVERDUE_MS;
	if (most < LEASE_MIN_MS)
		most = LEASE_MIN_MS;
	return now + (wanted_ms < most ? wanted_ms : most);
}

int64_t policy_retry_delay(int attempts, int64_t due_at, int64_t now, int64_t roll)
{
	int64_t most = RETRY_MAX_MS, delay;

	/* 2 s * 2^8 is more than five minutes already. */
	if (attempts < 8)
		most = (int64_t)RETRY_FIRST_MS << (attempts > 0 ? attempts : 0);
	if (most > RETRY_MAX_MS)
		most = RETRY_MAX_MS;
	if (due_at != TIME_NONE && due_at > now && (due_at - now) / 4 < most)
		most = (due_at - now) / 4;
	delay = most * roll / ROLL_MAX;
	return delay > RETRY_MIN_MS ? delay : RETRY_MIN_MS;
}
