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
#include "config/stage.h"

static const struct option regime_options[] = {
	{ .group = "", .name = "regime", .type = OPTION_NAME, .required = true },
	{ .group = "", .name = "title", .type = OPTION_TEXT, .max = 100, .required = true },
	{ .group = "", .name = "act", .type = OPTION_TEXT, .max = 200, .required = true },
	{ .group = "", .name = "version", .type = OPTION_NAME, .required = true },
	{ .group = "", .name = "note", .type = OPTION_TEXT, .max = 400 },
	{ .group = "", .name = "applies_from", .type = OPTION_DATE },
	{ .group = "", .name = "stages", .type = OPTION_LIST, .of = "stage", .min = 1,
	  .max = STAGES_MAX, .required = true },
};
static const struct schema regime_schema = { regime_options, ARRAY_LEN(regime_options),
	&stage_schema };

static void check(const struct group *root, const struct regime *regime)
{
	struct group item;
	struct error why;
	size_t stage;

	if (regime_check(regime, &stage, &why) == 0)
		return;
	if (stage == regime->n_stages) {
		group_error(root, "stages", "%s", why.text);
		return;
	}
	item = group_item(root, "stages", stage);
	group_error(&item, NULL, "%s", why.text);
}

/* False: reported, and not to be used. */
static bool read_regime(const struct group *root, const struct data_file *file,
	struct regime *regime)
{
	struct arena *a = root->reader->arena;
	size_t before = root->reader->n_errors, i;

	text_copy(regime->name, sizeof(regime->name), group_text(root, "regime"));
	regime->title = group_text(root, "title");
	regime->act = group_text(root, "act");
	regime->note = group_text(root, "note");
	regime->version = group_text(root, "version");
	regime->rules = arena_printf(a, "%s/%s", regime->name, regime->version);
	text_copy(regime->digest, sizeof(regime->digest),
		reader_file_digest(root->reader, file->path));
	regime->file = file->path;
	regime->from_day = group_date(root, "applies_from");
	group_check_unique(root, "stages", "name", "stage");
	regime->n_stages = group_count(root, "stages");
	regime->stages = arena_array(a, regime->n_stages + 1, sizeof(*regime->stages));
	for (i = 0; i < regime->n_stages; i++) {
		struct group item = group_item(root, "stages", i);

		stage_read(&item, &regime->stages[i]);
	}
	if (root->reader->n_errors == before)
		check(root, regime);
	return root->reader->n_errors == before;
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
		if (read_regime(&root, &files[i], &book->regimes[book->n_regimes]))
			book->n_regimes++;
		config_destroy(&cfg);
	}
	if (n == 0)
		reader_error(reader, dirs->n > 0 ? dirs->list[0] : TOCSIN_DATADIR, 0,
			"no regimes: there is no file in regimes.d");
}
