/*
 * A notice as a mail: the whole RFC 5322 message, byte for byte. Pure, so that
 * every attempt of a delivery sends the same bytes.
 */
#ifndef TOCSIN_COURIER_EMAIL_H
#define TOCSIN_COURIER_EMAIL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "courier/notice.h"

/* An address we are willing to put into an envelope and a header: ASCII, one "@",
 * no quoting, at most 254 bytes. RFC 5321 allows more; nobody has it, and what is
 * left cannot carry a command or a header. */
bool email_address_ok(const char *address);
/* What stands behind the "@". */
const char *email_domain(const char *address);

/* now: for the Date where the notice has none. ERROR_INVALID for addresses that
 * are not ok. */
struct email {
	const char *from, *to;
	const char *delivery;		/* dlv_<store>_<n>: makes the Message-ID */
	int64_t now;
};
int email_render(const struct notice *notice, const struct email *email, struct buf *out,
	struct error *err);

#endif
