/*
 * What is known of a drill: see drill_report.h. What happened is taken from the journal,
 * which is the evidence, and from the deliveries with their attempts.
 */
#include "config.h"

#include <string.h>

#include "base/text.h"
#include "engine/drill_report.h"

enum { LINES_MAX = 100000, DELIVERIES_MAX = 10000 };

/* ---- reading ------------------------------------------------------------------------ */

static const char *copy_text(struct drill_facts *f, const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? arena_strdup(f->arena, text) : NULL;
}

static struct fact *add_fact(struct drill_facts *f, enum fact_kind kind, int64_t at,
	const json_t *about)
{
	struct fact *fact;

	f->facts = arena_grow(f->arena, f->facts, f->n_facts, sizeof(*f->facts));
	fact = &f->facts[f->n_facts++];
	memset(fact, 0, sizeof(*fact));
	fact->kind = kind;
	fact->at = at;
	fact->regime = copy_text(f, about, "regime");
	fact->stage = copy_text(f, about, "stage");
	fact->number = json_integer_value(json_object_get(about, "number"));
	fact->repeat = json_integer_value(json_object_get(about, "repeat"));
	fact->passed_over = json_integer_value(json_object_get(about, "passed_over"));
	return fact;
}

static void take_changes(struct drill_facts *f, const json_t *changes, int64_t at)
{
	enum clock_state state;
	size_t i;

	for (i = 0; i < json_array_size(changes); i++) {
		const json_t *change = json_array_get(changes, i);
		const char *name = json_string_value(json_object_get(change, "state"));

		if (name == NULL || clock_state_parse(name, &state) < 0)
			continue;
		if (state == CLOCK_RUNNING)
			add_fact(f, FACT_RUNNING, at, change);
		else if (state == CLOCK_PENDING)
			add_fact(f, FACT_PENDING, at, change);
		else if (clock_is_settled(state))
			add_fact(f, FACT_SETTLED, at, change);
	}
}

static void take_line(struct drill_facts *f, const json_t *line)
{
	const char *kind = json_string_value(json_object_get(line, "kind"));
	const char *time = json_string_value(json_object_get(line, "at"));
	int64_t at;

	if (kind == NULL || time == NULL || rfc3339_parse(time, strlen(time), &at, NULL) < 0)
		return;
	if (strcmp(kind, "step.fired") == 0)
		add_fact(f, FACT_FIRED, at, line);
	else if (strcmp(kind, "step.held") == 0)
		add_fact(f, FACT_HELD, at, line);
	else if (strcmp(kind, "acknowledgement.given") == 0)
		add_fact(f, FACT_ACKNOWLEDGED, at, line)->who = copy_text(f, line, "by");
	else if (strcmp(kind, "delivery.delivered") == 0)
		add_fact(f, FACT_DELIVERED, at, line)->who = copy_text(f, line, "delivery");
	else if (strcmp(kind, "filing.recorded") == 0)
		f->filed = true;
	take_changes(f, json_object_get(line, "clocks"), at);
}

static int read_line(void *arg, const struct journal_row *row)
{
	struct error err;
	json_t *line = json_read(row->line, row->len, &err);

	if (line != NULL)
		take_line(arg, line);
	json_decref(line);
	return 0;
}

/* Whose place it took: what the notice says, which is not kept. */
static const char *fallback_for(struct drill_facts *f, const char *notice)
{
	struct error err;
	json_t *document = NULL;
	const char *channel;

	if (notice != NULL && strstr(notice, "\"fallback_for\":") != NULL)
		document = json_read(notice, strlen(notice), &err);
	channel = copy_text(f, document, "fallback_for");
	json_decref(document);
	return channel;
}

static int read_delivery(void *arg, const struct delivery_row *row)
{
	struct drill_facts *f = arg;
	struct reported *reported;
	struct delivery_row *kept;

	f->deliveries = arena_grow(f->arena, f->deliveries, f->n_deliveries,
		sizeof(*f->deliveries));
	reported = &f->deliveries[f->n_deliveries++];
	reported->fallback_for = fallback_for(f, row->notice);
	kept = &reported->row;
	*kept = *row;
	kept->regime = row->regime != NULL ? arena_strdup(f->arena, row->regime) : NULL;
	kept->stage = row->stage != NULL ? arena_strdup(f->arena, row->stage) : NULL;
	kept->kind = arena_strdup(f->arena, row->kind);
	kept->channel = arena_strdup(f->arena, row->channel);
	kept->recipient = row->recipient != NULL ? arena_strdup(f->arena, row->recipient) : NULL;
	kept->notice = NULL;
	kept->list = arena_array(f->arena, row->n_list, sizeof(*row->list));
	if (row->n_list > 0) {
		struct attempt_row *last = &kept->list[row->n_list - 1];

		*last = row->list[row->n_list - 1];
		last->detail = last->detail != NULL ? arena_strdup(f->arena, last->detail) : NULL;
	}
	return 0;
}

int drill_facts_read(struct drill_facts *f, int64_t id, struct error *err)
{
	const struct delivery_filter filter = { .incident = id, .limit = DELIVERIES_MAX };
	struct store *store = f->e->store;
	const struct incident *in = &f->row.incident;

	if (store->ops->incident_load(store, id, f->arena, &f->row, err) < 0)
		return -1;
	if (!in->drill)
		return error_set(err, ERROR_NOT_FOUND, "this incident is no drill");
	f->running = f->row.state == INCIDENT_SUSPECTED || f->row.state == INCIDENT_OPEN;
	f->until = engine_now(f->e);
	if (!f->running)
		f->until = in->dismissed_at != TIME_NONE ? in->dismissed_at : f->row.changed_at;
	if (store->ops->journal_read(store, 0, id, LINES_MAX, read_line, f, err) < 0)
		return -1;
	return store->ops->delivery_list(store, &filter, read_delivery, f, err);
}

/* ---- finding ------------------------------------------------------------------------ */

bool fact_is_of(const struct fact *fact, const struct clock *clock)
{
	return text_equal(fact->regime, clock->regime) && text_equal(fact->stage, clock->stage);
}

const struct fact *fact_first(const struct drill_facts *f, enum fact_kind kind,
	const struct clock *clock)
{
	size_t i;

	for (i = 0; i < f->n_facts; i++)
		if (f->facts[i].kind == kind && fact_is_of(&f->facts[i], clock))
			return &f->facts[i];
	return NULL;
}

const struct fact *fact_of_step(const struct drill_facts *f, enum fact_kind kind,
	const struct clock *clock, int number)
{
	size_t i;

	for (i = 0; i < f->n_facts; i++)
		if (f->facts[i].kind == kind && f->facts[i].repeat == 0 &&
		    f->facts[i].number == number && fact_is_of(&f->facts[i], clock))
			return &f->facts[i];
	return NULL;
}

int64_t fact_clock_end(const struct drill_facts *f, const struct clock *clock)
{
	int64_t end = f->until;
	size_t i;

	if (clock_is_settled(clock->state))
		for (i = 0; i < f->n_facts; i++)
			if (f->facts[i].kind == FACT_SETTLED && fact_is_of(&f->facts[i], clock))
				end = f->facts[i].at;
	return end;
}

int64_t fact_delivered_at(const struct drill_facts *f, const char *id)
{
	size_t i;

	for (i = 0; i < f->n_facts; i++)
		if (f->facts[i].kind == FACT_DELIVERED && text_equal(f->facts[i].who, id))
			return f->facts[i].at;
	return TIME_NONE;
}


/* An acknowledgement is of one stage, of one regime's or of all that have it, or of every
 * clock that runs at that time. */
bool fact_answered(const struct drill_facts *f, const struct clock *clock)
{
	const struct fact *began = fact_first(f, FACT_RUNNING, clock);
	int64_t end = fact_clock_end(f, clock);
	size_t i;

	if (clock->state == CLOCK_FILED || clock->state == CLOCK_FILED_LATE ||
	    clock->state == CLOCK_WAIVED)
		return true;
	for (i = 0; i < f->n_facts; i++) {
		const struct fact *ack = &f->facts[i];

		if (ack->kind == FACT_ACKNOWLEDGED && began != NULL && ack->at >= began->at &&
		    ack->at <= end &&
		    (ack->regime == NULL || text_equal(ack->regime, clock->regime)) &&
		    (ack->stage == NULL || text_equal(ack->stage, clock->stage)))
			return true;
	}
	return false;
}

bool fact_never_began(const struct drill_facts *f, const struct clock *clock)
{
	const struct fact *settled = fact_first(f, FACT_SETTLED, clock);

	return !f->running && fact_first(f, FACT_PENDING, clock) != NULL &&
		fact_first(f, FACT_RUNNING, clock) == NULL &&
		(clock->state == CLOCK_PENDING || (clock->state == CLOCK_VOID &&
		settled != NULL && settled->at == f->row.incident.dismissed_at));
}

/* One that stands for earlier reminders may have had it told with one of them. */
static bool is_in_place_of(const struct delivery_row *row, const struct delivery_row *failed)
{
	return row->step_number == failed->step_number && row->repeat <= failed->repeat &&
		row->repeat >= failed->repeat - failed->stands_for &&
		text_equal(row->regime, failed->regime) && text_equal(row->stage, failed->stage);
}

const char *fact_fallback(const struct drill_facts *f, const struct delivery_row *failed)
{
	size_t i;

	for (i = 0; i < f->n_deliveries; i++) {
		const struct delivery_row *row = &f->deliveries[i].row;

		if (row->state == DELIVERY_DELIVERED &&
		    text_equal(f->deliveries[i].fallback_for, failed->channel) &&
		    is_in_place_of(row, failed))
			return row->channel;
	}
	return NULL;
}
