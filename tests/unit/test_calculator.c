/*
 * The calculator end to end: a question in JSON, the clocks that the law gives.
 * The instants were worked out by hand from Regulation (EEC, Euratom) 1182/71 and
 * the calendar; the demonstration country is in nis2_rules.h.
 */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/text.h"
#include "core/calculator.h"
#include "nis2_rules.h"

static struct arena *arena;

/* The clock of a stage after the question (in single quotes); the test fails if
 * it is refused. */
static const struct clock *ask(const char *question, const char *stage)
{
	static struct calculation result;
	char *text = strdup(question), *p;
	struct error err = { .code = ERROR_NONE };
	json_t *json;
	size_t i;
	int ok;

	for (p = text; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	json = json_read(text, strlen(text), &err);
	free(text);
	if (json == NULL)
		fail_msg("%s: %s", question, err.text);
	ok = calculate(json, nis2_rulebook(), arena, &result, &err);
	json_decref(json);
	if (ok < 0)
		fail_msg("%s: %s %s", question, err.pointer, err.text);
	for (i = 0; i < result.n_clocks; i++)
		if (strcmp(result.clocks[i].stage, stage) == 0)
			return &result.clocks[i];
	fail_msg("%s: no clock %s", question, stage);
	return NULL;
}

static void expect_at(const char *what, int64_t got, const char *want)
{
	char text[RFC3339_SIZE] = "none";

	if (got != TIME_NONE)
		rfc3339_format(got, text);
	if (got != (want == NULL ? TIME_NONE : at(want)))
		fail_msg("%s: %s, not %s", what, text, want != NULL ? want : "none");
}

static void expect(const char *what, const struct clock *c, enum clock_state state,
	const char *due, const char *nominal, const char *latest)
{
	if (c->state != state)
		fail_msg("%s: %s, not %s", what, clock_state_name(c->state),
			clock_state_name(state));
	expect_at(what, c->due_at, due);
	expect_at(what, c->nominal_at, nominal);
	expect_at(what, c->latest_at, latest);
}

/* One month from the filing of the notification, Europe/Brussels. */
static void a_month_runs_from_the_filing(void **state)
{
	static const struct {
		const char *filed, *due, *nominal, *latest;
	} rows[] = {
		{ "2026-11-21T10:00:00+01:00", "2026-12-21T09:00:00Z", "2026-12-21T23:00:00Z",
			"2026-12-21T23:00:00Z" },
		{ "2026-11-25T10:00:00+01:00", "2026-12-25T09:00:00Z", "2026-12-25T23:00:00Z",
			"2026-12-28T23:00:00Z" },
		{ "2026-12-01T10:00:00+01:00", "2027-01-01T09:00:00Z", "2027-01-01T23:00:00Z",
			"2027-01-04T23:00:00Z" },
		{ "2026-12-31T10:00:00+01:00", "2027-01-31T09:00:00Z", "2027-01-31T23:00:00Z",
			"2027-02-01T23:00:00Z" },
		{ "2027-01-30T10:00:00+01:00", "2027-02-28T09:00:00Z", "2027-02-28T23:00:00Z",
			"2027-03-01T23:00:00Z" },
		{ "2027-01-31T10:00:00+01:00", "2027-02-28T09:00:00Z", "2027-02-28T23:00:00Z",
			"2027-03-01T23:00:00Z" },
		{ "2028-01-31T10:00:00+01:00", "2028-02-29T09:00:00Z", "2028-02-29T23:00:00Z",
			"2028-02-29T23:00:00Z" },
		{ "2028-02-29T10:00:00+01:00", "2028-03-29T08:00:00Z", "2028-03-29T22:00:00Z",
			"2028-03-29T22:00:00Z" },
		{ "2027-02-26T10:00:00+01:00", "2027-03-26T09:00:00Z", "2027-03-26T23:00:00Z",
			"2027-03-30T22:00:00Z" },
		{ "2027-02-28T10:00:00+01:00", "2027-03-28T08:00:00Z", "2027-03-28T22:00:00Z",
			"2027-03-30T22:00:00Z" },
		{ "2027-03-31T10:00:00+02:00", "2027-04-30T08:00:00Z", "2027-04-30T22:00:00Z",
			"2027-04-30T22:00:00Z" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		char question[256];

		snprintf(question, sizeof(question), "{'country':'XX','events':{'aware':'%s'},"
			"'filings':{'notification':'%s'}}", rows[i].filed, rows[i].filed);
		expect(rows[i].filed, ask(question, "final-report"), CLOCK_RUNNING,
			rows[i].due, rows[i].nominal, rows[i].latest);
		expect(rows[i].filed, ask(question, "progress-report"), CLOCK_RUNNING,
			rows[i].due, rows[i].nominal, rows[i].latest);
	}
}

/* Hours are elapsed hours, through holidays and both changes of the clock. */
static void hours_elapse(void **state)
{
	static const struct {
		const char *aware, *stage, *due, *latest;
	} rows[] = {
		{ "2026-11-21T09:17:00+01:00", "early-warning", "2026-11-22T08:17:00Z",
			"2026-11-22T09:00:00Z" },
		{ "2026-11-21T09:17:00+01:00", "notification", "2026-11-24T08:17:00Z",
			"2026-11-24T09:00:00Z" },
		{ "2026-12-24T18:10:00+01:00", "notification", "2026-12-27T17:10:00Z",
			"2026-12-27T18:00:00Z" },
		{ "2027-03-27T12:00:00+01:00", "notification", "2027-03-30T11:00:00Z",
			"2027-03-30T12:00:00Z" },
		{ "2026-10-24T12:00:00+02:00", "early-warning", "2026-10-25T10:00:00Z",
			"2026-10-25T11:00:00Z" },
		{ "2026-10-24T12:00:00+02:00", "notification", "2026-10-27T10:00:00Z",
			"2026-10-27T11:00:00Z" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		char question[256];

		snprintf(question, sizeof(question),
			"{'country':'XX','events':{'aware':'%s'}}", rows[i].aware);
		expect(rows[i].aware, ask(question, rows[i].stage), CLOCK_RUNNING, rows[i].due,
			rows[i].due, rows[i].latest);
	}
}

#define AWARE "'country':'XX','events':{'aware':'2026-11-21T09:17:00+01:00'"
#define NOTIFIED "'filings':{'notification':'2026-11-23T15:42:00+01:00'"

static void one_incident_from_awareness_to_the_final_report(void **state)
{
	const struct clock *c;

	(void)state;
	c = ask("{" AWARE "}}", "early-warning");
	expect("early warning", c, CLOCK_RUNNING, "2026-11-22T08:17:00Z",
		"2026-11-22T08:17:00Z", "2026-11-22T09:00:00Z");
	assert_string_equal(c->derivation[0], "aware 2026-11-21T09:17:00+01:00");
	assert_string_equal(c->derivation[1], "+ PT24H elapsed");
	assert_string_equal(c->rules, "nis2/2026-11-21");
	assert_string_equal(c->reference, "Directive (EU) 2022/2555, Art. 23(4)(a)");

	c = ask("{" AWARE "}}", "final-report");
	expect("final, not notified", c, CLOCK_PENDING, NULL, NULL, NULL);
	assert_string_equal(c->anchor, "filed:notification");
	expect_at("planned", c->planned_at, "2026-12-21T08:17:00Z");

	c = ask("{" AWARE "}," NOTIFIED "}}", "notification");
	expect("notification", c, CLOCK_FILED, "2026-11-24T08:17:00Z", "2026-11-24T08:17:00Z",
		"2026-11-24T09:00:00Z");
	assert_true(c->unconfirmed);

	c = ask("{" AWARE "}," NOTIFIED "}}", "final-report");
	expect("final", c, CLOCK_RUNNING, "2026-12-23T14:42:00Z", "2026-12-23T23:00:00Z",
		"2026-12-23T23:00:00Z");
	assert_string_equal(c->derivation[0], "filed:notification 2026-11-23T15:42:00+01:00");
	expect_at("planned", c->planned_at, NULL);

	c = ask("{" AWARE ",'handled':'2027-01-29T17:00:00+01:00'}," NOTIFIED
		",'progress-report':'2026-12-23T12:00:00+01:00'}}", "final-report");
	expect("final after ongoing", c, CLOCK_RUNNING, "2027-02-28T16:00:00Z",
		"2027-02-28T23:00:00Z", "2027-03-01T23:00:00Z");
	assert_string_equal(c->anchor, "handled");
	assert_string_equal(c->reference, "Directive (EU) 2022/2555, Art. 23(4)(e)");
}

static void a_late_notification_moves_the_month_but_not_the_bound(void **state)
{
	(void)state;
	/* Missing: no anchor, so a bound only, however late it is. */
	expect_at("planned", ask("{" AWARE "}}", "progress-report")->planned_at,
		"2026-12-21T08:17:00Z");
	expect("late notification", ask("{" AWARE "},'filings':{'notification':"
		"'2026-12-02T10:00:00+01:00'}}", "notification"), CLOCK_FILED_LATE,
		"2026-11-24T08:17:00Z", "2026-11-24T08:17:00Z", "2026-11-24T09:00:00Z");
	expect("final after it", ask("{" AWARE "},'filings':{'notification':"
		"'2026-12-02T10:00:00+01:00'}}", "final-report"), CLOCK_RUNNING,
		"2027-01-02T09:00:00Z", "2027-01-02T23:00:00Z", "2027-01-04T23:00:00Z");
	/* Nothing is known yet: no bound either. */
	expect_at("planned", ask("{}", "final-report")->planned_at, NULL);
	expect("not aware", ask("{}", "early-warning"), CLOCK_PENDING, NULL, NULL, NULL);
}

static void trust_services_notify_within_24_hours(void **state)
{
	static const char question[] = "{'traits':['trust-service']," AWARE "}," NOTIFIED "}}";
	const struct clock *c = ask(question, "notification");

	(void)state;
	expect("notification", c, CLOCK_FILED_LATE, "2026-11-22T08:17:00Z",
		"2026-11-22T08:17:00Z", "2026-11-22T09:00:00Z");
	assert_string_equal(c->reference,
		"Directive (EU) 2022/2555, Art. 23(4), last subparagraph");
	expect("the month still runs from the filing", ask(question, "final-report"),
		CLOCK_RUNNING, "2026-12-23T14:42:00Z", "2026-12-23T23:00:00Z",
		"2026-12-23T23:00:00Z");
}

/* It may be there for a regime to come; only a slip of the hand is refused. */
static void a_trait_that_no_rule_knows_is_accepted(void **state)
{
	(void)state;
	expect("unknown", ask("{'traits':['space-operator']," AWARE "}}", "notification"),
		CLOCK_RUNNING, "2026-11-24T08:17:00Z", "2026-11-24T08:17:00Z",
		"2026-11-24T09:00:00Z");
}

static void a_request_brings_its_date_or_gets_our_target(void **state)
{
	static const char asked[] = "{" AWARE ",'requested':'2026-11-25T10:00:00+01:00'}}";
	static const char dated[] = "{" AWARE ",'requested':'2026-11-25T10:00:00+01:00'},"
		"'due':{'requested':'2026-12-05T12:00:00+01:00'}}";
	const struct clock *c;

	(void)state;
	c = ask("{" AWARE "}}", "intermediate-report");
	expect("not asked", c, CLOCK_PENDING, NULL, NULL, NULL);
	assert_true(c->on_request);
	c = ask(asked, "intermediate-report");
	expect("no date", c, CLOCK_RUNNING, "2026-11-26T09:00:00Z", "2026-11-26T09:00:00Z",
		"2026-11-26T09:00:00Z");
	assert_true(c->target);
	assert_non_null(strstr(c->derivation[1], "target PT24H of our own"));
	/* 5 December 2026 is a Saturday: a date is not rolled. */
	c = ask(dated, "intermediate-report");
	expect("a date", c, CLOCK_RUNNING, "2026-12-05T11:00:00Z", "2026-12-05T11:00:00Z",
		"2026-12-05T11:00:00Z");
	assert_false(c->target);
	assert_non_null(strstr(c->derivation[1],
		"a date, no roll, 2026-12-05T12:00:00+01:00"));
}

static void receipt_settles_and_filing_starts_the_next(void **state)
{
	static const char question[] = "{" AWARE "}," NOTIFIED ",'early-warning':"
		"'2026-11-22T09:10:00+01:00'},'received':{'early-warning':"
		"'2026-11-22T09:50:00+01:00','notification':'2026-11-24T09:17:00+01:00'}}";
	const struct clock *c = ask(question, "early-warning");

	(void)state;
	expect("received after 24 h, within the hour", c, CLOCK_FILED_LATE,
		"2026-11-22T08:17:00Z", "2026-11-22T08:17:00Z", "2026-11-22T09:00:00Z");
	assert_true(c->arguable);
	assert_false(c->unconfirmed);
	expect_at("settled", c->settled_at, "2026-11-22T08:50:00Z");
	c = ask(question, "notification");
	expect("received at the last instant", c, CLOCK_FILED, "2026-11-24T08:17:00Z",
		"2026-11-24T08:17:00Z", "2026-11-24T09:00:00Z");
	expect("runs from filed_at", ask(question, "final-report"), CLOCK_RUNNING,
		"2026-12-23T14:42:00Z", "2026-12-23T23:00:00Z", "2026-12-23T23:00:00Z");
}

static void the_zone_decides_the_date(void **state)
{
	static const char *const form = "{'timezone':'%s','events':{'aware':"
		"'2026-10-31T22:00:00Z'},'filings':{'notification':'2026-10-31T23:30:00Z'}}";
	static const struct {
		const char *zone, *nominal;
	} rows[] = {
		{ "Europe/Lisbon", "2026-12-01T00:00:00Z" },
		{ "Europe/Brussels", "2026-12-01T23:00:00Z" },
		{ "Europe/Helsinki", "2026-12-01T22:00:00Z" },
		{ "UTC", "2026-12-01T00:00:00Z" },
	};
	char question[256];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		snprintf(question, sizeof(question), form, rows[i].zone);
		expect_at(rows[i].zone, ask(question, "final-report")->nominal_at,
			rows[i].nominal);
	}
	/* No country: the plain directive, weekends only, UTC. One without a file is
	 * the same. */
	expect_at("plain", ask("{'events':{'aware':'2026-11-25T09:00:00Z'},'filings':"
		"{'notification':'2026-11-25T09:00:00Z'}}", "final-report")->latest_at,
		"2026-12-26T00:00:00Z");
	expect_at("no file", ask("{'country':'QQ','events':{'aware':'2026-11-25T09:00:00Z'},"
		"'filings':{'notification':'2026-11-25T09:00:00Z'}}",
		"final-report")->latest_at,
		"2026-12-26T00:00:00Z");
}

static void the_earliest_of_several_periods_binds(void **state)
{
	const struct clock *c = ask("{'regime':'dora','timezone':'Europe/Brussels','events':"
		"{'aware':'2026-11-20T15:00:00+01:00',"
		"'classified':'2026-11-20T20:30:00+01:00'}}",
		"initial-notification");

	(void)state;
	expect("four hours after classification", c, CLOCK_RUNNING, "2026-11-20T23:30:00Z",
		"2026-11-20T23:30:00Z", "2026-11-21T00:00:00Z");
	assert_string_equal(c->anchor, "classified");
	assert_string_equal(c->derivation[c->n_derivation - 1],
		"the earliest of 2 periods binds: from classified");
	c = ask("{'regime':'dora','timezone':'Europe/Brussels','events':"
		"{'aware':'2026-11-23T09:00:00+01:00',"
		"'classified':'2026-11-24T08:30:00+01:00'}}",
		"initial-notification");
	assert_string_equal(c->anchor, "aware");
	expect_at("24 hours after awareness", c->due_at, "2026-11-24T08:00:00Z");
}

/* The daemon accepts a final report that is late, and handling that is recorded
 * after it; so does the calculator. */
static void what_could_be_filed_stays_possible(void **state)
{
	(void)state;
	assert_int_equal(CLOCK_FILED, ask("{" AWARE ",'handled':'2027-01-10T10:00:00+01:00'},"
		NOTIFIED ",'final-report':'2026-12-25T10:00:00+01:00'}}",
		"final-report")->state);
}

static void bad_questions_name_the_place(void **state)
{
	static const struct {
		const char *question, *pointer, *text;
	} rows[] = {
		{ "[]", "", "must be a JSON object" },
		{ "{'regim':'nis2'}", "/regim", "did you mean \"regime\"" },
		{ "{'regime':'nis1'}", "/regime", "did you mean \"nis2\"" },
		{ "{'regime':2}", "/regime", "must be a string" },
		{ "{'country':'Germany'}", "/country", "two capital letters" },
		{ "{'timezone':'Europe/Atlantis'}", "/timezone", "" },
		{ "{'timezone':'../passwd'}", "/timezone", "not the name" },
		{ "{'traits':'x'}", "/traits", "a list" },
		{ "{'traits':['ok','Not ok']}", "/traits/1", "must be a name" },
		{ "{'traits':['ok','trust-servise']}", "/traits/1",
			"no rule asks for this trait; did you mean \"trust-service\"?" },
		{ "{'events':[]}", "/events", "must be an object" },
		{ "{'events':{'awere':'2026-11-21T08:17:00Z'}}", "/events/awere",
			"did you mean \"aware\"" },
		{ "{'events':{'<b>':'2026-11-21T08:17:00Z'}}", "/events", "no such type" },
		{ "{'events':{'aware':'2026-11-21T08:17:00'}}", "/events/aware", "" },
		{ "{'events':{'aware':12}}", "/events/aware", "must be a time" },
		{ "{'filings':{'notificaton':'2026-11-21T08:17:00Z'}}", "/filings/notificaton",
			"did you mean \"notification\"" },
		{ "{'filings':{'early-warning':'2026-11-21T08:17:00Z'}}",
			"/filings/early-warning",
			"has not happened: aware" },
		{ "{'events':{'aware':'2026-11-21T08:17:00Z'},'filings':{'early-warning':"
			"'2026-11-21T08:16:59Z'}}", "/filings/early-warning",
			"before what it runs from: aware 2026-11-21T08:17:00Z" },
		{ "{'events':{'aware':'2026-11-21T08:17:00Z'},'filings':{'final-report':"
			"'2026-11-22T08:16:59Z'}}", "/filings/final-report",
			"has not happened: filed:notification" },
		{ "{" AWARE "}," NOTIFIED ",'progress-report':'2026-12-20T10:00:00+01:00',"
			"'final-report':'2026-12-29T10:00:00+01:00'}}",
			"/filings/final-report",
			"has not happened: handled" },
		{ "{" AWARE "}," NOTIFIED "},'received':{'early-warning':"
			"'2026-11-22T10:00:00Z'}}", "/received/early-warning",
			"not under /filings" },
		{ "{" AWARE "}," NOTIFIED "},'received':{'notification':"
			"'2026-11-23T14:41:59Z'}}", "/received/notification", "earlier" },
		{ "{" AWARE "}," NOTIFIED "},'received':{'notfication':"
			"'2026-11-23T14:41:59Z'}}", "/received/notfication", "did you mean" },
		{ "{" AWARE "},'due':{'requested':'2026-11-23T14:41:59Z'}}", "/due/requested",
			"only a request" },
		{ "{" AWARE "},'due':{'aware':'2026-11-23T14:41:59Z'}}", "/due/aware",
			"only a request" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct error err = { .code = ERROR_NONE };
		struct calculation result;
		char *text = strdup(rows[i].question), *p;
		json_t *json;

		for (p = text; *p != '\0'; p++)
			if (*p == '\'')
				*p = '"';
		json = json_read(text, strlen(text), &err);
		assert_non_null(json);
		if (calculate(json, nis2_rulebook(), arena, &result, &err) == 0)
			fail_msg("%s: not refused", rows[i].question);
		if (strcmp(err.pointer, rows[i].pointer) != 0 ||
				strstr(err.text, rows[i].text) == NULL ||
				err.code != ERROR_INVALID)
			fail_msg("%s: %d \"%s\" %s", rows[i].question, (int)err.code,
				err.pointer, err.text);
		json_decref(json);
		free(text);
	}
}

static void the_document_has_clocks_that_are_never_overdue(void **state)
{
	json_t *json = json_pack("{s:{s:s}}", "events", "aware", "1999-01-01T00:00:00Z");
	struct calculation result;
	json_t *doc, *clocks;
	struct buf text;

	(void)state;
	buf_init(&text, 0);
	assert_int_equal(0, calculate(json, nis2_rulebook(), arena, &result, NULL));
	calculation_put(&result, &text);
	doc = json_read(text.data, text.len, NULL);
	buf_release(&text);
	assert_non_null(doc);
	clocks = json_object_get(doc, "clocks");
	assert_int_equal(5, json_array_size(clocks));
	assert_string_equal("running", json_string_value(json_object_get(
		json_array_get(clocks, 0), "state")));
	assert_null(json_object_get(json_array_get(clocks, 0), "overdue"));
	json_decref(doc);
	json_decref(json);
}

static int setup(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	nis2_release();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_month_runs_from_the_filing),
		cmocka_unit_test(hours_elapse),
		cmocka_unit_test(one_incident_from_awareness_to_the_final_report),
		cmocka_unit_test(a_late_notification_moves_the_month_but_not_the_bound),
		cmocka_unit_test(trust_services_notify_within_24_hours),
		cmocka_unit_test(a_trait_that_no_rule_knows_is_accepted),
		cmocka_unit_test(a_request_brings_its_date_or_gets_our_target),
		cmocka_unit_test(receipt_settles_and_filing_starts_the_next),
		cmocka_unit_test(the_zone_decides_the_date),
		cmocka_unit_test(the_earliest_of_several_periods_binds),
		cmocka_unit_test(what_could_be_filed_stays_possible),
		cmocka_unit_test(bad_questions_name_the_place),
		cmocka_unit_test(the_document_has_clocks_that_are_never_overdue),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
