/*
 * Two sets of rules by digest and versions: the daemon's, as GET /v1/rules has them,
 * and those on disk. Pure but for the writer.
 */
#ifndef TOCSIN_CLI_RULESETS_H
#define TOCSIN_CLI_RULESETS_H

#include <stdbool.h>

#include "base/json.h"
#include "cli/writer.h"
#include "core/regime.h"

/* {"digest","regimes":[{"name","title","version","digest"}],
 * "countries":[{"country","title","version","digest"}]} */
json_t *ruleset_document(const char *digest, const struct rulebook *book);

bool rulesets_differ(const json_t *daemon, const json_t *disk);

/* Both sides, what differs, and then what has to be done before the newer one can be
 * applied. */
void rulesets_write(struct writer *w, const json_t *daemon, const json_t *disk);

#endif
