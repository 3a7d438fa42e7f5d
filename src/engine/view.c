/* JSON forms of clocks in lists and of deliveries: see view.h. */
#include "config.h"

#include <string.h>

#include "core/document.h"
#include "core/filing_route.h"
#include "core/draft.h"
#include "engine/internal.h"
#include "engine/view.h"

void view_clock(struct buf *out, const struct clock_row *row, int64_t acknowledged_until,
	int64_t now)
{
	out_object(out, NULL);
	document_put_clock_members(out, &row->clock, now);
	out_int(out, "incident", row->clock.incident);
	out_text(out, "entity", row->entity);
	out_text(out, "title", row->title);
	out_text(out, "severity", severity_name(row->severity));
	out_true(out, "drill", row->drill);
	out_time(out, "acknowledged_until", acknowledged_until);
	out_end_object(out);
}

/* Whose place it takes, and why, as its notice says. */
static void put_fallback(struct buf *out, const struct delivery_row *row)
{
	struct error err;
	json_t *notice;

	if (fallback_of(row) == NULL)
		return;
	notice = json_read(row->notice, strlen(row->notice), &err);
	out_text(out, "fallback_for", json_string_value(json_object_get(notice, "fallback_for")));
	out_text(out, "fallback_why", json_string_value(json_object_get(notice, "fallback_why")));
	json_decref(notice);
}

void view_delivery(struct buf *out, const struct engine *e, const struct delivery_row *row)
{
	char id[DELIVERY_ID_SIZE];
	size_t i;

	engine_delivery_id(e, row->id, id);
	out_object(out, NULL);
	out_text(out, "id", id);
	if (row->incident != 0)
		out_int(out, "incident", row->incident);
	out_text(out, "regime", row->regime);
	out_text(out, "stage", row->stage);
	out_text(out, "kind", row->kind);
	out_text(out, "step", row->step);
	out_int(out, "repeat", row->repeat);
	out_text(out, "channel", row->channel);
	out_text(out, "recipient", row->recipient);
	out_true(out, "drill", delivery_is_drill(row));
	out_text(out, "state", delivery_state_name(row->state));
	out_time(out, "created_at", row->created_at);
	out_time(out, "next_at", row->next_at);
	if (row->state == DELIVERY_CANCELLED)
		out_text(out, "why", row->why);
	out_text(out, "waits_for", waits_for(e, row, engine_now(e)));
	out_time(out, "fallback_at", row->fallback_at);
	put_fallback(out, row);
	if (row->stands_for > 0)
		out_int(out, "stands_for", row->stands_for);
	if (row->replay_of != 0) {
		engine_delivery_id(e, row->replay_of, id);
		out_text(out, "replay_of", id);
	}
	out_array(out, "attempts");
	for (i = 0; i < row->n_list; i++) {
		out_object(out, NULL);
		out_time(out, "at", row->list[i].at);
		/* An attempt in flight has no outcome yet, and so no key. */
		if (row->list[i].outcome != ATTEMPT_UNKNOWN)
			out_text(out, "outcome",
				attempt_outcome_name(row->list[i].outcome));
		out_text(out, "detail", row->list[i].detail);
		out_end_object(out);
	}
	out_end_array(out);
	out_end_object(out);
}

static void put_channel(struct buf *out, const struct engine *e, size_t i)
{
	const struct pace *p = &e->paces[i];
	bool down = breaker_is_open(&p->breaker);

	out_object(out, NULL);
	out_text(out, "name", p->name);
	out_text(out, "state", down ? "down" : p->breaker.failures > 0 ? "failing" : "up");
	if (down)
		out_time(out, "since", p->breaker.down_at);
	if (p->breaker.failures > 0 && p->why[0] != '\0')
		out_text(out, "detail", p->why);
	out_end_object(out);
}

static void put_source(struct buf *out, const struct engine *e,
	const struct conf_source *source)
{
	size_t i;

	out_object(out, NULL);
	out_text(out, "name", source->name);
	out_text(out, "entity", source->entity->id);
	/* Of one whose silence nobody asked about, nothing is known. */
	for (i = 0; i < e->n_hearings; i++) {
		if (strcmp(e->hearings[i].source, source->name) != 0)
			continue;
		out_text(out, "state", e->hearings[i].silent ? "silent" : "heard");
		out_time(out, "heard_at", e->hearings[i].heard_at);
	}
	out_end_object(out);
}

void view_health(struct buf *out, const struct engine *e, const char *const *entities,
	size_t n_entities)
{
	const struct conf *conf = e->conf;
	size_t i, k;

	out_array(out, "channels");
	for (i = 0; i < e->n_paces; i++)
		put_channel(out, e, i);
	out_end_array(out);
	out_array(out, "sources");
	for (i = 0; i < conf->n_sources; i++) {
		for (k = 0; k < n_entities; k++)
			if (strcmp(entities[k], conf->sources[i].entity->id) == 0)
				break;
		if (n_entities == 0 || k < n_entities)
			put_source(out, e, &conf->sources[i]);
	}
	out_end_array(out);
}

/* The day that it is where the incident is, for the age of what is known. */
static int32_t today(const struct engine *e, const struct incident *in)
{
	const struct rulebook *book = &e->conf->book;
	const struct zone *zone = NULL;
	struct error why;

	if (in->timezone != NULL)
		zone = book->zone(book->zone_arg, in->timezone, &why);
	if (zone == NULL)
		zone = entity_of(e, in->entity)->rules.zone;
	return zone_day(zone, engine_now(e));
}

static void put_routes(struct buf *out, const struct engine *e, const struct incident *in)
{
	int32_t day = today(e, in);
	size_t i;

	out_object(out, "route");
	for (i = 0; i < in->n_regimes; i++) {
		const struct overlay *overlay = rules_route(e, in->entity, in->country,
			in->regimes[i]);

		if (overlay != NULL)
			document_put_route(out, in->regimes[i], overlay, day);
	}
	out_end_object(out);
}

/* It is JSON already; the buffer is only read. */
static void put_details(struct buf *out, const char *details)
{
	const struct buf value = { .data = (char *)(uintptr_t)details, .len = strlen(details) };

	if (strcmp(details, "{}") != 0)
		out_json(out, "details", &value);
}

void view_storm_key(struct buf *out, const struct storm_key_row *row)
{
	out_object(out, NULL);
	if (row->key[0] != '\0')
		out_text(out, "key", row->key);
	out_text(out, "title", row->title);
	out_text(out, "severity", severity_name(row->severity));
	out_int(out, "alerts", row->alerts);
	if (row->resolved > 0)
		out_int(out, "resolved", row->resolved);
	out_time(out, "first_at", row->first_at);
	out_time(out, "last_at", row->last_at);
	out_end_object(out);
}

static int put_key(void *arg, const struct storm_key_row *row)
{
	view_storm_key(arg, row);
	return 0;
}

enum { STORM_TOP = 20 };

/* Of the keys those with the most alerts; all are a list of their own. */
static int put_overflow(struct buf *out, const struct engine *e, int64_t id,
	struct arena *arena, struct error *err)
{
	const struct storm_key_filter filter = { .incident = id, .by_alerts = true,
		.limit = STORM_TOP };
	struct storm_row row;

	if (e->store->ops->storm_load(e->store, id, arena, &row, err) < 0)
		return -1;
	out_object(out, "overflow");
	out_int(out, "alerts", row.alerts);
	out_int(out, "resolved", row.resolved);
	out_time(out, "first_at", row.first_at);
	out_time(out, "last_at", row.last_at);
	out_bool(out, "raging", row.raging);
	out_int(out, "keys", row.keys);
	out_int(out, "unlisted", row.unlisted);
	out_text(out, "alerts_sha256", row.sha256);
	out_array(out, "top");
	if (e->store->ops->storm_keys(e->store, &filter, put_key, out, err) < 0)
		return -1;
	out_end_array(out);
	out_end_object(out);
	return 0;
}

const char *view_incident(struct buf *out, const struct engine *e, int64_t id, bool routes,
	struct arena *arena, struct error *err)
{
	struct incident_row row;
	struct clock_row *rows;
	const char *details;
	struct clock *clocks;
	size_t n, i;

	if (e->store->ops->incident_load(e->store, id, arena, &row, err) < 0 ||
	    e->store->ops->clock_of(e->store, id, arena, &rows, &n, err) < 0)
		return NULL;
	details = routes ? details_text(e, id, arena, err) : NULL;
	if (routes && details == NULL)
		return NULL;
	clocks = arena_array(arena, n, sizeof(*clocks));
	for (i = 0; i < n; i++)
		clocks[i] = rows[i].clock;
	out_object(out, NULL);
	document_put_incident_members(out, &row.incident, row.state, clocks, n, engine_now(e));
	if (routes) {
		put_routes(out, e, &row.incident);
		put_details(out, details);
		if (row.incident.storm && put_overflow(out, e, id, arena, err) < 0)
			return NULL;
	}
	out_end_object(out);
	return row.incident.entity;
}

const char *view_draft(struct engine *e, const struct view_draft *ask, struct arena *arena,
	json_t **ret, struct error *err)
{
	struct buf *text = buf_in_arena(arena, 8000);
	struct draft report = { .regime = NULL };
	struct incident_rules rules;
	struct incident_row row;
	json_t *incident;

	if (view_incident(text, e, ask->incident, true, arena, err) == NULL ||
	    e->store->ops->incident_load(e->store, ask->incident, arena, &row, err) < 0)
		return NULL;
	incident = json_read(text->data, text->len, err);
	if (incident == NULL)
		return NULL;
	report.incident = incident;
	report.clock = draft_clock(incident, ask->stage, ask->regime, err);
	if (report.clock != NULL) {
		rules_of(e, &row.incident, &rules);
		report.regime = rulebook_regime(rules.entity.book,
			json_string_value(json_object_get(report.clock, "regime")));
		if (report.regime != NULL)
			report.stage = regime_stage(report.regime, ask->stage);
		*ret = draft_document(&report);
	}
	json_decref(incident);
	return report.clock != NULL ? row.incident.entity : NULL;
}
