/*
 * The law as data: a regime (a body of law), its stages (the reports it asks
 * for), and for each stage the rules by which its clock runs. Read from
 * the files of regimes.d by config/; nothing in C knows a number of hours.
 *
 * A stage has one or more rules; the first whose conditions all hold applies,
 * and the last has none, so that one always does. A rule has one or more limbs,
 * each an anchor and a period; when several bind, the earliest end counts, unless
 * the law says the latest ("after the latest updated report").
 */
#ifndef TOCSIN_CORE_REGIME_H
#define TOCSIN_CORE_REGIME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "core/calendar.h"
#include "core/period.h"
#include "core/zone.h"

enum { NAME_SIZE = 64 };	/* names of stages, events, traits; see text_is_name */

/* Every type of event that can be recorded, and so be an anchor; NULL at the end. */
enum { EVENT_TYPES = 11 };
extern const char *const event_types[EVENT_TYPES + 1];
bool event_type_is_known(const char *name);

/* What a period runs from: an event ("aware"), or the filing of another stage of
 * the same regime ("filed:notification"). */
enum anchor_kind { ANCHOR_EVENT, ANCHOR_FILED };

struct anchor {
	enum anchor_kind kind;
	char name[NAME_SIZE];
};

int anchor_parse(const char *text, struct anchor *ret, struct error *err);
enum { ANCHOR_SIZE = NAME_SIZE + 8 };
void anchor_format(const struct anchor *anchor, char out[ANCHOR_SIZE]);
bool anchor_equal(const struct anchor *a, const struct anchor *b);

/*
 * Conditions, as written in the data; "!" in front negates:
 *   trait:NAME           the entity or incident has the trait
 *   event:NAME           the event is recorded
 *   filed:STAGE          the stage is filed
 *   in-time:X, late:X    X is one of the two before ("in-time:event:handled"):
 *                        it happened, and not after / after the nominal end of
 *                        the stage's last rule, by the act alone
 *   X > Y                both are one of the two; both happened, X after Y
 *   from:DATE, until:DATE  the day of awareness, in the entity's zone, is that day
 *                        or later / that day or earlier; while nobody is aware,
 *                        that of the earliest event
 */
enum condition_kind { CONDITION_TRAIT, CONDITION_EVENT, CONDITION_FILED, CONDITION_FROM,
	CONDITION_UNTIL };
enum condition_when { CONDITION_ANY_TIME, CONDITION_IN_TIME, CONDITION_LATE,
	CONDITION_AFTER };

struct condition {
	enum condition_kind kind;
	enum condition_when when;
	bool negated;
	char name[NAME_SIZE];
	struct anchor after;	/* CONDITION_AFTER: Y */
	int32_t day;		/* CONDITION_FROM, CONDITION_UNTIL: days since 1970 */
};

int condition_parse(const char *text, struct condition *ret, struct error *err);

struct conditions {		/* all must hold; none: holds */
	struct condition *list;
	size_t n;
};

/*
 * Where a statement about national law comes from, and how sure it is. A file says
 * it for each value, because they differ: the hours may stand in the statute and
 * the mailbox in a list that nobody has checked for years.
 */
enum confidence {
	CONFIDENCE_VERIFIED,	/* two independent sources, or the official text itself */
	CONFIDENCE_SINGLE,	/* one source */
	CONFIDENCE_UNVERIFIED,	/* a draft, or hearsay */
	CONFIDENCE_CONFLICT,	/* sources disagree; the note says how */
};
enum standing { STANDING_LAW, STANDING_GUIDANCE, STANDING_THIRD_PARTY };
const char *confidence_name(enum confidence confidence);
const char *standing_name(enum standing standing);

enum { DAY_NONE = INT32_MIN };

struct provenance {
	const char *source;	/* public addresses */
	enum confidence confidence;
	enum standing standing;
	int32_t read_day;	/* the source was read; days since 1970, or DAY_NONE */
	int32_t checked_day;	/* the thing itself (a portal) was seen, or DAY_NONE */
};

/* How a limb stands to the others of its rule. */
enum limb_kind {
	LIMB_BINDS,	/* it binds, with all the others that do */
	LIMB_READING,	/* a reading beside them, which may or may not be the law: alarms
			 * if it is earlier; if it is later, that far it can be argued */
};

struct limb {
	struct anchor anchor;
	struct period period;	/* PERIOD_NONE: the event brings its own due time */
	struct period target;	/* where the law has no number: ours, shown as ours;
				 * PERIOD_NONE: none, the clock shows no date */
	enum limb_kind kind;
	/* Of a limb that a country's file added; else NULL. */
	const char *country;	/* "CY" */
	const char *reference;	/* its own, in place of the rule's */
	const char *note;
	const struct provenance *provenance;
};

enum { RULE_LIMBS_MAX = 16 };	/* of a rule; see regime_check */

struct stage_rule {
	struct conditions when;
	const char *reference;	/* e.g. "Directive (EU) 2022/2555, Art. 23(4)(a)" */
	const char *note;	/* what people should know of it, or NULL */
	struct limb *limbs;
	size_t n_limbs;
	bool latest_binds;	/* of those that bind the latest counts, not the earliest */
	bool has_planned;	/* the earliest possible end while the anchor is missing */
	struct limb planned;
};

/* An act's own rule for limits on days that are no working days, in place of Reg.
 * 1182/71 Art. 3(4): see period_relieve. */
struct relief {
	const char *reference;
	struct conditions *unless;	/* any of the lists: not for this entity */
	size_t n_unless;
};

struct stage {
	char name[NAME_SIZE];
	const char *title;	/* "Early warning" */
	const char *content;	/* what the law asks the report to contain, or NULL */
	bool on_request;	/* not owed until its anchor has happened */
	bool repeatable;	/* may be filed more than once; the last filing counts */
	const char *if_late;	/* what a late report needs besides, or NULL */
	struct conditions when;	/* no clock at all unless they hold */
	struct stage_rule *rules;
	size_t n_rules;
	struct conditions *void_when;	/* any of the lists: the report is not owed */
	size_t n_void_when;
	struct relief *relief;		/* NULL: none */
};

struct regime {
	char name[NAME_SIZE];
	const char *title;	/* "NIS2" */
	const char *act;	/* "Directive (EU) 2022/2555" */
	const char *note;	/* what holds for all its dates, or NULL */
	const char *version;	/* "2026-11-21" */
	const char *rules;	/* "nis2/2026-11-21", as clocks carry it */
	char digest[65];	/* SHA-256 of the file */
	const char *file;
	int32_t from_day;	/* the act applies from, or DAY_NONE; clocks that run before
				 * it say so */
	struct stage *stages;
	size_t n_stages;
};

/* Where a report goes, as far as anybody has found out; value NULL: not known. */
struct route_item {
	const char *value;
	struct provenance provenance;
	const char *note;
};

struct filing_route {
	struct route_item recipient, authority, portal, email, phone;
	struct route_item access;	/* what must be arranged before an incident */
};

/*
 * What a member state's law adds to a regime. Its limbs stand beside the regime's
 * own in `merged`, so that a deadline can only become earlier; its further stages
 * come after the regime's.
 */
struct overlay {
	const char *regime;
	const char *law;	/* "Law 89(I)/2020 as amended by 60(I)/2025" */
	const char *status;	/* "in force since 2025-04-25", as the source says it */
	bool in_force;		/* false: no national act is known, see status */
	int32_t from_day;	/* awareness before that day: the plain regime; or DAY_NONE */
	struct provenance provenance;	/* of the periods */
	const char **notes;	/* what no clock can say */
	size_t n_notes;
	struct filing_route route;
	const struct regime *merged;	/* NULL: the periods are those of the regime */
};

struct country {
	char code[3];		/* ISO 3166, "DE" */
	const char *name;
	const char *timezone;	/* the zone when none is given */
	const char **other_timezones;	/* of its further parts */
	size_t n_other_timezones;
	const char *version;
	const char *rules;	/* "CY/2026-11-21" */
	char digest[65];
	const char *file;
	struct calendar calendar;
	struct overlay *overlays;
	size_t n_overlays;
};

/* All rules in force, immutable. Zones are found through a function, because
 * reading files is not for core. */
struct rulebook {
	struct regime *regimes;
	size_t n_regimes;
	struct country *countries;
	size_t n_countries;
	/* NULL with *err for an unknown zone; the rulebook keeps the zone. */
	const struct zone *(*zone)(void *arg, const char *name, struct error *err);
	void *zone_arg;
};

const struct regime *rulebook_regime(const struct rulebook *book, const char *name);
const struct country *rulebook_country(const struct rulebook *book, const char *code);
const struct stage *regime_stage(const struct regime *regime, const char *name);
/* NULL: the country adds nothing. country NULL is allowed. */
const struct overlay *country_overlay(const struct country *country, const char *regime);

/* Does a rule, a stage or a relief of any regime or overlay ask for the trait? If
 * not, *ret_near is a known one that it may be a slip of, or NULL. */
bool rulebook_knows_trait(const struct rulebook *book, const char *trait,
	const char **ret_near);

/* Finds what a file can get wrong beyond its form: anchors and conditions that
 * name no stage of the regime, a last rule with conditions, a cycle of filings. A limb
 * may run from the filing of its own stage if another limb of the rule does not: it
 * starts the clock again, that one for the first time. *ret_stage: the one that is
 * wrong; n_stages: the whole. */
int regime_check(const struct regime *regime, size_t *ret_stage, struct error *err);
/* The same for one limb alone: does its anchor exist? */
int limb_check(const struct regime *regime, const struct limb *limb, struct error *err);

/*
 * A country's changes to a regime, as its file says them. A limb is put beside every
 * limb of the stage that runs from `beside`; period PERIOD_NONE and an empty anchor
 * name are taken from that one.
 */
struct overlay_limb {
	const char *stage;
	struct anchor beside;
	struct limb limb;
};

/*
 * The regime with the country's limbs and stages, in the arena, checked. A limb that
 * binds must be as early as the one beside it or earlier, whatever happens: the same
 * anchor or one that is never later, and a period that is never longer. One that
 * is not so has to be a LIMB_READING, or it is refused: no file of a country may
 * lengthen a deadline. *ret_bad: the limb that was refused, or n_limbs + the
 * number of the country's own stage.
 */
int overlay_merge(const struct regime *regime, const struct overlay_limb *limbs,
	size_t n_limbs, const struct stage *stages, size_t n_stages, struct arena *arena,
	const struct regime **ret, size_t *ret_bad, struct error *err);

#endif
