/* A notice as one line for a terminal or the system's journal. */
#ifndef TOCSIN_COURIER_CONSOLE_H
#define TOCSIN_COURIER_CONSOLE_H

#include "base/buf.h"
#include "courier/notice.h"

/* "#42 nis2 early-warning due in 23 h 59 min (2026-11-22T08:17:00Z): TITLE — step start" */
void console_render(const struct notice *notice, struct buf *out);

#endif
