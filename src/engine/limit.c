/*
 * How many incidents a source may open: so many in any such time, and so many that are
 * not settled. Alerts that join an incident are not counted, nor are storms themselves.
 *
 * The window is in memory and made from the store at the start; what is not settled is
 * counted in the store, once in a turn. Incidents are marked for that only while their
 * source has a limit, and all of it when it gets one, so that a source without one costs
 * one comparison of names for each of those that have one.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "core/period.h"
#include "engine/internal.h"
#include "engine/storm.h"

#define META_LIMITED "source-limited:%s"	/* "yes" or "no" */

static struct gate *find(const struct engine *e, const char *source)
{
	size_t i;

	for (i = 0; i < e->storms.n_gates; i++)
		if (strcmp(e->storms.gates[i].source, source) == 0)
			return &e->storms.gates[i];
	return NULL;
}

static void free_gates(struct gate *gates, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		free(gates[i].source);
		free(gates[i].rate.sent);
	}
	free(gates);
}

void limit_free(struct engine *e)
{
	free_gates(e->storms.gates, e->storms.n_gates);
	e->storms.gates = NULL;
	e->storms.n_gates = 0;
}

/* The window from the store: short of those that are settled already, so it may let a few
 * more through than it would have. */
static int load_window(struct engine *e, struct gate *g, struct error *err)
{
	int64_t *at = arena_array(e->arena, (size_t)g->rate.max, sizeof(*at));
	int n = 0;

	if (e->store->ops->incident_opened_since(e->store, g->source,
		    e->now - g->rate.per_ms, g->rate.max, at, &n, err) < 0)
		return -1;
	while (n > 0)
		rate_take(&g->rate, at[--n]);
	return 0;
}

static int fill(struct engine *e, const struct conf_source *source, struct gate *g,
	struct error *err)
{
	const struct gate *old = find(e, source->name);
	int64_t *room = NULL;

	if (source->rate_max > 0)
		room = xcalloc((size_t)source->rate_max, sizeof(*room));
	g->source = xstrdup(source->name);
	g->open_max = source->open_max;
	rate_init(&g->rate, source->rate_max, source->rate_ms, room);
	if (old != NULL && old->rate.max == g->rate.max && old->rate.per_ms == g->rate.per_ms) {
		rate_carry_over(&g->rate, &old->rate);
		return 0;
	}
	return g->rate.max > 0 ? load_window(e, g, err) : 0;
}

/* What it has opened before it had a limit counts too. */
static int mark(struct engine *e, const struct conf_source *source, struct error *err)
{
	char *name = arena_printf(e->arena, META_LIMITED, source->name);
	bool is = source->rate_max > 0 || source->open_max > 0;
	const char *was = NULL;

	if (e->store->ops->meta_get(e->store, name, e->arena, &was, err) < 0)
		return -1;
	if (is == text_equal(was, "yes"))
		return 0;
	if (is && e->store->ops->incident_limit(e->store, source->name, err) < 0)
		return -1;
	return e->store->ops->meta_put(e->store, name, is ? "yes" : "no", err);
}

/* Is there one from when it had a limit? */
static int has_storm(struct engine *e, const char *source, struct error *err)
{
	struct storm_row row;

	if (e->store->ops->storm_find(e->store, source, NULL, e->arena, &row, err) == 0)
		return 1;
	if (err->code != ERROR_NOT_FOUND)
		return -1;
	memset(err, 0, sizeof(*err));
	return 0;
}

int limit_configure(struct engine *e, struct error *err)
{
	const struct conf *conf = e->conf;
	struct gate *gates = xcalloc(conf->n_sources + 1, sizeof(*gates));
	size_t n = 0, i;
	int rc = 0;

	for (i = 0; i < conf->n_sources && rc >= 0; i++) {
		const struct conf_source *source = &conf->sources[i];

		if (mark(e, source, err) < 0) {
			rc = -1;
			break;
		}
		rc = source->rate_max > 0 || source->open_max > 0 ? 1 :
			has_storm(e, source->name, err);
		if (rc > 0)
			rc = fill(e, source, &gates[n++], err);
	}
	limit_free(e);
	e->storms.gates = gates;
	e->storms.n_gates = n;
	return rc < 0 ? -1 : 0;
}

/* The window was counted by another time. */
void limit_clock_set(struct engine *e)
{
	size_t i;

	for (i = 0; i < e->storms.n_gates; i++)
		rate_forget(&e->storms.gates[i].rate);
}

/* ---- counting ------------------------------------------------------------------------- */

void limit_begin_turn(struct engine *e)
{
	size_t i;

	for (i = 0; i < e->storms.n_gates; i++) {
		e->storms.gates[i].looked = false;
		e->storms.gates[i].taken = e->storms.gates[i].taking = 0;
	}
}

void limit_begin_command(struct engine *e)
{
	size_t i;

	for (i = 0; i < e->storms.n_gates; i++)
		e->storms.gates[i].taking = 0;
}

void limit_keep(struct engine *e)
{
	size_t i;

	for (i = 0; i < e->storms.n_gates; i++) {
		e->storms.gates[i].taken += e->storms.gates[i].taking;
		e->storms.gates[i].taking = 0;
	}
}

void limit_settle(struct engine *e)
{
	size_t i;

	for (i = 0; i < e->storms.n_gates; i++)
		for (; e->storms.gates[i].taken > 0; e->storms.gates[i].taken--)
			rate_take(&e->storms.gates[i].rate, e->now);
}

bool limit_counts(const struct engine *e, const char *source)
{
	const struct gate *g = find(e, source);

	return g != NULL && (g->rate.max > 0 || g->open_max > 0);
}

bool limit_is_of(const struct engine *e, const char *source)
{
	return find(e, source) != NULL;
}

int limit_is_reached(struct engine *e, const char *source, struct error *err)
{
	struct gate *g = find(e, source);
	int taken;

	if (g == NULL)
		return 0;
	taken = g->taken + g->taking;
	if (!g->looked) {
		g->room = rate_room(&g->rate, e->now);
		if (g->open_max > 0 && e->store->ops->incident_count_live(e->store, source,
			    g->open_max, &g->open, err) < 0)
			return -1;
		g->looked = true;
	}
	return (g->rate.max > 0 && taken >= g->room) ||
		(g->open_max > 0 && g->open + taken >= g->open_max);
}

void limit_take(struct engine *e, const char *source)
{
	struct gate *g = find(e, source);

	if (g != NULL)
		g->taking++;
}

const char *limit_words(struct engine *e, const char *source)
{
	const struct gate *g = find(e, source);
	char per[PERIOD_SIZE];

	if (g == NULL || (g->rate.max == 0 && g->open_max == 0))
		return "none any more";
	if (g->rate.max == 0)
		return arena_printf(e->arena, "%d that are not settled", g->open_max);
	period_format_duration(g->rate.per_ms, per);
	if (g->open_max == 0)
		return arena_printf(e->arena, "%d in %s", g->rate.max, per);
	return arena_printf(e->arena, "%d in %s and %d that are not settled", g->rate.max, per,
		g->open_max);
}
