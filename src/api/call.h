/*
 * One request on its way through the API: what it needs while it is being
 * answered, and the replies that end it. A call is made when the body is there
 * and ends with exactly one answer_*; for a command that is after the commit.
 */
#ifndef TOCSIN_API_CALL_H
#define TOCSIN_API_CALL_H

#include "api/api.h"
#include "api/auth.h"
#include "api/route.h"
#include "api/session.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "ingest/ingest.h"
#include "ingest/scan.h"

enum { SPARE_ARENAS = 256 };	/* 4 MiB: as many as senders are served at once */

struct api {
	struct loop *loop;
	const struct conf *conf;
	uintptr_t tokens_before;	/* how many the configurations before it had */
	struct ingest *ingest;
	int64_t started_boot;	/* clock_boot() at api_new */
	int64_t inflated;	/* bytes of all calls' inflated */
	struct scan_paths *routing_key;	/* where an event has it */
	struct sessions sessions;
	struct arena *spare[SPARE_ARENAS];	/* of calls that have ended */
	size_t n_spare;
};

struct call {
	struct api *api;
	struct http_request *req;
	struct route_match match;
	struct caller caller;
	struct arena *arena;
	json_t *document;	/* the body, where it is one of ours; commands point into it */
	struct buf inflated;	/* the body, where it came compressed; alerts point into it */
	const char *answer_type;	/* of the answer to a command; NULL: JSON */
	const char *key;		/* in place of the Idempotency-Key; NULL: none */
	bool unkeyed;			/* there is no answer to keep */
	void (*finish)(struct call *call);	/* answers after the command; NULL: its answer
						 * or its error */
	void *data;			/* finish's own */
	struct command command;
};

typedef void call_fn(struct call *call);

struct call *call_new(struct api *api, struct http_request *req);
void call_free(struct call *call);	/* by the answers only */
struct engine *call_engine(const struct call *call);
struct store *call_store(const struct call *call);
/* Reads the body into call->document: an object. */
int call_read(struct call *call, struct error *err);
/* The incident that the path names. Somebody else's is not found, whatever is asked of it. */
int call_incident(struct call *call, struct incident_row *ret, struct error *err);
/* Hands call->command, its kind and body filled in, to the engine; the answer
 * follows. The call is the engine's from here. */
void call_submit(struct call *call);

/* Each ends the call. The document is taken. */
void answer_document(struct call *call, int status, json_t *document);
void answer_text(struct call *call, int status, const char *type, const char *text,
	size_t len);
void answer_error(struct call *call, const struct error *err);
void answer_problem(struct call *call, int status, json_t *problem);
/* A file of that length, which is closed here. */
void answer_file(struct call *call, const char *type, int fd, int64_t len);
/* A fault of ours goes into the log; every answer_error() does it. */
void answer_log(const struct error *err);

/* The same where there is no call: the request is refused at its head. */
void refuse_error(struct http_request *req, const struct error *err);
void refuse(struct http_request *req, int status, const char *detail);

/* Can it be from Slack at all? The head is there, the body may be to come. */
bool slack_is_expected(const struct api *api, const struct http_request *req);
#define SLACK_UNSIGNED "the request is not signed by Slack, or is not of the last five minutes"

/* Reads the body of a request into the alerts of its command: 0, or -1 when nothing of
 * it was taken; then it is answered. */
int alerts_read(struct call *call, const char *body, size_t len);

/* Is the origin that asks to post one that the source names? */
bool alerts_expect(const struct api *api, const char *source, const struct http_request *req);

/* One for each route. */
call_fn alerts_post, alerts_look, alerts_options, enqueue_post, opsgenie_post,
	opsgenie_action_post, incidents_post, incidents_get, incident_get, events_post, filings_post,
	acknowledgements_post, waivers_post, dismissal_post, withdrawals_post, traits_post,
	confirmations_post, incident_rules_post, drill_get, storm_get, incident_journal_get, journal_get,
	clocks_get, deliveries_get, delivery_get, replay_post, test_post, deadlines_post,
	rules_get, status_get, health_get, ready_get, metrics_get, calendar_get, openapi_get,
	backup_post, link_get, link_post, slack_post, session_post, session_get,
	session_delete, dashboard_get, asset_get, report_get, details_post, change_post;

#endif
