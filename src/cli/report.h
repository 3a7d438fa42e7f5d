/*
 * The draft of a report: Markdown, filled in with what the incident's record says
 * and nothing else. What the law asks for and the record does not have is named as
 * MISSING; whoever files writes it. Pure.
 */
#ifndef TOCSIN_CLI_REPORT_H
#define TOCSIN_CLI_REPORT_H

#include "base/buf.h"
#include "base/json.h"
#include "core/regime.h"

struct report {
	const json_t *incident;		/* as the API gives it */
	const json_t *clock;		/* its clock for the stage */
	const struct regime *regime;	/* NULL: no rules here for it */
	const struct stage *stage;	/* NULL: as above */
};

/* Appends the draft. */
void report_write(const struct report *report, struct buf *out);
/* Appends text so that Markdown shows it as it is: one paragraph, no markup, no
 * link, no HTML. */
void report_escape(struct buf *out, const char *text);

#endif
