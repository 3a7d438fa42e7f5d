/*
 * Files of regimes.d into struct regime: the language in which the law is
 * written down. What a file can get wrong in form is found here, with its line;
 * what it can get wrong in sense (a filing of no stage, a cycle) is found by
 * regime_check in core.
 */
#include "config.h"

#include <string.h>

#include "base/text.h"
#include "config/data.h"

enum { STAGES_MAX = 64, RULES_MAX = 32, LIMBS_MAX = 16, CONDITIONS_MAX = 32,
	LINE_MAX_BYTES = 1000 };

static const char *const binds[] = { "earliest", "latest", NULL };
static const char *const reliefs[] = { "noon", NULL };

static const struct option regime_options[] = {
	{ .group = "", .name = "regime", .type = OPTION_NAME, .required = true },
	{ .group = "", .name = "title", .type = OPTION_TEXT, .max = 100, .required = true },
	{ .group = "", .name = "act", .type = OPTION_TEXT, .max = 200, .required = true },
	{ .group = "", .name = "version", .type = OPTION_NAME, .required = true },
	{ .group = "", .name = "stages", .type = OPTION_LIST, .of = "stage", .min = 1,
	  .max = STAGES_MAX, .required = true },
	{ .group = "stage", .name = "name", .type = OPTION_NAME, .required = true },
	{ .group = "stage", .name = "title", .type = OPTION_TEXT, .max = 100, .required = true },
	{ .group = "stage", .name = "content", .type = OPTION_TEXT, .max = LINE_MAX_BYTES },
	{ .group = "stage", .name = "on_request", .type = OPTION_BOOL, .fallback = "false" },
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
	{ .group = "rule", .name = "limbs", .type = OPTION_LIST, .of = "limb", .min = 1,
	  .max = LIMBS_MAX, .required = true },
	{ .group = "rule", .name = "binds", .type = OPTION_CHOICE, .choices = binds,
	  .fallback = "earliest" },
	{ .group = "rule", .name = "planned", .type = OPTION_GROUP, .of = "limb" },
	{ .group = "limb", .name = "anchor", .type = OPTION_TEXT, .max = 80, .required = true },
	{ .group = "limb", .name = "period", .type = OPTION_TEXT, .max = 32 },
	{ .group = "limb", .name = "target", .type = OPTION_TEXT, .max = 32 },
};
static const struct schema regime_schema = { regime_options, ARRAY_LEN(regime_options) };

static void read_period(const struct group *g, const char *key, struct period *ret)
{
	const char *text = group_text(g, key);
	struct error why;

	if (text != NULL && period_parse(text, ret, &why) < 0)
		group_error(g, key, "%s: \"%s\": %s", key, text, why.text);
}

static void read_limb(const struct group *g, struct limb *limb)
{
	const char *anchor = group_text(g, "anchor");
	struct error why;

	if (anchor != NULL && anchor_parse(anchor, &limb->anchor, &why) < 0)
		group_error(g, "anchor", "anchor: \"%s\": %s", anchor, why.text);
	read_period(g, "period", &limb->period);
	read_period(g, "target", &limb->target);
	if (group_has(g, "period") && group_has(g, "target"))
		group_error(g, "target", "target: there is a period already; a target is for where "
			"the law has no number");
}

/* The texts of one key, each a condition. */
static void read_conditions(const struct group *g, const char *key, const char **texts,
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

/* The lists of one key, each of conditions; *ret_n: how many. */
static struct conditions *read_condition_lists(const struct group *g, const char *key,
	size_t *ret_n)
{
	size_t n = group_has(g, key) ? group_count(g, key) : 0, i;
	struct conditions *lists = arena_array(g->reader->arena, n + 1, sizeof(*lists));

	for (i = 0; i < n; i++) {
		const char **texts;
		size_t n_texts = group_text_list(g, key, i, &texts);

		read_conditions(g, key, texts, n_texts, &lists[i]);
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
	const char **when;
	size_t i, n = group_texts(g, "when", &when);

	read_conditions(g, "when", when, n, &rule->when);
	rule->reference = group_text(g, "reference");
	rule->n_limbs = group_count(g, "limbs");
	rule->limbs = arena_array(g->reader->arena, rule->n_limbs + 1, sizeof(*rule->limbs));
	for (i = 0; i < rule->n_limbs; i++) {
		struct group item = group_item(g, "limbs", i);

		read_limb(&item, &rule->limbs[i]);
	}
	rule->latest_binds = group_choice(g, "binds") == 1;
	rule->has_planned = group_has(g, "planned");
	if (rule->has_planned) {
		struct group planned = group_sub(g, "planned");

		read_limb(&planned, &rule->planned);
		if (!group_has(&planned, "period"))
			group_error(&planned, NULL, "planned: \"period\" is missing");
	}
}

static void read_stage(const struct group *g, struct stage *stage)
{
	const char *name = group_text(g, "name");
	size_t i;

	text_copy(stage->name, sizeof(stage->name), name != NULL ? name : "");
	stage->title = group_text(g, "title");
	stage->content = group_text(g, "content");
	stage->on_request = group_bool(g, "on_request");
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

static void read_regime(const struct group *root, const struct data_file *file,
	struct regime *regime)
{
	struct arena *a = root->reader->arena;
	size_t before = root->reader->report->n_errors, i;
	struct error why;

	text_copy(regime->name, sizeof(regime->name), group_text(root, "regime"));
	regime->title = group_text(root, "title");
	regime->act = group_text(root, "act");
	regime->version = group_text(root, "version");
	regime->rules = arena_printf(a, "%s/%s", regime->name, regime->version);
	text_copy(regime->digest, sizeof(regime->digest),
		reader_file_digest(root->reader, file->path));
	regime->file = file->path;
	group_check_unique(root, "stages", "name", "stage");
	regime->n_stages = group_count(root, "stages");
	regime->stages = arena_array(a, regime->n_stages + 1, sizeof(*regime->stages));
	for (i = 0; i < regime->n_stages; i++) {
		struct group item = group_item(root, "stages", i);

		read_stage(&item, &regime->stages[i]);
	}
	if (root->reader->report->n_errors == before && regime_check(regime, &why) < 0)
		group_error(root, "stages", "%s", why.text);
}

void regimes_read(const struct data_dirs *dirs, struct reader *reader, struct rulebook *book)
{
	struct data_file *files;
	size_t n = data_files(dirs, "regimes.d", reader, &files), i;

	book->regimes = arena_array(reader->arena, n + 1, sizeof(*book->regimes));
	book->n_regimes = 0;
	for (i = 0; i < n; i++) {
		struct group root;
		config_t cfg;

		if (!data_open(&files[i], &regime_schema, "regime", reader, &cfg, &root))
			continue;
		read_regime(&root, &files[i], &book->regimes[book->n_regimes++]);
		config_destroy(&cfg);
	}
	if (n == 0)
		reader_error(reader, dirs->n > 0 ? dirs->list[0] : TOCSIN_DATADIR, 0,
			"no regimes: there is no file in regimes.d");
}
