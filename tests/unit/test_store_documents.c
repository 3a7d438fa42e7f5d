/*
 * What the store on SQLite keeps packed: how much of it there may be, that a kill or a
 * full disk leaves it in agreement with the rows beside it, that the check of a file
 * says when it is not, and that a store from before reads as it did.
 */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/random.h"
#include "base/text.h"
#include "store/sqlite.h"
#include "store_describe.h"
#include "store_suite.h"

static char directory[512], path[600];

static int make_directory(void **state)
{
	const char *base = getenv("TMPDIR");

	(void)state;
	snprintf(directory, sizeof(directory), "%s/tocsin-documents-XXXXXX",
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

static struct store *open_store(void)
{
	const struct store_sqlite_options options = { .path = path };
	struct error err = { 0 };
	struct store *s = sqlite_open(&options, 50, &err);

	if (s == NULL)
		fail_msg("%s", err.text);
	return s;
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

static void assert_whole(void)
{
	struct journal_check head;

	OK(store_sqlite_check(path, &head, &err));
}

/* An incident with two events and three clocks, in the open transaction. */
static int64_t add(struct store *s, struct error *err)
{
	struct incident_event events[] = {
		{ .type = "detected", .at = 1, .due_at = TIME_NONE, .by = "j.doe" },
		{ .type = "aware", .at = 2, .due_at = TIME_NONE, .by = "j.doe", .basis = "seen" },
	};
	struct incident_row row = suite_incident("acme");
	struct clock_row clocks[3];
	size_t i;

	row.incident.events = events;
	row.incident.n_events = 2;
	if (s->ops->incident_insert(s, &row, err) < 0)
		return -1;
	for (i = 0; i < 3; i++) {
		clocks[i] = suite_clock(row.incident.id, (const char *[]){ "a", "b", "c" }[i],
			i == 2 ? TIME_NONE : 100 + (int64_t)i);
		clocks[i].next_at = i == 2 ? TIME_NONE : 50 - (int64_t)i;
	}
	return s->ops->clock_insert(s, clocks, 3, err) < 0 ? -1 : row.incident.id;
}

/* Every second of them is filed, and an event of it replaced. */
static int change(struct store *s, int64_t id, struct error *err)
{
	struct clock_row row = suite_clock(id, "b", 7);
	struct incident_event event = { .type = "aware", .at = 3, .due_at = TIME_NONE,
		.by = "ciso" };

	row.clock.state = CLOCK_FILED;
	if (s->ops->clock_put(s, &row, err) < 0)
		return -1;
	row = suite_clock(id, "d", 9);
	row.next_at = 8;
	return s->ops->clock_put(s, &row, err) < 0 ||
		s->ops->event_replace(s, id, 2, err) < 0 ||
		s->ops->event_insert(s, id, &event, err) < 0 ? -1 : 0;
}

static void make_three(void)
{
	struct store *s = open_store();
	int i;

	OK(s->ops->begin(s, &err));
	for (i = 1; i <= 3; i++) {
		assert_int_equal(add(s, NULL), i);
		OK(change(s, i, &err));
	}
	OK(s->ops->commit(s, &err));
	store_close(s);
}

/* ---- how much ---------------------------------------------------------------- */

static int count(void *arg, const struct clock_row *row, int64_t rowid)
{
	int64_t *next = arg;

	assert_int_equal(rowid, 1 << 10 | *next);
	assert_int_equal(row->clock.due_at, *next);
	++*next;
	return 0;
}

static void an_incident_has_room_for_1024_clocks(void **state)
{
	static const struct clock_filter all = { .before_at = TIME_NONE, .after_at = TIME_NONE };
	struct arena *arena = arena_new();
	struct store *s = open_store();
	struct incident_row row = suite_incident("acme");
	struct clock_row *rows = xcalloc(1025, sizeof(*rows)), more, *due;
	int64_t n = 0;
	size_t i, n_due;

	(void)state;
	OK(s->ops->begin(s, &err));
	OK(s->ops->incident_insert(s, &row, &err));
	for (i = 0; i < 1025; i++) {
		rows[i] = suite_clock(1, arena_printf(arena, "stage-%zu", i), (int64_t)i);
		rows[i].next_at = (int64_t)i;
	}
	FAILS(ERROR_TOO_LARGE, s->ops->clock_insert(s, rows, 1025, &err));
	OK(s->ops->clock_insert(s, rows, 1023, &err));
	OK(s->ops->clock_put(s, &rows[1023], &err));
	FAILS(ERROR_TOO_LARGE, s->ops->clock_put(s, &rows[1024], &err));
	OK(s->ops->commit(s, &err));
	OK(s->ops->clock_list(s, &all, count, &n, &err));
	assert_int_equal(n, 1024);
	OK(s->ops->clock_get(s, 1, "nis2", "stage-1023", arena, &more, &err));
	assert_int_equal(more.clock.due_at, 1023);
	OK(s->ops->clock_due(s, 2000, 5, arena, &due, &n_due, &err));
	assert_true(n_due == 5 && due[4].clock.due_at == 4);
	store_close(s);
	assert_whole();
	free(rows);
	arena_free(arena);
}

/* Longer than the two bytes that a length is kept for, and than a page. */
static void a_long_clock_comes_back(void **state)
{
	struct arena *arena = arena_new();
	struct store *s = open_store();
	struct clock_row row, *have;
	char *text = xmalloc(300001);
	int64_t id;
	size_t n;

	(void)state;
	memset(text, 'x', 300000);
	text[300000] = '\0';
	OK(s->ops->begin(s, &err));
	id = add(s, NULL);
	row = suite_clock(id, "b", 5);
	row.clock.readings = text;
	OK(s->ops->clock_put(s, &row, &err));
	OK(s->ops->commit(s, &err));
	OK(s->ops->clock_of(s, id, arena, &have, &n, &err));
	assert_int_equal(n, 3);
	assert_string_equal(have[1].clock.readings, text);
	suite_assert_text(have[2].clock.stage, "c");
	store_close(s);
	assert_whole();
	arena_free(arena);
	free(text);
}

/* ---- in agreement ------------------------------------------------------------ */

static void set_page_limit(struct store *s, int pages)
{
	char sql[64];

	snprintf(sql, sizeof(sql), "PRAGMA max_page_count = %d", pages);
	assert_int_equal(sqlite3_exec(sqlite_of(s)->db, sql, NULL, NULL, NULL), SQLITE_OK);
}

/* At whatever page the disk is full, all of it is undone, and the store goes on. */
static void a_full_disk_leaves_documents_as_they_were(void **state)
{
	struct arena *arena = arena_new();
	struct store *s;
	int round, i, rc, full = 0;

	(void)state;
	make_three();
	s = open_store();
	for (round = 0; round < 4; round++) {
		struct error why = { 0 };

		set_page_limit(s, 1);		/* no more than there are */
		OK(s->ops->begin(s, &err));
		for (i = rc = 0; i < 1000 && rc == 0; i++) {
			struct incident_event event = { .type = "aware", .due_at = TIME_NONE,
				.by = arena_printf(arena, "%4000d", i) };

			if (round % 2 == 0)
				rc = add(s, &why) < 0 ? -1 : 0;
			else
				rc = s->ops->event_insert(s, 1, &event, &why);
		}
		full += rc < 0 && why.code == ERROR_FULL;
		s->ops->rollback(s);
		set_page_limit(s, 1 << 20);
		OK(s->ops->begin(s, &err));
		OK(change(s, 1 + round % 3, &err));
		OK(s->ops->commit(s, &err));
	}
	assert_int_equal(full, 4);
	store_close(s);
	assert_whole();
	arena_free(arena);
}

static void work_for_ever(void)
{
	struct store *s = open_store();
	int64_t id;

	for (;;)
		if (s->ops->begin(s, NULL) < 0 || (id = add(s, NULL)) < 0 ||
		    (id > 1 && change(s, id - 1, NULL) < 0) || s->ops->commit(s, NULL) < 0)
			_exit(1);
}

static void a_kill_leaves_documents_that_agree(void **state)
{
	int round;

	(void)state;
	for (round = 0; round < 10; round++) {
		const struct timespec pause = { 0, (long)random_between(5, 40) * 1000 * 1000 };
		pid_t pid = fork();
		int status;

		if (pid == 0)
			work_for_ever();
		nanosleep(&pause, NULL);
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		store_close(open_store());
		assert_whole();
	}
}

/* ---- what the check finds ------------------------------------------------------ */

static void what_disagrees_is_found(void **state)
{
	static const struct { const char *sql, *words; } cases[] = {
		{ "UPDATE clock SET document = x'02057a' WHERE incident = 2",
			"the clocks of incident 2 cannot be read" },
		{ "UPDATE clock SET document = x'' WHERE incident = 2",
			"the clocks of incident 2 cannot be read" },
		{ "UPDATE clock SET document = substr(document, 1, length(document) - 1)",
			"the clocks of incident 1 cannot be read" },
		{ "UPDATE clock SET next_at = next_at + 1 WHERE incident = 3",
			"another time is the next for the clocks of incident 3" },
		{ "UPDATE clock SET next_at = NULL WHERE incident = 3",
			"another time is the next for the clocks of incident 3" },
		{ "DELETE FROM clock_sort WHERE clock = 2 << 10 | 3",
			"a clock is missing in lists of incident 2" },
		{ "UPDATE clock_sort SET state = 0 WHERE clock = 1 << 10",
			"a clock is missing in lists of incident 1" },
		{ "UPDATE clock_sort SET sort_at = 4 WHERE clock = 1 << 10",
			"a clock is missing in lists of incident 1" },
		{ "INSERT INTO clock_sort VALUES (0, 5, 1 << 10)", "a clock that is not there" },
		{ "INSERT INTO clock_sort VALUES (0, 5, 9 << 10)", "a clock that is not there" },
		{ "DELETE FROM clock WHERE incident = 2", "a clock that is not there" },
		{ "UPDATE clock SET incident = 9 WHERE incident = 3", "clock" },
		{ "DELETE FROM incident WHERE id = 2", "clock" },
		{ "UPDATE incident SET document = x'00' WHERE id = 2",
			"the document of incident 2 cannot be read" },
		{ "UPDATE incident SET document = x'020161017e' WHERE id = 2",
			"the document of incident 2 cannot be read" },
		{ "UPDATE incident SET events = x'0203' WHERE id = 3",
			"the events of incident 3 cannot be read" },
		{ "UPDATE incident SET ruleset = 7 WHERE id = 1", "incident" },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct error err = { 0 };
		struct journal_check head;

		make_three();
		assert_whole();
		run_sql(cases[i].sql);
		if (store_sqlite_check(path, &head, &err) == 0)
			fail_msg("not found: %s", cases[i].sql);
		if (err.code != ERROR_INVALID || strstr(err.text, cases[i].words) == NULL)
			fail_msg("\"%s\" does not say \"%s\"", err.text, cases[i].words);
		remove_directory(state);
		make_directory(state);
	}
}

/* AddressSanitizer, which cannot be told by one macro, makes a report and an exit of it. */
static bool was_aborted(int status)
{
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ABORT_IS_AN_EXIT 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(ABORT_IS_AN_EXIT)
	if (WIFEXITED(status))
		return WEXITSTATUS(status) == 1;
#endif
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

/* What serves and meets a document that it cannot read stops, as on a page that is
 * damaged. */
static void a_store_that_serves_stops_at_damage(void **state)
{
	static const char *const damage[] = {
		"UPDATE clock SET document = x'02057a' WHERE incident = 2",
		"UPDATE incident SET document = x'00' WHERE id = 2",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(damage); i++) {
		pid_t pid;
		int status;

		make_three();
		run_sql(damage[i]);
		pid = fork();
		if (pid == 0) {
			struct arena *arena = arena_new();
			struct store *s = open_store();
			struct clock_row *rows;
			size_t n;

			s->ops->clock_due(s, 1000, 100, arena, &rows, &n, NULL);
			_exit(0);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(was_aborted(status));
		remove_directory(state);
		make_directory(state);
	}
}

/* ---- of earlier versions ------------------------------------------------------- */

static void read_data(const char *name, struct buf *ret)
{
	char *file = xasprintf(TEST_SRCDIR "/tests/data/%s", name);

	buf_init(ret, 1 << 20);
	OK(file_read(file, 1 << 20, ret, &err));
	free(file);
}

static void make_from(const char *name)
{
	struct buf sql;

	read_data(name, &sql);
	run_sql(sql.data);
	buf_release(&sql);
}

/* Every value of every incident and clock, each list, each question of the engine: as the
 * version that made the store answered. */
static void all_reads_as_before(const char *made, const char *expect)
{
	struct arena *arena = arena_new();
	struct buf wanted, have;
	struct store *s;

	make_from(made);
	read_data(expect, &wanted);
	s = open_store();
	buf_init(&have, 0);
	store_describe(s, arena, &have);
	assert_string_equal(have.data, wanted.data);
	store_close(s);
	run_sql("DELETE FROM journal");	/* of schema 1 its lines are made up */
	assert_whole();
	buf_release(&have);
	buf_release(&wanted);
	arena_free(arena);
}

static void what_schema_1_had_reads_as_before(void **state)
{
	(void)state;
	all_reads_as_before("store-schema-1.sql", "store-schema-1.expect");
}

static void what_schema_8_had_reads_as_before(void **state)
{
	(void)state;
	all_reads_as_before("store-schema-8.sql", "store-schema-8.expect");
}

/* A clock and an event that came with the migration are changed: those beside them stay. */
static void what_schema_8_had_can_be_changed(void **state)
{
	struct incident_event event = { .type = "classified", .at = 5, .due_at = TIME_NONE,
		.by = "authority", .recorded_at = 6 };
	struct arena *arena = arena_new();
	struct clock_row *before, *after;
	struct incident_row was, is;
	size_t n, i;
	struct store *s;

	(void)state;
	make_from("store-schema-8.sql");
	s = open_store();
	OK(s->ops->clock_of(s, 1, arena, &before, &n, &err));
	OK(s->ops->incident_load(s, 1, arena, &was, &err));
	OK(s->ops->begin(s, &err));
	before[1].clock.state = CLOCK_FILED;
	OK(s->ops->clock_put(s, &before[1], &err));
	OK(s->ops->event_replace(s, 1, was.incident.events[2].id, &err));
	OK(s->ops->event_insert(s, 1, &event, &err));
	OK(s->ops->commit(s, &err));
	store_close(s);
	assert_whole();
	s = open_store();
	OK(s->ops->clock_of(s, 1, arena, &after, &n, &err));
	assert_int_equal(n, 5);
	for (i = 0; i < n; i++) {
		suite_assert_text(after[i].clock.stage, before[i].clock.stage);
		suite_assert_text(after[i].clock.anchor, before[i].clock.anchor);
		assert_int_equal(after[i].clock.state, before[i].clock.state);
		assert_int_equal(after[i].revision, before[i].revision + (i == 1));
		assert_int_equal(after[i].clock.n_derivation, before[i].clock.n_derivation);
	}
	OK(s->ops->incident_load(s, 1, arena, &is, &err));
	assert_int_equal(is.incident.n_events, was.incident.n_events + 1);
	assert_true(is.incident.events[1].replaced && is.incident.events[2].replaced);
	assert_false(is.incident.events[3].replaced);
	suite_assert_text(is.incident.events[3].regime, "nis2");
	assert_null(is.incident.events[4].regime);
	suite_assert_text(is.incident.events[4].by, "authority");
	store_close(s);
	arena_free(arena);
}

#define IN_A_DIRECTORY(name) \
	cmocka_unit_test_setup_teardown(name, make_directory, remove_directory)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_A_DIRECTORY(an_incident_has_room_for_1024_clocks),
		IN_A_DIRECTORY(a_long_clock_comes_back),
		IN_A_DIRECTORY(a_full_disk_leaves_documents_as_they_were),
		IN_A_DIRECTORY(a_kill_leaves_documents_that_agree),
		IN_A_DIRECTORY(what_disagrees_is_found),
		IN_A_DIRECTORY(a_store_that_serves_stops_at_damage),
		IN_A_DIRECTORY(what_schema_1_had_reads_as_before),
		IN_A_DIRECTORY(what_schema_8_had_reads_as_before),
		IN_A_DIRECTORY(what_schema_8_had_can_be_changed),
	};

	return cmocka_run_group_tests_name("store/documents", tests, NULL, NULL);
}
