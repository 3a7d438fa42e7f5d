/*
 * A period of law: its length, and the three readings of when it ends.
 *
 *   due      the earliest reading; alarms use it
 *   nominal  the plain reading
 *   latest   the last instant that can be argued; "breach certain" after it
 *
 * Hours are elapsed hours in UTC and never roll: due = nominal = anchor + n h;
 * latest = start of the next full hour + n h (Reg. 1182/71 Art. 3(1): the hour of
 * the event does not count). Months, days and years are civil: due = the same
 * local wall-clock time on the corresponding date, clamped to the end of the
 * month, and never after nominal; nominal = 24:00 local of that date (Art.
 * 3(2)(c); CJEU C-171/03), kept as 00:00 of the next day; latest = nominal, rolled
 * to the end of the next working day if the date is none (Art. 3(4)).
 * Working days count working days only (Art. 3(3)).
 */
#ifndef TOCSIN_CORE_PERIOD_H
#define TOCSIN_CORE_PERIOD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "core/calendar.h"
#include "core/zone.h"

enum period_unit {
	PERIOD_NONE,		/* no period: the due time comes from the event */
	PERIOD_HOURS,		/* PT24H; also PT90M, PT30S: kept in ms */
	PERIOD_DAYS,		/* P14D, P2W */
	PERIOD_MONTHS,		/* P1M, P1Y */
	PERIOD_WORKING_DAYS,	/* P30WD: ours, ISO 8601 has none */
};

struct period {
	enum period_unit unit;
	int64_t count;		/* ms for PERIOD_HOURS, else the number of units */
};

/* ISO 8601: PnYnM, PnW, PnD, PTnHnMnS, and PnWD. One kind of unit at a time:
 * P1DT12H is refused, because a day of law is not 24 hours. Positive, at most 100
 * years. */
int period_parse(const char *text, struct period *ret, struct error *err);
/* A length of real time only (PERIOD_HOURS), "P1D" and "P1W" read as 24 h and
 * 168 h: for leases, repeats and other settings that are not law. */
int period_parse_duration(const char *text, int64_t *ret_ms, struct error *err);
enum { PERIOD_SIZE = 32 };
void period_format(const struct period *p, char out[PERIOD_SIZE]);
/* The ISO form of a length in ms: "PT2H", "PT1H30M". */
void period_format_duration(int64_t ms, char out[PERIOD_SIZE]);

struct deadline {
	int64_t due_at, nominal_at, latest_at;
};

/* Where a period that runs from anchor_at ends. calendar NULL: weekends only. */
void period_end(const struct period *p, int64_t anchor_at, const struct zone *zone,
	const struct calendar *calendar, struct deadline *ret);

/*
 * The relief of an act that has one of its own in place of Art. 3(4) (DORA: Reg.
 * 2025/301 Art. 5(4)): a limit that falls on a day that is no working day may be
 * kept until noon of the next working day, a limit in hours too. Moves latest and
 * nothing else; false, and nothing moved, when it falls on a working day.
 */
bool period_relieve(struct deadline *end, const struct zone *zone,
	const struct calendar *calendar);

/*
 * The same in words, one step a line, through the callback: "+ P1M (calendar),
 * Europe/Berlin: Wednesday 2026-12-23", "nominal: the day ends at 24:00 ...",
 * "latest: 23 December is a working day". The first line, which names the
 * anchor, is the caller's.
 */
typedef void period_step_fn(void *arg, const char *step);
void period_explain(const struct period *p, int64_t anchor_at, const struct zone *zone,
	const struct calendar *calendar, period_step_fn *step, void *arg);
/* The step of a relief that moved latest: what allows it is the reference. */
void period_explain_relief(const struct deadline *end, const struct zone *zone,
	const struct calendar *calendar, const char *reference, period_step_fn *step,
	void *arg);

#endif
