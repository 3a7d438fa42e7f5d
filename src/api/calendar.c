/*
 * The calendar feed: every deadline that the caller may see, and those that were met or
 * fell away in the last 30 days, so that none vanishes from a calendar without a word.
 *
 * Programs that subscribe to it ask a few times a day at best, and send no header:
 * it is an overview and no alarm, and its token stands in the address. An event keeps
 * its UID for as long as the store lives, and its SEQUENCE counts what moved it.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/ics.h"
#include "api/list.h"
#include "base/clean.h"
#include "base/rfc3339.h"
#include "base/text.h"

enum { OPEN_MAX = 1000, SETTLED_MAX = 250, TITLE_MAX = 200, WHAT_SIZE = 200 };
#define SETTLED_FOR (30 * (int64_t)DAY_MS)
#define EVENT_LENGTH (30 * (int64_t)MINUTE_MS)

struct feed {
	struct call *call;
	struct buf *out;		/* the events */
	int64_t now;
	int n;				/* of the present list */
	bool open_cut, settled_cut;	/* there are more than are shown */
};

/* "NIS2: Early warning", by the titles of the rules in force. */
static void what_is_owed(const struct feed *f, const struct clock *clock, char *out)
{
	const struct regime *regime = rulebook_regime(&f->call->api->conf->book, clock->regime);
	const struct stage *stage = regime != NULL ? regime_stage(regime, clock->stage) : NULL;

	if (strcmp(clock->regime, REGIME_INTERNAL) == 0)
		snprintf(out, WHAT_SIZE, "Assessment");
	else if (stage != NULL)
		snprintf(out, WHAT_SIZE, "%s: %s", regime->title, stage->title);
	else
		snprintf(out, WHAT_SIZE, "%s: %s", clock->regime, clock->stage);
}

static const char *outcome(const struct clock *clock)
{
	switch (clock->state) {
	case CLOCK_PENDING: return "not before";
	case CLOCK_RUNNING: return "due";
	case CLOCK_FILED: return "filed";
	case CLOCK_FILED_LATE: return "filed late";
	case CLOCK_WAIVED: return "waived";
	case CLOCK_VOID: return "not owed";
	}
	return "";
}

static const char *status(const struct clock *clock)
{
	if (clock->state == CLOCK_PENDING)
		return "TENTATIVE";
	return clock->state == CLOCK_WAIVED || clock->state == CLOCK_VOID ? "CANCELLED" :
		"CONFIRMED";
}

static void put_summary(const struct feed *f, const struct clock_row *row, const char *what)
{
	struct buf text;

	buf_init(&text, 0);
	buf_addf(&text, "%s%s %s: ", row->drill ? "DRILL " : "", what, outcome(&row->clock));
	clean_line(&text, row->title, TITLE_MAX);
	buf_addf(&text, " (incident %" PRId64 ")", row->clock.incident);
	ics_text(f->out, "SUMMARY", text.data);
	buf_release(&text);
}

static void put_description(const struct feed *f, const struct clock_row *row)
{
	const struct conf_entity *entity = conf_entity(f->call->api->conf, row->entity);
	struct buf text;

	buf_init(&text, 0);
	buf_addf(&text, "%s, %s/%s, %s.\n", entity != NULL ? entity->name : row->entity,
		row->clock.regime, row->clock.stage, clock_state_name(row->clock.state));
	if (row->clock.reference != NULL)
		buf_addf(&text, "%s\n", row->clock.reference);
	if (row->clock.state == CLOCK_PENDING)
		buf_addf(&text, "It begins with: %s. This is the earliest date possible.\n",
			row->clock.anchor != NULL ? row->clock.anchor : "");
	buf_adds(&text, "A calendar may show this hours late; what tocsin says now counts.");
	ics_text(f->out, "DESCRIPTION", text.data);
	buf_release(&text);
}

static void put_alarm(const struct feed *f, const char *what)
{
	ics_line(f->out, "BEGIN", "VALARM");
	ics_line(f->out, "ACTION", "DISPLAY");
	ics_text(f->out, "DESCRIPTION", what);
	ics_line(f->out, "TRIGGER", "-PT4H");
	ics_line(f->out, "END", "VALARM");
}

static void put_event(const struct feed *f, const struct clock_row *row)
{
	const struct conf *conf = f->call->api->conf;
	int64_t at = row->clock.due_at != TIME_NONE ? row->clock.due_at : row->clock.planned_at;
	char uid[300], sequence[24], what[WHAT_SIZE];

	if (at == TIME_NONE)
		return;
	what_is_owed(f, &row->clock, what);
	snprintf(uid, sizeof(uid), "%" PRId64 "-%s-%s@%s.tocsin", row->clock.incident,
		row->clock.regime, row->clock.stage, engine_store_id(call_engine(f->call)));
	snprintf(sequence, sizeof(sequence), "%" PRId64, row->revision);
	ics_line(f->out, "BEGIN", "VEVENT");
	ics_line(f->out, "UID", uid);
	ics_line(f->out, "SEQUENCE", sequence);
	ics_time(f->out, "DTSTAMP", f->now);
	ics_time(f->out, "DTSTART", at);
	ics_time(f->out, "DTEND", at + EVENT_LENGTH);
	put_summary(f, row, what);
	put_description(f, row);
	ics_line(f->out, "STATUS", status(&row->clock));
	ics_line(f->out, "TRANSP", "TRANSPARENT");
	ics_text(f->out, "CATEGORIES", row->entity);
	if (conf->public_url != NULL)
		ics_line(f->out, "URL", conf->public_url);
	if (row->clock.state == CLOCK_RUNNING)
		put_alarm(f, what);
	ics_line(f->out, "END", "VEVENT");
}

/* One more than is shown is asked for: then there are more. */
static int take_open(void *arg, const struct clock_row *row, int64_t rowid)
{
	struct feed *f = arg;

	(void)rowid;
	if (++f->n > OPEN_MAX)
		f->open_cut = true;
	else
		put_event(f, row);
	return 0;
}

static int take_settled(void *arg, const struct clock_row *row, int64_t rowid)
{
	struct feed *f = arg;

	(void)rowid;
	if (++f->n > SETTLED_MAX)
		f->settled_cut = true;
	else
		put_event(f, row);
	return 0;
}

/* What is missing, where programs show what a calendar is. */
static void put_cut(const struct feed *f, struct buf *out)
{
	struct buf text;

	if (!f->open_cut && !f->settled_cut)
		return;
	buf_init(&text, 0);
	buf_adds(&text, "There is more than is shown here:");
	if (f->open_cut)
		buf_addf(&text, " of the deadlines that are open the %d due first", OPEN_MAX);
	if (f->settled_cut)
		buf_addf(&text, "%s of those that were met, and of those that fell away, the %d "
			"due last", f->open_cut ? ";" : "", SETTLED_MAX);
	buf_adds(&text, ". tocsin has all of them.");
	ics_text(out, "DESCRIPTION", text.data);	/* RFC 7986 */
	ics_text(out, "X-WR-CALDESC", text.data);
	buf_release(&text);
}

static void begin(const struct feed *f, const struct clock_filter *filter, struct buf *out)
{
	const struct conf_entity *one = filter->n_entities == 1 ?
		conf_entity(f->call->api->conf, filter->entities[0]) : NULL;
	struct buf name;

	buf_init(&name, 0);
	buf_addf(&name, "Incident reports%s%s", one != NULL ? " of " : "",
		one != NULL ? one->name : "");
	ics_line(out, "BEGIN", "VCALENDAR");
	ics_line(out, "VERSION", "2.0");
	ics_line(out, "PRODID", "-//tocsin//tocsin " PACKAGE_VERSION "//EN");
	ics_text(out, "NAME", name.data);		/* RFC 7986 */
	ics_text(out, "X-WR-CALNAME", name.data);
	put_cut(f, out);
	ics_line(out, "REFRESH-INTERVAL;VALUE=DURATION", "PT15M");
	ics_line(out, "X-PUBLISHED-TTL", "PT15M");
	buf_release(&name);
}

static int put_events(struct feed *f, struct clock_filter *filter, struct error *err)
{
	static const enum clock_state settled[] = { CLOCK_FILED, CLOCK_FILED_LATE, CLOCK_WAIVED,
		CLOCK_VOID };
	struct store *store = call_store(f->call);
	size_t i;

	filter->unsettled = true;
	filter->limit = OPEN_MAX + 1;
	if (store->ops->clock_list(store, filter, take_open, f, err) < 0)
		return -1;
	filter->unsettled = false;
	filter->latest_first = true;
	filter->limit = SETTLED_MAX + 1;
	filter->after_at = f->now - SETTLED_FOR;
	filter->before_at = INT64_MAX;		/* with a date: those of none are no events */
	for (i = 0; i < ARRAY_LEN(settled); i++) {
		filter->state = &settled[i];
		f->n = 0;
		if (store->ops->clock_list(store, filter, take_settled, f, err) < 0)
			return -1;
	}
	return 0;
}

void calendar_get(struct call *call)
{
	static const char *const known[] = { "token", "entity", NULL };
	struct clock_filter filter = { .before_at = TIME_NONE, .after_at = TIME_NONE };
	struct feed feed = { .call = call, .out = buf_in_arena(call->arena, 16 * 1024),
		.now = engine_now(call_engine(call)) };
	struct buf *out = buf_in_arena(call->arena, 1024);
	struct error err;

	if (query_check(http_request_query(call->req), known, &err) < 0 ||
	    list_entities(call, &filter.entities, &filter.n_entities, &err) < 0 ||
	    put_events(&feed, &filter, &err) < 0) {
		answer_error(call, &err);
		return;
	}
	begin(&feed, &filter, out);
	buf_add(out, feed.out->data, feed.out->len);
	ics_line(out, "END", "VCALENDAR");
	answer_text(call, 200, ICS_TYPE, out->data, out->len);
}
