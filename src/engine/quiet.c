/*
 * Quiet hours of channels, as the outbox keeps them: what falls into them waits for
 * their end (core/quiet.h says when not), each wait is a line of the journal, and what
 * waits is looked at again when the deadline comes nearer by a new fact.
 */
#include "config.h"

#include <string.h>

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

int quiet_record(struct engine *e, const struct delivery_row *row, struct error *err)
{
	struct buf *record = outbox_record(e, "delivery.deferred", row);

	out_time(record, "until", row->next_at);
	out_text(record, "why", "quiet hours of the channel");
	return record_append(e, record, row->incident, err);
}

int quiet_replan(struct engine *e, const struct clock *clock, struct error *err)
{
	struct delivery_row *rows;
	size_t n, i;

	if (fresh_write(e, err) < 0 ||
	    e->store->ops->delivery_waiting(e->store, clock->incident, clock->regime,
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
		fallback_hurry(e, rows[i].channel);
	}
	return 0;
}
