/* The calculator on the command line: no daemon, no network, no store. */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/due.h"
#include "cli/progress.h"
#include "config/conf.h"
#include "core/sheet.h"

enum { BLOCK = 256 * 1024 };

struct question_options {
	const char *regime, *country, *timezone;
	struct option_texts traits, events, filings, received, due;
	bool batch;
};

static struct rules *open_rules(const struct cli *cli, struct error *err)
{
	struct conf_report report;
	struct rules *rules = rules_load(cli->data_dir, &report);

	if (rules == NULL && report.n_errors > 0)
		*err = report.errors[0];
	conf_report_release(&report);
	return rules;
}

/* ---- one question ------------------------------------------------------------ */

static int set_times(json_t *question, const char *group, const char *option,
	const struct option_texts *pairs, struct error *err)
{
	json_t *times = json_object();
	char name[NAME_SIZE];
	const char *time;
	size_t i;

	json_object_set_new(question, group, times);
	for (i = 0; i < pairs->n; i++) {
		if (option_pair(pairs->list[i], name, sizeof(name), &time, err) < 0)
			return error_prefix(err, "--%s", option);
		if (json_object_get(times, name) != NULL)
			return error_set(err, ERROR_INVALID, "--%s: %s is given twice", option,
				name);
		json_set_text(times, name, time);
	}
	return 0;
}

static int question_make(const struct question_options *o, json_t *question,
	struct error *err)
{
	json_t *traits = json_array();
	size_t i;

	json_object_set_new(question, "traits", traits);
	for (i = 0; i < o->traits.n; i++)
		json_array_append_new(traits, json_string(o->traits.list[i]));
	json_set_text(question, "regime", o->regime);
	json_set_text(question, "country", o->country);
	json_set_text(question, "timezone", o->timezone);
	if (set_times(question, "events", "event", &o->events, err) < 0 ||
			set_times(question, "filings", "filed", &o->filings, err) < 0 ||
			set_times(question, "received", "received", &o->received, err) < 0 ||
			set_times(question, "due", "due", &o->due, err) < 0)
		return -1;
	if (o->events.n == 0)
		return error_set(err, ERROR_INVALID, "--event is missing");
	return 0;
}

/* The age of what is known of a country is that of today. */
static void write_sheet(struct cli *cli, const struct calculation *result,
	const struct rulebook *book)
{
	struct buf text;

	buf_init(&text, 0);
	sheet_write(result, book, zone_day(result->zone, clock_wall()), &text);
	writer_lines(&cli->out, text.data);
	buf_release(&text);
}

static int ask(struct cli *cli, const json_t *question)
{
	struct arena *arena = arena_new();
	struct calculation result;
	struct rules *rules;
	struct error err;
	int rc = -1;

	rules = open_rules(cli, &err);
	if (rules != NULL)
		rc = calculate(question, rules_book(rules), arena, &result, &err);
	if (rc == 0 && cli->json) {
		struct buf text;

		buf_init(&text, 0);
		calculation_put(&result, &text);
		writer_json(&cli->out, text.data, text.len);
		buf_release(&text);
	} else if (rc == 0) {
		write_sheet(cli, &result, rules_book(rules));
	}
	rules_free(rules);
	arena_free(arena);
	return rc < 0 ? cli_failed(&err) : CLI_DONE;
}

/* ---- many ---------------------------------------------------------------------- */

/* Answers go out before the next read, so that a program may ask one question at a
 * time and wait for its answer. */
static int stream(struct cli *cli, const struct rulebook *book, struct error *err)
{
	struct progress progress;
	struct due_batch batch;
	char *block = xmalloc(BLOCK);
	int64_t all = 0;
	ssize_t n;
	int rc = 0;

	progress_begin(&progress);
	progress.terminal &= !cli->out.terminal;	/* there the answers are the progress */
	due_batch_init(&batch, book);
	while (rc == 0 && cli->out.failed == 0 && (n = read(STDIN_FILENO, block,
			BLOCK)) != 0) {
		if (n < 0 && errno != EINTR)
			rc = error_set(err, ERROR_IO, "stdin: %s", strerror(errno));
		else if (n > 0)
			due_batch_add(&batch, block, (size_t)n, &cli->out.out);
		writer_flush(&cli->out);
		all += n > 0 ? n : 0;
		progress_say(&progress, "%" PRId64 " KiB of questions answered ", all >> 10);
	}
	progress_end(&progress);
	due_batch_end(&batch, &cli->out.out);
	due_batch_release(&batch);
	free(block);
	return rc;
}

static int answer_batch(struct cli *cli)
{
	struct rules *rules;
	struct error err;
	int rc = -1;

	rules = open_rules(cli, &err);
	if (rules != NULL)
		rc = stream(cli, rules_book(rules), &err);
	rules_free(rules);
	return rc < 0 ? cli_failed(&err) : CLI_DONE;
}

/* A batch's questions come from stdin alone. */
static bool has_question(const struct question_options *o)
{
	return o->regime != NULL || o->country != NULL || o->timezone != NULL ||
		o->traits.n + o->events.n + o->filings.n + o->received.n + o->due.n > 0;
}

int cmd_due(struct cli *cli, int argc, char **argv)
{
	struct question_options o = { .regime = NULL };
	const struct cli_option options[] = {
		{ .name = "regime", .kind = OPTION_TEXT, .ret = &o.regime },
		/* No country: the plain act; no zone: the country's. */
		{ .name = "country", .kind = OPTION_TEXT, .ret = &o.country, .empty = true },
		{ .name = "timezone", .kind = OPTION_TEXT, .ret = &o.timezone, .empty = true },
		{ .name = "trait", .kind = OPTION_TEXTS, .ret = &o.traits },
		{ .name = "event", .kind = OPTION_TEXTS, .ret = &o.events },
		{ .name = "filed", .kind = OPTION_TEXTS, .ret = &o.filings },
		{ .name = "received", .kind = OPTION_TEXTS, .ret = &o.received },
		{ .name = "due", .kind = OPTION_TEXTS, .ret = &o.due },
		{ .name = "batch", .kind = OPTION_FLAG, .ret = &o.batch },
	};
	struct operands none = { .max = 0 };
	int status = cli_parse(cli, options, ARRAY_LEN(options), argc, argv, &none);
	json_t *question;
	struct error err;

	if (status != CLI_DONE)
		return status;
	if (o.batch && has_question(&o)) {
		error_set(&err, ERROR_INVALID, "--batch takes its questions from stdin only");
		return cli_usage(cli, &err);
	}
	if (o.batch)
		return answer_batch(cli);
	question = json_object();
	status = question_make(&o, question, &err) < 0 ? cli_usage(cli, &err) :
		ask(cli, question);
	json_decref(question);
	return status;
}
