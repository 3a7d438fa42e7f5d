/* Deliveries with every attempt, newest first: who was told, when. One of them again, and
 * tests of channels. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "api/decode.h"
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

/* The number of the delivery that the path names; 0 with *err: there is none. */
static int64_t delivery_number(const struct call *call, struct error *err)
{
	int64_t number = engine_delivery_number(call_engine(call), call->match.name);

	if (number == 0)
		error_set(err, ERROR_NOT_FOUND, "no such delivery");
	return number;
}

struct one {
	struct buf *out;
	const struct call *call;
	int64_t number;
	bool found;
};

static int take_one(void *arg, const struct delivery_row *row)
{
	struct one *one = arg;

	if (row->id != one->number)
		return 0;
	view_delivery(one->out, call_engine(one->call), row);
	one->found = true;
	return 0;
}

/* As a list of one, so that it comes with its attempts and only to those who see it. */
void delivery_get(struct call *call)
{
	static const char *const known[] = { NULL };
	struct delivery_filter filter = { .entities = call->caller.entities,
		.n_entities = call->caller.n_entities, .limit = 1 };
	struct one one = { .out = buf_in_arena(call->arena, 1000), .call = call };
	struct store *store = call_store(call);
	struct error err;

	if (query_check(http_request_query(call->req), known, &err) < 0 ||
	    (one.number = delivery_number(call, &err)) == 0) {
		answer_error(call, &err);
		return;
	}
	filter.before_id = one.number < INT64_MAX ? one.number + 1 : one.number;
	if (store->ops->delivery_list(store, &filter, take_one, &one, &err) < 0) {
		answer_error(call, &err);
	} else if (!one.found) {
		error_set(&err, ERROR_NOT_FOUND, "no such delivery");
		answer_error(call, &err);
	} else {
		answer_text(call, 200, "application/json", one.out->data, one.out->len);
	}
}

void replay_post(struct call *call)
{
	struct command_replay *replay = &call->command.as.replay;
	struct error err;

	call->command.kind = COMMAND_REPLAY;
	if (call_read(call, &err) < 0 || decode_replay(call->document, replay, &err) < 0 ||
	    (replay->delivery = delivery_number(call, &err)) == 0)
		answer_error(call, &err);
	else
		call_submit(call);
}

void test_post(struct call *call)
{
	struct command_test *test = &call->command.as.test;
	struct error err;

	call->command.kind = COMMAND_TEST;
	test->channel = call->match.name;
	if (call_read(call, &err) < 0 || decode_test(call->document, test, &err) < 0)
		answer_error(call, &err);
	else
		call_submit(call);
}
