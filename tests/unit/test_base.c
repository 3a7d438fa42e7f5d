/* The tools under everything: text, buffers, arenas, digests, JSON, errors. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/json.h"
#include "base/rfc3339.h"
#include "base/netblock.h"
#include "base/text.h"

/* ---- text */

static void a_number_is_the_whole_text_and_in_range(void **state)
{
	static const char *const bad[] = { "", "-", "+1", " 1", "1 ", "1.0", "0x10", "1e3",
		"--1", "101", "-11", "9223372036854775808", "99999999999999999999" };
	int64_t value = 7;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++)
		if (text_int64(bad[i], -10, 100, &value) == 0)
			fail_msg("accepted: \"%s\"", bad[i]);
	assert_int_equal(value, 7);
	assert_int_equal(text_int64("-10", -10, 100, &value), 0);
	assert_int_equal(value, -10);
	assert_int_equal(text_int64("-9223372036854775808", INT64_MIN, INT64_MAX, &value), 0);
	assert_true(value == INT64_MIN);
}

static void texts_are_compared_and_copied(void **state)
{
	char out[4];

	(void)state;
	assert_true(text_equal(NULL, NULL));
	assert_false(text_equal(NULL, ""));
	assert_false(text_equal("a", NULL));
	assert_true(text_equal("a", "a"));
	assert_true(text_starts("nis2", "nis"));
	assert_true(text_starts("nis2", ""));
	assert_false(text_starts("ni", "nis"));
	assert_true(text_copy(out, sizeof(out), "abc"));
	assert_false(text_copy(out, sizeof(out), "abcd"));
	assert_string_equal(out, "abc");
}

static void utf8_is_well_formed_or_not(void **state)
{
	static const struct {
		const char *bytes;
		bool good;
	} rows[] = {
		{ "", true }, { "abc", true }, { "K\xc3\xb6ln", true }, { "\xe2\x82\xac", true },
		{ "\xf0\x9f\x9a\xa8", true }, { "\xf4\x8f\xbf\xbf", true },
		{ "\xed\x9f\xbf", true }, { "\xee\x80\x80", true },
		{ "\x80", false }, { "\xc3", false }, { "\xc0\x80", false }, { "\xc1\xbf", false },
		{ "\xe0\x9f\xbf", false }, { "\xed\xa0\x80", false }, { "\xf0\x8f\xbf\xbf", false },
		{ "\xf4\x90\x80\x80", false }, { "\xf5\x80\x80\x80", false }, { "\xff", false },
		{ "\xe2\x82", false }, { "\xe2\x82" "a", false }, { "\xc3" "a", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		if (text_is_utf8(rows[i].bytes, strlen(rows[i].bytes)) != rows[i].good)
			fail_msg("row %zu", i);
	assert_true(text_is_utf8("a\0b", 3));
}

static void a_cut_does_not_split_a_character(void **state)
{
	static const char text[] = "a\xc3\xb6\xe2\x82\xac";
	static const size_t expected[] = { 0, 1, 1, 3, 3, 3, 6, 6 };
	size_t max;

	(void)state;
	for (max = 0; max < ARRAY_LEN(expected); max++)
		assert_int_equal(text_utf8_cut(text, 6, max), expected[max]);
}

static void a_name_is_safe_in_a_url(void **state)
{
	static const char *const good[] = { "a", "0", "acme-energy", "a.b_c" };
	static const char *const bad[] = { "", "-a", ".a", "_a", "A", "a/b", "a b", "a\n",
		"\xc3\xb6",
		"0123456789012345678901234567890123456789012345678901234567890123" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(good); i++)
		if (!text_is_name(good[i]))
			fail_msg("refused: \"%s\"", good[i]);
	for (i = 0; i < ARRAY_LEN(bad); i++)
		if (text_is_name(bad[i]))
			fail_msg("accepted: \"%s\"", bad[i]);
}

static void a_slip_of_the_hand_finds_its_name(void **state)
{
	static const char *const names[] = { "severity", "title", "key", "entity" };
	char longer[100] = { 0 };

	(void)state;
	assert_string_equal(text_nearest("titel", names, 4), "title");
	assert_string_equal(text_nearest("severty", names, 4), "severity");
	assert_string_equal(text_nearest("key", names, 4), "key");
	assert_null(text_nearest("recipient", names, 4));
	assert_null(text_nearest("key", names, 0));
	memset(longer, 'x', sizeof(longer) - 1);
	assert_null(text_nearest(longer, names, 4));
}

static void a_length_of_time_is_told_in_two_units(void **state)
{
	static const struct {
		int64_t ms;
		const char *text;
	} rows[] = {
		{ 0, "0 s" }, { 999, "0 s" }, { 45000, "45 s" }, { 59999, "59 s" },
		{ 60000, "1 min" }, { 3599999, "59 min" }, { 3600000, "1 h 00 min" },
		{ 7500000, "2 h 05 min" }, { 86399999, "23 h 59 min" }, { 86400000, "1 d 0 h" },
		{ 2520000000, "29 d 4 h" }, { -7500000, "2 h 05 min" },
		{ INT64_MAX, "106751991167 d 7 h" }, { INT64_MIN, "106751991167 d 7 h" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		char text[TEXT_DURATION_SIZE];

		text_duration(rows[i].ms, text);
		assert_string_equal(text, rows[i].text);
	}
}

/* ---- buf */

static void a_buffer_grows_to_its_ceiling_and_no_further(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	assert_string_equal(b.data, "");
	assert_int_equal(buf_adds(&b, "12345"), 0);
	assert_int_equal(buf_addf(&b, "%d", 6789), 0);
	assert_false(b.overflow);
	assert_int_equal(buf_adds(&b, "xx"), -1);
	assert_true(b.overflow);
	assert_string_equal(b.data, "123456789");
	assert_int_equal(buf_addf(&b, "%s", "yy"), -1);
	assert_int_equal(buf_addc(&b, 'z'), 0);
	assert_int_equal(buf_addc(&b, '!'), -1);
	assert_string_equal(b.data, "123456789z");
	buf_clear(&b);
	assert_false(b.overflow);
	assert_int_equal(b.len, 0);
	assert_string_equal(b.data, "");
	buf_release(&b);
	assert_int_equal(buf_adds(&b, "again"), 0);
	buf_release(&b);
}

static void a_buffer_gives_up_its_first_bytes(void **state)
{
	struct buf b;
	char *text;
	size_t n;

	(void)state;
	buf_init(&b, 0);
	buf_drain(&b, 5);
	assert_string_equal(b.data, "");
	buf_add(&b, "ab\0cd", 5);
	buf_drain(&b, 3);
	assert_int_equal(b.len, 2);
	assert_string_equal(b.data, "cd");
	text = buf_detach(&b, &n);
	assert_int_equal(n, 2);
	assert_string_equal(text, "cd");
	free(text);
	text = buf_detach(&b, NULL);
	assert_string_equal(text, "");
	free(text);
	for (n = 0; n < 1000; n++)
		buf_addc(&b, (char)('a' + n % 26));
	buf_drain(&b, 26 * 10);
	assert_int_equal(b.len, 740);
	assert_int_equal(b.data[0], 'a');
	buf_drain(&b, SIZE_MAX);
	assert_string_equal(b.data, "");
	buf_release(&b);
}

/* A caller that looks once at the end still learns of it. */
static void draining_does_not_hide_an_overflow(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4);
	buf_adds(&b, "1234");
	buf_adds(&b, "5");
	buf_drain(&b, 4);
	assert_true(b.overflow);
	buf_release(&b);
}

/* ---- arena */

static void an_arena_gives_zeroed_aligned_memory(void **state)
{
	struct arena *a = arena_new();
	int round, i;

	(void)state;
	for (round = 0; round < 3; round++) {
		for (i = 1; i < 400; i++) {
			unsigned char *p = arena_alloc(a, (size_t)i);
			int k;

			assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
			for (k = 0; k < i; k++)
				assert_int_equal(p[k], 0);
			memset(p, 0xff, (size_t)i);
		}
		memset(arena_alloc(a, 100000), 0xff, 100000);
		arena_reset(a);
	}
	arena_free(a);
	arena_free(NULL);
}

static void an_arena_keeps_texts_and_growing_arrays(void **state)
{
	struct arena *a = arena_new();
	int *numbers = NULL;
	size_t n;

	(void)state;
	assert_null(arena_strdup(a, NULL));
	assert_string_equal(arena_strdup(a, "text"), "text");
	assert_string_equal(arena_strndup(a, "text", 2), "te");
	assert_string_equal(arena_printf(a, "%s %d", "step", 3), "step 3");
	for (n = 0; n < 5000; n++) {
		numbers = arena_grow(a, numbers, n, sizeof(*numbers));
		numbers[n] = (int)n;
	}
	for (n = 0; n < 5000; n++)
		assert_int_equal(numbers[n], n);
	arena_free(a);
}

/* ---- digest */

static void sha256_is_that_of_fips_180(void **state)
{
	const struct digest_part parts[] = { { "a", 1 }, { "", 0 }, { "bc", 2 } };
	unsigned char raw[DIGEST_SIZE];
	char hex[DIGEST_HEX_SIZE];

	(void)state;
	digest_sha256_hex("", 0, hex);
	assert_string_equal(hex,
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	digest_sha256_hex("abc", 3, hex);
	assert_string_equal(hex,
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	digest_sha256(parts, ARRAY_LEN(parts), raw);
	digest_hex(raw, sizeof(raw), hex);
	assert_string_equal(hex,
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

/* RFC 4231 §4.3 */
static void hmac_is_that_of_rfc_4231(void **state)
{
	static const char data[] = "what do ya want for nothing?";
	unsigned char raw[DIGEST_SIZE];
	char hex[DIGEST_HEX_SIZE];

	(void)state;
	digest_hmac_sha256("Jefe", 4, data, strlen(data), raw);
	digest_hex(raw, sizeof(raw), hex);
	assert_string_equal(hex,
		"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	digest_hmac_sha256_parts("Jefe", 4, (const struct digest_part[]){
		{ "what do ya want ", 16 }, { "", 0 }, { "for nothing?", 12 } }, 3, raw);
	digest_hex(raw, sizeof(raw), hex);
	assert_string_equal(hex,
		"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	raw[0] ^= 1;
	assert_false(digest_equal(raw, "[", 1));
	assert_true(digest_equal("same", "same", 4));
}

/* A key of 131 bytes: RFC 4231 §4.7. */
static void hmac_digests_a_long_key(void **state)
{
	static const char data[] = "Test Using Larger Than Block-Size Key - Hash Key First";
	unsigned char key[131], raw[DIGEST_SIZE];
	char hex[DIGEST_HEX_SIZE];

	(void)state;
	memset(key, 0xaa, sizeof(key));
	digest_hmac_sha256_parts(key, sizeof(key), &(struct digest_part){ data, strlen(data) }, 1,
		raw);
	digest_hex(raw, sizeof(raw), hex);
	assert_string_equal(hex,
		"60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void blocks_of_addresses(void **state)
{
	static const struct { const char *block, *in, *out; } cases[] = {
		{ "192.0.2.7", "192.0.2.7", "192.0.2.6" },
		{ "192.0.2.7/32", "192.0.2.7", "192.0.2.8" },
		{ "10.0.0.0/8", "10.255.0.1", "11.0.0.0" },
		{ "192.0.2.128/25", "192.0.2.200", "192.0.2.127" },
		{ "192.0.2.0/23", "192.0.3.255", "192.0.4.0" },
		{ "0.0.0.0/0", "203.0.113.9", "2001:db8::1" },
		{ "::/0", "2001:db8::1", "" },
		{ "2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::1" },
		{ "::1", "::1", "::2" },
		{ "::ffff:192.0.2.1", "192.0.2.1", "192.0.2.2" },
	};
	static const char *const bad[] = { "", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.1/8",
		"10.0.0.0/-1", "10.0.0.0/8/8", "10.0.0/8", "host", "2001:db8::/129", "2001:db8::1/32",
		" 10.0.0.1", "10.0.0.1 ", "[::1]" };
	struct netblock block;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		if (netblock_parse(cases[i].block, &block) < 0)
			fail_msg("%s is refused", cases[i].block);
		if (!netblock_has(&block, cases[i].in))
			fail_msg("%s has no %s", cases[i].block, cases[i].in);
		if (netblock_has(&block, cases[i].out))
			fail_msg("%s has %s", cases[i].block, cases[i].out);
	}
	for (i = 0; i < ARRAY_LEN(bad); i++)
		if (netblock_parse(bad[i], &block) == 0)
			fail_msg("\"%s\" is a block", bad[i]);
}

/* RFC 4648 §10 */
static void base64_is_that_of_rfc_4648(void **state)
{
	static const struct {
		const char *bytes, *text;
	} rows[] = {
		{ "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		size_t n = strlen(rows[i].bytes);
		unsigned char bytes[16];
		char text[16];

		digest_base64((const unsigned char *)rows[i].bytes, n, text);
		assert_string_equal(text, rows[i].text);
		assert_int_equal(digest_base64_decode(text, strlen(text), bytes, sizeof(bytes)),
			n);
		assert_memory_equal(bytes, rows[i].bytes, n);
	}
}

static void base64_is_strict(void **state)
{
	static const char *const bad[] = { "", "Z", "Zg", "Zg=", "Zg= ", " Zg=", "Zg==\n",
		"====", "Z===", "=Zg=", "Zg==Zg==", "Z=g=", "Zm=v", "Zm9v====", "Zm-_", "Zh==",
		"Zm9=", "Zm\xc3v" };
	unsigned char bytes[16];
	char *exact;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++)
		if (digest_base64_decode(bad[i], strlen(bad[i]), bytes, sizeof(bytes)) >= 0)
			fail_msg("accepted: \"%s\"", bad[i]);
	assert_int_equal(digest_base64_decode("Zm9vYmFy", 8, bytes, 5), -1);
	/* The text need not end with a NUL (a sanitizer looks on). */
	exact = malloc(4);
	assert_non_null(exact);
	memcpy(exact, "Zm9v", 4);
	assert_int_equal(digest_base64_decode(exact, 4, bytes, sizeof(bytes)), 3);
	free(exact);
}

/* ---- json */

static void bad_json_is_refused(void **state)
{
	static const char *const bad[] = { "", "{", "{\"a\":1,}", "{\"a\":1} x", "{'a':1}",
		"{\"a\":1,\"a\":2}", "{\"a\":\"\\u0000\"}", "{\"a\":\"\xff\"}", "nul", "1",
		"\"text\"", "{\"a\":99999999999999999999}", "{\"a\":NaN}" };
	struct error err;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		err.text[0] = '\0';
		if (json_read(bad[i], strlen(bad[i]), &err) != NULL)
			fail_msg("accepted: %s", bad[i]);
		assert_true(text_starts(err.text, "not valid JSON"));
	}
	assert_null(json_read("{\"a\":\"secret", 12, &err));
	assert_null(strstr(err.text, "secret"));
}

static void json_is_at_most_32_deep(void **state)
{
	struct error err;
	char text[66];
	json_t *value;

	(void)state;
	memset(text, '[', 33);
	memset(text + 33, ']', 33);
	value = json_read(text + 1, 64, &err);
	assert_non_null(value);
	json_decref(value);
	assert_null(json_read(text, 66, &err));
	assert_non_null(strstr(err.text, "deeper than 32"));
	/* Brackets within a string are no depth. */
	value = json_read("{\"a\":\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[\"}", 50, &err);
	assert_non_null(value);
	json_decref(value);
}

static void json_is_written_in_order_and_without_what_is_absent(void **state)
{
	json_t *object = json_object();
	char *text;

	(void)state;
	json_set_text(object, "z", "\xc3\xb6");
	json_set_text(object, "none", NULL);
	json_set_int(object, "n", INT64_MIN);
	json_set_bool(object, "b", 0);
	json_set_true(object, "t", 1);
	json_set_true(object, "f", 0);
	json_set_time(object, "at", 0);
	json_set_time(object, "never", TIME_NONE);
	text = json_text(object);
	assert_string_equal(text, "{\"z\":\"\xc3\xb6\",\"n\":-9223372036854775808,\"b\":false,"
		"\"t\":true,\"at\":\"1970-01-01T00:00:00Z\"}");
	free(text);
	json_decref(object);
}

static void members_are_read_by_type(void **state)
{
	static const char text[] = "{\"s\":\"x\",\"n\":1,\"b\":true,\"at\":\"2026-11-21T08:17:00Z\","
		"\"bad\":\"yesterday\",\"nil\":null}";
	struct error err;
	json_t *object = json_read(text, strlen(text), &err);
	const char *s = "kept";
	int64_t at = 5;
	int b = 7;

	(void)state;
	assert_non_null(object);
	assert_int_equal(json_get_text(object, "missing", &s, &err), 0);
	assert_int_equal(json_get_text(object, "nil", &s, &err), 0);
	assert_string_equal(s, "kept");
	assert_int_equal(json_get_text(object, "s", &s, &err), 0);
	assert_string_equal(s, "x");
	assert_int_equal(json_get_text(object, "n", &s, &err), -1);
	assert_string_equal(err.pointer, "/n");
	assert_int_equal(json_get_bool(object, "missing", &b, &err), 0);
	assert_int_equal(b, 7);
	assert_int_equal(json_get_bool(object, "b", &b, &err), 0);
	assert_int_equal(b, 1);
	assert_int_equal(json_get_bool(object, "s", &b, &err), -1);
	assert_int_equal(json_get_time(object, "missing", &at, &err), 0);
	assert_int_equal(at, 5);
	assert_int_equal(json_get_time(object, "at", &at, &err), 0);
	assert_int_equal(at, INT64_C(1795249020000));
	assert_int_equal(json_get_time(object, "bad", &at, &err), -1);
	assert_string_equal(err.pointer, "/bad");
	assert_int_equal(json_get_time(object, "n", &at, &err), -1);
	json_decref(object);
}

static void unknown_keys_are_named(void **state)
{
	static const char *const known[] = { "title", "entity", NULL };
	struct error err;
	json_t *object = json_pack("{s:s}", "title", "t");

	(void)state;
	assert_int_equal(json_check_keys(object, known, &err), 0);
	json_set_text(object, "titel", "t");
	assert_int_equal(json_check_keys(object, known, &err), -1);
	assert_string_equal(err.pointer, "/titel");
	assert_string_equal(err.text, "unknown key; did you mean \"title\"?");
	json_object_del(object, "titel");
	/* A key that is no plain word may be somebody's secret. */
	json_set_text(object, "Bearer x", "t");
	assert_int_equal(json_check_keys(object, known, &err), -1);
	assert_string_equal(err.pointer, "");
	assert_null(strstr(err.text, "Bearer"));
	json_decref(object);
}

/* ---- error */

static void an_error_keeps_its_place_and_text(void **state)
{
	char longer[2000];
	struct error err;

	(void)state;
	assert_int_equal(error_set(NULL, ERROR_IO, "nobody listens"), -1);
	assert_int_equal(error_prefix(NULL, "nobody listens"), -1);
	assert_int_equal(error_at(&err, "a.conf", 7, "bad %s", "key"), -1);
	assert_string_equal(err.file, "a.conf");
	assert_int_equal(err.line, 7);
	assert_int_equal(err.code, ERROR_INVALID);
	/* An argument may point into the error itself. */
	assert_int_equal(error_pointer(&err, "/aware_at", "%s: %s", err.file, err.text), -1);
	assert_string_equal(err.text, "a.conf: bad key");
	assert_string_equal(err.pointer, "/aware_at");
	assert_string_equal(err.file, "");
	error_prefix(&err, "reading %s", "x");
	assert_string_equal(err.text, "reading x: a.conf: bad key");
	assert_string_equal(err.pointer, "/aware_at");
	memset(longer, 'y', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	error_set(&err, ERROR_IO, "%s", longer);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	error_prefix(&err, "%s", longer);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_is_the_whole_text_and_in_range),
		cmocka_unit_test(texts_are_compared_and_copied),
		cmocka_unit_test(utf8_is_well_formed_or_not),
		cmocka_unit_test(a_cut_does_not_split_a_character),
		cmocka_unit_test(a_name_is_safe_in_a_url),
		cmocka_unit_test(a_slip_of_the_hand_finds_its_name),
		cmocka_unit_test(a_length_of_time_is_told_in_two_units),
		cmocka_unit_test(a_buffer_grows_to_its_ceiling_and_no_further),
		cmocka_unit_test(a_buffer_gives_up_its_first_bytes),
		cmocka_unit_test(draining_does_not_hide_an_overflow),
		cmocka_unit_test(an_arena_gives_zeroed_aligned_memory),
		cmocka_unit_test(an_arena_keeps_texts_and_growing_arrays),
		cmocka_unit_test(sha256_is_that_of_fips_180),
		cmocka_unit_test(hmac_is_that_of_rfc_4231),
		cmocka_unit_test(hmac_digests_a_long_key),
		cmocka_unit_test(blocks_of_addresses),
		cmocka_unit_test(base64_is_that_of_rfc_4648),
		cmocka_unit_test(base64_is_strict),
		cmocka_unit_test(bad_json_is_refused),
		cmocka_unit_test(json_is_at_most_32_deep),
		cmocka_unit_test(json_is_written_in_order_and_without_what_is_absent),
		cmocka_unit_test(members_are_read_by_type),
		cmocka_unit_test(unknown_keys_are_named),
		cmocka_unit_test(an_error_keeps_its_place_and_text),
	};

	return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
