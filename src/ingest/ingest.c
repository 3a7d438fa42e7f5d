/*
 * Bodies into alerts: see ingest.h. split_body finds the documents, one scan per
 * document finds the declared values, mapping_apply makes the alert. Formats
 * that put several alerts into one document ("each") are scanned twice: once for
 * the place of the array, which also validates the whole, and once per element.
 *
 * A good alert is never lost for a bad neighbour: what cannot be read is noted
 * with its number, counted from 0 over all alerts of the body, and reading goes
 * on (most senders repeat or drop a whole batch on any other answer).
 */
#include "config.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "ingest/ingest.h"
#include "ingest/mapping.h"
#include "ingest/split.h"

struct ingest {
	const struct conf *conf;
	struct mapping *mappings;	/* one for each format of the configuration */
	size_t n;
};

struct reader {
	const struct conf *conf;
	const struct mapping *mapping;
	struct arena *arena;
	size_t max;			/* alerts, good or bad */
	struct alert *alerts;
	size_t n_alerts;
	struct alert_rejection *rejected;
	size_t n_rejected;
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

static void reject(struct reader *r, const struct error *why)
{
	r->rejected = arena_grow(r->arena, r->rejected, r->n_rejected, sizeof(*r->rejected));
	r->rejected[r->n_rejected].index = r->n_alerts + r->n_rejected;
	r->rejected[r->n_rejected++].error = *why;
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

	if (alert->entity == NULL || conf_entity(r->conf, alert->entity) != NULL)
		return 0;
	mapping_pointer(from->paths[0], pointer, sizeof(pointer));
	return error_pointer(err, pointer, "no such entity");
}

/* One alert: a document, or an element of a document's array. */
static ptrdiff_t take_alert(void *arg, const char *item, size_t len, const struct error *bad,
	struct error *err)
{
	struct scan_value values[SCAN_PATHS_MAX];
	struct reader *r = arg;
	struct error why;
	struct alert alert;
	size_t used;

	if (count(r, err) < 0)
		return SPLIT_STOP;
	if (bad != NULL) {
		reject(r, bad);
		return 0;
	}
	if (scan(r->mapping->paths, item, len, values, &used, err) < 0)
		return SPLIT_BROKEN;
	if (mapping_apply(r->mapping, values, r->arena, &alert, &why) < 0 ||
	    check_entity(r, &alert, &why) < 0) {
		reject(r, &why);
		return (ptrdiff_t)used;
	}
	alert.body = item;
	alert.body_len = used;
	r->alerts = arena_grow(r->arena, r->alerts, r->n_alerts, sizeof(*r->alerts));
	r->alerts[r->n_alerts++] = alert;
	return (ptrdiff_t)used;
}

/* A document that holds an array of alerts. */
static ptrdiff_t take_group(void *arg, const char *item, size_t len, const struct error *bad,
	struct error *err)
{
	struct reader *r = arg;
	struct scan_value array;
	char pointer[128];
	struct error why;
	size_t used;

	if (bad != NULL)
		return take_alert(r, item, len, bad, err);
	if (scan(r->mapping->each, item, len, &array, &used, err) < 0)
		return SPLIT_BROKEN;
	if (array.type == SCAN_ARRAY) {
		/* What passes max is told by count(), before split's own limit. */
		if (split_array(array.data, array.len, take_alert, r, (unsigned int)r->max + 1,
		    err) < 0)
			return SPLIT_STOP;
		return (ptrdiff_t)used;
	}
	if (count(r, err) < 0)
		return SPLIT_STOP;
	mapping_pointer(r->mapping->format->each, pointer, sizeof(pointer));
	error_pointer(&why, pointer, "no array found at this path");
	reject(r, &why);
	return (ptrdiff_t)used;
}

int ingest_read(const struct ingest *ingest, const struct conf_source *source,
	const char *body, size_t len, size_t max_alerts, struct arena *arena,
	struct command_alerts *ret, struct error *err)
{
	struct reader r = { .conf = ingest->conf, .arena = arena,
		.mapping = mapping_of(ingest, source->format) };

	if (r.mapping == NULL)
		return error_set(err, ERROR_INTERNAL,
			"the format of source %s is not compiled", source->name);
	r.max = max_alerts < 1000000 ? max_alerts : 1000000;
	if (split_body(body, len, r.mapping->each != NULL ? take_group : take_alert, &r,
	    (unsigned int)r.max + 1, err) < 0)
		return -1;
	ret->source = source;
	ret->alerts = r.alerts;
	ret->n_alerts = r.n_alerts;
	ret->rejected = r.rejected;
	ret->n_rejected = r.n_rejected;
	ret->single = r.n_alerts + r.n_rejected == 1;
	return 0;
}
