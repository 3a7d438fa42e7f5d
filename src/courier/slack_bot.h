/*
 * Slack's Web API with a bot's token: the messages about one incident are one thread.
 * The first message opens it and is brought up to date by each that follows.
 *
 * https://docs.slack.dev/reference/methods/chat.postMessage and chat.update
 */
#ifndef TOCSIN_COURIER_SLACK_BOT_H
#define TOCSIN_COURIER_SLACK_BOT_H

#include <stdbool.h>

#include "base/buf.h"
#include "courier/notice.h"
#include "courier/outcome.h"

/* A message of a channel: as a handle "C0123456789:1700000000.000100". */
struct slack_place {
	char channel[33], ts[33];
};
/* false for what is no such handle, or of another channel: that one is not ours now. */
bool slack_place_parse(const char *handle, const char *channel, struct slack_place *ret);

/* A notice as a first message (thread NULL) or as one more of its thread. */
void slack_bot_render(const struct notice *notice, const char *channel,
	const struct slack_place *thread, struct buf *out);
/* The first message anew: it shows the latest notice. */
void slack_bot_render_update(const struct notice *notice, const struct slack_place *first,
	struct buf *out);

/* HTTP 200 says nothing: "ok" in the answer does. Of a message that was taken the
 * handle is set. */
void slack_bot_outcome(const struct http_result *result, struct outcome *ret);
/* The thread is gone, so a new one is to be opened. */
bool slack_bot_lost_thread(const struct http_result *result);

#endif
