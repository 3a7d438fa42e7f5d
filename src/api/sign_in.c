/*
 * Signing in and out. The token is sent once and goes no further: what the browser keeps
 * is a cookie that no script can read, that no other site can send, and that ends.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "api/call.h"
#include "api/problem.h"
#include "base/clock.h"
#include "base/json_out.h"
#include "base/rfc3339.h"
#include "base/text.h"

/* Where TLS ends here there is no doubt. Else the browser says itself by which scheme it has
 * the page, whatever stands before us; who says nothing is no browser, or an old one behind
 * what public_url names. */
static bool is_https(const struct call *call)
{
	const char *origin = http_request_header(call->req, "Origin");

	if (http_request_peer(call->req)->tls)
		return true;
	if (origin == NULL)
		origin = call->api->conf->public_url;
	return origin != NULL && text_starts(origin, "https://");
}

/* Without a path: it is sent to where it came from and below, which is all that asks for
 * it, and a prefix that a proxy has put before ours is known to the browser alone. */
static void set_cookie(struct call *call, const char *id, int seconds)
{
	char cookie[192];

	snprintf(cookie, sizeof(cookie), SESSION_COOKIE "=%s; Max-Age=%d; HttpOnly; "
		"SameSite=Strict%s", id, seconds, is_https(call) ? "; Secure" : "");
	http_reply_header(call->req, "Set-Cookie", cookie);
}

static void answer_caller(struct call *call, int status, const struct caller *caller,
	int64_t left_ms)
{
	struct buf *out = buf_in_arena(call->arena, 512);

	out_object(out, NULL);
	out_text(out, "actor", caller->actor);
	out_text(out, "role", role_name(caller->role));
	if (caller->n_entities > 0)
		out_texts(out, "entities", caller->entities, caller->n_entities);
	if (left_ms > 0)
		out_time(out, "ends_at", engine_now(call_engine(call)) + left_ms);
	out_end_object(out);
	answer_text(call, status, "application/json", out->data, out->len);
}

void session_post(struct call *call)
{
	const struct conf_token *token;
	struct conf_token shown;
	const char *text = NULL;
	char id[SESSION_ID_SIZE];
	struct caller caller;
	struct error err;

	if (call_read(call, &err) < 0 ||
	    json_get_text(call->document, "token", &text, &err) < 0) {
		answer_error(call, &err);
		return;
	}
	token = auth_secret(call->api->conf, text, CREDENTIAL_BEARER);
	if (token == NULL || token->role == ROLE_INGEST) {
		answer_problem(call, token == NULL ? 401 : 403, token == NULL ?
			problem_new(401, "no such token") :
			problem_new(403, "a token that only posts alerts may look at nothing"));
		return;
	}
	/* Of the two that a token may have, the one that was brought: it ends with that. */
	shown = *token;
	digest_sha256(&(struct digest_part){ text, strlen(text) }, 1, shown.digest);
	session_make(&call->api->sessions, &shown, clock_boot(), id);
	set_cookie(call, id, SESSION_S);
	auth_caller(token, &caller);
	answer_caller(call, 201, &caller, (int64_t)SESSION_S * SECOND_MS);
}

void session_get(struct call *call)
{
	const struct session *session = NULL;
	char id[SESSION_ID_SIZE];
	int64_t now = clock_boot();

	if (call->caller.session && session_cookie(http_request_header(call->req, "Cookie"), id))
		session = session_find(&call->api->sessions, call->api->conf, id, now);
	/* Who can only look is not signed out while the page asks: it may hang on a wall. */
	if (session != NULL && call->caller.role == ROLE_READ) {
		session_renew(&call->api->sessions, session, now);
		set_cookie(call, id, SESSION_S);
	}
	answer_caller(call, 200, &call->caller, session != NULL ? session->ends_boot - now : 0);
}

void session_delete(struct call *call)
{
	char id[SESSION_ID_SIZE];

	if (session_cookie(http_request_header(call->req, "Cookie"), id))
		session_end(&call->api->sessions, id);
	set_cookie(call, "", 0);
	answer_text(call, 204, NULL, "", 0);
}
