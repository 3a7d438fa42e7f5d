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

struct memo {
	struct incident facts;		/* of the incident that was folded */
	struct entity_rules rules;
	const struct clock *clocks;
	size_t n;
	enum incident_state state;
	struct buf *changes;
	size_t n_changes;
	struct buf *document;		/* the clocks in answers; NULL: nobody has asked yet */
};

static struct memo *fold(struct engine *e, const struct incident *in,
	const struct entity_rules *rules, struct error *err)
{
	struct folded changed = { .changes = buf_in_arena(e->arena, CHANGES_SIZE) };
	struct memo *memo = arena_alloc(e->arena, sizeof(*memo));
	struct clock *clocks;
	size_t i;

	*memo = (struct memo){ .facts = *in, .rules = *rules };
	if (incident_fold(in, rules, e->arena, &clocks, &memo->n, &memo->state, err) < 0)
		return NULL;
	out_array(changed.changes, NULL);
	for (i = 0; i < memo->n; i++)
		fold_add_change(&changed, &clocks[i], NULL);
	out_end_array(changed.changes);
	memo->clocks = clocks;
	memo->changes = changed.changes;
	memo->n_changes = changed.n_changes;
	return memo;
}

static bool has(const struct memo *memo, const struct incident *in,
	const struct entity_rules *rules)
{
	return memo != NULL && rules_are_same(&memo->rules, rules) &&
		incident_is_alike(&memo->facts, in);
}

int memo_fold(struct engine *e, const struct incident *in, const struct entity_rules *rules,
	struct folded *ret, struct error *err)
{
	struct memo *memo = e->memo;
	size_t i;

	if (!has(memo, in, rules)) {
		memo = fold(e, in, rules, err);
		if (memo == NULL)
			return -1;
		e->memo = rules->book == &e->conf->book ? memo : NULL;
	}
	ret->memo = memo;
	ret->changes = memo->changes;
	ret->n_changes = memo->n_changes;
	ret->state = memo->state;
	ret->n = memo->n;
	ret->clocks = arena_array(e->arena, ret->n, sizeof(*ret->clocks));
	for (i = 0; i < ret->n; i++) {
		ret->clocks[i].clock = memo->clocks[i];
		ret->clocks[i].clock.incident = in->id;
		fold_begin_progress(&ret->clocks[i]);
	}
	return 0;
}

const struct buf *memo_clocks(const struct engine *e, struct memo *memo)
{
	if (memo->document == NULL) {
		memo->document = buf_in_arena(e->arena, CHANGES_SIZE);
		document_put_clocks(memo->document, NULL, memo->clocks, memo->n, e->now);
	}
	return memo->document;
}
