/*
 * Alerts between those who read them (ingest) and the command that takes them in: what
 * the mapping of a source picked out of a body, and what could not be read.
 */
#ifndef TOCSIN_ENGINE_ALERT_H
#define TOCSIN_ENGINE_ALERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "core/incident.h"

/* One alert as the mapping of its source picked it out of a body. */
struct alert {
	const char *key;		/* NULL: none; then every alert is its own */
	const char *title, *description;
	enum severity severity;
	int64_t detected_at, aware_at;	/* the source's own words; TIME_NONE */
	const char *entity;		/* NULL: the source's */
	bool resolved, test;
	bool update;			/* says something new of a known one, and opens nothing */
	bool insignificant;		/* not what the source's format calls significant */
	bool zone_assumed;		/* a time had no zone: that of the format was taken */
	const char *unparsed;		/* why it could not be read; NULL: it could */
	const char *body;		/* its bytes as they came */
	size_t body_len;
};

/* With a body, from a format that says so, it opens an incident: an alert that is
 * lost in reading is an incident that is missed. */
struct alert_rejection {
	size_t index;
	struct error error;
	const char *body;		/* NULL: only for the answer */
	size_t body_len;
};

#endif
