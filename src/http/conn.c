/*
 * One connection: its life, its deadlines and its output.
 *
 * Invariants. A connection has at most one request in flight. Deadlines are
 * absolute: they are set when something begins and never moved by activity, so
 * a peer that trickles gains nothing. One timer serves both deadlines and the
 * wish to go on in the next turn; it is armed for the earliest and set again when
 * it fires too early, which is cheaper than moving it for every request.
 *
 * A connection that was answered for the last time is shut on our side and read
 * until the peer shuts its own, 2 s at most: closing with unread bytes would make
 * the kernel send a reset, which can take the reply away from the peer before it
 * has read it.
 *
 * Nothing here frees a connection; conn_close hands it to the server's reaper.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "base/alloc.h"
#include "http/conn.h"
#include "http/tls.h"

static void on_read(struct bufferevent *bev, void *arg);
static void on_write(struct bufferevent *bev, void *arg);
static void on_event(struct bufferevent *bev, short what, void *arg);
static void on_timer(evutil_socket_t fd, short what, void *arg);
static void finish(struct http_conn *c);

void conn_new(struct http_server *server, int fd, const struct http_peer *peer,
	const struct address_key *key, struct http_tls *tls)
{
	struct http_conn *c = xcalloc(1, sizeof(*c));

	c->server = server;
	c->peer = *peer;
	c->counted = key != NULL;
	if (key != NULL)
		c->key = *key;
	c->read_due = c->write_due = c->armed_due = HTTP_NEVER;
	c->state = CONN_HEAD;
	c->begun = true;
	c->ssl = tls != NULL ? http_tls_accept(tls) : NULL;
	c->peer.tls = c->ssl != NULL;
	stream_open(c, fd);
	c->timer = evtimer_new(server->base, on_timer, c);
	if (c->timer == NULL)
		abort();	/* as in base/alloc.h: there is no memory */
	TAILQ_INSERT_HEAD(&server->conns, c, link);
	bufferevent_setcb(c->bev, on_read, on_write, on_event, c);
	conn_set_reading(c, true);
	/* One deadline for the handshake and the first head together. */
	conn_set_read_due(c, http_now() + (server->draining ? HTTP_DRAIN_NEW_MS :
		server->limits.head_timeout_ms));
}

void conn_free(struct http_conn *c)
{
	stream_free(c);
	event_free(c->timer);
	free(c->identity);
	free(c);
}

static void clear_write_due(struct http_conn *c)
{
	if (c->write_due == HTTP_NEVER)
		return;
	c->write_due = HTTP_NEVER;
	c->server->n_writing--;
}

static void drop_request(struct http_conn *c)
{
	struct http_request *req = c->request;

	c->request = NULL;
	if (req == NULL)
		return;
	/* The handler's own stays until it has been answered. */
	if (req->handed)
		req->conn = NULL;
	else
		request_free(req);
}

void conn_close(struct http_conn *c)
{
	if (c->state == CONN_DEAD)
		return;
	c->state = CONN_DEAD;
	drop_request(c);
	clear_write_due(c);
	bufferevent_setcb(c->bev, NULL, NULL, NULL, NULL);
	bufferevent_disable(c->bev, EV_WRITE);
	stream_read(c, false);
	event_del(c->timer);
	http_server_reap(c->server, c);
}

/* ---- deadlines ---- */

static void arm(struct http_conn *c)
{
	int64_t due = c->read_due < c->write_due ? c->read_due : c->write_due;
	int64_t left;
	struct timeval tv;

	if (due >= c->armed_due || c->state == CONN_DEAD)
		return;
	left = due - http_now();
	if (left < 1)
		left = 1;
	tv.tv_sec = (time_t)(left / 1000);
	tv.tv_usec = (suseconds_t)(left % 1000 * 1000);
	event_add(c->timer, &tv);
	c->armed_due = due;
}

void conn_set_read_due(struct http_conn *c, int64_t due)
{
	c->read_due = due;
	arm(c);
}

/* A timer of zero and not event_active: that one would run in this same turn,
 * before all other connections. */
void conn_wake(struct http_conn *c)
{
	static const struct timeval now;

	if (c->woken || c->state == CONN_DEAD)
		return;
	c->woken = true;
	c->armed_due = INT64_MIN;
	event_add(c->timer, &now);
}

static void expire(struct http_conn *c, int64_t now)
{
	bool idle = evbuffer_get_length(c->input) == 0;

	if (c->write_due <= now)
		conn_close(c);
	else if (c->read_due > now)
		return;
	else if (c->state == CONN_BODY || (c->state == CONN_HEAD && !idle))
		conn_refuse(c, c->server->draining ? 503 : 408);
	else if (c->state == CONN_HEAD && c->server->draining)
		finish(c);	/* a request may be on its way: no reset for it */
	else
		conn_close(c);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct http_conn *c = arg;

	(void)fd;
	(void)what;
	c->armed_due = HTTP_NEVER;
	if (c->woken) {
		c->woken = false;
		conn_process(c);
	}
	if (c->state != CONN_DEAD)
		expire(c, http_now());
	arm(c);
}

/* ---- input ---- */

void conn_set_reading(struct http_conn *c, bool on)
{
	if (c->reading == on || (on && c->eof))
		return;
	c->reading = on;
	stream_read(c, on);
}

static void drop_input(struct http_conn *c)
{
	struct evbuffer *input = c->input;

	evbuffer_drain(input, evbuffer_get_length(input));
}

void conn_has_read(struct http_conn *c)
{
	switch (c->state) {
	case CONN_HEAD:
	case CONN_BODY:
		/* One that has had its share goes on when its timer fires. */
		if (!c->woken)
			conn_process(c);
		break;
	case CONN_HANDLER:
		/* Pipelined behind a request in flight: it can wait in the kernel. */
		conn_set_reading(c, false);
		break;
	case CONN_CLOSING:
	case CONN_LINGER:
		drop_input(c);
		break;
	case CONN_DEAD:
		break;
	}
}

static void on_read(struct bufferevent *bev, void *arg)
{
	(void)bev;
	conn_has_read(arg);
}

/* A peer that shuts its side may still read: it gets the replies to all it has
 * sent. Only a reset tells that it is gone. */
void conn_has_ended(struct http_conn *c)
{
	conn_set_reading(c, false);
	c->eof = true;
	if (c->state == CONN_LINGER)
		conn_close(c);
	else if ((c->state == CONN_HEAD || c->state == CONN_BODY) && !c->woken)
		conn_process(c);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	struct http_conn *c = arg;

	(void)bev;
	if ((what & BEV_EVENT_ERROR) != 0) {
		conn_close(c);
		return;
	}
	if ((what & BEV_EVENT_CONNECTED) != 0)	/* the handshake is done */
		c->peer.identity = c->identity = http_tls_identity(c->ssl);
	if ((what & BEV_EVENT_EOF) != 0)
		conn_has_ended(c);
}

/* ---- output ---- */

bool conn_choked(const struct http_conn *c)
{
	return evbuffer_get_length(bufferevent_get_output(c->bev)) > HTTP_OUTPUT_MAX;
}

/* After the last reply has gone out. */
static void linger(struct http_conn *c)
{
	if (c->ssl != NULL)
		SSL_shutdown(c->ssl);		/* its close_notify */
	if (c->eof || shutdown(bufferevent_getfd(c->bev), SHUT_WR) < 0) {
		conn_close(c);
		return;
	}
	c->state = CONN_LINGER;
	drop_input(c);
	conn_set_reading(c, true);
	conn_set_read_due(c, http_now() + HTTP_LINGER_MS);
}

/* Drops what still comes in while the last reply goes out. */
static void finish(struct http_conn *c)
{
	if (c->state == CONN_DEAD)
		return;
	c->state = CONN_CLOSING;
	c->read_due = HTTP_NEVER;
	if (c->write_due == HTTP_NEVER) {
		linger(c);
		return;
	}
	drop_input(c);
	conn_set_reading(c, true);
}

static void on_write(struct bufferevent *bev, void *arg)
{
	struct http_conn *c = arg;

	/* Called at the low watermark, which is zero: all is out. */
	if (evbuffer_get_length(bufferevent_get_output(bev)) > 0)
		return;
	clear_write_due(c);
	if (c->state == CONN_CLOSING)
		linger(c);
	else if (c->state == CONN_HEAD || c->state == CONN_BODY)
		conn_process(c);
}

/* Most replies fit into the socket's buffer, so they are sent at once; through
 * the bufferevent each would cost two epoll_ctl and one more turn of the loop. TLS has
 * to be asked by whoever keeps its state. */
static size_t send_now(struct http_conn *c, struct iovec *iov, int n)
{
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = (size_t)n };
	ssize_t sent;

	if (c->ssl != NULL || evbuffer_get_length(bufferevent_get_output(c->bev)) > 0)
		return 0;
	sent = sendmsg(bufferevent_getfd(c->bev), &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (sent >= 0)
		return (size_t)sent;
	if (errno != EAGAIN && errno != EINTR && errno != ENOBUFS)
		conn_close(c);
	return 0;
}

void conn_write(struct http_conn *c, struct iovec *iov, int n)
{
	struct evbuffer *output = bufferevent_get_output(c->bev);
	size_t sent = send_now(c, iov, n);
	int i;

	if (c->state == CONN_DEAD)
		return;
	for (i = 0; i < n; i++) {
		size_t skip = sent < iov[i].iov_len ? sent : iov[i].iov_len;

		sent -= skip;
		if (iov[i].iov_len > skip)
			evbuffer_add(output, (const char *)iov[i].iov_base + skip,
				iov[i].iov_len - skip);
	}
	if (c->write_due == HTTP_NEVER && evbuffer_get_length(output) > 0) {
		c->write_due = http_now() + c->server->limits.write_timeout_ms;
		c->server->n_writing++;
		arm(c);
	}
}

/* From the file to the socket by the kernel, as the peer takes it. A slow one gets the
 * time that a small reply has, and more by the length. */
void conn_write_file(struct http_conn *c, int fd, uint64_t len)
{
	if (c->state == CONN_DEAD || len == 0) {
		close(fd);
		return;
	}
	if (evbuffer_add_file(bufferevent_get_output(c->bev), fd, 0, (ev_off_t)len) < 0) {
		close(fd);
		conn_close(c);
		return;
	}
	if (c->write_due == HTTP_NEVER)
		c->server->n_writing++;
	c->write_due = http_now() + c->server->limits.write_timeout_ms +
		(int64_t)(len / HTTP_SLOWEST);
	arm(c);
}

/* ---- the ends of a request ---- */

/* What was wrong, for a person who looks at a capture; never the request's own text. */
static const char *refusal_detail(int status)
{
	switch (status) {
	case 400: return "this is not well-formed HTTP/1.1";
	case 408: return "the request took too long to come";
	case 413: return "the body is larger than is taken here";
	case 414: return "the target is longer than is taken here";
	case 417: return "the only expectation known here is 100-continue";
	case 431: return "the header fields are larger than is taken here";
	case 501: return "the method or the transfer coding is not known here";
	case 503: return "there is no room for this request now";
	case 505: return "only HTTP/1.0 and HTTP/1.1 are known here";
	default: return "the request cannot be answered";
	}
}

void conn_refuse(struct http_conn *c, int status)
{
	bool is_head = c->request != NULL && strcmp(c->request->method, "HEAD") == 0;
	struct http_answer a = {
		.status = status,
		.content_type = "application/problem+json",
		.with_body = !is_head,
	};
	struct buf body, headers;

	drop_request(c);
	buf_init(&body, 0);
	buf_init(&headers, 0);
	buf_addf(&body, "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d,"
		"\"detail\":\"%s\"}", http_reason(status), status, refusal_detail(status));
	if (status == 503)
		buf_adds(&headers, "Retry-After: 1\r\n");
	a.headers = &headers;
	a.body = body.data;
	a.len = body.len;
	reply_send(c, &a);
	buf_release(&body);
	buf_release(&headers);
	finish(c);
}

void conn_answered(struct http_conn *c, bool last)
{
	struct evbuffer *input = c->input;

	c->begun = false;
	c->read_due = HTTP_NEVER;
	if (c->state == CONN_DEAD)
		return;
	if (last) {
		finish(c);
		return;
	}
	c->state = CONN_HEAD;
	http_server_touch(c->server, c);
	/* Inside conn_process its loop goes on. Otherwise what is there already is
	 * taken in by a turn of its own: the handler that answers just now must not
	 * be entered again. */
	if (c->processing)
		return;
	if (evbuffer_get_length(input) == 0 && c->reading && c->write_due == HTTP_NEVER)
		conn_set_read_due(c, http_now() + c->server->limits.idle_timeout_ms);
	else
		conn_wake(c);
}

bool conn_is_waiting(const struct http_conn *c)
{
	return !c->processing && (c->state == CONN_HEAD || c->state == CONN_BODY);
}

/* Just accepted: what it has sent may still lie in the kernel. */
static bool is_fresh(const struct http_conn *c)
{
	return c->begun && c->read_due > http_now() + c->server->limits.head_timeout_ms -
		HTTP_FRESH_MS;
}

bool conn_is_idle(const struct http_conn *c)
{
	return conn_is_waiting(c) && c->state == CONN_HEAD && c->write_due == HTTP_NEVER &&
		evbuffer_get_length(c->input) == 0 && !is_fresh(c);
}

void conn_shed(struct http_conn *c)
{
	if (conn_is_idle(c))
		conn_close(c);
	else
		conn_refuse(c, 503);
}

void conn_drain(struct http_conn *c)
{
	bool begun = evbuffer_get_length(c->input) > 0;
	int64_t due = http_now() + (c->begun ? HTTP_DRAIN_NEW_MS : HTTP_DRAIN_MS);

	if (!conn_is_waiting(c))
		return;
	/* Half a request: a sender repeats after 503, but not all of them do after
	 * a connection that was closed without a word. */
	if (c->state == CONN_BODY || begun)
		conn_refuse(c, 503);
	else if (c->write_due != HTTP_NEVER)
		finish(c);
	else if (c->read_due > due)
		conn_set_read_due(c, due);
}
