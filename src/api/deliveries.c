/* The list of deliveries with every attempt, newest first: who was told, when. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "api/list.h"
#include "base/text.h"
#include "engine/view.h"

struct delivery_page {
	struct page page;
	const struct engine *engine;
};

static int take_delivery(void *arg, const struct delivery_row *row)
{
	struct delivery_page *p = arg;

	if (!page_takes(&p->page))
		return 0;
	view_delivery(page_place(&p->page), p->engine, row);
	snprintf(p->page.next, sizeof(p->page.next), "%" PRId64, row->id);
	return 0;
}

static int read_filter(struct call *call, struct delivery_filter *filter,
	enum delivery_state *state, struct error *err)
{
	/* In the order of enum delivery_state, and "all" behind it. */
	static const char *const states[] = { "waiting", "sending", "delivered", "failed",
		"cancelled", "all" };
	static const char *const known[] = { "state", "incident", "entity", "limit", "cursor",
		NULL };
	const struct http_text *query = http_request_query(call->req);
	size_t choice;
	int found;

	if (query_check(query, known, err) < 0 ||
	    list_entities(call, &filter->entities, &filter->n_entities, err) < 0 ||
	    query_number(query, "incident", &filter->incident, err) < 0 ||
	    query_number(query, "cursor", &filter->before_id, err) < 0)
		return -1;
	found = query_choice(query, "state", states, ARRAY_LEN(states), &choice, err);
	if (found > 0 && choice < ARRAY_LEN(states) - 1) {
		*state = (enum delivery_state)choice;
		filter->state = state;
	}
	return found;
}

void deliveries_get(struct call *call)
{
	struct delivery_page p = { .engine = call_engine(call) };
	struct store *store = call_store(call);
	struct delivery_filter filter = { 0 };
	enum delivery_state state;
	struct error err;

	if (read_filter(call, &filter, &state, &err) < 0 ||
	    page_init(&p.page, http_request_query(call->req), &err) < 0) {
		answer_error(call, &err);
		return;
	}
	filter.limit = (int)p.page.limit + 1;
	page_answer(call, &p.page, "deliveries",
		store->ops->delivery_list(store, &filter, take_delivery, &p, &err), &err);
}
