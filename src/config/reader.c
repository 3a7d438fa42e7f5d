/*
 * Files into libconfig trees, and values out of them: see reader.h. What is
 * handed out is copied into the arena, because the tree does not outlive the
 * reading.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "config/prescan.h"
#include "config/reader.h"
#include "config/schema.h"

struct prescan_place {
	struct reader *reader;
	const char *path;
};

static void prescan_fault(void *arg, int line, const char *message)
{
	struct prescan_place *place = arg;

	reader_error(place->reader, place->path, line, "%s", message);
}

/* What an incident can be pinned to: see reader_rule_texts. */
static bool is_rule_file(const char *name)
{
	return text_starts(name, "regimes.d/") || text_starts(name, "countries.d/");
}

static void note_file(struct reader *reader, const char *path, const char *name,
	const struct buf *text)
{
	struct conf_file *file;

	reader->files = arena_grow(reader->arena, reader->files, reader->n_files,
		sizeof(*reader->files));
	file = &reader->files[reader->n_files++];
	file->path = arena_strdup(reader->arena, path);
	file->name = arena_strdup(reader->arena, name);
	digest_sha256_hex(text->data, text->len, file->digest);
	if (is_rule_file(name)) {
		file->text = arena_strndup(reader->arena, text->data, text->len);
		file->len = text->len;
	}
}

static int parse(struct reader *reader, const char *path, const struct buf *text,
	config_t *cfg)
{
	struct prescan_place place = { .reader = reader, .path = path };

	if (!prescan(text->data, text->len, prescan_fault, &place))
		return -1;
	config_init(cfg);
	if (config_read_string(cfg, text->data) == CONFIG_TRUE)
		return 0;
	reader_error(reader, path, config_error_line(cfg), "%s%s", config_error_text(cfg),
		strcmp(config_error_text(cfg), "syntax error") == 0 ?
		"; is a \"=\", comma or value missing on this line or above?" : "");
	config_destroy(cfg);
	return -1;
}

int reader_open(struct reader *reader, const char *path, const char *name, config_t *cfg)
{
	struct error err;
	struct buf text;
	int rc;

	buf_init(&text, CONF_FILE_MAX);
	rc = file_read(path, CONF_FILE_MAX, &text, &err);
	note_file(reader, path, name, &text);
	if (rc < 0) {
		size_t n = strlen(path);

		/* The place is named beside the text already. */
		reader_error(reader, path, 0, "%s",
			strncmp(err.text, path, n) == 0 && text_starts(err.text + n, ": ") ?
			err.text + n + 2 : err.text);
	} else {
		rc = parse(reader, path, &text, cfg);
	}
	buf_release(&text);
	return rc;
}

int reader_open_text(struct reader *reader, const struct rule_text *rule, config_t *cfg)
{
	struct buf text;
	int rc;

	buf_init(&text, CONF_FILE_MAX);
	rc = buf_add(&text, rule->text, rule->len);
	note_file(reader, rule->name, rule->name, &text);
	if (rc < 0)
		reader_error(reader, rule->name, 0, "more than %d bytes", CONF_FILE_MAX);
	else
		rc = parse(reader, rule->name, &text, cfg);
	buf_release(&text);
	return rc;
}

bool reader_has_file(const struct reader *reader, const char *name)
{
	size_t i;

	for (i = 0; i < reader->n_files; i++)
		if (strcmp(reader->files[i].name, name) == 0)
			return true;
	return false;
}

static int compare_files(const void *a, const void *b)
{
	return strcmp(((const struct conf_file *)a)->name, ((const struct conf_file *)b)->name);
}

static struct conf_file *sorted_files(const struct reader *reader)
{
	struct conf_file *files = arena_array(reader->arena, reader->n_files + 1, sizeof(*files));
	size_t i;

	for (i = 0; i < reader->n_files; i++)
		files[i] = reader->files[i];
	qsort(files, reader->n_files, sizeof(*files), compare_files);
	return files;
}

size_t reader_rule_texts(const struct reader *reader, struct rule_text **ret)
{
	const struct conf_file *files = sorted_files(reader);
	size_t n = 0, i;

	*ret = arena_array(reader->arena, reader->n_files + 1, sizeof(**ret));
	for (i = 0; i < reader->n_files; i++)
		if (files[i].text != NULL)
			(*ret)[n++] = (struct rule_text){ .name = files[i].name, .text = files[i].text,
				.len = files[i].len };
	return n;
}

void reader_digest(const struct reader *reader, char ret[DIGEST_HEX_SIZE])
{
	const struct conf_file *files = sorted_files(reader);
	struct buf list;
	size_t i;

	buf_init(&list, 0);
	for (i = 0; i < reader->n_files; i++)
		buf_addf(&list, "%s  %s\n", files[i].digest, files[i].name);
	digest_sha256_hex(list.data, list.len, ret);
	buf_release(&list);
}

const char *reader_file_digest(const struct reader *reader, const char *path)
{
	size_t i;

	for (i = 0; i < reader->n_files; i++)
		if (strcmp(reader->files[i].path, path) == 0)
			return reader->files[i].digest;
	return "";
}

struct group group_root(struct reader *reader, const struct schema *schema, config_t *cfg,
	const char *path)
{
	return (struct group){ .reader = reader, .schema = schema, .kind = "",
		.setting = config_root_setting(cfg), .file = path };
}

static config_setting_t *member(const struct group *g, const char *key)
{
	return g->setting == NULL ? NULL : config_setting_get_member(g->setting, key);
}

static int line_of(const struct group *g, const char *key)
{
	config_setting_t *setting = key != NULL ? member(g, key) : NULL;

	return setting != NULL ? (int)config_setting_source_line(setting) : g->line;
}

void group_error(const struct group *g, const char *key, const char *fmt, ...)
{
	char text[sizeof(((struct error *)NULL)->text)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	reader_error(g->reader, g->file, line_of(g, key), "%s", text);
}

void group_warning(const struct group *g, const char *key, const char *fmt, ...)
{
	char text[sizeof(((struct error *)NULL)->text)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	reader_warning(g->reader, g->file, line_of(g, key), "%s", text);
}

struct conf_place group_place(const struct group *g, const char *key)
{
	return (struct conf_place){ .file = g->file, .line = line_of(g, key) };
}

/* The setting of a key if its value is in order, else NULL. */
static config_setting_t *valid(const struct group *g, const char *key,
	const struct option **ret_option)
{
	const struct option *option = schema_option(g->schema, g->kind, key);
	config_setting_t *setting = member(g, key);

	*ret_option = option;
	return setting != NULL && option_check(option, setting, NULL) == 0 ? setting : NULL;
}

bool group_is_set(const struct group *g, const char *key)
{
	return member(g, key) != NULL;
}

bool group_has(const struct group *g, const char *key)
{
	const struct option *option;

	return valid(g, key, &option) != NULL;
}

const char *group_text(const struct group *g, const char *key)
{
	const struct option *option;
	config_setting_t *setting = valid(g, key, &option);

	if (setting == NULL)
		return option->fallback;
	return arena_strdup(g->reader->arena, config_setting_get_string(setting));
}

int64_t group_int(const struct group *g, const char *key)
{
	const struct option *option;
	config_setting_t *setting = valid(g, key, &option);
	int64_t value = 0;

	if (setting != NULL)
		option_number(option, setting, &value, NULL);
	else if (option->fallback != NULL)
		option_number_text(option, option->fallback, &value, NULL);
	return value;
}

bool group_bool(const struct group *g, const char *key)
{
	const struct option *option;
	config_setting_t *setting = valid(g, key, &option);

	if (setting == NULL)
		return text_equal(option->fallback, "true");
	return config_setting_get_bool(setting) == CONFIG_TRUE;
}

int group_choice(const struct group *g, const char *key)
{
	const char *text = group_text(g, key);
	const struct option *option = schema_option(g->schema, g->kind, key);
	int i;

	for (i = 0; text != NULL && option->choices[i] != NULL; i++)
		if (strcmp(option->choices[i], text) == 0)
			return i;
	return -1;
}

int32_t group_date(const struct group *g, const char *key)
{
	const char *text = group_text(g, key);
	int32_t day = DAY_NONE;

	if (text != NULL)
		day_parse(text, &day, NULL);
	return day;
}

static size_t copy_texts(const struct group *g, config_setting_t *setting, const char ***ret)
{
	size_t n = 1, i;

	if (config_setting_is_aggregate(setting))
		n = (size_t)config_setting_length(setting);
	*ret = arena_array(g->reader->arena, n + 1, sizeof(**ret));
	if (!config_setting_is_aggregate(setting))
		(*ret)[0] = arena_strdup(g->reader->arena, config_setting_get_string(setting));
	else
		for (i = 0; i < n; i++)
			(*ret)[i] = arena_strdup(g->reader->arena,
				config_setting_get_string_elem(setting, (int)i));
	return n;
}

size_t group_texts(const struct group *g, const char *key, const char ***ret)
{
	const struct option *option;
	config_setting_t *setting = valid(g, key, &option);

	*ret = NULL;
	return setting == NULL ? 0 : copy_texts(g, setting, ret);
}

int group_element_line(const struct group *g, const char *key, size_t i)
{
	config_setting_t *setting = member(g, key), *element = NULL;

	if (setting != NULL && config_setting_is_aggregate(setting))
		element = config_setting_get_elem(setting, (unsigned int)i);
	return element != NULL ? (int)config_setting_source_line(element) : line_of(g, key);
}

size_t group_count(const struct group *g, const char *key)
{
	const struct option *option;
	config_setting_t *setting = valid(g, key, &option);

	if (setting != NULL && config_setting_type(setting) == CONFIG_TYPE_GROUP)
		return 1;		/* OPTION_GROUPS: one alone */
	return setting == NULL ? 0 : (size_t)config_setting_length(setting);
}

struct group group_item(const struct group *g, const char *key, size_t i)
{
	const struct option *option;
	struct group item = *g;

	item.setting = valid(g, key, &option);
	if (config_setting_type(item.setting) != CONFIG_TYPE_GROUP)
		item.setting = config_setting_get_elem(item.setting, (unsigned int)i);
	item.kind = option->of;
	item.line = (int)config_setting_source_line(item.setting);
	return item;
}

struct group group_sub(const struct group *g, const char *key)
{
	const struct option *option;
	struct group sub = *g;

	sub.setting = valid(g, key, &option);
	sub.kind = option->of;
	if (sub.setting != NULL)
		sub.line = (int)config_setting_source_line(sub.setting);
	return sub;
}

size_t group_text_list(const struct group *g, const char *key, size_t i, const char ***ret)
{
	const struct option *option;
	config_setting_t *setting = valid(g, key, &option);

	return copy_texts(g, config_setting_get_elem(setting, (unsigned int)i), ret);
}

void group_check_unique(const struct group *g, const char *list, const char *key,
	const char *what)
{
	size_t n = group_count(g, list), i, j;
	struct group *items = arena_array(g->reader->arena, n + 1, sizeof(*items));
	const char **names = arena_array(g->reader->arena, n + 1, sizeof(*names));

	for (i = 0; i < n; i++) {
		items[i] = group_item(g, list, i);
		names[i] = group_text(&items[i], key);
		for (j = 0; names[i] != NULL && j < i; j++)
			if (text_equal(names[i], names[j])) {
				group_error(&items[i], key, "%s \"%s\" is already defined on line %d", what,
					names[i], line_of(&items[j], key));
				break;
			}
	}
}
