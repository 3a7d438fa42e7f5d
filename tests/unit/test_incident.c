/*
 * What may be recorded of an incident, each refusal with its place in the
 * request; and the names of states.
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

static const struct incident_event good_event = {
	.type = "handled", .by = "j.doe", .basis = "systems rebuilt", .due_at = TIME_NONE,
};

static void expect_event(const char *what, const struct incident_event *e, bool replaces,
	enum error_code code, const char *pointer, const char *text)
{
	struct error err = { .code = ERROR_NONE };

	fold();
	incident_check_event(&incident, clocks, n_clocks, e, replaces,
		at("2026-12-01T10:00:00+01:00"), &err);
	if (err.code != code || strcmp(err.pointer, pointer) != 0 ||
			strstr(err.text, text) == NULL)
		fail_msg("%s: %d \"%s\" %s", what, (int)err.code, err.pointer, err.text);
}

static struct incident_event event_like(const char *type, const char *time)
{
	struct incident_event e = good_event;

	e.type = type;
	e.at = at(time);
	return e;
}

static void events_are_refused_with_a_place(void **unused)
{
	static const char *const noon = "2026-11-30T12:00:00+01:00";
	struct incident_event e;

	(void)unused;
	event("occurred", "2026-11-20T22:00:00+01:00");
	event("aware", AWARE);
	e = event_like("handled", noon);
	expect_event("good", &e, false, ERROR_NONE, "", "");
	e = event_like("handeld", noon);
	expect_event("slip", &e, false, ERROR_INVALID, "/type", "did you mean \"handled\"");
	e = event_like("Aware!", noon);
	expect_event("form", &e, false, ERROR_INVALID, "/type", "");
	e = event_like("exfiltrated", noon);
	expect_event("unknown", &e, false, ERROR_INVALID, "/type", "it is one of");
	e = event_like("handled", "2026-12-01T10:05:00+01:00");
	expect_event("5 minutes ahead", &e, false, ERROR_NONE, "", "");
	e = event_like("handled", "2026-12-01T10:05:00.001+01:00");
	expect_event("future", &e, false, ERROR_INVALID, "/at", "future");
	e.at = TIME_NONE;
	expect_event("no time", &e, false, ERROR_INVALID, "/at", "missing");
	e = event_like("handled", noon);
	e.regime = "gdpr";
	expect_event("regime", &e, false, ERROR_INVALID, "/regime", "not under");
	e = event_like("handled", noon);
	e.by = "";
	expect_event("by", &e, false, ERROR_INVALID, "/by", "missing");
	e = event_like("handled", noon);
	e.basis = NULL;
	expect_event("basis", &e, false, ERROR_INVALID, "/basis", "missing");
	e = event_like("recovered", noon);
	e.basis = NULL;
	expect_event("no basis needed", &e, false, ERROR_NONE, "", "");
	expect_event("basis of a change", &e, true, ERROR_INVALID, "/basis", "missing");
	e = event_like("handled", "2026-11-21T09:16:59+01:00");
	expect_event("handled early", &e, false, ERROR_INVALID, "/at",
		"aware 2026-11-21T08:17:00Z");
	e = event_like("aware", "2026-11-20T21:59:59+01:00");
	expect_event("aware early", &e, true, ERROR_INVALID, "/at",
		"occurred 2026-11-20T21:00:00Z");
	e = event_like("occurred", "2026-11-21T10:00:00+01:00");
	expect_event("occurred late", &e, true, ERROR_INVALID, "/at", "aware");
	e = event_like("handled", noon);
	e.due_at = at(noon);
	expect_event("due of another", &e, false, ERROR_INVALID, "/due_at", "only a request");
	e = event_like("requested", noon);
	e.due_at = at("2026-11-30T11:59:59+01:00");
	expect_event("due before", &e, false, ERROR_INVALID, "/due_at", "earlier");
	e = event_like("handled", noon);
	incident.dismissed_at = at("2026-11-22T09:00:00+01:00");
	expect_event("dismissed", &e, false, ERROR_CONFLICT, "", "dismissed");
}

static void an_anchor_is_changed_only_on_purpose(void **unused)
{
	struct incident_event e;

	(void)unused;
	incident.n_regimes = 2;
	event("aware", AWARE);
	e = event_like("aware", "2026-11-21T09:20:00+01:00");
	expect_event("again", &e, false, ERROR_CONFLICT, "/at", "\"replaces\": true");
	expect_event("a change", &e, true, ERROR_NONE, "", "");
	e.regime = "gdpr";
	expect_event("another scope", &e, false, ERROR_NONE, "", "");
	event_for("gdpr", "aware", "2026-11-21T09:20:00+01:00");
	expect_event("again", &e, false, ERROR_CONFLICT, "/at", "\"replaces\": true");
}

static void a_new_request_needs_an_answered_one(void **unused)
{
	struct incident_event e;

	(void)unused;
	event("aware", AWARE);
	event("requested", "2026-11-22T10:00:00+01:00");
	e = event_like("requested", "2026-11-25T10:00:00+01:00");
	expect_event("unanswered", &e, false, ERROR_CONFLICT, "/at", "replaces");
	file("early-warning", "2026-11-23T10:00:00+01:00");
	expect_event("another report", &e, false, ERROR_CONFLICT, "/at", "replaces");
	file("intermediate-report", "2026-11-24T10:00:00+01:00");
	expect_event("answered", &e, false, ERROR_NONE, "", "");
	e = event_like("requested", "2026-11-24T10:00:00+01:00");
	expect_event("not later than the answer", &e, false, ERROR_CONFLICT, "/at",
		"replaces");
}

static const char digest[] =
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

static struct filing filing_like(const char *stage, const char *time)
{
	return (struct filing){ .regime = "nis2", .stage = stage, .filed_at = at(time),
		.received_at = TIME_NONE, .by = "j.doe", .recipient = "CSIRT",
		.reference = "R-1",
		.digest = digest };
}

static void expect_filing(const char *what, const struct filing *f, bool replaces,
	enum error_code code, const char *pointer, const char *text)
{
	struct error err = { .code = ERROR_NONE };

	fold();
	incident_check_filing(&incident, clocks, n_clocks, f, replaces,
		at("2026-11-22T08:00:00+01:00"), &err);
	if (err.code != code || strcmp(err.pointer, pointer) != 0 ||
			strstr(err.text, text) == NULL)
		fail_msg("%s: %d \"%s\" %s", what, (int)err.code, err.pointer, err.text);
}

static void filings_are_refused_with_a_place(void **unused)
{
	static const char *const then = "2026-11-22T07:00:00+01:00";
	struct filing f, good = filing_like("early-warning", then);

	(void)unused;
	event("aware", AWARE);
	expect_filing("good", &good, false, ERROR_NONE, "", "");
	f = good, f.regime = NULL;
	expect_filing("no regime", &f, false, ERROR_INVALID, "/regime", "missing");
	f = good, f.regime = "gdpr";
	expect_filing("regime", &f, false, ERROR_INVALID, "/regime", "not under");
	f = good, f.stage = "early-warnin";
	expect_filing("stage", &f, false, ERROR_INVALID, "/stage",
		"did you mean \"early-warning\"");
	f = good, f.regime = REGIME_INTERNAL, f.stage = STAGE_ASSESSMENT;
	expect_filing("assessment", &f, false, ERROR_INVALID, "/stage", "not filed");
	f = good, f.by = NULL;
	expect_filing("by", &f, false, ERROR_INVALID, "/by", "missing");
	f = good, f.recipient = "";
	expect_filing("recipient", &f, false, ERROR_INVALID, "/recipient", "missing");
	f = good, f.reference = NULL;
	expect_filing("reference", &f, false, ERROR_INVALID, "/reference", "missing");
	f = good, f.digest = "abc";
	expect_filing("digest", &f, false, ERROR_INVALID, "/digest", "64");
	f = good, f.digest = NULL;
	expect_filing("no digest", &f, false, ERROR_NONE, "", "");
	f = filing_like("early-warning", "2026-11-22T08:05:00.001+01:00");
	expect_filing("future", &f, false, ERROR_INVALID, "/filed_at", "future");
	f = filing_like("early-warning", "2026-11-21T09:16:59+01:00");
	expect_filing("before awareness", &f, false, ERROR_INVALID, "/filed_at",
		"aware 2026-11-21T08:17:00Z");
	f = filing_like("final-report", then);
	expect_filing("no anchor", &f, false, ERROR_INVALID, "/stage", "filed:notification");
	f = filing_like("intermediate-report", then);
	expect_filing("not asked", &f, false, ERROR_INVALID, "/stage", "requested");
	f = good, f.received_at = good.filed_at - 1;
	expect_filing("received", &f, false, ERROR_INVALID, "/received_at", "earlier");
	f = good, f.received_at = at("2026-11-22T08:06:00+01:00");
	expect_filing("received ahead", &f, false, ERROR_INVALID, "/received_at", "future");
	file("early-warning", then);
	expect_filing("twice", &good, false, ERROR_CONFLICT, "/stage", "already filed");
	expect_filing("replaced", &good, true, ERROR_NONE, "", "");
}

/* It says so in its stage: another one is no conflict, and no change of the first. */
static void a_repeatable_report_is_filed_again(void **unused)
{
	struct filing again = filing_like("early-warning", "2026-11-22T07:30:00+01:00");
	struct filing before = filing_like("early-warning", "2026-11-21T09:16:59+01:00");
	struct error err = { .code = ERROR_NONE };
	int64_t now = at("2026-11-22T08:00:00+01:00");

	(void)unused;
	event("aware", AWARE);
	file("early-warning", "2026-11-22T07:00:00+01:00");
	fold();
	assert_int_equal(clocks[1].state, CLOCK_FILED);
	assert_int_equal(-1, incident_check_filing(&incident, clocks, n_clocks, &again, false,
		now, &err));
	clocks[1].repeatable = true;
	assert_int_equal(0, incident_check_filing(&incident, clocks, n_clocks, &again, false,
		now, &err));
	/* What it runs from now may have come after one that is recorded late. */
	assert_int_equal(0, incident_check_filing(&incident, clocks, n_clocks, &before, false,
		now, &err));
	clocks[1].anchor_at = TIME_NONE;
	assert_int_equal(-1, incident_check_filing(&incident, clocks, n_clocks, &again, false,
		now, &err));
}

static void names_go_both_ways(void **unused)
{
	enum severity severity = SEVERITY_UNKNOWN;
	enum clock_state clock_state = CLOCK_PENDING;
	struct error err;

	(void)unused;
	assert_int_equal(0, severity_parse("critical", &severity, &err));
	assert_int_equal(severity, SEVERITY_CRITICAL);
	assert_string_equal(severity_name(severity), "critical");
	assert_int_equal(-1, severity_parse("urgent", &severity, &err));
	assert_string_equal(err.pointer, "/severity");
	assert_int_equal(0, clock_state_parse("filed-late", &clock_state));
	assert_int_equal(clock_state, CLOCK_FILED_LATE);
	assert_int_equal(-1, clock_state_parse("overdue", &clock_state));
	assert_true(clock_is_settled(CLOCK_VOID));
	assert_false(clock_is_settled(CLOCK_RUNNING));
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
		story(events_are_refused_with_a_place),
		story(an_anchor_is_changed_only_on_purpose),
		story(a_new_request_needs_an_answered_one),
		story(filings_are_refused_with_a_place),
		story(a_repeatable_report_is_filed_again),
		story(names_go_both_ways),
	};

	return cmocka_run_group_tests(tests, NULL, release);
}
