/*
 * The request head: see parser.h. The end of the head is looked for first, line
 * by line, and only a complete head is taken apart; so what is answered depends
 * on the bytes alone and never on how they were cut into packets. While the end
 * is not there, only faults that more bytes cannot mend are reported: a first
 * byte that starts no method (a TLS hello on a plain port), an LF without CR, a
 * CR without LF, and a line or a head that is too long.
 *
 * Nothing is repaired. RFC 9112 allows a server to be lenient with line ends,
 * folding, spaces before a colon and repeated lengths; each of these has been
 * read in two ways by two programs in a row, which is how a second request is
 * smuggled in, so each is refused.
 */
#include "config.h"

#include <string.h>
#include <strings.h>

#include "http/parser.h"

enum {
	METHOD_MAX = 32,
	/* Method, target and version with the two spaces and CRLF. */
	LINE_MAX_BYTES = METHOD_MAX + 1 + HTTP_TARGET_MAX + 1 + 8 + 2,
	/* No length of ours has more digits; 19 nines still fit in 64 bits. */
	LENGTH_DIGITS_MAX = 19,
};

/* RFC 9110, section 5.6.2 */
static const bool token_bytes[256] = {
	['a' ... 'z'] = true, ['A' ... 'Z'] = true, ['0' ... '9'] = true,
	['!'] = true, ['#'] = true, ['$'] = true, ['%'] = true, ['&'] = true, ['\''] = true,
	['*'] = true, ['+'] = true, ['-'] = true, ['.'] = true, ['^'] = true, ['_'] = true,
	['`'] = true, ['|'] = true, ['~'] = true,
};

/* RFC 3986, section 3.2.2 and 3.2.3: uri-host [ ":" port ] */
static const bool host_bytes[256] = {
	['a' ... 'z'] = true, ['A' ... 'Z'] = true, ['0' ... '9'] = true,
	['-'] = true, ['.'] = true, ['_'] = true, ['~'] = true, ['%'] = true, ['!'] = true,
	['$'] = true, ['&'] = true, ['\''] = true, ['('] = true, [')'] = true, ['*'] = true,
	['+'] = true, [','] = true, [';'] = true, ['='] = true, [':'] = true, ['['] = true,
	[']'] = true,
};

static bool all_in(const struct http_text *t, const bool bytes[256])
{
	size_t i;

	for (i = 0; i < t->len; i++)
		if (!bytes[(unsigned char)t->data[i]])
			return false;
	return t->len > 0;
}

/* Finds the blank line. MORE, DONE with *ret_size, or a status. */
static int find_end(const char *data, size_t len, size_t *ret_size)
{
	size_t limit = len < HTTP_HEAD_MAX ? len : HTTP_HEAD_MAX;
	size_t line = 0;

	for (;;) {
		bool first = line == 0 && limit >= LINE_MAX_BYTES;
		size_t stop = first ? LINE_MAX_BYTES : limit;
		const char *lf = memchr(data + line, '\n', stop - line);
		size_t end = lf != NULL ? (size_t)(lf - data) : stop;
		const char *cr = memchr(data + line, '\r', end - line);

		if (cr != NULL && (size_t)(cr - data) + 1 < end)
			return 400;
		if (lf == NULL && first)
			return 414;
		if (lf == NULL)
			return limit == HTTP_HEAD_MAX ? 431 : HTTP_PARSE_MORE;
		if (cr == NULL)
			return 400;
		if (cr == data + line) {
			*ret_size = end + 1;
			return HTTP_PARSE_DONE;
		}
		line = end + 1;
	}
}

static int parse_version(const char *p, size_t len, struct http_head *ret)
{
	if (len != 8 || memcmp(p, "HTTP/", 5) != 0 || p[6] != '.' ||
	    p[5] < '0' || p[5] > '9' || p[7] < '0' || p[7] > '9')
		return 400;
	if (p[5] != '1' || p[7] > '1')
		return 505;
	ret->minor = p[7] - '0';
	return HTTP_PARSE_DONE;
}

/* One space between the three parts and none elsewhere (RFC 9112, section 3). */
static int parse_request_line(const char *line, size_t len, struct http_head *ret)
{
	const char *end = line + len, *p, *q;
	size_t i;

	p = memchr(line, ' ', len);
	if (p == NULL)
		return 400;
	ret->method = (struct http_text){ line, (size_t)(p - line) };
	if (!all_in(&ret->method, token_bytes))
		return 400;
	if (ret->method.len > METHOD_MAX)
		return 501;
	p++;
	q = memchr(p, ' ', (size_t)(end - p));
	if (q == NULL)
		return 400;
	ret->target = (struct http_text){ p, (size_t)(q - p) };
	if (ret->target.len > HTTP_TARGET_MAX)
		return 414;
	/* Origin form only, which has no fragment. */
	if (ret->target.len == 0 || p[0] != '/')
		return 400;
	for (i = 0; i < ret->target.len; i++)
		if (p[i] < 0x21 || p[i] > 0x7e || p[i] == '#')
			return 400;
	return parse_version(q + 1, (size_t)(end - q - 1), ret);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct http_text trim(const char *p, const char *end)
{
	while (p < end && is_blank(*p))
		p++;
	while (end > p && is_blank(end[-1]))
		end--;
	return (struct http_text){ p, (size_t)(end - p) };
}

/* A folded line starts with a blank and so has no name that is a token. */
static int parse_header_line(const char *line, size_t len, struct http_header *ret)
{
	const char *colon = memchr(line, ':', len);
	size_t i;

	if (colon == NULL)
		return 400;
	ret->name = (struct http_text){ line, (size_t)(colon - line) };
	if (!all_in(&ret->name, token_bytes))
		return 400;
	ret->value = trim(colon + 1, line + len);
	for (i = 0; i < ret->value.len; i++) {
		unsigned char c = (unsigned char)ret->value.data[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return 400;
	}
	return HTTP_PARSE_DONE;
}

static int parse_length(const struct http_text *value, uint64_t *ret)
{
	uint64_t n = 0;
	size_t i;

	if (value->len == 0 || value->len > LENGTH_DIGITS_MAX)
		return 400;
	for (i = 0; i < value->len; i++) {
		if (value->data[i] < '0' || value->data[i] > '9')
			return 400;
		n = 10 * n + (uint64_t)(value->data[i] - '0');
	}
	if (n > INT64_MAX)
		return 400;
	*ret = n;
	return HTTP_PARSE_DONE;
}

/* Which of the header lines that decide about framing have been seen. */
struct seen {
	bool host, length, coding, expect, close, keep_alive;
};

static void read_connection(const struct http_text *value, struct seen *seen)
{
	const char *p = value->data, *end = p + value->len;

	while (p < end) {
		const char *comma = memchr(p, ',', (size_t)(end - p));
		const char *stop = comma != NULL ? comma : end;
		struct http_text option = trim(p, stop);

		if (http_text_is(&option, "close"))
			seen->close = true;
		else if (http_text_is(&option, "keep-alive"))
			seen->keep_alive = true;
		p = comma != NULL ? comma + 1 : end;
	}
}

/* Transfer-Encoding: whatever is not exactly "chunked" leaves the length of the
 * body open (RFC 9112, section 6.1 asks for 501). */
static int read_coding(const struct http_text *value, struct http_head *head,
	struct seen *seen)
{
	if (seen->coding || value->len == 0 || head->minor == 0)
		return 400;
	seen->coding = true;
	head->framing = HTTP_BODY_CHUNKED;
	return http_text_is(value, "chunked") ? HTTP_PARSE_DONE : 501;
}

static int read_expect(const struct http_text *value, struct http_head *head,
	struct seen *seen)
{
	if (seen->expect || !http_text_is(value, "100-continue"))
		return 417;
	seen->expect = true;
	/* RFC 9110, section 10.1.1: ignored in a request of HTTP/1.0. */
	head->expect_continue = head->minor > 0;
	return HTTP_PARSE_DONE;
}

/* What a header line means to the front itself. */
static int read_header(const struct http_header *h, struct http_head *head, struct seen *seen)
{
	switch (h->name.len) {
	case 4:
		if (!http_text_is(&h->name, "Host"))
			break;
		if (seen->host || !all_in(&h->value, host_bytes))
			return 400;
		seen->host = true;
		break;
	case 6:
		if (http_text_is(&h->name, "Expect"))
			return read_expect(&h->value, head, seen);
		break;
	case 10:
		if (http_text_is(&h->name, "Connection"))
			read_connection(&h->value, seen);
		break;
	case 14:
		if (!http_text_is(&h->name, "Content-Length"))
			break;
		if (seen->length)
			return 400;
		seen->length = true;
		head->framing = HTTP_BODY_LENGTH;
		return parse_length(&h->value, &head->content_length);
	case 17:
		if (http_text_is(&h->name, "Transfer-Encoding"))
			return read_coding(&h->value, head, seen);
		break;
	default:
		break;
	}
	return HTTP_PARSE_DONE;
}

static int parse_headers(const char *p, const char *end, struct http_head *ret,
	struct seen *seen)
{
	while (p < end) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));
		struct http_header *h = &ret->headers[ret->n_headers];
		int rc;

		if (ret->n_headers == HTTP_HEADERS_MAX)
			return 431;
		rc = parse_header_line(p, (size_t)(lf - p) - 1, h);
		if (rc == HTTP_PARSE_DONE)
			rc = read_header(h, ret, seen);
		if (rc != HTTP_PARSE_DONE)
			return rc;
		ret->n_headers++;
		p = lf + 1;
	}
	return HTTP_PARSE_DONE;
}

int http_parse_head(const char *data, size_t len, struct http_head *ret)
{
	struct seen seen = { 0 };
	const char *lf;
	int rc;

	if (len == 0)
		return HTTP_PARSE_MORE;
	if (!token_bytes[(unsigned char)data[0]])
		return 400;
	ret->n_headers = 0;
	ret->expect_continue = false;
	ret->framing = HTTP_BODY_NONE;
	ret->content_length = 0;
	rc = find_end(data, len, &ret->size);
	if (rc != HTTP_PARSE_DONE)
		return rc;
	lf = memchr(data, '\n', ret->size);
	rc = parse_request_line(data, (size_t)(lf - data) - 1, ret);
	if (rc == HTTP_PARSE_DONE)
		rc = parse_headers(lf + 1, data + ret->size - 2, ret, &seen);
	if (rc != HTTP_PARSE_DONE)
		return rc;
	if (seen.coding && seen.length)
		return 400;
	if (!seen.host && ret->minor > 0)
		return 400;
	ret->keep_alive = !seen.close && (ret->minor > 0 || seen.keep_alive);
	return HTTP_PARSE_DONE;
}

const struct http_text *http_find(const struct http_head *head, const char *name)
{
	size_t i;

	for (i = 0; i < head->n_headers; i++)
		if (http_text_is(&head->headers[i].name, name))
			return &head->headers[i].value;
	return NULL;
}

bool http_text_is(const struct http_text *t, const char *s)
{
	return strlen(s) == t->len && strncasecmp(t->data, s, t->len) == 0;
}
