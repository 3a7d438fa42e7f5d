/* Whether two incidents fold alike: see alike.h. */
#include "config.h"

#include "base/rfc3339.h"
#include "base/text.h"
#include "core/alike.h"

/* Of the same place or with the same letters. */
static bool same_text(const char *a, const char *b)
{
	return a == b || text_equal(a, b);
}

static bool same_texts(const char *const *a, size_t n_a, const char *const *b, size_t n_b)
{
	size_t i;

	if (n_a != n_b)
		return false;
	for (i = 0; i < n_a; i++)
		if (!same_text(a[i], b[i]))
			return false;
	return true;
}

/* Not by its number, nor by who says it and why. */
static bool same_event(const struct incident_event *a, const struct incident_event *b)
{
	return a->at == b->at && a->due_at == b->due_at && a->recorded_at == b->recorded_at &&
		a->replaced == b->replaced && same_text(a->type, b->type) &&
		same_text(a->regime, b->regime);
}

static bool same_events(const struct incident *a, const struct incident *b)
{
	size_t i;

	if (a->n_events != b->n_events)
		return false;
	for (i = 0; i < a->n_events; i++)
		if (!same_event(&a->events[i], &b->events[i]))
			return false;
	return true;
}

/* Real, and of which nothing is known but events. */
static bool is_new(const struct incident *in)
{
	return !in->drill && in->drill_scale == 0 && in->n_filings == 0 &&
		in->n_waivers == 0 && in->dismissed_at == TIME_NONE;
}

bool incident_is_alike(const struct incident *a, const struct incident *b)
{
	return is_new(a) && is_new(b) && a->opened_at == b->opened_at &&
		same_text(a->entity, b->entity) && same_text(a->ruleset, b->ruleset) &&
		same_text(a->country, b->country) && same_text(a->timezone, b->timezone) &&
		same_texts(a->regimes, a->n_regimes, b->regimes, b->n_regimes) &&
		same_texts(a->traits, a->n_traits, b->traits, b->n_traits) &&
		same_events(a, b);
}

bool rules_are_same(const struct entity_rules *a, const struct entity_rules *b)
{
	return a->book == b->book && a->zone == b->zone && a->country == b->country &&
		a->assessment_ms == b->assessment_ms && a->targets == b->targets &&
		a->n_targets == b->n_targets && a->overrides == b->overrides &&
		a->n_overrides == b->n_overrides;
}
