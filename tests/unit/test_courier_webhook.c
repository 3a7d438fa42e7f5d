/* The CloudEvent and its signature. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "base/text.h"
#include "courier/job.h"
#include "courier/webhook.h"
#include "test_courier_fixture.h"

static void the_event_is_as_agreed(void **state)
{
	struct fixture f;
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	fixture_open(&f, step_notice);
	webhook_render(&f.notice, "dlv_k3j9x0aa_7", "https://tocsin.example.org", &out);
	buf_addc(&out, '\n');
	assert_golden("courier_webhook.json", &out);
	fixture_close(&f);
	buf_release(&out);
}

static void a_drill_says_so_in_text_and_subject(void **state)
{
	struct fixture f;
	struct buf out;
	json_t *event, *data;

	(void)state;
	buf_init(&out, 0);
	fixture_open(&f, step_notice);
	fixture_set(&f, NULL, "drill", json_true());
	webhook_render(&f.notice, "dlv_k3j9x0aa_7", NULL, &out);
	event = json_read(out.data, out.len, NULL);
	data = json_object_get(event, "data");
	assert_string_equal(json_string_value(json_object_get(event, "source")), "/tocsin");
	assert_true(json_is_true(json_object_get(data, "drill")));
	assert_true(text_starts(json_string_value(json_object_get(data, "text")), "DRILL "));
	assert_true(text_starts(json_string_value(json_object_get(data, "subject")), "DRILL "));
	json_decref(event);
	fixture_close(&f);
	buf_release(&out);
}

static void what_is_absent_stays_absent(void **state)
{
	struct fixture f;
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	fixture_open(&f, "{\"kind\":\"test\",\"now\":\"2026-11-21T08:17:00Z\",\"text\":\"hello\"}");
	webhook_render(&f.notice, "dlv_a_1", NULL, &out);
	assert_string_equal(out.data, "{\"specversion\":\"1.0\",\"id\":\"dlv_a_1\","
		"\"source\":\"/tocsin\",\"type\":\"eu.tocsin.escalation\","
		"\"time\":\"2026-11-21T08:17:00Z\",\"datacontenttype\":\"application/json\","
		"\"data\":{\"kind\":\"test\",\"late_s\":0,\"drill\":false,\"text\":\"hello\"}}");
	fixture_close(&f);
	buf_release(&out);
}

/* A send, as the daemon writes it, of a notice that a test has changed. */
static char *line_of(const struct fixture *f)
{
	json_t *message = json_object();
	char *line;

	json_set_text(message, "op", "send");
	json_set_text(message, "id", "dlv_k3j9x0aa_7");
	json_set_int(message, "attempt", 2);
	json_set_text(message, "channel", "soc");
	json_object_set(message, "notice", f->root);
	line = json_text(message);
	json_decref(message);
	return line;
}

/* From its line a webhook's body is the same, byte for byte, as from a tree; where
 * words are to be made, it is left to the tree. */
static void the_line_alone_makes_the_same_event(void **state)
{
	const struct {
		const char *part, *key;
		json_t *value;		/* NULL: taken away */
		enum channel_type type;
		bool plain;
	} rows[] = {
		{ NULL, "late_s", json_integer(0), CHANNEL_WEBHOOK, true },
		{ "incident", "title", json_string(HOSTILE), CHANNEL_WEBHOOK, true },
		{ NULL, "text", json_string("\"quoted\" \\ and\nmore"), CHANNEL_WEBHOOK, true },
		{ NULL, "ack_url", json_string("https://t.example.org/a/x"), CHANNEL_WEBHOOK, true },
		{ NULL, "fallback_for", NULL, CHANNEL_WEBHOOK, true },
		{ NULL, "drill", json_true(), CHANNEL_WEBHOOK, false },
		{ NULL, "kind", json_string("settled"), CHANNEL_WEBHOOK, false },
		{ NULL, "remaining_s", NULL, CHANNEL_WEBHOOK, false },
		{ NULL, "text", NULL, CHANNEL_WEBHOOK, false },
		{ NULL, "incident", NULL, CHANNEL_WEBHOOK, false },
		{ NULL, "late_s", json_integer(1), CHANNEL_SLACK, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct conf_channel soc = { .name = "soc", .transport = "web",
			.type = rows[i].type };
		struct channel_set channels;
		struct buf wanted, made;
		struct fixture f;
		struct job *job;
		char *line;

		buf_init(&wanted, 0);
		buf_init(&made, 0);
		channel_set_init(&channels, &soc, 1);
		fixture_open(&f, step_notice);
		fixture_set(&f, rows[i].part, rows[i].key, rows[i].value);
		webhook_render(&f.notice, "dlv_k3j9x0aa_7", NULL, &wanted);
		line = line_of(&f);
		job = job_new_plain(line, strlen(line), &channels);
		if ((job != NULL) != rows[i].plain)
			fail_msg("row %zu: %s", i, line);
		if (job != NULL) {
			assert_int_equal(job->attempt, 2);
			assert_int_equal(job->notice.incident, 42);
			webhook_render(&job->notice, job->id, NULL, &made);
			assert_string_equal(made.data, wanted.data);
		}
		job_free(job);
		free(line);
		fixture_close(&f);
		channel_set_release(&channels);
		buf_release(&made);
		buf_release(&wanted);
	}
}

static void lines_cut_short_are_left_to_the_tree(void **state)
{
	static const struct conf_channel soc = { .name = "soc", .transport = "web",
		.type = CHANNEL_WEBHOOK };
	struct channel_set channels;
	struct fixture f;
	char *line;
	size_t n;

	(void)state;
	channel_set_init(&channels, &soc, 1);
	fixture_open(&f, step_notice);
	line = line_of(&f);
	for (n = 0; n < strlen(line); n++)
		assert_null(job_new_plain(line, n, &channels));
	free(line);
	fixture_close(&f);
	channel_set_release(&channels);
}

/* The vector that the Standard Webhooks project publishes. */
static void the_signature_is_the_published_one(void **state)
{
	struct webhook_key key = { .len = 0 };
	char signature[WEBHOOK_SIGNATURE_SIZE];
	struct error err;
	struct buf body;

	(void)state;
	buf_init(&body, 0);
	buf_adds(&body, "{\"test\": 2432232314}");
	assert_int_equal(webhook_key_parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", &key, &err), 0);
	assert_int_equal(key.len, 24);
	webhook_sign(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, &body, signature);
	assert_string_equal(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
	webhook_sign(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265331, &body, signature);
	assert_string_not_equal(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
	buf_release(&body);
}

static void a_key_is_24_to_64_bytes(void **state)
{
	static const struct {
		const char *text;
		size_t len;		/* 0: refused */
	} rows[] = {
		{ "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 24 },
		{ "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", 0 },		/* 23 */
		{ "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 0 },
		{ "whsec_", 0 },
		{ "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS", 0 },		/* cut */
		{ "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS-", 0 },		/* not this base64 */
		{ "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		  "AAAAAAAAAAAAAA==", 64 },
		{ "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		  "AAAAAAAAAAAAAAA=", 0 },				/* 65 */
		{ "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		  "AAAAAAAAAAAAAAAAAAAAAAAA", 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct webhook_key key = { .len = 0 };
		struct error err;
		int rc = webhook_key_parse(rows[i].text, &key, &err);

		if ((rc == 0) != (rows[i].len > 0) || key.len != rows[i].len)
			fail_msg("row %zu: rc %d, %zu bytes", i, rc, key.len);
		if (rc < 0 && rows[i].text[6] != '\0')
			assert_null(strstr(err.text, rows[i].text + 6));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_event_is_as_agreed),
		cmocka_unit_test(a_drill_says_so_in_text_and_subject),
		cmocka_unit_test(what_is_absent_stays_absent),
		cmocka_unit_test(the_line_alone_makes_the_same_event),
		cmocka_unit_test(lines_cut_short_are_left_to_the_tree),
		cmocka_unit_test(the_signature_is_the_published_one),
		cmocka_unit_test(a_key_is_24_to_64_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
