/*
 * The tables. user_version is the number of migrations done (sqlite_migrate.c). A
 * migration that has been released is never edited: what changes comes as the next one.
 *
 * Instants are milliseconds UTC in columns *_at, NULL for none. States and the
 * like are the numbers of their enums, which therefore are never renumbered (the
 * assertions below). Lists of words are one text each (row.h). The journal refers
 * to no other table: incidents may go one day, its lines stay.
 */
#include "config.h"

#include "base/text.h"
#include "store/sqlite.h"

_Static_assert(INCIDENT_SUSPECTED == 0 && INCIDENT_OPEN == 1 && INCIDENT_CLOSED == 2 &&
	INCIDENT_DISMISSED == 3, "stored, and named in queries");
_Static_assert(CLOCK_PENDING == 0 && CLOCK_RUNNING == 1 && CLOCK_FILED == 2 &&
	CLOCK_FILED_LATE == 3 && CLOCK_WAIVED == 4 && CLOCK_VOID == 5,
	"stored, and named in queries");
_Static_assert(DELIVERY_WAITING == 0 && DELIVERY_SENDING == 1 && DELIVERY_DELIVERED == 2 &&
	DELIVERY_FAILED == 3 && DELIVERY_CANCELLED == 4, "stored, and named in queries");
_Static_assert(ATTEMPT_UNKNOWN == 0 && ATTEMPT_DELIVERED == 1 && ATTEMPT_TEMPORARY == 2 &&
	ATTEMPT_PERMANENT == 3 && ATTEMPT_AMBIGUOUS == 4, "stored, and named in queries");
_Static_assert(SEVERITY_UNKNOWN == 0 && SEVERITY_LOW == 1 && SEVERITY_MEDIUM == 2 &&
	SEVERITY_HIGH == 3 && SEVERITY_CRITICAL == 4, "stored");

static const char *const migrations[] = {
	/* 1 */
	"CREATE TABLE incident ("
	"	id INTEGER PRIMARY KEY,"
	"	entity TEXT NOT NULL,"
	"	title TEXT NOT NULL,"
	"	description TEXT,"
	"	severity INTEGER NOT NULL CHECK (severity BETWEEN 0 AND 4),"
	"	drill INTEGER NOT NULL CHECK (drill IN (0, 1)),"
	"	source TEXT,"
	"	key TEXT,"
	"	alerts INTEGER NOT NULL CHECK (alerts >= 0),"
	"	opened_at INTEGER NOT NULL,"
	"	regimes TEXT,"
	"	traits TEXT,"
	"	state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 3),"
	"	changed_at INTEGER NOT NULL,"
	"	dismissed_at INTEGER,"
	"	dismissed_by TEXT,"
	"	dismissed_basis TEXT"
	") STRICT;"
	"CREATE INDEX incident_key ON incident (key, source) WHERE key IS NOT NULL;"
	"CREATE INDEX incident_open ON incident (id) WHERE state = 0 OR state = 1;"

	"CREATE TABLE alert ("
	"	id INTEGER PRIMARY KEY,"
	"	incident INTEGER REFERENCES incident,"
	"	source TEXT NOT NULL,"
	"	key TEXT,"
	"	title TEXT,"
	"	severity INTEGER NOT NULL CHECK (severity BETWEEN 0 AND 4),"
	"	stated_at INTEGER,"
	"	received_at INTEGER NOT NULL,"
	"	outcome TEXT NOT NULL,"
	"	body BLOB,"
	"	digest TEXT NOT NULL"
	") STRICT;"

	"CREATE TABLE event ("
	"	id INTEGER PRIMARY KEY,"
	"	incident INTEGER NOT NULL REFERENCES incident,"
	"	type TEXT NOT NULL,"
	"	happened_at INTEGER NOT NULL,"
	"	due_at INTEGER,"
	"	regime TEXT,"
	"	stated_by TEXT NOT NULL,"
	"	basis TEXT,"
	"	recorded_at INTEGER NOT NULL,"
	"	replaced INTEGER NOT NULL CHECK (replaced IN (0, 1))"
	") STRICT;"
	"CREATE INDEX event_incident ON event (incident);"

	"CREATE TABLE filing ("
	"	id INTEGER PRIMARY KEY,"
	"	incident INTEGER NOT NULL REFERENCES incident,"
	"	regime TEXT NOT NULL,"
	"	stage TEXT NOT NULL,"
	"	filed_at INTEGER NOT NULL,"
	"	received_at INTEGER,"
	"	stated_by TEXT NOT NULL,"
	"	recipient TEXT,"
	"	reference TEXT,"
	"	digest TEXT,"
	"	recorded_at INTEGER NOT NULL,"
	"	replaced INTEGER NOT NULL CHECK (replaced IN (0, 1))"
	") STRICT;"
	"CREATE INDEX filing_incident ON filing (incident);"

	"CREATE TABLE waiver ("
	"	id INTEGER PRIMARY KEY,"
	"	incident INTEGER NOT NULL REFERENCES incident,"
	"	regime TEXT NOT NULL,"
	"	stage TEXT NOT NULL,"
	"	stated_by TEXT NOT NULL,"
	"	basis TEXT,"
	"	recorded_at INTEGER NOT NULL"
	") STRICT;"
	"CREATE INDEX waiver_incident ON waiver (incident);"

	"CREATE TABLE clock ("
	"	id INTEGER PRIMARY KEY,"
	"	incident INTEGER NOT NULL REFERENCES incident,"
	"	regime TEXT NOT NULL,"
	"	stage TEXT NOT NULL,"
	"	state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 5),"
	"	anchor TEXT,"
	"	anchor_at INTEGER,"
	"	due_at INTEGER,"
	"	nominal_at INTEGER,"
	"	latest_at INTEGER,"
	"	planned_at INTEGER,"
	"	settled_at INTEGER,"
	"	unconfirmed INTEGER NOT NULL CHECK (unconfirmed IN (0, 1)),"
	"	arguable INTEGER NOT NULL CHECK (arguable IN (0, 1)),"
	"	on_request INTEGER NOT NULL CHECK (on_request IN (0, 1)),"
	"	target INTEGER NOT NULL CHECK (target IN (0, 1)),"
	"	reference TEXT,"
	"	rules TEXT,"
	"	derivation TEXT,"
	"	step INTEGER NOT NULL,"
	"	fired_at INTEGER,"
	"	repeats INTEGER NOT NULL,"
	"	held INTEGER NOT NULL CHECK (held IN (0, 1)),"
	"	next_at INTEGER,"
	"	sort_at INTEGER NOT NULL,"	/* clock_sort_at(): its place in lists */
	"	UNIQUE (incident, regime, stage)"
	") STRICT;"
	"CREATE INDEX clock_sort ON clock (state, sort_at);"
	"CREATE INDEX clock_next ON clock (next_at, due_at)"
	"	WHERE state = 1 AND next_at IS NOT NULL;"

	"CREATE TABLE acknowledgement ("
	"	id INTEGER PRIMARY KEY,"
	"	incident INTEGER NOT NULL REFERENCES incident,"
	"	stage TEXT,"
	"	stated_by TEXT NOT NULL,"
	"	given_at INTEGER NOT NULL,"
	"	until_at INTEGER NOT NULL"
	") STRICT;"
	"CREATE INDEX acknowledgement_incident ON acknowledgement (incident);"

	"CREATE TABLE delivery ("
	"	id INTEGER PRIMARY KEY,"
	"	incident INTEGER REFERENCES incident,"
	"	regime TEXT,"
	"	stage TEXT,"
	"	kind TEXT NOT NULL,"
	"	step TEXT,"
	"	step_number INTEGER NOT NULL,"
	"	repeat INTEGER NOT NULL,"
	"	channel TEXT NOT NULL,"
	"	recipient TEXT,"
	"	state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 4),"
	"	created_at INTEGER NOT NULL,"
	"	due_at INTEGER,"
	"	next_at INTEGER,"
	"	attempts INTEGER NOT NULL CHECK (attempts >= 0),"
	"	notice TEXT,"
	"	sort_at INTEGER NOT NULL"	/* delivery_sort_at() */
	") STRICT;"
	"CREATE INDEX delivery_incident ON delivery (incident);"
	"CREATE INDEX delivery_next ON delivery (channel, next_at)"
	"	WHERE state = 0 AND next_at IS NOT NULL;"
	"CREATE INDEX delivery_sort ON delivery (channel, sort_at, id, next_at)"
	"	WHERE state = 0;"
	"CREATE INDEX delivery_unsettled ON delivery (state, created_at)"
	"	WHERE state = 0 OR state = 1;"

	"CREATE TABLE attempt ("
	"	id INTEGER PRIMARY KEY,"
	"	delivery INTEGER NOT NULL REFERENCES delivery,"
	"	begun_at INTEGER NOT NULL,"
	"	outcome INTEGER NOT NULL CHECK (outcome BETWEEN 0 AND 4),"
	"	detail TEXT"
	") STRICT;"
	"CREATE INDEX attempt_delivery ON attempt (delivery);"

	"CREATE TABLE journal ("
	"	seq INTEGER PRIMARY KEY,"
	"	hash TEXT NOT NULL,"
	"	incident INTEGER,"
	"	line TEXT NOT NULL"
	") STRICT;"
	"CREATE INDEX journal_incident ON journal (incident) WHERE incident IS NOT NULL;"

	"CREATE TABLE idempotency ("
	"	id INTEGER PRIMARY KEY,"
	"	actor TEXT NOT NULL,"
	"	key TEXT NOT NULL,"
	"	digest TEXT NOT NULL,"
	"	status INTEGER NOT NULL,"
	"	body TEXT,"
	"	made_at INTEGER NOT NULL,"
	"	UNIQUE (actor, key)"
	") STRICT;"
	"CREATE INDEX idempotency_made ON idempotency (made_at);"

	"CREATE TABLE meta ("
	"	name TEXT PRIMARY KEY,"
	"	value TEXT NOT NULL"
	") STRICT, WITHOUT ROWID;",

	/* 2: the rules that incidents are kept to, corrections that wait for a second
	 * person, drills in compressed time. A rule file is kept once, however many rulebooks have it; none goes,
	 * because an incident may be asked about for years. */
	"CREATE TABLE rule_file ("
	"	digest TEXT NOT NULL PRIMARY KEY,"	/* SHA-256 of text */
	"	text BLOB NOT NULL"
	") STRICT;"

	"CREATE TABLE ruleset ("
	"	digest TEXT NOT NULL PRIMARY KEY,"
	"	put_at INTEGER NOT NULL"
	") STRICT, WITHOUT ROWID;"

	"CREATE TABLE ruleset_file ("
	"	ruleset TEXT NOT NULL REFERENCES ruleset,"
	"	name TEXT NOT NULL,"
	"	file TEXT NOT NULL REFERENCES rule_file,"
	"	PRIMARY KEY (ruleset, name)"
	") STRICT, WITHOUT ROWID;"

	"ALTER TABLE incident ADD COLUMN ruleset TEXT REFERENCES ruleset;"
	"ALTER TABLE incident ADD COLUMN country TEXT;"
	"ALTER TABLE incident ADD COLUMN timezone TEXT;"
	"ALTER TABLE incident ADD COLUMN drill_scale INTEGER NOT NULL DEFAULT 0"
	"	CHECK (drill_scale >= 0);"
	"ALTER TABLE incident ADD COLUMN drill_ends_at INTEGER;"
	"CREATE INDEX incident_drill ON incident (drill_ends_at)"
	"	WHERE drill_ends_at IS NOT NULL;"
	"ALTER TABLE clock ADD COLUMN repeatable INTEGER NOT NULL DEFAULT 0"
	"	CHECK (repeatable IN (0, 1));"
	"ALTER TABLE clock ADD COLUMN readings TEXT;"
	"ALTER TABLE clock ADD COLUMN proposed_by TEXT;"
	"ALTER TABLE clock ADD COLUMN proposed_actor TEXT;"
	"ALTER TABLE clock ADD COLUMN proposed_state INTEGER"
	"	CHECK (proposed_state BETWEEN 0 AND 5);"
	"ALTER TABLE clock ADD COLUMN proposed_due_at INTEGER;",

	/* 3: deliveries that somebody had sent again. */
	"ALTER TABLE delivery ADD COLUMN replay_of INTEGER REFERENCES delivery;",

	/* 4: how often a clock has changed, for calendars. */
	"ALTER TABLE clock ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;",

	/* 5: what a delivery that does not get through has caused, reminders that stand in
	 * for earlier ones, alerts of pagers, acknowledgements of one regime. */
	"ALTER TABLE delivery ADD COLUMN failures INTEGER NOT NULL DEFAULT 0"
	"	CHECK (failures >= 0);"
	"ALTER TABLE delivery ADD COLUMN fallback_at INTEGER;"
	"ALTER TABLE delivery ADD COLUMN stands_for INTEGER NOT NULL DEFAULT 0"
	"	CHECK (stands_for >= 0);"
	"ALTER TABLE delivery ADD COLUMN page INTEGER NOT NULL DEFAULT 0 CHECK (page >= 0);"
	"ALTER TABLE acknowledgement ADD COLUMN regime TEXT;",

	/* 6: storms, and incidents that are alike. The indexes hold what is not settled:
	 * likeness is looked up for each incident that is opened, and those of a source
	 * are counted where it is limited, at no cost to those that are not. */
	"ALTER TABLE incident ADD COLUMN storm INTEGER NOT NULL DEFAULT 0"
	"	CHECK (storm IN (0, 1));"
	"ALTER TABLE incident ADD COLUMN similar TEXT;"
	"ALTER TABLE incident ADD COLUMN likeness INTEGER;"
	"CREATE INDEX incident_likeness ON incident (likeness, id, opened_at)"
	"	WHERE likeness IS NOT NULL AND (state = 0 OR state = 1);"
	"ALTER TABLE incident ADD COLUMN limited INTEGER NOT NULL DEFAULT 0"
	"	CHECK (limited IN (0, 1));"
	"CREATE INDEX incident_limited ON incident (source, opened_at)"
	"	WHERE limited = 1 AND (state = 0 OR state = 1);"

	"CREATE TABLE storm ("
	"	incident INTEGER PRIMARY KEY REFERENCES incident,"
	"	source TEXT NOT NULL,"
	"	entity TEXT NOT NULL,"
	"	first_at INTEGER NOT NULL,"
	"	last_at INTEGER NOT NULL,"
	"	alerts INTEGER NOT NULL CHECK (alerts >= 0),"
	"	resolved INTEGER NOT NULL CHECK (resolved >= 0),"
	"	keys INTEGER NOT NULL CHECK (keys >= 0),"
	"	unlisted INTEGER NOT NULL CHECK (unlisted >= 0),"
	"	bytes INTEGER NOT NULL CHECK (bytes >= 0),"
	"	sha256 TEXT NOT NULL,"
	"	aware_at INTEGER,"
	"	raging INTEGER NOT NULL CHECK (raging IN (0, 1)),"
	"	said_at INTEGER,"
	"	unsaid INTEGER NOT NULL,"
	"	unsaid_resolved INTEGER NOT NULL,"
	"	unsaid_first_at INTEGER,"
	"	samples TEXT,"
	"	n_samples INTEGER NOT NULL,"
	"	look_at INTEGER"
	") STRICT;"
	"CREATE INDEX storm_source ON storm (source, entity);"
	"CREATE INDEX storm_look ON storm (look_at) WHERE look_at IS NOT NULL;"

	"CREATE TABLE storm_key ("
	"	id INTEGER PRIMARY KEY,"
	"	incident INTEGER NOT NULL REFERENCES storm,"
	"	key TEXT NOT NULL,"
	"	title TEXT,"
	"	severity INTEGER NOT NULL CHECK (severity BETWEEN 0 AND 4),"
	"	alerts INTEGER NOT NULL,"
	"	resolved INTEGER NOT NULL,"
	"	first_at INTEGER NOT NULL,"
	"	last_at INTEGER NOT NULL,"
	"	UNIQUE (incident, key)"
	") STRICT;",

	/* 7: clocks beside those of the same incident, with one column for what no query
	 * asks for (sqlite_clock.c has its order). */
	"DROP INDEX clock_sort;"
	"DROP INDEX clock_next;"
	"ALTER TABLE clock RENAME TO clock_wide;"
	"CREATE TABLE clock ("
	"	id INTEGER PRIMARY KEY,"	/* the incident's << 10, and a place */
	"	regime TEXT NOT NULL,"
	"	stage TEXT NOT NULL,"
	"	state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 5),"
	"	due_at INTEGER,"
	"	next_at INTEGER,"
	"	fired_at INTEGER,"
	"	sort_at INTEGER NOT NULL,"	/* clock_sort_at(): its place in lists */
	"	revision INTEGER NOT NULL DEFAULT 0,"
	"	document BLOB NOT NULL"
	") STRICT;"
	/* The place is counted by the old index: a sort of all rows would not fit into
	 * memory. */
	"INSERT INTO clock SELECT (incident << 10) + (SELECT count(*) FROM clock_wide b"
	"	WHERE b.incident = a.incident AND b.id < a.id),"
	"	regime, stage, state, due_at, next_at, fired_at, sort_at, revision,"
	"	pack(unconfirmed + 2 * arguable + 4 * on_request + 8 * repeatable + 16 * target"
	"	+ 32 * held, step, repeats, anchor_at, nominal_at, latest_at, planned_at,"
	"	settled_at, anchor, reference, rules, derivation, readings, proposed_by,"
	"	proposed_actor, proposed_state, proposed_due_at) FROM clock_wide a ORDER BY id;"
	"DROP TABLE clock_wide;"
	"CREATE INDEX clock_sort ON clock (state, sort_at);"
	"CREATE INDEX clock_next ON clock (next_at, due_at)"
	"	WHERE state = 1 AND next_at IS NOT NULL;",

	/* 8: why a delivery was cancelled. */
	"ALTER TABLE delivery ADD COLUMN why TEXT;",

	/* 9: fewer rows and fewer trees for each incident (packed.h has what is in the
	 * documents): its clocks are one row, with a narrow one for each in lists; its
	 * events and what no query asks for are columns of its own; the rules that it is
	 * kept to are a number. Tables are read in the order of the new ones: none is
	 * sorted. */
	"CREATE TABLE ruleset_new ("
	"	id INTEGER PRIMARY KEY,"
	"	digest TEXT NOT NULL UNIQUE,"
	"	put_at INTEGER NOT NULL"
	") STRICT;"
	"INSERT INTO ruleset_new (digest, put_at) SELECT digest, put_at FROM ruleset"
	"	ORDER BY put_at, digest;"
	"CREATE TABLE ruleset_file_new ("
	"	ruleset INTEGER NOT NULL REFERENCES ruleset,"
	"	name TEXT NOT NULL,"
	"	file TEXT NOT NULL REFERENCES rule_file,"
	"	PRIMARY KEY (ruleset, name)"
	") STRICT, WITHOUT ROWID;"
	"INSERT INTO ruleset_file_new SELECT r.id, f.name, f.file FROM ruleset_file f"
	"	JOIN ruleset_new r ON r.digest = f.ruleset;"

	"CREATE TABLE incident_new ("
	"	id INTEGER PRIMARY KEY,"
	"	state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 3),"
	"	entity TEXT NOT NULL,"
	"	drill INTEGER NOT NULL CHECK (drill IN (0, 1)),"
	"	source TEXT,"
	"	key TEXT,"
	"	opened_at INTEGER NOT NULL,"
	"	changed_at INTEGER NOT NULL,"
	"	alerts INTEGER NOT NULL CHECK (alerts >= 0),"
	"	likeness INTEGER,"
	"	storm INTEGER NOT NULL CHECK (storm IN (0, 1)),"
	"	limited INTEGER NOT NULL CHECK (limited IN (0, 1)),"
	"	drill_ends_at INTEGER,"
	"	ruleset INTEGER REFERENCES ruleset,"
	"	document BLOB NOT NULL,"
	"	events BLOB"	/* NULL: none */
	") STRICT;"
	"INSERT INTO incident_new SELECT id, state, entity, drill, source, key, opened_at,"
	"	changed_at, alerts, likeness, storm, limited, drill_ends_at,"
	"	(SELECT r.id FROM ruleset_new r WHERE r.digest = i.ruleset),"
	"	pack(title, severity, regimes, traits, country, timezone, description, similar,"
	"	drill_scale, dismissed_at, dismissed_by, dismissed_basis),"
	"	(SELECT pack_parts(pack(type, happened_at, due_at, regime, stated_by, basis,"
	"	recorded_at, replaced)) FROM (SELECT * FROM event e WHERE e.incident = i.id"
	"	ORDER BY e.id)) FROM incident i ORDER BY id;"

	"ALTER TABLE clock RENAME TO clock_row;"
	"CREATE TABLE clock ("
	"	incident INTEGER PRIMARY KEY REFERENCES incident,"
	"	next_at INTEGER,"		/* the earliest of those that run */
	"	document BLOB NOT NULL"
	") STRICT;"
	/* From one incident that has clocks to the next. */
	"INSERT INTO clock WITH RECURSIVE owner (id) AS ("
	"	SELECT min(id) >> 10 FROM clock_row"
	"	UNION ALL SELECT (SELECT min(k.id) >> 10 FROM clock_row k"
	"		WHERE k.id >= owner.id + 1 << 10) FROM owner WHERE owner.id IS NOT NULL)"
	"	SELECT id, (SELECT min(next_at) FROM clock_row k NOT INDEXED"
	"		WHERE k.id >= owner.id << 10 AND k.id < owner.id + 1 << 10"
	"		AND k.state = 1),"
	"	(SELECT pack_parts(pack(state, due_at, next_at, fired_at, revision, regime, stage),"
	"		document) FROM (SELECT * FROM clock_row k WHERE k.id >= owner.id << 10"
	"		AND k.id < owner.id + 1 << 10 ORDER BY k.id))"
	"	FROM owner WHERE id IS NOT NULL;"
	"CREATE TABLE clock_place ("
	"	state INTEGER NOT NULL,"
	"	sort_at INTEGER NOT NULL,"	/* clock_sort_at() */
	"	clock INTEGER NOT NULL,"	/* the incident's id << 10, and its place there */
	"	PRIMARY KEY (state, sort_at, clock)"
	") STRICT, WITHOUT ROWID;"
	"INSERT INTO clock_place SELECT state, sort_at, id FROM clock_row INDEXED BY clock_sort"
	"	ORDER BY state, sort_at, id;"

	"DROP TABLE clock_row;"
	"DROP TABLE event;"
	"DROP TABLE incident;"
	"DROP TABLE ruleset_file;"
	"DROP TABLE ruleset;"
	"ALTER TABLE ruleset_new RENAME TO ruleset;"
	"ALTER TABLE ruleset_file_new RENAME TO ruleset_file;"
	"ALTER TABLE incident_new RENAME TO incident;"
	"ALTER TABLE clock_place RENAME TO clock_sort;"
	"CREATE INDEX clock_next ON clock (next_at) WHERE next_at IS NOT NULL;"
	"CREATE INDEX incident_key ON incident (key, source) WHERE key IS NOT NULL;"
	"CREATE INDEX incident_open ON incident (id) WHERE state = 0 OR state = 1;"
	"CREATE INDEX incident_drill ON incident (drill_ends_at)"
	"	WHERE drill_ends_at IS NOT NULL;"
	"CREATE INDEX incident_likeness ON incident (likeness, id, opened_at)"
	"	WHERE likeness IS NOT NULL AND (state = 0 OR state = 1);"
	"CREATE INDEX incident_limited ON incident (source, opened_at)"
	"	WHERE limited = 1 AND (state = 0 OR state = 1);",
};

const char *sqlite_migration(int64_t version)
{
	return version > (int64_t)ARRAY_LEN(migrations) ? NULL : migrations[version - 1];
}

int sqlite_read_int(struct sqlite_store *s, const char *sql, int64_t *ret, struct error *err)
{
	sqlite3_stmt *stmt;
	int rc = sqlite3_prepare_v2(s->db, sql, -1, &stmt, NULL);

	if (rc == SQLITE_OK) {
		rc = sqlite3_step(stmt);
		if (rc == SQLITE_ROW)
			*ret = sqlite3_column_int64(stmt, 0);
		sqlite3_finalize(stmt);
	}
	return rc == SQLITE_ROW ? 0 : sqlite_fail(s, rc, err);
}

int sqlite_schema_check(struct sqlite_store *s, struct error *err)
{
	int64_t id, version, tables;

	if (sqlite_read_int(s, "PRAGMA application_id", &id, err) < 0 ||
	    sqlite_read_int(s, "PRAGMA user_version", &version, err) < 0 ||
	    sqlite_read_int(s, "SELECT count(*) FROM sqlite_schema", &tables, err) < 0)
		return -1;
	if (id != SQLITE_APPLICATION_ID && (id != 0 || version != 0 || tables != 0))
		return error_set(err, ERROR_INVALID, "%s is a database of another program",
			s->path);
	if (version > (int64_t)ARRAY_LEN(migrations))
		return error_set(err, ERROR_INVALID, "%s was made by a newer version "
			"(its schema is %lld, ours %zu)", s->path, (long long)version,
			ARRAY_LEN(migrations));
	return 0;
}
