/* Lines of the journal: made from the head of the chain, put behind it in the
 * same transaction as the change they record. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "engine/internal.h"

json_t *record_new(struct engine *e, const char *kind, const char *actor, const char *by)
{
	/* The number is put in by record_append, which knows the head; it stands
	 * first all the same, because a JSON object keeps the order of its keys. */
	return journal_record(0, e->now, kind, actor, by);
}

int record_append(struct engine *e, json_t *record, int64_t incident, struct error *err)
{
	struct journal_row row = { .incident = incident };
	struct journal_check head;
	struct buf line;
	int rc;

	buf_init(&line, 0);
	rc = e->store->ops->journal_head(e->store, &head, err);
	if (rc == 0) {
		row.seq = head.seq + 1;
		json_set_int(record, "seq", row.seq);
		if (json_write(&line, record) < 0)
			rc = error_set(err, ERROR_INTERNAL, "a journal line could not be made");
	}
	if (rc == 0) {
		row.line = line.data;
		row.len = line.len;
		journal_hash(head.hash, line.data, line.len, row.hash);
		rc = e->store->ops->journal_append(e->store, &row, err);
	}
	buf_release(&line);
	json_decref(record);
	return rc;
}
