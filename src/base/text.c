/* Small questions about text: see text.h. */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

int text_int64(const char *s, int64_t min, int64_t max, int64_t *ret)
{
	const char *digits = s[0] == '-' ? s + 1 : s;
	char *end;
	intmax_t value;

	if (digits[0] < '0' || digits[0] > '9')
		return -1;
	errno = 0;
	value = strtoimax(s, &end, 10);
	if (errno != 0 || *end != '\0' || value < min || value > max)
		return -1;
	*ret = (int64_t)value;
	return 0;
}

bool text_equal(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return strcmp(a, b) == 0;
}

bool text_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool text_copy(char *out, size_t size, const char *s)
{
	size_t n = strlen(s), keep = n < size ? n : size - 1;

	memcpy(out, s, keep);
	out[keep] = '\0';
	return keep == n;
}

/* Length of the character at s, 0 when it is not well-formed. */
static size_t utf8_char(const unsigned char *s, size_t n)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t len, i;

	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		len = 2;
	else if (s[0] >= 0xe0 && s[0] <= 0xef)
		len = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		len = 4;
	else
		return 0;
	/* RFC 3629 §4: the second byte excludes overlong forms, surrogates and
	 * anything above U+10FFFF. */
	if (s[0] == 0xe0)
		low = 0xa0;
	else if (s[0] == 0xed)
		high = 0x9f;
	else if (s[0] == 0xf0)
		low = 0x90;
	else if (s[0] == 0xf4)
		high = 0x8f;
	if (n < len || s[1] < low || s[1] > high)
		return 0;
	for (i = 2; i < len; i++)
		if (s[i] < 0x80 || s[i] > 0xbf)
			return 0;
	return len;
}

bool text_is_utf8(const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t i = 0;

	while (i < n) {
		size_t len = utf8_char(p + i, n - i);

		if (len == 0)
			return false;
		i += len;
	}
	return true;
}

size_t text_character(const char *s, size_t n, uint32_t *ret)
{
	size_t len = utf8_char((const unsigned char *)s, n), i;

	if (len == 0)
		return 0;
	*ret = (unsigned char)s[0];
	if (len > 1)
		*ret &= 0x7fU >> len;
	for (i = 1; i < len; i++)
		*ret = *ret << 6 | ((unsigned char)s[i] & 0x3f);
	return len;
}

bool text_is_hidden(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || (c >= 0x2028 && c <= 0x202e) ||
		(c >= 0x2066 && c <= 0x2069) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
		(c & 0xfffe) == 0xfffe || (c >= 0xe0000 && c <= 0xe007f);
}

bool text_is_mark(uint32_t c)
{
	return c == 0x061c || c == 0x200e || c == 0x200f;
}

void text_skip_bom(const char **s, size_t *n)
{
	if (*n < 3 || memcmp(*s, "\xef\xbb\xbf", 3) != 0)
		return;
	*s += 3;
	*n -= 3;
}

void text_to_ascii(char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if ((unsigned char)s[i] >= 0x80)
			s[i] = '?';
}

size_t text_utf8_cut(const char *s, size_t n, size_t max)
{
	if (n <= max)
		return n;
	while (max > 0 && ((unsigned char)s[max] & 0xc0) == 0x80)
		max--;
	return max;
}

bool text_is_name(const char *s)
{
	size_t i;

	for (i = 0; s[i] != '\0'; i++) {
		bool alnum = (s[i] >= 'a' && s[i] <= 'z') || (s[i] >= '0' && s[i] <= '9');

		if (!alnum && (i == 0 || strchr("._-", s[i]) == NULL))
			return false;
	}
	return i > 0 && i <= 63;
}

static size_t edit_distance(const char *a, const char *b)
{
	size_t row[65], la = strlen(a), lb = strlen(b), i, j;

	if (la > 64 || lb > 64)
		return 64;
	for (j = 0; j <= lb; j++)
		row[j] = j;
	for (i = 1; i <= la; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (j = 1; j <= lb; j++) {
			size_t best = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[lb];
}

const char *text_nearest(const char *s, const char *const *names, size_t n)
{
	size_t best = 1 + strlen(s) / 3, i;
	const char *found = NULL;

	for (i = 0; i < n; i++) {
		size_t d = edit_distance(s, names[i]);

		if (d <= best && (found == NULL || d < best)) {
			best = d;
			found = names[i];
		}
	}
	return found;
}

void text_duration(int64_t ms, char out[TEXT_DURATION_SIZE])
{
	uint64_t s = (ms < 0 ? -(uint64_t)ms : (uint64_t)ms) / 1000, d = s / 86400;
	unsigned int h = (unsigned int)(s / 3600 % 24);
	unsigned int m = (unsigned int)(s / 60 % 60);

	if (d > 0)
		snprintf(out, TEXT_DURATION_SIZE, "%" PRIu64 " d %u h", d, h);
	else if (h > 0)
		snprintf(out, TEXT_DURATION_SIZE, "%u h %02u min", h, m);
	else if (m > 0)
		snprintf(out, TEXT_DURATION_SIZE, "%u min", m);
	else
		snprintf(out, TEXT_DURATION_SIZE, "%u s", (unsigned int)(s % 60));
}
