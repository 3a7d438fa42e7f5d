/*
 * Signatures of bodies, Slack's, and the password of Basic. A scheme and a request are made of
 * the bytes; the answer must be that of a slow reading of the same rule, with libcrypto's
 * own HMAC over one buffer. The right signature is taken, and none with a bit changed.
 */
#include "config.h"

#include <stdbool.h>
#include <strings.h>

#include "api/auth.h"
#include "api/signature.h"
#include "api/slack_signature.h"
#include "base/buf.h"
#include "fuzz.h"

enum { FIELD_MAX = 300, NOW_S = 1700000000 };

/* The next field: up to a NUL, as headers have none. */
static const char *field(const char **p, const char *end, char out[FIELD_MAX])
{
	size_t n = strnlen(*p, (size_t)(end - *p));

	snprintf(out, FIELD_MAX, "%.*s", (int)(n < FIELD_MAX - 1 ? n : FIELD_MAX - 1), *p);
	*p += n < (size_t)(end - *p) ? n + 1 : n;
	return out;
}

static void make_scheme(const unsigned char *bytes, struct conf_signature *s, char *prefix)
{
	static const char *const texts[] = { ".", ":", "v0:", "" };
	size_t i;

	s->header = "s";
	s->prefix = prefix;
	s->base64 = (bytes[0] & 1) != 0;
	s->n_pieces = 1u + (bytes[0] >> 1) % (CONF_SIGNED_MAX - 1);
	for (i = 0; i < s->n_pieces; i++) {
		s->pieces[i].kind = (enum signed_kind)(bytes[1 + i % 3] >> (2 * (i / 3)) & 3);
		s->pieces[i].text = texts[i % 4];
		if (s->pieces[i].kind == SIGNED_TIMESTAMP)
			s->timestamp_header = "t";
		if (s->pieces[i].kind == SIGNED_ID)
			s->id_header = "i";
	}
	s->window_ms = 300 * 1000;
	s->key.len = 1u + bytes[4] % CONF_KEY_SIZE;
	memset(s->key.bytes, bytes[5], s->key.len);
	s->previous.len = bytes[6] % CONF_KEY_SIZE;
	memset(s->previous.bytes, bytes[7], s->previous.len);
}

static void slow_sign(const struct conf_signature *s, const struct conf_key *key,
	const struct signed_request *r, char *out)
{
	unsigned char mac[DIGEST_SIZE];
	struct buf text;
	size_t i;

	buf_init(&text, 0);
	for (i = 0; i < s->n_pieces; i++)
		switch (s->pieces[i].kind) {
		case SIGNED_TEXT: buf_adds(&text, s->pieces[i].text); break;
		case SIGNED_ID: buf_adds(&text, r->id); break;
		case SIGNED_TIMESTAMP: buf_adds(&text, r->timestamp); break;
		case SIGNED_BODY: buf_add(&text, r->body, r->len); break;
		}
	digest_hmac_sha256(key->bytes, key->len, text.len > 0 ? text.data : "", text.len, mac);
	buf_release(&text);
	out += sprintf(out, "%s", s->prefix);
	if (s->base64)
		digest_base64(mac, sizeof(mac), out);
	else
		digest_hex(mac, sizeof(mac), out);
}

/* Is it one of the words of the header? Hex digits in any case. */
static bool slow_is(const struct conf_signature *s, const char *header, const char *expected)
{
	char copy[FIELD_MAX], *word, *rest = copy;
	size_t prefix = strlen(s->prefix);
	int n = 0;

	snprintf(copy, sizeof(copy), "%s", header);
	if (copy[0] == ' ')
		n++;	/* an empty word in front */
	while (n < 8 && (word = strsep(&rest, " ")) != NULL) {
		if (word[0] == '\0')
			continue;
		n++;
		if (strncmp(word, expected, prefix) == 0 && (s->base64 ?
		    strcmp(word + prefix, expected + prefix) :
		    strcasecmp(word + prefix, expected + prefix)) == 0)
			return true;
	}
	return false;
}

static void fuzz_signature(const unsigned char *bytes, const char *p, const char *end)
{
	char prefix[FIELD_MAX], signature[FIELD_MAX], stamp[FIELD_MAX], id[FIELD_MAX];
	char expected[2 * FIELD_MAX], before[2 * FIELD_MAX];
	struct conf_signature s = { 0 };
	struct signed_request r = { 0 };
	size_t i;
	bool in_time, good;

	field(&p, end, prefix);
	prefix[strcspn(prefix, " ")] = '\0';
	prefix[31] = '\0';
	make_scheme(bytes, &s, prefix);
	r.signature = field(&p, end, signature);
	r.timestamp = field(&p, end, stamp);
	r.id = field(&p, end, id);
	r.body = p;
	r.len = (size_t)(end - p);
	if ((bytes[0] & 0x80) != 0)
		sprintf(stamp, "%d", NOW_S);
	in_time = signature_precheck(&s, &r, (int64_t)NOW_S * 1000) == 0;
	MUST(in_time || s.timestamp_header != NULL);
	slow_sign(&s, &s.key, &r, expected);
	slow_sign(&s, &s.previous, &r, before);
	good = slow_is(&s, signature, expected) ||
		(s.previous.len > 0 && slow_is(&s, signature, before));
	MUST((signature_check(&s, &r, (int64_t)NOW_S * 1000) == 0) == (good && in_time));
	r.signature = expected;
	MUST((signature_check(&s, &r, (int64_t)NOW_S * 1000) == 0) == in_time);
	i = bytes[3] % strlen(expected);
	expected[i] = (char)(expected[i] == 'x' ? 'y' : 'x');
	MUST(signature_check(&s, &r, (int64_t)NOW_S * 1000) != 0 || s.previous.len > 0);
}

/* Slack's own: a time of digits alone, five minutes at most from now, and lower case. */
static void fuzz_slack(const char *p, const char *end)
{
	static const char secret[] = "8f742231b10e8888";
	char stamp[FIELD_MAX], signature[FIELD_MAX], expected[DIGEST_HEX_SIZE + 3] = "v0=";
	unsigned char mac[DIGEST_SIZE];
	struct buf text;
	bool in_time;
	long long at;

	field(&p, end, stamp);
	if (stamp[0] == '!')
		snprintf(stamp, sizeof(stamp), "%d", NOW_S);
	field(&p, end, signature);
	buf_init(&text, 0);
	buf_addf(&text, "v0:%s:", stamp);
	buf_add(&text, p, (size_t)(end - p));
	digest_hmac_sha256(secret, sizeof(secret) - 1, text.data, text.len, mac);
	digest_hex(mac, sizeof(mac), expected + 3);
	buf_release(&text);
	at = strlen(stamp) < 18 ? atoll(stamp) : 0;
	in_time = stamp[0] != '\0' && stamp[strspn(stamp, "0123456789")] == '\0' &&
		at >= NOW_S - 300 && at <= NOW_S + 300;
	if (strlen(stamp) < 18)	/* a longer one has zeros in front, or is far away */
		MUST(slack_signature_is_good(secret, stamp, expected, p, (size_t)(end - p),
			(int64_t)NOW_S * 1000) == in_time);
	MUST(slack_signature_is_good(secret, stamp, signature, p, (size_t)(end - p),
		(int64_t)NOW_S * 1000) == (in_time && strcmp(signature, expected) == 0));
}

static void fuzz_basic(const char *p, const char *end)
{
	char header[FIELD_MAX], space[FIELD_MAX], small[8];
	const char *password;

	field(&p, end, header);
	password = auth_basic(header, space, sizeof(space));
	if (password != NULL) {
		MUST(password > space && password[-1] == ':' && password[0] != '\0');
		MUST(memchr(space, ':', (size_t)(password - 1 - space)) == NULL);
	}
	password = auth_basic(header, small, sizeof(small));
	MUST(password == NULL || strlen(password) < sizeof(small));
	password = auth_bearer(header);
	MUST(password == NULL || strpbrk(password, " \t,") == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *end = (const char *)data + size;

	if (size < 9)
		return 0;
	if (data[0] == 'b')
		fuzz_basic((const char *)data + 1, end);
	else if (data[0] == 'k')
		fuzz_slack((const char *)data + 1, end);
	else
		fuzz_signature(data + 1, (const char *)data + 9, end);
	return 0;
}
