/* Lines of the log: one for each event, forged by nobody, and with fields where systemd's
 * journal listens. Its side is played by a socket of ours. */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"

struct place {
	int real_stderr, stderr_now;	/* the second in place of the first */
	int journal;
	char directory[32];
	struct sockaddr_un address;
};

/* stderr is a file in memory, and JOURNAL_STREAM says that it is the journal. */
static int set_up(void **state)
{
	struct place *p = calloc(1, sizeof(*p));
	char stream[64];
	struct stat st;

	p->real_stderr = dup(STDERR_FILENO);
	p->stderr_now = memfd_create("stderr", 0);
	dup2(p->stderr_now, STDERR_FILENO);
	fstat(STDERR_FILENO, &st);
	snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	strcpy(p->directory, "/tmp/test_log.XXXXXX");
	if (mkdtemp(p->directory) == NULL)
		return -1;
	p->address.sun_family = AF_UNIX;
	snprintf(p->address.sun_path, sizeof(p->address.sun_path), "%s/socket", p->directory);
	p->journal = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	*state = p;
	return bind(p->journal, (const struct sockaddr *)&p->address, sizeof(p->address));
}

static int tear_down(void **state)
{
	struct place *p = *state;

	unsetenv("JOURNAL_STREAM");
	log_open_journal(p->address.sun_path);
	dup2(p->real_stderr, STDERR_FILENO);
	close(p->real_stderr);
	close(p->stderr_now);
	close(p->journal);
	unlink(p->address.sun_path);
	rmdir(p->directory);
	free(p);
	return 0;
}

static const char *written(struct place *p)
{
	static char text[8192];
	ssize_t n = pread(p->stderr_now, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

/* The next entry; "" when there is none. */
static const char *received(struct place *p)
{
	static char text[8192];
	ssize_t n = recv(p->journal, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static const struct log_about refused = {
	.message = MESSAGE_DELIVERY_REFUSED, .incident = 42, .channel = "soc",
	.regime = "nis2", .stage = "early-warning",
};

static void an_event_has_its_fields(void **state)
{
	struct place *p = *state;
	char expected[512];

	assert_true(log_open_journal(p->address.sun_path));
	log_event(LOG_LEVEL_ERROR, "outbox", &refused, "channel %s: %s", "soc", "gone");
	snprintf(expected, sizeof(expected), "PRIORITY=3\nSYSLOG_IDENTIFIER=%s\n"
		"MESSAGE_ID=5deea718d1bb48a1ab530dc0311f5085\nTOCSIN_INCIDENT=42\n"
		"TOCSIN_CHANNEL=soc\nTOCSIN_REGIME=nis2\nTOCSIN_STAGE=early-warning\n"
		"MESSAGE=outbox: channel soc: gone\n", program_invocation_short_name);
	assert_string_equal(received(p), expected);
	assert_string_equal(written(p), "");
}

static void each_kind_has_an_id_of_its_own(void **state)
{
	int i, j;

	(void)state;
	assert_null(message_id(MESSAGE_NONE));
	for (i = 1; i < MESSAGE_KINDS; i++) {
		assert_non_null(message_id((enum message)i));
		assert_int_equal(strspn(message_id((enum message)i), "0123456789abcdef"), 32);
		assert_int_equal(strlen(message_id((enum message)i)), 32);
		for (j = 1; j < i; j++)
			assert_string_not_equal(message_id((enum message)i),
				message_id((enum message)j));
	}
}

/* Where such a line is the last of a process, only the stream knows whose it was. */
static void a_line_of_no_kind_stays_in_the_stream(void **state)
{
	struct place *p = *state;

	assert_true(log_open_journal(p->address.sun_path));
	log_error("config", "%s:%d: unknown key", "tocsind.conf", 7);
	log_event(LOG_LEVEL_INFO, "store", &(const struct log_about){ .incident = 1 }, "x");
	assert_string_equal(received(p), "");
	assert_string_equal(written(p), "<3>config: tocsind.conf:7: unknown key\n<6>store: x\n");
}

static void no_text_forges_a_field(void **state)
{
	struct place *p = *state;
	const struct log_about about = { .message = MESSAGE_CHANNEL_DOWN,
		.channel = "a\nPRIORITY=7" };
	const char *entry;

	assert_true(log_open_journal(p->address.sun_path));
	log_event(LOG_LEVEL_ERROR, "outbox", &about, "said: %s", "x\nMESSAGE_ID=0\x1b[2J");
	entry = received(p);
	assert_non_null(strstr(entry, "\nTOCSIN_CHANNEL=a?PRIORITY=7\n"));
	assert_non_null(strstr(entry, "\nMESSAGE=outbox: said: x?MESSAGE_ID=0?[2J\n"));
	assert_null(strstr(entry, "\nPRIORITY=7"));
}

/* What a terminal would act on, or show in another order than it stands. */
static void no_text_moves_a_terminal(void **state)
{
	static const struct { const char *what, *said, *line; } rows[] = {
		{ "plain", "Gr\xc3\xb6\xc3\x9f" "e \xe6\xbc\xa2 \xf0\x9f\x94\xa5",
			"Gr\xc3\xb6\xc3\x9f" "e \xe6\xbc\xa2 \xf0\x9f\x94\xa5" },
		{ "C0 and delete", "a\x1b[2J\x7f" "b\nc", "a?[2J?b?c" },
		{ "C1: control sequence introducer", "a\xc2\x9b" "2Jb", "a?2Jb" },
		{ "C1: first and last", "\xc2\x80\xc2\x9f\xc2\xa0", "??\xc2\xa0" },
		{ "C1 as a byte", "a\x9b" "2Jb", "a?2Jb" },
		{ "override, isolate, mark", "a\xe2\x80\xae\xe2\x81\xa6\xe2\x80\x8f" "b", "a???b" },
		{ "line separator", "a\xe2\x80\xa8" "b", "a?b" },
		{ "tag, nonchar, annotation", "\xf3\xa0\x81\x81\xef\xbf\xbf\xef\xbf\xb9", "???" },
		{ "not UTF-8", "a\xff\xc0\xaf\xe2\x80", "a?????" },
	};
	struct place *p = *state;
	char line[100];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(ftruncate(p->stderr_now, 0), 0);
		lseek(p->stderr_now, 0, SEEK_SET);
		log_error("sources", "%s", rows[i].said);
		snprintf(line, sizeof(line), "<3>sources: %s\n", rows[i].line);
		if (strcmp(written(p), line) != 0)
			fail_msg("%s: %s", rows[i].what, written(p));
	}
}

static void where_stderr_is_not_the_journal_it_has_the_line(void **state)
{
	static const char *const streams[] = { NULL, "", "1:2", "no" };
	struct place *p = *state;
	size_t i;

	for (i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
		assert_int_equal(ftruncate(p->stderr_now, 0), 0);
		lseek(p->stderr_now, 0, SEEK_SET);
		if (streams[i] != NULL)
			setenv("JOURNAL_STREAM", streams[i], 1);
		else
			unsetenv("JOURNAL_STREAM");
		assert_false(log_open_journal(p->address.sun_path));
		log_event(LOG_LEVEL_ERROR, "outbox", &refused, "gone");
		assert_string_equal(received(p), "");
		assert_string_equal(written(p), "<3>outbox: gone\n");
	}
}

/* A journal that is away, or does not read, keeps nobody waiting and costs no line. */
static void what_the_journal_does_not_take_goes_to_stderr(void **state)
{
	struct place *p = *state;
	int sent;

	assert_true(log_open_journal(p->address.sun_path));
	for (sent = 0; sent < 100000 && written(p)[0] == '\0'; sent++)
		log_event(LOG_LEVEL_ERROR, "outbox", &refused, "number %d", sent);
	assert_in_range(sent, 2, 99999);
	assert_non_null(strstr(written(p), "<3>outbox: number "));
	close(p->journal);
	p->journal = -1;
	log_event(LOG_LEVEL_ERROR, "outbox", &refused, "nobody there");
	assert_non_null(strstr(written(p), "<3>outbox: nobody there\n"));
}

static void errno_is_what_it_was(void **state)
{
	struct place *p = *state;

	assert_true(log_open_journal(p->address.sun_path));
	errno = ENOENT;
	log_event(LOG_LEVEL_ERROR, "store", &refused, "no: %m");
	assert_int_equal(errno, ENOENT);
	assert_non_null(strstr(received(p), "MESSAGE=store: no: No such file or directory\n"));
}

static void a_level_that_is_left_out_is_left_out_there_too(void **state)
{
	struct place *p = *state;

	assert_true(log_open_journal(p->address.sun_path));
	log_event(LOG_LEVEL_DEBUG, "outbox", &refused, "x");
	assert_string_equal(received(p), "");
	assert_string_equal(written(p), "");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_event_has_its_fields),
		cmocka_unit_test(each_kind_has_an_id_of_its_own),
		TEST(a_line_of_no_kind_stays_in_the_stream),
		TEST(no_text_forges_a_field),
		TEST(no_text_moves_a_terminal),
		TEST(where_stderr_is_not_the_journal_it_has_the_line),
		TEST(what_the_journal_does_not_take_goes_to_stderr),
		TEST(errno_is_what_it_was),
		TEST(a_level_that_is_left_out_is_left_out_there_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
