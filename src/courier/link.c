/*
 * JSON lines over a socket: see link.h. They are written by a bufferevent, whose
 * callbacks are deferred, so that none of them runs inside a call of ours; they are
 * read by hand, because it reads 4 KiB at a time at most, and a notice is as long: a
 * turn of the loop for each was half of what the courier did (measured).
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
#include "base/buf.h"
#include "config/transport.h"
#include "courier/link.h"

/* What is read at once; more than a line and its end, so that a longer one is seen. */
enum { READ_MAX = 64 * 1024, INPUT_MAX = TRANSPORT_LINE_MAX + 2 };

struct link {
	struct bufferevent *bev;	/* writes */
	struct event *readable;
	struct event *again;		/* lines are here already */
	struct buf input;
	size_t taken;			/* of it */
	const struct link_handlers *handlers;
	void *arg;
	bool held;
	bool broken;		/* it sent what we cannot read */
	bool closed;		/* no more comes from the daemon */
	bool dead;		/* and nothing reaches it */
};

static size_t unwritten(const struct link *link)
{
	return link->dead ? 0 : evbuffer_get_length(bufferevent_get_output(link->bev));
}

/* After the end, the lines that are still here are taken whatever there is to do:
 * each is owed a result. */
static bool may_take(const struct link *link)
{
	return !link->broken &&
	       (link->closed || (!link->held && unwritten(link) < TRANSPORT_LINE_MAX));
}

static void read_on(struct link *link)
{
	if (link->closed || !may_take(link))
		return;
	event_add(link->readable, NULL);
	event_active(link->again, EV_TIMEOUT, 0);
}

static void refuse(struct link *link, const struct error *err)
{
	link->broken = true;
	event_del(link->readable);
	link->handlers->broken(link->arg, err);
}

static void take_line(struct link *link, const char *line, size_t len)
{
	struct error err;
	json_t *message;

	if (link->handlers->line != NULL && link->handlers->line(link->arg, line, len))
		return;
	message = json_read(line, len, &err);
	if (json_is_object(message)) {
		link->handlers->message(link->arg, message);
	} else {
		if (message != NULL)
			error_set(&err, ERROR_INVALID, "not a JSON object");
		refuse(link, &err);
	}
	json_decref(message);
}

static void refuse_length(struct link *link)
{
	struct error err;

	error_set(&err, ERROR_TOO_LARGE, "a line of more than %d bytes", TRANSPORT_LINE_MAX);
	refuse(link, &err);
}

/* The lines that are here, as far as they may be taken. */
static void take_lines(struct link *link)
{
	while (may_take(link)) {
		const char *line = link->input.data + link->taken;
		size_t left = link->input.len - link->taken;
		const char *end = memchr(line, '\n', left);
		size_t len = end != NULL ? (size_t)(end - line) : left;

		if (len > TRANSPORT_LINE_MAX) {
			refuse_length(link);
			return;
		}
		if (end == NULL)
			break;
		link->taken += len + 1;
		take_line(link, line, len);
	}
	buf_drain(&link->input, link->taken);
	link->taken = 0;
	if (!may_take(link))
		event_del(link->readable);
}

static void close_input(struct link *link)
{
	link->closed = true;
	event_del(link->readable);
	link->handlers->closed(link->arg);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct link *link = arg;
	size_t room = INPUT_MAX - link->input.len;
	ssize_t n;

	(void)what;
	if (room > READ_MAX)
		room = READ_MAX;
	n = read(fd, buf_extend(&link->input, room), room);
	buf_truncate(&link->input, link->input.len - room + (n > 0 ? (size_t)n : 0));
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		close_input(link);
	take_lines(link);
}

static void on_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	take_lines(arg);
}

static void on_written(struct bufferevent *bev, void *arg)
{
	struct link *link = arg;

	(void)bev;
	read_on(link);
	link->handlers->flushed(link->arg);
}

/* Nobody reads what we write any more, and so nobody writes. */
static void on_event(struct bufferevent *bev, short what, void *arg)
{
	struct link *link = arg;

	if ((what & BEV_EVENT_ERROR) == 0)
		return;
	link->dead = true;
	bufferevent_disable(bev, EV_WRITE);
	if (!link->closed) {
		close_input(link);
		take_lines(link);
	}
	link->handlers->flushed(link->arg);
}

struct link *link_new(struct event_base *base, int fd, const struct link_handlers *handlers,
	void *arg)
{
	struct link *link = xcalloc(1, sizeof(*link));

	evutil_make_socket_nonblocking(fd);
	evutil_make_socket_closeonexec(fd);
	link->handlers = handlers;
	link->arg = arg;
	link->bev = bufferevent_socket_new(base, fd,
		BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (link->bev == NULL)
		abort();
	bufferevent_setcb(link->bev, NULL, on_written, on_event, link);
	bufferevent_disable(link->bev, EV_READ);
	bufferevent_enable(link->bev, EV_WRITE);
	buf_init(&link->input, 0);
	link->readable = event_new(base, fd, EV_READ | EV_PERSIST, on_readable, link);
	link->again = event_new(base, -1, 0, on_again, link);
	if (link->readable == NULL || link->again == NULL || event_add(link->readable, NULL) < 0)
		abort();
	return link;
}

void link_free(struct link *link)
{
	if (link == NULL)
		return;
	event_free(link->readable);
	event_free(link->again);
	bufferevent_free(link->bev);
	buf_release(&link->input);
	free(link);
}

void link_write(struct link *link, const struct buf *message)
{
	if (link->dead)
		return;
	bufferevent_write(link->bev, message->data, message->len);
	bufferevent_write(link->bev, "\n", 1);
}

void link_send(struct link *link, const json_t *message)
{
	struct buf text;

	buf_init(&text, 0);
	json_write(&text, message);
	link_write(link, &text);
	buf_release(&text);
}

bool link_is_flushed(const struct link *link)
{
	return unwritten(link) == 0;
}

void link_hold(struct link *link, bool hold)
{
	if (link->held == hold)
		return;
	link->held = hold;
	read_on(link);
}
