/*
 * How fast each channel goes: its breaker (core/breaker.h) and its rate (core/rate.h).
 * A channel that is down is tried by its most urgent delivery only, and no other
 * channel notices.
 *
 * What couriers report counts after the turn that wrote it down has committed, so that
 * a turn that is undone counts nothing twice; that a channel is down, or up again, is
 * therefore journalled by the turn after, once. It is kept across restarts, so that a
 * new process does not find out, and say, the same thing again.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/text.h"
#include "config/transport.h"
#include "engine/internal.h"

enum { READY_MS = SECOND_MS };

#define META_CHANNELS_DOWN "channels-down"	/* "NAME MS\n" of each */

/* ---- one for each channel of the configuration ------------------------------------- */

static void pace_release(struct pace *p)
{
	free(p->name);
	free(p->rate.sent);
}

void pace_free(struct engine *e)
{
	size_t i;

	for (i = 0; i < e->n_paces; i++)
		pace_release(&e->paces[i]);
	free(e->paces);
	e->paces = NULL;
	e->n_paces = 0;
}

struct pace *pace_find(struct engine *e, const char *channel)
{
	size_t i;

	for (i = 0; i < e->n_paces; i++)
		if (strcmp(e->paces[i].name, channel) == 0)
			return &e->paces[i];
	return NULL;
}

bool engine_channel_is_down(const struct engine *e, const char *channel)
{
	size_t i;

	for (i = 0; i < e->n_paces; i++)
		if (strcmp(e->paces[i].name, channel) == 0)
			return e->paces[i].said_down;
	return false;
}

void pace_configure(struct engine *e)
{
	const struct conf *conf = e->conf;
	struct pace *made = xcalloc(conf->n_channels + 1, sizeof(*made));
	size_t i;

	for (i = 0; i < conf->n_channels; i++) {
		const struct conf_channel *channel = &conf->channels[i];
		const struct pace *old = pace_find(e, channel->name);
		int64_t *room = NULL;

		if (channel->rate_max > 0)
			room = xcalloc((size_t)channel->rate_max, sizeof(*room));
		made[i].tested_at = made[i].testing_at = TIME_NONE;
		made[i].look.again_at = TIME_NONE;
		breaker_init(&made[i].breaker);
		if (old != NULL)
			made[i] = *old;
		made[i].name = xstrdup(channel->name);
		rate_init(&made[i].rate, channel->rate_max, channel->rate_ms, room);
		if (old != NULL)
			rate_carry_over(&made[i].rate, &old->rate);
		/* A policy may have a fallback now that it had not. */
		if (made[i].said_down)
			fallback_begin(&made[i]);
		/* The change may have mended it. */
		breaker_hurry(&made[i].breaker, e->now);
	}
	for (i = 0; i < e->n_paces; i++)
		if (e->paces[i].said_down && conf_channel(conf, e->paces[i].name) == NULL)
			e->down_is_gone = true;
	pace_free(e);
	e->paces = made;
	e->n_paces = conf->n_channels;
}

/* Takes "NAME MS\n" apart, in place. */
static void load_line(struct engine *e, char *line)
{
	char *space = strchr(line, ' ');
	struct pace *p;
	int64_t at;

	if (space == NULL)
		return;
	*space = '\0';
	p = pace_find(e, line);
	if (p == NULL)
		e->down_is_gone = true;
	if (p == NULL || text_int64(space + 1, 0, INT64_MAX, &at) < 0)
		return;
	p->breaker = (struct breaker){ .failures = BREAKER_FAILURES, .down_at = at,
		.probe_at = e->now };
	p->said_down = true;
	fallback_begin(p);
}

int pace_load(struct engine *e, struct error *err)
{
	const char *text = NULL;
	char *line, *end;

	if (e->store->ops->meta_get(e->store, META_CHANNELS_DOWN, e->arena, &text, err) < 0)
		return -1;
	for (line = arena_strdup(e->arena, text); line != NULL && *line != '\0'; line = end) {
		end = line + strcspn(line, "\n");
		if (*end != '\0')
			*end++ = '\0';
		load_line(e, line);
	}
	return 0;
}

/* ---- what may begin ------------------------------------------------------------------ */

int pace_room(const struct engine *e, size_t channel, int room)
{
	const struct pace *p = &e->paces[channel];
	int free_now = rate_room(&p->rate, e->now);

	if (breaker_is_open(&p->breaker)) {
		if (breaker_next(&p->breaker, e->now) > e->now)
			return 0;
		room = room > 1 ? 1 : room;
	}
	return room < free_now ? room : free_now;
}

int64_t pace_next(const struct engine *e, size_t channel, int64_t at)
{
	const struct pace *p = &e->paces[channel];

	return rate_next(&p->rate, breaker_next(&p->breaker, at));
}

/* While it is down the breaker sets the pace, not each delivery its own: all are ready
 * for the next probe, so that it is made with the most urgent one. */
int64_t pace_retry(struct engine *e, const char *channel, int64_t delay)
{
	const struct pace *p = pace_find(e, channel);

	return p != NULL && breaker_is_near(&p->breaker) && delay > READY_MS ? READY_MS : delay;
}

void pace_hurry(struct engine *e, const char *channel)
{
	struct pace *p = pace_find(e, channel);

	if (p != NULL)
		breaker_hurry(&p->breaker, e->now);
}

void pace_clock_set(struct engine *e)
{
	size_t i;

	for (i = 0; i < e->n_paces; i++) {
		rate_forget(&e->paces[i].rate);
		breaker_hurry(&e->paces[i].breaker, e->now);
		/* The end of quiet hours that it waits for was another. */
		if (e->paces[i].said_down)
			fallback_begin(&e->paces[i]);
	}
}

/* ---- what has happened ---------------------------------------------------------------- */

void pace_sent(struct engine *e, const char *channel)
{
	struct pace *p = pace_find(e, channel);

	if (p == NULL)
		return;
	rate_take(&p->rate, e->now);
	breaker_probe(&p->breaker, e->now, e->host.roll(e->host.arg));
}

void pace_heard(struct engine *e, const struct flight *f, const struct report *r)
{
	struct pace *p = pace_find(e, f->channel);

	/* A courier that died or was stopped says nothing of the channel, nor does one
	 * that had another configuration of it. */
	if (p == NULL || r->ours || f->generation != e->generation ||
	    text_starts(r->detail, TRANSPORT_NOT_SENT))
		return;
	if (r->outcome == ATTEMPT_DELIVERED || r->outcome == ATTEMPT_PERMANENT) {
		breaker_pass(&p->breaker);
		return;
	}
	text_copy(p->why, sizeof(p->why), r->detail);
	breaker_fail(&p->breaker, e->now, e->host.roll(e->host.arg));
}

bool pace_is_down(const struct pace *p)
{
	return p != NULL && p->said_down && breaker_is_open(&p->breaker);
}

/* ---- saying so ------------------------------------------------------------------------- */

static bool has_news(const struct pace *p)
{
	return breaker_is_open(&p->breaker) != p->said_down;
}

bool pace_has_news(const struct engine *e)
{
	size_t i;

	for (i = 0; i < e->n_paces; i++)
		if (has_news(&e->paces[i]))
			return true;
	return e->down_is_gone;
}

static int keep(struct engine *e, struct error *err)
{
	struct buf *text = buf_in_arena(e->arena, 0);
	size_t i;

	for (i = 0; i < e->n_paces; i++)
		if (breaker_is_open(&e->paces[i].breaker))
			buf_addf(text, "%s %lld\n", e->paces[i].name,
				(long long)e->paces[i].breaker.down_at);
	return e->store->ops->meta_put(e->store, META_CHANNELS_DOWN, text->data, err);
}

static int say_down(struct engine *e, const struct pace *p, struct error *err)
{
	struct buf *record = record_new(e, "channel.down", "daemon", NULL);
	struct operation op = {
		.about = "channel-down", .except = p->name,
		.title = arena_printf(e->arena, "Channel %s is down", p->name),
		.words = arena_printf(e->arena, "%d attempts in a row have failed, the last with: "
			"%s\nWhat is to be told there waits, and its most urgent notice is tried at "
			"least every %d s; other channels are not delayed. There will be one more "
			"notice, when it is up again.", BREAKER_FAILURES, p->why,
			BREAKER_PROBE_MS / (int)SECOND_MS),
	};

	say_later(e, LOG_LEVEL_ERROR, "outbox", &(const struct log_about){ .channel = p->name,
		.message = MESSAGE_CHANNEL_DOWN }, "channel %s is down: %s; trying on", p->name,
		p->why);
	out_text(record, "channel", p->name);
	out_text(record, "detail", p->why);
	out_time(record, "since", p->breaker.down_at);
	if (record_append(e, record, 0, err) < 0)
		return -1;
	return operations_tell(e, &op, err);
}

static int say_up(struct engine *e, const struct pace *p, struct error *err)
{
	struct buf *record = record_new(e, "channel.up", "daemon", NULL);
	struct operation op = {
		.about = "channel-up",
		.title = arena_printf(e->arena, "Channel %s is up again", p->name),
		.words = "It answers again; what waited for it goes out now, the most urgent "
			"first.",
	};

	say_later(e, LOG_LEVEL_NOTICE, "outbox", &(const struct log_about){ .channel = p->name,
		.message = MESSAGE_CHANNEL_UP }, "channel %s is up again", p->name);
	out_text(record, "channel", p->name);
	if (record_append(e, record, 0, err) < 0)
		return -1;
	return operations_tell(e, &op, err);
}

int pace_look(struct engine *e, struct error *err)
{
	bool any = e->down_is_gone;
	size_t i;

	for (i = 0; i < e->n_paces; i++) {
		const struct pace *p = &e->paces[i];

		if (!has_news(p))
			continue;
		if ((breaker_is_open(&p->breaker) ? say_down : say_up)(e, p, err) < 0)
			return -1;
		any = true;
	}
	return any ? keep(e, err) : 0;
}

void pace_settle(struct engine *e)
{
	size_t i;

	e->down_is_gone = false;
	for (i = 0; i < e->n_paces; i++) {
		struct pace *p = &e->paces[i];
		bool was_down = p->said_down;

		p->said_down = breaker_is_open(&p->breaker);
		if (p->said_down && !was_down)
			fallback_begin(p);
	}
}
