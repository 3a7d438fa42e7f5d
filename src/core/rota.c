/*
 * Rotas: see rota.h. Turn k begins at the civil time start + k turns, and the zone says
 * which instant that is. An instant is found by reading its civil time back into k; at
 * a change of the clocks that may be one off, so the turns beside it are looked at.
 *
 * Invariant: turns ascend and leave no gap, because zone_instant() gives the first
 * instant that reads a civil time or a later one.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "core/rota.h"

/* Hours change at most four times a day; a rota without any is answered at once. */
enum { CHANGES_IN_A_YEAR = 2048 };

const struct person *roster_person(const struct roster *roster, const char *name)
{
	size_t i;

	for (i = 0; i < roster->n_people; i++)
		if (text_equal(roster->people[i].name, name))
			return &roster->people[i];
	return NULL;
}

const struct rota *roster_rota(const struct roster *roster, const char *name)
{
	size_t i;

	for (i = 0; i < roster->n_rotas; i++)
		if (text_equal(roster->rotas[i].name, name))
			return &roster->rotas[i];
	return NULL;
}

int rota_parse_start(const char *text, struct civil *ret, struct error *err)
{
	char full[RFC3339_SIZE];
	int64_t at;

	/* Read as if it were UTC: the zone of the rota says what it is. */
	if (strlen(text) != strlen("2026-01-05T09:00"))
		return error_set(err, ERROR_INVALID,
			"not a local time like \"2026-01-05T09:00\"");
	snprintf(full, sizeof(full), "%s:00Z", text);
	if (rfc3339_parse(full, strlen(full), &at, NULL) < 0)
		return error_set(err, ERROR_INVALID,
			"not a local time like \"2026-01-05T09:00\"");
	civil_from_ms(at, ret);
	return 0;
}

static int64_t turn_begins(const struct rota *rota, int64_t k)
{
	struct civil local;

	civil_from_ms(civil_to_ms(&rota->start) + k * rota->turn_ms, &local);
	return zone_instant(rota->zone, &local);
}

/* The turn that an instant falls into; negative before the start. */
static int64_t turn_at(const struct rota *rota, int64_t at)
{
	struct civil local;
	int64_t since, k;

	zone_civil(rota->zone, at, &local);
	since = civil_to_ms(&local) - civil_to_ms(&rota->start);
	k = since / rota->turn_ms - (since % rota->turn_ms < 0);
	while (turn_begins(rota, k) > at)
		k--;
	while (turn_begins(rota, k + 1) <= at)
		k++;
	return k;
}

static const struct substitute *substitute_at(const struct rota *rota, int64_t at)
{
	size_t i;

	for (i = 0; i < rota->n_substitutes; i++)
		if (rota->substitutes[i].from_at <= at && at < rota->substitutes[i].until_at)
			return &rota->substitutes[i];
	return NULL;
}

const char *rota_on_call(const struct rota *rota, int64_t at)
{
	const struct substitute *substitute = substitute_at(rota, at);
	int64_t k;

	if (rota->hours != NULL && !hours_contain(rota->hours, at))
		return NULL;
	if (substitute != NULL)
		return substitute->who;
	k = turn_at(rota, at);
	return k >= 0 ? rota->members[(size_t)k % rota->n_members] : NULL;
}

static void consider(int64_t *next, int64_t candidate, int64_t at)
{
	if (candidate != TIME_NONE && candidate > at && (*next == TIME_NONE || candidate < *next))
		*next = candidate;
}

int64_t rota_next_change(const struct rota *rota, int64_t at)
{
	int64_t k = turn_at(rota, at), next = TIME_NONE;
	size_t i;

	consider(&next, turn_begins(rota, k >= 0 ? k + 1 : 0), at);
	for (i = 0; i < rota->n_substitutes; i++) {
		consider(&next, rota->substitutes[i].from_at, at);
		consider(&next, rota->substitutes[i].until_at, at);
	}
	if (rota->hours != NULL)
		consider(&next, hours_next_change(rota->hours, at), at);
	return next;
}

const char *rota_on_call_next(const struct rota *rota, int64_t at, int64_t *ret_at)
{
	const char *who = rota_on_call(rota, at);
	int n;

	for (n = 0; who == NULL && at != TIME_NONE && n < CHANGES_IN_A_YEAR; n++) {
		at = rota_next_change(rota, at);
		if (at != TIME_NONE)
			who = rota_on_call(rota, at);
	}
	*ret_at = at;
	return who;
}

/* ---- what the names of a step stand for --------------------------------------------- */

static void add_channel(struct resolved *r, struct arena *arena, const char *name)
{
	size_t i;

	for (i = 0; i < r->n_channels; i++)
		if (strcmp(r->channels[i], name) == 0)
			return;
	r->channels = arena_grow(arena, r->channels, r->n_channels, sizeof(*r->channels));
	r->channels[r->n_channels++] = name;
}

static void resolve(const struct roster *roster, const char *const *to, size_t n, int64_t at,
	bool next, struct arena *arena, struct resolved *ret)
{
	size_t i, j;

	memset(ret, 0, sizeof(*ret));
	ret->reached = arena_array(arena, n + 1, sizeof(*ret->reached));
	for (i = 0; i < n; i++) {
		struct reached *r = &ret->reached[ret->n_reached++];
		const char *who = NULL;
		int64_t from;

		r->to = to[i];
		if (text_starts(to[i], TARGET_ROTA))
			r->rota = roster_rota(roster, to[i] + strlen(TARGET_ROTA));
		if (r->rota != NULL)
			who = next ? rota_on_call_next(r->rota, at, &from) :
				rota_on_call(r->rota, at);
		else if (text_starts(to[i], TARGET_PERSON))
			who = to[i] + strlen(TARGET_PERSON);
		r->person = roster_person(roster, who);
		for (j = 0; r->person != NULL && j < r->person->n_channels; j++)
			add_channel(ret, arena, r->person->channels[j]);
		if (r->person == NULL && r->rota == NULL)
			add_channel(ret, arena, to[i]);
	}
}

void roster_resolve(const struct roster *roster, const char *const *to, size_t n, int64_t at,
	struct arena *arena, struct resolved *ret)
{
	resolve(roster, to, n, at, false, arena, ret);
}

void roster_resolve_next(const struct roster *roster, const char *const *to, size_t n,
	int64_t at, struct arena *arena, struct resolved *ret)
{
	resolve(roster, to, n, at, true, arena, ret);
}
