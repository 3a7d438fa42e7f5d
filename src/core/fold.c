/*
 * The fold: an incident's facts and the rules in force to its clocks. It owns
 * incident_fold and nothing else; it keeps no state, so folding the same facts
 * twice gives the same clocks, and a fact that is recorded late or replaced gives
 * those it would have given from the start.
 *
 * No clock depends on another clock, only on events and on what was filed and
 * when (filed_at). So one pass in file order is enough. Two decisions need all
 * clocks: whether the incident is closed, and with that, that nobody will ask for
 * the reports that are owed on request only.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "core/incident.h"

struct fold {
	const struct incident *incident;
	const struct entity_rules *rules;
	const struct regime *regime;
	struct arena *arena;
	struct clock *clocks;
	size_t n;
};

/* Where a limb ends, given that its anchor has happened. */
struct reading {
	const struct limb *limb;
	const struct incident_event *event;	/* the anchor, or NULL for a filing */
	const struct period *period;		/* NULL: the date came with the request */
	struct deadline end;			/* TIME_NONE: no date at all */
	int64_t anchor_at;
	const struct relief *relief;		/* what moved end.latest_at, or NULL */
};

static const struct calendar *calendar_of(const struct entity_rules *rules)
{
	return rules->country != NULL ? &rules->country->calendar : NULL;
}

enum { LINES_MAX = 12 };	/* of a derivation; period_explain needs half of it */

struct lines {
	struct arena *arena;
	const char *list[LINES_MAX];
	size_t n;
};

static void add_line(void *arg, const char *text)
{
	struct lines *lines = arg;

	if (lines->n < LINES_MAX)
		lines->list[lines->n++] = arena_strdup(lines->arena, text);
}

static void keep_lines(const struct lines *lines, struct clock *clock)
{
	clock->n_derivation = lines->n;
	clock->derivation = arena_array(lines->arena, lines->n, sizeof(*lines->list));
	memcpy(clock->derivation, lines->list, lines->n * sizeof(*lines->list));
}

/* When the anchor happened, or TIME_NONE. A filing counts from filed_at, never
 * from the authority's receipt: the earlier reading. */
static int64_t anchor_find(const struct fold *f, const struct anchor *anchor,
	const struct incident_event **ret_event)
{
	const struct filing *filing;

	*ret_event = NULL;
	if (anchor->kind == ANCHOR_FILED) {
		filing = incident_filing_for(f->incident, f->regime->name, anchor->name);
		return filing != NULL ? filing->filed_at : TIME_NONE;
	}
	*ret_event = incident_event_for(f->incident, anchor->name, f->regime->name);
	return *ret_event != NULL ? (*ret_event)->at : TIME_NONE;
}

/* false: the anchor has not happened. */
static bool limb_read(const struct fold *f, const struct limb *limb, struct reading *ret)
{
	const struct entity_rules *rules = f->rules;

	ret->limb = limb;
	ret->relief = NULL;
	ret->anchor_at = anchor_find(f, &limb->anchor, &ret->event);
	if (ret->anchor_at == TIME_NONE)
		return false;
	ret->period = NULL;
	ret->end.due_at = ret->end.nominal_at = ret->end.latest_at = TIME_NONE;
	if (limb->period.unit != PERIOD_NONE) {
		ret->period = &limb->period;
		period_end(ret->period, ret->anchor_at, rules->zone, calendar_of(rules),
			&ret->end);
	} else if (ret->event != NULL && ret->event->due_at != TIME_NONE) {
		/* Reg. 1182/71 Art. 4: a date that is named is a date, not a period,
		 * and is not rolled (case 139/73, Muench). */
		ret->end.due_at = ret->end.nominal_at = ret->end.latest_at =
			ret->event->due_at;
	} else if (limb->target.unit != PERIOD_NONE) {
		/* Not law, so it has one reading only. */
		ret->period = &limb->target;
		period_end(ret->period, ret->anchor_at, rules->zone, calendar_of(rules),
			&ret->end);
		ret->end.nominal_at = ret->end.latest_at = ret->end.due_at;
	}
	return true;
}

static bool is_target(const struct reading *r)
{
	return r->period == &r->limb->target;
}

/* No date is later than any date. */
static bool is_earlier(int64_t due_at, int64_t other)
{
	return due_at != TIME_NONE && (other == TIME_NONE || due_at < other);
}

/* The limb that binds: of those whose anchor has happened, the earliest due, or the
 * latest where the rule says so. Returns how many there were; *ret is set if any. */
static size_t rule_read(const struct fold *f, const struct stage_rule *rule,
	struct reading *ret)
{
	struct reading r;
	size_t i, n = 0;

	for (i = 0; i < rule->n_limbs; i++) {
		if (!limb_read(f, &rule->limbs[i], &r))
			continue;
		if (n++ == 0 || (rule->latest_binds ?
				is_earlier(ret->end.due_at, r.end.due_at) :
				is_earlier(r.end.due_at, ret->end.due_at)))
			*ret = r;
	}
	return n;
}

static bool has_trait(const struct incident *incident, const char *name)
{
	size_t i;

	for (i = 0; i < incident->n_traits; i++)
		if (strcmp(incident->traits[i], name) == 0)
			return true;
	return false;
}

/* due_at: of the stage's last rule, TIME_NONE while there is none. */
static bool condition_holds(const struct fold *f, const struct condition *c, int64_t due_at)
{
	const struct incident_event *event;
	struct anchor anchor;
	bool holds;
	int64_t at;

	if (c->kind == CONDITION_TRAIT)
		return has_trait(f->incident, c->name) != c->negated;
	anchor.kind = c->kind == CONDITION_FILED ? ANCHOR_FILED : ANCHOR_EVENT;
	memcpy(anchor.name, c->name, sizeof(anchor.name));
	at = anchor_find(f, &anchor, &event);
	holds = at != TIME_NONE;
	if (c->when == CONDITION_IN_TIME)
		holds = holds && (due_at == TIME_NONE || at <= due_at);
	else if (c->when == CONDITION_LATE)
		holds = holds && due_at != TIME_NONE && at > due_at;
	return holds != c->negated;
}

static bool conditions_hold(const struct fold *f, const struct conditions *when,
	int64_t due_at)
{
	size_t i;

	for (i = 0; i < when->n; i++)
		if (!condition_holds(f, &when->list[i], due_at))
			return false;
	return true;
}

static const struct stage_rule *rule_pick(const struct fold *f, const struct stage *stage,
	int64_t due_at)
{
	size_t i;

	for (i = 0; i + 1 < stage->n_rules; i++)
		if (conditions_hold(f, &stage->rules[i].when, due_at))
			break;
	return &stage->rules[i];
}

static bool any_holds(const struct fold *f, const struct conditions *lists, size_t n,
	int64_t due_at)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (conditions_hold(f, &lists[i], due_at))
			return true;
	return false;
}

/* Only for a limit of the law: a date that is named and a target of our own have
 * one reading. */
static void relieve(const struct fold *f, const struct stage *stage, int64_t due_at,
	struct reading *r)
{
	const struct relief *relief = stage->relief;

	if (relief == NULL || r->period != &r->limb->period ||
			any_holds(f, relief->unless, relief->n_unless, due_at))
		return;
	if (period_relieve(&r->end, f->rules->zone, calendar_of(f->rules)))
		r->relief = relief;
}

static const char *anchor_text(const struct fold *f, const struct anchor *anchor)
{
	char text[ANCHOR_SIZE];

	if (anchor->kind == ANCHOR_EVENT)
		return anchor->name;
	anchor_format(anchor, text);
	return arena_strdup(f->arena, text);
}

static void add_anchor_line(const struct fold *f, struct lines *lines, const char *before,
	const char *anchor, int64_t at)
{
	char text[ANCHOR_SIZE + 128], time[RFC3339_SIZE + 8];

	rfc3339_format_offset(at, zone_offset(f->rules->zone, at), time);
	snprintf(text, sizeof(text), "%s%s %s", before, anchor, time);
	add_line(lines, text);
}

/* How the date came about; interface: the first line is the anchor. */
static void explain(const struct fold *f, const struct stage_rule *rule,
	const struct reading *r, size_t n_limbs, struct clock *clock)
{
	struct lines lines = { .arena = f->arena };
	char text[160], length[PERIOD_SIZE];

	add_anchor_line(f, &lines, "", clock->anchor, r->anchor_at);
	if (is_target(r)) {
		period_format(r->period, length);
		snprintf(text, sizeof(text), "no period in the law; target %s of our own",
			length);
		add_line(&lines, text);
	} else if (r->period != NULL) {
		period_explain(r->period, r->anchor_at, f->rules->zone, calendar_of(f->rules),
			add_line, &lines);
	} else if (r->end.due_at != TIME_NONE) {
		add_anchor_line(f, &lines, "due as requested: ", "a date, no roll,",
			r->end.due_at);
	} else {
		add_line(&lines, "no period in the law and no date in the request");
	}
	if (r->relief != NULL)
		period_explain_relief(&r->end, f->rules->zone, calendar_of(f->rules),
			r->relief->reference, add_line, &lines);
	if (n_limbs > 1) {
		snprintf(text, sizeof(text), "the %s of %zu periods binds: from %s",
			rule->latest_binds ? "latest" : "earliest", n_limbs, clock->anchor);
		add_line(&lines, text);
	}
	keep_lines(&lines, clock);
}

static void start(const struct fold *f, const struct stage_rule *rule,
	const struct reading *r, size_t n_limbs, struct clock *clock)
{
	clock->state = CLOCK_RUNNING;
	clock->anchor = anchor_text(f, &r->limb->anchor);
	clock->anchor_at = r->anchor_at;
	clock->due_at = r->end.due_at;
	clock->nominal_at = r->end.nominal_at;
	clock->latest_at = r->end.latest_at;
	clock->target = is_target(r);
	explain(f, rule, r, n_limbs, clock);
}

/* Pending: no date, but perhaps a bound that planning can use. */
static void await(const struct fold *f, const struct stage_rule *rule, struct clock *clock)
{
	struct lines lines = { .arena = f->arena };
	char text[ANCHOR_SIZE + 64], before[PERIOD_SIZE + 32], length[PERIOD_SIZE];
	struct reading r;

	clock->state = CLOCK_PENDING;
	clock->anchor = anchor_text(f, &rule->limbs[0].anchor);
	snprintf(text, sizeof(text), "waits for %s", clock->anchor);
	add_line(&lines, text);
	if (rule->has_planned && limb_read(f, &rule->planned, &r)) {
		clock->planned_at = r.end.due_at;
		period_format(&rule->planned.period, length);
		snprintf(before, sizeof(before), "not before %s from ", length);
		add_anchor_line(f, &lines, before, anchor_text(f, &rule->planned.anchor),
			r.anchor_at);
	}
	keep_lines(&lines, clock);
}

/* Is at beyond the bound? Civil periods end with a day, whose 24:00 is kept as
 * 00:00 of the next: that instant lies outside. An hour period ends at an instant
 * that still belongs to it. */
static bool is_beyond(const struct reading *r, int64_t at, int64_t bound)
{
	bool civil = r->period != NULL && r->period->unit != PERIOD_HOURS;

	return at > bound || (civil && at == bound);
}

/* CJEU C-171/03, point 4: what counts is receipt by the authority. r NULL: the
 * anchor has not happened, so there is nothing to be late for. */
static void settle(const struct filing *filing, const struct reading *r, struct clock *clock)
{
	clock->unconfirmed = filing->received_at == TIME_NONE;
	clock->settled_at = clock->unconfirmed ? filing->filed_at : filing->received_at;
	clock->planned_at = TIME_NONE;
	clock->state = CLOCK_FILED;
	/* Nobody is late in law for a target of our own. */
	if (r == NULL || r->end.nominal_at == TIME_NONE || is_target(r) ||
			!is_beyond(r, clock->settled_at, r->end.nominal_at))
		return;
	clock->state = CLOCK_FILED_LATE;
	/* "By noon": that instant is still in time. */
	clock->arguable = r->relief != NULL ? clock->settled_at <= r->end.latest_at :
		!is_beyond(r, clock->settled_at, r->end.latest_at);
}

/* A request that came after the last report asks for another. */
static const struct filing *filing_that_settles(const struct fold *f,
	const struct clock *clock)
{
	const struct filing *filing =
		incident_filing_for(f->incident, f->regime->name, clock->stage);

	if (filing != NULL && clock->on_request && clock->anchor_at != TIME_NONE &&
			filing->filed_at < clock->anchor_at)
		return NULL;
	return filing;
}

/* Likewise, nobody waives a report before it is asked for. */
static bool is_waived(const struct fold *f, const struct clock *clock,
	const struct incident_event *request)
{
	size_t i;

	for (i = 0; i < f->incident->n_waivers; i++) {
		const struct waiver *w = &f->incident->waivers[i];

		if (strcmp(w->regime, clock->regime) != 0 ||
				strcmp(w->stage, clock->stage) != 0)
			continue;
		if (!clock->on_request || request == NULL ||
				w->recorded_at >= request->recorded_at)
			return true;
	}
	return false;
}

static struct clock *clock_add(struct fold *f)
{
	struct clock *clock = &f->clocks[f->n++];

	clock->incident = f->incident->id;
	clock->anchor_at = clock->due_at = clock->nominal_at = clock->latest_at =
		clock->planned_at = clock->settled_at = TIME_NONE;
	return clock;
}

static void end_without_filing(struct clock *clock, enum clock_state state)
{
	clock->state = state;
	clock->planned_at = TIME_NONE;
}

/* A filing settles before a waiver, a waiver before the law's own exceptions. */
static void fold_stage(struct fold *f, const struct stage *stage)
{
	const struct stage_rule *last = &stage->rules[stage->n_rules - 1], *rule;
	struct clock *clock = clock_add(f);
	const struct filing *filing;
	struct reading r = { .end.due_at = TIME_NONE };
	size_t n_limbs;
	int64_t due_at;

	rule_read(f, last, &r);
	due_at = r.end.due_at;
	rule = rule_pick(f, stage, due_at);
	clock->regime = f->regime->name;
	clock->stage = stage->name;
	clock->on_request = stage->on_request;
	clock->reference = rule->reference;
	clock->rules = f->regime->rules;
	n_limbs = rule_read(f, rule, &r);
	if (n_limbs > 0) {
		relieve(f, stage, due_at, &r);
		start(f, rule, &r, n_limbs, clock);
	} else {
		await(f, rule, clock);
	}

	filing = filing_that_settles(f, clock);
	if (filing != NULL)
		settle(filing, n_limbs > 0 ? &r : NULL, clock);
	else if (is_waived(f, clock, n_limbs > 0 ? r.event : NULL))
		end_without_filing(clock, CLOCK_WAIVED);
	else if (f->incident->dismissed_at != TIME_NONE || any_holds(f, stage->void_when,
			stage->n_void_when, due_at))
		end_without_filing(clock, CLOCK_VOID);
}

/* Was awareness recorded, for whichever regime? at_opening: already then, even if
 * it was replaced since. */
static bool is_aware(const struct incident *incident, bool at_opening)
{
	size_t i;

	for (i = 0; i < incident->n_events; i++) {
		const struct incident_event *e = &incident->events[i];
		bool counts = at_opening ? e->recorded_at <= incident->opened_at :
			!e->replaced;

		if (counts && strcmp(e->type, "aware") == 0)
			return true;
	}
	return false;
}

static void fold_assessment(struct fold *f)
{
	struct lines lines = { .arena = f->arena };
	char text[64], length[PERIOD_SIZE];
	struct clock *clock = clock_add(f);

	clock->regime = REGIME_INTERNAL;
	clock->stage = STAGE_ASSESSMENT;
	clock->anchor = "opened";
	clock->anchor_at = f->incident->opened_at;
	clock->due_at = clock->nominal_at = clock->latest_at =
		f->incident->opened_at + f->rules->assessment_ms;
	clock->reference = "entity policy: assessment time (no law)";
	clock->rules = REGIME_INTERNAL;
	clock->state = is_aware(f->incident, false) || f->incident->dismissed_at != TIME_NONE ?
		CLOCK_VOID : CLOCK_RUNNING;
	add_anchor_line(f, &lines, "", clock->anchor, clock->anchor_at);
	period_format_duration(f->rules->assessment_ms, length);
	snprintf(text, sizeof(text), "+ %s elapsed", length);
	add_line(&lines, text);
	keep_lines(&lines, clock);
}

/* Closed: nothing is owed any more. What is owed on request only does not keep an
 * incident open; a request that comes later opens it again. */
static enum incident_state close_if_done(struct fold *f)
{
	const struct clock *c;
	size_t i;

	if (f->incident->dismissed_at != TIME_NONE)
		return INCIDENT_DISMISSED;
	if (!is_aware(f->incident, false))
		return INCIDENT_SUSPECTED;
	for (i = 0; i < f->n; i++) {
		c = &f->clocks[i];
		if (c->state == CLOCK_RUNNING || (c->state == CLOCK_PENDING && !c->on_request))
			return INCIDENT_OPEN;
	}
	for (i = 0; i < f->n; i++)
		if (f->clocks[i].state == CLOCK_PENDING)
			end_without_filing(&f->clocks[i], CLOCK_VOID);
	return INCIDENT_CLOSED;
}

/* The regime of a name of the incident; *ret NULL: it stood there before. */
static int regime_at(const struct incident *incident, const struct rulebook *book, size_t i,
	const struct regime **ret, struct error *err)
{
	size_t j;

	*ret = NULL;
	for (j = 0; j < i; j++)
		if (strcmp(incident->regimes[i], incident->regimes[j]) == 0)
			return 0;
	*ret = rulebook_regime(book, incident->regimes[i]);
	if (*ret == NULL)
		return error_pointer(err, "/regimes",
			"there are no rules for one of the regimes");
	return 0;
}

int incident_fold(const struct incident *incident, const struct entity_rules *rules,
	struct arena *arena, struct clock **ret_clocks, size_t *ret_n,
	enum incident_state *ret_state, struct error *err)
{
	struct fold f = { .incident = incident, .rules = rules, .arena = arena };
	const struct regime *regime;
	size_t room = 1, i, j;

	for (i = 0; i < incident->n_regimes; i++) {
		if (regime_at(incident, rules->book, i, &regime, err) < 0)
			return -1;
		room += regime != NULL ? regime->n_stages : 0;
	}
	f.clocks = arena_array(arena, room, sizeof(*f.clocks));
	if (rules->assessment_ms > 0 && !is_aware(incident, true))
		fold_assessment(&f);
	for (i = 0; i < incident->n_regimes; i++) {
		if (regime_at(incident, rules->book, i, &f.regime, err) < 0)
			return -1;
		for (j = 0; f.regime != NULL && j < f.regime->n_stages; j++)
			fold_stage(&f, &f.regime->stages[j]);
	}
	*ret_clocks = f.clocks;
	*ret_n = f.n;
	*ret_state = close_if_done(&f);
	return 0;
}
