/*
 * The fold: an incident's facts and the rules in force to its clocks. It owns
 * incident_fold and what ends a clock; which limb counts is in limbs.c, how it is
 * told in explain.c. It keeps no state, so folding the same facts twice gives the
 * same clocks, and a fact that is recorded late or replaced gives those it would
 * have given from the start.
 *
 * No clock depends on another clock, only on events and on what was filed and
 * when (filed_at). So one pass in file order is enough. Two decisions need all
 * clocks: whether the incident is closed, and with that, that nobody will ask for
 * the reports that are owed on request only.
 */
#include "config.h"

#include <string.h>

#include "core/drill.h"
#include "core/fold.h"

static void start(struct fold *f, const struct outcome *o, struct clock *clock)
{
	const struct reading *due = o->due;

	clock->state = CLOCK_RUNNING;
	clock->anchor = anchor_text(f, &due->limb->anchor);
	clock->anchor_at = due->anchor_at;
	clock->due_at = due->end.due_at;
	clock->nominal_at = due->end.nominal_at;
	clock->latest_at = o->latest->end.latest_at;
	clock->target = due->target;
	explain_running(f, o, clock);
}

/* Pending: no date, but perhaps a bound that planning can use. */
static void await(struct fold *f, const struct outcome *o, struct clock *clock)
{
	clock->state = CLOCK_PENDING;
	clock->anchor = anchor_text(f, &outcome_waits_for(f, o)->anchor);
	explain_pending(f, o, clock);
}

/* Is at beyond the bound? Civil periods end with a day, whose 24:00 is kept as
 * 00:00 of the next: that instant lies outside. An hour period ends at an instant
 * that still belongs to it. */
static bool is_beyond(const struct reading *r, int64_t at, int64_t bound)
{
	bool civil = r->period != NULL && r->period->unit != PERIOD_HOURS;

	return at > bound || (civil && at == bound);
}

/* CJEU C-171/03, point 4: what counts is receipt by the authority. Nothing due: the
 * anchor has not happened, so there is nothing to be late for. */
static void settle(const struct filing *filing, const struct outcome *o, struct clock *clock)
{
	const struct reading *due = o->due, *latest = o->latest;

	clock->unconfirmed = filing->received_at == TIME_NONE;
	clock->settled_at = clock->unconfirmed ? filing->filed_at : filing->received_at;
	clock->planned_at = TIME_NONE;
	clock->state = CLOCK_FILED;
	/* Nobody is late in law for a target of our own. */
	if (due == NULL || due->end.nominal_at == TIME_NONE || due->target ||
			!is_beyond(due, clock->settled_at, due->end.nominal_at))
		return;
	clock->state = CLOCK_FILED_LATE;
	/* "By noon": that instant is still in time. */
	clock->arguable = latest->relief != NULL ?
		clock->settled_at <= latest->end.latest_at :
		!is_beyond(latest, clock->settled_at, latest->end.latest_at);
}

/* A report that is owed more than once is owed anew from its anchor: a request after
 * the last report asks for another, and a filing from which the next one runs is
 * not that next one. */
static const struct filing *filing_that_settles(const struct fold *f, const struct outcome *o,
	const struct filing *filing)
{
	const struct stage *stage = f->stage;

	if (filing == NULL || o->due == NULL)
		return filing;
	if (limb_is_self(f, o->due->limb))
		return NULL;
	if ((stage->on_request || stage->repeatable) && filing->filed_at < o->due->anchor_at)
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

/* Void, if the report is not owed: because of the incident, or by the act itself. */
static void end_if_not_owed(struct fold *f, int64_t last_at, struct clock *clock)
{
	const struct stage *stage = f->stage;
	const struct conditions *because;

	if (f->incident->dismissed_at != TIME_NONE) {
		end_without_filing(clock, CLOCK_VOID);
		explain_void(f, "the incident was dismissed", clock);
		return;
	}
	because = any_holding(f, stage->void_when, stage->n_void_when, last_at);
	if (because == NULL)
		return;
	end_without_filing(clock, CLOCK_VOID);
	explain_not_owed(f, because, clock);
}

/* What the operator's configuration says of this stage. */
static void find_own_words(struct fold *f)
{
	const struct entity_rules *rules = f->rules;
	size_t i;

	f->override = NULL;
	f->target = NULL;
	for (i = 0; i < rules->n_overrides; i++)
		if (strcmp(rules->overrides[i].regime, f->act->name) == 0 &&
				strcmp(rules->overrides[i].stage, f->stage->name) == 0)
			f->override = &rules->overrides[i];
	for (i = 0; i < rules->n_targets; i++)
		if (strcmp(rules->targets[i].regime, f->act->name) == 0 &&
				strcmp(rules->targets[i].stage, f->stage->name) == 0)
			f->target = &rules->targets[i].target;
}

/* "nis2/2026-11-21", with the country's where its law had a say. */
static const char *rules_text(const struct fold *f, const struct stage_rule *rule)
{
	const struct country *country = f->rules->country;
	bool national = f->national;
	size_t i;

	for (i = 0; i < rule->n_limbs; i++)
		national = national || rule->limbs[i].country != NULL;
	if (!national)
		return f->regime->rules;
	return arena_printf(f->arena, "%s %s", f->regime->rules,
		country->rules != NULL ? country->rules : country->code);
}

static void begin(struct fold *f, const struct outcome *o, struct clock *clock)
{
	const struct limb *limb = o->due != NULL ? o->due->limb : outcome_waits_for(f, o);

	clock->regime = f->act->name;
	clock->stage = f->stage->name;
	clock->on_request = f->stage->on_request;
	clock->repeatable = f->stage->repeatable;
	clock->reference = limb->reference != NULL ? limb->reference : o->rule->reference;
	clock->rules = rules_text(f, o->rule);
	clock->readings = explain_readings(f, o);
	if (o->due != NULL)
		start(f, o, clock);
	else
		await(f, o, clock);
}

/* A filing settles before a waiver, a waiver before the law's own exceptions. What was
 * filed keeps its clock, even where it turns out that the report is for others. */
static void fold_stage(struct fold *f)
{
	const struct stage *stage = f->stage;
	const struct stage_rule *last = &stage->rules[stage->n_rules - 1], *rule;
	const struct filing *filing =
		incident_filing_for(f->incident, f->act->name, stage->name);
	struct clock *clock;
	struct outcome o;
	int64_t last_at;

	find_own_words(f);
	rule_read(f, last, &o);
	last_at = act_last_at(f, &o);
	if (filing == NULL && !conditions_hold(f, &stage->when, last_at))
		return;
	rule = rule_pick(f, last_at);
	if (rule != last)
		rule_read(f, rule, &o);
	outcome_finish(f, last_at, &o);
	clock = clock_add(f);
	begin(f, &o, clock);

	filing = filing_that_settles(f, &o, filing);
	if (filing != NULL)
		settle(filing, &o, clock);
	else if (is_waived(f, clock, o.due != NULL ? o.due->event : NULL))
		end_without_filing(clock, CLOCK_WAIVED);
	else
		end_if_not_owed(f, last_at, clock);
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
	struct clock *clock = clock_add(f);

	clock->regime = REGIME_INTERNAL;
	clock->stage = STAGE_ASSESSMENT;
	clock->anchor = "opened";
	clock->anchor_at = f->incident->opened_at;
	clock->due_at = clock->nominal_at = clock->latest_at =
		f->incident->opened_at + f->rules->assessment_ms;
	clock->reference = "entity policy: assessment time (no law)";
	clock->rules = REGIME_INTERNAL;
	clock->state = CLOCK_RUNNING;
	explain_assessment(f, clock);
	if (f->incident->dismissed_at != TIME_NONE) {
		clock->state = CLOCK_VOID;
		explain_void(f, "the incident was dismissed", clock);
	} else if (is_aware(f->incident, false)) {
		clock->state = CLOCK_VOID;
		explain_void(f, "awareness is recorded", clock);
	}
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
	for (i = 0; i < f->n; i++) {
		if (f->clocks[i].state != CLOCK_PENDING)
			continue;
		end_without_filing(&f->clocks[i], CLOCK_VOID);
		explain_void(f, "nobody asked for it before all else was done", &f->clocks[i]);
	}
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

/* The act alone, or with the country's law if that was in force on the day. */
static void fold_regime(struct fold *f, const struct regime *act)
{
	const struct overlay *overlay = country_overlay(f->rules->country, act->name);
	size_t i;

	f->act = f->regime = act;
	f->day = DAY_NONE;
	if (overlay != NULL && overlay->merged != NULL &&
			(overlay->from_day <= 0 || fold_day(f) >= overlay->from_day))
		f->regime = overlay->merged;
	for (i = 0; i < f->regime->n_stages; i++) {
		f->stage = &f->regime->stages[i];
		f->national = i >= act->n_stages;
		fold_stage(f);
	}
}

/* Room for a clock of each stage. */
static size_t stages_of(const struct regime *act, const struct country *country)
{
	const struct overlay *overlay = country_overlay(country, act->name);

	return overlay != NULL && overlay->merged != NULL ? overlay->merged->n_stages :
		act->n_stages;
}

static int fold(const struct incident *incident, const struct entity_rules *rules,
	struct arena *arena, struct clock **ret_clocks, size_t *ret_n,
	enum incident_state *ret_state, struct error *err)
{
	struct fold f = { .incident = incident, .rules = rules, .arena = arena };
	const struct regime *act;
	size_t room = 1, i;

	for (i = 0; i < incident->n_regimes; i++) {
		if (regime_at(incident, rules->book, i, &act, err) < 0)
			return -1;
		room += act != NULL ? stages_of(act, rules->country) : 0;
	}
	f.clocks = arena_array(arena, room, sizeof(*f.clocks));
	if (rules->assessment_ms > 0 && !is_aware(incident, true))
		fold_assessment(&f);
	for (i = 0; i < incident->n_regimes; i++) {
		if (regime_at(incident, rules->book, i, &act, err) < 0)
			return -1;
		if (act != NULL)
			fold_regime(&f, act);
	}
	*ret_clocks = f.clocks;
	*ret_n = f.n;
	*ret_state = close_if_done(&f);
	return 0;
}

int incident_fold(const struct incident *incident, const struct entity_rules *rules,
	struct arena *arena, struct clock **ret_clocks, size_t *ret_n,
	enum incident_state *ret_state, struct error *err)
{
	struct incident own;
	size_t i;

	if (!drill_is_fast(incident))
		return fold(incident, rules, arena, ret_clocks, ret_n, ret_state, err);
	drill_facts(incident, arena, &own);
	if (fold(&own, rules, arena, ret_clocks, ret_n, ret_state, err) < 0)
		return -1;
	for (i = 0; i < *ret_n; i++)
		drill_clock(incident, arena, &(*ret_clocks)[i]);
	return 0;
}
