/* What "tocsin due" prints: the calculator's result for a lawyer, and the answers
 * to a stream of questions. Pure but for the writer. */
#ifndef TOCSIN_CLI_DUE_H
#define TOCSIN_CLI_DUE_H

#include "base/arena.h"
#include "base/buf.h"
#include "cli/writer.h"
#include "core/calculator.h"

void due_write(struct writer *w, const struct calculation *c, const struct rulebook *book);

/* "Wed 2026-12-23 15:42 +01:00". end_of_day: midnight is shown as 24:00 of the day
 * that ends, which is how the law says it (Regulation 1182/71, Art. 3(2)). */
enum { DUE_LOCAL_SIZE = 64 };
void due_local(const struct zone *zone, int64_t at, bool end_of_day,
	char out[DUE_LOCAL_SIZE]);

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
