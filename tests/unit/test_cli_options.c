/* The options of the client: what is taken, what is refused and in which words. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/rfc3339.h"
#include "base/text.h"
#include "cli/options.h"

struct parsed {
	bool drill;
	const char *title, *path, *country;
	struct option_texts traits;
	int64_t aware, limit;
	struct operands operands;
	int next;
	struct error err;
};

static const char *const names[] = { "ID", "STAGE" };

/* Splits the line at single spaces; "" is an empty argument. */
static int parse(const char *line, bool stop, struct parsed *p)
{
	static char copy[512];
	char *argv[32] = { copy }, *at = copy;
	const struct cli_option options[] = {
		{ .name = "title", .kind = OPTION_TEXT, .ret = &p->title, .required = true },
		{ .name = "drill", .kind = OPTION_FLAG, .ret = &p->drill, .letter = 'd' },
		{ .name = "trait", .kind = OPTION_TEXTS, .ret = &p->traits },
		{ .name = "aware", .kind = OPTION_TIME, .ret = &p->aware },
		{ .name = "limit", .kind = OPTION_COUNT, .ret = &p->limit },
		{ .name = "data", .kind = OPTION_PATH, .ret = &p->path },
		{ .name = "country", .kind = OPTION_TEXT, .ret = &p->country, .empty = true },
	};
	int argc = 1;

	memset(p, 0, sizeof(*p));
	p->operands = (struct operands){ .names = names, .required = 1, .max = 2 };
	text_copy(copy, sizeof(copy), line);
	while ((at = strchr(at, ' ')) != NULL) {
		*at++ = '\0';
		argv[argc++] = at;
	}
	argv[argc] = NULL;
	if (options_parse(options, ARRAY_LEN(options), argc, argv, stop, &p->operands,
			&p->next,
			&p->err) < 0)
		return -1;
	return stop ? 0 : options_check(options, ARRAY_LEN(options), &p->operands, &p->err);
}

static void every_kind_of_option_is_taken(void **state)
{
	struct parsed p;

	(void)state;
	assert_int_equal(parse("open 42 --title=A --trait x --drill --trait y stage "
		"--aware 2026-11-21T09:17:00+01:00 --limit 7 --data \xff --country ", false, &p), 0);
	assert_string_equal(p.title, "A");
	assert_true(p.drill);
	assert_int_equal(p.traits.n, 2);
	assert_string_equal(p.traits.list[1], "y");
	assert_true(p.aware == INT64_C(1795249020000));
	assert_int_equal(p.limit, 7);
	assert_string_equal(p.country, "");
	assert_int_equal(p.operands.n, 2);
	assert_string_equal(p.operands.list[0], "42");
	assert_string_equal(p.operands.list[1], "stage");
}

static void short_letters_and_the_end_of_options(void **state)
{
	struct parsed p;

	(void)state;
	assert_int_equal(parse("open -d --title A -- --drill", false, &p), 0);
	assert_true(p.drill);
	assert_string_equal(p.operands.list[0], "--drill");
}

/* The value of one option is not another option that is given. */
static void a_value_that_looks_like_an_option_is_a_value(void **state)
{
	struct parsed p;

	(void)state;
	assert_int_equal(parse("open 1 --trait --title", false, &p), -1);
	assert_string_equal(p.err.text, "--title is missing");
}

static void global_options_end_at_the_command(void **state)
{
	struct parsed p;

	(void)state;
	assert_int_equal(parse("tocsin --drill list --nonsense", true, &p), 0);
	assert_true(p.drill);
	assert_int_equal(p.next, 2);
}

static void what_is_wrong_is_named(void **state)
{
	static const struct {
		const char *line, *text;
	} rows[] = {
		{ "open", "ID is missing" },
		{ "open 1", "--title is missing" },
		{ "open 1 --title", "--title needs a value" },
		{ "open 1 --title ", "--title is empty" },
		{ "open 1 --title \xff", "--title is not UTF-8" },
		{ "open 1 --drill=yes", "--drill takes no value" },
		{ "open 1 --titel A", "there is no option --titel; did you mean --title?" },
		{ "open 1 --zzzzzz A", "there is no option --zzzzzz" },
		{ "open 1 -x", "there is no option -x" },
		{ "open 1 2 3", "\"3\" is one argument too many" },
		{ "open \xc3", "ID is not UTF-8" },
		{ "open 1 --limit 0", "--limit must be a number from 1" },
		{ "open 1 --limit 1x", "--limit must be a number from 1" },
		{ "open 1 --aware 2026-11-21T09:17:00",
			"--aware: the time has no offset: end it with Z or, say, +01:00" },
		{ "open 1 --aware yesterday",
			"--aware: not a time like 2026-11-21T09:17:00+01:00" },
	};
	struct parsed p;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		if (parse(rows[i].line, false, &p) == 0)
			fail_msg("%s: was taken", rows[i].line);
		if (strcmp(p.err.text, rows[i].text) != 0)
			fail_msg("%s: \"%s\", not \"%s\"", rows[i].line, p.err.text,
				rows[i].text);
	}
}

static void pairs(void **state)
{
	static const char *const bad[] = { "aware", "=2026-11-21T09:17:00Z", "aware=",
		"aware=2026-11-21T09:17:00", "abcdefghijklmnop=2026-11-21T09:17:00Z" };
	const char *time = NULL;
	char name[16];
	size_t i;

	(void)state;
	assert_int_equal(option_pair("aware=2026-11-21T09:17:00Z", name, sizeof(name), &time,
		NULL), 0);
	assert_string_equal(name, "aware");
	assert_string_equal(time, "2026-11-21T09:17:00Z");
	for (i = 0; i < ARRAY_LEN(bad); i++)
		if (option_pair(bad[i], name, sizeof(name), &time, NULL) == 0)
			fail_msg("%s: was taken", bad[i]);
}

static void numbers_of_incidents(void **state)
{
	static const char *const bad[] = { "0", "-1", "", "1x", "99999999999999999999",
		"../1" };
	int64_t id = 0;
	size_t i;

	(void)state;
	assert_int_equal(option_id("42", &id, NULL), 0);
	assert_int_equal(id, 42);
	for (i = 0; i < ARRAY_LEN(bad); i++)
		if (option_id(bad[i], &id, NULL) == 0)
			fail_msg("\"%s\": was taken", bad[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_of_option_is_taken),
		cmocka_unit_test(short_letters_and_the_end_of_options),
		cmocka_unit_test(a_value_that_looks_like_an_option_is_a_value),
		cmocka_unit_test(global_options_end_at_the_command),
		cmocka_unit_test(what_is_wrong_is_named),
		cmocka_unit_test(pairs),
		cmocka_unit_test(numbers_of_incidents),
	};

	return cmocka_run_group_tests_name("cli options", tests, NULL, NULL);
}
