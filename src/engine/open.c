/* Opening an incident, by hand or by an alert: the row, its first events, its
 * clocks, the journal line, and the steps that are due at once. */
#include "config.h"

#include <string.h>

#include "core/document.h"
#include "engine/internal.h"
#include "engine/storm.h"

/* The names of both lists, each once. */
static const char **merge_names(struct arena *arena, const char *const *a, size_t n_a,
	const char *const *b, size_t n_b, size_t *ret_n)
{
	const char **names = arena_array(arena, n_a + n_b, sizeof(*names));
	size_t n = 0, i, j;

	for (i = 0; i < n_a + n_b; i++) {
		const char *name = i < n_a ? a[i] : b[i - n_a];

		for (j = 0; j < n && strcmp(names[j], name) != 0; j++)
			;
		if (j == n)
			names[n++] = name;
	}
	*ret_n = n;
	return names;
}

static void fill_row(struct engine *e, const struct opening *o, struct incident_row *row)
{
	struct incident *in = &row->incident;
	const struct conf_entity *entity = o->entity;

	memset(row, 0, sizeof(*row));
	in->entity = entity->id;
	in->title = o->title;
	in->description = o->description;
	in->severity = o->severity;
	in->drill = o->drill;
	in->source = o->source;
	in->key = o->key;
	in->alerts = o->alerts;
	in->storm = o->storm;
	in->opened_at = e->now;
	in->dismissed_at = TIME_NONE;
	if (o->n_regimes > 0)
		in->regimes = merge_names(e->arena, o->regimes, o->n_regimes, NULL, 0,
			&in->n_regimes);
	else
		in->regimes = merge_names(e->arena, (const char *const *)entity->regimes,
			entity->n_regimes, NULL, 0, &in->n_regimes);
	in->traits = merge_names(e->arena, (const char *const *)entity->traits, entity->n_traits,
		o->traits, o->n_traits, &in->n_traits);
	rules_pin(e, in);
	row->state = INCIDENT_SUSPECTED;
	row->changed_at = e->now;
	row->drill_ends_at = TIME_NONE;
	row->limited = o->source != NULL && !o->storm && limit_counts(e, o->source);
}

static struct buf *opening_record(struct engine *e, const struct opening *o,
	const struct incident_row *row, const struct folded *folded)
{
	struct buf *record = record_new(e, "incident.opened", o->actor, o->by);
	size_t i;

	watch_put(e, record);
	out_int(record, "incident", row->incident.id);
	out_text(record, "entity", row->incident.entity);
	out_text(record, "title", row->incident.title);
	out_text(record, "severity", severity_name(row->incident.severity));
	out_text(record, "state", incident_state_name(folded->state));
	drill_mark(record, &row->incident);
	if (row->incident.drill_scale > 0)
		out_int(record, "drill_scale", row->incident.drill_scale);
	out_text(record, "source", o->source);
	out_text(record, "key", o->key);
	if (o->alert != NULL)
		out_text(record, "alert_sha256", o->alert->digest);
	out_text(record, "unparsed", o->unparsed);
	document_put_hints(record, &row->incident);
	rules_put(record, "rules", &row->incident);
	out_array(record, "events");
	for (i = 0; i < row->incident.n_events; i++)
		document_put_event(record, NULL, &row->incident.events[i]);
	out_end_array(record);
	out_json(record, "clocks", folded->changes);
	return record;
}

/* Without the title, which is anybody's text and may name people. */
static void say_opened(struct engine *e, const struct opening *o, const struct incident_row *row,
	const struct folded *folded)
{
	const struct incident *in = &row->incident;
	const struct log_about about = {
		.message = in->drill ? MESSAGE_DRILL_STARTED : MESSAGE_INCIDENT_OPENED,
		.incident = in->id, .entity = in->entity, .source = o->source,
		.drill = in->drill,
	};

	say_later(e, LOG_LEVEL_NOTICE, "incident", &about, "%sincident %" PRId64 " of %s was "
		"opened by %s: %s, severity %s", in->drill ? "DRILL " : "", in->id, in->entity,
		o->actor, incident_state_name(folded->state), severity_name(in->severity));
}

int incident_open(struct engine *e, struct opening *o, struct incident_row *ret,
	struct folded *folded, struct error *err)
{
	const struct store_ops *ops = e->store->ops;
	size_t i;

	fill_row(e, o, ret);
	ret->incident.events = arena_array(e->arena, o->n_events, sizeof(o->events[0]));
	ret->incident.n_events = o->n_events;
	/* The state is known from the events before the row is written. */
	for (i = 0; i < o->n_events; i++) {
		o->events[i].recorded_at = e->now;
		ret->incident.events[i] = o->events[i];
		if (strcmp(o->events[i].type, "aware") == 0)
			ret->state = INCIDENT_OPEN;
	}
	if (drill_prepare(e, o, ret, err) < 0 || similar_find(e, ret, err) < 0 ||
	    ops->incident_insert(e->store, ret, err) < 0)
		return -1;
	if (fold_write(e, ret, NULL, folded, err) < 0)
		return -1;
	if (record_append(e, opening_record(e, o, ret, folded), ret->incident.id, err) < 0)
		return -1;
	say_opened(e, o, ret, folded);
	return fold_look(e, ret, folded, err);
}

/* ---- by hand -------------------------------------------------------------------- */

bool command_sees(const struct command *c, const char *entity)
{
	size_t i;

	for (i = 0; i < c->n_entities; i++)
		if (strcmp(c->entities[i], entity) == 0)
			return true;
	return c->n_entities == 0;
}

static const struct conf_entity *choose_entity(const struct engine *e, const struct command *c,
	struct error *err)
{
	const struct conf_entity *entity;

	if (c->as.open.entity == NULL) {
		if (e->conf->n_entities == 1)
			return &e->conf->entities[0];
		error_pointer(err, "/entity", "needed, because there is more than one entity");
		return NULL;
	}
	entity = conf_entity(e->conf, c->as.open.entity);
	if (entity == NULL || !command_sees(c, entity->id)) {
		error_pointer(err, "/entity", "no such entity");
		return NULL;
	}
	return entity;
}

static int add_event(struct opening *o, struct engine *e, const char *type,
	const char *pointer, int64_t at, const char *by, const char *basis, struct error *err)
{
	struct incident_event *event = &o->events[o->n_events];

	if (at == TIME_NONE)
		return 0;
	/* Clocks of machines differ by a little; more than that is a mistake. */
	if (at > e->now + 5 * MINUTE_MS)
		return error_pointer(err, pointer, "lies more than 5 minutes in the future");
	memset(event, 0, sizeof(*event));
	event->type = type;
	event->at = at;
	event->due_at = TIME_NONE;
	event->by = by;
	event->basis = basis;
	o->n_events++;
	return 0;
}

int command_run_open(struct engine *e, struct command *c)
{
	const struct command_open *in = &c->as.open;
	const char *by = in->by != NULL ? in->by : c->actor;
	struct opening o = {
		.key = in->key, .title = in->title, .description = in->description,
		.severity = in->severity, .drill = in->drill,
		.drill_in_ms = in->drill_in_ms, .regimes = in->regimes,
		.n_regimes = in->n_regimes, .traits = in->traits, .n_traits = in->n_traits,
		.actor = c->actor, .by = in->by,
	};
	const struct rulebook *book = &e->conf->book;
	/* In compressed time there is no room for an assessment: it begins aware. */
	int64_t aware_at = in->aware_at == TIME_NONE && in->drill_in_ms > 0 ? e->now :
		in->aware_at;
	struct incident_row row;
	struct folded folded;

	o.entity = choose_entity(e, c, &c->error);
	if (o.entity == NULL ||
	    rules_check_traits(&book, 1, (const char *const *)in->traits, in->n_traits, "/traits",
		    &c->error) < 0)
		return -1;
	if (aware_at != TIME_NONE && in->occurred_at != TIME_NONE &&
	    aware_at < in->occurred_at)
		return error_pointer(&c->error, "/aware_at", "is before /occurred_at");
	if (add_event(&o, e, "occurred", "/occurred_at", in->occurred_at, by, NULL, &c->error) < 0 ||
	    add_event(&o, e, "detected", "/detected_at", in->detected_at, by, NULL, &c->error) < 0 ||
	    add_event(&o, e, "aware", "/aware_at", aware_at, by, in->basis, &c->error) < 0 ||
	    add_event(&o, e, "classified", "/classified_at", in->classified_at, by, NULL,
		    &c->error) < 0)
		return -1;
	if (incident_open(e, &o, &row, &folded, &c->error) < 0)
		return -1;
	fold_answer(e, c, 201, &row, &folded);
	return 0;
}
