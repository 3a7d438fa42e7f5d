/* A courier as the daemon hears it: the program is a script that says what a test wants
 * said. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/alloc.h"
#include "config/transport.h"
#include "engine/courier.h"

enum { RESULTS = 150, PATIENCE_S = 20 };

struct heard {
	struct event_base *base;
	char dir[64];
	int ready, results, lost;
	char last_id[32];
};

static void on_ready(void *arg, struct courier *courier)
{
	(void)courier;
	((struct heard *)arg)->ready++;
}

static void on_failed(void *arg, struct courier *courier, const char *why)
{
	(void)arg;
	(void)courier;
	fail_msg("the courier failed: %s", why);
}

static void on_result(void *arg, struct courier *courier, const struct courier_result *result)
{
	struct heard *heard = arg;

	(void)courier;
	assert_string_equal(result->outcome, "delivered");
	snprintf(heard->last_id, sizeof(heard->last_id), "%s", result->id);
	heard->results++;
}

static void on_lost(void *arg, struct courier *courier, int in_flight)
{
	(void)courier;
	(void)in_flight;
	((struct heard *)arg)->lost++;
}

static void on_retired(void *arg, struct courier *courier)
{
	(void)arg;
	(void)courier;
}

/* Runs the script as a courier, in a directory of its own. */
static struct courier *start(struct heard *heard, const char *script)
{
	const struct courier_events events = { on_ready, on_failed, on_result, on_lost,
		on_retired, heard };
	static const struct conf conf;
	static char program[128];
	FILE *file;

	memset(heard, 0, sizeof(*heard));
	strcpy(heard->dir, "/tmp/tocsin-test-XXXXXX");
	assert_non_null(mkdtemp(heard->dir));
	snprintf(program, sizeof(program), "%s/courier", heard->dir);
	file = fopen(program, "w");
	assert_non_null(file);
	fprintf(file, "#!/bin/sh\ncd %s || exit\n%s\n", heard->dir, script);
	fclose(file);
	assert_int_equal(chmod(program, 0700), 0);
	heard->base = event_base_new();
	return courier_new(heard->base, program, TRANSPORT_WEB, &conf, 1, &events);
}

static void stop(struct heard *heard, struct courier *courier)
{
	char *command = xasprintf("rm -r %s", heard->dir);

	courier_free(courier);
	event_base_free(heard->base);
	assert_int_equal(system(command), 0);
	free(command);
}

/* Without the loop: what the script says meanwhile waits in the socket. */
static void wait_for(const struct heard *heard, const char *name)
{
	char *path = xasprintf("%s/%s", heard->dir, name);
	int i;

	for (i = 0; access(path, F_OK) != 0; i++) {
		if (i >= PATIENCE_S * 100)
			fail_msg("the script has not come to \"%s\"", name);
		usleep(10000);
	}
	free(path);
}

static void make(const struct heard *heard, const char *name)
{
	char *path = xasprintf("%s/%s", heard->dir, name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fclose(file);
	free(path);
}

static void all_results_that_are_there_are_heard_at_once(void **state)
{
	struct heard heard;
	struct courier *courier = start(&heard,
		"read -r setup <&3\n"
		"echo '{\"op\":\"ready\"}' >&3\n"
		"until [ -e go ]; do sleep 0.01; done\n"
		"i=0\n"
		"while [ $i -lt 150 ]; do i=$((i + 1))\n"
		"echo '{\"op\":\"result\",\"id\":\"d_'$i'\",\"attempt\":1,"
			"\"outcome\":\"delivered\",\"detail\":\"HTTP 204\"}' >&3; done\n"
		": > said; exec sleep 60");

	(void)state;
	while (heard.ready == 0)
		event_base_loop(heard.base, EVLOOP_ONCE);
	make(&heard, "go");
	wait_for(&heard, "said");
	event_base_loop(heard.base, EVLOOP_ONCE);
	assert_int_equal(heard.results, RESULTS);
	assert_string_equal(heard.last_id, "d_150");
	stop(&heard, courier);
}

static void what_it_said_before_its_end_is_heard(void **state)
{
	struct heard heard;
	struct courier *courier = start(&heard,
		"read -r setup <&3\n"
		"printf '%s\\n' '{\"op\":\"ready\"}' 'no message' >&3\n"
		"printf '%s\\n' '{\"op\":\"result\",\"id\":\"d_1\",\"outcome\":\"delivered\"}' >&3");

	(void)state;
	while (heard.lost == 0)
		event_base_loop(heard.base, EVLOOP_ONCE);
	assert_int_equal(heard.ready, 1);
	assert_int_equal(heard.results, 1);
	assert_false(courier_is_ready(courier));
	stop(&heard, courier);
}

static void a_line_without_an_end_ends_it(void **state)
{
	struct heard heard;
	struct courier *courier = start(&heard,
		"read -r setup <&3\n"
		"head -c 300000 /dev/zero | tr '\\0' x >&3\n"
		"exec sleep 60");

	(void)state;
	while (heard.lost == 0)
		event_base_loop(heard.base, EVLOOP_ONCE);
	assert_int_equal(heard.results, 0);
	stop(&heard, courier);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_results_that_are_there_are_heard_at_once),
		cmocka_unit_test(what_it_said_before_its_end_is_heard),
		cmocka_unit_test(a_line_without_an_end_ends_it),
	};

	alarm(3 * PATIENCE_S);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
