/*
 * Deliveries that this turn has made and may hand over itself. Such a one need not be
 * written as waiting, found again and written as being sent: it is kept until the turn
 * hands over, and written once, with its attempt, in the state that it has then.
 *
 * Whoever asks the store about deliveries meanwhile must find them there, and what a
 * later command makes of their clock is not what they were made of: both have them
 * written as waiting first (fresh_write), and then they are as all others.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "engine/internal.h"

/* In the turn's arena. As the lines of the log are, the list is put back when a command
 * is undone: the last first. */
struct fresh {
	struct delivery_row *row;
	const struct conf_channel *channel;
	const struct clock *clock;
	const struct fresh *before;
	size_t number;
};

bool fresh_keep(struct engine *e, struct delivery_row *row, const struct clock *clock)
{
	const struct conf_channel *channel = conf_channel(e->conf, row->channel);
	struct fresh *made;

	if (clock == NULL || channel == NULL || row->next_at > e->now ||
	    pace_is_down(pace_find(e, row->channel)))
		return false;
	made = arena_alloc(e->arena, sizeof(*made));
	made->row = row;
	made->channel = channel;
	made->clock = clock;
	made->before = e->fresh;
	made->number = e->fresh != NULL ? e->fresh->number + 1 : 1;
	e->fresh = made;
	return true;
}

/* In the order in which they were made, which is that of their ids. */
static const struct fresh **take_all(struct engine *e, size_t *ret_n)
{
	size_t n = e->fresh != NULL ? e->fresh->number : 0;
	const struct fresh **list = arena_array(e->arena, n + 1, sizeof(struct fresh *));
	const struct fresh *fresh;

	for (fresh = e->fresh; fresh != NULL; fresh = fresh->before)
		list[fresh->number - 1] = fresh;
	e->fresh = NULL;
	*ret_n = n;
	return list;
}

int fresh_write(struct engine *e, struct error *err)
{
	const struct fresh **list;
	size_t n, i;

	if (e->fresh == NULL)
		return 0;
	list = take_all(e, &n);
	for (i = 0; i < n; i++)
		if (e->store->ops->delivery_insert(e->store, list[i]->row, err) < 0)
			return -1;
	return 0;
}

/* ---- handing over ------------------------------------------------------------------ */

/* As the store has them: by due_at, then by id. */
static int by_urgency(const void *a, const void *b)
{
	const struct fresh *x = *(const struct fresh *const *)a;
	const struct fresh *y = *(const struct fresh *const *)b;
	int64_t x_at = x->row->due_at, y_at = y->row->due_at;

	if (x_at != y_at && (x_at == TIME_NONE || y_at == TIME_NONE))
		return x_at == TIME_NONE ? 1 : -1;
	if (x_at != y_at)
		return x_at < y_at ? -1 : 1;
	return x->number < y->number ? -1 : 1;
}

static bool goes_now(const struct fresh *fresh)
{
	return fresh->row->state == DELIVERY_SENDING;
}

/* What the courier of a channel still takes, after those that are chosen already. */
static int spare(const struct engine *e, const char *transport,
	const struct fresh_batch *batch)
{
	int left = e->host.capacity(e->host.arg, transport);
	size_t i;

	for (i = 0; i < batch->n; i++)
		left -= goes_now(batch->list[i]) &&
			strcmp(batch->list[i]->channel->transport, transport) == 0;
	return left;
}

/* What goes out at once on a channel: nothing while others wait there, which may be more
 * urgent. */
static int room_of(struct engine *e, size_t channel, int *ret, struct error *err)
{
	int64_t waits_at;

	*ret = outbox_room(e, channel);
	if (*ret <= 0)
		return 0;
	if (e->store->ops->delivery_next(e->store, e->conf->channels[channel].name, &waits_at,
		    err) < 0)
		return -1;
	if (waits_at != TIME_NONE && waits_at <= e->now)
		*ret = 0;
	return 0;
}

int fresh_room(struct engine *e, int *ret, struct error *err)
{
	size_t i;
	int room;

	*ret = 0;
	for (i = 0; i < e->conf->n_channels; i++) {
		if (room_of(e, i, &room, err) < 0)
			return -1;
		if (room > *ret)
			*ret = room;
	}
	return 0;
}

/* Of one channel the most urgent. */
static int choose(struct engine *e, size_t channel, const struct fresh_batch *batch, int *left,
	struct error *err)
{
	const struct conf_channel *of = &e->conf->channels[channel];
	int most = spare(e, of->transport, batch), room;
	size_t i;

	if (room_of(e, channel, &room, err) < 0)
		return -1;
	if (room > most)
		room = most;
	for (i = 0; i < batch->n && room > 0 && *left > 0; i++) {
		struct delivery_row *row = batch->list[i]->row;

		if (batch->list[i]->channel != of)
			continue;
		row->state = DELIVERY_SENDING;
		row->next_at = TIME_NONE;
		row->attempts = 1;
		room--;
		(*left)--;
	}
	return 0;
}

int fresh_settle(struct engine *e, int *left, struct fresh_batch *ret, struct error *err)
{
	const struct fresh **list;
	size_t i;

	*ret = (struct fresh_batch){ .n = 0 };
	if (e->fresh == NULL)
		return 0;
	list = take_all(e, &ret->n);
	ret->list = arena_array(e->arena, ret->n, sizeof(struct fresh *));
	memcpy(ret->list, list, ret->n * sizeof(struct fresh *));
	qsort(ret->list, ret->n, sizeof(struct fresh *), by_urgency);
	for (i = 0; i < e->conf->n_channels; i++)
		if (choose(e, i, ret, left, err) < 0)
			return -1;
	for (i = 0; i < ret->n; i++)
		if (e->store->ops->delivery_insert(e->store, list[i]->row, err) < 0)
			return -1;
	return 0;
}

int fresh_begin(struct engine *e, const struct conf_channel *channel,
	const struct fresh_batch *batch, int *room, struct error *err)
{
	size_t i;

	for (i = 0; i < batch->n; i++) {
		if (!goes_now(batch->list[i]) || batch->list[i]->channel != channel)
			continue;
		if (outbox_begin(e, channel, batch->list[i]->row, batch->list[i]->clock,
			    err) < 0)
			return -1;
		(*room)--;
	}
	return 0;
}
