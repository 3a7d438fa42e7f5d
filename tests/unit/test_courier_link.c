/* The socket to the daemon, what a send must have, and the relay's URL. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/text.h"
#include "config/transport.h"
#include "courier/job.h"
#include "courier/link.h"
#include "courier/smtp.h"

/* ---- the link */

struct ends {
	struct event_base *base;
	struct link *link;
	int daemon;			/* the other end */
	struct buf seen;		/* "message KEY;", "broken;", "closed;" */
};

static void saw_message(void *arg, json_t *message)
{
	struct ends *ends = arg;

	buf_addf(&ends->seen, "message %zu;", json_object_size(message));
}

static void saw_broken(void *arg, const struct error *err)
{
	struct ends *ends = arg;

	assert_true(err->text[0] != '\0');
	buf_adds(&ends->seen, "broken;");
}

static void saw_closed(void *arg)
{
	struct ends *ends = arg;

	buf_adds(&ends->seen, "closed;");
}

static void saw_flushed(void *arg)
{
	(void)arg;
}

static void ends_open(struct ends *ends)
{
	static const struct link_handlers handlers = { saw_message, saw_broken, saw_closed,
		saw_flushed, NULL };
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	ends->base = event_base_new();
	ends->daemon = fds[0];
	ends->link = link_new(ends->base, fds[1], &handlers, ends);
	buf_init(&ends->seen, 0);
}

static void ends_close(struct ends *ends)
{
	link_free(ends->link);
	if (ends->daemon >= 0)
		close(ends->daemon);
	event_base_free(ends->base);
	buf_release(&ends->seen);
}

/* Until nothing more is ready. */
static void turn(struct ends *ends)
{
	int i;

	for (i = 0; i < 8; i++)
		event_base_loop(ends->base, EVLOOP_NONBLOCK);
}

/* As a daemon that writes as the courier reads. */
static void put(struct ends *ends, const char *text, size_t n)
{
	while (n > 0) {
		ssize_t done = send(ends->daemon, text, n, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (done > 0) {
			text += done;
			n -= (size_t)done;
		}
		turn(ends);
		if (strstr(ends->seen.data, "broken") != NULL)
			return;
	}
}

static void lines_become_messages(void **state)
{
	static const struct {
		const char *in, *seen;
	} rows[] = {
		{ "{\"a\":1}\n", "message 1;" },
		{ "{}\n{\"a\":1,\"b\":2}\n{\"c\"", "message 0;message 2;" },
		{ "", "" },
		{ "\n", "broken;" },
		{ "[]\n", "broken;" },
		{ "1\n", "broken;" },
		{ "{\"a\":1,\"a\":2}\n", "broken;" },
		{ "{}\nnonsense\n{}\n", "message 0;broken;" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct ends ends;

		ends_open(&ends);
		put(&ends, rows[i].in, strlen(rows[i].in));
		if (!text_equal(ends.seen.data, rows[i].seen))
			fail_msg("row %zu: \"%s\"", i, ends.seen.data);
		ends_close(&ends);
	}
}

static void a_line_has_a_limit(void **state)
{
	size_t n = TRANSPORT_LINE_MAX;
	char *line = malloc(n + 3);
	struct ends ends;

	(void)state;
	memset(line, ' ', n + 3);
	line[0] = '{';
	line[n - 1] = '}';
	line[n] = '\n';
	ends_open(&ends);
	put(&ends, line, n + 1);
	assert_string_equal(ends.seen.data, "message 0;");
	buf_clear(&ends.seen);
	line[n] = ' ';
	line[n + 1] = '\n';
	put(&ends, line, n + 2);
	assert_string_equal(ends.seen.data, "broken;");
	ends_close(&ends);
	/* Without an end it is refused too, and not read for ever. */
	ends_open(&ends);
	memset(line, ' ', n + 3);
	put(&ends, line, n + 3);
	assert_string_equal(ends.seen.data, "broken;");
	ends_close(&ends);
	free(line);
}

static void what_came_before_the_end_is_taken(void **state)
{
	struct ends ends;

	(void)state;
	ends_open(&ends);
	link_hold(ends.link, true);
	put(&ends, "{\"a\":1}\n", 8);
	assert_string_equal(ends.seen.data, "");
	link_hold(ends.link, false);
	turn(&ends);
	assert_string_equal(ends.seen.data, "message 1;");
	put(&ends, "{}\n", 3);
	close(ends.daemon);
	ends.daemon = -1;
	turn(&ends);
	assert_string_equal(ends.seen.data, "message 1;message 0;closed;");
	ends_close(&ends);
}

static void answers_go_out_in_lines(void **state)
{
	json_t *message = json_object();
	char got[64] = "";
	struct ends ends;

	(void)state;
	ends_open(&ends);
	json_set_text(message, "op", "ready");
	link_send(ends.link, message);
	assert_false(link_is_flushed(ends.link));
	turn(&ends);
	assert_true(link_is_flushed(ends.link));
	assert_int_equal(recv(ends.daemon, got, sizeof(got) - 1, MSG_DONTWAIT), 15);
	assert_string_equal(got, "{\"op\":\"ready\"}\n");
	json_decref(message);
	ends_close(&ends);
}

/* ---- sends */

#define SEND(op, id, attempt, channel, notice) \
	"{\"op\":\"" op "\",\"id\":" id ",\"attempt\":" attempt \
	",\"channel\":" channel ",\"notice\":" notice "}"

static void a_send_has_all_its_parts(void **state)
{
	static const struct {
		const char *json;
		bool ok;
	} rows[] = {
		{ SEND("send", "\"dlv_a_1\"", "1", "\"soc\"", "{}"), true },
		{ SEND("send", "\"dlv_a_1\"", "1", "\"x\"", "{}"), true },
		{ SEND("stop", "\"dlv_a_1\"", "1", "\"soc\"", "{}"), false },
		{ SEND("send", "\"\"", "1", "\"soc\"", "{}"), false },
		{ SEND("send", "\"a.b\"", "1", "\"soc\"", "{}"), false },
		{ SEND("send", "\"a\\r\\nX: b\"", "1", "\"soc\"", "{}"), false },
		{ SEND("send", "7", "1", "\"soc\"", "{}"), false },
		{ SEND("send", "\"a\"", "\"1\"", "\"soc\"", "{}"), false },
		{ SEND("send", "\"a\"", "1", "null", "{}"), false },
		{ SEND("send", "\"a\"", "1", "\"soc\"", "null"), false },
		{ SEND("send", "\"a\"", "1", "\"soc\"", "[]"), false },
		{ "{}", false },
	};
	static const struct conf_channel soc = { .name = "soc", .transport = "web" };
	struct channel_set channels;
	size_t i;

	(void)state;
	channel_set_init(&channels, &soc, 1);
	assert_int_equal(channels.n, 1);
	assert_null(channel_find(&channels, "mail"));
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		json_t *message = json_read(rows[i].json, strlen(rows[i].json), NULL);
		struct error err;
		struct job *job = job_new(message, &channels, &err);

		assert_non_null(message);
		if ((job != NULL) != rows[i].ok)
			fail_msg("row %zu: %s", i, rows[i].json);
		if (job != NULL)
			assert_true((job->channel != NULL) == (i == 0));
		job_free(job);
		json_decref(message);
	}
	channel_set_release(&channels);
}

/* ---- the relay's URL */

static void a_relay_s_url_names_us(void **state)
{
	static const struct {
		enum smtp_tls tls;
		const char *host;
		int port;
		const char *hostname, *url;
	} rows[] = {
		{ SMTP_STARTTLS, "mail.example.org", 587, "app1.example.net",
		  "smtp://mail.example.org:587/app1.example.net" },
		{ SMTP_IMPLICIT, "mail.example.org", 465, "app1",
		  "smtps://mail.example.org:465/example.org" },
		{ SMTP_PLAIN, "127.0.0.1", 25, "", "smtp://127.0.0.1:25/example.org" },
		{ SMTP_PLAIN, "::1", 25, "a b.c", "smtp://[::1]:25/example.org" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		const struct conf_channel channel = { .relay_host = rows[i].host,
			.relay_port = rows[i].port, .tls = rows[i].tls, .from = "tocsin@example.org" };
		struct buf url;

		buf_init(&url, 0);
		smtp_url(&channel, rows[i].hostname, &url);
		assert_string_equal(url.data, rows[i].url);
		buf_release(&url);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_become_messages),
		cmocka_unit_test(a_line_has_a_limit),
		cmocka_unit_test(what_came_before_the_end_is_taken),
		cmocka_unit_test(answers_go_out_in_lines),
		cmocka_unit_test(a_send_has_all_its_parts),
		cmocka_unit_test(a_relay_s_url_names_us),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
