/*
 * A full disk is foreseen. New work is refused while less than the floor is
 * free, so that clocks and deliveries, which need little, can go on. When the
 * disk fills up all the same, SQLite cannot even delete or checkpoint (measured);
 * then a ballast file beside the database is given up, once, and its room carries
 * the clocks until somebody has made more. It comes back when there is room for it
 * above the floor.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "store/sqlite.h"

enum { CHECK_MS = 1000 };	/* a burst of requests asks the file system once */

/* -1 when it cannot be told: a file system that does not say is not refused. */
static int64_t bytes_free(const struct sqlite_disk *disk)
{
	struct statvfs st;

	if (statvfs(disk->path, &st) < 0)
		return -1;
	return (int64_t)st.f_bavail * (int64_t)st.f_frsize;
}

static int64_t ballast_size(const struct sqlite_disk *disk)
{
	struct stat st;

	return stat(disk->ballast_path, &st) < 0 ? 0 : (int64_t)st.st_size;
}

/* Blocks that are really taken: a sparse file would be no ballast. */
static int ballast_make(const struct sqlite_disk *disk)
{
	int fd = open(disk->ballast_path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int rc;

	if (fd < 0)
		return errno;
	rc = posix_fallocate(fd, 0, disk->ballast);
	close(fd);
	if (rc != 0)
		unlink(disk->ballast_path);
	return rc;
}

/* Returns an errno when there is room but the file cannot be made. */
static int ballast_ensure(struct sqlite_disk *disk)
{
	int64_t have, room;
	int rc;

	if (disk->ballast <= 0 || disk->ballast_there)
		return 0;
	have = ballast_size(disk);
	room = bytes_free(disk);
	if (have < disk->ballast && room >= 0 && room < disk->floor + disk->ballast - have)
		return 0;
	rc = have < disk->ballast ? ballast_make(disk) : 0;
	disk->ballast_there = rc == 0;
	return rc;
}

void sqlite_disk_open(struct sqlite_disk *disk, const char *path,
	const struct store_sqlite_options *options)
{
	int rc;

	*disk = (struct sqlite_disk){ .path = path, .floor = options->disk_floor,
		.ballast = options->ballast, .ballast_path = xasprintf("%s-ballast", path),
		.checked_at = clock_boot() - CHECK_MS };
	rc = ballast_ensure(disk);
	if (rc != 0)
		log_warning("store", "%s: %s, ignoring", disk->ballast_path, strerror(rc));
	else if (disk->ballast > 0 && !disk->ballast_there)
		log_kind(LOG_LEVEL_WARNING, "store", MESSAGE_DISK_FULL,
			"no room for %s: new work is refused until there is",
			disk->ballast_path);
	/* What cannot be made at all must not refuse work for ever. */
	if (rc != 0)
		disk->ballast = 0;
}

void sqlite_disk_close(struct sqlite_disk *disk)
{
	free(disk->ballast_path);
	disk->ballast_path = NULL;
}

void sqlite_disk_full(struct sqlite_disk *disk)
{
	if (!disk->ballast_there)
		return;
	disk->ballast_there = false;
	if (unlink(disk->ballast_path) < 0)
		log_kind(LOG_LEVEL_WARNING, "store", MESSAGE_DISK_FULL,
			"the disk is full, and %s: %s, ignoring", disk->ballast_path, strerror(errno));
	else
		log_kind(LOG_LEVEL_WARNING, "store", MESSAGE_DISK_FULL,
			"the disk is full: gave up %s, refusing new work", disk->ballast_path);
}

void sqlite_disk_upkeep(struct sqlite_disk *disk)
{
	if (disk->ballast <= 0 || disk->ballast_there)
		return;
	/* Not of the very room that giving it up has made. */
	if (bytes_free(disk) < disk->floor + 2 * disk->ballast)
		return;
	if (ballast_ensure(disk) == 0 && disk->ballast_there)
		log_kind(LOG_LEVEL_NOTICE, "store", MESSAGE_DISK_ROOM,
			"there is room again: made %s anew", disk->ballast_path);
}

static void set_low(struct sqlite_disk *disk, bool low)
{
	if (low && !disk->low)
		log_kind(LOG_LEVEL_WARNING, "store", MESSAGE_DISK_FULL,
			"less than disk_floor is free for %s: refusing new work", disk->path);
	else if (!low && disk->low)
		log_kind(LOG_LEVEL_NOTICE, "store", MESSAGE_DISK_ROOM,
			"there is room again for %s: taking new work", disk->path);
	disk->low = low;
}

bool sqlite_disk_is_low(struct sqlite_disk *disk)
{
	int64_t now, room;

	if (disk->ballast > 0 && !disk->ballast_there)
		return true;
	if (disk->floor <= 0)
		return false;
	now = clock_boot();
	if (now - disk->checked_at >= CHECK_MS) {
		room = bytes_free(disk);
		set_low(disk, room >= 0 && room < disk->floor);
		disk->checked_at = now;
	}
	return disk->low;
}
