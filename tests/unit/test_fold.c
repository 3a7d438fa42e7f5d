/*
 * The fold: what clocks an incident has after each fact. Aware on Saturday 21
 * November 2026, 09:17 in Brussels; the demonstration holidays of nis2_rules.h.
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
#include "core/incident.h"
#include "nis2_case.h"
#include "nis2_rules.h"

static const struct clock *clock_of(const char *regime, const char *stage)
{
	size_t i;

	for (i = 0; i < n_clocks; i++)
		if (strcmp(clocks[i].regime, regime) == 0 &&
				strcmp(clocks[i].stage, stage) == 0)
			return &clocks[i];
	fail_msg("no clock %s %s", regime, stage);
	return NULL;
}

/* "early-warning running, notification filed, ...": all NIS2 clocks in order. */
static void expect_states(const char *what, const char *want, enum incident_state want_state)
{
	char got[256] = "";
	size_t i, used = 0;

	fold();
	for (i = 0; i < n_clocks; i++)
		if (strcmp(clocks[i].regime, "nis2") == 0)
			used += (size_t)snprintf(got + used, sizeof(got) - used, "%s%s",
				used > 0 ? " " : "", clock_state_name(clocks[i].state));
	if (strcmp(got, want) != 0)
		fail_msg("%s: \"%s\", not \"%s\"", what, got, want);
	if (state != want_state)
		fail_msg("%s: %s, not %s", what, incident_state_name(state),
			incident_state_name(want_state));
}

static void expect_due(const char *stage, const char *want)
{
	int64_t got = clock_of("nis2", stage)->due_at;
	char text[RFC3339_SIZE] = "none";

	if (got != TIME_NONE)
		rfc3339_format(got, text);
	if (got != (want == NULL ? TIME_NONE : at(want)))
		fail_msg("%s: due %s, not %s", stage, text, want != NULL ? want : "none");
}

static void a_suspected_incident_has_the_assessment_clock(void **unused)
{
	const struct clock *c;

	(void)unused;
	event("detected", "2026-11-21T09:02:00+01:00");
	expect_states("suspected", "pending pending pending pending pending",
		INCIDENT_SUSPECTED);
	c = &clocks[0];
	assert_string_equal(c->regime, REGIME_INTERNAL);
	assert_string_equal(c->stage, STAGE_ASSESSMENT);
	assert_string_equal(c->anchor, "opened");
	assert_int_equal(c->state, CLOCK_RUNNING);
	assert_int_equal(c->due_at, at("2026-11-21T13:03:00+01:00"));
	assert_int_equal(c->latest_at, c->due_at);
	assert_string_equal(c->reference, "entity policy: assessment time (no law)");
	assert_string_equal(c->rules, "internal");

	event("aware", AWARE);
	expect_states("aware", "running running pending pending pending", INCIDENT_OPEN);
	assert_int_equal(clocks[0].state, CLOCK_VOID);
}

static void no_assessment_when_opened_with_awareness(void **unused)
{
	struct incident_event *e;

	(void)unused;
	e = event("aware", AWARE);
	e->recorded_at = incident.opened_at;
	fold();
	assert_int_equal(n_clocks, 5);
	/* Nor does it come back when that value is replaced. */
	e->replaced = true;
	event("aware", "2026-11-21T09:20:00+01:00");
	fold();
	assert_int_equal(n_clocks, 5);
	expect_due("early-warning", "2026-11-22T09:20:00+01:00");
}

static void an_incident_runs_to_its_end(void **unused)
{
	(void)unused;
	event("aware", AWARE);
	file("early-warning", "2026-11-21T20:00:00+01:00");
	expect_states("warned", "filed running pending pending pending", INCIDENT_OPEN);
	file("notification", NOTIFIED);
	expect_states("notified", "filed filed pending running running", INCIDENT_OPEN);
	expect_due("final-report", "2026-12-23T15:42:00+01:00");
	event("handled", "2026-12-20T10:00:00+01:00");
	expect_states("handled in time", "filed filed pending void running", INCIDENT_OPEN);
	expect_due("final-report", "2026-12-23T15:42:00+01:00");
	file("final-report", "2026-12-22T10:00:00+01:00");
	expect_states("closed", "filed filed void void filed", INCIDENT_CLOSED);
}

static void ongoing_by_a_progress_report(void **unused)
{
	(void)unused;
	event("aware", AWARE);
	file("early-warning", AWARE);
	file("notification", NOTIFIED);
	file("progress-report", "2026-12-23T12:00:00+01:00");
	expect_states("progress filed", "filed filed pending filed pending", INCIDENT_OPEN);
	assert_string_equal(clock_of("nis2", "final-report")->anchor, "handled");
	assert_int_equal(clock_of("nis2", "final-report")->planned_at, TIME_NONE);
	event("handled", "2027-01-29T17:00:00+01:00");
	expect_states("handled", "filed filed pending filed running", INCIDENT_OPEN);
	expect_due("final-report", "2027-02-28T17:00:00+01:00");
	assert_int_equal(clock_of("nis2", "final-report")->latest_at,
		at("2027-03-02T00:00:00+01:00"));
	file("final-report", "2027-02-20T10:00:00+01:00");
	expect_states("closed", "filed filed void filed filed", INCIDENT_CLOSED);
}

static void ongoing_by_handling_recorded_late(void **unused)
{
	(void)unused;
	event("aware", AWARE);
	file("early-warning", AWARE);
	file("notification", NOTIFIED);
	event("handled", "2026-12-23T15:42:00+01:00");
	expect_states("handled when due", "filed filed pending void running", INCIDENT_OPEN);
	expect_due("final-report", "2026-12-23T15:42:00+01:00");
	/* What is late may move the end later, so the plain reading decides: 24:00. */
	incident.events[1].replaced = true;
	event("handled", "2026-12-23T23:59:59.999+01:00");
	expect_states("handled that day", "filed filed pending void running", INCIDENT_OPEN);
	expect_due("final-report", "2026-12-23T15:42:00+01:00");
	incident.events[2].replaced = true;
	event("handled", "2026-12-24T00:00:00+01:00");
	expect_states("handled after due", "filed filed pending running running",
		INCIDENT_OPEN);
	expect_due("progress-report", "2026-12-23T15:42:00+01:00");
	expect_due("final-report", "2027-01-24T00:00:00+01:00");
}

/* Not ongoing when the final report falls due, whatever was filed before. */
static void a_progress_report_before_the_handling_changes_nothing(void **unused)
{
	(void)unused;
	event("aware", AWARE);
	file("early-warning", AWARE);
	file("notification", NOTIFIED);
	file("progress-report", "2026-11-25T10:00:00+01:00");
	expect_states("progress filed", "filed filed pending filed pending", INCIDENT_OPEN);
	event("handled", "2026-12-10T10:00:00+01:00");
	expect_states("handled in time", "filed filed pending filed running", INCIDENT_OPEN);
	expect_due("final-report", "2026-12-23T15:42:00+01:00");
}

static void handling_before_notification_is_in_time(void **unused)
{
	(void)unused;
	event("aware", AWARE);
	event("handled", "2026-11-21T12:00:00+01:00");
	expect_states("handled first", "running running pending void pending", INCIDENT_OPEN);
	assert_string_equal(clock_of("nis2", "final-report")->anchor, "filed:notification");
	assert_int_equal(clock_of("nis2", "final-report")->planned_at,
		at("2026-12-21T09:17:00+01:00"));
}

static void a_final_report_in_time_stays_filed(void **unused)
{
	(void)unused;
	event("aware", AWARE);
	file("early-warning", AWARE);
	file("notification", NOTIFIED);
	file("final-report", "2026-12-23T15:00:00+01:00");
	expect_states("closed", "filed filed void void filed", INCIDENT_CLOSED);
	event("handled", "2027-01-10T10:00:00+01:00");
	expect_states("still closed", "filed filed void void filed", INCIDENT_CLOSED);
	expect_due("final-report", "2026-12-23T15:42:00+01:00");
}

/* Hours include their last instant; a day that ends at 24:00 does not include
 * 00:00 of the next. */
static void late_begins_after_nominal(void **unused)
{
	static const struct {
		const char *stage, *filed, *received;
		enum clock_state state;
		bool arguable;
	} rows[] = {
		{ "early-warning", "2026-11-22T09:17:00+01:00", NULL, CLOCK_FILED, false },
		{ "early-warning", "2026-11-22T09:17:00.001+01:00", NULL, CLOCK_FILED_LATE,
			true },
		{ "early-warning", "2026-11-22T10:00:00+01:00", NULL, CLOCK_FILED_LATE, true },
		{ "early-warning", "2026-11-22T10:00:00.001+01:00", NULL, CLOCK_FILED_LATE,
			false },
		{ "early-warning", AWARE, "2026-11-22T09:59:00+01:00", CLOCK_FILED_LATE,
			true },
		{ "early-warning", AWARE, "2026-11-22T10:01:00+01:00", CLOCK_FILED_LATE,
			false },
		/* Notified on 25 November: nominal 25 December 24:00, a holiday; latest
		 * Monday 28 December 24:00. */
		{ "final-report", "2026-12-25T23:59:59.999+01:00", NULL, CLOCK_FILED, false },
		{ "final-report", "2026-12-26T00:00:00+01:00", NULL, CLOCK_FILED_LATE, true },
		{ "final-report", "2026-12-28T23:59:59.999+01:00", NULL, CLOCK_FILED_LATE,
			true },
		{ "final-report", "2026-12-29T00:00:00+01:00", NULL, CLOCK_FILED_LATE, false },
	};
	const struct clock *c;
	size_t i;

	(void)unused;
	event("aware", AWARE);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct filing *f;

		incident.n_filings = 0;
		file("notification", "2026-11-25T10:00:00+01:00");
		f = file(rows[i].stage, rows[i].filed);
		if (rows[i].received != NULL)
			f->received_at = at(rows[i].received);
		fold();
		c = clock_of("nis2", rows[i].stage);
		if (c->state != rows[i].state || c->arguable != rows[i].arguable)
			fail_msg("row %zu: %s%s", i, clock_state_name(c->state),
				c->arguable ? " arguable" : "");
		assert_int_equal(c->unconfirmed, rows[i].received == NULL);
		assert_int_equal(c->settled_at, at(rows[i].received != NULL ?
			rows[i].received : rows[i].filed));
	}
}

static void the_month_runs_from_filed_not_received(void **unused)
{
	(void)unused;
	event("aware", AWARE);
	file("notification", NOTIFIED)->received_at = at("2026-11-24T08:00:00+01:00");
	fold();
	assert_int_equal(clock_of("nis2", "notification")->settled_at,
		at("2026-11-24T08:00:00+01:00"));
	expect_due("final-report", "2026-12-23T15:42:00+01:00");
}

static void a_request_reopens_a_closed_incident(void **unused)
{
	(void)unused;
	event("aware", AWARE);
	file("early-warning", AWARE);
	file("notification", NOTIFIED);
	file("final-report", "2026-12-22T10:00:00+01:00");
	expect_states("closed", "filed filed void void filed", INCIDENT_CLOSED);
	event("requested", "2027-01-11T10:00:00+01:00");
	expect_states("asked", "filed filed running void filed", INCIDENT_OPEN);
	assert_true(clock_of("nis2", "intermediate-report")->target);
	expect_due("intermediate-report", "2027-01-12T10:00:00+01:00");
	/* Nobody is late in law for a target of our own. */
	file("intermediate-report", "2027-01-13T10:00:00+01:00");
	expect_states("answered", "filed filed filed void filed", INCIDENT_CLOSED);

	event("requested", "2027-01-20T10:00:00+01:00")->due_at =
		at("2027-01-24T12:00:00+01:00");
	expect_states("asked again", "filed filed running void filed", INCIDENT_OPEN);
	expect_due("intermediate-report", "2027-01-24T12:00:00+01:00");
	assert_false(clock_of("nis2", "intermediate-report")->target);
	file("intermediate-report", "2027-01-24T12:00:01+01:00");
	expect_states("after the date", "filed filed filed-late void filed", INCIDENT_CLOSED);
}

static void a_waiver_is_a_recorded_decision(void **unused)
{
	(void)unused;
	event("aware", AWARE);
	waive("early-warning");
	waive("final-report");
	expect_states("waived", "waived running pending pending waived", INCIDENT_OPEN);
	expect_due("early-warning", "2026-11-22T09:17:00+01:00");
	assert_int_equal(clock_of("nis2", "final-report")->planned_at, TIME_NONE);
	file("early-warning", "2026-11-21T12:00:00+01:00");
	expect_states("a filing wins", "filed running pending pending waived", INCIDENT_OPEN);
}

/* A decision made before anybody asked is none about that request. */
static void a_waiver_does_not_cover_a_later_request(void **unused)
{
	(void)unused;
	event("aware", AWARE);
	waive("intermediate-report");
	expect_states("waived", "running running waived pending pending", INCIDENT_OPEN);
	event("requested", "2026-11-25T10:00:00+01:00");
	expect_states("asked", "running running running pending pending", INCIDENT_OPEN);
	waive("intermediate-report");
	expect_states("waived again", "running running waived pending pending", INCIDENT_OPEN);
}

static void dismissal_voids_what_is_not_settled(void **unused)
{
	(void)unused;
	event("aware", AWARE);
	file("early-warning", "2026-11-21T12:00:00+01:00");
	waive("notification");
	incident.dismissed_at = at("2026-11-21T14:00:00+01:00");
	expect_states("dismissed", "filed waived void void void", INCIDENT_DISMISSED);
	incident.n_events = incident.n_filings = incident.n_waivers = 0;
	expect_states("suspected, dismissed", "void void void void void", INCIDENT_DISMISSED);
	assert_int_equal(clocks[0].state, CLOCK_VOID);
}

static void a_suspected_incident_is_never_closed(void **unused)
{
	(void)unused;
	waive("early-warning");
	waive("notification");
	waive("intermediate-report");
	waive("progress-report");
	waive("final-report");
	expect_states("all waived", "waived waived waived waived waived", INCIDENT_SUSPECTED);
	event("aware", AWARE);
	expect_states("aware", "waived waived waived waived waived", INCIDENT_CLOSED);
}

static void awareness_can_differ_by_regime(void **unused)
{
	(void)unused;
	incident.n_regimes = 2;
	event_for("nis2", "aware", AWARE);
	expect_states("aware for nis2", "running running pending pending pending",
		INCIDENT_OPEN);
	assert_int_equal(clock_of("gdpr", "notification")->state, CLOCK_PENDING);
	event_for("gdpr", "aware", "2026-11-22T10:00:00+01:00");
	fold();
	assert_int_equal(clock_of("gdpr", "notification")->due_at,
		at("2026-11-25T10:00:00+01:00"));
	expect_due("notification", "2026-11-24T09:17:00+01:00");
	/* One for all stands behind one of its own, and before none. */
	event("aware", "2026-11-21T09:00:00+01:00");
	fold();
	expect_due("notification", "2026-11-24T09:17:00+01:00");
	incident.events[0].replaced = true;
	fold();
	expect_due("notification", "2026-11-24T09:00:00+01:00");
}

static void the_newest_record_counts(void **unused)
{
	(void)unused;
	event("aware", AWARE);
	event("aware", "2026-11-21T09:30:00+01:00");
	assert_ptr_equal(incident_event_for(&incident, "aware", "nis2"), &incident.events[1]);
	incident.events[1].replaced = true;
	assert_ptr_equal(incident_event_for(&incident, "aware", "nis2"), &incident.events[0]);
	assert_null(incident_event_for(&incident, "handled", "nis2"));
	event_for("nis2", "aware", "2026-11-21T09:40:00+01:00");
	event_for("nis2", "aware", AWARE);
	assert_ptr_equal(incident_event_for(&incident, "aware", "nis2"), &incident.events[3]);
	assert_ptr_equal(incident_event_for(&incident, "aware", "gdpr"), &incident.events[0]);
	assert_ptr_equal(incident_event_for(&incident, "aware", NULL), &incident.events[0]);
	file("notification", NOTIFIED);
	file("notification", "2026-11-23T16:00:00+01:00");
	assert_ptr_equal(incident_filing_for(&incident, "nis2", "notification"),
		&incident.filings[1]);
	assert_null(incident_filing_for(&incident, "gdpr", "notification"));
}

static void a_filing_without_its_anchor_folds(void **unused)
{
	const struct clock *c;

	(void)unused;
	file("final-report", NOTIFIED);
	fold();
	c = clock_of("nis2", "final-report");
	assert_int_equal(c->state, CLOCK_FILED);
	assert_int_equal(c->due_at, TIME_NONE);
	assert_int_equal(c->planned_at, TIME_NONE);
}

static void regimes_fold_once_and_must_exist(void **unused)
{
	const char *twice[] = { "nis2", "nis2" }, *unknown[] = { "nis3" };
	const struct entity_rules rules = { .book = nis2_rulebook(),
		.zone = nis2_zone("Europe/Brussels") };
	struct error err;

	(void)unused;
	incident.regimes = twice;
	incident.n_regimes = 2;
	assert_int_equal(0, incident_fold(&incident, &rules, arena, &clocks, &n_clocks, &state,
		&err));
	assert_int_equal(n_clocks, 5);
	incident.regimes = unknown;
	incident.n_regimes = 1;
	assert_int_equal(-1, incident_fold(&incident, &rules, arena, &clocks, &n_clocks,
		&state, &err));
	assert_string_equal(err.pointer, "/regimes");
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
		story(a_suspected_incident_has_the_assessment_clock),
		story(no_assessment_when_opened_with_awareness),
		story(an_incident_runs_to_its_end),
		story(ongoing_by_a_progress_report),
		story(ongoing_by_handling_recorded_late),
		story(a_progress_report_before_the_handling_changes_nothing),
		story(handling_before_notification_is_in_time),
		story(a_final_report_in_time_stays_filed),
		story(late_begins_after_nominal),
		story(the_month_runs_from_filed_not_received),
		story(a_request_reopens_a_closed_incident),
		story(a_waiver_is_a_recorded_decision),
		story(a_waiver_does_not_cover_a_later_request),
		story(dismissal_voids_what_is_not_settled),
		story(a_suspected_incident_is_never_closed),
		story(awareness_can_differ_by_regime),
		story(the_newest_record_counts),
		story(a_filing_without_its_anchor_folds),
		story(regimes_fold_once_and_must_exist),
	};

	return cmocka_run_group_tests(tests, NULL, release);
}
