/* Parameters of lists, cursors, and errors as problem documents. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api/problem.h"
#include "api/query.h"
#include "base/rfc3339.h"
#include "base/text.h"

static struct http_text query_of(const char *text)
{
	return (struct http_text){ text, strlen(text) };
}

/* --- parameters --- */

static void test_unknown_parameters_are_refused(void **state)
{
	static const char *const known[] = { "state", "limit", NULL };
	static const struct { const char *query, *text; } cases[] = {
		{ "", NULL },
		{ "state=open", NULL },
		{ "state=open&limit=5&", NULL },
		{ "limit", NULL },
		{ "stat=open", "unknown query parameter stat; did you mean state?" },
		{ "limit=5&colour=red", "unknown query parameter colour" },
		{ "<script>=1", "a query parameter is not known here" },
		{ "st%61te=open", "a query parameter is not known here" },
		{ "=1", "a query parameter is not known here" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct http_text q = query_of(cases[i].query);
		struct error err = { 0 };
		int rc = query_check(&q, known, &err);

		if (rc != (cases[i].text == NULL ? 0 : -1))
			fail_msg("?%s: %d", cases[i].query, rc);
		if (rc < 0)
			assert_string_equal(err.text, cases[i].text);
	}
	assert_int_equal(query_check(NULL, known, NULL), 0);
}

static void test_limits_are_clamped_never_refused(void **state)
{
	static const struct { const char *query; int limit; } cases[] = {
		{ "", 100 }, { "limit=", 100 }, { "limit=7", 7 }, { "limit=1000", 1000 },
		{ "limit=1001", 1000 }, { "limit=0", 1 }, { "limit=-3", 1 },
		{ "limit=99999999999999999999", 1000 }, { "limit=-99999999999999999999", 1 },
	};
	static const char *const wrong[] = { "limit=many", "limit=5x", "limit=-",
		"limit=1&limit=2" };
	struct error err;
	size_t i;
	int limit;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct http_text q = query_of(cases[i].query);

		if (query_limit(&q, QUERY_LIMIT_MAX, &limit, &err) < 0)
			fail_msg("?%s: %s", cases[i].query, err.text);
		if (limit != cases[i].limit)
			fail_msg("?%s: %d", cases[i].query, limit);
	}
	for (i = 0; i < ARRAY_LEN(wrong); i++) {
		struct http_text q = query_of(wrong[i]);

		if (query_limit(&q, QUERY_LIMIT_MAX, &limit, &err) >= 0)
			fail_msg("?%s is taken", wrong[i]);
	}
}

static void test_a_choice_names_what_there_is(void **state)
{
	static const char *const names[] = { "open", "closed", "all" };
	struct http_text good = query_of("state=closed"), bad = query_of("state=OPEN");
	struct http_text none = query_of("limit=1");
	struct error err;
	size_t choice = 99;

	(void)state;
	assert_int_equal(query_choice(&none, "state", names, 3, &choice, &err), 0);
	assert_int_equal(choice, 99);
	assert_int_equal(query_choice(&good, "state", names, 3, &choice, &err), 1);
	assert_int_equal(choice, 1);
	assert_int_equal(query_choice(&bad, "state", names, 3, &choice, &err), -1);
	assert_string_equal(err.text, "query parameter state must be one of open, closed, all");
}

static void test_numbers_and_times(void **state)
{
	struct http_text q = query_of("after=17&before=2026-11-21T09:17:00%2B01:00&x=-1&y=soon");
	struct http_text unescaped = query_of("before=2026-11-21T09:17:00+01:00");
	struct error err;
	int64_t value = 0;

	(void)state;
	assert_int_equal(query_number(&q, "after", &value, &err), 1);
	assert_true(value == 17);
	assert_int_equal(query_time(&q, "before", &value, &err), 1);
	assert_true(value == INT64_C(1795249020000));
	value = 0;
	assert_int_equal(query_time(&unescaped, "before", &value, &err), 1);
	assert_true(value == INT64_C(1795249020000));
	assert_int_equal(query_number(&q, "x", &value, &err), -1);
	assert_int_equal(query_time(&q, "y", &value, &err), -1);
	assert_true(text_starts(err.text, "query parameter y: "));
}

static void test_cursors_come_back_as_they_went(void **state)
{
	static const struct { int64_t at, id; } cases[] = {
		{ INT64_C(1795249020000), 42 }, { 0, 1 }, { TIME_NONE, 7 }, { -1, INT64_MAX },
	};
	static const char *const wrong[] = { "", ".", "1", "1.", ".1", "1.2.3", "1.-2", "x.1",
		"1.x", "99999999999999999999999999999999999999.1" };
	char text[CURSOR_SIZE];
	int64_t at, id;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		cursor_format(cases[i].at, cases[i].id, text);
		if (cursor_parse(text, &at, &id) < 0 || at != cases[i].at || id != cases[i].id)
			fail_msg("cursor %s", text);
	}
	for (i = 0; i < ARRAY_LEN(wrong); i++)
		if (cursor_parse(wrong[i], &at, &id) == 0)
			fail_msg("cursor \"%s\" is taken", wrong[i]);
}

/* --- problems --- */

static void assert_problem(const struct error *err, const char *expected)
{
	json_t *problem = problem_of(err);
	char *text = json_text(problem);

	assert_string_equal(text, expected);
	free(text);
	json_decref(problem);
}

static void test_each_error_has_its_status(void **state)
{
	static const struct { enum error_code code; int status; } cases[] = {
		{ ERROR_INVALID, 422 }, { ERROR_NOT_FOUND, 404 }, { ERROR_CONFLICT, 409 },
		{ ERROR_FORBIDDEN, 403 }, { ERROR_TOO_LARGE, 413 }, { ERROR_BUSY, 503 },
		{ ERROR_FULL, 507 }, { ERROR_IO, 503 }, { ERROR_INTERNAL, 500 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct error err = { .code = cases[i].code };

		if (problem_status(&err) != cases[i].status)
			fail_msg("error %d: %d", (int)cases[i].code, problem_status(&err));
	}
}

static void test_a_problem_names_the_place(void **state)
{
	struct error err;

	(void)state;
	error_pointer(&err, "/aware_at", "a time needs an offset");
	assert_problem(&err, "{\"type\":\"about:blank\",\"title\":\"Unprocessable Content\","
		"\"status\":422,\"detail\":\"a time needs an offset\","
		"\"errors\":[{\"pointer\":\"/aware_at\",\"detail\":\"a time needs an offset\"}]}");
	error_set(&err, ERROR_INVALID, "the body is empty");
	assert_problem(&err, "{\"type\":\"about:blank\",\"title\":\"Unprocessable Content\","
		"\"status\":422,\"detail\":\"the body is empty\","
		"\"errors\":[{\"pointer\":\"\",\"detail\":\"the body is empty\"}]}");
	error_set(&err, ERROR_NOT_FOUND, "no such incident");
	assert_problem(&err, "{\"type\":\"about:blank\",\"title\":\"Not Found\","
		"\"status\":404,\"detail\":\"no such incident\"}");
}

static void test_our_own_faults_are_not_told(void **state)
{
	static const enum error_code codes[] = { ERROR_INTERNAL, ERROR_IO };
	struct error err;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(codes); i++) {
		json_t *problem;
		char *text;

		error_set(&err, codes[i], "no such table: incident in /var/lib");
		problem = problem_of(&err);
		text = json_text(problem);
		assert_null(strstr(text, "/var/lib"));
		free(text);
		json_decref(problem);
	}
}

static void test_errors_of_several_alerts_have_their_number(void **state)
{
	json_t *problem = problem_new(422, "nothing");
	struct error err;
	char *text;

	(void)state;
	error_pointer(&err, "/title", "nothing found at this path");
	problem_add(problem, 0, &err);
	problem_add(problem, 3, &err);
	text = json_text(json_object_get(problem, "errors"));
	assert_string_equal(text,
		"[{\"index\":0,\"pointer\":\"/title\",\"detail\":\"nothing found at this path\"},"
		"{\"index\":3,\"pointer\":\"/title\",\"detail\":\"nothing found at this path\"}]");
	free(text);
	json_decref(problem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unknown_parameters_are_refused),
		cmocka_unit_test(test_limits_are_clamped_never_refused),
		cmocka_unit_test(test_a_choice_names_what_there_is),
		cmocka_unit_test(test_numbers_and_times),
		cmocka_unit_test(test_cursors_come_back_as_they_went),
		cmocka_unit_test(test_each_error_has_its_status),
		cmocka_unit_test(test_a_problem_names_the_place),
		cmocka_unit_test(test_our_own_faults_are_not_told),
		cmocka_unit_test(test_errors_of_several_alerts_have_their_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
