/*
 * Drills: an incident on the real channels whose clocks run so fast that a month is
 * over in minutes, and the report of it: who was told when, who answered how fast, what
 * is missing. The daemon keeps the time and judges; here it is asked for and shown.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/rfc3339.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/show.h"

enum { POLL_S = 1, TIME_SIZE = 16 };

#define USUAL_TITLE	"DRILL: the reporting clocks"
#define USUAL_LENGTH	"PT10M"

/* "08:00:16", the time of day in UTC: a drill is over before the date matters. */
static void time_of_day(const json_t *document, const char *key, char out[TIME_SIZE])
{
	const char *text = show_text(document, key);

	snprintf(out, TIME_SIZE, "%.8s", strlen(text) > 11 ? text + 11 : "-");
}

/* ---- the report ------------------------------------------------------------------- */

static void delivery_words(const json_t *delivery, struct buf *out)
{
	int64_t attempts = show_number(delivery, "attempts");
	char at[TIME_SIZE];

	if (strcmp(show_text(delivery, "state"), "delivered") == 0) {
		time_of_day(delivery, "delivered_at", at);
		buf_addf(out, "delivered %s", at);
	} else {
		buf_adds(out, show_text(delivery, "state"));
	}
	if (attempts > 1)
		buf_addf(out, ", %" PRId64 " attempts", attempts);
	if (show_text(delivery, "detail")[0] != '\0')
		buf_addf(out, ": %s", show_text(delivery, "detail"));
}

static void add_row(struct table *table, const char *const head[4], const json_t *delivery)
{
	const char *cells[] = { head[0], head[1], head[2], head[3], "", "" };
	struct buf channel, words;

	buf_init(&channel, 0);
	buf_init(&words, 0);
	if (delivery != NULL) {
		buf_addf(&channel, "%s%s%s", show_text(delivery, "channel"),
			show_text(delivery, "recipient")[0] != '\0' ? " " : "",
			show_text(delivery, "recipient"));
		if (show_text(delivery, "fallback_for")[0] != '\0')
			buf_addf(&channel, " (for %s)", show_text(delivery, "fallback_for"));
		delivery_words(delivery, &words);
		cells[4] = channel.data;
		cells[5] = words.data;
	}
	table_add(table, delivery != NULL &&
		strcmp(show_text(delivery, "state"), "failed") == 0, cells);
	buf_release(&channel);
	buf_release(&words);
}

static void add_step(struct table *table, const json_t *clock, const json_t *step)
{
	const json_t *deliveries = json_object_get(step, "deliveries");
	char planned[TIME_SIZE], fired[TIME_SIZE], report[128], name[64];
	const char *head[] = { planned, fired, report, name };
	size_t i, n = json_array_size(deliveries);

	time_of_day(step, "planned_at", planned);
	time_of_day(step, "fired_at", fired);
	if (strcmp(show_text(step, "state"), "fired") != 0)
		snprintf(fired, sizeof(fired), "%.15s", show_text(step, "state"));
	snprintf(report, sizeof(report), "%.60s/%.60s", show_text(clock, "regime"),
		show_text(clock, "stage"));
	snprintf(name, sizeof(name), "%" PRId64 " %.32s", show_number(step, "number"),
		show_text(step, "at"));
	if (n == 0)
		add_row(table, head, NULL);
	for (i = 0; i < n; i++)
		add_row(table, head, json_array_get(deliveries, i));
}

/* Nobody filed, or asked for, what it would have run from. */
static void add_not_begun(struct table *table, const json_t *clock)
{
	char report[128];
	const char *head[] = { "-", "not begun", report, "" };

	snprintf(report, sizeof(report), "%.60s/%.60s", show_text(clock, "regime"),
		show_text(clock, "stage"));
	add_row(table, head, NULL);
}

static void show_steps(struct writer *w, const json_t *report)
{
	static const char *const headings[] = { "PLANNED", "FIRED", "REPORT", "STEP", "CHANNEL",
		"DELIVERY" };
	const json_t *clocks = json_object_get(report, "clocks"), *steps;
	struct table table;
	size_t i, j;

	table_init(&table, headings, ARRAY_LEN(headings));
	for (i = 0; i < json_array_size(clocks); i++) {
		steps = json_object_get(json_array_get(clocks, i), "steps");
		for (j = 0; j < json_array_size(steps); j++)
			add_step(&table, json_array_get(clocks, i), json_array_get(steps, j));
		if (json_array_size(steps) == 0)
			add_not_begun(&table, json_array_get(clocks, i));
	}
	table_write(&table, w);
}

static void show_answers(struct writer *w, const json_t *report)
{
	const json_t *acks = json_object_get(report, "acknowledgements");
	const json_t *missing = json_object_get(report, "missing");
	const json_t *gaps = json_object_get(report, "gaps");
	size_t i;

	for (i = 0; i < json_array_size(acks); i++) {
		const json_t *ack = json_array_get(acks, i);
		char at[TIME_SIZE];

		time_of_day(ack, "at", at);
		if (json_object_get(ack, "after_s") != NULL)
			writer_line(w, "acknowledged %s by %s, %" PRId64 " s after the first notice",
				at, show_text(ack, "by"), show_number(ack, "after_s"));
		else
			writer_line(w, "acknowledged %s by %s", at, show_text(ack, "by"));
	}
	for (i = 0; i < json_array_size(missing); i++)
		writer_urgent(w, "missing: %s", json_string_value(json_array_get(missing, i)));
	for (i = 0; i < json_array_size(gaps); i++)
		writer_line(w, "gap: %s", json_string_value(json_array_get(gaps, i)));
}

static void report_show(struct writer *w, const json_t *report)
{
	char opened[SHOW_STAMP_SIZE], ended[SHOW_STAMP_SIZE];
	bool running = json_object_get(report, "ended_at") == NULL;

	show_stamp(show_time(report, "opened_at"), opened);
	show_stamp(show_time(report, running ? "ends_at" : "ended_at"), ended);
	writer_line(w, "DRILL, incident %" PRId64 ": %s", show_number(report, "incident"),
		show_text(report, "title"));
	writer_line(w, "%s, %" PRId64 " times as fast, opened %s, %s %s",
		show_text(report, "entity"), show_number(report, "scale"), opened,
		running ? "ends" : "ended", ended);
	show_steps(w, report);
	show_answers(w, report);
	writer_line(w, "verdict: %s", strcmp(show_text(report, "verdict"), "passed-with-gaps") == 0 ?
		"passed with gaps" : show_text(report, "verdict"));
}

/* ---- following --------------------------------------------------------------------- */

static bool is_running(const json_t *report)
{
	return strcmp(show_text(report, "verdict"), "running") == 0;
}

/* What has fired since *seen_at, as one looks on. */
static void tell_news(struct writer *w, const json_t *report, int64_t *seen_at)
{
	const json_t *clocks = json_object_get(report, "clocks"), *steps;
	int64_t newest = *seen_at;
	size_t i, j;

	for (i = 0; i < json_array_size(clocks); i++) {
		const json_t *clock = json_array_get(clocks, i);

		steps = json_object_get(clock, "steps");
		for (j = 0; j < json_array_size(steps); j++) {
			const json_t *step = json_array_get(steps, j);
			int64_t at = show_time(step, "fired_at");
			char time[TIME_SIZE];

			if (at == TIME_NONE || (*seen_at != TIME_NONE && at <= *seen_at))
				continue;
			time_of_day(step, "fired_at", time);
			writer_line(w, "%s  %s/%s step %" PRId64 " (%s)", time,
				show_text(clock, "regime"), show_text(clock, "stage"),
				show_number(step, "number"), show_text(step, "at"));
			newest = newest == TIME_NONE || at > newest ? at : newest;
		}
	}
	*seen_at = newest;
	writer_flush(w);
}

/* The report, of the end if it is waited for; NULL with *err. */
static json_t *report_fetch(struct cli *cli, struct client *client, int64_t id, bool wait,
	struct error *err)
{
	const struct timespec pause = { .tv_sec = POLL_S };
	int64_t seen_at = TIME_NONE;
	json_t *report;
	char path[64];

	snprintf(path, sizeof(path), "/v1/incidents/%" PRId64 "/drill", id);
	while ((report = client_get(client, path, err)) != NULL && wait && is_running(report)) {
		if (!cli->json)
			tell_news(&cli->out, report, &seen_at);
		json_decref(report);
		nanosleep(&pause, NULL);
	}
	return report;
}

static int report_ask(struct cli *cli, struct client *client, int64_t id, bool wait)
{
	struct error err;
	json_t *report = report_fetch(cli, client, id, wait, &err);
	int status = CLI_DONE;

	if (report == NULL)
		return cli_failed(&err);
	if (cli->json)
		writer_document(&cli->out, report);
	else
		report_show(&cli->out, report);
	/* A gap is something to look at, and no failure: a report that is owed on request
	 * alone never begins where nobody asks for it. */
	if (strcmp(show_text(report, "verdict"), "failed") == 0)
		status = CLI_FAILED;
	json_decref(report);
	return status;
}

/* ---- the command --------------------------------------------------------------------- */

struct wanted {
	const char *entity, *title, *length, *by;
	struct option_texts regimes;
	bool wait;
};

/* The number of the new incident; 0 with *err. */
static int64_t drill_open(struct cli *cli, struct client *client, const struct wanted *wanted,
	struct error *err)
{
	json_t *body = json_object(), *incident;
	int64_t id;

	json_set_text(body, "entity", wanted->entity);
	json_set_text(body, "title", wanted->title);
	json_set_true(body, "drill", true);
	json_set_text(body, "drill_in", wanted->length);
	json_set_text(body, "by", wanted->by);
	json_set_text(body, "basis", "drill");
	client_set_texts(body, "regimes", &wanted->regimes);
	incident = client_post(client, "/v1/incidents", body, err);
	if (incident == NULL)
		return 0;
	id = show_number(incident, "id");
	if (!wanted->wait && cli->json)
		writer_document(&cli->out, incident);
	else if (!cli->json)
		writer_line(&cli->out, "drill %" PRId64 " has begun; \"tocsin drill %" PRId64
			"\" shows how it goes", id, id);
	json_decref(incident);
	return id;
}

static int check_options(const struct operands *one, const struct wanted *wanted,
	struct error *err)
{
	if (one->n == 0 && wanted->by == NULL)
		return error_set(err, ERROR_INVALID, "--by is missing: who begins it?");
	if (one->n > 0 && (wanted->by != NULL || wanted->entity != NULL ||
			wanted->length != NULL || wanted->title != NULL ||
			wanted->regimes.n > 0))
		return error_set(err, ERROR_INVALID,
			"one that has begun takes no other option than --wait");
	return 0;
}

int cmd_drill(struct cli *cli, int argc, char **argv)
{
	static const char *const names[] = { "ID" };
	struct wanted wanted = { .regimes = { .n = 0 } };
	const struct cli_option options[] = {
		{ .name = "entity", .kind = OPTION_TEXT, .ret = &wanted.entity },
		{ .name = "regime", .kind = OPTION_TEXTS, .ret = &wanted.regimes },
		{ .name = "title", .kind = OPTION_TEXT, .ret = &wanted.title },
		{ .name = "in", .kind = OPTION_TEXT, .ret = &wanted.length },
		{ .name = "by", .kind = OPTION_TEXT, .ret = &wanted.by },
		{ .name = "wait", .kind = OPTION_FLAG, .ret = &wanted.wait },
	};
	struct operands one = { .names = names, .max = 1 };
	int status = cli_parse(cli, options, ARRAY_LEN(options), argc, argv, &one);
	struct client *client;
	struct error err;
	int64_t id = 0;

	if (status != CLI_DONE)
		return status;
	if (check_options(&one, &wanted, &err) < 0 ||
	    (one.n > 0 && option_id(one.list[0], &id, &err) < 0))
		return cli_usage(cli, &err);
	if (wanted.title == NULL)
		wanted.title = USUAL_TITLE;
	if (wanted.length == NULL)
		wanted.length = USUAL_LENGTH;
	client = client_new(cli, &err);
	if (client != NULL && one.n == 0)
		id = drill_open(cli, client, &wanted, &err);
	if (client == NULL || id == 0)
		status = cli_failed(&err);
	else if (one.n > 0 || wanted.wait)
		status = report_ask(cli, client, id, wanted.wait);
	client_free(client);
	return status;
}
