/*
 * Is a file a store that can be relied on? For backups, before one is needed: SQLite's
 * own check of its pages and indexes, rows that point nowhere, and the journal from
 * its first line to its last. Nothing is changed.
 */
#include "config.h"

#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/text.h"
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
	if (rc == 0)	/* Since schema 7 the incident of a clock is in its id: no foreign key. */
		rc = check_answer(&s, "SELECT 'clock ' || id || ' is of no incident' FROM clock"
			" WHERE (SELECT user_version FROM pragma_user_version) >= 7 AND NOT EXISTS"
			" (SELECT 1 FROM incident i WHERE i.id = clock.id >> 10) LIMIT 1", err);
	if (rc == 0)
		rc = check_journal(&s, ret, err);
	sqlite3_close(s.db);
	/* What SQLite stumbled over names no file. */
	return rc < 0 && err->code == ERROR_INTERNAL ? error_prefix(err, "%s", path) : rc;
}
