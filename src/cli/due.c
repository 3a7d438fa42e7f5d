/* A stream of questions to the calculator: see due.h. */
#include "config.h"

#include <string.h>

#include "base/json_out.h"
#include "cli/due.h"

enum { QUESTION_MAX = 1024 * 1024 };

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
