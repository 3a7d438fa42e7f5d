/* The incident of a test: see nis2_case.h. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "nis2_case.h"
#include "nis2_rules.h"

static const char *regimes[2] = { "nis2", "gdpr" };
static struct incident_event events[16];
static struct filing filings[16];
static struct waiver waivers[8];
static int64_t recorded_at;

struct incident incident;
struct arena *arena;
struct clock *clocks;
size_t n_clocks;
enum incident_state state;

int case_begin(void **unused)
{
	(void)unused;
	recorded_at = at("2026-11-21T09:18:00+01:00");
	incident = (struct incident){
		.id = 42, .entity = "acme", .title = "Ransomware", .opened_at = at(OPENED),
		.regimes = regimes, .n_regimes = 1, .dismissed_at = TIME_NONE,
		.events = events, .filings = filings, .waivers = waivers,
	};
	arena = arena_new();
	return 0;
}

int case_end(void **unused)
{
	(void)unused;
	arena_free(arena);
	return 0;
}

struct incident_event *event_for(const char *regime, const char *type, const char *time)
{
	struct incident_event *e = &events[incident.n_events++];

	*e = (struct incident_event){ .type = type, .at = at(time), .due_at = TIME_NONE,
		.regime = regime, .by = "j.doe", .basis = "seen",
		.recorded_at = recorded_at += MINUTE_MS };
	return e;
}

struct incident_event *event(const char *type, const char *time)
{
	return event_for(NULL, type, time);
}

struct filing *file(const char *stage, const char *time)
{
	struct filing *f = &filings[incident.n_filings++];

	*f = (struct filing){ .regime = "nis2", .stage = stage, .filed_at = at(time),
		.received_at = TIME_NONE, .by = "j.doe", .recipient = "CSIRT",
		.reference = "R-1",
		.recorded_at = recorded_at += MINUTE_MS };
	return f;
}

void waive(const char *stage)
{
	waivers[incident.n_waivers++] = (struct waiver){ .regime = "nis2", .stage = stage,
		.by = "ciso", .basis = "not owed", .recorded_at = recorded_at += MINUTE_MS };
}

void fold(void)
{
	const struct rulebook *book = nis2_rulebook();
	const struct entity_rules rules = {
		.book = book, .zone = nis2_zone("Europe/Brussels"),
		.country = &book->countries[0], .assessment_ms = 4 * HOUR_MS,
	};
	struct error err;

	if (incident_fold(&incident, &rules, arena, &clocks, &n_clocks, &state, &err) < 0) {
		fprintf(stderr, "fold: %s\n", err.text);
		abort();
	}
}
