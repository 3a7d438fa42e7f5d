/*
 * Data files: what the shipped ones become, what is said of one that is wrong, and
 * which of several wins.
 */
#include "config.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/rfc3339.h"
#include "base/text.h"
#include "conf_fixture.h"

/* The regime as shipped must hold what the fold asks for. */
static void test_nis2(void **state)
{
	struct conf_report report;
	struct rules *rules = rules_load(DATA, &report);
	const struct regime *nis2;
	const struct stage *stage;

	(void)state;
	assert_non_null(rules);
	nis2 = rulebook_regime(rules_book(rules), "nis2");
	assert_non_null(nis2);
	assert_string_equal(nis2->rules, "nis2/2026-11-21");
	assert_int_equal(strlen(nis2->digest), 64);
	assert_int_equal(nis2->n_stages, 7);
	stage = regime_stage(nis2, "early-warning");
	assert_int_equal(stage->rules[0].limbs[0].period.unit, PERIOD_HOURS);
	assert_int_equal(stage->rules[0].limbs[0].period.count, 24 * HOUR_MS);
	stage = regime_stage(nis2, "notification");
	assert_int_equal(stage->n_rules, 2);
	assert_int_equal(stage->rules[0].when.list[0].kind, CONDITION_TRAIT);
	assert_int_equal(stage->rules[1].limbs[0].period.count, 72 * HOUR_MS);
	stage = regime_stage(nis2, "intermediate-report");
	assert_true(stage->on_request);
	assert_int_equal(stage->rules[0].limbs[0].period.unit, PERIOD_NONE);
	assert_int_equal(stage->rules[0].limbs[0].target.count, 24 * HOUR_MS);
	stage = regime_stage(nis2, "progress-report");
	assert_int_equal(stage->n_void_when, 2);
	assert_int_equal(stage->void_when[1].n, 2);
	assert_true(stage->void_when[1].list[1].negated);
	stage = regime_stage(nis2, "final-report");
	assert_int_equal(stage->rules[2].limbs[0].anchor.kind, ANCHOR_FILED);
	assert_string_equal(stage->rules[2].limbs[0].anchor.name, "notification");
	assert_int_equal(stage->rules[2].limbs[0].period.unit, PERIOD_MONTHS);
	assert_true(stage->rules[2].has_planned);
	conf_report_release(&report);
	rules_free(rules);
}

static const struct country *country(const struct rules *rules, const char *code)
{
	const struct country *found = rulebook_country(rules_book(rules), code);

	if (found == NULL)
		fail_msg("no country %s", code);
	return found;
}

static void test_countries(void **state)
{
	static const struct {
		const char *code;
		int year, month, day;
		bool holiday;
	} cases[] = {
		{ "DE", 2026, 12, 25, true }, { "DE", 2026, 12, 24, false },
		{ "DE", 2027, 3, 29, true },		/* Easter Monday */
		{ "GR", 2027, 5, 3, true },		/* Orthodox Easter Monday */
		{ "SE", 2027, 6, 26, true },		/* Saturday of 20 to 26 June */
		{ "IE", 2027, 2, 1, true },		/* first Monday of February */
		{ "IE", 2030, 2, 1, true },		/* 1 February, a Friday, itself */
		{ "IE", 2030, 2, 4, false },		/* and so not the Monday */
		{ "NL", 2030, 5, 5, true }, { "NL", 2031, 5, 5, false },
	};
	struct conf_report report;
	struct rules *rules = rules_load(DATA, &report);
	const struct rulebook *book;
	struct error why;
	size_t i;

	(void)state;
	assert_non_null(rules);
	book = rules_book(rules);
	assert_int_equal(book->n_countries, 30);
	for (i = 0; i < book->n_countries; i++)
		if (book->zone(book->zone_arg, book->countries[i].timezone, &why) == NULL)
			fail_msg("%s: %s", book->countries[i].code, why.text);
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		int32_t day = civil_days(cases[i].year, cases[i].month, cases[i].day);

		if ((calendar_holiday(&country(rules, cases[i].code)->calendar, day) != NULL) !=
			cases[i].holiday)
			fail_msg("%s %d-%02d-%02d", cases[i].code, cases[i].year, cases[i].month,
				cases[i].day);
	}
	conf_report_release(&report);
	rules_free(rules);
}

#define REGIME_HEAD "regime = \"x\"; title = \"X\"; act = \"Y\"; version = \"1\";\n"
#define STAGE(rest) REGIME_HEAD "stages = ( { name = \"a\"; title = \"A\";\n" rest " } );\n"
#define LIMB(limb) STAGE("rules = ( { reference = \"r\";\n limbs = ( {" limb " } ); } );")
#define RULES "rules = ( { reference = \"r\"; " \
	"limbs = ( { anchor = \"aware\"; period = \"PT1H\"; } ); } );"
#define COUNTRY(rest) "country = \"XA\"; name = \"X\"; timezone = \"Europe/Berlin\"; " \
	"version = \"1\";\n" rest "\n"
#define FORMAT(rest) "format = \"x\"; title = \"X\"; version = \"1\";\n" rest "\n"

/* One mistake in one data file: told with that file's name and line. */
static const struct {
	const char *file, *text;
	int line;
	const char *message;
} mistakes[] = {
	{ "regimes.d/y.conf", LIMB("anchor = \"aware\"; period = \"PT1H\";"), 1,
		"regime: is \"x\", but the file is called y.conf" },
	{ "regimes.d/x.conf", LIMB("anchor = \"aware\"; perod = \"PT1H\";"), 4,
		"unknown key \"perod\" in limb; did you mean \"period\"?" },
	{ "regimes.d/x.conf", LIMB("anchor = \"aware\"; period = \"P1DT12H\";"), 4,
		"period: \"P1DT12H\": " },
	{ "regimes.d/x.conf", LIMB("anchor = \"aware\"; period = 24;"), 4,
		"period: must be a string in quotes" },
	{ "regimes.d/x.conf", LIMB("anchor = \"Aware!\"; period = \"PT1H\";"), 4,
		"anchor: \"Aware!\": " },
	{ "regimes.d/x.conf",
		LIMB("anchor = \"aware\"; period = \"PT1H\"; target = \"PT1H\";"), 4,
		"target: there is a period already" },
	{ "regimes.d/x.conf", LIMB("anchor = \"filed:b\"; period = \"PT1H\";"), 2, "b" },
	{ "regimes.d/x.conf", STAGE("rules = ( );"), 3, "rules: must not be empty" },
	{ "regimes.d/x.conf", STAGE("void_when = [ \"x\" ];\nrules = ( { reference = \"r\"; "
		"limbs = ( { anchor = \"aware\"; period = \"PT1H\"; } ); } );"), 3,
		"void_when: must be a list of arrays" },
	{ "regimes.d/x.conf", STAGE("rules = ( {\nwhen = [ \"trait\" ];\nreference = \"r\"; "
		"limbs = ( { anchor = \"aware\"; period = \"PT1H\"; } ); } );"), 4,
		"when: \"trait\": " },
	{ "regimes.d/x.conf", STAGE("relief = { until = \"one\"; reference = \"r\"; };\n"
		RULES), 3, "until: cannot be \"one\"" },
	{ "regimes.d/x.conf", STAGE("relief = {\nuntil = \"noon\"; };\n" RULES), 3,
		"relief: \"reference\" is missing" },
	{ "regimes.d/x.conf", STAGE("relief = { until = \"noon\"; reference = \"r\";\n"
		"unless = ( [ \"bank\" ] ); };\n" RULES), 4, "unless: \"bank\": " },
	{ "regimes.d/x.conf", STAGE("relief = { until = \"noon\"; reference = \"r\";\n"
		"unless = ( [ \"filed:b\" ] ); };\n" RULES), 2, "\"b\" is no stage" },
	{ "regimes.d/x.conf", STAGE("rules = ( { reference = \"r\"; binds = \"last\";\n"
		"limbs = ( { anchor = \"aware\"; period = \"PT1H\"; } ); } );"), 3,
		"binds: cannot be \"last\"" },
	{ "regimes.d/x.conf", STAGE("rules = ( { reference = \"r\"; binds = \"latest\";\n"
		"limbs = ( { anchor = \"aware\"; target = \"PT1H\"; } ); } );"), 2,
		"where the latest binds each limb needs a period" },
	{ "countries.d/XA.conf",
		COUNTRY("holidays = ( { rule = \"02-30\"; name = \"n\"; } );"), 2, "rule: \"02-30\": " },
	{ "countries.d/XA.conf", COUNTRY("holidays = ( { rule = \"easter+1\"; } );"), 2,
		"holiday: \"name\" is missing" },
	{ "countries.d/XB.conf", COUNTRY(""), 1, "country: is \"XA\"" },
	{ "countries.d/XA.conf", COUNTRY("aliases = [ \"XX\",\n\"Xa\" ];"), 3,
		"aliases: \"Xa\" is not two capital letters" },
	{ "countries.d/XA.conf", COUNTRY("aliases = [ \"EL\" ];"), 2,
		"aliases: \"EL\" is one of GR already" },
	{ "sources.d/x.conf", FORMAT(""), 0, "\"title_from\" is missing" },
	{ "sources.d/x.conf", FORMAT("title_from = [ \"a.b\",\n\"^c\" ];"), 3,
		"title_from: \"^c\" is a path out of \"each\"" },
	{ "sources.d/x.conf", FORMAT("title_from = \"a..b\";"), 2, "is not a path" },
	{ "sources.d/x.conf", FORMAT("title_from = \"a[01]\";"), 2, "is not a path" },
	{ "sources.d/x.conf", FORMAT("title_from = \"a\"; severity_from = \"s\";\n"
		"severity_map = ( { is = \"x\"; from = 1; severity = \"high\"; } );"), 3,
		"severity: needs either \"is\" or \"from\" and \"to\"" },
	{ "sources.d/x.conf", FORMAT("title_from = \"a\";\n"
		"severity_map = ( { is = \"x\"; severity = \"high\"; } );"), 3,
		"severity_map: there is no \"severity_from\"" },
	{ "sources.d/x.conf", FORMAT("title_from = \"a\";\n resolved = { path = \"s\"; };"), 3,
		"test: \"equals\" is missing" },
};

static void test_bad_data(void **state)
{
	struct place *p = *state;
	size_t i;

	make_file(p, "tocsind.conf", 0600, ENTITY REST);
	make_dir(p, "regimes.d");
	make_dir(p, "countries.d");
	make_dir(p, "sources.d");
	for (i = 0; i < ARRAY_LEN(mistakes); i++) {
		struct conf_report report;
		char path[PATH_MAX];

		make_file(p, mistakes[i].file, 0600, mistakes[i].text);
		assert_null(load(p, DATA, false, &report));
		assert_one(report.errors, report.n_errors, mistakes[i].file, mistakes[i].line,
			mistakes[i].message);
		conf_report_release(&report);
		snprintf(path, sizeof(path), "%s/%s", p->dir, mistakes[i].file);
		assert_int_equal(unlink(path), 0);
	}
}

#define TERMS(read) "terms = { confidence = \"single\"; standing = \"quoted\"; " \
	"source = \"s\"; read = \"" read "\"; };\n"
#define OVERLAY(terms, route) COUNTRY("overlays = ( { regime = \"nis2\"; law = \"l\"; " \
	"status = \"s\";\n" terms "route = { " route " }; } );")
#define PORTAL(checked) "portal = { value = \"v\"; confidence = \"single\"; " \
	"standing = \"law\"; source = \"s\"; read = \"2026-09-03\";\nchecked = \"" \
	checked "\"; };"

/* What is said to have been read tomorrow never grows old. It may also be the machine's
 * clock, so it is a warning, and one for a file. */
static void test_dates_to_come(void **state)
{
	static const struct {
		const char *text;
		int line;		/* 0: no warning */
		const char *message;
	} dates[] = {
		{ OVERLAY(TERMS("2026-09-03"), PORTAL("2026-09-03")), 0, NULL },
		{ OVERLAY(TERMS("2126-09-03"), PORTAL("2026-09-03")), 3,
			"read: 2126-09-03 lies in the future" },
		{ OVERLAY(TERMS("2026-09-03"), PORTAL("2126-09-03")), 5,
			"checked: 2126-09-03 lies in the future" },
		{ OVERLAY(TERMS("2126-09-03"), PORTAL("2126-09-03")), 3,
			"read: 2126-09-03 lies in the future" },
	};
	struct place *p = *state;
	size_t i;

	make_file(p, "tocsind.conf", 0600, ENTITY REST);
	make_dir(p, "countries.d");
	for (i = 0; i < ARRAY_LEN(dates); i++) {
		struct conf_report report;
		struct conf *conf;

		make_file(p, "countries.d/XA.conf", 0600, dates[i].text);
		conf = load(p, DATA, false, &report);
		assert_non_null(conf);
		if (dates[i].line != 0)
			assert_one(report.warnings, report.n_warnings, "countries.d/XA.conf",
				dates[i].line, dates[i].message);
		else
			assert_int_equal(report.n_warnings, 0);
		conf_report_release(&report);
		conf_free(conf);
	}
}

#define MAPPED "sources = ( { name = \"s\"; format = \"x\"; },\n" \
	"  { name = \"t\"; format = \"x\"; awareness = \"triage\"; minimum_severity = \"none\"; } );\n"
#define MAP(entity) FORMAT("title_from = \"t\"; entity = \"e\"; awareness = \"alert\";\n" \
	"awareness_time = \"detected\"; minimum_severity = \"high\";\n" \
	"entity_map = ( { is = \"a\"; entity = \"" entity "\"; } );")

/* What a format says for sources that do not, and the entities that it names. */
static void test_a_format_speaks_for_its_sources(void **state)
{
	struct place *p = *state;
	struct conf_report report;
	struct conf *conf;

	make_file(p, "tocsind.conf", 0600, ENTITY REST MAPPED);
	make_dir(p, "sources.d");
	make_file(p, "sources.d/x.conf", 0600, MAP("acme"));
	conf = load_good(p, false);
	assert_int_equal(conf_source(conf, "s")->awareness, AWARENESS_ALERT);
	assert_int_equal(conf_source(conf, "s")->awareness_time, AWARENESS_DETECTED);
	assert_int_equal(conf_source(conf, "s")->minimum, SEVERITY_HIGH);
	assert_int_equal(conf_source(conf, "t")->awareness, AWARENESS_TRIAGE);
	assert_int_equal(conf_source(conf, "t")->minimum, SEVERITY_UNKNOWN);
	conf_free(conf);

	make_file(p, "sources.d/x.conf", 0600, MAP("nobody"));
	assert_null(load(p, DATA, false, &report));
	assert_one(report.errors, report.n_errors, "sources.d/x.conf", 4,
		"entity_map: there is no entity \"nobody\"");
	conf_report_release(&report);
}

/* The operator's file of the same name wins over the shipped one. */
static void test_override(void **state)
{
	struct place *p = *state;
	struct conf *conf;

	make_file(p, "tocsind.conf", 0600, ENTITY REST);
	make_dir(p, "countries.d");
	make_file(p, "countries.d/DE.conf", 0600, "country = \"DE\"; name = \"Ours\"; "
		"timezone = \"Europe/Busingen\"; version = \"7\";\n");
	conf = load_good(p, false);
	assert_int_equal(conf->book.n_countries, 30);
	assert_string_equal(rulebook_country(&conf->book, "DE")->name, "Ours");
	assert_string_equal(conf->entities[0].timezone, "Europe/Busingen");
	assert_string_equal(rulebook_country(&conf->book, "FR")->name, "France");
	conf_free(conf);
}

/* Several data directories: the first that has the name wins. */
static void test_data_dirs(void **state)
{
	struct conf_report report;
	struct rules *rules = rules_load(TEST_SRCDIR "/tests/data/demo:" DATA, &report);

	(void)state;
	assert_non_null(rules);
	assert_string_equal(country(rules, "BE")->version, "demo");
	assert_int_equal(country(rules, "BE")->calendar.n, 8);
	assert_string_equal(country(rules, "DE")->version, "2026-11-21");
	rules_free(rules);
	assert_null(rules_load("/nonexistent/tocsin", &report));
	assert_one(report.errors, report.n_errors, "/nonexistent/tocsin", 0, "No such file");
	conf_report_release(&report);
}

/* The same content gives the same digest wherever it lies; any other, another. */
static void test_digest(void **state)
{
	struct place *p = *state;
	char first[DIGEST_HEX_SIZE], elsewhere[DIGEST_HEX_SIZE];
	struct conf_report report;
	struct conf *conf;
	char dir[PATH_MAX];

	make_file(p, "tocsind.conf", 0600, ENTITY REST);
	conf = load_good(p, false);
	memcpy(first, conf->digest, sizeof(first));
	conf_free(conf);

	make_dir(p, "copy");
	make_file(p, "copy/tocsind.conf", 0600, ENTITY REST);
	snprintf(dir, sizeof(dir), "%s/copy/tocsind.conf", p->dir);
	conf = conf_load(&(struct conf_options){ .path = dir, .data_dir = DATA }, &report);
	assert_non_null(conf);
	memcpy(elsewhere, conf->digest, sizeof(elsewhere));
	assert_string_equal(first, elsewhere);
	conf_free(conf);

	make_dir(p, "copy/sources.d");
	make_file(p, "copy/sources.d/mine.conf", 0600,
		"format = \"mine\"; title = \"M\"; version = \"1\"; title_from = \"t\";\n");
	conf = conf_load(&(struct conf_options){ .path = dir, .data_dir = DATA }, &report);
	assert_non_null(conf);
	assert_string_not_equal(first, conf->digest);
	conf_free(conf);
}

static void test_zone_cache(void **state)
{
	struct conf_report report;
	struct rules *rules = rules_load(DATA, &report);
	const struct rulebook *book;
	const struct zone *berlin;
	struct error why;

	(void)state;
	assert_non_null(rules);
	book = rules_book(rules);
	berlin = book->zone(book->zone_arg, "Europe/Berlin", &why);
	assert_non_null(berlin);
	assert_ptr_equal(book->zone(book->zone_arg, "Europe/Berlin", &why), berlin);
	assert_non_null(book->zone(book->zone_arg, "UTC", &why));
	assert_null(book->zone(book->zone_arg, "Europe/Berln", &why));
	assert_string_equal(why.text, "unknown time zone \"Europe/Berln\"");
	assert_null(book->zone(book->zone_arg, "../../../etc/passwd", &why));
	assert_null(book->zone(book->zone_arg, "Europe", &why));
	assert_null(book->zone(book->zone_arg, "right/Europe/Berlin", &why));
	rules_free(rules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nis2),
		cmocka_unit_test(test_countries),
		WITH_PLACE(test_bad_data),
		WITH_PLACE(test_dates_to_come),
		WITH_PLACE(test_override),
		cmocka_unit_test(test_data_dirs),
		WITH_PLACE(test_digest),
		WITH_PLACE(test_a_format_speaks_for_its_sources),
		cmocka_unit_test(test_zone_cache),
	};

	return cmocka_run_group_tests_name("conf_data", tests, NULL, NULL);
}
