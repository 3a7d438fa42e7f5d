/* JSON forms of rows that only the engine and the API have: clocks in lists,
 * deliveries with their attempts. See core/document.h for the rest. */
#ifndef TOCSIN_ENGINE_VIEW_H
#define TOCSIN_ENGINE_VIEW_H

#include "base/json.h"
#include "engine/engine.h"

json_t *view_clock(const struct clock_row *row, int64_t now);	/* with incident, entity, title */
json_t *view_delivery(const struct engine *engine, const struct delivery_row *row);
/* A whole incident with its clocks, read from the store; NULL with *err. */
json_t *view_incident(const struct engine *engine, int64_t id, struct error *err);

#endif
