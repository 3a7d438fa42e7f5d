/*
 * tocsin, the client: a table of commands, each a function with its own options.
 * Exit status: 0 done, 1 refused or failed (one line on stderr), 2 usage.
 */
#ifndef TOCSIN_CLI_CLI_H
#define TOCSIN_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "cli/options.h"
#include "cli/writer.h"

enum cli_status {
	CLI_DONE = 0, CLI_FAILED = 1, CLI_USAGE = 2,
	CLI_HELPED = -1,	/* help was asked for and given: 0 for the caller */
};

struct command;

/* What the options before the command say, and may say again behind it. */
struct cli {
	const struct command *command;
	const char *socket, *url, *token_file, *ca_file, *data_dir;
	bool json, help, version;
	struct writer out;
};

typedef int command_fn(struct cli *cli, int argc, char **argv);

struct command {
	const char *name;
	const char *usage;	/* behind the name */
	const char *text;	/* one line for the list of commands */
	command_fn *run;
};

int cli_main(int argc, char **argv);

/* Reads a command's options and the global ones. CLI_DONE: go on; anything else
 * is for the command to return. */
int cli_parse(struct cli *cli, const struct cli_option *options, size_t n, int argc,
	char **argv, struct operands *operands);
/* One line on stderr; each returns the status for the command to return. */
int cli_failed(const struct error *err);
int cli_usage(const struct cli *cli, const struct error *err);
/* "tocsin: warning: ...", also one line. */
void cli_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* One for each line of the table; aware and handled are event with a name. */
command_fn cmd_open, cmd_list, cmd_show, cmd_dismiss, cmd_event, cmd_aware, cmd_handled,
	cmd_file, cmd_withdraw, cmd_trait, cmd_detail, cmd_confirm, cmd_ack, cmd_waive,
	cmd_clocks, cmd_deliveries, cmd_report, cmd_journal, cmd_verify, cmd_rules, cmd_rota,
	cmd_due, cmd_drill, cmd_country, cmd_source, cmd_ping, cmd_watch, cmd_backup, cmd_test,
	cmd_replay;

#endif
