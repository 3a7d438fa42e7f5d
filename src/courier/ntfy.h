/*
 * A notice as a message for an ntfy server, in its JSON form.
 * https://docs.ntfy.sh/publish/
 */
#ifndef TOCSIN_COURIER_NTFY_H
#define TOCSIN_COURIER_NTFY_H

#include "base/buf.h"
#include "courier/notice.h"
#include "courier/outcome.h"

/* A message of more than 4,096 bytes becomes a file. */
enum { NTFY_MESSAGE_MAX = 3500, NTFY_TITLE_MAX = 250 };

void ntfy_render(const struct notice *notice, const char *topic, struct buf *out);
/* The answer is the message with its id. */
void ntfy_outcome(const struct http_result *result, struct outcome *ret);

#endif
