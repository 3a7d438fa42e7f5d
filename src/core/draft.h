/*
 * The draft of a report: filled in with what the incident's record says and nothing
 * else. What the law asks for and the record does not have is named as missing;
 * whoever files writes it. Pure. A draft is one document, and the texts are made of it.
 */
#ifndef TOCSIN_CORE_DRAFT_H
#define TOCSIN_CORE_DRAFT_H

#include "base/buf.h"
#include "base/json.h"
#include "core/regime.h"

struct draft {
	const json_t *incident;		/* as the API gives it */
	const json_t *clock;		/* its clock for the stage */
	const struct regime *regime;	/* NULL: no rules here for it */
	const struct stage *stage;	/* NULL: as above */
};

/* The incident's clock for a stage: of the regime named, else of nis2, else of the only
 * one that has it. NULL with *err. */
const json_t *draft_clock(const json_t *incident, const char *stage, const char *regime,
	struct error *err);

/* {"incident","regime","stage","title","law","reference","drill","due_at",
 * "sections":[{"title","items":[{"label","value"|"missing","certainty","items"}]}],"missing":3};
 * a new reference. */
json_t *draft_document(const struct draft *report);

/* Of such a document. */
void draft_markdown(const json_t *document, struct buf *out);
/* A page that prints well, with a style of its own and no script. */
void draft_html(const json_t *document, struct buf *out);
const char *draft_style(void);		/* the page's, for its policy */

/* Both at once, as Markdown. */
void draft_write(const struct draft *report, struct buf *out);
/* Appends text so that Markdown shows it as it is: one paragraph, no markup, no
 * link, no HTML. */
void draft_escape(struct buf *out, const char *text);

#endif
