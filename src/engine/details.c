/*
 * What people know of an incident for its reports. It is kept as one document for each
 * incident, beside the facts that clocks run by: no clock is folded for it. What it was
 * before stays in the journal.
 */
#include "config.h"

#include <string.h>

#include "core/detail.h"
#include "engine/internal.h"
#include "engine/view.h"

#define META_DETAILS "details/%" PRId64

const char *details_text(const struct engine *e, int64_t incident, struct arena *arena,
	struct error *err)
{
	const char *text = NULL;

	if (e->store->ops->meta_get(e->store, arena_printf(arena, META_DETAILS, incident), arena,
		    &text, err) < 0)
		return NULL;
	return text != NULL ? text : "{}";
}

/* The document with the change in it. */
static int change(struct engine *e, const struct command *c, struct error *err)
{
	const struct command_detail *in = &c->as.detail;
	const char *text = details_text(e, c->incident, e->arena, err);
	json_t *details = text != NULL ? json_read(text, strlen(text), err) : NULL, *made;
	struct buf *out = buf_in_arena(e->arena, 1000);
	int rc;

	if (details == NULL)
		return -1;
	if (in->value == NULL) {
		json_object_del(details, in->name);
	} else {
		made = json_object();
		json_set_text(made, "value", in->value);
		json_set_text(made, "certainty", in->certainty);
		json_set_text(made, "by", in->by);
		json_set_time(made, "at", e->now);
		json_object_set_new(details, in->name, made);
	}
	rc = json_write(out, details);
	json_decref(details);
	if (rc < 0)
		return error_set(err, ERROR_INTERNAL, "details that cannot be written");
	return e->store->ops->meta_put(e->store,
		arena_printf(e->arena, META_DETAILS, c->incident), out->data, err);
}

int command_run_detail(struct engine *e, struct command *c)
{
	const struct command_detail *in = &c->as.detail;
	struct buf *record, *answer = buf_in_arena(c->arena, 4000);
	struct incident_row row;
	struct clock *clocks;
	size_t n;

	if (command_load(e, c, &row, &clocks, &n) < 0 || change(e, c, &c->error) < 0)
		return -1;
	record = command_record(e, c, "detail.recorded", in->by);
	out_text(record, "name", in->name);
	out_text(record, "value", in->value);
	out_text(record, "certainty", in->certainty);
	if (record_append(e, record, c->incident, &c->error) < 0 ||
	    view_incident(answer, e, c->incident, true, c->arena, &c->error) == NULL)
		return -1;
	c->status = 200;
	c->answer = answer->data;
	return 0;
}
