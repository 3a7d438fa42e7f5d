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
#include "core/drill.h"
#include "core/fallback.h"
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
	json_set_text(part, "needs", about->step->needs);
	json_set_int(part, "number", about->number);
	json_set_int(part, "repeat", about->repeat);
	json_set_int(part, "of", about->of);
	return part;
}

static json_t *clock_part(const struct clock *clock, int64_t now)
{
	struct clock told = *clock;

	told.n_derivation = 0;		/* for those who ask; it is half of a clock */
	return document_clock(&told, now);
}

static json_t *acknowledgement_part(const struct acknowledgement_row *ack)
{
	json_t *part = json_object();

	json_set_text(part, "by", ack->by);
	json_set_time(part, "until", ack->until_at);
	return part;
}

/* With the head of the chain in everybody's mailbox a cut tail shows. */
static int add_journal(struct engine *e, json_t *notice, struct error *err)
{
	struct journal_check head;
	json_t *journal;

	if (e->store->ops->journal_head(e->store, &head, err) < 0)
		return -1;
	journal = json_object();
	json_set_int(journal, "seq", head.seq);
	json_set_text(journal, "hash", head.hash);
	json_object_set_new(notice, "journal", journal);
	return 0;
}

/* As text in the turn's arena, with the journal's head; the notice is taken. */
static const char *keep(struct engine *e, json_t *notice, struct error *err)
{
	const char *kept = NULL;
	char *text;

	if (add_journal(e, notice, err) == 0) {
		text = json_text(notice);
		kept = arena_strdup(e->arena, text);
		free(text);
	}
	json_decref(notice);
	return kept;
}

static const char *make(struct engine *e, const char *kind, const struct incident_row *row,
	const struct clock *clock, const struct notice_step *step, const char *fallback_for,
	const struct acknowledgement_row *ack, struct error *err)
{
	json_t *notice = json_object();

	json_set_text(notice, "kind", kind);
	json_set_bool(notice, "drill", row->incident.drill);
	if (drill_is_fast(&row->incident))
		json_set_int(notice, "drill_scale", row->incident.drill_scale);
	json_object_set_new(notice, "incident", incident_part(e, row));
	json_object_set_new(notice, "clock", clock_part(clock, TIME_NONE));
	if (step != NULL) {
		json_object_set_new(notice, "step", step_part(step));
		json_set_int(notice, "passed_over", step->passed_over);
		json_set_time(notice, "step_at", step->step_at);
		json_set_text(notice, "on_call", reach_words(e, step->reach));
		if (step->reach->instead != REACH_AS_WRITTEN)
			json_set_bool(notice, "nobody_on_call", true);
	}
	json_set_text(notice, "fallback_for", fallback_for);
	if (ack != NULL)
		json_object_set_new(notice, "acknowledgement", acknowledgement_part(ack));
	return keep(e, notice, err);
}

const char *notice_make_plain(struct engine *e, const char *kind, const struct operation *op,
	struct error *err)
{
	json_t *notice = json_object();

	json_set_text(notice, "kind", kind);
	json_set_bool(notice, "drill", false);
	json_set_text(notice, "about", op->about);
	json_set_text(notice, "title", op->title);
	json_set_text(notice, "words", op->words);
	return keep(e, notice, err);
}

const char *notice_make(struct engine *e, const char *kind, const struct incident_row *row,
	const struct clock *clock, const struct notice_step *step, const char *fallback_for,
	struct error *err)
{
	return make(e, kind, row, clock, step, fallback_for, NULL, err);
}

const char *notice_make_acknowledged(struct engine *e, const struct incident_row *row,
	const struct clock *clock, const struct acknowledgement_row *ack, struct error *err)
{
	return make(e, KIND_ACKNOWLEDGED, row, clock, NULL, NULL, ack, err);
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

/* The zone that the incident is under; a notice from before it was said there: that of
 * its entity. */
static const struct zone *zone_of(const struct engine *e, const json_t *incident)
{
	return words_zone(e, text_of(incident, "timezone"), text_of(incident, "entity"));
}

static void add_fallback(struct buf *b, const json_t *notice)
{
	const char *channel = text_of(notice, "fallback_for");
	const char *why = text_of(notice, "fallback_why");

	if (channel[0] == '\0')
		return;
	buf_addf(b, "; sent here because channel %s ", channel);
	if (strcmp(why, fallback_why_name(FALLBACK_DOWN)) == 0)
		buf_adds(b, "is down, where it is still tried");
	else if (strcmp(why, fallback_why_name(FALLBACK_FAILS)) == 0)
		buf_addf(b, "has failed to take it %d times, where it is still tried",
			BREAKER_FAILURES);
	else
		buf_adds(b, "refused it for good");
}

static void step_lines(struct buf *b, const json_t *notice, int64_t late_ms)
{
	const json_t *step = json_object_get(notice, "step");
	int64_t repeat = int_of(step, "repeat");
	int64_t passed = int_of(notice, "passed_over");
	int64_t stands_for = int_of(notice, "stands_for");
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
	add_fallback(b, notice);
	buf_adds(b, ".");
	if (stands_for > 0)
		buf_addf(b, "\n%" PRId64 " earlier reminder%s could not be delivered.", stands_for,
			stands_for == 1 ? "" : "s");
	if (json_is_true(json_object_get(notice, "nobody_on_call")))
		buf_adds(b, "\nNobody is on call for this step now; you are told in their place.");
	if (text_of(notice, "on_call")[0] != '\0')
		buf_addf(b, "\nOn call: %s.", text_of(notice, "on_call"));
	if (text_of(step, "needs")[0] != '\0')
		buf_addf(b, "\nStart now at the latest: drafting and approval need %s.",
			text_of(step, "needs"));
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

static void add_acknowledged(struct buf *b, const json_t *notice, const struct zone *zone)
{
	const json_t *ack = json_object_get(notice, "acknowledgement");

	if (ack == NULL)
		return;
	buf_addf(b, "\n%s has it, until ", text_of(ack, "by"));
	words_local(b, zone, time_of(ack, "until"));
	buf_adds(b, "; then reminders begin again.");
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
		words_local(b, zone, clock->proposed.due_at);
	} else {
		buf_addf(b, "it would be %s", clock_state_name(clock->proposed.state));
	}
	buf_addf(b, "; that counts when somebody else confirms it: tocsin confirm %" PRId64
		" --by NAME.", clock->incident);
}

/* Dates that are minutes away look wrong to who knows the law. */
static void add_drill(struct buf *b, const json_t *notice)
{
	int64_t scale = int_of(notice, "drill_scale");

	if (scale > 1)
		buf_addf(b, "\nThis is a drill in which time runs %" PRId64 " times as fast; "
			"nothing is to be submitted.", scale);
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
	words_stage(e, text_of(clock, "regime"), text_of(clock, "stage"), what, sizeof(what));
	buf_adds(b, what);
	if (settled)
		words_settled(b, text_of(clock, "state"));
	else
		words_due(b, time_of(clock, "due_at"), e->now);
	buf_adds(b, ".");
	if (time_of(clock, "due_at") != TIME_NONE) {
		buf_adds(b, "\nDue ");
		words_local(b, zone_of(e, incident), time_of(clock, "due_at"));
		buf_addf(b, ", %s.", text_of(clock, "reference"));
	}
	buf_addf(b, "\nIncident %" PRId64 ": %s (%s, severity %s).", id,
		text_of(incident, "title"), text_of(incident, "entity_name"),
		text_of(incident, "severity"));
	step_lines(b, notice, late_ms);
	add_drill(b, notice);
	add_acknowledged(b, notice, zone_of(e, incident));
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
	if (incident != NULL)
		buf_addf(&b, "%s[tocsin #%" PRId64 "] %s",
			json_is_true(json_object_get(notice, "drill")) ? "DRILL " : "",
			int_of(incident, "id"), text_of(incident, "title"));
	else
		buf_addf(&b, "[tocsin] %s", text_of(notice, "title"));
	json_set_text(notice, "subject", b.data);
	buf_release(&b);
}

static void add_replay(struct buf *b, const json_t *notice)
{
	if (json_object_get(notice, "replayed_by") != NULL)
		buf_addf(b, "\nThis is delivery %s, sent again by %s.", text_of(notice, "replay_of"),
			text_of(notice, "replayed_by"));
}

/* The words that depend on now; of what is of no incident none do. */
static void add_text(struct engine *e, json_t *notice, const struct clock *clock,
	int64_t late_ms)
{
	struct buf text;

	buf_init(&text, 0);
	if (json_object_get(notice, "incident") != NULL)
		write_text(e, notice, clock, late_ms, &text);
	else
		buf_addf(&text, "%s.\n%s", text_of(notice, "title"), text_of(notice, "words"));
	add_replay(&text, notice);
	json_set_text(notice, "text", text.data);
	json_object_del(notice, "words");
	buf_release(&text);
}

json_t *notice_message(struct engine *e, const struct delivery_row *row,
	const struct clock *clock, struct error *err)
{
	json_t *notice, *message;
	const char *thread;
	int64_t late = 0, step_at;
	char id[DELIVERY_ID_SIZE];

	if (e->store->ops->meta_get(e->store, arena_printf(e->arena, META_THREAD,
		    row->incident, row->channel), e->arena, &thread, err) < 0)
		return NULL;
	notice = json_read(row->notice, strlen(row->notice), err);
	if (notice == NULL)
		return NULL;
	step_at = time_of(notice, "step_at");
	if (step_at != TIME_NONE && e->now > step_at)
		late = e->now - step_at;
	json_object_del(notice, "step_at");
	if (clock != NULL)
		json_object_set_new(notice, "clock", clock_part(clock, e->now));
	json_set_time(notice, "now", e->now);
	if (row->due_at != TIME_NONE && row->incident != 0 &&
	    strcmp(row->kind, KIND_ACKNOWLEDGED) != 0)
		json_set_int(notice, "remaining_s", (row->due_at - e->now) / SECOND_MS);
	json_set_int(notice, "late_s", late / SECOND_MS);
	if (row->stands_for > 0)
		json_set_int(notice, "stands_for", row->stands_for);
	if (row->page > 0)
		json_set_int(notice, "page", row->page);
	add_subject(notice);
	add_text(e, notice, clock, late);
	if (clock != NULL && strcmp(row->kind, "step") == 0)
		link_put(e, row, notice);

	message = json_object();
	engine_delivery_id(e, row->id, id);
	json_set_text(message, "op", "send");
	json_set_text(message, "id", id);
	json_set_int(message, "attempt", row->attempts);
	json_set_text(message, "channel", row->channel);
	json_set_text(message, "recipient", row->recipient);
	json_set_text(message, "thread", thread);
	json_object_set_new(message, "notice", notice);
	return message;
}
