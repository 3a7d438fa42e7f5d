/* Sends: see job.h. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "courier/job.h"

enum { ID_MAX = 64 };

static bool id_ok(const char *id)
{
	size_t n = id != NULL ? strlen(id) : 0;

	return n > 0 && n <= ID_MAX && strspn(id, "abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == n;
}

struct job *job_new(json_t *message, struct channel_set *channels, struct error *err)
{
	const json_t *notice = json_object_get(message, "notice");
	const json_t *attempt = json_object_get(message, "attempt");
	const json_t *reply = json_object_get(message, "reply");
	const char *op = NULL, *id = NULL, *name = NULL, *recipient = NULL,
		*thread = NULL;
	struct job *job;

	if (json_get_text(message, "op", &op, err) < 0 ||
	    json_get_text(message, "id", &id, err) < 0 ||
	    json_get_text(message, "channel", &name, err) < 0 ||
	    json_get_text(message, "recipient", &recipient, err) < 0 ||
	    json_get_text(message, "thread", &thread, err) < 0)
		return NULL;
	if (!text_equal(op, "send") || !id_ok(id) || name == NULL ||
	    !json_is_integer(attempt) || !json_is_object(notice)) {
		error_set(err, ERROR_INVALID, "not a send");
		return NULL;
	}
	job = xcalloc(1, sizeof(*job));
	job->message = json_incref(message);
	job->id = id;
	job->attempt = json_integer_value(attempt);
	job->channel_name = name;
	job->recipient = recipient;
	job->thread = thread;
	job->reply_to = json_string_value(json_object_get(reply, "to"));
	job->channel = channel_find(channels, name);
	notice_view(notice, &job->notice);
	return job;
}

void job_free(struct job *job)
{
	if (job == NULL)
		return;
	json_decref(job->message);
	free(job);
}
