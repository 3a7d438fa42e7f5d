/*
 * From the body of a request to the alerts in it, by the source's declared field
 * paths. See scan.h for the one pass over the bytes.
 */
#ifndef TOCSIN_INGEST_INGEST_H
#define TOCSIN_INGEST_INGEST_H

#include "config/conf.h"
#include "engine/command.h"
#include "ingest/try.h"

/* The paths of every format of a configuration, compiled; lives as long as the
 * configuration. */
struct ingest;
struct ingest *ingest_new(const struct conf *conf, struct error *err);
void ingest_free(struct ingest *ingest);	/* NULL is allowed */

/*
 * Reads a body (already inflated) into ret->alerts and ret->rejected; slices
 * point into the body, texts are made in the arena. -1 when nothing in it can be
 * read at all: then *err names the place. An alert without what its mapping needs
 * (a title) is rejected with a pointer to the path that was looked for.
 *
 * Where the format opens incidents of what it cannot read (conf_format.unparsed),
 * rejections have their bytes with them, and a body that is nothing at all is one
 * rejection; only one of no bytes, or with too many alerts, is -1.
 */
int ingest_read(const struct ingest *ingest, const struct conf_source *source,
	const char *body, size_t len, size_t max_alerts, struct arena *arena,
	struct command_alerts *ret, struct error *err);

/* The whole body as one rejection, for who could not even come to reading it. */
void ingest_reject_all(const struct conf_source *source, const char *body, size_t len,
	const struct error *why, struct arena *arena, struct command_alerts *ret);

#endif
