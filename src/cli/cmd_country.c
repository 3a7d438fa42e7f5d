/* What the countries' files say, and how old that is: no daemon, no network. */
#include "config.h"

#include <ctype.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_out.h"
#include "base/rfc3339.h"
#include "base/text.h"
#include "cli/cli.h"
#include "config/conf.h"
#include "core/profile.h"

/* Any zone will do: what is known is months old, not hours. */
static int32_t today(void)
{
	return (int32_t)(clock_wall() / DAY_MS);
}

/* The directive's transposition is what differs from state to state. */
#define REGIME "nis2"
enum { STATUS_MAX = 36 };	/* what is left of 80 columns */

/* The first clause: the rest is for the page of the country itself. */
static void status_cell(const struct overlay *overlay, char out[STATUS_MAX + 1])
{
	const char *status = overlay == NULL ? "not known" : overlay->status != NULL ?
		overlay->status : overlay->in_force ? "in force" : "not in force";
	size_t n = strcspn(status, ";("), cut;

	while (n > 0 && status[n - 1] == ' ')
		n--;
	cut = text_utf8_cut(status, n, STATUS_MAX);
	memcpy(out, status, cut);
	out[cut] = '\0';
	if (cut < n)
		memcpy(out + STATUS_MAX - 2, "..", 3);
}

static void write_list(struct cli *cli, const struct rulebook *book)
{
	static const char *const headings[] = { "CODE", "NAME", "PERIODS", "ROUTE", "LAW" };
	char status[STATUS_MAX + 1];
	struct table table;
	size_t i;

	table_init(&table, headings, ARRAY_LEN(headings));
	for (i = 0; i < book->n_countries; i++) {
		const struct country *country = &book->countries[i];
		const struct overlay *overlay = country_overlay(country, REGIME);
		const char *const cells[] = { country->code, country->name,
			profile_terms_word(overlay), profile_route_word(overlay, today()),
			status };

		status_cell(overlay, status);
		table_add(&table, false, cells);
	}
	table_write(&table, &cli->out);
}

static void put_all(struct cli *cli, const struct rulebook *book)
{
	struct buf text;
	size_t i;

	buf_init(&text, 0);
	out_object(&text, NULL);
	out_array(&text, "countries");
	for (i = 0; i < book->n_countries; i++)
		document_put_profile(&text, NULL, &book->countries[i], book, today());
	out_end_array(&text);
	out_end_object(&text);
	writer_json(&cli->out, text.data, text.len);
	buf_release(&text);
}

static int show(struct cli *cli, const struct rulebook *book, const char *code)
{
	char upper[3] = "";
	const struct country *country = NULL;
	struct error err;
	struct buf text;

	if (strlen(code) == 2) {
		upper[0] = (char)toupper((unsigned char)code[0]);
		upper[1] = (char)toupper((unsigned char)code[1]);
		country = rulebook_country(book, upper);
	}
	if (country == NULL) {
		error_set(&err, ERROR_NOT_FOUND, "there is no file for the country %s", code);
		return cli_failed(&err);
	}
	buf_init(&text, 0);
	if (cli->json) {
		document_put_profile(&text, NULL, country, book, today());
		writer_json(&cli->out, text.data, text.len);
	} else {
		profile_write(country, book, today(), &text);
		writer_lines(&cli->out, text.data);
	}
	buf_release(&text);
	return CLI_DONE;
}

int cmd_country(struct cli *cli, int argc, char **argv)
{
	static const char *const names[] = { "CC" };
	struct operands operands = { .names = names, .max = 1 };
	int status = cli_parse(cli, NULL, 0, argc, argv, &operands);
	struct conf_report report;
	struct rules *rules;
	struct error err;

	if (status != CLI_DONE)
		return status;
	rules = rules_load(cli->data_dir, &report);
	if (rules == NULL && report.n_errors > 0)
		err = report.errors[0];
	conf_report_release(&report);
	if (rules == NULL)
		return cli_failed(&err);
	if (operands.n > 0)
		status = show(cli, rules_book(rules), operands.list[0]);
	else if (cli->json)
		put_all(cli, rules_book(rules));
	else
		write_list(cli, rules_book(rules));
	rules_free(rules);
	return status;
}
