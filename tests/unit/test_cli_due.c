/* The stream of answers of "tocsin due --batch", by the rules of the tree and the
 * demonstration holidays. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/text.h"
#include "cli/due.h"
#include "config/conf.h"

static struct rules *rules;

static int load(void **state)
{
	struct conf_report report;

	(void)state;
	rules = rules_load(TEST_SRCDIR "/tests/data/demo:" TEST_SRCDIR "/etc/tocsin", &report);
	if (rules == NULL)
		fprintf(stderr, "%s:%d: %s\n", report.errors[0].file, report.errors[0].line,
			report.errors[0].text);
	conf_report_release(&report);
	return rules != NULL ? 0 : -1;
}

static int release(void **state)
{
	(void)state;
	rules_free(rules);
	return 0;
}

#define QUESTION(day) "{\"events\":{\"aware\":\"2026-11-" day "T09:17:00+01:00\"}}"

/* Answers the text in pieces of n bytes. */
static char *answers_to(const char *text, size_t n)
{
	struct due_batch batch;
	size_t len = strlen(text), at;
	struct buf out;

	buf_init(&out, 0);
	due_batch_init(&batch, rules_book(rules));
	for (at = 0; at < len; at += n)
		due_batch_add(&batch, text + at, len - at < n ? len - at : n, &out);
	due_batch_end(&batch, &out);
	due_batch_release(&batch);
	return buf_detach(&out, NULL);
}

static void answers_do_not_depend_on_the_pieces(void **state)
{
	static const char text[] = QUESTION("21") "\n" "nonsense\n" "\n" QUESTION("22");
	static const size_t pieces[] = { 1, 5, 60, 1000 };
	char *whole = answers_to(text, sizeof(text)), *got;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(pieces); i++) {
		got = answers_to(text, pieces[i]);
		assert_string_equal(got, whole);
		free(got);
	}
	free(whole);
}

static void every_line_is_answered_in_order(void **state)
{
	static const char *const begins[] = { "{\"clocks\":[", "{\"error\":\"not valid JSON",
		"{\"error\":\"not valid JSON", "{\"error\":\"must be a JSON object\"}",
		"{\"error\":\"no such type of event", "{\"clocks\":[" };
	char *got = answers_to(QUESTION("21") "\n" "nonsense\n" "\n" "[]\n"
		"{\"events\":{\"awaer\":\"2026-11-21T09:17:00Z\"}}\n" QUESTION("22"), 1000);
	const char *line = got;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(begins); i++) {
		if (line == NULL || !text_starts(line, begins[i]))
			fail_msg("answer %zu: %.80s", i + 1, line != NULL ? line : "none");
		line = strchr(line, '\n');
		line = line != NULL ? line + 1 : NULL;
	}
	assert_string_equal(line, "");
	free(got);
}

/* A line without an end does not fill the memory, and the next one is answered. */
static void a_line_too_long_is_refused_alone(void **state)
{
	size_t n = 3 * 1024 * 1024;
	char *text = malloc(n + 200), *got;

	(void)state;
	memset(text, ' ', n);
	memcpy(text + n, "\n" QUESTION("21") "\n", sizeof("\n" QUESTION("21") "\n"));
	got = answers_to(text, 65536);
	assert_true(text_starts(got, "{\"error\":\"a question of more than"));
	assert_non_null(strstr(got, "\n{\"clocks\":["));
	free(got);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_do_not_depend_on_the_pieces),
		cmocka_unit_test(every_line_is_answered_in_order),
		cmocka_unit_test(a_line_too_long_is_refused_alone),
	};

	return cmocka_run_group_tests_name("cli due", tests, load, release);
}
