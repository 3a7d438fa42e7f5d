/*
 * Bodies into alerts, by the mappings that are shipped: what senders post, and
 * what is broken in it.
 */
#include "config.h"

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
#include "base/text.h"
#include "ingest/ingest.h"
#include "ingest/mapping.h"

static const char main_file[] =
	"listen = ( { unix = \"/nonexistent/api.sock\"; } );\n"
	"store = { path = \"/nonexistent/tocsin.db\"; };\n"
	"entities = ( { id = \"acme-energy\"; name = \"ACME\"; country = \"\";\n"
	"  timezone = \"Europe/Berlin\"; regimes = [ \"nis2\" ]; policy = \"default\"; } );\n"
	"sources = (\n"
	"  { name = \"am\"; format = \"alertmanager\"; entity = \"acme-energy\"; },\n"
	"  { name = \"wazuh\"; format = \"wazuh\"; entity = \"acme-energy\"; },\n"
	"  { name = \"custom\"; format = \"generic\"; entity = \"acme-energy\"; } );\n"
	"channels = ( { name = \"screen\"; type = \"console\"; } );\n"
	"policies = ( { name = \"default\"; fallback = [ \"screen\" ];\n"
	"  steps = ( { at = \"start\"; to = [ \"screen\" ]; } ); } );\n";

static struct conf *conf;
static struct ingest *ingest;
static struct arena *arena;

static int setup(void **state)
{
	char path[] = "/tmp/tocsin-ingest-XXXXXX";
	struct conf_options options = { .path = path, .data_dir = TEST_SRCDIR "/etc/tocsin" };
	struct conf_report report = { 0 };
	int fd = mkstemp(path);
	struct error err;

	(void)state;
	if (fd < 0 || write(fd, main_file, sizeof(main_file) - 1) < 0)
		return -1;
	close(fd);
	conf = conf_load(&options, &report);
	unlink(path);
	if (conf == NULL) {
		print_error("%s:%d: %s\n", report.errors[0].file, report.errors[0].line,
			report.errors[0].text);
		conf_report_release(&report);
		return -1;
	}
	conf_report_release(&report);
	ingest = ingest_new(conf, &err);
	arena = arena_new();
	return ingest != NULL ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	ingest_free(ingest);
	conf_free(conf);
	return 0;
}

static int try_reading(const char *source, const char *body, size_t max,
	struct command_alerts *ret, struct error *err)
{
	*ret = (struct command_alerts){ 0 };
	return ingest_read(ingest, conf_source(conf, source), body, strlen(body), max, arena,
		ret, err);
}

static struct command_alerts read_body(const char *source, const char *body)
{
	struct command_alerts alerts;
	struct error err = { 0 };

	if (try_reading(source, body, 100, &alerts, &err) < 0)
		fail_msg("refused: %s", err.text);
	assert_ptr_equal(alerts.source, conf_source(conf, source));
	return alerts;
}

/* The only alert of a body. */
static const struct alert *read_one(const char *source, const char *body)
{
	struct command_alerts alerts = read_body(source, body);

	if (alerts.n_rejected > 0)
		fail_msg("%s: rejected: %s", body, alerts.rejected[0].error.text);
	assert_int_equal(alerts.n_alerts, 1);
	return alerts.alerts;
}

static void assert_body(const struct alert *a, const char *expected)
{
	assert_int_equal(a->body_len, strlen(expected));
	assert_memory_equal(a->body, expected, a->body_len);
}

/* --- products --- */

static const char firing[] =
	"{\"status\":\"firing\",\"labels\":{\"alertname\":\"DiskTamper\",\"severity\":\"critical\"},"
	"\"annotations\":{\"summary\":\"file integrity alarm\",\"description\":\"on db1\"},"
	"\"startsAt\":\"2026-03-01T08:00:00.5Z\",\"endsAt\":\"0001-01-01T00:00:00Z\","
	"\"fingerprint\":\"0123456789abcdef\"}";
static const char resolved[] =
	"{\"status\":\"resolved\",\"labels\":{\"alertname\":\"Probe\"},\"annotations\":{},"
	"\"startsAt\":\"2026-03-01T08:00:00Z\",\"fingerprint\":\"fedcba9876543210\"}";

static void test_alertmanager_sends_a_group(void **state)
{
	char body[2048];
	struct command_alerts in;

	(void)state;
	snprintf(body, sizeof(body), "{\"version\":\"4\",\"status\":\"firing\",\"alerts\":[%s, %s],"
		"\"receiver\":\"tocsin\"}\n", firing, resolved);
	in = read_body("am", body);
	assert_int_equal(in.n_alerts, 2);
	assert_int_equal(in.n_rejected, 0);
	assert_false(in.single);
	assert_string_equal(in.alerts[0].title, "file integrity alarm");
	assert_string_equal(in.alerts[0].description, "on db1");
	assert_string_equal(in.alerts[0].key, "0123456789abcdef");
	assert_int_equal(in.alerts[0].severity, SEVERITY_CRITICAL);
	assert_true(in.alerts[0].detected_at == INT64_C(1772352000500));
	assert_false(in.alerts[0].resolved);
	assert_body(&in.alerts[0], firing);
	/* No summary: the name of the rule. The group fires, this alert does not. */
	assert_string_equal(in.alerts[1].title, "Probe");
	assert_true(in.alerts[1].resolved);
	assert_int_equal(in.alerts[1].severity, SEVERITY_UNKNOWN);
	assert_body(&in.alerts[1], resolved);
}

static void test_a_group_of_one_is_one_alert(void **state)
{
	char body[1024];

	(void)state;
	snprintf(body, sizeof(body), "{\"alerts\":[%s]}", firing);
	assert_true(read_body("am", body).single);
	assert_int_equal(read_body("am", "{\"alerts\":[]}").n_alerts, 0);
	assert_int_equal(read_body("am", "{\"alerts\":[]}").n_rejected, 0);
}

static void test_a_group_without_its_array_is_rejected(void **state)
{
	struct command_alerts in = read_body("am", "{\"alerts\":{}}\n{\"version\":\"4\"}\n");

	(void)state;
	assert_int_equal(in.n_alerts, 0);
	assert_int_equal(in.n_rejected, 2);
	assert_string_equal(in.rejected[1].error.pointer, "/alerts");
	assert_string_equal(in.rejected[1].error.text, "no array found at this path");
}

static const char wazuh_alert[] =
	"{\"timestamp\":\"2026-03-01T08:00:00.123+0000\",\"rule\":{\"level\":12,"
	"\"description\":\"Multiple failed logins then success\",\"id\":\"100210\"},"
	"\"manager\":{\"name\":\"wz1\"},\"id\":\"1772352000.5521\",\"full_log\":\"sshd: ...\"}";

static void test_wazuh_sends_the_alert_itself(void **state)
{
	const struct alert *a = read_one("wazuh", wazuh_alert);

	(void)state;
	assert_string_equal(a->title, "Multiple failed logins then success");
	assert_string_equal(a->key, "wz1:1772352000.5521");
	assert_int_equal(a->severity, SEVERITY_HIGH);
	assert_true(a->detected_at == INT64_C(1772352000123));
	assert_body(a, wazuh_alert);
}

static void test_wazuh_wrapped_by_shuffle_has_the_same_key(void **state)
{
	char body[1024];
	const struct alert *a;

	(void)state;
	snprintf(body, sizeof(body), "{\"severity\":3,\"title\":\"Multiple failed\",\"id\":"
		"\"1772352000.5521\",\"all_fields\":%s}", wazuh_alert);
	a = read_one("wazuh", body);
	assert_string_equal(a->key, "wz1:1772352000.5521");
	assert_string_equal(a->title, "Multiple failed logins then success");
	assert_int_equal(a->severity, SEVERITY_HIGH);
}

static void test_a_manager_alone_is_no_key(void **state)
{
	(void)state;
	assert_null(read_one("wazuh", "{\"title\":\"t\",\"manager\":{\"name\":\"wz1\"}}")->key);
	assert_string_equal(read_one("wazuh", "{\"title\":\"t\",\"id\":\"7\"}")->key, "7");
}

static void test_wazuh_levels(void **state)
{
	static const struct { const char *level; enum severity severity; } cases[] = {
		{ "0", SEVERITY_LOW }, { "6", SEVERITY_LOW }, { "7", SEVERITY_MEDIUM },
		{ "11", SEVERITY_MEDIUM }, { "12", SEVERITY_HIGH }, { "14", SEVERITY_HIGH },
		{ "15", SEVERITY_CRITICAL }, { "16", SEVERITY_CRITICAL }, { "17", SEVERITY_UNKNOWN },
		{ "-1", SEVERITY_UNKNOWN }, { "\"12\"", SEVERITY_HIGH }, { "[12]", SEVERITY_HIGH },
		{ "12.5", SEVERITY_UNKNOWN }, { "null", SEVERITY_UNKNOWN },
		{ "\"high\"", SEVERITY_UNKNOWN }, { "{}", SEVERITY_UNKNOWN },
	};
	char body[128];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		snprintf(body, sizeof(body), "{\"title\":\"t\",\"rule\":{\"level\":%s}}",
			cases[i].level);
		if (read_one("wazuh", body)->severity != cases[i].severity)
			fail_msg("rule.level %s", cases[i].level);
	}
}

/* --- the generic format --- */

static void test_generic_takes_its_own_names(void **state)
{
	const struct alert *a = read_one("custom", "{\"key\":\"k1\",\"title\":\"Ransom\\u00e9\","
		"\"severity\":\"HIGH\",\"description\":\"two\\nlines\","
		"\"detected_at\":\"2026-03-01T09:00:00+01:00\",\"aware_at\":1772352060,"
		"\"entity\":\"acme-energy\"}");

	(void)state;
	assert_string_equal(a->key, "k1");
	assert_string_equal(a->title, "Ransom\xc3\xa9");
	assert_string_equal(a->description, "two\nlines");
	assert_int_equal(a->severity, SEVERITY_HIGH);
	assert_true(a->detected_at == INT64_C(1772352000000));
	assert_true(a->aware_at == INT64_C(1772352060000));
	assert_string_equal(a->entity, "acme-energy");
	assert_false(a->resolved || a->test);
}

static void test_all_but_the_title_is_optional(void **state)
{
	const struct alert *a = read_one("custom", "{\"title\":\"t\"}");

	(void)state;
	assert_null(a->key);
	assert_null(a->description);
	assert_null(a->entity);
	assert_int_equal(a->severity, SEVERITY_UNKNOWN);
	assert_true(a->detected_at == TIME_NONE && a->aware_at == TIME_NONE);
	assert_true(read_body("custom", "{\"title\":\"t\"}").single);
}

static void test_no_title_is_a_rejection_that_points(void **state)
{
	static const char *const bodies[] = { "{}", "{\"title\":null}", "{\"title\":\"\"}",
		"{\"title\":\"  \"}", "{\"title\":{}}", "{\"title\":[\"a\",\"b\"]}" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bodies); i++) {
		struct command_alerts in = read_body("custom", bodies[i]);

		if (in.n_alerts != 0 || in.n_rejected != 1)
			fail_msg("%s", bodies[i]);
		assert_string_equal(in.rejected[0].error.pointer, "/title");
		assert_string_equal(in.rejected[0].error.text, "nothing found at this path");
	}
	assert_string_equal(read_body("wazuh", "{}").rejected[0].error.pointer,
		"/rule/description");
}

static void test_no_time_of_a_source_rejects_its_alert(void **state)
{
	static const struct { const char *stamp; int64_t at; } cases[] = {
		{ "\"2099-01-01T00:00:00Z\"", INT64_C(4070908800000) },
		{ "\"yesterday\"", TIME_NONE },
		{ "\"2026-03-01T08:00:00\"", TIME_NONE },
		{ "\"0001-01-01T00:00:00Z\"", TIME_NONE },
		{ "0", TIME_NONE }, { "-5", TIME_NONE }, { "1e400", TIME_NONE },
		{ "true", TIME_NONE }, { "{}", TIME_NONE },
		{ "\"1772352000\"", INT64_C(1772352000000) },
		{ "1772352000123", INT64_C(1772352000123) },
	};
	char body[128];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		snprintf(body, sizeof(body), "{\"title\":\"t\",\"detected_at\":%s}",
			cases[i].stamp);
		if (read_one("custom", body)->detected_at != cases[i].at)
			fail_msg("detected_at %s", cases[i].stamp);
	}
}

/* --- texts --- */

static void test_a_title_is_one_line_of_300_characters(void **state)
{
	const char *title;
	struct buf body;
	int i;

	(void)state;
	assert_string_equal(read_one("custom",
		"{\"title\":\" a\\nb\\u001b[31mc\\u007f \"}")->title, "a b [31mc");
	buf_init(&body, 0);
	buf_adds(&body, "{\"title\":\"");
	for (i = 0; i < 400; i++)
		buf_adds(&body, i % 2 ? "\xf0\x9f\x94\xa5" : "\\u00e9");
	buf_adds(&body, "\"}");
	title = read_one("custom", body.data)->title;
	assert_int_equal(strlen(title), 150 * 2 + 150 * 4);
	assert_true(text_is_utf8(title, strlen(title)));
	buf_release(&body);
}

static void test_a_long_key_stays_distinct(void **state)
{
	const char *keys[2];
	struct buf body;
	int i, j;

	(void)state;
	for (j = 0; j < 2; j++) {
		buf_init(&body, 0);
		buf_adds(&body, "{\"title\":\"t\",\"key\":\"");
		for (i = 0; i < 600; i++)
			buf_addc(&body, 'k');
		buf_addf(&body, "%d\"}", j);
		keys[j] = read_one("custom", body.data)->key;
		assert_true(text_starts(keys[j], "sha256:"));
		buf_release(&body);
	}
	assert_string_not_equal(keys[0], keys[1]);
}

/* --- bodies of several, and broken ones --- */

static void test_arrays_and_lines(void **state)
{
	static const char *const bodies[] = {
		"[{\"title\":\"a\"},{\"title\":\"b\"}]",
		"{\"title\":\"a\"}\n{\"title\":\"b\"}\n",
		"\r\n {\"title\":\"a\"} {\"title\":\"b\"}",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bodies); i++) {
		struct command_alerts in = read_body("custom", bodies[i]);

		assert_int_equal(in.n_alerts, 2);
		assert_false(in.single);
		assert_string_equal(in.alerts[0].title, "a");
		assert_string_equal(in.alerts[1].title, "b");
		assert_body(&in.alerts[1], "{\"title\":\"b\"}");
	}
}

static void test_a_bad_neighbour_costs_no_good_alert(void **state)
{
	struct command_alerts in = read_body("custom",
		"{\"title\":\"a\"}\n{\"title\":\n{\"title\":\"c\"}\n{\"key\":\"d\"}\n{\"title\":\"e\"}\n");

	(void)state;
	assert_int_equal(in.n_alerts, 3);
	assert_int_equal(in.n_rejected, 2);
	assert_string_equal(in.alerts[1].title, "c");
	assert_string_equal(in.alerts[2].title, "e");
	assert_int_equal(in.rejected[0].index, 1);
	assert_string_equal(in.rejected[0].error.pointer, "");
	assert_int_equal(in.rejected[1].index, 3);
	assert_string_equal(in.rejected[1].error.pointer, "/title");
}

static void test_a_bad_element_of_a_group(void **state)
{
	char body[2048];
	struct command_alerts in;

	(void)state;
	snprintf(body, sizeof(body), "{\"alerts\":[{},7,%s]}", firing);
	in = read_body("am", body);
	assert_int_equal(in.n_alerts, 1);
	assert_int_equal(in.n_rejected, 2);
	assert_int_equal(in.rejected[0].index, 0);
	assert_string_equal(in.rejected[0].error.pointer, "/annotations/summary");
	assert_int_equal(in.rejected[1].index, 1);
}

static void test_bodies_that_hold_nothing_are_refused(void **state)
{
	static const char *const bodies[] = { "", " \n", "hello", "7", "\"title\"" };
	struct command_alerts in;
	struct error err;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bodies); i++) {
		if (try_reading("custom", bodies[i], 100, &in, &err) == 0)
			fail_msg("\"%s\" is read", bodies[i]);
		assert_int_equal(err.code, ERROR_INVALID);
	}
}

static void test_more_than_allowed_is_too_large(void **state)
{
	static const struct { const char *source, *body; size_t max; bool ok; } cases[] = {
		{ "custom", "[{\"title\":\"a\"},{\"title\":\"b\"}]", 2, true },
		{ "custom", "[{\"title\":\"a\"},{\"title\":\"b\"}]", 1, false },
		{ "custom", "{\"title\":\"a\"}\n{\n{\n", 2, false },
		{ "am", "{\"alerts\":[{},{}]}", 2, true },
		{ "am", "{\"alerts\":[{},{},{}]}", 2, false },
		{ "am", "{\"alerts\":[{}]} {\"alerts\":[{}]} {\"alerts\":[{}]}", 2, false },
	};
	struct command_alerts in;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct error err = { 0 };
		int rc = try_reading(cases[i].source, cases[i].body, cases[i].max, &in, &err);

		if (rc != (cases[i].ok ? 0 : -1))
			fail_msg("%s of %zu: %d %s", cases[i].body, cases[i].max, rc, err.text);
		if (rc < 0) {
			char text[64];

			assert_int_equal(err.code, ERROR_TOO_LARGE);
			snprintf(text, sizeof(text), "more than %zu alerts in one body",
				cases[i].max);
			assert_string_equal(err.text, text);
		}
	}
}

static void test_pointers_of_paths(void **state)
{
	static const struct { const char *path, *pointer; } cases[] = {
		{ "title", "/title" }, { "rule.description", "/rule/description" },
		{ "list[0].uid", "/list/0/uid" }, { "[2].a", "/2/a" },
		{ "a/b.c~d", "/a~1b/c~0d" }, { "", "" },
	};
	char pointer[32];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		mapping_pointer(cases[i].path, pointer, sizeof(pointer));
		assert_string_equal(pointer, cases[i].pointer);
	}
	mapping_pointer("a.very.long.path", pointer, 8);
	assert_true(strlen(pointer) < 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alertmanager_sends_a_group),
		cmocka_unit_test(test_a_group_of_one_is_one_alert),
		cmocka_unit_test(test_a_group_without_its_array_is_rejected),
		cmocka_unit_test(test_wazuh_sends_the_alert_itself),
		cmocka_unit_test(test_wazuh_wrapped_by_shuffle_has_the_same_key),
		cmocka_unit_test(test_a_manager_alone_is_no_key),
		cmocka_unit_test(test_wazuh_levels),
		cmocka_unit_test(test_generic_takes_its_own_names),
		cmocka_unit_test(test_all_but_the_title_is_optional),
		cmocka_unit_test(test_no_title_is_a_rejection_that_points),
		cmocka_unit_test(test_no_time_of_a_source_rejects_its_alert),
		cmocka_unit_test(test_a_title_is_one_line_of_300_characters),
		cmocka_unit_test(test_a_long_key_stays_distinct),
		cmocka_unit_test(test_arrays_and_lines),
		cmocka_unit_test(test_a_bad_neighbour_costs_no_good_alert),
		cmocka_unit_test(test_a_bad_element_of_a_group),
		cmocka_unit_test(test_bodies_that_hold_nothing_are_refused),
		cmocka_unit_test(test_more_than_allowed_is_too_large),
		cmocka_unit_test(test_pointers_of_paths),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
