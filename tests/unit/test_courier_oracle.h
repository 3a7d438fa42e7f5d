/*
 * Looking at what a service is sent: paths into JSON, and for each service whether a
 * foreign text did there what such a text could do. Written from what the services read,
 * not from how the renderers write.
 */
#ifndef TOCSIN_TESTS_COURIER_ORACLE_H
#define TOCSIN_TESTS_COURIER_ORACLE_H

#include <stdio.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"

#define ROUTING_KEY "R0123456789abcdef0123456789abcde"

/* ---- looking at JSON --------------------------------------------------------- */

/* "a/0/b" */
static inline const json_t *at(const json_t *value, const char *path)
{
	while (value != NULL && *path != '\0') {
		size_t n = strcspn(path, "/");
		char key[64];

		snprintf(key, sizeof(key), "%.*s", (int)n, path);
		value = json_is_array(value) ? json_array_get(value, (size_t)atoi(key)) :
			json_object_get(value, key);
		path += n + (path[n] == '/');
	}
	return value;
}

static inline const char *text_at(const json_t *value, const char *path)
{
	const char *text = json_string_value(at(value, path));

	if (text == NULL)
		fail_msg("nothing at %s", path);
	return text;
}

/* The same keys and lengths everywhere; texts may differ. */
static inline bool same_shape(const json_t *a, const json_t *b)
{
	const char *key;
	json_t *value;
	size_t i;

	if (json_typeof(a) != json_typeof(b))
		return false;
	if (json_is_array(a)) {
		if (json_array_size(a) != json_array_size(b))
			return false;
		json_array_foreach(a, i, value)
			if (!same_shape(value, json_array_get(b, i)))
				return false;
	} else if (json_is_object(a)) {
		if (json_object_size(a) != json_object_size(b))
			return false;
		json_object_foreach((json_t *)(uintptr_t)a, key, value)
			if (json_object_get(b, key) == NULL ||
			    !same_shape(value, json_object_get(b, key)))
				return false;
	}
	return true;
}

/* Whether any text in it holds the words; under "skip" nothing is looked at. */
static inline bool holds(const json_t *value, const char *words, const char *skip)
{
	const char *key;
	json_t *part;
	size_t i;

	if (json_is_string(value))
		return strstr(json_string_value(value), words) != NULL;
	json_array_foreach(value, i, part)
		if (holds(part, words, skip))
			return true;
	json_object_foreach((json_t *)(uintptr_t)value, key, part)
		if (!text_equal(key, skip) && holds(part, words, skip))
			return true;
	return false;
}

/* ---- harm, as each service would do it ---------------------------------------- */

/* What Mattermost's Markdown sees: all that stands in no code. */
static inline void markdown_outside_code(const char *text, struct buf *out)
{
	bool fenced = false, span = false;
	const char *c;

	for (c = text; *c != '\0'; c++) {
		if ((c == text || c[-1] == '\n') && strncmp(c, "```", 3) == 0) {
			fenced = !fenced;
			c += strcspn(c, "\n") - 1;
		} else if (!fenced && *c == '`') {
			span = !span;
		} else if (!fenced && !span) {
			buf_addc(out, *c);
		} else if (span && *c == '\n') {
			fail_msg("a code span goes over the end of a line: %s", text);
		}
	}
	assert_false(fenced);
	assert_false(span);
}

static inline const char *harm_to_mattermost(const json_t *hostile, const json_t *harmless)
{
	struct buf a, b;
	bool same;

	buf_init(&a, 0);
	buf_init(&b, 0);
	markdown_outside_code(text_at(hostile, "text"), &a);
	markdown_outside_code(text_at(harmless, "text"), &b);
	same = text_equal(a.data, b.data);
	buf_release(&a);
	buf_release(&b);
	return same ? NULL : "something stands outside of code";
}

/* All there is begins with "<", and the only one of ours is the incident's link. */
static inline const char *harm_to_slack(const json_t *hostile, const json_t *harmless)
{
	const char *text = text_at(hostile, "blocks/1/text/text");

	if (!json_is_true(at(hostile, "blocks/1/text/verbatim")))
		return "host names become links";
	if (strchr(text_at(hostile, "text"), '<') != NULL)
		return "markup in the text";
	if (!text_starts(text, "<https://tocsin.example.org/incidents/42|") ||
	    strchr(text + 1, '<') != NULL)
		return "markup in the section";
	if (!text_equal(text_at(hostile, "parse"), "none") ||
	    !json_is_false(at(hostile, "link_names")))
		return "names are looked for";
	return text_equal(text_at(hostile, "channel"), text_at(harmless, "channel")) ? NULL :
		"another channel";
}

static inline const char *harm_to_teams(const json_t *hostile, const json_t *harmless)
{
	const json_t *body = at(hostile, "attachments/0/content/body"), *block;
	size_t i;

	(void)harmless;
	json_array_foreach(body, i, block)
		if (!text_equal(text_at(block, "type"), "RichTextBlock") ||
		    !text_equal(text_at(block, "inlines/0/type"), "TextRun"))
			return "a block that reads Markdown";
	if (holds(body, "://", NULL) || holds(body, "www.", NULL))
		return "a link";
	if (holds(body, "{{", NULL) || holds(body, "<", NULL))
		return "a tag";
	return at(hostile, "attachments/0/content/msteams/entities") == NULL ? NULL : "a mention";
}

static inline const char *harm_to_pagerduty(const json_t *hostile, const json_t *harmless)
{
	if (holds(hostile, "://", "client_url") || holds(hostile, "www.", "client_url"))
		return "a link";
	if (holds(hostile, "\n", NULL) || holds(hostile, "\r", NULL))
		return "a line of its own";
	if (!text_equal(text_at(hostile, "dedup_key"), text_at(harmless, "dedup_key")) ||
	    !text_equal(text_at(hostile, "routing_key"), ROUTING_KEY))
		return "another alert";
	return NULL;
}

static inline const char *harm_to_ntfy(const json_t *hostile, const json_t *harmless)
{
	if (!text_equal(text_at(hostile, "message"), text_at(harmless, "message")))
		return "the message is no longer ours";
	if (holds(at(hostile, "title"), "://", NULL) || holds(at(hostile, "title"), "www.", NULL))
		return "a link";
	if (holds(at(hostile, "title"), "\n", NULL))
		return "a line of its own";
	return text_equal(text_at(hostile, "topic"), "oncall") &&
	       text_equal(text_at(hostile, "click"), text_at(harmless, "click")) ? NULL :
		"another topic";
}

#endif
