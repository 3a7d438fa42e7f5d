/*
 * What the law has to say beside a clock's dates: the readings where more than one law
 * counts, a change that waits for a second person, and where a report goes. See
 * show.h.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/rfc3339.h"
#include "cli/show.h"

/* "  label        text", wrapped under itself. */
enum { TEXT_COLUMN = 15 };

/* ---- readings -------------------------------------------------------------------- */

static bool gives_due(const json_t *reading, const json_t *clock)
{
	int64_t due_at = show_time(reading, "due_at");

	return due_at != TIME_NONE && due_at == show_time(clock, "due_at") &&
		json_is_true(json_object_get(reading, "alarms"));
}

void show_law(const json_t *clock, char out[SHOW_LAW_SIZE])
{
	const json_t *readings = json_object_get(clock, "readings");
	const char *regime = show_text(clock, "regime"), *found = NULL, *law;
	size_t i;

	out[0] = '\0';
	for (i = 0; i < json_array_size(readings); i++) {
		const json_t *reading = json_array_get(readings, i);

		law = show_text(reading, "law");
		if (!gives_due(reading, clock))
			continue;
		if (strcmp(law, regime) == 0)
			return;
		if (found == NULL)
			found = law;
	}
	if (found != NULL)
		snprintf(out, SHOW_LAW_SIZE, " (%.8s)", found);
}

/* How sure it is: "guidance, verified, read 2026-09-03"; nothing of the regime's own. */
static void put_terms(struct buf *out, const json_t *reading)
{
	static const char *const keys[] = { "standing", "confidence" };
	const char *read_on = show_text(reading, "read_on"), *text;
	size_t i, n = 0;

	for (i = 0; i < ARRAY_LEN(keys); i++) {
		text = show_text(reading, keys[i]);
		if (text[0] != '\0')
			buf_addf(out, "%s%s", n++ == 0 ? " (" : ", ", text);
	}
	if (read_on[0] != '\0')
		buf_addf(out, "%sread %s", n++ == 0 ? " (" : ", ", read_on);
	buf_adds(out, n > 0 ? ")" : "");
}

static void show_reading(struct writer *w, const json_t *clock, const json_t *reading,
	bool first)
{
	const char *due = show_text(reading, "due_at"), *note = show_text(reading, "note");
	const char *label = first ? "readings" : "", *remark = "";
	struct buf source;

	if (!json_is_true(json_object_get(reading, "alarms")))
		remark = "; shown only, does not alarm";
	else if (gives_due(reading, clock))
		remark = "; counts";
	if (due[0] != '\0')
		writer_wrapped(w, TEXT_COLUMN, "  %-12s %s: due %s%s", label,
			show_text(reading, "law"), due, remark);
	else
		writer_wrapped(w, TEXT_COLUMN, "  %-12s %s: no date, from %s%s", label,
			show_text(reading, "law"), show_text(reading, "anchor"), remark);
	buf_init(&source, 0);
	buf_adds(&source, show_text(reading, "reference"));
	put_terms(&source, reading);
	if (source.len > 0)
		writer_wrapped(w, TEXT_COLUMN + 2, "%*s%s", TEXT_COLUMN + 2, "",
			source.data + (source.data[0] == ' '));
	if (note[0] != '\0')
		writer_wrapped(w, TEXT_COLUMN + 2, "%*s%s", TEXT_COLUMN + 2, "", note);
	buf_release(&source);
}

void show_readings(struct writer *w, const json_t *clock)
{
	const json_t *readings = json_object_get(clock, "readings");
	size_t i;

	for (i = 0; i < json_array_size(readings); i++)
		show_reading(w, clock, json_array_get(readings, i), i == 0);
}

/* ---- what is held ------------------------------------------------------------------ */

bool show_held(struct writer *w, size_t indent, const char *label, int64_t incident,
	const json_t *clock)
{
	const json_t *proposed = json_object_get(clock, "proposed");
	const char *by = show_text(proposed, "by"), *state = show_text(proposed, "state");
	int64_t due_at = show_time(proposed, "due_at");
	char to[SHOW_STAMP_SIZE];
	struct buf who;

	if (!json_is_object(proposed))
		return false;
	buf_init(&who, 0);
	if (strcmp(by, "configuration") == 0)
		buf_adds(&who, "a change of configuration or time zones");
	else
		buf_addf(&who, "%s's correction", by);
	show_stamp(due_at, to);
	if (due_at != TIME_NONE && strcmp(state, "running") == 0)
		writer_wrapped(w, indent, "%s%s would move it to %s; tocsin confirm %" PRId64,
			label, who.data, to, incident);
	else
		writer_wrapped(w, indent, "%s%s would make it %s; tocsin confirm %" PRId64,
			label, who.data, state, incident);
	buf_release(&who);
	return true;
}

/* ---- where to file ------------------------------------------------------------------ */

static void show_labelled(struct writer *w, const char *label, const char *text)
{
	if (text[0] != '\0')
		writer_wrapped(w, TEXT_COLUMN, "  %-12s %s", label, text);
}

static void show_one_route(struct writer *w, const char *regime, json_t *route)
{
	const json_t *notes = json_object_get(route, "notes");
	const char *key, *text;
	json_t *item;
	size_t i;

	writer_line(w, "%s", "");
	writer_line(w, "where to file, %s", regime);
	show_labelled(w, "law", show_text(route, "law"));
	show_labelled(w, "status", show_text(route, "status"));
	/* Each part brings its own words, which say how sure it is. */
	json_object_foreach(route, key, item) {
		text = show_text(item, "text");
		if (text[0] != '\0')
			writer_wrapped(w, 4, "  %s", text);
	}
	for (i = 0; i < json_array_size(notes); i++) {
		text = json_string_value(json_array_get(notes, i));
		show_labelled(w, "note", text != NULL ? text : "");
	}
}

void show_routes(struct writer *w, const json_t *incident)
{
	json_t *routes = json_object_get(incident, "route"), *route;
	const char *regime;

	json_object_foreach(routes, regime, route)
		show_one_route(w, regime, route);
}
