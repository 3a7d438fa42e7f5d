/* Quiet hours: see quiet.h. */
#include "config.h"

#include "base/rfc3339.h"
#include "core/quiet.h"

/* Stretches of a week that follow each other without a gap; more than a week is
 * refused with the configuration (hours_are_always). */
enum { STRETCHES_MAX = 40 };

static int64_t end_of_quiet(const struct hours *quiet, int64_t at)
{
	int n;

	for (n = 0; n < STRETCHES_MAX && hours_contain(quiet, at); n++)
		at = hours_next_change(quiet, at);
	return at;
}

int64_t quiet_defer(const struct hours *quiet, int64_t at, int64_t due_at)
{
	int64_t end;

	if (quiet == NULL || (due_at != TIME_NONE && at >= due_at) || !hours_contain(quiet, at))
		return at;
	end = end_of_quiet(quiet, at);
	if (due_at != TIME_NONE && due_at - end < (due_at - at) / 2)
		return at;
	return end;
}
