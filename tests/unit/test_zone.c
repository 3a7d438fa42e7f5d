/*
 * Time zones, with the zones of the machine. The C library is asked too, in this
 * test only: core itself never does.
 */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "core/zone.h"

enum { FILE_SIZE = 64 * 1024 };

static const char *const eu_zones[] = {
	"Europe/Vienna", "Europe/Brussels", "Europe/Sofia", "Europe/Zagreb", "Asia/Nicosia",
	"Europe/Prague", "Europe/Copenhagen", "Europe/Tallinn", "Europe/Helsinki",
	"Europe/Mariehamn", "Europe/Paris", "Europe/Berlin", "Europe/Busingen", "Europe/Athens",
	"Europe/Budapest", "Europe/Dublin", "Europe/Rome", "Europe/Riga", "Europe/Vilnius",
	"Europe/Luxembourg", "Europe/Malta", "Europe/Amsterdam", "Europe/Warsaw",
	"Europe/Lisbon", "Atlantic/Madeira", "Atlantic/Azores", "Europe/Bucharest",
	"Europe/Bratislava", "Europe/Ljubljana", "Europe/Madrid", "Africa/Ceuta",
	"Atlantic/Canary", "Europe/Stockholm", "Europe/Oslo", "Atlantic/Reykjavik",
	"Europe/Vaduz", "America/Cayenne", "America/Guadeloupe", "America/Martinique",
	"America/Marigot", "Indian/Reunion", "Indian/Mayotte",
};

static const char *const other_zones[] = {
	"UTC", "Africa/Casablanca", "Africa/Cairo", "America/New_York", "America/Santiago",
	"America/Nuuk", "America/Argentina/San_Luis", "America/St_Johns", "America/Havana",
	"America/Asuncion", "Antarctica/Troll", "Asia/Jerusalem", "Asia/Gaza", "Asia/Kolkata",
	"Asia/Tehran", "Asia/Beirut", "Australia/Lord_Howe", "Australia/Sydney",
	"Pacific/Apia", "Pacific/Auckland", "Pacific/Chatham", "Pacific/Kiritimati",
	"Pacific/Easter", "Europe/London",
};

static size_t read_zone_file(const char *name, unsigned char data[FILE_SIZE])
{
	char path[256];
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s", TOCSIN_ZONEINFO, name);
	file = fopen(path, "rb");
	if (file == NULL)
		fail_msg("cannot read %s: the time zone database (package tzdata) is needed",
			path);
	n = fread(data, 1, FILE_SIZE, file);
	fclose(file);
	return n;
}

static struct zone *zone_of(const char *name)
{
	static unsigned char data[FILE_SIZE];
	size_t n = read_zone_file(name, data);
	struct zone *zone;
	struct error err;

	zone = zone_parse(name, data, n, &err);
	if (zone == NULL)
		fail_msg("%s is not read: %s", name, err.text);
	return zone;
}

static int64_t utc(const char *text)
{
	struct error err;
	int64_t at = 0;

	if (rfc3339_parse(text, strlen(text), &at, &err) < 0)
		fail_msg("%s: %s", text, err.text);
	return at;
}

/* "2026-11-21T09:17:00" */
static struct civil civil_of(const char *text)
{
	struct civil c;
	char z[40];

	snprintf(z, sizeof(z), "%sZ", text);
	civil_from_ms(utc(z), &c);
	return c;
}

static void assert_at(const char *what, int64_t at, const char *expected)
{
	char text[RFC3339_SIZE];

	rfc3339_format(at, text);
	if (strcmp(text, expected) != 0)
		fail_msg("%s: %s, expected %s", what, text, expected);
}

/* ---- Known instants */

static void an_instant_has_the_offset_in_force(void **state)
{
	static const struct {
		const char *zone, *at;
		int32_t offset;
	} rows[] = {
		{ "Europe/Berlin", "2026-11-21T08:17:00Z", 3600 },
		{ "Europe/Berlin", "2027-03-28T00:59:59.999Z", 3600 },
		{ "Europe/Berlin", "2027-03-28T01:00:00Z", 7200 },
		{ "Europe/Berlin", "2026-10-25T00:59:59Z", 7200 },
		{ "Europe/Berlin", "2026-10-25T01:00:00Z", 3600 },
		{ "Europe/Berlin", "2075-07-01T00:00:00Z", 7200 },
		{ "Europe/Berlin", "2100-12-31T00:00:00Z", 3600 },
		/* Irish winter time is the "daylight" one, of minus an hour. */
		{ "Europe/Dublin", "2026-07-01T00:00:00Z", 3600 },
		{ "Europe/Dublin", "2026-12-01T00:00:00Z", 0 },
		{ "Europe/Dublin", "2060-07-01T00:00:00Z", 3600 },
		{ "Europe/Dublin", "2060-12-01T00:00:00Z", 0 },
		{ "America/Cayenne", "2026-07-01T00:00:00Z", -3 * 3600 },
		{ "America/Cayenne", "2090-01-01T00:00:00Z", -3 * 3600 },
		{ "Indian/Reunion", "2026-07-01T00:00:00Z", 4 * 3600 },
		{ "Atlantic/Azores", "2026-07-01T00:00:00Z", 0 },
		{ "Atlantic/Azores", "2026-12-01T00:00:00Z", -3600 },
		{ "Atlantic/Canary", "2026-07-01T00:00:00Z", 3600 },
		/* Morocco goes back to UTC for Ramadan; tzdata lists the years. */
		{ "Africa/Casablanca", "2026-03-01T00:00:00Z", 0 },
		{ "Africa/Casablanca", "2026-07-01T00:00:00Z", 3600 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct zone *zone = zone_of(rows[i].zone);
		int32_t offset = zone_offset(zone, utc(rows[i].at));

		if (offset != rows[i].offset)
			fail_msg("%s %s: %" PRId32 " s, expected %" PRId32, rows[i].zone,
				rows[i].at, offset, rows[i].offset);
		zone_free(zone);
	}
}

static void a_civil_time_is_an_instant(void **state)
{
	static const struct {
		const char *zone, *local, *utc;
	} rows[] = {
		{ "Europe/Berlin", "2026-11-21T09:17:00", "2026-11-21T08:17:00Z" },
		{ "Europe/Berlin", "2026-11-21T09:17:00.250", "2026-11-21T08:17:00.250Z" },
		/* 02:00 to 03:00 does not exist: the transition. */
		{ "Europe/Berlin", "2027-03-28T01:59:59.999", "2027-03-28T00:59:59.999Z" },
		{ "Europe/Berlin", "2027-03-28T02:00:00", "2027-03-28T01:00:00Z" },
		{ "Europe/Berlin", "2027-03-28T02:30:00.500", "2027-03-28T01:00:00Z" },
		{ "Europe/Berlin", "2027-03-28T03:00:00", "2027-03-28T01:00:00Z" },
		{ "Europe/Berlin", "2027-03-28T03:00:00.001", "2027-03-28T01:00:00.001Z" },
		/* 02:00 to 03:00 happens twice: the first. */
		{ "Europe/Berlin", "2026-10-25T02:00:00", "2026-10-25T00:00:00Z" },
		{ "Europe/Berlin", "2026-10-25T02:59:59.999", "2026-10-25T00:59:59.999Z" },
		{ "Europe/Berlin", "2026-10-25T03:00:00", "2026-10-25T02:00:00Z" },
		/* The same where only the footer knows. */
		{ "Europe/Berlin", "2090-03-26T02:30:00", "2090-03-26T01:00:00Z" },
		{ "Europe/Berlin", "2090-10-29T02:30:00", "2090-10-29T00:30:00Z" },
		{ "Atlantic/Azores", "2027-03-28T00:30:00", "2027-03-28T01:00:00Z" },
		{ "Atlantic/Azores", "2026-10-25T00:30:00", "2026-10-25T00:30:00Z" },
		{ "Atlantic/Azores", "2026-10-25T01:00:00", "2026-10-25T02:00:00Z" },
		{ "Europe/Dublin", "2027-03-28T01:30:00", "2027-03-28T01:00:00Z" },
		{ "Europe/Dublin", "2026-10-25T01:30:00", "2026-10-25T00:30:00Z" },
		{ "Atlantic/Canary", "2027-03-28T01:30:00", "2027-03-28T01:00:00Z" },
		{ "America/Cayenne", "2026-11-21T09:17:00", "2026-11-21T12:17:00Z" },
		{ "Indian/Reunion", "2026-11-21T02:17:00", "2026-11-20T22:17:00Z" },
		{ "Africa/Casablanca", "2026-02-15T02:30:00", "2026-02-15T01:30:00Z" },
		{ "Africa/Casablanca", "2026-03-22T02:30:00", "2026-03-22T02:00:00Z" },
		/* Samoa left out the whole of 30 December 2011. */
		{ "Pacific/Apia", "2011-12-30T12:00:00", "2011-12-30T10:00:00Z" },
		{ "Australia/Lord_Howe", "2026-10-04T02:10:00", "2026-10-03T15:30:00Z" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct zone *zone = zone_of(rows[i].zone);
		struct civil local = civil_of(rows[i].local);
		char what[80];

		snprintf(what, sizeof(what), "%s %s", rows[i].zone, rows[i].local);
		assert_at(what, zone_instant(zone, &local), rows[i].utc);
		zone_free(zone);
	}
}

static void a_day_starts_where_the_zone_says(void **state)
{
	static const struct {
		const char *zone, *day, *utc;
	} rows[] = {
		{ "Europe/Berlin", "2026-12-24", "2026-12-23T23:00:00Z" },
		{ "Europe/Berlin", "2027-03-29", "2027-03-28T22:00:00Z" },
		/* No midnight: 23:59 is followed by 01:00. */
		{ "Atlantic/Azores", "2027-03-28", "2027-03-28T01:00:00Z" },
		/* Two midnights: the first. */
		{ "Atlantic/Azores", "2026-10-25", "2026-10-25T00:00:00Z" },
		{ "Asia/Beirut", "2026-03-29", "2026-03-28T22:00:00Z" },
		{ "Asia/Beirut", "2026-10-25", "2026-10-24T22:00:00Z" },
		{ "America/Cayenne", "2026-11-21", "2026-11-21T03:00:00Z" },
		{ "Indian/Reunion", "2026-11-21", "2026-11-20T20:00:00Z" },
		{ "Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z" },
		{ "Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct zone *zone = zone_of(rows[i].zone);
		char midnight[32], what[80];
		struct civil c;

		snprintf(midnight, sizeof(midnight), "%sT00:00:00", rows[i].day);
		snprintf(what, sizeof(what), "%s %s", rows[i].zone, rows[i].day);
		c = civil_of(midnight);
		assert_at(what, zone_day_start(zone, civil_days(c.year, c.month, c.day)),
			rows[i].utc);
		zone_free(zone);
	}
}

/* One instant is 1 November in Brussels and 31 October in Lisbon. */
static void the_civil_day_is_that_of_the_zone(void **state)
{
	struct zone *lisbon = zone_of("Europe/Lisbon"), *brussels = zone_of("Europe/Brussels");
	int64_t at = utc("2026-10-31T23:30:00Z");
	struct civil c;

	(void)state;
	assert_int_equal(zone_day(brussels, at), civil_days(2026, 11, 1));
	assert_int_equal(zone_day(lisbon, at), civil_days(2026, 10, 31));
	zone_civil(brussels, at, &c);
	assert_int_equal(c.day, 1);
	assert_int_equal(c.hour, 0);
	assert_int_equal(c.minute, 30);
	assert_int_equal(zone_day(brussels, utc("1970-01-01T00:00:00Z") - 2 * HOUR_MS), -1);
	zone_free(lisbon);
	zone_free(brussels);
}

static void utc_needs_no_file(void **state)
{
	struct zone *zone = zone_utc();
	struct civil c = civil_of("2026-11-21T09:17:00");

	(void)state;
	assert_string_equal(zone_name(zone), "UTC");
	assert_int_equal(zone_offset(zone, INT64_C(1795252620000)), 0);
	assert_at("UTC", zone_instant(zone, &c), "2026-11-21T09:17:00Z");
	zone_free(zone);
	zone_free(NULL);
}

/* ---- Against the C library, and against the definition itself */

static int32_t libc_offset(int64_t at)
{
	time_t t = (time_t)(at / SECOND_MS);
	struct tm tm;

	if (localtime_r(&t, &tm) == NULL)
		fail_msg("localtime_r failed");
	return (int32_t)tm.tm_gmtoff;
}

static void compare_at(const struct zone *zone, int64_t at)
{
	int32_t mine = zone_offset(zone, at), theirs = libc_offset(at);
	struct civil c;
	int64_t back;

	if (mine != theirs)
		fail_msg("%s at %" PRId64 ": %" PRId32 " s, libc says %" PRId32, zone_name(zone),
			at, mine, theirs);
	/* There and back: the same instant or, in a fold, an earlier one that
	 * reads the same. */
	zone_civil(zone, at, &c);
	back = zone_instant(zone, &c);
	if (back > at || back + (int64_t)zone_offset(zone, back) * SECOND_MS != civil_to_ms(&c))
		fail_msg("%s: %" PRId64 " came back as %" PRId64, zone_name(zone), at, back);
}

static void use_libc_zone(const char *name)
{
	char tz[80];

	snprintf(tz, sizeof(tz), ":%s/%s", TOCSIN_ZONEINFO, name);
	setenv("TZ", tz, 1);
	tzset();
}

static void eu_zones_agree_with_libc_to_2100(void **state)
{
	const int64_t end = utc("2100-12-31T23:59:59Z"), step = 5 * DAY_MS + 7 * HOUR_MS;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(eu_zones); i++) {
		struct zone *zone = zone_of(eu_zones[i]);
		int64_t at;

		use_libc_zone(eu_zones[i]);
		for (at = -HOUR_MS; at < end; at += step)
			compare_at(zone, at);
		zone_free(zone);
	}
}

/* xorshift64: the same numbers on every run. */
static uint64_t next_number(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* 1880 to 2750: before the first transition, and past 400 years of footer. */
static void all_zones_agree_with_libc_at_random_instants(void **state)
{
	const int64_t from = INT64_C(-2840140800), seconds = INT64_C(27450000000);
	uint64_t seed = 0x2555;
	size_t i;
	int k;

	(void)state;
	for (i = 0; i < ARRAY_LEN(eu_zones) + ARRAY_LEN(other_zones); i++) {
		const char *name = i < ARRAY_LEN(eu_zones) ? eu_zones[i] :
			other_zones[i - ARRAY_LEN(eu_zones)];
		struct zone *zone = zone_of(name);

		use_libc_zone(name);
		for (k = 0; k < 3000; k++)
			compare_at(zone, (from + (int64_t)(next_number(&seed) %
				(uint64_t)seconds)) * SECOND_MS);
		zone_free(zone);
	}
}

/* The first instant at which the clock reads the time or later, by looking at
 * every minute of two days around a change of clocks. */
static void an_instant_is_the_first_that_reads_so(void **state)
{
	static const struct {
		const char *zone, *change;
	} rows[] = {
		{ "Europe/Berlin", "2027-03-28T01:00:00Z" },
		{ "Europe/Berlin", "2026-10-25T01:00:00Z" },
		{ "Europe/Dublin", "2054-10-25T01:00:00Z" },
		{ "Atlantic/Azores", "2027-03-28T01:00:00Z" },
		{ "Atlantic/Azores", "2026-10-25T01:00:00Z" },
		{ "Africa/Casablanca", "2026-02-15T02:00:00Z" },
		{ "Australia/Lord_Howe", "2026-04-04T15:00:00Z" },
		{ "America/Havana", "2024-11-03T05:00:00Z" },
		{ "Pacific/Apia", "2011-12-30T10:00:00Z" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct zone *zone = zone_of(rows[i].zone);
		int64_t change = utc(rows[i].change), from = change - 2 * DAY_MS, local, at;

		/* The shift itself makes the test worth something. */
		assert_int_not_equal(zone_offset(zone, change - 1), zone_offset(zone, change));
		local = from + DAY_MS + (int64_t)zone_offset(zone, from) * SECOND_MS;
		for (at = from; local < change + 2 * DAY_MS; local += 10 * MINUTE_MS) {
			struct civil c;

			while (at + (int64_t)zone_offset(zone, at) * SECOND_MS < local)
				at += MINUTE_MS;
			civil_from_ms(local, &c);
			if (zone_instant(zone, &c) != at)
				fail_msg("%s %02d-%02d %02d:%02d: %" PRId64
					", by minutes %" PRId64, rows[i].zone, c.month,
					c.day, c.hour, c.minute, zone_instant(zone, &c), at);
		}
		zone_free(zone);
	}
}

static void a_name_cannot_leave_its_directory(void **state)
{
	static const char *const good[] = { "UTC", "Europe/Berlin", "America/Argentina/San_Luis",
		"Etc/GMT+3", "America/Port-au-Prince" };
	static const char *const bad[] = { "", "/", "/etc/passwd", "Europe/", "Europe//Berlin",
		"..", "../etc/passwd", "Europe/../Berlin", "Europe/Ber lin", "Europe/Berlin\n",
		"Europe.Berlin", "Europe\\Berlin", ":Europe/Berlin", "Europe/K\xc3\xb6ln",
		"Europe/0123456789012345678901234567890123456789012345678901234567" };
	struct error err;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(good); i++)
		if (zone_name_check(good[i], &err) < 0)
			fail_msg("refused: \"%s\"", good[i]);
	for (i = 0; i < ARRAY_LEN(bad); i++)
		if (zone_name_check(bad[i], &err) == 0)
			fail_msg("accepted: \"%s\"", bad[i]);
	assert_string_equal(err.text, "not the name of a time zone, such as \"Europe/Berlin\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_instant_has_the_offset_in_force),
		cmocka_unit_test(a_civil_time_is_an_instant),
		cmocka_unit_test(a_day_starts_where_the_zone_says),
		cmocka_unit_test(the_civil_day_is_that_of_the_zone),
		cmocka_unit_test(utc_needs_no_file),
		cmocka_unit_test(eu_zones_agree_with_libc_to_2100),
		cmocka_unit_test(all_zones_agree_with_libc_at_random_instants),
		cmocka_unit_test(an_instant_is_the_first_that_reads_so),
		cmocka_unit_test(a_name_cannot_leave_its_directory),
	};

	return cmocka_run_group_tests_name("zone", tests, NULL, NULL);
}
