/*
 * The journal as NDJSON, the lines as they are stored. A page may have fewer
 * records than were asked for, because it is also bounded in bytes; the journal
 * has been read to its end when a page is empty.
 */
#include "config.h"

#include "api/list.h"

enum { JOURNAL_PAGE_MAX = 2 * 1024 * 1024 };

/* One record as a line: {"seq":1,"hash":"..","line":".."}. */
static int take_record(void *arg, const struct journal_row *row)
{
	json_t *record = json_object();
	struct buf *out = arg;

	json_set_int(record, "seq", row->seq);
	json_set_text(record, "hash", row->hash);
	json_object_set_new(record, "line", json_stringn(row->line, row->len));
	json_write(out, record);
	json_decref(record);
	buf_addc(out, '\n');
	return out->len < JOURNAL_PAGE_MAX ? 0 : -1;
}

static void answer_journal(struct call *call, int64_t incident)
{
	static const char *const known[] = { "after", "limit", NULL };
	const struct http_text *query = http_request_query(call->req);
	struct store *store = call_store(call);
	struct error err = { 0 };
	int64_t after = 0;
	struct buf out;
	int limit, rc;

	if (query_check(query, known, &err) < 0 ||
	    query_number(query, "after", &after, &err) < 0 ||
	    query_limit(query, QUERY_LIMIT_JOURNAL, &limit, &err) < 0) {
		answer_error(call, &err);
		return;
	}
	buf_init(&out, 0);
	rc = store->ops->journal_read(store, after, incident, limit, take_record, &out, &err);
	if (rc < 0 && out.len < JOURNAL_PAGE_MAX)
		answer_error(call, &err);
	else
		answer_text(call, 200, "application/x-ndjson", out.data, out.len);
	buf_release(&out);
}

void journal_get(struct call *call)
{
	struct error err;

	/* Its lines are about all entities, and only the whole of it verifies. */
	if (call->caller.n_entities > 0) {
		error_set(&err, ERROR_FORBIDDEN,
			"the whole journal is not for a token limited to some entities");
		answer_error(call, &err);
		return;
	}
	answer_journal(call, 0);
}

void incident_journal_get(struct call *call)
{
	struct incident_row row;
	struct error err;

	if (call_incident(call, &row, &err) < 0)
		answer_error(call, &err);
	else
		answer_journal(call, call->match.id);
}
