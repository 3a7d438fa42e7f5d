/*
 * Who is asking, and what they may do. A caller on the Unix socket is admin: the
 * socket's mode and group let him connect, and the kernel says who he is. A
 * caller over TCP brings a token, in one of the places that senders can put it, or
 * signs what he posts, or has shown a certificate.
 */
#ifndef TOCSIN_API_AUTH_H
#define TOCSIN_API_AUTH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "config/conf.h"
#include "http/server.h"

enum { AUTH_ACTOR_SIZE = 80, AUTH_TOKEN_MAX = 512 };

struct caller {
	enum role role;
	char actor[AUTH_ACTOR_SIZE];	/* "token:ops", "uid:1000", "source:wazuh" */
	const char *source;		/* ROLE_INGEST: the only one it may post to */
	const char *const *entities;	/* the only ones it sees; n 0: all */
	size_t n_entities;
	const struct conf_token *secret;	/* known by its secret; NULL: otherwise */
	bool session;			/* known by a cookie, which a browser sends by itself */
	bool certificate;		/* by one, which it shows by itself too */
};

void auth_local(const struct http_peer *peer, struct caller *ret);
/* The token in an Authorization header; NULL: there is none. */
const char *auth_bearer(const char *header);
/* The same of Basic (RFC 7617): the password. It needs the space; wipe it. */
const char *auth_basic(const char *header, char *space, size_t size);

/* What a request proves its caller by. Headers are asked for by name: which ones count
 * is up to the configured tokens. */
struct auth_ask {
	const char *(*header)(const void *arg, const char *name);	/* NULL: absent, or
									 * more than once */
	const void *arg;
	const char *url_token;		/* NULL or "": none */
	const char *body_token;
	const char *identity;		/* of a certificate that was verified; NULL: none */
	const char *source;		/* that is posted to; NULL: none */
	const char *body;		/* NULL: not here yet */
	size_t len;
	int64_t now;
};
enum auth_result {
	AUTH_NO = -1,		/* nobody we know */
	AUTH_YES = 0,
	AUTH_LATER = 1,		/* his proof is in the body, or of it */
};
/* *ret borrows from conf. For a secret it takes the same time whichever it is. */
enum auth_result auth_find(const struct conf *conf, const struct auth_ask *ask,
	struct caller *ret);
/* One secret, at any of these places (enum credential); NULL: no such token. */
const struct conf_token *auth_secret(const struct conf *conf, const char *text,
	unsigned int places);
/* Who brings it; borrows from it. */
void auth_caller(const struct conf_token *token, struct caller *ret);
/* Both at once: 0 or -1. */
int auth_token(const struct conf *conf, const char *token, unsigned int places,
	struct caller *ret);

bool auth_permits(const struct caller *caller, enum role role);
bool auth_sees(const struct caller *caller, const char *entity);
int auth_source(const struct caller *caller, const struct conf_source *source,
	struct error *err);

#endif
