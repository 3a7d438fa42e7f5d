/*
 * A notice as a CloudEvents 1.0 structured JSON event, and the Standard Webhooks
 * signature over it.
 */
#ifndef TOCSIN_COURIER_WEBHOOK_H
#define TOCSIN_COURIER_WEBHOOK_H

#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "courier/notice.h"

#define WEBHOOK_CONTENT_TYPE "application/cloudevents+json"

/* source NULL: "/tocsin". */
void webhook_render(const struct notice *notice, const char *delivery, const char *source,
	struct buf *out);

/* "whsec_" and base64 of 24 to 64 bytes; errors never show it. */
enum { WEBHOOK_KEY_MIN = 24, WEBHOOK_KEY_MAX = 64 };
struct webhook_key {
	unsigned char bytes[WEBHOOK_KEY_MAX];
	size_t len;			/* 0: none, nothing is signed */
};
int webhook_key_parse(const char *text, struct webhook_key *ret, struct error *err);

/* "v1,<base64>" over "delivery.seconds.body". */
enum { WEBHOOK_SIGNATURE_SIZE = 48 };
void webhook_sign(const struct webhook_key *key, const char *delivery, int64_t attempt_s,
	const struct buf *body, char out[WEBHOOK_SIGNATURE_SIZE]);

#endif
