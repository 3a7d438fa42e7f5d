/*
 * The engine's life and its turn: see engine.h. Everything that changes the store
 * is called from engine_turn, inside its one transaction.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/text.h"
#include "engine/internal.h"

enum {
	HEARTBEAT_MS = 10 * SECOND_MS,
	IDEMPOTENCY_MS = 24 * HOUR_MS,	/* interface: kept 24 h */
	PURGE_BATCH = 256,
	COMMANDS_MAX = 512,		/* of one transaction: bounds its stall */
	DOWNTIME_LISTED = 50,
};

struct engine *engine_new(struct store *store, const struct conf *conf,
	const struct engine_host *host, struct error *err)
{
	struct engine *e = xcalloc(1, sizeof(*e));
	const char *id = NULL;

	e->store = store;
	e->conf = conf;
	e->host = *host;
	e->arena = arena_new();
	e->last = &e->first;
	e->last_report = &e->reports;
	e->last_outgoing = &e->outgoing;
	e->now = host->now(host->arg);
	e->last_turn_at = e->now;
	if (store->ops->meta_get(store, META_STORE_ID, e->arena, &id, err) < 0)
		goto fail;
	if (id == NULL || !text_copy(e->store_id, sizeof(e->store_id), id)) {
		error_set(err, ERROR_INTERNAL, "the store has no id");
		goto fail;
	}
	return e;
fail:
	engine_free(e);
	return NULL;
}

void engine_free(struct engine *e)
{
	if (e == NULL)
		return;
	outbox_drop(e);
	outbox_forget_reports(e);
	while (e->flights != NULL) {
		struct flight *next = e->flights->next;

		outbox_flight_free(e->flights);
		e->flights = next;
	}
	arena_free(e->arena);
	free(e);
}

/* ---- accessors ------------------------------------------------------------------ */

struct store *engine_store(const struct engine *e)
{
	return e->store;
}

const struct conf *engine_conf(const struct engine *e)
{
	return e->conf;
}

int64_t engine_now(const struct engine *e)
{
	return e->host.now(e->host.arg);
}

int64_t engine_last_turn_at(const struct engine *e)
{
	return e->last_turn_at;
}

int engine_in_flight(const struct engine *e)
{
	return e->in_flight;
}

void engine_delivery_id(const struct engine *e, int64_t n, char out[DELIVERY_ID_SIZE])
{
	snprintf(out, DELIVERY_ID_SIZE, "dlv_%s_%" PRId64, e->store_id, n);
}

int64_t engine_delivery_number(const struct engine *e, const char *id)
{
	size_t len = strlen(e->store_id);
	int64_t n;

	if (!text_starts(id, "dlv_") || strncmp(id + 4, e->store_id, len) != 0 ||
	    id[4 + len] != '_' || text_int64(id + 5 + len, 1, INT64_MAX, &n) < 0)
		return 0;
	return n;
}

/* ---- work comes in ---------------------------------------------------------------- */

void engine_submit(struct engine *e, struct command *c)
{
	c->next = NULL;
	*e->last = c;
	e->last = &c->next;
}

void engine_outcome(struct engine *e, int64_t delivery, int attempt,
	enum attempt_outcome outcome, const char *detail, int64_t retry_after_ms)
{
	struct flight *f = outbox_flight(e, delivery, attempt);
	struct report *r;

	/* The first word counts: a courier that answers and dies in one turn of the
	 * loop, or answers twice, must not have its delivery sent again. */
	if (f == NULL || f->heard)
		return;
	f->heard = true;
	r = xcalloc(1, sizeof(*r));

	r->delivery = delivery;
	r->attempt = attempt;
	r->outcome = outcome;
	r->detail = xstrdup(detail != NULL ? detail : "");
	r->retry_after_ms = retry_after_ms;
	*e->last_report = r;
	e->last_report = &r->next;
}

int engine_generation(const struct engine *e)
{
	return e->generation;
}

void engine_courier_lost(struct engine *e, const char *transport, int generation)
{
	const struct flight *f;

	for (f = e->flights; f != NULL; f = f->next)
		if (f->generation == generation && strcmp(f->transport, transport) == 0)
			engine_outcome(e, f->delivery, f->attempt, ATTEMPT_AMBIGUOUS,
				"the courier ended before it answered", 0);
}

bool engine_has_work(const struct engine *e)
{
	return e->first != NULL || e->reports != NULL;
}

/* ---- the turn ------------------------------------------------------------------- */

static int run_kind(struct engine *e, struct command *c)
{
	switch (c->kind) {
	case COMMAND_OPEN: return command_run_open(e, c);
	case COMMAND_ALERTS: return command_run_alerts(e, c);
	case COMMAND_EVENT: return command_run_event(e, c);
	case COMMAND_FILING: return command_run_filing(e, c);
	case COMMAND_WAIVER: return command_run_waiver(e, c);
	case COMMAND_DISMISSAL: return command_run_dismissal(e, c);
	case COMMAND_ACKNOWLEDGEMENT: return command_run_acknowledgement(e, c);
	case COMMAND_ANSWERED: return 0;
	}
	return error_set(&c->error, ERROR_INTERNAL, "no such command");
}

/* 1: answered from what an earlier request with the same key got. */
static int replay(struct engine *e, struct command *c)
{
	struct idempotency_row row;

	if (c->idempotency_key == NULL)
		return 0;
	if (e->store->ops->idempotency_get(e->store, c->actor, c->idempotency_key, c->arena,
		    &row, &c->error) < 0) {
		if (c->error.code != ERROR_NOT_FOUND)
			return -1;
		memset(&c->error, 0, sizeof(c->error));
		return 0;
	}
	if (strcmp(row.digest, c->digest) != 0)
		return error_set(&c->error, ERROR_INVALID,
			"this Idempotency-Key was used for another request");
	c->status = row.status;
	c->answer = row.body;
	return 1;
}

static int remember(struct engine *e, struct command *c)
{
	struct idempotency_row row = {
		.actor = c->actor, .key = c->idempotency_key, .status = c->status,
		.body = c->answer, .at = e->now,
	};

	if (c->idempotency_key == NULL)
		return 0;
	memcpy(row.digest, c->digest, sizeof(row.digest));
	return e->store->ops->idempotency_put(e->store, &row, &c->error);
}

static int run(struct engine *e, struct command *c)
{
	int rc = replay(e, c);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	/* Below the floor new work is refused, while what ends clocks goes on. */
	if ((c->kind == COMMAND_OPEN || c->kind == COMMAND_ALERTS) &&
	    e->store->ops->below_floor(e->store))
		return error_set(&c->error, ERROR_FULL,
			"the disk is nearly full: new incidents are refused, clocks go on");
	if (run_kind(e, c) < 0)
		return -1;
	return remember(e, c);
}

/* Runs each command in a savepoint of its own: a refused one leaves the batch. */
static int run_commands(struct engine *e, struct command *list, struct error *err)
{
	const struct store_ops *ops = e->store->ops;
	struct command *c;

	for (c = list; c != NULL; c = c->next) {
		memset(&c->error, 0, sizeof(c->error));
		if (ops->savepoint(e->store, err) < 0)
			return -1;
		if (run(e, c) < 0) {
			ops->undo(e->store);
			/* A full disk or a fault of ours takes the batch with it. */
			if (c->error.code == ERROR_INTERNAL || c->error.code == ERROR_IO) {
				*err = c->error;
				return -1;
			}
		} else if (ops->release(e->store, err) < 0) {
			return -1;
		}
	}
	return 0;
}

static int beat(struct engine *e, struct error *err)
{
	const struct store_ops *ops = e->store->ops;
	char text[24];

	if (e->heartbeat_at != 0 && e->now >= e->heartbeat_at &&
	    e->now - e->heartbeat_at < HEARTBEAT_MS)
		return 0;
	snprintf(text, sizeof(text), "%" PRId64, e->now);
	if (ops->meta_put(e->store, META_HEARTBEAT, text, err) < 0 ||
	    ops->idempotency_purge(e->store, e->now - IDEMPOTENCY_MS, PURGE_BATCH, err) < 0)
		return -1;
	e->heartbeat_at = e->now;
	return 0;
}

/* Takes a bounded number of commands from the queue. */
static struct command *take_commands(struct engine *e)
{
	struct command *list = e->first, *c = list;
	int n;

	for (n = 1; c != NULL && n < COMMANDS_MAX; n++)
		c = c->next;
	if (c == NULL || c->next == NULL) {
		e->first = NULL;
		e->last = &e->first;
	} else {
		e->first = c->next;
		c->next = NULL;
	}
	return list;
}

static void answer_all(struct command *list, const struct error *failure)
{
	while (list != NULL) {
		struct command *c = list;

		list = c->next;
		if (failure != NULL)
			c->error = *failure;
		c->done(c, c->arg);	/* the command is its owner's again */
	}
}

struct replan {
	struct engine *e;
	struct clock_row *rows;
	size_t n;
};

static int collect(void *arg, const struct clock_row *row, int64_t rowid)
{
	struct replan *r = arg;
	struct clock_row *copy;

	(void)rowid;
	r->rows = arena_grow(r->e->arena, r->rows, r->n, sizeof(*r->rows));
	copy = &r->rows[r->n++];
	memset(copy, 0, sizeof(*copy));
	copy->clock.incident = row->clock.incident;
	copy->clock.regime = arena_strdup(r->e->arena, row->clock.regime);
	copy->clock.stage = arena_strdup(r->e->arena, row->clock.stage);
	return 0;
}

/* The running clocks of one incident, planned by the present policies. */
static int replan_incident(struct engine *e, int64_t id, struct error *err)
{
	struct incident_row row;
	struct folded folded = { .changes = NULL };
	size_t i;

	if (e->store->ops->incident_load(e->store, id, e->arena, &row, err) < 0 ||
	    e->store->ops->clock_of(e->store, id, e->arena, &folded.clocks, &folded.n, err) < 0)
		return -1;
	for (i = 0; i < folded.n; i++)
		if (folded.clocks[i].clock.state == CLOCK_RUNNING &&
		    alarm_look(e, &row, &folded.clocks[i], false, err) < 0)
			return -1;
	return 0;
}

static int replan_all(struct engine *e, struct error *err)
{
	static const enum clock_state running = CLOCK_RUNNING;
	const struct clock_filter filter = {
		.state = &running, .before_at = TIME_NONE, .after_at = TIME_NONE,
		.limit = INT32_MAX,
	};
	struct replan r = { e, NULL, 0 };
	size_t i;

	if (e->store->ops->clock_list(e->store, &filter, collect, &r, err) < 0)
		return -1;
	for (i = 0; i < r.n; i++)
		if ((i == 0 || r.rows[i].clock.incident != r.rows[i - 1].clock.incident) &&
		    replan_incident(e, r.rows[i].clock.incident, err) < 0)
			return -1;
	return 0;
}

/* The wall clock went back by more than a moment: what was planned by it is not. */
static bool went_back(const struct engine *e)
{
	return e->now + SECOND_MS < e->last_turn_at;
}

/* A quiet turn must not write: is there anything to do at all? */
static bool is_idle(struct engine *e, const struct command *list, int64_t next_at)
{
	return list == NULL && e->reports == NULL && !went_back(e) &&
		(next_at == TIME_NONE || next_at > e->now) &&
		e->heartbeat_at != 0 && e->now >= e->heartbeat_at &&
		e->now - e->heartbeat_at < HEARTBEAT_MS;
}

static int next_instant(struct engine *e, int64_t *ret, struct error *err)
{
	int64_t clock_at, delivery_at;

	if (e->store->ops->clock_next(e->store, &clock_at, err) < 0)
		return -1;
	delivery_at = outbox_next_at(e, err);
	*ret = clock_at;
	if (delivery_at != TIME_NONE && (clock_at == TIME_NONE || delivery_at < clock_at))
		*ret = delivery_at;
	return 0;
}

static int transact(struct engine *e, struct command *list, bool *ret_more, struct error *err)
{
	const struct store_ops *ops = e->store->ops;
	size_t fired = 0;

	if (ops->begin(e->store, err) < 0)
		return -1;
	if (went_back(e) && (replan_all(e, err) < 0 || outbox_replan(e, err) < 0))
		return -1;
	if (outbox_take_reports(e, err) < 0 || run_commands(e, list, err) < 0 ||
	    alarm_fire_due(e, &fired, err) < 0 || outbox_hand_over(e, err) < 0 ||
	    beat(e, err) < 0)
		return -1;
	*ret_more = fired >= ALARM_BATCH;
	return ops->commit(e->store, err);
}

int engine_turn(struct engine *e, int64_t *ret_next_at, struct error *err)
{
	struct command *list;
	bool more = false;

	e->now = e->host.now(e->host.arg);
	arena_reset(e->arena);
	list = take_commands(e);
	if (next_instant(e, ret_next_at, err) < 0) {
		answer_all(list, err);
		return -1;
	}
	if (is_idle(e, list, *ret_next_at)) {
		e->last_turn_at = e->now;
		return 0;
	}
	if (transact(e, list, &more, err) < 0) {
		e->store->ops->rollback(e->store);
		outbox_drop(e);
		e->heartbeat_at = 0;
		answer_all(list, err);
		return -1;
	}
	e->last_turn_at = e->now;
	outbox_forget_reports(e);
	outbox_send(e);
	answer_all(list, NULL);
	if (next_instant(e, ret_next_at, err) < 0)
		return -1;
	if (more || e->first != NULL || e->reports != NULL)
		*ret_next_at = e->now;
	return 0;
}

/* ---- start and end -------------------------------------------------------------- */

struct missed {
	json_t *list;
	int64_t n;
	int64_t now;
};

static int note_missed(void *arg, const struct clock_row *row, int64_t rowid)
{
	struct missed *m = arg;
	json_t *item;

	(void)rowid;
	if (row->next_at == TIME_NONE || row->next_at > m->now)
		return 0;
	if (m->n++ >= DOWNTIME_LISTED)
		return 0;
	item = json_object();
	json_set_int(item, "incident", row->clock.incident);
	json_set_text(item, "regime", row->clock.regime);
	json_set_text(item, "stage", row->clock.stage);
	json_set_time(item, "step_at", row->next_at);
	json_array_append_new(m->list, item);
	return 0;
}

/* How long nobody was here, and what should have fired meanwhile (promise 4). */
static int count_downtime(struct engine *e, json_t *record, struct error *err)
{
	static const enum clock_state running = CLOCK_RUNNING;
	const struct clock_filter filter = {
		.state = &running, .before_at = TIME_NONE, .after_at = TIME_NONE,
		.limit = INT32_MAX,
	};
	struct missed m = { json_array(), 0, e->now };
	const char *text = NULL;
	int64_t last, next;

	json_object_set_new(record, "missed", m.list);
	if (e->store->ops->meta_get(e->store, META_HEARTBEAT, e->arena, &text, err) < 0)
		return -1;
	if (text == NULL || text_int64(text, 0, INT64_MAX, &last) < 0)
		return 0;
	json_set_time(record, "last_seen_at", last);
	json_set_int(record, "down_s", e->now > last ? (e->now - last) / SECOND_MS : 0);
	if (last > e->now + 2 * SECOND_MS) {
		e->last_turn_at = last;	/* the first turn plans anew */
		log_warning("engine", "the wall clock is behind the last time we ran by %" PRId64
			" s; check the system's time", (last - e->now) / SECOND_MS);
	}
	if (e->store->ops->clock_next(e->store, &next, err) < 0)
		return -1;
	if (next != TIME_NONE && next <= e->now &&
	    e->store->ops->clock_list(e->store, &filter, note_missed, &m, err) < 0)
		return -1;
	json_set_int(record, "missed_total", m.n);
	if (m.n > 0)
		log_warning("engine", "away for %" PRId64 " s; %" PRId64
			" steps should have fired meanwhile and fire now",
			(e->now - last) / SECOND_MS, m.n);
	return 0;
}

int engine_start(struct engine *e, const char *version, struct error *err)
{
	const struct store_ops *ops = e->store->ops;
	json_t *record;
	int recovered = 0;

	e->now = e->host.now(e->host.arg);
	if (ops->begin(e->store, err) < 0)
		return -1;
	record = record_new(e, "daemon.started", "daemon", NULL);
	json_set_text(record, "version", version);
	json_set_text(record, "configuration", e->conf->digest);
	if (count_downtime(e, record, err) < 0 || outbox_recover(e, &recovered, err) < 0) {
		json_decref(record);
		goto fail;
	}
	json_set_int(record, "attempts_taken_back", recovered);
	if (record_append(e, record, 0, err) < 0 || beat(e, err) < 0 ||
	    ops->commit(e->store, err) < 0)
		goto fail;
	return 0;
fail:
	ops->rollback(e->store);
	return -1;
}

void engine_stop(struct engine *e)
{
	const struct store_ops *ops = e->store->ops;
	struct error err;

	e->now = e->host.now(e->host.arg);
	e->heartbeat_at = 0;
	if (ops->begin(e->store, &err) < 0)
		return;
	if (record_append(e, record_new(e, "daemon.stopped", "daemon", NULL), 0, &err) < 0 ||
	    beat(e, &err) < 0 || ops->commit(e->store, &err) < 0) {
		ops->rollback(e->store);
		log_warning("engine", "the end of this run could not be recorded: %s, ignoring",
			err.text);
	}
}

int engine_reconfigure(struct engine *e, const struct conf *conf, struct error *err)
{
	const struct store_ops *ops = e->store->ops;
	const struct conf *before = e->conf;
	json_t *record;

	e->conf = conf;
	e->now = e->host.now(e->host.arg);
	arena_reset(e->arena);
	if (ops->begin(e->store, err) < 0)
		goto keep;
	record = record_new(e, "daemon.reloaded", "daemon", NULL);
	json_set_text(record, "configuration", conf->digest);
	if (record_append(e, record, 0, err) < 0 || replan_all(e, err) < 0 ||
	    ops->commit(e->store, err) < 0)
		goto undo;
	e->generation++;
	return 0;
undo:
	ops->rollback(e->store);
keep:
	e->conf = before;
	return -1;
}
