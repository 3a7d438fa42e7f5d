/*
 * Alerts of sources. Rights were checked at the head (api.c); here the body is
 * inflated if it came so, and read into alerts. Many senders never repeat, and
 * most of the others give up on any 4xx, so one good alert makes the answer a
 * good one, with the bad ones listed in it. What cannot be read at all opens an
 * incident, if the source's format says so, and is answered as accepted, for it is: a
 * 4xx would make one sender post the same again for days and another drop it. Only
 * where nothing of a body was taken is it 422.
 */
#include "config.h"

#include <string.h>
#include <strings.h>

#include "api/call.h"
#include "api/problem.h"
#include "api/request.h"
#include "ingest/cloudevent.h"
#include "ingest/inflate.h"

/* Entries of "errors" in one answer; the rest are as bad. */
enum { ERRORS_MAX = 100 };

/* What has been inflated stays until the commit, and 16 KiB become 16 MiB: the front's
 * budget for bodies does not see it, so there is one of the same size here (200 such
 * requests in one turn took 3 GB without it, measured). */
static int inflate_body(struct call *call, const char **body, size_t *len, struct error *err)
{
	const struct conf_limits *limits = &call->api->conf->limits;
	int rc;

	if (request_coding(http_request_header(call->req, "Content-Encoding")) != CODING_GZIP)
		return 0;
	if (call->api->inflated > limits->body_memory - limits->batch_max)
		return error_set(err, ERROR_BUSY, "too many compressed bodies at once");
	rc = inflate_gzip(*body, *len, (size_t)limits->batch_max, &call->inflated, err);
	call->api->inflated += (int64_t)call->inflated.len;
	if (rc < 0)
		return -1;
	*body = call->inflated.data;
	*len = call->inflated.len;
	return 0;
}

static void answer_all_bad(struct call *call, const struct command_alerts *alerts)
{
	json_t *problem = problem_new(422, "nothing in the body is an alert of this source");
	size_t i;

	engine_count_rejected(call_engine(call), call->match.name, alerts->n_rejected);
	for (i = 0; i < alerts->n_rejected && i < ERRORS_MAX; i++)
		problem_add(problem, alerts->single ? -1 : (int64_t)alerts->rejected[i].index,
			&alerts->rejected[i].error);
	answer_problem(call, 422, problem);
}

/* What could not be put together, as it came: without its attributes nobody could find the
 * event again, and those of one body would be taken for one. */
static void keep_event(const struct call *call, struct buf *out, const char **body, size_t *len)
{
	const struct http_text *name;
	const char *value;
	size_t i;

	buf_clear(out);
	for (i = 0; http_request_header_at(call->req, i, &name, &value); i++)
		if (name->len > 3 && strncasecmp(name->data, "ce-", 3) == 0)
			buf_addf(out, "%.*s: %s\n", (int)name->len, name->data, value);
	buf_adds(out, "\n");
	if (*len > 0)
		buf_add(out, *body, *len);
	*body = out->data;
	*len = out->len;
}

/* HTTP Protocol Binding §3: the type of the body says the mode before anything else does. */
static bool is_binary(const struct http_request *req)
{
	const char *type = http_request_header(req, "Content-Type");
	static const char structured[] = "application/cloudevents";

	return http_request_header(req, "ce-specversion") != NULL && (type == NULL ||
		strncasecmp(type, structured, sizeof(structured) - 1) != 0);
}

/* A CloudEvent whose attributes are in the headers: around the body they go. */
static int wrap_body(struct call *call, const struct conf_format *format, const char **body,
	size_t *len, struct error *err)
{
	const struct http_text *name;
	struct buf *event;
	const char *value;
	size_t i;

	if (!format->cloudevents || !is_binary(call->req))
		return 0;
	/* It is written anew, so the limit is that of one alert. */
	if (*len > (size_t)call->api->conf->limits.body_max)
		return error_set(err, ERROR_TOO_LARGE,
			"a CloudEvent in binary mode may have no more bytes than one alert");
	event = buf_in_arena(call->arena, *len + 1024);
	cloudevent_begin(event);
	for (i = 0; http_request_header_at(call->req, i, &name, &value); i++)
		if (cloudevent_attribute(event, name->data, name->len, value, err) < 0) {
			keep_event(call, event, body, len);
			return -1;
		}
	cloudevent_end(event, http_request_header(call->req, "Content-Type"), *body, *len);
	*body = event->data;
	*len = event->len;
	return 0;
}

/* Was anything of the body taken, good or to be looked at by somebody? */
static bool is_taken(const struct command_alerts *alerts)
{
	return alerts->n_alerts > 0 || alerts->n_rejected == 0 ||
		alerts->rejected[0].body != NULL;
}

int alerts_read(struct call *call, const char *body, size_t len)
{
	const struct conf *conf = call->api->conf;
	const struct conf_source *source = conf_source(conf, call->match.name);
	const struct ingest *ingest = call->api->ingest;
	struct command_alerts *alerts = &call->command.as.alerts;
	struct error err;
	size_t max = (size_t)conf->limits.alerts_per_batch;
	int rc;

	call->command.kind = COMMAND_ALERTS;
	alerts->received_at = engine_now(call_engine(call));
	rc = inflate_body(call, &body, &len, &err);
	if (rc == 0)
		rc = wrap_body(call, source->format, &body, &len, &err);
	if (rc < 0 && err.code == ERROR_INVALID && source->format->unparsed) {
		ingest_reject_all(source, body, len, &err, call->arena, alerts);
		rc = 0;
	} else if (rc == 0) {
		rc = ingest_read(ingest, source, body, len, max, call->arena, alerts, &err);
	}
	if (rc == 0 && is_taken(alerts))
		return 0;
	if (rc < 0)
		answer_error(call, &err);
	else
		answer_all_bad(call, alerts);
	return -1;
}

void alerts_post(struct call *call)
{
	size_t len;
	const char *body = http_request_body(call->req, &len);

	if (alerts_read(call, body, len) == 0)
		call_submit(call);	/* an empty list too: its key counts */
}

/* Health checks of senders look before they post, some with HEAD. */
void alerts_look(struct call *call)
{
	json_t *answer = json_object();

	json_set_text(answer, "source", call->match.name);
	answer_document(call, 200, answer);
}

/* ---- the handshake of CloudEvents ------------------------------------------------------ */

bool alerts_expect(const struct api *api, const char *source, const struct http_request *req)
{
	const struct conf_source *s = conf_source(api->conf, source);
	const char *origin = http_request_header_once(req, "WebHook-Request-Origin");
	size_t i;

	for (i = 0; s != NULL && origin != NULL && i < s->n_webhook_origins; i++)
		if (strcmp(s->webhook_origins[i], "*") == 0 ||
		    strcasecmp(s->webhook_origins[i], origin) == 0)
			return true;
	return false;
}

/* What is answered to the origin that asks; NULL: it may not. With a token of the source
 * any may, as long as nobody has said which. */
static const char *allowed_origin(const struct call *call)
{
	const struct conf_source *source = conf_source(call->api->conf, call->match.name);
	const char *origin = http_request_header_once(call->req, "WebHook-Request-Origin");

	if (alerts_expect(call->api, call->match.name, call->req))
		return origin;
	return origin != NULL && source->format->cloudevents && source->n_webhook_origins == 0 ?
		"*" : NULL;
}

/*
 * A sender asks whether it may post here at all (CloudEvents, HTTP 1.1 Web Hooks for
 * Event Delivery, section 4). It shows the source's token, or is an origin that the
 * source names. WebHook-Request-Callback is not followed: it would let anybody make us
 * fetch a URL.
 */
void alerts_options(struct call *call)
{
	const char *origin = allowed_origin(call);
	char allow[ROUTE_ALLOW_SIZE];

	route_allow(http_request_path(call->req), allow, sizeof(allow));
	http_reply_header(call->req, "Allow", allow);
	if (origin != NULL) {
		http_reply_header(call->req, "WebHook-Allowed-Origin", origin);
		http_reply_header(call->req, "WebHook-Allowed-Rate", "*");
	}
	answer_text(call, 200, "text/plain", "", 0);
}
