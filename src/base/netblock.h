/* Blocks of IP addresses as configurations name them: "192.0.2.7", "10.0.0.0/8",
 * "2001:db8::/32". */
#ifndef TOCSIN_BASE_NETBLOCK_H
#define TOCSIN_BASE_NETBLOCK_H

#include <stdbool.h>
#include <stddef.h>

struct netblock {
	unsigned char bytes[16];	/* IPv4 as ::ffff:a.b.c.d */
	unsigned int bits;		/* of the 128 that count */
};

/* -1 when it is none, or when bits are set behind the prefix: 10.1.0.0/8 is a slip. */
int netblock_parse(const char *text, struct netblock *ret);
/* address: numeric, without a port; anything else is in no block. */
bool netblock_has(const struct netblock *block, const char *address);

#endif
