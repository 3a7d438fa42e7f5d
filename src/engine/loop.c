/* The engine on libevent, with its alarm and its couriers: see loop.h. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/json_out.h"
#include "base/log.h"
#include "base/random.h"
#include "base/text.h"
#include "engine/backup.h"
#include "engine/crew.h"
#include "engine/loop.h"

enum {
	LOOK_MAX_MS = 30 * SECOND_MS,	/* re-plan at least this often, whatever is planned */
	RETRY_MS = SECOND_MS,		/* after a turn that failed */
	GATHER_MS = 5,			/* at most so long ... */
	GATHER_MAX = 128,		/* ... and so many commands: one commit of twice as
					 * many is no cheaper (measured) */
	UPKEEP_MS = 200,		/* pause before the store is looked after */
	SICK_MS = 65 * SECOND_MS,	/* no turn for so long: something is wrong */
};

struct loop {
	struct event_base *base;
	struct engine *engine;
	struct loop_options options;
	struct event *turn;		/* comes after everything else that is ready */
	struct event *alarm;		/* wakes for next_at */
	struct event *gather;		/* the end of letting things come together */
	struct event *upkeep;
	struct event *step;		/* the wall clock was stepped */
	int timer_fd;
	uint64_t roll;
	int64_t next_at;
	int64_t zones_looked_at;	/* by clock_boot() */
	int64_t asked_us, alarm_us;	/* by clock_monotonic_us(): a turn is asked for, the
					 * alarm is to go off; 0: not */
	int gathered;			/* commands since the last turn */
	struct loop_times times;
	bool started;
	bool failing;			/* the last turn did not commit */
	bool disk_full;			/* for want of room */
	char trouble[600];

	struct backup *backup;
	struct crew *crew;
	loop_ready_fn *ready;		/* of the start or reload under way */
	void *ready_arg;

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

/* Jitter is no secret: the kernel is asked once, not for each attempt. */
static int64_t host_roll(void *arg)
{
	struct loop *loop = arg;

	loop->roll = loop->roll * 6364136223846793005u + 1442695040888963407u;
	return (int64_t)((loop->roll >> 33) % 1000000);
}

static int host_capacity(void *arg, const char *transport)
{
	const struct loop *loop = arg;

	return loop->stopping ? 0 : crew_capacity(loop->crew, transport);
}

static void host_send(void *arg, const char *transport, const struct buf *message)
{
	const struct loop *loop = arg;

	crew_send(loop->crew, transport, message);
}

static void host_read_clocks(void *arg, struct clock_reading *ret)
{
	(void)arg;
	clock_read(ret);
}

void loop_reply(struct loop *loop, const char *channel, const char *to, const char *text)
{
	const struct conf_channel *conf = conf_channel(engine_conf(loop->engine), channel);
	struct buf message;
	char name[16], id[32];

	if (conf == NULL || crew_capacity(loop->crew, conf->transport) <= 0)
		return;

	random_name(name, 12);
	snprintf(id, sizeof(id), "reply_%s", name);
	buf_init(&message, 0);
	out_object(&message, NULL);
	out_text(&message, "op", "send");
	out_text(&message, "id", id);
	out_int(&message, "attempt", 1);
	out_text(&message, "channel", channel);
	out_object(&message, "reply");
	out_text(&message, "to", to);
	out_end_object(&message);
	out_object(&message, "notice");
	out_text(&message, "kind", "reply");
	out_text(&message, "text", text);
	out_end_object(&message);
	out_end_object(&message);
	crew_send(loop->crew, conf->transport, &message);
	buf_release(&message);
}

/* ---- turns -------------------------------------------------------------------------- */

static void gather(struct loop *loop)
{
	if (!event_pending(loop->gather, EV_TIMEOUT, NULL))
		set_timer(loop->gather, GATHER_MS);
}

/* A commit costs as much as several alerts, and writes fewer pages for all of them at once
 * than for each half. So the turn has a lower priority than what it waits for: libevent
 * runs it when a look at the sockets, which waits for nothing, has found no more. */
static void wake(struct loop *loop)
{
	if (loop->asked_us != 0)
		return;
	loop->asked_us = clock_monotonic_us();
	event_active(loop->turn, EV_TIMEOUT, 0);
	gather(loop);
}

/* The other alarm, by the wall clock and a little behind the first, so that it only ever
 * rings when that one does not: libevent's stands still while the machine sleeps, and
 * this one rings at once after it; and when somebody sets the wall clock it is cancelled
 * (TFD_TIMER_CANCEL_ON_SET), which wakes us too. To arm it anew hides that: then the
 * call says so. */
static void arm_step(struct loop *loop, int64_t at)
{
	const struct itimerspec when = { .it_value = { .tv_sec = at / SECOND_MS + 1 } };

	if (loop->timer_fd < 0 ||
	    timerfd_settime(loop->timer_fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &when,
		    NULL) == 0)
		return;
	if (errno == ECANCELED)
		wake(loop);
	else
		log_warning("alarm", "steps of the wall clock cannot be watched: %m, ignoring");
}

static void plan(struct loop *loop, int64_t next_at)
{
	int64_t now = clock_wall(), wait = LOOK_MAX_MS;

	loop->next_at = next_at;
	if (next_at != TIME_NONE && next_at - now < wait)
		wait = next_at > now ? next_at - now : 0;
	loop->alarm_us = clock_monotonic_us() + wait * 1000;
	set_timer(loop->alarm, wait);
	arm_step(loop, now + wait);
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

/* At the pace of the re-planning: deadlines follow from the zones. */
static void look_at_zones(struct loop *loop)
{
	int64_t now = clock_boot();

	if (loop->options.zones_changed == NULL || loop->stopping ||
	    now - loop->zones_looked_at < LOOK_MAX_MS)
		return;
	loop->zones_looked_at = now;
	if (conf_zones_changed(engine_conf(loop->engine)))
		loop->options.zones_changed(loop->options.arg);
}

/* Since it was asked for, or since the alarm should have gone off. */
static void count_lag(struct loop *loop, int64_t now_us)
{
	histogram_add(&loop->times.lag, now_us - (loop->asked_us != 0 ? loop->asked_us :
		loop->alarm_us != 0 ? loop->alarm_us : now_us));
	loop->asked_us = 0;
}

static void on_turn(evutil_socket_t fd, short what, void *arg)
{
	struct loop *loop = arg;
	int64_t next_at = TIME_NONE, begun_us = clock_monotonic_us();
	struct error err;

	(void)fd;
	(void)what;
	count_lag(loop, begun_us);
	event_del(loop->turn);
	event_del(loop->gather);
	loop->gathered = 0;
	if (engine_turn(loop->engine, &next_at, &err) < 0) {
		/* A full disk may last: one line when it begins, one when it ends. */
		if (!loop->failing)
			log_kind(LOG_LEVEL_ERROR, "engine", MESSAGE_STORE_ERROR,
				"a turn could not be committed: %s; retrying", err.text);
		loop->failing = true;
		loop->disk_full = err.code == ERROR_FULL;
		text_copy(loop->trouble, sizeof(loop->trouble), err.text);
		plan(loop, clock_wall() + RETRY_MS);
	} else {
		if (loop->failing)
			log_kind(LOG_LEVEL_NOTICE, "engine", MESSAGE_STORE_WORKS,
				"turns are committed again");
		loop->failing = loop->disk_full = false;
		plan(loop, next_at);
	}
	histogram_add(&loop->times.turns, clock_monotonic_us() - begun_us);
	crew_look(loop->crew);
	look_at_zones(loop);
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

static void on_step(evutil_socket_t fd, short what, void *arg)
{
	struct loop *loop = arg;
	uint64_t n;

	(void)what;
	/* Whether it ran off or was cancelled: the turn finds out what happened. */
	if (read(fd, &n, sizeof(n)) < 0 && errno == EAGAIN)
		return;
	wake(loop);
}

/* ---- couriers -------------------------------------------------------------------- */

static void on_crew(void *arg, int rc, const struct error *err)
{
	struct loop *loop = arg;
	loop_ready_fn *fn = loop->ready;

	/* Whoever asked may ask for the next change from within. */
	loop->ready = NULL;
	if (fn != NULL)
		fn(loop->ready_arg, rc, err);
}

static void on_wake(void *arg)
{
	wake(arg);
}

static void on_wake_soon(void *arg)
{
	gather(arg);
}

void loop_on_ready(struct loop *loop, loop_ready_fn *fn, void *arg)
{
	loop->ready = fn;
	loop->ready_arg = arg;
}

void loop_reload(struct loop *loop, const struct conf *conf, loop_ready_fn *fn, void *arg)
{
	struct error err;

	if (loop->ready != NULL || loop->stopping) {
		error_set(&err, ERROR_BUSY, "busy with a start, stop or reload");
		fn(arg, -1, &err);
		return;
	}
	loop_on_ready(loop, fn, arg);
	crew_start(loop->crew, conf);
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
	backup_stop(loop->backup);
	loop->stopped = fn;
	loop->stopped_arg = arg;
	set_timer(loop->stop_timer, timeout_ms);
	wake(loop);
}

struct loop *loop_new(struct event_base *base, struct store *store, const struct conf *conf,
	const struct loop_options *options, struct error *err)
{
	struct loop *loop = xcalloc(1, sizeof(*loop));
	const struct engine_host host = { host_now, host_roll, host_capacity, host_send, loop,
		host_read_clocks };
	const struct crew_host crew = { on_crew, on_wake, on_wake_soon, loop };

	loop->base = base;
	loop->options = *options;
	loop->roll = (uint64_t)random_between(0, INT64_MAX - 1);
	loop->next_at = TIME_NONE;
	loop->zones_looked_at = clock_boot();
	loop->timer_fd = -1;
	loop->engine = engine_new(store, conf, &host, err);
	if (loop->engine == NULL || engine_start(loop->engine, options->version, err) < 0) {
		loop_free(loop);
		return NULL;
	}
	loop->backup = backup_new(base, store);
	loop->crew = crew_new(base, options->courier, loop->engine, &crew);
	loop->started = true;
	loop->turn = event_new(base, -1, 0, on_turn, loop);
	event_priority_set(loop->turn, LOOP_PRIORITIES - 1);
	loop->alarm = evtimer_new(base, on_turn, loop);
	loop->gather = evtimer_new(base, on_turn, loop);
	loop->upkeep = evtimer_new(base, on_upkeep, loop);
	loop->stop_timer = evtimer_new(base, on_stop_timer, loop);
	loop->timer_fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	if (loop->timer_fd >= 0) {
		loop->step = event_new(base, loop->timer_fd, EV_READ | EV_PERSIST, on_step, loop);
		event_add(loop->step, NULL);
	}
	crew_start(loop->crew, conf);
	wake(loop);
	return loop;
}

void loop_free(struct loop *loop)
{
	struct event *events[6];
	size_t i;

	if (loop == NULL)
		return;
	backup_free(loop->backup);
	crew_free(loop->crew);
	events[0] = loop->turn;
	events[1] = loop->alarm;
	events[2] = loop->upkeep;
	events[3] = loop->stop_timer;
	events[4] = loop->step;
	events[5] = loop->gather;
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
	if (++loop->gathered == GATHER_MAX)
		event_active(loop->gather, EV_TIMEOUT, 0);
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
	return crew_is_down(loop->crew, ret);
}

int64_t loop_next_at(const struct loop *loop)
{
	return loop->next_at;
}

const struct loop_times *loop_times(const struct loop *loop)
{
	return &loop->times;
}

void loop_backup(struct loop *loop, loop_backup_fn *fn, void *arg)
{
	backup_start(loop->backup, fn, arg);
}
