/*
 * A country's law beside a regime's: putting its limbs and stages into a copy of the
 * regime, and the proof that a limb which is said to bind makes nothing later. The
 * proof is by anchor and by length, never by dates: what it lets pass holds for
 * every incident, and what it cannot show is refused, even where it may be true.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "core/regime.h"

/* A copy while it is made. */
struct merge {
	struct regime *regime;
	size_t n_own;			/* stages of the regime itself */
	struct arena *arena;
};

/* An incident happens, is found, is understood, and is then classified: the same
 * order in every act that has these words. Nothing else has an order by nature. */
static int natural_order(const struct anchor *anchor)
{
	static const char *const order[] = { "occurred", "detected", "aware", "classified" };
	int i;

	for (i = 0; anchor->kind == ANCHOR_EVENT && i < (int)ARRAY_LEN(order); i++)
		if (strcmp(order[i], anchor->name) == 0)
			return i;
	return -1;
}

static bool anchor_never_later(const struct anchor *a, const struct anchor *b)
{
	int first = natural_order(a), second = natural_order(b);

	return anchor_equal(a, b) || (first >= 0 && second >= 0 && first <= second);
}

/* The days that a period surely has at least: a month may be February, and of
 * working days each is a day. */
static int64_t shortest_days(const struct period *p)
{
	return p->unit == PERIOD_MONTHS ? 28 * p->count : p->count;
}

/*
 * Hours end within the shortest day if there are no more than 23 for each (clocks set
 * forward). The other way round nothing is sure: days end at 24:00 and roll over a
 * weekend, which hours never do (Reg. 1182/71 Art. 3(4)). Working days are beaten by
 * as many days, and beat nothing but themselves: holidays may come.
 */
static bool period_never_longer(const struct period *p, const struct period *other)
{
	if (other->unit == PERIOD_NONE)
		return true;	/* no number in the regime, so any is stricter */
	if (p->unit == PERIOD_NONE)
		return false;
	if (p->unit == other->unit)
		return p->count <= other->count;
	if (other->unit == PERIOD_HOURS || p->unit == PERIOD_WORKING_DAYS)
		return false;
	if (p->unit == PERIOD_HOURS)
		return p->count <= 23 * (int64_t)HOUR_MS * shortest_days(other);
	if (p->unit == PERIOD_MONTHS)
		return 31 * p->count <= shortest_days(other);
	return p->count <= shortest_days(other);
}

static void limb_format(const struct limb *limb, char out[ANCHOR_SIZE + PERIOD_SIZE + 8])
{
	char anchor[ANCHOR_SIZE], period[PERIOD_SIZE] = "no period";

	if (limb->period.unit != PERIOD_NONE)
		period_format(&limb->period, period);
	anchor_format(&limb->anchor, anchor);
	snprintf(out, ANCHOR_SIZE + PERIOD_SIZE + 8, "%s from %s", period, anchor);
}

static int limb_prove(const struct limb *limb, const struct limb *beside, struct error *err)
{
	char ours[ANCHOR_SIZE + PERIOD_SIZE + 8], theirs[ANCHOR_SIZE + PERIOD_SIZE + 8];

	if (limb->kind != LIMB_BINDS || (anchor_never_later(&limb->anchor, &beside->anchor) &&
			period_never_longer(&limb->period, &beside->period)))
		return 0;
	limb_format(limb, ours);
	limb_format(beside, theirs);
	return error_set(err, ERROR_INVALID, "a country may only be stricter: %s is not never "
		"later than %s; say kind = \"reading\" to show both", ours, theirs);
}

/* What the country leaves unsaid is as in the limb beside. */
static struct limb limb_complete(const struct overlay_limb *said, const struct limb *beside)
{
	struct limb limb = said->limb;

	if (limb.anchor.name[0] == '\0')
		limb.anchor = beside->anchor;
	if (limb.period.unit == PERIOD_NONE) {
		limb.period = beside->period;
		if (limb.target.unit == PERIOD_NONE)
			limb.target = beside->target;
	}
	return limb;
}

/* Into one rule, beside each limb with that anchor; limbs of countries do not count,
 * so that the order of two in a file does not matter. */
static int rule_add(const struct merge *m, struct stage_rule *rule,
	const struct overlay_limb *said, size_t *added, struct error *err)
{
	size_t n = rule->n_limbs, i;
	struct limb limb, *limbs;

	for (i = 0; i < n; i++) {
		if (rule->limbs[i].country != NULL ||
				!anchor_equal(&rule->limbs[i].anchor, &said->beside))
			continue;
		limb = limb_complete(said, &rule->limbs[i]);
		if (rule->latest_binds && limb.kind == LIMB_BINDS)
			return error_set(err, ERROR_INVALID, "the act lets the latest of several "
				"periods count here, so a further one would make nothing earlier; "
				"say kind = \"reading\" to show both");
		if (limb_check(m->regime, &limb, err) < 0 ||
				limb_prove(&limb, &rule->limbs[i], err) < 0)
			return -1;
		limbs = arena_array(m->arena, rule->n_limbs + 1, sizeof(*limbs));
		memcpy(limbs, rule->limbs, rule->n_limbs * sizeof(*limbs));
		limbs[rule->n_limbs++] = limb;
		rule->limbs = limbs;
		(*added)++;
	}
	return 0;
}

/* The stage of the regime itself; a country's own stages say their limbs whole. */
static struct stage *stage_find(const struct merge *m, const char *name, struct error *err)
{
	const char *names[64], *near;
	size_t i;

	for (i = 0; i < m->n_own && i < ARRAY_LEN(names); i++) {
		if (strcmp(m->regime->stages[i].name, name) == 0)
			return &m->regime->stages[i];
		names[i] = m->regime->stages[i].name;
	}
	near = text_nearest(name, names, i);
	error_set(err, ERROR_INVALID, "\"%s\" is no stage of %s%s%s%s", name, m->regime->name,
		near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
		near != NULL ? "\"?" : "");
	return NULL;
}

static int limb_add(const struct merge *m, const struct overlay_limb *said, struct error *err)
{
	struct stage *stage = stage_find(m, said->stage, err);
	char anchor[ANCHOR_SIZE];
	size_t added = 0, i;

	if (stage == NULL)
		return -1;
	for (i = 0; i < stage->n_rules; i++)
		if (rule_add(m, &stage->rules[i], said, &added, err) < 0)
			return -1;
	if (added > 0)
		return 0;
	anchor_format(&said->beside, anchor);
	return error_set(err, ERROR_INVALID, "no period of stage %s runs from %s", stage->name,
		anchor);
}

/* A copy down to the rules, which are changed; their limbs are copied on change. */
static struct regime *regime_copy(const struct regime *regime, const struct stage *more,
	size_t n_more, struct arena *arena)
{
	struct regime *copy = arena_alloc(arena, sizeof(*copy));
	size_t i;

	*copy = *regime;
	copy->n_stages = regime->n_stages + n_more;
	copy->stages = arena_array(arena, copy->n_stages, sizeof(*copy->stages));
	memcpy(copy->stages, regime->stages, regime->n_stages * sizeof(*copy->stages));
	if (n_more > 0)
		memcpy(copy->stages + regime->n_stages, more, n_more * sizeof(*more));
	for (i = 0; i < regime->n_stages; i++) {
		struct stage *stage = &copy->stages[i];

		stage->rules = arena_array(arena, stage->n_rules, sizeof(*stage->rules));
		memcpy(stage->rules, regime->stages[i].rules,
			stage->n_rules * sizeof(*stage->rules));
	}
	return copy;
}

int overlay_merge(const struct regime *regime, const struct overlay_limb *limbs,
	size_t n_limbs, const struct stage *stages, size_t n_stages, struct arena *arena,
	const struct regime **ret, size_t *ret_bad, struct error *err)
{
	const struct merge m = { .regime = regime_copy(regime, stages, n_stages, arena),
		.n_own = regime->n_stages, .arena = arena };
	size_t i, stage;

	for (i = 0; i < n_limbs; i++) {
		*ret_bad = i;
		if (limb_add(&m, &limbs[i], err) < 0)
			return -1;
	}
	*ret_bad = n_limbs;
	if (regime_check(m.regime, &stage, err) < 0) {
		*ret_bad = n_limbs + (stage > m.n_own ? stage - m.n_own : 0);
		return -1;
	}
	*ret = m.regime;
	return 0;
}
