/* What the tests of rotas and hours share. */
#ifndef TOCSIN_TESTS_UNIT_ROTA_FIXTURE_H
#define TOCSIN_TESTS_UNIT_ROTA_FIXTURE_H

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/rfc3339.h"
#include "base/text.h"
#include "core/zone.h"

static inline struct zone *zone_named(const char *name)
{
	struct zone *zone = NULL;
	struct error err = { .text = "" };
	struct buf tzif;
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", TOCSIN_ZONEINFO, name);
	buf_init(&tzif, 256 * 1024);
	if (file_read(path, 256 * 1024, &tzif, &err) == 0)
		zone = zone_parse(name, tzif.data, tzif.len, &err);
	buf_release(&tzif);
	if (zone == NULL)
		fail_msg("%s: %s (the package tzdata is needed)", path, err.text);
	return zone;
}

static inline int64_t time_of(const char *text)
{
	struct error err;
	int64_t at = 0;

	if (rfc3339_parse(text, strlen(text), &at, &err) < 0)
		fail_msg("%s: %s", text, err.text);
	return at;
}

static inline const char *text_of(int64_t at)
{
	static char text[4][RFC3339_SIZE];
	static int i;
	char *out = text[i++ % 4];

	if (at == TIME_NONE)
		return "never";
	rfc3339_format(at, out);
	return out;
}

#endif
