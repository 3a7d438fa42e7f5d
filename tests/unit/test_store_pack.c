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

/* One byte where it equals the one before; NULL and "" are not the same. */
static void what_is_the_same_is_one_byte(void **state)
{
	static const char *const texts[] = { "one", "one", "", "", NULL, NULL, "one" };
	static const char *const a[] = { "x", "y" }, *const b[] = { "x" };
	static const struct { const char *const *words; size_t n; } lists[] = {
		{ a, 2 }, { a, 2 }, { b, 1 }, { NULL, 0 }, { NULL, 0 }, { b, 1 } };
	struct buf *out = buf_in_arena(*state, 16);
	const char *before = NULL, **words = NULL;
	size_t i, n = 0, len;
	struct unpack in;

	for (i = 0; i < ARRAY_LEN(texts); i++)
		pack_text_as(out, texts[i], i > 0 ? texts[i - 1] : NULL);
	len = out->len;
	assert_int_equal(len, 5 + 1 + 2 + 1 + 1 + 1 + 5);
	for (i = 0; i < ARRAY_LEN(lists); i++)
		pack_words_as(out, lists[i].words, lists[i].n, ' ', i > 0 ? lists[i - 1].words : NULL,
			i > 0 ? lists[i - 1].n : 0);
	assert_int_equal(out->len - len, 5 + 1 + 3 + 1 + 1 + 3);
	in = reader(out, out->len);
	for (i = 0; i < ARRAY_LEN(texts); i++) {
		before = unpack_text_as(&in, *state, before);
		if (!text_equal(before, texts[i]))
			fail_msg("text %zu is another", i);
	}
	for (i = 0; i < ARRAY_LEN(lists); i++) {
		words = unpack_words_as(&in, *state, ' ', words, n, &n);
		assert_int_equal(n, lists[i].n);
		if (n > 0)
			assert_string_equal(words[n - 1], lists[i].words[n - 1]);
	}
	assert_false(in.damaged);
	assert_ptr_equal(in.at, in.end);
}

/* Before the first there is nothing to be the same as. */
static void the_first_cannot_be_the_same(void **state)
{
	struct buf *out = buf_in_arena(*state, 16);
	struct unpack in;
	size_t n;

	buf_add(out, "\x03\x03", 2);
	in = reader(out, out->len);
	assert_null(unpack_text_as(&in, *state, NULL));
	assert_true(in.damaged);
	in = reader(out, out->len);
	assert_null(unpack_words_as(&in, *state, ' ', NULL, 0, &n));
	assert_true(in.damaged && n == 0);
	/* What is never repeated cannot be it at all. */
	in = reader(out, out->len);
	unpack_int(&in, 0);
	assert_true(in.damaged);
}

/* Of every length around those that two and four bytes can say; and what is missing at
 * the end of one is absent, not taken from the next. */
static void what_belongs_together_is_read_by_itself(void **state)
{
	static const size_t lengths[] = { 0, 1, 127, 128, 16380, 16381, 16382, 16383, 16384,
		70000 };
	char *text = arena_alloc(*state, 70001);
	size_t i;

	memset(text, 'x', 70000);
	for (i = 0; i < ARRAY_LEN(lengths); i++) {
		struct buf *out = buf_in_arena(*state, 16);
		struct unpack in, part;
		size_t begun, n;

		pack_int(out, 7);
		begun = pack_begin(out);
		for (n = 0; n < lengths[i]; n++)
			pack_absent(out);
		pack_end(out, begun);
		begun = pack_begin(out);
		pack_bytes(out, text, lengths[i]);
		pack_end(out, begun);
		in = reader(out, out->len);
		assert_int_equal(unpack_int(&in, 0), 7);
		assert_true(unpack_part(&in, &part));
		assert_int_equal(part.end - part.at, lengths[i]);
		for (n = 0; n < lengths[i] + 3; n++)
			assert_int_equal(unpack_int(&part, -1), -1);
		assert_false(part.damaged);
		assert_true(unpack_part(&in, &part));
		assert_int_equal(strlen(unpack_text(&part, *state)), lengths[i]);
		assert_false(unpack_part(&in, &part));
		assert_false(in.damaged);
		in = reader(out, out->len - 1);
		assert_true(unpack_part(&(struct unpack){ in.at + 2, in.end, false }, &part));
		unpack_int(&in, 0);
		unpack_part(&in, &part);
		assert_false(unpack_part(&in, &part));
		assert_true(in.damaged);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(integers_come_back, make, unmake),
		cmocka_unit_test_setup_teardown(texts_and_words_come_back, make, unmake),
		cmocka_unit_test_setup_teardown(behind_the_end_all_is_absent, make, unmake),
		cmocka_unit_test_setup_teardown(damage_is_absent, make, unmake),
		cmocka_unit_test_setup_teardown(what_is_the_same_is_one_byte, make, unmake),
		cmocka_unit_test_setup_teardown(the_first_cannot_be_the_same, make, unmake),
		cmocka_unit_test_setup_teardown(what_belongs_together_is_read_by_itself, make,
			unmake),
	};

	return cmocka_run_group_tests_name("store/pack", tests, NULL, NULL);
}
