/*
 * Who is asking, and what they may do. A caller on the Unix socket is admin: the
 * socket's mode and group let him connect, and the kernel says who he is. A
 * caller over TCP brings a bearer token (RFC 6750).
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
	bool session;			/* known by a cookie, which a browser sends by itself */
};

void auth_local(const struct http_peer *peer, struct caller *ret);
/* The token in an Authorization header; NULL: there is none. */
const char *auth_bearer(const char *header);
/* NULL: no such token. Takes the same time whichever it is. */
const struct conf_token *auth_find(const struct conf *conf, const char *token);
/* Who brings it; borrows from it. */
void auth_caller(const struct conf_token *token, struct caller *ret);
/* Both at once; -1: no such token. */
int auth_token(const struct conf *conf, const char *token, struct caller *ret);

bool auth_permits(const struct caller *caller, enum role role);
bool auth_sees(const struct caller *caller, const char *entity);
int auth_source(const struct caller *caller, const struct conf_source *source,
	struct error *err);

#endif
