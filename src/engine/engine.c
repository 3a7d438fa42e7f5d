/* The engine itself: what it has, and what comes in to wait for its turn. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/text.h"
#include "engine/internal.h"
#include "engine/storm.h"

struct engine *engine_new(struct store *store, const struct conf *conf,
	const struct engine_host *host, struct error *err)
{
	struct engine *e = xcalloc(1, sizeof(*e));
	const char *id = NULL;

	e->store = store;
	e->conf = conf;
	e->host = *host;
	e->arena = arena_new();
	e->last = &e->first;
	e->last_report = &e->reports;
	e->last_outgoing = &e->outgoing;
	e->last_flight = &e->flights;
	e->now = host->now(host->arg);
	e->last_turn_at = e->started_at = e->now;
	e->alarm_full_at = TIME_NONE;
	e->watch.told = CLOCK_SYNC_YES;
	e->watch.bad_since = TIME_NONE;
	e->ping_at = TIME_NONE;
	if (store->ops->meta_get(store, META_STORE_ID, e->arena, &id, err) < 0)
		goto fail;
	if (id == NULL || !text_copy(e->store_id, sizeof(e->store_id), id)) {
		error_set(err, ERROR_INTERNAL, "the store has no id");
		goto fail;
	}
	return e;
fail:
	engine_free(e);
	return NULL;
}

void engine_free(struct engine *e)
{
	if (e == NULL)
		return;
	outbox_drop(e);
	report_forget_all(e);
	while (e->flights != NULL) {
		struct flight *next = e->flights->next;

		flight_free(e->flights);
		e->flights = next;
	}
	pace_free(e);
	sources_free(e);
	counts_free(&e->counts);
	limit_free(e);
	rules_forget(e);
	explicit_bzero(e->link_key, sizeof(e->link_key));
	arena_free(e->arena);
	free(e);
}

/* ---- accessors ------------------------------------------------------------------ */

struct store *engine_store(const struct engine *e)
{
	return e->store;
}

const char *engine_store_id(const struct engine *e)
{
	return e->store_id;
}

const struct conf *engine_conf(const struct engine *e)
{
	return e->conf;
}

int64_t engine_now(const struct engine *e)
{
	return e->host.now(e->host.arg);
}

int64_t engine_last_turn_at(const struct engine *e)
{
	return e->last_turn_at;
}

int engine_in_flight(const struct engine *e)
{
	return e->in_flight;
}

void engine_delivery_id(const struct engine *e, int64_t n, char out[DELIVERY_ID_SIZE])
{
	snprintf(out, DELIVERY_ID_SIZE, "dlv_%s_%" PRId64, e->store_id, n);
}

int64_t engine_delivery_number(const struct engine *e, const char *id)
{
	size_t len = strlen(e->store_id);
	int64_t n;

	if (!text_starts(id, "dlv_") || strncmp(id + 4, e->store_id, len) != 0 ||
	    id[4 + len] != '_' || text_int64(id + 5 + len, 1, INT64_MAX, &n) < 0)
		return 0;
	return n;
}

/* ---- work comes in ---------------------------------------------------------------- */

void engine_submit(struct engine *e, struct command *c)
{
	c->next = NULL;
	*e->last = c;
	e->last = &c->next;
}

/* The first word counts: a courier that answers and dies in one turn of the loop, or
 * answers twice, must not have its delivery sent again. */
static struct report *report_new(struct engine *e, struct flight *f,
	enum attempt_outcome outcome, const char *detail)
{
	struct report *r;

	if (f == NULL || f->heard)
		return NULL;
	f->heard = true;
	r = xcalloc(1, sizeof(*r));
	r->delivery = f->delivery;
	r->attempt = f->attempt;
	r->outcome = outcome;
	r->detail = xstrdup(detail != NULL ? detail : "");
	*e->last_report = r;
	e->last_report = &r->next;
	return r;
}

void engine_outcome(struct engine *e, int64_t delivery, int attempt,
	enum attempt_outcome outcome, const char *detail, int64_t retry_after_ms,
	const char *handle)
{
	struct report *r = report_new(e, flight_find(e, delivery, attempt), outcome, detail);

	if (r == NULL)
		return;
	r->retry_after_ms = retry_after_ms;
	if (handle != NULL && handle[0] != '\0' && strlen(handle) <= HANDLE_MAX)
		r->handle = xstrdup(handle);
}

int engine_generation(const struct engine *e)
{
	return e->generation;
}

void engine_courier_lost(struct engine *e, const char *transport, int generation)
{
	struct flight *f;

	for (f = e->flights; f != NULL; f = f->next) {
		struct report *r = NULL;

		if (f->generation == generation && strcmp(f->transport, transport) == 0)
			r = report_new(e, f, ATTEMPT_AMBIGUOUS,
				"the courier ended before it answered");
		if (r != NULL)
			r->ours = true;
	}
}

bool engine_has_work(const struct engine *e)
{
	return e->first != NULL || e->reports != NULL;
}
