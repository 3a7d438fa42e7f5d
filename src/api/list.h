/* What the lists of the API have in common: one page, and where the next begins. */
#ifndef TOCSIN_API_LIST_H
#define TOCSIN_API_LIST_H

#include "api/call.h"
#include "api/query.h"
#include "base/json_out.h"

struct page {
	struct buf items;	/* an array, open until it is answered */
	size_t n;
	size_t limit;		/* the store is asked for one more, to see if there is one */
	bool more;
	char next[CURSOR_SIZE];	/* after the last item */
};

/* Whose rows: those of the entity asked for, which the caller must see, else of
 * all that he sees. *ret is in the call's arena or the caller's own. */
int list_entities(struct call *call, const char *const **ret, size_t *ret_n,
	struct error *err);

/* Starts a page of at most the limit asked for. */
int page_init(struct page *page, const struct http_text *query, struct error *err);
/* Is there room? Else the row is only a sign that there are more. */
bool page_takes(struct page *page);
/* Where the next item is to be written; the cursor of what follows it is the
 * caller's to write too. */
struct buf *page_place(struct page *page);
/* Answers {"name": [...], "next": "..."} or, rc < 0, the error; ends the call. */
void page_answer(struct call *call, struct page *page, const char *name, int rc,
	const struct error *err);

#endif
