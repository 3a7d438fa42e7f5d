/*
 * Alerts at a pager (the pages of a clock). Who has acknowledged an alert is not paged by
 * it again, whatever comes, and of what is acknowledged there we do not hear. Every step
 * of the ladder is owed to people, so each that fires is an alert of its own; its repeats
 * go into the same one, and how often that pages the service says. Our acknowledgement is
 * a lease: what is told after one that was passed on is another alert, too.
 *
 * Earlier alerts are left as they are: one that nobody has taken on may have come to the
 * second or third person there, and would begin with the first one again. So what
 * acknowledges the clock, or ends it, is said of each of them.
 */
#include "config.h"

#include <string.h>

#include "engine/internal.h"

static bool is_pager(const struct engine *e, const char *name)
{
	const struct conf_channel *channel = conf_channel(e->conf, name);

	return channel != NULL && channel->type == CHANNEL_PAGERDUTY;
}

static int find_pages(struct engine *e, const struct delivery_row *row, const char *channel,
	struct delivery_pages *ret, struct error *err)
{
	*ret = (struct delivery_pages){ .steps = -1, .told = -1, .acknowledged = -1 };
	if (row->incident == 0 || row->stage == NULL || !is_pager(e, channel))
		return 0;
	if (fresh_write(e, err) < 0)
		return -1;
	return e->store->ops->delivery_pages(e->store, row->incident, row->regime, row->stage,
		channel, ret, err);
}

/* One that fires is, even where the pager has been told of that step: its clock has come
 * to be due later. What stands in for another channel or was sent again by hand is only
 * if the pager has not come so far. */
static bool is_another_step(const struct delivery_row *row, const struct delivery_pages *pages)
{
	return row->step_number > pages->told_step ||
		(row->repeat == 0 && row->replay_of == 0 && fallback_of(row) == NULL);
}

int pager_assign(struct engine *e, struct delivery_row *row, struct error *err)
{
	struct delivery_pages pages;

	row->page = 0;
	if (strcmp(row->kind, "step") != 0)
		return 0;
	if (find_pages(e, row, row->channel, &pages, err) < 0)
		return -1;
	if (pages.steps == -1)
		return 0;
	/* What was not tried has opened nothing: what comes now shares an alert with it. */
	row->page = is_another_step(row, &pages) ? pages.told + 1 : pages.told;
	if (row->page <= pages.acknowledged)
		row->page = pages.acknowledged + 1;
	return 0;
}

int pager_add_others(struct engine *e, const struct delivery_row *model, const char *channel,
	struct error *err)
{
	struct delivery_pages pages;
	struct delivery_row row;
	int page;

	if (find_pages(e, model, channel, &pages, err) < 0)
		return -1;
	for (page = pages.steps; page > 0; page--) {
		row = *model;
		row.page = page;
		if (outbox_add_one(e, &row, channel, NULL, err) < 0)
			return -1;
	}
	return 0;
}
