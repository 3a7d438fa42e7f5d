/* Our own JSON documents by jansson: see json.h. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/rfc3339.h"
#include "base/text.h"

enum { DEPTH_MAX = 32 };

/* jansson allows a depth of 2,048; we look at the brackets first, so that the
 * recursion of whoever walks the tree is bounded by us. */
static bool too_deep(const char *data, size_t len)
{
	bool in_string = false;
	int depth = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		char c = data[i];

		if (in_string) {
			if (c == '\\')
				i++;
			else if (c == '"')
				in_string = false;
		} else if (c == '"') {
			in_string = true;
		} else if (c == '{' || c == '[') {
			if (++depth > DEPTH_MAX)
				return true;
		} else if (c == '}' || c == ']') {
			depth--;
		}
	}
	return false;
}

json_t *json_read(const char *data, size_t len, struct error *err)
{
	json_error_t where;
	json_t *value;

	/* jansson lets a NUL behind a number pass (measured). */
	if (memchr(data, '\0', len) != NULL) {
		error_pointer(err, "", "not valid JSON: a NUL byte");
		return NULL;
	}
	if (too_deep(data, len)) {
		error_pointer(err, "", "JSON nested deeper than %d", DEPTH_MAX);
		return NULL;
	}
	value = json_loadb(data, len, JSON_REJECT_DUPLICATES, &where);
	if (value == NULL)
		/* jansson's text can quote the input; its position is enough. */
		error_pointer(err, "", "not valid JSON: line %d, column %d, byte %d%s", where.line,
			where.column, where.position,
			json_error_code(&where) == json_error_duplicate_key ? " (duplicate key)" : "");
	return value;
}

static int add_to_buf(const char *data, size_t size, void *arg)
{
	return buf_add(arg, data, size);
}

int json_write(struct buf *out, const json_t *value)
{
	return json_dump_callback(value, add_to_buf, out, JSON_COMPACT | JSON_ENCODE_ANY);
}

char *json_text(const json_t *value)
{
	struct buf b;

	buf_init(&b, 0);
	if (json_write(&b, value) < 0)
		abort();
	return buf_detach(&b, NULL);
}

static void set(json_t *object, const char *key, json_t *value)
{
	if (value == NULL || json_object_set_new(object, key, value) < 0)
		abort();
}

void json_set_text(json_t *object, const char *key, const char *text)
{
	json_t *value = text != NULL ? json_string(text) : NULL;
	char *ascii;

	if (text == NULL)
		return;
	/* Not UTF-8: a mistake of ours, and no reason to stop a clock. */
	if (value == NULL) {
		ascii = xstrdup(text);
		text_to_ascii(ascii, strlen(ascii));
		value = json_string(ascii);
		free(ascii);
	}
	set(object, key, value);
}

void json_set_int(json_t *object, const char *key, int64_t value)
{
	set(object, key, json_integer(value));
}

void json_set_bool(json_t *object, const char *key, int value)
{
	set(object, key, json_boolean(value));
}

void json_set_true(json_t *object, const char *key, int value)
{
	if (value)
		set(object, key, json_true());
}

void json_set_time(json_t *object, const char *key, int64_t at)
{
	char text[RFC3339_SIZE];

	if (at == TIME_NONE)
		return;
	rfc3339_format(at, text);
	set(object, key, json_string(text));
}

static int wrong(struct error *err, const char *key, const char *what)
{
	char pointer[sizeof(err->pointer)];

	snprintf(pointer, sizeof(pointer), "/%s", key);
	return error_pointer(err, pointer, "%s", what);
}

int json_get_text(const json_t *object, const char *key, const char **ret, struct error *err)
{
	const json_t *value = json_object_get(object, key);

	if (value == NULL || json_is_null(value))
		return 0;
	if (!json_is_string(value))
		return wrong(err, key, "must be a string");
	*ret = json_string_value(value);
	return 0;
}

int json_get_time(const json_t *object, const char *key, int64_t *ret_at, struct error *err)
{
	const char *text = NULL;
	struct error why;

	if (json_get_text(object, key, &text, err) < 0)
		return -1;
	if (text == NULL)
		return 0;
	if (rfc3339_parse(text, strlen(text), ret_at, &why) < 0)
		return wrong(err, key, why.text);
	return 0;
}

int json_get_bool(const json_t *object, const char *key, int *ret, struct error *err)
{
	const json_t *value = json_object_get(object, key);

	if (value == NULL || json_is_null(value))
		return 0;
	if (!json_is_boolean(value))
		return wrong(err, key, "must be true or false");
	*ret = json_is_true(value);
	return 0;
}

/* The caller's own words stay out of an error unless they look like a key. */
static bool is_plain(const char *key)
{
	return strlen(key) <= 40 && strspn(key, "abcdefghijklmnopqrstuvwxyz_-0123456789") == strlen(key);
}

int json_check_keys(const json_t *object, const char *const *known, struct error *err)
{
	const char *key;
	json_t *value;
	size_t n = 0;

	while (known[n] != NULL)
		n++;
	/* jansson's iteration takes a non-const object but does not change it. */
	json_object_foreach((json_t *)(uintptr_t)object, key, value) {
		const char *near;
		char text[160];
		size_t i;

		for (i = 0; i < n && strcmp(key, known[i]) != 0; i++)
			;
		if (i < n)
			continue;
		near = text_nearest(key, known, n);
		if (near != NULL)
			snprintf(text, sizeof(text), "unknown key; did you mean \"%s\"?", near);
		else
			snprintf(text, sizeof(text), "unknown key");
		return is_plain(key) ? wrong(err, key, text) : error_pointer(err, "", "%s", text);
	}
	return 0;
}
