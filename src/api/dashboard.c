/*
 * The files of the dashboard. They are the same for everybody and hold nothing of
 * anybody's, so no token is asked for; the policy lets the page load its own files, talk
 * to its own origin and nothing else.
 */
#include "config.h"

#include <string.h>

#include "api/call.h"
#include "web/web.h"

/* trusted-types: a browser that knows it refuses whatever would read text as markup. */
#define POLICY "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " \
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " \
	"require-trusted-types-for 'script'; trusted-types 'none'"

/* RFC 9110 §13.1.2: "*" or a list; ours are strong and compared as they are, and one
 * that a proxy has made weak counts too. */
static bool is_known(const char *if_none_match, const char *etag)
{
	return if_none_match != NULL &&
		(strcmp(if_none_match, "*") == 0 || strstr(if_none_match, etag) != NULL);
}

static void answer_asset(struct call *call, const struct web_asset *asset)
{
	struct http_request *req = call->req;
	bool known = is_known(http_request_header(req, "If-None-Match"), asset->etag);

	http_reply_header(req, "ETag", asset->etag);
	/* Kept, and asked for each time: a new version is there with the next look. */
	http_reply_header(req, "Cache-Control", "no-cache");
	http_reply_header(req, "Content-Security-Policy", POLICY);
	http_reply_header(req, "X-Content-Type-Options", "nosniff");
	http_reply_header(req, "X-Frame-Options", "DENY");
	http_reply_header(req, "Referrer-Policy", "no-referrer");
	http_reply_header(req, "Cross-Origin-Opener-Policy", "same-origin");
	http_reply_header(req, "Cross-Origin-Resource-Policy", "same-origin");
	if (known)
		http_reply(req, 304, NULL, "", 0);
	else
		http_reply(req, 200, asset->type, asset->data, asset->len);
	call_free(call);
}

void dashboard_get(struct call *call)
{
	answer_asset(call, web_find("index.html"));
}

void asset_get(struct call *call)
{
	const struct web_asset *asset = web_find(call->match.name);
	struct error err;

	if (asset != NULL) {
		answer_asset(call, asset);
		return;
	}
	error_set(&err, ERROR_NOT_FOUND, "no such path");
	answer_error(call, &err);
}
