/*
 * The suite of every store on SQLite, and what only a store on disk can promise:
 * it opens what is ours and nothing else, alone, and whatever was committed is
 * there after a kill -9.
 */
#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/alloc.h"
#include "base/random.h"
#include "store/sqlite.h"
#include "store_suite.h"

enum { SHORT_WAIT_MS = 60 };

/* One directory at a time, with everything a test makes in it. */
static char directory[512], path[600];

static void make_directory(void)
{
	const char *base = getenv("TMPDIR");

	snprintf(directory, sizeof(directory), "%s/tocsin-store-XXXXXX",
		base != NULL ? base : ".");
	if (mkdtemp(directory) == NULL)
		fail_msg("%s: cannot be made", directory);
	snprintf(path, sizeof(path), "%s/tocsin.db", directory);
}

static void remove_directory(void)
{
	static const char *const names[] = { "", "-wal", "-shm", "-journal", "-ballast" };
	char name[640];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(name, sizeof(name), "%s%s", path, names[i]);
		unlink(name);
	}
	assert_int_equal(rmdir(directory), 0);
}

static struct store *open_with(int64_t floor, int64_t ballast, struct error *err)
{
	const struct store_sqlite_options options = { path, floor, ballast };

	return sqlite_open(&options, SHORT_WAIT_MS, err);
}

static struct store *open_again(void)
{
	struct error err = { 0 };
	struct store *s = open_with(0, 0, &err);

	if (s == NULL)
		fail_msg("%s", err.text);
	return s;
}

static struct store *open_new(void)
{
	make_directory();
	return open_again();
}

static void close_and_remove(struct store *s)
{
	store_close(s);
	remove_directory();
}

/* The store cannot be opened, and says why in these words. */
static void assert_refused(const char *words)
{
	struct error err = { 0 };
	struct store *s = open_with(0, 0, &err);

	if (s != NULL) {
		store_close(s);
		fail_msg("opened, although: %s", words);
	}
	if (strstr(err.text, words) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", err.text, words);
}

/* Runs SQL on the file while the store is closed; the first column of the first
 * row goes to ret. */
static void run_sql(const char *sql, char *ret, size_t size)
{
	sqlite3_stmt *stmt = NULL;
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	if (sqlite3_step(stmt) == SQLITE_ROW && ret != NULL)
		snprintf(ret, size, "%s", (const char *)sqlite3_column_text(stmt, 0));
	sqlite3_finalize(stmt);
	sqlite3_close(db);
}

static void write_file(const char *data, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), (ssize_t)len);
	close(fd);
}

static int64_t add_incident(struct store *s)
{
	struct incident_row row = suite_incident("acme");

	OK(s->ops->begin(s, &err));
	OK(s->ops->incident_insert(s, &row, &err));
	OK(suite_append(s, row.incident.id, "{\"kind\":\"opened\"}", &err));
	OK(s->ops->commit(s, &err));
	return row.incident.id;
}

/* ---- opening --------------------------------------------------------------- */

static void everything_is_there_after_a_reopening(void **state)
{
	struct store *s = open_new();
	struct arena *arena = arena_new();
	struct journal_check before, after;
	struct incident_row row;
	const char *id, *again;

	(void)state;
	OK(s->ops->meta_get(s, META_STORE_ID, arena, &id, &err));
	add_incident(s);
	OK(s->ops->journal_head(s, &before, &err));
	store_close(s);
	s = open_again();
	OK(s->ops->meta_get(s, META_STORE_ID, arena, &again, &err));
	assert_string_equal(again, id);
	OK(s->ops->incident_load(s, 1, arena, &row, &err));
	assert_string_equal(row.incident.entity, "acme");
	OK(s->ops->journal_head(s, &after, &err));
	assert_int_equal(after.seq, 1);
	assert_string_equal(after.hash, before.hash);
	assert_int_equal(add_incident(s), 2);
	assert_int_equal(suite_verify_journal(s), 2);
	close_and_remove(s);
	arena_free(arena);
}

static void two_stores_have_two_names(void **state)
{
	struct arena *arena = arena_new();
	const char *ids[2];
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct store *s = open_new();

		OK(s->ops->meta_get(s, META_STORE_ID, arena, &ids[i], &err));
		close_and_remove(s);
	}
	assert_string_not_equal(ids[0], ids[1]);
	arena_free(arena);
}

static void only_its_owner_may_read_the_file(void **state)
{
	struct store *s = open_new();
	char wal[640];
	struct stat st;

	(void)state;
	add_incident(s);
	snprintf(wal, sizeof(wal), "%s-wal", path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(stat(wal, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	close_and_remove(s);
}

static void a_file_in_use_is_refused(void **state)
{
	struct store *s = open_new();

	(void)state;
	assert_refused("in use by another process");
	add_incident(s);	/* the first is not disturbed */
	close_and_remove(s);
}

static void opening_waits_for_the_old_process(void **state)
{
	const struct store_sqlite_options options = { .path = path };
	int ready[2];
	struct store *s;
	pid_t pid;
	char c;

	(void)state;
	make_directory();
	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		const struct timespec pause = { 0, 150 * 1000 * 1000 };

		s = open_again();
		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		nanosleep(&pause, NULL);
		store_close(s);
		_exit(0);
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	s = sqlite_open(&options, 5000, NULL);
	assert_non_null(s);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close(ready[0]);
	close(ready[1]);
	close_and_remove(s);
}

static void what_is_not_ours_is_refused(void **state)
{
	static const struct { const char *sql, *words; } cases[] = {
		{ "PRAGMA user_version = 1000", "newer version" },
		{ "PRAGMA application_id = 7", "another program" },
		{ "PRAGMA application_id = 0", "another program" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		store_close(open_new());
		run_sql(cases[i].sql, NULL, 0);
		assert_refused(cases[i].words);
		remove_directory();
	}
	make_directory();
	run_sql("CREATE TABLE theirs (x)", NULL, 0);
	assert_refused("another program");
	remove_directory();
}

static void garbage_is_refused(void **state)
{
	char bytes[8192];

	(void)state;
	make_directory();
	random_bytes(bytes, sizeof(bytes));
	write_file(bytes, sizeof(bytes));
	assert_refused("not a database");
	write_file("", 0);	/* left by a crash before the first write: a new store */
	close_and_remove(open_again());
}

static void a_missing_directory_is_named(void **state)
{
	struct error err = { 0 };

	(void)state;
	make_directory();
	remove_directory();
	assert_null(open_with(0, 0, &err));
	assert_non_null(strstr(err.text, directory));
	assert_non_null(strstr(err.text, "no such directory"));
}

/* ---- what is on disk ------------------------------------------------------- */

static void a_body_is_kept_byte_for_byte(void **state)
{
	struct store *s = open_new();
	size_t len = (size_t)1 << 20;
	char *body = xmalloc(len), have[64];
	struct alert_row row = { .source = "wazuh", .outcome = "opened", .body = body,
		.body_len = len, .stated_at = TIME_NONE };
	size_t i;

	(void)state;
	for (i = 0; i < len; i++)
		body[i] = (char)(i * 7);	/* every byte, NUL too */
	OK(s->ops->begin(s, &err));
	OK(s->ops->alert_insert(s, &row, &err));
	OK(s->ops->commit(s, &err));
	store_close(s);
	run_sql("SELECT typeof(body) || length(body) || hex(substr(body, 255, 4)) FROM alert",
		have, sizeof(have));
	assert_string_equal(have, "blob1048576F2F90007");
	run_sql("PRAGMA integrity_check", have, sizeof(have));
	assert_string_equal(have, "ok");
	remove_directory();
	free(body);
}

static void the_wal_stays_bounded(void **state)
{
	struct store *s = open_new();
	char wal[640], *body = xcalloc(1, 1 << 20);
	struct alert_row row = { .source = "wazuh", .outcome = "opened", .body = body,
		.body_len = 1 << 20, .stated_at = TIME_NONE };
	struct stat st;
	bool more;
	int i;

	(void)state;
	for (i = 0; i < 48; i++) {
		OK(s->ops->begin(s, &err));
		OK(s->ops->alert_insert(s, &row, &err));
		OK(s->ops->commit(s, &err));
	}
	snprintf(wal, sizeof(wal), "%s-wal", path);
	assert_int_equal(stat(wal, &st), 0);
	assert_in_range(st.st_size, 1, 20 << 20);
	OK(s->ops->upkeep(s, &more, &err));
	assert_false(more);
	close_and_remove(s);
	free(body);
}

static void new_work_is_refused_below_the_floor(void **state)
{
	struct error err = { 0 };
	struct store *s;

	(void)state;
	make_directory();
	s = open_with(1, 0, &err);
	assert_false(s->ops->below_floor(s));
	store_close(s);
	s = open_with(INT64_MAX / 2, 0, &err);
	assert_true(s->ops->below_floor(s));
	add_incident(s);	/* clocks go on */
	close_and_remove(s);
}

static void the_ballast_takes_real_room_and_is_given_up(void **state)
{
	struct error full = { 0 };
	struct store *s;
	char ballast[640];
	struct stat st;
	bool more;

	(void)state;
	make_directory();
	snprintf(ballast, sizeof(ballast), "%s-ballast", path);
	s = open_with(0, 1 << 20, &full);
	assert_int_equal(stat(ballast, &st), 0);
	assert_int_equal(st.st_size, 1 << 20);
	assert_true(st.st_blocks * 512 >= 1 << 20);
	assert_false(s->ops->below_floor(s));

	sqlite_fail(sqlite_of(s), SQLITE_FULL, &full);
	assert_int_equal(full.code, ERROR_FULL);
	assert_int_equal(stat(ballast, &st), -1);
	assert_true(s->ops->below_floor(s));
	OK(s->ops->upkeep(s, &more, &err));	/* there is room again */
	assert_int_equal(stat(ballast, &st), 0);
	assert_false(s->ops->below_floor(s));
	close_and_remove(s);
}

static void set_page_limit(struct store *s, int pages)
{
	char sql[64];

	snprintf(sql, sizeof(sql), "PRAGMA max_page_count = %d", pages);
	assert_int_equal(sqlite3_exec(sqlite_of(s)->db, sql, NULL, NULL, NULL), SQLITE_OK);
}

/* SQLite undoes the whole transaction on a full disk: what comes after, in the
 * same batch, must not commit by itself. */
static void a_full_disk_undoes_the_batch_and_no_more(void **state)
{
	struct store *s = open_new();
	char *body = xcalloc(1, 1 << 20);
	struct alert_row big = { .source = "wazuh", .outcome = "opened", .body = body,
		.body_len = 1 << 20, .stated_at = TIME_NONE };
	struct incident_row row = suite_incident("acme");

	(void)state;
	add_incident(s);
	set_page_limit(s, 1);		/* no more than there are */
	OK(s->ops->begin(s, &err));
	OK(s->ops->savepoint(s, &err));
	OK(suite_append(s, 0, "{}", &err));
	FAILS(ERROR_FULL, s->ops->alert_insert(s, &big, &err));
	s->ops->undo(s);
	FAILS(ERROR_FULL, s->ops->savepoint(s, &err));
	FAILS(ERROR_FULL, s->ops->incident_insert(s, &row, &err));
	FAILS(ERROR_FULL, s->ops->commit(s, &err));
	assert_int_equal(suite_verify_journal(s), 1);
	set_page_limit(s, 1 << 20);
	assert_int_equal(add_incident(s), 2);
	assert_int_equal(suite_verify_journal(s), 2);
	close_and_remove(s);
	free(body);
}

/* A plan must search these tables by an index, whatever it does with its own. */
static void check_plan(sqlite3 *db, const char *sql)
{
	static const char *const scans[] = { "SCAN clock", "SCAN delivery", "SCAN incident" };
	char *explain = xasprintf("EXPLAIN QUERY PLAN %s", sql);
	sqlite3_stmt *plan;
	size_t i;

	assert_int_equal(sqlite3_prepare_v2(db, explain, -1, &plan, NULL), SQLITE_OK);
	while (sqlite3_step(plan) == SQLITE_ROW) {
		const char *line = (const char *)sqlite3_column_text(plan, 3);

		for (i = 0; i < sizeof(scans) / sizeof(scans[0]); i++)
			if (strncmp(line, scans[i], strlen(scans[i])) == 0)
				fail_msg("%s: %s", line, sql);
	}
	sqlite3_finalize(plan);
	free(explain);
}

/* Every query of a wake, as the store has prepared it. */
static void the_questions_of_every_wake_are_index_searches(void **state)
{
	struct store *s = open_new();
	struct arena *arena = arena_new();
	struct delivery_row *deliveries;
	struct clock_row *clocks;
	const char **channels;
	sqlite3_stmt *stmt = NULL;
	int64_t at;
	size_t n;

	(void)state;
	OK(s->ops->clock_next(s, &at, &err));
	OK(s->ops->clock_due(s, 5, 10, arena, &clocks, &n, &err));
	OK(s->ops->clock_of(s, 5, arena, &clocks, &n, &err));
	OK(s->ops->delivery_due(s, "soc", 5, 10, arena, &deliveries, &n, &err));
	OK(s->ops->delivery_next(s, "soc", &at, &err));
	OK(s->ops->delivery_channels(s, arena, &channels, &n, &err));
	OK(s->ops->delivery_sending(s, arena, &deliveries, &n, &err));
	OK(s->ops->delivery_waiting(s, 5, "nis2", "x", arena, &deliveries, &n, &err));
	OK(s->ops->delivery_told(s, 5, "nis2", "x", arena, &deliveries, &n, &err));
	OK(s->ops->delivery_oldest(s, &at, &err));
	while ((stmt = sqlite3_next_stmt(sqlite_of(s)->db, stmt)) != NULL)
		check_plan(sqlite_of(s)->db, sqlite3_sql(stmt));
	close_and_remove(s);
	arena_free(arena);
}

/* ---- kill -9 --------------------------------------------------------------- */

/* Commits one incident after the other, telling the number of each when it is
 * committed, until it is killed. */
static void commit_for_ever(int fd)
{
	struct store *s = open_again();

	for (;;) {
		int64_t id = add_incident(s);
		bool more;

		if (write(fd, &id, sizeof(id)) != sizeof(id))
			_exit(1);
		if (id % 7 == 0 && s->ops->upkeep(s, &more, NULL) < 0)
			_exit(1);
	}
}

static int64_t run_and_kill(void)
{
	const struct timespec pause = { 0, (long)random_between(1, 40) * 1000 * 1000 };
	int64_t id, last = 0;
	int fds[2];
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		close(fds[0]);
		commit_for_ever(fds[1]);
	}
	close(fds[1]);
	nanosleep(&pause, NULL);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	while (read(fds[0], &id, sizeof(id)) == sizeof(id))
		last = id;
	close(fds[0]);
	return last;
}

static void what_was_committed_survives_a_kill(void **state)
{
	struct arena *arena = arena_new();
	struct incident_row row;
	int64_t told, id, most = 0;
	struct store *s;
	int round;

	(void)state;
	make_directory();
	for (round = 0; round < 20; round++) {
		told = run_and_kill();
		most = told > most ? told : most;
		s = open_again();
		for (id = 1; id <= most; id++) {
			arena_reset(arena);
			OK(s->ops->incident_load(s, id, arena, &row, &err));
		}
		/* One line for each incident, and one more at most: committed, but
		 * killed before it could be told. */
		assert_true(suite_verify_journal(s) >= most);
		store_close(s);
	}
	assert_true(most > 0);
	remove_directory();
	arena_free(arena);
}

int main(void)
{
	static const struct store_suite suite = { "store/sqlite", open_new, close_and_remove };
	static const struct CMUnitTest more[] = {
		cmocka_unit_test(everything_is_there_after_a_reopening),
		cmocka_unit_test(two_stores_have_two_names),
		cmocka_unit_test(only_its_owner_may_read_the_file),
		cmocka_unit_test(a_file_in_use_is_refused),
		cmocka_unit_test(opening_waits_for_the_old_process),
		cmocka_unit_test(what_is_not_ours_is_refused),
		cmocka_unit_test(garbage_is_refused),
		cmocka_unit_test(a_missing_directory_is_named),
		cmocka_unit_test(a_body_is_kept_byte_for_byte),
		cmocka_unit_test(the_wal_stays_bounded),
		cmocka_unit_test(new_work_is_refused_below_the_floor),
		cmocka_unit_test(the_ballast_takes_real_room_and_is_given_up),
		cmocka_unit_test(a_full_disk_undoes_the_batch_and_no_more),
		cmocka_unit_test(the_questions_of_every_wake_are_index_searches),
		cmocka_unit_test(what_was_committed_survives_a_kill),
	};

	return store_suite_run(&suite, more, sizeof(more) / sizeof(more[0]));
}
