/*
 * Lists of clocks, by their rows in clock_sort: each state has its part of it, in the
 * order of lists.
 */
#include "config.h"

#include "store/row.h"
#include "store/sqlite.h"

enum query {
	CLOCK_LIST_STATE, CLOCK_LIST_LATEST, CLOCK_LIST_UNSETTLED,
	CLOCK_LIST_ALL, CLOCK_COUNT_STATE, CLOCK_COUNT_UNSETTLED, CLOCK_COUNT_ALL, N_QUERIES,
};
_Static_assert((int)N_QUERIES <= (int)SQLITE_QUERIES_MAX, "room for the statements");

/* One state's part of a list, in the order of its table. The parts are merged, so
 * that a page of a list reads no more than its own rows. */
#define CLOCK_PART(state) \
	"SELECT c.sort_at, c.clock, " SQL_CLOCK_COLUMNS " FROM clock_sort c" \
	" CROSS JOIN incident i ON i.id = c.clock >> 10" \
	" CROSS JOIN clock k ON k.incident = c.clock >> 10" \
	" WHERE c.state = " state " AND c.sort_at >= ?1 AND (c.sort_at > ?1 OR c.clock > ?2)" \
	" AND c.sort_at <= ?3 AND " SQL_ENTITY_IN("i.entity", "?4")
#define CLOCK_END " ORDER BY 1, 2 LIMIT ?5"
/* The same counted: it reads nothing else, unless entities are given. */
#define COUNT_PART(state) \
	"SELECT 1 FROM clock_sort c" \
	" WHERE c.state = " state " AND c.sort_at >= ?1 AND (c.sort_at > ?1 OR c.clock > ?2)" \
	" AND c.sort_at <= ?3 AND (?4 IS NULL OR instr(?4, ' ' ||" \
	" (SELECT i.entity FROM incident i WHERE i.id = c.clock >> 10) || ' ') > 0)"
#define COUNT_OF(parts) "SELECT count(*) FROM (" parts " LIMIT ?5)"

static const char *const sql[N_QUERIES] = {
	[CLOCK_LIST_STATE] = CLOCK_PART("?6") CLOCK_END,
	[CLOCK_LIST_LATEST] = CLOCK_PART("?6") " ORDER BY 1 DESC, 2 DESC LIMIT ?5",
	[CLOCK_LIST_UNSETTLED] = CLOCK_PART("0") " UNION ALL " CLOCK_PART("1") CLOCK_END,
	[CLOCK_LIST_ALL] =
		CLOCK_PART("0") " UNION ALL " CLOCK_PART("1") " UNION ALL "
		CLOCK_PART("2") " UNION ALL " CLOCK_PART("3") " UNION ALL "
		CLOCK_PART("4") " UNION ALL " CLOCK_PART("5") CLOCK_END,
	[CLOCK_COUNT_STATE] = COUNT_OF(COUNT_PART("?6")),
	[CLOCK_COUNT_UNSETTLED] = COUNT_OF(COUNT_PART("0") " UNION ALL " COUNT_PART("1")),
	[CLOCK_COUNT_ALL] = COUNT_OF(COUNT_PART("0") " UNION ALL " COUNT_PART("1")
		" UNION ALL " COUNT_PART("2") " UNION ALL " COUNT_PART("3")
		" UNION ALL " COUNT_PART("4") " UNION ALL " COUNT_PART("5")),
};

static int call(struct store *store, enum query query, struct sqlite_call *c,
	struct error *err)
{
	return sqlite_call(sqlite_of(store), SQLITE_NOUN_CLOCK_LIST, (int)query, sql[query], c,
		err);
}

static enum query list_query(const struct clock_filter *filter)
{
	if (filter->state != NULL)
		return filter->latest_first ? CLOCK_LIST_LATEST : CLOCK_LIST_STATE;
	return filter->unsettled ? CLOCK_LIST_UNSETTLED : CLOCK_LIST_ALL;
}

static void bind_filter(struct sqlite_call *c, const struct clock_filter *filter)
{
	int64_t start_at, start_id;

	clock_filter_start(filter, &start_at, &start_id);
	bind_int(c, start_at);
	bind_int(c, start_id);
	bind_int(c, clock_filter_end(filter));
	bind_entities(c, filter->entities, filter->n_entities);
	bind_limit(c, filter->limit);
	if (filter->state != NULL)
		bind_int(c, *filter->state);
}

int sqlite_clock_list(struct store *store, const struct clock_filter *filter, clock_fn *fn,
	void *arg, struct error *err)
{
	struct sqlite_call c;
	struct arena *arena;
	int more;

	if (call(store, list_query(filter), &c, err) < 0)
		return -1;
	bind_filter(&c, filter);
	arena = arena_new();
	while ((more = call_step(&c, err)) == 1) {
		struct clock_row row;
		int64_t id;

		arena_reset(arena);
		c.column++;	/* sort_at, there for the order only */
		id = take_int(&c);
		if (take_clock(&c, id, arena, &row, err) < 0 || fn(arg, &row, id) < 0) {
			call_end(&c);
			more = -1;
			break;
		}
	}
	arena_free(arena);
	return more;
}

int sqlite_clock_count(struct store *store, const struct clock_filter *filter, int *ret,
	struct error *err)
{
	enum query query = CLOCK_COUNT_ALL;
	struct sqlite_call c;
	int64_t n = 0;

	if (filter->state != NULL)
		query = CLOCK_COUNT_STATE;
	else if (filter->unsettled)
		query = CLOCK_COUNT_UNSETTLED;
	if (call(store, query, &c, err) < 0)
		return -1;
	bind_filter(&c, filter);
	if (call_instant(&c, &n, err) < 0)
		return -1;
	*ret = (int)n;
	return 0;
}
