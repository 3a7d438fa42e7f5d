/*
 * Signatures of bodies: see signature.h. The timestamp is signed as the text that was
 * sent, and read only to see that it is of now; a captured request can be posted again
 * for as long as the window is, and joins its incident then, as every repeat does.
 */
#include "config.h"

#include <string.h>

#include "api/signature.h"
#include "ingest/stamp.h"

enum {
	/* Of signatures in one header (Standard Webhooks has several while a key is
	 * being changed). */
	SIGNATURES_MAX = 8,
	SIGNATURE_TEXT_MAX = 128,
};

static int check_time(const struct conf_signature *s, const char *timestamp, int64_t now)
{
	struct error err;
	int64_t at;

	if (timestamp == NULL || stamp_parse(timestamp, strlen(timestamp), false, &at, &err) != 0)
		return -1;
	return at >= now - s->window_ms && at <= now + s->window_ms ? 0 : -1;
}

int signature_precheck(const struct conf_signature *s, const struct signed_request *r,
	int64_t now)
{
	if (r->signature == NULL || (s->id_header != NULL && r->id == NULL))
		return -1;
	return s->timestamp_header != NULL ? check_time(s, r->timestamp, now) : 0;
}

/* What the key makes of the request, as text. */
static void sign(const struct conf_signature *s, const struct conf_key *key,
	const struct signed_request *r, char *out)
{
	struct digest_part parts[CONF_SIGNED_MAX];
	unsigned char mac[DIGEST_SIZE];
	size_t i;

	for (i = 0; i < s->n_pieces; i++) {
		const char *text = s->pieces[i].text;

		if (s->pieces[i].kind == SIGNED_BODY) {
			parts[i] = (struct digest_part){ r->body, r->len };
			continue;
		}
		if (s->pieces[i].kind == SIGNED_TIMESTAMP)
			text = r->timestamp;
		else if (s->pieces[i].kind == SIGNED_ID)
			text = r->id;
		parts[i] = (struct digest_part){ text, strlen(text) };
	}
	digest_hmac_sha256_parts(key->bytes, key->len, parts, s->n_pieces, mac);
	if (s->base64)
		digest_base64(mac, sizeof(mac), out);
	else
		digest_hex(mac, sizeof(mac), out);
}

/* Hex in either case is the same bytes; base64 is compared as it is written. */
static void lower(char *text)
{
	for (; *text != '\0'; text++)
		if (*text >= 'A' && *text <= 'F')
			*text = (char)(*text - 'A' + 'a');
}

static bool one_is(const struct conf_signature *s, const char *text, size_t len,
	const char *expected)
{
	size_t prefix = strlen(s->prefix), want = strlen(expected);
	char given[SIGNATURE_TEXT_MAX];

	if (len != prefix + want || memcmp(text, s->prefix, prefix) != 0)
		return false;
	memcpy(given, text + prefix, want);
	given[want] = '\0';
	if (!s->base64)
		lower(given);
	return digest_equal(given, expected, want);
}

/* Signatures are separated by spaces; one that is good is enough. */
static bool any_is(const struct conf_signature *s, const char *header, const char *expected)
{
	bool found = false;
	int n;

	for (n = 0; *header != '\0' && n < SIGNATURES_MAX; n++) {
		size_t len = strcspn(header, " ");

		if (one_is(s, header, len, expected))
			found = true;
		header += len;
		header += strspn(header, " ");
	}
	return found;
}

int signature_check(const struct conf_signature *s, const struct signed_request *r,
	int64_t now)
{
	char expected[SIGNATURE_TEXT_MAX];
	bool found;

	if (signature_precheck(s, r, now) < 0 || s->key.len == 0)
		return -1;
	sign(s, &s->key, r, expected);
	found = any_is(s, r->signature, expected);
	if (s->previous.len > 0) {
		sign(s, &s->previous, r, expected);
		found = any_is(s, r->signature, expected) || found;
	}
	return found ? 0 : -1;
}
