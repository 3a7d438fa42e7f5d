/* Threads that were learned: see thread.h. A list, since few incidents are open at a
 * time and the one that is asked for was mostly told of last. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "courier/thread.h"

struct thread {
	TAILQ_ENTRY(thread) entry;
	char *channel, *handle;
	int64_t incident;
};

void thread_list_init(struct thread_list *list)
{
	TAILQ_INIT(&list->head);
	list->n = 0;
}

static void forget(struct thread_list *list, struct thread *thread)
{
	TAILQ_REMOVE(&list->head, thread, entry);
	list->n--;
	free(thread->channel);
	free(thread->handle);
	free(thread);
}

void thread_list_release(struct thread_list *list)
{
	struct thread *thread;

	while ((thread = TAILQ_FIRST(&list->head)) != NULL)
		forget(list, thread);
}

static struct thread *look_up(const struct thread_list *list, const char *channel,
	int64_t incident)
{
	struct thread *thread;

	TAILQ_FOREACH(thread, &list->head, entry)
		if (thread->incident == incident && strcmp(thread->channel, channel) == 0)
			return thread;
	return NULL;
}

const char *thread_find(const struct thread_list *list, const char *channel, int64_t incident)
{
	const struct thread *thread = look_up(list, channel, incident);

	return thread != NULL ? thread->handle : NULL;
}

void thread_learn(struct thread_list *list, const char *channel, int64_t incident,
	const char *handle)
{
	struct thread *thread = look_up(list, channel, incident), *new;

	new = xcalloc(1, sizeof(*new));
	new->channel = xstrdup(channel);
	new->handle = xstrdup(handle);
	new->incident = incident;
	if (thread != NULL)
		forget(list, thread);
	TAILQ_INSERT_HEAD(&list->head, new, entry);
	if (++list->n > THREADS_MAX)
		forget(list, TAILQ_LAST(&list->head, thread_queue));
}
