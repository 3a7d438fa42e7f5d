/*
 * Standard output: see writer.h. Everything goes through one buffer, so that a
 * table appears whole and a full disk is noticed once, at the end.
 */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"
#include "cli/writer.h"

enum { FLUSH_AT = 64 * 1024, TERMINAL_WIDTH = 80, LAST_COLUMN_MIN = 8, CUT_COLUMN_MIN = 8 };

static const char URGENT[] = "\033[1;31m", PLAIN[] = "\033[0m", ELLIPSIS[] = "\xe2\x80\xa6";

void writer_init(struct writer *w, int fd, bool json)
{
	const char *no_color = getenv("NO_COLOR");
	struct winsize size = { 0 };

	memset(w, 0, sizeof(*w));
	w->fd = fd;
	w->json = json;
	w->terminal = isatty(fd);
	w->colour = w->terminal && (no_color == NULL || no_color[0] == '\0');
	if (w->terminal)
		w->width = ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col :
			TERMINAL_WIDTH;
	buf_init(&w->out, 0);
}

void writer_flush(struct writer *w)
{
	size_t done = 0;

	while (w->failed == 0 && done < w->out.len) {
		ssize_t n = write(w->fd, w->out.data + done, w->out.len - done);

		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR)
			w->failed = errno;
	}
	buf_clear(&w->out);
}

int writer_close(struct writer *w)
{
	writer_flush(w);
	buf_release(&w->out);
	errno = w->failed;
	return w->failed != 0 ? -1 : 0;
}

static void written(struct writer *w)
{
	if (w->out.len >= FLUSH_AT)
		writer_flush(w);
}

/* ---- text from elsewhere --------------------------------------------------- */

static bool is_control(uint32_t c)
{
	return text_is_hidden(c) || text_is_mark(c);
}

void text_clean(struct buf *out, const char *s, size_t n)
{
	size_t i, len;
	uint32_t c;

	for (i = 0; i < n; i += len) {
		len = text_character(s + i, n - i, &c);
		if (len == 0) {
			buf_addc(out, '?');
			len = 1;
		} else if (is_control(c)) {
			buf_addc(out, c == '\n' || c == '\t' || c == '\r' ? ' ' : '?');
		} else {
			buf_add(out, s + i, len);
		}
	}
}

size_t text_columns(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

/* ---- lines and JSON ---------------------------------------------------------- */

static void add_line(struct writer *w, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

static void add_line(struct writer *w, const char *fmt, va_list ap)
{
	struct buf text;

	buf_init(&text, 0);
	buf_vaddf(&text, fmt, ap);
	text_clean(&w->out, text.data, text.len);
	buf_release(&text);
}

void writer_line(struct writer *w, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_line(w, fmt, ap);
	va_end(ap);
	buf_addc(&w->out, '\n');
	written(w);
}

/* How much of the text fits into so many columns, up to a space; a word that does not
 * fit alone (an address that is to be copied) is not broken. */
static size_t fitting(const char *text, size_t columns)
{
	size_t i, used = 0, fits = 0, skip = strspn(text, " ");

	for (i = 0; text[i] != '\0'; i++) {
		if (text[i] == ' ' && i > skip) {
			if (used <= columns || fits == 0)
				fits = i;
			if (used > columns)
				return fits;
		}
		used += ((unsigned char)text[i] & 0xc0) != 0x80;
	}
	return used <= columns || fits == 0 ? i : fits;
}

void writer_wrapped(struct writer *w, size_t indent, const char *fmt, ...)
{
	struct buf text;
	const char *rest;
	bool first = true;
	va_list ap;
	size_t n;

	buf_init(&text, 0);
	va_start(ap, fmt);
	buf_vaddf(&text, fmt, ap);
	va_end(ap);
	rest = text.data;
	do {
		size_t before = first ? 0 : indent, end;

		n = w->width > before ? fitting(rest, w->width - before) : strlen(rest);
		for (end = n; w->width > 0 && end > 0 && rest[end - 1] == ' '; end--)
			;
		writer_line(w, "%*s%.*s", (int)before, "", (int)end, rest);
		rest += n;
		rest += strspn(rest, " ");
		first = false;
	} while (*rest != '\0');
	buf_release(&text);
}

void writer_lines(struct writer *w, const char *text)
{
	const char *end;

	for (; (end = strchr(text, '\n')) != NULL; text = end + 1) {
		text_clean(&w->out, text, (size_t)(end - text));
		buf_addc(&w->out, '\n');
		written(w);
	}
}

void writer_urgent(struct writer *w, const char *fmt, ...)
{
	va_list ap;

	if (w->colour)
		buf_adds(&w->out, URGENT);
	va_start(ap, fmt);
	add_line(w, fmt, ap);
	va_end(ap);
	buf_adds(&w->out, w->colour ? PLAIN : "");
	buf_addc(&w->out, '\n');
	written(w);
}

void writer_exact(struct writer *w, const char *text, size_t len)
{
	buf_add(&w->out, text, len);
	buf_addc(&w->out, '\n');
	written(w);
}

/* Above the first 65,536 a code point is two of these (RFC 8259 §7). */
static void add_escaped(struct buf *out, uint32_t c)
{
	if (c > 0xffff)
		buf_addf(out, "\\u%04x", (unsigned int)(0xd7c0 + (c >> 10)));
	buf_addf(out, "\\u%04x", (unsigned int)(c > 0xffff ? 0xdc00 | (c & 0x3ff) : c));
}

void writer_json(struct writer *w, const char *text, size_t len)
{
	size_t i, n, from = 0;
	uint32_t c;

	for (i = 0; i < len; i += n) {
		n = text_character(text + i, len - i, &c);
		if (n == 0)
			n = 1;
		else if (is_control(c) && c >= 0x7f) {
			buf_add(&w->out, text + from, i - from);
			add_escaped(&w->out, c);
			from = i + n;
		}
	}
	buf_add(&w->out, text + from, len - from);
	buf_addc(&w->out, '\n');
	written(w);
}

void writer_document(struct writer *w, const json_t *document)
{
	char *text = json_text(document);

	writer_json(w, text, strlen(text));
	free(text);
}

/* ---- tables --------------------------------------------------------------------- */

static void table_row(struct table *t, bool urgent, const char *const *cells)
{
	size_t i, n = t->rows * t->columns, columns;
	struct buf clean;

	buf_init(&clean, 0);
	for (i = 0; i < t->columns; i++) {
		const char *cell = cells[i] != NULL ? cells[i] : "";

		buf_clear(&clean);
		text_clean(&clean, cell, strlen(cell));
		t->cells = arena_grow(t->arena, t->cells, n + i, sizeof(*t->cells));
		t->cells[n + i] = arena_strdup(t->arena, clean.data);
		columns = text_columns(clean.data);
		if (columns > t->widths[i])
			t->widths[i] = columns;
	}
	buf_release(&clean);
	t->urgent = arena_grow(t->arena, t->urgent, t->rows, sizeof(*t->urgent));
	t->urgent[t->rows++] = urgent;
}

void table_init(struct table *t, const char *const *headings, size_t columns)
{
	memset(t, 0, sizeof(*t));
	t->arena = arena_new();
	t->columns = columns;
	table_row(t, false, headings);
}

void table_add(struct table *t, bool urgent, const char *const *cells)
{
	table_row(t, urgent, cells);
}

void table_may_cut(struct table *t, size_t column)
{
	t->may_cut[column] = true;
}

/* The widest of those that may be cut gives way first. */
static void make_room(struct table *t, size_t width)
{
	size_t all = LAST_COLUMN_MIN, i;

	for (i = 0; i + 1 < t->columns; i++)
		all += t->widths[i] + 2;
	while (width > 0 && all > width) {
		size_t widest = t->columns;

		for (i = 0; i + 1 < t->columns; i++)
			if (t->may_cut[i] && t->widths[i] > CUT_COLUMN_MIN &&
			    (widest == t->columns || t->widths[i] > t->widths[widest]))
				widest = i;
		if (widest == t->columns)
			return;
		t->widths[widest]--;
		all--;
	}
}

/* How wide the last column may be. */
static size_t room_for_last(const struct table *t, size_t width)
{
	size_t before = 0, i;

	for (i = 0; i + 1 < t->columns; i++)
		before += t->widths[i] + 2;
	if (width == 0)
		return SIZE_MAX;
	return width > before + LAST_COLUMN_MIN ? width - before : LAST_COLUMN_MIN;
}

static void write_cut(struct buf *out, const char *cell, size_t room)
{
	size_t n = 0, columns = 0;

	if (text_columns(cell) <= room) {
		buf_adds(out, cell);
		return;
	}
	/* room - 1 characters, whole ones, and the mark that something is missing. */
	while (cell[n] != '\0') {
		if (((unsigned char)cell[n] & 0xc0) != 0x80 && columns++ == room - 1)
			break;
		n++;
	}
	buf_add(out, cell, n);
	buf_adds(out, ELLIPSIS);
}

static void write_row(const struct table *t, size_t row, size_t room, struct buf *out)
{
	const char *const *cells = t->cells + row * t->columns;
	size_t i, pad;

	for (i = 0; i + 1 < t->columns; i++) {
		write_cut(out, cells[i], t->widths[i]);
		pad = text_columns(cells[i]);
		for (pad = pad < t->widths[i] ? pad : t->widths[i]; pad < t->widths[i] + 2; pad++)
			buf_addc(out, ' ');
	}
	write_cut(out, cells[i], room);
	while (out->len > 0 && out->data[out->len - 1] == ' ')
		out->len--;
	out->data[out->len] = '\0';
}

void table_write(struct table *t, struct writer *w)
{
	struct buf line;
	size_t room, row;

	make_room(t, w->width);
	room = room_for_last(t, w->width);
	buf_init(&line, 0);
	for (row = 0; row < t->rows; row++) {
		bool urgent = t->urgent[row] && w->colour;

		buf_clear(&line);
		write_row(t, row, room, &line);
		buf_addf(&w->out, "%s%s%s\n", urgent ? URGENT : "", line.data,
			urgent ? PLAIN : "");
		written(w);
	}
	if (t->rows == 1 && w->terminal)
		writer_line(w, "(none)");
	buf_release(&line);
	arena_free(t->arena);
	memset(t, 0, sizeof(*t));
}
