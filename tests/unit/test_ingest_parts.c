/*
 * The parts around the scanner: bodies cut into documents, gzip with a ceiling,
 * and the times that senders write.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include "base/alloc.h"
#include "base/rfc3339.h"
#include "base/text.h"
#include "ingest/inflate.h"
#include "ingest/scan.h"
#include "ingest/split.h"
#include "ingest/stamp.h"

/* --- split --- */

enum { ITEMS_MAX = 20 };

/* Writes what it gets as one line: "good|good|!bad|". */
static ptrdiff_t note(void *arg, const char *item, size_t len, const struct error *bad,
	struct error *err)
{
	struct buf *out = arg;
	struct scan_value values[1];
	size_t used;

	if (bad != NULL) {
		assert_int_equal(bad->code, ERROR_INVALID);
		assert_true(bad->text[0] != '\0');
		assert_int_equal(buf_addf(out, "!%.*s|", (int)len, item), 0);
		return len >= 6 && memcmp(item, "nobody", 6) == 0 ?
			error_set(err, ERROR_BUSY, "stopped") : 0;
	}
	assert_int_equal(item[0], '{');
	if (scan(NULL, item, len, values, &used, err) < 0)
		return SPLIT_BROKEN;
	if (used == 10 && memcmp(item, "{\"stop\":1}", 10) == 0)
		return error_set(err, ERROR_BUSY, "stopped");
	assert_int_equal(buf_addf(out, "%.*s|", (int)used, item), 0);
	return (ptrdiff_t)used;
}

struct body {
	const char *body, *items, *why;		/* why NULL: 0 is returned */
};

typedef int split(const char *body, size_t len, split_fn *fn, void *arg,
	unsigned int max_items, struct error *err);

static void check_split(split *fn, const struct body *b)
{
	struct error err = { 0 };
	struct buf out;
	size_t len = strlen(b->body);
	char *copy = xmalloc(len + 1);
	int r;

	/* No byte behind the body, so that AddressSanitizer sees one too many. */
	memcpy(copy + 1, b->body, len);
	buf_init(&out, 0);
	r = fn(copy + 1, len, note, &out, ITEMS_MAX, &err);
	if (r != (b->why != NULL ? -1 : 0) || strcmp(out.data, b->items) != 0)
		fail_msg("%s: %d, %s (%s)", b->body, r, out.data, err.text);
	if (b->why != NULL && strstr(err.text, b->why) == NULL)
		fail_msg("%s: %s", b->body, err.text);
	buf_release(&out);
	free(copy);
}

static void test_split_good(void **state)
{
	static const struct body bodies[] = {
		{ "{}", "{}|", NULL }, { " \r\n{\"a\":[1,{}]} \n", "{\"a\":[1,{}]}|", NULL },
		{ "{\"a\":1}\n{\"a\":2}\n", "{\"a\":1}|{\"a\":2}|", NULL },
		{ "{\"a\":1}\r\n\r\n{\"a\":2}", "{\"a\":1}|{\"a\":2}|", NULL },
		{ "{}{} {}\t{}", "{}|{}|{}|{}|", NULL },
		{ "{\n  \"a\": 1\n}\n{\n  \"a\": 2\n}\n", "{\n  \"a\": 1\n}|{\n  \"a\": 2\n}|", NULL },
		{ "[]", "", NULL }, { " [ ] ", "", NULL }, { "[{}]", "{}|", NULL },
		{ "[{\"a\":\"]\"},\n {\"b\":[]} ] \n", "{\"a\":\"]\"}|{\"b\":[]}|", NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bodies); i++)
		check_split(split_body, &bodies[i]);
}

/* What is good in a body survives what is broken in it. */
static void test_split_partly_bad(void **state)
{
	static const struct body bodies[] = {
		{ "{\"a\":}", "!{\"a\":}|", NULL },
		{ "{\"a\":1}\n{\"a\":}\n{\"a\":3}\n", "{\"a\":1}|!{\"a\":}|{\"a\":3}|", NULL },
		{ "{\"a\":}\r\n{\"a\":3}", "!{\"a\":}|{\"a\":3}|", NULL },
		{ "{\"a\":1}\ngarbage\n{\"a\":3}", "{\"a\":1}|!garbage|{\"a\":3}|", NULL },
		{ "{\"a\":1}\n[1]\n{\"a\":3}", "{\"a\":1}|![1]|{\"a\":3}|", NULL },
		{ "{\"a\":1}]\n{\"a\":3}", "{\"a\":1}|!]|{\"a\":3}|", NULL },
		{ "{\"a\":[1,\n{\"a\":2}\n{\"a\":3}", "!{\"a\":[1,|{\"a\":2}|{\"a\":3}|", NULL },
		{ "{\"a\":1}\n{\"a\":2", "{\"a\":1}|!{\"a\":2|", NULL },
		/* after a broken one, several in a line and one over two lines */
		{ "{x\n{\"a\":1}{\"a\":2}\n{y}\n\n{\"a\":\n3}\n{}",
			"!{x|{\"a\":1}|{\"a\":2}|!{y}|{\"a\":\n3}|{}|", NULL },
		{ "{x\n{\"a\":[\n{}\n]}\n{}", "!{x|!{\"a\":[|{}|!]}|{}|", NULL },
		/* the objects inside a broken one are no documents */
		{ "{\n \"a\": [\n  {\"x\":1}\n ],\n}\n{\"b\":2}",
			"!{\n \"a\": [\n  {\"x\":1}\n ],\n}|{\"b\":2}|", NULL },
		{ "[{},1,\"x\",[{}],{}]", "{}|!1|!\"x\"|![{}]|{}|", NULL },
		{ "[{\"a\":1},{\"a\":},{\"a\":3}]", "{\"a\":1}|!{\"a\":},{\"a\":3}]|", NULL },
		{ "[{\"a\":1},]", "{\"a\":1}|!]|", NULL }, { "[{},,{}]", "{}|!,{}]|", NULL },
		{ "[{}{}]", "{}|!{}]|", NULL }, { "[{}", "{}|!|", NULL }, { "[{},", "{}|!|", NULL },
		{ "[", "!|", NULL }, { "[{}] x", "{}|!x|", NULL }, { "[{}]\n[{}]", "{}|![{}]|", NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bodies); i++)
		check_split(split_body, &bodies[i]);
}

static void test_split_refused(void **state)
{
	static const struct body bodies[] = {
		{ "", "", "empty" }, { " \n", "", "empty" }, { "x", "", "neither" },
		{ "\"a\"", "", "neither" }, { "12", "", "neither" }, { "a=1&b=2", "", "neither" },
		{ "\xef\xbb\xbf{}", "", "neither" }, { "\xff\xfe{", "", "neither" },
		{ "{}\n{\"stop\":1}\n{}", "{}|", "stopped" }, { "[{},{\"stop\":1},{}]", "{}|", "stopped" },
		{ "{}\nnobody\n{}", "{}|!nobody|", "stopped" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bodies); i++)
		check_split(split_body, &bodies[i]);
	check_split(split_array, &(struct body){ "{}", "", "not an array" });
	check_split(split_array, &(struct body){ "", "", "not an array" });
	check_split(split_array, &(struct body){ "[{},2,{}]", "{}|!2|{}|", NULL });
}

static char *repeated(const char *open, const char *item, unsigned int n, const char *close)
{
	struct buf b;

	buf_init(&b, 0);
	buf_adds(&b, open);
	while (n-- > 0)
		buf_addf(&b, "%s%s", item, n > 0 && close[0] != '\0' ? "," : "");
	buf_adds(&b, close);
	return buf_detach(&b, NULL);
}

static void test_split_limit(void **state)
{
	static const struct { const char *open, *item, *close; } kinds[] = {
		{ "[", "{}", "]" }, { "", "{}\n", "" }, { "", "{x\n", "" }, { "[", "1", "]" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(kinds); i++) {
		char *most = repeated(kinds[i].open, kinds[i].item, ITEMS_MAX, kinds[i].close);
		char *more = repeated(kinds[i].open, kinds[i].item, ITEMS_MAX + 1, kinds[i].close);
		struct error err = { 0 };
		struct buf out;

		buf_init(&out, 0);
		assert_int_equal(split_body(most, strlen(most), note, &out, ITEMS_MAX, &err), 0);
		assert_int_equal(split_body(more, strlen(more), note, &out, ITEMS_MAX, &err), -1);
		assert_int_equal(err.code, ERROR_TOO_LARGE);
		buf_release(&out);
		free(most);
		free(more);
	}
}

/* The rest that is no JSON is an item, too: never more than the limit in all. */
static void test_split_limit_counts_the_rest(void **state)
{
	static const char *const ends[] = { "x", "]x", "] {}", " {}]" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(ends); i++) {
		char *most = repeated("[", "1", ITEMS_MAX - 1, ends[i]);
		char *more = repeated("[", "1", ITEMS_MAX, ends[i]);
		struct error err = { 0 };
		struct buf out;

		buf_init(&out, 0);
		assert_int_equal(split_body(most, strlen(most), note, &out, ITEMS_MAX, &err), 0);
		buf_clear(&out);
		if (split_body(more, strlen(more), note, &out, ITEMS_MAX, &err) == 0)
			fail_msg("end %zu: %s", i, out.data);
		assert_int_equal(err.code, ERROR_TOO_LARGE);
		assert_int_equal(out.len, ITEMS_MAX * strlen("!1|"));
		buf_release(&out);
		free(most);
		free(more);
	}
}

/* --- gzip --- */

/* One member by zlib itself; bits 31: gzip, 15: zlib, -15: raw deflate. */
static size_t deflated(const char *text, size_t len, int bits, unsigned char *out, size_t size)
{
	z_stream z = { 0 };

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (Bytef *)(uintptr_t)text;
	z.avail_in = (uInt)len;
	z.next_out = out;
	z.avail_out = (uInt)size;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return size - z.avail_out;
}

static int inflate_exact(const unsigned char *data, size_t len, size_t max, struct buf *out,
	struct error *err)
{
	unsigned char *copy = xmalloc(len + 1);
	int r;

	memcpy(copy + 1, data, len);
	buf_clear(out);
	r = inflate_gzip(copy + 1, len, max, out, err);
	free(copy);
	return r;
}

static void test_gzip_members(void **state)
{
	static const char text[] = "{\"title\":\"Ransomware on billing\"}";
	unsigned char data[600];
	size_t one = deflated(text, strlen(text), 31, data, sizeof(data)), two, len;
	struct error err = { 0 };
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	assert_int_equal(inflate_exact(data, one, 1000, &out, &err), 0);
	assert_string_equal(out.data, text);
	two = one + deflated("", 0, 31, data + one, sizeof(data) - one);
	two += deflated(text, 9, 31, data + two, sizeof(data) - two);
	assert_int_equal(inflate_exact(data, two, 1000, &out, &err), 0);
	assert_int_equal(out.len, strlen(text) + 9);
	for (len = 0; len < one; len++) {
		assert_int_equal(inflate_exact(data, len, 1000, &out, &err), -1);
		assert_int_equal(err.code, ERROR_INVALID);
		assert_string_equal(err.text, "not valid gzip");
	}
	assert_int_equal(inflate_exact(data, two - 1, 1000, &out, &err), -1);
	buf_release(&out);
}

static void test_gzip_refused(void **state)
{
	static const char text[] = "{\"title\":\"Ransomware on billing\"}";
	static const char *const trailers[] = { "x", "\0", "\x1f", "\x1f\x8b", "\n" };
	unsigned char data[600];
	size_t one = deflated(text, strlen(text), 31, data, sizeof(data)), len, i;
	struct error err = { 0 };
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	for (i = 0; i < ARRAY_LEN(trailers); i++) {
		len = strlen(trailers[i]) > 0 ? strlen(trailers[i]) : 1;
		memcpy(data + one, trailers[i], len);
		if (inflate_exact(data, one + len, 1000, &out, &err) == 0)
			fail_msg("took trailer %zu", i);
		assert_string_equal(err.text, "not valid gzip");
	}
	data[one - 8] ^= 1;		/* the checksum */
	assert_int_equal(inflate_exact(data, one, 1000, &out, &err), -1);
	len = deflated(text, strlen(text), 15, data, sizeof(data));
	assert_int_equal(inflate_exact(data, len, 1000, &out, &err), -1);
	len = deflated(text, strlen(text), -15, data, sizeof(data));
	assert_int_equal(inflate_exact(data, len, 1000, &out, &err), -1);
	assert_int_equal(inflate_exact((const unsigned char *)text, strlen(text), 1000,
		&out, &err), -1);
	buf_release(&out);
}

/* The ceiling is met while inflating: the buffer never holds more. */
static void test_gzip_ceiling(void **state)
{
	static const size_t size = 1000000;
	char *text = xcalloc(1, size);
	unsigned char data[6000];
	size_t len = deflated(text, size, 31, data, sizeof(data));
	struct error err = { 0 };
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	assert_int_equal(inflate_exact(data, len, size, &out, &err), 0);
	assert_int_equal(out.len, size);
	assert_int_equal(inflate_exact(data, len, size - 1, &out, &err), -1);
	assert_int_equal(err.code, ERROR_TOO_LARGE);
	assert_int_equal(inflate_exact(data, len, 100000, &out, &err), -1);
	assert_int_equal(err.code, ERROR_TOO_LARGE);
	assert_true(out.len <= 100000);
	/* the sum of the members counts */
	memcpy(data + len, data, len);
	assert_int_equal(inflate_exact(data, 2 * len, 2 * size - 1, &out, &err), -1);
	assert_int_equal(err.code, ERROR_TOO_LARGE);
	buf_release(&out);
	buf_init(&out, 5000);		/* and so does the buffer's own ceiling */
	assert_int_equal(inflate_exact(data, len, size, &out, &err), -1);
	assert_int_equal(err.code, ERROR_TOO_LARGE);
	buf_release(&out);
	free(text);
}

/* --- times --- */

static void test_stamps(void **state)
{
	static const struct { const char *text, *at; } cases[] = {
		{ "2026-03-01T08:00:00Z", "2026-03-01T08:00:00Z" },
		{ "2026-03-01T08:00:00.123Z", "2026-03-01T08:00:00.123Z" },
		{ "2026-03-01T10:00:00.123456+02:00", "2026-03-01T08:00:00.123Z" },
		{ "2026-03-01T08:00:00.1234567Z", "2026-03-01T08:00:00.123Z" },
		{ "2026-03-01T08:00:00.123456789Z", "2026-03-01T08:00:00.123Z" },
		{ "2026-03-01T08:00:00.123+0000", "2026-03-01T08:00:00.123Z" },
		{ "2026-03-01T08:00:00.123456+0000", "2026-03-01T08:00:00.123Z" },
		{ "2026-03-01T08:00:00+0530", "2026-03-01T02:30:00Z" },
		{ "2026-03-01T08:00:00-0100", "2026-03-01T09:00:00Z" },
		{ "2026-03-01 08:00:00+00:00", "2026-03-01T08:00:00Z" },
		{ "1772352000", "2026-03-01T08:00:00Z" },
		{ "1772352000.123", "2026-03-01T08:00:00.123Z" },
		{ "1772352000.1239999", "2026-03-01T08:00:00.123Z" },
		{ "1772352000.5", "2026-03-01T08:00:00.500Z" },
		{ "1772352000123", "2026-03-01T08:00:00.123Z" },
		{ "1772352000123.999", "2026-03-01T08:00:00.123Z" },
		{ "1772352000123456", "2026-03-01T08:00:00.123Z" },
		{ "1772352000123456789", "2026-03-01T08:00:00.123Z" },
		{ "1", "1970-01-01T00:00:01Z" }, { "0.001", "1970-01-01T00:00:00.001Z" },
		{ "4133980799", "2100-12-31T23:59:59Z" },
		{ "99999999999999", NULL },	/* the last number of milliseconds: 5138 */
		{ "100000000000000", "1973-03-03T09:46:40Z" },	/* the first of microseconds */
		{ "100000000000", "1973-03-03T09:46:40Z" },	/* the first of milliseconds */
		{ "100000000000000000", "1973-03-03T09:46:40Z" },	/* the first of nanoseconds */
	};
	size_t i, n;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		char text[RFC3339_SIZE] = "refused";
		struct error err = { 0 };
		int64_t at;

		if (stamp_parse(cases[i].text, strlen(cases[i].text), false, &at, &err) == 0)
			rfc3339_format(at, text);
		if (strcmp(text, cases[i].at != NULL ? cases[i].at : "refused") != 0)
			fail_msg("%s: %s %s", cases[i].text, text, err.text);
		/* A JSON number means what the same digits mean in a string. */
		n = strspn(cases[i].text, "0123456789.");
		if (cases[i].text[n] == '\0' && cases[i].at != NULL) {
			assert_int_equal(stamp_parse(cases[i].text, n, true, &at, &err), 0);
			rfc3339_format(at, text);
			assert_string_equal(text, cases[i].at);
		}
	}
}

static void test_stamp_numbers(void **state)
{
	static const struct { const char *text; int r; int64_t at; } cases[] = {
		{ "1.772352e9", 0, 1772352000000 }, { "1.772352000123E+9", 0, 1772352000123 },
		{ "17723520001235e-4", 0, 1772352000123 }, { "1772352000123e-3", 0, 1772352000123 },
		{ "1.772352000123456789e18", 0, 1772352000123 }, { "1e999999999999", -1, 0 },
		{ "1e-999999999999", 0, 0 }, { "0", 1, 0 }, { "0.000", 1, 0 }, { "-0", 1, 0 },
		{ "-1", -1, 0 }, { "4133980800", -1, 0 }, { "99999999999999999999", -1, 0 },
		{ "1e", -1, 0 }, { "1e+", -1, 0 }, { "-", -1, 0 }, { "true", -1, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct error err = { 0 };
		int64_t at = 0;
		int r = stamp_parse(cases[i].text, strlen(cases[i].text), true, &at, &err);

		if (r != cases[i].r || at != cases[i].at)
			fail_msg("%s: %d %lld %s", cases[i].text, r, (long long)at, err.text);
	}
}

static void test_stamps_not_set(void **state)
{
	static const char *const texts[] = {
		"0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z", "0001-01-01T00:00:00+00:00",
		"0001-01-01T00:00:00.0000000Z", "", "0", "0.000",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(texts); i++) {
		int64_t at = 7;

		if (stamp_parse(texts[i], strlen(texts[i]), false, &at, NULL) != 1)
			fail_msg("%s is not taken for unset", texts[i]);
		assert_int_equal(at, 7);
	}
}

static void test_stamps_refused(void **state)
{
	static const struct { const char *text, *why; } cases[] = {
		{ "2026-03-01T08:00:00", "no offset" }, { "2026-03-01T08:00:00.123", "no offset" },
		{ "2026-03-01 08:00:00", "no offset" }, { "2026-03-01", "not a time" },
		{ "yesterday", "not a time" }, { "Mar 01 2026 08:00:00", "not a time" },
		{ "2026-02-30T08:00:00Z", "not a time" }, { "1969-12-31T23:59:59Z", "1970 to 2100" },
		{ "2026-03-01T08:00:00+000", "not an offset" },
		{ "2026-03-01T08:00:00+2460", "not an offset" },
		{ "2026-03-01T08:00:00.1234567890Z", "not a time" }, { ".", "seconds" },
		{ "1.2.3", "seconds" },
		{ "1772352000 ", "not a time" }, { "+0000", "not a time" },
		{ "2026-03-01T08:00:00Z                                             x", "longer" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		size_t len = strlen(cases[i].text);
		char *copy = xmalloc(len);
		struct error err = { 0 };
		int64_t at;

		memcpy(copy, cases[i].text, len);
		if (stamp_parse(copy, len, false, &at, &err) != -1)
			fail_msg("took %s", cases[i].text);
		if (strstr(err.text, cases[i].why) == NULL)
			fail_msg("%s: %s", cases[i].text, err.text);
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_split_good),
		cmocka_unit_test(test_split_partly_bad),
		cmocka_unit_test(test_split_refused),
		cmocka_unit_test(test_split_limit),
		cmocka_unit_test(test_split_limit_counts_the_rest),
		cmocka_unit_test(test_gzip_members),
		cmocka_unit_test(test_gzip_refused),
		cmocka_unit_test(test_gzip_ceiling),
		cmocka_unit_test(test_stamps),
		cmocka_unit_test(test_stamp_numbers),
		cmocka_unit_test(test_stamps_not_set),
		cmocka_unit_test(test_stamps_refused),
	};

	return cmocka_run_group_tests_name("ingest parts", tests, NULL, NULL);
}
