/*
 * A house for tests of the HTTP front: a real server on loopback with a handler
 * that writes down what it was asked, and clients on raw sockets. All live in one
 * process: while a client waits, the server's loop is turned by hand.
 */
#ifndef TOCSIN_TESTS_HTTP_CLIENT_H
#define TOCSIN_TESTS_HTTP_CLIENT_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "http/server.h"

enum { HELD_MAX = 16, BIG = 300 * 1024 };

/* What /big answers. */
static char big[BIG];

struct house {
	struct event_base *base;
	struct http_server *server;
	int port;
	struct buf log;			/* "GET /a;POST /b;" */
	struct http_request *held[HELD_MAX];
	size_t n_held;
	unsigned long handled;
};

static inline int64_t now_ms(void)
{
	return clock_monotonic_us() / 1000;
}

/* ---- the handler ---- */

struct later {
	struct event *timer;
	struct http_request *req;
};

static inline void reply_later(evutil_socket_t fd, short what, void *arg)
{
	struct later *later = arg;

	(void)fd;
	(void)what;
	http_reply(later->req, 200, "text/plain", "slow", 4);
	event_free(later->timer);
	free(later);
}

static inline void start_later(struct house *h, struct http_request *req)
{
	struct timeval tv = { 0, 50 * 1000 };
	struct later *later = malloc(sizeof(*later));

	assert_non_null(later);
	later->req = req;
	later->timer = evtimer_new(h->base, reply_later, later);
	evtimer_add(later->timer, &tv);
}

static inline int house_head(void *arg, struct http_request *req, uint64_t *body_max)
{
	const char *path = http_request_path(req);

	(void)arg;
	if (strcmp(path, "/small") == 0)
		*body_max = 4;
	if (strcmp(path, "/large") == 0)
		*body_max = 16 * 1024 * 1024;
	if (strcmp(path, "/private") != 0)
		return 0;
	http_reply_header(req, "WWW-Authenticate", "Bearer");
	http_reply(req, 401, "text/plain", "no", 2);
	return -1;
}

static inline void house_request(void *arg, struct http_request *req)
{
	struct house *h = arg;
	const char *path = http_request_path(req), *body;
	size_t len;

	h->handled++;
	if (h->log.len < 4096)
		buf_addf(&h->log, "%s %s;", http_request_method(req), path);
	body = http_request_body(req, &len);
	if (strcmp(path, "/slow") == 0) {
		start_later(h, req);
	} else if (strcmp(path, "/hold") == 0 && h->n_held < HELD_MAX) {
		h->held[h->n_held++] = req;
	} else if (strcmp(path, "/missing") == 0) {
		http_reply(req, 404, "text/plain", "missing", 7);
	} else if (strcmp(path, "/none") == 0) {
		http_reply(req, 204, NULL, NULL, 0);
	} else if (strcmp(path, "/big") == 0) {
		http_reply(req, 200, "text/plain", big, sizeof(big));
	} else if (len > 0) {
		http_reply(req, 200, "text/plain", body, len);
	} else {
		http_reply(req, 200, "text/plain", path, strlen(path));
	}
}

static inline void house_release(struct house *h)
{
	size_t i;

	for (i = 0; i < h->n_held; i++)
		http_reply(h->held[i], 200, "text/plain", "held", 4);
	h->n_held = 0;
}

/* ---- the house ---- */

static inline void house_open(struct house *h, const struct http_limits *limits)
{
	const struct http_listen how = { .kind = HTTP_LISTEN_TCP };
	struct http_handler handler = { house_head, house_request, h };
	struct error err;
	int fd;

	signal(SIGPIPE, SIG_IGN);
	memset(h, 0, sizeof(*h));
	memset(big, 'b', sizeof(big));
	buf_init(&h->log, 0);
	h->base = event_base_new();
	h->server = http_server_new(h->base, limits, &handler);
	assert_int_equal(http_listen_tcp("127.0.0.1", 0, &fd, &h->port, &err), 0);
	assert_int_equal(http_server_listen(h->server, fd, &how, &err), 0);
}

static inline void house_close(struct house *h)
{
	house_release(h);
	http_server_free(h->server);
	event_base_loop(h->base, EVLOOP_NONBLOCK);
	event_base_free(h->base);
	buf_release(&h->log);
}

/* One turn of the loop; waits at most a millisecond or so. */
static inline void house_turn(struct house *h)
{
	event_base_loop(h->base, EVLOOP_NONBLOCK);
	usleep(200);
}

static inline void house_run(struct house *h, int ms)
{
	int64_t end = now_ms() + ms;

	while (now_ms() < end)
		house_turn(h);
}

/* ---- a client ---- */

struct client {
	struct house *house;
	int fd;
	struct buf in;
	bool eof, reset;
};

static inline void client_start(struct client *c, struct house *h, int fd,
	const struct sockaddr *sa, socklen_t len)
{
	c->house = h;
	c->fd = fd;
	c->eof = c->reset = false;
	buf_init(&c->in, 0);
	assert_true(fd >= 0);
	/* The queue of the listener takes it at once. */
	assert_int_equal(connect(fd, sa, len), 0);
	assert_true(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
}

static inline void client_open(struct client *c, struct house *h)
{
	struct sockaddr_in in = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)h->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	client_start(c, h, socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
		(const struct sockaddr *)&in, sizeof(in));
}

static inline void client_close(struct client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	buf_release(&c->in);
}

/* Leaves with a reset, as a crashed client does. */
static inline void client_abort(struct client *c)
{
	struct linger linger = { 1, 0 };

	setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	client_close(c);
}

/* Reads what is there. */
static inline void client_take(struct client *c)
{
	char block[16 * 1024];
	ssize_t n;

	while ((n = read(c->fd, block, sizeof(block))) > 0)
		buf_add(&c->in, block, (size_t)n);
	if (n == 0)
		c->eof = true;
	else if (errno != EAGAIN && errno != EINTR)
		c->reset = true;
}

/* Sends all, reading nothing, until done or until the server has closed. */
static inline size_t client_send_bytes(struct client *c, const char *data, size_t len)
{
	int64_t end = now_ms() + 3000;
	size_t sent = 0;

	while (sent < len && now_ms() < end) {
		ssize_t n = send(c->fd, data + sent, len - sent, MSG_NOSIGNAL);

		if (n < 0 && errno != EAGAIN)
			break;
		if (n > 0)
			sent += (size_t)n;
		event_base_loop(c->house->base, EVLOOP_NONBLOCK);
	}
	return sent;
}

static inline void client_send(struct client *c, const char *text)
{
	assert_int_equal(client_send_bytes(c, text, strlen(text)), strlen(text));
}

/* One reply taken off the front of what was read. */
struct reply {
	int status;
	bool close, continued;
	char head[1024];
	char *body;
	size_t len;
};

/* The value of a header in reply->head; NULL when absent. */
static inline const char *reply_header(struct reply *r, const char *name)
{
	static char value[256];
	char *line = strstr(r->head, "\r\n");

	while (line != NULL) {
		line += 2;
		if (strncasecmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':') {
			snprintf(value, sizeof(value), "%.*s",
				(int)strcspn(line + strlen(name) + 2, "\r"),
				line + strlen(name) + 2);
			return value;
		}
		line = strstr(line, "\r\n");
	}
	return NULL;
}

/* True when a whole reply was there. A reply to HEAD has a length and no body. */
static inline bool client_next(struct client *c, struct reply *r, bool to_head)
{
	const char *end = strstr(c->in.data, "\r\n\r\n"), *text;
	size_t head_len;

	if (end == NULL)
		return false;
	head_len = (size_t)(end - c->in.data) + 4;
	assert_true(head_len < sizeof(r->head));
	memcpy(r->head, c->in.data, head_len);
	r->head[head_len] = '\0';
	assert_int_equal(sscanf(r->head, "HTTP/1.1 %3d ", &r->status), 1);
	text = reply_header(r, "Content-Length");
	r->len = text != NULL ? (size_t)strtoul(text, NULL, 10) : 0;
	text = reply_header(r, "Connection");
	r->close = text != NULL && strcmp(text, "close") == 0;
	if (!to_head && c->in.len < head_len + r->len)
		return false;
	free(r->body);
	r->body = to_head ? strdup("") : strndup(c->in.data + head_len, r->len);
	buf_drain(&c->in, head_len + (to_head ? 0 : r->len));
	return true;
}

/* Waits for a reply; fails the test when none comes within three seconds. */
static inline void client_expect(struct client *c, struct reply *r, int status)
{
	int64_t end = now_ms() + 3000;

	while (!client_next(c, r, false)) {
		if (c->eof || c->reset || now_ms() > end)
			fail_msg("no reply %d: eof %d, reset %d, %zu bytes: %.200s", status, c->eof,
				c->reset, c->in.len, c->in.data);
		house_turn(c->house);
		client_take(c);
	}
	if (r->status != status)
		fail_msg("status %d instead of %d: %s%s", r->status, status, r->head, r->body);
}

/* Waits until the server's side is shut. */
static inline void client_expect_eof(struct client *c)
{
	int64_t end = now_ms() + 3000;

	while (!c->eof) {
		if (c->reset || now_ms() > end)
			fail_msg("not closed: reset %d, %zu bytes", c->reset, c->in.len);
		house_turn(c->house);
		client_take(c);
	}
}

/* Sends a request, expects the status. */
static inline void client_ask(struct client *c, struct reply *r, const char *text, int status)
{
	client_send(c, text);
	client_expect(c, r, status);
}

static inline void reply_release(struct reply *r)
{
	free(r->body);
	r->body = NULL;
}

#endif
