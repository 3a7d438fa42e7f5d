/*
 * The journal, answers kept for Idempotency-Key, and small values by name. The
 * head of the journal is kept in memory and moves with the transaction: back to
 * where it was when a savepoint or the whole is undone (sqlite.c).
 */
#include "config.h"

#include <string.h>

#include "base/text.h"
#include "store/sqlite.h"

enum query {
	JOURNAL_HEAD, JOURNAL_INSERT, JOURNAL_READ, JOURNAL_READ_INCIDENT,
	IDEMPOTENCY_GET, IDEMPOTENCY_PUT, IDEMPOTENCY_PURGE, META_GET, META_PUT, N_QUERIES,
};
_Static_assert((int)N_QUERIES <= (int)SQLITE_QUERIES_MAX, "room for the statements");

static const char *const sql[N_QUERIES] = {
	[JOURNAL_HEAD] = "SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1",
	[JOURNAL_INSERT] =
		"INSERT INTO journal (seq, hash, incident, line) VALUES (?, ?, ?, ?)",
	[JOURNAL_READ] =
		"SELECT seq, hash, incident, line FROM journal WHERE seq > ?"
		" ORDER BY seq LIMIT ?",
	[JOURNAL_READ_INCIDENT] =
		"SELECT seq, hash, incident, line FROM journal WHERE seq > ? AND incident = ?"
		" ORDER BY seq LIMIT ?",
	[IDEMPOTENCY_GET] =
		"SELECT actor, key, digest, status, body, made_at FROM idempotency"
		" WHERE actor = ? AND key = ?",
	[IDEMPOTENCY_PUT] =
		"INSERT INTO idempotency (actor, key, digest, status, body, made_at)"
		" VALUES (?, ?, ?, ?, ?, ?)",
	[IDEMPOTENCY_PURGE] =
		"DELETE FROM idempotency WHERE id IN (SELECT id FROM idempotency"
		" WHERE made_at < ? ORDER BY made_at LIMIT ?)",
	[META_GET] = "SELECT value FROM meta WHERE name = ?",
	[META_PUT] =
		"INSERT INTO meta (name, value) VALUES (?, ?)"
		" ON CONFLICT (name) DO UPDATE SET value = excluded.value",
};

static int call(struct store *store, enum query query, struct sqlite_call *c,
	struct error *err)
{
	return sqlite_call(sqlite_of(store), SQLITE_NOUN_JOURNAL, (int)query, sql[query], c,
		err);
}

static void take_fixed(struct sqlite_call *c, char *out, size_t size)
{
	const char *text = (const char *)sqlite3_column_text(c->stmt, c->column++);

	text_copy(out, size, text == NULL ? "" : text);
}

int sqlite_journal_load_head(struct sqlite_store *s, struct error *err)
{
	struct sqlite_call c;
	int more;

	journal_check_init(&s->head);
	if (call(&s->store, JOURNAL_HEAD, &c, err) < 0)
		return -1;
	more = call_step(&c, err);
	if (more == 1) {
		s->head.seq = take_int(&c);
		take_fixed(&c, s->head.hash, sizeof(s->head.hash));
		call_end(&c);
	}
	return more < 0 ? -1 : 0;
}

int sqlite_journal_head(struct store *store, struct journal_check *ret, struct error *err)
{
	(void)err;
	*ret = sqlite_of(store)->head;
	return 0;
}

int sqlite_journal_append(struct store *store, const struct journal_row *row,
	struct error *err)
{
	struct sqlite_store *s = sqlite_of(store);
	struct sqlite_call c;
	struct journal_check next = { .seq = s->head.seq + 1 };

	/* The line was made with its number inside. */
	if (row->seq != next.seq)
		return error_set(err, ERROR_CONFLICT, "journal: record %lld after %lld",
			(long long)row->seq, (long long)s->head.seq);
	journal_hash(s->head.hash, row->line, row->len, next.hash);
	if (call(store, JOURNAL_INSERT, &c, err) < 0)
		return -1;
	bind_int(&c, next.seq);
	bind_bytes(&c, next.hash, sizeof(next.hash) - 1);
	bind_id(&c, row->incident);
	bind_bytes(&c, row->line, row->len);
	if (call_run(&c, err) < 0)
		return -1;
	s->head = next;
	return 0;
}

int sqlite_journal_read(struct store *store, int64_t after, int64_t incident, int limit,
	journal_fn *fn, void *arg, struct error *err)
{
	struct sqlite_call c;
	int more;

	if (call(store, incident != 0 ? JOURNAL_READ_INCIDENT : JOURNAL_READ, &c, err) < 0)
		return -1;
	bind_int(&c, after);
	if (incident != 0)
		bind_int(&c, incident);
	bind_limit(&c, limit);
	while ((more = call_step(&c, err)) == 1) {
		struct journal_row row = { .seq = take_int(&c) };

		take_fixed(&c, row.hash, sizeof(row.hash));
		row.incident = take_int(&c);
		row.line = (const char *)sqlite3_column_text(c.stmt, c.column);
		row.len = (size_t)sqlite3_column_bytes(c.stmt, c.column);
		if (fn(arg, &row) < 0) {
			call_end(&c);
			return -1;
		}
	}
	return more;
}

int sqlite_idempotency_get(struct store *store, const char *actor, const char *key,
	struct arena *arena, struct idempotency_row *ret, struct error *err)
{
	struct sqlite_call c;
	int more;

	if (call(store, IDEMPOTENCY_GET, &c, err) < 0)
		return -1;
	bind_text(&c, actor);
	bind_text(&c, key);
	more = call_step(&c, err);
	if (more == 0)
		return error_set(err, ERROR_NOT_FOUND, "no answer under that key");
	if (more < 0)
		return -1;
	ret->actor = take_text(&c, arena);
	ret->key = take_text(&c, arena);
	take_fixed(&c, ret->digest, sizeof(ret->digest));
	ret->status = (int)take_int(&c);
	ret->body = take_text(&c, arena);
	ret->at = take_int(&c);
	call_end(&c);
	return 0;
}

int sqlite_idempotency_put(struct store *store, const struct idempotency_row *row,
	struct error *err)
{
	struct sqlite_call c;

	if (call(store, IDEMPOTENCY_PUT, &c, err) < 0)
		return -1;
	bind_text(&c, row->actor);
	bind_text(&c, row->key);
	bind_text(&c, row->digest);
	bind_int(&c, row->status);
	bind_text(&c, row->body);
	bind_int(&c, row->at);
	return call_run(&c, err);
}

int sqlite_idempotency_purge(struct store *store, int64_t before_at, int limit,
	struct error *err)
{
	struct sqlite_call c;

	if (call(store, IDEMPOTENCY_PURGE, &c, err) < 0)
		return -1;
	bind_int(&c, before_at);
	bind_limit(&c, limit);
	return call_run(&c, err);
}

int sqlite_meta_get(struct store *store, const char *name, struct arena *arena,
	const char **ret, struct error *err)
{
	struct sqlite_call c;
	int more;

	*ret = NULL;
	if (call(store, META_GET, &c, err) < 0)
		return -1;
	bind_text(&c, name);
	more = call_step(&c, err);
	if (more == 1) {
		*ret = take_text(&c, arena);
		call_end(&c);
	}
	return more < 0 ? -1 : 0;
}

int sqlite_meta_put(struct store *store, const char *name, const char *value,
	struct error *err)
{
	struct sqlite_call c;

	if (call(store, META_PUT, &c, err) < 0)
		return -1;
	bind_text(&c, name);
	bind_text(&c, value);
	return call_run(&c, err);
}
