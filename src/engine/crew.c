/*
 * Couriers, generation by generation: see crew.h. No courier is freed in a callback
 * of its own; those that are gone are buried from the loop.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/rfc3339.h"
#include "config/transport.h"
#include "engine/courier.h"
#include "engine/crew.h"

enum {
	MAILS_MAX = 4,
	PATIENCE_S = 60,		/* new couriers have this long to be ready */
};

/* The couriers of one configuration. */
struct watch {
	struct courier **list;
	size_t n;
	const struct conf *conf;
	bool told;			/* the host has heard of it */
};

struct crew {
	struct event_base *base;
	const char *program;
	struct engine *engine;
	struct crew_host host;
	struct watch now, coming;
	struct courier **retired;	/* old couriers, finishing */
	size_t n_retired;
	struct event *bury;
	struct event *patience;		/* with the coming ones */
};

/* ---- one watch -------------------------------------------------------------------- */

static struct courier *watch_find(const struct watch *watch, const char *transport)
{
	size_t i;

	for (i = 0; i < watch->n; i++)
		if (strcmp(courier_transport(watch->list[i]), transport) == 0)
			return watch->list[i];
	return NULL;
}

static bool watch_has(const struct watch *watch, const struct courier *courier)
{
	size_t i;

	for (i = 0; i < watch->n; i++)
		if (watch->list[i] == courier)
			return true;
	return false;
}

static bool watch_is_ready(const struct watch *watch)
{
	size_t i;

	for (i = 0; i < watch->n; i++)
		if (!courier_is_ready(watch->list[i]))
			return false;
	return true;
}

static void watch_free(struct watch *watch)
{
	size_t i;

	for (i = 0; i < watch->n; i++)
		courier_free(watch->list[i]);
	free(watch->list);
}

/* ---- change ------------------------------------------------------------------------- */

static void retire(struct crew *crew, struct watch *watch)
{
	size_t i;

	crew->retired = xreallocarray(crew->retired, crew->n_retired + watch->n,
		sizeof(struct courier *));
	for (i = 0; i < watch->n; i++)
		crew->retired[crew->n_retired++] = watch->list[i];
	for (i = 0; i < watch->n; i++)
		courier_retire(watch->list[i]);
	free(watch->list);
	memset(watch, 0, sizeof(*watch));
}

static void on_bury(evutil_socket_t fd, short what, void *arg)
{
	struct crew *crew = arg;
	size_t i, kept = 0;

	(void)fd;
	(void)what;
	for (i = 0; i < crew->n_retired; i++) {
		if (courier_is_gone(crew->retired[i]))
			courier_free(crew->retired[i]);
		else
			crew->retired[kept++] = crew->retired[i];
	}
	crew->n_retired = kept;
}

static void tell(struct crew *crew, int rc, const struct error *err)
{
	crew->now.told = true;
	crew->host.ready(crew->host.arg, rc, err);
}

/* The change failed: the new couriers go, everything stays as it was. */
static void refuse_coming(struct crew *crew, const struct error *err)
{
	event_del(crew->patience);
	retire(crew, &crew->coming);
	tell(crew, -1, err);
}

static void on_patience(evutil_socket_t fd, short what, void *arg)
{
	struct error err;

	(void)fd;
	(void)what;
	error_set(&err, ERROR_IO, "the new couriers were not ready within %d s", PATIENCE_S);
	refuse_coming(arg, &err);
}

static void take_over(struct crew *crew)
{
	struct error err;

	if (engine_reconfigure(crew->engine, crew->coming.conf, &err) < 0) {
		refuse_coming(crew, &err);
		return;
	}
	event_del(crew->patience);
	retire(crew, &crew->now);
	crew->now = crew->coming;
	memset(&crew->coming, 0, sizeof(crew->coming));
	tell(crew, 0, NULL);
}

/* ---- what couriers say ----------------------------------------------------------------- */

static void on_ready(void *arg, struct courier *courier)
{
	struct crew *crew = arg;

	(void)courier;
	if (crew->coming.n > 0 && watch_is_ready(&crew->coming))
		take_over(crew);
	else if (!crew->now.told && watch_is_ready(&crew->now))
		tell(crew, 0, NULL);
	crew->host.wake(crew->host.arg);
}

static void on_failed(void *arg, struct courier *courier, const char *why)
{
	struct crew *crew = arg;
	struct error err;

	error_set(&err, ERROR_IO, "courier %s: %s", courier_transport(courier), why);
	if (watch_has(&crew->coming, courier))
		refuse_coming(crew, &err);
	else if (watch_has(&crew->now, courier) && !crew->now.told)
		tell(crew, -1, &err);
	else
		log_error("courier", "%s: %s; retrying", courier_transport(courier), why);
}

static void on_result(void *arg, struct courier *courier, const struct courier_result *result)
{
	struct crew *crew = arg;
	enum attempt_outcome outcome;

	if (result->id == NULL || result->outcome == NULL ||
	    attempt_outcome_parse(result->outcome, &outcome) < 0) {
		log_error("courier", "%s sent a result that cannot be read, ignoring",
			courier_transport(courier));
		return;
	}
	if (strcmp(result->id, TRANSPORT_HEARTBEAT) == 0) {
		engine_heartbeat_heard(crew->engine, outcome, result->detail);
		return;
	}
	engine_outcome(crew->engine, engine_delivery_number(crew->engine, result->id),
		(int)result->attempt, outcome, result->detail, result->retry_after_s * SECOND_MS,
		result->handle);
	/* One that still has its hands full can wait for its next ones: a turn takes as
	 * long for one report as for ten. */
	if (2 * courier_in_flight(courier) > (int)crew->now.conf->limits.in_flight)
		crew->host.wake_soon(crew->host.arg);
	else
		crew->host.wake(crew->host.arg);
}

static void on_lost(void *arg, struct courier *courier, int in_flight)
{
	struct crew *crew = arg;

	/* One that had nothing in flight may be of a change that was refused, whose
	 * generation is that of the next. */
	if (in_flight > 0)
		engine_courier_lost(crew->engine, courier_transport(courier),
			courier_generation(courier));
	/* One that dies before it has ever been ready will not do better. */
	if (watch_has(&crew->coming, courier) ||
	    (watch_has(&crew->now, courier) && !crew->now.told))
		on_failed(arg, courier, "it ended before it was ready");
	crew->host.wake(crew->host.arg);
}

static void on_retired(void *arg, struct courier *courier)
{
	struct crew *crew = arg;

	(void)courier;
	event_active(crew->bury, EV_TIMEOUT, 0);
}

/* ---- life ----------------------------------------------------------------------------- */

struct crew *crew_new(struct event_base *base, const char *program, struct engine *engine,
	const struct crew_host *host)
{
	struct crew *crew = xcalloc(1, sizeof(*crew));

	crew->base = base;
	crew->program = program;
	crew->engine = engine;
	crew->host = *host;
	crew->bury = event_new(base, -1, 0, on_bury, crew);
	crew->patience = evtimer_new(base, on_patience, crew);
	return crew;
}

void crew_free(struct crew *crew)
{
	size_t i;

	if (crew == NULL)
		return;
	watch_free(&crew->now);
	watch_free(&crew->coming);
	for (i = 0; i < crew->n_retired; i++)
		courier_free(crew->retired[i]);
	free(crew->retired);
	event_free(crew->bury);
	event_free(crew->patience);
	free(crew);
}

void crew_start(struct crew *crew, const struct conf *conf)
{
	const struct courier_events events = {
		on_ready, on_failed, on_result, on_lost, on_retired, crew,
	};
	const struct timeval patience = { PATIENCE_S, 0 };
	bool first = crew->now.n == 0;
	struct watch *watch = first ? &crew->now : &crew->coming;
	const char **names;
	struct error err;
	size_t i;

	if (crew->coming.n > 0) {
		error_set(&err, ERROR_BUSY, "a reload is under way");
		tell(crew, -1, &err);
		return;
	}
	watch->conf = conf;
	watch->n = transport_list(conf, &names);
	watch->list = xcalloc(watch->n, sizeof(struct courier *));
	for (i = 0; i < watch->n; i++)
		watch->list[i] = courier_new(crew->base, crew->program, names[i], conf,
			engine_generation(crew->engine) + !first, &events);
	free(names);
	if (!first)
		evtimer_add(crew->patience, &patience);
}

/* ---- for the engine -------------------------------------------------------------------- */

int crew_capacity(const struct crew *crew, const char *transport)
{
	const struct courier *courier = watch_find(&crew->now, transport);
	int most;

	if (courier == NULL || !courier_is_ready(courier))
		return 0;
	/* A mail relay takes one after the other; what waits in the store can still
	 * be overtaken by something more urgent, what waits in the courier cannot. */
	most = (int)crew->now.conf->limits.in_flight;
	if (strcmp(transport, TRANSPORT_WEB) != 0 && most > MAILS_MAX)
		most = MAILS_MAX;
	return most - courier_in_flight(courier);
}

void crew_send(struct crew *crew, const char *transport, const struct buf *message)
{
	struct courier *courier = watch_find(&crew->now, transport);

	if (courier != NULL)
		courier_send(courier, message);
}

void crew_look(struct crew *crew)
{
	size_t i;

	for (i = 0; i < crew->now.n; i++)
		courier_look(crew->now.list[i]);
	for (i = 0; i < crew->n_retired; i++)
		courier_look(crew->retired[i]);
}

bool crew_is_down(const struct crew *crew, const char **ret)
{
	size_t i;

	for (i = 0; i < crew->now.n; i++)
		if (!courier_is_ready(crew->now.list[i])) {
			*ret = courier_transport(crew->now.list[i]);
			return true;
		}
	return false;
}
