/*
 * Clocks and acknowledgements. Which clocks are due, and when the next is, are index
 * searches: they are asked on every wake of the daemon, however many clocks there
 * are. INDEXED BY says so where SQLite would choose another index; a query that
 * cannot use it fails when it is prepared.
 *
 * The clocks of an incident are one row, because each row costs more than what is in it
 * (measured): a document of them all (packed.h), and the earliest next_at. For lists each
 * has a narrow row in clock_sort. The id of a clock there is that of its incident and its
 * place in the document.
 */
#include "config.h"

#include <stdlib.h>

#include "base/rfc3339.h"
#include "base/text.h"
#include "store/packed.h"
#include "store/row.h"
#include "store/sqlite.h"

enum { SORT_ROWS = 8 };	/* most that one statement inserts; there is one for each number */

enum query {
	CLOCK_INSERT, CLOCK_UPDATE, CLOCK_DOCUMENT, CLOCK_OF, CLOCK_DUE, CLOCK_NEXT,
	ACKNOWLEDGEMENT_INSERT, ACKNOWLEDGED_UNTIL, SORT_DELETE,
	SORT_INSERT, N_QUERIES = SORT_INSERT + SORT_ROWS,
};
_Static_assert((int)N_QUERIES <= (int)SQLITE_QUERIES_MAX, "room for the statements");

enum { PLACES = 1 << 10 };	/* of an incident; the queries and the schema say << 10 */

/* Several rows at once save a fifth. OR FAIL: else SQLite keeps the pages as they were, in
 * case that a later row is refused, and it would cost more than one for each (measured). */
#define SORT_1 "INSERT OR FAIL INTO clock_sort (state, sort_at, clock) VALUES (?, ?, ?)"
#define SORT_2 SORT_1 ", (?, ?, ?)"
#define SORT_3 SORT_2 ", (?, ?, ?)"
#define SORT_4 SORT_3 ", (?, ?, ?)"
#define SORT_5 SORT_4 ", (?, ?, ?)"
#define SORT_6 SORT_5 ", (?, ?, ?)"
#define SORT_7 SORT_6 ", (?, ?, ?)"
#define SORT_8 SORT_7 ", (?, ?, ?)"

static const char *const sql[N_QUERIES] = {
	[CLOCK_INSERT] = "INSERT INTO clock (next_at, document, incident) VALUES (?, ?, ?)",
	[CLOCK_UPDATE] = "UPDATE clock SET next_at = ?, document = ? WHERE incident = ?",
	[CLOCK_DOCUMENT] = "SELECT document FROM clock WHERE incident = ?",
	[SORT_DELETE] = "DELETE FROM clock_sort WHERE state = ? AND sort_at = ? AND clock = ?",
	[CLOCK_OF] =
		"SELECT " SQL_CLOCK_COLUMNS " FROM clock k"
		" CROSS JOIN incident i ON i.id = k.incident WHERE k.incident = ?",
	[CLOCK_DUE] =
		"SELECT incident, document FROM clock INDEXED BY clock_next"
		" WHERE next_at IS NOT NULL AND next_at <= ? ORDER BY next_at",
	[ACKNOWLEDGEMENT_INSERT] =
		"INSERT INTO acknowledgement (incident, regime, stage, stated_by, given_at,"
		" until_at) VALUES (?, ?, ?, ?, ?, ?)",
	[ACKNOWLEDGED_UNTIL] =
		"SELECT max(until_at) FROM acknowledgement WHERE incident = ?1"
		" AND (stage IS NULL OR stage = ?2) AND given_at <= ?3 AND until_at > ?3"
		" AND given_at >= ?4 AND (regime IS NULL OR regime = ?5)",
	[CLOCK_NEXT] =
		"SELECT min(next_at) FROM clock INDEXED BY clock_next WHERE next_at IS NOT NULL",
	[SORT_INSERT] = SORT_1, SORT_2, SORT_3, SORT_4, SORT_5, SORT_6, SORT_7, SORT_8,
};

static int call(struct store *store, int query, struct sqlite_call *c, struct error *err)
{
	return sqlite_call(sqlite_of(store), SQLITE_NOUN_CLOCK, query, sql[query], c, err);
}

/* ---- writing --------------------------------------------------------------- */

/* All clocks of an incident: in place of those that are there, or as its first. */
static int write_clocks(struct store *store, int query, int64_t incident,
	const struct clock_row *rows, size_t n, struct error *err)
{
	struct buf *document = &sqlite_of(store)->document;
	struct sqlite_call c;

	if (n > PLACES)
		return error_set(err, ERROR_TOO_LARGE, "more than %d clocks", PLACES);
	if (call(store, query, &c, err) < 0)
		return -1;
	buf_clear(document);
	clocks_pack(document, rows, n);
	bind_time(&c, clocks_next_at(rows, n));
	bind_blob(&c, document->data, document->len);
	bind_int(&c, incident);
	return call_run(&c, err);
}

static void bind_place(struct sqlite_call *c, const struct clock *clock, size_t place)
{
	bind_int(c, clock->state);
	bind_int(c, clock_sort_at(clock));
	bind_int(c, clock->incident * PLACES + (int64_t)place);
}

/* The places in lists of n clocks, of which the first has that place in its incident. */
static int insert_places(struct store *store, const struct clock_row *rows, size_t n,
	size_t place, struct error *err)
{
	struct sqlite_call c;
	size_t some, i;

	for (; n > 0; n -= some, rows += some, place += some) {
		some = n < SORT_ROWS ? n : SORT_ROWS;
		if (call(store, SORT_INSERT + (int)some - 1, &c, err) < 0)
			return -1;
		for (i = 0; i < some; i++)
			bind_place(&c, &rows[i].clock, place + i);
		if (call_run(&c, err) < 0)
			return -1;
	}
	return 0;
}

static int remove_place(struct store *store, const struct clock *clock, size_t place,
	struct error *err)
{
	struct sqlite_call c;

	if (call(store, SORT_DELETE, &c, err) < 0)
		return -1;
	bind_place(&c, clock, place);
	return call_run(&c, err);
}

int sqlite_clock_insert(struct store *store, const struct clock_row *rows, size_t n,
	struct error *err)
{
	struct arena *arena = sqlite_of(store)->arena;
	struct clock_row *made;
	size_t i;

	if (n == 0)
		return 0;
	arena_reset(arena);
	made = arena_array(arena, n, sizeof(*made));
	for (i = 0; i < n; i++) {
		made[i] = rows[i];
		made[i].revision = 0;
	}
	if (write_clocks(store, CLOCK_INSERT, rows[0].clock.incident, made, n, err) < 0)
		return -1;
	return insert_places(store, rows, n, 0, err);
}

/* The clocks of an incident as they are stored, with room for one more; none: it has
 * none yet. */
static int read_document(struct store *store, int64_t incident, struct arena *arena,
	struct clock_row **ret, size_t *ret_n, struct error *err)
{
	struct sqlite_call c;
	struct unpack document;
	int more;

	*ret = NULL;
	*ret_n = 0;
	if (call(store, CLOCK_DOCUMENT, &c, err) < 0)
		return -1;
	bind_int(&c, incident);
	more = call_step(&c, err);
	if (more == 1) {
		document = take_packed(&c);
		if (clocks_unpack(&document, incident, PLACES, arena, ret, ret_n) < 0)
			more = sqlite_damaged(c.s, "clocks", incident, err);
		call_end(&c);
	}
	*ret = arena_grow(arena, *ret, *ret_n, sizeof(**ret));
	return more < 0 ? -1 : 0;
}

static size_t find_clock(const struct clock_row *rows, size_t n, const char *regime,
	const char *stage)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (text_equal(rows[i].clock.stage, stage) &&
		    text_equal(rows[i].clock.regime, regime))
			break;
	return i;
}

int sqlite_clock_put(struct store *store, const struct clock_row *row, struct error *err)
{
	struct arena *arena = sqlite_of(store)->arena;
	const struct clock *k = &row->clock;
	struct clock_row *rows;
	struct clock old;
	size_t n, i;
	bool moved;
	int64_t revision;

	arena_reset(arena);
	if (read_document(store, k->incident, arena, &rows, &n, err) < 0)
		return -1;
	i = find_clock(rows, n, k->regime, k->stage);
	if (i == n) {
		rows[n] = *row;
		rows[n].revision = 0;
		if (write_clocks(store, n == 0 ? CLOCK_INSERT : CLOCK_UPDATE, k->incident, rows,
			    n + 1, err) < 0)
			return -1;
		return insert_places(store, row, 1, n, err);
	}
	old = rows[i].clock;
	moved = old.state != k->state || clock_sort_at(&old) != clock_sort_at(k);
	revision = rows[i].revision + (moved || old.due_at != k->due_at);
	rows[i] = *row;
	rows[i].revision = revision;
	if (write_clocks(store, CLOCK_UPDATE, k->incident, rows, n, err) < 0)
		return -1;
	if (!moved)
		return 0;
	return remove_place(store, &old, i, err) < 0 ? -1 : insert_places(store, row, 1, i, err);
}

int sqlite_clock_progress(struct store *store, const struct clock_row *row,
	struct error *err)
{
	struct arena *arena = sqlite_of(store)->arena;
	const struct clock *k = &row->clock;
	struct clock_row *rows;
	size_t n, i;

	arena_reset(arena);
	if (read_document(store, k->incident, arena, &rows, &n, err) < 0)
		return -1;
	i = find_clock(rows, n, k->regime, k->stage);
	if (i == n)
		return error_set(err, ERROR_NOT_FOUND, "no such clock");
	rows[i].progress = row->progress;
	rows[i].next_at = row->next_at;
	return write_clocks(store, CLOCK_UPDATE, k->incident, rows, n, err);
}

/* ---- reading --------------------------------------------------------------- */

/* What SQL_CLOCK_COLUMNS say: the clocks of an incident in the first most places. */
static int take_clocks(struct sqlite_call *c, int64_t incident, size_t most,
	struct arena *arena, struct clock_row **ret, size_t *ret_n, struct error *err)
{
	struct clock_row about = { .entity = take_text(c, arena) };
	struct unpack document;
	size_t i;

	about.drill = take_bool(c);
	document = take_packed(c);
	if (incident_unpack_head(&document, arena, &about.title, &about.severity) < 0)
		return sqlite_damaged(c->s, "document", incident, err);
	document = take_packed(c);
	if (clocks_unpack(&document, incident, most, arena, ret, ret_n) < 0)
		return sqlite_damaged(c->s, "clocks", incident, err);
	for (i = 0; i < *ret_n; i++) {
		(*ret)[i].entity = about.entity;
		(*ret)[i].title = about.title;
		(*ret)[i].severity = about.severity;
		(*ret)[i].drill = about.drill;
	}
	return 0;
}

int take_clock(struct sqlite_call *c, int64_t id, struct arena *arena,
	struct clock_row *ret, struct error *err)
{
	size_t place = (size_t)(id % PLACES), n;
	struct clock_row *rows;

	if (take_clocks(c, id / PLACES, place + 1, arena, &rows, &n, err) < 0)
		return -1;
	if (n <= place)
		return sqlite_damaged(c->s, "clocks", id / PLACES, err);
	*ret = rows[place];
	return 0;
}

int sqlite_clock_of(struct store *store, int64_t incident, struct arena *arena,
	struct clock_row **ret, size_t *ret_n, struct error *err)
{
	struct sqlite_call c;
	int more;

	*ret = NULL;
	*ret_n = 0;
	if (call(store, CLOCK_OF, &c, err) < 0)
		return -1;
	bind_int(&c, incident);
	more = call_step(&c, err);
	if (more <= 0)
		return more;
	more = take_clocks(&c, incident, PLACES, arena, ret, ret_n, err);
	call_end(&c);
	return more;
}

int sqlite_clock_get(struct store *store, int64_t incident, const char *regime,
	const char *stage, struct arena *arena, struct clock_row *ret, struct error *err)
{
	struct clock_row *rows;
	size_t n, i;

	if (sqlite_clock_of(store, incident, arena, &rows, &n, err) < 0)
		return -1;
	i = find_clock(rows, n, regime, stage);
	if (i == n)
		return error_set(err, ERROR_NOT_FOUND, "no such clock");
	*ret = rows[i];
	return 0;
}

/* ---- what is due ----------------------------------------------------------- */

struct due {
	int64_t at, id;
};

static int compare_due(const void *a, const void *b)
{
	const struct due *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

/* Those of one incident that have come up; there is one, or its next_at would be
 * later. */
static int add_due(struct sqlite_call *c, int64_t now, struct arena *arena, struct due **list,
	size_t *n, struct error *err)
{
	int64_t incident = take_int(c), next_at, due_at, place;
	struct unpack document = take_packed(c);
	size_t before = *n;

	for (place = 0; clocks_skim(&document, &next_at, &due_at); place++) {
		if (next_at == TIME_NONE || next_at > now)
			continue;
		*list = arena_grow(arena, *list, *n, sizeof(**list));
		(*list)[(*n)++] = (struct due){ due_at, incident * PLACES + place };
	}
	return *n > before ? 0 : sqlite_damaged(c->s, "clocks", incident, err);
}

static int read_clock(struct store *store, int64_t id, struct arena *arena,
	struct clock_row *ret, struct error *err)
{
	struct sqlite_call c;
	int more;

	if (call(store, CLOCK_OF, &c, err) < 0)
		return -1;
	bind_int(&c, id / PLACES);
	more = call_step(&c, err);
	if (more < 0)
		return -1;
	if (more == 0)
		return sqlite_damaged(c.s, "row", id / PLACES, err);
	more = take_clock(&c, id, arena, ret, err);
	call_end(&c);
	return more;
}

/* Earliest due first among the first to have come up: with a backlog this reads and
 * sorts a few times the limit, not all of it each time. */
int sqlite_clock_due(struct store *store, int64_t now, int limit, struct arena *arena,
	struct clock_row **ret, size_t *ret_n, struct error *err)
{
	struct due *list = NULL;
	struct sqlite_call c;
	size_t n = 0, i;
	int more;

	*ret = NULL;
	*ret_n = 0;
	if (call(store, CLOCK_DUE, &c, err) < 0)
		return -1;
	bind_int(&c, now);
	while ((more = call_step(&c, err)) == 1) {
		more = add_due(&c, now, arena, &list, &n, err);
		if (more < 0 || (limit > 0 && n >= (size_t)limit * 4)) {
			call_end(&c);
			break;
		}
	}
	if (more < 0 || n == 0)
		return more;
	qsort(list, n, sizeof(*list), compare_due);
	if (limit > 0 && n > (size_t)limit)
		n = (size_t)limit;
	*ret = arena_array(arena, n, sizeof(**ret));
	for (i = 0; i < n; i++)
		if (read_clock(store, list[i].id, arena, &(*ret)[i], err) < 0)
			return -1;
	*ret_n = n;
	return 0;
}

int sqlite_clock_next(struct store *store, int64_t *ret, struct error *err)
{
	struct sqlite_call c;

	if (call(store, CLOCK_NEXT, &c, err) < 0)
		return -1;
	return call_instant(&c, ret, err);
}

/* ---- acknowledgements ------------------------------------------------------ */

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
