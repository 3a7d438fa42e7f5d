/*
 * JSON from outside: documents of the API, lines of an exported journal, questions
 * to the calculator. What is read can be written, and what was written is read as
 * the same; a line of a journal is believed with its own hash and no other; what
 * the calculator answers is in order: due, then nominal, then latest.
 */
#include "config.h"

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "core/calculator.h"
#include "core/journal.h"
#include "fuzz.h"
#include "nis2_rules.h"

static const struct zone *known_zone(void *arg, const char *name, struct error *err)
{
	static struct zone *utc;

	(void)arg;
	if (utc == NULL)
		utc = zone_utc();
	if (strcmp(name, "UTC") == 0)
		return utc;
	if (strcmp(name, "Europe/Brussels") == 0 || strcmp(name, "Atlantic/Azores") == 0)
		return nis2_zone(name);
	error_set(err, ERROR_INVALID, "no such zone");
	return NULL;
}

static void fuzz_written(const json_t *value)
{
	struct error err = { .code = ERROR_NONE };
	json_t *again;
	struct buf out;

	buf_init(&out, 0);
	MUST(json_write(&out, value) == 0);
	again = json_read(out.data, out.len, &err);
	MUST(again != NULL && json_equal(again, value));
	json_decref(again);
	buf_release(&out);
}

static void fuzz_calculator(const json_t *question)
{
	struct rulebook book = *nis2_rulebook();
	struct error err = { .code = ERROR_NONE };
	struct arena *arena = arena_new();
	struct calculation c;
	json_t *document;
	struct buf answer;
	size_t i;

	book.zone = known_zone;
	if (calculate(question, &book, arena, &c, &err) < 0) {
		MUST(err.text[0] != '\0');
		arena_free(arena);
		return;
	}
	for (i = 0; i < c.n_clocks; i++) {
		const struct clock *clock = &c.clocks[i];

		MUST((clock->due_at == TIME_NONE) == (clock->nominal_at == TIME_NONE));
		MUST(clock->due_at <= clock->nominal_at);
		MUST(clock->latest_at == TIME_NONE || clock->nominal_at <= clock->latest_at);
	}
	buf_init(&answer, 0);
	calculation_put(&c, &answer);
	document = json_read(answer.data, answer.len, &err);
	MUST(document != NULL);
	fuzz_written(document);
	json_decref(document);
	buf_release(&answer);
	arena_free(arena);
}

/* The input as a line of the journal, with its own hash and with another. */
static void fuzz_own_line(const char *text, size_t len)
{
	struct journal_check check;
	struct error err = { .code = ERROR_NONE };
	char hash[JOURNAL_HASH_SIZE], *line;
	json_t *envelope;
	struct buf out;

	if (!text_is_utf8(text, len) || memchr(text, '\0', len) != NULL)
		return;
	line = xstrndup(text, len);
	journal_hash(journal_genesis, line, len, hash);
	envelope = json_object();
	json_set_int(envelope, "seq", 1);
	json_set_text(envelope, "hash", hash);
	json_set_text(envelope, "line", line);
	buf_init(&out, 0);
	json_write(&out, envelope);
	journal_check_init(&check);
	MUST((journal_check_ndjson(&check, out.data, out.len, &err) == 0) ==
		(strchr(line, '\n') == NULL));
	MUST(strchr(line, '\n') != NULL || strcmp(check.hash, hash) == 0);
	hash[0] = hash[0] == 'a' ? 'b' : 'a';
	json_set_text(envelope, "hash", hash);
	buf_clear(&out);
	json_write(&out, envelope);
	journal_check_init(&check);
	MUST(journal_check_ndjson(&check, out.data, out.len, &err) < 0);
	buf_release(&out);
	json_decref(envelope);
	free(line);
}

static void fuzz_journal(const char *text, size_t len)
{
	const char *end = text + len, *newline;
	struct journal_check check;
	int64_t seq = 0;

	journal_check_init(&check);
	for (; text < end; text = newline + 1) {
		struct error err = { .code = ERROR_NONE };
		int result;

		newline = memchr(text, '\n', (size_t)(end - text));
		if (newline == NULL)
			newline = end;
		result = journal_check_ndjson(&check, text, (size_t)(newline - text), &err);
		MUST(result == 0 || err.text[0] != '\0');
		seq += result == 0;
		MUST(check.seq == seq);
		if (newline == end)
			break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct error err = { .code = ERROR_NONE };
	json_t *value = json_read(text, size, &err);

	MUST((value == NULL) == (err.text[0] != '\0'));
	if (value != NULL) {
		fuzz_written(value);
		fuzz_calculator(value);
	}
	json_decref(value);
	fuzz_own_line(text, size);
	fuzz_journal(text, size);
	return 0;
}
