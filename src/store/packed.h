/*
 * What rows of the store on SQLite keep packed (pack.h): the clocks of an incident in
 * one document, its events in another, and in a third what no query asks of itself.
 * Values are only ever added at the end of each, so that older ones can be read.
 */
#ifndef TOCSIN_STORE_PACKED_H
#define TOCSIN_STORE_PACKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "store/pack.h"
#include "store/store.h"

void clocks_pack(struct buf *out, const struct clock_row *rows, size_t n);
/* Those in the first most places. -1: it is damaged. */
int clocks_unpack(struct unpack *in, int64_t incident, size_t most, struct arena *arena,
	struct clock_row **ret, size_t *ret_n);
/* When the next of them, one after the other, is to be looked at; TIME_NONE: it does not
 * run. Copies nothing. False: there are no more. */
bool clocks_skim(struct unpack *in, int64_t *ret_next_at, int64_t *ret_due_at);
/* The earliest of all; TIME_NONE. */
int64_t clocks_next_at(const struct clock_row *rows, size_t n);

/* The id of an event is its place, counted from 1. */
void events_pack(struct buf *out, const struct incident_event *events, size_t n);
int events_unpack(struct unpack *in, struct arena *arena, struct incident_event **ret,
	size_t *ret_n);

void incident_pack(struct buf *out, const struct incident *incident);
int incident_unpack(struct unpack *in, struct arena *arena, struct incident *ret);
/* The first of these values, for lists of clocks. */
int incident_unpack_head(struct unpack *in, struct arena *arena, const char **ret_title,
	enum severity *ret_severity);

#endif
