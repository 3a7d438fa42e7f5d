/*
 * Time as text (RFC 3339) and the proleptic Gregorian calendar under it.
 * Instants are signed milliseconds since 1970-01-01T00:00:00Z throughout the
 * program, in variables named *_at.
 */
#ifndef TOCSIN_BASE_RFC3339_H
#define TOCSIN_BASE_RFC3339_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* "No such instant": sorts before every real one. */
#define TIME_NONE INT64_MIN

enum { SECOND_MS = 1000, MINUTE_MS = 60 * SECOND_MS, HOUR_MS = 60 * MINUTE_MS,
	DAY_MS = 24 * HOUR_MS };

/* A date and time of day without a zone. */
struct civil {
	int year, month, day;		/* month and day from 1 */
	int hour, minute, second, ms;
};

/* Days since 1970-01-01 of a civil date, and back. */
int32_t civil_days(int year, int month, int day);
void civil_from_days(int32_t days, int *year, int *month, int *day);
int civil_month_length(int year, int month);
/* 0 Sunday .. 6 Saturday. */
int civil_weekday(int32_t days);
/* As if the civil time were UTC, and back. */
int64_t civil_to_ms(const struct civil *c);
void civil_from_ms(int64_t ms, struct civil *ret);

/* Strict RFC 3339 with "T" (or "t", or the one space that its section 5.6
 * allows), "Z" or "z" or a numeric offset; 1 to 9 digits of a second, cut to
 * milliseconds; years as written 1970 to 2100 (what the calculator promises); no
 * leap second but as :60 at 23:59 UTC, which becomes the next second. */
int rfc3339_parse(const char *s, size_t n, int64_t *ret_at, struct error *err);

enum { RFC3339_SIZE = 32 };
/* "2026-11-21T08:17:00Z"; milliseconds only if not zero. Returns its length. */
size_t rfc3339_format(int64_t at, char out[RFC3339_SIZE]);
/* The same instant with an offset in seconds: "2026-11-21T09:17:00+01:00". An
 * offset of 0 prints "+00:00": it is a local time that says so. */
void rfc3339_format_offset(int64_t at, int32_t offset_s, char out[RFC3339_SIZE + 8]);

#endif
