/*
 * The daemon's documents as text for people. Members that are absent or of another
 * type than the interface says count as absent: the daemon may be newer than we
 * are. Pure but for the writer.
 */
#ifndef TOCSIN_CLI_SHOW_H
#define TOCSIN_CLI_SHOW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"
#include "base/text.h"
#include "cli/writer.h"
#include "core/zone.h"

/* "" and TIME_NONE when it is not there. */
const char *show_text(const json_t *document, const char *key);
int64_t show_time(const json_t *document, const char *key);
int64_t show_number(const json_t *document, const char *key);

/* The title of an incident or a clock, DRILL first where it is one; added to out. */
void show_title(const json_t *document, struct buf *out);

/* "2026-11-22 08:17Z", "" for TIME_NONE. */
enum { SHOW_STAMP_SIZE = 24 };
void show_stamp(int64_t at, char out[SHOW_STAMP_SIZE]);
/* What stands first in tables: "2 h 05 min", "OVERDUE 3 h 00 min", or the state of
 * a clock that is not running. True when it is overdue. */
enum { SHOW_LEFT_SIZE = TEXT_DURATION_SIZE + 16 };
bool show_left(const json_t *clock, int64_t now, char out[SHOW_LEFT_SIZE]);
/* The running clock of an incident that is due first; NULL: none. */
const json_t *show_next(const json_t *incident);

/* " (CY)": the country whose law gives the clock's due date, where it is not the
 * regime itself; else "". */
enum { SHOW_LAW_SIZE = 16 };
void show_law(const json_t *clock, char out[SHOW_LAW_SIZE]);
/* What each law says, where more than one was read. */
void show_readings(struct writer *w, const json_t *clock);
/* A line behind the label, where a change waits for a second person; false: none
 * does. Further lines begin at column indent. */
bool show_held(struct writer *w, size_t indent, const char *label, int64_t incident,
	const json_t *clock);
/* "confirming nis2/early-warning, j.doe's correction: running, due 2026-11-22 20:17Z
 * (now running, due 2026-11-22 08:17Z)" */
void show_confirmed(struct writer *w, const json_t *clock);
/* Where the reports of each regime go. */
void show_routes(struct writer *w, const json_t *incident);

/* A list of clocks as a table, time left first, and what of them is held. */
void show_clocks(struct writer *w, const json_t *clocks, int64_t now);
/* The earlier incidents that it was like when it was opened. */
void show_similar(struct writer *w, const json_t *incident);
/* What is in a storm; nothing of other incidents. */
void show_overflow(struct writer *w, const json_t *incident);

/* The incident's head and a table of its clocks: after something was recorded. */
void show_summary(struct writer *w, const json_t *incident, int64_t now);
/* Everything, with derivations; deadlines in the time of that zone too. zone NULL: in
 * UTC alone. */
void show_incident(struct writer *w, const json_t *incident, const struct zone *zone,
	int64_t now);

#endif
