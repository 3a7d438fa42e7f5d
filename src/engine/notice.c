/*
 * What people are told. A notice has a part that is fixed when the step fires and
 * kept with the delivery, and a part that depends on when it is sent (time left,
 * lateness, the words made of them), so that a retry after an hour does not say
 * what was true an hour ago. The form is in config/transport.h.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "core/document.h"
#include "core/filing_route.h"
#include "engine/internal.h"

/* How the derivation begins to speak of it (core/fold.c). */
#define IF_LATE "if late: "

static json_t *incident_part(const struct engine *e, const struct incident_row *row)
{
	const struct incident *in = &row->incident;
	json_t *part = json_object();

	json_set_int(part, "id", in->id);
	json_set_text(part, "entity", in->entity);
	json_set_text(part, "entity_name", entity_of(e, in->entity)->name);
	json_set_text(part, "title", in->title);
	json_set_text(part, "severity", severity_name(in->severity));
	json_set_text(part, "state", incident_state_name(row->state));
	json_set_text(part, "source", in->source);
	json_set_text(part, "country", in->country);
	json_set_text(part, "timezone", in->timezone);
	json_set_time(part, "opened_at", in->opened_at);
	if (e->conf->public_url != NULL) {
		char url[1024];

		snprintf(url, sizeof(url), "%s/#/incidents/%" PRId64, e->conf->public_url, in->id);
		json_set_text(part, "url", url);
	}
	return part;
}

static json_t *step_part(const struct notice_step *about)
{
	json_t *part = json_object();

	json_set_text(part, "at", about->step->at);
	json_set_int(part, "number", about->number);
	json_set_int(part, "repeat", about->repeat);
	json_set_int(part, "of", about->of);
	return part;
}

static json_t *clock_part(const struct clock *clock, int64_t now)
{
	json_t *part = document_clock(clock, now);

	json_object_del(part, "derivation");
	return part;
}

const char *notice_make(struct engine *e, const char *kind, const struct incident_row *row,
	const struct clock *clock, const struct notice_step *step, const char *fallback_for,
	struct error *err)
{
	json_t *notice = json_object(), *journal = json_object();
	struct journal_check head;
	char *text, *kept;

	if (e->store->ops->journal_head(e->store, &head, err) < 0) {
		json_decref(notice);
		json_decref(journal);
		return NULL;
	}
	json_set_text(notice, "kind", kind);
	json_set_bool(notice, "drill", row->incident.drill);
	json_object_set_new(notice, "incident", incident_part(e, row));
	json_object_set_new(notice, "clock", clock_part(clock, TIME_NONE));
	if (step != NULL) {
		json_object_set_new(notice, "step", step_part(step));
		json_set_int(notice, "passed_over", step->passed_over);
		json_set_time(notice, "step_at", step->step_at);
	}
	json_set_text(notice, "fallback_for", fallback_for);
	/* With the head of the chain in everybody's mailbox a cut tail shows. */
	json_set_int(journal, "seq", head.seq);
	json_set_text(journal, "hash", head.hash);
	json_object_set_new(notice, "journal", journal);
	text = json_text(notice);
	json_decref(notice);
	kept = arena_strdup(e->arena, text);
	free(text);
	return kept;
}

/* ---- words -------------------------------------------------------------------- */

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

static int64_t int_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static int64_t time_of(const json_t *object, const char *key)
{
	const char *text = text_of(object, key);
	int64_t at;

	return text[0] != '\0' && rfc3339_parse(text, strlen(text), &at, NULL) == 0 ? at : TIME_NONE;
}

/* "NIS2 early warning", by the titles of the rules in force. */
static void stage_words(const struct engine *e, const json_t *clock, char *out, size_t size)
{
	const char *name = text_of(clock, "regime"), *stage = text_of(clock, "stage");
	const struct regime *regime = rulebook_regime(&e->conf->book, name);
	const struct stage *found = regime != NULL ? regime_stage(regime, stage) : NULL;

	if (strcmp(name, REGIME_INTERNAL) == 0)
		snprintf(out, size, "Assessment (is it significant?)");
	else if (found != NULL)
		snprintf(out, size, "%s: %s", regime->title, found->title);
	else
		snprintf(out, size, "%s: %s", name, stage);
}

static void add_due(struct buf *b, const json_t *clock, int64_t now)
{
	int64_t due = time_of(clock, "due_at");
	char left[TEXT_DURATION_SIZE];

	if (due == TIME_NONE) {
		buf_adds(b, " is owed");
		return;
	}
	text_duration(due - now, left);
	if (due > now)
		buf_addf(b, " is due in %s", left);
	else
		buf_addf(b, " is OVERDUE by %s", left);
}

/* The zone that the incident is under; a notice from before it was said there: that of
 * its entity. */
static const struct zone *zone_of(const struct engine *e, const json_t *incident)
{
	const struct rulebook *book = &e->conf->book;
	const char *name = text_of(incident, "timezone");
	const struct zone *zone = NULL;
	struct error why;

	if (name[0] != '\0')
		zone = book->zone(book->zone_arg, name, &why);
	return zone != NULL ? zone : entity_of(e, text_of(incident, "entity"))->rules.zone;
}

static void add_local(struct buf *b, const struct zone *zone, int64_t at)
{
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	char utc[RFC3339_SIZE];
	struct civil c;

	rfc3339_format(at, utc);
	zone_civil(zone, at, &c);
	buf_addf(b, "%s (%s %04d-%02d-%02d %02d:%02d %s)", utc,
		days[civil_weekday(civil_days(c.year, c.month, c.day))], c.year, c.month, c.day,
		c.hour, c.minute, zone_name(zone));
}

static void add_settled(struct buf *b, const json_t *clock)
{
	const char *state = text_of(clock, "state");

	if (strcmp(state, "filed") == 0 || strcmp(state, "filed-late") == 0)
		buf_addf(b, " is settled: %s", state);
	else if (strcmp(state, "waived") == 0)
		buf_adds(b, " is settled: waived by decision, no report is owed");
	else
		buf_adds(b, " has ended: no report is owed");
}

static void step_lines(struct buf *b, const json_t *notice, int64_t late_ms)
{
	const json_t *step = json_object_get(notice, "step");
	int64_t repeat = int_of(step, "repeat");
	int64_t passed = int_of(notice, "passed_over");
	const char *fallback = text_of(notice, "fallback_for");
	char late[TEXT_DURATION_SIZE];

	if (step == NULL)
		return;
	buf_addf(b, "\nStep %" PRId64 " of %" PRId64 " (%s)",
		int_of(step, "number"),
		int_of(step, "of"), text_of(step, "at"));
	if (repeat > 0)
		buf_addf(b, ", reminder %" PRId64, repeat);
	if (passed > 0)
		buf_addf(b, ", standing in for %" PRId64 " earlier one%s", passed,
			passed == 1 ? "" : "s");
	if (late_ms >= MINUTE_MS) {
		text_duration(late_ms, late);
		buf_addf(b, "; this notice is %s late", late);
	}
	if (fallback[0] != '\0')
		buf_addf(b, "; sent here because channel %s refused it for good", fallback);
	buf_adds(b, ".");
}

/* What ends the clock. How to acknowledge is the channel's to say: it may have a
 * better way than a command. */
static void add_way_out(struct buf *b, const json_t *clock, int64_t id)
{
	if (strcmp(text_of(clock, "regime"), REGIME_INTERNAL) == 0)
		buf_addf(b, "\nIt ends by a decision: tocsin aware %" PRId64
			" --by NAME --basis WHY, or tocsin dismiss %" PRId64
			" --by NAME --basis WHY.", id, id);
	else
		buf_addf(b, "\nOnly a filing ends it: tocsin file %" PRId64 " %s --regime %s ...",
			id, text_of(clock, "stage"), text_of(clock, "regime"));
}

/* Whom to file with, as far as it is known and as old as that is. */
static void add_route(struct buf *b, const struct engine *e, const json_t *incident,
	const json_t *clock)
{
	const char *regime = text_of(clock, "regime");
	const struct overlay *overlay = rules_route(e, text_of(incident, "entity"),
		json_string_value(json_object_get(incident, "country")), regime);

	if (strcmp(regime, REGIME_INTERNAL) == 0)
		return;
	buf_addc(b, '\n');
	route_write_notice(overlay, zone_day(zone_of(e, incident), e->now), b);
}

/* What the law wants of a late report besides: the derivation has it. */
static void add_if_late(struct buf *b, const struct clock *clock, int64_t now)
{
	size_t i;

	if (clock == NULL || clock->due_at == TIME_NONE || clock->due_at >= now)
		return;
	for (i = 0; i < clock->n_derivation; i++)
		if (text_starts(clock->derivation[i], IF_LATE))
			buf_addf(b, "\nIf late: %s", clock->derivation[i] + strlen(IF_LATE));
}

/* Who is alarmed by a date that somebody has corrected must know why, and what to do. */
static void add_proposed(struct buf *b, const struct clock *clock, const struct zone *zone)
{
	if (clock == NULL || clock->proposed.by == NULL)
		return;
	if (strcmp(clock->proposed.by, HELD_BY_CONFIGURATION) == 0)
		buf_adds(b, "\nBy the present configuration ");
	else
		buf_addf(b, "\nBy a correction of %s ", clock->proposed.by);
	if (clock->proposed.due_at != TIME_NONE) {
		buf_adds(b, "it would be due ");
		add_local(b, zone, clock->proposed.due_at);
	} else {
		buf_addf(b, "it would be %s", clock_state_name(clock->proposed.state));
	}
	buf_addf(b, "; that counts when somebody else confirms it: tocsin confirm %" PRId64
		" --by NAME.", clock->incident);
}

static void write_text(struct engine *e, const json_t *notice, const struct clock *now_clock,
	int64_t late_ms, struct buf *b)
{
	const json_t *incident = json_object_get(notice, "incident");
	const json_t *clock = json_object_get(notice, "clock");
	bool settled = strcmp(text_of(notice, "kind"), "settled") == 0;
	int64_t id = int_of(incident, "id");
	char what[256];

	if (json_is_true(json_object_get(notice, "drill")))
		buf_adds(b, "DRILL: ");
	stage_words(e, clock, what, sizeof(what));
	buf_adds(b, what);
	if (settled)
		add_settled(b, clock);
	else
		add_due(b, clock, e->now);
	buf_adds(b, ".");
	if (time_of(clock, "due_at") != TIME_NONE) {
		buf_adds(b, "\nDue ");
		add_local(b, zone_of(e, incident), time_of(clock, "due_at"));
		buf_addf(b, ", %s.", text_of(clock, "reference"));
	}
	buf_addf(b, "\nIncident %" PRId64 ": %s (%s, severity %s).", id,
		text_of(incident, "title"), text_of(incident, "entity_name"),
		text_of(incident, "severity"));
	step_lines(b, notice, late_ms);
	if (settled)
		return;
	add_proposed(b, now_clock, zone_of(e, incident));
	add_if_late(b, now_clock, e->now);
	add_route(b, e, incident, clock);
	add_way_out(b, clock, id);
}

static void add_subject(json_t *notice)
{
	const json_t *incident = json_object_get(notice, "incident");
	struct buf b;

	buf_init(&b, 0);
	buf_addf(&b, "%s[tocsin #%" PRId64 "] %s",
		json_is_true(json_object_get(notice, "drill")) ? "DRILL " : "",
		int_of(incident, "id"), text_of(incident, "title"));
	json_set_text(notice, "subject", b.data);
	buf_release(&b);
}

json_t *notice_message(struct engine *e, const struct delivery_row *row,
	const struct clock *clock, struct error *err)
{
	json_t *notice = json_read(row->notice, strlen(row->notice), err), *message;
	int64_t late = 0, step_at;
	char id[DELIVERY_ID_SIZE];
	struct buf text;

	if (notice == NULL)
		return NULL;
	step_at = time_of(notice, "step_at");
	if (step_at != TIME_NONE && e->now > step_at)
		late = e->now - step_at;
	json_object_del(notice, "step_at");
	if (clock != NULL)
		json_object_set_new(notice, "clock", clock_part(clock, e->now));
	json_set_time(notice, "now", e->now);
	if (row->due_at != TIME_NONE)
		json_set_int(notice, "remaining_s", (row->due_at - e->now) / SECOND_MS);
	json_set_int(notice, "late_s", late / SECOND_MS);
	add_subject(notice);
	buf_init(&text, 0);
	write_text(e, notice, clock, late, &text);
	json_set_text(notice, "text", text.data);
	buf_release(&text);

	message = json_object();
	engine_delivery_id(e, row->id, id);
	json_set_text(message, "op", "send");
	json_set_text(message, "id", id);
	json_set_int(message, "attempt", row->attempts);
	json_set_text(message, "channel", row->channel);
	json_set_text(message, "recipient", row->recipient);
	json_object_set_new(message, "notice", notice);
	return message;
}
