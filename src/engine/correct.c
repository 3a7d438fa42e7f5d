/*
 * Correcting what is on record: a filing that does not count, other traits, newer
 * rules; and the second person without whom no clock moves later or ends by that
 * (core/hold.h). A change of an event or a filing is in record.c, with "replaces".
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "core/document.h"
#include "engine/internal.h"

enum { TRAITS_MAX = 64 };	/* of an incident, over all changes */

static int check_alive(const struct incident *in, struct error *err)
{
	if (in->dismissed_at != TIME_NONE)
		return error_set(err, ERROR_CONFLICT,
			"the incident was dismissed; open a new one");
	return 0;
}

/* ---- a filing is withdrawn ------------------------------------------------------------ */

static int check_stage(const struct incident *in, const struct clock *clocks, size_t n,
	const struct command_withdrawal *w, struct error *err)
{
	const char *names[32], *near;
	size_t i, n_names = 0;

	for (i = 0; i < in->n_regimes && strcmp(in->regimes[i], w->regime) != 0; i++)
		;
	if (i == in->n_regimes)
		return error_pointer(err, "/regime", "the incident is not under this regime");
	for (i = 0; i < n; i++) {
		if (strcmp(clocks[i].regime, w->regime) != 0)
			continue;
		if (strcmp(clocks[i].stage, w->stage) == 0)
			return 0;
		if (n_names < ARRAY_LEN(names))
			names[n_names++] = clocks[i].stage;
	}
	near = text_nearest(w->stage, names, n_names);
	if (near != NULL)
		return error_pointer(err, "/stage",
			"the regime has no such stage; did you mean \"%s\"?", near);
	return error_pointer(err, "/stage", "the regime has no such stage");
}

int command_run_withdrawal(struct engine *e, struct command *c)
{
	const struct command_withdrawal *in = &c->as.withdrawal;
	const struct filing *filing;
	struct incident_row row;
	struct clock *clocks;
	struct buf *record;
	size_t n;

	if (command_load(e, c, &row, &clocks, &n) < 0 ||
	    check_stage(&row.incident, clocks, n, in, &c->error) < 0 ||
	    check_alive(&row.incident, &c->error) < 0)
		return -1;
	filing = incident_filing_for(&row.incident, in->regime, in->stage);
	if (filing == NULL)
		return error_set(&c->error, ERROR_CONFLICT,
			"this report is not filed, so there is nothing to withdraw");
	if (e->store->ops->filing_replace(e->store, filing->id, &c->error) < 0)
		return -1;
	record = command_record(e, c, "filing.withdrawn", in->by);
	out_text(record, "regime", in->regime);
	out_text(record, "stage", in->stage);
	out_text(record, "basis", in->basis);
	document_put_filing(record, "filing", filing);
	return command_conclude(e, c, record, CHANGE_CORRECTION, in->by, 201);
}

/* ---- traits ---------------------------------------------------------------------------- */

static bool has(const char *const *names, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n && strcmp(names[i], name) != 0; i++)
		;
	return i < n;
}

static int refuse_name(struct error *err, const char *list, size_t i, const char *why)
{
	char pointer[32];

	snprintf(pointer, sizeof(pointer), "/%s/%zu", list, i);
	return error_pointer(err, pointer, "%s", why);
}

static int check_traits(struct engine *e, const struct incident *in,
	const struct command_traits *t, struct error *err)
{
	const char *const *old = (const char *const *)in->traits;
	const struct rulebook *books[2] = { &e->conf->book };
	struct incident_rules rules;
	size_t i;

	for (i = 0; i < t->n_add; i++)
		if (has(old, in->n_traits, t->add[i]))
			return refuse_name(err, "add", i, "the incident has this trait already");
	for (i = 0; i < t->n_remove; i++)
		if (!has(old, in->n_traits, t->remove[i]))
			return refuse_name(err, "remove", i, "the incident has no such trait");
	if (in->n_traits + t->n_add - t->n_remove > TRAITS_MAX)
		return error_pointer(err, "/add", "an incident has at most %d traits", TRAITS_MAX);
	rules_of(e, in, &rules);
	books[1] = rules.entity.book;
	return rules_check_traits(books, ARRAY_LEN(books), (const char *const *)t->add, t->n_add,
		"/add", err);
}

static void change_traits(struct engine *e, struct incident *in, const struct command_traits *t)
{
	const char **traits = arena_array(e->arena, in->n_traits + t->n_add, sizeof(*traits));
	size_t n = 0, i;

	for (i = 0; i < in->n_traits; i++)
		if (!has((const char *const *)t->remove, t->n_remove, in->traits[i]))
			traits[n++] = in->traits[i];
	for (i = 0; i < t->n_add; i++)
		traits[n++] = t->add[i];
	in->traits = traits;
	in->n_traits = n;
}

int command_run_traits(struct engine *e, struct command *c)
{
	const struct command_traits *in = &c->as.traits;
	struct incident_row row;
	struct clock *clocks;
	struct buf *record;
	size_t n;

	if (command_load(e, c, &row, &clocks, &n) < 0 ||
	    check_alive(&row.incident, &c->error) < 0 ||
	    check_traits(e, &row.incident, in, &c->error) < 0)
		return -1;
	change_traits(e, &row.incident, in);
	if (e->store->ops->incident_update(e->store, &row, &c->error) < 0)
		return -1;
	record = command_record(e, c, "traits.changed", in->by);
	out_texts(record, "added", (const char *const *)in->add, in->n_add);
	out_texts(record, "removed", (const char *const *)in->remove, in->n_remove);
	out_texts(record, "traits", (const char *const *)row.incident.traits,
		row.incident.n_traits);
	out_text(record, "basis", in->basis);
	return command_conclude(e, c, record, CHANGE_CORRECTION, in->by, 200);
}

/* ---- the second person ------------------------------------------------------------------ */

int command_run_confirmation(struct engine *e, struct command *c)
{
	const struct command_confirmation *in = &c->as.confirmation;
	struct incident_row row;
	struct clock *clocks;
	struct buf *record;
	size_t n;

	if (command_load(e, c, &row, &clocks, &n) < 0 ||
	    hold_check_confirmation(clocks, n, in->by, &c->error) < 0)
		return -1;
	record = command_record(e, c, "change.confirmed", in->by);
	out_text(record, "basis", in->basis);
	return command_conclude(e, c, record, CHANGE_CONFIRMED, in->by, 201);
}

/* ---- newer rules -------------------------------------------------------------------------- */

static int check_rules(const struct engine *e, const struct incident *in,
	const struct conf_entity *entity, struct error *err)
{
	size_t i;

	if (entity == NULL)
		return error_set(err, ERROR_CONFLICT, "the entity is no longer configured, so it "
			"has no country and time zone now");
	if (text_equal(in->ruleset, e->conf->ruleset) && text_equal(in->country, entity->country) &&
	    text_equal(in->timezone, entity->timezone))
		return error_set(err, ERROR_CONFLICT,
			"the incident is under the rules in force already");
	for (i = 0; i < in->n_regimes; i++)
		if (rulebook_regime(&e->conf->book, in->regimes[i]) == NULL)
			return error_set(err, ERROR_CONFLICT,
				"the rules in force have no regime \"%s\"", in->regimes[i]);
	return 0;
}

int command_run_rules(struct engine *e, struct command *c)
{
	const struct command_rules *in = &c->as.rules;
	const struct conf_entity *entity;
	struct incident_row row;
	struct clock *clocks;
	struct buf *record;
	size_t n;

	if (command_load(e, c, &row, &clocks, &n) < 0 ||
	    check_alive(&row.incident, &c->error) < 0)
		return -1;
	entity = conf_entity(e->conf, row.incident.entity);
	if (check_rules(e, &row.incident, entity, &c->error) < 0)
		return -1;
	record = command_record(e, c, "rules.applied", in->by);
	out_text(record, "basis", in->basis);
	rules_put(record, "was", &row.incident);
	row.incident.ruleset = e->conf->ruleset;
	row.incident.country = entity->country;
	row.incident.timezone = entity->timezone;
	rules_put(record, "rules", &row.incident);
	if (e->store->ops->incident_update(e->store, &row, &c->error) < 0)
		return -1;
	return command_conclude(e, c, record, CHANGE_CORRECTION, in->by, 200);
}
