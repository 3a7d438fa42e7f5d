/* SHA-256, HMAC and base64 by libcrypto: see digest.h. */
#include "config.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/digest.h"

void digest_sha256(const struct digest_part *parts, size_t n, unsigned char out[DIGEST_SIZE])
{
	static EVP_MD *md;
	static EVP_MD_CTX *ctx;
	size_t i;

	if (ctx == NULL) {
		md = EVP_MD_fetch(NULL, "SHA256", NULL);
		ctx = EVP_MD_CTX_new();
		if (md == NULL || ctx == NULL)
			abort();
	}
	if (EVP_DigestInit_ex2(ctx, md, NULL) != 1)
		abort();
	for (i = 0; i < n; i++)
		if (EVP_DigestUpdate(ctx, parts[i].data, parts[i].len) != 1)
			abort();
	if (EVP_DigestFinal_ex(ctx, out, NULL) != 1)
		abort();
}

void digest_sha256_hex(const void *data, size_t len, char out[DIGEST_HEX_SIZE])
{
	const struct digest_part part = { data, len };
	unsigned char hash[DIGEST_SIZE];

	digest_sha256(&part, 1, hash);
	digest_hex(hash, sizeof(hash), out);
}

void digest_hex(const unsigned char *bytes, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < n; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[2 * n] = '\0';
}

void digest_hmac_sha256(const void *key, size_t key_len, const void *data, size_t len,
	unsigned char out[DIGEST_SIZE])
{
	const struct digest_part part = { data, len };

	digest_hmac_sha256_parts(key, key_len, &part, 1, out);
}

/* RFC 2104 by hand: libcrypto's HMAC over several parts is either deprecated or ten
 * times the code, and that over one looks its digest up by name each time, which takes
 * longer than the digests (measured). A key longer than a block is digested first, by
 * whoever keeps it. */
void digest_hmac_sha256_parts(const void *key, size_t key_len, const struct digest_part *parts,
	size_t n, unsigned char out[DIGEST_SIZE])
{
	enum { BLOCK = 64, PARTS_MAX = 16 };
	unsigned char inner[BLOCK] = { 0 }, outer[BLOCK], hash[DIGEST_SIZE];
	struct digest_part all[PARTS_MAX + 1] = { { inner, BLOCK } };
	const struct digest_part last[] = { { outer, BLOCK }, { hash, sizeof(hash) } };
	size_t i;

	if (n > PARTS_MAX)
		abort();
	if (key_len > BLOCK)
		digest_sha256(&(struct digest_part){ key, key_len }, 1, inner);
	else
		memcpy(inner, key, key_len);
	for (i = 0; i < BLOCK; i++) {
		outer[i] = inner[i] ^ 0x5c;
		inner[i] ^= 0x36;
	}
	for (i = 0; i < n; i++)
		all[i + 1] = parts[i];
	digest_sha256(all, n + 1, hash);
	digest_sha256(last, 2, out);
	explicit_bzero(inner, sizeof(inner));
	explicit_bzero(outer, sizeof(outer));
}

void digest_base64(const unsigned char *bytes, size_t n, char *out)
{
	EVP_EncodeBlock((unsigned char *)out, bytes, (int)n);
}

static bool is_base64(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		c == '+' || c == '/';
}

/* EVP_DecodeBlock skips white space at both ends, takes '=' anywhere for a zero
 * and does not look at the bits that padding cuts off; base64 here has none of
 * that, so that equal bytes mean equal text. text need not end with a NUL. */
int digest_base64_decode(const char *text, size_t n, unsigned char *out, size_t size)
{
	char again[5];
	size_t pad = 0, tail, i;
	int len;

	if (n == 0 || n % 4 != 0 || n > INT_MAX || n / 4 * 3 > size)
		return -1;
	while (pad < 2 && text[n - 1 - pad] == '=')
		pad++;
	for (i = 0; i < n - pad; i++)
		if (!is_base64(text[i]))
			return -1;
	len = EVP_DecodeBlock(out, (const unsigned char *)text, (int)n);
	if (len < 0)
		return -1;
	tail = (size_t)len - 3;
	digest_base64(out + tail, 3 - pad, again);
	return memcmp(again, text + n - 4, 4) == 0 ? len - (int)pad : -1;
}

bool digest_equal(const void *a, const void *b, size_t n)
{
	return CRYPTO_memcmp(a, b, n) == 0;
}
