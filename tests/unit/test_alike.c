/*
 * Which incidents fold alike: whatever changes a clock makes another one. Every member of
 * what the fold is given is changed, one at a time, in three incidents; each is folded
 * without looking at the other, and where the two have not the very same clocks, to be
 * told alike would be a wrong deadline.
 */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/rfc3339.h"
#include "base/text.h"
#include "core/alike.h"
#include "core/document.h"
#include "nis2_case.h"
#include "nis2_rules.h"

/* A member that is new stands in no row below yet. */
#if defined(__LP64__)
_Static_assert(sizeof(struct incident) == 264, "struct incident has other members");
_Static_assert(sizeof(struct incident_event) == 72, "struct incident_event has other members");
_Static_assert(sizeof(struct entity_rules) == 64, "struct entity_rules has other members");
#endif

/* What a fold is given; lists of its own, so that one of two can be changed. */
struct given {
	struct incident in;
	struct entity_rules rules;
	struct incident_event events[4];
	struct filing filing;
	struct waiver waiver;
	const char *regimes[3], *traits[2];
};

static struct rulebook other_book;
static const struct entity_target target[] = {
	{ "nis2", "intermediate-report", { PERIOD_HOURS, 12 } },
};
static const struct entity_override override[] = {
	{ "nis2", "early-warning", true, "ciso", "the country's law alone" },
};

/* ---- the incidents --------------------------------------------------------------- */

static void add(struct given *g, const char *type, const char *time)
{
	g->events[g->in.n_events++] = (struct incident_event){ .id = 7, .type = type,
		.at = at(time), .due_at = TIME_NONE, .by = "source:siem",
		.recorded_at = at(OPENED) };
}

static void begin(struct given *g)
{
	const struct rulebook *book = nis2_rulebook();

	memset(g, 0, sizeof(*g));
	g->regimes[0] = "nis2";
	g->regimes[1] = "gdpr";
	g->in = (struct incident){ .id = 42, .entity = "acme", .title = "Ransomware",
		.description = "A note", .severity = SEVERITY_HIGH, .source = "siem", .key = "k-1",
		.alerts = 1, .opened_at = at(OPENED), .dismissed_at = TIME_NONE,
		.ruleset = "digest", .country = "XX", .timezone = "Europe/Brussels",
		.regimes = g->regimes, .n_regimes = 1, .traits = g->traits, .n_traits = 0,
		.events = g->events, .filings = &g->filing, .waivers = &g->waiver };
	g->rules = (struct entity_rules){ .book = book, .zone = nis2_zone("Europe/Brussels"),
		.country = &book->countries[0], .assessment_ms = 4 * HOUR_MS,
		.targets = target, .overrides = override };
	add(g, "detected", "2026-11-21T09:02:00+01:00");
}

static void suspected(struct given *g)
{
	begin(g);
}

static void aware(struct given *g)
{
	begin(g);
	add(g, "aware", "2026-11-21T09:02:30+01:00");
}

static void asked(struct given *g)
{
	aware(g);
	add(g, "requested", "2026-11-21T09:02:40+01:00");
	g->events[2].due_at = at("2026-11-24T12:00:00+01:00");
}

/* ---- what is changed ------------------------------------------------------------- */

/* The last event is the one that matters most. */
#define LAST(g) (&(g)->events[(g)->in.n_events - 1])
#define CHANGE(name, ...) static void name(struct given *g) { __VA_ARGS__; }

CHANGE(nothing, (void)g)
CHANGE(id, g->in.id = 43)
CHANGE(title, g->in.title = "Phishing")
CHANGE(description, g->in.description = NULL)
CHANGE(severity, g->in.severity = SEVERITY_LOW)
CHANGE(source, g->in.source = NULL)
CHANGE(key, g->in.key = NULL)
CHANGE(alerts, g->in.alerts = 9)
CHANGE(storm, g->in.storm = true)
CHANGE(similar, g->in.similar[0] = 3; g->in.n_similar = 1)
CHANGE(dismissed_words, g->in.dismissed_by = "j.doe"; g->in.dismissed_basis = "none")
CHANGE(event_id, LAST(g)->id = 8)
CHANGE(event_by, LAST(g)->by = "j.doe")
CHANGE(event_basis, LAST(g)->basis = "seen")

CHANGE(entity, g->in.entity = "other")
CHANGE(drill, g->in.drill = true)
CHANGE(drill_scale, g->in.drill = true; g->in.drill_scale = 100)
CHANGE(scale_alone, g->in.drill_scale = 100)
CHANGE(opened_at, g->in.opened_at += MINUTE_MS)
CHANGE(opened_before, g->in.opened_at -= HOUR_MS)
CHANGE(opened_a_bit_later, g->in.opened_at += 1)
CHANGE(regime, g->regimes[0] = "gdpr")
CHANGE(one_more_regime, g->in.n_regimes = 2)
CHANGE(no_regime, g->in.n_regimes = 0)
CHANGE(trait, g->traits[0] = "trust-service"; g->in.n_traits = 1)
CHANGE(ruleset, g->in.ruleset = "another")
CHANGE(no_ruleset, g->in.ruleset = NULL)
CHANGE(country, g->in.country = "CY")
CHANGE(timezone, g->in.timezone = "Asia/Nicosia")
CHANGE(one_event_less, g->in.n_events--)
CHANGE(one_event_more, add(g, "handled", "2026-11-21T09:02:50+01:00"))
CHANGE(event_type, LAST(g)->type = "classified")
CHANGE(event_at, LAST(g)->at -= 1)
CHANGE(event_at_midnight, LAST(g)->at -= DAY_MS)
CHANGE(event_due_at, LAST(g)->due_at = at("2026-11-23T12:00:00+01:00"))
CHANGE(event_regime, LAST(g)->regime = "gdpr")
CHANGE(event_recorded_at, LAST(g)->recorded_at += MINUTE_MS)
CHANGE(event_replaced, LAST(g)->replaced = true)
CHANGE(filed, g->in.n_filings = 1; g->filing = (struct filing){ .regime = "nis2",
	.stage = "early-warning", .filed_at = at(AWARE), .received_at = TIME_NONE })
CHANGE(waived, g->in.n_waivers = 1; g->waiver = (struct waiver){ .regime = "nis2",
	.stage = "early-warning", .recorded_at = at(AWARE) })
CHANGE(dismissed, g->in.dismissed_at = at(AWARE))

CHANGE(book, g->rules.book = &other_book)
CHANGE(zone, g->rules.zone = nis2_zone("Asia/Nicosia"))
CHANGE(no_country, g->rules.country = NULL)
CHANGE(assessment, g->rules.assessment_ms = 5 * HOUR_MS)
CHANGE(no_assessment, g->rules.assessment_ms = 0)
CHANGE(targets, g->rules.targets = NULL)
CHANGE(n_targets, g->rules.n_targets = 1)
CHANGE(overrides, g->rules.overrides = NULL)
CHANGE(n_overrides, g->rules.n_overrides = 1)

struct change {
	const char *name;
	void (*make)(struct given *g);
	bool alike;		/* what no clock depends on */
};

#define ALIKE(f) { #f, f, true }
#define OTHER(f) { #f, f, false }

static const struct change changes[] = {
	ALIKE(nothing), ALIKE(id), ALIKE(title), ALIKE(description), ALIKE(severity),
	ALIKE(source), ALIKE(key), ALIKE(alerts), ALIKE(storm), ALIKE(similar),
	ALIKE(dismissed_words), ALIKE(event_id), ALIKE(event_by), ALIKE(event_basis),
	OTHER(entity), OTHER(drill), OTHER(drill_scale), OTHER(scale_alone), OTHER(opened_at),
	OTHER(opened_before), OTHER(opened_a_bit_later), OTHER(regime),
	OTHER(one_more_regime), OTHER(no_regime), OTHER(trait), OTHER(ruleset),
	OTHER(no_ruleset), OTHER(country), OTHER(timezone), OTHER(one_event_less),
	OTHER(one_event_more), OTHER(event_type), OTHER(event_at), OTHER(event_at_midnight),
	OTHER(event_due_at), OTHER(event_regime), OTHER(event_recorded_at),
	OTHER(event_replaced), OTHER(filed), OTHER(waived), OTHER(dismissed),
	OTHER(book), OTHER(zone), OTHER(no_country), OTHER(assessment), OTHER(no_assessment),
	OTHER(targets), OTHER(n_targets), OTHER(overrides), OTHER(n_overrides),
};

/* ---- the comparison -------------------------------------------------------------- */

/* All that is to be seen of the clocks, and what is not. */
static const char *told(const struct given *g)
{
	struct buf *out = buf_in_arena(arena, 0);
	struct clock *list;
	enum incident_state is;
	struct error err;
	size_t n, i;

	if (incident_fold(&g->in, &g->rules, arena, &list, &n, &is, &err) < 0)
		fail_msg("fold: %s", err.text);
	document_put_clocks(out, NULL, list, n, TIME_NONE);
	for (i = 0; i < n; i++)
		buf_addf(out, " %d", list[i].repeatable);
	buf_addf(out, " %s", incident_state_name(is));
	return out->data;
}

static size_t n_different;

static void compare(const char *what, void (*make)(struct given *g), const struct change *c)
{
	struct given first, second;
	bool alike, same;

	make(&first);
	make(&second);
	c->make(&second);
	alike = rules_are_same(&first.rules, &second.rules) &&
		incident_is_alike(&first.in, &second.in);
	same = strcmp(told(&first), told(&second)) == 0;
	n_different += !same;
	if (alike && !same)
		fail_msg("%s, but for %s, was told alike, and has other clocks:\n%s\n%s", what,
			c->name, told(&first), told(&second));
	if (alike != c->alike)
		fail_msg("%s, but for %s: %s", what, c->name,
			alike ? "alike" : "another one, and need not be");
}

static void what_changes_a_clock_makes_another_incident(void **unused)
{
	size_t i;

	(void)unused;
	other_book = *nis2_rulebook();
	n_different = 0;
	for (i = 0; i < ARRAY_LEN(changes); i++) {
		compare("a suspected incident", suspected, &changes[i]);
		compare("an incident with awareness", aware, &changes[i]);
		compare("an incident with a request", asked, &changes[i]);
	}
	/* Were the changes of no effect, this would show nothing. */
	assert_true(n_different > 45);
}

/* What two incidents share is as good as what is only equal. */
static void the_same_lists_are_equal_lists(void **unused)
{
	struct given one;

	(void)unused;
	asked(&one);
	assert_true(incident_is_alike(&one.in, &one.in));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_changes_a_clock_makes_another_incident,
			case_begin, case_end),
		cmocka_unit_test(the_same_lists_are_equal_lists),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	nis2_release();
	return failed;
}
