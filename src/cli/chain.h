/*
 * Checking an exported journal (NDJSON as the API gives it) in the pieces in which
 * it comes, and naming the first bad line. Pure.
 */
#ifndef TOCSIN_CLI_CHAIN_H
#define TOCSIN_CLI_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "core/journal.h"

/* A head that was written down elsewhere (each notice carries one): the chain must
 * pass through it, so that a tail that was cut off shows. */
struct chain_head {
	int64_t seq;		/* 0: none */
	char hash[JOURNAL_HASH_SIZE];
	bool seen;
};

struct chain {
	struct journal_check check;
	int64_t line;		/* lines read */
	struct buf rest;	/* the start of a line whose end has not come yet */
	struct chain_head head;
};

void chain_init(struct chain *chain);
void chain_release(struct chain *chain);
/* "SEQ:HASH". */
int chain_head_parse(const char *text, struct chain_head *ret, struct error *err);

/* -1 at the first bad line; err->line is its number. */
int chain_add(struct chain *chain, const char *data, size_t len, struct error *err);
/* Everything has come: is the last line whole, and was the head met? */
int chain_end(struct chain *chain, struct error *err);

#endif
