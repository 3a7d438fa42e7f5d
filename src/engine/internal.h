/* What the files of the engine share; nobody outside includes it. */
#ifndef TOCSIN_ENGINE_INTERNAL_H
#define TOCSIN_ENGINE_INTERNAL_H

#include <inttypes.h>

#include "base/json_out.h"
#include "base/json_parts.h"
#include "base/log.h"
#include "base/token.h"
#include "core/breaker.h"
#include "core/hold.h"
#include "core/rate.h"
#include "core/witness.h"
#include "engine/engine.h"

/* A message for a courier, made in the transaction, sent after its commit. */
struct outgoing {
	const char *transport, *channel;
	int64_t delivery;
	int attempt;
	const struct buf *message;	/* in the turn's arena */
	struct outgoing *next;
};

/* An attempt that a courier has and that nobody has heard of yet. */
struct flight {
	int64_t delivery, attempt_id;
	int attempt;
	char *transport, *channel;
	int generation;
	struct delivery_row row;	/* as the attempt began, without notice; id 0: not kept */
	bool heard;		/* its report waits for the turn; only the first counts */
	struct flight *next;
};

/* Under what name the store keeps a thread's handle, and its most bytes. */
enum { HANDLE_MAX = 100 };
#define META_THREAD "thread/%" PRId64 "/%s"	/* incident, channel */

/* What a courier said, until the next turn writes it down. */
struct report {
	int64_t delivery;
	int attempt;
	enum attempt_outcome outcome;
	char *detail;
	char *handle;		/* NULL: none */
	int64_t retry_after_ms;
	bool ours;		/* the courier's end, not the channel's answer */
	struct report *next;
};

/* A rulebook that some incident was opened under, and that is not in force any more. */
struct old_rules {
	char digest[DIGEST_HEX_SIZE];
	struct arena *arena;	/* its texts */
	struct rules *rules;	/* NULL: this program refuses them, or they are gone */
	uint64_t used;		/* when it was last asked for, counted in questions */
};
enum { OLD_RULES = 8 };

/* Lines of the log that a turn has (say.c). */
struct says {
	struct saying *last;
	size_t left_out;
};

/* What is known of our own clocks. */
struct watch {
	bool started;
	struct clock_reading last;	/* of the last turn that was committed */
	struct clock_reading seen;	/* of the present one */
	struct witness news;		/* what happened between the two */
	enum clock_sync told;		/* what the journal says of it */
	int64_t bad_since;		/* not synchronised, by the boot clock; TIME_NONE: it is */
	bool complained;		/* people were told so */
};

/* Who of those that wait on a channel that is down has been looked at (fallback.c). */
struct fallback_look {
	bool going;
	int64_t due_at, id;		/* of the last; id 0: nobody yet */
	int64_t again_at;		/* all of them once more; TIME_NONE */
};

/* How fast a channel goes (pace.c), and when it was tested (selftest.c). */
struct pace {
	char *name;
	struct breaker breaker;
	struct rate rate;
	bool said_down;			/* what the journal says of it */
	char why[200];			/* of the last failure */
	struct fallback_look look, looked;	/* as committed; as this turn has it */
	int64_t tested_at;		/* the schedule counts from it; TIME_NONE: not read yet */
	int64_t testing_at;		/* of this turn; TIME_NONE */
	bool unkept;			/* the store does not know tested_at */
};

/* A source whose silence is watched (sources.c). */
struct hearing {
	char *source;
	int64_t silent_ms;
	int64_t heard_at;		/* its last alert */
	bool heard;			/* since the last turn */
	bool silent, will_be_silent;	/* as said; as this turn says */
};

/* Counted in this turn, the last first; `what` is a constant of the program. */
struct counted {
	enum count_kind kind;
	const char *of, *what;
	size_t n;
	const struct counted *before;
};

/* A source's limits (limit.c). What is counted in a turn is the window's only when that
 * has committed, and the turn's only when its command has not been refused. */
struct gate {
	char *source;
	struct rate rate;		/* max 0: no such limit */
	int open_max;			/* 0: no such limit */
	bool looked;			/* in this turn: room and open are known */
	int room, open;			/* as they were when it was looked at */
	int taken, taking;		/* opened since: by earlier commands; by this one */
};

/* Those with a limit, and what this turn did to storms (storm.c). */
struct storms {
	struct gate *gates;
	size_t n_gates;
	struct storm *turn, *command;	/* by what has not been refused; by the present one */
	int64_t next_at, will_be_next;	/* when one is to be looked at; as this turn has it */
};

struct engine {
	struct store *store;
	const struct conf *conf;
	struct engine_host host;
	char store_id[16];
	unsigned char link_key[TOKEN_KEY_SIZE];

	struct command *first, **last;	/* the queue */
	struct report *reports, **last_report;
	struct flight *flights, **last_flight;	/* the oldest first: it ends first */
	int in_flight;
	int generation;

	/* Of the present turn. */
	int64_t now;
	struct arena *arena;
	struct outgoing *outgoing, **last_outgoing;
	const struct counted *counted;
	struct says says;
	struct memo *memo;	/* the last of this turn (memo.c); NULL: none */
	const struct fresh *fresh;	/* the last of this turn (fresh.c); NULL: none */

	int64_t plan_before;		/* incidents below this id are to be planned anew; 0: none */
	const char *plan_why;		/* NULL: planned only; else folded too, and why */

	struct old_rules old_rules[OLD_RULES];
	size_t n_old_rules;
	uint64_t old_rules_uses;

	int64_t alarm_full_at;		/* a turn fired as many steps as it may; TIME_NONE */
	int64_t last_turn_at;
	int64_t heartbeat_at;
	struct watch watch;
	int64_t started_at;

	struct pace *paces;		/* in the order of the configuration's channels */
	size_t n_paces;
	bool down_is_gone;		/* one that the store has as down is not configured now */
	struct hearing *hearings;
	size_t n_hearings;
	struct storms storms;
	int64_t ping_at;		/* the next heartbeat to the outside; TIME_NONE: at once */
	bool ping_failing;		/* the last pass was reported as failed */
	bool ping_unheard;		/* the watcher did not take the last one */

	struct counts counts;
};

/* ---- turn.c -------------------------------------------------------------------- */
/* Writes down that we are alive, if it is time. */
int turn_beat(struct engine *e, struct error *err);
/* What was made for the last turn is gone. */
void turn_forget(struct engine *e);

/* ---- counts.c ------------------------------------------------------------------ */
/* In a turn: counts when it is committed. */
void count(struct engine *e, enum count_kind kind, const char *of, const char *what, size_t n);
void counts_configure(struct engine *e);
void counts_settle(struct engine *e);	/* after the commit */

/* ---- plan.c -------------------------------------------------------------------- */
/* From the next turn on, every running clock is looked at again. why, not NULL: its
 * incident is folded anew as well, because more has changed than the policy. */
void plan_anew(struct engine *e, const char *why);
/* A piece of it. *ret_before: what e->plan_before is to be after the commit. */
int plan_some(struct engine *e, int64_t *ret_before, struct error *err);

/* ---- watch.c: the watch over our own clock ------------------------------------------ */
void watch_look(struct engine *e);
bool watch_has_news(const struct engine *e);
/* In the transaction, before anything follows from the time that it is now. */
int watch_record(struct engine *e, struct error *err);
/* At a start: the wall clock stands before the last instant at which we ran. */
int watch_behind(struct engine *e, int64_t last, struct error *err);
void watch_committed(struct engine *e);
/* Into a line that records an instant on which a deadline rests. */
void watch_put(const struct engine *e, struct buf *record);

/* ---- rules.c: the rules of an incident -------------------------------------------- */
struct incident_rules {
	struct entity_rules entity;
	bool lost;	/* its own cannot be had any more; these are the present ones */
};
/* Valid until the rules of another incident are asked for. */
void rules_of(struct engine *e, const struct incident *in, struct incident_rules *ret);
/* To the rules in force, where it has none yet; false: nothing was changed. */
bool rules_pin(const struct engine *e, struct incident *in);
/* What it is pinned to, for the journal. */
void rules_put(struct buf *out, const char *key, const struct incident *in);
/* What is known of where to file; country NULL: the entity's. NULL: nothing. */
const struct overlay *rules_route(const struct engine *e, const char *entity_id,
	const char *country, const char *regime);
/* Refuses what is known to none of the books and near to a trait that is: pointer/N. */
int rules_check_traits(const struct rulebook *const *books, size_t n_books,
	const char *const *traits, size_t n, const char *pointer, struct error *err);
/* The rulebooks of earlier days borrow the zones of the configuration: it goes. */
void rules_forget(struct engine *e);

/* ---- loaded.c: the rules in force, on record ---------------------------------------- */
/* Keeps the texts of the rules in force, and says in the journal what of the rules
 * or the time zones differs from the last run or configuration. */
int loaded_record(struct engine *e, struct error *err);

/* ---- journal.c: lines of the journal ---------------------------------------- */
/* An object in the turn's arena, open for more members. */
struct buf *record_new(struct engine *e, const char *kind, const char *actor, const char *by);
int record_append(struct engine *e, const struct buf *record, int64_t incident,
	struct error *err);

/* ---- fold.c: from facts to rows --------------------------------------------- */
struct folded {
	struct clock_row *clocks;
	size_t n;
	enum incident_state state;
	struct buf *changes;		/* an array for the journal line */
	size_t n_changes;
	struct memo *memo;	/* nothing of it is in the store yet; NULL: it was */
	bool pinned;			/* to the rules in force, only now */
};
/* Why an incident is folded: it decides what may move later (core/hold.h). */
struct fold_cause {
	struct cause why;
	bool anew;			/* nothing was recorded: what is as it was is not written */
};
const struct conf_entity *entity_of(const struct engine *e, const char *id);
/* Folds the incident by its rules, writes the clocks that changed and the incident's
 * state, settles what is settled. cause NULL: it is new, and has no clocks yet. */
int fold_write(struct engine *e, struct incident_row *row, const struct fold_cause *cause,
	struct folded *ret, struct error *err);
/* The fold of an incident of which nothing was recorded; journals what changed. */
int fold_anew(struct engine *e, struct incident_row *row, const char *why,
	struct error *err);
/* Looks at every running clock at once: fires what is due. Call after the line of
 * the change is in the journal. */
int fold_look(struct engine *e, const struct incident_row *row, struct folded *folded,
	struct error *err);
/* Sets the answer of a command: the incident as the API shows it. */
void fold_answer(const struct engine *e, struct command *c, int status,
	const struct incident_row *row, const struct folded *folded);
/* A clock that changed, into ret->changes. old NULL: it is new. */
void fold_add_change(struct folded *ret, const struct clock *clock, const struct clock *old);
/* Its escalation begins; fold_look says when. */
void fold_begin_progress(struct clock_row *row);

/* ---- memo.c: the fold of what is just being opened ---------------------------- */
int memo_fold(struct engine *e, const struct incident *in, const struct entity_rules *rules,
	struct folded *ret, struct error *err);
/* Its clocks as answers show them: an array. */
const struct buf *memo_clocks(const struct engine *e, struct memo *memo);

/* ---- open.c, alerts.c, record.c, correct.c: the commands ------------------------- */
struct opening {
	const struct conf_entity *entity;
	const char *source, *key, *title, *description;
	enum severity severity;
	bool drill;
	int64_t drill_in_ms;		/* its clocks are to be over by then; 0: in real time */
	const char *const *regimes;
	size_t n_regimes;
	const char *const *traits;
	size_t n_traits;
	struct incident_event events[4];
	size_t n_events;
	int64_t alerts;
	bool storm;
	const char *actor, *by;
	const struct alert_row *alert;	/* NULL: by hand */
	const char *unparsed;		/* why the alert could not be read; NULL: it could */
};
int incident_open(struct engine *e, struct opening *o, struct incident_row *ret,
	struct folded *folded, struct error *err);

/* Is the caller one who may have to do with this entity? */
bool command_sees(const struct command *c, const char *entity);
/* The incident of a command with its clocks. Somebody else's is not found. */
int command_load(struct engine *e, struct command *c, struct incident_row *row,
	struct clock **ret, size_t *n);
/* The beginning of the journal line. */
struct buf *command_record(struct engine *e, const struct command *c, const char *kind,
	const char *by);
/* Reads the facts anew, folds, journals, fires, answers. */
int command_conclude(struct engine *e, struct command *c, struct buf *record,
	enum change change, const char *by, int status);
int command_run_open(struct engine *e, struct command *c);
int command_run_alerts(struct engine *e, struct command *c);
/* What an alert says of when it was detected and, by its source's rule, since when
 * somebody is aware (TIME_NONE: nobody is). */
int64_t alert_aware_at(const struct conf_source *source, const struct alert *a,
	int64_t received_at);
void opening_add_alert(struct opening *o, const struct conf_source *source,
	const struct alert *a, int64_t received_at, const char *by);
/* unparsed.c: why, and how the bytes begin; in the engine's arena. */
const char *unparsed_description(struct engine *e, const struct alert_rejection *bad);
int command_run_event(struct engine *e, struct command *c);
int command_run_filing(struct engine *e, struct command *c);
int command_run_waiver(struct engine *e, struct command *c);
int command_run_dismissal(struct engine *e, struct command *c);
int command_run_acknowledgement(struct engine *e, struct command *c);
int command_run_withdrawal(struct engine *e, struct command *c);
int command_run_traits(struct engine *e, struct command *c);
int command_run_confirmation(struct engine *e, struct command *c);
int command_run_rules(struct engine *e, struct command *c);

/* ---- details.c: what is known for the reports ------------------------------------- */
int command_run_detail(struct engine *e, struct command *c);
/* An object, {} where nothing is recorded. */
const char *details_text(const struct engine *e, int64_t incident, struct arena *arena,
	struct error *err);

/* ---- drill.c: drills in compressed time ------------------------------------------ */
/* Into a journal line: that it is about a drill. Nothing for the real thing. */
void drill_mark(struct buf *record, const struct incident *in);
/* How fast a new incident runs; before it is written. */
int drill_prepare(struct engine *e, struct opening *o, struct incident_row *row,
	struct error *err);
/* When it ends by itself, by its clocks as they are; TIME_NONE: it does not. */
int64_t drill_end(const struct engine *e, const struct incident *in,
	const struct clock_row *rows, size_t n, enum incident_state state);
/* Ends those whose time has come, a bounded number. */
int drill_end_due(struct engine *e, bool *ret_more, struct error *err);

/* ---- alarm.c: steps ----------------------------------------------------------- */
/* NOTHING: it is new, nobody can have acknowledged it, and the caller writes it.
 * PROGRESS: the rest of it is as the store has it. */
enum alarm_writes { ALARM_WRITES_NOTHING, ALARM_WRITES_PROGRESS, ALARM_WRITES_CLOCK };
int alarm_look(struct engine *e, const struct incident_row *row, struct clock_row *clock,
	enum alarm_writes writes, struct error *err);
/* The same for a clock whose time may not have come: writes only what changes. */
int alarm_plan(struct engine *e, const struct incident_row *row, struct clock_row *clock,
	struct error *err);
/* Fires what is due in the whole store, a bounded number; *ret_more: there may be more. */
int alarm_fire_due(struct engine *e, bool *ret_more, struct error *err);
/* When that is next to be done; TIME_NONE. */
int alarm_next(struct engine *e, int64_t *ret, struct error *err);
enum { ALARM_BATCH = 128 };

/* ---- reach.c: whom a step reaches ------------------------------------------------ */
enum reach_kind { REACH_AS_WRITTEN, REACH_FALLBACK, REACH_NEXT };
struct reach {
	struct resolved to, other;
	const struct resolved *told;	/* the one of the two that counts */
	enum reach_kind instead;	/* nobody was on call: who was told in their place */
};
const struct policy *policy_of(const struct engine *e, const struct incident *in,
	const struct clock *clock);
struct policy_clock policy_clock_of(const struct engine *e, const struct incident *in,
	const struct clock *clock);
void reach_resolve(const struct engine *e, const struct policy *policy,
	const char *const *to, size_t n, struct reach *ret);
/* Into a journal line: who was on call. Plain channels need no more words. */
void reach_put(struct buf *record, const struct reach *reach);
/* "alice (soc)"; NULL: no rota had a part in it. */
const char *reach_words(const struct engine *e, const struct reach *reach);

/* ---- quiet.c: quiet hours of channels ---------------------------------------------- */
/* When a delivery goes out that is to go out at `at`. */
int64_t quiet_next(const struct engine *e, const struct delivery_row *row, int64_t at);
/* Journals that it waits until its next_at. */
int quiet_record(struct engine *e, const struct delivery_row *row, struct error *err);
/* The clock is due at another time: what waits may no longer. */
int quiet_replan(struct engine *e, const struct clock *clock, struct error *err);

/* ---- notice.c ------------------------------------------------------------------ */
struct notice_step {
	const struct step *step;
	int number, of, repeat, passed_over;
	int64_t step_at;
	const struct reach *reach;
};
/* The part that is kept, in the turn's arena; step NULL: kind "settled". */
const char *notice_make(struct engine *e, const char *kind, const struct incident_row *row,
	const struct clock *clock, const struct notice_step *step, const char *fallback_for,
	struct error *err);
/* Kind "acknowledged": somebody has it. Its deliveries are due when the lease ends. */
#define KIND_ACKNOWLEDGED "acknowledged"
const char *notice_make_acknowledged(struct engine *e, const struct incident_row *row,
	const struct clock *clock, const struct acknowledgement_row *ack, struct error *err);
/* The message for the courier: what is kept and what depends on now. In the turn's
 * arena; NULL with *err. */
struct buf *notice_message(struct engine *e, const struct delivery_row *row,
	const struct clock *clock, struct error *err);

/* ---- words.c ------------------------------------------------------------------- */
/* Words for people: "NIS2: Early warning" by the titles of the rules in force; " is due
 * in 3 h"; " is settled: filed"; an instant in UTC and in a zone. */
void words_stage(const struct engine *e, const char *regime, const char *stage, char *out,
	size_t size);
void words_due(struct buf *b, int64_t due_at, int64_t now);
void words_settled(struct buf *b, const char *state);
void words_local(struct buf *b, const struct zone *zone, int64_t at);
/* The zone of that name; where it is not to be had, that of the entity. */
const struct zone *words_zone(const struct engine *e, const char *name, const char *entity);

/* ---- link.c --------------------------------------------------------------------- */
/* Takes the key for links from the store, or makes it: in a transaction. */
int link_load_key(struct engine *e, struct error *err);
/* Into a notice: where, or by which button, its clock can be acknowledged. */
void link_put(const struct engine *e, const struct delivery_row *row,
	struct buf *notice);

/* One that is of no incident. */
struct operation {
	const char *about;		/* "downtime", "source-silent", "channel-down", ... */
	const char *title, *words;
	const char *except;		/* a channel that must not be told; NULL: none */
};
const char *notice_make_plain(struct engine *e, const char *kind, const struct operation *op,
	struct error *err);

/* ---- operations.c: notices about tocsin itself --------------------------------------- */
/* To the operations channels. The journal's line of what has happened is the caller's. */
int operations_tell(struct engine *e, const struct operation *op, struct error *err);
/* A notice that no policy stands behind was refused for good. */
int operations_refused(struct engine *e, const struct delivery_row *row, const char *detail,
	struct error *err);

/* ---- pace.c: breakers and rates -------------------------------------------------------- */
void pace_configure(struct engine *e);
int pace_load(struct engine *e, struct error *err);
void pace_free(struct engine *e);
struct pace *pace_find(struct engine *e, const char *channel);
/* As the journal says, and still so. NULL: no. */
bool pace_is_down(const struct pace *p);
/* Of the channel with that index: what it may begin now, of so many; and when it may
 * begin what waits until at. */
int pace_room(const struct engine *e, size_t channel, int room);
int64_t pace_next(const struct engine *e, size_t channel, int64_t at);
/* How long a retry waits, that would wait for delay. */
int64_t pace_retry(struct engine *e, const char *channel, int64_t delay);
/* Somebody wants to know whether it works: its next attempt may be made at once. */
void pace_hurry(struct engine *e, const char *channel);
void pace_clock_set(struct engine *e);
/* After the commit: an attempt went out; a courier reported of one. */
void pace_sent(struct engine *e, const char *channel);
void pace_heard(struct engine *e, const struct flight *f, const struct report *r);
/* Is there something to say; says it; after the commit: it is said. */
bool pace_has_news(const struct engine *e);
int pace_look(struct engine *e, struct error *err);
void pace_settle(struct engine *e);

/* ---- sources.c: those that fall silent ------------------------------------------------- */
int sources_configure(struct engine *e, struct error *err);
void sources_free(struct engine *e);
void sources_heard(struct engine *e, const char *source);
int64_t sources_next(const struct engine *e);
int sources_look(struct engine *e, struct error *err);
void sources_settle(struct engine *e);	/* after the commit */

/* ---- selftest.c ------------------------------------------------------------------------- */
int selftest_load(struct engine *e, struct error *err);
int64_t selftest_next(const struct engine *e);
int selftest_look(struct engine *e, struct error *err);
void selftest_settle(struct engine *e);	/* after the commit */
void selftest_undo(struct engine *e);	/* after it failed */
int command_run_test(struct engine *e, struct command *c);

/* ---- replay.c --------------------------------------------------------------------------- */
int command_run_replay(struct engine *e, struct command *c);

/* ---- heartbeat.c: the outside watcher ---------------------------------------------------- */
bool heartbeat_is_due(const struct engine *e);
int64_t heartbeat_next(const struct engine *e);
/* After a pass that committed; after one that did not. */
void heartbeat_send(struct engine *e);
void heartbeat_send_failed(struct engine *e, const struct error *why);

/* ---- fallback.c: what does not get through ------------------------------------------------ */
/* In the notice of a fallback: the name of the channel that it stands for, quoted; NULL:
 * it is none. */
const char *fallback_of(const struct delivery_row *row);
/* Has the fallback told, if this delivery is to, and keeps that in its row. */
int fallback_consider(struct engine *e, struct delivery_row *row, bool refused,
	struct error *err);
/* The same for one that was made just now. */
int fallback_when_made(struct engine *e, struct delivery_row *row, struct error *err);
/* From the next turn on all that wait on a channel are looked at, a few a turn. */
void fallback_begin(struct pace *p);
/* One that waits on it is not quiet any more: as soon as this turn has written why. */
void fallback_hurry(struct engine *e, const char *channel);
int64_t fallback_next(const struct engine *e);
int fallback_look(struct engine *e, struct error *err);
void fallback_settle(struct engine *e);	/* after the commit */

/* ---- repeat.c: reminders that take the place of earlier ones ----------------------------- */
struct repeat_earlier {
	struct delivery_row *rows;
	size_t n;
};
/* Of the same step and channel, whichever repeat and recipient? */
bool repeat_is_of(const struct delivery_row *a, const struct delivery_row *b);
/* What a new one may take the place of; takes it, before it is written. */
int repeat_find(struct engine *e, const struct delivery_row *model,
	struct repeat_earlier *ret, struct error *err);
int repeat_replace(struct engine *e, const struct repeat_earlier *earlier,
	struct delivery_row *row, struct error *err);
/* One that was in flight when a later one was made gives way now; *ret: it has. Else it
 * takes the place of those that wait again: several fail in any order. */
int repeat_yield(struct engine *e, struct delivery_row *row, bool *ret, struct error *err);

/* ---- waits.c ----------------------------------------------------------------------------- */
/* "channel down", "rate", "quiet hours", WAITS_RETRY_AFTER, "retry": for the next attempt,
 * "turn": others are sent first; NULL: it does not wait. */
const char *waits_for(const struct engine *e, const struct delivery_row *row, int64_t now);
#define WAITS_RETRY_AFTER "Retry-After"	/* the receiver has asked for the time */

/* ---- pager.c ----------------------------------------------------------------------------- */
/* Which alert of its clock a step is for, on a channel that counts them. */
int pager_assign(struct engine *e, struct delivery_row *row, struct error *err);
/* The same for each of them but the first. */
int pager_add_others(struct engine *e, const struct delivery_row *model, const char *channel,
	struct error *err);

/* ---- fresh.c: what goes out in the turn that makes it -------------------------------------- */
/* Is the delivery, about to be inserted, written when the turn hands over? The row must
 * last as long. clock: of which it tells, with the dates that it has now; NULL: no. */
bool fresh_keep(struct engine *e, struct delivery_row *row, const struct clock *clock);
/* Before the store is asked about deliveries, or gets another one; before a clock is
 * changed that they may tell of. */
int fresh_write(struct engine *e, struct error *err);
/* The most that a channel takes at once. */
int fresh_room(struct engine *e, int *ret, struct error *err);
/* Writes all of them: those that may go out now, of so many in this turn, as being sent.
 * Then, channel by channel, makes their messages; *room: the less by each. */
struct fresh_batch {
	const struct fresh **list;	/* the most urgent first */
	size_t n;
};
int fresh_settle(struct engine *e, int *left, struct fresh_batch *ret, struct error *err);
int fresh_begin(struct engine *e, const struct conf_channel *channel,
	const struct fresh_batch *batch, int *room, struct error *err);

/* ---- outbox.c ------------------------------------------------------------------ */
/* One delivery for each channel and, of a mail channel, each recipient. clock: as for
 * fresh_keep. */
int outbox_add(struct engine *e, const struct delivery_row *model, const struct clock *clock,
	const char *const *channels, size_t n, struct error *err);
/* Tells where others would go on that somebody has it: rooms, and pagers. */
int outbox_acknowledge(struct engine *e, const struct incident_row *row,
	const struct clock *clock, const struct acknowledgement_row *ack, struct error *err);
/* One, at once or after quiet hours; fills in the row's id. */
int outbox_add_one(struct engine *e, struct delivery_row *row, const char *channel,
	const char *recipient, struct error *err);
int outbox_settle(struct engine *e, const struct incident_row *row, const struct clock *clock,
	struct error *err);
int outbox_cancel(struct engine *e, struct delivery_row *row, const char *why,
	struct error *err);
/* Only a clock that runs is told of, with the dates that it has now: since the step
 * fired it may have been settled, have lost its anchor, or moved. *ret NULL: not. Gives
 * the row its due_at. */
int outbox_clock(struct engine *e, struct delivery_row *row, const struct clock **ret,
	struct error *err);
/* The beginning of a journal line about a delivery. */
struct buf *outbox_record(struct engine *e, const char *kind, const struct delivery_row *row);
int outbox_hand_over(struct engine *e, struct error *err);
/* What the channel with that index may begin now. */
int outbox_room(const struct engine *e, size_t channel);
/* An attempt, of a row that has it already: writes it down and makes the message. clock
 * NULL: it tells of none. */
int outbox_begin(struct engine *e, const struct conf_channel *channel,
	const struct delivery_row *row, const struct clock *clock, struct error *err);
/* After the commit, or after it failed. */
void outbox_send(struct engine *e);
void outbox_drop(struct engine *e);
int64_t outbox_next_at(struct engine *e, struct error *err);
/* What waits longer than that is tried now: with 0 after a change of the
 * configuration, which may have mended what was wrong; with RETRY_AFTER_MAX_MS when the
 * wall clock went back, because no retry ever waits longer. */
enum { RETRY_AFTER_MAX_MS = HOUR_MS };
int outbox_hurry(struct engine *e, int64_t longest_ms, struct error *err);
/* At start: attempts that the last process left open. */
int outbox_recover(struct engine *e, int *ret_n, struct error *err);

/* ---- report.c ------------------------------------------------------------------ */
/* An attempt, of a row that has it already. */
void flight_begin(struct engine *e, const struct conf_channel *channel,
	const struct delivery_row *row, int64_t attempt);
struct flight *flight_find(const struct engine *e, int64_t delivery, int attempt);
/* Out of the list; NULL when it is not there. */
struct flight *flight_take(struct engine *e, int64_t delivery, int attempt);
void flight_free(struct flight *flight);	/* NULL is allowed */
int report_take_all(struct engine *e, struct error *err);
/* After the commit: until then they may have to be taken again. */
void report_forget_all(struct engine *e);
/* A delivery has ended, well or not; a failure raises the policy's fallback. */
int report_conclude(struct engine *e, struct delivery_row *row, enum delivery_state state,
	const char *detail, struct error *err);

/* ---- say.c: lines of the log that are true once the turn is committed ---------------- */
/* What a copy of e->says had is had again when that is put back. */
void say_later(struct engine *e, enum log_level level, const char *area,
	const struct log_about *about, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
void say_committed(struct engine *e);
void say_nothing(struct engine *e);

#endif
