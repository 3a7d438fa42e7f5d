/*
 * What a format makes of one alert: see explain.h. It asks the same functions that
 * mapping_apply uses, value by value, so that what is shown is what happens.
 */
#include "config.h"

#include <string.h>
#include <strings.h>

#include "base/rfc3339.h"
#include "ingest/explain.h"

enum { SHOWN_MAX = 300 };

struct explainer {
	const struct mapping *m;
	const struct scan_value *values;
	struct arena *arena;
	explain_fn *fn;
	void *arg;
};

/* Why a value is no text; NULL: it is one. */
static const char *no_text(const struct scan_value *value, const char *text)
{
	switch (value->type) {
	case SCAN_ABSENT:
		return "not there";
	case SCAN_NULL:
		return "null";
	case SCAN_OBJECT:
		return "an object, not a text";
	case SCAN_ARRAY:
		return "an array of none or several";
	default:
		return text == NULL ? "empty" : NULL;
	}
}

static void tell(const struct explainer *x, const struct explained *e)
{
	x->fn(x->arg, e);
}

/* What the text at a path is for a field: NULL, or why it does not count. */
typedef const char *judge_fn(const struct explainer *x, const struct scan_value *value,
	const char *text, const char **ret_meaning);

static const char *judge_text(const struct explainer *x, const struct scan_value *value,
	const char *text, const char **ret_meaning)
{
	(void)x;
	(void)value;
	(void)text;
	(void)ret_meaning;
	return NULL;
}

static const char *judge_severity(const struct explainer *x, const struct scan_value *value,
	const char *text, const char **ret_meaning)
{
	enum severity severity;

	(void)value;
	if (mapping_severity(x->m->format, text, &severity) < 0)
		return "not in severity_map";
	*ret_meaning = severity_name(severity);
	return NULL;
}

static const char *judge_entity(const struct explainer *x, const struct scan_value *value,
	const char *text, const char **ret_meaning)
{
	const char *entity = mapping_entity(x->m->format, text);

	(void)value;
	*ret_meaning = entity;
	return entity != NULL ? NULL : "not in entity_map";
}

static const char *judge_time(const struct explainer *x, const struct scan_value *value,
	const char *text, const char **ret_meaning)
{
	char at_text[RFC3339_SIZE];
	struct error why;
	bool assumed;
	int64_t at;
	int rc = mapping_time(x->m, x->values, value, x->arena, &at, &assumed, &why);

	(void)text;
	if (rc < 0)
		return arena_strdup(x->arena, why.text);
	if (rc > 0)
		return "means that it is not set";
	rfc3339_format(at, at_text);
	*ret_meaning = arena_printf(x->arena, "%s%s", at_text,
		assumed ? ", in the zone of the format" : "");
	return NULL;
}

/* all: every path counts (the parts of a key), else the first that is good. */
static void explain_pick(const struct explainer *x, const char *field,
	const struct conf_pick *pick, struct mapping_field places, bool all, judge_fn *judge)
{
	size_t i;

	for (i = 0; i < pick->n; i++) {
		const struct scan_value *value = mapping_value(x->m, x->values, places, i);
		struct explained e = { .field = field, .path = pick->paths[i],
			.found = mapping_text(value, SHOWN_MAX, false, x->arena) };

		e.why = no_text(value, e.found);
		if (e.why == NULL)
			e.why = judge(x, value, e.found, &e.meaning);
		tell(x, &e);
		if (e.why == NULL && !all)
			return;
	}
}

/* Alternatives up to the one with its last part. */
static void explain_keys(const struct explainer *x)
{
	const struct conf_format *format = x->m->format;
	size_t i;

	for (i = 0; i < format->n_keys; i++) {
		struct mapping_field places = x->m->keys[i];

		explain_pick(x, "key", &format->keys[i], places, true, judge_text);
		if (places.n > 0 && mapping_text(mapping_value(x->m, x->values, places,
			places.n - 1), SHOWN_MAX, false, x->arena) != NULL)
			return;
	}
}

static void explain_tests(const struct explainer *x, const char *field,
	struct mapping_tests tests)
{
	size_t i;

	for (i = tests.first; i < tests.first + tests.n; i++) {
		const struct mapping_test *t = &x->m->checks[i];
		const struct scan_value *value = &x->values[x->m->at[t->value]];
		const struct mapping_tests one = { .first = i, .n = 1 };
		bool holds = mapping_tests_hold(x->m, x->values, one, x->arena);

		tell(x, &(struct explained){ .field = field, .path = t->test->path,
			.found = mapping_text(value, SHOWN_MAX, false, x->arena),
			.meaning = holds ? "holds" : NULL, .why = holds ? NULL : "does not hold" });
	}
}

void explain_alert(const struct ingest_seen *seen, struct arena *arena, explain_fn *fn,
	void *arg)
{
	const struct mapping *m = seen->mapping;
	const struct conf_format *f = m->format;
	const struct explainer x = { m, seen->values, arena, fn, arg };

	explain_keys(&x);
	explain_pick(&x, "title_from", &f->title_from, m->title, false, judge_text);
	explain_pick(&x, "description", &f->description, m->description, false, judge_text);
	explain_pick(&x, "severity_from", &f->severity_from, m->severity, false, judge_severity);
	explain_pick(&x, "detected_at", &f->detected_at, m->detected, false, judge_time);
	explain_pick(&x, "aware_at", &f->aware_at, m->aware, false, judge_time);
	explain_pick(&x, "entity", &f->entity, m->entity, false, judge_entity);
	explain_tests(&x, "significant", m->significant);
	explain_tests(&x, "resolved", m->resolved);
	explain_tests(&x, "update", m->updates);
	explain_tests(&x, "test", m->tests);
}
