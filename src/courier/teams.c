/*
 * Teams: see teams.h. A TextBlock and a FactSet read Markdown, a TextRun does not: so
 * every text is a TextRun. What is left are "{{DATE(...)}}", which cards put in
 * anywhere, and clients that make links of what looks like a URL; clean_text() takes
 * the force from both. There is no "msteams.entities", so nobody is mentioned.
 *
 * A message has at most about 28 KB; the parts are kept below in bytes, also when
 * JSON makes two of each.
 */
#include "config.h"

#include <string.h>

#include "base/clean.h"
#include "courier/teams.h"

enum { HEADLINE_MAX = 300, TITLE_MAX = 600, ONE_LINE_MAX = 600, TEXT_MAX = 2400, FACT_MAX = 300,
	LINES_MAX = 12 };

static json_t *add_run(json_t *inlines, const char *s, size_t max)
{
	const struct clean how = { .max = max, .defang = true, .escape = clean_escape_card };
	json_t *run = json_object();
	struct buf text;

	buf_init(&text, 0);
	clean_text(&text, s, &how);
	json_set_text(run, "type", "TextRun");
	json_set_text(run, "text", text.data);
	json_array_append_new(inlines, run);
	buf_release(&text);
	return run;
}

/* A paragraph of its own; returns its inlines. */
static json_t *add_paragraph(json_t *body, const char *spacing)
{
	json_t *block = json_object(), *inlines = json_array();

	json_set_text(block, "type", "RichTextBlock");
	json_set_text(block, "spacing", spacing);
	json_object_set_new(block, "inlines", inlines);
	json_array_append_new(body, block);
	return inlines;
}

static void add_headline(json_t *body, const struct notice *notice)
{
	struct buf headline;
	json_t *run;

	buf_init(&headline, 0);
	notice_headline(notice, &headline);
	run = add_run(add_paragraph(body, "None"), headline.data, HEADLINE_MAX);
	json_set_text(run, "size", "Large");
	json_set_text(run, "weight", "Bolder");
	if (notice_urgency(notice) == URGENCY_LAST)
		json_set_text(run, "color", "Attention");
	buf_release(&headline);
}

/* Line ends mean nothing in a run, so each line is a paragraph. */
static void add_text(json_t *body, const struct notice *notice, struct arena *arena)
{
	const struct clean how = { .max = TEXT_MAX, .lines = true };
	struct buf text;
	char *line, *rest;
	int n = 0;

	if (notice->text == NULL)
		return;
	buf_init(&text, 0);
	clean_text(&text, notice_marked(notice, notice->text, arena), &how);
	rest = text.data;
	while (n++ < LINES_MAX && (line = strsep(&rest, "\n")) != NULL)
		add_run(add_paragraph(body, "Small"), line, ONE_LINE_MAX);
	buf_release(&text);
}

static void add_facts(json_t *body, const struct notice *notice, struct arena *arena)
{
	struct fact facts[NOTICE_FACTS];
	size_t n = notice_facts(notice, arena, facts), i;
	const char *ack = notice_ack(notice, arena), *journal = notice_journal(notice, arena);

	for (i = 0; i < n; i++) {
		json_t *inlines = add_paragraph(body, i == 0 ? "Medium" : "None");

		json_set_text(add_run(inlines, facts[i].label, FACT_MAX), "weight", "Bolder");
		json_set_text(json_array_get(inlines, 0), "text",
			arena_printf(arena, "%s: ", facts[i].label));
		add_run(inlines, facts[i].value, FACT_MAX);
	}
	if (ack != NULL) {
		json_t *inlines = add_paragraph(body, "Medium");

		add_run(inlines, "To acknowledge: ", FACT_MAX);
		json_set_text(add_run(inlines, ack, FACT_MAX), "fontType", "Monospace");
	}
	if (journal != NULL)
		json_set_bool(add_run(add_paragraph(body, "Medium"), journal, FACT_MAX),
			"isSubtle", 1);
}

static void add_link(json_t *actions, const char *title, const char *url)
{
	json_t *action;

	if (url == NULL)
		return;
	action = json_object();
	json_set_text(action, "type", "Action.OpenUrl");
	json_set_text(action, "title", title);
	json_set_text(action, "url", url);
	json_array_append_new(actions, action);
}

static json_t *card_of(const struct notice *notice, struct arena *arena)
{
	json_t *card = json_object(), *body = json_array(), *wide = json_object();
	json_t *actions = json_array();

	json_set_text(card, "$schema", "http://adaptivecards.io/schemas/adaptive-card.json");
	json_set_text(card, "type", "AdaptiveCard");
	json_set_text(card, "version", "1.4");
	json_set_text(wide, "width", "full");
	json_object_set_new(card, "msteams", wide);
	add_headline(body, notice);
	if (notice->title != NULL)
		json_set_text(add_run(add_paragraph(body, "Small"),
			arena_printf(arena, "%s%s", notice_mark(notice), notice->title),
			TITLE_MAX), "weight", "Bolder");
	add_text(body, notice, arena);
	add_facts(body, notice, arena);
	json_object_set_new(card, "body", body);
	add_link(actions, "Open in tocsin", notice_url(notice));
	add_link(actions, "Acknowledge", notice_ack_url(notice));
	if (json_array_size(actions) > 0)
		json_object_set(card, "actions", actions);
	json_decref(actions);
	return card;
}

void teams_render(const struct notice *notice, struct buf *out)
{
	struct arena *arena = arena_new();
	json_t *message = json_object(), *attachments = json_array();
	json_t *attachment = json_object();

	json_set_text(message, "type", "message");
	json_set_text(attachment, "contentType", "application/vnd.microsoft.card.adaptive");
	json_object_set_new(attachment, "contentUrl", json_null());
	json_object_set_new(attachment, "content", card_of(notice, arena));
	json_array_append_new(attachments, attachment);
	json_object_set_new(message, "attachments", attachments);
	json_write(out, message);
	json_decref(message);
	arena_free(arena);
}

void teams_outcome(const struct http_result *result, struct outcome *ret)
{
	outcome_of_http(result, false, ret);
	if (ret->kind == OUTCOME_DELIVERED)
		outcome_add(ret, "taken by the workflow");
}
