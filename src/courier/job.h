/* One send that the daemon asked for: from its line to its result. */
#ifndef TOCSIN_COURIER_JOB_H
#define TOCSIN_COURIER_JOB_H

#include <stdint.h>
#include <sys/queue.h>

#include "base/error.h"
#include "base/json.h"
#include "courier/channel.h"
#include "courier/notice.h"

struct job {
	TAILQ_ENTRY(job) entry;
	json_t *message;		/* all texts below are its own */
	char *line;			/* or those of this line, and message is NULL */
	struct json_parts parts;	/* of the line's notice */
	const char *id;			/* [A-Za-z0-9_-]{1,64}: it stands in headers */
	int64_t attempt;
	const char *channel_name;
	const char *recipient;		/* NULL: none */
	const char *reply_to;		/* a URL that came with a press; NULL: none */
	const char *thread;		/* a handle of an earlier result, NULL: none */
	struct notice notice;
	struct channel *channel;	/* NULL: not ours */
};
TAILQ_HEAD(job_list, job);

/* From {"op":"send",...}; takes a reference. NULL with *err when it is not one. */
struct job *job_new(json_t *message, struct channel_set *channels, struct error *err);
/* From the line itself, for a webhook that is told of a step: most sends are, and nothing
 * in their notices needs more than to be passed on. NULL: another kind of message, to be
 * read by job_new. */
struct job *job_new_plain(const char *line, size_t len, struct channel_set *channels);
void job_free(struct job *job);

#endif
