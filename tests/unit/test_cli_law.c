/* What stands beside a clock's dates: the readings of several laws, a change that waits
 * for a second person, where to file; all of it within the terminal. */
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
#include "cli/show.h"

#define EU "{\"law\":\"nis2\",\"anchor\":\"aware\",\"due_at\":\"2026-11-22T08:17:00Z\"," \
	"\"reference\":\"Directive (EU) 2022/2555, Art. 23(4)(a)\",\"alarms\":"
#define CY "{\"law\":\"CY\",\"anchor\":\"aware\",\"due_at\":\"2026-11-21T14:17:00Z\"," \
	"\"reference\":\"DSA guide to NIS2\",\"note\":\"six hours; the statute itself was " \
	"not read\",\"confidence\":\"verified\",\"standing\":\"guidance\"," \
	"\"read_on\":\"2026-09-03\",\"alarms\":"
#define CLOCK(due, more) "{\"regime\":\"nis2\",\"stage\":\"early-warning\"," \
	"\"state\":\"running\",\"due_at\":\"" due "\"" more "}"
#define INCIDENT(clock, more) "{\"id\":42,\"title\":\"Ransomware\",\"entity\":\"acme\"," \
	"\"state\":\"open\",\"severity\":\"high\",\"clocks\":[" clock "]" more "}"

typedef void show_fn(struct writer *w, const json_t *incident, int64_t now);

static json_t *document(const char *text)
{
	json_t *json = json_read(text, strlen(text), NULL);

	if (json == NULL)
		fail_msg("no JSON: %s", text);
	return json;
}

static char *text_of(show_fn *show, const char *text, size_t width)
{
	json_t *json = document(text);
	struct writer w;

	writer_init(&w, STDOUT_FILENO, false);
	w.width = width;
	show(&w, json, 1795248000000);	/* 2026-11-21T08:00:00Z */
	json_decref(json);
	return buf_detach(&w.out, NULL);
}

static void expect_in(show_fn *show, const char *incident, const char *part)
{
	char *text = text_of(show, incident, 80), *line, *end;

	if (strstr(text, part) == NULL)
		fail_msg("not there: \"%s\" in\n%s", part, text);
	for (line = text; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		*end = '\0';
		if (text_columns(line) > 80)
			fail_msg("more than 80 columns: %s", line);
	}
	free(text);
}

static void every_reading_is_shown_with_its_source(void **state)
{
	(void)state;
	expect_in(show_incident, INCIDENT(CLOCK("2026-11-21T14:17:00Z",
		",\"readings\":[" EU "true}," CY "true}]"), ""),
		"  readings     nis2: due 2026-11-22T08:17:00Z\n"
		"                 Directive (EU) 2022/2555, Art. 23(4)(a)\n"
		"               CY: due 2026-11-21T14:17:00Z; counts\n"
		"                 DSA guide to NIS2 (guidance, verified, read 2026-09-03)\n"
		"                 six hours; the statute itself was not read\n");
	expect_in(show_incident, INCIDENT(CLOCK("2026-11-22T08:17:00Z",
		",\"readings\":[" EU "true}," CY "false}]"), ""),
		"               CY: due 2026-11-21T14:17:00Z; shown only, does not alarm\n");
	expect_in(show_incident, INCIDENT(CLOCK("2026-11-22T08:17:00Z",
		",\"readings\":[{\"law\":\"IT\",\"anchor\":\"detected\",\"alarms\":true}]"), ""),
		"  readings     IT: no date, from detected\n");
}

static void the_law_that_counts_stands_beside_the_regime(void **state)
{
	static const struct {
		const char *clock, *law;
	} rows[] = {
		{ CLOCK("2026-11-22T08:17:00Z", ""), "" },
		{ CLOCK("2026-11-21T14:17:00Z", ",\"readings\":[" EU "true}," CY "true}]"),
			" (CY)" },
		{ CLOCK("2026-11-22T08:17:00Z", ",\"readings\":[" EU "true}," CY "false}]"),
			"" },
		/* Both say the same: it is the regime's. */
		{ CLOCK("2026-11-21T14:17:00Z", ",\"readings\":[" CY "true},"
			"{\"law\":\"nis2\",\"due_at\":\"2026-11-21T14:17:00Z\",\"alarms\":true}]"),
			"" },
		{ CLOCK("soon", ",\"readings\":5"), "" },
	};
	char law[SHOW_LAW_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		json_t *clock = document(rows[i].clock);

		show_law(clock, law);
		if (strcmp(law, rows[i].law) != 0)
			fail_msg("%s: \"%s\", not \"%s\"", rows[i].clock, law, rows[i].law);
		json_decref(clock);
	}
	expect_in(show_summary, INCIDENT(CLOCK("2026-11-21T14:17:00Z",
		",\"readings\":[" EU "true}," CY "true}]"), ""), "nis2 (CY)  early-warning");
}

static void what_is_held_says_who_must_do_what(void **state)
{
	static const struct {
		const char *proposed, *line;
	} rows[] = {
		{ "{\"state\":\"running\",\"due_at\":\"2026-11-23T08:17:00Z\",\"by\":\"j.doe\"}",
			"held: nis2/early-warning: j.doe's correction would move it to 2026-11-23 "
			"08:17Z;\n  tocsin confirm 42\n" },
		{ "{\"state\":\"void\",\"by\":\"j.doe\"}",
			"held: nis2/early-warning: j.doe's correction would make it void; tocsin confirm\n"
			"  42\n" },
		{ "{\"state\":\"filed\",\"due_at\":\"2026-11-23T08:17:00Z\",\"by\":\"j.doe\"}",
			"would make it filed" },
		{ "{\"state\":\"running\",\"due_at\":\"2026-11-23T08:17:00Z\","
			"\"by\":\"configuration\"}", "a change of configuration or time zones "
			"would move it" },
	};
	char incident[2048];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		snprintf(incident, sizeof(incident), INCIDENT(CLOCK("2026-11-22T08:17:00Z",
			",\"proposed\":%s"), ""), rows[i].proposed);
		expect_in(show_summary, incident, rows[i].line);
	}
	expect_in(show_incident, incident, "  held         a change of configuration");
}

static void a_clock_that_is_not_held_says_nothing(void **state)
{
	char *text = text_of(show_summary, INCIDENT(CLOCK("2026-11-22T08:17:00Z",
		",\"proposed\":null"), ""), 80);

	(void)state;
	assert_null(strstr(text, "held"));
	free(text);
}

static void where_to_file_is_shown_in_the_words_of_the_daemon(void **state)
{
	expect_in(show_incident, INCIDENT("", ",\"route\":{\"nis2\":{\"law\":\"Law 89(I)/2020\","
		"\"status\":\"in force since 2025-04-25\",\"in_force\":true,"
		"\"notes\":[\"one\",\"two\"],"
		"\"portal\":{\"value\":\"x\",\"text\":\"portal: https://portal.example.org/a "
		"(verified, read 2026-09-03)\"},\"email\":{\"trust\":\"hidden\","
		"\"text\":\"email: check the authority's own page\"}}}"),
		"where to file, nis2\n"
		"  law          Law 89(I)/2020\n"
		"  status       in force since 2025-04-25\n"
		"  portal: https://portal.example.org/a (verified, read 2026-09-03)\n"
		"  email: check the authority's own page\n"
		"  note         one\n"
		"  note         two\n");
	(void)state;
}

/* Addresses are copied from the terminal: they are whole, even if that is too wide. */
static void lines_are_broken_at_spaces_only(void **state)
{
	static const struct {
		size_t width;
		const char *text, *lines;
	} rows[] = {
		{ 0, "a text of any length is left alone", "a text of any length is left alone\n" },
		{ 20, "twenty columns fit in", "twenty columns fit\n  in\n" },
		{ 20, "exactly twenty colum", "exactly twenty colum\n" },
		{ 10, "see https://example.org/page now", "see\n  https://example.org/page\n"
			"  now\n" },
		{ 10, "ÄÖÜ äöü ßßß", "ÄÖÜ äöü\n  ßßß\n" },
		{ 10, "  label  a b c d", "  label  a\n  b c d\n" },
		{ 10, "", "\n" },
		{ 2, "a b", "a\n  b\n" },
	};
	struct writer w;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		writer_init(&w, STDOUT_FILENO, false);
		w.width = rows[i].width;
		writer_wrapped(&w, 2, "%s", rows[i].text);
		if (strcmp(w.out.data, rows[i].lines) != 0)
			fail_msg("\"%s\" at %zu:\n%s", rows[i].text, rows[i].width, w.out.data);
		buf_release(&w.out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_reading_is_shown_with_its_source),
		cmocka_unit_test(the_law_that_counts_stands_beside_the_regime),
		cmocka_unit_test(what_is_held_says_who_must_do_what),
		cmocka_unit_test(a_clock_that_is_not_held_says_nothing),
		cmocka_unit_test(where_to_file_is_shown_in_the_words_of_the_daemon),
		cmocka_unit_test(lines_are_broken_at_spaces_only),
	};

	return cmocka_run_group_tests_name("cli law", tests, NULL, NULL);
}
