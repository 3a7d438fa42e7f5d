/*
 * One source format made ready for scanning: its paths compiled once, and the
 * way from the values that a scan has found to an alert.
 */
#ifndef TOCSIN_INGEST_MAPPING_H
#define TOCSIN_INGEST_MAPPING_H

#include "config/conf.h"
#include "engine/alert.h"
#include "ingest/scan.h"

enum {
	ALERT_TITLE_CHARS = 300, ALERT_TITLE_BYTES = 4 * ALERT_TITLE_CHARS,
	ALERT_DESCRIPTION_BYTES = 16 * 1024,
	ALERT_KEY_BYTES = 500,
	MAPPING_LEVELS_MAX = 4,
};

/* Which of the scanned values belong to a field: a run of mapping.at. */
struct mapping_field {
	size_t first, n;
};

/* A test, or with and_next the first part of one that goes on in the next. */
struct mapping_test {
	size_t value;
	const struct conf_test *test;
	bool and_next;
};

/* Any of a run of mapping.tests. */
struct mapping_tests {
	size_t first, n;
};

/* One path of "each": its first level is among the outer paths, the others are of
 * the elements, one by one. */
struct mapping_each {
	bool whole;			/* ".": the document itself */
	struct scan_paths *inner[MAPPING_LEVELS_MAX - 1];
	size_t n_inner;
};

struct mapping {
	const struct conf_format *format;
	struct scan_paths *paths;	/* of an alert */
	struct scan_paths *outer;	/* of the document around alerts: the first levels of
					 * "each", then what is asked for there (^); NULL: a
					 * document is one alert */
	struct mapping_each *each;
	size_t n_paths, n_each, n_outer;
	uint8_t at[SCAN_PATHS_MAX];	/* of a field's paths, the value's place */
	struct mapping_field *keys;
	struct mapping_field title, description, severity, detected, aware, entity, time_format;
	struct mapping_test *checks;
	struct mapping_tests resolved, updates, tests, significant;
};

/* Borrows the format. Errors name the format's file. */
int mapping_init(struct mapping *m, const struct conf_format *format, struct error *err);
void mapping_release(struct mapping *m);

/* values: those that scan() filled for m->paths, and behind them, for a document
 * with alerts in it, those for m->outer from n_each on. The alert's own bytes are in
 * item. Texts are made in the arena. -1 when there is no title, awareness is stated
 * without an offset, or the entity is none of the format's map, with a pointer to the
 * place. */
int mapping_apply(const struct mapping *m, const struct scan_value *values,
	const char *item, size_t len, struct arena *arena, struct alert *ret,
	struct error *err);

/* "rule.description" -> "/rule/description", "list[0].uid" -> "/list/0/uid", cut
 * at size: a path as the RFC 6901 pointer to its nested reading. */
void mapping_pointer(const char *path, char *out, size_t size);

/* ---- the parts, for who shows what was found and why not (explain.c) ---- */

const struct scan_value *mapping_value(const struct mapping *m,
	const struct scan_value *values, struct mapping_field field, size_t i);
/* The text of one value with blanks for control bytes; NULL when that is none. */
char *mapping_text(const struct scan_value *value, size_t max, bool multiline,
	struct arena *arena);
/* 0, or -1 when no rule has this text. */
int mapping_severity(const struct conf_format *format, const char *text,
	enum severity *ret);
/* As stamp_read of the value; -1 also when it is no text. */
int mapping_time(const struct mapping *m, const struct scan_value *values,
	const struct scan_value *value, struct arena *arena, int64_t *ret_at,
	bool *ret_assumed, struct error *err);
/* The map's entity, or the text itself without a map; NULL: it is not in the map. */
const char *mapping_entity(const struct conf_format *format, const char *text);
bool mapping_tests_hold(const struct mapping *m, const struct scan_value *values,
	struct mapping_tests tests, struct arena *arena);

#endif
