/*
 * Where the scanner finds the values of declared paths, in documents that mix
 * literal dotted keys and nested objects, and what text it makes of them. Every
 * document is scanned in a heap block of exactly its size, so that AddressSanitizer
 * sees one byte too many.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

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

static const char *type_name(enum scan_type type)
{
	static const char *const names[] = {
		"absent", "null", "false", "true", "number", "string", "object", "array",
	};

	return names[type];
}

struct match {
	const char *path, *document;
	enum scan_type type;
	const char *data;
};

static void check_match(const struct match *m)
{
	struct scan_paths *paths = paths_of(&m->path, 1);
	struct error err = { 0 };
	struct scan_value v;
	size_t used;
	char *copy;

	if (scan_exact(paths, m->document, strlen(m->document), &v, &copy, &used, &err) < 0)
		fail_msg("%s in %s: %s", m->path, m->document, err.text);
	if (v.type != m->type)
		fail_msg("%s in %s: %s", m->path, m->document, type_name(v.type));
	if (m->data != NULL && (v.len != strlen(m->data) || memcmp(v.data, m->data, v.len) != 0))
		fail_msg("%s in %s: %.*s", m->path, m->document, (int)v.len, v.data);
	free(copy);
	scan_paths_free(paths);
}

static void test_paths(void **state)
{
	static const struct match matches[] = {
		{ "a", "{\"a\":1}", SCAN_NUMBER, "1" },
		{ "a", "{ \"x\" : {} , \"a\" : true }", SCAN_TRUE, "true" },
		{ "a", "{\"a\":false}", SCAN_FALSE, "false" },
		{ "a", "{\"a\":null}", SCAN_NULL, "null" },
		{ "a", "{\"a\":\"\"}", SCAN_STRING, "" },
		{ "a", "{\"a\":\"x\\ny\"}", SCAN_STRING, "x\\ny" },
		{ "a", "{\"a\": {\"b\": [ ] } }", SCAN_OBJECT, "{\"b\": [ ] }" },
		{ "a", "{\"a\":[1, 2]}", SCAN_ARRAY, "[1, 2]" },
		{ "a", "{}", SCAN_ABSENT, NULL },
		{ "a", "[]", SCAN_ABSENT, NULL },
		{ "a", "7", SCAN_ABSENT, NULL },
		{ "a", "{\"A\":1,\"aa\":1,\"\":1,\" a\":1}", SCAN_ABSENT, NULL },
		{ "a", "{\"b\":{\"a\":1}}", SCAN_ABSENT, NULL },
		{ "a", "[{\"a\":1}]", SCAN_ABSENT, NULL },
		{ "a.b", "{\"a\":{\"b\":1}}", SCAN_NUMBER, "1" },
		{ "a.b", "{\"a\":{\"x\":{\"b\":1}},\"b\":2}", SCAN_ABSENT, NULL },
		{ "a.b", "{\"a\":1}", SCAN_ABSENT, NULL },
		{ "a.b", "{\"a.\":{\"b\":1},\".a.b\":2,\"a..b\":3}", SCAN_ABSENT, NULL },
		{ "a.b", "{\"a\":{\"\":{\"b\":1}}}", SCAN_ABSENT, NULL },
		{ "@timestamp", "{\"@timestamp\":\"x\"}", SCAN_STRING, "x" },
		{ "\xc3\xa9", "{\"\xc3\xa9\":1}", SCAN_NUMBER, "1" },
		/* 64 bits and more stay text */
		{ "flow", "{\"flow\":1772352000123456789012}", SCAN_NUMBER, "1772352000123456789012" },
		{ "n", "{\"n\":-1.50E+3}", SCAN_NUMBER, "-1.50E+3" },
		/* one-element arrays of a scalar */
		{ "a", "{\"a\":[ \"x\" ]}", SCAN_STRING, "x" },
		{ "a", "{\"a\":[null]}", SCAN_NULL, NULL },
		{ "a", "{\"a\":[\"x\",\"y\"]}", SCAN_ARRAY, "[\"x\",\"y\"]" },
		{ "a", "{\"a\":[]}", SCAN_ARRAY, "[]" },
		{ "a", "{\"a\":[{}]}", SCAN_ARRAY, "[{}]" },
		{ "a", "{\"a\":[[1]]}", SCAN_ARRAY, "[[1]]" },
		{ "a.b", "{\"a\":[{\"b\":1}]}", SCAN_ABSENT, NULL },
		/* indexes */
		{ "a[0]", "{\"a\":[1,2]}", SCAN_NUMBER, "1" },
		{ "a[1]", "{\"a\":[1,2]}", SCAN_NUMBER, "2" },
		{ "a[2]", "{\"a\":[1,2]}", SCAN_ABSENT, NULL },
		{ "a[0]", "{\"a\":1}", SCAN_ABSENT, NULL },
		{ "a[0]", "{\"a[0]\":1}", SCAN_ABSENT, NULL },
		{ "a[0]", "{\"a\":{\"0\":1}}", SCAN_ABSENT, NULL },
		{ "a[0]", "{\"a\":[[1],[2]]}", SCAN_NUMBER, "1" },
		{ "a[1][0]", "{\"a\":[[1],[2,3]]}", SCAN_NUMBER, "2" },
		{ "a[10].b", "{\"a\":[0,1,2,3,4,5,6,7,8,9,{\"b\":\"x\"}]}", SCAN_STRING, "x" },
		{ "list[0].uid", "{\"list\":[{\"uid\":\"u\"},{\"uid\":\"v\"}]}", SCAN_STRING, "u" },
		{ "a.b[0].c.d", "{\"a.b\":[{\"c.d\":1}]}", SCAN_NUMBER, "1" },
		{ "[0].a", "[{\"a\":1}]", SCAN_NUMBER, "1" },
		{ "[1]", "[1,2]", SCAN_NUMBER, "2" },
		/* keys that the sender wrote with escapes */
		{ "a.b", "{\"\\u0061\":{\"\\u0062\":1}}", SCAN_NUMBER, "1" },
		{ "a.b", "{\"a\\u002eb\":1}", SCAN_NUMBER, "1" },
		{ "x/y", "{\"x\\/y\":1}", SCAN_NUMBER, "1" },
		{ "\xf0\x9f\x98\x80", "{\"\\ud83d\\ude00\":1}", SCAN_NUMBER, "1" },
		{ "a\\u0062", "{\"ab\":1}", SCAN_ABSENT, NULL },
		{ "a", "{\"\\u0061\\u0061\":1}", SCAN_ABSENT, NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(matches); i++)
		check_match(&matches[i]);
}

/* The longest literal prefix wins in either order of the document. */
static void test_literal_before_nested(void **state)
{
	static const char *const forms[] = {	/* best first */
		"\"a.b.c\":1", "\"a.b\":{\"c\":2}", "\"a\":{\"b.c\":3,\"b\":{\"c\":4}}",
	};
	static const struct match matches[] = {
		{ "a.b.c", "{\"a\":{\"b\":{\"c\":4},\"b.c\":3}}", SCAN_NUMBER, "3" },
		{ "a.b.c", "{\"a\":{\"b\":{\"c\":4}}}", SCAN_NUMBER, "4" },
		/* a literal null is what the document says */
		{ "a.b", "{\"a\":{\"b\":1},\"a.b\":null}", SCAN_NULL, NULL },
		/* a literal prefix that leads nowhere does not hide the rest */
		{ "a.b.c", "{\"a.b\":{\"x\":1},\"a\":{\"b\":{\"c\":4}}}", SCAN_NUMBER, "4" },
		{ "a.b.c", "{\"a.b\":7,\"a\":{\"b.c\":3}}", SCAN_NUMBER, "3" },
		{ "a.b.c.d", "{\"a.b\":{\"c\":{\"d\":2}},\"a\":{\"b.c.d\":3}}", SCAN_NUMBER, "2" },
		{ "a.b.c.d", "{\"a\":{\"b.c.d\":3},\"a.b\":{\"c.d\":1,\"c\":{\"d\":2}}}",
			SCAN_NUMBER, "1" },
		{ "a.b[0].c.d", "{\"a\":{\"b\":[{\"c.d\":3}]},\"a.b\":[{\"c\":{\"d\":2}}]}",
			SCAN_NUMBER, "2" },
	};
	size_t i, j;

	(void)state;
	for (i = 0; i < ARRAY_LEN(forms); i++)
		for (j = 0; j < ARRAY_LEN(forms); j++) {
			const char best[] = { (char)('1' + (i < j ? i : j)), '\0' };
			char *document = i == j ? xasprintf("{%s}", forms[i]) :
				xasprintf("{%s,%s}", forms[i], forms[j]);

			check_match(&(struct match){ "a.b.c", document, SCAN_NUMBER, best });
			free(document);
		}
	for (i = 0; i < ARRAY_LEN(matches); i++)
		check_match(&matches[i]);
}

static void test_many_paths(void **state)
{
	static const char *const texts[] = {
		"rule", "rule.level", "rule.level", "rule.groups[1]", "agent.name", "missing",
	};
	static const char body[] = "{\"agent\":{\"id\":\"7\",\"name\":\"web\"},"
		"\"rule\":{\"groups\":[\"a\",\"b\"],\"level\":12}}";
	static const struct { enum scan_type type; const char *data; } expected[] = {
		{ SCAN_OBJECT, "{\"groups\":[\"a\",\"b\"],\"level\":12}" },
		{ SCAN_NUMBER, "12" }, { SCAN_NUMBER, "12" }, { SCAN_STRING, "b" },
		{ SCAN_STRING, "web" }, { SCAN_ABSENT, NULL },
	};
	struct scan_paths *paths = paths_of(texts, ARRAY_LEN(texts));
	struct scan_value values[ARRAY_LEN(texts)];
	size_t i, used;
	char *copy;

	(void)state;
	assert_int_equal(scan_exact(paths, body, strlen(body), values, &copy, &used, NULL), 0);
	assert_int_equal(used, strlen(body));
	for (i = 0; i < ARRAY_LEN(texts); i++) {
		assert_int_equal(values[i].type, expected[i].type);
		if (expected[i].data != NULL) {
			assert_int_equal(values[i].len, strlen(expected[i].data));
			assert_memory_equal(values[i].data, expected[i].data, values[i].len);
		}
	}
	free(copy);
	scan_paths_free(paths);
}

static void test_duplicates(void **state)
{
	static const struct { const char *path, *document; bool refused; } cases[] = {
		{ "a", "{\"a\":1,\"a\":1}", true },
		{ "a", "{\"a\":1,\"\\u0061\":2}", true },
		{ "a.b", "{\"a\":{\"b\":1},\"a\":{\"c\":1}}", true },
		{ "a.b", "{\"a\":{\"b\":1,\"b\":2}}", true },
		{ "a.b", "{\"a.b\":1,\"a.b\":2}", true },
		{ "a.b", "{\"a\":{\"b\":1},\"a.b\":2}", false },	/* two places */
		{ "a.b.c", "{\"a\":{\"b\":{\"c\":1},\"b.c\":2},\"a.b\":{\"c\":3}}", false },
		{ "a", "{\"b\":1,\"b\":2,\"a\":{\"a\":1,\"a\":2}}", false },
		{ "a[0].b", "{\"a\":[{\"b\":1},{\"b\":2,\"b\":3}]}", false },
		{ "a[0].b", "{\"a\":[{\"b\":1,\"b\":2}]}", true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct scan_paths *paths = paths_of(&cases[i].path, 1);
		struct error err = { 0 };
		struct scan_value v;
		size_t used;
		char *copy;
		int r = scan_exact(paths, cases[i].document, strlen(cases[i].document), &v, &copy,
			&used, &err);

		if ((r < 0) != cases[i].refused)
			fail_msg("%s in %s: %s", cases[i].path, cases[i].document, err.text);
		free(copy);
		scan_paths_free(paths);
	}
}

static void test_malformed_paths(void **state)
{
	static const struct { const char *path, *why; } bad[] = {
		{ "", "it is empty" }, { ".", "a segment is empty" }, { ".a", "a segment is empty" },
		{ "a.", "a segment is empty" }, { "a..b", "a segment is empty" },
		{ "a.[0]", "a segment is empty" }, { "a[", "index" }, { "a[]", "index" },
		{ "a[x]", "index" }, { "a[-1]", "index" }, { "a[0", "index" }, { "a[00]", "zeros" },
		{ "a[10000]", "index" }, { "a[99999999999]", "index" }, { "a[0]b", "may follow an index" },
		{ "a]", "bracket" }, { "a[0].", "a segment is empty" }, { "a\n", "control" },
		{ "\xff", "UTF-8" }, { "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q", "16 segments" },
	};
	static const char *const good[] = { "a[9999]", "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p", "a b" };
	char path[300];
	const char *long_path = path;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		struct error err = { 0 };

		if (scan_paths_new(&bad[i].path, 1, &err) != NULL)
			fail_msg("took path %s", bad[i].path);
		if (strstr(err.text, bad[i].why) == NULL)
			fail_msg("path %s: %s", bad[i].path, err.text);
	}
	for (i = 0; i < ARRAY_LEN(good); i++)
		scan_paths_free(paths_of(&good[i], 1));
	memset(path, 'x', sizeof(path));
	path[255] = '\0';
	scan_paths_free(paths_of(&long_path, 1));
	path[255] = 'x';
	path[256] = '\0';
	assert_null(scan_paths_new(&long_path, 1, NULL));
}

static void test_limits_of_paths(void **state)
{
	const char *texts[SCAN_PATHS_MAX + 1];
	struct scan_value values[SCAN_PATHS_MAX];
	struct scan_paths *paths;
	struct error err = { 0 };
	size_t i, used;

	(void)state;
	for (i = 0; i <= SCAN_PATHS_MAX; i++)
		texts[i] = xasprintf("k%zu.a.b", i);
	assert_null(scan_paths_new(texts, SCAN_PATHS_MAX + 1, &err));
	assert_non_null(strstr(err.text, "more than 64 paths"));
	paths = paths_of(texts, SCAN_PATHS_MAX);
	for (i = 0; i < SCAN_PATHS_MAX; i++) {
		char *body = xasprintf("{\"k%zu\":{\"a.b\":%zu}}", i, i);
		char *number = xasprintf("%zu", i);

		assert_int_equal(scan(paths, body, strlen(body), values, &used, NULL), 0);
		assert_int_equal(values[i].type, SCAN_NUMBER);
		assert_int_equal(values[i].len, strlen(number));
		assert_memory_equal(values[i].data, number, strlen(number));
		assert_int_equal(values[(i + 1) % SCAN_PATHS_MAX].type, SCAN_ABSENT);
		free(body);
		free(number);
	}
	scan_paths_free(paths);
	for (i = 0; i <= SCAN_PATHS_MAX; i++)
		free((char *)(uintptr_t)texts[i]);
	/* 64 paths of 5 segments that share none are more than the tree holds. */
	for (i = 0; i < SCAN_PATHS_MAX; i++)
		texts[i] = xasprintf("k%zu.a.b.c.d", i);
	assert_null(scan_paths_new(texts, SCAN_PATHS_MAX, &err));
	assert_non_null(strstr(err.text, "255 segments"));
	for (i = 0; i < SCAN_PATHS_MAX; i++)
		free((char *)(uintptr_t)texts[i]);
	/* No path at all is a validation. */
	paths = paths_of(NULL, 0);
	assert_int_equal(scan(paths, "[1]", 3, NULL, &used, NULL), 0);
	scan_paths_free(paths);
	scan_paths_free(NULL);
}

/* --- values --- */

static void test_text(void **state)
{
	static const struct { const char *json; size_t max; const char *text; } cases[] = {
		{ "12", 9, "12" }, { "1772352000123456789", 99, "1772352000123456789" },
		{ "true", 9, "true" }, { "false", 9, "false" }, { "null", 9, NULL },
		{ "{}", 9, NULL }, { "[1,2]", 9, NULL }, { "\"\"", 9, "" }, { "\"abc\"", 9, "abc" },
		{ "\"abc\"", 3, "abc" }, { "\"abc\"", 2, "ab" }, { "\"abc\"", 0, "" }, { "123", 2, "12" },
		{ "\"a\xc3\xa9\"", 3, "a\xc3\xa9" }, { "\"a\xc3\xa9\"", 2, "a" },
		{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", 99, "\"\\/\b\f\n\r\t" },
		{ "\"\\u0041\\u00E9\\u20ac\"", 99, "A\xc3\xa9\xe2\x82\xac" },
		{ "\"\\ud83d\\ude00\"", 99, "\xf0\x9f\x98\x80" },
		{ "\"\\ud83d\\ude00\"", 4, "\xf0\x9f\x98\x80" },
		{ "\"\\uDBFF\\uDFFF\"", 99, "\xf4\x8f\xbf\xbf" },
		{ "\"\\ud83d\\ude00\"", 3, "" }, { "\"x\\u20acy\"", 3, "x" },
		{ "\"\\n\xe2\x82\xac\xe2\x82\xac\"", 6, "\n\xe2\x82\xac" },
		{ "\"http:\\/\\/h\\u003fa=1\\u0026b=2\"", 99, "http://h?a=1&b=2" },
		{ "[\"one\"]", 9, "one" },
	};
	static const char *const path = "v";
	struct scan_paths *paths = paths_of(&path, 1);
	struct arena *arena = arena_new();
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		char *body = xasprintf("{\"v\":%s}", cases[i].json), *copy;
		struct scan_value v;
		const char *text;
		size_t used;

		assert_int_equal(scan_exact(paths, body, strlen(body), &v, &copy, &used, NULL), 0);
		text = scan_text(&v, cases[i].max, arena);
		if (!text_equal(text, cases[i].text))
			fail_msg("%s to %zu: %s", cases[i].json, cases[i].max, text);
		free(body);
		free(copy);
	}
	assert_null(scan_text(&(struct scan_value){ .type = SCAN_ABSENT }, 9, arena));
	arena_free(arena);
	scan_paths_free(paths);
}

static int join(void *arg, const char *element, size_t len)
{
	char *out = arg;

	strncat(out, element, len);
	strcat(out, "|");
	return strncmp(element, "stop", 4) == 0 || strncmp(element, "\"stop\"", 6) == 0 ? -1 : 0;
}

static void test_elements(void **state)
{
	static const struct { const char *array, *joined; int r; } cases[] = {
		{ "[]", "", 0 }, { " [ ] ", "", 0 }, { "[1]", "1|", 0 },
		{ " [ 1 , {\"a\":[1,2]} ,\"x,]\", [] ] ", "1|{\"a\":[1,2]}|\"x,]\"|[]|", 0 },
		{ "[1,\"stop\",2]", "1|\"stop\"|", -1 },
		{ "[1,]", "1|", -1 }, { "[1", "1|", -1 }, { "[1 2]", "1|", -1 }, { "[", "", -1 },
		{ "{}", "", -1 }, { "1", "", -1 }, { "", "", -1 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		size_t len = strlen(cases[i].array);
		char joined[100] = "", *copy = xmalloc(len + 1);

		memcpy(copy + 1, cases[i].array, len);
		assert_int_equal(scan_elements(copy + 1, len, join, joined, NULL), cases[i].r);
		assert_string_equal(joined, cases[i].joined);
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_literal_before_nested),
		cmocka_unit_test(test_many_paths),
		cmocka_unit_test(test_duplicates),
		cmocka_unit_test(test_malformed_paths),
		cmocka_unit_test(test_limits_of_paths),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_elements),
	};

	return cmocka_run_group_tests_name("scan paths", tests, NULL, NULL);
}
