/*
 * The countries as shipped: the dates that each file adds to NIS2 (what else it says:
 * test_overlays_shipped.c). Each row names the act or guide whose word it checks. The
 * instants were worked out by hand from that word, Regulation (EEC, Euratom) 1182/71
 * and the country's holidays; November to March is winter time everywhere.
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

static const struct clock *ask(const char *what, const char *country, const char *question,
	const char *stage)
{
	return shipped_ask(what, country, question, stage, NULL);
}

/* "2026-11-22T14:17" UTC; NULL: none. */
static void expect_at(const char *what, const char *reading, int64_t got, const char *want)
{
	char full[RFC3339_SIZE], text[RFC3339_SIZE] = "none";
	int64_t at = TIME_NONE;

	if (want != NULL) {
		snprintf(full, sizeof(full), "%s:00Z", want);
		if (rfc3339_parse(full, strlen(full), &at, NULL) < 0)
			fail_msg("%s: not a time: %s", what, full);
	}
	if (got != TIME_NONE)
		rfc3339_format(got, text);
	if (got != at)
		fail_msg("%s: %s is %s, not %s", what, reading, text,
			want != NULL ? want : "none");
}

/* Of a reading; dates as they begin. */
struct reading_row {
	const char *law, *anchor, *due, *latest;
};

static void expect_member(const char *what, const json_t *reading, const char *key,
	const char *want)
{
	const char *got = json_string_value(json_object_get(reading, key));

	if ((got == NULL) != (want == NULL) ||
			(got != NULL && strncmp(got, want, strlen(want)) != 0))
		fail_msg("%s: a reading's %s is %s, not %s", what, key,
			got != NULL ? got : "none", want != NULL ? want : "none");
}

static void expect_readings(const char *what, const struct clock *clock,
	const struct reading_row *want, size_t n)
{
	struct error err = { .code = ERROR_NONE };
	json_t *list;
	size_t i;

	if (clock->readings == NULL)
		fail_msg("%s: no readings", what);
	list = json_read(clock->readings, strlen(clock->readings), &err);
	if (json_array_size(list) != n)
		fail_msg("%s: not %zu readings: %s", what, n, clock->readings);
	for (i = 0; i < n; i++) {
		const json_t *reading = json_array_get(list, i);

		expect_member(what, reading, "law", want[i].law);
		expect_member(what, reading, "anchor", want[i].anchor);
		expect_member(what, reading, "due_at", want[i].due);
		expect_member(what, reading, "latest_at", want[i].latest);
	}
	json_decref(list);
}

struct row {
	const char *source, *country, *what, *question, *stage, *anchor;
	const char *due, *nominal, *latest;
	struct reading_row readings[5];	/* none: only one limb was read */
};

static void check_rows(const struct row *rows, size_t n)
{
	char what[200];
	size_t i, n_readings;

	for (i = 0; i < n; i++) {
		const struct row *row = &rows[i];
		const struct clock *c;

		snprintf(what, sizeof(what), "%s: %s (%s)", row->country, row->what,
			row->source);
		c = ask(what, row->country, row->question, row->stage);
		if (c == NULL)
			fail_msg("%s: no clock %s", what, row->stage);
		if (strcmp(c->anchor, row->anchor) != 0)
			fail_msg("%s: runs from %s, not %s", what, c->anchor, row->anchor);
		expect_at(what, "due", c->due_at, row->due);
		expect_at(what, "nominal", c->nominal_at, row->nominal);
		expect_at(what, "latest", c->latest_at, row->latest);
		for (n_readings = 0; n_readings < ARRAY_LEN(row->readings) &&
				row->readings[n_readings].law != NULL; n_readings++)
			;
		if (n_readings > 0)
			expect_readings(what, c, row->readings, n_readings);
		else if (c->readings != NULL)
			fail_msg("%s: there are readings: %s", what, c->readings);
	}
}

/* Saturday 21 November 2026. */
#define AWARE "'events':{'aware':'2026-11-21T08:17:00Z'"
#define NOTIFIED ",'filings':{'notification':'2026-11-23T14:42:00Z'"
#define WARNED NOTIFIED ",'early-warning':'2026-11-21T15:00:00Z'"

#define GUIDE_CY "DSA guide to NIS2"

static void cyprus_warns_within_six_hours(void **state)
{
	static const struct row rows[] = {
		{ GUIDE_CY, "CY", "6 hours", AWARE "}", "early-warning", "aware",
		  "2026-11-21T14:17", "2026-11-21T14:17", "2026-11-21T15:00",
		  { { "nis2", "aware", "2026-11-22T08:17", "2026-11-22T09:00" },
		    { "CY", "aware", "2026-11-21T14:17", "2026-11-21T15:00" } } },
		{ GUIDE_CY, "CY", "the 72 hours are the directive's", AWARE "}",
		  "notification", "aware", "2026-11-24T08:17", "2026-11-24T08:17", "2026-11-24T09:00", {} },
		{ GUIDE_CY, "CY", "the month is the directive's", AWARE "}" NOTIFIED "}",
		  "final-report", "filed:notification", "2026-12-23T14:42",
		  "2026-12-23T22:00", "2026-12-23T22:00", {} },
		{ "Law 60(I)/2025", "CY", "the day before it was in force",
		  "'events':{'aware':'2025-04-24T08:00:00Z'}", "early-warning", "aware",
		  "2025-04-25T08:00", "2025-04-25T08:00", "2025-04-25T09:00", {} },
		{ "Law 60(I)/2025", "CY", "the day that it was in force",
		  "'events':{'aware':'2025-04-25T08:00:00Z'}", "early-warning", "aware",
		  "2025-04-25T14:00", "2025-04-25T14:00", "2025-04-25T15:00",
		  { { "nis2", "aware", "2025-04-26T08:00", "2025-04-26T09:00" },
		    { "CY", "aware", "2025-04-25T14:00", "2025-04-25T15:00" } } },
	};

	(void)state;
	check_rows(rows, ARRAY_LEN(rows));
}

/* Detected at 04:30 and aware at 08:17. */
#define DETECTED AWARE ",'detected':'2026-11-21T04:30:00Z'}"
#define BOTH(first, second, country) { { "nis2", "aware", first, NULL }, \
	{ country, "detected", second, NULL } }

static void hours_from_detection(void **state)
{
	static const struct {
		const char *country, *source;
	} countries[] = {
		{ "FI", "Kyberturvallisuuslaki 124/2025, § 11" },
		{ "PL", "Ustawa o krajowym systemie cyberbezpieczeństwa, art. 11" },
		{ "SK", "Zákon 69/2018, § 24" },
		{ "SI", "ZInfV-1, art. 30" },
	};
	struct row rows[] = {
		{ NULL, NULL, "24 hours", DETECTED, "early-warning", "detected",
		  "2026-11-22T04:30", "2026-11-22T04:30", "2026-11-22T05:00",
		  { { "nis2", "aware", "2026-11-22T08:17", "2026-11-22T09:00" },
		    { NULL, "detected", "2026-11-22T04:30", "2026-11-22T05:00" } } },
		{ NULL, NULL, "72 hours", DETECTED, "notification", "detected",
		  "2026-11-24T04:30", "2026-11-24T04:30", "2026-11-24T05:00",
		  { { "nis2", "aware", "2026-11-24T08:17", "2026-11-24T09:00" },
		    { NULL, "detected", "2026-11-24T04:30", "2026-11-24T05:00" } } },
		{ NULL, NULL, "trust services", DETECTED ",'traits':['trust-service']",
		  "notification", "detected",
		  "2026-11-22T04:30", "2026-11-22T04:30", "2026-11-22T05:00",
		  { { "nis2", "aware", "2026-11-22T08:17", "2026-11-22T09:00" },
		    { NULL, "detected", "2026-11-22T04:30", "2026-11-22T05:00" } } },
		{ NULL, NULL, "nobody recorded when it was detected", AWARE "}",
		  "early-warning", "aware",
		  "2026-11-22T08:17", "2026-11-22T08:17", "2026-11-22T09:00",
		  { { "nis2", "aware", "2026-11-22T08:17", "2026-11-22T09:00" },
		    { NULL, "detected", NULL, NULL } } },
	};
	size_t i, j;

	(void)state;
	for (i = 0; i < ARRAY_LEN(countries); i++) {
		for (j = 0; j < ARRAY_LEN(rows); j++) {
			rows[j].country = rows[j].readings[1].law = countries[i].country;
			rows[j].source = countries[i].source;
		}
		check_rows(rows, ARRAY_LEN(rows));
	}
}

#define DECREE_PT "Decreto-Lei 125/2025, arts 41-44"
#define ENDED AWARE ",'impact-ended':'2026-11-25T10:00:00Z'"
#define END_FILED "'end-of-impact':'2026-11-26T09:00:00Z'"

/* 30 working days from Thursday 26 November 2026, without 1, 8 and 25 December and
 * 1 January: Wednesday 13 January 2027. */
static void portugal_reports_the_end_of_the_impact(void **state)
{
	static const struct row rows[] = {
		{ DECREE_PT, "PT", "the impact goes on", AWARE "}", "end-of-impact",
		  "impact-ended", NULL, NULL, NULL, {} },
		{ DECREE_PT, "PT", "24 hours from the end of the impact", ENDED "}",
		  "end-of-impact", "impact-ended", "2026-11-26T10:00", "2026-11-26T10:00",
		  "2026-11-26T11:00", {} },
		{ DECREE_PT, "PT", "a month, as long as the end is not filed",
		  AWARE "}" NOTIFIED "}", "final-report", "filed:notification",
		  "2026-12-23T14:42", "2026-12-24T00:00", "2026-12-24T00:00",
		  { { "nis2", "filed:notification", "2026-12-23T14:42", "2026-12-24T00:00" },
		    { "PT", "filed:end-of-impact", NULL, NULL } } },
		{ DECREE_PT, "PT", "30 working days beside the month",
		  ENDED "}" NOTIFIED "," END_FILED "}", "final-report", "filed:notification",
		  "2026-12-23T14:42", "2026-12-24T00:00", "2027-01-14T00:00",
		  { { "nis2", "filed:notification", "2026-12-23T14:42", "2026-12-24T00:00" },
		    { "PT", "filed:end-of-impact", "2027-01-13T09:00",
		      "2027-01-14T00:00" } } },
		{ DECREE_PT, "PT", "no update after 72 hours was necessary",
		  ENDED "},'filings':{" END_FILED "}", "final-report", "filed:end-of-impact",
		  "2027-01-13T09:00", "2027-01-14T00:00", "2027-01-14T00:00",
		  { { "nis2", "filed:notification", NULL, NULL },
		    { "PT", "filed:end-of-impact", "2027-01-13T09:00",
		      "2027-01-14T00:00" } } },
		{ DECREE_PT, "PT", "handled long after: the working days are earlier",
		  ENDED ",'handled':'2027-01-20T10:00:00Z'}" NOTIFIED "," END_FILED
		  ",'progress-report':'2026-12-23T12:00:00Z'}", "final-report",
		  "filed:end-of-impact",
		  "2027-01-13T09:00", "2027-01-14T00:00", "2027-02-23T00:00",
		  { { "nis2", "handled", "2027-02-20T10:00", "2027-02-23T00:00" },
		    { "PT", "filed:end-of-impact", "2027-01-13T09:00",
		      "2027-01-14T00:00" } } },
	};

	(void)state;
	check_rows(rows, ARRAY_LEN(rows));
}

#define GUIDANCE_CZ "NÚKIB guidance; CSIRT.CZ"

static void czechia_has_several_readings(void **state)
{
	static const struct row rows[] = {
		{ GUIDANCE_CZ, "CZ", "classified after awareness: argued from there",
		  AWARE ",'classified':'2026-11-21T20:00:00Z'}", "early-warning", "aware",
		  "2026-11-22T08:17", "2026-11-22T08:17", "2026-11-22T21:00",
		  { { "nis2", "aware", "2026-11-22T08:17", "2026-11-22T09:00" },
		    { "CZ", "classified", "2026-11-22T20:00", "2026-11-22T21:00" },
		    { "CZ", "detected", NULL, NULL } } },
		{ GUIDANCE_CZ, "CZ", "detected before awareness: alarms from there", DETECTED,
		  "early-warning", "detected",
		  "2026-11-22T04:30", "2026-11-22T04:30", "2026-11-22T09:00",
		  { { "nis2", "aware", "2026-11-22T08:17", "2026-11-22T09:00" },
		    { "CZ", "classified", NULL, NULL },
		    { "CZ", "detected", "2026-11-22T04:30", "2026-11-22T05:00" } } },
		{ GUIDANCE_CZ, "CZ", "30 days: from the warning, the notification or the end",
		  AWARE ",'handled':'2026-12-01T09:00:00Z'}" WARNED "}", "final-report",
		  "filed:early-warning",
		  "2026-12-21T15:00", "2026-12-21T23:00", "2026-12-31T23:00",
		  { { "nis2", "filed:notification", "2026-12-23T14:42", "2026-12-23T23:00" },
		    { "CZ", "filed:notification", "2026-12-23T14:42", "2026-12-23T23:00" },
		    { "CZ", "handled", "2026-12-31T09:00", "2026-12-31T23:00" },
		    { "CZ", "filed:early-warning", "2026-12-21T15:00",
		      "2026-12-21T23:00" } } },
		{ GUIDANCE_CZ, "CZ", "reported as going on: 30 days beside the month",
		  AWARE ",'handled':'2027-01-29T16:00:00Z'}" WARNED
		  ",'progress-report':'2026-12-20T12:00:00Z'}", "final-report", "handled",
		  "2027-02-28T16:00", "2027-02-28T23:00", "2027-03-01T23:00",
		  { { "nis2", "handled", "2027-02-28T16:00", "2027-03-01T23:00" },
		    { "CZ", "handled", "2027-02-28T16:00", "2027-03-01T23:00" } } },
	};

	(void)state;
	check_rows(rows, ARRAY_LEN(rows));
}

#define DECREE_HR "Uredba NN 135/2024, arts 69-70"

static void croatia_counts_thirty_days(void **state)
{
	static const struct row rows[] = {
		{ DECREE_HR, "HR", "a month of 31 days: a day earlier",
		  "'events':{'aware':'2026-12-28T09:00:00Z'},"
		  "'filings':{'notification':'2026-12-29T09:00:00Z'}", "final-report",
		  "filed:notification",
		  "2027-01-28T09:00", "2027-01-28T23:00", "2027-01-29T23:00",
		  { { "nis2", "filed:notification", "2027-01-29T09:00", "2027-01-29T23:00" },
		    { "HR", "filed:notification", "2027-01-28T09:00",
		      "2027-01-28T23:00" } } },
		{ DECREE_HR, "HR", "over February: the month is earlier",
		  "'events':{'aware':'2027-02-04T09:00:00Z'},"
		  "'filings':{'notification':'2027-02-05T09:00:00Z'}", "final-report",
		  "filed:notification",
		  "2027-03-05T09:00", "2027-03-05T23:00", "2027-03-08T23:00",
		  { { "nis2", "filed:notification", "2027-03-05T09:00", "2027-03-05T23:00" },
		    { "HR", "filed:notification", "2027-03-07T09:00",
		      "2027-03-08T23:00" } } },
	};

	(void)state;
	check_rows(rows, ARRAY_LEN(rows));
}

#define ACT_LT "Kibernetinio saugumo įstatymas, art. 18(4)"
#define ACT_NO "Forskrift 2025-06-20-1131, § 17"

static void a_month_from_the_first_warning(void **state)
{
	static const struct row rows[] = {
		{ ACT_LT, "LT", "from the early warning", AWARE "}" WARNED "}", "final-report",
		  "filed:early-warning",
		  "2026-12-21T15:00", "2026-12-21T22:00", "2026-12-23T22:00",
		  { { "nis2", "filed:notification", "2026-12-23T14:42", "2026-12-23T22:00" },
		    { "LT", "filed:early-warning", "2026-12-21T15:00",
		      "2026-12-21T22:00" } } },
		{ ACT_LT, "LT", "so is what is owed while it goes on", AWARE "}" WARNED "}",
		  "progress-report", "filed:early-warning",
		  "2026-12-21T15:00", "2026-12-21T22:00", "2026-12-23T22:00",
		  { { "nis2", "filed:notification", "2026-12-23T14:42", "2026-12-23T22:00" },
		    { "LT", "filed:early-warning", "2026-12-21T15:00",
		      "2026-12-21T22:00" } } },
		{ ACT_NO, "NO", "from the first warning", AWARE "}" WARNED "}", "final-report",
		  "filed:early-warning",
		  "2026-12-21T15:00", "2026-12-21T23:00", "2026-12-23T23:00",
		  { { "nis2", "filed:notification", "2026-12-23T14:42", "2026-12-23T23:00" },
		    { "NO", "filed:early-warning", "2026-12-21T15:00",
		      "2026-12-21T23:00" } } },
	};

	(void)state;
	check_rows(rows, ARRAY_LEN(rows));
}

#define DECREE_IT "Decreto legislativo 138/2024, art. 25"
#define GOES_ON AWARE "}" NOTIFIED ",'progress-report':'2026-12-23T10:00:00Z'"

static void italy_wants_progress_every_month(void **state)
{
	static const struct row rows[] = {
		{ DECREE_IT, "IT", "a month from the progress report: a Saturday", GOES_ON "}",
		  "monthly-progress", "filed:progress-report",
		  "2027-01-23T10:00", "2027-01-23T23:00", "2027-01-25T23:00",
		  { { "IT", "filed:progress-report", "2027-01-23T10:00",
		      "2027-01-25T23:00" },
		    { "IT", "filed:monthly-progress", NULL, NULL } } },
		{ DECREE_IT, "IT", "and from each of them",
		  GOES_ON ",'monthly-progress':'2027-01-22T10:00:00Z'}",
		  "monthly-progress", "filed:monthly-progress",
		  "2027-02-22T10:00", "2027-02-22T23:00", "2027-02-22T23:00",
		  { { "IT", "filed:progress-report", "2027-01-23T10:00",
		      "2027-01-25T23:00" },
		    { "IT", "filed:monthly-progress", "2027-02-22T10:00",
		      "2027-02-22T23:00" } } },
	};

	(void)state;
	check_rows(rows, ARRAY_LEN(rows));
	assert_int_equal(CLOCK_RUNNING, ask("filed once", "IT",
		GOES_ON ",'monthly-progress':'2027-01-22T10:00:00Z'}",
		"monthly-progress")->state);
	assert_null(ask("nothing reported as going on", "IT", AWARE "}" NOTIFIED "}",
		"monthly-progress"));
	assert_int_equal(CLOCK_VOID, ask("handled", "IT",
		AWARE ",'handled':'2027-01-10T10:00:00Z'}" NOTIFIED
		",'progress-report':'2026-12-23T10:00:00Z'}", "monthly-progress")->state);
}

#define ACT_SK "Zákon 69/2018, § 24"

static void slovakia_wants_the_final_report_updated(void **state)
{
	static const struct row rows[] = {
		{ ACT_SK, "SK", "nothing resolved yet", AWARE "}", "updated-final-report",
		  "handled", NULL, NULL, NULL,
		  { { "SK", "handled", NULL, NULL }, { "SK", "recovered", NULL, NULL } } },
		{ ACT_SK, "SK", "30 days from restored operation, or from the resolution",
		  AWARE ",'handled':'2026-12-01T09:00:00Z',"
		  "'recovered':'2026-11-30T09:00:00Z'}", "updated-final-report", "recovered",
		  "2026-12-30T09:00", "2026-12-30T23:00", "2026-12-31T23:00",
		  { { "SK", "handled", "2026-12-31T09:00", "2026-12-31T23:00" },
		    { "SK", "recovered", "2026-12-30T09:00", "2026-12-30T23:00" } } },
	};

	(void)state;
	check_rows(rows, ARRAY_LEN(rows));
}

/* The kind of source is told with the date that it makes. */
static void a_national_date_says_how_sure_it_is(void **state)
{
	const struct clock *c = ask("derivation", "CY", AWARE "}", "early-warning");
	char all[2048] = "";
	size_t i;

	(void)state;
	for (i = 0; i < c->n_derivation; i++) {
		text_copy(all + strlen(all), sizeof(all) - strlen(all), c->derivation[i]);
		text_copy(all + strlen(all), sizeof(all) - strlen(all), "\n");
	}
	if (strstr(all, "DSA guide to NIS2") == NULL || strstr(all, "guidance") == NULL ||
			strstr(all, "verified") == NULL || strstr(all, "2026-09-03") == NULL)
		fail_msg("the derivation does not say how sure it is:\n%s", all);
	assert_string_equal(c->rules, "nis2/2026-11-21 CY/2026-11-21");
	assert_string_equal(ask("unchanged", "CY", AWARE "}", "notification")->rules,
		"nis2/2026-11-21");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cyprus_warns_within_six_hours),
		cmocka_unit_test(hours_from_detection),
		cmocka_unit_test(portugal_reports_the_end_of_the_impact),
		cmocka_unit_test(czechia_has_several_readings),
		cmocka_unit_test(croatia_counts_thirty_days),
		cmocka_unit_test(a_month_from_the_first_warning),
		cmocka_unit_test(italy_wants_progress_every_month),
		cmocka_unit_test(slovakia_wants_the_final_report_updated),
		cmocka_unit_test(a_national_date_says_how_sure_it_is),
	};

	return cmocka_run_group_tests(tests, shipped_setup, shipped_teardown);
}
