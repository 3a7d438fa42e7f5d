/* Signed words: see token.h. */
#include "config.h"

#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/token.h"

/* In front of the numbers, and under the MAC with them: another layout is another one. */
enum { LAYOUT = 1, PAYLOAD = TOKEN_BYTES - TOKEN_MAC_SIZE };

static void put_int64(unsigned char *out, int64_t value)
{
	uint64_t bits = (uint64_t)value;
	int i;

	for (i = 7; i >= 0; i--, bits >>= 8)
		out[i] = (unsigned char)(bits & 0xff);
}

static int64_t take_int64(const unsigned char *bytes)
{
	uint64_t bits = 0;
	int i;

	for (i = 0; i < 8; i++)
		bits = bits << 8 | bytes[i];
	return (int64_t)bits;
}

/* The NUL behind the purpose keeps it apart from the payload, whatever either holds. */
static void sign(const unsigned char *key, const char *purpose, const unsigned char *payload,
	unsigned char out[TOKEN_MAC_SIZE])
{
	unsigned char mac[DIGEST_SIZE];
	struct buf text;

	buf_init(&text, 0);
	buf_add(&text, purpose, strlen(purpose) + 1);
	buf_add(&text, payload, PAYLOAD);
	digest_hmac_sha256(key, TOKEN_KEY_SIZE, text.data, text.len, mac);
	memcpy(out, mac, TOKEN_MAC_SIZE);
	buf_release(&text);
}

static void swap(char *text, char a, char b)
{
	for (; *text != '\0'; text++)
		if (*text == a)
			*text = b;
}

void token_write(const unsigned char key[TOKEN_KEY_SIZE], const char *purpose,
	const struct token *token, char out[TOKEN_SIZE])
{
	unsigned char bytes[TOKEN_BYTES];

	bytes[0] = LAYOUT;
	put_int64(bytes + 1, token->number);
	put_int64(bytes + 9, token->at);
	sign(key, purpose, bytes, bytes + PAYLOAD);
	digest_base64(bytes, sizeof(bytes), out);
	swap(out, '+', '-');
	swap(out, '/', '_');
}

int token_read(const unsigned char key[TOKEN_KEY_SIZE], const char *purpose, const char *text,
	struct token *ret)
{
	unsigned char bytes[TOKEN_BYTES], mac[TOKEN_MAC_SIZE];
	char plain[TOKEN_SIZE];

	if (strlen(text) != TOKEN_SIZE - 1 || strpbrk(text, "+/=") != NULL)
		return -1;
	memcpy(plain, text, sizeof(plain));
	swap(plain, '-', '+');
	swap(plain, '_', '/');
	if (digest_base64_decode(plain, TOKEN_SIZE - 1, bytes, sizeof(bytes)) != TOKEN_BYTES)
		return -1;
	sign(key, purpose, bytes, mac);
	if (!digest_equal(mac, bytes + PAYLOAD, sizeof(mac)) || bytes[0] != LAYOUT)
		return -1;
	ret->number = take_int64(bytes + 1);
	ret->at = take_int64(bytes + 9);
	return 0;
}
