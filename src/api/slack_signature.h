/*
 * Is it Slack that sends this? HMAC-SHA256 over "v0:TIMESTAMP:BODY" with the signing
 * secret of the app (docs.slack.dev, "Verifying requests from Slack"). A pure function.
 */
#ifndef TOCSIN_API_SLACK_SIGNATURE_H
#define TOCSIN_API_SLACK_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* timestamp and signature: of the headers X-Slack-Request-Timestamp and X-Slack-Signature;
 * NULL: absent. One more than five minutes off is not taken: it may be a recording. The
 * time taken does not tell how much of the signature was right. */
bool slack_signature_is_good(const char *secret, const char *timestamp, const char *signature,
	const char *body, size_t len, int64_t now);

#endif
