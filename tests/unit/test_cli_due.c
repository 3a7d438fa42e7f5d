/* What "tocsin due" prints, and its stream of answers, by the rules of the tree and
 * the demonstration holidays. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/rfc3339.h"
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

/* ---- text -------------------------------------------------------------------- */

static char *text_of(const char *question)
{
	struct arena *arena = arena_new();
	json_t *json = json_read(question, strlen(question), NULL);
	struct calculation result;
	struct writer w;
	struct error err;
	char *text;

	if (json == NULL || calculate(json, rules_book(rules), arena, &result, &err) < 0)
		fail_msg("%s: refused", question);
	writer_init(&w, STDOUT_FILENO, false);
	due_write(&w, &result, rules_book(rules));
	text = buf_detach(&w.out, NULL);
	json_decref(json);
	arena_free(arena);
	return text;
}

static void expect_in(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("not there: \"%s\" in\n%s", part, text);
}

static void a_lawyer_can_read_it(void **state)
{
	char *text = text_of("{\"country\":\"BE\",\"events\":"
		"{\"aware\":\"2026-11-21T09:17:00+01:00\"},\"filings\":"
		"{\"notification\":\"2026-11-25T10:00:00+01:00\"}}");

	(void)state;
	expect_in(text, "NIS2, Directive (EU) 2022/2555, rules nis2/");
	expect_in(text, "Belgium (demo), Europe/Brussels\n");
	expect_in(text, "early-warning: running (Early warning)\n"
		"  due         Sun 2026-11-22 09:17 +01:00     2026-11-22T08:17:00Z\n"
		"  nominal     Sun 2026-11-22 09:17 +01:00     2026-11-22T08:17:00Z\n"
		"  latest      Sun 2026-11-22 10:00 +01:00     2026-11-22T09:00:00Z\n"
		"              arguable until; do not plan on it\n"
		"  law         Directive (EU) 2022/2555, Art. 23(4)(a)\n"
		"  derivation  aware 2026-11-21T09:17:00+01:00\n"
		"              + PT24H elapsed\n");
	/* Filed after the nominal end and after the latest: late. */
	expect_in(text, "notification: filed-late (Incident notification)\n");
	/* A month ends with a day; the roll goes over the holidays and the Sunday. */
	expect_in(text, "  due         Fri 2026-12-25 10:00 +01:00     2026-12-25T09:00:00Z\n"
		"  nominal     Fri 2026-12-25 24:00 +01:00     2026-12-25T23:00:00Z\n"
		"  latest      Mon 2026-12-28 24:00 +01:00     2026-12-28T23:00:00Z\n");
	expect_in(text, "\n\nNo legal advice.\n");
	free(text);
}

static void what_has_no_anchor_has_no_due_time(void **state)
{
	char *text = text_of("{\"country\":\"BE\",\"events\":"
		"{\"aware\":\"2026-11-21T09:17:00+01:00\"}}");

	(void)state;
	expect_in(text, "final-report: pending (Final report)\n"
		"  runs from   filed:notification, which has not happened\n"
		"  not before  Mon 2026-12-21 09:17 +01:00     2026-12-21T08:17:00Z\n");
	free(text);
}

static void no_member_state_is_said(void **state)
{
	char *text = text_of("{\"events\":{\"aware\":\"2026-11-21T09:17:00+01:00\"}}");

	(void)state;
	expect_in(text, "no member state: the plain act, weekends only; UTC\n");
	free(text);
}

static void local_times(void **state)
{
	static const struct {
		const char *at;
		bool end_of_day;
		const char *text;
	} rows[] = {
		{ "2026-12-23T14:42:00Z", true, "Wed 2026-12-23 15:42 +01:00" },
		{ "2026-12-23T23:00:00Z", true, "Wed 2026-12-23 24:00 +01:00" },
		{ "2026-12-23T23:00:00Z", false, "Thu 2026-12-24 00:00 +01:00" },
		{ "2026-12-31T23:00:00Z", true, "Thu 2026-12-31 24:00 +01:00" },
		{ "2028-02-29T23:00:00Z", true, "Tue 2028-02-29 24:00 +01:00" },
		{ "2027-03-28T22:00:00Z", true, "Sun 2027-03-28 24:00 +02:00" },
		{ "2026-07-01T10:00:05Z", true, "Wed 2026-07-01 12:00:05 +02:00" },
	};
	const struct rulebook *book = rules_book(rules);
	const struct zone *zone = book->zone(book->zone_arg, "Europe/Brussels", NULL);
	char text[DUE_LOCAL_SIZE];
	int64_t at = TIME_NONE;
	size_t i;

	(void)state;
	assert_non_null(zone);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(rfc3339_parse(rows[i].at, strlen(rows[i].at), &at, NULL), 0);
		due_local(zone, at, rows[i].end_of_day, text);
		if (strcmp(text, rows[i].text) != 0)
			fail_msg("%s: \"%s\", not \"%s\"", rows[i].at, text, rows[i].text);
	}
}

/* ---- the stream ------------------------------------------------------------------ */

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
		cmocka_unit_test(a_lawyer_can_read_it),
		cmocka_unit_test(what_has_no_anchor_has_no_due_time),
		cmocka_unit_test(no_member_state_is_said),
		cmocka_unit_test(local_times),
		cmocka_unit_test(answers_do_not_depend_on_the_pieces),
		cmocka_unit_test(every_line_is_answered_in_order),
		cmocka_unit_test(a_line_too_long_is_refused_alone),
	};

	return cmocka_run_group_tests_name("cli due", tests, load, release);
}
