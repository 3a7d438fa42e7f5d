/*
 * The scenario runner: replays text files on core, engine and the memory store
 * with a clock that it moves itself, so that a month takes milliseconds. A
 * scenario reads like a specification; its words:
 *
 *   entity ID                     whose incidents (of scenario.conf); default acme
 *   at TIME                       the time it is
 *   elapse DURATION               lets time pass, waking as the daemon would
 *   set TIME                      the wall clock is set: no time passes
 *   suspend DURATION              the machine sleeps, and nothing runs meanwhile
 *   time synchronised|unsynchronised|unknown
 *                                 what the kernel says of the wall clock from now on
 *   down DURATION [set TIME]      the daemon is away, then starts again; set: at its end the
 *                                 wall clock is set
 *   crash                         the daemon dies in the middle, and starts again
 *   courier-dies                  with what it had in flight; the daemon lives
 *   open "TITLE" [aware TIME] [detected TIME] [trait NAME] [severity NAME]
 *         [drill [in DURATION]]
 *   crowd N "TITLE" ...           the same, N incidents; the words after it are of the last
 *   event TYPE TIME [due TIME] [regime NAME] [replaces] [by NAME]
 *   file STAGE TIME [received TIME] [replaces] [by NAME]
 *   waive STAGE | dismiss | ack DURATION [STAGE] [regime NAME]
 *   withdraw STAGE [by NAME]      the filing does not count
 *   trait [add NAME] [remove NAME] [by NAME]
 *   confirm NAME [actor NAME]     the second person, for what is held; every command but
 *                                 this comes from the actor "scenario"
 *   apply-rules [by NAME]         those in force, to this incident
 *   conf FILE [crash]             another configuration in place of scenario.conf, by a
 *                                 reload, or with a process that starts after a crash;
 *                                 "shipped": the one that is installed
 *   data FOLDER                   another configuration: the rule files of that folder
 *                                 beside this one stand before the shipped ones; "shipped":
 *                                 only those
 *   tzdata ZONE OTHER             from now on that zone is as the other one is
 *   rules-lost                    rules of earlier days cannot be had any more
 *   unpinned                      the incident is as one from before rules were kept
 *   channel NAME delivers|temporary|permanent|ambiguous|silent [DURATION]
 *                                 what it answers from now on; silent: nothing;
 *                                 DURATION: its Retry-After
 *   alert SOURCE "TITLE" [key KEY] [of ENTITY] [severity NAME] [detected TIME] [resolved]
 *         [test]
 *   flood N SOURCE "TITLE" [key KEY]
 *                                 N alerts in one request: "TITLE 0", key KEY-0, ...
 *   test CHANNEL                  somebody wants to know whether it works
 *   replay CHANNEL [STEP]         its newest delivery, once more
 *   store fails|works             from now on no turn can be committed
 *   listen                        to the log, until "logged"
 *   logged N TEXT                 it has said N lines with TEXT meanwhile
 *   incident N                    the words after it are of that one
 *   incidents N                   so many were opened
 *   holds N                       so many alerts are in it
 *   severity NAME
 *   similar [N ...]               the earlier ones that it was like
 *   keys N [KEY M]                so many keys are kept of a storm; that one came M times
 *   refused TEXT                  the command before was refused, saying TEXT
 *   told CHANNEL STAGE STEP [repeat N] [passed N] [late DURATION] [for N] [page N]
 *         [fallback CHANNEL]      the next notice not yet told of is this one; for: it
 *                                 stands for N reminders before it; page: which alert
 *                                 of its clock it is for at a pager
 *   said TEXT                     the text of a notice not yet told of has TEXT
 *   quiet                         there is no such notice
 *   notified CHANNEL ABOUT [TEXT] the next notice of no incident is this one, and says TEXT;
 *                                 ABOUT of a test: asked or scheduled
 *   not-notified                  there is no such notice
 *   pinged N [TEXT]               the outside watcher has heard from us N times since we
 *                                 asked last; the last one says TEXT
 *   failures N                    the same, that something is wrong
 *   attempts CHANNEL N [M]        so many attempts (N to M) were made since we asked last
 *   clock STAGE STATE [due TIME] [planned TIME] [late] [arguable] [unconfirmed]
 *         [rules TEXT] [proposed STATE [until TIME] by NAME]
 *                                 without "proposed": nothing is held
 *   state STATE
 *   lease TIME                    the lease given by the ack before ends then
 *   deliveries STATE N            so many deliveries are in that state
 *   journal KIND N [TEXT]         so many lines of that kind (in which TEXT is found);
 *                                 the chain verifies
 *   journal-says KIND TEXT        the last line of that kind has TEXT in it
 *   took-at-most DURATION         of CPU, all of it so far; prints what it was
 *   verdict running|passed|passed-with-gaps|failed
 *                                 what the report of the drill says
 *   missing TEXT [alone] | missing nothing
 *                                 what it says is missing; alone: nothing else
 *   gap TEXT [alone] | gap nothing
 *                                 what it says is a gap
 *   reported STAGE STEP fired|held|stood-in-for|missed|not-reached|to-come [at TIME]
 *
 * "told" and "quiet" look at notices of incidents, "notified" at the others.
 * "told" looks at notices in the order in which they were sent; those of one
 * instant come in the order of the policy's channels.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/text.h"
#include "config/transport.h"
#include "scenario.h"

void fail(struct scenario *s, const char *fmt, ...)
{
	char at[RFC3339_SIZE];
	va_list ap;

	rfc3339_format(s->now, at);
	printf("# %s:%d (at %s): ", s->file, s->line, at);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	s->failed = true;
}

/* ---- the engine's host ---------------------------------------------------------- */

static int64_t host_now(void *arg)
{
	return ((struct scenario *)arg)->now;
}

static void host_read_clocks(void *arg, struct clock_reading *ret)
{
	const struct scenario *s = arg;

	*ret = (struct clock_reading){ .wall = s->now, .boot = s->now + s->boot_ahead,
		.monotonic = s->now + s->boot_ahead - s->slept, .sync = s->sync,
		.error_us = -1 };
}

/* A fixed sequence, so that a scenario runs the same each time. */
static int64_t host_roll(void *arg)
{
	struct scenario *s = arg;

	s->seed = s->seed * 6364136223846793005u + 1442695040888963407u;
	return (int64_t)((s->seed >> 33) % 1000000);
}

static int host_capacity(void *arg, const char *transport)
{
	(void)arg;
	(void)transport;
	return 1000;
}

static const struct channel_mode *mode_of(const struct scenario *s, const char *channel)
{
	static const struct channel_mode fine = { .outcome = ATTEMPT_DELIVERED };
	size_t i;

	for (i = 0; i < s->n_modes; i++)
		if (strcmp(s->modes[i].name, channel) == 0)
			return &s->modes[i];
	return &fine;
}

/* One line for a notice, in the words of "told". */
static void describe(const json_t *message, struct told *out)
{
	const json_t *notice = json_object_get(message, "notice");
	const json_t *step = json_object_get(notice, "step");
	const json_t *clock = json_object_get(notice, "clock");
	int64_t repeat = json_integer_value(json_object_get(step, "repeat"));
	int64_t passed = json_integer_value(json_object_get(notice, "passed_over"));
	int64_t late = json_integer_value(json_object_get(notice, "late_s"));
	struct buf b;

	buf_init(&b, sizeof(out->text) - 1);
	buf_addf(&b, "%s %s %s", text_of(message, "channel"), text_of(clock, "stage"),
		step != NULL ? text_of(step, "at") : text_of(notice, "kind"));
	if (repeat > 0)
		buf_addf(&b, " repeat %" PRId64, repeat);
	if (passed > 0)
		buf_addf(&b, " passed %" PRId64, passed);
	if (late > 0) {
		char text[PERIOD_SIZE];

		period_format_duration(late * SECOND_MS, text);
		buf_addf(&b, " late %s", text);
	}
	if (json_object_get(notice, "stands_for") != NULL)
		buf_addf(&b, " for %" JSON_INTEGER_FORMAT,
			json_integer_value(json_object_get(notice, "stands_for")));
	if (json_object_get(notice, "page") != NULL)
		buf_addf(&b, " page %" JSON_INTEGER_FORMAT,
			json_integer_value(json_object_get(notice, "page")));
	if (json_object_get(notice, "fallback_for") != NULL)
		buf_addf(&b, " fallback %s", text_of(notice, "fallback_for"));
	if (json_is_true(json_object_get(notice, "drill")))
		buf_adds(&b, strstr(text_of(notice, "text"), "DRILL") != NULL ? " drill" :
			" drill-without-its-mark");
	text_copy(out->text, sizeof(out->text), b.data);
	text_copy(out->said, sizeof(out->said), text_of(notice, "text"));
	buf_release(&b);
}

/* By doubling: a month of a crowd is told thousands of times. */
static struct told *told_add(struct told **list, size_t *n)
{
	if ((*n & (*n - 1)) == 0)
		*list = xreallocarray(*list, *n > 0 ? 2 * *n : 1, sizeof(**list));
	return &(*list)[(*n)++];
}

static void take_ping(struct scenario *s, const json_t *notice)
{
	bool failed = json_is_true(json_object_get(notice, "failed"));

	s->pings += !failed;
	s->ping_failures += failed;
	text_copy(s->ping, sizeof(s->ping), text_of(notice, "body"));
	engine_heartbeat_heard(s->engine, ATTEMPT_DELIVERED, "scenario");
}

static void take_notice(struct scenario *s, const json_t *message)
{
	const json_t *notice = json_object_get(message, "notice");
	struct told *told;

	if (json_object_get(notice, "incident") != NULL) {
		describe(message, told_add(&s->told, &s->n_told));
		return;
	}
	told = told_add(&s->notices, &s->n_notices);
	snprintf(told->text, sizeof(told->text), "%s %s", text_of(message, "channel"),
		text_of(notice, "about"));
	text_copy(told->said, sizeof(told->said), text_of(notice, "text"));
}

static void see_message(struct scenario *s, const json_t *message)
{
	const struct channel_mode *mode = mode_of(s, text_of(message, "channel"));

	if (strcmp(text_of(message, "id"), TRANSPORT_HEARTBEAT) == 0) {
		take_ping(s, json_object_get(message, "notice"));
		return;
	}
	*attempts_of(s, text_of(message, "channel")) += 1;
	/* Attempts at one that does not work are seen by their rows, not here. */
	if (mode->silent)
		return;
	if (mode->outcome == ATTEMPT_DELIVERED)
		take_notice(s, message);
	engine_outcome(s->engine, engine_delivery_number(s->engine, text_of(message, "id")),
		(int)json_integer_value(json_object_get(message, "attempt")), mode->outcome,
		"scenario", mode->retry_after_ms, NULL);
}

static void host_send(void *arg, const char *transport, const struct buf *line)
{
	json_t *message = json_read(line->data, line->len, NULL);

	(void)transport;
	see_message(arg, message);
	json_decref(message);
}

int *attempts_of(struct scenario *s, const char *channel)
{
	size_t i;

	for (i = 0; i < s->n_attempts; i++)
		if (strcmp(s->attempts[i].channel, channel) == 0)
			return &s->attempts[i].n;
	if (s->n_attempts == ARRAY_LEN(s->attempts)) {
		fail(s, "too many channels");
		return &s->attempts[0].n;
	}
	text_copy(s->attempts[i].channel, sizeof(s->attempts[i].channel), channel);
	s->n_attempts++;
	return &s->attempts[i].n;
}

bool start_engine(struct scenario *s)
{
	const struct engine_host host = { host_now, host_roll, host_capacity, host_send, s,
		host_read_clocks };
	struct error err;

	s->engine = engine_new(s->store, s->conf, &host, &err);
	if (s->engine == NULL || engine_start(s->engine, "scenario", &err) < 0) {
		fail(s, "the engine does not start: %s", err.text);
		return false;
	}
	return true;
}

void turn(struct scenario *s)
{
	struct error err;

	do {
		if (s->turns++ > TURNS_MAX) {
			fail(s, "more than %d turns: it spins", TURNS_MAX);
			return;
		}
		if (engine_turn(s->engine, &s->next_at, &err) < 0) {
			/* As the loop does: again after a second. */
			s->next_at = s->now + SECOND_MS;
			if (!s->store_fails)
				fail(s, "a turn failed: %s", err.text);
			return;
		}
	} while (engine_has_work(s->engine) || (s->next_at != TIME_NONE && s->next_at <= s->now));
}

void pass_time(struct scenario *s, int64_t until)
{
	while (!s->failed && s->next_at != TIME_NONE && s->next_at <= until) {
		s->now = s->next_at;
		turn(s);
	}
	s->now = until;
	turn(s);
}

/* ---- running ------------------------------------------------------------------------- */

static void split(char *line, struct words *w)
{
	char *p = line;

	w->n = 0;
	while (w->n < WORDS_MAX) {
		p += strspn(p, " \t");
		if (*p == '\0' || *p == '#')
			return;
		if (*p == '"' || *p == '\'') {
			const char end[] = { *p, '\0' };

			w->list[w->n++] = ++p;
			p += strcspn(p, end);
		} else {
			w->list[w->n++] = p;
			p += strcspn(p, " \t");
		}
		if (*p != '\0')
			*p++ = '\0';
	}
}

static const struct {
	const char *name;
	word_fn *fn;
} vocabulary[] = {
	{ "entity", do_entity }, { "at", do_at }, { "elapse", do_elapse }, { "set", do_set },
	{ "down", do_down }, { "crash", do_crash }, { "open", do_open },
	{ "courier-dies", do_courier_dies },
	{ "event", do_event }, { "file", do_file }, { "waive", do_waive },
	{ "dismiss", do_dismiss }, { "ack", do_ack }, { "withdraw", do_withdraw },
	{ "trait", do_trait }, { "confirm", do_confirm }, { "apply-rules", do_apply_rules },
	{ "channel", do_channel }, { "suspend", do_suspend }, { "time", do_time },
	{ "data", do_data }, { "tzdata", do_tzdata },
	{ "rules-lost", do_rules_lost }, { "unpinned", do_unpinned }, { "refused", expect_refused },
	{ "told", expect_told }, { "said", expect_said }, { "quiet", expect_quiet },
	{ "clock", expect_clock }, { "state", expect_state }, { "lease", expect_lease },
	{ "deliveries", expect_deliveries }, { "journal", expect_journal },
	{ "journal-says", expect_journal_says }, { "took-at-most", expect_took },
	{ "conf", do_conf }, { "crowd", do_crowd }, { "alert", do_alert }, { "test", do_test },
	{ "replay", do_replay }, { "store", do_store }, { "notified", expect_notified },
	{ "listen", do_listen }, { "logged", expect_logged },
	{ "not-notified", expect_not_notified }, { "pinged", expect_pinged },
	{ "failures", expect_failures }, { "attempts", expect_attempts },
	{ "verdict", expect_verdict }, { "missing", expect_missing },
	{ "gap", expect_gap },
	{ "reported", expect_reported }, { "flood", do_flood }, { "incident", do_incident },
	{ "incidents", expect_incidents }, { "holds", expect_holds },
	{ "severity", expect_severity }, { "similar", expect_similar }, { "keys", expect_keys },
};

static void run_line(struct scenario *s, char *line)
{
	struct words w;
	size_t i;

	split(line, &w);
	if (w.n == 0)
		return;
	/* A refusal that nobody expected is a failure of the scenario. */
	if (s->refused.code != ERROR_NONE && strcmp(w.list[0], "refused") != 0) {
		fail(s, "the command before was refused: %s %s", s->refused.pointer,
			s->refused.text);
		return;
	}
	for (i = 0; i < ARRAY_LEN(vocabulary); i++) {
		if (strcmp(w.list[0], vocabulary[i].name) != 0)
			continue;
		if (s->engine == NULL && vocabulary[i].fn != do_at &&
		    vocabulary[i].fn != do_entity && vocabulary[i].fn != do_data &&
		    vocabulary[i].fn != do_conf)
			fail(s, "say \"at TIME\" first");
		else
			vocabulary[i].fn(s, &w);
		return;
	}
	fail(s, "no such word: %s", w.list[0]);
}

static bool run_file(const char *path, struct conf *conf)
{
	struct scenario s = { .file = path, .conf = conf, .entity = "acme", .next_at = TIME_NONE,
		.sync = CLOCK_SYNC_YES };
	FILE *in = fopen(path, "r");
	char line[1024];

	if (in == NULL) {
		printf("# %s cannot be opened\n", path);
		return false;
	}
	s.store = store_memory_open();
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &s.began);
	while (!s.failed && fgets(line, sizeof(line), in) != NULL) {
		s.line++;
		line[strcspn(line, "\r\n")] = '\0';
		run_line(&s, line);
	}
	fclose(in);
	stop_listening();
	if (!s.failed && s.refused.code != ERROR_NONE)
		fail(&s, "the last command was refused: %s", s.refused.text);
	engine_free(s.engine);
	store_close(s.store);
	while (s.n_confs > 0)
		conf_free(s.confs[--s.n_confs]);
	free(s.told);
	free(s.notices);
	return !s.failed;
}

struct conf *load_conf(const char *file, const char *folder)
{
	char path[1024], data[2048];
	const char *top = getenv("top_srcdir") != NULL ? getenv("top_srcdir") : ".";
	const char *built = getenv("top_builddir") != NULL ? getenv("top_builddir") : ".";
	struct conf_options options = { .path = path, .data_dir = data };
	struct conf_report report = { 0 };
	struct conf *conf;
	size_t i;

	if (strcmp(file, "shipped") == 0)
		snprintf(path, sizeof(path), "%s/etc/tocsin/tocsind.conf", built);
	else
		snprintf(path, sizeof(path), "%s/tests/scenario/%s", top, file);
	if (folder != NULL)
		snprintf(data, sizeof(data), "%s/tests/scenario/%s:%s/etc/tocsin", top, folder, top);
	else
		snprintf(data, sizeof(data), "%s/etc/tocsin", top);
	conf = conf_load(&options, &report);
	for (i = 0; i < report.n_errors; i++)
		printf("# %s:%d: %s\n", report.errors[i].file, report.errors[i].line,
			report.errors[i].text);
	conf_report_release(&report);
	return conf;
}

int main(int argc, char **argv)
{
	struct conf *conf;
	int i, bad = 0;

	log_set_level(LOG_LEVEL_ERROR);
	conf = load_conf("scenario.conf", NULL);
	if (conf == NULL) {
		printf("Bail out! scenario.conf has errors\n");
		return 1;
	}
	printf("1..%d\n", argc - 1);
	for (i = 1; i < argc; i++) {
		bool good = run_file(argv[i], conf);
		const char *name = strrchr(argv[i], '/');

		printf("%sok %d - %s\n", good ? "" : "not ", i, name != NULL ? name + 1 : argv[i]);
		bad += !good;
	}
	conf_free(conf);
	return bad > 0;
}
