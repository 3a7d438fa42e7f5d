/*
 * Starting the client for tocsind -t: see preview.h. What the client says on standard
 * error is kept until it has ended: a failure of its own is a warning here, for the
 * configuration is good all the same.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/rfc3339.h"
#include "daemon/preview.h"

enum { LIMIT_MS = 10 * SECOND_MS, LOOK_MS = 10, SAID_MAX = 4096 };

struct child {
	pid_t pid;
	int said;		/* what it writes to standard error */
	int64_t end_at;		/* clock_boot() */
	struct buf text;
};

static bool answers(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	bool yes;
	int fd;

	if (strlen(path) >= sizeof(address.sun_path))
		return false;
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return false;
	yes = connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0;
	close(fd);
	return yes;
}

static const char *find_daemon(const struct conf *conf)
{
	size_t i;

	for (i = 0; i < conf->n_listens; i++)
		if (conf->listens[i].unix_path != NULL && answers(conf->listens[i].unix_path))
			return conf->listens[i].unix_path;
	return NULL;
}

/* The directories that the configuration was read from, for --data: its own before
 * all, as for the daemon. */
static char *data_dirs(const struct conf *conf, const struct conf_options *options)
{
	int own = (int)(strrchr(conf->path, '/') - conf->path);
	const char *data = options->data_dir;
	struct stat st;

	if (data == NULL && stat(TOCSIN_DATADIR, &st) == 0)
		data = TOCSIN_DATADIR;
	return xasprintf("%.*s%s%s", own > 0 ? own : 1, conf->path, data != NULL ? ":" : "",
		data != NULL ? data : "");
}

/* ---- the child ------------------------------------------------------------------- */

static void run_client(int said, const char *program, const char *socket,
	const char *data) __attribute__((noreturn));

static void run_client(int said, const char *program, const char *socket, const char *data)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (null >= 0)
		dup2(null, STDIN_FILENO);
	dup2(said, STDERR_FILENO);
	execl(program, program, "--socket", socket, "--data", data, "rules", (char *)NULL);
	dprintf(STDERR_FILENO, "%s: %s\n", program, strerror(errno));
	_exit(127);
}

static int start(struct child *child, const char *program, const char *socket,
	const char *data)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -1;
	child->end_at = clock_boot() + LIMIT_MS;
	child->pid = fork();
	if (child->pid == 0)
		run_client(fds[1], program, socket, data);
	close(fds[1]);
	child->said = fds[0];
	if (child->pid > 0)
		return 0;
	close(fds[0]);
	return -1;
}

static int time_left(const struct child *child)
{
	int64_t left = child->end_at - clock_boot();

	return left > 0 ? (int)left : 0;
}

/* Until it closes its standard error, which is when it ends, or the time is over. */
static void listen_to(struct child *child)
{
	struct pollfd fd = { .fd = child->said, .events = POLLIN };
	char block[1024];
	ssize_t n = 1;

	while (n != 0 && time_left(child) > 0) {
		if (poll(&fd, 1, time_left(child)) <= 0)
			continue;
		n = read(child->said, block, sizeof(block));
		if (n > 0 && child->text.len < SAID_MAX)
			buf_add(&child->text, block, (size_t)n);
	}
	close(child->said);
}

/* The exit status, or -1: it did not end in time, or not by itself. */
static int wait_for(const struct child *child)
{
	int status = 0;

	while (waitpid(child->pid, &status, WNOHANG) == 0) {
		if (time_left(child) == 0) {
			kill(child->pid, SIGKILL);
			waitpid(child->pid, &status, 0);
			break;
		}
		poll(NULL, 0, LOOK_MS);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void warn(const char *why)
{
	fprintf(stderr, "warning: what these rules would change for open incidents is not "
		"known: %.*s\n", (int)strcspn(why, "\n"), why);
}

void preview_rules(const struct conf *conf, const struct conf_options *options,
	const char *bin_dir)
{
	const char *path = find_daemon(conf);
	struct child child = { .pid = -1 };
	char *program, *data;

	if (path == NULL)
		return;
	program = xasprintf("%s/tocsin", bin_dir);
	data = data_dirs(conf, options);
	buf_init(&child.text, 0);
	fflush(stdout);
	if (start(&child, program, path, data) < 0) {
		warn(strerror(errno));
	} else {
		int status;

		listen_to(&child);
		status = wait_for(&child);
		if (status == 0)
			fputs(child.text.data, stderr);
		else
			warn(status < 0 ? "the daemon did not answer in time" : child.text.data);
	}
	buf_release(&child.text);
	free(program);
	free(data);
}
