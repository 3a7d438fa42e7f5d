/*
 * Lines of iCalendar (RFC 5545): CRLF, folded at 75 bytes and never within a
 * character, text escaped. Pure.
 */
#ifndef TOCSIN_API_ICS_H
#define TOCSIN_API_ICS_H

#include <stdint.h>

#include "base/buf.h"

#define ICS_TYPE "text/calendar; charset=utf-8"

/* "NAME:value" as it is: names, numbers, addresses. */
void ics_line(struct buf *out, const char *name, const char *value);
/* The same, the value of the type TEXT: escaped; control characters are left out. */
void ics_text(struct buf *out, const char *name, const char *text);
/* "NAME:20261122T081700Z" */
void ics_time(struct buf *out, const char *name, int64_t at);

#endif
