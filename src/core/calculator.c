/*
 * The calculator: a question becomes an incident that nobody opened, which is
 * folded like any other. It owns the reading of the question and nothing of the
 * law; what it refuses is what the daemon would refuse to record.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/json_out.h"
#include "base/text.h"
#include "core/calculator.h"
#include "core/document.h"

enum { TRAITS_MAX = 64 };

/* A question while it is read. */
struct question {
	const json_t *json;
	const struct rulebook *book;
	const struct regime *regime;	/* with the stages of the country's law */
	struct arena *arena;
	struct calculation *result;
};

/* The pointer names a member only if its name is plain: the request's own text
 * does not come back in an error. */
static void pointer_to(const char *group, const char *key, char out[160])
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";

	if (strlen(key) <= NAME_SIZE && strspn(key, plain) == strlen(key))
		snprintf(out, 160, "/%s/%s", group, key);
	else
		snprintf(out, 160, "/%s", group);
}

static int wrong_member(struct error *err, const char *group, const char *key,
	const char *text)
{
	char pointer[160];

	pointer_to(group, key, pointer);
	return error_pointer(err, pointer, "%s", text);
}

static int unknown_member(struct error *err, const char *group, const char *key,
	const char *what, const char *const *names, size_t n)
{
	const char *near = text_nearest(key, names, n);
	char text[160];

	snprintf(text, sizeof(text), near != NULL ? "no such %s; did you mean \"%s\"?" :
		"no such %s", what, near);
	return wrong_member(err, group, key, text);
}

/* The member as an object, NULL when it is not there. */
static int group_get(const struct question *q, const char *group, const json_t **ret,
	struct error *err)
{
	const json_t *value = json_object_get(q->json, group);
	char pointer[160];

	*ret = json_is_null(value) ? NULL : value;
	if (*ret == NULL || json_is_object(value))
		return 0;
	snprintf(pointer, sizeof(pointer), "/%s", group);
	return error_pointer(err, pointer, "must be an object of times");
}

static int time_get(const char *group, const char *key, const json_t *value, int64_t *ret,
	struct error *err)
{
	struct error why;

	if (!json_is_string(value))
		return wrong_member(err, group, key, "must be a time such as "
			"\"2026-11-21T09:17:00+01:00\"");
	if (rfc3339_parse(json_string_value(value), json_string_length(value), ret, &why) < 0)
		return wrong_member(err, group, key, why.text);
	return 0;
}

/* jansson walks an object through a pointer that is not const, but does not
 * change it. */
static json_t *walkable(const json_t *object)
{
	return (json_t *)(uintptr_t)object;
}

static int read_regime(struct question *q, struct error *err)
{
	const char *name = "nis2", *names[32], *near;
	size_t i, n = 0;

	if (json_get_text(q->json, "regime", &name, err) < 0)
		return -1;
	q->regime = rulebook_regime(q->book, name);
	if (q->regime == NULL) {
		for (i = 0; i < q->book->n_regimes && n < ARRAY_LEN(names); i++)
			names[n++] = q->book->regimes[i].name;
		near = text_nearest(name, names, n);
		if (near != NULL)
			return error_pointer(err, "/regime",
				"no such regime; did you mean \"%s\"?", near);
		return error_pointer(err, "/regime", "there are no rules for this regime");
	}
	q->result->incident.regimes = arena_array(q->arena, 1, sizeof(const char *));
	q->result->incident.regimes[0] = q->regime->name;
	q->result->incident.n_regimes = 1;
	return 0;
}

/* A country without a file is the plain directive with weekends only. */
static int read_country(struct question *q, struct error *err)
{
	const struct overlay *overlay;
	const char *code = "";

	if (json_get_text(q->json, "country", &code, err) < 0)
		return -1;
	if (code[0] == '\0')
		return 0;
	if (strlen(code) != 2 || strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 2)
		return error_pointer(err, "/country",
			"must be a code of two capital letters, such as \"DE\"");
	q->result->country = rulebook_country(q->book, code);
	overlay = country_overlay(q->result->country, q->regime->name);
	if (overlay != NULL && overlay->merged != NULL)
		q->regime = overlay->merged;
	return 0;
}

static int read_zone(struct question *q, struct error *err)
{
	const struct country *country = q->result->country;
	const char *name = "";
	struct error why;

	if (json_get_text(q->json, "timezone", &name, err) < 0)
		return -1;
	if (name[0] == '\0')
		name = country != NULL && country->timezone != NULL ?
			country->timezone : "UTC";
	q->result->zone = q->book->zone(q->book->zone_arg, name, &why);
	if (q->result->zone == NULL)
		return error_pointer(err, "/timezone", "%s", why.text);
	return 0;
}

/* A trait that no rule knows changes nothing, and may be there for other regimes to
 * come; one that is a slip of the hand would give another law's dates. */
static int trait_check(const struct question *q, const char *trait, const char *key,
	struct error *err)
{
	char text[NAME_SIZE + 64];
	const char *near;

	if (rulebook_knows_trait(q->book, trait, &near) || near == NULL)
		return 0;
	snprintf(text, sizeof(text), "no rule asks for this trait; did you mean \"%s\"?",
		near);
	return wrong_member(err, "traits", key, text);
}

static int read_traits(struct question *q, struct error *err)
{
	const json_t *traits = json_object_get(q->json, "traits"), *item;
	struct incident *incident = &q->result->incident;
	size_t i, n = json_array_size(traits);
	char key[24];

	if (traits == NULL || json_is_null(traits))
		return 0;
	if (!json_is_array(traits) || n > TRAITS_MAX)
		return error_pointer(err, "/traits", "must be a list of at most %d names",
			TRAITS_MAX);
	incident->traits = arena_array(q->arena, n, sizeof(*incident->traits));
	for (i = 0; i < n; i++) {
		item = json_array_get(traits, i);
		snprintf(key, sizeof(key), "%zu", i);
		if (!json_is_string(item) || !text_is_name(json_string_value(item)))
			return wrong_member(err, "traits", key,
				"must be a name of [a-z0-9._-]");
		if (trait_check(q, json_string_value(item), key, err) < 0)
			return -1;
		incident->traits[i] = arena_strdup(q->arena, json_string_value(item));
	}
	incident->n_traits = n;
	return 0;
}

static int read_event(struct question *q, const char *type, const json_t *value,
	struct error *err)
{
	struct incident *incident = &q->result->incident;
	struct incident_event *event = &incident->events[incident->n_events];
	size_t i = 0;

	while (i < EVENT_TYPES && strcmp(event_types[i], type) != 0)
		i++;
	if (i == EVENT_TYPES)
		return unknown_member(err, "events", type, "type of event", event_types,
			EVENT_TYPES);
	*event = (struct incident_event){ .type = event_types[i], .due_at = TIME_NONE,
		.by = "" };
	if (time_get("events", type, value, &event->at, err) < 0)
		return -1;
	event->recorded_at = event->at;
	incident->n_events++;
	return 0;
}

static int read_events(struct question *q, struct error *err)
{
	const json_t *events, *due;
	const char *type;
	json_t *value;
	size_t i;

	if (group_get(q, "events", &events, err) < 0 || group_get(q, "due", &due, err) < 0)
		return -1;
	/* Keys are unique and unknown ones end the walk, so there is room. */
	q->result->incident.events = arena_array(q->arena, EVENT_TYPES,
		sizeof(struct incident_event));
	json_object_foreach(walkable(events), type, value)
		if (read_event(q, type, value, err) < 0)
			return -1;
	json_object_foreach(walkable(due), type, value) {
		struct incident_event *event = q->result->incident.events;

		for (i = 0; i < q->result->incident.n_events; i++)
			if (strcmp(event[i].type, type) == 0)
				break;
		if (strcmp(type, "requested") != 0 || i == q->result->incident.n_events)
			return wrong_member(err, "due", type,
				"only a request under /events brings a date of its own");
		if (time_get("due", type, value, &event[i].due_at, err) < 0)
			return -1;
		if (event[i].due_at < event[i].at)
			return wrong_member(err, "due", type, "earlier than the request");
	}
	return 0;
}

static int unknown_stage(const struct question *q, const char *group, const char *stage,
	struct error *err)
{
	const char *names[32];
	size_t n = 0;

	while (n < q->regime->n_stages && n < ARRAY_LEN(names)) {
		names[n] = q->regime->stages[n].name;
		n++;
	}
	return unknown_member(err, group, stage, "stage", names, n);
}

static int read_received(struct question *q, const char *stage, const json_t *value,
	struct error *err)
{
	struct incident *incident = &q->result->incident;
	struct filing *filing;
	size_t i;

	if (regime_stage(q->regime, stage) == NULL)
		return unknown_stage(q, "received", stage, err);
	for (i = 0; i < incident->n_filings; i++)
		if (strcmp(incident->filings[i].stage, stage) == 0)
			break;
	if (i == incident->n_filings)
		return wrong_member(err, "received", stage,
			"this stage is not under /filings");
	filing = &incident->filings[i];
	if (time_get("received", stage, value, &filing->received_at, err) < 0)
		return -1;
	if (filing->received_at < filing->filed_at)
		return wrong_member(err, "received", stage, "earlier than it was filed");
	return 0;
}

static int read_filings(struct question *q, struct error *err)
{
	struct incident *incident = &q->result->incident;
	const json_t *filings, *received;
	const struct stage *stage;
	struct filing *filing;
	const char *name;
	json_t *value;

	if (group_get(q, "filings", &filings, err) < 0 ||
			group_get(q, "received", &received, err) < 0)
		return -1;
	incident->filings = arena_array(q->arena, q->regime->n_stages, sizeof(*filing));
	json_object_foreach(walkable(filings), name, value) {
		stage = regime_stage(q->regime, name);
		if (stage == NULL)
			return unknown_stage(q, "filings", name, err);
		filing = &incident->filings[incident->n_filings];
		*filing = (struct filing){ .regime = q->regime->name, .stage = stage->name,
			.received_at = TIME_NONE, .by = "", .recipient = "", .reference = "" };
		if (time_get("filings", name, value, &filing->filed_at, err) < 0)
			return -1;
		filing->recorded_at = filing->filed_at;
		incident->n_filings++;
	}
	json_object_foreach(walkable(received), name, value)
		if (read_received(q, name, value, err) < 0)
			return -1;
	return 0;
}

static int fold(const struct question *q, const struct incident *incident,
	struct calculation *ret, struct error *err)
{
	const struct entity_rules rules = {
		.book = q->book,
		.zone = q->result->zone,
		.country = q->result->country,
	};

	return incident_fold(incident, &rules, q->arena, &ret->clocks, &ret->n_clocks,
		&ret->state, err);
}

/* What was known when the report was filed: a fact that came later may have
 * moved the anchor (handling that ended after a late final report), but does not
 * make a report impossible that was possible then. */
static int fold_as_of(const struct question *q, const struct filing *filing,
	struct calculation *ret, struct error *err)
{
	const struct incident *all = &q->result->incident;
	struct incident known = *all;
	size_t i;

	known.n_events = known.n_filings = 0;
	known.events = arena_array(q->arena, all->n_events, sizeof(*known.events));
	known.filings = arena_array(q->arena, all->n_filings, sizeof(*known.filings));
	for (i = 0; i < all->n_events; i++)
		if (all->events[i].at <= filing->filed_at)
			known.events[known.n_events++] = all->events[i];
	for (i = 0; i < all->n_filings; i++)
		if (all->filings[i].filed_at < filing->filed_at)
			known.filings[known.n_filings++] = all->filings[i];
	return fold(q, &known, ret, err);
}

/* NULL: the stage has no clock. */
static const struct clock *clock_find(const struct calculation *c, const char *stage)
{
	size_t i;

	for (i = 0; i < c->n_clocks; i++)
		if (strcmp(c->clocks[i].stage, stage) == 0)
			return &c->clocks[i];
	return NULL;
}

static bool has_begun(const struct clock *clock, const struct filing *filing)
{
	return clock != NULL && clock->anchor_at != TIME_NONE &&
		filing->filed_at >= clock->anchor_at;
}

static int filing_check(const struct question *q, const struct filing *filing,
	struct error *err)
{
	const struct clock *clock = clock_find(q->result, filing->stage);
	struct calculation then = { .n_clocks = 0 };
	char text[ANCHOR_SIZE + 80], time[RFC3339_SIZE];

	if (has_begun(clock, filing))
		return 0;
	if (fold_as_of(q, filing, &then, err) < 0)
		return -1;
	if (has_begun(clock_find(&then, filing->stage), filing))
		return 0;
	if (clock == NULL) {
		snprintf(text, sizeof(text), "filed, but this report is not owed here");
	} else if (clock->anchor_at == TIME_NONE) {
		snprintf(text, sizeof(text),
			"filed, but what it runs from has not happened: %s",
			clock->anchor);
	} else {
		rfc3339_format(clock->anchor_at, time);
		snprintf(text, sizeof(text), "filed before what it runs from: %s %s",
			clock->anchor, time);
	}
	return wrong_member(err, "filings", filing->stage, text);
}

static int question_read(struct question *q, struct error *err)
{
	static const char *const keys[] = {
		"regime", "country", "timezone", "traits", "events", "filings", "received",
		"due", NULL,
	};

	if (!json_is_object(q->json))
		return error_pointer(err, "", "must be a JSON object");
	if (json_check_keys(q->json, keys, err) < 0 || read_regime(q, err) < 0 ||
			read_country(q, err) < 0 || read_zone(q, err) < 0 ||
			read_traits(q, err) < 0 || read_events(q, err) < 0)
		return -1;
	return read_filings(q, err);
}

int calculate(const json_t *question, const struct rulebook *book, struct arena *arena,
	struct calculation *ret, struct error *err)
{
	struct question q = { .json = question, .book = book, .arena = arena, .result = ret };
	size_t i;

	*ret = (struct calculation){ .incident = { .entity = "", .title = "",
		.dismissed_at = TIME_NONE } };
	if (question_read(&q, err) < 0 || fold(&q, &ret->incident, ret, err) < 0)
		return -1;
	for (i = 0; i < ret->incident.n_filings; i++)
		if (filing_check(&q, &ret->incident.filings[i], err) < 0)
			return -1;
	return 0;
}

void calculation_put(const struct calculation *c, struct buf *out)
{
	size_t i;

	out_object(out, NULL);
	out_array(out, "clocks");
	for (i = 0; i < c->n_clocks; i++)
		document_put_clock(out, NULL, &c->clocks[i], TIME_NONE);
	out_end_array(out);
	out_end_object(out);
}
