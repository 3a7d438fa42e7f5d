/* How the daemon is: alive, able to work, and what it has in hand. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "api/call.h"
#include "api/problem.h"
#include "base/clock.h"
#include "base/rfc3339.h"

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

static json_t *rules_array(const struct conf *conf)
{
	json_t *rules = json_array();
	size_t i;

	for (i = 0; i < conf->book.n_regimes; i++)
		if (json_array_append_new(rules, json_string(conf->book.regimes[i].rules)) < 0)
			abort();
	return rules;
}

/* What deadlines are kept by, and how good it is. */
static json_t *clock_object(const struct engine *engine)
{
	const struct clock_reading *reading = engine_clocks(engine);
	json_t *clock = json_object();

	json_set_text(clock, "state", clock_sync_name(reading != NULL ? reading->sync :
		CLOCK_SYNC_UNKNOWN));
	if (reading != NULL && reading->error_us >= 0)
		json_set_int(clock, "estimated_error_us", reading->error_us);
	return clock;
}

/* What is wrong outside of us: names of channels and sources. */
static void add_troubles(json_t *document, const struct engine *engine, const struct conf *conf)
{
	json_t *down = json_array(), *silent = json_array();
	size_t i;

	for (i = 0; i < conf->n_channels; i++)
		if (engine_channel_is_down(engine, conf->channels[i].name))
			json_array_append_new(down, json_string(conf->channels[i].name));
	for (i = 0; i < conf->n_sources; i++)
		if (engine_source_is_silent(engine, conf->sources[i].name))
			json_array_append_new(silent, json_string(conf->sources[i].name));
	json_object_set_new(document, "channels_down", down);
	json_object_set_new(document, "sources_silent", silent);
}

void status_get(struct call *call)
{
	struct engine *engine = call_engine(call);
	struct store *store = call_store(call);
	json_t *document, *journal;
	struct journal_check head;
	struct error err;
	int64_t oldest;

	if (store->ops->delivery_oldest(store, &oldest, &err) < 0 ||
	    store->ops->journal_head(store, &head, &err) < 0) {
		answer_error(call, &err);
		return;
	}
	document = json_object();
	journal = json_object();
	json_set_text(document, "version", PACKAGE_VERSION);
	json_set_int(document, "uptime_s",
		(clock_boot() - call->api->started_boot) / SECOND_MS);
	json_set_time(document, "next_wakeup_at", loop_next_at(call->api->loop));
	json_set_time(document, "oldest_undelivered_at", oldest);
	json_set_int(document, "in_flight", engine_in_flight(engine));
	json_set_int(journal, "seq", head.seq);
	json_set_text(journal, "hash", head.hash);
	json_object_set_new(document, "journal", journal);
	json_object_set_new(document, "clock", clock_object(engine));
	add_troubles(document, engine, call->api->conf);
	json_object_set_new(document, "rules", rules_array(call->api->conf));
	answer_document(call, 200, document);
}
