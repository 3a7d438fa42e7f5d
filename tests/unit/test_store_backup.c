/*
 * A copy of the store while it serves: what is written between its steps is in it, and
 * nothing of it is left behind.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "store/sqlite.h"
#include "store_suite.h"

static char directory[512], path[600], copy[640];
static struct store *s;

static int open_store(void **state)
{
	const char *base = getenv("TMPDIR");
	struct store_sqlite_options options = { .path = path };

	(void)state;
	snprintf(directory, sizeof(directory), "%s/tocsin-backup-XXXXXX",
		base != NULL ? base : ".");
	if (mkdtemp(directory) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/tocsin.db", directory);
	snprintf(copy, sizeof(copy), "%s/copy.db", directory);
	s = store_sqlite_open(&options, NULL);
	return s != NULL ? 0 : -1;
}

static int remove_store(void **state)
{
	(void)state;
	store_close(s);
	unlink(path);
	unlink(copy);
	return rmdir(directory);	/* fails when anything is left */
}

static int64_t write_incident(size_t size)
{
	struct incident_row row = suite_incident("acme");
	char *text = malloc(size + 1);

	assert_non_null(text);
	memset(text, 'x', size);
	text[size] = '\0';
	row.incident.description = text;
	OK(s->ops->begin(s, &err));
	OK(s->ops->incident_insert(s, &row, &err));
	OK(suite_append(s, row.incident.id, "opened", &err));
	OK(s->ops->commit(s, &err));
	free(text);
	return row.incident.id;
}

static void keep(int fd)
{
	FILE *to = fopen(copy, "wb");
	char block[4096];
	ssize_t n;

	assert_non_null(to);
	while ((n = read(fd, block, sizeof(block))) > 0)
		assert_int_equal(fwrite(block, 1, (size_t)n, to), n);
	fclose(to);
	close(fd);
}

static void what_is_written_meanwhile_is_in_the_copy(void **state)
{
	const struct store_sqlite_options options = { .path = copy };
	struct store_backup *backup;
	struct incident_row row;
	struct journal_check check, head;
	struct arena *arena = arena_new();
	const char *ours, *its;
	struct store *c;
	bool more = true;
	int64_t last = 0;
	int fd, steps;

	(void)state;
	for (steps = 0; steps < 40; steps++)
		write_incident(64 * 1024);
	OK(s->ops->backup_begin(s, &backup, &err));
	for (steps = 0; more; steps++) {
		OK(s->ops->backup_step(s, backup, &more, &err));
		if (more)
			last = write_incident(10);
	}
	assert_true(steps > 2);
	OK(s->ops->backup_finish(s, backup, &fd, &err));
	s->ops->backup_end(s, backup);
	keep(fd);
	OK(s->ops->journal_head(s, &head, &err));
	OK(store_sqlite_check(copy, &check, &err));
	assert_int_equal(check.seq, head.seq);
	assert_string_equal(check.hash, head.hash);

	c = store_sqlite_open(&options, NULL);
	assert_non_null(c);
	OK(c->ops->incident_load(c, last, arena, &row, &err));
	OK(s->ops->meta_get(s, META_STORE_ID, arena, &ours, &err));
	OK(c->ops->meta_get(c, META_STORE_ID, arena, &its, &err));
	assert_string_not_equal(ours, its);
	store_close(c);
	arena_free(arena);
}

/* A client that goes, a daemon that stops: the store goes on, and a next one begins. */
static void one_that_is_given_up_leaves_nothing(void **state)
{
	struct store_backup *backup;
	bool more;
	int i;

	(void)state;
	for (i = 0; i < 40; i++)
		write_incident(64 * 1024);
	for (i = 0; i < 2; i++) {
		OK(s->ops->backup_begin(s, &backup, &err));
		OK(s->ops->backup_step(s, backup, &more, &err));
		assert_true(more);
		s->ops->backup_end(s, backup);
		assert_true(write_incident(10) > 0);
	}
}

static void make_file_beside(const char *suffix)
{
	char name[700];
	FILE *file;

	snprintf(name, sizeof(name), "%s%s", path, suffix);
	file = fopen(name, "w");
	assert_non_null(file);
	fclose(file);
}

/* A copy is as large as the store, and has all that is in it: the next process does not
 * leave it there until somebody wants another. */
static void one_that_a_crash_has_left_goes_at_the_next_start(void **state)
{
	const struct store_sqlite_options options = { .path = path };

	(void)state;
	store_close(s);
	make_file_beside("-backup.partial");
	make_file_beside("-backup.partial-journal");
	s = store_sqlite_open(&options, NULL);
	assert_non_null(s);
	/* The directory is empty then. */
}

/* Whoever copies the store by hand is likely to call it that. */
static void what_somebody_else_keeps_beside_it_is_left_alone(void **state)
{
	const struct store_sqlite_options options = { .path = path };
	struct store_backup *backup;
	char name[700];

	(void)state;
	snprintf(name, sizeof(name), "%s-backup", path);
	make_file_beside("-backup");
	OK(s->ops->backup_begin(s, &backup, &err));
	s->ops->backup_end(s, backup);
	store_close(s);
	s = store_sqlite_open(&options, NULL);
	assert_non_null(s);
	assert_int_equal(access(name, F_OK), 0);
	unlink(name);
}

static void a_file_that_is_in_use_is_not_checked(void **state)
{
	struct journal_check check;

	(void)state;
	write_incident(10);
	FAILS(ERROR_BUSY, store_sqlite_check(path, &check, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_written_meanwhile_is_in_the_copy,
			open_store, remove_store),
		cmocka_unit_test_setup_teardown(one_that_is_given_up_leaves_nothing, open_store,
			remove_store),
		cmocka_unit_test_setup_teardown(one_that_a_crash_has_left_goes_at_the_next_start,
			open_store, remove_store),
		cmocka_unit_test_setup_teardown(what_somebody_else_keeps_beside_it_is_left_alone,
			open_store, remove_store),
		cmocka_unit_test_setup_teardown(a_file_that_is_in_use_is_not_checked, open_store,
			remove_store),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
