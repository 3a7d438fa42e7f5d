/*
 * Deliveries and attempts, in memory. Questions about what is still to be sent
 * walk the list of open deliveries, dropping those that are open no longer.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/rfc3339.h"
#include "base/text.h"
#include "store/memory.h"
#include "store/row.h"

int memory_delivery_insert(struct store *store, struct delivery_row *row, struct error *err)
{
	struct memory_store *m = memory_of(store);
	struct delivery_row made = *row;

	if (row->incident != 0 ? memory_check_incident(m, row->incident, err) < 0
	    : memory_check_change(m, err) < 0)
		return -1;
	made.id = row->id = memory_next_id(m, MEMORY_DELIVERY);
	made.list = NULL;
	made.n_list = 0;
	memory_insert(m, MEMORY_DELIVERY, &made);
	return 0;
}

int memory_delivery_update(struct store *store, const struct delivery_row *row,
	struct error *err)
{
	struct memory_store *m = memory_of(store);
	const struct delivery_row *old = memory_row(m, MEMORY_DELIVERY, row->id);
	struct delivery_row made;

	if (memory_check_change(m, err) < 0)
		return -1;
	if (old == NULL)
		return error_set(err, ERROR_NOT_FOUND, "no delivery %lld", (long long)row->id);
	made = *old;
	made.state = row->state;
	made.next_at = row->next_at;
	made.attempts = row->attempts;
	made.failures = row->failures;
	made.fallback_at = row->fallback_at;
	made.stands_for = row->stands_for;
	made.why = row->why;
	memory_replace(m, MEMORY_DELIVERY, row->id, &made);
	return 0;
}

static void read_delivery(const struct memory_store *m, const struct delivery_row *row,
	struct arena *arena, struct delivery_row *ret)
{
	const struct memory_incident *of = memory_row(m, MEMORY_INCIDENT, row->incident);

	memory_read(MEMORY_DELIVERY, row, arena, ret);
	ret->entity = of == NULL ? NULL : arena_strdup(arena, of->row.incident.entity);
}

int memory_delivery_load(struct store *store, int64_t id, struct arena *arena,
	struct delivery_row *ret, struct error *err)
{
	struct memory_store *m = memory_of(store);
	const struct delivery_row *row = memory_row(m, MEMORY_DELIVERY, id);

	if (row == NULL)
		return error_set(err, ERROR_NOT_FOUND, "no delivery %lld", (long long)id);
	read_delivery(m, row, arena, ret);
	return 0;
}

/* ---- what is open ---------------------------------------------------------- */

/* The open deliveries in no order; free(). */
static const struct delivery_row **open_rows(struct memory_store *m, size_t *ret_n)
{
	const struct delivery_row **rows = xcalloc(m->n_open + 1, sizeof(*rows));
	size_t i, n = 0;

	for (i = 0; i < m->n_open; i++) {
		size_t index = m->open[i];
		const struct delivery_row *row =
			memory_row(m, MEMORY_DELIVERY, (int64_t)index + 1);

		if (row == NULL || row->state > DELIVERY_SENDING) {
			m->is_open[index] = false;
			continue;
		}
		m->open[n] = index;
		rows[n++] = row;
	}
	m->n_open = *ret_n = n;
	return rows;
}

static int compare_ids(const void *a, const void *b)
{
	const struct delivery_row *x = *(const struct delivery_row *const *)a;
	const struct delivery_row *y = *(const struct delivery_row *const *)b;

	return (x->id > y->id) - (x->id < y->id);
}

static int compare_due(const void *a, const void *b)
{
	const struct delivery_row *x = *(const struct delivery_row *const *)a;
	const struct delivery_row *y = *(const struct delivery_row *const *)b;
	int64_t x_at = delivery_sort_at(x), y_at = delivery_sort_at(y);

	return x_at != y_at ? (x_at < y_at ? -1 : 1) : compare_ids(a, b);
}

/* What of the open ones is wanted; NULL, 0 and TIME_NONE: any. */
struct wanted {
	enum delivery_state state;
	const char *channel;
	int64_t until_at;
	bool stuck;			/* steps without a fallback_at */
	int64_t after_id;		/* 0: any; else after this place in the order of due */
	int64_t after_sort_at;
	int64_t incident;
	const char *regime, *stage;
};

static bool is_after(const struct delivery_row *row, const struct wanted *w)
{
	int64_t sort_at = delivery_sort_at(row);

	return w->after_id == 0 || sort_at > w->after_sort_at ||
		(sort_at == w->after_sort_at && row->id > w->after_id);
}

static bool is_wanted(const struct delivery_row *row, const struct wanted *w)
{
	return row->state == w->state && is_after(row, w) &&
		(!w->stuck || (row->fallback_at == TIME_NONE && text_equal(row->kind, "step"))) &&
		(w->channel == NULL || text_equal(row->channel, w->channel)) &&
		(w->until_at == TIME_NONE ||
		 (row->next_at != TIME_NONE && row->next_at <= w->until_at)) &&
		(w->incident == 0 || row->incident == w->incident) &&
		(w->regime == NULL || text_equal(row->regime, w->regime)) &&
		(w->stage == NULL || text_equal(row->stage, w->stage));
}

static int read_wanted(struct memory_store *m, const struct wanted *wanted, int limit,
	int (*compare)(const void *, const void *), struct arena *arena,
	struct delivery_row **ret, size_t *ret_n)
{
	size_t n_open, n = 0, i;
	const struct delivery_row **open = open_rows(m, &n_open);
	struct delivery_row *rows;

	for (i = 0; i < n_open; i++)
		if (is_wanted(open[i], wanted))
			open[n++] = open[i];
	qsort(open, n, sizeof(*open), compare);
	if (limit > 0 && n > (size_t)limit)
		n = (size_t)limit;
	rows = arena_array(arena, n, sizeof(*rows));
	for (i = 0; i < n; i++)
		read_delivery(m, open[i], arena, &rows[i]);
	free(open);
	*ret = n == 0 ? NULL : rows;
	*ret_n = n;
	return 0;
}

int memory_delivery_due(struct store *store, const char *channel, int64_t now, int limit,
	struct arena *arena, struct delivery_row **ret, size_t *ret_n, struct error *err)
{
	const struct wanted wanted = { .state = DELIVERY_WAITING, .channel = channel,
		.until_at = now };

	(void)err;
	return read_wanted(memory_of(store), &wanted, limit, compare_due, arena, ret, ret_n);
}

int memory_delivery_stuck(struct store *store, const char *channel, int64_t due_at, int64_t id,
	int limit, struct arena *arena, struct delivery_row **ret, size_t *ret_n,
	struct error *err)
{
	const struct delivery_row last = { .due_at = due_at };
	const struct wanted wanted = { .state = DELIVERY_WAITING, .channel = channel,
		.until_at = TIME_NONE, .stuck = true, .after_id = id,
		.after_sort_at = delivery_sort_at(&last) };

	(void)err;
	return read_wanted(memory_of(store), &wanted, limit, compare_due, arena, ret, ret_n);
}

int memory_delivery_sending(struct store *store, struct arena *arena,
	struct delivery_row **ret, size_t *ret_n, struct error *err)
{
	const struct wanted wanted = { .state = DELIVERY_SENDING, .until_at = TIME_NONE };

	(void)err;
	return read_wanted(memory_of(store), &wanted, 0, compare_ids, arena, ret, ret_n);
}

int memory_delivery_waiting(struct store *store, int64_t incident, const char *regime,
	const char *stage, struct arena *arena, struct delivery_row **ret, size_t *ret_n,
	struct error *err)
{
	const struct wanted wanted = { .state = DELIVERY_WAITING, .until_at = TIME_NONE,
		.incident = incident, .regime = stage == NULL ? NULL : regime,
			.stage = stage };

	(void)err;
	return read_wanted(memory_of(store), &wanted, 0, compare_ids, arena, ret, ret_n);
}

int memory_delivery_next(struct store *store, const char *channel, int64_t *ret,
	struct error *err)
{
	size_t n, i;
	const struct delivery_row **open = open_rows(memory_of(store), &n);

	(void)err;
	*ret = TIME_NONE;
	for (i = 0; i < n; i++)
		if (open[i]->state == DELIVERY_WAITING && open[i]->next_at != TIME_NONE &&
		    text_equal(open[i]->channel, channel) &&
		    (*ret == TIME_NONE || open[i]->next_at < *ret))
			*ret = open[i]->next_at;
	free(open);
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int memory_delivery_channels(struct store *store, struct arena *arena, const char ***ret,
	size_t *ret_n, struct error *err)
{
	const char **names = NULL;
	size_t n_open, n = 0, i, j;
	const struct delivery_row **open = open_rows(memory_of(store), &n_open);

	(void)err;
	for (i = 0; i < n_open; i++) {
		for (j = 0; j < n && !text_equal(names[j], open[i]->channel); j++)
			;
		if (j < n || open[i]->state != DELIVERY_WAITING)
			continue;
		names = arena_grow(arena, names, n, sizeof(*names));
		names[n++] = arena_strdup(arena, open[i]->channel);
	}
	free(open);
	if (n > 0)
		qsort(names, n, sizeof(*names), compare_names);
	*ret = names;
	*ret_n = n;
	return 0;
}

int memory_delivery_oldest(struct store *store, int64_t *ret, struct error *err)
{
	size_t n, i;
	const struct delivery_row **open = open_rows(memory_of(store), &n);

	(void)err;
	*ret = TIME_NONE;
	for (i = 0; i < n; i++)
		if (*ret == TIME_NONE || open[i]->created_at < *ret)
			*ret = open[i]->created_at;
	free(open);
	return 0;
}

int memory_delivery_count(struct store *store, const char *channel, int most, int *ret,
	struct error *err)
{
	size_t n, i;
	const struct delivery_row **open = open_rows(memory_of(store), &n);

	(void)err;
	*ret = 0;
	for (i = 0; i < n && *ret < most; i++)
		*ret += open[i]->state == DELIVERY_WAITING && text_equal(open[i]->channel, channel);
	free(open);
	return 0;
}

/* ---- what has been --------------------------------------------------------- */

static bool counts_as_told(const struct delivery_row *row)
{
	return text_equal(row->kind, "step") &&
		(row->state == DELIVERY_SENDING || row->state == DELIVERY_DELIVERED);
}

int memory_delivery_told(struct store *store, int64_t incident, const char *regime,
	const char *stage, struct arena *arena, struct delivery_row **ret, size_t *ret_n,
	struct error *err)
{
	struct memory_store *m = memory_of(store);
	const struct delivery_row *row;
	struct delivery_row *rows = NULL;
	size_t n = 0, i;
	int64_t id;

	(void)err;
	for (id = 1; (row = memory_row(m, MEMORY_DELIVERY, id)) != NULL; id++) {
		if (row->incident != incident || !counts_as_told(row) ||
		    (regime != NULL && !text_equal(row->regime, regime)) ||
		    (stage != NULL && !text_equal(row->stage, stage)))
			continue;
		for (i = 0; i < n && !(text_equal(rows[i].channel, row->channel) &&
		     text_equal(rows[i].recipient, row->recipient)); i++)
			;
		if (i < n)
			continue;
		rows = arena_grow(arena, rows, n, sizeof(*rows));
		rows[n++] = (struct delivery_row){
			.channel = arena_strdup(arena, row->channel),
			.recipient = arena_strdup(arena, row->recipient),
			.due_at = TIME_NONE, .next_at = TIME_NONE, .fallback_at = TIME_NONE };
	}
	*ret = rows;
	*ret_n = n;
	return 0;
}

static void raise_to(int *highest, int n)
{
	if (n > *highest)
		*highest = n;
}

int memory_delivery_pages(struct store *store, int64_t incident, const char *regime,
	const char *stage, const char *channel, struct delivery_pages *ret, struct error *err)
{
	struct memory_store *m = memory_of(store);
	const struct delivery_row *row;
	int64_t id;

	(void)err;
	*ret = (struct delivery_pages){ .steps = -1, .told = -1, .acknowledged = -1 };
	for (id = 1; (row = memory_row(m, MEMORY_DELIVERY, id)) != NULL; id++) {
		if (row->incident != incident || !text_equal(row->regime, regime) ||
		    !text_equal(row->stage, stage) || !text_equal(row->channel, channel))
			continue;
		if (text_equal(row->kind, "step"))
			raise_to(&ret->steps, row->page);
		if (counts_as_told(row) || (text_equal(row->kind, "step") &&
		    row->state == DELIVERY_WAITING && row->attempts > 0)) {
			raise_to(&ret->told, row->page);
			raise_to(&ret->told_step, row->step_number);
		}
		if (text_equal(row->kind, "acknowledged") && row->state <= DELIVERY_DELIVERED)
			raise_to(&ret->acknowledged, row->page);
	}
	return 0;
}

static void read_attempts(const struct memory_store *m, struct delivery_row *row,
	struct arena *arena)
{
	const struct attempt_row *attempt;
	int64_t id;

	for (id = 1; (attempt = memory_row(m, MEMORY_ATTEMPT, id)) != NULL; id++)
		if (attempt->delivery == row->id) {
			row->list = arena_grow(arena, row->list, row->n_list,
				sizeof(*row->list));
			memory_read(MEMORY_ATTEMPT, attempt, arena, &row->list[row->n_list++]);
		}
}

static bool delivery_passes(const struct memory_store *m, const struct delivery_row *row,
	const struct delivery_filter *f)
{
	const struct memory_incident *of = memory_row(m, MEMORY_INCIDENT, row->incident);

	return (f->state == NULL || row->state == *f->state) &&
		(f->incident == 0 || row->incident == f->incident) &&
		memory_entity_in(f->entities, f->n_entities,
			of == NULL ? NULL : of->row.incident.entity);
}

int memory_delivery_list(struct store *store, const struct delivery_filter *filter,
	delivery_fn *fn, void *arg, struct error *err)
{
	struct memory_store *m = memory_of(store);
	int64_t id = memory_next_id(m, MEMORY_DELIVERY);
	struct arena *arena = arena_new();
	int n = 0, rc = 0;

	(void)err;
	if (filter->before_id != 0 && filter->before_id < id)
		id = filter->before_id;
	while (--id > 0 && rc == 0 && (filter->limit == 0 || n < filter->limit)) {
		const struct delivery_row *row = memory_row(m, MEMORY_DELIVERY, id);
		struct delivery_row copy;

		if (!delivery_passes(m, row, filter))
			continue;
		arena_reset(arena);
		read_delivery(m, row, arena, &copy);
		read_attempts(m, &copy, arena);
		rc = fn(arg, &copy) < 0 ? -1 : 0;
		n++;
	}
	arena_free(arena);
	return rc;
}

/* ---- attempts -------------------------------------------------------------- */

int memory_attempt_insert(struct store *store, struct attempt_row *row, struct error *err)
{
	struct memory_store *m = memory_of(store);

	if (memory_check_change(m, err) < 0)
		return -1;
	if (memory_row(m, MEMORY_DELIVERY, row->delivery) == NULL)
		return error_set(err, ERROR_NOT_FOUND, "no row that this one belongs to");
	row->id = memory_next_id(m, MEMORY_ATTEMPT);
	memory_insert(m, MEMORY_ATTEMPT, row);
	return 0;
}

static void finish(struct memory_store *m, int64_t id, enum attempt_outcome outcome,
	const char *detail)
{
	struct attempt_row made = *(const struct attempt_row *)memory_row(m, MEMORY_ATTEMPT,
		id);

	made.outcome = outcome;
	made.detail = detail;
	memory_replace(m, MEMORY_ATTEMPT, id, &made);
}

int memory_attempt_finish(struct store *store, const struct attempt_row *row,
	struct error *err)
{
	struct memory_store *m = memory_of(store);

	if (memory_check_change(m, err) < 0)
		return -1;
	if (memory_row(m, MEMORY_ATTEMPT, row->id) == NULL)
		return error_set(err, ERROR_NOT_FOUND, "no attempt %lld", (long long)row->id);
	finish(m, row->id, row->outcome, row->detail);
	return 0;
}

int memory_attempt_abandon(struct store *store, int64_t delivery, const char *detail,
	struct error *err)
{
	struct memory_store *m = memory_of(store);
	const struct attempt_row *row;
	int64_t id;

	if (memory_check_change(m, err) < 0)
		return -1;
	for (id = 1; (row = memory_row(m, MEMORY_ATTEMPT, id)) != NULL; id++)
		if (row->delivery == delivery && row->outcome == ATTEMPT_UNKNOWN)
			finish(m, id, ATTEMPT_AMBIGUOUS, detail);
	return 0;
}
