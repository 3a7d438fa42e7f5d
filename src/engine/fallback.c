/*
 * A step that does not get through to somebody is told to the policy's fallback: once
 * for each delivery, which is still tried itself. core/fallback.h says when; what has
 * been raised is kept in the row of the delivery, in the transaction that tells of it.
 *
 * When a channel goes down all that wait on it are looked at, a few a turn, in the order
 * of their deadlines. Nothing has to remember how far that has come: a new process finds
 * the channel down in the store and looks at all of them again, and what has raised its
 * fallback says so itself, and is passed over.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "core/fallback.h"
#include "engine/internal.h"

enum { LOOK_BATCH = 100 };	/* a turn, over all channels: bounds its stall */

/* As our own writer puts it; the quotes of any text are escaped. */
#define FALLBACK_FOR "\"fallback_for\":"

const char *fallback_of(const struct delivery_row *row)
{
	const char *found = row->notice != NULL ? strstr(row->notice, FALLBACK_FOR) : NULL;

	return found != NULL ? found + strlen(FALLBACK_FOR) : NULL;
}

/* ---- telling it --------------------------------------------------------------------- */

/* A step that fires at this moment is of a clock that runs, and that may be written only
 * after its steps. */
static int still_runs(struct engine *e, const struct delivery_row *row, bool *ret,
	struct error *err)
{
	struct delivery_row asked = *row;
	const struct clock *clock;

	*ret = true;
	if (row->created_at == e->now && row->attempts == 0)
		return 0;
	if (outbox_clock(e, &asked, &clock, err) < 0)
		return -1;
	*ret = clock != NULL;
	return 0;
}

/* Whom it would reach besides the channel that it stands in for; *ret_policy NULL:
 * nobody, or there is nothing to tell any more. */
static int resolve(struct engine *e, const struct delivery_row *row,
	const struct policy **ret_policy, struct reach *ret, struct error *err)
{
	const struct clock about = { .regime = row->regime, .stage = row->stage };
	const struct policy *policy;
	struct incident_row in;
	bool runs;
	size_t i;

	*ret_policy = NULL;
	if (still_runs(e, row, &runs, err) < 0)
		return -1;
	if (!runs)
		return 0;
	if (e->store->ops->incident_head(e->store, row->incident, e->arena, &in, err) < 0)
		return -1;
	policy = policy_of(e, &in.incident, &about);
	if (policy->n_fallback == 0)
		return 0;
	reach_resolve(e, policy, (const char *const *)policy->fallback, policy->n_fallback, ret);
	for (i = 0; i < ret->told->n_channels; i++)
		if (strcmp(ret->told->channels[i], row->channel) != 0)
			*ret_policy = policy;
	return 0;
}

static int journal(struct engine *e, const struct delivery_row *row,
	const struct policy *policy, const struct reach *reach, enum fallback_why why,
	struct error *err)
{
	struct buf *record = outbox_record(e, "step.fallback", row);

	out_text(record, "why", fallback_why_name(why));
	out_text(record, "policy", policy->name);
	out_texts(record, "to", (const char *const *)policy->fallback, policy->n_fallback);
	reach_put(record, reach);
	return record_append(e, record, row->incident, err);
}

/* The notice with whose place it takes, and why. */
static const char *notice_of(struct engine *e, const struct delivery_row *row,
	enum fallback_why why, struct error *err)
{
	json_t *notice = json_read(row->notice, strlen(row->notice), err);
	const char *kept;
	char *text;

	if (notice == NULL)
		return NULL;
	json_set_text(notice, "fallback_for", row->channel);
	json_set_text(notice, "fallback_why", fallback_why_name(why));
	text = json_text(notice);
	json_decref(notice);
	kept = arena_strdup(e->arena, text);
	free(text);
	return kept;
}

/* One notice for a channel is several deliveries where it has several mailboxes: nobody
 * is to be told as often that all of them are out of reach. */
static int mark_siblings(struct engine *e, const struct delivery_row *row, struct error *err)
{
	struct delivery_row *rows;
	size_t n, i;

	if (row->recipient == NULL)
		return 0;
	if (fresh_write(e, err) < 0 ||
	    e->store->ops->delivery_waiting(e->store, row->incident, row->regime, row->stage,
		    e->arena, &rows, &n, err) < 0)
		return -1;
	for (i = 0; i < n; i++) {
		if (rows[i].id == row->id || rows[i].fallback_at != TIME_NONE ||
		    rows[i].repeat != row->repeat || !repeat_is_of(&rows[i], row))
			continue;
		rows[i].fallback_at = e->now;
		if (e->store->ops->delivery_update(e->store, &rows[i], err) < 0)
			return -1;
	}
	return 0;
}

static int raise_it(struct engine *e, struct delivery_row *row, enum fallback_why why,
	struct error *err)
{
	struct delivery_row model = *row;
	const struct policy *policy;
	struct reach reach;
	size_t i;

	if (resolve(e, row, &policy, &reach, err) < 0)
		return -1;
	if (policy == NULL)
		return 0;
	if (journal(e, row, policy, &reach, why, err) < 0)
		return -1;
	model.notice = notice_of(e, row, why, err);
	if (model.notice == NULL)
		return -1;
	for (i = 0; i < reach.told->n_channels; i++)
		if (strcmp(reach.told->channels[i], row->channel) != 0 &&
		    outbox_add(e, &model, NULL,
			    (const char *const *)&reach.told->channels[i], 1, err) < 0)
			return -1;
	row->fallback_at = e->now;
	if (e->store->ops->delivery_update(e->store, row, err) < 0)
		return -1;
	return why == FALLBACK_DOWN || conf_channel(e->conf, row->channel) == NULL ?
		mark_siblings(e, row, err) : 0;
}

/* ---- one delivery ------------------------------------------------------------------- */

/* A fallback does not fall back again: it would go in circles. Who has something sent
 * again sees what becomes of it; only a refusal is news. */
static bool may_raise(const struct delivery_row *row, bool refused)
{
	return row->incident != 0 && strcmp(row->kind, "step") == 0 &&
		fallback_of(row) == NULL && (row->replay_of == 0 || refused);
}

/* When its quiet hours end; now: it is not in them. By the time that the clock is due at
 * now; one that is only about to be written is due as the delivery says. */
static int quiet_end(struct engine *e, const struct delivery_row *row, int64_t *ret,
	struct error *err)
{
	struct delivery_row asked = *row;
	const struct clock *clock;

	*ret = quiet_next(e, row, e->now);
	if (*ret == e->now || row->stage == NULL)
		return 0;
	if (outbox_clock(e, &asked, &clock, err) < 0)
		return -1;
	*ret = quiet_next(e, &asked, e->now);
	return 0;
}

int fallback_consider(struct engine *e, struct delivery_row *row, bool refused,
	struct error *err)
{
	struct fallback_case about = {
		.raised_at = row->fallback_at, .failures = row->failures, .refused = refused,
		.channel_down = pace_is_down(pace_find(e, row->channel)),
	};
	enum fallback_why why;
	int64_t end;

	if (!may_raise(row, refused))
		return 0;
	if (quiet_end(e, row, &end, err) < 0)
		return -1;
	about.quiet = end > e->now;
	why = fallback_reason(&about);
	return why == FALLBACK_NONE ? 0 : raise_it(e, row, why, err);
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a == TIME_NONE || b < a ? b : a;
}

int fallback_when_made(struct engine *e, struct delivery_row *row, struct error *err)
{
	struct pace *p = pace_find(e, row->channel);

	if (!pace_is_down(p))
		return 0;
	/* Nothing else would have it looked at when they end. */
	if (may_raise(row, false) && row->next_at > e->now)
		p->look.again_at = earlier(p->look.again_at, row->next_at);
	return fallback_consider(e, row, false, err);
}

/* ---- all that wait on a channel ----------------------------------------------------- */

void fallback_begin(struct pace *p)
{
	p->look = (struct fallback_look){ .going = true, .due_at = TIME_NONE,
		.again_at = TIME_NONE };
}

void fallback_hurry(struct engine *e, const char *channel)
{
	struct pace *p = pace_find(e, channel);

	if (pace_is_down(p))
		p->look.again_at = e->now;
}

int64_t fallback_next(const struct engine *e)
{
	int64_t next = TIME_NONE;
	size_t i;

	for (i = 0; i < e->n_paces; i++) {
		const struct pace *p = &e->paces[i];

		if (!pace_is_down(p))
			continue;
		if (p->look.going)
			return e->now;
		if (p->look.again_at != TIME_NONE)
			next = earlier(next, p->look.again_at);
	}
	return next;
}

static int look_at(struct engine *e, struct pace *p, struct delivery_row *row,
	struct error *err)
{
	int64_t end;

	/* Another of its notice may have been marked since this was read. */
	if (row->recipient != NULL &&
	    e->store->ops->delivery_load(e->store, row->id, e->arena, row, err) < 0)
		return -1;
	if (row->fallback_at != TIME_NONE)
		return 0;
	if (!may_raise(row, false))
		return 0;
	if (quiet_end(e, row, &end, err) < 0)
		return -1;
	if (end > e->now)
		p->looked.again_at = earlier(p->looked.again_at, end);
	return fallback_consider(e, row, false, err);
}

static int look(struct engine *e, struct pace *p, size_t *left, struct error *err)
{
	struct delivery_row *rows;
	size_t n, i;

	if (e->store->ops->delivery_stuck(e->store, p->name, p->looked.due_at, p->looked.id,
		    (int)*left, e->arena, &rows, &n, err) < 0)
		return -1;
	p->looked.going = n == *left;
	for (i = 0; i < n; i++) {
		p->looked.due_at = rows[i].due_at;
		p->looked.id = rows[i].id;
		if (look_at(e, p, &rows[i], err) < 0)
			return -1;
	}
	*left -= n;
	return 0;
}

int fallback_look(struct engine *e, struct error *err)
{
	size_t left = LOOK_BATCH, i;

	for (i = 0; i < e->n_paces; i++) {
		struct pace *p = &e->paces[i];

		if (p->look.again_at != TIME_NONE && p->look.again_at <= e->now)
			fallback_begin(p);
		p->looked = p->look;
		if (pace_is_down(p) && p->looked.going && left > 0 && look(e, p, &left, err) < 0)
			return -1;
	}
	return 0;
}

void fallback_settle(struct engine *e)
{
	size_t i;

	for (i = 0; i < e->n_paces; i++)
		e->paces[i].look = e->paces[i].looked;
}
