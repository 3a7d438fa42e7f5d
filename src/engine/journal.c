/* Lines of the journal: made from the head of the chain, put behind it in the
 * same transaction as the change they record. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "engine/internal.h"

enum { RECORD_SIZE = 1000 };	/* most fit; the others grow */

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
	struct buf line;
	int rc;

	buf_init(&line, 0);
	rc = e->store->ops->journal_head(e->store, &head, err);
	if (rc == 0) {
		row.seq = head.seq + 1;
		journal_finish(&line, row.seq, record);
		row.line = line.data;
		row.len = line.len;
		rc = e->store->ops->journal_append(e->store, &row, err);
	}
	buf_release(&line);
	return rc;
}
