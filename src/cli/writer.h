/*
 * The one way to standard output: lines, tables and JSON. Text that comes from
 * elsewhere (a title that an attacker chose in an alert) is cleaned on its way, so
 * that it can neither drive the terminal nor forge a line.
 */
#ifndef TOCSIN_CLI_WRITER_H
#define TOCSIN_CLI_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"

struct writer {
	int fd;
	bool json;		/* the user asked for JSON */
	bool terminal;
	bool colour;		/* a terminal, and NO_COLOR is not set */
	size_t width;		/* tables are cut to it; 0: never cut */
	struct buf out;		/* not yet written */
	int failed;		/* errno of the first write that failed */
};

void writer_init(struct writer *w, int fd, bool json);
/* Writes what is left; -1 with errno when not everything could be written. */
int writer_close(struct writer *w);
/* Writes out now: before waiting for something. */
void writer_flush(struct writer *w);

/* One line; the newline is added, and every other control byte replaced. */
void writer_line(struct writer *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A line that goes on below, from column indent, where the terminal is too narrow: it is
 * broken at spaces only. */
void writer_wrapped(struct writer *w, size_t indent, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* One line in the colour of what is too late. */
void writer_urgent(struct writer *w, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* A text of several lines, each as writer_line() writes it. */
void writer_lines(struct writer *w, const char *text);
/* Compact JSON and a newline. Control characters that JSON would allow as they
 * are (DEL, C1, changes of direction) are written as \uXXXX: the same value. */
void writer_document(struct writer *w, const json_t *document);
/* JSON text as it came, by the same rule. */
void writer_json(struct writer *w, const char *text, size_t len);
/* One line, byte for byte: for what is to be hashed. */
void writer_exact(struct writer *w, const char *text, size_t len);

/* Adds text with every control character as "?", newline and tab as a space, and
 * bytes that are no UTF-8 as "?". */
void text_clean(struct buf *out, const char *s, size_t n);
/* Characters, which is columns for the scripts that the table was made for. */
size_t text_columns(const char *s);

enum { TABLE_COLUMNS_MAX = 10 };

/* A table: columns as wide as their widest cell, two spaces between. Where the whole is
 * wider than the terminal, the last one is cut with "…", and then those that may be. */
struct table {
	struct arena *arena;
	size_t columns;
	size_t widths[TABLE_COLUMNS_MAX];
	bool may_cut[TABLE_COLUMNS_MAX];
	const char **cells;	/* row after row, the headings first */
	bool *urgent;		/* one for each row */
	size_t rows;
};

void table_init(struct table *t, const char *const *headings, size_t columns);
/* A column of names that people know by their beginning; none of ids and times. */
void table_may_cut(struct table *t, size_t column);
void table_add(struct table *t, bool urgent, const char *const *cells);
/* Writes and releases it. */
void table_write(struct table *t, struct writer *w);

#endif
