/*
 * The journal's chain. The expected hashes were made by sha256sum:
 *   { printf '%064d\n' 0; printf '{"seq":1}\n'; } | sha256sum
 */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/rfc3339.h"
#include "base/text.h"
#include "core/journal.h"

#define FIRST "1ba55ac6675f2757de90c550a824a4d5edbd8b84b3efb55729008e2a327db9fa"
#define SECOND "9987b24a421b9511cc8eaee1296f5c2364387ea3917732fe6ede650c81e95599"

static void the_chain_is_what_sha256sum_says(void **state)
{
	char hash[JOURNAL_HASH_SIZE];

	(void)state;
	assert_int_equal(strspn(journal_genesis, "0"), 64);
	journal_hash(journal_genesis, "{\"seq\":1}", 9, hash);
	assert_string_equal(hash, FIRST);
	/* In place, and with a character outside ASCII as UTF-8. */
	journal_hash(hash, "{\"seq\":2,\"by\":\"J\xc3\xb6rg\"}", 22, hash);
	assert_string_equal(hash, SECOND);
}

static void expect_line(const char *kind, const char *by, const char *want)
{
	struct buf record, line;

	buf_init(&record, 0);
	buf_init(&line, 0);
	journal_begin(&record, 1795248000000, kind, "uid:1000", by);
	journal_finish(&line, 7, &record);
	assert_string_equal(line.data, want);
	buf_release(&record);
	buf_release(&line);
}

static void a_record_begins_with_its_place(void **state)
{
	(void)state;
	expect_line("clock.settled", "j.doe", "{\"seq\":7,\"at\":\"2026-11-21T08:00:00Z\","
		"\"kind\":\"clock.settled\",\"actor\":\"uid:1000\",\"by\":\"j.doe\"}");
	expect_line("daemon.started", NULL, "{\"seq\":7,\"at\":\"2026-11-21T08:00:00Z\","
		"\"kind\":\"daemon.started\",\"actor\":\"uid:1000\"}");
}

static void a_whole_chain_verifies(void **state)
{
	static const char second[] =
		"{\"line\":\"{\\\"seq\\\":2,\\\"by\\\":\\\"J\\u00f6rg\\\"}\","
		"\"seq\":2,\"hash\":\"" SECOND "\"}\n";
	struct journal_check check;
	struct error err;

	(void)state;
	journal_check_init(&check);
	assert_int_equal(0, journal_check_record(&check, 1, FIRST, "{\"seq\":1}", 9, &err));
	assert_int_equal(0, journal_check_ndjson(&check, second, strlen(second), &err));
	assert_int_equal(check.seq, 2);
	assert_string_equal(check.hash, SECOND);
	/* Without a hash it is only recomputed. */
	assert_int_equal(0, journal_check_record(&check, 3, NULL, "{}", 2, &err));
	assert_int_equal(check.seq, 3);
}

static void a_broken_chain_names_the_record(void **state)
{
	static const struct {
		int64_t seq;
		const char *hash, *line, *text;
	} rows[] = {
		{ 2, FIRST, "{\"seq\":1}", "record 2 stands where record 1 is expected" },
		{ 0, FIRST, "{\"seq\":1}", "record 0 stands where record 1 is expected" },
		{ 1, SECOND, "{\"seq\":1}", "record 1: the hash is not that" },
		{ 1, FIRST, "{\"seq\":9}", "record 1: the hash is not that" },
		{ 1, "", "{\"seq\":1}", "record 1: the hash is not that" },
		{ 1, NULL, "{}\n{}", "record 1: the line holds a line break" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct journal_check check;
		struct error err = { .code = ERROR_NONE };

		journal_check_init(&check);
		if (journal_check_record(&check, rows[i].seq, rows[i].hash, rows[i].line,
				strlen(rows[i].line), &err) == 0 ||
				strstr(err.text, rows[i].text) == NULL)
			fail_msg("row %zu: %s", i, err.text);
		assert_int_equal(check.seq, 0);
		assert_string_equal(check.hash, journal_genesis);
	}
}

static void the_exported_form_is_strict(void **state)
{
	static const char *const rows[] = {
		"", "[]", "null", "{}", "{\"seq\":1,\"hash\":\"" FIRST "\"}",
		"{\"seq\":1,\"hash\":\"" FIRST "\",\"line\":\"{\\\"seq\\\":1}\",\"more\":1}",
		"{\"seq\":\"1\",\"hash\":\"" FIRST "\",\"line\":\"{\\\"seq\\\":1}\"}",
		"{\"seq\":1.0,\"hash\":\"" FIRST "\",\"line\":\"{\\\"seq\\\":1}\"}",
		"{\"seq\":1,\"hash\":null,\"line\":\"{\\\"seq\\\":1}\"}",
		"{\"seq\":1,\"hash\":\"" FIRST "\",\"line\":{\"seq\":1}}",
		"{\"seq\":1,\"seq\":1,\"hash\":\"" FIRST "\",\"line\":\"{\\\"seq\\\":1}\"}",
		"{\"seq\":1,\"hash\":\"" FIRST "\",\"line\":\"{\\\"seq\\\":1}\"} {}",
		"{\"seq\":1,\"hash\":\"" SECOND "\",\"line\":\"{\\\"seq\\\":1}\"}",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct journal_check check;
		struct error err = { .code = ERROR_NONE };

		journal_check_init(&check);
		if (journal_check_ndjson(&check, rows[i], strlen(rows[i]), &err) == 0)
			fail_msg("accepted: %s", rows[i]);
		if (strstr(err.text, "record 1") == NULL)
			fail_msg("%s: %s", rows[i], err.text);
		assert_int_equal(check.seq, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_chain_is_what_sha256sum_says),
		cmocka_unit_test(a_record_begins_with_its_place),
		cmocka_unit_test(a_whole_chain_verifies),
		cmocka_unit_test(a_broken_chain_names_the_record),
		cmocka_unit_test(the_exported_form_is_strict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
