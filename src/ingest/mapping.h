/*
 * One source format made ready for scanning: its paths compiled once, and the
 * way from the values that a scan has found to an alert.
 */
#ifndef TOCSIN_INGEST_MAPPING_H
#define TOCSIN_INGEST_MAPPING_H

#include "config/conf.h"
#include "engine/command.h"
#include "ingest/scan.h"

enum {
	ALERT_TITLE_CHARS = 300, ALERT_TITLE_BYTES = 4 * ALERT_TITLE_CHARS,
	ALERT_DESCRIPTION_BYTES = 16 * 1024,
	ALERT_KEY_BYTES = 500,
};

/* Which of the scanned values belong to a field: a run of paths. */
struct mapping_field {
	size_t first, n;
};

struct mapping {
	const struct conf_format *format;
	struct scan_paths *paths;
	struct scan_paths *each;	/* NULL: a document is one alert */
	struct mapping_field key, title, description, severity, detected, aware, entity;
	struct mapping_field resolved, tests;
};

/* Borrows the format. Errors name the format and the path. */
int mapping_init(struct mapping *m, const struct conf_format *format, struct error *err);
void mapping_release(struct mapping *m);

/* values as scan() filled them for m->paths. Texts are made in the arena; body is
 * the caller's to set. -1 when there is no title, or awareness is stated without an
 * offset, with a pointer to the place. */
int mapping_apply(const struct mapping *m, const struct scan_value *values,
	struct arena *arena, struct alert *ret, struct error *err);

/* "rule.description" -> "/rule/description", "list[0].uid" -> "/list/0/uid", cut
 * at size: a path as the RFC 6901 pointer to its nested reading. */
void mapping_pointer(const char *path, char *out, size_t size);

#endif
