/* Slack's payload within Slack's limits, and the console's line. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "courier/console.h"
#include "courier/slack.h"
#include "test_courier_fixture.h"

static void the_payload_is_as_agreed(void **state)
{
	struct fixture f;
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	fixture_open(&f, step_notice);
	slack_render(&f.notice, &out);
	buf_addc(&out, '\n');
	assert_golden("courier_slack.json", &out);
	fixture_close(&f);
	buf_release(&out);
}

/* https://docs.slack.dev/reference/block-kit/blocks */
static void assert_within_limits(const json_t *message)
{
	const json_t *blocks = json_object_get(message, "blocks"), *block, *field;
	size_t i, j, total = 0;

	assert_true(json_string_length(json_object_get(message, "text")) <= 4000);
	assert_true(json_array_size(blocks) <= 50);
	json_array_foreach(blocks, i, block) {
		const json_t *text = json_object_get(json_object_get(block, "text"), "text");
		const json_t *fields = json_object_get(block, "fields");
		bool header = text_equal(json_string_value(json_object_get(block, "type")), "header");

		assert_true(json_string_length(text) <= (header ? 150 : 3000));
		total += json_string_length(text);
		assert_true(json_array_size(fields) <= 10);
		json_array_foreach(fields, j, field)
			total += json_string_length(json_object_get(field, "text"));
	}
	/* Not in the documentation: msg_blocks_too_long beyond about 13,200. */
	assert_true(total <= 12000);
}

static char *repeated(const char *text, size_t n)
{
	struct buf b;

	buf_init(&b, 0);
	while (n-- > 0)
		buf_adds(&b, text);
	return buf_detach(&b, NULL);
}

static void nothing_foreign_gets_through(void **state)
{
	static const char *const titles[] = { HOSTILE, "&", "<", "\xf0\x9f\x9a\xa8", "x" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(titles); i++) {
		char *title = repeated(titles[i], 5000 / strlen(titles[i]));
		struct fixture f;
		struct buf out;
		json_t *message;

		buf_init(&out, 0);
		fixture_open(&f, step_notice);
		fixture_set(&f, "incident", "title", json_string(title));
		fixture_set(&f, NULL, "text", json_string(title));
		slack_render(&f.notice, &out);
		assert_null(strstr(out.data, "<!channel>"));
		assert_null(strstr(out.data, "\xe2\x80\xae"));
		assert_null(strstr(out.data, "\\u001"));
		message = json_read(out.data, out.len, NULL);
		assert_non_null(message);
		assert_within_limits(message);
		json_decref(message);
		fixture_close(&f);
		buf_release(&out);
		free(title);
	}
}

static const char *text_at(const json_t *message, size_t block)
{
	const json_t *b = json_array_get(json_object_get(message, "blocks"), block);

	return json_string_value(json_object_get(json_object_get(b, "text"), "text"));
}

static void a_drill_says_so_first_everywhere(void **state)
{
	struct fixture f;
	struct buf out;
	json_t *message;

	(void)state;
	buf_init(&out, 0);
	fixture_open(&f, step_notice);
	fixture_set(&f, NULL, "drill", json_true());
	slack_render(&f.notice, &out);
	message = json_read(out.data, out.len, NULL);
	assert_true(text_starts(json_string_value(json_object_get(message, "text")), "DRILL "));
	assert_true(text_starts(text_at(message, 0), "DRILL "));
	assert_true(text_starts(text_at(message, 1), "DRILL "));
	json_decref(message);
	fixture_close(&f);
	buf_release(&out);
}

static void an_empty_notice_is_still_a_message(void **state)
{
	struct fixture f;
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	fixture_open(&f, "{\"kind\":\"test\",\"text\":\"hello\"}");
	slack_render(&f.notice, &out);
	assert_string_equal(out.data, "{\"text\":\"TEST of this channel\",\"unfurl_links\":false,"
		"\"unfurl_media\":false,\"blocks\":["
		"{\"type\":\"header\",\"text\":{\"type\":\"plain_text\","
		"\"text\":\"TEST of this channel\",\"emoji\":false}},"
		"{\"type\":\"section\",\"text\":{\"type\":\"mrkdwn\",\"text\":\"tocsin\\nhello\","
		"\"verbatim\":true}},"
		"{\"type\":\"context\",\"elements\":[{\"type\":\"mrkdwn\",\"text\":\"tocsin\","
		"\"verbatim\":true}]}]}");
	fixture_close(&f);
	buf_release(&out);
}

static void assert_console(struct fixture *f, const char *wanted)
{
	struct buf out;

	buf_init(&out, 0);
	console_render(&f->notice, &out);
	assert_string_equal(out.data, wanted);
	buf_release(&out);
	fixture_close(f);
}

static void the_console_gets_one_line(void **state)
{
	struct fixture f;

	(void)state;
	fixture_open(&f, step_notice);
	assert_console(&f, "#42 nis2 early-warning due in 2 h 57 min (2026-11-22T08:17:00Z): "
		"Ransomware on billing \xe2\x80\x94 step -PT4H, in place of soc");
	fixture_open(&f, step_notice);
	fixture_set(&f, NULL, "drill", json_true());
	fixture_set(&f, NULL, "fallback_for", NULL);
	fixture_set(&f, "incident", "title", json_string(HOSTILE));
	assert_console(&f, "DRILL #42 nis2 early-warning due in 2 h 57 min "
		"(2026-11-22T08:17:00Z): <!channel> <b>x</b> Bcc: evil@example.org ?gpj.exe ?[31m "
		"\xe2\x80\x94 step -PT4H");
	fixture_open(&f, "{\"kind\":\"operations\",\"title\":\"tocsin was away\","
		"\"text\":\"Away for 3 h.\\n1 step passed over.\"}");
	assert_console(&f, "tocsin was away: Away for 3 h. 1 step passed over.");
}

/* What stands outside of `code` and ```code```; what is unfinished is no code. */
static char *without_code(const char *text)
{
	struct buf out;

	buf_init(&out, 0);
	while (*text != '\0') {
		const char *mark = strncmp(text, "```", 3) == 0 ? "```" : "`", *end = NULL;

		if (*text == '`')
			end = strstr(text + strlen(mark), mark);
		if (end != NULL)
			text = end + strlen(mark);
		else
			buf_addc(&out, *text++);
	}
	return buf_detach(&out, NULL);
}

/* Slack has no escape for its markup: an alert could make a line of its own look like ours,
 * or like good news. */
static void no_alert_brings_markup(void **state)
{
	static const struct { const char *text; bool plain; } rows[] = {
		{ "*RESOLVED* nothing to do", false },
		{ "_all well_", false },
		{ "~due~", false },
		{ "`x` and ``` and", false },
		{ "```", false },
		{ "> said the SOC", false },
		{ ":white_check_mark: filed", false },
		{ "take :+1: or :100:", false },
		{ "db_prod_1 is *down", false },
		{ "Ransomware on billing at 08:17:00Z: now", true },
		{ "a: b: c::d", true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		char *document = xasprintf("{\"kind\":\"step\",\"incident\":{\"id\":42,"
			"\"title\":\"%s\",\"entity\":\"%s\",\"url\":\"https://t.example/42\"},"
			"\"text\":\"Due soon.\\nIncident 42: %s.\\nFile it.\"}", rows[i].text,
			rows[i].text, rows[i].text), *left;
		const char *text;
		struct fixture f;
		json_t *message;

		fixture_open(&f, document);
		message = slack_message(&f.notice);
		text = json_string_value(json_object_get(json_object_get(json_array_get(
			json_object_get(message, "blocks"), 1), "text"), "text"));
		left = without_code(text);
		if (strpbrk(left, "*_~") != NULL || strchr(left, '`') != NULL ||
		    strstr(left, "&gt;") != NULL || strstr(left, ":white") != NULL ||
		    strstr(left, ":+1:") != NULL || strstr(left, ":100:") != NULL)
			fail_msg("%s: markup is left in %s", rows[i].text, text);
		if (rows[i].plain != (strstr(text, "```") == NULL))
			fail_msg("%s: %s", rows[i].text, rows[i].plain ? "in code" : "not in code");
		free(left);
		left = without_code(json_string_value(json_object_get(json_array_get(
			json_object_get(json_array_get(json_object_get(message, "blocks"), 2),
			"fields"), 0), "text")));
		/* "*Entity*\n" is ours. */
		if (strpbrk(left + strlen("*Entity*"), "*_~`") != NULL)
			fail_msg("%s: markup is left in a field: %s", rows[i].text, left);
		free(left);
		json_decref(message);
		fixture_close(&f);
		free(document);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_alert_brings_markup),
		cmocka_unit_test(the_payload_is_as_agreed),
		cmocka_unit_test(nothing_foreign_gets_through),
		cmocka_unit_test(a_drill_says_so_first_everywhere),
		cmocka_unit_test(an_empty_notice_is_still_a_message),
		cmocka_unit_test(the_console_gets_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
