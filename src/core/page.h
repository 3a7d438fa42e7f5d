/*
 * Lines for people, of at most 80 columns, a column for each character. A word that is
 * longer (an address) is broken. Text from the data files keeps its bytes but that
 * any blank between words becomes one space; whoever prints for a terminal cleans the
 * rest.
 */
#ifndef TOCSIN_CORE_PAGE_H
#define TOCSIN_CORE_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

enum { PAGE_WIDTH = 80, PAGE_LABEL = 14 };

/* The text from column `at` of the present line on, further lines from the margin on;
 * ends the line. */
void page_text(struct buf *out, size_t at, size_t margin, const char *text);
/* "  law         Directive ...", further lines below the text. */
void page_labelled(struct buf *out, const char *label, const char *text);
/* "  - What the law says". */
void page_item(struct buf *out, const char *text);
/* An empty line, and the text. */
void page_heading(struct buf *out, const char *text);

#endif
