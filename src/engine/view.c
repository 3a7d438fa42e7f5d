/* JSON forms of clocks in lists and of deliveries: see view.h. */
#include "config.h"

#include "core/document.h"
#include "engine/internal.h"
#include "engine/view.h"

json_t *view_clock(const struct clock_row *row, int64_t now)
{
	json_t *document = document_clock(&row->clock, now);

	json_set_int(document, "incident", row->clock.incident);
	json_set_text(document, "entity", row->entity);
	json_set_text(document, "title", row->title);
	json_set_text(document, "severity", severity_name(row->severity));
	json_set_true(document, "drill", row->drill);
	return document;
}

json_t *view_delivery(const struct engine *e, const struct delivery_row *row)
{
	json_t *document = json_object(), *attempts = json_array();
	char id[DELIVERY_ID_SIZE];
	size_t i;

	engine_delivery_id(e, row->id, id);
	json_set_text(document, "id", id);
	json_set_int(document, "incident", row->incident);
	json_set_text(document, "regime", row->regime);
	json_set_text(document, "stage", row->stage);
	json_set_text(document, "kind", row->kind);
	json_set_text(document, "step", row->step);
	json_set_int(document, "repeat", row->repeat);
	json_set_text(document, "channel", row->channel);
	json_set_text(document, "recipient", row->recipient);
	json_set_text(document, "state", delivery_state_name(row->state));
	json_set_time(document, "created_at", row->created_at);
	json_set_time(document, "next_at", row->next_at);
	for (i = 0; i < row->n_list; i++) {
		json_t *attempt = json_object();

		json_set_time(attempt, "at", row->list[i].at);
		/* An attempt in flight has no outcome yet, and so no key. */
		if (row->list[i].outcome != ATTEMPT_UNKNOWN)
			json_set_text(attempt, "outcome",
				attempt_outcome_name(row->list[i].outcome));
		json_set_text(attempt, "detail", row->list[i].detail);
		json_array_append_new(attempts, attempt);
	}
	json_object_set_new(document, "attempts", attempts);
	return document;
}

json_t *view_incident(const struct engine *e, int64_t id, struct error *err)
{
	struct arena *arena = arena_new();
	struct incident_row row;
	struct clock_row *rows;
	json_t *document = NULL;
	struct clock *clocks;
	size_t n, i;

	if (e->store->ops->incident_load(e->store, id, arena, &row, err) == 0 &&
	    e->store->ops->clock_of(e->store, id, arena, &rows, &n, err) == 0) {
		clocks = arena_array(arena, n, sizeof(*clocks));
		for (i = 0; i < n; i++)
			clocks[i] = rows[i].clock;
		document = document_incident(&row.incident, row.state, clocks, n, engine_now(e));
	}
	arena_free(arena);
	return document;
}
