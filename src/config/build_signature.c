/*
 * How a sender signs what it posts: a scheme as data, since every product has its own
 * order of id, timestamp and body, and its own spelling of the result.
 */
#include "config.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "config/build.h"

enum { KEY_MIN = 8, KEY_MAX = 512 };

/* What stands in "signed" for a part of the request. */
static const struct place {
	const char *name;
	enum signed_kind kind;
} places[] = {
	{ "{id}", SIGNED_ID }, { "{timestamp}", SIGNED_TIMESTAMP }, { "{body}", SIGNED_BODY },
};

static const struct place *place_at(const char *text)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(places); i++)
		if (text_starts(text, places[i].name))
			return &places[i];
	return NULL;
}

static bool has_piece(const struct conf_signature *s, enum signed_kind kind)
{
	size_t i;

	for (i = 0; i < s->n_pieces; i++)
		if (s->pieces[i].kind == kind)
			return true;
	return false;
}

/* "v0:{timestamp}:{body}" into its pieces. */
static void read_signed(const struct builder *b, const struct group *g,
	struct conf_signature *s)
{
	const char *p = group_text(g, "signed");

	while (p != NULL && *p != '\0') {
		const struct place *place = place_at(p);
		struct signed_piece *piece = &s->pieces[s->n_pieces];
		size_t n = strcspn(p, "{}");

		if (s->n_pieces == CONF_SIGNED_MAX) {
			group_error(g, "signed", "signed: has more than %d pieces", CONF_SIGNED_MAX);
			return;
		}
		if (place == NULL && n == 0) {
			group_error(g, "signed", "signed: in braces there can be {id}, {timestamp} and "
				"{body}");
			return;
		}
		piece->kind = place != NULL ? place->kind : SIGNED_TEXT;
		if (place == NULL)
			piece->text = arena_strndup(b->arena, p, n);
		p += place != NULL ? strlen(place->name) : n;
		s->n_pieces++;
	}
}

/* A header that is read and not signed proves nothing; one that is signed must come. */
static void check_signed(const struct group *g, const struct conf_signature *s)
{
	static const struct { const char *key, *place; enum signed_kind kind; } headers[] = {
		{ "timestamp_header", "{timestamp}", SIGNED_TIMESTAMP },
		{ "id_header", "{id}", SIGNED_ID },
	};
	size_t i;

	if (!has_piece(s, SIGNED_BODY))
		group_error(g, "signed", "signed: {body} is not in it");
	for (i = 0; i < ARRAY_LEN(headers); i++) {
		bool is_signed = has_piece(s, headers[i].kind);

		if (is_signed && !group_is_set(g, headers[i].key))
			group_error(g, "signed", "signed: %s needs \"%s\", the name of it",
				headers[i].place, headers[i].key);
		else if (!is_signed && group_is_set(g, headers[i].key))
			group_error(g, headers[i].key, "%s: %s is not in \"signed\", so anybody could "
				"write it", headers[i].key, headers[i].place);
	}
	if (group_is_set(g, "window") && !has_piece(s, SIGNED_TIMESTAMP))
		group_error(g, "window", "window: {timestamp} is not in \"signed\"");
}

/* Standard Webhooks writes its keys as "whsec_" and base64. */
static int decode_key(const struct buf *text, unsigned char *out, size_t size)
{
	const char *p = text->data;
	size_t len = text->len;

	if (len > 6 && memcmp(p, "whsec_", 6) == 0) {
		p += 6;
		len -= 6;
	}
	return digest_base64_decode(p, len, out, size);
}

static void read_key(const struct builder *b, const struct group *token, const char *key,
	const struct conf_secret *secret, bool base64, struct conf_key *ret)
{
	unsigned char raw[KEY_MAX + 3];
	const void *bytes = raw;
	struct buf text;
	int n;

	if (!b->read_secrets || secret->reference == NULL ||
	    build_read_secret(token, key, secret, &text) < 0)
		return;
	if (base64) {
		n = decode_key(&text, raw, sizeof(raw));
	} else {
		bytes = text.data;
		n = (int)text.len;
	}
	if (n < KEY_MIN || n > KEY_MAX) {
		group_error(token, key, "%s: %s must hold a key of %d to %d %s", key,
			secret->reference, KEY_MIN, KEY_MAX,
			base64 ? "bytes in base64" : "characters");
	} else if (n > CONF_KEY_SIZE) {
		digest_sha256(&(struct digest_part){ bytes, (size_t)n }, 1, ret->bytes);
		ret->len = DIGEST_SIZE;
	} else {
		memcpy(ret->bytes, bytes, (size_t)n);
		ret->len = (size_t)n;
	}
	explicit_bzero(raw, sizeof(raw));
	build_wipe(&text);
}

void build_signature(const struct builder *b, const struct group *token,
	struct conf_token *ret)
{
	struct group g = group_sub(token, "signature");
	struct conf_signature *s = arena_array(b->arena, 1, sizeof(*s));
	bool base64 = group_choice(&g, "key_encoding") == 1;

	if (ret->role != ROLE_INGEST)
		group_error(token, "signature", "signature: only a token of role \"ingest\" has "
			"one: what is signed is a body");
	s->header = build_header(&g, "header");
	s->prefix = group_text(&g, "prefix");
	s->base64 = group_choice(&g, "encoding") == 1;
	s->timestamp_header = build_header(&g, "timestamp_header");
	s->id_header = build_header(&g, "id_header");
	s->window_ms = group_int(&g, "window");
	read_signed(b, &g, s);
	check_signed(&g, s);
	read_key(b, token, "secret", &ret->secret, base64, &s->key);
	read_key(b, token, "previous", &ret->previous, base64, &s->previous);
	ret->signature = s;
}
