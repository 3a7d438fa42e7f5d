/*
 * The bytes a request may be made of, as a table: each case is what a peer could
 * send and what must be answered. Every head is also fed byte by byte, because
 * the answer must not depend on how the network cut it.
 */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "http/parser.h"

enum { MORE = HTTP_PARSE_MORE, DONE = HTTP_PARSE_DONE };

struct raw {
	const char *name, *bytes;
	size_t len;
	int expect;
};

#define CASE(name, bytes, expect) { name, bytes, sizeof(bytes) - 1, expect }
#define GET(name, lines, expect) CASE(name, "GET / HTTP/1.1\r\nHost: a\r\n" lines "\r\n", expect)
#define POST(name, lines, expect) CASE(name, "POST /x HTTP/1.1\r\nHost: a\r\n" lines "\r\n", expect)

static const struct raw request_lines[] = {
	CASE("plain GET", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", DONE),
	CASE("HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n", DONE),
	CASE("unknown method", "BREW /pot HTTP/1.1\r\nHost: a\r\n\r\n", DONE),
	CASE("query", "GET /a?b=c%20d&e HTTP/1.1\r\nHost: a\r\n\r\n", DONE),
	CASE("bytes of a body are not looked at", "POST / HTTP/1.1\r\nHost: a\r\n"
		"Content-Length: 4\r\n\r\n\n\r\0\r", DONE),
	CASE("not complete", "GET / HTTP/1.1\r\nHost: a\r\n", MORE),
	CASE("not complete, at CR", "GET / HTTP/1.1\r\nHost: a\r\n\r", MORE),
	CASE("only a method", "GET", MORE),
	CASE("nothing", "", MORE),
	CASE("bare LF", "GET / HTTP/1.1\nHost: a\n\n", 400),
	CASE("bare LF, not complete", "GET / HTTP/1.1\n", 400),
	CASE("bare LF in the header", "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", 400),
	CASE("bare LF at the end", "GET / HTTP/1.1\r\nHost: a\r\n\n", 400),
	CASE("bare CR", "GET / HTTP/1.1\rHost: a\r\n\r\n", 400),
	CASE("bare CR in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: y\rz: 1\r\n\r\n", 400),
	CASE("CR only", "GET / HTTP/1.1\rHost: a\r\r", 400),
	CASE("CR CR LF", "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", 400),
	CASE("leading CRLF", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
	CASE("leading space", " GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
	CASE("no version", "GET /\r\n\r\n", 400),
	CASE("no target", "GET  HTTP/1.1\r\nHost: a\r\n\r\n", 400),
	CASE("method alone", "GET\r\nHost: a\r\n\r\n", 400),
	CASE("HTTP/0.9", "GET / HTTP/0.9\r\nHost: a\r\n\r\n", 505),
	CASE("HTTP/1.9", "GET / HTTP/1.9\r\nHost: a\r\n\r\n", 505),
	CASE("HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
	CASE("HTTP/01.1", "GET / HTTP/01.1\r\nHost: a\r\n\r\n", 400),
	CASE("HTTP/1.10", "GET / HTTP/1.10\r\nHost: a\r\n\r\n", 400),
	CASE("HTTP/1.", "GET / HTTP/1.\r\nHost: a\r\n\r\n", 400),
	CASE("http/1.1", "GET / http/1.1\r\nHost: a\r\n\r\n", 400),
	CASE("trailing space", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400),
	CASE("two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
	CASE("space in the target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
	CASE("tab for a space", "GET\t/\tHTTP/1.1\r\nHost: a\r\n\r\n", 400),
	CASE("tab in the target", "GET /a\tb HTTP/1.1\r\nHost: a\r\n\r\n", 400),
	CASE("8-bit target", "GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
	CASE("NUL in the target", "GET /a\0b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
	CASE("DEL in the target", "GET /a\x7f HTTP/1.1\r\nHost: a\r\n\r\n", 400),
	CASE("fragment", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
	CASE("absolute target", "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
	CASE("authority target", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
	CASE("asterisk target", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 400),
	CASE("NUL in the method", "G\0T / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
	CASE("colon in the method", "GE:T / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
	CASE("method of 33 bytes", "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG / HTTP/1.1\r\nHost: a\r\n\r\n",
		501),
	CASE("TLS hello", "\x16\x03\x01\x02", 400),
	CASE("a first byte of random", "\xfe", 400),
	CASE("preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
};

static const struct raw header_lines[] = {
	GET("spaces and tabs around a value", "X: \t y z\t \r\n", DONE),
	GET("empty value", "X:\r\n", DONE),
	GET("8-bit value", "X: \xc3\xa9\r\n", DONE),
	GET("all token bytes", "!#$%&'*+-.^_`|~09azAZ: y\r\n", DONE),
	GET("NUL in a name", "X\0: y\r\n", 400),
	GET("NUL in a value", "X: a\0b\r\n", 400),
	GET("control byte in a value", "X: a\x01\r\n", 400),
	GET("vertical tab before a value", "X: \x0b" "3\r\n", 400),
	GET("DEL in a value", "X: \x7f\r\n", 400),
	GET("8-bit name", "X\xe9: y\r\n", 400),
	GET("space before the colon", "X : y\r\n", 400),
	GET("tab before the colon", "X\t: y\r\n", 400),
	GET("space in a name", "X Y: z\r\n", 400),
	GET("empty name", ": y\r\n", 400),
	GET("no colon", "X\r\n", 400),
	GET("folded line", "X: a\r\n b\r\n", 400),
	GET("folded with a tab", "X: a\r\n\tb: c\r\n", 400),
	GET("folded Content-Length", "Content-Length:\r\n 3\r\n", 400),
	GET("folded Transfer-Encoding", "Transfer-Encoding:\r\n chunked\r\n", 400),
	CASE("folded first line", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400),
	CASE("no Host", "GET / HTTP/1.1\r\n\r\n", 400),
	GET("two Hosts", "Host: b\r\n", 400),
	GET("the same Host twice", "hOST: a\r\n", 400),
	CASE("empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400),
	CASE("blank Host", "GET / HTTP/1.1\r\nHost: \t\r\n\r\n", 400),
	CASE("two Hosts in 1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400),
	CASE("Host with a port", "GET / HTTP/1.1\r\nHost: [::1]:2472\r\n\r\n", DONE),
	CASE("Host with a space", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
	CASE("Host list", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400),
	CASE("Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
	CASE("Host with a user", "GET / HTTP/1.1\r\nHost: b@a\r\n\r\n", 400),
	GET("Expect other", "Expect: foo\r\n", 417),
	GET("Expect empty", "Expect:\r\n", 417),
	GET("Expect twice", "Expect: 100-continue\r\nExpect: 100-continue\r\n", 417),
	GET("Expect list", "Expect: 100-continue, foo\r\n", 417),
	GET("Expect in capitals", "Expect: 100-CONTINUE\r\n", DONE),
};

static const struct raw framing_lines[] = {
	POST("Content-Length", "Content-Length: 3\r\n", DONE),
	POST("Content-Length with leading zeros", "Content-Length: 003\r\n", DONE),
	POST("Content-Length, largest", "Content-Length: 9223372036854775807\r\n", DONE),
	POST("equal Content-Length twice", "Content-Length: 3\r\nContent-Length: 3\r\n", 400),
	POST("smaller first", "Content-Length: 3\r\nContent-Length: 30\r\n", 400),
	POST("larger first", "Content-Length: 30\r\nContent-Length: 3\r\n", 400),
	POST("list of lengths", "Content-Length: 3, 3\r\n", 400),
	POST("list of different lengths", "Content-Length: 3,4\r\n", 400),
	POST("length with plus", "Content-Length: +3\r\n", 400),
	POST("length with minus", "Content-Length: -1\r\n", 400),
	POST("length in hex", "Content-Length: 0x3\r\n", 400),
	POST("length with hex digits", "Content-Length: a\r\n", 400),
	POST("length with a space inside", "Content-Length: 1 3\r\n", 400),
	POST("length after a vertical tab", "Content-Length: \x0b" "3\r\n", 400),
	POST("length with NUL", "Content-Length: 3\0\r\n", 400),
	POST("length with a fraction", "Content-Length: 3.0\r\n", 400),
	POST("length quoted", "Content-Length: \"3\"\r\n", 400),
	POST("2^63", "Content-Length: 9223372036854775808\r\n", 400),
	POST("2^64-1", "Content-Length: 18446744073709551615\r\n", 400),
	POST("2^64+3", "Content-Length: 18446744073709551619\r\n", 400),
	POST("length with 40 digits", "Content-Length: 0000000000000000000000000000000000000003\r\n", 400),
	POST("empty length", "Content-Length:\r\n", 400),
	POST("chunked", "Transfer-Encoding: chunked\r\n", DONE),
	POST("Chunked in capitals", "transfer-encoding: CHUNKED\r\n", DONE),
	POST("gzip", "Transfer-Encoding: gzip\r\n", 501),
	POST("identity", "Transfer-Encoding: identity\r\n", 501),
	POST("chunked, gzip", "Transfer-Encoding: chunked, gzip\r\n", 501),
	POST("gzip, chunked", "Transfer-Encoding: gzip, chunked\r\n", 501),
	POST("chunked, chunked", "Transfer-Encoding: chunked, chunked\r\n", 501),
	POST("chunked and a comma", "Transfer-Encoding: chunked,\r\n", 501),
	POST("chunked quoted", "Transfer-Encoding: \"chunked\"\r\n", 501),
	POST("chunked with a parameter", "Transfer-Encoding: chunked;q=1\r\n", 501),
	POST("xchunked", "Transfer-Encoding: xchunked\r\n", 501),
	POST("chunked after a vertical tab", "Transfer-Encoding: \x0b" "chunked\r\n", 400),
	POST("chunked twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 400),
	POST("empty Transfer-Encoding", "Transfer-Encoding:\r\n", 400),
	POST("both, coding first", "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", 400),
	POST("both, length first", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", 400),
	POST("coding with a space before the colon", "Transfer-Encoding : chunked\r\n", 400),
	CASE("chunked in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
};

/* Whole, and then from the first byte on: MORE until it is decided, and from
 * then on always the same. */
static void check_head(const char *name, const char *bytes, size_t len, int expect)
{
	struct http_head head;
	int whole = http_parse_head(bytes, len, &head), decided = MORE;
	size_t n;

	if (whole != expect)
		fail_msg("%s: answered %d, expected %d", name, whole, expect);
	for (n = 0; n <= len; n++) {
		/* A copy of exactly n bytes: a sanitizer sees a read past it. */
		char *copy = malloc(n > 0 ? n : 1);
		int rc;

		assert_non_null(copy);
		memcpy(copy, bytes, n);
		rc = http_parse_head(copy, n, &head);
		free(copy);
		if (decided != MORE && rc != decided)
			fail_msg("%s: %d after %zu bytes, %d before", name, rc, n, decided);
		decided = rc;
	}
	if (decided != expect)
		fail_msg("%s: %d in pieces, %d whole", name, decided, expect);
}

static void check_table(const struct raw *table, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		check_head(table[i].name, table[i].bytes, table[i].len, table[i].expect);
}

static void a_request_line_has_one_form(void **state)
{
	(void)state;
	check_table(request_lines, ARRAY_LEN(request_lines));
}

static void header_lines_are_strict(void **state)
{
	(void)state;
	check_table(header_lines, ARRAY_LEN(header_lines));
}

static void a_body_has_one_length(void **state)
{
	(void)state;
	check_table(framing_lines, ARRAY_LEN(framing_lines));
}

/* before, n times the byte fill or n times the line, after */
static void check_long(const char *name, const char *before, const char *repeat, size_t n,
	const char *after, int expect)
{
	size_t one = strlen(repeat), len = strlen(before) + n * one + strlen(after), i;
	char *bytes = malloc(len + 1), *p = bytes;

	assert_non_null(bytes);
	p += snprintf(p, len + 1, "%s", before);
	for (i = 0; i < n; i++, p += one)
		memcpy(p, repeat, one);
	memcpy(p, after, strlen(after));
	check_head(name, bytes, len, expect);
	free(bytes);
}

static void a_head_has_limits(void **state)
{
	static const char start[] = "GET / HTTP/1.1\r\nHost: a\r\n";
	static const char end[] = " HTTP/1.1\r\nHost: a\r\n\r\n";

	(void)state;
	check_long("target of 4096", "GET /", "a", 4095, end, DONE);
	check_long("target of 4097", "GET /", "a", 4096, end, 414);
	check_long("target of 9000", "GET /", "a", 9000, end, 414);
	check_long("target without an end", "GET /", "a", 40000, "", 414);
	check_long("method without an end", "", "A", 40000, "", 414);
	check_long("64 header lines", start, "X: y\r\n", 63, "\r\n", DONE);
	check_long("65 header lines", start, "X: y\r\n", 64, "\r\n", 431);
	check_long("4000 header lines", start, "X: y\r\n", 4000, "\r\n", 431);
	check_long("header line of 9000", "GET / HTTP/1.1\r\nHost: a\r\nX: ", "y", 9000,
		"\r\n\r\n", DONE);
	check_long("head of 40 kB", "GET / HTTP/1.1\r\nHost: a\r\nX: ", "y", 40000,
		"\r\n\r\n", 431);
	check_long("value without an end", "GET / HTTP/1.1\r\nX: ", "y", 20000, "", 431);
}

static void a_head_is_taken_apart(void **state)
{
	static const char bytes[] = "PUT /a?b HTTP/1.1\r\nHost: h\r\nX-One:  1 2 \r\n"
		"content-length: 12\r\nExpect: 100-continue\r\nX-one: 3\r\n\r\nrest";
	struct http_head head;

	(void)state;
	assert_int_equal(http_parse_head(bytes, sizeof(bytes) - 1, &head), DONE);
	assert_int_equal(head.size, sizeof(bytes) - 1 - 4);
	assert_true(http_text_is(&head.method, "PUT"));
	assert_true(http_text_is(&head.target, "/a?b"));
	assert_int_equal(head.minor, 1);
	assert_int_equal(head.framing, HTTP_BODY_LENGTH);
	assert_int_equal(head.content_length, 12);
	assert_true(head.expect_continue);
	assert_int_equal(head.n_headers, 5);
	assert_true(http_text_is(http_find(&head, "x-ONE"), "1 2"));
	assert_null(http_find(&head, "X-On"));
	assert_false(http_text_is(http_find(&head, "x-one"), "1 2 "));
}

static void a_connection_is_kept_as_asked(void **state)
{
	static const struct {
		const char *bytes;
		bool keep;
	} cases[] = {
		{ "GET / HTTP/1.1\r\nHost: a\r\n\r\n", true },
		{ "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", false },
		{ "GET / HTTP/1.1\r\nHost: a\r\nConnection: Close, foo\r\n\r\n", false },
		{ "GET / HTTP/1.1\r\nHost: a\r\nConnection: foo ,close\r\n\r\n", false },
		{ "GET / HTTP/1.1\r\nHost: a\r\nConnection: closed\r\n\r\n", true },
		{ "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n",
			false },
		{ "GET / HTTP/1.0\r\n\r\n", false },
		{ "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true },
		{ "GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", false },
	};
	struct http_head head;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(http_parse_head(cases[i].bytes, strlen(cases[i].bytes), &head),
			DONE);
		if (head.keep_alive != cases[i].keep)
			fail_msg("keep_alive is wrong for: %s", cases[i].bytes);
	}
	/* RFC 9110, section 10.1.1 */
	assert_int_equal(http_parse_head("POST / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n", 43,
		&head), DONE);
	assert_false(head.expect_continue);
}

static const struct {
	const char *name, *bytes;
	size_t len;
	int expect;
	const char *body;
} chunked_cases[] = {
#define CHUNKED(name, bytes, expect, body) { name, bytes, sizeof(bytes) - 1, expect, body }
	CHUNKED("two chunks", "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", DONE, "abcde"),
	CHUNKED("empty", "0\r\n\r\n", DONE, ""),
	CHUNKED("hex digits in any case", "A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n", DONE,
		"01234567890123456789"),
	CHUNKED("eight digits", "00000001\r\nx\r\n00000000\r\n\r\n", DONE, "x"),
	CHUNKED("line ends inside the data", "4\r\n\r\n\r\n\r\n0\r\n\r\n", DONE, "\r\n\r\n"),
	CHUNKED("what follows is left alone", "1\r\nx\r\n0\r\n\r\nGET /", DONE, "x"),
	CHUNKED("not complete", "3\r\nab", MORE, "ab"),
	CHUNKED("without the last line", "1\r\nx\r\n0\r\n", MORE, "x"),
	CHUNKED("nine digits", "000000001\r\nx\r\n", 400, ""),
	CHUNKED("overflow", "ffffffffffffffff1\r\n", 400, ""),
	CHUNKED("plus", "+3\r\nabc\r\n0\r\n\r\n", 400, ""),
	CHUNKED("minus", "-3\r\nabc\r\n", 400, ""),
	CHUNKED("0x", "0x3\r\nabc\r\n", 400, ""),
	CHUNKED("leading space", " 3\r\nabc\r\n", 400, ""),
	CHUNKED("trailing space", "3 \r\nabc\r\n", 400, ""),
	CHUNKED("NUL", "3\0zz\r\nabc\r\n", 400, ""),
	CHUNKED("no digit", "\r\nabc\r\n", 400, ""),
	CHUNKED("extension", "3;a=b\r\nabc\r\n", 400, ""),
	CHUNKED("extension of the last", "1\r\nx\r\n0;a\r\n\r\n", 400, "x"),
	CHUNKED("bare LF after the size", "3\nabc\r\n", 400, ""),
	CHUNKED("bare CR after the size", "3\rabc\r\n", 400, ""),
	CHUNKED("no CRLF after the data", "3\r\nabc2\r\nde\r\n", 400, "abc"),
	CHUNKED("bare LF after the data", "3\r\nabc\n0\r\n\r\n", 400, "abc"),
	CHUNKED("data too long", "3\r\nabcd\r\n0\r\n\r\n", 400, "abc"),
	CHUNKED("data too short", "4\r\nabc\r\n0\r\n\r\n", 400, "abc\r"),
	CHUNKED("trailer field", "1\r\nx\r\n0\r\nX: y\r\n\r\n", 400, "x"),
	CHUNKED("dangerous trailer", "0\r\nContent-Length: 5\r\n\r\n", 400, ""),
	CHUNKED("bare LF at the end", "0\r\n\n", 400, ""),
};

static void check_chunked(size_t i, size_t step)
{
	struct http_chunked c = { 0 };
	char out[64];
	size_t pos = 0, body = 0;
	int rc = MORE;

	while (pos < chunked_cases[i].len && rc == MORE) {
		size_t n = chunked_cases[i].len - pos, out_len, used;
		char piece[64];

		n = n < step ? n : step;
		memcpy(piece, chunked_cases[i].bytes + pos, n);
		rc = http_chunked_decode(&c, piece, n, out + body, &out_len, &used);
		assert_true(used <= n && out_len <= used);
		if (rc == MORE && used != n)
			fail_msg("%s: stopped without a reason", chunked_cases[i].name);
		pos += used;
		body += out_len;
	}
	if (rc != chunked_cases[i].expect)
		fail_msg("%s, in steps of %zu: answered %d, expected %d", chunked_cases[i].name,
			step, rc, chunked_cases[i].expect);
	if (body != strlen(chunked_cases[i].body) ||
	    memcmp(out, chunked_cases[i].body, body) != 0)
		fail_msg("%s, in steps of %zu: wrong body", chunked_cases[i].name, step);
	if (strcmp(chunked_cases[i].name, "what follows is left alone") == 0)
		assert_int_equal(pos, chunked_cases[i].len - strlen("GET /"));
}

static void chunks_are_strict(void **state)
{
	size_t i, step;

	(void)state;
	for (i = 0; i < ARRAY_LEN(chunked_cases); i++)
		for (step = 1; step <= chunked_cases[i].len; step++)
			check_chunked(i, step);
}

static void a_refused_decoder_stays_refused(void **state)
{
	struct http_chunked c = { 0 };
	char out[8];
	size_t out_len, used;

	(void)state;
	assert_int_equal(http_chunked_decode(&c, "z", 1, out, &out_len, &used), 400);
	assert_int_equal(http_chunked_decode(&c, "0\r\n\r\n", 5, out, &out_len, &used), 400);
	assert_int_equal(out_len, 0);
}

static const struct {
	const char *target;
	int expect;
	const char *path, *query;
} targets[] = {
	{ "/", 0, "/", "" },
	{ "/v1/alerts", 0, "/v1/alerts", "" },
	{ "/v1/alerts/", 0, "/v1/alerts/", "" },
	{ "/a%20b?c=%20d", 0, "/a b", "c=%20d" },
	{ "/a?b?/../c", 0, "/a", "b?/../c" },
	{ "/?", 0, "/", "" },
	{ "/%c3%A9", 0, "/\xc3\xa9", "" },
	{ "/...", 0, "/...", "" },
	{ "/.a/b.", 0, "/.a/b.", "" },
	{ "/a%3fb", 0, "/a?b", "" },
	{ "/a%00b", 400, NULL, NULL },
	{ "/a%2fb", 400, NULL, NULL },
	{ "/a%2Fb", 400, NULL, NULL },
	{ "/../etc", 400, NULL, NULL },
	{ "/a/..", 400, NULL, NULL },
	{ "/a/./b", 400, NULL, NULL },
	{ "/.", 400, NULL, NULL },
	{ "/%2e%2e/etc", 400, NULL, NULL },
	{ "/.%2E", 400, NULL, NULL },
	{ "//", 400, NULL, NULL },
	{ "//a", 400, NULL, NULL },
	{ "/a//b", 400, NULL, NULL },
	{ "/a//", 400, NULL, NULL },
	{ "/%", 400, NULL, NULL },
	{ "/%4", 400, NULL, NULL },
	{ "/%4g", 400, NULL, NULL },
	{ "/%ff", 400, NULL, NULL },
	{ "/%c0%af", 400, NULL, NULL },
	{ "/%ed%a0%80", 400, NULL, NULL },
	{ "/a%0d%0ab", 400, NULL, NULL },
	{ "/a%7f", 400, NULL, NULL },
	{ "", 400, NULL, NULL },
	{ "a", 400, NULL, NULL },
};

static void a_path_has_one_spelling(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(targets); i++) {
		struct http_text target = { targets[i].target, strlen(targets[i].target) }, query;
		char path[64];
		int rc = http_target_split(&target, path, sizeof(path), &query);

		if (rc != targets[i].expect)
			fail_msg("%s: answered %d", targets[i].target, rc);
		if (rc != 0)
			continue;
		assert_string_equal(path, targets[i].path);
		if (!http_text_is(&query, targets[i].query))
			fail_msg("%s: wrong query", targets[i].target);
	}
}

static void a_path_must_fit(void **state)
{
	struct http_text target = { "/abc", 4 }, query;
	char path[5];

	(void)state;
	assert_int_equal(http_target_split(&target, path, 4, &query), 414);
	assert_int_equal(http_target_split(&target, path, 5, &query), 0);
	assert_string_equal(path, "/abc");
}

static void a_query_parameter_is_found(void **state)
{
	static const struct {
		const char *query, *name;
		int expect;
		const char *value;
	} cases[] = {
		{ "a=1&b=2", "b", 1, "2" },
		{ "a=1&b=2", "c", 0, NULL },
		{ "", "a", 0, NULL },
		{ "a", "a", 1, "" },
		{ "a=", "a", 1, "" },
		{ "a=b=c", "a", 1, "b=c" },
		{ "a=x+y%20z%2B", "a", 1, "x y z+" },
		{ "%61=1", "a", 1, "1" },
		{ "&&a=1&", "a", 1, "1" },
		{ "aa=1", "a", 0, NULL },
		{ "a=1&a=1", "a", -1, NULL },
		{ "a=%", "a", -1, NULL },
		{ "a=%00", "a", -1, NULL },
		{ "a=%zz", "a", -1, NULL },
		{ "a=%ff", "a", -1, NULL },
		{ "b=%zz&a=1", "a", 1, "1" },
		{ "a=12345678", "a", -1, NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct http_text query = { cases[i].query, strlen(cases[i].query) };
		char out[8];
		int rc = http_query_get(&query, cases[i].name, out, sizeof(out));

		if (rc != cases[i].expect)
			fail_msg("%s of \"%s\": answered %d", cases[i].name, cases[i].query, rc);
		if (rc == 1)
			assert_string_equal(out, cases[i].value);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_line_has_one_form),
		cmocka_unit_test(header_lines_are_strict),
		cmocka_unit_test(a_body_has_one_length),
		cmocka_unit_test(a_head_has_limits),
		cmocka_unit_test(a_head_is_taken_apart),
		cmocka_unit_test(a_connection_is_kept_as_asked),
		cmocka_unit_test(chunks_are_strict),
		cmocka_unit_test(a_refused_decoder_stays_refused),
		cmocka_unit_test(a_path_has_one_spelling),
		cmocka_unit_test(a_path_must_fit),
		cmocka_unit_test(a_query_parameter_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
