/*
 * What the two syntaxes of lines share: see line.h. Names and values are slices of
 * the line; only a value that a path asks for and that has escapes, or bytes that
 * are no UTF-8, is copied.
 */
#include "config.h"

#include <string.h>

#include "base/text.h"
#include "ingest/line_internal.h"
#include "ingest/scan_internal.h"

int line_fail(const struct line *l, const char *where, const char *what)
{
	return error_set(l->err, ERROR_INVALID, "%s at byte %zu of the record", what,
		(size_t)(where - l->start));
}

/* \n and \r are line ends; a backslash before anything else is itself. */
static size_t unescape(const char *s, size_t len, const char *escapes, char *out)
{
	size_t i, n = 0;

	for (i = 0; i < len; i++) {
		char next = s[i] == '\\' && i + 1 < len ? s[i + 1] : '\0';

		if (next == '\0' || escapes[0] == '\0') {
			out[n++] = s[i];
		} else if (next == 'n' || next == 'r') {
			out[n++] = '\n';
			i++;
		} else if (strchr(escapes, next) != NULL) {
			out[n++] = next;
			i++;
		} else {
			out[n++] = s[i];
		}
	}
	return n;
}

/* Where old machines speak in bytes of their own, the text is kept as far as it goes:
 * a title with "?" in it is of more use than none. */
static void to_utf8(char *s, size_t n)
{
	size_t i;

	if (!text_is_utf8(s, n))
		text_to_ascii(s, n);
	for (i = 0; i < n; i++)
		if (s[i] == '\0')
			s[i] = ' ';
}

int line_keep(struct line *l, const char *name, size_t name_len, const char *value,
	size_t len, const char *escapes)
{
	const struct scan_step *step = scan_paths_key(l->paths, SCAN_ROOT, name, name_len);
	int path = step != NULL ? l->paths->nodes[step->to].path : -1;
	char *text;

	if (++l->fields > LINE_FIELDS_MAX)
		return line_fail(l, name, "more than 1000 fields");
	if (path < 0 || l->values[path].type != SCAN_ABSENT)
		return 0;
	l->values[path] = (struct scan_value){ .type = SCAN_STRING, .data = value, .len = len };
	if (memchr(value, '\\', len) == NULL && memchr(value, '\0', len) == NULL &&
	    text_is_utf8(value, len))
		return 0;
	text = arena_strndup(l->arena, value, len);
	l->values[path].len = unescape(value, len, escapes, text);
	to_utf8(text, l->values[path].len);
	l->values[path].data = text;
	return 0;
}

int line_header(struct line *l, const char *name, const char *escapes, bool last)
{
	const char *from = l->p;

	while (l->p < l->end && *l->p != '|')
		l->p += *l->p == '\\' && escapes[0] != '\0' && l->end - l->p > 1 ? 2 : 1;
	if (l->p == l->end && !last)
		return line_fail(l, l->p, "a header that ends too early");
	if (line_keep(l, name, strlen(name), from, (size_t)(l->p - from), escapes) < 0)
		return -1;
	l->p += l->p < l->end;
	return 0;
}

/* "CEF:0|": what stands before it is syslog's. */
static const char *find_record(const char *line, size_t len, const char *mark)
{
	size_t n = strlen(mark), i = 0;

	while (len - i > n) {
		const char *p = memchr(line + i, mark[0], len - i - n);
		size_t digits = n;

		if (p == NULL)
			return NULL;
		i = (size_t)(p - line);
		while (memcmp(p, mark, n) == 0 && i + digits < len &&
		       ((p[digits] >= '0' && p[digits] <= '9') || p[digits] == '.'))
			digits++;
		if (digits > n && i + digits < len && p[digits] == '|')
			return p;
		i++;
	}
	return NULL;
}

static const char *mark_of(enum syntax syntax)
{
	return syntax == SYNTAX_CEF ? "CEF:" : "LEEF:";
}

const char *line_syntax_name(enum syntax syntax)
{
	return syntax == SYNTAX_CEF ? "CEF" : "LEEF";
}

bool line_has_record(enum syntax syntax, const char *body, size_t len)
{
	return find_record(body, len, mark_of(syntax)) != NULL;
}

int line_scan(enum syntax syntax, const struct scan_paths *paths, const char *line,
	size_t len, struct arena *arena, struct scan_value *values, size_t *ret_start,
	struct error *err)
{
	const char *mark = mark_of(syntax);
	struct line l = { .start = find_record(line, len, mark), .end = line + len,
		.paths = paths, .values = values, .arena = arena, .err = err };
	size_t i;

	if (l.start == NULL)
		return error_set(err, ERROR_INVALID, "no %s record in the line",
			line_syntax_name(syntax));
	for (i = 0; i < paths->n; i++)
		values[i].type = SCAN_ABSENT;
	l.p = l.start + strlen(mark);
	if ((syntax == SYNTAX_CEF ? cef_scan(&l) : leef_scan(&l)) < 0)
		return -1;
	for (i = 0; i < paths->n; i++)
		values[i] = values[paths->same[i]];
	*ret_start = (size_t)(l.start - line);
	return 0;
}

bool line_next(const char *body, size_t len, size_t *at, const char **ret, size_t *ret_len)
{
	while (*at < len) {
		const char *from = body + *at, *end = memchr(from, '\n', len - *at);
		const char *p;
		size_t n;

		*at = end != NULL ? (size_t)(end - body) + 1 : len;
		end = end != NULL ? end : body + len;
		while (end > from && (end[-1] == '\r' || end[-1] == '\0'))
			end--;
		/* Where files were put behind one another each has its own. */
		n = (size_t)(end - from);
		text_skip_bom(&from, &n);
		for (p = from; p < end && (*p == ' ' || *p == '\t'); p++)
			;
		*ret = from;
		*ret_len = n;
		if (p < end)
			return true;
	}
	return false;
}
