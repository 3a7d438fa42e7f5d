/*
 * The small languages of rules and requests: periods, durations, times, anchors,
 * conditions, rules of holidays. The first byte is a seed, the rest one text, which
 * every parser is given. What is accepted can be written again, and what was
 * written is read as the same; a period that was accepted ends in order.
 */
#include "config.h"

#include "base/rfc3339.h"
#include "base/text.h"
#include "core/period.h"
#include "core/regime.h"
#include "fuzz.h"

static void fuzz_period(const char *text, uint64_t seed, const struct calendar *calendar)
{
	static struct zone *utc;
	struct error err = { .code = ERROR_NONE };
	struct period p, again;
	struct deadline end;
	char written[PERIOD_SIZE];
	int64_t at;

	if (period_parse(text, &p, &err) < 0) {
		MUST(err.text[0] != '\0');
		return;
	}
	period_format(&p, written);
	MUST(period_parse(written, &again, &err) == 0);
	MUST(again.unit == p.unit && again.count == p.count);
	at = civil_days(1970 + (int)(fuzz_dice(&seed) % 130), 1, 1) * (int64_t)DAY_MS +
		fuzz_dice(&seed) % 366 * (int64_t)DAY_MS + fuzz_dice(&seed) % DAY_MS;
	if (utc == NULL)
		utc = zone_utc();
	period_end(&p, at, utc, calendar, &end);
	MUST(at < end.due_at && end.due_at <= end.nominal_at);
	MUST(end.nominal_at <= end.latest_at);
}

static void fuzz_duration(const char *text)
{
	char written[PERIOD_SIZE];
	int64_t ms, again;

	if (period_parse_duration(text, &ms, NULL) < 0)
		return;
	period_format_duration(ms, written);
	MUST(period_parse_duration(written, &again, NULL) == 0 && again == ms);
}

static void fuzz_time(const char *text, size_t len, uint64_t seed)
{
	int32_t offset = ((int32_t)(fuzz_dice(&seed) % 1681) - 840) * 60;
	int64_t at, again, first, last;
	char written[RFC3339_SIZE + 8];

	if (rfc3339_parse(text, len, &at, NULL) < 0)
		return;
	rfc3339_format(at, written);
	/* The years are those that are written, so an offset may lead out of them. */
	rfc3339_parse("1970-01-01T00:00:00Z", 20, &first, NULL);
	rfc3339_parse("2100-12-31T23:59:59.999Z", 24, &last, NULL);
	MUST(at >= first - DAY_MS && at <= last + DAY_MS);
	if (at < first || at > last)
		return;
	MUST(rfc3339_parse(written, strlen(written), &again, NULL) == 0 && again == at);
	if (at < first + DAY_MS || at > last - DAY_MS)
		return;
	rfc3339_format_offset(at, offset, written);
	MUST(rfc3339_parse(written, strlen(written), &again, NULL) == 0 && again == at);
}

static void fuzz_anchor(const char *text)
{
	char written[ANCHOR_SIZE];
	struct anchor anchor;

	if (anchor_parse(text, &anchor, NULL) < 0)
		return;
	anchor_format(&anchor, written);
	MUST(strcmp(written, text) == 0);
}

static void fuzz_condition(const char *text)
{
	struct condition c, again;
	char written[CONDITION_SIZE], twice[CONDITION_SIZE];

	if (condition_parse(text, &c, NULL) < 0)
		return;
	condition_format(&c, written);
	/* Around ">" blanks may be left out, and are written. */
	MUST(strchr(text, '>') != NULL || strcmp(written, text) == 0);
	MUST(condition_parse(written, &again, NULL) == 0);
	condition_format(&again, twice);
	MUST(strcmp(twice, written) == 0);
}

static void write_holiday(const struct holiday *h, char *out, size_t size)
{
	static const char *const days[] = { "sun", "mon", "tue", "wed", "thu", "fri", "sat" };

	if (h->kind == HOLIDAY_FIXED)
		snprintf(out, size, "%02d-%02d", h->month, h->day);
	else if (h->kind == HOLIDAY_DATE)
		snprintf(out, size, "%04d-%02d-%02d", h->year, h->month, h->day);
	else if (h->kind == HOLIDAY_WEEKDAY)
		snprintf(out, size, "%02d-%02d..%02d-%02d %s", h->month, h->day, h->month_to,
			h->day_to, days[h->weekday]);
	else
		snprintf(out, size, "%s%+d", h->kind == HOLIDAY_EASTER ? "easter" : "orthodox",
			h->offset);
}

/* A rule names at most one day of a year. */
static int fuzz_holiday(const char *text, uint64_t seed, struct holiday *ret)
{
	const struct calendar calendar = { ret, 1 };
	int year = 1970 + (int)(fuzz_dice(&seed) % 130), n = 0;
	int32_t day = civil_days(year, 1, 1), end = civil_days(year + 1, 1, 1);
	struct holiday again = { .kind = HOLIDAY_FIXED };
	char written[64];

	if (holiday_parse(text, ret, NULL) < 0)
		return -1;
	write_holiday(ret, written, sizeof(written));
	MUST(holiday_parse(written, &again, NULL) == 0);
	MUST(again.kind == ret->kind && again.year == ret->year &&
		again.month == ret->month && again.day == ret->day &&
		again.month_to == ret->month_to && again.day_to == ret->day_to &&
		again.weekday == ret->weekday && again.offset == ret->offset);
	for (; day < end; day++)
		n += calendar_holiday(&calendar, day) != NULL;
	MUST(n <= 1);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct holiday holiday = { .kind = HOLIDAY_FIXED };
	struct calendar calendar = { &holiday, 0 };
	char *text, *second;

	if (size == 0)
		return 0;
	text = strndup((const char *)data + 1, size - 1);
	fuzz_time(text, strlen(text), data[0]);
	fuzz_duration(text);
	fuzz_anchor(text);
	fuzz_condition(text);
	/* "PERIOD\nHOLIDAY": the period ends among such holidays. */
	second = strchr(text, '\n');
	if (second != NULL)
		*second++ = '\0';
	calendar.n = fuzz_holiday(second != NULL ? second : text, data[0], &holiday) == 0;
	fuzz_period(text, data[0], &calendar);
	free(text);
	return 0;
}
