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

/* In this order: policies name channels, entities policies, sources entities,
 * tokens sources and entities. */
void build_listens(const struct builder *b, const struct group *root);
void build_proxy(const struct builder *b, const struct group *root);
void build_limits(const struct builder *b, const struct group *root);
void build_channels(const struct builder *b, const struct group *root);
void build_policies(const struct builder *b, const struct group *root);
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
