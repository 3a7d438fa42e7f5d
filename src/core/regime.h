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

#include "core/calendar.h"
#include "core/period.h"
#include "core/zone.h"

enum { NAME_SIZE = 64 };	/* names of stages, events, traits; see text_is_name */

/* Every type of event that can be recorded, and so be an anchor; NULL at the end. */
enum { EVENT_TYPES = 9 };
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

/*
 * Conditions, as written in the data; "!" in front negates:
 *   trait:NAME           the entity or incident has the trait
 *   event:NAME           the event is recorded
 *   filed:STAGE          the stage is filed
 *   in-time:X, late:X    X is one of the two before ("in-time:event:handled"):
 *                        it happened, and not after / after the due time of the
 *                        stage's last rule
 */
enum condition_kind { CONDITION_TRAIT, CONDITION_EVENT, CONDITION_FILED };
enum condition_when { CONDITION_ANY_TIME, CONDITION_IN_TIME, CONDITION_LATE };

struct condition {
	enum condition_kind kind;
	enum condition_when when;
	bool negated;
	char name[NAME_SIZE];
};

int condition_parse(const char *text, struct condition *ret, struct error *err);

struct conditions {		/* all must hold; none: holds */
	struct condition *list;
	size_t n;
};

struct limb {
	struct anchor anchor;
	struct period period;	/* PERIOD_NONE: the event brings its own due time */
	struct period target;	/* where the law has no number: ours, shown as ours;
				 * PERIOD_NONE: none, the clock shows no date */
};

struct stage_rule {
	struct conditions when;
	const char *reference;	/* e.g. "Directive (EU) 2022/2555, Art. 23(4)(a)" */
	struct limb *limbs;
	size_t n_limbs;
	bool latest_binds;	/* of the limbs: the latest end counts, not the earliest */
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
	const char *version;	/* "2026-11-21" */
	const char *rules;	/* "nis2/2026-11-21", as clocks carry it */
	char digest[65];	/* SHA-256 of the file */
	const char *file;
	struct stage *stages;
	size_t n_stages;
};

struct country {
	char code[3];		/* ISO 3166, "DE" */
	const char *name;
	const char *timezone;	/* the zone when none is given */
	const char *version;
	char digest[65];
	const char *file;
	struct calendar calendar;
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

/* Finds what a file can get wrong beyond its form: anchors and conditions that
 * name no stage of the regime, a last rule with conditions, a cycle of filings. */
int regime_check(const struct regime *regime, struct error *err);

#endif
