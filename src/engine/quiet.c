/*
 * Quiet hours of channels, as the outbox keeps them: what falls into them waits for
 * their end (core/quiet.h says when not), each wait is a line of the journal, and what
 * waits is looked at again when the deadline comes nearer by a new fact.
 */
#include "config.h"

#include <string.h>

#include "base/text.h"
#include "core/quiet.h"
#include "engine/internal.h"

int64_t quiet_next(const struct engine *e, const struct delivery_row *row, int64_t at)
{
	const struct conf_channel *channel = conf_channel(e->conf, row->channel);

	/* A test is asked for by somebody who waits for it. */
	if (channel == NULL || strcmp(row->kind, "test") == 0)
		return at;
	return quiet_defer(channel->quiet, at, row->due_at);
}

/* A repeat that waits for the same end stands in for the one before: nobody needs nine
 * reminders of one step in the morning. */
static int replace_earlier(struct engine *e, const struct delivery_row *row,
	struct error *err)
{
	struct delivery_row *rows;
	size_t n, i;

	if (row->repeat == 0 || strcmp(row->kind, "step") != 0)
		return 0;
	if (e->store->ops->delivery_waiting(e->store, row->incident, row->regime, row->stage,
		    e->arena, &rows, &n, err) < 0)
		return -1;
	for (i = 0; i < n; i++)
		if (rows[i].id != row->id && rows[i].attempts == 0 &&
		    rows[i].next_at > e->now && rows[i].step_number == row->step_number &&
		    strcmp(rows[i].kind, "step") == 0 &&
		    text_equal(rows[i].channel, row->channel) &&
		    text_equal(rows[i].recipient, row->recipient) &&
		    outbox_cancel(e, &rows[i], "a later reminder of the same step stands in for it",
			err) < 0)
			return -1;
	return 0;
}

int quiet_record(struct engine *e, const struct delivery_row *row, struct error *err)
{
	struct buf *record = outbox_record(e, "delivery.deferred", row);

	out_time(record, "until", row->next_at);
	out_text(record, "why", "quiet hours of the channel");
	if (record_append(e, record, row->incident, err) < 0)
		return -1;
	return row->attempts == 0 ? replace_earlier(e, row, err) : 0;
}

int quiet_replan(struct engine *e, const struct clock *clock, struct error *err)
{
	struct delivery_row *rows;
	size_t n, i;

	if (e->store->ops->delivery_waiting(e->store, clock->incident, clock->regime,
		    clock->stage, e->arena, &rows, &n, err) < 0)
		return -1;
	for (i = 0; i < n; i++) {
		const struct conf_channel *channel = conf_channel(e->conf, rows[i].channel);
		int64_t at;

		if (channel == NULL || channel->quiet == NULL)
			continue;
		rows[i].due_at = clock->due_at;
		at = quiet_next(e, &rows[i], e->now);
		if (at >= rows[i].next_at)
			continue;
		rows[i].next_at = at;
		if (e->store->ops->delivery_update(e->store, &rows[i], err) < 0)
			return -1;
	}
	return 0;
}
