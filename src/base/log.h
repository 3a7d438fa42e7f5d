/*
 * One line on stderr for each thing an operator should know, with the <N>
 * priority that systemd's journal understands (sd-daemon(3)). Library code does
 * not log; the caller that decides does, once. Control bytes from outside are
 * replaced, so no text can forge a line.
 */
#ifndef TOCSIN_BASE_LOG_H
#define TOCSIN_BASE_LOG_H

#include <stdbool.h>

enum log_level {
	LOG_LEVEL_CRITICAL = 2,
	LOG_LEVEL_ERROR = 3,		/* an operator must act */
	LOG_LEVEL_WARNING = 4,		/* we go on: "... , ignoring", "... , retrying" */
	LOG_LEVEL_NOTICE = 5,
	LOG_LEVEL_INFO = 6,		/* the life of the program */
	LOG_LEVEL_DEBUG = 7,
};

/* Lines above this level are left out; LOG_LEVEL_INFO at start. */
void log_set_level(enum log_level level);

/* area: the part of the house, e.g. "store"; it stands first in the line. */
void log_write(enum log_level level, const char *area, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#define log_critical(area, ...)	log_write(LOG_LEVEL_CRITICAL, area, __VA_ARGS__)
#define log_error(area, ...)	log_write(LOG_LEVEL_ERROR, area, __VA_ARGS__)
#define log_warning(area, ...)	log_write(LOG_LEVEL_WARNING, area, __VA_ARGS__)
#define log_notice(area, ...)	log_write(LOG_LEVEL_NOTICE, area, __VA_ARGS__)
#define log_info(area, ...)	log_write(LOG_LEVEL_INFO, area, __VA_ARGS__)
#define log_debug(area, ...)	log_write(LOG_LEVEL_DEBUG, area, __VA_ARGS__)

#endif
