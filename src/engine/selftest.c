/*
 * Tests of channels: a notice that says TEST in its title, on demand or on a schedule,
 * by the same way that a step takes. A channel that nobody has used for a year is not
 * known to work.
 *
 * A test is wanted at once: it is as urgent as what is due now, quiet hours do not hold
 * it, and a channel that is down is tried by it without waiting for the next probe. One
 * that still waits from before makes room for the new one.
 */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "engine/internal.h"

#define META_TEST "channel-tested:%s"	/* when it was last tested, ms */

/* ---- the schedule --------------------------------------------------------------------- */

/* A channel that was never tested is first tested one period from now. */
int selftest_load(struct engine *e, struct error *err)
{
	size_t i;

	for (i = 0; i < e->n_paces; i++) {
		struct pace *p = &e->paces[i];
		const char *text = NULL;

		if (p->tested_at != TIME_NONE)
			continue;
		if (e->store->ops->meta_get(e->store, arena_printf(e->arena, META_TEST, p->name),
			    e->arena, &text, err) < 0)
			return -1;
		if (text == NULL || text_int64(text, 0, INT64_MAX, &p->tested_at) < 0) {
			p->tested_at = e->now;
			p->unkept = true;
		}
	}
	return 0;
}

static int64_t next_of(const struct engine *e, size_t i)
{
	const struct pace *p = &e->paces[i];
	int64_t test_ms = e->conf->channels[i].test_ms;

	if (test_ms == 0)
		return TIME_NONE;
	return p->tested_at == TIME_NONE ? e->now : p->tested_at + test_ms;
}

int64_t selftest_next(const struct engine *e)
{
	int64_t next = TIME_NONE, at;
	size_t i;

	for (i = 0; i < e->n_paces; i++) {
		at = next_of(e, i);
		if (at != TIME_NONE && (next == TIME_NONE || at < next))
			next = at;
	}
	return next;
}

/* ---- one test --------------------------------------------------------------------------- */

static int cancel_earlier(struct engine *e, const char *channel, struct error *err)
{
	struct delivery_row *rows;
	size_t n, i;

	if (e->store->ops->delivery_due(e->store, channel, INT64_MAX, 0, e->arena, &rows, &n,
		    err) < 0)
		return -1;
	for (i = 0; i < n; i++)
		if (strcmp(rows[i].kind, "test") == 0 &&
		    outbox_cancel(e, &rows[i], "a later test stands in for it", err) < 0)
			return -1;
	return 0;
}

static int journal(struct engine *e, const struct conf_channel *channel, const char *actor,
	const char *by, struct error *err)
{
	struct buf *record = record_new(e, "channel.test", actor, by);

	out_text(record, "channel", channel->name);
	return record_append(e, record, 0, err);
}

/* Makes the deliveries; ids, not NULL: an open array for their names. */
static int test(struct engine *e, const struct conf_channel *channel, const char *actor,
	const char *by, struct buf *ids, struct error *err)
{
	struct delivery_row row = { .kind = "test", .step = by != NULL ? "asked" : "scheduled",
		.due_at = e->now };
	const struct operation op = {
		.about = row.step,
		.title = arena_printf(e->arena, "TEST of channel %s", channel->name),
		.words = by != NULL ?
			arena_printf(e->arena, "TEST, asked for by %s. Nothing has happened, and "
				"nothing is to be done.", by) :
			"TEST, by the schedule. Nothing has happened, and nothing is to be done.",
	};
	char id[DELIVERY_ID_SIZE];
	size_t i = 0;

	if (cancel_earlier(e, channel->name, err) < 0 ||
	    journal(e, channel, actor, by, err) < 0)
		return -1;
	row.notice = notice_make_plain(e, "test", &op, err);
	if (row.notice == NULL)
		return -1;
	do {
		if (outbox_add_one(e, &row, channel->name,
			    channel->n_to > 0 ? channel->to[i] : NULL, err) < 0)
			return -1;
		engine_delivery_id(e, row.id, id);
		if (ids != NULL)
			out_text(ids, NULL, id);
	} while (++i < channel->n_to);
	pace_hurry(e, channel->name);
	pace_find(e, channel->name)->testing_at = e->now;
	return 0;
}

static int keep(struct engine *e, const struct pace *p, struct error *err)
{
	int64_t at = p->testing_at != TIME_NONE ? p->testing_at : p->tested_at;

	return e->store->ops->meta_put(e->store, arena_printf(e->arena, META_TEST, p->name),
		arena_printf(e->arena, "%" PRId64, at), err);
}

int selftest_look(struct engine *e, struct error *err)
{
	size_t i;

	for (i = 0; i < e->n_paces; i++) {
		const struct conf_channel *channel = &e->conf->channels[i];
		struct pace *p = &e->paces[i];
		int64_t next = next_of(e, i);

		if (p->testing_at == TIME_NONE && next != TIME_NONE && next <= e->now &&
		    test(e, channel, "daemon", NULL, NULL, err) < 0)
			return -1;
		if ((p->unkept || p->testing_at != TIME_NONE) && keep(e, p, err) < 0)
			return -1;
	}
	return 0;
}

void selftest_settle(struct engine *e)
{
	size_t i;

	for (i = 0; i < e->n_paces; i++) {
		if (e->paces[i].testing_at != TIME_NONE)
			e->paces[i].tested_at = e->paces[i].testing_at;
		e->paces[i].unkept = false;
	}
	selftest_undo(e);
}

void selftest_undo(struct engine *e)
{
	size_t i;

	for (i = 0; i < e->n_paces; i++)
		e->paces[i].testing_at = TIME_NONE;
}

/* ---- on demand ------------------------------------------------------------------------- */

int command_run_test(struct engine *e, struct command *c)
{
	const struct conf_channel *channel = conf_channel(e->conf, c->as.test.channel);
	struct buf *out = buf_in_arena(c->arena, 256);

	/* A channel is everybody's. */
	if (c->n_entities > 0)
		return error_set(&c->error, ERROR_FORBIDDEN,
			"a token of some entities only may not test channels");
	if (channel == NULL)
		return error_set(&c->error, ERROR_NOT_FOUND, "no such channel");
	out_object(out, NULL);
	out_text(out, "channel", channel->name);
	out_array(out, "deliveries");
	if (test(e, channel, c->actor, c->as.test.by, out, &c->error) < 0)
		return -1;
	out_end_array(out);
	out_end_object(out);
	c->status = 201;
	c->answer = out->data;
	return 0;
}
