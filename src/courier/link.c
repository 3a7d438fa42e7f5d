/*
 * JSON lines over a bufferevent: see link.h. Callbacks are deferred, so that
 * none of them runs inside a call of ours.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "base/alloc.h"
#include "config/transport.h"
#include "courier/link.h"

struct link {
	struct bufferevent *bev;
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
	bufferevent_enable(link->bev, EV_READ);
	bufferevent_trigger(link->bev, EV_READ, 0);
}

static void refuse(struct link *link, const struct error *err)
{
	link->broken = true;
	bufferevent_disable(link->bev, EV_READ);
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

static void on_read(struct bufferevent *bev, void *arg)
{
	struct evbuffer *input = bufferevent_get_input(bev);
	struct link *link = arg;
	struct error err;

	while (may_take(link)) {
		size_t len = 0;
		char *line = evbuffer_readln(input, &len, EVBUFFER_EOL_LF);

		if (line == NULL)
			break;
		if (len <= TRANSPORT_LINE_MAX)
			take_line(link, line, len);
		free(line);
		if (len > TRANSPORT_LINE_MAX)
			goto too_long;
	}
	if (!may_take(link))
		bufferevent_disable(bev, EV_READ);
	else if (evbuffer_get_length(input) > TRANSPORT_LINE_MAX)
		goto too_long;
	return;
too_long:
	error_set(&err, ERROR_TOO_LARGE, "a line of more than %d bytes", TRANSPORT_LINE_MAX);
	refuse(link, &err);
}

static void on_written(struct bufferevent *bev, void *arg)
{
	struct link *link = arg;

	(void)bev;
	read_on(link);
	link->handlers->flushed(link->arg);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	struct link *link = arg;
	bool was_closed = link->closed;

	if ((what & BEV_EVENT_ERROR) != 0) {
		link->dead = true;
		bufferevent_disable(bev, EV_READ | EV_WRITE);
	}
	link->closed = true;
	if (!was_closed) {
		link->handlers->closed(link->arg);
		on_read(bev, link);
	}
	if (link->dead)
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
	bufferevent_setcb(link->bev, on_read, on_written, on_event, link);
	/* One byte more than a line and its end, so that a longer one is seen. */
	bufferevent_setwatermark(link->bev, EV_READ, 0, TRANSPORT_LINE_MAX + 2);
	bufferevent_enable(link->bev, EV_READ | EV_WRITE);
	return link;
}

void link_free(struct link *link)
{
	if (link == NULL)
		return;
	bufferevent_free(link->bev);
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
