/*
 * What is said of a storm: a line of the journal for what came in a second, and notices to
 * the operations channels when it begins and when it is over. The line may stand up to a
 * second behind the alerts it tells of; what it will say is in the store with them.
 */
#include "config.h"

#include <inttypes.h>

#include "base/log.h"
#include "base/text.h"
#include "engine/internal.h"
#include "engine/storm.h"

int storm_say(struct engine *e, struct storm_row *row, struct error *err)
{
	struct buf *record = record_new(e, "alerts.storm", arena_printf(e->arena, "source:%s",
		row->source), NULL);
	struct buf *samples = buf_in_arena(e->arena, 0);

	out_int(record, "incident", row->incident);
	out_text(record, "source", row->source);
	out_text(record, "entity", row->entity);
	out_int(record, "alerts", row->unsaid);
	if (row->unsaid_resolved > 0)
		out_int(record, "resolved", row->unsaid_resolved);
	out_time(record, "first_at", row->unsaid_first_at);
	out_time(record, "last_at", row->last_at);
	out_int(record, "total", row->alerts);
	out_int(record, "keys", row->keys);
	if (row->unlisted > 0)
		out_int(record, "unlisted", row->unlisted);
	out_text(record, "alerts_sha256", row->sha256);
	if (row->samples != NULL) {
		buf_adds(samples, row->samples);
		out_end_array(samples);
		out_json(record, "samples", samples);
	}
	row->said_at = e->now;
	row->unsaid = row->unsaid_resolved = 0;
	row->unsaid_first_at = TIME_NONE;
	row->samples = NULL;
	row->n_samples = 0;
	return record_append(e, record, row->incident, err);
}

int storm_say_begun(struct engine *e, const struct storm_row *row, struct error *err)
{
	struct operation op = { .about = "storm",
		.title = arena_printf(e->arena, "Storm from %s", row->source) };

	op.words = arena_printf(e->arena, "More alerts have come from %s than its limit lets open "
		"incidents (%s), or such that belong to a storm already. They are taken and counted "
		"in incident %" PRId64 ", which has clocks and is escalated as any other. There will "
		"be one more notice, when it is over.", row->source, limit_words(e, row->source),
		row->incident);
	say_later(e, LOG_LEVEL_WARNING, "sources", &(const struct log_about){
		.source = row->source, .incident = row->incident },
		"storm from %s: what is over its limit joins incident %" PRId64, row->source,
		row->incident);
	return operations_tell(e, &op, err);
}

int storm_say_over(struct engine *e, struct storm_row *row, struct error *err)
{
	struct buf *record = record_new(e, "storm.over", "daemon", NULL);
	struct operation op = { .about = "storm-over",
		.title = arena_printf(e->arena, "The storm from %s is over", row->source) };

	row->raging = false;
	op.words = arena_printf(e->arena, "For ten minutes nothing of %s has come over its limit. "
		"Incident %" PRId64 " holds %" PRId64 " alerts, of %" PRId64 " keys that are kept%s. "
		"It ends as any other: by filings, or by the decision of a person that none is "
		"owed.", row->source, row->incident, row->alerts, row->keys,
		row->unlisted > 0 ? arena_printf(e->arena, " and %" PRId64 " alerts of others",
			row->unlisted) : "");
	say_later(e, LOG_LEVEL_NOTICE, "sources", &(const struct log_about){
		.source = row->source, .incident = row->incident },
		"the storm from %s is over; incident %" PRId64 " holds %" PRId64 " alerts",
		row->source, row->incident, row->alerts);
	out_int(record, "incident", row->incident);
	out_text(record, "source", row->source);
	out_int(record, "alerts", row->alerts);
	out_time(record, "first_at", row->first_at);
	out_time(record, "last_at", row->last_at);
	if (record_append(e, record, row->incident, err) < 0)
		return -1;
	return operations_tell(e, &op, err);
}
