/*
 * A word that shows that we have written it: a number and an instant, with a MAC under
 * a key that only we know. It stands in a link or behind a button, where everybody can
 * read it and nobody can change it.
 *
 * What it may be used for is part of what the MAC covers, so that a token made for one
 * purpose is none for another; the purpose names the store too, because the numbers
 * begin anew in another one.
 */
#ifndef TOCSIN_BASE_TOKEN_H
#define TOCSIN_BASE_TOKEN_H

#include <stdint.h>

enum {
	TOKEN_KEY_SIZE = 32,
	TOKEN_MAC_SIZE = 16,	/* 128 bits of HMAC-SHA256 (RFC 2104 §5: half is enough) */
	TOKEN_BYTES = 8 + 8 + 1 + TOKEN_MAC_SIZE,	/* whole groups of base64: no padding */
	TOKEN_SIZE = TOKEN_BYTES / 3 * 4 + 1,
};

struct token {
	int64_t number;
	int64_t at;		/* milliseconds; what it means is the purpose's */
};

/* base64url (RFC 4648 §5). */
void token_write(const unsigned char key[TOKEN_KEY_SIZE], const char *purpose,
	const struct token *token, char out[TOKEN_SIZE]);
/* 0 and *ret, or -1: not ours, or not for this. There is one spelling of each token,
 * and the time taken does not tell how much of it was right. */
int token_read(const unsigned char key[TOKEN_KEY_SIZE], const char *purpose, const char *text,
	struct token *ret);

#endif
