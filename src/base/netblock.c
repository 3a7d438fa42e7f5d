/* Address blocks: see netblock.h. One form for both families, so that an IPv4 peer on
 * a socket of IPv6 is the same peer. */
#include "config.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/netblock.h"
#include "base/text.h"

enum { ALL_BITS = 128, V4_OFFSET = 96, ADDRESS_SIZE = 64 };

static int parse_address(const char *text, unsigned char bytes[16], bool *ret_v4)
{
	memset(bytes, 0, 16);
	*ret_v4 = inet_pton(AF_INET, text, bytes + 12) == 1;
	if (*ret_v4) {
		bytes[10] = bytes[11] = 0xff;
		return 0;
	}
	return inet_pton(AF_INET6, text, bytes) == 1 ? 0 : -1;
}

static bool same_bits(const unsigned char *a, const unsigned char *b, unsigned int bits)
{
	unsigned int whole = bits / 8, rest = bits % 8;

	if (memcmp(a, b, whole) != 0)
		return false;
	return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

int netblock_parse(const char *text, struct netblock *ret)
{
	static const unsigned char none[16];
	const char *slash = strchr(text, '/');
	size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);
	unsigned char rest[16];
	char address[ADDRESS_SIZE];
	int64_t bits = ALL_BITS;
	unsigned int i;
	bool v4;

	if (len >= sizeof(address))
		return -1;
	memcpy(address, text, len);
	address[len] = '\0';
	if (parse_address(address, ret->bytes, &v4) < 0)
		return -1;
	if (slash != NULL && text_int64(slash + 1, 0, v4 ? ALL_BITS - V4_OFFSET : ALL_BITS,
	    &bits) < 0)
		return -1;
	if (slash != NULL && v4)
		bits += V4_OFFSET;
	ret->bits = (unsigned int)bits;
	memcpy(rest, ret->bytes, sizeof(rest));
	for (i = 0; i < ret->bits; i++)
		rest[i / 8] &= (unsigned char)~(0x80u >> (i % 8));
	return memcmp(rest, none, sizeof(rest)) == 0 ? 0 : -1;
}

bool netblock_has(const struct netblock *block, const char *address)
{
	unsigned char bytes[16];
	bool v4;

	return parse_address(address, bytes, &v4) == 0 &&
		same_bits(bytes, block->bytes, block->bits);
}
