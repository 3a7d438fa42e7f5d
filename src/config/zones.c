/*
 * The time zones of a configuration: TZif files of the system, read when first
 * named. Bounded, because the calculator of the API lets a caller name zones;
 * the system has fewer than ZONES_MAX.
 *
 * What a file was (not what it held) is remembered with the zone, because tzdata is
 * updated under a daemon that runs for months, and then deadlines may move.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/text.h"
#include "config/data.h"

enum { TZIF_MAX = 256 * 1024 };

enum { ZONE_PATH_SIZE = 512 };

/* Which file a zone was read from: a package replaces it by rename(2), people edit
 * or touch it. All zero: none (UTC). */
struct zone_file {
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec modified;
	char digest[DIGEST_HEX_SIZE];	/* of what it held */
};

struct zones {
	const char *directory;
	struct zone *list[ZONES_MAX];
	struct zone_file files[ZONES_MAX];
	size_t n;
};

struct zones *zones_new(struct arena *arena, const char *directory)
{
	struct zones *zones = arena_alloc(arena, sizeof(*zones));

	zones->directory = arena_strdup(arena, directory);
	return zones;
}

static void zone_path(const struct zones *zones, const char *name, char ret[ZONE_PATH_SIZE])
{
	snprintf(ret, ZONE_PATH_SIZE, "%s/%s", zones->directory, name);
}

static int look_at(const char *path, struct zone_file *ret)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -1;
	*ret = (struct zone_file){ .device = st.st_dev, .inode = st.st_ino, .size = st.st_size,
		.modified = st.st_mtim };
	return 0;
}

static bool is_same(const struct zone_file *a, const struct zone_file *b)
{
	return a->device == b->device && a->inode == b->inode && a->size == b->size &&
		a->modified.tv_sec == b->modified.tv_sec &&
		a->modified.tv_nsec == b->modified.tv_nsec;
}

/* The database holds more than zones: copies that count leap seconds (right/,
 * 27 s off), copies by another name (posix/), and the machine's own setting. */
static bool is_no_zone(const char *name)
{
	return text_starts(name, "right/") || text_starts(name, "posix/") ||
		strcmp(name, "localtime") == 0 || strcmp(name, "posixrules") == 0;
}

static struct zone *read_zone(const struct zones *zones, const char *name,
	struct zone_file *ret_file, struct error *err)
{
	struct zone *zone = NULL;
	struct buf tzif;
	char path[ZONE_PATH_SIZE];

	*ret_file = (struct zone_file){ 0 };
	if (strcmp(name, "UTC") == 0)
		return zone_utc();
	if (zone_name_check(name, err) < 0)
		return NULL;
	zone_path(zones, name, path);
	buf_init(&tzif, TZIF_MAX);
	/* Looked at before it is read: what changes in between is noticed later. */
	if (is_no_zone(name) || look_at(path, ret_file) < 0 ||
	    file_read(path, TZIF_MAX, &tzif, err) < 0)
		error_set(err, ERROR_NOT_FOUND, "unknown time zone \"%.64s\"", name);
	else
		zone = zone_parse(name, tzif.data, tzif.len, err);
	digest_sha256_hex(tzif.data, tzif.len, ret_file->digest);
	buf_release(&tzif);
	return zone;
}

const struct zone *zones_get(void *arg, const char *name, struct error *err)
{
	struct zones *zones = arg;
	struct zone *zone;
	size_t i;

	for (i = 0; i < zones->n; i++)
		if (strcmp(zone_name(zones->list[i]), name) == 0)
			return zones->list[i];
	if (zones->n == ZONES_MAX) {
		error_set(err, ERROR_BUSY, "more than %d time zones in use", ZONES_MAX);
		return NULL;
	}
	zone = read_zone(zones, name, &zones->files[zones->n], err);
	if (zone != NULL)
		zones->list[zones->n++] = zone;
	return zone;
}

bool zones_changed(const struct zones *zones)
{
	char path[ZONE_PATH_SIZE];
	struct zone_file now;
	size_t i;

	for (i = 0; i < zones->n; i++) {
		if (zones->files[i].inode == 0)
			continue;
		zone_path(zones, zone_name(zones->list[i]), path);
		if (look_at(path, &now) == 0 && !is_same(&now, &zones->files[i]))
			return true;
	}
	return false;
}

bool conf_zones_changed(const struct conf *conf)
{
	return zones_changed(conf->book.zone_arg);
}

bool conf_zone_digest(const struct conf *conf, const char *name, char ret[DIGEST_HEX_SIZE])
{
	const struct zones *zones = conf->book.zone_arg;
	size_t i;

	for (i = 0; i < zones->n; i++) {
		if (strcmp(zone_name(zones->list[i]), name) != 0 || zones->files[i].inode == 0)
			continue;
		memcpy(ret, zones->files[i].digest, DIGEST_HEX_SIZE);
		return true;
	}
	return false;
}

void zones_release(struct zones *zones)
{
	while (zones != NULL && zones->n > 0)
		zone_free(zones->list[--zones->n]);
}
