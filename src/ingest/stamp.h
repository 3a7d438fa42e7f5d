/*
 * The times that senders put into alerts. People type RFC 3339 to us and that is
 * all they may type (base/rfc3339.h); programs send what they have.
 */
#ifndef TOCSIN_INGEST_STAMP_H
#define TOCSIN_INGEST_STAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "core/zone.h"

/*
 * text is unescaped; number says that it was a JSON number. Taken are
 *	RFC 3339, also with an offset of four digits ("+0000");
 *	a count since 1970 as a number, or as a string of digits with at most one
 *	point: below 1e11 seconds, below 1e14 milliseconds, below 1e17
 *	microseconds, else nanoseconds; decimals are allowed, and read exactly;
 *	"Mar 01 2026 08:00:00", with or without milliseconds and an offset behind it,
 *	as CEF has it.
 * Finer parts than a millisecond are cut off.
 *
 * 0 with *ret_at; 1 when the sender means "not set": empty text, a count of
 * zero, and the zero time of Go and .NET, 0001-01-01T00:00:00; -1 with *err,
 * among others for a time without an offset: which zone it is in cannot be
 * known, and a guess would move a deadline.
 */
int stamp_parse(const char *text, size_t len, bool number, int64_t *ret_at,
	struct error *err);

/* What a source's mapping knows beside the text. */
struct stamp_hint {
	const struct zone *zone;	/* of a time without an offset; NULL: it is refused */
	const char *letters;		/* first tried in this form; NULL: none */
};
/* The same with what is known; *ret_assumed: the zone was the hint's. */
int stamp_read(const struct stamp_hint *hint, const char *text, size_t len, bool number,
	int64_t *ret_at, bool *ret_assumed, struct error *err);

/* A time in a stated form (stamp_form.c): the letters yMdHhmsSazZXE as in Java's
 * SimpleDateFormat, other letters in single quotes, anything else for itself. */
struct stamp_civil {
	struct civil civil;
	int32_t offset_s;
	bool has_offset;
};
int stamp_form(const char *letters, const char *text, size_t len, struct stamp_civil *ret);

#endif
