/*
 * Clocks and acknowledgements. Which clocks are due, and when the next is, are index
 * searches: they are asked on every wake of the daemon, however many clocks there
 * are. INDEXED BY says so where SQLite would choose another index; a query that
 * cannot use it fails when it is prepared.
 *
 * The clocks of an incident are neighbours: the id of a clock is that of its incident
 * and its place among them. So they need no index of their own, which was a fifth of
 * the work of an alert, and what no query asks for is one column (measured).
 */
#include "config.h"

#include "base/rfc3339.h"
#include "store/pack.h"
#include "store/row.h"
#include "store/sqlite.h"

enum query {
	CLOCK_OF, CLOCK_DUE, CLOCK_LIST_STATE, CLOCK_LIST_UNSETTLED, CLOCK_LIST_ALL,
	ACKNOWLEDGEMENT_INSERT, ACKNOWLEDGED_UNTIL, CLOCK_NEXT,
	CLOCK_INSERT, CLOCK_UPDATE, CLOCK_PROGRESS, CLOCK_FIND, CLOCK_PLACE, CLOCK_GET,
	CLOCK_COUNT_STATE, CLOCK_COUNT_UNSETTLED, CLOCK_COUNT_ALL, N_QUERIES,
};
_Static_assert((int)N_QUERIES <= (int)SQLITE_QUERIES_MAX, "room for the statements");

enum { PLACES = 1 << 10 };	/* of an incident; the queries and the schema say << 10 */

#define CLOCK_SELECT \
	"SELECT c.sort_at, c.id, c.regime, c.stage, c.state, c.due_at, c.next_at," \
	" c.fired_at, c.revision, c.document, i.entity, i.title, i.severity, i.drill"
#define CLOCK_JOIN " FROM clock c CROSS JOIN incident i ON i.id = c.id >> 10"
#define CLOCK_IS_OF(id, incident) \
	id " >= " incident " << 10 AND " id " < " incident " + 1 << 10"

/* One state's part of a list, in the order of its index. The parts are merged, so
 * that a page of a list reads no more than its own rows. */
#define CLOCK_PART(state) \
	CLOCK_SELECT CLOCK_JOIN \
	" WHERE c.state = " state " AND c.sort_at >= ?1 AND (c.sort_at > ?1 OR c.id > ?2)" \
	" AND c.sort_at <= ?3 AND " SQL_ENTITY_IN("i.entity", "?4")
#define CLOCK_END " ORDER BY 1, 2 LIMIT ?5"
/* The same counted: of the clock it reads the index alone, unless entities are given. */
#define COUNT_PART(state) \
	"SELECT 1 FROM clock c" \
	" WHERE c.state = " state " AND c.sort_at >= ?1 AND (c.sort_at > ?1 OR c.id > ?2)" \
	" AND c.sort_at <= ?3 AND (?4 IS NULL OR instr(?4, ' ' ||" \
	" (SELECT i.entity FROM incident i WHERE i.id = c.id >> 10) || ' ') > 0)"
#define COUNT_OF(parts) "SELECT count(*) FROM (" parts " LIMIT ?5)"

static const char *const sql[N_QUERIES] = {
	[CLOCK_INSERT] =
		"INSERT INTO clock (state, due_at, next_at, fired_at, sort_at, document, id,"
		" regime, stage) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[CLOCK_UPDATE] =
		"UPDATE clock SET state = ?1, due_at = ?2, next_at = ?3, fired_at = ?4,"
		" sort_at = ?5, document = ?6, revision = revision +"
		" (state <> ?1 OR due_at IS NOT ?2 OR sort_at <> ?5) WHERE id = ?7",
	/* Of the indexes it touches clock_next alone. */
	[CLOCK_PROGRESS] =
		"UPDATE clock SET next_at = ?, fired_at = ?, document = ? WHERE id = ?",
	[CLOCK_FIND] =
		"SELECT id FROM clock WHERE " CLOCK_IS_OF("id", "?1")
		" AND regime = ?2 AND stage = ?3",
	/* Where the next clock of an incident goes. */
	[CLOCK_PLACE] =
		"SELECT ifnull((SELECT max(id) FROM clock WHERE " CLOCK_IS_OF("id", "?1") ")"
		" + 1, i.id << 10) FROM incident i WHERE i.id = ?1",
	[CLOCK_OF] = CLOCK_SELECT CLOCK_JOIN " WHERE " CLOCK_IS_OF("c.id", "?1")
		" ORDER BY c.id",
	[CLOCK_GET] = CLOCK_SELECT CLOCK_JOIN " WHERE " CLOCK_IS_OF("c.id", "?1")
		" AND c.regime = ?2 AND c.stage = ?3",
	/* Earliest due first among the first to have come up: with a backlog this
	 * reads and sorts a few times the limit, not all of it each time. */
	[CLOCK_DUE] =
		CLOCK_SELECT " FROM (SELECT id, due_at FROM (SELECT id, due_at"
		"	FROM clock INDEXED BY clock_next"
		"	WHERE state = 1 AND next_at IS NOT NULL AND next_at <= ?1"
		"	ORDER BY next_at LIMIT ?2 * 4) ORDER BY due_at, id LIMIT ?2) d"
		" CROSS JOIN clock c ON c.id = d.id CROSS JOIN incident i ON i.id = c.id >> 10"
		" ORDER BY d.due_at, d.id LIMIT ?2",
	[CLOCK_LIST_STATE] = CLOCK_PART("?6") CLOCK_END,
	[CLOCK_LIST_UNSETTLED] = CLOCK_PART("0") " UNION ALL " CLOCK_PART("1") CLOCK_END,
	[CLOCK_LIST_ALL] =
		CLOCK_PART("0") " UNION ALL " CLOCK_PART("1") " UNION ALL "
		CLOCK_PART("2") " UNION ALL " CLOCK_PART("3") " UNION ALL "
		CLOCK_PART("4") " UNION ALL " CLOCK_PART("5") CLOCK_END,
	[ACKNOWLEDGEMENT_INSERT] =
		"INSERT INTO acknowledgement (incident, regime, stage, stated_by, given_at,"
		" until_at) VALUES (?, ?, ?, ?, ?, ?)",
	[ACKNOWLEDGED_UNTIL] =
		"SELECT max(until_at) FROM acknowledgement WHERE incident = ?1"
		" AND (stage IS NULL OR stage = ?2) AND given_at <= ?3 AND until_at > ?3"
		" AND given_at >= ?4 AND (regime IS NULL OR regime = ?5)",
	[CLOCK_NEXT] =
		"SELECT min(next_at) FROM clock INDEXED BY clock_next"
		" WHERE state = 1 AND next_at IS NOT NULL",
	[CLOCK_COUNT_STATE] = COUNT_OF(COUNT_PART("?6")),
	[CLOCK_COUNT_UNSETTLED] = COUNT_OF(COUNT_PART("0") " UNION ALL " COUNT_PART("1")),
	[CLOCK_COUNT_ALL] = COUNT_OF(COUNT_PART("0") " UNION ALL " COUNT_PART("1")
		" UNION ALL " COUNT_PART("2") " UNION ALL " COUNT_PART("3")
		" UNION ALL " COUNT_PART("4") " UNION ALL " COUNT_PART("5")),
};

static int call(struct store *store, enum query query, struct sqlite_call *c,
	struct error *err)
{
	return sqlite_call(sqlite_of(store), SQLITE_NOUN_CLOCK, (int)query, sql[query], c,
		err);
}

/* ---- the document ---------------------------------------------------------- */

enum { UNCONFIRMED = 1, ARGUABLE = 2, ON_REQUEST = 4, REPEATABLE = 8, TARGET = 16, HELD = 32 };

/* Without a name the others say nothing, and are not kept. */
static void pack_proposed(struct buf *out, const struct clock *k)
{
	if (k->proposed.by == NULL)
		return;
	pack_text(out, k->proposed.by);
	pack_text(out, k->proposed.actor);
	pack_int(out, k->proposed.state);
	pack_time(out, k->proposed.due_at);
}

/* The order is that of the migration which made the first of them. */
static void pack_clock(struct buf *out, const struct clock_row *row)
{
	const struct clock *k = &row->clock;

	pack_int(out, (k->unconfirmed ? UNCONFIRMED : 0) | (k->arguable ? ARGUABLE : 0) |
		(k->on_request ? ON_REQUEST : 0) | (k->repeatable ? REPEATABLE : 0) |
		(k->target ? TARGET : 0) | (row->progress.held ? HELD : 0));
	pack_int(out, row->progress.step);
	pack_int(out, row->progress.repeats);
	pack_time(out, k->anchor_at);
	pack_time(out, k->nominal_at);
	pack_time(out, k->latest_at);
	pack_time(out, k->planned_at);
	pack_time(out, k->settled_at);
	pack_text(out, k->anchor);
	pack_text(out, k->reference);
	pack_text(out, k->rules);
	pack_words(out, k->derivation, k->n_derivation, '\n');
	pack_text(out, k->readings);
	pack_proposed(out, k);
}

static void unpack_clock(struct unpack *in, struct arena *arena, struct clock_row *ret)
{
	struct clock *k = &ret->clock;
	int64_t flags = unpack_int(in, 0);

	k->unconfirmed = (flags & UNCONFIRMED) != 0;
	k->arguable = (flags & ARGUABLE) != 0;
	k->on_request = (flags & ON_REQUEST) != 0;
	k->repeatable = (flags & REPEATABLE) != 0;
	k->target = (flags & TARGET) != 0;
	ret->progress.held = (flags & HELD) != 0;
	ret->progress.step = (int)unpack_int(in, -1);
	ret->progress.repeats = (int)unpack_int(in, 0);
	k->anchor_at = unpack_time(in);
	k->nominal_at = unpack_time(in);
	k->latest_at = unpack_time(in);
	k->planned_at = unpack_time(in);
	k->settled_at = unpack_time(in);
	k->anchor = unpack_text(in, arena);
	k->reference = unpack_text(in, arena);
	k->rules = unpack_text(in, arena);
	k->derivation = unpack_words(in, arena, '\n', &k->n_derivation);
	k->readings = unpack_text(in, arena);
	k->proposed.by = unpack_text(in, arena);
	k->proposed.actor = unpack_text(in, arena);
	k->proposed.state = (enum clock_state)unpack_int(in, CLOCK_PENDING);
	k->proposed.due_at = unpack_time(in);
}

/* ---- clocks ---------------------------------------------------------------- */

/* What a change writes, and the id. */
static void bind_clock(struct sqlite_call *c, const struct clock_row *row, int64_t id)
{
	struct buf *document = &c->s->document;

	buf_clear(document);
	pack_clock(document, row);
	bind_int(c, row->clock.state);
	bind_time(c, row->clock.due_at);
	bind_time(c, row->next_at);
	bind_time(c, row->progress.fired_at);
	bind_int(c, clock_sort_at(&row->clock));
	bind_blob(c, document->data, document->len);
	bind_int(c, id);
}

static int insert_clock(struct store *store, const struct clock_row *row, int64_t id,
	struct error *err)
{
	struct sqlite_call c;

	if (id / PLACES != row->clock.incident)
		return error_set(err, ERROR_TOO_LARGE, "more than %d clocks", PLACES);
	if (call(store, CLOCK_INSERT, &c, err) < 0)
		return -1;
	bind_clock(&c, row, id);
	bind_text(&c, row->clock.regime);
	bind_text(&c, row->clock.stage);
	return call_run(&c, err);
}

/* The id that the query answers with; *ret 0: none. */
static int ask_id(struct sqlite_call *c, int64_t *ret, struct error *err)
{
	int64_t id;

	if (call_instant(c, &id, err) < 0)
		return -1;
	*ret = id == TIME_NONE ? 0 : id;
	return 0;
}

static int find_clock(struct store *store, const struct clock *clock, int64_t *ret,
	struct error *err)
{
	struct sqlite_call c;

	if (call(store, CLOCK_FIND, &c, err) < 0)
		return -1;
	bind_int(&c, clock->incident);
	bind_text(&c, clock->regime);
	bind_text(&c, clock->stage);
	return ask_id(&c, ret, err);
}

int sqlite_clock_put(struct store *store, const struct clock_row *row, struct error *err)
{
	struct sqlite_call c;
	int64_t id;

	if (find_clock(store, &row->clock, &id, err) < 0)
		return -1;
	if (id != 0) {
		if (call(store, CLOCK_UPDATE, &c, err) < 0)
			return -1;
		bind_clock(&c, row, id);
		return call_run(&c, err);
	}
	if (call(store, CLOCK_PLACE, &c, err) < 0)
		return -1;
	bind_int(&c, row->clock.incident);
	if (ask_id(&c, &id, err) < 0)
		return -1;
	if (id == 0)
		return error_set(err, ERROR_NOT_FOUND, "no incident %lld",
			(long long)row->clock.incident);
	return insert_clock(store, row, id, err);
}

int sqlite_clock_progress(struct store *store, const struct clock_row *row,
	struct error *err)
{
	struct buf *document = &sqlite_of(store)->document;
	struct sqlite_call c;
	int64_t id;

	if (find_clock(store, &row->clock, &id, err) < 0)
		return -1;
	if (id == 0)
		return error_set(err, ERROR_NOT_FOUND, "no such clock");
	if (call(store, CLOCK_PROGRESS, &c, err) < 0)
		return -1;
	buf_clear(document);
	pack_clock(document, row);
	bind_time(&c, row->next_at);
	bind_time(&c, row->progress.fired_at);
	bind_blob(&c, document->data, document->len);
	bind_int(&c, id);
	return call_run(&c, err);
}

int sqlite_clock_insert(struct store *store, const struct clock_row *rows, size_t n,
	struct error *err)
{
	size_t i;

	/* One statement for all of them costs more than one for each: SQLite keeps the
	 * pages as they were, in case that a later row is refused (measured). */
	for (i = 0; i < n; i++)
		if (insert_clock(store, &rows[i], rows[i].clock.incident * PLACES + (int64_t)i,
			    err) < 0)
			return -1;
	return 0;
}

/* Returns the row's id. */
static int64_t take_clock(struct sqlite_call *c, struct arena *arena, struct clock_row *ret)
{
	struct unpack document;
	int64_t id;

	c->column++;	/* sort_at, there for the order only */
	id = take_int(c);
	*ret = (struct clock_row){ .clock.incident = id / PLACES };
	ret->clock.regime = take_text(c, arena);
	ret->clock.stage = take_text(c, arena);
	ret->clock.state = (enum clock_state)take_int(c);
	ret->clock.due_at = take_time(c);
	ret->next_at = take_time(c);
	ret->progress.fired_at = take_time(c);
		ret->revision = take_int(c);
	document.at = sqlite3_column_blob(c->stmt, c->column);
	document.end = document.at + sqlite3_column_bytes(c->stmt, c->column++);
	unpack_clock(&document, arena, ret);
	ret->entity = take_text(c, arena);
	ret->title = take_text(c, arena);
	ret->severity = (enum severity)take_int(c);
	ret->drill = take_bool(c);
	return id;
}

/* Runs a query and keeps all its rows. */
static int take_all(struct sqlite_call *c, struct arena *arena, struct clock_row **ret,
	size_t *ret_n, struct error *err)
{
	struct clock_row *rows = NULL;
	size_t n = 0;
	int more;

	while ((more = call_step(c, err)) == 1) {
		rows = arena_grow(arena, rows, n, sizeof(*rows));
		take_clock(c, arena, &rows[n++]);
	}
	if (more < 0)
		return -1;
	*ret = rows;
	*ret_n = n;
	return 0;
}

int sqlite_clock_of(struct store *store, int64_t incident, struct arena *arena,
	struct clock_row **ret, size_t *ret_n, struct error *err)
{
	struct sqlite_call c;

	if (call(store, CLOCK_OF, &c, err) < 0)
		return -1;
	bind_int(&c, incident);
	return take_all(&c, arena, ret, ret_n, err);
}

int sqlite_clock_get(struct store *store, int64_t incident, const char *regime,
	const char *stage, struct arena *arena, struct clock_row *ret, struct error *err)
{
	struct sqlite_call c;
	int more;

	if (call(store, CLOCK_GET, &c, err) < 0)
		return -1;
	bind_int(&c, incident);
	bind_text(&c, regime);
	bind_text(&c, stage);
	more = call_step(&c, err);
	if (more == 0)
		return error_set(err, ERROR_NOT_FOUND, "no such clock");
	if (more < 0)
		return -1;
	take_clock(&c, arena, ret);
	call_end(&c);
	return 0;
}

int sqlite_clock_due(struct store *store, int64_t now, int limit, struct arena *arena,
	struct clock_row **ret, size_t *ret_n, struct error *err)
{
	struct sqlite_call c;

	if (call(store, CLOCK_DUE, &c, err) < 0)
		return -1;
	bind_int(&c, now);
	bind_limit(&c, limit);
	return take_all(&c, arena, ret, ret_n, err);
}

static enum query list_query(const struct clock_filter *filter)
{
	if (filter->state != NULL)
		return CLOCK_LIST_STATE;
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
		id = take_clock(&c, arena, &row);
		if (fn(arg, &row, id) < 0) {
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

int sqlite_acknowledgement_insert(struct store *store, struct acknowledgement_row *row,
	struct error *err)
{
	struct sqlite_call c;

	if (call(store, ACKNOWLEDGEMENT_INSERT, &c, err) < 0)
		return -1;
	bind_int(&c, row->incident);
	bind_text(&c, row->regime);
	bind_text(&c, row->stage);
	bind_text(&c, row->by);
	bind_int(&c, row->at);
	bind_int(&c, row->until_at);
	if (call_run(&c, err) < 0)
		return -1;
	row->id = sqlite3_last_insert_rowid(sqlite_of(store)->db);
	return 0;
}

int sqlite_acknowledged_until(struct store *store, int64_t incident, const char *regime,
	const char *stage, int64_t since, int64_t now, int64_t *ret, struct error *err)
{
	struct sqlite_call c;

	if (call(store, ACKNOWLEDGED_UNTIL, &c, err) < 0)
		return -1;
	bind_int(&c, incident);
	bind_text(&c, stage);
	bind_int(&c, now);
	bind_int(&c, since);
	bind_text(&c, regime);
	return call_instant(&c, ret, err);
}

int sqlite_clock_next(struct store *store, int64_t *ret, struct error *err)
{
	struct sqlite_call c;

	if (call(store, CLOCK_NEXT, &c, err) < 0)
		return -1;
	return call_instant(&c, ret, err);
}
