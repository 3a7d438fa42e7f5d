/* Documents of rows: see packed.h. The order of what there was before schema 9 is that of
 * the migrations that made the first of them. */
#include "config.h"

#include "base/rfc3339.h"
#include "store/packed.h"
#include "store/row.h"

/* ---- clocks ---------------------------------------------------------------- */

enum { UNCONFIRMED = 1, ARGUABLE = 2, ON_REQUEST = 4, REPEATABLE = 8, TARGET = 16, HELD = 32 };

/* Without a name the others say nothing, and are not kept. */
static void pack_proposed(struct buf *out, const struct clock *k)
{
	if (k->proposed.by == NULL)
		return;
	pack_text(out, k->proposed.by);
	pack_text(out, k->proposed.actor);
	pack_int(out, k->proposed.state);
	pack_time(out, k->proposed.due_at);
}

/* before: the clock before it, of which most texts are the same. */
static void pack_clock(struct buf *out, const struct clock_row *row,
	const struct clock *before)
{
	const struct clock *k = &row->clock;

	pack_int(out, k->state);
	pack_time(out, k->due_at);
	pack_time(out, row->next_at);
	pack_time(out, row->progress.fired_at);
	pack_int(out, row->revision);
	pack_text_as(out, k->regime, before->regime);
	pack_text(out, k->stage);
	pack_int(out, (k->unconfirmed ? UNCONFIRMED : 0) | (k->arguable ? ARGUABLE : 0) |
		(k->on_request ? ON_REQUEST : 0) | (k->repeatable ? REPEATABLE : 0) |
		(k->target ? TARGET : 0) | (row->progress.held ? HELD : 0));
	pack_int(out, row->progress.step);
	pack_int(out, row->progress.repeats);
	pack_time(out, k->anchor_at);
	pack_time(out, k->nominal_at);
	pack_time(out, k->latest_at);
	pack_time(out, k->planned_at);
	pack_time(out, k->settled_at);
	pack_text_as(out, k->anchor, before->anchor);
	pack_text_as(out, k->reference, before->reference);
	pack_text_as(out, k->rules, before->rules);
	pack_words_as(out, k->derivation, k->n_derivation, '\n', before->derivation,
		before->n_derivation);
	pack_text(out, k->readings);
	pack_proposed(out, k);
}

void clocks_pack(struct buf *out, const struct clock_row *rows, size_t n)
{
	static const struct clock none;
	size_t i;

	for (i = 0; i < n; i++) {
		size_t begun = pack_begin(out);

		pack_clock(out, &rows[i], i > 0 ? &rows[i - 1].clock : &none);
		pack_end(out, begun);
	}
}

static void unpack_clock(struct unpack *in, struct arena *arena, const struct clock *before,
	struct clock_row *ret)
{
	struct clock *k = &ret->clock;
	int64_t flags;

	k->state = (enum clock_state)unpack_int(in, -1);
	k->due_at = unpack_time(in);
	ret->next_at = unpack_time(in);
	ret->progress.fired_at = unpack_time(in);
	ret->revision = unpack_int(in, 0);
	k->regime = unpack_text_as(in, arena, before->regime);
	k->stage = unpack_text(in, arena);
	flags = unpack_int(in, 0);
	k->unconfirmed = (flags & UNCONFIRMED) != 0;
	k->arguable = (flags & ARGUABLE) != 0;
	k->on_request = (flags & ON_REQUEST) != 0;
	k->repeatable = (flags & REPEATABLE) != 0;
	k->target = (flags & TARGET) != 0;
	ret->progress.held = (flags & HELD) != 0;
	ret->progress.step = (int)unpack_int(in, -1);
	ret->progress.repeats = (int)unpack_int(in, 0);
	k->anchor_at = unpack_time(in);
	k->nominal_at = unpack_time(in);
	k->latest_at = unpack_time(in);
	k->planned_at = unpack_time(in);
	k->settled_at = unpack_time(in);
	k->anchor = unpack_text_as(in, arena, before->anchor);
	k->reference = unpack_text_as(in, arena, before->reference);
	k->rules = unpack_text_as(in, arena, before->rules);
	k->derivation = unpack_words_as(in, arena, '\n', before->derivation,
		before->n_derivation, &k->n_derivation);
	k->readings = unpack_text(in, arena);
	k->proposed.by = unpack_text(in, arena);
	k->proposed.actor = unpack_text(in, arena);
	k->proposed.state = (enum clock_state)unpack_int(in, CLOCK_PENDING);
	k->proposed.due_at = unpack_time(in);
}

/* Is it one that was packed here? */
static bool clock_is_whole(const struct unpack *in, const struct clock *k)
{
	return !in->damaged && k->regime != NULL && k->stage != NULL &&
		(int)k->state >= CLOCK_PENDING && k->state <= CLOCK_VOID;
}

int clocks_unpack(struct unpack *in, int64_t incident, size_t most, struct arena *arena,
	struct clock_row **ret, size_t *ret_n)
{
	static const struct clock none;
	struct clock_row *rows = NULL;
	struct unpack part;
	size_t n = 0;

	while (n < most && unpack_part(in, &part)) {
		rows = arena_grow(arena, rows, n, sizeof(*rows));
		rows[n] = (struct clock_row){ .clock.incident = incident };
		unpack_clock(&part, arena, n > 0 ? &rows[n - 1].clock : &none, &rows[n]);
		if (!clock_is_whole(&part, &rows[n].clock))
			return -1;
		n++;
	}
	*ret = rows;
	*ret_n = n;
	return in->damaged || n == 0 ? -1 : 0;
}

bool clocks_skim(struct unpack *in, int64_t *ret_next_at, int64_t *ret_due_at)
{
	struct unpack part;
	int64_t state, next_at;

	if (!unpack_part(in, &part))
		return false;
	state = unpack_int(&part, -1);
	*ret_due_at = unpack_time(&part);
	next_at = unpack_time(&part);
	*ret_next_at = state == CLOCK_RUNNING ? next_at : TIME_NONE;
	return true;
}

int64_t clocks_next_at(const struct clock_row *rows, size_t n)
{
	int64_t at = TIME_NONE;
	size_t i;

	for (i = 0; i < n; i++)
		if (rows[i].clock.state == CLOCK_RUNNING && rows[i].next_at != TIME_NONE &&
		    (at == TIME_NONE || rows[i].next_at < at))
			at = rows[i].next_at;
	return at;
}

/* ---- events ---------------------------------------------------------------- */

void events_pack(struct buf *out, const struct incident_event *events, size_t n)
{
	static const struct incident_event none;
	size_t i;

	for (i = 0; i < n; i++) {
		const struct incident_event *e = &events[i], *before = i > 0 ? e - 1 : &none;
		size_t begun = pack_begin(out);

		pack_text(out, e->type);
		pack_int(out, e->at);
		pack_time(out, e->due_at);
		pack_text_as(out, e->regime, before->regime);
		pack_text_as(out, e->by, before->by);
		pack_text_as(out, e->basis, before->basis);
		pack_int(out, e->recorded_at);
		pack_int(out, e->replaced);
		pack_end(out, begun);
	}
}

int events_unpack(struct unpack *in, struct arena *arena, struct incident_event **ret,
	size_t *ret_n)
{
	static const struct incident_event none;
	struct incident_event *events = NULL;
	struct unpack part;
	size_t n = 0;

	while (unpack_part(in, &part)) {
		const struct incident_event *before;
		struct incident_event *e;

		events = arena_grow(arena, events, n, sizeof(*events));
		before = n > 0 ? &events[n - 1] : &none;
		e = &events[n++];
		*e = (struct incident_event){ .id = (int64_t)n };
		e->type = unpack_text(&part, arena);
		e->at = unpack_int(&part, 0);
		e->due_at = unpack_time(&part);
		e->regime = unpack_text_as(&part, arena, before->regime);
		e->by = unpack_text_as(&part, arena, before->by);
		e->basis = unpack_text_as(&part, arena, before->basis);
		e->recorded_at = unpack_int(&part, 0);
		e->replaced = unpack_int(&part, 0) != 0;
		if (part.damaged || e->type == NULL || e->by == NULL)
			return -1;
	}
	*ret = events;
	*ret_n = n;
	return in->damaged ? -1 : 0;
}

/* ---- incidents ------------------------------------------------------------- */

void incident_pack(struct buf *out, const struct incident *i)
{
	char similar[SIMILAR_TEXT_SIZE];

	pack_text(out, i->title);
	pack_int(out, i->severity);
	pack_words(out, i->regimes, i->n_regimes, ' ');
	pack_words(out, i->traits, i->n_traits, ' ');
	pack_text(out, i->country);
	pack_text(out, i->timezone);
	pack_text(out, i->description);
	pack_text(out, similar_format(i, similar));
	pack_int(out, i->drill_scale);
	pack_time(out, i->dismissed_at);
	pack_text(out, i->dismissed_by);
	pack_text(out, i->dismissed_basis);
}

int incident_unpack_head(struct unpack *in, struct arena *arena, const char **ret_title,
	enum severity *ret_severity)
{
	int64_t severity;

	*ret_title = unpack_text(in, arena);
	severity = unpack_int(in, -1);
	*ret_severity = (enum severity)severity;
	return in->damaged || *ret_title == NULL || severity < SEVERITY_UNKNOWN ||
		severity > SEVERITY_CRITICAL ? -1 : 0;
}

int incident_unpack(struct unpack *in, struct arena *arena, struct incident *ret)
{
	if (incident_unpack_head(in, arena, &ret->title, &ret->severity) < 0)
		return -1;
	ret->regimes = unpack_words(in, arena, ' ', &ret->n_regimes);
	ret->traits = unpack_words(in, arena, ' ', &ret->n_traits);
	ret->country = unpack_text(in, arena);
	ret->timezone = unpack_text(in, arena);
	ret->description = unpack_text(in, arena);
	similar_parse(unpack_text(in, arena), ret);
	ret->drill_scale = unpack_int(in, 0);
	ret->dismissed_at = unpack_time(in);
	ret->dismissed_by = unpack_text(in, arena);
	ret->dismissed_basis = unpack_text(in, arena);
	return in->damaged ? -1 : 0;
}
