/*
 * The client's frame: global options, the table of commands, and how it ends. The
 * commands print through the writer and report through cli_failed; nothing else
 * writes to the terminal.
 */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/cli.h"
#include "config/conf.h"

enum { GLOBALS = 8, COMMAND_OPTIONS_MAX = 20 };

static const struct command commands[] = {
	{ "open", "--title T [--entity E] [--aware TIME] [--severity S] [--key K] [--drill]",
		"open an incident by hand", cmd_open },
	{ "list", "[--all] [--entity E] [--limit N]", "the incidents that are not over",
		cmd_list },
	{ "show", "ID", "one incident, with everything that is known", cmd_show },
	{ "clocks", "[--all] [--entity E] [--before TIME] [--limit N]",
		"what is owed, soonest first", cmd_clocks },
	{ "watch", "[--entity E]", "the same, live; q ends it", cmd_watch },
	{ "deliveries", "[ID] [--state S] [--limit N]", "who was told, and when",
		cmd_deliveries },
	{ "replay", "DELIVERY --by NAME [--basis TEXT]", "send one once more", cmd_replay },
	{ "test", "CHANNEL --by NAME", "send a notice that is marked as a test", cmd_test },
	{ "event", "ID TYPE [--at TIME] --by NAME --basis TEXT [--replaces]",
		"record what a clock may run from", cmd_event },
	{ "aware", "ID [--at TIME] --by NAME --basis TEXT [--replaces]",
		"record awareness: the clocks start", cmd_aware },
	{ "handled", "ID [--at TIME] --by NAME --basis TEXT [--replaces]",
		"record that the handling has ended", cmd_handled },
	{ "file", "ID STAGE [--regime R] --at TIME --by NAME --recipient R --reference REF "
		"[--document FILE] [--replaces]", "record a report that was handed in", cmd_file },
	{ "withdraw", "ID STAGE [--regime R] --by NAME --basis TEXT",
		"record that a report was withdrawn or refused", cmd_withdraw },
	{ "trait", "ID [--add T]... [--remove T]... --by NAME --basis TEXT",
		"record what the incident is, as far as the law asks", cmd_trait },
	{ "detail", "ID NAME [VALUE] [--actual | --estimate] --by NAME",
		"record what is known for the reports", cmd_detail },
	{ "confirm", "ID --by NAME [--basis TEXT]",
		"confirm a correction that somebody else has made", cmd_confirm },
	{ "ack", "ID --by NAME [--for PT2H] [--regime R] [--stage STAGE]", "I have it: quiet for a while",
		cmd_ack },
	{ "waive", "ID STAGE [--regime R] --by NAME --basis TEXT",
		"record that this report is not owed", cmd_waive },
	{ "dismiss", "ID --by NAME --basis TEXT",
		"record that the incident is not significant", cmd_dismiss },
	{ "drill", "[--entity E] [--regime R]... [--in PT10M] [--title T] --by NAME [--wait] | "
		"ID [--wait]", "rehearse on the real channels, a month in minutes", cmd_drill },
	{ "report", "ID STAGE [--regime R] [--format html]", "the draft of a report", cmd_report },
	{ "journal", "[ID] [--follow] [--lines]", "what was recorded", cmd_journal },
	{ "verify", "[FILE] [--head SEQ:HASH]", "recompute the journal's chain", cmd_verify },
	{ "rules", "[ID] | --apply ID --by NAME --basis TEXT",
		"what the rules on disk would change", cmd_rules },
	{ "due", "--event NAME=TIME [--filed STAGE=TIME] [--regime R] [--country CC] "
		"[--timezone Z] [--trait T] | --batch", "the calculator, without a daemon",
		cmd_due },
	{ "country", "[CC]", "what is known of a country's law, and of where reports go",
		cmd_country },
	{ "rota", "[--days N] [-c FILE] [--from TIME]",
		"who is on call, and when nobody would be told", cmd_rota },
	{ "source", "try FORMAT BODY", "what a source's format makes of a body, without a daemon",
		cmd_source },
	{ "backup", "FILE", "copy the daemon's store while it serves, and verify the copy",
		cmd_backup },
	{ "ping", "", "how the daemon is", cmd_ping },
};

/* ---- messages -------------------------------------------------------------------- */

static void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* One line on stderr, cleaned, in one write. */
static void complain(const char *fmt, ...)
{
	struct buf text, line;
	va_list ap;

	buf_init(&text, 0);
	buf_init(&line, 0);
	va_start(ap, fmt);
	buf_vaddf(&text, fmt, ap);
	va_end(ap);
	buf_adds(&line, "tocsin: ");
	text_clean(&line, text.data, text.len);
	buf_addc(&line, '\n');
	if (write(STDERR_FILENO, line.data, line.len) < 0)
		errno = 0;	/* there is nowhere left to tell it */
	buf_release(&text);
	buf_release(&line);
}

int cli_failed(const struct error *err)
{
	if (err->file[0] != '\0' && err->line > 0)
		complain("%s:%d: %s", err->file, err->line, err->text);
	else if (err->file[0] != '\0')
		complain("%s: %s", err->file, err->text);
	else if (err->pointer[0] != '\0')
		complain("%s (%s)", err->text, err->pointer);
	else
		complain("%s", err->text);
	return CLI_FAILED;
}

int cli_usage(const struct cli *cli, const struct error *err)
{
	if (cli->command != NULL) {
		complain("%s: %s", cli->command->name, err->text);
		complain("usage: tocsin %s%s%s", cli->command->name,
			cli->command->usage[0] != '\0' ? " " : "", cli->command->usage);
	} else {
		complain("%s", err->text);
		complain("\"tocsin --help\" lists the commands");
	}
	return CLI_USAGE;
}

void cli_warn(const char *fmt, ...)
{
	struct buf text;
	va_list ap;

	buf_init(&text, 0);
	va_start(ap, fmt);
	buf_vaddf(&text, fmt, ap);
	va_end(ap);
	complain("warning: %s", text.data);
	buf_release(&text);
}

/* ---- help and version --------------------------------------------------------------- */

static int give_help(struct cli *cli)
{
	size_t i;

	writer_wrapped(&cli->out, 7, "usage: tocsin [--socket PATH | --url URL "
		"[--token-file FILE]] [--json] COMMAND ...");
	writer_line(&cli->out, "%s", "");
	for (i = 0; i < ARRAY_LEN(commands); i++)
		writer_line(&cli->out, "  %-10s  %s", commands[i].name, commands[i].text);
	writer_line(&cli->out, "%s", "");
	writer_line(&cli->out, "\"tocsin COMMAND --help\" shows the options of one; "
		"tocsin(1) has the rest.");
	return CLI_DONE;
}

/* Completion for shells reads the lines of the options. */
static void command_help(struct cli *cli, const struct cli_option *options, size_t n)
{
	static const char *const values[] = { [OPTION_FLAG] = "", [OPTION_TEXT] = " TEXT",
		[OPTION_PATH] = " FILE", [OPTION_TEXTS] = " TEXT ...", [OPTION_TIME] = " TIME",
		[OPTION_COUNT] = " NUMBER" };
	const struct command *c = cli->command;
	size_t i;

	writer_wrapped(&cli->out, 7, "usage: tocsin %s%s%s", c->name,
		c->usage[0] != '\0' ? " " : "", c->usage);
	writer_line(&cli->out, "  %s; see tocsin(1)", c->text);
	for (i = 0; i < n; i++)
		writer_line(&cli->out, "  --%s%s", options[i].name, values[options[i].kind]);
}

/* The law is data: which version of it answers is part of the version. */
static int give_version(struct cli *cli)
{
	struct conf_report report;
	struct rules *rules = rules_load(cli->data_dir, &report);
	const struct rulebook *book = rules != NULL ? rules_book(rules) : NULL;
	size_t i;

	writer_line(&cli->out, "tocsin %s", PACKAGE_VERSION);
	for (i = 0; book != NULL && i < book->n_regimes; i++)
		writer_line(&cli->out, "rules %s", book->regimes[i].rules);
	for (i = 0; book != NULL && i < book->n_countries; i++)
		writer_line(&cli->out, "country %s/%s", book->countries[i].code,
			book->countries[i].version);
	if (book == NULL)
		cli_warn("the rules cannot be read: %s", report.errors[0].text);
	rules_free(rules);
	conf_report_release(&report);
	return CLI_DONE;
}

/* ---- options ----------------------------------------------------------------------- */

static void global_options(struct cli *cli, struct cli_option list[GLOBALS])
{
	const struct cli_option globals[GLOBALS] = {
		{ .name = "socket", .kind = OPTION_PATH, .ret = &cli->socket },
		{ .name = "url", .kind = OPTION_TEXT, .ret = &cli->url },
		{ .name = "token-file", .kind = OPTION_PATH, .ret = &cli->token_file },
		{ .name = "ca-file", .kind = OPTION_PATH, .ret = &cli->ca_file },
		{ .name = "data", .kind = OPTION_PATH, .ret = &cli->data_dir },
		{ .name = "json", .kind = OPTION_FLAG, .ret = &cli->json },
		{ .name = "help", .kind = OPTION_FLAG, .ret = &cli->help, .letter = 'h' },
		{ .name = "version", .kind = OPTION_FLAG, .ret = &cli->version,
			.letter = 'V' },
	};

	memcpy(list, globals, sizeof(globals));
}

/* Options that contradict each other. */
static int check_globals(const struct cli *cli, struct error *err)
{
	if (cli->socket != NULL && cli->url != NULL)
		return error_set(err, ERROR_INVALID, "--socket and --url exclude each other");
	if (cli->url == NULL && (cli->token_file != NULL || cli->ca_file != NULL))
		return error_set(err, ERROR_INVALID, "--%s goes with --url",
			cli->token_file != NULL ? "token-file" : "ca-file");
	return 0;
}

int cli_parse(struct cli *cli, const struct cli_option *options, size_t n, int argc,
	char **argv, struct operands *operands)
{
	struct cli_option list[COMMAND_OPTIONS_MAX + GLOBALS];
	struct error err;
	int next;

	if (n > 0)
		memcpy(list, options, n * sizeof(*options));
	global_options(cli, list + n);
	if (options_parse(list, n + GLOBALS, argc, argv, false, operands, &next, &err) < 0)
		return cli_usage(cli, &err);
	cli->out.json = cli->json;
	if (cli->help || cli->version) {
		if (cli->help)
			command_help(cli, options, n);
		else
			give_version(cli);
		return CLI_HELPED;
	}
	if (check_globals(cli, &err) < 0 || options_check(list, n, operands, &err) < 0)
		return cli_usage(cli, &err);
	return CLI_DONE;
}

static const struct command *command_find(const char *name, struct error *err)
{
	const char *names[ARRAY_LEN(commands)], *near;
	size_t i;

	for (i = 0; i < ARRAY_LEN(commands); i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
		names[i] = commands[i].name;
	}
	near = text_nearest(name, names, ARRAY_LEN(commands));
	if (near != NULL)
		error_set(err, ERROR_INVALID,
			"there is no command \"%.32s\"; did you mean %s?", name, near);
	else
		error_set(err, ERROR_INVALID, "there is no command \"%.32s\"", name);
	return NULL;
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct cli_option globals[GLOBALS];
	struct operands none = { .max = 0 };
	struct error err;
	int next, status;

	global_options(cli, globals);
	if (options_parse(globals, GLOBALS, argc, argv, true, &none, &next, &err) < 0)
		return cli_usage(cli, &err);
	if (cli->help)
		return give_help(cli);
	if (cli->version)
		return give_version(cli);
	if (next >= argc) {
		error_set(&err, ERROR_INVALID, "a command is missing");
		return cli_usage(cli, &err);
	}
	cli->command = command_find(argv[next], &err);
	if (cli->command == NULL)
		return cli_usage(cli, &err);
	status = cli->command->run(cli, argc - next, argv + next);
	return status == CLI_HELPED ? CLI_DONE : status;
}

int cli_main(int argc, char **argv)
{
	struct cli cli = { .command = NULL };
	int status;

	/* A reader that has seen enough (head) is told by EPIPE, not by a signal. */
	signal(SIGPIPE, SIG_IGN);
	writer_init(&cli.out, STDOUT_FILENO, false);
	status = run(&cli, argc, argv);
	if (writer_close(&cli.out) < 0 && errno != EPIPE) {
		complain("writing the output: %s", strerror(errno));
		return CLI_FAILED;
	}
	return status;
}
