/*
 * The API's two ends: the handler that the HTTP front calls, and the table from
 * routes to the functions that answer them.
 *
 * Who may ask is decided at the head of a request, before its body is taken, so
 * that nobody without a token can make the daemon hold 16 MiB; and again when the
 * body is there, because the configuration may have changed in between and the
 * first answer must not outlive it, and because some proofs are in the body or made of
 * it. A request without a body (GET) is only looked at the second time, so that a
 * refusal does not cost the connection.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "api/call.h"
#include "api/request.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"

/* Of a GET: none is expected. */
enum { BODY_MAX_READING = 4096 };
/* Of forms, which anybody may send: a name; a Slack message with all of its blocks. */
enum { BODY_MAX_LINK = 8 * 1024, BODY_MAX_SLACK = 256 * 1024 };
/* What a request lacks that another site's page may have made the browser send. */
#define FORGED "the header " SESSION_HEADER " is missing"
/* PagerDuty's own limit of an event. */
enum { BODY_MAX_EVENT = 512 * 1024 };

static call_fn *const handlers[ROUTES] = {
	[ROUTE_ALERTS] = alerts_post,
	[ROUTE_ALERTS_LOOK] = alerts_look,
	[ROUTE_ALERTS_OPTIONS] = alerts_options,
	[ROUTE_ENQUEUE] = enqueue_post,
	[ROUTE_OPSGENIE] = opsgenie_post,
	[ROUTE_OPSGENIE_ACTION] = opsgenie_action_post,
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
	[ROUTE_STORM] = storm_get,
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
	[ROUTE_METRICS] = metrics_get,
	[ROUTE_CALENDAR] = calendar_get,
	[ROUTE_OPENAPI] = openapi_get,
	[ROUTE_BACKUP] = backup_post,
	[ROUTE_LINK] = link_get,
	[ROUTE_LINK_ACKNOWLEDGE] = link_post,
	[ROUTE_SLACK] = slack_post,
	[ROUTE_SIGN_IN] = session_post,
	[ROUTE_SESSION] = session_get,
	[ROUTE_SIGN_OUT] = session_delete,
	[ROUTE_DASHBOARD] = dashboard_get,
	[ROUTE_ASSET] = asset_get,
	[ROUTE_CHANGE] = change_post,
};

/* ---- who it is ---------------------------------------------------------------------- */

static const char *header_of(const void *arg, const char *name)
{
	return http_request_header_once(arg, name);
}

/* A browser that has signed in. */
static bool knows_cookie(const struct api *api, const struct http_request *req,
	struct caller *ret)
{
	char id[SESSION_ID_SIZE];
	const struct session *session = NULL;

	if (session_cookie(http_request_header(req, "Cookie"), id))
		session = session_find(&api->sessions, api->conf, id, clock_boot());
	if (session == NULL)
		return false;
	auth_caller(session_token(session, api->conf), ret);
	ret->session = true;
	return true;
}

/* So browsers say what made them ask (Fetch Metadata, Sec-Fetch-Site); nobody else does. */
static bool is_of_another_site(const struct http_request *req)
{
	const char *site = http_request_header(req, "Sec-Fetch-Site");

	return site != NULL && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0;
}

/* A browser sends the cookie with whatever makes it ask, be it a page of another site
 * (SameSite keeps back most of that, not what another name of this site asks); such a
 * page cannot set a header of its own without being allowed to, and nobody is. A
 * certificate is shown in the same way, but by machines too, which have no such header. */
static bool is_forged(const struct http_request *req, const struct route *route,
	const struct caller *caller)
{
	return (caller->session || route->id == ROUTE_SIGN_IN ||
		 (caller->certificate && is_of_another_site(req))) &&
		strcmp(route->method, "GET") != 0 &&
		http_request_header(req, SESSION_HEADER) == NULL;
}

/* Whom the certificate names: the peer's own, or what a proxy that we trust says of the
 * peer's it has. */
static const char *identity_of(const struct conf *conf, const struct http_request *req)
{
	const struct http_peer *peer = http_request_peer(req);
	const char *header = conf->proxy.identity_header, *said = NULL;

	if (header != NULL && (peer->proxy || conf_is_proxy(conf, peer->address)))
		said = http_request_header_once(req, header);
	return said != NULL && said[0] != '\0' ? said : peer->identity;
}

/* Events of PagerDuty's kind have the token in them. */
static bool is_event(enum route_id id)
{
	return id == ROUTE_ENQUEUE || id == ROUTE_CHANGE;
}

/* An event's own routing key, where its header has none. */
static const char *routing_key(const struct api *api, const struct http_request *req,
	bool complete, char *space, size_t size)
{
	const char *key = http_request_header_once(req, "X-Routing-Key");
	struct scan_value value;
	struct error err;
	const char *body;
	size_t len, used;

	if (key != NULL || !complete)
		return key;
	body = http_request_body(req, &len);
	text_skip_bom(&body, &len);
	if (scan(api->routing_key, body, len, &value, &used, &err) < 0 ||
	    value.type != SCAN_STRING || value.escaped || value.len >= size)
		return NULL;
	memcpy(space, value.data, value.len);
	space[value.len] = '\0';
	return space;
}

static enum auth_result authenticate(const struct api *api, const struct http_request *req,
	const struct route_match *match, bool complete, struct caller *ret)
{
	const struct http_peer *peer = http_request_peer(req);
	enum route_id id = match->route->id;
	char space[AUTH_TOKEN_MAX + 1] = "";
	struct auth_ask ask = { .header = header_of, .arg = req, .url_token = match->token };
	enum auth_result result;

	if (peer->local) {
		auth_local(peer, ret);
		return AUTH_YES;
	}
	/* Whoever brings a token is asked for no cookie; who has signed in is who he said
	 * then, whatever certificate his browser shows by itself. */
	if (match->token[0] == '\0' && http_request_header(req, "Authorization") == NULL &&
	    knows_cookie(api, req, ret))
		return AUTH_YES;
	/* Calendars cannot send a header: theirs stands in the address. */
	if (id == ROUTE_CALENDAR && http_request_header(req, "Authorization") == NULL &&
	    http_query_get(http_request_query(req), "token", space, sizeof(space)) > 0)
		ask.url_token = space;
	ask.identity = identity_of(api->conf, req);
	ask.now = clock_wall();
	if (id == ROUTE_ALERTS)
		ask.source = match->name;
	if (is_event(id))
		ask.body_token = routing_key(api, req, complete, space, sizeof(space));
	if (complete)
		ask.body = http_request_body(req, &ask.len);
	if (complete && ask.body == NULL)
		ask.body = "";
	result = auth_find(api->conf, &ask, ret);
	explicit_bzero(space, sizeof(space));
	/* The key of an event may be in its body. */
	if (result == AUTH_NO && is_event(id) && !complete)
		return AUTH_LATER;
	return result;
}

/*
 * Whose secret the head had is asked once for a request, not once more with its body.
 * Tokens are numbered on through all configurations, so that after a reload none is
 * taken for another: then it is asked again, by the new ones.
 */
static void remember_token(const struct api *api, struct http_request *req,
	const struct conf_token *token)
{
	uintptr_t number = api->tokens_before + (uintptr_t)(token - api->conf->tokens) + 1;

	http_request_set_data(req, (void *)number);
}

static const struct conf_token *remembered_token(const struct api *api,
	const struct http_request *req)
{
	uintptr_t number = (uintptr_t)http_request_data(req);

	if (number <= api->tokens_before || number - api->tokens_before > api->conf->n_tokens)
		return NULL;
	return &api->conf->tokens[number - api->tokens_before - 1];
}

static enum auth_result identify(const struct api *api, struct http_request *req,
	const struct route_match *match, bool complete, struct caller *ret)
{
	const struct conf_token *token = remembered_token(api, req);
	enum auth_result result = AUTH_YES;

	if (token != NULL)
		auth_caller(token, ret);
	else
		result = authenticate(api, req, match, complete, ret);
	if (ret->secret != NULL)
		remember_token(api, req, ret->secret);
	return result;
}

/* The source that is posted to: by the path, or the one that the token belongs to. */
static int check_source(const struct api *api, struct route_match *match,
	const struct caller *caller, struct error *err)
{
	const struct conf_source *source;

	if (match->name[0] == '\0' && caller->source == NULL)
		return error_set(err, ERROR_FORBIDDEN,
			"only a token of role \"ingest\" says whose alert this is");
	if (match->name[0] == '\0')
		text_copy(match->name, sizeof(match->name), caller->source);
	source = conf_source(api->conf, match->name);
	if (source == NULL)
		return error_set(err, ERROR_NOT_FOUND, "no such source");
	return auth_source(caller, source, err);
}

/* ---- what may be done ---------------------------------------------------------------- */

/* What a POST says of its body before it comes; -1: refused. */
static int check_header(struct http_request *req, const struct route *route)
{
	const char *key = http_request_header(req, "Idempotency-Key");
	bool gzip = route->id == ROUTE_ALERTS;
	enum request_coding coding =
		request_coding(http_request_header(req, "Content-Encoding"));

	if (key != NULL && !request_key_is_good(key)) {
		refuse(req, 422, "Idempotency-Key must be 1 to 255 visible ASCII characters");
		return -1;
	}
	if (coding == CODING_OTHER || (coding == CODING_GZIP && !gzip)) {
		http_reply_header(req, "Accept-Encoding", gzip ? "gzip" : "identity");
		refuse(req, 415, gzip ? "the only content encoding known here is gzip" :
			"no content encoding is known here");
		return -1;
	}
	/* Senders of alerts put anything there, so theirs is not looked at. */
	if (!route_is_ingest(route) &&
	    !request_type_may_be_json(http_request_header(req, "Content-Type"))) {
		http_reply_header(req, "Accept", "application/json");
		refuse(req, 415, "the body must be application/json");
		return -1;
	}
	return 0;
}

/* The same of a form. Of Slack's, which may be longer, what can be told before it comes.
 * The proof of a form is in it, so until it is there nobody vouches for it. */
static int check_form(const struct api *api, struct http_request *req, enum route_id id,
	bool complete)
{
	if (id == ROUTE_SLACK && !slack_is_expected(api, req)) {
		refuse(req, 401, SLACK_UNSIGNED);
		return -1;
	}
	if (request_coding(http_request_header(req, "Content-Encoding")) != CODING_NONE ||
	    !request_type_is_form(http_request_header(req, "Content-Type"))) {
		http_reply_header(req, "Accept", "application/x-www-form-urlencoded");
		refuse(req, 415, "the body must be application/x-www-form-urlencoded");
		return -1;
	}
	if (!complete)
		http_request_is_guest(req);
	return 0;
}

/* What needs nobody's token: it brings its own proof, or is nobody's secret. */
static int admit_anybody(const struct api *api, struct http_request *req,
	const struct route *route, bool complete)
{
	if (!route_has_body(route))
		return 0;
	if (route->id != ROUTE_SIGN_IN)
		return check_form(api, req, route->id, complete);
	if (is_forged(req, route, &(struct caller){ .session = false })) {
		refuse(req, 403, FORGED);
		return -1;
	}
	if (check_header(req, route) < 0)
		return -1;
	if (!complete)
		http_request_is_guest(req);
	return 0;
}

static int check_rights(const struct api *api, struct http_request *req,
	struct route_match *match, const struct caller *caller)
{
	struct error err;

	if (!auth_permits(caller, match->route->role)) {
		refuse(req, 403, "the role of this token does not allow this");
		return -1;
	}
	if (route_is_of_source(match->route) && check_source(api, match, caller, &err) < 0) {
		refuse_error(req, &err);
		return -1;
	}
	return 0;
}

/* Route and rights, at the head or when all of it is there; -1: refused, and the
 * request is gone. */
static int admit(const struct api *api, struct http_request *req, struct route_match *match,
	bool complete, struct caller *caller)
{
	int status = route_find(http_request_method(req), http_request_path(req), match);
	enum auth_result who;

	*caller = (struct caller){ .session = false };
	if (status != 0) {
		refuse(req, status, status == 405 ? "the method is not allowed here" :
			"no such path");
		return -1;
	}
	if (match->route->open)
		return admit_anybody(api, req, match->route, complete);
	who = identify(api, req, match, complete, caller);
	if (who == AUTH_NO && match->route->id == ROUTE_ALERTS_OPTIONS &&
	    alerts_expect(api, match->name, req))
		return 0;
	if (who == AUTH_NO || (who == AUTH_LATER && complete)) {
		refuse(req, 401, "a valid token is needed");
		return -1;
	}
	if (is_forged(req, match->route, caller)) {
		refuse(req, 403, FORGED);
		return -1;
	}
	if (who == AUTH_LATER)
		http_request_is_guest(req);
	else if (check_rights(api, req, match, caller) < 0)
		return -1;
	return route_has_body(match->route) ? check_header(req, match->route) : 0;
}

static int64_t body_limit(const struct api *api, enum route_id id, bool known)
{
	const struct conf_limits *limits = &api->conf->limits;

	switch (id) {
	case ROUTE_ALERTS:
		/* Whoever has not proved himself yet gets no room for a batch. */
		return known ? limits->batch_max : limits->body_max;
	case ROUTE_ENQUEUE:
	case ROUTE_CHANGE:
		return limits->body_max < BODY_MAX_EVENT ? limits->body_max : BODY_MAX_EVENT;
	case ROUTE_LINK_ACKNOWLEDGE:
	case ROUTE_SIGN_IN:
		return BODY_MAX_LINK;
	case ROUTE_SLACK:
		return BODY_MAX_SLACK;
	default:
		return limits->body_max;
	}
}

static int on_head(void *arg, struct http_request *req, uint64_t *body_max)
{
	const char *method = http_request_method(req);
	const struct api *api = arg;
	struct route_match match;
	struct caller caller = { 0 };

	if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0 ||
	    strcmp(method, "OPTIONS") == 0) {
		*body_max = BODY_MAX_READING;
		return 0;
	}
	if (admit(api, req, &match, false, &caller) < 0)
		return -1;
	*body_max = (uint64_t)body_limit(api, match.route->id, caller.actor[0] != '\0');
	return 0;
}

static void on_request(void *arg, struct http_request *req)
{
	struct api *api = arg;
	struct route_match match;
	struct caller caller;
	struct call *call;

	if (admit(api, req, &match, true, &caller) < 0)
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
	api->routing_key = scan_paths_new((const char *[]){ "routing_key" }, 1, err);
	if (api_reconfigure(api, conf, err) == 0)
		return api;
	api_free(api);
	return NULL;
}

void api_free(struct api *api)
{
	if (api == NULL)
		return;
	while (api->n_spare > 0)
		arena_free(api->spare[--api->n_spare]);
	ingest_free(api->ingest);
	scan_paths_free(api->routing_key);
	free(api);
}

int api_reconfigure(struct api *api, const struct conf *conf, struct error *err)
{
	struct ingest *ingest = ingest_new(conf, err);

	if (ingest == NULL)
		return -1;
	ingest_free(api->ingest);
	api->ingest = ingest;
	if (api->conf != NULL)
		api->tokens_before += api->conf->n_tokens;
	api->conf = conf;
	return 0;
}
