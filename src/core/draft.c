/* What a draft says: see draft.h. How it is written is in draft_text.c. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "core/detail.h"
#include "core/draft.h"

/* The parts of a route as the API names them. */
static const char *const route_parts[] = { "recipient", "authority", "portal", "email", "phone",
	"access" };

/* "" where there is none. */
static const char *text_of(const json_t *object, const char *key)
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
		const char *of = text_of(clock, "regime");

		if (n < ARRAY_LEN(names))
			names[n++] = text_of(clock, "stage");
		if (strcmp(text_of(clock, "stage"), stage) != 0)
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

static json_t *add_to(json_t *array, json_t *value)
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

/* Its items. */
static json_t *section(json_t *document, const char *title)
{
	json_t *made = add_to(json_object_get(document, "sections"), json_object());

	json_set_text(made, "title", title);
	return add_array(made, "items");
}

/* A label and its value, or that it is missing. */
static json_t *item(json_t *items, const char *label, const char *value, const char *missing)
{
	json_t *made = add_to(items, json_object());

	json_set_text(made, "label", label);
	json_set_text(made, value[0] != '\0' ? "value" : "missing",
		value[0] != '\0' ? value : missing);
	return made;
}

static void optional_item(json_t *items, const char *label, const char *value)
{
	if (value[0] != '\0')
		item(items, label, value, "");
}

/* What is recorded of that kind; NULL: nothing. */
static const json_t *detail_of(const struct draft *r, const char *name)
{
	return json_object_get(json_object_get(r->incident, "details"), name);
}

static void detail_item(json_t *items, const char *label, const json_t *detail,
	const char *missing)
{
	json_t *made = item(items, label, text_of(detail, "value"), missing);

	json_set_text(made, "certainty", json_string_value(json_object_get(detail, "certainty")));
}

static void identification(const struct draft *r, json_t *document)
{
	json_t *items = section(document, "Incident");
	char id[24];

	snprintf(id, sizeof(id), "%" PRId64,
		(int64_t)json_integer_value(json_object_get(r->incident, "id")));
	item(items, "Entity", text_of(r->incident, "entity"), "the entity");
	item(items, "Title", text_of(r->incident, "title"), "a title");
	item(items, "Our number", id, "");
	item(items, "Severity", strcmp(text_of(r->incident, "severity"), "unknown") != 0 ?
		text_of(r->incident, "severity") : "", "an assessment of the severity");
	optional_item(items, "Detected by", text_of(r->incident, "source"));
	item(items, "Description", text_of(r->incident, "description"),
		"a description of the incident");
	detail_item(items, "Contact", detail_of(r, "contact"),
		"who answers questions of the authority");
	if (detail_of(r, "tlp") != NULL)
		detail_item(items, "TLP", detail_of(r, "tlp"), "");
}

/* The event of a type that counts for the regime, as the daemon's fold does. */
static const json_t *event_of(const struct draft *r, const char *type)
{
	const json_t *events = json_object_get(r->incident, "events"), *found = NULL;
	const char *regime = text_of(r->clock, "regime");
	size_t i;

	for (i = 0; i < json_array_size(events); i++) {
		const json_t *event = json_array_get(events, i);
		const char *of = text_of(event, "regime");

		if (strcmp(text_of(event, "type"), type) != 0 ||
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
	const json_t *event = event_of(r, type);
	json_t *made = item(items, label, text_of(event, "at"), missing);
	struct buf basis;

	if (text_of(event, "basis")[0] == '\0')
		return;
	buf_init(&basis, 0);
	buf_addf(&basis, "%s, by %s", text_of(event, "basis"), text_of(event, "by"));
	item(add_array(made, "items"), "Basis", basis.data, "");
	buf_release(&basis);
}

static void times(const struct draft *r, json_t *document)
{
	bool late_stage = strstr(text_of(r->clock, "stage"), "final") != NULL ||
		event_of(r, "handled") != NULL;
	json_t *items = section(document, "Times (UTC)");

	event_item(r, "Occurred", "occurred", "when it happened, as far as is known", items);
	event_item(r, "Detected", "detected", "when it was detected", items);
	event_item(r, "Aware", "aware", "when the entity became aware", items);
	if (event_of(r, "classified") != NULL)
		event_item(r, "Classified", "classified", "", items);
	if (event_of(r, "requested") != NULL)
		event_item(r, "Requested", "requested", "", items);
	if (late_stage)
		event_item(r, "Handled", "handled",
			"when the handling ended, or that it goes on", items);
	optional_item(items, "This report is due", text_of(r->clock, "due_at"));
}

/* One thing that the law asks for: what is recorded of it, or that nothing is. */
static void asked_item(const struct draft *r, json_t *items, const char *phrase)
{
	json_t *made = add_to(items, json_object()), *parts = json_array();
	size_t i;

	json_set_text(made, "label", phrase);
	for (i = 0; i < detail_count; i++) {
		const json_t *detail = detail_of(r, detail_kinds[i].name);

		if (detail != NULL && detail_is_asked(&detail_kinds[i], phrase))
			detail_item(parts, detail_kinds[i].title, detail, "");
	}
	if (json_array_size(parts) == 0)
		json_set_text(made, "missing", phrase);
	else
		json_object_set(made, "items", parts);
	json_decref(parts);
}

/* "a; b; c" as the data has it: one item for each thing the law asks for. */
static void content(const struct draft *r, json_t *document)
{
	const char *text = r->stage != NULL ? r->stage->content : NULL;
	json_t *items = section(document, "What the law asks this report to contain");

	if (text == NULL) {
		item(items, "", "", "the rules here do not say; see the reference above");
		return;
	}
	while (*text != '\0') {
		size_t n = strcspn(text, ";");
		struct buf part;

		buf_init(&part, 0);
		buf_add(&part, text, n);
		asked_item(r, items, part.data + strspn(part.data, " "));
		buf_release(&part);
		text += n + (text[n] == ';');
	}
}

/* Beside the draft: where it goes, and what access that needs, as sure as it is. */
static void route(const struct draft *r, json_t *document)
{
	const json_t *known = json_object_get(json_object_get(r->incident, "route"),
		text_of(r->clock, "regime"));
	json_t *items = section(document, "Where to file");
	size_t i;

	if (known == NULL) {
		item(items, "Recipient", "", "nothing is known here; ask the authority");
		return;
	}
	optional_item(items, "National law", text_of(known, "law"));
	for (i = 0; i < ARRAY_LEN(route_parts); i++) {
		const char *text = text_of(json_object_get(known, route_parts[i]), "text");
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
	const char *regime = text_of(r->clock, "regime");
	json_t *items = section(document, "Earlier reports");
	size_t i;

	for (i = 0; i < json_array_size(filings); i++) {
		const json_t *filing = json_array_get(filings, i);
		json_t *parts;

		if (strcmp(text_of(filing, "regime"), regime) != 0 ||
				json_is_true(json_object_get(filing, "replaced")))
			continue;
		parts = add_array(item(items, text_of(filing, "stage"),
			text_of(filing, "filed_at"), ""), "items");
		item(parts, "To", text_of(filing, "recipient"), "the recipient");
		item(parts, "Reference", text_of(filing, "reference"), "the reference");
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
	json_set_text(document, "regime", text_of(r->clock, "regime"));
	json_set_text(document, "stage", text_of(r->clock, "stage"));
	json_set_text(document, "title", r->stage != NULL && r->stage->title != NULL ?
		r->stage->title : text_of(r->clock, "stage"));
	json_set_text(document, "law", r->regime != NULL ? r->regime->title :
		text_of(r->clock, "regime"));
	json_set_text(document, "reference", text_of(r->clock, "reference"));
	json_set_true(document, "drill", json_is_true(json_object_get(r->incident, "drill")));
	sections = add_array(document, "sections");
	identification(r, document);
	times(r, document);
	content(r, document);
	route(r, document);
	earlier_reports(r, document);
	for (i = 0; i < json_array_size(sections); i++)
		missing += count_missing(json_object_get(json_array_get(sections, i), "items"));
	json_set_int(document, "missing", missing);
	return document;
}
