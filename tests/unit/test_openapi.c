/*
 * The description of the API and the table of routes: each has what the other has. What
 * is answered is held against its schemas by the system tests.
 */
#include "config.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#include "api/openapi.h"
#include "api/route.h"
#include "base/json.h"

static json_t *document;

static int read_document(void **state)
{
	struct error err;

	(void)state;
	document = json_read(openapi_text, strlen(openapi_text), &err);
	return document != NULL ? 0 : -1;
}

static int drop_document(void **state)
{
	(void)state;
	json_decref(document);
	return 0;
}

static const json_t *operation(const struct route *route)
{
	const json_t *path = json_object_get(json_object_get(document, "paths"), route->pattern);

	char method[16];
	size_t i;

	assert_true(strlen(route->method) < sizeof(method));
	for (i = 0; i <= strlen(route->method); i++)
		method[i] = (char)tolower((unsigned char)route->method[i]);
	return json_object_get(path, method);
}

static void test_every_route_is_described(void **state)
{
	static const char *const roles[] = { [ROLE_INGEST] = "ingest", [ROLE_READ] = "read",
		[ROLE_OPERATE] = "operate", [ROLE_ADMIN] = "admin" };
	size_t i;

	(void)state;
	for (i = 0; i < route_count; i++) {
		const struct route *route = &route_table[i];
		const json_t *described = operation(route);
		const char *role = json_string_value(json_object_get(described, "x-role"));

		if (described == NULL)
			fail_msg("%s %s is not described", route->method, route->pattern);
		if (role == NULL || strcmp(role, route->open ? "none" : roles[route->role]) != 0)
			fail_msg("%s %s: x-role %s", route->method, route->pattern,
				role != NULL ? role : "is missing");
		if (route->open != (json_is_array(json_object_get(described, "security")) &&
				json_array_size(json_object_get(described, "security")) == 0))
			fail_msg("%s %s: security", route->method, route->pattern);
	}
}

static void test_nothing_else_is_described(void **state)
{
	json_t *paths = json_object_get(document, "paths"), *path, *described;
	const char *pattern, *method;
	size_t i;

	(void)state;
	json_object_foreach(paths, pattern, path)
		json_object_foreach(path, method, described) {
			bool found = strcmp(method, "parameters") == 0;

			for (i = 0; i < route_count && !found; i++)
				found = strcmp(route_table[i].pattern, pattern) == 0 &&
					strcasecmp(route_table[i].method, method) == 0;
			if (!found)
				fail_msg("%s %s is no route", method, pattern);
		}
}

static void test_ids_of_operations_are_unique(void **state)
{
	const char *seen[256];
	size_t i, j;

	(void)state;
	assert_true(route_count < sizeof(seen) / sizeof(seen[0]));
	for (i = 0; i < route_count; i++) {
		seen[i] = json_string_value(json_object_get(operation(&route_table[i]),
			"operationId"));
		assert_non_null(seen[i]);
		for (j = 0; j < i; j++)
			assert_string_not_equal(seen[i], seen[j]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_route_is_described),
		cmocka_unit_test(test_nothing_else_is_described),
		cmocka_unit_test(test_ids_of_operations_are_unique),
	};

	return cmocka_run_group_tests(tests, read_document, drop_document);
}
