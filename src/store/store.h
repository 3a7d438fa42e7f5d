/*
 * The store: what must outlive the process. One interface, a const table of
 * functions, with SQLite behind it in service and memory in tests; one suite
 * runs on both. It keeps rows and finds them again; every decision is above it.
 *
 * Rows that are read are made in the caller's arena. A write happens inside
 * begin/commit; a savepoint within it takes back what a refused command of a batch
 * has written, without the others. Errors: ERROR_FULL when the disk is full or
 * below its floor, ERROR_CONFLICT for a broken uniqueness, ERROR_NOT_FOUND for a
 * row that is not there, ERROR_INTERNAL for our own mistakes. An I/O error of the
 * disk never returns: the process aborts, because a failed COMMIT may come back
 * after a restart (measured) and only a restart can tell.
 */
#ifndef TOCSIN_STORE_STORE_H
#define TOCSIN_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/histogram.h"
#include "core/incident.h"
#include "core/journal.h"
#include "core/policy.h"

struct store;

/* A clock with the state of its escalation and, for lists, of its incident. */
struct clock_row {
	struct clock clock;
	struct policy_progress progress;
	int64_t next_at;		/* when the alarm is to look at it; TIME_NONE: never */
	int64_t revision;		/* how often state or date changed: read only */
	const char *entity, *title;	/* filled in lists */
	enum severity severity;
	bool drill;
};

struct incident_row {
	struct incident incident;	/* with events, filings, waivers only from incident_load */
	enum incident_state state;
	int64_t changed_at;
	int64_t drill_ends_at;		/* TIME_NONE: it does not end by itself */
	/* Insert alone looks at these. */
	int64_t likeness;		/* core/likeness.h; 0: none */
	bool limited;			/* counted by what is asked of its source's limit */
};

/* What a new incident is compared with. */
struct similar_query {
	int64_t likeness;		/* 0: none */
	const char *entity, *source;	/* the prefix counts for other sources than this one */
	bool drill;
	const char *prefix;		/* NULL: none */
	int64_t since;			/* opened at or after it */
};

/* What is known of a storm: what came over a source's limit, in one incident. */
struct storm_row {
	int64_t incident;
	const char *source, *entity;
	int64_t first_at, last_at;	/* when its alerts were received */
	int64_t alerts, resolved;	/* so many, and how many of them open nothing anyway */
	int64_t keys;			/* kept as storm_key_row */
	int64_t unlisted;		/* alerts whose key is not kept */
	int64_t bytes;			/* of the bodies that are kept */
	char sha256[JOURNAL_HASH_SIZE];	/* chained over all bodies, as the journal is over lines */
	int64_t aware_at;		/* the earliest that its alerts state; TIME_NONE */
	bool raging;			/* people were not told yet that it is over */
	/* What no line of the journal says yet, and when the last one was written. */
	int64_t said_at;		/* TIME_NONE: none was */
	int64_t unsaid, unsaid_resolved, unsaid_first_at;
	const char *samples;		/* a JSON array without its end; NULL: none */
	int64_t n_samples;
	int64_t look_at;		/* when the engine is to look at it; TIME_NONE */
};

/* One key of a storm. */
struct storm_key_row {
	int64_t id;			/* in the order of the first alert of each */
	int64_t incident;
	const char *key;		/* "": alerts without a key */
	const char *title;
	enum severity severity;		/* the highest */
	int64_t alerts, resolved;
	int64_t first_at, last_at;
};

struct alert_row {
	int64_t id;
	int64_t incident;		/* 0: opened or joined none */
	const char *source;
	const char *key;
	const char *title;
	enum severity severity;
	int64_t stated_at;		/* the source's own time, or TIME_NONE */
	int64_t received_at;
	const char *outcome;		/* "opened", "joined", "repeat", "below-minimum",
					 * "insignificant", "resolved", "update", "test",
					 * "unparsed", "storm" */
	const char *body;		/* the bytes as they came; may hold NUL */
	size_t body_len;
	char digest[DIGEST_HEX_SIZE];
};

struct acknowledgement_row {
	int64_t id;
	int64_t incident;
	const char *regime;		/* NULL: of any */
	const char *stage;		/* NULL: any; with neither every clock of the incident */
	const char *by;
	int64_t at, until_at;
};

enum delivery_state {
	DELIVERY_WAITING, DELIVERY_SENDING, DELIVERY_DELIVERED, DELIVERY_FAILED, DELIVERY_CANCELLED,
};
const char *delivery_state_name(enum delivery_state state);
int delivery_state_parse(const char *text, enum delivery_state *ret);

enum attempt_outcome {
	ATTEMPT_UNKNOWN,		/* begun; nothing heard yet */
	ATTEMPT_DELIVERED, ATTEMPT_TEMPORARY, ATTEMPT_PERMANENT, ATTEMPT_AMBIGUOUS,
};
const char *attempt_outcome_name(enum attempt_outcome outcome);
int attempt_outcome_parse(const char *text, enum attempt_outcome *ret);

struct attempt_row {
	int64_t id;
	int64_t delivery;
	int64_t at;
	enum attempt_outcome outcome;
	const char *detail;
};

struct delivery_row {
	int64_t id;			/* n of "dlv_<store id>_<n>" */
	int64_t incident;
	const char *entity;		/* of the incident: read only */
	const char *regime, *stage;
	const char *kind;		/* "step", "settled", "operations", "test" */
	const char *step;		/* as written in the policy: "start", "-PT4H";
					 * operations: what about; test: "asked", "scheduled" */
	int step_number, repeat;
	const char *channel;
	const char *recipient;		/* one mailbox of a mail channel, else NULL */
	enum delivery_state state;
	int64_t created_at;
	int64_t due_at;			/* of its clock, for the pace of retries; or TIME_NONE */
	int64_t next_at;		/* next attempt; TIME_NONE when none is to come */
	int attempts;			/* begun so far */
	int failures;			/* of them, without those cut off by an end of our own */
	int64_t fallback_at;		/* when it, or a reminder that it stands for, had the
					 * fallback told; TIME_NONE: never */
	int stands_for;			/* earlier reminders that it took the place of */
	int page;			/* which alert of its clock at a pager; 0: the first */
	const char *notice;		/* the notice, JSON, without what depends on now */
	int64_t replay_of;		/* the delivery that this one repeats; 0: none */
	const char *why;		/* it was cancelled, or waits where only the last attempt
					 * says it; NULL: neither, or cancelled long ago */
	struct attempt_row *list;	/* only where asked for */
	size_t n_list;
};

/* What a pager has of a clock: the highest page among all its steps, among those it may have
 * been told of (delivered, sending, or waiting after an attempt, which may have arrived), and
 * among acknowledgements that have not failed or been cancelled; -1: there is none. And the
 * highest of the steps that it may have been told of; 0: none. */
struct delivery_pages {
	int steps, told, acknowledged;
	int told_step;
};

/* Is it a drill of which it tells? Kept in its notice, as everything it says. */
bool delivery_is_drill(const struct delivery_row *row);

struct journal_row {
	int64_t seq;
	char hash[JOURNAL_HASH_SIZE];
	int64_t incident;		/* 0: none */
	const char *line;
	size_t len;
};

/* The text of one rule file (regimes.d, countries.d), kept because incidents are
 * folded by the rules they were opened under, which may have left the disk. */
struct rule_file_row {
	const char *name;		/* "regimes.d/nis2.conf" */
	const char *text;		/* without NUL; one stands behind what is read */
	size_t len;
};
/* Of a ruleset: its files, the bytes of one and of all. */
enum { RULESET_FILES_MAX = 1024, RULE_FILE_MAX = 1 << 20, RULESET_BYTES_MAX = 64 << 20 };

struct idempotency_row {
	const char *actor, *key;
	char digest[DIGEST_HEX_SIZE];	/* of method, path and body */
	int status;
	const char *body;		/* the answer's */
	int64_t at;
};

/* Filters: NULL, 0 or TIME_NONE means "any". Lists call fn for each row with a
 * row valid during the call only; -1 from fn stops and is returned. */
struct incident_filter {
	bool all;			/* else suspected and open only */
	const enum incident_state *state;
	const char *const *entities;	/* limits to these */
	size_t n_entities;
	int64_t before_id;		/* cursor: ids below this one; 0: from the newest */
	int limit;
};
struct clock_filter {
	const enum clock_state *state;
	bool unsettled;			/* pending and running */
	const char *const *entities;
	size_t n_entities;
	int64_t before_at;		/* due (or planned) before this */
	int64_t after_at, after_id;	/* cursor: (due or planned, rowid) after this pair;
					 * clocks with neither come last, as TIME_NONE */
	bool latest_first;		/* only with state */
	int limit;
};
struct storm_key_filter {
	int64_t incident;
	bool by_alerts;			/* those with the most alerts first; no cursor */
	int64_t after_id;		/* cursor */
	int limit;
};
struct delivery_filter {
	const enum delivery_state *state;
	int64_t incident;
	const char *const *entities;
	size_t n_entities;
	int64_t before_id;		/* cursor: ids below */
	int limit;
};
typedef int incident_fn(void *arg, const struct incident_row *row);
typedef int clock_fn(void *arg, const struct clock_row *row, int64_t rowid);
typedef int delivery_fn(void *arg, const struct delivery_row *row);
typedef int storm_key_fn(void *arg, const struct storm_key_row *row);
typedef int journal_fn(void *arg, const struct journal_row *row);

/* Bytes on disk: of the file itself, of what is not yet in it. */
struct store_stats {
	int64_t bytes, log_bytes;
	struct histogram commits;	/* with the sync of the disk */
};

struct store_backup;
enum { STORE_BACKUP_BYTES = 1 << 20 };

struct store_ops {
	const char *name;
	void (*close)(struct store *s);

	int (*begin)(struct store *s, struct error *err);
	int (*commit)(struct store *s, struct error *err);	/* failed: all of it is undone */
	void (*rollback)(struct store *s);			/* harmless when none is open */
	/* Changes when a row is written in the open transaction, and not otherwise. */
	int64_t (*changes)(struct store *s);
	int (*savepoint)(struct store *s, struct error *err);
	int (*release)(struct store *s, struct error *err);
	void (*undo)(struct store *s);				/* back to the savepoint, and release it */

	/* incident: insert fills in ->id, and stores the events that the row has, with
	 * theirs. update writes title, description,
	 * severity, alerts, state, changed_at, dismissal, traits, ruleset, country,
	 * timezone, drill_ends_at. A ruleset that was not put is ERROR_NOT_FOUND. load reads one with
	 * events, filings, waivers. by_key: the newest incident of that source and
	 * key. */
	int (*incident_insert)(struct store *s, struct incident_row *row, struct error *err);
	int (*incident_update)(struct store *s, const struct incident_row *row, struct error *err);
	int (*incident_load)(struct store *s, int64_t id, struct arena *arena,
		struct incident_row *ret, struct error *err);
	/* The same without events, filings and waivers. */
	int (*incident_head)(struct store *s, int64_t id, struct arena *arena,
		struct incident_row *ret, struct error *err);
	int (*incident_by_key)(struct store *s, const char *source, const char *key,
		struct arena *arena, struct incident_row *ret, struct error *err);
	int (*incident_list)(struct store *s, const struct incident_filter *filter,
		incident_fn *fn, void *arg, struct error *err);
	int (*incident_count_alert)(struct store *s, int64_t id, int64_t at, struct error *err);
	/* The incident with the earliest drill_ends_at; *ret_at TIME_NONE: there is none. */
	int (*incident_drill_next)(struct store *s, int64_t *ret_id, int64_t *ret_at,
		struct error *err);

	/* The ids of at most SIMILAR_MAX, newest first: suspected or open ones that have
	 * this likeness, and, of what another source posted for the same entity, such
	 * whose key is the prefix or goes on with ":" (of the first few that have it). */
	int (*incident_similar)(struct store *s, const struct similar_query *query,
		int64_t ret[SIMILAR_MAX], size_t *ret_n, struct error *err);
	/* Of those of a source that are limited, and suspected or open: how many there are,
	 * counted to most; when the last most were opened after since, the newest first.
	 * limit: all of it that are suspected or open, and no storm, are so from now on. */
	int (*incident_count_live)(struct store *s, const char *source, int most, int *ret,
		struct error *err);
	int (*incident_opened_since)(struct store *s, const char *source, int64_t since,
		int most, int64_t *ret, int *ret_n, struct error *err);

	int (*incident_limit)(struct store *s, const char *source, struct error *err);

	/* storm: put inserts or replaces by incident. find: the newest of that source
	 * (entity NULL: of any) whose incident is suspected or open; ERROR_NOT_FOUND. due:
	 * those with look_at <= now; next: the earliest look_at, TIME_NONE. key_count:
	 * one more alert of a key that is kept; ERROR_NOT_FOUND: it is not. Its row's
	 * alerts is what to add, and resolved likewise. */
	int (*storm_put)(struct store *s, const struct storm_row *row, struct error *err);
	int (*storm_load)(struct store *s, int64_t incident, struct arena *arena,
		struct storm_row *ret, struct error *err);
	int (*storm_find)(struct store *s, const char *source, const char *entity,
		struct arena *arena, struct storm_row *ret, struct error *err);
	int (*storm_due)(struct store *s, int64_t now, struct arena *arena,
		struct storm_row **ret, size_t *ret_n, struct error *err);
	int (*storm_next)(struct store *s, int64_t *ret, struct error *err);
	int (*storm_key_count)(struct store *s, const struct storm_key_row *row,
		struct error *err);
	int (*storm_key_insert)(struct store *s, const struct storm_key_row *row,
		struct error *err);
	int (*storm_keys)(struct store *s, const struct storm_key_filter *filter,
		storm_key_fn *fn, void *arg, struct error *err);

	int (*alert_insert)(struct store *s, struct alert_row *row, struct error *err);
	/* The id of an event is one within its incident. */
	int (*event_insert)(struct store *s, int64_t incident, struct incident_event *event,
		struct error *err);
	int (*event_replace)(struct store *s, int64_t incident, int64_t id, struct error *err);
	int (*filing_insert)(struct store *s, int64_t incident, struct filing *filing,
		struct error *err);
	int (*filing_replace)(struct store *s, int64_t id, struct error *err);
	int (*waiver_insert)(struct store *s, int64_t incident, struct waiver *waiver,
		struct error *err);

	/* clock: put inserts or replaces by (incident, regime, stage), all columns. */
	int (*clock_put)(struct store *s, const struct clock_row *row, struct error *err);
	/* Of one that is there only its progress and next_at; ERROR_NOT_FOUND. */
	int (*clock_progress)(struct store *s, const struct clock_row *row, struct error *err);
	/* The clocks of a new incident: one that is there already is a conflict. */
	int (*clock_insert)(struct store *s, const struct clock_row *rows, size_t n,
		struct error *err);
	int (*clock_of)(struct store *s, int64_t incident, struct arena *arena,
		struct clock_row **ret, size_t *ret_n, struct error *err);
	/* One of them. */
	int (*clock_get)(struct store *s, int64_t incident, const char *regime,
		const char *stage, struct arena *arena, struct clock_row *ret, struct error *err);
	/* Running clocks with next_at <= now, earliest due first. */
	int (*clock_due)(struct store *s, int64_t now, int limit, struct arena *arena,
		struct clock_row **ret, size_t *ret_n, struct error *err);
	int (*clock_list)(struct store *s, const struct clock_filter *filter, clock_fn *fn,
		void *arg, struct error *err);
	/* How many a list with that filter would have; the limit bounds it too. */
	int (*clock_count)(struct store *s, const struct clock_filter *filter, int *ret,
		struct error *err);

	int (*acknowledgement_insert)(struct store *s, struct acknowledgement_row *row,
		struct error *err);
	/* End of the longest lease on that clock that runs at now, else TIME_NONE. One
	 * given before since is not counted: it was measured on another clock. */
	int (*acknowledged_until)(struct store *s, int64_t incident, const char *regime,
		const char *stage, int64_t since, int64_t now, int64_t *ret, struct error *err);

	/* delivery: insert fills in ->id. update writes state, next_at, attempts, failures,
	 * fallback_at, stands_for, why. */
	int (*delivery_insert)(struct store *s, struct delivery_row *row, struct error *err);
	int (*delivery_update)(struct store *s, const struct delivery_row *row, struct error *err);
	int (*delivery_load)(struct store *s, int64_t id, struct arena *arena,
		struct delivery_row *ret, struct error *err);
	/* Waiting deliveries of a channel with next_at <= now, by due_at then id (no
	 * due_at last). By channel, because one that is stuck must not hide others. */
	int (*delivery_due)(struct store *s, const char *channel, int64_t now, int limit,
		struct arena *arena, struct delivery_row **ret, size_t *ret_n, struct error *err);
	/* A piece of the steps that wait on a channel, whenever they are to be tried, with no
	 * fallback_at; in the same order: those after the one with that due_at and id; id 0:
	 * from the first. */
	int (*delivery_stuck)(struct store *s, const char *channel, int64_t due_at, int64_t id,
		int limit, struct arena *arena, struct delivery_row **ret, size_t *ret_n,
		struct error *err);
	/* The earliest next_at of a channel's waiting deliveries; TIME_NONE. */
	int (*delivery_next)(struct store *s, const char *channel, int64_t *ret,
		struct error *err);
	/* The channels that have waiting deliveries, configured or not. */
	int (*delivery_channels)(struct store *s, struct arena *arena, const char ***ret,
		size_t *ret_n, struct error *err);
	/* Deliveries that are being sent: at start, those the last process left. */
	int (*delivery_sending)(struct store *s, struct arena *arena,
		struct delivery_row **ret, size_t *ret_n, struct error *err);
	/* Waiting deliveries of a clock (stage NULL: of the incident). */
	int (*delivery_waiting)(struct store *s, int64_t incident, const char *regime,
		const char *stage, struct arena *arena, struct delivery_row **ret, size_t *ret_n,
		struct error *err);
	/* Channels and recipients already told of a clock (delivered or sending, kind
	 * "step"), each once, as rows with channel and recipient filled. */
	int (*delivery_told)(struct store *s, int64_t incident, const char *regime,
		const char *stage, struct arena *arena, struct delivery_row **ret, size_t *ret_n,
		struct error *err);
	int (*delivery_pages)(struct store *s, int64_t incident, const char *regime,
		const char *stage, const char *channel, struct delivery_pages *ret,
		struct error *err);
	int (*delivery_list)(struct store *s, const struct delivery_filter *filter,
		delivery_fn *fn, void *arg, struct error *err);	/* with attempts */
	/* created_at of the oldest waiting or sending one; TIME_NONE: none. */
	int (*delivery_oldest)(struct store *s, int64_t *ret, struct error *err);
	int (*attempt_insert)(struct store *s, struct attempt_row *row, struct error *err);
	int (*attempt_finish)(struct store *s, const struct attempt_row *row, struct error *err);
	/* Open attempts (outcome unknown) of a delivery become ambiguous. */
	int (*attempt_abandon)(struct store *s, int64_t delivery, const char *detail,
		struct error *err);

	/* How many deliveries wait for a channel; at most `most`. */
	int (*delivery_count)(struct store *s, const char *channel, int most, int *ret,
		struct error *err);

	/* The earliest next_at among running clocks; TIME_NONE. */
	int (*clock_next)(struct store *s, int64_t *ret, struct error *err);

	/* journal: append takes the finished line; the chain is the store's. head of
	 * an empty journal is seq 0 and the genesis hash. */
	int (*journal_head)(struct store *s, struct journal_check *ret, struct error *err);
	int (*journal_append)(struct store *s, const struct journal_row *row, struct error *err);
	int (*journal_read)(struct store *s, int64_t after, int64_t incident, int limit,
		journal_fn *fn, void *arg, struct error *err);

	int (*idempotency_get)(struct store *s, const char *actor, const char *key,
		struct arena *arena, struct idempotency_row *ret, struct error *err);
	int (*idempotency_put)(struct store *s, const struct idempotency_row *row,
		struct error *err);
	int (*idempotency_purge)(struct store *s, int64_t before_at, int limit, struct error *err);

	/* A rulebook by its digest: put keeps it if it is not there yet (files in any
	 * order; a text that an earlier rulebook brought is kept once). ERROR_TOO_LARGE
	 * above the limits, ERROR_CONFLICT for a name that stands twice. get: the files
	 * by name; ERROR_NOT_FOUND. */
	int (*ruleset_put)(struct store *s, const char *digest, const struct rule_file_row *files,
		size_t n, int64_t at, struct error *err);
	int (*ruleset_get)(struct store *s, const char *digest, struct arena *arena,
		struct rule_file_row **ret, size_t *ret_n, struct error *err);

	/* meta: small text values by name; get leaves *ret NULL when there is none. */
	int (*meta_get)(struct store *s, const char *name, struct arena *arena, const char **ret,
		struct error *err);
	int (*meta_put)(struct store *s, const char *name, const char *value, struct error *err);

	/* Upkeep, called when the loop is idle: a bounded piece of checkpointing.
	 * *ret_more: there is more to do. No transaction may be open. */
	int (*upkeep)(struct store *s, bool *ret_more, struct error *err);
	/* Is new work to be refused because the disk is nearly full? Cheap. */
	bool (*below_floor)(struct store *s);
	/* A copy of it as one file, while it serves: begin, step until there is no more,
	 * finish, which opens the copy for reading; end in any case, after which the copy
	 * has no name. One at a time; no transaction may be open. A step is
	 * STORE_BACKUP_BYTES. */
	int (*backup_begin)(struct store *s, struct store_backup **ret, struct error *err);
	int (*backup_step)(struct store *s, struct store_backup *backup, bool *ret_more,
		struct error *err);
	int (*backup_finish)(struct store *s, struct store_backup *backup, int *ret_fd,
		struct error *err);
	void (*backup_end)(struct store *s, struct store_backup *backup);	/* NULL is allowed */
	/* How large it is, and how long commits take. */
	void (*stats)(struct store *s, struct store_stats *ret);
};

struct store {
	const struct store_ops *ops;
};

struct store_sqlite_options {
	const char *path;
	int64_t disk_floor;	/* bytes that must stay free for new work; 0: no floor */
	int64_t ballast;	/* size of the ballast file beside it; 0: none */
};
/* Opens or makes the database, migrates it, makes the store id. Refuses one that
 * another process has open, one of a newer version, and one that is not ours. */
struct store *store_sqlite_open(const struct store_sqlite_options *options, struct error *err);
/* Is a file that nobody has open a store, whole, with a journal that verifies? *ret: its
 * head. Reads all of it. */
int store_sqlite_check(const char *path, struct journal_check *ret, struct error *err);
struct store *store_memory_open(void);
void store_close(struct store *s);	/* NULL is allowed */

/* meta names */
#define META_STORE_ID	"store-id"	/* random, new for each database */
#define META_LINK_KEY	"link-key"	/* signs links and buttons: base64, made once */
#define META_HEARTBEAT	"heartbeat-at"	/* last time the daemon was known to run, ms */

#endif
