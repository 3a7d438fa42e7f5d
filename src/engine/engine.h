/*
 * The engine: the one writer of the store. In each turn of the loop it runs, in
 * one transaction, what couriers reported, the commands that came in, the steps
 * that are due, and the attempts that are to be made; and only after the commit
 * it answers and sends. What a step causes (its deliveries) and what a delivery
 * is about to do (its attempt) are therefore on disk before they happen.
 *
 * It reads no clock and knows no event loop: both come through engine_host, so
 * that the scenario runner can run months in milliseconds. loop.h is its host in
 * the daemon.
 */
#ifndef TOCSIN_ENGINE_ENGINE_H
#define TOCSIN_ENGINE_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/json.h"
#include "config/conf.h"
#include "engine/command.h"
#include "engine/counts.h"
#include "store/store.h"

struct engine;

struct engine_host {
	int64_t (*now)(void *arg);
	int64_t (*roll)(void *arg);	/* evenly 0 to 999,999 */
	/* How many more deliveries the courier of a transport takes now. */
	int (*capacity)(void *arg, const char *transport);
	/* Hand one over, a JSON object (config/transport.h); called after the commit, at
	 * most capacity times. */
	void (*send)(void *arg, const char *transport, const struct buf *message);
	void *arg;
	/* Every clock there is, once a turn. NULL: nobody watches them. */
	void (*read_clocks)(void *arg, struct clock_reading *ret);
};

/* Borrows store and conf. */
struct engine *engine_new(struct store *store, const struct conf *conf,
	const struct engine_host *host, struct error *err);
void engine_free(struct engine *engine);	/* NULL is allowed */

/* After engine_new, once: counts the downtime, writes it down, takes back what
 * the last process had in flight. version: of the program. */
int engine_start(struct engine *engine, const char *version, struct error *err);
/* Records the end of this process. */
void engine_stop(struct engine *engine);

/* A new configuration: every running clock is planned anew. */
int engine_reconfigure(struct engine *engine, const struct conf *conf, struct error *err);

/* Takes a command into the next turn; done() is called from engine_turn. */
void engine_submit(struct engine *engine, struct command *command);
/* What a courier reported of an attempt; applied in the next turn. handle: what the
 * receiver calls the incident's thread, given back with later sends; NULL: nothing. */
void engine_outcome(struct engine *engine, int64_t delivery, int attempt,
	enum attempt_outcome outcome, const char *detail, int64_t retry_after_ms,
	const char *handle);
/* What became of a heartbeat. */
void engine_heartbeat_heard(struct engine *engine, enum attempt_outcome outcome,
	const char *detail);
/* Couriers belong to the configuration they were started with: their generation
 * counts the configurations, from 0. */
int engine_generation(const struct engine *engine);
/* A courier is gone: its open attempts are ambiguous, and tried again. */
void engine_courier_lost(struct engine *engine, const char *transport, int generation);
bool engine_has_work(const struct engine *engine);

/* One turn. *ret_next_at: when the next one is needed if nothing comes in;
 * TIME_NONE: nothing is planned. -1: the transaction failed; every command was
 * answered with the error, and the turn is to be tried again. */
int engine_turn(struct engine *engine, int64_t *ret_next_at, struct error *err);

/* Random, of this store alone. */
const char *engine_store_id(const struct engine *engine);
/* "dlv_<store id>_<n>" and back (0: not one of this store). */
enum { DELIVERY_ID_SIZE = 40 };
void engine_delivery_id(const struct engine *engine, int64_t n, char out[DELIVERY_ID_SIZE]);
int64_t engine_delivery_number(const struct engine *engine, const char *id);

/* For those who only read: the API. */
struct store *engine_store(const struct engine *engine);
const struct conf *engine_conf(const struct engine *engine);
int64_t engine_now(const struct engine *engine);
/* Instant of the last committed turn: the watchdog asks. */
int64_t engine_last_turn_at(const struct engine *engine);
/* What the clocks said in the last turn; NULL: nobody watches them. */
const struct clock_reading *engine_clocks(const struct engine *engine);
const struct counts *engine_counts(const struct engine *engine);
/* Alerts that were refused before they came here. */
void engine_count_rejected(struct engine *engine, const char *source, size_t n);
/* Deliveries handed to couriers and not yet reported. */
int engine_in_flight(const struct engine *engine);
/* As the journal says it. */
bool engine_channel_is_down(const struct engine *engine, const char *channel);
bool engine_source_is_silent(const struct engine *engine, const char *source);

#endif
