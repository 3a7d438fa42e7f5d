/*
 * The calculator: a question in JSON (interface: "tocsin due --batch", POST
 * /v1/deadlines) to the clocks it gives, by the very code that runs in the daemon.
 */
#ifndef TOCSIN_CORE_CALCULATOR_H
#define TOCSIN_CORE_CALCULATOR_H

#include "base/arena.h"
#include "base/json.h"
#include "core/incident.h"

struct calculation {
	struct incident incident;	/* made up from the question */
	const struct zone *zone;
	const struct country *country;	/* NULL: the plain directive, weekends only */
	const char *warning;		/* that the country has no file; NULL: none */
	struct clock *clocks;
	size_t n_clocks;
	enum incident_state state;
};

/*
 * The question: {"regime","country","timezone","traits","events","filings",
 * "received","due"}; what is missing has a default: regime nis2, no country, the
 * country's zone, else UTC (which the rulebook's zone function must know). Members
 * of events, filings (when they were handed in), received (by the authority) and
 * due (the date that a request named) are times. What the daemon would not record is
 * refused. Errors carry a pointer.
 * Everything is made in the arena, or borrowed from the rulebook.
 */
int calculate(const json_t *question, const struct rulebook *book, struct arena *arena,
	struct calculation *ret, struct error *err);

/* {"clocks":[...]} of a result, with "warnings":["..."] where there is one, into an
 * empty buffer. */
void calculation_put(const struct calculation *c, struct buf *out);

#endif
