/* What formats.c reads and formats_check.c holds against it: mistakes that would make a
 * mapping match nothing are told at the start, with their line. */
#ifndef TOCSIN_CONFIG_FORMATS_H
#define TOCSIN_CONFIG_FORMATS_H

#include "config/data.h"

/* ingest/scan.h takes 64 paths of 255 segments in all. */
enum { FORMAT_PATHS_MAX = 64, FORMAT_SEGMENTS_MAX = 255, FORMAT_PICK_MAX = 16,
	FORMAT_LEVELS_MAX = 4 };

/* One path as it stands at a key; element i if that is an array. */
void format_check_path(const struct group *g, const struct conf_format *format,
	const char *key, size_t i, const char *path);
/* The paths of a key: each by itself, and none twice. */
void format_check_pick(const struct group *g, const struct conf_format *format,
	const char *key, const struct conf_pick *pick);
void format_check_each(const struct group *g, const struct conf_format *format);
void format_check_severities(const struct group *g, const struct conf_format *format);
/* Letters of a time, or why they are none. */
void format_check_time(const struct group *g, const char *key, const char *letters);
/* How many paths and segments it has in all. */
void format_check_size(const struct group *g, const struct conf_format *format);

#endif
