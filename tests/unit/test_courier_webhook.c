/* The CloudEvent and its signature. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "base/text.h"
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
		cmocka_unit_test(the_signature_is_the_published_one),
		cmocka_unit_test(a_key_is_24_to_64_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
