/* Channels and their secrets: see channel.h. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"
#include "courier/channel.h"

enum { SECRET_MAX = 4096 };

void channel_set_init(struct channel_set *set, const struct conf_channel *channels, size_t n)
{
	size_t i;

	memset(set, 0, sizeof(*set));
	set->list = xcalloc(n + 1, sizeof(*set->list));
	set->n = n;
	for (i = 0; i < n; i++) {
		set->list[i].conf = &channels[i];
		if (channels[i].timeout_ms > set->longest_timeout_ms)
			set->longest_timeout_ms = channels[i].timeout_ms;
	}
}

static void wipe(char **text)
{
	if (*text == NULL)
		return;
	explicit_bzero(*text, strlen(*text));
	free(*text);
	*text = NULL;
}

static void channel_wipe(struct channel *channel)
{
	wipe(&channel->url);
	wipe(&channel->token);
	wipe(&channel->password);
	explicit_bzero(&channel->key, sizeof(channel->key));
	channel->ready = false;
}

void channel_set_release(struct channel_set *set)
{
	size_t i;

	for (i = 0; i < set->n; i++)
		channel_wipe(&set->list[i]);
	free(set->list);
	memset(set, 0, sizeof(*set));
}

struct channel *channel_find(struct channel_set *set, const char *name)
{
	size_t i;

	for (i = 0; i < set->n; i++)
		if (text_equal(set->list[i].conf->name, name))
			return &set->list[i];
	return NULL;
}

/* The whole of a secret as a string; one with a control character in it is none
 * (it would end up in a header or a command). */
static int read_text(const struct conf_secret *secret, const char *what, char **ret,
	struct error *err)
{
	struct buf text;
	size_t i;
	int rc;

	buf_init(&text, SECRET_MAX);
	rc = conf_secret_read(secret, SECRET_MAX, &text, err);
	for (i = 0; rc == 0 && i < text.len; i++)
		if ((unsigned char)text.data[i] < ' ' || text.data[i] == 0x7f)
			rc = error_set(err, ERROR_INVALID, "has a control character in it");
	if (rc == 0 && text.len == 0)
		rc = error_set(err, ERROR_INVALID, "is empty");
	if (rc == 0)
		*ret = xstrndup(text.data, text.len);
	else
		error_prefix(err, "%s", what);
	if (text.size > 0)
		explicit_bzero(text.data, text.size);
	buf_release(&text);
	return rc;
}

static int load_url(struct channel *channel, struct error *err)
{
	if (read_text(&channel->conf->url, "url", &channel->url, err) < 0)
		return -1;
	if (text_starts(channel->url, "https://") ||
	    (channel->conf->allow_http && text_starts(channel->url, "http://")))
		return 0;
	return error_set(err, ERROR_INVALID, "url: must begin with https://%s",
		channel->conf->allow_http ? " or http://" : "");
}

static int load_key(struct channel *channel, struct error *err)
{
	char *text = NULL;
	int rc;

	if (channel->conf->secret.reference == NULL)
		return 0;
	if (read_text(&channel->conf->secret, "secret", &text, err) < 0)
		return -1;
	rc = webhook_key_parse(text, &channel->key, err);
	if (rc < 0)
		error_prefix(err, "secret");
	wipe(&text);
	return rc;
}

static int load_token(struct channel *channel, struct error *err)
{
	const struct conf_secret *key = &channel->conf->routing_key;

	if (key->reference != NULL)
		return read_text(key, "routing_key", &channel->token, err);
	if (channel->conf->token.reference == NULL)
		return 0;
	return read_text(&channel->conf->token, "token", &channel->token, err);
}

static int load(struct channel *channel, struct error *err)
{
	switch (channel->conf->type) {
	case CHANNEL_SLACK:
	case CHANNEL_TEAMS:
	case CHANNEL_MATTERMOST:
	case CHANNEL_HEARTBEAT:
		return load_url(channel, err);
	case CHANNEL_SLACK_BOT:
	case CHANNEL_PAGERDUTY:
	case CHANNEL_NTFY:
		return load_url(channel, err) < 0 ? -1 : load_token(channel, err);
	case CHANNEL_WEBHOOK:
		return load_url(channel, err) < 0 ? -1 : load_key(channel, err);
	case CHANNEL_EMAIL:
		if (channel->conf->password.reference == NULL)
			return 0;
		return read_text(&channel->conf->password, "password", &channel->password,
			err);
	case CHANNEL_CONSOLE:
		return 0;
	}
	return error_set(err, ERROR_INTERNAL, "a type of channel we do not know");
}

int channel_load(struct channel *channel, struct error *err)
{
	if (channel->ready)
		return 0;
	if (load(channel, err) < 0) {
		channel_wipe(channel);
		return -1;
	}
	channel->ready = true;
	return 0;
}
