/*
 * From the facts of an incident to its rows: folds them into clocks (core), writes
 * what changed, settles what is settled, and lets the alarm look at what runs. The
 * old values stay in the journal line of the change.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "core/document.h"
#include "engine/internal.h"

/* Most fit; the others grow. */
enum { CHANGES_SIZE = 2000, ANSWER_SIZE = 4000 };

const struct conf_entity *entity_of(const struct engine *e, const char *id)
{
	const struct conf_entity *entity = conf_entity(e->conf, id);

	/* An entity that left the configuration keeps its clocks: the first one's
	 * policy carries them on rather than silence. */
	return entity != NULL ? entity : &e->conf->entities[0];
}

static const struct clock_row *find(const struct clock_row *rows, size_t n,
	const struct clock *clock)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(rows[i].clock.regime, clock->regime) == 0 &&
		    strcmp(rows[i].clock.stage, clock->stage) == 0)
			return &rows[i];
	return NULL;
}

static bool same(const struct clock *a, const struct clock *b)
{
	return a->state == b->state && a->anchor_at == b->anchor_at && a->due_at == b->due_at &&
		a->nominal_at == b->nominal_at && a->latest_at == b->latest_at &&
		a->planned_at == b->planned_at && a->settled_at == b->settled_at &&
		a->unconfirmed == b->unconfirmed && a->arguable == b->arguable &&
		a->target == b->target && text_equal(a->anchor, b->anchor) &&
		text_equal(a->reference, b->reference) && text_equal(a->rules, b->rules);
}

static void add_change(struct buf *out, const struct clock *clock, const struct clock *old)
{
	out_object(out, NULL);
	out_text(out, "regime", clock->regime);
	out_text(out, "stage", clock->stage);
	out_text(out, "state", clock_state_name(clock->state));
	out_text(out, "anchor", clock->anchor);
	out_time(out, "anchor_at", clock->anchor_at);
	out_time(out, "due_at", clock->due_at);
	out_time(out, "nominal_at", clock->nominal_at);
	out_time(out, "latest_at", clock->latest_at);
	out_time(out, "planned_at", clock->planned_at);
	out_text(out, "rules", clock->rules);
	if (old != NULL) {
		out_object(out, "was");
		out_text(out, "state", clock_state_name(old->state));
		out_time(out, "anchor_at", old->anchor_at);
		out_time(out, "due_at", old->due_at);
		out_time(out, "planned_at", old->planned_at);
		out_end_object(out);
	}
	out_end_object(out);
}

/* Does the escalation begin anew, or go on where it was? It goes on as long as
 * the clock has been running, wherever its dates have moved. */
static void carry_progress(struct clock_row *row, const struct clock_row *old)
{
	if (old != NULL && old->clock.state == CLOCK_RUNNING) {
		row->progress = old->progress;
		row->next_at = old->next_at;
	} else {
		row->progress.step = -1;
		row->progress.fired_at = TIME_NONE;
		row->next_at = TIME_NONE;
	}
	if (row->clock.state != CLOCK_RUNNING)
		row->next_at = TIME_NONE;
}

static int write_clock(struct engine *e, const struct incident_row *row,
	struct clock_row *clock, const struct clock_row *old, struct folded *ret,
	struct error *err)
{
	carry_progress(clock, old);
	if (old != NULL && same(&clock->clock, &old->clock))
		return 0;
	if (old == NULL || clock->clock.state != CLOCK_PENDING ||
	    old->clock.state != CLOCK_PENDING || clock->clock.planned_at != old->clock.planned_at)
		add_change(ret->changes, &clock->clock, old != NULL ? &old->clock : NULL);
	/* A running clock is written by fold_look, with its next_at; so are all those
	 * of a new incident, in the order of the rules. */
	if (old != NULL && clock->clock.state != CLOCK_RUNNING &&
	    e->store->ops->clock_put(e->store, clock, err) < 0)
		return -1;
	if (old != NULL && !clock_is_settled(old->clock.state) &&
	    clock_is_settled(clock->clock.state))
		return outbox_settle(e, row, &clock->clock, err);
	return 0;
}

static bool is_folded(const struct folded *folded, size_t n, const struct clock *clock)
{
	return find(folded->clocks, n, clock) != NULL;
}

/* A clock that the fold no longer gives ends by a decision, like any other; and the
 * entity's own assessment ends when nothing asks for it any more. */
static bool is_over(const struct incident *in, const struct clock *clock)
{
	size_t i;

	for (i = 0; i < in->n_waivers; i++)
		if (strcmp(in->waivers[i].regime, clock->regime) == 0 &&
		    strcmp(in->waivers[i].stage, clock->stage) == 0)
			return true;
	return in->dismissed_at != TIME_NONE || strcmp(clock->regime, REGIME_INTERNAL) == 0;
}

/* Rows that the facts and the rules in force no longer give (a stage or the
 * assessment that left the configuration): kept, or nothing could ever end them. */
static int end_others(struct engine *e, const struct incident_row *row,
	const struct clock_row *old, size_t n_old, struct folded *ret, struct error *err)
{
	size_t i, n = ret->n;

	for (i = 0; i < n_old; i++) {
		struct clock_row *clock;

		if (is_folded(ret, n, &old[i].clock))
			continue;
		clock = &ret->clocks[ret->n++];
		*clock = old[i];
		if (clock_is_settled(clock->clock.state) || !is_over(&row->incident, &clock->clock))
			continue;
		clock->clock.state = CLOCK_VOID;
		clock->clock.planned_at = TIME_NONE;
		clock->next_at = TIME_NONE;
		add_change(ret->changes, &clock->clock, &old[i].clock);
		if (e->store->ops->clock_put(e->store, clock, err) < 0 ||
		    outbox_settle(e, row, &clock->clock, err) < 0)
			return -1;
	}
	return 0;
}

int fold_write(struct engine *e, struct incident_row *row, bool fresh, struct folded *ret,
	struct error *err)
{
	const struct conf_entity *entity = entity_of(e, row->incident.entity);
	struct clock_row *old = NULL;
	struct clock *clocks;
	size_t n_old = 0, i;

	ret->changes = buf_in_arena(e->arena, CHANGES_SIZE);
	out_array(ret->changes, NULL);
	if (!fresh && e->store->ops->clock_of(e->store, row->incident.id, e->arena, &old, &n_old,
		    err) < 0)
		return -1;
	if (incident_fold(&row->incident, &entity->rules, e->arena, &clocks, &ret->n,
		    &ret->state, err) < 0)
		return -1;
	ret->clocks = arena_array(e->arena, ret->n + n_old, sizeof(*ret->clocks));
	for (i = 0; i < ret->n; i++) {
		ret->clocks[i].clock = clocks[i];
		if (write_clock(e, row, &ret->clocks[i], find(old, n_old, &clocks[i]), ret,
			    err) < 0)
			return -1;
	}
	if (end_others(e, row, old, n_old, ret, err) < 0)
		return -1;
	out_end_array(ret->changes);
	if (row->state != ret->state || !fresh) {
		row->state = ret->state;
		row->changed_at = e->now;
		if (e->store->ops->incident_update(e->store, row, err) < 0)
			return -1;
	}
	return 0;
}

int fold_look(struct engine *e, const struct incident_row *row, struct folded *folded,
	bool fresh, struct error *err)
{
	size_t i;

	for (i = 0; i < folded->n; i++) {
		struct clock_row *clock = &folded->clocks[i];

		if (clock->clock.state == CLOCK_RUNNING) {
			if (alarm_look(e, row, clock, fresh, err) < 0)
				return -1;
		} else if (fresh && e->store->ops->clock_put(e->store, clock, err) < 0) {
			return -1;
		}
	}
	return 0;
}

void fold_answer(const struct engine *e, struct command *c, int status,
	const struct incident_row *row, const struct folded *folded)
{
	struct buf *out = buf_in_arena(c->arena, ANSWER_SIZE);
	struct clock *clocks = arena_array(e->arena, folded->n, sizeof(*clocks));
	size_t i;

	for (i = 0; i < folded->n; i++)
		clocks[i] = folded->clocks[i].clock;
	document_put_incident(out, &row->incident, folded->state, clocks, folded->n, e->now);
	c->status = status;
	c->answer = out->data;
}
