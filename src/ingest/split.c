/*
 * Bodies into documents: see split.h. A broken object may have been read as far
 * as the end of the body before it showed, and what follows is read again. From
 * then on no object may reach beyond a line that looks like a new one, so that this
 * happens once: otherwise 16 MiB behind 31 unclosed objects took 1.4 s (measured).
 */
#include "config.h"

#include <assert.h>
#include <string.h>

#include "ingest/scan_internal.h"
#include "ingest/split.h"

struct splitter {
	const char *start, *p, *end;
	const char *stop;	/* no document reaches beyond */
	split_fn *fn;
	void *arg;
	unsigned int n, max;
	struct error *err;
};

enum taken { TAKEN_STOP = -1, TAKEN_BROKEN, TAKEN_WHOLE };

static int refuse(const struct splitter *s, struct error *why, const char *what)
{
	return error_set(why, ERROR_INVALID, "%s at byte %zu", what, (size_t)(s->p - s->start));
}

static int report(const struct splitter *s, const char *item, const char *end,
	const struct error *why)
{
	struct error stop = { 0 };

	while (end > item && (end[-1] == '\n' || end[-1] == '\r'))
		end--;
	if (s->fn(s->arg, item, (size_t)(end - item), why, &stop) >= 0)
		return 0;
	if (s->err != NULL)
		*s->err = stop;
	return -1;
}

static int count(struct splitter *s)
{
	if (s->n++ < s->max)
		return 0;
	return error_set(s->err, ERROR_TOO_LARGE, "more than %u documents in one body", s->max);
}

/* The object at s->p, by the callback. */
static enum taken take_object(struct splitter *s, struct error *why)
{
	size_t left = (size_t)(s->stop - s->p);
	ptrdiff_t used;

	*why = (struct error){ 0 };
	used = s->fn(s->arg, s->p, left, NULL, why);
	if (used < 0) {
		if (s->err != NULL)
			*s->err = *why;
		return TAKEN_STOP;
	}
	assert((size_t)used <= left);
	s->p += used;
	return used > 0 ? TAKEN_WHOLE : TAKEN_BROKEN;
}

/* Where the next line begins that looks like an object of its own. */
static const char *next_object(const char *p, const char *end)
{
	while (p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL)
		if (++p < end && *p == '{')
			return p;
	return end;
}

static int split_objects(struct splitter *s)
{
	while (s->p < s->end) {
		const char *item = s->p;
		enum taken taken = TAKEN_BROKEN;
		struct error why;

		if (count(s) < 0)
			return -1;
		if (item >= s->stop)
			s->stop = next_object(item, s->end);
		if (*item == '{')
			taken = take_object(s, &why);
		else
			refuse(s, &why, "no JSON object");
		if (taken == TAKEN_STOP)
			return -1;
		if (taken == TAKEN_BROKEN) {
			if (s->stop == s->end)
				s->stop = next_object(item, s->end);
			s->p = s->stop;
			if (report(s, item, s->p, &why) < 0)
				return -1;
		}
		s->p = scan_skip_space(s->p, s->end);
	}
	return 0;
}

/* One element; what is no object is passed over if it is JSON at all. */
static enum taken take_element(struct splitter *s, struct error *why)
{
	const char *item = s->p;
	size_t used;

	if (count(s) < 0)
		return TAKEN_STOP;
	if (item < s->end && *item == '{')
		return take_object(s, why);
	if (scan(NULL, item, (size_t)(s->end - item), NULL, &used, why) < 0)
		return TAKEN_BROKEN;
	refuse(s, why, "no JSON object");
	s->p += used;
	return report(s, item, s->p, why) < 0 ? TAKEN_STOP : TAKEN_WHOLE;
}

/* From here on the array is no JSON: one bad item, which counts as they all do. */
static int report_rest(struct splitter *s, struct error *why, const char *what)
{
	refuse(s, why, what);
	return count(s) < 0 ? -1 : report(s, s->p, s->end, why);
}

static int split_elements(struct splitter *s)
{
	struct error why;

	s->p = scan_skip_space(s->p + 1, s->end);
	if (s->p < s->end && *s->p == ']')
		goto closed;
	for (;;) {
		const char *item = s->p;

		switch (take_element(s, &why)) {
		case TAKEN_STOP:
			return -1;
		case TAKEN_BROKEN:
			return report(s, item, s->end, &why);
		case TAKEN_WHOLE:
			break;
		}
		s->p = scan_skip_space(s->p, s->end);
		if (s->p < s->end && *s->p == ']')
			goto closed;
		if (s->p == s->end || *s->p != ',')
			return report_rest(s, &why,
				"not valid JSON: no comma or ] after an element");
		s->p = scan_skip_space(s->p + 1, s->end);
	}
closed:
	s->p = scan_skip_space(s->p + 1, s->end);
	if (s->p == s->end)
		return 0;
	return report_rest(s, &why, "not valid JSON: text after the end of the array");
}

int split_array(const char *array, size_t len, split_fn *fn, void *arg,
	unsigned int max_items, struct error *err)
{
	struct splitter s = { .start = array, .end = array + len, .stop = array + len,
		.fn = fn, .arg = arg, .max = max_items, .err = err };

	s.p = scan_skip_space(array, s.end);
	if (s.p == s.end || *s.p != '[')
		return error_set(err, ERROR_INVALID, "not an array");
	return split_elements(&s);
}

int split_body(const char *body, size_t len, split_fn *fn, void *arg,
	unsigned int max_items, struct error *err)
{
	struct splitter s = { .start = body, .end = body + len, .stop = body + len,
		.fn = fn, .arg = arg, .max = max_items, .err = err };

	s.p = scan_skip_space(body, s.end);
	if (s.p == s.end)
		return error_set(err, ERROR_INVALID, "the body is empty");
	if (*s.p == '[')
		return split_elements(&s);
	if (*s.p == '{')
		return split_objects(&s);
	return error_set(err, ERROR_INVALID, "neither a JSON object nor an array");
}
