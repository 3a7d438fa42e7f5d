/*
 * Loads etc/tocsin as it is shipped, once for a test program.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "config/conf.h"
#include "shipped.h"

static struct rules *rules;
static struct conf_report report;
static struct arena *arena;

int shipped_setup(void **state)
{
	size_t i;

	(void)state;
	arena = arena_new();
	rules = rules_load(TEST_SRCDIR "/etc/tocsin", &report);
	for (i = 0; i < report.n_errors; i++)
		print_error("%s\n", report.errors[i].text);
	return rules != NULL && report.n_errors == 0 ? 0 : -1;
}

int shipped_teardown(void **state)
{
	(void)state;
	rules_free(rules);
	conf_report_release(&report);
	arena_free(arena);
	return 0;
}

const struct rulebook *shipped_book(void)
{
	return rules_book(rules);
}

const struct clock *shipped_ask(const char *what, const char *country,
	const char *question, const char *stage, const struct calculation **ret_all)
{
	struct calculation *result = arena_alloc(arena, sizeof(*result));
	struct error err = { .code = ERROR_NONE };
	char text[1024], *p;
	json_t *json;
	size_t i;
	int n, ok;

	n = snprintf(text, sizeof(text), "{'country':'%s',%s}", country, question);
	assert_true(n > 0 && (size_t)n < sizeof(text));
	for (p = text; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	json = json_read(text, strlen(text), &err);
	if (json == NULL)
		fail_msg("%s: %s", what, err.text);
	ok = calculate(json, rules_book(rules), arena, result, &err);
	json_decref(json);
	if (ok < 0)
		fail_msg("%s: %s %s", what, err.pointer, err.text);
	if (ret_all != NULL)
		*ret_all = result;
	for (i = 0; i < result->n_clocks; i++)
		if (strcmp(result->clocks[i].stage, stage) == 0)
			return &result->clocks[i];
	return NULL;
}
