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
		text_equal(a->reference, b->reference) && text_equal(a->rules, b->rules) &&
		text_equal(a->readings, b->readings) &&
		text_equal(a->proposed.by, b->proposed.by) &&
		text_equal(a->proposed.actor, b->proposed.actor) &&
		(a->proposed.by == NULL || (a->proposed.state == b->proposed.state &&
			a->proposed.due_at == b->proposed.due_at));
}

static void put_proposed(struct buf *out, const struct clock *clock)
{
	if (clock->proposed.by == NULL)
		return;
	out_object(out, "proposed");
	out_text(out, "state", clock_state_name(clock->proposed.state));
	out_time(out, "due_at", clock->proposed.due_at);
	out_text(out, "by", clock->proposed.by);
	out_end_object(out);
}

void fold_add_change(struct folded *ret, const struct clock *clock, const struct clock *old)
{
	struct buf *out = ret->changes;

	ret->n_changes++;
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
	put_proposed(out, clock);
	if (old != NULL) {
		out_object(out, "was");
		out_text(out, "state", clock_state_name(old->state));
		out_time(out, "anchor_at", old->anchor_at);
		out_time(out, "due_at", old->due_at);
		out_time(out, "planned_at", old->planned_at);
		if (!text_equal(old->rules, clock->rules))
			out_text(out, "rules", old->rules);
		put_proposed(out, old);
		out_end_object(out);
	}
	out_end_object(out);
}

void fold_begin_progress(struct clock_row *row)
{
	row->progress.step = -1;
	row->progress.fired_at = TIME_NONE;
	row->next_at = TIME_NONE;
}

/* Does the escalation begin anew, or go on where it was? It goes on as long as
 * the clock has been running, wherever its dates have moved. */
static void carry_progress(struct clock_row *row, const struct clock_row *old)
{
	if (old != NULL && old->clock.state == CLOCK_RUNNING) {
		row->progress = old->progress;
		row->next_at = old->next_at;
	} else {
		fold_begin_progress(row);
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
		fold_add_change(ret, &clock->clock, old != NULL ? &old->clock : NULL);
	/* A running clock is written by fold_look, with its next_at. */
	if (clock->clock.state != CLOCK_RUNNING &&
	    e->store->ops->clock_put(e->store, clock, err) < 0)
		return -1;
	if (old != NULL && !clock_is_settled(old->clock.state) &&
	    clock_is_settled(clock->clock.state))
		return outbox_settle(e, row, &clock->clock, err);
	if (old != NULL && old->clock.state == CLOCK_RUNNING &&
	    clock->clock.state == CLOCK_RUNNING && clock->clock.due_at != old->clock.due_at)
		return quiet_replan(e, &clock->clock, err);
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

/* It is settled, and not by a filing that was withdrawn since. */
static bool is_settled(const struct incident *in, const struct clock *clock)
{
	if (clock->state != CLOCK_FILED && clock->state != CLOCK_FILED_LATE)
		return clock_is_settled(clock->state);
	return incident_filing_for(in, clock->regime, clock->stage) != NULL;
}

/* What becomes of a clock that the fold no longer gives. A new fact does not end it;
 * what a correction takes away (a trait, newer rules) goes by a second person's word,
 * unless it did not run yet. What was filed stays, but for the dates of a correction. */
static void end_other(const struct incident *in, const struct fold_cause *cause,
	const struct clock *old, struct clock *clock)
{
	bool over = is_over(in, old);
	struct cause why = cause->why;

	if (over)
		why.change = CHANGE_CONFIRMED;
	if (why.change != CHANGE_CORRECTION && why.change != CHANGE_CONFIRMED)
		return;
	if (is_settled(in, old)) {
		if (why.change == CHANGE_CONFIRMED)
			clock->proposed.by = clock->proposed.actor = NULL;
		return;
	}
	if (why.change == CHANGE_CONFIRMED && old->proposed.by == NULL && !over)
		return;
	clock_without_stage(old, clock);
	clock_hold(old, clock, &why);
	if (clock->state == CLOCK_VOID)
		clock->planned_at = TIME_NONE;
}

/* Rows that the facts and the rules no longer give (a stage or the assessment that
 * left the configuration): kept, or nothing could ever end them. */
static int end_others(struct engine *e, const struct incident_row *row,
	const struct fold_cause *cause, const struct clock_row *old, size_t n_old,
	struct folded *ret, struct error *err)
{
	size_t i, n = ret->n;

	for (i = 0; i < n_old; i++) {
		struct clock_row *clock;

		if (is_folded(ret, n, &old[i].clock))
			continue;
		clock = &ret->clocks[ret->n++];
		*clock = old[i];
		end_other(&row->incident, cause, &old[i].clock, &clock->clock);
		if (same(&clock->clock, &old[i].clock))
			continue;
		if (clock_is_settled(clock->clock.state))
			clock->next_at = TIME_NONE;
		fold_add_change(ret, &clock->clock, &old[i].clock);
		if (e->store->ops->clock_put(e->store, clock, err) < 0)
			return -1;
		if (!clock_is_settled(old[i].clock.state) &&
		    clock_is_settled(clock->clock.state) &&
		    outbox_settle(e, row, &clock->clock, err) < 0)
			return -1;
	}
	return 0;
}

/* A dismissal is a decision of a named person already, and the entity's own assessment
 * is no law: nothing of these is held. */
static struct cause cause_of(const struct incident *in, const struct fold_cause *cause,
	const struct clock *clock)
{
	struct cause ret = cause->why;

	if (in->dismissed_at != TIME_NONE ||
	    strcmp(clock->regime, REGIME_INTERNAL) == 0)
		ret.change = CHANGE_CONFIRMED;
	return ret;
}

/* Nobody's word moves a clock later that follows other rules than those it was made
 * by: they were lost, or there was none on record. */
static struct fold_cause careful(const struct fold_cause *cause, bool careful)
{
	struct fold_cause ret = *cause;

	if (!careful || ret.why.change == CHANGE_CONFIRMED)
		return ret;
	if (ret.why.change == CHANGE_FACT) {
		ret.why.by = HELD_BY_CONFIGURATION;
		ret.why.actor = NULL;
	}
	ret.why.change = CHANGE_CORRECTION;
	return ret;
}

/* What is held keeps the incident open, whatever the facts alone would say. */
static enum incident_state state_of(const struct folded *folded)
{
	size_t i;

	for (i = 0; i < folded->n && folded->state == INCIDENT_CLOSED; i++)
		if (folded->clocks[i].clock.state == CLOCK_RUNNING &&
		    folded->clocks[i].clock.proposed.by != NULL)
			return INCIDENT_OPEN;
	return folded->state;
}

static int write_incident(struct engine *e, struct incident_row *row,
	const struct fold_cause *cause, const struct folded *folded, struct error *err)
{
	enum incident_state state = folded->state;
	int64_t ends_at = drill_end(e, &row->incident, folded->clocks, folded->n, state);

	if (row->state == state && row->drill_ends_at == ends_at &&
	    (cause == NULL || (cause->anew && !folded->pinned)))
		return 0;
	row->drill_ends_at = ends_at;
	if (row->state != state || cause == NULL || !cause->anew)
		row->changed_at = e->now;
	row->state = state;
	return e->store->ops->incident_update(e->store, row, err);
}

/* The clocks by the facts as the held ones have them. */
struct as_held {
	struct clock *clocks;
	size_t n;
	struct cause holder;
};

static int fold_as_held(struct engine *e, const struct incident *in,
	const struct entity_rules *rules, const struct clock_row *old, size_t n_old,
	struct as_held *ret, struct error *err)
{
	struct clock *held = arena_array(e->arena, n_old + 1, sizeof(*held));
	enum incident_state unused;
	struct incident facts;
	size_t i, n = 0;

	ret->n = 0;
	for (i = 0; i < n_old; i++)
		if (old[i].clock.proposed.by != NULL)
			held[n++] = old[i].clock;
	if (n == 0 || !incident_as_held(in, held, n, e->arena, &facts, &ret->holder))
		return 0;
	return incident_fold(&facts, rules, e->arena, &ret->clocks, &ret->n, &unused, err);
}

/* A clock that begins only now is kept to what it would be by the held facts. */
static void hold_new(const struct as_held *as_held, const struct clock *old, struct clock *clock)
{
	size_t i;

	if (old != NULL && (clock->state != CLOCK_RUNNING || old->due_at != TIME_NONE))
		return;
	for (i = 0; i < as_held->n; i++) {
		const struct clock *would_be = &as_held->clocks[i];

		if (would_be->state == CLOCK_RUNNING &&
		    strcmp(would_be->regime, clock->regime) == 0 &&
		    strcmp(would_be->stage, clock->stage) == 0)
			clock_hold(would_be, clock, &as_held->holder);
	}
}

static void hold(const struct incident *in, const struct fold_cause *cause,
	const struct as_held *as_held, const struct clock *old, struct clock *clock)
{
	const struct cause why = cause_of(in, cause, clock);
	struct clock late;

	if (old != NULL && old->state == CLOCK_RUNNING && why.change == CHANGE_CORRECTION &&
	    (clock->state == CLOCK_FILED || clock->state == CLOCK_FILED_LATE) &&
	    clock_was_filed_late(in, old, &late))
		old = &late;
	if (old != NULL)
		clock_hold(old, clock, &why);
	if (why.change != CHANGE_CONFIRMED && clock->proposed.by == NULL)
		hold_new(as_held, old, clock);
}

static int write_clocks(struct engine *e, struct incident_row *row,
	const struct fold_cause *cause, const struct entity_rules *rules,
	const struct clock *clocks, struct folded *ret, struct error *err)
{
	struct as_held as_held = { .n = 0 };
	struct clock_row *old = NULL;
	size_t n_old = 0, i;

	if (e->store->ops->clock_of(e->store, row->incident.id, e->arena, &old, &n_old, err) < 0 ||
	    fold_as_held(e, &row->incident, rules, old, n_old, &as_held, err) < 0)
		return -1;
	ret->clocks = arena_array(e->arena, ret->n + n_old, sizeof(*ret->clocks));
	for (i = 0; i < ret->n; i++) {
		struct clock_row *clock = &ret->clocks[i];
		const struct clock_row *before = find(old, n_old, &clocks[i]);

		clock->clock = clocks[i];
		hold(&row->incident, cause, &as_held, before != NULL ? &before->clock : NULL,
			&clock->clock);
		if (write_clock(e, row, clock, before, ret, err) < 0)
			return -1;
	}
	return end_others(e, row, cause, old, n_old, ret, err);
}

static int fold_again(struct engine *e, struct incident_row *row,
	const struct fold_cause *cause, const struct entity_rules *rules, struct folded *ret,
	struct error *err)
{
	struct clock *clocks;

	ret->memo = NULL;
	ret->changes = buf_in_arena(e->arena, CHANGES_SIZE);
	ret->n_changes = 0;
	out_array(ret->changes, NULL);
	if (incident_fold(&row->incident, rules, e->arena, &clocks, &ret->n, &ret->state,
		    err) < 0 ||
	    write_clocks(e, row, cause, rules, clocks, ret, err) < 0)
		return -1;
	out_end_array(ret->changes);
	ret->state = state_of(ret);
	return 0;
}

int fold_write(struct engine *e, struct incident_row *row, const struct fold_cause *given,
	struct folded *ret, struct error *err)
{
	struct incident_rules rules;
	struct fold_cause cause;
	int rc;

	if (given != NULL && fresh_write(e, err) < 0)
		return -1;
	ret->pinned = rules_pin(e, &row->incident);
	rules_of(e, &row->incident, &rules);
	if (given == NULL) {
		rc = memo_fold(e, &row->incident, &rules.entity, ret, err);
	} else {
		cause = careful(given, rules.lost || ret->pinned);
		rc = fold_again(e, row, &cause, &rules.entity, ret, err);
	}
	return rc < 0 ? -1 : write_incident(e, row, given, ret, err);
}

static int plan_all(struct engine *e, const struct incident_row *row, struct folded *folded,
	struct error *err)
{
	size_t i;

	for (i = 0; i < folded->n; i++)
		if (folded->clocks[i].clock.state == CLOCK_RUNNING &&
		    alarm_plan(e, row, &folded->clocks[i], err) < 0)
			return -1;
	return 0;
}

int fold_anew(struct engine *e, struct incident_row *row, const char *why, struct error *err)
{
	const struct fold_cause cause = { .anew = true, .why = {
		CHANGE_CORRECTION, HELD_BY_CONFIGURATION, NULL, e->now } };
	struct folded folded;
	struct buf *record;

	if (fold_write(e, row, &cause, &folded, err) < 0)
		return -1;
	if (folded.n_changes == 0 && !folded.pinned)
		return plan_all(e, row, &folded, err);
	record = record_new(e, "clocks.recomputed", "daemon", NULL);
	out_int(record, "incident", row->incident.id);
	out_text(record, "why", why);
	if (folded.pinned)
		rules_put(record, "rules", &row->incident);
	out_text(record, "state", incident_state_name(folded.state));
	out_json(record, "clocks", folded.changes);
	if (record_append(e, record, row->incident.id, err) < 0)
		return -1;
	return fold_look(e, row, &folded, err);
}

int fold_look(struct engine *e, const struct incident_row *row, struct folded *folded,
	struct error *err)
{
	size_t i;

	for (i = 0; i < folded->n; i++)
		if (folded->clocks[i].clock.state == CLOCK_RUNNING &&
		    alarm_look(e, row, &folded->clocks[i], folded->memo != NULL ?
			    ALARM_WRITES_NOTHING : ALARM_WRITES_CLOCK, err) < 0)
			return -1;
	/* Those of a new incident together, and in the order of the rules. */
	return folded->memo == NULL ? 0 :
		e->store->ops->clock_insert(e->store, folded->clocks, folded->n, err);
}

void fold_answer(const struct engine *e, struct command *c, int status,
	const struct incident_row *row, const struct folded *folded)
{
	struct buf *out = buf_in_arena(c->arena, ANSWER_SIZE);
	struct clock *clocks;
	size_t i;

	if (folded->memo != NULL) {
		document_put_incident_with(out, &row->incident, folded->state,
			memo_clocks(e, folded->memo));
	} else {
		clocks = arena_array(e->arena, folded->n, sizeof(*clocks));
		for (i = 0; i < folded->n; i++)
			clocks[i] = folded->clocks[i].clock;
		document_put_incident(out, &row->incident, folded->state, clocks, folded->n,
			e->now);
	}
	c->status = status;
	c->answer = out->data;
}
