/* What a courier is told of its channels, written and read back: see
 * transport.h. Secrets stay references all the way. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "config/transport.h"

size_t transport_list(const struct conf *conf, const char ***ret)
{
	const char **list = xcalloc(conf->n_channels + 2, sizeof(*list));
	size_t n = 0, i, j;

	for (i = 0; i < conf->n_channels; i++) {
		for (j = 0; j < n && strcmp(list[j], conf->channels[i].transport) != 0; j++)
			;
		if (j == n)
			list[n++] = conf->channels[i].transport;
	}
	for (j = 0; j < n && strcmp(list[j], TRANSPORT_WEB) != 0; j++)
		;
	if (conf->heartbeat.channel != NULL && j == n)
		list[n++] = TRANSPORT_WEB;
	*ret = list;
	return n;
}

static json_t *channel_document(const struct conf_channel *c)
{
	json_t *document = json_object(), *to = json_array();
	size_t i;

	json_set_text(document, "name", c->name);
	json_set_int(document, "type", c->type);
	json_set_text(document, "url", c->url.reference);
	json_set_text(document, "secret", c->secret.reference);
	json_set_text(document, "password", c->password.reference);
	json_set_text(document, "token", c->token.reference);
	json_set_text(document, "routing_key", c->routing_key.reference);
	json_set_text(document, "room", c->room);
	json_set_text(document, "topic", c->topic);
	json_set_text(document, "ca_file", c->ca_file);
	json_set_bool(document, "allow_http", c->allow_http);
	json_set_text(document, "relay_host", c->relay_host);
	json_set_int(document, "relay_port", c->relay_port);
	json_set_int(document, "tls", c->tls);
	json_set_text(document, "user", c->user);
	json_set_text(document, "from", c->from);
	for (i = 0; i < c->n_to; i++)
		json_array_append_new(to, json_string(c->to[i]));
	json_object_set_new(document, "to", to);
	json_set_int(document, "timeout_ms", c->timeout_ms);
	return document;
}

json_t *transport_setup(const struct conf *conf, const char *transport)
{
	json_t *setup = json_object(), *channels = json_array();
	size_t i;

	json_set_text(setup, "op", "setup");
	json_set_text(setup, "public_url", conf->public_url);
	for (i = 0; i < conf->n_channels; i++)
		if (strcmp(conf->channels[i].transport, transport) == 0)
			json_array_append_new(channels, channel_document(&conf->channels[i]));
	if (conf->heartbeat.channel != NULL && strcmp(transport, TRANSPORT_WEB) == 0)
		json_array_append_new(channels, channel_document(conf->heartbeat.channel));
	json_object_set_new(setup, "channels", channels);
	return setup;
}

static const char *text(const json_t *document, const char *key, struct arena *arena)
{
	return arena_strdup(arena, json_string_value(json_object_get(document, key)));
}

static int64_t number(const json_t *document, const char *key)
{
	return json_integer_value(json_object_get(document, key));
}

static void read_channel(const json_t *document, struct arena *arena, struct conf_channel *c)
{
	const json_t *to = json_object_get(document, "to");
	size_t i;

	memset(c, 0, sizeof(*c));
	c->name = text(document, "name", arena);
	c->type = (enum channel_type)number(document, "type");
	c->url.reference = text(document, "url", arena);
	c->secret.reference = text(document, "secret", arena);
	c->password.reference = text(document, "password", arena);
	c->token.reference = text(document, "token", arena);
	c->routing_key.reference = text(document, "routing_key", arena);
	c->room = text(document, "room", arena);
	c->topic = text(document, "topic", arena);
	c->ca_file = text(document, "ca_file", arena);
	c->allow_http = json_is_true(json_object_get(document, "allow_http"));
	c->relay_host = text(document, "relay_host", arena);
	c->relay_port = (int)number(document, "relay_port");
	c->tls = (enum smtp_tls)number(document, "tls");
	c->user = text(document, "user", arena);
	c->from = text(document, "from", arena);
	c->n_to = json_array_size(to);
	c->to = arena_array(arena, c->n_to + 1, sizeof(*c->to));
	for (i = 0; i < c->n_to; i++)
		c->to[i] = arena_strdup(arena, json_string_value(json_array_get(to, i)));
	c->timeout_ms = number(document, "timeout_ms");
}

int transport_setup_read(const json_t *setup, struct arena *arena,
	struct conf_channel **ret_channels, size_t *ret_n, const char **ret_public_url,
	struct error *err)
{
	const json_t *channels = json_object_get(setup, "channels");
	size_t n = json_array_size(channels), i;

	if (!json_is_array(channels))
		return error_set(err, ERROR_INVALID, "the setup message has no channels");
	*ret_channels = arena_array(arena, n + 1, sizeof(**ret_channels));
	for (i = 0; i < n; i++) {
		read_channel(json_array_get(channels, i), arena, &(*ret_channels)[i]);
		if ((*ret_channels)[i].name == NULL)
			return error_set(err, ERROR_INVALID, "a channel of the setup has no name");
	}
	*ret_n = n;
	*ret_public_url = text(setup, "public_url", arena);
	return 0;
}
