/*
 * Statements. Each is prepared when it is first used and kept; after each use it
 * is reset and its bindings are cleared, because a SELECT that is not reset keeps
 * a snapshot and so stops the WAL from starting over.
 *
 * This is also the one place that knows what a result code means. Once the store
 * serves, an I/O error or a damaged file ends the process: after a failed fsync
 * the kernel may have dropped the pages, and a COMMIT that failed may be there
 * again after a restart (measured). Only reading it all anew can tell.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/rfc3339.h"
#include "store/row.h"
#include "store/sqlite.h"

static void abort_on_damage(struct sqlite_store *s, int rc)
{
	int primary = rc & 0xff;

	if (primary == SQLITE_NOMEM || rc == SQLITE_IOERR_NOMEM)
		log_critical("store", "out of memory");
	else if (primary == SQLITE_IOERR || primary == SQLITE_CORRUPT ||
		primary == SQLITE_NOTADB)
		log_kind(LOG_LEVEL_CRITICAL, "store", MESSAGE_STORE_ERROR,
			"%s: %s (code %d, errno %d): stopping, because only a restart "
			"can tell what reached the disk", s->path,
			sqlite3_errmsg(s->db), rc, sqlite3_system_errno(s->db));
	else
		return;
	abort();
}

int sqlite_fail(struct sqlite_store *s, int rc, struct error *err)
{
	if (s->serving)
		abort_on_damage(s, rc);
	switch (rc & 0xff) {
	case SQLITE_FULL:
		sqlite_disk_full(&s->disk);
		return error_set(err, ERROR_FULL, "the disk is full");
	case SQLITE_TOOBIG:
		return error_set(err, ERROR_TOO_LARGE, "too large for the store");
	case SQLITE_BUSY:
		return error_set(err, ERROR_BUSY, "%s is in use by another process", s->path);
	case SQLITE_NOTADB:
		return error_set(err, ERROR_INVALID, "%s is not a database", s->path);
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
	case SQLITE_READONLY:
		return error_set(err, ERROR_IO, "%s: %s: %s", s->path, sqlite3_errstr(rc),
			strerror(sqlite3_system_errno(s->db)));
	case SQLITE_CONSTRAINT:
		if (rc == SQLITE_CONSTRAINT_FOREIGNKEY)
			return error_set(err, ERROR_NOT_FOUND,
				"no row that this one belongs to");
		if (rc == SQLITE_CONSTRAINT_UNIQUE || rc == SQLITE_CONSTRAINT_PRIMARYKEY ||
		    rc == SQLITE_CONSTRAINT_ROWID)
			return error_set(err, ERROR_CONFLICT, "already there");
		break;
	default:
		break;
	}
	return error_set(err, ERROR_INTERNAL, "store: %s (code %d)", sqlite3_errmsg(s->db),
		rc);
}

int sqlite_damaged(struct sqlite_store *s, const char *what, int64_t incident,
	struct error *err)
{
	if (s->serving) {
		log_kind(LOG_LEVEL_CRITICAL, "store", MESSAGE_STORE_ERROR, "%s: the %s of "
			"incident %lld cannot be read: stopping, because nothing in it can be "
			"relied on", s->path, what, (long long)incident);
		abort();
	}
	return error_set(err, ERROR_INVALID, "%s is damaged: the %s of incident %lld cannot "
		"be read", s->path, what, (long long)incident);
}

/* A change outside begin/commit would commit by itself, and one after SQLite has
 * undone the transaction on a full disk would too. */
static int check_change(struct sqlite_store *s, struct error *err)
{
	if (!s->in_transaction)
		return error_set(err, ERROR_INTERNAL, "store: a change outside a transaction");
	if (sqlite3_get_autocommit(s->db))
		return error_set(err, ERROR_FULL, "undone, because the disk is full");
	return 0;
}

int sqlite_call(struct sqlite_store *s, enum sqlite_noun noun, int query, const char *sql,
	struct sqlite_call *ret, struct error *err)
{
	sqlite3_stmt **slot = &s->statements[noun][query];

	if (*slot == NULL) {
		int rc = sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, slot,
			NULL);

		if (rc != SQLITE_OK)
			return sqlite_fail(s, rc, err);
	}
	if (sqlite3_stmt_busy(*slot))
		return error_set(err, ERROR_INTERNAL, "store: a list is used inside itself");
	if (noun != SQLITE_NOUN_TRANSACTION && !sqlite3_stmt_readonly(*slot) &&
	    check_change(s, err) < 0)
		return -1;
	*ret = (struct sqlite_call){ .s = s, .stmt = *slot };
	return 0;
}

static void bound(struct sqlite_call *c, int rc)
{
	if (rc != SQLITE_OK && c->rc == SQLITE_OK)
		c->rc = rc;
}

void bind_int(struct sqlite_call *c, int64_t value)
{
	bound(c, sqlite3_bind_int64(c->stmt, ++c->parameter, value));
}

/* Parameters are NULL until they are bound: NULL needs no call. */
void bind_time(struct sqlite_call *c, int64_t at)
{
	if (at == TIME_NONE)
		c->parameter++;
	else
		bind_int(c, at);
}

void bind_id(struct sqlite_call *c, int64_t id)
{
	if (id == 0)
		c->parameter++;
	else
		bind_int(c, id);
}

void bind_bytes(struct sqlite_call *c, const char *data, size_t len)
{
	bound(c, sqlite3_bind_text64(c->stmt, ++c->parameter, data, len, SQLITE_STATIC,
		SQLITE_UTF8));
}

void bind_text(struct sqlite_call *c, const char *text)
{
	if (text == NULL)
		c->parameter++;
	else
		bind_bytes(c, text, strlen(text));
}

void bind_blob(struct sqlite_call *c, const void *data, size_t len)
{
	bound(c, sqlite3_bind_blob64(c->stmt, ++c->parameter, data, len, SQLITE_STATIC));
}

static void bind_owned(struct sqlite_call *c, char *text)
{
	bound(c, sqlite3_bind_text64(c->stmt, ++c->parameter, text, strlen(text), free,
		SQLITE_UTF8));
}

void bind_words(struct sqlite_call *c, const char *const *words, size_t n, char separator)
{
	if (n <= 1)
		bind_text(c, n == 1 ? words[0] : NULL);
	else
		bind_owned(c, words_join(words, n, separator));
}

/* " a b ": names hold no space, so a name with a space on each side is found in
 * it only as a whole. */
void bind_entities(struct sqlite_call *c, const char *const *entities, size_t n)
{
	char *joined;

	if (n == 0) {
		c->parameter++;
		return;
	}
	joined = words_join(entities, n, ' ');
	bind_owned(c, xasprintf(" %s ", joined));
	free(joined);
}

void bind_limit(struct sqlite_call *c, int limit)
{
	bind_int(c, limit == 0 ? -1 : limit);
}

void call_end(struct sqlite_call *c)
{
	/* What reset returns is the error of the last step, which is known. */
	sqlite3_reset(c->stmt);
	sqlite3_clear_bindings(c->stmt);
}

int call_step(struct sqlite_call *c, struct error *err)
{
	int rc = c->rc == SQLITE_OK ? sqlite3_step(c->stmt) : c->rc;

	c->column = 0;
	if (rc == SQLITE_ROW)
		return 1;
	if (rc != SQLITE_DONE)
		sqlite_fail(c->s, rc, err);
	call_end(c);
	return rc == SQLITE_DONE ? 0 : -1;
}

int call_run(struct sqlite_call *c, struct error *err)
{
	return call_step(c, err);
}

int call_run_on(struct sqlite_call *c, const char *what, int64_t id, struct error *err)
{
	if (call_run(c, err) < 0)
		return -1;
	if (sqlite3_changes64(c->s->db) == 0)
		return error_set(err, ERROR_NOT_FOUND, "no %s %lld", what, (long long)id);
	return 0;
}

int call_instant(struct sqlite_call *c, int64_t *ret, struct error *err)
{
	int more = call_step(c, err);

	if (more < 0)
		return -1;
	*ret = more == 1 ? take_time(c) : TIME_NONE;
	if (more == 1)
		call_end(c);
	return 0;
}

int64_t take_int(struct sqlite_call *c)
{
	return sqlite3_column_int64(c->stmt, c->column++);
}

int64_t take_time(struct sqlite_call *c)
{
	int column = c->column++;

	return sqlite3_column_type(c->stmt, column) == SQLITE_NULL ? TIME_NONE
		: sqlite3_column_int64(c->stmt, column);
}

bool take_bool(struct sqlite_call *c)
{
	return take_int(c) != 0;
}

const char *take_text(struct sqlite_call *c, struct arena *arena)
{
	const char *text = (const char *)sqlite3_column_text(c->stmt, c->column);
	int len = sqlite3_column_bytes(c->stmt, c->column++);

	return text == NULL ? NULL : arena_strndup(arena, text, (size_t)len);
}

struct unpack take_packed(struct sqlite_call *c)
{
	const void *data = sqlite3_column_blob(c->stmt, c->column);
	int len = sqlite3_column_bytes(c->stmt, c->column++);
	struct unpack packed;

	unpack_init(&packed, data != NULL ? data : "", (size_t)len);
	return packed;
}
