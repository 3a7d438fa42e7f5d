/*
 * The clocks on a terminal, drawn anew each second, time left first. What is shown is
 * asked for every two seconds; when the daemon does not answer, what was known stays,
 * counting down, with a line that says how old it is.
 *
 * The terminal gets an alternate screen and is put back however this ends: keys come
 * without echo and without signals (Ctrl-C is a key like q), and SIGTERM and SIGHUP
 * only set a flag.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/rfc3339.h"
#include "base/text.h"
#include "cli/client.h"
#include "cli/show.h"

#define ENTER "\033[?1049h\033[?25l"	/* alternate screen, no cursor */
#define LEAVE "\033[?25h\033[?1049l"
#define CLEAR "\033[H\033[2J"

enum { ASK_MS = 2000, DRAW_MS = 1000, CLOCKS_MAX = 500, AROUND = 5, CTRL_C = 3, CTRL_D = 4 };

struct watch {
	struct cli *cli;
	struct client *client;
	char *path;
	json_t *clocks, *status;	/* NULL: never heard of */
	int64_t asked, heard;		/* clock_boot() */
	struct error trouble;		/* code ERROR_NONE: none */
	size_t rows;
};

static volatile sig_atomic_t told_to_end;

static void on_signal(int signal)
{
	(void)signal;
	told_to_end = 1;
}

/* ---- what there is ----------------------------------------------------------------- */

static void ask(struct watch *w)
{
	json_t *clocks = client_list(w->client, w->path, "clocks", CLOCKS_MAX, &w->trouble);
	json_t *status = clocks != NULL ? client_get(w->client, "/v1/status", &w->trouble) : NULL;

	w->asked = clock_boot();
	if (status == NULL) {
		json_decref(clocks);
		return;
	}
	json_decref(w->clocks);
	json_decref(w->status);
	w->clocks = clocks;
	w->status = status;
	w->heard = w->asked;
	w->trouble.code = ERROR_NONE;
}

/* ---- drawing ----------------------------------------------------------------------- */

static void measure(struct watch *w)
{
	struct winsize size = { 0 };

	ioctl(w->cli->out.fd, TIOCGWINSZ, &size);
	w->rows = size.ws_row > AROUND ? (size_t)size.ws_row - AROUND : 1;
	w->cli->out.width = size.ws_col > 0 ? size.ws_col : 80;
}

static size_t count_overdue(const json_t *clocks, int64_t now)
{
	size_t i, n = 0;

	for (i = 0; i < json_array_size(clocks); i++) {
		int64_t due_at = show_time(json_array_get(clocks, i), "due_at");

		n += due_at != TIME_NONE && due_at < now;
	}
	return n;
}

static void draw_head(const struct watch *w, const json_t *clocks, int64_t now)
{
	size_t n = json_array_size(clocks), overdue = count_overdue(clocks, now);
	int64_t oldest = show_time(w->status, "oldest_undelivered_at");
	char stamp[RFC3339_SIZE], age[TEXT_DURATION_SIZE];
	struct writer *out = &w->cli->out;

	rfc3339_format(now / SECOND_MS * SECOND_MS, stamp);
	writer_line(out, "tocsin  %s  %zu clock%s, %zu overdue", stamp, n, n == 1 ? "" : "s",
		overdue);
	if (w->trouble.code != ERROR_NONE) {
		text_duration(clock_boot() - w->heard, age);
		writer_urgent(out, "NO ANSWER, this is %s old: %s",
			w->status != NULL ? age : "never", w->trouble.text);
	} else if (oldest != TIME_NONE) {
		text_duration(now - oldest, age);
		writer_line(out, "the oldest notice that is not delivered waits %s", age);
	} else {
		writer_line(out, "%s", "every notice is delivered");
	}
}

/* As many as there is room for. */
static void draw_clocks(const struct watch *w, const json_t *clocks, int64_t now)
{
	json_t *shown = json_array();
	size_t i, n = json_array_size(clocks);

	for (i = 0; i < n && i < w->rows; i++)
		json_array_append(shown, json_array_get(clocks, i));
	if (n > 0)
		show_clocks(&w->cli->out, shown, now);
	else
		writer_line(&w->cli->out, "%s", "nothing is owed");
	json_decref(shown);
	writer_line(&w->cli->out, n > w->rows ? "and %zu more; q ends" : "q ends",
		n - w->rows);
}

static void draw(struct watch *w)
{
	const json_t *clocks = json_object_get(w->clocks, "clocks");
	int64_t now = clock_wall();

	measure(w);
	buf_adds(&w->cli->out.out, CLEAR);
	draw_head(w, clocks, now);
	draw_clocks(w, clocks, now);
	writer_flush(&w->cli->out);
}

/* ---- the terminal ------------------------------------------------------------------- */

/* Until a key is pressed that ends it, or the next second. false: it ends. */
static bool wait_for_key(const struct watch *w)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	char key = 0;

	if (poll(&in, 1, DRAW_MS) > 0 && (read(STDIN_FILENO, &key, 1) <= 0))
		return false;
	return key != 'q' && key != 'Q' && key != CTRL_C && key != CTRL_D && !told_to_end &&
		w->cli->out.failed == 0;
}

static void run(struct watch *w)
{
	do {
		if (w->asked == 0 || clock_boot() - w->asked >= ASK_MS)
			ask(w);
		draw(w);
	} while (wait_for_key(w));
}

static int on_terminal(struct watch *w, struct error *err)
{
	const struct sigaction ended = { .sa_handler = on_signal };
	struct termios before, raw;

	if (tcgetattr(STDIN_FILENO, &before) < 0)
		return error_set(err, ERROR_INVALID, "watch needs a terminal; see tocsin clocks");
	sigaction(SIGTERM, &ended, NULL);
	sigaction(SIGHUP, &ended, NULL);
	raw = before;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG);
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	buf_adds(&w->cli->out.out, ENTER);
	run(w);
	buf_adds(&w->cli->out.out, LEAVE);
	writer_flush(&w->cli->out);
	tcsetattr(STDIN_FILENO, TCSANOW, &before);
	return 0;
}

/* For a program: the clocks that run, in a line, whenever they are other ones. */
static int as_lines(struct watch *w, struct error *err)
{
	const struct timespec pause = { .tv_sec = ASK_MS / 1000 };
	struct writer *out = &w->cli->out;
	char *said = xstrdup("");
	json_t *clocks;

	while (out->failed == 0 && (clocks = client_list(w->client, w->path, "clocks",
			CLOCKS_MAX, err)) != NULL) {
		char *text = json_text(clocks);

		if (strcmp(text, said) != 0) {
			writer_json(out, text, strlen(text));
			writer_flush(out);
		}
		free(said);
		said = text;
		json_decref(clocks);
		nanosleep(&pause, NULL);
	}
	free(said);
	return out->failed == 0 ? -1 : 0;
}

int cmd_watch(struct cli *cli, int argc, char **argv)
{
	const char *entity = NULL;
	const struct cli_option options[] = {
		{ .name = "entity", .kind = OPTION_TEXT, .ret = &entity },
	};
	struct operands none = { .max = 0 };
	struct watch w = { .cli = cli };
	int status = cli_parse(cli, options, ARRAY_LEN(options), argc, argv, &none), rc = -1;
	struct error err;
	struct buf path;

	if (status != CLI_DONE)
		return status;
	buf_init(&path, 0);
	buf_adds(&path, "/v1/clocks?state=running");
	client_query(&path, "entity", entity);
	w.path = path.data;
	if (!cli->out.terminal && !cli->json)
		error_set(&err, ERROR_INVALID, "watch needs a terminal; see tocsin clocks");
	else if ((w.client = client_new(cli, &err)) != NULL) {
		client_set_quiet(w.client);
		rc = cli->json ? as_lines(&w, &err) : on_terminal(&w, &err);
	}
	client_free(w.client);
	json_decref(w.clocks);
	json_decref(w.status);
	buf_release(&path);
	return rc < 0 ? cli_failed(&err) : CLI_DONE;
}
