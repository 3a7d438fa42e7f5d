/* Slack's signature, by the example that Slack publishes
 * (https://docs.slack.dev/authentication/verifying-requests-from-slack). */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "api/slack_signature.h"
#include "base/rfc3339.h"
#include "base/text.h"

/* In pieces, because it looks like something that was leaked. */
static const char body[] =
	"token=xyzz0WbapA4vBCDE" "Fasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow"
	"&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner"
	"&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks." "slack.com"
	"%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmi" "bIGlgcZRskXaIFfN"
	"&trigger_id=398738663015.47445629121.803a0bc887a14d10" "d2c447fce8b6703c";
static const char secret[] = "8f742231b10e8888" "abcd99yyyzzz85a5";
static const char timestamp[] = "1531420618";
static const char signature[] =
	"v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
#define NOW (INT64_C(1531420618) * SECOND_MS)

static bool good(const char *ts, const char *mac, const char *text, int64_t now)
{
	return slack_signature_is_good(secret, ts, mac, text, strlen(text), now);
}

static void the_published_example_is_good(void **state)
{
	(void)state;
	assert_int_equal(strlen(body), 362);
	assert_true(good(timestamp, signature, body, NOW));
}

static void every_digit_of_it_counts(void **state)
{
	char changed[sizeof(signature)];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(signature) - 1; i++) {
		memcpy(changed, signature, sizeof(changed));
		changed[i] = changed[i] == '0' ? '1' : '0';
		if (good(timestamp, changed, body, NOW))
			fail_msg("character %zu does not count", i);
	}
	assert_false(good(timestamp, "", body, NOW));
	assert_false(good(timestamp, "v0=", body, NOW));
	assert_false(good(timestamp, signature + 3, body, NOW));
	assert_false(good(timestamp, "v0=A2114D57B48EAC39B9AD189DD8316235A7B4A8D21A10BD27519666489C69B503",
		body, NOW));
}

static void body_time_and_secret_are_what_is_signed(void **state)
{
	char changed[sizeof(body)];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(body) - 1; i += 7) {
		memcpy(changed, body, sizeof(changed));
		changed[i] ^= 1;
		assert_false(good(timestamp, signature, changed, NOW));
	}
	assert_false(slack_signature_is_good(secret, timestamp, signature, body,
		sizeof(body) - 2, NOW));
	assert_false(good("1531420619", signature, body, NOW));
	assert_false(slack_signature_is_good("8f742231b10e8888" "abcd99yyyzzz85a6", timestamp,
		signature, body, sizeof(body) - 1, NOW));
}

static void it_is_good_for_five_minutes(void **state)
{
	static const struct {
		int64_t off_ms;
		bool good;
	} cases[] = {
		{ 0, true }, { 5 * MINUTE_MS, true }, { -5 * MINUTE_MS, true },
		{ 5 * MINUTE_MS + 1, false }, { -5 * MINUTE_MS - 1, false },
		{ DAY_MS, false }, { -DAY_MS, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++)
		if (good(timestamp, signature, body, NOW + cases[i].off_ms) != cases[i].good)
			fail_msg("%lld ms off", (long long)cases[i].off_ms);
}

static void what_is_missing_or_no_time_is_refused(void **state)
{
	static const char *const times[] = { "", "+1531420618", " 1531420618", "1531420618 ",
		"01531420618x", "-1", "1531420618.0", "99999999999999999999", "9223372036854775807" };
	size_t i;

	(void)state;
	assert_false(good(NULL, signature, body, NOW));
	assert_false(good(timestamp, NULL, body, NOW));
	for (i = 0; i < ARRAY_LEN(times); i++)
		if (good(times[i], signature, body, NOW))
			fail_msg("time \"%s\"", times[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_published_example_is_good),
		cmocka_unit_test(every_digit_of_it_counts),
		cmocka_unit_test(body_time_and_secret_are_what_is_signed),
		cmocka_unit_test(it_is_good_for_five_minutes),
		cmocka_unit_test(what_is_missing_or_no_time_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
