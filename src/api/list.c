/* Pages of lists: see list.h. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "api/list.h"
#include "api/member.h"
#include "base/alloc.h"
#include "base/text.h"

int list_entities(struct call *call, const char *const **ret, size_t *ret_n,
	struct error *err)
{
	const struct conf *conf = call->api->conf;
	char name[QUERY_VALUE_SIZE];
	const struct conf_entity *entity;
	const char **one;
	int found = query_text(http_request_query(call->req), "entity", name, err);

	*ret = call->caller.entities;
	*ret_n = call->caller.n_entities;
	if (found <= 0)
		return found;
	entity = conf_entity(conf, name);
	if (entity == NULL || !auth_sees(&call->caller, entity->id))
		return error_set(err, ERROR_INVALID,
			"query parameter entity must be the id of an entity");
	one = arena_array(call->arena, 1, sizeof(*one));
	one[0] = entity->id;
	*ret = one;
	*ret_n = 1;
	return 0;
}

int page_init(struct page *page, const struct http_text *query, struct error *err)
{
	int limit;

	*page = (struct page){ .n = 0 };
	if (query_limit(query, QUERY_LIMIT_MAX, &limit, err) < 0)
		return -1;
	page->limit = (size_t)limit;
	buf_init(&page->items, 0);
	out_array(&page->items, NULL);
	return 0;
}

bool page_takes(struct page *page)
{
	if (page->n < page->limit)
		return true;
	page->more = true;
	return false;
}

struct buf *page_place(struct page *page)
{
	page->n++;
	return &page->items;
}

void page_answer(struct call *call, struct page *page, const char *name, int rc,
	const struct error *err)
{
	struct buf *document;

	if (rc < 0) {
		buf_release(&page->items);
		answer_error(call, err);
		return;
	}
	out_end_array(&page->items);
	document = buf_in_arena(call->arena, page->items.len + 100);
	out_object(document, NULL);
	out_json(document, name, &page->items);
	if (page->more)
		out_text(document, "next", page->next);
	out_end_object(document);
	buf_release(&page->items);
	answer_text(call, 200, "application/json", document->data, document->len);
}
