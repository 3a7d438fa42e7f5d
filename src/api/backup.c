/*
 * A backup of the store, as a file that goes to whoever asked. That it was taken is a
 * line of the journal before it begins, so the copy has it too. An Idempotency-Key
 * plays no part: asked again, it is another copy.
 */
#include "config.h"

#include "api/call.h"

static void on_copy(void *arg, int fd, int64_t size, const struct error *err)
{
	struct call *call = arg;

	if (fd < 0)
		answer_error(call, err);
	else
		answer_file(call, "application/vnd.sqlite3", fd, size);
}

static void on_record(struct call *call)
{
	if (call->command.error.code != ERROR_NONE)
		answer_error(call, &call->command.error);
	else
		loop_backup(call->api->loop, on_copy, call);
}

void backup_post(struct call *call)
{
	struct command *c = &call->command;
	struct error err;

	/* It has the incidents of all entities. */
	if (call->caller.n_entities > 0) {
		error_set(&err, ERROR_FORBIDDEN,
			"a backup is not for a token limited to some entities");
		answer_error(call, &err);
		return;
	}
	c->kind = COMMAND_BACKUP;
	call->finish = on_record;
	call->unkeyed = true;
	call_submit(call);
}
