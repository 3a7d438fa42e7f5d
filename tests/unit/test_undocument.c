/* An incident's document read back: folded again it gives the clocks that it came
 * with, and what no clock can do without is missed with its place. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/text.h"
#include "core/document.h"
#include "nis2_case.h"
#include "nis2_rules.h"

/* ---- stories ------------------------------------------------------------------- */

static void nothing(void)
{
}

static void aware(void)
{
	event("occurred", "2026-11-21T07:00:00+01:00");
	event("aware", AWARE);
}

static void corrected(void)
{
	aware();
	incident.events[1].replaced = true;
	event("aware", "2026-11-21T09:30:00.250+01:00")->basis = NULL;
}

static void filed(void)
{
	aware();
	file("early-warning", "2026-11-21T18:40:00+01:00");
	file("notification", NOTIFIED)->received_at = at("2026-11-24T08:00:00+01:00");
	incident.filings[0].digest = "00ff";
}

static void filed_twice(void)
{
	filed();
	incident.filings[1].replaced = true;
	file("notification", "2026-11-23T16:00:00+01:00");
}

static void requested(void)
{
	aware();
	event("requested", "2026-11-25T09:00:00+01:00")->due_at =
		at("2026-11-27T12:00:00+01:00");
}

static void waived(void)
{
	aware();
	waive("early-warning");
}

static void trusted(void)
{
	static const char *traits[] = { "trust-service", "cloud" };

	aware();
	incident.traits = traits;
	incident.n_traits = 2;
}

static void under_two_acts(void)
{
	aware();
	incident.n_regimes = 2;
	event_for("gdpr", "aware", "2026-11-21T10:00:00+01:00");
}

static void dismissed(void)
{
	aware();
	incident.dismissed_at = at(NOTIFIED);
	incident.dismissed_by = "ciso";
	incident.dismissed_basis = "a test";
}

static void of_an_alert(void)
{
	aware();
	incident.description = "three hosts\nand one more";
	incident.severity = SEVERITY_CRITICAL;
	incident.drill = true;
	incident.source = "wazuh";
	incident.key = "k-1";
	incident.alerts = 3;
}

static void a_fast_drill(void)
{
	filed();
	incident.drill = true;
	incident.drill_scale = 4320;
}

/* ---- the way back ----------------------------------------------------------------- */

static char *document(void)
{
	struct buf text;

	fold();
	buf_init(&text, 0);
	document_put_incident(&text, &incident, state, clocks, n_clocks, TIME_NONE);
	return buf_detach(&text, NULL);
}

static void what_is_read_back_folds_to_the_same_clocks(void **unused)
{
	static const struct {
		const char *name;
		void (*tell)(void);
	} stories[] = {
		{ "suspected", nothing }, { "aware", aware }, { "corrected", corrected },
		{ "filed", filed }, { "filed twice", filed_twice }, { "requested", requested },
		{ "waived", waived }, { "with traits", trusted },
		{ "under two acts", under_two_acts }, { "dismissed", dismissed },
		{ "of an alert", of_an_alert }, { "a fast drill", a_fast_drill },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(stories); i++) {
		char *before, *after;
		struct error err;
		json_t *json;

		case_begin(unused);
		stories[i].tell();
		before = document();
		json = json_read(before, strlen(before), NULL);
		if (incident_from_document(json, arena, &incident, &err) < 0)
			fail_msg("%s: %s (%s)", stories[i].name, err.text, err.pointer);
		after = document();
		if (strcmp(before, after) != 0)
			fail_msg("%s: before\n%s\nafter\n%s", stories[i].name, before, after);
		free(before);
		free(after);
		json_decref(json);
		case_end(unused);
	}
}

static struct incident read_text(const char *text, int want, struct error *err, json_t **ret)
{
	struct incident back;

	*ret = json_read(text, strlen(text), NULL);
	err->pointer[0] = '\0';
	if (incident_from_document(*ret, arena, &back, err) != want)
		fail_msg("%s: %s", text, want == 0 ? err->text : "is accepted");
	return back;
}

static void the_rules_it_is_kept_to_are_read(void **unused)
{
	struct incident back;
	struct error err;
	json_t *json;

	case_begin(unused);
	back = read_text("{\"id\":7,\"rules\":{\"digest\":\"ab\",\"country\":\"CY\","
		"\"timezone\":\"Asia/Nicosia\"}}", 0, &err, &json);
	assert_int_equal(back.id, 7);
	assert_string_equal(back.ruleset, "ab");
	assert_string_equal(back.country, "CY");
	assert_string_equal(back.timezone, "Asia/Nicosia");
	json_decref(json);
	back = read_text("{\"id\":7}", 0, &err, &json);
	assert_null(back.ruleset);
	assert_null(back.country);
	assert_int_equal(back.dismissed_at, TIME_NONE);
	json_decref(json);
	case_end(unused);
}

static void what_is_missing_is_named(void **unused)
{
	static const struct {
		const char *text, *pointer;
	} rows[] = {
		{ "[]", "" },
		{ "{\"events\":[1]}", "/events/0/type" },
		{ "{\"events\":[{\"type\":\"aware\",\"at\":\"2026-11-21T08:00:00Z\"},"
			"{\"type\":\"aware\",\"at\":\"soon\"}]}", "/events/1/at" },
		{ "{\"filings\":[{\"regime\":\"nis2\"}]}", "/filings/0/stage" },
		{ "{\"filings\":[{\"regime\":\"nis2\",\"stage\":\"notification\"}]}",
			"/filings/0/filed_at" },
		{ "{\"waivers\":[null]}", "/waivers/0/stage" },
		{ "{\"regimes\":[\"nis2\",5]}", "/regimes" },
		{ "{\"traits\":[{}]}", "/traits" },
	};
	size_t i;

	case_begin(unused);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct error err;
		json_t *json;

		read_text(rows[i].text, -1, &err, &json);
		if (strcmp(err.pointer, rows[i].pointer) != 0)
			fail_msg("%s: at \"%s\", not \"%s\"", rows[i].text, err.pointer,
				rows[i].pointer);
		json_decref(json);
	}
	case_end(unused);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_read_back_folds_to_the_same_clocks),
		cmocka_unit_test(the_rules_it_is_kept_to_are_read),
		cmocka_unit_test(what_is_missing_is_named),
	};
	int failed = cmocka_run_group_tests_name("undocument", tests, NULL, NULL);

	nis2_release();
	return failed;
}
