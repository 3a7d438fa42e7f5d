/*
 * Handing one mail to its relay. Blocks until the relay has answered or the time is
 * up: that is why each relay has a courier of its own.
 */
#ifndef TOCSIN_COURIER_SMTP_H
#define TOCSIN_COURIER_SMTP_H

#include <stdint.h>

#include "courier/job.h"
#include "courier/outcome.h"

/* "smtp://HOST:PORT/EHLO-NAME" or smtps. hostname: the machine's; the domain of
 * the sender stands in where it has no dot. */
void smtp_url(const struct conf_channel *channel, const char *hostname, struct buf *out);

/* job->channel is loaded and of type email. */
void smtp_send(const struct job *job, int64_t timeout_ms, struct outcome *ret);

#endif
