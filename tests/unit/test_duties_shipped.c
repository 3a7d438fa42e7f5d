/*
 * What the regimes as shipped ask of some only, from a day on, or in more than one
 * reading: each row names the article. The instants were worked out by hand; November
 * and December are UTC+1 in Belgium, whose holidays count.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/rfc3339.h"
#include "base/text.h"
#include "shipped.h"

static const struct clock *ask(const char *question, const char *stage)
{
	return shipped_ask(question, "BE", question, stage, NULL);
}

static const struct clock *must(const char *question, const char *stage)
{
	const struct clock *clock = ask(question, stage);

	if (clock == NULL)
		fail_msg("no clock %s: %s", stage, question);
	return clock;
}

#define AT(regime) "'regime':'" regime "','events':{'aware':'2026-11-21T08:17:00Z'"
#define AWARE(regime) AT(regime) "}"

/* Duties of some: no clock without the trait, a target of our own with it (the law has
 * no number for these), but for the last rows. */
static void duties_that_only_some_have(void **state)
{
	static const struct {
		const char *law, *question, *trait, *stage, *due;
		bool target;
	} rows[] = {
		{ "Directive (EU) 2022/2555, Art. 23(1), second sentence", AWARE("nis2"),
		  "recipients-affected", "recipients", "2026-11-22T08:17:00Z", true },
		{ "Directive (EU) 2022/2555, Art. 23(2)", AWARE("nis2"),
		  "recipients-threatened", "threat-recipients", "2026-11-22T08:17:00Z", true },
		{ "Regulation (EU) 2016/679, Art. 33(2)", AWARE("gdpr"), "processor",
		  "controller", "2026-11-22T08:17:00Z", true },
		{ "Regulation (EU) 2016/679, Art. 34(1)", AWARE("gdpr"), "high-risk",
		  "data-subjects", "2026-11-24T08:17:00Z", true },
		{ "Regulation (EU) 2016/679, Art. 33(4)",
		  AWARE("gdpr") ",'filings':{'notification':'2026-11-22T08:00:00Z'}",
		  "incomplete-notification", "further-information", "2026-11-25T08:00:00Z",
		  true },
		{ "Regulation (EU) 2022/2554, Art. 19(3)", AWARE("dora"), "client-impact",
		  "clients", "2026-11-22T08:17:00Z", true },
		{ "Regulation (EU) No 910/2014, Art. 19a(1)(b)", AWARE("eidas"),
		  "persons-affected", "affected-persons", "2026-11-22T08:17:00Z", false },
	};
	char question[500], due[RFC3339_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		const struct clock *c;

		if (ask(rows[i].question, rows[i].stage) != NULL)
			fail_msg("%s: there is a clock without %s", rows[i].law,
				rows[i].trait);
		snprintf(question, sizeof(question), "%s,'traits':['%s']", rows[i].question,
			rows[i].trait);
		c = must(question, rows[i].stage);
		assert_string_equal(c->reference, rows[i].law);
		assert_int_equal(c->state, CLOCK_RUNNING);
		rfc3339_format(c->due_at, due);
		if (strcmp(due, rows[i].due) != 0 || c->target != rows[i].target)
			fail_msg("%s: due %s, target %d", rows[i].law, due, c->target);
	}
}

/* Art. 33(4): "in phases", so there may be several. */
static void further_information_may_come_more_than_once(void **state)
{
	static const char question[] = AWARE("gdpr") ",'traits':['incomplete-notification'],"
		"'filings':{'notification':'2026-11-22T08:00:00Z',"
		"'further-information':'2026-11-23T08:00:00Z'}";
	const struct calculation *all;
	struct filing filing = { .regime = "gdpr", .stage = "further-information",
		.received_at = TIME_NONE, .by = "ana", .recipient = "APD", .reference = "2" };
	struct error err = { .code = ERROR_NONE };

	(void)state;
	assert_int_equal(shipped_ask("filed", "BE", question, filing.stage, &all)->state,
		CLOCK_FILED);
	filing.filed_at = all->incident.filings[1].filed_at + 1000;
	if (incident_check_filing(&all->incident, all->clocks, all->n_clocks, &filing, false,
			filing.filed_at, &err) < 0)
		fail_msg("a second phase: %s", err.text);
}

static bool derivation_has(const struct clock *c, const char *text)
{
	size_t i;

	for (i = 0; i < c->n_derivation; i++)
		if (strstr(c->derivation[i], text) != NULL)
			return true;
	return false;
}

/* What a late report needs besides is said with its date. */
static void a_late_report_needs_more(void **state)
{
	static const struct {
		const char *question, *stage, *text;
	} rows[] = {
		{ AWARE("gdpr"), "notification",
		  "reasons for the delay (Regulation (EU) 2016/679, Art. 33(1))" },
		{ AWARE("dora"), "initial-notification",
		  "(Delegated Regulation (EU) 2025/301, Art. 5(3))" },
		{ AWARE("dora") ",'filings':{'initial-notification':'2026-11-22T08:00:00Z'}",
		  "intermediate-report", "(Delegated Regulation (EU) 2025/301, Art. 5(3))" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		const struct clock *c = must(rows[i].question, rows[i].stage);

		if (!derivation_has(c, rows[i].text) || !derivation_has(c, "if late"))
			fail_msg("%s: nothing is said of a late one", rows[i].question);
	}
	assert_false(derivation_has(must(AWARE("nis2"), "notification"), "if late"));
}

/* Before an act applies its clocks run all the same, and say so. */
static void acts_apply_from_a_day(void **state)
{
	static const struct {
		const char *law, *before, *on, *stage, *day;
	} rows[] = {
		{ "Directive (EU) 2022/2555, Art. 41(1)",
		  "'regime':'nis2','events':{'aware':'2024-10-17T10:00:00+02:00'}",
		  "'regime':'nis2','events':{'aware':'2024-10-18T10:00:00+02:00'}",
		  "early-warning", "2024-10-18" },
		{ "Regulation (EU) 2022/2554, Art. 64",
		  "'regime':'dora','events':{'aware':'2025-01-16T23:59:00+01:00'}",
		  "'regime':'dora','events':{'aware':'2025-01-17T00:00:00+01:00'}",
		  "initial-notification", "2025-01-17" },
		{ "Regulation (EU) 2024/2847, Art. 71(2)",
		  "'regime':'cra','events':{'aware':'2026-09-10T10:00:00+02:00'}",
		  "'regime':'cra','events':{'aware':'2026-09-11T10:00:00+02:00'}",
		  "early-warning", "2026-09-11" },
	};
	char text[64];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		snprintf(text, sizeof(text), "applies from %s", rows[i].day);
		assert_int_equal(must(rows[i].before, rows[i].stage)->state, CLOCK_RUNNING);
		if (!derivation_has(must(rows[i].before, rows[i].stage), text))
			fail_msg("%s: the day before: not said", rows[i].law);
		if (derivation_has(must(rows[i].on, rows[i].stage), "applies from"))
			fail_msg("%s: said of an act that applies", rows[i].law);
	}
}

#define MAJOR AT("dora") ",'classified':'2026-11-21T09:00:00Z'," \
	"'reclassified':'2026-11-23T09:00:00Z'"
#define TOLD "'filings':{'initial-notification':'2026-11-21T10:00:00Z'"

/* Implementing Regulation (EU) 2025/302, Art. 5: told to the authority, it ends the other
 * reports; before that they are owed; classified again, they are owed again. */
static void reclassification_is_a_report_and_ends_the_others(void **state)
{
	static const struct {
		const char *what, *question, *stage;
		enum clock_state state;
	} rows[] = {
		{ "not told yet", MAJOR "}," TOLD "}", "reclassification", CLOCK_RUNNING },
		{ "not told yet", MAJOR "}," TOLD "}", "intermediate-report", CLOCK_RUNNING },
		{ "told", MAJOR "}," TOLD ",'reclassification':'2026-11-23T10:00:00Z'}",
		  "reclassification", CLOCK_FILED },
		{ "told", MAJOR "}," TOLD ",'reclassification':'2026-11-23T10:00:00Z'}",
		  "initial-notification", CLOCK_FILED },
		{ "told", MAJOR "}," TOLD ",'reclassification':'2026-11-23T10:00:00Z'}",
		  "intermediate-report", CLOCK_VOID },
		{ "told", MAJOR "}," TOLD ",'reclassification':'2026-11-23T10:00:00Z'}",
		  "final-report", CLOCK_VOID },
		{ "told, clients", MAJOR "}," TOLD
		  ",'reclassification':'2026-11-23T10:00:00Z'},'traits':['client-impact']",
		  "clients", CLOCK_VOID },
		{ "classified again", AT("dora") ",'classified':'2026-11-24T09:00:00Z',"
		  "'reclassified':'2026-11-23T09:00:00Z'}," TOLD
		  ",'reclassification':'2026-11-23T10:00:00Z'}",
		  "intermediate-report", CLOCK_RUNNING },
	};
	const struct clock *c;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		c = must(rows[i].question, rows[i].stage);
		if (c->state != rows[i].state)
			fail_msg("%s: %s is %s", rows[i].what, rows[i].stage,
				clock_state_name(c->state));
	}
	assert_null(ask(AWARE("dora"), "reclassification"));
	c = must(MAJOR "}," TOLD "}", "reclassification");
	assert_string_equal(c->reference, "Implementing Regulation (EU) 2025/302, Art. 5");
	assert_true(c->target);
}

/* Directive (EU) 2022/2557, Art. 15(1) and recital 33: "one month thereafter", in three
 * readings. Occurred 10 November, aware and notified on the 12th; 12 December is a
 * Saturday. */
static void cer_has_three_readings(void **state)
{
	static const struct {
		const char *anchor, *due, *nominal, *latest;
	} rows[] = {
		{ "occurred", "2026-12-10T01:00:00Z", "2026-12-10T23:00:00Z",
		  "2026-12-10T23:00:00Z" },
		{ "aware", "2026-12-12T08:00:00Z", "2026-12-12T23:00:00Z",
		  "2026-12-14T23:00:00Z" },
		{ "filed:initial-notification", "2026-12-12T19:00:00Z", "2026-12-12T23:00:00Z",
		  "2026-12-14T23:00:00Z" },
	};
	const struct clock *c = must("'regime':'cer','events':{"
		"'occurred':'2026-11-10T02:00:00+01:00','aware':'2026-11-12T09:00:00+01:00'},"
		"'filings':{'initial-notification':'2026-11-12T20:00:00+01:00'}",
		"detailed-report");
	struct error err = { .code = ERROR_NONE };
	json_t *list;
	size_t i;

	(void)state;
	assert_non_null(c->readings);
	list = json_read(c->readings, strlen(c->readings), &err);
	assert_int_equal(json_array_size(list), ARRAY_LEN(rows));
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		json_t *r = json_array_get(list, i);

		assert_string_equal(json_string_value(json_object_get(r, "law")), "cer");
		assert_string_equal(json_string_value(json_object_get(r, "anchor")),
			rows[i].anchor);
		assert_string_equal(json_string_value(json_object_get(r, "due_at")),
			rows[i].due);
		assert_string_equal(json_string_value(json_object_get(r, "nominal_at")),
			rows[i].nominal);
		assert_string_equal(json_string_value(json_object_get(r, "latest_at")),
			rows[i].latest);
	}
	json_decref(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(duties_that_only_some_have),
		cmocka_unit_test(further_information_may_come_more_than_once),
		cmocka_unit_test(a_late_report_needs_more),
		cmocka_unit_test(acts_apply_from_a_day),
		cmocka_unit_test(reclassification_is_a_report_and_ends_the_others),
		cmocka_unit_test(cer_has_three_readings),
	};

	return cmocka_run_group_tests(tests, shipped_setup, shipped_teardown);
}
