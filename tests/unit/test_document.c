/* The JSON forms that users see: keys, their order, and which stay away. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/document.h"

#define T0 1795248000000		/* 2026-11-21T08:00:00Z */

static const char *lines[] = { "aware 2026-11-21T09:00:00+01:00", "+ PT24H elapsed" };

static const struct clock running = {
	.incident = 42, .regime = "nis2", .stage = "early-warning", .state = CLOCK_RUNNING,
	.anchor = "aware", .anchor_at = T0, .due_at = T0 + DAY_MS, .nominal_at = T0 + DAY_MS,
	.latest_at = T0 + 25 * (int64_t)HOUR_MS, .planned_at = TIME_NONE,
	.settled_at = TIME_NONE, .reference = "Art. 23(4)(a)", .rules = "nis2/1",
	.derivation = lines, .n_derivation = 2,
};
static const struct clock pending = {
	.regime = "nis2", .stage = "final-report", .state = CLOCK_PENDING,
	.anchor = "filed:notification", .anchor_at = TIME_NONE, .due_at = TIME_NONE,
	.nominal_at = TIME_NONE, .latest_at = TIME_NONE, .planned_at = T0,
	.settled_at = TIME_NONE, .reference = "Art. 23(4)(d)", .rules = "nis2/1",
};

static void expect(json_t *doc, const char *want)
{
	char *got = json_text(doc);

	assert_string_equal(got, want);
	free(got);
	json_decref(doc);
}

static void expect_incident(const struct incident *incident, enum incident_state state,
	const struct clock *clocks, size_t n, const char *want)
{
	struct buf got;

	buf_init(&got, 0);
	document_put_incident(&got, incident, state, clocks, n, T0);
	assert_string_equal(got.data, want);
	buf_release(&got);
}

static void a_clock_has_its_keys_in_order(void **state)
{
	struct clock filed = running;

	(void)state;
	expect(document_clock(&running, TIME_NONE), "{\"regime\":\"nis2\","
		"\"stage\":\"early-warning\",\"state\":\"running\",\"anchor\":\"aware\","
		"\"anchor_at\":\"2026-11-21T08:00:00Z\",\"due_at\":\"2026-11-22T08:00:00Z\","
		"\"nominal_at\":\"2026-11-22T08:00:00Z\","
		"\"latest_at\":\"2026-11-22T09:00:00Z\","
		"\"reference\":\"Art. 23(4)(a)\",\"rules\":\"nis2/1\","
		"\"derivation\":[\"aware 2026-11-21T09:00:00+01:00\",\"+ PT24H elapsed\"]}");
	expect(document_clock(&pending, T0), "{\"regime\":\"nis2\",\"stage\":\"final-report\","
		"\"state\":\"pending\",\"anchor\":\"filed:notification\","
		"\"planned_at\":\"2026-11-21T08:00:00Z\",\"reference\":\"Art. 23(4)(d)\","
		"\"rules\":\"nis2/1\"}");
	filed.state = CLOCK_FILED_LATE;
	filed.settled_at = T0 + DAY_MS + 1;
	filed.unconfirmed = filed.arguable = filed.on_request = filed.target = true;
	filed.n_derivation = 0;
	expect(document_clock(&filed, T0 + 2 * (int64_t)DAY_MS), "{\"regime\":\"nis2\","
		"\"stage\":\"early-warning\",\"state\":\"filed-late\",\"anchor\":\"aware\","
		"\"anchor_at\":\"2026-11-21T08:00:00Z\",\"due_at\":\"2026-11-22T08:00:00Z\","
		"\"nominal_at\":\"2026-11-22T08:00:00Z\","
		"\"latest_at\":\"2026-11-22T09:00:00Z\","
		"\"settled_at\":\"2026-11-22T08:00:00.001Z\",\"unconfirmed\":true,"
		"\"arguable\":true,\"on_request\":true,\"target\":true,"
		"\"reference\":\"Art. 23(4)(a)\",\"rules\":\"nis2/1\"}");
}

static void readings_and_what_is_held_come_last(void **state)
{
	struct clock held = pending;

	(void)state;
	held.readings = "[{\"law\":\"nis2\"},{\"law\":\"CY\"}]";
	held.proposed.by = "j.doe";
	held.proposed.state = CLOCK_VOID;
	held.proposed.due_at = TIME_NONE;
	expect(document_clock(&held, TIME_NONE), "{\"regime\":\"nis2\","
		"\"stage\":\"final-report\",\"state\":\"pending\","
		"\"anchor\":\"filed:notification\","
		"\"planned_at\":\"2026-11-21T08:00:00Z\",\"reference\":\"Art. 23(4)(d)\","
		"\"rules\":\"nis2/1\",\"readings\":[{\"law\":\"nis2\"},{\"law\":\"CY\"}],"
		"\"proposed\":{\"state\":\"void\",\"by\":\"j.doe\"}}");
	held.readings = NULL;
	held.proposed.state = CLOCK_RUNNING;
	held.proposed.due_at = T0;
	expect(document_clock(&held, TIME_NONE), "{\"regime\":\"nis2\","
		"\"stage\":\"final-report\",\"state\":\"pending\","
		"\"anchor\":\"filed:notification\","
		"\"planned_at\":\"2026-11-21T08:00:00Z\",\"reference\":\"Art. 23(4)(d)\","
		"\"rules\":\"nis2/1\",\"proposed\":{\"state\":\"running\","
		"\"due_at\":\"2026-11-21T08:00:00Z\",\"by\":\"j.doe\"}}");
}

static void an_incident_says_which_rules_it_is_kept_to(void **state)
{
	const char *regimes[] = { "nis2" };
	struct incident incident = { .id = 1, .entity = "a", .title = "t", .opened_at = T0,
		.regimes = regimes, .n_regimes = 1, .dismissed_at = TIME_NONE,
		.ruleset = "abc", .country = "CY", .timezone = "Asia/Nicosia" };

	(void)state;
	expect_incident(&incident, INCIDENT_OPEN, NULL, 0, "{\"id\":1,\"entity\":\"a\","
		"\"title\":\"t\",\"severity\":\"unknown\",\"state\":\"open\","
		"\"drill\":false,\"alerts\":0,\"events\":[],\"clocks\":[],\"filings\":[],"
		"\"regimes\":[\"nis2\"],\"rules\":{\"digest\":\"abc\",\"country\":\"CY\","
		"\"timezone\":\"Asia/Nicosia\"},\"opened_at\":\"2026-11-21T08:00:00Z\"}");
}

static bool is_overdue(const struct clock *clock, int64_t now)
{
	json_t *doc = document_clock(clock, now);
	bool overdue = json_is_true(json_object_get(doc, "overdue"));

	json_decref(doc);
	return overdue;
}

static void overdue_is_running_past_due(void **state)
{
	struct clock filed = running, undated = running;

	(void)state;
	filed.state = CLOCK_FILED;
	undated.due_at = TIME_NONE;
	assert_false(is_overdue(&running, running.due_at));
	assert_true(is_overdue(&running, running.due_at + 1));
	assert_false(is_overdue(&running, TIME_NONE));
	assert_false(is_overdue(&filed, running.due_at + 1));
	assert_false(is_overdue(&undated, running.due_at + 1));
	assert_false(is_overdue(&pending, running.due_at + 1));
}

static void an_incident_has_its_keys_in_order(void **state)
{
	struct incident_event event = { .type = "aware", .at = T0, .due_at = TIME_NONE,
		.by = "j.doe", .basis = "seen", .recorded_at = T0 + 1000, .replaced = true };
	struct filing filing = { .regime = "nis2", .stage = "early-warning", .filed_at = T0,
		.received_at = TIME_NONE, .by = "j.doe", .recipient = "CSIRT",
		.reference = "R-1",
		.recorded_at = T0 };
	struct waiver waiver = { .regime = "nis2", .stage = "notification", .by = "ciso",
		.basis = "none", .recorded_at = T0 };
	const char *regimes[] = { "nis2" }, *traits[] = { "trust-service" };
	struct incident incident = { .id = 42, .entity = "acme", .title = "Ransomware",
		.severity = SEVERITY_CRITICAL, .source = "wazuh", .key = "k", .alerts = 3,
		.opened_at = T0, .regimes = regimes, .n_regimes = 1, .events = &event,
		.n_events = 1, .filings = &filing, .n_filings = 1, .dismissed_at = TIME_NONE };

	(void)state;
	expect_incident(&incident, INCIDENT_OPEN, NULL, 0, "{\"id\":42,"
		"\"entity\":\"acme\",\"title\":\"Ransomware\",\"severity\":\"critical\","
		"\"state\":\"open\",\"drill\":false,\"source\":\"wazuh\",\"key\":\"k\","
		"\"alerts\":3,\"events\":[{\"type\":\"aware\",\"at\":\"2026-11-21T08:00:00Z\","
		"\"by\":\"j.doe\",\"basis\":\"seen\",\"recorded_at\":\"2026-11-21T08:00:01Z\","
		"\"replaced\":true}],\"clocks\":[],\"filings\":[{\"regime\":\"nis2\","
		"\"stage\":\"early-warning\",\"filed_at\":\"2026-11-21T08:00:00Z\","
		"\"by\":\"j.doe\",\"recipient\":\"CSIRT\",\"reference\":\"R-1\","
		"\"recorded_at\":\"2026-11-21T08:00:00Z\"}],\"regimes\":[\"nis2\"],"
		"\"opened_at\":\"2026-11-21T08:00:00Z\"}");
	incident.n_events = incident.n_filings = 0;
	incident.description = "All hosts";
	incident.drill = true;
	incident.source = incident.key = NULL;
	incident.waivers = &waiver;
	incident.n_waivers = 1;
	incident.traits = traits;
	incident.n_traits = 1;
	incident.dismissed_at = T0;
	incident.dismissed_by = "ciso";
	incident.dismissed_basis = "a test";
	expect_incident(&incident, INCIDENT_DISMISSED, &pending, 1, "{\"id\":42,"
		"\"entity\":\"acme\",\"title\":\"Ransomware\",\"description\":\"All hosts\","
		"\"severity\":\"critical\",\"state\":\"dismissed\",\"drill\":true,"
		"\"alerts\":3,"
		"\"events\":[],\"clocks\":[{\"regime\":\"nis2\",\"stage\":\"final-report\","
		"\"state\":\"pending\",\"anchor\":\"filed:notification\","
		"\"planned_at\":\"2026-11-21T08:00:00Z\",\"reference\":\"Art. 23(4)(d)\","
		"\"rules\":\"nis2/1\"}],\"filings\":[],\"waivers\":[{\"regime\":\"nis2\","
		"\"stage\":\"notification\",\"by\":\"ciso\",\"basis\":\"none\","
		"\"recorded_at\":\"2026-11-21T08:00:00Z\"}],\"traits\":[\"trust-service\"],"
		"\"regimes\":[\"nis2\"],\"dismissal\":{\"by\":\"ciso\",\"basis\":\"a test\","
		"\"at\":\"2026-11-21T08:00:00Z\"},\"opened_at\":\"2026-11-21T08:00:00Z\"}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_clock_has_its_keys_in_order),
		cmocka_unit_test(readings_and_what_is_held_come_last),
		cmocka_unit_test(an_incident_says_which_rules_it_is_kept_to),
		cmocka_unit_test(overdue_is_running_past_due),
		cmocka_unit_test(an_incident_has_its_keys_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
