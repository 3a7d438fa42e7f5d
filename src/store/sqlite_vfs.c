/*
 * A layer of SQLite's between its pager and the files: writes that follow one another
 * go to the kernel together. SQLite writes a WAL frame in two pieces and a checkpoint
 * page by page, which made seven calls for each alert, a sixth of its cost (measured).
 *
 * Nothing about durability changes: what is held back is written before every sync,
 * and a commit is a sync. It is written as well before anything reads or resizes the
 * file, so that SQLite never sees a file without what it wrote. An error of a write
 * that was held back is that of the call that made it go out, which is at the latest
 * the sync of the commit it belongs to.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "store/sqlite.h"

/* SQLite's own layer takes less than 128 KiB at a time. */
enum { HELD_MAX = 64 * 1024 };

struct file {
	sqlite3_file base;
	char *held;		/* HELD_MAX; made with the first write */
	sqlite3_int64 at;	/* where it belongs in the file */
	int len;
	sqlite3_file *real;	/* behind this struct */
};

static struct file *file_of(sqlite3_file *f)
{
	return (struct file *)f;	/* its first member */
}

static sqlite3_file *real_of(sqlite3_file *f)
{
	return file_of(f)->real;
}

static int flush(struct file *f)
{
	int len = f->len;

	f->len = 0;
	return len == 0 ? SQLITE_OK : f->real->pMethods->xWrite(f->real, f->held, len, f->at);
}

static int file_close(sqlite3_file *base)
{
	struct file *f = file_of(base);
	int rc = flush(f), closed = f->real->pMethods->xClose(f->real);

	free(f->held);
	return rc != SQLITE_OK ? rc : closed;
}

static int file_read(sqlite3_file *base, void *data, int n, sqlite3_int64 at)
{
	int rc = flush(file_of(base));

	return rc != SQLITE_OK ? rc : real_of(base)->pMethods->xRead(real_of(base), data, n, at);
}

static int file_write(sqlite3_file *base, const void *data, int n, sqlite3_int64 at)
{
	struct file *f = file_of(base);
	int rc;

	if (f->len > 0 && (at != f->at + f->len || n > HELD_MAX - f->len)) {
		rc = flush(f);
		if (rc != SQLITE_OK)
			return rc;
	}
	if (n > HELD_MAX)
		return f->real->pMethods->xWrite(f->real, data, n, at);
	if (f->held == NULL)
		f->held = xmalloc(HELD_MAX);
	if (f->len == 0)
		f->at = at;
	memcpy(f->held + f->len, data, (size_t)n);
	f->len += n;
	return SQLITE_OK;
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size)
{
	int rc = flush(file_of(base));

	return rc != SQLITE_OK ? rc : real_of(base)->pMethods->xTruncate(real_of(base), size);
}

static int file_sync(sqlite3_file *base, int flags)
{
	int rc = flush(file_of(base));

	return rc != SQLITE_OK ? rc : real_of(base)->pMethods->xSync(real_of(base), flags);
}

static int file_size(sqlite3_file *base, sqlite3_int64 *ret)
{
	int rc = flush(file_of(base));

	return rc != SQLITE_OK ? rc : real_of(base)->pMethods->xFileSize(real_of(base), ret);
}

static int file_lock(sqlite3_file *base, int level)
{
	return real_of(base)->pMethods->xLock(real_of(base), level);
}

static int file_unlock(sqlite3_file *base, int level)
{
	int rc = flush(file_of(base));

	return rc != SQLITE_OK ? rc : real_of(base)->pMethods->xUnlock(real_of(base), level);
}

static int file_check_reserved(sqlite3_file *base, int *ret)
{
	return real_of(base)->pMethods->xCheckReservedLock(real_of(base), ret);
}

static int file_control(sqlite3_file *base, int op, void *arg)
{
	return real_of(base)->pMethods->xFileControl(real_of(base), op, arg);
}

static int file_sector_size(sqlite3_file *base)
{
	return real_of(base)->pMethods->xSectorSize(real_of(base));
}

static int file_characteristics(sqlite3_file *base)
{
	return real_of(base)->pMethods->xDeviceCharacteristics(real_of(base));
}

/* Version 1: without shared memory, which nobody needs who has the file alone, and
 * without mapping it. */
static const sqlite3_io_methods methods = {
	.iVersion = 1, .xClose = file_close, .xRead = file_read, .xWrite = file_write,
	.xTruncate = file_truncate, .xSync = file_sync, .xFileSize = file_size,
	.xLock = file_lock, .xUnlock = file_unlock, .xCheckReservedLock = file_check_reserved,
	.xFileControl = file_control, .xSectorSize = file_sector_size,
	.xDeviceCharacteristics = file_characteristics,
};

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags,
	int *ret_flags)
{
	sqlite3_vfs *below = sqlite3_vfs_find("unix");
	struct file *f = file_of(base);
	int rc;

	(void)vfs;
	/* Journals of a rollback and files for a while are left as they are. */
	if ((flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)) == 0)
		return below->xOpen(below, name, base, flags, ret_flags);
	memset(f, 0, sizeof(*f));
	f->real = (sqlite3_file *)(f + 1);
	rc = below->xOpen(below, name, f->real, flags, ret_flags);
	/* Methods that are set are closed even where the opening failed. */
	if (f->real->pMethods != NULL)
		base->pMethods = &methods;
	return rc;
}

const char *sqlite_vfs(void)
{
	static sqlite3_vfs vfs;		/* SQLite keeps it in its list */
	const sqlite3_vfs *below = sqlite3_vfs_find("unix");

	if (below == NULL)
		return NULL;
	if (vfs.zName == NULL) {
		vfs = *below;
		vfs.pNext = NULL;
		vfs.zName = "tocsin";
		vfs.szOsFile = (int)sizeof(struct file) + below->szOsFile;
		vfs.xOpen = vfs_open;
		sqlite3_vfs_register(&vfs, 0);
	}
	return vfs.zName;
}
