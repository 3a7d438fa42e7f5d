/* What happened to the wall clock: see witness.h. */
#include "config.h"

#include "core/witness.h"

enum { NOTICED_MS = 500 };

static int64_t noticed(int64_t ms)
{
	return ms >= NOTICED_MS || ms <= -NOTICED_MS ? ms : 0;
}

void witness_compare(const struct clock_reading *before, const struct clock_reading *now,
	struct witness *ret)
{
	int64_t slept = (now->boot - now->monotonic) - (before->boot - before->monotonic);

	ret->expected_wall = before->wall + (now->boot - before->boot);
	ret->stepped_ms = noticed(now->wall - ret->expected_wall);
	ret->suspended_ms = slept > 0 ? noticed(slept) : 0;
}
