/* A notice as the body of a Slack incoming webhook: JSON with Block Kit. */
#ifndef TOCSIN_COURIER_SLACK_H
#define TOCSIN_COURIER_SLACK_H

#include "base/buf.h"
#include "courier/notice.h"

void slack_render(const struct notice *notice, struct buf *out);

#endif
