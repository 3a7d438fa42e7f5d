/*
 * The couriers of the daemon: one for each transport of the configuration, the crew.
 * Two crews exist only during a reload: the new one, until all of it is ready, and
 * old ones, until they have finished what they took.
 */
#ifndef TOCSIN_ENGINE_CREW_H
#define TOCSIN_ENGINE_CREW_H

#include <stdbool.h>

#include "engine/engine.h"

struct event_base;
struct crew;

struct crew_host {
	/* Everything is ready, or cannot be: called once for each start and change. */
	void (*ready)(void *arg, int rc, const struct error *err);
	/* Something changed that the engine should look at. */
	void (*wake)(void *arg);
	/* The same, soon: others are likely to follow. */
	void (*wake_soon)(void *arg);
	void *arg;
};

/* Borrows program and engine. */
struct crew *crew_new(struct event_base *base, const char *program, struct engine *engine,
	const struct crew_host *host);
void crew_free(struct crew *crew);	/* NULL is allowed; kills what still runs */

/* Starts the couriers of a configuration. After the first start it is a change: the
 * engine takes the configuration when all new couriers are ready, and not before;
 * if one cannot start, or not in time, nothing has changed. */
void crew_start(struct crew *crew, const struct conf *conf);

/* For engine_host. */
int crew_capacity(const struct crew *crew, const char *transport);
void crew_send(struct crew *crew, const char *transport, const struct buf *message);

/* Ends couriers that hang. Call it now and then. */
void crew_look(struct crew *crew);
/* A transport whose courier is not ready; false: there is none. */
bool crew_is_down(const struct crew *crew, const char **ret);

#endif
