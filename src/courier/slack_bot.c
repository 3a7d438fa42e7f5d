/*
 * Slack's Web API: see slack_bot.h. The blocks are those of slack.c, so that hook and
 * bot say the same and what is foreign is made harmless in one place; "parse" and
 * "link_names" stay off, so that "@here" is five letters.
 *
 * A reply stays in its thread and rings for those who follow it only. So what is new
 * to all (a step that fires for the first time, everything in the last hour and after
 * it) is shown in the channel as well; reminders and good news are not.
 */
#include "config.h"

#include <string.h>

#include "base/text.h"
#include "courier/slack.h"
#include "courier/slack_bot.h"

static const char first_words[] =
	"This message shows the latest notice; all of them are in its thread.";

bool slack_place_parse(const char *handle, const char *channel, struct slack_place *ret)
{
	size_t n = handle != NULL ? strcspn(handle, ":") : 0, n_ts;

	if (handle == NULL || handle[n] != ':' || n >= sizeof(ret->channel) ||
	    strlen(channel) != n || strncmp(handle, channel, n) != 0)
		return false;
	n_ts = strlen(handle + n + 1);
	if (n_ts == 0 || n_ts >= sizeof(ret->ts) || strspn(handle + n + 1, "0123456789.") != n_ts)
		return false;
	text_copy(ret->channel, sizeof(ret->channel), channel);
	text_copy(ret->ts, sizeof(ret->ts), handle + n + 1);
	return true;
}

static bool is_news(const struct notice *notice)
{
	if (notice_urgency(notice) == URGENCY_LAST)
		return true;
	return notice->kind == NOTICE_STEP && notice->step_repeat == 0;
}

void slack_bot_render(const struct notice *notice, const char *channel,
	const struct slack_place *thread, struct buf *out)
{
	json_t *message = slack_message(notice);

	json_set_text(message, "channel", channel);
	json_set_text(message, "parse", "none");
	json_set_bool(message, "link_names", 0);
	if (thread != NULL) {
		json_set_text(message, "thread_ts", thread->ts);
		json_set_bool(message, "reply_broadcast", is_news(notice));
	} else if (notice->incident != 0) {
		slack_add_context(message, first_words);
	}
	json_write(out, message);
	json_decref(message);
}

void slack_bot_render_update(const struct notice *notice, const struct slack_place *first,
	struct buf *out)
{
	json_t *message = slack_message(notice);

	json_object_del(message, "unfurl_links");
	json_object_del(message, "unfurl_media");
	json_set_text(message, "channel", first->channel);
	json_set_text(message, "ts", first->ts);
	json_set_text(message, "parse", "none");
	json_set_bool(message, "link_names", 0);
	slack_add_context(message, first_words);
	json_write(out, message);
	json_decref(message);
}

static const char *error_of(const json_t *answer)
{
	const char *error = json_string_value(json_object_get(answer, "error"));

	return outcome_is_word(error) ? error : "no reason given";
}

/* What will pass. All else (a token revoked, a channel archived, the bot not in it)
 * somebody has to mend, and the fallback is to be told now. */
static bool will_pass(const char *error)
{
	static const char *const words[] = { "ratelimited", "rate_limited", "internal_error",
		"fatal_error", "service_unavailable", "request_timeout", "accesslimited" };
	size_t i;

	for (i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(error, words[i]) == 0)
			return true;
	return false;
}

static void set_handle(const json_t *answer, struct outcome *ret)
{
	const char *channel = json_string_value(json_object_get(answer, "channel"));
	const char *ts = json_string_value(json_object_get(answer, "ts"));
	struct slack_place place;
	struct buf handle;

	if (channel == NULL || ts == NULL)
		return;
	buf_init(&handle, OUTCOME_HANDLE_MAX);
	buf_addf(&handle, "%s:%s", channel, ts);
	if (!handle.overflow && slack_place_parse(handle.data, channel, &place))
		text_copy(ret->handle, sizeof(ret->handle), handle.data);
	buf_release(&handle);
}

void slack_bot_outcome(const struct http_result *result, struct outcome *ret)
{
	json_t *answer;

	outcome_of_http(result, false, ret);
	if (result->status < 200 || result->status >= 300)
		return;
	answer = outcome_json(result);
	if (answer == NULL) {
		outcome_set(ret, OUTCOME_AMBIGUOUS, "HTTP %ld without Slack's \"ok\"",
			result->status);
	} else if (json_is_true(json_object_get(answer, "ok"))) {
		set_handle(answer, ret);
	} else {
		const char *error = error_of(answer);

		outcome_set(ret, will_pass(error) ? OUTCOME_TEMPORARY : OUTCOME_PERMANENT,
			"HTTP %ld: %s", result->status, error);
	}
	json_decref(answer);
}

bool slack_bot_lost_thread(const struct http_result *result)
{
	static const char *const words[] = { "thread_not_found", "message_not_found",
		"cannot_reply_to_message", "invalid_thread_ts" };
	json_t *answer = outcome_json(result);
	const char *error = answer != NULL ? error_of(answer) : "";
	bool lost = false;
	size_t i;

	for (i = 0; i < ARRAY_LEN(words); i++)
		lost = lost || strcmp(error, words[i]) == 0;
	json_decref(answer);
	return lost;
}
