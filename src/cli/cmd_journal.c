/*
 * The journal: read, followed, verified. Records are passed on as they are stored;
 * only for a person at a terminal are they spelled out.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "cli/chain.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/progress.h"
#include "cli/show.h"

enum { PAGE = 10000, FOLLOW_S = 1, BLOCK = 256 * 1024 };

/* ---- journal ----------------------------------------------------------------- */

/* On a terminal nobody reads a list of clocks within a line: --json has it. */
static bool is_long(const json_t *value)
{
	return json_is_array(value) && json_is_object(json_array_get(value, 0));
}

static void value_of(const json_t *value, struct buf *out)
{
	const char *key, *mark = "{";
	json_t *member;

	if (json_is_string(value))
		buf_adds(out, json_string_value(value));
	else if (is_long(value))
		buf_addf(out, "[%zu]", json_array_size(value));
	else if (!json_is_object(value) || json_object_size(value) == 0)
		json_write(out, value);
	else {
		json_object_foreach((json_t *)(uintptr_t)value, key, member) {
			buf_addf(out, "%s%s=", mark, key);
			value_of(member, out);
			mark = " ";
		}
		buf_addc(out, '}');
	}
}

/* Members after the head, as "key=value". */
static void rest_of(const json_t *record, struct buf *out)
{
	static const char *const head[] = { "seq", "at", "kind", "actor" };
	const char *key;
	json_t *value;
	size_t i;

	/* jansson's iteration takes an object that is not const but does not change
	 * it. */
	json_object_foreach((json_t *)(uintptr_t)record, key, value) {
		for (i = 0; i < ARRAY_LEN(head) && strcmp(head[i], key) != 0; i++)
			;
		if (i < ARRAY_LEN(head))
			continue;
		buf_addf(out, "  %s=", key);
		value_of(value, out);
	}
}

static void record_show(struct writer *w, const json_t *envelope)
{
	const char *line = show_text(envelope, "line");
	json_t *record = json_read(line, strlen(line), NULL);
	struct buf rest;

	buf_init(&rest, 0);
	rest_of(record, &rest);
	writer_wrapped(w, 8, "%6" PRId64 "  %-20s  %s  %s%s", show_number(envelope, "seq"),
		show_text(record, "at"), show_text(record, "kind"), show_text(record, "actor"),
		rest.data);
	buf_release(&rest);
	json_decref(record);
}

/* How records are shown: spelled out or as stored, or their lines alone, which are
 * what the chain hashes. */
enum form { FORM_RECORDS, FORM_LINES };

static void record_print(struct cli *cli, const json_t *envelope, const char *text, size_t len,
	enum form form)
{
	const char *line = show_text(envelope, "line");

	if (form == FORM_LINES)
		writer_exact(&cli->out, line, strlen(line));
	else if (cli->out.terminal && !cli->json)
		record_show(&cli->out, envelope);
	else
		writer_json(&cli->out, text, len);
}

/* One page; *after becomes the last seq in it. */
static int page_show(struct cli *cli, const struct buf *page, enum form form, int64_t *after,
	struct error *err)
{
	const char *text = page->data, *end = page->data + page->len;

	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t len = (size_t)((newline != NULL ? newline : end) - text);
		json_t *envelope = json_read(text, len, err);

		if (envelope == NULL)
			return error_prefix(err, "the journal's page");
		*after = show_number(envelope, "seq");
		record_print(cli, envelope, text, len, form);
		json_decref(envelope);
		text += len + (newline != NULL);
	}
	return 0;
}

/* The page behind a record; empty at the journal's end. */
static int page_fetch(struct client *client, const char *path, int64_t after,
	struct buf *ret, struct error *err)
{
	char number[24];
	struct buf full;
	int rc;

	buf_init(&full, 0);
	buf_adds(&full, path);
	snprintf(number, sizeof(number), "%" PRId64, after);
	client_query(&full, "after", number);
	snprintf(number, sizeof(number), "%d", PAGE);
	client_query(&full, "limit", number);
	rc = client_fetch(client, full.data, ret, err);
	buf_release(&full);
	return rc;
}

static int journal_show(struct cli *cli, struct client *client, const char *path,
	enum form form, bool follow, struct error *err)
{
	const struct timespec pause = { .tv_sec = FOLLOW_S };
	int64_t after = 0, before;
	struct buf page;
	int rc;

	do {
		before = after;
		rc = page_fetch(client, path, after, &page, err);
		if (rc == 0)
			rc = page_show(cli, &page, form, &after, err);
		buf_release(&page);
		if (rc == 0 && after == before && follow) {
			writer_flush(&cli->out);
			nanosleep(&pause, NULL);
		}
	} while (rc == 0 && cli->out.failed == 0 && (after > before || follow));
	return rc;
}

int cmd_journal(struct cli *cli, int argc, char **argv)
{
	static const char *const names[] = { "ID" };
	bool follow = false, lines = false;
	const struct cli_option options[] = {
		{ .name = "follow", .kind = OPTION_FLAG, .ret = &follow, .letter = 'f' },
		{ .name = "lines", .kind = OPTION_FLAG, .ret = &lines },
	};
	struct operands one = { .names = names, .max = 1 };
	int status = cli_parse(cli, options, ARRAY_LEN(options), argc, argv, &one);
	char path[64] = "/v1/journal";
	struct client *client;
	struct error err;
	int64_t id;
	int rc;

	if (status != CLI_DONE)
		return status;
	if (one.n > 0 && option_id(one.list[0], &id, &err) < 0)
		return cli_usage(cli, &err);
	if (one.n > 0)
		snprintf(path, sizeof(path), "/v1/incidents/%" PRId64 "/journal", id);
	client = client_new(cli, &err);
	rc = client != NULL ? journal_show(cli, client, path,
		lines ? FORM_LINES : FORM_RECORDS, follow, &err) : -1;
	client_free(client);
	return rc < 0 ? cli_failed(&err) : CLI_DONE;
}

/* ---- verify ------------------------------------------------------------------------- */

static int verify_file(struct chain *chain, const char *path, struct error *err)
{
	bool is_stdin = strcmp(path, "-") == 0;
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY), rc = 0;
	struct progress progress;
	char *block;
	ssize_t n;

	if (fd < 0)
		return error_set(err, ERROR_IO, "%s: %s", path, strerror(errno));
	progress_begin(&progress);
	block = xmalloc(BLOCK);
	while (rc == 0 && (n = read(fd, block, BLOCK)) != 0) {
		if (n < 0 && errno != EINTR)
			rc = error_set(err, ERROR_IO, "%s: %s", path, strerror(errno));
		else if (n > 0)
			rc = chain_add(chain, block, (size_t)n, err);
		progress_say(&progress, "%" PRId64 " records ", chain->check.seq);
	}
	progress_end(&progress);
	free(block);
	if (rc == 0)
		rc = chain_end(chain, err);
	if (rc == 0 && chain->check.seq == 0)
		rc = error_set(err, ERROR_INVALID, "%s: there are no records in it", path);
	if (!is_stdin)
		close(fd);
	if (rc < 0 && err->line > 0)
		text_copy(err->file, sizeof(err->file), is_stdin ? "stdin" : path);
	return rc;
}

static int verify_daemon(struct cli *cli, struct chain *chain, struct error *err)
{
	struct client *client = client_new(cli, err);
	struct progress progress;
	int64_t before;
	struct buf page;
	int rc = client != NULL ? 0 : -1;

	progress_begin(&progress);
	do {
		before = chain->check.seq;
		progress_say(&progress, "%" PRId64 " records ", before);
		if (rc == 0) {
			rc = page_fetch(client, "/v1/journal", before, &page, err);
			if (rc == 0)
				rc = chain_add(chain, page.data, page.len, err);
			buf_release(&page);
		}
	} while (rc == 0 && chain->check.seq > before);
	progress_end(&progress);
	if (rc == 0)
		rc = chain_end(chain, err);
	client_free(client);
	if (rc < 0)
		err->line = 0;	/* the record's number says it; there is no file */
	return rc;
}

static void verify_show(struct cli *cli, const struct chain *chain)
{
	json_t *document;

	if (!cli->json) {
		writer_line(&cli->out, "the chain is whole: %" PRId64 " records",
			chain->check.seq);
		writer_line(&cli->out, "head %" PRId64 ":%s", chain->check.seq,
			chain->check.hash);
		return;
	}
	document = json_object();
	json_set_int(document, "seq", chain->check.seq);
	json_set_text(document, "hash", chain->check.hash);
	writer_document(&cli->out, document);
	json_decref(document);
}

int cmd_verify(struct cli *cli, int argc, char **argv)
{
	static const char *const names[] = { "FILE" };
	const char *head = NULL;
	const struct cli_option options[] = {
		{ .name = "head", .kind = OPTION_TEXT, .ret = &head },
	};
	struct operands one = { .names = names, .max = 1, .paths = true };
	int status = cli_parse(cli, options, ARRAY_LEN(options), argc, argv, &one), rc;
	struct chain chain;
	struct error err;

	if (status != CLI_DONE)
		return status;
	chain_init(&chain);
	if (head != NULL && chain_head_parse(head, &chain.head, &err) < 0)
		return cli_usage(cli, &err);
	rc = one.n > 0 ? verify_file(&chain, one.list[0], &err) :
		verify_daemon(cli, &chain, &err);
	chain_release(&chain);
	if (rc < 0)
		return cli_failed(&err);
	verify_show(cli, &chain);
	return CLI_DONE;
}
