/*
 * The JSON forms of an incident and its parts. Key names and their order are
 * fixed by the interface; what is absent is an absent key.
 */
#include "config.h"

#include <stdlib.h>

#include "core/document.h"

static void set(json_t *object, const char *key, json_t *value)
{
	if (value == NULL || json_object_set_new(object, key, value) < 0)
		abort();
}

static void append(json_t *array, json_t *value)
{
	if (value == NULL || json_array_append_new(array, value) < 0)
		abort();
}

static json_t *texts(const char *const *list, size_t n)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < n; i++)
		append(array, json_string(list[i]));
	return array;
}

json_t *document_clock(const struct clock *clock, int64_t now)
{
	json_t *doc = json_object();
	bool overdue = clock->state == CLOCK_RUNNING && clock->due_at != TIME_NONE &&
		now != TIME_NONE && clock->due_at < now;

	json_set_text(doc, "regime", clock->regime);
	json_set_text(doc, "stage", clock->stage);
	json_set_text(doc, "state", clock_state_name(clock->state));
	json_set_true(doc, "overdue", overdue);
	json_set_text(doc, "anchor", clock->anchor);
	json_set_time(doc, "anchor_at", clock->anchor_at);
	json_set_time(doc, "due_at", clock->due_at);
	json_set_time(doc, "nominal_at", clock->nominal_at);
	json_set_time(doc, "latest_at", clock->latest_at);
	json_set_time(doc, "planned_at", clock->planned_at);
	json_set_time(doc, "settled_at", clock->settled_at);
	json_set_true(doc, "unconfirmed", clock->unconfirmed);
	json_set_true(doc, "arguable", clock->arguable);
	json_set_true(doc, "on_request", clock->on_request);
	json_set_true(doc, "target", clock->target);
	json_set_text(doc, "reference", clock->reference);
	json_set_text(doc, "rules", clock->rules);
	if (clock->n_derivation > 0)
		set(doc, "derivation", texts(clock->derivation, clock->n_derivation));
	return doc;
}

json_t *document_event(const struct incident_event *event)
{
	json_t *doc = json_object();

	json_set_text(doc, "type", event->type);
	json_set_time(doc, "at", event->at);
	json_set_time(doc, "due_at", event->due_at);
	json_set_text(doc, "regime", event->regime);
	json_set_text(doc, "by", event->by);
	json_set_text(doc, "basis", event->basis);
	json_set_time(doc, "recorded_at", event->recorded_at);
	json_set_true(doc, "replaced", event->replaced);
	return doc;
}

json_t *document_filing(const struct filing *filing)
{
	json_t *doc = json_object();

	json_set_text(doc, "regime", filing->regime);
	json_set_text(doc, "stage", filing->stage);
	json_set_time(doc, "filed_at", filing->filed_at);
	json_set_time(doc, "received_at", filing->received_at);
	json_set_text(doc, "by", filing->by);
	json_set_text(doc, "recipient", filing->recipient);
	json_set_text(doc, "reference", filing->reference);
	json_set_text(doc, "digest", filing->digest);
	json_set_time(doc, "recorded_at", filing->recorded_at);
	json_set_true(doc, "replaced", filing->replaced);
	return doc;
}

static json_t *document_waiver(const struct waiver *waiver)
{
	json_t *doc = json_object();

	json_set_text(doc, "regime", waiver->regime);
	json_set_text(doc, "stage", waiver->stage);
	json_set_text(doc, "by", waiver->by);
	json_set_text(doc, "basis", waiver->basis);
	json_set_time(doc, "recorded_at", waiver->recorded_at);
	return doc;
}

static void set_header(json_t *doc, const struct incident *incident,
	enum incident_state state)
{
	json_set_int(doc, "id", incident->id);
	json_set_text(doc, "entity", incident->entity);
	json_set_text(doc, "title", incident->title);
	json_set_text(doc, "description", incident->description);
	json_set_text(doc, "severity", severity_name(incident->severity));
	json_set_text(doc, "state", incident_state_name(state));
	json_set_bool(doc, "drill", incident->drill);
	json_set_text(doc, "source", incident->source);
	json_set_text(doc, "key", incident->key);
	json_set_int(doc, "alerts", incident->alerts);
}

static void set_facts(json_t *doc, const struct incident *incident,
	const struct clock *clocks, size_t n_clocks, int64_t now)
{
	json_t *events = json_array(), *list = json_array(), *filings = json_array();
	size_t i;

	for (i = 0; i < incident->n_events; i++)
		append(events, document_event(&incident->events[i]));
	for (i = 0; i < n_clocks; i++)
		append(list, document_clock(&clocks[i], now));
	for (i = 0; i < incident->n_filings; i++)
		append(filings, document_filing(&incident->filings[i]));
	set(doc, "events", events);
	set(doc, "clocks", list);
	set(doc, "filings", filings);
}

static void set_waivers(json_t *doc, const struct incident *incident)
{
	json_t *waivers;
	size_t i;

	if (incident->n_waivers == 0)
		return;
	waivers = json_array();
	for (i = 0; i < incident->n_waivers; i++)
		append(waivers, document_waiver(&incident->waivers[i]));
	set(doc, "waivers", waivers);
}

static void set_dismissal(json_t *doc, const struct incident *incident)
{
	json_t *dismissal;

	if (incident->dismissed_at == TIME_NONE)
		return;
	dismissal = json_object();
	json_set_text(dismissal, "by", incident->dismissed_by);
	json_set_text(dismissal, "basis", incident->dismissed_basis);
	json_set_time(dismissal, "at", incident->dismissed_at);
	set(doc, "dismissal", dismissal);
}

json_t *document_incident(const struct incident *incident, enum incident_state state,
	const struct clock *clocks, size_t n_clocks, int64_t now)
{
	json_t *doc = json_object();

	set_header(doc, incident, state);
	set_facts(doc, incident, clocks, n_clocks, now);
	set_waivers(doc, incident);
	if (incident->n_traits > 0)
		set(doc, "traits", texts(incident->traits, incident->n_traits));
	set(doc, "regimes", texts(incident->regimes, incident->n_regimes));
	set_dismissal(doc, incident);
	json_set_time(doc, "opened_at", incident->opened_at);
	return doc;
}
