/*
 * A notice as the body of a Mattermost incoming webhook.
 * https://developers.mattermost.com/integrate/webhooks/incoming/
 */
#ifndef TOCSIN_COURIER_MATTERMOST_H
#define TOCSIN_COURIER_MATTERMOST_H

#include "base/buf.h"
#include "courier/notice.h"
#include "courier/outcome.h"

void mattermost_render(const struct notice *notice, struct buf *out);
/* Only the body "ok" means that Mattermost has it. */
void mattermost_outcome(const struct http_result *result, struct outcome *ret);

#endif
