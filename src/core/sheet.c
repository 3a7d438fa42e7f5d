/*
 * The calculator's answer for people: see sheet.h. It owns the page, and no word of
 * law: what it says of a date stands in the clock, what it says of a country in the
 * overlay. Every part goes from the short to the long: a table, the order of things,
 * then each stage with all that its date rests on.
 * */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "core/filing_route.h"
#include "core/page.h"
#include "core/sheet.h"

struct sheet {
	const struct calculation *c;
	const struct regime *regime;	/* with what the country adds */
	const struct overlay *overlay;	/* NULL: nothing is known of the country's law */
	int32_t today;
	struct buf *out;
};

void sheet_time(const struct zone *zone, int64_t at, bool end_of_day,
	char out[SHEET_TIME_SIZE])
{
	static const char *const weekdays[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri",
		"Sat" };
	char rfc3339[RFC3339_SIZE + 8], seconds[8] = "";
	int32_t offset = zone_offset(zone, at), day = zone_day(zone, at);
	struct civil c;

	zone_civil(zone, at, &c);
	end_of_day = end_of_day && c.hour == 0 && c.minute == 0 && c.second == 0 && c.ms == 0;
	if (end_of_day) {
		day--;
		civil_from_days(day, &c.year, &c.month, &c.day);
		c.hour = 24;
	}
	rfc3339_format_offset(at, offset, rfc3339);
	if (c.second != 0)
		snprintf(seconds, sizeof(seconds), ":%02d", c.second % 60);
	snprintf(out, SHEET_TIME_SIZE, "%s %04d-%02d-%02d %02d:%02d%s %s",
		weekdays[civil_weekday(day)], c.year, c.month, c.day, c.hour, c.minute,
		seconds,
		rfc3339 + strlen(rfc3339) - strlen("+00:00"));
}

static void put_time(const struct sheet *s, const char *label, int64_t at, bool end_of_day)
{
	char local[SHEET_TIME_SIZE], utc[RFC3339_SIZE];

	if (at == TIME_NONE)
		return;
	sheet_time(s->c->zone, at, end_of_day, local);
	rfc3339_format(at, utc);
	buf_addf(s->out, "  %-10s  %-30s  %s\n", label, local, utc);
}

/* A period in days or months ends with a day; one in hours at an instant. */
static bool ends_with_a_day(const struct clock *clock)
{
	return clock->nominal_at != clock->due_at;
}

/* ---- header --------------------------------------------------------------------- */

static void put_law(const struct sheet *s)
{
	const struct overlay *o = s->overlay;
	struct buf text;

	buf_init(&text, 0);
	if (o == NULL) {
		buf_addf(&text, "no national law is kept here for %s", s->regime->act);
	} else {
		buf_addf(&text, "%s%s%s%s", o->in_force ? "" : "no national act is known: ",
			o->law != NULL ? o->law : "",
			o->law != NULL && o->status != NULL ? "; " : "",
			o->status != NULL ? o->status : "");
		if (o->merged == NULL)
			buf_addf(&text, "; the periods shown are those of %s", s->regime->act);
	}
	page_labelled(s->out, "law", text.data);
	buf_clear(&text);
	if (o != NULL) {
		provenance_write(&o->provenance, &text);
		page_labelled(s->out, "how sure", text.data);
	}
	buf_release(&text);
}

static void put_header(const struct sheet *s)
{
	const struct country *country = s->c->country;
	struct buf text;

	buf_init(&text, 0);
	buf_addf(&text, "%s, %s, rules %s", s->regime->title, s->regime->act,
		s->regime->rules);
	page_text(s->out, 0, 2, text.data);
	buf_clear(&text);
	if (country != NULL)
		buf_addf(&text, "%s (%s), %s", country->name, country->version,
			zone_name(s->c->zone));
	else
		buf_addf(&text, "no member state: the plain act, weekends only; %s",
			zone_name(s->c->zone));
	page_text(s->out, 0, 2, text.data);
	buf_release(&text);
	if (s->regime->from_day != DAY_NONE) {
		char day[DAY_SIZE];

		day_format(s->regime->from_day, day);
		buf_addf(s->out, "  %-10s  from %s\n", "applies", day);
	}
	if (s->regime->note != NULL)
		page_labelled(s->out, "note", s->regime->note);
	if (country != NULL)
		put_law(s);
}

/* ---- the table ------------------------------------------------------------------ */

enum { CELL = 16, STATE = 7, STAGE_MIN = 5, STAGE_MAX = PAGE_WIDTH - STATE - 3 * CELL - 4 };

/* "2026-12-23 24:00": the weekday and the offset stand below. */
static void put_cell(const struct sheet *s, int64_t at, bool end_of_day)
{
	char local[SHEET_TIME_SIZE];

	buf_addc(s->out, ' ');
	if (at == TIME_NONE) {
		buf_addf(s->out, "%-*s", CELL, "-");
		return;
	}
	sheet_time(s->c->zone, at, end_of_day, local);
	buf_addf(s->out, "%-*.*s", CELL, CELL, local + strlen("Wed "));
}

static const char *state_cell(const struct clock *clock)
{
	if (clock->state == CLOCK_FILED_LATE)
		return clock->arguable ? "late?" : "late";
	return clock_state_name(clock->state);
}

static void put_row(const struct sheet *s, const struct clock *clock, int width)
{
	char day[DAY_SIZE];
	bool whole = strlen(clock->stage) <= (size_t)width;

	buf_addf(s->out, "%-*.*s%s %-*s", whole ? width : width - 2,
		whole ? width : width - 2, clock->stage, whole ? "" : "..", STATE,
		state_cell(clock));
	if (clock->planned_at != TIME_NONE) {
		day_format(zone_day(s->c->zone, clock->planned_at), day);
		buf_addf(s->out, " ? %-*s", CELL - 2, day);
	} else {
		put_cell(s, clock->due_at, false);
	}
	put_cell(s, clock->nominal_at, ends_with_a_day(clock));
	put_cell(s, clock->latest_at, ends_with_a_day(clock));
	while (s->out->len > 0 && s->out->data[s->out->len - 1] == ' ')
		s->out->data[--s->out->len] = '\0';
	buf_addc(s->out, '\n');
}

static void put_table(const struct sheet *s)
{
	int width = STAGE_MIN, n;
	size_t i;

	for (i = 0; i < s->c->n_clocks; i++) {
		n = (int)strlen(s->c->clocks[i].stage);
		if (n > width)
			width = n < STAGE_MAX ? n : STAGE_MAX;
	}
	buf_addf(s->out, "\n%-*s %-*s %-*s %-*s %s\n", width, "STAGE", STATE, "STATE", CELL,
		"DUE", CELL, "NOMINAL", "LATEST");
	for (i = 0; i < s->c->n_clocks; i++)
		put_row(s, &s->c->clocks[i], width);
	buf_addf(s->out, "In the time of %s. Latest: arguable until; do not plan on it.\n",
		zone_name(s->c->zone));
	buf_adds(s->out, "?: not before that day, what it runs from has not happened.\n");
}

/* ---- the order of things -------------------------------------------------------- */

struct moment {
	int64_t at;
	char mark;			/* '*' happened, 'o' due, '?' planned */
	const char *what, *more;
};

struct moments {
	struct moment *list;
	size_t n;
};

/* In its place; of the same time, in the order in which they came. */
static void moment_add(struct moments *m, int64_t at, char mark, const char *what,
	const char *more)
{
	size_t i;

	if (at == TIME_NONE)
		return;
	for (i = m->n++; i > 0 && m->list[i - 1].at > at; i--)
		m->list[i] = m->list[i - 1];
	m->list[i] = (struct moment){ at, mark, what, more };
}

static void collect(const struct sheet *s, struct moments *m)
{
	const struct incident *incident = &s->c->incident;
	size_t i;

	for (i = 0; i < incident->n_events; i++)
		moment_add(m, incident->events[i].at, '*', incident->events[i].type, "");
	for (i = 0; i < incident->n_filings; i++) {
		moment_add(m, incident->filings[i].filed_at, '*', incident->filings[i].stage,
			" filed");
		moment_add(m, incident->filings[i].received_at, '*',
			incident->filings[i].stage, " received");
	}
	for (i = 0; i < s->c->n_clocks; i++) {
		const struct clock *clock = &s->c->clocks[i];

		if (clock->state != CLOCK_VOID && clock->state != CLOCK_WAIVED)
			moment_add(m, clock->due_at, 'o', clock->stage,
				clock->target ? " target" : " due");
		moment_add(m, clock->planned_at, '?', clock->stage, " planned");
	}
}

static void put_moment(const struct sheet *s, const struct moment *moment)
{
	char local[SHEET_TIME_SIZE], utc[RFC3339_SIZE];
	char line[2 * RFC3339_SIZE + SHEET_TIME_SIZE];
	struct buf text;

	sheet_time(s->c->zone, moment->at, false, local);
	rfc3339_format(moment->at, utc);
	snprintf(line, sizeof(line), "  %c  %-27s  %s  ", moment->mark, local, utc);
	buf_adds(s->out, line);
	buf_init(&text, 0);
	buf_addf(&text, "%s%s", moment->what, moment->more);
	page_text(s->out, strlen(line), strlen(line), text.data);
	buf_release(&text);
}

static void put_timeline(const struct sheet *s)
{
	char gap[TEXT_DURATION_SIZE];
	struct moments m = { .n = 0 };
	struct arena *arena = arena_new();
	size_t i;

	m.list = arena_array(arena, s->c->incident.n_events + 2 * s->c->incident.n_filings +
		2 * s->c->n_clocks, sizeof(*m.list));
	collect(s, &m);
	if (m.n > 0)
		page_heading(s->out, "Timeline (* happened, o due, ? planned: not before)");
	for (i = 0; i < m.n; i++) {
		if (i > 0 && m.list[i].at - m.list[i - 1].at >= DAY_MS) {
			text_duration(m.list[i].at - m.list[i - 1].at, gap);
			buf_addf(s->out, "  |  %s\n", gap);
		}
		put_moment(s, &m.list[i]);
	}
	arena_free(arena);
}

/* ---- each stage ----------------------------------------------------------------- */

static int64_t member_time(const json_t *reading, const char *key)
{
	int64_t at = TIME_NONE;

	return json_get_time(reading, key, &at, NULL) == 0 ? at : TIME_NONE;
}

static const char *member_text(const json_t *reading, const char *key)
{
	const char *text = json_string_value(json_object_get(reading, key));

	return text != NULL ? text : "";
}

/* What kind of source: only of what a country's file says. */
static void put_source(const struct sheet *s, const json_t *reading)
{
	const char *read_on = member_text(reading, "read_on");
	struct buf text;

	if (member_text(reading, "confidence")[0] == '\0')
		return;
	buf_init(&text, 0);
	buf_addf(&text, "%s, %s%s%s", member_text(reading, "confidence"),
		member_text(reading, "standing"), read_on[0] != '\0' ? ", read " : "",
		read_on);
	page_labelled(s->out, "  source", text.data);
	buf_release(&text);
}

static void put_reading(const struct sheet *s, const struct clock *clock,
	const json_t *reading)
{
	int64_t due = member_time(reading, "due_at"), nominal = member_time(reading,
		"nominal_at");
	const json_t *line;
	struct buf text;
	size_t i;

	buf_init(&text, 0);
	buf_addf(&text, "%s, from %s: %s", member_text(reading, "law"),
		member_text(reading, "anchor"), due == TIME_NONE ? "which has not happened" :
		!json_is_true(json_object_get(reading, "alarms")) ? "does not alarm" :
		due == clock->due_at ? "alarms" : "later, so it does not alarm");
	page_labelled(s->out, "reading", text.data);
	buf_release(&text);
	put_time(s, "  due", due, false);
	put_time(s, "  nominal", nominal, nominal != due);
	put_time(s, "  latest", member_time(reading, "latest_at"), nominal != due);
	if (member_text(reading, "reference")[0] != '\0')
		page_labelled(s->out, "  law", member_text(reading, "reference"));
	put_source(s, reading);
	if (member_text(reading, "note")[0] != '\0')
		page_labelled(s->out, "  note", member_text(reading, "note"));
	if (due == clock->due_at)
		return;	/* the stage's own derivation */
	json_array_foreach(json_object_get(reading, "derivation"), i, line)
		if (json_is_string(line))
			page_labelled(s->out, i == 0 ? "  because" : "",
				json_string_value(line));
}

static void put_readings(const struct sheet *s, const struct clock *clock)
{
	json_t *readings = clock->readings == NULL ? NULL :
		json_read(clock->readings, strlen(clock->readings), NULL);
	const json_t *reading;
	size_t i;

	json_array_foreach(readings, i, reading)
		put_reading(s, clock, reading);
	json_decref(readings);
}

static void put_stage(const struct sheet *s, const struct clock *clock)
{
	const struct stage *stage = regime_stage(s->regime, clock->stage);
	struct buf text;

	buf_init(&text, 0);
	buf_addf(&text, "%s: %s (%s)%s%s", clock->stage, clock_state_name(clock->state),
		stage != NULL && stage->title != NULL ? stage->title : clock->stage,
		clock->on_request ? ", only when requested" : "",
		clock->arguable ? ", arguable" : "");
	buf_addc(s->out, '\n');
	page_text(s->out, 0, 2, text.data);
	buf_release(&text);
}

static void put_clock(const struct sheet *s, const struct clock *clock)
{
	bool day = ends_with_a_day(clock);
	size_t i;

	put_stage(s, clock);
	put_time(s, "due", clock->due_at, false);
	if (clock->target)
		page_labelled(s->out, "", "a target of ours: the law has no number");
	put_time(s, "nominal", clock->nominal_at, day);
	put_time(s, "latest", clock->latest_at, day);
	if (clock->latest_at != TIME_NONE && !clock->target)
		page_labelled(s->out, "", "arguable until; do not plan on it");
	put_time(s, "settled", clock->settled_at, false);
	if (clock->state == CLOCK_PENDING)
		buf_addf(s->out, "  %-10s  %s, which has not happened\n", "runs from",
			clock->anchor);
	put_time(s, "not before", clock->planned_at, false);
	if (clock->reference != NULL)
		page_labelled(s->out, "law", clock->reference);
	for (i = 0; i < clock->n_derivation; i++)
		page_labelled(s->out, i == 0 ? "derivation" : "", clock->derivation[i]);
	put_readings(s, clock);
}

/* ---- what no clock says --------------------------------------------------------- */

static void put_notes(const struct sheet *s)
{
	size_t i;

	if (s->overlay == NULL || s->overlay->n_notes == 0)
		return;
	page_heading(s->out, "Notes on the national law");
	for (i = 0; i < s->overlay->n_notes; i++)
		page_item(s->out, s->overlay->notes[i]);
}

static void put_route(const struct sheet *s)
{
	struct buf text;
	int part;

	if (s->c->country == NULL || s->today == DAY_NONE)
		return;
	page_heading(s->out, "Where to file");
	if (s->overlay == NULL) {
		page_item(s->out, "not known");
		return;
	}
	buf_init(&text, 0);
	for (part = 0; part < ROUTE_PARTS; part++) {
		buf_clear(&text);
		route_item_write(route_part(&s->overlay->route, (enum route_part)part),
			(enum route_part)part, s->today, &text);
		page_item(s->out, text.data);
	}
	buf_release(&text);
}

void sheet_write(const struct calculation *c, const struct rulebook *book, int32_t today,
	struct buf *out)
{
	struct sheet s = { .c = c, .today = today, .out = out };
	size_t i;

	s.regime = rulebook_regime(book, c->incident.regimes[0]);
	s.overlay = country_overlay(c->country, c->incident.regimes[0]);
	if (s.overlay != NULL && s.overlay->merged != NULL)
		s.regime = s.overlay->merged;
	put_header(&s);
	put_table(&s);
	put_timeline(&s);
	for (i = 0; i < c->n_clocks; i++)
		put_clock(&s, &c->clocks[i]);
	put_notes(&s);
	put_route(&s);
	buf_adds(out, "\nWhat binds is the act itself and the national one, as whoever "
		"answers for\n"
		"reports reads them; the files behind this page may be old or wrong.\n"
		"\nNo legal advice.\n");
}
