/*
 * Copying the store: a step of a megabyte, then a pause in which turns run. The copy is
 * beside the store while it is made, and must leave the disk its floor.
 */
#include "config.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/alloc.h"
#include "engine/backup.h"

enum { PAUSE_US = 5000 };

struct backup {
	struct store *store;
	struct event *timer;
	struct store_backup *copy;	/* NULL: none is under way */
	loop_backup_fn *fn;
	void *arg;
};

static void set_timer(const struct backup *b)
{
	const struct timeval pause = { 0, PAUSE_US };

	evtimer_add(b->timer, &pause);
}

static void conclude(struct backup *b, int fd, int64_t size, const struct error *err)
{
	loop_backup_fn *fn = b->fn;

	b->store->ops->backup_end(b->store, b->copy);
	b->copy = NULL;
	b->fn = NULL;
	fn(b->arg, fd, size, err);
}

static void finish(struct backup *b)
{
	struct error err;
	struct stat st;
	int fd;

	if (b->store->ops->backup_finish(b->store, b->copy, &fd, &err) < 0) {
		conclude(b, -1, 0, &err);
	} else if (fstat(fd, &st) < 0) {
		close(fd);
		error_set(&err, ERROR_IO, "the copy of the store: %m");
		conclude(b, -1, 0, &err);
	} else {
		conclude(b, fd, (int64_t)st.st_size, NULL);
	}
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct backup *b = arg;
	struct error err;
	bool more;

	(void)fd;
	(void)what;
	/* What the clocks need goes before. */
	if (b->store->ops->below_floor(b->store)) {
		error_set(&err, ERROR_FULL, "the disk has no room for a copy above its floor");
		conclude(b, -1, 0, &err);
	} else if (b->store->ops->backup_step(b->store, b->copy, &more, &err) < 0) {
		conclude(b, -1, 0, &err);
	} else if (more) {
		set_timer(b);
	} else {
		finish(b);
	}
}

struct backup *backup_new(struct event_base *base, struct store *store)
{
	struct backup *b = xcalloc(1, sizeof(*b));

	b->store = store;
	b->timer = evtimer_new(base, on_timer, b);
	return b;
}

void backup_free(struct backup *b)
{
	if (b == NULL)
		return;
	b->store->ops->backup_end(b->store, b->copy);
	event_free(b->timer);
	free(b);
}

void backup_stop(struct backup *b)
{
	struct error err;

	if (b->copy == NULL)
		return;
	evtimer_del(b->timer);
	error_set(&err, ERROR_BUSY, "the daemon stops");
	conclude(b, -1, 0, &err);
}

void backup_start(struct backup *b, loop_backup_fn *fn, void *arg)
{
	struct error err;

	if (b->copy != NULL) {
		error_set(&err, ERROR_BUSY, "a backup is under way");
		fn(arg, -1, 0, &err);
		return;
	}
	if (b->store->ops->backup_begin(b->store, &b->copy, &err) < 0) {
		fn(arg, -1, 0, &err);
		return;
	}
	b->fn = fn;
	b->arg = arg;
	set_timer(b);
}
