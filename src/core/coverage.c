/* The proof that somebody is always told: see coverage.h. */
#include "config.h"

#include <string.h>

#include "base/text.h"
#include "core/coverage.h"

struct gaps {
	const struct roster *roster;
	struct arena *arena;
	struct coverage_gap *list;
	size_t n;
};

/* The rota that a name stands for, or NULL: then somebody is reached at any time. */
static const struct rota *rota_of(const struct roster *roster, const char *name)
{
	return text_starts(name, TARGET_ROTA) ?
		roster_rota(roster, name + strlen(TARGET_ROTA)) : NULL;
}

static bool is_reached(const struct roster *roster, const char *const *to, size_t n,
	int64_t at)
{
	size_t i;

	for (i = 0; i < n; i++) {
		const struct rota *rota = rota_of(roster, to[i]);

		if (rota == NULL || rota_on_call(rota, at) != NULL)
			return true;
	}
	return false;
}

static int64_t next_change(const struct roster *roster, const char *const *to, size_t n,
	int64_t at, int64_t next)
{
	size_t i;

	for (i = 0; i < n; i++) {
		const struct rota *rota = rota_of(roster, to[i]);
		int64_t change = rota != NULL ? rota_next_change(rota, at) : TIME_NONE;

		if (change != TIME_NONE && change < next)
			next = change;
	}
	return next;
}

/* In a gap all that a step names are rotas. */
static const struct zone *zone_of(const struct roster *roster, const struct step *step)
{
	return rota_of(roster, step->to[0])->zone;
}

static void add(struct gaps *g, const struct policy *policy, int step,
	const struct zone *zone, int64_t from, int64_t until)
{
	struct coverage_gap *last = g->n > 0 ? &g->list[g->n - 1] : NULL;

	if (last != NULL && last->policy == policy && last->step == step &&
			last->until_at == from) {
		last->until_at = until;
		return;
	}
	if (g->n == COVERAGE_GAPS_MAX)
		return;
	g->list = arena_grow(g->arena, g->list, g->n, sizeof(*g->list));
	g->list[g->n++] = (struct coverage_gap){ policy, step, from, until, zone };
}

static void walk(const struct policy *policy, int index, int64_t from, int64_t until,
	struct gaps *g)
{
	const struct roster *roster = g->roster;
	const struct step *step = &policy->steps[index];
	const char *const *to = (const char *const *)step->to;
	const char *const *fallback = (const char *const *)policy->fallback;
	int64_t at = from, next;

	for (; at < until; at = next) {
		next = next_change(roster, to, step->n_to, at, until);
		next = next_change(roster, fallback, policy->n_fallback, at, next);
		if (!is_reached(roster, to, step->n_to, at) &&
				!is_reached(roster, fallback, policy->n_fallback, at))
			add(g, policy, index, zone_of(roster, step), at, next);
	}
}

void coverage_gaps(const struct policy *policies, size_t n, const struct roster *roster,
	int64_t from_at, int64_t until_at, struct arena *arena, struct coverage_gap **ret,
	size_t *ret_n)
{
	struct gaps g = { .roster = roster, .arena = arena };
	size_t i, j;

	for (i = 0; i < n; i++)
		for (j = 0; j < policies[i].n_steps; j++)
			walk(&policies[i], (int)j, from_at, until_at, &g);
	*ret = g.list;
	*ret_n = g.n;
}

/* ---- quiet hours -------------------------------------------------------------------- */

/* How long before its due time a step falls; TIME_NONE: the step alone does not say. */
static int64_t lead_of(const struct step *step)
{
	if (step->kind == STEP_BEFORE || (step->kind == STEP_NEEDS && step->working_days == 0))
		return step->offset_ms;
	return TIME_NONE;
}

/* When a channel is told of a step that falls at an instant; *change becomes the first
 * instant after it at which that may be otherwise, if that is earlier. */
static int64_t told_at(const struct hours *quiet, const struct step *step, int64_t at,
	int64_t *change)
{
	int64_t lead = lead_of(step), next, yields_until;

	if (quiet == NULL)
		return at;
	next = hours_next_change(quiet, at);
	if (next != TIME_NONE && next < *change)
		*change = next;
	if (lead == TIME_NONE)
		return quiet_defer(quiet, at, TIME_NONE);
	/* Until then more than half of what is left would be waited out. */
	yields_until = quiet_defer(quiet, at, TIME_NONE) - (lead - lead / 2);
	if (yields_until > at && yields_until < *change)
		*change = yields_until;
	return quiet_defer(quiet, at, at + lead);
}

/* The quiet hours of the first channel where all whom a step tells wait; NULL: somebody is
 * told at once, or nobody is to be. */
static const struct hours *all_wait(const struct gaps *g, const struct policy *policy,
	const struct step *step, const struct coverage_quiet *quiet, int64_t at, int64_t *change)
{
	const struct hours *first = NULL;
	struct resolved told;
	bool waits = true;
	size_t i;

	roster_resolve(g->roster, (const char *const *)step->to, step->n_to, at, g->arena, &told);
	if (told.n_channels == 0)
		roster_resolve(g->roster, (const char *const *)policy->fallback,
			policy->n_fallback, at, g->arena, &told);
	for (i = 0; i < told.n_channels; i++) {
		const struct hours *hours = quiet->of(quiet->arg, told.channels[i]);

		if (told_at(hours, step, at, change) == at)
			waits = false;
		if (first == NULL)
			first = hours;
	}
	return waits ? first : NULL;
}

static void walk_quiet(const struct policy *policy, int index, int64_t from, int64_t until,
	const struct coverage_quiet *quiet, struct gaps *g)
{
	const struct step *step = &policy->steps[index];
	const char *const *fallback = (const char *const *)policy->fallback;
	const struct hours *hours;
	int64_t at, next;

	if (step->kind == STEP_DUE || step->kind == STEP_AFTER ||
			(step->kind == STEP_PERCENT && step->percent >= 100))
		return;
	for (at = from; at < until; at = next) {
		next = next_change(g->roster, (const char *const *)step->to, step->n_to, at,
			until);
		next = next_change(g->roster, fallback, policy->n_fallback, at, next);
		hours = all_wait(g, policy, step, quiet, at, &next);
		if (hours != NULL)
			add(g, policy, index, hours->zone, at, next);
	}
}

void coverage_waits(const struct policy *policies, size_t n, const struct roster *roster,
	const struct coverage_quiet *quiet, int64_t from_at, int64_t until_at,
	struct arena *arena, struct coverage_gap **ret, size_t *ret_n)
{
	struct gaps g = { .roster = roster, .arena = arena };
	size_t i, j;

	for (i = 0; i < n; i++)
		for (j = 0; j < policies[i].n_steps; j++)
			walk_quiet(&policies[i], (int)j, from_at, until_at, quiet, &g);
	*ret = g.list;
	*ret_n = g.n;
}
