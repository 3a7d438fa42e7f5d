/*
 * The chunked decoder: see parser.h. Every byte outside the data has one place
 * where it may stand; chunk extensions and trailer fields, which nobody needs
 * here, are refused. A decoder that has refused stays refused.
 */
#include "config.h"

#include <string.h>

#include "http/hex.h"
#include "http/parser.h"

enum {
	SIZE_DIGITS_MAX = 8,
};

enum state {
	SIZE = 0,	/* a zeroed struct is ready to use */
	SIZE_LF,
	DATA,
	DATA_CR,
	DATA_LF,
	LAST_CR,	/* the empty line after the chunk of size zero */
	LAST_LF,
	DONE,
	BAD,
};

static enum state size_byte(struct http_chunked *c, char byte)
{
	int digit = hex_value(byte);

	if (byte == '\r' && c->digits > 0)
		return SIZE_LF;
	if (digit < 0 || c->digits == SIZE_DIGITS_MAX)
		return BAD;
	c->size = 16 * c->size + (unsigned int)digit;
	c->digits++;
	return SIZE;
}

/* One byte outside the data. */
static enum state frame_byte(struct http_chunked *c, char byte)
{
	switch ((enum state)c->state) {
	case SIZE:
		return size_byte(c, byte);
	case SIZE_LF:
		if (byte != '\n')
			return BAD;
		c->left = c->size;
		c->size = 0;
		return c->left > 0 ? DATA : LAST_CR;
	case DATA_CR:
		return byte == '\r' ? DATA_LF : BAD;
	case DATA_LF:
		c->digits = 0;
		return byte == '\n' ? SIZE : BAD;
	case LAST_CR:
		return byte == '\r' ? LAST_LF : BAD;
	case LAST_LF:
		return byte == '\n' ? DONE : BAD;
	case DATA:
	case DONE:
	case BAD:
		break;
	}
	return BAD;
}

int http_chunked_decode(struct http_chunked *c, const char *data, size_t len,
	char *out, size_t *ret_out_len, size_t *ret_used)
{
	size_t used = 0, written = 0;

	while (used < len && c->state != DONE && c->state != BAD) {
		size_t n = len - used;

		if (c->state != DATA) {
			c->state = (int)frame_byte(c, data[used++]);
			continue;
		}
		if (n > c->left)
			n = (size_t)c->left;
		memcpy(out + written, data + used, n);
		written += n;
		used += n;
		c->left -= n;
		if (c->left == 0)
			c->state = DATA_CR;
	}
	*ret_out_len = written;
	*ret_used = used;
	if (c->state == BAD)
		return 400;
	return c->state == DONE ? HTTP_PARSE_DONE : HTTP_PARSE_MORE;
}
