/*
 * One line on stderr for each thing an operator should know, with the <N>
 * priority that systemd's journal understands (sd-daemon(3)). Library code does
 * not log; the caller that decides does, once. What text from outside has that is not
 * seen is replaced, so that it can neither forge a line nor move a terminal.
 */
#ifndef TOCSIN_BASE_LOG_H
#define TOCSIN_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/message_id.h"

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

/* What a line is about. What is not set is left out. */
struct log_about {
	enum message message;		/* the kind of event */
	int64_t incident;
	const char *entity, *channel, *source, *regime, *stage;
	bool drill;
};

/* From now on a line with a kind goes to systemd's journal as an entry with fields, over
 * the socket at this path, if stderr is that journal (JOURNAL_STREAM of systemd.exec(5));
 * otherwise nothing changes, and false. */
bool log_open_journal(const char *socket_path);
#define LOG_JOURNAL_SOCKET	"/run/systemd/journal/socket"

/* The same line, of a kind of event. Its text alone must say what about says: where there
 * is no journal, the text is all that is left. */
void log_event(enum log_level level, const char *area, const struct log_about *about,
	const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* A kind, and nothing else to say of it. */
#define log_kind(level, area, kind, ...) \
	log_event(level, area, &(const struct log_about){ .message = (kind) }, __VA_ARGS__)

#define log_critical(area, ...)	log_write(LOG_LEVEL_CRITICAL, area, __VA_ARGS__)
#define log_error(area, ...)	log_write(LOG_LEVEL_ERROR, area, __VA_ARGS__)
#define log_warning(area, ...)	log_write(LOG_LEVEL_WARNING, area, __VA_ARGS__)
#define log_notice(area, ...)	log_write(LOG_LEVEL_NOTICE, area, __VA_ARGS__)
#define log_info(area, ...)	log_write(LOG_LEVEL_INFO, area, __VA_ARGS__)
#define log_debug(area, ...)	log_write(LOG_LEVEL_DEBUG, area, __VA_ARGS__)

#endif
