/*
 * The alarm: looks at a running clock, fires the step that is due, and says when
 * to look again. A step that fires is a journal line and its deliveries, all in
 * the transaction that moves the clock's progress on: a step is either recorded
 * with everything it causes, or has not happened.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/drill.h"
#include "engine/internal.h"

/* A turn takes milliseconds; what is later than this was held up by something. */
enum { LATE_SAID_MS = 10 * SECOND_MS };

/* Of a storm of steps. */
enum { FULL_WAIT_MS = 25 };

static void describe(struct buf *record, const struct clock *clock, const struct step *step,
	const struct policy_turn *turn)
{
	out_int(record, "incident", clock->incident);
	out_text(record, "regime", clock->regime);
	out_text(record, "stage", clock->stage);
	out_text(record, "step", step->at);
	out_int(record, "number", turn->step + 1);
	if (turn->repeat > 0)
		out_int(record, "repeat", turn->repeat);
}

static void say(struct engine *e, const struct incident_row *row, const struct clock *clock,
	enum message message, const char *what)
{
	const struct incident *in = &row->incident;
	const struct log_about about = {
		.message = message, .incident = in->id, .entity = in->entity,
		.regime = clock->regime, .stage = clock->stage, .drill = in->drill,
	};

	say_later(e, LOG_LEVEL_WARNING, "alarm", &about, "%sincident %" PRId64 " of %s, %s %s: %s",
		in->drill ? "DRILL " : "", in->id, in->entity, clock->regime, clock->stage, what);
}

/* Once for a clock: with the first step that fires after due. In compressed time due is
 * no instant of ours. */
static void say_overdue(struct engine *e, const struct incident_row *row,
	const struct clock_row *clock)
{
	int64_t due_at = clock->clock.due_at, fired_at = clock->progress.fired_at;

	if (row->incident.drill_scale > 0 || due_at == TIME_NONE || e->now < due_at ||
	    (fired_at != TIME_NONE && fired_at >= due_at))
		return;
	say(e, row, &clock->clock, MESSAGE_CLOCK_OVERDUE, "is overdue, and nothing is filed");
}

static int fire(struct engine *e, const struct incident_row *row, struct clock_row *clock,
	const struct policy *policy, const struct policy_turn *turn, struct error *err)
{
	const struct step *step = &policy->steps[turn->step];
	struct reach reach;
	const struct notice_step about = {
		.step = step, .number = turn->step + 1, .of = (int)policy->n_steps,
		.repeat = turn->repeat, .passed_over = turn->passed_over,
		.step_at = turn->step_at, .reach = &reach,
	};
	struct delivery_row model = {
		.incident = clock->clock.incident, .regime = clock->clock.regime,
		.stage = clock->clock.stage, .kind = "step", .step = step->at,
		.step_number = turn->step + 1, .repeat = turn->repeat,
		.due_at = clock->clock.due_at,
	};
	struct buf *record = record_new(e, "step.fired", "daemon", NULL);

	reach_resolve(e, policy, (const char *const *)step->to, step->n_to, &reach);
	describe(record, &clock->clock, step, turn);
	drill_mark(record, &row->incident);
	out_text(record, "policy", policy->name);
	if (turn->passed_over > 0)
		out_int(record, "passed_over", turn->passed_over);
	if (e->now - turn->step_at >= SECOND_MS)
		out_int(record, "late_s", (e->now - turn->step_at) / SECOND_MS);
	if (e->now - turn->step_at >= LATE_SAID_MS)
		say(e, row, &clock->clock, MESSAGE_STEP_LATE, arena_printf(e->arena,
			"step %d (%s) fires %" PRId64 " s late", turn->step + 1, step->at,
			(e->now - turn->step_at) / SECOND_MS));
	out_texts(record, "to", (const char *const *)step->to, step->n_to);
	reach_put(record, &reach);
	if (record_append(e, record, clock->clock.incident, err) < 0)
		return -1;
	model.notice = notice_make(e, "step", row, &clock->clock, &about, NULL, err);
	if (model.notice == NULL)
		return -1;
	return outbox_add(e, &model, &clock->clock, (const char *const *)reach.told->channels,
		reach.told->n_channels, err);
}

static int hold(struct engine *e, const struct incident_row *row,
	const struct clock_row *clock, const struct policy *policy,
	const struct policy_turn *turn, int64_t until, struct error *err)
{
	struct buf *record = record_new(e, "step.held", "daemon", NULL);

	describe(record, &clock->clock, &policy->steps[turn->step], turn);
	drill_mark(record, &row->incident);
	out_time(record, "acknowledged_until", until);
	return record_append(e, record, clock->clock.incident, err);
}

/* What the policy says of a clock now. */
static int ask(struct engine *e, const struct incident *in, const struct policy *policy,
	struct clock_row *clock, bool fresh, int64_t *ret_until, struct policy_turn *ret,
	struct error *err)
{
	const struct policy_clock dates = policy_clock_of(e, in, &clock->clock);

	*ret_until = TIME_NONE;
	/* Fired while the wall clock stood ahead: what lies before us is not done. */
	if (clock->progress.fired_at > e->now)
		clock->progress.fired_at = e->now;
	if (!fresh && e->store->ops->acknowledged_until(e->store, clock->clock.incident,
		    clock->clock.regime, clock->clock.stage, clock->clock.anchor_at, e->now,
		    ret_until, err) < 0)
		return -1;
	drill_policy_next(in, policy, &dates, &clock->progress, *ret_until, e->now, ret);
	return 0;
}

int alarm_plan(struct engine *e, const struct incident_row *row, struct clock_row *clock,
	struct error *err)
{
	const struct policy *policy = policy_of(e, &row->incident, &clock->clock);
	int64_t fired_at = clock->progress.fired_at, until;
	struct policy_turn turn;

	if (ask(e, &row->incident, policy, clock, false, &until, &turn, err) < 0)
		return -1;
	if (!turn.fire && !turn.held && turn.next_at == clock->next_at &&
	    clock->progress.fired_at == fired_at)
		return 0;
	return alarm_look(e, row, clock, ALARM_WRITES_CLOCK, err);
}

int alarm_look(struct engine *e, const struct incident_row *row, struct clock_row *clock,
	enum alarm_writes writes, struct error *err)
{
	const struct policy *policy = policy_of(e, &row->incident, &clock->clock);
	bool fresh = writes == ALARM_WRITES_NOTHING;
	struct policy_turn turn;
	int64_t until;

	if (ask(e, &row->incident, policy, clock, fresh, &until, &turn, err) < 0)
		return -1;
	if (turn.fire)
		say_overdue(e, row, clock);
	if (turn.fire && fire(e, row, clock, policy, &turn, err) < 0)
		return -1;
	if (turn.held && hold(e, row, clock, policy, &turn, until, err) < 0)
		return -1;
	policy_advance(&clock->progress, &turn, e->now);
	clock->next_at = turn.next_at;
	if (fresh)
		return 0;
	return (writes == ALARM_WRITES_CLOCK ? e->store->ops->clock_put :
		e->store->ops->clock_progress)(e->store, clock, err);
}

static bool may_wait(const struct engine *e)
{
	return e->alarm_full_at != TIME_NONE && e->now >= e->alarm_full_at &&
		e->now - e->alarm_full_at < FULL_WAIT_MS;
}

/* When more come up at once than a turn fires, the next are fired as the couriers take
 * them, because what goes out in the turn that fires it costs least. Not for long: one
 * channel that hangs is to hold up nobody else. 10,000 that are due at once are at a
 * webhook in five sixths of the time, and the first are not behind all others (measured). */
static int batch(struct engine *e, int *ret, struct error *err)
{
	*ret = ALARM_BATCH;
	if (!may_wait(e))
		return 0;
	if (fresh_room(e, ret, err) < 0)
		return -1;
	if (*ret > ALARM_BATCH)
		*ret = ALARM_BATCH;
	return 0;
}

int alarm_next(struct engine *e, int64_t *ret, struct error *err)
{
	int most;

	if (e->store->ops->clock_next(e->store, ret, err) < 0 || batch(e, &most, err) < 0)
		return -1;
	if (most == 0 && *ret != TIME_NONE && *ret < e->alarm_full_at + FULL_WAIT_MS)
		*ret = e->alarm_full_at + FULL_WAIT_MS;
	return 0;
}

int alarm_fire_due(struct engine *e, bool *ret_more, struct error *err)
{
	struct clock_row *rows;
	size_t n, i;
	int most;

	*ret_more = true;
	if (batch(e, &most, err) < 0)
		return -1;
	if (most == 0)
		return 0;
	if (e->store->ops->clock_due(e->store, e->now, most, e->arena, &rows, &n, err) < 0)
		return -1;
	for (i = 0; i < n; i++) {
		struct incident_row row;

		if (e->store->ops->incident_head(e->store, rows[i].clock.incident, e->arena, &row,
			    err) < 0 ||
		    alarm_look(e, &row, &rows[i], ALARM_WRITES_PROGRESS, err) < 0)
			return -1;
	}
	*ret_more = n == (size_t)most;
	e->alarm_full_at = *ret_more ? e->now : TIME_NONE;
	return 0;
}
