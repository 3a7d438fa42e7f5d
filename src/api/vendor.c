/*
 * Events of PagerDuty's kind and alerts of Opsgenie's: see vendor.h. The token stands
 * where these have their keys, and says whose alert it is; the rest is the mapping of
 * the source's format, as everywhere.
 *
 * A resolve, a close and an acknowledgement are written down and stop no clock: what a
 * pager takes for the end of an incident is not the end of a duty to report it.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "api/call.h"
#include "api/vendor.h"
#include "base/random.h"
#include "base/text.h"

enum { UUID_SIZE = 37 };

enum vendor vendor_of(const struct http_request *req)
{
	const char *path = http_request_path(req);

	if (strcmp(path, "/v2/enqueue") == 0 || strcmp(path, "/v2/change/enqueue") == 0)
		return VENDOR_PAGERDUTY;
	if (text_starts(path, "/jsm/ops/integration"))
		path += strlen("/jsm/ops/integration");
	if (strcmp(path, "/v2/alerts") == 0 || text_starts(path, "/v2/alerts/"))
		return VENDOR_OPSGENIE;
	return VENDOR_NONE;
}

/* ---- answers -------------------------------------------------------------------------- */

/* RFC 9562, version 4. */
static void put_request_id(json_t *answer)
{
	unsigned char raw[16];
	char hex[33], uuid[UUID_SIZE];

	random_bytes(raw, sizeof(raw));
	raw[6] = (unsigned char)((raw[6] & 0x0f) | 0x40);
	raw[8] = (unsigned char)((raw[8] & 0x3f) | 0x80);
	digest_hex(raw, sizeof(raw), hex);
	snprintf(uuid, sizeof(uuid), "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16,
		hex + 20);
	json_set_text(answer, "requestId", uuid);
}

static json_t *opsgenie_answer(const char *member, const char *text)
{
	json_t *answer = json_object();

	json_set_text(answer, member, text);
	/* Seconds as they measure them; nobody is told how long we took. */
	if (json_object_set_new(answer, "took", json_real(0.001)) < 0)
		abort();
	put_request_id(answer);
	return answer;
}

static json_t *pagerduty_error(const json_t *problem, const char *detail)
{
	json_t *answer = json_object(), *errors = json_array();
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(problem, "errors"), i, item)
		if (json_array_append(errors, json_object_get(item, "detail")) < 0)
			abort();
	if (json_array_size(errors) == 0 && json_array_append_new(errors, json_string(detail)) < 0)
		abort();
	json_set_text(answer, "status", "invalid event");
	json_set_text(answer, "message", detail);
	if (json_object_set_new(answer, "errors", errors) < 0)
		abort();
	return answer;
}

json_t *vendor_problem(enum vendor vendor, int *status, json_t *problem)
{
	const char *detail = json_string_value(json_object_get(problem, "detail"));
	json_t *answer;

	if (detail == NULL)
		detail = http_reason(*status);
	/* Its clients know 400 for an event that will never be good. */
	if (vendor == VENDOR_PAGERDUTY && *status == 422)
		*status = 400;
	answer = vendor == VENDOR_PAGERDUTY ? pagerduty_error(problem, detail) :
		opsgenie_answer("message", detail);
	json_decref(problem);
	return answer;
}

/* Answers what became of the command if it failed: false then. */
static bool is_recorded(struct call *call)
{
	if (call->command.error.code == ERROR_NONE)
		return true;
	answer_error(call, &call->command.error);
	return false;
}

/* One that is said by the path, not by the mapping of a format. */
static void submit_alert(struct call *call, const struct alert *alert)
{
	call->command.kind = COMMAND_ALERTS;
	call->command.as.alerts = (struct command_alerts){
		.source = conf_source(call->api->conf, call->match.name),
		.alerts = alert, .n_alerts = 1, .single = true,
		.received_at = engine_now(call_engine(call)),
	};
	call_submit(call);
}

/* ---- PagerDuty ------------------------------------------------------------------------ */

/* By which the sender will speak of it again: the key that it has here. */
static void enqueue_done(struct call *call)
{
	const struct command_alerts *alerts = &call->command.as.alerts;
	json_t *answer;

	if (!is_recorded(call))
		return;
	answer = json_object();
	json_set_text(answer, "status", "success");
	json_set_text(answer, "message", "Event processed");
	if (alerts->n_alerts > 0 && alerts->alerts[0].key != NULL)
		json_set_text(answer, "dedup_key", alerts->alerts[0].key);
	answer_document(call, 202, answer);
}

/* The body is kept; the token in it is a secret, and is kept nowhere. */
static const char *without_routing_key(struct call *call, const char *body, size_t len)
{
	struct scan_value value;
	struct error err;
	const char *text = body;
	size_t used, left = len;
	char *copy;

	text_skip_bom(&text, &left);
	if (scan(call->api->routing_key, text, left, &value, &used, &err) < 0 ||
	    value.type != SCAN_STRING)
		return body;
	copy = arena_alloc(call->arena, len);
	memcpy(copy, body, len);
	memset(copy + (value.data - body), '*', value.len);
	return copy;
}

void enqueue_post(struct call *call)
{
	size_t len;
	const char *body = http_request_body(call->req, &len);

	call->finish = enqueue_done;
	if (alerts_read(call, without_routing_key(call, body, len), len) == 0)
		call_submit(call);
}

static void change_done(struct call *call)
{
	json_t *answer;

	if (!is_recorded(call))
		return;
	answer = json_object();
	json_set_text(answer, "status", "success");
	json_set_text(answer, "message", "Change event processed");
	answer_document(call, 202, answer);
}

/* Somebody deployed something: kept and journalled, for whoever looks for the cause of an
 * incident later, and an incident of nobody. A sender that found no such path would go on
 * trying. */
void change_post(struct call *call)
{
	struct alert *alert = arena_array(call->arena, 1, sizeof(*alert));
	struct scan_value key;
	struct error err;
	size_t len, used;
	const char *body = http_request_body(call->req, &len);

	text_skip_bom(&body, &len);
	if (scan(call->api->routing_key, body, len, &key, &used, &err) < 0 ||
	    body[strspn(body, " \t\r\n")] != '{') {
		error_set(&err, ERROR_INVALID, "the change event is no JSON object");
		answer_error(call, &err);
		return;
	}
	*alert = (struct alert){
		.title = "change event", .severity = SEVERITY_UNKNOWN, .update = true,
		.detected_at = TIME_NONE, .aware_at = TIME_NONE,
		.body = without_routing_key(call, body, len), .body_len = len,
	};
	call->finish = change_done;
	submit_alert(call, alert);
}

/* ---- Opsgenie ------------------------------------------------------------------------- */

static void opsgenie_done(struct call *call)
{
	if (is_recorded(call))
		answer_document(call, 202, opsgenie_answer("result", "Request will be processed"));
}

void opsgenie_post(struct call *call)
{
	size_t len;
	const char *body = http_request_body(call->req, &len);

	call->finish = opsgenie_done;
	if (alerts_read(call, body, len) == 0)
		call_submit(call);
}

/* Which alert, and what happened to it, is in the path; the body, if there is one, says
 * who did it, and is kept as it came. */
void opsgenie_action_post(struct call *call)
{
	struct alert *alert = arena_array(call->arena, 1, sizeof(*alert));
	bool close = strcmp(call->match.action, "close") == 0;
	size_t len;
	const char *body = http_request_body(call->req, &len);

	*alert = (struct alert){
		.key = call->match.alias,
		.title = call->match.action,
		.severity = SEVERITY_UNKNOWN,
		.detected_at = TIME_NONE, .aware_at = TIME_NONE,
		.resolved = close, .update = !close,
		.body = len > 0 ? body : "", .body_len = len,
	};
	call->finish = opsgenie_done;
	submit_alert(call, alert);
}
