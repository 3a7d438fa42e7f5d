/* The generic webhook: see webhook.h. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/rfc3339.h"
#include "base/text.h"
#include "courier/webhook.h"

/* Parts of the notice that go out as they came. */
static void copy_part(json_t *data, const json_t *root, const char *key)
{
	json_t *value = json_object_get(root, key);

	if (value != NULL)
		json_object_set(data, key, value);
}

static json_t *event_data(const struct notice *notice)
{
	static const char *const before[] = { "kind", "incident", "clock", "step" };
	static const char *const after[] = { "passed_over", "stands_for", "fallback_for",
		"fallback_why", "journal", "subject", "ack_url" };
	struct arena *arena = arena_new();
	json_t *data = json_object();
	size_t i;

	for (i = 0; i < ARRAY_LEN(before); i++)
		copy_part(data, notice->root, before[i]);
	if (json_is_integer(json_object_get(notice->root, "remaining_s")))
		copy_part(data, notice->root, "remaining_s");
	else if (notice->has_left)
		json_set_int(data, "remaining_s", notice->left_ms / SECOND_MS);
	json_set_int(data, "late_s", notice->late_ms / SECOND_MS);
	json_set_bool(data, "drill", notice->drill);
	json_set_text(data, "text",
		notice_marked(notice, notice->text != NULL ? notice->text : "", arena));
	for (i = 0; i < ARRAY_LEN(after); i++)
		copy_part(data, notice->root, after[i]);
	if (notice->drill && notice->subject != NULL)
		json_set_text(data, "subject", notice_marked(notice, notice->subject, arena));
	arena_free(arena);
	return data;
}

void webhook_render(const struct notice *notice, const char *delivery, const char *source,
	struct buf *out)
{
	json_t *event = json_object();
	char subject[24];

	json_set_text(event, "specversion", "1.0");
	json_set_text(event, "id", delivery);
	json_set_text(event, "source", source != NULL ? source : "/tocsin");
	json_set_text(event, "type", "eu.tocsin.escalation");
	if (notice->incident != 0) {
		snprintf(subject, sizeof(subject), "%" PRId64, notice->incident);
		json_set_text(event, "subject", subject);
	}
	json_set_time(event, "time", notice->now);
	json_set_text(event, "datacontenttype", "application/json");
	json_object_set_new(event, "data", event_data(notice));
	json_write(out, event);
	json_decref(event);
}

int webhook_key_parse(const char *text, struct webhook_key *ret, struct error *err)
{
	static const char prefix[] = "whsec_";
	unsigned char bytes[WEBHOOK_KEY_MAX + 2];	/* the decoder writes whole groups */
	const char *encoded = text + sizeof(prefix) - 1;
	int len = -1;

	if (text_starts(text, prefix))
		len = digest_base64_decode(encoded, strlen(encoded), bytes, sizeof(bytes));
	if (len >= WEBHOOK_KEY_MIN && len <= WEBHOOK_KEY_MAX) {
		memcpy(ret->bytes, bytes, (size_t)len);
		ret->len = (size_t)len;
	}
	explicit_bzero(bytes, sizeof(bytes));
	if (len < WEBHOOK_KEY_MIN || len > WEBHOOK_KEY_MAX)
		return error_set(err, ERROR_INVALID,
			"must be \"whsec_\" and base64 of %d to %d bytes", WEBHOOK_KEY_MIN,
			WEBHOOK_KEY_MAX);
	return 0;
}

void webhook_sign(const struct webhook_key *key, const char *delivery, int64_t attempt_s,
	const struct buf *body, char out[WEBHOOK_SIGNATURE_SIZE])
{
	unsigned char mac[DIGEST_SIZE];
	struct buf text;

	buf_init(&text, 0);
	buf_addf(&text, "%s.%" PRId64 ".", delivery, attempt_s);
	buf_add(&text, body->data, body->len);
	digest_hmac_sha256(key->bytes, key->len, text.data, text.len, mac);
	memcpy(out, "v1,", 3);
	digest_base64(mac, sizeof(mac), out + 3);
	buf_release(&text);
}
