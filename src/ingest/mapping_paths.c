/*
 * A format compiled: every path gets the place where its value will stand. Paths
 * of the alert come first; those of the document around it (^) behind them, as
 * they follow the paths of "each" among the outer ones.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "ingest/mapping.h"

/* Paths on their way: of the alert, and of the document around it. */
struct collector {
	struct mapping *m;
	const char *inner[SCAN_PATHS_MAX], *outer[SCAN_PATHS_MAX];
	size_t n_inner, n_outer;
	size_t n_at;			/* of m->at */
	bool out[SCAN_PATHS_MAX];	/* is the place in m->at an outer one? */
	bool overflow;
};

static bool is_full(struct collector *c)
{
	if (c->n_inner + c->n_outer < SCAN_PATHS_MAX && c->n_at < SCAN_PATHS_MAX)
		return false;
	c->overflow = true;
	return true;
}

/* Its place in m->at. */
static size_t add_path(struct collector *c, const char *path)
{
	if (is_full(c))
		return 0;
	c->out[c->n_at] = path[0] == '^';
	if (c->out[c->n_at]) {
		c->m->at[c->n_at] = (uint8_t)c->n_outer;
		c->outer[c->n_outer++] = path + 1;
	} else {
		c->m->at[c->n_at] = (uint8_t)c->n_inner;
		c->inner[c->n_inner++] = path;
	}
	return c->n_at++;
}

static struct mapping_field add_pick(struct collector *c, const struct conf_pick *pick)
{
	struct mapping_field field = { .first = c->n_at, .n = pick->n };
	size_t i;

	for (i = 0; i < pick->n; i++)
		add_path(c, pick->paths[i]);
	return c->overflow ? (struct mapping_field){ 0 } : field;
}

static struct mapping_tests add_tests(struct collector *c, const struct conf_tests *tests,
	size_t *n_checks)
{
	struct mapping *m = c->m;
	struct mapping_tests ret = { .first = *n_checks };
	const struct conf_test *test;
	size_t i;

	for (i = 0; i < tests->n; i++)
		for (test = &tests->list[i]; test != NULL; test = test->and) {
			m->checks = xreallocarray(m->checks, *n_checks + 1,
				sizeof(*m->checks));
			m->checks[(*n_checks)++] = (struct mapping_test){
				.value = add_path(c, test->path), .test = test,
				.and_next = test->and != NULL,
			};
		}
	ret.n = *n_checks - ret.first;
	return ret;
}

/* ---- each ------------------------------------------------------------------------ */

/* One path of "each" into its levels; the first goes to the outer paths. */
static int add_each(struct collector *c, const char *path, struct mapping_each *each,
	struct error *err)
{
	char level[256];

	each->whole = strcmp(path, ".") == 0;
	if (is_full(c))
		return 0;
	/* A path for "." too, so that places are numbers of "each": it is not looked at. */
	c->outer[c->n_outer] = each->whole ? "-" : path;
	for (path = strstr(path, "[]."); path != NULL; path = strstr(path, "[].")) {
		const char *text = level;
		size_t len;

		path += 3;
		len = strstr(path, "[].") != NULL ? (size_t)(strstr(path, "[].") - path) :
			strlen(path);
		if (len >= sizeof(level) || each->n_inner == MAPPING_LEVELS_MAX - 1)
			return error_set(err, ERROR_INVALID, "each: too long");
		memcpy(level, path, len);
		level[len] = '\0';
		each->inner[each->n_inner] = scan_paths_new(&text, 1, err);
		if (each->inner[each->n_inner++] == NULL)
			return -1;
	}
	c->n_outer++;
	return 0;
}

/* Cut at the first "[].": what follows is of the elements. */
static struct scan_paths *outer_paths(const struct collector *c, struct error *err)
{
	const char *paths[SCAN_PATHS_MAX];
	struct scan_paths *ret;
	size_t i;

	for (i = 0; i < c->n_outer; i++) {
		const char *end = strstr(c->outer[i], "[].");

		paths[i] = end == NULL ? xstrdup(c->outer[i]) :
			xstrndup(c->outer[i], (size_t)(end - c->outer[i]));
	}
	ret = scan_paths_new(paths, c->n_outer, err);
	for (i = 0; i < c->n_outer; i++)
		free((void *)(uintptr_t)paths[i]);
	return ret;
}

static int add_all(struct collector *c, const struct conf_format *format, struct error *err)
{
	struct mapping *m = c->m;
	size_t i, n_checks = 0;

	m->n_each = format->each.n;
	m->each = xcalloc(m->n_each + 1, sizeof(*m->each));
	for (i = 0; i < m->n_each; i++)
		if (add_each(c, format->each.paths[i], &m->each[i], err) < 0)
			return -1;
	m->keys = xcalloc(format->n_keys + 1, sizeof(*m->keys));
	for (i = 0; i < format->n_keys; i++)
		m->keys[i] = add_pick(c, &format->keys[i]);
	m->title = add_pick(c, &format->title_from);
	m->description = add_pick(c, &format->description);
	m->severity = add_pick(c, &format->severity_from);
	m->detected = add_pick(c, &format->detected_at);
	m->aware = add_pick(c, &format->aware_at);
	m->time_format = add_pick(c, &format->time_format_from);
	m->entity = add_pick(c, &format->entity);
	m->resolved = add_tests(c, &format->resolved, &n_checks);
	m->updates = add_tests(c, &format->updates, &n_checks);
	m->tests = add_tests(c, &format->tests, &n_checks);
	m->significant = add_tests(c, &format->significant, &n_checks);
	if (c->overflow)
		return error_set(err, ERROR_INVALID, "more than %d paths", SCAN_PATHS_MAX);
	return 0;
}

int mapping_init(struct mapping *m, const struct conf_format *format, struct error *err)
{
	struct collector c = { .m = m };
	size_t i;

	*m = (struct mapping){ .format = format };
	if (add_all(&c, format, err) < 0)
		goto failed;
	m->n_paths = c.n_inner;
	m->n_outer = c.n_outer;
	for (i = 0; i < c.n_at; i++)
		if (c.out[i])
			m->at[i] = (uint8_t)(m->n_paths + m->at[i] - m->n_each);
	m->paths = scan_paths_new(c.inner, c.n_inner, err);
	if (m->paths != NULL && m->n_each > 0)
		m->outer = outer_paths(&c, err);
	if (m->paths != NULL && (m->n_each == 0 || m->outer != NULL))
		return 0;
failed:
	mapping_release(m);
	error_prefix(err, "format %s", format->name);
	return error_at(err, format->place.file, format->place.line, "%s", err->text);
}

void mapping_release(struct mapping *m)
{
	size_t i, k;

	for (i = 0; m->each != NULL && i < m->n_each; i++)
		for (k = 0; k < m->each[i].n_inner; k++)
			scan_paths_free(m->each[i].inner[k]);
	free(m->each);
	free(m->keys);
	free(m->checks);
	scan_paths_free(m->paths);
	scan_paths_free(m->outer);
	*m = (struct mapping){ .format = m->format };
}
