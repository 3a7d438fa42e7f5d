/*
 * The scenario runner: replays text files on core, engine and the memory store
 * with a clock that it moves itself, so that a month takes milliseconds. A
 * scenario reads like a specification; its words:
 *
 *   entity ID                     whose incidents (of scenario.conf); default acme
 *   at TIME                       the time it is
 *   elapse DURATION               lets time pass, waking as the daemon would
 *   set TIME                      the wall clock is set: no time passes
 *   down DURATION                 the daemon is away, then starts again
 *   crash                         the daemon dies in the middle, and starts again
 *   open "TITLE" [aware TIME] [detected TIME] [trait NAME] [drill]
 *   event TYPE TIME [due TIME] [replaces]
 *   file STAGE TIME [received TIME]
 *   waive STAGE | dismiss | ack DURATION [STAGE]
 *   channel NAME delivers|temporary|permanent|ambiguous|silent [DURATION]
 *                                 what it answers from now on; silent: nothing;
 *                                 DURATION: its Retry-After
 *   refused TEXT                  the command before was refused, saying TEXT
 *   told CHANNEL STAGE STEP [repeat N] [passed N] [late DURATION] [fallback CHANNEL]
 *                                 the next notice not yet told of is this one
 *   said TEXT                     the text of a notice not yet told of has TEXT
 *   quiet                         there is no such notice
 *   clock STAGE STATE [due TIME] [planned TIME] [late] [arguable] [unconfirmed]
 *   state STATE
 *   lease TIME                    the lease given by the ack before ends then
 *   deliveries STATE N            so many deliveries are in that state
 *   journal KIND N                so many lines of that kind; the chain verifies
 *
 * "told" looks at notices in the order in which they were sent; those of one
 * instant come in the order of the policy's channels.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/text.h"
#include "engine/engine.h"

enum { WORDS_MAX = 24, TURNS_MAX = 200000 };

struct told {
	char text[400];			/* in the words of "told" */
	char said[1000];		/* what people read */
};

struct channel_mode {
	char name[64];
	enum attempt_outcome outcome;
	bool silent;
	int64_t retry_after_ms;
};

struct scenario {
	const char *file;
	int line;
	bool failed;
	struct conf *conf;
	struct store *store;
	struct engine *engine;
	int64_t now, next_at;
	char entity[64];
	int64_t incident;
	struct error refused;
	char lease[RFC3339_SIZE];
	struct told *told;
	size_t n_told, n_seen;
	struct channel_mode modes[16];
	size_t n_modes;
	uint64_t seed;
	int turns;
};

static void fail(struct scenario *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void fail(struct scenario *s, const char *fmt, ...)
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

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
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
	if (json_object_get(notice, "fallback_for") != NULL)
		buf_addf(&b, " fallback %s", text_of(notice, "fallback_for"));
	if (json_is_true(json_object_get(notice, "drill")))
		buf_adds(&b, strstr(text_of(notice, "text"), "DRILL") != NULL ? " drill" :
			" drill-without-its-mark");
	text_copy(out->text, sizeof(out->text), b.data);
	text_copy(out->said, sizeof(out->said), text_of(notice, "text"));
	buf_release(&b);
}

static void host_send(void *arg, const char *transport, const json_t *message)
{
	struct scenario *s = arg;
	const struct channel_mode *mode = mode_of(s, text_of(message, "channel"));

	(void)transport;
	/* Attempts at one that does not work are seen by their rows, not here. */
	if (mode->silent)
		return;
	if (mode->outcome == ATTEMPT_DELIVERED) {
		s->told = xreallocarray(s->told, s->n_told + 1, sizeof(*s->told));
		describe(message, &s->told[s->n_told++]);
	}
	engine_outcome(s->engine, engine_delivery_number(s->engine, text_of(message, "id")),
		(int)json_integer_value(json_object_get(message, "attempt")), mode->outcome,
		"scenario", mode->retry_after_ms, NULL);
}

static bool start_engine(struct scenario *s)
{
	const struct engine_host host = { host_now, host_roll, host_capacity, host_send, s };
	struct error err;

	s->engine = engine_new(s->store, s->conf, &host, &err);
	if (s->engine == NULL || engine_start(s->engine, "scenario", &err) < 0) {
		fail(s, "the engine does not start: %s", err.text);
		return false;
	}
	return true;
}

static void turn(struct scenario *s)
{
	struct error err;

	do {
		if (s->turns++ > TURNS_MAX) {
			fail(s, "more than %d turns: it spins", TURNS_MAX);
			return;
		}
		if (engine_turn(s->engine, &s->next_at, &err) < 0) {
			fail(s, "a turn failed: %s", err.text);
			return;
		}
	} while (engine_has_work(s->engine) || (s->next_at != TIME_NONE && s->next_at <= s->now));
}

static void pass_time(struct scenario *s, int64_t until)
{
	while (!s->failed && s->next_at != TIME_NONE && s->next_at <= until) {
		s->now = s->next_at;
		turn(s);
	}
	s->now = until;
	turn(s);
}

/* ---- words --------------------------------------------------------------------------- */

struct words {
	char *list[WORDS_MAX];
	size_t n;
};

static void split(char *line, struct words *w)
{
	char *p = line;

	w->n = 0;
	while (w->n < WORDS_MAX) {
		p += strspn(p, " \t");
		if (*p == '\0' || *p == '#')
			return;
		if (*p == '"') {
			w->list[w->n++] = ++p;
			p += strcspn(p, "\"");
		} else {
			w->list[w->n++] = p;
			p += strcspn(p, " \t");
		}
		if (*p != '\0')
			*p++ = '\0';
	}
}

static const char *word(const struct words *w, size_t i)
{
	return i < w->n ? w->list[i] : "";
}

static bool has(const struct words *w, const char *name)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		if (strcmp(w->list[i], name) == 0)
			return true;
	return false;
}

static const char *value_of(const struct words *w, const char *name)
{
	size_t i;

	for (i = 0; i + 1 < w->n; i++)
		if (strcmp(w->list[i], name) == 0)
			return w->list[i + 1];
	return NULL;
}

static int64_t time_word(struct scenario *s, const char *text)
{
	struct error err;
	int64_t at;

	if (text == NULL)
		return TIME_NONE;
	if (rfc3339_parse(text, strlen(text), &at, &err) < 0) {
		fail(s, "%s: %s", text, err.text);
		return TIME_NONE;
	}
	return at;
}

static int64_t number_word(struct scenario *s, const char *text)
{
	int64_t n = -1;

	if (text_int64(text, 0, INT32_MAX, &n) < 0)
		fail(s, "%s is no number", text);
	return n;
}

static int64_t length_word(struct scenario *s, const char *text)
{
	struct error err;
	int64_t ms = 0;

	if (period_parse_duration(text, &ms, &err) < 0)
		fail(s, "%s: %s", text, err.text);
	return ms;
}

/* ---- commands ----------------------------------------------------------------------- */

static void done(struct command *c, void *arg)
{
	struct scenario *s = arg;
	struct error err;
	json_t *answer;

	s->refused = c->error;
	if (c->error.code != ERROR_NONE)
		return;
	answer = json_read(c->answer, strlen(c->answer), &err);
	if (c->kind == COMMAND_OPEN)
		s->incident = json_integer_value(json_object_get(answer, "id"));
	if (c->kind == COMMAND_ACKNOWLEDGEMENT)
		text_copy(s->lease, sizeof(s->lease), text_of(answer, "until"));
	json_decref(answer);
}

static void submit(struct scenario *s, struct command *c)
{
	c->actor = "scenario";
	c->incident = c->kind == COMMAND_OPEN ? 0 : s->incident;
	c->arena = arena_new();
	c->done = done;
	c->arg = s;
	engine_submit(s->engine, c);
	turn(s);
	arena_free(c->arena);
}

static void do_open(struct scenario *s, const struct words *w)
{
	const char *trait = value_of(w, "trait");
	struct command c = { .kind = COMMAND_OPEN };

	c.as.open.entity = s->entity;
	c.as.open.title = word(w, 1);
	c.as.open.severity = SEVERITY_HIGH;
	c.as.open.occurred_at = c.as.open.classified_at = TIME_NONE;
	c.as.open.aware_at = time_word(s, value_of(w, "aware"));
	c.as.open.detected_at = time_word(s, value_of(w, "detected"));
	c.as.open.drill = has(w, "drill");
	c.as.open.traits = &trait;
	c.as.open.n_traits = trait != NULL;
	c.as.open.by = "analyst";
	c.as.open.basis = "scenario";
	submit(s, &c);
}

static void do_event(struct scenario *s, const struct words *w)
{
	struct command c = { .kind = COMMAND_EVENT };

	c.as.event.event.type = word(w, 1);
	c.as.event.event.at = time_word(s, word(w, 2));
	c.as.event.event.due_at = time_word(s, value_of(w, "due"));
	c.as.event.event.by = "analyst";
	c.as.event.event.basis = "scenario";
	c.as.event.replaces = has(w, "replaces");
	submit(s, &c);
}

/* Each entity of scenario.conf is under one regime. */
static const char *regime_of(const struct scenario *s)
{
	return conf_entity(s->conf, s->entity)->regimes[0];
}

static void do_file(struct scenario *s, const struct words *w)
{
	struct command c = { .kind = COMMAND_FILING };

	c.as.filing.filing.regime = regime_of(s);
	c.as.filing.filing.stage = word(w, 1);
	c.as.filing.filing.filed_at = time_word(s, word(w, 2));
	c.as.filing.filing.received_at = time_word(s, value_of(w, "received"));
	c.as.filing.filing.by = "officer";
	c.as.filing.filing.recipient = "CSIRT";
	c.as.filing.filing.reference = "ref";
	c.as.filing.replaces = has(w, "replaces");
	submit(s, &c);
}

static void do_waive(struct scenario *s, const struct words *w)
{
	struct command c = { .kind = COMMAND_WAIVER };

	c.as.waiver.waiver = (struct waiver){ .regime = regime_of(s), .stage = word(w, 1),
		.by = "counsel", .basis = "scenario" };
	submit(s, &c);
}

static void do_dismiss(struct scenario *s, const struct words *w)
{
	struct command c = { .kind = COMMAND_DISMISSAL };

	(void)w;
	c.as.dismissal = (struct command_dismissal){ .by = "analyst", .basis = "scenario" };
	submit(s, &c);
}

static void do_ack(struct scenario *s, const struct words *w)
{
	struct command c = { .kind = COMMAND_ACKNOWLEDGEMENT };

	c.as.acknowledgement = (struct command_acknowledgement){ .by = "analyst",
		.stage = w->n > 2 ? word(w, 2) : NULL, .for_ms = length_word(s, word(w, 1)) };
	submit(s, &c);
}

/* ---- time and the world --------------------------------------------------------------- */

static void do_entity(struct scenario *s, const struct words *w)
{
	text_copy(s->entity, sizeof(s->entity), word(w, 1));
	if (conf_entity(s->conf, s->entity) == NULL)
		fail(s, "scenario.conf has no entity %s", s->entity);
}

static void do_at(struct scenario *s, const struct words *w)
{
	int64_t at = time_word(s, word(w, 1));

	if (s->engine == NULL) {
		s->now = at;
		if (start_engine(s))
			turn(s);
	} else {
		pass_time(s, at);
	}
}

static void do_elapse(struct scenario *s, const struct words *w)
{
	pass_time(s, s->now + length_word(s, word(w, 1)));
}

static void do_set(struct scenario *s, const struct words *w)
{
	s->now = time_word(s, word(w, 1));
	turn(s);
}

static void do_down(struct scenario *s, const struct words *w)
{
	engine_stop(s->engine);
	engine_free(s->engine);
	s->now += length_word(s, word(w, 1));
	if (start_engine(s))
		turn(s);
}

static void do_crash(struct scenario *s, const struct words *w)
{
	(void)w;
	engine_free(s->engine);
	if (start_engine(s))
		turn(s);
}

static void do_channel(struct scenario *s, const struct words *w)
{
	struct channel_mode *mode = NULL;
	size_t i;

	for (i = 0; i < s->n_modes && mode == NULL; i++)
		if (strcmp(s->modes[i].name, word(w, 1)) == 0)
			mode = &s->modes[i];
	if (mode == NULL && s->n_modes < ARRAY_LEN(s->modes))
		mode = &s->modes[s->n_modes++];
	if (mode == NULL || conf_channel(s->conf, word(w, 1)) == NULL) {
		fail(s, "no such channel");
		return;
	}
	memset(mode, 0, sizeof(*mode));
	text_copy(mode->name, sizeof(mode->name), word(w, 1));
	mode->silent = strcmp(word(w, 2), "silent") == 0;
	mode->outcome = ATTEMPT_DELIVERED;
	if (!mode->silent && strcmp(word(w, 2), "delivers") != 0 &&
	    attempt_outcome_parse(word(w, 2), &mode->outcome) < 0)
		fail(s, "no such outcome");
	if (w->n > 3)
		mode->retry_after_ms = length_word(s, word(w, 3));
}

/* ---- what is expected --------------------------------------------------------------- */

static void expect_refused(struct scenario *s, const struct words *w)
{
	if (s->refused.code == ERROR_NONE)
		fail(s, "the command was accepted");
	else if (strstr(s->refused.text, word(w, 1)) == NULL)
		fail(s, "refused with \"%s\"", s->refused.text);
	memset(&s->refused, 0, sizeof(s->refused));
}

static void expect_told(struct scenario *s, const struct words *w)
{
	struct buf b;
	size_t i;

	buf_init(&b, 0);
	for (i = 1; i < w->n; i++)
		buf_addf(&b, "%s%s", i > 1 ? " " : "", w->list[i]);
	if (s->n_seen >= s->n_told)
		fail(s, "nobody was told: %s", b.data);
	else if (strcmp(s->told[s->n_seen].text, b.data) != 0)
		fail(s, "told instead: %s", s->told[s->n_seen].text);
	s->n_seen++;
	buf_release(&b);
}

static void expect_said(struct scenario *s, const struct words *w)
{
	size_t i;

	for (i = s->n_seen; i < s->n_told; i++)
		if (strstr(s->told[i].said, word(w, 1)) != NULL)
			return;
	fail(s, "nobody was told that");
}

static void expect_quiet(struct scenario *s, const struct words *w)
{
	(void)w;
	if (s->n_seen < s->n_told)
		fail(s, "%zu more: %s", s->n_told - s->n_seen, s->told[s->n_seen].text);
}

static void check_time(struct scenario *s, const char *what, const char *expected, int64_t at)
{
	char text[RFC3339_SIZE] = "none";

	if (expected == NULL)
		return;
	if (at != TIME_NONE)
		rfc3339_format(at, text);
	if (time_word(s, expected) != at)
		fail(s, "%s is %s", what, text);
}

static void check_clock(struct scenario *s, const struct words *w, const struct clock *clock)
{
	if (strcmp(clock_state_name(clock->state), word(w, 2)) != 0)
		fail(s, "it is %s", clock_state_name(clock->state));
	check_time(s, "due", value_of(w, "due"), clock->due_at);
	check_time(s, "planned", value_of(w, "planned"), clock->planned_at);
	if (has(w, "arguable") != clock->arguable)
		fail(s, "arguable is %d", clock->arguable);
	if (has(w, "unconfirmed") && !clock->unconfirmed)
		fail(s, "it is confirmed");
}

static void expect_clock(struct scenario *s, const struct words *w)
{
	struct arena *arena = arena_new();
	struct clock_row *rows;
	struct error err;
	size_t n, i;

	if (s->store->ops->clock_of(s->store, s->incident, arena, &rows, &n, &err) < 0) {
		fail(s, "%s", err.text);
	} else {
		for (i = 0; i < n && strcmp(rows[i].clock.stage, word(w, 1)) != 0; i++)
			;
		if (i == n)
			fail(s, "there is no such clock");
		else
			check_clock(s, w, &rows[i].clock);
	}
	arena_free(arena);
}

static void expect_state(struct scenario *s, const struct words *w)
{
	struct arena *arena = arena_new();
	struct incident_row row;
	struct error err;

	if (s->store->ops->incident_load(s->store, s->incident, arena, &row, &err) < 0)
		fail(s, "%s", err.text);
	else if (strcmp(incident_state_name(row.state), word(w, 1)) != 0)
		fail(s, "it is %s", incident_state_name(row.state));
	arena_free(arena);
}

static void expect_lease(struct scenario *s, const struct words *w)
{
	if (strcmp(s->lease, word(w, 1)) != 0)
		fail(s, "the lease ends %s", s->lease);
}

struct count {
	struct scenario *s;
	struct journal_check check;
	const char *kind;
	int n;
};

static int count_delivery(void *arg, const struct delivery_row *row)
{
	struct count *c = arg;

	c->n += strcmp(delivery_state_name(row->state), c->kind) == 0;
	return 0;
}

static void expect_deliveries(struct scenario *s, const struct words *w)
{
	const struct delivery_filter filter = { .limit = 1000000 };
	struct count c = { .s = s, .kind = word(w, 1) };
	struct error err;

	if (s->store->ops->delivery_list(s->store, &filter, count_delivery, &c, &err) < 0)
		fail(s, "%s", err.text);
	else if (c.n != number_word(s, word(w, 2)))
		fail(s, "%d deliveries are %s", c.n, c.kind);
}

static int count_line(void *arg, const struct journal_row *row)
{
	struct count *c = arg;
	struct error err;
	json_t *line;

	if (journal_check_record(&c->check, row->seq, row->hash, row->line, row->len, &err) < 0) {
		fail(c->s, "the journal does not verify: %s", err.text);
		return -1;
	}
	line = json_read(row->line, row->len, &err);
	c->n += strcmp(text_of(line, "kind"), c->kind) == 0;
	json_decref(line);
	return 0;
}

static void expect_journal(struct scenario *s, const struct words *w)
{
	struct count c = { .s = s, .kind = word(w, 1) };
	struct error err;

	journal_check_init(&c.check);
	if (s->store->ops->journal_read(s->store, 0, 0, 10000000, count_line, &c, &err) == 0 &&
	    c.n != number_word(s, word(w, 2)))
		fail(s, "%d lines of that kind", c.n);
}

/* ---- running ------------------------------------------------------------------------- */

static const struct {
	const char *name;
	void (*fn)(struct scenario *s, const struct words *w);
	bool command;
} vocabulary[] = {
	{ "entity", do_entity, false }, { "at", do_at, false }, { "elapse", do_elapse, false },
	{ "set", do_set, false },
	{ "down", do_down, false }, { "crash", do_crash, false }, { "open", do_open, true },
	{ "event", do_event, true }, { "file", do_file, true }, { "waive", do_waive, true },
	{ "dismiss", do_dismiss, true }, { "ack", do_ack, true },
	{ "channel", do_channel, false }, { "refused", expect_refused, false },
	{ "told", expect_told, false }, { "said", expect_said, false },
	{ "quiet", expect_quiet, false },
	{ "clock", expect_clock, false }, { "state", expect_state, false },
	{ "lease", expect_lease, false }, { "deliveries", expect_deliveries, false },
	{ "journal", expect_journal, false },
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
		if (s->engine == NULL && vocabulary[i].fn != do_at && vocabulary[i].fn != do_entity)
			fail(s, "say \"at TIME\" first");
		else
			vocabulary[i].fn(s, &w);
		return;
	}
	fail(s, "no such word: %s", w.list[0]);
}

static bool run_file(const char *path, struct conf *conf)
{
	struct scenario s = { .file = path, .conf = conf, .entity = "acme", .next_at = TIME_NONE };
	FILE *in = fopen(path, "r");
	char line[1024];

	if (in == NULL) {
		printf("# %s cannot be opened\n", path);
		return false;
	}
	s.store = store_memory_open();
	while (!s.failed && fgets(line, sizeof(line), in) != NULL) {
		s.line++;
		line[strcspn(line, "\r\n")] = '\0';
		run_line(&s, line);
	}
	fclose(in);
	if (!s.failed && s.refused.code != ERROR_NONE)
		fail(&s, "the last command was refused: %s", s.refused.text);
	engine_free(s.engine);
	store_close(s.store);
	free(s.told);
	return !s.failed;
}

int main(int argc, char **argv)
{
	char path[1024], data[1024];
	struct conf_options options = { .path = path, .data_dir = data };
	struct conf_report report = { 0 };
	const char *top = getenv("top_srcdir");
	struct conf *conf;
	int i, bad = 0;
	size_t j;

	log_set_level(LOG_LEVEL_ERROR);
	snprintf(path, sizeof(path), "%s/tests/scenario/scenario.conf", top != NULL ? top : ".");
	snprintf(data, sizeof(data), "%s/etc/tocsin", top != NULL ? top : ".");
	conf = conf_load(&options, &report);
	for (j = 0; j < report.n_errors; j++)
		printf("Bail out! %s:%d: %s\n", report.errors[j].file, report.errors[j].line,
			report.errors[j].text);
	conf_report_release(&report);
	if (conf == NULL)
		return 1;
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
