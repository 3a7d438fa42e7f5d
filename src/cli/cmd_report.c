/* The draft of a report, as the daemon has it: by the rules that the incident is under. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "core/draft.h"

/* format NULL: Markdown. */
static void write_draft(struct cli *cli, json_t *document, const char *format)
{
	struct buf draft;

	buf_init(&draft, 0);
	if (format != NULL && strcmp(format, "html") == 0)
		draft_html(document, &draft);
	else
		draft_markdown(document, &draft);
	if (cli->json) {
		json_set_text(document, "markdown", draft.data);
		writer_document(&cli->out, document);
	} else {
		writer_lines(&cli->out, draft.data);
	}
	buf_release(&draft);
}

static int draft(struct cli *cli, int64_t id, const char *stage, const char *regime,
	const char *format)
{
	struct client *client;
	json_t *document;
	struct error err;
	struct buf path;

	buf_init(&path, 0);
	buf_addf(&path, "/v1/incidents/%" PRId64 "/reports/%s", id, stage);
	client_query(&path, "regime", regime);
	client = client_new(cli, &err);
	document = client != NULL ? client_get(client, path.data, &err) : NULL;
	client_free(client);
	buf_release(&path);
	if (document == NULL)
		return cli_failed(&err);
	write_draft(cli, document, format);
	json_decref(document);
	return CLI_DONE;
}

int cmd_report(struct cli *cli, int argc, char **argv)
{
	static const char *const names[] = { "ID", "STAGE" };
	const char *regime = NULL, *format = NULL;
	const struct cli_option options[] = {
		{ .name = "regime", .kind = OPTION_TEXT, .ret = &regime },
		{ .name = "format", .kind = OPTION_TEXT, .ret = &format },
	};
	struct operands operands = { .names = names, .required = 2, .max = 2 };
	int status = cli_parse(cli, options, ARRAY_LEN(options), argc, argv, &operands);
	struct error err;
	int64_t id;

	if (status != CLI_DONE)
		return status;
	if (format != NULL &&
	    (cli->json || (strcmp(format, "markdown") != 0 && strcmp(format, "html") != 0))) {
		cli_warn(cli->json ? "--format does not go with --json" :
			"--format must be markdown or html");
		return CLI_USAGE;
	}
	if (option_id(operands.list[0], &id, &err) < 0)
		return cli_usage(cli, &err);
	/* It becomes part of an address. */
	if (!text_is_name(operands.list[1])) {
		error_set(&err, ERROR_INVALID, "there is no such stage");
		return cli_failed(&err);
	}
	return draft(cli, id, operands.list[1], regime, format);
}
