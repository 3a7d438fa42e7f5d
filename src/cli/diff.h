/*
 * What other rules would make of an incident: its clocks as the daemon shows them,
 * beside those that the same facts give by the rulebook at hand. Pure but for the
 * writer.
 *
 * A client does not know everything that the daemon folds by:
 * - the entity's own targets: where a date is a target of ours before and after, and
 *   runs from the same anchor, the dates are not compared;
 * - which of two laws the entity has chosen: taken from the readings that do not
 *   alarm;
 * - the assessment clock, which is of no law and left out.
 */
#ifndef TOCSIN_CLI_DIFF_H
#define TOCSIN_CLI_DIFF_H

#include "base/json.h"
#include "cli/writer.h"
#include "core/regime.h"

/*
 * The differences between two lists of clocks, in their order:
 * [{"regime","stage","what","was","would_be"}], what being "state", "due_at",
 * "nominal_at", "latest_at" or "planned_at"; was or would_be is absent where there is
 * none. settled: of a clock that is held, what it would be once confirmed is
 * compared.
 */
json_t *diff_clocks(const json_t *was, const json_t *would_be, bool settled);

/* The same for an incident's document and the clocks by the rulebook. NULL with *err:
 * the rulebook cannot compute it. */
json_t *diff_incident(const json_t *incident, const struct rulebook *book,
	struct error *err);

/* A line on the incident and the table of changes; heading: what the new side is
 * called ("WOULD BE"). */
void diff_write(struct writer *w, const json_t *incident, const json_t *changes,
	const char *heading);

#endif
