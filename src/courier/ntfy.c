/*
 * ntfy: see ntfy.h. The JSON form has no headers that a title could add to. Message and
 * title are plain text ("markdown" stays off), but phones make links of what looks like
 * an address in a message: so what an alert says stands in the title only, and defanged.
 *
 * Tags that name an emoji are shown before the title; a drill has none, for the word
 * DRILL comes first.
 */
#include "config.h"

#include "base/clean.h"
#include "courier/ntfy.h"

enum { FACT_MAX = 200 };

static void set_title(json_t *message, const struct notice *notice)
{
	const struct clean how = { .max = NTFY_TITLE_MAX, .defang = true };
	struct buf all, title;

	buf_init(&all, 0);
	buf_init(&title, 0);
	notice_headline(notice, &all);
	if (notice->title != NULL)
		buf_addf(&all, ": %s", notice->title);
	clean_text(&title, all.data, &how);
	json_set_text(message, "title", title.data);
	buf_release(&all);
	buf_release(&title);
}

static void add_line(struct buf *out, const char *label, const char *value)
{
	const struct clean how = { .max = FACT_MAX, .defang = true };

	buf_addf(out, "%s: ", label);
	clean_text(out, value, &how);
	buf_addc(out, '\n');
}

static void set_message(json_t *message, const struct notice *notice)
{
	const struct clean how = { .max = NTFY_MESSAGE_MAX, .lines = true, .defang = true };
	struct arena *arena = arena_new();
	struct fact facts[NOTICE_FACTS];
	size_t n = notice_facts(notice, arena, facts), i;
	const char *ack = notice_ack(notice, arena), *journal = notice_journal(notice, arena);
	struct buf all, text;

	buf_init(&all, 0);
	buf_init(&text, 0);
	/* The daemon's words hold the title where there is an incident. */
	if (notice->incident == 0 && notice->text != NULL)
		buf_addf(&all, "%s\n", notice_marked(notice, notice->text, arena));
	else
		buf_adds(&all, notice_mark(notice));
	for (i = 0; i < n; i++)
		add_line(&all, facts[i].label, facts[i].value);
	if (ack != NULL)
		add_line(&all, "To acknowledge", ack);
	if (journal != NULL)
		buf_adds(&all, journal);
	if (all.len > 0 && all.data[all.len - 1] == '\n')
		all.data[--all.len] = '\0';
	clean_text(&text, all.data, &how);
	json_set_text(message, "message", text.data);
	buf_release(&all);
	buf_release(&text);
	arena_free(arena);
}

static void set_urgency(json_t *message, const struct notice *notice)
{
	static const struct {
		int priority;
		const char *tag;
	} rows[] = {
		[URGENCY_LOW] = { 2, "white_check_mark" },
		[URGENCY_NORMAL] = { 3, NULL },
		[URGENCY_HIGH] = { 4, "warning" },
		[URGENCY_LAST] = { 5, "rotating_light" },
	};
	enum urgency urgency = notice_urgency(notice);

	json_set_int(message, "priority", rows[urgency].priority);
	if (!notice->drill && rows[urgency].tag != NULL) {
		json_t *tags = json_array();

		json_array_append_new(tags, json_string(rows[urgency].tag));
		json_object_set_new(message, "tags", tags);
	}
}

/* "view" opens the page. An "http" action would acknowledge from the lock screen without
 * a name. */
static void set_action(json_t *message, const struct notice *notice)
{
	json_t *actions, *action;

	if (notice_ack_url(notice) == NULL)
		return;
	actions = json_array();
	action = json_object();
	json_set_text(action, "action", "view");
	json_set_text(action, "label", "Acknowledge");
	json_set_text(action, "url", notice_ack_url(notice));
	json_array_append_new(actions, action);
	json_object_set_new(message, "actions", actions);
}

void ntfy_render(const struct notice *notice, const char *topic, struct buf *out)
{
	json_t *message = json_object();

	json_set_text(message, "topic", topic);
	set_title(message, notice);
	set_message(message, notice);
	set_urgency(message, notice);
	json_set_text(message, "click", notice_url(notice));
	set_action(message, notice);
	json_write(out, message);
	json_decref(message);
}

void ntfy_outcome(const struct http_result *result, struct outcome *ret)
{
	json_t *answer;

	outcome_of_http(result, false, ret);
	if (result->status < 200)
		return;
	answer = outcome_json(result);
	if (result->status < 300 && !json_is_string(json_object_get(answer, "id"))) {
		outcome_set(ret, OUTCOME_AMBIGUOUS, "HTTP %ld without ntfy's id",
			result->status);
	} else if (result->status >= 400 && json_is_integer(json_object_get(answer, "code"))) {
		struct buf code;

		buf_init(&code, 0);
		buf_addf(&code, "ntfy code %" JSON_INTEGER_FORMAT,
			json_integer_value(json_object_get(answer, "code")));
		outcome_add(ret, code.data);
		buf_release(&code);
	}
	json_decref(answer);
}
