/*
 * The report of a drill: for each clock and each step of its policy when it was to
 * fire, whether it did, whom it reached and when, and who answered how fast; and what
 * is missing. What happened is taken from the journal, which is the evidence, and from
 * the deliveries with their attempts; what was to happen from the policy in force. It
 * writes nothing, so it can be asked for at any time.
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "core/drill.h"
#include "engine/internal.h"
#include "engine/view.h"

enum { LINES_MAX = 100000, DELIVERIES_MAX = 10000, LATE_MS = SECOND_MS };

enum fact_kind {
	FACT_FIRED, FACT_HELD, FACT_ACKNOWLEDGED, FACT_DELIVERED, FACT_RUNNING, FACT_SETTLED,
};

/* A line of the journal, as far as the report asks. */
struct fact {
	enum fact_kind kind;
	int64_t at;
	const char *regime, *stage;	/* stage NULL: of every clock */
	const char *who;		/* who acknowledged, or which delivery arrived */
	int64_t number, repeat, passed_over;
};

struct report_of {
	const struct engine *e;
	struct arena *arena;
	struct incident_row row;
	int64_t until;			/* its end, or now */
	bool running;
	struct fact *facts;
	size_t n_facts;
	struct delivery_row *deliveries;
	size_t n_deliveries;
	struct buf *missing;		/* an array of sentences */
	size_t n_missing;
	bool answered;			/* somebody acknowledged or filed */
};

/* ---- reading ------------------------------------------------------------------------ */

static const char *copy_text(struct report_of *r, const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? arena_strdup(r->arena, text) : NULL;
}

static struct fact *add_fact(struct report_of *r, enum fact_kind kind, int64_t at,
	const json_t *about)
{
	struct fact *fact;

	r->facts = arena_grow(r->arena, r->facts, r->n_facts, sizeof(*r->facts));
	fact = &r->facts[r->n_facts++];
	memset(fact, 0, sizeof(*fact));
	fact->kind = kind;
	fact->at = at;
	fact->regime = copy_text(r, about, "regime");
	fact->stage = copy_text(r, about, "stage");
	fact->number = json_integer_value(json_object_get(about, "number"));
	fact->repeat = json_integer_value(json_object_get(about, "repeat"));
	fact->passed_over = json_integer_value(json_object_get(about, "passed_over"));
	return fact;
}

static void take_changes(struct report_of *r, const json_t *changes, int64_t at)
{
	enum clock_state state;
	size_t i;

	for (i = 0; i < json_array_size(changes); i++) {
		const json_t *change = json_array_get(changes, i);
		const char *name = json_string_value(json_object_get(change, "state"));

		if (name == NULL || clock_state_parse(name, &state) < 0)
			continue;
		if (state == CLOCK_RUNNING)
			add_fact(r, FACT_RUNNING, at, change);
		else if (clock_is_settled(state))
			add_fact(r, FACT_SETTLED, at, change);
	}
}

static void take_line(struct report_of *r, const json_t *line)
{
	const char *kind = json_string_value(json_object_get(line, "kind"));
	const char *time = json_string_value(json_object_get(line, "at"));
	int64_t at;

	if (kind == NULL || time == NULL || rfc3339_parse(time, strlen(time), &at, NULL) < 0)
		return;
	if (strcmp(kind, "step.fired") == 0)
		add_fact(r, FACT_FIRED, at, line);
	else if (strcmp(kind, "step.held") == 0)
		add_fact(r, FACT_HELD, at, line);
	else if (strcmp(kind, "acknowledgement.given") == 0)
		add_fact(r, FACT_ACKNOWLEDGED, at, line)->who = copy_text(r, line, "by");
	else if (strcmp(kind, "delivery.delivered") == 0)
		add_fact(r, FACT_DELIVERED, at, line)->who = copy_text(r, line, "delivery");
	else if (strcmp(kind, "filing.recorded") == 0)
		r->answered = true;
	take_changes(r, json_object_get(line, "clocks"), at);
}

static int read_line(void *arg, const struct journal_row *row)
{
	struct error err;
	json_t *line = json_read(row->line, row->len, &err);

	if (line != NULL)
		take_line(arg, line);
	json_decref(line);
	return 0;
}

static int read_delivery(void *arg, const struct delivery_row *row)
{
	struct report_of *r = arg;
	struct delivery_row *kept;

	r->deliveries = arena_grow(r->arena, r->deliveries, r->n_deliveries,
		sizeof(*r->deliveries));
	kept = &r->deliveries[r->n_deliveries++];
	*kept = *row;
	kept->regime = row->regime != NULL ? arena_strdup(r->arena, row->regime) : NULL;
	kept->stage = row->stage != NULL ? arena_strdup(r->arena, row->stage) : NULL;
	kept->kind = arena_strdup(r->arena, row->kind);
	kept->channel = arena_strdup(r->arena, row->channel);
	kept->recipient = row->recipient != NULL ? arena_strdup(r->arena, row->recipient) : NULL;
	kept->notice = NULL;
	kept->list = arena_array(r->arena, row->n_list, sizeof(*row->list));
	if (row->n_list > 0) {
		struct attempt_row *last = &kept->list[row->n_list - 1];

		*last = row->list[row->n_list - 1];
		last->detail = last->detail != NULL ? arena_strdup(r->arena, last->detail) : NULL;
	}
	return 0;
}

static int read_all(struct report_of *r, int64_t id, struct error *err)
{
	const struct delivery_filter filter = { .incident = id, .limit = DELIVERIES_MAX };
	struct store *store = r->e->store;
	const struct incident *in = &r->row.incident;

	if (store->ops->incident_load(store, id, r->arena, &r->row, err) < 0)
		return -1;
	if (!in->drill)
		return error_set(err, ERROR_NOT_FOUND, "this incident is no drill");
	r->running = r->row.state == INCIDENT_SUSPECTED || r->row.state == INCIDENT_OPEN;
	r->until = engine_now(r->e);
	if (!r->running)
		r->until = in->dismissed_at != TIME_NONE ? in->dismissed_at : r->row.changed_at;
	if (store->ops->journal_read(store, 0, id, LINES_MAX, read_line, r, err) < 0)
		return -1;
	return store->ops->delivery_list(store, &filter, read_delivery, r, err);
}

/* ---- what is missing ------------------------------------------------------------------ */

static void miss(struct report_of *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void miss(struct report_of *r, const char *fmt, ...)
{
	struct buf text;
	va_list ap;

	buf_init(&text, 0);
	va_start(ap, fmt);
	buf_vaddf(&text, fmt, ap);
	va_end(ap);
	out_text(r->missing, NULL, text.data);
	buf_release(&text);
	r->n_missing++;
}

static bool is_of(const struct fact *fact, const struct clock *clock)
{
	return text_equal(fact->regime, clock->regime) && text_equal(fact->stage, clock->stage);
}

static const struct fact *step_fact(const struct report_of *r, enum fact_kind kind,
	const struct clock *clock, int number)
{
	size_t i;

	for (i = 0; i < r->n_facts; i++)
		if (r->facts[i].kind == kind && r->facts[i].repeat == 0 &&
		    r->facts[i].number == number && is_of(&r->facts[i], clock))
			return &r->facts[i];
	return NULL;
}

/* Until when its steps could fire. */
static int64_t clock_end(const struct report_of *r, const struct clock *clock)
{
	int64_t end = r->until;
	size_t i;

	if (clock_is_settled(clock->state))
		for (i = 0; i < r->n_facts; i++)
			if (r->facts[i].kind == FACT_SETTLED && is_of(&r->facts[i], clock))
				end = r->facts[i].at;
	return end;
}

/* How late it fired; the time before we knew of the clock is nobody's fault here. */
static int64_t late_ms(const struct report_of *r, const struct clock *clock,
	int64_t planned_at, const struct fact *fired)
{
	size_t i;

	if (fired == NULL || planned_at == TIME_NONE)
		return 0;
	for (i = 0; i < r->n_facts; i++)
		if (r->facts[i].kind == FACT_RUNNING && is_of(&r->facts[i], clock)) {
			if (r->facts[i].at > planned_at)
				planned_at = r->facts[i].at;
			break;
		}
	return fired->at - planned_at;
}

/* Did a step that fired later stand in for the one that was to fire then? */
static bool stood_in(const struct report_of *r, const struct clock *clock, int64_t planned_at)
{
	size_t i;

	for (i = 0; i < r->n_facts; i++)
		if (r->facts[i].kind == FACT_FIRED && r->facts[i].passed_over > 0 &&
		    r->facts[i].at >= planned_at && is_of(&r->facts[i], clock))
			return true;
	return false;
}

/* ---- writing ------------------------------------------------------------------------ */

static int64_t delivered_at(const struct report_of *r, const char *id)
{
	size_t i;

	for (i = 0; i < r->n_facts; i++)
		if (r->facts[i].kind == FACT_DELIVERED && text_equal(r->facts[i].who, id))
			return r->facts[i].at;
	return TIME_NONE;
}

static void miss_delivery(struct report_of *r, const struct delivery_row *row,
	const char *detail)
{
	const char *to = row->recipient != NULL ? row->recipient : "";
	const char *blank = row->recipient != NULL ? " " : "";

	if (row->state == DELIVERY_FAILED)
		miss(r, "%s %s: step %d did not reach channel %s%s%s: %s", row->regime, row->stage,
			row->step_number, row->channel, blank, to, detail);
	else if (row->state != DELIVERY_DELIVERED && row->attempts > 0)
		miss(r, "%s %s: step %d %s channel %s%s%s after %d attempt%s: %s", row->regime,
			row->stage, row->step_number, row->state == DELIVERY_CANCELLED ?
			"did not reach" : "has not reached", row->channel, blank, to, row->attempts,
			row->attempts == 1 ? "" : "s", detail);
}

static void put_delivery(struct report_of *r, struct buf *out, const struct delivery_row *row)
{
	const struct attempt_row *last = row->n_list > 0 ? &row->list[row->n_list - 1] : NULL;
	const char *detail = last != NULL && last->detail != NULL ? last->detail : "";
	char id[DELIVERY_ID_SIZE];

	engine_delivery_id(r->e, row->id, id);
	out_object(out, NULL);
	out_text(out, "id", id);
	out_text(out, "channel", row->channel);
	out_text(out, "recipient", row->recipient);
	if (row->repeat > 0)
		out_int(out, "repeat", row->repeat);
	out_text(out, "state", delivery_state_name(row->state));
	out_int(out, "attempts", row->attempts);
	out_time(out, "delivered_at", delivered_at(r, id));
	if (row->state != DELIVERY_DELIVERED && detail[0] != '\0')
		out_text(out, "detail", detail);
	out_end_object(out);
	miss_delivery(r, row, detail);
}

static void put_deliveries(struct report_of *r, struct buf *out, const struct clock *clock,
	int number)
{
	size_t i;

	out_array(out, "deliveries");
	/* They were read newest first. */
	for (i = r->n_deliveries; i-- > 0; ) {
		const struct delivery_row *row = &r->deliveries[i];

		if (row->step_number == number && strcmp(row->kind, "step") == 0 &&
		    text_equal(row->regime, clock->regime) && text_equal(row->stage, clock->stage))
			put_delivery(r, out, row);
	}
	out_end_array(out);
}

static const char *step_state(struct report_of *r, const struct clock *clock, int number,
	int64_t planned_at, const struct fact *fired)
{
	if (fired != NULL)
		return "fired";
	if (step_fact(r, FACT_HELD, clock, number) != NULL)
		return "held";
	if (planned_at == TIME_NONE || planned_at > clock_end(r, clock))
		return r->running && !clock_is_settled(clock->state) ? "to-come" : "not-reached";
	return stood_in(r, clock, planned_at) ? "stood-in-for" : "missed";
}

static void put_step(struct report_of *r, struct buf *out, const struct clock *clock,
	const struct step *step, int number)
{
	const struct policy_clock dates = policy_clock_of(r->e, &r->row.incident, clock);
	int64_t planned_at = drill_step_instant(&r->row.incident, step, &dates);
	const struct fact *fired = step_fact(r, FACT_FIRED, clock, number);
	const char *state = step_state(r, clock, number, planned_at, fired);
	int64_t late = late_ms(r, clock, planned_at, fired);

	out_object(out, NULL);
	out_int(out, "number", number);
	out_text(out, "at", step->at);
	out_text(out, "state", state);
	out_time(out, "planned_at", planned_at);
	if (fired != NULL)
		out_time(out, "fired_at", fired->at);
	put_deliveries(r, out, clock, number);
	out_end_object(out);
	if (strcmp(state, "missed") == 0)
		miss(r, "%s %s: step %d (%s) did not fire", clock->regime, clock->stage, number,
			step->at);
	else if (late >= LATE_MS)
		miss(r, "%s %s: step %d (%s) fired %" PRId64 " s late", clock->regime,
			clock->stage, number, step->at, late / SECOND_MS);
}

static void put_clock(struct report_of *r, struct buf *out, const struct clock *clock)
{
	const struct policy *policy = policy_of(r->e, &r->row.incident, clock);
	size_t i;

	out_object(out, NULL);
	out_text(out, "regime", clock->regime);
	out_text(out, "stage", clock->stage);
	out_text(out, "state", clock_state_name(clock->state));
	out_time(out, "anchor_at", clock->anchor_at);
	out_time(out, "due_at", clock->due_at);
	out_time(out, "planned_at", clock->planned_at);
	out_time(out, "settled_at", clock->settled_at);
	out_text(out, "policy", policy->name);
	out_array(out, "steps");
	/* One that has not begun owes no steps. */
	for (i = 0; clock->anchor_at != TIME_NONE && i < policy->n_steps; i++)
		put_step(r, out, clock, &policy->steps[i], (int)i + 1);
	out_end_array(out);
	out_end_object(out);
}

/* Since when could they know of it? */
static int64_t first_told_at(const struct report_of *r, const struct fact *ack)
{
	size_t i;

	for (i = 0; i < r->n_facts; i++)
		if (r->facts[i].kind == FACT_DELIVERED && r->facts[i].at <= ack->at &&
		    (ack->regime == NULL || text_equal(ack->regime, r->facts[i].regime)) &&
		    (ack->stage == NULL || text_equal(ack->stage, r->facts[i].stage)))
			return r->facts[i].at;
	return TIME_NONE;
}

static void put_acknowledgements(struct report_of *r, struct buf *out)
{
	size_t i;

	out_array(out, "acknowledgements");
	for (i = 0; i < r->n_facts; i++) {
		const struct fact *ack = &r->facts[i];
		int64_t told_at;

		if (ack->kind != FACT_ACKNOWLEDGED)
			continue;
		r->answered = true;
		told_at = first_told_at(r, ack);
		out_object(out, NULL);
		out_text(out, "by", ack->who);
		out_text(out, "regime", ack->regime);
		out_text(out, "stage", ack->stage);
		out_time(out, "at", ack->at);
		if (told_at != TIME_NONE)
			out_int(out, "after_s", (ack->at - told_at) / SECOND_MS);
		out_end_object(out);
	}
	out_end_array(out);
}

static void put_head(const struct report_of *r, struct buf *out)
{
	const struct incident *in = &r->row.incident;

	out_int(out, "incident", in->id);
	out_text(out, "entity", in->entity);
	out_text(out, "title", in->title);
	out_bool(out, "drill", true);
	out_int(out, "scale", in->drill_scale > 1 ? in->drill_scale : 1);
	out_text(out, "state", incident_state_name(r->row.state));
	out_time(out, "opened_at", in->opened_at);
	if (r->running)
		out_time(out, "ends_at", r->row.drill_ends_at);
	else
		out_time(out, "ended_at", r->until);
}

/* Nobody answering is a finding of its own: everything worked, and nobody was there. */
static void put_verdict(struct report_of *r, struct buf *out)
{
	bool failed = r->n_missing > 0;

	if (!r->answered)
		miss(r, "nobody acknowledged or filed anything");
	out_end_array(r->missing);
	if (r->running)
		out_text(out, "verdict", "running");
	else
		out_text(out, "verdict", failed ? "failed" : r->answered ? "passed" : "unanswered");
	out_json(out, "missing", r->missing);
}

const char *view_drill(struct buf *out, const struct engine *e, int64_t id,
	struct arena *arena, struct error *err)
{
	struct report_of r = { .e = e, .arena = arena, .missing = buf_in_arena(arena, 256) };
	struct clock_row *clocks;
	size_t n, i;

	if (read_all(&r, id, err) < 0 ||
	    e->store->ops->clock_of(e->store, id, arena, &clocks, &n, err) < 0)
		return NULL;
	out_array(r.missing, NULL);
	out_object(out, NULL);
	put_head(&r, out);
	out_array(out, "clocks");
	for (i = 0; i < n; i++)
		put_clock(&r, out, &clocks[i].clock);
	out_end_array(out);
	put_acknowledgements(&r, out);
	put_verdict(&r, out);
	out_end_object(out);
	return r.row.incident.entity;
}
