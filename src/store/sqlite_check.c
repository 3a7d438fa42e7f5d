/*
 * Is a file a store that can be relied on? For backups, before one is needed: SQLite's
 * own check of its pages and indexes, rows that point nowhere, documents that cannot be
 * unpacked or say something else than their rows, and the journal from its first line to
 * its last. Nothing is changed.
 */
#include "config.h"

#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/rfc3339.h"
#include "base/text.h"
#include "store/packed.h"
#include "store/row.h"
#include "store/sqlite.h"

static int prepare(struct sqlite_store *s, const char *sql, sqlite3_stmt **ret,
	struct error *err)
{
	int rc = sqlite3_prepare_v2(s->db, sql, -1, ret, NULL);

	return rc == SQLITE_OK ? 0 : sqlite_fail(s, rc, err);
}

static const char *text_of(sqlite3_stmt *stmt, int column)
{
	const char *text = (const char *)sqlite3_column_text(stmt, column);

	return text != NULL ? text : "";
}

/* The first row, where it says anything but "ok", is what is wrong. */
static int check_answer(struct sqlite_store *s, const char *sql, struct error *err)
{
	sqlite3_stmt *stmt;
	int rc;

	if (prepare(s, sql, &stmt, err) < 0)
		return -1;
	rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW && strcmp(text_of(stmt, 0), "ok") != 0)
		rc = error_set(err, ERROR_INVALID, "%s is damaged: %s", s->path, text_of(stmt, 0));
	else
		rc = rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : sqlite_fail(s, rc, err);
	sqlite3_finalize(stmt);
	return rc;
}

static int check_journal(struct sqlite_store *s, struct journal_check *check,
	struct error *err)
{
	sqlite3_stmt *stmt;
	int rc;

	if (prepare(s, "SELECT seq, hash, line FROM journal ORDER BY seq", &stmt, err) < 0)
		return -1;
	journal_check_init(check);
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
		if (journal_check_record(check, sqlite3_column_int64(stmt, 0), text_of(stmt, 1),
			    text_of(stmt, 2), (size_t)sqlite3_column_bytes(stmt, 2), err) < 0)
			break;
	if (rc == SQLITE_ROW)
		rc = error_prefix(err, "%s", s->path);
	else
		rc = rc == SQLITE_DONE ? 0 : sqlite_fail(s, rc, err);
	sqlite3_finalize(stmt);
	return rc;
}

/* ---- clocks and incidents -------------------------------------------------- */

static struct unpack packed_of(sqlite3_stmt *stmt, int column)
{
	const void *data = sqlite3_column_blob(stmt, column);
	struct unpack in;

	unpack_init(&in, data != NULL ? data : "", (size_t)sqlite3_column_bytes(stmt, column));
	return in;
}

static int contradict(const struct sqlite_store *s, int64_t incident, const char *what,
	struct error *err)
{
	return error_set(err, ERROR_INVALID, "%s is damaged: %s of incident %lld", s->path, what,
		(long long)incident);
}

/* Of one incident: is each in its place in lists, and does it come up when it is to? */
static int check_document(struct sqlite_store *s, sqlite3_stmt *row, sqlite3_stmt *place,
	struct arena *arena, int64_t *n_clocks, struct error *err)
{
	int64_t incident = sqlite3_column_int64(row, 0), next_at = TIME_NONE;
	struct unpack document = packed_of(row, 2);
	struct clock_row *clocks;
	size_t n, i;

	if (clocks_unpack(&document, incident, SIZE_MAX, arena, &clocks, &n) < 0)
		return sqlite_damaged(s, "clocks", incident, err);
	if (sqlite3_column_type(row, 1) != SQLITE_NULL)
		next_at = sqlite3_column_int64(row, 1);
	if (next_at != clocks_next_at(clocks, n))
		return contradict(s, incident, "another time is the next for the clocks", err);
	for (i = 0; i < n; i++) {
		bool there;

		sqlite3_bind_int64(place, 1, clocks[i].clock.state);
		sqlite3_bind_int64(place, 2, clock_sort_at(&clocks[i].clock));
		sqlite3_bind_int64(place, 3, incident << 10 | (int64_t)i);
		there = sqlite3_step(place) == SQLITE_ROW;
		sqlite3_reset(place);
		if (!there)
			return contradict(s, incident, "a clock is missing in lists", err);
	}
	*n_clocks += (int64_t)n;
	return 0;
}

/* Each clock is in its place, and there are as many places as clocks: then no place is
 * of a clock that is not there. */
static int check_clocks(struct sqlite_store *s, struct error *err)
{
	sqlite3_stmt *row = NULL, *place = NULL, *count = NULL;
	struct arena *arena = arena_new();
	int64_t n = 0;
	int rc = prepare(s, "SELECT incident, next_at, document FROM clock", &row, err);

	if (rc == 0)
		rc = prepare(s, "SELECT 1 FROM clock_sort WHERE state = ? AND sort_at = ?"
			" AND clock = ?", &place, err);
	if (rc == 0)
		rc = prepare(s, "SELECT count(*) FROM clock_sort", &count, err);
	while (rc == 0 && (rc = sqlite3_step(row)) == SQLITE_ROW) {
		arena_reset(arena);
		rc = check_document(s, row, place, arena, &n, err);
	}
	if (rc == SQLITE_DONE)
		rc = sqlite3_step(count) != SQLITE_ROW || sqlite3_column_int64(count, 0) == n ? 0
			: error_set(err, ERROR_INVALID, "%s is damaged: lists have a clock that "
				"is not there", s->path);
	else if (rc > 0)
		rc = sqlite_fail(s, rc, err);
	sqlite3_finalize(row);
	sqlite3_finalize(place);
	sqlite3_finalize(count);
	arena_free(arena);
	return rc;
}

static int check_incidents(struct sqlite_store *s, struct error *err)
{
	struct arena *arena = arena_new();
	struct incident incident;
	sqlite3_stmt *row = NULL;
	int rc = prepare(s, "SELECT id, document, events FROM incident", &row, err);

	while (rc == 0 && (rc = sqlite3_step(row)) == SQLITE_ROW) {
		struct unpack document = packed_of(row, 1), events = packed_of(row, 2);
		int64_t id = sqlite3_column_int64(row, 0);

		arena_reset(arena);
		rc = 0;
		if (incident_unpack(&document, arena, &incident) < 0)
			rc = sqlite_damaged(s, "document", id, err);
		else if (events_unpack(&events, arena, &incident.events, &incident.n_events) < 0)
			rc = sqlite_damaged(s, "events", id, err);
	}
	if (rc > 0)
		rc = rc == SQLITE_DONE ? 0 : sqlite_fail(s, rc, err);
	sqlite3_finalize(row);
	arena_free(arena);
	return rc;
}

/* By the schema it has: a copy of an earlier version is not migrated to be checked. */
static int check_documents(struct sqlite_store *s, struct error *err)
{
	sqlite3_stmt *stmt;
	int version;

	if (prepare(s, "PRAGMA user_version", &stmt, err) < 0)
		return -1;
	sqlite3_step(stmt);
	version = sqlite3_column_int(stmt, 0);
	sqlite3_finalize(stmt);
	if (version >= 9)
		return check_clocks(s, err) < 0 || check_incidents(s, err) < 0 ? -1 : 0;
	/* In schema 7 and 8 the incident of a clock is in its id: no foreign key. */
	return version < 7 ? 0 : check_answer(s, "SELECT 'clock ' || id || ' is of no incident'"
		" FROM clock WHERE NOT EXISTS (SELECT 1 FROM incident i"
		" WHERE i.id = clock.id >> 10) LIMIT 1", err);
}

/* ---- opening --------------------------------------------------------------- */

/* As a URI (sqlite.org/uri.html), with what follows the path. */
static int open_uri(struct sqlite_store *s, const char *path, const char *parameters,
	int flags)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789-._~/";
	struct buf uri;
	int rc;

	buf_init(&uri, 0);
	buf_addf(&uri, "file:");
	for (; *path != '\0'; path++)
		buf_addf(&uri, strchr(plain, *path) != NULL ? "%c" : "%%%02X",
			(unsigned char)*path);
	buf_addf(&uri, "%s", parameters);
	rc = sqlite3_open_v2(uri.data, &s->db, flags | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX |
		SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE, NULL);
	buf_release(&uri);
	return rc;
}

/* A file beside which there is no WAL is as it was left, and nobody has it: it can be
 * read without a lock, and from where nothing can be written. One with a WAL is locked
 * for the time: a daemon that has it keeps us out, and SQLite needs no file of shared
 * memory. The lock asks for a file that could be written; the WAL stays as it is. */
static int open_as_it_lies(struct sqlite_store *s, const char *path)
{
	struct buf wal;
	bool has_wal;
	int rc;

	buf_init(&wal, 0);
	buf_addf(&wal, "%s-wal", path);
	has_wal = access(wal.data, F_OK) == 0;
	buf_release(&wal);
	if (!has_wal)
		return open_uri(s, path, "?immutable=1", SQLITE_OPEN_READONLY);
	rc = open_uri(s, path, "", SQLITE_OPEN_READWRITE);
	if (rc != SQLITE_OK)
		return rc;
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	return sqlite3_exec(s->db, "PRAGMA locking_mode = EXCLUSIVE", NULL, NULL, NULL);
}

int store_sqlite_check(const char *path, struct journal_check *ret, struct error *err)
{
	struct sqlite_store s = { .path = (char *)(uintptr_t)path };
	int rc = open_as_it_lies(&s, path);

	if (rc != SQLITE_OK)
		rc = sqlite_fail(&s, rc, err);
	if (rc == 0)
		rc = sqlite_schema_check(&s, err);
	if (rc == 0)
		rc = check_answer(&s, "PRAGMA quick_check(1)", err);
	if (rc == 0)
		rc = check_answer(&s, "PRAGMA foreign_key_check", err);
	if (rc == 0)
		rc = check_documents(&s, err);
	if (rc == 0)
		rc = check_journal(&s, ret, err);
	sqlite3_close(s.db);
	/* What SQLite stumbled over names no file. */
	return rc < 0 && err->code == ERROR_INTERNAL ? error_prefix(err, "%s", path) : rc;
}
