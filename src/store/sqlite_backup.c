/*
 * A copy of the store, made while it serves: SQLite's online backup, a few pages at a
 * time, over the one connection, so that what is written meanwhile gets into the copy
 * too (sqlite.org/c3ref/backup_finish.html). The copy is one file without a WAL and
 * without a store id: whoever opens it makes a new one, so that what a restored store
 * sends is not taken for what the other one has sent.
 *
 * A fault here is the copy's, and the store goes on.
 */
#include "config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "store/sqlite.h"

struct store_backup {
	sqlite3 *db;
	sqlite3_backup *backup;
	char *path;		/* NULL: it has no name any more */
};

static int fail(const struct store_backup *b, int rc, struct error *err)
{
	if ((rc & 0xff) == SQLITE_FULL)
		return error_set(err, ERROR_FULL, "the disk has no room for a copy");
	return error_set(err, ERROR_IO, "copying the store to %s: %s", b->path,
		sqlite3_errstr(rc));
}

/* "PATH-backup" would be the name of somebody's own copy. */
static char *path_beside(const struct sqlite_store *s)
{
	return xasprintf("%s-backup.partial", s->path);
}

static void remove_file(const char *path)
{
	char *journal = xasprintf("%s-journal", path);

	unlink(journal);
	unlink(path);
	free(journal);
}

void sqlite_backup_clean(const struct sqlite_store *s)
{
	char *path = path_beside(s);

	remove_file(path);
	free(path);
}

int sqlite_backup_begin(struct store *store, struct store_backup **ret, struct error *err)
{
	struct sqlite_store *s = sqlite_of(store);
	struct store_backup *b = xcalloc(1, sizeof(*b));
	int fd, rc;

	b->path = path_beside(s);
	fd = open(b->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
	rc = fd < 0 ? SQLITE_CANTOPEN : sqlite3_open_v2(b->path, &b->db, SQLITE_OPEN_READWRITE |
		SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE, NULL);
	/* It is synced where it arrives. */
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(b->db, "PRAGMA synchronous = OFF", NULL, NULL, NULL);
	if (rc == SQLITE_OK) {
		b->backup = sqlite3_backup_init(b->db, "main", s->db, "main");
		rc = b->backup != NULL ? SQLITE_OK : sqlite3_errcode(b->db);
	}
	if (rc != SQLITE_OK) {
		fail(b, rc, err);
		sqlite_backup_end(store, b);
		return -1;
	}
	*ret = b;
	return 0;
}

int sqlite_backup_step(struct store *store, struct store_backup *b, bool *ret_more,
	struct error *err)
{
	int rc = sqlite3_backup_step(b->backup,
		(int)(STORE_BACKUP_BYTES / sqlite_of(store)->page_size));

	*ret_more = rc == SQLITE_OK || (rc & 0xff) == SQLITE_BUSY || (rc & 0xff) == SQLITE_LOCKED;
	return *ret_more || rc == SQLITE_DONE ? 0 : fail(b, rc, err);
}

int sqlite_backup_finish(struct store *store, struct store_backup *b, int *ret_fd,
	struct error *err)
{
	int rc = sqlite3_backup_finish(b->backup);

	(void)store;
	b->backup = NULL;
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(b->db, "PRAGMA journal_mode = DELETE;"
			"DELETE FROM meta WHERE name = '" META_STORE_ID "'", NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_close(b->db);
	if (rc != SQLITE_OK)
		return fail(b, rc, err);
	b->db = NULL;
	*ret_fd = open(b->path, O_RDONLY | O_CLOEXEC);
	return *ret_fd >= 0 ? 0 : fail(b, SQLITE_CANTOPEN, err);
}

void sqlite_backup_end(struct store *store, struct store_backup *b)
{
	(void)store;
	if (b == NULL)
		return;
	if (b->backup != NULL)
		sqlite3_backup_finish(b->backup);
	sqlite3_close(b->db);
	remove_file(b->path);
	free(b->path);
	free(b);
}
