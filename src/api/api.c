/*
 * The API's two ends: the handler that the HTTP front calls, and the table from
 * routes to the functions that answer them.
 *
 * Who may ask is decided at the head of a request, before its body is taken, so
 * that nobody without a token can make the daemon hold 16 MiB; and again when the
 * body is there, because the configuration may have changed in between and the
 * first answer must not outlive it. A request without a body (GET) is only looked
 * at the second time, so that a refusal does not cost the connection.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "api/call.h"
#include "api/request.h"
#include "base/alloc.h"
#include "base/clock.h"

/* Of a GET: none is expected. */
enum { BODY_MAX_READING = 4096 };
/* Of forms, which anybody may send: a name; a Slack message with all of its blocks. */
enum { BODY_MAX_LINK = 8 * 1024, BODY_MAX_SLACK = 256 * 1024 };

static call_fn *const handlers[ROUTES] = {
	[ROUTE_ALERTS] = alerts_post,
	[ROUTE_INCIDENT_OPEN] = incidents_post,
	[ROUTE_INCIDENT_LIST] = incidents_get,
	[ROUTE_INCIDENT] = incident_get,
	[ROUTE_EVENT] = events_post,
	[ROUTE_FILING] = filings_post,
	[ROUTE_ACKNOWLEDGEMENT] = acknowledgements_post,
	[ROUTE_WAIVER] = waivers_post,
	[ROUTE_DISMISSAL] = dismissal_post,
	[ROUTE_WITHDRAWAL] = withdrawals_post,
	[ROUTE_TRAITS] = traits_post,
	[ROUTE_CONFIRMATION] = confirmations_post,
	[ROUTE_DETAIL] = details_post,
	[ROUTE_INCIDENT_RULES] = incident_rules_post,
	[ROUTE_DRILL] = drill_get,
	[ROUTE_INCIDENT_JOURNAL] = incident_journal_get,
	[ROUTE_REPORT] = report_get,
	[ROUTE_JOURNAL] = journal_get,
	[ROUTE_CLOCKS] = clocks_get,
	[ROUTE_DELIVERIES] = deliveries_get,
	[ROUTE_DELIVERY] = delivery_get,
	[ROUTE_REPLAY] = replay_post,
	[ROUTE_TEST] = test_post,
	[ROUTE_DEADLINES] = deadlines_post,
	[ROUTE_RULES] = rules_get,
	[ROUTE_STATUS] = status_get,
	[ROUTE_HEALTH] = health_get,
	[ROUTE_READY] = ready_get,
	[ROUTE_LINK] = link_get,
	[ROUTE_LINK_ACKNOWLEDGE] = link_post,
	[ROUTE_SLACK] = slack_post,
	[ROUTE_SIGN_IN] = session_post,
	[ROUTE_SESSION] = session_get,
	[ROUTE_SIGN_OUT] = session_delete,
	[ROUTE_DASHBOARD] = dashboard_get,
	[ROUTE_ASSET] = asset_get,
};

/* A browser that has signed in. */
static int authenticate_cookie(const struct api *api, struct http_request *req,
	struct caller *ret)
{
	char id[SESSION_ID_SIZE];
	const struct session *session = NULL;

	if (session_cookie(http_request_header(req, "Cookie"), id))
		session = session_find(&api->sessions, api->conf, id, clock_boot());
	if (session == NULL)
		return 401;
	auth_caller(session_token(session, api->conf), ret);
	ret->session = true;
	return 0;
}

/* A browser sends the cookie with whatever makes it ask, be it a page of another site
 * (SameSite keeps back most of that, not what another name of this site asks); such a
 * page cannot set a header of its own without being allowed to, and nobody is. */
static bool is_forged(const struct http_request *req, const struct route *route,
	const struct caller *caller)
{
	return (caller->session || route->id == ROUTE_SIGN_IN) &&
		strcmp(route->method, "GET") != 0 &&
		http_request_header(req, SESSION_HEADER) == NULL;
}

/* 0, or the status to refuse with. */
static int authenticate(const struct api *api, struct http_request *req,
	const struct route_match *match, struct caller *ret)
{
	const struct http_peer *peer = http_request_peer(req);
	const char *header = http_request_header(req, "Authorization");
	const char *token = match->token;

	if (match->route->open)
		return 0;
	if (peer->local) {
		auth_local(peer, ret);
		return 0;
	}
	/* Whoever brings a token is asked for no cookie. */
	if (token[0] == '\0' && header == NULL)
		return authenticate_cookie(api, req, ret);
	if (token[0] == '\0')
		token = auth_bearer(header);
	return token != NULL && auth_token(api->conf, token, ret) == 0 ? 0 : 401;
}

static int check_source(const struct api *api, const struct route_match *match,
	const struct caller *caller, struct error *err)
{
	const struct conf_source *source = conf_source(api->conf, match->name);

	if (source == NULL)
		return error_set(err, ERROR_NOT_FOUND, "no such source");
	return auth_source(caller, source, err);
}

/* What a POST says of its body before it comes; -1: refused. */
static int check_header(struct http_request *req, const struct route *route)
{
	const char *key = http_request_header(req, "Idempotency-Key");
	bool alerts = route->id == ROUTE_ALERTS;
	enum request_coding coding =
		request_coding(http_request_header(req, "Content-Encoding"));

	if (key != NULL && !request_key_is_good(key)) {
		refuse(req, 422, "Idempotency-Key must be 1 to 255 visible ASCII characters");
		return -1;
	}
	if (coding == CODING_OTHER || (coding == CODING_GZIP && !alerts)) {
		http_reply_header(req, "Accept-Encoding", alerts ? "gzip" : "identity");
		refuse(req, 415, alerts ? "the only content encoding known here is gzip" :
			"no content encoding is known here");
		return -1;
	}
	/* Senders of alerts put anything there, so theirs is not looked at. */
	if (!alerts && !request_type_may_be_json(http_request_header(req, "Content-Type"))) {
		http_reply_header(req, "Accept", "application/json");
		refuse(req, 415, "the body must be application/json");
		return -1;
	}
	return 0;
}

/* The same of a form. Of Slack's, which may be longer, what can be told before it comes. */
static int check_form(const struct api *api, struct http_request *req, enum route_id id)
{
	if (id == ROUTE_SLACK && !slack_is_expected(api, req)) {
		refuse(req, 401, SLACK_UNSIGNED);
		return -1;
	}
	if (request_coding(http_request_header(req, "Content-Encoding")) == CODING_NONE &&
	    request_type_is_form(http_request_header(req, "Content-Type")))
		return 0;
	http_reply_header(req, "Accept", "application/x-www-form-urlencoded");
	refuse(req, 415, "the body must be application/x-www-form-urlencoded");
	return -1;
}

/* Route and rights; -1: refused, and the request is gone. */
static int admit(const struct api *api, struct http_request *req, struct route_match *match,
	struct caller *caller)
{
	int status = route_find(http_request_method(req), http_request_path(req), match);
	struct error err;

	*caller = (struct caller){ .session = false };
	if (status != 0) {
		refuse(req, status, status == 405 ? "the method is not allowed here" :
			"no such path");
		return -1;
	}
	if (authenticate(api, req, match, caller) != 0) {
		refuse(req, 401, "a valid bearer token is needed");
		return -1;
	}
	if (is_forged(req, match->route, caller)) {
		refuse(req, 403, "the header " SESSION_HEADER " is missing");
		return -1;
	}
	if (match->route->open && strcmp(match->route->method, "POST") == 0)
		return match->route->id == ROUTE_SIGN_IN ? check_header(req, match->route) :
			check_form(api, req, match->route->id);
	if (match->route->open)
		return 0;
	if (!auth_permits(caller, match->route->role)) {
		refuse(req, 403, "the role of this token does not allow this");
		return -1;
	}
	if (match->route->id == ROUTE_ALERTS && check_source(api, match, caller, &err) < 0) {
		refuse_error(req, &err);
		return -1;
	}
	if (strcmp(match->route->method, "POST") == 0)
		return check_header(req, match->route);
	return 0;
}

static int64_t body_limit(const struct api *api, enum route_id id)
{
	const struct conf_limits *limits = &api->conf->limits;

	switch (id) {
	case ROUTE_ALERTS: return limits->batch_max;
	case ROUTE_LINK_ACKNOWLEDGE: return BODY_MAX_LINK;
	case ROUTE_SIGN_IN: return BODY_MAX_LINK;
	case ROUTE_SLACK: return BODY_MAX_SLACK;
	default: return limits->body_max;
	}
}

static int on_head(void *arg, struct http_request *req, uint64_t *body_max)
{
	const char *method = http_request_method(req);
	const struct api *api = arg;
	struct route_match match;
	struct caller caller;

	if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0) {
		*body_max = BODY_MAX_READING;
		return 0;
	}
	if (admit(api, req, &match, &caller) < 0)
		return -1;
	*body_max = (uint64_t)body_limit(api, match.route->id);
	return 0;
}

static void on_request(void *arg, struct http_request *req)
{
	struct api *api = arg;
	struct route_match match;
	struct caller caller;
	struct call *call;

	if (admit(api, req, &match, &caller) < 0)
		return;
	call = call_new(api, req);
	call->match = match;
	call->caller = caller;
	handlers[match.route->id](call);
}

struct http_handler api_handler(struct api *api)
{
	return (struct http_handler){ .head = on_head, .request = on_request, .arg = api };
}

struct api *api_new(struct loop *loop, const struct conf *conf, struct error *err)
{
	struct api *api = xcalloc(1, sizeof(*api));

	api->loop = loop;
	api->started_boot = clock_boot();
	if (api_reconfigure(api, conf, err) == 0)
		return api;
	api_free(api);
	return NULL;
}

void api_free(struct api *api)
{
	if (api == NULL)
		return;
	ingest_free(api->ingest);
	free(api);
}

int api_reconfigure(struct api *api, const struct conf *conf, struct error *err)
{
	struct ingest *ingest = ingest_new(conf, err);

	if (ingest == NULL)
		return -1;
	ingest_free(api->ingest);
	api->ingest = ingest;
	api->conf = conf;
	return 0;
}
