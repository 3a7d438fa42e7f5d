/* A body read by one format for somebody to look at: no configuration, and nothing is
 * taken in. */
#ifndef TOCSIN_INGEST_TRY_H
#define TOCSIN_INGEST_TRY_H

#include "ingest/mapping.h"

/* What was found in one alert of a body: alert NULL when it was rejected, values NULL
 * when it could not be scanned. */
struct ingest_seen {
	const struct mapping *mapping;
	const struct scan_value *values;
	const char *item;
	size_t len;
	const struct alert *alert;
	const struct error *why;
};
typedef void ingest_seen_fn(void *arg, const struct ingest_seen *seen);
/* Reads a body by one format, without a configuration, and shows each alert. */
int ingest_try(const struct conf_format *format, const char *body, size_t len,
	struct arena *arena, ingest_seen_fn *fn, void *arg, struct error *err);

#endif
