/*
 * Settings against options: types, ranges, forms, unknown keys. libconfig itself
 * tells none of these (an unknown key is silent, a wrong type reads as 0).
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/schema.h"
#include "config/value.h"
#include "core/calendar.h"

enum { KEYS_MAX = 64 };

static const struct option *find(const struct schema *schema, const char *kind,
	const char *key)
{
	size_t i;

	for (; schema != NULL; schema = schema->more)
		for (i = 0; i < schema->n; i++)
			if (strcmp(schema->options[i].group, kind) == 0 &&
				strcmp(schema->options[i].name, key) == 0)
				return &schema->options[i];
	return NULL;
}

const struct option *schema_option(const struct schema *schema, const char *kind,
	const char *key)
{
	const struct option *option = find(schema, kind, key);

	if (option == NULL)
		abort();
	return option;
}

static int wrong(struct error *err, const char *what)
{
	return error_set(err, ERROR_INVALID, "%s", what);
}

int option_number_text(const struct option *option, const char *text, int64_t *ret,
	struct error *err)
{
	if (option->type == OPTION_SIZE)
		return value_size(text, ret, err);
	if (option->type == OPTION_MODE)
		return value_mode(text, ret, err);
	if (option->type == OPTION_DURATION)
		return value_duration(text, option->min == 0, ret, err);
	if (text_int64(text, INT32_MIN, INT32_MAX, ret) < 0)
		return wrong(err, "must be a whole number");
	return 0;
}

/* libconfig 1.5 reads a bare 010 as ten, libconfig 1.7 as eight (measured). */
static bool libconfig_reads_octal(void)
{
	config_t probe;
	int value = 0;

	config_init(&probe);
	if (config_read_string(&probe, "x = 010;") == CONFIG_TRUE)
		config_lookup_int(&probe, "x", &value);
	config_destroy(&probe);
	return value == 8;
}

/* A mode is octal whether or not it stands in quotes: the number is turned back into
 * the digits that were written, and these are read as in quotes. */
static int bare_mode(const struct option *option, config_setting_t *setting, int64_t *ret,
	struct error *err)
{
	int value = config_setting_get_int(setting);
	char digits[16];

	if (config_setting_get_format(setting) == CONFIG_FORMAT_HEX)
		return wrong(err, "is not an octal mode such as \"0660\"");
	snprintf(digits, sizeof(digits), libconfig_reads_octal() ? "%o" : "%d",
		(unsigned int)value);
	return option_number_text(option, digits, ret, err);
}

int option_number(const struct option *option, config_setting_t *setting, int64_t *ret,
	struct error *err)
{
	int type = config_setting_type(setting);

	if (option->type == OPTION_INT) {
		if (type != CONFIG_TYPE_INT)
			return wrong(err, "must be a whole number without quotes");
		*ret = config_setting_get_int(setting);
		return 0;
	}
	if (option->type == OPTION_MODE && type == CONFIG_TYPE_INT)
		return bare_mode(option, setting, ret, err);
	if (type == CONFIG_TYPE_STRING)
		return option_number_text(option, config_setting_get_string(setting), ret, err);
	switch (option->type) {
	case OPTION_SIZE:
		return wrong(err, "must be a size in quotes, such as \"64MiB\"");
	case OPTION_DURATION:
		return wrong(err, "must be an ISO 8601 duration in quotes, such as \"PT20S\"");
	default:
		return wrong(err, "must be an octal mode such as \"0660\"");
	}
}

static int check_range(const struct option *option, int64_t value, struct error *err)
{
	if (option->type == OPTION_MODE || (value >= option->min && value <= option->max))
		return 0;
	if (option->type == OPTION_INT)
		return error_set(err, ERROR_INVALID, "must be %lld to %lld", (long long)option->min,
			(long long)option->max);
	return wrong(err, value < option->min ? "is too small" : "is too large");
}

static int check_number(const struct option *option, config_setting_t *setting,
	struct error *err)
{
	int64_t value = 0;

	if (option_number(option, setting, &value, err) < 0)
		return -1;
	return check_range(option, value, err);
}

static int check_choice(const struct option *option, const char *text, struct error *err)
{
	char list[160] = "";
	const char *near;
	size_t n, used = 0;

	for (n = 0; option->choices[n] != NULL; n++) {
		if (strcmp(option->choices[n], text) == 0)
			return 0;
		used += (size_t)snprintf(list + used, sizeof(list) - used, "%s\"%s\"",
			n > 0 ? ", " : "", option->choices[n]);
	}
	near = text_nearest(text, option->choices, n);
	if (near != NULL)
		return error_set(err, ERROR_INVALID, "cannot be \"%.40s\"; did you mean \"%s\"?",
			text, near);
	return error_set(err, ERROR_INVALID, "cannot be \"%.40s\"; it is one of %s", text,
		list);
}

static int check_secret(const struct option *option, const char *text, struct error *err)
{
	if (text_starts(text, "file:") && text[5] != '\0')
		return 0;
	if (text_starts(text, "credential:") && text_is_name(text + 11))
		return 0;
	if (option->type == OPTION_URL_SECRET && strstr(text, "://") != NULL)
		return 0;
	/* The text is not repeated: it may be the secret itself. */
	return wrong(err, option->type == OPTION_URL_SECRET ?
		"must be file:PATH, credential:NAME or a https:// URL" :
		"secrets are references: file:PATH or credential:NAME");
}

static int check_text(const struct option *option, config_setting_t *setting,
	struct error *err)
{
	const char *text = config_setting_get_string(setting);
	struct error why;
	int32_t day;

	if (config_setting_type(setting) != CONFIG_TYPE_STRING)
		return wrong(err, "must be a string in quotes");
	if (!value_is_printable(text))
		return wrong(err, "has a control character in it");
	switch (option->type) {
	case OPTION_NAME:
		if (text_is_name(text))
			return 0;
		return error_set(err, ERROR_INVALID, "cannot be \"%.70s\": a name is a-z, 0-9, and "
			"after the first \"._-\", at most 63", text);
	case OPTION_CHOICE:
		return check_choice(option, text, err);
	case OPTION_DATE:
		if (day_parse(text, &day, &why) == 0)
			return 0;
		return error_set(err, ERROR_INVALID, "\"%.40s\": %s", text, why.text);
	case OPTION_SECRET:
	case OPTION_URL_SECRET:
		return check_secret(option, text, err);
	default:
		break;
	}
	if (text[0] == '\0' && !text_equal(option->fallback, ""))
		return wrong(err, "must not be empty");
	if (option->max > 0 && strlen(text) > (size_t)option->max)
		return error_set(err, ERROR_INVALID, "is longer than %lld bytes",
			(long long)option->max);
	return 0;
}

static int check_count(const struct option *option, int n, struct error *err)
{
	if (n < option->min)
		return wrong(err, "must not be empty");
	if (option->max > 0 && n > option->max)
		return error_set(err, ERROR_INVALID, "has more than %lld elements",
			(long long)option->max);
	return 0;
}

static int check_texts(const struct option *option, config_setting_t *setting,
	struct error *err)
{
	int type = config_setting_type(setting), n, i;

	if (option->type == OPTION_TEXTS && type == CONFIG_TYPE_STRING)
		return check_text(&(struct option){ .type = OPTION_TEXT }, setting, err);
	/* ( "a", "b" ) means the same to whoever wrote it. */
	if (type != CONFIG_TYPE_ARRAY && type != CONFIG_TYPE_LIST)
		return wrong(err, "must be an array of strings: [ \"a\", \"b\" ]");
	n = config_setting_length(setting);
	for (i = 0; i < n; i++) {
		config_setting_t *element = config_setting_get_elem(setting, (unsigned int)i);

		if (config_setting_type(element) != CONFIG_TYPE_STRING)
			return wrong(err, "must be an array of strings: [ \"a\", \"b\" ]");
		if (check_text(&(struct option){ .type = OPTION_TEXT }, element, NULL) < 0)
			return wrong(err, "has an element that is empty or has a control character");
	}
	return check_count(option, n, err);
}

static int check_text_lists(const struct option *option, config_setting_t *setting,
	struct error *err)
{
	int n, i;

	if (config_setting_type(setting) != CONFIG_TYPE_LIST)
		return wrong(err, "must be a list of arrays: ( [ \"a\" ], [ \"b\" ] )");
	n = config_setting_length(setting);
	for (i = 0; i < n; i++)
		if (check_texts(&(struct option){ .type = OPTION_NAMES, .min = 1 },
			config_setting_get_elem(setting, (unsigned int)i), NULL) < 0)
			return wrong(err, "must be a list of arrays: ( [ \"a\" ], [ \"b\" ] )");
	return check_count(option, n, err);
}

static int check_list(const struct option *option, config_setting_t *setting,
	struct error *err)
{
	int n, i;

	if (config_setting_type(setting) != CONFIG_TYPE_LIST &&
		!(config_setting_type(setting) == CONFIG_TYPE_ARRAY &&
		config_setting_length(setting) == 0))
		return wrong(err, "must be a list of groups: ( { ... }, { ... } )");
	n = config_setting_length(setting);
	for (i = 0; i < n; i++)
		if (config_setting_type(config_setting_get_elem(setting, (unsigned int)i)) !=
			CONFIG_TYPE_GROUP)
			return wrong(err, "must be a list of groups: ( { ... }, { ... } )");
	return check_count(option, n, err);
}

int option_check(const struct option *option, config_setting_t *setting, struct error *err)
{
	int type = config_setting_type(setting);

	switch (option->type) {
	case OPTION_BOOL:
		return type == CONFIG_TYPE_BOOL ? 0 :
			wrong(err, "must be true or false, without quotes");
	case OPTION_INT:
	case OPTION_MODE:
	case OPTION_SIZE:
	case OPTION_DURATION:
		return check_number(option, setting, err);
	case OPTION_NAMES:
	case OPTION_TEXTS:
		return check_texts(option, setting, err);
	case OPTION_TEXT_LISTS:
		return check_text_lists(option, setting, err);
	case OPTION_GROUPS:
		return type == CONFIG_TYPE_GROUP ? 0 : check_list(option, setting, err);
	case OPTION_LIST:
		return check_list(option, setting, err);
	case OPTION_GROUP:
		return type == CONFIG_TYPE_GROUP ? 0 : wrong(err, "must be a group: { ... }");
	default:
		return check_text(option, setting, err);
	}
}

static void report_unknown(const struct group *g, const char *key)
{
	const char *known[KEYS_MAX], *near;
	const struct schema *schema;
	size_t n = 0, i;

	for (schema = g->schema; schema != NULL; schema = schema->more)
		for (i = 0; i < schema->n && n < KEYS_MAX; i++)
			if (strcmp(schema->options[i].group, g->kind) == 0)
				known[n++] = schema->options[i].name;
	near = text_nearest(key, known, n);
	group_error(g, key, "unknown key \"%.64s\"%s%s%s%s%s", key,
		g->kind[0] != '\0' ? " in " : "", g->kind, near != NULL ? "; did you mean \"" : "",
		near != NULL ? near : "", near != NULL ? "\"?" : "");
}

static void check_inside(const struct group *g, const struct option *option)
{
	size_t n, i;

	if (option->type == OPTION_GROUP) {
		struct group sub = group_sub(g, option->name);

		schema_check(&sub);
	} else if (option->type == OPTION_LIST || option->type == OPTION_GROUPS) {
		n = group_count(g, option->name);
		for (i = 0; i < n; i++) {
			struct group item = group_item(g, option->name, i);

			schema_check(&item);
		}
	}
}

static void check_required(const struct group *g)
{
	const struct schema *schema;
	size_t i;

	for (schema = g->schema; schema != NULL; schema = schema->more)
		for (i = 0; i < schema->n; i++) {
			const struct option *option = &schema->options[i];

			if (strcmp(option->group, g->kind) == 0 && option->required &&
				config_setting_get_member(g->setting, option->name) == NULL)
				group_error(g, NULL, "%s%s\"%s\" is missing", g->kind,
					g->kind[0] != '\0' ? ": " : "", option->name);
		}
}

void schema_check(const struct group *g)
{
	int n = config_setting_length(g->setting), i;

	for (i = 0; i < n; i++) {
		config_setting_t *setting = config_setting_get_elem(g->setting, (unsigned int)i);
		const char *key = config_setting_name(setting);
		const struct option *option = find(g->schema, g->kind, key);
		struct error why;

		if (option == NULL)
			report_unknown(g, key);
		else if (option_check(option, setting, &why) < 0)
			group_error(g, key, "%s: %s", key, why.text);
		else
			check_inside(g, option);
	}
	check_required(g);
}
