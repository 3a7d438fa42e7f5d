/*
 * What a ladder would do to people although nothing in it is wrong, as warnings:
 *
 * - A step waits for an acknowledgement that nobody who was told can give where they
 *   read of it. Reminders that cannot be answered are what makes people mute a channel.
 * - A step leaves out whom an earlier one tells. Of several steps that are past, after a
 *   downtime or when awareness is recorded late, only the most urgent fires: they would
 *   hear nothing at all.
 *
 * Where steps of a percentage and steps before due fall among each other depends on the
 * clock; there the order in the file is taken for the order that is meant.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "config/build.h"

/* ---- which step comes first -------------------------------------------------------- */

static int rank_of(const struct step *step)
{
	switch (step->kind) {
	case STEP_START:
		return 0;
	case STEP_PERCENT:
	case STEP_BEFORE:
	case STEP_NEEDS:
		return 1;
	case STEP_DUE:
		return 2;
	case STEP_AFTER:
		break;
	}
	return 3;
}

/* Before due, by a length that is known. */
static bool is_length_before(const struct step *step)
{
	return step->kind == STEP_BEFORE ||
		(step->kind == STEP_NEEDS && step->working_days == 0);
}

static bool is_earlier(const struct policy *policy, size_t i, size_t j)
{
	const struct step *a = &policy->steps[i], *b = &policy->steps[j];

	if (rank_of(a) != rank_of(b))
		return rank_of(a) < rank_of(b);
	if (a->kind == STEP_PERCENT && b->kind == STEP_PERCENT)
		return a->percent < b->percent;
	if (a->working_days > 0 && b->working_days > 0)
		return a->working_days > b->working_days;
	if (is_length_before(a) && is_length_before(b))
		return a->offset_ms > b->offset_ms;
	if (a->kind == STEP_AFTER && b->kind == STEP_AFTER)
		return a->offset_ms < b->offset_ms;
	return i < j;
}

/* ---- whom a name reaches ----------------------------------------------------------- */

static bool has(const char **list, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (text_equal(list[i], name))
			return true;
	return false;
}

/* The person that a name stands for by itself; of a rota see members_reach. */
static const struct person *person_of(const struct roster *roster, const char *name)
{
	return text_starts(name, TARGET_PERSON) ?
		roster_person(roster, name + strlen(TARGET_PERSON)) : NULL;
}

static const struct rota *rota_of(const struct roster *roster, const char *name)
{
	return text_starts(name, TARGET_ROTA) ?
		roster_rota(roster, name + strlen(TARGET_ROTA)) : NULL;
}

static bool person_has(const struct person *person, const char *channel)
{
	return person != NULL && has(person->channels, person->n_channels, channel);
}

/* Whoever of the rota is on call. */
static bool members_have(const struct roster *roster, const struct rota *rota,
	const char *channel)
{
	size_t i;

	for (i = 0; i < rota->n_members; i++)
		if (!person_has(roster_person(roster, rota->members[i]), channel))
			return false;
	for (i = 0; i < rota->n_substitutes; i++)
		if (!person_has(roster_person(roster, rota->substitutes[i].who), channel))
			return false;
	return rota->hours == NULL;
}

/* Does the step tell that channel, whoever is on call? */
static bool tells_channel(const struct roster *roster, const struct step *step,
	const char *channel)
{
	size_t i;

	for (i = 0; i < step->n_to; i++) {
		const struct rota *rota = rota_of(roster, step->to[i]);

		if (text_equal(step->to[i], channel) ||
		    person_has(person_of(roster, step->to[i]), channel) ||
		    (rota != NULL && members_have(roster, rota, channel)))
			return true;
	}
	return false;
}

static bool tells_person(const struct roster *roster, const struct step *step,
	const struct person *person)
{
	size_t i;

	for (i = 0; i < step->n_to; i++)
		if (person_of(roster, step->to[i]) == person)
			return true;
	for (i = 0; i < person->n_channels; i++)
		if (tells_channel(roster, step, person->channels[i]))
			return true;
	return false;
}

static bool tells_members(const struct roster *roster, const struct step *step,
	const struct rota *rota)
{
	const struct person *who;
	size_t i;

	for (i = 0; i < rota->n_members + rota->n_substitutes; i++) {
		who = roster_person(roster, i < rota->n_members ? rota->members[i] :
			rota->substitutes[i - rota->n_members].who);
		if (who != NULL && !tells_person(roster, step, who))
			return false;
	}
	return true;
}

/* Does the step tell whom the name means, by that name or another way? */
static bool tells(const struct roster *roster, const struct step *step, const char *name)
{
	const struct person *person = person_of(roster, name);
	const struct rota *rota = rota_of(roster, name);

	if (has(step->to, step->n_to, name))
		return true;
	if (rota != NULL)
		return tells_members(roster, step, rota);
	return person != NULL ? tells_person(roster, step, person) :
		tells_channel(roster, step, name);
}

/* ---- who is left out --------------------------------------------------------------- */

/* The earlier step that tells the name first; -1: none, or this one tells it too. */
static int left_out_since(const struct roster *roster, const struct policy *policy,
	size_t step, const char *name)
{
	int first = -1;
	size_t i;

	if (tells(roster, &policy->steps[step], name))
		return -1;
	for (i = 0; i < policy->n_steps; i++)
		if (is_earlier(policy, i, step) &&
		    has(policy->steps[i].to, policy->steps[i].n_to, name) &&
		    (first < 0 || is_earlier(policy, i, (size_t)first)))
			first = (int)i;
	return first;
}

static void warn_left_out(const struct builder *b, const struct group *item,
	const struct policy *policy, size_t step)
{
	const struct roster *roster = &b->conf->roster;
	struct buf *names = buf_in_arena(b->arena, 64);
	const char *since = NULL;
	size_t i, j, k;

	for (i = 0; i < policy->n_steps; i++) {
		const struct step *s = &policy->steps[i];

		for (j = 0; j < s->n_to; j++) {
			int first = left_out_since(roster, policy, step, s->to[j]);

			for (k = 0; k < j && !text_equal(s->to[k], s->to[j]); k++)
				;
			if (first != (int)i || k < j)
				continue;
			buf_addf(names, "%s\"%s\"", names->len > 0 ? ", " : "", s->to[j]);
			since = since == NULL ? s->at : since;
		}
	}
	if (since != NULL)
		group_warning(item, "to", "policy \"%s\", step \"%s\" leaves out %.200s, whom step "
			"\"%s\" tells: where it stands in for that one, after a downtime, they hear "
			"nothing; name them here too", policy->name, policy->steps[step].at,
			names->data, since);
}

/* ---- who can acknowledge ----------------------------------------------------------- */

/* Why nobody who is told can acknowledge where they read of it; the last counts most. */
enum want { WANT_NOTHING, WANT_CHANNEL, WANT_PEOPLE, WANT_URL };

static enum want channel_wants(const struct conf *conf, const char *name)
{
	const struct conf_channel *channel = conf_channel(conf, name);
	size_t i;

	if (channel == NULL || channel->type == CHANNEL_CONSOLE)
		return WANT_CHANNEL;
	if (conf->public_url == NULL)
		return WANT_URL;
	for (i = 0; i < conf->roster.n_people; i++)
		if (conf->roster.people[i].slack != NULL)
			return WANT_NOTHING;
	/* A button has to know who presses it. */
	return channel->signing_secret.reference != NULL ? WANT_PEOPLE : WANT_NOTHING;
}

/* Of two answers: is one more than enough, else what is nearest. */
static enum want easier(enum want a, enum want b)
{
	if (a == WANT_NOTHING || b == WANT_NOTHING)
		return WANT_NOTHING;
	return a > b ? a : b;
}

static enum want person_wants(const struct conf *conf, const struct person *person)
{
	enum want want = WANT_CHANNEL;
	size_t i;

	for (i = 0; person != NULL && i < person->n_channels; i++)
		want = easier(want, channel_wants(conf, person->channels[i]));
	return want;
}

static enum want step_wants(const struct conf *conf, const struct step *step)
{
	const struct roster *roster = &conf->roster;
	enum want want = WANT_CHANNEL;
	size_t i, j;

	for (i = 0; i < step->n_to; i++) {
		const struct rota *rota = rota_of(roster, step->to[i]);

		for (j = 0; rota != NULL && j < rota->n_members; j++)
			want = easier(want, person_wants(conf,
				roster_person(roster, rota->members[j])));
		want = easier(want, text_starts(step->to[i], TARGET_PERSON) ?
			person_wants(conf, person_of(roster, step->to[i])) :
			channel_wants(conf, step->to[i]));
	}
	return want;
}

/* Of all that is told until the step fires. */
static enum want wants_until(const struct conf *conf, const struct policy *policy, size_t step)
{
	enum want want = WANT_CHANNEL;
	size_t i;

	for (i = 0; i < policy->n_steps; i++)
		if (!is_earlier(policy, step, i))
			want = easier(want, step_wants(conf, &policy->steps[i]));
	return want;
}

/* With consoles alone it is a first try, and whoever looks on has tocsin(1) at hand. */
static bool tells_outside(const struct conf *conf)
{
	size_t i;

	for (i = 0; i < conf->n_channels; i++)
		if (conf->channels[i].type != CHANNEL_CONSOLE)
			return true;
	return false;
}

/* The first step that waits in vain; else, *ret_step being n_steps, the ladder as a whole,
 * unless it is of one step: nobody has to say that they have it. */
static enum want policy_wants(const struct conf *conf, const struct policy *policy,
	size_t *ret_step)
{
	enum want want = WANT_CHANNEL;
	size_t i;

	for (*ret_step = 0; *ret_step < policy->n_steps; (*ret_step)++) {
		if (!policy->steps[*ret_step].unless_acked)
			continue;
		want = wants_until(conf, policy, *ret_step);
		if (want != WANT_NOTHING)
			return want;
	}
	if (policy->n_steps < 2 || !tells_outside(conf))
		return WANT_NOTHING;
	for (want = WANT_CHANNEL, i = 0; i < policy->n_steps; i++)
		want = easier(want, step_wants(conf, &policy->steps[i]));
	return want;
}

static const char *mend_of(const struct conf *conf, enum want want)
{
	if (want == WANT_URL)
		return "set public_url, and each notice has a link for it";
	if (want == WANT_PEOPLE)
		return "its buttons are for people with a \"slack\", and nobody has one";
	return conf->public_url != NULL ?
		"the console wakes nobody up and has no link; tell a channel of another type" :
		"the console wakes nobody up and has no link; tell a channel of another type, "
		"and set public_url";
}

static void warn_wants(const struct builder *b, const struct group *root, enum want want)
{
	const struct conf *conf = b->conf;
	const struct policy *first = NULL;
	struct group item = { 0 };
	size_t step = 0, first_step = 0, more = 0, i;
	char others[64] = "";

	for (i = 0; i < conf->n_policies; i++) {
		if (policy_wants(conf, &conf->policies[i], &step) != want)
			continue;
		if (first != NULL) {
			more++;
			continue;
		}
		first = &conf->policies[i];
		first_step = step;
		item = group_item(root, "policies", i);
	}
	if (first == NULL)
		return;
	if (more > 0)
		snprintf(others, sizeof(others), " (and %zu polic%s more)", more,
			more == 1 ? "y" : "ies");
	if (first_step == first->n_steps) {
		group_warning(&item, NULL, "policy \"%s\"%s: nobody can acknowledge a notice where "
			"they read it: %s", first->name, others, mend_of(conf, want));
		return;
	}
	item = group_item(&item, "steps", first_step);
	group_warning(&item, "unless_acked", "policy \"%s\", step \"%s\"%s: nobody told until then "
		"can acknowledge where they read it: %s", first->name,
		first->steps[first_step].at, others, mend_of(conf, want));
}

void build_warn_ladders(const struct builder *b, const struct group *root)
{
	const struct conf *conf = b->conf;
	size_t i, j;

	if (b->reader->n_errors > 0)
		return;
	warn_wants(b, root, WANT_CHANNEL);
	warn_wants(b, root, WANT_URL);
	warn_wants(b, root, WANT_PEOPLE);
	for (i = 0; i < conf->n_policies; i++) {
		struct group g = group_item(root, "policies", i);

		for (j = 0; j < conf->policies[i].n_steps; j++) {
			struct group item = group_item(&g, "steps", j);

			warn_left_out(b, &item, &conf->policies[i], j);
		}
	}
}
