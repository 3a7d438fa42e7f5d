/*
 * Who is on call, and when nobody would be told: from the configuration alone, without
 * a daemon. What is printed is what the daemon will do, because both ask core.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_out.h"
#include "base/text.h"
#include "cli/cli.h"
#include "config/conf.h"
#include "core/coverage.h"

enum { DAYS_DEFAULT = 30, DAYS_MAX = 3660, STAMP_SIZE = 40 };

struct horizon {
	int64_t from_at, until_at;
};

/* A time at which a rota does not change hands. */
struct turn {
	int64_t from_at, until_at;
	const char *who;		/* NULL: nobody */
};

/* The turn that begins at an instant, up to the horizon. */
static struct turn turn_from(const struct rota *rota, int64_t at, const struct horizon *h)
{
	struct turn turn = { at, at, rota_on_call(rota, at) };

	do {
		turn.until_at = rota_next_change(rota, turn.until_at);
		if (turn.until_at == TIME_NONE || turn.until_at > h->until_at)
			turn.until_at = h->until_at;
	} while (turn.until_at < h->until_at &&
		text_equal(rota_on_call(rota, turn.until_at), turn.who));
	return turn;
}

/* "Mon 2026-11-23 09:00" */
static const char *stamp(const struct zone *zone, int64_t at, char out[STAMP_SIZE])
{
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	struct civil c;

	zone_civil(zone, at, &c);
	snprintf(out, STAMP_SIZE, "%s %04d-%02d-%02d %02d:%02d",
		days[civil_weekday(civil_days(c.year, c.month, c.day))], c.year, c.month, c.day,
		c.hour, c.minute);
	return out;
}

static void show_rota(struct writer *out, const struct rota *rota, const struct horizon *h)
{
	static const char *const headings[] = { "FROM", "UNTIL", "ON CALL" };
	struct table table;
	int64_t at;

	writer_line(out, "Rota %s, in %s", rota->name, zone_name(rota->zone));
	table_init(&table, headings, ARRAY_LEN(headings));
	for (at = h->from_at; at < h->until_at; ) {
		const struct turn turn = turn_from(rota, at, h);
		char from[STAMP_SIZE], until[STAMP_SIZE];
		const char *cells[] = { stamp(rota->zone, turn.from_at, from),
			stamp(rota->zone, turn.until_at, until),
			turn.who != NULL ? turn.who : "nobody" };

		table_add(&table, turn.who == NULL, cells);
		at = turn.until_at;
	}
	table_write(&table, out);
	writer_line(out, "%s", "");
}

static void show_gaps(struct writer *out, const struct coverage_gap *gaps, size_t n,
	int64_t days)
{
	static const char *const headings[] = { "POLICY", "STEP", "FROM", "UNTIL", "TIME ZONE" };
	struct table table;
	size_t i;

	if (n == 0) {
		writer_line(out, "At every minute of these %lld days every step of every policy "
			"reaches somebody.", (long long)days);
		return;
	}
	writer_urgent(out, "Nobody would be told:");
	table_init(&table, headings, ARRAY_LEN(headings));
	for (i = 0; i < n; i++) {
		char from[STAMP_SIZE], until[STAMP_SIZE];
		const char *cells[] = { gaps[i].policy->name,
			gaps[i].policy->steps[gaps[i].step].at,
			stamp(gaps[i].zone, gaps[i].from_at, from),
			stamp(gaps[i].zone, gaps[i].until_at, until), zone_name(gaps[i].zone) };

		table_add(&table, true, cells);
	}
	table_write(&table, out);
}

/* How many follow of the same step, with the first. */
static size_t run_of(const struct coverage_gap *gaps, size_t n)
{
	size_t i;

	for (i = 1; i < n && gaps[i].policy == gaps[0].policy && gaps[i].step == gaps[0].step;
	     i++)
		;
	return i;
}

/* Nights come back, so of each step the first is shown, and how many there are. */
static void show_waits(struct writer *out, const struct coverage_gap *waits, size_t n)
{
	static const char *const headings[] = { "POLICY", "STEP", "FALLS FROM", "TOLD AT",
		"TIME ZONE", "TIMES" };
	struct table table;
	size_t i, run;

	if (n == 0)
		return;
	writer_line(out, "Told only when quiet hours end, unless the deadline is too near:");
	table_init(&table, headings, ARRAY_LEN(headings));
	for (i = 0; i < n; i += run) {
		char from[STAMP_SIZE], until[STAMP_SIZE], times[24];
		const char *cells[] = { waits[i].policy->name,
			waits[i].policy->steps[waits[i].step].at,
			stamp(waits[i].zone, waits[i].from_at, from),
			stamp(waits[i].zone, waits[i].until_at, until),
			zone_name(waits[i].zone), times };

		run = run_of(waits + i, n - i);
		snprintf(times, sizeof(times), "%zu", run);
		table_add(&table, false, cells);
	}
	table_write(&table, out);
	writer_line(out, "%s", "");
}

static void put_rota(struct buf *out, const struct rota *rota, const struct horizon *h)
{
	int64_t at;

	out_object(out, NULL);
	out_text(out, "name", rota->name);
	out_text(out, "timezone", zone_name(rota->zone));
	out_array(out, "turns");
	for (at = h->from_at; at < h->until_at; ) {
		const struct turn turn = turn_from(rota, at, h);

		out_object(out, NULL);
		out_time(out, "from", turn.from_at);
		out_time(out, "until", turn.until_at);
		out_text(out, "person", turn.who);
		out_end_object(out);
		at = turn.until_at;
	}
	out_end_array(out);
	out_end_object(out);
}

struct gap_list {
	struct coverage_gap *list;
	size_t n;
};

static void put_gaps(struct buf *out, const char *key, const struct gap_list *gaps)
{
	size_t i;

	out_array(out, key);
	for (i = 0; i < gaps->n; i++) {
		const struct coverage_gap *gap = &gaps->list[i];

		out_object(out, NULL);
		out_text(out, "policy", gap->policy->name);
		out_text(out, "step", gap->policy->steps[gap->step].at);
		out_time(out, "from", gap->from_at);
		out_time(out, "until", gap->until_at);
		out_end_object(out);
	}
	out_end_array(out);
}

static void put_all(struct cli *cli, const struct conf *conf, const struct horizon *h,
	const struct gap_list *waits, const struct gap_list *gaps)
{
	struct buf out;
	size_t i;

	buf_init(&out, 0);
	out_object(&out, NULL);
	out_time(&out, "from", h->from_at);
	out_time(&out, "until", h->until_at);
	out_array(&out, "rotas");
	for (i = 0; i < conf->roster.n_rotas; i++)
		put_rota(&out, &conf->roster.rotas[i], h);
	out_end_array(&out);
	put_gaps(&out, "waits", waits);
	put_gaps(&out, "gaps", gaps);
	out_end_object(&out);
	writer_json(&cli->out, out.data, out.len);
	buf_release(&out);
}

static const struct hours *quiet_of(const void *arg, const char *name)
{
	const struct conf_channel *channel = conf_channel(arg, name);

	return channel != NULL ? channel->quiet : NULL;
}

static int show(struct cli *cli, const struct conf *conf, const struct horizon *h)
{
	const struct coverage_quiet quiet = { quiet_of, conf };
	struct arena *arena = arena_new();
	struct gap_list gaps, waits;
	size_t i;

	coverage_gaps(conf->policies, conf->n_policies, &conf->roster, h->from_at, h->until_at,
		arena, &gaps.list, &gaps.n);
	coverage_waits(conf->policies, conf->n_policies, &conf->roster, &quiet, h->from_at,
		h->until_at, arena, &waits.list, &waits.n);
	if (cli->json) {
		put_all(cli, conf, h, &waits, &gaps);
	} else {
		for (i = 0; i < conf->roster.n_rotas; i++)
			show_rota(&cli->out, &conf->roster.rotas[i], h);
		show_waits(&cli->out, waits.list, waits.n);
		show_gaps(&cli->out, gaps.list, gaps.n, (h->until_at - h->from_at) / DAY_MS);
	}
	arena_free(arena);
	return gaps.n > 0 ? CLI_FAILED : CLI_DONE;
}

int cmd_rota(struct cli *cli, int argc, char **argv)
{
	int64_t days = DAYS_DEFAULT, from = clock_wall();
	struct conf_options conf_options = { .read_secrets = false };
	const struct cli_option options[] = {
		{ .name = "days", .kind = OPTION_COUNT, .ret = &days },
		{ .name = "config", .kind = OPTION_PATH, .ret = &conf_options.path, .letter = 'c' },
		{ .name = "from", .kind = OPTION_TIME, .ret = &from },
	};
	struct operands none = { .max = 0 };
	int status = cli_parse(cli, options, ARRAY_LEN(options), argc, argv, &none);
	struct conf_report report;
	struct conf *conf;
	struct error err;

	if (status != CLI_DONE)
		return status;
	if (days > DAYS_MAX) {
		error_set(&err, ERROR_INVALID, "--days is at most %d", DAYS_MAX);
		return cli_usage(cli, &err);
	}
	conf_options.data_dir = cli->data_dir;
	conf = conf_load(&conf_options, &report);
	if (conf == NULL) {
		status = cli_failed(&report.errors[0]);
	} else {
		/* Turns change on the minute. */
		const struct horizon h = { from / MINUTE_MS * MINUTE_MS,
			from / MINUTE_MS * MINUTE_MS + days * DAY_MS };

		status = show(cli, conf, &h);
	}
	conf_report_release(&report);
	conf_free(conf);
	return status;
}
