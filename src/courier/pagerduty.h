/*
 * A notice as an event of PagerDuty's Events API v2: a step triggers, a settled clock
 * resolves. Which alerts there are one the dedup_key says: those of a step of a clock.
 * https://developer.pagerduty.com/docs/events-api-v2-overview
 */
#ifndef TOCSIN_COURIER_PAGERDUTY_H
#define TOCSIN_COURIER_PAGERDUTY_H

#include "base/buf.h"
#include "courier/notice.h"
#include "courier/outcome.h"

enum { PAGERDUTY_SUMMARY_MAX = 1024, PAGERDUTY_KEY_MAX = 255 };

/* delivery: dlv_<store>_<n>; the store tells two daemons apart that share a key. */
void pagerduty_render(const struct notice *notice, const char *routing_key,
	const char *delivery, struct buf *out);
/* Only 202 means that it was taken. */
void pagerduty_outcome(const struct http_result *result, struct outcome *ret);

#endif
