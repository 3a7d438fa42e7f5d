/*
 * What a format makes of one alert, path by path: for the person who is writing the
 * format. Nothing here is on the way that alerts take.
 */
#ifndef TOCSIN_INGEST_EXPLAIN_H
#define TOCSIN_INGEST_EXPLAIN_H

#include "ingest/try.h"

/* One path that was looked at. */
struct explained {
	const char *field;	/* "title", "severity", ... as the format calls it */
	const char *path;
	const char *found;	/* the text there; NULL: none */
	const char *meaning;	/* what it became, where that differs; NULL */
	const char *why;	/* why it does not count; NULL: it does */
};
typedef void explain_fn(void *arg, const struct explained *explained);

/* Field after field, of each the paths in their order up to the one that counts. Texts
 * are made in the arena. seen->values must be there. */
void explain_alert(const struct ingest_seen *seen, struct arena *arena, explain_fn *fn,
	void *arg);

#endif
