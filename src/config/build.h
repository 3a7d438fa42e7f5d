/*
 * Building the configuration, one file per part of it. Each part reports what it
 * finds and goes on; conf.c throws the result away when anything was reported.
 */
#ifndef TOCSIN_CONFIG_BUILD_H
#define TOCSIN_CONFIG_BUILD_H

#include "config/reader.h"

struct builder {
	struct reader *reader;
	struct arena *arena;
	struct conf *conf;
	const char *dir;	/* of the main file: relative references start there */
	bool read_secrets;
};

/* In this order: people name channels, policies both, entities policies, sources entities,
 * tokens sources and entities. */
void build_listens(const struct builder *b, const struct group *root);
void build_proxy(const struct builder *b, const struct group *root);
void build_limits(const struct builder *b, const struct group *root);
void build_channels(const struct builder *b, const struct group *root);
void build_roster(const struct builder *b, const struct group *root);
void build_policies(const struct builder *b, const struct group *root);
void build_operations(const struct builder *b, const struct group *root);
void build_heartbeat(const struct builder *b, const struct group *root);
void build_entities(const struct builder *b, const struct group *root);
void build_sources(const struct builder *b, const struct group *root);
void build_tokens(const struct builder *b, const struct group *root);
/* The name of a header; NULL when absent or, reported, when it is none. */
const char *build_header(const struct group *g, const char *key);
/* Of one token: how its user signs, and with what. */
void build_signature(const struct builder *b, const struct group *token,
	struct conf_token *ret);
/* Of one entity, once its country is known: its targets and overrides. */
void build_overrides(const struct builder *b, const struct group *g,
	struct conf_entity *entity);
/* What is defined but reached by nobody. */
void build_warn_unused(const struct builder *b, const struct group *root);
/* What ladders would do to people although nothing is wrong in them. */
void build_warn_ladders(const struct builder *b, const struct group *root);

/* A URL of an outside service, also in clear where that was asked for by name; the text
 * is not repeated, because it can be the secret itself. */
void build_check_url(const struct builder *b, const struct group *g, const char *text,
	bool allow_http);

/* The quiet hours of a channel, and the hours of a rota, in its zone; NULL: none. */
const struct hours *build_quiet(const struct builder *b, const struct group *channel);
const struct hours *build_hours(const struct builder *b, const struct group *rota,
	const struct zone *zone);
const struct zone *build_zone(const struct builder *b, const struct group *g);
/* The channels that a list names, checked. */
size_t build_channel_names(const struct builder *b, const struct group *g, const char *key,
	const char ***ret);
/* The same of a `to`: rota:NAME and person:NAME too. */
size_t build_targets(const struct builder *b, const struct group *g, const char *key,
	const char ***ret);
/* Which clocks a policy is for; NULL: none are named. root: for the ids of entities. */
const struct policy_scope *build_scope(const struct builder *b, const struct group *policy,
	const struct group *root);

/* A path as it is written, made absolute from the main file's directory. */
const char *build_path(const struct builder *b, const char *path);
struct conf_secret build_secret(const struct builder *b, const struct group *g,
	const char *key);
/* A file that holds more than a line (a key, certificates): a path, file:PATH or
 * credential:NAME. Reported, and NULL, when it is none of these. */
const char *build_file(const struct builder *b, const struct group *g, const char *key);
/* Reads a secret to see that it is there, and warns about its mode. The caller
 * wipes *text by build_wipe. -1: reported. */
int build_read_secret(const struct group *g, const char *key,
	const struct conf_secret *secret, struct buf *text);
void build_wipe(struct buf *text);

/* Reports that a name does not exist, with the nearest that does; i: which
 * element of the key, for its line. */
void build_unknown(const struct group *g, const char *key, size_t i, const char *what,
	const char *name, const char *const *known, size_t n);
/* The same of a regime, but not of one whose file was refused: that is said already. */
void build_check_regime(const struct builder *b, const struct group *g, const char *key,
	size_t i, const char *name);

#endif
