/*
 * A country beside a regime: what its file may say, where its limbs come to stand, and
 * that none of them can make a deadline later.
 */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/text.h"
#include "law_maker.h"
#include "nis2_rules.h"

static struct arena *arena;

static int begin(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

/* text NULL: the limb passes. */
static void expect_merge(const struct regime *regime, const struct law_beside *row,
	const char *text)
{
	struct overlay_limb limb = law_overlay_limb(row, "XX", NULL);
	struct error err = { .code = ERROR_NONE };
	const struct regime *merged = NULL;
	size_t bad = 99;
	int result = overlay_merge(regime, &limb, 1, NULL, 0, arena, &merged, &bad, &err);

	if (text == NULL ? result != 0 : (result == 0 || strstr(err.text, text) == NULL))
		fail_msg("%s beside %s: \"%s\", not \"%s\"", row->limb, row->beside,
			result < 0 ? err.text : "passes", text != NULL ? text : "passes");
	assert_int_equal(bad, text == NULL ? 1 : 0);
}

static void what_binds_is_never_later(void **state)
{
	static const char *const no = "a country may only be stricter";
	static const struct {
		const char *own, *limb, *text;
	} rows[] = {
		{ "aware PT24H", "- PT6H", NULL }, { "aware PT24H", "- PT24H", NULL },
		{ "aware PT24H", "- PT24H30M", no },
		{ "aware PT24H", "- PT24H30M reading", NULL },
		{ "aware P1M", "- P1M", NULL }, { "aware P1M", "- P2M", no },
		{ "aware P1M", "- P2M reading", NULL }, { "aware P14D", "- P14D", NULL },
		{ "aware P14D", "- P15D", no }, { "aware P30WD", "- P30WD", NULL },
		{ "aware P30WD", "- P31WD", no },
		/* An anchor that is never later, and one that may be. */
		{ "aware PT24H", "occurred", NULL }, { "aware PT24H", "detected PT24H", NULL },
		{ "classified PT4H", "aware PT4H", NULL },
		{ "aware PT24H", "classified", no }, { "occurred PT24H", "detected", no },
		{ "aware PT24H", "classified reading", NULL },
		{ "aware PT24H", "requested PT1H", no }, { "handled P1M", "aware P1M", no },
		{ "aware P1M", "filed:first P1M", no },
		{ "aware P1M", "filed:first P1M reading", NULL },
		{ "filed:first P1M", "aware P1M", no },
		/* A month may have 28 days, and a day 23 hours. */
		{ "aware P1M", "- P28D", NULL }, { "aware P1M", "- P30D", no },
		{ "aware P1M", "- P30D reading", NULL }, { "aware P31D", "- P1M", NULL },
		{ "aware P30D", "- P1M", no }, { "aware P2D", "- PT46H", NULL },
		{ "aware P2D", "- PT47H", no }, { "aware P1M", "- PT644H", NULL },
		{ "aware P1M", "- PT645H", no },
		/* Days end at midnight and roll over a weekend; hours never do. */
		{ "aware PT72H", "- P1D", no }, { "aware PT72H", "- P2D reading", NULL },
		{ "aware PT999H", "- P1M", no },
		/* So many working days are so many days at least, and may be more. */
		{ "aware P30WD", "- P30D", NULL }, { "aware P30WD", "- P31D", no },
		{ "aware P31WD", "- P1M", NULL }, { "aware P30WD", "- P1M", no },
		{ "aware P2WD", "- PT46H", NULL }, { "aware P30D", "- P1WD", no },
		{ "aware P1M", "- P5WD", no },
		{ "aware P1M", "impact-ended P30WD reading", NULL },
		/* Where the act has no number each is stricter. */
		{ "requested target PT24H", "- PT48H", NULL }, { "requested", "-", NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		const struct law_stage stages[] = {
			{ .name = "first", .limbs = { "aware PT1H" } },
			{ .name = "report", .limbs = { rows[i].own } },
		};
		char anchor[64];
		struct law_beside row = { "report", anchor, rows[i].limb };

		text_copy(anchor, strcspn(rows[i].own, " ") + 1, rows[i].own);
		expect_merge(law_regime(arena, "r", stages, 2), &row, rows[i].text);
	}
}

/* Earlier than a limb that may not be the one that counts is no proof. */
static void beside_the_latest_nothing_binds(void **state)
{
	const struct law_stage stages[] = {
		{ .name = "first", .limbs = { "aware PT1H" } },
		{ .name = "report", .limbs = { "filed:first P1M", "aware P1M" },
		  .latest_binds = true },
	};
	const struct law_beside binds = { "report", "filed:first", "- P14D" },
		reading = { "report", "filed:first", "- P14D reading" };
	const struct regime *regime = law_regime(arena, "r", stages, 2);

	(void)state;
	expect_merge(regime, &binds, "the latest of several periods count");
	expect_merge(regime, &reading, NULL);
}

static void a_refusal_says_what_to_do(void **state)
{
	const struct regime *nis2 = rulebook_regime(nis2_rulebook(), "nis2");
	static const struct law_beside rows[] = {
		{ "final-report", "filed:notification", "- P2M" },
		{ "early-warnin", "aware", "- PT6H" },
		{ "early-warning", "detected", "- PT6H" },
		{ "early-warning", "aware", "awere PT6H" },
		{ "early-warning", "aware", "filed:later PT6H reading" },
		{ "notification", "aware", "- PT48H" },	/* beside the 24 h of trust services */
	};
	static const char *const texts[] = {
		"a country may only be stricter: P2M from filed:notification is not never "
			"later than P1M from filed:notification; say kind = \"reading\" "
			"to show both",
		"\"early-warnin\" is no stage of nis2; did you mean \"early-warning\"?",
		"no period of stage early-warning runs from detected",
		"\"awere\" is no type of event; did you mean \"aware\"?",
		"\"later\" is no stage of this regime",
		"PT48H from aware is not never later than PT24H from aware",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		expect_merge(nis2, &rows[i], texts[i]);
}

static void the_second_of_two_is_named(void **state)
{
	static const struct law_beside rows[] = {
		{ "early-warning", "aware", "- PT6H" },
		{ "early-warning", "aware", "- PT25H" },
	};
	const struct regime *nis2 = rulebook_regime(nis2_rulebook(), "nis2"), *merged;
	struct overlay_limb limbs[2];
	struct error err;
	size_t bad;

	(void)state;
	limbs[0] = law_overlay_limb(&rows[0], "XX", NULL);
	limbs[1] = law_overlay_limb(&rows[1], "XX", NULL);
	assert_int_equal(-1, overlay_merge(nis2, limbs, 2, NULL, 0, arena, &merged, &bad,
		&err));
	assert_int_equal(bad, 1);
}

static void limbs_stand_beside_and_stages_come_after(void **state)
{
	static const struct law_beside rows[] = {
		{ "early-warning", "aware", "- PT6H" },
		{ "notification", "aware", "detected" },
	};
	static const struct law_stage more[] = {
		{ .name = "end-of-impact", .limbs = { "impact-ended PT24H" } },
	};
	const struct regime *nis2 = rulebook_regime(nis2_rulebook(), "nis2"), *merged;
	const struct country *xx = law_country(arena, "XX", nis2, rows, 2, more, 1);
	const struct stage *stage;

	(void)state;
	assert_null(country_overlay(NULL, "nis2"));
	assert_null(country_overlay(xx, "gdpr"));
	merged = country_overlay(xx, "nis2")->merged;
	assert_int_equal(merged->n_stages, nis2->n_stages + 1);
	assert_string_equal(merged->stages[nis2->n_stages].name, "end-of-impact");
	assert_string_equal(merged->rules, nis2->rules);
	stage = regime_stage(merged, "early-warning");
	assert_int_equal(stage->rules[0].n_limbs, 2);
	assert_null(stage->rules[0].limbs[0].country);
	assert_string_equal(stage->rules[0].limbs[1].country, "XX");
	assert_int_equal(stage->rules[0].limbs[1].period.count, 6 * HOUR_MS);
	/* In each rule, with the period of the limb that it stands beside. */
	stage = regime_stage(merged, "notification");
	assert_int_equal(stage->rules[0].limbs[1].period.count, 24 * HOUR_MS);
	assert_int_equal(stage->rules[1].limbs[1].period.count, 72 * HOUR_MS);
	assert_string_equal(stage->rules[1].limbs[1].anchor.name, "detected");
	/* The act itself is as it was. */
	assert_int_equal(regime_stage(nis2, "early-warning")->rules[0].n_limbs, 1);
}

static void a_stage_of_a_country_is_checked_too(void **state)
{
	static const struct law_stage rows[] = {
		{ .name = "early-warning", .limbs = { "aware PT1H" } },
		{ .name = "more", .limbs = { "filed:more P1M" } },
		{ .name = "more", .limbs = { "aware P1M" }, .when = { "filed:other" } },
	};
	static const char *const texts[] = { "the stage is there twice",
		"stage more waits for its own filing", "\"other\" is no stage" };
	const struct regime *nis2 = rulebook_regime(nis2_rulebook(), "nis2"), *merged;
	struct error err;
	size_t bad, i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(-1, overlay_merge(nis2, NULL, 0,
			law_stages(arena, &rows[i], 1), 1, arena, &merged, &bad, &err));
		if (strstr(err.text, texts[i]) == NULL)
			fail_msg("\"%s\", not \"%s\"", err.text, texts[i]);
	}
}

static void traits_are_known_wherever_they_stand(void **state)
{
	static const struct law_stage own[] = {
		{ .name = "a", .limbs = { "aware PT1H" }, .when = { "trait:in-when" },
			.void_when = { "event:handled", "!trait:in-void" } },
	}, more[] = {
		{ .name = "b", .limbs = { "aware PT1H" }, .when = { "trait:of-a-country" } },
	};
	struct regime *regime = law_regime(arena, "r", own, 1);
	struct conditions unless = { .n = 1 };
	struct relief relief = { .reference = "Art. 2", .unless = &unless, .n_unless = 1 };
	struct rulebook book = { .regimes = regime, .n_regimes = 1, .n_countries = 1 };
	struct condition bank;
	static const struct {
		const char *trait, *near;
		bool known;
	} rows[] = {
		{ "in-when", NULL, true }, { "in-void", NULL, true }, { "bank", NULL, true },
		{ "of-a-country", NULL, true }, { "of-a-contry", "of-a-country", false },
		{ "banks", "bank", false }, { "something-else", NULL, false },
		{ "handled", NULL, false },
	};
	const char *near;
	size_t i;

	(void)state;
	condition_parse("!trait:bank", &bank, NULL);
	unless.list = &bank;
	regime->stages[0].relief = &relief;
	book.countries = law_country(arena, "XX", regime, NULL, 0, more, 1);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		bool known = rulebook_knows_trait(&book, rows[i].trait, &near);

		if (known != rows[i].known || !text_equal(near, rows[i].near))
			fail_msg("%s: %d, near %s", rows[i].trait, known,
				near != NULL ? near : "nothing");
	}
}

static void names_of_provenance_are_those_of_the_files(void **state)
{
	(void)state;
	assert_string_equal(confidence_name(CONFIDENCE_VERIFIED), "verified");
	assert_string_equal(confidence_name(CONFIDENCE_SINGLE), "single");
	assert_string_equal(confidence_name(CONFIDENCE_UNVERIFIED), "unverified");
	assert_string_equal(confidence_name(CONFIDENCE_CONFLICT), "conflict");
	assert_string_equal(standing_name(STANDING_LAW), "law");
	assert_string_equal(standing_name(STANDING_GUIDANCE), "guidance");
	assert_string_equal(standing_name(STANDING_THIRD_PARTY), "third-party");
}

static int release(void **state)
{
	(void)state;
	nis2_release();
	return 0;
}

#define with_arena(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_arena(what_binds_is_never_later),
		with_arena(beside_the_latest_nothing_binds),
		with_arena(a_refusal_says_what_to_do),
		with_arena(the_second_of_two_is_named),
		with_arena(limbs_stand_beside_and_stages_come_after),
		with_arena(a_stage_of_a_country_is_checked_too),
		with_arena(traits_are_known_wherever_they_stand),
		cmocka_unit_test(names_of_provenance_are_those_of_the_files),
	};

	return cmocka_run_group_tests(tests, NULL, release);
}
