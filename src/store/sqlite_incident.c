/*
 * Incidents, and what is recorded of them: alerts, events, filings, waivers. Rows
 * are only added and marked, never deleted.
 */
#include "config.h"

#include "store/row.h"
#include "store/sqlite.h"

enum query {
	INCIDENT_INSERT, INCIDENT_UPDATE, INCIDENT_LOAD, INCIDENT_BY_KEY, INCIDENT_LIST_OPEN,
	INCIDENT_LIST, INCIDENT_COUNT_ALERT, INCIDENT_DRILL_NEXT, ALERT_INSERT, EVENT_INSERT,
	EVENT_REPLACE,
	EVENT_OF, FILING_INSERT, FILING_REPLACE, FILING_OF, WAIVER_INSERT, WAIVER_OF,
		N_QUERIES,
};
_Static_assert((int)N_QUERIES <= (int)SQLITE_QUERIES_MAX, "room for the statements");

#define INCIDENT_COLUMNS \
	"entity, title, description, severity, drill, source, key, alerts, opened_at," \
	" regimes, traits, state, changed_at, dismissed_at, dismissed_by, dismissed_basis," \
	" ruleset, country, timezone, drill_ends_at, drill_scale, storm, similar"
#define EVENT_COLUMNS \
	"type, happened_at, due_at, regime, stated_by, basis, recorded_at, replaced"
#define FILING_COLUMNS \
	"regime, stage, filed_at, received_at, stated_by, recipient, reference, digest," \
	" recorded_at, replaced"

static const char *const sql[N_QUERIES] = {
	[INCIDENT_INSERT] =
		"INSERT INTO incident (" INCIDENT_COLUMNS ", likeness, limited)"
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
		" ?)",
	[INCIDENT_UPDATE] =
		"UPDATE incident SET title = ?, description = ?, severity = ?, alerts = ?,"
		" state = ?, changed_at = ?, dismissed_at = ?, dismissed_by = ?,"
		" dismissed_basis = ?, traits = ?, ruleset = ?, country = ?, timezone = ?,"
		" drill_ends_at = ?"
		" WHERE id = ?",
	[INCIDENT_LOAD] = "SELECT id, " INCIDENT_COLUMNS " FROM incident WHERE id = ?",
	[INCIDENT_BY_KEY] =
		"SELECT id, " INCIDENT_COLUMNS " FROM incident WHERE source IS ? AND key = ?"
		" ORDER BY id DESC LIMIT 1",
	[INCIDENT_LIST_OPEN] =
		"SELECT id, " INCIDENT_COLUMNS " FROM incident INDEXED BY incident_open"
		" WHERE (state = 0 OR state = 1) AND id < ?1 AND " SQL_ENTITY_IN("entity",
			"?2")
		" ORDER BY id DESC LIMIT ?3",
	[INCIDENT_LIST] =
		"SELECT id, " INCIDENT_COLUMNS " FROM incident"
		" WHERE id < ?1 AND " SQL_ENTITY_IN("entity", "?2")
		" AND (?4 IS NULL OR state = ?4) ORDER BY id DESC LIMIT ?3",
	[INCIDENT_COUNT_ALERT] =
		"UPDATE incident SET alerts = alerts + 1, changed_at = ? WHERE id = ?",
	[INCIDENT_DRILL_NEXT] =
		"SELECT id, drill_ends_at FROM incident INDEXED BY incident_drill"
		" WHERE drill_ends_at IS NOT NULL ORDER BY drill_ends_at LIMIT 1",
	[ALERT_INSERT] =
		"INSERT INTO alert (incident, source, key, title, severity, stated_at,"
		" received_at, outcome, body, digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[EVENT_INSERT] =
		"INSERT INTO event (incident, " EVENT_COLUMNS ")"
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[EVENT_REPLACE] = "UPDATE event SET replaced = 1 WHERE id = ?",
	[EVENT_OF] = "SELECT id, " EVENT_COLUMNS " FROM event WHERE incident = ? ORDER BY id",
	[FILING_INSERT] =
		"INSERT INTO filing (incident, " FILING_COLUMNS ")"
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[FILING_REPLACE] = "UPDATE filing SET replaced = 1 WHERE id = ?",
	[FILING_OF] =
		"SELECT id, " FILING_COLUMNS " FROM filing WHERE incident = ? ORDER BY id",
	[WAIVER_INSERT] =
		"INSERT INTO waiver (incident, regime, stage, stated_by, basis, recorded_at)"
		" VALUES (?, ?, ?, ?, ?, ?)",
	[WAIVER_OF] =
		"SELECT id, regime, stage, stated_by, basis, recorded_at FROM waiver"
		" WHERE incident = ? ORDER BY id",
};

static int call(struct store *store, enum query query, struct sqlite_call *c,
	struct error *err)
{
	return sqlite_call(sqlite_of(store), SQLITE_NOUN_INCIDENT, (int)query, sql[query], c,
		err);
}

/* Runs an insert; its row's id goes to *ret_id. */
static int run_insert(struct sqlite_call *c, int64_t *ret_id, struct error *err)
{
	if (call_run(c, err) < 0)
		return -1;
	*ret_id = sqlite3_last_insert_rowid(c->s->db);
	return 0;
}

/* ---- incident -------------------------------------------------------------- */

static void bind_pins(struct sqlite_call *c, const struct incident *i)
{
	bind_text(c, i->ruleset);
	bind_text(c, i->country);
	bind_text(c, i->timezone);
}

int sqlite_incident_insert(struct store *store, struct incident_row *row, struct error *err)
{
	const struct incident *i = &row->incident;
	char similar[SIMILAR_TEXT_SIZE];
	struct sqlite_call c;

	if (call(store, INCIDENT_INSERT, &c, err) < 0)
		return -1;
	bind_text(&c, i->entity);
	bind_text(&c, i->title);
	bind_text(&c, i->description);
	bind_int(&c, i->severity);
	bind_int(&c, i->drill);
	bind_text(&c, i->source);
	bind_text(&c, i->key);
	bind_int(&c, i->alerts);
	bind_int(&c, i->opened_at);
	bind_words(&c, i->regimes, i->n_regimes, ' ');
	bind_words(&c, i->traits, i->n_traits, ' ');
	bind_int(&c, row->state);
	bind_int(&c, row->changed_at);
	bind_time(&c, i->dismissed_at);
	bind_text(&c, i->dismissed_by);
	bind_text(&c, i->dismissed_basis);
	bind_pins(&c, i);
	bind_time(&c, row->drill_ends_at);
	bind_int(&c, i->drill_scale);
	bind_int(&c, i->storm);
	bind_text(&c, similar_format(i, similar));
	bind_id(&c, row->likeness);
	bind_int(&c, row->limited);
	return run_insert(&c, &row->incident.id, err);
}

int sqlite_incident_update(struct store *store, const struct incident_row *row,
	struct error *err)
{
	const struct incident *i = &row->incident;
	struct sqlite_call c;

	if (call(store, INCIDENT_UPDATE, &c, err) < 0)
		return -1;
	bind_text(&c, i->title);
	bind_text(&c, i->description);
	bind_int(&c, i->severity);
	bind_int(&c, i->alerts);
	bind_int(&c, row->state);
	bind_int(&c, row->changed_at);
	bind_time(&c, i->dismissed_at);
	bind_text(&c, i->dismissed_by);
	bind_text(&c, i->dismissed_basis);
	bind_words(&c, i->traits, i->n_traits, ' ');
	bind_pins(&c, i);
	bind_time(&c, row->drill_ends_at);
	bind_int(&c, i->id);
	return call_run_on(&c, "incident", i->id, err);
}

static void take_incident(struct sqlite_call *c, struct arena *arena, struct incident_row *ret)
{
	struct incident *i = &ret->incident;

	*ret = (struct incident_row){ .incident.id = take_int(c) };
	i->entity = take_text(c, arena);
	i->title = take_text(c, arena);
	i->description = take_text(c, arena);
	i->severity = (enum severity)take_int(c);
	i->drill = take_bool(c);
	i->source = take_text(c, arena);
	i->key = take_text(c, arena);
	i->alerts = take_int(c);
	i->opened_at = take_int(c);
	i->regimes = take_words(c, arena, ' ', &i->n_regimes);
	i->traits = take_words(c, arena, ' ', &i->n_traits);
	ret->state = (enum incident_state)take_int(c);
	ret->changed_at = take_int(c);
	i->dismissed_at = take_time(c);
	i->dismissed_by = take_text(c, arena);
	i->dismissed_basis = take_text(c, arena);
	i->ruleset = take_text(c, arena);
	i->country = take_text(c, arena);
	i->timezone = take_text(c, arena);
	ret->drill_ends_at = take_time(c);
	i->drill_scale = take_int(c);
	i->storm = take_bool(c);
	similar_parse(take_text(c, arena), i);
}

/* Runs a query for one incident. */
static int take_one(struct sqlite_call *c, struct arena *arena, struct incident_row *ret,
	struct error *err)
{
	int more = call_step(c, err);

	if (more == 0)
		return error_set(err, ERROR_NOT_FOUND, "no such incident");
	if (more < 0)
		return -1;
	take_incident(c, arena, ret);
	call_end(c);
	return 0;
}

static int load_events(struct store *store, struct incident *i, struct arena *arena,
	struct error *err)
{
	struct sqlite_call c;
	int more;

	if (call(store, EVENT_OF, &c, err) < 0)
		return -1;
	bind_int(&c, i->id);
	while ((more = call_step(&c, err)) == 1) {
		struct incident_event *e;

		i->events = arena_grow(arena, i->events, i->n_events, sizeof(*e));
		e = &i->events[i->n_events++];
		*e = (struct incident_event){ .id = take_int(&c) };
		e->type = take_text(&c, arena);
		e->at = take_int(&c);
		e->due_at = take_time(&c);
		e->regime = take_text(&c, arena);
		e->by = take_text(&c, arena);
		e->basis = take_text(&c, arena);
		e->recorded_at = take_int(&c);
		e->replaced = take_bool(&c);
	}
	return more;
}

static int load_filings(struct store *store, struct incident *i, struct arena *arena,
	struct error *err)
{
	struct sqlite_call c;
	int more;

	if (call(store, FILING_OF, &c, err) < 0)
		return -1;
	bind_int(&c, i->id);
	while ((more = call_step(&c, err)) == 1) {
		struct filing *f;

		i->filings = arena_grow(arena, i->filings, i->n_filings, sizeof(*f));
		f = &i->filings[i->n_filings++];
		*f = (struct filing){ .id = take_int(&c) };
		f->regime = take_text(&c, arena);
		f->stage = take_text(&c, arena);
		f->filed_at = take_int(&c);
		f->received_at = take_time(&c);
		f->by = take_text(&c, arena);
		f->recipient = take_text(&c, arena);
		f->reference = take_text(&c, arena);
		f->digest = take_text(&c, arena);
		f->recorded_at = take_int(&c);
		f->replaced = take_bool(&c);
	}
	return more;
}

static int load_waivers(struct store *store, struct incident *i, struct arena *arena,
	struct error *err)
{
	struct sqlite_call c;
	int more;

	if (call(store, WAIVER_OF, &c, err) < 0)
		return -1;
	bind_int(&c, i->id);
	while ((more = call_step(&c, err)) == 1) {
		struct waiver *w;

		i->waivers = arena_grow(arena, i->waivers, i->n_waivers, sizeof(*w));
		w = &i->waivers[i->n_waivers++];
		*w = (struct waiver){ .id = take_int(&c) };
		w->regime = take_text(&c, arena);
		w->stage = take_text(&c, arena);
		w->by = take_text(&c, arena);
		w->basis = take_text(&c, arena);
		w->recorded_at = take_int(&c);
	}
	return more;
}

int sqlite_incident_head(struct store *store, int64_t id, struct arena *arena,
	struct incident_row *ret, struct error *err)
{
	struct sqlite_call c;

	if (call(store, INCIDENT_LOAD, &c, err) < 0)
		return -1;
	bind_int(&c, id);
	return take_one(&c, arena, ret, err);
}

int sqlite_incident_load(struct store *store, int64_t id, struct arena *arena,
	struct incident_row *ret, struct error *err)
{
	if (sqlite_incident_head(store, id, arena, ret, err) < 0 ||
	    load_events(store, &ret->incident, arena, err) < 0 ||
	    load_filings(store, &ret->incident, arena, err) < 0 ||
	    load_waivers(store, &ret->incident, arena, err) < 0)
		return -1;
	return 0;
}

int sqlite_incident_by_key(struct store *store, const char *source, const char *key,
	struct arena *arena, struct incident_row *ret, struct error *err)
{
	struct sqlite_call c;

	if (call(store, INCIDENT_BY_KEY, &c, err) < 0)
		return -1;
	bind_text(&c, source);
	bind_text(&c, key);
	return take_one(&c, arena, ret, err);
}

int sqlite_incident_list(struct store *store, const struct incident_filter *filter,
	incident_fn *fn, void *arg, struct error *err)
{
	bool open = !filter->all && filter->state == NULL;
	struct sqlite_call c;
	struct arena *arena;
	int more;

	if (call(store, open ? INCIDENT_LIST_OPEN : INCIDENT_LIST, &c, err) < 0)
		return -1;
	bind_int(&c, filter->before_id == 0 ? INT64_MAX : filter->before_id);
	bind_entities(&c, filter->entities, filter->n_entities);
	bind_limit(&c, filter->limit);
	if (filter->state != NULL)
		bind_int(&c, *filter->state);
	arena = arena_new();
	while ((more = call_step(&c, err)) == 1) {
		struct incident_row row;

		arena_reset(arena);
		take_incident(&c, arena, &row);
		if (fn(arg, &row) < 0) {
			call_end(&c);
			more = -1;
			break;
		}
	}
	arena_free(arena);
	return more;
}

int sqlite_incident_count_alert(struct store *store, int64_t id, int64_t at,
	struct error *err)
{
	struct sqlite_call c;

	if (call(store, INCIDENT_COUNT_ALERT, &c, err) < 0)
		return -1;
	bind_int(&c, at);
	bind_int(&c, id);
	return call_run_on(&c, "incident", id, err);
}

int sqlite_incident_drill_next(struct store *store, int64_t *ret_id, int64_t *ret_at,
	struct error *err)
{
	struct sqlite_call c;
	int more;

	*ret_id = 0;
	*ret_at = TIME_NONE;
	if (call(store, INCIDENT_DRILL_NEXT, &c, err) < 0)
		return -1;
	more = call_step(&c, err);
	if (more <= 0)
		return more;
	*ret_id = take_int(&c);
	*ret_at = take_time(&c);
	call_end(&c);
	return 0;
}

/* ---- what is recorded ------------------------------------------------------ */

int sqlite_alert_insert(struct store *store, struct alert_row *row, struct error *err)
{
	struct sqlite_call c;

	if (call(store, ALERT_INSERT, &c, err) < 0)
		return -1;
	bind_id(&c, row->incident);
	bind_text(&c, row->source);
	bind_text(&c, row->key);
	bind_text(&c, row->title);
	bind_int(&c, row->severity);
	bind_time(&c, row->stated_at);
	bind_int(&c, row->received_at);
	bind_text(&c, row->outcome);
	bind_blob(&c, row->body, row->body_len);
	bind_text(&c, row->digest);
	return run_insert(&c, &row->id, err);
}

int sqlite_event_insert(struct store *store, int64_t incident, struct incident_event *event,
	struct error *err)
{
	struct sqlite_call c;

	if (call(store, EVENT_INSERT, &c, err) < 0)
		return -1;
	bind_int(&c, incident);
	bind_text(&c, event->type);
	bind_int(&c, event->at);
	bind_time(&c, event->due_at);
	bind_text(&c, event->regime);
	bind_text(&c, event->by);
	bind_text(&c, event->basis);
	bind_int(&c, event->recorded_at);
	bind_int(&c, event->replaced);
	return run_insert(&c, &event->id, err);
}

int sqlite_event_replace(struct store *store, int64_t id, struct error *err)
{
	struct sqlite_call c;

	if (call(store, EVENT_REPLACE, &c, err) < 0)
		return -1;
	bind_int(&c, id);
	return call_run_on(&c, "event", id, err);
}

int sqlite_filing_insert(struct store *store, int64_t incident, struct filing *filing,
	struct error *err)
{
	struct sqlite_call c;

	if (call(store, FILING_INSERT, &c, err) < 0)
		return -1;
	bind_int(&c, incident);
	bind_text(&c, filing->regime);
	bind_text(&c, filing->stage);
	bind_int(&c, filing->filed_at);
	bind_time(&c, filing->received_at);
	bind_text(&c, filing->by);
	bind_text(&c, filing->recipient);
	bind_text(&c, filing->reference);
	bind_text(&c, filing->digest);
	bind_int(&c, filing->recorded_at);
	bind_int(&c, filing->replaced);
	return run_insert(&c, &filing->id, err);
}

int sqlite_filing_replace(struct store *store, int64_t id, struct error *err)
{
	struct sqlite_call c;

	if (call(store, FILING_REPLACE, &c, err) < 0)
		return -1;
	bind_int(&c, id);
	return call_run_on(&c, "filing", id, err);
}

int sqlite_waiver_insert(struct store *store, int64_t incident, struct waiver *waiver,
	struct error *err)
{
	struct sqlite_call c;

	if (call(store, WAIVER_INSERT, &c, err) < 0)
		return -1;
	bind_int(&c, incident);
	bind_text(&c, waiver->regime);
	bind_text(&c, waiver->stage);
	bind_text(&c, waiver->by);
	bind_text(&c, waiver->basis);
	bind_int(&c, waiver->recorded_at);
	return run_insert(&c, &waiver->id, err);
}
