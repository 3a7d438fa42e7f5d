/*
 * What people are told. A notice has a part that is fixed when the step fires and
 * kept with the delivery, and a part that depends on when it is sent (time left,
 * lateness, the words made of them), so that a retry after an hour does not say
 * what was true an hour ago. The form is in config/transport.h.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "core/document.h"
#include "core/drill.h"
#include "core/fallback.h"
#include "core/filing_route.h"
#include "engine/internal.h"

/* How the derivation begins to speak of it (core/fold.c). */
#define IF_LATE "if late: "

/* Most fit; the others grow. */
enum { NOTICE_SIZE = 1500, MESSAGE_SIZE = 4000, TEXT_SIZE = 1000, SUBJECT_SIZE = 200 };

/* A kept notice, opened. */
struct told {
	struct json_parts notice, incident, step;
	struct json_parts clock;	/* as it is now, where that matters */
	struct buf *clock_now;		/* the same as text */
	int stands_for;			/* of the row: it grows after the notice is made */
};

static void put_incident(const struct engine *e, const struct incident_row *row,
	struct buf *out)
{
	const struct incident *in = &row->incident;

	out_object(out, "incident");
	out_int(out, "id", in->id);
	out_text(out, "entity", in->entity);
	out_text(out, "entity_name", entity_of(e, in->entity)->name);
	out_text(out, "title", in->title);
	out_text(out, "severity", severity_name(in->severity));
	out_text(out, "state", incident_state_name(row->state));
	out_text(out, "source", in->source);
	out_text(out, "country", in->country);
	out_text(out, "timezone", in->timezone);
	out_time(out, "opened_at", in->opened_at);
	if (e->conf->public_url != NULL) {
		char url[1024];

		snprintf(url, sizeof(url), "%s/#/incidents/%" PRId64, e->conf->public_url, in->id);
		out_text(out, "url", url);
	}
	out_end_object(out);
}

static void put_step(const struct notice_step *about, struct buf *out)
{
	out_object(out, "step");
	out_text(out, "at", about->step->at);
	out_text(out, "needs", about->step->needs);
	out_int(out, "number", about->number);
	out_int(out, "repeat", about->repeat);
	out_int(out, "of", about->of);
	out_end_object(out);
}

static void put_clock(const struct clock *clock, const char *key, int64_t now,
	struct buf *out)
{
	struct clock told = *clock;

	told.n_derivation = 0;		/* for those who ask; it is half of a clock */
	document_put_clock(out, key, &told, now);
}

static void put_acknowledgement(const struct acknowledgement_row *ack, struct buf *out)
{
	out_object(out, "acknowledgement");
	out_text(out, "by", ack->by);
	out_time(out, "until", ack->until_at);
	out_end_object(out);
}

static struct buf *begin(struct engine *e)
{
	struct buf *notice = buf_in_arena(e->arena, NOTICE_SIZE);

	out_object(notice, NULL);
	return notice;
}

/* With the head of the chain in everybody's mailbox a cut tail shows. */
static const char *end(struct engine *e, struct buf *notice, struct error *err)
{
	struct journal_check head;

	if (e->store->ops->journal_head(e->store, &head, err) < 0)
		return NULL;
	out_object(notice, "journal");
	out_int(notice, "seq", head.seq);
	out_text(notice, "hash", head.hash);
	out_end_object(notice);
	out_end_object(notice);
	return notice->data;
}

static const char *make(struct engine *e, const char *kind, const struct incident_row *row,
	const struct clock *clock, const struct notice_step *step, const char *fallback_for,
	const struct acknowledgement_row *ack, struct error *err)
{
	struct buf *notice = begin(e);

	out_text(notice, "kind", kind);
	out_bool(notice, "drill", row->incident.drill);
	if (drill_is_fast(&row->incident))
		out_int(notice, "drill_scale", row->incident.drill_scale);
	put_incident(e, row, notice);
	put_clock(clock, "clock", TIME_NONE, notice);
	if (step != NULL) {
		put_step(step, notice);
		out_int(notice, "passed_over", step->passed_over);
		out_time(notice, "step_at", step->step_at);
		out_text(notice, "on_call", reach_words(e, step->reach));
		out_true(notice, "nobody_on_call", step->reach->instead != REACH_AS_WRITTEN);
	}
	out_text(notice, "fallback_for", fallback_for);
	if (ack != NULL)
		put_acknowledgement(ack, notice);
	return end(e, notice, err);
}

const char *notice_make_plain(struct engine *e, const char *kind, const struct operation *op,
	struct error *err)
{
	struct buf *notice = begin(e);

	out_text(notice, "kind", kind);
	out_bool(notice, "drill", false);
	out_text(notice, "about", op->about);
	out_text(notice, "title", op->title);
	out_text(notice, "words", op->words);
	return end(e, notice, err);
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

static const char *text_of(const struct json_parts *object, const char *key)
{
	const char *text = json_parts_text(object, key);

	return text != NULL ? text : "";
}

static int64_t int_of(const struct json_parts *object, const char *key)
{
	int64_t value = 0;

	return json_parts_int(object, key, &value) == 0 ? value : 0;
}

static int64_t time_of(const struct json_parts *object, const char *key)
{
	const char *text = text_of(object, key);
	int64_t at;

	return text[0] != '\0' && rfc3339_parse(text, strlen(text), &at, NULL) == 0 ? at : TIME_NONE;
}

/* The zone that the incident is under; a notice from before it was said there: that of
 * its entity. */
static const struct zone *zone_of(const struct engine *e, const struct json_parts *incident)
{
	return words_zone(e, text_of(incident, "timezone"), text_of(incident, "entity"));
}

static void add_fallback(struct buf *b, const struct json_parts *notice)
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

static void step_lines(struct buf *b, const struct told *told, int64_t late_ms)
{
	const struct json_parts *notice = &told->notice, *step = &told->step;
	int64_t repeat = int_of(step, "repeat");
	int64_t passed = int_of(notice, "passed_over");
	char late[TEXT_DURATION_SIZE];

	if (step->n == 0)
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
	if (told->stands_for > 0)
		buf_addf(b, "\n%d earlier reminder%s could not be delivered.", told->stands_for,
			told->stands_for == 1 ? "" : "s");
	if (json_parts_true(notice, "nobody_on_call"))
		buf_adds(b, "\nNobody is on call for this step now; you are told in their place.");
	if (text_of(notice, "on_call")[0] != '\0')
		buf_addf(b, "\nOn call: %s.", text_of(notice, "on_call"));
	if (text_of(step, "needs")[0] != '\0')
		buf_addf(b, "\nStart now at the latest: drafting and approval need %s.",
			text_of(step, "needs"));
}

/* What ends the clock. How to acknowledge is the channel's to say: it may have a
 * better way than a command. */
static void add_way_out(struct buf *b, const struct json_parts *clock, int64_t id)
{
	if (strcmp(text_of(clock, "regime"), REGIME_INTERNAL) == 0)
		buf_addf(b, "\nIt ends by a decision: tocsin aware %" PRId64
			" --by NAME --basis WHY, or tocsin dismiss %" PRId64
			" --by NAME --basis WHY.", id, id);
	else
		buf_addf(b, "\nOnly a filing ends it: tocsin file %" PRId64 " %s --regime %s ...",
			id, text_of(clock, "stage"), text_of(clock, "regime"));
}

static void add_acknowledged(struct buf *b, const struct json_parts *notice,
	const struct zone *zone)
{
	struct json_parts ack;

	json_parts_object(notice, "acknowledgement", &ack);
	if (ack.n == 0)
		return;
	buf_addf(b, "\n%s has it, until ", text_of(&ack, "by"));
	words_local(b, zone, time_of(&ack, "until"));
	buf_adds(b, "; then reminders begin again.");
}

/* Whom to file with, as far as it is known and as old as that is. */
static void add_route(struct buf *b, const struct engine *e, const struct json_parts *incident,
	const struct json_parts *clock)
{
	const char *regime = text_of(clock, "regime");
	const struct overlay *overlay = rules_route(e, text_of(incident, "entity"),
		json_parts_text(incident, "country"), regime);

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
static void add_drill(struct buf *b, const struct json_parts *notice)
{
	int64_t scale = int_of(notice, "drill_scale");

	if (scale > 1)
		buf_addf(b, "\nThis is a drill in which time runs %" PRId64 " times as fast; "
			"nothing is to be submitted.", scale);
}

static void write_text(struct engine *e, const struct told *told, const struct clock *now_clock,
	int64_t late_ms, struct buf *b)
{
	const struct json_parts *incident = &told->incident, *clock = &told->clock;
	const struct zone *zone = zone_of(e, incident);
	bool settled = strcmp(text_of(&told->notice, "kind"), "settled") == 0;
	int64_t id = int_of(incident, "id"), due_at = time_of(clock, "due_at");
	char what[256];

	if (json_parts_true(&told->notice, "drill"))
		buf_adds(b, "DRILL: ");
	words_stage(e, text_of(clock, "regime"), text_of(clock, "stage"), what, sizeof(what));
	buf_adds(b, what);
	if (settled)
		words_settled(b, text_of(clock, "state"));
	else
		words_due(b, due_at, e->now);
	buf_adds(b, ".");
	if (due_at != TIME_NONE) {
		buf_adds(b, "\nDue ");
		words_local(b, zone, due_at);
		buf_addf(b, ", %s.", text_of(clock, "reference"));
	}
	buf_addf(b, "\nIncident %" PRId64 ": %s (%s, severity %s).", id,
		text_of(incident, "title"), text_of(incident, "entity_name"),
		text_of(incident, "severity"));
	step_lines(b, told, late_ms);
	add_drill(b, &told->notice);
	add_acknowledged(b, &told->notice, zone);
	if (settled)
		return;
	add_proposed(b, now_clock, zone);
	add_if_late(b, now_clock, e->now);
	add_route(b, e, incident, clock);
	add_way_out(b, clock, id);
}

static void put_subject(struct engine *e, const struct told *told, struct buf *out)
{
	struct buf *b = buf_in_arena(e->arena, SUBJECT_SIZE);

	if (told->incident.n > 0)
		buf_addf(b, "%s[tocsin #%" PRId64 "] %s",
			json_parts_true(&told->notice, "drill") ? "DRILL " : "",
			int_of(&told->incident, "id"), text_of(&told->incident, "title"));
	else
		buf_addf(b, "[tocsin] %s", text_of(&told->notice, "title"));
	out_text(out, "subject", b->data);
}

static void add_replay(struct buf *b, const struct json_parts *notice)
{
	if (json_parts_find(notice, "replayed_by") != NULL)
		buf_addf(b, "\nThis is delivery %s, sent again by %s.", text_of(notice, "replay_of"),
			text_of(notice, "replayed_by"));
}

/* The words that depend on now; of what is of no incident none do. */
static void put_text(struct engine *e, const struct told *told, const struct clock *clock,
	int64_t late_ms, struct buf *out)
{
	struct buf *text = buf_in_arena(e->arena, TEXT_SIZE);

	if (told->incident.n > 0)
		write_text(e, told, clock, late_ms, text);
	else
		buf_addf(text, "%s.\n%s", text_of(&told->notice, "title"),
			text_of(&told->notice, "words"));
	add_replay(text, &told->notice);
	out_text(out, "text", text->data);
}

/* ---- messages ------------------------------------------------------------------- */

static bool is_key(const struct json_member *member, const char *key)
{
	return member->key_len == strlen(key) && memcmp(member->key, key, member->key_len) == 0;
}

/* As it stands in the kept notice, key and all. */
static void put_member(const struct json_member *member, struct buf *out)
{
	const char *from = member->key - 1;

	if (out->data[out->len - 1] != '{')
		buf_addc(out, ',');
	buf_add(out, from, (size_t)(member->value.at + member->value.len - from));
}

/* What was kept and is still true, the rest as it is now. */
static void put_notice(struct engine *e, const struct delivery_row *row, const struct told *told,
	const struct clock *clock, struct buf *out)
{
	const struct json_parts *kept = &told->notice;
	int64_t late = 0, step_at = time_of(kept, "step_at");
	size_t i;

	if (step_at != TIME_NONE && e->now > step_at)
		late = e->now - step_at;
	out_object(out, "notice");
	for (i = 0; i < kept->n; i++) {
		if (clock != NULL && is_key(&kept->list[i], "clock"))
			out_json(out, "clock", told->clock_now);
		else if (!is_key(&kept->list[i], "step_at") && !is_key(&kept->list[i], "words"))
			put_member(&kept->list[i], out);
	}
	out_time(out, "now", e->now);
	if (row->due_at != TIME_NONE && row->incident != 0 &&
	    strcmp(row->kind, KIND_ACKNOWLEDGED) != 0)
		out_int(out, "remaining_s", (row->due_at - e->now) / SECOND_MS);
	out_int(out, "late_s", late / SECOND_MS);
	if (row->stands_for > 0)
		out_int(out, "stands_for", row->stands_for);
	if (row->page > 0)
		out_int(out, "page", row->page);
	put_subject(e, told, out);
	put_text(e, told, clock, late, out);
	if (clock != NULL && strcmp(row->kind, "step") == 0)
		link_put(e, row, out);
	out_end_object(out);
}

static int read_kept(struct engine *e, const struct delivery_row *row, const struct clock *clock,
	struct told *ret, struct error *err)
{
	if (json_parts_read(row->notice, strlen(row->notice), e->arena, &ret->notice) < 0)
		return error_set(err, ERROR_INTERNAL, "the kept notice of delivery %" PRId64
			" cannot be read", row->id);
	json_parts_object(&ret->notice, "incident", &ret->incident);
	json_parts_object(&ret->notice, "step", &ret->step);
	json_parts_object(&ret->notice, "clock", &ret->clock);
	ret->stands_for = row->stands_for;
	if (clock == NULL)
		return 0;
	ret->clock_now = buf_in_arena(e->arena, NOTICE_SIZE);
	put_clock(clock, NULL, e->now, ret->clock_now);
	return json_parts_read(ret->clock_now->data, ret->clock_now->len, e->arena, &ret->clock);
}

/* The handle of the thread that the receiver keeps for the incident, if it keeps one. */
static int find_thread(struct engine *e, const struct delivery_row *row, const char **ret,
	struct error *err)
{
	const struct conf_channel *channel = conf_channel(e->conf, row->channel);

	*ret = NULL;
	if (channel == NULL || channel->type != CHANNEL_SLACK_BOT)
		return 0;
	return e->store->ops->meta_get(e->store, arena_printf(e->arena, META_THREAD,
		row->incident, row->channel), e->arena, ret, err);
}

struct buf *notice_message(struct engine *e, const struct delivery_row *row,
	const struct clock *clock, struct error *err)
{
	struct told *told = arena_raw(e->arena, sizeof(*told));
	struct buf *message = buf_in_arena(e->arena, MESSAGE_SIZE);
	char id[DELIVERY_ID_SIZE];
	const char *thread;

	if (find_thread(e, row, &thread, err) < 0 || read_kept(e, row, clock, told, err) < 0)
		return NULL;
	engine_delivery_id(e, row->id, id);
	out_object(message, NULL);
	out_text(message, "op", "send");
	out_text(message, "id", id);
	out_int(message, "attempt", row->attempts);
	out_text(message, "channel", row->channel);
	out_text(message, "recipient", row->recipient);
	out_text(message, "thread", thread);
	put_notice(e, row, told, clock, message);
	out_end_object(message);
	return message;
}
