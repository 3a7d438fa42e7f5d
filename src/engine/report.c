/*
 * What couriers report of attempts: each outcome is a row before anything else
 * follows from it; a failure is tried again by full jitter, or raises the fallback.
 */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/rfc3339.h"
#include "base/text.h"
#include "engine/internal.h"

enum { DETAIL_MAX = 300, OVERDUE_WAIT_MS = 5 * MINUTE_MS, OURS_MAX_MS = 10 * SECOND_MS };

void flight_free(struct flight *f)
{
	if (f == NULL)
		return;
	free(f->transport);
	free(f->channel);
	free((char *)(uintptr_t)f->row.regime);
	free((char *)(uintptr_t)f->row.stage);
	free((char *)(uintptr_t)f->row.kind);
	free((char *)(uintptr_t)f->row.step);
	free((char *)(uintptr_t)f->row.recipient);
	free(f);
}

static char *copy(const char *text)
{
	return text != NULL ? xstrdup(text) : NULL;
}

/* What its report will need of it, so that the store is not asked again: not of drills,
 * which say so in their notice. */
static void keep_row(struct flight *f, const struct delivery_row *row)
{
	if (delivery_is_drill(row))
		return;
	f->row = *row;
	f->row.notice = f->row.entity = NULL;
	f->row.list = NULL;
	f->row.n_list = 0;
	f->row.regime = copy(row->regime);
	f->row.stage = copy(row->stage);
	f->row.kind = copy(row->kind);
	f->row.step = copy(row->step);
	f->row.recipient = copy(row->recipient);
	f->row.channel = f->channel;
}

void flight_begin(struct engine *e, const struct conf_channel *channel,
	const struct delivery_row *row, int64_t attempt)
{
	struct flight *f = xcalloc(1, sizeof(*f));

	f->delivery = row->id;
	f->attempt = row->attempts;
	f->attempt_id = attempt;
	f->transport = xstrdup(channel->transport);
	f->channel = xstrdup(channel->name);
	f->generation = e->generation;
	keep_row(f, row);
	*e->last_flight = f;
	e->last_flight = &f->next;
	e->in_flight++;
}

struct flight *flight_take(struct engine *e, int64_t delivery, int attempt)
{
	struct flight **p, *f;

	for (p = &e->flights; (f = *p) != NULL; p = &f->next)
		if (f->delivery == delivery && f->attempt == attempt) {
			*p = f->next;
			if (f->next == NULL)
				e->last_flight = p;
			e->in_flight--;
			return f;
		}
	return NULL;
}

struct flight *flight_find(const struct engine *e, int64_t delivery, int attempt)
{
	struct flight *f;

	for (f = e->flights; f != NULL; f = f->next)
		if (f->delivery == delivery && f->attempt == attempt)
			return f;
	return NULL;
}

/* Of a step the clock may be settled, or due at another time than when it fired. */
static int look_at_clock(struct engine *e, struct delivery_row *row, bool *ret_settled,
	struct error *err)
{
	struct clock_row clock;

	*ret_settled = false;
	if (strcmp(row->kind, "step") != 0)
		return 0;
	if (e->store->ops->clock_get(e->store, row->incident, row->regime, row->stage, e->arena,
		    &clock, err) < 0) {
		if (err->code != ERROR_NOT_FOUND)
			return -1;
		memset(err, 0, sizeof(*err));
		return 0;
	}
	*ret_settled = clock_is_settled(clock.clock.state);
	if (clock.clock.state == CLOCK_RUNNING)
		row->due_at = clock.clock.due_at;
	return 0;
}

/* What is cut off by an end of our own says nothing against the receiver: it is not
 * counted, then or later. One that a courier dies of still leaves room between. */
static int64_t retry_delay(struct engine *e, const struct delivery_row *row, bool ours)
{
	int64_t delay = pace_retry(e, row->channel, policy_retry_delay(ours ? row->attempts :
		row->failures, row->due_at, e->now, e->host.roll(e->host.arg)));

	return ours && delay > OURS_MAX_MS ? OURS_MAX_MS : delay;
}

static int try_again(struct engine *e, struct delivery_row *row, const struct report *r,
	struct error *err)
{
	int64_t retry_after_ms = r->retry_after_ms, most = RETRY_AFTER_MAX_MS, delay;
	bool settled, yields;

	row->failures += !r->ours;
	if (look_at_clock(e, row, &settled, err) < 0)
		return -1;
	delay = retry_delay(e, row, r->ours);
	if (settled)
		return outbox_cancel(e, row, "the clock is settled", err);
	if (repeat_yield(e, row, &yields, err) < 0)
		return -1;
	if (yields)
		return 0;
	/* What the receiver asks for is honoured, but not past the deadline, and not for
	 * long once that is over. */
	if (row->due_at != TIME_NONE && row->due_at > e->now)
		most = (row->due_at - e->now) / 4;
	else if (row->due_at != TIME_NONE)
		most = OVERDUE_WAIT_MS;
	if (most > RETRY_AFTER_MAX_MS)
		most = RETRY_AFTER_MAX_MS;
	if (retry_after_ms > most)
		retry_after_ms = most;
	if (retry_after_ms > delay) {
		delay = retry_after_ms;
		row->why = WAITS_RETRY_AFTER;
	}
	row->state = DELIVERY_WAITING;
	row->next_at = quiet_next(e, row, e->now + delay);
	if (e->store->ops->delivery_update(e->store, row, err) < 0)
		return -1;
	if (row->next_at > e->now + delay && quiet_record(e, row, err) < 0)
		return -1;
	return fallback_consider(e, row, false, err);
}

int report_conclude(struct engine *e, struct delivery_row *row, enum delivery_state state,
	const char *detail, struct error *err)
{
	struct buf *record = outbox_record(e, state == DELIVERY_DELIVERED ? "delivery.delivered" :
		"delivery.failed", row);

	out_text(record, "detail", detail);
	count(e, COUNT_DELIVERY, row->channel, delivery_state_name(state), 1);
	row->state = state;
	row->next_at = TIME_NONE;
	if (e->store->ops->delivery_update(e->store, row, err) < 0 ||
	    record_append(e, record, row->incident, err) < 0)
		return -1;
	if (state != DELIVERY_FAILED)
		return 0;
	if (row->incident != 0)
		return fallback_consider(e, row, true, err);
	/* What is of no incident has no policy, and so no fallback of its own. Who has taken
	 * a channel out of the configuration knows. */
	return conf_channel(e->conf, row->channel) == NULL ? 0 :
		operations_refused(e, row, detail, err);
}

/* The first failure of a delivery, then ever more rarely: 1, 2, 4, 8, ... */
static bool is_worth_a_line(int attempts)
{
	return (attempts & (attempts - 1)) == 0;
}

static int take_report(struct engine *e, const struct report *r, struct error *err)
{
	const struct flight *f = flight_find(e, r->delivery, r->attempt);
	struct attempt_row attempt = { .outcome = r->outcome };
	struct delivery_row row;

	if (f == NULL)
		return 0;	/* heard of it already, or not from this process */
	attempt.id = f->attempt_id;
	attempt.delivery = r->delivery;
	attempt.detail = arena_strndup(e->arena, r->detail,
		text_utf8_cut(r->detail, strlen(r->detail), DETAIL_MAX));
	count(e, COUNT_ATTEMPT, f->channel, attempt_outcome_name(r->outcome), 1);
	if (e->store->ops->attempt_finish(e->store, &attempt, err) < 0)
		return -1;
	if (r->outcome == ATTEMPT_DELIVERED && f->row.id != 0)
		row = f->row;
	else if (e->store->ops->delivery_load(e->store, r->delivery, e->arena, &row, err) < 0)
		return -1;
	if (r->handle != NULL && e->store->ops->meta_put(e->store,
		    arena_printf(e->arena, META_THREAD, row.incident, row.channel), r->handle,
		    err) < 0)
		return -1;
	switch (r->outcome) {
	case ATTEMPT_DELIVERED:
		return report_conclude(e, &row, DELIVERY_DELIVERED, attempt.detail, err);
	case ATTEMPT_PERMANENT:
		say_later(e, LOG_LEVEL_ERROR, "outbox", &(const struct log_about){
			.message = MESSAGE_DELIVERY_REFUSED, .incident = row.incident,
			.channel = row.channel, .regime = row.regime, .stage = row.stage },
			"channel %s, incident %" PRId64 ": refused for good: %s", row.channel,
			row.incident, attempt.detail);
		return report_conclude(e, &row, DELIVERY_FAILED, attempt.detail, err);
	case ATTEMPT_UNKNOWN:
	case ATTEMPT_TEMPORARY:
	case ATTEMPT_AMBIGUOUS:
		break;
	}
	if (is_worth_a_line(row.attempts))
		say_later(e, LOG_LEVEL_WARNING, "outbox", &(const struct log_about){
			.incident = row.incident, .channel = row.channel },
			"channel %s, incident %" PRId64 ": attempt %d failed: %s, retrying",
			row.channel, row.incident, row.attempts, attempt.detail);
	return try_again(e, &row, r, err);
}

int report_take_all(struct engine *e, struct error *err)
{
	const struct report *r;

	for (r = e->reports; r != NULL; r = r->next)
		if (take_report(e, r, err) < 0)
			return -1;
	return 0;
}

/* Only after the commit: until then they may have to be taken again. */
void report_forget_all(struct engine *e)
{
	while (e->reports != NULL) {
		struct report *r = e->reports;
		struct flight *f = flight_take(e, r->delivery, r->attempt);

		if (f != NULL)
			pace_heard(e, f, r);
		flight_free(f);
		e->reports = r->next;
		free(r->detail);
		free(r->handle);
		free(r);
	}
	e->last_report = &e->reports;
}
