/* The members of JSON text in place: see json_parts.h. */
#include "config.h"

#include <string.h>

#include "base/json_parts.h"
#include "base/text.h"

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static const char *skip_spaces(const char *at, const char *end)
{
	while (at < end && is_space(*at))
		at++;
	return at;
}

/* Behind a string that begins here; NULL: it does not end. A quote ends it unless an odd
 * number of backslashes stands before it. */
static const char *skip_string(const char *at, const char *end)
{
	const char *from = at + 1, *quote = at;

	while ((quote = memchr(quote + 1, '"', (size_t)(end - quote - 1))) != NULL) {
		const char *back = quote;

		while (back > from && back[-1] == '\\')
			back--;
		if ((quote - back) % 2 == 0)
			return quote + 1;
	}
	return NULL;
}

/* Behind an object or array that begins here. */
static const char *skip_nested(const char *at, const char *end)
{
	int depth = 0;

	while (at < end) {
		char c = *at;

		if (c == '"') {
			at = skip_string(at, end);
			if (at == NULL)
				return NULL;
			continue;
		}
		at++;
		if (c == '{' || c == '[')
			depth++;
		else if ((c == '}' || c == ']') && --depth == 0)
			return at;
	}
	return NULL;
}

/* Behind a value that begins here; NULL: there is none. */
static const char *skip_value(const char *at, const char *end)
{
	const char *from = at;

	if (at == end)
		return NULL;
	if (*at == '"')
		return skip_string(at, end);
	if (*at == '{' || *at == '[')
		return skip_nested(at, end);
	while (at < end && *at != ',' && *at != '}' && *at != ']' && !is_space(*at))
		at++;
	return at > from ? at : NULL;
}

/* "key": value; returns what stands behind it. */
static const char *read_member(const char *at, const char *end, struct json_member *ret)
{
	const char *key_end;

	if (at == end || *at != '"' || (key_end = skip_string(at, end)) == NULL)
		return NULL;
	ret->key = at + 1;
	ret->key_len = (size_t)(key_end - at) - 2;
	if (memchr(ret->key, '\\', ret->key_len) != NULL)
		return NULL;
	at = skip_spaces(key_end, end);
	if (at == end || *at++ != ':')
		return NULL;
	ret->value.at = skip_spaces(at, end);
	at = skip_value(ret->value.at, end);
	if (at != NULL)
		ret->value.len = (size_t)(at - ret->value.at);
	return at;
}

static int read_members(const char *at, const char *end, struct json_parts *ret)
{
	at = skip_spaces(at, end);
	if (at == end || *at++ != '{')
		return -1;
	at = skip_spaces(at, end);
	if (at < end && *at == '}')
		return skip_spaces(at + 1, end) == end ? 0 : -1;
	for (;;) {
		if (ret->n == JSON_PARTS_MAX ||
		    (at = read_member(skip_spaces(at, end), end, &ret->list[ret->n])) == NULL)
			return -1;
		ret->n++;
		at = skip_spaces(at, end);
		if (at < end && *at == '}')
			return skip_spaces(at + 1, end) == end ? 0 : -1;
		if (at == end || *at++ != ',')
			return -1;
	}
}

int json_parts_read(const char *text, size_t len, struct arena *arena, struct json_parts *ret)
{
	ret->arena = arena;
	ret->n = 0;
	if (read_members(text, text + len, ret) == 0)
		return 0;
	ret->n = 0;
	return -1;
}

const struct json_part *json_parts_find(const struct json_parts *parts, const char *key)
{
	size_t len = strlen(key), i;

	for (i = 0; i < parts->n; i++)
		if (parts->list[i].key_len == len && memcmp(parts->list[i].key, key, len) == 0)
			return &parts->list[i].value;
	return NULL;
}

/* ---- texts --------------------------------------------------------------------- */

/* Four hexadecimal digits; -1: they are none. */
static int32_t read_hex(const char *at, const char *end)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	int32_t value = 0;
	int i;

	if (end - at < 4)
		return -1;
	for (i = 0; i < 4; i++) {
		const char *digit = at[i] != '\0' ? strchr(digits, at[i]) : NULL;

		if (digit == NULL)
			return -1;
		value = value * 16 + (int32_t)((digit - digits) % 16);
	}
	return value;
}

static char *put_utf8(char *out, int32_t c)
{
	if (c < 0x80) {
		*out++ = (char)c;
	} else if (c < 0x800) {
		*out++ = (char)(0xc0 | c >> 6);
		*out++ = (char)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		*out++ = (char)(0xe0 | c >> 12);
		*out++ = (char)(0x80 | (c >> 6 & 0x3f));
		*out++ = (char)(0x80 | (c & 0x3f));
	} else {
		*out++ = (char)(0xf0 | c >> 18);
		*out++ = (char)(0x80 | (c >> 12 & 0x3f));
		*out++ = (char)(0x80 | (c >> 6 & 0x3f));
		*out++ = (char)(0x80 | (c & 0x3f));
	}
	return out;
}

/* What stands behind a backslash and the "u"; surrogates come in pairs (RFC 8259
 * section 7). NULL: it is no character, or the NUL. */
static const char *decode_unicode(const char *at, const char *end, char **out)
{
	int32_t c = read_hex(at, end), low;

	at += 4;
	if (c <= 0 || (c >= 0xdc00 && c <= 0xdfff))
		return NULL;
	if (c >= 0xd800 && c <= 0xdbff) {
		if (end - at < 6 || at[0] != '\\' || at[1] != 'u')
			return NULL;
		low = read_hex(at + 2, end);
		if (low < 0xdc00 || low > 0xdfff)
			return NULL;
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
		at += 6;
	}
	*out = put_utf8(*out, c);
	return at;
}

/* No text grows by it: six bytes become three at most. */
static bool decode(const char *at, const char *end, char *out)
{
	static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
	const char *letter;

	while (at < end) {
		if (*at != '\\') {
			*out++ = *at++;
			continue;
		}
		if (++at == end)
			return false;
		if (*at == 'u') {
			at = decode_unicode(at + 1, end, &out);
			if (at == NULL)
				return false;
			continue;
		}
		letter = *at != '\0' ? strchr(letters, *at++) : NULL;
		if (letter == NULL)
			return false;
		*out++ = meant[letter - letters];
	}
	*out = '\0';
	return true;
}

const char *json_parts_text(const struct json_parts *parts, const char *key)
{
	const struct json_part *part = json_parts_find(parts, key);
	const char *from;
	size_t len;
	char *text;

	if (part == NULL || part->len < 2 || part->at[0] != '"')
		return NULL;
	from = part->at + 1;
	len = part->len - 2;
	if (memchr(from, '\0', len) != NULL || !text_is_utf8(from, len))
		return NULL;
	if (memchr(from, '\\', len) == NULL)
		return arena_strndup(parts->arena, from, len);
	text = arena_raw(parts->arena, len + 1);
	return decode(from, from + len, text) ? text : NULL;
}

/* ---- the others ------------------------------------------------------------------ */

int json_parts_int(const struct json_parts *parts, const char *key, int64_t *ret)
{
	const struct json_part *part = json_parts_find(parts, key);
	char text[24];

	if (part == NULL || part->len >= sizeof(text))
		return -1;
	memcpy(text, part->at, part->len);
	text[part->len] = '\0';
	return text_int64(text, INT64_MIN, INT64_MAX, ret);
}

bool json_parts_true(const struct json_parts *parts, const char *key)
{
	const struct json_part *part = json_parts_find(parts, key);

	return part != NULL && part->len == 4 && memcmp(part->at, "true", 4) == 0;
}

void json_parts_object(const struct json_parts *parts, const char *key, struct json_parts *ret)
{
	const struct json_part *part = json_parts_find(parts, key);

	ret->arena = parts->arena;
	ret->n = 0;
	if (part != NULL)
		(void)json_parts_read(part->at, part->len, parts->arena, ret);
}
