/*
 * Time zones: see zone.h. A zone is one ascending table of transitions, and two
 * questions are asked of it: the offset in force at an instant, and the instant
 * at which the zone's clock first reads a civil time.
 *
 * The rule in the footer is written out into the table when the file is read,
 * for 400 years after the last transition: the Gregorian calendar repeats after
 * 400 years, weekdays included (146,097 days are 20,871 weeks), so that later
 * instants are moved back by whole cycles. There is then one way to look a time
 * up, a search that touches one small array, and no rule is worked out twice.
 *
 * Invariants: at[] strictly ascending, seconds within -2^59 .. year 9999 before
 * the written-out part; offset[i] holds before at[i], offset[n] after the last;
 * every offset is within 26 hours (RFC 9636 §3.2).
 */
#include "config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "core/tzrule.h"
#include "core/zone.h"

enum { FILE_MAX = 256 * 1024, HEADER_SIZE = 44, TYPE_SIZE = 6, TYPES_MAX = 256 };
enum { NAME_LEN_MAX = 64, HOUR_S = 3600, DAY_S = 24 * HOUR_S, OFFSET_MAX = 26 * HOUR_S };
enum { CYCLE_YEARS = 400, CYCLE_DAYS = 146097, FIRST_RULE_YEAR = 1601 };

#define CYCLE_S ((int64_t)CYCLE_DAYS * DAY_S)
#define EARLIEST_S (-((int64_t)1 << 59))	/* RFC 9636 §3.2: none before it */
#define LATEST_S 253402300799			/* 9999-12-31T23:59:59Z */

struct zone {
	char *name;
	size_t n;
	int64_t *at;		/* seconds UTC */
	int32_t *offset;	/* n + 1 of them */
	bool cyclic;
	int64_t cycle_end;	/* cyclic: the table answers for times before it */
};

/* From the last transition of the file on the footer rules (RFC 9636 §3.2). */
static void add_change(struct zone *zone, size_t in_file, const struct tzrule_change *c)
{
	if (in_file > 0 && c->at <= zone->at[in_file - 1]) {
		zone->offset[in_file] = c->offset;
	} else if (c->offset != zone->offset[zone->n] &&
			(zone->n == 0 || c->at > zone->at[zone->n - 1])) {
		zone->at[zone->n++] = c->at;
		zone->offset[zone->n] = c->offset;
	}
}

static void write_out_footer(struct zone *zone, const struct tzrule *footer)
{
	int first = FIRST_RULE_YEAR, year, month, day;
	size_t in_file = zone->n;
	struct tzrule_change now[2], next[2];

	if (!footer->has_dst) {
		zone->offset[zone->n] = footer->std;
		return;
	}
	if (in_file > 0 && zone->at[in_file - 1] / DAY_S > civil_days(first, 1, 1))
		civil_from_days((int32_t)(zone->at[in_file - 1] / DAY_S), &first,
			&month, &day);
	tzrule_changes(footer, first - 1, now);
	for (year = first - 1; year <= first + CYCLE_YEARS + 1; year++) {
		tzrule_changes(footer, year + 1, next);
		add_change(zone, in_file, &now[0]);
		/* Daylight saving time all the year ends when it begins again. */
		if (now[1].at < next[0].at)
			add_change(zone, in_file, &now[1]);
		memcpy(now, next, sizeof(now));
	}
	zone->cyclic = true;
	zone->cycle_end = (int64_t)civil_days(first + CYCLE_YEARS + 1, 1, 1) * DAY_S;
}

/* The TZif file. */

struct header {
	int version;			/* 1, 2, ... */
	uint32_t isutcnt, isstdcnt, leapcnt, timecnt, typecnt, charcnt;
};

static uint32_t be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t be_signed(const unsigned char *p, size_t size)
{
	if (size == 4)
		return (int32_t)be32(p);
	return (int64_t)((uint64_t)be32(p) << 32 | be32(p + 4));
}

static int header_read(const unsigned char *p, size_t len, struct header *ret,
	struct error *err)
{
	if (len < HEADER_SIZE)
		return error_set(err, ERROR_INVALID, "the TZif file is cut off in a header");
	if (memcmp(p, "TZif", 4) != 0)
		return error_set(err, ERROR_INVALID, "not a TZif file");
	if (p[4] != 0 && (p[4] < '2' || p[4] > '9'))
		return error_set(err, ERROR_INVALID, "unknown version of TZif");
	ret->version = p[4] == 0 ? 1 : p[4] - '0';
	ret->isutcnt = be32(p + 20);
	ret->isstdcnt = be32(p + 24);
	ret->leapcnt = be32(p + 28);
	ret->timecnt = be32(p + 32);
	ret->typecnt = be32(p + 36);
	ret->charcnt = be32(p + 40);
	return 0;
}

/* Fewer than 2^37 bytes whatever the counts are, so the sum cannot wrap. */
static uint64_t block_size(const struct header *h, size_t time_size)
{
	return (uint64_t)h->timecnt * (time_size + 1) + (uint64_t)h->typecnt * TYPE_SIZE +
		h->charcnt + (uint64_t)h->leapcnt * (time_size + 4) + h->isstdcnt + h->isutcnt;
}

static int header_check(const struct header *h, struct error *err)
{
	if (h->typecnt < 1 || h->typecnt > TYPES_MAX || h->charcnt < 1)
		return error_set(err, ERROR_INVALID, "the TZif file has impossible counts");
	if ((h->isutcnt != 0 && h->isutcnt != h->typecnt) ||
			(h->isstdcnt != 0 && h->isstdcnt != h->typecnt))
		return error_set(err, ERROR_INVALID, "the TZif file has impossible counts");
	/* The "right/" files count leap seconds; POSIX time, and ours, does not. */
	if (h->leapcnt != 0)
		return error_set(err, ERROR_INVALID,
			"a time zone with leap seconds (\"right/\") is not POSIX time");
	return 0;
}

static int types_read(const unsigned char *p, const struct header *h, int32_t *ret,
	struct error *err)
{
	uint32_t i;

	for (i = 0; i < h->typecnt; i++, p += TYPE_SIZE) {
		ret[i] = (int32_t)be32(p);
		if (ret[i] < -OFFSET_MAX || ret[i] > OFFSET_MAX)
			return error_set(err, ERROR_INVALID,
				"the TZif file has an offset of more than 26 hours");
		if (p[4] > 1 || p[5] >= h->charcnt)
			return error_set(err, ERROR_INVALID,
				"the TZif file has a bad time type");
	}
	return 0;
}

/* The data block at p, all of whose block_size() bytes are there. */
static int block_read(struct zone *zone, const unsigned char *p, const struct header *h,
	size_t time_size, struct error *err)
{
	const unsigned char *index = p + h->timecnt * time_size;
	int32_t types[TYPES_MAX];
	uint32_t i;

	if (types_read(index + h->timecnt, h, types, err) < 0)
		return -1;
	/* RFC 9636 §3.2: before the first transition, type 0. */
	zone->offset[0] = types[0];
	for (i = 0; i < h->timecnt; i++) {
		int64_t at = be_signed(p + i * time_size, time_size);

		if (at < EARLIEST_S || at > LATEST_S || (i > 0 && at <= zone->at[i - 1]))
			return error_set(err, ERROR_INVALID,
				"the transitions of the TZif file are not in order");
		if (index[i] >= h->typecnt)
			return error_set(err, ERROR_INVALID,
				"the TZif file has a bad time type");
		zone->at[i] = at;
		zone->offset[i + 1] = types[index[i]];
	}
	zone->n = h->timecnt;
	return 0;
}

static int footer_read(struct zone *zone, const unsigned char *p, size_t len,
	struct error *err)
{
	char text[256];
	struct tzrule footer;

	if (len < 2 || p[0] != '\n' || p[len - 1] != '\n' || len - 2 >= sizeof(text))
		return error_set(err, ERROR_INVALID,
			"the TZif file has no footer or half of one");
	memcpy(text, p + 1, len - 2);
	text[len - 2] = '\0';
	if (len == 2)
		return 0;
	if (strlen(text) != len - 2 || tzrule_parse(text, &footer) < 0)
		return error_set(err, ERROR_INVALID,
			"the rule in the footer of the TZif file is not understood");
	write_out_footer(zone, &footer);
	return 0;
}

static struct zone *zone_new(const char *name, size_t transitions)
{
	struct zone *zone = xcalloc(1, sizeof(*zone));
	size_t room = transitions + 2 * (CYCLE_YEARS + 4);

	zone->name = xstrdup(name);
	zone->at = xcalloc(room, sizeof(*zone->at));
	zone->offset = xcalloc(room + 1, sizeof(*zone->offset));
	return zone;
}

static struct zone *tzif_read(const char *name, const unsigned char *p, size_t len,
	struct error *err)
{
	size_t time_size = 4, size;
	struct header h;
	struct zone *zone;

	if (header_read(p, len, &h, err) < 0)
		return NULL;
	if (h.version > 1) {
		/* The first block repeats the second as far as 32 bits go. */
		if (block_size(&h, 4) > len - HEADER_SIZE) {
			error_set(err, ERROR_INVALID, "the TZif file is cut off");
			return NULL;
		}
		size = HEADER_SIZE + (size_t)block_size(&h, 4);
		p += size;
		len -= size;
		time_size = 8;
		if (header_read(p, len, &h, err) < 0)
			return NULL;
	}
	if (header_check(&h, err) < 0)
		return NULL;
	if (block_size(&h, time_size) > len - HEADER_SIZE) {
		error_set(err, ERROR_INVALID, "the TZif file is cut off");
		return NULL;
	}
	size = HEADER_SIZE + (size_t)block_size(&h, time_size);
	zone = zone_new(name, h.timecnt);
	if (block_read(zone, p + HEADER_SIZE, &h, time_size, err) < 0 ||
			(time_size == 8 && footer_read(zone, p + size, len - size, err) < 0)) {
		zone_free(zone);
		return NULL;
	}
	return zone;
}

struct zone *zone_parse(const char *name, const void *tzif, size_t len, struct error *err)
{
	struct zone *zone = NULL;

	if (len > FILE_MAX)
		error_set(err, ERROR_TOO_LARGE, "the TZif file is larger than 256 KiB");
	else
		zone = tzif_read(name, tzif, len, err);
	if (zone == NULL)
		error_prefix(err, "time zone %s", name);
	return zone;
}

struct zone *zone_utc(void)
{
	return zone_new("UTC", 0);
}

void zone_free(struct zone *zone)
{
	if (zone == NULL)
		return;
	free(zone->name);
	free(zone->at);
	free(zone->offset);
	free(zone);
}

const char *zone_name(const struct zone *zone)
{
	return zone->name;
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* How far s lies beyond the table, in whole cycles. */
static int64_t cycles_past(const struct zone *zone, int64_t s)
{
	if (!zone->cyclic || s < zone->cycle_end)
		return 0;
	return ((s - zone->cycle_end) / CYCLE_S + 1) * CYCLE_S;
}

/* The number of transitions at or before s. Without a branch on the data: the
 * comparisons of a binary search are as good as random to a processor. */
static size_t transitions_until(const struct zone *zone, int64_t s)
{
	const int64_t *base = zone->at;
	size_t n = zone->n;

	if (n == 0 || s < base[0])
		return 0;
	while (n > 1) {
		size_t half = n / 2;

		base = base[half] <= s ? base + half : base;
		n -= half;
	}
	return (size_t)(base - zone->at) + 1;
}

/*
 * The first second at which the zone's clock reads the local second s or later:
 * the one definition gives the earlier of two readings and, in a gap, the
 * transition. A stretch ends, on its own clock, at at[i] + offset[i].
 */
static int64_t first_reading(const struct zone *zone, int64_t s, bool *ret_gap)
{
	int64_t shift = cycles_past(zone, s), at;
	size_t i;

	s -= shift;
	/* Whatever ended before this ended, on any clock, before s. */
	i = transitions_until(zone, s - OFFSET_MAX);
	while (i < zone->n && zone->at[i] + zone->offset[i] <= s)
		i++;
	at = s - zone->offset[i];
	*ret_gap = i > 0 && at < zone->at[i - 1];
	return (*ret_gap ? zone->at[i - 1] : at) + shift;
}

int32_t zone_offset(const struct zone *zone, int64_t at)
{
	int64_t s = floor_div(at, SECOND_MS);

	return zone->offset[transitions_until(zone, s - cycles_past(zone, s))];
}

void zone_civil(const struct zone *zone, int64_t at, struct civil *ret)
{
	civil_from_ms(at + (int64_t)zone_offset(zone, at) * SECOND_MS, ret);
}

int32_t zone_day(const struct zone *zone, int64_t at)
{
	return (int32_t)floor_div(at + (int64_t)zone_offset(zone, at) * SECOND_MS, DAY_MS);
}

int64_t zone_instant(const struct zone *zone, const struct civil *local)
{
	int64_t ms = civil_to_ms(local), s = floor_div(ms, SECOND_MS), at;
	bool gap;

	at = first_reading(zone, s, &gap) * SECOND_MS;
	return gap ? at : at + (ms - s * SECOND_MS);
}

int64_t zone_day_start(const struct zone *zone, int32_t day)
{
	bool gap;

	return first_reading(zone, (int64_t)day * DAY_S, &gap) * SECOND_MS;
}

int zone_name_check(const char *name, struct error *err)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789_+-";
	const char *p = name;
	size_t part;

	/* Parts of at least one plain character, so never ".", ".." or "//". */
	while ((part = strspn(p, plain)) > 0 && p[part] == '/')
		p += part + 1;
	if (part == 0 || p[part] != '\0' || strlen(name) > NAME_LEN_MAX)
		return error_set(err, ERROR_INVALID,
			"not the name of a time zone, such as \"Europe/Berlin\"");
	return 0;
}
