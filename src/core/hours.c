/*
 * Hours of the week: see hours.h. Each stretch belongs to the civil day on which it
 * begins; what holds at an instant is asked of the days around it, so that nothing has
 * to be known of the next change of the clocks.
 */
#include "config.h"

#include <string.h>

#include "base/rfc3339.h"
#include "base/text.h"
#include "core/hours.h"

/* A stretch is at most a day long and may begin on the day before. A zone may skip a
 * whole day (Pacific/Apia, 30 December 2011). */
enum { DAYS_BACK = 2, DAYS_AHEAD = 9, WEEK_MIN = 7 * HOURS_DAY_MIN };

struct stretch {
	int64_t from_at, until_at;
};

int hours_parse_time(const char *text, int *ret_min, struct error *err)
{
	int min;

	if (strlen(text) != 5 || strspn(text, "0123456789") != 2 || text[2] != ':' ||
			strspn(text + 3, "0123456789") != 2)
		return error_set(err, ERROR_INVALID, "not a time of day like \"07:30\"");
	min = (text[0] - '0') * 600 + (text[1] - '0') * 60 + (text[3] - '0') * 10 + text[4] - '0';
	if (text[3] > '5' || min > HOURS_DAY_MIN)
		return error_set(err, ERROR_INVALID, "a day has 00:00 to 24:00");
	*ret_min = min;
	return 0;
}

int hours_parse_day(const char *text)
{
	static const char *const names[] = { "sun", "mon", "tue", "wed", "thu", "fri", "sat" };
	int i;

	for (i = 0; i < 7; i++)
		if (strcmp(names[i], text) == 0)
			return i;
	return -1;
}

/* Minute of a civil day, 24:00 being that of the next. */
static int64_t instant(const struct zone *zone, int32_t day, int min)
{
	struct civil c = { 0 };

	civil_from_days(day + min / HOURS_DAY_MIN, &c.year, &c.month, &c.day);
	c.hour = min % HOURS_DAY_MIN / 60;
	c.minute = min % 60;
	return zone_instant(zone, &c);
}

/* The stretches that begin on a civil day: none, one or two. */
static int stretches_of(const struct hours *h, int32_t day, struct stretch ret[2])
{
	unsigned int bit = 1u << civil_weekday(day);
	int until = h->until_min > h->from_min ? h->until_min : h->until_min + HOURS_DAY_MIN;
	int n = 0;

	if ((h->days & bit) != 0)
		ret[n++] = (struct stretch){ instant(h->zone, day, h->from_min),
			instant(h->zone, day, until) };
	if ((h->whole_days & bit) != 0)
		ret[n++] = (struct stretch){ instant(h->zone, day, 0),
			instant(h->zone, day, HOURS_DAY_MIN) };
	return n;
}

bool hours_contain(const struct hours *h, int64_t at)
{
	int32_t today = zone_day(h->zone, at), day;
	struct stretch s[2];
	int n;

	for (day = today - DAYS_BACK; day <= today + 1; day++)
		for (n = stretches_of(h, day, s); n > 0; n--)
			if (s[n - 1].from_at <= at && at < s[n - 1].until_at)
				return true;
	return false;
}

int64_t hours_next_change(const struct hours *h, int64_t at)
{
	int32_t today = zone_day(h->zone, at), day;
	int64_t next = TIME_NONE;
	struct stretch s[2];
	int n, i;

	for (day = today - DAYS_BACK; day <= today + DAYS_AHEAD; day++)
		for (n = stretches_of(h, day, s); n > 0; n--) {
			const int64_t edges[] = { s[n - 1].from_at, s[n - 1].until_at };

			for (i = 0; i < 2; i++)
				if (edges[i] > at && (next == TIME_NONE || edges[i] < next))
					next = edges[i];
		}
	return next;
}

static bool holds_at_minute(const struct hours *h, int min)
{
	int day = min / HOURS_DAY_MIN, of_day = min % HOURS_DAY_MIN;
	unsigned int today = 1u << day, yesterday = 1u << (day + 6) % 7;
	bool overnight = h->until_min <= h->from_min;

	if ((h->whole_days & today) != 0)
		return true;
	if ((h->days & today) != 0 && of_day >= h->from_min &&
			(overnight || of_day < h->until_min))
		return true;
	return overnight && (h->days & yesterday) != 0 && of_day < h->until_min;
}

bool hours_are_always(const struct hours *h)
{
	int min;

	for (min = 0; min < WEEK_MIN; min++)
		if (!holds_at_minute(h, min))
			return false;
	return true;
}
