/*
 * Incidents. The row of one has in columns of their own what queries ask for or change by
 * itself; all else, and its events, are packed (packed.h).
 */
#include "config.h"

#include "store/packed.h"
#include "store/sqlite.h"

enum query {
	INCIDENT_INSERT, INCIDENT_UPDATE, INCIDENT_LOAD, INCIDENT_BY_KEY, INCIDENT_LIST_OPEN,
	INCIDENT_LIST, INCIDENT_COUNT_ALERT, INCIDENT_DRILL_NEXT, INCIDENT_DOCUMENT,
	N_QUERIES,
};
_Static_assert((int)N_QUERIES <= (int)SQLITE_QUERIES_MAX, "room for the statements");

/* What no query asks for is in the document (packed.h). */
#define INCIDENT_COLUMNS \
	"id, state, entity, drill, source, key, opened_at, changed_at, alerts, storm," \
	" drill_ends_at, document," \
	" (SELECT digest FROM ruleset WHERE ruleset.id = incident.ruleset)"
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
};

static int call(struct store *store, enum query query, struct sqlite_call *c,
	struct error *err)
{
	return sqlite_call(sqlite_of(store), SQLITE_NOUN_INCIDENT, (int)query, sql[query], c,
		err);
}

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
	if (call_run(&c, err) < 0)
		return -1;
	i->id = sqlite3_last_insert_rowid(s->db);
	return 0;
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
	return more < 0 ? -1 : sqlite_records_load(store, &ret->incident, arena, err);
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
