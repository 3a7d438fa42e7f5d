/*
 * Files of sources.d: what an alert of a product says where. What can be known to
 * match nothing is refused (formats_check.c); ingest compiles the paths.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "config/formats.h"

enum { PATH_BYTES = 255, MAP_MAX = 64, TESTS_MAX = 16 };

static const char *const severities[] = { "unknown", "low", "medium", "high", "critical",
	NULL };
static const char *const minimums[] = { "none", "low", "medium", "high", "critical", NULL };
static const char *const syntaxes[] = { "json", "cef", "leef", NULL };
static const char *const worsts[] = { "highest", "lowest", NULL };
static const char *const key_defaults[] = { "none", "digest", NULL };
static const char *const unparsed[] = { "incident", "reject", NULL };
static const char *const awarenesses[] = { "triage", "alert", NULL };
static const char *const awareness_times[] = { "received", "detected", NULL };

#define PICK(key) { .group = "", .name = key, .type = OPTION_TEXTS, .max = FORMAT_PICK_MAX }
#define TESTS(key) { .group = "", .name = key, .type = OPTION_GROUPS, .of = "test", \
	.min = 1, .max = TESTS_MAX }
#define CHOICE(key, list, first) { .group = "", .name = key, .type = OPTION_CHOICE, \
	.choices = list, .fallback = first }

static const struct option format_options[] = {
	{ .group = "", .name = "format", .type = OPTION_NAME, .required = true },
	{ .group = "", .name = "title", .type = OPTION_TEXT, .max = 100, .required = true },
	{ .group = "", .name = "version", .type = OPTION_NAME, .required = true },
	CHOICE("syntax", syntaxes, "json"),
	PICK("each"),
	{ .group = "", .name = "cloudevents", .type = OPTION_BOOL, .fallback = "false" },
	CHOICE("unparsed", unparsed, "incident"),
	PICK("key"),
	{ .group = "", .name = "keys", .type = OPTION_TEXT_LISTS, .min = 1, .max = FORMAT_PICK_MAX },
	CHOICE("without_key", key_defaults, "none"),
	{ .group = "", .name = "title_from", .type = OPTION_TEXTS, .min = 1,
	  .max = FORMAT_PICK_MAX, .required = true },
	{ .group = "", .name = "title_default", .type = OPTION_TEXT, .max = 300 },
	PICK("description"),
	PICK("severity_from"),
	{ .group = "", .name = "severity_map", .type = OPTION_LIST, .of = "severity",
	  .max = MAP_MAX },
	CHOICE("severity_worst", worsts, NULL),
	PICK("detected_at"),
	PICK("aware_at"),
	{ .group = "", .name = "time_format", .type = OPTION_TEXT, .max = 60 },
	PICK("time_format_from"),
	{ .group = "", .name = "timezone", .type = OPTION_TEXT, .max = 60 },
	PICK("entity"),
	{ .group = "", .name = "entity_map", .type = OPTION_LIST, .of = "entity", .max = 4096 },
	TESTS("significant"),
	TESTS("resolved"),
	TESTS("update"),
	TESTS("test"),
	CHOICE("awareness", awarenesses, "triage"),
	CHOICE("awareness_time", awareness_times, "received"),
	CHOICE("minimum_severity", minimums, "none"),
	{ .group = "severity", .name = "is", .type = OPTION_TEXT, .max = 100 },
	{ .group = "severity", .name = "from", .type = OPTION_INT, .min = -999999999,
	  .max = 999999999 },
	{ .group = "severity", .name = "to", .type = OPTION_INT, .min = -999999999,
	  .max = 999999999 },
	{ .group = "severity", .name = "severity", .type = OPTION_CHOICE, .choices = severities,
	  .required = true },
	{ .group = "entity", .name = "is", .type = OPTION_TEXT, .max = 300, .required = true },
	{ .group = "entity", .name = "entity", .type = OPTION_NAME, .required = true },
	{ .group = "test", .name = "path", .type = OPTION_TEXT, .max = PATH_BYTES,
	  .required = true },
	{ .group = "test", .name = "equals", .type = OPTION_TEXTS, .min = 1, .max = MAP_MAX },
	{ .group = "test", .name = "except", .type = OPTION_TEXTS, .min = 1, .max = MAP_MAX },
	{ .group = "test", .name = "and", .type = OPTION_GROUP, .of = "test" },
};
static const struct schema format_schema = { .options = format_options,
	.n = ARRAY_LEN(format_options) };

static void read_pick(const struct group *g, const struct conf_format *format,
	const char *key, struct conf_pick *pick)
{
	pick->n = group_texts(g, key, &pick->paths);
	format_check_pick(g, format, key, pick);
}

/* ---- keys ------------------------------------------------------------------------ */

static void read_keys(const struct group *g, struct conf_format *format)
{
	struct arena *arena = g->reader->arena;
	size_t i, n = group_count(g, "keys");

	if (group_is_set(g, "key") && group_is_set(g, "keys"))
		group_error(g, "keys", "keys: there is a \"key\" already");
	format->keys = arena_array(arena, n + 1, sizeof(*format->keys));
	format->key_digest = group_choice(g, "without_key") == 1;
	if (group_has(g, "key")) {
		format->n_keys = 1;
		read_pick(g, format, "key", &format->keys[0]);
		return;
	}
	format->n_keys = n;
	for (i = 0; i < n; i++) {
		struct conf_pick *key = &format->keys[i];
		size_t k;

		key->n = group_text_list(g, "keys", i, &key->paths);
		for (k = 0; k < key->n; k++)
			format_check_path(g, format, "keys", i, key->paths[k]);
	}
}

/* ---- tests ----------------------------------------------------------------------- */

static void read_test(const struct group *g, const struct conf_format *format,
	struct conf_test *test)
{
	struct arena *arena = g->reader->arena;

	test->except = group_is_set(g, "except");
	test->path = group_text(g, "path");
	test->n = group_texts(g, test->except ? "except" : "equals", &test->values);
	if (test->path != NULL)
		format_check_path(g, format, "path", 0, test->path);
	if (!group_is_set(g, "equals") && !test->except)
		group_error(g, NULL, "test: \"equals\" is missing, or \"except\"");
	else if (group_is_set(g, "equals") && test->except)
		group_error(g, "except", "test: has both \"equals\" and \"except\"");
	if (group_has(g, "and")) {
		struct group sub = group_sub(g, "and");
		struct conf_test *and = arena_alloc(arena, sizeof(*and));

		read_test(&sub, format, and);
		test->and = and;
	}
}

static void read_tests(const struct group *root, const struct conf_format *format,
	const char *key, struct conf_tests *tests)
{
	size_t i, n = group_count(root, key);
	struct conf_test *list = arena_array(root->reader->arena, n + 1, sizeof(*list));

	for (i = 0; i < n; i++) {
		struct group item = group_item(root, key, i);

		read_test(&item, format, &list[i]);
	}
	*tests = (struct conf_tests){ list, n };
}

/* ---- maps ------------------------------------------------------------------------ */

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
	size_t i, errors = root->reader->report->n_errors;

	format->n_severities = group_count(root, "severity_map");
	format->severities = arena_array(root->reader->arena, format->n_severities + 1,
		sizeof(*format->severities));
	for (i = 0; i < format->n_severities; i++) {
		struct group item = group_item(root, "severity_map", i);

		read_severity(&item, &format->severities[i]);
	}
	if (root->reader->report->n_errors == errors)
		format_check_severities(root, format);
}

static void read_entities(const struct group *root, struct conf_format *format)
{
	size_t i;

	format->n_entities = group_count(root, "entity_map");
	format->entities = arena_array(root->reader->arena, format->n_entities + 1,
		sizeof(*format->entities));
	for (i = 0; i < format->n_entities; i++) {
		struct group item = group_item(root, "entity_map", i);

		format->entities[i] = (struct conf_entity_rule){
			.is = group_text(&item, "is"), .entity = group_text(&item, "entity"),
			.line = group_element_line(root, "entity_map", i),
		};
	}
	group_check_unique(root, "entity_map", "is", "value");
	if (format->n_entities > 0 && format->entity.n == 0)
		group_error(root, "entity_map", "entity_map: there is no \"entity\"");
}

/* ---- times ----------------------------------------------------------------------- */

static void read_times(const struct group *root, const struct rulebook *book,
	struct conf_format *format)
{
	const char *timezone = group_text(root, "timezone");
	struct error why;

	read_pick(root, format, "detected_at", &format->detected_at);
	read_pick(root, format, "aware_at", &format->aware_at);
	read_pick(root, format, "time_format_from", &format->time_format_from);
	format->time_format = group_text(root, "time_format");
	if (format->time_format != NULL)
		format_check_time(root, "time_format", format->time_format);
	if (timezone == NULL)
		return;
	format->zone = book->zone(book->zone_arg, timezone, &why);
	if (format->zone == NULL)
		group_error(root, "timezone", "timezone: %s", why.text);
}

/* ---- files ----------------------------------------------------------------------- */

static void read_format(const struct group *root, const char *path,
	const struct rulebook *book, struct conf_format *format)
{
	*format = (struct conf_format){ .name = group_text(root, "format") };
	format->title = group_text(root, "title");
	format->version = group_text(root, "version");
	text_copy(format->digest, sizeof(format->digest),
		reader_file_digest(root->reader, path));
	format->place = group_place(root, "format");
	format->syntax = (enum syntax)group_choice(root, "syntax");
	format->each.n = group_texts(root, "each", &format->each.paths);
	format_check_each(root, format);
	format->cloudevents = group_bool(root, "cloudevents");
	format->unparsed = group_choice(root, "unparsed") == 0;
	read_keys(root, format);
	read_pick(root, format, "title_from", &format->title_from);
	format->title_default = group_text(root, "title_default");
	read_pick(root, format, "description", &format->description);
	read_pick(root, format, "severity_from", &format->severity_from);
	read_severities(root, format);
	read_times(root, book, format);
	read_pick(root, format, "entity", &format->entity);
	read_entities(root, format);
	read_tests(root, format, "significant", &format->significant);
	read_tests(root, format, "resolved", &format->resolved);
	read_tests(root, format, "update", &format->updates);
	read_tests(root, format, "test", &format->tests);
	format->awareness = (enum awareness)group_choice(root, "awareness");
	format->awareness_time = (enum awareness_time)group_choice(root, "awareness_time");
	format->minimum = (enum severity)group_choice(root, "minimum_severity");
	format_check_size(root, format);
}

static bool read_file(const struct data_file *file, struct reader *reader,
	const struct rulebook *book, struct conf_format *format)
{
	struct group root;
	config_t cfg;

	if (!data_open(file, &format_schema, "format", reader, &cfg, &root))
		return false;
	read_format(&root, file->path, book, format);
	config_destroy(&cfg);
	return true;
}

void formats_read(const struct data_dirs *dirs, struct reader *reader, struct conf *conf)
{
	struct data_file *files;
	size_t n = data_files(dirs, "sources.d", reader, &files), i;

	conf->formats = arena_array(reader->arena, n + 1, sizeof(*conf->formats));
	conf->n_formats = 0;
	for (i = 0; i < n; i++)
		conf->n_formats += read_file(&files[i], reader, &conf->book,
			&conf->formats[conf->n_formats]);
}

/* ---- one alone, for trying it out ------------------------------------------------- */

struct format_file {
	struct arena *arena;
	struct rulebook book;		/* for its zones only */
	struct conf_format format;
};

/* A name is looked up; what has a slash or ends as a data file does is a file. */
static struct data_file *find_file(const char *file, const char *data_dir,
	struct reader *reader)
{
	const char *slash = strrchr(file, '/'), *base = slash != NULL ? slash + 1 : file;
	size_t len = strlen(base), n, i;
	struct data_file *found, *files;
	struct data_dirs dirs;

	if (slash != NULL || (len > 5 && strcmp(base + len - 5, ".conf") == 0)) {
		found = arena_alloc(reader->arena, sizeof(*found));
		found->path = found->name = file;
		found->stem = arena_strndup(reader->arena, base,
			len > 5 && strcmp(base + len - 5, ".conf") == 0 ? len - 5 : len);
		return found;
	}
	if (data_dirs_init(&dirs, data_dir != NULL ? NULL : TOCSIN_SYSCONFDIR, data_dir,
		reader) < 0)
		return NULL;
	n = data_files(&dirs, "sources.d", reader, &files);
	for (i = 0; i < n; i++)
		if (strcmp(files[i].stem, file) == 0)
			return &files[i];
	reader_error(reader, file, 0, "there is no such format in sources.d; a file of your own "
		"is named with its path");
	return NULL;
}

struct format_file *format_file_load(const char *name, const char *data_dir,
	struct conf_report *report)
{
	struct arena *arena = arena_new();
	struct format_file *file = arena_alloc(arena, sizeof(*file));
	struct reader reader = { .arena = arena, .report = report };
	const struct data_file *found;

	memset(report, 0, sizeof(*report));
	file->arena = arena;
	file->book.zone = zones_get;
	file->book.zone_arg = zones_new(arena, TOCSIN_ZONEINFO);
	found = find_file(arena_strdup(arena, name), data_dir, &reader);
	if (found != NULL)
		read_file(found, &reader, &file->book, &file->format);
	reader_sort(&reader);
	if (report->n_errors == 0)
		return file;
	format_file_free(file);
	return NULL;
}

const struct conf_format *format_file_format(const struct format_file *file)
{
	return &file->format;
}

void format_file_free(struct format_file *file)
{
	if (file == NULL)
		return;
	zones_release(file->book.zone_arg);
	arena_free(file->arena);
}
