/*
 * Mattermost: see mattermost.h. A post is Markdown, in which "@channel" in a title
 * would ring for everybody and a URL would become a link, and backslashes do not help:
 * server and clients read them differently. In code none of that is looked for, so all
 * that is not our own word stands in code, where only "`" has a meaning.
 *
 * A post has at most 16,383 characters; the parts are kept well below in bytes.
 */
#include "config.h"

#include <string.h>

#include "base/clean.h"
#include "courier/mattermost.h"

enum { HEADLINE_MAX = 300, TITLE_MAX = 600, TEXT_MAX = 2400, FACT_MAX = 400 };

static void add_code(struct buf *out, const char *s, size_t max)
{
	const struct clean how = { .max = max, .escape = clean_escape_code };
	size_t start;

	buf_addc(out, '`');
	start = out->len;
	clean_text(out, s, &how);
	if (out->len == start)
		buf_addc(out, ' ');	/* two in a row would open something else */
	buf_addc(out, '`');
}

/* The mark of a drill stands first, and before the Markdown. */
static void add_headline(struct buf *out, const struct notice *notice)
{
	const char *mark = notice_mark(notice);
	struct buf headline;

	buf_init(&headline, 0);
	notice_headline(notice, &headline);
	buf_addf(out, "%s**", mark);
	add_code(out, headline.data + strlen(mark), HEADLINE_MAX);
	buf_adds(out, "**\n");
	buf_release(&headline);
}

static void add_title(struct buf *out, const struct notice *notice)
{
	const char *url = notice_url(notice);

	if (notice->title != NULL)
		add_code(out, notice->title, TITLE_MAX);
	if (url != NULL)
		buf_addf(out, "%s[open](<%s>)", notice->title != NULL ? " " : "", url);
	if (notice->title != NULL || url != NULL)
		buf_addc(out, '\n');
}

static void add_text(struct buf *out, const struct notice *notice)
{
	const struct clean how = { .max = TEXT_MAX, .lines = true,
		.escape = clean_escape_code };

	if (notice->text == NULL)
		return;
	buf_adds(out, "```\n");
	clean_text(out, notice->text, &how);
	buf_adds(out, "\n```\n");
}

static void add_facts(struct buf *out, const struct notice *notice, struct arena *arena)
{
	struct fact facts[NOTICE_FACTS];
	size_t n = notice_facts(notice, arena, facts), i;
	const char *ack = notice_ack(notice, arena), *journal = notice_journal(notice, arena);

	for (i = 0; i < n; i++) {
		buf_addf(out, "**%s** ", facts[i].label);
		add_code(out, facts[i].value, FACT_MAX);
		buf_addc(out, '\n');
	}
	if (notice_ack_url(notice) != NULL)
		buf_addf(out, "[Acknowledge](<%s>) on a page that asks for your name\n",
			notice_ack_url(notice));
	if (ack != NULL)
		buf_addf(out, "To acknowledge: `%s`\n", ack);
	if (journal != NULL)
		add_code(out, journal, FACT_MAX);
}

void mattermost_render(const struct notice *notice, struct buf *out)
{
	struct arena *arena = arena_new();
	json_t *message = json_object();
	struct buf text;

	buf_init(&text, 0);
	add_headline(&text, notice);
	add_title(&text, notice);
	add_text(&text, notice);
	add_facts(&text, notice, arena);
	json_set_text(message, "text", text.data);
	json_write(out, message);
	buf_release(&text);
	json_decref(message);
	arena_free(arena);
}

void mattermost_outcome(const struct http_result *result, struct outcome *ret)
{
	bool ok = result->body_len == 2 && memcmp(result->body, "ok", 2) == 0;
	json_t *answer;
	const char *id;

	outcome_of_http(result, false, ret);
	if (result->status >= 200 && result->status < 300 && !ok)
		outcome_set(ret, OUTCOME_AMBIGUOUS, "HTTP %ld without Mattermost's \"ok\"",
			result->status);
	if (result->status < 400)
		return;
	/* {"id":"web.incoming_webhook.invalid.app_error","message":...} */
	answer = outcome_json(result);
	id = json_string_value(json_object_get(answer, "id"));
	if (outcome_is_word(id))
		outcome_add(ret, id);
	json_decref(answer);
}
