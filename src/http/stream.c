/*
 * How the bytes of a connection come in. What goes out is libevent's bufferevent, and
 * over TLS what comes in as well. A plain connection is read here: a bufferevent reads
 * 4 KiB at a time and asks before each time how much there is, a system call that was 2 %
 * of the cost of an alert (measured).
 *
 * Invariant: there are never more than HTTP_INPUT_MAX bytes in c->input. One that is full
 * is not read from until somebody has taken from it and wants more.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>

#include "http/conn.h"

enum { READ_MAX = 16 * 1024 };

/* By way of the stack, so that whoever sends a byte at a time has no more than that
 * kept for him. */
static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct http_conn *c = arg;
	size_t used = evbuffer_get_length(c->input);
	size_t room = HTTP_INPUT_MAX > used ? HTTP_INPUT_MAX - used : 0;
	char bytes[READ_MAX];
	ssize_t n;

	(void)what;
	if (room == 0) {
		conn_set_reading(c, false);
		return;
	}
	n = recv(fd, bytes, room < sizeof(bytes) ? room : sizeof(bytes), MSG_DONTWAIT);
	if (n > 0) {
		evbuffer_add(c->input, bytes, (size_t)n);
		conn_has_read(c);
	} else if (n == 0) {
		conn_has_ended(c);
	} else if (errno != EAGAIN && errno != EINTR) {
		conn_close(c);
	}
}

static void open_plain(struct http_conn *c, int fd)
{
	struct event_base *base = c->server->base;

	c->bev = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
	c->input = evbuffer_new();
	c->readable = event_new(base, fd, EV_READ | EV_PERSIST, on_readable, c);
	if (c->bev == NULL || c->input == NULL || c->readable == NULL)
		abort();	/* as in base/alloc.h: there is no memory */
}

void stream_open(struct http_conn *c, int fd)
{
	if (c->ssl == NULL) {
		open_plain(c, fd);
		return;
	}
	c->bev = bufferevent_openssl_socket_new(c->server->base, fd, c->ssl,
		BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
	if (c->bev == NULL)
		abort();
	bufferevent_openssl_set_allow_dirty_shutdown(c->bev, 1);
	bufferevent_setwatermark(c->bev, EV_READ, 0, HTTP_INPUT_MAX);
	c->input = bufferevent_get_input(c->bev);
}

void stream_read(struct http_conn *c, bool on)
{
	if (c->readable == NULL && on)
		bufferevent_enable(c->bev, EV_READ);
	else if (c->readable == NULL)
		bufferevent_disable(c->bev, EV_READ);
	else if (on)
		event_add(c->readable, NULL);
	else
		event_del(c->readable);
}

void stream_free(struct http_conn *c)
{
	if (c->readable != NULL) {
		event_free(c->readable);
		evbuffer_free(c->input);
	}
	bufferevent_free(c->bev);
}
