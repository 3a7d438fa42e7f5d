/*
 * From bodies to alerts. The first byte says what the rest is: 'j' a body for a format
 * that uses every word of the language, 'c' and 'l' lines of CEF and LEEF, 'f' the
 * letters of a time and, behind a NUL, the time, 'v' the value of a CloudEvents header
 * and, behind a NUL, the data.
 */
#include "config.h"

#include <stdbool.h>

#include "base/text.h"
#include "fuzz.h"
#include "ingest/cloudevent.h"
#include "ingest/explain.h"
#include "ingest/line.h"
#include "ingest/stamp.h"

/* The configuration is not part of this; without one nobody asks for an entity. */
const struct conf_entity *conf_entity(const struct conf *conf, const char *id)
{
	(void)conf;
	(void)id;
	return NULL;
}

#define PICK(name, ...) \
	static const char *name##_paths[] = { __VA_ARGS__ }; \
	static struct conf_pick name = { name##_paths, sizeof(name##_paths) / sizeof(char *) }

PICK(each, "a", "g[].b", "p.q[].r[].s", ".");
PICK(title, "t", "n.t", "^t", "l[1].t");
PICK(severity, "s", "^s");
PICK(time_at, "d", "n.d");
PICK(form, "f");
PICK(entity, "e");
PICK(line_title, "cef.name", "leef.event");
PICK(line_key, "cef.vendor", "dvchost", "externalId");
PICK(line_severity, "cef.severity", "sev");
PICK(line_time, "rt", "devTime");
PICK(line_form, "devTimeFormat");
PICK(line_more, "msg", "a.b");

static const char *key_ab[] = { "k", "^k", "i" }, *key_c[] = { "c" };
static struct conf_pick keys[] = { { key_ab, 3 }, { key_c, 1 } };
static struct conf_severity_rule severities[] = { { .is = "high", .severity = SEVERITY_HIGH },
	{ .from = 1, .to = 3, .severity = SEVERITY_LOW } };
static struct conf_entity_rule entities[] = { { .is = "T1", .entity = "acme" } };
static const char *yes[] = { "yes", "true", "1" };
static const struct conf_test also = { .path = "n.w", .values = yes, .n = 3, .except = true };
static const struct conf_test tests[] = { { .path = "w", .values = yes, .n = 3, .and = &also },
	{ .path = "x", .values = yes, .n = 3 } };

static const struct conf_format *json_format(void)
{
	static struct conf_format format = { .name = "j", .title = "J", .version = "1" };

	format.each = each;
	format.keys = keys;
	format.n_keys = 2;
	format.key_digest = true;
	format.unparsed = true;
	format.title_from = title;
	format.description = title;
	format.severity_from = severity;
	format.severities = severities;
	format.n_severities = 2;
	format.detected_at = format.aware_at = time_at;
	format.time_format_from = form;
	format.entity = entity;
	format.entities = entities;
	format.n_entities = 1;
	format.resolved = format.updates = format.significant = (struct conf_tests){ tests, 2 };
	format.tests = (struct conf_tests){ &also, 1 };
	return &format;
}

static const struct conf_format *line_format(enum syntax syntax)
{
	static struct conf_format format = { .name = "l", .title = "L", .version = "1" };

	format.syntax = syntax;
	format.keys = &line_key;
	format.n_keys = 1;
	format.title_from = line_title;
	format.title_default = "none";
	format.description = line_more;
	format.severity_from = line_severity;
	format.severities = severities;
	format.n_severities = 2;
	format.detected_at = line_time;
	format.time_format_from = line_form;
	return &format;
}

/* ---- alerts -------------------------------------------------------------------------- */

struct walk {
	struct arena *arena;
	const char *body, *end;
	unsigned int n;
};

static void check_line(const char *text, size_t max, bool multiline)
{
	size_t i, n = strlen(text);

	MUST(n > 0 && n <= max && text_is_utf8(text, n));
	for (i = 0; i < n; i++)
		MUST((unsigned char)text[i] >= 0x20 || (multiline && strchr("\n\t", text[i]) != NULL));
}

static void check_path(void *arg, const struct explained *e)
{
	(void)arg;
	MUST(e->field != NULL && e->path != NULL);
	MUST(e->found != NULL || e->why != NULL || e->meaning != NULL);
}

static void check_seen(void *arg, const struct ingest_seen *seen)
{
	struct walk *walk = arg;
	const struct alert *a = seen->alert;

	walk->n++;
	MUST(seen->item >= walk->body && seen->item + seen->len <= walk->end);
	MUST((a == NULL) == (seen->why != NULL));
	if (a == NULL) {
		MUST(seen->why->text[0] != '\0');
	} else {
		MUST(a->body == seen->item && a->body_len == seen->len);
		check_line(a->title, ALERT_TITLE_BYTES, false);
		if (a->key != NULL)
			check_line(a->key, ALERT_KEY_BYTES, false);
		if (a->description != NULL)
			check_line(a->description, ALERT_DESCRIPTION_BYTES, true);
		MUST(a->entity == NULL || strcmp(a->entity, "acme") == 0);
	}
	if (seen->values != NULL)
		explain_alert(seen, walk->arena, check_path, NULL);
}

static void fuzz_body(const struct conf_format *format, const char *data, size_t len)
{
	struct walk walk = { arena_new(), data, data + len, 0 };
	struct error err = { .code = ERROR_NONE };

	if (ingest_try(format, data, len, walk.arena, check_seen, &walk, &err) < 0)
		MUST(err.text[0] != '\0');
	arena_free(walk.arena);
}

/* ---- times and CloudEvents ------------------------------------------------------------- */

/* The first text ends with a NUL in the data; NULL: there is none. */
static const char *split(const char *data, size_t len, const char **rest, size_t *rest_len)
{
	const char *nul = memchr(data, '\0', len);

	if (nul == NULL)
		return NULL;
	*rest = nul + 1;
	*rest_len = len - (size_t)(*rest - data);
	return data;
}

static void fuzz_form(const char *data, size_t len)
{
	const char *text, *letters = split(data, len, &text, &len);
	struct stamp_civil civil;

	if (letters == NULL || stamp_form(letters, text, len, &civil) < 0)
		return;
	MUST(civil.civil.year >= 1970 && civil.civil.year <= 2100);
	MUST(civil.civil.day >= 1 && civil.civil.day <=
		civil_month_length(civil.civil.year, civil.civil.month));
	MUST(civil.civil.hour <= 23 && civil.civil.minute <= 59 && civil.civil.second <= 59);
	MUST(civil.civil.ms >= 0 && civil.civil.ms <= 999);
	MUST(civil.offset_s > -DAY_MS / SECOND_MS && civil.offset_s < DAY_MS / SECOND_MS);
}

/* Whatever headers and data are, what comes of them is one JSON object. */
static void fuzz_cloudevent(const char *data, size_t len)
{
	const char *body, *value = split(data, len, &body, &len);
	struct error err;
	struct buf out;
	size_t used;

	if (value == NULL)
		return;
	buf_init(&out, 0);
	cloudevent_begin(&out);
	if (cloudevent_attribute(&out, "ce-id", 5, "1", &err) == 0 &&
	    cloudevent_attribute(&out, "ce-subject", 10, value, &err) == 0) {
		cloudevent_end(&out, "text/plain", body, len);
		if (scan(NULL, out.data, out.len, NULL, &used, &err) == 0)
			MUST(used == out.len && out.data[0] == '{');
		else	/* the data alone was as deep as it may be */
			MUST(strstr(err.text, "deeper") != NULL);
	}
	buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *rest;

	if (size == 0)
		return 0;
	/* A block of its own, so that one byte too far is seen at both ends. */
	rest = malloc(size);
	memcpy(rest, data + 1, size - 1);
	rest = realloc(rest, size - 1 > 0 ? size - 1 : 1);
	if (data[0] == 'j')
		fuzz_body(json_format(), rest, size - 1);
	else if (data[0] == 'c')
		fuzz_body(line_format(SYNTAX_CEF), rest, size - 1);
	else if (data[0] == 'l')
		fuzz_body(line_format(SYNTAX_LEEF), rest, size - 1);
	else if (data[0] == 'f')
		fuzz_form(rest, size - 1);
	else if (data[0] == 'v')
		fuzz_cloudevent(rest, size - 1);
	free(rest);
	return 0;
}
