/* Signed words: what was changed, made for something else or spelt another way is none. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "base/token.h"

static const char alphabet[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static const unsigned char key[TOKEN_KEY_SIZE] = "0123456789abcdef0123456789abcdef";

static void what_was_written_is_read(void **state)
{
	static const struct token cases[] = {
		{ 1, 0 }, { 42, INT64_C(1795000000000) }, { INT64_MAX, INT64_MAX },
		{ 0, -1 }, { INT64_MIN, INT64_MIN }, { 255, 256 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		char text[TOKEN_SIZE];
		struct token read;

		token_write(key, "page/k3j9", &cases[i], text);
		assert_int_equal(strlen(text), TOKEN_SIZE - 1);
		assert_int_equal(strspn(text, alphabet), TOKEN_SIZE - 1);
		assert_int_equal(token_read(key, "page/k3j9", text, &read), 0);
		assert_true(read.number == cases[i].number);
		assert_true(read.at == cases[i].at);
	}
}

/* The MAC has 128 bits at least, and the text nothing that it does not cover: so no
 * other character at any place is accepted. */
static void no_bit_of_it_can_be_changed(void **state)
{
	const struct token token = { 42, INT64_C(1795000000000) };
	char text[TOKEN_SIZE], changed[TOKEN_SIZE];
	size_t i, j;

	(void)state;
	assert_true(TOKEN_MAC_SIZE * 8 >= 128);
	token_write(key, "page/k3j9", &token, text);
	for (i = 0; i < TOKEN_SIZE - 1; i++)
		for (j = 1; j < 256; j++) {
			struct token read = { -7, -7 };

			if ((char)j == text[i])
				continue;
			memcpy(changed, text, sizeof(changed));
			changed[i] = (char)j;
			if (token_read(key, "page/k3j9", changed, &read) == 0)
				fail_msg("byte %zu may be %zu", i, j);
			assert_true(read.number == -7 && read.at == -7);
		}
}

static void it_is_good_for_one_purpose_and_one_key(void **state)
{
	static const char *const others[] = { "", "page", "page/k3j", "page/k3j90", "button/k3j9",
		"page/k3j8", "PAGE/k3j9" };
	const struct token token = { 42, 1 };
	unsigned char other_key[TOKEN_KEY_SIZE];
	char text[TOKEN_SIZE];
	struct token read;
	size_t i;

	(void)state;
	token_write(key, "page/k3j9", &token, text);
	for (i = 0; i < ARRAY_LEN(others); i++)
		assert_int_equal(token_read(key, others[i], text, &read), -1);
	for (i = 0; i < TOKEN_KEY_SIZE; i++) {
		memcpy(other_key, key, sizeof(other_key));
		other_key[i] ^= 1;
		assert_int_equal(token_read(other_key, "page/k3j9", text, &read), -1);
	}
}

static void it_has_one_spelling(void **state)
{
	const struct token token = { 42, 1 };
	char text[TOKEN_SIZE], other[2 * TOKEN_SIZE];
	struct token read;
	size_t n;

	(void)state;
	token_write(key, "x", &token, text);
	for (n = 0; n < TOKEN_SIZE - 1; n++) {
		memcpy(other, text, n);
		other[n] = '\0';
		assert_int_equal(token_read(key, "x", other, &read), -1);
	}
	for (n = 1; n <= 4; n++) {
		memcpy(other, text, sizeof(text));
		memset(other + TOKEN_SIZE - 1, "=A\n "[n - 1], n);
		other[TOKEN_SIZE - 1 + n] = '\0';
		assert_int_equal(token_read(key, "x", other, &read), -1);
	}
}

/* "-" and "_" where standard base64 has "+" and "/": those are refused. */
static void the_letters_of_standard_base64_are_refused(void **state)
{
	bool dash = false, line = false;
	int64_t i;

	(void)state;
	for (i = 1; i < 200; i++) {
		const struct token token = { i, i };
		char text[TOKEN_SIZE], *c;
		struct token read;

		token_write(key, "x", &token, text);
		for (c = text; *c != '\0'; c++) {
			dash = dash || *c == '-';
			line = line || *c == '_';
			*c = *c == '-' ? '+' : *c == '_' ? '/' : *c;
		}
		if (strpbrk(text, "+/") != NULL)
			assert_int_equal(token_read(key, "x", text, &read), -1);
	}
	assert_true(dash && line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_written_is_read),
		cmocka_unit_test(no_bit_of_it_can_be_changed),
		cmocka_unit_test(it_is_good_for_one_purpose_and_one_key),
		cmocka_unit_test(it_has_one_spelling),
		cmocka_unit_test(the_letters_of_standard_base64_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
