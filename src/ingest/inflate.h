/* A request body that came with Content-Encoding: gzip (RFC 1952), by zlib. */
#ifndef TOCSIN_INGEST_INFLATE_H
#define TOCSIN_INGEST_INFLATE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"

/*
 * Appends what the members of a gzip stream hold, one after another (RFC 1952
 * §2.2), to *out. The limit is on the inflated size and is kept while inflating:
 * more than max bytes is ERROR_TOO_LARGE. A stream that is cut short, damaged,
 * or followed by anything but another member is ERROR_INVALID. After -1 *out may
 * hold a part, which is to be thrown away.
 */
int inflate_gzip(const void *data, size_t len, size_t max, struct buf *out,
	struct error *err);

#endif
