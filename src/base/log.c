/*
 * Log lines to stderr: see log.h. A line goes out in one write(2), so lines of
 * the daemon and its couriers, which share the descriptor, do not mix.
 */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

static enum log_level highest = LOG_LEVEL_INFO;

void log_set_level(enum log_level level)
{
	highest = level;
}

void log_write(enum log_level level, const char *area, const char *fmt, ...)
{
	int saved = errno;
	char line[2048];
	size_t len, i;
	va_list ap;
	int n;

	if (level > highest)
		return;
	n = snprintf(line, sizeof(line), "<%d>%s: ", (int)level, area);
	len = n > 0 ? (size_t)n : 0;
	if (len >= sizeof(line))
		len = sizeof(line) - 1;
	errno = saved;		/* for %m */
	va_start(ap, fmt);
	n = vsnprintf(line + len, sizeof(line) - len, fmt, ap);
	va_end(ap);
	if (n > 0)
		len += (size_t)n;
	if (len > sizeof(line) - 2)
		len = sizeof(line) - 2;
	for (i = 0; i < len; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = '?';
	line[len++] = '\n';
	if (write(STDERR_FILENO, line, len) < 0)
		errno = 0;	/* there is nowhere left to tell it */
	errno = saved;
}
