/*
 * The outbox: deliveries wait in the store until a courier can take them; an
 * attempt is a row before it is made; what came of it is a row before anything
 * else follows from it. Nothing is ever deleted. One channel's success or failure
 * is nobody else's.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/text.h"
#include "engine/internal.h"

enum { HAND_OVER_MAX = 256 };	/* a turn, over all channels */

/* ---- writing intents ---------------------------------------------------------- */

/* clock: as for fresh_keep. */
static int insert(struct engine *e, struct delivery_row *row, const struct clock *clock,
	struct error *err)
{
	row->next_at = quiet_next(e, row, e->now);
	if (fresh_keep(e, row, clock))
		return 0;
	if (fresh_write(e, err) < 0 || e->store->ops->delivery_insert(e->store, row, err) < 0)
		return -1;
	return row->next_at > e->now ? quiet_record(e, row, err) : 0;
}

/* Nothing has happened to it yet. */
static void begin(struct engine *e, struct delivery_row *row, const char *channel,
	const char *recipient)
{
	row->channel = channel;
	row->recipient = recipient;
	row->state = DELIVERY_WAITING;
	row->created_at = e->now;
	row->attempts = row->failures = row->stands_for = 0;
	row->fallback_at = TIME_NONE;
	row->replay_of = 0;
}

int outbox_add_one(struct engine *e, struct delivery_row *row, const char *channel,
	const char *recipient, struct error *err)
{
	begin(e, row, channel, recipient);
	return insert(e, row, NULL, err);
}

static int add_one(struct engine *e, const struct delivery_row *model, const char *channel,
	const char *recipient, struct error *err)
{
	struct delivery_row row = *model;

	return outbox_add_one(e, &row, channel, recipient, err);
}

/* A mail goes out once for each mailbox, so that one that is refused is not hidden behind
 * one that is not. */
static int add_to_channel(struct engine *e, const struct delivery_row *model,
	const struct clock *clock, const char *name, const struct repeat_earlier *earlier,
	struct error *err)
{
	const struct conf_channel *channel = conf_channel(e->conf, name);
	size_t n = channel != NULL && channel->n_to > 0 ? channel->n_to : 1, i;
	struct delivery_row *rows = arena_array(e->arena, n, sizeof(*rows));

	for (i = 0; i < n; i++) {
		rows[i] = *model;
		begin(e, &rows[i], name, channel != NULL && channel->n_to > 0 ?
			channel->to[i] : NULL);
		if ((i == 0 ? pager_assign(e, &rows[i], err) : 0) < 0 ||
		    repeat_replace(e, earlier, &rows[i], err) < 0 ||
		    insert(e, &rows[i], clock, err) < 0)
			return -1;
	}
	/* The first that has its fallback told speaks for all of them. */
	for (i = 0; i < n; i++) {
		if (rows[i].fallback_at != TIME_NONE)
			continue;
		if (fallback_when_made(e, &rows[i], err) < 0)
			return -1;
		if (rows[i].fallback_at != TIME_NONE)
			break;
	}
	return 0;
}

int outbox_add(struct engine *e, const struct delivery_row *model, const struct clock *clock,
	const char *const *channels, size_t n, struct error *err)
{
	struct repeat_earlier earlier;
	size_t i;

	if (repeat_find(e, model, &earlier, err) < 0)
		return -1;
	for (i = 0; i < n; i++)
		if (add_to_channel(e, model, clock, channels[i], &earlier, err) < 0)
			return -1;
	return 0;
}

struct buf *outbox_record(struct engine *e, const char *kind, const struct delivery_row *row)
{
	struct buf *record = record_new(e, kind, "daemon", NULL);
	char id[DELIVERY_ID_SIZE];

	engine_delivery_id(e, row->id, id);
	out_text(record, "delivery", id);
	if (row->incident != 0)
		out_int(record, "incident", row->incident);
	else
		out_text(record, "notice", row->kind);
	if (delivery_is_drill(row))
		out_int(record, "drill", 1);
	out_text(record, "regime", row->regime);
	out_text(record, "stage", row->stage);
	out_text(record, "step", row->step);
	out_text(record, "channel", row->channel);
	out_text(record, "recipient", row->recipient);
	out_int(record, "attempts", row->attempts);
	return record;
}

int outbox_cancel(struct engine *e, struct delivery_row *row, const char *why,
	struct error *err)
{
	struct buf *record;

	count(e, COUNT_DELIVERY, row->channel, delivery_state_name(DELIVERY_CANCELLED), 1);
	row->state = DELIVERY_CANCELLED;
	row->next_at = TIME_NONE;
	row->why = why;
	if (e->store->ops->delivery_update(e->store, row, err) < 0)
		return -1;
	record = outbox_record(e, "delivery.cancelled", row);
	out_text(record, "why", why);
	return record_append(e, record, row->incident, err);
}

int outbox_settle(struct engine *e, const struct incident_row *row, const struct clock *clock,
	struct error *err)
{
	const struct store_ops *ops = e->store->ops;
	struct delivery_row *rows, model = {
		.incident = clock->incident, .regime = clock->regime, .stage = clock->stage,
		.kind = "settled", .step = "settled", .due_at = TIME_NONE,
	};
	size_t n, i;

	if (fresh_write(e, err) < 0 ||
	    ops->delivery_waiting(e->store, clock->incident, clock->regime, clock->stage, e->arena,
		    &rows, &n, err) < 0)
		return -1;
	for (i = 0; i < n; i++)
		if (outbox_cancel(e, &rows[i], "the clock is settled", err) < 0)
			return -1;
	if (ops->delivery_told(e->store, clock->incident, clock->regime, clock->stage, e->arena,
		    &rows, &n, err) < 0)
		return -1;
	if (n == 0)
		return 0;
	model.notice = notice_make(e, "settled", row, clock, NULL, NULL, err);
	if (model.notice == NULL)
		return -1;
	for (i = 0; i < n; i++)
		if (pager_add_others(e, &model, rows[i].channel, err) < 0 ||
		    add_one(e, &model, rows[i].channel, rows[i].recipient, err) < 0)
			return -1;
	return 0;
}

/* Where many read what one of them has taken on, or a service would go on to wake people.
 * A mailbox or a telephone is told what is to be done, not what somebody else does. */
static bool is_shared(const struct engine *e, const char *name)
{
	const struct conf_channel *channel = conf_channel(e->conf, name);

	if (channel == NULL)
		return false;
	switch (channel->type) {
	case CHANNEL_SLACK:
	case CHANNEL_SLACK_BOT:
	case CHANNEL_TEAMS:
	case CHANNEL_MATTERMOST:
	case CHANNEL_PAGERDUTY:
		return true;
	case CHANNEL_WEBHOOK:
	case CHANNEL_EMAIL:
	case CHANNEL_CONSOLE:
	case CHANNEL_NTFY:
	case CHANNEL_HEARTBEAT:
		break;
	}
	return false;
}

int outbox_acknowledge(struct engine *e, const struct incident_row *row,
	const struct clock *clock, const struct acknowledgement_row *ack, struct error *err)
{
	struct delivery_row *rows, model = {
		.incident = clock->incident, .regime = clock->regime, .stage = clock->stage,
		.kind = KIND_ACKNOWLEDGED, .step = KIND_ACKNOWLEDGED, .due_at = ack->until_at,
	};
	size_t n, i;

	if (fresh_write(e, err) < 0 ||
	    e->store->ops->delivery_told(e->store, clock->incident, clock->regime, clock->stage,
		    e->arena, &rows, &n, err) < 0)
		return -1;
	for (i = 0; i < n; i++) {
		if (!is_shared(e, rows[i].channel))
			continue;
		if (model.notice == NULL)
			model.notice = notice_make_acknowledged(e, row, clock, ack, err);
		if (model.notice == NULL ||
		    pager_add_others(e, &model, rows[i].channel, err) < 0 ||
		    add_one(e, &model, rows[i].channel, NULL, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- handing over ---------------------------------------------------------------- */

int outbox_clock(struct engine *e, struct delivery_row *row, const struct clock **ret,
	struct error *err)
{
	struct clock_row *clock = arena_alloc(e->arena, sizeof(*clock));

	*ret = NULL;
	if (e->store->ops->clock_get(e->store, row->incident, row->regime, row->stage, e->arena,
		    clock, err) < 0) {
		if (err->code != ERROR_NOT_FOUND)
			return -1;
		memset(err, 0, sizeof(*err));
		return 0;
	}
	if (clock->clock.state != CLOCK_RUNNING)
		return 0;
	*ret = &clock->clock;
	row->due_at = clock->clock.due_at;
	return 0;
}

int outbox_begin(struct engine *e, const struct conf_channel *channel,
	const struct delivery_row *row, const struct clock *clock, struct error *err)
{
	struct attempt_row attempt = {
		.delivery = row->id, .at = e->now, .outcome = ATTEMPT_UNKNOWN,
	};
	struct outgoing *out = arena_alloc(e->arena, sizeof(*out));

	if (e->store->ops->attempt_insert(e->store, &attempt, err) < 0)
		return -1;
	out->message = notice_message(e, row, clock, err);
	if (out->message == NULL)
		return -1;
	out->transport = channel->transport;
	out->channel = channel->name;
	out->delivery = row->id;
	out->attempt = row->attempts;
	*e->last_outgoing = out;
	e->last_outgoing = &out->next;
	flight_begin(e, channel, row, attempt.id);
	return 0;
}

static int begin_attempt(struct engine *e, const struct conf_channel *channel,
	struct delivery_row *row, struct error *err)
{
	const struct clock *clock = NULL;

	if (strcmp(row->kind, "step") == 0) {
		if (outbox_clock(e, row, &clock, err) < 0)
			return -1;
		if (clock == NULL)
			return outbox_cancel(e, row, "the clock no longer runs", err);
	}

	/* A pager that hears of it afterwards would be silent for nobody. */
	if (strcmp(row->kind, KIND_ACKNOWLEDGED) == 0 && row->due_at <= e->now)
		return outbox_cancel(e, row, "the lease has ended", err);

	row->state = DELIVERY_SENDING;
	row->next_at = TIME_NONE;
	row->why = NULL;
	row->attempts++;
	if (e->store->ops->delivery_update(e->store, row, err) < 0)
		return -1;
	return outbox_begin(e, channel, row, clock, err);
}

/* Messages already made for a transport in this turn. */
static int promised(const struct engine *e, const char *transport)
{
	const struct outgoing *out;
	int n = 0;

	for (out = e->outgoing; out != NULL; out = out->next)
		n += strcmp(out->transport, transport) == 0;
	return n;
}

/* What a channel may begin now. Channels that share a courier share its room evenly:
 * one whose receiver hangs must not take all of it. */
static int channel_room(const struct engine *e, const struct conf_channel *channel)
{
	int room = e->host.capacity(e->host.arg, channel->transport) -
		promised(e, channel->transport);
	int flying = 0, own = 0, peers = 0, share;
	const struct flight *f;
	size_t i;

	for (i = 0; i < e->conf->n_channels; i++)
		peers += strcmp(e->conf->channels[i].transport, channel->transport) == 0;
	for (f = e->flights; f != NULL; f = f->next) {
		if (f->generation != e->generation || strcmp(f->transport, channel->transport) != 0)
			continue;
		flying++;
		own += strcmp(f->channel, channel->name) == 0;
	}
	share = room > 0 ? (room + flying) / peers : 0;
	if (share < 1)
		share = 1;
	return room < share - own ? room : share - own;
}

int outbox_room(const struct engine *e, size_t channel)
{
	return pace_room(e, channel, channel_room(e, &e->conf->channels[channel]));
}

static int fail_orphan(struct engine *e, struct delivery_row *row, struct error *err)
{
	/* The one of another mailbox may have had its fallback told since this was read. */
	if (row->recipient != NULL &&
	    e->store->ops->delivery_load(e->store, row->id, e->arena, row, err) < 0)
		return -1;
	return report_conclude(e, row, DELIVERY_FAILED, "the channel is no longer configured",
		err);
}

/* Deliveries for a channel that the configuration no longer has: nobody can make
 * them, so they fail, and the fallback hears of it. */
static int fail_orphans(struct engine *e, struct error *err)
{
	const char **channels;
	struct delivery_row *rows;
	size_t n, n_rows, i, j;

	if (e->store->ops->delivery_channels(e->store, e->arena, &channels, &n, err) < 0)
		return -1;
	for (i = 0; i < n; i++) {
		if (conf_channel(e->conf, channels[i]) != NULL)
			continue;
		if (e->store->ops->delivery_due(e->store, channels[i], INT64_MAX, HAND_OVER_MAX,
			    e->arena, &rows, &n_rows, err) < 0)
			return -1;
		for (j = 0; j < n_rows; j++)
			if (fail_orphan(e, &rows[j], err) < 0)
				return -1;
	}
	return 0;
}

int outbox_hand_over(struct engine *e, struct error *err)
{
	int left = HAND_OVER_MAX;
	struct fresh_batch fresh;
	size_t i, n, j;

	if (fresh_settle(e, &left, &fresh, err) < 0 || fail_orphans(e, err) < 0)
		return -1;
	for (i = 0; i < e->conf->n_channels; i++) {
		const struct conf_channel *channel = &e->conf->channels[i];
		int room = outbox_room(e, i);
		struct delivery_row *rows;

		if (fresh_begin(e, channel, &fresh, &room, err) < 0)
			return -1;
		if (room <= 0 || left <= 0)
			continue;
		if (e->store->ops->delivery_due(e->store, channel->name, e->now,
			    room < left ? room : left, e->arena, &rows, &n, err) < 0)
			return -1;
		for (j = 0; j < n; j++)
			if (begin_attempt(e, channel, &rows[j], err) < 0)
				return -1;
		left -= (int)n;
	}
	return 0;
}

void outbox_send(struct engine *e)
{
	struct outgoing *out;

	for (out = e->outgoing; out != NULL; out = out->next) {
		e->host.send(e->host.arg, out->transport, out->message);
		pace_sent(e, out->channel);
	}
	e->outgoing = NULL;
	e->last_outgoing = &e->outgoing;
}

/* The transaction failed: nothing was begun after all. */
void outbox_drop(struct engine *e)
{
	struct outgoing *out;

	for (out = e->outgoing; out != NULL; out = out->next)
		flight_free(flight_take(e, out->delivery, out->attempt));
	e->outgoing = NULL;
	e->last_outgoing = &e->outgoing;
}

int64_t outbox_next_at(struct engine *e, struct error *err)
{
	int64_t next = TIME_NONE, at;
	size_t i;

	for (i = 0; i < e->conf->n_channels; i++) {
		const struct conf_channel *channel = &e->conf->channels[i];

		/* One without room is looked at again when its courier reports. */
		if (channel_room(e, channel) <= 0 ||
		    e->store->ops->delivery_next(e->store, channel->name, &at, err) < 0)
			continue;
		if (at != TIME_NONE)
			at = pace_next(e, i, at);
		if (at != TIME_NONE && (next == TIME_NONE || at < next))
			next = at;
	}
	return next;
}

int outbox_hurry(struct engine *e, int64_t longest_ms, struct error *err)
{
	const struct store_ops *ops = e->store->ops;
	struct delivery_row *rows;
	const char **channels;
	size_t n, n_rows, i, j;

	if (ops->delivery_channels(e->store, e->arena, &channels, &n, err) < 0)
		return -1;
	for (i = 0; i < n; i++) {
		if (ops->delivery_due(e->store, channels[i], INT64_MAX, 0, e->arena, &rows,
			    &n_rows, err) < 0)
			return -1;
		for (j = 0; j < n_rows; j++) {
			if (rows[j].next_at <= e->now + longest_ms)
				continue;
			rows[j].next_at = quiet_next(e, &rows[j], e->now);
			if (ops->delivery_update(e->store, &rows[j], err) < 0)
				return -1;
		}
	}
	return 0;
}

int outbox_recover(struct engine *e, int *ret_n, struct error *err)
{
	struct delivery_row *rows;
	size_t n, i;

	if (e->store->ops->delivery_sending(e->store, e->arena, &rows, &n, err) < 0)
		return -1;
	for (i = 0; i < n; i++) {
		/* It may have arrived: the same id goes out again, and the receiver
		 * can tell. */
		if (e->store->ops->attempt_abandon(e->store, rows[i].id,
			    "the daemon ended while this attempt was in flight", err) < 0)
			return -1;
		rows[i].state = DELIVERY_WAITING;
		rows[i].next_at = e->now;
		if (e->store->ops->delivery_update(e->store, &rows[i], err) < 0)
			return -1;
	}
	*ret_n = (int)n;
	return 0;
}
