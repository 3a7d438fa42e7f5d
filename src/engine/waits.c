/*
 * What a delivery waits for, as far as anybody here knows: for who looks at one that does
 * not go out. It is found out when it is asked for; only what a receiver has asked for is
 * known at the attempt alone, and kept with it.
 */
#include "config.h"

#include <string.h>

#include "engine/internal.h"

static const struct pace *find(const struct engine *e, const char *channel)
{
	size_t i;

	for (i = 0; i < e->n_paces; i++)
		if (strcmp(e->paces[i].name, channel) == 0)
			return &e->paces[i];
	return NULL;
}

const char *waits_for(const struct engine *e, const struct delivery_row *row, int64_t now)
{
	const struct pace *p = find(e, row->channel);
	bool later = row->next_at != TIME_NONE && row->next_at > now;

	if (row->state != DELIVERY_WAITING)
		return NULL;
	/* The moment before is one of those hours: it is for their end. */
	if (later && quiet_next(e, row, row->next_at - 1) == row->next_at)
		return "quiet hours";
	if (later && row->why != NULL)
		return row->why;
	if (p != NULL && breaker_is_open(&p->breaker))
		return "channel down";
	if (later)
		return "retry";
	return p != NULL && rate_room(&p->rate, now) <= 0 ? "rate" : "turn";
}
