/*
 * CloudEvents 1.0 in binary mode: the attributes are in headers of the request, and the
 * body is the data. A source's paths are of one document, so the two are put together
 * as structured mode has them (CloudEvents "HTTP Protocol Binding" §3.1, "JSON Event
 * Format" §3), and that is what is kept.
 */
#ifndef TOCSIN_INGEST_CLOUDEVENT_H
#define TOCSIN_INGEST_CLOUDEVENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"

/* Writes the head of the event into *out. */
void cloudevent_begin(struct buf *out);
/* Adds an attribute from its header, "ce-" in front; any other header is passed over.
 * The value is percent-decoded; -1 when that is no UTF-8. Bytes that stand there as
 * they are may be Latin-1. */
int cloudevent_attribute(struct buf *out, const char *name, size_t name_len,
	const char *value, struct error *err);
/* Adds the data: as JSON if that is what it is, else as text or base64; and ends. */
void cloudevent_end(struct buf *out, const char *type, const char *data, size_t len);

#endif
