/*
 * Clocks and acknowledgements. Which clocks are due, and when the next is, are index
 * searches: they are asked on every wake of the daemon, however many clocks there
 * are. INDEXED BY says so where SQLite would choose another index; a query that
 * cannot use it fails when it is prepared.
 */
#include "config.h"

#include "base/rfc3339.h"
#include "store/row.h"
#include "store/sqlite.h"

enum query {
	CLOCK_PUT, CLOCK_OF, CLOCK_DUE, CLOCK_LIST_STATE, CLOCK_LIST_UNSETTLED, CLOCK_LIST_ALL,
	ACKNOWLEDGEMENT_INSERT, ACKNOWLEDGED_UNTIL, CLOCK_NEXT,
	CLOCK_INSERT, CLOCK_GET, N_QUERIES,
};
_Static_assert((int)N_QUERIES <= (int)SQLITE_QUERIES_MAX, "room for the statements");

#define CLOCK_SELECT \
	"SELECT c.sort_at, c.id, c.incident, c.regime, c.stage, c.state, c.anchor," \
	" c.anchor_at, c.due_at, c.nominal_at, c.latest_at, c.planned_at, c.settled_at," \
	" c.unconfirmed, c.arguable, c.on_request, c.repeatable, c.target, c.reference," \
	" c.rules, c.derivation, c.readings, c.proposed_by, c.proposed_actor," \
	" c.proposed_state, c.proposed_due_at, c.step, c.fired_at, c.repeats, c.held, c.next_at," \
	" i.entity, i.title, i.severity, i.drill"

/* One state's part of a list, in the order of its index. The parts are merged, so
 * that a page of a list reads no more than its own rows. */
#define CLOCK_PART(state) \
	CLOCK_SELECT " FROM clock c CROSS JOIN incident i ON i.id = c.incident" \
	" WHERE c.state = " state " AND c.sort_at >= ?1 AND (c.sort_at > ?1 OR c.id > ?2)" \
	" AND c.sort_at <= ?3 AND " SQL_ENTITY_IN("i.entity", "?4")
#define CLOCK_END " ORDER BY 1, 2 LIMIT ?5"

#define CLOCK_INSERT_ROW \
	"INSERT INTO clock (incident, regime, stage, state, anchor, anchor_at, due_at," \
	" nominal_at, latest_at, planned_at, settled_at, unconfirmed, arguable," \
	" on_request, repeatable, target, reference, rules, derivation, readings," \
	" proposed_by, proposed_actor, proposed_state, proposed_due_at, step, fired_at," \
	" repeats, held, next_at, sort_at)" \
	" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?," \
	" ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

static const char *const sql[N_QUERIES] = {
	[CLOCK_PUT] =
		CLOCK_INSERT_ROW
		" ON CONFLICT (incident, regime, stage) DO UPDATE SET"
		" state = excluded.state, anchor = excluded.anchor,"
		" anchor_at = excluded.anchor_at, due_at = excluded.due_at,"
		" nominal_at = excluded.nominal_at, latest_at = excluded.latest_at,"
		" planned_at = excluded.planned_at, settled_at = excluded.settled_at,"
		" unconfirmed = excluded.unconfirmed, arguable = excluded.arguable,"
		" on_request = excluded.on_request, repeatable = excluded.repeatable,"
		" target = excluded.target, reference = excluded.reference,"
		" rules = excluded.rules,"
		" derivation = excluded.derivation, readings = excluded.readings,"
		" proposed_by = excluded.proposed_by,"
		" proposed_actor = excluded.proposed_actor,"
		" proposed_state = excluded.proposed_state,"
		" proposed_due_at = excluded.proposed_due_at, step = excluded.step,"
		" fired_at = excluded.fired_at, repeats = excluded.repeats,"
		" held = excluded.held, next_at = excluded.next_at,"
		" sort_at = excluded.sort_at",
	[CLOCK_INSERT] = CLOCK_INSERT_ROW,
	[CLOCK_OF] =
		CLOCK_SELECT " FROM clock c CROSS JOIN incident i ON i.id = c.incident"
		" WHERE c.incident = ?",
	[CLOCK_GET] =
		CLOCK_SELECT " FROM clock c CROSS JOIN incident i ON i.id = c.incident"
		" WHERE c.incident = ? AND c.regime = ? AND c.stage = ?",
	/* Earliest due first among the first to have come up: with a backlog this
	 * reads and sorts a few times the limit, not all of it each time. */
	[CLOCK_DUE] =
		CLOCK_SELECT " FROM (SELECT id, due_at FROM clock INDEXED BY clock_next"
		"	WHERE state = 1 AND next_at IS NOT NULL AND next_at <= ?1"
		"	ORDER BY next_at LIMIT ?2 * 4) d"
		" CROSS JOIN clock c ON c.id = d.id CROSS JOIN incident i ON i.id = c.incident"
		" ORDER BY d.due_at, d.id LIMIT ?2",
	[CLOCK_LIST_STATE] = CLOCK_PART("?6") CLOCK_END,
	[CLOCK_LIST_UNSETTLED] = CLOCK_PART("0") " UNION ALL " CLOCK_PART("1") CLOCK_END,
	[CLOCK_LIST_ALL] =
		CLOCK_PART("0") " UNION ALL " CLOCK_PART("1") " UNION ALL "
		CLOCK_PART("2") " UNION ALL " CLOCK_PART("3") " UNION ALL "
		CLOCK_PART("4") " UNION ALL " CLOCK_PART("5") CLOCK_END,
	[ACKNOWLEDGEMENT_INSERT] =
		"INSERT INTO acknowledgement (incident, stage, stated_by, given_at, until_at)"
		" VALUES (?, ?, ?, ?, ?)",
	[ACKNOWLEDGED_UNTIL] =
		"SELECT max(until_at) FROM acknowledgement WHERE incident = ?1"
		" AND (stage IS NULL OR stage = ?2) AND given_at <= ?3 AND until_at > ?3"
		" AND given_at >= ?4",
	[CLOCK_NEXT] =
		"SELECT min(next_at) FROM clock INDEXED BY clock_next"
		" WHERE state = 1 AND next_at IS NOT NULL",
};

static int call(struct store *store, enum query query, struct sqlite_call *c,
	struct error *err)
{
	return sqlite_call(sqlite_of(store), SQLITE_NOUN_CLOCK, (int)query, sql[query], c,
		err);
}

/* Without a name the others say nothing, and are not kept. */
static void bind_proposed(struct sqlite_call *c, const struct clock *k)
{
	bool any = k->proposed.by != NULL;

	bind_text(c, k->proposed.by);
	bind_text(c, any ? k->proposed.actor : NULL);
	bind_time(c, any ? (int64_t)k->proposed.state : TIME_NONE);
	bind_time(c, any ? k->proposed.due_at : TIME_NONE);
}

static void bind_clock(struct sqlite_call *c, const struct clock_row *row)
{
	const struct clock *k = &row->clock;
	const struct policy_progress *p = &row->progress;

	bind_int(c, k->incident);
	bind_text(c, k->regime);
	bind_text(c, k->stage);
	bind_int(c, k->state);
	bind_text(c, k->anchor);
	bind_time(c, k->anchor_at);
	bind_time(c, k->due_at);
	bind_time(c, k->nominal_at);
	bind_time(c, k->latest_at);
	bind_time(c, k->planned_at);
	bind_time(c, k->settled_at);
	bind_int(c, k->unconfirmed);
	bind_int(c, k->arguable);
	bind_int(c, k->on_request);
	bind_int(c, k->repeatable);
	bind_int(c, k->target);
	bind_text(c, k->reference);
	bind_text(c, k->rules);
	bind_words(c, k->derivation, k->n_derivation, '\n');
	bind_text(c, k->readings);
	bind_proposed(c, k);
	bind_int(c, p->step);
	bind_time(c, p->fired_at);
	bind_int(c, p->repeats);
	bind_int(c, p->held);
	bind_time(c, row->next_at);
	bind_int(c, clock_sort_at(k));
}

int sqlite_clock_put(struct store *store, const struct clock_row *row, struct error *err)
{
	struct sqlite_call c;

	if (call(store, CLOCK_PUT, &c, err) < 0)
		return -1;
	bind_clock(&c, row);
	return call_run(&c, err);
}

int sqlite_clock_insert(struct store *store, const struct clock_row *rows, size_t n,
	struct error *err)
{
	struct sqlite_call c;
	size_t i;

	/* One statement for all of them costs more than one for each: SQLite keeps the
	 * pages as they were, in case that a later row is refused (measured). */
	for (i = 0; i < n; i++) {
		if (call(store, CLOCK_INSERT, &c, err) < 0)
			return -1;
		bind_clock(&c, &rows[i]);
		if (call_run(&c, err) < 0)
			return -1;
	}
	return 0;
}

/* Returns the row's id. */
static int64_t take_clock(struct sqlite_call *c, struct arena *arena, struct clock_row *ret)
{
	struct clock *k = &ret->clock;
	int64_t id;

	c->column++;	/* sort_at, there for the order only */
	id = take_int(c);
	*ret = (struct clock_row){ .clock.incident = take_int(c) };
	k->regime = take_text(c, arena);
	k->stage = take_text(c, arena);
	k->state = (enum clock_state)take_int(c);
	k->anchor = take_text(c, arena);
	k->anchor_at = take_time(c);
	k->due_at = take_time(c);
	k->nominal_at = take_time(c);
	k->latest_at = take_time(c);
	k->planned_at = take_time(c);
	k->settled_at = take_time(c);
	k->unconfirmed = take_bool(c);
	k->arguable = take_bool(c);
	k->on_request = take_bool(c);
	k->repeatable = take_bool(c);
	k->target = take_bool(c);
	k->reference = take_text(c, arena);
	k->rules = take_text(c, arena);
	k->derivation = take_words(c, arena, '\n', &k->n_derivation);
	k->readings = take_text(c, arena);
	k->proposed.by = take_text(c, arena);
	k->proposed.actor = take_text(c, arena);
	k->proposed.state = (enum clock_state)take_int(c);
	k->proposed.due_at = take_time(c);
	ret->progress.step = (int)take_int(c);
	ret->progress.fired_at = take_time(c);
	ret->progress.repeats = (int)take_int(c);
	ret->progress.held = take_bool(c);
	ret->next_at = take_time(c);
	ret->entity = take_text(c, arena);
	ret->title = take_text(c, arena);
	ret->severity = (enum severity)take_int(c);
	ret->drill = take_bool(c);
	return id;
}

/* Runs a query and keeps all its rows; *ret_ids, where it is wanted: theirs. */
static int take_all(struct sqlite_call *c, struct arena *arena, struct clock_row **ret,
	int64_t **ret_ids, size_t *ret_n, struct error *err)
{
	struct clock_row *rows = NULL;
	int64_t *ids = NULL;
	size_t n = 0;
	int more;

	while ((more = call_step(c, err)) == 1) {
		rows = arena_grow(arena, rows, n, sizeof(*rows));
		ids = arena_grow(arena, ids, n, sizeof(*ids));
		ids[n] = take_clock(c, arena, &rows[n]);
		n++;
	}
	if (more < 0)
		return -1;
	*ret = rows;
	*ret_n = n;
	if (ret_ids != NULL)
		*ret_ids = ids;
	return 0;
}

/* They come in the order of the index. SQLite's own sorting of so few long rows was half
 * of the query (measured). */
static void sort_by_id(struct clock_row *rows, int64_t *ids, size_t n)
{
	size_t i, j;

	for (i = 1; i < n; i++) {
		struct clock_row row = rows[i];
		int64_t id = ids[i];

		for (j = i; j > 0 && ids[j - 1] > id; j--) {
			rows[j] = rows[j - 1];
			ids[j] = ids[j - 1];
		}
		rows[j] = row;
		ids[j] = id;
	}
}

int sqlite_clock_of(struct store *store, int64_t incident, struct arena *arena,
	struct clock_row **ret, size_t *ret_n, struct error *err)
{
	struct sqlite_call c;
	int64_t *ids;

	if (call(store, CLOCK_OF, &c, err) < 0)
		return -1;
	bind_int(&c, incident);
	if (take_all(&c, arena, ret, &ids, ret_n, err) < 0)
		return -1;
	sort_by_id(*ret, ids, *ret_n);
	return 0;
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
	return take_all(&c, arena, ret, NULL, ret_n, err);
}

static enum query list_query(const struct clock_filter *filter)
{
	if (filter->state != NULL)
		return CLOCK_LIST_STATE;
	return filter->unsettled ? CLOCK_LIST_UNSETTLED : CLOCK_LIST_ALL;
}

int sqlite_clock_list(struct store *store, const struct clock_filter *filter, clock_fn *fn,
	void *arg, struct error *err)
{
	int64_t start_at, start_id;
	struct sqlite_call c;
	struct arena *arena;
	int more;

	if (call(store, list_query(filter), &c, err) < 0)
		return -1;
	clock_filter_start(filter, &start_at, &start_id);
	bind_int(&c, start_at);
	bind_int(&c, start_id);
	bind_int(&c, clock_filter_end(filter));
	bind_entities(&c, filter->entities, filter->n_entities);
	bind_limit(&c, filter->limit);
	if (filter->state != NULL)
		bind_int(&c, *filter->state);
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

int sqlite_acknowledgement_insert(struct store *store, struct acknowledgement_row *row,
	struct error *err)
{
	struct sqlite_call c;

	if (call(store, ACKNOWLEDGEMENT_INSERT, &c, err) < 0)
		return -1;
	bind_int(&c, row->incident);
	bind_text(&c, row->stage);
	bind_text(&c, row->by);
	bind_int(&c, row->at);
	bind_int(&c, row->until_at);
	if (call_run(&c, err) < 0)
		return -1;
	row->id = sqlite3_last_insert_rowid(sqlite_of(store)->db);
	return 0;
}

int sqlite_acknowledged_until(struct store *store, int64_t incident, const char *stage,
	int64_t since, int64_t now, int64_t *ret, struct error *err)
{
	struct sqlite_call c;

	if (call(store, ACKNOWLEDGED_UNTIL, &c, err) < 0)
		return -1;
	bind_int(&c, incident);
	bind_text(&c, stage);
	bind_int(&c, now);
	bind_int(&c, since);
	return call_instant(&c, ret, err);
}

int sqlite_clock_next(struct store *store, int64_t *ret, struct error *err)
{
	struct sqlite_call c;

	if (call(store, CLOCK_NEXT, &c, err) < 0)
		return -1;
	return call_instant(&c, ret, err);
}
