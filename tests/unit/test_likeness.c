/* Which titles are alike, and which keys begin in the same way. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "core/likeness.h"

static void a_title_has_a_normal_form(void **state)
{
	static const struct {
		const char *title, *form;
	} cases[] = {
		{ "Ransomware on web01", "ransomware on web" },
		{ "  Ransomware, on WEB-02! ", "ransomware on web" },
		{ "Login failed 17 times from 10.0.0.17", "login failed times from" },
		{ "Login failed 3 times from fe80::1c2b:3ff", "login failed times from" },
		{ "Login failed from 2001:db8::beef at 08:02:11", "login failed from at" },
		{ "New device aa:bb:cc:dd:ee:ff", "new device" },
		{ "Job 550e8400-e29b-41d4-a716-446655440000 died", "job died" },
		{ "Job deadbeef-cafe-babe-face-feedfacecafe died", "job died" },
		{ "File /tmp/a1b2c3d4 has 9f86d081884c7d659a2feaa0c55ad015", "file tmp has" },
		{ "Crash at 0xffffe000 in svchost.exe", "crash at in svchost exe" },
		{ "2026-11-21T08:02:11Z disk db1 full", "disk full" },
		{ "File added, facade is bad", "file added facade is bad" },
		{ "user_1234 dropped table_9", "user dropped table" },
		{ "Schl\xc3\xbcssel 7 verloren", "schl\xc3\xbcssel verloren" },
		{ "CVE-2026-1234 exploited", "cve exploited" },
		{ "db-master: replication-lag 30s", "db master replication lag" },
		{ "12345", "" }, { "", "" }, { "::", "" }, { "- - -", "" }, { "x 1 y", "" },
	};
	char form[LIKENESS_FORM_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		size_t n = likeness_form(cases[i].title, form);

		if (strcmp(form, cases[i].form) != 0 || n != strlen(form))
			fail_msg("\"%s\": \"%s\", not \"%s\"", cases[i].title, form,
				cases[i].form);
	}
}

static void a_long_title_is_cut_between_words(void **state)
{
	char title[4000], form[LIKENESS_FORM_SIZE];
	size_t i, n;

	(void)state;
	for (i = 0; i + 6 < sizeof(title); i += 6)
		memcpy(title + i, "words ", 6);
	title[i] = '\0';
	n = likeness_form(title, form);
	assert_int_equal(n, 239);
	assert_string_equal(form + n - 5, "words");
	/* One word that is longer than all the room there is. */
	memset(title, 'x', sizeof(title) - 1);
	title[sizeof(title) - 1] = '\0';
	assert_int_equal(likeness_form(title, form), 0);
	memset(title, 'x', LIKENESS_FORM_SIZE - 2);
	title[LIKENESS_FORM_SIZE - 2] = '\0';
	assert_int_equal(likeness_form(title, form), LIKENESS_FORM_SIZE - 2);
}

static void likeness_is_of_one_entity(void **state)
{
	int64_t one = likeness_of("acme", false, "Ransomware on web01");

	(void)state;
	assert_true(one > 0);
	assert_true(likeness_of("acme", false, "RANSOMWARE on web77") == one);
	assert_true(likeness_of("acme", false, "Ransomware on mail01") != one);
	assert_true(likeness_of("other", false, "Ransomware on web01") != one);
	assert_true(likeness_of("acme", true, "Ransomware on web01") != one);
	assert_true(likeness_of("acme", false, "4711") == 0);
	/* It is stored: another number would be another column. */
	assert_true(likeness_of("acme", false, "ransomware") == 6175003349591047988);
}

static void keys_begin_before_the_first_colon(void **state)
{
	static const struct {
		const char *key, *prefix;	/* NULL: it says nothing */
	} cases[] = {
		{ "0123456789abcdef:2026-03-01T08:00:00Z", "0123456789abcdef" },
		{ "0123456789abcdef", "0123456789abcdef" },
		{ "CASE-2026-17", "CASE-2026-17" },
		{ "12345678:", "12345678" }, { "1234567:8", NULL }, { ":12345678", NULL },
		{ "", NULL },
		{ "0123456789012345678901234567890123456789012345678901234567890123",
		  "0123456789012345678901234567890123456789012345678901234567890123" },
		{ "01234567890123456789012345678901234567890123456789012345678901234", NULL },
	};
	char prefix[LIKENESS_PREFIX_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		bool have = likeness_prefix(cases[i].key, prefix);

		if (have != (cases[i].prefix != NULL) ||
		    (have && strcmp(prefix, cases[i].prefix) != 0))
			fail_msg("\"%s\": %s", cases[i].key, have ? prefix : "none");
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_title_has_a_normal_form),
		cmocka_unit_test(a_long_title_is_cut_between_words),
		cmocka_unit_test(likeness_is_of_one_entity),
		cmocka_unit_test(keys_begin_before_the_first_colon),
	};

	return cmocka_run_group_tests_name("likeness", tests, NULL, NULL);
}
