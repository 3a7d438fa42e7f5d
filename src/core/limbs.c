/*
 * From the limbs of a rule to the one that counts: which rule applies, where each of
 * its limbs ends, whose law alarms, and how far the rest can be argued.
 *
 * Every answer here is the earlier one when in doubt: of limbs that bind and of
 * readings that may be the law the earliest alarms, and a later reading only says
 * how long a late report can be defended.
 */
#include "config.h"

#include <string.h>

#include "core/fold.h"

const struct calendar *fold_calendar(const struct fold *f)
{
	return f->rules->country != NULL ? &f->rules->country->calendar : NULL;
}

/* The earliest event that may concern the regime. */
static int64_t first_event_at(const struct incident *incident, const char *regime)
{
	int64_t at = TIME_NONE;
	size_t i;

	for (i = 0; i < incident->n_events; i++) {
		const struct incident_event *e = &incident->events[i];

		if (!e->replaced && (e->regime == NULL || strcmp(e->regime, regime) == 0) &&
				(at == TIME_NONE || e->at < at))
			at = e->at;
	}
	return at;
}

/* A question to the calculator may have no event at all, and was never opened: that
 * is about the law as it will be. */
int32_t fold_day(struct fold *f)
{
	const struct incident_event *aware;
	int64_t at;

	if (f->day != DAY_NONE)
		return f->day;
	aware = incident_event_for(f->incident, "aware", f->act->name);
	at = aware != NULL ? aware->at : first_event_at(f->incident, f->act->name);
	if (at == TIME_NONE && f->incident->opened_at != 0)
		at = f->incident->opened_at;
	f->day = at != TIME_NONE ? zone_day(f->rules->zone, at) : INT32_MAX;
	return f->day;
}

/* When the anchor happened, or TIME_NONE. A filing counts from filed_at, never
 * from the authority's receipt: the earlier reading. */
static int64_t anchor_find(const struct fold *f, const struct anchor *anchor,
	const struct incident_event **ret_event)
{
	const struct filing *filing;

	*ret_event = NULL;
	if (anchor->kind == ANCHOR_FILED) {
		filing = incident_filing_for(f->incident, f->act->name, anchor->name);
		return filing != NULL ? filing->filed_at : TIME_NONE;
	}
	*ret_event = incident_event_for(f->incident, anchor->name, f->act->name);
	return *ret_event != NULL ? (*ret_event)->at : TIME_NONE;
}

static bool has_trait(const struct incident *incident, const char *name)
{
	size_t i;

	for (i = 0; i < incident->n_traits; i++)
		if (strcmp(incident->traits[i], name) == 0)
			return true;
	return false;
}

static bool fact_holds(const struct fold *f, const struct condition *c, int64_t last_at)
{
	const struct incident_event *event;
	struct anchor anchor;
	int64_t at, other;

	anchor.kind = c->kind == CONDITION_FILED ? ANCHOR_FILED : ANCHOR_EVENT;
	memcpy(anchor.name, c->name, sizeof(anchor.name));
	at = anchor_find(f, &anchor, &event);
	if (at == TIME_NONE)
		return false;
	switch (c->when) {
	case CONDITION_ANY_TIME:
		return true;
	case CONDITION_IN_TIME:
		return last_at == TIME_NONE || at <= last_at;
	case CONDITION_LATE:
		return last_at != TIME_NONE && at > last_at;
	case CONDITION_AFTER:
		other = anchor_find(f, &c->after, &event);
		return other != TIME_NONE && at > other;
	}
	return false;
}

/* last_at: act_last_at of the stage's last rule. */
static bool condition_holds(struct fold *f, const struct condition *c, int64_t last_at)
{
	bool holds = false;

	switch (c->kind) {
	case CONDITION_TRAIT:
		holds = has_trait(f->incident, c->name);
		break;
	case CONDITION_EVENT:
	case CONDITION_FILED:
		holds = fact_holds(f, c, last_at);
		break;
	case CONDITION_FROM:
		holds = fold_day(f) >= c->day;
		break;
	case CONDITION_UNTIL:
		holds = fold_day(f) <= c->day;
		break;
	}
	return holds != c->negated;
}

bool conditions_hold(struct fold *f, const struct conditions *when, int64_t last_at)
{
	size_t i;

	for (i = 0; i < when->n; i++)
		if (!condition_holds(f, &when->list[i], last_at))
			return false;
	return true;
}

bool any_holds(struct fold *f, const struct conditions *lists, size_t n, int64_t last_at)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (conditions_hold(f, &lists[i], last_at))
			return true;
	return false;
}

const struct stage_rule *rule_pick(struct fold *f, int64_t last_at)
{
	const struct stage *stage = f->stage;
	size_t i;

	for (i = 0; i + 1 < stage->n_rules; i++)
		if (conditions_hold(f, &stage->rules[i].when, last_at))
			break;
	return &stage->rules[i];
}

bool limb_is_national(const struct fold *f, const struct limb *limb)
{
	return f->national || limb->country != NULL;
}

bool limb_is_self(const struct fold *f, const struct limb *limb)
{
	return limb->anchor.kind == ANCHOR_FILED &&
		strcmp(limb->anchor.name, f->stage->name) == 0;
}

/* The entity's own stands in for that of the rule; where the rule has several limbs
 * not for one that shall have no date. */
static const struct period *target_of(const struct fold *f, const struct stage_rule *rule,
	const struct limb *limb)
{
	if (f->target != NULL && (limb->target.unit != PERIOD_NONE || rule->n_limbs == 1))
		return f->target;
	return limb->target.unit != PERIOD_NONE ? &limb->target : NULL;
}

void limb_read(const struct fold *f, const struct stage_rule *rule, const struct limb *limb,
	struct reading *ret)
{
	const struct entity_rules *rules = f->rules;
	const struct period *target;

	ret->limb = limb;
	ret->relief = NULL;
	ret->target = false;
	ret->anchor_at = anchor_find(f, &limb->anchor, &ret->event);
	if (ret->anchor_at == TIME_NONE)
		return;
	ret->period = NULL;
	ret->end.due_at = ret->end.nominal_at = ret->end.latest_at = TIME_NONE;
	if (limb->period.unit != PERIOD_NONE) {
		ret->period = &limb->period;
		period_end(ret->period, ret->anchor_at, rules->zone, fold_calendar(f),
			&ret->end);
	} else if (ret->event != NULL && ret->event->due_at != TIME_NONE) {
		/* Reg. 1182/71 Art. 4: a date that is named is a date, not a period,
		 * and is not rolled (case 139/73, Muench). */
		ret->end.due_at = ret->end.nominal_at = ret->end.latest_at =
			ret->event->due_at;
	} else if ((target = target_of(f, rule, limb)) != NULL) {
		/* Not law, so it has one reading only. */
		ret->target = true;
		ret->period = target;
		period_end(ret->period, ret->anchor_at, rules->zone, fold_calendar(f),
			&ret->end);
		ret->end.nominal_at = ret->end.latest_at = ret->end.due_at;
	}
}

/* Which limbs count by the operator's decision. One for a side that has no limb here
 * decides nothing; nor does it before one of that side has begun, because a decision on
 * which law counts must not silence a clock that the other one has started. */
static void choose_side(const struct fold *f, struct outcome *o)
{
	bool side = f->override != NULL && f->override->national, found = false;
	size_t i, n = o->rule->n_limbs;

	for (i = 0; f->override != NULL && i < n; i++)
		found = found || (o->list[i].anchor_at != TIME_NONE &&
			limb_is_national(f, &o->rule->limbs[i]) == side);
	for (i = 0; i < n; i++)
		o->list[i].alarms = !found ||
			limb_is_national(f, &o->rule->limbs[i]) == side;
}

/* A limb that runs from the stage's own filing starts the clock again: the filing
 * answered what had begun before it. */
static void drop_answered(const struct fold *f, struct outcome *o)
{
	int64_t filed_at = TIME_NONE;
	size_t i, n = o->rule->n_limbs;

	for (i = 0; i < n; i++)
		if (o->list[i].alarms && limb_is_self(f, o->list[i].limb))
			filed_at = o->list[i].anchor_at;
	for (i = 0; filed_at != TIME_NONE && i < n; i++)
		if (o->list[i].anchor_at != TIME_NONE && o->list[i].anchor_at <= filed_at &&
				!limb_is_self(f, o->list[i].limb))
			o->list[i].alarms = false;
}

/* No date is later than any date. */
static bool is_earlier(int64_t due_at, int64_t other)
{
	return due_at != TIME_NONE && (other == TIME_NONE || due_at < other);
}

static const struct reading *earlier_of(const struct reading *a, const struct reading *b)
{
	return a == NULL || (b != NULL && is_earlier(b->end.due_at, a->end.due_at)) ? b : a;
}

static const struct reading *later_of(const struct reading *a, const struct reading *b)
{
	return a == NULL || (b != NULL && is_earlier(a->end.due_at, b->end.due_at)) ? b : a;
}

static bool counts(const struct reading *r, enum limb_kind kind)
{
	return r->alarms && r->anchor_at != TIME_NONE && r->limb->kind == kind;
}

/* Of the limbs that bind the earliest, or the latest where the law says so. */
static const struct reading *binding(const struct outcome *o)
{
	const struct reading *found = NULL;
	size_t i;

	for (i = 0; i < o->rule->n_limbs; i++)
		if (counts(&o->list[i], LIMB_BINDS))
			found = o->rule->latest_binds ? later_of(found, &o->list[i]) :
				earlier_of(found, &o->list[i]);
	return found;
}

void rule_read(const struct fold *f, const struct stage_rule *rule, struct outcome *ret)
{
	size_t i;

	ret->rule = rule;
	for (i = 0; i < rule->n_limbs; i++)
		limb_read(f, rule, &rule->limbs[i], &ret->list[i]);
	choose_side(f, ret);
	if (rule->n_limbs > 1)
		drop_answered(f, ret);
	ret->n_begun = ret->n_readings = 0;
	ret->due = binding(ret);
	for (i = 0; i < rule->n_limbs; i++) {
		const struct reading *r = &ret->list[i];

		ret->n_begun += r->alarms && r->anchor_at != TIME_NONE;
		if (!counts(r, LIMB_READING))
			continue;
		ret->n_readings++;
		ret->due = earlier_of(ret->due, r);
	}
}

/* "In time" and "late" are words of the act, and of its plain reading: what is late may
 * choose a rule that ends later, so neither a country's earlier reading decides it nor
 * the earliest one of ours. A civil period ends with a day, whose 24:00 is outside. */
int64_t act_last_at(const struct fold *f, const struct outcome *o)
{
	const struct reading *found = NULL;
	size_t i;

	for (i = 0; i < o->rule->n_limbs; i++) {
		const struct reading *r = &o->list[i];

		if (r->anchor_at != TIME_NONE && (f->national || r->limb->country == NULL))
			found = o->rule->latest_binds ? later_of(found, r) : earlier_of(found, r);
	}
	if (found == NULL || found->end.nominal_at == TIME_NONE)
		return TIME_NONE;
	return found->end.nominal_at - (found->end.nominal_at != found->end.due_at);
}

/* Only for a limit of the law: a date that is named and a target of our own have
 * one reading. */
static void relieve(struct fold *f, int64_t last_at, struct outcome *o)
{
	const struct relief *relief = f->stage->relief;
	size_t i;

	if (relief == NULL || any_holds(f, relief->unless, relief->n_unless, last_at))
		return;
	for (i = 0; i < o->rule->n_limbs; i++) {
		struct reading *r = &o->list[i];

		if (r->anchor_at != TIME_NONE && r->period != NULL && !r->target &&
				period_relieve(&r->end, f->rules->zone, fold_calendar(f)))
			r->relief = relief;
	}
}

void outcome_finish(struct fold *f, int64_t last_at, struct outcome *o)
{
	size_t i;

	relieve(f, last_at, o);
	o->latest = o->due;
	if (o->n_readings == 0)
		return;
	o->latest = binding(o);
	for (i = 0; i < o->rule->n_limbs; i++)
		if (counts(&o->list[i], LIMB_READING) && (o->latest == NULL ||
				o->list[i].end.latest_at > o->latest->end.latest_at))
			o->latest = &o->list[i];
}

const struct limb *outcome_waits_for(const struct fold *f, const struct outcome *o)
{
	size_t i;

	for (i = 0; i < o->rule->n_limbs; i++)
		if (o->list[i].alarms && !limb_is_self(f, o->list[i].limb))
			return o->list[i].limb;
	return o->rule->limbs;
}
