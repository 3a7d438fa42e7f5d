/* Lines of a page: see page.h. */
#include "config.h"

#include <string.h>

#include "core/page.h"

static bool is_first_byte(char c)
{
	return ((unsigned char)c & 0xc0) != 0x80;
}

static size_t columns_of(const char *s, size_t n)
{
	size_t columns = 0, i;

	for (i = 0; i < n; i++)
		columns += is_first_byte(s[i]);
	return columns;
}

/* Bytes of the longest beginning that fits. */
static size_t fitting(const char *s, size_t n, size_t columns)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (is_first_byte(s[i]) && columns-- == 0)
			break;
	return i;
}

static void pad(struct buf *out, size_t n)
{
	while (n-- > 0)
		buf_addc(out, ' ');
}

void page_text(struct buf *out, size_t at, size_t margin, const char *text)
{
	size_t n, part, columns;
	bool first = true;

	for (text += strspn(text, " \t\r\n"); *text != '\0'; text += strspn(text, " \t\r\n")) {
		n = strcspn(text, " \t\r\n");
		columns = columns_of(text, n);
		if (!first && at + 1 + columns > PAGE_WIDTH) {
			buf_addc(out, '\n');
			pad(out, margin);
			at = margin;
		} else if (!first) {
			buf_addc(out, ' ');
			at++;
		}
		for (; n > 0; n -= part, text += part) {
			part = fitting(text, n, PAGE_WIDTH > at ? PAGE_WIDTH - at : 1);
			buf_add(out, text, part);
			at += columns_of(text, part);
			if (part < n) {
				buf_addc(out, '\n');
				pad(out, margin);
				at = margin;
			}
		}
		first = false;
	}
	buf_addc(out, '\n');
}

void page_labelled(struct buf *out, const char *label, const char *text)
{
	buf_addf(out, "  %-10s  ", label);
	page_text(out, PAGE_LABEL, PAGE_LABEL, text);
}

void page_item(struct buf *out, const char *text)
{
	buf_adds(out, "  - ");
	page_text(out, 4, 4, text);
}

void page_heading(struct buf *out, const char *text)
{
	buf_addf(out, "\n%s\n", text);
}
