/*
 * Working days: Saturdays, Sundays and the public holidays of a member state
 * are none (Regulation (EEC, Euratom) 1182/71, Art. 2(2)). Holidays are rules,
 * not dates, because deadlines reach into years for which nobody has a list.
 */
#ifndef TOCSIN_CORE_CALENDAR_H
#define TOCSIN_CORE_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum holiday_kind {
	HOLIDAY_FIXED,		/* "12-25": the same date each year */
	HOLIDAY_EASTER,		/* "easter+1": days from Western Easter Sunday */
	HOLIDAY_ORTHODOX,	/* "orthodox+1": days from Orthodox Easter Sunday */
	HOLIDAY_WEEKDAY,	/* "06-20..06-26 sat": the weekday within the dates */
	HOLIDAY_DATE,		/* "2027-01-04": one day only */
};

struct holiday {
	enum holiday_kind kind;
	char name[96];		/* local name, UTF-8 */
	int16_t year;		/* HOLIDAY_DATE */
	int8_t month, day;	/* FIXED, WEEKDAY (first date), DATE */
	int8_t month_to, day_to;	/* WEEKDAY: last date */
	int8_t weekday;		/* WEEKDAY: 0 Sunday */
	int16_t offset;		/* EASTER, ORTHODOX: days */
	int16_t from_year, to_year;	/* 0: no bound */
};

struct calendar {
	struct holiday *holidays;
	size_t n;
};

/* Reads one rule; *ret keeps the name and the year bounds it had. */
int holiday_parse(const char *rule, struct holiday *ret, struct error *err);

/* "2026-11-21" to days since 1970-01-01, years 1970 to 2200, and back. */
int day_parse(const char *text, int32_t *ret, struct error *err);
enum { DAY_SIZE = 16 };
void day_format(int32_t day, char out[DAY_SIZE]);

/* Easter Sunday as days since 1970-01-01 (Gregorian). */
int32_t calendar_easter(int year);
int32_t calendar_orthodox_easter(int year);

/* The holiday on that day, or NULL. calendar NULL: no holidays are known. */
const struct holiday *calendar_holiday(const struct calendar *calendar, int32_t day);
bool calendar_is_working_day(const struct calendar *calendar, int32_t day);
/* The day itself or the first working day after it; at most 30 days on. */
int32_t calendar_working_day_from(const struct calendar *calendar, int32_t day);

#endif
