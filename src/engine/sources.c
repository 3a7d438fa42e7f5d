/*
 * Sources that have fallen silent. An attacker, or an update, that stops the alerts
 * stops the clocks that they would have started, and nothing else would say so. One
 * notice for each silence, and one when it ends; the last alert is kept across restarts.
 *
 * While tocsin itself was away nobody could be heard, so after a start a source has a
 * while to speak before its silence counts.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/rfc3339.h"
#include "base/text.h"
#include "core/period.h"
#include "engine/internal.h"

#define META_SOURCE "source:%s"		/* "MS heard" or "MS silent" */

enum { GRACE_MS = 15 * MINUTE_MS };

static struct hearing *hearing_find(const struct engine *e, const char *source)
{
	size_t i;

	for (i = 0; i < e->n_hearings; i++)
		if (strcmp(e->hearings[i].source, source) == 0)
			return &e->hearings[i];
	return NULL;
}

bool engine_source_is_silent(const struct engine *e, const char *source)
{
	const struct hearing *h = hearing_find(e, source);

	return h != NULL && h->silent;
}

void sources_free(struct engine *e)
{
	size_t i;

	for (i = 0; i < e->n_hearings; i++)
		free(e->hearings[i].source);
	free(e->hearings);
	e->hearings = NULL;
	e->n_hearings = 0;
}

/* From before, or from now on where nothing is known. */
static int load(struct engine *e, struct hearing *h, struct error *err)
{
	char *name = arena_printf(e->arena, META_SOURCE, h->source), number[24];
	const char *text = NULL;
	size_t n;

	h->heard_at = e->now;
	h->heard = true;
	if (e->store->ops->meta_get(e->store, name, e->arena, &text, err) < 0)
		return -1;
	n = text != NULL ? strcspn(text, " ") : 0;
	if (n == 0 || n >= sizeof(number))
		return 0;
	memcpy(number, text, n);
	number[n] = '\0';
	if (text_int64(number, 0, INT64_MAX, &h->heard_at) < 0)
		return 0;
	h->heard = false;
	h->silent = h->will_be_silent = strcmp(text + n, " silent") == 0;
	return 0;
}

int sources_configure(struct engine *e, struct error *err)
{
	const struct conf *conf = e->conf;
	struct hearing *made = xcalloc(conf->n_sources + 1, sizeof(*made));
	size_t n = 0, i;
	int rc = 0;

	for (i = 0; i < conf->n_sources && rc == 0; i++) {
		const struct hearing *old = hearing_find(e, conf->sources[i].name);
		struct hearing *h = &made[n];

		if (conf->sources[i].silent_ms == 0)
			continue;
		n++;
		if (old != NULL)
			*h = *old;
		h->source = xstrdup(conf->sources[i].name);
		h->silent_ms = conf->sources[i].silent_ms;
		if (old == NULL)
			rc = load(e, h, err);
	}
	sources_free(e);
	e->hearings = made;
	e->n_hearings = n;
	return rc;
}

void sources_heard(struct engine *e, const char *source)
{
	struct hearing *h = hearing_find(e, source);

	if (h == NULL)
		return;
	h->heard_at = e->now;
	h->heard = true;
}

/* When its silence begins to count. */
static int64_t silent_at(const struct engine *e, const struct hearing *h)
{
	int64_t grace = h->silent_ms < GRACE_MS ? h->silent_ms : GRACE_MS;
	int64_t at = h->heard_at + h->silent_ms;

	return at > e->started_at + grace ? at : e->started_at + grace;
}

int64_t sources_next(const struct engine *e)
{
	int64_t next = TIME_NONE;
	size_t i;

	for (i = 0; i < e->n_hearings; i++) {
		const struct hearing *h = &e->hearings[i];
		int64_t at = h->heard ? e->now : silent_at(e, h);

		if ((h->heard || !h->silent) && (next == TIME_NONE || at < next))
			next = at;
	}
	return next;
}

/* ---- saying so --------------------------------------------------------------------- */

static int journal(struct engine *e, const char *kind, const struct hearing *h,
	struct error *err)
{
	struct buf *record = record_new(e, kind, "daemon", NULL);

	out_text(record, "source", h->source);
	out_time(record, "last_alert_at", h->heard_at);
	return record_append(e, record, 0, err);
}

static int say_silent(struct engine *e, const struct hearing *h, struct error *err)
{
	char since[RFC3339_SIZE], length[PERIOD_SIZE];
	struct operation op = { .about = "source-silent",
		.title = arena_printf(e->arena, "Source %s is silent", h->source) };

	rfc3339_format(h->heard_at, since);
	period_format_duration(h->silent_ms, length);
	op.words = arena_printf(e->arena, "No alert has come from it for longer than %s; the last "
		"was taken at %s.\nNo clock starts by an alert that does not come: see that it can "
		"still reach tocsin. There will be one more notice, when it speaks again.", length,
		since);
	say_later(e, LOG_LEVEL_WARNING, "sources", &(const struct log_about){ .source = h->source,
		.message = MESSAGE_SOURCE_SILENT }, "source %s has been silent since %s", h->source,
		since);
	return journal(e, "source.silent", h, err) < 0 ? -1 : operations_tell(e, &op, err);
}

static int say_heard(struct engine *e, const struct hearing *h, struct error *err)
{
	struct operation op = { .about = "source-heard",
		.title = arena_printf(e->arena, "Source %s speaks again", h->source),
		.words = "An alert has come from it. Those of the time between may be missing: "
			"look there for what should have been reported." };

	say_later(e, LOG_LEVEL_NOTICE, "sources", &(const struct log_about){ .source = h->source,
		.message = MESSAGE_SOURCE_HEARD }, "source %s speaks again", h->source);
	return journal(e, "source.heard", h, err) < 0 ? -1 : operations_tell(e, &op, err);
}

static int keep(struct engine *e, const struct hearing *h, struct error *err)
{
	return e->store->ops->meta_put(e->store, arena_printf(e->arena, META_SOURCE, h->source),
		arena_printf(e->arena, "%" PRId64 " %s", h->heard_at,
			h->will_be_silent ? "silent" : "heard"), err);
}

int sources_look(struct engine *e, struct error *err)
{
	size_t i;

	for (i = 0; i < e->n_hearings; i++) {
		struct hearing *h = &e->hearings[i];

		/* The wall clock was set back. */
		if (h->heard_at > e->now)
			h->heard_at = e->now;
		h->will_be_silent = !h->heard && (h->silent || e->now >= silent_at(e, h));
		if (h->will_be_silent && !h->silent && say_silent(e, h, err) < 0)
			return -1;
		if (!h->will_be_silent && h->silent && say_heard(e, h, err) < 0)
			return -1;
		if ((h->heard || h->will_be_silent != h->silent) && keep(e, h, err) < 0)
			return -1;
	}
	return 0;
}

void sources_settle(struct engine *e)
{
	size_t i;

	for (i = 0; i < e->n_hearings; i++) {
		e->hearings[i].silent = e->hearings[i].will_be_silent;
		e->hearings[i].heard = false;
	}
}
