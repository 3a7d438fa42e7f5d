/* Verifying an exported journal: a whole chain passes, and of a broken one the
 * first bad line is named. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/text.h"
#include "cli/chain.h"

enum { RECORDS = 5 };

static char hashes[RECORDS + 1][JOURNAL_HASH_SIZE];

/* The export of a journal of five records. */
static void export_journal(struct buf *out)
{
	char line[80];
	int i;

	memcpy(hashes[0], journal_genesis, JOURNAL_HASH_SIZE);
	buf_clear(out);
	for (i = 1; i <= RECORDS; i++) {
		snprintf(line, sizeof(line),
			"{\"seq\":%d,\"kind\":\"test\",\"by\":\"J. Doe\"}", i);
		journal_hash(hashes[i - 1], line, strlen(line), hashes[i]);
		buf_addf(out, "{\"seq\":%d,\"hash\":\"%s\",\"line\":\"{\\\"seq\\\":%d,"
			"\\\"kind\\\":\\\"test\\\",\\\"by\\\":\\\"J. Doe\\\"}\"}\n", i,
			hashes[i], i);
	}
}

/* Verifies in pieces of n bytes. */
static int verify(const struct buf *text, size_t n, const char *head, struct chain *chain,
	struct error *err)
{
	size_t at;
	int rc = 0;

	memset(err, 0, sizeof(*err));
	chain_init(chain);
	if (head != NULL)
		assert_int_equal(chain_head_parse(head, &chain->head, err), 0);
	for (at = 0; rc == 0 && at < text->len; at += n)
		rc = chain_add(chain, text->data + at, text->len - at < n ? text->len - at : n,
			err);
	if (rc == 0)
		rc = chain_end(chain, err);
	chain_release(chain);
	return rc;
}

static void a_whole_chain_passes_in_any_pieces(void **state)
{
	static const size_t pieces[] = { 1, 7, 64, 100000 };
	struct chain chain;
	struct error err;
	struct buf text;
	size_t i;

	(void)state;
	buf_init(&text, 0);
	export_journal(&text);
	for (i = 0; i < ARRAY_LEN(pieces); i++) {
		if (verify(&text, pieces[i], NULL, &chain, &err) < 0)
			fail_msg("pieces of %zu: %s", pieces[i], err.text);
		assert_int_equal(chain.check.seq, RECORDS);
		assert_string_equal(chain.check.hash, hashes[RECORDS]);
	}
	buf_release(&text);
}

/* One byte of a record: the hash is no longer that of the line. */
static void a_changed_record_is_named(void **state)
{
	struct chain chain;
	struct error err;
	struct buf text;
	char *third;
	int i;

	(void)state;
	buf_init(&text, 0);
	export_journal(&text);
	third = text.data;
	for (i = 0; i < 2; i++)
		third = strchr(third, '\n') + 1;
	*strstr(third, "Doe") = 'd';
	assert_int_equal(verify(&text, 100000, NULL, &chain, &err), -1);
	assert_int_equal(err.line, 3);
	assert_non_null(strstr(err.text, "record 3"));
	buf_release(&text);
}

/* A hash that was made to fit its own line breaks the next one. */
static void a_forged_record_breaks_the_next(void **state)
{
	struct chain chain;
	struct error err;
	struct buf text;
	char *second, made[JOURNAL_HASH_SIZE];
	static const char line[] = "{\"seq\":2,\"kind\":\"test\",\"by\":\"J. Roe\"}";

	(void)state;
	buf_init(&text, 0);
	export_journal(&text);
	second = strchr(text.data, '\n') + 1;
	*strstr(second, "Doe") = 'R';
	journal_hash(hashes[1], line, strlen(line), made);
	memcpy(strstr(second, hashes[2]), made, JOURNAL_HASH_SIZE - 1);
	assert_int_equal(verify(&text, 100000, NULL, &chain, &err), -1);
	assert_int_equal(err.line, 3);
	buf_release(&text);
}

static void a_record_left_out_is_named(void **state)
{
	struct chain chain;
	struct error err;
	struct buf text;
	char *second, *third;

	(void)state;
	buf_init(&text, 0);
	export_journal(&text);
	second = strchr(text.data, '\n') + 1;
	third = strchr(second, '\n') + 1;
	memmove(second, third, strlen(third) + 1);
	text.len = strlen(text.data);
	assert_int_equal(verify(&text, 100000, NULL, &chain, &err), -1);
	assert_int_equal(err.line, 2);
	assert_string_equal(err.text, "record 3 stands where record 2 is expected");
	buf_release(&text);
}

static void a_line_cut_in_the_middle_is_named(void **state)
{
	struct chain chain;
	struct error err;
	struct buf text;

	(void)state;
	buf_init(&text, 0);
	export_journal(&text);
	text.len -= 20;
	assert_int_equal(verify(&text, 100000, NULL, &chain, &err), -1);
	assert_int_equal(err.line, RECORDS);
	assert_non_null(strstr(err.text, "record 5"));
	buf_release(&text);
}

static void a_missing_last_newline_is_no_fault(void **state)
{
	struct chain chain;
	struct error err;
	struct buf text;

	(void)state;
	buf_init(&text, 0);
	export_journal(&text);
	text.len--;
	assert_int_equal(verify(&text, 100000, NULL, &chain, &err), 0);
	assert_int_equal(chain.check.seq, RECORDS);
	buf_release(&text);
}

/* Cut between two records the chain is whole; only a head kept elsewhere tells. */
static void a_cut_tail_shows_by_the_head(void **state)
{
	struct chain chain;
	struct error err;
	struct buf text;
	char head[100];

	(void)state;
	buf_init(&text, 0);
	export_journal(&text);
	snprintf(head, sizeof(head), "%d:%s", RECORDS, hashes[RECORDS]);
	assert_int_equal(verify(&text, 100000, head, &chain, &err), 0);
	text.len = (size_t)(strrchr(text.data, '{') - text.data);
	while (text.len > 0 && text.data[text.len - 1] != '\n')
		text.len--;
	assert_int_equal(verify(&text, 100000, NULL, &chain, &err), 0);
	assert_int_equal(chain.check.seq, RECORDS - 1);
	assert_int_equal(verify(&text, 100000, head, &chain, &err), -1);
	assert_non_null(strstr(err.text, "tail is missing"));
	buf_release(&text);
}

/* A journal written anew from some record on is whole in itself. */
static void another_history_shows_by_the_head(void **state)
{
	struct chain chain;
	struct error err;
	struct buf text;
	char head[100];

	(void)state;
	buf_init(&text, 0);
	export_journal(&text);
	snprintf(head, sizeof(head), "2:%s", hashes[3]);
	assert_int_equal(verify(&text, 100000, head, &chain, &err), -1);
	assert_int_equal(err.line, 2);
	buf_release(&text);
}

static void heads_that_are_none(void **state)
{
	static const char *const bad[] = { "", "5", "5:", ":abc", "5:abc", "0:"
		"0000000000000000000000000000000000000000000000000000000000000000", "x:"
		"0000000000000000000000000000000000000000000000000000000000000000", "1:"
		"000000000000000000000000000000000000000000000000000000000000000G" };
	struct chain_head head;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++)
		if (chain_head_parse(bad[i], &head, NULL) == 0)
			fail_msg("\"%s\": was taken", bad[i]);
}

static void what_is_no_journal_is_refused(void **state)
{
	static const char *const bad[] = { "\n", "hello\n", "[]\n", "{}\n", "{\"seq\":1}\n",
		"{\"seq\":\"1\",\"hash\":\"\",\"line\":\"\"}\n" };
	struct chain chain;
	struct error err;
	struct buf text;
	size_t i;

	(void)state;
	buf_init(&text, 0);
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		buf_clear(&text);
		buf_adds(&text, bad[i]);
		if (verify(&text, 100000, NULL, &chain, &err) == 0)
			fail_msg("%s: passed", bad[i]);
		assert_int_equal(err.line, 1);
	}
	buf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_chain_passes_in_any_pieces),
		cmocka_unit_test(a_changed_record_is_named),
		cmocka_unit_test(a_forged_record_breaks_the_next),
		cmocka_unit_test(a_record_left_out_is_named),
		cmocka_unit_test(a_line_cut_in_the_middle_is_named),
		cmocka_unit_test(a_missing_last_newline_is_no_fault),
		cmocka_unit_test(a_cut_tail_shows_by_the_head),
		cmocka_unit_test(another_history_shows_by_the_head),
		cmocka_unit_test(heads_that_are_none),
		cmocka_unit_test(what_is_no_journal_is_refused),
	};

	return cmocka_run_group_tests_name("cli chain", tests, NULL, NULL);
}
