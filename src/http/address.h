/*
 * How many connections each address holds. An IPv6 customer is given a /64 at
 * least, so one address there stands for its whole /64; loopback is not counted.
 */
#ifndef TOCSIN_HTTP_ADDRESS_H
#define TOCSIN_HTTP_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

struct sockaddr;

struct address_key {
	unsigned char bytes[16];	/* IPv4 as ::ffff:a.b.c.d */
};

/* False when the address is not to be counted: loopback, or no IP address. */
bool address_key_of(const struct sockaddr *sa, struct address_key *ret);
/* The address as text without the port; IPv4 in its own form. */
void address_text(const struct sockaddr *sa, char *out, unsigned int size);

enum { ADDRESS_BUCKETS = 4096 };	/* 16,384 connections: chains of four */

struct address_count {
	struct address_count *next;
	struct address_key key;
	unsigned int n;
};

struct address_table {
	struct address_count *buckets[ADDRESS_BUCKETS];
	uint64_t seed;		/* so that nobody can choose colliding addresses */
};

void address_table_init(struct address_table *t);
void address_table_release(struct address_table *t);
/* Counts one more, unless the address already holds max: then false. */
bool address_table_take(struct address_table *t, const struct address_key *key,
	unsigned int max);
unsigned int address_table_count(struct address_table *t, const struct address_key *key);
void address_table_give(struct address_table *t, const struct address_key *key);

#endif
