/*
 * The regimes as shipped, but for NIS2 (test_calculator.c, tests/scripts/due.sh): what
 * each file gives for worked examples, through the calculator. The instants were worked
 * out by hand from the acts that the files name, Regulation (EEC, Euratom) 1182/71
 * and the public holidays of Belgium; November to March is UTC+1 there.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/rfc3339.h"
#include "base/text.h"
#include "config/conf.h"
#include "core/calculator.h"

#define DATA TEST_SRCDIR "/etc/tocsin"

static struct rules *rules;
static struct conf_report report;
static struct arena *arena;
static struct calculation result;	/* of the last question */

/* A question about Belgium, in single quotes and without its braces; the clock of the
 * stage, or NULL. */
static const struct clock *find(const char *what, const char *question, const char *stage)
{
	char text[1024], *p;
	struct error err = { .code = ERROR_NONE };
	json_t *json;
	size_t i;
	int ok;

	snprintf(text, sizeof(text), "{'country':'BE',%s}", question);
	for (p = text; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	json = json_read(text, strlen(text), &err);
	if (json == NULL)
		fail_msg("%s: %s", what, err.text);
	ok = calculate(json, rules_book(rules), arena, &result, &err);
	json_decref(json);
	if (ok < 0)
		fail_msg("%s: %s %s", what, err.pointer, err.text);
	for (i = 0; i < result.n_clocks; i++)
		if (strcmp(result.clocks[i].stage, stage) == 0)
			return &result.clocks[i];
	return NULL;
}

static const struct clock *ask(const char *what, const char *question, const char *stage)
{
	const struct clock *clock = find(what, question, stage);

	if (clock == NULL)
		fail_msg("%s: no clock %s", what, stage);
	return clock;
}

/* A report that is not owed by this entity or incident at all has no clock. */
static void expect_none(const char *what, const char *question, const char *stage)
{
	if (find(what, question, stage) != NULL)
		fail_msg("%s: there is a clock %s", what, stage);
}

/* "2026-11-21T00:30" in Brussels in winter to an instant; NULL: none. */
static int64_t local(const char *text)
{
	char full[RFC3339_SIZE];
	int64_t at;

	if (text == NULL)
		return TIME_NONE;
	snprintf(full, sizeof(full), "%s:00+01:00", text);
	if (rfc3339_parse(full, strlen(full), &at, NULL) < 0)
		fail_msg("not a time: %s", full);
	return at;
}

static void expect_at(const char *what, const char *reading, int64_t got, const char *want)
{
	char text[RFC3339_SIZE + 8] = "none";

	if (got != TIME_NONE)
		rfc3339_format_offset(got, 3600, text);
	if (got != local(want))
		fail_msg("%s: %s is %s, not %s", what, reading, text,
			want != NULL ? want : "none");
}

struct row {
	const char *what, *question, *stage;
	enum clock_state state;
	const char *anchor, *due, *nominal, *latest;
	const char *law;	/* must be in the reference */
};

static void check_rows(const struct row *rows, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		const struct row *row = &rows[i];
		const struct clock *c = ask(row->what, row->question, row->stage);

		if (c->state != row->state)
			fail_msg("%s: %s, not %s", row->what, clock_state_name(c->state),
				clock_state_name(row->state));
		if (strcmp(c->anchor, row->anchor) != 0)
			fail_msg("%s: runs from %s, not %s", row->what, c->anchor,
			row->anchor);
		expect_at(row->what, "due", c->due_at, row->due);
		expect_at(row->what, "nominal", c->nominal_at, row->nominal);
		expect_at(row->what, "latest", c->latest_at, row->latest);
		if (strstr(c->reference, row->law) == NULL)
			fail_msg("%s: by %s, not %s", row->what, c->reference, row->law);
	}
}

static void every_regime_is_there_with_its_version(void **state)
{
	static const char *const names[] = { "cer", "cra", "dora", "eidas", "gdpr", "nis2" };
	const struct rulebook *book = rules_book(rules);
	size_t i;

	(void)state;
	assert_int_equal(book->n_regimes, ARRAY_LEN(names));
	for (i = 0; i < ARRAY_LEN(names); i++) {
		const struct regime *regime = rulebook_regime(book, names[i]);

		if (regime == NULL)
			fail_msg("no regime %s", names[i]);
		assert_string_equal(regime->version, "2026-11-21");
	}
}

#define GDPR "'regime':'gdpr','events':{'aware':'2026-12-24T18:10:00+01:00'}"

static void gdpr(void **state)
{
	static const struct row rows[] = {
		{ "72 hours over Christmas", GDPR, "notification", CLOCK_RUNNING, "aware",
		  "2026-12-27T18:10", "2026-12-27T18:10", "2026-12-27T19:00", "Art. 33(1)" },
		{ "the hour of the event does not count",
		  "'regime':'gdpr','events':{'aware':'2026-12-22T12:17:00+01:00'}",
		  "notification",
		  CLOCK_RUNNING, "aware", "2026-12-25T12:17", "2026-12-25T12:17",
		  "2026-12-25T13:00", "Art. 33(1)" },
		{ "high risk", GDPR ",'traits':['high-risk']", "data-subjects", CLOCK_RUNNING,
		  "aware", "2026-12-27T18:10", "2026-12-27T18:10", "2026-12-27T18:10",
		  "Art. 34(1)" },
		{ "a processor", GDPR ",'traits':['processor']", "controller", CLOCK_RUNNING,
		  "aware", "2026-12-25T18:10", "2026-12-25T18:10", "2026-12-25T18:10",
		  "Art. 33(2)" },
	};

	(void)state;
	check_rows(rows, ARRAY_LEN(rows));
	expect_none("no high risk", GDPR, "data-subjects");
	expect_none("no processor", GDPR, "controller");
	assert_true(ask("ours", GDPR ",'traits':['high-risk']", "data-subjects")->target);
	assert_false(ask("the law's", GDPR, "notification")->target);
}

/* In November 2026 unless stated. Friday 20, Monday 23, Thursday 26. */
#define FRIDAY "'regime':'dora','events':{'aware':'2026-11-20T15:00:00+01:00'," \
	"'classified':'2026-11-20T20:30:00+01:00'}"
#define INITIAL "'regime':'dora','events':{'aware':'2026-11-26T09:00:00+01:00'}," \
	"'filings':{'initial-notification':'2026-11-26T11:00:00+01:00'}"
#define FILED "'filings':{'initial-notification':'2027-01-11T11:00:00+01:00'," \
	"'intermediate-report':'2027-01-13T11:00:00+01:00'"
#define JANUARY "'regime':'dora','events':{'aware':'2027-01-11T09:00:00+01:00'"

static void dora_initial(void **state)
{
	static const struct row rows[] = {
		{ "not classified yet: 24 hours",
		  "'regime':'dora','events':{'aware':'2026-11-23T09:00:00+01:00'}",
		  "initial-notification", CLOCK_RUNNING, "aware", "2026-11-24T09:00",
		  "2026-11-24T09:00", "2026-11-24T10:00", "Art. 5(1)(a)" },
		{ "Friday night, not excluded: noon of Monday", FRIDAY, "initial-notification",
		  CLOCK_RUNNING, "classified", "2026-11-21T00:30", "2026-11-21T00:30",
		  "2026-11-23T12:00", "Art. 5(1)(a)" },
		{ "Friday night, a bank", FRIDAY ",'traits':['credit-institution']",
		  "initial-notification", CLOCK_RUNNING, "classified", "2026-11-21T00:30",
		  "2026-11-21T00:30", "2026-11-21T01:00", "Art. 5(1)(a)" },
		{ "classified after 23.5 h: half an hour left",
		  "'regime':'dora','events':{'aware':'2026-11-23T09:00:00+01:00',"
		  "'classified':'2026-11-24T08:30:00+01:00'}",
		  "initial-notification", CLOCK_RUNNING, "aware", "2026-11-24T09:00",
		  "2026-11-24T09:00", "2026-11-24T10:00", "Art. 5(1)(a)" },
		{ "classified after 24 h sharp is not late",
		  "'regime':'dora','events':{'aware':'2026-11-23T09:00:00+01:00',"
		  "'classified':'2026-11-24T09:00:00+01:00'}",
		  "initial-notification", CLOCK_RUNNING, "aware", "2026-11-24T09:00",
		  "2026-11-24T09:00", "2026-11-24T10:00", "Art. 5(1)(a)" },
		{ "classified after 25.5 h: four hours from then",
		  "'regime':'dora','events':{'aware':'2026-11-23T09:00:00+01:00',"
		  "'classified':'2026-11-24T10:30:00+01:00'}",
		  "initial-notification", CLOCK_RUNNING, "classified", "2026-11-24T14:30",
		  "2026-11-24T14:30", "2026-11-24T15:00", "Art. 5(2)" },
	};

	(void)state;
	check_rows(rows, ARRAY_LEN(rows));
}

static void dora_intermediate(void **state)
{
	static const struct row rows[] = {
		{ "before the initial: no date",
		  "'regime':'dora','events':{'aware':'2026-11-26T09:00:00+01:00'}",
		  "intermediate-report", CLOCK_PENDING, "filed:initial-notification", NULL,
		  NULL,
		  NULL, "Art. 5(1)(b)" },
		{ "72 h from the filing end on Sunday: noon of Monday", INITIAL,
		  "intermediate-report", CLOCK_RUNNING, "filed:initial-notification",
		  "2026-11-29T11:00", "2026-11-29T11:00", "2026-11-30T12:00", "Art. 5(1)(b)" },
		{ "a bank", INITIAL ",'traits':['credit-institution']", "intermediate-report",
		  CLOCK_RUNNING, "filed:initial-notification", "2026-11-29T11:00",
		  "2026-11-29T11:00", "2026-11-29T12:00", "Art. 5(1)(b)" },
		{ "Christmas on a Friday: noon of Monday",
		  "'regime':'dora','events':{'aware':'2026-12-22T09:00:00+01:00'},'filings':"
		  "{'initial-notification':'2026-12-22T11:00:00+01:00'}",
		  "intermediate-report", CLOCK_RUNNING, "filed:initial-notification",
		  "2026-12-25T11:00", "2026-12-25T11:00", "2026-12-28T12:00", "Art. 5(1)(b)" },
		{ "on a working day nothing is relieved",
		  "'regime':'dora','events':{'aware':'2026-11-23T09:00:00+01:00'},'filings':"
		  "{'initial-notification':'2026-11-23T11:00:00+01:00'}",
		  "intermediate-report", CLOCK_RUNNING, "filed:initial-notification",
		  "2026-11-26T11:00", "2026-11-26T11:00", "2026-11-26T12:00", "Art. 5(1)(b)" },
	};

	(void)state;
	check_rows(rows, ARRAY_LEN(rows));
	expect_at("no intermediate before", "planned", ask("planned",
		"'regime':'dora','events':{'aware':'2026-11-26T09:00:00+01:00'}",
		"intermediate-report")->planned_at, "2026-11-29T09:00");
}

static void dora_final(void **state)
{
	static const struct row rows[] = {
		{ "before the intermediate: no date", INITIAL, "final-report", CLOCK_PENDING,
		  "filed:intermediate-report", NULL, NULL, NULL, "Art. 5(1)(c)" },
		{ "a month from the intermediate: Saturday, noon of Monday",
		  JANUARY "}," FILED "}",
		  "final-report", CLOCK_RUNNING, "filed:intermediate-report",
		  "2027-02-13T11:00", "2027-02-14T00:00", "2027-02-15T12:00", "Art. 5(1)(c)" },
		{ "from the update after recovery: 28 February, noon of 1 March",
		  JANUARY ",'recovered':'2027-01-30T08:00:00+01:00'}," FILED
		  ",'updated-report':'2027-01-30T10:00:00+01:00'}", "final-report",
		  CLOCK_RUNNING, "filed:updated-report", "2027-02-28T10:00",
		  "2027-03-01T00:00", "2027-03-01T12:00", "Art. 5(1)(c)" },
		{ "so for a bank too",
		  JANUARY ",'recovered':'2027-01-30T08:00:00+01:00'}," FILED
		  ",'updated-report':'2027-01-30T10:00:00+01:00'},"
		  "'traits':['credit-institution']", "final-report",
		  CLOCK_RUNNING, "filed:updated-report", "2027-02-28T10:00",
		  "2027-03-01T00:00", "2027-03-01T12:00", "Art. 5(1)(c)" },
		{ "the latest of the updates counts",
		  JANUARY ",'requested':'2027-01-31T08:00:00+01:00'}," FILED
		  ",'updated-report':'2027-01-20T10:00:00+01:00',"
		  "'requested-update':'2027-02-02T10:00:00+01:00'}", "final-report",
		  CLOCK_RUNNING, "filed:requested-update", "2027-03-02T10:00",
		  "2027-03-03T00:00", "2027-03-03T00:00", "Art. 5(1)(c)" },
	};

	(void)state;
	check_rows(rows, ARRAY_LEN(rows));
	expect_at("no final before", "planned",
		ask("planned", INITIAL, "final-report")->planned_at, "2026-12-26T09:00");
}

static void dora_updates_and_clients(void **state)
{
	static const char late[] = JANUARY ",'recovered':'2027-01-30T08:00:00+01:00'},"
		FILED "}";
	static const char early[] = JANUARY ",'recovered':'2027-01-12T08:00:00+01:00'},"
		FILED "}";
	static const char own[] = JANUARY "}," FILED
		",'updated-report':'2027-01-20T10:00:00+01:00'}";
	static const char again[] = JANUARY ",'recovered':'2027-01-30T08:00:00+01:00'},"
		FILED ",'updated-report':'2027-01-20T10:00:00+01:00'}";
	const struct clock *c;

	(void)state;
	c = ask("recovered after it", late, "updated-report");
	assert_int_equal(c->state, CLOCK_RUNNING);
	assert_true(c->target);
	expect_at("recovered after it", "due", c->due_at, "2027-01-31T08:00");
	assert_int_equal(CLOCK_VOID, ask("before it", early, "updated-report")->state);
	assert_int_equal(CLOCK_VOID, ask("not yet", JANUARY "}", "updated-report")->state);
	assert_int_equal(CLOCK_FILED, ask("of our own", own, "updated-report")->state);
	/* An update from before the recovery does not tell of the recovery. */
	assert_int_equal(CLOCK_RUNNING, ask("once more", again, "updated-report")->state);
	assert_int_equal(CLOCK_PENDING, ask("unasked", own, "requested-update")->state);
	expect_none("no impact on clients", JANUARY "}", "clients");
	c = ask("clients", JANUARY "},'traits':['client-impact']", "clients");
	assert_int_equal(c->state, CLOCK_RUNNING);
	assert_true(c->target);
}

/* What the daemon lets people record, by the same clocks: an update whenever there is an
 * intermediate report, and as many as there are, before and after recovery. */
static void dora_updates_can_be_filed(void **state)
{
	static const struct {
		const char *what, *question;
		bool replaces, accepted;
	} rows[] = {
		{ "nothing to update", JANUARY "}", false, false },
		{ "of our own", JANUARY "}," FILED "}", false, true },
		{ "twice", JANUARY "}," FILED
		  ",'updated-report':'2027-01-20T10:00:00+01:00'}", false, true },
		{ "in place of the first", JANUARY "}," FILED
		  ",'updated-report':'2027-01-20T10:00:00+01:00'}", true, true },
		{ "after recovery", JANUARY ",'recovered':'2027-01-30T08:00:00+01:00'}," FILED
		  ",'updated-report':'2027-01-20T10:00:00+01:00'}", false, true },
	};
	const struct filing update = { .regime = "dora", .stage = "updated-report",
		.filed_at = local("2027-01-30T10:00"), .received_at = TIME_NONE, .by = "ana",
		.recipient = "NBB", .reference = "1" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct error err = { .code = ERROR_NONE };

		ask(rows[i].what, rows[i].question, "updated-report");
		if ((incident_check_filing(&result.incident, result.clocks, result.n_clocks,
				&update, rows[i].replaces, update.filed_at, &err) == 0) !=
				rows[i].accepted)
			fail_msg("%s: %s", rows[i].what,
				rows[i].accepted ? err.text : "accepted");
	}
}

/* Until noon, that instant included; alarms do not wait for it. */
static void dora_noon_is_arguable_and_late(void **state)
{
	static const struct {
		const char *received;
		bool arguable;
	} rows[] = {
		{ "2026-11-30T11:59:00+01:00", true }, { "2026-11-30T12:00:00+01:00", true },
		{ "2026-11-30T12:00:01+01:00", false },
	};
	const struct clock *c;
	char question[512];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		snprintf(question, sizeof(question), "'regime':'dora','events':{'aware':"
			"'2026-11-26T09:00:00+01:00'},'filings':{'initial-notification':"
			"'2026-11-26T11:00:00+01:00','intermediate-report':'%s'}",
			rows[i].received);
		c = ask(rows[i].received, question, "intermediate-report");
		assert_int_equal(c->state, CLOCK_FILED_LATE);
		if (c->arguable != rows[i].arguable)
			fail_msg("%s: arguable %d", rows[i].received, (int)c->arguable);
	}
	c = ask("said", INITIAL, "intermediate-report");
	assert_string_equal(c->derivation[c->n_derivation - 2],
		"latest, in place of that: Sunday 2026-11-29 is no working day: "
		"Monday 2026-11-30 at noon (Delegated Regulation (EU) 2025/301, Art. 5(4))");
}

/* Of the others that are excluded, each alone. */
static void dora_excluded(void **state)
{
	static const char *const traits[] = { "credit-institution", "central-counterparty",
		"trading-venue", "nis2-entity", "no-noon-relief" };
	char question[512];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(traits); i++) {
		snprintf(question, sizeof(question), "%s,'traits':['%s']", FRIDAY, traits[i]);
		expect_at(traits[i], "latest", ask(traits[i], question,
			"initial-notification")->latest_at, "2026-11-21T01:00");
		snprintf(question, sizeof(question), "%s,'traits':['%s']", INITIAL, traits[i]);
		expect_at(traits[i], "latest", ask(traits[i], question,
			"intermediate-report")->latest_at, "2026-11-29T12:00");
	}
}

#define CRA "'regime':'cra','events':{'aware':'2026-11-26T09:20:00+01:00'"
#define SEVERE "'traits':['severe-incident']"

static void cra(void **state)
{
	static const struct row rows[] = {
		{ "vulnerability, 24 h", CRA "}", "early-warning", CLOCK_RUNNING, "aware",
		  "2026-11-27T09:20", "2026-11-27T09:20", "2026-11-27T10:00", "14(2)(a)" },
		{ "vulnerability, 72 h on a Sunday", CRA "}", "notification", CLOCK_RUNNING,
		  "aware",
		  "2026-11-29T09:20", "2026-11-29T09:20", "2026-11-29T10:00", "14(2)(b)" },
		{ "no fix: no date", CRA "}", "final-report", CLOCK_PENDING, "fix-available",
		  NULL,
		  NULL, NULL, "14(2)(c)" },
		{ "14 days from the fix: Christmas, then a weekend",
		  CRA ",'fix-available':'2026-12-11T09:00:00+01:00'}", "final-report",
		  CLOCK_RUNNING, "fix-available", "2026-12-25T09:00", "2026-12-26T00:00",
		  "2026-12-29T00:00", "14(2)(c)" },
		{ "severe incident, 24 h", CRA "}," SEVERE, "early-warning", CLOCK_RUNNING,
		  "aware",
		  "2026-11-27T09:20", "2026-11-27T09:20", "2026-11-27T10:00", "14(4)(a)" },
		{ "severe incident, 72 h", CRA "}," SEVERE, "notification", CLOCK_RUNNING,
		  "aware",
		  "2026-11-29T09:20", "2026-11-29T09:20", "2026-11-29T10:00", "14(4)(b)" },
		{ "severe incident: a fix starts nothing",
		  CRA ",'fix-available':'2026-12-11T09:00:00+01:00'}," SEVERE, "final-report",
		  CLOCK_PENDING, "filed:notification", NULL, NULL, NULL, "14(4)(c)" },
		{ "severe incident, a month from the notification",
		  CRA "},'filings':{'notification':'2026-11-27T15:00:00+01:00'}," SEVERE,
		  "final-report", CLOCK_RUNNING, "filed:notification", "2026-12-27T15:00",
		  "2026-12-28T00:00", "2026-12-29T00:00", "14(4)(c)" },
		{ "all was said: no notification",
		  CRA "},'filings':{'early-warning':'2026-11-26T15:00:00+01:00'},"
		  "'traits':['severe-incident','already-provided']", "notification",
		  CLOCK_VOID,
		  "aware", "2026-11-29T09:20", "2026-11-29T09:20", "2026-11-29T10:00",
		  "14(4)(b)" },
		{ "all was said: a month from the early warning",
		  CRA "},'filings':{'early-warning':'2026-11-26T15:00:00+01:00'},"
		  "'traits':['severe-incident','already-provided']", "final-report",
		  CLOCK_RUNNING, "filed:early-warning", "2026-12-26T15:00", "2026-12-27T00:00",
		  "2026-12-29T00:00", "14(4)(c)" },
		{ "not asked", CRA "}", "intermediate-report", CLOCK_PENDING, "requested",
		  NULL,
		  NULL, NULL, "14(6)" },
		{ "users: ours", CRA "}", "users", CLOCK_RUNNING, "aware", "2026-11-29T09:20",
		  "2026-11-29T09:20", "2026-11-29T09:20", "14(8)" },
	};

	(void)state;
	check_rows(rows, ARRAY_LEN(rows));
	expect_at("no fix", "planned", ask("no fix", CRA "}", "final-report")->planned_at,
	NULL);
	expect_at("severe", "planned", ask("severe", CRA "}," SEVERE,
	"final-report")->planned_at,
		"2026-12-26T09:20");
	assert_true(ask("users", CRA "}", "users")->target);
}

#define CER_AWARE "'aware':'2026-11-12T09:00:00+01:00'}"
#define CER_FILED ",'filings':{'initial-notification':'2026-11-12T20:00:00+01:00'}"

static void cer(void **state)
{
	static const struct row rows[] = {
		{ "24 hours", "'regime':'cer','events':{" CER_AWARE, "initial-notification",
		  CLOCK_RUNNING, "aware", "2026-11-13T09:00", "2026-11-13T09:00",
		  "2026-11-13T10:00", "Art. 15(1)" },
		{ "after the incident: the earliest reading, arguable until the latest",
		  "'regime':'cer','events':{'occurred':'2026-11-10T02:00:00+01:00'," CER_AWARE
		  CER_FILED, "detailed-report", CLOCK_RUNNING, "occurred", "2026-12-10T02:00",
		  "2026-12-11T00:00", "2026-12-15T00:00", "recital 33" },
		{ "nobody knows when: from awareness, a Saturday",
		  "'regime':'cer','events':{" CER_AWARE CER_FILED, "detailed-report",
		  CLOCK_RUNNING, "aware", "2026-12-12T09:00", "2026-12-13T00:00",
		  "2026-12-15T00:00", "recital 33" },
		{ "nothing known yet",
		  "'regime':'cer','events':{'detected':'2026-11-12T08:00:00+01:00'}",
		  "detailed-report", CLOCK_PENDING, "occurred", NULL, NULL, NULL,
		  "recital 33" },
	};

	(void)state;
	check_rows(rows, ARRAY_LEN(rows));
}

#define EIDAS "'regime':'eidas','events':{'occurred':'2026-11-10T02:00:00+01:00'," \
	"'aware':'2026-11-12T09:00:00+01:00'}"
#define QUALIFIED "'traits':['qualified']"

static void eidas(void **state)
{
	static const struct row rows[] = {
		{ "qualified: due before anybody knew", EIDAS "," QUALIFIED, "notification",
		  CLOCK_RUNNING, "occurred", "2026-11-11T02:00", "2026-11-11T02:00",
		  "2026-11-11T03:00", "24(2)(fb)" },
		{ "qualified, nobody knows when it happened",
		  "'regime':'eidas','events':{'aware':'2026-11-12T09:00:00+01:00'}," QUALIFIED,
		  "notification", CLOCK_RUNNING, "aware", "2026-11-13T09:00",
		  "2026-11-13T09:00", "2026-11-13T10:00", "24(2)(fb)" },
		{ "not qualified", EIDAS, "notification", CLOCK_RUNNING, "aware",
		  "2026-11-13T09:00", "2026-11-13T09:00", "2026-11-13T10:00", "19a(1)(b)" },
		{ "people are affected", EIDAS ",'traits':['qualified','persons-affected']",
		  "affected-persons", CLOCK_RUNNING, "occurred", "2026-11-11T02:00",
		  "2026-11-11T02:00", "2026-11-11T03:00", "24(2)(fb)" },
		{ "filed at once, and late all the same",
		  EIDAS ",'filings':{'notification':'2026-11-12T09:30:00+01:00'}," QUALIFIED,
		  "notification", CLOCK_FILED_LATE, "occurred", "2026-11-11T02:00",
		  "2026-11-11T02:00", "2026-11-11T03:00", "24(2)(fb)" },
	};

	(void)state;
	check_rows(rows, ARRAY_LEN(rows));
	expect_none("nobody is affected", EIDAS, "affected-persons");
}

static int setup(void **state)
{
	(void)state;
	arena = arena_new();
	rules = rules_load(DATA, &report);
	return rules != NULL ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	rules_free(rules);
	conf_report_release(&report);
	arena_free(arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_regime_is_there_with_its_version),
		cmocka_unit_test(gdpr),
		cmocka_unit_test(dora_initial),
		cmocka_unit_test(dora_intermediate),
		cmocka_unit_test(dora_final),
		cmocka_unit_test(dora_updates_and_clients),
		cmocka_unit_test(dora_updates_can_be_filed),
		cmocka_unit_test(dora_noon_is_arguable_and_late),
		cmocka_unit_test(dora_excluded),
		cmocka_unit_test(cra),
		cmocka_unit_test(cer),
		cmocka_unit_test(eidas),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
