/*
 * Who has signed in by a browser. A session is a random id in a cookie that stands for a
 * configured token: what it may do is what the token may do now, and it ends with it.
 *
 * Sessions live in memory: a restart ends them all, and nothing on disk is worth
 * stealing. Of an id only the digest is kept, as of tokens. Their number is bounded, for
 * each token too, so that one person who signs in for ever signs out nobody else.
 */
#ifndef TOCSIN_API_SESSION_H
#define TOCSIN_API_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "config/conf.h"

/* What proves that the page itself asks: no page of another site can set it. */
#define SESSION_HEADER "X-Tocsin-Session"
#define SESSION_COOKIE "tocsin-session"

enum { SESSIONS_MAX = 256, SESSIONS_PER_TOKEN = 32, SESSION_S = 12 * 3600,
	SESSION_ID_SIZE = 2 * 32 + 1 };

struct session {
	unsigned char id[DIGEST_SIZE];		/* of its id */
	char name[64];				/* of the token */
	unsigned char token[DIGEST_SIZE];	/* of the secret that was shown */
	int64_t ends_boot;			/* clock_boot() */
};

struct sessions {
	struct session list[SESSIONS_MAX];	/* the oldest first */
	size_t n;
};

/* Makes one; in place of the oldest where there is no room. */
void session_make(struct sessions *sessions, const struct conf_token *token, int64_t now_boot,
	char ret_id[SESSION_ID_SIZE]);
/* NULL: there is none, it has ended, or its token is not configured any more. */
const struct session *session_find(const struct sessions *sessions, const struct conf *conf,
	const char *id, int64_t now_boot);
const struct conf_token *session_token(const struct session *session, const struct conf *conf);
/* It goes on for as long again; NULL is not allowed. */
void session_renew(struct sessions *sessions, const struct session *session,
	int64_t now_boot);
void session_end(struct sessions *sessions, const char *id);

/* The id in a Cookie header (RFC 6265 §5.4); false: there is none that could be one. */
bool session_cookie(const char *header, char ret_id[SESSION_ID_SIZE]);

#endif
