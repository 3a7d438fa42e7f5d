/*
 * Whom a step reaches: which policy a clock has, and who is on call at the moment when
 * the step fires. That is written into the journal, so that it can be shown later who
 * was to be told, whatever the rota says by then.
 *
 * Where nobody is on call the policy's fallback is told, and where that is nobody
 * either, whoever is on call next: a deadline does not wait for office hours.
 */
#include "config.h"

#include <string.h>

#include "engine/internal.h"

const struct policy *policy_of(const struct engine *e, const struct incident *in,
	const struct clock *clock)
{
	const struct policy *policy = policy_match(e->conf->policies, e->conf->n_policies,
		clock->regime, clock->stage, in->severity, in->entity);

	return policy != NULL ? policy : entity_of(e, in->entity)->policy;
}

struct policy_clock policy_clock_of(const struct engine *e, const struct incident *in,
	const struct clock *clock)
{
	const struct entity_rules *rules = &entity_of(e, in->entity)->rules;

	return (struct policy_clock){ .anchor_at = clock->anchor_at, .due_at = clock->due_at,
		.zone = rules->zone,
		.calendar = rules->country != NULL ? &rules->country->calendar : NULL };
}

void reach_resolve(const struct engine *e, const struct policy *policy,
	const char *const *to, size_t n, struct reach *ret)
{
	const char *const *fallback = (const char *const *)policy->fallback;

	memset(ret, 0, sizeof(*ret));
	roster_resolve(&e->conf->roster, to, n, e->now, e->arena, &ret->to);
	ret->told = &ret->to;
	if (ret->to.n_channels > 0)
		return;
	ret->instead = REACH_FALLBACK;
	ret->told = &ret->other;
	roster_resolve(&e->conf->roster, fallback, policy->n_fallback, e->now, e->arena,
		&ret->other);
	if (ret->other.n_channels > 0)
		return;
	ret->instead = REACH_NEXT;
	roster_resolve_next(&e->conf->roster, to, n, e->now, e->arena, &ret->other);
}

static void put_reached(struct buf *out, const struct resolved *r)
{
	size_t i;

	for (i = 0; i < r->n_reached; i++) {
		if (r->reached[i].rota == NULL && r->reached[i].person == NULL)
			continue;
		out_object(out, NULL);
		out_text(out, "to", r->reached[i].to);
		if (r->reached[i].person != NULL)
			out_text(out, "person", r->reached[i].person->name);
		else
			out_true(out, "nobody", true);
		out_end_object(out);
	}
}

static bool names_people(const struct resolved *r)
{
	size_t i;

	for (i = 0; i < r->n_reached; i++)
		if (r->reached[i].rota != NULL || r->reached[i].person != NULL)
			return true;
	return false;
}

void reach_put(struct buf *record, const struct reach *reach)
{
	if (!names_people(&reach->to) && !names_people(reach->told))
		return;
	out_array(record, "on_call");
	put_reached(record, &reach->to);
	if (reach->told != &reach->to)
		put_reached(record, reach->told);
	out_end_array(record);
	if (reach->instead != REACH_AS_WRITTEN)
		out_text(record, "instead", reach->instead == REACH_FALLBACK ? "fallback" :
			"next-on-call");
	out_texts(record, "channels", (const char *const *)reach->told->channels,
		reach->told->n_channels);
}

/* As a person reads it: "alice (soc)". */
const char *reach_words(const struct engine *e, const struct reach *reach)
{
	struct buf *b = buf_in_arena(e->arena, 0);
	size_t i;

	for (i = 0; i < reach->told->n_reached; i++) {
		const struct reached *r = &reach->told->reached[i];

		if (r->rota == NULL || r->person == NULL)
			continue;
		buf_addf(b, "%s%s (%s)", b->len > 0 ? ", " : "", r->person->name, r->rota->name);
	}
	return b->len > 0 ? b->data : NULL;
}
