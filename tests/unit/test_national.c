/*
 * The fold with a country's law beside the act's: its limbs and stages, what can be
 * argued by which, reports owed again and again, and what the operator decides. The
 * demonstration holidays of nis2_rules.h, in the zone of each story.
 */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/json.h"
#include "base/text.h"
#include "core/calculator.h"
#include "law_case.h"
#include "law_maker.h"
#include "nis2_rules.h"

/* Its own rulebook, for questions to the calculator. */
static struct rulebook book;

/* Law 89(I)/2020 of Cyprus: six hours by the authority's guide. */
static struct country *cyprus(void)
{
	static const struct law_beside rows[] = { { "early-warning", "aware", "- PT6H" } };

	return law_country(arena, "CY", nis2(), rows, 1, NULL, 0);
}

static void six_hours_in_cyprus(void **unused)
{
	const struct clock *c;

	(void)unused;
	live_in(cyprus(), "Asia/Nicosia");
	event("aware", "2026-11-21T09:17:00+02:00");
	c = expect("early-warning", "running aware", "2026-11-21T15:17:00+02:00",
		"2026-11-21T15:17:00+02:00", "2026-11-21T16:00:00+02:00");
	assert_string_equal(c->rules, "nis2/2026-11-21 CY/1");
	assert_string_equal(c->reference, "the authority's guide");
	expect_readings(c, "nis2 aware +, CY aware +");
	assert_string_equal(c->derivation[0], "aware 2026-11-21T09:17:00+02:00");
	expect_line(c, "CY: PT6H from aware, the authority's guide (authority's guidance, the "
		"statute was not read; verified, read 2026-09-03)");
	expect_line(c, "+ PT6H elapsed");
	expect_line(c, "the earliest of 2 periods binds: from aware");
	/* What the country did not change is the act's. */
	c = expect("notification", "running aware", "2026-11-24T09:17:00+02:00", NULL, NULL);
	assert_string_equal(c->rules, "nis2/2026-11-21");
	assert_null(c->readings);
	/* Late by the six hours, and by more than an hour. */
	hand_in("early-warning", "2026-11-21T15:30:00+02:00");
	assert_true(expect("early-warning", "filed-late aware", NULL, NULL, NULL)->arguable);
	incident.filings[0].filed_at = at("2026-11-21T16:00:01+02:00");
	assert_false(expect("early-warning", "filed-late aware", NULL, NULL, NULL)->arguable);
}

static void readings_say_where_they_come_from(void **unused)
{
	(void)unused;
	live_in(cyprus(), "Asia/Nicosia");
	event("aware", "2026-11-21T09:17:00+02:00");
	refold();
	assert_string_equal(find("early-warning")->readings,
		"[{\"law\":\"nis2\",\"anchor\":\"aware\","
		"\"anchor_at\":\"2026-11-21T07:17:00Z\",\"due_at\":\"2026-11-22T07:17:00Z\","
		"\"nominal_at\":\"2026-11-22T07:17:00Z\","
		"\"latest_at\":\"2026-11-22T08:00:00Z\","
		"\"reference\":\"Directive (EU) 2022/2555, Art. 23(4)(a)\",\"alarms\":true,"
		"\"derivation\":[\"aware 2026-11-21T09:17:00+02:00\",\"+ PT24H elapsed\","
		"\"latest: the hour of the event does not count (Reg. 1182/71 Art. 3(1)): "
		"2026-11-22T10:00:00+02:00\"]},"
		"{\"law\":\"CY\",\"anchor\":\"aware\",\"anchor_at\":\"2026-11-21T07:17:00Z\","
		"\"due_at\":\"2026-11-21T13:17:00Z\",\"nominal_at\":\"2026-11-21T13:17:00Z\","
		"\"latest_at\":\"2026-11-21T14:00:00Z\","
		"\"reference\":\"the authority's guide\",\"confidence\":\"verified\","
		"\"standing\":\"guidance\",\"source\":\"https://example.org/guide\","
		"\"read_on\":\"2026-09-03\",\"alarms\":true,"
		"\"derivation\":[\"aware 2026-11-21T09:17:00+02:00\","
		"\"CY: PT6H from aware, the authority's guide (authority's guidance, the "
		"statute was not read; verified, read 2026-09-03)\",\"+ PT6H elapsed\","
		"\"latest: the hour of the event does not count (Reg. 1182/71 Art. 3(1)): "
		"2026-11-21T16:00:00+02:00\"]}]");
}

static void sources_are_told_as_sure_as_they_are(void **unused)
{
	static const struct {
		enum standing standing;
		enum confidence confidence;
		const char *line;
	} rows[] = {
		{ STANDING_LAW, CONFIDENCE_SINGLE, "CY: PT6H from aware, the authority's "
			"guide (the law itself; one source)" },
		{ STANDING_THIRD_PARTY, CONFIDENCE_CONFLICT, "CY: PT6H from aware, the "
			"authority's guide (a third party's account, the statute was not "
			"read; sources disagree)" },
		{ STANDING_GUIDANCE, CONFIDENCE_UNVERIFIED, "CY: PT6H from aware, the "
			"authority's guide (authority's guidance, the statute was not read; "
			"unverified)" },
	};
	size_t i;

	(void)unused;
	live_in(cyprus(), "Asia/Nicosia");
	event("aware", AWARE);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		rules.country->overlays->provenance.standing = rows[i].standing;
		rules.country->overlays->provenance.confidence = rows[i].confidence;
		rules.country->overlays->provenance.read_day = DAY_NONE;
		refold();
		expect_line(find("early-warning"), rows[i].line);
	}
}

/* Decreto-Lei 125/2025: 30 working days from the end of the impact, which may be
 * after the month of the directive: both are shown, the earlier alarms. */
static void thirty_working_days_in_portugal(void **unused)
{
	static const struct law_beside rows[] = {
		{ "final-report", "filed:notification", "impact-ended P30WD reading" },
	};
	static const struct law_stage more[] = {
		{ .name = "end-of-impact", .limbs = { "impact-ended PT24H" } },
	};
	const struct clock *c;

	(void)unused;
	live_in(law_country(arena, "PT", nis2(), rows, 1, more, 1), "Europe/Lisbon");
	event("aware", "2026-11-21T09:17:00Z");
	hand_in("notification", "2026-11-23T15:42:00Z");
	c = expect("end-of-impact", "pending impact-ended", NULL, NULL, NULL);
	assert_string_equal(c->rules, "nis2/2026-11-21 PT/1");
	c = expect("final-report", "running filed:notification", "2026-12-23T15:42:00+00:00",
		"2026-12-24T00:00:00+00:00", "2026-12-24T00:00:00+00:00");
	expect_readings(c, "nis2 filed:notification +, PT impact-ended +?");

	event("impact-ended", "2026-11-24T10:00:00Z");
	expect("end-of-impact", "running impact-ended", "2026-11-25T10:00:00+00:00", NULL,
		NULL);
	c = expect("final-report", "running filed:notification", "2026-12-23T15:42:00+00:00",
		"2026-12-24T00:00:00+00:00", "2027-01-08T00:00:00+00:00");
	expect_readings(c, "nis2 filed:notification +, PT impact-ended +");
	expect_line(c, "2 readings of the law, the earliest alarms: from filed:notification");
	expect_line(c, "arguable by another reading, from impact-ended, until "
		"2027-01-08T00:00:00+00:00");
	hand_in("final-report", "2027-01-07T23:59:59Z");
	c = expect("final-report", "filed-late filed:notification", NULL, NULL, NULL);
	assert_true(c->arguable);
	incident.filings[1].filed_at = at("2027-01-08T00:00:00Z");
	c = expect("final-report", "filed-late filed:notification", NULL, NULL, NULL);
	assert_false(c->arguable);
}

/* Lithuania, Art. 18(4): the month runs from "the notification in point 1". */
static void the_month_from_the_early_warning(void **unused)
{
	static const struct law_beside rows[] = {
		{ "final-report", "filed:notification", "filed:early-warning P1M reading" },
	};

	(void)unused;
	live_in(law_country(arena, "LT", nis2(), rows, 1, NULL, 0), "Europe/Vilnius");
	event("aware", "2026-11-21T09:17:00+02:00");
	expect("final-report", "pending filed:notification", NULL, NULL, NULL);
	assert_int_equal(find("final-report")->planned_at, at("2026-12-21T09:17:00+02:00"));
	hand_in("early-warning", "2026-11-21T12:00:00+02:00");
	expect("final-report", "running filed:early-warning", "2026-12-21T12:00:00+02:00",
		"2026-12-22T00:00:00+02:00", "2026-12-22T00:00:00+02:00");
	hand_in("notification", "2026-11-23T15:42:00+02:00");
	expect("final-report", "running filed:early-warning", "2026-12-21T12:00:00+02:00",
		"2026-12-22T00:00:00+02:00", "2026-12-24T00:00:00+02:00");
}

/* Italy: a report each month while the incident goes on. */
static void a_report_that_is_owed_again_and_again(void **unused)
{
	static const struct law_stage more[] = {
		{ .name = "monthly-report", .limbs = { "filed:notification P1M",
			"filed:monthly-report P1M" }, .repeatable = true,
			.void_when = { "event:handled", "filed:final-report" } },
	};
	const struct clock *c;

	(void)unused;
	live_in(law_country(arena, "IT", nis2(), NULL, 0, more, 1), "Europe/Rome");
	event("aware", AWARE);
	expect("monthly-report", "pending filed:notification", NULL, NULL, NULL);
	hand_in("notification", NOTIFIED);
	c = expect("monthly-report", "running filed:notification",
		"2026-12-23T15:42:00+01:00", NULL, NULL);
	assert_true(c->repeatable);
	expect_readings(c, "IT filed:notification +, IT filed:monthly-report +?");
	hand_in("monthly-report", "2026-12-20T10:00:00+01:00");
	c = expect("monthly-report", "running filed:monthly-report",
		"2027-01-20T10:00:00+01:00", NULL, NULL);
	expect_readings(c, "IT filed:notification -, IT filed:monthly-report +");
	hand_in("monthly-report", "2027-01-19T10:00:00+01:00");
	expect("monthly-report", "running filed:monthly-report",
		"2027-02-19T10:00:00+01:00", NULL, NULL);
	/* One that is recorded late does not turn the clock back. */
	hand_in("monthly-report", "2027-01-05T10:00:00+01:00");
	expect("monthly-report", "running filed:monthly-report",
		"2027-02-19T10:00:00+01:00", NULL, NULL);
	event("handled", "2027-02-01T10:00:00+01:00");
	expect("monthly-report", "void filed:monthly-report", NULL, NULL, NULL);
}

static void an_override_decides_whose_law_alarms(void **unused)
{
	static const struct law_beside rows[] = {
		{ "early-warning", "aware", "- PT6H" },
		{ "final-report", "filed:notification", "impact-ended P30WD reading" },
	};
	struct entity_override overrides[] = {
		{ "nis2", "early-warning", false, "counsel", "the statute says 24 hours" },
		{ "nis2", "final-report", true, "counsel", "opinion 7" },
		{ "nis2", "notification", true, "counsel", "no limb of the country there" },
	};
	const struct clock *c;

	(void)unused;
	live_in(law_country(arena, "XY", nis2(), rows, 2, NULL, 0), "Europe/Brussels");
	rules.overrides = overrides;
	rules.n_overrides = 3;
	event("aware", AWARE);
	hand_in("notification", NOTIFIED);
	c = expect("early-warning", "running aware", "2026-11-22T09:17:00+01:00", NULL,
		"2026-11-22T10:00:00+01:00");
	expect_readings(c, "nis2 aware +, XY aware -");
	expect_line(c, "only an act counts here, by decision of counsel: "
		"the statute says 24 hours");
	assert_string_equal(c->reference, "Directive (EU) 2022/2555, Art. 23(4)(a)");
	/* Until the law that was chosen has begun, the other one is better than silence. */
	c = expect("final-report", "running filed:notification", "2026-12-23T15:42:00+01:00",
		NULL, NULL);
	event("impact-ended", "2026-11-24T10:00:00+01:00");
	c = expect("final-report", "running impact-ended", "2027-01-07T10:00:00+01:00",
		"2027-01-08T00:00:00+01:00", "2027-01-08T00:00:00+01:00");
	expect_readings(c, "nis2 filed:notification -, XY impact-ended +");
	expect_line(c, "only the country's law counts here, by decision of counsel: "
		"opinion 7");
	c = expect("notification", "filed aware", "2026-11-24T09:17:00+01:00", NULL, NULL);
	assert_int_equal(c->n_derivation, 3);
}

static void a_law_counts_from_its_day(void **unused)
{
	static const struct {
		const char *aware, *due;
	} rows[] = {
		{ "2026-11-21T23:59:59+02:00", "2026-11-22T23:59:59+02:00" },
		{ "2026-11-22T00:00:00+02:00", "2026-11-22T06:00:00+02:00" },
	};
	static const struct law_stage more[] = {
		{ .name = "more", .limbs = { "aware P1M" } },
	};
	size_t i;

	(void)unused;
	live_in(cyprus(), "Asia/Nicosia");
	day_parse("2026-11-22", &rules.country->overlays->from_day, NULL);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		incident.n_events = 0;
		event("aware", rows[i].aware);
		expect("early-warning", "running aware", rows[i].due, NULL, NULL);
	}
	/* Nobody is aware yet: the day of the earliest event, if there is any. */
	live_in(law_country(arena, "XY", nis2(), NULL, 0, more, 1), "Europe/Brussels");
	day_parse("2026-11-22", &rules.country->overlays->from_day, NULL);
	incident.n_events = 0;
	event("detected", "2026-11-21T09:00:00+01:00");
	refold();
	assert_null(find("more"));
	incident.events[0].at = at("2026-11-22T09:00:00+01:00");
	refold();
	assert_non_null(find("more"));
	incident.n_events = 0;
	incident.opened_at = at("2026-11-21T09:00:00+01:00");
	refold();
	assert_null(find("more"));
}

static int calculate_text(const char *question, struct calculation *ret, struct error *err)
{
	char *text = arena_strdup(arena, question), *p;
	json_t *json;
	int result;

	for (p = text; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	json = json_read(text, strlen(text), err);
	if (json == NULL)
		fail_msg("%s: %s", question, err->text);
	result = calculate(json, &book, arena, ret, err);
	json_decref(json);
	return result;
}

static void the_calculator_knows_the_country(void **unused)
{
	static const struct law_beside limb[] = { { "early-warning", "aware", "- PT6H" } };
	static const struct law_stage more[] = {
		{ .name = "more", .limbs = { "aware P1M" }, .when = { "trait:bank" } },
	};
	static const struct {
		const char *question, *pointer, *text;
	} rows[] = {
		{ "{'country':'CY','filings':{'mor':'2026-11-21T09:17:00Z'}}", "/filings/mor",
			"did you mean \"more\"?" },
		{ "{'filings':{'more':'2026-11-21T09:17:00Z'}}", "/filings/more",
			"no such stage" },
		{ "{'country':'CY','traits':['bank'],'events':{'aware':"
			"'2026-11-20T09:17:00Z'},'filings':{'more':"
			"'2026-11-21T09:17:00Z'}}", "/filings/more",
			"not owed here" },	/* before the country's law was in force */
		{ "{'country':'CY','traits':['bnak']}", "/traits/0",
			"did you mean \"bank\"?" },
	};
	struct calculation result;
	struct error err;
	size_t i;

	(void)unused;
	book = *nis2_rulebook();
	book.countries = law_country(arena, "CY", nis2(), limb, 1, more, 1);
	day_parse("2026-11-21", &book.countries->overlays->from_day, NULL);
	if (calculate_text("{'country':'CY','timezone':'Asia/Nicosia','traits':['bank'],"
			"'events':{'aware':'2026-11-21T09:17:00+02:00'},'filings':"
			"{'more':'2026-12-20T10:00:00+02:00'}}", &result, &err) < 0)
		fail_msg("%s %s", err.pointer, err.text);
	assert_int_equal(result.n_clocks, 6);
	assert_int_equal(result.clocks[0].due_at, at("2026-11-21T15:17:00+02:00"));
	assert_int_equal(result.clocks[5].state, CLOCK_FILED);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		if (calculate_text(rows[i].question, &result, &err) == 0)
			fail_msg("%s: not refused", rows[i].question);
		if (strcmp(err.pointer, rows[i].pointer) != 0 ||
				strstr(err.text, rows[i].text) == NULL)
			fail_msg("%s: %s %s", rows[i].question, err.pointer, err.text);
	}
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
		story(six_hours_in_cyprus),
		story(readings_say_where_they_come_from),
		story(sources_are_told_as_sure_as_they_are),
		story(thirty_working_days_in_portugal),
		story(the_month_from_the_early_warning),
		story(a_report_that_is_owed_again_and_again),
		story(an_override_decides_whose_law_alarms),
		story(a_law_counts_from_its_day),
		story(the_calculator_knows_the_country),
	};

	return cmocka_run_group_tests(tests, NULL, release);
}
