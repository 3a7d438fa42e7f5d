/*
 * Channels: each kind has keys of its own, and what leaves the machine in clear
 * must have been asked for by name.
 */
#include "config.h"

#include <string.h>

#include "base/rfc3339.h"
#include "base/text.h"
#include "config/build.h"
#include "config/transport.h"
#include "config/value.h"
#include "core/rate.h"

enum { SUBMISSION_PORT = 587, SMTPS_PORT = 465, EMAIL_TIMEOUT_MS = 60 * SECOND_MS,
	SIGNING_KEY_MIN = 24, SIGNING_KEY_MAX = 64, ROUTING_KEY_LEN = 32,
	SIGNING_SECRET_MIN = 16, SIGNING_SECRET_MAX = 256 };

#define SLACK_API "https://slack.com/api"
#define PAGERDUTY_EVENTS "https://events.pagerduty.com/v2/enqueue"

#define BIT(type) (1U << (type))
#define WEB (BIT(CHANNEL_SLACK) | BIT(CHANNEL_WEBHOOK) | BIT(CHANNEL_SLACK_BOT) | \
	BIT(CHANNEL_TEAMS) | BIT(CHANNEL_MATTERMOST) | BIT(CHANNEL_PAGERDUTY) | BIT(CHANNEL_NTFY))
#define MAIL BIT(CHANNEL_EMAIL)

/* Which kinds of channels have a key besides name, type and timeout. */
static const struct {
	const char *key;
	unsigned int kinds;
} kind_keys[] = {
	{ "url", WEB },
	{ "allow_http", WEB },
	{ "ca_file", WEB | MAIL },
	{ "secret", BIT(CHANNEL_WEBHOOK) },
	{ "token", BIT(CHANNEL_SLACK_BOT) | BIT(CHANNEL_NTFY) },
	{ "signing_secret", BIT(CHANNEL_SLACK) | BIT(CHANNEL_SLACK_BOT) },
	{ "channel", BIT(CHANNEL_SLACK_BOT) },
	{ "routing_key", BIT(CHANNEL_PAGERDUTY) },
	{ "topic", BIT(CHANNEL_NTFY) },
	{ "relay", MAIL },
	{ "tls", MAIL },
	{ "allow_plain", MAIL },
	{ "user", MAIL },
	{ "password", MAIL },
	{ "from", MAIL },
	{ "to", MAIL },
};

static void check_keys(const struct group *g, enum channel_type type)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(kind_keys); i++)
		if ((kind_keys[i].kinds & BIT(type)) == 0 && group_is_set(g, kind_keys[i].key))
			group_error(g, kind_keys[i].key, "%s: a channel of type \"%s\" has none",
				kind_keys[i].key, group_text(g, "type"));
}

static void check_url(const struct builder *b, const struct group *g, const char *text,
	const struct conf_channel *c)
{
	struct error why;
	struct url url;

	build_check_url(b, g, text, c->allow_http);
	if (c->type == CHANNEL_NTFY && value_url(b->arena, text, &url, &why) == 0 &&
		url.has_path)
		group_error(g, "url", "url: must be that of the server alone; what is published "
			"to goes into \"topic\"");
}

/* What is posted to where there is only one place in the world for it. */
static const char *default_url(enum channel_type type)
{
	switch (type) {
	case CHANNEL_SLACK_BOT: return SLACK_API;
	case CHANNEL_PAGERDUTY: return PAGERDUTY_EVENTS;
	default: return NULL;
	}
}

static void read_url(const struct builder *b, const struct group *g, struct conf_channel *c)
{
	struct buf text;

	c->url = build_secret(b, g, "url");
	c->allow_http = group_bool(g, "allow_http");
	if (c->url.reference == NULL) {
		if (group_is_set(g, "url"))
			return;
		c->url.reference = default_url(c->type);
		if (c->url.reference == NULL)
			group_error(g, NULL, "channel: \"url\" is missing");
		return;
	}
	if (!text_starts(c->url.reference, "file:") &&
		!text_starts(c->url.reference, "credential:")) {
		check_url(b, g, c->url.reference, c);
		if (c->type == CHANNEL_SLACK || c->type == CHANNEL_TEAMS ||
			c->type == CHANNEL_MATTERMOST)
			group_warning(g, "url", "url: whoever knows a %s hook may post to it; keep "
				"it in a file and write file:PATH",
				c->type == CHANNEL_SLACK ? "Slack" :
				c->type == CHANNEL_TEAMS ? "Teams" : "Mattermost");
	} else if (b->read_secrets && build_read_secret(g, "url", &c->url, &text) == 0) {
		check_url(b, g, text.data, c);
		build_wipe(&text);
	}
}

/* Standard Webhooks: "whsec_" and base64 of 24 to 64 bytes. */
static bool is_signing_key(const char *text)
{
	unsigned char key[SIGNING_KEY_MAX + 2];
	int n = -1;

	if (text_starts(text, "whsec_"))
		n = digest_base64_decode(text + 6, strlen(text + 6), key, sizeof(key));
	explicit_bzero(key, sizeof(key));
	return n >= SIGNING_KEY_MIN && n <= SIGNING_KEY_MAX;
}

static void read_signing_key(const struct builder *b, const struct group *g,
	struct conf_channel *c)
{
	struct buf text;

	c->secret = build_secret(b, g, "secret");
	if (c->secret.reference == NULL || !b->read_secrets ||
		build_read_secret(g, "secret", &c->secret, &text) < 0)
		return;
	if (!is_signing_key(text.data))
		group_error(g, "secret", "secret: %s must hold \"whsec_\" and base64 of %d to %d "
			"bytes", c->secret.reference, SIGNING_KEY_MIN, SIGNING_KEY_MAX);
	build_wipe(&text);
}

#define DIGITS "0123456789"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define LOWER "abcdefghijklmnopqrstuvwxyz"

static bool is_made_of(const char *text, const char *set, size_t min, size_t max)
{
	size_t n = strlen(text);

	return n >= min && n <= max && strspn(text, set) == n;
}

static void read_required(const struct builder *b, const struct group *g, const char *key,
	struct conf_secret *ret)
{
	struct buf text;

	*ret = build_secret(b, g, key);
	if (!group_is_set(g, key))
		group_error(g, NULL, "channel: \"%s\" is missing", key);
	else if (ret->reference != NULL && b->read_secrets &&
		build_read_secret(g, key, ret, &text) == 0)
		build_wipe(&text);
}

/* Names are refused: a message can be updated only by the id of its channel. */
static void read_slack_bot(const struct builder *b, const struct group *g,
	struct conf_channel *c)
{
	read_required(b, g, "token", &c->token);
	c->room = group_text(g, "channel");
	if (!group_is_set(g, "channel"))
		group_error(g, NULL, "channel: \"channel\" is missing");
	else if (c->room != NULL && (strchr("CGD", c->room[0]) == NULL ||
		!is_made_of(c->room, UPPER DIGITS, 2, 32)))
		group_error(g, "channel", "channel: must be the id of a Slack channel, such as "
			"C0123456789, not its name");
}

/* Of 32 hex digits today; what counts is that it is no guess and one word. */
static void read_signing_secret(const struct builder *b, const struct group *g,
	struct conf_channel *c)
{
	struct buf text;
	size_t i;

	c->signing_secret = build_secret(b, g, "signing_secret");
	if (c->signing_secret.reference == NULL)
		return;
	if (b->conf->public_url == NULL)
		group_warning(g, "signing_secret", "signing_secret: without public_url there are "
			"no buttons");
	if (!b->read_secrets ||
		build_read_secret(g, "signing_secret", &c->signing_secret, &text) < 0)
		return;
	for (i = 0; i < text.len && text.data[i] > ' ' && text.data[i] <= '~'; i++)
		;
	if (i < text.len || text.len < SIGNING_SECRET_MIN || text.len > SIGNING_SECRET_MAX)
		group_error(g, "signing_secret", "signing_secret: %s must hold one word of %d to "
			"%d characters", c->signing_secret.reference, SIGNING_SECRET_MIN,
			SIGNING_SECRET_MAX);
	else
		c->signing_key = arena_strdup(b->arena, text.data);
	build_wipe(&text);
}

static void read_ntfy(const struct builder *b, const struct group *g, struct conf_channel *c)
{
	if (group_is_set(g, "token"))
		read_required(b, g, "token", &c->token);
	else
		group_warning(g, NULL, "channel: without a token whoever knows the topic reads "
			"along, unless the server itself is closed");
	c->topic = group_text(g, "topic");
	if (!group_is_set(g, "topic"))
		group_error(g, NULL, "channel: \"topic\" is missing");
	else if (c->topic != NULL && !is_made_of(c->topic, UPPER LOWER DIGITS "_-", 1, 64))
		group_error(g, "topic", "topic: must be 1 to 64 letters, digits, _ and -");
}

static void read_pagerduty(const struct builder *b, const struct group *g,
	struct conf_channel *c)
{
	struct buf text;

	c->routing_key = build_secret(b, g, "routing_key");
	if (!group_is_set(g, "routing_key"))
		group_error(g, NULL, "channel: \"routing_key\" is missing");
	if (c->routing_key.reference == NULL || !b->read_secrets ||
		build_read_secret(g, "routing_key", &c->routing_key, &text) < 0)
		return;
	if (!is_made_of(text.data, UPPER LOWER DIGITS, ROUTING_KEY_LEN, ROUTING_KEY_LEN))
		group_error(g, "routing_key", "routing_key: %s must hold %d letters and digits",
			c->routing_key.reference, ROUTING_KEY_LEN);
	build_wipe(&text);
}

static void read_tls(const struct group *g, bool smtps, struct conf_channel *c)
{
	bool none = text_equal(group_text(g, "tls"), "none");

	c->allow_plain = group_bool(g, "allow_plain");
	c->tls = smtps ? SMTP_IMPLICIT : none ? SMTP_PLAIN : SMTP_STARTTLS;
	if (smtps && group_is_set(g, "tls"))
		group_error(g, "tls", "tls: smtps:// has TLS from the start; leave this out");
	else if (none && !c->allow_plain)
		group_error(g, "tls", "tls: \"none\" sends notices in clear; use \"starttls\", or say "
			"allow_plain = true");
	else if (none)
		group_warning(g, "tls", "tls: \"none\" sends notices%s in clear",
			group_is_set(g, "password") ? " and the password" : "");
}

static void read_relay(const struct builder *b, const struct group *g, struct conf_channel *c)
{
	const char *relay = group_text(g, "relay");
	struct error why;
	struct url url;
	bool smtps;

	if (relay == NULL) {
		if (!group_is_set(g, "relay"))
			group_error(g, NULL, "channel: \"relay\" is missing");
		return;
	}
	if (value_url(b->arena, relay, &url, &why) < 0) {
		group_error(g, "relay", "relay: %s", why.text);
		return;
	}
	smtps = strcmp(url.scheme, "smtps") == 0;
	if ((!smtps && strcmp(url.scheme, "smtp") != 0) || url.has_path)
		group_error(g, "relay", "relay: must be smtp://HOST:PORT or smtps://HOST:PORT");
	if (url.has_user)
		group_error(g, "relay", "relay: the user goes into \"user\", the password into "
			"\"password\"");
	c->relay_host = url.host;
	c->relay_port = url.port != 0 ? url.port : smtps ? SMTPS_PORT : SUBMISSION_PORT;
	c->transport = arena_printf(b->arena, "smtp:%s:%d", c->relay_host, c->relay_port);
	read_tls(g, smtps, c);
}

static void read_addresses(const struct group *g, struct conf_channel *c)
{
	struct error why;
	size_t i;

	c->from = group_text(g, "from");
	if (!group_is_set(g, "from"))
		group_error(g, NULL, "channel: \"from\" is missing");
	else if (c->from != NULL && value_address(c->from, &why) < 0)
		group_error(g, "from", "from: \"%.80s\" %s", c->from, why.text);
	c->n_to = group_texts(g, "to", &c->to);
	if (!group_is_set(g, "to"))
		group_error(g, NULL, "channel: \"to\" is missing: the mail would reach nobody");
	for (i = 0; i < c->n_to; i++)
		if (value_address(c->to[i], &why) < 0)
			reader_error(g->reader, g->file, group_element_line(g, "to", i),
				"to: \"%.80s\" %s", c->to[i], why.text);
}

static void read_email(const struct builder *b, const struct group *g, struct conf_channel *c)
{
	struct buf text;

	read_relay(b, g, c);
	read_addresses(g, c);
	c->user = group_text(g, "user");
	c->password = build_secret(b, g, "password");
	if (group_is_set(g, "user") != group_is_set(g, "password"))
		group_error(g, group_is_set(g, "user") ? "user" : "password",
			"channel: \"user\" and \"password\" go together");
	if (c->password.reference != NULL && b->read_secrets &&
		build_read_secret(g, "password", &c->password, &text) == 0)
		build_wipe(&text);
	if (!group_is_set(g, "timeout"))
		c->timeout_ms = EMAIL_TIMEOUT_MS;
}

static void read_rate(const struct group *g, struct conf_channel *c)
{
	const char *text = group_text(g, "rate");
	struct error why;

	if (text != NULL && rate_parse(text, RATE_MAX, &c->rate_max, &c->rate_ms,
		    &why) < 0)
		group_error(g, "rate", "rate: \"%s\" %s", text, why.text);
}

static void read_channel(const struct builder *b, const struct group *g,
	struct conf_channel *c)
{
	c->place = group_place(g, NULL);
	c->name = group_text(g, "name");
	c->timeout_ms = group_int(g, "timeout");
	c->transport = TRANSPORT_WEB;
	c->quiet = build_quiet(b, g);
	c->test_ms = group_int(g, "test_every");
	if (c->test_ms > 0 && c->test_ms < HOUR_MS)
		group_error(g, "test_every", "test_every: must be PT1H at least, or \"none\"");
	read_rate(g, c);
	if (!group_has(g, "type"))
		return;
	c->type = (enum channel_type)group_choice(g, "type");
	check_keys(g, c->type);
	c->ca_file = build_path(b, group_text(g, "ca_file"));
	if ((WEB & BIT(c->type)) != 0)
		read_url(b, g, c);
	if (c->type == CHANNEL_SLACK || c->type == CHANNEL_SLACK_BOT)
		read_signing_secret(b, g, c);
	if (c->type == CHANNEL_WEBHOOK)
		read_signing_key(b, g, c);
	else if (c->type == CHANNEL_SLACK_BOT)
		read_slack_bot(b, g, c);
	else if (c->type == CHANNEL_PAGERDUTY)
		read_pagerduty(b, g, c);
	else if (c->type == CHANNEL_NTFY)
		read_ntfy(b, g, c);
	else if (c->type == CHANNEL_EMAIL)
		read_email(b, g, c);
}

void build_channels(const struct builder *b, const struct group *root)
{
	struct conf *conf = b->conf;
	size_t i;

	group_check_unique(root, "channels", "name", "channel");
	conf->n_channels = group_count(root, "channels");
	conf->channels = arena_array(b->arena, conf->n_channels + 1, sizeof(*conf->channels));
	for (i = 0; i < conf->n_channels; i++) {
		struct group g = group_item(root, "channels", i);

		read_channel(b, &g, &conf->channels[i]);
	}
}
