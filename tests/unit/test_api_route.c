/*
 * Which request is which: the table of routes, Allow, and what the header says of
 * the body.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "api/request.h"
#include "api/route.h"
#include "base/text.h"

static void test_every_route_has_its_path_and_role(void **state)
{
	static const struct {
		const char *method, *path;
		enum route_id id;
		enum role role;
		bool open;
	} cases[] = {
		{ "POST", "/v1/alerts/wazuh", ROUTE_ALERTS, ROLE_INGEST, false },
		{ "POST", "/v1/alerts/wazuh/s3cret", ROUTE_ALERTS, ROLE_INGEST, false },
		{ "PUT", "/v1/alerts/wazuh", ROUTE_ALERTS, ROLE_INGEST, false },
		{ "PUT", "/v1/alerts/wazuh/s3cret", ROUTE_ALERTS, ROLE_INGEST, false },
		{ "PATCH", "/v1/alerts/wazuh", ROUTE_ALERTS, ROLE_INGEST, false },
		{ "PATCH", "/v1/alerts/wazuh/s3cret", ROUTE_ALERTS, ROLE_INGEST, false },
		{ "GET", "/v1/alerts/wazuh", ROUTE_ALERTS_LOOK, ROLE_INGEST, false },
		{ "HEAD", "/v1/alerts/wazuh/s3cret", ROUTE_ALERTS_LOOK, ROLE_INGEST, false },
		{ "OPTIONS", "/v1/alerts/wazuh", ROUTE_ALERTS_OPTIONS, ROLE_INGEST, false },
		{ "OPTIONS", "/v1/alerts/wazuh/s3cret", ROUTE_ALERTS_OPTIONS, ROLE_INGEST, false },
		{ "POST", "/v2/enqueue", ROUTE_ENQUEUE, ROLE_INGEST, false },
		{ "POST", "/v2/change/enqueue", ROUTE_CHANGE, ROLE_INGEST, false },
		{ "POST", "/v2/alerts", ROUTE_OPSGENIE, ROLE_INGEST, false },
		{ "POST", "/v2/alerts/db1 down/close", ROUTE_OPSGENIE_ACTION, ROLE_INGEST, false },
		{ "POST", "/v2/alerts/42/notes", ROUTE_OPSGENIE_ACTION, ROLE_INGEST, false },
		{ "POST", "/jsm/ops/integration/v2/alerts", ROUTE_OPSGENIE, ROLE_INGEST, false },
		{ "POST", "/jsm/ops/integration/v2/alerts/x/close", ROUTE_OPSGENIE_ACTION, ROLE_INGEST,
			false },
		{ "POST", "/v1/incidents", ROUTE_INCIDENT_OPEN, ROLE_OPERATE, false },
		{ "GET", "/v1/incidents", ROUTE_INCIDENT_LIST, ROLE_READ, false },
		{ "HEAD", "/v1/incidents", ROUTE_INCIDENT_LIST, ROLE_READ, false },
		{ "GET", "/v1/incidents/42", ROUTE_INCIDENT, ROLE_READ, false },
		{ "POST", "/v1/incidents/42/events", ROUTE_EVENT, ROLE_OPERATE, false },
		{ "POST", "/v1/incidents/42/filings", ROUTE_FILING, ROLE_OPERATE, false },
		{ "POST", "/v1/incidents/42/acknowledgements", ROUTE_ACKNOWLEDGEMENT,
			ROLE_OPERATE, false },
		{ "POST", "/v1/incidents/42/waivers", ROUTE_WAIVER, ROLE_OPERATE, false },
		{ "POST", "/v1/incidents/42/dismissal", ROUTE_DISMISSAL, ROLE_OPERATE, false },
		{ "POST", "/v1/incidents/42/withdrawals", ROUTE_WITHDRAWAL, ROLE_OPERATE, false },
		{ "POST", "/v1/incidents/42/traits", ROUTE_TRAITS, ROLE_OPERATE, false },
		{ "POST", "/v1/incidents/42/confirmations", ROUTE_CONFIRMATION, ROLE_OPERATE,
			false },
		{ "POST", "/v1/incidents/42/rules", ROUTE_INCIDENT_RULES, ROLE_OPERATE, false },
		{ "GET", "/v1/rules", ROUTE_RULES, ROLE_READ, false },
		{ "GET", "/v1/incidents/42/journal", ROUTE_INCIDENT_JOURNAL, ROLE_READ, false },
		{ "GET", "/v1/incidents/42/reports/early-warning", ROUTE_REPORT, ROLE_READ, false },
		{ "POST", "/v1/incidents/42/details", ROUTE_DETAIL, ROLE_OPERATE, false },
		{ "GET", "/v1/journal", ROUTE_JOURNAL, ROLE_READ, false },
		{ "GET", "/v1/clocks", ROUTE_CLOCKS, ROLE_READ, false },
		{ "GET", "/v1/deliveries", ROUTE_DELIVERIES, ROLE_READ, false },
		{ "GET", "/v1/deliveries/dlv_k3j9x0aa_7", ROUTE_DELIVERY, ROLE_READ, false },
		{ "POST", "/v1/deliveries/dlv_k3j9x0aa_7/replay", ROUTE_REPLAY, ROLE_OPERATE,
			false },
		{ "POST", "/v1/channels/soc/test", ROUTE_TEST, ROLE_OPERATE, false },
		{ "POST", "/v1/deadlines", ROUTE_DEADLINES, ROLE_READ, false },
		{ "GET", "/v1/status", ROUTE_STATUS, ROLE_READ, false },
		{ "GET", "/healthz", ROUTE_HEALTH, ROLE_READ, true },
		{ "GET", "/readyz", ROUTE_READY, ROLE_READ, true },
		{ "GET", "/metrics", ROUTE_METRICS, ROLE_READ, false },
		{ "GET", "/v1/calendar.ics", ROUTE_CALENDAR, ROLE_READ, false },
		{ "POST", "/v1/backup", ROUTE_BACKUP, ROLE_ADMIN, false },
		{ "GET", "/openapi.json", ROUTE_OPENAPI, ROLE_READ, true },
		{ "GET", "/a/token", ROUTE_LINK, ROLE_READ, true },
		{ "HEAD", "/a/token", ROUTE_LINK, ROLE_READ, true },
		{ "POST", "/a/token", ROUTE_LINK_ACKNOWLEDGE, ROLE_READ, true },
		{ "POST", "/v1/slack/interactions", ROUTE_SLACK, ROLE_READ, true },
		{ "POST", "/v1/session", ROUTE_SIGN_IN, ROLE_READ, true },
		{ "GET", "/v1/session", ROUTE_SESSION, ROLE_READ, false },
		{ "DELETE", "/v1/session", ROUTE_SIGN_OUT, ROLE_READ, false },
		{ "GET", "/", ROUTE_DASHBOARD, ROLE_READ, true },
		{ "HEAD", "/", ROUTE_DASHBOARD, ROLE_READ, true },
		{ "GET", "/web/app.js", ROUTE_ASSET, ROLE_READ, true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct route_match m;
		int status = route_find(cases[i].method, cases[i].path, &m);

		if (status != 0)
			fail_msg("%s %s: %d", cases[i].method, cases[i].path, status);
		if (m.route->id != cases[i].id || m.route->open != cases[i].open)
			fail_msg("%s %s: another route", cases[i].method, cases[i].path);
		if (!m.route->open && m.route->role != cases[i].role)
			fail_msg("%s %s: role %d", cases[i].method, cases[i].path,
				(int)m.route->role);
	}
}

static void test_only_health_and_what_brings_its_own_proof_need_no_token(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < route_count; i++)
		assert_int_equal(route_table[i].open, route_table[i].id == ROUTE_HEALTH ||
			route_table[i].id == ROUTE_READY ||
			route_table[i].id == ROUTE_OPENAPI || route_table[i].id == ROUTE_LINK ||
			route_table[i].id == ROUTE_LINK_ACKNOWLEDGE ||
			route_table[i].id == ROUTE_SLACK || route_table[i].id == ROUTE_SIGN_IN ||
			route_table[i].id == ROUTE_DASHBOARD || route_table[i].id == ROUTE_ASSET);
}

static void test_values_of_a_path(void **state)
{
	struct route_match m;

	(void)state;
	assert_int_equal(route_find("GET", "/v1/incidents/9223372036854775807", &m), 0);
	assert_true(m.id == INT64_MAX);
	assert_int_equal(route_find("POST", "/v1/alerts/wazuh-1.eu/t.o~k", &m), 0);
	assert_string_equal(m.name, "wazuh-1.eu");
	assert_string_equal(m.token, "t.o~k");
	assert_int_equal(route_find("POST", "/v1/alerts/wazuh", &m), 0);
	assert_string_equal(m.token, "");
	assert_true(m.id == 0);
	assert_int_equal(route_find("POST", "/v2/alerts/disk full/acknowledge", &m), 0);
	assert_string_equal(m.alias, "disk full");
	assert_string_equal(m.action, "acknowledge");
	assert_int_equal(route_find("POST", "/v2/alerts/x/delete", &m), 404);
	assert_int_equal(route_find("POST", "/v2/alerts", &m), 0);
	assert_string_equal(m.alias, "");
	assert_null(m.action);
}

static void test_other_paths_are_not_found(void **state)
{
	static const char *const paths[] = {
		"", "//", "/web", "/web/", "/web/a/b", "/web/..", "/web/App.js", "/v1", "/v1/", "/v2/incidents", "/v1/incidents/", "/v1/incidents/x",
		"/v1/incidents/0", "/v1/incidents/042", "/v1/incidents/-1", "/v1/incidents/4 2",
		"/v1/incidents/9223372036854775808", "/v1/incidents/42/", "/v1/incidents/42/event",
		"/v1/incidents/42/events/1", "/v1/incident", "/v1/incidentss", "/V1/incidents",
		"/v1/alerts", "/v1/alerts/", "/v1/alerts/Wazuh", "/v1/alerts/a/b/c",
		"/v1/alerts/wazuh/", "v1/incidents", "/healthz/", "/health",
	};
	struct route_match m;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(paths); i++)
		if (route_find("GET", paths[i], &m) != 404)
			fail_msg("GET %s is found", paths[i]);
}

static void test_another_method_is_told_what_is_allowed(void **state)
{
	static const struct { const char *method, *path, *allow; } cases[] = {
		{ "DELETE", "/v1/incidents", "GET, HEAD, POST" },
		{ "PUT", "/v1/incidents/42", "GET, HEAD" },
		{ "GET", "/v1/incidents/42/events", "POST" },
		{ "DELETE", "/v1/alerts/wazuh", "GET, HEAD, POST, PUT, PATCH, OPTIONS" },
		{ "BREW", "/v1/alerts/wazuh/token", "GET, HEAD, POST, PUT, PATCH, OPTIONS" },
		{ "GET", "/v2/enqueue", "POST" },
		{ "GET", "/v2/alerts/x/close", "POST" },
		{ "POST", "/healthz", "GET, HEAD" },
		{ "get", "/healthz", "GET, HEAD" },
		{ "PUT", "/v1/session", "GET, HEAD, POST, DELETE" },
		{ "POST", "/", "GET, HEAD" },
	};
	struct route_match m;
	char allow[64];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		if (route_find(cases[i].method, cases[i].path, &m) != 405)
			fail_msg("%s %s is allowed", cases[i].method, cases[i].path);
		route_allow(cases[i].path, allow, sizeof(allow));
		assert_string_equal(allow, cases[i].allow);
	}
	route_allow("/nothing", allow, sizeof(allow));
	assert_string_equal(allow, "");
}

static void test_our_documents_are_json_or_say_nothing(void **state)
{
	(void)state;
	assert_true(request_type_may_be_json(NULL));
	assert_true(request_type_may_be_json("application/json"));
	assert_true(request_type_may_be_json("Application/JSON; charset=utf-8"));
	assert_true(request_type_may_be_json("application/json;charset=utf-8"));
	assert_true(request_type_may_be_json(""));
	assert_true(request_type_may_be_json("text/plain"));
	assert_true(request_type_may_be_json("application/x-www-form-urlencoded"));
	assert_true(request_type_may_be_json("application/problem+json"));
	assert_false(request_type_may_be_json("application/xml"));
	assert_false(request_type_may_be_json("multipart/form-data; boundary=x"));
	assert_false(request_type_may_be_json("application/jsonp"));
	assert_false(request_type_may_be_json("application/jso"));
}

static void test_a_form_says_that_it_is_one(void **state)
{
	(void)state;
	assert_true(request_type_is_form("application/x-www-form-urlencoded"));
	assert_true(request_type_is_form("Application/X-WWW-Form-Urlencoded; charset=utf-8"));
	assert_false(request_type_is_form(NULL));
	assert_false(request_type_is_form(""));
	assert_false(request_type_is_form("application/json"));
	assert_false(request_type_is_form("text/plain"));
	assert_false(request_type_is_form("application/x-www-form-urlencoded2"));
}

static void test_content_codings(void **state)
{
	(void)state;
	assert_int_equal(request_coding(NULL), CODING_NONE);
	assert_int_equal(request_coding("identity"), CODING_NONE);
	assert_int_equal(request_coding("GZIP"), CODING_GZIP);
	assert_int_equal(request_coding("x-gzip"), CODING_GZIP);
	assert_int_equal(request_coding("br"), CODING_OTHER);
	assert_int_equal(request_coding("gzip, gzip"), CODING_OTHER);
	assert_int_equal(request_coding(""), CODING_OTHER);
}

static void test_text_is_given_to_whoever_asks_for_it(void **state)
{
	static const struct { const char *accept; bool text; } cases[] = {
		{ NULL, false }, { "", false }, { "*/*", false }, { "text/*", false },
		{ "text/plain", true }, { "TEXT/plain; charset=utf-8", true },
		{ "text/html, text/plain;q=0.9, */*;q=0.1", true }, { "text/plain;q=0", false },
		{ "text/plain;q=0.0, */*", false }, { "text/plain;q=0.001", true },
		{ "application/json, text/plain", false },
		{ "application/json;q=0.5,text/plain", true },
		{ "application/json;q=0.5,text/plain;q=0.4", false },
		{ "text/plain, application/json;q=0.999", true },
		{ "text/plainer", false }, { "xtext/plain", false }, { ",,text/plain", true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++)
		if (request_wants_text(cases[i].accept) != cases[i].text)
			fail_msg("Accept: %s", cases[i].accept);
}

static void test_idempotency_keys(void **state)
{
	char long_key[257];

	(void)state;
	assert_true(request_key_is_good("a"));
	assert_true(request_key_is_good("\"9f2d-11!~\""));
	assert_false(request_key_is_good(""));
	assert_false(request_key_is_good("two words"));
	assert_false(request_key_is_good("caf\xc3\xa9"));
	assert_false(request_key_is_good("tab\t"));
	memset(long_key, 'k', 256);
	long_key[256] = '\0';
	assert_false(request_key_is_good(long_key));
	long_key[255] = '\0';
	assert_true(request_key_is_good(long_key));
}

static void test_the_digest_is_of_method_path_and_body(void **state)
{
	char a[DIGEST_HEX_SIZE], b[DIGEST_HEX_SIZE];

	(void)state;
	request_digest("POST", "/v1/incidents", "{}", 2, a);
	request_digest("POST", "/v1/incidents", "{}", 2, b);
	assert_string_equal(a, b);
	request_digest("POST", "/v1/incidents", "{ }", 3, b);
	assert_string_not_equal(a, b);
	request_digest("POST", "/v1/incidents/1/events", "{}", 2, b);
	assert_string_not_equal(a, b);
	/* SHA-256 of "POST\n/v1/incidents\n{}". */
	assert_string_equal(a, "ecfa6e4ff9216445596553460de54203157b3d11584a5eca0975b5e23074fec9");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_route_has_its_path_and_role),
		cmocka_unit_test(test_only_health_and_what_brings_its_own_proof_need_no_token),
		cmocka_unit_test(test_values_of_a_path),
		cmocka_unit_test(test_other_paths_are_not_found),
		cmocka_unit_test(test_another_method_is_told_what_is_allowed),
		cmocka_unit_test(test_our_documents_are_json_or_say_nothing),
		cmocka_unit_test(test_a_form_says_that_it_is_one),
		cmocka_unit_test(test_content_codings),
		cmocka_unit_test(test_text_is_given_to_whoever_asks_for_it),
		cmocka_unit_test(test_idempotency_keys),
		cmocka_unit_test(test_the_digest_is_of_method_path_and_body),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
