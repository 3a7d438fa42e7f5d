/* The list of clocks, soonest first: what an operator looks at in the morning. */
#include "config.h"

#include "api/list.h"
#include "base/rfc3339.h"
#include "base/text.h"
#include "engine/view.h"

struct clock_page {
	struct page page;
	struct store *store;
	int64_t now;
	struct error *err;
};

static int take_clock(void *arg, const struct clock_row *row, int64_t rowid)
{
	struct clock_page *p = arg;
	int64_t at = row->clock.due_at, until = TIME_NONE;

	if (at == TIME_NONE)
		at = row->clock.planned_at;
	if (!page_takes(&p->page))
		return 0;
	if (row->clock.state == CLOCK_RUNNING &&
	    p->store->ops->acknowledged_until(p->store, row->clock.incident, row->clock.regime,
		    row->clock.stage, row->clock.anchor_at, p->now, &until, p->err) < 0)
		return -1;
	view_clock(page_place(&p->page), row, until, p->now);
	cursor_format(at, rowid, p->page.next);
	return 0;
}

static int read_cursor(const struct http_text *query, struct clock_filter *filter,
	struct error *err)
{
	char text[QUERY_VALUE_SIZE];
	int found = query_text(query, "cursor", text, err);

	if (found > 0 && cursor_parse(text, &filter->after_at, &filter->after_id) < 0)
		return error_set(err, ERROR_INVALID,
			"query parameter cursor must be a \"next\" of this list");
	return found;
}

/* Without a state: those that still want something of somebody. */
static int read_state(const struct http_text *query, struct clock_filter *filter,
	enum clock_state *state, struct error *err)
{
	/* In the order of enum clock_state, and "all" behind it. */
	static const char *const states[] = { "pending", "running", "filed", "filed-late",
		"waived", "void", "all" };
	size_t choice;
	int found = query_choice(query, "state", states, ARRAY_LEN(states), &choice, err);

	if (found < 0)
		return -1;
	filter->unsettled = found == 0;
	if (found > 0 && choice < ARRAY_LEN(states) - 1) {
		*state = (enum clock_state)choice;
		filter->state = state;
	}
	return 0;
}

void clocks_get(struct call *call)
{
	static const char *const known[] = { "state", "before", "entity", "limit", "cursor",
		NULL };
	struct clock_filter filter = { .before_at = TIME_NONE, .after_at = TIME_NONE };
	const struct http_text *query = http_request_query(call->req);
	struct store *store = call_store(call);
	struct error err;
	struct clock_page p = { .now = engine_now(call_engine(call)), .store = store,
		.err = &err };
	enum clock_state state;

	if (query_check(query, known, &err) < 0 ||
	    list_entities(call, &filter.entities, &filter.n_entities, &err) < 0 ||
	    query_time(query, "before", &filter.before_at, &err) < 0 ||
	    read_cursor(query, &filter, &err) < 0 ||
	    read_state(query, &filter, &state, &err) < 0 ||
	    page_init(&p.page, query, &err) < 0) {
		answer_error(call, &err);
		return;
	}
	filter.limit = (int)p.page.limit + 1;
	page_answer(call, &p.page, "clocks",
		store->ops->clock_list(store, &filter, take_clock, &p, &err), &err);
}
