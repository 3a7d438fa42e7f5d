/*
 * Source formats that cannot work: see formats.h. What an alert will hold is not
 * known at the start; what no alert can ever hold is.
 */
#include "config.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "config/formats.h"
#include "config/value.h"

static void refuse(const struct group *g, const char *key, size_t i, const char *path,
	const char *why)
{
	reader_error(g->reader, g->file, group_element_line(g, key, i), "%s: \"%.80s\" %s", key,
		path, why);
}

void format_check_path(const struct group *g, const struct conf_format *format,
	const char *key, size_t i, const char *path)
{
	bool out = path[0] == '^';
	struct error why;

	if (out && (format->each.n == 0 || strcmp(key, "each") == 0))
		refuse(g, key, i, path, "is a path out of \"each\" (^), and there is no \"each\" "
			"around it");
	else if (path[0] == '$' && path[1] == '.')
		refuse(g, key, i, path, "begins with \"$.\": a path begins with the first name");
	else if (format->syntax != SYNTAX_JSON && strchr(path, '[') != NULL)
		refuse(g, key, i, path, "has an index, and a line of text has no lists");
	else if (value_path(path + (out ? 1 : 0), &why) < 0)
		refuse(g, key, i, path, why.text);
}

void format_check_pick(const struct group *g, const struct conf_format *format,
	const char *key, const struct conf_pick *pick)
{
	size_t i, j;

	for (i = 0; i < pick->n; i++) {
		format_check_path(g, format, key, i, pick->paths[i]);
		for (j = 0; j < i && strcmp(pick->paths[i], pick->paths[j]) != 0; j++)
			;
		if (j < i)
			refuse(g, key, i, pick->paths[i], "is there twice");
	}
}

/* "a[].b" in its levels; a level that is empty is refused as a path is. */
static void check_levels(const struct group *g, const struct conf_format *format, size_t i,
	const char *path)
{
	struct arena *arena = g->reader->arena;
	size_t levels = 0;

	while (path != NULL) {
		const char *end = strstr(path, "[]");
		size_t len = end != NULL ? (size_t)(end - path) : strlen(path);

		format_check_path(g, format, "each", i, arena_strndup(arena, path, len));
		if (end != NULL && end[2] != '.') {
			refuse(g, "each", i, path, "needs a path behind its [], as in \"a[].b\"");
			return;
		}
		path = end != NULL ? end + 3 : NULL;
		levels++;
	}
	if (levels > FORMAT_LEVELS_MAX)
		refuse(g, "each", i, format->each.paths[i], "has more than 4 levels");
}

void format_check_each(const struct group *g, const struct conf_format *format)
{
	const struct conf_pick *each = &format->each;
	size_t i;

	if (each->n > 0 && format->syntax != SYNTAX_JSON)
		group_error(g, "each", "each: a line of text is one alert");
	for (i = 0; i < each->n && format->syntax == SYNTAX_JSON; i++) {
		if (strcmp(each->paths[i], ".") != 0)
			check_levels(g, format, i, each->paths[i]);
		else if (i + 1 < each->n)
			refuse(g, "each", i, ".", "always holds: what follows is never looked at");
	}
}

/* ---- severities ------------------------------------------------------------------ */

static bool same_values(const struct conf_severity_rule *a, const struct conf_severity_rule *b)
{
	if ((a->is != NULL) != (b->is != NULL))
		return false;
	return a->is != NULL ? strcasecmp(a->is, b->is) == 0 :
		a->from <= b->to && b->from <= a->to;
}

/* Does a higher number in this pair mean the worse severity (1), the milder (-1), or
 * neither? Unknown has no place in the order. */
static int direction(const struct conf_severity_rule *a, const struct conf_severity_rule *b)
{
	if (a->is != NULL || b->is != NULL || a->severity == b->severity ||
	    a->severity == SEVERITY_UNKNOWN || b->severity == SEVERITY_UNKNOWN)
		return 0;
	return (a->from < b->from) == (a->severity < b->severity) ? 1 : -1;
}

/* Which end of its numbers is the worst is what people get wrong about a product: who
 * says so is held to it. */
static void check_direction(const struct group *g, const struct conf_format *format, size_t i)
{
	const struct conf_severity_rule *rules = format->severities;
	int stated = group_has(g, "severity_worst") ?
		1 - 2 * group_choice(g, "severity_worst") : 0;
	size_t j;

	for (j = 0; j < i && stated != 0; j++)
		if (direction(&rules[i], &rules[j]) == -stated) {
			reader_error(g->reader, g->file, group_element_line(g, "severity_map", i),
				"severity_map: runs the other way than severity_worst says");
			return;
		}
}

void format_check_severities(const struct group *g, const struct conf_format *format)
{
	const struct conf_severity_rule *rules = format->severities;
	size_t i, j;

	if (format->n_severities > 0 && format->severity_from.n == 0)
		group_error(g, "severity_map", "severity_map: there is no \"severity_from\"");
	if (format->n_severities == 0 && format->severity_from.n > 0)
		group_error(g, "severity_from", "severity_from: there is no \"severity_map\": every "
			"alert would be unknown");
	for (i = 0; i < format->n_severities; i++) {
		for (j = 0; j < i && !same_values(&rules[i], &rules[j]); j++)
			;
		if (j < i)
			reader_error(g->reader, g->file, group_element_line(g, "severity_map", i),
				"severity_map: this value has a rule above");
		else
			check_direction(g, format, i);
	}
}

/* ---- times and sizes ------------------------------------------------------------- */

void format_check_time(const struct group *g, const char *key, const char *letters)
{
	bool quoted = false, year = false, month = false, day = false;
	const char *p;

	for (p = letters; *p != '\0'; p++) {
		quoted ^= *p == '\'';
		if (quoted || !((*p | 0x20) >= 'a' && (*p | 0x20) <= 'z'))
			continue;
		if (strchr("yMdHhmsSazZXE", *p) == NULL) {
			group_error(g, key, "%s: \"%c\" is none of the letters yMdHhmsSazZXE; other "
				"text stands in single quotes", key, *p);
			return;
		}
		year |= *p == 'y';
		month |= *p == 'M';
		day |= *p == 'd';
	}
	if (quoted)
		group_error(g, key, "%s: a single quote is not closed", key);
	else if (!year || !month || !day)
		group_error(g, key, "%s: has no year (y), month (M) or day (d)", key);
}

static size_t segments(const char *path)
{
	size_t n = 1;

	for (; *path != '\0'; path++)
		n += *path == '.' || *path == '[';
	return n;
}

struct size_sum {
	size_t paths, segments;
};

static void add_pick(struct size_sum *sum, const struct conf_pick *pick)
{
	size_t i;

	sum->paths += pick->n;
	for (i = 0; i < pick->n; i++)
		sum->segments += segments(pick->paths[i]);
}

static void add_tests(struct size_sum *sum, const struct conf_tests *tests)
{
	const struct conf_test *test;
	size_t i;

	for (i = 0; i < tests->n; i++)
		for (test = &tests->list[i]; test != NULL && test->path != NULL; test = test->and) {
			sum->paths++;
			sum->segments += segments(test->path);
		}
}

void format_check_size(const struct group *g, const struct conf_format *format)
{
	const struct conf_pick *picks[] = { &format->each, &format->title_from,
		&format->description, &format->severity_from, &format->detected_at,
		&format->aware_at, &format->entity, &format->time_format_from };
	const struct conf_tests *tests[] = { &format->resolved, &format->updates,
		&format->tests, &format->significant };
	struct size_sum sum = { 0, 0 };
	size_t i;

	for (i = 0; i < ARRAY_LEN(picks); i++)
		add_pick(&sum, picks[i]);
	for (i = 0; i < format->n_keys; i++)
		add_pick(&sum, &format->keys[i]);
	for (i = 0; i < ARRAY_LEN(tests); i++)
		add_tests(&sum, tests[i]);
	if (sum.paths > FORMAT_PATHS_MAX)
		group_error(g, NULL, "more than %d paths", FORMAT_PATHS_MAX);
	else if (sum.segments > FORMAT_SEGMENTS_MAX)
		group_error(g, NULL, "the paths together have more than %d segments",
			FORMAT_SEGMENTS_MAX);
}
