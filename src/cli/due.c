/* The calculator's results as text and as a stream: see due.h. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/json_out.h"
#include "base/rfc3339.h"
#include "cli/due.h"

enum { QUESTION_MAX = 1024 * 1024 };

void due_local(const struct zone *zone, int64_t at, bool end_of_day, char out[DUE_LOCAL_SIZE])
{
	static const char *const weekdays[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri",
		"Sat" };
	char rfc3339[RFC3339_SIZE + 8], seconds[8] = "";
	int32_t offset = zone_offset(zone, at), day = zone_day(zone, at);
	struct civil c;

	zone_civil(zone, at, &c);
	end_of_day = end_of_day && c.hour == 0 && c.minute == 0 && c.second == 0 && c.ms == 0;
	if (end_of_day) {
		day--;
		civil_from_days(day, &c.year, &c.month, &c.day);
		c.hour = 24;
	}
	rfc3339_format_offset(at, offset, rfc3339);
	if (c.second != 0)
		snprintf(seconds, sizeof(seconds), ":%02d", c.second % 60);
	snprintf(out, DUE_LOCAL_SIZE, "%s %04d-%02d-%02d %02d:%02d%s %s",
		weekdays[civil_weekday(day)], c.year, c.month, c.day, c.hour, c.minute,
		seconds,
		rfc3339 + strlen(rfc3339) - strlen("+00:00"));
}

/* ---- text -------------------------------------------------------------------- */

static void reading(struct writer *w, const struct calculation *c, const char *label,
	int64_t at, bool end_of_day)
{
	char local[DUE_LOCAL_SIZE], utc[RFC3339_SIZE];

	if (at == TIME_NONE)
		return;
	due_local(c->zone, at, end_of_day, local);
	rfc3339_format(at, utc);
	writer_line(w, "  %-10s  %-30s  %s", label, local, utc);
}

/* A period in days or months ends with a day; one in hours at an instant. */
static bool ends_with_a_day(const struct clock *clock)
{
	return clock->nominal_at != clock->due_at;
}

static void write_state(struct writer *w, const struct clock *clock, const struct stage *stage)
{
	const char *title = stage != NULL && stage->title != NULL ? stage->title :
		clock->stage;

	writer_line(w, "%s", "");
	writer_line(w, "%s: %s (%s)%s%s", clock->stage, clock_state_name(clock->state), title,
		clock->on_request ? ", only when requested" : "",
		clock->arguable ? ", arguable" : "");
}

static void write_clock(struct writer *w, const struct calculation *c,
	const struct clock *clock)
{
	bool day = ends_with_a_day(clock);
	size_t i;

	reading(w, c, "due", clock->due_at, false);
	if (clock->target)
		writer_line(w, "  %-10s  a target of ours: the law has no number", "");
	reading(w, c, "nominal", clock->nominal_at, day);
	reading(w, c, "latest", clock->latest_at, day);
	if (clock->latest_at != TIME_NONE)
		writer_line(w, "  %-10s  arguable until; do not plan on it", "");
	reading(w, c, "settled", clock->settled_at, false);
	if (clock->state == CLOCK_PENDING)
		writer_line(w, "  %-10s  %s, which has not happened", "runs from",
			clock->anchor);
	reading(w, c, "not before", clock->planned_at, false);
	if (clock->reference != NULL)
		writer_line(w, "  %-10s  %s", "law", clock->reference);
	for (i = 0; i < clock->n_derivation; i++)
		writer_line(w, "  %-10s  %s", i == 0 ? "derivation" : "",
			clock->derivation[i]);
}

void due_write(struct writer *w, const struct calculation *c, const struct rulebook *book)
{
	const struct regime *regime = rulebook_regime(book, c->incident.regimes[0]);
	size_t i;

	writer_line(w, "%s, %s, rules %s", regime->title, regime->act, regime->rules);
	if (c->country != NULL)
		writer_line(w, "%s (%s), %s", c->country->name, c->country->version,
			zone_name(c->zone));
	else
		writer_line(w, "no member state: the plain act, weekends only; %s",
			zone_name(c->zone));
	for (i = 0; i < c->n_clocks; i++) {
		write_state(w, &c->clocks[i], regime_stage(regime, c->clocks[i].stage));
		write_clock(w, c, &c->clocks[i]);
	}
	writer_line(w, "%s", "");
	writer_line(w, "No legal advice.");
}

/* ---- a stream of questions ----------------------------------------------------- */

void due_batch_init(struct due_batch *batch, const struct rulebook *book)
{
	batch->book = book;
	batch->arena = arena_new();
	buf_init(&batch->rest, QUESTION_MAX);
	buf_init(&batch->text, 0);
}

void due_batch_release(struct due_batch *batch)
{
	arena_free(batch->arena);
	buf_release(&batch->rest);
	buf_release(&batch->text);
}

static void put_error(const struct error *err, struct buf *out)
{
	out_object(out, NULL);
	out_text(out, "error", err->text);
	out_text(out, "pointer", err->pointer[0] != '\0' ? err->pointer : NULL);
	out_end_object(out);
}

static void answer(struct due_batch *batch, const char *line, size_t len, struct buf *out)
{
	struct error err = { .code = ERROR_NONE };
	struct calculation result;
	json_t *question = NULL;

	if (len > QUESTION_MAX || batch->rest.overflow)
		error_set(&err, ERROR_TOO_LARGE, "a question of more than %d bytes",
			QUESTION_MAX);
	else
		question = json_read(line, len, &err);
	if (question != NULL &&
			calculate(question, batch->book, batch->arena, &result, &err) == 0)
		calculation_put(&result, &batch->text);
	else
		put_error(&err, &batch->text);
	buf_addc(&batch->text, '\n');
	buf_add(out, batch->text.data, batch->text.len);
	buf_clear(&batch->text);
	json_decref(question);
	arena_reset(batch->arena);
}

void due_batch_add(struct due_batch *batch, const char *data, size_t len, struct buf *out)
{
	const char *end = data + len, *newline;

	while ((newline = memchr(data, '\n', (size_t)(end - data))) != NULL) {
		size_t n = (size_t)(newline - data);

		if (batch->rest.len == 0 && !batch->rest.overflow) {
			answer(batch, data, n, out);
		} else {
			buf_add(&batch->rest, data, n);
			answer(batch, batch->rest.data, batch->rest.len, out);
			buf_clear(&batch->rest);
		}
		data = newline + 1;
	}
	/* What does not fit is left out and remembered by the buffer; the line is
	 * refused when its end comes. */
	buf_add(&batch->rest, data, (size_t)(end - data));
}

void due_batch_end(struct due_batch *batch, struct buf *out)
{
	if (batch->rest.len > 0 || batch->rest.overflow)
		answer(batch, batch->rest.data, batch->rest.len, out);
	buf_clear(&batch->rest);
}
