/*
 * Hostile TZif files. The first eight bytes seed the questions, the rest is the
 * file. A zone that was read answers every question, and the answers agree: the
 * civil time is the instant plus the offset, and the instant of a civil time is the
 * first at which the zone's clock reads that time or a later one.
 */
#include "config.h"

#include "base/rfc3339.h"
#include "core/zone.h"
#include "fuzz.h"

enum { QUESTIONS = 40, SEED_SIZE = 8, OFFSET_MAX = 26 * 3600 };
enum { FIRST_YEAR = 1800, YEARS = 700 };

static int64_t read_at(const struct zone *zone, int64_t at)
{
	struct civil c;

	zone_civil(zone, at, &c);
	return civil_to_ms(&c);
}

static void check_first(const struct zone *zone, int64_t wanted, int64_t at)
{
	MUST(read_at(zone, at) >= wanted);
	MUST(read_at(zone, at - 1) < wanted);
}

static void ask(const struct zone *zone, uint64_t *seed)
{
	int32_t day = civil_days(FIRST_YEAR + (int)(fuzz_dice(seed) % YEARS), 1, 1) +
		(int32_t)(fuzz_dice(seed) % 366);
	int64_t at = day * (int64_t)DAY_MS + fuzz_dice(seed) % DAY_MS, back;
	int32_t offset = zone_offset(zone, at);
	struct civil c;

	MUST(offset >= -OFFSET_MAX && offset <= OFFSET_MAX);
	zone_civil(zone, at, &c);
	MUST(civil_to_ms(&c) == at + offset * (int64_t)SECOND_MS);
	MUST(zone_day(zone, at) == civil_days(c.year, c.month, c.day));
	back = zone_instant(zone, &c);
	MUST(back <= at);
	check_first(zone, civil_to_ms(&c), back);
	civil_from_ms(at, &c);		/* any civil time, perhaps in a gap */
	check_first(zone, at, zone_instant(zone, &c));
	check_first(zone, day * (int64_t)DAY_MS, zone_day_start(zone, day));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = { .code = ERROR_NONE };
	struct zone *zone;
	uint64_t seed;
	int i;

	if (size < SEED_SIZE)
		return 0;
	memcpy(&seed, data, SEED_SIZE);
	zone = zone_parse("Area/Place", data + SEED_SIZE, size - SEED_SIZE, &err);
	MUST((zone == NULL) == (err.text[0] != '\0'));
	if (zone == NULL)
		return 0;
	for (i = 0; i < QUESTIONS; i++)
		ask(zone, &seed);
	/* Far from any year that is asked for: some answer, and no overflow. */
	zone_offset(zone, INT64_MAX);
	zone_offset(zone, INT64_MIN + 1);
	zone_free(zone);
	return 0;
}
