/* Lines of the journal: made from the head of the chain, put behind it in the
 * same transaction as the change they record. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "engine/internal.h"

/* Most fit; the others grow. The number is put before the rest at the end. */
enum { RECORD_SIZE = 2000, NUMBER_SIZE = 32 };

struct buf *record_new(struct engine *e, const char *kind, const char *actor, const char *by)
{
	struct buf *record = buf_in_arena(e->arena, RECORD_SIZE);

	journal_begin(record, e->now, kind, actor, by);
	return record;
}

int record_append(struct engine *e, const struct buf *record, int64_t incident,
	struct error *err)
{
	struct journal_row row = { .incident = incident };
	struct journal_check head;
	struct buf *line;

	if (e->store->ops->journal_head(e->store, &head, err) < 0)
		return -1;
	row.seq = head.seq + 1;
	line = buf_in_arena(e->arena, record->len + NUMBER_SIZE);
	journal_finish(line, row.seq, record);
	row.line = line->data;
	row.len = line->len;
	return e->store->ops->journal_append(e->store, &row, err);
}
