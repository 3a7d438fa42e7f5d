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

void alerts_post(struct call *call)
{
	const struct conf *conf = call->api->conf;
	const struct conf_source *source = conf_source(conf, call->match.name);
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
	else if (alerts->n_alerts == 0 && alerts->n_rejected > 0)
		answer_all_bad(call, alerts);
	else
		call_submit(call);	/* an empty list too: its key counts */
}
