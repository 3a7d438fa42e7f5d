/* The draft of a report: the incident from the daemon, what the law asks from the
 * rules here. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/client.h"
#include "cli/report.h"
#include "cli/show.h"
#include "config/conf.h"

/* The incident's clock for the stage: of the regime named, else of nis2, else of
 * the only one that has it. */
static const json_t *clock_for(const json_t *incident, const char *stage,
	const char *regime, struct error *err)
{
	const json_t *clocks = json_object_get(incident, "clocks"), *found = NULL;
	const char *names[32], *near;
	size_t i, n = 0, fits = 0;

	for (i = 0; i < json_array_size(clocks); i++) {
		const json_t *clock = json_array_get(clocks, i);
		const char *of = show_text(clock, "regime");

		if (n < ARRAY_LEN(names))
			names[n++] = show_text(clock, "stage");
		if (strcmp(show_text(clock, "stage"), stage) != 0)
			continue;
		if (strcmp(of, regime != NULL ? regime : "nis2") == 0)
			return clock;
		fits += regime == NULL;
		found = clock;
	}
	near = text_nearest(stage, names, n);
	if (fits == 1)
		return found;
	if (fits > 1)
		error_set(err, ERROR_INVALID,
			"several regimes have this stage; say which by --regime");
	else if (near != NULL && strcmp(near, stage) != 0)
		error_set(err, ERROR_NOT_FOUND,
			"the incident has no such stage; did you mean %s?",
			near);
	else
		error_set(err, ERROR_NOT_FOUND, "the incident has no such stage");
	return NULL;
}

static void write_draft(struct cli *cli, const struct report *report)
{
	struct buf draft;
	json_t *document;
	const char *text;

	buf_init(&draft, 0);
	report_write(report, &draft);
	if (cli->json) {
		document = json_object();
		json_set_int(document, "incident", show_number(report->incident, "id"));
		json_set_text(document, "regime", show_text(report->clock, "regime"));
		json_set_text(document, "stage", show_text(report->clock, "stage"));
		json_set_text(document, "markdown", draft.data);
		writer_document(&cli->out, document);
		json_decref(document);
	} else {
		for (text = draft.data; *text != '\0'; text += strcspn(text, "\n") + 1)
			writer_line(&cli->out, "%.*s", (int)strcspn(text, "\n"), text);
	}
	buf_release(&draft);
}

static int draft(struct cli *cli, const json_t *incident, const char *stage,
	const char *regime)
{
	struct report report = { .incident = incident };
	struct conf_report trouble;
	struct rules *rules;
	struct error err;

	report.clock = clock_for(incident, stage, regime, &err);
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
	write_draft(cli, &report);
	rules_free(rules);
	conf_report_release(&trouble);
	return CLI_DONE;
}

int cmd_report(struct cli *cli, int argc, char **argv)
{
	static const char *const names[] = { "ID", "STAGE" };
	const char *regime = NULL;
	const struct cli_option options[] = {
		{ .name = "regime", .kind = OPTION_TEXT, .ret = &regime },
	};
	struct operands operands = { .names = names, .required = 2, .max = 2 };
	int status = cli_parse(cli, options, ARRAY_LEN(options), argc, argv, &operands);
	json_t *incident;

	if (status == CLI_DONE)
		status = client_incident(cli, operands.list[0], &incident);
	if (status != CLI_DONE)
		return status;
	status = draft(cli, incident, operands.list[1], regime);
	json_decref(incident);
	return status;
}
