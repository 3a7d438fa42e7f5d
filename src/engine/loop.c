/*
 * The engine on libevent: see loop.h. Two sets of couriers exist only during a
 * reload: the new ones, until they are all ready, and the old ones, until they
 * have finished.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "base/text.h"
#include "config/transport.h"
#include "engine/courier.h"
#include "engine/loop.h"

enum {
	LOOK_MAX_MS = 30 * SECOND_MS,	/* re-plan at least this often, whatever is planned */
	RETRY_MS = SECOND_MS,		/* after a turn that failed */
	UPKEEP_MS = 200,		/* pause before the store is looked after */
	SICK_MS = 65 * SECOND_MS,	/* no turn for so long: something is wrong */
	MAILS_MAX = 4,
};

/* One generation of couriers: those of one configuration. */
struct crew {
	struct courier **couriers;
	size_t n;
	const struct conf *conf;
	bool told;			/* the ready function has been called */
	loop_ready_fn *fn;
	void *arg;
};

struct loop {
	struct event_base *base;
	struct engine *engine;
	struct loop_options options;
	struct event *turn;		/* made active at the end of a loop turn */
	struct event *alarm;		/* wakes for next_at */
	struct event *upkeep;
	struct event *step;		/* the wall clock was stepped */
	int timer_fd;
	int64_t next_at;
	bool started;
	bool failing;			/* the last turn did not commit */
	bool disk_full;			/* for want of room */
	char trouble[600];

	struct crew crew, coming;
	struct courier **retired;	/* old couriers, finishing */
	size_t n_retired;
	struct event *bury;		/* frees those that are gone */

	bool stopping;
	void (*stopped)(void *arg);
	void *stopped_arg;
	struct event *stop_timer;
};

static void set_timer(struct event *event, int64_t ms)
{
	struct timeval tv = { ms / 1000, (ms % 1000) * 1000 };

	evtimer_add(event, &tv);
}

/* ---- the engine's host ------------------------------------------------------------ */

static int64_t host_now(void *arg)
{
	(void)arg;
	return clock_wall();
}

static int64_t host_roll(void *arg)
{
	(void)arg;
	return random_between(0, 999999);
}

static struct courier *find(const struct crew *crew, const char *transport)
{
	size_t i;

	for (i = 0; i < crew->n; i++)
		if (strcmp(courier_transport(crew->couriers[i]), transport) == 0)
			return crew->couriers[i];
	return NULL;
}

static int host_capacity(void *arg, const char *transport)
{
	const struct loop *loop = arg;
	const struct courier *courier = find(&loop->crew, transport);
	int most = (int)loop->crew.conf->limits.in_flight;

	if (courier == NULL || !courier_is_ready(courier) || loop->stopping)
		return 0;
	/* A mail relay takes one after the other; what waits in the store can still
	 * be overtaken by something more urgent, what waits in the courier cannot. */
	if (strcmp(transport, TRANSPORT_WEB) != 0 && most > MAILS_MAX)
		most = MAILS_MAX;
	return most - courier_in_flight(courier);
}

static void host_send(void *arg, const char *transport, const json_t *message)
{
	const struct loop *loop = arg;
	struct courier *courier = find(&loop->crew, transport);

	if (courier != NULL)
		courier_send(courier, message);
}

/* ---- turns -------------------------------------------------------------------------- */

static void wake(struct loop *loop)
{
	event_active(loop->turn, EV_TIMEOUT, 0);
}

static void plan(struct loop *loop, int64_t next_at)
{
	int64_t now = clock_wall(), wait = LOOK_MAX_MS;

	loop->next_at = next_at;
	if (next_at != TIME_NONE && next_at - now < wait)
		wait = next_at > now ? next_at - now : 0;
	set_timer(loop->alarm, wait);
}

static void check_stopped(struct loop *loop)
{
	if (!loop->stopping || loop->stopped == NULL || engine_in_flight(loop->engine) > 0 ||
	    engine_has_work(loop->engine))
		return;
	event_del(loop->stop_timer);
	loop->stopped(loop->stopped_arg);
	loop->stopped = NULL;
}

static void on_turn(evutil_socket_t fd, short what, void *arg)
{
	struct loop *loop = arg;
	int64_t next_at = TIME_NONE;
	struct error err;
	size_t i;

	(void)fd;
	(void)what;
	if (engine_turn(loop->engine, &next_at, &err) < 0) {
		/* A full disk may last: one line when it begins, one when it ends. */
		if (!loop->failing)
			log_error("engine", "a turn could not be committed: %s; retrying", err.text);
		loop->failing = true;
		loop->disk_full = err.code == ERROR_FULL;
		text_copy(loop->trouble, sizeof(loop->trouble), err.text);
		plan(loop, clock_wall() + RETRY_MS);
	} else {
		if (loop->failing)
			log_notice("engine", "turns are committed again");
		loop->failing = loop->disk_full = false;
		plan(loop, next_at);
	}
	for (i = 0; i < loop->crew.n; i++)
		courier_look(loop->crew.couriers[i]);
	for (i = 0; i < loop->n_retired; i++)
		courier_look(loop->retired[i]);
	if (!event_pending(loop->upkeep, EV_TIMEOUT, NULL))
		set_timer(loop->upkeep, UPKEEP_MS);
	check_stopped(loop);
}

static void on_upkeep(evutil_socket_t fd, short what, void *arg)
{
	struct loop *loop = arg;
	struct store *store = engine_store(loop->engine);
	struct error err;
	bool more = false;

	(void)fd;
	(void)what;
	if (store->ops->upkeep(store, &more, &err) < 0)
		log_warning("store", "upkeep: %s, retrying", err.text);
	else if (more)
		set_timer(loop->upkeep, UPKEEP_MS);
}

/* Armed far ahead: it never fires for its time, only for a step of the clock
 * (TFD_TIMER_CANCEL_ON_SET), and must be armed again after each. */
static void arm_step(struct loop *loop)
{
	const struct itimerspec far = { .it_value = { .tv_sec = INT32_MAX } };

	if (timerfd_settime(loop->timer_fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &far,
		    NULL) < 0 && errno != ECANCELED)
		log_warning("alarm", "steps of the wall clock cannot be watched: %m, ignoring");
}

static void on_step(evutil_socket_t fd, short what, void *arg)
{
	struct loop *loop = arg;
	uint64_t n;

	(void)what;
	if (read(fd, &n, sizeof(n)) < 0 && errno == ECANCELED)
		log_notice("alarm", "the wall clock was set; every clock is looked at again");
	arm_step(loop);
	wake(loop);
}

/* ---- couriers -------------------------------------------------------------------- */

static bool crew_is_ready(const struct crew *crew)
{
	size_t i;

	for (i = 0; i < crew->n; i++)
		if (!courier_is_ready(crew->couriers[i]))
			return false;
	return true;
}

/* No courier is freed in a callback of its own. */
static void retire_crew(struct loop *loop, struct crew *crew)
{
	size_t i;

	loop->retired = xreallocarray(loop->retired, loop->n_retired + crew->n,
		sizeof(struct courier *));
	for (i = 0; i < crew->n; i++)
		loop->retired[loop->n_retired++] = crew->couriers[i];
	for (i = 0; i < crew->n; i++)
		courier_retire(crew->couriers[i]);
	free(crew->couriers);
	memset(crew, 0, sizeof(*crew));
}

static void on_bury(evutil_socket_t fd, short what, void *arg)
{
	struct loop *loop = arg;
	size_t i, kept = 0;

	(void)fd;
	(void)what;
	for (i = 0; i < loop->n_retired; i++) {
		if (courier_is_gone(loop->retired[i]))
			courier_free(loop->retired[i]);
		else
			loop->retired[kept++] = loop->retired[i];
	}
	loop->n_retired = kept;
}

static void tell_crew(struct crew *crew, int rc, const struct error *err)
{
	loop_ready_fn *fn = crew->fn;
	void *arg = crew->arg;

	crew->told = true;
	crew->fn = NULL;
	if (fn != NULL)
		fn(arg, rc, err);
}

/* The reload failed: the new couriers go, everything stays as it was. */
static void refuse_coming(struct loop *loop, const struct error *err)
{
	struct crew failed = loop->coming;
	loop_ready_fn *fn = failed.fn;
	void *arg = failed.arg;

	memset(&loop->coming, 0, sizeof(loop->coming));
	retire_crew(loop, &failed);
	fn(arg, -1, err);
}

static void swap_crews(struct loop *loop)
{
	struct error err;

	if (engine_reconfigure(loop->engine, loop->coming.conf, &err) < 0) {
		refuse_coming(loop, &err);
		return;
	}
	retire_crew(loop, &loop->crew);
	loop->crew = loop->coming;
	memset(&loop->coming, 0, sizeof(loop->coming));
	tell_crew(&loop->crew, 0, NULL);
	wake(loop);
}

static void on_ready(void *arg, struct courier *courier)
{
	struct loop *loop = arg;

	(void)courier;
	if (loop->coming.n > 0 && crew_is_ready(&loop->coming))
		swap_crews(loop);
	else if (!loop->crew.told && crew_is_ready(&loop->crew))
		tell_crew(&loop->crew, 0, NULL);
	wake(loop);
}

static bool in_crew(const struct crew *crew, const struct courier *courier)
{
	size_t i;

	for (i = 0; i < crew->n; i++)
		if (crew->couriers[i] == courier)
			return true;
	return false;
}

static void on_failed(void *arg, struct courier *courier, const char *why)
{
	struct loop *loop = arg;
	struct error err;

	error_set(&err, ERROR_IO, "courier %s: %s", courier_transport(courier), why);
	if (in_crew(&loop->coming, courier)) {
		refuse_coming(loop, &err);
	} else if (in_crew(&loop->crew, courier) && !loop->crew.told) {
		tell_crew(&loop->crew, -1, &err);
	} else {
		log_error("courier", "%s: %s; retrying", courier_transport(courier), why);
	}
}

static void on_result(void *arg, struct courier *courier, const json_t *message)
{
	struct loop *loop = arg;
	const char *id = json_string_value(json_object_get(message, "id"));
	const char *outcome = json_string_value(json_object_get(message, "outcome"));
	enum attempt_outcome parsed;

	if (id == NULL || outcome == NULL || attempt_outcome_parse(outcome, &parsed) < 0) {
		log_error("courier", "%s sent a result that cannot be read, ignoring",
			courier_transport(courier));
		return;
	}
	engine_outcome(loop->engine, engine_delivery_number(loop->engine, id),
		(int)json_integer_value(json_object_get(message, "attempt")), parsed,
		json_string_value(json_object_get(message, "detail")),
		json_integer_value(json_object_get(message, "retry_after_s")) * SECOND_MS);
	wake(loop);
}

static void on_lost(void *arg, struct courier *courier)
{
	struct loop *loop = arg;

	engine_courier_lost(loop->engine, courier_transport(courier),
		courier_generation(courier));
	/* One that dies before it has ever been ready will not do better. */
	if (!courier_is_ready(courier) && (in_crew(&loop->coming, courier) ||
		    (in_crew(&loop->crew, courier) && !loop->crew.told)))
		on_failed(arg, courier, "it ended before it was ready");
	wake(loop);
}

static void on_retired(void *arg, struct courier *courier)
{
	struct loop *loop = arg;

	(void)courier;
	event_active(loop->bury, EV_TIMEOUT, 0);
}

static void crew_start(struct loop *loop, struct crew *crew, const struct conf *conf,
	loop_ready_fn *fn, void *arg)
{
	const struct courier_events events = {
		on_ready, on_failed, on_result, on_lost, on_retired, loop,
	};
	const char **names;
	size_t i;

	memset(crew, 0, sizeof(*crew));
	crew->conf = conf;
	crew->fn = fn;
	crew->arg = arg;
	crew->n = transport_list(conf, &names);
	crew->couriers = xcalloc(crew->n, sizeof(struct courier *));
	for (i = 0; i < crew->n; i++)
		crew->couriers[i] = courier_new(loop->base, loop->options.courier, names[i], conf,
			engine_generation(loop->engine) + (crew == &loop->coming), &events);
	free(names);
}

void loop_on_ready(struct loop *loop, loop_ready_fn *fn, void *arg)
{
	loop->crew.fn = fn;
	loop->crew.arg = arg;
}

void loop_reload(struct loop *loop, const struct conf *conf, loop_ready_fn *fn, void *arg)
{
	struct error err;

	if (loop->coming.n > 0 || loop->stopping) {
		error_set(&err, ERROR_BUSY, "a reload is under way");
		fn(arg, -1, &err);
		return;
	}
	crew_start(loop, &loop->coming, conf, fn, arg);
}

/* ---- life ------------------------------------------------------------------------- */

static void on_stop_timer(evutil_socket_t fd, short what, void *arg)
{
	struct loop *loop = arg;

	(void)fd;
	(void)what;
	log_warning("engine", "%d attempts are still in flight; they are taken up at the next start",
		engine_in_flight(loop->engine));
	if (loop->stopped != NULL)
		loop->stopped(loop->stopped_arg);
	loop->stopped = NULL;
}

void loop_stop(struct loop *loop, int timeout_ms, void (*fn)(void *arg), void *arg)
{
	loop->stopping = true;
	loop->stopped = fn;
	loop->stopped_arg = arg;
	set_timer(loop->stop_timer, timeout_ms);
	wake(loop);
}

struct loop *loop_new(struct event_base *base, struct store *store, const struct conf *conf,
	const struct loop_options *options, struct error *err)
{
	struct loop *loop = xcalloc(1, sizeof(*loop));
	const struct engine_host host = { host_now, host_roll, host_capacity, host_send, loop };

	loop->base = base;
	loop->options = *options;
	loop->next_at = TIME_NONE;
	loop->timer_fd = -1;
	loop->engine = engine_new(store, conf, &host, err);
	if (loop->engine == NULL || engine_start(loop->engine, options->version, err) < 0) {
		loop_free(loop);
		return NULL;
	}
	loop->started = true;
	loop->turn = event_new(base, -1, 0, on_turn, loop);
	loop->alarm = evtimer_new(base, on_turn, loop);
	loop->upkeep = evtimer_new(base, on_upkeep, loop);
	loop->bury = event_new(base, -1, 0, on_bury, loop);
	loop->stop_timer = evtimer_new(base, on_stop_timer, loop);
	loop->timer_fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	if (loop->timer_fd >= 0) {
		loop->step = event_new(base, loop->timer_fd, EV_READ | EV_PERSIST, on_step, loop);
		event_add(loop->step, NULL);
		arm_step(loop);
	}
	crew_start(loop, &loop->crew, conf, NULL, NULL);
	wake(loop);
	return loop;
}

static void free_crew(struct crew *crew)
{
	size_t i;

	for (i = 0; i < crew->n; i++)
		courier_free(crew->couriers[i]);
	free(crew->couriers);
}

void loop_free(struct loop *loop)
{
	struct event *events[6];
	size_t i;

	if (loop == NULL)
		return;
	free_crew(&loop->crew);
	free_crew(&loop->coming);
	for (i = 0; i < loop->n_retired; i++)
		courier_free(loop->retired[i]);
	free(loop->retired);
	events[0] = loop->turn;
	events[1] = loop->alarm;
	events[2] = loop->upkeep;
	events[3] = loop->bury;
	events[4] = loop->stop_timer;
	events[5] = loop->step;
	for (i = 0; i < ARRAY_LEN(events); i++)
		if (events[i] != NULL)
			event_free(events[i]);
	if (loop->timer_fd >= 0)
		close(loop->timer_fd);
	if (loop->started)
		engine_stop(loop->engine);
	engine_free(loop->engine);
	free(loop);
}

void loop_submit(struct loop *loop, struct command *command)
{
	engine_submit(loop->engine, command);
	wake(loop);
}

struct engine *loop_engine(const struct loop *loop)
{
	return loop->engine;
}

const char *loop_trouble(const struct loop *loop)
{
	if (loop->failing)
		return loop->trouble;
	if (clock_wall() - engine_last_turn_at(loop->engine) > SICK_MS)
		return "no turn was committed for more than a minute";
	return NULL;
}

bool loop_disk_full(const struct loop *loop)
{
	return loop->disk_full;
}

bool loop_courier_down(const struct loop *loop, const char **ret)
{
	size_t i;

	for (i = 0; i < loop->crew.n; i++)
		if (!courier_is_ready(loop->crew.couriers[i])) {
			*ret = courier_transport(loop->crew.couriers[i]);
			return true;
		}
	return false;
}

int64_t loop_next_at(const struct loop *loop)
{
	return loop->next_at;
}
