/* How the daemon is: one look at its status. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/rfc3339.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/show.h"

/* "in 2 min (2026-11-22 08:17Z)", "none". */
static void show_when(struct writer *w, const char *label, int64_t at, int64_t now)
{
	char length[TEXT_DURATION_SIZE], stamp[SHOW_STAMP_SIZE];

	if (at == TIME_NONE) {
		writer_line(w, "%-20s none", label);
		return;
	}
	text_duration(at - now, length);
	show_stamp(at, stamp);
	writer_line(w, "%-20s %s%s%s (%s)", label, at >= now ? "in " : "", length,
		at >= now ? "" : " ago", stamp);
}

static void show_clock(struct writer *w, const json_t *clock)
{
	const char *state = show_text(clock, "state");
	const json_t *error = json_object_get(clock, "estimated_error_us");

	if (json_is_integer(error))
		writer_line(w, "%-20s %s, error about %" PRId64 " us", "wall clock", state,
			(int64_t)json_integer_value(error));
	else
		writer_line(w, "%-20s %s", "wall clock", state);
}

static void show_names(struct writer *w, const char *label, const json_t *names)
{
	size_t i;

	for (i = 0; i < json_array_size(names); i++)
		writer_line(w, "%-20s %s", i == 0 ? label : "",
			json_string_value(json_array_get(names, i)));
}

enum { HEAD_COLUMNS = 100 };

static void show_status(struct writer *w, const json_t *status, int64_t now)
{
	const json_t *journal = json_object_get(status, "journal");
	const char *hash = show_text(journal, "hash");
	bool narrow = w->width > 0 && w->width < HEAD_COLUMNS;
	char uptime[TEXT_DURATION_SIZE];

	text_duration(show_number(status, "uptime_s") * SECOND_MS, uptime);
	writer_line(w, "tocsind %s, up %s", show_text(status, "version"), uptime);
	show_when(w, "next wake-up", show_time(status, "next_wakeup_at"), now);
	show_when(w, "oldest undelivered", show_time(status, "oldest_undelivered_at"), now);
	writer_line(w, "%-20s %" PRId64, "in flight", show_number(status, "in_flight"));
	/* A hash is not broken, so that it can be copied: it stands below where it must. */
	writer_line(w, "%-20s %" PRId64 ":%s", "journal head", show_number(journal, "seq"),
		narrow ? "" : hash);
	if (narrow)
		writer_line(w, "  %s", hash);
	show_clock(w, json_object_get(status, "clock"));
	show_names(w, "channels down", json_object_get(status, "channels_down"));
	show_names(w, "sources silent", json_object_get(status, "sources_silent"));
	show_names(w, "rules", json_object_get(status, "rules"));
}

int cmd_ping(struct cli *cli, int argc, char **argv)
{
	struct operands none = { .max = 0 };
	int rc = cli_parse(cli, NULL, 0, argc, argv, &none);
	struct client *client;
	json_t *status = NULL;
	struct error err;

	if (rc != CLI_DONE)
		return rc;
	client = client_new(cli, &err);
	if (client != NULL)
		status = client_get(client, "/v1/status", &err);
	client_free(client);
	if (status == NULL)
		return cli_failed(&err);
	if (cli->json)
		writer_document(&cli->out, status);
	else
		show_status(&cli->out, status, clock_wall());
	json_decref(status);
	return CLI_DONE;
}
