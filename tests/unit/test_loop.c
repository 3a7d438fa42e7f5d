/* When a turn runs: once for all that is there to be read, and in time though there is
 * always more of it. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include <event2/event.h>

#include "engine/loop.h"

enum {
	PIECES = 10,		/* in which work comes in, one at each look */
	MANY = 128,		/* as many commands as wait for no more */
	LONG_MS = 2000,		/* not reached unless a turn is put off until the alarm */
};

struct fixture {
	struct conf *conf;
	struct store *store;
	struct event_base *base;
	struct loop *loop;
	struct arena *arena;
	struct command commands[MANY];
	int submitted, answered;
	struct event *more;	/* what is always ready, and of the default priority */
	int pieces;		/* brings a command each time, so many; 0: none, for ever */
	int looks;		/* how often it came */
};

static void done(struct command *command, void *arg)
{
	struct fixture *f = arg;

	assert_int_equal(command->error.code, ERROR_NONE);
	f->answered++;
}

static void submit(struct fixture *f)
{
	struct command *c = &f->commands[f->submitted++];

	*c = (struct command){ .kind = COMMAND_OPEN, .actor = "token:ops", .arena = f->arena,
		.done = done, .arg = f };
	c->as.open = (struct command_open){ .entity = "acme", .title = "Ransomware",
		.by = "j.doe", .occurred_at = TIME_NONE, .detected_at = TIME_NONE,
		.aware_at = clock_wall(), .classified_at = TIME_NONE };
	loop_submit(f->loop, c);
}

static void come_again(struct fixture *f)
{
	static const struct timeval now;

	evtimer_add(f->more, &now);
}

static void on_more(evutil_socket_t fd, short what, void *arg)
{
	struct fixture *f = arg;

	(void)fd;
	(void)what;
	f->looks++;
	if (f->submitted < f->pieces)
		submit(f);
	if (f->pieces == 0 || f->submitted < f->pieces)
		come_again(f);
}

static uint64_t turns(const struct fixture *f)
{
	const struct histogram *h = &loop_times(f->loop)->turns;
	uint64_t n = 0;
	size_t i;

	for (i = 0; i <= HISTOGRAM_BOUNDS; i++)
		n += h->counts[i];
	return n;
}

static void run_until_answered(struct fixture *f, int n)
{
	int64_t begun = clock_boot();

	while (f->answered < n && clock_boot() - begun < LONG_MS)
		event_base_loop(f->base, EVLOOP_ONCE);
	assert_int_equal(f->answered, n);
	assert_true(clock_boot() - begun < LONG_MS);
}

static int set_up(void **state)
{
	const struct conf_options options = {
		.path = TEST_SRCDIR "/tests/scenario/scenario.conf",
		.data_dir = TEST_SRCDIR "/etc/tocsin",
	};
	/* Nobody is told anything here. */
	const struct loop_options how = { .courier = "./no-courier", .version = "test" };
	static struct fixture fixture;
	struct conf_report report = { 0 };
	struct fixture *f = &fixture;
	struct error err = { 0 };

	*f = (struct fixture){ .store = store_memory_open(), .base = event_base_new(),
		.arena = arena_new(), .conf = conf_load(&options, &report) };
	assert_non_null(f->conf);
	conf_report_release(&report);
	assert_int_equal(event_base_priority_init(f->base, LOOP_PRIORITIES), 0);
	f->loop = loop_new(f->base, f->store, f->conf, &how, &err);
	assert_non_null(f->loop);
	f->more = evtimer_new(f->base, on_more, f);
	while (turns(f) == 0)
		event_base_loop(f->base, EVLOOP_ONCE);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	event_free(f->more);
	loop_free(f->loop);
	event_base_free(f->base);
	store_close(f->store);
	conf_free(f->conf);
	arena_free(f->arena);
	return 0;
}

static void what_comes_in_while_more_is_read_shares_a_turn(void **state)
{
	struct fixture *f = *state;
	uint64_t before = turns(f);

	f->pieces = PIECES;
	come_again(f);
	run_until_answered(f, PIECES);
	/* One, unless the machine stood still for longer than a turn is put off. */
	assert_in_range(turns(f) - before, 1, PIECES / 2);
}

static void one_command_waits_for_nothing(void **state)
{
	struct fixture *f = *state;

	int i;

	submit(f);
	/* The couriers, which there are none of, may be first. */
	for (i = 0; i < 3 && f->answered == 0; i++)
		event_base_loop(f->base, EVLOOP_NONBLOCK);
	assert_int_equal(f->answered, 1);
}

static void a_flood_cannot_put_a_turn_off(void **state)
{
	struct fixture *f = *state;

	come_again(f);
	submit(f);
	run_until_answered(f, 1);
	assert_true(f->looks > 0);
}

static void so_many_commands_wait_for_no_more(void **state)
{
	struct fixture *f = *state;

	come_again(f);
	while (f->submitted < MANY)
		submit(f);
	run_until_answered(f, MANY);
	assert_in_range(f->looks, 0, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_comes_in_while_more_is_read_shares_a_turn,
			set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_command_waits_for_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_flood_cannot_put_a_turn_off, set_up, tear_down),
		cmocka_unit_test_setup_teardown(so_many_commands_wait_for_no_more, set_up,
			tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
