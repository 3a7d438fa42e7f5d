/*
 * A backup: fetched under another name, synced, checked where it has arrived, and only
 * then given its own. The check is the daemon's program, `tocsind -k`, so that the
 * client needs no database; without it on this machine the copy is kept, unverified,
 * and that is a failure.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/client.h"
#include "cli/progress.h"

enum { MISSING = 127 };

static void on_progress(void *arg, int64_t done, int64_t total)
{
	struct progress *p = arg;

	if (total > 0)
		progress_say(p, "%" PRId64 " of %" PRId64 " MiB ", done >> 20, total >> 20);
	else
		progress_say(p, "the daemon is copying, %" PRId64 " s ", progress_seconds(p));
}

static int fetch(const struct cli *cli, int fd, struct error *err)
{
	struct progress p;
	struct client *client = client_new(cli, err);
	int rc = -1;

	progress_begin(&p);
	if (client != NULL)
		rc = client_download(client, "/v1/backup", fd, on_progress, &p, err);
	client_free(client);
	progress_end(&p);
	return rc;
}

/* Its exit status; what is wrong it says on standard error itself. */
static int run_check(const char *program, const char *path)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

		if (null >= 0)
			dup2(null, STDOUT_FILENO);
		execl(program, program, "-k", path, (char *)NULL);
		_exit(MISSING);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int sync_parent(const char *path)
{
	char *copy = xstrdup(path);
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd < 0 ? -1 : fsync(fd);

	if (fd >= 0)
		close(fd);
	free(copy);
	return rc;
}

/* Under its own name, which nothing has: link(2) does not replace. */
static int give_name(const char *partial, const char *path, struct error *err)
{
	if (link(partial, path) < 0 || unlink(partial) < 0 || sync_parent(path) < 0)
		return error_set(err, ERROR_IO, "%s: %s", path, strerror(errno));
	return 0;
}

static int check(const char *program, const char *partial, struct error *err)
{
	int status = run_check(program, partial);

	if (status == 0)
		return 0;
	if (status == MISSING)
		return error_set(err, ERROR_IO, "%s is not verified, because %s is not there; "
			"run tocsind -k on it where there is one", partial, program);
	return error_set(err, ERROR_IO, "%s is no good backup; tocsind -k says why", partial);
}

static int back_up(const struct cli *cli, const char *program, const char *path,
	const char *partial, struct error *err)
{
	int fd, rc;

	if (access(path, F_OK) == 0)
		return error_set(err, ERROR_INVALID, "%s is there already", path);
	fd = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_set(err, ERROR_IO, "%s: %s", partial, strerror(errno));
	rc = fetch(cli, fd, err);
	if (rc == 0 && fsync(fd) < 0)
		rc = error_set(err, ERROR_IO, "%s: %s", partial, strerror(errno));
	close(fd);
	if (rc < 0) {
		unlink(partial);
		return -1;
	}
	if (check(program, partial, err) < 0)
		return -1;
	return give_name(partial, path, err);
}

static void say(struct cli *cli, const char *path)
{
	struct stat st = { 0 };
	json_t *document;

	stat(path, &st);
	if (!cli->json) {
		writer_line(&cli->out, "%s: %jd bytes, verified", path, (intmax_t)st.st_size);
		return;
	}
	document = json_object();
	json_set_text(document, "file", path);
	json_set_int(document, "bytes", (int64_t)st.st_size);
	writer_document(&cli->out, document);
	json_decref(document);
}

int cmd_backup(struct cli *cli, int argc, char **argv)
{
	static const char *const names[] = { "FILE" };
	const char *program = TOCSIN_SBINDIR "/tocsind";
	const struct cli_option options[] = {
		{ .name = "tocsind", .kind = OPTION_PATH, .ret = &program },
	};
	struct operands one = { .names = names, .required = 1, .max = 1, .paths = true };
	int status = cli_parse(cli, options, ARRAY_LEN(options), argc, argv, &one), rc;
	struct error err;
	char *partial;

	if (status != CLI_DONE)
		return status;
	partial = xasprintf("%s.partial", one.list[0]);
	rc = back_up(cli, program, one.list[0], partial, &err);
	free(partial);
	if (rc < 0)
		return cli_failed(&err);
	say(cli, one.list[0]);
	return CLI_DONE;
}
