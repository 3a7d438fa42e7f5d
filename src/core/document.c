/*
 * The JSON forms of an incident and its parts. Key names and their order are
 * fixed by the interface; what is absent is an absent key.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_out.h"
#include "core/document.h"

/* They are JSON already; the buffer is only read. */
static void put_readings(struct buf *out, const char *readings)
{
	struct buf value = { .data = (char *)(uintptr_t)readings };

	if (readings == NULL)
		return;
	value.len = strlen(readings);
	out_json(out, "readings", &value);
}

static void put_proposed(struct buf *out, const struct clock *clock)
{
	if (clock->proposed.by == NULL)
		return;
	out_object(out, "proposed");
	out_text(out, "state", clock_state_name(clock->proposed.state));
	out_time(out, "due_at", clock->proposed.due_at);
	out_text(out, "by", clock->proposed.by);
	out_end_object(out);
}

void document_put_clock_members(struct buf *out, const struct clock *clock, int64_t now)
{
	bool overdue = clock->state == CLOCK_RUNNING && clock->due_at != TIME_NONE &&
		now != TIME_NONE && clock->due_at < now;

	out_text(out, "regime", clock->regime);
	out_text(out, "stage", clock->stage);
	out_text(out, "state", clock_state_name(clock->state));
	out_true(out, "overdue", overdue);
	out_text(out, "anchor", clock->anchor);
	out_time(out, "anchor_at", clock->anchor_at);
	out_time(out, "due_at", clock->due_at);
	out_time(out, "nominal_at", clock->nominal_at);
	out_time(out, "latest_at", clock->latest_at);
	out_time(out, "planned_at", clock->planned_at);
	out_time(out, "settled_at", clock->settled_at);
	out_true(out, "unconfirmed", clock->unconfirmed);
	out_true(out, "arguable", clock->arguable);
	out_true(out, "on_request", clock->on_request);
	out_true(out, "target", clock->target);
	out_text(out, "reference", clock->reference);
	out_text(out, "rules", clock->rules);
	if (clock->n_derivation > 0)
		out_texts(out, "derivation", clock->derivation, clock->n_derivation);
	put_readings(out, clock->readings);
	put_proposed(out, clock);
}

void document_put_clock(struct buf *out, const char *key, const struct clock *clock,
	int64_t now)
{
	out_object(out, key);
	document_put_clock_members(out, clock, now);
	out_end_object(out);
}

void document_put_event(struct buf *out, const char *key, const struct incident_event *event)
{
	out_object(out, key);
	out_text(out, "type", event->type);
	out_time(out, "at", event->at);
	out_time(out, "due_at", event->due_at);
	out_text(out, "regime", event->regime);
	out_text(out, "by", event->by);
	out_text(out, "basis", event->basis);
	out_time(out, "recorded_at", event->recorded_at);
	out_true(out, "replaced", event->replaced);
	out_end_object(out);
}

void document_put_filing(struct buf *out, const char *key, const struct filing *filing)
{
	out_object(out, key);
	out_text(out, "regime", filing->regime);
	out_text(out, "stage", filing->stage);
	out_time(out, "filed_at", filing->filed_at);
	out_time(out, "received_at", filing->received_at);
	out_text(out, "by", filing->by);
	out_text(out, "recipient", filing->recipient);
	out_text(out, "reference", filing->reference);
	out_text(out, "digest", filing->digest);
	out_time(out, "recorded_at", filing->recorded_at);
	out_true(out, "replaced", filing->replaced);
	out_end_object(out);
}

static void put_waiver(struct buf *out, const struct waiver *waiver)
{
	out_object(out, NULL);
	out_text(out, "regime", waiver->regime);
	out_text(out, "stage", waiver->stage);
	out_text(out, "by", waiver->by);
	out_text(out, "basis", waiver->basis);
	out_time(out, "recorded_at", waiver->recorded_at);
	out_end_object(out);
}

void document_put_hints(struct buf *out, const struct incident *incident)
{
	size_t i;

	out_true(out, "storm", incident->storm);
	if (incident->n_similar == 0)
		return;
	out_array(out, "similar");
	for (i = 0; i < incident->n_similar; i++)
		out_int(out, NULL, incident->similar[i]);
	out_end_array(out);
}

static void put_header(struct buf *out, const struct incident *incident,
	enum incident_state state)
{
	out_int(out, "id", incident->id);
	out_text(out, "entity", incident->entity);
	out_text(out, "title", incident->title);
	out_text(out, "description", incident->description);
	out_text(out, "severity", severity_name(incident->severity));
	out_text(out, "state", incident_state_name(state));
	out_bool(out, "drill", incident->drill);
	if (incident->drill_scale > 0)
		out_int(out, "drill_scale", incident->drill_scale);
	out_text(out, "source", incident->source);
	out_text(out, "key", incident->key);
	out_int(out, "alerts", incident->alerts);
	document_put_hints(out, incident);
}

static void put_events(struct buf *out, const struct incident *incident)
{
	size_t i;

	out_array(out, "events");
	for (i = 0; i < incident->n_events; i++)
		document_put_event(out, NULL, &incident->events[i]);
	out_end_array(out);
}

void document_put_clocks(struct buf *out, const char *key, const struct clock *clocks,
	size_t n, int64_t now)
{
	size_t i;

	out_array(out, key);
	for (i = 0; i < n; i++)
		document_put_clock(out, NULL, &clocks[i], now);
	out_end_array(out);
}

static void put_filings(struct buf *out, const struct incident *incident)
{
	size_t i;

	out_array(out, "filings");
	for (i = 0; i < incident->n_filings; i++)
		document_put_filing(out, NULL, &incident->filings[i]);
	out_end_array(out);
}

static void put_waivers(struct buf *out, const struct incident *incident)
{
	size_t i;

	if (incident->n_waivers == 0)
		return;
	out_array(out, "waivers");
	for (i = 0; i < incident->n_waivers; i++)
		put_waiver(out, &incident->waivers[i]);
	out_end_array(out);
}

static void put_rules(struct buf *out, const struct incident *incident)
{
	if (incident->ruleset == NULL)
		return;
	out_object(out, "rules");
	out_text(out, "digest", incident->ruleset);
	out_text(out, "country", incident->country);
	out_text(out, "timezone", incident->timezone);
	out_end_object(out);
}

static void put_dismissal(struct buf *out, const struct incident *incident)
{
	if (incident->dismissed_at == TIME_NONE)
		return;
	out_object(out, "dismissal");
	out_text(out, "by", incident->dismissed_by);
	out_text(out, "basis", incident->dismissed_basis);
	out_time(out, "at", incident->dismissed_at);
	out_end_object(out);
}

/* What stands behind the clocks. */
static void put_rest(struct buf *out, const struct incident *incident)
{
	put_filings(out, incident);
	put_waivers(out, incident);
	if (incident->n_traits > 0)
		out_texts(out, "traits", incident->traits, incident->n_traits);
	out_texts(out, "regimes", incident->regimes, incident->n_regimes);
	put_rules(out, incident);
	put_dismissal(out, incident);
	out_time(out, "opened_at", incident->opened_at);
}

void document_put_incident_members(struct buf *out, const struct incident *incident,
	enum incident_state state, const struct clock *clocks, size_t n_clocks, int64_t now)
{
	put_header(out, incident, state);
	put_events(out, incident);
	document_put_clocks(out, "clocks", clocks, n_clocks, now);
	put_rest(out, incident);
}

void document_put_incident(struct buf *out, const struct incident *incident,
	enum incident_state state, const struct clock *clocks, size_t n_clocks, int64_t now)
{
	out_object(out, NULL);
	document_put_incident_members(out, incident, state, clocks, n_clocks, now);
	out_end_object(out);
}

void document_put_incident_with(struct buf *out, const struct incident *incident,
	enum incident_state state, const struct buf *clocks)
{
	out_object(out, NULL);
	put_header(out, incident, state);
	put_events(out, incident);
	out_json(out, "clocks", clocks);
	put_rest(out, incident);
	out_end_object(out);
}

/* ---- as a tree ------------------------------------------------------------------ */

json_t *document_clock(const struct clock *clock, int64_t now)
{
	struct error err;
	struct buf text;
	json_t *tree;

	buf_init(&text, 0);
	document_put_clock(&text, NULL, clock, now);
	tree = json_read(text.data, text.len, &err);
	if (tree == NULL)
		abort();	/* our own text, just made */
	buf_release(&text);
	return tree;
}
