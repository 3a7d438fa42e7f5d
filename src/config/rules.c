/*
 * The rules alone, for the calculator: no daemon, no main file. A file of
 * sysconfdir wins over the shipped one of the same name, as for the daemon; a
 * data directory that is named replaces both.
 */
#include "config.h"

#include <string.h>

#include "config/data.h"

struct rules {
	struct arena *arena;
	struct zones *zones;
	struct rulebook book;
};

struct rules *rules_load(const char *data_dir, struct conf_report *report)
{
	struct arena *arena = arena_new();
	struct rules *rules = arena_alloc(arena, sizeof(*rules));
	struct reader reader = { .arena = arena, .report = report };
	struct data_dirs dirs;

	memset(report, 0, sizeof(*report));
	rules->arena = arena;
	rules->zones = zones_new(arena, TOCSIN_ZONEINFO);
	rules->book.zone = zones_get;
	rules->book.zone_arg = rules->zones;
	if (data_dirs_init(&dirs, data_dir != NULL ? NULL : TOCSIN_SYSCONFDIR, data_dir,
		&reader) == 0) {
		regimes_read(&dirs, &reader, &rules->book);
		countries_read(&dirs, &reader, &rules->book);
	}
	reader_sort(&reader);
	if (report->n_errors == 0)
		return rules;
	rules_free(rules);
	return NULL;
}

const struct rulebook *rules_book(const struct rules *rules)
{
	return &rules->book;
}

void rules_free(struct rules *rules)
{
	if (rules == NULL)
		return;
	zones_release(rules->zones);
	arena_free(rules->arena);
}
