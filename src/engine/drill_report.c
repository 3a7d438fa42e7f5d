/*
 * The report of a drill: for each clock and each step of its policy when it was to
 * fire, whether it did, whom it reached and when, and who answered how fast; and what
 * that is worth. What was to happen comes from the policy in force, what did from
 * drill_facts.c. It writes nothing, so it can be asked for at any time.
 *
 * The verdict claims no more than was seen. What did not work is missing, and it has
 * failed; what worked another way than it should, or was not tried, is a gap: a report
 * that never began, one that nobody answered, a notice that came late, a fallback that
 * was needed. Nothing of both, and only then, is a pass.
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "core/drill.h"
#include "engine/drill_report.h"
#include "engine/view.h"

/* The channels are real, and so is how long they may take. */
enum { LATE_MS = SECOND_MS, DELIVERED_LATE_MS = 10 * SECOND_MS };

/* An array of sentences. */
struct findings {
	struct buf *list;
	size_t n;
};

struct report_of {
	struct drill_facts facts;
	struct findings missing, gaps;
	bool answered;			/* somebody acknowledged or filed */
};

/* ---- judging ------------------------------------------------------------------------- */

static void note(struct findings *f, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void note(struct findings *f, const char *fmt, ...)
{
	struct buf text;
	va_list ap;

	buf_init(&text, 0);
	va_start(ap, fmt);
	buf_vaddf(&text, fmt, ap);
	va_end(ap);
	out_text(f->list, NULL, text.data);
	buf_release(&text);
	f->n++;
}

/* How late it fired; the time before we knew of the clock is nobody's fault here. */
static int64_t late_ms(const struct drill_facts *f, const struct clock *clock,
	int64_t planned_at, const struct fact *fired)
{
	const struct fact *running = fact_first(f, FACT_RUNNING, clock);

	if (fired == NULL || planned_at == TIME_NONE)
		return 0;
	if (running != NULL && running->at > planned_at)
		planned_at = running->at;
	return fired->at - planned_at;
}

/* Did a step that fired later stand in for the one that was to fire then? */
static bool stood_in(const struct drill_facts *f, const struct clock *clock,
	int64_t planned_at)
{
	size_t i;

	for (i = 0; i < f->n_facts; i++)
		if (f->facts[i].kind == FACT_FIRED && f->facts[i].passed_over > 0 &&
		    f->facts[i].at >= planned_at && fact_is_of(&f->facts[i], clock))
			return true;
	return false;
}

/* "nis2 early-warning: step 2": which one is meant. */
static const char *name_of(struct report_of *r, const struct delivery_row *row)
{
	return arena_printf(r->facts.arena, "%s %s: step %d", row->regime, row->stage,
		row->step_number);
}

static const char *channel_of(struct report_of *r, const struct delivery_row *row)
{
	return arena_printf(r->facts.arena, "channel %s%s%s", row->channel,
		row->recipient != NULL ? " " : "", row->recipient != NULL ? row->recipient : "");
}

static void judge_failure(struct report_of *r, const struct delivery_row *row,
	const char *detail)
{
	const char *instead = fact_fallback(&r->facts, row);

	if (instead != NULL)
		note(&r->gaps, "%s did not reach %s: %s; the fallback was needed, and reached "
			"channel %s", name_of(r, row), channel_of(r, row), detail, instead);
	else
		note(&r->missing, "%s did not reach %s: %s", name_of(r, row), channel_of(r, row),
			detail);
}

/* Of one that did not arrive while its channel was down. People were told, but the channel
 * does not work: that is a finding still. */
static const char *told_instead(struct report_of *r, const struct delivery_row *row)
{
	const char *instead = fact_fallback(&r->facts, row);

	return instead == NULL ? "" : arena_printf(r->facts.arena,
		"; the fallback was told, and reached channel %s", instead);
}

/* One that ended unsent may have been made with the clock's last breath, which is nobody's
 * fault; one that waited for long was held back, or its channel was down. */
static void judge_delivery(struct report_of *r, const struct delivery_row *row,
	const struct clock *clock, int64_t delivered_at, const char *detail)
{
	bool cancelled = row->state == DELIVERY_CANCELLED;
	int64_t end = delivered_at != TIME_NONE ? delivered_at :
		fact_clock_end(&r->facts, clock);
	int64_t took_ms = end - row->created_at;

	if (row->state == DELIVERY_FAILED)
		judge_failure(r, row, detail);
	else if (row->state == DELIVERY_DELIVERED && took_ms >= DELIVERED_LATE_MS)
		note(&r->gaps, "%s reached %s late, after %" PRId64 " s and %d attempt%s",
			name_of(r, row), channel_of(r, row), took_ms / SECOND_MS, row->attempts,
			row->attempts == 1 ? "" : "s");
	else if (row->state != DELIVERY_DELIVERED && row->attempts > 0)
		note(&r->missing, "%s %s %s after %d attempt%s: %s%s", name_of(r, row),
			cancelled ? "did not reach" : "has not reached", channel_of(r, row),
			row->attempts, row->attempts == 1 ? "" : "s", detail,
			told_instead(r, row));
	else if (cancelled && took_ms >= DELIVERED_LATE_MS)
		note(&r->gaps, "%s waited %" PRId64 " s for %s, and was never sent%s",
			name_of(r, row), took_ms / SECOND_MS, channel_of(r, row),
			told_instead(r, row));
}

/* What a clock is worth beside its steps. That nobody answered anything at all is said
 * once, and not of each. */
static void judge_clock(struct report_of *r, const struct clock *clock)
{
	const struct drill_facts *f = &r->facts;
	const char *anchor = clock->anchor != NULL ? clock->anchor : "";
	bool filing = text_starts(anchor, "filed:");

	if (fact_never_began(f, clock))
		note(&r->gaps, "%s %s never began: %s%s%s", clock->regime, clock->stage,
			filing ? "the " : "nobody recorded \"", filing ? anchor + strlen("filed:") :
			anchor, filing ? " was never filed" : "\"");
	else if (r->answered && !f->running && fact_first(f, FACT_FIRED, clock) != NULL &&
			!fact_answered(f, clock))
		note(&r->gaps, "%s %s: nobody acknowledged or filed it", clock->regime,
			clock->stage);
}

/* ---- writing ------------------------------------------------------------------------ */

static void put_delivery(struct report_of *r, struct buf *out, const struct clock *clock,
	const struct reported *reported)
{
	const struct delivery_row *row = &reported->row;
	const struct attempt_row *last = row->n_list > 0 ? &row->list[row->n_list - 1] : NULL;
	const char *detail = last != NULL && last->detail != NULL ? last->detail : "";
	char id[DELIVERY_ID_SIZE];
	int64_t delivered_at;

	engine_delivery_id(r->facts.e, row->id, id);
	delivered_at = fact_delivered_at(&r->facts, id);
	out_object(out, NULL);
	out_text(out, "id", id);
	out_text(out, "channel", row->channel);
	out_text(out, "recipient", row->recipient);
	if (row->repeat > 0)
		out_int(out, "repeat", row->repeat);
	out_text(out, "fallback_for", reported->fallback_for);
	out_text(out, "state", delivery_state_name(row->state));
	out_int(out, "attempts", row->attempts);
	out_time(out, "delivered_at", delivered_at);
	if (row->state != DELIVERY_DELIVERED && detail[0] != '\0')
		out_text(out, "detail", detail);
	out_end_object(out);
	judge_delivery(r, row, clock, delivered_at, detail);
}

static void put_deliveries(struct report_of *r, struct buf *out, const struct clock *clock,
	int number)
{
	size_t i;

	out_array(out, "deliveries");
	/* They were read newest first. */
	for (i = r->facts.n_deliveries; i-- > 0; ) {
		const struct delivery_row *row = &r->facts.deliveries[i].row;

		if (row->step_number == number && strcmp(row->kind, "step") == 0 &&
		    text_equal(row->regime, clock->regime) && text_equal(row->stage, clock->stage))
			put_delivery(r, out, clock, &r->facts.deliveries[i]);
	}
	out_end_array(out);
}

/* One that fell in the last second of its clock may have found it settled: it is not late
 * yet, and so it is not missed. */
static const char *step_state(const struct drill_facts *f, const struct clock *clock,
	int number, int64_t planned_at, const struct fact *fired)
{
	const char *ahead = f->running && !clock_is_settled(clock->state) ? "to-come" :
		"not-reached";
	int64_t end = fact_clock_end(f, clock);

	if (fired != NULL)
		return "fired";
	if (fact_of_step(f, FACT_HELD, clock, number) != NULL)
		return "held";
	if (planned_at == TIME_NONE || planned_at > end)
		return ahead;
	if (stood_in(f, clock, planned_at))
		return "stood-in-for";
	return end - planned_at < LATE_MS ? ahead : "missed";
}

static void put_step(struct report_of *r, struct buf *out, const struct clock *clock,
	const struct step *step, int number)
{
	const struct drill_facts *f = &r->facts;
	const struct policy_clock dates = policy_clock_of(f->e, &f->row.incident, clock);
	int64_t planned_at = drill_step_instant(&f->row.incident, step, &dates);
	const struct fact *fired = fact_of_step(f, FACT_FIRED, clock, number);
	const char *state = step_state(f, clock, number, planned_at, fired);
	int64_t late = late_ms(f, clock, planned_at, fired);

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
		note(&r->missing, "%s %s: step %d (%s) did not fire", clock->regime,
			clock->stage, number, step->at);
	else if (late >= LATE_MS)
		note(&r->missing, "%s %s: step %d (%s) fired %" PRId64 " s late", clock->regime,
			clock->stage, number, step->at, late / SECOND_MS);
}

static void put_clock(struct report_of *r, struct buf *out, const struct clock *clock)
{
	const struct policy *policy = policy_of(r->facts.e, &r->facts.row.incident, clock);
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
	judge_clock(r, clock);
}

/* Since when could they know of it? */
static int64_t first_told_at(const struct drill_facts *f, const struct fact *ack)
{
	size_t i;

	for (i = 0; i < f->n_facts; i++)
		if (f->facts[i].kind == FACT_DELIVERED && f->facts[i].at <= ack->at &&
		    (ack->regime == NULL || text_equal(ack->regime, f->facts[i].regime)) &&
		    (ack->stage == NULL || text_equal(ack->stage, f->facts[i].stage)))
			return f->facts[i].at;
	return TIME_NONE;
}

static void put_acknowledgements(const struct drill_facts *f, struct buf *out)
{
	size_t i;

	out_array(out, "acknowledgements");
	for (i = 0; i < f->n_facts; i++) {
		const struct fact *ack = &f->facts[i];
		int64_t told_at;

		if (ack->kind != FACT_ACKNOWLEDGED)
			continue;
		told_at = first_told_at(f, ack);
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

static void put_head(const struct drill_facts *f, struct buf *out)
{
	const struct incident *in = &f->row.incident;

	out_int(out, "incident", in->id);
	out_text(out, "entity", in->entity);
	out_text(out, "title", in->title);
	out_bool(out, "drill", true);
	out_int(out, "scale", in->drill_scale > 1 ? in->drill_scale : 1);
	out_text(out, "state", incident_state_name(f->row.state));
	out_time(out, "opened_at", in->opened_at);
	if (f->running)
		out_time(out, "ends_at", f->row.drill_ends_at);
	else
		out_time(out, "ended_at", f->until);
}

/* That nobody answers fails it, whatever worked: people are what it is about. */
static void put_verdict(struct report_of *r, struct buf *out)
{
	const char *verdict = "passed";

	if (!r->answered)
		note(&r->missing, "nobody acknowledged or filed anything");
	out_end_array(r->missing.list);
	out_end_array(r->gaps.list);
	if (r->facts.running)
		verdict = "running";
	else if (r->missing.n > 0)
		verdict = "failed";
	else if (r->gaps.n > 0)
		verdict = "passed-with-gaps";
	out_text(out, "verdict", verdict);
	out_json(out, "missing", r->missing.list);
	out_json(out, "gaps", r->gaps.list);
}

static bool is_answered(const struct drill_facts *f)
{
	size_t i;

	for (i = 0; i < f->n_facts && f->facts[i].kind != FACT_ACKNOWLEDGED; i++)
		;
	return f->filed || i < f->n_facts;
}

const char *view_drill(struct buf *out, const struct engine *e, int64_t id,
	struct arena *arena, struct error *err)
{
	struct report_of r = {
		.facts = { .e = e, .arena = arena },
		.missing.list = buf_in_arena(arena, 256), .gaps.list = buf_in_arena(arena, 256),
	};
	struct clock_row *clocks;
	size_t n, i;

	if (drill_facts_read(&r.facts, id, err) < 0 ||
	    e->store->ops->clock_of(e->store, id, arena, &clocks, &n, err) < 0)
		return NULL;
	r.answered = is_answered(&r.facts);
	out_array(r.missing.list, NULL);
	out_array(r.gaps.list, NULL);
	out_object(out, NULL);
	put_head(&r.facts, out);
	out_array(out, "clocks");
	for (i = 0; i < n; i++)
		put_clock(&r, out, &clocks[i].clock);
	out_end_array(out);
	put_acknowledgements(&r.facts, out);
	put_verdict(&r, out);
	out_end_object(out);
	return r.facts.row.incident.entity;
}
