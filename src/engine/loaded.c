/*
 * What clocks are computed by, on record: the texts of the rules in force are kept in
 * the store, because incidents are pinned to them, and the journal says when the
 * rules, the operator's own words on them, or the time zones are others than before.
 * What the last lines said is kept in meta.
 */
#include "config.h"

#include <string.h>

#include "base/text.h"
#include "engine/internal.h"

#define META_RULES_LOADED "rules-loaded"
#define META_ZONES_LOADED "zones-loaded"

static int keep_texts(struct engine *e, struct error *err)
{
	const struct conf *conf = e->conf;
	struct rule_file_row *files = arena_array(e->arena, conf->n_rule_texts, sizeof(*files));
	size_t i;

	for (i = 0; i < conf->n_rule_texts; i++)
		files[i] = (struct rule_file_row){ conf->rule_texts[i].name,
			conf->rule_texts[i].text, conf->rule_texts[i].len };
	return e->store->ops->ruleset_put(e->store, conf->ruleset, files, conf->n_rule_texts,
		e->now, err);
}

static void put_versions(struct buf *out, const struct rulebook *book)
{
	size_t i;

	out_array(out, "versions");
	for (i = 0; i < book->n_regimes; i++)
		out_text(out, NULL, book->regimes[i].rules);
	for (i = 0; i < book->n_countries; i++)
		out_text(out, NULL, book->countries[i].rules);
	out_end_array(out);
}

static void put_overrides(struct buf *out, const struct conf_entity *entity)
{
	size_t i;

	for (i = 0; i < entity->rules.n_overrides; i++) {
		const struct entity_override *o = &entity->rules.overrides[i];

		out_object(out, NULL);
		out_text(out, "entity", entity->id);
		out_text(out, "regime", o->regime);
		out_text(out, "stage", o->stage);
		out_text(out, "law", o->national ? "national" : "regime");
		out_text(out, "by", o->by);
		out_text(out, "basis", o->basis);
		out_end_object(out);
	}
}

static void put_targets(struct buf *out, const struct conf_entity *entity)
{
	size_t i;

	for (i = 0; i < entity->rules.n_targets; i++) {
		const struct entity_target *t = &entity->rules.targets[i];
		char length[PERIOD_SIZE];

		period_format(&t->target, length);
		out_object(out, NULL);
		out_text(out, "entity", entity->id);
		out_text(out, "regime", t->regime);
		out_text(out, "stage", t->stage);
		out_text(out, "target", length);
		out_end_object(out);
	}
}

static void put_loaded(struct buf *out, const struct conf *conf)
{
	size_t i;

	out_text(out, "ruleset", conf->ruleset);
	put_versions(out, &conf->book);
	out_array(out, "overrides");
	for (i = 0; i < conf->n_entities; i++)
		put_overrides(out, &conf->entities[i]);
	out_end_array(out);
	out_array(out, "targets");
	for (i = 0; i < conf->n_entities; i++)
		put_targets(out, &conf->entities[i]);
	out_end_array(out);
}

/* Is it what the last line of that kind said? *ret_before: that, or NULL. */
static int has_changed(struct engine *e, const char *name, const char *value,
	const char **ret_before, bool *ret, struct error *err)
{
	if (e->store->ops->meta_get(e->store, name, e->arena, ret_before, err) < 0)
		return -1;
	*ret = !text_equal(*ret_before, value);
	return *ret ? e->store->ops->meta_put(e->store, name, value, err) : 0;
}

static int note_rules(struct engine *e, struct error *err)
{
	struct buf *record = record_new(e, "rules.loaded", "daemon", NULL);
	size_t head = record->len;
	char digest[DIGEST_HEX_SIZE];
	const char *before = NULL;
	bool changed;

	put_loaded(record, e->conf);
	/* Of what follows the time and the kind. */
	digest_sha256_hex(record->data + head, record->len - head, digest);
	if (has_changed(e, META_RULES_LOADED, digest, &before, &changed, err) < 0)
		return -1;
	return changed ? record_append(e, record, 0, err) : 0;
}

/* The zones that entities are in, each once, as lines "NAME DIGEST". */
static const char *list_zones(struct engine *e)
{
	struct buf *list = buf_in_arena(e->arena, 0);
	char digest[DIGEST_HEX_SIZE];
	size_t i, j;

	for (i = 0; i < e->conf->n_entities; i++) {
		const char *name = e->conf->entities[i].timezone;

		for (j = 0; j < i && strcmp(e->conf->entities[j].timezone, name) != 0; j++)
			;
		if (j == i && conf_zone_digest(e->conf, name, digest))
			buf_addf(list, "%s %s\n", name, digest);
	}
	return list->data;
}

/* The digest that a list has for the zone of a line, or NULL. */
static const char *digest_in(const char *list, const char *line, size_t name_len)
{
	for (; *list != '\0'; list += strcspn(list, "\n") + 1)
		if (strncmp(list, line, name_len + 1) == 0)
			return list + name_len + 1;
	return NULL;
}

/* Into the record: those that both lists have, with other digests. */
static bool put_changed_zones(struct engine *e, struct buf *record, const char *before,
	const char *now)
{
	enum { HEX = DIGEST_HEX_SIZE - 1 };
	bool any = false;

	out_array(record, "zones");
	for (; *now != '\0'; now += strcspn(now, "\n") + 1) {
		size_t len = strcspn(now, " ");
		const char *was = digest_in(before, now, len);

		if (was == NULL || strncmp(was, now + len + 1, HEX) == 0)
			continue;
		any = true;
		out_object(record, NULL);
		out_text(record, "zone", arena_strndup(e->arena, now, len));
		out_text(record, "was", arena_strndup(e->arena, was, HEX));
		out_text(record, "digest", arena_strndup(e->arena, now + len + 1, HEX));
		out_end_object(record);
	}
	out_end_array(record);
	return any;
}

/* Of the first run nothing is said: there is nothing that they differ from. */
static int note_zones(struct engine *e, struct error *err)
{
	struct buf *record = record_new(e, "zones.changed", "daemon", NULL);
	const char *before = NULL, *now = list_zones(e);
	bool changed;

	if (has_changed(e, META_ZONES_LOADED, now, &before, &changed, err) < 0)
		return -1;
	if (!changed || before == NULL || !put_changed_zones(e, record, before, now))
		return 0;
	return record_append(e, record, 0, err);
}

int loaded_record(struct engine *e, struct error *err)
{
	if (keep_texts(e, err) < 0 || note_rules(e, err) < 0)
		return -1;
	return note_zones(e, err);
}
