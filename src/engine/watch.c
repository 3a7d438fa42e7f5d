/*
 * The watch over our own clock: each turn looks at what the clocks say (core/witness.h),
 * writes down what has happened to them since the last turn that was committed, and has
 * everything planned anew that was planned by a clock that somebody has set. Nothing
 * that has fired is taken back.
 *
 * While the wall clock is not known to be synchronised, every line that records an
 * instant on which a deadline rests says so: what it proves is no better than that.
 */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/text.h"
#include "core/witness.h"
#include "engine/internal.h"

/* A time daemon needs a while after a boot; and small steps are for the journal only. */
enum { COMPLAIN_AFTER_MS = 15 * MINUTE_MS, STEP_TOLD_MS = MINUTE_MS };

void watch_look(struct engine *e)
{
	struct watch *w = &e->watch;

	if (e->host.read_clocks == NULL)
		return;
	e->host.read_clocks(e->host.arg, &w->seen);
	if (!w->started) {
		w->last = w->seen;
		w->started = true;
	}
	witness_compare(&w->last, &w->seen, &w->news);
	if (w->seen.sync != CLOCK_SYNC_NO)
		w->bad_since = TIME_NONE;
	else if (w->bad_since == TIME_NONE)
		w->bad_since = w->seen.boot;
}

/* Are people to be told that it is not synchronised, or that it is again? */
static bool is_complaint(const struct watch *w)
{
	if (w->complained)
		return w->seen.sync == CLOCK_SYNC_YES;
	return w->bad_since != TIME_NONE && w->seen.boot - w->bad_since >= COMPLAIN_AFTER_MS;
}

bool watch_has_news(const struct engine *e)
{
	const struct watch *w = &e->watch;

	return w->started && (w->news.suspended_ms != 0 || w->news.stepped_ms != 0 ||
		w->seen.sync != w->told || is_complaint(w));
}

/* When both happened at once, the sleep came first: setting the clock is what a machine
 * does that wakes up. */
static int record_suspension(struct engine *e, struct error *err)
{
	const struct watch *w = &e->watch;
	struct buf *record = record_new(e, "time.suspended", "daemon", NULL);

	out_time(record, "from_at", w->last.wall);
	out_time(record, "to_at", w->news.expected_wall);
	out_int(record, "for_s", w->news.suspended_ms / SECOND_MS);
	return record_append(e, record, 0, err);
}

static int record_step(struct engine *e, struct error *err)
{
	const struct watch *w = &e->watch;
	struct buf *record = record_new(e, "time.stepped", "daemon", NULL);

	out_time(record, "from_at", w->news.expected_wall);
	out_time(record, "to_at", w->seen.wall);
	out_int(record, "by_ms", w->news.stepped_ms);
	return record_append(e, record, 0, err);
}

static int record_sync(struct engine *e, struct error *err)
{
	static const char *const kinds[] = {
		[CLOCK_SYNC_UNKNOWN] = "time.unknown",
		[CLOCK_SYNC_YES] = "time.synchronised",
		[CLOCK_SYNC_NO] = "time.unsynchronised",
	};
	const struct watch *w = &e->watch;
	struct buf *record = record_new(e, kinds[w->seen.sync], "daemon", NULL);

	if (w->seen.error_us >= 0)
		out_int(record, "estimated_error_us", w->seen.error_us);
	return record_append(e, record, 0, err);
}

static int tell_step(struct engine *e, struct error *err)
{
	const struct watch *w = &e->watch;
	char length[TEXT_DURATION_SIZE];
	struct operation op = { .about = "clock-stepped", .title = "The wall clock was set" };

	if (llabs(w->news.stepped_ms) < STEP_TOLD_MS)
		return 0;
	text_duration(llabs(w->news.stepped_ms), length);
	op.words = arena_printf(e->arena, "It was set %s by %s. Deadlines follow the wall clock: "
		"every clock was looked at again, and what has fired is not taken back. Is it "
		"right now?", w->news.stepped_ms > 0 ? "ahead" : "back", length);
	return operations_tell(e, &op, err);
}

static int tell_sync(struct engine *e, struct error *err)
{
	struct operation op = { .about = "clock-unsynchronised",
		.title = "The wall clock is not synchronised",
		.words = "Nobody has kept it right for a quarter of an hour (NTP). Deadlines are "
			"kept by it all the same, and the journal says so beside each event and "
			"filing: look after the time daemon of this machine." };

	if (e->watch.complained)
		op = (struct operation){ .about = "clock-synchronised",
			.title = "The wall clock is synchronised again",
			.words = "What is recorded from now on has a good time." };
	return operations_tell(e, &op, err);
}

/* Nobody was here to see it happen: it was set back by so much, or by more. */
int watch_behind(struct engine *e, int64_t last, struct error *err)
{
	struct operation op = { .about = "clock-stepped",
		.title = "The wall clock was set back while tocsin was away" };
	struct buf *record = record_new(e, "time.stepped", "daemon", NULL);
	char length[TEXT_DURATION_SIZE];

	say_later(e, LOG_LEVEL_WARNING, "clock", &(const struct log_about){
		.message = MESSAGE_NONE }, "the wall clock is behind the last time we ran by %"
		PRId64 " s; check the system's time", (last - e->now) / SECOND_MS);
	out_time(record, "from_at", last);
	out_time(record, "to_at", e->now);
	out_int(record, "by_ms", e->now - last);
	out_text(record, "while", "down");
	if (record_append(e, record, 0, err) < 0)
		return -1;
	if (last - e->now < STEP_TOLD_MS)
		return 0;
	text_duration(last - e->now, length);
	op.words = arena_printf(e->arena, "It is %s behind the time at which tocsin ran last, so "
		"it was set back by that or by more. Deadlines follow the wall clock: steps wait "
		"for it, and what has fired is not taken back. Is it right now?", length);
	return operations_tell(e, &op, err);
}

int watch_record(struct engine *e, struct error *err)
{
	const struct watch *w = &e->watch;

	if (!w->started)
		return 0;
	if ((w->news.suspended_ms != 0 && record_suspension(e, err) < 0) ||
	    (w->news.stepped_ms != 0 && record_step(e, err) < 0) ||
	    (w->seen.sync != w->told && record_sync(e, err) < 0) ||
	    tell_step(e, err) < 0 || (is_complaint(w) && tell_sync(e, err) < 0))
		return -1;
	if (w->news.suspended_ms != 0 || w->news.stepped_ms != 0)
		plan_anew(e, NULL);
	return 0;
}

static void say_sync(enum clock_sync sync)
{
	if (sync == CLOCK_SYNC_YES)
		log_kind(LOG_LEVEL_NOTICE, "clock", MESSAGE_TIME_SYNCHRONISED,
			"the wall clock is synchronised");
	else if (sync == CLOCK_SYNC_NO)
		log_kind(LOG_LEVEL_WARNING, "clock", MESSAGE_TIME_UNSYNCHRONISED,
			"the wall clock is not synchronised (NTP); deadlines are kept by it all "
			"the same, and the journal says so");
	else
		log_warning("clock", "the kernel does not say whether the wall clock is "
			"synchronised; the journal says so");
}

/* After the commit, or a turn that had nothing to write: what is on record is no news. */
void watch_committed(struct engine *e)
{
	struct watch *w = &e->watch;

	if (!w->started)
		return;
	if (w->news.suspended_ms != 0)
		log_notice("clock", "the machine slept for %" PRId64 " s; every clock is looked at "
			"again", w->news.suspended_ms / SECOND_MS);
	if (w->news.stepped_ms != 0)
		log_kind(LOG_LEVEL_WARNING, "clock", MESSAGE_TIME_STEPPED,
			"the wall clock was set %s by %" PRId64 " ms; every clock is looked at "
			"again", w->news.stepped_ms > 0 ? "ahead" : "back",
			(int64_t)llabs(w->news.stepped_ms));
	if (w->seen.sync != w->told)
		say_sync(w->seen.sync);
	if (is_complaint(w))
		w->complained = !w->complained;
	w->told = w->seen.sync;
	w->last = w->seen;
	w->news = (struct witness){ 0 };
}

void watch_put(const struct engine *e, struct buf *record)
{
	const struct watch *w = &e->watch;

	if (w->started && w->seen.sync != CLOCK_SYNC_YES)
		out_text(record, "clock", clock_sync_name(w->seen.sync));
}

const struct clock_reading *engine_clocks(const struct engine *e)
{
	return e->watch.started ? &e->watch.seen : NULL;
}
