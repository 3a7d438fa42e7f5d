/*
 * Values as they are written: see value.h. Everything here is pure text; what a
 * value refers to is checked where its section is read.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/rfc3339.h"
#include "base/text.h"
#include "config/value.h"
#include "core/period.h"

enum { URL_MAX = 2048, ADDRESS_MAX = 254, LOCAL_MAX = 64, PATH_MAX_BYTES = 255,
	PATH_SEGMENTS_MAX = 16, INDEX_DIGITS_MAX = 4 };

int value_size(const char *text, int64_t *ret, struct error *err)
{
	static const struct {
		const char *name;
		int shift;
	} units[] = { { "", 0 }, { "KiB", 10 }, { "MiB", 20 }, { "GiB", 30 }, { "TiB", 40 } };
	size_t digits = strspn(text, "0123456789"), i;
	char number[16];
	int64_t value;

	if (digits == 0 || digits > 12)
		return error_set(err, ERROR_INVALID, "is not a size such as \"64MiB\"");
	snprintf(number, sizeof(number), "%.*s", (int)digits, text);
	for (i = 0; i < ARRAY_LEN(units) && strcmp(text + digits, units[i].name) != 0; i++)
		;
	if (i == ARRAY_LEN(units))
		return error_set(err, ERROR_INVALID,
			"has an unknown unit; use KiB, MiB or GiB as in \"64MiB\"");
	if (text_int64(number, 0, INT64_MAX >> units[i].shift, &value) < 0)
		return error_set(err, ERROR_INVALID, "is too large");
	*ret = value * ((int64_t)1 << units[i].shift);
	return 0;
}

int value_mode(const char *text, int64_t *ret, struct error *err)
{
	int64_t mode = 0;
	size_t i;

	for (i = 0; text[i] >= '0' && text[i] <= '7' && i < 5; i++)
		mode = mode * 8 + (text[i] - '0');
	if (i == 0 || text[i] != '\0' || mode > 0777)
		return error_set(err, ERROR_INVALID, "is not an octal mode such as \"0660\"");
	if ((mode & 0600) != 0600)
		return error_set(err, ERROR_INVALID, "does not let the owner read and write");
	*ret = mode;
	return 0;
}

int value_duration(const char *text, bool none_allowed, int64_t *ret_ms, struct error *err)
{
	if (none_allowed && strcmp(text, "none") == 0) {
		*ret_ms = 0;
		return 0;
	}
	return period_parse_duration(text, ret_ms, err);
}

bool value_is_printable(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return false;
	return true;
}

static bool is_visible_ascii(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text <= 0x20 || *text >= 0x7f)
			return false;
	return true;
}

static bool is_host(const char *host)
{
	size_t i, n = strlen(host);

	for (i = 0; i < n; i++)
		if (strchr("-._", host[i]) == NULL &&
			!(host[i] >= '0' && host[i] <= '9') &&
			!(host[i] >= 'a' && host[i] <= 'z') && !(host[i] >= 'A' && host[i] <= 'Z'))
			return false;
	return n > 0 && n <= 253 && host[0] != '-' && host[0] != '.';
}

/* "host", "host:port", "[v6]:port" */
static int split_authority(struct arena *a, const char *text, struct url *ret,
	struct error *err)
{
	bool literal = text[0] == '[';
	const char *start = literal ? text + 1 : text;
	const char *end = start + strcspn(start, literal ? "]" : ":");
	char *host = arena_strndup(a, start, (size_t)(end - start));
	int64_t port = 0;

	if (literal && (*end != ']' || strspn(host, "0123456789abcdefABCDEF:.") != strlen(host) ||
		strchr(host, ':') == NULL))
		return error_set(err, ERROR_INVALID, "has a broken IPv6 address");
	if (!literal && !is_host(host))
		return error_set(err, ERROR_INVALID, "has no usable host name");
	if (literal)
		end++;
	if (*end != '\0' && (*end != ':' || text_int64(end + 1, 1, 65535, &port) < 0))
		return error_set(err, ERROR_INVALID, "has a port that is not 1 to 65535");
	ret->host = host;
	ret->port = (int)port;
	return 0;
}

int value_url(struct arena *a, const char *text, struct url *ret, struct error *err)
{
	const char *colon = strstr(text, "://"), *rest, *at;
	char *authority, *scheme;
	size_t len;

	memset(ret, 0, sizeof(*ret));
	if (strlen(text) > URL_MAX || !is_visible_ascii(text))
		return error_set(err, ERROR_INVALID,
			"is not a URL: at most 2048 visible ASCII characters");
	if (colon == NULL || colon == text)
		return error_set(err, ERROR_INVALID, "is not a URL: no \"scheme://\" at its start");
	scheme = arena_strndup(a, text, (size_t)(colon - text));
	for (len = 0; scheme[len] != '\0'; len++)
		if (scheme[len] >= 'A' && scheme[len] <= 'Z')
			scheme[len] = (char)(scheme[len] + 32);
	ret->scheme = scheme;
	rest = colon + 3;
	len = strcspn(rest, "/?#");
	authority = arena_strndup(a, rest, len);
	ret->has_path = rest[len] != '\0' && strcmp(rest + len, "/") != 0;
	at = strrchr(authority, '@');
	ret->has_user = at != NULL;
	return split_authority(a, at != NULL ? at + 1 : authority, ret, err);
}

int value_address(const char *text, struct error *err)
{
	const char *at = strchr(text, '@');

	if (!is_visible_ascii(text) || strpbrk(text, "<>()[],;:\\\"") != NULL)
		return error_set(err, ERROR_INVALID,
			"is not a mail address: bare ASCII as in \"ciso@example.org\", no name, no space");
	if (strlen(text) > ADDRESS_MAX)
		return error_set(err, ERROR_INVALID, "is longer than 254 bytes");
	if (at == NULL || strchr(at + 1, '@') != NULL)
		return error_set(err, ERROR_INVALID, "is not a mail address: it needs exactly one @");
	if (at == text || at - text > LOCAL_MAX || !is_host(at + 1))
		return error_set(err, ERROR_INVALID,
			"is not a mail address: something is wrong beside the @");
	return 0;
}

/* The length of "[12]" at the start, 0 when it is no index. */
static size_t index_length(const char *s)
{
	size_t digits = strspn(s + 1, "0123456789");

	if (digits == 0 || digits > INDEX_DIGITS_MAX || s[1 + digits] != ']' ||
		(s[1] == '0' && digits > 1))
		return 0;
	return digits + 2;
}

int value_path(const char *text, struct error *err)
{
	const char *s = text;
	int segments = 0;

	if (strlen(text) > PATH_MAX_BYTES || !value_is_printable(text))
		return error_set(err, ERROR_INVALID, "is not a path: at most 255 printable bytes");
	do {
		size_t len;

		if (*s == '[') {
			len = index_length(s);
		} else {
			if (s != text && *s++ != '.')
				return error_set(err, ERROR_INVALID,
					"is not a path: after an index comes a dot or another index");
			len = strcspn(s, ".[]");
		}
		if (len == 0 || s[len] == ']')
			return error_set(err, ERROR_INVALID, "is not a path such as \"rule.level\" or "
				"\"list[0].uid\"");
		s += len;
		segments++;
	} while (*s != '\0');
	if (segments > PATH_SEGMENTS_MAX)
		return error_set(err, ERROR_INVALID, "is a path of more than 16 segments");
	return 0;
}
