/*
 * Alerts at a pager. All notices of a clock are one alert there, so that they are ended
 * together; but who has acknowledged an alert is not paged by it again, whatever comes.
 * Our acknowledgement is a lease: what is told after one that was passed on therefore
 * opens another alert of the same clock, which is counted here (the page of a delivery).
 * When the clock is settled each of them is resolved.
 */
#include "config.h"

#include <string.h>

#include "engine/internal.h"

static bool is_pager(const struct engine *e, const char *name)
{
	const struct conf_channel *channel = conf_channel(e->conf, name);

	return channel != NULL && channel->type == CHANNEL_PAGERDUTY;
}

int pager_assign(struct engine *e, struct delivery_row *row, struct error *err)
{
	int steps, acknowledged;

	row->page = 0;
	if (row->incident == 0 || row->stage == NULL || !is_pager(e, row->channel))
		return 0;
	if (fresh_write(e, err) < 0 ||
	    e->store->ops->delivery_pages(e->store, row->incident, row->regime, row->stage,
		    row->channel, &steps, &acknowledged, err) < 0)
		return -1;
	if (strcmp(row->kind, "step") == 0)
		row->page = acknowledged + 1;
	else if (steps > 0)
		row->page = steps;
	return 0;
}

int pager_resolve(struct engine *e, const struct delivery_row *model, const char *channel,
	struct error *err)
{
	struct delivery_row row = *model;
	int last;

	row.channel = channel;
	if (pager_assign(e, &row, err) < 0)
		return -1;
	for (last = row.page; last > 0; last--) {
		row = *model;
		row.page = last;
		if (outbox_add_one(e, &row, channel, NULL, err) < 0)
			return -1;
	}
	return 0;
}
