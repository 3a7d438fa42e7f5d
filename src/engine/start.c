/*
 * How a run of the daemon begins, takes a new configuration, and ends; each is a
 * line of the journal. At the beginning the time away is counted, with what should
 * have fired meanwhile, so that it is admitted (promise 4 of the design).
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "base/rfc3339.h"
#include "base/text.h"
#include "engine/internal.h"
#include "engine/storm.h"

/* TOLD_MS: a shorter one, as of an upgrade, is in the journal only; what it made late
 * says so itself. */
enum { DOWNTIME_LISTED = 50, DOWNTIME_TOLD_MS = MINUTE_MS, BEHIND_MS = 2 * SECOND_MS };

struct missed {
	struct buf *list, *words;	/* for the journal; for people */
	int64_t n;
	int64_t now;
};

static int note_missed(void *arg, const struct clock_row *row, int64_t rowid)
{
	char at[RFC3339_SIZE], late[TEXT_DURATION_SIZE];
	struct missed *m = arg;

	(void)rowid;
	if (row->next_at == TIME_NONE || row->next_at > m->now)
		return 0;
	if (m->n++ >= DOWNTIME_LISTED)
		return 0;
	rfc3339_format(row->next_at, at);
	text_duration(m->now - row->next_at, late);
	buf_addf(m->words, "\nIncident %" PRId64 ", %s %s: %s, %s late", row->clock.incident,
		row->clock.regime, row->clock.stage, at, late);
	out_object(m->list, NULL);
	out_int(m->list, "incident", row->clock.incident);
	out_text(m->list, "regime", row->clock.regime);
	out_text(m->list, "stage", row->clock.stage);
	out_time(m->list, "step_at", row->next_at);
	out_end_object(m->list);
	return 0;
}

/* What should have fired while nobody was here. */
static int list_missed(struct engine *e, struct missed *m, struct error *err)
{
	static const enum clock_state running = CLOCK_RUNNING;
	const struct clock_filter filter = {
		.state = &running, .before_at = TIME_NONE, .after_at = TIME_NONE,
		.limit = INT32_MAX,
	};
	int64_t next;

	if (e->store->ops->clock_next(e->store, &next, err) < 0)
		return -1;
	if (next == TIME_NONE || next > e->now)
		return 0;
	return e->store->ops->clock_list(e->store, &filter, note_missed, m, err);
}

static int tell_downtime(struct engine *e, int64_t last, const struct missed *m,
	struct error *err)
{
	char away[TEXT_DURATION_SIZE], from[RFC3339_SIZE], until[RFC3339_SIZE];
	struct operation op = { .about = "downtime" };

	text_duration(e->now - last, away);
	rfc3339_format(last, from);
	rfc3339_format(e->now, until);
	op.title = arena_printf(e->arena, "tocsin was away for %s", away);
	op.words = arena_printf(e->arena, "From %s to %s nobody was told anything, and alerts were "
		"not taken.\n%s%s%s", from, until, m->n == 0 ?
		"No step should have fired meanwhile." :
		"Steps should have fired meanwhile; the most urgent one of each clock fires now, and "
		"says how late it is. They were due from:", m->words->data,
		m->n > DOWNTIME_LISTED ? "\nand more; the journal counts them." : "");
	return operations_tell(e, &op, err);
}

/* How long nobody was here, and what should have fired meanwhile (promise 4). */
static int count_downtime(struct engine *e, struct buf *record, int64_t *ret_last,
	struct missed *m, struct error *err)
{
	const char *text = NULL;
	int64_t last = TIME_NONE;

	if (e->store->ops->meta_get(e->store, META_HEARTBEAT, e->arena, &text, err) < 0)
		return -1;
	if (text != NULL && text_int64(text, 0, INT64_MAX, &last) < 0)
		last = TIME_NONE;
	out_array(m->list, NULL);
	if (last != TIME_NONE && list_missed(e, m, err) < 0)
		return -1;
	out_end_array(m->list);
	out_json(record, "missed", m->list);
	*ret_last = last;
	if (last == TIME_NONE)
		return 0;
	out_time(record, "last_seen_at", last);
	out_int(record, "down_s", e->now > last ? (e->now - last) / SECOND_MS : 0);
	out_int(record, "missed_total", m->n);
	if (m->n > 0)
		say_later(e, LOG_LEVEL_WARNING, "engine", &(const struct log_about){
			.message = MESSAGE_AWAY }, "away for %" PRId64 " s; %" PRId64
			" steps should have fired meanwhile and fire now",
			(e->now - last) / SECOND_MS, m->n);
	return 0;
}

/* Tells people, where it is worth it, what became of the time since we ran last. */
static int admit_absence(struct engine *e, int64_t last, const struct missed *m,
	struct error *err)
{
	if (last == TIME_NONE)
		return 0;
	if (last > e->now + BEHIND_MS) {
		e->last_turn_at = last;	/* the first turn plans anew */
		return watch_behind(e, last, err);
	}
	return e->now - last >= DOWNTIME_TOLD_MS ? tell_downtime(e, last, m, err) : 0;
}

int engine_start(struct engine *e, const char *version, struct error *err)
{
	const struct store_ops *ops = e->store->ops;
	struct missed m = { .words = buf_in_arena(e->arena, 0),
		.list = buf_in_arena(e->arena, 0) };
	int64_t last = TIME_NONE;
	struct buf *record;
	int recovered = 0;

	e->now = e->started_at = m.now = e->host.now(e->host.arg);
	watch_look(e);
	pace_configure(e);
	counts_configure(e);
	if (ops->begin(e->store, err) < 0)
		return -1;
	record = record_new(e, "daemon.started", "daemon", NULL);
	watch_put(e, record);
	out_text(record, "version", version);
	out_text(record, "configuration", e->conf->digest);
	if (link_load_key(e, err) < 0 || count_downtime(e, record, &last, &m, err) < 0 ||
	    outbox_recover(e, &recovered, err) < 0)
		goto fail;
	out_int(record, "attempts_taken_back", recovered);
	if (record_append(e, record, 0, err) < 0 || loaded_record(e, err) < 0 ||
	    pace_load(e, err) < 0 || selftest_load(e, err) < 0 || sources_configure(e, err) < 0 ||
	    storms_configure(e, err) < 0)
		goto fail;
	if (admit_absence(e, last, &m, err) < 0)
		goto fail;
	if (turn_beat(e, err) < 0 || ops->commit(e->store, err) < 0)
		goto fail;
	say_committed(e);
	/* The policies may be others than those of the last run, and the time zones. */
	plan_anew(e, "start");
	return 0;
fail:
	say_nothing(e);
	ops->rollback(e->store);
	return -1;
}

void engine_stop(struct engine *e)
{
	const struct store_ops *ops = e->store->ops;
	struct error err;

	e->now = e->host.now(e->host.arg);
	e->heartbeat_at = 0;
	if (ops->begin(e->store, &err) < 0)
		return;
	if (record_append(e, record_new(e, "daemon.stopped", "daemon", NULL), 0, &err) < 0 ||
	    turn_beat(e, &err) < 0 || ops->commit(e->store, &err) < 0) {
		ops->rollback(e->store);
		log_warning("engine", "the end of this run could not be recorded: %s, ignoring",
			err.text);
	}
}

int engine_reconfigure(struct engine *e, const struct conf *conf, struct error *err)
{
	const struct store_ops *ops = e->store->ops;
	const struct conf *before = e->conf;
	struct error unsaid;
	struct buf *record;

	e->conf = conf;
	e->now = e->host.now(e->host.arg);
	turn_forget(e);
	say_nothing(e);
	if (ops->begin(e->store, err) < 0)
		goto keep;
	record = record_new(e, "daemon.reloaded", "daemon", NULL);
	out_text(record, "configuration", conf->digest);
	if (record_append(e, record, 0, err) < 0 || loaded_record(e, err) < 0 ||
	    outbox_hurry(e, 0, err) < 0 || storms_configure(e, err) < 0 ||
	    ops->commit(e->store, err) < 0)
		goto undo;
	say_committed(e);
	rules_forget(e);
	e->heartbeat_at = 0;	/* the next turn is not idle: it ends what has no channel now */
	e->generation++;
	plan_anew(e, "reload");
	pace_configure(e);
	counts_configure(e);
	/* What they find in the store only spares a wait: without it they begin anew. */
	if (selftest_load(e, err) < 0 || sources_configure(e, err) < 0)
		log_warning("engine", "%s, going on without it", err->text);
	return 0;
undo:
	say_nothing(e);
	ops->rollback(e->store);
keep:
	/* The store says what it did before, so that there is nothing to write. */
	e->conf = before;
	if (limit_configure(e, &unsaid) < 0)
		log_warning("engine", "limits of sources: %s, going on", unsaid.text);
	return -1;
}
