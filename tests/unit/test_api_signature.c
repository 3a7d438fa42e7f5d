/*
 * Signed bodies. Each scheme is written as a configuration has it and read by the real
 * reader, so that what the manual shows is what is tested; the vectors are those that
 * the products have published, or computed from their published rule by other means.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "api/signature.h"
#include "base/rfc3339.h"
#include "base/text.h"

#define FIRING "{\"status\":\"firing\"}"

/* In pieces, or it looks like somebody's secret. */
#define SLACK_BODY "token=xyzz0WbapA4vBCDE" "Fasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow" \
	"&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner" \
	"&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks." "slack.com" \
	"%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmi" "bIGlgcZRskXaIFfN" \
	"&trigger_id=398738663015.47445629121.803a0bc887a14d10" "d2c447fce8b6703c"

static const struct scheme {
	const char *name, *secret, *settings;
	const char *signature, *timestamp, *id, *body;
	int64_t at_s;		/* what the timestamp means; 0: none */
} schemes[] = {
	{ "github", "It's a Secret to Everybody",
		"header = \"X-Hub-Signature-256\"; prefix = \"sha256=\";",
		"sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
		NULL, NULL, "Hello, World!", 0 },
	{ "standard webhooks", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
		"header = \"webhook-signature\"; prefix = \"v1,\"; encoding = \"base64\";"
		"signed = \"{id}.{timestamp}.{body}\"; id_header = \"webhook-id\";"
		"timestamp_header = \"webhook-timestamp\"; key_encoding = \"base64\";",
		"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", "1614265330",
		"msg_p5jXN8AQM9LWM0D4loKWxJek", "{\"test\": 2432232314}", 1614265330 },
	{ "slack", "8f742231b10e8888abcd99yyyzzz85a5",
		"header = \"X-Slack-Signature\"; prefix = \"v0=\"; signed = \"v0:{timestamp}:{body}\";"
		"timestamp_header = \"X-Slack-Request-Timestamp\";",
		"v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503", "1531420618",
		NULL, SLACK_BODY, 1531420618 },
	{ "grafana with a timestamp", "test-secret",
		"header = \"X-Grafana-Alerting-Signature\"; signed = \"{timestamp}:{body}\";"
		"timestamp_header = \"X-Grafana-Timestamp\";",
		"de2992434b282a377e558705fff1b25698faeaccbeeb041f7d4643f4ee4ff036", "1700000000", NULL,
		FIRING, 1700000000 },
	{ "grafana", "test-secret", "header = \"X-Grafana-Alerting-Signature\";",
		"7fd98394c7633dff3c43d5429ad72b920e8723aa2773ae542ef440b120beee95", NULL, NULL, FIRING,
		0 },
	{ "splunk observability", "test-secret",
		"header = \"X-SFX-Signature\"; encoding = \"base64\";",
		"f9mDlMdjPf88Q9VCmtcrkg6HI6onc65ULvRAsSC+7pU=", NULL, NULL, FIRING, 0 },
	{ "crowdstrike", "Caprice_of_the_Leaves",
		"header = \"X-Cs-Primary-Signature\"; encoding = \"base64\";"
		"signed = \"{body}{timestamp}\"; timestamp_header = \"X-Cs-Delivery-Timestamp\";",
		"Vv0+pH7Jq7uFU88GZh7SEHJfx1jQtSAUSBvbYEeNXbM=", "2023-09-16T08:00:00Z", NULL,
		"{\"foo\":\"bar\"}", 1694851200 },
};

/* ---- a configuration with that scheme ------------------------------------------------ */

static void write_file(const char *dir, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f, "%s\n", text);
	fclose(f);
	chmod(path, 0600);
}

/* previous NULL: there is none. */
static struct conf *load(const char *settings, const char *secret, const char *previous)
{
	char dir[] = "/tmp/tocsin-signature-XXXXXX", path[256], text[2048];
	struct conf_options options = { .path = path, .data_dir = TEST_SRCDIR "/etc/tocsin",
		.read_secrets = true };
	struct conf_report report;
	struct conf *conf;
	size_t i;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/tocsind.conf", dir);
	snprintf(text, sizeof(text),
		"listen = ( { address = \"127.0.0.1\"; } );"
		"tokens = ( { name = \"t\"; role = \"ingest\"; source = \"s\"; secret = \"file:key\"; %s"
		"  signature = { %s }; } );"
		"entities = ( { id = \"acme\"; name = \"ACME\"; country = \"DE\"; regimes = [ \"nis2\" ];"
		"  policy = \"default\"; } );"
		"sources = ( { name = \"s\"; format = \"generic\"; } );"
		"channels = ( { name = \"screen\"; type = \"console\"; } );"
		"policies = ( { name = \"default\"; steps = ("
		"  { at = \"due\"; to = [ \"screen\" ]; } ); } );",
		previous != NULL ? "previous = \"file:before\";" : "", settings);
	write_file(dir, "tocsind.conf", text);
	write_file(dir, "key", secret);
	write_file(dir, "before", previous != NULL ? previous : "");
	conf = conf_load(&options, &report);
	for (i = 0; i < report.n_errors; i++)
		print_message("%s\n", report.errors[i].text);
	conf_report_release(&report);
	unlink(path);
	snprintf(path, sizeof(path), "%s/key", dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/before", dir);
	unlink(path);
	rmdir(dir);
	assert_non_null(conf);
	return conf;
}

static struct signed_request request_of(const struct scheme *s)
{
	return (struct signed_request){ s->signature, s->timestamp, s->id, s->body,
		strlen(s->body) };
}

/* ---- the tests ------------------------------------------------------------------------ */

static void test_published_vectors(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(schemes); i++) {
		const struct scheme *s = &schemes[i];
		struct conf *conf = load(s->settings, s->secret, NULL);
		struct signed_request r = request_of(s);

		if (signature_check(conf->tokens[0].signature, &r, s->at_s * SECOND_MS) != 0)
			fail_msg("%s: a good signature is refused", s->name);
		conf_free(conf);
	}
}

/* Every byte of what is signed, and of the signature. */
static void test_one_bit_is_enough(void **state)
{
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_LEN(schemes); i++) {
		const struct scheme *s = &schemes[i];
		struct conf *conf = load(s->settings, s->secret, NULL);
		const struct conf_signature *c = conf->tokens[0].signature;
		char *body = strdup(s->body), *text = strdup(s->signature);
		struct signed_request r = request_of(s);

		assert_non_null(body);
		assert_non_null(text);
		r.body = body;
		for (k = 0; k < r.len; k++) {
			body[k] ^= 1;
			if (signature_check(c, &r, s->at_s * SECOND_MS) == 0)
				fail_msg("%s: byte %zu of the body", s->name, k);
			body[k] ^= 1;
		}
		r.signature = text;
		for (k = 0; text[k] != '\0'; k++) {
			text[k] ^= 1;
			if (signature_check(c, &r, s->at_s * SECOND_MS) == 0)
				fail_msg("%s: byte %zu of the signature", s->name, k);
			text[k] ^= 1;
		}
		text[strlen(text) - 1] = '\0';
		assert_int_equal(signature_check(c, &r, s->at_s * SECOND_MS), -1);
		free(body);
		free(text);
		conf_free(conf);
	}
}

static void test_headers_that_are_missing_or_stale(void **state)
{
	const int64_t window_s = 300;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(schemes); i++) {
		const struct scheme *s = &schemes[i];
		struct conf *conf = load(s->settings, s->secret, NULL);
		const struct conf_signature *c = conf->tokens[0].signature;
		struct signed_request r = request_of(s);

		r.signature = NULL;
		assert_int_equal(signature_check(c, &r, s->at_s * SECOND_MS), -1);
		r = request_of(s);
		r.signature = "";
		assert_int_equal(signature_check(c, &r, s->at_s * SECOND_MS), -1);
		r = request_of(s);
		r.id = NULL;
		assert_int_equal(signature_check(c, &r, s->at_s * SECOND_MS), s->id != NULL ? -1 : 0);
		r = request_of(s);
		if (s->timestamp != NULL) {
			assert_int_equal(signature_check(c, &r, (s->at_s + window_s) * SECOND_MS), 0);
			assert_int_equal(signature_check(c, &r, (s->at_s - window_s) * SECOND_MS), 0);
			assert_int_equal(signature_check(c, &r, (s->at_s + window_s) * SECOND_MS + 1), -1);
			assert_int_equal(signature_check(c, &r, (s->at_s - window_s) * SECOND_MS - 1), -1);
			r.timestamp = NULL;
			assert_int_equal(signature_check(c, &r, s->at_s * SECOND_MS), -1);
			r.timestamp = "soon";
			assert_int_equal(signature_check(c, &r, s->at_s * SECOND_MS), -1);
			r.timestamp = "";
			assert_int_equal(signature_check(c, &r, 0), -1);
		}
		conf_free(conf);
	}
}

static void test_keys_overlap_while_one_is_changed(void **state)
{
	const struct scheme *s = &schemes[4];
	struct signed_request r = request_of(s);
	struct conf *conf = load(s->settings, "another-secret", s->secret);

	(void)state;
	assert_int_equal(signature_check(conf->tokens[0].signature, &r, 0), 0);
	conf_free(conf);
	conf = load(s->settings, "another-secret", "a-third-secret");
	assert_int_equal(signature_check(conf->tokens[0].signature, &r, 0), -1);
	conf_free(conf);
}

/* Standard Webhooks signs with both keys while one is changed. */
static void test_one_good_signature_of_several(void **state)
{
	const struct scheme *s = &schemes[1];
	struct signed_request r = request_of(s);
	struct conf *conf = load(s->settings, s->secret, NULL);
	const struct conf_signature *c = conf->tokens[0].signature;

	(void)state;
	r.signature = "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= "
		"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
	assert_int_equal(signature_check(c, &r, s->at_s * SECOND_MS), 0);
	r.signature = "v1a,AAAA v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
	assert_int_equal(signature_check(c, &r, s->at_s * SECOND_MS), -1);
	/* Not without end: 8 are looked at. */
	r.signature = "x x x x x x x x v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
	assert_int_equal(signature_check(c, &r, s->at_s * SECOND_MS), -1);
	conf_free(conf);
}

static void test_hex_in_capitals_is_the_same(void **state)
{
	const struct scheme *s = &schemes[4];
	struct signed_request r = request_of(s);
	struct conf *conf = load(s->settings, s->secret, NULL);

	(void)state;
	r.signature = "7FD98394C7633DFF3C43D5429AD72B920E8723AA2773AE542EF440B120BEEE95";
	assert_int_equal(signature_check(conf->tokens[0].signature, &r, 0), 0);
	conf_free(conf);
}

/* HMAC digests a key that is longer than a block (RFC 2104, section 2). */
static void test_a_long_key(void **state)
{
	char secret[132];
	struct signed_request r = { .body = "Test Using Larger Than Block-Size Key - Hash Key First",
		.len = 54,
		/* Computed with Python's hmac over 131 times "k". */
		.signature = "70e4b005732fa7ff79392aa24fb240159b925dbc9f1398420c0f45e6763dcf14" };
	struct conf *conf;

	(void)state;
	memset(secret, 'k', 131);
	secret[131] = '\0';
	conf = load("header = \"X\";", secret, NULL);
	assert_int_equal(signature_check(conf->tokens[0].signature, &r, 0), 0);
	conf_free(conf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_published_vectors),
		cmocka_unit_test(test_one_bit_is_enough),
		cmocka_unit_test(test_headers_that_are_missing_or_stale),
		cmocka_unit_test(test_keys_overlap_while_one_is_changed),
		cmocka_unit_test(test_one_good_signature_of_several),
		cmocka_unit_test(test_hex_in_capitals_is_the_same),
		cmocka_unit_test(test_a_long_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
