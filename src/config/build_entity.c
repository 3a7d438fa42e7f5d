/*
 * Entities and sources: whose clocks run, by which rules, and what may open an
 * incident. Each name is resolved here, so that nothing is looked up later.
 */
#include "config.h"

#include <string.h>

#include "base/rfc3339.h"
#include "base/text.h"
#include "config/build.h"
#include "core/rate.h"

static void read_regimes(const struct builder *b, const struct group *g,
	struct conf_entity *entity)
{
	size_t i, j;

	entity->n_regimes = group_texts(g, "regimes", &entity->regimes);
	for (i = 0; i < entity->n_regimes; i++) {
		build_check_regime(b, g, "regimes", i, entity->regimes[i]);
		for (j = 0; j < i; j++)
			if (strcmp(entity->regimes[i], entity->regimes[j]) == 0)
				group_error(g, "regimes", "regimes: names \"%s\" twice", entity->regimes[i]);
	}
}

/* A trait that no rule knows changes nothing, which is hardly what was meant. One that
 * is nearly a known one is a slip, and a slip here gives the wrong deadlines. */
static void read_traits(const struct builder *b, const struct group *g,
	struct conf_entity *entity)
{
	size_t i;

	entity->n_traits = group_texts(g, "traits", &entity->traits);
	for (i = 0; i < entity->n_traits; i++) {
		const char *trait = entity->traits[i], *near;

		if (rulebook_knows_trait(&b->conf->book, trait, &near))
			continue;
		if (near != NULL)
			reader_error(g->reader, g->file, group_element_line(g, "traits", i),
				"traits: no rule asks for \"%.64s\"; did you mean \"%s\"?", trait, near);
		else
			reader_warning(g->reader, g->file, group_element_line(g, "traits", i),
				"traits: no rule asks for \"%.64s\"", trait);
	}
}

static bool is_country_code(const char *code)
{
	return strlen(code) == 2 && code[0] >= 'A' && code[0] <= 'Z' && code[1] >= 'A' &&
		code[1] <= 'Z';
}

static void read_place(const struct builder *b, const struct group *g,
	struct conf_entity *entity)
{
	const struct rulebook *book = &b->conf->book;
	const struct country *country = NULL;
	struct error why;

	entity->country = group_text(g, "country");
	if (entity->country[0] != '\0') {
		country = rulebook_country(book, entity->country);
		if (!is_country_code(entity->country))
			group_error(g, "country", "country: \"%s\" is not two capital letters (ISO 3166)",
				entity->country);
		else if (country == NULL)
			group_warning(g, "country", "country: there is no file for \"%s\" in countries.d: "
				"the plain directive applies, and weekends only", entity->country);
	}
	entity->rules.book = book;
	entity->rules.country = country;
	entity->timezone = group_text(g, "timezone");
	if (entity->timezone == NULL && country != NULL)
		entity->timezone = country->timezone;
	if (entity->timezone == NULL && !group_is_set(g, "timezone"))
		group_error(g, NULL, "entity: \"timezone\" is missing");
	if (entity->timezone == NULL)
		return;
	entity->rules.zone = book->zone(book->zone_arg, entity->timezone, &why);
	if (entity->rules.zone == NULL)
		group_error(g, "timezone", "timezone: %s", why.text);
}

static void read_entity_policy(const struct builder *b, const struct group *g,
	struct conf_entity *entity)
{
	const struct conf *conf = b->conf;
	const char *name = group_text(g, "policy");
	const char **known = arena_array(b->arena, conf->n_policies + 1, sizeof(*known));
	size_t i;

	for (i = 0; name != NULL && i < conf->n_policies; i++) {
		known[i] = conf->policies[i].name;
		if (text_equal(known[i], name))
			entity->policy = &conf->policies[i];
	}
	if (name != NULL && entity->policy == NULL)
		build_unknown(g, "policy", 0, "policy", name, known, conf->n_policies);
}

void build_entities(const struct builder *b, const struct group *root)
{
	struct conf *conf = b->conf;
	size_t i;

	group_check_unique(root, "entities", "id", "entity");
	conf->n_entities = group_count(root, "entities");
	conf->entities = arena_array(b->arena, conf->n_entities + 1, sizeof(*conf->entities));
	for (i = 0; i < conf->n_entities; i++) {
		struct group g = group_item(root, "entities", i);
		struct conf_entity *entity = &conf->entities[i];

		entity->place = group_place(&g, NULL);
		entity->id = group_text(&g, "id");
		entity->name = group_text(&g, "name");
		entity->assessment_ms = group_int(&g, "assessment");
		entity->rules.assessment_ms = entity->assessment_ms;
		entity->confirmation = (enum confirmation)group_choice(&g, "confirmation");
		read_regimes(b, &g, entity);
		read_traits(b, &g, entity);
		read_place(b, &g, entity);
		read_entity_policy(b, &g, entity);
		build_overrides(b, &g, entity);
	}
}

static void read_source_format(const struct builder *b, const struct group *g,
	struct conf_source *source)
{
	const struct conf *conf = b->conf;
	const char *name = group_text(g, "format");
	const char **known = arena_array(b->arena, conf->n_formats + 1, sizeof(*known));
	size_t i;

	for (i = 0; name != NULL && i < conf->n_formats; i++) {
		known[i] = conf->formats[i].name;
		if (text_equal(known[i], name))
			source->format = &conf->formats[i];
	}
	if (name != NULL && source->format == NULL)
		build_unknown(g, "format", 0, "format", name, known, conf->n_formats);
}

static void read_source_entity(const struct builder *b, const struct group *g,
	struct conf_source *source)
{
	const struct conf *conf = b->conf;
	const char *id = group_text(g, "entity");
	const char **known = arena_array(b->arena, conf->n_entities + 1, sizeof(*known));
	size_t i;

	for (i = 0; i < conf->n_entities; i++)
		known[i] = conf->entities[i].id;
	if (id != NULL) {
		source->entity = conf_entity(conf, id);
		if (source->entity == NULL)
			build_unknown(g, "entity", 0, "entity", id, known, conf->n_entities);
	} else if (conf->n_entities == 1) {
		source->entity = &conf->entities[0];
	} else if (!group_is_set(g, "entity")) {
		group_error(g, NULL, "source: \"entity\" is missing, and there is more than one");
	}
}

/* What a source does not say for itself, its format may. */
static void read_source_rule(const struct group *g, struct conf_source *source)
{
	const struct conf_format *format = source->format;

	source->awareness = (enum awareness)group_choice(g, "awareness");
	source->awareness_time = (enum awareness_time)group_choice(g, "awareness_time");
	source->minimum = (enum severity)group_choice(g, "minimum_severity");
	if (format != NULL && !group_is_set(g, "awareness"))
		source->awareness = format->awareness;
	if (format != NULL && !group_is_set(g, "awareness_time"))
		source->awareness_time = format->awareness_time;
	if (format != NULL && !group_is_set(g, "minimum_severity"))
		source->minimum = format->minimum;
	if (source->awareness == AWARENESS_TRIAGE && group_is_set(g, "awareness_time"))
		group_warning(g, "awareness_time", "awareness_time: has no effect while "
			"awareness is \"triage\"");
}

/* The entities that a format names must be there once a source uses it. */
static void check_source_entities(const struct builder *b, size_t source)
{
	const struct conf_format *format = b->conf->sources[source].format;
	size_t i;

	for (i = 0; i < source; i++)
		if (b->conf->sources[i].format == format)
			return;		/* told already */
	for (i = 0; format != NULL && i < format->n_entities; i++)
		if (conf_entity(b->conf, format->entities[i].entity) == NULL)
			reader_error(b->reader, format->place.file, format->entities[i].line,
				"entity_map: there is no entity \"%s\"", format->entities[i].entity);
}

/* More than this is no limit that anybody would notice, and a ring of them is kept. */
enum { LIMIT_RATE_MAX = 10000 };

static void read_limit(const struct group *source, struct conf_source *ret)
{
	struct group g = group_sub(source, "limit");
	struct error why;
	const char *rate;

	if (g.setting == NULL)
		return;
	rate = group_text(&g, "rate");
	if (rate != NULL &&
	    rate_parse(rate, LIMIT_RATE_MAX, &ret->rate_max, &ret->rate_ms, &why) < 0)
		group_error(&g, "rate", "rate: \"%s\" %s", rate, why.text);
	if (group_is_set(&g, "open"))
		ret->open_max = (int)group_int(&g, "open");
	if (config_setting_length(g.setting) == 0)
		group_error(source, "limit", "limit: says neither \"rate\" nor \"open\"; leave it out");
}

void build_sources(const struct builder *b, const struct group *root)
{
	struct conf *conf = b->conf;
	size_t i;

	group_check_unique(root, "sources", "name", "source");
	conf->n_sources = group_count(root, "sources");
	conf->sources = arena_array(b->arena, conf->n_sources + 1, sizeof(*conf->sources));
	for (i = 0; i < conf->n_sources; i++) {
		struct group g = group_item(root, "sources", i);
		struct conf_source *source = &conf->sources[i];

		source->place = group_place(&g, NULL);
		source->name = group_text(&g, "name");
		read_source_format(b, &g, source);
		read_source_entity(b, &g, source);
		read_source_rule(&g, source);
		check_source_entities(b, i);
		source->rejoin_ms = group_int(&g, "rejoin");
		source->silent_ms = group_int(&g, "silent_after");
		if (source->silent_ms > 0 && source->silent_ms < MINUTE_MS)
			group_error(&g, "silent_after",
				"silent_after: must be PT1M at least, or \"none\"");
		read_limit(&g, source);
		source->n_webhook_origins = group_texts(&g, "webhook_origins",
			&source->webhook_origins);
	}
}
