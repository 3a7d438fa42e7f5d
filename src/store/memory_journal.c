/*
 * The journal, answers kept for Idempotency-Key, and small values by name, in
 * memory.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "store/memory.h"

int memory_journal_head(struct store *store, struct journal_check *ret, struct error *err)
{
	(void)err;
	*ret = memory_of(store)->head;
	return 0;
}

int memory_journal_append(struct store *store, const struct journal_row *row,
	struct error *err)
{
	struct memory_store *m = memory_of(store);
	struct journal_check next = { .seq = m->head.seq + 1 };
	struct journal_row made = *row;
	char *line;

	if (memory_check_change(m, err) < 0)
		return -1;
	if (row->seq != next.seq)
		return error_set(err, ERROR_CONFLICT, "journal: record %lld after %lld",
			(long long)row->seq, (long long)m->head.seq);
	journal_hash(m->head.hash, row->line, row->len, next.hash);
	memcpy(made.hash, next.hash, sizeof(made.hash));
	made.line = line = xstrndup(row->line, row->len);
	memory_insert(m, MEMORY_JOURNAL, &made);
	free(line);
	m->head = next;
	return 0;
}

int memory_journal_read(struct store *store, int64_t after, int64_t incident, int limit,
	journal_fn *fn, void *arg, struct error *err)
{
	const struct journal_row *row;
	int64_t seq;
	int n = 0;

	(void)err;
	for (seq = after < 0 ? 1 : after + 1; (limit == 0 || n < limit) &&
	     (row = memory_row(memory_of(store), MEMORY_JOURNAL, seq)) != NULL; seq++) {
		if (incident != 0 && row->incident != incident)
			continue;
		if (fn(arg, row) < 0)
			return -1;
		n++;
	}
	return 0;
}

static int64_t find_answer(const struct memory_store *m, const char *actor, const char *key)
{
	int64_t id;

	for (id = memory_next_id(m, MEMORY_IDEMPOTENCY) - 1; id > 0; id--) {
		const struct idempotency_row *row = memory_row(m, MEMORY_IDEMPOTENCY, id);

		if (row != NULL && text_equal(row->key, key) && text_equal(row->actor, actor))
			return id;
	}
	return 0;
}

int memory_idempotency_get(struct store *store, const char *actor, const char *key,
	struct arena *arena, struct idempotency_row *ret, struct error *err)
{
	struct memory_store *m = memory_of(store);
	int64_t id = find_answer(m, actor, key);

	if (id == 0)
		return error_set(err, ERROR_NOT_FOUND, "no answer under that key");
	memory_read(MEMORY_IDEMPOTENCY, memory_row(m, MEMORY_IDEMPOTENCY, id), arena, ret);
	return 0;
}

int memory_idempotency_put(struct store *store, const struct idempotency_row *row,
	struct error *err)
{
	struct memory_store *m = memory_of(store);

	if (memory_check_change(m, err) < 0)
		return -1;
	if (find_answer(m, row->actor, row->key) != 0)
		return error_set(err, ERROR_CONFLICT, "already there");
	memory_insert(m, MEMORY_IDEMPOTENCY, row);
	return 0;
}

int memory_idempotency_purge(struct store *store, int64_t before_at, int limit,
	struct error *err)
{
	struct memory_store *m = memory_of(store);
	int64_t id, end = memory_next_id(m, MEMORY_IDEMPOTENCY);
	int n = 0;

	if (memory_check_change(m, err) < 0)
		return -1;
	for (id = 1; id < end && (limit == 0 || n < limit); id++) {
		const struct idempotency_row *row = memory_row(m, MEMORY_IDEMPOTENCY, id);

		if (row != NULL && row->at < before_at) {
			memory_remove(m, MEMORY_IDEMPOTENCY, id);
			n++;
		}
	}
	return 0;
}

static int64_t find_meta(const struct memory_store *m, const char *name)
{
	const struct memory_meta *row;
	int64_t id;

	for (id = 1; (row = memory_row(m, MEMORY_META, id)) != NULL; id++)
		if (text_equal(row->name, name))
			return id;
	return 0;
}

int memory_meta_get(struct store *store, const char *name, struct arena *arena,
	const char **ret, struct error *err)
{
	struct memory_store *m = memory_of(store);
	const struct memory_meta *row = memory_row(m, MEMORY_META, find_meta(m, name));

	(void)err;
	*ret = row == NULL ? NULL : arena_strdup(arena, row->value);
	return 0;
}

int memory_meta_put(struct store *store, const char *name, const char *value,
	struct error *err)
{
	struct memory_store *m = memory_of(store);
	const struct memory_meta row = { name, value };
	int64_t id = find_meta(m, name);

	if (memory_check_change(m, err) < 0)
		return -1;
	if (id == 0)
		memory_insert(m, MEMORY_META, &row);
	else
		memory_replace(m, MEMORY_META, id, &row);
	return 0;
}
