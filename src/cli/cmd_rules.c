/*
 * The rule files on disk, and what they would change for incidents that are not over.
 * The client computes that itself, from the daemon's incidents and its own rules: so
 * it can be asked before a reload, and of a daemon on another machine. Applying rules
 * to an incident is recorded by the daemon, one incident at a time, in somebody's
 * name.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/diff.h"
#include "cli/rulesets.h"
#include "cli/show.h"
#include "config/conf.h"

enum { INCIDENTS_MAX = 10000, PAGE = 200, PATH_SIZE = 96 };

struct rules_options {
	const char *by, *basis;
	bool apply;
};

/* One look at all rules: what was found so far. */
struct survey {
	struct cli *cli;
	const struct rulebook *book;
	json_t *changed;	/* [{"id","title","entity","changes"|"error"}], for JSON */
	int64_t checked;
	bool any;		/* something was printed */
	bool more;
};

static struct rules *open_rules(const struct cli *cli, struct error *err)
{
	struct conf_report report;
	struct rules *rules = rules_load(cli->data_dir, &report);

	if (rules == NULL && report.n_errors > 0)
		*err = report.errors[0];
	conf_report_release(&report);
	return rules;
}

/* ---- what would change --------------------------------------------------------------- */

static void add_finding(struct survey *s, const json_t *incident, json_t *changes,
	const struct error *err)
{
	json_t *finding = json_object();

	json_set_int(finding, "id", show_number(incident, "id"));
	json_set_text(finding, "title", show_text(incident, "title"));
	json_set_text(finding, "entity", show_text(incident, "entity"));
	if (changes != NULL)
		json_object_set(finding, "changes", changes);
	else
		json_set_text(finding, "error", err->text);
	json_array_append_new(s->changed, finding);
}

/* An incident that the rules cannot compute (its regime is gone) is a finding too. */
static void survey_incident(struct survey *s, const json_t *incident)
{
	struct error err = { .code = ERROR_NONE };
	json_t *changes = diff_incident(incident, s->book, &err);
	struct writer *w = &s->cli->out;

	s->checked++;
	if (changes != NULL && json_array_size(changes) == 0) {
		json_decref(changes);
		return;
	}
	if (s->cli->json) {
		add_finding(s, incident, changes, &err);
	} else {
		writer_line(w, "%s", "");
		diff_write(w, incident, changes, "WOULD BE");
		if (changes == NULL)
			writer_wrapped(w, 2, "  cannot be computed by these rules: %s", err.text);
	}
	s->any = true;
	json_decref(changes);
}

/* One page behind the cursor; 1: there is more. A page that is empty, or says that it is
 * its own next one, would be asked for without end. */
static int survey_page(struct survey *s, struct client *client, char **cursor,
	struct error *err)
{
	const json_t *incidents;
	const char *next;
	struct buf path;
	json_t *page;
	int more;
	size_t i;

	buf_init(&path, 0);
	buf_addf(&path, "/v1/incidents?limit=%d", PAGE);
	client_query(&path, "cursor", *cursor);
	page = client_get(client, path.data, err);
	buf_release(&path);
	if (page == NULL)
		return -1;
	incidents = json_object_get(page, "incidents");
	for (i = 0; i < json_array_size(incidents); i++)
		survey_incident(s, json_array_get(incidents, i));
	next = show_text(page, "next");
	more = next[0] != '\0' && json_array_size(incidents) > 0 &&
		(*cursor == NULL || strcmp(*cursor, next) != 0);
	free(*cursor);
	*cursor = xstrdup(next);
	json_decref(page);
	return more;
}

/* Page after page, each forgotten before the next: ten thousand incidents are many
 * megabytes. */
static int survey_all(struct survey *s, struct client *client, struct error *err)
{
	char *cursor = NULL;
	int more;

	do
		more = survey_page(s, client, &cursor, err);
	while (more > 0 && s->checked < INCIDENTS_MAX);
	s->more = more > 0;
	free(cursor);
	return more < 0 ? -1 : 0;
}

static int survey_one(struct survey *s, struct client *client, int64_t id,
	struct error *err)
{
	char path[PATH_SIZE];
	json_t *incident;

	snprintf(path, sizeof(path), "/v1/incidents/%" PRId64, id);
	incident = client_get(client, path, err);
	if (incident == NULL)
		return -1;
	survey_incident(s, incident);
	json_decref(incident);
	return 0;
}

static void survey_end(struct survey *s, int64_t id)
{
	struct writer *w = &s->cli->out;

	writer_line(w, "%s", "");
	if (s->any) {
		writer_wrapped(w, 0, "What is earlier counts as soon as the rules are applied "
			"(tocsin rules --apply ID), what is later or ends a clock when a second "
			"person has confirmed it (tocsin confirm ID).");
	} else if (id != 0) {
		writer_line(w, "incident %" PRId64 " would not change", id);
	} else {
		writer_line(w, "no open incident would change (%" PRId64 " checked)",
			s->checked);
	}
}

/* id 0: all that are not over. */
static int survey(struct survey *s, struct client *client, int64_t id,
	const struct rules *rules, struct error *err)
{
	json_t *daemon = client_get(client, "/v1/rules", err), *disk, *document;
	int rc;

	if (daemon == NULL)
		return -1;
	disk = ruleset_document(rules_ruleset(rules), rules_book(rules));
	if (!s->cli->json)
		rulesets_write(&s->cli->out, daemon, disk);
	rc = id != 0 ? survey_one(s, client, id, err) : survey_all(s, client, err);
	if (rc == 0 && s->cli->json) {
		document = json_object();
		json_object_set(document, "daemon", daemon);
		json_object_set(document, "disk", disk);
		json_object_set(document, "incidents", s->changed);
		json_set_int(document, "checked", s->checked);
		json_set_true(document, "more", s->more);
		writer_document(&s->cli->out, document);
		json_decref(document);
	} else if (rc == 0) {
		survey_end(s, id);
	}
	json_decref(daemon);
	json_decref(disk);
	return rc;
}

static int compare(struct cli *cli, int64_t id)
{
	struct survey s = { .cli = cli, .changed = json_array() };
	struct client *client = NULL;
	struct rules *rules;
	struct error err;
	int rc = -1;

	rules = open_rules(cli, &err);
	if (rules != NULL)
		client = client_new(cli, &err);
	if (client != NULL) {
		s.book = rules_book(rules);
		rc = survey(&s, client, id, rules, &err);
	}
	client_free(client);
	rules_free(rules);
	json_decref(s.changed);
	if (rc < 0)
		return cli_failed(&err);
	if (s.more)
		cli_warn("only the newest %" PRId64 " incidents were looked at", s.checked);
	return CLI_DONE;
}

/* ---- applying ------------------------------------------------------------------------ */

/* Newer files that the daemon has not read are easily taken for those that it applies.
 * Whoever has no rules at hand (another machine) is not told. */
static bool is_unread(const struct cli *cli, struct client *client)
{
	struct rules *rules;
	json_t *daemon, *disk;
	struct error err;
	bool unread;

	rules = open_rules(cli, &err);
	if (rules == NULL)
		return false;
	daemon = client_get(client, "/v1/rules", &err);
	disk = ruleset_document(rules_ruleset(rules), rules_book(rules));
	unread = daemon != NULL && rulesets_differ(daemon, disk);
	json_decref(daemon);
	json_decref(disk);
	rules_free(rules);
	return unread;
}

static void show_applied(struct cli *cli, const json_t *before, const json_t *after)
{
	json_t *changes = diff_clocks(json_object_get(before, "clocks"),
		json_object_get(after, "clocks"), false);
	struct writer *w = &cli->out;

	if (json_array_size(changes) > 0)
		diff_write(w, after, changes, "IS");
	else
		writer_line(w, "no clock of incident %" PRId64 " has moved",
			show_number(after, "id"));
	writer_line(w, "%s", "");
	show_summary(w, after, clock_wall());
	json_decref(changes);
}

static int apply_to(struct cli *cli, struct client *client, int64_t id,
	const json_t *before, const struct rules_options *o, struct error *err)
{
	static const char unread[] = "the daemon has not read the rules on disk (systemctl "
		"reload tocsind)";
	json_t *body = json_object(), *after;
	char path[PATH_SIZE];

	json_set_text(body, "by", o->by);
	json_set_text(body, "basis", o->basis);
	snprintf(path, sizeof(path), "/v1/incidents/%" PRId64 "/rules", id);
	after = client_post(client, path, body, err);
	if (after == NULL) {
		if (is_unread(cli, client))
			error_prefix(err, "%s", unread);
		return -1;
	}
	if (cli->json)
		writer_document(&cli->out, after);
	else
		show_applied(cli, before, after);
	if (is_unread(cli, client))
		cli_warn("%s; those that it runs were applied", unread);
	json_decref(after);
	return 0;
}

static int apply(struct cli *cli, int64_t id, const struct rules_options *o)
{
	json_t *before = NULL;
	struct client *client;
	char path[PATH_SIZE];
	struct error err;
	int rc = -1;

	snprintf(path, sizeof(path), "/v1/incidents/%" PRId64, id);
	client = client_new(cli, &err);
	if (client != NULL)
		before = client_get(client, path, &err);
	if (before != NULL)
		rc = apply_to(cli, client, id, before, o, &err);
	client_free(client);
	json_decref(before);
	return rc < 0 ? cli_failed(&err) : CLI_DONE;
}

static int check_options(const struct rules_options *o, const struct operands *operands,
	struct error *err)
{
	if (!o->apply && (o->by != NULL || o->basis != NULL))
		return error_set(err, ERROR_INVALID, "--%s goes with --apply",
			o->by != NULL ? "by" : "basis");
	if (!o->apply)
		return 0;
	if (operands->n == 0)
		return error_set(err, ERROR_INVALID, "--apply needs the ID of an incident");
	if (o->by == NULL || o->basis == NULL)
		return error_set(err, ERROR_INVALID, "--%s is missing",
			o->by == NULL ? "by" : "basis");
	return 0;
}

int cmd_rules(struct cli *cli, int argc, char **argv)
{
	static const char *const names[] = { "ID" };
	struct rules_options o = { .apply = false };
	const struct cli_option options[] = {
		{ .name = "apply", .kind = OPTION_FLAG, .ret = &o.apply },
		{ .name = "by", .kind = OPTION_TEXT, .ret = &o.by },
		{ .name = "basis", .kind = OPTION_TEXT, .ret = &o.basis },
	};
	struct operands operands = { .names = names, .required = 0, .max = 1 };
	int status = cli_parse(cli, options, ARRAY_LEN(options), argc, argv, &operands);
	struct error err;
	int64_t id = 0;

	if (status != CLI_DONE)
		return status;
	if (check_options(&o, &operands, &err) < 0 ||
	    (operands.n > 0 && option_id(operands.list[0], &id, &err) < 0))
		return cli_usage(cli, &err);
	return o.apply ? apply(cli, id, &o) : compare(cli, id);
}
