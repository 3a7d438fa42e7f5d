/* What was in a storm: each key that is kept, in the order of their first alerts. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "api/list.h"
#include "engine/view.h"

static int take_key(void *arg, const struct storm_key_row *row)
{
	struct page *page = arg;

	if (!page_takes(page))
		return 0;
	view_storm_key(page_place(page), row);
	snprintf(page->next, sizeof(page->next), "%" PRId64, row->id);
	return 0;
}

/* It is a storm, and one that the caller may see. */
static int find_storm(struct call *call, struct error *err)
{
	struct incident_row row;

	if (call_incident(call, &row, err) < 0)
		return -1;
	if (!row.incident.storm)
		return error_set(err, ERROR_NOT_FOUND, "this incident is no storm");
	return 0;
}

void storm_get(struct call *call)
{
	static const char *const known[] = { "limit", "cursor", NULL };
	const struct http_text *query = http_request_query(call->req);
	struct storm_key_filter filter = { .incident = call->match.id };
	struct store *store = call_store(call);
	struct page page;
	struct error err;

	if (query_check(query, known, &err) < 0 ||
	    query_number(query, "cursor", &filter.after_id, &err) < 0 ||
	    find_storm(call, &err) < 0 || page_init(&page, query, &err) < 0) {
		answer_error(call, &err);
		return;
	}
	filter.limit = (int)page.limit + 1;
	page_answer(call, &page, "keys",
		store->ops->storm_keys(store, &filter, take_key, &page, &err), &err);
}
