/* Replies in Slack: see slack_reply.h. */
#include "config.h"

#include <string.h>

#include "base/clean.h"
#include "base/json.h"
#include "base/text.h"
#include "courier/slack_reply.h"

enum { URL_MAX = 1000, TEXT_MAX = 2000 };

/* The scheme, the host and the slash behind it: what a URL of the same place begins with. */
static size_t origin_len(const char *url)
{
	const char *host = strstr(url, "://"), *slash;

	if (host == NULL)
		return 0;
	slash = strchr(host + 3, '/');
	return slash != NULL ? (size_t)(slash + 1 - url) : 0;
}

bool slack_reply_is_allowed(const struct channel *channel, const char *url)
{
	enum channel_type type = channel->conf->type;
	const char *c;
	size_t n;

	if (type != CHANNEL_SLACK && type != CHANNEL_SLACK_BOT)
		return false;
	for (c = url; *c > ' ' && *c <= '~'; c++)
		;
	if (*c != '\0' || strlen(url) > URL_MAX)
		return false;
	if (text_starts(url, "https://hooks.slack.com/") ||
	    text_starts(url, "https://hooks.slack-gov.com/"))
		return true;
	n = origin_len(channel->url);
	return n > 0 && strncmp(url, channel->url, n) == 0;
}

void slack_reply_render(const char *text, struct buf *out)
{
	const struct clean how = { .max = TEXT_MAX, .escape = clean_escape_slack };
	json_t *message = json_object();
	struct buf words;

	buf_init(&words, 0);
	clean_text(&words, text, &how);
	json_set_text(message, "response_type", "ephemeral");
	json_set_bool(message, "replace_original", false);
	json_set_text(message, "text", words.data);
	json_write(out, message);
	buf_release(&words);
	json_decref(message);
}
