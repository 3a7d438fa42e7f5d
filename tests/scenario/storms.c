/* What scenarios do and expect of floods of alerts. The words are described in run.c. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "scenario.h"

void do_flood(struct scenario *s, const struct words *w)
{
	int64_t n = number_word(s, word(w, 1)), i;
	const char *key = value_of(w, "key");
	struct arena *arena = arena_new();
	struct alert *alerts = arena_array(arena, n > 0 ? (size_t)n : 1, sizeof(*alerts));
	struct command c = { .kind = COMMAND_ALERTS };

	for (i = 0; i < n; i++)
		alerts[i] = (struct alert){
			.title = arena_printf(arena, "%s %" PRId64, word(w, 3), i),
			.key = key != NULL ? arena_printf(arena, "%s-%" PRId64, key, i) : NULL,
			.severity = SEVERITY_HIGH, .detected_at = TIME_NONE,
			.aware_at = TIME_NONE, .body = "{}", .body_len = 2,
		};
	c.as.alerts.source = conf_source(s->conf, word(w, 2));
	c.as.alerts.alerts = alerts;
	c.as.alerts.n_alerts = (size_t)n;
	c.as.alerts.received_at = s->now;
	if (c.as.alerts.source == NULL)
		fail(s, "no such source");
	else
		submit(s, &c);
	arena_free(arena);
}

void do_incident(struct scenario *s, const struct words *w)
{
	s->incident = number_word(s, word(w, 1));
}

static int count_incident(void *arg, const struct incident_row *row)
{
	(void)row;
	(*(int64_t *)arg)++;
	return 0;
}

void expect_incidents(struct scenario *s, const struct words *w)
{
	const struct incident_filter filter = { .all = true };
	struct error err;
	int64_t n = 0;

	if (s->store->ops->incident_list(s->store, &filter, count_incident, &n, &err) < 0)
		fail(s, "%s", err.text);
	else if (n != number_word(s, word(w, 1)))
		fail(s, "there are %" PRId64, n);
}

static bool load(struct scenario *s, struct arena *arena, struct incident_row *ret)
{
	struct error err;

	if (s->store->ops->incident_load(s->store, s->incident, arena, ret, &err) == 0)
		return true;
	fail(s, "%s", err.text);
	return false;
}

void expect_holds(struct scenario *s, const struct words *w)
{
	struct arena *arena = arena_new();
	struct incident_row row;

	if (load(s, arena, &row) && row.incident.alerts != number_word(s, word(w, 1)))
		fail(s, "it holds %" PRId64, row.incident.alerts);
	arena_free(arena);
}

void expect_severity(struct scenario *s, const struct words *w)
{
	struct arena *arena = arena_new();
	struct incident_row row;

	if (load(s, arena, &row) &&
	    strcmp(severity_name(row.incident.severity), word(w, 1)) != 0)
		fail(s, "it is %s", severity_name(row.incident.severity));
	arena_free(arena);
}

void expect_similar(struct scenario *s, const struct words *w)
{
	struct arena *arena = arena_new();
	struct incident_row row;
	size_t i;

	if (load(s, arena, &row)) {
		bool same = row.incident.n_similar == w->n - 1;

		for (i = 0; same && i < row.incident.n_similar; i++)
			same = row.incident.similar[i] == number_word(s, word(w, i + 1));
		if (!same)
			fail(s, "it is like %zu others, the newest %" PRId64,
				row.incident.n_similar, row.incident.similar[0]);
	}
	arena_free(arena);
}

struct kept {
	const char *key;
	int64_t n, alerts;
};

static int take_key(void *arg, const struct storm_key_row *row)
{
	struct kept *kept = arg;

	kept->n++;
	if (kept->key != NULL && strcmp(row->key, kept->key) == 0)
		kept->alerts = row->alerts;
	return 0;
}

/* keys N [KEY M] */
void expect_keys(struct scenario *s, const struct words *w)
{
	const struct storm_key_filter filter = { .incident = s->incident };
	struct kept kept = { .key = w->n > 2 ? word(w, 2) : NULL };
	struct error err;

	if (s->store->ops->storm_keys(s->store, &filter, take_key, &kept, &err) < 0)
		fail(s, "%s", err.text);
	else if (kept.n != number_word(s, word(w, 1)))
		fail(s, "there are %" PRId64, kept.n);
	else if (kept.key != NULL && kept.alerts != number_word(s, word(w, 3)))
		fail(s, "%s came %" PRId64 " times", kept.key, kept.alerts);
}
