/* What became of an attempt: the table of what may happen. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "courier/outcome.h"

#define DELIVERED OUTCOME_DELIVERED
#define TEMPORARY OUTCOME_TEMPORARY
#define PERMANENT OUTCOME_PERMANENT
#define AMBIGUOUS OUTCOME_AMBIGUOUS

static void assert_outcome(size_t row, const struct outcome *found, enum outcome_kind kind,
	const char *detail, long retry_after_s)
{
	if (found->kind != kind || !text_equal(found->detail, detail) ||
	    found->retry_after_s != retry_after_s)
		fail_msg("row %zu: %s \"%s\" %ld, not %s \"%s\" %ld", row, outcome_name(found->kind),
			found->detail, found->retry_after_s, outcome_name(kind), detail, retry_after_s);
}

static void a_status_decides(void **state)
{
	static const struct {
		long status, wait;
		enum outcome_kind kind;
		const char *detail;
		long retry_after_s;
	} rows[] = {
		{ 200, 0, DELIVERED, "HTTP 200", 0 },
		{ 202, 60, DELIVERED, "HTTP 202", 0 },
		{ 204, 0, DELIVERED, "HTTP 204", 0 },
		{ 301, 0, PERMANENT, "HTTP 301: redirect refused", 0 },
		{ 307, 0, PERMANENT, "HTTP 307: redirect refused", 0 },
		{ 400, 0, PERMANENT, "HTTP 400", 0 },
		{ 401, 30, PERMANENT, "HTTP 401", 0 },
		{ 404, 0, PERMANENT, "HTTP 404", 0 },
		{ 408, 0, TEMPORARY, "HTTP 408", 0 },
		{ 409, 0, PERMANENT, "HTTP 409", 0 },
		{ 410, 0, PERMANENT, "HTTP 410", 0 },
		{ 425, 0, TEMPORARY, "HTTP 425", 0 },
		{ 429, 30, TEMPORARY, "HTTP 429", 30 },
		{ 429, -5, TEMPORARY, "HTTP 429", 0 },		/* a date in the past */
		{ 429, 86400, TEMPORARY, "HTTP 429", 3600 },	/* longer than we wait */
		{ 500, 0, TEMPORARY, "HTTP 500", 0 },
		{ 503, 1, TEMPORARY, "HTTP 503", 1 },
		{ 599, 0, TEMPORARY, "HTTP 599", 0 },
	};
	/* Also when what came after the status failed. */
	static const CURLcode codes[] = { CURLE_OK, CURLE_WRITE_ERROR, CURLE_OPERATION_TIMEDOUT,
		CURLE_PARTIAL_FILE };
	size_t i, j;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		for (j = 0; j < ARRAY_LEN(codes); j++) {
			const struct http_result result = { .rc = codes[j], .status = rows[i].status,
				.sent = true, .retry_after_s = rows[i].wait, .why = "", .body = "" };
			struct outcome found;

			outcome_of_http(&result, false, &found);
			assert_outcome(i, &found, rows[i].kind, rows[i].detail, rows[i].retry_after_s);
		}
	}
}

static void slack_must_say_ok(void **state)
{
	static const struct {
		long status;
		const char *body;
		enum outcome_kind kind;
		const char *detail;
	} rows[] = {
		{ 200, "ok", DELIVERED, "HTTP 200" },
		{ 200, "ok\n", AMBIGUOUS, "HTTP 200 without Slack's \"ok\"" },
		{ 200, "", AMBIGUOUS, "HTTP 200 without Slack's \"ok\"" },
		{ 200, "<html>log in</html>", AMBIGUOUS, "HTTP 200 without Slack's \"ok\"" },
		{ 404, "no_service", PERMANENT, "HTTP 404: no_service" },
		{ 429, "rate_limited", TEMPORARY, "HTTP 429: rate_limited" },
		/* An answer may repeat the URL, which is the secret. */
		{ 404, "/services/T0/B0/x", PERMANENT, "HTTP 404" },
		{ 404, "", PERMANENT, "HTTP 404" },
		{ 302, "found", PERMANENT, "HTTP 302: redirect refused" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		const struct http_result result = { .rc = CURLE_OK, .status = rows[i].status,
			.sent = true, .why = "", .body = rows[i].body,
			.body_len = strlen(rows[i].body) };
		struct outcome found;

		outcome_of_http(&result, true, &found);
		assert_outcome(i, &found, rows[i].kind, rows[i].detail, 0);
	}
}

static void without_a_status_it_counts_what_was_sent(void **state)
{
	static const struct {
		CURLcode rc;
		bool sent;
		long status;
		int os_errno;
		const char *why;
		enum outcome_kind kind;
		const char *detail;
	} rows[] = {
		{ CURLE_COULDNT_RESOLVE_HOST, false, 0, 0, "", TEMPORARY,
		  "cannot resolve the host's name" },
		{ CURLE_COULDNT_CONNECT, false, 0, ECONNREFUSED, "", TEMPORARY,
		  "cannot connect: Connection refused" },
		{ CURLE_COULDNT_CONNECT, false, 0, 0, "", TEMPORARY, "cannot connect" },
		{ CURLE_OPERATION_TIMEDOUT, false, 0, 0, "", TEMPORARY, "timed out" },
		{ CURLE_PEER_FAILED_VERIFICATION, false, 0, 0, "SSL certificate problem: expired",
		  TEMPORARY, "certificate not verified: SSL certificate problem: expired" },
		{ CURLE_SSL_CONNECT_ERROR, false, 0, 0, "wrong version", TEMPORARY,
		  "TLS handshake failed: wrong version" },
		{ CURLE_SSL_CACERT_BADFILE, false, 0, 0, "no file", TEMPORARY,
		  "ca_file not usable: no file" },
		{ CURLE_URL_MALFORMAT, false, 0, 0, "https://secret", PERMANENT,
		  "the channel's URL is not usable" },
		{ CURLE_UNSUPPORTED_PROTOCOL, false, 0, 0, "", PERMANENT,
		  "the channel's URL is not usable" },
		{ CURLE_OPERATION_TIMEDOUT, true, 0, 0, "", AMBIGUOUS,
		  "timed out after sending, without an answer" },
		{ CURLE_OPERATION_TIMEDOUT, true, 103, 0, "", AMBIGUOUS,
		  "timed out after sending, without an answer" },
		{ CURLE_GOT_NOTHING, true, 0, 0, "", AMBIGUOUS,
		  "connection lost after sending, without an answer" },
		{ CURLE_RECV_ERROR, true, 0, ECONNRESET, "", AMBIGUOUS,
		  "connection lost after sending, without an answer" },
		{ CURLE_SEND_ERROR, true, 0, EPIPE, "", AMBIGUOUS,
		  "connection lost after sending, without an answer" },
		{ CURLE_UNSUPPORTED_PROTOCOL, true, 0, 0, "", AMBIGUOUS,
		  "Unsupported protocol after sending, without an answer" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		const struct http_result result = { .rc = rows[i].rc, .sent = rows[i].sent,
			.status = rows[i].status, .os_errno = rows[i].os_errno, .why = rows[i].why,
			.body = "" };
		struct outcome found;

		outcome_of_http(&result, false, &found);
		assert_outcome(i, &found, rows[i].kind, rows[i].detail, 0);
	}
}

static void a_relay_s_reply_decides(void **state)
{
	static const struct {
		CURLcode rc;
		int code, data_code;
		bool data_sent;
		const char *reply;
		enum outcome_kind kind;
		const char *detail;
	} rows[] = {
		{ CURLE_OK, 250, 250, true, "250 2.0.0 queued\r\n", DELIVERED, "250 2.0.0 queued" },
		{ CURLE_SEND_ERROR, 450, 0, false, "450 4.2.1 busy\r\n", TEMPORARY, "450 4.2.1 busy" },
		{ CURLE_SEND_ERROR, 550, 0, false, "550 5.1.1 nobody\r\n", PERMANENT,
		  "550 5.1.1 nobody" },
		{ CURLE_WEIRD_SERVER_REPLY, 421, 421, true, "421 going\r\n", TEMPORARY, "421 going" },
		{ CURLE_WEIRD_SERVER_REPLY, 554, 554, true, "554 spam\r\n", PERMANENT, "554 spam" },
		/* Taken; QUIT went wrong, or the time was up just then. */
		{ CURLE_OPERATION_TIMEDOUT, 250, 250, true, "250 ok\r\n", DELIVERED, "250 ok" },
		/* 354 was the last word: the relay may have queued it. */
		{ CURLE_OPERATION_TIMEDOUT, 354, 0, true, "354 go\r\n", AMBIGUOUS,
		  "timed out after sending, without an answer" },
		{ CURLE_RECV_ERROR, 354, 0, true, "354 go\r\n", AMBIGUOUS,
		  "connection lost after sending, without an answer" },
		{ CURLE_OPERATION_TIMEDOUT, 250, 0, false, "250 ok\r\n", TEMPORARY, "timed out" },
		{ CURLE_COULDNT_CONNECT, 0, 0, false, "", TEMPORARY, "cannot connect" },
		{ CURLE_USE_SSL_FAILED, 250, 0, false, "250 ok\r\n", TEMPORARY,
		  "relay offers no STARTTLS" },
		{ CURLE_PEER_FAILED_VERIFICATION, 220, 0, false, "220 go\r\n", TEMPORARY,
		  "certificate not verified: why" },
		/* A reply to AUTH may repeat the password. */
		{ CURLE_LOGIN_DENIED, 535, 0, false, "535 no: AGEAc2VjcmV0\r\n", PERMANENT,
		  "535 login refused" },
		{ CURLE_LOGIN_DENIED, 454, 0, false, "454 later\r\n", TEMPORARY, "454 login refused" },
		{ CURLE_LOGIN_DENIED, 250, 0, false, "250 AUTH GSSAPI\r\n", PERMANENT,
		  "relay offers neither AUTH PLAIN nor LOGIN" },
		{ CURLE_OK, 220, 0, false, "220 hi\r\n", AMBIGUOUS, "relay closed without taking it" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		const struct smtp_result result = { .rc = rows[i].rc, .code = rows[i].code,
			.reply = rows[i].reply, .data_sent = rows[i].data_sent,
			.data_code = rows[i].data_code, .why = "why" };
		struct outcome found;

		outcome_of_smtp(&result, &found);
		assert_outcome(i, &found, rows[i].kind, rows[i].detail, 0);
	}
}

static void a_detail_is_one_short_clean_line(void **state)
{
	struct outcome outcome;
	char text[400];

	(void)state;
	outcome_set(&outcome, OUTCOME_PERMANENT, "%s", "550 a\tb\x1b[1m\xff\r\n");
	assert_string_equal(outcome.detail, "550 a b?[1m?");
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	outcome_set(&outcome, OUTCOME_PERMANENT, "%s", text);
	assert_int_equal(strlen(outcome.detail), OUTCOME_DETAIL_MAX);
	assert_true(text_is_utf8(outcome.detail, strlen(outcome.detail)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_status_decides),
		cmocka_unit_test(slack_must_say_ok),
		cmocka_unit_test(without_a_status_it_counts_what_was_sent),
		cmocka_unit_test(a_relay_s_reply_decides),
		cmocka_unit_test(a_detail_is_one_short_clean_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
