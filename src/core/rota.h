/*
 * Who is on call: people with their channels, and rotas that go round among them. Pure:
 * the time is an argument, so that any week can be asked about, past or to come.
 *
 * A rota's turns are counted in civil time: 09:00 stays 09:00 across the change of the
 * clocks, and the night of the change is an hour longer or shorter for whoever has it.
 */
#ifndef TOCSIN_CORE_ROTA_H
#define TOCSIN_CORE_ROTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/rfc3339.h"
#include "core/hours.h"

struct person {
	const char *name;
	const char **channels;		/* at least one */
	size_t n_channels;
	const char *slack;		/* id of the user there; NULL: none known */
};

/* Somebody else, for a while. They never overlap. */
struct substitute {
	int64_t from_at, until_at;
	const char *who;
};

struct rota {
	const char *name;
	const struct zone *zone;
	struct civil start;		/* the first turn begins */
	int64_t turn_ms;		/* of civil time */
	const char **members;		/* names of people, at least one */
	size_t n_members;
	struct substitute *substitutes;
	size_t n_substitutes;
	const struct hours *hours;	/* NULL: staffed at all hours */
};

struct roster {
	struct person *people;
	size_t n_people;
	struct rota *rotas;
	size_t n_rotas;
};

const struct person *roster_person(const struct roster *roster, const char *name);
const struct rota *roster_rota(const struct roster *roster, const char *name);

/* "2026-01-05T09:00", a local time. */
int rota_parse_start(const char *text, struct civil *ret, struct error *err);

/* The name of who is on call; NULL: nobody (outside its hours, or before its start). */
const char *rota_on_call(const struct rota *rota, int64_t at);
/* The same, or who will be next, within the year to come; *ret_at: from when. */
const char *rota_on_call_next(const struct rota *rota, int64_t at, int64_t *ret_at);
/* The first instant after at where the answer may be another; TIME_NONE: never. */
int64_t rota_next_change(const struct rota *rota, int64_t at);

/* What a name in a step's `to` stands for. */
#define TARGET_ROTA	"rota:"
#define TARGET_PERSON	"person:"

/* Of a name in `to`, at an instant. */
struct reached {
	const char *to;			/* as written */
	const struct rota *rota;	/* NULL: not by a rota */
	const struct person *person;	/* NULL: a plain channel, or nobody is on call */
};

/*
 * Whom the names of a `to` mean at an instant: each name in *ret_reached, and all their
 * channels, each once, in that order. Names that are nothing any more (the configuration
 * has changed) stand for channels, and fail as such.
 */
struct resolved {
	struct reached *reached;
	size_t n_reached;
	const char **channels;
	size_t n_channels;
};
void roster_resolve(const struct roster *roster, const char *const *to, size_t n, int64_t at,
	struct arena *arena, struct resolved *ret);
/* The same where nobody is on call: who will be on call next. */
void roster_resolve_next(const struct roster *roster, const char *const *to, size_t n,
	int64_t at, struct arena *arena, struct resolved *ret);

#endif
