/*
 * From bytes to a request head or a refusal: a pure function, so that it can be
 * attacked on its own. A strict subset of RFC 9112; whatever two readers could
 * take two ways is refused, and every refusal closes the connection.
 */
#ifndef TOCSIN_HTTP_PARSER_H
#define TOCSIN_HTTP_PARSER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	HTTP_HEAD_MAX = 16 * 1024,	/* bytes of request line and header */
	HTTP_HEADERS_MAX = 64,		/* header lines */
	HTTP_TARGET_MAX = 4 * 1024,
};

struct http_text {
	const char *data;	/* into the caller's bytes, not terminated */
	size_t len;
};

struct http_header {
	struct http_text name, value;
};

enum http_framing { HTTP_BODY_NONE, HTTP_BODY_LENGTH, HTTP_BODY_CHUNKED };

struct http_head {
	struct http_text method, target;
	int minor;			/* HTTP/1.minor: 0 or 1 */
	bool keep_alive;
	bool expect_continue;
	enum http_framing framing;
	uint64_t content_length;	/* HTTP_BODY_LENGTH */
	struct http_header headers[HTTP_HEADERS_MAX];
	size_t n_headers;
	size_t size;			/* bytes of the head, blank line included */
};

enum http_parse {
	HTTP_PARSE_MORE = 0,	/* not complete yet */
	HTTP_PARSE_DONE = 1,
	/* anything else: the status to refuse with, 400, 408, 413, 414, 417, 431, 501, 505 */
};

/* Looks at the bytes from their start. MORE is answered only while nothing is
 * wrong yet; a wrong first byte or a bare LF is refused at once. */
int http_parse_head(const char *data, size_t len, struct http_head *ret);

/* The first of that name, in any case; NULL when absent. */
const struct http_text *http_find(const struct http_head *head, const char *name);
/* In any case of letters. */
bool http_text_is(const struct http_text *t, const char *s);

/* The chunked decoder: strict, no extensions, no trailer fields. */
struct http_chunked {
	int state;
	uint64_t size;		/* as far as its digits have come */
	uint64_t left;		/* of the present chunk, once its size is known */
	unsigned int digits;
};

/* Decodes from data; *ret_used bytes were taken, *out_len bytes written to out
 * (never more than were taken). Returns HTTP_PARSE_MORE, HTTP_PARSE_DONE or 400. */
int http_chunked_decode(struct http_chunked *c, const char *data, size_t len,
	char *out, size_t *ret_out_len, size_t *ret_used);

/*
 * The target, taken apart: path segments decoded (RFC 3986), query kept raw.
 * Refused with 400: %00, %2f, "." and ".." segments, empty segments but a last
 * one, control bytes, bytes that are not UTF-8, a bad escape; with 414 what does
 * not fit. path is terminated; 0 when all is well.
 */
int http_target_split(const struct http_text *target, char *path, size_t size,
	struct http_text *ret_query);
/* The value of one query parameter, decoded (+ is a space). 1 found, 0 absent,
 * -1 malformed, given twice, or longer than size - 1. */
int http_query_get(const struct http_text *query, const char *name, char *out, size_t size);

#endif
