/* Sets of rules beside each other: see rulesets.h. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/rulesets.h"
#include "cli/show.h"

enum { DIGEST_SHOWN = 12 };

static const char *const lists[] = { "regimes", "countries" };

json_t *ruleset_document(const char *digest, const struct rulebook *book)
{
	json_t *document = json_object(), *regimes = json_array(), *countries = json_array();
	size_t i;

	for (i = 0; i < book->n_regimes; i++)
		json_array_append_new(regimes, json_string(book->regimes[i].rules));
	for (i = 0; i < book->n_countries; i++)
		json_array_append_new(countries, json_string(book->countries[i].rules));
	json_set_text(document, "digest", digest);
	json_object_set_new(document, "regimes", regimes);
	json_object_set_new(document, "countries", countries);
	return document;
}

bool rulesets_differ(const json_t *daemon, const json_t *disk)
{
	return strcmp(show_text(daemon, "digest"), show_text(disk, "digest")) != 0;
}

/* "nis2/2026-11-21", which stands alone or, of a daemon that says more of each file, as
 * a member. */
static const char *version(const json_t *item)
{
	const char *text = json_string_value(item);

	return text != NULL ? text : show_text(item, "rules");
}

/* Up to the slash: what it is a version of. */
static bool same_name(const char *a, const char *b)
{
	size_t n = strcspn(a, "/");

	return n == strcspn(b, "/") && strncmp(a, b, n) == 0;
}

static const char *find(const json_t *list, const char *like)
{
	size_t i;

	for (i = 0; i < json_array_size(list); i++)
		if (same_name(version(json_array_get(list, i)), like))
			return version(json_array_get(list, i));
	return NULL;
}

/* The regimes by name; countries are too many for a line. */
static void write_side(struct writer *w, const char *label, const json_t *side)
{
	const json_t *regimes = json_object_get(side, "regimes");
	struct buf text;
	size_t i;

	buf_init(&text, 0);
	for (i = 0; i < json_array_size(regimes); i++)
		buf_addf(&text, "%s, ", version(json_array_get(regimes, i)));
	buf_addf(&text, "%zu countries", json_array_size(json_object_get(side, "countries")));
	writer_wrapped(w, 17, "%-15s  %.*s: %s", label, DIGEST_SHOWN, show_text(side, "digest"),
		text.data);
	buf_release(&text);
}

static void add_difference(struct buf *text, const char *from, const char *to)
{
	buf_addf(text, "%s%s -> %s", text->len > 0 ? ", " : "", from != NULL ? from : "none",
		to != NULL ? to : "none");
}

static void find_differences(const json_t *daemon, const json_t *disk, struct buf *text)
{
	const char *item, *other;
	size_t i;

	for (i = 0; i < json_array_size(disk); i++) {
		item = version(json_array_get(disk, i));
		other = find(daemon, item);
		if (other == NULL || strcmp(other, item) != 0)
			add_difference(text, other, item);
	}
	for (i = 0; i < json_array_size(daemon); i++) {
		item = version(json_array_get(daemon, i));
		if (find(disk, item) == NULL)
			add_difference(text, item, NULL);
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
	writer_wrapped(w, 17, "%-15s  %s", "different", text.len > 0 ? text.data :
		"no version; a file was changed and kept its version");
	writer_wrapped(w, 0, "The daemon has to read them before they can be applied: "
		"systemctl reload tocsind");
	buf_release(&text);
}
