/*
 * What is done with a value once a scan has found it: its text without the
 * escapes, and the elements of an array. The bytes have been validated by then;
 * nothing here reads outside the slice it was given even if they had not.
 */
#include "config.h"

#include <string.h>

#include "base/text.h"
#include "ingest/scan_internal.h"

static unsigned int hex4(const char *s)
{
	unsigned int value = 0;
	int i;

	for (i = 0; i < 4; i++) {
		unsigned int c = (unsigned char)s[i];

		value = value << 4 | ((c & 0xf) + (c > '9' ? 9 : 0));
	}
	return value;
}

static size_t utf8_encode(unsigned int c, char out[4])
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | (c >> 18 & 0x7));
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* The escape at s, backslash included: how many bytes it has, and the character. */
static size_t escape_decode(const char *s, size_t len, unsigned int *ret)
{
	static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
	const char *letter;
	unsigned int low;

	*ret = 0xfffd;
	if (len >= 6 && s[1] == 'u') {
		*ret = hex4(s + 2);
		if (*ret < 0xd800 || *ret > 0xdfff || len < 12)
			return 6;
		low = hex4(s + 8);	/* the scan saw to it that there is a pair */
		*ret = 0x10000 + ((*ret & 0x3ff) << 10) + (low & 0x3ff);
		return 12;
	}
	if (len < 2)
		return len;
	letter = memchr(letters, s[1], sizeof(letters) - 1);
	if (letter != NULL)
		*ret = (unsigned char)meanings[letter - letters];
	return 2;
}

static size_t utf8_length(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xe0)
		return 2;
	return first < 0xf0 ? 3 : 4;
}

size_t scan_unescape(const char *s, size_t len, char *out, size_t max)
{
	size_t at = 0, n = 0;

	while (at < len) {
		char decoded[4];
		const char *from = s + at;
		size_t took, size;

		if (s[at] == '\\') {
			unsigned int c;

			took = escape_decode(s + at, len - at, &c);
			size = utf8_encode(c, decoded);
			from = decoded;
		} else {
			took = size = utf8_length((unsigned char)s[at]);
		}
		if (took > len - at || size > max - n)
			break;
		memcpy(out + n, from, size);
		at += took;
		n += size;
	}
	return n;
}

char *scan_text(const struct scan_value *value, size_t max, struct arena *arena)
{
	size_t room = value->len < max ? value->len : max;
	char *text;

	switch (value->type) {
	case SCAN_FALSE:
	case SCAN_TRUE:
	case SCAN_NUMBER:
	case SCAN_STRING:
		break;
	case SCAN_ABSENT:
	case SCAN_NULL:
	case SCAN_OBJECT:
	case SCAN_ARRAY:
		return NULL;
	}
	if (!value->escaped)
		return arena_strndup(arena, value->data,
			text_utf8_cut(value->data, value->len, max));
	/* An escape is never shorter than what it stands for (\uXXXX: 6 to 3). */
	text = arena_alloc(arena, room + 1);
	text[scan_unescape(value->data, value->len, text, room)] = '\0';
	return text;
}

int scan_elements(const char *array, size_t len, scan_element_fn *fn, void *arg,
	struct error *err)
{
	const char *end = array + len, *p = scan_skip_space(array, end);
	bool first = true;
	size_t used;

	if (p == end || *p != '[')
		return error_set(err, ERROR_INVALID, "not an array");
	for (p++;; p++) {
		p = scan_skip_space(p, end);
		if (first && p < end && *p == ']')
			return 0;
		if (scan(NULL, p, (size_t)(end - p), NULL, &used, err) < 0)
			return error_prefix(err, "element at byte %zu: ", (size_t)(p - array));
		if (fn(arg, p, used) < 0)
			return -1;
		first = false;
		p = scan_skip_space(p + used, end);
		if (p < end && *p == ']')
			return 0;
		if (p == end || *p != ',')
			return error_set(err, ERROR_INVALID,
				"not valid JSON: no comma or ] at byte %zu", (size_t)(p - array));
	}
}
