/*
 * Deliveries and their attempts: the outbox. A delivery is sent again and again
 * until it is delivered, failed or cancelled; what is due is taken in the order
 * of the deadlines, from an index that holds the waiting ones only.
 */
#include "config.h"

#include "base/rfc3339.h"
#include "store/row.h"
#include "store/sqlite.h"

enum query {
	DELIVERY_INSERT, DELIVERY_UPDATE, DELIVERY_LOAD, DELIVERY_DUE, DELIVERY_STUCK,
	DELIVERY_NEXT, DELIVERY_CHANNELS, DELIVERY_IN_FLIGHT,
	DELIVERY_WAITING_OF, DELIVERY_WAITING_OF_CLOCK, DELIVERY_TOLD, DELIVERY_PAGES,
	DELIVERY_LIST,
	DELIVERY_LIST_INCIDENT, DELIVERY_OLDEST, ATTEMPT_INSERT, ATTEMPT_FINISH,
		ATTEMPT_ABANDON,
	ATTEMPT_OF, DELIVERY_COUNT, N_QUERIES,
};
_Static_assert((int)N_QUERIES <= (int)SQLITE_QUERIES_MAX, "room for the statements");

#define DELIVERY_SELECT \
	"SELECT d.id, d.incident, i.entity, d.regime, d.stage, d.kind, d.step," \
	" d.step_number, d.repeat, d.channel, d.recipient, d.state, d.created_at, d.due_at," \
	" d.next_at, d.attempts, d.notice, d.replay_of, d.failures, d.fallback_at," \
	" d.stands_for, d.page, d.why" \
	" FROM delivery d LEFT JOIN incident i ON i.id = d.incident"
#define DELIVERY_LIST_WHERE \
	" d.id < ?1 AND " SQL_ENTITY_IN("i.entity", "?2") " AND (?4 IS NULL OR d.state = ?4)" \
	" ORDER BY d.id DESC LIMIT ?3"

#define MAY_BE_TOLD \
	"kind = 'step' AND (state IN (1, 2) OR state = 0 AND attempts > 0)"

static const char *const sql[N_QUERIES] = {
	[DELIVERY_INSERT] =
		"INSERT INTO delivery (incident, regime, stage, kind, step, step_number,"
		" repeat, channel, recipient, state, created_at, due_at, next_at, attempts, notice,"
		" sort_at, replay_of, failures, fallback_at, stands_for, page)"
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[DELIVERY_UPDATE] =
		"UPDATE delivery SET state = ?, next_at = ?, attempts = ?, failures = ?,"
		" fallback_at = ?, stands_for = ?, why = ? WHERE id = ?",
	[DELIVERY_LOAD] = DELIVERY_SELECT " WHERE d.id = ?",
	[DELIVERY_DUE] =
		DELIVERY_SELECT " WHERE d.id IN (SELECT id FROM delivery"
		"	INDEXED BY delivery_sort"
		"	WHERE state = 0 AND channel = ? AND next_at <= ?"
		"	ORDER BY sort_at, id LIMIT ?)"
		" ORDER BY d.sort_at, d.id",
	[DELIVERY_STUCK] =
		DELIVERY_SELECT " WHERE d.id IN (SELECT id FROM delivery"
		"	INDEXED BY delivery_sort"
		"	WHERE state = 0 AND channel = ? AND (sort_at, id) > (?, ?)"
		"	AND fallback_at IS NULL AND kind = 'step'"
		"	ORDER BY sort_at, id LIMIT ?)"
		" ORDER BY d.sort_at, d.id",
	[DELIVERY_NEXT] =
		"SELECT min(next_at) FROM delivery INDEXED BY delivery_next"
		" WHERE state = 0 AND next_at IS NOT NULL AND channel = ?",
	/* From one channel to the next in the index, however many wait for each. */
	[DELIVERY_CHANNELS] =
		"WITH RECURSIVE c (name) AS (SELECT min(channel) FROM delivery"
		"	INDEXED BY delivery_sort WHERE state = 0"
		"	UNION ALL SELECT (SELECT min(channel) FROM delivery"
		"	INDEXED BY delivery_sort"
		"	WHERE state = 0 AND channel > c.name) FROM c WHERE c.name IS NOT NULL)"
		" SELECT name FROM c WHERE name IS NOT NULL",
	[DELIVERY_IN_FLIGHT] = DELIVERY_SELECT " WHERE d.state = 1 ORDER BY d.id",
	[DELIVERY_WAITING_OF] =
		DELIVERY_SELECT " WHERE d.incident = ? AND +d.state = 0 ORDER BY d.id",
	[DELIVERY_WAITING_OF_CLOCK] =
		DELIVERY_SELECT " WHERE d.incident = ?1 AND (?2 IS NULL OR d.regime = ?2)"
		" AND d.stage = ?3 AND +d.state = 0 ORDER BY d.id",
	[DELIVERY_TOLD] =
		"SELECT channel, recipient FROM delivery WHERE incident = ?1"
		" AND (?2 IS NULL OR regime = ?2) AND (?3 IS NULL OR stage = ?3)"
		" AND kind = 'step' AND (+state = 1 OR +state = 2)"
		" GROUP BY channel, recipient ORDER BY min(id)",
	[DELIVERY_PAGES] =
		"SELECT coalesce(max(page) FILTER (WHERE kind = 'step'), -1),"
		" coalesce(max(page) FILTER (WHERE " MAY_BE_TOLD "), -1),"
		" coalesce(max(page) FILTER (WHERE kind = 'acknowledged' AND state <= 2), -1),"
		" coalesce(max(step_number) FILTER (WHERE " MAY_BE_TOLD "), 0)"
		" FROM delivery WHERE incident = ? AND regime = ? AND stage = ? AND channel = ?",
	[DELIVERY_LIST] = DELIVERY_SELECT " WHERE" DELIVERY_LIST_WHERE,
	[DELIVERY_LIST_INCIDENT] =
		DELIVERY_SELECT " WHERE d.incident = ?5 AND" DELIVERY_LIST_WHERE,
	[DELIVERY_OLDEST] =
		"SELECT min(at) FROM ("
		"SELECT min(created_at) AS at FROM delivery WHERE state = 0"
		" UNION ALL SELECT min(created_at) FROM delivery WHERE state = 1)",
	[ATTEMPT_INSERT] =
		"INSERT INTO attempt (delivery, begun_at, outcome, detail)"
		" VALUES (?, ?, ?, ?)",
	[ATTEMPT_FINISH] = "UPDATE attempt SET outcome = ?, detail = ? WHERE id = ?",
	[ATTEMPT_ABANDON] =
		"UPDATE attempt SET outcome = 4, detail = ?"
		" WHERE delivery = ? AND outcome = 0",
	[ATTEMPT_OF] =
		"SELECT id, delivery, begun_at, outcome, detail FROM attempt"
		" WHERE delivery = ? ORDER BY id",
	[DELIVERY_COUNT] =
		"SELECT count(*) FROM (SELECT 1 FROM delivery INDEXED BY delivery_sort"
		" WHERE state = 0 AND channel = ? LIMIT ?)",
};

static int call(struct store *store, enum query query, struct sqlite_call *c,
	struct error *err)
{
	return sqlite_call(sqlite_of(store), SQLITE_NOUN_DELIVERY, (int)query, sql[query], c,
		err);
}

int sqlite_delivery_insert(struct store *store, struct delivery_row *row, struct error *err)
{
	struct sqlite_call c;

	if (call(store, DELIVERY_INSERT, &c, err) < 0)
		return -1;
	bind_id(&c, row->incident);
	bind_text(&c, row->regime);
	bind_text(&c, row->stage);
	bind_text(&c, row->kind);
	bind_text(&c, row->step);
	bind_int(&c, row->step_number);
	bind_int(&c, row->repeat);
	bind_text(&c, row->channel);
	bind_text(&c, row->recipient);
	bind_int(&c, row->state);
	bind_int(&c, row->created_at);
	bind_time(&c, row->due_at);
	bind_time(&c, row->next_at);
	bind_int(&c, row->attempts);
	bind_text(&c, row->notice);
	bind_int(&c, delivery_sort_at(row));
	bind_id(&c, row->replay_of);
	bind_int(&c, row->failures);
	bind_time(&c, row->fallback_at);
	bind_int(&c, row->stands_for);
	bind_int(&c, row->page);
	if (call_run(&c, err) < 0)
		return -1;
	row->id = sqlite3_last_insert_rowid(sqlite_of(store)->db);
	return 0;
}

int sqlite_delivery_update(struct store *store, const struct delivery_row *row,
	struct error *err)
{
	struct sqlite_call c;

	if (call(store, DELIVERY_UPDATE, &c, err) < 0)
		return -1;
	bind_int(&c, row->state);
	bind_time(&c, row->next_at);
	bind_int(&c, row->attempts);
	bind_int(&c, row->failures);
	bind_time(&c, row->fallback_at);
	bind_int(&c, row->stands_for);
	bind_text(&c, row->why);
	bind_int(&c, row->id);
	return call_run_on(&c, "delivery", row->id, err);
}

static void take_delivery(struct sqlite_call *c, struct arena *arena, struct delivery_row *ret)
{
	*ret = (struct delivery_row){ .id = take_int(c) };
	ret->incident = take_int(c);
	ret->entity = take_text(c, arena);
	ret->regime = take_text(c, arena);
	ret->stage = take_text(c, arena);
	ret->kind = take_text(c, arena);
	ret->step = take_text(c, arena);
	ret->step_number = (int)take_int(c);
	ret->repeat = (int)take_int(c);
	ret->channel = take_text(c, arena);
	ret->recipient = take_text(c, arena);
	ret->state = (enum delivery_state)take_int(c);
	ret->created_at = take_int(c);
	ret->due_at = take_time(c);
	ret->next_at = take_time(c);
	ret->attempts = (int)take_int(c);
	ret->notice = take_text(c, arena);
	ret->replay_of = take_int(c);
	ret->failures = (int)take_int(c);
	ret->fallback_at = take_time(c);
	ret->stands_for = (int)take_int(c);
	ret->page = (int)take_int(c);
	ret->why = take_text(c, arena);
}

static void take_told(struct sqlite_call *c, struct arena *arena, struct delivery_row *ret)
{
	*ret = (struct delivery_row){ .channel = take_text(c, arena) };
	ret->recipient = take_text(c, arena);
	ret->due_at = ret->next_at = ret->fallback_at = TIME_NONE;
}

/* Runs a query and keeps all its rows. */
static int take_all(struct sqlite_call *c,
	void (*take)(struct sqlite_call *, struct arena *, struct delivery_row *),
	struct arena *arena, struct delivery_row **ret, size_t *ret_n, struct error *err)
{
	struct delivery_row *rows = NULL;
	size_t n = 0;
	int more;

	while ((more = call_step(c, err)) == 1) {
		rows = arena_grow(arena, rows, n, sizeof(*rows));
		take(c, arena, &rows[n++]);
	}
	if (more < 0)
		return -1;
	*ret = rows;
	*ret_n = n;
	return 0;
}

int sqlite_delivery_load(struct store *store, int64_t id, struct arena *arena,
	struct delivery_row *ret, struct error *err)
{
	struct sqlite_call c;
	int more;

	if (call(store, DELIVERY_LOAD, &c, err) < 0)
		return -1;
	bind_int(&c, id);
	more = call_step(&c, err);
	if (more == 0)
		return error_set(err, ERROR_NOT_FOUND, "no delivery %lld", (long long)id);
	if (more < 0)
		return -1;
	take_delivery(&c, arena, ret);
	call_end(&c);
	return 0;
}

int sqlite_delivery_due(struct store *store, const char *channel, int64_t now, int limit,
	struct arena *arena, struct delivery_row **ret, size_t *ret_n, struct error *err)
{
	struct sqlite_call c;

	if (call(store, DELIVERY_DUE, &c, err) < 0)
		return -1;
	bind_text(&c, channel);
	bind_int(&c, now);
	bind_limit(&c, limit);
	return take_all(&c, take_delivery, arena, ret, ret_n, err);
}

int sqlite_delivery_stuck(struct store *store, const char *channel, int64_t due_at, int64_t id,
	int limit, struct arena *arena, struct delivery_row **ret, size_t *ret_n,
	struct error *err)
{
	const struct delivery_row last = { .due_at = due_at };
	struct sqlite_call c;

	if (call(store, DELIVERY_STUCK, &c, err) < 0)
		return -1;
	bind_text(&c, channel);
	bind_int(&c, id == 0 ? INT64_MIN : delivery_sort_at(&last));
	bind_int(&c, id);
	bind_limit(&c, limit);
	return take_all(&c, take_delivery, arena, ret, ret_n, err);
}

int sqlite_delivery_next(struct store *store, const char *channel, int64_t *ret,
	struct error *err)
{
	struct sqlite_call c;

	if (call(store, DELIVERY_NEXT, &c, err) < 0)
		return -1;
	bind_text(&c, channel);
	return call_instant(&c, ret, err);
}

int sqlite_delivery_channels(struct store *store, struct arena *arena, const char ***ret,
	size_t *ret_n, struct error *err)
{
	const char **names = NULL;
	struct sqlite_call c;
	size_t n = 0;
	int more;

	if (call(store, DELIVERY_CHANNELS, &c, err) < 0)
		return -1;
	while ((more = call_step(&c, err)) == 1) {
		names = arena_grow(arena, names, n, sizeof(*names));
		names[n++] = take_text(&c, arena);
	}
	if (more < 0)
		return -1;
	*ret = names;
	*ret_n = n;
	return 0;
}

int sqlite_delivery_sending(struct store *store, struct arena *arena,
	struct delivery_row **ret, size_t *ret_n, struct error *err)
{
	struct sqlite_call c;

	if (call(store, DELIVERY_IN_FLIGHT, &c, err) < 0)
		return -1;
	return take_all(&c, take_delivery, arena, ret, ret_n, err);
}

int sqlite_delivery_waiting(struct store *store, int64_t incident, const char *regime,
	const char *stage, struct arena *arena, struct delivery_row **ret, size_t *ret_n,
	struct error *err)
{
	struct sqlite_call c;

	if (call(store, stage == NULL ? DELIVERY_WAITING_OF : DELIVERY_WAITING_OF_CLOCK, &c,
		err) < 0)
		return -1;
	bind_int(&c, incident);
	if (stage != NULL) {
		bind_text(&c, regime);
		bind_text(&c, stage);
	}
	return take_all(&c, take_delivery, arena, ret, ret_n, err);
}

int sqlite_delivery_told(struct store *store, int64_t incident, const char *regime,
	const char *stage, struct arena *arena, struct delivery_row **ret, size_t *ret_n,
	struct error *err)
{
	struct sqlite_call c;

	if (call(store, DELIVERY_TOLD, &c, err) < 0)
		return -1;
	bind_int(&c, incident);
	bind_text(&c, regime);
	bind_text(&c, stage);
	return take_all(&c, take_told, arena, ret, ret_n, err);
}

int sqlite_delivery_pages(struct store *store, int64_t incident, const char *regime,
	const char *stage, const char *channel, struct delivery_pages *ret, struct error *err)
{
	struct sqlite_call c;

	if (call(store, DELIVERY_PAGES, &c, err) < 0)
		return -1;
	bind_int(&c, incident);
	bind_text(&c, regime);
	bind_text(&c, stage);
	bind_text(&c, channel);
	if (call_step(&c, err) < 0)
		return -1;
	ret->steps = (int)take_int(&c);
	ret->told = (int)take_int(&c);
	ret->acknowledged = (int)take_int(&c);
	ret->told_step = (int)take_int(&c);
	call_end(&c);
	return 0;
}

static int load_attempts(struct store *store, struct delivery_row *row, struct arena *arena,
	struct error *err)
{
	struct sqlite_call c;
	int more;

	if (call(store, ATTEMPT_OF, &c, err) < 0)
		return -1;
	bind_int(&c, row->id);
	while ((more = call_step(&c, err)) == 1) {
		struct attempt_row *a;

		row->list = arena_grow(arena, row->list, row->n_list, sizeof(*a));
		a = &row->list[row->n_list++];
		*a = (struct attempt_row){ .id = take_int(&c) };
		a->delivery = take_int(&c);
		a->at = take_int(&c);
		a->outcome = (enum attempt_outcome)take_int(&c);
		a->detail = take_text(&c, arena);
	}
	return more;
}

int sqlite_delivery_list(struct store *store, const struct delivery_filter *filter,
	delivery_fn *fn, void *arg, struct error *err)
{
	struct sqlite_call c;
	struct arena *arena;
	int more;

	if (call(store, filter->incident != 0 ? DELIVERY_LIST_INCIDENT : DELIVERY_LIST, &c,
		err) < 0)
		return -1;
	bind_int(&c, filter->before_id == 0 ? INT64_MAX : filter->before_id);
	bind_entities(&c, filter->entities, filter->n_entities);
	bind_limit(&c, filter->limit);
	if (filter->state != NULL)
		bind_int(&c, *filter->state);
	else
		bind_time(&c, TIME_NONE);
	if (filter->incident != 0)
		bind_int(&c, filter->incident);
	arena = arena_new();
	while ((more = call_step(&c, err)) == 1) {
		struct delivery_row row;

		arena_reset(arena);
		take_delivery(&c, arena, &row);
		if (load_attempts(store, &row, arena, err) < 0 || fn(arg, &row) < 0) {
			call_end(&c);
			more = -1;
			break;
		}
	}
	arena_free(arena);
	return more;
}

int sqlite_delivery_oldest(struct store *store, int64_t *ret, struct error *err)
{
	struct sqlite_call c;

	if (call(store, DELIVERY_OLDEST, &c, err) < 0)
		return -1;
	return call_instant(&c, ret, err);
}

int sqlite_delivery_count(struct store *store, const char *channel, int most, int *ret,
	struct error *err)
{
	struct sqlite_call c;
	int64_t n = 0;

	if (call(store, DELIVERY_COUNT, &c, err) < 0)
		return -1;
	bind_text(&c, channel);
	bind_limit(&c, most);
	if (call_instant(&c, &n, err) < 0)
		return -1;
	*ret = (int)n;
	return 0;
}

int sqlite_attempt_insert(struct store *store, struct attempt_row *row, struct error *err)
{
	struct sqlite_call c;

	if (call(store, ATTEMPT_INSERT, &c, err) < 0)
		return -1;
	bind_int(&c, row->delivery);
	bind_int(&c, row->at);
	bind_int(&c, row->outcome);
	bind_text(&c, row->detail);
	if (call_run(&c, err) < 0)
		return -1;
	row->id = sqlite3_last_insert_rowid(sqlite_of(store)->db);
	return 0;
}

int sqlite_attempt_finish(struct store *store, const struct attempt_row *row,
	struct error *err)
{
	struct sqlite_call c;

	if (call(store, ATTEMPT_FINISH, &c, err) < 0)
		return -1;
	bind_int(&c, row->outcome);
	bind_text(&c, row->detail);
	bind_int(&c, row->id);
	return call_run_on(&c, "attempt", row->id, err);
}

int sqlite_attempt_abandon(struct store *store, int64_t delivery, const char *detail,
	struct error *err)
{
	struct sqlite_call c;

	if (call(store, ATTEMPT_ABANDON, &c, err) < 0)
		return -1;
	bind_text(&c, detail);
	bind_int(&c, delivery);
	return call_run(&c, err);
}
