/*
 * Clocks compared: see diff.h. Both sides are documents, made by the same code in the
 * daemon and here, so a member that differs is a difference of the rules and not of
 * form.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/diff.h"
#include "cli/show.h"
#include "core/document.h"

/* ---- two clocks ------------------------------------------------------------------ */

static bool is_law(const json_t *clock)
{
	return strcmp(show_text(clock, "regime"), REGIME_INTERNAL) != 0;
}

static bool same_text(const json_t *a, const json_t *b, const char *key)
{
	return strcmp(show_text(a, key), show_text(b, key)) == 0;
}

static const json_t *find(const json_t *clocks, const json_t *like)
{
	size_t i;

	for (i = 0; i < json_array_size(clocks); i++) {
		const json_t *clock = json_array_get(clocks, i);

		if (same_text(clock, like, "regime") && same_text(clock, like, "stage"))
			return clock;
	}
	return NULL;
}

/* NULL texts stand for a clock that is not there. */
static void add(json_t *changes, const json_t *clock, const char *what, const char *was,
	const char *would_be)
{
	json_t *change = json_object();

	json_set_text(change, "regime", show_text(clock, "regime"));
	json_set_text(change, "stage", show_text(clock, "stage"));
	json_set_text(change, "what", what);
	json_set_text(change, "was", was);
	json_set_text(change, "would_be", would_be);
	json_array_append_new(changes, change);
}

static const char *or_null(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

static void compare(json_t *changes, const json_t *clock, const char *what, const char *was,
	const char *would_be)
{
	if (strcmp(was, would_be) != 0)
		add(changes, clock, what, or_null(was), or_null(would_be));
}

/* The entity may have a target of its own in place of the file's. */
static bool is_same_target(const json_t *was, const json_t *would_be)
{
	return json_is_true(json_object_get(was, "target")) &&
		json_is_true(json_object_get(would_be, "target")) &&
		same_text(was, would_be, "anchor") && same_text(was, would_be, "anchor_at");
}

static bool is_filed(const char *state)
{
	return text_starts(state, "filed");
}

static void compare_clock(json_t *changes, const json_t *was, const json_t *would_be,
	bool settled)
{
	static const char *const dates[] = { "nominal_at", "latest_at", "planned_at" };
	const json_t *held = settled ? json_object_get(was, "proposed") : NULL;
	const json_t *own = held != NULL ? held : was;
	const char *state = show_text(own, "state"), *next = show_text(would_be, "state");
	bool target = is_same_target(was, would_be);
	size_t i;

	/* Late or not by a target is not for us to say either. */
	if (!target || !is_filed(state) || !is_filed(next))
		compare(changes, was, "state", state, next);
	if (target)
		return;
	compare(changes, was, "due_at", show_text(own, "due_at"),
		show_text(would_be, "due_at"));
	/* Of what is held only the due date is known. */
	for (i = 0; held == NULL && i < ARRAY_LEN(dates); i++)
		compare(changes, was, dates[i], show_text(was, dates[i]),
			show_text(would_be, dates[i]));
}

json_t *diff_clocks(const json_t *was, const json_t *would_be, bool settled)
{
	json_t *changes = json_array();
	const json_t *clock, *other;
	size_t i;

	for (i = 0; i < json_array_size(was); i++) {
		clock = json_array_get(was, i);
		other = find(would_be, clock);
		if (is_law(clock) && other != NULL)
			compare_clock(changes, clock, other, settled);
		else if (is_law(clock))
			add(changes, clock, "state", show_text(clock, "state"), NULL);
	}
	for (i = 0; i < json_array_size(would_be); i++) {
		clock = json_array_get(would_be, i);
		if (!is_law(clock) || find(was, clock) != NULL)
			continue;
		add(changes, clock, "state", NULL, show_text(clock, "state"));
		compare(changes, clock, "due_at", "", show_text(clock, "due_at"));
	}
	return changes;
}

/* ---- an incident ------------------------------------------------------------------ */

/* The two sides of a clock's readings. */
enum { REGIME, COUNTRY };

struct side {
	size_t alarm, quiet;
};

static bool is_chosen(const struct side *side, const struct side *over)
{
	return side->alarm > 0 && side->quiet == 0 && over->alarm == 0 && over->quiet > 0;
}

/* An override leaves its mark in the readings: all of one side alarm and none of the
 * other. (What a filing has answered does not alarm either, whoever's it is.) */
static bool find_override(const json_t *clock, struct entity_override *ret)
{
	const json_t *readings = json_object_get(clock, "readings");
	const char *regime = show_text(clock, "regime");
	struct side sides[2] = { { 0 } }, *side;
	size_t i;

	for (i = 0; i < json_array_size(readings); i++) {
		const json_t *reading = json_array_get(readings, i);

		side = &sides[strcmp(show_text(reading, "law"), regime) == 0 ? REGIME :
			COUNTRY];
		if (json_is_true(json_object_get(reading, "alarms")))
			side->alarm++;
		else
			side->quiet++;
	}
	*ret = (struct entity_override){ .regime = regime,
		.stage = show_text(clock, "stage"), .by = "", .basis = "",
		.national = is_chosen(&sides[COUNTRY], &sides[REGIME]) };
	return ret->national || is_chosen(&sides[REGIME], &sides[COUNTRY]);
}

static void find_overrides(const json_t *clocks, struct arena *arena,
	struct entity_rules *rules)
{
	struct entity_override *list;
	size_t i, n = 0;

	list = arena_array(arena, json_array_size(clocks) + 1, sizeof(*list));
	for (i = 0; i < json_array_size(clocks); i++)
		n += find_override(json_array_get(clocks, i), &list[n]);
	rules->overrides = list;
	rules->n_overrides = n;
}

/* Where the incident is: without the daemon's word, the plain act at UTC. */
static int find_place(const struct incident *incident, const struct rulebook *book,
	struct entity_rules *rules, struct error *err)
{
	const char *zone = incident->timezone;

	rules->country = incident->country != NULL && incident->country[0] != '\0' ?
		rulebook_country(book, incident->country) : NULL;
	if (zone == NULL)
		zone = rules->country != NULL ? rules->country->timezone : "UTC";
	rules->zone = book->zone(book->zone_arg, zone, err);
	return rules->zone != NULL ? 0 : -1;
}

static json_t *clocks_by(const json_t *document, const struct rulebook *book,
	struct arena *arena, struct error *err)
{
	const json_t *was = json_object_get(document, "clocks");
	struct entity_rules rules = { .book = book };
	struct incident incident;
	enum incident_state state;
	struct clock *clocks;
	json_t *list;
	size_t i, n;

	if (incident_from_document(document, arena, &incident, err) < 0 ||
	    find_place(&incident, book, &rules, err) < 0)
		return NULL;
	find_overrides(was, arena, &rules);
	if (incident_fold(&incident, &rules, arena, &clocks, &n, &state, err) < 0)
		return NULL;
	list = json_array();
	for (i = 0; i < n; i++)
		json_array_append_new(list, document_clock(&clocks[i], TIME_NONE));
	return list;
}

json_t *diff_incident(const json_t *incident, const struct rulebook *book,
	struct error *err)
{
	struct arena *arena = arena_new();
	json_t *would_be = clocks_by(incident, book, arena, err), *changes = NULL;

	if (would_be != NULL)
		changes = diff_clocks(json_object_get(incident, "clocks"), would_be, true);
	json_decref(would_be);
	arena_free(arena);
	return changes;
}

/* ---- text ------------------------------------------------------------------------- */

/* A date as tables have it, a state as it is, "-" for none. Seconds only where two
 * dates would look the same without. */
static void cell(const json_t *change, const char *key, bool seconds,
	char out[SHOW_STAMP_SIZE + 8])
{
	int64_t at = show_time(change, key);
	const char *text = show_text(change, key);

	if (at != TIME_NONE && !seconds)
		show_stamp(at, out);
	else
		snprintf(out, SHOW_STAMP_SIZE + 8, "%.30s", text[0] != '\0' ? text : "-");
}

static void change_row(struct table *table, const json_t *change)
{
	char was[SHOW_STAMP_SIZE + 8], would_be[SHOW_STAMP_SIZE + 8], report[160], what[32];
	const char *cells[] = { report, what, was, would_be };

	snprintf(report, sizeof(report), "%.63s/%.63s", show_text(change, "regime"),
		show_text(change, "stage"));
	snprintf(what, sizeof(what), "%.30s", show_text(change, "what"));
	if (strchr(what, '_') != NULL)
		*strchr(what, '_') = '\0';
	cell(change, "was", false, was);
	cell(change, "would_be", false, would_be);
	if (strcmp(was, would_be) == 0) {
		cell(change, "was", true, was);
		cell(change, "would_be", true, would_be);
	}
	table_add(table, false, cells);
}

void diff_write(struct writer *w, const json_t *incident, const json_t *changes,
	const char *heading)
{
	const char *headings[] = { "REPORT", "DATE", "WAS", heading };
	struct table table;
	size_t i;

	writer_line(w, "incident %" PRId64 ": %s", show_number(incident, "id"),
		show_text(incident, "title"));
	if (json_array_size(changes) == 0)
		return;
	table_init(&table, headings, ARRAY_LEN(headings));
	for (i = 0; i < json_array_size(changes); i++)
		change_row(&table, json_array_get(changes, i));
	table_write(&table, w);
}
