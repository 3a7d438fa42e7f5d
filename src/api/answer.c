/*
 * Replies: see call.h. None of them may be kept by a cache, since they say what
 * is so now, and a browser must not guess at their type.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "api/call.h"
#include "api/problem.h"
#include "api/vendor.h"
#include "base/log.h"
#include "base/text.h"

/* Seconds: more than a turn of the loop, less than most senders' patience. */
#define RETRY_AFTER "5"

/* Some senders wait to be asked for Basic. Browsers are not asked: they would put up a
 * dialogue of their own. */
static const char *challenge(const struct http_request *req)
{
	if (text_starts(http_request_path(req), "/v1/alerts/"))
		return "Bearer realm=\"tocsin\", Basic realm=\"tocsin\"";
	return "Bearer realm=\"tocsin\"";
}

static void put_headers(struct http_request *req)
{
	http_reply_header(req, "Cache-Control", "no-store");
	http_reply_header(req, "X-Content-Type-Options", "nosniff");
}

static void reply(struct http_request *req, int status, const char *type, const char *body,
	size_t len)
{
	put_headers(req);
	if (status == 401)
		http_reply_header(req, "WWW-Authenticate", challenge(req));
	if (status == 503 || status == 429)
		http_reply_header(req, "Retry-After", RETRY_AFTER);
	if (status == 405) {
		char allow[ROUTE_ALLOW_SIZE];

		route_allow(http_request_path(req), allow, sizeof(allow));
		http_reply_header(req, "Allow", allow);
	}
	http_reply(req, status, type, body, len);
}

static void reply_document(struct http_request *req, int status, const char *type,
	json_t *document)
{
	struct buf body;

	if (strcmp(type, PROBLEM_TYPE) == 0 && vendor_of(req) != VENDOR_NONE) {
		type = "application/json";
		document = vendor_problem(vendor_of(req), &status, document);
	}
	buf_init(&body, 0);
	if (json_write(&body, document) < 0)
		abort();
	json_decref(document);
	reply(req, status, type, body.data, body.len);
	buf_release(&body);
}

void answer_log(const struct error *err)
{
	if (err->code == ERROR_INTERNAL || err->code == ERROR_IO)
		log_error("api", "%s", err->text);
}

void answer_document(struct call *call, int status, json_t *document)
{
	reply_document(call->req, status, "application/json", document);
	call_free(call);
}

void answer_text(struct call *call, int status, const char *type, const char *text,
	size_t len)
{
	reply(call->req, status, type, text, len);
	call_free(call);
}

void answer_file(struct call *call, const char *type, int fd, int64_t len)
{
	put_headers(call->req);
	http_reply_file(call->req, 200, type, fd, (uint64_t)len);
	call_free(call);
}

void answer_problem(struct call *call, int status, json_t *problem)
{
	reply_document(call->req, status, PROBLEM_TYPE, problem);
	call_free(call);
}

void answer_error(struct call *call, const struct error *err)
{
	answer_log(err);
	answer_problem(call, problem_status(err), problem_of(err));
}

void refuse_error(struct http_request *req, const struct error *err)
{
	answer_log(err);
	reply_document(req, problem_status(err), PROBLEM_TYPE, problem_of(err));
}

void refuse(struct http_request *req, int status, const char *detail)
{
	reply_document(req, status, PROBLEM_TYPE, problem_new(status, detail));
}
