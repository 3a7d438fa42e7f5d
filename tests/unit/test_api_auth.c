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
		{ "GenieKey abc", "abc" },
		{ "geniekey abc", "abc" },
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

/* ---- how else a caller may prove himself ------------------------------------------- */

/* A request as auth_find asks it: its headers, by name. */
struct asked {
	const char *names[4], *values[4];
};

static const char *header_of(const void *arg, const char *name)
{
	const struct asked *asked = arg;
	size_t i;

	for (i = 0; i < ARRAY_LEN(asked->names); i++)
		if (asked->names[i] != NULL && strcmp(asked->names[i], name) == 0)
			return asked->values[i];
	return NULL;
}

static void test_the_password_of_basic(void **state)
{
	static const struct { const char *header, *password; } cases[] = {
		{ "Basic dXNlcjpzZWNyZXQ=", "secret" },		/* user:secret */
		{ "basic   dXNlcjpzZWNyZXQ=", "secret" },
		{ "Basic OnNlY3JldA==", "secret" },		/* :secret */
		{ "Basic dTphOmI=", "a:b" },			/* u:a:b */
		{ "Basic dXNlcg==", NULL },			/* user */
		{ "Basic dXNlcjo=", NULL },			/* user: */
		{ "Basic dXNlcjpzZWNyZXQ", NULL },		/* no padding */
		{ "Basic dXNlcjpz AA=", NULL },
		{ "Basic dTpzAHQ=", NULL },			/* a NUL in it */
		{ "Basic", NULL }, { "Basic ", NULL }, { "Bearer abc", NULL }, { NULL, NULL },
	};
	char space[64];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++)
		if (!text_equal(auth_basic(cases[i].header, space, sizeof(space)),
		    cases[i].password))
			fail_msg("header %s", cases[i].header);
	assert_null(auth_basic("Basic dXNlcjpzZWNyZXQ=", space, 8));
}

/* The one token of these tests, and a house that knows it. */
static struct conf_token one = { .name = "one", .role = ROLE_INGEST, .source = "wazuh" };
static const struct conf house = { .tokens = &one, .n_tokens = 1 };

static void digest_text(const char *text, unsigned char digest[DIGEST_SIZE])
{
	digest_sha256(&(struct digest_part){ text, strlen(text) }, 1, digest);
}

static enum auth_result ask_with(const char *name, const char *value, const char *url,
	const char *body)
{
	const struct asked asked = { { name }, { value } };
	const struct auth_ask ask = { .header = header_of, .arg = &asked, .url_token = url,
		.body_token = body };
	struct caller caller = { 0 };
	enum auth_result result = auth_find(&house, &ask, &caller);

	if (result == AUTH_YES)
		assert_string_equal(caller.actor, "source:wazuh");
	return result;
}

static void test_a_token_counts_where_it_may_stand(void **state)
{
	static const struct { const char *name, *value, *url, *body; unsigned int place; } ways[] = {
		{ "Authorization", "Bearer s3cret-s3cret", NULL, NULL, CREDENTIAL_BEARER },
		{ "Authorization", "GenieKey s3cret-s3cret", NULL, NULL, CREDENTIAL_BEARER },
		{ "Authorization", "Basic eDpzM2NyZXQtczNjcmV0", NULL, NULL, CREDENTIAL_BASIC },
		{ "X-Api-Key", "s3cret-s3cret", NULL, NULL, CREDENTIAL_HEADER },
		{ NULL, NULL, "s3cret-s3cret", NULL, CREDENTIAL_URL },
		{ NULL, NULL, NULL, "s3cret-s3cret", CREDENTIAL_BODY },
	};
	unsigned int accept;
	size_t i;

	(void)state;
	digest_text("s3cret-s3cret", one.digest);
	one.header = "X-Api-Key";
	for (accept = 0; accept < 32; accept++) {
		one.accept = accept;
		for (i = 0; i < ARRAY_LEN(ways); i++) {
			bool good = ask_with(ways[i].name, ways[i].value, ways[i].url,
				ways[i].body) == AUTH_YES;

			if (good != ((accept & ways[i].place) != 0))
				fail_msg("way %zu with accept %u", i, accept);
		}
	}
	one.accept = CREDENTIAL_BEARER | CREDENTIAL_HEADER;
	assert_int_equal(ask_with("X-Other", "s3cret-s3cret", NULL, NULL), AUTH_NO);
	/* One that is wrong is not made up for by another. */
	one.accept = CREDENTIAL_BEARER | CREDENTIAL_URL;
	assert_int_equal(ask_with("Authorization", "Bearer s3cret-s3cret", "wrong-wrong-wrong",
		NULL), AUTH_NO);
	assert_int_equal(ask_with("Authorization", "Bearer wrong-wrong-wrong", "s3cret-s3cret",
		NULL), AUTH_YES);
}

static void test_two_secrets_overlap(void **state)
{
	(void)state;
	one.accept = CREDENTIAL_BEARER;
	digest_text("the-new-secret-1", one.digest);
	digest_text("the-old-secret-0", one.previous_digest);
	assert_int_equal(ask_with("Authorization", "Bearer the-new-secret-1", NULL, NULL), AUTH_YES);
	assert_int_equal(ask_with("Authorization", "Bearer the-old-secret-0", NULL, NULL), AUTH_YES);
	assert_int_equal(ask_with("Authorization", "Bearer the-older-secret", NULL, NULL), AUTH_NO);
	memset(one.previous_digest, 0, DIGEST_SIZE);
	assert_int_equal(ask_with("Authorization", "Bearer the-old-secret-0", NULL, NULL), AUTH_NO);
}

static void test_an_identity_is_somebody(void **state)
{
	const struct asked nothing = { { NULL }, { NULL } };
	struct auth_ask ask = { .header = header_of, .arg = &nothing };
	struct conf_token token = { .name = "grid", .role = ROLE_OPERATE,
		.identity = "CN=grid,O=Example" };
	const struct conf certified = { .tokens = &token, .n_tokens = 1 };
	struct caller caller;

	(void)state;
	assert_int_equal(auth_find(&certified, &ask, &caller), AUTH_NO);
	ask.identity = "CN=grid,O=Example";
	assert_int_equal(auth_find(&certified, &ask, &caller), AUTH_YES);
	assert_string_equal(caller.actor, "token:grid");
	ask.identity = "CN=grid,O=Example2";
	assert_int_equal(auth_find(&certified, &ask, &caller), AUTH_NO);
	ask.identity = "cn=grid,o=example";
	assert_int_equal(auth_find(&certified, &ask, &caller), AUTH_NO);
}

static void test_a_signature_is_asked_for_when_the_body_is_there(void **state)
{
	static struct conf_signature signature = { .header = "X-Signature", .prefix = "",
		.pieces = { { SIGNED_BODY, NULL } }, .n_pieces = 1,
		.key = { "test-secret", 11 } };
	/* HMAC-SHA-256 of {"status":"firing"} */
	const struct asked asked = { { "X-Signature" },
		{ "7fd98394c7633dff3c43d5429ad72b920e8723aa2773ae542ef440b120beee95" } };
	const struct asked nothing = { { NULL }, { NULL } };
	struct conf_token token = { .name = "g", .role = ROLE_INGEST, .source = "grafana",
		.signature = &signature };
	const struct conf signed_house = { .tokens = &token, .n_tokens = 1 };
	struct auth_ask ask = { .header = header_of, .arg = &asked, .source = "grafana" };
	struct caller caller;

	(void)state;
	assert_int_equal(auth_find(&signed_house, &ask, &caller), AUTH_LATER);
	ask.body = "{\"status\":\"firing\"}";
	ask.len = strlen(ask.body);
	assert_int_equal(auth_find(&signed_house, &ask, &caller), AUTH_YES);
	assert_string_equal(caller.actor, "source:grafana");
	ask.body = "{\"status\":\"firinG\"}";
	assert_int_equal(auth_find(&signed_house, &ask, &caller), AUTH_NO);
	/* Only for its own source, and not without a header. */
	ask.body = NULL;
	ask.source = "wazuh";
	assert_int_equal(auth_find(&signed_house, &ask, &caller), AUTH_NO);
	ask.source = NULL;
	assert_int_equal(auth_find(&signed_house, &ask, &caller), AUTH_NO);
	ask.source = "grafana";
	ask.arg = &nothing;
	assert_int_equal(auth_find(&signed_house, &ask, &caller), AUTH_NO);
	/* A signing key is no token. */
	assert_int_equal(auth_token(&signed_house, "test-secret", ~0u, &caller), -1);
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
		cmocka_unit_test(test_the_password_of_basic),
		cmocka_unit_test(test_a_token_counts_where_it_may_stand),
		cmocka_unit_test(test_two_secrets_overlap),
		cmocka_unit_test(test_an_identity_is_somebody),
		cmocka_unit_test(test_a_signature_is_asked_for_when_the_body_is_there),
	};

	return cmocka_run_group_tests(tests, make_digests, NULL);
}
