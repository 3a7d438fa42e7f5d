/* The layer that gathers SQLite's writes: what a caller wrote is there for whoever reads
 * through it, and in the file itself after a sync, whatever the sizes. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "store/sqlite.h"

enum { SIZE = 700 * 1024 };

struct fixture {
	char *name;		/* absolute, with the second NUL that SQLite wants */
	sqlite3_file *file;
	unsigned char *want;	/* what the file is to hold */
};

static int set_up(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	sqlite3_vfs *vfs = sqlite3_vfs_find(sqlite_vfs());
	int flags = SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
	size_t i;

	assert_non_null(vfs);
	f->name = xcalloc(1, 4096);
	assert_non_null(getcwd(f->name, 4000));
	snprintf(f->name + strlen(f->name), 90, "/tocsin-vfs-%ld.db", (long)getpid());
	f->file = xcalloc(1, (size_t)vfs->szOsFile);
	assert_int_equal(vfs->xOpen(vfs, f->name, f->file, flags, NULL), SQLITE_OK);
	f->want = xcalloc(1, SIZE);
	for (i = 0; i < SIZE; i++)
		f->want[i] = (unsigned char)(i * 31 + i / 251);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	if (f->file->pMethods != NULL)
		f->file->pMethods->xClose(f->file);
	unlink(f->name);
	free(f->name);
	free(f->file);
	free(f->want);
	free(f);
	return 0;
}

static int write_at(struct fixture *f, size_t at, size_t n)
{
	return f->file->pMethods->xWrite(f->file, f->want + at, (int)n, (sqlite3_int64)at);
}

static off_t size_on_disk(const struct fixture *f)
{
	struct stat st;

	assert_int_equal(stat(f->name, &st), 0);
	return st.st_size;
}

static void assert_on_disk(const struct fixture *f, size_t n)
{
	unsigned char *have = xcalloc(1, n + 1);
	FILE *in = fopen(f->name, "rb");

	assert_non_null(in);
	assert_int_equal(fread(have, 1, n + 1, in), n);
	assert_memory_equal(have, f->want, n);
	fclose(in);
	free(have);
}

static void writes_go_out_with_the_sync(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(write_at(f, 0, 24), SQLITE_OK);
	assert_int_equal(write_at(f, 24, 4096), SQLITE_OK);
	assert_int_equal(size_on_disk(f), 0);
	assert_int_equal(f->file->pMethods->xSync(f->file, SQLITE_SYNC_NORMAL), SQLITE_OK);
	assert_on_disk(f, 4120);
}

/* Pages alone fill what is held to the byte; frames never do. */
static void any_sizes_arrive_whole(void **state)
{
	static const size_t steps[] = { 512, 4096, 4120, 8192, 65535, 65536, 65537, 131071 };
	struct fixture *f = *state;
	size_t i, at, n;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		assert_int_equal(f->file->pMethods->xTruncate(f->file, 0), SQLITE_OK);
		for (at = 0; at < SIZE; at += n) {
			n = steps[i] < SIZE - at ? steps[i] : SIZE - at;
			assert_int_equal(write_at(f, at, n), SQLITE_OK);
		}
		assert_int_equal(f->file->pMethods->xSync(f->file, SQLITE_SYNC_NORMAL), SQLITE_OK);
		assert_on_disk(f, SIZE);
	}
}

static void what_is_held_is_read(void **state)
{
	struct fixture *f = *state;
	unsigned char have[100];
	sqlite3_int64 size;

	assert_int_equal(write_at(f, 0, 1000), SQLITE_OK);
	assert_int_equal(f->file->pMethods->xRead(f->file, have, 100, 700), SQLITE_OK);
	assert_memory_equal(have, f->want + 700, 100);
	assert_int_equal(write_at(f, 1000, 1000), SQLITE_OK);
	assert_int_equal(f->file->pMethods->xFileSize(f->file, &size), SQLITE_OK);
	assert_int_equal(size, 2000);
}

static void the_last_write_of_a_place_counts(void **state)
{
	struct fixture *f = *state;
	char other[500];

	memset(other, 'x', sizeof(other));
	assert_int_equal(write_at(f, 0, 1000), SQLITE_OK);
	assert_int_equal(f->file->pMethods->xWrite(f->file, other, 500, 1000), SQLITE_OK);
	assert_int_equal(write_at(f, 1000, 500), SQLITE_OK);
	assert_int_equal(f->file->pMethods->xSync(f->file, SQLITE_SYNC_NORMAL), SQLITE_OK);
	assert_on_disk(f, 1500);
}

static void closing_writes_what_is_held(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(write_at(f, 0, 300), SQLITE_OK);
	assert_int_equal(f->file->pMethods->xClose(f->file), SQLITE_OK);
	f->file->pMethods = NULL;
	assert_on_disk(f, 300);
}

/* A write that cannot be made fails the sync: no commit counts on it. */
static void a_failure_is_told_by_the_sync(void **state)
{
	struct fixture *f = *state;
	struct rlimit old, tight;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	tight = old;
	tight.rlim_cur = 1024;
	assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
	assert_int_equal(write_at(f, 4096, 4096), SQLITE_OK);
	assert_int_not_equal(f->file->pMethods->xSync(f->file, SQLITE_SYNC_NORMAL), SQLITE_OK);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
}

#define LAYER_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LAYER_TEST(writes_go_out_with_the_sync),
		LAYER_TEST(any_sizes_arrive_whole),
		LAYER_TEST(what_is_held_is_read),
		LAYER_TEST(the_last_write_of_a_place_counts),
		LAYER_TEST(closing_writes_what_is_held),
		LAYER_TEST(a_failure_is_told_by_the_sync),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
