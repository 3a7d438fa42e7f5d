/* Slack's signature: see slack_signature.h. */
#include "config.h"

#include <string.h>

#include "api/slack_signature.h"
#include "base/buf.h"
#include "base/digest.h"
#include "base/rfc3339.h"
#include "base/text.h"

#define PATIENCE_MS (5 * MINUTE_MS)

static const char prefix[] = "v0=";

/* It is signed as it was written, so nothing but digits is a number here. */
static bool is_recent(const char *timestamp, int64_t now)
{
	int64_t at_s;

	if (timestamp[strspn(timestamp, "0123456789")] != '\0' ||
	    text_int64(timestamp, 0, INT64_MAX / SECOND_MS, &at_s) < 0)
		return false;
	return at_s * SECOND_MS >= now - PATIENCE_MS && at_s * SECOND_MS <= now + PATIENCE_MS;
}

bool slack_signature_is_good(const char *secret, const char *timestamp, const char *signature,
	const char *body, size_t len, int64_t now)
{
	unsigned char mac[DIGEST_SIZE];
	char hex[DIGEST_HEX_SIZE];
	struct buf text;

	if (timestamp == NULL || signature == NULL || !is_recent(timestamp, now) ||
	    strlen(signature) != sizeof(prefix) - 1 + sizeof(hex) - 1 ||
	    !text_starts(signature, prefix))
		return false;
	buf_init(&text, 0);
	buf_addf(&text, "v0:%s:", timestamp);
	buf_add(&text, body, len);
	digest_hmac_sha256(secret, strlen(secret), text.data, text.len, mac);
	buf_release(&text);
	digest_hex(mac, sizeof(mac), hex);
	return digest_equal(hex, signature + sizeof(prefix) - 1, sizeof(hex) - 1);
}
