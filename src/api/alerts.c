/*
 * Alerts of sources. Rights were checked at the head (api.c); here the body is
 * inflated if it came so, and read into alerts. Many senders never repeat, and
 * most of the others give up on any 4xx, so one good alert makes the answer a
 * good one, with the bad ones listed in it; only where nothing could be read is
 * it 422.
 */
#include "config.h"

#include "api/call.h"
#include "api/problem.h"
#include "api/request.h"
#include "ingest/inflate.h"

/* Entries of "errors" in one answer; the rest are as bad. */
enum { ERRORS_MAX = 100 };

static int inflate_body(struct call *call, const char **body, size_t *len, struct error *err)
{
	if (request_coding(http_request_header(call->req, "Content-Encoding")) != CODING_GZIP)
		return 0;
	if (inflate_gzip(*body, *len, (size_t)call->api->conf->limits.batch_max,
	    &call->inflated, err) < 0)
		return -1;
	*body = call->inflated.data;
	*len = call->inflated.len;
	return 0;
}

static void answer_all_bad(struct call *call, const struct command_alerts *alerts)
{
	json_t *problem = problem_new(422, "nothing in the body is an alert of this source");
	size_t i;

	for (i = 0; i < alerts->n_rejected && i < ERRORS_MAX; i++)
		problem_add(problem, alerts->single ? -1 : (int64_t)alerts->rejected[i].index,
			&alerts->rejected[i].error);
	answer_problem(call, 422, problem);
}

static void answer_none(struct call *call)
{
	json_t *document = json_object();

	json_set_int(document, "accepted", 0);
	json_object_set_new(document, "rejected", json_array());
	json_object_set_new(document, "incidents", json_array());
	answer_document(call, 200, document);
}

void alerts_post(struct call *call)
{
	const struct conf *conf = call->api->conf;
	const struct conf_source *source = conf_source(conf, call->match.source);
	const struct ingest *ingest = call->api->ingest;
	struct command_alerts *alerts = &call->command.as.alerts;
	struct error err;
	size_t len;
	const char *body = http_request_body(call->req, &len);
	size_t max = (size_t)conf->limits.alerts_per_batch;

	call->command.kind = COMMAND_ALERTS;
	alerts->received_at = engine_now(call_engine(call));
	if (inflate_body(call, &body, &len, &err) < 0 ||
	    ingest_read(ingest, source, body, len, max, call->arena, alerts, &err) < 0)
		answer_error(call, &err);
	else if (alerts->n_alerts > 0)
		call_submit(call);
	else if (alerts->n_rejected > 0)
		answer_all_bad(call, alerts);
	else
		answer_none(call);
}
