/*
 * The time zones of a configuration: TZif files of the system, read when first
 * named. Bounded, because the calculator of the API lets a caller name zones;
 * the system has fewer than ZONES_MAX.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "config/data.h"

enum { TZIF_MAX = 256 * 1024 };

struct zones {
	struct zone *list[ZONES_MAX];
	size_t n;
};

struct zones *zones_new(struct arena *arena)
{
	return arena_alloc(arena, sizeof(struct zones));
}

/* The database holds more than zones: copies that count leap seconds (right/,
 * 27 s off), copies by another name (posix/), and the machine's own setting. */
static bool is_no_zone(const char *name)
{
	return text_starts(name, "right/") || text_starts(name, "posix/") ||
		strcmp(name, "localtime") == 0 || strcmp(name, "posixrules") == 0;
}

static struct zone *read_zone(const char *name, struct error *err)
{
	struct zone *zone = NULL;
	struct buf tzif;
	char path[512];

	if (strcmp(name, "UTC") == 0)
		return zone_utc();
	if (zone_name_check(name, err) < 0)
		return NULL;
	snprintf(path, sizeof(path), "%s/%s", TOCSIN_ZONEINFO, name);
	buf_init(&tzif, TZIF_MAX);
	if (is_no_zone(name) || file_read(path, TZIF_MAX, &tzif, err) < 0)
		error_set(err, ERROR_NOT_FOUND, "unknown time zone \"%.64s\"", name);
	else
		zone = zone_parse(name, tzif.data, tzif.len, err);
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
	zone = read_zone(name, err);
	if (zone != NULL)
		zones->list[zones->n++] = zone;
	return zone;
}

void zones_release(struct zones *zones)
{
	while (zones != NULL && zones->n > 0)
		zone_free(zones->list[--zones->n]);
}
