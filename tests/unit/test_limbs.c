/*
 * The fold where the law has more than one period for a report, or only sometimes one:
 * disputed periods, updates, targets, stages that only some have, acts and terms
 * that begin or end on a day. Aware on Saturday 21 November 2026, 09:17 in Brussels;
 * the demonstration holidays of nis2_rules.h.
 */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/text.h"
#include "law_case.h"
#include "law_maker.h"
#include "nis2_rules.h"

/* Directive (EU) 2022/2557, Art. 15(1): "one month thereafter" has three readings. */
static void a_disputed_month_alarms_by_its_earliest(void **unused)
{
	static const struct law_stage cer[] = {
		{ .name = "initial-notification", .limbs = { "aware PT24H" } },
		{ .name = "detailed-report", .limbs = { "occurred P1M reading",
			"aware P1M reading", "filed:initial-notification P1M reading" } },
	};
	const struct clock *c;

	(void)unused;
	live_under(law_regime(arena, "cer", cer, 2));
	event("occurred", "2026-11-10T02:00:00+01:00");
	event("aware", "2026-11-12T09:00:00+01:00");
	expect("detailed-report", "running occurred", "2026-12-10T02:00:00+01:00",
		"2026-12-11T00:00:00+01:00", "2026-12-15T00:00:00+01:00");
	hand_in("initial-notification", "2026-11-12T20:00:00+01:00");
	c = expect("detailed-report", "running occurred", "2026-12-10T02:00:00+01:00",
		"2026-12-11T00:00:00+01:00", "2026-12-15T00:00:00+01:00");
	expect_readings(c, "cer occurred +, cer aware +, cer filed:initial-notification +");
	expect_line(c, "3 readings of the law, the earliest alarms: from occurred");
	assert_string_equal(c->rules, "cer/1");
	hand_in("detailed-report", "2026-12-14T20:00:00+01:00");
	c = expect("detailed-report", "filed-late occurred", NULL, NULL, NULL);
	assert_true(c->arguable);
	/* Nobody knows when it happened: the next reading. */
	incident.events[0].replaced = true;
	expect("detailed-report", "filed-late aware", "2026-12-12T09:00:00+01:00", NULL,
		"2026-12-15T00:00:00+01:00");
}

/* DORA: an update may be filed at any time, and is owed when the activities have
 * recovered after the intermediate report. */
static void an_update_is_owed_after_recovery_only(void **unused)
{
	static const struct law_stage dora[] = {
		{ .name = "intermediate-report", .limbs = { "aware PT72H" } },
		{ .name = "updated-report", .limbs = { "recovered target PT24H",
			"filed:intermediate-report" }, .on_request = true, .repeatable = true,
			.void_when = { "!event:recovered > filed:intermediate-report" } },
		{ .name = "final-report", .limbs = { "filed:intermediate-report P1M",
			"filed:updated-report P1M" }, .latest_binds = true },
	};
	const struct entity_target target = { "dora", "updated-report",
		{ PERIOD_HOURS, 12 * (int64_t)HOUR_MS } };
	struct filing more;
	struct error err = { .code = ERROR_NONE };

	(void)unused;
	live_under(law_regime(arena, "dora", dora, 3));
	event("aware", AWARE);
	expect("updated-report", "void recovered", "none", NULL, NULL);
	hand_in("intermediate-report", "2026-11-22T10:00:00+01:00");
	expect("updated-report", "void filed:intermediate-report", "none", NULL, NULL);
	hand_in("updated-report", "2026-11-23T10:00:00+01:00");
	expect("updated-report", "filed filed:intermediate-report", "none", NULL, NULL);
	expect("final-report", "running filed:updated-report", "2026-12-23T10:00:00+01:00",
		NULL, NULL);
	more = incident.filings[1];
	more.filed_at = at("2026-11-24T10:00:00+01:00");
	assert_int_equal(0, incident_check_filing(&incident, clocks, n_clocks, &more, false,
		at("2026-11-25T10:00:00+01:00"), &err));

	event("recovered", "2026-11-25T08:00:00+01:00");
	assert_true(expect("updated-report", "running recovered", "2026-11-26T08:00:00+01:00",
		NULL, NULL)->target);
	/* Recorded after the recovery, filed before it: allowed, and not the one owed. */
	assert_int_equal(0, incident_check_filing(&incident, clocks, n_clocks, &more, false,
		at("2026-11-25T10:00:00+01:00"), &err));
	hand_in("updated-report", "2026-11-24T10:00:00+01:00");
	expect("updated-report", "running recovered", NULL, NULL, NULL);
	rules.targets = &target;
	rules.n_targets = 1;
	expect("updated-report", "running recovered", "2026-11-25T20:00:00+01:00", NULL, NULL);
	hand_in("updated-report", "2026-11-25T09:00:00+01:00");
	expect("updated-report", "filed recovered", NULL, NULL, NULL);
	expect("final-report", "running filed:updated-report", "2026-12-25T09:00:00+01:00",
		NULL, NULL);
}

static void a_target_of_the_entity_is_no_law(void **unused)
{
	const struct entity_target targets[] = {
		{ "nis2", "intermediate-report", { PERIOD_HOURS, 12 * (int64_t)HOUR_MS } },
		{ "nis2", "early-warning", { PERIOD_HOURS, HOUR_MS } },
	};
	const struct clock *c;

	(void)unused;
	live_in(NULL, "Europe/Brussels");
	rules.targets = targets;
	rules.n_targets = 2;
	event("aware", AWARE);
	event("requested", "2026-11-25T10:00:00+01:00");
	c = expect("intermediate-report", "running requested", "2026-11-25T22:00:00+01:00",
		"2026-11-25T22:00:00+01:00", "2026-11-25T22:00:00+01:00");
	assert_true(c->target);
	expect_line(c, "no period in the law; target PT12H of our own");
	/* Where the law has a number it stays, and where the authority named a date. */
	expect("early-warning", "running aware", "2026-11-22T09:17:00+01:00", NULL, NULL);
	incident.events[1].due_at = at("2026-11-27T10:00:00+01:00");
	c = expect("intermediate-report", "running requested", "2026-11-27T10:00:00+01:00",
		NULL, NULL);
	assert_false(c->target);
}

static void stages_that_only_some_have(void **unused)
{
	static const struct law_stage rows[] = {
		{ .name = "all", .limbs = { "aware PT24H" }, .if_late = "give the reasons" },
		{ .name = "bank", .limbs = { "aware PT24H" }, .when = { "trait:bank" } },
		{ .name = "new", .limbs = { "aware PT24H" }, .when = { "from:2026-11-22" } },
		{ .name = "old", .limbs = { "aware PT24H" }, .when = { "until:2026-11-21" } },
		{ .name = "not-old", .limbs = { "aware PT24H" },
			.when = { "!until:2026-11-21", "trait:bank" } },
	};
	static const struct {
		const char *trait, *aware, *want;
	} cases[] = {
		{ NULL, AWARE, "all old" }, { "bank", AWARE, "all bank old" },
		{ NULL, "2026-11-22T00:00:00+01:00", "all new" },
		{ "bank", "2026-11-22T00:00:00+01:00", "all bank new not-old" },
		{ "bank", "2026-11-21T23:59:59+01:00", "all bank old" },
	};
	size_t i, j;

	(void)unused;
	live_under(law_regime(arena, "r", rows, ARRAY_LEN(rows)));
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		const char *traits[] = { cases[i].trait };
		char got[64] = "";

		incident.n_events = 0;
		event("aware", cases[i].aware);
		incident.traits = traits;
		incident.n_traits = cases[i].trait != NULL;
		refold();
		for (j = 0; j < n_clocks; j++)
			snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s",
				j > 0 ? " " : "", clocks[j].stage);
		if (strcmp(got, cases[i].want) != 0)
			fail_msg("case %zu: \"%s\", not \"%s\"", i, got, cases[i].want);
	}
	incident.n_traits = 0;
	expect_line(find("all"), "if late: give the reasons");
	/* What was filed stays to be seen. */
	hand_in("bank", "2026-11-21T23:59:59+01:00");
	expect("bank", "filed aware", NULL, NULL, NULL);
}

static void an_act_that_does_not_apply_yet_says_so(void **unused)
{
	static const struct law_stage rows[] = { { .name = "a", .limbs = { "aware PT24H" } } };
	struct regime *regime = law_regime(arena, "r", rows, 1);

	(void)unused;
	live_under(regime);
	day_parse("2026-11-22", &regime->from_day, NULL);
	event("aware", AWARE);
	expect_line(expect("a", "running aware", "2026-11-22T09:17:00+01:00", NULL, NULL),
		"the act applies from 2026-11-22");
	day_parse("2026-11-21", &regime->from_day, NULL);
	refold();
	assert_int_equal(find("a")->n_derivation, 3);
}

/* X > Y needs both, and that order. */
static void one_fact_after_another(void **unused)
{
	static const struct law_stage rows[] = {
		{ .name = "first", .limbs = { "aware PT24H" } },
		{ .name = "after", .limbs = { "aware PT24H" },
			.when = { "event:recovered > filed:first" } },
		{ .name = "not-after", .limbs = { "aware PT24H" },
			.when = { "!event:recovered > filed:first" } },
	};

	(void)unused;
	live_under(law_regime(arena, "r", rows, 3));
	event("aware", AWARE);
	event("recovered", "2026-11-21T12:00:00+01:00");
	refold();
	assert_true(find("after") == NULL && find("not-after") != NULL);
	hand_in("first", "2026-11-21T12:00:00+01:00");
	refold();
	assert_true(find("after") == NULL && find("not-after") != NULL);
	incident.filings[0].filed_at--;
	refold();
	assert_true(find("after") != NULL && find("not-after") == NULL);
}

static int release(void **unused)
{
	(void)unused;
	nis2_release();
	return 0;
}

#define story(name) cmocka_unit_test_setup_teardown(name, case_begin, case_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		story(a_disputed_month_alarms_by_its_earliest),
		story(an_update_is_owed_after_recovery_only),
		story(a_target_of_the_entity_is_no_law),
		story(stages_that_only_some_have),
		story(an_act_that_does_not_apply_yet_says_so),
		story(one_fact_after_another),
	};

	return cmocka_run_group_tests(tests, NULL, release);
}
