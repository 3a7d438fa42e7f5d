/*
 * The facts as the held clocks have them. The clocks that stand keep their own dates
 * (hold.c); but one that begins while a correction of its anchor waits for a second
 * person has no earlier dates to keep. It gets them from a fold of the incident with
 * the held anchors in place.
 *
 * The row of a held clock says what it runs from and since when, which is all that is
 * needed: whatever was corrected since (replaced, withdrawn, named anew for one regime),
 * a fact of that kind at that time is put in the place of what counts now.
 */
#include "config.h"

#include <string.h>

#include "base/text.h"
#include "core/hold.h"

static bool is_same_report(const struct filing *filing, const char *regime, const char *stage)
{
	return strcmp(filing->regime, regime) == 0 && strcmp(filing->stage, stage) == 0;
}

/* True: it was not so already. */
static bool put_filing(struct incident *in, const struct clock *clock, const char *stage)
{
	const struct filing *now = incident_filing_for(in, clock->regime, stage);
	struct filing *made = &in->filings[in->n_filings];
	size_t i;

	if (now != NULL && now->filed_at <= clock->anchor_at)
		return false;
	memset(made, 0, sizeof(*made));
	for (i = 0; i < in->n_filings; i++) {
		if (!is_same_report(&in->filings[i], clock->regime, stage))
			continue;
		if (in->filings[i].filed_at == clock->anchor_at)
			*made = in->filings[i];
		in->filings[i].replaced = true;
	}
	made->regime = clock->regime;
	made->stage = stage;
	made->filed_at = clock->anchor_at;
	if (made->recorded_at == 0)
		made->received_at = TIME_NONE;
	made->replaced = false;
	in->n_filings++;
	return true;
}

/* For as many regimes as the one that counts now. */
static bool put_event(struct incident *in, const struct clock *clock)
{
	const struct incident_event *now = incident_event_for(in, clock->anchor, clock->regime);
	struct incident_event *made = &in->events[in->n_events];
	size_t i;

	if (now == NULL || now->at <= clock->anchor_at)
		return false;
	*made = *now;
	for (i = 0; i < in->n_events; i++) {
		struct incident_event *e = &in->events[i];

		if (strcmp(e->type, made->type) != 0 || !text_equal(e->regime, made->regime))
			continue;
		if (e->at == clock->anchor_at)
			made->due_at = e->due_at;
		e->replaced = true;
	}
	made->at = clock->anchor_at;
	made->replaced = false;
	in->n_events++;
	return true;
}

/* With room for one more of each per clock. */
static void copy(const struct incident *in, size_t more, struct arena *arena,
	struct incident *ret)
{
	*ret = *in;
	ret->events = arena_array(arena, in->n_events + more, sizeof(*ret->events));
	ret->filings = arena_array(arena, in->n_filings + more, sizeof(*ret->filings));
	if (in->n_events > 0)
		memcpy(ret->events, in->events, in->n_events * sizeof(*ret->events));
	if (in->n_filings > 0)
		memcpy(ret->filings, in->filings, in->n_filings * sizeof(*ret->filings));
}

bool incident_as_held(const struct incident *incident, const struct clock *clocks, size_t n,
	struct arena *arena, struct incident *ret, struct cause *ret_holder)
{
	bool differs = false, put;
	size_t i;

	copy(incident, n, arena, ret);
	for (i = 0; i < n; i++) {
		const struct clock *c = &clocks[i];

		if (c->proposed.by == NULL || c->anchor_at == TIME_NONE)
			continue;
		put = text_starts(c->anchor, "filed:") ?
			put_filing(ret, c, c->anchor + strlen("filed:")) : put_event(ret, c);
		if (!put)
			continue;
		differs = true;
		ret_holder->change = CHANGE_CORRECTION;
		ret_holder->by = c->proposed.by;
		ret_holder->actor = c->proposed.actor;
	}
	return differs;
}
