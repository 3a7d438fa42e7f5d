/*
 * Who may come in and how: listening sockets, limits, tokens. A token's text is
 * read, digested and wiped; the configuration keeps the digest.
 */
#include "config.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "config/build.h"

enum { TOKEN_MIN = 16, TOKEN_MAX = 512 };

static void check_address(const struct group *g, const char *address)
{
	unsigned char v4[sizeof(struct in_addr)], v6[sizeof(struct in6_addr)];
	bool loopback = false;

	if (inet_pton(AF_INET, address, v4) == 1) {
		loopback = v4[0] == 127;
	} else if (inet_pton(AF_INET6, address, v6) == 1) {
		loopback = memcmp(v6, &in6addr_loopback, sizeof(v6)) == 0;
	} else {
		group_error(g, "address", "address: \"%s\" is not a numeric IPv4 or IPv6 address",
			address);
		return;
	}
	if (!loopback)
		group_warning(g, "address", "address: %s is not loopback and speaks plain HTTP: put a "
			"TLS proxy in front, or tokens cross the network in clear", address);
}

static void refuse(const struct group *g, const char *const *keys, size_t n, const char *why)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (group_has(g, keys[i]))
			group_error(g, keys[i], "%s: %s", keys[i], why);
}

static void read_listen(const struct group *g, struct conf_listen *listen)
{
	static const char *const tcp_keys[] = { "address", "port" };
	static const char *const unix_keys[] = { "mode", "group" };

	listen->place = group_place(g, NULL);
	listen->unix_path = group_text(g, "unix");
	if (listen->unix_path != NULL) {
		refuse(g, tcp_keys, ARRAY_LEN(tcp_keys), "a Unix socket has none");
		if (listen->unix_path[0] != '/')
			group_error(g, "unix", "unix: must be an absolute path");
		listen->mode = (unsigned int)group_int(g, "mode");
		listen->group = group_text(g, "group");
		return;
	}
	refuse(g, unix_keys, ARRAY_LEN(unix_keys), "only a Unix socket has one");
	listen->address = group_text(g, "address");
	listen->port = (int)group_int(g, "port");
	if (listen->address != NULL)
		check_address(g, listen->address);
	else if (!group_is_set(g, "address") && !group_is_set(g, "unix"))
		group_error(g, NULL, "listen: needs \"address\" or \"unix\"");
}

static bool same_listen(const struct conf_listen *a, const struct conf_listen *b)
{
	if (a->unix_path != NULL || b->unix_path != NULL)
		return text_equal(a->unix_path, b->unix_path);
	return a->address != NULL && text_equal(a->address, b->address) && a->port == b->port &&
		a->port != 0;
}

void build_listens(const struct builder *b, const struct group *root)
{
	struct conf *conf = b->conf;
	size_t i, j;

	conf->n_listens = group_count(root, "listen");
	conf->listens = arena_array(b->arena, conf->n_listens + 1, sizeof(*conf->listens));
	for (i = 0; i < conf->n_listens; i++) {
		struct group g = group_item(root, "listen", i);

		read_listen(&g, &conf->listens[i]);
		for (j = 0; j < i; j++)
			if (same_listen(&conf->listens[i], &conf->listens[j])) {
				group_error(&g, NULL, "listen: the same as on line %d",
					conf->listens[j].place.line);
				break;
			}
	}
}

void build_limits(const struct builder *b, const struct group *root)
{
	struct group g = group_sub(root, "limits");
	struct conf_limits *l = &b->conf->limits;

	l->body_max = group_int(&g, "body_max");
	l->batch_max = group_int(&g, "batch_max");
	l->body_memory = group_int(&g, "body_memory");
	l->alerts_per_batch = group_int(&g, "alerts_per_batch");
	l->connections = group_int(&g, "connections");
	l->connections_per_address = group_int(&g, "connections_per_address");
	l->head_timeout_ms = group_int(&g, "head_timeout");
	l->body_timeout_ms = group_int(&g, "body_timeout");
	l->idle_timeout_ms = group_int(&g, "idle_timeout");
	l->write_timeout_ms = group_int(&g, "write_timeout");
	l->in_flight = group_int(&g, "in_flight");
	if (l->batch_max < l->body_max)
		group_error(&g, "batch_max", "batch_max: is less than body_max");
	if (l->body_memory < l->batch_max)
		group_error(&g, "body_memory", "body_memory: is less than batch_max");
}

static bool is_token_text(const struct buf *text)
{
	size_t i;

	for (i = 0; i < text->len; i++)
		if (text->data[i] <= 0x20 || text->data[i] >= 0x7f)
			return false;
	return true;
}

static void read_token_secret(const struct builder *b, const struct group *g,
	struct conf_token *token)
{
	struct buf text;

	token->secret = build_secret(b, g, "secret");
	if (!b->read_secrets || token->secret.reference == NULL)
		return;
	if (build_read_secret(g, "secret", &token->secret, &text) < 0)
		return;
	if (text.len < TOKEN_MIN || text.len > TOKEN_MAX)
		group_error(g, "secret", "secret: %s holds %zu characters; a token has %d to %d",
			token->secret.reference, text.len, TOKEN_MIN, TOKEN_MAX);
	else if (!is_token_text(&text))
		group_error(g, "secret", "secret: %s holds more than visible ASCII characters, which "
			"no HTTP header can carry", token->secret.reference);
	digest_sha256(&(struct digest_part){ text.data, text.len }, 1, token->digest);
	build_wipe(&text);
}

static void read_token_source(const struct builder *b, const struct group *g,
	struct conf_token *token)
{
	const struct conf *conf = b->conf;
	const char **known;
	size_t i;

	token->source = group_text(g, "source");
	if (token->role != ROLE_INGEST && token->source != NULL)
		group_error(g, "source", "source: only a token of role \"ingest\" has one");
	if (token->role == ROLE_INGEST && token->source == NULL)
		group_error(g, NULL, "token: role \"ingest\" needs \"source\", the one it may "
			"post to");
	if (token->source == NULL || conf_source(conf, token->source) != NULL)
		return;
	known = arena_array(b->arena, conf->n_sources + 1, sizeof(*known));
	for (i = 0; i < conf->n_sources; i++)
		known[i] = conf->sources[i].name;
	build_unknown(g, "source", 0, "source", token->source, known, conf->n_sources);
}

static void read_token_entities(const struct builder *b, const struct group *g,
	struct conf_token *token)
{
	const struct conf *conf = b->conf;
	const char **known = arena_array(b->arena, conf->n_entities + 1, sizeof(*known));
	size_t i;

	for (i = 0; i < conf->n_entities; i++)
		known[i] = conf->entities[i].id;
	token->n_entities = group_texts(g, "entities", &token->entities);
	for (i = 0; i < token->n_entities; i++)
		if (conf_entity(conf, token->entities[i]) == NULL)
			build_unknown(g, "entities", i, "entity", token->entities[i], known,
				conf->n_entities);
}

static void check_same_secret(const struct builder *b, const struct group *g, size_t i)
{
	const struct conf_token *tokens = b->conf->tokens;
	size_t j;

	for (j = 0; b->read_secrets && j < i; j++)
		if (tokens[i].secret.reference != NULL && tokens[j].secret.reference != NULL &&
			digest_equal(tokens[i].digest, tokens[j].digest, DIGEST_SIZE)) {
			group_error(g, "secret", "secret: the same text as the token \"%s\": nobody could "
				"tell who it was", tokens[j].name != NULL ? tokens[j].name : "?");
			return;
		}
}

void build_tokens(const struct builder *b, const struct group *root)
{
	static const unsigned char none[DIGEST_SIZE];
	struct conf *conf = b->conf;
	size_t i;

	group_check_unique(root, "tokens", "name", "token");
	conf->n_tokens = group_count(root, "tokens");
	conf->tokens = arena_array(b->arena, conf->n_tokens + 1, sizeof(*conf->tokens));
	for (i = 0; i < conf->n_tokens; i++) {
		struct group g = group_item(root, "tokens", i);
		struct conf_token *token = &conf->tokens[i];

		token->place = group_place(&g, NULL);
		token->name = group_text(&g, "name");
		token->role = group_has(&g, "role") ? (enum role)group_choice(&g, "role") : ROLE_READ;
		read_token_source(b, &g, token);
		read_token_entities(b, &g, token);
		read_token_secret(b, &g, token);
		if (!digest_equal(token->digest, none, DIGEST_SIZE))
			check_same_secret(b, &g, i);
	}
}
