/*
 * Notices about tocsin itself: that it was away, that a source has fallen silent, that a
 * channel is down. They belong to no incident and are deliveries like any other, to the
 * channels that the configuration names for it.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "engine/internal.h"

static void resolve(struct engine *e, struct resolved *ret)
{
	const char *const *to = (const char *const *)e->conf->operations;
	size_t n = e->conf->n_operations;

	roster_resolve(&e->conf->roster, to, n, e->now, e->arena, ret);
	if (ret->n_channels == 0)
		roster_resolve_next(&e->conf->roster, to, n, e->now, e->arena, ret);
}

int operations_tell(struct engine *e, const struct operation *op, struct error *err)
{
	struct delivery_row model = {
		.kind = "operations", .step = op->about, .due_at = TIME_NONE,
	};
	struct resolved to;
	size_t i, n = 0;

	model.notice = notice_make_plain(e, "operations", op, err);
	if (model.notice == NULL)
		return -1;
	resolve(e, &to);
	for (i = 0; i < to.n_channels; i++) {
		if (text_equal(to.channels[i], op->except))
			continue;
		if (outbox_add(e, &model, NULL, (const char *const *)&to.channels[i], 1, err) < 0)
			return -1;
		n++;
	}
	if (n == 0)
		say_later(e, LOG_LEVEL_ERROR, "operations", &(const struct log_about){
			.message = MESSAGE_NONE }, "%s, and there is no other channel to say so on",
			op->title);
	return 0;
}

int operations_refused(struct engine *e, const struct delivery_row *row, const char *detail,
	struct error *err)
{
	struct operation op = {
		.about = "channel-refused", .except = row->channel,
		.title = arena_printf(e->arena, "Channel %s refuses notices", row->channel),
		.words = arena_printf(e->arena, "It refused a notice of kind %s for good: %s\n"
			"It will not be sent there again.", row->kind, detail),
	};

	/* That one says the same thing of another channel: it would go in circles. */
	if (strcmp(row->kind, "operations") == 0 && text_equal(row->step, op.about))
		return 0;
	return operations_tell(e, &op, err);
}
