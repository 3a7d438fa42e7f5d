/* Connections counted by address: see address.h. An entry lives while its count
 * is above zero, so the table is never larger than the connections are many. */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/random.h"
#include "base/text.h"
#include "http/address.h"

/* Any IP address as 16 bytes; false for others. */
static bool address_bytes(const struct sockaddr *sa, struct in6_addr *ret)
{
	/* Copied out: what accept gives is only known to be a sockaddr. */
	if (sa->sa_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, sa, sizeof(in));
		memset(ret, 0, sizeof(*ret));
		ret->s6_addr[10] = ret->s6_addr[11] = 0xff;
		memcpy(ret->s6_addr + 12, &in.sin_addr, 4);
		return true;
	}
	if (sa->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;

		memcpy(&in6, sa, sizeof(in6));
		*ret = in6.sin6_addr;
		return true;
	}
	return false;
}

bool address_key_of(const struct sockaddr *sa, struct address_key *ret)
{
	struct in6_addr a;
	bool v4;

	if (!address_bytes(sa, &a))
		return false;
	v4 = IN6_IS_ADDR_V4MAPPED(&a);
	if (v4 ? a.s6_addr[12] == 127 : IN6_IS_ADDR_LOOPBACK(&a))
		return false;
	memcpy(ret->bytes, a.s6_addr, sizeof(ret->bytes));
	if (!v4)
		memset(ret->bytes + 8, 0, 8);
	return true;
}

void address_text(const struct sockaddr *sa, char *out, unsigned int size)
{
	struct in6_addr a;
	const char *text = NULL;

	if (address_bytes(sa, &a)) {
		if (IN6_IS_ADDR_V4MAPPED(&a))
			text = inet_ntop(AF_INET, a.s6_addr + 12, out, size);
		else
			text = inet_ntop(AF_INET6, &a, out, size);
	}
	if (text == NULL)
		text_copy(out, size, "");
}

void address_table_init(struct address_table *t)
{
	memset(t, 0, sizeof(*t));
	random_bytes(&t->seed, sizeof(t->seed));
}

void address_table_release(struct address_table *t)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(t->buckets); i++) {
		while (t->buckets[i] != NULL) {
			struct address_count *entry = t->buckets[i];

			t->buckets[i] = entry->next;
			free(entry);
		}
	}
}

/* The link that points to the entry, or to the NULL at the end of its chain. */
static struct address_count **find(struct address_table *t, const struct address_key *key)
{
	struct address_count **link;
	uint64_t half[2], h;

	memcpy(half, key->bytes, sizeof(half));
	h = (half[0] ^ t->seed) * 0x9e3779b97f4a7c15u;
	h = (h ^ (h >> 32) ^ half[1]) * 0x9e3779b97f4a7c15u;
	h = (h ^ t->seed) * 0x9e3779b97f4a7c15u;
	link = &t->buckets[(h >> 40) % ADDRESS_BUCKETS];
	while (*link != NULL &&
	       memcmp((*link)->key.bytes, key->bytes, sizeof(key->bytes)) != 0)
		link = &(*link)->next;
	return link;
}

bool address_table_take(struct address_table *t, const struct address_key *key,
	unsigned int max)
{
	struct address_count **link = find(t, key);

	if (*link == NULL) {
		*link = xcalloc(1, sizeof(**link));
		(*link)->key = *key;
	}
	/* A maximum of zero is none at all: the entry just made must not stay. */
	if ((*link)->n < max) {
		(*link)->n++;
		return true;
	}
	if ((*link)->n == 0) {
		free(*link);
		*link = NULL;
	}
	return false;
}

unsigned int address_table_count(struct address_table *t, const struct address_key *key)
{
	const struct address_count *entry = *find(t, key);

	return entry != NULL ? entry->n : 0;
}

void address_table_give(struct address_table *t, const struct address_key *key)
{
	struct address_count **link = find(t, key), *entry = *link;

	if (entry == NULL || --entry->n > 0)
		return;
	*link = entry->next;
	free(entry);
}
