/*
 * Storms and their keys, and what limits and likeness ask of incidents, in memory.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/rfc3339.h"
#include "base/text.h"
#include "store/memory.h"
#include "store/row.h"

static const struct memory_incident *incident_at(const struct memory_store *m, int64_t id)
{
	return memory_row(m, MEMORY_INCIDENT, id);
}

static bool is_live(const struct memory_incident *row)
{
	return row->row.state == INCIDENT_SUSPECTED || row->row.state == INCIDENT_OPEN;
}

/* ---- questions about incidents ----------------------------------------------- */

static bool has_prefix(const char *key, const char *prefix)
{
	size_t n = strlen(prefix);

	return key != NULL && strncmp(key, prefix, n) == 0 && (key[n] == '\0' || key[n] == ':');
}

static bool is_similar(const struct incident_row *row, const struct similar_query *q)
{
	const struct incident *i = &row->incident;

	if (q->likeness != 0 && row->likeness == q->likeness)
		return true;
	return q->prefix != NULL && has_prefix(i->key, q->prefix) &&
		!text_equal(i->source, q->source) && text_equal(i->entity, q->entity) &&
		i->drill == q->drill;
}

int memory_incident_similar(struct store *store, const struct similar_query *query,
	int64_t ret[SIMILAR_MAX], size_t *ret_n, struct error *err)
{
	struct memory_store *m = memory_of(store);
	const struct memory_incident *row;
	int64_t id;

	(void)err;
	*ret_n = 0;
	for (id = 1; (row = incident_at(m, id)) != NULL; id++)
		if (is_live(row) && row->row.incident.opened_at >= query->since &&
		    is_similar(&row->row, query))
			similar_add(ret, ret_n, id);
	return 0;
}

static bool is_counted(const struct memory_incident *row, const char *source)
{
	return is_live(row) && row->row.limited &&
		text_equal(row->row.incident.source, source);
}

int memory_incident_count_live(struct store *store, const char *source, int most, int *ret,
	struct error *err)
{
	struct memory_store *m = memory_of(store);
	const struct memory_incident *row;
	int64_t id;

	(void)err;
	*ret = 0;
	for (id = 1; *ret < most && (row = incident_at(m, id)) != NULL; id++)
		*ret += is_counted(row, source);
	return 0;
}

int memory_incident_opened_since(struct store *store, const char *source, int64_t since,
	int most, int64_t *ret, int *ret_n, struct error *err)
{
	struct memory_store *m = memory_of(store);
	int64_t id;

	(void)err;
	*ret_n = 0;
	for (id = memory_next_id(m, MEMORY_INCIDENT) - 1; id > 0 && *ret_n < most; id--) {
		const struct memory_incident *row = incident_at(m, id);

		if (is_counted(row, source) && row->row.incident.opened_at > since)
			ret[(*ret_n)++] = row->row.incident.opened_at;
	}
	return 0;
}

int memory_incident_limit(struct store *store, const char *source, struct error *err)
{
	struct memory_store *m = memory_of(store);
	const struct memory_incident *row;
	int64_t id;

	if (memory_check_change(m, err) < 0)
		return -1;
	for (id = 1; (row = incident_at(m, id)) != NULL; id++) {
		struct memory_incident made = *row;

		if (!is_live(row) || row->row.incident.storm ||
		    !text_equal(row->row.incident.source, source))
			continue;
		made.row.limited = true;
		memory_replace(m, MEMORY_INCIDENT, id, &made);
	}
	return 0;
}

/* ---- storm ------------------------------------------------------------------- */

static int64_t find_storm(const struct memory_store *m, int64_t incident)
{
	const struct storm_row *row;
	int64_t id;

	for (id = 1; (row = memory_row(m, MEMORY_STORM, id)) != NULL; id++)
		if (row->incident == incident)
			return id;
	return 0;
}

int memory_storm_put(struct store *store, const struct storm_row *row, struct error *err)
{
	struct memory_store *m = memory_of(store);
	int64_t id = find_storm(m, row->incident);

	if (memory_check_incident(m, row->incident, err) < 0)
		return -1;
	if (id != 0)
		memory_replace(m, MEMORY_STORM, id, row);
	else
		memory_insert(m, MEMORY_STORM, row);
	return 0;
}

static int not_found(struct error *err)
{
	return error_set(err, ERROR_NOT_FOUND, "no such storm");
}

int memory_storm_load(struct store *store, int64_t incident, struct arena *arena,
	struct storm_row *ret, struct error *err)
{
	struct memory_store *m = memory_of(store);
	int64_t id = find_storm(m, incident);

	if (id == 0)
		return not_found(err);
	memory_read(MEMORY_STORM, memory_row(m, MEMORY_STORM, id), arena, ret);
	return 0;
}

int memory_storm_find(struct store *store, const char *source, const char *entity,
	struct arena *arena, struct storm_row *ret, struct error *err)
{
	struct memory_store *m = memory_of(store);
	const struct storm_row *row, *found = NULL;
	int64_t id;

	for (id = 1; (row = memory_row(m, MEMORY_STORM, id)) != NULL; id++)
		if (text_equal(row->source, source) &&
		    (entity == NULL || text_equal(row->entity, entity)) &&
		    is_live(incident_at(m, row->incident)))
			found = row;
	if (found == NULL)
		return not_found(err);
	memory_read(MEMORY_STORM, found, arena, ret);
	return 0;
}

int memory_storm_due(struct store *store, int64_t now, struct arena *arena,
	struct storm_row **ret, size_t *ret_n, struct error *err)
{
	struct memory_store *m = memory_of(store);
	const struct storm_row *row;
	int64_t id;

	(void)err;
	*ret = NULL;
	*ret_n = 0;
	for (id = 1; (row = memory_row(m, MEMORY_STORM, id)) != NULL; id++) {
		if (row->look_at == TIME_NONE || row->look_at > now)
			continue;
		*ret = arena_grow(arena, *ret, *ret_n, sizeof(**ret));
		memory_read(MEMORY_STORM, row, arena, &(*ret)[(*ret_n)++]);
	}
	return 0;
}

int memory_storm_next(struct store *store, int64_t *ret, struct error *err)
{
	struct memory_store *m = memory_of(store);
	const struct storm_row *row;
	int64_t id;

	(void)err;
	*ret = TIME_NONE;
	for (id = 1; (row = memory_row(m, MEMORY_STORM, id)) != NULL; id++)
		if (row->look_at != TIME_NONE && (*ret == TIME_NONE || row->look_at < *ret))
			*ret = row->look_at;
	return 0;
}

/* ---- its keys ---------------------------------------------------------------- */

static int64_t find_key(const struct memory_store *m, const struct storm_key_row *wanted)
{
	const struct storm_key_row *row;
	int64_t id;

	for (id = 1; (row = memory_row(m, MEMORY_STORM_KEY, id)) != NULL; id++)
		if (row->incident == wanted->incident && text_equal(row->key, wanted->key))
			return id;
	return 0;
}

int memory_storm_key_count(struct store *store, const struct storm_key_row *row,
	struct error *err)
{
	struct memory_store *m = memory_of(store);
	int64_t id = find_key(m, row);
	struct storm_key_row made;

	if (memory_check_change(m, err) < 0)
		return -1;
	if (id == 0)
		return not_found(err);
	made = *(const struct storm_key_row *)memory_row(m, MEMORY_STORM_KEY, id);
	made.alerts += row->alerts;
	made.resolved += row->resolved;
	if (row->severity > made.severity)
		made.severity = row->severity;
	if (row->last_at > made.last_at)
		made.last_at = row->last_at;
	memory_replace(m, MEMORY_STORM_KEY, id, &made);
	return 0;
}

int memory_storm_key_insert(struct store *store, const struct storm_key_row *row,
	struct error *err)
{
	struct memory_store *m = memory_of(store);
	struct storm_key_row made = *row;

	if (memory_check_change(m, err) < 0)
		return -1;
	if (find_storm(m, row->incident) == 0)
		return error_set(err, ERROR_NOT_FOUND, "no row that this one belongs to");
	if (find_key(m, row) != 0)
		return error_set(err, ERROR_CONFLICT, "already there");
	made.id = memory_next_id(m, MEMORY_STORM_KEY);
	memory_insert(m, MEMORY_STORM_KEY, &made);
	return 0;
}

/* Before another, in the order that is asked for. */
static bool is_before(const struct storm_key_row *a, const struct storm_key_row *b,
	bool by_alerts)
{
	return by_alerts && a->alerts != b->alerts ? a->alerts > b->alerts : a->id < b->id;
}

static const struct storm_key_row *next_key(const struct memory_store *m,
	const struct storm_key_filter *f, const struct storm_key_row *last)
{
	const struct storm_key_row *row, *next = NULL;
	int64_t id;

	for (id = 1; (row = memory_row(m, MEMORY_STORM_KEY, id)) != NULL; id++) {
		if (row->incident != f->incident || row->id <= f->after_id ||
		    (last != NULL && !is_before(last, row, f->by_alerts)))
			continue;
		if (next == NULL || is_before(row, next, f->by_alerts))
			next = row;
	}
	return next;
}

int memory_storm_keys(struct store *store, const struct storm_key_filter *filter,
	storm_key_fn *fn, void *arg, struct error *err)
{
	struct memory_store *m = memory_of(store);
	const struct storm_key_row *row = NULL;
	int n;

	(void)err;
	for (n = 0; filter->limit == 0 || n < filter->limit; n++) {
		row = next_key(m, filter, row);
		if (row == NULL)
			return 0;
		if (fn(arg, row) < 0)
			return -1;
	}
	return 0;
}
