/*
 * Answers questions about zones on stdin, for zones.py: "FILE" begins a zone, and
 * "INSTANT WALL" asks for its offset at an instant and for the instant of a wall
 * clock's time, both in seconds since 1970 (the latter as if it were UTC).
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "core/zone.h"

enum { FILE_SIZE_MAX = 1 << 20 };

static struct zone *zone_open(const char *path)
{
	struct error err = { .code = ERROR_NONE };
	struct zone *zone = NULL;
	struct buf b;

	buf_init(&b, 0);
	if (file_read(path, FILE_SIZE_MAX, &b, &err) == 0)
		zone = zone_parse("Area/Place", b.data, b.len, &err);
	buf_release(&b);
	if (zone == NULL)
		fprintf(stderr, "%s: %s\n", path, err.text);
	return zone;
}

static void answer(const struct zone *zone, int64_t at, int64_t wall)
{
	struct civil c;

	civil_from_ms(wall * SECOND_MS, &c);
	printf("%" PRId32 " %" PRId64 "\n", zone_offset(zone, at * SECOND_MS),
		zone_instant(zone, &c) / SECOND_MS);
}

int main(void)
{
	struct zone *zone = NULL;
	int64_t at, wall;
	char line[512];

	while (fgets(line, sizeof(line), stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '/') {
			zone_free(zone);
			zone = zone_open(line);
			if (zone == NULL)
				return 1;
		} else if (zone == NULL ||
				sscanf(line, "%" SCNd64 " %" SCNd64, &at, &wall) != 2) {
			fprintf(stderr, "not a question: %s\n", line);
			return 1;
		} else {
			answer(zone, at, wall);
		}
	}
	zone_free(zone);
	return 0;
}
