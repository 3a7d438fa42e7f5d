/*
 * Notices on demand: a test of a channel, and a delivery once more. Both wait a while to
 * say what became of it, because that is what somebody who asks for them wants to know.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/rfc3339.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/show.h"

enum { PATH_SIZE = 192, POLL_MS = 200, PATIENCE_S = 30 };

static bool has_ended(const json_t *delivery)
{
	const char *state = show_text(delivery, "state");

	return strcmp(state, "waiting") != 0 && strcmp(state, "sending") != 0;
}

/* The delivery once it has ended, or as it is when the patience is over. */
static json_t *wait_for(struct client *client, const char *id, int64_t until,
	struct error *err)
{
	const struct timespec pause = { 0, POLL_MS * 1000000 };
	char path[PATH_SIZE];
	json_t *delivery;

	snprintf(path, sizeof(path), "/v1/deliveries/%.64s", id);
	for (;;) {
		delivery = client_get(client, path, err);
		if (delivery == NULL || has_ended(delivery) || clock_boot() >= until)
			return delivery;
		json_decref(delivery);
		nanosleep(&pause, NULL);
	}
}

/* "soc: delivered (HTTP 200)"; what has not ended says how it goes. */
static void show(struct writer *w, const json_t *delivery)
{
	const json_t *attempts = json_object_get(delivery, "attempts");
	size_t n = json_array_size(attempts);
	const json_t *last = n > 0 ? json_array_get(attempts, n - 1) : NULL;
	const char *recipient = show_text(delivery, "recipient");
	const char *detail = show_text(last, "detail");

	writer_line(w, "%s%s%s: %s%s%s%s", show_text(delivery, "channel"),
		recipient[0] != '\0' ? " to " : "", recipient, show_text(delivery, "state"),
		detail[0] != '\0' ? " (" : "", detail, detail[0] != '\0' ? ")" : "");
	if (!has_ended(delivery))
		writer_line(w, "%s goes on by itself after %zu attempt%s",
			show_text(delivery, "id"), n, n == 1 ? "" : "s");
}

/* It stands in a path. */
static int check_name(const struct cli *cli, const struct operands *operands)
{
	struct error err;

	if (text_is_name(operands->list[0]))
		return CLI_DONE;
	error_set(&err, ERROR_INVALID, "\"%.64s\" is no %s", operands->list[0],
		operands->names[0]);
	return cli_usage(cli, &err);
}

/* What became of each; ids are borrowed. */
static int show_outcomes(struct cli *cli, struct client *client, const char *const *ids,
	size_t n, struct error *err)
{
	int64_t until = clock_boot() + PATIENCE_S * SECOND_MS;
	json_t *all = json_array();
	bool good = true;
	size_t i;

	for (i = 0; i < n; i++) {
		json_t *delivery = wait_for(client, ids[i], until, err);

		if (delivery == NULL) {
			json_decref(all);
			return cli_failed(err);
		}
		good = good && strcmp(show_text(delivery, "state"), "delivered") == 0;
		if (!cli->json)
			show(&cli->out, delivery);
		json_array_append_new(all, delivery);
	}
	if (cli->json) {
		json_t *document = json_object();

		json_object_set(document, "deliveries", all);
		writer_document(&cli->out, document);
		json_decref(document);
	}
	json_decref(all);
	return good ? CLI_DONE : CLI_FAILED;
}

int cmd_test(struct cli *cli, int argc, char **argv)
{
	static const char *const names[] = { "CHANNEL" };
	const char *by = NULL, *ids[64];
	const struct cli_option options[] = {
		{ .name = "by", .kind = OPTION_TEXT, .ret = &by, .required = true },
	};
	struct operands one = { .names = names, .required = 1, .max = 1 };
	int status = cli_parse(cli, options, ARRAY_LEN(options), argc, argv, &one);
	json_t *body, *made = NULL;
	struct client *client;
	struct error err;
	char path[PATH_SIZE];
	size_t n, i;

	if (status == CLI_DONE)
		status = check_name(cli, &one);
	if (status != CLI_DONE)
		return status;
	snprintf(path, sizeof(path), "/v1/channels/%.64s/test", one.list[0]);
	client = client_new(cli, &err);
	if (client != NULL) {
		body = json_object();
		json_set_text(body, "by", by);
		made = client_post(client, path, body, &err);
	}
	n = json_array_size(json_object_get(made, "deliveries"));
	for (i = 0; i < n && i < ARRAY_LEN(ids); i++)
		ids[i] = json_string_value(json_array_get(json_object_get(made, "deliveries"), i));
	status = made != NULL ? show_outcomes(cli, client, ids, i, &err) : cli_failed(&err);
	json_decref(made);
	client_free(client);
	return status;
}

int cmd_replay(struct cli *cli, int argc, char **argv)
{
	static const char *const names[] = { "DELIVERY" };
	const char *by = NULL, *basis = NULL, *id;
	const struct cli_option options[] = {
		{ .name = "by", .kind = OPTION_TEXT, .ret = &by, .required = true },
		{ .name = "basis", .kind = OPTION_TEXT, .ret = &basis },
	};
	struct operands one = { .names = names, .required = 1, .max = 1 };
	int status = cli_parse(cli, options, ARRAY_LEN(options), argc, argv, &one);
	json_t *body, *made = NULL;
	struct client *client;
	char path[PATH_SIZE];
	struct error err;

	if (status == CLI_DONE)
		status = check_name(cli, &one);
	if (status != CLI_DONE)
		return status;
	snprintf(path, sizeof(path), "/v1/deliveries/%.64s/replay", one.list[0]);
	client = client_new(cli, &err);
	if (client != NULL) {
		body = json_object();
		json_set_text(body, "by", by);
		json_set_text(body, "basis", basis);
		made = client_post(client, path, body, &err);
	}
	id = show_text(made, "id");
	status = made != NULL ? show_outcomes(cli, client, &id, 1, &err) : cli_failed(&err);
	json_decref(made);
	client_free(client);
	return status;
}
