/* What the two syntaxes of lines share: see line.h. */
#ifndef TOCSIN_INGEST_LINE_INTERNAL_H
#define TOCSIN_INGEST_LINE_INTERNAL_H

#include "ingest/line.h"

struct line {
	const char *start, *p, *end;	/* of the record */
	const struct scan_paths *paths;
	struct scan_value *values;
	struct arena *arena;
	size_t fields;
	struct error *err;
};

int line_fail(const struct line *l, const char *where, const char *what);
/* Keeps a value if a path asks for this name; escapes is which characters a backslash
 * may stand before, "" for none. */
int line_keep(struct line *l, const char *name, size_t name_len, const char *value,
	size_t len, const char *escapes);
/* From l->p to the next bar, or to the end when it is the last that is allowed. */
int line_header(struct line *l, const char *name, const char *escapes, bool last);

int cef_scan(struct line *l);
int leef_scan(struct line *l);

#endif
