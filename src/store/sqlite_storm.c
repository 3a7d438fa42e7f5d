/*
 * Storms: what came over a source's limit, and which keys were in it; and what such
 * limits and the hint of likeness ask of incidents. Each question about incidents is
 * answered by an index and bounded, because it is asked for each that is opened.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "store/row.h"
#include "store/sqlite.h"

enum query {
	SIMILAR_TITLE, SIMILAR_KEY, COUNT_LIVE, OPENED_SINCE, LIMIT, STORM_PUT, STORM_LOAD, STORM_FIND,
	STORM_DUE, STORM_NEXT, KEY_COUNT, KEY_INSERT, KEY_LIST, KEY_TOP, N_QUERIES,
};
_Static_assert((int)N_QUERIES <= (int)SQLITE_QUERIES_MAX, "room for the statements");

#define STORM_COLUMNS \
	"incident, source, entity, first_at, last_at, alerts, resolved, keys, unlisted," \
	" bytes, sha256, aware_at, raging, said_at, unsaid, unsaid_resolved," \
	" unsaid_first_at, samples, n_samples, look_at"
#define KEY_COLUMNS \
	"incident, key, title, severity, alerts, resolved, first_at, last_at"
#define LIVE(table) "(" table "state = 0 OR " table "state = 1)"

static const char *const sql[N_QUERIES] = {
	/* From the index alone; of a title that a thousand have the newest are read, not
	 * all that are too old. */
	[SIMILAR_TITLE] =
		"SELECT id, opened_at FROM incident INDEXED BY incident_likeness"
		" WHERE likeness = ? AND " LIVE("") " ORDER BY id DESC LIMIT 5",
	/* What the index alone can tell first; a source's own keys may all begin alike. */
	[SIMILAR_KEY] =
		"SELECT i.id, i.opened_at FROM (SELECT id AS id, source AS source, key AS key FROM incident"
		" INDEXED BY incident_key WHERE key >= ?1 AND key < ?1 || ';' LIMIT 16) k"
		" CROSS JOIN incident i ON i.id = k.id WHERE k.source IS NOT ?2"
		" AND (k.key = ?1 OR substr(k.key, 1, length(?1) + 1) = ?1 || ':')"
		" AND i.entity = ?3 AND i.drill = ?4 AND " LIVE("i."),
	[COUNT_LIVE] =
		"SELECT count(*) FROM (SELECT 1 FROM incident INDEXED BY incident_limited"
		" WHERE source = ? AND limited = 1 AND " LIVE("") " LIMIT ?)",
	[OPENED_SINCE] =
		"SELECT opened_at FROM incident INDEXED BY incident_limited WHERE source = ?"
		" AND limited = 1 AND " LIVE("") " AND opened_at > ?"
		" ORDER BY opened_at DESC LIMIT ?",
	/* From all that are live: it is run once, when a source gets a limit. */
	[LIMIT] =
		"UPDATE incident INDEXED BY incident_open SET limited = 1 WHERE source = ?"
		" AND limited = 0 AND storm = 0 AND " LIVE(""),
	[STORM_PUT] =
		"INSERT INTO storm (" STORM_COLUMNS ")"
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
		" ON CONFLICT DO UPDATE SET last_at = excluded.last_at, first_at ="
		" excluded.first_at, alerts = excluded.alerts, resolved = excluded.resolved,"
		" keys = excluded.keys, unlisted = excluded.unlisted, bytes = excluded.bytes,"
		" sha256 = excluded.sha256, aware_at = excluded.aware_at, raging ="
		" excluded.raging, said_at = excluded.said_at, unsaid = excluded.unsaid,"
		" unsaid_resolved = excluded.unsaid_resolved, unsaid_first_at ="
		" excluded.unsaid_first_at, samples = excluded.samples, n_samples ="
		" excluded.n_samples, look_at = excluded.look_at",
	[STORM_LOAD] = "SELECT " STORM_COLUMNS " FROM storm WHERE incident = ?",
	[STORM_FIND] =
		"SELECT " STORM_COLUMNS " FROM storm s WHERE source = ?1 AND (?2 IS NULL OR"
		" entity = ?2) AND (SELECT " LIVE("i.") " FROM incident i WHERE i.id = s.incident)"
		" ORDER BY incident DESC LIMIT 1",
	[STORM_DUE] =
		"SELECT " STORM_COLUMNS " FROM storm INDEXED BY storm_look WHERE look_at <= ?"
		" AND look_at IS NOT NULL ORDER BY look_at",
	[STORM_NEXT] =
		"SELECT min(look_at) FROM storm INDEXED BY storm_look WHERE look_at IS NOT NULL",
	[KEY_COUNT] =
		"UPDATE storm_key SET alerts = alerts + ?, resolved = resolved + ?,"
		" severity = max(severity, ?), last_at = max(last_at, ?)"
		" WHERE incident = ? AND key = ?",
	[KEY_INSERT] =
		"INSERT INTO storm_key (" KEY_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
	[KEY_LIST] =
		"SELECT id, " KEY_COLUMNS " FROM storm_key WHERE incident = ? AND id > ?"
		" ORDER BY id LIMIT ?",
	[KEY_TOP] =
		"SELECT id, " KEY_COLUMNS " FROM storm_key WHERE incident = ? AND id > ?"
		" ORDER BY alerts DESC, id LIMIT ?",
};

static int call(struct store *store, enum query query, struct sqlite_call *c,
	struct error *err)
{
	return sqlite_call(sqlite_of(store), SQLITE_NOUN_STORM, (int)query, sql[query], c, err);
}

/* ---- questions about incidents ----------------------------------------------- */

static int take_ids(struct sqlite_call *c, int64_t since, int64_t ret[SIMILAR_MAX],
	size_t *ret_n, struct error *err)
{
	int64_t id;
	int more;

	while ((more = call_step(c, err)) == 1) {
		id = take_int(c);
		if (take_int(c) >= since)
			similar_add(ret, ret_n, id);
	}
	return more;
}

int sqlite_incident_similar(struct store *store, const struct similar_query *query,
	int64_t ret[SIMILAR_MAX], size_t *ret_n, struct error *err)
{
	struct sqlite_call c;

	*ret_n = 0;
	if (query->likeness != 0) {
		if (call(store, SIMILAR_TITLE, &c, err) < 0)
			return -1;
		bind_int(&c, query->likeness);
		if (take_ids(&c, query->since, ret, ret_n, err) < 0)
			return -1;
	}
	if (query->prefix == NULL)
		return 0;
	if (call(store, SIMILAR_KEY, &c, err) < 0)
		return -1;
	bind_text(&c, query->prefix);
	bind_text(&c, query->source);
	bind_text(&c, query->entity);
	bind_int(&c, query->drill);
	return take_ids(&c, query->since, ret, ret_n, err);
}

int sqlite_incident_count_live(struct store *store, const char *source, int most, int *ret,
	struct error *err)
{
	struct sqlite_call c;
	int more;

	if (call(store, COUNT_LIVE, &c, err) < 0)
		return -1;
	bind_text(&c, source);
	bind_int(&c, most);
	more = call_step(&c, err);
	if (more < 0)
		return -1;
	*ret = (int)take_int(&c);
	call_end(&c);
	return 0;
}

int sqlite_incident_opened_since(struct store *store, const char *source, int64_t since,
	int most, int64_t *ret, int *ret_n, struct error *err)
{
	struct sqlite_call c;
	int more;

	*ret_n = 0;
	if (call(store, OPENED_SINCE, &c, err) < 0)
		return -1;
	bind_text(&c, source);
	bind_int(&c, since);
	bind_int(&c, most);
	while ((more = call_step(&c, err)) == 1)
		ret[(*ret_n)++] = take_int(&c);
	return more;
}

int sqlite_incident_limit(struct store *store, const char *source, struct error *err)
{
	struct sqlite_call c;

	if (call(store, LIMIT, &c, err) < 0)
		return -1;
	bind_text(&c, source);
	return call_run(&c, err);
}

/* ---- storm ------------------------------------------------------------------- */

int sqlite_storm_put(struct store *store, const struct storm_row *row, struct error *err)
{
	struct sqlite_call c;

	if (call(store, STORM_PUT, &c, err) < 0)
		return -1;
	bind_int(&c, row->incident);
	bind_text(&c, row->source);
	bind_text(&c, row->entity);
	bind_int(&c, row->first_at);
	bind_int(&c, row->last_at);
	bind_int(&c, row->alerts);
	bind_int(&c, row->resolved);
	bind_int(&c, row->keys);
	bind_int(&c, row->unlisted);
	bind_int(&c, row->bytes);
	bind_text(&c, row->sha256);
	bind_time(&c, row->aware_at);
	bind_int(&c, row->raging);
	bind_time(&c, row->said_at);
	bind_int(&c, row->unsaid);
	bind_int(&c, row->unsaid_resolved);
	bind_time(&c, row->unsaid_first_at);
	bind_text(&c, row->samples);
	bind_int(&c, row->n_samples);
	bind_time(&c, row->look_at);
	return call_run(&c, err);
}

static void take_storm(struct sqlite_call *c, struct arena *arena, struct storm_row *ret)
{
	const char *sha256;

	*ret = (struct storm_row){ .incident = take_int(c) };
	ret->source = take_text(c, arena);
	ret->entity = take_text(c, arena);
	ret->first_at = take_int(c);
	ret->last_at = take_int(c);
	ret->alerts = take_int(c);
	ret->resolved = take_int(c);
	ret->keys = take_int(c);
	ret->unlisted = take_int(c);
	ret->bytes = take_int(c);
	sha256 = take_text(c, arena);
	snprintf(ret->sha256, sizeof(ret->sha256), "%s", sha256);
	ret->aware_at = take_time(c);
	ret->raging = take_bool(c);
	ret->said_at = take_time(c);
	ret->unsaid = take_int(c);
	ret->unsaid_resolved = take_int(c);
	ret->unsaid_first_at = take_time(c);
	ret->samples = take_text(c, arena);
	ret->n_samples = take_int(c);
	ret->look_at = take_time(c);
}

static int take_one(struct sqlite_call *c, struct arena *arena, struct storm_row *ret,
	struct error *err)
{
	int more = call_step(c, err);

	if (more == 0)
		return error_set(err, ERROR_NOT_FOUND, "no such storm");
	if (more < 0)
		return -1;
	take_storm(c, arena, ret);
	call_end(c);
	return 0;
}

int sqlite_storm_load(struct store *store, int64_t incident, struct arena *arena,
	struct storm_row *ret, struct error *err)
{
	struct sqlite_call c;

	if (call(store, STORM_LOAD, &c, err) < 0)
		return -1;
	bind_int(&c, incident);
	return take_one(&c, arena, ret, err);
}

int sqlite_storm_find(struct store *store, const char *source, const char *entity,
	struct arena *arena, struct storm_row *ret, struct error *err)
{
	struct sqlite_call c;

	if (call(store, STORM_FIND, &c, err) < 0)
		return -1;
	bind_text(&c, source);
	bind_text(&c, entity);
	return take_one(&c, arena, ret, err);
}

int sqlite_storm_due(struct store *store, int64_t now, struct arena *arena,
	struct storm_row **ret, size_t *ret_n, struct error *err)
{
	struct sqlite_call c;
	int more;

	*ret = NULL;
	*ret_n = 0;
	if (call(store, STORM_DUE, &c, err) < 0)
		return -1;
	bind_int(&c, now);
	while ((more = call_step(&c, err)) == 1) {
		*ret = arena_grow(arena, *ret, *ret_n, sizeof(**ret));
		take_storm(&c, arena, &(*ret)[(*ret_n)++]);
	}
	return more;
}

int sqlite_storm_next(struct store *store, int64_t *ret, struct error *err)
{
	struct sqlite_call c;

	if (call(store, STORM_NEXT, &c, err) < 0)
		return -1;
	return call_instant(&c, ret, err);
}

/* ---- its keys ---------------------------------------------------------------- */

int sqlite_storm_key_count(struct store *store, const struct storm_key_row *row,
	struct error *err)
{
	struct sqlite_call c;

	if (call(store, KEY_COUNT, &c, err) < 0)
		return -1;
	bind_int(&c, row->alerts);
	bind_int(&c, row->resolved);
	bind_int(&c, row->severity);
	bind_int(&c, row->last_at);
	bind_int(&c, row->incident);
	bind_text(&c, row->key);
	return call_run_on(&c, "key in storm", row->incident, err);
}

int sqlite_storm_key_insert(struct store *store, const struct storm_key_row *row,
	struct error *err)
{
	struct sqlite_call c;

	if (call(store, KEY_INSERT, &c, err) < 0)
		return -1;
	bind_int(&c, row->incident);
	bind_text(&c, row->key);
	bind_text(&c, row->title);
	bind_int(&c, row->severity);
	bind_int(&c, row->alerts);
	bind_int(&c, row->resolved);
	bind_int(&c, row->first_at);
	bind_int(&c, row->last_at);
	return call_run(&c, err);
}

int sqlite_storm_keys(struct store *store, const struct storm_key_filter *filter,
	storm_key_fn *fn, void *arg, struct error *err)
{
	struct sqlite_call c;
	struct arena *arena;
	int more;

	if (call(store, filter->by_alerts ? KEY_TOP : KEY_LIST, &c, err) < 0)
		return -1;
	bind_int(&c, filter->incident);
	bind_int(&c, filter->after_id);
	bind_limit(&c, filter->limit);
	arena = arena_new();
	while ((more = call_step(&c, err)) == 1) {
		struct storm_key_row row = { .id = take_int(&c) };

		arena_reset(arena);
		row.incident = take_int(&c);
		row.key = take_text(&c, arena);
		row.title = take_text(&c, arena);
		row.severity = (enum severity)take_int(&c);
		row.alerts = take_int(&c);
		row.resolved = take_int(&c);
		row.first_at = take_int(&c);
		row.last_at = take_int(&c);
		if (fn(arg, &row) < 0) {
			call_end(&c);
			more = -1;
			break;
		}
	}
	arena_free(arena);
	return more;
}
