/* A draft as Markdown and as a page: see draft.h. */
#include "config.h"

#include <string.h>

#include "base/clean.h"
#include "core/draft.h"

/* More than the longest member of a document has. */
enum { VALUE_MAX = 64 * 1024 };

#define WARNING "A draft, not a report: tocsin submits nothing. What is MISSING was not " \
	"recorded;\nfill it in from what you know, or take it out."

static const char style[] =
	":root{color-scheme:light dark}"
	"body{margin:0 auto;max-width:44rem;padding:1rem;font:1rem/1.5 sans-serif;"
	"overflow-wrap:anywhere}"
	"h1{font-size:1.5rem;line-height:1.25}h2{font-size:1.15rem;border-bottom:1px solid}"
	"dt{font-weight:bold;margin-top:.5rem}dd{margin:0 0 0 1rem;white-space:pre-wrap}"
	".missing{border:2px dashed;padding:.1rem .4rem;font-weight:bold}"
	".note{border:2px solid;padding:.5rem}"
	"@media print{body{max-width:none;padding:0}dt{break-after:avoid}}";

const char *draft_style(void)
{
	return style;
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

/* ---- Markdown ---------------------------------------------------------------------------- */

/* In one line: each line end is a space. */
static void one_line(struct buf *out, const char *text)
{
	while (*text != '\0') {
		size_t n = strcspn(text, "\n\r\t");
		struct buf part;

		buf_init(&part, 0);
		buf_add(&part, text, n);
		clean_line(out, part.data, VALUE_MAX);
		buf_release(&part);
		text += n;
		if (*text == '\0')
			break;
		buf_addc(out, ' ');
		text++;
	}
}

/* Titles come from whoever can trigger an alert, and drafts are pasted into other
 * systems: every character that CommonMark gives a meaning is escaped. */
void draft_escape(struct buf *out, const char *text)
{
	static const char special[] = "\\`*_{}[]<>()#+-.!|~&:@";
	struct buf clean;
	size_t i;

	buf_init(&clean, 0);
	one_line(&clean, text);
	for (i = 0; i < clean.len; i++) {
		/* Inside a word these are plain; keeping them so keeps it readable. */
		bool plain = strchr("+-.:()", clean.data[i]) != NULL && i > 0;

		if (strchr(special, clean.data[i]) != NULL && !plain)
			buf_addc(out, '\\');
		buf_addc(out, clean.data[i]);
	}
	buf_release(&clean);
}

static void markdown_certainty(const json_t *item, struct buf *out)
{
	if (json_object_get(item, "certainty") != NULL)
		buf_addf(out, " (%s)", text_of(item, "certainty"));
}

static void markdown_items(const json_t *items, const char *indent, struct buf *out)
{
	size_t i;

	for (i = 0; i < json_array_size(items); i++) {
		const json_t *item = json_array_get(items, i);

		buf_addf(out, "%s- %s: ", indent, text_of(item, "label"));
		if (json_object_get(item, "value") != NULL)
			draft_escape(out, text_of(item, "value"));
		else
			buf_addf(out, "MISSING: %s", text_of(item, "missing"));
		markdown_certainty(item, out);
		buf_addc(out, '\n');
		markdown_items(json_object_get(item, "items"), "  ", out);
	}
}

/* What the law asks for has a heading each, to be written under. */
static void markdown_headings(const json_t *items, struct buf *out)
{
	size_t i;

	for (i = 0; i < json_array_size(items); i++) {
		const json_t *item = json_array_get(items, i);

		if (text_of(item, "label")[0] != '\0') {
			buf_adds(out, "### ");
			draft_escape(out, text_of(item, "label"));
			buf_adds(out, "\n\n");
		}
		if (json_object_get(item, "missing") != NULL) {
			buf_adds(out, "MISSING: ");
			draft_escape(out, text_of(item, "missing"));
			buf_addc(out, '\n');
		}
		markdown_items(json_object_get(item, "items"), "", out);
		if (i + 1 < json_array_size(items))
			buf_addc(out, '\n');
	}
}

/* The section that is to be written in, under headings. */
static bool is_content(const json_t *section)
{
	return strstr(text_of(section, "title"), "the law asks") != NULL;
}

void draft_markdown(const json_t *document, struct buf *out)
{
	const json_t *sections = json_object_get(document, "sections");
	bool drill = json_is_true(json_object_get(document, "drill"));
	size_t i;

	buf_addf(out, "# %sDraft: ", drill ? "DRILL. " : "");
	draft_escape(out, text_of(document, "title"));
	buf_adds(out, " (");
	draft_escape(out, text_of(document, "stage"));
	buf_adds(out, ")\n\n");
	draft_escape(out, text_of(document, "law"));
	buf_adds(out, ", ");
	draft_escape(out, text_of(document, "reference"));
	buf_adds(out, "\n\n" WARNING "\n");
	if (drill)
		buf_adds(out, "\n**This is a drill. Do not submit.**\n");
	for (i = 0; i < json_array_size(sections); i++) {
		const json_t *section = json_array_get(sections, i);
		const json_t *items = json_object_get(section, "items");

		buf_addf(out, "\n## %s\n\n", text_of(section, "title"));
		if (json_array_size(items) == 0)
			buf_adds(out, "None recorded.\n");
		else if (is_content(section))
			markdown_headings(items, out);
		else
			markdown_items(items, "", out);
	}
}

void draft_write(const struct draft *report, struct buf *out)
{
	json_t *document = draft_document(report);

	draft_markdown(document, out);
	json_decref(document);
}

/* ---- a page ------------------------------------------------------------------------------- */

static void html_text(struct buf *out, const char *before, const char *text, const char *after)
{
	const struct clean how = { .max = VALUE_MAX, .lines = true, .escape = clean_escape_html };

	buf_adds(out, before);
	clean_text(out, text, &how);
	buf_adds(out, after);
}

static void html_items(const json_t *items, struct buf *out)
{
	size_t i;

	buf_adds(out, "<dl>\n");
	for (i = 0; i < json_array_size(items); i++) {
		const json_t *item = json_array_get(items, i);

		html_text(out, "<dt>", text_of(item, "label"), "</dt>\n<dd>");
		if (json_object_get(item, "value") != NULL)
			html_text(out, "", text_of(item, "value"), "");
		else if (json_object_get(item, "missing") != NULL)
			html_text(out, "<span class=\"missing\">MISSING: ", text_of(item, "missing"),
				"</span>");
		if (json_object_get(item, "certainty") != NULL)
			html_text(out, " (", text_of(item, "certainty"), ")");
		if (json_object_get(item, "items") != NULL)
			html_items(json_object_get(item, "items"), out);
		buf_adds(out, "</dd>\n");
	}
	buf_adds(out, "</dl>\n");
}

void draft_html(const json_t *document, struct buf *out)
{
	const json_t *sections = json_object_get(document, "sections");
	bool drill = json_is_true(json_object_get(document, "drill"));
	size_t i;

	buf_adds(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
	html_text(out, drill ? "<title>DRILL. Draft: " : "<title>Draft: ",
		text_of(document, "title"), "</title>\n");
	buf_addf(out, "<style>%s</style>\n</head>\n<body>\n<main>\n", style);
	html_text(out, drill ? "<h1>DRILL. Draft: " : "<h1>Draft: ", text_of(document, "title"), "");
	html_text(out, " (", text_of(document, "stage"), ")</h1>\n");
	html_text(out, "<p>", text_of(document, "law"), ", ");
	html_text(out, "", text_of(document, "reference"), "</p>\n");
	buf_adds(out, "<p class=\"note\">" WARNING "</p>\n");
	if (drill)
		buf_adds(out, "<p class=\"note\"><strong>This is a drill. Do not submit."
			"</strong></p>\n");
	for (i = 0; i < json_array_size(sections); i++) {
		const json_t *section = json_array_get(sections, i);
		const json_t *items = json_object_get(section, "items");

		html_text(out, "<h2>", text_of(section, "title"), "</h2>\n");
		if (json_array_size(items) == 0)
			buf_adds(out, "<p>None recorded.</p>\n");
		else
			html_items(items, out);
	}
	buf_adds(out, "</main>\n</body>\n</html>\n");
}
