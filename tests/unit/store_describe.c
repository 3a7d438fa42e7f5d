/*
 * All that a store knows of incidents and clocks as text, asked through store.h: what a
 * migration must leave as it was. Ids of events say nothing outside of a store, and are
 * left out.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "store_describe.h"
#include "store_suite.h"

struct description {
	struct store *s;
	struct arena *arena;
	struct buf *out;
};

static void put_text(struct buf *out, const char *name, const char *text)
{
	if (text != NULL)
		buf_addf(out, " %s=\"%s\"", name, text);
}

static void put_int(struct buf *out, const char *name, int64_t value)
{
	if (value == TIME_NONE)
		buf_addf(out, " %s=none", name);
	else
		buf_addf(out, " %s=%lld", name, (long long)value);
}

static void put_words(struct buf *out, const char *name, const char **words, size_t n)
{
	size_t i;

	buf_addf(out, " %s[%zu]=(", name, n);
	for (i = 0; i < n; i++)
		buf_addf(out, "%s<%s>", i > 0 ? " " : "", words[i]);
	buf_addf(out, ")");
}

/* ---- clocks ---------------------------------------------------------------- */

static void put_clock(struct buf *out, const struct clock_row *row)
{
	const struct clock *k = &row->clock;

	buf_addf(out, "%lld %s %s state=%d flags=%d%d%d%d%d%d step=%d repeats=%d",
		(long long)k->incident, k->regime, k->stage, (int)k->state, k->unconfirmed,
		k->arguable, k->on_request, k->repeatable, k->target, row->progress.held,
		row->progress.step, row->progress.repeats);
	put_int(out, "fired", row->progress.fired_at);
	put_int(out, "next", row->next_at);
	put_int(out, "revision", row->revision);
	put_int(out, "anchor", k->anchor_at);
	put_int(out, "due", k->due_at);
	put_int(out, "nominal", k->nominal_at);
	put_int(out, "latest", k->latest_at);
	put_int(out, "planned", k->planned_at);
	put_int(out, "settled", k->settled_at);
	put_text(out, "anchor", k->anchor);
	put_text(out, "reference", k->reference);
	put_text(out, "rules", k->rules);
	put_words(out, "derivation", k->derivation, k->n_derivation);
	put_text(out, "readings", k->readings);
	put_text(out, "by", k->proposed.by);
	put_text(out, "actor", k->proposed.actor);
	buf_addf(out, " proposed=%d", (int)k->proposed.state);
	put_int(out, "proposed_due", k->proposed.due_at);
	put_text(out, "entity", row->entity);
	put_text(out, "title", row->title);
	buf_addf(out, " severity=%d drill=%d\n", (int)row->severity, row->drill);
}

static int put_listed(void *arg, const struct clock_row *row, int64_t rowid)
{
	struct description *d = arg;

	buf_addf(d->out, "listed %lld: ", (long long)rowid);
	put_clock(d->out, row);
	return 0;
}

static void put_clocks(struct description *d)
{
	static const struct clock_filter all = { .before_at = TIME_NONE, .after_at = TIME_NONE },
		unsettled = { .unsettled = true, .before_at = TIME_NONE, .after_at = TIME_NONE };
	struct clock_row *rows;
	size_t n, i;
	int64_t at;
	int count;

	OK(d->s->ops->clock_list(d->s, &all, put_listed, d, &err));
	OK(d->s->ops->clock_count(d->s, &all, &count, &err));
	buf_addf(d->out, "clocks=%d", count);
	OK(d->s->ops->clock_count(d->s, &unsettled, &count, &err));
	buf_addf(d->out, " unsettled=%d", count);
	OK(d->s->ops->clock_next(d->s, &at, &err));
	put_int(d->out, "next", at);
	OK(d->s->ops->clock_due(d->s, INT64_MAX, 0, d->arena, &rows, &n, &err));
	buf_addf(d->out, "\n");
	for (i = 0; i < n; i++) {
		buf_addf(d->out, "due ");
		put_clock(d->out, &rows[i]);
	}
}

/* ---- incidents ------------------------------------------------------------- */

static void put_records(struct buf *out, const struct incident *in)
{
	size_t i;

	for (i = 0; i < in->n_events; i++) {
		const struct incident_event *e = &in->events[i];

		buf_addf(out, "  event %s by=\"%s\" replaced=%d", e->type, e->by, e->replaced);
		put_int(out, "at", e->at);
		put_int(out, "due", e->due_at);
		put_text(out, "regime", e->regime);
		put_text(out, "basis", e->basis);
		put_int(out, "recorded", e->recorded_at);
		buf_addf(out, "\n");
	}
	for (i = 0; i < in->n_filings; i++)
		buf_addf(out, "  filing %lld of %s %s by %s\n", (long long)in->filings[i].id,
			in->filings[i].regime, in->filings[i].stage, in->filings[i].by);
	for (i = 0; i < in->n_waivers; i++)
		buf_addf(out, "  waiver %lld of %s %s by %s\n", (long long)in->waivers[i].id,
			in->waivers[i].regime, in->waivers[i].stage, in->waivers[i].by);
}

static void put_ruleset(struct description *d, const char *digest)
{
	struct rule_file_row *files;
	size_t n, i;

	if (digest == NULL)
		return;
	OK(d->s->ops->ruleset_get(d->s, digest, d->arena, &files, &n, &err));
	for (i = 0; i < n; i++)
		buf_addf(d->out, "  rules %s: %s\n", files[i].name, files[i].text);
}

static void put_incident(struct buf *out, const struct incident_row *row)
{
	const struct incident *in = &row->incident;
	size_t i;

	buf_addf(out, "incident %lld of %s: \"%s\" severity=%d drill=%d scale=%lld alerts=%lld"
		" storm=%d state=%d", (long long)in->id, in->entity, in->title,
		(int)in->severity, in->drill, (long long)in->drill_scale, (long long)in->alerts,
		in->storm, (int)row->state);
	put_int(out, "changed", row->changed_at);
	put_int(out, "ends", row->drill_ends_at);
	put_int(out, "opened", in->opened_at);
	put_text(out, "description", in->description);
	put_text(out, "source", in->source);
	put_text(out, "key", in->key);
	put_words(out, "regimes", in->regimes, in->n_regimes);
	put_words(out, "traits", in->traits, in->n_traits);
	put_text(out, "ruleset", in->ruleset);
	put_text(out, "country", in->country);
	put_text(out, "timezone", in->timezone);
	put_int(out, "dismissed", in->dismissed_at);
	put_text(out, "by", in->dismissed_by);
	put_text(out, "basis", in->dismissed_basis);
	buf_addf(out, " similar=(");
	for (i = 0; i < in->n_similar; i++)
		buf_addf(out, " %lld", (long long)in->similar[i]);
	buf_addf(out, " )\n");
}

static void put_questions(struct description *d, const struct incident *in)
{
	const struct similar_query query = { .likeness = 4711, .entity = in->entity,
		.source = "nobody", .drill = in->drill, .prefix = in->key, .since = INT64_MIN };
	int64_t similar[SIMILAR_MAX];
	struct incident_row row;
	size_t n, i;
	int live;

	OK(d->s->ops->incident_similar(d->s, &query, similar, &n, &err));
	buf_addf(d->out, "  like it:");
	for (i = 0; i < n; i++)
		buf_addf(d->out, " %lld", (long long)similar[i]);
	if (in->source != NULL && in->key != NULL) {
		OK(d->s->ops->incident_by_key(d->s, in->source, in->key, d->arena, &row, &err));
		OK(d->s->ops->incident_count_live(d->s, in->source, 100, &live, &err));
		buf_addf(d->out, "; by its key %lld; limited and live %d",
			(long long)row.incident.id, live);
	}
	buf_addf(d->out, "\n");
}

static void put_storm(struct description *d, int64_t incident)
{
	struct storm_row storm;

	OK(d->s->ops->storm_load(d->s, incident, d->arena, &storm, &err));
	buf_addf(d->out, "  storm of %s at %s: %lld alerts\n", storm.source, storm.entity,
		(long long)storm.alerts);
}

static int put_listed_incident(void *arg, const struct incident_row *listed)
{
	struct description *d = arg;
	struct incident_row row;
	struct clock_row *clocks;
	size_t n, i;

	put_incident(d->out, listed);
	OK(d->s->ops->incident_load(d->s, listed->incident.id, d->arena, &row, &err));
	put_incident(d->out, &row);
	put_records(d->out, &row.incident);
	put_ruleset(d, row.incident.ruleset);
	put_questions(d, &row.incident);
	if (row.incident.storm)
		put_storm(d, row.incident.id);
	OK(d->s->ops->clock_of(d->s, row.incident.id, d->arena, &clocks, &n, &err));
	for (i = 0; i < n; i++) {
		buf_addf(d->out, "  clock ");
		put_clock(d->out, &clocks[i]);
	}
	return 0;
}

static int count_incident(void *arg, const struct incident_row *row)
{
	buf_addf(arg, " %lld", (long long)row->incident.id);
	return 0;
}

void store_describe(struct store *s, struct arena *arena, struct buf *out)
{
	struct description d = { s, arena, out };
	int64_t id, at;

	OK(s->ops->incident_list(s, &(struct incident_filter){ .all = true },
		put_listed_incident, &d, &err));
	buf_addf(out, "live:");
	OK(s->ops->incident_list(s, &(struct incident_filter){ 0 }, count_incident, out, &err));
	OK(s->ops->incident_drill_next(s, &id, &at, &err));
	buf_addf(out, "\nnext drill to end: %lld", (long long)id);
	put_int(out, "at", at);
	buf_addf(out, "\n");
	put_clocks(&d);
}
