/*
 * The HTTP front as a client meets it, over raw sockets: what is answered, what
 * is closed and when, and that no byte of a body is ever taken for a request.
 */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "http_client.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"
#define SMUGGLED "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"	/* 35 bytes */

/* Deadlines short enough for a test, far enough apart to tell them from each
 * other. */
static const struct http_limits quick = {
	.body_max = 100 * 1000,
	.body_total_max = 64 * 1024 * 1024,
	.head_timeout_ms = 300,
	.body_timeout_ms = 400,
	.idle_timeout_ms = 600,
	.write_timeout_ms = 500,
	.connections_max = 100,
	.connections_per_address = 100,
};

/* What is sent, the statuses that come back ("100 200 404", HEAD: as "h200"), what
 * the handler saw, and whether the connection is open afterwards. */
static const struct exchange {
	const char *name, *send, *statuses, *log;
	bool open;
} exchanges[] = {
	{ "GET", GET("/a"), "200", "GET /a;", true },
	{ "close", "GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "200", "GET /a;",
		false },
	{ "nothing is read after close", "GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
		SMUGGLED, "200", "GET /a;", false },
	{ "HTTP/1.0", "GET /a HTTP/1.0\r\n\r\n", "200", "GET /a;", false },
	{ "HTTP/1.0, kept", "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "200", "GET /a;",
		true },
	{ "HEAD", "HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n", "h200", "HEAD /a;", true },
	{ "204", GET("/none"), "204", "GET /none;", true },
	{ "three pipelined", GET("/a") GET("/b") GET("/c"), "200 200 200",
		"GET /a;GET /b;GET /c;", true },
	{ "pipelined behind a slow one", GET("/slow") GET("/b") GET("/slow") GET("/c"),
		"200 200 200 200", "GET /slow;GET /b;GET /slow;GET /c;", true },
	{ "GET with a body", "GET /a HTTP/1.1\r\nHost: a\r\nContent-Length: 35\r\n\r\n" SMUGGLED,
		"200", "GET /a;", true },
	{ "HEAD with a body", "HEAD /a HTTP/1.1\r\nHost: a\r\nContent-Length: 35\r\n\r\n" SMUGGLED,
		"h200", "HEAD /a;", true },
	{ "DELETE with a body", "DELETE /a HTTP/1.1\r\nHost: a\r\nContent-Length: 35\r\n\r\n"
		SMUGGLED GET("/b"), "200 200", "DELETE /a;GET /b;", true },
	{ "unknown method with a body", "BREW /a HTTP/1.1\r\nHost: a\r\nContent-Length: 35\r\n\r\n"
		SMUGGLED, "200", "BREW /a;", true },
	{ "404 with a body", "POST /missing HTTP/1.1\r\nHost: a\r\nContent-Length: 35\r\n\r\n"
		SMUGGLED, "404", "POST /missing;", true },
	{ "413 with a body", "POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 35\r\n\r\n"
		SMUGGLED, "413", "", false },
	{ "HEAD over the limit", "HEAD /small HTTP/1.1\r\nHost: a\r\nContent-Length: 35\r\n\r\n"
		SMUGGLED, "h413", "", false },
	{ "refused at the head", "POST /private HTTP/1.1\r\nHost: a\r\nContent-Length: 35\r\n\r\n"
		SMUGGLED, "401", "", false },
	{ "two lengths", "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 35"
		"\r\n\r\n" SMUGGLED, "400", "", false },
	{ "gzip coding", "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n" SMUGGLED,
		"501", "", false },
	{ "length and coding", "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
		"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SMUGGLED, "400", "", false },
	{ "bad head after a good one", GET("/a") "GET /b\r\n\r\n" SMUGGLED, "200 400", "GET /a;",
		false },
	{ "path with a dot segment", GET("/a/%2e%2e/b"), "400", "", false },
	{ "path with NUL", GET("/a%00"), "400", "", false },
	{ "TLS hello", "\x16\x03\x01", "400", "", false },
	{ "chunked", "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
		"23\r\n" SMUGGLED "\r\n0\r\n\r\n" GET("/b"), "200 200", "POST /a;GET /b;", true },
	{ "chunk extension", "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
		"1;a\r\nx\r\n0\r\n\r\n" SMUGGLED, "400", "", false },
	{ "413 by a chunk", "POST /small HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
		"3\r\nabc\r\n3\r\nabc\r\n0\r\n\r\n" SMUGGLED, "413", "", false },
	{ "413 announced by a chunk", "POST /small HTTP/1.1\r\nHost: a\r\n"
		"Transfer-Encoding: chunked\r\n\r\nffffffff\r\n", "413", "", false },
	{ "chunked up to the limit", "POST /small HTTP/1.1\r\nHost: a\r\n"
		"Transfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n", "200", "POST /small;", true },
	{ "100 is sent before the body", "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
		"Expect: 100-continue\r\n\r\n", "100", "", true },
	{ "no 100 when the body is here", "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
		"Expect: 100-continue\r\n\r\nabc", "200", "POST /a;", true },
	{ "no 100 without a body", "GET /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n",
		"200", "GET /a;", true },
	{ "413 instead of 100", "POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
		"Expect: 100-continue\r\n\r\n", "413", "", false },
	{ "401 instead of 100", "POST /private HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
		"Expect: 100-continue\r\n\r\n", "401", "", false },
	{ "417", "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: foo\r\n\r\n", "417",
		"", false },
};

static void check_exchange(struct house *h, const struct exchange *x, bool bytewise)
{
	const char *p = x->statuses;
	struct reply r = { 0 };
	struct client c;
	size_t i;

	buf_clear(&h->log);
	client_open(&c, h);
	if (!bytewise)
		client_send(&c, x->send);
	for (i = 0; bytewise && x->send[i] != '\0'; i++) {
		if (send(c.fd, x->send + i, 1, MSG_NOSIGNAL) < 0)
			break;		/* refused before the end */
		event_base_loop(h->base, EVLOOP_NONBLOCK);
	}
	while (*p != '\0') {
		bool to_head = *p == 'h';
		int64_t end = now_ms() + 2000;

		p += to_head ? 1 : 0;
		while (!client_next(&c, &r, to_head)) {
			if (now_ms() > end)
				fail_msg("%s: waiting for %s, got: %s", x->name, p, c.in.data);
			house_turn(h);
			client_take(&c);
		}
		if (r.status != (int)strtol(p, NULL, 10))
			fail_msg("%s: got %d, expected %s", x->name, r.status, p);
		p += strcspn(p, " ");
		p += strspn(p, " ");
	}
	house_run(h, 2);
	client_take(&c);
	if (c.in.len > 0 || c.reset)
		fail_msg("%s: more than expected: %s", x->name, c.in.data);
	if (strcmp(h->log.data, x->log) != 0)
		fail_msg("%s: handled \"%s\"", x->name, h->log.data);
	if (c.eof == x->open || (r.status != 100 && r.close == x->open))
		fail_msg("%s: %s, said %s", x->name, c.eof ? "closed" : "open",
			r.close ? "close" : "nothing");
	reply_release(&r);
	client_close(&c);
}

static void each_exchange_stays_in_step(void **state)
{
	struct house h;
	size_t i;

	(void)state;
	house_open(&h, &http_limits_default);
	for (i = 0; i < ARRAY_LEN(exchanges); i++) {
		check_exchange(&h, &exchanges[i], false);
		/* A body that trickles in is asked for. */
		if (strncmp(exchanges[i].name, "no 100", 6) != 0)
			check_exchange(&h, &exchanges[i], true);
	}
	house_close(&h);
}

static void a_reply_carries_its_headers(void **state)
{
	struct reply r = { 0 };
	struct client c;
	struct house h;

	(void)state;
	house_open(&h, &quick);
	client_open(&c, &h);
	client_ask(&c, &r, GET("/a%20b"), 200);
	assert_string_equal(r.body, "/a b");
	assert_non_null(reply_header(&r, "Date"));
	assert_int_equal(strlen(reply_header(&r, "Date")), 29);
	assert_string_equal(reply_header(&r, "Content-Length"), "4");
	assert_null(reply_header(&r, "Connection"));
	client_ask(&c, &r, "GET /<script> HTTP/3\r\n\r\n", 400);
	assert_string_equal(reply_header(&r, "Content-Type"), "application/problem+json");
	assert_string_equal(r.body,
		"{\"type\":\"about:blank\",\"title\":\"Bad Request\",\"status\":400,"
		"\"detail\":\"this is not well-formed HTTP/1.1\"}");
	client_expect_eof(&c);
	client_close(&c);
	client_open(&c, &h);
	client_ask(&c, &r, GET("/private"), 401);
	assert_string_equal(reply_header(&r, "WWW-Authenticate"), "Bearer");
	client_close(&c);
	reply_release(&r);
	house_close(&h);
}

static void a_body_of_a_mebibyte_comes_through(void **state)
{
	enum { SIZE = 1024 * 1024 };
	char *body = malloc(SIZE + 1);
	struct reply r = { 0 };
	struct client c;
	struct house h;

	(void)state;
	assert_non_null(body);
	memset(body, 'x', SIZE);
	body[SIZE] = '\0';
	house_open(&h, &http_limits_default);
	client_open(&c, &h);
	client_send(&c, "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1048576\r\n\r\n");
	assert_int_equal(client_send_bytes(&c, body, SIZE), SIZE);
	client_expect(&c, &r, 200);
	assert_int_equal(r.len, SIZE);
	assert_string_equal(r.body, body);
	client_ask(&c, &r, GET("/b"), 200);
	client_close(&c);
	reply_release(&r);
	free(body);
	house_close(&h);
}

/* The sender of a body that is too large sees why, although it goes on sending. */
static void a_refusal_is_seen_by_a_sender(void **state)
{
	enum { SIZE = 8 * 1024 * 1024 };
	char *body = calloc(1, SIZE);
	struct reply r = { 0 };
	struct client c;
	struct house h;

	(void)state;
	assert_non_null(body);
	house_open(&h, &quick);
	client_open(&c, &h);
	client_send(&c, "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 8388608\r\n\r\n");
	assert_int_equal(client_send_bytes(&c, body, SIZE), SIZE);
	client_expect(&c, &r, 413);
	client_expect_eof(&c);
	assert_int_equal(h.handled, 0);
	client_close(&c);
	reply_release(&r);
	free(body);
	house_close(&h);
}

/* Sends the bytes one by one, 20 ms apart, until refused; returns after how many
 * ms that was. */
static int64_t trickle(struct house *h, const char *start, int status)
{
	int64_t began = now_ms(), next = began, took;
	struct reply r = { 0 };
	struct client c;

	client_open(&c, h);
	client_send(&c, start);
	while (!client_next(&c, &r, false) || r.status == 200) {
		took = now_ms() - began;
		if (took > 2000)
			fail_msg("trickling goes on after %d ms", (int)took);
		if (now_ms() >= next) {
			send(c.fd, "x", 1, MSG_NOSIGNAL);
			next += 20;
		}
		house_turn(h);
		client_take(&c);
	}
	took = now_ms() - began;
	assert_int_equal(r.status, status);
	assert_true(r.close);
	client_expect_eof(&c);
	client_close(&c);
	reply_release(&r);
	return took;
}

static void a_trickle_ends_at_the_deadline(void **state)
{
	struct house h;
	int64_t took;

	(void)state;
	house_open(&h, &quick);
	took = trickle(&h, "GET / HTTP/1.1\r\nX: ", 408);
	assert_in_range(took, 290, 1500);
	/* The second head of a connection has no longer than the first. */
	took = trickle(&h, GET("/a") "GET / HTTP/1.1\r\nX: ", 408);
	assert_in_range(took, 290, 550);
	took = trickle(&h, "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n", 408);
	assert_in_range(took, 390, 1500);
	took = trickle(&h, "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
		"fff\r\n", 408);
	assert_in_range(took, 390, 1500);
	house_close(&h);
}

/* Silence is closed without a word: what is sent in the meantime would be taken
 * for the reply to the next request. */
static void silence_is_closed(void **state)
{
	struct client fresh, used;
	struct reply r = { 0 };
	struct house h;
	int64_t began;

	(void)state;
	house_open(&h, &quick);
	client_open(&fresh, &h);
	client_open(&used, &h);
	client_ask(&used, &r, GET("/a"), 200);
	began = now_ms();
	client_expect_eof(&fresh);
	assert_int_equal(fresh.in.len, 0);
	assert_in_range(now_ms() - began, 250, 550);
	client_expect_eof(&used);
	assert_int_equal(used.in.len, 0);
	assert_in_range(now_ms() - began, 590, 1500);
	/* A head that begins after a while has the whole time of a head. */
	client_close(&used);
	client_open(&used, &h);
	client_ask(&used, &r, GET("/a"), 200);
	house_run(&h, 400);
	client_send(&used, "GET /b HTTP/1.1\r\n");
	house_run(&h, 150);
	client_ask(&used, &r, "Host: a\r\n\r\n", 200);
	client_close(&fresh);
	client_close(&used);
	reply_release(&r);
	house_close(&h);
}

static void a_client_may_leave_while_its_reply_is_pending(void **state)
{
	struct reply r = { 0 };
	struct client c;
	struct house h;
	int i;

	(void)state;
	house_open(&h, &quick);
	for (i = 0; i < 4; i++) {
		client_open(&c, &h);
		client_send(&c, i < 2 ? GET("/hold") : GET("/slow"));
		house_run(&h, 5);
		assert_int_equal(http_server_busy(h.server), 1);
		if (i % 2 == 0)
			client_abort(&c);
		else
			client_close(&c);
		house_run(&h, 5);
		/* The command goes on, its answer is for nobody. */
		assert_int_equal(http_server_busy(h.server), 1);
		house_release(&h);
		house_run(&h, i < 2 ? 5 : 60);
		assert_int_equal(http_server_busy(h.server), 0);
		assert_int_equal(http_server_connections(h.server), 0);
	}
	client_open(&c, &h);
	client_ask(&c, &r, GET("/a"), 200);
	client_close(&c);
	reply_release(&r);
	house_close(&h);
}

static void a_half_closed_client_gets_its_replies(void **state)
{
	static const char *const sends[] = {
		GET("/slow"), GET("/a") GET("/slow") GET("/b"),
		"POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx",
	};
	static const int replies[] = { 1, 3, 1 };
	struct reply r = { 0 };
	struct client c;
	struct house h;
	size_t i;
	int n;

	(void)state;
	house_open(&h, &quick);
	for (i = 0; i < ARRAY_LEN(sends); i++) {
		client_open(&c, &h);
		client_send(&c, sends[i]);
		shutdown(c.fd, SHUT_WR);
		for (n = 0; n < replies[i]; n++)
			client_expect(&c, &r, 200);
		client_expect_eof(&c);
		client_close(&c);
	}
	/* Half a request is told so. */
	client_open(&c, &h);
	client_send(&c, "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nx");
	shutdown(c.fd, SHUT_WR);
	client_expect(&c, &r, 400);
	client_close(&c);
	reply_release(&r);
	house_close(&h);
}

/* Takes requests in only as fast as the replies are read, and not for ever. */
static void a_client_that_does_not_read_is_held_back(void **state)
{
	struct reply r = { 0 };
	struct client c;
	struct house h;
	int64_t began;
	int i, got = 0;

	(void)state;
	house_open(&h, &quick);
	client_open(&c, &h);
	for (i = 0; i < 500; i++)
		client_send(&c, GET("/big"));
	house_run(&h, 50);
	/* The kernel's buffers take some MB, then at most one more reply is made. */
	assert_true(h.handled < 60);
	assert_int_equal(http_server_busy(h.server), 1);
	for (i = 0; i < 100; i++)
		client_expect(&c, &r, 200);
	assert_true(h.handled >= 100);
	began = now_ms();
	while (http_server_connections(h.server) > 0 && now_ms() - began < 2000)
		house_turn(&h);
	assert_in_range(now_ms() - began, 450, 1500);
	assert_int_equal(http_server_busy(h.server), 0);
	client_take(&c);
	while (client_next(&c, &r, false))
		got++;
	assert_true(got < 60);
	client_close(&c);
	reply_release(&r);
	house_close(&h);
}

/* More than fits into one turn: the others get theirs, and nothing is lost. */
static void a_long_pipeline_is_served_in_turns(void **state)
{
	struct client many, one;
	struct reply r = { 0 };
	struct buf text;
	struct house h;
	int i;

	(void)state;
	house_open(&h, &quick);
	buf_init(&text, 0);
	for (i = 0; i < 200; i++)
		buf_adds(&text, GET("/a"));
	client_open(&many, &h);
	client_open(&one, &h);
	house_run(&h, 5);
	assert_int_equal(write(many.fd, text.data, text.len), (ssize_t)text.len);
	assert_int_equal(write(one.fd, GET("/b"), strlen(GET("/b"))), strlen(GET("/b")));
	for (i = 0; i < 3; i++)
		event_base_loop(h.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	client_take(&one);
	assert_true(client_next(&one, &r, false));
	assert_in_range(h.handled, 17, 3 * 16 + 1);
	for (i = 0; i < 200; i++)
		client_expect(&many, &r, 200);
	assert_int_equal(h.handled, 201);
	client_close(&many);
	client_close(&one);
	reply_release(&r);
	buf_release(&text);
	house_close(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_exchange_stays_in_step),
		cmocka_unit_test(a_reply_carries_its_headers),
		cmocka_unit_test(a_body_of_a_mebibyte_comes_through),
		cmocka_unit_test(a_refusal_is_seen_by_a_sender),
		cmocka_unit_test(a_trickle_ends_at_the_deadline),
		cmocka_unit_test(silence_is_closed),
		cmocka_unit_test(a_client_may_leave_while_its_reply_is_pending),
		cmocka_unit_test(a_half_closed_client_gets_its_replies),
		cmocka_unit_test(a_client_that_does_not_read_is_held_back),
		cmocka_unit_test(a_long_pipeline_is_served_in_turns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
