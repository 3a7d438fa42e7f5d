/*
 * A notice as an Adaptive Card, for a Microsoft Teams workflow that starts "when a
 * Teams webhook request is received".
 * https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/
 */
#ifndef TOCSIN_COURIER_TEAMS_H
#define TOCSIN_COURIER_TEAMS_H

#include "base/buf.h"
#include "courier/notice.h"
#include "courier/outcome.h"

void teams_render(const struct notice *notice, struct buf *out);
/* 202 is all there is to hear: the workflow has it, and may still fail. */
void teams_outcome(const struct http_result *result, struct outcome *ret);

#endif
