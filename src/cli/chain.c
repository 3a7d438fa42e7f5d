/* The journal's chain read as a stream of lines: see chain.h. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "cli/chain.h"

/* A record is at most an alert's worth of text; see the body limit of the API. */
enum { CHAIN_LINE_MAX = 64 * 1024 * 1024 };

void chain_init(struct chain *chain)
{
	memset(chain, 0, sizeof(*chain));
	journal_check_init(&chain->check);
	buf_init(&chain->rest, CHAIN_LINE_MAX);
}

void chain_release(struct chain *chain)
{
	buf_release(&chain->rest);
}

int chain_head_parse(const char *text, struct chain_head *ret, struct error *err)
{
	const char *colon = strchr(text, ':');
	char number[24];
	size_t n = colon != NULL ? (size_t)(colon - text) : 0;

	if (n == 0 || n >= sizeof(number) || strlen(colon + 1) != JOURNAL_HASH_SIZE - 1 ||
			strspn(colon + 1, "0123456789abcdef") != JOURNAL_HASH_SIZE - 1)
		return error_set(err, ERROR_INVALID,
			"a head is SEQ:HASH, with 64 lower-case hex digits");
	memcpy(number, text, n);
	number[n] = '\0';
	if (text_int64(number, 1, INT64_MAX, &ret->seq) < 0)
		return error_set(err, ERROR_INVALID,
			"a head begins with the number of a record");
	memcpy(ret->hash, colon + 1, JOURNAL_HASH_SIZE);
	ret->seen = false;
	return 0;
}

static int add_line(struct chain *chain, const char *line, size_t len, struct error *err)
{
	chain->line++;
	if (journal_check_ndjson(&chain->check, line, len, err) < 0) {
		err->line = (int)chain->line;
		return -1;
	}
	if (chain->check.seq != chain->head.seq)
		return 0;
	chain->head.seen = true;
	if (strcmp(chain->check.hash, chain->head.hash) == 0)
		return 0;
	error_set(err, ERROR_INVALID, "record %" PRId64
		": the chain is whole, but its hash is not the one that was written down",
		chain->check.seq);
	err->line = (int)chain->line;
	return -1;
}

int chain_add(struct chain *chain, const char *data, size_t len, struct error *err)
{
	const char *end = data + len, *newline;
	int rc = 0;

	while (rc == 0 && (newline = memchr(data, '\n', (size_t)(end - data))) != NULL) {
		size_t n = (size_t)(newline - data);

		if (chain->rest.len == 0) {
			rc = add_line(chain, data, n, err);
		} else {
			buf_add(&chain->rest, data, n);
			rc = add_line(chain, chain->rest.data, chain->rest.len, err);
			buf_clear(&chain->rest);
		}
		data = newline + 1;
	}
	if (rc == 0 && buf_add(&chain->rest, data, (size_t)(end - data)) < 0) {
		error_set(err, ERROR_TOO_LARGE, "record %" PRId64 ": the line does not end",
			chain->check.seq + 1);
		err->line = (int)chain->line + 1;
		rc = -1;
	}
	return rc;
}

int chain_end(struct chain *chain, struct error *err)
{
	if (chain->rest.len > 0) {
		/* Without its newline a line may be whole all the same (an editor, a
		 * copy by hand); what it says decides. */
		int rc = add_line(chain, chain->rest.data, chain->rest.len, err);

		buf_clear(&chain->rest);
		if (rc < 0)
			return -1;
	}
	if (chain->head.seq > 0 && !chain->head.seen)
		return error_set(err, ERROR_INVALID, "the journal ends at record %" PRId64
			", but record %" PRId64 " was written: its tail is missing",
			chain->check.seq, chain->head.seq);
	return 0;
}
