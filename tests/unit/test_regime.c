/* The language of anchors and conditions, and the checks of a whole regime. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/text.h"
#include "core/regime.h"
#include "nis2_rules.h"

static void anchors_are_events_or_filings(void **state)
{
	struct anchor anchor;
	char text[ANCHOR_SIZE];
	struct error err;

	(void)state;
	assert_int_equal(0, anchor_parse("fix-available", &anchor, &err));
	assert_int_equal(anchor.kind, ANCHOR_EVENT);
	anchor_format(&anchor, text);
	assert_string_equal(text, "fix-available");
	assert_int_equal(0, anchor_parse("filed:notification", &anchor, &err));
	assert_int_equal(anchor.kind, ANCHOR_FILED);
	assert_string_equal(anchor.name, "notification");
	anchor_format(&anchor, text);
	assert_string_equal(text, "filed:notification");
	assert_int_equal(-1, anchor_parse("", &anchor, &err));
	assert_int_equal(-1, anchor_parse("filed:", &anchor, &err));
	assert_int_equal(-1, anchor_parse("Aware", &anchor, &err));
	assert_int_equal(-1, anchor_parse("event:aware", &anchor, &err));
}

static void conditions_are_read(void **state)
{
	static const struct {
		const char *text;
		int result;
		enum condition_kind kind;
		enum condition_when when;
		bool negated;
		const char *name;
	} rows[] = {
		{ "trait:trust-service", 0, CONDITION_TRAIT, CONDITION_ANY_TIME, false,
			"trust-service" },
		{ "!trait:bank", 0, CONDITION_TRAIT, CONDITION_ANY_TIME, true, "bank" },
		{ "event:ongoing", 0, CONDITION_EVENT, CONDITION_ANY_TIME, false, "ongoing" },
		{ "filed:final-report", 0, CONDITION_FILED, CONDITION_ANY_TIME, false,
			"final-report" },
		{ "!in-time:filed:final-report", 0, CONDITION_FILED, CONDITION_IN_TIME, true,
			"final-report" },
		{ "late:event:handled", 0, CONDITION_EVENT, CONDITION_LATE, false, "handled" },
		{ "", -1, 0, 0, false, "" }, { "!", -1, 0, 0, false, "" },
		{ "!!event:aware", -1, 0, 0, false, "" }, { "aware", -1, 0, 0, false, "" },
		{ "event:", -1, 0, 0, false, "" }, { "in-time:trait:x", -1, 0, 0, false, "" },
		{ "late:in-time:event:aware", -1, 0, 0, false, "" },
		{ "trait:Trust", -1, 0, 0, false, "" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct condition c;
		struct error err = { .code = ERROR_NONE };

		if (condition_parse(rows[i].text, &c, &err) != rows[i].result)
			fail_msg("\"%s\": %s", rows[i].text, err.text);
		if (rows[i].result == 0 && (c.kind != rows[i].kind || c.when != rows[i].when ||
				c.negated != rows[i].negated ||
				strcmp(c.name, rows[i].name) != 0))
			fail_msg("\"%s\": read otherwise", rows[i].text);
	}
}

static void conditions_of_order_and_of_days_are_read(void **state)
{
	static const struct {
		const char *text, *error;	/* error NULL: it is read */
		enum condition_kind kind;
		bool negated;
		const char *name, *after;
		const char *day;
	} rows[] = {
		{ "event:recovered > filed:a", NULL, CONDITION_EVENT, false, "recovered",
			"filed:a", NULL },
		{ "!filed:a>event:handled", NULL, CONDITION_FILED, true, "a", "handled",
			NULL },
		{ "from:2026-11-21", NULL, CONDITION_FROM, false, "", "", "2026-11-21" },
		{ "!until:2028-02-29", NULL, CONDITION_UNTIL, true, "", "", "2028-02-29" },
		{ .text = "event:a >", .error = "go with event:NAME or filed:STAGE" },
		{ .text = "> event:a", .error = "go with event:NAME or filed:STAGE" },
		{ .text = "event:a > event:b > event:c", .error = "needs a name" },
		{ .text = "trait:a > event:b", .error = "go with event:NAME" },
		{ .text = "event:a > trait:b", .error = "go with event:NAME" },
		{ .text = "late:event:a > event:b", .error = "go with event:NAME" },
		{ .text = "event:a > !event:b", .error = "go with event:NAME" },
		{ .text = "event:a > event:", .error = "needs a name" },
		{ .text = "event:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			"aaaaaaaaaaaaaaaaaaaaaaaaa > event:b", .error = "shorter name" },
		{ .text = "from:", .error = "from: and until: are followed by a day" },
		{ .text = "from:2026-02-29", .error = "followed by a day: no such date" },
		{ .text = "until:2026-1-01", .error = "not a date such as" },
		{ .text = "until:2026-01-01T", .error = "not a date such as" },
		{ .text = "in-time:from:2026-01-01", .error = "go with event:NAME" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct error err = { .code = ERROR_NONE };
		struct condition c;
		char after[ANCHOR_SIZE] = "", day[DAY_SIZE] = "";
		int result = condition_parse(rows[i].text, &c, &err);

		if (result != (rows[i].error != NULL ? -1 : 0) ||
				(result < 0 && strstr(err.text, rows[i].error) == NULL))
			fail_msg("\"%s\": %s", rows[i].text, err.text);
		if (result < 0)
			continue;
		if (c.when == CONDITION_AFTER)
			anchor_format(&c.after, after);
		else
			day_format(c.day, day);
		if (c.kind != rows[i].kind || c.negated != rows[i].negated ||
				strcmp(c.name, rows[i].name) != 0 ||
				strcmp(after, rows[i].after) != 0 ||
				strcmp(day, rows[i].day != NULL ? rows[i].day : "") != 0)
			fail_msg("\"%s\": read otherwise", rows[i].text);
	}
}

static void conditions_are_told_as_they_are_written(void **state)
{
	static const char longest[] =
		"!filed:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		" > filed:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
	static const char *const texts[] = {
		"trait:trust-service", "!trait:bank", "event:ongoing", "filed:final-report",
		"!in-time:filed:final-report", "late:event:handled",
		"event:recovered > filed:intermediate-report", "!filed:a > event:handled",
		"from:2026-11-21", "!until:2028-02-29",
		longest,
	};
	char out[CONDITION_SIZE];
	struct condition c;
	struct error err;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(texts); i++) {
		assert_int_equal(condition_parse(texts[i], &c, &err), 0);
		condition_format(&c, out);
		assert_string_equal(out, texts[i]);
	}
}

/* A code before another country's alias for it. */
static void countries_have_other_codes(void **state)
{
	const char *aliases[] = { "EL", "ZZ" };
	struct country countries[] = {
		{ .code = "GR", .aliases = aliases, .n_aliases = 2 }, { .code = "ZZ" },
	};
	const struct rulebook book = { .countries = countries, .n_countries = 2 };

	(void)state;
	assert_ptr_equal(rulebook_country(&book, "GR"), &countries[0]);
	assert_ptr_equal(rulebook_country(&book, "EL"), &countries[0]);
	assert_ptr_equal(rulebook_country(&book, "ZZ"), &countries[1]);
	assert_null(rulebook_country(&book, "UK"));
	assert_null(rulebook_country(&book, ""));
}

static void things_are_found_by_name(void **state)
{
	const struct rulebook *book = nis2_rulebook();
	const struct regime *nis2 = rulebook_regime(book, "nis2");

	(void)state;
	assert_non_null(nis2);
	assert_null(rulebook_regime(book, "nis"));
	assert_string_equal(regime_stage(nis2, "final-report")->name, "final-report");
	assert_null(regime_stage(nis2, "final"));
	assert_non_null(rulebook_country(book, "XX"));
	assert_null(rulebook_country(book, "DE"));
	assert_true(event_type_is_known("fix-available"));
	assert_false(event_type_is_known("fixed"));
}

/* A regime of two stages, a after b, that each row below spoils in one way. */
static struct limb limb_a[1], limb_b[1];
static struct condition condition[1];
static struct stage_rule rule_a[2], rule_b[1];
static struct conditions voids[1];
static struct stage stages[65];
static struct regime regime;

static int begin(void **state)
{
	(void)state;
	memset(stages, 0, sizeof(stages));
	memset(rule_a, 0, sizeof(rule_a));
	memset(rule_b, 0, sizeof(rule_b));
	memset(voids, 0, sizeof(voids));
	limb_a[0] = limb_b[0] = (struct limb){ .period = { PERIOD_HOURS, 3600000 } };
	anchor_parse("filed:b", &limb_a[0].anchor, NULL);
	anchor_parse("aware", &limb_b[0].anchor, NULL);
	condition_parse("trait:x", &condition[0], NULL);
	rule_a[0] = (struct stage_rule){ .when = { condition, 1 }, .limbs = limb_a,
		.n_limbs = 1 };
	rule_a[1] = rule_b[0] = (struct stage_rule){ .limbs = limb_b, .n_limbs = 1 };
	stages[0] = (struct stage){ .name = "a", .rules = rule_a, .n_rules = 2 };
	stages[1] = (struct stage){ .name = "b", .rules = rule_b, .n_rules = 1 };
	regime = (struct regime){ .name = "r", .stages = stages, .n_stages = 2 };
	return 0;
}

static void expect(const char *text)
{
	struct error err = { .code = ERROR_NONE };
	size_t stage;
	int result = regime_check(&regime, &stage, &err);

	if (text == NULL ? result != 0 : (result == 0 || strstr(err.text, text) == NULL))
		fail_msg("\"%s\", not \"%s\"", err.text, text != NULL ? text : "");
	begin(NULL);
}

static void a_regime_is_checked_as_a_whole(void **state)
{
	(void)state;
	expect(NULL);
	regime.n_stages = 0;
	expect("1 to 64 stages");
	regime.n_stages = 65;
	expect("1 to 64 stages");
	text_copy(stages[1].name, sizeof(stages[1].name), "a");
	expect("stage a: \"b\" is no stage");
	stages[0].n_rules = 0;
	expect("stage a: no rules");
	rule_b[0].n_limbs = 0;
	expect("stage b: a rule without limbs");
	rule_b[0].when = (struct conditions){ condition, 1 };
	expect("stage b: the last rule must have no conditions");
	anchor_parse("awere", &limb_b[0].anchor, NULL);
	expect("\"awere\" is no type of event; did you mean \"aware\"?");
	anchor_parse("filed:c", &limb_a[0].anchor, NULL);
	expect("stage a: \"c\" is no stage");
	condition_parse("in-time:filed:c", &condition[0], NULL);
	expect("stage a: \"c\" is no stage");
	condition_parse("!event:handeld", &condition[0], NULL);
	expect("did you mean \"handled\"?");
	condition_parse("event:handled > filed:c", &condition[0], NULL);
	expect("stage a: \"c\" is no stage");
	condition_parse("event:handled > event:handeld", &condition[0], NULL);
	expect("did you mean \"handled\"?");
	condition_parse("filed:c > filed:a", &condition[0], NULL);
	expect("stage a: \"c\" is no stage");
	condition_parse("filed:c", &condition[0], NULL);
	stages[1].when = (struct conditions){ condition, 1 };
	rule_a[0].when.n = 0;
	expect("stage b: \"c\" is no stage");
	rule_b[0].n_limbs = RULE_LIMBS_MAX + 1;
	expect("stage b: a rule has at most 16 limbs");
	stages[1].void_when = voids;
	stages[1].n_void_when = 1;
	expect("stage b: an empty list in void_when");
	rule_b[0].has_planned = true;
	rule_b[0].planned = limb_b[0];
	rule_b[0].planned.period.unit = PERIOD_NONE;
	expect("stage b: planned needs a period");
	rule_b[0].has_planned = true;
	rule_b[0].planned = limb_b[0];
	anchor_parse("filed:c", &rule_b[0].planned.anchor, NULL);
	expect("stage b: \"c\" is no stage");
}

static void no_stage_waits_for_itself(void **state)
{
	(void)state;
	anchor_parse("filed:b", &limb_b[0].anchor, NULL);
	expect("stage a waits for its own filing");	/* b for b, a for b */
	anchor_parse("filed:a", &limb_b[0].anchor, NULL);
	expect("waits for its own filing");
	stages[1] = (struct stage){ .name = "a", .rules = rule_b, .n_rules = 1 };
	anchor_parse("aware", &limb_a[0].anchor, NULL);
	expect("stage a: the stage is there twice");
}

/* From its own filing a clock starts again, but never for the first time. */
static void a_stage_may_run_from_its_own_filing_too(void **state)
{
	struct limb limbs[2];

	(void)state;
	limbs[0] = limbs[1] = limb_b[0];
	anchor_parse("filed:b", &limbs[1].anchor, NULL);
	rule_b[0].limbs = limbs;
	rule_b[0].n_limbs = 2;
	expect(NULL);
	/* The other one must not wait in a circle either: a runs from b. */
	rule_b[0].limbs = limbs;
	rule_b[0].n_limbs = 2;
	anchor_parse("filed:a", &limbs[0].anchor, NULL);
	expect("waits for its own filing");
	rule_b[0].limbs = limbs;
	rule_b[0].n_limbs = 2;
	limbs[0] = limbs[1];
	expect("waits for its own filing");
}

static void the_rules_of_the_tests_pass(void **state)
{
	const struct rulebook *book = nis2_rulebook();
	struct error err;
	size_t i, stage;

	(void)state;
	for (i = 0; i < book->n_regimes; i++)
		if (regime_check(&book->regimes[i], &stage, &err) < 0)
			fail_msg("%s: %s", book->regimes[i].name, err.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(anchors_are_events_or_filings),
		cmocka_unit_test(conditions_are_read),
		cmocka_unit_test(conditions_of_order_and_of_days_are_read),
		cmocka_unit_test(conditions_are_told_as_they_are_written),
		cmocka_unit_test(countries_have_other_codes),
		cmocka_unit_test(things_are_found_by_name),
		cmocka_unit_test_setup(a_regime_is_checked_as_a_whole, begin),
		cmocka_unit_test_setup(no_stage_waits_for_itself, begin),
		cmocka_unit_test_setup(a_stage_may_run_from_its_own_filing_too, begin),
		cmocka_unit_test(the_rules_of_the_tests_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
