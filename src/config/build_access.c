/* How peers come in: listening sockets, proxies in front of them, limits. */
#include "config.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "config/build.h"

static void check_address(const struct group *g, const char *address, bool tls)
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
	if (!loopback && !tls)
		group_warning(g, "address", "address: %s is not loopback and speaks plain HTTP: give "
			"it \"certificate\" and \"key\" or put a TLS proxy in front, or tokens cross "
			"the network in clear", address);
}

static void refuse(const struct group *g, const char *const *keys, size_t n, const char *why)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (group_has(g, keys[i]))
			group_error(g, keys[i], "%s: %s", keys[i], why);
}

/* Both or none; what is in them is the daemon's and -t's to see (http/tls.h). */
static void read_tls(const struct builder *b, const struct group *g,
	struct conf_listen *listen)
{
	bool certificate = group_is_set(g, "certificate"), key = group_is_set(g, "key");

	listen->certificate = build_file(b, g, "certificate");
	listen->key = build_file(b, g, "key");
	listen->client_ca = build_file(b, g, "client_ca");
	if (certificate && !key)
		group_error(g, "certificate", "certificate: needs \"key\", the file of its private "
			"key");
	else if (key && !certificate)
		group_error(g, "key", "key: needs \"certificate\", the file of the certificate it "
			"belongs to");
	else if (group_is_set(g, "client_ca") && !certificate)
		group_error(g, "client_ca", "client_ca: only a listener with \"certificate\" and "
			"\"key\" sees certificates of clients");
}

static void read_listen(const struct builder *b, const struct group *g,
	struct conf_listen *listen)
{
	static const char *const tcp_keys[] = { "address", "port", "certificate", "key",
		"client_ca" };
	static const char *const unix_keys[] = { "mode", "group", "from_proxy" };

	listen->place = group_place(g, NULL);
	listen->unix_path = group_text(g, "unix");
	if (listen->unix_path != NULL) {
		refuse(g, tcp_keys, ARRAY_LEN(tcp_keys), "a Unix socket has none");
		if (listen->unix_path[0] != '/')
			group_error(g, "unix", "unix: must be an absolute path");
		listen->mode = (unsigned int)group_int(g, "mode");
		listen->group = group_text(g, "group");
		listen->from_proxy = group_bool(g, "from_proxy");
		return;
	}
	refuse(g, unix_keys, ARRAY_LEN(unix_keys), "only a Unix socket has one");
	listen->address = group_text(g, "address");
	listen->port = (int)group_int(g, "port");
	read_tls(b, g, listen);
	if (listen->address != NULL)
		check_address(g, listen->address, listen->certificate != NULL);
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

		read_listen(b, &g, &conf->listens[i]);
		for (j = 0; j < i; j++)
			if (same_listen(&conf->listens[i], &conf->listens[j])) {
				group_error(&g, NULL, "listen: the same as on line %d",
					conf->listens[j].place.line);
				break;
			}
	}
}

/* The name of a header, as RFC 9110 §5.6.2 has it. */
static bool is_header_name(const char *text)
{
	return text[0] != '\0' && text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~")] == '\0';
}

const char *build_header(const struct group *g, const char *key)
{
	const char *text = group_text(g, key);

	if (text == NULL || is_header_name(text))
		return text;
	group_error(g, key, "%s: \"%s\" is no name of a header", key, text);
	return NULL;
}

void build_proxy(const struct builder *b, const struct group *root)
{
	struct group g = group_sub(root, "proxy");
	struct conf_proxy *proxy = &b->conf->proxy;
	const char **texts;
	size_t i, n = group_texts(&g, "addresses", &texts);

	proxy->blocks = arena_array(b->arena, n + 1, sizeof(*proxy->blocks));
	for (i = 0; i < n; i++)
		if (netblock_parse(texts[i], &proxy->blocks[proxy->n_blocks]) == 0)
			proxy->n_blocks++;
		else
			group_error(&g, "addresses", "addresses: \"%s\" is no address such as "
				"192.0.2.7, and no block such as 10.0.0.0/8", texts[i]);
	proxy->identity_header = build_header(&g, "identity_header");
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
