/*
 * The watch over the watch: who is told of tocsin's own troubles, and the outside
 * watcher that notices when tocsin itself stays away.
 */
#include "config.h"

#include <string.h>

#include "base/rfc3339.h"
#include "base/text.h"
#include "config/build.h"
#include "config/transport.h"
#include "config/value.h"

enum { HEARTBEAT_TIMEOUT_MS = 10 * SECOND_MS };

void build_check_url(const struct builder *b, const struct group *g, const char *text,
	bool allow_http)
{
	struct error why;
	struct url url;

	if (value_url(b->arena, text, &url, &why) < 0)
		group_error(g, "url", "url: %s", why.text);
	else if (url.has_user)
		group_error(g, "url", "url: must not hold a user or password");
	else if (strcmp(url.scheme, "http") == 0 && !allow_http)
		group_error(g, "url", "url: http:// sends notices in clear; use https://, or say "
			"allow_http = true");
	else if (strcmp(url.scheme, "http") == 0)
		group_warning(g, "url", "url: http:// sends notices in clear");
	else if (strcmp(url.scheme, "https") != 0)
		group_error(g, "url", "url: must begin with https://");
}

/* Without any said: those who are told when a channel fails, or who are told first. */
void build_operations(const struct builder *b, const struct group *root)
{
	struct conf *conf = b->conf;
	const struct policy *first = conf->policies;

	conf->n_operations = build_targets(b, root, "operations", &conf->operations);
	if (group_is_set(root, "operations") || conf->n_policies == 0)
		return;
	if (first->n_fallback > 0) {
		conf->operations = first->fallback;
		conf->n_operations = first->n_fallback;
	} else if (first->n_steps > 0) {
		conf->operations = first->steps[0].to;
		conf->n_operations = first->steps[0].n_to;
	}
}

void build_heartbeat(const struct builder *b, const struct group *root)
{
	struct group g = group_sub(root, "heartbeat");
	struct conf_channel *c;
	struct buf text;

	if (!group_is_set(root, "heartbeat"))
		return;
	c = arena_alloc(b->arena, sizeof(*c));
	c->name = CONF_HEARTBEAT;
	c->type = CHANNEL_HEARTBEAT;
	c->transport = TRANSPORT_WEB;
	c->timeout_ms = HEARTBEAT_TIMEOUT_MS;
	c->place = group_place(&g, NULL);
	c->allow_http = group_bool(&g, "allow_http");
	c->ca_file = build_path(b, group_text(&g, "ca_file"));
	c->url = build_secret(b, &g, "url");
	b->conf->heartbeat.channel = c;
	b->conf->heartbeat.every_ms = group_int(&g, "every");
	if (c->url.reference == NULL)
		return;
	if (!text_starts(c->url.reference, "file:") &&
		!text_starts(c->url.reference, "credential:")) {
		build_check_url(b, &g, c->url.reference, c->allow_http);
	} else if (b->read_secrets && build_read_secret(&g, "url", &c->url, &text) == 0) {
		build_check_url(b, &g, text.data, c->allow_http);
		build_wipe(&text);
	}
}
