/*
 * Incidents, and what is recorded of them: alerts, events, filings, waivers. Rows
 * are only added and marked, never deleted.
 */
#include "config.h"

#include "store/packed.h"
#include "store/sqlite.h"

enum query {
	INCIDENT_INSERT, INCIDENT_UPDATE, INCIDENT_LOAD, INCIDENT_BY_KEY, INCIDENT_LIST_OPEN,
	INCIDENT_LIST, INCIDENT_COUNT_ALERT, INCIDENT_DRILL_NEXT, INCIDENT_DOCUMENT,
	ALERT_INSERT, EVENT_OF, EVENT_WRITE, FILING_INSERT, FILING_REPLACE, FILING_OF,
	WAIVER_INSERT, WAIVER_OF, N_QUERIES,
};
_Static_assert((int)N_QUERIES <= (int)SQLITE_QUERIES_MAX, "room for the statements");

/* What no query asks for is in the document (packed.h). */
#define INCIDENT_COLUMNS \
	"id, state, entity, drill, source, key, opened_at, changed_at, alerts, storm," \
	" drill_ends_at, document," \
	" (SELECT digest FROM ruleset WHERE ruleset.id = incident.ruleset)"
#define FILING_COLUMNS \
	"regime, stage, filed_at, received_at, stated_by, recipient, reference, digest," \
	" recorded_at, replaced"

static const char *const sql[N_QUERIES] = {
	[INCIDENT_INSERT] =
		"INSERT INTO incident (state, entity, drill, source, key, opened_at, changed_at,"
		" alerts, storm, drill_ends_at, likeness, limited, ruleset, document, events)"
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[INCIDENT_UPDATE] =
		"UPDATE incident SET state = ?, changed_at = ?, alerts = ?, drill_ends_at = ?,"
		" ruleset = ?, document = ? WHERE id = ?",
	[INCIDENT_DOCUMENT] = "SELECT document FROM incident WHERE id = ?",
	[INCIDENT_LOAD] = "SELECT " INCIDENT_COLUMNS ", events FROM incident WHERE id = ?",
	[INCIDENT_BY_KEY] =
		"SELECT " INCIDENT_COLUMNS " FROM incident WHERE source IS ? AND key = ?"
		" ORDER BY id DESC LIMIT 1",
	[INCIDENT_LIST_OPEN] =
		"SELECT " INCIDENT_COLUMNS " FROM incident INDEXED BY incident_open"
		" WHERE (state = 0 OR state = 1) AND id < ?1 AND " SQL_ENTITY_IN("entity",
			"?2")
		" ORDER BY id DESC LIMIT ?3",
	[INCIDENT_LIST] =
		"SELECT " INCIDENT_COLUMNS " FROM incident"
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
	[EVENT_OF] = "SELECT events FROM incident WHERE id = ?",
	[EVENT_WRITE] = "UPDATE incident SET events = ? WHERE id = ?",
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

int sqlite_incident_insert(struct store *store, struct incident_row *row, struct error *err)
{
	struct incident *i = &row->incident;
	struct sqlite_store *s = sqlite_of(store);
	struct buf *document = &s->document;
	struct sqlite_call c;
	size_t events_at, k;
	int64_t ruleset;

	if (sqlite_ruleset_id(s, i->ruleset, &ruleset, err) < 0 ||
	    call(store, INCIDENT_INSERT, &c, err) < 0)
		return -1;
	for (k = 0; k < i->n_events; k++)
		i->events[k].id = (int64_t)k + 1;
	buf_clear(document);
	incident_pack(document, i);
	events_at = document->len;
	events_pack(document, i->events, i->n_events);
	bind_int(&c, row->state);
	bind_text(&c, i->entity);
	bind_int(&c, i->drill);
	bind_text(&c, i->source);
	bind_text(&c, i->key);
	bind_int(&c, i->opened_at);
	bind_int(&c, row->changed_at);
	bind_int(&c, i->alerts);
	bind_int(&c, i->storm);
	bind_time(&c, row->drill_ends_at);
	bind_id(&c, row->likeness);
	bind_int(&c, row->limited);
	bind_id(&c, ruleset);
	bind_blob(&c, document->data, events_at);
	if (i->n_events > 0)
		bind_blob(&c, document->data + events_at, document->len - events_at);
	return run_insert(&c, &row->incident.id, err);
}

/* Runs a query for one incident: 1, and what it answers with is packed. */
static int ask_packed(struct store *store, enum query query, int64_t id, struct sqlite_call *c,
	struct unpack *ret, struct error *err)
{
	int more;

	if (call(store, query, c, err) < 0)
		return -1;
	bind_int(c, id);
	more = call_step(c, err);
	if (more == 0)
		return error_set(err, ERROR_NOT_FOUND, "no incident %lld", (long long)id);
	if (more < 0)
		return -1;
	*ret = take_packed(c);
	return 0;
}

/* The document with what an update writes of it, in s->document. */
static int make_document(struct store *store, const struct incident *from, struct error *err)
{
	struct sqlite_store *s = sqlite_of(store);
	struct incident made;
	struct unpack packed;
	struct sqlite_call c;
	int rc;

	if (ask_packed(store, INCIDENT_DOCUMENT, from->id, &c, &packed, err) < 0)
		return -1;
	arena_reset(s->arena);
	rc = incident_unpack(&packed, s->arena, &made);
	call_end(&c);
	if (rc < 0)
		return sqlite_damaged(s, "document", from->id, err);
	made.title = from->title;
	made.description = from->description;
	made.severity = from->severity;
	made.dismissed_at = from->dismissed_at;
	made.dismissed_by = from->dismissed_by;
	made.dismissed_basis = from->dismissed_basis;
	made.traits = from->traits;
	made.n_traits = from->n_traits;
	made.country = from->country;
	made.timezone = from->timezone;
	buf_clear(&s->document);
	incident_pack(&s->document, &made);
	return 0;
}

int sqlite_incident_update(struct store *store, const struct incident_row *row,
	struct error *err)
{
	const struct incident *i = &row->incident;
	struct sqlite_store *s = sqlite_of(store);
	struct sqlite_call c;
	int64_t ruleset;

	if (make_document(store, i, err) < 0 ||
	    sqlite_ruleset_id(s, i->ruleset, &ruleset, err) < 0 ||
	    call(store, INCIDENT_UPDATE, &c, err) < 0)
		return -1;
	bind_int(&c, row->state);
	bind_int(&c, row->changed_at);
	bind_int(&c, i->alerts);
	bind_time(&c, row->drill_ends_at);
	bind_id(&c, ruleset);
	bind_blob(&c, s->document.data, s->document.len);
	bind_int(&c, i->id);
	return call_run_on(&c, "incident", i->id, err);
}

static int take_incident(struct sqlite_call *c, struct arena *arena, struct incident_row *ret,
	struct error *err)
{
	struct incident *i = &ret->incident;
	struct unpack document;

	*ret = (struct incident_row){ .incident.id = take_int(c) };
	ret->state = (enum incident_state)take_int(c);
	i->entity = take_text(c, arena);
	i->drill = take_bool(c);
	i->source = take_text(c, arena);
	i->key = take_text(c, arena);
	i->opened_at = take_int(c);
	ret->changed_at = take_int(c);
	i->alerts = take_int(c);
	i->storm = take_bool(c);
	ret->drill_ends_at = take_time(c);
	document = take_packed(c);
	i->ruleset = take_text(c, arena);
	if (incident_unpack(&document, arena, i) < 0)
		return sqlite_damaged(c->s, "document", i->id, err);
	return 0;
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
	more = take_incident(c, arena, ret, err);
	call_end(c);
	return more;
}

static int take_events(struct sqlite_call *c, struct arena *arena, struct incident *i,
	struct error *err)
{
	struct unpack events = take_packed(c);

	if (events_unpack(&events, arena, &i->events, &i->n_events) < 0)
		return sqlite_damaged(c->s, "events", i->id, err);
	return 0;
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

int sqlite_incident_load(struct store *store, int64_t id, struct arena *arena,
	struct incident_row *ret, struct error *err)
{
	struct sqlite_call c;
	int more;

	if (call(store, INCIDENT_LOAD, &c, err) < 0)
		return -1;
	bind_int(&c, id);
	more = call_step(&c, err);
	if (more == 0)
		return error_set(err, ERROR_NOT_FOUND, "no such incident");
	if (more < 0)
		return -1;
	more = take_incident(&c, arena, ret, err);
	if (more == 0)
		more = take_events(&c, arena, &ret->incident, err);
	call_end(&c);
	if (more < 0 || load_filings(store, &ret->incident, arena, err) < 0)
		return -1;
	return load_waivers(store, &ret->incident, arena, err);
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
		if (take_incident(&c, arena, &row, err) < 0 || fn(arg, &row) < 0) {
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

/* The events of an incident as they are stored, in s->arena, with room for one more. */
static int read_events(struct store *store, int64_t incident, struct incident *ret,
	struct error *err)
{
	struct sqlite_store *s = sqlite_of(store);
	struct unpack events;
	struct sqlite_call c;
	int rc;

	if (ask_packed(store, EVENT_OF, incident, &c, &events, err) < 0)
		return -1;
	arena_reset(s->arena);
	rc = events_unpack(&events, s->arena, &ret->events, &ret->n_events);
	call_end(&c);
	if (rc < 0)
		return sqlite_damaged(s, "events", incident, err);
	ret->events = arena_grow(s->arena, ret->events, ret->n_events, sizeof(*ret->events));
	return 0;
}

static int write_events(struct store *store, int64_t incident, const struct incident *from,
	struct error *err)
{
	struct buf *document = &sqlite_of(store)->document;
	struct sqlite_call c;

	if (call(store, EVENT_WRITE, &c, err) < 0)
		return -1;
	buf_clear(document);
	events_pack(document, from->events, from->n_events);
	bind_blob(&c, document->data, document->len);
	bind_int(&c, incident);
	return call_run_on(&c, "incident", incident, err);
}

int sqlite_event_insert(struct store *store, int64_t incident, struct incident_event *event,
	struct error *err)
{
	struct incident have;

	if (read_events(store, incident, &have, err) < 0)
		return -1;
	event->id = (int64_t)have.n_events + 1;
	have.events[have.n_events++] = *event;
	return write_events(store, incident, &have, err);
}

int sqlite_event_replace(struct store *store, int64_t incident, int64_t id, struct error *err)
{
	struct incident have;

	if (read_events(store, incident, &have, err) < 0)
		return -1;
	if (id < 1 || id > (int64_t)have.n_events)
		return error_set(err, ERROR_NOT_FOUND, "no event %lld", (long long)id);
	have.events[id - 1].replaced = true;
	return write_events(store, incident, &have, err);
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
