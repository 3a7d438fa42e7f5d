/*
 * The steps of a policy, one by one: how they are written, when each falls on a clock,
 * and which clocks a policy is for. What a ladder of them does is in policy.c.
 */
#include "config.h"

#include <string.h>

#include "base/rfc3339.h"
#include "base/text.h"
#include "core/period.h"
#include "core/policy.h"

/* More than a year of working days back is a slip of the hand. */
enum { WORKING_DAYS_MAX = 260 };

/* "NN%", 0 to 100. */
static int percent_parse(const char *text, struct step *ret, struct error *err)
{
	char digits[4];
	size_t n = strspn(text, "0123456789");
	int64_t percent;

	if (n == 0 || n >= sizeof(digits) || strcmp(text + n, "%") != 0)
		return error_set(err, ERROR_INVALID,
			"a step is at \"start\", \"50%%\", \"-PT4H\", \"due\" or \"+PT1H\"");
	memcpy(digits, text, n);
	digits[n] = '\0';
	if (text_int64(digits, 0, 100, &percent) < 0)
		return error_set(err, ERROR_INVALID,
			"a step lies at 0%% to 100%% of the period");
	ret->kind = STEP_PERCENT;
	ret->percent = (int)percent;
	return 0;
}

int step_parse_at(const char *text, struct step *ret, struct error *err)
{
	struct step step = *ret;

	step.percent = 0;
	step.offset_ms = step.working_days = 0;
	step.needs = NULL;
	step.at = text;
	if (strcmp(text, "start") == 0) {
		step.kind = STEP_START;
	} else if (strcmp(text, "due") == 0) {
		step.kind = STEP_DUE;
	} else if (text[0] == '-' || text[0] == '+') {
		step.kind = text[0] == '-' ? STEP_BEFORE : STEP_AFTER;
		if (period_parse_duration(text + 1, &step.offset_ms, err) < 0)
			return -1;
	} else if (percent_parse(text, &step, err) < 0) {
		return -1;
	}
	*ret = step;
	return 0;
}

int step_parse_needs(const char *text, struct arena *arena, struct step *ret,
	struct error *err)
{
	struct step step = *ret;
	struct period period;
	struct error why;

	step.kind = STEP_NEEDS;
	step.percent = 0;
	step.offset_ms = step.working_days = 0;
	if (period_parse(text, &period, &why) == 0 && period.unit == PERIOD_WORKING_DAYS) {
		if (period.count > WORKING_DAYS_MAX)
			return error_set(err, ERROR_INVALID, "at most P%dWD", WORKING_DAYS_MAX);
		step.working_days = period.count;
	} else if (period_parse_duration(text, &step.offset_ms, &why) < 0) {
		return error_set(err, ERROR_INVALID,
			"not a length of work like PT6H or P2WD (working days)");
	}
	step.needs = text;
	step.at = arena_printf(arena, "needs %s", text);
	*ret = step;
	return 0;
}

static int64_t working_days_before(const struct step *step, const struct policy_clock *clock)
{
	struct civil local;
	int32_t day;

	if (clock->zone != NULL)
		zone_civil(clock->zone, clock->due_at, &local);
	else
		civil_from_ms(clock->due_at, &local);
	day = calendar_working_days_back(clock->calendar,
		civil_days(local.year, local.month, local.day), step->working_days);
	civil_from_days(day, &local.year, &local.month, &local.day);
	return clock->zone != NULL ? zone_instant(clock->zone, &local) : civil_to_ms(&local);
}

int64_t step_instant(const struct step *step, const struct policy_clock *clock)
{
	int64_t anchor_at = clock->anchor_at, due_at = clock->due_at, at = TIME_NONE;

	if (step->kind == STEP_START)
		return anchor_at;
	if (due_at == TIME_NONE)
		return TIME_NONE;
	switch (step->kind) {
	case STEP_START:
		break;
	case STEP_PERCENT:
		at = anchor_at + (due_at - anchor_at) * step->percent / 100;
		break;
	case STEP_BEFORE:
		at = due_at - step->offset_ms;
		break;
	case STEP_DUE:
		at = due_at;
		break;
	case STEP_AFTER:
		at = due_at + step->offset_ms;
		break;
	case STEP_NEEDS:
		at = step->working_days > 0 ? working_days_before(step, clock) :
			due_at - step->offset_ms;
		break;
	}
	return at > anchor_at ? at : anchor_at;
}

static bool has_name(const char *const *list, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (text_equal(list[i], name))
			return true;
	return n == 0;
}

const struct policy *policy_match(const struct policy *policies, size_t n,
	const char *regime, const char *stage, enum severity severity, const char *entity)
{
	size_t i;

	for (i = 0; i < n; i++) {
		const struct policy_scope *s = policies[i].scope;

		if (s != NULL && has_name(s->regimes, s->n_regimes, regime) &&
				has_name(s->stages, s->n_stages, stage) &&
				has_name(s->entities, s->n_entities, entity) &&
				(s->severities == 0 || (s->severities >> severity & 1) != 0))
			return &policies[i];
	}
	return NULL;
}
