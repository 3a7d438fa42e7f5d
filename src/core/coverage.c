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

static void add(struct gaps *g, const struct policy *policy, int step, int64_t from,
	int64_t until)
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
	g->list[g->n++] = (struct coverage_gap){ policy, step, from, until,
		zone_of(g->roster, &policy->steps[step]) };
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
			add(g, policy, index, at, next);
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
