/*
 * Slack: see slack.h. Block Kit's limits (header 150 characters, section text 3000,
 * a field 2000, `text` best below 4000) are kept in bytes, which is never more.
 *
 * Slack wants &, < and > escaped and nothing else; that also takes the force from
 * "<!channel>" in a title. "verbatim" keeps it from making links of host names that
 * stand in an alert. Markup has no escape: what could be taken for any (bold, a quote, an
 * emoji) stands in code, where only "`" has a meaning.
 */
#include "config.h"

#include <ctype.h>
#include <string.h>

#include "base/clean.h"
#include "config/transport.h"
#include "courier/slack.h"

enum { HEADER_MAX = 150, SECTION_MAX = 3000, FIELD_MAX = 400, TITLE_MAX = 600, TEXT_MAX = 1400,
	CONTEXT_MAX = 300, FALLBACK_MAX = 1000 };

static void escape(struct buf *out, const char *s, size_t max, bool lines)
{
	const struct clean how = { .max = max, .lines = lines, .escape = clean_escape_slack };

	clean_text(out, s, &how);
}

/* ":white_check_mark:", but no time of day. */
static bool is_emoji(const char *colon)
{
	size_t n = strspn(colon + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789_+-'");

	if (n == 0 || colon[n + 1] != ':')
		return false;
	if (n > 1 && isdigit((unsigned char)colon[1]) && isdigit((unsigned char)colon[2]))
		return n > 3 || (n == 3 && colon[3] != 'Z');
	return true;
}

static bool has_markup(const char *s)
{
	if (strpbrk(s, "*_~`>") != NULL)
		return true;
	while ((s = strchr(s, ':')) != NULL)
		if (is_emoji(s++))
			return true;
	return false;
}

static const char *escape_code(char c)
{
	return c == '`' ? "'" : clean_escape_slack(c);
}

/* Text of others, for mrkdwn; lines: several, as a block of code where there is markup. */
static void add_foreign(struct buf *out, const char *s, size_t max, bool lines)
{
	const struct clean how = { .max = max, .lines = lines, .escape = escape_code };

	if (s == NULL || !has_markup(s)) {
		escape(out, s, max, lines);
		return;
	}
	buf_adds(out, lines ? "```\n" : "`");
	clean_text(out, s, &how);
	buf_adds(out, lines ? "\n```" : "`");
}

static json_t *text_object(const char *type, const struct buf *text)
{
	json_t *object = json_object();

	json_set_text(object, "type", type);
	json_set_text(object, "text", text->data);
	if (type[0] == 'm')
		json_set_bool(object, "verbatim", 1);
	else
		json_set_bool(object, "emoji", 0);
	return object;
}

static json_t *add_block(json_t *blocks, const char *type)
{
	json_t *block = json_object();

	json_set_text(block, "type", type);
	json_array_append_new(blocks, block);
	return block;
}

static void add_header(json_t *blocks, const char *headline)
{
	struct buf text;

	buf_init(&text, 0);
	escape(&text, headline, HEADER_MAX, false);
	json_object_set_new(add_block(blocks, "header"), "text",
		text_object("plain_text", &text));
	buf_release(&text);
}

/* The title is the link to the incident; one with markup stands beside it, for a link has
 * no code in its name. */
static void add_title(struct buf *out, const struct notice *notice)
{
	const char *url = notice_url(notice);
	const char *title = notice->title != NULL ? notice->title : "tocsin";

	if (url != NULL) {
		buf_adds(out, "<");
		escape(out, url, FIELD_MAX * 2, false);
		buf_adds(out, has_markup(title) ? "|Open> " : "|");
	}
	add_foreign(out, title, TITLE_MAX, false);
	buf_adds(out, url != NULL && !has_markup(title) ? ">\n" : "\n");
}

/* Title, the daemon's lines, how to acknowledge. */
static void add_section(json_t *blocks, const struct notice *notice, struct arena *arena)
{
	const char *ack = notice_ack(notice, arena);
	struct buf text;

	buf_init(&text, SECTION_MAX);
	buf_adds(&text, notice_mark(notice));
	add_title(&text, notice);
	add_foreign(&text, notice->text, TEXT_MAX, true);
	if (ack != NULL)
		buf_addf(&text, "\nTo acknowledge: `%s`", ack);
	json_object_set_new(add_block(blocks, "section"), "text",
		text_object("mrkdwn", &text));
	buf_release(&text);
}

static void add_fields(json_t *blocks, const struct notice *notice, struct arena *arena)
{
	struct fact facts[NOTICE_FACTS];
	size_t n = notice_facts(notice, arena, facts), i;
	json_t *fields;

	if (n == 0)
		return;
	fields = json_array();
	for (i = 0; i < n; i++) {
		struct buf text;

		buf_init(&text, 0);
		buf_addf(&text, "*%s*\n", facts[i].label);
		add_foreign(&text, facts[i].value, FIELD_MAX, false);
		json_array_append_new(fields, text_object("mrkdwn", &text));
		buf_release(&text);
	}
	json_object_set_new(add_block(blocks, "section"), "fields", fields);
}

static void add_context(json_t *blocks, const struct notice *notice, struct arena *arena)
{
	const char *journal = notice_journal(notice, arena);
	json_t *elements = json_array();
	struct buf text;

	buf_init(&text, 0);
	escape(&text, "tocsin", CONTEXT_MAX, false);
	if (journal != NULL) {
		buf_adds(&text, " \xc2\xb7 ");
		escape(&text, journal, CONTEXT_MAX, false);
	}
	json_array_append_new(elements, text_object("mrkdwn", &text));
	json_object_set_new(add_block(blocks, "context"), "elements", elements);
	buf_release(&text);
}

/* A button says who pressed it. A link only asks for a name, and stands where there is no
 * button; in a section of its own, so that it is never cut. */
static void add_acknowledge(json_t *blocks, const struct notice *notice)
{
	const char *token = notice_ack_token(notice), *url = notice_ack_url(notice);
	json_t *elements, *button;
	struct buf text;

	buf_init(&text, 0);
	if (token != NULL) {
		elements = json_array();
		button = json_object();
		buf_adds(&text, "Acknowledge");
		json_set_text(button, "type", "button");
		json_set_text(button, "action_id", SLACK_ACTION);
		json_set_text(button, "style", "primary");
		json_object_set_new(button, "text", text_object("plain_text", &text));
		json_set_text(button, "value", token);
		json_array_append_new(elements, button);
		json_object_set_new(add_block(blocks, "actions"), "elements", elements);
	} else if (url != NULL) {
		buf_adds(&text, "<");
		escape(&text, url, 4 * FIELD_MAX, false);
		buf_adds(&text, "|Acknowledge> on a page that asks for your name.");
		json_object_set_new(add_block(blocks, "section"), "text",
			text_object("mrkdwn", &text));
	}
	buf_release(&text);
}

/* What a phone shows, and what is read where blocks are not. */
static void set_fallback(json_t *message, const struct notice *notice, const char *headline)
{
	struct buf text;

	buf_init(&text, 0);
	escape(&text, headline, FIELD_MAX, false);
	if (notice->title != NULL) {
		buf_adds(&text, ": ");
		escape(&text, notice->title, FALLBACK_MAX, false);
	}
	json_set_text(message, "text", text.data);
	buf_release(&text);
}

json_t *slack_message(const struct notice *notice)
{
	struct arena *arena = arena_new();
	json_t *message = json_object(), *blocks = json_array();
	struct buf headline;

	buf_init(&headline, 0);
	notice_headline(notice, &headline);
	set_fallback(message, notice, headline.data);
	json_set_bool(message, "unfurl_links", 0);
	json_set_bool(message, "unfurl_media", 0);
	add_header(blocks, headline.data);
	add_section(blocks, notice, arena);
	add_fields(blocks, notice, arena);
	add_acknowledge(blocks, notice);
	add_context(blocks, notice, arena);
	json_object_set_new(message, "blocks", blocks);
	buf_release(&headline);
	arena_free(arena);
	return message;
}

void slack_add_context(json_t *message, const char *words)
{
	json_t *blocks = json_object_get(message, "blocks");
	json_t *block = add_block(blocks, "context"), *elements = json_array();
	struct buf text;

	buf_init(&text, 0);
	buf_adds(&text, words);
	json_array_append_new(elements, text_object("mrkdwn", &text));
	json_object_set_new(block, "elements", elements);
	buf_release(&text);
}

void slack_render(const struct notice *notice, struct buf *out)
{
	json_t *message = slack_message(notice);

	json_write(out, message);
	json_decref(message);
}
