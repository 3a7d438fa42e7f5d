/*
 * The operator's own words on the law of an entity: a target of its own where the law
 * has no number, and which law counts where a country's differs from the act. Each
 * must have something to say something about; one that has not would be taken for a
 * decision that is in force.
 */
#include "config.h"

#include <string.h>

#include "base/text.h"
#include "config/build.h"
#include "config/stage.h"

/* What an item of either list names. */
struct subject {
	const char *regime;
	const struct stage *stage;	/* NULL: reported, or nothing to be said of it */
};

static const char **regime_names(const struct builder *b)
{
	const struct rulebook *book = &b->conf->book;
	const char **names = arena_array(b->arena, book->n_regimes + 1, sizeof(*names));
	size_t i;

	for (i = 0; i < book->n_regimes; i++)
		names[i] = book->regimes[i].name;
	return names;
}

static const char **stage_names(const struct builder *b, const struct regime *regime)
{
	const char **names = arena_array(b->arena, regime->n_stages + 1, sizeof(*names));
	size_t i;

	for (i = 0; i < regime->n_stages; i++)
		names[i] = regime->stages[i].name;
	return names;
}

void build_check_regime(const struct builder *b, const struct group *g, const char *key,
	size_t i, const char *name)
{
	if (rulebook_regime(&b->conf->book, name) == NULL &&
		!reader_has_file(b->reader, arena_printf(b->arena, "regimes.d/%s.conf", name)))
		build_unknown(g, key, i, "regime", name, regime_names(b), b->conf->book.n_regimes);
}

/* The stage, among those of the country's own too. */
static struct subject find_subject(const struct builder *b, const struct group *g,
	const struct conf_entity *entity)
{
	const char *name = group_text(g, "regime"), *stage = group_text(g, "stage");
	const struct overlay *overlay;
	const struct regime *regime;
	struct subject ret = { .regime = name };

	if (name == NULL || stage == NULL)
		return ret;
	build_check_regime(b, g, "regime", 0, name);
	overlay = country_overlay(entity->rules.country, name);
	regime = overlay != NULL && overlay->merged != NULL ? overlay->merged :
		rulebook_regime(&b->conf->book, name);
	if (regime == NULL)
		return ret;
	ret.stage = regime_stage(regime, stage);
	if (ret.stage == NULL)
		build_unknown(g, "stage", 0, "stage", stage, stage_names(b, regime),
			regime->n_stages);
	return ret;
}

static bool has_target(const struct stage *stage)
{
	size_t i, j;

	for (i = 0; i < stage->n_rules; i++)
		for (j = 0; j < stage->rules[i].n_limbs; j++)
			if (stage->rules[i].limbs[j].target.unit != PERIOD_NONE)
				return true;
	return false;
}

/* Is there a rule with limbs of both? */
static bool has_choice(const struct stage *stage)
{
	size_t i, j;

	for (i = 0; i < stage->n_rules; i++) {
		size_t n = stage->rules[i].n_limbs, national = 0;

		for (j = 0; j < n; j++)
			if (stage->rules[i].limbs[j].country != NULL)
				national++;
		if (national > 0 && national < n)
			return true;
	}
	return false;
}

static void read_targets(const struct builder *b, const struct group *g,
	struct conf_entity *entity)
{
	size_t n = group_count(g, "targets"), i, j;
	struct entity_target *list = arena_array(b->arena, n + 1, sizeof(*list));

	entity->rules.targets = list;
	entity->rules.n_targets = n;
	for (i = 0; i < n; i++) {
		struct group item = group_item(g, "targets", i);
		struct subject subject = find_subject(b, &item, entity);

		list[i].regime = subject.regime;
		list[i].stage = group_text(&item, "stage");
		period_read(&item, "target", &list[i].target);
		if (subject.stage != NULL && !has_target(subject.stage))
			group_error(&item, "target", "target: the law has a number here; a target is for "
				"where it has none");
		for (j = 0; j < i; j++)
			if (subject.stage != NULL && text_equal(list[i].regime, list[j].regime) &&
				text_equal(list[i].stage, list[j].stage)) {
				group_error(&item, "stage", "stage: there is a target for %s/%s already",
					list[i].regime, list[i].stage);
				break;
			}
	}
}

static void check_choice(const struct group *item, const struct subject *subject,
	const struct conf_entity *entity)
{
	if (entity->rules.country == NULL)
		group_error(item, NULL, "override: there is nothing to choose between: the entity is "
			"kept to no country's law");
	else if (!has_choice(subject->stage))
		group_error(item, NULL, "override: there is nothing to choose between: %s says nothing "
			"else of %s/%s", entity->rules.country->rules, subject->regime,
			subject->stage->name);
}

static void read_overrides(const struct builder *b, const struct group *g,
	struct conf_entity *entity)
{
	size_t n = group_count(g, "overrides"), i, j;
	struct entity_override *list = arena_array(b->arena, n + 1, sizeof(*list));

	entity->rules.overrides = list;
	entity->rules.n_overrides = n;
	for (i = 0; i < n; i++) {
		struct group item = group_item(g, "overrides", i);
		struct subject subject = find_subject(b, &item, entity);

		list[i].regime = subject.regime;
		list[i].stage = group_text(&item, "stage");
		list[i].national = text_equal(group_text(&item, "law"), "national");
		list[i].by = group_text(&item, "by");
		list[i].basis = group_text(&item, "basis");
		if (subject.stage == NULL)
			continue;
		check_choice(&item, &subject, entity);
		for (j = 0; j < i; j++)
			if (text_equal(list[i].regime, list[j].regime) &&
				text_equal(list[i].stage, list[j].stage)) {
				group_error(&item, "stage", "stage: there is an override for %s/%s already",
					list[i].regime, list[i].stage);
				break;
			}
	}
}

void build_overrides(const struct builder *b, const struct group *g,
	struct conf_entity *entity)
{
	read_targets(b, g, entity);
	read_overrides(b, g, entity);
}
