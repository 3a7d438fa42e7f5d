/*
 * The engine's host in the daemon: libevent's loop, the alarm, the couriers.
 *
 * A turn runs when work has come in and no socket has more of it just now, so that all
 * requests that are there share one commit; within bounds, so that a flood cannot put it
 * off. The alarm wakes it for the earliest next_at, without that delay; a timerfd
 * on CLOCK_REALTIME wakes it when the wall clock is stepped; and it looks at
 * least every 30 seconds in any case.
 */
#ifndef TOCSIN_ENGINE_LOOP_H
#define TOCSIN_ENGINE_LOOP_H

#include <stdbool.h>

#include "base/histogram.h"
#include "engine/engine.h"

struct event_base;
struct loop;

struct loop_options {
	const char *courier;		/* path of tocsin-courier */
	const char *version;
	/* The files of the time zones in use have changed (a new tzdata): asked to reload.
	 * Said again at every look until it is done; NULL: nobody wants to know. */
	void (*zones_changed)(void *arg);
	void *arg;
};

/* Of the base (event_base_priority_init): the last is the turn's, the middle everybody
 * else's, which is libevent's default. */
enum { LOOP_PRIORITIES = 3 };

/* Starts the couriers; ready says so when all have. Borrows store and conf. */
struct loop *loop_new(struct event_base *base, struct store *store, const struct conf *conf,
	const struct loop_options *options, struct error *err);
void loop_free(struct loop *loop);

/* Called once, when all couriers have said ready (0) or one could not (-1). */
typedef void loop_ready_fn(void *arg, int rc, const struct error *err);
void loop_on_ready(struct loop *loop, loop_ready_fn *fn, void *arg);

/* Starts couriers with the new configuration, waits until they are ready, then
 * swaps: fn hears 0 after the swap, -1 when nothing was changed. The old couriers
 * finish what they have. conf must stay until the next swap. */
void loop_reload(struct loop *loop, const struct conf *conf, loop_ready_fn *fn, void *arg);

/* Stops handing over; fn is called when nothing is in flight any more or after
 * timeout_ms. */
void loop_stop(struct loop *loop, int timeout_ms, void (*fn)(void *arg), void *arg);

/* Tells somebody who pressed a button in Slack what came of it: now or never, since it
 * is of no use later. */
void loop_reply(struct loop *loop, const char *channel, const char *to, const char *text);

void loop_submit(struct loop *loop, struct command *command);
struct engine *loop_engine(const struct loop *loop);

/* Healthy: turns happen and commit. A text says what is not; NULL: all is well. */
const char *loop_trouble(const struct loop *loop);
/* The trouble is a full disk: turns are tried again every second, and a restart would
 * make no room but take away what can still be read. */
bool loop_disk_full(const struct loop *loop);
/* Transports whose courier is not ready, one named in *ret; false: none. */
bool loop_courier_down(const struct loop *loop, const char **ret);
int64_t loop_next_at(const struct loop *loop);

/* Copies the store between turns, a little at a time, so that no clock waits for it. fd:
 * the copy, of size bytes, which is the hearer's from there; -1 with *err. One at a time. */
typedef void loop_backup_fn(void *arg, int fd, int64_t size, const struct error *err);
void loop_backup(struct loop *loop, loop_backup_fn *fn, void *arg);

/* How late turns begin after they were asked for, and how long they take: while one
 * runs, nothing else does. */
struct loop_times {
	struct histogram lag, turns;
};
const struct loop_times *loop_times(const struct loop *loop);

#endif
