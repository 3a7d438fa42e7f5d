/* What a scenario does: commands, the passing of time, and the world around the
 * daemon. The words are described in run.c. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "config/transport.h"
#include "scenario.h"

const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

const char *word(const struct words *w, size_t i)
{
	return i < w->n ? w->list[i] : "";
}

bool has(const struct words *w, const char *name)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		if (strcmp(w->list[i], name) == 0)
			return true;
	return false;
}

const char *value_of(const struct words *w, const char *name)
{
	size_t i;

	for (i = 0; i + 1 < w->n; i++)
		if (strcmp(w->list[i], name) == 0)
			return w->list[i + 1];
	return NULL;
}

int64_t time_word(struct scenario *s, const char *text)
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

int64_t number_word(struct scenario *s, const char *text)
{
	int64_t n = -1;

	if (text_int64(text, 0, INT32_MAX, &n) < 0)
		fail(s, "%s is no number", text);
	return n;
}

int64_t length_word(struct scenario *s, const char *text)
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

void submit(struct scenario *s, struct command *c)
{
	if (c->actor == NULL)
		c->actor = "scenario";
	c->incident = c->kind == COMMAND_OPEN || c->kind == COMMAND_ALERTS ||
		c->kind == COMMAND_TEST || c->kind == COMMAND_REPLAY ? 0 : s->incident;
	c->arena = arena_new();
	c->done = done;
	c->arg = s;
	engine_submit(s->engine, c);
	turn(s);
	arena_free(c->arena);
}

static const char *by_of(const struct words *w, const char *usually)
{
	const char *by = value_of(w, "by");

	return by != NULL ? by : usually;
}

void do_open(struct scenario *s, const struct words *w)
{
	const char *trait = value_of(w, "trait");
	struct command c = { .kind = COMMAND_OPEN };
	struct error err;

	c.as.open.entity = s->entity;
	c.as.open.title = word(w, 1);
	c.as.open.severity = SEVERITY_HIGH;
	if (value_of(w, "severity") != NULL &&
	    severity_parse(value_of(w, "severity"), &c.as.open.severity, &err) < 0)
		fail(s, "%s", err.text);
	c.as.open.occurred_at = c.as.open.classified_at = TIME_NONE;
	c.as.open.aware_at = time_word(s, value_of(w, "aware"));
	c.as.open.detected_at = time_word(s, value_of(w, "detected"));
	c.as.open.drill = has(w, "drill");
	if (value_of(w, "in") != NULL)
		c.as.open.drill_in_ms = length_word(s, value_of(w, "in"));
	c.as.open.traits = &trait;
	c.as.open.n_traits = trait != NULL;
	c.as.open.by = "analyst";
	c.as.open.basis = "scenario";
	submit(s, &c);
}

void do_crowd(struct scenario *s, const struct words *w)
{
	int64_t n = number_word(s, word(w, 1));
	struct words rest = *w;

	/* "crowd N TITLE ..." is "open TITLE ..." so many times. */
	memmove(rest.list, rest.list + 1, (w->n - 1) * sizeof(rest.list[0]));
	rest.n--;
	while (n-- > 0 && !s->failed)
		do_open(s, &rest);
}

void do_alert(struct scenario *s, const struct words *w)
{
	struct alert alert = { .key = value_of(w, "key"), .title = word(w, 2),
		.severity = SEVERITY_HIGH, .detected_at = time_word(s, value_of(w, "detected")),
		.aware_at = TIME_NONE, .entity = value_of(w, "of"), .test = has(w, "test"),
		.resolved = has(w, "resolved"), .body = "{}", .body_len = 2 };
	struct command c = { .kind = COMMAND_ALERTS };
	struct error err;

	if (value_of(w, "severity") != NULL &&
	    severity_parse(value_of(w, "severity"), &alert.severity, &err) < 0)
		fail(s, "%s", err.text);

	c.as.alerts.source = conf_source(s->conf, word(w, 1));
	c.as.alerts.alerts = &alert;
	c.as.alerts.n_alerts = 1;
	c.as.alerts.received_at = s->now;
	if (c.as.alerts.source == NULL)
		fail(s, "no such source");
	else
		submit(s, &c);
}

void do_test(struct scenario *s, const struct words *w)
{
	struct command c = { .kind = COMMAND_TEST };

	c.as.test = (struct command_test){ .channel = word(w, 1), .by = "tester" };
	submit(s, &c);
}

struct newest {
	const char *channel, *step;	/* step "": any */
	int64_t id;
};

static int note_newest(void *arg, const struct delivery_row *row)
{
	struct newest *newest = arg;

	if (newest->id == 0 && strcmp(row->channel, newest->channel) == 0 &&
	    (newest->step[0] == '\0' || text_equal(row->step, newest->step)))
		newest->id = row->id;
	return 0;
}

void do_replay(struct scenario *s, const struct words *w)
{
	const struct delivery_filter filter = { .limit = 1000000 };
	struct newest newest = { .channel = word(w, 1), .step = word(w, 2) };
	struct command c = { .kind = COMMAND_REPLAY };
	struct error err;

	if (s->store->ops->delivery_list(s->store, &filter, note_newest, &newest, &err) < 0)
		fail(s, "%s", err.text);
	c.as.replay = (struct command_replay){ .delivery = newest.id, .by = "operator" };
	submit(s, &c);
}

void do_event(struct scenario *s, const struct words *w)
{
	struct command c = { .kind = COMMAND_EVENT };

	c.as.event.event.type = word(w, 1);
	c.as.event.event.at = time_word(s, word(w, 2));
	c.as.event.event.due_at = time_word(s, value_of(w, "due"));
	c.as.event.event.regime = value_of(w, "regime");
	c.as.event.event.by = by_of(w, "analyst");
	c.as.event.event.basis = "scenario";
	c.as.event.replaces = has(w, "replaces");
	submit(s, &c);
}

/* Each entity of scenario.conf is under one regime. */
static const char *regime_of(const struct scenario *s)
{
	return conf_entity(s->conf, s->entity)->regimes[0];
}

void do_file(struct scenario *s, const struct words *w)
{
	struct command c = { .kind = COMMAND_FILING };

	c.as.filing.filing.regime = regime_of(s);
	c.as.filing.filing.stage = word(w, 1);
	c.as.filing.filing.filed_at = time_word(s, word(w, 2));
	c.as.filing.filing.received_at = time_word(s, value_of(w, "received"));
	c.as.filing.filing.by = by_of(w, "officer");
	c.as.filing.filing.recipient = "CSIRT";
	c.as.filing.filing.reference = "ref";
	c.as.filing.replaces = has(w, "replaces");
	submit(s, &c);
}

void do_waive(struct scenario *s, const struct words *w)
{
	struct command c = { .kind = COMMAND_WAIVER };

	c.as.waiver.waiver = (struct waiver){ .regime = regime_of(s), .stage = word(w, 1),
		.by = "counsel", .basis = "scenario" };
	submit(s, &c);
}

void do_dismiss(struct scenario *s, const struct words *w)
{
	struct command c = { .kind = COMMAND_DISMISSAL };

	(void)w;
	c.as.dismissal = (struct command_dismissal){ .by = "analyst", .basis = "scenario" };
	submit(s, &c);
}

void do_ack(struct scenario *s, const struct words *w)
{
	struct command c = { .kind = COMMAND_ACKNOWLEDGEMENT };

	c.as.acknowledgement = (struct command_acknowledgement){ .by = "analyst",
		.regime = value_of(w, "regime"), .for_ms = length_word(s, word(w, 1)),
		.stage = w->n > 2 && strcmp(word(w, 2), "regime") != 0 ? word(w, 2) : NULL };
	submit(s, &c);
}

void do_withdraw(struct scenario *s, const struct words *w)
{
	struct command c = { .kind = COMMAND_WITHDRAWAL };

	c.as.withdrawal = (struct command_withdrawal){ .regime = regime_of(s),
		.stage = word(w, 1), .by = by_of(w, "officer"), .basis = "scenario" };
	submit(s, &c);
}

void do_trait(struct scenario *s, const struct words *w)
{
	const char *add = value_of(w, "add"), *gone = value_of(w, "remove");
	struct command c = { .kind = COMMAND_TRAITS };

	c.as.traits = (struct command_traits){ .add = &add, .n_add = add != NULL,
		.remove = &gone, .n_remove = gone != NULL, .by = by_of(w, "analyst"),
		.basis = "scenario" };
	submit(s, &c);
}

void do_confirm(struct scenario *s, const struct words *w)
{
	struct command c = { .kind = COMMAND_CONFIRMATION };

	c.actor = value_of(w, "actor");
	c.as.confirmation = (struct command_confirmation){ .by = word(w, 1) };
	submit(s, &c);
}

void do_apply_rules(struct scenario *s, const struct words *w)
{
	struct command c = { .kind = COMMAND_RULES };

	c.as.rules = (struct command_rules){ .by = by_of(w, "counsel"), .basis = "scenario" };
	submit(s, &c);
}

/* ---- time and the world --------------------------------------------------------------- */

void do_entity(struct scenario *s, const struct words *w)
{
	text_copy(s->entity, sizeof(s->entity), word(w, 1));
	if (conf_entity(s->conf, s->entity) == NULL)
		fail(s, "scenario.conf has no entity %s", s->entity);
}

void do_at(struct scenario *s, const struct words *w)
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

void do_elapse(struct scenario *s, const struct words *w)
{
	pass_time(s, s->now + length_word(s, word(w, 1)));
}

void do_set(struct scenario *s, const struct words *w)
{
	int64_t to = time_word(s, word(w, 1));

	s->boot_ahead -= to - s->now;
	s->now = to;
	turn(s);
}

void do_suspend(struct scenario *s, const struct words *w)
{
	int64_t ms = length_word(s, word(w, 1));

	s->slept += ms;
	s->now += ms;
	turn(s);
}

void do_time(struct scenario *s, const struct words *w)
{
	enum clock_sync sync;

	for (sync = CLOCK_SYNC_UNKNOWN; sync <= CLOCK_SYNC_NO; sync++) {
		if (strcmp(word(w, 1), clock_sync_name(sync)) != 0)
			continue;
		s->sync = sync;
		if (s->engine != NULL)
			turn(s);
		return;
	}
	fail(s, "no such word");
}

void do_down(struct scenario *s, const struct words *w)
{
	engine_stop(s->engine);
	engine_free(s->engine);
	s->now += length_word(s, word(w, 1));
	if (value_of(w, "set") != NULL) {
		int64_t to = time_word(s, value_of(w, "set"));

		s->boot_ahead -= to - s->now;
		s->now = to;
	}
	if (start_engine(s))
		turn(s);
}

void do_crash(struct scenario *s, const struct words *w)
{
	(void)w;
	engine_free(s->engine);
	if (start_engine(s))
		turn(s);
}

void do_courier_dies(struct scenario *s, const struct words *w)
{
	(void)w;
	engine_courier_lost(s->engine, TRANSPORT_WEB, engine_generation(s->engine));
	turn(s);
}

void do_channel(struct scenario *s, const struct words *w)
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

/* ---- rules and zones ------------------------------------------------------------------- */

static void reconfigure(struct scenario *s, struct conf *conf)
{
	struct error err;

	s->conf = conf;
	if (s->engine == NULL)
		return;
	if (engine_reconfigure(s->engine, conf, &err) < 0)
		fail(s, "the configuration is not taken: %s", err.text);
	else
		turn(s);
}

static struct conf *another_conf(struct scenario *s, const char *file,
	const char *folder)
{
	struct conf *conf = s->n_confs < CONFS_MAX ? load_conf(file, folder) : NULL;

	if (conf == NULL)
		fail(s, "the configuration cannot be loaded");
	else
		s->confs[s->n_confs++] = conf;
	return conf;
}

void do_conf(struct scenario *s, const struct words *w)
{
	struct conf *conf = another_conf(s, word(w, 1), NULL);

	if (conf == NULL)
		return;
	if (has(w, "crash")) {
		s->conf = conf;
		do_crash(s, w);
	} else {
		reconfigure(s, conf);
	}
}

void do_data(struct scenario *s, const struct words *w)
{
	bool shipped = strcmp(word(w, 1), "shipped") == 0;
	struct conf *conf = another_conf(s, "scenario.conf", shipped ? NULL : word(w, 1));

	if (conf != NULL)
		reconfigure(s, conf);
}

/* One for all scenarios of a run: the function of a rulebook has no other place. */
static struct {
	char name[64], other[64];
	const struct zone *(*find)(void *arg, const char *name, struct error *err);
} moved_zone;

static const struct zone *find_moved(void *arg, const char *name, struct error *err)
{
	return moved_zone.find(arg, strcmp(name, moved_zone.name) == 0 ? moved_zone.other : name,
		err);
}

/* The digest of a file is that of now: what was on record is made another one. */
static void forge_zone_record(struct scenario *s, const char *zone)
{
	const struct store_ops *ops = s->store->ops;
	char record[256];
	struct error err;

	snprintf(record, sizeof(record), "%s %064d\n", zone, 0);
	if (ops->begin(s->store, &err) < 0 ||
	    ops->meta_put(s->store, "zones-loaded", record, &err) < 0 ||
	    ops->commit(s->store, &err) < 0)
		fail(s, "%s", err.text);
}

void do_tzdata(struct scenario *s, const struct words *w)
{
	struct conf *conf = another_conf(s, "scenario.conf", NULL);
	struct error err;
	size_t i;

	if (conf == NULL)
		return;
	forge_zone_record(s, word(w, 1));
	text_copy(moved_zone.name, sizeof(moved_zone.name), word(w, 1));
	text_copy(moved_zone.other, sizeof(moved_zone.other), word(w, 2));
	moved_zone.find = conf->book.zone;
	conf->book.zone = find_moved;
	for (i = 0; i < conf->n_entities; i++)
		conf->entities[i].rules.zone = find_moved(conf->book.zone_arg,
			conf->entities[i].timezone, &err);
	reconfigure(s, conf);
}

static int find_no_rules(struct store *store, const char *digest, struct arena *arena,
	struct rule_file_row **ret, size_t *ret_n, struct error *err)
{
	(void)store;
	(void)digest;
	(void)arena;
	(void)ret;
	(void)ret_n;
	return error_set(err, ERROR_NOT_FOUND, "no such rules");
}

static int commit_nothing(struct store *store, struct error *err)
{
	store->ops->rollback(store);
	return error_set(err, ERROR_IO, "the scenario's disk is broken");
}

void do_store(struct scenario *s, const struct words *w)
{
	static const struct store_ops *good;
	static struct store_ops bad;

	if (good == NULL)
		good = s->store->ops;
	s->store_fails = strcmp(word(w, 1), "fails") == 0;
	bad = *good;
	bad.commit = commit_nothing;
	s->store->ops = s->store_fails ? &bad : good;
}

void do_rules_lost(struct scenario *s, const struct words *w)
{
	static struct store_ops ops;

	ops = *s->store->ops;
	ops.ruleset_get = find_no_rules;
	s->store->ops = &ops;
	/* What is in memory goes with the process. */
	do_crash(s, w);
}

void do_unpinned(struct scenario *s, const struct words *w)
{
	const struct store_ops *ops = s->store->ops;
	struct arena *arena = arena_new();
	struct incident_row row;
	struct error err;

	if (ops->incident_load(s->store, s->incident, arena, &row, &err) < 0 ||
	    ops->begin(s->store, &err) < 0)
		fail(s, "%s", err.text);
	row.incident.ruleset = row.incident.country = row.incident.timezone = NULL;
	if (ops->incident_update(s->store, &row, &err) < 0 || ops->commit(s->store, &err) < 0)
		fail(s, "%s", err.text);
	arena_free(arena);
	(void)w;
}
