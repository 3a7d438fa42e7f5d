/* Normal forms of titles: see likeness.h. One pass, no allocation: it runs for each
 * incident that is opened. */
#include "config.h"

#include <string.h>

#include "core/likeness.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_word(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		(unsigned char)c >= 0x80;
}

static bool joins(char c)
{
	return c == ':' || c == '-';
}

/* UUIDs, addresses of IPv6 and Ethernet, dates and times: hexadecimal, with two or more
 * colons or hyphens in it. */
static bool is_address(const char *s, size_t n)
{
	size_t separators = 0, i;

	for (i = 0; i < n; i++) {
		if (!is_hex(s[i]) && !joins(s[i]))
			return false;
		separators += joins(s[i]);
	}
	return separators >= 2;
}

/* 0x1f, 4d, 20261121. Hexadecimal without a digit is a word: added, face, bad. */
static bool is_number(const char *s, size_t n)
{
	bool digit = false;
	size_t i;

	if (n > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
		s += 2;
		n -= 2;
		digit = true;
	}
	for (i = 0; i < n; i++) {
		if (!is_hex(s[i]))
			return false;
		digit = digit || is_digit(s[i]);
	}
	return digit;
}

/* Behind what is there; a word that has no room is left out, and so are all after it. */
static bool add_word(const char *s, size_t n, char *out, size_t *len)
{
	size_t letters = 0, i;

	if (is_number(s, n))
		return true;
	for (i = 0; i < n; i++)
		letters += !is_digit(s[i]);
	if (letters < 2)
		return true;
	if (*len + 1 + letters >= LIKENESS_FORM_SIZE)
		return false;
	if (*len > 0)
		out[(*len)++] = ' ';
	for (i = 0; i < n; i++)
		if (!is_digit(s[i]))
			out[(*len)++] = s[i] >= 'A' && s[i] <= 'Z' ? (char)(s[i] + 32) : s[i];
	return true;
}

static bool add_chunk(const char *s, size_t n, char *out, size_t *len)
{
	size_t from, to;

	if (is_address(s, n))
		return true;
	for (from = 0; from < n; from = to + 1) {
		for (to = from; to < n && !joins(s[to]); to++)
			;
		if (to > from && !add_word(s + from, to - from, out, len))
			return false;
	}
	return true;
}

size_t likeness_form(const char *title, char out[LIKENESS_FORM_SIZE])
{
	size_t len = 0;

	while (*title != '\0') {
		size_t n = 0;

		while (is_word(title[n]) || joins(title[n]))
			n++;
		if (n > 0 && !add_chunk(title, n, out, &len))
			break;
		title += n > 0 ? n : 1;
	}
	out[len] = '\0';
	return len;
}

/* FNV-1a of 64 bits: who makes two titles collide gets a wrong hint, and no more. */
static uint64_t hash(uint64_t number, const char *data, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		number = (number ^ (unsigned char)data[i]) * 0x100000001b3u;
	return number;
}

int64_t likeness_of(const char *entity, bool drill, const char *title)
{
	char form[LIKENESS_FORM_SIZE];
	size_t len = likeness_form(title, form);
	uint64_t number = 0xcbf29ce484222325u;

	if (len == 0)
		return 0;
	number = hash(number, drill ? "drill" : "", drill ? 6 : 1);
	number = hash(number, entity, strlen(entity) + 1);
	/* Without the sign: it is easier to read where it is stored. */
	number = hash(number, form, len) & INT64_MAX;
	return number != 0 ? (int64_t)number : 1;
}

bool likeness_prefix(const char *key, char out[LIKENESS_PREFIX_SIZE])
{
	size_t n = strcspn(key, ":");

	if (n < LIKENESS_PREFIX_MIN || n >= LIKENESS_PREFIX_SIZE)
		return false;
	memcpy(out, key, n);
	out[n] = '\0';
	return true;
}
