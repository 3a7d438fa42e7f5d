/*
 * The store on SQLite, inside: one connection, its prepared statements, and the
 * parts that the nouns bring. Nothing outside src/store includes this but the
 * tests of it.
 *
 *   sqlite.c           opening, transactions, checkpoints, the table of functions
 *   sqlite_call.c      statements: binding, stepping, reading, what an error means
 *   sqlite_schema.c    tables, indexes, migrations
 *   sqlite_migrate.c   running the migrations
 *   packed.c           documents of rows
 *   sqlite_vfs.c       writes to the files, gathered
 *   sqlite_backup.c    a copy while it serves
 *   sqlite_check.c     checking a file that does not serve
 *   sqlite_disk.c      the floor and the ballast file
 *   sqlite_incident.c  incidents
 *   sqlite_record.c    alerts, events, filings, waivers
 *   sqlite_clock.c     clocks, acknowledgements
 *   sqlite_clock_list.c  lists of clocks
 *   sqlite_delivery.c  deliveries and attempts
 *   sqlite_journal.c   journal, idempotency, meta
 *   sqlite_rules.c     rulesets
 *   sqlite_storm.c     storms, and what incidents are like
 */
#ifndef TOCSIN_STORE_SQLITE_H
#define TOCSIN_STORE_SQLITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sqlite3.h>

#include "base/arena.h"
#include "base/buf.h"
#include "store/ops.h"
#include "store/pack.h"
#include "store/store.h"

enum sqlite_noun {
	SQLITE_NOUN_TRANSACTION, SQLITE_NOUN_INCIDENT, SQLITE_NOUN_RECORD, SQLITE_NOUN_CLOCK,
	SQLITE_NOUN_CLOCK_LIST, SQLITE_NOUN_DELIVERY, SQLITE_NOUN_JOURNAL, SQLITE_NOUN_RULES,
	SQLITE_NOUN_STORM, SQLITE_NOUNS,
};
enum { SQLITE_QUERIES_MAX = 24 };	/* of one noun */

struct sqlite_disk {
	const char *path;	/* the database's */
	char *ballast_path;
	int64_t floor, ballast;	/* as in the options */
	bool ballast_there;
	bool low;		/* as of checked_at, by clock_boot() */
	int64_t checked_at;
};

struct sqlite_store {
	struct store store;
	sqlite3 *db;
	char *path;
	bool serving;		/* opened: from here on an error of the disk aborts */
	sqlite3_stmt *statements[SQLITE_NOUNS][SQLITE_QUERIES_MAX];
	struct buf document;	/* of the row that is being written, and what was in it */
	struct arena *arena;
	char ruleset[DIGEST_HEX_SIZE];	/* the one that was looked up last */
	int64_t ruleset_id;		/* 0: none was */
	bool in_transaction, in_savepoint;
	/* The journal's head, kept so that an append reads nothing. */
	struct journal_check head, head_at_begin, head_at_savepoint;
	int64_t page_size;
	int wal_pages;		/* not yet in the database, as of the last commit */
	int64_t truncated_at;	/* by clock_boot() */
	struct sqlite_disk disk;
	struct histogram commits;
};

static inline struct sqlite_store *sqlite_of(struct store *store)
{
	return (struct sqlite_store *)store;	/* its first member */
}

/* How long opening waits for another process to let go of the file: longer than
 * an orderly stop of the old daemon takes. */
enum { SQLITE_OPEN_WAIT_MS = 10 * 1000 };
struct store *sqlite_open(const struct store_sqlite_options *options, int wait_ms,
	struct error *err);

/* ---- calls ----------------------------------------------------------------- */

/* One use of a statement: values are bound in the order of its parameters and
 * taken in the order of its columns. Text that is bound must live until the end
 * of the call. */
struct sqlite_call {
	struct sqlite_store *s;
	sqlite3_stmt *stmt;
	int parameter;		/* last one bound */
	int column;		/* next one to be taken */
	int rc;			/* first failure of a bind */
};

/* Prepares the statement when it is first used. -1 also for a change outside a
 * transaction, and when the disk filled up in this one. */
int sqlite_call(struct sqlite_store *s, enum sqlite_noun noun, int query, const char *sql,
	struct sqlite_call *ret, struct error *err);

void bind_int(struct sqlite_call *c, int64_t value);
void bind_time(struct sqlite_call *c, int64_t at);	/* TIME_NONE: NULL */
void bind_id(struct sqlite_call *c, int64_t id);	/* 0: NULL */
void bind_text(struct sqlite_call *c, const char *text);
void bind_bytes(struct sqlite_call *c, const char *data, size_t len);	/* as TEXT */
void bind_blob(struct sqlite_call *c, const void *data, size_t len);
void bind_words(struct sqlite_call *c, const char *const *words, size_t n, char separator);
void bind_entities(struct sqlite_call *c, const char *const *entities, size_t n);
void bind_limit(struct sqlite_call *c, int limit);	/* 0: no limit */

/* 1: there is a row; 0: no more; -1: error. Unless 1, the call has ended. */
int call_step(struct sqlite_call *c, struct error *err);
/* Runs a change to its end. */
int call_run(struct sqlite_call *c, struct error *err);
/* The same for one row by its id: ERROR_NOT_FOUND when none was changed. */
int call_run_on(struct sqlite_call *c, const char *what, int64_t id, struct error *err);
/* Runs a query that answers with one instant, or NULL for TIME_NONE. */
int call_instant(struct sqlite_call *c, int64_t *ret, struct error *err);
void call_end(struct sqlite_call *c);

int64_t take_int(struct sqlite_call *c);
int64_t take_time(struct sqlite_call *c);
bool take_bool(struct sqlite_call *c);
const char *take_text(struct sqlite_call *c, struct arena *arena);
struct unpack take_packed(struct sqlite_call *c);	/* valid until the next step */

/* The condition that goes with bind_entities; parameter is "?n". */
#define SQL_ENTITY_IN(column, parameter) \
	"(" parameter " IS NULL OR instr(" parameter ", ' ' || " column " || ' ') > 0)"

/* What a result code means: fills *err and returns -1, or does not return. */
int sqlite_fail(struct sqlite_store *s, int rc, struct error *err);
/* The same for a document of an incident that cannot be unpacked. */
int sqlite_damaged(struct sqlite_store *s, const char *what, int64_t incident,
	struct error *err);

/* ---- parts ----------------------------------------------------------------- */

enum { SQLITE_APPLICATION_ID = 0x54435349 };	/* "TCSI", for file(1) and for us */
/* Ours, and not newer than we are? Changes nothing. */
int sqlite_schema_check(struct sqlite_store *s, struct error *err);
int sqlite_schema_migrate(struct sqlite_store *s, struct error *err);
/* The answer of a query that is a number. */
int sqlite_read_int(struct sqlite_store *s, const char *sql, int64_t *ret, struct error *err);
/* From schema version - 1 to version; NULL: there is no such version yet. */
const char *sqlite_migration(int64_t version);

/* The name of the layer that gathers writes; NULL: there is none, SQLite's own serves. */
const char *sqlite_vfs(void);

/* Makes the ballast file where there is room for it. */
void sqlite_disk_open(struct sqlite_disk *disk, const char *path,
	const struct store_sqlite_options *options);
void sqlite_disk_close(struct sqlite_disk *disk);
/* The disk is full: gives the ballast up, once. */
void sqlite_disk_full(struct sqlite_disk *disk);
/* Makes the ballast anew when there is room again. */
void sqlite_disk_upkeep(struct sqlite_disk *disk);
bool sqlite_disk_is_low(struct sqlite_disk *disk);

/* Removes the copy that a process which crashed has left. */
void sqlite_backup_clean(const struct sqlite_store *s);

/* Its filings and waivers. */
int sqlite_records_load(struct store *store, struct incident *i, struct arena *arena,
	struct error *err);

/* The id of a ruleset that was put; ERROR_NOT_FOUND. NULL: 0. */
int sqlite_ruleset_id(struct sqlite_store *s, const char *digest, int64_t *ret,
	struct error *err);
/* What was looked up may not be there any more. */
void sqlite_ruleset_forget(struct sqlite_store *s);

/* What a clock is read from: tables incident i and clock k. take_clock: the one with that
 * id; it unpacks no more than those before it in its incident. */
#define SQL_CLOCK_COLUMNS "i.entity, i.drill, i.document, k.document"
int take_clock(struct sqlite_call *c, int64_t id, struct arena *arena, struct clock_row *ret,
	struct error *err);

int sqlite_journal_load_head(struct sqlite_store *s, struct error *err);

STORE_FUNCTIONS(sqlite);

#endif
