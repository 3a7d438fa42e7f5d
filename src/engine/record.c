/*
 * Recording on an incident that exists: events, filings, waivers, dismissal,
 * acknowledgements. Each is checked against the facts (core), written, folded into
 * the clocks, and put in the journal with what it changed.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/document.h"
#include "core/drill.h"
#include "engine/internal.h"

/* The incident of a command with its clocks. Somebody else's is not found. */
static int load(struct engine *e, struct command *c, struct incident_row *row,
	struct clock_row **clocks, size_t *n)
{
	size_t i;

	if (e->store->ops->incident_load(e->store, c->incident, e->arena, row, &c->error) < 0)
		return -1;
	for (i = 0; i < c->n_entities; i++)
		if (strcmp(c->entities[i], row->incident.entity) == 0)
			break;
	if (c->n_entities > 0 && i == c->n_entities)
		return error_set(&c->error, ERROR_NOT_FOUND, "no such incident");
	return e->store->ops->clock_of(e->store, c->incident, e->arena, clocks, n, &c->error);
}

int command_load(struct engine *e, struct command *c, struct incident_row *row,
	struct clock **ret, size_t *n)
{
	struct clock_row *rows;
	size_t i;

	if (load(e, c, row, &rows, n) < 0)
		return -1;
	*ret = arena_array(e->arena, *n, sizeof(**ret));
	for (i = 0; i < *n; i++)
		(*ret)[i] = rows[i].clock;
	return 0;
}

int command_conclude(struct engine *e, struct command *c, struct buf *record,
	enum change change, const char *by, int status)
{
	const struct fold_cause cause = { .why = { change, by, c->actor, e->now } };
	struct incident_row row;
	struct folded folded;

	if (e->store->ops->incident_load(e->store, c->incident, e->arena, &row, &c->error) < 0 ||
	    fold_write(e, &row, &cause, &folded, &c->error) < 0)
		return -1;
	drill_mark(record, &row.incident);
	if (folded.pinned)
		rules_put(record, "rules", &row.incident);
	out_text(record, "state", incident_state_name(folded.state));
	out_json(record, "clocks", folded.changes);
	if (record_append(e, record, c->incident, &c->error) < 0 ||
	    fold_look(e, &row, &folded, &c->error) < 0)
		return -1;
	fold_answer(e, c, status, &row, &folded);
	return 0;
}

struct buf *command_record(struct engine *e, const struct command *c, const char *kind,
	const char *by)
{
	struct buf *record = record_new(e, kind, c->actor, by);

	out_int(record, "incident", c->incident);
	return record;
}

/* A value for one regime where there was one for all corrects that one too, in effect.
 * Another request is nothing that was known before. */
static enum change event_change(const struct command_event *in,
	const struct incident_event *old)
{
	bool again = old != NULL && strcmp(in->event.type, "requested") != 0;

	return in->replaces || again ? CHANGE_CORRECTION : CHANGE_EVENT;
}

/* What is handed in once more in place of a filing that was withdrawn corrects it, in
 * effect. Of a report that may be filed again any time only the first does. */
static enum change filing_change(const struct command_filing *in, const struct incident *to,
	const struct clock *clocks, size_t n, const struct filing *old)
{
	size_t i;

	if (in->replaces)
		return CHANGE_CORRECTION;
	for (i = 0; i < n; i++)
		if (strcmp(clocks[i].regime, in->filing.regime) == 0 &&
		    strcmp(clocks[i].stage, in->filing.stage) == 0 &&
		    !(clocks[i].repeatable && old != NULL) && clock_was_filed(to, &clocks[i]))
			return CHANGE_CORRECTION;
	return CHANGE_FILING;
}

int command_run_event(struct engine *e, struct command *c)
{
	struct incident_event *event = &c->as.event.event;
	const struct incident_event *old;
	struct incident_row row;
	struct clock *clocks;
	struct buf *record;
	enum change change;
	size_t n;

	if (command_load(e, c, &row, &clocks, &n) < 0 ||
	    incident_check_event(&row.incident, clocks, n, event, c->as.event.replaces, e->now,
		    &c->error) < 0)
		return -1;
	old = incident_event_for(&row.incident, event->type, event->regime);
	change = event_change(&c->as.event, old);
	/* A value for one regime stands beside the one for all, it does not end it. */
	if (old != NULL && (old->regime == NULL) != (event->regime == NULL))
		old = NULL;
	if (old != NULL && e->store->ops->event_replace(e->store, c->incident, old->id,
		    &c->error) < 0)
		return -1;
	event->recorded_at = e->now;
	if (e->store->ops->event_insert(e->store, c->incident, event, &c->error) < 0)
		return -1;
	record = command_record(e, c, "event.recorded", event->by);
	watch_put(e, record);
	document_put_event(record, "event", event);
	if (old != NULL)
		document_put_event(record, "replaces", old);
	return command_conclude(e, c, record, change, event->by, 201);
}

int command_run_filing(struct engine *e, struct command *c)
{
	struct filing *filing = &c->as.filing.filing;
	const struct filing *old;
	struct incident_row row;
	struct clock *clocks;
	struct buf *record;
	enum change change;
	size_t n;

	if (command_load(e, c, &row, &clocks, &n) < 0 ||
	    incident_check_filing(&row.incident, clocks, n, filing, c->as.filing.replaces, e->now,
		    &c->error) < 0)
		return -1;
	old = incident_filing_for(&row.incident, filing->regime, filing->stage);
	change = filing_change(&c->as.filing, &row.incident, clocks, n, old);
	if (old != NULL && c->as.filing.replaces &&
	    e->store->ops->filing_replace(e->store, old->id, &c->error) < 0)
		return -1;
	filing->recorded_at = e->now;
	if (e->store->ops->filing_insert(e->store, c->incident, filing, &c->error) < 0)
		return -1;
	record = command_record(e, c, "filing.recorded", filing->by);
	watch_put(e, record);
	document_put_filing(record, "filing", filing);
	if (old != NULL && c->as.filing.replaces)
		document_put_filing(record, "replaces", old);
	return command_conclude(e, c, record, change, filing->by, 201);
}

int command_run_waiver(struct engine *e, struct command *c)
{
	struct waiver *waiver = &c->as.waiver.waiver;
	struct incident_row row;
	struct clock_row *clocks;
	struct buf *record;
	size_t n, i;

	if (load(e, c, &row, &clocks, &n) < 0)
		return -1;
	for (i = 0; i < n; i++)
		if (strcmp(clocks[i].clock.regime, waiver->regime) == 0 &&
		    strcmp(clocks[i].clock.stage, waiver->stage) == 0)
			break;
	if (i == n)
		return error_pointer(&c->error, "/stage", "the incident has no such clock");
	if (strcmp(waiver->regime, REGIME_INTERNAL) == 0)
		return error_pointer(&c->error, "/stage",
			"the assessment ends by recording awareness or by dismissal");
	if (clock_is_settled(clocks[i].clock.state))
		return error_set(&c->error, ERROR_CONFLICT, "this clock is %s already",
			clock_state_name(clocks[i].clock.state));
	waiver->recorded_at = e->now;
	if (e->store->ops->waiver_insert(e->store, c->incident, waiver, &c->error) < 0)
		return -1;
	record = command_record(e, c, "waiver.recorded", waiver->by);
	out_text(record, "regime", waiver->regime);
	out_text(record, "stage", waiver->stage);
	out_text(record, "basis", waiver->basis);
	return command_conclude(e, c, record, CHANGE_FACT, waiver->by, 201);
}

int command_run_dismissal(struct engine *e, struct command *c)
{
	const struct command_dismissal *in = &c->as.dismissal;
	struct incident_row row;
	struct clock_row *clocks;
	struct buf *record;
	size_t n;

	if (load(e, c, &row, &clocks, &n) < 0)
		return -1;
	if (row.incident.dismissed_at != TIME_NONE)
		return error_set(&c->error, ERROR_CONFLICT, "the incident is dismissed already");
	if (row.state == INCIDENT_CLOSED)
		return error_set(&c->error, ERROR_CONFLICT, "the incident is closed");
	row.incident.dismissed_at = e->now;
	row.incident.dismissed_by = in->by;
	row.incident.dismissed_basis = in->basis;
	row.changed_at = e->now;
	if (e->store->ops->incident_update(e->store, &row, &c->error) < 0)
		return -1;
	record = command_record(e, c, "incident.dismissed", in->by);
	out_text(record, "basis", in->basis);
	return command_conclude(e, c, record, CHANGE_FACT, in->by, 200);
}

/* ---- acknowledgement ---------------------------------------------------------------- */

static bool holds(const struct acknowledgement_row *ack, const struct clock *clock)
{
	return clock->state == CLOCK_RUNNING &&
		(ack->regime == NULL || strcmp(ack->regime, clock->regime) == 0) &&
		(ack->stage == NULL || strcmp(ack->stage, clock->stage) == 0);
}

/* The lease for each running clock it covers; the shortest is what is given,
 * because one acknowledgement is one row with one end. */
static int64_t lease(const struct acknowledgement_row *ack, int64_t for_ms,
	const struct incident *about, const struct clock_row *clocks, size_t n, int64_t now)
{
	int64_t until = TIME_NONE;
	size_t i;

	for (i = 0; i < n; i++) {
		int64_t end;

		if (!holds(ack, &clocks[i].clock))
			continue;
		end = drill_lease(about, clocks[i].clock.due_at, for_ms, now);
		if (until == TIME_NONE || end < until)
			until = end;
	}
	return until;
}

/* Each clock that it holds for. */
static int tell(struct engine *e, const struct incident_row *row, const struct folded *folded,
	const struct acknowledgement_row *ack, struct error *err)
{
	size_t i;

	for (i = 0; i < folded->n; i++) {
		const struct clock *clock = &folded->clocks[i].clock;

		if (holds(ack, clock) && outbox_acknowledge(e, row, clock, ack, err) < 0)
			return -1;
	}
	return 0;
}

int command_run_acknowledgement(struct engine *e, struct command *c)
{
	const struct command_acknowledgement *in = &c->as.acknowledgement;
	struct acknowledgement_row ack = { .incident = c->incident, .regime = in->regime,
		.stage = in->stage };
	struct incident_row row;
	struct folded folded = { .changes = NULL };
	struct buf *record, *document = buf_in_arena(c->arena, 256);

	if (load(e, c, &row, &folded.clocks, &folded.n) < 0)
		return -1;
	ack.by = in->by;
	ack.at = e->now;
	ack.until_at = lease(&ack, in->for_ms, &row.incident, folded.clocks, folded.n, e->now);
	if (ack.until_at == TIME_NONE)
		return error_set(&c->error, ERROR_CONFLICT, "no clock is running%s%s",
			in->stage != NULL ? " for that stage" : "",
			in->regime != NULL ? " of that regime" : "");
	if (e->store->ops->acknowledgement_insert(e->store, &ack, &c->error) < 0)
		return -1;
	record = command_record(e, c, "acknowledgement.given", in->by);
	drill_mark(record, &row.incident);
	out_text(record, "regime", in->regime);
	out_text(record, "stage", in->stage);
	out_text(record, "delivery", in->delivery);
	out_time(record, "until_at", ack.until_at);
	if (record_append(e, record, c->incident, &c->error) < 0 ||
	    tell(e, &row, &folded, &ack, &c->error) < 0 ||
	    fold_look(e, &row, &folded, &c->error) < 0)
		return -1;
	out_object(document, NULL);
	out_int(document, "incident", c->incident);
	out_text(document, "by", in->by);
	out_text(document, "regime", in->regime);
	out_text(document, "stage", in->stage);
	out_time(document, "at", ack.at);
	out_time(document, "until", ack.until_at);
	out_end_object(document);
	c->status = 201;
	c->answer = document->data;
	return 0;
}
