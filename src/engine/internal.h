/* What the files of the engine share; nobody outside includes it. */
#ifndef TOCSIN_ENGINE_INTERNAL_H
#define TOCSIN_ENGINE_INTERNAL_H

#include "base/json_out.h"
#include "core/hold.h"
#include "engine/engine.h"

/* A message for a courier, made in the transaction, sent after its commit. */
struct outgoing {
	const char *transport;
	json_t *message;
	struct outgoing *next;
};

/* An attempt that a courier has and that nobody has heard of yet. */
struct flight {
	int64_t delivery, attempt_id;
	int attempt;
	char *transport, *channel;
	int generation;
	bool heard;		/* its report waits for the turn; only the first counts */
	struct flight *next;
};

/* What a courier said, until the next turn writes it down. */
struct report {
	int64_t delivery;
	int attempt;
	enum attempt_outcome outcome;
	char *detail;
	int64_t retry_after_ms;
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

struct engine {
	struct store *store;
	const struct conf *conf;
	struct engine_host host;
	char store_id[16];

	struct command *first, **last;	/* the queue */
	struct report *reports, **last_report;
	struct flight *flights;
	int in_flight;
	int generation;

	/* Of the present turn. */
	int64_t now;
	struct arena *arena;
	struct outgoing *outgoing, **last_outgoing;

	int64_t plan_before;		/* incidents below this id are to be planned anew; 0: none */
	const char *plan_why;		/* NULL: planned only; else folded too, and why */

	struct old_rules old_rules[OLD_RULES];
	size_t n_old_rules;
	uint64_t old_rules_uses;

	int64_t last_turn_at;
	int64_t heartbeat_at;
};

/* ---- turn.c -------------------------------------------------------------------- */
/* Writes down that we are alive, if it is time. */
int turn_beat(struct engine *e, struct error *err);

/* ---- plan.c -------------------------------------------------------------------- */
/* From the next turn on, every running clock is looked at again. why, not NULL: its
 * incident is folded anew as well, because more has changed than the policy. */
void plan_anew(struct engine *e, const char *why);
/* A piece of it. *ret_before: what e->plan_before is to be after the commit. */
int plan_some(struct engine *e, int64_t *ret_before, struct error *err);

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
	bool fresh;			/* nothing of it is in the store yet */
	bool pinned;			/* to the rules in force, only now */
};
/* Who moves a clock when nobody recorded anything (core/hold.h). */
#define HELD_BY_CONFIGURATION "configuration"

/* Why an incident is folded: it decides what may move later (core/hold.h). */
struct fold_cause {
	enum change change;
	const char *by;
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

/* ---- open.c, alerts.c, record.c, correct.c: the commands ------------------------- */
struct opening {
	const struct conf_entity *entity;
	const char *source, *key, *title, *description;
	enum severity severity;
	bool drill;
	const char *const *regimes;
	size_t n_regimes;
	const char *const *traits;
	size_t n_traits;
	struct incident_event events[4];
	size_t n_events;
	int64_t alerts;
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

/* ---- alarm.c: steps ----------------------------------------------------------- */
int alarm_look(struct engine *e, const struct incident_row *row, struct clock_row *clock,
	bool fresh, struct error *err);
/* The same for a clock whose time may not have come: writes only what changes. */
int alarm_plan(struct engine *e, const struct incident_row *row, struct clock_row *clock,
	struct error *err);
/* Fires what is due in the whole store, a bounded number; *ret_n: how many. */
int alarm_fire_due(struct engine *e, size_t *ret_n, struct error *err);
enum { ALARM_BATCH = 100 };

/* ---- notice.c ------------------------------------------------------------------ */
struct notice_step {
	const struct step *step;
	int number, of, repeat, passed_over;
	int64_t step_at;
};
/* The part that is kept, in the turn's arena; step NULL: kind "settled". */
const char *notice_make(struct engine *e, const char *kind, const struct incident_row *row,
	const struct clock *clock, const struct notice_step *step, const char *fallback_for,
	struct error *err);
/* The message for the courier: what is kept and what depends on now. */
json_t *notice_message(struct engine *e, const struct delivery_row *row,
	const struct clock *clock, struct error *err);

/* ---- outbox.c ------------------------------------------------------------------ */
/* One delivery for each channel and, of a mail channel, each recipient. */
int outbox_add(struct engine *e, const struct delivery_row *model, const char *const *channels,
	size_t n, struct error *err);
int outbox_settle(struct engine *e, const struct incident_row *row, const struct clock *clock,
	struct error *err);
int outbox_cancel(struct engine *e, struct delivery_row *row, const char *why,
	struct error *err);
/* The beginning of a journal line about a delivery. */
struct buf *outbox_record(struct engine *e, const char *kind, const struct delivery_row *row);
int outbox_hand_over(struct engine *e, struct error *err);
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

#endif
