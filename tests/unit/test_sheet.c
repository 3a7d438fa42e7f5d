/*
 * The calculator's answer for people, by the rules of the tree and the demonstration
 * holidays of "BE"; a country's law is made by hand here.
 */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/rfc3339.h"
#include "base/text.h"
#include "config/conf.h"
#include "core/sheet.h"

static struct rules *rules;

static int load(void **state)
{
	struct conf_report report;

	(void)state;
	rules = rules_load(TEST_SRCDIR "/tests/data/demo:" TEST_SRCDIR "/etc/tocsin", &report);
	if (rules == NULL)
		fprintf(stderr, "%s:%d: %s\n", report.errors[0].file, report.errors[0].line,
			report.errors[0].text);
	conf_report_release(&report);
	return rules != NULL ? 0 : -1;
}

static int release(void **state)
{
	(void)state;
	rules_free(rules);
	return 0;
}

/* ---- text -------------------------------------------------------------------- */

/* With a country's law in place of the file's, if one is given; read on a day, or none. */
static char *text_with(const char *question, const struct country *country, int32_t today,
	const char *readings)
{
	struct arena *arena = arena_new();
	json_t *json = json_read(question, strlen(question), NULL);
	struct calculation result;
	struct error err;
	struct buf out;
	char *text;

	if (json == NULL || calculate(json, rules_book(rules), arena, &result, &err) < 0)
		fail_msg("%s: refused", question);
	if (country != NULL)
		result.country = country;
	result.clocks[0].readings = readings;
	buf_init(&out, 0);
	sheet_write(&result, rules_book(rules), today, &out);
	text = buf_detach(&out, NULL);
	json_decref(json);
	arena_free(arena);
	return text;
}

static char *text_of(const char *question)
{
	return text_with(question, NULL, DAY_NONE, NULL);
}

static void expect_in(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("not there: \"%s\" in\n%s", part, text);
}

static void a_lawyer_can_read_it(void **state)
{
	char *text = text_of("{\"country\":\"BE\",\"events\":"
		"{\"aware\":\"2026-11-21T09:17:00+01:00\"},\"filings\":"
		"{\"notification\":\"2026-11-25T10:00:00+01:00\"}}");

	(void)state;
	expect_in(text, "NIS2, Directive (EU) 2022/2555, rules nis2/");
	expect_in(text, "Belgium (demo), Europe/Brussels\n");
	expect_in(text, "early-warning: running (Early warning)\n"
		"  due         Sun 2026-11-22 09:17 +01:00     2026-11-22T08:17:00Z\n"
		"  nominal     Sun 2026-11-22 09:17 +01:00     2026-11-22T08:17:00Z\n"
		"  latest      Sun 2026-11-22 10:00 +01:00     2026-11-22T09:00:00Z\n"
		"              arguable until; do not plan on it\n"
		"  law         Directive (EU) 2022/2555, Art. 23(4)(a)\n"
		"  derivation  aware 2026-11-21T09:17:00+01:00\n"
		"              + PT24H elapsed\n");
	/* Filed after the nominal end and after the latest: late. */
	expect_in(text, "notification: filed-late (Incident notification)\n");
	/* A month ends with a day; the roll goes over the holidays and the Sunday. */
	expect_in(text, "  due         Fri 2026-12-25 10:00 +01:00     2026-12-25T09:00:00Z\n"
		"  nominal     Fri 2026-12-25 24:00 +01:00     2026-12-25T23:00:00Z\n"
		"  latest      Mon 2026-12-28 24:00 +01:00     2026-12-28T23:00:00Z\n");
	expect_in(text, "\n\nNo legal advice.\n");
	free(text);
}

static void what_has_no_anchor_has_no_due_time(void **state)
{
	char *text = text_of("{\"country\":\"BE\",\"events\":"
		"{\"aware\":\"2026-11-21T09:17:00+01:00\"}}");

	(void)state;
	expect_in(text, "final-report: pending (Final report)\n"
		"  runs from   filed:notification, which has not happened\n"
		"  not before  Mon 2026-12-21 09:17 +01:00     2026-12-21T08:17:00Z\n");
	free(text);
}

static void no_member_state_is_said(void **state)
{
	char *text = text_of("{\"events\":{\"aware\":\"2026-11-21T09:17:00+01:00\"}}");

	(void)state;
	expect_in(text, "no member state: the plain act, weekends only; UTC\n");
	free(text);
}

static void local_times(void **state)
{
	static const struct {
		const char *at;
		bool end_of_day;
		const char *text;
	} rows[] = {
		{ "2026-12-23T14:42:00Z", true, "Wed 2026-12-23 15:42 +01:00" },
		{ "2026-12-23T23:00:00Z", true, "Wed 2026-12-23 24:00 +01:00" },
		{ "2026-12-23T23:00:00Z", false, "Thu 2026-12-24 00:00 +01:00" },
		{ "2026-12-31T23:00:00Z", true, "Thu 2026-12-31 24:00 +01:00" },
		{ "2028-02-29T23:00:00Z", true, "Tue 2028-02-29 24:00 +01:00" },
		{ "2027-03-28T22:00:00Z", true, "Sun 2027-03-28 24:00 +02:00" },
		{ "2026-07-01T10:00:05Z", true, "Wed 2026-07-01 12:00:05 +02:00" },
	};
	const struct rulebook *book = rules_book(rules);
	const struct zone *zone = book->zone(book->zone_arg, "Europe/Brussels", NULL);
	char text[SHEET_TIME_SIZE];
	int64_t at = TIME_NONE;
	size_t i;

	(void)state;
	assert_non_null(zone);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(rfc3339_parse(rows[i].at, strlen(rows[i].at), &at, NULL), 0);
		sheet_time(zone, at, rows[i].end_of_day, text);
		if (strcmp(text, rows[i].text) != 0)
			fail_msg("%s: \"%s\", not \"%s\"", rows[i].at, text, rows[i].text);
	}
}

#define AWARE "{\"country\":\"BE\",\"events\":{\"aware\":\"2026-11-21T09:17:00+01:00\"}"
#define FILED AWARE ",\"filings\":{\"notification\":\"2026-11-23T15:42:00+01:00\"}}"

static void the_table_has_a_row_for_each_stage(void **state)
{
	char *text = text_of(FILED);

	(void)state;
	expect_in(text, " STATE   DUE              NOMINAL          LATEST\n");
	expect_in(text, " running 2026-11-22 09:17 2026-11-22 09:17 2026-11-22 10:00\n");
	expect_in(text, " filed   2026-11-24 09:17 2026-11-24 09:17 2026-11-24 10:00\n");
	expect_in(text, " running 2026-12-23 15:42 2026-12-23 24:00 2026-12-23 24:00\n");
	expect_in(text, "In the time of Europe/Brussels. Latest: arguable until; do not plan "
		"on it.\n");
	free(text);
	text = text_of(AWARE "}");
	expect_in(text, " pending ? 2026-12-21     -                -\n");
	free(text);
	/* After the end, before the latest reading; and after both. */
	text = text_of(AWARE ",\"filings\":{\"early-warning\":\"2026-11-22T09:30:00+01:00\","
		"\"notification\":\"2026-11-25T09:30:00+01:00\"}}");
	expect_in(text, " late?   2026-11-22 09:17");
	expect_in(text, " late    2026-11-24 09:17");
	free(text);
}

static void the_timeline_is_the_order_of_things(void **state)
{
	char *text = text_of(FILED);

	(void)state;
	expect_in(text, "Timeline (* happened, o due, ? planned: not before)\n"
		"  *  Sat 2026-11-21 09:17 +01:00  2026-11-21T08:17:00Z  aware\n"
		"  |  1 d 0 h\n"
		"  o  Sun 2026-11-22 09:17 +01:00  2026-11-22T08:17:00Z  early-warning due\n");
	expect_in(text, "  |  1 d 6 h\n"
		"  *  Mon 2026-11-23 15:42 +01:00  2026-11-23T14:42:00Z  notification filed\n"
		"  o  Tue 2026-11-24 09:17 +01:00  2026-11-24T08:17:00Z  notification due\n"
		"  |  29 d 6 h\n"
		"  o  Wed 2026-12-23 15:42 +01:00  2026-12-23T14:42:00Z  progress-report due\n"
		"  o  Wed 2026-12-23 15:42 +01:00  2026-12-23T14:42:00Z  final-report due\n");
	free(text);
	text = text_of(AWARE "}");
	expect_in(text, "  ?  Mon 2026-12-21 09:17 +01:00  2026-12-21T08:17:00Z  "
		"final-report planned\n");
	free(text);
}

static struct route_item item(const char *value, enum confidence confidence, const char *note)
{
	return (struct route_item){ .value = value, .note = note, .provenance = {
		.confidence = confidence, .standing = STANDING_GUIDANCE,
		.read_day = civil_days(2026, 9, 3), .checked_day = DAY_NONE } };
}

/* Cyprus, by hand: its words are long enough to be broken. */
static struct country make_country(struct overlay *overlay)
{
	static const char *notes[] = { "What the 6 hours run from is not stated in the guide "
		"that was read: they are counted from awareness, as the directive counts." };

	*overlay = (struct overlay){ .regime = "nis2", .law = "Law 89(I)/2020",
		.status = "in force since 2025-04-25", .in_force = true, .from_day = DAY_NONE,
		.provenance = item("", CONFIDENCE_VERIFIED, NULL).provenance,
		.notes = notes, .n_notes = 1 };
	overlay->route.recipient = item("CSIRT-CY", CONFIDENCE_VERIFIED, NULL);
	overlay->route.portal = item("https://portal.example/Αναφορά/"
		"0123456789012345678901234567890123456789012345678901234567890123456789",
		CONFIDENCE_SINGLE, NULL);
	overlay->route.email = item("reporting@example", CONFIDENCE_CONFLICT, "lists differ");
	return (struct country){ .code = "CY", .name = "Κύπρος", .version = "1",
		.overlays = overlay, .n_overlays = 1 };
}

static void it_says_what_law_and_how_sure(void **state)
{
	struct overlay overlay;
	struct country country = make_country(&overlay);
	char *text = text_with(AWARE "}", &country, DAY_NONE, NULL);

	(void)state;
	expect_in(text, "  law         Law 89(I)/2020; in force since 2025-04-25; the periods "
		"shown are\n              those of Directive (EU) 2022/2555\n"
		"  how sure    verified, authority's guidance or register, read 2026-09-03\n");
	expect_in(text, "Notes on the national law\n"
		"  - What the 6 hours run from is not stated in the guide that was read: they "
		"are\n    counted from awareness, as the directive counts.\n");
	assert_null(strstr(text, "Where to file"));
	free(text);
	overlay.in_force = false;
	text = text_with(AWARE "}", &country, DAY_NONE, NULL);
	expect_in(text, "  law         no national act is known: Law 89(I)/2020;");
	free(text);
	country.n_overlays = 0;
	text = text_with(AWARE "}", &country, civil_days(2026, 9, 4), NULL);
	expect_in(text, "no national law is kept here for");
	expect_in(text, "Where to file\n  - not known\n");
	free(text);
}

static void it_says_where_to_file_by_the_age_of_what_is_known(void **state)
{
	struct overlay overlay;
	struct country country = make_country(&overlay);
	char *text = text_with(AWARE "}", &country, civil_days(2026, 9, 4), NULL);

	(void)state;
	expect_in(text, "Where to file\n"
		"  - recipient: CSIRT-CY (verified, read 2026-09-03)\n"
		"  - authority: not known\n");
	expect_in(text, "  - email: reporting@example (sources disagree, read 2026-09-03); "
		"lists differ\n");
	free(text);
	text = text_with(AWARE "}", &country, civil_days(2027, 6, 1), NULL);
	assert_null(strstr(text, "portal.example"));
	expect_in(text, "  - recipient: CSIRT-CY (unverified since 2027-03-03)\n");
	free(text);
}

static void each_reading_says_whether_it_alarms(void **state)
{
	static const char readings[] = "[{\"law\":\"nis2\",\"anchor\":\"aware\","
		"\"due_at\":\"2026-11-22T08:17:00Z\",\"nominal_at\":\"2026-11-22T08:17:00Z\","
		"\"latest_at\":\"2026-11-22T09:00:00Z\",\"alarms\":true,"
		"\"derivation\":[\"the same\"]},"
		"{\"law\":\"CY\",\"anchor\":\"detected\",\"due_at\":\"2026-12-24T09:17:00Z\","
		"\"nominal_at\":\"2026-12-24T23:00:00Z\","
		"\"latest_at\":\"2026-12-24T23:00:00Z\",\"reference\":\"DSA guide\","
		"\"note\":\"the statute was not read\","
		"\"confidence\":\"verified\",\"standing\":\"guidance\","
		"\"read_on\":\"2026-09-03\",\"derivation\":[\"+ P1M\",\"nominal\"]},"
		"{\"law\":\"CY\",\"anchor\":\"handled\"},"
		"{\"law\":\"PT\",\"anchor\":\"classified\",\"alarms\":true,"
		"\"due_at\":\"2026-11-23T08:17:00Z\"}]";
	char *text = text_with(AWARE "}", NULL, DAY_NONE, readings);

	(void)state;
	expect_in(text, "  reading     nis2, from aware: alarms\n"
		"    due       Sun 2026-11-22 09:17 +01:00     2026-11-22T08:17:00Z\n");
	expect_in(text, "  reading     CY, from detected: does not alarm\n"
		"    due       Thu 2026-12-24 10:17 +01:00     2026-12-24T09:17:00Z\n"
		"    nominal   Thu 2026-12-24 24:00 +01:00     2026-12-24T23:00:00Z\n"
		"    latest    Thu 2026-12-24 24:00 +01:00     2026-12-24T23:00:00Z\n"
		"    law       DSA guide\n"
		"    source    verified, guidance, read 2026-09-03\n"
		"    note      the statute was not read\n"
		"    because   + P1M\n"
		"              nominal\n");
	expect_in(text, "  reading     CY, from handled: which has not happened\n");
	expect_in(text, "  reading     PT, from classified: later, so it does not alarm\n");
	assert_null(strstr(text, "the same"));
	free(text);
	/* What a row of an old store holds is no reason to fail. */
	text = text_with(AWARE "}", NULL, DAY_NONE, "{not JSON");
	assert_null(strstr(text, "reading "));
	free(text);
}

static size_t columns_of(const char *line, size_t n)
{
	size_t columns = 0, i;

	for (i = 0; i < n; i++)
		columns += ((unsigned char)line[i] & 0xc0) != 0x80;
	return columns;
}

static void no_line_is_wider_than_a_terminal(void **state)
{
	struct overlay overlay;
	struct country country = make_country(&overlay);
	char *text = text_with(FILED, &country, civil_days(2026, 9, 4), NULL);
	const char *line, *end;

	(void)state;
	for (line = text; (end = strchr(line, '\n')) != NULL; line = end + 1)
		if (columns_of(line, (size_t)(end - line)) > 80 ||
				(end > line && end[-1] == ' '))
			fail_msg("too wide, or ends with a space: %.*s",
				(int)(end - line), line);
	assert_string_equal(line, "");
	assert_true(text_is_utf8(text, strlen(text)));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lawyer_can_read_it),
		cmocka_unit_test(what_has_no_anchor_has_no_due_time),
		cmocka_unit_test(no_member_state_is_said),
		cmocka_unit_test(local_times),
		cmocka_unit_test(the_table_has_a_row_for_each_stage),
		cmocka_unit_test(the_timeline_is_the_order_of_things),
		cmocka_unit_test(it_says_what_law_and_how_sure),
		cmocka_unit_test(it_says_where_to_file_by_the_age_of_what_is_known),
		cmocka_unit_test(each_reading_says_whether_it_alarms),
		cmocka_unit_test(no_line_is_wider_than_a_terminal),
	};

	return cmocka_run_group_tests_name("sheet", tests, load, release);
}
