/* The values of settings as they are written: sizes, durations, modes, URLs,
 * mail addresses. Each returns -1 with a reason that fits behind the key. */
#ifndef TOCSIN_CONFIG_VALUE_H
#define TOCSIN_CONFIG_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

/* "64MiB", "512KiB", "4096": bytes, units of 1024. */
int value_size(const char *text, int64_t *ret, struct error *err);
/* "0660"; the owner must be able to read and write. */
int value_mode(const char *text, int64_t *ret, struct error *err);
/* ISO 8601 of real time; "none" is 0 where none_allowed. */
int value_duration(const char *text, bool none_allowed, int64_t *ret_ms, struct error *err);

struct url {
	const char *scheme;	/* lower case */
	const char *host;	/* without the brackets of an IPv6 address */
	int port;		/* 0: not given */
	bool has_user;		/* "user:password@" is in it */
	bool has_path;		/* something other than "/" follows */
};

/* Splits an absolute URL; printable ASCII, a host, a port of 1 to 65535. */
int value_url(struct arena *a, const char *text, struct url *ret, struct error *err);
/* One address: ASCII, exactly one @, something on both sides, no spaces, control
 * bytes or brackets (they would end a header or an SMTP command), at most 254
 * bytes (RFC 5321 §4.5.3.1). */
int value_address(const char *text, struct error *err);
/* A path into an alert as ingest/scan.h reads it. */
int value_path(const char *text, struct error *err);
/* No control bytes. */
bool value_is_printable(const char *text);

#endif
