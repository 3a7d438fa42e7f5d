/*
 * Regimes: the small language of anchors and conditions in which regimes.d is
 * written, looking things up in a rulebook, and the checks of a whole regime that
 * its reader cannot make line by line. A regime that passes regime_check can be
 * folded without further questions: each stage has a rule that always applies,
 * each name exists, and no stage waits for its own filing.
 */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
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

static int name_copy(const char *text, char out[NAME_SIZE], const char *what,
	struct error *err)
{
	if (!text_is_name(text))
		return error_set(err, ERROR_INVALID, "the %s needs a name of [a-z0-9._-]",
			what);
	text_copy(out, NAME_SIZE, text);
	return 0;
}

int anchor_parse(const char *text, struct anchor *ret, struct error *err)
{
	struct anchor anchor = { .kind = ANCHOR_EVENT };

	if (text_starts(text, "filed:")) {
		anchor.kind = ANCHOR_FILED;
		text += strlen("filed:");
	}
	if (name_copy(text, anchor.name, "anchor", err) < 0)
		return -1;
	*ret = anchor;
	return 0;
}

void anchor_format(const struct anchor *anchor, char out[ANCHOR_SIZE])
{
	snprintf(out, ANCHOR_SIZE, "%s%s", anchor->kind == ANCHOR_FILED ? "filed:" : "",
		anchor->name);
}

/* Drops the prefix from *text; false when it is not there. */
static bool take(const char **text, const char *prefix)
{
	if (!text_starts(*text, prefix))
		return false;
	*text += strlen(prefix);
	return true;
}

int condition_parse(const char *text, struct condition *ret, struct error *err)
{
	struct condition c = { .when = CONDITION_ANY_TIME };

	c.negated = take(&text, "!");
	if (take(&text, "in-time:"))
		c.when = CONDITION_IN_TIME;
	else if (take(&text, "late:"))
		c.when = CONDITION_LATE;

	if (take(&text, "event:"))
		c.kind = CONDITION_EVENT;
	else if (take(&text, "filed:"))
		c.kind = CONDITION_FILED;
	else if (c.when == CONDITION_ANY_TIME && take(&text, "trait:"))
		c.kind = CONDITION_TRAIT;
	else if (c.when != CONDITION_ANY_TIME)
		return error_set(err, ERROR_INVALID,
			"in-time: and late: are followed by event:NAME or filed:STAGE");
	else
		return error_set(err, ERROR_INVALID,
			"a condition is trait:NAME, event:NAME or filed:STAGE");
	if (name_copy(text, c.name, "condition", err) < 0)
		return -1;
	*ret = c;
	return 0;
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

static int limb_check(const struct regime *regime, const struct limb *limb, struct error *err)
{
	if (limb->anchor.kind == ANCHOR_FILED)
		return stage_name_check(regime, limb->anchor.name, err);
	return event_name_check(limb->anchor.name, err);
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

/* Are all stages whose filing this one's periods run from among those in mask? */
static bool waits_only_for(const struct regime *regime, const struct stage *stage,
	uint64_t mask)
{
	size_t i, j;

	for (i = 0; i < stage->n_rules; i++) {
		for (j = 0; j < stage->rules[i].n_limbs; j++) {
			const struct anchor *anchor = &stage->rules[i].limbs[j].anchor;
			const struct stage *other;

			if (anchor->kind != ANCHOR_FILED)
				continue;
			other = regime_stage(regime, anchor->name);
			if ((mask >> (other - regime->stages) & 1) == 0)
				return false;
		}
	}
	return true;
}

/* Marks the stages that can be reached from events alone, then from those, and
 * so on; what is left waits for its own filing. */
static int cycle_check(const struct regime *regime, struct error *err)
{
	uint64_t mask = 0, before;
	size_t i;

	do {
		before = mask;
		for (i = 0; i < regime->n_stages; i++)
			if (waits_only_for(regime, &regime->stages[i], mask))
				mask |= (uint64_t)1 << i;
	} while (mask != before);
	for (i = 0; i < regime->n_stages; i++)
		if ((mask >> i & 1) == 0)
			return error_set(err, ERROR_INVALID,
				"stage %s waits for its own filing, in a circle",
				regime->stages[i].name);
	return 0;
}

int regime_check(const struct regime *regime, struct error *err)
{
	size_t i;

	if (regime->n_stages == 0 || regime->n_stages > STAGES_MAX)
		return error_set(err, ERROR_INVALID, "a regime has 1 to %d stages",
			STAGES_MAX);
	for (i = 0; i < regime->n_stages; i++)
		if (stage_check(regime, &regime->stages[i], err) < 0)
			return error_prefix(err, "stage %s", regime->stages[i].name);
	return cycle_check(regime, err);
}
