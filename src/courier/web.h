/*
 * The web channels: curl's multi interface on libevent, many transfers at once.
 * Each ends by its own hard deadline, whatever curl thinks (measured: a transfer
 * that waits for a connection does not time out in 7.88).
 */
#ifndef TOCSIN_COURIER_WEB_H
#define TOCSIN_COURIER_WEB_H

#include <stddef.h>

#include "base/error.h"
#include "courier/job.h"
#include "courier/outcome.h"

struct event_base;
struct web;

/* done is called once for each job, never from within web_send. */
typedef void web_done(void *arg, struct job *job, const struct outcome *outcome);

/* source: what CloudEvents name as theirs, NULL for the default. */
struct web *web_new(struct event_base *base, const char *source, web_done *done, void *arg,
	struct error *err);
void web_free(struct web *web);		/* NULL is allowed; what is in flight is dropped */

/* job->channel is loaded and posts to the web. */
void web_send(struct web *web, struct job *job);
/* What has not begun is given back as not sent; what is in flight ends by itself. */
void web_stop(struct web *web);

#endif
