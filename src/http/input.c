/*
 * From the bytes of a connection to requests. conn_process is the one loop that
 * reads the input buffer, and it is never entered twice: a handler that answers
 * at once returns into it, one that answers later wakes the connection.
 */
#include "config.h"

#include <string.h>

#include <event2/buffer.h>

#include "http/conn.h"

enum step {
	STEP_MORE,	/* nothing to do until more arrives */
	STEP_ON,
};

static void hand_over(struct http_conn *c)
{
	struct http_server *server = c->server;
	struct http_request *req = c->request;

	c->state = CONN_HANDLER;
	c->read_due = HTTP_NEVER;
	req->handed = true;
	server->n_handed++;
	server->handler.request(server->handler.arg, req);
}

static void send_continue(struct http_conn *c)
{
	static char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
	struct iovec iov = { text, sizeof(text) - 1 };

	conn_write(c, &iov, 1);
}

/* Of all bodies: the part of those whose senders nobody vouches for yet. */
enum { GUEST_SHARE = 4 };

static bool fits(uint64_t used, uint64_t n, uint64_t max)
{
	return used <= max && n <= max - used;
}

/* Whether the budget for all bodies has room for n bytes more of this one. */
static bool budget_allows(const struct http_request *req, uint64_t n)
{
	const struct http_server *server = req->server;
	uint64_t max = server->limits.body_total_max;

	return fits(server->body_bytes, n, max) &&
		(!req->guest || fits(server->guest_bytes, n, max / GUEST_SHARE));
}

/* The body of a request whose head was accepted. */
static void begin_body(struct http_conn *c, const struct http_head *head)
{
	uint64_t length = head->framing == HTTP_BODY_LENGTH ? head->content_length : 0;
	struct evbuffer *input = c->input;

	if (length > c->request->body_max) {
		conn_refuse(c, 413);
		return;
	}
	if (!budget_allows(c->request, length)) {
		conn_refuse(c, 503);
		return;
	}
	if (length == 0 && head->framing != HTTP_BODY_CHUNKED) {
		hand_over(c);
		return;
	}
	c->state = CONN_BODY;
	c->body_left = length;
	memset(&c->chunked, 0, sizeof(c->chunked));
	/* Set aside for now: only a body that does not come at once needs it. */
	c->read_due = HTTP_NEVER;
	if (head->expect_continue && evbuffer_get_length(input) == 0)
		send_continue(c);
}

/* The handler's first callback: it may refuse, or choose the limit. */
static void accept_head(struct http_conn *c, const struct http_head *head)
{
	const struct http_handler *h = &c->server->handler;
	struct http_request *req = c->request;
	int rc = h->head != NULL ? h->head(h->arg, req, &req->body_max) : 0;

	/* Answered: the reply has closed the connection, and req is gone. */
	if (c->request == NULL || c->state == CONN_DEAD)
		return;
	if (rc < 0)
		conn_refuse(c, 500);
	else
		begin_body(c, head);
}

static enum step take_head(struct http_conn *c)
{
	struct evbuffer *input = c->input;
	size_t len = evbuffer_get_length(input);
	struct http_head head;
	const char *bytes;
	int rc;

	if (len == 0)
		return STEP_MORE;
	if (len > HTTP_HEAD_MAX)
		len = HTTP_HEAD_MAX;
	bytes = (const char *)evbuffer_pullup(input, (ev_ssize_t)len);
	rc = http_parse_head(bytes, len, &head);
	if (rc == HTTP_PARSE_MORE)
		return STEP_MORE;
	if (rc == HTTP_PARSE_DONE) {
		c->request = request_new(c, &head, bytes, &rc);
		evbuffer_drain(input, head.size);
	}
	if (c->request == NULL)
		conn_refuse(c, rc);
	else
		accept_head(c, &head);
	return STEP_ON;
}

/* Adds to the body within its limit and the budget; refuses and returns false
 * otherwise. */
static bool add_body(struct http_conn *c, const char *bytes, size_t n)
{
	struct http_request *req = c->request;
	size_t before = req->body.size;

	if (n > req->body_max - req->body.len) {
		conn_refuse(c, 413);
		return false;
	}
	if (!budget_allows(req, n)) {
		conn_refuse(c, 503);
		return false;
	}
	buf_add(&req->body, bytes, n);
	c->server->body_bytes += req->body.size - before;
	if (req->guest)
		c->server->guest_bytes += req->body.size - before;
	return true;
}

static void take_length(struct http_conn *c, const char *bytes, size_t n)
{
	if (n > c->body_left)
		n = (size_t)c->body_left;
	if (!add_body(c, bytes, n))
		return;
	evbuffer_drain(c->input, n);
	c->body_left -= n;
	if (c->body_left == 0)
		hand_over(c);
}

static void take_chunked(struct http_conn *c, const char *bytes, size_t n)
{
	struct http_request *req = c->request;
	char out[4096];
	size_t out_len, used;
	int rc;

	if (n > sizeof(out))
		n = sizeof(out);
	rc = http_chunked_decode(&c->chunked, bytes, n, out, &out_len, &used);
	if (!add_body(c, out, out_len))
		return;
	evbuffer_drain(c->input, used);
	if (rc == HTTP_PARSE_DONE)
		hand_over(c);
	else if (rc != HTTP_PARSE_MORE)
		conn_refuse(c, rc);
	else if (c->chunked.left > req->body_max - req->body.len)
		conn_refuse(c, 413);	/* announced; no need to wait for it */
}

/* As much of the body as lies in one piece, so that nothing is moved. */
static enum step take_body(struct http_conn *c)
{
	struct evbuffer *input = c->input;
	size_t n = evbuffer_get_contiguous_space(input);
	const char *bytes;

	if (n == 0)
		return STEP_MORE;
	bytes = (const char *)evbuffer_pullup(input, (ev_ssize_t)n);
	if (c->request->chunked)
		take_chunked(c, bytes, n);
	else
		take_length(c, bytes, n);
	return STEP_ON;
}

/* All there is has been taken in: wait, with a deadline, or end. */
static void await_more(struct http_conn *c)
{
	const struct http_limits *limits = &c->server->limits;
	bool partial = c->state == CONN_BODY ||
		evbuffer_get_length(c->input) > 0;

	if (c->eof && partial) {
		conn_refuse(c, 400);
		return;
	}
	if (c->eof) {
		/* Replies may still be on their way out. */
		if (c->write_due == HTTP_NEVER)
			conn_close(c);
		return;
	}
	conn_set_reading(c, true);
	if (c->state == CONN_HEAD && partial && !c->begun) {
		c->begun = true;
		conn_set_read_due(c, http_now() + limits->head_timeout_ms);
	} else if (c->read_due == HTTP_NEVER && (partial || c->write_due == HTTP_NEVER)) {
		/* Not idle while a reply is going out; on_write comes back here. */
		conn_set_read_due(c, http_now() + (c->state == CONN_BODY ?
			limits->body_timeout_ms : limits->idle_timeout_ms));
	}
}

void conn_process(struct http_conn *c)
{
	enum step step = STEP_ON;
	int requests = 0;

	if (c->processing)
		return;
	c->processing = true;
	while (step == STEP_ON && (c->state == CONN_HEAD || c->state == CONN_BODY)) {
		if (conn_choked(c)) {
			/* Goes on when the output is empty. */
			conn_set_reading(c, false);
			break;
		}
		if (c->state == CONN_HEAD && requests++ == HTTP_PIPELINE_MAX) {
			conn_wake(c);
			break;
		}
		step = c->state == CONN_HEAD ? take_head(c) : take_body(c);
	}
	c->processing = false;
	if (step == STEP_MORE)
		await_more(c);
}
