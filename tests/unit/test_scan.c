/*
 * The scanner of alert bodies: what it takes for JSON (RFC 8259, with the
 * choices of scan.h). Every document is scanned in a heap block of exactly its
 * size, so that AddressSanitizer sees one byte too many.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/alloc.h"
#include "base/text.h"
#include "ingest/scan.h"

static struct scan_paths *paths_of(const char *const *texts, size_t n)
{
	struct error err = { 0 };
	struct scan_paths *paths = scan_paths_new(texts, n, &err);

	if (paths == NULL)
		fail_msg("paths refused: %s", err.text);
	return paths;
}

/* Scans a copy without a byte to spare and gives it to the caller to free. */
static int scan_exact(const struct scan_paths *paths, const char *text, size_t len,
	struct scan_value *values, char **ret_copy, size_t *ret_used, struct error *err)
{
	char *copy = xmalloc(len > 0 ? len : 1);

	memcpy(copy, text, len);
	*ret_copy = copy;
	return scan(paths, copy + (len > 0 ? 0 : 1), len, values, ret_used, err);
}

/* A whole document: nothing but white space may follow. */
static bool accepts(const char *text, size_t len, struct error *err)
{
	size_t used = 0;
	char *copy;
	bool ok = scan_exact(NULL, text, len, NULL, &copy, &used, err) == 0;

	assert_true(used <= len);
	for (; ok && used < len; used++)
		ok = strchr(" \t\r\n", copy[used]) != NULL && copy[used] != '\0';
	free(copy);
	return ok;
}

struct sample {
	const char *text;
	size_t len;		/* 0: to the NUL */
};
#define BYTES(s) { s, sizeof(s) - 1 }

static size_t sample_len(const struct sample *s)
{
	return s->len > 0 ? s->len : strlen(s->text);
}

static void test_valid(void **state)
{
	static const struct sample valid[] = {
		{ "{}", 0 }, { "[]", 0 }, { "[[]]", 0 }, { "[{}]", 0 }, { "{\"\":0}", 0 },
		{ " \t\r\n[ ] \t\r\n", 0 }, { " { \"a\" : 1 , \"b\" : [ 1 , 2 ] } ", 0 },
		{ "null", 0 }, { "true", 0 }, { "false", 0 }, { "\"\"", 0 }, { "0", 0 },
		{ "[-0]", 0 }, { "[0.0]", 0 }, { "[-0.5e-10]", 0 }, { "[1E+2]", 0 },
		{ "[0e1]", 0 }, { "[1e0001]", 0 }, { "[1e9999]", 0 },
		{ "[123456789012345678901234567890]", 0 },
		{ "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]", 0 }, { "[\"\\u0001\\uFFFF\\u00e9\"]", 0 },
		{ "[\"\\ud83d\\ude00\"]", 0 }, { "[\"\\uDBFF\\uDFFF\"]", 0 },
		{ "[\"\x7f\"]", 0 }, { "[\"\xc2\x80\xdf\xbf\"]", 0 },
		{ "[\"\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\"]", 0 },
		{ "[\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"]", 0 },
		{ "{\"a\":1,\"a\":2}", 0 },	/* no path asks for it */
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(valid); i++) {
		struct error err = { 0 };

		if (!accepts(valid[i].text, sample_len(&valid[i]), &err))
			fail_msg("refused %s: %s", valid[i].text, err.text);
	}
}

static void test_invalid(void **state)
{
	static const struct sample invalid[] = {
		{ " ", 0 }, { "{", 0 }, { "[", 0 }, { "}", 0 }, { "]", 0 }, { "[}", 0 },
		{ "{]", 0 }, { "[1,]", 0 }, { "[,1]", 0 }, { "[1,,2]", 0 }, { "[1 2]", 0 },
		{ "[1", 0 }, { "[1,", 0 }, { "[]]", 0 }, { "{}}", 0 }, { "{} x", 0 },
		{ "{\"a\"}", 0 }, { "{\"a\":}", 0 }, { "{\"a\":1,}", 0 }, { "{,\"a\":1}", 0 },
		{ "{\"a\" 1}", 0 }, { "{\"a\":1 \"b\":2}", 0 }, { "{a:1}", 0 }, { "{'a':1}", 0 },
		{ "{1:1}", 0 }, { "{\"a\"::1}", 0 }, { "{\"a\",1}", 0 }, { "[\"a\":1]", 0 },
		{ "[01]", 0 }, { "[-01]", 0 }, { "[-]", 0 }, { "[+1]", 0 }, { "[.5]", 0 },
		{ "[1.]", 0 }, { "[1.e1]", 0 }, { "[1e]", 0 }, { "[1e+]", 0 }, { "[0x1]", 0 },
		{ "[1.2.3]", 0 }, { "[1e2e3]", 0 }, { "[- 1]", 0 }, { "[NaN]", 0 }, { "[nan]", 0 },
		{ "[Infinity]", 0 }, { "[-Infinity]", 0 }, { "[1a]", 0 }, { "[\xef\xbc\x91]", 0 },
		{ "[tru]", 0 }, { "[True]", 0 }, { "[nul]", 0 }, { "[truee]", 0 }, { "[fals", 0 },
		{ "[\"", 0 }, { "[\"a", 0 }, { "[\"a]", 0 }, { "['a']", 0 }, { "[\"\\", 0 },
		{ "[\"\\\"]", 0 }, { "[\"\\x41\"]", 0 }, { "[\"\\a\"]", 0 }, { "[\"\\U0041\"]", 0 },
		{ "[\"\\u\"]", 0 }, { "[\"\\u00\"]", 0 }, { "[\"\\u00g0\"]", 0 }, { "[\"\\u004", 0 },
		{ "[\"\\u0000\"]", 0 }, { "{\"\\u0000\":1}", 0 }, { "[\"\\ud83d\"]", 0 },
		{ "[\"\\ude00\"]", 0 }, { "[\"\\ud83dx\"]", 0 }, { "[\"\\ud83d\\n\"]", 0 },
		{ "[\"\\ud83d\\ud83d\"]", 0 }, { "[\"\\ud83d\\u0041\"]", 0 }, { "[\"\\ud83d\\ude0", 0 },
		{ "[\"\n\"]", 0 }, { "[\"\t\"]", 0 }, { "[\"\x1f\"]", 0 }, BYTES("[\"a\0b\"]"),
		BYTES("[1]\0"), BYTES("\0"), { "[1\f]", 0 }, { "[1\xc2\xa0]", 0 }, { "[\v1]", 0 },
		{ "[\"\x80\"]", 0 }, { "[\"\xc0\xaf\"]", 0 }, { "[\"\xc1\xbf\"]", 0 },
		{ "[\"\xc3\"]", 0 }, { "[\"\xe0\x9f\xbf\"]", 0 }, { "[\"\xed\xa0\x80\"]", 0 },
		{ "[\"\xe2\x82\"]", 0 }, { "[\"\xf0\x8f\xbf\xbf\"]", 0 },
		{ "[\"\xf4\x90\x80\x80\"]", 0 }, { "[\"\xf5\x80\x80\x80\"]", 0 }, { "[\"\xff\"]", 0 },
		{ "{\"\xe9\":1}", 0 }, { "[\"12345678\xe9 12345678\"]", 0 },
		{ "\xef\xbb\xbf{}", 0 }, { "// c\n[]", 0 }, { "[1]/**/", 0 }, { "[1]#", 0 },
		{ "[1;2]", 0 }, { "(1)", 0 }, { "abc", 0 }, { "\"a\" \"b\"", 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(invalid); i++)
		if (accepts(invalid[i].text, sample_len(&invalid[i]), NULL))
			fail_msg("accepted sample %zu: %s", i, invalid[i].text);
	assert_false(accepts("", 0, NULL));
}

/* Each stop of a string at each offset within the words it is read in. */
static void test_string_offsets(void **state)
{
	static const char *const stops[] = {
		"\"", "\\n\"", "\\u00e9\"", "\xc3\xa9\"", "\x01\"", "\x80\"",
	};
	size_t i, fill;

	(void)state;
	for (i = 0; i < ARRAY_LEN(stops); i++)
		for (fill = 0; fill < 40; fill++) {
			char text[64] = "\"";

			memset(text + 1, 'x', fill);
			strcat(text, stops[i]);
			assert_int_equal(accepts(text, strlen(text), NULL), i < 4);
			assert_false(accepts(text, strlen(text) - 1, NULL));
		}
}

static char *nested(int depth, const char *open, const char *close)
{
	char *text = xcalloc(1, (size_t)depth * (strlen(open) + strlen(close)) + 2);
	int i;

	for (i = 0; i < depth; i++)
		strcat(text, open);
	strcat(text, "1");
	for (i = 0; i < depth; i++)
		strcat(text, close);
	return text;
}

static void test_depth(void **state)
{
	static const struct { const char *open, *close; } kinds[] = {
		{ "[", "]" }, { "{\"a\":", "}" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(kinds); i++) {
		char *deepest = nested(SCAN_DEPTH_MAX, kinds[i].open, kinds[i].close);
		char *deeper = nested(SCAN_DEPTH_MAX + 1, kinds[i].open, kinds[i].close);
		struct error err = { 0 };

		assert_true(accepts(deepest, strlen(deepest), NULL));
		assert_false(accepts(deeper, strlen(deeper), &err));
		assert_non_null(strstr(err.text, "deeper than 64"));
		free(deepest);
		free(deeper);
	}
}

static void test_error_names_place_not_content(void **state)
{
	static const struct { const char *text, *at; } cases[] = {
		{ "{\"secret\":01}", "at byte 11" }, { "{\"secret\"", "at byte 9" },
		{ "[\"secret\\q\"]", "at byte 8" }, { "  [tru]", "at byte 3" },
		{ "[\"secret\xff\"]", "at byte 2" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct error err = { 0 };

		assert_false(accepts(cases[i].text, strlen(cases[i].text), &err));
		assert_int_equal(err.code, ERROR_INVALID);
		if (strstr(err.text, cases[i].at) == NULL || strstr(err.text, "secret") != NULL)
			fail_msg("%s: %s", cases[i].text, err.text);
	}
}

static void test_used(void **state)
{
	static const struct { const char *text; size_t used; } cases[] = {
		{ "{} {}", 2 }, { "  {}\n{}", 4 }, { "{}{}", 2 }, { "{}garbage", 2 }, { "[1],", 3 },
		{ "\"a\" ", 3 }, { "12 ", 2 },
	};
	size_t i, used = 0;
	char *copy;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(scan_exact(NULL, cases[i].text, strlen(cases[i].text), NULL, &copy,
			&used, NULL), 0);
		assert_int_equal(used, cases[i].used);
		free(copy);
	}
}

/* --- whatever comes --- */

static const char sample[] =
	"{\"timestamp\":\"2026-03-01T08:00:00.123+0000\",\"rule\":{\"level\":12,\"description\":"
	"\"Zugang \xc3\xbc" "ber \\u00e9\\ud83d\\ude00\\n\",\"groups\":[\"syslog\",\"sshd\"],"
	"\"mitre\":{\"id\":[\"T1110\"]}},\"agent\":{\"id\":\"001\",\"ip\":null},\"x\":[true,false,"
	"-0.5e+10,[],{}],\"host.name\":\"web\",\"host\":{\"name\":\"other\"},\"id\":\"1731.42\"}";

static const char *const sample_paths[] = {
	"timestamp", "rule.level", "rule.description", "rule.groups[1]", "rule.mitre.id",
	"agent.id", "x[2]", "x[3]", "host.name", "id", "data.srcip",
};

static void test_truncations(void **state)
{
	struct scan_paths *paths = paths_of(sample_paths, ARRAY_LEN(sample_paths));
	struct scan_value values[ARRAY_LEN(sample_paths)];
	size_t len, used;
	char *copy;

	(void)state;
	for (len = 0; len < sizeof(sample) - 1; len++) {
		struct error err = { 0 };

		if (scan_exact(paths, sample, len, values, &copy, &used, &err) == 0)
			fail_msg("accepted the first %zu bytes", len);
		assert_true(err.text[0] != '\0');
		free(copy);
	}
	assert_int_equal(scan_exact(paths, sample, len, values, &copy, &used, NULL), 0);
	assert_int_equal(used, len);
	assert_memory_equal(values[8].data, "web", 3);
	free(copy);
	scan_paths_free(paths);
}

static uint32_t dice(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33);
}

static size_t mutate(uint64_t *seed, char *text, size_t len)
{
	static const char bytes[] = "{}[]\",:\\u0123456789abcdefDd8E+-. \t\n\x01\x7f"
		"\x80\xc3\xa9\xed\xa0\xf4\xff";
	unsigned int times = 1 + dice(seed) % 3;

	while (times-- > 0) {
		size_t at = dice(seed) % len, n = 1 + dice(seed) % 4;

		switch (dice(seed) % 4) {
		case 0:
		case 1:
			text[at] = bytes[dice(seed) % (sizeof(bytes) - 1)];
			break;
		case 2:		/* cut out */
			if (at + n < len) {
				memmove(text + at, text + at + n, len - at - n);
				len -= n;
			}
			break;
		default:	/* exchange */
			if (at + 1 < len) {
				char c = text[at];

				text[at] = text[at + 1];
				text[at + 1] = c;
			}
			break;
		}
	}
	return len;
}

/*
 * jansson is the judge for objects and arrays. Known differences: it refuses
 * numbers that do not fit a double or a 64-bit integer (we keep them as text), it
 * goes deeper than we do, and it passes over a NUL byte behind a value (we refuse
 * it). The mutations make the first only, and jansson's code for it tells.
 */
static void test_agrees_with_jansson(void **state)
{
	struct scan_paths *paths = paths_of(sample_paths, ARRAY_LEN(sample_paths));
	unsigned int accepted = 0, refused = 0, i;
	uint64_t seed = 20261121;

	(void)state;
	for (i = 0; i < 6000; i++) {
		char text[sizeof(sample)];
		struct scan_value values[ARRAY_LEN(sample_paths)];
		size_t len, used;
		char *copy;
		json_error_t where;
		json_t *tree;
		bool ours;

		memcpy(text, sample, sizeof(sample));
		len = mutate(&seed, text, sizeof(sample) - 1);
		ours = accepts(text, len, NULL) && (text[0] == '{' || text[0] == '[');
		tree = json_loadb(text, len, 0, &where);
		if (ours != (tree != NULL) &&
			json_error_code(&where) != json_error_numeric_overflow)
			fail_msg("mutation %u: we say %d, jansson: %s: %.*s", i, ours, where.text,
				(int)len, text);
		/* The same with paths, which may refuse duplicates as well. */
		if (scan_exact(paths, text, len, values, &copy, &used, NULL) == 0 && !ours)
			assert_true(used < len);
		free(copy);
		json_decref(tree);
		if (ours)
			accepted++;
		else
			refused++;
	}
	assert_true(accepted > 500 && refused > 500);
	scan_paths_free(paths);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_valid),
		cmocka_unit_test(test_invalid),
		cmocka_unit_test(test_string_offsets),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_error_names_place_not_content),
		cmocka_unit_test(test_used),
		cmocka_unit_test(test_truncations),
		cmocka_unit_test(test_agrees_with_jansson),
	};

	return cmocka_run_group_tests_name("scan", tests, NULL, NULL);
}
