/*
 * Storms: what a new incident is like, how many a source may open, and what comes over
 * that, which is accepted, counted, told of, never dropped. Each function belongs to a
 * turn; what it keeps in memory counts once the turn has committed.
 */
#ifndef TOCSIN_ENGINE_STORM_H
#define TOCSIN_ENGINE_STORM_H

#include "engine/internal.h"

/* ---- similar.c: what a new incident is like -------------------------------------------- */
/* Fills in the row's likeness and list; before it is written. */
int similar_find(struct engine *e, struct incident_row *row, struct error *err);

/* ---- limit.c: how many incidents a source may open --------------------------------------- */
/* In a transaction. */
int limit_configure(struct engine *e, struct error *err);
void limit_free(struct engine *e);
void limit_clock_set(struct engine *e);
/* A turn begins, or begins anew; its command begins; did well; the turn has committed. */
void limit_begin_turn(struct engine *e);
void limit_begin_command(struct engine *e);
void limit_keep(struct engine *e);
void limit_settle(struct engine *e);
/* May there be a storm of it? False: nothing of this need be asked. */
bool limit_is_of(const struct engine *e, const char *source);
/* Is what it opens counted? */
bool limit_counts(const struct engine *e, const char *source);
/* 1: it may open no more now. */
int limit_is_reached(struct engine *e, const char *source, struct error *err);
void limit_take(struct engine *e, const char *source);
/* "600 in PT1M, 500 open", for people. */
const char *limit_words(struct engine *e, const char *source);

/* ---- storm.c, storm_say.c: what comes over it ---------------------------------------------- */
struct storm_alert {
	const struct conf_source *source;
	const struct conf_entity *entity;
	const struct alert *alert;
	int64_t received_at;
	const char *actor, *by;
};
struct storm {
	struct storm_row row;		/* incident 0: there is none */
	const char *source, *entity;	/* of which it is */
	struct incident_row incident;	/* as it was opened; or only its id */
	bool opened, touched;		/* in this turn */
	bool over;			/* was settled in this turn: another takes its place */
	struct buf *samples;		/* NULL: those of the row */
	enum severity severity;		/* the highest of this turn */
	int64_t aware_at;		/* the earliest of this turn; TIME_NONE */
	const char *by;			/* who says so */
	struct storm *next;
};
int storms_configure(struct engine *e, struct error *err);
int64_t storms_next(const struct engine *e);
void storms_begin_turn(struct engine *e);
void storms_begin_command(struct engine *e);
void storms_keep(struct engine *e);		/* it did well */
/* Before the commit: writes what the turn did, says what is to be said. */
int storms_look(struct engine *e, struct error *err);
void storms_settle(struct engine *e);		/* after the commit */
/* Takes an alert whose key is in a storm: 1, and *ret is its incident. */
int storm_take_known(struct engine *e, const struct storm_alert *in, int64_t *ret,
	struct error *err);
/* Takes one that is over the limit; opens the storm where there is none. */
int storm_take(struct engine *e, const struct storm_alert *in, int64_t *ret, bool *ret_opened,
	struct error *err);
/* An incident of which this turn has written only the beginning: as it will be. */
void storm_complete(const struct engine *e, struct incident *in);
/* The line of what none says yet; the notices of begin and end. */
int storm_say(struct engine *e, struct storm_row *row, struct error *err);
int storm_say_begun(struct engine *e, const struct storm_row *row, struct error *err);
int storm_say_over(struct engine *e, struct storm_row *row, struct error *err);
enum { STORM_CALM_MS = 10 * MINUTE_MS, STORM_SAY_MS = SECOND_MS };

#endif
