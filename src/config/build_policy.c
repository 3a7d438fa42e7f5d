/*
 * Policies: ladders of steps, and who is told at each. A step that reaches nobody
 * is refused, and so is one that another would always stand in for.
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

static size_t read_channel_names(const struct builder *b, const struct group *g,
	const char *key, const char ***ret)
{
	const struct conf *conf = b->conf;
	const char **known = arena_array(b->arena, conf->n_channels + 1, sizeof(*known));
	size_t n = group_texts(g, key, ret), i, j;

	for (i = 0; i < conf->n_channels; i++)
		known[i] = conf->channels[i].name;
	for (i = 0; i < n; i++) {
		if (conf_channel(conf, (*ret)[i]) == NULL)
			build_unknown(g, key, i, "channel", (*ret)[i], known, conf->n_channels);
		for (j = 0; j < i; j++)
			if (strcmp((*ret)[i], (*ret)[j]) == 0)
				group_error(g, key, "%s: names \"%s\" twice", key, (*ret)[i]);
	}
	return n;
}

static void read_step(const struct builder *b, const struct group *g, struct step *step)
{
	const char *at = group_text(g, "at");
	struct error why;

	if (at != NULL && step_parse_at(at, step, &why) < 0)
		group_error(g, "at", "at: \"%s\": %s", at, why.text);
	step->at = at;
	step->repeat_ms = group_int(g, "repeat");
	step->unless_acked = group_bool(g, "unless_acked");
	step->n_to = read_channel_names(b, g, "to", &step->to);
}

static bool same_instant(const struct step *a, const struct step *b)
{
	return a->at != NULL && b->at != NULL && a->kind == b->kind && a->percent == b->percent &&
		a->offset_ms == b->offset_ms;
}

static void read_policy(const struct builder *b, const struct group *g, struct policy *policy)
{
	size_t i, j;

	policy->name = group_text(g, "name");
	policy->n_fallback = read_channel_names(b, g, "fallback", &policy->fallback);
	policy->n_steps = group_count(g, "steps");
	policy->steps = arena_array(b->arena, policy->n_steps + 1, sizeof(*policy->steps));
	for (i = 0; i < policy->n_steps; i++) {
		struct group item = group_item(g, "steps", i);
		size_t before = b->reader->report->n_errors;

		read_step(b, &item, &policy->steps[i]);
		for (j = 0; j < i && b->reader->report->n_errors == before; j++)
			if (same_instant(&policy->steps[i], &policy->steps[j]))
				group_error(&item, "at", "at: \"%s\" is another step's instant already; only "
					"one of the two would fire", policy->steps[i].at);
	}
}

void build_policies(const struct builder *b, const struct group *root)
{
	struct conf *conf = b->conf;
	size_t i;

	group_check_unique(root, "policies", "name", "policy");
	conf->n_policies = group_count(root, "policies");
	conf->policies = arena_array(b->arena, conf->n_policies + 1, sizeof(*conf->policies));
	for (i = 0; i < conf->n_policies; i++) {
		struct group g = group_item(root, "policies", i);

		read_policy(b, &g, &conf->policies[i]);
	}
}

static bool names_channel(const char **list, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (text_equal(list[i], name))
			return true;
	return false;
}

static bool policy_names(const struct policy *policy, const char *channel)
{
	size_t i;

	for (i = 0; i < policy->n_steps; i++)
		if (names_channel(policy->steps[i].to, policy->steps[i].n_to, channel))
			return true;
	return names_channel(policy->fallback, policy->n_fallback, channel);
}

void build_warn_unused(const struct builder *b, const struct group *root)
{
	const struct conf *conf = b->conf;
	size_t i, j;

	for (i = 0; i < conf->n_channels; i++) {
		struct group g = group_item(root, "channels", i);

		for (j = 0; j < conf->n_policies; j++)
			if (policy_names(&conf->policies[j], conf->channels[i].name))
				break;
		if (j == conf->n_policies)
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
}
