/*
 * Alerts through the engine without the front: bodies are read, their commands run in
 * turns of a fixed size, and every turn is committed to a store on disk. Prints the CPU
 * time per event; under callgrind the instructions of work() are the same from run to
 * run, which times on a shared machine are not.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/json_parts.h"
#include "base/random.h"
#include "config/conf.h"
#include "engine/engine.h"
#include "ingest/ingest.h"

enum { BODY_PADDING = 900, IN_FLIGHT = 256 };	/* an alert is 1.1 KB */

struct bench {
	const struct conf *conf;
	struct engine *engine;
	struct ingest *ingest;
	struct arena *arena;
	int64_t serial, keys;
	int events, failed;
};

static int64_t host_now(void *arg)
{
	(void)arg;
	return clock_wall();
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
	return IN_FLIGHT;
}

/* A courier that has delivered before anybody can ask. */
static void host_send(void *arg, const char *transport, const struct buf *message)
{
	struct bench *b = arg;
	struct json_parts parts;
	int64_t attempt = 0;

	(void)transport;
	if (json_parts_read(message->data, message->len, b->arena, &parts) < 0 ||
	    json_parts_int(&parts, "attempt", &attempt) < 0)
		abort();
	engine_outcome(b->engine, engine_delivery_number(b->engine,
		json_parts_text(&parts, "id")), (int)attempt, ATTEMPT_DELIVERED, "HTTP 204", 0,
		NULL);
}

static void done(struct command *command, void *arg)
{
	struct bench *b = arg;

	b->failed += command->error.code != ERROR_NONE || command->answer == NULL;
}

static void add_alert(struct bench *b, struct buf *body)
{
	int64_t n = ++b->serial;

	buf_addf(body, "{\"key\":\"k-%lld\",\"title\":\"Ransomware note written on host %lld\","
		"\"severity\":\"high\",\"description\":\"",
		(long long)(b->keys > 0 ? n % b->keys : n), (long long)n);
	memset(buf_extend(body, BODY_PADDING), 'x', BODY_PADDING);
	buf_adds(body, "\"}");
	b->events++;
}

static const char *make_body(struct bench *b, int batch)
{
	struct buf *body = buf_in_arena(b->arena, 2000);
	int i;

	if (batch > 1)
		buf_addc(body, '[');
	for (i = 0; i < batch; i++) {
		if (i > 0)
			buf_addc(body, ',');
		add_alert(b, body);
	}
	if (batch > 1)
		buf_addc(body, ']');
	return body->data;
}

/* What is measured: it is called once for every turn. */
__attribute__((noinline)) static void work(struct bench *b, const char *const *bodies, int n)
{
	struct command *commands = arena_array(b->arena, (size_t)n, sizeof(*commands));
	const struct conf_source *source = &b->conf->sources[0];
	int64_t next_at;
	struct error err;
	int i;

	for (i = 0; i < n; i++) {
		struct command *c = &commands[i];

		c->kind = COMMAND_ALERTS;
		c->actor = "source:custom";
		c->arena = b->arena;
		c->done = done;
		c->arg = b;
		c->as.alerts.source = source;
		c->as.alerts.received_at = clock_wall();
		if (ingest_read(b->ingest, source, bodies[i], strlen(bodies[i]), 10000, b->arena,
			    &c->as.alerts, &err) < 0)
			abort();
		engine_submit(b->engine, c);
	}
	if (engine_turn(b->engine, &next_at, &err) < 0) {
		fprintf(stderr, "turn: %s\n", err.text);
		exit(1);
	}
}

static int64_t cpu_us(void)
{
	struct rusage use;

	getrusage(RUSAGE_SELF, &use);
	return ((int64_t)use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000000 +
		use.ru_utime.tv_usec + use.ru_stime.tv_usec;
}

static void run(struct bench *b, int turns, int per_turn, int batch)
{
	struct store *store = engine_store(b->engine);
	int64_t spent = 0, begin;
	struct error err;
	int64_t next_at;
	bool more;
	int i, j;

	engine_turn(b->engine, &next_at, &err);		/* what a start does once */
	for (i = 0; i < turns; i++) {
		const char **bodies = arena_array(b->arena, (size_t)per_turn, sizeof(*bodies));

		for (j = 0; j < per_turn; j++)
			bodies[j] = make_body(b, batch);
		begin = cpu_us();
		work(b, bodies, per_turn);
		store->ops->upkeep(store, &more, &err);
		spent += cpu_us() - begin;
		arena_reset(b->arena);
	}
	printf("%d turns of %d with %d: %.1f us of CPU per event, %d failed\n", turns, per_turn,
		batch, (double)spent / b->events, b->failed);
}

int main(int argc, char **argv)
{
	struct bench b = { .serial = 0 };
	const struct engine_host host = { host_now, host_roll, host_capacity, host_send, &b, NULL };
	struct conf_report report;
	struct error err;
	struct store *store;
	struct conf *conf;

	if (argc != 8) {
		fprintf(stderr, "usage: ingest CONF DATA STORE TURNS PER-TURN BATCH KEYS\n"
			"KEYS: how many different ones there are; 0: each alert has its own\n");
		return 2;
	}
	conf = conf_load(&(struct conf_options){ .path = argv[1], .data_dir = argv[2] }, &report);
	if (conf == NULL) {
		fprintf(stderr, "%s\n", report.errors[0].text);
		return 1;
	}
	store = store_sqlite_open(&(struct store_sqlite_options){ .path = argv[3] }, &err);
	b.conf = conf;
	b.engine = store != NULL ? engine_new(store, conf, &host, &err) : NULL;
	if (b.engine == NULL || engine_start(b.engine, "bench", &err) < 0 ||
	    (b.ingest = ingest_new(conf, &err)) == NULL) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	b.arena = arena_new();
	b.keys = atoi(argv[7]);
	run(&b, atoi(argv[4]), atoi(argv[5]), atoi(argv[6]));
	engine_stop(b.engine);
	engine_free(b.engine);
	ingest_free(b.ingest);
	store_close(store);
	conf_free(conf);
	conf_report_release(&report);
	arena_free(b.arena);
	return b.failed > 0;
}
