/*
 * The store in memory. A row is one struct and the texts it points to, both owned
 * by the table; which members are texts stands in one table, so that copying and
 * freeing know every kind of row. A change never touches a row in place: it puts
 * another in its stead and the old one into the undo log, where it waits for the
 * end of the transaction, to come back or to be freed.
 *
 * Lookups walk the tables, which is fast enough for what tests hold; only for
 * deliveries, of which a simulated month has many, the open ones are kept apart.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "store/memory.h"

/* ---- rows ------------------------------------------------------------------ */

enum { TEXTS_MAX = 12 };

struct layout {
	size_t size;
	size_t n_texts;
	size_t texts[TEXTS_MAX];	/* offsets of the members that are texts */
};

#define T(member) offsetof(ROW, member)
static const struct layout layouts[MEMORY_KINDS] = {
#define ROW struct memory_incident
	[MEMORY_INCIDENT] = { sizeof(ROW), 12, {
		T(row.incident.entity), T(row.incident.title), T(row.incident.description),
		T(row.incident.source), T(row.incident.key), T(row.incident.dismissed_by),
		T(row.incident.dismissed_basis), T(row.incident.ruleset),
		T(row.incident.country), T(row.incident.timezone), T(regimes), T(traits) } },
#undef ROW
#define ROW struct alert_row
	[MEMORY_ALERT] = { sizeof(ROW), 4, {
		T(source), T(key), T(title), T(outcome) } },
#undef ROW
#define ROW struct memory_event
	[MEMORY_EVENT] = { sizeof(ROW), 4, {
		T(event.type), T(event.regime), T(event.by), T(event.basis) } },
#undef ROW
#define ROW struct memory_filing
	[MEMORY_FILING] = { sizeof(ROW), 6, {
		T(filing.regime), T(filing.stage), T(filing.by), T(filing.recipient),
		T(filing.reference), T(filing.digest) } },
#undef ROW
#define ROW struct memory_waiver
	[MEMORY_WAIVER] = { sizeof(ROW), 4, {
		T(waiver.regime), T(waiver.stage), T(waiver.by), T(waiver.basis) } },
#undef ROW
#define ROW struct memory_clock
	[MEMORY_CLOCK] = { sizeof(ROW), 9, {
		T(row.clock.regime), T(row.clock.stage), T(row.clock.anchor),
		T(row.clock.reference), T(row.clock.rules), T(row.clock.readings),
		T(row.clock.proposed.by), T(row.clock.proposed.actor),
		T(derivation) } },
#undef ROW
#define ROW struct acknowledgement_row
	[MEMORY_ACKNOWLEDGEMENT] = { sizeof(ROW), 3, { T(regime), T(stage), T(by) } },
#undef ROW
#define ROW struct delivery_row
	[MEMORY_DELIVERY] = { sizeof(ROW), 8, {
		T(regime), T(stage), T(kind), T(step), T(channel), T(recipient), T(notice),
		T(why) } },
#undef ROW
#define ROW struct attempt_row
	[MEMORY_ATTEMPT] = { sizeof(ROW), 1, { T(detail) } },
#undef ROW
#define ROW struct journal_row
	[MEMORY_JOURNAL] = { sizeof(ROW), 1, { T(line) } },
#undef ROW
#define ROW struct idempotency_row
	[MEMORY_IDEMPOTENCY] = { sizeof(ROW), 3, { T(actor), T(key), T(body) } },
#undef ROW
#define ROW struct memory_meta
	[MEMORY_META] = { sizeof(ROW), 2, { T(name), T(value) } },
#undef ROW
#define ROW struct memory_ruleset
	[MEMORY_RULESET] = { sizeof(ROW), 1, { T(digest) } },
#undef ROW
#define ROW struct memory_rule_file
	[MEMORY_RULE_FILE] = { sizeof(ROW), 2, { T(file.name), T(file.text) } },
#undef ROW
#define ROW struct storm_row
	[MEMORY_STORM] = { sizeof(ROW), 3, { T(source), T(entity), T(samples) } },
#undef ROW
#define ROW struct storm_key_row
	[MEMORY_STORM_KEY] = { sizeof(ROW), 2, { T(key), T(title) } },
#undef ROW
};
#undef T

static char **text_of(void *row, size_t offset)
{
	return (char **)(void *)((char *)row + offset);
}

static void *row_copy(enum memory_kind kind, const void *row)
{
	const struct layout *layout = &layouts[kind];
	void *copy = xmalloc(layout->size);
	size_t i;

	memcpy(copy, row, layout->size);
	for (i = 0; i < layout->n_texts; i++) {
		char **text = text_of(copy, layout->texts[i]);

		if (*text != NULL)
			*text = xstrdup(*text);
	}
	return copy;
}

static void row_free(enum memory_kind kind, void *row)
{
	const struct layout *layout = &layouts[kind];
	size_t i;

	if (row == NULL)
		return;
	for (i = 0; i < layout->n_texts; i++)
		free(*text_of(row, layout->texts[i]));
	free(row);
}

void memory_read(enum memory_kind kind, const void *row, struct arena *arena, void *ret)
{
	const struct layout *layout = &layouts[kind];
	size_t i;

	memcpy(ret, row, layout->size);
	for (i = 0; i < layout->n_texts; i++) {
		char **text = text_of(ret, layout->texts[i]);

		*text = arena_strdup(arena, *text);
	}
}

/* Room for one more element. */
static void *grow(void *array, size_t n, size_t *size, size_t element)
{
	if (n < *size)
		return array;
	*size = *size == 0 ? 64 : *size * 2;
	return xreallocarray(array, *size, element);
}

/* ---- tables ---------------------------------------------------------------- */

/* A delivery that is open, by a change or by an undo, belongs into the list. */
static void note_delivery(struct memory_store *m, size_t index)
{
	const struct delivery_row *row = m->tables[MEMORY_DELIVERY].rows[index];

	while (index >= m->size_is_open) {
		size_t old = m->size_is_open;

		m->is_open = grow(m->is_open, old, &m->size_is_open, sizeof(*m->is_open));
		memset(m->is_open + old, 0, (m->size_is_open - old) * sizeof(*m->is_open));
	}
	if (m->is_open[index] || row->state > DELIVERY_SENDING)
		return;
	m->open = grow(m->open, m->n_open, &m->size_open, sizeof(*m->open));
	m->open[m->n_open++] = index;
	m->is_open[index] = true;
}

static void log_undo(struct memory_store *m, enum memory_kind kind, size_t index, void *old)
{
	m->undo = grow(m->undo, m->n_undo, &m->size_undo, sizeof(*m->undo));
	m->undo[m->n_undo++] = (struct memory_undo){ kind, index, old };
}

const void *memory_row(const struct memory_store *m, enum memory_kind kind, int64_t id)
{
	const struct memory_table *t = &m->tables[kind];

	return id < 1 || (uint64_t)id > t->n ? NULL : t->rows[id - 1];
}

int64_t memory_next_id(const struct memory_store *m, enum memory_kind kind)
{
	return (int64_t)m->tables[kind].n + 1;
}

int64_t memory_insert(struct memory_store *m, enum memory_kind kind, const void *row)
{
	struct memory_table *t = &m->tables[kind];

	t->rows = grow(t->rows, t->n, &t->size, sizeof(*t->rows));
	t->rows[t->n] = row_copy(kind, row);
	log_undo(m, kind, t->n, NULL);
	if (kind == MEMORY_DELIVERY)
		note_delivery(m, t->n);
	return (int64_t)++t->n;
}

void memory_replace(struct memory_store *m, enum memory_kind kind, int64_t id, const void *row)
{
	size_t index = (size_t)id - 1;
	void **place = &m->tables[kind].rows[index];

	log_undo(m, kind, index, *place);
	*place = row_copy(kind, row);
	if (kind == MEMORY_DELIVERY)
		note_delivery(m, index);
}

void memory_remove(struct memory_store *m, enum memory_kind kind, int64_t id)
{
	void **place = &m->tables[kind].rows[id - 1];

	log_undo(m, kind, (size_t)id - 1, *place);
	*place = NULL;
}

/* Takes back what was done since the log had that length, last things first. */
static void undo_to(struct memory_store *m, size_t length)
{
	while (m->n_undo > length) {
		struct memory_undo *u = &m->undo[--m->n_undo];
		struct memory_table *t = &m->tables[u->kind];

		row_free(u->kind, t->rows[u->index]);
		t->rows[u->index] = u->old;
		if (u->old == NULL)
			t->n--;
		else if (u->kind == MEMORY_DELIVERY)
			note_delivery(m, u->index);
	}
}

/* ---- transactions ---------------------------------------------------------- */

int memory_begin(struct store *store, struct error *err)
{
	struct memory_store *m = memory_of(store);

	if (m->in_transaction)
		return error_set(err, ERROR_INTERNAL, "store: a transaction inside another");
	m->in_transaction = true;
	m->head_at_begin = m->head;
	return 0;
}

int memory_commit(struct store *store, struct error *err)
{
	struct memory_store *m = memory_of(store);

	if (!m->in_transaction)
		return error_set(err, ERROR_INTERNAL, "store: no transaction to commit");
	while (m->n_undo > 0) {
		struct memory_undo *u = &m->undo[--m->n_undo];

		row_free(u->kind, u->old);
	}
	m->in_transaction = m->in_savepoint = false;
	return 0;
}

void memory_rollback(struct store *store)
{
	struct memory_store *m = memory_of(store);

	if (!m->in_transaction)
		return;
	undo_to(m, 0);
	m->in_transaction = m->in_savepoint = false;
	m->head = m->head_at_begin;
}

int64_t memory_changes(struct store *store)
{
	return (int64_t)memory_of(store)->n_undo;
}

int memory_savepoint(struct store *store, struct error *err)
{
	struct memory_store *m = memory_of(store);

	if (!m->in_transaction || m->in_savepoint)
		return error_set(err, ERROR_INTERNAL, "store: a savepoint out of place");
	m->in_savepoint = true;
	m->savepoint = m->n_undo;
	m->head_at_savepoint = m->head;
	return 0;
}

int memory_release(struct store *store, struct error *err)
{
	struct memory_store *m = memory_of(store);

	if (!m->in_savepoint)
		return error_set(err, ERROR_INTERNAL, "store: no savepoint to release");
	m->in_savepoint = false;
	return 0;
}

void memory_undo(struct store *store)
{
	struct memory_store *m = memory_of(store);

	if (!m->in_savepoint)
		return;
	undo_to(m, m->savepoint);
	m->in_savepoint = false;
	m->head = m->head_at_savepoint;
}

int memory_check_change(struct memory_store *m, struct error *err)
{
	if (!m->in_transaction)
		return error_set(err, ERROR_INTERNAL, "store: a change outside a transaction");
	return 0;
}

int memory_check_incident(struct memory_store *m, int64_t id, struct error *err)
{
	if (memory_check_change(m, err) < 0)
		return -1;
	if (memory_row(m, MEMORY_INCIDENT, id) == NULL)
		return error_set(err, ERROR_NOT_FOUND, "no row that this one belongs to");
	return 0;
}

bool memory_entity_in(const char *const *entities, size_t n, const char *entity)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (text_equal(entities[i], entity))
			return true;
	return n == 0;
}

/* ---- opening --------------------------------------------------------------- */

int memory_upkeep(struct store *store, bool *ret_more, struct error *err)
{
	*ret_more = false;
	if (memory_of(store)->in_transaction)
		return error_set(err, ERROR_INTERNAL, "store: upkeep inside a transaction");
	return 0;
}

bool memory_below_floor(struct store *store)
{
	(void)store;
	return false;
}

/* ---- backups: of what outlives nothing there is none --------------------------- */

int memory_backup_begin(struct store *store, struct store_backup **ret, struct error *err)
{
	(void)store;
	*ret = NULL;
	return error_set(err, ERROR_INVALID, "a store in memory has no backup");
}

int memory_backup_step(struct store *store, struct store_backup *backup, bool *ret_more,
	struct error *err)
{
	*ret_more = false;
	return memory_backup_begin(store, &backup, err);
}

int memory_backup_finish(struct store *store, struct store_backup *backup, int *ret_fd,
	struct error *err)
{
	*ret_fd = -1;
	return memory_backup_begin(store, &backup, err);
}

void memory_backup_end(struct store *store, struct store_backup *backup)
{
	(void)store;
	(void)backup;
}

void memory_stats(struct store *store, struct store_stats *ret)
{
	(void)store;
	*ret = (struct store_stats){ 0 };
}

void memory_close(struct store *store)
{
	struct memory_store *m = memory_of(store);
	size_t kind, i;

	memory_rollback(store);
	for (kind = 0; kind < MEMORY_KINDS; kind++) {
		struct memory_table *t = &m->tables[kind];

		for (i = 0; i < t->n; i++)
			row_free((enum memory_kind)kind, t->rows[i]);
		free(t->rows);
	}
	free(m->undo);
	free(m->open);
	free(m->is_open);
	free(m);
}

static const struct store_ops ops = { STORE_TABLE(memory) };

struct store *store_memory_open(void)
{
	/* A fixed name: what a scenario prints is the same each time. */
	static const struct memory_meta id = { META_STORE_ID, "memory00" };
	struct memory_store *m = xcalloc(1, sizeof(*m));

	m->store.ops = &ops;
	journal_check_init(&m->head);
	memory_insert(m, MEMORY_META, &id);
	m->n_undo = 0;
	return &m->store;
}
