/*
 * The rules alone, for the calculator: no daemon, no main file. A file of
 * sysconfdir wins over the shipped one of the same name, as for the daemon; a
 * data directory that is named replaces both. Rules that were kept are read from
 * their texts by the same code, so that what was valid once stays valid, and what
 * is said of it is the same.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "config/data.h"

struct rules {
	struct arena *arena;
	struct zones *zones;		/* NULL: borrowed */
	struct rulebook book;
	char ruleset[DIGEST_HEX_SIZE];
};

static int compare_texts(const void *a, const void *b)
{
	return strcmp((*(const struct rule_text *const *)a)->name,
		(*(const struct rule_text *const *)b)->name);
}

void ruleset_digest(const struct rule_text *texts, size_t n, char ret[DIGEST_HEX_SIZE])
{
	const struct rule_text **sorted = xcalloc(n + 1, sizeof(*sorted));
	struct buf list;
	size_t i;

	for (i = 0; i < n; i++)
		sorted[i] = &texts[i];
	qsort(sorted, n, sizeof(*sorted), compare_texts);
	buf_init(&list, 0);
	for (i = 0; i < n; i++) {
		char digest[DIGEST_HEX_SIZE];

		digest_sha256_hex(sorted[i]->text, sorted[i]->len, digest);
		buf_add(&list, sorted[i]->name, strlen(sorted[i]->name) + 1);
		buf_addf(&list, "%s\n", digest);
	}
	digest_sha256_hex(list.data, list.len, ret);
	buf_release(&list);
	free(sorted);
}

static struct rules *finish(struct rules *rules, struct reader *reader)
{
	struct rule_text *texts;
	size_t n;

	reader_sort(reader);
	if (reader->n_errors > 0) {
		rules_free(rules);
		return NULL;
	}
	n = reader_rule_texts(reader, &texts);
	ruleset_digest(texts, n, rules->ruleset);
	return rules;
}

static struct rules *rules_new(struct reader *reader, struct conf_report *report)
{
	struct arena *arena = arena_new();
	struct rules *rules = arena_alloc(arena, sizeof(*rules));

	memset(report, 0, sizeof(*report));
	reader->arena = rules->arena = arena;
	reader->report = report;
	return rules;
}

struct rules *rules_load(const char *data_dir, struct conf_report *report)
{
	struct reader reader = { 0 };
	struct rules *rules = rules_new(&reader, report);
	struct data_dirs dirs;

	rules->zones = zones_new(rules->arena, TOCSIN_ZONEINFO);
	rules->book.zone = zones_get;
	rules->book.zone_arg = rules->zones;
	if (data_dirs_init(&dirs, data_dir != NULL ? NULL : TOCSIN_SYSCONFDIR, data_dir,
		&reader) == 0) {
		regimes_read(&dirs, &reader, &rules->book);
		countries_read(&dirs, &reader, &rules->book);
	}
	return finish(rules, &reader);
}

struct rules *rules_load_texts(const struct rule_text *texts, size_t n,
	const struct zone *(*zone)(void *arg, const char *name, struct error *err),
	void *zone_arg, struct conf_report *report)
{
	static const struct rule_text none;
	const struct data_dirs dirs = { .texts = n > 0 ? texts : &none, .n_texts = n };
	struct reader reader = { 0 };
	struct rules *rules = rules_new(&reader, report);

	rules->book.zone = zone;
	rules->book.zone_arg = zone_arg;
	regimes_read(&dirs, &reader, &rules->book);
	countries_read(&dirs, &reader, &rules->book);
	return finish(rules, &reader);
}

const struct rulebook *rules_book(const struct rules *rules)
{
	return &rules->book;
}

const char *rules_ruleset(const struct rules *rules)
{
	return rules->ruleset;
}

void rules_free(struct rules *rules)
{
	if (rules == NULL)
		return;
	zones_release(rules->zones);
	arena_free(rules->arena);
}
