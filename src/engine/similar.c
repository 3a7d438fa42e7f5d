/*
 * Which incidents a new one is like (core/likeness.h): a hint for whoever decides what
 * it is, kept with it as it was at the opening. Nothing is merged. Asked once for each
 * incident, and answered by indexes.
 */
#include "config.h"

#include "core/likeness.h"
#include "engine/internal.h"
#include "engine/storm.h"

enum { LIKE_MS = DAY_MS };	/* older ones are no hint */

int similar_find(struct engine *e, struct incident_row *row, struct error *err)
{
	struct incident *in = &row->incident;
	char prefix[LIKENESS_PREFIX_SIZE];
	struct similar_query query = { .entity = in->entity, .source = in->source,
		.drill = in->drill, .since = e->now - LIKE_MS };

	/* A storm is like every other storm. */
	if (in->storm)
		return 0;
	query.likeness = row->likeness = likeness_of(in->entity, in->drill, in->title);
	if (in->key != NULL && likeness_prefix(in->key, prefix))
		query.prefix = prefix;
	return e->store->ops->incident_similar(e->store, &query, in->similar, &in->n_similar,
		err);
}
