/*
 * Alerts that one turn takes in get what each would have got in a turn of its own: the
 * same clocks, byte for byte the same answers and the same lines in the journal. The
 * engine may fold once for many of them; nobody can tell.
 */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/json_out.h"
#include "base/rfc3339.h"
#include "base/text.h"
#include "core/document.h"
#include "engine/engine.h"

#define NOW INT64_C(1795275814659)	/* 2026-11-21T15:43:34.659Z */

/* The wall clock of the test never moves. */
static int64_t host_now(void *arg)
{
	(void)arg;
	return NOW;
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

struct world {
	struct conf *conf;
	struct store *store;
	struct engine *engine;
	struct arena *arena;
	struct buf *seen;		/* all that is to be seen from outside */
};

static void begin(struct world *w)
{
	const struct engine_host host = { host_now, host_roll, host_capacity, host_send, NULL, NULL };
	const struct conf_options options = {
		.path = TEST_SRCDIR "/tests/scenario/crowd.conf",
		.data_dir = TEST_SRCDIR "/etc/tocsin",
	};
	struct conf_report report = { 0 };
	struct error err = { 0 };

	w->conf = conf_load(&options, &report);
	assert_non_null(w->conf);
	conf_report_release(&report);
	w->store = store_memory_open();
	w->engine = engine_new(w->store, w->conf, &host, &err);
	assert_non_null(w->engine);
	assert_int_equal(engine_start(w->engine, "test", &err), 0);
	w->arena = arena_new();
	w->seen = buf_in_arena(w->arena, 0);
}

static void end(struct world *w)
{
	engine_free(w->engine);
	store_close(w->store);
	conf_free(w->conf);
	arena_free(w->arena);
}

/* ---- what comes in --------------------------------------------------------------- */

/* Each but for one thing like the one before, or like it in everything that counts:
 * whoever takes the last fold where he must not gives a wrong deadline to somebody. */
struct coming {
	const char *source;		/* NULL: by hand */
	const char *entity, *key;
	enum severity severity;
	int64_t late_ms;		/* so long before the turn it was received */
	int64_t detected_ms, aware_ms;	/* so long before the turn; 0: not said */
	const char *trait, *regime;	/* by hand */
	bool drill;
	int64_t drill_in_ms;
};

#define SIEM(...) { .source = "siem", __VA_ARGS__ }
#define LAB(...) { .source = "lab", __VA_ARGS__ }
#define HAND(...) { .entity = "acme", __VA_ARGS__ }

static const struct coming coming[] = {
	SIEM(.key = "a"), SIEM(.key = "b"),
	SIEM(.severity = SEVERITY_LOW), SIEM(.severity = SEVERITY_CRITICAL), SIEM(),
	SIEM(.late_ms = 1), SIEM(.late_ms = 1), SIEM(.late_ms = HOUR_MS), SIEM(),
	SIEM(.detected_ms = 1), SIEM(.detected_ms = HOUR_MS), SIEM(.detected_ms = HOUR_MS),
	SIEM(.aware_ms = HOUR_MS), SIEM(.aware_ms = DAY_MS), SIEM(.aware_ms = DAY_MS),
	LAB(), LAB(), LAB(.detected_ms = HOUR_MS), SIEM(), LAB(.late_ms = 1), SIEM(.late_ms = 1),
	SIEM(.entity = "grid"), SIEM(), SIEM(.entity = "azores"), SIEM(.entity = "brussels"),
	SIEM(.entity = "brussels"), SIEM(.entity = "insurer"), SIEM(.entity = "cypriot"),
	SIEM(.entity = "signer"), LAB(.entity = "signer"), LAB(.entity = "grid"), LAB(),
	HAND(), HAND(), HAND(.trait = "trust-service"), HAND(), HAND(.drill = true), HAND(),
	HAND(.drill = true, .drill_in_ms = MINUTE_MS), HAND(.regime = "gdpr"), HAND(),
	HAND(.aware_ms = HOUR_MS), HAND(.aware_ms = HOUR_MS, .detected_ms = DAY_MS), SIEM(),
};
enum { N = ARRAY_LEN(coming) };

static void done(struct command *command, void *arg)
{
	(void)arg;
	assert_int_equal(command->error.code, ERROR_NONE);
}

static int64_t ago(int64_t ms)
{
	return ms > 0 ? NOW - ms : TIME_NONE;
}

static void make_open(struct world *w, const struct coming *in, struct command *c)
{
	const char **words = arena_array(w->arena, 2, sizeof(*words));

	words[0] = in->trait;
	words[1] = in->regime;
	c->kind = COMMAND_OPEN;
	c->actor = "token:ops";
	c->as.open = (struct command_open){ .entity = in->entity, .title = "Theft",
		.by = "j.doe", .occurred_at = TIME_NONE, .detected_at = ago(in->detected_ms),
		.aware_at = ago(in->aware_ms), .classified_at = TIME_NONE, .drill = in->drill,
		.drill_in_ms = in->drill_in_ms, .traits = words, .n_traits = in->trait != NULL,
		.regimes = words + 1, .n_regimes = in->regime != NULL };
}

static void make_alert(struct world *w, const struct coming *in, struct command *c)
{
	struct alert *alert = arena_alloc(w->arena, sizeof(*alert));

	*alert = (struct alert){ .title = "Flood", .severity = in->severity, .key = in->key,
		.entity = in->entity, .body = "{}", .body_len = 2,
		.detected_at = ago(in->detected_ms), .aware_at = ago(in->aware_ms) };
	c->kind = COMMAND_ALERTS;
	c->actor = arena_join(w->arena, "source:", in->source, NULL);
	c->as.alerts = (struct command_alerts){ .source = conf_source(w->conf, in->source),
		.alerts = alert, .n_alerts = 1, .single = true,
		.received_at = NOW - in->late_ms };
}

static struct command *submit(struct world *w, const struct coming *in)
{
	struct command *c = arena_alloc(w->arena, sizeof(*c));

	*c = (struct command){ .arena = w->arena, .done = done };
	if (in->source == NULL)
		make_open(w, in, c);
	else
		make_alert(w, in, c);
	engine_submit(w->engine, c);
	return c;
}

/* ---- what is seen ---------------------------------------------------------------- */

static void turn(struct world *w)
{
	struct error err = { 0 };
	int64_t next_at;

	if (engine_turn(w->engine, &next_at, &err) < 0)
		fail_msg("turn: %s", err.text);
}

static int see_line(void *arg, const struct journal_row *row)
{
	struct world *w = arg;

	buf_addf(w->seen, "\n%s", row->line);
	return 0;
}

static void see_clocks(struct world *w, int64_t incident)
{
	struct clock_row *rows;
	struct error err;
	size_t n, i;

	assert_int_equal(w->store->ops->clock_of(w->store, incident, w->arena, &rows, &n, &err), 0);
	for (i = 0; i < n; i++) {
		assert_int_equal(rows[i].clock.incident, incident);
		buf_addf(w->seen, "\n%lld ", (long long)incident);
		document_put_clock(w->seen, NULL, &rows[i].clock, NOW);
		buf_addf(w->seen, " step %d, next %lld", rows[i].progress.step,
			(long long)rows[i].next_at);
	}
}

static const char *see(struct world *w, struct command *const *commands)
{
	struct error err;
	size_t i;

	for (i = 0; i < N; i++)
		buf_addf(w->seen, "\n%zu: %d %s", i, commands[i]->status, commands[i]->answer);
	for (i = 0; i < N; i++)
		see_clocks(w, (int64_t)i + 1);
	assert_int_equal(w->store->ops->journal_read(w->store, 0, 0, 10000, see_line, w, &err), 0);
	return w->seen->data;
}

/* In one turn, or each in its own. */
static const char *run(struct world *w, bool one_by_one)
{
	struct command *commands[N];
	size_t i;

	begin(w);
	turn(w);	/* what a start does once */
	for (i = 0; i < N; i++) {
		commands[i] = submit(w, &coming[i]);
		if (one_by_one)
			turn(w);
	}
	turn(w);
	return see(w, commands);
}

/* The first line that differs. */
static void expect_same(const char *got, const char *want)
{
	while (*got != '\0' || *want != '\0') {
		size_t n_got = strcspn(got, "\n"), n_want = strcspn(want, "\n");

		if (n_got != n_want || memcmp(got, want, n_got) != 0)
			fail_msg("\n%.*s\nnot as in a turn of its own:\n%.*s", (int)n_got, got,
				(int)n_want, want);
		got += n_got + (got[n_got] == '\n');
		want += n_want + (want[n_want] == '\n');
	}
}

static void a_crowd_gets_what_each_would_get_alone(void **unused)
{
	struct world crowd, alone;

	(void)unused;
	expect_same(run(&crowd, false), run(&alone, true));
	end(&crowd);
	end(&alone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_crowd_gets_what_each_would_get_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
