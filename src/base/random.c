/* Randomness by getrandom(2): see random.h. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/random.h"

void random_bytes(void *out, size_t n)
{
	unsigned char *p = out;

	while (n > 0) {
		ssize_t got = getrandom(p, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			abort();
		p += got;
		n -= (size_t)got;
	}
}

int64_t random_between(int64_t min, int64_t max)
{
	uint64_t span, value;

	if (max <= min)
		return min;
	span = (uint64_t)max - (uint64_t)min + 1;
	/* Drop the last, incomplete run of spans so that all values weigh the same. */
	do
		random_bytes(&value, sizeof(value));
	while (span != 0 && value >= UINT64_MAX - UINT64_MAX % span);
	return span == 0 ? (int64_t)value : (int64_t)((uint64_t)min + value % span);
}

void random_name(char *out, size_t n)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	size_t i;

	for (i = 0; i < n; i++)
		out[i] = letters[random_between(0, (int64_t)sizeof(letters) - 2)];
	out[n] = '\0';
}
