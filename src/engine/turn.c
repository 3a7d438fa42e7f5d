/*
 * The turn: everything that changes the store happens in here, in one transaction;
 * what follows from it (answers, messages to couriers) only after its commit.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/rfc3339.h"
#include "base/text.h"
#include "engine/internal.h"
#include "engine/storm.h"

enum {
	HEARTBEAT_MS = 10 * SECOND_MS,
	IDEMPOTENCY_MS = 24 * HOUR_MS,	/* interface: kept 24 h */
	PURGE_BATCH = 4096,
	WORK_MAX = 512,			/* of one transaction, in commands and alerts: what
					 * falls due meanwhile waits for its end */
};

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
	case COMMAND_WITHDRAWAL: return command_run_withdrawal(e, c);
	case COMMAND_TRAITS: return command_run_traits(e, c);
	case COMMAND_CONFIRMATION: return command_run_confirmation(e, c);
	case COMMAND_RULES: return command_run_rules(e, c);
	case COMMAND_DETAIL: return command_run_detail(e, c);
	case COMMAND_REPLAY: return command_run_replay(e, c);
	case COMMAND_TEST: return command_run_test(e, c);
	case COMMAND_BACKUP: return record_append(e, record_new(e, "backup.begun", c->actor, NULL),
		0, &c->error);
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
	int rc = c->preview ? 0 : replay(e, c);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	/* Below the floor new work is refused, while what ends clocks goes on. */
	if ((c->kind == COMMAND_OPEN || c->kind == COMMAND_ALERTS) &&
	    e->store->ops->below_floor(e->store))
		return error_set(&c->error, ERROR_FULL,
			"the disk is nearly full: new incidents are refused, clocks go on");
	storms_begin_command(e);
	if (run_kind(e, c) < 0)
		return -1;
	if (c->preview)
		return 0;
	if (remember(e, c) < 0)
		return -1;
	storms_keep(e);
	return 0;
}

/* A full disk or a fault of ours takes the batch with it. */
static bool takes_all(const struct command *c)
{
	return c->error.code == ERROR_INTERNAL || c->error.code == ERROR_IO;
}

/* In a savepoint: what it wrote is taken back without the batch, if it is refused, or a
 * preview, whose answer says what would have come of it. */
static int run_apart(struct engine *e, struct command *c, struct error *err)
{
	const struct store_ops *ops = e->store->ops;
	const struct counted *mark = e->counted;
	const struct says says = e->says;
	const struct fresh *fresh = e->fresh;
	bool refused;

	if (ops->savepoint(e->store, err) < 0)
		return -1;
	refused = run(e, c) < 0;
	if (!refused && !c->preview)
		return ops->release(e->store, err);
	ops->undo(e->store);
	e->counted = mark;
	e->says = says;
	e->fresh = fresh;
	if (!refused || !takes_all(c))
		return 0;
	*err = c->error;
	return -1;
}

/* A refused command leaves the batch. Nearly all are refused before they have written
 * anything, so a savepoint for each, which copies every page that a command writes,
 * would be wasted (a sixth of the cost of an alert, measured): 1 when one was refused
 * later than that, and the turn is to be run again carefully, with savepoints. */
static int run_commands(struct engine *e, struct command *list, bool carefully,
	struct error *err)
{
	const struct store_ops *ops = e->store->ops;
	struct command *c;

	for (c = list; c != NULL; c = c->next) {
		const struct counted *mark = e->counted;
		const struct says says = e->says;
		const struct fresh *fresh = e->fresh;
		int64_t changes = ops->changes(e->store);

		memset(&c->error, 0, sizeof(c->error));
		if (carefully || c->preview) {
			if (run_apart(e, c, err) < 0)
				return -1;
			continue;
		}
		if (run(e, c) == 0)
			continue;
		e->counted = mark;
		e->says = says;
		e->fresh = fresh;
		if (takes_all(c)) {
			*err = c->error;
			return -1;
		}
		if (ops->changes(e->store) != changes)
			return 1;
	}
	return 0;
}

void turn_forget(struct engine *e)
{
	arena_reset(e->arena);
	e->memo = NULL;
}

int turn_beat(struct engine *e, struct error *err)
{
	const struct store_ops *ops = e->store->ops;
	char text[24];

	if (e->heartbeat_at != 0 && e->now >= e->heartbeat_at &&
	    e->now - e->heartbeat_at < HEARTBEAT_MS && !heartbeat_is_due(e))
		return 0;
	snprintf(text, sizeof(text), "%" PRId64, e->now);
	if (ops->meta_put(e->store, META_HEARTBEAT, text, err) < 0 ||
	    ops->idempotency_purge(e->store, e->now - IDEMPOTENCY_MS, PURGE_BATCH, err) < 0)
		return -1;
	e->heartbeat_at = e->now;
	return 0;
}

/* A batch of alerts is as much work as its alerts. */
static size_t work_of(const struct command *c)
{
	return c->kind == COMMAND_ALERTS && c->as.alerts.n_alerts > 0 ? c->as.alerts.n_alerts : 1;
}

/* Takes a bounded amount of work from the queue, and at least one command. */
static struct command *take_commands(struct engine *e)
{
	struct command *list = e->first, *last = NULL, *c;
	size_t work = 0;

	for (c = list; c != NULL; last = c, c = c->next) {
		work += work_of(c);
		if (last != NULL && work > WORK_MAX)
			break;
	}
	e->first = c;
	if (c == NULL)
		e->last = &e->first;
	if (last != NULL)
		last->next = NULL;
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

/* The wall clock went back by more than a moment: what was planned by it is not. */
static bool went_back(const struct engine *e)
{
	return e->now + SECOND_MS < e->last_turn_at;
}

/* A quiet turn must not write: is there anything to do at all? */
static bool is_idle(struct engine *e, const struct command *list, int64_t next_at)
{
	return list == NULL && e->reports == NULL && e->plan_before == 0 && !went_back(e) &&
		!watch_has_news(e) && !pace_has_news(e) &&
		(next_at == TIME_NONE || next_at > e->now) &&
		e->heartbeat_at != 0 && e->now >= e->heartbeat_at &&
		e->now - e->heartbeat_at < HEARTBEAT_MS;
}

static int next_instant(struct engine *e, int64_t *ret, struct error *err)
{
	int64_t at[] = { TIME_NONE, TIME_NONE, TIME_NONE, sources_next(e), selftest_next(e),
		heartbeat_next(e), fallback_next(e), storms_next(e) };
	int64_t id;
	size_t i;

	if (alarm_next(e, &at[0], err) < 0 ||
	    e->store->ops->incident_drill_next(e->store, &id, &at[1], err) < 0)
		return -1;
	at[2] = outbox_next_at(e, err);
	*ret = TIME_NONE;
	for (i = 0; i < ARRAY_LEN(at); i++)
		if (at[i] != TIME_NONE && (*ret == TIME_NONE || at[i] < *ret))
			*ret = at[i];
	return 0;
}

/* What has come of it is true only now that it is on disk. */
static void settle(struct engine *e)
{
	fallback_settle(e);
	pace_settle(e);
	sources_settle(e);
	selftest_settle(e);
	storms_settle(e);
	watch_committed(e);
	counts_settle(e);
	say_committed(e);
	e->last_turn_at = e->now;
	report_forget_all(e);
	outbox_send(e);
}

/* 1: to be undone, and run again carefully. */
static int transact(struct engine *e, struct command *list, bool carefully, bool *ret_more,
	struct error *err)
{
	const struct store_ops *ops = e->store->ops;
	bool more_drills = false, more_steps = false;
	int64_t plan_before;
	int rc;

	say_nothing(e);
	e->fresh = NULL;
	storms_begin_turn(e);
	if (ops->begin(e->store, err) < 0 || watch_record(e, err) < 0)
		return -1;
	if (went_back(e)) {
		plan_anew(e, NULL);
		pace_clock_set(e);
		limit_clock_set(e);
		if (outbox_hurry(e, RETRY_AFTER_MAX_MS, err) < 0)
			return -1;
	}
	if (report_take_all(e, err) < 0)
		return -1;
	rc = run_commands(e, list, carefully, err);
	if (rc != 0)
		return rc;
	if (storms_look(e, err) < 0 || alarm_fire_due(e, &more_steps, err) < 0 ||
	    drill_end_due(e, &more_drills, err) < 0 ||
	    plan_some(e, &plan_before, err) < 0 ||
	    pace_look(e, err) < 0 || fallback_look(e, err) < 0 || sources_look(e, err) < 0 ||
	    selftest_look(e, err) < 0 ||
	    outbox_hand_over(e, err) < 0 || turn_beat(e, err) < 0 ||
	    ops->commit(e->store, err) < 0)
		return -1;
	e->plan_before = plan_before;
	if (plan_before == 0)
		e->plan_why = NULL;
	*ret_more = more_steps || more_drills;
	return 0;
}

/* All of it or nothing; a second try when the disk was full, because the store gives
 * up its ballast at the first sign of it. */
static int transact_or_undo(struct engine *e, struct command *list, bool *ret_more,
	struct error *err)
{
	bool carefully = false, was_full = false;
	int rc;

	for (;;) {
		rc = transact(e, list, carefully, ret_more, err);
		if (rc == 0)
			return 0;
		e->store->ops->rollback(e->store);
		outbox_drop(e);
		selftest_undo(e);
		e->counted = NULL;
		e->heartbeat_at = 0;
		if (rc < 0 && (err->code != ERROR_FULL || was_full))
			return -1;
		carefully = carefully || rc > 0;
		was_full = was_full || rc < 0;
	}
}

int engine_turn(struct engine *e, int64_t *ret_next_at, struct error *err)
{
	struct command *list;
	bool more = false;

	e->now = e->host.now(e->host.arg);
	watch_look(e);
	turn_forget(e);
	e->counted = NULL;
	list = take_commands(e);
	if (next_instant(e, ret_next_at, err) < 0) {
		answer_all(list, err);
		return -1;
	}
	if (is_idle(e, list, *ret_next_at)) {
		e->last_turn_at = e->now;
		watch_committed(e);
		return 0;
	}
	if (transact_or_undo(e, list, &more, err) < 0) {
		answer_all(list, err);
		heartbeat_send_failed(e, err);
		return -1;
	}
	settle(e);
	answer_all(list, NULL);
	/* Alarm, store and outbox have done all there was to do. */
	if (!more)
		heartbeat_send(e);
	if (next_instant(e, ret_next_at, err) < 0)
		return -1;
	if (e->plan_before > 0 || e->first != NULL || e->reports != NULL ||
	    pace_has_news(e))
		*ret_next_at = e->now;
	return 0;
}
