/*
 * The calculator's answer for people: a table that a lawyer can read, the derivation
 * of each date, the readings where they differ, where to file, and a timeline. The
 * client prints it, and POST /v1/deadlines gives it to whoever accepts text/plain.
 */
#ifndef TOCSIN_CORE_SHEET_H
#define TOCSIN_CORE_SHEET_H

#include "core/calculator.h"

/* "Wed 2026-12-23 15:42 +01:00". end_of_day: midnight is shown as 24:00 of the day
 * that ends, which is how the law says it (Regulation 1182/71, Art. 3(2)). */
enum { SHEET_TIME_SIZE = 64 };
void sheet_time(const struct zone *zone, int64_t at, bool end_of_day,
	char out[SHEET_TIME_SIZE]);

/* today: days since 1970, for the age of what is known of routes; DAY_NONE: leave
 * routes out. At most 80 columns. */
void sheet_write(const struct calculation *c, const struct rulebook *book, int32_t today,
	struct buf *out);

#endif
