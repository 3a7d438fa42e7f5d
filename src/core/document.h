/*
 * The JSON forms that users see (incident, clock, event, filing), in one place,
 * so that the API, the client and the calculator cannot differ.
 */
#ifndef TOCSIN_CORE_DOCUMENT_H
#define TOCSIN_CORE_DOCUMENT_H

#include "base/json.h"
#include "core/incident.h"

/* now TIME_NONE: leaves out what depends on it (overdue). */
json_t *document_clock(const struct clock *clock, int64_t now);
json_t *document_event(const struct incident_event *event);
json_t *document_filing(const struct filing *filing);
json_t *document_incident(const struct incident *incident, enum incident_state state,
	const struct clock *clocks, size_t n_clocks, int64_t now);

#endif
