/*
 * A delivery that has ended is sent again because somebody wants it: a new delivery with
 * an id of its own, which names the one it repeats. The old one stays as it is; nothing
 * is ever rewritten. What would no longer be true is not sent again.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "engine/internal.h"
#include "engine/view.h"

static int check_clock(struct engine *e, const struct delivery_row *row, struct error *err)
{
	struct clock_row *clocks;
	size_t n, i;

	if (strcmp(row->kind, "step") != 0)
		return 0;
	if (e->store->ops->clock_of(e->store, row->incident, e->arena, &clocks, &n, err) < 0)
		return -1;
	for (i = 0; i < n; i++)
		if (text_equal(clocks[i].clock.regime, row->regime) &&
		    text_equal(clocks[i].clock.stage, row->stage) &&
		    clocks[i].clock.state == CLOCK_RUNNING)
			return 0;
	return error_set(err, ERROR_CONFLICT, "its clock no longer runs: there is nothing to tell");
}

static int check(struct engine *e, const struct command *c, const struct delivery_row *row,
	struct error *err)
{
	/* What is of no entity is seen by those who see all of them. */
	if (row->incident != 0 ? !command_sees(c, row->entity) : c->n_entities > 0)
		return error_set(err, ERROR_NOT_FOUND, "no such delivery");
	if (row->state == DELIVERY_WAITING || row->state == DELIVERY_SENDING)
		return error_set(err, ERROR_CONFLICT, "it is %s: it goes out by itself",
			delivery_state_name(row->state));
	if (conf_channel(e->conf, row->channel) == NULL)
		return error_set(err, ERROR_CONFLICT, "its channel is no longer configured");
	return check_clock(e, row, err);
}

/* The notice with who had it sent again. */
static const char *mark(struct engine *e, const struct delivery_row *row, const char *by,
	struct error *err)
{
	json_t *notice = json_read(row->notice, strlen(row->notice), err);
	char id[DELIVERY_ID_SIZE], *text;
	const char *kept;

	if (notice == NULL)
		return NULL;
	engine_delivery_id(e, row->id, id);
	json_set_text(notice, "replay_of", id);
	json_set_text(notice, "replayed_by", by);
	text = json_text(notice);
	json_decref(notice);
	kept = arena_strdup(e->arena, text);
	free(text);
	return kept;
}

int command_run_replay(struct engine *e, struct command *c)
{
	const struct command_replay *in = &c->as.replay;
	struct buf *record, *out = buf_in_arena(c->arena, 512);
	struct delivery_row row, made;
	char id[DELIVERY_ID_SIZE];

	if (e->store->ops->delivery_load(e->store, in->delivery, e->arena, &row, &c->error) < 0 ||
	    check(e, c, &row, &c->error) < 0)
		return -1;
	made = row;
	made.notice = mark(e, &row, in->by, &c->error);
	if (made.notice == NULL)
		return -1;
	made.state = DELIVERY_WAITING;
	made.created_at = made.next_at = e->now;
	made.attempts = made.failures = 0;
	made.fallback_at = TIME_NONE;
	made.replay_of = row.id;
	made.why = NULL;
	if (strcmp(row.kind, "step") == 0 && pager_assign(e, &made, &c->error) < 0)
		return -1;
	if (fresh_write(e, &c->error) < 0 ||
	    e->store->ops->delivery_insert(e->store, &made, &c->error) < 0)
		return -1;
	engine_delivery_id(e, made.id, id);
	record = command_record(e, c, "delivery.replayed", in->by);
	out_text(record, "delivery", id);
	engine_delivery_id(e, row.id, id);
	out_text(record, "replay_of", id);
	out_text(record, "channel", row.channel);
	out_text(record, "basis", in->basis);
	if (record_append(e, record, row.incident, &c->error) < 0)
		return -1;
	view_delivery(out, e, &made);
	c->status = 201;
	c->answer = out->data;
	return 0;
}
