/*
 * The language of sources.d, by small formats written here: what each of its words does
 * to a body, and which mistakes are told when a format is read.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/text.h"
#include "ingest/ingest.h"

static struct arena *arena;

/* A format in a file of its own; NULL with the first message. */
static struct format_file *load(const char *text, char *message, size_t size)
{
	static const char head[] = "format = \"x\"; title = \"X\"; version = \"1\";\n";
	char dir[] = "/tmp/tocsin-mapping-XXXXXX", path[64];
	struct conf_report report;
	struct format_file *file;
	FILE *f;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/x.conf", dir);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(head, f);
	fputs(text, f);
	fclose(f);
	file = format_file_load(path, NULL, &report);
	message[0] = '\0';
	if (file == NULL)
		snprintf(message, size, "%d: %s", report.errors[0].line, report.errors[0].text);
	conf_report_release(&report);
	unlink(path);
	rmdir(dir);
	return file;
}

/* What is read, as one line: "key|title|severity|entity|flags" for each alert, "!pointer
 * detail" for what is none, with ";" between. */
struct transcript {
	struct buf out;
};

static void put_seen(void *arg, const struct ingest_seen *seen)
{
	struct transcript *t = arg;
	const struct alert *a = seen->alert;

	if (t->out.len > 0)
		buf_addc(&t->out, ';');
	if (a == NULL) {
		buf_addf(&t->out, "!%s%s%s", seen->why->pointer,
			seen->why->pointer[0] != '\0' ? " " : "", seen->why->text);
		return;
	}
	buf_addf(&t->out, "%s|%s|%s|%s|%s%s%s%s%s", a->key != NULL ? a->key : "-", a->title,
		severity_name(a->severity), a->entity != NULL ? a->entity : "-",
		a->resolved ? "r" : "", a->update ? "u" : "", a->test ? "t" : "",
		a->insignificant ? "i" : "", a->zone_assumed ? "z" : "");
}

static const char *read_by(const char *format, const char *body)
{
	char message[600], *result;
	struct format_file *file = load(format, message, sizeof(message));
	struct transcript t;
	struct error err = { 0 };

	if (file == NULL)
		fail_msg("%s: %s", format, message);
	buf_init(&t.out, 0);
	if (ingest_try(format_file_format(file), body, strlen(body), arena, put_seen, &t, &err) < 0)
		buf_addf(&t.out, "#%s", err.text);
	result = arena_strdup(arena, t.out.data);
	buf_release(&t.out);
	format_file_free(file);
	return result;
}

#define T "title_from = \"t\"; "

static const struct {
	const char *format, *body, *result;
} words[] = {
	/* each: the first path that is there, "." for the document, levels, one alone. */
	{ T "each = \"a\";", "{\"a\":[{\"t\":\"1\"},{\"t\":\"2\"}]}",
		"-|1|unknown|-|;-|2|unknown|-|" },
	{ T "each = \"a\";", "{\"a\":{\"t\":\"1\"}}", "-|1|unknown|-|" },
	{ T "each = \"a\";", "{\"t\":\"1\"}", "!/a no array found at this path" },
	{ T "each = [ \"a\", \"b.c\", \".\" ];", "{\"b\":{\"c\":[{\"t\":\"1\"}]}}",
		"-|1|unknown|-|" },
	{ T "each = [ \"a\", \".\" ];", "{\"t\":\"1\"}\n{\"a\":[]}\n{\"t\":\"2\"}",
		"-|1|unknown|-|;-|2|unknown|-|" },
	{ T "each = \"g[].a\";", "{\"g\":[{\"a\":[{\"t\":\"1\"}]},{\"a\":[]},{\"a\":{\"t\":\"2\"}}]}",
		"-|1|unknown|-|;-|2|unknown|-|" },
	{ T "each = \"g[].a\";", "{\"g\":[{\"b\":[]},7,{\"a\":[{\"t\":\"2\"}]}]}",
		"!/g/a no array found at this path;!no JSON object at byte 10;-|2|unknown|-|" },
	{ T "each = \"p[].q[].r\";", "{\"p\":[{\"q\":[{\"r\":[{\"t\":\"1\"}]}]}]}",
		"-|1|unknown|-|" },
	/* ^: of the document around it. */
	{ "title_from = [ \"t\", \"^n.t\" ]; each = \"a\"; key = [ \"^k\", \"i\" ];",
		"{\"a\":[{\"i\":1},{\"i\":2,\"t\":\"own\"}],\"n\":{\"t\":\"theirs\"},\"k\":\"g\"}",
		"g:1|theirs|unknown|-|;g:2|own|unknown|-|" },
	{ "title_from = \"^t\"; each = [ \"a\" ];", "{\"a\":[{}]}\n{\"t\":\"2\",\"a\":[{}]}",
		"!/t nothing found at this path;-|2|unknown|-|" },
	/* keys: literal dots, one-element arrays, numbers that no double can hold. */
	{ T "key = \"a.b\";", "{\"t\":\"1\",\"a\":{\"b\":\"nested\"},\"a.b\":\"literal\"}",
		"literal|1|unknown|-|" },
	{ T "key = \"a\";", "{\"t\":[\"1\"],\"a\":[9007199254740993]}",
		"9007199254740993|1|unknown|-|" },
	{ T "key = [ \"a\", \"b\" ];", "{\"t\":\"1\",\"b\":2}", "2|1|unknown|-|" },
	{ T "key = [ \"a\", \"b\" ];", "{\"t\":\"1\",\"a\":2}", "-|1|unknown|-|" },
	{ T "keys = ( [ \"a\", \"b\" ], [ \"c\" ] );", "{\"t\":\"1\",\"a\":2,\"c\":3}",
		"3|1|unknown|-|" },
	{ T "keys = ( [ \"a\", \"b\" ], [ \"c\" ] );", "{\"t\":\"1\",\"a\":2,\"b\":4,\"c\":3}",
		"2:4|1|unknown|-|" },
	{ T "key = \"a\"; without_key = \"digest\";", "{\"t\":\"1\"}",
		"sha256:8a22710b84043416798886bd175ea250d02fcd23d032f0f4912b1284f670168e|1|unknown|-|" },
	/* Titles: alternatives, a default, none needed for what opens nothing. */
	{ "title_from = [ \"a\", \"b\" ];", "{\"a\":\" \",\"b\":\"x\"}", "-|x|unknown|-|" },
	{ T "title_default = \"Something\";", "{}", "-|Something|unknown|-|" },
	{ T "resolved = { path = \"s\"; equals = \"ok\"; }; key = \"k\";",
		"{\"s\":\"OK\",\"k\":\"7\"}", "7|7|unknown|-|r" },
	{ T "test = { path = \"s\"; equals = \"ok\"; };", "{\"s\":\"ok\"}", "-|X|unknown|-|t" },
	/* Tests: any of them, with "and", with "except"; numbers and booleans are texts. */
	{ T "update = ( { path = \"s\"; equals = [ \"a\", \"b\" ]; }, { path = \"n\"; equals = \"7\"; } );",
		"{\"t\":\"1\",\"s\":\"B\"}\n{\"t\":\"2\",\"n\":7}\n{\"t\":\"3\",\"n\":\"8\"}",
		"-|1|unknown|-|u;-|2|unknown|-|u;-|3|unknown|-|" },
	{ T "significant = { path = \"s\"; equals = \"a\"; and = { path = \"n\"; equals = \"true\"; }; };",
		"{\"t\":\"1\",\"s\":\"a\",\"n\":true}\n{\"t\":\"2\",\"s\":\"a\"}\n{\"t\":\"3\",\"n\":true}",
		"-|1|unknown|-|;-|2|unknown|-|i;-|3|unknown|-|i" },
	{ T "significant = ( { path = \"a\"; equals = \"1\"; and = { path = \"b\"; equals = \"1\"; }; },\n"
		" { path = \"c\"; equals = \"1\"; } );",
		"{\"t\":\"1\",\"a\":1,\"c\":1}\n{\"t\":\"2\",\"b\":1}", "-|1|unknown|-|;-|2|unknown|-|i" },
	{ T "significant = { path = \"s\"; except = [ \"x\", \"y\" ]; };",
		"{\"t\":\"1\"}\n{\"t\":\"2\",\"s\":\"X\"}\n{\"t\":\"3\",\"s\":\"\\u0079\"}\n{\"t\":\"4\",\"s\":\"z\"}",
		"-|1|unknown|-|;-|2|unknown|-|i;-|3|unknown|-|i;-|4|unknown|-|" },
	/* Severities: the first value that the map has. */
	{ T "severity_from = [ \"a\", \"b\" ]; severity_worst = \"lowest\"; severity_map = (\n"
		"{ is = \"bad\"; severity = \"high\"; }, { from = 1; to = 2; severity = \"critical\"; },\n"
		"{ from = 3; to = 9; severity = \"low\"; } );",
		"{\"t\":\"1\",\"a\":\"BAD\"}\n{\"t\":\"2\",\"a\":\"odd\",\"b\":[\"2\"]}\n"
		"{\"t\":\"3\",\"b\":9}\n{\"t\":\"4\",\"b\":10}",
		"-|1|high|-|;-|2|critical|-|;-|3|low|-|;-|4|unknown|-|" },
	{ T "severity_from = \"a\"; severity_map = ( { from = 0; to = 47; severity = \"low\"; },\n"
		"{ from = 48; to = 100; severity = \"high\"; } );",
		"{\"t\":\"1\",\"a\":47.00}\n{\"t\":\"2\",\"a\":\"48.0\"}\n{\"t\":\"3\",\"a\":\"48.\"}\n"
		"{\"t\":\"4\",\"a\":\"1.2.3\"}\n{\"t\":\"5\",\"a\":\".5\"}\n{\"t\":\"6\",\"a\":1.5e1}\n"
		"{\"t\":\"7\",\"a\":99.5}\n{\"t\":\"8\",\"a\":\"9.x\"}",
		"-|1|low|-|;-|2|high|-|;-|3|unknown|-|;-|4|unknown|-|;-|5|unknown|-|;-|6|unknown|-|;"
		"-|7|unknown|-|;-|8|unknown|-|" },
	/* Entities: as stated, or by the map; who is not in it is nobody. */
	{ T "entity = \"e\";", "{\"t\":\"1\",\"e\":\"acme\"}", "-|1|unknown|acme|" },
	{ T "entity = [ \"e\", \"f\" ]; entity_map = ( { is = \"Tenant 1\"; entity = \"acme\"; } );",
		"{\"t\":\"1\",\"f\":\"tenant 1\"}\n{\"t\":\"2\"}\n{\"t\":\"3\",\"e\":\"other\"}",
		"-|1|unknown|acme|;-|2|unknown|-|;!/e not in the format's entity_map" },
	/* Times: of a zone that is stated here. */
	{ T "detected_at = \"d\"; timezone = \"Europe/Berlin\";",
		"{\"t\":\"1\",\"d\":\"2026-03-01T08:00:00\"}\n{\"t\":\"2\",\"d\":\"2026-03-01T08:00:00Z\"}",
		"-|1|unknown|-|z;-|2|unknown|-|" },
	/* Lines. */
	{ "syntax = \"cef\"; title_from = \"cef.name\"; key = \"externalId\";",
		"CEF:0|V|P|1|i|Name|5|externalId=7\n", "7|Name|unknown|-|" },
	/* Bodies that are nothing. */
	{ T, "hello", "!neither a JSON object nor an array" },
	{ T "unparsed = \"reject\";", "hello", "#neither a JSON object nor an array" },
	{ T, " \n", "#the body is empty" },
	{ "syntax = \"cef\"; " T, "\n\n", "#the body is empty" },
};

static void test_words(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(words); i++) {
		const char *result = read_by(words[i].format, words[i].body);

		if (strcmp(result, words[i].result) != 0)
			fail_msg("%s\n%s\nread as %s\n     not %s", words[i].format, words[i].body,
				result, words[i].result);
	}
}

static const struct {
	const char *format, *message;
} mistakes[] = {
	{ T "tilte = \"x\";", "2: unknown key \"tilte\"; did you mean \"title\"?" },
	{ T "keys = ( [ \"a..b\" ] );", "2: keys: \"a..b\" is not a path" },
	{ T "key = [ \"a\",\n\"a\" ];", "3: key: \"a\" is there twice" },
	{ T "key = \"a\"; keys = ( [ \"b\" ] );", "2: keys: there is a \"key\" already" },
	{ "title_from = [];", "2: title_from: must not be empty" },
	{ "title_from = \"\";", "2: title_from: must not be empty" },
	{ "title_from = \"^t\";", "2: title_from: \"^t\" is a path out of \"each\"" },
	{ T "each = \"^a\";", "2: each: \"^a\" is a path out of \"each\"" },
	{ T "each = [ \".\", \"a\" ];", "2: each: \".\" always holds" },
	{ T "each = \"a[]\";", "2: each: \"a[]\" needs a path behind its []" },
	{ T "each = \"a[].b[].c[].d[].e\";", "2: each: \"a[].b[].c[].d[].e\" has more than 4 levels" },
	{ T "description = \"$.a\";",
		"2: description: \"$.a\" begins with \"$.\": a path begins with the first name" },
	{ T "each = \"a[]..b\";", "2: each: \".b\" is not a path" },
	{ "syntax = \"cef\"; title_from = \"a[0]\";", "2: title_from: \"a[0]\" has an index" },
	{ "syntax = \"leef\"; " T "each = \"a\";", "2: each: a line of text is one alert" },
	{ T "syntax = \"cfe\";", "2: syntax: cannot be \"cfe\"; did you mean \"cef\"?" },
	{ T "severity_from = \"s\";", "2: severity_from: there is no \"severity_map\"" },
	{ T "severity_from = \"s\"; severity_map = ( { is = \"a\"; severity = \"low\"; },\n"
		"{ is = \"A\"; severity = \"high\"; } );", "3: severity_map: this value has a rule above" },
	{ T "severity_from = \"s\"; severity_map = ( { from = 1; to = 5; severity = \"low\"; },\n"
		"{ from = 5; to = 9; severity = \"high\"; } );",
		"3: severity_map: this value has a rule above" },
	{ T "severity_worst = \"lowest\"; severity_from = \"s\"; severity_map = (\n"
		"{ from = 1; to = 4; severity = \"low\"; },\n"
		"{ from = 5; to = 9; severity = \"high\"; } );",
		"4: severity_map: runs the other way than severity_worst says" },
	{ T "test = { path = \"a\"; };", "2: test: \"equals\" is missing" },
	{ T "test = { path = \"a\"; equals = \"b\"; except = \"c\"; };",
		"2: test: has both \"equals\" and \"except\"" },
	{ T "test = ( { path = \"a\"; equals = \"b\"; },\n{ path = \"a[\"; equals = \"b\"; } );",
		"3: path: \"a[\" is not a path" },
	{ T "significant = { path = \"a\"; equals = \"b\"; and = { path = \"c\"; }; };",
		"2: test: \"equals\" is missing" },
	{ T "significant = ();", "2: significant: must not be empty" },
	{ T "entity_map = ( { is = \"a\"; entity = \"b\"; } );", "2: entity_map: there is no \"entity\"" },
	{ T "timezone = \"Europe/Berln\";", "2: timezone: " },
	{ T "time_format = \"dd.MM.yyyy Q\";", "2: time_format: \"Q\" is none of the letters" },
	{ T "time_format = \"HH:mm\";", "2: time_format: has no year (y), month (M) or day (d)" },
	{ T "time_format = \"yyyy-MM-dd'T\";", "2: time_format: a single quote is not closed" },
	{ "title_from = [ \"a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a\", \"b.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a\" ];",
		"2: title_from: \"b.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a\" is a path of more than 16" },
};

static void test_mistakes_are_told_when_a_format_is_read(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(mistakes); i++) {
		char message[600];
		struct format_file *file = load(mistakes[i].format, message, sizeof(message));

		if (file != NULL)
			fail_msg("%s: is read", mistakes[i].format);
		if (!text_starts(message, mistakes[i].message))
			fail_msg("%s: %s", mistakes[i].format, message);
	}
}

static void test_too_many_paths(void **state)
{
	char message[600];
	struct buf text;
	int i;

	(void)state;
	buf_init(&text, 0);
	buf_adds(&text, T "test = (");
	for (i = 0; i < 16; i++)
		buf_addf(&text, "%s{ path = \"a%d\"; equals = \"x\"; and = { path = \"b%d\"; "
			"equals = \"x\"; and = { path = \"c%d\"; equals = \"x\"; and = { path = \"d%d\"; "
			"equals = \"x\"; }; }; }; }", i > 0 ? "," : "", i, i, i, i);
	buf_adds(&text, ");");
	assert_null(load(text.data, message, sizeof(message)));
	assert_string_equal(message, "0: more than 64 paths");
	buf_release(&text);
}

static int setup(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_mistakes_are_told_when_a_format_is_read),
		cmocka_unit_test(test_too_many_paths),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
