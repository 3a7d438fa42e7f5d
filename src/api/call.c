/* Calls and commands: see call.h. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "api/call.h"
#include "api/request.h"
#include "base/alloc.h"

struct call *call_new(struct api *api, struct http_request *req)
{
	struct call *call = xcalloc(1, sizeof(*call));

	call->api = api;
	call->req = req;
	call->arena = api->n_spare > 0 ? api->spare[--api->n_spare] : arena_new();
	buf_init(&call->inflated, 0);
	return call;
}

void call_free(struct call *call)
{
	if (call->document != NULL)
		json_decref(call->document);
	call->api->inflated -= (int64_t)call->inflated.len;
	buf_release(&call->inflated);
	if (call->api->n_spare < SPARE_ARENAS) {
		arena_shrink(call->arena);
		call->api->spare[call->api->n_spare++] = call->arena;
	} else {
		arena_free(call->arena);
	}
	free(call);
}

struct engine *call_engine(const struct call *call)
{
	return loop_engine(call->api->loop);
}

struct store *call_store(const struct call *call)
{
	return engine_store(call_engine(call));
}

int call_read(struct call *call, struct error *err)
{
	size_t len;
	const char *body = http_request_body(call->req, &len);

	if (len == 0)
		return error_set(err, ERROR_INVALID, "a JSON object is needed as the body");
	call->document = json_read(body, len, err);
	if (call->document == NULL)
		return -1;
	if (!json_is_object(call->document))
		return error_set(err, ERROR_INVALID, "the body must be a JSON object");
	return 0;
}

int call_incident(struct call *call, struct incident_row *ret, struct error *err)
{
	struct store *store = call_store(call);

	if (store->ops->incident_load(store, call->match.id, call->arena, ret, err) < 0)
		return -1;
	return auth_sees(&call->caller, ret->incident.entity) ? 0 :
		error_set(err, ERROR_NOT_FOUND, "no such incident");
}

/* After the commit: only now is it on disk, so only now is it answered. */
static void command_done(struct command *command, void *arg)
{
	struct call *call = arg;

	if (call->finish != NULL)
		call->finish(call);
	else if (command->error.code != ERROR_NONE)
		answer_error(call, &command->error);
	else
		answer_text(call, command->preview ? 200 : command->status, call->answer_type != NULL ?
			call->answer_type : "application/json", command->answer,
			strlen(command->answer));
}

void call_submit(struct call *call)
{
	struct command *c = &call->command;
	size_t len;
	const char *body = http_request_body(call->req, &len);
	const char *path = http_request_path(call->req);

	/* An answer that was kept is not given as something else. */
	if (call->answer_type != NULL)
		path = arena_printf(call->arena, "%s\n%s", path, call->answer_type);
	c->actor = call->caller.actor;
	c->entities = call->caller.entities;
	c->n_entities = call->caller.n_entities;
	c->incident = call->match.id;
	c->arena = call->arena;
	c->idempotency_key = http_request_header(call->req, "Idempotency-Key");
	if (call->key != NULL) {
		/* It stands for all that counts of the request. */
		c->idempotency_key = call->key;
		body = call->key;
		len = strlen(call->key);
	}
	if (call->unkeyed)
		c->idempotency_key = NULL;
	if (c->idempotency_key != NULL)
		request_digest(http_request_method(call->req), path, body, len, c->digest);
	c->done = command_done;
	c->arg = call;
	loop_submit(call->api->loop, c);
}
