/*
 * The threads that messages about an incident belong to, at channels that have any:
 * what this process has learned of them. The daemon remembers them for longer; here
 * are those of notices that it had handed over before it could know.
 */
#ifndef TOCSIN_COURIER_THREAD_H
#define TOCSIN_COURIER_THREAD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

enum { THREADS_MAX = 4096 };	/* the ones learned longest ago are forgotten */

struct thread;
struct thread_list {
	TAILQ_HEAD(thread_queue, thread) head;	/* learned last: first */
	size_t n;
};

void thread_list_init(struct thread_list *list);
void thread_list_release(struct thread_list *list);
/* NULL: none; valid until the next change. */
const char *thread_find(const struct thread_list *list, const char *channel, int64_t incident);
void thread_learn(struct thread_list *list, const char *channel, int64_t incident,
	const char *handle);

#endif
