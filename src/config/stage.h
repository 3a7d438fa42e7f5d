/*
 * Stages in data files: the options of their groups, to be put behind the schema of
 * a file (`more`), and their reader.
 */
#ifndef TOCSIN_CONFIG_STAGE_H
#define TOCSIN_CONFIG_STAGE_H

#include "config/reader.h"

enum { STAGES_MAX = 64 };

/* The groups stage, relief, rule and limb. */
extern const struct schema stage_schema;

void stage_read(const struct group *g, struct stage *stage);

/* One key; absent or refused: *ret stays as it is. */
void anchor_read(const struct group *g, const char *key, struct anchor *ret);
void period_read(const struct group *g, const char *key, struct period *ret);

#endif
