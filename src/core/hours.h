/*
 * Hours of the week in a time zone: "22:00 to 07:00 on these days", and whole days.
 * When a channel is to be quiet, and when a rota is staffed, is said so. The hours are
 * civil: 07:00 stays 07:00 when the clocks change.
 */
#ifndef TOCSIN_CORE_HOURS_H
#define TOCSIN_CORE_HOURS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "core/zone.h"

enum { HOURS_DAY_MIN = 24 * 60, HOURS_ALL_DAYS = 0x7f };

struct hours {
	const struct zone *zone;
	/* Minutes of the day. until before from, or the same, is on the next day. */
	int from_min, until_min;
	unsigned int days;		/* bit 0 Sunday: on which it begins; 0: never */
	unsigned int whole_days;	/* from 00:00 to 24:00 */
};

/* "07:00", "24:00" to minutes. */
int hours_parse_time(const char *text, int *ret_min, struct error *err);
/* "mon" .. "sun" to 0 Sunday .. 6 Saturday; -1: none of them. */
int hours_parse_day(const char *text);

bool hours_contain(const struct hours *hours, int64_t at);
/* The first instant after at where a stretch begins or ends; TIME_NONE: never. */
int64_t hours_next_change(const struct hours *hours, int64_t at);
/* Do they take the whole week? */
bool hours_are_always(const struct hours *hours);

#endif
