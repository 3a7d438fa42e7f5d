/* Who is asking and what they may do. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "api/auth.h"
#include "base/text.h"

static const char *acme_only[] = { "acme-energy" };

/* Tokens whose text is their name with "-secret" behind it. */
static struct conf_token tokens[] = {
	{ .name = "wazuh", .role = ROLE_INGEST, .source = "wazuh" },
	{ .name = "board", .role = ROLE_READ },
	{ .name = "ops", .role = ROLE_OPERATE },
	{ .name = "root", .role = ROLE_ADMIN },
	{ .name = "acme", .role = ROLE_OPERATE, .entities = acme_only, .n_entities = 1 },
};
static struct conf_entity acme = { .id = "acme-energy" }, other = { .id = "other" };
static const struct conf_source wazuh = { .name = "wazuh", .entity = &acme };
static const struct conf_source grafana = { .name = "grafana", .entity = &other };
static const struct conf conf = { .tokens = tokens, .n_tokens = ARRAY_LEN(tokens) };

static int make_digests(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(tokens); i++) {
		const struct digest_part parts[] = {
			{ tokens[i].name, strlen(tokens[i].name) }, { "-secret", 7 },
		};

		digest_sha256(parts, 2, tokens[i].digest);
		tokens[i].accept = CREDENTIAL_BEARER;
	}
	return 0;
}

static struct caller caller_of(const char *token)
{
	struct caller caller;

	if (auth_token(&conf, token, CREDENTIAL_BEARER, &caller) < 0)
		fail_msg("token %s is not known", token);
	return caller;
}

static void test_the_token_in_the_header(void **state)
{
	static const struct { const char *header, *token; } cases[] = {
		{ "Bearer abc", "abc" },
		{ "bearer abc", "abc" },
		{ "BEARER   abc", "abc" },
		{ NULL, NULL }, { "", NULL }, { "Bearer", NULL }, { "Bearer ", NULL },
		{ "Bearerabc", NULL }, { "Basic abc", NULL }, { "Bearer a b", NULL },
		{ "Bearer a,b", NULL }, { "abc", NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++)
		if (!text_equal(auth_bearer(cases[i].header), cases[i].token))
			fail_msg("header %s", cases[i].header);
}

static void test_actors_are_ours_to_name(void **state)
{
	(void)state;
	assert_string_equal(caller_of("ops-secret").actor, "token:ops");
	assert_string_equal(caller_of("board-secret").actor, "token:board");
	assert_string_equal(caller_of("wazuh-secret").actor, "source:wazuh");
}

static void test_unknown_tokens(void **state)
{
	static const char *const wrong[] = { "", "ops", "ops-secre", "ops-secret ", "OPS-secret" };
	struct caller caller;
	char huge[AUTH_TOKEN_MAX + 2];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(wrong); i++)
		if (auth_token(&conf, wrong[i], CREDENTIAL_BEARER, &caller) == 0)
			fail_msg("\"%s\" is taken for a token", wrong[i]);
	memset(huge, 'x', sizeof(huge) - 1);
	huge[sizeof(huge) - 1] = '\0';
	assert_int_equal(auth_token(&conf, huge, CREDENTIAL_BEARER, &caller), -1);
}

static void test_what_the_roles_may_do(void **state)
{
	static const struct {
		const char *token;
		bool ingest, read, operate, admin;
	} cases[] = {
		{ "wazuh-secret", true, false, false, false },
		{ "board-secret", false, true, false, false },
		{ "ops-secret", true, true, true, false },
		{ "root-secret", true, true, true, true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct caller c = caller_of(cases[i].token);

		if (auth_permits(&c, ROLE_INGEST) != cases[i].ingest ||
		    auth_permits(&c, ROLE_READ) != cases[i].read ||
		    auth_permits(&c, ROLE_OPERATE) != cases[i].operate ||
		    auth_permits(&c, ROLE_ADMIN) != cases[i].admin)
			fail_msg("%s", cases[i].token);
	}
}

static void test_a_source_posts_as_itself_only(void **state)
{
	struct caller own = caller_of("wazuh-secret"), ops = caller_of("ops-secret");
	struct error err;

	(void)state;
	assert_int_equal(auth_source(&own, &wazuh, &err), 0);
	assert_int_equal(auth_source(&own, &grafana, &err), -1);
	assert_int_equal(err.code, ERROR_FORBIDDEN);
	assert_int_equal(auth_source(&ops, &grafana, &err), 0);
}

static void test_a_limited_token_sees_its_entities(void **state)
{
	struct caller limited = caller_of("acme-secret"), all = caller_of("ops-secret");
	struct error err;

	(void)state;
	assert_true(auth_sees(&limited, "acme-energy"));
	assert_false(auth_sees(&limited, "other"));
	assert_false(auth_sees(&limited, NULL));
	assert_true(auth_sees(&all, "other"));
	assert_int_equal(auth_source(&limited, &wazuh, &err), 0);
	assert_int_equal(auth_source(&limited, &grafana, &err), -1);
	assert_int_equal(err.code, ERROR_FORBIDDEN);
}

static void test_a_local_peer_is_admin_under_its_uid(void **state)
{
	const struct http_peer peer = { .local = true, .uid = 1000 };
	struct caller caller;

	(void)state;
	auth_local(&peer, &caller);
	assert_string_equal(caller.actor, "uid:1000");
	assert_true(auth_permits(&caller, ROLE_ADMIN));
	assert_true(auth_sees(&caller, "other"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_token_in_the_header),
		cmocka_unit_test(test_actors_are_ours_to_name),
		cmocka_unit_test(test_unknown_tokens),
		cmocka_unit_test(test_what_the_roles_may_do),
		cmocka_unit_test(test_a_source_posts_as_itself_only),
		cmocka_unit_test(test_a_limited_token_sees_its_entities),
		cmocka_unit_test(test_a_local_peer_is_admin_under_its_uid),
	};

	return cmocka_run_group_tests(tests, make_digests, NULL);
}
