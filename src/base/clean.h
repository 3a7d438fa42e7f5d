/*
 * Text from outside (titles of alerts, answers of servers) made fit to be shown:
 * well-formed UTF-8, no control characters, nothing that turns the direction of
 * the text around it, escaped for where it goes, cut at a character.
 */
#ifndef TOCSIN_BASE_CLEAN_H
#define TOCSIN_BASE_CLEAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct clean {
	size_t max;			/* bytes of output, escapes and "..." included */
	bool lines;			/* keep line ends (as "\n"); else all in one line */
	bool defang;			/* "://" and "www." so that no program makes a link of it */
	const char *(*escape)(char c);	/* what stands for c; NULL: itself */
};

/* Appends s; the cut is shown by an ellipsis. s NULL adds nothing. */
void clean_text(struct buf *out, const char *s, const struct clean *how);
/* In one line, without escapes. */
void clean_line(struct buf *out, const char *s, size_t max);

/* For struct clean: Slack's three characters, and HTML's. */
const char *clean_escape_slack(char c);
const char *clean_escape_html(char c);
/* What stands in a Markdown code span or block: no "`" ends it. */
const char *clean_escape_code(char c);
/* Adaptive Cards: no tag, no "{{DATE(...)}}". */
const char *clean_escape_card(char c);

#endif
