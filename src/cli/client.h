/*
 * One conversation with the daemon: HTTP over its Unix socket or a URL, JSON in
 * and out. A refusal (problem+json, RFC 9457) becomes a struct error. The token is
 * sent, never shown.
 */
#ifndef TOCSIN_CLI_CLIENT_H
#define TOCSIN_CLI_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "cli/cli.h"

struct client;

/* NULL with *err. Nothing is connected before the first request. */
struct client *client_new(const struct cli *cli, struct error *err);
void client_free(struct client *client);	/* NULL is allowed */
/* Says nothing while it waits: for who draws on the whole terminal. */
void client_set_quiet(struct client *client);

/* Adds "?name=value" or "&name=value", escaped; NULL adds nothing. */
void client_query(struct buf *path, const char *name, const char *value);

/* A list of names into a body; none: no key. */
void client_set_texts(json_t *body, const char *key, const struct option_texts *texts);

/* The answer's document, a new reference; NULL with *err. */
json_t *client_get(struct client *client, const char *path, struct error *err);
/* The body is taken. Every POST carries an Idempotency-Key, so that one whose
 * answer was lost is asked again without being recorded twice. */
json_t *client_post(struct client *client, const char *path, json_t *body,
	struct error *err);
/* The answer as it came; *ret is initialised here and the caller's to release. */
int client_fetch(struct client *client, const char *path, struct buf *ret,
	struct error *err);
/* POSTs nothing, and writes what is answered into a file; fn, not NULL, hears how far it
 * is (total -1: not known). */
typedef void client_progress_fn(void *arg, int64_t done, int64_t total);
int client_download(struct client *client, const char *path, int fd, client_progress_fn *fn,
	void *arg, struct error *err);
/* All pages of a list up to limit items: {"name":[...]} with "next" where there is
 * more. The path may have a query. */
json_t *client_list(struct client *client, const char *path, const char *name,
	int64_t limit, struct error *err);

/* The incident whose number a command was given: *ret is a new reference when
 * CLI_DONE is returned; else the exit status, and the reason has been said. */
int client_incident(const struct cli *cli, const char *id, json_t **ret);

/* Is the URL's host this machine, so that nobody can listen? Pure. */
bool client_is_loopback(const char *url);
/* What a refusal says, from its body. Pure. */
void client_problem(long status, const char *body, size_t len, struct error *err);

#endif
