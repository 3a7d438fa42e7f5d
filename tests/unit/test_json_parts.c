/* JSON text in place: the members of an object, and what is refused. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_parts.h"
#include "base/text.h"

/* In memory of its own length, so that a read behind its end is seen. */
static int read_copy(const char *text, size_t len, struct arena *arena, struct json_parts *ret,
	char **copy)
{
	*copy = malloc(len > 0 ? len : 1);
	assert_non_null(*copy);
	memcpy(*copy, text, len);
	return json_parts_read(*copy, len, arena, ret);
}

static void members_stand_as_they_are(void **state)
{
	static const char text[] = " {\"a\" : \"x,\\\"}\" ,\"b\":[1,{\"c\":\"]\"}],\"n\":-17,"
		"\"t\":true,\"o\":{\"p\":\"q\"}} ";
	struct arena *arena = arena_new();
	struct json_parts parts, inner;
	const struct json_part *part;
	int64_t n = 0;
	char *copy;

	(void)state;
	assert_int_equal(read_copy(text, sizeof(text) - 1, arena, &parts, &copy), 0);
	assert_int_equal(parts.n, 5);
	assert_string_equal(json_parts_text(&parts, "a"), "x,\"}");
	part = json_parts_find(&parts, "b");
	assert_int_equal(part->len, strlen("[1,{\"c\":\"]\"}]"));
	assert_memory_equal(part->at, "[1,{\"c\":\"]\"}]", part->len);
	assert_int_equal(json_parts_int(&parts, "n", &n), 0);
	assert_int_equal(n, -17);
	assert_int_equal(json_parts_int(&parts, "a", &n), -1);
	assert_true(json_parts_true(&parts, "t"));
	assert_false(json_parts_true(&parts, "n"));
	assert_null(json_parts_find(&parts, "c"));
	assert_null(json_parts_text(&parts, "n"));
	json_parts_object(&parts, "o", &inner);
	assert_string_equal(json_parts_text(&inner, "p"), "q");
	json_parts_object(&parts, "b", &inner);
	assert_int_equal(inner.n, 0);
	free(copy);
	arena_free(arena);
}

static void what_is_no_object_has_no_members(void **state)
{
	static const char *const rows[] = {
		"", " ", "{", "}", "[]", "1", "null", "{}x", "{}{}", "{,}", "{\"a\"}", "{\"a\":}",
		"{\"a\":1,}", "{\"a\":1", "{\"a\":\"x}", "{\"a\":\"x\\\"}", "{\"a\":[1}", "{a:1}",
		"{\"a\":1 \"b\":2}", "{\"a\\n\":1}", "{\"a", "{\"a\":{\"b\":1}",
	};
	struct arena *arena = arena_new();
	struct json_parts parts;
	char *copy;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		if (read_copy(rows[i], strlen(rows[i]), arena, &parts, &copy) == 0 || parts.n != 0)
			fail_msg("row %zu: %s", i, rows[i]);
		free(copy);
	}
	arena_free(arena);
}

static void texts_are_decoded(void **state)
{
	static const struct {
		const char *in, *out;	/* out NULL: it is no text of ours */
	} rows[] = {
		{ "\"\"", "" },
		{ "\"plain\"", "plain" },
		{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t" },
		{ "\"\\u0041\\u00e9\\u20AC\"", "A\xc3\xa9\xe2\x82\xac" },
		{ "\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80" },
		{ "\"\xc3\xa9\"", "\xc3\xa9" },
		{ "\"\xff\"", NULL },
		{ "\"\\u0000\"", NULL },
		{ "\"\\ud83d\"", NULL },
		{ "\"\\ud83d\\u0041\"", NULL },
		{ "\"\\ude00\"", NULL },
		{ "\"\\u12\"", NULL },
		{ "\"\\x\"", NULL },
		{ "17", NULL },
	};
	struct arena *arena = arena_new();
	struct json_parts parts;
	char text[100], *copy;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		int len = snprintf(text, sizeof(text), "{\"k\":%s}", rows[i].in);

		assert_int_equal(read_copy(text, (size_t)len, arena, &parts, &copy), 0);
		if (!text_equal(json_parts_text(&parts, "k"), rows[i].out))
			fail_msg("row %zu: %s", i, rows[i].in);
		free(copy);
	}
	arena_free(arena);
}

static void there_is_a_limit_to_members(void **state)
{
	struct arena *arena = arena_new();
	struct json_parts parts;
	char text[1000] = "{";
	int i;

	(void)state;
	for (i = 0; i < JSON_PARTS_MAX; i++)
		snprintf(text + strlen(text), 20, "%s\"k%d\":%d", i > 0 ? "," : "", i, i);
	strcat(text, "}");
	assert_int_equal(json_parts_read(text, strlen(text), arena, &parts), 0);
	text[strlen(text) - 1] = '\0';
	strcat(text, ",\"more\":1}");
	assert_int_equal(json_parts_read(text, strlen(text), arena, &parts), -1);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_stand_as_they_are),
		cmocka_unit_test(what_is_no_object_has_no_members),
		cmocka_unit_test(texts_are_decoded),
		cmocka_unit_test(there_is_a_limit_to_members),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
