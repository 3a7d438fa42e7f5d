/* iCalendar's lines: see ics.h. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "api/ics.h"
#include "base/rfc3339.h"
#include "base/text.h"

enum { LINE_MAX = 75 };	/* bytes, without the line's end (RFC 5545 §3.1) */

void ics_line(struct buf *out, const char *name, const char *value)
{
	struct buf line;
	size_t at, n;

	buf_init(&line, 0);
	buf_addf(&line, "%s:%s", name, value);
	for (at = 0; at < line.len; at += n) {
		/* The blank that begins a further line counts. */
		n = text_utf8_cut(line.data + at, line.len - at, at == 0 ? LINE_MAX : LINE_MAX - 1);
		buf_adds(out, at == 0 ? "" : "\r\n ");
		buf_add(out, line.data + at, n);
	}
	buf_adds(out, "\r\n");
	buf_release(&line);
}

void ics_text(struct buf *out, const char *name, const char *text)
{
	struct buf escaped;

	buf_init(&escaped, 0);
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '\n')
			buf_adds(&escaped, "\\n");
		else if (c == '\t')
			buf_addc(&escaped, ' ');
		else if (c == '\\' || c == ';' || c == ',')
			buf_addf(&escaped, "\\%c", c);
		else if (c >= 0x20 && c != 0x7f)
			buf_addc(&escaped, (char)c);
	}
	ics_line(out, name, escaped.data);
	buf_release(&escaped);
}

void ics_time(struct buf *out, const char *name, int64_t at)
{
	struct civil c;
	char text[48];

	civil_from_ms(at, &c);
	snprintf(text, sizeof(text), "%04d%02d%02dT%02d%02d%02dZ", c.year, c.month, c.day,
		c.hour, c.minute, c.second);
	ics_line(out, name, text);
}
