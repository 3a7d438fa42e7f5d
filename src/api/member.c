/* Members of a request's document: see member.h. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "api/member.h"
#include "base/rfc3339.h"
#include "base/text.h"

enum { POINTER_SIZE = 96 };

static int refuse(const char *key, struct error *err, const char *text)
{
	char pointer[POINTER_SIZE];

	snprintf(pointer, sizeof(pointer), "/%s", key);
	return error_pointer(err, pointer, "%s", text);
}

/* A control byte in a name or title can forge a line in a mail or a terminal. */
static bool has_controls(const char *text, bool multiline)
{
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (multiline && (c == '\n' || c == '\r' || c == '\t'))
			continue;
		if (c < 0x20 || c == 0x7f)
			return true;
	}
	return false;
}

static bool is_blank(const char *text)
{
	return text[strspn(text, " \t\r\n")] == '\0';
}

size_t member_chars(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static int take_text(const json_t *doc, const struct member_text *m, struct error *err)
{
	const char *text = NULL;
	char why[64];

	if (json_get_text(doc, m->key, &text, err) < 0)
		return -1;
	if (text == NULL)
		return m->required ? refuse(m->key, err, "is missing") : 0;
	if (is_blank(text))
		return refuse(m->key, err, "must not be empty");
	if (m->max == 0 && !text_is_name(text))
		return refuse(m->key, err, "must be a name: a-z, 0-9, \"-\", \".\", \"_\"");
	if (m->max > 0 && strlen(text) > m->max) {
		snprintf(why, sizeof(why), "longer than %zu bytes", m->max);
		return refuse(m->key, err, why);
	}
	if (has_controls(text, m->multiline))
		return refuse(m->key, err, "must not contain control characters");
	*m->ret = text;
	return 0;
}

int member_texts(const json_t *doc, const struct member_text *list, size_t n,
	struct error *err)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (take_text(doc, &list[i], err) < 0)
			return -1;
	return 0;
}

int member_time(const json_t *doc, const char *key, int64_t *ret_at, struct error *err)
{
	int64_t at = TIME_NONE;

	if (json_get_time(doc, key, &at, err) < 0)
		return -1;
	if (at == TIME_NONE)
		return refuse(key, err, "is missing");
	*ret_at = at;
	return 0;
}

static int take_name(const json_t *value, const char *key, const char **names, size_t n,
	struct error *err)
{
	const char *name = json_string_value(value);
	char pointer[POINTER_SIZE];
	size_t i;

	snprintf(pointer, sizeof(pointer), "/%s/%zu", key, n);
	if (name == NULL || !text_is_name(name))
		return error_pointer(err, pointer,
			"must be a name: a-z, 0-9, \"-\", \".\", \"_\"");
	for (i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return error_pointer(err, pointer, "is named twice");
	names[n] = name;
	return 0;
}

int member_names(const json_t *doc, const char *key, struct arena *arena,
	const char ***ret, size_t *ret_n, struct error *err)
{
	const json_t *array = json_object_get(doc, key);
	size_t n = json_array_size(array), i;
	const char **names;

	if (array == NULL || json_is_null(array))
		return 0;
	if (!json_is_array(array))
		return refuse(key, err, "must be an array of names");
	if (n > MEMBER_NAMES_MAX)
		return refuse(key, err, "has too many names");
	names = arena_array(arena, n + 1, sizeof(*names));
	for (i = 0; i < n; i++)
		if (take_name(json_array_get(array, i), key, names, i, err) < 0)
			return -1;
	*ret = names;
	*ret_n = n;
	return 0;
}

int member_unknown(const char *pointer, const char *what, const char *given,
	const char *const *known, size_t n, struct error *err)
{
	const char *near = text_nearest(given, known, n);

	if (near == NULL)
		return error_pointer(err, pointer, "unknown %s", what);
	return error_pointer(err, pointer, "unknown %s; did you mean \"%s\"?", what, near);
}
