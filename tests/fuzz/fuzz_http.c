/*
 * The HTTP front's pure parts. The first byte says what the rest is: 'h' a head,
 * 'c' a chunked body, 't' a request target.
 *
 * A head gives the same answer however its bytes are cut, ends at the first blank
 * line, and never says its length in two ways. The chunked decoder agrees with a
 * slow one that is written from RFC 9112, section 7.1, however its bytes are cut. A
 * path that was accepted is accepted, and the same, when every byte is escaped.
 */
#include "config.h"

#include <stdbool.h>
#include <strings.h>

#include "base/text.h"
#include "fuzz.h"
#include "http/hex.h"
#include "http/parser.h"

enum { BYTES_MAX = 64 * 1024, ALL_CUTS_MAX = 300 };

/* ---- heads ------------------------------------------------------------------ */

static void same_head(const struct http_head *a, const struct http_head *b)
{
	MUST(a->size == b->size && a->minor == b->minor && a->n_headers == b->n_headers);
	MUST(a->keep_alive == b->keep_alive && a->expect_continue == b->expect_continue);
	MUST(a->framing == b->framing && a->content_length == b->content_length);
	MUST(a->method.len == b->method.len && a->target.len == b->target.len);
}

/* How many lines of the head have that name, read without the parser. */
static unsigned int count_lines(const char *data, size_t size, const char *name)
{
	const char *p = data, *end = data + size, *lf;
	unsigned int n = 0;

	while ((lf = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		size_t len = strlen(name);

		if ((size_t)(lf - p) > len && strncasecmp(p, name, len) == 0 && p[len] == ':')
			n++;
		p = lf + 1;
	}
	return n;
}

static void check_head(const char *data, size_t len, const struct http_head *head)
{
	const char *blank = memmem(data, len, "\r\n\r\n", 4);
	unsigned int lengths, codings;
	size_t i;

	MUST(blank != NULL && head->size == (size_t)(blank - data) + 4);
	MUST(head->size <= HTTP_HEAD_MAX && head->n_headers <= HTTP_HEADERS_MAX);
	MUST(head->target.len > 0 && head->target.data[0] == '/');
	for (i = 0; i < head->size; i++)
		MUST(data[i] != '\n' || (i > 0 && data[i - 1] == '\r'));
	for (i = 0; i + 1 < head->size; i++)
		MUST(data[i] != '\r' || data[i + 1] == '\n');
	lengths = count_lines(data, head->size, "content-length");
	codings = count_lines(data, head->size, "transfer-encoding");
	MUST(lengths + codings <= 1);
	MUST((head->framing == HTTP_BODY_LENGTH) == (lengths == 1));
	MUST((head->framing == HTTP_BODY_CHUNKED) == (codings == 1));
	MUST(head->framing == HTTP_BODY_LENGTH || head->content_length == 0);
	MUST(count_lines(data, head->size, "host") <= 1);
	if (codings == 1)
		MUST(http_text_is(http_find(head, "transfer-encoding"), "chunked"));
}

/* As a connection does it: again from the start each time something has come. */
static void fuzz_head(const char *data, size_t len)
{
	size_t step = len <= ALL_CUTS_MAX ? 1 : len / ALL_CUTS_MAX + 1, n;
	struct http_head whole, part;
	int result = http_parse_head(data, len, &whole);

	if (result == HTTP_PARSE_DONE)
		check_head(data, len, &whole);
	for (n = 0; n < len; n += step) {
		char *copy = malloc(n + 1);
		int early;

		memcpy(copy + 1, data, n);
		early = http_parse_head(copy + 1, n, &part);
		MUST(early == HTTP_PARSE_MORE || early == result);
		if (early == HTTP_PARSE_DONE)
			same_head(&part, &whole);
		MUST(result != HTTP_PARSE_DONE || n < whole.size || early == result);
		free(copy);
	}
}

/* ---- chunked bodies ---------------------------------------------------------- */

struct body {
	char out[BYTES_MAX];
	size_t len, used;
	int result;
};

/* The grammar, word for word; a fault is answered at the byte that is wrong. */
static int slow_decode(const char *p, const char *end, struct body *ret)
{
	for (;;) {
		uint64_t n = 0;
		bool last;
		int digits;

		for (digits = 0; p < end && *p != '\r'; digits++, p++) {
			if (digits == 8 || hex_value(*p) < 0)
				return 400;
			n = 16 * n + (uint64_t)hex_value(*p);
		}
		if (p == end)
			return HTTP_PARSE_MORE;
		if (digits == 0)
			return 400;
		if (++p == end)
			return HTTP_PARSE_MORE;
		if (*p++ != '\n')
			return 400;
		for (last = n == 0; n > 0 && p < end; n--)
			ret->out[ret->len++] = *p++;
		if (p == end)
			return HTTP_PARSE_MORE;
		if (*p++ != '\r')
			return 400;
		if (p == end)
			return HTTP_PARSE_MORE;
		if (*p++ != '\n')
			return 400;
		if (last)
			return HTTP_PARSE_DONE;
	}
}

static void decode_in_pieces(const char *data, size_t len, uint64_t seed, struct body *ret)
{
	struct http_chunked c = { .state = 0 };
	size_t out, used;

	ret->len = ret->used = 0;
	ret->result = HTTP_PARSE_MORE;
	while (ret->used < len && ret->result == HTTP_PARSE_MORE) {
		size_t n = len - ret->used;

		if (seed != 0)
			n = 1 + fuzz_dice(&seed) % (n < 9 ? n : 9);
		ret->result = http_chunked_decode(&c, data + ret->used, n,
			ret->out + ret->len, &out, &used);
		MUST(out <= used && used <= n);
		MUST(used == n || ret->result != HTTP_PARSE_MORE);
		ret->len += out;
		ret->used += used;
	}
	if (ret->result == 400)		/* it stays refused */
		MUST(http_chunked_decode(&c, "0\r\n\r\n", 5, ret->out + ret->len, &out,
			&used) == 400 && out == 0);
}

static void fuzz_chunked(const char *data, size_t len)
{
	static struct body whole, pieces, slow;
	uint64_t seed = len;

	if (len == 0 || len > BYTES_MAX - 16)
		return;
	decode_in_pieces(data, len, 0, &whole);
	decode_in_pieces(data, len, seed + (unsigned char)data[0] + 1, &pieces);
	MUST(whole.result == pieces.result && whole.used == pieces.used);
	MUST(whole.len == pieces.len && memcmp(whole.out, pieces.out, whole.len) == 0);
	slow.len = 0;
	MUST(slow_decode(data, data + len, &slow) == whole.result);
	MUST(slow.len == whole.len && memcmp(slow.out, whole.out, whole.len) == 0);
}

/* ---- targets ----------------------------------------------------------------- */

static void check_path(const char *path)
{
	const char *segment = path;
	size_t n;

	MUST(path[0] == '/' && text_is_utf8(path, strlen(path)));
	while (*segment != '\0') {
		n = strcspn(++segment, "/");
		MUST(n > 0 || segment[0] == '\0');
		MUST(!(n == 1 && segment[0] == '.') && !(n == 2 && memcmp(segment, "..", 2) == 0));
		segment += n;
	}
	for (n = 0; path[n] != '\0'; n++)
		MUST((unsigned char)path[n] >= 0x20 && path[n] != 0x7f);
}

static void check_query(const struct http_text *query)
{
	static const char *const names[] = { "a", "state", "" };
	char large[BYTES_MAX], small[4];
	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++) {
		int found = http_query_get(query, names[i], large, sizeof(large));
		int cramped = http_query_get(query, names[i], small, sizeof(small));

		MUST(found >= -1 && found <= 1);
		if (found == 1) {
			MUST(text_is_utf8(large, strlen(large)));
			MUST(cramped == (strlen(large) < sizeof(small) ? 1 : -1));
		} else {
			MUST(cramped == found);
		}
	}
}

static void fuzz_target(const char *data, size_t len)
{
	static char path[BYTES_MAX], again[BYTES_MAX], escaped[3 * BYTES_MAX + 1];
	struct http_text target = { data, len }, query, none;
	size_t i, n = 0;

	for (i = 0; i < len; i++)	/* no other byte passes the head */
		if (data[i] < 0x21 || data[i] > 0x7e)
			return;
	if (http_target_split(&target, path, sizeof(path), &query) != 0)
		return;
	check_path(path);
	check_query(&query);
	for (i = 0; path[i] != '\0'; i++)
		n += (size_t)sprintf(escaped + n, path[i] == '/' ? "%c" : "%%%02x",
			(unsigned char)path[i]);
	target = (struct http_text){ escaped, n };
	MUST(http_target_split(&target, again, sizeof(again), &none) == 0 && none.len == 0);
	MUST(strcmp(path, again) == 0);
	MUST(http_target_split(&target, again, i, &none) == 414);
	MUST(http_target_split(&target, again, i + 1, &none) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *rest = (const char *)data + 1;

	if (size == 0)
		return 0;
	if (data[0] == 'h')
		fuzz_head(rest, size - 1);
	else if (data[0] == 'c')
		fuzz_chunked(rest, size - 1);
	else if (data[0] == 't')
		fuzz_target(rest, size - 1);
	return 0;
}
