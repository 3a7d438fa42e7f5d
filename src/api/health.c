/* How the daemon is: alive, able to work, and what it has in hand. */
#include "config.h"

#include <stdio.h>

#include "api/call.h"
#include "api/problem.h"
#include "base/clock.h"
#include "base/json_out.h"
#include "base/rfc3339.h"
#include "engine/view.h"

static void answer_state(struct call *call, const char *state)
{
	json_t *document = json_object();

	json_set_text(document, "status", state);
	answer_document(call, 200, document);
}

/* That it is answered at all is the answer: the loop turns. */
void health_get(struct call *call)
{
	answer_state(call, "ok");
}

void ready_get(struct call *call)
{
	const char *trouble = loop_trouble(call->api->loop), *transport = NULL;
	char detail[256];

	if (trouble != NULL)
		snprintf(detail, sizeof(detail), "%s", trouble);
	else if (loop_courier_down(call->api->loop, &transport))
		snprintf(detail, sizeof(detail), "the courier of %s is not ready", transport);
	else {
		answer_state(call, "ready");
		return;
	}
	answer_problem(call, 503, problem_new(503, detail));
}

static void put_rules(struct buf *out, const struct conf *conf)
{
	size_t i;

	out_array(out, "rules");
	for (i = 0; i < conf->book.n_regimes; i++)
		out_text(out, NULL, conf->book.regimes[i].rules);
	out_end_array(out);
}

/* What deadlines are kept by, and how good it is. */
static void put_clock(struct buf *out, const struct engine *engine)
{
	const struct clock_reading *reading = engine_clocks(engine);

	out_object(out, "clock");
	out_text(out, "state", clock_sync_name(reading != NULL ? reading->sync :
		CLOCK_SYNC_UNKNOWN));
	if (reading != NULL && reading->error_us >= 0)
		out_int(out, "estimated_error_us", reading->error_us);
	out_end_object(out);
}

/* What is wrong outside of us: names of channels and sources. */
static void put_troubles(struct buf *out, const struct call *call)
{
	const struct engine *engine = call_engine(call);
	const struct conf *conf = call->api->conf;
	size_t i;

	out_array(out, "channels_down");
	for (i = 0; i < conf->n_channels; i++)
		if (engine_channel_is_down(engine, conf->channels[i].name))
			out_text(out, NULL, conf->channels[i].name);
	out_end_array(out);
	out_array(out, "sources_silent");
	for (i = 0; i < conf->n_sources; i++)
		if (engine_source_is_silent(engine, conf->sources[i].name) &&
		    auth_sees(&call->caller, conf->sources[i].entity->id))
			out_text(out, NULL, conf->sources[i].name);
	out_end_array(out);
}

void status_get(struct call *call)
{
	struct engine *engine = call_engine(call);
	struct store *store = call_store(call);
	struct buf *out = buf_in_arena(call->arena, 4096);
	struct journal_check head;
	struct error err;
	int64_t oldest;

	if (store->ops->delivery_oldest(store, &oldest, &err) < 0 ||
	    store->ops->journal_head(store, &head, &err) < 0) {
		answer_error(call, &err);
		return;
	}
	out_object(out, NULL);
	out_text(out, "version", PACKAGE_VERSION);
	out_int(out, "uptime_s", (clock_boot() - call->api->started_boot) / SECOND_MS);
	out_time(out, "now", engine_now(engine));
	out_time(out, "next_wakeup_at", loop_next_at(call->api->loop));
	out_time(out, "oldest_undelivered_at", oldest);
	out_int(out, "in_flight", engine_in_flight(engine));
	out_object(out, "journal");
	out_int(out, "seq", head.seq);
	out_text(out, "hash", head.hash);
	out_end_object(out);
	put_clock(out, engine);
	put_troubles(out, call);
	put_rules(out, call->api->conf);
	view_health(out, engine, call->caller.entities, call->caller.n_entities);
	out_end_object(out);
	answer_text(call, 200, "application/json", out->data, out->len);
}
