/*
 * Reminders that could not be delivered do not pile up: a repeat of a step takes the
 * place of the one before that still waits for the same channel and recipient, and says
 * for how many it stands. Other steps are never touched: each of them is owed to each
 * channel (promise 3 of the design is of steps, not of their repeats).
 *
 * What somebody had sent again is theirs: it neither ends nor is ended. Fallbacks stand
 * in for each other only where they stand for the same channel.
 */
#include "config.h"

#include <string.h>

#include "base/text.h"
#include "core/fallback.h"
#include "engine/internal.h"

static const char why_cancelled[] = "a later repeat takes its place";

static bool same_fallback(const struct delivery_row *a, const struct delivery_row *b)
{
	const char *x = fallback_of(a), *y = fallback_of(b);

	if (x == NULL || y == NULL)
		return x == y;
	/* "NAME" with its quotes, which no name has in it. */
	return strcspn(x + 1, "\"") == strcspn(y + 1, "\"") &&
		strncmp(x + 1, y + 1, strcspn(x + 1, "\"")) == 0;
}

bool repeat_is_of(const struct delivery_row *a, const struct delivery_row *b)
{
	return strcmp(a->kind, "step") == 0 && strcmp(b->kind, "step") == 0 &&
		a->replay_of == 0 && b->replay_of == 0 && a->incident == b->incident &&
		a->step_number == b->step_number && text_equal(a->step, b->step) &&
		text_equal(a->regime, b->regime) && text_equal(a->stage, b->stage) &&
		text_equal(a->channel, b->channel) && same_fallback(a, b);
}

static bool is_earlier(const struct delivery_row *old, const struct delivery_row *row)
{
	return old->id != row->id && old->repeat < row->repeat && repeat_is_of(old, row) &&
		text_equal(old->recipient, row->recipient);
}

static void take_over(const struct engine *e, const struct delivery_row *old,
	struct delivery_row *row)
{
	int64_t raised_at = fallback_inherit(old->fallback_at, e->now);

	row->stands_for += 1 + old->stands_for;
	if (raised_at != TIME_NONE &&
	    (row->fallback_at == TIME_NONE || raised_at > row->fallback_at))
		row->fallback_at = raised_at;
}

static int waiting_with(struct engine *e, const struct delivery_row *row,
	struct delivery_row **ret, size_t *ret_n, struct error *err)
{
	*ret_n = 0;
	if (row->incident == 0 || strcmp(row->kind, "step") != 0)
		return 0;
	if (fresh_write(e, err) < 0)
		return -1;
	return e->store->ops->delivery_waiting(e->store, row->incident, row->regime, row->stage,
		e->arena, ret, ret_n, err);
}

int repeat_find(struct engine *e, const struct delivery_row *model,
	struct repeat_earlier *ret, struct error *err)
{
	*ret = (struct repeat_earlier){ .n = 0 };
	return model->repeat > 0 ? waiting_with(e, model, &ret->rows, &ret->n, err) : 0;
}

int repeat_replace(struct engine *e, const struct repeat_earlier *earlier,
	struct delivery_row *row, struct error *err)
{
	size_t i;

	for (i = 0; i < earlier->n; i++) {
		if (!is_earlier(&earlier->rows[i], row))
			continue;
		take_over(e, &earlier->rows[i], row);
		if (outbox_cancel(e, &earlier->rows[i], why_cancelled, err) < 0)
			return -1;
	}
	return 0;
}

int repeat_yield(struct engine *e, struct delivery_row *row, bool *ret, struct error *err)
{
	struct delivery_row *rows = NULL, *later = NULL;
	size_t n, i;

	*ret = false;
	if (waiting_with(e, row, &rows, &n, err) < 0)
		return -1;
	for (i = 0; i < n; i++)
		if (is_earlier(row, &rows[i]) && (later == NULL || rows[i].repeat > later->repeat))
			later = &rows[i];
	if (later == NULL)
		return repeat_replace(e, &(struct repeat_earlier){ rows, n }, row, err);
	*ret = true;
	take_over(e, row, later);
	if (e->store->ops->delivery_update(e->store, later, err) < 0)
		return -1;
	return outbox_cancel(e, row, why_cancelled, err);
}
