/*
 * Planning anew: every running clock is looked at although its time has not come,
 * because what it was planned by has changed (another configuration, a wall clock
 * that went back, a new run of the program). It goes on beside the other work, a few
 * incidents a turn, so that it costs no stall however many there are; what it has
 * not reached yet fires by the old plan.
 *
 * After a start, another configuration or another edition of the time zones the
 * incidents are folded anew besides, since their dates may follow otherwise from the
 * same facts. What becomes earlier counts; nothing moves later by itself.
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "engine/internal.h"

enum { INCIDENTS_A_TURN = 64 };

void plan_anew(struct engine *e, const char *why)
{
	e->plan_before = INT64_MAX;
	if (why != NULL)
		e->plan_why = why;
}

struct ids {
	int64_t list[INCIDENTS_A_TURN];
	size_t n;
};

static int note_id(void *arg, const struct incident_row *row)
{
	struct ids *ids = arg;

	ids->list[ids->n++] = row->incident.id;
	return 0;
}

static int plan_incident(struct engine *e, int64_t id, struct error *err)
{
	struct incident_row row;
	struct clock_row *clocks;
	size_t n, i;

	if (e->store->ops->incident_load(e->store, id, e->arena, &row, err) < 0)
		return -1;
	if (e->plan_why != NULL) {
		if (fold_anew(e, &row, e->plan_why, err) == 0)
			return 0;
		/* Not the store's fault but that of the rules, and seen before anything
		 * was written: its clocks go on as they are. */
		if (err->code != ERROR_INVALID)
			return -1;
		say_later(e, LOG_LEVEL_WARNING, "rules", &(const struct log_about){
			.incident = id }, "incident %" PRId64 " cannot be folded: %s; its clocks "
			"stay as they are", id, err->text);
		memset(err, 0, sizeof(*err));
	}
	if (e->store->ops->clock_of(e->store, id, e->arena, &clocks, &n, err) < 0)
		return -1;
	for (i = 0; i < n; i++)
		if (clocks[i].clock.state == CLOCK_RUNNING &&
		    alarm_plan(e, &row, &clocks[i], err) < 0)
			return -1;
	return 0;
}

int plan_some(struct engine *e, int64_t *ret_before, struct error *err)
{
	const struct incident_filter filter = {
		.before_id = e->plan_before == INT64_MAX ? 0 : e->plan_before,
		.limit = INCIDENTS_A_TURN,
	};
	struct ids ids = { .n = 0 };
	size_t i;

	*ret_before = e->plan_before;
	if (e->plan_before == 0)
		return 0;
	/* Only suspected and open ones have a clock that runs. */
	if (e->store->ops->incident_list(e->store, &filter, note_id, &ids, err) < 0)
		return -1;
	for (i = 0; i < ids.n; i++)
		if (plan_incident(e, ids.list[i], err) < 0)
			return -1;
	*ret_before = ids.n < INCIDENTS_A_TURN ? 0 : ids.list[ids.n - 1];
	return 0;
}
