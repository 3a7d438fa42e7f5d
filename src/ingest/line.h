/*
 * Records that are lines of text: CEF and LEEF, behind whatever syslog has put in
 * front of them. Values are found for the same compiled paths as in JSON (scan.h);
 * a path is the name of a field as a whole, dots included. The fields of the header
 * are called cef.vendor, cef.product, cef.version, cef.event, cef.name, cef.severity,
 * and leef.vendor, leef.product, leef.version, leef.event. Of a field that is there
 * twice the first counts, and a header is before everything a record says of itself.
 */
#ifndef TOCSIN_INGEST_LINE_H
#define TOCSIN_INGEST_LINE_H

#include "config/conf.h"
#include "ingest/scan.h"

enum { LINE_FIELDS_MAX = 1000 };

/*
 * One record. values as scan() fills them: texts without escapes, in the line or in
 * the arena; bytes that are no UTF-8 become "?". *ret_start: where the record begins
 * in the line, behind the header of syslog, which has a time of its own in it.
 * -1 with a text that names the place, never the content.
 */
int line_scan(enum syntax syntax, const struct scan_paths *paths, const char *line,
	size_t len, struct arena *arena, struct scan_value *values, size_t *ret_start,
	struct error *err);

/* Is there anything in the body that begins a record? */
bool line_has_record(enum syntax syntax, const char *body, size_t len);
const char *line_syntax_name(enum syntax syntax);

/* The next line of a body from *at, without its end; false: there is none. Blank
 * lines are passed over. */
bool line_next(const char *body, size_t len, size_t *at, const char **ret, size_t *ret_len);

#endif
