/*
 * Files of sources.d: what an alert of a product says where. Paths are only
 * checked for their form; ingest compiles them.
 */
#include "config.h"

#include <string.h>

#include "base/text.h"
#include "config/data.h"
#include "config/value.h"

/* ingest/scan.h takes 64 paths at most. */
enum { PATHS_MAX = 64, PICK_MAX = 16, SEVERITIES_MAX = 64 };

static const char *const severities[] = { "unknown", "low", "medium", "high", "critical",
	NULL };

static const struct option format_options[] = {
	{ .group = "", .name = "format", .type = OPTION_NAME, .required = true },
	{ .group = "", .name = "title", .type = OPTION_TEXT, .max = 100, .required = true },
	{ .group = "", .name = "version", .type = OPTION_NAME, .required = true },
	{ .group = "", .name = "each", .type = OPTION_TEXT, .max = 255 },
	{ .group = "", .name = "key", .type = OPTION_TEXTS, .max = PICK_MAX },
	{ .group = "", .name = "title_from", .type = OPTION_TEXTS, .min = 1, .max = PICK_MAX,
	  .required = true },
	{ .group = "", .name = "description", .type = OPTION_TEXTS, .max = PICK_MAX },
	{ .group = "", .name = "severity_from", .type = OPTION_TEXTS, .max = PICK_MAX },
	{ .group = "", .name = "severity_map", .type = OPTION_LIST, .of = "severity",
	  .max = SEVERITIES_MAX },
	{ .group = "", .name = "detected_at", .type = OPTION_TEXTS, .max = PICK_MAX },
	{ .group = "", .name = "aware_at", .type = OPTION_TEXTS, .max = PICK_MAX },
	{ .group = "", .name = "entity", .type = OPTION_TEXTS, .max = PICK_MAX },
	{ .group = "", .name = "resolved", .type = OPTION_GROUP, .of = "test" },
	{ .group = "", .name = "test", .type = OPTION_GROUP, .of = "test" },
	{ .group = "severity", .name = "is", .type = OPTION_TEXT, .max = 100 },
	{ .group = "severity", .name = "from", .type = OPTION_INT, .min = -999999999,
	  .max = 999999999 },
	{ .group = "severity", .name = "to", .type = OPTION_INT, .min = -999999999,
	  .max = 999999999 },
	{ .group = "severity", .name = "severity", .type = OPTION_CHOICE, .choices = severities,
	  .required = true },
	{ .group = "test", .name = "path", .type = OPTION_TEXT, .max = 255, .required = true },
	{ .group = "test", .name = "equals", .type = OPTION_TEXTS, .min = 1, .max = PICK_MAX,
	  .required = true },
};
static const struct schema format_schema = { .options = format_options,
	.n = ARRAY_LEN(format_options) };

static void check_path(const struct group *g, const char *key, size_t i, const char *path)
{
	struct error why;

	if (value_path(path, &why) < 0)
		reader_error(g->reader, g->file, group_element_line(g, key, i),
			"%s: \"%.80s\" %s", key, path, why.text);
}

static size_t read_pick(const struct group *g, const char *key, struct conf_pick *pick)
{
	size_t i;

	pick->n = group_texts(g, key, &pick->paths);
	for (i = 0; i < pick->n; i++)
		check_path(g, key, i, pick->paths[i]);
	return pick->n;
}

static size_t read_test(const struct group *root, const char *key, struct conf_test *test)
{
	struct group g;

	if (!group_has(root, key))
		return 0;
	g = group_sub(root, key);
	test->path = group_text(&g, "path");
	test->n = group_texts(&g, "equals", &test->equals);
	if (test->path != NULL)
		check_path(&g, "path", 0, test->path);
	return 1;
}

static void read_severity(const struct group *g, struct conf_severity_rule *rule)
{
	bool range = group_has(g, "from") || group_has(g, "to");

	rule->is = group_text(g, "is");
	rule->from = group_int(g, "from");
	rule->to = group_int(g, "to");
	rule->severity = (enum severity)group_choice(g, "severity");
	if ((rule->is != NULL) == range)
		group_error(g, NULL, "severity: needs either \"is\" or \"from\" and \"to\"");
	else if (range && !(group_has(g, "from") && group_has(g, "to")))
		group_error(g, NULL, "severity: needs both \"from\" and \"to\"");
	else if (range && rule->from > rule->to)
		group_error(g, "to", "to: is less than from");
}

static void read_severities(const struct group *root, struct conf_format *format)
{
	size_t i;

	format->n_severities = group_count(root, "severity_map");
	format->severities = arena_array(root->reader->arena, format->n_severities + 1,
		sizeof(*format->severities));
	for (i = 0; i < format->n_severities; i++) {
		struct group item = group_item(root, "severity_map", i);

		read_severity(&item, &format->severities[i]);
	}
	if (format->n_severities > 0 && format->severity_from.n == 0)
		group_error(root, "severity_map", "severity_map: there is no \"severity_from\"");
}

static void read_format(const struct group *root, const struct data_file *file,
	struct conf_format *format)
{
	size_t n = 0;

	format->name = group_text(root, "format");
	format->title = group_text(root, "title");
	format->version = group_text(root, "version");
	text_copy(format->digest, sizeof(format->digest),
		reader_file_digest(root->reader, file->path));
	format->place = group_place(root, "format");
	format->each = group_text(root, "each");
	if (format->each != NULL)
		check_path(root, "each", 0, format->each);
	n += read_pick(root, "key", &format->key);
	n += read_pick(root, "title_from", &format->title_from);
	n += read_pick(root, "description", &format->description);
	n += read_pick(root, "severity_from", &format->severity_from);
	n += read_pick(root, "detected_at", &format->detected_at);
	n += read_pick(root, "aware_at", &format->aware_at);
	n += read_pick(root, "entity", &format->entity);
	n += read_test(root, "resolved", &format->resolved);
	n += read_test(root, "test", &format->tests);
	if (n > PATHS_MAX)
		group_error(root, NULL, "more than %d paths", PATHS_MAX);
	read_severities(root, format);
}

void formats_read(const struct data_dirs *dirs, struct reader *reader, struct conf *conf)
{
	struct data_file *files;
	size_t n = data_files(dirs, "sources.d", reader, &files), i;

	conf->formats = arena_array(reader->arena, n + 1, sizeof(*conf->formats));
	conf->n_formats = 0;
	for (i = 0; i < n; i++) {
		struct group root;
		config_t cfg;

		if (!data_open(&files[i], &format_schema, "format", reader, &cfg, &root))
			continue;
		read_format(&root, &files[i], &conf->formats[conf->n_formats++]);
		config_destroy(&cfg);
	}
}
