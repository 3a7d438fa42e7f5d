/*
 * Regimes: looking things up in a rulebook, and the checks of a whole regime that
 * its reader cannot make line by line. A regime that passes regime_check can be
 * folded without further questions: each stage has a rule that always applies,
 * each name exists, and no stage waits for its own filing. The language of their
 * anchors and conditions is in condition.c, a country's changes in overlay.c.
 */
#include "config.h"

#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "core/regime.h"

enum { STAGES_MAX = 64 };	/* one bit each in cycle_check */

/* An event that cannot be recorded could never start a clock, so the types are
 * a closed list: a slip in a rule file is found when it is read. */
const char *const event_types[EVENT_TYPES + 1] = {
	"occurred", "detected", "aware", "classified", "requested", "fix-available",
	"recovered", "handled", "ongoing", "impact-ended", "reclassified", NULL,
};

bool event_type_is_known(const char *name)
{
	size_t i;

	for (i = 0; i < EVENT_TYPES; i++)
		if (strcmp(name, event_types[i]) == 0)
			return true;
	return false;
}

static const char *const confidences[] = {
	[CONFIDENCE_VERIFIED] = "verified", [CONFIDENCE_SINGLE] = "single",
	[CONFIDENCE_UNVERIFIED] = "unverified", [CONFIDENCE_CONFLICT] = "conflict",
};

static const char *const standings[] = {
	[STANDING_LAW] = "law", [STANDING_GUIDANCE] = "guidance",
	[STANDING_THIRD_PARTY] = "third-party",
};

const char *confidence_name(enum confidence confidence)
{
	return confidences[confidence];
}

const char *standing_name(enum standing standing)
{
	return standings[standing];
}

const struct regime *rulebook_regime(const struct rulebook *book, const char *name)
{
	size_t i;

	for (i = 0; i < book->n_regimes; i++)
		if (strcmp(book->regimes[i].name, name) == 0)
			return &book->regimes[i];
	return NULL;
}

const struct country *rulebook_country(const struct rulebook *book, const char *code)
{
	size_t i;

	for (i = 0; i < book->n_countries; i++)
		if (strcmp(book->countries[i].code, code) == 0)
			return &book->countries[i];
	return NULL;
}

const struct stage *regime_stage(const struct regime *regime, const char *name)
{
	size_t i;

	for (i = 0; i < regime->n_stages; i++)
		if (strcmp(regime->stages[i].name, name) == 0)
			return &regime->stages[i];
	return NULL;
}

const struct overlay *country_overlay(const struct country *country, const char *regime)
{
	size_t i;

	for (i = 0; country != NULL && i < country->n_overlays; i++)
		if (strcmp(country->overlays[i].regime, regime) == 0)
			return &country->overlays[i];
	return NULL;
}

/* The search for a trait in all conditions; near NULL: only whether it is there,
 * else every name on the way is kept for "did you mean". */
enum { TRAITS_NEAR = 128 };

struct trait_search {
	const char *trait;
	const char **near;
	size_t n_near;
};

static void near_add(struct trait_search *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->n_near; i++)
		if (strcmp(s->near[i], name) == 0)
			return;
	if (s->n_near < TRAITS_NEAR)
		s->near[s->n_near++] = name;
}

static bool conditions_know(struct trait_search *s, const struct conditions *lists, size_t n)
{
	size_t i, j;

	for (i = 0; i < n; i++) {
		for (j = 0; j < lists[i].n; j++) {
			const struct condition *c = &lists[i].list[j];

			if (c->kind != CONDITION_TRAIT)
				continue;
			if (strcmp(c->name, s->trait) == 0)
				return true;
			if (s->near != NULL)
				near_add(s, c->name);
		}
	}
	return false;
}

static bool regime_knows(struct trait_search *s, const struct regime *regime)
{
	size_t i, j;

	for (i = 0; i < regime->n_stages; i++) {
		const struct stage *stage = &regime->stages[i];

		if (conditions_know(s, &stage->when, 1) ||
				conditions_know(s, stage->void_when, stage->n_void_when) ||
				(stage->relief != NULL && conditions_know(s,
					stage->relief->unless, stage->relief->n_unless)))
			return true;
		for (j = 0; j < stage->n_rules; j++)
			if (conditions_know(s, &stage->rules[j].when, 1))
				return true;
	}
	return false;
}

/* What is asked for most is known to a regime itself; countries come after. */
static bool rulebook_search(struct trait_search *s, const struct rulebook *book)
{
	size_t i, j;

	for (i = 0; i < book->n_regimes; i++)
		if (regime_knows(s, &book->regimes[i]))
			return true;
	for (i = 0; i < book->n_countries; i++) {
		const struct country *country = &book->countries[i];

		for (j = 0; j < country->n_overlays; j++)
			if (country->overlays[j].merged != NULL &&
					regime_knows(s, country->overlays[j].merged))
				return true;
	}
	return false;
}

bool rulebook_knows_trait(const struct rulebook *book, const char *trait,
	const char **ret_near)
{
	struct trait_search search = { .trait = trait };
	const char *near[TRAITS_NEAR];

	*ret_near = NULL;
	if (rulebook_search(&search, book))
		return true;
	search.near = near;
	rulebook_search(&search, book);
	*ret_near = text_nearest(trait, near, search.n_near);
	return false;
}

/* The check of a whole regime. */

static int event_name_check(const char *name, struct error *err)
{
	const char *near;

	if (event_type_is_known(name))
		return 0;
	near = text_nearest(name, event_types, EVENT_TYPES);
	return error_set(err, ERROR_INVALID, "\"%s\" is no type of event%s%s%s", name,
		near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
		near != NULL ? "\"?" : "");
}

static int stage_name_check(const struct regime *regime, const char *name, struct error *err)
{
	if (regime_stage(regime, name) != NULL)
		return 0;
	return error_set(err, ERROR_INVALID, "\"%s\" is no stage of this regime", name);
}

static int anchor_check(const struct regime *regime, const struct anchor *anchor,
	struct error *err)
{
	if (anchor->kind == ANCHOR_FILED)
		return stage_name_check(regime, anchor->name, err);
	return event_name_check(anchor->name, err);
}

int limb_check(const struct regime *regime, const struct limb *limb, struct error *err)
{
	return anchor_check(regime, &limb->anchor, err);
}

static int conditions_check(const struct regime *regime, const struct conditions *when,
	struct error *err)
{
	size_t i;

	for (i = 0; i < when->n; i++) {
		const struct condition *c = &when->list[i];

		if (c->kind == CONDITION_FILED && stage_name_check(regime, c->name, err) < 0)
			return -1;
		if (c->kind == CONDITION_EVENT && event_name_check(c->name, err) < 0)
			return -1;
		if (c->when == CONDITION_AFTER && anchor_check(regime, &c->after, err) < 0)
			return -1;
	}
	return 0;
}

static int rule_check(const struct regime *regime, const struct stage_rule *rule,
	struct error *err)
{
	size_t i;

	if (conditions_check(regime, &rule->when, err) < 0)
		return -1;
	if (rule->n_limbs == 0)
		return error_set(err, ERROR_INVALID, "a rule without limbs");
	if (rule->n_limbs > RULE_LIMBS_MAX)
		return error_set(err, ERROR_INVALID, "a rule has at most %d limbs",
			RULE_LIMBS_MAX);
	for (i = 0; i < rule->n_limbs; i++) {
		if (limb_check(regime, &rule->limbs[i], err) < 0)
			return -1;
		/* No date is later than any date, so nobody would be alarmed. */
		if (rule->latest_binds && rule->limbs[i].period.unit == PERIOD_NONE)
			return error_set(err, ERROR_INVALID,
				"where the latest binds each limb needs a period");
	}
	if (!rule->has_planned)
		return 0;
	if (rule->planned.period.unit == PERIOD_NONE)
		return error_set(err, ERROR_INVALID, "planned needs a period");
	return limb_check(regime, &rule->planned, err);
}

static int conditions_list_check(const struct regime *regime, const struct conditions *lists,
	size_t n, const char *what, struct error *err)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (lists[i].n == 0)
			return error_set(err, ERROR_INVALID,
				"an empty list in %s would always hold", what);
		if (conditions_check(regime, &lists[i], err) < 0)
			return -1;
	}
	return 0;
}

static int stage_check(const struct regime *regime, const struct stage *stage,
	struct error *err)
{
	size_t i;

	if (regime_stage(regime, stage->name) != stage)
		return error_set(err, ERROR_INVALID, "the stage is there twice");
	if (stage->n_rules == 0)
		return error_set(err, ERROR_INVALID, "no rules");
	if (conditions_check(regime, &stage->when, err) < 0)
		return -1;
	for (i = 0; i < stage->n_rules; i++)
		if (rule_check(regime, &stage->rules[i], err) < 0)
			return -1;
	if (stage->rules[stage->n_rules - 1].when.n > 0)
		return error_set(err, ERROR_INVALID,
			"the last rule must have no conditions, so that one always applies");
	if (conditions_list_check(regime, stage->void_when, stage->n_void_when, "void_when",
			err) < 0)
		return -1;
	if (stage->relief == NULL)
		return 0;
	return conditions_list_check(regime, stage->relief->unless, stage->relief->n_unless,
		"unless", err);
}

static bool runs_from_itself(const struct stage *stage, const struct limb *limb)
{
	return limb->anchor.kind == ANCHOR_FILED &&
		strcmp(limb->anchor.name, stage->name) == 0;
}

/* Does the rule have a limb by which its clock can start for the first time? */
static bool can_start(const struct stage *stage, const struct stage_rule *rule)
{
	size_t i;

	for (i = 0; i < rule->n_limbs; i++)
		if (!runs_from_itself(stage, &rule->limbs[i]))
			return true;
	return false;
}

static bool rule_waits_only_for(const struct regime *regime, const struct stage *stage,
	const struct stage_rule *rule, uint64_t mask)
{
	const struct stage *other;
	size_t i;

	if (!can_start(stage, rule))
		return false;
	for (i = 0; i < rule->n_limbs; i++) {
		const struct limb *limb = &rule->limbs[i];

		if (limb->anchor.kind != ANCHOR_FILED || runs_from_itself(stage, limb))
			continue;
		other = regime_stage(regime, limb->anchor.name);
		if ((mask >> (other - regime->stages) & 1) == 0)
			return false;
	}
	return true;
}

/* Are all stages whose filing this one's periods run from among those in mask? */
static bool waits_only_for(const struct regime *regime, const struct stage *stage,
	uint64_t mask)
{
	size_t i;

	for (i = 0; i < stage->n_rules; i++)
		if (!rule_waits_only_for(regime, stage, &stage->rules[i], mask))
			return false;
	return true;
}

/* Marks the stages that can be reached from events alone, then from those, and
 * so on; what is left waits for its own filing. */
static int cycle_check(const struct regime *regime, size_t *ret_stage, struct error *err)
{
	uint64_t mask = 0, before;
	size_t i;

	do {
		before = mask;
		for (i = 0; i < regime->n_stages; i++)
			if (waits_only_for(regime, &regime->stages[i], mask))
				mask |= (uint64_t)1 << i;
	} while (mask != before);
	for (i = 0; i < regime->n_stages; i++) {
		*ret_stage = i;
		if ((mask >> i & 1) == 0)
			return error_set(err, ERROR_INVALID,
				"stage %s waits for its own filing, in a circle",
				regime->stages[i].name);
	}
	return 0;
}

int regime_check(const struct regime *regime, size_t *ret_stage, struct error *err)
{
	size_t i;

	*ret_stage = regime->n_stages;
	if (regime->n_stages == 0 || regime->n_stages > STAGES_MAX)
		return error_set(err, ERROR_INVALID, "a regime has 1 to %d stages",
			STAGES_MAX);
	for (i = 0; i < regime->n_stages; i++) {
		*ret_stage = i;
		if (stage_check(regime, &regime->stages[i], err) < 0)
			return error_prefix(err, "stage %s", regime->stages[i].name);
	}
	return cycle_check(regime, ret_stage, err);
}
