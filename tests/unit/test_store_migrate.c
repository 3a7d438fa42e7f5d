/*
 * Databases of earlier versions: opened, everything is found again, and a
 * migration that cannot be finished leaves what there was.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/text.h"
#include "store/sqlite.h"
#include "store_suite.h"

static char directory[512], path[600];

static int make_directory(void **state)
{
	const char *base = getenv("TMPDIR");

	(void)state;
	snprintf(directory, sizeof(directory), "%s/tocsin-migrate-XXXXXX",
		base != NULL ? base : ".");
	if (mkdtemp(directory) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/tocsin.db", directory);
	return 0;
}

static int remove_directory(void **state)
{
	static const char *const names[] = { "", "-wal", "-shm", "-journal" };
	char name[640];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(name, sizeof(name), "%s%s", path, names[i]);
		unlink(name);
	}
	return rmdir(directory);
}

static void run_sql(const char *sql)
{
	char *message = NULL;
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
		fail_msg("%s: %.60s", message, sql);
	sqlite3_close(db);
}

/* The answer of a query, which the caller frees with sqlite3_free(). */
static char *ask(const char *sql)
{
	sqlite3_stmt *stmt = NULL;
	sqlite3 *db = NULL;
	char *answer;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	answer = sqlite3_mprintf("%s", (const char *)sqlite3_column_text(stmt, 0));
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return answer;
}

static void assert_answer(const char *sql, const char *wanted)
{
	char *have = ask(sql);

	if (strcmp(have, wanted) != 0)
		fail_msg("%s: \"%s\", not \"%s\"", sql, have, wanted);
	sqlite3_free(have);
}

static void make_from(const char *name)
{
	char *file = xasprintf(TEST_SRCDIR "/tests/data/%s", name);
	struct buf sql;

	buf_init(&sql, 1 << 20);
	OK(file_read(file, 1 << 20, &sql, &err));
	run_sql(sql.data);
	buf_release(&sql);
	free(file);
}

static void make_old_database(void)
{
	make_from("store-schema-1.sql");
}

static struct store *open_store(struct error *err)
{
	const struct store_sqlite_options options = { .path = path };

	return sqlite_open(&options, 50, err);
}

static struct store *open_migrated(void)
{
	struct error err = { 0 };
	struct store *s;

	make_old_database();
	s = open_store(&err);
	if (s == NULL)
		fail_msg("%s", err.text);
	return s;
}

/* ---- what was there -------------------------------------------------------- */

static void incidents_are_there_and_not_pinned(void **state)
{
	struct store *s = open_migrated();
	struct arena *arena = arena_new();
	struct incident_row row;

	(void)state;
	OK(s->ops->incident_load(s, 1, arena, &row, &err));
	suite_assert_text(row.incident.entity, "acme-energy");
	suite_assert_text(row.incident.key, "k:1");
	assert_int_equal(row.incident.alerts, 4);
	assert_int_equal(row.incident.n_regimes, 2);
	suite_assert_text(row.incident.traits[0], "trust-service");
	assert_int_equal(row.state, INCIDENT_OPEN);
	assert_int_equal(row.incident.n_events, 2);
	assert_true(row.incident.events[0].replaced);
	suite_assert_text(row.incident.events[1].basis, "the log");
	assert_int_equal(row.incident.n_filings, 1);
	suite_assert_text(row.incident.filings[0].reference, "R-1");
	assert_int_equal(row.incident.n_waivers, 1);
	assert_null(row.incident.ruleset);
	assert_null(row.incident.country);
	assert_null(row.incident.timezone);
	OK(s->ops->incident_load(s, 2, arena, &row, &err));
	assert_int_equal(row.state, INCIDENT_DISMISSED);
	suite_assert_text(row.incident.dismissed_basis, "a drill");
	store_close(s);
	arena_free(arena);
}

static void clocks_are_there_and_nothing_is_proposed(void **state)
{
	struct store *s = open_migrated();
	struct arena *arena = arena_new();
	struct clock_row *rows;
	int64_t at;
	size_t n, i;

	(void)state;
	OK(s->ops->clock_of(s, 1, arena, &rows, &n, &err));
	assert_int_equal(n, 2);
	suite_assert_text(rows[0].clock.stage, "early-warning");
	assert_int_equal(rows[0].clock.state, CLOCK_FILED);
	assert_int_equal(rows[0].clock.n_derivation, 2);
	assert_int_equal(rows[0].progress.repeats, 2);
	assert_int_equal(rows[1].clock.state, CLOCK_RUNNING);
	assert_true(rows[1].clock.due_at == 1795511640000);
	for (i = 0; i < n; i++) {
		assert_false(rows[i].clock.repeatable);
		assert_null(rows[i].clock.readings);
		assert_null(rows[i].clock.proposed.by);
		assert_null(rows[i].clock.proposed.actor);
		assert_true(rows[i].clock.proposed.due_at == TIME_NONE);
	}
	OK(s->ops->clock_next(s, &at, &err));
	assert_true(at == 1795490000000);
	/* One from before regimes could be named holds for any. */
	OK(s->ops->acknowledged_until(s, 1, "nis2", "notification", 0, 1795252900000, &at, &err));
	assert_true(at == 1795256400000);
	OK(s->ops->acknowledged_until(s, 1, "cra", "notification", 0, 1795252900000, &at, &err));
	assert_true(at == 1795256400000);
	store_close(s);
	arena_free(arena);
}

/* A row that got its clocks in turns with another, and has something in every column. */
static void a_clock_comes_back_with_all_it_had(void **state)
{
	struct arena *arena = arena_new();
	struct clock_row *rows;
	struct store *s;
	const struct clock *k;
	size_t n;

	(void)state;
	make_old_database();
	run_sql("DELETE FROM clock; INSERT INTO clock (id, incident, regime, stage, state,"
		" anchor, anchor_at, due_at, nominal_at, latest_at, planned_at, settled_at,"
		" unconfirmed, arguable, on_request, target, reference, rules, derivation, step,"
		" fired_at, repeats, held, next_at, sort_at) VALUES"
		" (7, 2, 'nis2', 'x', 5, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, 0,"
		" NULL, NULL, NULL, -1, NULL, 0, 0, NULL, 9223372036854775807),"
		" (8, 1, 'nis2', 'b', 3, 'aware', -1, 2, 3, 4, 5, 6, 1, 0, 1, 0, 'Art. 1',"
		" 'nis2/1', 'one' || char(10) || char(10) || 'three', 7, 8, 9, 1, 10, 2),"
		" (9, 2, 'nis2', 'y', 0, '', 0, NULL, NULL, NULL, NULL, NULL, 0, 1, 0, 1,"
		" NULL, NULL, 'one', -1, NULL, 0, 0, NULL, 9223372036854775807),"
		" (12, 1, 'gdpr', 'a', 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, 0,"
		" NULL, NULL, NULL, -1, NULL, 0, 0, NULL, 9223372036854775807)");
	s = open_store(NULL);
	assert_non_null(s);
	OK(s->ops->clock_of(s, 1, arena, &rows, &n, &err));
	assert_int_equal(n, 2);
	k = &rows[0].clock;
	suite_assert_text(k->stage, "b");
	assert_int_equal(k->state, CLOCK_FILED_LATE);
	suite_assert_text(k->anchor, "aware");
	assert_true(k->anchor_at == -1 && k->due_at == 2 && k->nominal_at == 3 &&
		k->latest_at == 4 && k->planned_at == 5 && k->settled_at == 6);
	assert_true(k->unconfirmed && !k->arguable && k->on_request && !k->target);
	suite_assert_text(k->reference, "Art. 1");
	suite_assert_text(k->rules, "nis2/1");
	assert_int_equal(k->n_derivation, 3);
	suite_assert_text(k->derivation[1], "");
	suite_assert_text(k->derivation[2], "three");
	assert_true(rows[0].progress.step == 7 && rows[0].progress.fired_at == 8 &&
		rows[0].progress.repeats == 9 && rows[0].progress.held && rows[0].next_at == 10);
	suite_assert_text(rows[1].clock.regime, "gdpr");
	assert_int_equal(rows[1].clock.n_derivation, 0);
	OK(s->ops->clock_of(s, 2, arena, &rows, &n, &err));
	assert_int_equal(n, 2);
	suite_assert_text(rows[1].clock.stage, "y");
	suite_assert_text(rows[1].clock.anchor, "");
	assert_int_equal(rows[1].clock.anchor_at, 0);
	assert_true(rows[1].clock.arguable && rows[1].clock.target);
	store_close(s);
	arena_free(arena);
}

/* What makes migration 7 fail leaves a store of schema 6, in which a clock has moved. */
static void a_clock_keeps_how_often_it_moved(void **state)
{
	struct arena *arena = arena_new();
	struct error why = { 0 };
	struct clock_row *rows;
	struct store *s;
	size_t n;

	(void)state;
	make_old_database();
	run_sql("CREATE TABLE clock_wide (x)");
	assert_null(open_store(&why));
	assert_answer("PRAGMA user_version", "6");
	run_sql("DROP TABLE clock_wide; UPDATE clock SET revision = 3 WHERE id = 2");
	s = open_store(NULL);
	assert_non_null(s);
	OK(s->ops->clock_of(s, 1, arena, &rows, &n, &err));
	assert_true(n == 2 && rows[0].revision == 0 && rows[1].revision == 3);
	OK(s->ops->begin(s, &err));
	rows[1].clock.state = CLOCK_FILED;
	OK(s->ops->clock_put(s, &rows[1], &err));
	OK(s->ops->commit(s, &err));
	OK(s->ops->clock_of(s, 1, arena, &rows, &n, &err));
	assert_int_equal(rows[1].revision, 4);
	store_close(s);
	arena_free(arena);
}

static void the_rest_is_there(void **state)
{
	struct store *s = open_migrated();
	struct arena *arena = arena_new();
	struct delivery_row delivery;
	struct idempotency_row answer;
	const char *id;

	(void)state;
	assert_int_equal(suite_verify_journal(s), 3);
	OK(s->ops->meta_get(s, META_STORE_ID, arena, &id, &err));
	suite_assert_text(id, "k3v9x2ab");
	OK(s->ops->delivery_load(s, 2, arena, &delivery, &err));
	suite_assert_text(delivery.recipient, "soc@example.org");
	assert_int_equal(delivery.state, DELIVERY_WAITING);
	assert_int_equal(delivery.failures, 0);
	assert_true(delivery.fallback_at == TIME_NONE);
	assert_int_equal(delivery.stands_for, 0);
	assert_int_equal(delivery.page, 0);
	assert_null(delivery.why);
	OK(s->ops->idempotency_get(s, "token:ops", "k-1", arena, &answer, &err));
	assert_int_equal(answer.status, 201);
	store_close(s);
	assert_answer("PRAGMA integrity_check", "ok");
	assert_answer("SELECT count(*) FROM pragma_foreign_key_check", "0");
	assert_answer("SELECT hex(body) || outcome FROM alert", "7B7Dopened");
	assert_answer("SELECT detail FROM attempt", "200");
	arena_free(arena);
}

/* What waited before the upgrade can have its fallback told, and be acknowledged by regime. */
static void deliveries_from_before_go_on(void **state)
{
	struct acknowledgement_row ack = { .incident = 1, .regime = "nis2", .by = "j.doe",
		.at = 1795256500000, .until_at = 1795256600000 };
	struct store *s = open_migrated();
	struct arena *arena = arena_new();
	struct delivery_row row;
	int64_t at;

	(void)state;
	OK(s->ops->delivery_load(s, 2, arena, &row, &err));
	row.failures = 5;
	row.fallback_at = 1795252690000;
	row.stands_for = 1;
	OK(s->ops->begin(s, &err));
	OK(s->ops->delivery_update(s, &row, &err));
	OK(s->ops->acknowledgement_insert(s, &ack, &err));
	OK(s->ops->commit(s, &err));
	store_close(s);
	s = open_store(NULL);
	assert_non_null(s);
	OK(s->ops->delivery_load(s, 2, arena, &row, &err));
	assert_int_equal(row.failures, 5);
	assert_true(row.fallback_at == 1795252690000);
	assert_int_equal(row.stands_for, 1);
	OK(s->ops->acknowledged_until(s, 1, "nis2", "notification", 0, 1795256550000, &at, &err));
	assert_true(at == 1795256600000);
	OK(s->ops->acknowledged_until(s, 1, "cra", "notification", 0, 1795256550000, &at, &err));
	assert_true(at == TIME_NONE);
	store_close(s);
	arena_free(arena);
}

/* An incident of the old database is pinned, and a clock of it held. */
static void what_is_new_can_be_written_to_what_is_old(void **state)
{
	static const struct rule_file_row file = { "regimes.d/nis2.conf", "x", 1 };
	struct store *s = open_migrated();
	struct arena *arena = arena_new();
	struct rule_file_row *files;
	struct incident_row row;
	struct clock_row *clocks;
	size_t n;

	(void)state;
	OK(s->ops->incident_load(s, 1, arena, &row, &err));
	OK(s->ops->clock_of(s, 1, arena, &clocks, &n, &err));
	row.incident.ruleset = "d1";
	row.incident.country = "DE";
	clocks[1].clock.proposed.by = "j.doe";
	clocks[1].clock.proposed.actor = "uid:1000";
	OK(s->ops->begin(s, &err));
	OK(s->ops->ruleset_put(s, "d1", &file, 1, 5, &err));
	OK(s->ops->incident_update(s, &row, &err));
	OK(s->ops->clock_put(s, &clocks[1], &err));
	OK(suite_append(s, 1, "{\"kind\":\"rules.applied\"}", &err));
	OK(s->ops->commit(s, &err));
	store_close(s);
	s = open_store(NULL);
	assert_non_null(s);
	OK(s->ops->incident_load(s, 1, arena, &row, &err));
	suite_assert_text(row.incident.ruleset, "d1");
	suite_assert_text(row.incident.country, "DE");
	OK(s->ops->clock_of(s, 1, arena, &clocks, &n, &err));
	suite_assert_text(clocks[1].clock.proposed.by, "j.doe");
	suite_assert_text(clocks[1].clock.proposed.actor, "uid:1000");
	OK(s->ops->ruleset_get(s, "d1", arena, &files, &n, &err));
	suite_assert_text(files[0].text, "x");
	assert_int_equal(suite_verify_journal(s), 4);
	store_close(s);
	arena_free(arena);
}

/* ---- the migration itself -------------------------------------------------- */

#define SCHEMA \
	"SELECT group_concat(replace(replace(replace(sql, char(9), ''), char(10), ''), ' '," \
	" ''), char(10)) FROM (SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name)"

/* Also says that the first schema, from which new databases start, is unchanged. */
static void a_migrated_database_is_as_a_new_one(void **state)
{
	char *migrated;

	(void)state;
	store_close(open_migrated());
	assert_answer("PRAGMA user_version", "9");
	migrated = ask(SCHEMA);
	unlink(path);
	store_close(open_store(NULL));
	assert_answer("PRAGMA user_version", "9");
	assert_answer(SCHEMA, migrated);
	sqlite3_free(migrated);
}

/* As after a crash or on a full disk: all of the first schema, nothing of the
 * second. What stands in the way here is a table of the same name. */
static void a_migration_that_fails_leaves_what_was(void **state)
{
	struct error err = { 0 };
	struct store *s;
	char *before;

	(void)state;
	make_old_database();
	run_sql("CREATE TABLE ruleset_file (x)");
	before = ask(SCHEMA);
	assert_null(open_store(&err));
	if (strstr(err.text, "migrating to schema 2") == NULL)
		fail_msg("\"%s\" does not say what failed", err.text);
	assert_answer("PRAGMA user_version", "1");
	assert_answer(SCHEMA, before);
	run_sql("DROP TABLE ruleset_file");
	s = open_store(NULL);
	assert_non_null(s);
	assert_int_equal(suite_verify_journal(s), 3);
	store_close(s);
	sqlite3_free(before);
}

/* The same of the one that makes tables anew which others refer to. */
static void a_copy_of_tables_that_fails_leaves_what_was(void **state)
{
	struct error err = { 0 };
	char *before;

	(void)state;
	make_from("store-schema-8.sql");
	run_sql("CREATE TABLE clock_place (x)");
	before = ask(SCHEMA);
	assert_null(open_store(&err));
	if (strstr(err.text, "migrating to schema 9") == NULL)
		fail_msg("\"%s\" does not say what failed", err.text);
	assert_answer("PRAGMA user_version", "8");
	assert_answer(SCHEMA, before);
	assert_answer("SELECT count(*) FROM clock", "10");
	sqlite3_free(before);
}

/* ---- rule files on disk ---------------------------------------------------- */

static const struct rule_file_row rules[] = {
	{ "a", "same", 4 }, { "b", "same", 4 }, { "c", "other", 5 },
};

static void put_rules(void)
{
	struct store *s = open_store(NULL);

	assert_non_null(s);
	OK(s->ops->begin(s, &err));
	OK(s->ops->ruleset_put(s, "d1", rules, 3, 5, &err));
	OK(s->ops->ruleset_put(s, "d2", rules, 2, 6, &err));
	OK(s->ops->commit(s, &err));
	store_close(s);
}

static void a_text_is_kept_once(void **state)
{
	(void)state;
	put_rules();
	assert_answer("SELECT count(*) FROM rule_file", "2");
	assert_answer("SELECT count(*) FROM ruleset_file", "5");
	assert_answer("SELECT typeof(text) || put_at FROM rule_file, ruleset"
		" WHERE ruleset.digest = 'd2'", "blob6");
}

static void a_text_that_has_changed_is_not_believed(void **state)
{
	struct arena *arena = arena_new();
	struct rule_file_row *files;
	struct store *s;
	size_t n;

	(void)state;
	put_rules();
	run_sql("UPDATE rule_file SET text = CAST('OTHER' AS BLOB) WHERE length(text) = 5");
	s = open_store(NULL);
	assert_non_null(s);
	FAILS(ERROR_INTERNAL, s->ops->ruleset_get(s, "d1", arena, &files, &n, &err));
	OK(s->ops->ruleset_get(s, "d2", arena, &files, &n, &err));
	assert_int_equal(n, 2);
	store_close(s);
	arena_free(arena);
}

#define IN_A_DIRECTORY(name) \
	cmocka_unit_test_setup_teardown(name, make_directory, remove_directory)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_A_DIRECTORY(incidents_are_there_and_not_pinned),
		IN_A_DIRECTORY(clocks_are_there_and_nothing_is_proposed),
		IN_A_DIRECTORY(a_clock_comes_back_with_all_it_had),
		IN_A_DIRECTORY(a_clock_keeps_how_often_it_moved),
		IN_A_DIRECTORY(the_rest_is_there),
		IN_A_DIRECTORY(deliveries_from_before_go_on),
		IN_A_DIRECTORY(what_is_new_can_be_written_to_what_is_old),
		IN_A_DIRECTORY(a_migrated_database_is_as_a_new_one),
		IN_A_DIRECTORY(a_migration_that_fails_leaves_what_was),
		IN_A_DIRECTORY(a_copy_of_tables_that_fails_leaves_what_was),
		IN_A_DIRECTORY(a_text_is_kept_once),
		IN_A_DIRECTORY(a_text_that_has_changed_is_not_believed),
	};

	return cmocka_run_group_tests_name("store/migrate", tests, NULL, NULL);
}
