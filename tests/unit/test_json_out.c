/* JSON written without a tree: the same bytes as with one. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/json_out.h"
#include "base/rfc3339.h"
#include "base/text.h"

/* Whatever a text holds: every byte below 0x80, and characters of two and three. */
static void the_bytes_are_those_of_json_write(void **state)
{
	static const int64_t numbers[] = { 0, 7, -1, 1795248000000, INT64_MAX, INT64_MIN };
	static const char *const list[] = { "a", "", "b{", "[" };
	json_t *object = json_object(), *inner = json_object(), *texts = json_array();
	char text[140] = "\xc3\xb6\xe2\x82\xac", *want;
	struct buf got;
	size_t i;

	(void)state;
	for (i = 1; i < 128; i++)
		text[4 + i] = (char)i;
	buf_init(&got, 0);
	out_object(&got, NULL);
	out_text(&got, "text", text);
	json_set_text(object, "text", text);
	out_object(&got, "inner");
	for (i = 0; i < ARRAY_LEN(numbers); i++) {
		char key[2] = { (char)('a' + i), '\0' };

		out_int(&got, key, numbers[i]);
		json_set_int(inner, key, numbers[i]);
	}
	out_end_object(&got);
	json_object_set_new(object, "inner", inner);
	out_texts(&got, "list", list, ARRAY_LEN(list));
	for (i = 0; i < ARRAY_LEN(list); i++)
		json_array_append_new(texts, json_string(list[i]));
	json_object_set_new(object, "list", texts);
	out_end_object(&got);
	want = json_text(object);
	assert_string_equal(got.data, want);
	free(want);
	json_decref(object);
	buf_release(&got);
}

/* Texts are looked at eight bytes at a time: no byte hides at any place of any length. */
static void each_byte_at_each_place(void **state)
{
	enum { LONGEST = 26 };
	char text[LONGEST + 1], *want;
	struct buf got;
	size_t len, at;
	int c;

	(void)state;
	buf_init(&got, 0);
	for (len = 1; len <= LONGEST; len++)
		for (at = 0; at < len; at++)
			for (c = 1; c < 128; c++) {
				json_t *value;

				memset(text, 'x', len);
				text[len] = '\0';
				text[at] = (char)c;
				value = json_string(text);
				want = json_text(value);
				buf_clear(&got);
				out_text(&got, NULL, text);
				assert_string_equal(got.data, want);
				free(want);
				json_decref(value);
			}
	buf_release(&got);
}

static void what_is_absent_is_left_out(void **state)
{
	struct arena *arena = arena_new();
	struct buf *out = buf_in_arena(arena, 0), *part = buf_in_arena(arena, 4);

	(void)state;
	out_array(part, NULL);
	out_end_array(part);
	out_object(out, NULL);
	out_text(out, "none", NULL);
	out_time(out, "never", TIME_NONE);
	out_true(out, "f", false);
	out_true(out, "t", true);
	out_bool(out, "b", false);
	out_time(out, "at", 1);
	out_json(out, "part", part);
	out_array(out, "list");
	out_object(out, NULL);
	out_end_object(out);
	out_object(out, NULL);
	out_end_object(out);
	out_end_array(out);
	out_end_object(out);
	assert_string_equal(out->data, "{\"t\":true,\"b\":false,"
		"\"at\":\"1970-01-01T00:00:00.001Z\",\"part\":[],\"list\":[{},{}]}");
	arena_free(arena);
}

/* No text of ours is anything but UTF-8; if one ever is, no clock stops for it. */
static void text_that_is_not_utf8_stops_nothing(void **state)
{
	json_t *tree = json_object();
	struct buf out;
	char *text;

	(void)state;
	buf_init(&out, 0);
	out_text(&out, NULL, "a\xff\"\xc3" "b");
	assert_string_equal(out.data, "\"a?\\\"?b\"");
	json_set_text(tree, "k", "a\xff\"\xc3" "b");
	text = json_text(tree);
	assert_string_equal(text, "{\"k\":\"a?\\\"?b\"}");
	free(text);
	json_decref(tree);
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_bytes_are_those_of_json_write),
		cmocka_unit_test(each_byte_at_each_place),
		cmocka_unit_test(what_is_absent_is_left_out),
		cmocka_unit_test(text_that_is_not_utf8_stops_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
