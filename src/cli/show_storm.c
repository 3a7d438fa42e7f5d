/* Storms, and what an incident is like, as text: see show.h. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "cli/show.h"

void show_similar(struct writer *w, const json_t *incident)
{
	const json_t *list = json_object_get(incident, "similar");
	struct buf ids;
	size_t i;

	if (json_array_size(list) == 0)
		return;
	buf_init(&ids, 0);
	for (i = 0; i < json_array_size(list); i++)
		buf_addf(&ids, "%s%" PRId64, i > 0 ? ", " : "",
			(int64_t)json_integer_value(json_array_get(list, i)));
	writer_line(w, "  %-12s %s  (a hint; nothing was merged)", "similar to", ids.data);
	buf_release(&ids);
}

static void show_keys(struct writer *w, const json_t *keys)
{
	static const char *const headings[] = { "ALERTS", "LAST", "SEVERITY", "KEY", "TITLE" };
	struct table table;
	size_t i;

	table_init(&table, headings, ARRAY_LEN(headings));
	for (i = 0; i < json_array_size(keys); i++) {
		const json_t *key = json_array_get(keys, i);
		char alerts[24], last[SHOW_STAMP_SIZE];
		const char *cells[] = { alerts, last, show_text(key, "severity"),
			show_text(key, "key"), show_text(key, "title") };

		snprintf(alerts, sizeof(alerts), "%" PRId64, show_number(key, "alerts"));
		show_stamp(show_time(key, "last_at"), last);
		table_add(&table, false, cells);
	}
	table_write(&table, w);
}

void show_overflow(struct writer *w, const json_t *incident)
{
	const json_t *overflow = json_object_get(incident, "overflow");
	const json_t *top = json_object_get(overflow, "top");
	char first[SHOW_STAMP_SIZE], last[SHOW_STAMP_SIZE];
	int64_t keys = show_number(overflow, "keys");

	if (overflow == NULL)
		return;
	show_stamp(show_time(overflow, "first_at"), first);
	show_stamp(show_time(overflow, "last_at"), last);
	writer_line(w, "storm%s", json_is_true(json_object_get(overflow, "raging")) ?
		", going on" : "");
	writer_line(w, "  %" PRId64 " alerts from %s to %s, %" PRId64 " of them resolves or "
		"updates", show_number(overflow, "alerts"), first, last,
		show_number(overflow, "resolved"));
	writer_line(w, "  %" PRId64 " keys are kept; %" PRId64 " alerts are of others", keys,
		show_number(overflow, "unlisted"));
	if (json_array_size(top) == 0)
		return;
	show_keys(w, top);
	if (keys > (int64_t)json_array_size(top))
		writer_line(w, "  all of them: GET /v1/incidents/%" PRId64 "/storm",
			show_number(incident, "id"));
}
