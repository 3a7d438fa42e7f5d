/*
 * The store on SQLite: one file, one connection for everything. The file is held
 * in exclusive locking mode, so that no other process can read or write it while
 * it is in use: two connections that write and checkpoint at the same instant can
 * damage a WAL database in the versions that Debian has (sqlite.org/wal.html).
 *
 * Every commit is synced (synchronous=FULL). Checkpoints are ours: from the idle
 * timer after CHECKPOINT_BYTES, and at the latest, inside a commit, at
 * CHECKPOINT_FORCED, so that the WAL stays bounded under any load.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/rfc3339.h"
#include "base/text.h"
#include "store/sqlite.h"

enum {
	CHECKPOINT_BYTES = 1 << 20,
	/* With four times as many the slowest of a hundred answers take half as long again
	 * or more, for a twentieth less of CPU (measured). */
	CHECKPOINT_FORCED = 4 << 20,
	TRUNCATE_MS = 10 * MINUTE_MS,	/* how often an idle store empties the WAL */
	QUICK_CHECK_BYTES = 1 << 20,	/* checked at every start within 10 ms */
	STORE_ID_LEN = 8,
};

enum query {
	BEGIN, COMMIT, ROLLBACK, SAVEPOINT, RELEASE, ROLLBACK_TO, N_QUERIES,
};
_Static_assert((int)N_QUERIES <= (int)SQLITE_QUERIES_MAX, "room for the statements");

static const char *const sql[N_QUERIES] = {
	[BEGIN] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[ROLLBACK] = "ROLLBACK",
	[SAVEPOINT] = "SAVEPOINT command",
	[RELEASE] = "RELEASE command",
	[ROLLBACK_TO] = "ROLLBACK TO command",
};

static int run(struct sqlite_store *s, enum query query, struct error *err)
{
	struct sqlite_call c;

	if (sqlite_call(s, SQLITE_NOUN_TRANSACTION, (int)query, sql[query], &c, err) < 0)
		return -1;
	return call_run(&c, err);
}

/* ---- transactions ---------------------------------------------------------- */

int sqlite_begin(struct store *store, struct error *err)
{
	struct sqlite_store *s = sqlite_of(store);

	if (s->in_transaction)
		return error_set(err, ERROR_INTERNAL, "store: a transaction inside another");
	if (run(s, BEGIN, err) < 0)
		return -1;
	s->in_transaction = true;
	s->head_at_begin = s->head;
	return 0;
}

void sqlite_rollback(struct store *store)
{
	struct sqlite_store *s = sqlite_of(store);

	if (!s->in_transaction)
		return;
	/* On a full disk SQLite has undone it already, and would complain. */
	if (!sqlite3_get_autocommit(s->db))
		run(s, ROLLBACK, NULL);
	s->in_transaction = s->in_savepoint = false;
	s->head = s->head_at_begin;
	sqlite_ruleset_forget(s);
}

static int checkpoint(struct sqlite_store *s, int mode, struct error *err)
{
	int rc = sqlite3_wal_checkpoint_v2(s->db, "main", mode, NULL, NULL);

	if (rc != SQLITE_OK)
		return sqlite_fail(s, rc, err);
	s->wal_pages = 0;
	return 0;
}

static int64_t wal_bytes(const struct sqlite_store *s)
{
	return (int64_t)s->wal_pages * s->page_size;
}

int sqlite_commit(struct store *store, struct error *err)
{
	struct sqlite_store *s = sqlite_of(store);

	int64_t begun_us = clock_monotonic_us();

	if (!s->in_transaction)
		return error_set(err, ERROR_INTERNAL, "store: no transaction to commit");
	if (sqlite3_get_autocommit(s->db))
		error_set(err, ERROR_FULL, "undone, because the disk is full");
	else if (run(s, COMMIT, err) == 0) {
		s->in_transaction = s->in_savepoint = false;
		histogram_add(&s->commits, clock_monotonic_us() - begun_us);
		/* The commit stands whatever becomes of this: a full disk gives up
		 * the ballast here, and the next checkpoint has its room. */
		if (wal_bytes(s) >= CHECKPOINT_FORCED)
			(void)checkpoint(s, SQLITE_CHECKPOINT_PASSIVE, NULL);
		return 0;
	}
	sqlite_rollback(store);
	return -1;
}

int64_t sqlite_changes(struct store *store)
{
	return sqlite3_total_changes64(sqlite_of(store)->db);
}

int sqlite_savepoint(struct store *store, struct error *err)
{
	struct sqlite_store *s = sqlite_of(store);

	if (!s->in_transaction || s->in_savepoint)
		return error_set(err, ERROR_INTERNAL, "store: a savepoint out of place");
	if (sqlite3_get_autocommit(s->db))
		return error_set(err, ERROR_FULL, "undone, because the disk is full");
	if (run(s, SAVEPOINT, err) < 0)
		return -1;
	s->in_savepoint = true;
	s->head_at_savepoint = s->head;
	return 0;
}

int sqlite_release(struct store *store, struct error *err)
{
	struct sqlite_store *s = sqlite_of(store);

	if (!s->in_savepoint)
		return error_set(err, ERROR_INTERNAL, "store: no savepoint to release");
	if (sqlite3_get_autocommit(s->db))
		return error_set(err, ERROR_FULL, "undone, because the disk is full");
	if (run(s, RELEASE, err) < 0)
		return -1;
	s->in_savepoint = false;
	return 0;
}

void sqlite_undo(struct store *store)
{
	struct sqlite_store *s = sqlite_of(store);

	if (!s->in_savepoint)
		return;
	if (!sqlite3_get_autocommit(s->db) && run(s, ROLLBACK_TO, NULL) == 0)
		run(s, RELEASE, NULL);
	s->in_savepoint = false;
	s->head = s->head_at_savepoint;
	sqlite_ruleset_forget(s);
}

/* ---- upkeep ---------------------------------------------------------------- */

static int after_commit(void *arg, sqlite3 *db, const char *name, int pages)
{
	struct sqlite_store *s = arg;

	(void)db;
	(void)name;
	s->wal_pages = pages;
	return SQLITE_OK;
}

int sqlite_upkeep(struct store *store, bool *ret_more, struct error *err)
{
	struct sqlite_store *s = sqlite_of(store);
	int64_t now = clock_boot();

	*ret_more = false;
	if (s->in_transaction)
		return error_set(err, ERROR_INTERNAL, "store: upkeep inside a transaction");
	sqlite_disk_upkeep(&s->disk);
	if (wal_bytes(s) >= CHECKPOINT_BYTES)
		return checkpoint(s, SQLITE_CHECKPOINT_PASSIVE, err);
	if (s->wal_pages > 0 && now - s->truncated_at >= TRUNCATE_MS) {
		s->truncated_at = now;
		return checkpoint(s, SQLITE_CHECKPOINT_TRUNCATE, err);
	}
	return 0;
}

bool sqlite_below_floor(struct store *store)
{
	return sqlite_disk_is_low(&sqlite_of(store)->disk);
}

static int64_t file_size(const char *path)
{
	struct stat st;

	return stat(path, &st) < 0 ? 0 : (int64_t)st.st_size;
}

void sqlite_stats(struct store *store, struct store_stats *ret)
{
	const struct sqlite_store *s = sqlite_of(store);
	char *wal = xasprintf("%s-wal", s->path);

	ret->bytes = file_size(s->path);
	ret->log_bytes = file_size(wal);
	ret->commits = s->commits;
	free(wal);
}

/* ---- opening --------------------------------------------------------------- */

static int sync_directory(const char *directory, struct error *err)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd < 0 ? -1 : fsync(fd);

	if (rc < 0)
		error_set(err, ERROR_IO, "%s: %s", directory, strerror(errno));
	if (fd >= 0)
		close(fd);
	return rc;
}

/* Makes the file, empty, for its mode and so that its name is on disk: SQLite
 * syncs the directory for its WAL but not for the database itself. A file that
 * exists is not opened here: closing it would drop the locks that this process
 * may hold on it (fcntl(2)). */
static int make_file(const char *path, struct error *err)
{
	char *copy = xstrdup(path);
	const char *directory = dirname(copy);
	struct stat st;
	int fd, rc = -1;

	if (stat(directory, &st) < 0 || !S_ISDIR(st.st_mode)) {
		error_set(err, ERROR_IO, "%s: there is no such directory", directory);
		goto out;
	}
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0) {
		close(fd);
		rc = sync_directory(directory, err);
	} else if (errno == EEXIST)
		rc = 0;
	else
		error_set(err, ERROR_IO, "%s: %s", path, strerror(errno));
out:
	free(copy);
	return rc;
}

/* Runs a pragma; its answer, if expected is given, must be that. */
static int pragma(struct sqlite_store *s, const char *text, const char *expected,
	struct error *err)
{
	sqlite3_stmt *stmt;
	int rc = sqlite3_prepare_v2(s->db, text, -1, &stmt, NULL);
	bool same = true;

	if (rc != SQLITE_OK)
		return sqlite_fail(s, rc, err);
	rc = sqlite3_step(stmt);
	if (expected != NULL)
		same = rc == SQLITE_ROW &&
			text_equal((const char *)sqlite3_column_text(stmt, 0), expected);
	sqlite3_finalize(stmt);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return sqlite_fail(s, rc, err);
	if (!same)
		return error_set(err, ERROR_IO, "%s: %s did not answer %s", s->path, text,
			expected);
	return 0;
}

/* What needs no access to the file. */
static int connect_file(struct sqlite_store *s, int wait_ms, struct error *err)
{
	static const struct { int option, value; } options[] = {
		{ SQLITE_DBCONFIG_DEFENSIVE, 1 },
		{ SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
		{ SQLITE_DBCONFIG_DQS_DML, 0 },
		{ SQLITE_DBCONFIG_DQS_DDL, 0 },
		{ SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0 },
		{ SQLITE_DBCONFIG_ENABLE_FKEY, 1 },
	};
	size_t i;
	int rc = sqlite3_open_v2(s->path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
		SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE, sqlite_vfs());

	if (s->db == NULL)
		abort();	/* out of memory */
	for (i = 0; rc == SQLITE_OK && i < ARRAY_LEN(options); i++)
		rc = sqlite3_db_config(s->db, options[i].option, options[i].value, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_busy_timeout(s->db, wait_ms);
	return rc == SQLITE_OK ? 0 : sqlite_fail(s, rc, err);
}

/* A file that is small is read through; of a large one a fault is found when it
 * is met, so that a start takes no longer the more there is. */
static int check_small(struct sqlite_store *s, struct error *err)
{
	struct stat st;

	if (stat(s->path, &st) < 0 || st.st_size > QUICK_CHECK_BYTES)
		return 0;
	return pragma(s, "PRAGMA quick_check(1)", "ok", err);
}

static int prepare_file(struct sqlite_store *s, struct error *err)
{
	/* Exclusive before the first access: then there is no shared memory file. The
	 * file is looked at before its journal mode, which stays in it, is changed. */
	if (pragma(s, "PRAGMA locking_mode = EXCLUSIVE", "exclusive", err) < 0 ||
	    sqlite_schema_check(s, err) < 0 ||
	    /* Of a new file. Most rows have two kilobytes or so: of smaller pages half
	     * would stay empty, and all of them are written twice (measured). */
	    pragma(s, "PRAGMA page_size = 8192", NULL, err) < 0 ||
	    pragma(s, "PRAGMA journal_mode = WAL", "wal", err) < 0 ||
	    pragma(s, "PRAGMA synchronous = FULL", NULL, err) < 0 ||
	    pragma(s, "PRAGMA synchronous", "2", err) < 0 ||
	    pragma(s, "PRAGMA wal_autocheckpoint = 0", NULL, err) < 0 ||
	    pragma(s, "PRAGMA journal_size_limit = 16777216", NULL, err) < 0 ||
	    pragma(s, "PRAGMA cache_size = -16384", NULL, err) < 0 ||
	    sqlite_schema_migrate(s, err) < 0 ||
	    pragma(s, "PRAGMA foreign_keys", "1", err) < 0 ||
	    /* Not before: a migration keeps pages as they were, and they may be all. */
	    pragma(s, "PRAGMA temp_store = MEMORY", NULL, err) < 0 ||
	    check_small(s, err) < 0)
		return -1;
	sqlite3_busy_timeout(s->db, 0);
	sqlite3_wal_hook(s->db, after_commit, s);
	return sqlite_journal_load_head(s, err);
}

static int make_store_id(struct sqlite_store *s, struct error *err)
{
	struct arena *arena = arena_new();
	char id[STORE_ID_LEN + 1];
	const char *have;
	int rc = sqlite_meta_get(&s->store, META_STORE_ID, arena, &have, err);

	if (rc == 0 && have == NULL) {
		random_name(id, STORE_ID_LEN);
		rc = sqlite_begin(&s->store, err);
		if (rc == 0)
			rc = sqlite_meta_put(&s->store, META_STORE_ID, id, err);
		if (rc == 0)
			rc = sqlite_commit(&s->store, err);
	}
	arena_free(arena);
	return rc;
}

void sqlite_close(struct store *store)
{
	struct sqlite_store *s = sqlite_of(store);
	size_t i, j;

	if (s->db != NULL)
		sqlite_rollback(store);
	for (i = 0; i < SQLITE_NOUNS; i++)
		for (j = 0; j < SQLITE_QUERIES_MAX; j++)
			sqlite3_finalize(s->statements[i][j]);
	/* Checkpoints and removes the WAL. */
	sqlite3_close(s->db);
	sqlite_disk_close(&s->disk);
	buf_release(&s->document);
	arena_free(s->arena);
	free(s->path);
	free(s);
}

static const struct store_ops ops = { STORE_TABLE(sqlite) };

struct store *sqlite_open(const struct store_sqlite_options *options, int wait_ms,
	struct error *err)
{
	struct sqlite_store *s;

	/* One thread (no mutexes), and nobody reads SQLite's memory statistics: both
	 * cost time on each allocation. Refused, harmlessly, when it is set already. */
	sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);

	s = xcalloc(1, sizeof(*s));
	s->store.ops = &ops;
	s->path = xstrdup(options->path);
	buf_init(&s->document, 0);
	s->arena = arena_new();
	if (make_file(s->path, err) < 0 || connect_file(s, wait_ms, err) < 0 ||
	    prepare_file(s, err) < 0 || make_store_id(s, err) < 0) {
		sqlite_close(&s->store);
		return NULL;
	}
	s->truncated_at = clock_boot();
	sqlite_backup_clean(s);
	sqlite_disk_open(&s->disk, s->path, options);
	s->serving = true;
	return &s->store;
}

struct store *store_sqlite_open(const struct store_sqlite_options *options, struct error *err)
{
	return sqlite_open(options, SQLITE_OPEN_WAIT_MS, err);
}
