/* What a country's file says, by the files that are shipped. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/json.h"
#include "base/rfc3339.h"
#include "base/text.h"
#include "config/conf.h"
#include "core/profile.h"

static struct rules *rules;

static int load(void **state)
{
	struct conf_report report;

	(void)state;
	rules = rules_load(TEST_SRCDIR "/etc/tocsin", &report);
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

static const struct country *country_of(const char *code)
{
	const struct country *country = rulebook_country(rules_book(rules), code);

	assert_non_null(country);
	return country;
}

static void expect_in(const char *code, int year, int month, const char *part, bool there)
{
	struct buf text;

	buf_init(&text, 0);
	profile_write(country_of(code), rules_book(rules), civil_days(year, month, 5), &text);
	if ((strstr(text.data, part) != NULL) != there)
		fail_msg("%s: \"%s\" is %sthere:\n%s", code, part, there ? "not " : "",
			text.data);
	buf_release(&text);
}

static void it_says_where_the_law_differs(void **state)
{
	(void)state;
	expect_in("CY", 2026, 9, "  - early-warning: PT6H from aware; the act: PT24H from "
		"aware; DSA guide to NIS2\n", true);
	/* Both rules of the final report have it, the file says it once. */
	expect_in("PT", 2026, 9, "  - final-report: P30WD from filed:end-of-impact may be the "
		"law; the act: P1M\n    from filed:notification;", true);
	expect_in("PT", 2026, 9, "  - end-of-impact: a further report (End of significant "
		"impact), PT24H from\n    impact-ended\n", true);
	expect_in("DE", 2026, 9, "  periods     those of the act\n", true);
	expect_in("ES", 2026, 9,
		"  law         no national act is known to be in force\n", true);
}

static void it_says_how_old_a_channel_is(void **state)
{
	(void)state;
	expect_in("DE", 2026, 9, "  - portal: https://portal.bsi.bund.de (verified, read "
		"2026-09-03); before", true);
	expect_in("DE", 2027, 1, "  - portal: https://portal.bsi.bund.de (unverified since "
		"2026-12-03); before", true);
	expect_in("DE", 2027, 9, "portal.bsi.bund.de", false);
	expect_in("DE", 2027, 9, "  - portal: check the authority's own page", true);
}

static void one_word_each(void **state)
{
	static const struct {
		const char *code, *terms, *fresh, *old, *ancient;
	} rows[] = {
		{ "DE", "verified", "verified", "stale", "hidden" },
		{ "LT", "single", "single", "stale", "hidden" },
		{ "CZ", "conflict", "verified", "stale", "hidden" },
		{ "PT", "verified", "not known", "not known", "not known" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		const struct overlay *o = country_overlay(country_of(rows[i].code), "nis2");

		assert_string_equal(profile_terms_word(o), rows[i].terms);
		assert_string_equal(profile_route_word(o, civil_days(2026, 9, 5)),
			rows[i].fresh);
		assert_string_equal(profile_route_word(o, civil_days(2027, 1, 5)),
			rows[i].old);
		assert_string_equal(profile_route_word(o, civil_days(2027, 9, 5)),
			rows[i].ancient);
	}
	assert_string_equal(profile_terms_word(NULL), "not known");
	assert_string_equal(profile_route_word(NULL, 0), "not known");
}

/* But for addresses; and every file makes a page and a document. */
static void every_country_has_its_page(void **state)
{
	const struct rulebook *book = rules_book(rules);
	const char *line, *end;
	struct error err;
	struct buf text;
	json_t *tree;
	size_t i;

	(void)state;
	buf_init(&text, 0);
	for (i = 0; i < book->n_countries; i++) {
		buf_clear(&text);
		profile_write(&book->countries[i], book, civil_days(2026, 9, 5), &text);
		for (line = text.data; (end = strchr(line, '\n')) != NULL; line = end + 1) {
			size_t n = 0, j;

			for (j = 0; line + j < end; j++)
				n += ((unsigned char)line[j] & 0xc0) != 0x80;
			if (n > 80 && strstr(line, "://") == NULL)
				fail_msg("%s: too wide: %.*s", book->countries[i].code,
					(int)(end - line), line);
		}
		buf_clear(&text);
		document_put_profile(&text, NULL, &book->countries[i], book,
			civil_days(2026, 9, 5));
		tree = json_read(text.data, text.len, &err);
		if (tree == NULL)
			fail_msg("%s: %s", book->countries[i].code, err.text);
		assert_string_equal(json_string_value(json_object_get(tree, "country")),
			book->countries[i].code);
		json_decref(tree);
	}
	buf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_says_where_the_law_differs),
		cmocka_unit_test(it_says_how_old_a_channel_is),
		cmocka_unit_test(one_word_each),
		cmocka_unit_test(every_country_has_its_page),
	};

	return cmocka_run_group_tests_name("profile", tests, load, release);
}
