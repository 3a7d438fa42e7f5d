/*
 * Inflating with a ceiling: see inflate.h. zlib gets a small piece of room at a
 * time, so a bomb of a few bytes costs no more than the ceiling it runs into.
 */
#include "config.h"

#include <limits.h>

#define ZLIB_CONST	/* next_in takes a pointer to const */
#include <zlib.h>

#include "ingest/inflate.h"

enum { PIECE = 16 * 1024, GZIP_ONLY = 16 };

/* Inflates into one piece of room and appends it: zlib's answer, or Z_BUF_ERROR
 * when nothing more can come, or Z_ERRNO when max would be passed. */
static int inflate_piece(z_stream *z, size_t max, size_t *total, struct buf *out)
{
	unsigned char piece[PIECE];
	size_t n;
	int r;

	z->next_out = piece;
	z->avail_out = sizeof(piece);
	r = inflate(z, Z_NO_FLUSH);
	n = sizeof(piece) - z->avail_out;
	if (n > max - *total || buf_add(out, piece, n) < 0)
		return Z_ERRNO;
	*total += n;
	return r;
}

static int inflate_members(z_stream *z, size_t max, struct buf *out, struct error *err)
{
	size_t total = 0;

	for (;;) {
		switch (inflate_piece(z, max, &total, out)) {
		case Z_OK:
			break;
		case Z_STREAM_END:
			if (z->avail_in == 0)
				return 0;
			inflateReset(z);
			break;
		case Z_ERRNO:
			return error_set(err, ERROR_TOO_LARGE,
				"inflates to more than %zu bytes", max);
		case Z_MEM_ERROR:
			return error_set(err, ERROR_BUSY, "no memory to inflate");
		default:
			return error_set(err, ERROR_INVALID, "not valid gzip");
		}
	}
}

int inflate_gzip(const void *data, size_t len, size_t max, struct buf *out,
	struct error *err)
{
	z_stream z = { 0 };
	int r;

	if (len > UINT_MAX)
		return error_set(err, ERROR_TOO_LARGE, "more than %u bytes of gzip", UINT_MAX);
	if (inflateInit2(&z, MAX_WBITS + GZIP_ONLY) != Z_OK)
		return error_set(err, ERROR_BUSY, "no memory to inflate");
	z.next_in = data;
	z.avail_in = (uInt)len;
	r = inflate_members(&z, max, out, err);
	inflateEnd(&z);
	return r;
}
