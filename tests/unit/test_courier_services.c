/*
 * What Slack's Web API, Teams, Mattermost, PagerDuty and ntfy are sent: the same rules
 * for all of them, each in its own form.
 */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "courier/mattermost.h"
#include "courier/ntfy.h"
#include "courier/pagerduty.h"
#include "courier/slack_bot.h"
#include "courier/teams.h"
#include "test_courier_fixture.h"
#include "test_courier_oracle.h"

static void slack_first(const struct notice *notice, struct buf *out)
{
	slack_bot_render(notice, "C0123456789", NULL, out);
}

static const struct slack_place place = { "C0123456789", "1700000000.000100" };

static void slack_reply(const struct notice *notice, struct buf *out)
{
	slack_bot_render(notice, "C0123456789", &place, out);
}

static void slack_update(const struct notice *notice, struct buf *out)
{
	slack_bot_render_update(notice, &place, out);
}

static void pagerduty(const struct notice *notice, struct buf *out)
{
	pagerduty_render(notice, ROUTING_KEY, "dlv_k3j9x0aa_7", out);
}

static void ntfy(const struct notice *notice, struct buf *out)
{
	ntfy_render(notice, "oncall", out);
}

static const struct service {
	const char *name, *golden;
	void (*render)(const struct notice *notice, struct buf *out);
	const char *(*harm)(const json_t *hostile, const json_t *harmless);	/* NULL: none done */
	size_t bytes_max;		/* of the whole */
	const char *drills[4];		/* where DRILL stands first */
} services[] = {
	{ "slack-bot, first", "courier_slack_bot.json", slack_first, harm_to_slack, 13200,
	  { "text", "blocks/0/text/text", "blocks/1/text/text" } },
	{ "slack-bot, reply", NULL, slack_reply, harm_to_slack, 13200,
	  { "text", "blocks/0/text/text", "blocks/1/text/text" } },
	{ "slack-bot, update", NULL, slack_update, harm_to_slack, 13200,
	  { "text", "blocks/0/text/text", "blocks/1/text/text" } },
	{ "teams", "courier_teams.json", teams_render, harm_to_teams, 28000,
	  { "attachments/0/content/body/0/inlines/0/text",
	    "attachments/0/content/body/1/inlines/0/text",
	    "attachments/0/content/body/2/inlines/0/text" } },
	{ "mattermost", "courier_mattermost.json", mattermost_render, harm_to_mattermost, 16383,
	  { "text" } },
	{ "pagerduty", "courier_pagerduty.json", pagerduty, harm_to_pagerduty, 16384,
	  { "payload/summary" } },
	{ "ntfy", "courier_ntfy.json", ntfy, harm_to_ntfy, 4096, { "title", "message" } },
};

/* Renders, and reads it back: what is made is JSON, in UTF-8. */
static json_t *rendered(const struct service *s, const struct notice *notice)
{
	struct error err;
	struct buf out;
	json_t *value;

	buf_init(&out, 0);
	s->render(notice, &out);
	value = json_read(out.data, out.len, &err);
	if (value == NULL)
		fail_msg("%s: %s in %s", s->name, err.text, out.data);
	if (out.len > s->bytes_max)
		fail_msg("%s: %zu bytes", s->name, out.len);
	buf_release(&out);
	return value;
}

/* ---- the rules ------------------------------------------------------------------ */

static void the_payloads_are_as_agreed(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(services); i++) {
		struct fixture f;
		struct buf out;

		if (services[i].golden == NULL)
			continue;
		buf_init(&out, 0);
		fixture_open(&f, step_notice);
		services[i].render(&f.notice, &out);
		buf_addc(&out, '\n');
		assert_golden(services[i].golden, &out);
		fixture_close(&f);
		buf_release(&out);
	}
}

static const char *const hostile_titles[] = {
	HOSTILE, "<!channel> <!here> <@U012AB3CD> <#C1> <https://evil.example|bank>",
	"@channel @all @here @j.doe ~town-square #urgent", "`@channel`", "``` @channel ```",
	"```\n@channel\n```", "`", "``", "x`", "`x",
	"[click](https://evil.example/x)", "![](https://evil.example/x.png)",
	"# Heading\n> quote\n- item\n1. item\n| a | b |\n|---|---|", "**bold** __bold__ ~~x~~ :skull:",
	"<at>everyone</at> <b>x</b> <img src=x>", "{{DATE(2026-11-21T08:17:00Z,SHORT)}} ${x} @{x}",
	"WWW.evil.example www.evil.example HTTPS://EVIL.EXAMPLE ftp://x javascript://x",
	"a\r\nTags: skull\r\nX-Priority: 5", "\",\"routing_key\":\"x\",\"x\":\"", "\\", "\\`", "",
	"http\xe2\x80\x8b://evil.example", "\xe2\x80\xae elpmaxe.live//:ptth", "\xff\xfe",
};

static void no_title_does_any_harm(void **state)
{
	size_t i, j;

	(void)state;
	for (i = 0; i < ARRAY_LEN(services); i++) {
		for (j = 0; j < ARRAY_LEN(hostile_titles); j++) {
			const struct service *s = &services[i];
			json_t *hostile, *harmless;
			struct fixture f;
			const char *harm;

			fixture_open(&f, step_notice);
			fixture_set(&f, "incident", "title", json_string("x"));
			fixture_set(&f, NULL, "text", json_string("x"));
			harmless = rendered(s, &f.notice);
			/* json_string() takes UTF-8 only, and so does the daemon. */
			fixture_set(&f, "incident", "title", json_stringn_nocheck(hostile_titles[j],
				strlen(hostile_titles[j])));
			if (strchr(hostile_titles[j], '\n') == NULL)
				fixture_set(&f, NULL, "text", json_stringn_nocheck(
					hostile_titles[j], strlen(hostile_titles[j])));
			hostile = rendered(s, &f.notice);
			harm = !same_shape(hostile, harmless) ? "another shape" :
				s->harm(hostile, harmless);
			if (harm == NULL && (holds(hostile, "\xe2\x80\xae", NULL) ||
				holds(hostile, "\x1b", NULL)))
				harm = "what turns or colours a line";
			if (harm != NULL)
				fail_msg("%s, title %zu \"%s\": %s", s->name, j, hostile_titles[j], harm);
			json_decref(hostile);
			json_decref(harmless);
			fixture_close(&f);
		}
	}
}

static json_t *long_text(const char *piece)
{
	struct buf b;
	json_t *text;

	buf_init(&b, 0);
	while (b.len < 20000)
		buf_adds(&b, piece);
	text = json_string(b.data);
	buf_release(&b);
	return text;
}

/* rendered() looks at the whole; here are the fields that have a limit of their own. */
static void limits_are_kept_and_cuts_are_shown(void **state)
{
	static const char *const pieces[] = { "x", "\"", "\\", "&", "<", "`", "{", "://",
		"\xf0\x9f\x9a\xa8", "a b ", "line\n" };
	static const char *const keys[] = { "title", "entity", "entity_name", "severity" };
	size_t i, j, k;

	(void)state;
	for (i = 0; i < ARRAY_LEN(services); i++) {
		for (j = 0; j < ARRAY_LEN(pieces); j++) {
			struct fixture f;
			json_t *value;

			fixture_open(&f, step_notice);
			for (k = 0; k < ARRAY_LEN(keys); k++)
				fixture_set(&f, "incident", keys[k], long_text(pieces[j]));
			fixture_set(&f, NULL, "text", long_text(pieces[j]));
			fixture_set(&f, NULL, "fallback_for", long_text(pieces[j]));
			fixture_set(&f, "clock", "reference", long_text(pieces[j]));
			value = rendered(&services[i], &f.notice);
			if (!holds(value, "\xe2\x80\xa6", NULL))
				fail_msg("%s, \"%s\": no cut is shown", services[i].name, pieces[j]);
			if (services[i].render == pagerduty)
				assert_true(json_string_length(at(value, "payload/summary")) <= 1024);
			if (services[i].render == ntfy)
				assert_true(json_string_length(at(value, "title")) <= 250);
			json_decref(value);
			fixture_close(&f);
		}
	}
}

static void a_drill_says_so_first_everywhere(void **state)
{
	static const char *const kinds[] = { "step", "settled", "acknowledged" };
	size_t i, j, k;

	(void)state;
	for (i = 0; i < ARRAY_LEN(services); i++) {
		for (j = 0; j < ARRAY_LEN(kinds); j++) {
			const struct service *s = &services[i];
			struct fixture f;
			json_t *value;

			if (s->render == pagerduty && j > 0)
				continue;	/* these have no text */
			fixture_open(&f, step_notice);
			fixture_set(&f, NULL, "kind", json_string(kinds[j]));
			fixture_set(&f, NULL, "drill", json_true());
			value = rendered(s, &f.notice);
			for (k = 0; k < ARRAY_LEN(s->drills) && s->drills[k] != NULL; k++)
				if (!text_starts(text_at(value, s->drills[k]), "DRILL "))
					fail_msg("%s, %s: \"%s\"", s->name, kinds[j],
						text_at(value, s->drills[k]));
			if (s->render == ntfy)
				assert_null(at(value, "tags"));
			json_decref(value);
			fixture_close(&f);
		}
	}
}

static void every_kind_has_words(void **state)
{
	static const struct {
		const char *notice, *words;
	} rows[] = {
		{ "{\"kind\":\"test\",\"text\":\"hello\"}", "TEST of this channel" },
		{ "{\"kind\":\"test\",\"title\":\"TEST of channel soc\",\"text\":\"hello\"}",
		  "TEST of channel soc" },
		{ "{\"kind\":\"operations\",\"title\":\"tocsin was away\","
		  "\"text\":\"Away for 3 h.\\n1 step passed over.\"}",
		  "tocsin was away" },
		{ "{\"kind\":\"later\",\"subject\":\"[tocsin] news\",\"text\":\"x\"}", "[tocsin] news" },
		{ "{\"kind\":\"later\"}", "notice" },
	};
	size_t i, j;

	(void)state;
	for (i = 0; i < ARRAY_LEN(services); i++) {
		for (j = 0; j < ARRAY_LEN(rows); j++) {
			struct fixture f;
			json_t *value;

			fixture_open(&f, rows[j].notice);
			value = rendered(&services[i], &f.notice);
			if (!holds(value, rows[j].words, NULL))
				fail_msg("%s, row %zu", services[i].name, j);
			json_decref(value);
			fixture_close(&f);
		}
	}
}

/* ---- what is particular to each ------------------------------------------------- */

static void slack_shows_in_the_channel_what_is_news(void **state)
{
	static const struct {
		const char *kind, *now;
		int repeat;
		bool shown;
	} rows[] = {
		{ "step", "2026-11-22T05:20:00Z", 0, true },
		{ "step", "2026-11-22T05:20:00Z", 1, false },
		{ "step", "2026-11-22T07:17:00Z", 1, true },		/* the last hour */
		{ "step", "2026-11-22T09:17:00Z", 3, true },		/* overdue */
		{ "settled", "2026-11-22T05:20:00Z", 0, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct fixture f;
		json_t *value;

		fixture_open(&f, step_notice);
		fixture_set(&f, NULL, "kind", json_string(rows[i].kind));
		fixture_set(&f, NULL, "now", json_string(rows[i].now));
		fixture_set(&f, "step", "repeat", json_integer(rows[i].repeat));
		value = rendered(&services[1], &f.notice);
		assert_string_equal(text_at(value, "thread_ts"), "1700000000.000100");
		if (json_is_true(at(value, "reply_broadcast")) != rows[i].shown)
			fail_msg("row %zu", i);
		json_decref(value);
		value = rendered(&services[2], &f.notice);
		assert_string_equal(text_at(value, "ts"), "1700000000.000100");
		assert_null(at(value, "thread_ts"));
		json_decref(value);
		fixture_close(&f);
	}
}

static void a_handle_is_of_one_channel(void **state)
{
	static const struct {
		const char *handle;
		bool ok;
	} rows[] = {
		{ "C0123456789:1700000000.000100", true },
		{ "C0123456780:1700000000.000100", false },	/* of the channel before a reload */
		{ "C01234567891:1700000000.000100", false },
		{ "C012345678:1700000000.000100", false },
		{ "C0123456789:", false },
		{ "C0123456789", false },
		{ "C0123456789:17\",\"x\":\"", false },
		{ "C0123456789:11111111111111111111111111111111111", false },
		{ "", false },
		{ NULL, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct slack_place found;

		if (slack_place_parse(rows[i].handle, "C0123456789", &found) != rows[i].ok)
			fail_msg("row %zu", i);
	}
}

static void pagerduty_knows_a_clock_by_its_key(void **state)
{
	static const struct {
		const char *kind, *action;
		bool payload;
	} rows[] = {
		{ "step", "trigger", true },
		{ "acknowledged", "acknowledge", false },
		{ "settled", "resolve", false },
	};
	struct buf second;
	struct fixture f;
	json_t *value;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		fixture_open(&f, step_notice);
		fixture_set(&f, NULL, "kind", json_string(rows[i].kind));
		value = rendered(&services[5], &f.notice);
		assert_string_equal(text_at(value, "event_action"), rows[i].action);
		assert_string_equal(text_at(value, "dedup_key"),
			"tocsin/k3j9x0aa/42/nis2/early-warning");
		assert_string_equal(text_at(value, "routing_key"), ROUTING_KEY);
		assert_true((at(value, "payload") != NULL) == rows[i].payload);
		json_decref(value);
		fixture_close(&f);
	}
	/* Who has acknowledged the first alert of a clock is paged by the next. */
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		fixture_open(&f, step_notice);
		fixture_set(&f, NULL, "kind", json_string(rows[i].kind));
		fixture_set(&f, NULL, "page", json_integer(1));
		value = rendered(&services[5], &f.notice);
		assert_string_equal(text_at(value, "dedup_key"),
			"tocsin/k3j9x0aa/42/nis2/early-warning/2");
		json_decref(value);
		fixture_close(&f);
	}
	fixture_open(&f, step_notice);
	fixture_set(&f, NULL, "page", json_integer(1));
	fixture_set(&f, NULL, "stands_for", json_integer(23));
	fixture_set(&f, NULL, "fallback_why", json_string("channel down"));
	buf_init(&second, 0);
	pagerduty(&f.notice, &second);
	buf_addc(&second, '\n');
	assert_golden("courier_pagerduty_second.json", &second);
	buf_release(&second);
	fixture_close(&f);
	/* What is about no clock ends no clock's alert. */
	fixture_open(&f, "{\"kind\":\"test\"}");
	value = rendered(&services[5], &f.notice);
	assert_string_equal(text_at(value, "dedup_key"), "tocsin/dlv_k3j9x0aa_7");
	assert_string_equal(text_at(value, "payload/severity"), "info");
	assert_string_equal(text_at(value, "payload/source"), "tocsin");
	json_decref(value);
	fixture_close(&f);
}

static void urgency_follows_the_clock(void **state)
{
	static const struct {
		const char *kind, *severity, *now;
		const char *pagerduty;		/* NULL: it says none */
		int ntfy;
		const char *tag;
	} rows[] = {
		{ "step", "critical", "2026-11-21T08:17:00Z", "critical", 4, "warning" },
		{ "step", "high", "2026-11-21T08:17:00Z", "error", 4, "warning" },
		{ "step", "unknown", "2026-11-21T08:17:00Z", "error", 4, "warning" },
		{ "step", "medium", "2026-11-21T08:17:00Z", "warning", 4, "warning" },
		{ "step", "low", "2026-11-21T08:17:00Z", "warning", 4, "warning" },
		{ "step", "low", "2026-11-22T07:17:00Z", "critical", 5, "rotating_light" },
		{ "step", "low", "2026-11-23T07:17:00Z", "critical", 5, "rotating_light" },
		{ "settled", "critical", "2026-11-23T07:17:00Z", NULL, 2, "white_check_mark" },
		{ "acknowledged", "critical", "2026-11-23T07:17:00Z", NULL, 2, "white_check_mark" },
		{ "operations", "critical", "2026-11-21T08:17:00Z", "warning", 3, NULL },
		{ "test", "critical", "2026-11-21T08:17:00Z", "info", 3, NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		json_t *pager, *phone;
		struct fixture f;

		fixture_open(&f, step_notice);
		fixture_set(&f, NULL, "kind", json_string(rows[i].kind));
		fixture_set(&f, NULL, "now", json_string(rows[i].now));
		fixture_set(&f, "incident", "severity", json_string(rows[i].severity));
		pager = rendered(&services[5], &f.notice);
		phone = rendered(&services[6], &f.notice);
		if (!text_equal(json_string_value(at(pager, "payload/severity")), rows[i].pagerduty))
			fail_msg("row %zu: %s", i, json_string_value(at(pager, "payload/severity")));
		assert_int_equal(json_integer_value(at(phone, "priority")), rows[i].ntfy);
		if (!text_equal(json_string_value(at(phone, "tags/0")), rows[i].tag))
			fail_msg("row %zu: %s", i, json_string_value(at(phone, "tags/0")));
		json_decref(pager);
		json_decref(phone);
		fixture_close(&f);
	}
}

static void an_acknowledgement_names_who_and_until_when(void **state)
{
	struct fixture f;
	json_t *value;

	(void)state;
	fixture_open(&f, step_notice);
	fixture_set(&f, NULL, "kind", json_string("acknowledged"));
	fixture_set(&f, NULL, "acknowledgement",
		json_pack("{s:s,s:s}", "by", "j.doe", "until", "2026-11-22T06:00:00Z"));
	value = rendered(&services[4], &f.notice);
	assert_true(holds(value, "#42 nis2 early-warning: acknowledged", NULL));
	assert_true(holds(value, "by j.doe, until 2026-11-22 06:00:00 UTC", NULL));
	json_decref(value);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_payloads_are_as_agreed),
		cmocka_unit_test(no_title_does_any_harm),
		cmocka_unit_test(limits_are_kept_and_cuts_are_shown),
		cmocka_unit_test(a_drill_says_so_first_everywhere),
		cmocka_unit_test(every_kind_has_words),
		cmocka_unit_test(slack_shows_in_the_channel_what_is_news),
		cmocka_unit_test(a_handle_is_of_one_channel),
		cmocka_unit_test(pagerduty_knows_a_clock_by_its_key),
		cmocka_unit_test(urgency_follows_the_clock),
		cmocka_unit_test(an_acknowledgement_names_who_and_until_when),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
