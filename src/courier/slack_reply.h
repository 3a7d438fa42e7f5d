/*
 * An answer to a press on a button in Slack, posted to the response_url that came with
 * it. That address is the only one that is not the operator's own, so it must be Slack's,
 * or lie where the channel itself posts to.
 */
#ifndef TOCSIN_COURIER_SLACK_REPLY_H
#define TOCSIN_COURIER_SLACK_REPLY_H

#include "base/buf.h"
#include "courier/channel.h"

/* The channel is loaded. */
bool slack_reply_is_allowed(const struct channel *channel, const char *url);
/* Who pressed sees it, and nobody else. */
void slack_reply_render(const char *text, struct buf *out);

#endif
