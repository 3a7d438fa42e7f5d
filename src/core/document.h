/*
 * The JSON forms that users see (incident, clock, event, filing), in one place,
 * so that the API, the client and the calculator cannot differ.
 */
#ifndef TOCSIN_CORE_DOCUMENT_H
#define TOCSIN_CORE_DOCUMENT_H

#include "base/json.h"
#include "core/incident.h"

/* Into a text (base/json_out.h); key NULL: alone, or in an array. now TIME_NONE: leaves
 * out what depends on it (overdue). */
void document_put_clock(struct buf *out, const char *key, const struct clock *clock,
	int64_t now);
/* The members alone, for whoever adds more of them. */
void document_put_clock_members(struct buf *out, const struct clock *clock, int64_t now);
void document_put_clocks(struct buf *out, const char *key, const struct clock *clocks,
	size_t n, int64_t now);
void document_put_event(struct buf *out, const char *key, const struct incident_event *event);
/* "storm" and "similar", where there is anything to say. */
void document_put_hints(struct buf *out, const struct incident *incident);
void document_put_filing(struct buf *out, const char *key, const struct filing *filing);
void document_put_incident(struct buf *out, const struct incident *incident,
	enum incident_state state, const struct clock *clocks, size_t n_clocks, int64_t now);

/* The same, for whoever has the text of its clocks. */
void document_put_incident_with(struct buf *out, const struct incident *incident,
	enum incident_state state, const struct buf *clocks);

/* The members alone, for whoever adds more of them. */
void document_put_incident_members(struct buf *out, const struct incident *incident,
	enum incident_state state, const struct clock *clocks, size_t n_clocks, int64_t now);

/* The same, read back into a tree, for whoever changes it. */
json_t *document_clock(const struct clock *clock, int64_t now);

/*
 * An incident's document back into an incident, so that it can be folded elsewhere.
 * Arrays are made in the arena; texts are borrowed from the document. Facts have the
 * order of the document, and numbers by it; clocks are not read. An event without a
 * type or time, a filing or waiver without its stage: an error with its pointer.
 */
int incident_from_document(const json_t *document, struct arena *arena,
	struct incident *ret, struct error *err);

#endif
