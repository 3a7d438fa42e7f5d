/* A ring of the last max instants: the oldest of a full one says when the next is free. */
#include "config.h"

#include <string.h>

#include "base/rfc3339.h"
#include "base/text.h"
#include "core/period.h"
#include "core/rate.h"

int rate_parse(const char *text, int most, int *ret_max, int64_t *ret_per_ms,
	struct error *err)
{
	const char *slash = strchr(text, '/');
	int64_t max, per_ms;
	char number[8];
	struct error why;

	if (slash == NULL || (size_t)(slash - text) >= sizeof(number))
		return error_set(err, ERROR_INVALID, "must be a number and a length of time, "
			"such as 30/PT1M");
	memcpy(number, text, (size_t)(slash - text));
	number[slash - text] = '\0';
	if (text_int64(number, 1, most, &max) < 0)
		return error_set(err, ERROR_INVALID, "the number must be from 1 to %d", most);
	if (period_parse_duration(slash + 1, &per_ms, &why) < 0 || per_ms < SECOND_MS ||
	    per_ms > DAY_MS)
		return error_set(err, ERROR_INVALID,
			"the time must be an ISO 8601 duration from PT1S to P1D");
	*ret_max = (int)max;
	*ret_per_ms = per_ms;
	return 0;
}

void rate_init(struct rate *r, int max, int64_t per_ms, int64_t *room)
{
	*r = (struct rate){ .max = max, .per_ms = per_ms, .sent = room };
}

void rate_carry_over(struct rate *r, const struct rate *before)
{
	if (r->max == 0 || r->max != before->max || r->per_ms != before->per_ms)
		return;
	memcpy(r->sent, before->sent, (size_t)r->max * sizeof(*r->sent));
	r->n = before->n;
	r->head = before->head;
}

/* Of the i-th oldest. */
static int64_t sent_at(const struct rate *r, int i)
{
	return r->sent[(r->head + r->max - r->n + i) % r->max];
}

int rate_room(const struct rate *r, int64_t now)
{
	int i = 0;

	if (r->max == 0)
		return RATE_MAX;
	while (i < r->n && sent_at(r, i) + r->per_ms <= now)
		i++;
	return r->max - (r->n - i);
}

void rate_take(struct rate *r, int64_t now)
{
	if (r->max == 0)
		return;
	r->sent[r->head] = now;
	r->head = (r->head + 1) % r->max;
	if (r->n < r->max)
		r->n++;
}

int64_t rate_next(const struct rate *r, int64_t at)
{
	int64_t free_at;

	if (r->max == 0 || r->n < r->max)
		return at;
	free_at = sent_at(r, 0) + r->per_ms;
	return free_at > at ? free_at : at;
}

void rate_forget(struct rate *r)
{
	r->n = r->head = 0;
}
