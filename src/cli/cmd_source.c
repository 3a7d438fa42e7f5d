/* Trying out a source format on a body: no daemon, no network, no store. What is shown
 * is what the daemon would do, because the same code does it. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/cli.h"
#include "config/conf.h"
#include "ingest/explain.h"

enum { BODY_MAX = 16 * 1024 * 1024, BLOCK = 64 * 1024 };

struct trial {
	struct cli *cli;
	const struct conf_format *format;
	struct arena *arena;
	json_t *alerts;			/* with --json; else NULL */
	json_t *paths;			/* of the alert that is shown */
	size_t n, bad;
};

static int read_stdin(struct buf *out, struct error *err)
{
	ssize_t n;

	for (;;) {
		char *room;

		if (out->len > BODY_MAX)
			return error_set(err, ERROR_TOO_LARGE, "stdin: more than 16 MiB");
		room = buf_extend(out, BLOCK);
		do
			n = read(STDIN_FILENO, room, BLOCK);
		while (n < 0 && errno == EINTR);
		out->len -= (size_t)(BLOCK - (n > 0 ? n : 0));
		if (n < 0)
			return error_set(err, ERROR_IO, "stdin: %s", strerror(errno));
		if (n == 0)
			return 0;
	}
}

/* ---- one alert ----------------------------------------------------------------------- */

static const char *outcome(const struct ingest_seen *seen, const struct conf_format *format)
{
	const struct alert *a = seen->alert;

	if (a == NULL)
		return format->unparsed ? "cannot be read: opens an \"unparsed alert\"" :
			"cannot be read: rejected";
	if (a->test)
		return "a test message: kept, opens nothing";
	if (a->resolved)
		return "a resolve: kept, opens nothing";
	if (a->update)
		return "an update: joins its incident, opens nothing";
	if (a->insignificant)
		return "not significant: joins its incident, opens nothing";
	return a->key != NULL ? "opens an incident, or joins that of its key" :
		"opens an incident, each time: it has no key";
}

static void put_path(void *arg, const struct explained *e)
{
	struct trial *t = arg;
	json_t *path;

	if (t->alerts == NULL) {
		writer_wrapped(&t->cli->out, 18, "    %-13s %s: %s%s%s%s%s%s%s", e->field, e->path,
			e->found != NULL ? "\"" : "", e->found != NULL ? e->found : "",
			e->found != NULL ? "\"" : "", e->meaning != NULL ? " -> " : "",
			e->meaning != NULL ? e->meaning : "",
			e->why != NULL && e->found != NULL ? ", " : "",
			e->why != NULL ? e->why : "");
		return;
	}
	path = json_object();
	json_set_text(path, "field", e->field);
	json_set_text(path, "path", e->path);
	json_set_text(path, "found", e->found);
	json_set_text(path, "meaning", e->meaning);
	json_set_text(path, "why_not", e->why);
	json_array_append_new(t->paths, path);
}

static void show_field(struct trial *t, const char *name, const char *value)
{
	writer_wrapped(&t->cli->out, 15, "  %-12s %s", name, value != NULL ? value : "-");
}

static void show_time(struct trial *t, const char *name, int64_t at, const char *none)
{
	char text[RFC3339_SIZE];

	if (at != TIME_NONE)
		rfc3339_format(at, text);
	show_field(t, name, at != TIME_NONE ? text : none);
}

static void show_text(struct trial *t, const struct ingest_seen *seen)
{
	const struct alert *a = seen->alert;

	writer_line(&t->cli->out, "alert %zu: %s", t->n, outcome(seen, t->format));
	if (a == NULL) {
		writer_line(&t->cli->out, "  %s%s%s", seen->why->pointer,
			seen->why->pointer[0] != '\0' ? ": " : "", seen->why->text);
	} else {
		show_field(t, "key", a->key);
		show_field(t, "title", a->title);
		show_field(t, "severity", severity_name(a->severity));
		show_time(t, "detected_at", a->detected_at, "- (the receipt counts)");
		if (a->aware_at != TIME_NONE)
			show_time(t, "aware_at", a->aware_at, NULL);
		show_field(t, "entity", a->entity != NULL ? a->entity : "- (the source's)");
		show_field(t, "description", a->description);
	}
	if (seen->values != NULL) {
		writer_line(&t->cli->out, "  %s", "looked at:");
		explain_alert(seen, t->arena, put_path, t);
	}
}

static void show_json(struct trial *t, const struct ingest_seen *seen)
{
	json_t *object = json_object();
	const struct alert *a = seen->alert;

	t->paths = json_array();
	json_set_text(object, "outcome", outcome(seen, t->format));
	if (a == NULL) {
		json_set_text(object, "detail", seen->why->text);
		json_set_text(object, "pointer", seen->why->pointer);
	} else {
		json_set_text(object, "key", a->key);
		json_set_text(object, "title", a->title);
		json_set_text(object, "severity", severity_name(a->severity));
		json_set_time(object, "detected_at", a->detected_at);
		json_set_time(object, "aware_at", a->aware_at);
		json_set_text(object, "entity", a->entity);
		json_set_text(object, "description", a->description);
		json_set_bool(object, "resolved", a->resolved);
		json_set_bool(object, "update", a->update);
		json_set_bool(object, "test", a->test);
		json_set_bool(object, "significant", !a->insignificant);
	}
	if (seen->values != NULL)
		explain_alert(seen, t->arena, put_path, t);
	json_object_set_new(object, "looked_at", t->paths);
	json_array_append_new(t->alerts, object);
}

static void show_seen(void *arg, const struct ingest_seen *seen)
{
	struct trial *t = arg;

	t->n++;
	t->bad += seen->alert == NULL;
	if (t->alerts != NULL)
		show_json(t, seen);
	else
		show_text(t, seen);
}

/* ---- the command ---------------------------------------------------------------------- */

static int try_body(struct trial *t, const struct buf *body)
{
	struct error err;
	json_t *document;

	if (t->cli->json)
		t->alerts = json_array();
	if (ingest_try(t->format, body->data, body->len, t->arena, show_seen, t, &err) < 0) {
		json_decref(t->alerts);
		return cli_failed(&err);
	}
	if (t->alerts != NULL) {
		document = json_object();
		json_object_set_new(document, "alerts", t->alerts);
		writer_document(&t->cli->out, document);
		json_decref(document);
	} else {
		writer_line(&t->cli->out, "%zu alert%s, %zu of them cannot be read", t->n,
			t->n == 1 ? "" : "s", t->bad);
	}
	return t->bad > 0 ? CLI_FAILED : CLI_DONE;
}

static int report_failed(const struct conf_report *report)
{
	size_t i;

	for (i = 0; i < report->n_errors; i++)
		cli_failed(&report->errors[i]);
	return CLI_FAILED;
}

int cmd_source(struct cli *cli, int argc, char **argv)
{
	static const char *const names[] = { "try", "FORMAT", "BODY" };
	struct operands operands = { .names = names, .required = 3, .max = 3, .paths = true };
	struct trial trial = { .cli = cli };
	struct format_file *file;
	struct conf_report report;
	struct error err;
	struct buf body;
	int status = cli_parse(cli, NULL, 0, argc, argv, &operands);

	if (status != CLI_DONE)
		return status;
	if (strcmp(operands.list[0], "try") != 0) {
		error_set(&err, ERROR_INVALID, "there is nothing but \"try\"");
		return cli_usage(cli, &err);
	}
	buf_init(&body, 0);
	file = format_file_load(operands.list[1], cli->data_dir, &report);
	trial.arena = arena_new();
	if (file == NULL) {
		status = report_failed(&report);
	} else if ((strcmp(operands.list[2], "-") == 0 ? read_stdin(&body, &err) :
		file_read(operands.list[2], BODY_MAX, &body, &err)) < 0) {
		status = cli_failed(&err);
	} else {
		trial.format = format_file_format(file);
		status = try_body(&trial, &body);
	}
	conf_report_release(&report);
	format_file_free(file);
	arena_free(trial.arena);
	buf_release(&body);
	return status;
}
