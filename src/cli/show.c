/* Documents as text: see show.h. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/rfc3339.h"
#include "cli/show.h"
#include "core/incident.h"
#include "core/sheet.h"

enum { TEXT_COLUMN = 15 };	/* where the text behind a label begins */

const char *show_text(const json_t *document, const char *key)
{
	const char *text = json_string_value(json_object_get(document, key));

	return text != NULL ? text : "";
}

int64_t show_time(const json_t *document, const char *key)
{
	int64_t at = TIME_NONE;

	json_get_time(document, key, &at, NULL);
	return at;
}

int64_t show_number(const json_t *document, const char *key)
{
	return json_integer_value(json_object_get(document, key));
}

static bool is_true(const json_t *document, const char *key)
{
	return json_is_true(json_object_get(document, key));
}

static const char *replaced(const json_t *record)
{
	return is_true(record, "replaced") ? " (replaced)" : "";
}

void show_stamp(int64_t at, char out[SHOW_STAMP_SIZE])
{
	char text[RFC3339_SIZE];

	out[0] = '\0';
	if (at == TIME_NONE)
		return;
	rfc3339_format(at, text);
	snprintf(out, SHOW_STAMP_SIZE, "%.10s %.5sZ", text, text + 11);
}

bool show_left(const json_t *clock, int64_t now, char out[SHOW_LEFT_SIZE])
{
	const char *state = show_text(clock, "state");
	int64_t due_at = show_time(clock, "due_at");
	char length[TEXT_DURATION_SIZE];
	bool overdue = due_at < now;

	if (strcmp(state, "running") != 0 || due_at == TIME_NONE) {
		snprintf(out, SHOW_LEFT_SIZE, "%.30s", state);
		return false;
	}
	text_duration(due_at - now, length);
	snprintf(out, SHOW_LEFT_SIZE, "%s%s", overdue ? "OVERDUE " : "", length);
	return overdue;
}

static const json_t *list_of(const json_t *document, const char *key)
{
	return json_object_get(document, key);
}

const json_t *show_next(const json_t *incident)
{
	const json_t *clocks = list_of(incident, "clocks"), *next = NULL;
	size_t i;

	for (i = 0; i < json_array_size(clocks); i++) {
		const json_t *clock = json_array_get(clocks, i);
		int64_t due_at = show_time(clock, "due_at");

		if (strcmp(show_text(clock, "state"), "running") == 0 && due_at != TIME_NONE &&
				(next == NULL || due_at < show_time(next, "due_at")))
			next = clock;
	}
	return next;
}

void show_title(const json_t *document, struct buf *out)
{
	const char *title = show_text(document, "title");

	if (is_true(document, "drill") && !text_starts(title, "DRILL"))
		buf_adds(out, "DRILL ");
	buf_adds(out, title);
}

/* ---- head and table of clocks ---------------------------------------------------- */

static void head(struct writer *w, const json_t *incident)
{
	writer_wrapped(w, 2, "%sincident %" PRId64 ": %s", is_true(incident, "drill") ? "DRILL " :
		"", show_number(incident, "id"), show_text(incident, "title"));
	writer_line(w, "%s, %s, severity %s", show_text(incident, "entity"),
		show_text(incident, "state"), show_text(incident, "severity"));
}

static void clock_table(struct writer *w, const json_t *incident, int64_t now)
{
	static const char *const headings[] = { "LEFT", "DUE", "REGIME", "STAGE", "NOTE" };
	const json_t *clocks = list_of(incident, "clocks");
	struct table table;
	size_t i;

	if (json_array_size(clocks) == 0)
		return;
	table_init(&table, headings, ARRAY_LEN(headings));
	for (i = 0; i < json_array_size(clocks); i++) {
		const json_t *clock = json_array_get(clocks, i);
		int64_t due_at = show_time(clock, "due_at"), planned_at;
		char left[SHOW_LEFT_SIZE], due[SHOW_STAMP_SIZE], planned[SHOW_STAMP_SIZE];
		char note[SHOW_STAMP_SIZE + 96] = "", regime[96], law[SHOW_LAW_SIZE];
		const char *anchor = show_text(clock, "anchor");
		bool urgent = show_left(clock, now, left);
		const char *cells[] = { left, due, regime, show_text(clock, "stage"), note };

		if (text_starts(anchor, "filed:"))
			anchor += strlen("filed:");
		show_stamp(due_at, due);
		show_law(clock, law);
		snprintf(regime, sizeof(regime), "%.63s%s", show_text(clock, "regime"), law);
		planned_at = show_time(clock, "planned_at");
		show_stamp(planned_at, planned);
		if (planned_at != TIME_NONE)
			snprintf(note, sizeof(note), "after %.63s; not before %s", anchor,
				planned);
		else if (strcmp(show_text(clock, "state"), "pending") == 0)
			snprintf(note, sizeof(note), "after %.63s", anchor);
		else if (is_true(clock, "target"))
			snprintf(note, sizeof(note),
				"a target of ours; the law has no number");
		table_add(&table, urgent, cells);
	}
	table_write(&table, w);
}

void show_summary(struct writer *w, const json_t *incident, int64_t now)
{
	const json_t *clocks = list_of(incident, "clocks");
	char label[160];
	size_t i;

	head(w, incident);
	show_similar(w, incident);
	clock_table(w, incident, now);
	for (i = 0; i < json_array_size(clocks); i++) {
		const json_t *clock = json_array_get(clocks, i);

		snprintf(label, sizeof(label), "held: %.63s/%.63s: ", show_text(clock, "regime"),
			show_text(clock, "stage"));
		show_held(w, 2, label, show_number(incident, "id"), clock);
	}
}

/* ---- everything ------------------------------------------------------------------- */

static void member(struct writer *w, const json_t *document, const char *key,
	const char *label)
{
	const char *text = show_text(document, key);

	if (text[0] != '\0')
		writer_wrapped(w, TEXT_COLUMN, "  %-12s %s", label, text);
}

/* A description is lines; each stays one. */
static void lines(struct writer *w, const char *text)
{
	while (*text != '\0') {
		size_t n = strcspn(text, "\n");

		writer_wrapped(w, 4, "    %.*s", (int)n, text);
		text += n + (text[n] == '\n');
	}
}

static void show_header(struct writer *w, const json_t *incident)
{
	const json_t *traits = list_of(incident, "traits");
	size_t i;

	head(w, incident);
	member(w, incident, "opened_at", "opened");
	member(w, incident, "source", "source");
	member(w, incident, "key", "key");
	if (show_number(incident, "alerts") > 0)
		writer_line(w, "  %-12s %" PRId64, "alerts", show_number(incident, "alerts"));
	show_similar(w, incident);
	for (i = 0; i < json_array_size(traits); i++)
		writer_line(w, "  %-12s %s", i == 0 ? "traits" : "",
			json_string_value(json_array_get(traits, i)));
	if (show_text(incident, "description")[0] != '\0') {
		writer_line(w, "  description");
		lines(w, show_text(incident, "description"));
	}
}

static void show_date(struct writer *w, const json_t *clock, const char *key,
	const char *label, const char *remark)
{
	const char *text = show_text(clock, key);

	if (text[0] != '\0')
		writer_line(w, "  %-12s %s%s%s", label, text, remark[0] != '\0' ? "  " : "",
			remark);
}

/* As the machine counts and as people there read it; the remark below. */
static void show_deadline(struct writer *w, const json_t *clock, const char *key,
	const char *label, const struct zone *zone, const char *remark)
{
	int64_t at = show_time(clock, key);
	char local[SHEET_TIME_SIZE];

	if (zone == NULL || at == TIME_NONE) {
		show_date(w, clock, key, label, remark);
		return;
	}
	sheet_time(zone, at, show_time(clock, "nominal_at") != show_time(clock, "due_at") &&
		strcmp(key, "due_at") != 0, local);
	show_date(w, clock, key, label, local);
	if (remark[0] != '\0')
		writer_line(w, "  %-12s %s", "", remark);
}

static void show_dates(struct writer *w, const json_t *clock, const struct zone *zone)
{
	bool target = is_true(clock, "target");

	show_deadline(w, clock, "due_at", "due", zone, target ?
		"a target of ours; the law has no number" : "");
	/* The entity's own clock and a target of ours are no law: there is nothing to argue
	 * about. */
	if (strcmp(show_text(clock, "regime"), REGIME_INTERNAL) != 0 && !target) {
		show_deadline(w, clock, "nominal_at", "nominal", zone, "");
		show_deadline(w, clock, "latest_at", "latest", zone,
			"arguable until; do not plan on it");
	}
	show_date(w, clock, "planned_at", "not before", "");
	show_date(w, clock, "settled_at", "settled", is_true(clock, "unconfirmed") ?
		"unconfirmed: no receipt recorded" : "");
}

static void show_clock(struct writer *w, int64_t incident, const json_t *clock,
	const struct zone *zone, int64_t now)
{
	const json_t *derivation = list_of(clock, "derivation");
	char left[SHOW_LEFT_SIZE];
	size_t i;

	writer_line(w, "%s", "");
	if (show_left(clock, now, left))
		writer_urgent(w, "%s %s: %s", show_text(clock, "regime"),
			show_text(clock, "stage"), left);
	else if (strcmp(show_text(clock, "state"), "running") == 0)
		writer_line(w, "%s %s: running, %s left", show_text(clock, "regime"),
			show_text(clock, "stage"), left);
	else
		writer_line(w, "%s %s: %s%s", show_text(clock, "regime"),
			show_text(clock, "stage"), left,
			is_true(clock, "arguable") ? ", arguable" : "");
	show_dates(w, clock, zone);
	show_held(w, TEXT_COLUMN, "  held         ", incident, clock);
	member(w, clock, "anchor", "runs from");
	member(w, clock, "reference", "law");
	member(w, clock, "rules", "rules");
	show_readings(w, clock);
	for (i = 0; i < json_array_size(derivation); i++)
		writer_wrapped(w, TEXT_COLUMN, "  %-12s %s", i == 0 ? "derivation" : "",
			json_string_value(json_array_get(derivation, i)));
}

static void show_events(struct writer *w, const json_t *events)
{
	size_t i;

	for (i = 0; i < json_array_size(events); i++) {
		const json_t *event = json_array_get(events, i);
		const char *regime = show_text(event, "regime");

		if (i == 0)
			writer_line(w, "events");
		writer_line(w, "  %s  %s%s%s, by %s%s", show_text(event, "at"),
			show_text(event, "type"), regime[0] != '\0' ? " for " : "", regime,
			show_text(event, "by"), replaced(event));
		member(w, event, "basis", "basis");
	}
}

static void show_filings(struct writer *w, const json_t *filings)
{
	size_t i;

	for (i = 0; i < json_array_size(filings); i++) {
		const json_t *filing = json_array_get(filings, i);

		if (i == 0)
			writer_line(w, "filings");
		writer_line(w, "  %s  %s %s, by %s%s", show_text(filing, "filed_at"),
			show_text(filing, "regime"), show_text(filing, "stage"),
			show_text(filing, "by"), replaced(filing));
		member(w, filing, "recipient", "to");
		member(w, filing, "reference", "reference");
		member(w, filing, "received_at", "received");
		member(w, filing, "digest", "digest");
	}
}

static void show_decisions(struct writer *w, const json_t *incident)
{
	const json_t *waivers = list_of(incident, "waivers");
	const json_t *dismissal = list_of(incident, "dismissal");
	size_t i;

	for (i = 0; i < json_array_size(waivers); i++) {
		const json_t *waiver = json_array_get(waivers, i);

		if (i == 0)
			writer_line(w, "waivers");
		writer_line(w, "  %s  %s %s, by %s", show_text(waiver, "recorded_at"),
			show_text(waiver, "regime"), show_text(waiver, "stage"),
			show_text(waiver, "by"));
		member(w, waiver, "basis", "basis");
	}
	if (dismissal == NULL)
		return;
	writer_line(w, "dismissed");
	writer_line(w, "  %s  by %s", show_text(dismissal, "at"), show_text(dismissal, "by"));
	member(w, dismissal, "basis", "basis");
}

void show_incident(struct writer *w, const json_t *incident, const struct zone *zone,
	int64_t now)
{
	const json_t *clocks = list_of(incident, "clocks");
	size_t i;

	show_header(w, incident);
	show_overflow(w, incident);
	show_events(w, list_of(incident, "events"));
	show_filings(w, list_of(incident, "filings"));
	show_decisions(w, incident);
	for (i = 0; i < json_array_size(clocks); i++)
		show_clock(w, show_number(incident, "id"), json_array_get(clocks, i), zone,
			now);
	show_routes(w, incident);
}
