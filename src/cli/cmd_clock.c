/* What is owed (clocks) and who was told (deliveries). */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/rfc3339.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/show.h"

enum { LIST_LIMIT = 1000, CELL_SIZE = 160, END_SIZE = 480, ID_SIZE = 24 };

typedef void rows_fn(struct writer *w, const json_t *items, int64_t now);

/* The list behind a path, in the form asked for. */
static int list_show(struct cli *cli, const char *path, const char *name, int64_t limit,
	rows_fn *rows)
{
	struct client *client;
	json_t *list = NULL;
	struct error err;

	client = client_new(cli, &err);
	if (client != NULL)
		list = client_list(client, path, name, limit, &err);
	client_free(client);
	if (list == NULL)
		return cli_failed(&err);
	if (cli->json)
		writer_document(&cli->out, list);
	else
		rows(&cli->out, json_object_get(list, name), clock_wall());
	if (!cli->json && json_object_get(list, "next") != NULL)
		cli_warn("there are more than %" PRId64 "; see --limit", limit);
	json_decref(list);
	return CLI_DONE;
}

static bool of_several_entities(const json_t *clocks)
{
	size_t i;

	for (i = 1; i < json_array_size(clocks); i++)
		if (strcmp(show_text(json_array_get(clocks, i), "entity"),
			    show_text(json_array_get(clocks, 0), "entity")) != 0)
			return true;
	return false;
}

static void held_rows(struct writer *w, const json_t *clocks)
{
	char label[CELL_SIZE];
	size_t i;

	for (i = 0; i < json_array_size(clocks); i++) {
		const json_t *clock = json_array_get(clocks, i);
		int64_t incident = show_number(clock, "incident");

		snprintf(label, sizeof(label), "held: %" PRId64 " %.63s/%.63s: ", incident,
			show_text(clock, "regime"), show_text(clock, "stage"));
		show_held(w, 2, label, incident, clock);
	}
}

/* "? 2026-12-21 08:17Z": not before, what it runs from has not happened. */
static void due_cell(const json_t *clock, char out[2 + SHOW_STAMP_SIZE])
{
	int64_t planned_at = show_time(clock, "planned_at");

	if (show_time(clock, "due_at") != TIME_NONE || planned_at == TIME_NONE) {
		show_stamp(show_time(clock, "due_at"), out);
		return;
	}
	memcpy(out, "? ", 3);
	show_stamp(planned_at, out + 2);
}

/* Whose they are stands in the table only where they are not all of one entity: on
 * 80 columns the title needs the room. */
void show_clocks(struct writer *w, const json_t *clocks, int64_t now)
{
	static const char *const headings[] = { "LEFT", "DUE", "ID", "REPORT", "ENTITY",
		"TITLE" };
	static const char *const fewer[] = { "LEFT", "DUE", "ID", "REPORT", "TITLE" };
	bool several = of_several_entities(clocks);
	struct table table;
	size_t i;

	table_init(&table, several ? headings : fewer,
		several ? ARRAY_LEN(headings) : ARRAY_LEN(fewer));
	table_may_cut(&table, 3);
	if (several)
		table_may_cut(&table, 4);
	for (i = 0; i < json_array_size(clocks); i++) {
		const json_t *clock = json_array_get(clocks, i);
		char left[SHOW_LEFT_SIZE], due[2 + SHOW_STAMP_SIZE], id[24], report[CELL_SIZE];
		char law[SHOW_LAW_SIZE];
		bool urgent = show_left(clock, now, left);
		struct buf title;
		const char *cells[] = { left, due, id, report, show_text(clock, "entity"),
			NULL };

		buf_init(&title, 0);
		show_title(clock, &title);
		cells[several ? 5 : 4] = title.data;
		due_cell(clock, due);
		snprintf(id, sizeof(id), "%" PRId64, show_number(clock, "incident"));
		show_law(clock, law);
		snprintf(report, sizeof(report), "%.63s/%.63s%s", show_text(clock, "regime"),
			show_text(clock, "stage"), law);
		table_add(&table, urgent, cells);
		buf_release(&title);
	}
	table_write(&table, w);
	held_rows(w, clocks);
}

int cmd_clocks(struct cli *cli, int argc, char **argv)
{
	const char *entity = NULL, *state = NULL;
	int64_t before = TIME_NONE, limit = LIST_LIMIT;
	bool all = false;
	const struct cli_option options[] = {
		{ .name = "all", .kind = OPTION_FLAG, .ret = &all },
		{ .name = "state", .kind = OPTION_TEXT, .ret = &state },
		{ .name = "before", .kind = OPTION_TIME, .ret = &before },
		{ .name = "entity", .kind = OPTION_TEXT, .ret = &entity },
		{ .name = "limit", .kind = OPTION_COUNT, .ret = &limit },
	};
	struct operands none = { .max = 0 };
	int status = cli_parse(cli, options, ARRAY_LEN(options), argc, argv, &none);
	char until[RFC3339_SIZE];
	struct buf path;

	if (status != CLI_DONE)
		return status;
	buf_init(&path, 0);
	buf_adds(&path, "/v1/clocks");
	client_query(&path, "state", all ? "all" : state);
	client_query(&path, "entity", entity);
	if (before != TIME_NONE) {
		rfc3339_format(before, until);
		client_query(&path, "before", until);
	}
	status = list_show(cli, path.data, "clocks", limit, show_clocks);
	buf_release(&path);
	return status;
}

/* When the next attempt is; a delivery that has ended says how. */
static void delivery_left(const json_t *delivery, int64_t now, char out[SHOW_LEFT_SIZE])
{
	int64_t next_at = show_time(delivery, "next_at");
	char length[TEXT_DURATION_SIZE];

	if (next_at == TIME_NONE || strcmp(show_text(delivery, "state"), "waiting") != 0) {
		snprintf(out, SHOW_LEFT_SIZE, "%.30s", show_text(delivery, "state"));
		return;
	}
	text_duration(next_at - now, length);
	snprintf(out, SHOW_LEFT_SIZE, "%s%s", next_at > now ? "in " : "since ", length);
}

/* Incident and report; of what is of no incident: which kind of notice it is. */
static void what(const json_t *delivery, char id[ID_SIZE], char report[CELL_SIZE])
{
	int64_t incident = show_number(delivery, "incident");

	if (incident == 0) {
		text_copy(id, ID_SIZE, "-");
		text_copy(report, CELL_SIZE, show_text(delivery, "kind"));
		return;
	}
	snprintf(id, ID_SIZE, "%" PRId64, incident);
	snprintf(report, CELL_SIZE, "%s%.63s/%.63s",
		json_is_true(json_object_get(delivery, "drill")) ? "DRILL " : "",
		show_text(delivery, "regime"), show_text(delivery, "stage"));
}

/* With how many reminders it stands for, that did not get through before it. */
static void step_words(const json_t *delivery, char out[CELL_SIZE])
{
	int64_t stands_for = show_number(delivery, "stands_for");

	if (stands_for > 0)
		snprintf(out, CELL_SIZE, "%.63s (for %" PRId64 " more)",
			show_text(delivery, "step"), stands_for);
	else
		snprintf(out, CELL_SIZE, "%.63s", show_text(delivery, "step"));
}

/* A fallback says whose place it takes. */
static void channel_words(const json_t *delivery, char out[CELL_SIZE])
{
	const char *instead = show_text(delivery, "fallback_for");

	snprintf(out, CELL_SIZE, "%.63s%s%.63s%s", show_text(delivery, "channel"),
		instead[0] != '\0' ? " (for " : "", instead, instead[0] != '\0' ? ")" : "");
}

/* The attempts and the last of them, whether the fallback was told that it does not get
 * through, and why there was none or will be none any more, or what it waits for. */
static void end_words(const json_t *delivery, char out[END_SIZE])
{
	const json_t *attempts = json_object_get(delivery, "attempts");
	size_t n = json_array_size(attempts);
	const json_t *last = n > 0 ? json_array_get(attempts, n - 1) : NULL;
	const char *why = show_text(delivery, "why");
	const char *waits_for = show_text(delivery, "waits_for");
	char at[SHOW_STAMP_SIZE], told[SHOW_STAMP_SIZE];
	bool fell_back = show_time(delivery, "fallback_at") != TIME_NONE;

	show_stamp(show_time(last, "at"), at);
	show_stamp(show_time(delivery, "fallback_at"), told);
	snprintf(out, END_SIZE, "%zu %s%s%s %.30s %.200s%s%.100s%s%.30s", n, at,
		fell_back ? ", fallback " : "", fell_back ? told : "",
		show_text(last, "outcome"), show_text(last, "detail"),
		last != NULL && why[0] != '\0' ? "; " : "", why,
		waits_for[0] == '\0' ? "" : last != NULL ? "; waits for: " : "waits for: ",
		waits_for);
}

enum { REPORT = 2, CHANNEL = 4 };

static void delivery_rows(struct writer *w, const json_t *deliveries, int64_t now)
{
	static const char *const headings[] = { "NEXT", "ID", "REPORT", "STEP", "CHANNEL",
		"DELIVERY", "TRIED" };
	struct table table;
	size_t i;

	table_init(&table, headings, ARRAY_LEN(headings));
	for (i = REPORT; i <= CHANNEL; i++)
		table_may_cut(&table, i);
	for (i = 0; i < json_array_size(deliveries); i++) {
		const json_t *delivery = json_array_get(deliveries, i);
		char left[SHOW_LEFT_SIZE], id[ID_SIZE], report[CELL_SIZE];
		char step[CELL_SIZE], channel[CELL_SIZE], end[END_SIZE];
		const char *cells[] = { left, id, report, step, channel,
			show_text(delivery, "id"), end };

		delivery_left(delivery, now, left);
		what(delivery, id, report);
		step_words(delivery, step);
		channel_words(delivery, channel);
		end_words(delivery, end);
		table_add(&table, strcmp(show_text(delivery, "state"), "failed") == 0, cells);
	}
	table_write(&table, w);
}

int cmd_deliveries(struct cli *cli, int argc, char **argv)
{
	static const char *const names[] = { "ID" };
	const char *state = NULL;
	int64_t limit = LIST_LIMIT, id;
	const struct cli_option options[] = {
		{ .name = "state", .kind = OPTION_TEXT, .ret = &state },
		{ .name = "limit", .kind = OPTION_COUNT, .ret = &limit },
	};
	struct operands one = { .names = names, .max = 1 };
	int status = cli_parse(cli, options, ARRAY_LEN(options), argc, argv, &one);
	struct error err;
	struct buf path;

	if (status != CLI_DONE)
		return status;
	if (one.n > 0 && option_id(one.list[0], &id, &err) < 0)
		return cli_usage(cli, &err);
	buf_init(&path, 0);
	buf_adds(&path, "/v1/deliveries");
	client_query(&path, "incident", one.n > 0 ? one.list[0] : NULL);
	client_query(&path, "state", state);
	status = list_show(cli, path.data, "deliveries", limit, delivery_rows);
	buf_release(&path);
	return status;
}
