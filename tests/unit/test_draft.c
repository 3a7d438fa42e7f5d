/* The draft of a report: what is recorded stands in it, what is not is named, and
 * nothing that an alert says becomes markup. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/text.h"
#include "core/detail.h"
#include "core/draft.h"

static const char incident_text[] =
	"{\"id\":42,\"entity\":\"acme-energy\",\"title\":\"Ransomware on <b>billing</b>\","
	"\"severity\":\"unknown\",\"state\":\"open\",\"drill\":false,\"source\":\"wazuh\","
	"\"events\":[{\"type\":\"aware\",\"at\":\"2026-11-21T08:00:00Z\",\"by\":\"x\","
	"\"replaced\":true},{\"type\":\"aware\",\"at\":\"2026-11-21T08:17:00Z\","
	"\"by\":\"j.doe\",\"basis\":\"analyst confirmed encryption\"}],"
	"\"clocks\":[{\"regime\":\"nis2\",\"stage\":\"early-warning\",\"state\":\"running\","
	"\"due_at\":\"2026-11-22T08:17:00Z\","
	"\"reference\":\"Directive (EU) 2022/2555, Art. 23(4)(a)\"}],"
	"\"filings\":[{\"regime\":\"gdpr\",\"stage\":\"notification\",\"filed_at\":"
	"\"2026-11-21T10:00:00Z\",\"recipient\":\"DPA\",\"reference\":\"G-1\"},"
	"{\"regime\":\"nis2\",\"stage\":\"intermediate-report\",\"filed_at\":"
	"\"2026-11-21T11:00:00Z\",\"recipient\":\"CSIRT\",\"reference\":\"C-1\"}]}";

/* The draft with the law's content as given; NULL: no rules. */
static char *draft(json_t *incident, const char *content)
{
	struct stage stage = { .name = "early-warning", .title = "Early warning",
		.content = content };
	struct regime regime = { .name = "nis2", .title = "NIS2" };
	struct draft report = { .incident = incident,
		.clock = json_array_get(json_object_get(incident, "clocks"), 0) };
	struct buf out;

	if (content != NULL) {
		report.regime = &regime;
		report.stage = &stage;
	}
	buf_init(&out, 0);
	draft_write(&report, &out);
	json_decref(incident);
	return buf_detach(&out, NULL);
}

static json_t *incident(void)
{
	json_t *document = json_read(incident_text, strlen(incident_text), NULL);

	assert_non_null(document);
	return document;
}

static void expect(const char *text, const char *part, bool there)
{
	if ((strstr(text, part) != NULL) != there)
		fail_msg("%s there: \"%s\" in\n%s", there ? "not" : "is", part, text);
}

static void the_heading_names_the_stage(void **state)
{
	char *text = draft(incident(), "a; b");

	(void)state;
	assert_true(text_starts(text, "# Draft: Early warning (early-warning)\n\n"
		"NIS2, Directive (EU) 2022/2555, Art. 23(4)(a)\n"));
	free(text);
}

static void what_is_recorded_stands_in_it(void **state)
{
	char *text = draft(incident(), "a; b");

	(void)state;
	expect(text, "- Entity: acme-energy\n", true);
	expect(text, "- Our number: 42\n", true);
	expect(text, "- Aware: 2026-11-21T08:17:00Z\n"
		"  - Basis: analyst confirmed encryption, by j.doe\n", true);
	expect(text, "- This report is due: 2026-11-22T08:17:00Z\n", true);
	expect(text, "- intermediate-report: 2026-11-21T11:00:00Z\n"
		"  - To: CSIRT\n  - Reference: C-1\n", true);
	/* Replaced, or of another regime. */
	expect(text, "2026-11-21T08:00:00Z", false);
	expect(text, "G-1", false);
	free(text);
}

static void what_is_not_recorded_is_named(void **state)
{
	char *text = draft(incident(), "is it unlawful; cross-border impact");

	(void)state;
	expect(text, "- Severity: MISSING: ", true);
	expect(text, "- Occurred: MISSING: ", true);
	expect(text, "- Detected: MISSING: ", true);
	expect(text, "- Description: MISSING: ", true);
	expect(text, "### is it unlawful\n\nMISSING: is it unlawful\n", true);
	expect(text, "### cross-border impact\n\nMISSING: cross-border impact\n", true);
	/* Handling is no matter of an early warning. */
	expect(text, "Handled", false);
	free(text);
}

static void without_rules_it_says_so(void **state)
{
	char *text = draft(incident(), NULL);

	(void)state;
	assert_true(text_starts(text, "# Draft: early-warning (early-warning)\n"));
	expect(text, "MISSING: the rules here do not say", true);
	free(text);
}

static void a_drill_says_so_first(void **state)
{
	json_t *document = incident();
	char *text;

	(void)state;
	json_object_set_new(document, "drill", json_true());
	text = draft(document, "a");
	assert_true(text_starts(text, "# DRILL. Draft: "));
	expect(text, "Do not submit", true);
	free(text);
}

static void text_is_never_markup(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "plain text, 2026-11-21 (x)", "plain text, 2026-11-21 (x)" },
		{ "# heading", "\\# heading" },
		{ "- item", "\\- item" },
		{ "a\n\n# b", "a  \\# b" },
		{ "[x](http://y)", "\\[x\\](http://y)" },
		{ "<script>", "\\<script\\>" },
		{ "a*b_c`d|e", "a\\*b\\_c\\`d\\|e" },
		{ "&lt;", "\\&lt;" },
		{ "x\033[m", "x?\\[m" },
	};
	struct buf out;
	size_t i;

	(void)state;
	buf_init(&out, 0);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		buf_clear(&out);
		draft_escape(&out, rows[i].in);
		if (strcmp(out.data, rows[i].out) != 0)
			fail_msg("\"%s\": \"%s\", not \"%s\"", rows[i].in, out.data,
				rows[i].out);
	}
	buf_release(&out);
}

static void each_detail_stands_only_where_the_rules_ask_for_it(void **state)
{
	static const struct { const char *name, *phrase; bool asked; } rows[] = {
		{ "suspected-malicious", "caused by unlawful or malicious acts", true },
		{ "cross-border", "could it have a cross-border impact", true },
		{ "impact", "could it have a cross-border impact", false },
		{ "impact", "initial assessment with severity and impact", true },
		{ "severity", "initial assessment with severity and impact", true },
		{ "root-cause", "suspected to be caused by unlawful acts", false },
		{ "root-cause", "type of threat or root cause", true },
		{ "mitigation", "measures", true },
		{ "mitigation", "measures or remedies that those affected can take", false },
		{ "user-measures", "measures or remedies that those affected can take", true },
		{ "tlp", "how sensitive the information is", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		if (detail_is_asked(detail_find(rows[i].name), rows[i].phrase) != rows[i].asked)
			fail_msg("%s: \"%s\"", rows[i].name, rows[i].phrase);
	assert_null(detail_find("no-such"));
	assert_string_equal(detail_nearest("impcat"), "impact");
	assert_true(detail_takes(detail_find("tlp"), "AMBER+STRICT"));
	assert_false(detail_takes(detail_find("tlp"), "AMBE"));
	assert_false(detail_takes(detail_find("tlp"), ""));
	assert_true(detail_takes(detail_find("impact"), "anything"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_heading_names_the_stage),
		cmocka_unit_test(what_is_recorded_stands_in_it),
		cmocka_unit_test(what_is_not_recorded_is_named),
		cmocka_unit_test(without_rules_it_says_so),
		cmocka_unit_test(a_drill_says_so_first),
		cmocka_unit_test(text_is_never_markup),
		cmocka_unit_test(each_detail_stands_only_where_the_rules_ask_for_it),
	};

	return cmocka_run_group_tests_name("cli report", tests, NULL, NULL);
}
