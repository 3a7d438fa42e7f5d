/*
 * Do two incidents have the same clocks? Asked without folding them: alerts come in
 * crowds, and all those of one moment fold alike.
 *
 * It says no rather than maybe: an incident of which anything but events is recorded, a
 * drill, and any difference in what the fold reads make it another one. What is left out
 * is what no clock depends on: numbers, words, who said so, where it came from, severity.
 * Whoever lets the fold read more adds it here too; a test knows every member.
 */
#ifndef TOCSIN_CORE_ALIKE_H
#define TOCSIN_CORE_ALIKE_H

#include "core/incident.h"

/* By the clocks alone; clock.incident is each one's own. */
bool incident_is_alike(const struct incident *a, const struct incident *b);
/* The same rules, not equal ones: what they point to is compared by its address. */
bool rules_are_same(const struct entity_rules *a, const struct entity_rules *b);

#endif
