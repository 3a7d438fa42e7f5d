/* A turn with commands that are refused: early, before anything of theirs was written,
 * and late, in the middle of it. Neither leaves a trace, and neither costs the others. What
 * a command has done counts for those after it: a storm that was settled takes no more. And
 * what a turn makes and hands over itself: as much as there is room for, the most urgent
 * first. */
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
	int capacity, sent;
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
	const struct fixture *f = arg;

	(void)transport;
	return f->capacity;
}

static void host_send(void *arg, const char *transport, const struct buf *message)
{
	struct fixture *f = arg;

	(void)transport;
	(void)message;
	f->sent++;
}

static void set_up_with(struct fixture *f, const char *conf, bool on_disk)
{
	const struct engine_host host = { host_now, host_roll, host_capacity, host_send, f, NULL };
	const struct conf_options options = {
		.path = conf,
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

static void set_up(struct fixture *f, bool on_disk)
{
	set_up_with(f, TEST_SRCDIR "/tests/scenario/scenario.conf", on_disk);
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

/* ---- handing over -------------------------------------------------------------- */

struct found {
	int sending, waiting;
	int64_t last_sending, first_waiting;	/* due */
};

static int note_delivery(void *arg, const struct delivery_row *row)
{
	struct found *found = arg;

	if (row->state == DELIVERY_SENDING) {
		found->sending++;
		assert_int_equal(row->attempts, 1);
		assert_int_equal(row->n_list, 1);
		assert_int_equal(row->list[0].outcome, ATTEMPT_UNKNOWN);
		if (row->due_at > found->last_sending)
			found->last_sending = row->due_at;
	} else {
		found->waiting++;
		assert_int_equal(row->state, DELIVERY_WAITING);
		assert_int_equal(row->n_list, 0);
		if (row->due_at < found->first_waiting)
			found->first_waiting = row->due_at;
	}
	return 0;
}

static void look(struct fixture *f, struct found *ret)
{
	const struct delivery_filter every = { .limit = 0 };
	struct error err = { 0 };

	*ret = (struct found){ .last_sending = INT64_MIN, .first_waiting = INT64_MAX };
	assert_int_equal(f->store->ops->delivery_list(f->store, &every, note_delivery, ret,
		&err), 0);
}

/* The one that is opened last is due first. */
static void hand_over(bool on_disk)
{
	struct error err = { 0 };
	struct found before, after;
	struct fixture f;
	int64_t next_at;
	int i;

	set_up(&f, on_disk);
	f.capacity = 6;		/* that channels share */
	for (i = 0; i < 4; i++)
		submit_open(&f, i, "A")->as.open.aware_at -= i * 60000;
	assert_int_equal(engine_turn(f.engine, &next_at, &err), 0);
	look(&f, &before);
	assert_true(f.sent > 0 && f.sent <= f.capacity);
	assert_int_equal(before.sending, f.sent);
	assert_true(before.waiting > 0);
	assert_true(before.last_sending <= before.first_waiting);
	/* Room for all: those that waited go out before what is made now, or with it. */
	f.capacity = 100;
	submit_open(&f, 4, "B");
	assert_int_equal(engine_turn(f.engine, &next_at, &err), 0);
	look(&f, &after);
	assert_int_equal(after.waiting, 0);
	assert_true(after.sending > before.sending + before.waiting);
	assert_int_equal(f.sent, after.sending);
	tear_down(&f);
}

static void handed_over_on_disk(void **state)
{
	(void)state;
	hand_over(true);
}

static void handed_over_in_memory(void **state)
{
	(void)state;
	hand_over(false);
}

/* A batch of which one is refused late is run again: nothing goes out twice. */
static void handed_over_once(void **state)
{
	const char *regime = "nis3";
	struct error err = { 0 };
	struct found found;
	struct fixture f;
	int64_t next_at;

	(void)state;
	set_up(&f, true);
	f.capacity = 100;
	submit_open(&f, 0, "A");
	submit_open(&f, 1, "X")->as.open.regimes = &regime;
	f.commands[1].as.open.n_regimes = 1;
	assert_int_equal(engine_turn(f.engine, &next_at, &err), 0);
	look(&f, &found);
	assert_true(found.sending > 0);
	assert_int_equal(found.waiting, 0);
	assert_int_equal(f.sent, found.sending);
	tear_down(&f);
}

/* ---- storms ---------------------------------------------------------------------------- */

/* n alerts whose keys begin with that letter; each of them once. */
static void submit_alerts(struct fixture *f, int i, char letter, size_t n)
{
	struct alert *alerts = arena_array(f->arena, n, sizeof(*alerts));
	struct command *c = &f->commands[i];
	size_t k;

	for (k = 0; k < n; k++)
		alerts[k] = (struct alert){ .title = "Flood", .severity = SEVERITY_HIGH,
			.key = arena_printf(f->arena, "%c-%zu", letter, k), .body = "{}",
			.body_len = 2, .detected_at = TIME_NONE, .aware_at = TIME_NONE };
	*c = (struct command){ .kind = COMMAND_ALERTS, .actor = "source:siem", .arena = f->arena,
		.done = done, .arg = f };
	c->as.alerts = (struct command_alerts){ .source = conf_source(f->conf, "siem"),
		.alerts = alerts, .n_alerts = n, .received_at = host_now(NULL) };
	engine_submit(f->engine, c);
}

static void submit_dismissal(struct fixture *f, int i, int64_t incident)
{
	struct command *c = &f->commands[i];

	*c = (struct command){ .kind = COMMAND_DISMISSAL, .actor = "token:ops",
		.incident = incident, .arena = f->arena, .done = done, .arg = f };
	c->as.dismissal = (struct command_dismissal){ .by = "j.doe", .basis = "an exercise" };
	engine_submit(f->engine, c);
}

static void check_storm(struct fixture *f, int64_t id, enum incident_state state, int alerts)
{
	struct error err = { 0 };
	struct incident_row row;
	struct storm_row storm;

	assert_int_equal(f->store->ops->incident_load(f->store, id, f->arena, &row, &err), 0);
	assert_true(row.incident.storm);
	assert_int_equal(row.state, state);
	assert_int_equal(row.incident.alerts, alerts);
	assert_int_equal(f->store->ops->storm_load(f->store, id, f->arena, &storm, &err), 0);
	assert_int_equal(storm.alerts, alerts);
}

/* What comes after that, in the very same turn, is of another storm: a dismissed one has
 * no clocks, and nobody would ever hear of it. */
static void settle_a_storm(bool on_disk)
{
	struct error err = { 0 };
	struct fixture f;
	int64_t next_at;
	int i;

	set_up_with(&f, TEST_SRCDIR "/tests/scenario/storm.conf", on_disk);
	/* Three are let through; the fourth incident is the storm. */
	submit_alerts(&f, 0, 'a', 5);
	assert_int_equal(engine_turn(f.engine, &next_at, &err), 0);
	check_storm(&f, 4, INCIDENT_OPEN, 2);
	submit_alerts(&f, 1, 'b', 1);
	submit_dismissal(&f, 2, 4);
	submit_alerts(&f, 3, 'c', 2);
	submit_alerts(&f, 4, 'd', 1);
	assert_int_equal(engine_turn(f.engine, &next_at, &err), 0);
	for (i = 1; i < COMMANDS; i++)
		assert_int_equal(f.commands[i].error.code, ERROR_NONE);
	check_storm(&f, 4, INCIDENT_DISMISSED, 3);
	check_storm(&f, 5, INCIDENT_OPEN, 3);
	tear_down(&f);
}

static void a_storm_that_was_settled_takes_no_more_on_disk(void **state)
{
	(void)state;
	settle_a_storm(true);
}

static void a_storm_that_was_settled_takes_no_more_in_memory(void **state)
{
	(void)state;
	settle_a_storm(false);
}

static uint64_t counted(const struct fixture *f, const char *what)
{
	const struct counts *counts = engine_counts(f->engine);
	size_t i;

	for (i = 0; i < counts->n; i++)
		if (counts->list[i].kind == COUNT_ALERT &&
		    strcmp(counts->list[i].of, "siem") == 0 &&
		    strcmp(counts->list[i].what, what) == 0)
			return counts->list[i].n;
	fail_msg("there is no counter of %s", what);
	return 0;
}

static void what_joins_a_storm_is_counted(void **state)
{
	struct error err = { 0 };
	struct fixture f;
	int64_t next_at;

	(void)state;
	set_up_with(&f, TEST_SRCDIR "/tests/scenario/storm.conf", false);
	assert_int_equal(counted(&f, "storm"), 0);
	submit_alerts(&f, 0, 'a', 5);
	submit_alerts(&f, 1, 'a', 5);
	assert_int_equal(engine_turn(f.engine, &next_at, &err), 0);
	assert_int_equal(counted(&f, "opened"), 3);
	assert_int_equal(counted(&f, "joined"), 3);
	assert_int_equal(counted(&f, "storm"), 4);
	tear_down(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused_early_on_disk),
		cmocka_unit_test(refused_late_on_disk),
		cmocka_unit_test(refused_early_in_memory),
		cmocka_unit_test(refused_late_in_memory),
		cmocka_unit_test(handed_over_on_disk),
		cmocka_unit_test(handed_over_in_memory),
		cmocka_unit_test(handed_over_once),
		cmocka_unit_test(a_storm_that_was_settled_takes_no_more_on_disk),
		cmocka_unit_test(a_storm_that_was_settled_takes_no_more_in_memory),
		cmocka_unit_test(what_joins_a_storm_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
