/*
 * Clocks and acknowledgements, in memory.
 */
#include "config.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/rfc3339.h"
#include "base/text.h"
#include "store/memory.h"
#include "store/row.h"

static int64_t find_clock(const struct memory_store *m, const struct clock *clock)
{
	const struct memory_clock *row;
	int64_t id;

	for (id = 1; (row = memory_row(m, MEMORY_CLOCK, id)) != NULL; id++)
		if (row->row.clock.incident == clock->incident &&
		    text_equal(row->row.clock.stage, clock->stage) &&
		    text_equal(row->row.clock.regime, clock->regime))
			return id;
	return 0;
}

int memory_clock_put(struct store *store, const struct clock_row *row, struct error *err)
{
	struct memory_store *m = memory_of(store);
	struct memory_clock made = { .row = *row };
	const struct memory_clock *old;
	char *derivation;
	int64_t id;

	if (memory_check_incident(m, row->clock.incident, err) < 0)
		return -1;
	if (made.row.clock.proposed.by == NULL) {
		made.row.clock.proposed.actor = NULL;
		made.row.clock.proposed.state = CLOCK_PENDING;
		made.row.clock.proposed.due_at = TIME_NONE;
	}
	made.derivation = derivation = words_join(row->clock.derivation,
		row->clock.n_derivation, '\n');
	id = find_clock(m, &row->clock);
	old = memory_row(m, MEMORY_CLOCK, id);
	made.row.revision = 0;
	if (id != 0)
		made.row.revision = old->row.revision +
			(old->row.clock.state != row->clock.state ||
			 old->row.clock.due_at != row->clock.due_at ||
			 clock_sort_at(&old->row.clock) != clock_sort_at(&row->clock));
	if (id == 0)
		memory_insert(m, MEMORY_CLOCK, &made);
	else
		memory_replace(m, MEMORY_CLOCK, id, &made);
	free(derivation);
	return 0;
}

int memory_clock_progress(struct store *store, const struct clock_row *row,
	struct error *err)
{
	struct memory_store *m = memory_of(store);
	int64_t id = find_clock(m, &row->clock);
	struct memory_clock made;

	if (id == 0)
		return error_set(err, ERROR_NOT_FOUND, "no such clock");
	made = *(const struct memory_clock *)memory_row(m, MEMORY_CLOCK, id);
	made.row.progress = row->progress;
	made.row.next_at = row->next_at;
	memory_replace(m, MEMORY_CLOCK, id, &made);
	return 0;
}

int memory_clock_insert(struct store *store, const struct clock_row *rows, size_t n,
	struct error *err)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (find_clock(memory_of(store), &rows[i].clock) != 0)
			return error_set(err, ERROR_CONFLICT, "already there");
		if (memory_clock_put(store, &rows[i], err) < 0)
			return -1;
	}
	return 0;
}

static void read_clock(const struct memory_store *m, const struct memory_clock *row,
	struct arena *arena, struct clock_row *ret)
{
	const struct memory_incident *of = memory_row(m, MEMORY_INCIDENT,
		row->row.clock.incident);
	struct memory_clock copy;
	struct clock *clock = &copy.row.clock;

	memory_read(MEMORY_CLOCK, row, arena, &copy);
	clock->derivation = words_split(arena, copy.derivation, '\n', &clock->n_derivation);
	copy.row.entity = arena_strdup(arena, of->row.incident.entity);
	copy.row.title = arena_strdup(arena, of->row.incident.title);
	copy.row.severity = of->row.incident.severity;
	copy.row.drill = of->row.incident.drill;
	*ret = copy.row;
}

int memory_clock_get(struct store *store, int64_t incident, const char *regime,
	const char *stage, struct arena *arena, struct clock_row *ret, struct error *err)
{
	struct memory_store *m = memory_of(store);
	const struct clock clock = { .incident = incident, .regime = regime, .stage = stage };
	int64_t id = find_clock(m, &clock);

	if (id == 0)
		return error_set(err, ERROR_NOT_FOUND, "no such clock");
	read_clock(m, memory_row(m, MEMORY_CLOCK, id), arena, ret);
	return 0;
}

int memory_clock_of(struct store *store, int64_t incident, struct arena *arena,
	struct clock_row **ret, size_t *ret_n, struct error *err)
{
	struct memory_store *m = memory_of(store);
	const struct memory_clock *row;
	struct clock_row *rows = NULL;
	size_t n = 0;
	int64_t id;

	(void)err;
	for (id = 1; (row = memory_row(m, MEMORY_CLOCK, id)) != NULL; id++)
		if (row->row.clock.incident == incident) {
			rows = arena_grow(arena, rows, n, sizeof(*rows));
			read_clock(m, row, arena, &rows[n++]);
		}
	*ret = rows;
	*ret_n = n;
	return 0;
}

/* A clock and its place in a list. */
struct place {
	int64_t at, id;
	const struct memory_clock *row;
};

static int compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

/* Room for all clocks; free(). */
static struct place *places_new(const struct memory_store *m)
{
	return xcalloc(m->tables[MEMORY_CLOCK].n + 1, sizeof(struct place));
}

static bool is_awaited(const struct clock_row *row)
{
	return row->clock.state == CLOCK_RUNNING && row->next_at != TIME_NONE;
}

int memory_clock_due(struct store *store, int64_t now, int limit, struct arena *arena,
	struct clock_row **ret, size_t *ret_n, struct error *err)
{
	struct memory_store *m = memory_of(store);
	struct place *places = places_new(m);
	const struct memory_clock *row;
	struct clock_row *rows;
	size_t n = 0, i;
	int64_t id;

	(void)err;
	for (id = 1; (row = memory_row(m, MEMORY_CLOCK, id)) != NULL; id++)
		if (is_awaited(&row->row) && row->row.next_at <= now)
			places[n++] = (struct place){ row->row.clock.due_at, id, row };
	qsort(places, n, sizeof(*places), compare_places);
	if (limit > 0 && n > (size_t)limit)
		n = (size_t)limit;
	rows = arena_array(arena, n, sizeof(*rows));
	for (i = 0; i < n; i++)
		read_clock(m, places[i].row, arena, &rows[i]);
	free(places);
	*ret = n == 0 ? NULL : rows;
	*ret_n = n;
	return 0;
}

static int compare_latest(const void *a, const void *b)
{
	return compare_places(b, a);
}

static bool clock_passes(const struct memory_store *m, const struct place *place,
	const struct clock_filter *f)
{
	const struct clock *clock = &place->row->row.clock;
	const struct memory_incident *of = memory_row(m, MEMORY_INCIDENT, clock->incident);
	int64_t start_at, start_id;

	if (f->state != NULL ? clock->state != *f->state
	    : f->unsettled && clock_is_settled(clock->state))
		return false;
	clock_filter_start(f, &start_at, &start_id);
	if (place->at < start_at || (place->at == start_at && place->id <= start_id) ||
	    place->at > clock_filter_end(f))
		return false;
	return memory_entity_in(f->entities, f->n_entities, of->row.incident.entity);
}

int memory_clock_list(struct store *store, const struct clock_filter *filter, clock_fn *fn,
	void *arg, struct error *err)
{
	struct memory_store *m = memory_of(store);
	struct place *places = places_new(m);
	struct arena *arena = arena_new();
	const struct memory_clock *row;
	size_t n = 0, i;
	int64_t id;
	int rc = 0;

	(void)err;
	for (id = 1; (row = memory_row(m, MEMORY_CLOCK, id)) != NULL; id++) {
		places[n] = (struct place){ clock_sort_at(&row->row.clock), id, row };
		n += clock_passes(m, &places[n], filter);
	}
	qsort(places, n, sizeof(*places), filter->latest_first ? compare_latest :
		compare_places);
	if (filter->limit > 0 && n > (size_t)filter->limit)
		n = (size_t)filter->limit;
	for (i = 0; i < n && rc == 0; i++) {
		struct clock_row copy;

		arena_reset(arena);
		read_clock(m, places[i].row, arena, &copy);
		rc = fn(arg, &copy, places[i].id) < 0 ? -1 : 0;
	}
	arena_free(arena);
	free(places);
	return rc;
}

static int count_clock(void *arg, const struct clock_row *row, int64_t rowid)
{
	(void)row;
	(void)rowid;
	++*(int *)arg;
	return 0;
}

int memory_clock_count(struct store *store, const struct clock_filter *filter, int *ret,
	struct error *err)
{
	*ret = 0;
	return memory_clock_list(store, filter, count_clock, ret, err);
}

int memory_clock_next(struct store *store, int64_t *ret, struct error *err)
{
	struct memory_store *m = memory_of(store);
	const struct memory_clock *row;
	int64_t id;

	(void)err;
	*ret = TIME_NONE;
	for (id = 1; (row = memory_row(m, MEMORY_CLOCK, id)) != NULL; id++)
		if (is_awaited(&row->row) && (*ret == TIME_NONE || row->row.next_at < *ret))
			*ret = row->row.next_at;
	return 0;
}

/* ---- acknowledgements ------------------------------------------------------ */

int memory_acknowledgement_insert(struct store *store, struct acknowledgement_row *row,
	struct error *err)
{
	struct memory_store *m = memory_of(store);

	if (memory_check_incident(m, row->incident, err) < 0)
		return -1;
	row->id = memory_next_id(m, MEMORY_ACKNOWLEDGEMENT);
	memory_insert(m, MEMORY_ACKNOWLEDGEMENT, row);
	return 0;
}

int memory_acknowledged_until(struct store *store, int64_t incident, const char *regime,
	const char *stage, int64_t since, int64_t now, int64_t *ret, struct error *err)
{
	struct memory_store *m = memory_of(store);
	const struct acknowledgement_row *row;
	int64_t id;

	(void)err;
	*ret = TIME_NONE;
	for (id = 1; (row = memory_row(m, MEMORY_ACKNOWLEDGEMENT, id)) != NULL; id++)
		if (row->incident == incident && row->at <= now && row->at >= since &&
		    row->until_at > now &&
		    (row->regime == NULL || text_equal(row->regime, regime)) &&
		    (row->stage == NULL || text_equal(row->stage, stage)) &&
		    row->until_at > *ret)
			*ret = row->until_at;
	return 0;
}
