/*
 * A word on standard error while something takes longer than people wait without one: on a
 * terminal only, in one line that is gone afterwards.
 */
#ifndef TOCSIN_CLI_PROGRESS_H
#define TOCSIN_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	int64_t begun, shown;		/* clock_boot() */
	bool terminal, any;
};

void progress_begin(struct progress *p);
/* So many seconds since it began. */
int64_t progress_seconds(const struct progress *p);
/* Says it, if it is time to. */
void progress_say(struct progress *p, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void progress_end(struct progress *p);

#endif
