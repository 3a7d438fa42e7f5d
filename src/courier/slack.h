/* A notice as the body of a Slack incoming webhook: JSON with Block Kit. */
#ifndef TOCSIN_COURIER_SLACK_H
#define TOCSIN_COURIER_SLACK_H

#include "base/buf.h"
#include "courier/notice.h"

void slack_render(const struct notice *notice, struct buf *out);

/* For the bot: "text" and "blocks" as an object of one's own, and one more line of
 * small print (our own words, mrkdwn) at the end. */
json_t *slack_message(const struct notice *notice);
void slack_add_context(json_t *message, const char *words);

#endif
