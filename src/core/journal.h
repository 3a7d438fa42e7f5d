/*
 * The journal's form: one compact JSON object a line, chained by
 *
 *   hash(n) = SHA-256(hash(n-1) as 64 hex digits, "\n", line, "\n")
 *
 * with hash(0) sixty-four zeros. The exact bytes of a line are kept and hashed;
 * nothing is written anew to verify it. Values are integers and strings, and
 * arrays and objects of these; keys are ASCII; a line holds no newline.
 */
#ifndef TOCSIN_CORE_JOURNAL_H
#define TOCSIN_CORE_JOURNAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/json.h"

enum { JOURNAL_HASH_SIZE = DIGEST_HEX_SIZE };
extern const char journal_genesis[JOURNAL_HASH_SIZE];	/* 64 zeros */

void journal_hash(const char previous[JOURNAL_HASH_SIZE], const char *line, size_t len,
	char ret[JOURNAL_HASH_SIZE]);

/* Starts a record: {"at":..,"kind":..,"actor":..; the caller adds members. by NULL:
 * nobody stated a name. */
void journal_begin(struct buf *record, int64_t at, const char *kind, const char *actor,
	const char *by);
/* Makes it a line: its number stands first, but is known last. */
void journal_finish(struct buf *line, int64_t seq, const struct buf *record);

/* Checks one record after the other; seq must follow without a gap. */
struct journal_check {
	int64_t seq;
	char hash[JOURNAL_HASH_SIZE];
};
void journal_check_init(struct journal_check *check);
/* hash NULL: only recomputed. -1 with a text that names the record. */
int journal_check_record(struct journal_check *check, int64_t seq, const char *hash,
	const char *line, size_t len, struct error *err);
/* The same from one line of the NDJSON form of the API:
 * {"seq":1,"hash":"..","line":".."}. */
int journal_check_ndjson(struct journal_check *check, const char *text, size_t len,
	struct error *err);

#endif
