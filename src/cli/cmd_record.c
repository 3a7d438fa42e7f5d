/*
 * What people record of an incident: events, filings, waivers, acknowledgements, and
 * corrections of these.
 * The daemon decides whether it may be recorded; here is only what it has to know.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/rfc3339.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/show.h"

enum { DOCUMENT_MAX = 512 * 1024 * 1024, PATH_SIZE = 96 };

static const char *const id_and_stage[] = { "ID", "STAGE" };

/* The answer to a POST below an incident; the body is taken. */
static json_t *post(struct client *client, int64_t id, const char *what, json_t *body,
	struct error *err)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "/v1/incidents/%" PRId64 "/%s", id, what);
	return client_post(client, path, body, err);
}

/* Shows the incident that the daemon answered, or why it did not; ends the client. */
static int finish(struct cli *cli, struct client *client, json_t *incident,
	const struct error *err)
{
	client_free(client);
	if (incident == NULL)
		return cli_failed(err);
	if (cli->json)
		writer_document(&cli->out, incident);
	else
		show_summary(&cli->out, incident, clock_wall());
	json_decref(incident);
	return CLI_DONE;
}

/* ---- events --------------------------------------------------------------------- */

/* type NULL: the second operand says it. */
static int record_event(struct cli *cli, int argc, char **argv, const char *type)
{
	static const char *const names[] = { "ID", "TYPE" };
	const char *by = NULL, *basis = NULL, *regime = NULL;
	int64_t at = TIME_NONE, due = TIME_NONE, id;
	bool replaces = false;
	const struct cli_option options[] = {
		{ .name = "at", .kind = OPTION_TIME, .ret = &at },
		{ .name = "by", .kind = OPTION_TEXT, .ret = &by, .required = true },
		{ .name = "basis", .kind = OPTION_TEXT, .ret = &basis, .required = true },
		{ .name = "regime", .kind = OPTION_TEXT, .ret = &regime },
		{ .name = "due", .kind = OPTION_TIME, .ret = &due },
		{ .name = "replaces", .kind = OPTION_FLAG, .ret = &replaces },
	};
	size_t n = type == NULL ? 2 : 1;
	struct operands operands = { .names = names, .required = n, .max = n };
	int status = cli_parse(cli, options, ARRAY_LEN(options), argc, argv, &operands);
	struct client *client;
	json_t *body, *incident = NULL;
	struct error err;

	if (status != CLI_DONE)
		return status;
	if (option_id(operands.list[0], &id, &err) < 0)
		return cli_usage(cli, &err);
	client = client_new(cli, &err);
	if (client != NULL) {
		body = json_object();
		json_set_text(body, "type", type != NULL ? type : operands.list[1]);
		json_set_time(body, "at", at != TIME_NONE ? at : clock_wall());
		json_set_time(body, "due_at", due);
		json_set_text(body, "by", by);
		json_set_text(body, "basis", basis);
		json_set_text(body, "regime", regime);
		json_set_true(body, "replaces", replaces);
		incident = post(client, id, "events", body, &err);
	}
	return finish(cli, client, incident, &err);
}

int cmd_event(struct cli *cli, int argc, char **argv)
{
	return record_event(cli, argc, argv, NULL);
}

int cmd_aware(struct cli *cli, int argc, char **argv)
{
	return record_event(cli, argc, argv, "aware");
}

int cmd_handled(struct cli *cli, int argc, char **argv)
{
	return record_event(cli, argc, argv, "handled");
}

/* ---- filings and waivers ------------------------------------------------------------ */

/* The regime that is meant when none is named: nis2 if the incident has the stage
 * under it, else the only regime that has it. */
static int default_regime(struct client *client, int64_t id, const char *stage,
	char *regime, size_t size, struct error *err)
{
	const char *found = NULL, *name;
	const json_t *clocks, *clock;
	char path[PATH_SIZE];
	json_t *incident;
	size_t i, n = 0;

	snprintf(path, sizeof(path), "/v1/incidents/%" PRId64, id);
	incident = client_get(client, path, err);
	if (incident == NULL)
		return -1;
	clocks = json_object_get(incident, "clocks");
	for (i = 0; i < json_array_size(clocks); i++) {
		clock = json_array_get(clocks, i);
		name = show_text(clock, "regime");
		if (strcmp(show_text(clock, "stage"), stage) != 0)
			continue;
		if (found == NULL || strcmp(name, "nis2") == 0)
			found = name;
		n++;
	}
	text_copy(regime, size, found != NULL ? found : "nis2");
	json_decref(incident);
	if (n > 1 && strcmp(regime, "nis2") != 0)
		return error_set(err, ERROR_INVALID,
			"several regimes have this stage; say which by --regime");
	return 0;
}

/* The document's SHA-256, so that it can be shown later which one was sent. */
static int set_digest(json_t *body, const char *path, struct error *err)
{
	char hex[DIGEST_HEX_SIZE];
	struct buf document;
	int rc;

	if (path == NULL)
		return 0;
	buf_init(&document, 0);
	rc = file_read(path, DOCUMENT_MAX, &document, err);
	if (rc == 0) {
		digest_sha256_hex(document.data, document.len, hex);
		json_set_text(body, "digest", hex);
	}
	buf_release(&document);
	return rc;
}

/* A record about one stage: adds its names to the body, which is taken, and sends
 * it. */
static int record_stage(struct cli *cli, const struct operands *operands,
	const char *regime, const char *document, const char *what, json_t *body)
{
	const char *stage = operands->list[1];
	json_t *incident = NULL;
	struct client *client;
	char name[64];
	struct error err;
	int64_t id;
	int rc;

	if (option_id(operands->list[0], &id, &err) < 0) {
		json_decref(body);
		return cli_usage(cli, &err);
	}
	client = client_new(cli, &err);
	rc = client != NULL ? set_digest(body, document, &err) : -1;
	if (rc == 0 && regime == NULL) {
		rc = default_regime(client, id, stage, name, sizeof(name), &err);
		regime = name;
	}
	if (rc < 0) {
		json_decref(body);
		return finish(cli, client, NULL, &err);
	}
	json_set_text(body, "regime", regime);
	json_set_text(body, "stage", stage);
	incident = post(client, id, what, body, &err);
	return finish(cli, client, incident, &err);
}

int cmd_file(struct cli *cli, int argc, char **argv)
{
	const char *regime = NULL, *by = NULL, *recipient = NULL, *reference = NULL;
	const char *document = NULL;
	int64_t at = TIME_NONE, received = TIME_NONE;
	bool replaces = false;
	const struct cli_option options[] = {
		{ .name = "at", .kind = OPTION_TIME, .ret = &at, .required = true },
		{ .name = "by", .kind = OPTION_TEXT, .ret = &by, .required = true },
		{ .name = "recipient", .kind = OPTION_TEXT, .ret = &recipient,
			.required = true },
		{ .name = "reference", .kind = OPTION_TEXT, .ret = &reference,
			.required = true },
		{ .name = "regime", .kind = OPTION_TEXT, .ret = &regime },
		{ .name = "received", .kind = OPTION_TIME, .ret = &received },
		{ .name = "document", .kind = OPTION_PATH, .ret = &document },
		{ .name = "replaces", .kind = OPTION_FLAG, .ret = &replaces },
	};
	struct operands operands = { .names = id_and_stage, .required = 2, .max = 2 };
	int status = cli_parse(cli, options, ARRAY_LEN(options), argc, argv, &operands);
	json_t *body;

	if (status != CLI_DONE)
		return status;
	body = json_object();
	json_set_time(body, "filed_at", at);
	json_set_time(body, "received_at", received);
	json_set_text(body, "by", by);
	json_set_text(body, "recipient", recipient);
	json_set_text(body, "reference", reference);
	json_set_true(body, "replaces", replaces);
	return record_stage(cli, &operands, regime, document, "filings", body);
}

/* A decision about a report, in somebody's name. */
static int decide_stage(struct cli *cli, int argc, char **argv, const char *what)
{
	const char *regime = NULL, *by = NULL, *basis = NULL;
	const struct cli_option options[] = {
		{ .name = "by", .kind = OPTION_TEXT, .ret = &by, .required = true },
		{ .name = "basis", .kind = OPTION_TEXT, .ret = &basis, .required = true },
		{ .name = "regime", .kind = OPTION_TEXT, .ret = &regime },
	};
	struct operands operands = { .names = id_and_stage, .required = 2, .max = 2 };
	int status = cli_parse(cli, options, ARRAY_LEN(options), argc, argv, &operands);
	json_t *body;

	if (status != CLI_DONE)
		return status;
	body = json_object();
	json_set_text(body, "by", by);
	json_set_text(body, "basis", basis);
	return record_stage(cli, &operands, regime, NULL, what, body);
}

int cmd_waive(struct cli *cli, int argc, char **argv)
{
	return decide_stage(cli, argc, argv, "waivers");
}

int cmd_withdraw(struct cli *cli, int argc, char **argv)
{
	return decide_stage(cli, argc, argv, "withdrawals");
}

/* ---- corrections ------------------------------------------------------------------------ */

/* Sends a record about the whole incident; the body is taken. */
static int record(struct cli *cli, const struct operands *operands, const char *what,
	json_t *body)
{
	json_t *incident = NULL;
	struct client *client;
	struct error err;
	int64_t id;

	if (option_id(operands->list[0], &id, &err) < 0) {
		json_decref(body);
		return cli_usage(cli, &err);
	}
	client = client_new(cli, &err);
	if (client != NULL)
		incident = post(client, id, what, body, &err);
	else
		json_decref(body);
	return finish(cli, client, incident, &err);
}

int cmd_detail(struct cli *cli, int argc, char **argv)
{
	static const char *const names[] = { "ID", "NAME", "VALUE" };
	const char *by = NULL;
	bool estimate = false, actual = false;
	const struct cli_option options[] = {
		{ .name = "by", .kind = OPTION_TEXT, .ret = &by, .required = true },
		{ .name = "estimate", .kind = OPTION_FLAG, .ret = &estimate },
		{ .name = "actual", .kind = OPTION_FLAG, .ret = &actual },
	};
	struct operands operands = { .names = names, .required = 2, .max = 3 };
	int status = cli_parse(cli, options, ARRAY_LEN(options), argc, argv, &operands);
	struct error err;
	json_t *body;

	if (status != CLI_DONE)
		return status;
	if (estimate && actual) {
		error_set(&err, ERROR_INVALID, "--actual and --estimate exclude each other");
		return cli_usage(cli, &err);
	}
	body = json_object();
	json_set_text(body, "name", operands.list[1]);
	json_set_text(body, "value", operands.list[2]);
	if (estimate || actual)
		json_set_text(body, "certainty", estimate ? "estimate" : "actual");
	json_set_text(body, "by", by);
	return record(cli, &operands, "details", body);
}

int cmd_trait(struct cli *cli, int argc, char **argv)
{
	struct option_texts add = { .n = 0 }, remove = { .n = 0 };
	const char *by = NULL, *basis = NULL;
	const struct cli_option options[] = {
		{ .name = "by", .kind = OPTION_TEXT, .ret = &by, .required = true },
		{ .name = "basis", .kind = OPTION_TEXT, .ret = &basis, .required = true },
		{ .name = "add", .kind = OPTION_TEXTS, .ret = &add },
		{ .name = "remove", .kind = OPTION_TEXTS, .ret = &remove },
	};
	struct operands operands = { .names = id_and_stage, .required = 1, .max = 1 };
	int status = cli_parse(cli, options, ARRAY_LEN(options), argc, argv, &operands);
	struct error err;
	json_t *body;

	if (status != CLI_DONE)
		return status;
	if (add.n + remove.n == 0) {
		error_set(&err, ERROR_INVALID, "--add or --remove is missing");
		return cli_usage(cli, &err);
	}
	body = json_object();
	client_set_texts(body, "add", &add);
	client_set_texts(body, "remove", &remove);
	json_set_text(body, "by", by);
	json_set_text(body, "basis", basis);
	return record(cli, &operands, "traits", body);
}

/* What the daemon holds of the incident, as it is confirmed: nothing else is meant. It
 * is shown first, because it is not there any more afterwards. */
static int set_proposed(struct cli *cli, struct client *client, int64_t id, json_t *body,
	struct error *err)
{
	json_t *proposed = json_array(), *clock, *item, *incident;
	char path[PATH_SIZE];
	const json_t *held;
	size_t i;

	snprintf(path, sizeof(path), "/v1/incidents/%" PRId64, id);
	incident = client_get(client, path, err);
	json_object_set_new(body, "proposed", proposed);
	if (incident == NULL)
		return -1;
	json_array_foreach(json_object_get(incident, "clocks"), i, clock) {
		held = json_object_get(clock, "proposed");
		if (!json_is_object(held))
			continue;
		item = json_object();
		json_set_text(item, "regime", show_text(clock, "regime"));
		json_set_text(item, "stage", show_text(clock, "stage"));
		json_set_text(item, "state", show_text(held, "state"));
		json_set_time(item, "due_at", show_time(held, "due_at"));
		json_array_append_new(proposed, item);
		if (!cli->json)
			show_confirmed(&cli->out, clock);
	}
	json_decref(incident);
	return 0;
}

int cmd_confirm(struct cli *cli, int argc, char **argv)
{
	const char *by = NULL, *basis = NULL;
	const struct cli_option options[] = {
		{ .name = "by", .kind = OPTION_TEXT, .ret = &by, .required = true },
		{ .name = "basis", .kind = OPTION_TEXT, .ret = &basis },
	};
	struct operands operands = { .names = id_and_stage, .required = 1, .max = 1 };
	int status = cli_parse(cli, options, ARRAY_LEN(options), argc, argv, &operands);
	json_t *body, *incident = NULL;
	struct client *client;
	struct error err;
	int64_t id;

	if (status != CLI_DONE)
		return status;
	if (option_id(operands.list[0], &id, &err) < 0)
		return cli_usage(cli, &err);
	client = client_new(cli, &err);
	if (client != NULL) {
		body = json_object();
		json_set_text(body, "by", by);
		json_set_text(body, "basis", basis);
		if (set_proposed(cli, client, id, body, &err) == 0)
			incident = post(client, id, "confirmations", body, &err);
		else
			json_decref(body);
	}
	return finish(cli, client, incident, &err);
}

/* ---- acknowledgements ------------------------------------------------------------------ */

static void show_lease(struct writer *w, int64_t id, const json_t *lease, int64_t now)
{
	int64_t until = show_time(lease, "until");
	char length[TEXT_DURATION_SIZE], stamp[SHOW_STAMP_SIZE];

	text_duration(until > now ? until - now : 0, length);
	show_stamp(until, stamp);
	writer_line(w, "incident %" PRId64 ": %s has it until %s (%s)", id,
		show_text(lease, "by"), stamp, length);
}

int cmd_ack(struct cli *cli, int argc, char **argv)
{
	static const char *const names[] = { "ID" };
	const char *by = NULL, *length = NULL, *regime = NULL, *stage = NULL;
	const struct cli_option options[] = {
		{ .name = "by", .kind = OPTION_TEXT, .ret = &by, .required = true },
		{ .name = "for", .kind = OPTION_TEXT, .ret = &length },
		{ .name = "regime", .kind = OPTION_TEXT, .ret = &regime },
		{ .name = "stage", .kind = OPTION_TEXT, .ret = &stage },
	};
	struct operands operands = { .names = names, .required = 1, .max = 1 };
	int status = cli_parse(cli, options, ARRAY_LEN(options), argc, argv, &operands);
	json_t *body, *lease = NULL;
	struct client *client;
	struct error err;
	int64_t id;

	if (status != CLI_DONE)
		return status;
	if (option_id(operands.list[0], &id, &err) < 0)
		return cli_usage(cli, &err);
	client = client_new(cli, &err);
	if (client != NULL) {
		body = json_object();
		json_set_text(body, "by", by);
		json_set_text(body, "for", length);
		json_set_text(body, "regime", regime);
		json_set_text(body, "stage", stage);
		lease = post(client, id, "acknowledgements", body, &err);
	}
	client_free(client);
	if (lease == NULL)
		return cli_failed(&err);
	if (cli->json)
		writer_document(&cli->out, lease);
	else
		show_lease(&cli->out, id, lease, clock_wall());
	json_decref(lease);
	return CLI_DONE;
}
