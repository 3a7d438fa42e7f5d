/*
 * Drafts of every report that the shipped rules know: what stands in them for each thing
 * the law asks, held against a golden file that people can compare with the law; what is
 * not recorded is named; and nothing stands in a draft that the record does not have.
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

#include "base/file.h"
#include "base/text.h"
#include "core/detail.h"
#include "core/draft.h"
#include "shipped.h"

#define GOLDEN TEST_SRCDIR "/tests/unit/golden/draft_content.txt"

static const char record[] =
	"{\"id\":42,\"entity\":\"acme\",\"title\":\"Ransomware\",\"severity\":\"high\","
	"\"description\":\"Shares are encrypted.\",\"events\":["
	"{\"type\":\"occurred\",\"at\":\"2026-11-01T01:00:00Z\"},"
	"{\"type\":\"detected\",\"at\":\"2026-11-01T02:00:00Z\"},"
	"{\"type\":\"aware\",\"at\":\"2026-11-01T03:00:00Z\"},"
	"{\"type\":\"classified\",\"at\":\"2026-11-01T04:00:00Z\"},"
	"{\"type\":\"recovered\",\"at\":\"2026-11-01T05:00:00Z\"},"
	"{\"type\":\"handled\",\"at\":\"2026-11-01T06:00:00Z\"}]}";

static json_t *read_text(const char *text)
{
	json_t *document = json_read(text, strlen(text), NULL);

	assert_non_null(document);
	return document;
}

/* An incident with all that can be recorded, each detail with a text of its own. */
static json_t *whole_incident(const char *regime)
{
	json_t *incident = read_text(record), *details = json_object(), *filings = json_array();
	json_t *filing = json_object();
	size_t i;

	for (i = 0; i < detail_count; i++) {
		json_t *detail = json_object();
		char value[64];

		snprintf(value, sizeof(value), "[%s]", detail_kinds[i].name);
		json_set_text(detail, "value", value);
		json_object_set_new(details, detail_kinds[i].name, detail);
	}
	json_object_set_new(incident, "details", details);
	json_set_text(filing, "regime", regime);
	json_set_text(filing, "stage", "early-warning");
	json_set_text(filing, "filed_at", "2026-11-01T07:00:00Z");
	json_set_text(filing, "reference", "REF-1");
	json_set_text(filing, "recipient", "CSIRT");
	json_array_append_new(filings, filing);
	json_object_set_new(incident, "filings", filings);
	return incident;
}

static json_t *draft_of(json_t *incident, const struct regime *regime,
	const struct stage *stage, const char *state)
{
	json_t *clock = json_object(), *document;
	struct draft draft = { .incident = incident, .clock = clock, .regime = regime,
		.stage = stage };

	json_set_text(clock, "regime", regime->name);
	json_set_text(clock, "stage", stage->name);
	json_set_text(clock, "state", state);
	document = draft_document(&draft);
	json_decref(clock);
	return document;
}

/* The items of the section of what the law asks. */
static const json_t *asked(const json_t *document)
{
	const json_t *sections = json_object_get(document, "sections");
	size_t i;

	for (i = 0; i < json_array_size(sections); i++) {
		const json_t *section = json_array_get(sections, i);
		const char *title = json_string_value(json_object_get(section, "title"));

		if (strcmp(title, "What the law asks this report to contain") == 0)
			return json_object_get(section, "items");
	}
	fail_msg("there is no such section");
	return NULL;
}

static const char *text_of(const json_t *item, const char *key)
{
	const char *text = json_string_value(json_object_get(item, key));

	return text != NULL ? text : "";
}

static void put_asked(struct buf *out, const json_t *items, const char *indent)
{
	size_t i;

	for (i = 0; i < json_array_size(items); i++) {
		const json_t *item = json_array_get(items, i), *parts;

		parts = json_object_get(item, "items");
		buf_addf(out, "%s%s%s%s%s\n", indent, text_of(item, "label"),
			parts != NULL ? "" : ": ",
			json_object_get(item, "missing") != NULL ? "MISSING" : "",
			text_of(item, "value"));
		put_asked(out, parts, "    ");
	}
}

typedef void visit_fn(void *arg, const struct regime *regime, const struct stage *stage);

static void each_stage(visit_fn *visit, void *arg)
{
	const struct rulebook *book = shipped_book();
	size_t i, k;

	for (i = 0; i < book->n_regimes; i++)
		for (k = 0; k < book->regimes[i].n_stages; k++)
			visit(arg, &book->regimes[i], &book->regimes[i].stages[k]);
}

/* ---- tests ---------------------------------------------------------------------------- */

static void put_stage(void *arg, const struct regime *regime, const struct stage *stage)
{
	json_t *incident = whole_incident(regime->name);
	json_t *document = draft_of(incident, regime, stage, "filed-late");

	buf_addf(arg, "%s %s\n", regime->name, stage->name);
	put_asked(arg, asked(document), "  ");
	json_decref(document);
	json_decref(incident);
}

static void test_each_report_has_what_the_law_asks_for(void **state)
{
	struct buf out, golden;
	struct error err;

	(void)state;
	buf_init(&out, 0);
	buf_init(&golden, 0);
	each_stage(put_stage, &out);
	if (file_read(GOLDEN, 1 << 20, &golden, &err) < 0)
		fail_msg("%s", err.text);
	if (strcmp(out.data, golden.data) != 0) {
		fputs(out.data, stderr);	/* a message of the test's has no room for it */
		fail_msg("not as %s has it", GOLDEN);
	}
	buf_release(&out);
	buf_release(&golden);
}

static size_t count_parts(const char *content)
{
	size_t n = 1;

	for (; content != NULL && *content != '\0'; content++)
		n += *content == ';';
	return n;
}

static void see_missing(void *arg, const struct regime *regime, const struct stage *stage)
{
	json_t *incident = read_text("{\"id\":42,\"entity\":\"acme\",\"title\":\"x\"}");
	json_t *document = draft_of(incident, regime, stage, "running");
	const json_t *items = asked(document);
	size_t i, missing = 0;

	(void)arg;
	for (i = 0; i < json_array_size(items); i++) {
		const json_t *item = json_array_get(items, i);

		missing += json_object_get(item, "missing") != NULL;
		/* Our own number is there from the start. */
		missing += strstr(text_of(item, "label"), "own reference") != NULL;
	}
	if (missing != count_parts(stage->content))
		fail_msg("%s %s: %zu named as missing, %zu are asked for", regime->name,
			stage->name, missing, count_parts(stage->content));
	json_decref(document);
	json_decref(incident);
}

static void test_of_an_empty_record_all_is_missing(void **state)
{
	(void)state;
	each_stage(see_missing, NULL);
}

/* Every value of a draft stands in the record, letter for letter. */
static void see_origin(const json_t *items, const char *where, const char *all)
{
	size_t i;

	for (i = 0; i < json_array_size(items); i++) {
		const json_t *item = json_array_get(items, i);
		const char *value = text_of(item, "value");

		if (strstr(all, value) == NULL)
			fail_msg("%s: where does \"%s\" come from?", where, value);
		see_origin(json_object_get(item, "items"), where, all);
	}
}

static void see_nothing_invented(void *arg, const struct regime *regime,
	const struct stage *stage)
{
	json_t *incident = whole_incident(regime->name);
	json_t *document = draft_of(incident, regime, stage, "running");
	const json_t *sections = json_object_get(document, "sections");
	char *all = json_text(incident);
	size_t i;

	(void)arg;
	for (i = 0; i < json_array_size(sections); i++)
		see_origin(json_object_get(json_array_get(sections, i), "items"), stage->name,
			all);
	free(all);
	json_decref(document);
	json_decref(incident);
}

static void test_nothing_is_invented(void **state)
{
	(void)state;
	each_stage(see_nothing_invented, NULL);
}

static void test_one_half_that_is_known_does_not_hide_the_other(void **state)
{
	json_t *incident = read_text("{\"id\":1,\"details\":{\"impact\":{\"value\":\"great\"}}}");
	struct stage stage = { .name = "notification", .title = "Notification",
		.content = "initial assessment with severity and impact; product, impact" };
	struct regime regime = { .name = "x", .title = "X" };
	json_t *document = draft_of(incident, &regime, &stage, "running");
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	put_asked(&out, asked(document), "");
	assert_string_equal(out.data,
		"initial assessment with severity and impact\n"
		"    Severity, as assessed: MISSING\n"
		"    Impact: great\n"
		"product, impact\n"
		"    product: MISSING\n"
		"    Impact: great\n");
	buf_release(&out);
	json_decref(document);
	json_decref(incident);
}

static void test_a_late_report_says_why(void **state)
{
	struct stage stage = { .name = "notification", .title = "Notification", .content = "a",
		.if_late = "reasons for the delay" };
	struct regime regime = { .name = "x", .title = "X" };
	json_t *incident = read_text("{\"id\":1}");
	json_t *in_time = draft_of(incident, &regime, &stage, "running");
	json_t *late = draft_of(incident, &regime, &stage, "filed-late");

	(void)state;
	assert_int_equal(json_array_size(asked(in_time)), 1);
	assert_int_equal(json_array_size(asked(late)), 2);
	assert_string_equal(text_of(json_array_get(asked(late), 1), "missing"), "why it is late");
	json_decref(in_time);
	json_decref(late);
	json_decref(incident);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_report_has_what_the_law_asks_for),
		cmocka_unit_test(test_of_an_empty_record_all_is_missing),
		cmocka_unit_test(test_nothing_is_invented),
		cmocka_unit_test(test_one_half_that_is_known_does_not_hide_the_other),
		cmocka_unit_test(test_a_late_report_says_why),
	};

	return cmocka_run_group_tests(tests, shipped_setup, shipped_teardown);
}
