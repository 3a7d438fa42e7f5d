/*
 * The text that Prometheus reads (exposition format 0.0.4): one family after the
 * other, each with its help and type, its samples behind it. Pure.
 */
#ifndef TOCSIN_API_PROM_H
#define TOCSIN_API_PROM_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/histogram.h"

#define PROM_TYPE "text/plain; version=0.0.4; charset=utf-8"

struct prom_label {
	const char *name, *value;
};

/* type: "gauge" or "counter". */
void prom_family(struct buf *out, const char *name, const char *type, const char *help);
void prom_int(struct buf *out, const char *name, const struct prom_label *labels, size_t n,
	int64_t value);
/* Milliseconds, written as seconds. */
void prom_seconds(struct buf *out, const char *name, const struct prom_label *labels,
	size_t n, int64_t ms);
/* A whole family of seconds. */
void prom_histogram(struct buf *out, const char *name, const char *help,
	const struct histogram *h);

#endif
