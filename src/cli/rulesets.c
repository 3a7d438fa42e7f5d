/* Sets of rules beside each other: see rulesets.h. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/rulesets.h"
#include "cli/show.h"

enum { DIGEST_SHOWN = 12, TEXT_COLUMN = 17 };

static const char *const lists[] = { "regimes", "countries" };

static void add_file(json_t *list, const char *key, const char *name, const char *title,
	const char *version, const char *digest)
{
	json_t *file = json_object();

	json_set_text(file, key, name);
	json_set_text(file, "title", title);
	json_set_text(file, "version", version);
	json_set_text(file, "digest", digest);
	json_array_append_new(list, file);
}

json_t *ruleset_document(const char *digest, const struct rulebook *book)
{
	json_t *document = json_object(), *regimes = json_array(), *countries = json_array();
	size_t i;

	for (i = 0; i < book->n_regimes; i++) {
		const struct regime *r = &book->regimes[i];

		add_file(regimes, "name", r->name, r->title, r->version, r->digest);
	}
	for (i = 0; i < book->n_countries; i++) {
		const struct country *c = &book->countries[i];

		add_file(countries, "country", c->code, c->name, c->version, c->digest);
	}
	json_set_text(document, "digest", digest);
	json_object_set_new(document, "regimes", regimes);
	json_object_set_new(document, "countries", countries);
	return document;
}

bool rulesets_differ(const json_t *daemon, const json_t *disk)
{
	return strcmp(show_text(daemon, "digest"), show_text(disk, "digest")) != 0;
}

static const char *name_of(const json_t *file)
{
	const char *name = show_text(file, "name");

	return name[0] != '\0' ? name : show_text(file, "country");
}

static const json_t *find(const json_t *files, const char *name)
{
	size_t i;

	for (i = 0; i < json_array_size(files); i++)
		if (strcmp(name_of(json_array_get(files, i)), name) == 0)
			return json_array_get(files, i);
	return NULL;
}

/* "nis2/2026-11-21", as clocks name it; "none". */
static void add_version(struct buf *text, const json_t *file)
{
	if (file != NULL)
		buf_addf(text, "%s/%s", name_of(file), show_text(file, "version"));
	else
		buf_adds(text, "none");
}

/* The regimes by name; countries are too many for a line. */
static void write_side(struct writer *w, const char *label, const json_t *side)
{
	const json_t *regimes = json_object_get(side, "regimes");
	size_t i, n = json_array_size(json_object_get(side, "countries"));
	struct buf text;

	buf_init(&text, 0);
	for (i = 0; i < json_array_size(regimes); i++) {
		add_version(&text, json_array_get(regimes, i));
		buf_adds(&text, ", ");
	}
	buf_addf(&text, "%zu %s", n, n == 1 ? "country" : "countries");
	writer_wrapped(w, TEXT_COLUMN, "%-15s  %.*s: %s", label, DIGEST_SHOWN,
		show_text(side, "digest"), text.data);
	buf_release(&text);
}

/* "nis2/2026-11-21 -> nis2/2027-01-10"; of a file that was changed and kept its
 * version, the digests too. */
static void add_difference(struct buf *text, const json_t *from, const json_t *to)
{
	const char *before = show_text(from, "digest"), *after = show_text(to, "digest");
	bool same = from != NULL && to != NULL &&
		strcmp(show_text(from, "version"), show_text(to, "version")) == 0;

	if (strcmp(before, after) == 0)
		return;
	buf_adds(text, text->len > 0 ? ", " : "");
	add_version(text, from);
	buf_adds(text, " -> ");
	add_version(text, to);
	if (same)
		buf_addf(text, " (%.*s -> %.*s)", DIGEST_SHOWN, before, DIGEST_SHOWN, after);
}

static void find_differences(const json_t *daemon, const json_t *disk, struct buf *text)
{
	size_t i;

	for (i = 0; i < json_array_size(daemon); i++) {
		const json_t *file = json_array_get(daemon, i);

		add_difference(text, file, find(disk, name_of(file)));
	}
	for (i = 0; i < json_array_size(disk); i++) {
		const json_t *file = json_array_get(disk, i);

		if (find(daemon, name_of(file)) == NULL)
			add_difference(text, NULL, file);
	}
}

void rulesets_write(struct writer *w, const json_t *daemon, const json_t *disk)
{
	struct buf text;
	size_t i;

	write_side(w, "the daemon runs", daemon);
	write_side(w, "on disk", disk);
	if (!rulesets_differ(daemon, disk)) {
		writer_line(w, "the same rules");
		return;
	}
	buf_init(&text, 0);
	for (i = 0; i < ARRAY_LEN(lists); i++)
		find_differences(json_object_get(daemon, lists[i]),
			json_object_get(disk, lists[i]), &text);
	writer_wrapped(w, TEXT_COLUMN, "%-15s  %s", "different", text.data);
	writer_wrapped(w, 0, "The daemon has to read them before they can be applied: "
		"systemctl reload tocsind");
	buf_release(&text);
}
