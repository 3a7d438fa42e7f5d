/*
 * Incidents and what is recorded of them, in memory.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/rfc3339.h"
#include "base/text.h"
#include "store/memory.h"
#include "store/row.h"

/* ---- incident -------------------------------------------------------------- */

int memory_incident_insert(struct store *store, struct incident_row *row, struct error *err)
{
	struct memory_store *m = memory_of(store);
	struct incident *i = &row->incident;
	struct memory_incident made = { .row = *row };
	char *regimes, *traits;
	size_t k;

	if (memory_check_change(m, err) < 0 || memory_check_pin(m, i->ruleset, err) < 0)
		return -1;
	i->id = made.row.incident.id = memory_next_id(m, MEMORY_INCIDENT);
	made.regimes = regimes = words_join(i->regimes, i->n_regimes, ' ');
	made.traits = traits = words_join(i->traits, i->n_traits, ' ');
	memory_insert(m, MEMORY_INCIDENT, &made);
	free(regimes);
	free(traits);
	for (k = 0; k < i->n_events; k++)
		if (memory_event_insert(store, i->id, &i->events[k], err) < 0)
			return -1;
	return 0;
}

int memory_incident_update(struct store *store, const struct incident_row *row,
	struct error *err)
{
	struct memory_store *m = memory_of(store);
	const struct incident *i = &row->incident;
	const struct memory_incident *old = memory_row(m, MEMORY_INCIDENT, i->id);
	struct memory_incident made;
	char *traits;

	if (memory_check_change(m, err) < 0)
		return -1;
	if (old == NULL)
		return error_set(err, ERROR_NOT_FOUND, "no incident %lld", (long long)i->id);
	if (memory_check_pin(m, i->ruleset, err) < 0)
		return -1;
	made = *old;
	made.row.state = row->state;
	made.row.changed_at = row->changed_at;
	made.row.drill_ends_at = row->drill_ends_at;
	made.row.incident.title = i->title;
	made.row.incident.description = i->description;
	made.row.incident.severity = i->severity;
	made.row.incident.alerts = i->alerts;
	made.row.incident.dismissed_at = i->dismissed_at;
	made.row.incident.dismissed_by = i->dismissed_by;
	made.row.incident.dismissed_basis = i->dismissed_basis;
	made.row.incident.ruleset = i->ruleset;
	made.row.incident.country = i->country;
	made.row.incident.timezone = i->timezone;
	made.traits = traits = words_join(i->traits, i->n_traits, ' ');
	memory_replace(m, MEMORY_INCIDENT, i->id, &made);
	free(traits);
	return 0;
}

static void read_incident(const struct memory_incident *row, struct arena *arena,
	struct incident_row *ret)
{
	struct memory_incident copy;
	struct incident *i = &copy.row.incident;

	memory_read(MEMORY_INCIDENT, row, arena, &copy);
	i->regimes = words_split(arena, copy.regimes, ' ', &i->n_regimes);
	i->traits = words_split(arena, copy.traits, ' ', &i->n_traits);
	i->events = NULL;
	i->filings = NULL;
	i->waivers = NULL;
	i->n_events = i->n_filings = i->n_waivers = 0;
	*ret = copy.row;
}

static void read_records(struct memory_store *m, struct incident *i, struct arena *arena)
{
	const struct memory_event *event;
	const struct memory_filing *filing;
	const struct memory_waiver *waiver;
	int64_t id;

	for (id = 1; (event = memory_row(m, MEMORY_EVENT, id)) != NULL; id++)
		if (event->incident == i->id) {
			struct memory_event copy;

			memory_read(MEMORY_EVENT, event, arena, &copy);
			i->events = arena_grow(arena, i->events, i->n_events,
				sizeof(*i->events));
			i->events[i->n_events++] = copy.event;
		}
	for (id = 1; (filing = memory_row(m, MEMORY_FILING, id)) != NULL; id++)
		if (filing->incident == i->id) {
			struct memory_filing copy;

			memory_read(MEMORY_FILING, filing, arena, &copy);
			i->filings = arena_grow(arena, i->filings, i->n_filings,
				sizeof(*i->filings));
			i->filings[i->n_filings++] = copy.filing;
		}
	for (id = 1; (waiver = memory_row(m, MEMORY_WAIVER, id)) != NULL; id++)
		if (waiver->incident == i->id) {
			struct memory_waiver copy;

			memory_read(MEMORY_WAIVER, waiver, arena, &copy);
			i->waivers = arena_grow(arena, i->waivers, i->n_waivers,
				sizeof(*i->waivers));
			i->waivers[i->n_waivers++] = copy.waiver;
		}
}

int memory_incident_head(struct store *store, int64_t id, struct arena *arena,
	struct incident_row *ret, struct error *err)
{
	const struct memory_incident *row = memory_row(memory_of(store), MEMORY_INCIDENT, id);

	if (row == NULL)
		return error_set(err, ERROR_NOT_FOUND, "no such incident");
	read_incident(row, arena, ret);
	return 0;
}

int memory_incident_load(struct store *store, int64_t id, struct arena *arena,
	struct incident_row *ret, struct error *err)
{
	if (memory_incident_head(store, id, arena, ret, err) < 0)
		return -1;
	read_records(memory_of(store), &ret->incident, arena);
	return 0;
}

int memory_incident_by_key(struct store *store, const char *source, const char *key,
	struct arena *arena, struct incident_row *ret, struct error *err)
{
	struct memory_store *m = memory_of(store);
	int64_t id;

	for (id = memory_next_id(m, MEMORY_INCIDENT) - 1; id > 0; id--) {
		const struct memory_incident *row = memory_row(m, MEMORY_INCIDENT, id);

		if (row->row.incident.key != NULL && text_equal(row->row.incident.key, key) &&
		    text_equal(row->row.incident.source, source)) {
			read_incident(row, arena, ret);
			return 0;
		}
	}
	return error_set(err, ERROR_NOT_FOUND, "no such incident");
}

static bool incident_passes(const struct incident_row *row, const struct incident_filter *f)
{
	if (f->state != NULL ? row->state != *f->state
	    : !f->all && row->state != INCIDENT_SUSPECTED && row->state != INCIDENT_OPEN)
		return false;
	return memory_entity_in(f->entities, f->n_entities, row->incident.entity);
}

int memory_incident_drill_next(struct store *store, int64_t *ret_id, int64_t *ret_at,
	struct error *err)
{
	struct memory_store *m = memory_of(store);
	const struct memory_incident *row;
	int64_t id;

	(void)err;
	*ret_id = 0;
	*ret_at = TIME_NONE;
	for (id = 1; (row = memory_row(m, MEMORY_INCIDENT, id)) != NULL; id++) {
		int64_t at = row->row.drill_ends_at;

		if (at == TIME_NONE || (*ret_at != TIME_NONE && at >= *ret_at))
			continue;
		*ret_id = id;
		*ret_at = at;
	}
	return 0;
}

int memory_incident_list(struct store *store, const struct incident_filter *filter,
	incident_fn *fn, void *arg, struct error *err)
{
	struct memory_store *m = memory_of(store);
	int64_t id = memory_next_id(m, MEMORY_INCIDENT);
	struct arena *arena = arena_new();
	int n = 0, rc = 0;

	(void)err;
	if (filter->before_id != 0 && filter->before_id < id)
		id = filter->before_id;
	while (--id > 0 && rc == 0 && (filter->limit == 0 || n < filter->limit)) {
		const struct memory_incident *row = memory_row(m, MEMORY_INCIDENT, id);
		struct incident_row copy;

		if (!incident_passes(&row->row, filter))
			continue;
		arena_reset(arena);
		read_incident(row, arena, &copy);
		rc = fn(arg, &copy) < 0 ? -1 : 0;
		n++;
	}
	arena_free(arena);
	return rc;
}

int memory_incident_count_alert(struct store *store, int64_t id, int64_t at,
	struct error *err)
{
	struct memory_store *m = memory_of(store);
	const struct memory_incident *old = memory_row(m, MEMORY_INCIDENT, id);
	struct memory_incident made;

	if (memory_check_change(m, err) < 0)
		return -1;
	if (old == NULL)
		return error_set(err, ERROR_NOT_FOUND, "no incident %lld", (long long)id);
	made = *old;
	made.row.incident.alerts++;
	made.row.changed_at = at;
	memory_replace(m, MEMORY_INCIDENT, id, &made);
	return 0;
}

/* ---- what is recorded ------------------------------------------------------ */

int memory_alert_insert(struct store *store, struct alert_row *row, struct error *err)
{
	struct memory_store *m = memory_of(store);
	struct alert_row made = *row;

	if (row->incident != 0 ? memory_check_incident(m, row->incident, err) < 0
	    : memory_check_change(m, err) < 0)
		return -1;
	/* Nothing reads a body back from this store. */
	made.body = NULL;
	made.body_len = 0;
	made.id = row->id = memory_next_id(m, MEMORY_ALERT);
	memory_insert(m, MEMORY_ALERT, &made);
	return 0;
}

int memory_event_insert(struct store *store, int64_t incident, struct incident_event *event,
	struct error *err)
{
	struct memory_store *m = memory_of(store);
	struct memory_event made = { incident, *event };

	if (memory_check_incident(m, incident, err) < 0)
		return -1;
	made.event.id = event->id = memory_next_id(m, MEMORY_EVENT);
	memory_insert(m, MEMORY_EVENT, &made);
	return 0;
}

int memory_event_replace(struct store *store, int64_t incident, int64_t id, struct error *err)
{
	struct memory_store *m = memory_of(store);
	const struct memory_event *old = memory_row(m, MEMORY_EVENT, id);
	struct memory_event made;

	if (memory_check_change(m, err) < 0)
		return -1;
	if (old == NULL || old->incident != incident)
		return error_set(err, ERROR_NOT_FOUND, "no event %lld", (long long)id);
	made = *old;
	made.event.replaced = true;
	memory_replace(m, MEMORY_EVENT, id, &made);
	return 0;
}

int memory_filing_insert(struct store *store, int64_t incident, struct filing *filing,
	struct error *err)
{
	struct memory_store *m = memory_of(store);
	struct memory_filing made = { incident, *filing };

	if (memory_check_incident(m, incident, err) < 0)
		return -1;
	made.filing.id = filing->id = memory_next_id(m, MEMORY_FILING);
	memory_insert(m, MEMORY_FILING, &made);
	return 0;
}

int memory_filing_replace(struct store *store, int64_t id, struct error *err)
{
	struct memory_store *m = memory_of(store);
	const struct memory_filing *old = memory_row(m, MEMORY_FILING, id);
	struct memory_filing made;

	if (memory_check_change(m, err) < 0)
		return -1;
	if (old == NULL)
		return error_set(err, ERROR_NOT_FOUND, "no filing %lld", (long long)id);
	made = *old;
	made.filing.replaced = true;
	memory_replace(m, MEMORY_FILING, id, &made);
	return 0;
}

int memory_waiver_insert(struct store *store, int64_t incident, struct waiver *waiver,
	struct error *err)
{
	struct memory_store *m = memory_of(store);
	struct memory_waiver made = { incident, *waiver };

	if (memory_check_incident(m, incident, err) < 0)
		return -1;
	made.waiver.id = waiver->id = memory_next_id(m, MEMORY_WAIVER);
	memory_insert(m, MEMORY_WAIVER, &made);
	return 0;
}
