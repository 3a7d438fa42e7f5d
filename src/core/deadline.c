/*
 * Where a period ends, and the same in words: see period.h, which states the law
 * (Regulation (EEC, Euratom) 1182/71, Art. 3).
 *
 * Hours are arithmetic on instants. Everything else is arithmetic on civil days
 * in the entity's zone: the day of the event is not counted, so the period ends
 * with the day that has the same number (CJEU C-171/03, Toeters and Verberk,
 * para. 33 and 36), and its 24:00 is kept as 00:00 of the day after, which the
 * zone turns into an instant for that very date.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/buf.h"
#include "core/period.h"

/* The civil side of a deadline, kept so that it can be told. */
struct civil_end {
	struct civil due;	/* the wall-clock time asked for; it may not exist */
	int32_t day;		/* the last day of the period */
	int32_t latest_day;	/* the same, or the working day it rolls to */
	bool clamped;		/* the month has no such date */
};

static int32_t add_working_days(const struct calendar *calendar, int32_t day, int64_t n)
{
	while (n-- > 0)
		day = calendar_working_day_from(calendar, day + 1);
	return day;
}

/* The same date so many months on, or the last of that month (Art. 3(2)(c)). */
static int32_t add_months(const struct civil *from, int64_t n, bool *ret_clamped)
{
	int months = 12 * from->year + from->month - 1 + (int)n;
	int year = months / 12, month = months % 12 + 1;
	int length = civil_month_length(year, month);

	*ret_clamped = from->day > length;
	return civil_days(year, month, *ret_clamped ? length : from->day);
}

static void civil_end(const struct period *p, int64_t anchor_at, const struct zone *zone,
	const struct calendar *calendar, struct civil_end *ret)
{
	struct civil *due = &ret->due;
	int32_t day;

	zone_civil(zone, anchor_at, due);
	day = civil_days(due->year, due->month, due->day);
	ret->clamped = false;
	if (p->unit == PERIOD_MONTHS)
		ret->day = add_months(due, p->count, &ret->clamped);
	else if (p->unit == PERIOD_WORKING_DAYS)
		ret->day = add_working_days(calendar, day, p->count);
	else
		ret->day = day + (int32_t)p->count;
	ret->latest_day = calendar_working_day_from(calendar, ret->day);
	civil_from_days(ret->day, &due->year, &due->month, &due->day);
}

static void end_of_days(const struct civil_end *end, const struct zone *zone,
	struct deadline *ret)
{
	ret->nominal_at = zone_day_start(zone, end->day + 1);
	ret->latest_at = end->latest_day == end->day ? ret->nominal_at :
		zone_day_start(zone, end->latest_day + 1);
	/* Never after nominal_at: zone_instant() is the first instant that reads a
	 * time or later, so an earlier reading is never a later instant. */
	ret->due_at = zone_instant(zone, &end->due);
}

/* Art. 3(1): the hour in which the event occurs is not counted. That speaks of
 * periods in hours; minutes and seconds get no such gift. Zones of the Union are
 * whole hours from UTC, so UTC hours are theirs. */
static void end_of_hours(const struct period *p, int64_t anchor_at, struct deadline *ret)
{
	int64_t into_hour = anchor_at % HOUR_MS;

	if (into_hour < 0)
		into_hour += HOUR_MS;
	ret->due_at = ret->nominal_at = ret->latest_at = anchor_at + p->count;
	if (p->count % HOUR_MS == 0)
		ret->latest_at += HOUR_MS - into_hour;
}

void period_end(const struct period *p, int64_t anchor_at, const struct zone *zone,
	const struct calendar *calendar, struct deadline *ret)
{
	struct civil_end end;

	switch (p->unit) {
	case PERIOD_NONE:
		ret->due_at = ret->nominal_at = ret->latest_at = anchor_at;
		return;
	case PERIOD_HOURS:
		end_of_hours(p, anchor_at, ret);
		return;
	case PERIOD_DAYS:
	case PERIOD_MONTHS:
	case PERIOD_WORKING_DAYS:
		civil_end(p, anchor_at, zone, calendar, &end);
		end_of_days(&end, zone, ret);
		return;
	}
}

bool period_relieve(struct deadline *end, const struct zone *zone,
	const struct calendar *calendar)
{
	struct civil noon = { .hour = 12 };
	int32_t day = zone_day(zone, end->due_at);
	int32_t next = calendar_working_day_from(calendar, day);

	if (next == day)
		return false;
	civil_from_days(next, &noon.year, &noon.month, &noon.day);
	end->latest_at = zone_instant(zone, &noon);
	return true;
}

static void add_day(struct buf *b, int32_t day)
{
	static const char *const names[] = { "Sunday", "Monday", "Tuesday", "Wednesday",
		"Thursday", "Friday", "Saturday" };
	int year, month, mday;

	civil_from_days(day, &year, &month, &mday);
	buf_addf(b, "%s %04d-%02d-%02d", names[civil_weekday(day)], year, month, mday);
}

static void add_local(struct buf *b, int64_t at, const struct zone *zone)
{
	char text[RFC3339_SIZE + 8];

	rfc3339_format_offset(at, zone_offset(zone, at), text);
	buf_adds(b, text);
}

/* Gives the line away and leaves the buffer empty for the next. */
static void tell(struct buf *b, period_step_fn *step, void *arg)
{
	step(arg, b->data);
	buf_clear(b);
}

static void explain_hours(const struct period *p, int64_t anchor_at, const struct zone *zone,
	struct buf *b, period_step_fn *step, void *arg)
{
	char text[PERIOD_SIZE];
	struct deadline end;

	end_of_hours(p, anchor_at, &end);
	period_format(p, text);
	buf_adds(b, "+ ");
	buf_adds(b, text);
	buf_adds(b, " elapsed");
	tell(b, step, arg);
	if (end.latest_at == end.due_at)
		return;
	buf_adds(b, "latest: the hour of the event does not count (Reg. 1182/71 Art. 3(1)): ");
	add_local(b, end.latest_at, zone);
	tell(b, step, arg);
}

/* Why each day from the one that it falls on is none to end on; then the one that
 * is. */
static void add_days_off(int32_t first, int32_t next, const struct calendar *calendar,
	struct buf *b)
{
	int32_t day;

	for (day = first; day < next; day++) {
		const struct holiday *holiday = calendar_holiday(calendar, day);

		if (day > first)
			buf_adds(b, ", ");
		add_day(b, day);
		if (holiday != NULL)
			buf_addf(b, " is a public holiday (%s)", holiday->name);
		else
			buf_adds(b, " is no working day");
	}
	buf_adds(b, ": ");
	add_day(b, next);
}

static void explain_latest(const struct civil_end *end, const struct calendar *calendar,
	struct buf *b)
{
	int year, month, day;

	if (end->latest_day != end->day) {
		buf_adds(b, "latest: ");
		add_days_off(end->day, end->latest_day, calendar, b);
		buf_adds(b, " at 24:00 (Art. 3(4))");
		return;
	}
	civil_from_days(end->day, &year, &month, &day);
	buf_addf(b, "latest: %04d-%02d-%02d is a working day", year, month, day);
}

/* The wall-clock time of the anchor may be missing on the day (clocks set
 * forward), and then due_at needs an explanation. */
static void explain_gap(const struct civil_end *end, const struct zone *zone, struct buf *b,
	period_step_fn *step, void *arg)
{
	struct deadline deadline;
	struct civil real;

	end_of_days(end, zone, &deadline);
	zone_civil(zone, deadline.due_at, &real);
	if (civil_to_ms(&real) == civil_to_ms(&end->due))
		return;
	buf_addf(b, "due: there is no %02d:%02d on that day, the clocks are set forward: ",
		end->due.hour, end->due.minute);
	add_local(b, deadline.due_at, zone);
	tell(b, step, arg);
}

static void explain_days(const struct period *p, int64_t anchor_at, const struct zone *zone,
	const struct calendar *calendar, struct buf *b, period_step_fn *step, void *arg)
{
	bool working = p->unit == PERIOD_WORKING_DAYS;
	char text[PERIOD_SIZE];
	struct civil_end end;

	civil_end(p, anchor_at, zone, calendar, &end);
	period_format(p, text);
	buf_addf(b, "+ %s, %s, %s: ", text, working ? "working days only" : "calendar",
		zone_name(zone));
	add_day(b, end.day);
	if (end.clamped)
		buf_adds(b, ", clamped to the end of the month");
	tell(b, step, arg);
	explain_gap(&end, zone, b, step, arg);
	buf_addf(b, "nominal: that day ends at 24:00 (Reg. 1182/71 Art. 3(2)(%s))",
		p->unit == PERIOD_MONTHS ? "c" : "b");
	tell(b, step, arg);
	explain_latest(&end, calendar, b);
	tell(b, step, arg);
}

void period_explain(const struct period *p, int64_t anchor_at, const struct zone *zone,
	const struct calendar *calendar, period_step_fn *step, void *arg)
{
	struct buf b;

	buf_init(&b, 0);
	if (p->unit == PERIOD_NONE)
		step(arg, "due at that time");
	else if (p->unit == PERIOD_HOURS)
		explain_hours(p, anchor_at, zone, &b, step, arg);
	else
		explain_days(p, anchor_at, zone, calendar, &b, step, arg);
	buf_release(&b);
}

void period_explain_relief(const struct deadline *end, const struct zone *zone,
	const struct calendar *calendar, const char *reference, period_step_fn *step,
	void *arg)
{
	int32_t day = zone_day(zone, end->due_at);
	struct buf b;

	buf_init(&b, 0);
	buf_adds(&b, "latest, in place of that: ");
	add_days_off(day, calendar_working_day_from(calendar, day), calendar, &b);
	buf_addf(&b, " at noon (%s)", reference);
	tell(&b, step, arg);
	buf_release(&b);
}
