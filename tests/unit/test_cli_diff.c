/* What "tocsin rules" finds: an incident as the daemon shows it, beside what the same
 * facts give by other rules. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/text.h"
#include "cli/diff.h"
#include "cli/rulesets.h"
#include "core/document.h"
#include "law_maker.h"
#include "nis2_case.h"
#include "nis2_rules.h"

/* ---- rules that differ -------------------------------------------------------------- */

static struct rulebook other;
static struct regime regimes[8];
static struct stage stages[16];
static struct stage_rule rules[4];
static struct limb limbs[4];

/* The rulebook of the tests, with a copy of NIS2 that a test may change, and of its
 * first stage's first rule down to the limbs. */
static struct regime *changed_rules(void)
{
	const struct rulebook *book = nis2_rulebook();
	struct stage *first = &stages[0];

	other = *book;
	memcpy(regimes, book->regimes, book->n_regimes * sizeof(*regimes));
	other.regimes = regimes;
	assert_string_equal(regimes[0].name, "nis2");
	memcpy(stages, regimes[0].stages, regimes[0].n_stages * sizeof(*stages));
	regimes[0].stages = stages;
	memcpy(rules, first->rules, first->n_rules * sizeof(*rules));
	first->rules = rules;
	memcpy(limbs, rules[0].limbs, rules[0].n_limbs * sizeof(*limbs));
	rules[0].limbs = limbs;
	return &regimes[0];
}

/* ---- an incident of the daemon's ---------------------------------------------------- */

static json_t *folded_document(const char *country)
{
	struct buf text;
	json_t *json;

	incident.ruleset = "00";
	incident.country = country;
	incident.timezone = "Europe/Brussels";
	buf_init(&text, 0);
	document_put_incident(&text, &incident, state, clocks, n_clocks, TIME_NONE);
	json = json_read(text.data, text.len, NULL);
	assert_non_null(json);
	buf_release(&text);
	return json;
}

static json_t *daemon_document(void)
{
	fold();
	return folded_document("XX");
}

/* Takes the document. */
static void expect(json_t *document, const struct rulebook *book, const char *want)
{
	struct error err = { .code = ERROR_NONE };
	json_t *changes = diff_incident(document, book, &err);
	char *got;

	if (changes == NULL)
		fail_msg("%s (%s)", err.text, err.pointer);
	got = json_text(changes);
	if (strcmp(got, want) != 0)
		fail_msg("%s, not %s", got, want);
	free(got);
	json_decref(changes);
	json_decref(document);
}

static void the_same_rules_change_nothing(void **unused)
{
	(void)unused;
	expect(daemon_document(), nis2_rulebook(), "[]");	/* only suspected */
	event("aware", AWARE);
	expect(daemon_document(), nis2_rulebook(), "[]");
	file("notification", NOTIFIED);
	expect(daemon_document(), nis2_rulebook(), "[]");
	incident.traits = (const char *[]){ "trust-service" };
	incident.n_traits = 1;
	expect(daemon_document(), nis2_rulebook(), "[]");
}

static void every_date_that_moves_is_named(void **unused)
{
	(void)unused;
	event("aware", AWARE);
	changed_rules();
	period_parse("PT12H", &limbs[0].period, NULL);
	expect(daemon_document(), &other, "["
		"{\"regime\":\"nis2\",\"stage\":\"early-warning\",\"what\":\"due_at\","
		"\"was\":\"2026-11-22T08:17:00Z\",\"would_be\":\"2026-11-21T20:17:00Z\"},"
		"{\"regime\":\"nis2\",\"stage\":\"early-warning\",\"what\":\"nominal_at\","
		"\"was\":\"2026-11-22T08:17:00Z\",\"would_be\":\"2026-11-21T20:17:00Z\"},"
		"{\"regime\":\"nis2\",\"stage\":\"early-warning\",\"what\":\"latest_at\","
		"\"was\":\"2026-11-22T09:00:00Z\",\"would_be\":\"2026-11-21T21:00:00Z\"}]");
}

static void a_stage_may_vanish_and_another_appear(void **unused)
{
	struct regime *regime = changed_rules();

	(void)unused;
	event("aware", AWARE);
	text_copy(stages[0].name, sizeof(stages[0].name), "first-word");
	expect(daemon_document(), &other, "["
		"{\"regime\":\"nis2\",\"stage\":\"early-warning\",\"what\":\"state\","
		"\"was\":\"running\"},"
		"{\"regime\":\"nis2\",\"stage\":\"first-word\",\"what\":\"state\","
		"\"would_be\":\"running\"},"
		"{\"regime\":\"nis2\",\"stage\":\"first-word\",\"what\":\"due_at\","
		"\"would_be\":\"2026-11-22T08:17:00Z\"}]");
	assert_ptr_equal(regime, &regimes[0]);
}

static void a_regime_that_is_gone_is_an_error(void **unused)
{
	struct regime *regime = changed_rules();
	struct error err;
	json_t *document;

	(void)unused;
	event("aware", AWARE);
	text_copy(regime->name, sizeof(regime->name), "nis3");
	document = daemon_document();
	assert_null(diff_incident(document, &other, &err));
	assert_string_equal(err.text, "there are no rules for one of the regimes");
	json_decref(document);
}

/* It is kept to its own country and zone, not to those of whoever asks. */
static void an_unknown_zone_is_an_error(void **unused)
{
	struct error err;
	json_t *document;

	(void)unused;
	event("aware", AWARE);
	document = daemon_document();
	json_set_text(json_object_get(document, "rules"), "timezone", "Mars/Olympus");
	assert_null(diff_incident(document, nis2_rulebook(), &err));
	json_decref(document);
}

/* The client has no configuration; whose law the operator lets count, the readings
 * say. */
static void the_choice_of_law_is_kept(void **unused)
{
	static const struct law_beside rows[] = {
		{ "early-warning", "aware", "- PT6H" },
	};
	struct entity_override override = { "nis2", "early-warning", false, "counsel", "why" };
	struct rulebook book = *nis2_rulebook();
	struct entity_rules by = { .book = &book, .zone = nis2_zone("Europe/Brussels"),
		.overrides = &override };
	struct error err;
	int choice;

	(void)unused;
	event("aware", AWARE);
	book.countries = law_country(arena, "XY", &book.regimes[0], rows, 1, NULL, 0);
	book.n_countries = 1;
	by.country = book.countries;
	for (choice = 0; choice < 3; choice++) {	/* the act, the country, none */
		override.national = choice == 1;
		by.n_overrides = choice < 2;
		assert_int_equal(incident_fold(&incident, &by, arena, &clocks, &n_clocks, &state,
			&err), 0);
		expect(folded_document("XY"), &book, "[]");
	}
}

/* ---- lists of clocks ------------------------------------------------------------------- */

#define CLOCK(state, due, more) "[{\"regime\":\"nis2\",\"stage\":\"s\",\"state\":\"" state \
	"\",\"due_at\":\"2026-11-" due "T08:00:00Z\"" more "}]"
#define TARGET(at) ",\"target\":true,\"anchor\":\"aware\",\"anchor_at\":\"2026-11-" at \
	"T08:00:00Z\""

static void clocks_are_compared_by_what_counts(void **unused)
{
	static const struct {
		const char *name, *was, *would_be;
		bool settled;
		const char *changes;
	} rows[] = {
		{ "what is held counts as it would be once confirmed",
			CLOCK("running", "22", ",\"proposed\":{\"state\":\"running\",\"due_at\":"
			"\"2026-11-24T08:00:00Z\",\"by\":\"x\"}"), CLOCK("running", "24", ""), true,
			"" },
		{ "what is held, as it stands",
			CLOCK("running", "22", ",\"proposed\":{\"state\":\"running\",\"due_at\":"
			"\"2026-11-24T08:00:00Z\",\"by\":\"x\"}"), CLOCK("running", "24", ""), false,
			"due_at" },
		{ "a target of ours may be the entity's own",
			CLOCK("running", "22", TARGET("21")), CLOCK("running", "24", TARGET("21")),
			true, "" },
		{ "a target from another anchor",
			CLOCK("running", "22", TARGET("21")), CLOCK("running", "24", TARGET("20")),
			true, "due_at" },
		{ "late by a target or not",
			CLOCK("filed-late", "22", TARGET("21")), CLOCK("filed", "24", TARGET("21")),
			true, "" },
		{ "a target that the law has put a number to",
			CLOCK("running", "22", TARGET("21")), CLOCK("running", "24", ""), true,
			"due_at" },
		{ "a state", CLOCK("running", "22", ""), CLOCK("void", "22", ""), true, "state" },
		{ "no clock of a law",
			"[{\"regime\":\"internal\",\"stage\":\"assessment\",\"state\":\"running\"}]",
			"[]", true, "" },
		{ "no list", "{}", "5", true, "" },
	};
	size_t i;

	(void)unused;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		json_t *was = json_loads(rows[i].was, JSON_DECODE_ANY, NULL);
		json_t *would_be = json_loads(rows[i].would_be, JSON_DECODE_ANY, NULL);
		json_t *changes = diff_clocks(was, would_be, rows[i].settled);
		const char *what = json_string_value(json_object_get(
			json_array_get(changes, 0), "what"));

		if (strcmp(what != NULL ? what : "", rows[i].changes) != 0)
			fail_msg("%s: \"%s\"", rows[i].name, what != NULL ? what : "");
		json_decref(changes);
		json_decref(would_be);
		json_decref(was);
	}
}

/* ---- text ------------------------------------------------------------------------------- */

static void start(struct writer *w)
{
	writer_init(w, STDOUT_FILENO, false);
	w->width = 80;
}

static void expect_text(struct writer *w, const char *want)
{
	if (strcmp(w->out.data, want) != 0)
		fail_msg("\n%s\nnot\n%s", w->out.data, want);
	buf_release(&w->out);
}

static void changes_are_a_table(void **unused)
{
	json_t *document = json_loads("{\"id\":42,\"title\":\"Ransomware\"}", 0, NULL);
	json_t *changes = json_loads("["
		"{\"regime\":\"nis2\",\"stage\":\"early-warning\",\"what\":\"due_at\","
		"\"was\":\"2026-11-22T08:17:00Z\",\"would_be\":\"2026-11-21T14:17:00Z\"},"
		"{\"regime\":\"nis2\",\"stage\":\"early-warning\",\"what\":\"latest_at\","
		"\"was\":\"2026-11-22T09:00:00Z\",\"would_be\":\"2026-11-22T09:00:00.500Z\"},"
		"{\"regime\":\"dora\",\"stage\":\"intermediate-report\",\"what\":\"state\","
		"\"would_be\":\"pending\"}]", 0, NULL);
	struct writer w;

	(void)unused;
	start(&w);
	diff_write(&w, document, changes, "WOULD BE");
	expect_text(&w, "incident 42: Ransomware\n"
		"REPORT                    DATE    WAS                   WOULD BE\n"
		"nis2/early-warning        due     2026-11-22 08:17Z     2026-11-21 14:17Z\n"
		"nis2/early-warning        latest  2026-11-22T09:00:00Z  "
		"2026-11-22T09:00:00.500Z\n"
		"dora/intermediate-report  state   -                     pending\n");
	json_decref(changes);
	json_decref(document);
}

static json_t *ruleset(const char *digest, const char *nis2, const char *nis2_digest,
	const char *extra)
{
	json_t *set = json_pack("{s:s,s:[{s:s,s:s,s:s}],s:[{s:s,s:s,s:s}]}", "digest", digest,
		"regimes", "name", "nis2", "version", nis2, "digest", nis2_digest,
		"countries", "country", extra, "version", "2026-11-21", "digest", "cc");

	assert_non_null(set);
	return set;
}

static void sets_of_rules_are_told_apart_file_by_file(void **unused)
{
	json_t *daemon = ruleset("0123456789abcdef", "2026-11-21", "aa", "CY");
	json_t *newer = ruleset("fedcba9876543210", "2027-01-10", "bb", "IT");
	json_t *touched = ruleset("fedcba9876543210", "2026-11-21", "bb", "CY");
	struct writer w;

	(void)unused;
	start(&w);
	rulesets_write(&w, daemon, daemon);
	expect_text(&w, "the daemon runs  0123456789ab: nis2/2026-11-21, 1 country\n"
		"on disk          0123456789ab: nis2/2026-11-21, 1 country\n"
		"the same rules\n");
	start(&w);
	rulesets_write(&w, daemon, newer);
	expect_text(&w, "the daemon runs  0123456789ab: nis2/2026-11-21, 1 country\n"
		"on disk          fedcba987654: nis2/2027-01-10, 1 country\n"
		"different        nis2/2026-11-21 -> nis2/2027-01-10, CY/2026-11-21 -> none, none\n"
		"                 -> IT/2026-11-21\n"
		"The daemon has to read them before they can be applied: systemctl reload "
		"tocsind\n");
	start(&w);
	rulesets_write(&w, daemon, touched);
	assert_non_null(strstr(w.out.data, "nis2/2026-11-21 -> nis2/2026-11-21 (aa -> bb)\n"));
	buf_release(&w.out);
	json_decref(daemon);
	json_decref(newer);
	json_decref(touched);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_same_rules_change_nothing, case_begin,
			case_end),
		cmocka_unit_test_setup_teardown(every_date_that_moves_is_named, case_begin,
			case_end),
		cmocka_unit_test_setup_teardown(a_stage_may_vanish_and_another_appear,
			case_begin, case_end),
		cmocka_unit_test_setup_teardown(a_regime_that_is_gone_is_an_error, case_begin,
			case_end),
		cmocka_unit_test_setup_teardown(an_unknown_zone_is_an_error, case_begin,
			case_end),
		cmocka_unit_test_setup_teardown(the_choice_of_law_is_kept, case_begin, case_end),
		cmocka_unit_test(clocks_are_compared_by_what_counts),
		cmocka_unit_test(changes_are_a_table),
		cmocka_unit_test(sets_of_rules_are_told_apart_file_by_file),
	};
	int failed = cmocka_run_group_tests_name("cli diff", tests, NULL, NULL);

	nis2_release();
	return failed;
}
