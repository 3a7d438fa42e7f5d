/* Ways to acknowledge in what channels send: a link or a button, only where there is
 * something to acknowledge; and the replies to who pressed. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "base/digest.h"
#include "base/text.h"
#include "courier/email.h"
#include "courier/mattermost.h"
#include "courier/ntfy.h"
#include "courier/pagerduty.h"
#include "courier/slack.h"
#include "courier/slack_reply.h"
#include "courier/teams.h"
#include "courier/webhook.h"
#include "test_courier_fixture.h"

#define TOKEN "AAAABBBBCCCCDDDDEEEEFFFFGGGGHHHHIIIIJJJJKKKK"
#define LINK "https://tocsin.example.org/a/" TOKEN

static void render_slack(const struct notice *notice, struct buf *out)
{
	slack_render(notice, out);
}

static void render_webhook(const struct notice *notice, struct buf *out)
{
	webhook_render(notice, "dlv_k3j9x0aa_7", NULL, out);
}

static void render_teams(const struct notice *notice, struct buf *out)
{
	teams_render(notice, out);
}

static void render_mattermost(const struct notice *notice, struct buf *out)
{
	mattermost_render(notice, out);
}

static void render_ntfy(const struct notice *notice, struct buf *out)
{
	ntfy_render(notice, "oncall", out);
}

static void render_pagerduty(const struct notice *notice, struct buf *out)
{
	pagerduty_render(notice, "R0123456789abcdef0123456789abcde", "dlv_k3j9x0aa_7", out);
}

/* Both bodies, as they are read. */
static void render_email(const struct notice *notice, struct buf *out)
{
	const struct email email = { .delivery = "dlv_k3j9x0aa_7", .from = "tocsin@example.org",
		.to = "ciso@example.org", .now = 0 };
	const char *line, *end;
	struct buf mail, text;
	struct error err;

	buf_init(&mail, 0);
	buf_init(&text, 0);
	assert_int_equal(email_render(notice, &email, &mail, &err), 0);
	for (line = mail.data; (end = strstr(line, "\r\n")) != NULL; line = end + 2) {
		unsigned char bytes[96];
		int n = digest_base64_decode(line, (size_t)(end - line), bytes, sizeof(bytes));

		if (n > 0)
			buf_add(out, bytes, (size_t)n);
	}
	buf_release(&mail);
	buf_release(&text);
}

static const struct kind {
	const char *name;
	void (*render)(const struct notice *notice, struct buf *out);
	const char *link;		/* how it stands there */
} kinds[] = {
	{ "slack", render_slack, "<" LINK "|Acknowledge> on a page" },
	{ "webhook", render_webhook, "\"ack_url\":\"" LINK "\"" },
	{ "teams", render_teams,
		"{\"type\":\"Action.OpenUrl\",\"title\":\"Acknowledge\",\"url\":\"" LINK "\"}" },
	{ "mattermost", render_mattermost, "[Acknowledge](<" LINK ">)" },
	{ "ntfy", render_ntfy, "\"actions\":[{\"action\":\"view\",\"label\":\"Acknowledge\","
		"\"url\":\"" LINK "\"}]" },
	{ "pagerduty", render_pagerduty, "\"links\":[{\"href\":\"" LINK "\"" },
	{ "email", render_email, "<a href=\"" LINK "\"><b>Acknowledge</b></a>" },
};

static void assert_renders(const struct kind *kind, const char *url, const char *token,
	const char *notice_kind, const char *wanted, bool there)
{
	struct fixture f;
	struct buf out;

	buf_init(&out, 0);
	fixture_open(&f, step_notice);
	fixture_set(&f, NULL, "kind", json_string(notice_kind));
	if (url != NULL)
		fixture_set(&f, NULL, "ack_url", json_string(url));
	if (token != NULL)
		fixture_set(&f, NULL, "ack_token", json_string(token));
	kind->render(&f.notice, &out);
	if ((strstr(out.data, wanted) != NULL) != there)
		fail_msg("%s: %s\n%s", kind->name, there ? "lacks it" : "has it", out.data);
	fixture_close(&f);
	buf_release(&out);
}

static void every_channel_shows_the_link(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(kinds); i++) {
		assert_renders(&kinds[i], LINK, NULL, "step", kinds[i].link, true);
		assert_renders(&kinds[i], NULL, NULL, "step", "/a/", false);
	}
	assert_renders(&kinds[6], LINK, NULL, "step", "\r\n" LINK "\r\n", true);
}

static void what_has_ended_has_no_link(void **state)
{
	static const char *const ended[] = { "settled", "test", "downtime", "acknowledged" };
	size_t i, j;

	(void)state;
	for (i = 0; i < ARRAY_LEN(kinds); i++)
		for (j = 0; j < ARRAY_LEN(ended); j++) {
			if (strcmp(kinds[i].name, "webhook") == 0)
				continue;	/* passes on what it is given */
			assert_renders(&kinds[i], LINK, TOKEN, ended[j], "/a/", false);
			assert_renders(&kinds[i], LINK, TOKEN, ended[j], "tocsin.acknowledge",
				false);
		}
}

static void render_with(const struct kind *kind, const char *url, struct buf *out)
{
	struct fixture f;

	buf_init(out, 0);
	fixture_open(&f, step_notice);
	if (url != NULL)
		fixture_set(&f, NULL, "ack_url", json_string(url));
	kind->render(&f.notice, out);
	fixture_close(&f);
}

static void what_is_no_plain_url_is_no_link(void **state)
{
	static const char *const bad[] = { "javascript:alert(1)", "https://x/a/\"><script>",
		"https://x/a/|<!channel>", "https://x/a/ b", "//x/a/b", "" };
	struct buf plain, with;
	size_t i, j;

	(void)state;
	for (i = 0; i < ARRAY_LEN(kinds); i++)
		for (j = 0; j < ARRAY_LEN(bad); j++) {
			if (strcmp(kinds[i].name, "webhook") == 0)
				continue;
			render_with(&kinds[i], NULL, &plain);
			render_with(&kinds[i], bad[j], &with);
			assert_string_equal(plain.data, with.data);
			buf_release(&plain);
			buf_release(&with);
		}
}

static void slack_shows_a_button_in_place_of_the_link(void **state)
{
	static const char button[] = "{\"type\":\"actions\",\"elements\":[{\"type\":\"button\","
		"\"action_id\":\"tocsin.acknowledge\",\"style\":\"primary\","
		"\"text\":{\"type\":\"plain_text\",\"text\":\"Acknowledge\",\"emoji\":false},"
		"\"value\":\"" TOKEN "\"}]}";

	(void)state;
	assert_renders(&kinds[0], NULL, TOKEN, "step", button, true);
	assert_renders(&kinds[0], LINK, TOKEN, "step", LINK, false);
	assert_renders(&kinds[0], LINK, NULL, "step", "actions", false);
}

/* ---- replies --------------------------------------------------------------------- */

static void a_reply_goes_to_slack_or_to_the_channel_s_own_place(void **state)
{
	static const struct {
		const char *url, *to;
		bool allowed;
	} cases[] = {
		{ "https://hooks.slack.com/services/x", "https://hooks.slack.com/actions/y", true },
		{ "https://slack.com/api", "https://hooks.slack.com/actions/y", true },
		{ "https://slack-gov.com/api", "https://hooks.slack-gov.com/actions/y", true },
		{ "http://127.0.0.1:81/hook", "http://127.0.0.1:81/actions", true },
		{ "http://127.0.0.1:81/hook", "http://127.0.0.1:8100/actions", false },
		{ "http://127.0.0.1:81/hook", "https://127.0.0.1:81/actions", false },
		{ "https://hooks.slack.com/x", "https://hooks.slack.com.evil.example/", false },
		{ "https://hooks.slack.com/x", "https://hooks.slack.com@evil.example/", false },
		{ "https://hooks.slack.com/x", "https://evil.example/hooks.slack.com/", false },
		{ "https://hooks.slack.com/x", "http://hooks.slack.com/actions/y", false },
		{ "https://hooks.slack.com/x", "http://169.254.169.254/latest", false },
		{ "https://hooks.slack.com/x", "file:///etc/passwd", false },
		{ "https://hooks.slack.com/x", "https://hooks.slack.com/a\r\nX: y", false },
		{ "https://hooks.slack.com/x", "", false },
		{ "https://host", "https://host", false },
	};
	struct conf_channel conf = { .type = CHANNEL_SLACK };
	struct channel channel = { .conf = &conf };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		char url[64];

		snprintf(url, sizeof(url), "%s", cases[i].url);
		channel.url = url;
		if (slack_reply_is_allowed(&channel, cases[i].to) != cases[i].allowed)
			fail_msg("from %s to %s", cases[i].url, cases[i].to);
	}
	conf.type = CHANNEL_WEBHOOK;
	assert_false(slack_reply_is_allowed(&channel, "https://hooks.slack.com/actions/y"));
}

static void a_reply_is_one_line_of_text(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	slack_reply_render("alice has it: <!channel> & more", &out);
	assert_string_equal(out.data, "{\"response_type\":\"ephemeral\",\"replace_original\":false,"
		"\"text\":\"alice has it: &lt;!channel&gt; &amp; more\"}");
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_channel_shows_the_link),
		cmocka_unit_test(what_has_ended_has_no_link),
		cmocka_unit_test(what_is_no_plain_url_is_no_link),
		cmocka_unit_test(slack_shows_a_button_in_place_of_the_link),
		cmocka_unit_test(a_reply_goes_to_slack_or_to_the_channel_s_own_place),
		cmocka_unit_test(a_reply_is_one_line_of_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
