/*
 * The fold from inside, for limbs.c, explain.c and fold.c alone: what they share of
 * one incident that is being folded. Everyone else calls incident_fold.
 */
#ifndef TOCSIN_CORE_FOLD_H
#define TOCSIN_CORE_FOLD_H

#include "core/incident.h"

struct fold {
	const struct incident *incident;
	const struct entity_rules *rules;
	struct arena *arena;
	struct clock *clocks;
	size_t n;
	/* Of the regime at hand. */
	const struct regime *act;		/* as the Union made it */
	const struct regime *regime;		/* the same, or with the country's law */
	int32_t day;				/* see fold_day; DAY_NONE: not asked yet */
	/* Of the stage at hand. */
	const struct stage *stage;
	bool national;				/* the stage is the country's own */
	const struct entity_override *override;	/* NULL: none */
	const struct period *target;		/* the entity's own; NULL: none */
};

/* Where a limb ends, if its anchor has happened. */
struct reading {
	const struct limb *limb;
	bool alarms;				/* it counts */
	bool target;				/* the date is our own, not the law's */
	const struct incident_event *event;	/* the anchor, or NULL for a filing */
	const struct period *period;		/* NULL: the date came with the request */
	int64_t anchor_at;			/* TIME_NONE: it has not, and no more is set */
	struct deadline end;			/* TIME_NONE: no date at all */
	const struct relief *relief;		/* what moved end.latest_at, or NULL */
};

/* What a rule comes to. Not to be copied: it points into itself. */
struct outcome {
	const struct stage_rule *rule;
	struct reading list[RULE_LIMBS_MAX];		/* one for each limb */
	size_t n_begun;				/* of those that count, and so in */
	size_t n_readings;			/* of these the LIMB_READING */
	const struct reading *due;		/* gives the due date; NULL: nothing began */
	const struct reading *latest;		/* until when it can be argued */
};

/* limbs.c */

/* The day whose law counts: of awareness of the regime's matter, in the entity's
 * zone; while nobody is aware, of the earliest event. */
int32_t fold_day(struct fold *f);
bool conditions_hold(struct fold *f, const struct conditions *when, int64_t last_at);
bool any_holds(struct fold *f, const struct conditions *lists, size_t n, int64_t last_at);
const struct stage_rule *rule_pick(struct fold *f, int64_t last_at);
/* All but relief and latest, which need to know when the last rule is due. */
void rule_read(const struct fold *f, const struct stage_rule *rule, struct outcome *ret);
/* The last instant that is in time by a stage's last rule, by the act alone and its plain
 * reading: what conditions compare with. TIME_NONE: it has no end yet. */
int64_t act_last_at(const struct fold *f, const struct outcome *o);
void outcome_finish(struct fold *f, int64_t last_at, struct outcome *o);
/* One limb by itself; ret->anchor_at TIME_NONE: it has not begun. */
void limb_read(const struct fold *f, const struct stage_rule *rule, const struct limb *limb,
	struct reading *ret);
const struct calendar *fold_calendar(const struct fold *f);
bool limb_is_national(const struct fold *f, const struct limb *limb);
bool limb_is_self(const struct fold *f, const struct limb *limb);
/* The limb that a clock waits for while none has begun. */
const struct limb *outcome_waits_for(const struct fold *f, const struct outcome *o);

/* explain.c */

const char *anchor_text(const struct fold *f, const struct anchor *anchor);
void explain_running(struct fold *f, const struct outcome *o, struct clock *clock);
/* Also finds the clock's planned_at. */
void explain_pending(struct fold *f, const struct outcome *o, struct clock *clock);
void explain_assessment(const struct fold *f, struct clock *clock);
/* The JSON array of all limbs, where the rule has more than one; else NULL. */
const char *explain_readings(const struct fold *f, const struct outcome *o);

#endif
