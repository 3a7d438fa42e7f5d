/*
 * Raw attacks: each is bytes on a socket of the real front, whole and one by one, and
 * says which answer must come and whether the connection goes on. Every case that is
 * refused has a second request behind it, which nobody may ever see: that is what a
 * smuggler would have sent. Cases that need time are in test_http_server.c.
 */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "http_client.h"

#define SMUGGLED "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"

struct attack {
	const char *name, *bytes;
	size_t len;
	int status;	/* of the first answer */
	bool open;	/* then SMUGGLED is an honest second request, and answered */
};

#define RAW(name, bytes, status, open) { name, bytes, sizeof(bytes) - 1, status, open }
/* Refused and closed. */
#define BAD(name, bytes, status) RAW(name, bytes SMUGGLED, status, false)
#define LINE(name, line) BAD(name, line "\r\nHost: a\r\n\r\n", 400)
#define FIELD(name, lines) BAD(name, "GET /a HTTP/1.1\r\nHost: a\r\n" lines "\r\n", 400)
#define POST(name, lines, body, status) \
	BAD(name, "POST /a HTTP/1.1\r\nHost: a\r\n" lines "\r\n" body, status)
#define CHUNKS(name, body) POST(name, "Transfer-Encoding: chunked\r\n", body, 400)
/* A body that looks like a request: taken as what it is. */
#define SWALLOWED(name, method, path, status) RAW(name, method " " path " HTTP/1.1\r\nHost: a\r\n" \
	"Content-Length: 35\r\n\r\n" SMUGGLED, status, true)

static const struct attack request_lines[] = {
	BAD("bare LF", "GET /a HTTP/1.1\nHost: a\n\n", 400),
	BAD("bare LF after the first line", "GET /a HTTP/1.1\nHost: a\r\n\r\n", 400),
	BAD("bare LF at the end", "GET /a HTTP/1.1\r\nHost: a\r\n\n", 400),
	BAD("CR only", "GET /a HTTP/1.1\rHost: a\r\r", 400),
	BAD("bare CR in the line", "GET /a\r HTTP/1.1\r\nHost: a\r\n\r\n", 400),
	BAD("CR CR LF", "GET /a HTTP/1.1\r\r\nHost: a\r\n\r\n", 400),
	BAD("leading CRLF", "\r\nGET /a HTTP/1.1\r\nHost: a\r\n\r\n", 400),
	BAD("leading LF", "\nGET /a HTTP/1.1\r\nHost: a\r\n\r\n", 400),
	BAD("leading space", " GET /a HTTP/1.1\r\nHost: a\r\n\r\n", 400),
	BAD("HTTP/0.9", "GET /a\r\n\r\n", 400),
	BAD("HTTP/0.9, named", "GET /a HTTP/0.9\r\nHost: a\r\n\r\n", 505),
	BAD("HTTP/1.9", "GET /a HTTP/1.9\r\nHost: a\r\n\r\n", 505),
	BAD("HTTP/2.0", "GET /a HTTP/2.0\r\nHost: a\r\n\r\n", 505),
	LINE("HTTP/01.1", "GET /a HTTP/01.1"),
	LINE("HTTP/1.01", "GET /a HTTP/1.01"),
	LINE("HTTP/1", "GET /a HTTP/1"),
	LINE("http in small letters", "GET /a http/1.1"),
	LINE("trailing space", "GET /a HTTP/1.1 "),
	LINE("trailing word", "GET /a HTTP/1.1 x"),
	LINE("no target", "GET HTTP/1.1"),
	LINE("empty target", "GET  HTTP/1.1"),
	LINE("two spaces", "GET  /a HTTP/1.1"),
	LINE("space in the target", "GET /a b HTTP/1.1"),
	LINE("tab in the target", "GET /a\tb HTTP/1.1"),
	LINE("tabs for spaces", "GET\t/a\tHTTP/1.1"),
	LINE("8-bit target", "GET /\xc3\xa9 HTTP/1.1"),
	LINE("NUL in the target", "GET /a\0b HTTP/1.1"),
	LINE("DEL in the target", "GET /a\x7f HTTP/1.1"),
	LINE("fragment", "GET /a#b HTTP/1.1"),
	LINE("absolute target", "GET http://a/smuggled HTTP/1.1"),
	LINE("authority target", "CONNECT a:443 HTTP/1.1"),
	LINE("asterisk target", "OPTIONS * HTTP/1.1"),
	LINE("no slash", "GET a HTTP/1.1"),
	LINE("NUL in the method", "G\0T /a HTTP/1.1"),
	LINE("colon in the method", "GE:T /a HTTP/1.1"),
	LINE("8-bit method", "G\xc9T /a HTTP/1.1"),
	LINE("%00", "GET /%00 HTTP/1.1"),
	LINE("%2f", "GET /a%2fb HTTP/1.1"),
	LINE("%2F", "GET /a%2Fb HTTP/1.1"),
	LINE("dot segments", "GET /../etc HTTP/1.1"),
	LINE("one dot", "GET /./a HTTP/1.1"),
	LINE("escaped dots", "GET /%2e%2e/etc HTTP/1.1"),
	LINE("half escaped dots", "GET /a/.%2E/b HTTP/1.1"),
	LINE("empty segment", "GET //a HTTP/1.1"),
	LINE("bad escape", "GET /%zz HTTP/1.1"),
	LINE("cut escape", "GET /%4 HTTP/1.1"),
	LINE("escape of no UTF-8", "GET /%c0%af HTTP/1.1"),
	LINE("escaped line end", "GET /a%0d%0aX:b HTTP/1.1"),
	BAD("TLS hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc", 400),
	BAD("preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
	BAD("random bytes", "\x9f\x01\xfe\x83\x7a\x00\x11\xc2", 400),
	BAD("SSH", "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n\r\n", 400),
	BAD("a proxy's greeting", "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n\r\n", 400),
};

static const struct attack header_lines[] = {
	BAD("no Host", "GET /a HTTP/1.1\r\n\r\n", 400),
	BAD("empty Host", "GET /a HTTP/1.1\r\nHost:\r\n\r\n", 400),
	FIELD("two Hosts", "Host: b\r\n"),
	FIELD("the same Host twice", "hOST: a\r\n"),
	BAD("Host with a path", "GET /a HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
	BAD("Host with a user", "GET /a HTTP/1.1\r\nHost: b@a\r\n\r\n", 400),
	BAD("Host list", "GET /a HTTP/1.1\r\nHost: a, b\r\n\r\n", 400),
	FIELD("NUL in a name", "X\0Y: z\r\n"),
	FIELD("NUL in a value", "X: a\0b\r\n"),
	FIELD("control byte in a value", "X: a\x01\r\n"),
	FIELD("DEL in a value", "X: a\x7f\r\n"),
	FIELD("bare CR in a value", "X: a\rY: b\r\n"),
	FIELD("bare LF in a value", "X: a\nY: b\r\n"),
	FIELD("space before the colon", "X : y\r\n"),
	FIELD("tab before the colon", "X\t: y\r\n"),
	FIELD("empty name", ": y\r\n"),
	FIELD("no colon", "X\r\n"),
	FIELD("name that is no token", "X(Y): z\r\n"),
	FIELD("8-bit name", "X\xe9: z\r\n"),
	FIELD("folded line", "X: a\r\n b\r\n"),
	FIELD("folded by a tab", "X: a\r\n\tb\r\n"),
	BAD("folded first header line", "GET /a HTTP/1.1\r\n X: a\r\nHost: a\r\n\r\n", 400),
	BAD("Expect: other", "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: foo\r\n"
		"\r\nabc", 417),
	BAD("Expect twice", "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
		"Expect: 100-continue\r\nExpect: 100-continue\r\n\r\nabc", 417),
};

static const struct attack lengths[] = {
	POST("equal lengths", "Content-Length: 3\r\nContent-Length: 3\r\n", "abc", 400),
	POST("smaller first", "Content-Length: 3\r\nContent-Length: 38\r\n", "abc", 400),
	POST("larger first", "Content-Length: 38\r\nContent-Length: 3\r\n", "abc", 400),
	POST("list", "Content-Length: 3, 3\r\n", "abc", 400),
	POST("list without spaces", "Content-Length: 3,38\r\n", "abc", 400),
	POST("plus", "Content-Length: +3\r\n", "abc", 400),
	POST("minus", "Content-Length: -1\r\n", "abc", 400),
	POST("hex", "Content-Length: 0x3\r\n", "abc", 400),
	POST("hex digit", "Content-Length: a\r\n", "abc", 400),
	POST("space inside", "Content-Length: 3 8\r\n", "abc", 400),
	POST("vertical tab", "Content-Length: \x0b" "3\r\n", "abc", 400),
	POST("NUL", "Content-Length: 3\0\r\n", "abc", 400),
	POST("fraction", "Content-Length: 3.0\r\n", "abc", 400),
	POST("quoted", "Content-Length: \"3\"\r\n", "abc", 400),
	POST("empty", "Content-Length:\r\n", "abc", 400),
	POST("2^63", "Content-Length: 9223372036854775808\r\n", "abc", 400),
	POST("2^64-1", "Content-Length: 18446744073709551615\r\n", "abc", 400),
	POST("2^64+3", "Content-Length: 18446744073709551619\r\n", "abc", 400),
	POST("folded", "Content-Length:\r\n 3\r\n", "abc", 400),
	POST("space before the colon", "Content-Length : 3\r\n", "abc", 400),
	POST("over the limit", "Content-Length: 9223372036854775807\r\n", "abc", 413),
};

static const struct attack codings[] = {
	POST("gzip", "Transfer-Encoding: gzip\r\n", "", 501),
	POST("identity", "Transfer-Encoding: identity\r\n", "", 501),
	POST("chunked, gzip", "Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n", 501),
	POST("gzip, chunked", "Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n", 501),
	POST("chunked, chunked", "Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n", 501),
	POST("quoted", "Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n", 501),
	POST("parameter", "Transfer-Encoding: chunked;q=1\r\n", "0\r\n\r\n", 501),
	POST("xchunked", "Transfer-Encoding: xchunked\r\n", "0\r\n\r\n", 501),
	POST("after a comma", "Transfer-Encoding: ,chunked\r\n", "0\r\n\r\n", 501),
	POST("empty", "Transfer-Encoding:\r\n", "0\r\n\r\n", 400),
	POST("twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n", 400),
	POST("chunked, then identity", "Transfer-Encoding: chunked\r\n"
		"Transfer-Encoding: identity\r\n", "0\r\n\r\n", 400),
	POST("identity, then chunked", "Transfer-Encoding: identity\r\n"
		"Transfer-Encoding: chunked\r\n", "0\r\n\r\n", 501),
	POST("vertical tab", "Transfer-Encoding: \x0b" "chunked\r\n", "0\r\n\r\n", 400),
	POST("folded", "Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n", 400),
	POST("space before the colon", "Transfer-Encoding : chunked\r\n", "0\r\n\r\n", 400),
	POST("beside a length", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n",
		400),
	POST("behind a length", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n",
		400),
	BAD("in HTTP/1.0", "POST /a HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
};

static const struct attack chunks[] = {
	CHUNKS("0x3", "0x3\r\nabc\r\n0\r\n\r\n"),
	CHUNKS("plus", "+3\r\nabc\r\n0\r\n\r\n"),
	CHUNKS("minus", "-3\r\nabc\r\n0\r\n\r\n"),
	CHUNKS("space before", " 3\r\nabc\r\n0\r\n\r\n"),
	CHUNKS("space behind", "3 \r\nabc\r\n0\r\n\r\n"),
	CHUNKS("NUL and more", "3\0zz\r\nabc\r\n0\r\n\r\n"),
	CHUNKS("no digits", "\r\nabc\r\n0\r\n\r\n"),
	CHUNKS("nine digits", "000000003\r\nabc\r\n0\r\n\r\n"),
	CHUNKS("overflow", "10000000000000003\r\nabc\r\n0\r\n\r\n"),
	CHUNKS("extension", "3;a=b\r\nabc\r\n0\r\n\r\n"),
	CHUNKS("empty extension", "3;\r\nabc\r\n0\r\n\r\n"),
	CHUNKS("extension of the last", "3\r\nabc\r\n0;a\r\n\r\n"),
	CHUNKS("bare LF behind the size", "3\nabc\r\n0\r\n\r\n"),
	CHUNKS("bare LF behind the data", "3\r\nabc\n0\r\n\r\n"),
	CHUNKS("bare LF at the end", "3\r\nabc\r\n0\r\n\n"),
	CHUNKS("bare CR behind the size", "3\rabc\r\n0\r\n\r\n"),
	CHUNKS("no CRLF behind the data", "3\r\nabc0\r\n\r\n"),
	CHUNKS("more data than said", "3\r\nabcd\r\n0\r\n\r\n"),
	CHUNKS("less data than said", "5\r\nabc\r\n0\r\n\r\n"),
	CHUNKS("trailer", "3\r\nabc\r\n0\r\nX: y\r\n\r\n"),
	CHUNKS("trailer with a length", "3\r\nabc\r\n0\r\nContent-Length: 38\r\n\r\n"),
	POST("more than the limit", "Transfer-Encoding: chunked\r\n", "ffffffff\r\nabc", 413),
};

static const struct attack honest[] = {
	RAW("GET", "GET /a HTTP/1.1\r\nHost: a\r\n\r\n" SMUGGLED, 200, true),
	RAW("tab before a length", "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length:\t3\r\n\r\nabc" SMUGGLED,
		200, true),
	RAW("close among others", "GET /a HTTP/1.1\r\nHost: a\r\nConnection: close, foo\r\n\r\n" SMUGGLED,
		200, false),
	RAW("HTTP/1.0", "GET /a HTTP/1.0\r\n\r\n" SMUGGLED, 200, false),
	RAW("HTTP/1.0, kept", "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" SMUGGLED, 200, true),
	RAW("chunked", "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
		"3\r\nabc\r\n0\r\n\r\n" SMUGGLED, 200, true),
	SWALLOWED("GET with a body", "GET", "/a", 200),
	SWALLOWED("DELETE with a body", "DELETE", "/a", 200),
	SWALLOWED("unknown method with a body", "BREW", "/a", 200),
	SWALLOWED("404 with a body", "POST", "/missing", 404),
	RAW("413 with a body", "POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 35\r\n\r\n" SMUGGLED,
		413, false),
	RAW("413 asked for", "POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 35\r\n"
		"Expect: 100-continue\r\n\r\n", 413, false),
	RAW("401 with a body", "POST /private HTTP/1.1\r\nHost: a\r\nContent-Length: 35\r\n\r\n" SMUGGLED,
		401, false),
};

/* ---- running them ----------------------------------------------------------------------- */

static void send_bytes(struct client *c, struct house *h, const struct attack *a, bool bytewise)
{
	size_t i;

	if (!bytewise) {
		client_send_bytes(c, a->bytes, a->len);
		return;
	}
	for (i = 0; i < a->len; i++) {
		if (send(c->fd, a->bytes + i, 1, MSG_NOSIGNAL) < 0)
			return;		/* refused before the end */
		event_base_loop(h->base, EVLOOP_NONBLOCK);
	}
}

static void check_attack(struct house *h, const struct attack *a, bool bytewise)
{
	bool swallowed = a->open && memmem(a->bytes, a->len, "Content-Length: 35", 18) != NULL;
	int64_t end = now_ms() + 3000;
	struct reply r = { 0 };
	struct client c;

	buf_clear(&h->log);
	client_open(&c, h);
	send_bytes(&c, h, a, bytewise);
	while (!client_next(&c, &r, false)) {
		if (now_ms() > end)
			fail_msg("%s: no answer", a->name);
		house_turn(h);
		client_take(&c);
	}
	if (r.status != a->status)
		fail_msg("%s: answered %d, expected %d", a->name, r.status, a->status);
	if (a->open && !swallowed) {
		while (!client_next(&c, &r, false) && now_ms() < end) {
			house_turn(h);
			client_take(&c);
		}
		if (r.status != 200 || strstr(h->log.data, "/smuggled") == NULL)
			fail_msg("%s: the second request was not answered", a->name);
	} else if (h->log.len > 0 && strstr(h->log.data, "smuggled") != NULL) {
		fail_msg("%s: a body was taken for a request", a->name);
	}
	house_run(h, 2);
	client_take(&c);
	if (c.in.len > 0)
		fail_msg("%s: more was answered: %s", a->name, c.in.data);
	if (c.eof == a->open)
		fail_msg("%s: the connection is %s", a->name, c.eof ? "closed" : "open");
	if (c.reset)
		fail_msg("%s: the connection was reset", a->name);
	reply_release(&r);
	client_close(&c);
}

static void check_all(const struct attack *table, size_t n)
{
	struct house h;
	size_t i;

	house_open(&h, &http_limits_default);
	for (i = 0; i < n; i++) {
		check_attack(&h, &table[i], false);
		check_attack(&h, &table[i], true);
	}
	assert_int_equal(http_server_busy(h.server), 0);
	house_close(&h);
}

static void request_lines_that_are_none(void **state)
{
	(void)state;
	check_all(request_lines, ARRAY_LEN(request_lines));
}

static void header_lines_that_are_none(void **state)
{
	(void)state;
	check_all(header_lines, ARRAY_LEN(header_lines));
}

static void lengths_that_two_would_read_differently(void **state)
{
	(void)state;
	check_all(lengths, ARRAY_LEN(lengths));
}

static void codings_that_leave_the_end_open(void **state)
{
	(void)state;
	check_all(codings, ARRAY_LEN(codings));
}

static void chunks_that_are_not_exact(void **state)
{
	(void)state;
	check_all(chunks, ARRAY_LEN(chunks));
}

static void honest_requests_stay_in_step(void **state)
{
	(void)state;
	check_all(honest, ARRAY_LEN(honest));
}

/* ---- large ones -------------------------------------------------------------------------- */

static void check_large(const char *name, const char *before, const char *repeat, size_t n,
	const char *after, int status, bool open)
{
	size_t one = strlen(repeat), i;
	struct attack a = { name, NULL, 0, status, open };
	struct house h;
	struct buf bytes;

	buf_init(&bytes, 0);
	buf_adds(&bytes, before);
	for (i = 0; i < n; i++)
		buf_add(&bytes, repeat, one);
	buf_adds(&bytes, after);
	buf_adds(&bytes, SMUGGLED);
	a.bytes = bytes.data;
	a.len = bytes.len;
	house_open(&h, &http_limits_default);
	check_attack(&h, &a, false);
	house_close(&h);
	buf_release(&bytes);
}

static void heads_that_are_large(void **state)
{
	static const char get[] = "GET /a HTTP/1.1\r\nHost: a\r\n", end[] = " HTTP/1.1\r\nHost: a\r\n\r\n";

	(void)state;
	check_large("target of 4,000", "GET /", "a", 4000, end, 200, true);
	check_large("target of 9,000", "GET /", "a", 9000, end, 414, false);
	check_large("target without an end", "GET /", "a", 60000, "", 414, false);
	check_large("header line of 9,000", "GET /a HTTP/1.1\r\nHost: a\r\nX: ", "y", 9000, "\r\n\r\n",
		200, true);
	check_large("head of 40 kB", "GET /a HTTP/1.1\r\nHost: a\r\nX: ", "y", 40000, "\r\n\r\n", 431,
		false);
	check_large("60 header lines", get, "X: y\r\n", 60, "\r\n", 200, true);
	check_large("2,000 header lines", get, "X: y\r\n", 2000, "\r\n", 431, false);
	check_large("4,000 header lines", get, "X: y\r\n", 4000, "\r\n", 431, false);
	check_large("method without an end", "", "A", 60000, "", 414, false);
	check_large("chunks of one byte", "POST /a HTTP/1.1\r\nHost: a\r\n"
		"Transfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n", 10000, "0\r\n\r\n", 200, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(request_lines_that_are_none),
		cmocka_unit_test(header_lines_that_are_none),
		cmocka_unit_test(lengths_that_two_would_read_differently),
		cmocka_unit_test(codings_that_leave_the_end_open),
		cmocka_unit_test(chunks_that_are_not_exact),
		cmocka_unit_test(honest_requests_stay_in_step),
		cmocka_unit_test(heads_that_are_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
