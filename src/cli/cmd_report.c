/* The draft of a report: the incident from the daemon, what the law asks from the
 * rules here. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/client.h"
#include "cli/show.h"
#include "config/conf.h"
#include "core/draft.h"

static void write_lines(struct cli *cli, const char *text)
{
	for (; *text != '\0'; text += strcspn(text, "\n") + 1)
		writer_line(&cli->out, "%.*s", (int)strcspn(text, "\n"), text);
}

/* format NULL: Markdown. */
static void write_draft(struct cli *cli, const struct draft *report, const char *format)
{
	json_t *document = draft_document(report);
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
		write_lines(cli, draft.data);
	}
	json_decref(document);
	buf_release(&draft);
}

static int draft(struct cli *cli, const json_t *incident, const char *stage,
	const char *regime, const char *format)
{
	struct draft report = { .incident = incident };
	struct conf_report trouble;
	struct rules *rules;
	struct error err;

	report.clock = draft_clock(incident, stage, regime, &err);
	if (report.clock == NULL)
		return cli_failed(&err);
	rules = rules_load(cli->data_dir, &trouble);
	if (rules == NULL && trouble.n_errors > 0)
		cli_warn("the rules cannot be read: %s", trouble.errors[0].text);
	if (rules != NULL)
		report.regime = rulebook_regime(rules_book(rules), show_text(report.clock,
			"regime"));
	if (report.regime != NULL)
		report.stage = regime_stage(report.regime, stage);
	write_draft(cli, &report, format);
	rules_free(rules);
	conf_report_release(&trouble);
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
	json_t *incident;

	if (status == CLI_DONE && format != NULL &&
	    (cli->json || (strcmp(format, "markdown") != 0 && strcmp(format, "html") != 0))) {
		cli_warn(cli->json ? "--format does not go with --json" :
			"--format must be markdown or html");
		return CLI_USAGE;
	}
	if (status == CLI_DONE)
		status = client_incident(cli, operands.list[0], &incident);
	if (status != CLI_DONE)
		return status;
	status = draft(cli, incident, operands.list[1], regime, format);
	json_decref(incident);
	return status;
}
