/*
 * What the report of a drill is made of: the facts that the journal has of it, and its
 * deliveries. drill_facts.c reads and finds them, drill_report.c judges and writes.
 */
#ifndef TOCSIN_ENGINE_DRILL_REPORT_H
#define TOCSIN_ENGINE_DRILL_REPORT_H

#include "engine/internal.h"

enum fact_kind {
	FACT_FIRED, FACT_HELD, FACT_ACKNOWLEDGED, FACT_DELIVERED, FACT_PENDING, FACT_RUNNING,
	FACT_SETTLED,
};

/* A line of the journal, as far as the report asks. */
struct fact {
	enum fact_kind kind;
	int64_t at;
	const char *regime, *stage;	/* stage NULL: of every clock */
	const char *who;		/* who acknowledged, or which delivery arrived */
	int64_t number, repeat, passed_over;
};

/* A delivery, as far as the report asks; its notice is not kept. */
struct reported {
	struct delivery_row row;
	const char *fallback_for;	/* the channel whose place it took; NULL: its own */
};

struct drill_facts {
	const struct engine *e;
	struct arena *arena;
	struct incident_row row;
	int64_t until;			/* its end, or now */
	bool running;
	struct fact *facts;		/* in the order of the journal */
	size_t n_facts;
	struct reported *deliveries;	/* newest first */
	size_t n_deliveries;
	bool filed;			/* anything was */
};

/* ERROR_NOT_FOUND for what is no drill. */
int drill_facts_read(struct drill_facts *f, int64_t id, struct error *err);

bool fact_is_of(const struct fact *fact, const struct clock *clock);
/* The first of that kind of the clock; NULL: none. */
const struct fact *fact_first(const struct drill_facts *f, enum fact_kind kind,
	const struct clock *clock);
/* Of a step of it, when it was told for the first time. */
const struct fact *fact_of_step(const struct drill_facts *f, enum fact_kind kind,
	const struct clock *clock, int number);
/* Until when the steps of a clock could fire. */
int64_t fact_clock_end(const struct drill_facts *f, const struct clock *clock);
/* When the delivery with that id arrived; TIME_NONE: not. */
int64_t fact_delivered_at(const struct drill_facts *f, const char *id);
/* Was the clock acknowledged while it ran, or its report filed? */
bool fact_answered(const struct drill_facts *f, const struct clock *clock);
/* It was waited for what it runs from until the drill ended by itself. */
bool fact_never_began(const struct drill_facts *f, const struct clock *clock);
/* Whoever took the place of that channel at that step and was reached; NULL: nobody. */
const char *fact_fallback(const struct drill_facts *f, const struct delivery_row *failed);

#endif
