/*
 * A request body cut into documents. Senders post one object, an array of
 * objects, or objects one after another (NDJSON, or with any white space or
 * none between them), and their Content-Type cannot be relied upon, so the first
 * byte decides.
 *
 * A body is scanned once. Where a document ends is known only to who scans it,
 * so the callback does both: it gets the place where a document begins, scans
 * from there with the paths it wants (ingest/scan.h) and says how far it came.
 *
 *	ptrdiff_t take(void *arg, const char *item, size_t len,
 *		const struct error *bad, struct error *err)
 *	{
 *		if (bad != NULL)
 *			... count it, keep item .. item + len as evidence; return 0;
 *		if (scan(paths, item, len, values, &used, err) < 0)
 *			return SPLIT_BROKEN;
 *		... the document is item .. item + used; return (ptrdiff_t)used;
 *	}
 */
#ifndef TOCSIN_INGEST_SPLIT_H
#define TOCSIN_INGEST_SPLIT_H

#include <stddef.h>

#include "base/error.h"

enum { SPLIT_STOP = -1, SPLIT_BROKEN = 0 };

/*
 * bad NULL: a document begins at item with a '{' and may take up to len bytes
 * (all that is left of the body, or less once something was broken). Returns how
 * many of them the document took, or SPLIT_BROKEN with *err when it is no JSON,
 * or SPLIT_STOP with *err to give up the whole body. A document that is JSON but
 * of no use is the callee's own matter: it notes so and returns its size.
 *
 * bad not NULL: the bytes item .. item + len are no document, for that reason;
 * everything after a SPLIT_BROKEN comes back this way. SPLIT_STOP gives up,
 * anything else goes on.
 */
typedef ptrdiff_t split_fn(void *arg, const char *item, size_t len,
	const struct error *bad, struct error *err);

/*
 * 0 when the end was reached, whatever was good or bad on the way: a good event
 * must not be lost for a bad neighbour. -1 when nothing of the body counts: it
 * begins with neither '{' nor '[', is empty, has more than max_items documents
 * (ERROR_TOO_LARGE; the callback has seen the first of them by then), or the
 * callback gave up.
 *
 * After a broken object the next one is looked for at the next line that begins
 * with a '{' in its first column: NDJSON has them there, and the objects inside
 * an indented one do not. From then on no document reaches beyond such a line. In
 * an array there is no such mark: from the first place that is no JSON, the rest
 * of the body is one bad item.
 */
int split_body(const char *body, size_t len, split_fn *fn, void *arg,
	unsigned int max_items, struct error *err);

/* The same for an array inside a document (SCAN_ARRAY of a scan). */
int split_array(const char *array, size_t len, split_fn *fn, void *arg,
	unsigned int max_items, struct error *err);

#endif
