/*
 * The rules of an incident: those in force when it was opened, for the country and
 * in the time zone that its entity had then, until somebody applies newer ones. So
 * a new rule file moves no clock that runs; and what an incident was kept to can
 * be shown years later from the store alone, without the files of that day.
 *
 * Older rulebooks are read from the texts in the store when they are first asked
 * for, and a few are kept. One that this program refuses to read (a newer one is
 * stricter) is lost: its incidents go on by the rules in force, and nothing of
 * theirs moves later by that (fold.c).
 *
 * The entity's own targets and overrides are no law: the present ones count.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "engine/internal.h"

/* ---- rulebooks of earlier days --------------------------------------------------- */

static void forget(struct old_rules *old)
{
	rules_free(old->rules);
	arena_free(old->arena);
	memset(old, 0, sizeof(*old));
}

void rules_forget(struct engine *e)
{
	while (e->n_old_rules > 0)
		forget(&e->old_rules[--e->n_old_rules]);
}

static void log_lost(const char *digest, const char *file, int line, const char *why)
{
	log_error("rules", "the rules %.12s cannot be had any more: %s:%d: %s; incidents under "
		"them are kept to the rules in force, and none of their clocks moves later",
		digest, file, line, why);
}

/* The rules of a digest, or old->rules NULL: lost, and said so. Whatever is wrong with
 * them (gone, damaged, refused by this program), it must not stop the other clocks. */
static void load_old(struct engine *e, const char *digest, struct old_rules *old)
{
	struct conf_report report = { 0 };
	struct rule_file_row *files;
	struct rule_text *texts;
	struct error err;
	size_t n, i;

	memset(old, 0, sizeof(*old));
	/* The rules may borrow from their texts, which therefore stay with them. */
	old->arena = arena_new();
	text_copy(old->digest, sizeof(old->digest), digest);
	if (e->store->ops->ruleset_get(e->store, digest, old->arena, &files, &n, &err) < 0) {
		log_lost(digest, "store", 0, err.text);
		return;
	}
	texts = arena_array(old->arena, n, sizeof(*texts));
	for (i = 0; i < n; i++)
		texts[i] = (struct rule_text){ files[i].name, files[i].text, files[i].len };
	old->rules = rules_load_texts(texts, n, e->conf->book.zone, e->conf->book.zone_arg,
		&report);
	if (old->rules == NULL)
		log_lost(digest, report.errors[0].file, report.errors[0].line,
			report.errors[0].text);
	conf_report_release(&report);
}

/* A free place, or that of the one which was not asked for the longest. */
static struct old_rules *place(struct engine *e)
{
	struct old_rules *oldest = &e->old_rules[0];
	size_t i;

	if (e->n_old_rules < OLD_RULES)
		return &e->old_rules[e->n_old_rules++];
	for (i = 1; i < OLD_RULES; i++)
		if (e->old_rules[i].used < oldest->used)
			oldest = &e->old_rules[i];
	forget(oldest);
	return oldest;
}

/* NULL: lost. */
static const struct rulebook *find_book(struct engine *e, const char *digest)
{
	struct old_rules *found = NULL, loaded;
	size_t i;

	if (strcmp(digest, e->conf->ruleset) == 0)
		return &e->conf->book;
	for (i = 0; i < e->n_old_rules && found == NULL; i++)
		if (strcmp(e->old_rules[i].digest, digest) == 0)
			found = &e->old_rules[i];
	if (found == NULL) {
		load_old(e, digest, &loaded);
		found = place(e);
		*found = loaded;
	}
	found->used = ++e->old_rules_uses;
	return found->rules != NULL ? rules_book(found->rules) : NULL;
}

/* ---- of an incident --------------------------------------------------------------- */

void rules_of(struct engine *e, const struct incident *in, struct incident_rules *ret)
{
	const struct rulebook *book;
	const struct zone *zone;
	struct error why;

	*ret = (struct incident_rules){ .entity = entity_of(e, in->entity)->rules };
	if (conf_entity(e->conf, in->entity) == NULL)
		ret->entity.n_targets = ret->entity.n_overrides = 0;
	if (in->ruleset == NULL)
		return;
	book = find_book(e, in->ruleset);
	ret->lost = book == NULL;
	ret->entity.book = book != NULL ? book : &e->conf->book;
	ret->entity.country = in->country != NULL ?
		rulebook_country(ret->entity.book, in->country) : NULL;
	zone = in->timezone == NULL ? NULL :
		e->conf->book.zone(e->conf->book.zone_arg, in->timezone, &why);
	if (zone != NULL) {
		ret->entity.zone = zone;
		return;
	}
	log_error("rules", "incident %" PRId64 ": the time zone %s cannot be read any more; "
		"that of its entity stands in, none of its clocks moves later", in->id,
		in->timezone != NULL ? in->timezone : "");
	ret->lost = true;
}

bool rules_pin(const struct engine *e, struct incident *in)
{
	const struct conf_entity *entity = conf_entity(e->conf, in->entity);

	/* One that left the configuration: its country is not known any more. */
	if (in->ruleset != NULL || entity == NULL)
		return false;
	in->ruleset = e->conf->ruleset;
	in->country = entity->country;
	in->timezone = entity->timezone;
	return true;
}

void rules_put(struct buf *out, const char *key, const struct incident *in)
{
	out_object(out, key);
	out_text(out, "digest", in->ruleset);
	out_text(out, "country", in->country);
	out_text(out, "timezone", in->timezone);
	out_end_object(out);
}

/* Where to file is not law but an address, so that of today counts, in the country
 * that the incident is under. */
const struct overlay *rules_route(const struct engine *e, const char *entity_id,
	const char *country, const char *regime)
{
	const struct conf_entity *entity = conf_entity(e->conf, entity_id);

	if (country == NULL && entity != NULL)
		country = entity->country;
	if (country == NULL)
		return NULL;
	return country_overlay(rulebook_country(&e->conf->book, country), regime);
}

int rules_check_traits(const struct rulebook *const *books, size_t n_books,
	const char *const *traits, size_t n, const char *pointer, struct error *err)
{
	size_t i, j;

	for (i = 0; i < n; i++) {
		const char *near = NULL, *found = NULL;
		char where[64];

		for (j = 0; j < n_books; j++) {
			if (rulebook_knows_trait(books[j], traits[i], &found))
				break;
			near = found != NULL ? found : near;
		}
		if (j < n_books || near == NULL)
			continue;	/* a trait of the operator's own is no mistake */
		snprintf(where, sizeof(where), "%s/%zu", pointer, i);
		return error_pointer(err, where,
			"no rule knows this trait; did you mean \"%s\"?", near);
	}
	return 0;
}
