/*
 * A channel on which very many wait goes down: what that costs a turn, and that a process
 * that dies in the middle of it leaves nobody untold and tells nobody twice. On both
 * stores; time stands still unless it is moved.
 */
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

#include "base/text.h"
#include "engine/engine.h"

enum { WAITING = 450, A_TURN = 100 };

struct world {
	char directory[64];
	struct conf *conf;
	struct store *store;
	struct engine *engine;
	struct arena *arena;
	int64_t now;
	int capacity;
	struct sent {
		int64_t delivery;
		int attempt;
	} sent[32];
	size_t n_sent;
};

static int64_t host_now(void *arg)
{
	return ((struct world *)arg)->now;
}

static int64_t host_roll(void *arg)
{
	(void)arg;
	return 0;
}

/* One for each channel of the transport, however much waits. */
static int host_capacity(void *arg, const char *transport)
{
	(void)transport;
	return ((struct world *)arg)->capacity;
}

/* Only soc is heard of again. */
static void host_send(void *arg, const char *transport, const struct buf *line)
{
	json_t *message = json_read(line->data, line->len, NULL);
	const char *channel = json_string_value(json_object_get(message, "channel"));
	struct world *w = arg;

	(void)transport;
	if (text_equal(channel, "soc")) {
		assert_true(w->n_sent < ARRAY_LEN(w->sent));
		w->sent[w->n_sent++] = (struct sent){
			.delivery = engine_delivery_number(w->engine,
				json_string_value(json_object_get(message, "id"))),
			.attempt = (int)json_integer_value(json_object_get(message, "attempt")),
		};
	}
	json_decref(message);
}

static void start(struct world *w)
{
	const struct engine_host host = { host_now, host_roll, host_capacity, host_send, w, NULL };
	struct error err = { 0 };

	w->n_sent = 0;
	w->engine = engine_new(w->store, w->conf, &host, &err);
	assert_non_null(w->engine);
	if (engine_start(w->engine, "test", &err) < 0)
		fail_msg("%s", err.text);
}

static struct conf *load(const char *path)
{
	const struct conf_options options = { .path = path, .data_dir = TEST_SRCDIR "/etc/tocsin" };
	struct conf_report report = { 0 };
	struct conf *conf = conf_load(&options, &report);

	if (conf == NULL)
		fail_msg("%s", report.errors[0].text);
	conf_report_release(&report);
	return conf;
}

static struct world *world_with(struct conf *conf, bool on_disk)
{
	struct world *w = calloc(1, sizeof(*w));
	struct error err = { 0 };
	char path[80];

	assert_non_null(w);
	w->now = 1795275814659;
	w->capacity = 3;
	w->conf = conf;
	strcpy(w->directory, "./tocsin-outage-XXXXXX");
	assert_non_null(mkdtemp(w->directory));
	snprintf(path, sizeof(path), "%s/tocsin.db", w->directory);
	w->store = on_disk ? store_sqlite_open(&(struct store_sqlite_options){ .path = path },
		&err) : store_memory_open();
	assert_non_null(w->store);
	w->arena = arena_new();
	start(w);
	return w;
}

static struct world *world_new(bool on_disk)
{
	return world_with(load(TEST_SRCDIR "/tests/scenario/scenario.conf"), on_disk);
}

static void world_free(struct world *w)
{
	char path[80];

	engine_free(w->engine);
	store_close(w->store);
	snprintf(path, sizeof(path), "%s/tocsin.db", w->directory);
	unlink(path);
	rmdir(w->directory);
	conf_free(w->conf);
	arena_free(w->arena);
	free(w);
}

static void turn(struct world *w)
{
	struct error err = { 0 };
	int64_t next_at;

	if (engine_turn(w->engine, &next_at, &err) < 0)
		fail_msg("%s", err.text);
}

static void done(struct command *command, void *arg)
{
	(void)arg;
	assert_int_equal(command->error.code, ERROR_NONE);
}

/* An incident of two clocks, of which soc is told. */
static void open_incident(struct world *w)
{
	struct command c = { .kind = COMMAND_OPEN, .actor = "test", .arena = w->arena,
		.done = done };

	c.as.open = (struct command_open){ .entity = "acme", .title = "Wave",
		.severity = SEVERITY_HIGH, .occurred_at = TIME_NONE, .classified_at = TIME_NONE,
		.detected_at = TIME_NONE, .aware_at = w->now, .by = "t", .basis = "t" };
	engine_submit(w->engine, &c);
	turn(w);
}

static void answer_all(struct world *w)
{
	struct sent sent[ARRAY_LEN(w->sent)];
	size_t n = w->n_sent, i;

	memcpy(sent, w->sent, sizeof(sent));
	w->n_sent = 0;
	for (i = 0; i < n; i++)
		engine_outcome(w->engine, sent[i].delivery, sent[i].attempt, ATTEMPT_TEMPORARY,
			"no answer", 0, NULL);
}

struct count {
	int raised;		/* deliveries of soc whose fallback was told */
	int fallbacks;		/* deliveries to board in place of soc */
	int lines;
};

static int count_delivery(void *arg, const struct delivery_row *row)
{
	struct count *c = arg;

	c->raised += text_equal(row->channel, "soc") && row->fallback_at != TIME_NONE;
	c->fallbacks += text_equal(row->channel, "board") && text_equal(row->kind, "step");
	return 0;
}

static int count_line(void *arg, const struct journal_row *row)
{
	struct count *c = arg;

	c->lines += strstr(row->line, "\"kind\":\"step.fallback\"") != NULL;
	return 0;
}

static struct count count(struct world *w)
{
	const struct delivery_filter all = { .limit = 10 * WAITING };
	struct count c = { 0 };
	struct error err = { 0 };

	assert_int_equal(w->store->ops->delivery_list(w->store, &all, count_delivery, &c, &err),
		0);
	assert_int_equal(w->store->ops->journal_read(w->store, 0, 0, 100 * WAITING, count_line,
		&c, &err), 0);
	assert_int_equal(c.raised, c.lines);
	assert_int_equal(c.fallbacks, c.lines);
	return c;
}

/* Until soc has been found down; none of what waits has been looked at. */
static void take_soc_down(struct world *w)
{
	int i;

	for (i = 0; i < 100 && !engine_channel_is_down(w->engine, "soc"); i++) {
		answer_all(w);
		turn(w);
		w->now += 1000;
	}
	assert_true(engine_channel_is_down(w->engine, "soc"));
}

static void outage(bool on_disk, bool dies)
{
	struct world *w = world_new(on_disk);
	int before, after, i;

	for (i = 0; i < WAITING / 2; i++)
		open_incident(w);
	take_soc_down(w);
	before = count(w).raised;
	for (i = 0; before < WAITING && i < 20; i++) {
		turn(w);
		after = count(w).raised;
		if (after - before > A_TURN)
			fail_msg("%d in one turn", after - before);
		if (dies) {
			/* Nothing that this process knew is known any more. */
			engine_free(w->engine);
			start(w);
		}
		before = after;
	}
	assert_int_equal(before, WAITING);
	/* And that was all: no other turn, nor another process, tells it again. */
	for (i = 0; i < 10; i++) {
		w->now += 1000;
		answer_all(w);
		turn(w);
	}
	assert_int_equal(count(w).raised, WAITING);
	world_free(w);
}

static void a_turn_is_bounded_on_disk(void **state)
{
	(void)state;
	outage(true, false);
}

static void a_turn_is_bounded_in_memory(void **state)
{
	(void)state;
	outage(false, false);
}

static void nothing_is_lost_or_doubled_on_disk(void **state)
{
	(void)state;
	outage(true, true);
}

static void nothing_is_lost_or_doubled_in_memory(void **state)
{
	(void)state;
	outage(false, true);
}

/* ---- a channel that is taken away ------------------------------------------------------ */

static const char group_conf[] =
	"listen = ( { address = \"127.0.0.1\"; port = 2472; } );\n"
	"tokens = ( );\n"
	"operations = [ \"ops\"%s ];\n"
	"entities = ( { id = \"acme\"; name = \"ACME\"; country = \"DE\";\n"
	"  timezone = \"Europe/Berlin\"; regimes = [ \"gdpr\" ]; policy = \"default\"; } );\n"
	"channels = ( { name = \"board\"; type = \"console\"; },\n"
	"  { name = \"ops\"; type = \"console\"; }%s );\n"
	"policies = ( { name = \"default\"; fallback = [ \"board\" ]; steps = (\n"
	"  { at = \"start\"; to = [ \"%s\" ]; } ); } );\n";

static struct conf *write_group(const char *path, bool there)
{
	FILE *file = fopen(path, "w");
	struct conf *conf;

	assert_non_null(file);
	fprintf(file, group_conf, there ? ", \"group\"" : "", there ? ",\n"
		"  { name = \"group\"; type = \"email\"; relay = \"smtp://mail.example.org:587\";\n"
		"    tls = \"starttls\"; from = \"t@example.org\"; to = [ \"a@example.org\",\n"
		"    \"b@example.org\", \"c@example.org\" ]; }" : "", there ? "group" : "board");
	fclose(file);
	conf = load(path);
	unlink(path);
	return conf;
}

struct told {
	int failed, to_board, to_ops;
};

static int count_told(void *arg, const struct delivery_row *row)
{
	struct told *told = arg;

	told->failed += text_equal(row->channel, "group") && row->state == DELIVERY_FAILED;
	told->to_board += text_equal(row->channel, "board");
	told->to_ops += text_equal(row->channel, "ops") && text_equal(row->step,
		"channel-refused");
	return 0;
}

/* All its mailboxes at once are out of reach, which is told once; and nobody has refused
 * anything. */
static void take_away(bool on_disk)
{
	const struct delivery_filter all = { .limit = 100 };
	static const char path[] = "./tocsin-outage.conf";
	struct conf *more = write_group(path, true), *less = write_group(path, false);
	struct world *w = world_with(more, on_disk);
	struct told told = { 0 };
	struct error err = { 0 };

	/* That it was away waits there too. */
	w->now += 3600 * 1000;
	engine_free(w->engine);
	start(w);
	w->capacity = 0;
	open_incident(w);
	assert_int_equal(engine_reconfigure(w->engine, less, &err), 0);
	w->conf = less;
	turn(w);
	turn(w);
	assert_int_equal(w->store->ops->delivery_list(w->store, &all, count_told, &told, &err), 0);
	assert_int_equal(told.failed, 6);
	assert_int_equal(told.to_board, 1);
	assert_int_equal(told.to_ops, 0);
	conf_free(more);
	world_free(w);
}

static void a_channel_that_is_taken_away_on_disk(void **state)
{
	(void)state;
	take_away(true);
}

static void a_channel_that_is_taken_away_in_memory(void **state)
{
	(void)state;
	take_away(false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_turn_is_bounded_on_disk),
		cmocka_unit_test(a_turn_is_bounded_in_memory),
		cmocka_unit_test(nothing_is_lost_or_doubled_on_disk),
		cmocka_unit_test(nothing_is_lost_or_doubled_in_memory),
		cmocka_unit_test(a_channel_that_is_taken_away_on_disk),
		cmocka_unit_test(a_channel_that_is_taken_away_in_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
