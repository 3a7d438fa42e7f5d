/* A copy of the store, made in the pauses of the loop: see loop_backup(). */
#ifndef TOCSIN_ENGINE_BACKUP_H
#define TOCSIN_ENGINE_BACKUP_H

#include "engine/loop.h"

struct backup;

struct backup *backup_new(struct event_base *base, struct store *store);
void backup_free(struct backup *backup);	/* NULL is allowed */
/* The hearer of one that is under way is told that it has failed. */
void backup_stop(struct backup *backup);
void backup_start(struct backup *backup, loop_backup_fn *fn, void *arg);

#endif
