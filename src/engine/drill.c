/*
 * Drills in compressed time: how fast one is to run, and its end, which comes by
 * itself, because nobody files what was only rehearsed and no drill may alarm for
 * ever. What compressed time means is in core/drill.h.
 */
#include "config.h"

#include <string.h>

#include "core/drill.h"
#include "engine/internal.h"

enum { ENDED_A_TURN = 16 };

#define DRILL_BY	"drill"
#define DRILL_BASIS	"the drill has ended"

void drill_mark(struct buf *record, const struct incident *in)
{
	if (in->drill)
		out_int(record, "drill", 1);
}

int drill_prepare(struct engine *e, struct opening *o, struct incident_row *row,
	struct error *err)
{
	struct incident plain = row->incident;
	enum incident_state state;
	struct incident_rules rules;
	struct clock *clocks;
	size_t n;

	if (o->drill_in_ms == 0)
		return 0;
	/* As it would be folded if it were none. */
	plain.drill_scale = 0;
	plain.events = o->events;
	plain.n_events = o->n_events;
	rules_of(e, &plain, &rules);
	if (incident_fold(&plain, &rules.entity, e->arena, &clocks, &n, &state, err) < 0)
		return -1;
	row->incident.drill_scale = drill_scale(drill_longest(&plain, clocks, n),
		o->drill_in_ms);
	return 0;
}

int64_t drill_end(const struct engine *e, const struct incident *in,
	const struct clock_row *rows, size_t n, enum incident_state state)
{
	struct clock *clocks;
	size_t i;

	if (in->drill_scale == 0 || state == INCIDENT_CLOSED || state == INCIDENT_DISMISSED)
		return TIME_NONE;
	clocks = arena_array(e->arena, n, sizeof(*clocks));
	for (i = 0; i < n; i++)
		clocks[i] = rows[i].clock;
	return drill_ends_at(in, clocks, n);
}

static int end_one(struct engine *e, int64_t id, struct error *err)
{
	const struct fold_cause cause = { .why = { CHANGE_FACT, DRILL_BY, NULL, e->now } };
	struct incident_row row;
	struct folded folded;
	struct buf *record;

	if (e->store->ops->incident_load(e->store, id, e->arena, &row, err) < 0)
		return -1;
	row.incident.dismissed_at = e->now;
	row.incident.dismissed_by = DRILL_BY;
	row.incident.dismissed_basis = DRILL_BASIS;
	record = record_new(e, "incident.dismissed", "daemon", DRILL_BY);
	out_int(record, "incident", id);
	drill_mark(record, &row.incident);
	out_text(record, "basis", DRILL_BASIS);
	if (fold_write(e, &row, &cause, &folded, err) < 0)
		return -1;
	out_text(record, "state", incident_state_name(folded.state));
	out_json(record, "clocks", folded.changes);
	say_later(e, LOG_LEVEL_NOTICE, "incident", &(const struct log_about){
		.message = MESSAGE_DRILL_ENDED, .incident = id, .entity = row.incident.entity,
		.drill = true }, "DRILL incident %" PRId64 " of %s has ended by itself", id,
		row.incident.entity);
	return record_append(e, record, id, err);
}

int drill_end_due(struct engine *e, bool *ret_more, struct error *err)
{
	int64_t id, at;
	int n;

	*ret_more = true;
	for (n = 0; n < ENDED_A_TURN; n++) {
		if (e->store->ops->incident_drill_next(e->store, &id, &at, err) < 0)
			return -1;
		if (at == TIME_NONE || at > e->now) {
			*ret_more = false;
			return 0;
		}
		if (end_one(e, id, err) < 0)
			return -1;
	}
	return 0;
}
