/* What foreign text may do in a message, and the words all channels share. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "base/rfc3339.h"
#include "base/text.h"
#include "base/clean.h"
#include "test_courier_fixture.h"

static void a_line_is_cleaned(void **state)
{
	static const struct {
		const char *in, *out;
		size_t max;
	} rows[] = {
		{ "plain", "plain", 100 },
		{ "", "", 100 },
		{ "a\r\nBcc: x", "a Bcc: x", 100 },		/* no second header, no second line */
		{ "  a \t\n b ", "a b ", 100 },
		{ "a\x1b[31mb\x7f", "a?[31mb?", 100 },		/* terminal sequences */
		{ "a\xc2\x9b" "31m", "a?31m", 100 },		/* the same by a C1 byte */
		{ "a\xe2\x80\xae" "b", "a?b", 100 },		/* U+202E turns the line around */
		{ "a\xe2\x81\xa6" "b", "a?b", 100 },		/* U+2066 isolates */
		{ "a\xe2\x80\xa8" "b", "a b", 100 },		/* U+2028 ends a line in some places */
		{ "a\xf3\xa0\x81\x81" "b", "a?b", 100 },	/* U+E0041, a letter nobody sees */
		{ "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d", "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d", 100 },
		{ "\xf0\x9f\x9a\xa8 fire", "\xf0\x9f\x9a\xa8 fire", 100 },
		{ "a\xff\xc3", "a??", 100 },			/* not UTF-8 */
		{ "abcdefgh", "abcdefgh", 8 },
		{ "abcdefghi", "abcde\xe2\x80\xa6", 8 },
		{ "ab\xf0\x9f\x9a\xa8\xf0\x9f\x9a\xa8", "ab\xe2\x80\xa6", 8 },
		{ "abcdefghi", "", 2 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct buf out;

		buf_init(&out, 0);
		clean_line(&out, rows[i].in, rows[i].max);
		if (!text_equal(out.data, rows[i].out))
			fail_msg("row %zu: \"%s\", not \"%s\"", i, out.data, rows[i].out);
		buf_release(&out);
	}
}

static void an_escape_is_never_cut(void **state)
{
	const struct clean slack = { .max = 12, .escape = clean_escape_slack };
	const struct clean html = { .max = 100, .lines = true, .escape = clean_escape_html };
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	clean_text(&out, "a&&&&&&", &slack);
	assert_string_equal(out.data, "a&amp;\xe2\x80\xa6");
	buf_clear(&out);
	clean_text(&out, "<a href=\"x\">'&\nb", &html);
	assert_string_equal(out.data, "&lt;a href=&quot;x&quot;&gt;&#39;&amp;\nb");
	buf_clear(&out);
	clean_text(&out, NULL, &html);
	assert_string_equal(out.data, "");
	buf_release(&out);
}

static void assert_headline(const struct notice *notice, const char *wanted)
{
	struct buf out;

	buf_init(&out, 0);
	notice_headline(notice, &out);
	assert_string_equal(out.data, wanted);
	buf_release(&out);
}

static void a_headline_says_what_and_by_when(void **state)
{
	struct fixture f;

	(void)state;
	fixture_open(&f, step_notice);
	assert_headline(&f.notice, "#42 nis2 early-warning due in 2 h 57 min");
	fixture_set(&f, NULL, "now", json_string("2026-11-22T08:27:00Z"));
	assert_headline(&f.notice, "#42 nis2 early-warning OVERDUE by 10 min");
	fixture_set(&f, NULL, "drill", json_true());
	assert_headline(&f.notice, "DRILL #42 nis2 early-warning OVERDUE by 10 min");
	fixture_set(&f, NULL, "kind", json_string("settled"));
	fixture_set(&f, "clock", "state", json_string("filed-late"));
	assert_headline(&f.notice, "DRILL #42 nis2 early-warning: filed late");
	fixture_close(&f);
}

static void a_notice_may_lack_anything(void **state)
{
	static const struct {
		const char *json, *headline;
	} rows[] = {
		{ "{}", "notice" },
		{ "{\"kind\":\"test\",\"drill\":true}", "DRILL TEST of this channel" },
		{ "{\"kind\":\"test\",\"title\":\"TEST of channel soc\"}", "TEST of channel soc" },
		{ "{\"kind\":\"operations\",\"title\":\"tocsin was away for 3 h\"}",
		  "tocsin was away for 3 h" },
		{ "{\"kind\":\"operations\",\"title\":\"a\\nb\"}", "a b" },
		{ "{\"kind\":\"later\",\"subject\":\"news\"}", "news" },
		{ "{\"kind\":\"step\",\"incident\":7,\"clock\":[],\"step\":\"x\"}", "notice" },
		{ "{\"kind\":\"step\",\"incident\":{\"id\":\"7\",\"title\":3}}", "notice" },
		{ "{\"kind\":\"step\",\"clock\":{\"stage\":\"s\",\"due_at\":\"soon\"},"
		  "\"remaining_s\":9223372036854775807}", "s due in 36600 d 0 h" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct fact facts[NOTICE_FACTS];
		struct arena *arena = arena_new();
		struct fixture f;

		fixture_open(&f, rows[i].json);
		assert_headline(&f.notice, rows[i].headline);
		assert_true(notice_facts(&f.notice, arena, facts) <= NOTICE_FACTS);
		assert_null(notice_url(&f.notice));
		assert_null(notice_journal(&f.notice, arena));
		fixture_close(&f);
		arena_free(arena);
	}
}

static void a_drill_is_marked_once(void **state)
{
	static const struct {
		bool drill;
		const char *in, *out;
	} rows[] = {
		{ false, "[tocsin #1] x", "[tocsin #1] x" },
		{ true, "[tocsin #1] x", "DRILL [tocsin #1] x" },
		{ true, "DRILL [tocsin #1] x", "DRILL [tocsin #1] x" },
		{ true, "DRILL: x", "DRILL: x" },
		{ true, "DRILLING x", "DRILL DRILLING x" },
		{ true, "", "DRILL " },
	};
	struct arena *arena = arena_new();
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		const struct notice notice = { .drill = rows[i].drill };

		assert_string_equal(notice_marked(&notice, rows[i].in, arena), rows[i].out);
	}
	arena_free(arena);
}

static void only_a_plain_url_becomes_a_link(void **state)
{
	static const struct {
		const char *url;
		bool ok;
	} rows[] = {
		{ "https://tocsin.example.org/incidents/42", true },
		{ "http://127.0.0.1:2472/?a=b&c=d#e", true },
		{ "javascript:alert(1)", false },
		{ "https://x|<!channel>", false },
		{ "https://x/ y", false },
		{ "https://x/\"onclick", false },
		{ "https://x/\n", false },
		{ "https://x/\xc3\xa9", false },
		{ "", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		const struct notice notice = { .url = rows[i].url };

		if ((notice_url(&notice) != NULL) != rows[i].ok)
			fail_msg("%s", rows[i].url);
	}
}

static void facts_are_in_order_and_complete(void **state)
{
	static const struct fact wanted[NOTICE_FACTS] = {
		{ "Entity", "ACME Energy GmbH (acme-energy)" },
		{ "Severity", "critical" },
		{ "Stage", "nis2 early-warning" },
		{ "Due", "2026-11-22 08:17:00 UTC (2 h 57 min left)" },
		{ "Arguable until", "2026-11-22 09:00:00 UTC; do not plan on it" },
		{ "Law", "Directive (EU) 2022/2555, Art. 23(4)(a)" },
		{ "Step", "3 of 4, at -PT4H, repeat 1" },
		{ "Earlier steps passed over", "2" },
		{ "In place of", "channel soc, which refused it" },
		{ "Late by", "1 h 03 min" },
	};
	struct arena *arena = arena_new();
	struct fact facts[NOTICE_FACTS];
	struct fixture f;
	size_t i;

	(void)state;
	fixture_open(&f, step_notice);
	assert_int_equal(notice_facts(&f.notice, arena, facts), NOTICE_FACTS);
	for (i = 0; i < NOTICE_FACTS; i++) {
		assert_string_equal(facts[i].label, wanted[i].label);
		assert_string_equal(facts[i].value, wanted[i].value);
	}
	assert_string_equal(notice_ack(&f.notice, arena), "tocsin ack 42 --by NAME");
	assert_string_equal(notice_journal(&f.notice, arena), "journal 17 " HASH_17);
	fixture_close(&f);
	arena_free(arena);
}

static const char *fact_of(const struct notice *notice, const char *label,
	struct arena *arena)
{
	struct fact facts[NOTICE_FACTS];
	size_t n = notice_facts(notice, arena, facts), i;

	for (i = 0; i < n; i++)
		if (strcmp(facts[i].label, label) == 0)
			return facts[i].value;
	fail_msg("no %s", label);
	return NULL;
}

static void what_did_not_get_through_is_said(void **state)
{
	static const struct { const char *why, *wanted; } rows[] = {
		{ "refused", "channel soc, which refused it" },
		{ "fails", "channel soc, which fails to take it" },
		{ "channel down", "channel soc, which is down" },
		{ "a word of a later version", "channel soc, which refused it" },
	};
	struct arena *arena = arena_new();
	struct fixture f;
	size_t i;

	(void)state;
	fixture_open(&f, step_notice);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		fixture_set(&f, NULL, "fallback_why", json_string(rows[i].why));
		assert_string_equal(fact_of(&f.notice, "In place of", arena), rows[i].wanted);
	}
	fixture_set(&f, NULL, "stands_for", json_integer(1));
	assert_string_equal(fact_of(&f.notice, "Step", arena),
		"3 of 4, at -PT4H, repeat 1; 1 earlier reminder could not be delivered");
	fixture_set(&f, NULL, "stands_for", json_integer(23));
	assert_string_equal(fact_of(&f.notice, "Step", arena),
		"3 of 4, at -PT4H, repeat 1; 23 earlier reminders could not be delivered");
	fixture_close(&f);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_cleaned),
		cmocka_unit_test(an_escape_is_never_cut),
		cmocka_unit_test(a_headline_says_what_and_by_when),
		cmocka_unit_test(a_notice_may_lack_anything),
		cmocka_unit_test(what_did_not_get_through_is_said),
		cmocka_unit_test(a_drill_is_marked_once),
		cmocka_unit_test(only_a_plain_url_becomes_a_link),
		cmocka_unit_test(facts_are_in_order_and_complete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
