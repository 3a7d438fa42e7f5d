/*
 * The journal's chain: see journal.h. Nothing here decides what is recorded; it
 * fixes the bytes that are hashed, and checks them in the order in which they
 * stand. A line break within a line would let one record pass for two, so it is
 * refused.
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/json_out.h"
#include "core/journal.h"

const char journal_genesis[JOURNAL_HASH_SIZE] =
	"0000000000000000000000000000000000000000000000000000000000000000";

void journal_hash(const char previous[JOURNAL_HASH_SIZE], const char *line, size_t len,
	char ret[JOURNAL_HASH_SIZE])
{
	const struct digest_part parts[] = {
		{ previous, JOURNAL_HASH_SIZE - 1 }, { "\n", 1 }, { line, len }, { "\n", 1 },
	};
	unsigned char digest[DIGEST_SIZE];

	digest_sha256(parts, sizeof(parts) / sizeof(parts[0]), digest);
	digest_hex(digest, sizeof(digest), ret);
}

void journal_begin(struct buf *record, int64_t at, const char *kind, const char *actor,
	const char *by)
{
	out_object(record, NULL);
	out_time(record, "at", at);
	out_text(record, "kind", kind);
	out_text(record, "actor", actor);
	out_text(record, "by", by);
}

void journal_finish(struct buf *line, int64_t seq, const struct buf *record)
{
	out_object(line, NULL);
	out_int(line, "seq", seq);
	buf_addc(line, ',');
	buf_add(line, record->data + 1, record->len - 1);	/* behind its bracket */
	out_end_object(line);
}

void journal_check_init(struct journal_check *check)
{
	check->seq = 0;
	memcpy(check->hash, journal_genesis, sizeof(check->hash));
}

int journal_check_record(struct journal_check *check, int64_t seq, const char *hash,
	const char *line, size_t len, struct error *err)
{
	char made[JOURNAL_HASH_SIZE];

	if (seq != check->seq + 1)
		return error_set(err, ERROR_INVALID, "record %" PRId64 " stands where record %"
			PRId64 " is expected", seq, check->seq + 1);
	if (memchr(line, '\n', len) != NULL)
		return error_set(err, ERROR_INVALID, "record %" PRId64
			": the line holds a line break", seq);
	journal_hash(check->hash, line, len, made);
	if (hash != NULL && strcmp(hash, made) != 0)
		return error_set(err, ERROR_INVALID,
			"record %" PRId64 ": the hash is not that of "
			"this line after the record before it", seq);
	check->seq = seq;
	memcpy(check->hash, made, sizeof(check->hash));
	return 0;
}

static int envelope_check(struct journal_check *check, const json_t *envelope,
	struct error *err)
{
	const json_t *seq = json_object_get(envelope, "seq");
	const json_t *hash = json_object_get(envelope, "hash");
	const json_t *line = json_object_get(envelope, "line");

	if (json_object_size(envelope) != 3 || !json_is_integer(seq) ||
			!json_is_string(hash) ||
			!json_is_string(line))
		return error_set(err, ERROR_INVALID, "record %" PRId64 ": not of the form "
			"{\"seq\":1,\"hash\":\"...\",\"line\":\"...\"}", check->seq + 1);
	return journal_check_record(check, json_integer_value(seq), json_string_value(hash),
		json_string_value(line), json_string_length(line), err);
}

int journal_check_ndjson(struct journal_check *check, const char *text, size_t len,
	struct error *err)
{
	json_t *envelope = json_read(text, len, err);
	int result;

	if (envelope == NULL)
		return error_prefix(err, "record %" PRId64, check->seq + 1);
	result = envelope_check(check, envelope, err);
	json_decref(envelope);
	return result;
}
