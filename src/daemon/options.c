/* The command line: -k, -t and -V answer and exit, everything else runs the daemon. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "config/conf.h"
#include "core/coverage.h"
#include "daemon/daemon.h"
#include "daemon/listen.h"
#include "daemon/options.h"
#include "daemon/preview.h"
#include "store/store.h"

enum { COVERAGE_DAYS = 30 };

static void print_all(const char *kind, const struct error *list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (list[i].file[0] != '\0')
			fprintf(stderr, "%s:%d: ", list[i].file, list[i].line);
		fprintf(stderr, "%s%s\n", kind, list[i].text);
	}
}

/* One line for each step that would reach nobody at some time of the days to come. */
static void warn_gaps(const struct conf *conf)
{
	int64_t now = clock_wall() / MINUTE_MS * MINUTE_MS;
	struct arena *arena = arena_new();
	struct coverage_gap *gaps;
	size_t n, i, first;

	coverage_gaps(conf->policies, conf->n_policies, &conf->roster, now,
		now + COVERAGE_DAYS * (int64_t)DAY_MS, arena, &gaps, &n);
	for (first = 0; first < n; first = i) {
		const struct coverage_gap *g = &gaps[first];
		const struct conf_place *place = &conf->policy_places[g->policy - conf->policies];
		char from[RFC3339_SIZE + 8], until[RFC3339_SIZE + 8];

		for (i = first + 1; i < n && gaps[i].policy == g->policy &&
				gaps[i].step == g->step; i++)
			;
		rfc3339_format_offset(g->from_at, zone_offset(g->zone, g->from_at), from);
		rfc3339_format_offset(g->until_at, zone_offset(g->zone, g->until_at), until);
		fprintf(stderr, "%s:%d: warning: policy \"%s\", step \"%s\": nobody is on call "
			"from %s until %s", place->file, place->line, g->policy->name,
			g->policy->steps[g->step].at, from, until);
		if (i > first + 1)
			fprintf(stderr, ", and %zu times more in %d days (tocsin rota lists them)",
				i - first - 1, COVERAGE_DAYS);
		fputc('\n', stderr);
	}
	arena_free(arena);
}

/* What the rules would change comes last, and is no part of the verdict. */
static int check(const struct conf_options *options, const char *bin_dir)
{
	struct conf_report report = { 0 };
	struct conf *conf = conf_load(options, &report);
	int status = conf != NULL ? 0 : 1;
	struct error tls;

	print_all("warning: ", report.warnings, report.n_warnings);
	if (conf != NULL)
		warn_gaps(conf);
	print_all("", report.errors, report.n_errors);
	conf_report_release(&report);
	if (conf != NULL && !listen_check_tls(conf, &tls)) {
		print_all("", &tls, 1);
		status = 1;
	}
	if (status == 0)
		preview_rules(conf, options, bin_dir);
	conf_free(conf);
	return status;
}

static int print_version(const char *data_dir)
{
	struct conf_report report = { 0 };
	struct rules *rules = rules_load(data_dir, &report);
	const struct rulebook *book;
	size_t i;

	printf("tocsind %s\n", PACKAGE_VERSION);
	if (rules == NULL) {
		print_all("", report.errors, report.n_errors);
		conf_report_release(&report);
		return 1;
	}
	book = rules_book(rules);
	for (i = 0; i < book->n_regimes; i++)
		printf("rules %s  %s  sha256 %.16s\n", book->regimes[i].rules, book->regimes[i].act,
			book->regimes[i].digest);
	for (i = 0; i < book->n_countries; i++)
		printf("country %s/%s  %s  sha256 %.16s\n", book->countries[i].code,
			book->countries[i].version, book->countries[i].name,
			book->countries[i].digest);
	printf("countries %zu, ruleset %.12s\n", book->n_countries, rules_ruleset(rules));
	conf_report_release(&report);
	rules_free(rules);
	return 0;
}

/* A backup, or the store of a daemon that does not run. */
static int check_store(const char *path)
{
	struct journal_check head;
	struct error err;

	if (store_sqlite_check(path, &head, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	printf("%s is whole, its journal too: %" PRId64 ":%s\n", path, head.seq, head.hash);
	return 0;
}

int options_run(int argc, char **argv)
{
	struct daemon_options options = { .courier_dir = TOCSIN_LIBEXECDIR };
	struct conf_options conf = { .read_secrets = true };
	const char *bin_dir = TOCSIN_BINDIR, *store = NULL;
	bool check_only = false, version = false;
	int c;

	while ((c = getopt(argc, argv, "b:c:d:k:l:tV")) != -1) {
		switch (c) {
		case 'b':
			bin_dir = optarg;
			break;
		case 'c':
			conf.path = optarg;
			break;
		case 'd':
			conf.data_dir = optarg;
			break;
		case 'k':
			store = optarg;
			break;
		case 'l':
			options.courier_dir = optarg;
			break;
		case 't':
			check_only = true;
			break;
		case 'V':
			version = true;
			break;
		default:
			fputs("usage: tocsind [-tV] [-b directory] [-c file] [-d directory] "
				"[-k store] [-l directory]\n", stderr);
			return 2;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "tocsind: unexpected argument\n");
		return 2;
	}
	if (version)
		return print_version(conf.data_dir);
	if (store != NULL)
		return check_store(store);
	if (check_only)
		return check(&conf, bin_dir);
	options.conf = conf;
	return daemon_run(&options);
}
