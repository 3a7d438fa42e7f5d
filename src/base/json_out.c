/* JSON written straight into a buffer: see json_out.h. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_out.h"
#include "base/rfc3339.h"
#include "base/text.h"

enum { KEY_MAX = 60 };	/* keys are words of ours */

static void add(struct buf *out, const char *data, size_t n)
{
	if (buf_add(out, data, n) < 0)
		abort();	/* our own text has no ceiling */
}

/* RFC 8259 section 7: the quote, the backslash and what is below the space. */
static void add_escaped(struct buf *out, unsigned char c)
{
	static const char digits[] = "0123456789ABCDEF";
	static const char plain[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
	const char *at = c != '\0' ? strchr(plain, c) : NULL;
	char text[6] = { '\\', 'u', '0', '0', digits[c >> 4], digits[c & 15] };

	if (at == NULL) {
		add(out, text, sizeof(text));
	} else {
		text[1] = letters[at - plain];
		add(out, text, 2);
	}
}

#define EACH_BYTE(c)	(0x0101010101010101u * (uint64_t)(c))

/* Is any of eight bytes a quote, a backslash, below the space or above ASCII? A byte
 * is zero where the subtraction borrows into a bit that was not set before. */
static bool word_needs_care(uint64_t word)
{
	uint64_t quote = word ^ EACH_BYTE('"'), backslash = word ^ EACH_BYTE('\\');
	uint64_t found = (word - EACH_BYTE(0x20)) | (quote - EACH_BYTE(1)) |
		(backslash - EACH_BYTE(1)) | word;

	return (found & EACH_BYTE(0x80)) != 0;
}

static bool byte_needs_care(unsigned char c)
{
	return c < 0x20 || c >= 0x80 || c == '"' || c == '\\';
}

/* Do all bytes stand for themselves? Eight at a time, the last eight once more where
 * the length is no multiple: looking at each byte was a sixth of an answer's cost
 * (measured). */
static bool is_plain(const char *text, size_t len)
{
	uint64_t word;
	size_t i;

	if (len < sizeof(word)) {
		for (i = 0; i < len; i++)
			if (byte_needs_care((unsigned char)text[i]))
				return false;
		return true;
	}
	for (i = 0; i + sizeof(word) <= len; i += sizeof(word)) {
		memcpy(&word, text + i, sizeof(word));
		if (word_needs_care(word))
			return false;
	}
	memcpy(&word, text + len - sizeof(word), sizeof(word));
	return !word_needs_care(word);
}

static void add_string(struct buf *out, const char *text, size_t len)
{
	size_t start = out->len + 1, from = 0, i;
	unsigned char above = 0;

	add(out, "\"", 1);
	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		above |= c;
		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		add(out, text + from, i - from);
		add_escaped(out, c);
		from = i + 1;
	}
	add(out, text + from, len - from);
	if (above >= 0x80 && !text_is_utf8(text, len))
		text_to_ascii(out->data + start, out->len - start);
	add(out, "\"", 1);
}

/* What stands before a value, the comma and the key, and room for n bytes of it: where
 * they go. One call of the buffer for a member, because there are a hundred in an
 * answer (measured). */
static inline char *begin(struct buf *out, const char *key, size_t key_len, size_t n)
{
	char last = out->len > 0 ? out->data[out->len - 1] : '[';
	size_t comma = last != '{' && last != '[';
	char *at;

	if (key_len > KEY_MAX)
		abort();
	at = buf_extend(out, comma + (key != NULL ? key_len + 3 : 0) + n);
	if (at == NULL)
		abort();	/* our own text has no ceiling */
	if (comma)
		*at++ = ',';
	if (key == NULL)
		return at;
	*at++ = '"';
	memcpy(at, key, key_len);
	at += key_len;
	*at++ = '"';
	*at++ = ':';
	return at;
}

void out_put_raw(struct buf *out, const char *key, size_t key_len, const char *text, size_t len)
{
	memcpy(begin(out, key, key_len, len), text, len);
}

void out_end_object(struct buf *out)
{
	add(out, "}", 1);
}

void out_end_array(struct buf *out)
{
	add(out, "]", 1);
}

static void put_quoted(struct buf *out, const char *key, size_t key_len, const char *text,
	size_t len)
{
	char *at = begin(out, key, key_len, len + 2);

	*at = '"';
	memcpy(at + 1, text, len);
	at[len + 1] = '"';
}

void out_put_text(struct buf *out, const char *key, size_t key_len, const char *text)
{
	size_t len = strlen(text);

	if (is_plain(text, len)) {
		put_quoted(out, key, key_len, text, len);
	} else {
		begin(out, key, key_len, 0);
		add_string(out, text, len);
	}
}

void out_put_int(struct buf *out, const char *key, size_t key_len, int64_t value)
{
	uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	char text[24];
	size_t i = sizeof(text);

	do {
		text[--i] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (value < 0)
		text[--i] = '-';
	out_put_raw(out, key, key_len, text + i, sizeof(text) - i);
}

void out_put_time(struct buf *out, const char *key, size_t key_len, int64_t at)
{
	char text[RFC3339_SIZE];

	put_quoted(out, key, key_len, text, rfc3339_format(at, text));
}

void out_texts(struct buf *out, const char *key, const char *const *list, size_t n)
{
	size_t i;

	out_array(out, key);
	for (i = 0; i < n; i++)
		out_text(out, NULL, list[i]);
	out_end_array(out);
}
