/* A turn with commands that are refused: early, before anything of theirs was written,
 * and late, in the middle of it. Neither leaves a trace, and neither costs the others. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/engine.h"

enum { COMMANDS = 5 };

struct fixture {
	char directory[64];
	struct conf *conf;
	struct store *store;
	struct engine *engine;
	struct arena *arena;
	struct command commands[COMMANDS];
	int answered;
};

static int64_t host_now(void *arg)
{
	(void)arg;
	return 1795275814659;
}

static int64_t host_roll(void *arg)
{
	(void)arg;
	return 0;
}

static int host_capacity(void *arg, const char *transport)
{
	(void)arg;
	(void)transport;
	return 0;
}

static void host_send(void *arg, const char *transport, const struct buf *message)
{
	(void)arg;
	(void)transport;
	(void)message;
}

static void set_up(struct fixture *f, bool on_disk)
{
	const struct engine_host host = { host_now, host_roll, host_capacity, host_send, NULL, NULL };
	const struct conf_options options = {
		.path = TEST_SRCDIR "/tests/scenario/scenario.conf",
		.data_dir = TEST_SRCDIR "/etc/tocsin",
	};
	struct conf_report report = { 0 };
	struct error err = { 0 };
	char path[80];

	memset(f, 0, sizeof(*f));
	f->conf = conf_load(&options, &report);
	assert_non_null(f->conf);
	conf_report_release(&report);
	strcpy(f->directory, "./tocsin-turn-XXXXXX");
	assert_non_null(mkdtemp(f->directory));
	snprintf(path, sizeof(path), "%s/tocsin.db", f->directory);
	f->store = on_disk ? store_sqlite_open(&(struct store_sqlite_options){ .path = path },
		&err) : store_memory_open();
	assert_non_null(f->store);
	f->engine = engine_new(f->store, f->conf, &host, &err);
	assert_non_null(f->engine);
	assert_int_equal(engine_start(f->engine, "test", &err), 0);
	f->arena = arena_new();
}

static void tear_down(struct fixture *f)
{
	char path[80];

	engine_free(f->engine);
	store_close(f->store);
	conf_free(f->conf);
	arena_free(f->arena);
	snprintf(path, sizeof(path), "%s/tocsin.db", f->directory);
	unlink(path);
	assert_int_equal(rmdir(f->directory), 0);
}

static void done(struct command *command, void *arg)
{
	(void)command;
	((struct fixture *)arg)->answered++;
}

static struct command *submit_open(struct fixture *f, int i, const char *title)
{
	struct command *c = &f->commands[i];

	*c = (struct command){ .kind = COMMAND_OPEN, .actor = "token:ops", .arena = f->arena,
		.done = done, .arg = f };
	c->as.open = (struct command_open){ .entity = "acme", .title = title, .by = "j.doe",
		.occurred_at = TIME_NONE, .detected_at = TIME_NONE, .aware_at = host_now(NULL),
		.classified_at = TIME_NONE };
	engine_submit(f->engine, c);
	return c;
}

static int note_line(void *arg, const struct journal_row *row)
{
	struct buf *all = arg;

	if (strstr(row->line, "\"incident.opened\"") != NULL)
		buf_addf(all, "%s ", strstr(row->line, "\"title\":\"") + 9);
	return 0;
}

static int note_check(void *arg, const struct journal_row *row)
{
	struct error err;

	assert_int_equal(journal_check_record(arg, row->seq, row->hash, row->line, row->len,
		&err), 0);
	return 0;
}

static int count_incident(void *arg, const struct incident_row *row)
{
	(void)row;
	(*(int *)arg)++;
	return 0;
}

static void check_what_is_left(struct fixture *f, int incidents, const char *titles)
{
	const struct incident_filter every = { .all = true };
	struct journal_check check;
	struct error err = { 0 };
	struct buf lines;
	int n = 0, found = 0;
	char *at;

	assert_int_equal(f->store->ops->incident_list(f->store, &every, count_incident, &n,
		&err), 0);
	assert_int_equal(n, incidents);
	journal_check_init(&check);
	assert_int_equal(f->store->ops->journal_read(f->store, 0, 0, 0, note_check, &check,
		&err), 0);
	buf_init(&lines, 0);
	assert_int_equal(f->store->ops->journal_read(f->store, 0, 0, 0, note_line, &lines,
		&err), 0);
	for (at = lines.data; *titles != '\0' && (at = strchr(at, *titles)) != NULL; titles++)
		found++;
	assert_int_equal(found, incidents);
	buf_release(&lines);
}

static void refuse(bool on_disk, bool late)
{
	const char *nobody = "nobody", *regime = "nis3";
	struct command *refused;
	struct error err = { 0 };
	struct fixture f;
	int64_t next_at;
	int i;

	set_up(&f, on_disk);
	submit_open(&f, 0, "A");
	submit_open(&f, 1, "B");
	refused = submit_open(&f, 2, "X");
	if (late) {
		/* The API knows its regimes; the fold is the last to ask. */
		refused->as.open.regimes = &regime;
		refused->as.open.n_regimes = 1;
	} else {
		refused->as.open.entity = nobody;
	}
	submit_open(&f, 3, "C");
	assert_int_equal(engine_turn(f.engine, &next_at, &err), 0);
	assert_int_equal(f.answered, 4);
	for (i = 0; i < 4; i++) {
		assert_int_equal(f.commands[i].error.code, i == 2 ? ERROR_INVALID : ERROR_NONE);
		assert_int_equal(f.commands[i].status, i == 2 ? 0 : 201);
	}
	assert_string_equal(refused->error.pointer, late ? "/regimes" : "/entity");
	check_what_is_left(&f, 3, "ABC");
	/* The turns after it are as ever. */
	submit_open(&f, 4, "D");
	assert_int_equal(engine_turn(f.engine, &next_at, &err), 0);
	assert_int_equal(f.commands[4].status, 201);
	check_what_is_left(&f, 4, "ABCD");
	tear_down(&f);
}

static void refused_early_on_disk(void **state)
{
	(void)state;
	refuse(true, false);
}

static void refused_late_on_disk(void **state)
{
	(void)state;
	refuse(true, true);
}

static void refused_early_in_memory(void **state)
{
	(void)state;
	refuse(false, false);
}

static void refused_late_in_memory(void **state)
{
	(void)state;
	refuse(false, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused_early_on_disk),
		cmocka_unit_test(refused_late_on_disk),
		cmocka_unit_test(refused_early_in_memory),
		cmocka_unit_test(refused_late_in_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
