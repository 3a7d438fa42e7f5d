/*
 * What a country's file says of a regime: its own limbs and stages, and where reports
 * go. See overlays.c.
 */
#ifndef TOCSIN_CONFIG_OVERLAY_H
#define TOCSIN_CONFIG_OVERLAY_H

#include "config/reader.h"

/* The groups overlay, terms, overlay limb, route and route item, and those of stages. */
extern const struct schema overlay_schema;

/* The key `overlays` of a country's file; the regimes have been read. */
void overlays_read(const struct group *root, const struct rulebook *book,
	struct country *country);

#endif
