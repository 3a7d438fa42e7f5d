/*
 * The socket to the daemon: JSON objects, one a line, both ways
 * (config/transport.h). Lines are bounded; what we have not been able to write yet
 * is, too: while it is much, nothing more is read.
 */
#ifndef TOCSIN_COURIER_LINK_H
#define TOCSIN_COURIER_LINK_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"

struct event_base;
struct link;

/* None of these may free the link. */
struct link_handlers {
	void (*message)(void *arg, json_t *message);	/* an object; borrowed */
	void (*broken)(void *arg, const struct error *err);	/* a line that is none */
	void (*closed)(void *arg);			/* the daemon sends no more */
	void (*flushed)(void *arg);			/* all is written, or nobody reads */
	/* Asked before a line is read as JSON: true where it was taken as it is. NULL:
	 * none is. */
	bool (*line)(void *arg, const char *line, size_t len);
};

struct link *link_new(struct event_base *base, int fd, const struct link_handlers *handlers,
	void *arg);
void link_free(struct link *link);		/* NULL is allowed; closes the descriptor */

void link_send(struct link *link, const json_t *message);
/* The same, written already. */
void link_write(struct link *link, const struct buf *message);
bool link_is_flushed(const struct link *link);
/* Stops and resumes the reading of messages. */
void link_hold(struct link *link, bool hold);

#endif
