/*
 * CEF and LEEF: what is a record and what is not, and times in the forms that go with
 * them. A path of each case asks for one field.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rfc3339.h"
#include "base/text.h"
#include "core/zone.h"
#include "ingest/line.h"
#include "ingest/stamp.h"

#define HEAD "CEF:0|V|P|1|id|Name|5|"
#define LEEF "LEEF:1.0|V|P|1|ev|"
#define LEEF2 "LEEF:2.0|V|P|1|ev|"

static const struct {
	enum syntax syntax;
	const char *line, *path;
	const char *value;	/* NULL: the record is read and has no such field */
} fields[] = {
	{ SYNTAX_CEF, HEAD, "cef.vendor", "V" },
	{ SYNTAX_CEF, HEAD, "cef.event", "id" },
	{ SYNTAX_CEF, HEAD, "cef.severity", "5" },
	{ SYNTAX_CEF, HEAD, "msg", NULL },
	{ SYNTAX_CEF, "CEF:0|V|P|1|id|Name|5", "cef.severity", "5" },
	{ SYNTAX_CEF, "<13>Mar  1 08:00:00 h CEF:0|V|P|1|id|N|5|a=b", "a", "b" },
	{ SYNTAX_CEF, "CEF: no, CEF:0|V|P|1|id|N|5|a=b", "a", "b" },
	{ SYNTAX_CEF, "CEF:1.2|V|P|1|id|N|5|a=b", "cef.format", "1.2" },
	{ SYNTAX_CEF, "CEF:0|a\\|b|c\\\\|1|id|N|5|", "cef.vendor", "a|b" },
	{ SYNTAX_CEF, "CEF:0|a\\|b|c\\\\|1|id|N|5|", "cef.product", "c\\" },
	{ SYNTAX_CEF, HEAD "msg=two words src=1.2.3.4", "msg", "two words" },
	{ SYNTAX_CEF, HEAD "msg=two words src=1.2.3.4", "src", "1.2.3.4" },
	{ SYNTAX_CEF, HEAD "msg=a\\=b c\\=d e=f", "msg", "a=b c=d" },
	{ SYNTAX_CEF, HEAD "msg=a \\= b e=f", "e", "f" },
	{ SYNTAX_CEF, HEAD "msg=one\\ntwo\\rthree", "msg", "one\ntwo\nthree" },
	{ SYNTAX_CEF, HEAD "msg=C:\\\\dir\\new x=1", "msg", "C:\\dir\new" },
	{ SYNTAX_CEF, HEAD "msg=end\\", "msg", "end\\" },
	{ SYNTAX_CEF, HEAD "msg=  spaced   x=1", "msg", "  spaced" },
	{ SYNTAX_CEF, HEAD "msg= x=1", "msg", "" },
	{ SYNTAX_CEF, HEAD "msg=is | here", "msg", "is | here" },
	{ SYNTAX_CEF, HEAD "cs1Label=Rule cs1=R 7", "cs1", "R 7" },
	{ SYNTAX_CEF, HEAD "ad.field_1[0]=x a.b=y", "a.b", "y" },
	{ SYNTAX_CEF, HEAD "a=1 a=2", "a", "1" },
	{ SYNTAX_CEF, HEAD "cef.name=forged", "cef.name", "Name" },
	{ SYNTAX_CEF, HEAD "msg=caf\xe9", "msg", "caf?" },
	{ SYNTAX_CEF, HEAD "msg=caf\xc3\xa9", "msg", "caf\xc3\xa9" },
	{ SYNTAX_LEEF, LEEF "a=1\tb=two words", "b", "two words" },
	{ SYNTAX_LEEF, LEEF "a=1\t\tb=2", "b", "2" },
	{ SYNTAX_LEEF, LEEF "a=x=y", "a", "x=y" },
	{ SYNTAX_LEEF, LEEF "a=x\\ny", "a", "x\\ny" },
	{ SYNTAX_LEEF, LEEF, "leef.event", "ev" },
	{ SYNTAX_LEEF, "LEEF:1.0|V|P|1|ev", "leef.event", "ev" },
	{ SYNTAX_LEEF, LEEF2 "^|a=1^b=2", "b", "2" },
	{ SYNTAX_LEEF, LEEF2 "x09|a=1\tb=2", "b", "2" },
	{ SYNTAX_LEEF, LEEF2 "0x5E|a=1^b=2", "b", "2" },
	{ SYNTAX_LEEF, LEEF2 "|a=1\tb=2", "b", "2" },
	{ SYNTAX_LEEF, LEEF2 "||a=1|b=2", "b", "2" },
	{ SYNTAX_LEEF, LEEF "leef.event=forged", "leef.event", "ev" },
	{ SYNTAX_LEEF, LEEF2 "a=1\tb=x|y", "b", "x|y" },
	{ SYNTAX_LEEF, LEEF2 "a=x|y\tb=2", "a", "x|y" },
};

static int scan_one(enum syntax syntax, const char *line, const char *path,
	struct arena *arena, const char **ret, struct error *err)
{
	struct scan_paths *paths = scan_paths_new(&path, 1, err);
	char *copy = malloc(strlen(line) + 1);	/* of its own, for ASan */
	struct scan_value value;
	size_t start;
	int rc;

	memcpy(copy, line, strlen(line));
	rc = line_scan(syntax, paths, copy, strlen(line), arena, &value, &start, err);
	if (rc == 0)
		*ret = scan_text(&value, 1000, arena);
	scan_paths_free(paths);
	free(copy);
	return rc;
}

static void test_fields(void **state)
{
	struct arena *arena = arena_new();
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(fields); i++) {
		const char *value = NULL;
		struct error err;

		if (scan_one(fields[i].syntax, fields[i].line, fields[i].path, arena, &value,
			&err) < 0)
			fail_msg("%s: %s", fields[i].line, err.text);
		if (!text_equal(value, fields[i].value))
			fail_msg("%s: %s is \"%s\"", fields[i].line, fields[i].path,
				value != NULL ? value : "(none)");
	}
	arena_free(arena);
}

static void test_what_is_no_record(void **state)
{
	static const struct {
		enum syntax syntax;
		const char *line, *why;
	} cases[] = {
		{ SYNTAX_CEF, "", "no CEF record in the line" },
		{ SYNTAX_CEF, "CEF:|V|P|1|id|N|5|", "no CEF record in the line" },
		{ SYNTAX_CEF, "CEF:0", "no CEF record in the line" },
		{ SYNTAX_CEF, "{\"a\":1}", "no CEF record in the line" },
		{ SYNTAX_CEF, LEEF, "no CEF record in the line" },
		{ SYNTAX_LEEF, HEAD, "no LEEF record in the line" },
		{ SYNTAX_CEF, "CEF:0|V|P|1|id|N", "a header that ends too early" },
		{ SYNTAX_CEF, "CEF:0|V|P|1|id|N\\|5", "a header that ends too early" },
		{ SYNTAX_CEF, HEAD "no pair", "no key=value at byte 22" },
		{ SYNTAX_CEF, HEAD "=x", "no key=value" },
		{ SYNTAX_LEEF, "LEEF:2.0|V|P|1|ev", "a header that ends too early" },
		{ SYNTAX_LEEF, LEEF2 "ab|a=1", "a delimiter that is no character" },
		{ SYNTAX_LEEF, LEEF2 "x|a=1", "" },
		{ SYNTAX_LEEF, LEEF2 "x00|a=1", "a delimiter that is no character" },
		{ SYNTAX_LEEF, LEEF2 "0x|a=1", "a delimiter that is no character" },
		{ SYNTAX_LEEF, LEEF2 "xfff|a=1", "a delimiter that is no character" },
		{ SYNTAX_LEEF, LEEF "novalue", "no key=value" },
		{ SYNTAX_LEEF, LEEF "=x", "no key=value" },
	};
	struct arena *arena = arena_new();
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct error err = { 0 };
		const char *value;
		int rc = scan_one(cases[i].syntax, cases[i].line, "a", arena, &value, &err);

		if ((rc == 0) != (cases[i].why[0] == '\0'))
			fail_msg("%s: %d", cases[i].line, rc);
		if (rc < 0 && strstr(err.text, cases[i].why) == NULL)
			fail_msg("%s: %s", cases[i].line, err.text);
	}
	arena_free(arena);
}

static void test_lines(void **state)
{
	static const char body[] = "\n  \na\r\n\tb\nc\n\n";
	static const char *const lines[] = { "a", "\tb", "c" };
	const char *line;
	size_t at = 0, n, i = 0;

	(void)state;
	while (line_next(body, sizeof(body) - 1, &at, &line, &n)) {
		assert_true(i < ARRAY_LEN(lines));
		assert_int_equal(n, strlen(lines[i]));
		assert_memory_equal(line, lines[i++], n);
	}
	assert_int_equal(i, ARRAY_LEN(lines));
}

/* ---- times -------------------------------------------------------------------------- */

/* A time without an offset is in the zone that is known for the source, here UTC. */
static void test_times_of_texts(void **state)
{
	static const struct {
		const char *letters, *text, *at;	/* at NULL: it is none */
		bool assumed;
	} cases[] = {
		{ NULL, "Mar 01 2026 08:00:00", "2026-03-01T08:00:00Z", true },
		{ NULL, "Mar  1 2026 08:00:00", "2026-03-01T08:00:00Z", true },
		{ NULL, "mar 1 2026 08:00:00.123", "2026-03-01T08:00:00.123Z", true },
		{ NULL, "Mar 01 2026 08:00:00 UTC", "2026-03-01T08:00:00Z", false },
		{ NULL, "Mar 01 2026 08:00:00.123456 GMT+02:00", "2026-03-01T06:00:00.123Z", false },
		{ NULL, "Mar 01 2026 08:00:00 -0530", "2026-03-01T13:30:00Z", false },
		{ NULL, "Mar 01 2026 08:00:00 CST", NULL, false },
		{ NULL, "Mar 01 08:00:00", NULL, false },
		{ NULL, "Feb 29 2026 08:00:00", NULL, false },
		{ NULL, "Mar 01 2026 24:00:00", NULL, false },
		{ NULL, "2026-03-01T08:00:00", "2026-03-01T08:00:00Z", true },
		{ NULL, "2026-03-01 08:00:00.5", "2026-03-01T08:00:00.500Z", true },
		{ "dd/MM/yy HH:mm", "01/03/26 08:00", "2026-03-01T08:00:00Z", true },
		{ "dd/MMM/yyyy:HH:mm:ss Z", "01/Mar/2026:08:00:00 +0100", "2026-03-01T07:00:00Z",
			false },
		{ "yyyy-MM-dd'T'HH:mm:ss.SSSX", "2026-03-01T08:00:00.5Z",
			"2026-03-01T08:00:00.500Z", false },
		{ "EEE, d MMMM yyyy h:mm a", "Sun, 1 March 2026 12:05 AM", "2026-03-01T00:05:00Z",
			true },
		{ "h:mm a dd.MM.yyyy", "1:00 pm 01.03.2026", "2026-03-01T13:00:00Z", true },
		{ "h:mm a dd.MM.yyyy", "13:00 pm 01.03.2026", NULL, false },
		{ "yyyyMMdd", "20260301", "2026-03-01T00:00:00Z", true },
		/* What the letters do not fit is still read in the known forms. */
		{ "dd/MM/yy HH:mm", "1772352000", "2026-03-01T08:00:00Z", false },
		{ "yyyy", "2026-03-01T08:00:00Z", "2026-03-01T08:00:00Z", false },
		{ "qq", "x", NULL, false },
	};
	struct zone *utc = zone_utc();
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct stamp_hint hint = { .zone = utc, .letters = cases[i].letters };
		char text[RFC3339_SIZE] = "";
		struct error err;
		bool assumed = false;
		int64_t at;
		int rc = stamp_read(&hint, cases[i].text, strlen(cases[i].text), false, &at,
			&assumed, &err);

		if (rc == 0)
			rfc3339_format(at, text);
		if ((rc == 0 && cases[i].at == NULL) ||
		    (cases[i].at != NULL && strcmp(text, cases[i].at) != 0))
			fail_msg("%s: %d %s", cases[i].text, rc, text);
		if (rc == 0 && cases[i].at != NULL && assumed != cases[i].assumed)
			fail_msg("%s: the zone is %sassumed", cases[i].text, assumed ? "" : "not ");
	}
	zone_free(utc);
}

/* The same without a zone that is known for the source: none of them is a time. */
static void test_no_zone_is_no_time(void **state)
{
	static const char *const texts[] = { "Mar 01 2026 08:00:00", "2026-03-01T08:00:00",
		"2026-03-01 08:00:00.5" };
	struct error err;
	int64_t at;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(texts); i++)
		assert_int_equal(stamp_parse(texts[i], strlen(texts[i]), false, &at, &err), -1);
	assert_int_equal(stamp_parse("Mar 01 2026 08:00:00 Z", 22, false, &at, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_what_is_no_record),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_times_of_texts),
		cmocka_unit_test(test_no_zone_is_no_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
