/*
 * Storms. An alert that would open an incident over its source's limit is taken all the
 * same: it joins the storm of its source and entity, one incident for all of them, opened
 * by the first and by the source's own rule of awareness. Its clocks run and its ladder
 * escalates as those of any other, and only people end it.
 *
 * - Every alert is counted exactly once: in the incident of its key, or in the storm. A
 *   key that is in a storm stays in it for as long as that is not settled, whatever room
 *   there is by then.
 * - What was in it is kept: each key with its count and times, and the body of its first
 *   alert, up to a bound of both; beyond it only the number. A chained digest is over
 *   every body, in order.
 * - Storms of a turn are gathered in memory and written before its commit: an alert costs
 *   one change of a row. What a refused command did is dropped with it.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "core/document.h"
#include "engine/internal.h"
#include "engine/storm.h"

/* TITLE_MAX, SAMPLE_MAX: bytes. A key is bounded where it is read. */
enum { KEYS_MAX = 10000, TITLE_MAX = 200, SAMPLES_MAX = 20, SAMPLE_MAX = 100,
	SAMPLES_SIZE = 2000 };
enum { BODIES_MAX = 64 << 20 };	/* bytes of one storm */

/* ---- the life of a turn --------------------------------------------------------------- */

int storms_configure(struct engine *e, struct error *err)
{
	if (limit_configure(e, err) < 0)
		return -1;
	return e->store->ops->storm_next(e->store, &e->storms.next_at, err);
}

int64_t storms_next(const struct engine *e)
{
	return e->storms.next_at;
}

void storms_begin_turn(struct engine *e)
{
	limit_begin_turn(e);
	e->storms.turn = e->storms.command = NULL;
	e->storms.will_be_next = e->storms.next_at;
}

void storms_begin_command(struct engine *e)
{
	limit_begin_command(e);
	e->storms.command = NULL;
}

static struct storm *find_in(struct storm *list, const char *source, const char *entity)
{
	for (; list != NULL; list = list->next)
		if (!list->over && strcmp(list->source, source) == 0 &&
		    strcmp(list->entity, entity) == 0)
			return list;
	return NULL;
}

/* What the command made of a storm takes the place of what there was. */
void storms_keep(struct engine *e)
{
	struct storm *made, *next;

	limit_keep(e);
	for (made = e->storms.command; made != NULL; made = next) {
		struct storm *old = find_in(e->storms.turn, made->source, made->entity);

		next = made->next;
		made->next = old != NULL ? old->next : e->storms.turn;
		if (old != NULL)
			*old = *made;
		else
			e->storms.turn = made;
	}
	e->storms.command = NULL;
}

void storms_settle(struct engine *e)
{
	limit_settle(e);
	e->storms.next_at = e->storms.will_be_next;
	storms_begin_turn(e);
}

/* ---- one storm ------------------------------------------------------------------------- */

static int load(struct engine *e, struct storm *s, struct error *err)
{
	if (e->store->ops->storm_find(e->store, s->source, s->entity, e->arena, &s->row,
		    err) < 0) {
		if (err->code != ERROR_NOT_FOUND)
			return -1;
		memset(err, 0, sizeof(*err));
		s->row.incident = 0;
	}
	s->aware_at = TIME_NONE;
	s->severity = SEVERITY_LOW;
	return 0;
}

/* As an earlier command of this turn has left it. One in between may have settled it: a
 * storm that has no clocks any more takes nothing. 1: it goes on, in *s. */
static int go_on(struct engine *e, struct storm *before, struct storm *s, struct error *err)
{
	if (before == NULL)
		return 0;
	if (before->row.incident != 0) {
		if (load(e, s, err) < 0)
			return -1;
		before->over = s->row.incident != before->row.incident;
	}
	if (before->over)
		return 0;
	*s = *before;
	return 1;
}

/* That of the source and entity, for the present command to change; its row's incident is
 * 0 where there is none. NULL: *err. */
static struct storm *get(struct engine *e, const struct storm_alert *in, struct error *err)
{
	const char *source = in->source->name, *entity = in->entity->id;
	struct storm *s = find_in(e->storms.command, source, entity);
	int goes_on;

	if (s != NULL)
		return s;
	s = arena_alloc(e->arena, sizeof(*s));
	s->source = source;
	s->entity = entity;
	goes_on = go_on(e, find_in(e->storms.turn, source, entity), s, err);
	if (goes_on < 0 || (goes_on == 0 && load(e, s, err) < 0))
		return NULL;
	/* The buffer is shared with what there was before. */
	s->samples = NULL;
	s->next = e->storms.command;
	e->storms.command = s;
	return s;
}

static int open_storm(struct engine *e, const struct storm_alert *in, struct storm *s,
	struct error *err)
{
	const struct conf_source *source = in->source;
	struct opening o = {
		.entity = in->entity, .source = source->name, .severity = in->alert->severity,
		.title = arena_printf(e->arena, "Storm from %s", source->name),
		.description = arena_printf(e->arena, "The source %s would open more incidents "
			"than its limit lets it (%s). Every alert over it is taken and counted here, "
			"in place of an incident of its own: see what is in it, and open what "
			"deserves a case by hand.", source->name, limit_words(e, source->name)),
		.alerts = 1, .storm = true, .actor = in->actor, .by = in->by,
	};
	struct folded folded;

	opening_add_alert(&o, source, in->alert, in->received_at, in->by);
	if (incident_open(e, &o, &s->incident, &folded, err) < 0)
		return -1;
	s->row = (struct storm_row){
		.incident = s->incident.incident.id, .source = s->source, .entity = s->entity,
		.first_at = in->received_at, .last_at = in->received_at,
		.aware_at = alert_aware_at(source, in->alert, in->received_at),
		.said_at = TIME_NONE, .unsaid_first_at = TIME_NONE, .look_at = TIME_NONE,
	};
	memcpy(s->row.sha256, journal_genesis, sizeof(s->row.sha256));
	s->opened = true;
	return e->store->ops->storm_put(e->store, &s->row, err);
}

/* ---- one alert -------------------------------------------------------------------------- */

static const char *cut(struct engine *e, const char *text, size_t max)
{
	return arena_strndup(e->arena, text, text_utf8_cut(text, strlen(text), max));
}

/* For the next line of the journal; only keys that are seen for the first time. */
static void add_sample(struct engine *e, struct storm *s, const struct alert *a)
{
	if (s->row.n_samples >= SAMPLES_MAX)
		return;
	if (s->samples == NULL) {
		s->samples = buf_in_arena(e->arena, SAMPLES_SIZE);
		buf_adds(s->samples, s->row.samples != NULL ? s->row.samples : "[");
	}
	out_object(s->samples, NULL);
	if (a->key != NULL)
		out_text(s->samples, "key", cut(e, a->key, SAMPLE_MAX));
	out_text(s->samples, "title", cut(e, a->title, SAMPLE_MAX));
	out_end_object(s->samples);
	s->row.samples = s->samples->data;
	s->row.n_samples++;
}

static void account(struct storm *s, const struct storm_alert *in)
{
	const struct alert *a = in->alert;
	struct storm_row *row = &s->row;
	int64_t aware_at = alert_aware_at(in->source, a, in->received_at);
	bool ends = a->resolved || a->update;

	journal_hash(row->sha256, a->body, a->body_len, row->sha256);
	row->alerts++;
	row->resolved += ends;
	if (row->unsaid++ == 0)
		row->unsaid_first_at = in->received_at;
	row->unsaid_resolved += ends;
	if (in->received_at > row->last_at)
		row->last_at = in->received_at;
	s->touched = true;
	if (ends)
		return;
	s->severity = severity_higher(s->severity, a->severity);
	if (aware_at != TIME_NONE && (s->aware_at == TIME_NONE || aware_at < s->aware_at))
		s->aware_at = aware_at;
	s->by = in->by;
}

static struct storm_key_row key_row(const struct storm *s, const struct storm_alert *in)
{
	const struct alert *a = in->alert;

	return (struct storm_key_row){ .incident = s->row.incident,
		.key = a->key != NULL ? a->key : "", .title = a->title, .severity = a->severity,
		.alerts = 1, .resolved = a->resolved || a->update,
		.first_at = in->received_at, .last_at = in->received_at };
}

/* 1: its key is kept, and was counted. */
static int count_key(struct engine *e, const struct storm *s, const struct storm_alert *in,
	struct error *err)
{
	struct storm_key_row key = key_row(s, in);

	if (e->store->ops->storm_key_count(e->store, &key, err) == 0)
		return 1;
	if (err->code != ERROR_NOT_FOUND)
		return -1;
	memset(err, 0, sizeof(*err));
	return 0;
}

static int keep_body(struct engine *e, struct storm *s, const struct storm_alert *in,
	struct error *err)
{
	const struct alert *a = in->alert;
	struct alert_row row = {
		.incident = s->row.incident, .source = s->source, .key = a->key,
		.title = a->title, .severity = a->severity, .stated_at = a->detected_at,
		.received_at = in->received_at, .outcome = "storm", .body = a->body,
		.body_len = a->body_len,
	};

	if (s->row.bytes + (int64_t)a->body_len > BODIES_MAX)
		return 0;
	s->row.bytes += (int64_t)a->body_len;
	digest_sha256_hex(a->body, a->body_len, row.digest);
	return e->store->ops->alert_insert(e->store, &row, err);
}

/* A key that is new to the storm is kept, with its first alert, where there is room. */
static int keep_key(struct engine *e, struct storm *s, const struct storm_alert *in,
	struct error *err)
{
	struct storm_key_row key = key_row(s, in);

	add_sample(e, s, in->alert);
	if (s->row.keys >= KEYS_MAX) {
		s->row.unlisted++;
		return 0;
	}
	s->row.keys++;
	key.title = cut(e, key.title, TITLE_MAX);
	if (e->store->ops->storm_key_insert(e->store, &key, err) < 0)
		return -1;
	return keep_body(e, s, in, err);
}

int storm_take_known(struct engine *e, const struct storm_alert *in, int64_t *ret,
	struct error *err)
{
	struct storm *s;
	int known;

	/* One without a key is nobody's repeat. */
	if (in->alert->key == NULL || !limit_is_of(e, in->source->name))
		return 0;
	s = get(e, in, err);
	if (s == NULL)
		return -1;
	known = s->row.incident != 0 ? count_key(e, s, in, err) : 0;
	if (known > 0)
		account(s, in);
	*ret = s->row.incident;
	return known;
}

int storm_take(struct engine *e, const struct storm_alert *in, int64_t *ret, bool *ret_opened,
	struct error *err)
{
	struct storm *s = get(e, in, err);
	int known;

	if (s == NULL)
		return -1;
	*ret_opened = s->row.incident == 0;
	if (*ret_opened && open_storm(e, in, s, err) < 0)
		return -1;
	known = count_key(e, s, in, err);
	if (known < 0 || (known == 0 && keep_key(e, s, in, err) < 0))
		return -1;
	account(s, in);
	*ret = s->row.incident;
	return 0;
}

static const struct storm *of_incident(const struct storm *list, int64_t incident)
{
	while (list != NULL && list->row.incident != incident)
		list = list->next;
	return list;
}

void storm_complete(const struct engine *e, struct incident *in)
{
	const struct storm *s = of_incident(e->storms.command, in->id);

	if (in->storm && s != NULL)
		in->alerts = s->row.alerts;
}

/* ---- at the end of the turn ---------------------------------------------------------------- */

/* Its alerts state an earlier awareness, or the first one that could be read does. What a
 * person has said of it stands. */
static int become_aware(struct engine *e, const struct storm *s, struct incident_row *row,
	struct error *err)
{
	const struct incident_event *old = incident_event_for(&row->incident, "aware", NULL);
	struct incident_event event = { .type = "aware", .at = s->aware_at, .due_at = TIME_NONE,
		.by = s->by, .basis = "the source's rule: an alert is awareness",
		.recorded_at = e->now };
	struct fold_cause cause = { .why = { old != NULL ? CHANGE_CORRECTION : CHANGE_EVENT,
		s->by, s->by, e->now } };
	struct buf *record = record_new(e, "event.recorded", s->by, s->by);
	struct folded folded;

	if (old != NULL && strcmp(old->by, s->by) != 0)
		return 0;
	if ((old != NULL && e->store->ops->event_replace(e->store, row->incident.id, old->id,
		     err) < 0) ||
	    e->store->ops->event_insert(e->store, row->incident.id, &event, err) < 0)
		return -1;
	out_int(record, "incident", row->incident.id);
	watch_put(e, record);
	document_put_event(record, "event", &event);
	if (old != NULL)
		document_put_event(record, "replaces", old);
	if (e->store->ops->incident_load(e->store, row->incident.id, e->arena, row, err) < 0 ||
	    fold_write(e, row, &cause, &folded, err) < 0)
		return -1;
	out_text(record, "state", incident_state_name(folded.state));
	out_json(record, "clocks", folded.changes);
	if (record_append(e, record, row->incident.id, err) < 0)
		return -1;
	return fold_look(e, row, &folded, err);
}

/* Another severity may have another policy. */
static int plan_clocks(struct engine *e, const struct incident_row *row, struct error *err)
{
	struct clock_row *clocks;
	size_t n, i;

	if (e->store->ops->clock_of(e->store, row->incident.id, e->arena, &clocks, &n, err) < 0)
		return -1;
	for (i = 0; i < n; i++)
		if (clocks[i].clock.state == CLOCK_RUNNING &&
		    alarm_plan(e, row, &clocks[i], err) < 0)
			return -1;
	return 0;
}

static int write_incident(struct engine *e, struct storm *s, struct error *err)
{
	struct incident_row row;
	enum severity higher;
	bool live, raised;

	if (e->store->ops->incident_load(e->store, s->row.incident, e->arena, &row, err) < 0)
		return -1;
	/* Somebody may have settled it in this very turn. */
	live = row.state == INCIDENT_SUSPECTED || row.state == INCIDENT_OPEN;
	if (live && s->aware_at != TIME_NONE &&
	    (s->row.aware_at == TIME_NONE || s->aware_at < s->row.aware_at)) {
		s->row.aware_at = s->aware_at;
		if (become_aware(e, s, &row, err) < 0)
			return -1;
	}
	higher = severity_higher(row.incident.severity, s->severity);
	raised = live && higher != row.incident.severity;
	if (raised)
		row.incident.severity = higher;
	row.incident.alerts = s->row.alerts;
	if (live)
		row.changed_at = e->now;
	if (e->store->ops->incident_update(e->store, &row, err) < 0)
		return -1;
	return raised ? plan_clocks(e, &row, err) : 0;
}

/* Says what is to be said by now, and when there is more. */
static int look(struct engine *e, struct storm_row *row, struct error *err)
{
	if (row->unsaid > 0 && (row->said_at == TIME_NONE || row->said_at > e->now ||
	    e->now - row->said_at >= STORM_SAY_MS) && storm_say(e, row, err) < 0)
		return -1;
	if (row->raging && row->unsaid == 0 && e->now - row->last_at >= STORM_CALM_MS &&
	    storm_say_over(e, row, err) < 0)
		return -1;
	if (row->unsaid > 0)
		row->look_at = row->said_at + STORM_SAY_MS;
	else
		row->look_at = row->raging ? row->last_at + STORM_CALM_MS : TIME_NONE;
	return e->store->ops->storm_put(e->store, row, err);
}

static int write_storm(struct engine *e, struct storm *s, struct error *err)
{
	bool began = !s->row.raging;

	s->row.raging = true;
	if (write_incident(e, s, err) < 0 ||
	    (began && storm_say_begun(e, &s->row, err) < 0))
		return -1;
	return look(e, &s->row, err);
}

int storms_look(struct engine *e, struct error *err)
{
	struct storm_row *rows;
	bool changed = false;
	struct storm *s;
	size_t n, i;

	for (s = e->storms.turn; s != NULL; s = s->next) {
		if (!s->touched)
			continue;
		changed = true;
		if (write_storm(e, s, err) < 0)
			return -1;
	}
	if (e->storms.next_at != TIME_NONE && e->storms.next_at <= e->now) {
		if (e->store->ops->storm_due(e->store, e->now, e->arena, &rows, &n, err) < 0)
			return -1;
		for (i = 0; i < n; i++)
			if (look(e, &rows[i], err) < 0)
				return -1;
		changed = true;
	}
	return changed ? e->store->ops->storm_next(e->store, &e->storms.will_be_next, err) : 0;
}
