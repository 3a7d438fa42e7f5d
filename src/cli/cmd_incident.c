/* Incidents: opened, listed, shown, dismissed. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/rfc3339.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/show.h"
#include "config/conf.h"

enum { LIST_LIMIT = 1000 };

/* Sends and shows what the daemon made of it; the body is taken. */
static int post(struct cli *cli, const char *path, json_t *body)
{
	json_t *incident = NULL;
	struct client *client;
	struct error err;

	client = client_new(cli, &err);
	if (client == NULL)
		json_decref(body);
	else
		incident = client_post(client, path, body, &err);
	client_free(client);
	if (incident == NULL)
		return cli_failed(&err);
	if (cli->json)
		writer_document(&cli->out, incident);
	else
		show_summary(&cli->out, incident, clock_wall());
	json_decref(incident);
	return CLI_DONE;
}

int cmd_open(struct cli *cli, int argc, char **argv)
{
	const char *entity = NULL, *title = NULL, *severity = NULL, *key = NULL;
	const char *description = NULL, *by = NULL, *basis = NULL;
	int64_t aware = TIME_NONE, detected = TIME_NONE, occurred = TIME_NONE;
	int64_t classified = TIME_NONE;
	struct option_texts traits = { .n = 0 }, regimes = { .n = 0 };
	bool drill = false;
	const struct cli_option options[] = {
		{ .name = "title", .kind = OPTION_TEXT, .ret = &title, .required = true },
		{ .name = "entity", .kind = OPTION_TEXT, .ret = &entity },
		{ .name = "aware", .kind = OPTION_TIME, .ret = &aware },
		{ .name = "detected", .kind = OPTION_TIME, .ret = &detected },
		{ .name = "occurred", .kind = OPTION_TIME, .ret = &occurred },
		{ .name = "classified", .kind = OPTION_TIME, .ret = &classified },
		{ .name = "severity", .kind = OPTION_TEXT, .ret = &severity },
		{ .name = "key", .kind = OPTION_TEXT, .ret = &key },
		{ .name = "description", .kind = OPTION_TEXT, .ret = &description },
		{ .name = "trait", .kind = OPTION_TEXTS, .ret = &traits },
		{ .name = "regime", .kind = OPTION_TEXTS, .ret = &regimes },
		{ .name = "by", .kind = OPTION_TEXT, .ret = &by },
		{ .name = "basis", .kind = OPTION_TEXT, .ret = &basis },
		{ .name = "drill", .kind = OPTION_FLAG, .ret = &drill },
	};
	struct operands none = { .max = 0 };
	int status = cli_parse(cli, options, ARRAY_LEN(options), argc, argv, &none);
	json_t *body;

	if (status != CLI_DONE)
		return status;
	body = json_object();
	json_set_text(body, "entity", entity);
	json_set_text(body, "title", title);
	json_set_text(body, "severity", severity);
	json_set_text(body, "description", description);
	json_set_text(body, "key", key);
	json_set_time(body, "occurred_at", occurred);
	json_set_time(body, "detected_at", detected);
	json_set_time(body, "aware_at", aware);
	json_set_time(body, "classified_at", classified);
	client_set_texts(body, "traits", &traits);
	client_set_texts(body, "regimes", &regimes);
	json_set_text(body, "by", by);
	json_set_text(body, "basis", basis);
	json_set_true(body, "drill", drill);
	return post(cli, "/v1/incidents", body);
}

int cmd_dismiss(struct cli *cli, int argc, char **argv)
{
	static const char *const names[] = { "ID" };
	const char *by = NULL, *basis = NULL;
	const struct cli_option options[] = {
		{ .name = "by", .kind = OPTION_TEXT, .ret = &by, .required = true },
		{ .name = "basis", .kind = OPTION_TEXT, .ret = &basis, .required = true },
	};
	struct operands id_only = { .names = names, .required = 1, .max = 1 };
	int status = cli_parse(cli, options, ARRAY_LEN(options), argc, argv, &id_only);
	struct error err;
	char path[64];
	json_t *body;
	int64_t id;

	if (status != CLI_DONE)
		return status;
	if (option_id(id_only.list[0], &id, &err) < 0)
		return cli_usage(cli, &err);
	snprintf(path, sizeof(path), "/v1/incidents/%" PRId64 "/dismissal", id);
	body = json_object();
	json_set_text(body, "by", by);
	json_set_text(body, "basis", basis);
	return post(cli, path, body);
}

/* ---- reading ------------------------------------------------------------------- */

static void list_write(struct writer *w, const json_t *list, int64_t now)
{
	static const char *const headings[] = { "LEFT", "ID", "STATE", "SEVERITY", "ENTITY",
		"TITLE" };
	const json_t *incidents = json_object_get(list, "incidents");
	struct table table;
	size_t i;

	table_init(&table, headings, ARRAY_LEN(headings));
	table_may_cut(&table, 4);
	for (i = 0; i < json_array_size(incidents); i++) {
		const json_t *incident = json_array_get(incidents, i);
		const json_t *next = show_next(incident);
		char left[SHOW_LEFT_SIZE] = "-", id[24];
		bool urgent = next != NULL && show_left(next, now, left);
		struct buf title;
		const char *cells[] = { left, id, show_text(incident, "state"),
			show_text(incident, "severity"), show_text(incident, "entity"), NULL };

		buf_init(&title, 0);
		show_title(incident, &title);
		snprintf(id, sizeof(id), "%" PRId64, show_number(incident, "id"));
		cells[5] = title.data;
		table_add(&table, urgent, cells);
		buf_release(&title);
	}
	table_write(&table, w);
}

int cmd_list(struct cli *cli, int argc, char **argv)
{
	const char *entity = NULL, *state = NULL;
	int64_t limit = LIST_LIMIT;
	bool all = false;
	const struct cli_option options[] = {
		{ .name = "all", .kind = OPTION_FLAG, .ret = &all },
		{ .name = "state", .kind = OPTION_TEXT, .ret = &state },
		{ .name = "entity", .kind = OPTION_TEXT, .ret = &entity },
		{ .name = "limit", .kind = OPTION_COUNT, .ret = &limit },
	};
	struct operands none = { .max = 0 };
	int status = cli_parse(cli, options, ARRAY_LEN(options), argc, argv, &none);
	struct client *client;
	json_t *list = NULL;
	struct error err;
	struct buf path;

	if (status != CLI_DONE)
		return status;
	buf_init(&path, 0);
	buf_adds(&path, "/v1/incidents");
	client_query(&path, "state", all ? "all" : state);
	client_query(&path, "entity", entity);
	client = client_new(cli, &err);
	if (client != NULL)
		list = client_list(client, path.data, "incidents", limit, &err);
	client_free(client);
	buf_release(&path);
	if (list == NULL)
		return cli_failed(&err);
	if (cli->json)
		writer_document(&cli->out, list);
	else
		list_write(&cli->out, list, clock_wall());
	if (!cli->json && json_object_get(list, "next") != NULL)
		cli_warn("there are more than %" PRId64 "; see --limit", limit);
	json_decref(list);
	return CLI_DONE;
}

/* In the time of the entity too, if this machine knows the zone. */
static void show(struct cli *cli, const json_t *incident)
{
	const char *name = show_text(json_object_get(incident, "rules"), "timezone");
	struct zone *zone = NULL;

	if (name[0] != '\0' && strcmp(name, "UTC") != 0)
		zone = conf_zone_read(name, NULL);
	show_incident(&cli->out, incident, zone, clock_wall());
	zone_free(zone);
}

int cmd_show(struct cli *cli, int argc, char **argv)
{
	static const char *const names[] = { "ID" };
	struct operands id_only = { .names = names, .required = 1, .max = 1 };
	int status = cli_parse(cli, NULL, 0, argc, argv, &id_only);
	json_t *incident;

	if (status == CLI_DONE)
		status = client_incident(cli, id_only.list[0], &incident);
	if (status != CLI_DONE)
		return status;
	if (cli->json)
		writer_document(&cli->out, incident);
	else
		show(cli, incident);
	json_decref(incident);
	return CLI_DONE;
}
