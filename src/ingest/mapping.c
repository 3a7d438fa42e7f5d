/*
 * From the values at a format's declared paths to an alert: see mapping.h. A
 * field with several paths takes the first that has a value; null, an empty
 * text, an object and an array are none. What a sender gets wrong beside the
 * title never costs the alert: an unreadable time is left out (the receipt time
 * stands in), an unlisted severity is "unknown", never silently low.
 */
#include "config.h"

#include <string.h>
#include <strings.h>

#include "base/digest.h"
#include "base/text.h"
#include "ingest/mapping.h"
#include "ingest/stamp.h"

/* --- compiling --- */

struct path_list {
	const char *paths[SCAN_PATHS_MAX];
	size_t n;
	bool overflow;
};

static struct mapping_field add_paths(struct path_list *list, const char *const *paths,
	size_t n)
{
	struct mapping_field field = { .first = list->n, .n = n };
	size_t i;

	if (n > SCAN_PATHS_MAX - list->n) {
		list->overflow = true;
		return (struct mapping_field){ 0 };
	}
	for (i = 0; i < n; i++)
		list->paths[list->n++] = paths[i];
	return field;
}

static struct mapping_field add_pick(struct path_list *list, const struct conf_pick *pick)
{
	return add_paths(list, pick->paths, pick->n);
}

static struct mapping_field add_test(struct path_list *list, const struct conf_test *test)
{
	return add_paths(list, &test->path, test->path != NULL);
}

int mapping_init(struct mapping *m, const struct conf_format *format, struct error *err)
{
	struct path_list list = { .n = 0 };

	*m = (struct mapping){ .format = format };
	m->key = add_pick(&list, &format->key);
	m->title = add_pick(&list, &format->title_from);
	m->description = add_pick(&list, &format->description);
	m->severity = add_pick(&list, &format->severity_from);
	m->detected = add_pick(&list, &format->detected_at);
	m->aware = add_pick(&list, &format->aware_at);
	m->entity = add_pick(&list, &format->entity);
	m->resolved = add_test(&list, &format->resolved);
	m->tests = add_test(&list, &format->tests);
	if (list.overflow)
		return error_set(err, ERROR_INVALID, "format %s: more than %d paths",
			format->name, SCAN_PATHS_MAX);
	m->paths = scan_paths_new(list.paths, list.n, err);
	if (m->paths != NULL && format->each != NULL)
		m->each = scan_paths_new(&format->each, 1, err);
	if (m->paths != NULL && (format->each == NULL || m->each != NULL))
		return 0;
	mapping_release(m);
	return error_prefix(err, "format %s", format->name);
}

void mapping_release(struct mapping *m)
{
	scan_paths_free(m->paths);
	scan_paths_free(m->each);
	m->paths = m->each = NULL;
}

/* --- texts --- */

/* Control bytes could forge a line in a mail or on a terminal; a title has no
 * use for any of them, a longer text for tabs and newlines. */
static void blank_controls(char *s, bool multiline)
{
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if ((c >= 0x20 && c != 0x7f) || (multiline && (c == '\n' || c == '\t')))
			continue;
		*s = ' ';
	}
}

static char *trim(char *s)
{
	size_t n;

	s += strspn(s, " ");
	for (n = strlen(s); n > 0 && s[n - 1] == ' '; n--)
		;
	s[n] = '\0';
	return s;
}

static void cut_chars(char *s, size_t max)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		if (((unsigned char)*s & 0xc0) != 0x80 && n++ == max)
			break;
	*s = '\0';
}

/* The text of one value with blanks for control bytes; NULL when that is none. */
static char *clean_text(const struct scan_value *value, size_t max, bool multiline,
	struct arena *arena)
{
	char *text = arena_strdup(arena, scan_text(value, max, arena));

	if (text == NULL)
		return NULL;
	blank_controls(text, multiline);
	text = trim(text);
	return *text != '\0' ? text : NULL;
}

static char *field_text(const struct scan_value *values, struct mapping_field field,
	size_t max, bool multiline, struct arena *arena)
{
	char *text = NULL;
	size_t i;

	for (i = 0; i < field.n && text == NULL; i++)
		text = clean_text(&values[field.first + i], max, multiline, arena);
	return text;
}

/*
 * The parts that are there. The last is the most particular one (an alert's own
 * number) and must be: what stands before it (a manager's name) only says whose
 * number that is, and on its own would make one incident of everything that this
 * manager ever sends.
 */
static const char *field_key(const struct scan_value *values, struct mapping_field field,
	struct arena *arena)
{
	char digest[DIGEST_HEX_SIZE], *key = NULL;
	size_t i;

	for (i = 0; i < field.n; i++) {
		const struct scan_value *value = &values[field.first + i];
		const char *part = clean_text(value, value->len, false, arena);

		if (part == NULL && i + 1 == field.n)
			return NULL;
		if (part == NULL)
			continue;
		key = key == NULL ? arena_strdup(arena, part) :
			arena_printf(arena, "%s:%s", key, part);
	}
	if (key == NULL || strlen(key) <= ALERT_KEY_BYTES)
		return key;
	/* Cut short, two of them could become equal. */
	digest_sha256_hex(key, strlen(key), digest);
	return arena_printf(arena, "sha256:%s", digest);
}

/* --- other fields --- */

static bool rule_matches(const struct conf_severity_rule *rule, const char *text)
{
	int64_t number;

	if (rule->is != NULL)
		return strcasecmp(rule->is, text) == 0;
	return text_int64(text, rule->from, rule->to, &number) == 0;
}

static enum severity field_severity(const struct mapping *m, const struct scan_value *values,
	struct arena *arena)
{
	const char *text = field_text(values, m->severity, 64, false, arena);
	size_t i;

	for (i = 0; text != NULL && i < m->format->n_severities; i++)
		if (rule_matches(&m->format->severities[i], text))
			return m->format->severities[i].severity;
	return SEVERITY_UNKNOWN;
}

static int64_t field_time(const struct scan_value *values, struct mapping_field field,
	struct arena *arena)
{
	size_t i;

	for (i = 0; i < field.n; i++) {
		const struct scan_value *value = &values[field.first + i];
		const char *text = scan_text(value, value->len, arena);
		int64_t at;

		if (text != NULL && stamp_parse(text, strlen(text), value->type == SCAN_NUMBER,
		    &at, NULL) == 0)
			return at;
	}
	return TIME_NONE;
}

static bool field_test(const struct scan_value *values, struct mapping_field field,
	const struct conf_test *test, struct arena *arena)
{
	const char *text;
	size_t i;

	if (field.n == 0)
		return false;
	text = scan_text(&values[field.first], values[field.first].len, arena);
	for (i = 0; text != NULL && i < test->n; i++)
		if (strcmp(text, test->equals[i]) == 0)
			return true;
	return false;
}

void mapping_pointer(const char *path, char *out, size_t size)
{
	bool start = true;
	size_t n = 0;

	for (; *path != '\0' && n + 3 < size; path++) {
		if (*path == ']')
			continue;
		if (*path == '.' || *path == '[') {
			start = true;
			continue;
		}
		if (start)
			out[n++] = '/';
		start = false;
		if (*path == '~' || *path == '/') {
			out[n++] = '~';
			out[n++] = *path == '~' ? '0' : '1';
		} else {
			out[n++] = *path;
		}
	}
	out[n] = '\0';
}

/* Any other time that cannot be read is left out, but awareness moves the clocks of the
 * law: stated without an offset, it would silently become the later receipt time. */
static int check_awareness(const struct mapping *m, const struct scan_value *values,
	struct arena *arena, struct error *err)
{
	const struct conf_pick *from = &m->format->aware_at;
	size_t i;

	for (i = 0; i < m->aware.n; i++) {
		const struct scan_value *value = &values[m->aware.first + i];
		const char *text = value->type == SCAN_STRING ? scan_text(value, 64, arena) : NULL;
		char pointer[128], *zoned;
		int64_t at;

		if (text == NULL || stamp_parse(text, strlen(text), false, &at, NULL) >= 0)
			continue;
		zoned = arena_printf(arena, "%sZ", text);
		if (stamp_parse(zoned, strlen(zoned), false, &at, NULL) < 0)
			continue;
		mapping_pointer(from->paths[i], pointer, sizeof(pointer));
		return error_pointer(err, pointer,
			"the time has no offset: end it with Z or, say, +01:00");
	}
	return 0;
}

int mapping_apply(const struct mapping *m, const struct scan_value *values,
	struct arena *arena, struct alert *ret, struct error *err)
{
	char *title = field_text(values, m->title, ALERT_TITLE_BYTES, false, arena);
	const struct conf_pick *from = &m->format->title_from;

	if (title == NULL) {
		char pointer[128] = "";

		if (from->n > 0)
			mapping_pointer(from->paths[0], pointer, sizeof(pointer));
		return error_pointer(err, pointer, "nothing found at this path");
	}
	if (check_awareness(m, values, arena, err) < 0)
		return -1;
	cut_chars(title, ALERT_TITLE_CHARS);
	*ret = (struct alert){
		.key = field_key(values, m->key, arena),
		.title = title,
		.description = field_text(values, m->description, ALERT_DESCRIPTION_BYTES,
			true, arena),
		.severity = field_severity(m, values, arena),
		.detected_at = field_time(values, m->detected, arena),
		.aware_at = field_time(values, m->aware, arena),
		.entity = field_text(values, m->entity, 64, false, arena),
		.resolved = field_test(values, m->resolved, &m->format->resolved, arena),
		.test = field_test(values, m->tests, &m->format->tests, arena),
	};
	return 0;
}
