/*
 * The fold of what is just being opened. Alerts come in crowds: those that one turn
 * takes in for one entity, aware since the same instant, have the very same clocks. So
 * the last fold of the turn is kept, with its texts for the journal and the answer, and
 * is taken again where all that a fold reads is the same (core/alike.h); a fold and its
 * texts are a tenth of what an alert costs (measured). It ends with the turn and its
 * arena, and so outlives no configuration.
 *
 * Only the rules in force are compared by their address: the rules of earlier days may
 * make room for others within a turn.
 */
#include "config.h"

#include "core/alike.h"
#include "core/document.h"
#include "engine/internal.h"

/* Most fit; the others grow. */
enum { CHANGES_SIZE = 2000 };

struct fresh {
	struct incident facts;		/* of the incident that was folded */
	struct entity_rules rules;
	const struct clock *clocks;
	size_t n;
	enum incident_state state;
	struct buf *changes;
	size_t n_changes;
	struct buf *document;		/* the clocks in answers; NULL: nobody has asked yet */
};

static struct fresh *fold(struct engine *e, const struct incident *in,
	const struct entity_rules *rules, struct error *err)
{
	struct folded changed = { .changes = buf_in_arena(e->arena, CHANGES_SIZE) };
	struct fresh *fresh = arena_alloc(e->arena, sizeof(*fresh));
	struct clock *clocks;
	size_t i;

	*fresh = (struct fresh){ .facts = *in, .rules = *rules };
	if (incident_fold(in, rules, e->arena, &clocks, &fresh->n, &fresh->state, err) < 0)
		return NULL;
	out_array(changed.changes, NULL);
	for (i = 0; i < fresh->n; i++)
		fold_add_change(&changed, &clocks[i], NULL);
	out_end_array(changed.changes);
	fresh->clocks = clocks;
	fresh->changes = changed.changes;
	fresh->n_changes = changed.n_changes;
	return fresh;
}

static bool has(const struct fresh *fresh, const struct incident *in,
	const struct entity_rules *rules)
{
	return fresh != NULL && rules_are_same(&fresh->rules, rules) &&
		incident_is_alike(&fresh->facts, in);
}

int fresh_fold(struct engine *e, const struct incident *in, const struct entity_rules *rules,
	struct folded *ret, struct error *err)
{
	struct fresh *fresh = e->fresh;
	size_t i;

	if (!has(fresh, in, rules)) {
		fresh = fold(e, in, rules, err);
		if (fresh == NULL)
			return -1;
		e->fresh = rules->book == &e->conf->book ? fresh : NULL;
	}
	ret->fresh = fresh;
	ret->changes = fresh->changes;
	ret->n_changes = fresh->n_changes;
	ret->state = fresh->state;
	ret->n = fresh->n;
	ret->clocks = arena_array(e->arena, ret->n, sizeof(*ret->clocks));
	for (i = 0; i < ret->n; i++) {
		ret->clocks[i].clock = fresh->clocks[i];
		ret->clocks[i].clock.incident = in->id;
		fold_begin_progress(&ret->clocks[i]);
	}
	return 0;
}

const struct buf *fresh_clocks(const struct engine *e, struct fresh *fresh)
{
	if (fresh->document == NULL) {
		fresh->document = buf_in_arena(e->arena, CHANGES_SIZE);
		document_put_clocks(fresh->document, NULL, fresh->clocks, fresh->n, e->now);
	}
	return fresh->document;
}
