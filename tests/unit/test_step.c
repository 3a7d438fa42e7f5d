/*
 * Steps that are planned back from due, by what drafting and approval need; and which
 * policy a clock has.
 */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/policy.h"
#include "rota_fixture.h"

static struct zone *berlin;
static struct arena *arena;

static int begin(void **state)
{
	(void)state;
	berlin = zone_named("Europe/Berlin");
	arena = arena_new();
	return 0;
}

static int end(void **state)
{
	(void)state;
	zone_free(berlin);
	arena_free(arena);
	return 0;
}

static void needs_are_read(void **state)
{
	static const struct {
		const char *text;
		int result;
	} rows[] = {
		{ "PT6H", 0 }, { "PT90M", 0 }, { "P1D", 0 }, { "P2WD", 0 }, { "P260WD", 0 },
		{ "P261WD", -1 }, { "P0WD", -1 }, { "P1M", -1 }, { "6h", -1 }, { "", -1 },
		{ "-PT6H", -1 }, { "P1DT6H", 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct step step = { .repeat_ms = 7 };
		struct error err = { .code = ERROR_NONE };

		if (step_parse_needs(rows[i].text, arena, &step, &err) != rows[i].result)
			fail_msg("\"%s\": %s", rows[i].text, err.text);
		assert_int_equal(step.repeat_ms, 7);
		if (rows[i].result == 0) {
			assert_string_equal(step.needs, rows[i].text);
			assert_memory_equal(step.at, "needs ", 6);
		}
	}
}

static void the_latest_start_is_counted_back_from_due(void **state)
{
	/* 26 October 2026 is a Monday, and a holiday here; the clocks change on the 25th. */
	struct holiday holiday[] = { { .kind = HOLIDAY_DATE, .year = 2026, .month = 10,
		.day = 26 } };
	const struct calendar calendar = { holiday, 1 };
	static const struct {
		const char *needs, *anchor, *due, *at;
		bool holidays;
	} rows[] = {
		{ "PT6H", "2026-10-01T00:00:00Z", "2026-10-25T04:00:00Z",
			"2026-10-24T22:00:00Z", true },
		/* Tuesday 10:00 of winter time: Friday 10:00 of summer time. */
		{ "P1WD", "2026-10-01T00:00:00Z", "2026-10-27T09:00:00Z",
			"2026-10-23T08:00:00Z", true },
		{ "P1WD", "2026-10-01T00:00:00Z", "2026-10-27T09:00:00Z",
			"2026-10-26T09:00:00Z", false },
		{ "P2WD", "2026-10-01T00:00:00Z", "2026-10-27T09:00:00Z",
			"2026-10-22T08:00:00Z", true },
		/* Due on a Sunday: the day before the weekend. */
		{ "P1WD", "2026-10-01T00:00:00Z", "2026-10-18T08:00:00Z",
			"2026-10-16T08:00:00Z", false },
		{ "P5WD", "2026-10-01T00:00:00Z", "2026-10-16T08:00:00Z",
			"2026-10-09T08:00:00Z", false },
		/* Never before the clock began. */
		{ "P5WD", "2026-10-15T08:00:00Z", "2026-10-16T08:00:00Z",
			"2026-10-15T08:00:00Z", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		const struct policy_clock clock = { .anchor_at = time_of(rows[i].anchor),
			.due_at = time_of(rows[i].due), .zone = berlin,
			.calendar = rows[i].holidays ? &calendar : NULL };
		struct step step = { 0 };

		assert_int_equal(0, step_parse_needs(rows[i].needs, arena, &step, NULL));
		if (step_instant(&step, &clock) != time_of(rows[i].at))
			fail_msg("row %zu: falls at %s", i, text_of(step_instant(&step, &clock)));
	}
}

static void working_days_without_a_zone_are_those_of_utc(void **state)
{
	const struct policy_clock clock = { .anchor_at = 0,
		.due_at = time_of("2026-10-26T09:00:00Z") };
	struct step step = { 0 };

	(void)state;
	step_parse_needs("P1WD", arena, &step, NULL);
	assert_string_equal(text_of(step_instant(&step, &clock)), "2026-10-23T09:00:00Z");
}

static void the_first_policy_that_is_for_a_clock_is_its_own(void **state)
{
	static const char *gdpr[] = { "gdpr" }, *final[] = { "final-report", "progress-report" },
		*acme[] = { "acme" };
	static const struct policy_scope authority = { .regimes = gdpr, .n_regimes = 1 },
		grave = { .severities = 1u << SEVERITY_CRITICAL, .entities = acme, .n_entities = 1 },
		late = { .stages = final, .n_stages = 2 };
	static const struct policy list[] = {
		{ .name = "default" }, { .name = "gdpr", .scope = &authority },
		{ .name = "grave", .scope = &grave }, { .name = "late", .scope = &late },
	};
	static const struct {
		const char *regime, *stage, *entity;
		enum severity severity;
		int policy;
	} rows[] = {
		{ "nis2", "early-warning", "acme", SEVERITY_HIGH, -1 },
		{ "gdpr", "notification", "acme", SEVERITY_HIGH, 1 },
		{ "gdpr", "notification", "acme", SEVERITY_CRITICAL, 1 },	/* the first */
		{ "nis2", "notification", "acme", SEVERITY_CRITICAL, 2 },
		{ "nis2", "notification", "other", SEVERITY_CRITICAL, -1 },	/* all must match */
		{ "nis2", "progress-report", "other", SEVERITY_CRITICAL, 3 },
		{ "nis2", "final-report", "acme", SEVERITY_CRITICAL, 2 },
		{ "internal", "assessment", "acme", SEVERITY_LOW, -1 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		const struct policy *p = policy_match(list, ARRAY_LEN(list), rows[i].regime,
			rows[i].stage, rows[i].severity, rows[i].entity);

		if (p != (rows[i].policy < 0 ? NULL : &list[rows[i].policy]))
			fail_msg("row %zu: %s", i, p != NULL ? p->name : "none");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(needs_are_read),
		cmocka_unit_test(the_latest_start_is_counted_back_from_due),
		cmocka_unit_test(working_days_without_a_zone_are_those_of_utc),
		cmocka_unit_test(the_first_policy_that_is_for_a_clock_is_its_own),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
