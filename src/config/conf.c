/*
 * The configuration as a whole: the order of reading, and the questions asked of
 * it afterwards. The main file is read and checked by the option table first,
 * then the data files, then each part is built on the ones before. With any error
 * all of it is thrown away: nobody ever sees half a configuration.
 */
#include "config.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/text.h"
#include "config/build.h"
#include "config/data.h"
#include "config/value.h"

static const char *absolute(struct arena *a, const char *path)
{
	char cwd[PATH_MAX];

	if (path[0] == '/' || getcwd(cwd, sizeof(cwd)) == NULL)
		return arena_strdup(a, path);
	return arena_printf(a, "%s/%s", cwd, path);
}

/* Of an absolute path. */
static const char *directory(struct arena *a, const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL || slash == path ? "/" :
		arena_strndup(a, path, (size_t)(slash - path));
}

static void build_store(const struct builder *b, const struct group *root)
{
	struct group store = group_sub(root, "store");

	b->conf->store_path = group_text(&store, "path");
	if (b->conf->store_path[0] != '/')
		group_error(&store, "path", "path: must be an absolute path");
	b->conf->disk_floor = group_int(root, "disk_floor");
	b->conf->ballast = group_int(root, "ballast");
}

static void build_public_url(const struct builder *b, const struct group *root)
{
	const char *text = group_text(root, "public_url");
	struct error why;
	struct url url;
	size_t n;

	if (text == NULL)
		return;
	if (value_url(b->arena, text, &url, &why) < 0)
		group_error(root, "public_url", "public_url: %s", why.text);
	else if ((strcmp(url.scheme, "https") != 0 && strcmp(url.scheme, "http") != 0) ||
		url.has_user || strpbrk(text, "?#") != NULL)
		group_error(root, "public_url", "public_url: must be https://HOST/ or http://HOST/, "
			"without user, query or fragment");
	for (n = strlen(text); n > 0 && text[n - 1] == '/'; n--)
		;
	b->conf->public_url = arena_strndup(b->arena, text, n);
}

static void build_all(struct builder *b, const struct group *root)
{
	build_store(b, root);
	build_public_url(b, root);
	build_listens(b, root);
	build_proxy(b, root);
	build_limits(b, root);
	build_channels(b, root);
	build_roster(b, root);
	build_policies(b, root);
	build_operations(b, root);
	build_heartbeat(b, root);
	build_entities(b, root);
	build_sources(b, root);
	build_tokens(b, root);
	build_warn_unused(b, root);
	build_warn_ladders(b, root);
}

static void read_all(struct builder *b, const char *path, const char *data_dir)
{
	const struct schema schema = { .options = option_table, .n = option_count };
	struct data_dirs dirs;
	struct group root;
	config_t cfg;

	if (reader_open(b->reader, path, "", &cfg) < 0)
		return;
	root = group_root(b->reader, &schema, &cfg, arena_strdup(b->arena, path));
	schema_check(&root);
	if (data_dirs_init(&dirs, b->dir, data_dir, b->reader) == 0) {
		regimes_read(&dirs, b->reader, &b->conf->book);
		countries_read(&dirs, b->reader, &b->conf->book);
		formats_read(&dirs, b->reader, b->conf);
	}
	build_all(b, &root);
	config_destroy(&cfg);
	reader_digest(b->reader, b->conf->digest);
	b->conf->n_rule_texts = reader_rule_texts(b->reader, &b->conf->rule_texts);
	ruleset_digest(b->conf->rule_texts, b->conf->n_rule_texts, b->conf->ruleset);
}

struct conf *conf_load(const struct conf_options *options, struct conf_report *report)
{
	const char *path = options->path != NULL ? options->path :
		TOCSIN_SYSCONFDIR "/tocsind.conf";
	struct arena *arena = arena_new();
	struct conf *conf = arena_alloc(arena, sizeof(*conf));
	struct reader reader = { .arena = arena, .report = report };
	struct builder b = { .reader = &reader, .arena = arena, .conf = conf,
		.read_secrets = options->read_secrets };

	memset(report, 0, sizeof(*report));
	conf->arena = arena;
	conf->path = absolute(arena, path);
	b.dir = directory(arena, conf->path);
	conf->book.zone = zones_get;
	conf->book.zone_arg = zones_new(arena, TOCSIN_ZONEINFO);
	read_all(&b, path, options->data_dir);
	reader_sort(&reader);
	if (reader.n_errors == 0)
		return conf;
	conf_free(conf);
	return NULL;
}

void conf_free(struct conf *conf)
{
	size_t i;

	if (conf == NULL)
		return;
	for (i = 0; i < conf->n_channels; i++)
		if (conf->channels[i].signing_key != NULL)
			explicit_bzero(conf->channels[i].signing_key,
				strlen(conf->channels[i].signing_key));
	zones_release(conf->book.zone_arg);
	arena_free(conf->arena);
}

const char *role_name(enum role role)
{
	static const char *const names[] = { "ingest", "read", "operate", "admin" };

	return names[role];
}

const struct conf_entity *conf_entity(const struct conf *conf, const char *id)
{
	size_t i;

	for (i = 0; id != NULL && i < conf->n_entities; i++)
		if (text_equal(conf->entities[i].id, id))
			return &conf->entities[i];
	return NULL;
}

const struct conf_source *conf_source(const struct conf *conf, const char *name)
{
	size_t i;

	for (i = 0; name != NULL && i < conf->n_sources; i++)
		if (text_equal(conf->sources[i].name, name))
			return &conf->sources[i];
	return NULL;
}

bool conf_is_proxy(const struct conf *conf, const char *address)
{
	size_t i;

	for (i = 0; i < conf->proxy.n_blocks; i++)
		if (netblock_has(&conf->proxy.blocks[i], address))
			return true;
	return false;
}

const struct conf_channel *conf_channel(const struct conf *conf, const char *name)
{
	size_t i;

	for (i = 0; name != NULL && i < conf->n_channels; i++)
		if (text_equal(conf->channels[i].name, name))
			return &conf->channels[i];
	return NULL;
}

static bool same_listens(const struct conf *a, const struct conf *b)
{
	size_t i;

	if (a->n_listens != b->n_listens)
		return false;
	for (i = 0; i < a->n_listens; i++) {
		const struct conf_listen *x = &a->listens[i], *y = &b->listens[i];

		if (!text_equal(x->address, y->address) || x->port != y->port ||
			!text_equal(x->unix_path, y->unix_path) || x->mode != y->mode ||
			!text_equal(x->group, y->group) || x->from_proxy != y->from_proxy ||
			!text_equal(x->certificate, y->certificate) ||
			!text_equal(x->key, y->key) || !text_equal(x->client_ca, y->client_ca))
			return false;
	}
	return true;
}

/* The limits that the HTTP front takes when it is made. */
static void name_limits(const struct conf_limits *before, const struct conf_limits *after,
	struct buf *out)
{
	const struct {
		const char *name;
		bool same;
	} limits[] = {
		{ "body_memory", before->body_memory == after->body_memory },
		{ "connections", before->connections == after->connections },
		{ "connections_per_address",
			before->connections_per_address == after->connections_per_address },
		{ "head_timeout", before->head_timeout_ms == after->head_timeout_ms },
		{ "body_timeout", before->body_timeout_ms == after->body_timeout_ms },
		{ "idle_timeout", before->idle_timeout_ms == after->idle_timeout_ms },
		{ "write_timeout", before->write_timeout_ms == after->write_timeout_ms },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(limits); i++)
		if (!limits[i].same)
			buf_addf(out, "limits.%s\n", limits[i].name);
}

bool conf_needs_restart(const struct conf *before, const struct conf *after, struct buf *out)
{
	size_t start = out->len;

	if (!same_listens(before, after))
		buf_adds(out, "listen\n");
	if (!text_equal(before->store_path, after->store_path))
		buf_adds(out, "store.path\n");
	if (before->disk_floor != after->disk_floor)
		buf_adds(out, "disk_floor\n");
	if (before->ballast != after->ballast)
		buf_adds(out, "ballast\n");
	name_limits(&before->limits, &after->limits, out);
	return out->len > start;
}
