/* Values one behind another: what is put in comes out, and damage is not believed. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/rfc3339.h"
#include "base/text.h"
#include "store/pack.h"

static int make(void **state)
{
	*state = arena_new();
	return 0;
}

static int unmake(void **state)
{
	arena_free(*state);
	return 0;
}

static struct unpack reader(const struct buf *b, size_t len)
{
	struct unpack in;

	unpack_init(&in, b->data, len);
	return in;
}

static void integers_come_back(void **state)
{
	static const int64_t values[] = { 0, 1, -1, 63, 64, -64, -65, 1795284614979, INT64_MAX,
		INT64_MIN + 1, INT64_MIN };
	struct buf *b = buf_in_arena(*state, 16);
	struct unpack in;
	size_t i;

	for (i = 0; i < ARRAY_LEN(values); i++)
		pack_int(b, values[i]);
	in = reader(b, b->len);
	for (i = 0; i < ARRAY_LEN(values); i++)
		if (unpack_int(&in, 7) != values[i])
			fail_msg("value %zu is another", i);
	assert_ptr_equal(in.at, in.end);
}

static void texts_and_words_come_back(void **state)
{
	static const char *const words[] = { "one", "", "three" };
	char longer[300];
	struct buf *b = buf_in_arena(*state, 16);
	struct unpack in;
	const char **have;
	size_t n;

	memset(longer, 'x', sizeof(longer));
	pack_text(b, "");
	pack_text(b, NULL);
	pack_bytes(b, longer, sizeof(longer));
	pack_words(b, words, 3, '\n');
	pack_words(b, words, 0, '\n');
	pack_words(b, &words[1], 1, '\n');
	in = reader(b, b->len);
	assert_string_equal(unpack_text(&in, *state), "");
	assert_null(unpack_text(&in, *state));
	assert_int_equal(strlen(unpack_text(&in, *state)), sizeof(longer));
	have = unpack_words(&in, *state, '\n', &n);
	assert_int_equal(n, 3);
	assert_string_equal(have[0], "one");
	assert_string_equal(have[1], "");
	assert_string_equal(have[2], "three");
	assert_null(unpack_words(&in, *state, '\n', &n));
	assert_int_equal(n, 0);
	unpack_words(&in, *state, '\n', &n);
	assert_int_equal(n, 1);
}

static void behind_the_end_all_is_absent(void **state)
{
	struct unpack in = { .at = NULL };

	assert_int_equal(unpack_int(&in, -1), -1);
	assert_true(unpack_time(&in) == TIME_NONE);
	assert_null(unpack_text(&in, *state));
}

/* Cut anywhere, or of another kind than is asked for: absent from there on. */
static void damage_is_absent(void **state)
{
	static const char overlong[] = "\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
	static const char huge[] = "\x02\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01text";
	struct buf *b = buf_in_arena(*state, 16), *bad = buf_in_arena(*state, 16);
	struct unpack in;
	size_t len;

	pack_text(b, "0123456789");
	pack_int(b, 1795284614979);
	for (len = 0; len < b->len; len++) {
		in = reader(b, len);
		if (len < 12)
			assert_null(unpack_text(&in, *state));
		else
			assert_non_null(unpack_text(&in, *state));
		unpack_int(&in, 0);
		assert_true(in.at <= in.end);
	}
	in = reader(b, b->len);
	assert_int_equal(unpack_int(&in, 3), 3);
	assert_null(unpack_text(&in, *state));
	buf_add(bad, overlong, sizeof(overlong) - 1);
	in = reader(bad, bad->len);
	unpack_int(&in, 0);
	assert_true(in.at <= in.end);
	buf_clear(bad);
	buf_add(bad, huge, sizeof(huge) - 1);
	in = reader(bad, bad->len);
	assert_null(unpack_text(&in, *state));
	assert_ptr_equal(in.at, in.end);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(integers_come_back, make, unmake),
		cmocka_unit_test_setup_teardown(texts_and_words_come_back, make, unmake),
		cmocka_unit_test_setup_teardown(behind_the_end_all_is_absent, make, unmake),
		cmocka_unit_test_setup_teardown(damage_is_absent, make, unmake),
	};

	return cmocka_run_group_tests_name("store/pack", tests, NULL, NULL);
}
