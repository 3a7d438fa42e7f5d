/*
 * The zones of a configuration: read when named, and whether their files have
 * changed since. The files are copies in a directory of the test.
 */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"
#include "config/data.h"

static char directory[512];

struct fixture {
	struct arena *arena;
	struct zones *zones;
};

static void path_of(const char *name, char path[600])
{
	snprintf(path, 600, "%s/%s", directory, name);
}

/* Writes the system's zone file under a name of ours, in place. */
static void write_as(const char *zone, const char *name)
{
	struct error err = { 0 };
	struct buf tzif;
	char path[600];
	int fd;

	buf_init(&tzif, 1 << 20);
	snprintf(path, sizeof(path), "%s/%s", TOCSIN_ZONEINFO, zone);
	if (file_read(path, 1 << 20, &tzif, &err) < 0)
		fail_msg("%s", err.text);
	path_of(name, path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, tzif.data, tzif.len), (ssize_t)tzif.len);
	close(fd);
	buf_release(&tzif);
}

static void set_modified(const char *name, int64_t seconds, long nanoseconds)
{
	const struct timespec times[2] = { { seconds, nanoseconds }, { seconds, nanoseconds } };
	char path[600];

	path_of(name, path);
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static int32_t offset_of(struct fixture *f, const char *name)
{
	struct error err = { 0 };
	const struct zone *zone = zones_get(f->zones, name, &err);

	if (zone == NULL)
		fail_msg("%s", err.text);
	return zone_offset(zone, 1795252620000);	/* a day in November */
}

static int set_up(void **state)
{
	const char *base = getenv("TMPDIR");
	struct fixture *f = calloc(1, sizeof(*f));
	char path[600];

	snprintf(directory, sizeof(directory), "%s/tocsin-zones-XXXXXX",
		base != NULL ? base : ".");
	if (f == NULL || mkdtemp(directory) == NULL)
		return -1;
	path_of("Europe", path);
	assert_int_equal(mkdir(path, 0700), 0);
	write_as("Europe/Berlin", "Europe/Berlin");
	write_as("Europe/Athens", "Europe/Athens");
	set_modified("Europe/Berlin", 1700000000, 5);
	f->arena = arena_new();
	f->zones = zones_new(f->arena, directory);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = { "Europe/Berlin", "Europe/Athens", "Europe/new" };
	struct fixture *f = *state;
	char path[600];
	size_t i;

	zones_release(f->zones);
	arena_free(f->arena);
	free(f);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		path_of(names[i], path);
		unlink(path);
	}
	path_of("Europe", path);
	return rmdir(path) < 0 ? -1 : rmdir(directory);
}

static void zones_are_of_the_directory(void **state)
{
	struct error err = { 0 };

	assert_int_equal(offset_of(*state, "Europe/Berlin"), 3600);
	assert_null(zones_get(((struct fixture *)*state)->zones, "Europe/Paris", &err));
	assert_int_equal(err.code, ERROR_NOT_FOUND);
}

static void untouched_files_have_not_changed(void **state)
{
	struct fixture *f = *state;

	assert_false(zones_changed(f->zones));
	offset_of(f, "UTC");		/* has no file */
	offset_of(f, "Europe/Berlin");
	offset_of(f, "Europe/Athens");
	assert_false(zones_changed(f->zones));
	assert_false(zones_changed(f->zones));
}

/* Only the nanoseconds differ: an update soon after another. */
static void a_file_that_was_written_again_has_changed(void **state)
{
	struct fixture *f = *state;

	offset_of(f, "Europe/Athens");
	offset_of(f, "Europe/Berlin");
	set_modified("Europe/Berlin", 1700000000, 6);
	assert_true(zones_changed(f->zones));
	assert_true(zones_changed(f->zones));	/* until it is read anew */
	set_modified("Europe/Berlin", 1700000000, 5);
	assert_false(zones_changed(f->zones));
}

/* As dpkg does, with the time of the package: perhaps the same. */
static void a_file_that_took_its_place_has_changed(void **state)
{
	struct fixture *f = *state;
	char from[600], to[600];

	offset_of(f, "Europe/Berlin");
	write_as("Europe/Berlin", "Europe/new");
	set_modified("Europe/new", 1700000000, 5);
	path_of("Europe/new", from);
	path_of("Europe/Berlin", to);
	assert_int_equal(rename(from, to), 0);
	assert_true(zones_changed(f->zones));
}

static void another_size_is_a_change(void **state)
{
	struct fixture *f = *state;

	offset_of(f, "Europe/Berlin");
	write_as("Europe/London", "Europe/Berlin");
	set_modified("Europe/Berlin", 1700000000, 5);
	assert_true(zones_changed(f->zones));
	assert_int_equal(offset_of(f, "Europe/Berlin"), 3600);	/* as it was read */
}

static void a_zone_that_nobody_named_does_not_matter(void **state)
{
	struct fixture *f = *state;

	offset_of(f, "Europe/Athens");
	set_modified("Europe/Berlin", 1800000000, 0);
	assert_false(zones_changed(f->zones));
	offset_of(f, "Europe/Berlin");	/* named after the change: is up to date */
	assert_false(zones_changed(f->zones));
}

static void a_file_that_is_gone_has_not_changed_until_it_is_back(void **state)
{
	struct fixture *f = *state;
	char path[600];

	offset_of(f, "Europe/Berlin");
	path_of("Europe/Berlin", path);
	assert_int_equal(unlink(path), 0);
	assert_false(zones_changed(f->zones));
	write_as("Europe/Athens", "Europe/Berlin");
	assert_true(zones_changed(f->zones));
}

static void a_configuration_asks_its_own_zones(void **state)
{
	struct fixture *f = *state;
	const struct conf conf = { .book.zone_arg = f->zones };

	offset_of(f, "Europe/Berlin");
	assert_false(conf_zones_changed(&conf));
	set_modified("Europe/Berlin", 1800000000, 0);
	assert_true(conf_zones_changed(&conf));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(zones_are_of_the_directory),
		TEST(untouched_files_have_not_changed),
		TEST(a_file_that_was_written_again_has_changed),
		TEST(a_file_that_took_its_place_has_changed),
		TEST(another_size_is_a_change),
		TEST(a_zone_that_nobody_named_does_not_matter),
		TEST(a_file_that_is_gone_has_not_changed_until_it_is_back),
		TEST(a_configuration_asks_its_own_zones),
	};

	return cmocka_run_group_tests_name("config/zones", tests, NULL, NULL);
}
