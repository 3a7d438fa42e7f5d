/* Reading incidents: the list, newest first, and one. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "api/list.h"
#include "base/text.h"
#include "engine/view.h"

struct ids {
	struct arena *arena;
	int64_t *list;
	size_t n;
};

static int collect_id(void *arg, const struct incident_row *row)
{
	struct ids *ids = arg;

	ids->list = arena_grow(ids->arena, ids->list, ids->n, sizeof(*ids->list));
	ids->list[ids->n++] = row->incident.id;
	return 0;
}

static int read_filter(struct call *call, struct incident_filter *filter,
	enum incident_state *state, struct error *err)
{
	/* In the order of enum incident_state, and "all" behind it. */
	static const char *const states[] = { "suspected", "open", "closed", "dismissed",
		"all" };
	static const char *const known[] = { "state", "entity", "limit", "cursor", NULL };
	const struct http_text *query = http_request_query(call->req);
	size_t choice;
	int found;

	if (query_check(query, known, err) < 0 ||
	    list_entities(call, &filter->entities, &filter->n_entities, err) < 0 ||
	    query_number(query, "cursor", &filter->before_id, err) < 0)
		return -1;
	found = query_choice(query, "state", states, ARRAY_LEN(states), &choice, err);
	if (found <= 0)
		return found;
	filter->all = true;
	if (choice < ARRAY_LEN(states) - 1) {
		*state = (enum incident_state)choice;
		filter->state = state;
	}
	return 0;
}

/* Whole incidents, each read after the list has ended: the rows of a list have
 * neither events nor clocks, and who looks at the list wants to see the time left. */
static int read_page(struct call *call, const struct incident_filter *filter,
	struct page *page, struct error *err)
{
	struct store *store = call_store(call);
	struct ids ids = { .arena = call->arena };
	struct arena *arena;
	int rc = 0;
	size_t i;

	if (store->ops->incident_list(store, filter, collect_id, &ids, err) < 0)
		return -1;
	arena = arena_new();
	for (i = 0; i < ids.n && rc == 0 && page_takes(page); i++) {
		arena_reset(arena);
		if (view_incident(page_place(page), call_engine(call), ids.list[i], false,
			    arena, err) == NULL)
			rc = -1;
		snprintf(page->next, sizeof(page->next), "%" PRId64, ids.list[i]);
	}
	arena_free(arena);
	return rc;
}

void incidents_get(struct call *call)
{
	struct incident_filter filter = { 0 };
	enum incident_state state;
	struct page page;
	struct error err;

	if (read_filter(call, &filter, &state, &err) < 0 ||
	    page_init(&page, http_request_query(call->req), &err) < 0) {
		answer_error(call, &err);
		return;
	}
	filter.limit = (int)page.limit + 1;
	page_answer(call, &page, "incidents", read_page(call, &filter, &page, &err), &err);
}

static void answer_view(struct call *call, const struct buf *document, const char *entity,
	const struct error *err)
{
	if (entity == NULL)
		answer_error(call, err);
	else
		answer_text(call, 200, "application/json", document->data, document->len);
}

void incident_get(struct call *call)
{
	static const char *const known[] = { NULL };
	struct buf *document = buf_in_arena(call->arena, 4000);
	const char *entity = NULL;
	struct incident_row row;
	struct error err;

	if (query_check(http_request_query(call->req), known, &err) == 0 &&
	    call_incident(call, &row, &err) == 0)
		entity = view_incident(document, call_engine(call), call->match.id, true,
			call->arena, &err);
	answer_view(call, document, entity, &err);
}

void drill_get(struct call *call)
{
	static const char *const known[] = { NULL };
	struct buf *document = buf_in_arena(call->arena, 4000);
	const char *entity = NULL;
	struct incident_row row;
	struct error err;

	if (query_check(http_request_query(call->req), known, &err) == 0 &&
	    call_incident(call, &row, &err) == 0)
		entity = view_drill(document, call_engine(call), call->match.id, call->arena,
			&err);
	answer_view(call, document, entity, &err);
}
