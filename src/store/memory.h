/*
 * The store in memory, inside: tables of rows, and the log by which changes are
 * undone. For tests and the scenario runner; nothing outlives the process.
 *
 *   memory.c           tables, transactions
 *   memory_incident.c  incidents and what is recorded of them
 *   memory_clock.c     clocks, acknowledgements
 *   memory_delivery.c  deliveries and attempts
 *   memory_journal.c   journal, idempotency, meta
 *   memory_rules.c     rulesets
 *   memory_storm.c     storms, and what incidents are like
 */
#ifndef TOCSIN_STORE_MEMORY_H
#define TOCSIN_STORE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/ops.h"
#include "store/store.h"

/* Each kind is one table of one type of row, named beside it. */
enum memory_kind {
	MEMORY_INCIDENT,	/* struct memory_incident */
	MEMORY_ALERT,		/* struct alert_row */
	MEMORY_EVENT,		/* struct memory_event */
	MEMORY_FILING,		/* struct memory_filing */
	MEMORY_WAIVER,		/* struct memory_waiver */
	MEMORY_CLOCK,		/* struct memory_clock */
	MEMORY_ACKNOWLEDGEMENT,	/* struct acknowledgement_row */
	MEMORY_DELIVERY,	/* struct delivery_row */
	MEMORY_ATTEMPT,		/* struct attempt_row */
	MEMORY_JOURNAL,		/* struct journal_row */
	MEMORY_IDEMPOTENCY,	/* struct idempotency_row */
	MEMORY_META,		/* struct memory_meta */
	MEMORY_RULESET,		/* struct memory_ruleset */
	MEMORY_RULE_FILE,	/* struct memory_rule_file */
	MEMORY_STORM,		/* struct storm_row */
	MEMORY_STORM_KEY,	/* struct storm_key_row */
	MEMORY_KINDS,
};

/* Lists of words are kept joined, as in SQLite: then a row is its struct and its
 * texts, and nothing else needs a copy. */
struct memory_incident {
	struct incident_row row;
	const char *regimes, *traits;
};
struct memory_event {
	int64_t incident;
	struct incident_event event;
};
struct memory_filing {
	int64_t incident;
	struct filing filing;
};
struct memory_waiver {
	int64_t incident;
	struct waiver waiver;
};
struct memory_clock {
	struct clock_row row;
	const char *derivation;
};
struct memory_meta {
	const char *name, *value;
};
struct memory_ruleset {
	const char *digest;
	int64_t at;
};
struct memory_rule_file {
	int64_t ruleset;	/* id of its row */
	struct rule_file_row file;
};

struct memory_table {
	void **rows;		/* row n has the id n + 1; NULL: removed */
	size_t n, size;
};

struct memory_undo {
	enum memory_kind kind;
	size_t index;
	void *old;		/* NULL: the row was inserted */
};

struct memory_store {
	struct store store;
	struct memory_table tables[MEMORY_KINDS];
	bool in_transaction, in_savepoint;
	struct memory_undo *undo;
	size_t n_undo, size_undo;
	size_t savepoint;	/* length of the undo log at the savepoint */
	struct journal_check head, head_at_begin, head_at_savepoint;
	/* Indexes of all deliveries that wait or are being sent, and perhaps of some
	 * that do no longer; is_open[i] says whether delivery i is in it. */
	size_t *open;
	size_t n_open, size_open;
	bool *is_open;
	size_t size_is_open;
};

static inline struct memory_store *memory_of(struct store *store)
{
	return (struct memory_store *)store;	/* its first member */
}

/* -1 outside a transaction. */
int memory_check_change(struct memory_store *m, struct error *err);
/* The same, and -1 when there is no such incident. */
int memory_check_incident(struct memory_store *m, int64_t id, struct error *err);
/* -1 when an incident is pinned to rules that were not put. */
int memory_check_pin(const struct memory_store *m, const char *ruleset, struct error *err);

/* Row by id; NULL when there is none. */
const void *memory_row(const struct memory_store *m, enum memory_kind kind, int64_t id);
/* Each takes a copy of the row and its texts. The id of an inserted row is
 * returned; rows that hold it themselves get it by memory_next_id() before. */
int64_t memory_next_id(const struct memory_store *m, enum memory_kind kind);
int64_t memory_insert(struct memory_store *m, enum memory_kind kind, const void *row);
void memory_replace(struct memory_store *m, enum memory_kind kind, int64_t id,
	const void *row);
void memory_remove(struct memory_store *m, enum memory_kind kind, int64_t id);

/* Copies a row and its texts into the arena. */
void memory_read(enum memory_kind kind, const void *row, struct arena *arena, void *ret);

/* Is there no limit to these entities, or is this one of them? */
bool memory_entity_in(const char *const *entities, size_t n, const char *entity);

STORE_FUNCTIONS(memory);

#endif
