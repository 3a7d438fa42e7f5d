/*
 * What is recorded of incidents: alerts, filings, waivers, each a row, and events, which
 * are a column of their incident. They are only added and marked, never deleted.
 */
#include "config.h"

#include "store/packed.h"
#include "store/sqlite.h"

enum query {
	ALERT_INSERT, EVENT_OF, EVENT_WRITE, FILING_INSERT, FILING_REPLACE, FILING_OF,
	WAIVER_INSERT, WAIVER_OF, N_QUERIES,
};
_Static_assert((int)N_QUERIES <= (int)SQLITE_QUERIES_MAX, "room for the statements");

#define FILING_COLUMNS \
	"regime, stage, filed_at, received_at, stated_by, recipient, reference, digest," \
	" recorded_at, replaced"

static const char *const sql[N_QUERIES] = {
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
	return sqlite_call(sqlite_of(store), SQLITE_NOUN_RECORD, (int)query, sql[query], c, err);
}

/* Runs an insert; its row's id goes to *ret_id. */
static int run_insert(struct sqlite_call *c, int64_t *ret_id, struct error *err)
{
	if (call_run(c, err) < 0)
		return -1;
	*ret_id = sqlite3_last_insert_rowid(c->s->db);
	return 0;
}

/* ---- alerts and events ------------------------------------------------------ */

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

	if (call(store, EVENT_OF, &c, err) < 0)
		return -1;
	bind_int(&c, incident);
	rc = call_step(&c, err);
	if (rc == 0)
		return error_set(err, ERROR_NOT_FOUND, "no incident %lld", (long long)incident);
	if (rc < 0)
		return -1;
	events = take_packed(&c);
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

/* ---- filings and waivers ---------------------------------------------------- */

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

int sqlite_records_load(struct store *store, struct incident *i, struct arena *arena,
	struct error *err)
{
	return load_filings(store, i, arena, err) < 0 ? -1 : load_waivers(store, i, arena, err);
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
