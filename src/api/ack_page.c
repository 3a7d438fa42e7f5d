/* The page behind a link: see ack_page.h. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/ack_page.h"
#include "base/clean.h"
#include "base/digest.h"
#include "base/rfc3339.h"

enum { TITLE_MAX = 2000, VALUE_MAX = 1000 };

/* The policy names its digest: no other style has any force, in a title least of all. */
static const char style[] =
	":root{color-scheme:light dark}"
	"body{margin:0;font:1rem/1.5 sans-serif}"
	"main{max-width:34rem;margin:0 auto;padding:1rem;overflow-wrap:anywhere}"
	"h1{font-size:1.4rem;line-height:1.25;margin:.5rem 0}"
	"dl{margin:1rem 0}dt{font-weight:bold;margin-top:.5rem}dd{margin:0}"
	".mark{font-weight:bold;letter-spacing:.1em}"
	".message{border:2px solid;border-radius:.25rem;padding:.75rem}"
	"label{display:block;font-weight:bold}"
	"input,button{box-sizing:border-box;width:100%;min-height:3rem;margin:.25rem 0 1rem;"
	"padding:.5rem;font:inherit}"
	"button{font-weight:bold;cursor:pointer}";

void ack_page_policy(char out[ACK_PAGE_POLICY_SIZE])
{
	const struct digest_part part = { style, sizeof(style) - 1 };
	unsigned char digest[DIGEST_SIZE];
	char text[48];

	digest_sha256(&part, 1, digest);
	digest_base64(digest, sizeof(digest), text);
	snprintf(out, ACK_PAGE_POLICY_SIZE, "default-src 'none'; style-src 'sha256-%s'; "
		"form-action 'self'; base-uri 'none'; frame-ancestors 'none'", text);
}

static void add(struct buf *out, const char *before, const char *text, size_t max,
	const char *after)
{
	const struct clean how = { .max = max, .escape = clean_escape_html };

	if (text == NULL)
		return;
	buf_adds(out, before);
	clean_text(out, text, &how);
	buf_adds(out, after);
}

static void add_fact(struct buf *out, const char *label, const char *value)
{
	if (value == NULL)
		return;
	buf_addf(out, "<dt>%s</dt>", label);
	add(out, "<dd>", value, VALUE_MAX, "</dd>\n");
}

static void add_until(struct buf *out, const struct link_target *target)
{
	struct buf words;

	if (target->acknowledged_until == TIME_NONE)
		return;
	buf_init(&words, 0);
	link_local(&words, target, target->acknowledged_until);
	add_fact(out, "Acknowledged until", words.data);
	buf_release(&words);
}

static void add_target(struct buf *out, const struct link_target *target)
{
	buf_addf(out, "<dl>\n<dt>Incident</dt><dd>%" PRId64, target->incident);
	add(out, ": ", target->title, TITLE_MAX, "");
	buf_adds(out, "</dd>\n");
	add_fact(out, "Entity", target->entity);
	add_fact(out, "Severity", target->severity);
	add_fact(out, "Clock", target->what);
	add_fact(out, "Due", target->due);
	add_fact(out, "Law", target->reference);
	buf_adds(out, "<dt>Sent to</dt>");
	add(out, "<dd>", target->channel, VALUE_MAX, "");
	add(out, ", ", target->recipient, VALUE_MAX, "");
	buf_adds(out, "</dd>\n");
	add_until(out, target);
	buf_adds(out, "</dl>\n");
}

/* Without an action it goes to where the page came from, whatever stands before us. */
static void add_form(struct buf *out, const struct ack_page *page)
{
	buf_addf(out, "<form method=\"post\">\n"
		"<input type=\"hidden\" name=\"form\" value=\"%s\">\n"
		"<label for=\"by\">Your name</label>\n"
		"<input id=\"by\" name=\"by\" required maxlength=\"200\" autocomplete=\"name\"",
		page->form);
	add(out, " value=\"", page->name, VALUE_MAX, "\"");
	buf_adds(out, ">\n<button type=\"submit\">Acknowledge</button>\n</form>\n"
		"<p>Nothing has been recorded by opening this page. To acknowledge is to say "
		"&ldquo;I have it&rdquo;: reminders that may wait do so for a while, at most a "
		"quarter of the time left, and begin again by themselves. Only a filing, or a "
		"recorded decision that none is owed, ends the clock.</p>\n");
}

void ack_page_write(const struct ack_page *page, struct buf *out)
{
	const struct link_target *target = page->target;
	bool drill = target != NULL && target->drill;

	buf_addf(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		"<meta name=\"robots\" content=\"noindex, nofollow\">\n<title>%stocsin",
		drill ? "DRILL " : "");
	if (target != NULL)
		buf_addf(out, " #%" PRId64, target->incident);
	buf_addf(out, "</title>\n<style>%s</style>\n</head>\n<body>\n<main>\n", style);
	if (drill)
		buf_adds(out, "<p class=\"mark\">DRILL</p>\n");
	if (page->heading != NULL) {
		add(out, "<h1>", page->heading, VALUE_MAX, "</h1>\n");
	} else if (target != NULL) {
		add(out, "<h1>", target->what, VALUE_MAX, " ");
		add(out, "", target->standing, VALUE_MAX, "</h1>\n");
	}
	if (page->message != NULL)
		add(out, page->trouble ? "<p class=\"message\" role=\"alert\">" :
			"<p class=\"message\" role=\"status\">", page->message, VALUE_MAX, "</p>\n");
	if (target != NULL)
		add_target(out, target);
	if (page->form != NULL)
		add_form(out, page);
	buf_adds(out, "</main>\n</body>\n</html>\n");
}
