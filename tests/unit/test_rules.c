/*
 * The law as data: tests/config/rules holds whole files, of a regime (X.regime-*) or a
 * country (X.country-*, beside the regime of house.conf). Each bad.X.conf must give
 * exactly the errors of bad.X.expect, read from disk and from kept texts alike; each
 * good.X.conf must load. Then what the good ones become, and the digest of a ruleset.
 */
#include "config.h"

#include <dirent.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/rfc3339.h"
#include "base/text.h"
#include "conf_fixture.h"

#define CORPUS TEST_SRCDIR "/tests/config/rules/"

static void read_text(const char *path, struct buf *text)
{
	struct error why;

	buf_init(text, 64 * 1024);
	if (file_read(path, 64 * 1024, text, &why) < 0)
		fail_msg("%s", why.text);
}

/* A file of the corpus where rules_load looks for it. */
static const char *name_of(const char *file)
{
	return strstr(file, ".regime-") != NULL ? "regimes.d/x.conf" : "countries.d/XA.conf";
}

static void put_file(const struct place *p, const char *from, const char *to,
	struct rule_text *ret, struct buf *text)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), CORPUS "%s", from);
	read_text(path, text);
	make_file(p, to, 0600, text->data);
	*ret = (struct rule_text){ .name = to, .text = text->data, .len = text->len };
}

static const struct zone *no_zone(void *arg, const char *name, struct error *err)
{
	(void)arg;
	error_set(err, ERROR_NOT_FOUND, "unknown time zone \"%s\"", name);
	return NULL;
}

/* The same errors, whether read from disk or from texts; number of differences. */
static int same_errors(const char *name, const struct conf_report *disk,
	const struct conf_report *kept)
{
	int bad = disk->n_errors != kept->n_errors ? 1 : 0;
	size_t i;

	for (i = 0; i < disk->n_errors && bad == 0; i++) {
		const struct error *a = &disk->errors[i], *b = &kept->errors[i];
		size_t n = strlen(a->file), m = strlen(b->file);

		if (a->line != b->line || strcmp(a->text, b->text) != 0 || n < m ||
			strcmp(a->file + n - m, b->file) != 0)
			bad++;
	}
	if (bad > 0)
		print_message("%s: other errors from texts than from disk\n", name);
	return bad;
}

static int check_file(const struct place *p, const char *name, bool good)
{
	char expected[PATH_MAX], none[] = "";
	struct rule_text texts[2];
	struct buf base, text, expect;
	struct conf_report disk, kept;
	struct rules *rules, *again;
	int bad;

	put_file(p, "house.conf", "regimes.d/house.conf", &texts[0], &base);
	put_file(p, name, name_of(name), &texts[1], &text);
	rules = rules_load(p->dir, &disk);
	again = rules_load_texts(texts, 2, no_zone, NULL, &kept);
	snprintf(expected, sizeof(expected), CORPUS "%.*s.expect", (int)strlen(name) - 5, name);
	buf_init(&expect, 64 * 1024);
	if (!good)
		read_text(expected, &expect);
	bad = compare_report(name, good ? none : expect.data, disk.errors, disk.n_errors) +
		report_in_order(name, disk.errors, disk.n_errors);
	if (strstr(name, "zone") == NULL)
		bad += same_errors(name, &disk, &kept);
	if ((rules != NULL) != good || (disk.n_warnings > 0)) {
		print_message("%s: %s\n", name, rules != NULL ? "loaded" : "did not load");
		bad++;
	}
	conf_report_release(&disk);
	conf_report_release(&kept);
	rules_free(rules);
	rules_free(again);
	buf_release(&base);
	buf_release(&text);
	buf_release(&expect);
	return bad;
}

static void remove_file(const struct place *p, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", p->dir, name);
	unlink(path);
}

static void check_files(const struct place *p, const char *prefix, bool good, int least)
{
	DIR *d = opendir(CORPUS);
	struct dirent *entry;
	int n = 0, bad = 0;

	assert_non_null(d);
	make_dir(p, "regimes.d");
	make_dir(p, "countries.d");
	while ((entry = readdir(d)) != NULL) {
		const char *end = strrchr(entry->d_name, '.');

		if (!text_starts(entry->d_name, prefix) || strcmp(end, ".conf") != 0)
			continue;
		bad += check_file(p, entry->d_name, good);
		remove_file(p, name_of(entry->d_name));
		n++;
	}
	closedir(d);
	assert_int_equal(bad, 0);
	assert_true(n >= least);
}

static void test_bad_files(void **state)
{
	check_files(*state, "bad.", false, 24);
}

static void test_good_files(void **state)
{
	check_files(*state, "good.", true, 3);
}

/* The rules of one file of the corpus, from its text. */
static struct rules *load_corpus(const char *name, struct buf *base, struct buf *text)
{
	struct rule_text texts[2];
	struct conf_report report;
	struct rules *rules;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), CORPUS "%s", name);
	read_text(CORPUS "house.conf", base);
	read_text(path, text);
	texts[0] = (struct rule_text){ "regimes.d/house.conf", base->data, base->len };
	texts[1] = (struct rule_text){ name_of(name), text->data, text->len };
	rules = rules_load_texts(texts, 2, no_zone, NULL, &report);
	assert_non_null(rules);
	conf_report_release(&report);
	return rules;
}

static void test_regime(void **state)
{
	struct buf base, text;
	struct rules *rules = load_corpus("good.regime-all.conf", &base, &text);
	const struct regime *x = rulebook_regime(rules_book(rules), "x");
	const struct stage *a = regime_stage(x, "a"), *b = regime_stage(x, "b");

	(void)state;
	assert_int_equal(x->from_day, civil_days(2027, 2, 28));
	assert_int_equal(rulebook_regime(rules_book(rules), "house")->from_day, DAY_NONE);
	assert_string_equal(a->if_late, "Art. 1(3): say why");
	assert_false(a->repeatable);
	assert_int_equal(a->when.n, 0);
	assert_int_equal(a->rules[0].when.list[0].day, civil_days(2027, 2, 28));
	assert_int_equal(a->rules[0].limbs[0].kind, LIMB_BINDS);
	assert_int_equal(a->rules[1].limbs[0].kind, LIMB_READING);
	assert_int_equal(a->rules[1].limbs[1].kind, LIMB_READING);
	assert_false(a->rules[1].latest_binds);
	assert_null(a->rules[1].limbs[0].country);
	assert_true(b->repeatable);
	assert_string_equal(b->when.list[0].name, "clients");
	assert_null(b->if_late);
	rules_free(rules);
	buf_release(&base);
	buf_release(&text);
}

static void check_limbs(const struct overlay *overlay)
{
	const struct stage *first = regime_stage(overlay->merged, "first-word");
	const struct stage *review = regime_stage(overlay->merged, "review");
	const struct stage *press = regime_stage(overlay->merged, "press");
	size_t i;

	/* Beside the limb of each rule. */
	for (i = 0; i < 2; i++) {
		const struct limb *limb = &first->rules[i].limbs[1];

		assert_int_equal(first->rules[i].n_limbs, 2);
		assert_int_equal(limb->period.count, 6 * HOUR_MS);
		assert_string_equal(limb->country, "XA");
		assert_string_equal(limb->reference, "Guide, 4");
		assert_string_equal(limb->note, "the statute was not read");
		assert_int_equal(limb->kind, LIMB_BINDS);
		assert_int_equal(limb->provenance->confidence, CONFIDENCE_SINGLE);
		assert_int_equal(limb->provenance->standing, STANDING_GUIDANCE);
		assert_string_equal(limb->provenance->source, "https://example.org/guide");
		assert_int_equal(limb->provenance->read_day, civil_days(2026, 8, 1));
		assert_int_equal(limb->provenance->checked_day, civil_days(2026, 8, 2));
	}
	/* What it does not say is that of the limb beside, of the law, and of the terms. */
	assert_int_equal(review->rules[0].limbs[1].kind, LIMB_READING);
	assert_string_equal(review->rules[0].limbs[1].anchor.name, "handled");
	assert_int_equal(review->rules[0].limbs[1].period.unit, PERIOD_MONTHS);
	assert_string_equal(review->rules[0].limbs[1].reference, "Law 1");
	assert_int_equal(review->rules[0].limbs[1].provenance->confidence, CONFIDENCE_VERIFIED);
	assert_int_equal(review->rules[0].limbs[1].provenance->checked_day,
		civil_days(2026, 9, 4));
	assert_string_equal(press->rules[0].limbs[0].country, "XA");
	assert_string_equal(press->rules[0].limbs[0].provenance->source,
		"https://example.org/act");
}

static void test_country(void **state)
{
	struct buf base, text;
	struct rules *rules = load_corpus("good.country-all.conf", &base, &text);
	const struct country *xa = rulebook_country(rules_book(rules), "XA");
	const struct overlay *overlay = country_overlay(xa, "house");

	(void)state;
	assert_string_equal(xa->rules, "XA/1");
	assert_int_equal(xa->n_other_timezones, 1);
	assert_string_equal(xa->other_timezones[0], "Asia/Famagusta");
	assert_int_equal(xa->n_overlays, 1);
	assert_string_equal(overlay->law, "Law 1");
	assert_string_equal(overlay->status, "in force since 2025-04-25");
	assert_true(overlay->in_force);
	assert_int_equal(overlay->from_day, civil_days(2025, 4, 25));
	assert_int_equal(overlay->provenance.standing, STANDING_LAW);
	assert_int_equal(overlay->n_notes, 2);
	assert_string_equal(overlay->notes[1], "in two languages");
	assert_string_equal(overlay->merged->rules, "house/1");
	assert_int_equal(overlay->merged->n_stages, 4);
	check_limbs(overlay);
	assert_string_equal(overlay->route.recipient.value, "CSIRT");
	assert_string_equal(overlay->route.portal.note, "not opened");
	assert_int_equal(overlay->route.portal.provenance.confidence, CONFIDENCE_UNVERIFIED);
	assert_int_equal(overlay->route.portal.provenance.standing, STANDING_THIRD_PARTY);
	assert_int_equal(overlay->route.email.provenance.confidence, CONFIDENCE_CONFLICT);
	assert_int_equal(overlay->route.email.provenance.checked_day, DAY_NONE);
	assert_string_equal(overlay->route.access.value, "register first");
	assert_null(country_overlay(xa, "x"));
	/* The regime itself is as it was. */
	assert_int_equal(regime_stage(rulebook_regime(rules_book(rules), "house"),
		"first-word")->rules[0].n_limbs, 1);
	rules_free(rules);
	buf_release(&base);
	buf_release(&text);
}

/* No act is known: nothing changes, and the country says so. */
static void test_no_law(void **state)
{
	struct buf base, text;
	struct rules *rules = load_corpus("good.country-no-law.conf", &base, &text);
	const struct overlay *overlay = country_overlay(
		rulebook_country(rules_book(rules), "XA"), "house");

	(void)state;
	assert_false(overlay->in_force);
	assert_null(overlay->merged);
	assert_int_equal(overlay->from_day, DAY_NONE);
	assert_null(overlay->route.recipient.value);
	assert_int_equal(overlay->route.recipient.provenance.read_day, DAY_NONE);
	rules_free(rules);
	buf_release(&base);
	buf_release(&text);
}

/* ---- kept texts ---------------------------------------------------------------- */

static void same_books(const struct rulebook *a, const struct rulebook *b)
{
	size_t i;

	assert_int_equal(a->n_regimes, b->n_regimes);
	for (i = 0; i < a->n_regimes; i++) {
		assert_string_equal(a->regimes[i].rules, b->regimes[i].rules);
		assert_string_equal(a->regimes[i].digest, b->regimes[i].digest);
		assert_int_equal(a->regimes[i].n_stages, b->regimes[i].n_stages);
	}
	assert_int_equal(a->n_countries, b->n_countries);
	for (i = 0; i < a->n_countries; i++) {
		assert_string_equal(a->countries[i].rules, b->countries[i].rules);
		assert_string_equal(a->countries[i].digest, b->countries[i].digest);
		assert_int_equal(a->countries[i].calendar.n, b->countries[i].calendar.n);
		assert_int_equal(a->countries[i].n_overlays, b->countries[i].n_overlays);
	}
}

/* The texts that a configuration keeps give its own rulebook and digest again, and so
 * do the same files read alone. */
static void test_texts_give_the_same_rules(void **state)
{
	struct place *p = *state;
	struct conf_report report;
	struct rules *kept, *disk;
	struct conf *conf;
	struct error why;

	make_file(p, "tocsind.conf", 0600, ENTITY REST);
	conf = load_good(p, false);
	assert_int_equal(conf->n_rule_texts, conf->book.n_regimes + conf->book.n_countries);
	assert_string_equal(conf->rule_texts[0].name, "countries.d/AT.conf");
	kept = rules_load_texts(conf->rule_texts, conf->n_rule_texts, conf->book.zone,
		conf->book.zone_arg, &report);
	assert_non_null(kept);
	same_books(&conf->book, rules_book(kept));
	assert_string_equal(rules_ruleset(kept), conf->ruleset);
	assert_non_null(rules_book(kept)->zone(rules_book(kept)->zone_arg, "Europe/Rome", &why));
	conf_report_release(&report);
	disk = rules_load(DATA, &report);
	assert_non_null(disk);
	assert_string_equal(rules_ruleset(disk), conf->ruleset);
	conf_report_release(&report);
	rules_free(disk);
	rules_free(kept);
	conf_free(conf);
}

static void test_no_texts(void **state)
{
	struct conf_report report;

	(void)state;
	assert_null(rules_load_texts(NULL, 0, no_zone, NULL, &report));
	assert_int_equal(report.n_errors, 1);
	assert_non_null(strstr(report.errors[0].text, "no regimes"));
	conf_report_release(&report);
}

/* The definition, word for word: incidents are pinned to it for years. The digest was
 * made by
 *   h() { printf %s "$1" | sha256sum | cut -d ' ' -f 1; }
 *   printf 'countries.d/XA.conf\0%s\nregimes.d/x.conf\0%s\n' $(h b) $(h a) | sha256sum */
static void test_ruleset_digest(void **state)
{
	const struct rule_text a = { "regimes.d/x.conf", "a", 1 };
	const struct rule_text b = { "countries.d/XA.conf", "b", 1 };
	const struct rule_text other = { "countries.d/XB.conf", "b", 1 };
	const struct rule_text orders[][2] = { { a, b }, { b, a } };
	char digest[DIGEST_HEX_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		ruleset_digest(orders[i], 2, digest);
		assert_string_equal(digest, "602226479756107fc5f3abba820074a289477f5f5df5dbe28b63af066e3fc479");
	}
	/* The name counts, not only the text. */
	ruleset_digest((const struct rule_text[]){ a, other }, 2, digest);
	assert_string_not_equal(digest, "602226479756107fc5f3abba820074a289477f5f5df5dbe28b63af066e3fc479");
}

/* Formats and the main file are no law: another of them is the same ruleset. */
static void test_ruleset_is_rules_only(void **state)
{
	struct place *p = *state;
	char first[DIGEST_HEX_SIZE];
	struct conf *conf;

	make_file(p, "tocsind.conf", 0600, ENTITY REST);
	conf = load_good(p, false);
	memcpy(first, conf->ruleset, sizeof(first));
	conf_free(conf);
	make_dir(p, "sources.d");
	make_file(p, "sources.d/mine.conf", 0600,
		"format = \"mine\"; title = \"M\"; version = \"1\"; title_from = \"t\";\n");
	make_file(p, "tocsind.conf", 0600, "# ours\n" ENTITY REST);
	conf = load_good(p, false);
	assert_string_equal(conf->ruleset, first);
	conf_free(conf);
	make_dir(p, "countries.d");
	make_file(p, "countries.d/DE.conf", 0600, "country = \"DE\"; name = \"Ours\"; "
		"timezone = \"Europe/Berlin\"; version = \"7\";\n");
	conf = load_good(p, false);
	assert_string_not_equal(conf->ruleset, first);
	conf_free(conf);
}

/* ---- what an operator says of the law ------------------------------------------- */

#define OURS(rest) "entities = ( { id = \"a\"; name = \"A\"; country = \"XA\"; " \
	"regimes = [ \"house\" ]; policy = \"default\";\n" rest " } );\n" REST

static struct conf *load_ours(const struct place *p, const char *text,
	struct conf_report *report)
{
	make_file(p, "tocsind.conf", 0600, text);
	return load(p, p->dir, false, report);
}

static void put_ours(const struct place *p)
{
	struct rule_text none;
	struct buf text;

	make_dir(p, "regimes.d");
	make_dir(p, "countries.d");
	put_file(p, "house.conf", "regimes.d/house.conf", &none, &text);
	buf_release(&text);
	put_file(p, "good.country-all.conf", "countries.d/XA.conf", &none, &text);
	buf_release(&text);
	make_dir(p, "sources.d");
	make_file(p, "sources.d/mine.conf", 0600,
		"format = \"mine\"; title = \"M\"; version = \"1\"; title_from = \"t\";\n");
}

static void test_targets_and_overrides(void **state)
{
	struct place *p = *state;
	struct conf_report report;
	const struct entity_rules *rules;
	struct conf *conf;

	put_ours(p);
	conf = load_ours(p, OURS("targets = ( { regime = \"house\"; stage = \"answer\"; "
		"target = \"PT12H\"; } ); overrides = ( { regime = \"house\"; stage = \"first-word\"; "
		"law = \"regime\"; by = \"Legal\"; basis = \"memo 7\"; }, { regime = \"house\"; "
		"stage = \"review\"; law = \"national\"; by = \"Legal\"; basis = \"memo 8\"; } );"),
		&report);
	assert_non_null(conf);
	conf_report_release(&report);
	rules = &conf->entities[0].rules;
	assert_int_equal(rules->n_targets, 1);
	assert_string_equal(rules->targets[0].regime, "house");
	assert_string_equal(rules->targets[0].stage, "answer");
	assert_int_equal(rules->targets[0].target.count, 12 * HOUR_MS);
	assert_int_equal(rules->n_overrides, 2);
	assert_false(rules->overrides[0].national);
	assert_string_equal(rules->overrides[0].by, "Legal");
	assert_string_equal(rules->overrides[0].basis, "memo 7");
	assert_true(rules->overrides[1].national);
	conf_free(conf);
}

/* A stage that only the country has is known, and has nothing to choose between. */
static void test_override_of_a_national_stage(void **state)
{
	struct place *p = *state;
	struct conf_report report;

	put_ours(p);
	assert_null(load_ours(p, OURS("overrides = ( { regime = \"house\"; stage = \"press\"; "
		"law = \"national\"; by = \"Legal\"; basis = \"memo\"; } );"), &report));
	assert_one(report.errors, report.n_errors, "tocsind.conf", 2,
		"nothing to choose between: XA/1 says nothing else of house/press");
	conf_report_release(&report);
}

/* A slip in a regime is told where it is, not once more by all that build on it. */
static void test_broken_regime_is_told_once(void **state)
{
	struct place *p = *state;
	struct conf_report report;

	put_ours(p);
	make_file(p, "regimes.d/house.conf", 0600, "regime = \"house\"; title = \"House\";\n"
		"act = \"A\"; version = \"2\"; applies_from = \"2026-02-30\";\n"
		"stages = ( { name = \"first-word\"; title = \"F\"; rules = ( { reference = \"r\"; "
		"limbs = ( { anchor = \"aware\"; period = \"PT1H\"; } ); } ); } );\n");
	assert_null(load_ours(p, OURS("targets = ( { regime = \"house\"; stage = \"answer\"; "
		"target = \"PT12H\"; } );"), &report));
	assert_one(report.errors, report.n_errors, "house.conf", 2, "applies_from: ");
	conf_report_release(&report);
}

/* More errors than are shown, and then a rule file that cannot be used. */
static void test_flood(void **state)
{
	struct place *p = *state;
	struct conf_report report;
	struct buf text;
	int i;

	put_ours(p);
	make_file(p, "regimes.d/x.conf", 0600, "title = \"X\";\n");
	make_file(p, "countries.d/XB.conf", 0600, "name = \"X\";\n");
	buf_init(&text, 0);
	for (i = 0; i < 60; i++)
		buf_addf(&text, "key%d = 1;\n", i);
	buf_adds(&text, OURS(""));
	assert_null(load_ours(p, text.data, &report));
	assert_int_equal(report.n_errors, 51);
	conf_report_release(&report);
	buf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_PLACE(test_bad_files),
		WITH_PLACE(test_good_files),
		cmocka_unit_test(test_regime),
		cmocka_unit_test(test_country),
		cmocka_unit_test(test_no_law),
		WITH_PLACE(test_texts_give_the_same_rules),
		cmocka_unit_test(test_no_texts),
		cmocka_unit_test(test_ruleset_digest),
		WITH_PLACE(test_ruleset_is_rules_only),
		WITH_PLACE(test_targets_and_overrides),
		WITH_PLACE(test_override_of_a_national_stage),
		WITH_PLACE(test_broken_regime_is_told_once),
		WITH_PLACE(test_flood),
	};

	return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
