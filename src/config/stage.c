/*
 * A stage as the files write it, in a regime and among a country's own stages alike:
 * the groups stage, relief, rule and limb. What is wrong in form is told here, with
 * its line; what is wrong in sense only the whole regime shows (regime_check).
 */
#include "config.h"

#include <string.h>

#include "base/text.h"
#include "config/stage.h"

enum { RULES_MAX = 32, CONDITIONS_MAX = 32, LINE_MAX_BYTES = 1000 };

enum { BINDS_EARLIEST, BINDS_LATEST, BINDS_DISPUTED };
static const char *const binds[] = { "earliest", "latest", "disputed", NULL };
static const char *const reliefs[] = { "noon", NULL };

static const struct option stage_options[] = {
	{ .group = "stage", .name = "name", .type = OPTION_NAME, .required = true },
	{ .group = "stage", .name = "title", .type = OPTION_TEXT, .max = 100, .required = true },
	{ .group = "stage", .name = "content", .type = OPTION_TEXT, .max = LINE_MAX_BYTES },
	{ .group = "stage", .name = "on_request", .type = OPTION_BOOL, .fallback = "false" },
	{ .group = "stage", .name = "repeatable", .type = OPTION_BOOL, .fallback = "false" },
	{ .group = "stage", .name = "if_late", .type = OPTION_TEXT, .max = LINE_MAX_BYTES },
	{ .group = "stage", .name = "when", .type = OPTION_TEXTS, .max = CONDITIONS_MAX },
	{ .group = "stage", .name = "void_when", .type = OPTION_TEXT_LISTS,
	  .max = CONDITIONS_MAX },
	{ .group = "stage", .name = "relief", .type = OPTION_GROUP, .of = "relief" },
	{ .group = "relief", .name = "until", .type = OPTION_CHOICE, .choices = reliefs,
	  .required = true },
	{ .group = "relief", .name = "reference", .type = OPTION_TEXT, .max = 200,
	  .required = true },
	{ .group = "relief", .name = "unless", .type = OPTION_TEXT_LISTS,
	  .max = CONDITIONS_MAX },
	{ .group = "stage", .name = "rules", .type = OPTION_LIST, .of = "rule", .min = 1,
	  .max = RULES_MAX, .required = true },
	{ .group = "rule", .name = "when", .type = OPTION_TEXTS, .max = CONDITIONS_MAX },
	{ .group = "rule", .name = "reference", .type = OPTION_TEXT, .max = 200,
	  .required = true },
	{ .group = "rule", .name = "note", .type = OPTION_TEXT, .max = LINE_MAX_BYTES },
	{ .group = "rule", .name = "limbs", .type = OPTION_LIST, .of = "limb", .min = 1,
	  .max = RULE_LIMBS_MAX, .required = true },
	{ .group = "rule", .name = "binds", .type = OPTION_CHOICE, .choices = binds,
	  .fallback = "earliest" },
	{ .group = "rule", .name = "planned", .type = OPTION_GROUP, .of = "limb" },
	{ .group = "limb", .name = "anchor", .type = OPTION_TEXT, .max = 80, .required = true },
	{ .group = "limb", .name = "period", .type = OPTION_TEXT, .max = 32 },
	{ .group = "limb", .name = "target", .type = OPTION_TEXT, .max = 32 },
};
const struct schema stage_schema = { .options = stage_options,
	.n = ARRAY_LEN(stage_options) };

void period_read(const struct group *g, const char *key, struct period *ret)
{
	const char *text = group_text(g, key);
	struct error why;

	if (text != NULL && period_parse(text, ret, &why) < 0)
		group_error(g, key, "%s: \"%s\": %s", key, text, why.text);
}

void anchor_read(const struct group *g, const char *key, struct anchor *ret)
{
	const char *text = group_text(g, key);
	struct error why;

	if (text != NULL && anchor_parse(text, ret, &why) < 0)
		group_error(g, key, "%s: \"%s\": %s", key, text, why.text);
}

static void read_limb(const struct group *g, struct limb *limb)
{
	anchor_read(g, "anchor", &limb->anchor);
	period_read(g, "period", &limb->period);
	period_read(g, "target", &limb->target);
	if (group_has(g, "period") && group_has(g, "target"))
		group_error(g, "target", "target: there is a period already; a target is for where "
			"the law has no number");
}

static void parse_conditions(const struct group *g, const char *key, const char **texts,
	size_t n, struct conditions *ret)
{
	size_t i;

	ret->list = arena_array(g->reader->arena, n + 1, sizeof(*ret->list));
	ret->n = n;
	for (i = 0; i < n; i++) {
		struct error why;

		if (condition_parse(texts[i], &ret->list[i], &why) < 0)
			group_error(g, key, "%s: \"%s\": %s", key, texts[i], why.text);
	}
}

/* The texts of one key, each a condition. */
static void read_conditions(const struct group *g, const char *key, struct conditions *ret)
{
	const char **texts;
	size_t n = group_texts(g, key, &texts);

	parse_conditions(g, key, texts, n, ret);
}

/* The lists of one key, each of conditions; *ret_n: how many. */
static struct conditions *read_condition_lists(const struct group *g, const char *key,
	size_t *ret_n)
{
	size_t n = group_has(g, key) ? group_count(g, key) : 0, i;
	struct conditions *lists = arena_array(g->reader->arena, n + 1, sizeof(*lists));

	for (i = 0; i < n; i++) {
		const char **texts;
		size_t n_texts = group_text_list(g, key, i, &texts);

		parse_conditions(g, key, texts, n_texts, &lists[i]);
	}
	*ret_n = n;
	return lists;
}

static void read_relief(const struct group *g, struct stage *stage)
{
	struct group group = group_sub(g, "relief");
	struct relief *relief = arena_alloc(g->reader->arena, sizeof(*relief));

	relief->reference = group_text(&group, "reference");
	relief->unless = read_condition_lists(&group, "unless", &relief->n_unless);
	stage->relief = relief;
}

static void read_rule(const struct group *g, struct stage_rule *rule)
{
	int kind = group_choice(g, "binds");
	size_t i;

	read_conditions(g, "when", &rule->when);
	rule->reference = group_text(g, "reference");
	rule->note = group_text(g, "note");
	rule->n_limbs = group_count(g, "limbs");
	rule->limbs = arena_array(g->reader->arena, rule->n_limbs + 1, sizeof(*rule->limbs));
	for (i = 0; i < rule->n_limbs; i++) {
		struct group item = group_item(g, "limbs", i);

		read_limb(&item, &rule->limbs[i]);
		rule->limbs[i].kind = kind == BINDS_DISPUTED ? LIMB_READING : LIMB_BINDS;
	}
	rule->latest_binds = kind == BINDS_LATEST;
	rule->has_planned = group_has(g, "planned");
	if (rule->has_planned) {
		struct group planned = group_sub(g, "planned");

		read_limb(&planned, &rule->planned);
		if (!group_has(&planned, "period"))
			group_error(&planned, NULL, "planned: \"period\" is missing");
	}
}

void stage_read(const struct group *g, struct stage *stage)
{
	const char *name = group_text(g, "name");
	size_t i;

	text_copy(stage->name, sizeof(stage->name), name != NULL ? name : "");
	stage->title = group_text(g, "title");
	stage->content = group_text(g, "content");
	stage->on_request = group_bool(g, "on_request");
	stage->repeatable = group_bool(g, "repeatable");
	stage->if_late = group_text(g, "if_late");
	read_conditions(g, "when", &stage->when);
	stage->void_when = read_condition_lists(g, "void_when", &stage->n_void_when);
	if (group_has(g, "relief"))
		read_relief(g, stage);
	stage->n_rules = group_count(g, "rules");
	stage->rules = arena_array(g->reader->arena, stage->n_rules + 1, sizeof(*stage->rules));
	for (i = 0; i < stage->n_rules; i++) {
		struct group item = group_item(g, "rules", i);

		read_rule(&item, &stage->rules[i]);
	}
}
