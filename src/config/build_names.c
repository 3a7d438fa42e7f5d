/*
 * Names that stand for something else: what a `to` may hold, whom a policy is for, and
 * what is defined but named by nobody.
 */
#include "config.h"

#include <string.h>

#include "base/text.h"
#include "config/build.h"

void build_unknown(const struct group *g, const char *key, size_t i, const char *what,
	const char *name, const char *const *known, size_t n)
{
	const char *names[256], *near;
	size_t n_names = 0, k;

	for (k = 0; k < n && n_names < ARRAY_LEN(names); k++)
		if (known[k] != NULL)
			names[n_names++] = known[k];
	near = text_nearest(name, names, n_names);
	reader_error(g->reader, g->file, group_element_line(g, key, i),
		"%s: there is no %s \"%.64s\"%s%s%s", key, what, name,
		near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
		near != NULL ? "\"?" : "");
}

static void check_twice(const struct group *g, const char *key, const char *const *list,
	size_t i)
{
	size_t j;

	for (j = 0; j < i; j++)
		if (strcmp(list[i], list[j]) == 0) {
			group_error(g, key, "%s: names \"%s\" twice", key, list[i]);
			return;
		}
}

size_t build_channel_names(const struct builder *b, const struct group *g, const char *key,
	const char ***ret)
{
	const struct conf *conf = b->conf;
	const char **known = arena_array(b->arena, conf->n_channels + 1, sizeof(*known));
	size_t n = group_texts(g, key, ret), i;

	for (i = 0; i < conf->n_channels; i++)
		known[i] = conf->channels[i].name;
	for (i = 0; i < n; i++) {
		if (conf_channel(conf, (*ret)[i]) == NULL)
			build_unknown(g, key, i, "channel", (*ret)[i], known, conf->n_channels);
		check_twice(g, key, (const char *const *)*ret, i);
	}
	return n;
}

/* Everything that a `to` may name: rotas and people with their prefixes, channels. */
static const char **target_names(const struct builder *b, size_t *ret_n)
{
	const struct conf *conf = b->conf;
	const struct roster *roster = &conf->roster;
	const char **names = arena_array(b->arena,
		conf->n_channels + roster->n_rotas + roster->n_people + 1, sizeof(*names));
	size_t n = 0, i;

	for (i = 0; i < conf->n_channels; i++)
		names[n++] = conf->channels[i].name;
	for (i = 0; i < roster->n_rotas; i++)
		if (roster->rotas[i].name != NULL)
			names[n++] = arena_printf(b->arena, TARGET_ROTA "%s", roster->rotas[i].name);
	for (i = 0; i < roster->n_people; i++)
		if (roster->people[i].name != NULL)
			names[n++] = arena_printf(b->arena, TARGET_PERSON "%s",
				roster->people[i].name);
	*ret_n = n;
	return names;
}

static bool is_among(const char *const *list, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (text_equal(list[i], name))
			return true;
	return false;
}

static void unknown_target(const struct builder *b, const struct group *g, const char *key,
	size_t i, const char *name)
{
	size_t n;
	const char *const *known = (const char *const *)target_names(b, &n);
	const char *prefix = roster_rota(&b->conf->roster, name) != NULL ? TARGET_ROTA :
		roster_person(&b->conf->roster, name) != NULL ? TARGET_PERSON : NULL;

	if (prefix != NULL)
		reader_error(g->reader, g->file, group_element_line(g, key, i),
			"%s: there is no channel \"%.64s\"; did you mean \"%s%s\"?", key, name,
			prefix, name);
	else
		build_unknown(g, key, i, text_starts(name, TARGET_ROTA) ? "rota" :
			text_starts(name, TARGET_PERSON) ? "person" : "channel", name, known, n);
}

size_t build_targets(const struct builder *b, const struct group *g, const char *key,
	const char ***ret)
{
	size_t n_known, n = group_texts(g, key, ret), i;
	const char *const *known = (const char *const *)target_names(b, &n_known);

	for (i = 0; i < n; i++) {
		const char *name = (*ret)[i];

		if (!is_among(known, n_known, name))
			unknown_target(b, g, key, i, name);
		check_twice(g, key, (const char *const *)*ret, i);
	}
	return n;
}

/* ---- what a policy is for ----------------------------------------------------------- */

static size_t read_names(const struct group *g, const char *key, const char ***ret)
{
	size_t n = group_texts(g, key, ret), i;

	for (i = 0; i < n; i++)
		check_twice(g, key, (const char *const *)*ret, i);
	return n;
}

static void add_stages(struct arena *arena, const struct regime *regime, const char ***list,
	size_t *n)
{
	size_t i;

	for (i = 0; i < regime->n_stages; i++) {
		if (is_among((const char *const *)*list, *n, regime->stages[i].name))
			continue;
		*list = arena_grow(arena, *list, *n, sizeof(**list));
		(*list)[(*n)++] = regime->stages[i].name;
	}
}

/* Of the regimes that are named, or of all; with what countries add to them. */
static const char **stages_of(const struct builder *b, const struct policy_scope *scope,
	size_t *ret_n)
{
	const struct rulebook *book = &b->conf->book;
	const char *const *regimes = (const char *const *)scope->regimes;
	const char **list = NULL;
	size_t i, j;

	*ret_n = 0;
	for (i = 0; i < book->n_regimes; i++)
		if (scope->n_regimes == 0 ||
			is_among(regimes, scope->n_regimes, book->regimes[i].name))
			add_stages(b->arena, &book->regimes[i], &list, ret_n);
	for (i = 0; i < book->n_countries; i++)
		for (j = 0; j < book->countries[i].n_overlays; j++) {
			const struct overlay *o = &book->countries[i].overlays[j];

			if (o->merged != NULL && (scope->n_regimes == 0 ||
				is_among(regimes, scope->n_regimes, o->regime)))
				add_stages(b->arena, o->merged, &list, ret_n);
		}
	if (scope->n_regimes == 0 || is_among(regimes, scope->n_regimes, REGIME_INTERNAL)) {
		list = arena_grow(b->arena, list, *ret_n, sizeof(*list));
		list[(*ret_n)++] = STAGE_ASSESSMENT;
	}
	return list;
}

static void read_severities(const struct group *g, struct policy_scope *scope)
{
	static const char *const known[] = { "low", "medium", "high", "critical", "unknown" };
	const char **names;
	size_t n = read_names(g, "severities", &names), i;
	enum severity severity;
	struct error why;

	for (i = 0; i < n; i++) {
		if (severity_parse(names[i], &severity, &why) == 0)
			scope->severities |= 1u << severity;
		else
			build_unknown(g, "severities", i, "severity", names[i], known,
				ARRAY_LEN(known));
	}
}

/* Entities are read after policies, because they name them: their ids as written. */
static void check_entities(const struct builder *b, const struct group *g,
	const struct group *root, const struct policy_scope *scope)
{
	size_t n = group_count(root, "entities"), i;
	const char **known = arena_array(b->arena, n + 1, sizeof(*known));

	for (i = 0; i < n; i++) {
		struct group entity = group_item(root, "entities", i);

		known[i] = group_text(&entity, "id");
	}
	for (i = 0; i < scope->n_entities; i++)
		if (!is_among((const char *const *)known, n, scope->entities[i]))
			build_unknown(g, "entities", i, "entity", scope->entities[i], known, n);
}

const struct policy_scope *build_scope(const struct builder *b, const struct group *policy,
	const struct group *root)
{
	struct policy_scope *scope = arena_alloc(b->arena, sizeof(*scope));
	struct group g = group_sub(policy, "for");
	size_t before = b->reader->n_errors;
	const char *const *stages;
	size_t n_stages, i;

	if (g.setting == NULL)
		return NULL;
	scope->n_regimes = read_names(&g, "regimes", &scope->regimes);
	for (i = 0; i < scope->n_regimes; i++)
		if (strcmp(scope->regimes[i], REGIME_INTERNAL) != 0)
			build_check_regime(b, &g, "regimes", i, scope->regimes[i]);
	scope->n_stages = read_names(&g, "stages", &scope->stages);
	stages = (const char *const *)stages_of(b, scope, &n_stages);
	for (i = 0; i < scope->n_stages; i++)
		if (!is_among(stages, n_stages, scope->stages[i]))
			build_unknown(&g, "stages", i, "stage", scope->stages[i], stages, n_stages);
	read_severities(&g, scope);
	scope->n_entities = read_names(&g, "entities", &scope->entities);
	check_entities(b, &g, root, scope);
	if (scope->n_regimes + scope->n_stages + scope->n_entities == 0 &&
		scope->severities == 0 && b->reader->n_errors == before)
		group_error(&g, NULL, "for: names no clock; leave it out, or say which");
	return scope;
}

/* ---- what nobody names --------------------------------------------------------------- */

static bool names(const char *const *to, size_t n, const char *prefix, const char *name)
{
	size_t len = strlen(prefix), i;

	for (i = 0; i < n; i++)
		if (text_starts(to[i], prefix) && text_equal(to[i] + len, name))
			return true;
	return false;
}

/* By a step, a fallback, or among those who hear of tocsin's own troubles. */
static bool policies_name(const struct conf *conf, const char *prefix, const char *name)
{
	size_t i, j;

	for (i = 0; i < conf->n_policies; i++) {
		const struct policy *p = &conf->policies[i];

		if (names((const char *const *)p->fallback, p->n_fallback, prefix, name))
			return true;
		for (j = 0; j < p->n_steps; j++)
			if (names((const char *const *)p->steps[j].to, p->steps[j].n_to, prefix,
				    name))
				return true;
	}
	return names((const char *const *)conf->operations, conf->n_operations, prefix, name);
}

static bool rotas_name(const struct conf *conf, const char *person)
{
	size_t i, j;

	for (i = 0; i < conf->roster.n_rotas; i++) {
		const struct rota *rota = &conf->roster.rotas[i];

		if (is_among((const char *const *)rota->members, rota->n_members, person))
			return true;
		for (j = 0; j < rota->n_substitutes; j++)
			if (text_equal(rota->substitutes[j].who, person))
				return true;
	}
	return false;
}

static bool people_name(const struct conf *conf, const char *channel)
{
	size_t i;

	for (i = 0; i < conf->roster.n_people; i++)
		if (is_among((const char *const *)conf->roster.people[i].channels,
			conf->roster.people[i].n_channels, channel))
			return true;
	return false;
}

static void warn_roster(const struct builder *b, const struct group *root)
{
	const struct roster *roster = &b->conf->roster;
	size_t i;

	for (i = 0; i < roster->n_people; i++) {
		struct group g = group_item(root, "people", i);

		if (!rotas_name(b->conf, roster->people[i].name) &&
			!policies_name(b->conf, TARGET_PERSON, roster->people[i].name))
			group_warning(&g, "name", "person \"%s\" is in no rota and named by no policy",
				roster->people[i].name);
	}
	for (i = 0; i < roster->n_rotas; i++) {
		struct group g = group_item(root, "rotas", i);

		if (!policies_name(b->conf, TARGET_ROTA, roster->rotas[i].name))
			group_warning(&g, "name", "rota \"%s\" is named by no policy",
				roster->rotas[i].name);
	}
}

void build_warn_unused(const struct builder *b, const struct group *root)
{
	const struct conf *conf = b->conf;
	size_t i, j;

	for (i = 0; i < conf->n_channels; i++) {
		struct group g = group_item(root, "channels", i);

		if (!policies_name(conf, "", conf->channels[i].name) &&
			!people_name(conf, conf->channels[i].name))
			group_warning(&g, "name", "channel \"%s\" is named by no policy",
				conf->channels[i].name);
	}
	for (i = 0; i < conf->n_sources; i++) {
		struct group g = group_item(root, "sources", i);

		for (j = 0; j < conf->n_tokens; j++)
			if (text_equal(conf->tokens[j].source, conf->sources[i].name))
				break;
		if (j == conf->n_tokens)
			group_warning(&g, "name", "no token lets anybody post to the source \"%s\"",
				conf->sources[i].name);
	}
	warn_roster(b, root);
}
