/*
 * SHA-256 and what is built on it, by OpenSSL's libcrypto. The digest is
 * fetched once and the context reused, which saves about a quarter of the time
 * for lines of journal length (measured).
 */
#ifndef TOCSIN_BASE_DIGEST_H
#define TOCSIN_BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

enum { DIGEST_SIZE = 32, DIGEST_HEX_SIZE = 65 };	/* 64 hex digits and NUL */

/* Lower-case hex of SHA-256 over the parts one after the other. */
struct digest_part {
	const void *data;
	size_t len;
};
void digest_sha256(const struct digest_part *parts, size_t n, unsigned char out[DIGEST_SIZE]);
void digest_sha256_hex(const void *data, size_t len, char out[DIGEST_HEX_SIZE]);
void digest_hex(const unsigned char *bytes, size_t n, char *out);	/* 2n + 1 bytes */
void digest_hmac_sha256(const void *key, size_t key_len, const void *data, size_t len,
	unsigned char out[DIGEST_SIZE]);
/* The same over parts, one after the other. */
void digest_hmac_sha256_parts(const void *key, size_t key_len, const struct digest_part *parts,
	size_t n, unsigned char out[DIGEST_SIZE]);

/* Standard base64 with padding. Encoding needs 4 * ((n + 2) / 3) + 1 bytes.
 * Decoding is strict; returns the number of bytes or -1. */
void digest_base64(const unsigned char *bytes, size_t n, char *out);
int digest_base64_decode(const char *text, size_t n, unsigned char *out, size_t size);

/* Takes the same time wherever the difference is. */
bool digest_equal(const void *a, const void *b, size_t n);

#endif
