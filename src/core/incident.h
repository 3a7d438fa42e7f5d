/*
 * An incident is what is known of one case of one entity: its events, filings,
 * waivers, and perhaps its dismissal. Its clocks follow from these and the rules
 * alone, so they are folded anew whenever something is recorded; nothing is
 * remembered between two folds but the escalation's own state.
 */
#ifndef TOCSIN_CORE_INCIDENT_H
#define TOCSIN_CORE_INCIDENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "core/regime.h"

enum severity {
	SEVERITY_UNKNOWN, SEVERITY_LOW, SEVERITY_MEDIUM, SEVERITY_HIGH, SEVERITY_CRITICAL,
};
const char *severity_name(enum severity severity);
/* Of two the one that is worse; what is not known is worse than low. */
enum severity severity_higher(enum severity a, enum severity b);
int severity_parse(const char *text, enum severity *ret, struct error *err);

struct incident_event {
	int64_t id;
	const char *type;	/* "aware", "detected", "requested", ... */
	int64_t at;
	int64_t due_at;		/* a due time that came with it, or TIME_NONE */
	const char *regime;	/* NULL: for every regime */
	const char *by;
	const char *basis;	/* NULL: none given */
	int64_t recorded_at;
	bool replaced;		/* a later record took its place; kept, not used */
};

struct filing {
	int64_t id;
	const char *regime, *stage;
	int64_t filed_at;
	int64_t received_at;	/* by the authority's own word, or TIME_NONE */
	const char *by, *recipient, *reference;
	const char *digest;	/* of what was sent, or NULL */
	int64_t recorded_at;
	bool replaced;
};

struct waiver {
	int64_t id;
	const char *regime, *stage;
	const char *by, *basis;
	int64_t recorded_at;
};

/* So many earlier incidents are remembered that are like one. */
enum { SIMILAR_MAX = 5 };

enum incident_state { INCIDENT_SUSPECTED, INCIDENT_OPEN, INCIDENT_CLOSED, INCIDENT_DISMISSED };
const char *incident_state_name(enum incident_state state);

struct incident {
	int64_t id;
	const char *entity, *title, *description;
	enum severity severity;
	bool drill;
	int64_t drill_scale;		/* how many times as fast its time runs; 0: it has none */
	const char *source, *key;	/* NULL when opened by hand */
	int64_t alerts;
	int64_t opened_at;
	bool storm;			/* what came over a source's limit is in it */
	int64_t similar[SIMILAR_MAX];	/* those that it was like when it was opened (a hint) */
	size_t n_similar;
	const char **regimes;		/* names */
	size_t n_regimes;
	const char **traits;		/* of the entity and of this incident */
	size_t n_traits;
	/* The rules it is kept to: those in force when it was opened, until somebody
	 * applies newer ones. NULL: not pinned (a question to the calculator). */
	const char *ruleset;		/* digest of the rulebook */
	const char *country, *timezone;

	struct incident_event *events;
	size_t n_events;
	struct filing *filings;
	size_t n_filings;
	struct waiver *waivers;
	size_t n_waivers;
	int64_t dismissed_at;		/* TIME_NONE: not */
	const char *dismissed_by, *dismissed_basis;
};

enum clock_state {
	CLOCK_PENDING, CLOCK_RUNNING, CLOCK_FILED, CLOCK_FILED_LATE, CLOCK_WAIVED, CLOCK_VOID,
};
const char *clock_state_name(enum clock_state state);
int clock_state_parse(const char *text, enum clock_state *ret);
bool clock_is_settled(enum clock_state state);

/* The entity's own clock for a suspected incident: no law, but somebody must
 * decide. */
#define REGIME_INTERNAL "internal"
#define STAGE_ASSESSMENT "assessment"

struct clock {
	int64_t incident;
	const char *regime, *stage;
	enum clock_state state;
	const char *anchor;		/* "aware", "filed:notification" */
	int64_t anchor_at;		/* TIME_NONE while pending */
	int64_t due_at, nominal_at, latest_at;	/* TIME_NONE while pending */
	int64_t planned_at;		/* TIME_NONE: the law gives none, or not pending */
	int64_t settled_at;		/* TIME_NONE: not settled by a filing */
	bool unconfirmed;		/* settled at filed_at, not by a receipt */
	bool arguable;			/* filed-late, but not after latest_at */
	bool on_request;		/* pending until somebody asks; does not keep open */
	bool repeatable;		/* filed already, it may be filed again */
	bool target;			/* due is our own target: the law has no number */
	const char *reference;
	const char *rules;
	const char **derivation;
	size_t n_derivation;
	/* Where more than one limb was read: all of them, as the JSON array that the
	 * interface shows; else NULL. */
	const char *readings;
	/* A correction that nobody has confirmed would let the clock end later: until
	 * then the dates above are the earlier ones. See hold.h. by NULL: none. */
	struct {
		const char *by;
		const char *actor;	/* the token or user; NULL: nobody's doing */
		enum clock_state state;
		int64_t due_at;		/* TIME_NONE: it would not run */
	} proposed;
};

/* The operator's own words on a stage: a shorter or longer target where the law has
 * no number, and which of two laws counts where a country's differs. */
struct entity_target {
	const char *regime, *stage;
	struct period target;
};

struct entity_override {
	const char *regime, *stage;
	bool national;			/* the country's limbs alone; else the regime's */
	const char *by, *basis;
};

/* What the fold needs to know of the entity. */
struct entity_rules {
	const struct rulebook *book;
	const struct zone *zone;
	const struct country *country;		/* NULL: the plain act, weekends only */
	int64_t assessment_ms;			/* 0: no assessment clock */
	const struct entity_target *targets;
	size_t n_targets;
	const struct entity_override *overrides;
	size_t n_overrides;
};

/*
 * The clocks of an incident, one for each regime and stage, in the order of the
 * data files; the assessment clock first. Everything is made in the arena or
 * borrowed from the arguments. An unknown regime is an error.
 */
int incident_fold(const struct incident *incident, const struct entity_rules *rules,
	struct arena *arena, struct clock **ret_clocks, size_t *ret_n,
	enum incident_state *ret_state, struct error *err);

/* The event of a type that counts for a regime: one recorded for that regime
 * before one for all, but of requests the last; never a replaced one. NULL: none. */
const struct incident_event *incident_event_for(const struct incident *incident,
	const char *type, const char *regime);
/* The filing of a stage that counts: the latest filed that was not replaced. */
const struct filing *incident_filing_for(const struct incident *incident,
	const char *regime, const char *stage);

/* May this be recorded? now: to refuse what lies more than 5 minutes ahead. A
 * filing before its anchor, a second value for an anchor without replaces, a
 * stage that the regime does not have: each with a pointer into the request. The
 * clocks are those of the incident as it stands; they tell whether an earlier
 * request has been answered. */
int incident_check_event(const struct incident *incident, const struct clock *clocks,
	size_t n_clocks, const struct incident_event *event, bool replaces, int64_t now,
	struct error *err);
/* Its part that needs no more than the facts: awareness before the incident, handling
 * before awareness. pointer: to the event's time. */
int incident_check_order(const struct incident *incident,
	const struct incident_event *event, const char *pointer, struct error *err);
int incident_check_filing(const struct incident *incident, const struct clock *clocks,
	size_t n_clocks, const struct filing *filing, bool replaces, int64_t now,
	struct error *err);

#endif
