/* JSON forms of rows that only the engine and the API have: clocks in lists,
 * deliveries with their attempts. See core/document.h for the rest. */
#ifndef TOCSIN_ENGINE_VIEW_H
#define TOCSIN_ENGINE_VIEW_H

#include "base/json_out.h"
#include "engine/engine.h"

/* Each writes an object, alone or as an element (base/json_out.h). */
/* With the incident's id, entity and title. */
void view_clock(struct buf *out, const struct clock_row *row, int64_t acknowledged_until,
	int64_t now);
void view_delivery(struct buf *out, const struct engine *engine, const struct delivery_row *row);
/* "channels": of each, whether it answers; "sources": of those of these entities (n 0: of
 * all), whether it has fallen silent. Members of an open object. */
void view_health(struct buf *out, const struct engine *engine, const char *const *entities,
	size_t n_entities);
/* The draft of a report (core/draft.h), by the rules that the incident is under. Returns
 * its entity, as below, and a new reference. */
struct view_draft {
	int64_t incident;
	const char *stage;
	const char *regime;		/* NULL: nis2, or the only one that has the stage */
};
const char *view_draft(struct engine *engine, const struct view_draft *ask,
	struct arena *arena, json_t **ret, struct error *err);
/* One key of a storm. */
void view_storm_key(struct buf *out, const struct storm_key_row *row);
/* A whole incident with its clocks, read from the store into the arena; routes: with
 * what is known of where to file, for the reports, and what was in it if it is a storm.
 * Returns its entity, or NULL with *err and nothing written. */
const char *view_incident(struct buf *out, const struct engine *engine, int64_t id,
	bool routes, struct arena *arena, struct error *err);
/* The report of a drill, likewise: what was to fire and did, whom it reached, who
 * answered, what is missing. ERROR_NOT_FOUND for what is no drill. */
const char *view_drill(struct buf *out, const struct engine *engine, int64_t id,
	struct arena *arena, struct error *err);

#endif
