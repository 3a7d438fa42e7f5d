/* Progress: see progress.h. */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/progress.h"

enum { SHOW_AFTER_MS = 1000, SHOW_EVERY_MS = 200 };

#define ERASE_LINE "\r\033[K"

void progress_begin(struct progress *p)
{
	*p = (struct progress){ .begun = clock_boot(), .terminal = isatty(STDERR_FILENO) };
}

int64_t progress_seconds(const struct progress *p)
{
	return (clock_boot() - p->begun) / 1000;
}

void progress_say(struct progress *p, const char *fmt, ...)
{
	int64_t now = clock_boot();
	va_list ap;

	if (!p->terminal || now - p->begun < SHOW_AFTER_MS || now - p->shown < SHOW_EVERY_MS)
		return;
	p->shown = now;
	p->any = true;
	fputs(ERASE_LINE, stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fflush(stderr);
}

void progress_end(struct progress *p)
{
	if (p->any)
		fputs(ERASE_LINE, stderr);
	p->any = false;
}
