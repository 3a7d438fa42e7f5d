/* What the client makes of addresses and of refusals. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/text.h"
#include "cli/client.h"

static void a_token_may_go_in_the_clear_to_this_machine_only(void **state)
{
	static const struct {
		const char *url;
		bool loopback;
	} rows[] = {
		{ "http://127.0.0.1:2472", true },
		{ "http://127.1.2.3", true },
		{ "http://localhost:2472/", true },
		{ "http://[::1]:2472", true },
		{ "http://[::1]", true },
		{ "http://127.example.org", false },
		{ "http://localhost.example.org", false },
		{ "http://192.0.2.1", false },
		{ "http://[2001:db8::1]", false },
		{ "http://127.0.0.1@example.org", false },
		{ "http://example.org/127.0.0.1", false },
		{ "http://[::1].example.org", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		if (client_is_loopback(rows[i].url) != rows[i].loopback)
			fail_msg("%s: %s", rows[i].url, rows[i].loopback ? "is this machine" :
				"is not this machine");
}

static void a_refusal_says_what_and_where(void **state)
{
	static const struct {
		long status;
		const char *body, *text, *pointer;
	} rows[] = {
		{ 422,
			"{\"type\":\"about:blank\",\"title\":\"Unprocessable\",\"status\":422,"
			"\"detail\":\"is missing\",\"errors\":[{\"pointer\":\"/entity\","
			"\"detail\":\"is missing: there is more than one entity\"}]}",
			"is missing: there is more than one entity", "/entity" },
		{ 409, "{\"title\":\"Conflict\",\"detail\":\"no clock is running\"}",
			"no clock is running", "" },
		{ 404, "{\"title\":\"Not Found\"}", "Not Found", "" },
		{ 401, "{\"title\":\"Unauthorized\",\"detail\":\"no such token\"}",
			"no such token (is --token-file right?)", "" },
		{ 503, "{\"title\":\"Service Unavailable\",\"detail\":\"busy\"}",
			"busy; try again later", "" },
		{ 502, "<html>proxy</html>", "the daemon answered 502", "" },
		{ 500, "", "the daemon answered 500", "" },
		{ 422, "{\"detail\":5,\"errors\":{\"pointer\":1}}", "the daemon answered 422",
			"" },
	};
	struct error err;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		client_problem(rows[i].status, rows[i].body, strlen(rows[i].body), &err);
		if (strcmp(err.text, rows[i].text) != 0 || strcmp(err.pointer,
				rows[i].pointer) != 0)
			fail_msg("%s: \"%s\" at \"%s\"", rows[i].body, err.text, err.pointer);
	}
}

static void queries_are_escaped(void **state)
{
	struct buf path;

	(void)state;
	buf_init(&path, 0);
	buf_adds(&path, "/v1/clocks");
	client_query(&path, "state", NULL);
	client_query(&path, "entity", "a&b=c/ü");
	client_query(&path, "limit", "5");
	assert_string_equal(path.data, "/v1/clocks?entity=a%26b%3Dc%2F%C3%BC&limit=5");
	buf_release(&path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_token_may_go_in_the_clear_to_this_machine_only),
		cmocka_unit_test(a_refusal_says_what_and_where),
		cmocka_unit_test(queries_are_escaped),
	};

	return cmocka_run_group_tests_name("cli client", tests, NULL, NULL);
}
