/*
 * The fold in words: how each date came about, line by line, whose law it is and
 * how sure its source; and where a rule has several limbs, all of them as the JSON
 * that the interface shows. It decides nothing.
 */
#include "config.h"

#include <string.h>

#include "base/json_out.h"
#include "core/drill.h"
#include "core/fold.h"

enum { LINES_MAX = 24 };	/* of a derivation; one limb needs a third of it */

struct lines {
	struct arena *arena;
	const char *list[LINES_MAX];
	size_t n;
};

/* A line that is in the arena already, or is a literal. */
static void keep_line(struct lines *lines, const char *text)
{
	if (lines->n < LINES_MAX)
		lines->list[lines->n++] = text;
}

static void add_line(void *arg, const char *text)
{
	struct lines *lines = arg;

	keep_line(lines, arena_strdup(lines->arena, text));
}

static void keep_lines(const struct lines *lines, struct clock *clock)
{
	clock->n_derivation = lines->n;
	clock->derivation = arena_array(lines->arena, lines->n, sizeof(*lines->list));
	memcpy(clock->derivation, lines->list, lines->n * sizeof(*lines->list));
}

const char *anchor_text(const struct fold *f, const struct anchor *anchor)
{
	if (anchor->kind == ANCHOR_EVENT)
		return anchor->name;
	return arena_join(f->arena, "filed:", anchor->name, NULL);
}

static void add_time_line(const struct fold *f, struct lines *lines, const char *before,
	const char *what, int64_t at)
{
	char time[RFC3339_SIZE + 8];

	rfc3339_format_offset(at, zone_offset(f->rules->zone, at), time);
	keep_line(lines, arena_join(f->arena, before, what, " ", time, NULL));
}

static const char *law_name(const struct fold *f, const struct limb *limb)
{
	if (limb->country != NULL)
		return limb->country;
	return f->national ? f->rules->country->code : f->act->name;
}

/* "CY: PT6H from aware, DSA guide to NIS2 (authority's guidance, the statute was not
 * read; verified, read 2026-09-03)": who relies on a date must see what it rests on. */
static void add_source_line(const struct fold *f, struct lines *lines, const struct limb *limb)
{
	static const char *const standings[] = {
		[STANDING_LAW] = "the law itself",
		[STANDING_QUOTED] = "the law as a secondary source quotes it",
		[STANDING_GUIDANCE] = "authority's guidance, the statute was not read",
		[STANDING_THIRD_PARTY] = "a third party's account, the statute was not read",
	};
	static const char *const confidences[] = {
		[CONFIDENCE_VERIFIED] = "verified", [CONFIDENCE_SINGLE] = "one source",
		[CONFIDENCE_UNVERIFIED] = "unverified",
		[CONFIDENCE_CONFLICT] = "sources disagree",
	};
	const struct provenance *p = limb->provenance;
	char length[PERIOD_SIZE] = "the date named", day[DAY_SIZE] = "";

	if (!limb_is_national(f, limb) || p == NULL)
		return;
	if (limb->period.unit != PERIOD_NONE)
		period_format(&limb->period, length);
	if (p->read_day != DAY_NONE)
		day_format(p->read_day, day);
	keep_line(lines, arena_printf(f->arena, "%s: %s from %s%s%s (%s; %s%s%s)",
		law_name(f, limb), length, anchor_text(f, &limb->anchor),
		limb->reference != NULL ? ", " : "",
		limb->reference != NULL ? limb->reference : "", standings[p->standing],
		confidences[p->confidence], day[0] != '\0' ? ", read " : "", day));
}

/* How the end of one limb came about; interface: the first line is the anchor. */
static void add_reading(const struct fold *f, const struct reading *r, const char *anchor,
	struct lines *lines)
{
	char length[PERIOD_SIZE];

	add_time_line(f, lines, "", anchor, r->anchor_at);
	add_source_line(f, lines, r->limb);
	if (r->target) {
		period_format(r->period, length);
		keep_line(lines, arena_printf(f->arena,
			"no period in the law; target %s of our own", length));
	} else if (r->period != NULL) {
		period_explain(r->period, r->anchor_at, f->rules->zone, fold_calendar(f),
			add_line, lines);
	} else if (r->end.due_at != TIME_NONE) {
		add_time_line(f, lines, "due as requested: ", "a date, no roll,",
			r->end.due_at);
	} else {
		keep_line(lines, "no period in the law and no date in the request");
	}
	if (r->relief != NULL)
		period_explain_relief(&r->end, f->rules->zone, fold_calendar(f),
			r->relief->reference, add_line, lines);
}

/* Which of several limbs counts, and what the others leave to argue. */
static void add_choice(const struct fold *f, const struct outcome *o, const char *anchor,
	struct lines *lines)
{
	if (o->n_begun < 2)
		return;
	if (o->n_readings == 0) {
		keep_line(lines, arena_printf(f->arena, "the %s of %zu periods binds: from %s",
			o->rule->latest_binds ? "latest" : "earliest", o->n_begun, anchor));
		return;
	}
	keep_line(lines, arena_printf(f->arena,
		"%zu readings of the law, the earliest alarms: from %s", o->n_begun, anchor));
	if (o->latest != o->due && o->latest->end.latest_at != TIME_NONE)
		add_time_line(f, lines, "arguable by another reading, from ",
			arena_printf(f->arena, "%s, until",
				anchor_text(f, &o->latest->limb->anchor)),
			o->latest->end.latest_at);
}

/* What else was decided about the clock, by people and by the act. */
static void add_decisions(struct fold *f, const struct outcome *o, struct lines *lines)
{
	const struct entity_override *override = f->override;
	char day[DAY_SIZE];
	size_t i, off = 0;

	for (i = 0; override != NULL && i < o->rule->n_limbs; i++)
		off += limb_is_national(f, o->rule->limbs + i) != override->national;
	if (off > 0 && off < o->rule->n_limbs)
		keep_line(lines, arena_printf(f->arena, "only %s counts here, by decision of "
			"%s: %s", override->national ? "the country's law" : f->act->act,
			override->by, override->basis));
	if (f->act->from_day > 0 && fold_day(f) < f->act->from_day) {
		day_format(f->act->from_day, day);
		keep_line(lines, arena_printf(f->arena, "the act applies from %s", day));
	}
}

/* Detected, or asked for, so long before: no fault of the clock, but nobody could have
 * been in time. */
static bool is_past_at_awareness(const struct fold *f, const struct clock *clock)
{
	const struct incident_event *aware = incident_event_for(f->incident, "aware",
		f->act->name);

	return aware != NULL && clock->due_at != TIME_NONE && clock->due_at < aware->at;
}

void explain_running(struct fold *f, const struct outcome *o, struct clock *clock)
{
	struct lines lines = { .arena = f->arena };

	add_reading(f, o->due, clock->anchor, &lines);
	if (is_past_at_awareness(f, clock))
		keep_line(&lines, "already past when awareness began");
	add_choice(f, o, clock->anchor, &lines);
	add_decisions(f, o, &lines);
	if (o->rule->note != NULL)
		keep_line(&lines, o->rule->note);
	if (f->stage->if_late != NULL)
		keep_line(&lines, arena_join(f->arena, "if late: ", f->stage->if_late, NULL));
	keep_lines(&lines, clock);
}

void explain_pending(struct fold *f, const struct outcome *o, struct clock *clock)
{
	const struct stage_rule *rule = o->rule;
	struct lines lines = { .arena = f->arena };
	char length[PERIOD_SIZE];
	struct reading r;

	keep_line(&lines, arena_join(f->arena, "waits for ", clock->anchor, NULL));
	r.anchor_at = TIME_NONE;
	if (rule->has_planned)
		limb_read(f, rule, &rule->planned, &r);
	if (r.anchor_at != TIME_NONE) {
		clock->planned_at = r.end.due_at;
		period_format(&rule->planned.period, length);
		add_time_line(f, &lines,
			arena_join(f->arena, "not before ", length, " from ", NULL),
			anchor_text(f, &rule->planned.anchor), r.anchor_at);
	}
	add_decisions(f, o, &lines);
	keep_lines(&lines, clock);
}

/* One more line behind those that are there. */
static void append_line(struct arena *arena, struct clock *clock, const char *text)
{
	const char **list = arena_array(arena, clock->n_derivation + 1, sizeof(*list));

	memcpy(list, clock->derivation, clock->n_derivation * sizeof(*list));
	list[clock->n_derivation++] = text;
	clock->derivation = list;
}

void explain_void(const struct fold *f, const char *why, struct clock *clock)
{
	append_line(f->arena, clock, arena_printf(f->arena, "void: %s", why));
}

void explain_not_owed(const struct fold *f, const struct conditions *because,
	struct clock *clock)
{
	struct buf *text = buf_in_arena(f->arena, 128);
	char condition[CONDITION_SIZE];
	size_t i;

	buf_adds(text, "not owed, because of ");
	for (i = 0; i < because->n; i++) {
		condition_format(&because->list[i], condition);
		buf_addf(text, "%s%s", i > 0 ? " and " : "", condition);
	}
	explain_void(f, text->data, clock);
}

void explain_assessment(const struct fold *f, struct clock *clock)
{
	struct lines lines = { .arena = f->arena };
	char length[PERIOD_SIZE];

	add_time_line(f, &lines, "", clock->anchor, clock->anchor_at);
	period_format_duration(f->rules->assessment_ms, length);
	keep_line(&lines, arena_join(f->arena, "+ ", length, " elapsed", NULL));
	keep_lines(&lines, clock);
}

static void put_provenance(struct buf *out, const struct provenance *p)
{
	char day[DAY_SIZE];

	if (p == NULL)
		return;
	out_text(out, "confidence", confidence_name(p->confidence));
	out_text(out, "standing", standing_name(p->standing));
	out_text(out, "source", p->source);
	if (p->read_day == DAY_NONE)
		return;
	day_format(p->read_day, day);
	out_text(out, "read_on", day);
}

static void put_reading(struct buf *out, const struct fold *f, const struct outcome *o,
	const struct reading *r)
{
	const struct limb *limb = r->limb;
	const char *anchor = anchor_text(f, &limb->anchor);
	struct lines lines = { .arena = f->arena };
	bool begun = r->anchor_at != TIME_NONE;

	out_object(out, NULL);
	out_text(out, "law", law_name(f, limb));
	out_text(out, "anchor", anchor);
	if (begun) {
		out_time(out, "anchor_at", drill_real(f->incident, r->anchor_at));
		out_time(out, "due_at", drill_real(f->incident, r->end.due_at));
		out_time(out, "nominal_at", drill_real(f->incident, r->end.nominal_at));
		out_time(out, "latest_at", drill_real(f->incident, r->end.latest_at));
	}
	out_text(out, "reference", limb->reference != NULL ? limb->reference :
		o->rule->reference);
	out_text(out, "note", limb->note);
	put_provenance(out, limb->provenance);
	out_bool(out, "counts", r->counts);
	out_bool(out, "alarms", r == o->due);
	if (begun) {
		add_reading(f, r, anchor, &lines);
		out_texts(out, "derivation", lines.list, lines.n);
	}
	out_end_object(out);
}

const char *explain_readings(const struct fold *f, const struct outcome *o)
{
	struct buf *out;
	size_t i;

	if (o->rule->n_limbs < 2)
		return NULL;
	out = buf_in_arena(f->arena, 1024);
	out_array(out, NULL);
	for (i = 0; i < o->rule->n_limbs; i++)
		put_reading(out, f, o, &o->list[i]);
	out_end_array(out);
	return out->data;
}
