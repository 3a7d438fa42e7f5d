/*
 * From the values at a format's declared paths to an alert: see mapping.h. A
 * field with several paths takes the first that has a value; null, an empty
 * text, an object and an array are none. What a sender gets wrong beside the
 * title never costs the alert: an unreadable time is left out (the receipt time
 * stands in), an unlisted severity is "unknown", never silently low.
 */
#include "config.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/digest.h"
#include "base/text.h"
#include "ingest/mapping.h"
#include "ingest/stamp.h"

enum { ENTITY_BYTES = 300, LETTERS_BYTES = 64, SEVERITY_BYTES = 64 };

const struct scan_value *mapping_value(const struct mapping *m,
	const struct scan_value *values, struct mapping_field field, size_t i)
{
	return &values[m->at[field.first + i]];
}

/* --- texts --- */

/* Control bytes could forge a line in a mail or on a terminal; a title has no
 * use for any of them, a longer text for tabs and newlines. */
static void blank_controls(char *s, bool multiline)
{
	const uint64_t each = 0x0101010101010101u, top = 0x80 * each;
	char *end = s + strlen(s);
	uint64_t word;

	/* Nearly always there is none: eight bytes at a time. A byte is found that is
	 * below the space, or DEL. */
	for (; end - s >= (ptrdiff_t)sizeof(word); s += sizeof(word)) {
		memcpy(&word, s, sizeof(word));
		if ((((word - 0x20 * each) & ~word) |
		     (((word ^ 0x7f * each) - each) & ~(word ^ 0x7f * each))) & top)
			break;
	}
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

char *mapping_text(const struct scan_value *value, size_t max, bool multiline,
	struct arena *arena)
{
	char *text = scan_text(value, max, arena);

	if (text == NULL)
		return NULL;
	blank_controls(text, multiline);
	text = trim(text);
	return *text != '\0' ? text : NULL;
}

static char *field_text(const struct mapping *m, const struct scan_value *values,
	struct mapping_field field, size_t max, bool multiline, struct arena *arena)
{
	char *text = NULL;
	size_t i;

	for (i = 0; i < field.n && text == NULL; i++)
		text = mapping_text(mapping_value(m, values, field, i), max, multiline, arena);
	return text;
}

/*
 * The parts that are there. The last is the most particular one (an alert's own
 * number) and must be: what stands before it (a manager's name) only says whose
 * number that is, and on its own would make one incident of everything that this
 * manager ever sends.
 */
static char *join_key(const struct mapping *m, const struct scan_value *values,
	struct mapping_field field, struct arena *arena)
{
	char *key = NULL;
	size_t i;

	for (i = 0; i < field.n; i++) {
		const struct scan_value *value = mapping_value(m, values, field, i);
		char *part = mapping_text(value, value->len, false, arena);

		if (part == NULL && i + 1 == field.n)
			return NULL;
		if (part == NULL)
			continue;
		key = key == NULL ? part : arena_printf(arena, "%s:%s", key, part);
	}
	return key;
}

/* Of the alternatives the first that there is. */
static const char *alert_key(const struct mapping *m, const struct scan_value *values,
	const char *item, size_t len, struct arena *arena)
{
	char digest[DIGEST_HEX_SIZE], *key = NULL;
	size_t i;

	for (i = 0; i < m->format->n_keys && key == NULL; i++)
		key = join_key(m, values, m->keys[i], arena);
	if (key == NULL && m->format->key_digest) {
		digest_sha256_hex(item, len, digest);
		return arena_printf(arena, "sha256:%s", digest);
	}
	if (key == NULL || strlen(key) <= ALERT_KEY_BYTES)
		return key;
	/* Cut short, two of them could become equal. */
	digest_sha256_hex(key, strlen(key), digest);
	return arena_printf(arena, "sha256:%s", digest);
}

/* --- other fields --- */

/* "12.0" is 12: scores are floats to some products. Of 12.5 nobody has said what it is. */
static bool rule_matches(const struct conf_severity_rule *rule, const char *text)
{
	size_t whole = strcspn(text, ".");
	char number[SEVERITY_BYTES + 1];
	int64_t value;

	if (rule->is != NULL)
		return strcasecmp(rule->is, text) == 0;
	if (text[whole] == '.') {
		const char *part = text + whole + 1;

		if (whole >= sizeof(number) || part[0] == '\0' ||
		    part[strspn(part, "0")] != '\0')
			return false;
		memcpy(number, text, whole);
		number[whole] = '\0';
		text = number;
	}
	return text_int64(text, rule->from, rule->to, &value) == 0;
}

int mapping_severity(const struct conf_format *format, const char *text, enum severity *ret)
{
	size_t i;

	for (i = 0; i < format->n_severities; i++)
		if (rule_matches(&format->severities[i], text)) {
			*ret = format->severities[i].severity;
			return 0;
		}
	return -1;
}

/* The first that the map knows: a second field may say what the first does not. */
static enum severity alert_severity(const struct mapping *m, const struct scan_value *values,
	struct arena *arena)
{
	enum severity severity = SEVERITY_UNKNOWN;
	size_t i;

	for (i = 0; i < m->severity.n; i++) {
		const char *text = mapping_text(mapping_value(m, values, m->severity, i),
			SEVERITY_BYTES, false, arena);

		if (text != NULL && mapping_severity(m->format, text, &severity) == 0)
			break;
	}
	return severity;
}

int mapping_time(const struct mapping *m, const struct scan_value *values,
	const struct scan_value *value, struct arena *arena, int64_t *ret_at,
	bool *ret_assumed, struct error *err)
{
	struct stamp_hint hint = { .zone = m->format->zone, .letters = m->format->time_format };
	const char *text = value->data;
	size_t len = value->len;

	*ret_assumed = false;
	if (value->type != SCAN_NUMBER && value->type != SCAN_STRING)
		return error_set(err, ERROR_INVALID, "neither a text nor a number");
	if (value->escaped) {
		text = scan_text(value, len, arena);
		len = strlen(text);
	}
	if (hint.letters == NULL && m->time_format.n > 0)
		hint.letters = field_text(m, values, m->time_format, LETTERS_BYTES, false, arena);
	return stamp_read(&hint, text, len, value->type == SCAN_NUMBER, ret_at, ret_assumed,
		err);
}

static int64_t field_time(const struct mapping *m, const struct scan_value *values,
	struct mapping_field field, struct arena *arena, bool *ret_assumed)
{
	int64_t at;
	size_t i;

	for (i = 0; i < field.n; i++) {
		const struct scan_value *value = mapping_value(m, values, field, i);

		if (value->type != SCAN_ABSENT &&
		    mapping_time(m, values, value, arena, &at, ret_assumed, NULL) == 0)
			return at;
	}
	*ret_assumed = false;
	return TIME_NONE;
}

const char *mapping_entity(const struct conf_format *format, const char *text)
{
	size_t i;

	for (i = 0; i < format->n_entities; i++)
		if (strcasecmp(format->entities[i].is, text) == 0)
			return format->entities[i].entity;
	return format->n_entities == 0 ? text : NULL;
}

/* --- tests --- */

static bool is_one_of(const struct scan_value *value, const struct conf_test *test,
	struct arena *arena)
{
	const char *text = value->data;
	size_t len = value->len, i;

	if (value->type == SCAN_ABSENT || value->type == SCAN_NULL ||
	    value->type == SCAN_OBJECT || value->type == SCAN_ARRAY)
		return false;
	if (value->escaped) {
		text = scan_text(value, len, arena);
		len = strlen(text);
	}
	for (i = 0; i < test->n; i++)
		if (strlen(test->values[i]) == len &&
		    strncasecmp(test->values[i], text, len) == 0)
			return true;
	return false;
}

bool mapping_tests_hold(const struct mapping *m, const struct scan_value *values,
	struct mapping_tests tests, struct arena *arena)
{
	bool holds = true;
	size_t i;

	for (i = tests.first; i < tests.first + tests.n; i++) {
		const struct mapping_test *t = &m->checks[i];

		holds = holds && is_one_of(&values[m->at[t->value]], t->test, arena) !=
			t->test->except;
		if (t->and_next && i + 1 < tests.first + tests.n)
			continue;
		if (holds)
			return true;
		holds = true;
	}
	return false;
}

void mapping_pointer(const char *path, char *out, size_t size)
{
	bool start = true;
	size_t n = 0;

	path += *path == '^';

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
		const struct scan_value *value = mapping_value(m, values, m->aware, i);
		char pointer[sizeof(err->pointer)], *zoned;
		bool assumed;
		int64_t at;

		if (value->type != SCAN_STRING ||
		    mapping_time(m, values, value, arena, &at, &assumed, NULL) >= 0)
			continue;
		zoned = arena_printf(arena, "%sZ", scan_text(value, 64, arena));
		if (stamp_parse(zoned, strlen(zoned), false, &at, NULL) < 0)
			continue;
		mapping_pointer(from->paths[i], pointer, sizeof(pointer));
		return error_pointer(err, pointer,
			"the time has no offset: end it with Z or, say, +01:00");
	}
	return 0;
}

/* Whose incident it is decides who must report: a name that the map does not have is
 * not taken for somebody's. */
static int alert_entity(const struct mapping *m, const struct scan_value *values,
	struct arena *arena, const char **ret, struct error *err)
{
	const char *text = field_text(m, values, m->entity, ENTITY_BYTES, false, arena);
	char pointer[sizeof(err->pointer)];

	*ret = text != NULL ? mapping_entity(m->format, text) : NULL;
	if (text == NULL || *ret != NULL)
		return 0;
	mapping_pointer(m->format->entity.paths[0], pointer, sizeof(pointer));
	return error_pointer(err, pointer, "not in the format's entity_map");
}

/* What ends or changes an alert need not say again what it is called. */
static const char *alert_title(const struct mapping *m, const struct scan_value *values,
	const struct alert *alert, struct arena *arena, struct error *err)
{
	char *title = field_text(m, values, m->title, ALERT_TITLE_BYTES, false, arena);
	const struct conf_pick *from = &m->format->title_from;
	char pointer[sizeof(err->pointer)] = "";

	if (title != NULL) {
		cut_chars(title, ALERT_TITLE_CHARS);
		return title;
	}
	if (m->format->title_default != NULL)
		return m->format->title_default;
	if (alert->resolved || alert->update || alert->test)
		return alert->key != NULL ? alert->key : m->format->title;
	if (from->n > 0)
		mapping_pointer(from->paths[0], pointer, sizeof(pointer));
	error_pointer(err, pointer, "nothing found at this path");
	return NULL;
}

int mapping_apply(const struct mapping *m, const struct scan_value *values,
	const char *item, size_t len, struct arena *arena, struct alert *ret,
	struct error *err)
{
	bool aware_assumed;

	*ret = (struct alert){
		.key = alert_key(m, values, item, len, arena),
		.resolved = mapping_tests_hold(m, values, m->resolved, arena),
		.update = mapping_tests_hold(m, values, m->updates, arena),
		.test = mapping_tests_hold(m, values, m->tests, arena),
		.body = item,
		.body_len = len,
	};
	ret->title = alert_title(m, values, ret, arena, err);
	if (ret->title == NULL || check_awareness(m, values, arena, err) < 0 ||
	    alert_entity(m, values, arena, &ret->entity, err) < 0)
		return -1;
	ret->insignificant = m->significant.n > 0 &&
		!mapping_tests_hold(m, values, m->significant, arena);
	ret->description = field_text(m, values, m->description, ALERT_DESCRIPTION_BYTES, true,
		arena);
	ret->severity = alert_severity(m, values, arena);
	ret->detected_at = field_time(m, values, m->detected, arena, &ret->zone_assumed);
	ret->aware_at = field_time(m, values, m->aware, arena, &aware_assumed);
	return 0;
}
