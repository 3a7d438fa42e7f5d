/* The answers of "tocsin due --batch" to a stream of questions; pure. The answer to one
 * question, for people, is core/sheet.h. */
#ifndef TOCSIN_CLI_DUE_H
#define TOCSIN_CLI_DUE_H

#include "base/arena.h"
#include "base/buf.h"
#include "core/calculator.h"

/* Questions in JSON lines, in the pieces in which they come; one answer a line, in
 * order: {"clocks":[..]} or {"error":"..","pointer":".."}. Every line is answered,
 * an empty one too, so that answer n belongs to line n. */
struct due_batch {
	const struct rulebook *book;
	struct arena *arena;
	struct buf rest;	/* the start of a line whose end has not come yet */
	struct buf text;	/* one answer; empty between two */
};
void due_batch_init(struct due_batch *batch, const struct rulebook *book);
void due_batch_release(struct due_batch *batch);
void due_batch_add(struct due_batch *batch, const char *data, size_t len, struct buf *out);
void due_batch_end(struct due_batch *batch, struct buf *out);

#endif
