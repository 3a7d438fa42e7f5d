/* What a scenario expects of the report of a drill. The words are described in run.c. */
#include "config.h"

#include <string.h>

#include "engine/view.h"
#include "scenario.h"

static json_t *drill_report(struct scenario *s)
{
	struct arena *arena = arena_new();
	struct buf *document = buf_in_arena(arena, 4000);
	json_t *report = NULL;
	struct error err;

	if (view_drill(document, s->engine, s->incident, arena, &err) != NULL)
		report = json_read(document->data, document->len, &err);
	if (report == NULL)
		fail(s, "no report: %s", err.text);
	arena_free(arena);
	return report;
}

void expect_verdict(struct scenario *s, const struct words *w)
{
	json_t *report = drill_report(s);

	if (report != NULL && strcmp(text_of(report, "verdict"), word(w, 1)) != 0)
		fail(s, "the verdict is %s", text_of(report, "verdict"));
	json_decref(report);
}

static void expect_finding(struct scenario *s, const struct words *w, const char *key)
{
	json_t *report = drill_report(s), *list = json_object_get(report, key);
	bool none = strcmp(word(w, 1), "nothing") == 0;
	size_t i;

	for (i = 0; i < json_array_size(list); i++) {
		if (none)
			fail(s, "%s: %s", key, json_string_value(json_array_get(list, i)));
		else if (strcmp(json_string_value(json_array_get(list, i)), word(w, 1)) == 0)
			break;
	}
	if (!none && i == json_array_size(list))
		fail(s, "that is not among its %s, the first of which is: %s", key,
			i > 0 ? json_string_value(json_array_get(list, 0)) : "none");
	if (w->n > 2 && strcmp(word(w, 2), "alone") == 0 && json_array_size(list) != 1)
		fail(s, "and %zu more", json_array_size(list) - 1);
	json_decref(report);
}

void expect_missing(struct scenario *s, const struct words *w)
{
	expect_finding(s, w, "missing");
}

void expect_gap(struct scenario *s, const struct words *w)
{
	expect_finding(s, w, "gaps");
}

static const json_t *find_step(const json_t *report, const char *stage, const char *at)
{
	const json_t *clocks = json_object_get(report, "clocks"), *steps;
	size_t i, j;

	for (i = 0; i < json_array_size(clocks); i++) {
		if (strcmp(text_of(json_array_get(clocks, i), "stage"), stage) != 0)
			continue;
		steps = json_object_get(json_array_get(clocks, i), "steps");
		for (j = 0; j < json_array_size(steps); j++)
			if (strcmp(text_of(json_array_get(steps, j), "at"), at) == 0)
				return json_array_get(steps, j);
	}
	return NULL;
}

void expect_reported(struct scenario *s, const struct words *w)
{
	json_t *report = drill_report(s);
	const json_t *step = find_step(report, word(w, 1), word(w, 2));
	const char *at = value_of(w, "at");

	if (step == NULL)
		fail(s, "there is no such step");
	else if (strcmp(text_of(step, "state"), word(w, 3)) != 0)
		fail(s, "it is %s", text_of(step, "state"));
	else if (at != NULL && strcmp(text_of(step, "fired_at"), at) != 0)
		fail(s, "it fired at %s", text_of(step, "fired_at"));
	json_decref(report);
}
