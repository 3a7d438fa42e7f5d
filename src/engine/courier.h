/*
 * A courier as the daemon sees it: a child process with a socket to it. Starts it,
 * passes messages, hears results, and starts it again when it dies, after a pause
 * that grows to ten seconds. See config/transport.h for what is said.
 */
#ifndef TOCSIN_ENGINE_COURIER_H
#define TOCSIN_ENGINE_COURIER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "config/conf.h"

struct event_base;
struct courier;

/* Of one send, as the courier says it; what it left out is NULL or 0. */
struct courier_result {
	const char *id, *outcome, *detail, *handle;
	int64_t attempt, retry_after_s;
};

struct courier_events {
	void (*ready)(void *arg, struct courier *courier);
	/* It could not start; it is tried again unless it is being replaced. */
	void (*failed)(void *arg, struct courier *courier, const char *why);
	void (*result)(void *arg, struct courier *courier, const struct courier_result *result);
	/* The process is gone, and with it what became of so many in flight. */
	void (*lost)(void *arg, struct courier *courier, int in_flight);
	/* Retired and gone: courier_free may be called, later than in here. */
	void (*retired)(void *arg, struct courier *courier);
	void *arg;
};

/* Starts the process, from the loop: no event comes before this returns. program
 * is borrowed; what conf says of the channels is kept, so that a courier that is
 * started again is the same one, whatever stands in the files by then. */
struct courier *courier_new(struct event_base *base, const char *program,
	const char *transport, const struct conf *conf, int generation,
	const struct courier_events *events);
/* Kills the process if it still runs. */
void courier_free(struct courier *courier);

const char *courier_transport(const struct courier *courier);
int courier_generation(const struct courier *courier);
/* Kills it when it has had something in flight for longer than any attempt may
 * take, without a word: a courier that hangs must not hold deliveries for ever. */
void courier_look(struct courier *courier);
bool courier_is_ready(const struct courier *courier);
/* Retired, and its process has ended. */
bool courier_is_gone(const struct courier *courier);
int courier_in_flight(const struct courier *courier);
/* A JSON object. */
void courier_send(struct courier *courier, const struct buf *message);
/* No more messages: it finishes what it has and exits; not started again. */
void courier_retire(struct courier *courier);

#endif
