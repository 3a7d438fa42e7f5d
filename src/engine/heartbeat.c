/*
 * The heartbeat to an outside watcher, by the protocol of healthchecks.io: a POST to the
 * URL says that all is well, one to URL/fail that it is not, and silence that nobody is
 * here to say anything. It goes out only after a pass through alarm, store and outbox
 * that was committed and left nothing behind, so that a daemon that merely runs is not
 * taken for one that works. One that does not arrive is not tried again: the next takes
 * its place.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "config/transport.h"
#include "engine/internal.h"

enum { BLOCKED_MS = SECOND_MS };	/* no courier to take it: soon again */

static const struct conf_heartbeat *heartbeat_of(const struct engine *e)
{
	return e->conf->heartbeat.channel != NULL ? &e->conf->heartbeat : NULL;
}

int64_t heartbeat_next(const struct engine *e)
{
	const struct conf_heartbeat *h = heartbeat_of(e);

	if (h == NULL)
		return TIME_NONE;
	/* The wall clock may have been set back since. */
	if (e->ping_at == TIME_NONE || e->ping_at > e->now + h->every_ms)
		return e->now;
	return e->ping_at;
}

bool heartbeat_is_due(const struct engine *e)
{
	int64_t next = heartbeat_next(e);

	return next != TIME_NONE && next <= e->now;
}

static int note_due(void *arg, const struct clock_row *row, int64_t rowid)
{
	int64_t *ret = arg;

	(void)rowid;
	*ret = row->clock.due_at;
	return 0;
}

/* The earliest due time of a running clock after an instant; TIME_NONE: of any. */
static int find_due(struct engine *e, int64_t after_at, int64_t *ret, struct error *err)
{
	static const enum clock_state running = CLOCK_RUNNING;
	const struct clock_filter filter = { .state = &running, .before_at = TIME_NONE,
		.after_at = after_at, .after_id = after_at != TIME_NONE ? INT64_MAX : 0,
		.limit = 1 };

	*ret = TIME_NONE;
	return e->store->ops->clock_list(e->store, &filter, note_due, ret, err);
}

/* What the watcher keeps: it is read when nothing else can be asked any more. */
static int write_body(struct engine *e, struct buf *out, struct error *err)
{
	struct journal_check head;
	int64_t next_due, first_due, oldest;

	if (find_due(e, e->now, &next_due, err) < 0 ||
	    find_due(e, TIME_NONE, &first_due, err) < 0 ||
	    e->store->ops->delivery_oldest(e->store, &oldest, err) < 0 ||
	    e->store->ops->journal_head(e->store, &head, err) < 0)
		return -1;
	out_object(out, NULL);
	out_time(out, "at", e->now);
	out_text(out, "version", PACKAGE_VERSION);
	out_time(out, "next_due_at", next_due);
	if (first_due != TIME_NONE && first_due <= e->now)
		out_time(out, "overdue_since", first_due);
	out_time(out, "oldest_undelivered_at", oldest);
	out_object(out, "journal");
	out_int(out, "seq", head.seq);
	out_text(out, "hash", head.hash);
	out_end_object(out);
	out_end_object(out);
	return 0;
}

static void post(struct engine *e, bool failed, const char *body)
{
	struct buf message;

	buf_init(&message, 0);
	out_object(&message, NULL);
	out_text(&message, "op", "send");
	out_text(&message, "id", TRANSPORT_HEARTBEAT);
	out_int(&message, "attempt", 1);
	out_text(&message, "channel", CONF_HEARTBEAT);
	out_object(&message, "notice");
	out_text(&message, "kind", "heartbeat");
	out_bool(&message, "failed", failed);
	out_text(&message, "body", body);
	out_end_object(&message);
	out_end_object(&message);
	e->host.send(e->host.arg, TRANSPORT_WEB, &message);
	buf_release(&message);
	e->ping_at = e->now + heartbeat_of(e)->every_ms;
	e->ping_failing = failed;
}

/* A courier that is gone, or full, is an outbox that does not move. */
static bool is_blocked(struct engine *e)
{
	if (e->host.capacity(e->host.arg, TRANSPORT_WEB) > 0)
		return false;
	e->ping_at = e->now + BLOCKED_MS;
	return true;
}

void heartbeat_send(struct engine *e)
{
	struct error err;
	struct buf body;

	if (!heartbeat_is_due(e) || is_blocked(e))
		return;
	buf_init(&body, 0);
	if (write_body(e, &body, &err) < 0)
		heartbeat_send_failed(e, &err);
	else
		post(e, false, body.data);
	buf_release(&body);
}

/* At once when passes begin to fail, then at the pace of the heartbeat. */
void heartbeat_send_failed(struct engine *e, const struct error *why)
{
	struct buf body;

	if (heartbeat_of(e) == NULL || (e->ping_failing && !heartbeat_is_due(e)) ||
	    is_blocked(e))
		return;
	buf_init(&body, 0);
	out_object(&body, NULL);
	out_time(&body, "at", e->now);
	out_text(&body, "version", PACKAGE_VERSION);
	out_text(&body, "error", why->text);
	out_end_object(&body);
	post(e, true, body.data);
	buf_release(&body);
}

void engine_heartbeat_heard(struct engine *e, enum attempt_outcome outcome, const char *detail)
{
	bool heard = outcome == ATTEMPT_DELIVERED;

	if (!heard && !e->ping_unheard)
		log_warning("heartbeat", "the outside watcher did not take it: %s; the next one "
			"follows in its time", detail != NULL ? detail : "");
	else if (heard && e->ping_unheard)
		log_notice("heartbeat", "the outside watcher takes it again");
	e->ping_unheard = !heard;
}
