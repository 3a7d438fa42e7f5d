/* What a draft says: see draft.h. How it is written is in draft_text.c. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "core/detail.h"
#include "core/draft_internal.h"

/* The parts of a route as the API names them. */
static const char *const route_parts[] = { "recipient", "authority", "portal", "email", "phone",
	"access" };

const char *draft_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

const json_t *draft_clock(const json_t *incident, const char *stage, const char *regime,
	struct error *err)
{
	const json_t *clocks = json_object_get(incident, "clocks"), *found = NULL;
	const char *names[32], *near;
	size_t i, n = 0, fits = 0;

	for (i = 0; i < json_array_size(clocks); i++) {
		const json_t *clock = json_array_get(clocks, i);
		const char *of = draft_text(clock, "regime");

		if (n < ARRAY_LEN(names))
			names[n++] = draft_text(clock, "stage");
		if (strcmp(draft_text(clock, "stage"), stage) != 0)
			continue;
		if (strcmp(of, regime != NULL ? regime : "nis2") == 0)
			return clock;
		fits += regime == NULL;
		found = clock;
	}
	if (fits == 1)
		return found;
	near = text_nearest(stage, names, n);
	if (fits > 1)
		error_set(err, ERROR_INVALID,
			"several regimes have this stage; say which by its regime");
	else if (near != NULL && strcmp(near, stage) != 0)
		error_set(err, ERROR_NOT_FOUND,
			"the incident has no such stage; did you mean %s?", near);
	else
		error_set(err, ERROR_NOT_FOUND, "the incident has no such stage");
	return NULL;
}

/* ---- the document ----------------------------------------------------------------------- */

json_t *draft_add(json_t *array, json_t *value)
{
	if (value == NULL || json_array_append_new(array, value) < 0)
		abort();
	return value;
}

static json_t *add_array(json_t *object, const char *key)
{
	json_t *array = json_array();

	if (array == NULL || json_object_set_new(object, key, array) < 0)
		abort();
	return array;
}

json_t *draft_section(json_t *document, const char *title)
{
	json_t *made = draft_add(json_object_get(document, "sections"), json_object());

	json_set_text(made, "title", title);
	return add_array(made, "items");
}

json_t *draft_item(json_t *items, const char *label, const char *value, const char *missing)
{
	json_t *made = draft_add(items, json_object());

	json_set_text(made, "label", label);
	json_set_text(made, value[0] != '\0' ? "value" : "missing",
		value[0] != '\0' ? value : missing);
	return made;
}

static void optional_item(json_t *items, const char *label, const char *value)
{
	if (value[0] != '\0')
		draft_item(items, label, value, "");
}

const json_t *draft_detail(const struct draft *r, const char *name)
{
	return json_object_get(json_object_get(r->incident, "details"), name);
}

void draft_detail_item(json_t *items, const char *label, const json_t *detail,
	const char *missing)
{
	json_t *made = draft_item(items, label, draft_text(detail, "value"), missing);

	json_set_text(made, "certainty", json_string_value(json_object_get(detail, "certainty")));
}

static void identification(const struct draft *r, json_t *document)
{
	json_t *items = draft_section(document, "Incident");
	char id[24];

	snprintf(id, sizeof(id), "%" PRId64,
		(int64_t)json_integer_value(json_object_get(r->incident, "id")));
	draft_item(items, "Entity", draft_text(r->incident, "entity"), "the entity");
	draft_item(items, "Title", draft_text(r->incident, "title"), "a title");
	draft_item(items, "Our number", id, "");
	draft_item(items, "Severity", strcmp(draft_text(r->incident, "severity"), "unknown") != 0 ?
		draft_text(r->incident, "severity") : "", "an assessment of the severity");
	optional_item(items, "Detected by", draft_text(r->incident, "source"));
	draft_item(items, "Description", draft_text(r->incident, "description"),
		"a description of the incident");
	draft_detail_item(items, "Contact", draft_detail(r, "contact"),
		"who answers questions of the authority");
	if (draft_detail(r, "tlp") != NULL)
		draft_detail_item(items, "TLP", draft_detail(r, "tlp"), "");
}

const json_t *draft_event(const struct draft *r, const char *type)
{
	const json_t *events = json_object_get(r->incident, "events"), *found = NULL;
	const char *regime = draft_text(r->clock, "regime");
	size_t i;

	for (i = 0; i < json_array_size(events); i++) {
		const json_t *event = json_array_get(events, i);
		const char *of = draft_text(event, "regime");

		if (strcmp(draft_text(event, "type"), type) != 0 ||
				json_is_true(json_object_get(event, "replaced")))
			continue;
		if (strcmp(of, regime) == 0)
			return event;
		if (of[0] == '\0')
			found = event;
	}
	return found;
}

static void event_item(const struct draft *r, const char *label, const char *type,
	const char *missing, json_t *items)
{
	const json_t *event = draft_event(r, type);
	json_t *made = draft_item(items, label, draft_text(event, "at"), missing);
	struct buf basis;

	if (draft_text(event, "basis")[0] == '\0')
		return;
	buf_init(&basis, 0);
	buf_addf(&basis, "%s, by %s", draft_text(event, "basis"), draft_text(event, "by"));
	draft_item(add_array(made, "items"), "Basis", basis.data, "");
	buf_release(&basis);
}

static void times(const struct draft *r, json_t *document)
{
	bool late_stage = strstr(draft_text(r->clock, "stage"), "final") != NULL ||
		draft_event(r, "handled") != NULL;
	json_t *items = draft_section(document, "Times (UTC)");

	event_item(r, "Occurred", "occurred", "when it happened, as far as is known", items);
	event_item(r, "Detected", "detected", "when it was detected", items);
	event_item(r, "Aware", "aware", "when the entity became aware", items);
	if (draft_event(r, "classified") != NULL)
		event_item(r, "Classified", "classified", "", items);
	if (draft_event(r, "requested") != NULL)
		event_item(r, "Requested", "requested", "", items);
	if (late_stage)
		event_item(r, "Handled", "handled",
			"when the handling ended, or that it goes on", items);
	optional_item(items, "This report is due", draft_text(r->clock, "due_at"));
}

/* Beside the draft: where it goes, and what access that needs, as sure as it is. */
static void route(const struct draft *r, json_t *document)
{
	const json_t *known = json_object_get(json_object_get(r->incident, "route"),
		draft_text(r->clock, "regime"));
	json_t *items = draft_section(document, "Where to file");
	size_t i;

	if (known == NULL) {
		draft_item(items, "Recipient", "", "nothing is known here; ask the authority");
		return;
	}
	optional_item(items, "National law", draft_text(known, "law"));
	for (i = 0; i < ARRAY_LEN(route_parts); i++) {
		const char *text = draft_text(json_object_get(known, route_parts[i]), "text");
		size_t n = strlen(route_parts[i]);

		/* Its words begin with its name. */
		if (strncmp(text, route_parts[i], n) == 0 && text[n] == ':')
			text += n + 1 + strspn(text + n + 1, " ");
		optional_item(items, route_parts[i], text);
	}
}

static void earlier_reports(const struct draft *r, json_t *document)
{
	const json_t *filings = json_object_get(r->incident, "filings");
	const char *regime = draft_text(r->clock, "regime");
	json_t *items = draft_section(document, "Earlier reports");
	size_t i;

	for (i = 0; i < json_array_size(filings); i++) {
		const json_t *filing = json_array_get(filings, i);
		json_t *parts;

		if (strcmp(draft_text(filing, "regime"), regime) != 0 ||
				json_is_true(json_object_get(filing, "replaced")))
			continue;
		parts = add_array(draft_item(items, draft_text(filing, "stage"),
			draft_text(filing, "filed_at"), ""), "items");
		draft_item(parts, "To", draft_text(filing, "recipient"), "the recipient");
		draft_item(parts, "Reference", draft_text(filing, "reference"), "the reference");
	}
}

static int count_missing(const json_t *items)
{
	int n = 0;
	size_t i;

	for (i = 0; i < json_array_size(items); i++) {
		const json_t *one = json_array_get(items, i);

		n += json_object_get(one, "missing") != NULL;
		n += count_missing(json_object_get(one, "items"));
	}
	return n;
}

json_t *draft_document(const struct draft *r)
{
	json_t *document = json_object(), *sections;
	int missing = 0;
	size_t i;

	json_set_int(document, "incident",
		(int64_t)json_integer_value(json_object_get(r->incident, "id")));
	json_set_text(document, "regime", draft_text(r->clock, "regime"));
	json_set_text(document, "stage", draft_text(r->clock, "stage"));
	json_set_text(document, "title", r->stage != NULL && r->stage->title != NULL ?
		r->stage->title : draft_text(r->clock, "stage"));
	json_set_text(document, "law", r->regime != NULL ? r->regime->title :
		draft_text(r->clock, "regime"));
	json_set_text(document, "reference", draft_text(r->clock, "reference"));
	json_set_text(document, "due_at", json_string_value(json_object_get(r->clock, "due_at")));
	json_set_true(document, "drill", json_is_true(json_object_get(r->incident, "drill")));
	sections = add_array(document, "sections");
	identification(r, document);
	times(r, document);
	draft_content(r, document);
	route(r, document);
	earlier_reports(r, document);
	for (i = 0; i < json_array_size(sections); i++)
		missing += count_missing(json_object_get(json_array_get(sections, i), "items"));
	json_set_int(document, "missing", missing);
	return document;
}
