/*
 * Incidents: the names of their states, which event or filing counts among
 * several, and whether something may be recorded. What follows from the facts is
 * in fold.c.
 *
 * A check refuses what cannot be true (a filing before its anchor, a fact from
 * the future) or what would change a deadline unseen (a second value for an
 * anchor). It never repairs, and never judges significance.
 */
#include "config.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "core/incident.h"

enum { FUTURE_MS = 5 * MINUTE_MS };	/* two clocks may disagree by so much */

static const char *const severities[] = {
	[SEVERITY_UNKNOWN] = "unknown", [SEVERITY_LOW] = "low", [SEVERITY_MEDIUM] = "medium",
	[SEVERITY_HIGH] = "high", [SEVERITY_CRITICAL] = "critical",
};

static const char *const incident_states[] = {
	[INCIDENT_SUSPECTED] = "suspected", [INCIDENT_OPEN] = "open",
	[INCIDENT_CLOSED] = "closed", [INCIDENT_DISMISSED] = "dismissed",
};

static const char *const clock_states[] = {
	[CLOCK_PENDING] = "pending", [CLOCK_RUNNING] = "running", [CLOCK_FILED] = "filed",
	[CLOCK_FILED_LATE] = "filed-late", [CLOCK_WAIVED] = "waived", [CLOCK_VOID] = "void",
};

const char *severity_name(enum severity severity)
{
	return severities[severity];
}

enum severity severity_higher(enum severity a, enum severity b)
{
	static const int ranks[] = { [SEVERITY_LOW] = 0, [SEVERITY_UNKNOWN] = 1,
		[SEVERITY_MEDIUM] = 2, [SEVERITY_HIGH] = 3, [SEVERITY_CRITICAL] = 4 };

	return ranks[b] > ranks[a] ? b : a;
}

int severity_parse(const char *text, enum severity *ret, struct error *err)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(severities); i++) {
		if (strcmp(text, severities[i]) == 0) {
			*ret = (enum severity)i;
			return 0;
		}
	}
	return error_pointer(err, "/severity",
		"a severity is one of low, medium, high, critical, unknown");
}

const char *incident_state_name(enum incident_state state)
{
	return incident_states[state];
}

const char *clock_state_name(enum clock_state state)
{
	return clock_states[state];
}

int clock_state_parse(const char *text, enum clock_state *ret)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(clock_states); i++) {
		if (strcmp(text, clock_states[i]) == 0) {
			*ret = (enum clock_state)i;
			return 0;
		}
	}
	return -1;
}

bool clock_is_settled(enum clock_state state)
{
	return state != CLOCK_PENDING && state != CLOCK_RUNNING;
}

const struct incident_event *incident_event_for(const struct incident *incident,
	const char *type, const char *regime)
{
	const struct incident_event *own = NULL, *all = NULL;
	size_t i;

	for (i = 0; i < incident->n_events; i++) {
		const struct incident_event *e = &incident->events[i];

		if (e->replaced || strcmp(e->type, type) != 0)
			continue;
		if (e->regime == NULL) {
			if (all == NULL || e->recorded_at >= all->recorded_at)
				all = e;
		} else if (regime != NULL && strcmp(e->regime, regime) == 0) {
			if (own == NULL || e->recorded_at >= own->recorded_at)
				own = e;
		}
	}
	/* A request is not a value of its own for one regime: the last one counts. */
	if (own != NULL && all != NULL && strcmp(type, "requested") == 0 &&
			all->recorded_at > own->recorded_at)
		return all;
	return own != NULL ? own : all;
}

/* Where a report was handed in more than once, the last counts; of two at the same
 * time the one that was recorded last. */
static bool is_filed_after(const struct filing *filing, const struct filing *other)
{
	return filing->filed_at != other->filed_at ? filing->filed_at > other->filed_at :
		filing->recorded_at >= other->recorded_at;
}

const struct filing *incident_filing_for(const struct incident *incident,
	const char *regime, const char *stage)
{
	const struct filing *found = NULL;
	size_t i;

	for (i = 0; i < incident->n_filings; i++) {
		const struct filing *filing = &incident->filings[i];

		if (!filing->replaced && strcmp(filing->regime, regime) == 0 &&
				strcmp(filing->stage, stage) == 0 &&
				(found == NULL || is_filed_after(filing, found)))
			found = filing;
	}
	return found;
}

/* The checks. */

static bool is_missing(const char *text)
{
	return text == NULL || text[0] == '\0';
}

static int conflict(struct error *err, const char *pointer, const char *text)
{
	error_pointer(err, pointer, "%s", text);
	if (err != NULL)
		err->code = ERROR_CONFLICT;
	return -1;
}

static int refuse_after(struct error *err, const char *pointer, const char *what, int64_t at)
{
	char time[RFC3339_SIZE];

	rfc3339_format(at, time);
	return error_pointer(err, pointer, "%s %s", what, time);
}

static bool has_regime(const struct incident *incident, const char *regime)
{
	size_t i;

	for (i = 0; i < incident->n_regimes; i++)
		if (strcmp(incident->regimes[i], regime) == 0)
			return true;
	return false;
}

static int type_check(const char *type, struct error *err)
{
	const char *near;

	if (is_missing(type))
		return error_pointer(err, "/type", "missing");
	if (event_type_is_known(type))
		return 0;
	near = text_nearest(type, event_types, EVENT_TYPES);
	if (near != NULL)
		return error_pointer(err, "/type",
			"no such type of event; did you mean \"%s\"?",
			near);
	return error_pointer(err, "/type", "no such type of event; it is one of occurred, "
		"detected, aware, classified, requested, fix-available, recovered, handled, "
		"ongoing, impact-ended, reclassified");
}

static int time_check(int64_t at, const char *pointer, int64_t now, struct error *err)
{
	if (at == TIME_NONE)
		return error_pointer(err, pointer, "missing");
	if (at > now + FUTURE_MS)
		return error_pointer(err, pointer, "more than 5 minutes in the future");
	return 0;
}

static int event_form_check(const struct incident *incident,
	const struct incident_event *event, bool replaces, int64_t now, struct error *err)
{
	if (type_check(event->type, err) < 0 || time_check(event->at, "/at", now, err) < 0)
		return -1;
	if (event->regime != NULL && !has_regime(incident, event->regime))
		return error_pointer(err, "/regime", "the incident is not under this regime");
	if (is_missing(event->by))
		return error_pointer(err, "/by", "missing: who says so?");
	if (is_missing(event->basis) && (replaces || strcmp(event->type, "aware") == 0 ||
			strcmp(event->type, "handled") == 0))
		return error_pointer(err, "/basis", "missing: on what basis?");
	if (event->due_at == TIME_NONE)
		return 0;
	if (strcmp(event->type, "requested") != 0)
		return error_pointer(err, "/due_at",
			"only a request brings a date of its own");
	if (event->due_at < event->at)
		return error_pointer(err, "/due_at", "earlier than the request");
	return 0;
}

/* The earliest awareness there is for the regime, or for any if NULL. */
static int64_t first_awareness(const struct incident *incident, const char *regime)
{
	const struct incident_event *counts = incident_event_for(incident, "aware", regime);
	int64_t at = counts != NULL ? counts->at : TIME_NONE;
	size_t i;

	for (i = 0; regime == NULL && i < incident->n_events; i++) {
		const struct incident_event *e = &incident->events[i];

		if (!e->replaced && strcmp(e->type, "aware") == 0 &&
				(at == TIME_NONE || e->at < at))
			at = e->at;
	}
	return at;
}

int incident_check_order(const struct incident *incident,
	const struct incident_event *event, const char *pointer, struct error *err)
{
	const struct incident_event *occurred;
	int64_t aware_at = first_awareness(incident, event->regime);

	if (strcmp(event->type, "aware") == 0) {
		occurred = incident_event_for(incident, "occurred", event->regime);
		if (occurred != NULL && event->at < occurred->at)
			return refuse_after(err, pointer, "earlier than the incident: occurred",
				occurred->at);
	} else if (strcmp(event->type, "occurred") == 0) {
		if (aware_at != TIME_NONE && event->at > aware_at)
			return refuse_after(err, pointer, "later than awareness: aware",
				aware_at);
	} else if (strcmp(event->type, "handled") == 0) {
		if (aware_at != TIME_NONE && event->at < aware_at)
			return refuse_after(err, pointer, "earlier than awareness: aware",
				aware_at);
	}
	return 0;
}

/* A request for all regimes is one for each: named for one, it is asked for again. Other
 * events may have a value for one regime beside that for all. */
static bool is_for_same(const struct incident_event *a, const struct incident_event *b)
{
	if (strcmp(a->type, "requested") == 0 && (a->regime == NULL || b->regime == NULL))
		return true;
	return text_equal(a->regime, b->regime);
}

static const struct incident_event *same_event(const struct incident *incident,
	const struct incident_event *event)
{
	size_t i;

	for (i = 0; i < incident->n_events; i++) {
		const struct incident_event *e = &incident->events[i];

		if (!e->replaced && strcmp(e->type, event->type) == 0 && is_for_same(e, event))
			return e;
	}
	return NULL;
}

/* A request after the earlier one has been answered is a new one, not a change:
 * every clock that it would start has ended, by a report handed in before it. */
static bool is_new_request(const struct incident *incident, const struct clock *clocks,
	size_t n_clocks, const struct incident_event *event)
{
	const struct filing *filing;
	bool answered = false;
	size_t i;

	if (strcmp(event->type, "requested") != 0)
		return false;
	for (i = 0; i < n_clocks; i++) {
		const struct clock *c = &clocks[i];

		if (strcmp(c->anchor, "requested") != 0)
			continue;
		if (event->regime != NULL && strcmp(event->regime, c->regime) != 0)
			continue;
		/* Of this regime nobody has asked for anything yet. */
		if (c->state == CLOCK_PENDING)
			continue;
		if (!clock_is_settled(c->state))
			return false;
		filing = incident_filing_for(incident, c->regime, c->stage);
		if (filing != NULL && filing->filed_at >= event->at)
			return false;
		answered = true;
	}
	return answered;
}

int incident_check_event(const struct incident *incident, const struct clock *clocks,
	size_t n_clocks, const struct incident_event *event, bool replaces, int64_t now,
	struct error *err)
{
	if (event_form_check(incident, event, replaces, now, err) < 0)
		return -1;
	if (incident->dismissed_at != TIME_NONE)
		return conflict(err, "", "the incident was dismissed; open a new one");
	if (incident_check_order(incident, event, "/at", err) < 0)
		return -1;
	if (!replaces && same_event(incident, event) != NULL &&
			!is_new_request(incident, clocks, n_clocks, event))
		return conflict(err, "/at",
			"this event is already recorded; a change of it needs "
			"\"replaces\": true and a basis");
	return 0;
}

static int stage_find(const struct clock *clocks, size_t n_clocks,
	const struct filing *filing, const struct clock **ret, struct error *err)
{
	const char *names[32], *near;
	size_t n = 0, i;

	for (i = 0; i < n_clocks; i++) {
		if (strcmp(clocks[i].regime, filing->regime) != 0)
			continue;
		if (strcmp(clocks[i].stage, filing->stage) == 0) {
			*ret = &clocks[i];
			return 0;
		}
		if (n < ARRAY_LEN(names))
			names[n++] = clocks[i].stage;
	}
	near = text_nearest(filing->stage, names, n);
	if (near != NULL)
		return error_pointer(err, "/stage",
			"the regime has no such stage; did you mean \"%s\"?", near);
	return error_pointer(err, "/stage", "the regime has no such stage");
}

static int filing_clock_find(const struct incident *incident, const struct clock *clocks,
	size_t n_clocks, const struct filing *filing, const struct clock **ret,
	struct error *err)
{
	if (is_missing(filing->regime))
		return error_pointer(err, "/regime", "missing");
	if (is_missing(filing->stage))
		return error_pointer(err, "/stage", "missing");
	if (strcmp(filing->stage, STAGE_ASSESSMENT) == 0 &&
			strcmp(filing->regime, REGIME_INTERNAL) == 0)
		return error_pointer(err, "/stage",
			"the assessment is not filed; it ends when awareness is recorded "
			"or the incident is dismissed");
	if (!has_regime(incident, filing->regime))
		return error_pointer(err, "/regime", "the incident is not under this regime");
	return stage_find(clocks, n_clocks, filing, ret, err);
}

static bool is_digest(const char *text)
{
	size_t n = 0;

	while (isxdigit((unsigned char)text[n]))
		n++;
	return n == 64 && text[n] == '\0';
}

static int filing_form_check(const struct filing *filing, int64_t now, struct error *err)
{
	if (is_missing(filing->by))
		return error_pointer(err, "/by", "missing: who handed it in?");
	if (is_missing(filing->recipient))
		return error_pointer(err, "/recipient", "missing: to whom was it handed in?");
	if (is_missing(filing->reference))
		return error_pointer(err, "/reference",
			"missing: the authority's reference, or how it can be found");
	if (filing->digest != NULL && !is_digest(filing->digest))
		return error_pointer(err, "/digest", "not a SHA-256 of 64 hex digits");
	if (time_check(filing->filed_at, "/filed_at", now, err) < 0)
		return -1;
	if (filing->received_at == TIME_NONE)
		return 0;
	if (filing->received_at < filing->filed_at)
		return error_pointer(err, "/received_at", "earlier than filed_at");
	return time_check(filing->received_at, "/received_at", now, err);
}

/* A report that is filed more than once may be recorded late: what it runs from now
 * may have come after that one, or be the last of them. */
static bool is_one_of_many(const struct clock *clock)
{
	return clock->repeatable || (text_starts(clock->anchor, "filed:") &&
		strcmp(clock->anchor + strlen("filed:"), clock->stage) == 0);
}

int incident_check_filing(const struct incident *incident, const struct clock *clocks,
	size_t n_clocks, const struct filing *filing, bool replaces, int64_t now,
	struct error *err)
{
	const struct clock *clock = NULL;
	char what[ANCHOR_SIZE + 64];

	if (filing_clock_find(incident, clocks, n_clocks, filing, &clock, err) < 0 ||
			filing_form_check(filing, now, err) < 0)
		return -1;
	if (clock->anchor_at == TIME_NONE)
		return error_pointer(err, "/stage",
			"this report runs from %s, which is not recorded", clock->anchor);
	/* People write whole seconds: one in the second of its anchor is not before it. */
	if (filing->filed_at < clock->anchor_at - clock->anchor_at % SECOND_MS &&
			!is_one_of_many(clock)) {
		snprintf(what, sizeof(what), "earlier than what the report runs from: %s",
			clock->anchor);
		return refuse_after(err, "/filed_at", what, clock->anchor_at);
	}
	if (!replaces && !clock->repeatable &&
			(clock->state == CLOCK_FILED || clock->state == CLOCK_FILED_LATE))
		return conflict(err, "/stage",
			"this report is already filed; a change needs \"replaces\": true");
	return 0;
}
