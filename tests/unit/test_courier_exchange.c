/* What the services' answers mean, and what is asked next. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "base/text.h"
#include "courier/exchange.h"
#include "courier/mattermost.h"
#include "courier/ntfy.h"
#include "courier/pagerduty.h"
#include "courier/teams.h"
#include "courier/thread.h"
#include "test_courier_fixture.h"

#define DELIVERED OUTCOME_DELIVERED
#define TEMPORARY OUTCOME_TEMPORARY
#define PERMANENT OUTCOME_PERMANENT
#define AMBIGUOUS OUTCOME_AMBIGUOUS

#define SECRET "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
#define ROOT "{\"ok\":true,\"channel\":\"C0123456789\",\"ts\":\"1700000000.000100\"}"
#define REPLY "{\"ok\":true,\"channel\":\"C0123456789\",\"ts\":\"1700000099.000900\"}"
#define HANDLE "C0123456789:1700000000.000100"

static struct http_result answer(long status, const char *body, long wait)
{
	return (struct http_result) { .rc = CURLE_OK, .status = status, .sent = true,
		.retry_after_s = wait, .why = "", .body = body, .body_len = strlen(body) };
}

static void each_service_says_it_its_own_way(void **state)
{
	static const struct {
		void (*judge)(const struct http_result *result, struct outcome *ret);
		long status;
		const char *body;
		long wait;
		enum outcome_kind kind;
		const char *detail;
		long retry_after_s;
		const char *handle;
	} rows[] = {
		{ slack_bot_outcome, 200, ROOT, 0, DELIVERED, "HTTP 200", 0, HANDLE },
		{ slack_bot_outcome, 200, "{\"ok\":true}", 0, DELIVERED, "HTTP 200", 0, "" },
		{ slack_bot_outcome, 200, "{\"ok\":true,\"channel\":\"C1\",\"ts\":\"x\"}", 0, DELIVERED,
		  "HTTP 200", 0, "" },
		{ slack_bot_outcome, 200, "{\"ok\":false,\"error\":\"channel_not_found\"}", 0, PERMANENT,
		  "HTTP 200: channel_not_found", 0, "" },
		{ slack_bot_outcome, 200, "{\"ok\":false,\"error\":\"token_revoked\"}", 0, PERMANENT,
		  "HTTP 200: token_revoked", 0, "" },
		{ slack_bot_outcome, 200, "{\"ok\":false,\"error\":\"internal_error\"}", 0, TEMPORARY,
		  "HTTP 200: internal_error", 0, "" },
		{ slack_bot_outcome, 200, "{\"ok\":false,\"error\":\"rate_limited\"}", 0, TEMPORARY,
		  "HTTP 200: rate_limited", 0, "" },
		{ slack_bot_outcome, 200, "{\"ok\":false,\"error\":\"xoxb-" SECRET "\"}", 0, PERMANENT,
		  "HTTP 200: no reason given", 0, "" },
		{ slack_bot_outcome, 200, "{\"ok\":false}", 0, PERMANENT,
		  "HTTP 200: no reason given", 0, "" },
		{ slack_bot_outcome, 200, "{\"ok\":\"true\"}", 0, PERMANENT,
		  "HTTP 200: no reason given", 0, "" },
		{ slack_bot_outcome, 200, "<html>log in</html>", 0, AMBIGUOUS,
		  "HTTP 200 without Slack's \"ok\"", 0, "" },
		{ slack_bot_outcome, 200, "", 0, AMBIGUOUS, "HTTP 200 without Slack's \"ok\"", 0, "" },
		{ slack_bot_outcome, 429, "{\"ok\":false,\"error\":\"ratelimited\"}", 30, TEMPORARY,
		  "HTTP 429", 30, "" },
		{ slack_bot_outcome, 503, "", 0, TEMPORARY, "HTTP 503", 0, "" },
		{ slack_bot_outcome, 302, "", 0, PERMANENT, "HTTP 302: redirect refused", 0, "" },

		{ teams_outcome, 202, "", 0, DELIVERED, "HTTP 202: taken by the workflow", 0, "" },
		{ teams_outcome, 200, "1", 0, DELIVERED, "HTTP 200: taken by the workflow", 0, "" },
		{ teams_outcome, 400, "{\"error\":{}}", 0, PERMANENT, "HTTP 400", 0, "" },
		{ teams_outcome, 404, "", 0, PERMANENT, "HTTP 404", 0, "" },
		{ teams_outcome, 413, "", 0, PERMANENT, "HTTP 413", 0, "" },
		{ teams_outcome, 429, "", 7, TEMPORARY, "HTTP 429", 7, "" },
		{ teams_outcome, 502, "", 0, TEMPORARY, "HTTP 502", 0, "" },

		{ mattermost_outcome, 200, "ok", 0, DELIVERED, "HTTP 200", 0, "" },
		{ mattermost_outcome, 200, "<html>", 0, AMBIGUOUS,
		  "HTTP 200 without Mattermost's \"ok\"", 0, "" },
		{ mattermost_outcome, 400, "{\"id\":\"web.incoming_webhook.text.app_error\","
		  "\"message\":\"/hooks/" SECRET "\",\"status_code\":400}", 0, PERMANENT,
		  "HTTP 400: web.incoming_webhook.text.app_error", 0, "" },
		{ mattermost_outcome, 404, "{\"id\":\"" SECRET "\"}", 0, PERMANENT, "HTTP 404", 0, "" },
		{ mattermost_outcome, 429, "limit exceeded", 2, TEMPORARY, "HTTP 429", 2, "" },
		{ mattermost_outcome, 500, "{\"id\":\"x\"}", 9, TEMPORARY, "HTTP 500: x", 9, "" },

		{ pagerduty_outcome, 202, "{\"status\":\"success\"}", 0, DELIVERED, "HTTP 202", 0, "" },
		{ pagerduty_outcome, 200, "<html>", 0, AMBIGUOUS, "HTTP 200, not PagerDuty's 202", 0,
		  "" },
		{ pagerduty_outcome, 400, "{\"status\":\"invalid event\","
		  "\"errors\":[\"'payload.severity' is invalid\"]}", 0, PERMANENT,
		  "HTTP 400: 'payload.severity' is invalid", 0, "" },
		{ pagerduty_outcome, 400, "{\"errors\":[\"no key " SECRET "\"]}", 0, PERMANENT,
		  "HTTP 400", 0, "" },
		{ pagerduty_outcome, 400, "{\"errors\":[{}]}", 0, PERMANENT, "HTTP 400", 0, "" },
		{ pagerduty_outcome, 413, "", 0, PERMANENT, "HTTP 413", 0, "" },
		{ pagerduty_outcome, 429, "", 60, TEMPORARY, "HTTP 429", 60, "" },
		{ pagerduty_outcome, 500, "", 0, TEMPORARY, "HTTP 500", 0, "" },

		{ ntfy_outcome, 200, "{\"id\":\"Zm02\",\"event\":\"message\"}", 0, DELIVERED, "HTTP 200",
		  0, "" },
		{ ntfy_outcome, 200, "<html>", 0, AMBIGUOUS, "HTTP 200 without ntfy's id", 0, "" },
		{ ntfy_outcome, 200, "{\"error\":1}", 0, AMBIGUOUS, "HTTP 200 without ntfy's id", 0, "" },
		{ ntfy_outcome, 403, "{\"code\":40301,\"http\":403,\"error\":\"forbidden\"}", 0, PERMANENT,
		  "HTTP 403: ntfy code 40301", 0, "" },
		{ ntfy_outcome, 413, "{\"code\":41301}", 0, PERMANENT, "HTTP 413: ntfy code 41301", 0,
		  "" },
		{ ntfy_outcome, 429, "{\"code\":42901}", 5, TEMPORARY, "HTTP 429: ntfy code 42901", 5,
		  "" },
		{ ntfy_outcome, 507, "", 0, TEMPORARY, "HTTP 507", 0, "" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		const struct http_result result = answer(rows[i].status, rows[i].body, rows[i].wait);
		struct outcome found;

		rows[i].judge(&result, &found);
		if (found.kind != rows[i].kind || !text_equal(found.detail, rows[i].detail) ||
		    found.retry_after_s != rows[i].retry_after_s ||
		    !text_equal(found.handle, rows[i].handle))
			fail_msg("row %zu: %s \"%s\" %ld \"%s\"", i, outcome_name(found.kind),
				found.detail, found.retry_after_s, found.handle);
	}
}

static void no_answer_is_the_same_for_all(void **state)
{
	static void (*const judges[])(const struct http_result *, struct outcome *) = {
		slack_bot_outcome, teams_outcome, mattermost_outcome, pagerduty_outcome,
		ntfy_outcome };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(judges); i++) {
		struct http_result result = { .rc = CURLE_OPERATION_TIMEDOUT, .why = "", .body = "" };
		struct outcome found;

		judges[i](&result, &found);
		assert_int_equal(found.kind, TEMPORARY);
		assert_string_equal(found.detail, "timed out");
		result.sent = true;
		judges[i](&result, &found);
		assert_int_equal(found.kind, AMBIGUOUS);
		assert_string_equal(found.detail, "timed out after sending, without an answer");
	}
}

/* ---- requests ------------------------------------------------------------------- */

struct talk {
	struct fixture fixture;
	struct conf_channel conf;
	struct channel channel;
	struct job job;
	struct exchange exchange;
	CURL *easy;
};

static void talk_open(struct talk *t, enum channel_type type, const char *url,
	const char *thread)
{
	memset(t, 0, sizeof(*t));
	fixture_open(&t->fixture, step_notice);
	t->conf = (struct conf_channel) { .name = "a", .type = type, .room = "C0123456789",
		.topic = "oncall", .timeout_ms = 1000 };
	t->channel = (struct channel) { .conf = &t->conf, .ready = true,
		.url = (char *)(uintptr_t)url, .token = (char *)(uintptr_t)SECRET };
	t->job = (struct job) { .id = "dlv_k3j9x0aa_7", .channel_name = "a",
		.channel = &t->channel, .notice = t->fixture.notice };
	t->easy = curl_easy_init();
	exchange_init(&t->exchange, &t->job, NULL, thread);
	exchange_fit(t->exchange.job->channel, t->easy);
	exchange_prepare(&t->exchange, t->easy, 1000);
}

static void talk_close(struct talk *t)
{
	curl_easy_cleanup(t->easy);
	exchange_release(&t->exchange);
	fixture_close(&t->fixture);
}

static bool has_header(const struct talk *t, const char *wanted)
{
	const struct curl_slist *header;

	for (header = t->exchange.headers; header != NULL; header = header->next)
		if (text_equal(header->data, wanted))
			return true;
	return false;
}

static bool takes(struct talk *t, long status, const char *body, bool more_time)
{
	const struct http_result result = answer(status, body, 0);

	if (!exchange_next(&t->exchange, &result, more_time))
		return false;
	exchange_fit(t->exchange.job->channel, t->easy);
	exchange_prepare(&t->exchange, t->easy, 1000);
	return true;
}

/* ---- the heartbeat ----------------------------------------------------------------- */

static void a_heartbeat_says_that_all_is_well_or_not(void **state)
{
	static const struct {
		const char *url, *notice, *asked;
	} rows[] = {
		{ "https://w.example/uuid", "{\"failed\":false,\"body\":\"{}\"}",
		  "https://w.example/uuid" },
		{ "https://w.example/uuid", "{\"failed\":true,\"body\":\"{}\"}",
		  "https://w.example/uuid/fail" },
		{ "https://w.example/uuid/", "{\"failed\":true,\"body\":\"{}\"}",
		  "https://w.example/uuid/fail" },
		{ "https://w.example/key/slug?create=1", "{\"failed\":true,\"body\":\"{}\"}",
		  "https://w.example/key/slug/fail?create=1" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct talk t;

		talk_open(&t, CHANNEL_HEARTBEAT, rows[i].url, NULL);
		t.job.notice.root = json_read(rows[i].notice, strlen(rows[i].notice), NULL);
		exchange_fit(t.exchange.job->channel, t.easy);
		exchange_prepare(&t.exchange, t.easy, 1000);
		assert_string_equal(t.exchange.url.data, rows[i].asked);
		assert_string_equal(t.exchange.body.data, "{}");
		json_decref((json_t *)(uintptr_t)t.job.notice.root);
		talk_close(&t);
	}
}

static void a_watcher_that_counts_nothing_has_not_heard(void **state)
{
	static const struct {
		long status;
		const char *body;
		enum outcome_kind kind;
	} rows[] = {
		{ 200, "OK", DELIVERED }, { 201, "Created", DELIVERED }, { 204, "", DELIVERED },
		{ 200, "{\"ok\":true}", DELIVERED },
		{ 200, "OK (not found)", PERMANENT }, { 200, "OK (rate limited)", PERMANENT },
		{ 404, "not found", PERMANENT }, { 500, "", TEMPORARY },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct talk t;

		talk_open(&t, CHANNEL_HEARTBEAT, "https://w.example/uuid", NULL);
		assert_false(takes(&t, rows[i].status, rows[i].body, true));
		if (t.exchange.outcome.kind != rows[i].kind)
			fail_msg("%s: %s", rows[i].body, t.exchange.outcome.detail);
		talk_close(&t);
	}
}

/* ---- requests of channels ----------------------------------------------------------- */

static void a_request_has_its_secret_where_it_belongs(void **state)
{
	static const struct {
		enum channel_type type;
		const char *url, *asked;
		bool bearer, in_body;
	} rows[] = {
		{ CHANNEL_SLACK, "https://h.example/x", "https://h.example/x", false, false },
		{ CHANNEL_SLACK_BOT, "https://slack.com/api",
		  "https://slack.com/api/chat.postMessage", true, false },
		{ CHANNEL_SLACK_BOT, "https://slack-gov.com/api//",
		  "https://slack-gov.com/api/chat.postMessage", true, false },
		{ CHANNEL_TEAMS, "https://h.example/x?sig=1", "https://h.example/x?sig=1", false,
		  false },
		{ CHANNEL_MATTERMOST, "https://h.example/hooks/x", "https://h.example/hooks/x", false,
		  false },
		{ CHANNEL_PAGERDUTY, "https://h.example/v2/enqueue", "https://h.example/v2/enqueue",
		  false, true },
		{ CHANNEL_NTFY, "https://h.example/", "https://h.example/", true, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct talk t;

		talk_open(&t, rows[i].type, rows[i].url, NULL);
		if (!text_equal(t.exchange.url.data, rows[i].asked))
			fail_msg("row %zu: %s", i, t.exchange.url.data);
		if (has_header(&t, "Authorization: Bearer " SECRET) != rows[i].bearer ||
		    (strstr(t.exchange.body.data, SECRET) != NULL) != rows[i].in_body)
			fail_msg("row %zu: the secret", i);
		assert_true(has_header(&t, "Content-Type: application/json; charset=utf-8"));
		talk_close(&t);
	}
}

static void the_first_message_opens_a_thread(void **state)
{
	struct talk t;

	(void)state;
	talk_open(&t, CHANNEL_SLACK_BOT, "https://slack.com/api", NULL);
	assert_null(strstr(t.exchange.body.data, "thread_ts"));
	assert_false(takes(&t, 200, ROOT, true));
	assert_int_equal(t.exchange.outcome.kind, DELIVERED);
	assert_string_equal(t.exchange.outcome.handle, HANDLE);
	talk_close(&t);
}

static void the_next_goes_there_and_the_first_is_brought_up_to_date(void **state)
{
	struct talk t;

	(void)state;
	talk_open(&t, CHANNEL_SLACK_BOT, "https://slack.com/api", HANDLE);
	assert_non_null(strstr(t.exchange.body.data, "\"thread_ts\":\"1700000000.000100\""));
	assert_true(takes(&t, 200, REPLY, true));
	assert_string_equal(t.exchange.url.data, "https://slack.com/api/chat.update");
	assert_non_null(strstr(t.exchange.body.data, "\"ts\":\"1700000000.000100\""));
	assert_true(has_header(&t, "Authorization: Bearer " SECRET));
	assert_false(takes(&t, 200, ROOT, true));
	assert_int_equal(t.exchange.outcome.kind, DELIVERED);
	assert_string_equal(t.exchange.outcome.detail, "HTTP 200");
	assert_string_equal(t.exchange.outcome.handle, HANDLE);
	talk_close(&t);
}

static void an_update_that_fails_is_said_and_undoes_nothing(void **state)
{
	struct talk t;

	(void)state;
	talk_open(&t, CHANNEL_SLACK_BOT, "https://slack.com/api", HANDLE);
	assert_true(takes(&t, 200, REPLY, true));
	assert_false(takes(&t, 200, "{\"ok\":false,\"error\":\"cant_update_message\"}", true));
	assert_int_equal(t.exchange.outcome.kind, DELIVERED);
	assert_string_equal(t.exchange.outcome.detail, "HTTP 200: first message not brought up to "
		"date: HTTP 200: cant_update_message");
	assert_string_equal(t.exchange.outcome.handle, HANDLE);
	talk_close(&t);
	/* When the time is up it is left. */
	talk_open(&t, CHANNEL_SLACK_BOT, "https://slack.com/api", HANDLE);
	assert_false(takes(&t, 200, REPLY, false));
	assert_int_equal(t.exchange.outcome.kind, DELIVERED);
	talk_close(&t);
}

static void a_thread_that_is_gone_is_opened_anew(void **state)
{
	static const char gone[] = "{\"ok\":false,\"error\":\"thread_not_found\"}";
	struct talk t;

	(void)state;
	talk_open(&t, CHANNEL_SLACK_BOT, "https://slack.com/api", HANDLE);
	assert_true(takes(&t, 200, gone, true));
	assert_string_equal(t.exchange.url.data, "https://slack.com/api/chat.postMessage");
	assert_null(strstr(t.exchange.body.data, "thread_ts"));
	assert_false(takes(&t, 200, REPLY, true));
	assert_int_equal(t.exchange.outcome.kind, DELIVERED);
	assert_string_equal(t.exchange.outcome.handle, "C0123456789:1700000099.000900");
	talk_close(&t);
	talk_open(&t, CHANNEL_SLACK_BOT, "https://slack.com/api", HANDLE);
	assert_false(takes(&t, 200, gone, false));
	assert_int_equal(t.exchange.outcome.kind, TEMPORARY);
	talk_close(&t);
	/* Any other refusal is one. */
	talk_open(&t, CHANNEL_SLACK_BOT, "https://slack.com/api", HANDLE);
	assert_false(takes(&t, 200, "{\"ok\":false,\"error\":\"is_archived\"}", true));
	assert_int_equal(t.exchange.outcome.kind, PERMANENT);
	talk_close(&t);
}

static void what_is_about_no_incident_has_no_thread(void **state)
{
	struct talk t;

	(void)state;
	talk_open(&t, CHANNEL_SLACK_BOT, "https://slack.com/api", NULL);
	fixture_set(&t.fixture, "incident", "id", json_integer(0));
	t.job.notice = t.fixture.notice;
	exchange_release(&t.exchange);
	exchange_init(&t.exchange, &t.job, NULL, HANDLE);
	assert_false(t.exchange.has_thread);
	talk_close(&t);
}

/* ---- what is remembered -------------------------------------------------------- */

static void the_last_handle_counts(void **state)
{
	struct thread_list list;
	int i;

	(void)state;
	thread_list_init(&list);
	assert_null(thread_find(&list, "a", 1));
	thread_learn(&list, "a", 1, "x");
	thread_learn(&list, "b", 1, "y");
	thread_learn(&list, "a", 2, "z");
	thread_learn(&list, "a", 1, "w");
	assert_string_equal(thread_find(&list, "a", 1), "w");
	assert_string_equal(thread_find(&list, "b", 1), "y");
	assert_string_equal(thread_find(&list, "a", 2), "z");
	/* Those learned longest ago go first. */
	for (i = 0; i < THREADS_MAX - 2; i++)
		thread_learn(&list, "c", i, "v");
	assert_null(thread_find(&list, "b", 1));
	assert_string_equal(thread_find(&list, "a", 2), "z");
	assert_int_equal(list.n, THREADS_MAX);
	thread_list_release(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_service_says_it_its_own_way),
		cmocka_unit_test(no_answer_is_the_same_for_all),
		cmocka_unit_test(a_heartbeat_says_that_all_is_well_or_not),
		cmocka_unit_test(a_watcher_that_counts_nothing_has_not_heard),
		cmocka_unit_test(a_request_has_its_secret_where_it_belongs),
		cmocka_unit_test(the_first_message_opens_a_thread),
		cmocka_unit_test(the_next_goes_there_and_the_first_is_brought_up_to_date),
		cmocka_unit_test(an_update_that_fails_is_said_and_undoes_nothing),
		cmocka_unit_test(a_thread_that_is_gone_is_opened_anew),
		cmocka_unit_test(what_is_about_no_incident_has_no_thread),
		cmocka_unit_test(the_last_handle_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
