/* Sessions of browsers: what a cookie stands for, and when it stands for nothing. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "api/session.h"
#include "base/text.h"

static const int64_t NOW = 1000000, LENGTH = (int64_t)SESSION_S * 1000;

static struct conf_token tokens[] = {
	{ .name = "ops", .role = ROLE_OPERATE, .digest = { 1 } },
	{ .name = "board", .role = ROLE_READ, .digest = { 2 } },
};
static const struct conf conf = { .tokens = tokens, .n_tokens = ARRAY_LEN(tokens) };

static int make_table(void **state)
{
	static struct sessions sessions;

	memset(&sessions, 0, sizeof(sessions));
	*state = &sessions;
	return 0;
}

static void test_a_session_stands_for_its_token(void **state)
{
	struct sessions *s = *state;
	char ops[SESSION_ID_SIZE], board[SESSION_ID_SIZE];

	session_make(s, &tokens[0], NOW, ops);
	session_make(s, &tokens[1], NOW, board);
	assert_int_equal(strlen(ops), SESSION_ID_SIZE - 1);
	assert_string_not_equal(ops, board);
	assert_ptr_equal(session_token(session_find(s, &conf, ops, NOW), &conf), &tokens[0]);
	assert_ptr_equal(session_token(session_find(s, &conf, board, NOW), &conf), &tokens[1]);
	ops[0] = ops[0] == 'a' ? 'b' : 'a';
	assert_null(session_find(s, &conf, ops, NOW));
	assert_null(session_find(s, &conf, "", NOW));
}

static void test_the_id_itself_is_not_kept(void **state)
{
	struct sessions *s = *state;
	char id[SESSION_ID_SIZE];

	session_make(s, &tokens[0], NOW, id);
	assert_null(memmem(s, sizeof(*s), id, strlen(id)));
}

static void test_it_ends_by_itself(void **state)
{
	struct sessions *s = *state;
	char id[SESSION_ID_SIZE];

	session_make(s, &tokens[0], NOW, id);
	assert_non_null(session_find(s, &conf, id, NOW + LENGTH - 1));
	assert_null(session_find(s, &conf, id, NOW + LENGTH));
}

static void test_it_can_be_made_to_go_on(void **state)
{
	struct sessions *s = *state;
	char id[SESSION_ID_SIZE];

	session_make(s, &tokens[1], NOW, id);
	session_renew(s, session_find(s, &conf, id, NOW + 1000), NOW + 1000);
	assert_non_null(session_find(s, &conf, id, NOW + LENGTH + 999));
	assert_null(session_find(s, &conf, id, NOW + LENGTH + 1000));
}

static void test_it_ends_by_signing_out_and_no_other_does(void **state)
{
	struct sessions *s = *state;
	char one[SESSION_ID_SIZE], other[SESSION_ID_SIZE];

	session_make(s, &tokens[0], NOW, one);
	session_make(s, &tokens[0], NOW, other);
	session_end(s, one);
	assert_null(session_find(s, &conf, one, NOW));
	assert_non_null(session_find(s, &conf, other, NOW));
}

/* While a secret is changed both count, and each session ends with its own. */
static void test_it_ends_with_the_secret_that_was_shown(void **state)
{
	struct sessions *s = *state;
	struct conf_token changed[] = { { .name = "ops", .role = ROLE_OPERATE, .digest = { 3 },
		.previous_digest = { 1 } } };
	const struct conf during = { .tokens = changed, .n_tokens = 1 };
	char before[SESSION_ID_SIZE], since[SESSION_ID_SIZE];

	session_make(s, &tokens[0], NOW, before);
	session_make(s, &changed[0], NOW, since);
	assert_non_null(session_find(s, &during, before, NOW));
	assert_non_null(session_find(s, &during, since, NOW));
	memset(changed[0].previous_digest, 0, DIGEST_SIZE);
	assert_null(session_find(s, &during, before, NOW));
	assert_non_null(session_find(s, &during, since, NOW));
}

static void test_it_ends_with_its_token(void **state)
{
	static struct conf_token changed = { .name = "ops", .role = ROLE_OPERATE, .digest = { 9 } };
	static const struct conf other_secret = { .tokens = &changed, .n_tokens = 1 };
	static const struct conf without = { .n_tokens = 0 };
	struct sessions *s = *state;
	char id[SESSION_ID_SIZE];

	session_make(s, &tokens[0], NOW, id);
	assert_null(session_find(s, &other_secret, id, NOW));
	assert_null(session_find(s, &without, id, NOW));
}

static void test_whoever_signs_in_for_ever_signs_out_only_himself(void **state)
{
	struct sessions *s = *state;
	char board[SESSION_ID_SIZE], first[SESSION_ID_SIZE], last[SESSION_ID_SIZE];
	int i;

	session_make(s, &tokens[1], NOW, board);
	session_make(s, &tokens[0], NOW, first);
	for (i = 0; i < 2 * SESSIONS_MAX; i++)
		session_make(s, &tokens[0], NOW + i, last);
	assert_int_equal(s->n, SESSIONS_PER_TOKEN + 1);
	assert_non_null(session_find(s, &conf, board, NOW));
	assert_null(session_find(s, &conf, first, NOW));
	assert_non_null(session_find(s, &conf, last, NOW));
}

static void test_their_number_is_bounded(void **state)
{
	struct sessions *s = *state;
	char first[SESSION_ID_SIZE], last[SESSION_ID_SIZE];
	char names[SESSIONS_MAX + 1][16];
	struct conf_token token = { .role = ROLE_READ };
	int i;

	session_make(s, &tokens[0], NOW, first);
	for (i = 0; i < SESSIONS_MAX; i++) {
		snprintf(names[i], sizeof(names[i]), "t%d", i);
		token.name = names[i];
		session_make(s, &token, NOW, last);
	}
	assert_int_equal(s->n, SESSIONS_MAX);
	assert_null(session_find(s, &conf, first, NOW));
}

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void test_the_cookie_in_the_header(void **state)
{
	static const struct { const char *header; bool found; } cases[] = {
		{ SESSION_COOKIE "=" ID, true },
		{ "a=b; " SESSION_COOKIE "=" ID "; c=d", true },
		{ "a=b;" SESSION_COOKIE "=" ID, true },
		{ NULL, false }, { "", false }, { ";;; ;", false },
		{ SESSION_COOKIE "=", false },
		{ SESSION_COOKIE "=" ID "0", false },
		{ "x" SESSION_COOKIE "=" ID, false },
		{ SESSION_COOKIE "x=" ID, false },
		{ SESSION_COOKIE "=X123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
			false },
	};
	char id[SESSION_ID_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		if (session_cookie(cases[i].header, id) != cases[i].found)
			fail_msg("Cookie: %s", cases[i].header);
		if (cases[i].found)
			assert_string_equal(id, ID);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_a_session_stands_for_its_token, make_table),
		cmocka_unit_test_setup(test_the_id_itself_is_not_kept, make_table),
		cmocka_unit_test_setup(test_it_ends_by_itself, make_table),
		cmocka_unit_test_setup(test_it_can_be_made_to_go_on, make_table),
		cmocka_unit_test_setup(test_it_ends_by_signing_out_and_no_other_does, make_table),
		cmocka_unit_test_setup(test_it_ends_with_its_token, make_table),
		cmocka_unit_test_setup(test_it_ends_with_the_secret_that_was_shown, make_table),
		cmocka_unit_test_setup(test_whoever_signs_in_for_ever_signs_out_only_himself,
			make_table),
		cmocka_unit_test_setup(test_their_number_is_bounded, make_table),
		cmocka_unit_test(test_the_cookie_in_the_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
