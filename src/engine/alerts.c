/*
 * Taking in alerts. One whose key is known joins its incident; otherwise it opens
 * one, unless it is below the source's minimum, a resolve, or a test message:
 * those are kept and counted all the same. The bytes are kept as they came; the
 * journal has their digest, so that retention can erase them without breaking the
 * chain. Bytes that are no alert open an incident too, where the source's format says
 * so: somebody has to look at them, and the same bytes again join it. What would open
 * more than its source's limit lets it joins a storm (storm.c).
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/document.h"
#include "engine/internal.h"
#include "engine/storm.h"

enum { BATCH_SIZE = 500 };	/* of an answer, to begin with */

/* Ids seen so far: a table of open places, at most half full. */
struct id_set {
	int64_t *places;		/* 0: free */
	size_t size, n;
};

/* What the batch has done so far, for its answer. */
struct tally {
	struct id_set seen;
	const struct command *command;
	struct buf *incidents;		/* an array, each incident once */
	int64_t accepted, overflowed;
	struct incident_row last;	/* of the last incident opened or joined */
	struct folded folded;
	bool opened, joined, unparsed;
	bool began;		/* what was joined last was opened for it */
};

static void fill_alert(const struct command_alerts *in, const struct alert *a,
	struct alert_row *row)
{
	memset(row, 0, sizeof(*row));
	row->source = in->source->name;
	row->key = a->key;
	row->title = a->title;
	row->severity = a->severity;
	row->stated_at = a->detected_at;
	row->received_at = in->received_at;
	row->body = a->body;
	row->body_len = a->body_len;
	digest_sha256_hex(a->body, a->body_len, row->digest);
}

static int insert_alert(struct engine *e, struct alert_row *row, struct error *err)
{
	count(e, COUNT_ALERT, row->source, row->outcome, 1);
	return e->store->ops->alert_insert(e->store, row, err);
}

static int write_alert(struct engine *e, struct alert_row *row, const char *kind,
	const char *actor, const char *by, struct error *err)
{
	struct buf *record;

	if (insert_alert(e, row, err) < 0)
		return -1;
	record = record_new(e, kind, actor, by);
	if (row->incident != 0)
		out_int(record, "incident", row->incident);
	out_int(record, "alert", row->id);
	out_text(record, "source", row->source);
	out_text(record, "key", row->key);
	out_text(record, "outcome", row->outcome);
	out_text(record, "alert_sha256", row->digest);
	return record_append(e, record, row->incident, err);
}

static bool put_id(struct id_set *set, int64_t id)
{
	size_t i = (size_t)id * 0x9e3779b97f4a7c15u % set->size;

	for (; set->places[i] != 0; i = (i + 1) % set->size)
		if (set->places[i] == id)
			return false;
	set->places[i] = id;
	set->n++;
	return true;
}

static bool id_set_has(const struct id_set *set, int64_t id)
{
	size_t i;

	if (set->size == 0)
		return false;
	i = (size_t)id * 0x9e3779b97f4a7c15u % set->size;
	for (; set->places[i] != 0; i = (i + 1) % set->size)
		if (set->places[i] == id)
			return true;
	return false;
}

/* False: it was there already. */
static bool id_set_add(struct id_set *set, int64_t id, struct arena *arena)
{
	struct id_set bigger = { .size = set->size > 0 ? 2 * set->size : 64 };
	size_t i;

	if (2 * (set->n + 1) > set->size) {
		bigger.places = arena_array(arena, bigger.size, sizeof(*bigger.places));
		for (i = 0; i < set->size; i++)
			if (set->places[i] != 0)
				put_id(&bigger, set->places[i]);
		*set = bigger;
	}
	return put_id(set, id);
}

static void tally_incident(struct engine *e, struct tally *t, const struct incident *in,
	enum incident_state state, bool opened)
{
	struct buf *out = t->incidents;

	if (t->command->as.alerts.single || !id_set_add(&t->seen, in->id, e->arena))
		return;
	out_object(out, NULL);
	out_int(out, "id", in->id);
	out_text(out, "entity", in->entity);
	out_text(out, "title", in->title);
	out_text(out, "severity", severity_name(in->severity));
	out_text(out, "state", incident_state_name(state));
	out_text(out, "key", in->key);
	document_put_hints(out, in);
	out_bool(out, "opened", opened);
	out_end_object(out);
}

/* The incident that an alert with a known key belongs to: 1 found (in *ret), 0
 * none. One closed or dismissed takes repeats for the source's rejoin time. */
static int find_incident(struct engine *e, const struct conf_source *source,
	const struct alert *a, struct incident_row *ret, struct error *err)
{
	bool live;

	if (a->key == NULL)
		return 0;
	if (e->store->ops->incident_by_key(e->store, source->name, a->key, e->arena, ret, err) < 0) {
		if (err->code != ERROR_NOT_FOUND)
			return -1;
		memset(err, 0, sizeof(*err));
		return 0;
	}
	live = ret->state == INCIDENT_SUSPECTED || ret->state == INCIDENT_OPEN;
	return live || e->now - ret->changed_at < source->rejoin_ms;
}

static const char *join_outcome(const struct alert *a, bool live)
{
	if (a->unparsed != NULL)
		return "unparsed";
	if (a->resolved)
		return "resolved";
	if (a->update)
		return "update";
	return live ? "joined" : "repeat";
}

static int join(struct engine *e, const struct command_alerts *in, const struct alert *a,
	struct incident_row *row, const char *actor, const char *by, struct tally *t,
	struct error *err)
{
	bool live = row->state == INCIDENT_SUSPECTED || row->state == INCIDENT_OPEN;
	struct alert_row alert;

	fill_alert(in, a, &alert);
	alert.incident = row->incident.id;
	alert.outcome = join_outcome(a, live);
	row->incident.alerts++;
	/* The rejoin time runs from the end of the incident: repeats do not prolong it. */
	if (e->store->ops->incident_count_alert(e->store, row->incident.id,
		    live ? e->now : row->changed_at, err) < 0 ||
	    write_alert(e, &alert, "alert.joined", actor, by, err) < 0)
		return -1;
	/* A resolve or an update: counted, and no clock hears of it (promise 5). */
	if (a->resolved || a->update)
		return 0;
	t->last = *row;
	t->joined = true;
	t->began = false;
	tally_incident(e, t, &row->incident, row->state, false);
	return 0;
}

/* It is in a storm now. */
static int join_storm(struct engine *e, const struct storm_alert *in, int64_t storm,
	bool opened, struct tally *t, struct error *err)
{
	const struct alert *a = in->alert;

	count(e, COUNT_ALERT, in->source->name, "storm", 1);
	t->overflowed++;
	if (a->resolved || a->update || id_set_has(&t->seen, storm))
		return 0;
	if (e->store->ops->incident_load(e->store, storm, e->arena, &t->last, err) < 0)
		return -1;
	t->began = opened;
	t->joined = true;
	tally_incident(e, t, &t->last.incident, t->last.state, opened);
	return 0;
}

/* 1: its key is known, to an incident or a storm, and it was taken there. */
static int take_known(struct engine *e, const struct command_alerts *in,
	const struct storm_alert *storm, const char *actor, const char *by, struct tally *t,
	struct error *err)
{
	const struct alert *a = storm->alert;
	struct incident_row row;
	int64_t id = 0;
	int known = find_incident(e, in->source, a, &row, err);

	if (known < 0)
		return -1;
	if (known > 0)
		return join(e, in, a, &row, actor, by, t, err) < 0 ? -1 : 1;
	known = storm_take_known(e, storm, &id, err);
	if (known > 0 && join_storm(e, storm, id, false, t, err) < 0)
		return -1;
	return known;
}

static void add_event(struct opening *o, const char *type, int64_t at, const char *by,
	const char *basis)
{
	struct incident_event *event = &o->events[o->n_events++];

	memset(event, 0, sizeof(*event));
	event->type = type;
	event->at = at;
	event->due_at = TIME_NONE;
	event->by = by;
	event->basis = basis;
}

/* When the source's rule says that the alert itself is awareness: since when. A
 * time in the future is the sender's clock, not ours: the receipt counts. */
int64_t alert_aware_at(const struct conf_source *source, const struct alert *a,
	int64_t received_at)
{
	int64_t at = received_at;

	/* Nobody can be aware of what nobody has read. */
	if (source->awareness != AWARENESS_ALERT || a->unparsed != NULL)
		return TIME_NONE;
	if (a->aware_at != TIME_NONE)
		at = a->aware_at;
	else if (source->awareness_time == AWARENESS_DETECTED && a->detected_at != TIME_NONE)
		at = a->detected_at;
	return at < received_at ? at : received_at;
}

void opening_add_alert(struct opening *o, const struct conf_source *source,
	const struct alert *a, int64_t received_at, const char *by)
{
	static const char assumed_zone[] =
		"the time had no zone: that of the source's format was taken";
	int64_t detected = a->detected_at != TIME_NONE && a->detected_at < received_at ?
		a->detected_at : received_at;
	int64_t aware = alert_aware_at(source, a, received_at);

	add_event(o, "detected", detected, by, a->zone_assumed ? assumed_zone : NULL);
	if (aware != TIME_NONE)
		add_event(o, "aware", aware, by, "the source's rule: an alert is awareness");
}

/* 1: it is over the limit, and was taken all the same. */
static int take_overflow(struct engine *e, const struct storm_alert *storm, struct tally *t,
	struct error *err)
{
	int reached = limit_is_reached(e, storm->source->name, err);
	bool opened;
	int64_t id;

	if (reached <= 0)
		return reached;
	if (storm_take(e, storm, &id, &opened, err) < 0 ||
	    join_storm(e, storm, id, opened, t, err) < 0)
		return -1;
	return 1;
}

static int open_for(struct engine *e, const struct command_alerts *in, const struct alert *a,
	const struct storm_alert *storm, struct tally *t, struct error *err)
{
	const struct conf_source *source = in->source;
	int over = take_overflow(e, storm, t, err);
	struct alert_row alert;
	struct opening o = {
		.entity = storm->entity, .source = source->name, .key = a->key, .title = a->title,
		.description = a->description, .severity = a->severity, .alerts = 1,
		.actor = storm->actor, .by = storm->by, .alert = &alert, .unparsed = a->unparsed,
	};

	if (over != 0)
		return over < 0 ? -1 : 0;
	fill_alert(in, a, &alert);
	opening_add_alert(&o, source, a, in->received_at, storm->by);
	if (incident_open(e, &o, &t->last, &t->folded, err) < 0)
		return -1;
	alert.incident = t->last.incident.id;
	alert.outcome = a->unparsed != NULL ? "unparsed" : "opened";
	t->opened = true;
	limit_take(e, source->name);
	tally_incident(e, t, &t->last.incident, t->folded.state, true);
	return insert_alert(e, &alert, err);
}

static int set_aside(struct engine *e, const struct command_alerts *in, const struct alert *a,
	const char *outcome, const char *actor, const char *by, struct error *err)
{
	struct alert_row alert;

	fill_alert(in, a, &alert);
	alert.outcome = outcome;
	return write_alert(e, &alert, "alert.set_aside", actor, by, err);
}

/* ---- what could not be read -------------------------------------------------------- */

/* Nobody can be aware of what nobody has read: it is suspected, whatever the source's
 * rule for awareness, and its assessment clock runs. */
static int take_unparsed(struct engine *e, const struct command_alerts *in,
	const struct alert_rejection *bad, const char *actor, const char *by, struct tally *t,
	struct error *err)
{
	const struct conf_source *source = in->source;
	size_t max = (size_t)e->conf->limits.body_max;
	char digest[DIGEST_HEX_SIZE];
	struct alert a = {
		.title = arena_printf(e->arena, "unparsed alert from %s", source->name),
		.severity = SEVERITY_UNKNOWN, .detected_at = TIME_NONE, .aware_at = TIME_NONE,
		.unparsed = bad->error.text, .body = bad->body,
		.body_len = bad->body_len < max ? bad->body_len : max,
	};
	const struct storm_alert storm = { .source = source, .entity = source->entity,
		.alert = &a, .received_at = in->received_at, .actor = actor, .by = by };
	int known;

	digest_sha256_hex(bad->body, bad->body_len, digest);
	a.key = arena_printf(e->arena, "unparsed:sha256:%s", digest);
	t->accepted++;
	known = take_known(e, in, &storm, actor, by, t, err);
	if (known != 0)
		return known < 0 ? -1 : 0;
	a.description = unparsed_description(e, bad);
	return open_for(e, in, &a, &storm, t, err);
}

/* ---- one alert ---------------------------------------------------------------------- */

static int take(struct engine *e, const struct command_alerts *in, const struct alert *a,
	const char *actor, const char *by, struct tally *t, struct error *err)
{
	const struct conf_source *source = in->source;
	struct storm_alert storm = { .source = source, .entity = source->entity, .alert = a,
		.received_at = in->received_at, .actor = actor, .by = by };
	int known;

	t->accepted++;
	if (a->test)
		return set_aside(e, in, a, "test", actor, by, err);
	if (a->entity != NULL && conf_entity(e->conf, a->entity) != NULL &&
	    command_sees(t->command, a->entity))
		storm.entity = conf_entity(e->conf, a->entity);
	known = take_known(e, in, &storm, actor, by, t, err);
	if (known != 0)
		return known < 0 ? -1 : 0;
	if (a->resolved)
		return set_aside(e, in, a, "resolved", actor, by, err);
	if (a->update)
		return set_aside(e, in, a, "update", actor, by, err);
	if (a->insignificant)
		return set_aside(e, in, a, "insignificant", actor, by, err);
	/* Unknown passes every minimum: never silently low. */
	if (a->severity != SEVERITY_UNKNOWN && a->severity < source->minimum)
		return set_aside(e, in, a, "below-minimum", actor, by, err);
	return open_for(e, in, a, &storm, t, err);
}

/* Those that opened an incident, or those that did not. */
static void put_rejections(struct buf *out, const char *name, const struct command_alerts *in,
	bool kept)
{
	size_t i;

	out_array(out, name);
	for (i = 0; i < in->n_rejected; i++) {
		const struct error *why = &in->rejected[i].error;

		if ((in->rejected[i].body != NULL) != kept)
			continue;
		out_object(out, NULL);
		out_int(out, "index", (int64_t)in->rejected[i].index);
		if (why->pointer[0] != '\0')
			out_text(out, "pointer", why->pointer);
		out_text(out, "detail", why->text);
		out_end_object(out);
	}
	out_end_array(out);
}

/* One incident joined: read again, because a join changes no clock. */
static int answer_joined(struct engine *e, struct command *c, const struct tally *t)
{
	struct folded folded = { .state = t->last.state };
	struct incident_row row;

	if (e->store->ops->incident_load(e->store, t->last.incident.id, e->arena, &row,
		    &c->error) < 0 ||
	    e->store->ops->clock_of(e->store, row.incident.id, e->arena, &folded.clocks, &folded.n,
		    &c->error) < 0)
		return -1;
	storm_complete(e, &row.incident);
	fold_answer(e, c, t->began ? 201 : 200, &row, &folded);
	return 0;
}

static int answer(struct engine *e, struct command *c, struct tally *t)
{
	const struct command_alerts *in = &c->as.alerts;
	struct buf *out;

	if (in->single && t->opened) {
		fold_answer(e, c, 201, &t->last, &t->folded);
		return 0;
	}
	if (in->single && t->joined)
		return answer_joined(e, c, t);
	out_end_array(t->incidents);
	out = buf_in_arena(c->arena, t->incidents->len + BATCH_SIZE);
	out_object(out, NULL);
	out_int(out, "accepted", t->accepted);
	if (t->overflowed > 0)
		out_int(out, "overflowed", t->overflowed);
	if (t->unparsed)
		put_rejections(out, "unparsed", in, true);
	put_rejections(out, "rejected", in, false);
	out_json(out, "incidents", t->incidents);
	out_end_object(out);
	c->status = 200;
	c->answer = out->data;
	return 0;
}

int command_run_alerts(struct engine *e, struct command *c)
{
	const struct command_alerts *in = &c->as.alerts;
	const char *by = arena_join(e->arena, "source:", in->source->name, NULL);
	struct tally t = { .command = c, .incidents = buf_in_arena(e->arena, BATCH_SIZE) };
	size_t i;

	out_array(t.incidents, NULL);
	sources_heard(e, in->source->name);
	for (i = 0; i < in->n_alerts; i++)
		if (take(e, in, &in->alerts[i], c->actor, by, &t, &c->error) < 0)
			return -1;
	for (i = 0; i < in->n_rejected; i++) {
		if (in->rejected[i].body == NULL) {
			count(e, COUNT_ALERT, in->source->name, "rejected", 1);
			continue;
		}
		t.unparsed = true;
		if (take_unparsed(e, in, &in->rejected[i], c->actor, by, &t, &c->error) < 0)
			return -1;
	}
	return answer(e, c, &t);
}
