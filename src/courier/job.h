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
void job_free(struct job *job);

#endif
