/*
 * Bodies into alerts: see ingest.h. split_body finds the documents, one scan per
 * document finds the declared values, mapping_apply makes the alert. Formats
 * that put several alerts into one document ("each") are scanned twice: once for
 * the place of the array, which also validates the whole, and once per element; each
 * level of arrays between them costs another. Bodies of text are read line by line.
 *
 * A good alert is never lost for a bad neighbour: what cannot be read is noted
 * with its number, counted from 0 over all alerts of the body, and reading goes
 * on (most senders repeat or drop a whole batch on any other answer).
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "ingest/ingest.h"
#include "ingest/line.h"
#include "ingest/split.h"

enum { ALERTS_MAX = 1000000 };

struct ingest {
	const struct conf *conf;
	struct mapping *mappings;	/* one for each format of the configuration */
	size_t n;
};

struct reader {
	const struct conf *conf;	/* NULL: nobody knows the entities */
	const struct mapping *mapping;
	struct arena *arena;
	size_t max;			/* alerts, good or bad */
	struct alert *alerts;
	size_t n_alerts;
	struct alert_rejection *rejected;
	size_t n_rejected;
	ingest_seen_fn *seen;		/* NULL: nobody watches */
	void *seen_arg;
	/* Of the alert that is read; those of the document around it stand behind its own. */
	struct scan_value values[SCAN_PATHS_MAX];
};

/* A path of "each" on its way down. */
struct descent {
	struct reader *reader;
	const struct mapping_each *each;
	size_t level;
};

struct ingest *ingest_new(const struct conf *conf, struct error *err)
{
	struct ingest *ingest = xcalloc(1, sizeof(*ingest));
	size_t i;

	ingest->conf = conf;
	ingest->mappings = xcalloc(conf->n_formats + 1, sizeof(*ingest->mappings));
	for (i = 0; i < conf->n_formats; i++) {
		if (mapping_init(&ingest->mappings[i], &conf->formats[i], err) < 0) {
			ingest_free(ingest);
			return NULL;
		}
		ingest->n++;
	}
	return ingest;
}

void ingest_free(struct ingest *ingest)
{
	size_t i;

	if (ingest == NULL)
		return;
	for (i = 0; i < ingest->n; i++)
		mapping_release(&ingest->mappings[i]);
	free(ingest->mappings);
	free(ingest);
}

static const struct mapping *mapping_of(const struct ingest *ingest,
	const struct conf_format *format)
{
	size_t i;

	for (i = 0; i < ingest->n; i++)
		if (ingest->mappings[i].format == format)
			return &ingest->mappings[i];
	return NULL;
}

static void show(struct reader *r, bool scanned, const char *item, size_t len,
	const struct alert *alert, const struct error *why)
{
	struct ingest_seen seen = { .mapping = r->mapping, .item = item, .len = len,
		.values = scanned ? r->values : NULL, .alert = alert, .why = why };

	if (r->seen != NULL)
		r->seen(r->seen_arg, &seen);
}

static void reject(struct reader *r, const char *item, size_t len, const struct error *why)
{
	struct alert_rejection *rejection;

	r->rejected = arena_grow(r->arena, r->rejected, r->n_rejected, sizeof(*r->rejected));
	rejection = &r->rejected[r->n_rejected];
	*rejection = (struct alert_rejection){ .index = r->n_alerts + r->n_rejected,
		.error = *why };
	if (r->mapping->format->unparsed && len > 0) {
		rejection->body = item;
		rejection->body_len = len;
	}
	r->n_rejected++;
}

static int count(const struct reader *r, struct error *err)
{
	if (r->n_alerts + r->n_rejected < r->max)
		return 0;
	return error_set(err, ERROR_TOO_LARGE, "more than %zu alerts in one body", r->max);
}

/* An alert that names an entity nobody has configured is not taken for another
 * one's: whose incident it is decides who must report. */
static int check_entity(const struct reader *r, const struct alert *alert, struct error *err)
{
	const struct conf_pick *from = &r->mapping->format->entity;
	char pointer[sizeof(err->pointer)];

	if (alert->entity == NULL || r->conf == NULL ||
	    conf_entity(r->conf, alert->entity) != NULL)
		return 0;
	mapping_pointer(from->paths[0], pointer, sizeof(pointer));
	return error_pointer(err, pointer, "no such entity");
}

/* The bytes item .. item + len have been scanned into r->values. */
static void take_values(struct reader *r, const char *item, size_t len)
{
	struct alert alert;
	struct error why;

	if (mapping_apply(r->mapping, r->values, item, len, r->arena, &alert, &why) < 0 ||
	    check_entity(r, &alert, &why) < 0) {
		show(r, true, item, len, NULL, &why);
		reject(r, item, len, &why);
		return;
	}
	show(r, true, item, len, &alert, NULL);
	r->alerts = arena_grow(r->arena, r->alerts, r->n_alerts, sizeof(*r->alerts));
	r->alerts[r->n_alerts++] = alert;
}

/* One alert: a document, or an element of a document's array. */
static ptrdiff_t take_alert(void *arg, const char *item, size_t len, const struct error *bad,
	struct error *err)
{
	struct reader *r = arg;
	size_t used;

	if (count(r, err) < 0)
		return SPLIT_STOP;
	if (bad != NULL) {
		show(r, false, item, len, NULL, bad);
		reject(r, item, len, bad);
		return 0;
	}
	if (scan(r->mapping->paths, item, len, r->values, &used, err) < 0)
		return SPLIT_BROKEN;
	take_values(r, item, used);
	return (ptrdiff_t)used;
}

/* ---- documents with alerts in them ---------------------------------------------------- */

/* A document, or an element on the way, without what "each" looks for. */
static int reject_place(struct reader *r, const char *item, size_t len, struct error *err)
{
	char pointer[sizeof(err->pointer)];
	struct error why;

	if (count(r, err) < 0)
		return -1;
	mapping_pointer(r->mapping->format->each.paths[0], pointer, sizeof(pointer));
	error_pointer(&why, pointer, "no array found at this path");
	show(r, false, item, len, NULL, &why);
	reject(r, item, len, &why);
	return 0;
}

static ptrdiff_t take_level(void *arg, const char *item, size_t len, const struct error *bad,
	struct error *err);

/* What the path has led to: its elements, or the one that stands there alone. */
static int take_place(struct descent *d, const struct scan_value *place, struct error *err)
{
	struct reader *r = d->reader;
	bool last = d->level == d->each->n_inner;
	/* What passes max is told by count(), before split's own limit. */
	unsigned int max = (unsigned int)r->max + 1;

	if (place->type == SCAN_ARRAY)
		return split_array(place->data, place->len, last ? take_alert : take_level,
			last ? (void *)r : (void *)d, max, err);
	return (last ? take_alert(r, place->data, place->len, NULL, err) :
		take_level(d, place->data, place->len, NULL, err)) < 0 ? -1 : 0;
}

/* An element on the way to the alerts. */
static ptrdiff_t take_level(void *arg, const char *item, size_t len, const struct error *bad,
	struct error *err)
{
	struct descent *d = arg, below = *d;
	struct scan_value place;
	size_t used;

	if (bad != NULL)
		return take_alert(d->reader, item, len, bad, err);
	if (scan(d->each->inner[d->level], item, len, &place, &used, err) < 0)
		return SPLIT_BROKEN;
	below.level++;
	if (place.type != SCAN_ARRAY && place.type != SCAN_OBJECT)
		return reject_place(d->reader, item, used, err) < 0 ? SPLIT_STOP :
			(ptrdiff_t)used;
	return take_place(&below, &place, err) < 0 ? SPLIT_STOP : (ptrdiff_t)used;
}

/* A document that holds alerts. */
static ptrdiff_t take_group(void *arg, const char *item, size_t len, const struct error *bad,
	struct error *err)
{
	struct reader *r = arg;
	const struct mapping *m = r->mapping;
	struct scan_value outer[SCAN_PATHS_MAX];
	struct descent d = { .reader = r };
	size_t used, i;

	if (bad != NULL)
		return take_alert(r, item, len, bad, err);
	if (scan(m->outer, item, len, outer, &used, err) < 0)
		return SPLIT_BROKEN;
	for (i = m->n_each; i < m->n_outer; i++)
		r->values[m->n_paths + i - m->n_each] = outer[i];
	for (i = 0; i < m->n_each; i++) {
		d.each = &m->each[i];
		if (d.each->whole)
			return take_alert(r, item, used, NULL, err);
		if (outer[i].type != SCAN_ARRAY && outer[i].type != SCAN_OBJECT)
			continue;
		return take_place(&d, &outer[i], err) < 0 ? SPLIT_STOP : (ptrdiff_t)used;
	}
	return reject_place(r, item, used, err) < 0 ? SPLIT_STOP :
		(ptrdiff_t)used;
}

/* ---- bodies ---------------------------------------------------------------------------- */

static bool is_blank(const char *body, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (body[i] != ' ' && body[i] != '\n' && body[i] != '\r' && body[i] != '\t')
			return false;
	return true;
}

/* By its mark, or by what Latin letters look like in it. */
static bool is_utf16(const char *body, size_t len)
{
	if (len < 4)
		return false;
	if (memcmp(body, "\xff\xfe", 2) == 0 || memcmp(body, "\xfe\xff", 2) == 0)
		return true;
	return (body[0] == '\0') != (body[1] == '\0') && (body[0] == '\0') == (body[2] == '\0') &&
		(body[1] == '\0') == (body[3] == '\0');
}

/* ---- bodies of lines ----------------------------------------------------------------- */

static int take_lines(struct reader *r, const char *body, size_t len, struct error *err)
{
	enum syntax syntax = r->mapping->format->syntax;
	const char *line;
	size_t at = 0, n, start;
	struct error why;

	/* Of a body of another kind not every line is an incident: one is, of the whole. */
	if (!is_blank(body, len) && !line_has_record(syntax, body, len))
		return error_set(err, ERROR_INVALID, "no %s record in the body",
			line_syntax_name(syntax));
	while (line_next(body, len, &at, &line, &n)) {
		if (count(r, err) < 0)
			return -1;
		if (line_scan(syntax, r->mapping->paths, line, n, r->arena, r->values, &start,
			&why) == 0) {
			take_values(r, line + start, n - start);
			continue;
		}
		show(r, false, line, n, NULL, &why);
		reject(r, line, n, &why);
	}
	if (r->n_alerts + r->n_rejected > 0)
		return 0;
	return error_set(err, ERROR_INVALID, "the body is empty");
}

static int read_body(struct reader *r, const char *body, size_t len, struct error *err)
{
	const struct mapping *m = r->mapping;
	int rc;

	text_skip_bom(&body, &len);
	if (is_utf16(body, len))
		rc = error_set(err, ERROR_INVALID, "the body is UTF-16: send UTF-8");
	else if (m->format->syntax != SYNTAX_JSON)
		rc = take_lines(r, body, len, err);
	else
		rc = split_body(body, len, m->outer != NULL ? take_group : take_alert, r,
			(unsigned int)r->max + 1, err);
	if (rc == 0 || err->code != ERROR_INVALID || !m->format->unparsed || is_blank(body, len))
		return rc;
	show(r, false, body, len, NULL, err);
	reject(r, body, len, err);
	return 0;
}

static void put_result(const struct reader *r, const struct conf_source *source,
	struct command_alerts *ret)
{
	ret->source = source;
	ret->alerts = r->alerts;
	ret->n_alerts = r->n_alerts;
	ret->rejected = r->rejected;
	ret->n_rejected = r->n_rejected;
	ret->single = r->n_alerts + r->n_rejected == 1;
}

int ingest_read(const struct ingest *ingest, const struct conf_source *source,
	const char *body, size_t len, size_t max_alerts, struct arena *arena,
	struct command_alerts *ret, struct error *err)
{
	struct reader r;

	r.conf = ingest->conf;
	r.mapping = mapping_of(ingest, source->format);
	r.arena = arena;
	r.max = max_alerts < ALERTS_MAX ? max_alerts : ALERTS_MAX;
	r.alerts = NULL;
	r.rejected = NULL;
	r.n_alerts = r.n_rejected = 0;
	r.seen = NULL;
	if (r.mapping == NULL)
		return error_set(err, ERROR_INTERNAL,
			"the format of source %s is not compiled", source->name);
	if (read_body(&r, body, len, err) < 0)
		return -1;
	put_result(&r, source, ret);
	return 0;
}

void ingest_reject_all(const struct conf_source *source, const char *body, size_t len,
	const struct error *why, struct arena *arena, struct command_alerts *ret)
{
	struct mapping mapping = { .format = source->format };
	struct reader r = { .mapping = &mapping, .arena = arena };

	reject(&r, body, len, why);
	put_result(&r, source, ret);
}

int ingest_try(const struct conf_format *format, const char *body, size_t len,
	struct arena *arena, ingest_seen_fn *fn, void *arg, struct error *err)
{
	struct mapping mapping;
	struct reader r = { .mapping = &mapping, .arena = arena, .max = ALERTS_MAX, .seen = fn,
		.seen_arg = arg };
	int rc;

	if (mapping_init(&mapping, format, err) < 0)
		return -1;
	rc = read_body(&r, body, len, err);
	mapping_release(&mapping);
	return rc;
}
