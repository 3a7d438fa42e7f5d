/* The generic webhook: see webhook.h. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/json_out.h"
#include "base/rfc3339.h"
#include "base/text.h"
#include "courier/webhook.h"

/* A part of the notice that goes out as it came. */
static void put_part(struct buf *out, const struct notice *notice, const char *key)
{
	const struct json_part *part;
	const json_t *value;
	struct buf text;

	if (notice->parts != NULL) {
		part = json_parts_find(notice->parts, key);
		if (part != NULL)
			out_json(out, key, &(struct buf){ .data = (char *)(uintptr_t)part->at,
				.len = part->len });
		return;
	}
	value = json_object_get(notice->root, key);
	if (value == NULL)
		return;
	buf_init(&text, 0);
	json_write(&text, value);
	out_json(out, key, &text);
	buf_release(&text);
}

/* What is of a drill says so in whatever is read. */
static void put_marked(struct buf *out, const struct notice *notice, const char *key,
	const char *text)
{
	struct arena *arena;

	if (!notice->drill || text == NULL) {
		put_part(out, notice, key);
		return;
	}
	arena = arena_new();
	out_text(out, key, notice_marked(notice, text, arena));
	arena_free(arena);
}

static void put_left(struct buf *out, const struct notice *notice)
{
	if (notice->parts != NULL || json_is_integer(json_object_get(notice->root, "remaining_s")))
		put_part(out, notice, "remaining_s");
	else if (notice->has_left)
		out_int(out, "remaining_s", notice->left_ms / SECOND_MS);
	if (notice->parts != NULL)
		put_part(out, notice, "late_s");
	else
		out_int(out, "late_s", notice->late_ms / SECOND_MS);
}

static void put_data(struct buf *out, const struct notice *notice)
{
	static const char *const before[] = { "kind", "incident", "clock", "step" };
	static const char *const after[] = { "passed_over", "stands_for", "fallback_for",
		"fallback_why", "journal" };
	size_t i;

	out_object(out, "data");
	for (i = 0; i < ARRAY_LEN(before); i++)
		put_part(out, notice, before[i]);
	put_left(out, notice);
	out_bool(out, "drill", notice->drill);
	if (notice->text == NULL && notice->parts == NULL)
		out_text(out, "text", notice_mark(notice));
	else
		put_marked(out, notice, "text", notice->text);
	for (i = 0; i < ARRAY_LEN(after); i++)
		put_part(out, notice, after[i]);
	put_marked(out, notice, "subject", notice->subject);
	put_part(out, notice, "ack_url");
	out_end_object(out);
}

void webhook_render(const struct notice *notice, const char *delivery, const char *source,
	struct buf *out)
{
	char subject[24];

	out_object(out, NULL);
	out_text(out, "specversion", "1.0");
	out_text(out, "id", delivery);
	out_text(out, "source", source != NULL ? source : "/tocsin");
	out_text(out, "type", "eu.tocsin.escalation");
	if (notice->incident != 0) {
		snprintf(subject, sizeof(subject), "%" PRId64, notice->incident);
		out_text(out, "subject", subject);
	}
	out_time(out, "time", notice->now);
	out_text(out, "datacontenttype", "application/json");
	put_data(out, notice);
	out_end_object(out);
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
