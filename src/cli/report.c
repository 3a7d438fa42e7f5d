/* The draft of a report: see report.h. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "cli/report.h"
#include "cli/show.h"
#include "cli/writer.h"

/* Titles come from whoever can trigger an alert, and drafts are pasted into other
 * systems: every character that CommonMark gives a meaning is escaped. */
void report_escape(struct buf *out, const char *text)
{
	static const char special[] = "\\`*_{}[]<>()#+-.!|~&:@";
	struct buf clean;
	size_t i;

	buf_init(&clean, 0);
	text_clean(&clean, text, strlen(text));
	for (i = 0; i < clean.len; i++) {
		/* Inside a word these are plain; keeping them so keeps it readable. */
		bool plain = strchr("+-.:()", clean.data[i]) != NULL && i > 0;

		if (strchr(special, clean.data[i]) != NULL && !plain)
			buf_addc(out, '\\');
		buf_addc(out, clean.data[i]);
	}
	buf_release(&clean);
}

/* "- Label: value", or that it is missing. */
static void item(struct buf *out, const char *label, const char *value, const char *missing)
{
	buf_addf(out, "- %s: ", label);
	if (value[0] != '\0')
		report_escape(out, value);
	else
		buf_addf(out, "MISSING: %s", missing);
	buf_addc(out, '\n');
}

static void optional_item(struct buf *out, const char *label, const char *value)
{
	if (value[0] != '\0')
		item(out, label, value, "");
}

static void heading(const struct report *r, struct buf *out)
{
	bool drill = json_is_true(json_object_get(r->incident, "drill"));
	const char *stage = show_text(r->clock, "stage");

	buf_addf(out, "# %sDraft: ", drill ? "DRILL. " : "");
	report_escape(out, r->stage != NULL && r->stage->title != NULL ? r->stage->title :
		stage);
	buf_adds(out, " (");
	report_escape(out, stage);
	buf_adds(out, ")\n\n");
	report_escape(out, r->regime != NULL ? r->regime->title : show_text(r->clock,
		"regime"));
	buf_adds(out, ", ");
	report_escape(out, show_text(r->clock, "reference"));
	buf_adds(out,
		"\n\nA draft, not a report: tocsin submits nothing. What is MISSING was not "
		"recorded;\nfill it in from what you know, or take it out.\n");
	if (drill)
		buf_adds(out, "\n**This is a drill. Do not submit.**\n");
}

static void identification(const struct report *r, struct buf *out)
{
	char id[24];

	snprintf(id, sizeof(id), "%" PRId64, show_number(r->incident, "id"));
	buf_adds(out, "\n## Incident\n\n");
	item(out, "Entity", show_text(r->incident, "entity"), "the entity");
	item(out, "Title", show_text(r->incident, "title"), "a title");
	item(out, "Our number", id, "");
	item(out, "Severity", strcmp(show_text(r->incident, "severity"), "unknown") != 0 ?
		show_text(r->incident, "severity") : "", "an assessment of the severity");
	optional_item(out, "Detected by", show_text(r->incident, "source"));
	item(out, "Description", show_text(r->incident, "description"),
		"a description of the incident");
	item(out, "Contact", "", "who answers questions of the authority");
}

/* The event of a type that counts for the regime, as the daemon's fold does. */
static const json_t *event_of(const struct report *r, const char *type)
{
	const json_t *events = json_object_get(r->incident, "events"), *found = NULL;
	const char *regime = show_text(r->clock, "regime");
	size_t i;

	for (i = 0; i < json_array_size(events); i++) {
		const json_t *event = json_array_get(events, i);
		const char *of = show_text(event, "regime");

		if (strcmp(show_text(event, "type"), type) != 0 ||
				json_is_true(json_object_get(event, "replaced")))
			continue;
		if (strcmp(of, regime) == 0)
			return event;
		if (of[0] == '\0')
			found = event;
	}
	return found;
}

static void event_item(const struct report *r, const char *label, const char *type,
	const char *missing, struct buf *out)
{
	const json_t *event = event_of(r, type);

	item(out, label, show_text(event, "at"), missing);
	if (show_text(event, "basis")[0] == '\0')
		return;
	buf_adds(out, "  - Basis: ");
	report_escape(out, show_text(event, "basis"));
	buf_adds(out, ", by ");
	report_escape(out, show_text(event, "by"));
	buf_addc(out, '\n');
}

static void times(const struct report *r, struct buf *out)
{
	bool late_stage = strstr(show_text(r->clock, "stage"), "final") != NULL ||
		event_of(r, "handled") != NULL;

	buf_adds(out, "\n## Times (UTC)\n\n");
	event_item(r, "Occurred", "occurred", "when it happened, as far as is known", out);
	event_item(r, "Detected", "detected", "when it was detected", out);
	event_item(r, "Aware", "aware", "when the entity became aware", out);
	if (event_of(r, "classified") != NULL)
		event_item(r, "Classified", "classified", "", out);
	if (event_of(r, "requested") != NULL)
		event_item(r, "Requested", "requested", "", out);
	if (late_stage)
		event_item(r, "Handled", "handled",
			"when the handling ended, or that it goes on", out);
	optional_item(out, "This report is due", show_text(r->clock, "due_at"));
}

/* "a; b; c" as the data has it: one heading for each thing the law asks for. */
static void content(const struct report *r, struct buf *out)
{
	const char *text = r->stage != NULL ? r->stage->content : NULL;

	buf_adds(out, "\n## What the law asks this report to contain\n");
	if (text == NULL) {
		buf_adds(out,
			"\nMISSING: the rules here do not say; see the reference above\n");
		return;
	}
	while (*text != '\0') {
		size_t n = strcspn(text, ";");
		struct buf part;

		buf_init(&part, 0);
		buf_add(&part, text, n);
		buf_adds(out, "\n### ");
		report_escape(out, part.data + strspn(part.data, " "));
		buf_adds(out, "\n\nMISSING: ");
		report_escape(out, part.data + strspn(part.data, " "));
		buf_addc(out, '\n');
		buf_release(&part);
		text += n + (text[n] == ';');
	}
}

static void earlier_reports(const struct report *r, struct buf *out)
{
	const json_t *filings = json_object_get(r->incident, "filings");
	const char *regime = show_text(r->clock, "regime");
	size_t i, n = 0;

	buf_adds(out, "\n## Earlier reports\n\n");
	for (i = 0; i < json_array_size(filings); i++) {
		const json_t *filing = json_array_get(filings, i);

		if (strcmp(show_text(filing, "regime"), regime) != 0 ||
				json_is_true(json_object_get(filing, "replaced")))
			continue;
		item(out, show_text(filing, "stage"), show_text(filing, "filed_at"), "");
		buf_adds(out, "  ");
		item(out, "To", show_text(filing, "recipient"), "the recipient");
		buf_adds(out, "  ");
		item(out, "Reference", show_text(filing, "reference"), "the reference");
		n++;
	}
	if (n == 0)
		buf_adds(out, "None recorded.\n");
}

void report_write(const struct report *report, struct buf *out)
{
	heading(report, out);
	identification(report, out);
	times(report, out);
	content(report, out);
	earlier_reports(report, out);
}
