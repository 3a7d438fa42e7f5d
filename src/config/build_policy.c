/*
 * Policies: ladders of steps, and who is told at each. A step that names nobody is
 * refused, and so is one that another would always stand in for.
 */
#include "config.h"

#include <string.h>

#include "base/text.h"
#include "config/build.h"

static void read_step(const struct builder *b, const struct group *g, struct step *step)
{
	const char *at = group_text(g, "at"), *needs = group_text(g, "needs");
	struct error why;

	if (at != NULL && step_parse_at(at, step, &why) < 0)
		group_error(g, "at", "at: \"%s\": %s", at, why.text);
	step->at = at;
	if (!group_is_set(g, "at") && !group_is_set(g, "needs"))
		group_error(g, NULL, "step: \"at\" is missing (or \"needs\")");
	else if (group_is_set(g, "at") && group_is_set(g, "needs"))
		group_error(g, "needs", "needs: stands in place of \"at\", not beside it");
	else if (needs != NULL && step_parse_needs(needs, b->arena, step, &why) < 0)
		group_error(g, "needs", "needs: \"%s\": %s", needs, why.text);
	step->repeat_ms = group_int(g, "repeat");
	step->unless_acked = group_bool(g, "unless_acked");
	step->n_to = build_targets(b, g, "to", &step->to);
}

/* What takes real time falls at the same instant as that long before due. */
static enum step_kind kind_of(const struct step *step)
{
	return step->kind == STEP_NEEDS && step->working_days == 0 ? STEP_BEFORE : step->kind;
}

static bool same_instant(const struct step *a, const struct step *b)
{
	return a->at != NULL && b->at != NULL && kind_of(a) == kind_of(b) &&
		a->percent == b->percent && a->offset_ms == b->offset_ms &&
		a->working_days == b->working_days;
}

static void read_policy(const struct builder *b, const struct group *g, struct policy *policy)
{
	size_t i, j;

	policy->name = group_text(g, "name");
	policy->n_fallback = build_targets(b, g, "fallback", &policy->fallback);
	policy->n_steps = group_count(g, "steps");
	policy->steps = arena_array(b->arena, policy->n_steps + 1, sizeof(*policy->steps));
	for (i = 0; i < policy->n_steps; i++) {
		struct group item = group_item(g, "steps", i);
		size_t before = b->reader->report->n_errors;

		read_step(b, &item, &policy->steps[i]);
		for (j = 0; j < i && b->reader->report->n_errors == before; j++)
			if (same_instant(&policy->steps[i], &policy->steps[j]))
				group_error(&item, group_is_set(&item, "needs") ? "needs" : "at",
					"%s: \"%s\" is another step's instant already; only one of the "
					"two would fire", policy->steps[i].needs != NULL ? "needs" : "at",
					policy->steps[i].needs != NULL ? policy->steps[i].needs :
					policy->steps[i].at);
	}
}

void build_policies(const struct builder *b, const struct group *root)
{
	struct conf *conf = b->conf;
	size_t i;

	group_check_unique(root, "policies", "name", "policy");
	conf->n_policies = group_count(root, "policies");
	conf->policies = arena_array(b->arena, conf->n_policies + 1, sizeof(*conf->policies));
	conf->policy_places = arena_array(b->arena, conf->n_policies + 1,
		sizeof(*conf->policy_places));
	for (i = 0; i < conf->n_policies; i++) {
		struct group g = group_item(root, "policies", i);

		conf->policy_places[i] = group_place(&g, NULL);
		conf->policies[i].scope = build_scope(b, &g, root);
		read_policy(b, &g, &conf->policies[i]);
	}
}
