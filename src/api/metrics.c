/*
 * What the daemon has in hand, for Prometheus. A scrape costs the same whatever the
 * store holds: lists are read up to a limit, soonest first, and counts stop at one. What
 * is of a clock is limited to the caller's entities; what is of the daemon is for all.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/call.h"
#include "api/prom.h"
#include "base/clock.h"
#include "base/rfc3339.h"
#include "base/text.h"

enum {
	CLOCKS_READ = 500,	/* of them the least time of each report is taken */
	CLOCKS_NAMED = 100,	/* with the label of their incident */
	FILINGS_NAMED = 100,
	COUNT_MAX = 100000,
	ID_SIZE = 24,
};
#define FILINGS_FOR (30 * (int64_t)DAY_MS)

/* "7", "acme", "nis2", "early-warning", "1": which clock. */
struct clock_labels {
	char id[ID_SIZE];
	struct prom_label list[5];
};

static void labels_of(const struct clock_row *row, struct clock_labels *ret)
{
	snprintf(ret->id, sizeof(ret->id), "%" PRId64, row->clock.incident);
	ret->list[0] = (struct prom_label){ "incident", ret->id };
	ret->list[1] = (struct prom_label){ "entity", row->entity };
	ret->list[2] = (struct prom_label){ "regime", row->clock.regime };
	ret->list[3] = (struct prom_label){ "stage", row->clock.stage };
	ret->list[4] = (struct prom_label){ "drill", row->drill ? "1" : "0" };
}

/* ---- clocks ---------------------------------------------------------------------- */

struct reading {
	struct buf *named, *least;
	struct arena *arena;
	int64_t now;
	int n;
	const char **groups;	/* those that were seen, by their labels */
	size_t n_groups;
};

static bool is_new_group(struct reading *r, const struct clock_row *row)
{
	const char *group = arena_printf(r->arena, "%s %s %s %d", row->entity,
		row->clock.regime, row->clock.stage, row->drill);
	size_t i;

	for (i = 0; i < r->n_groups; i++)
		if (strcmp(r->groups[i], group) == 0)
			return false;
	r->groups = arena_grow(r->arena, r->groups, r->n_groups, sizeof(*r->groups));
	r->groups[r->n_groups++] = group;
	return true;
}

static int take_running(void *arg, const struct clock_row *row, int64_t rowid)
{
	struct reading *r = arg;
	struct clock_labels labels;
	int64_t left = row->clock.due_at - r->now;

	(void)rowid;
	labels_of(row, &labels);
	if (r->n++ < CLOCKS_NAMED)
		prom_seconds(r->named, "tocsin_clock_remaining_seconds", labels.list, 5, left);
	/* Soonest first: the first of a group has the least. */
	if (is_new_group(r, row))
		prom_seconds(r->least, "tocsin_clock_min_remaining_seconds", labels.list + 1, 4,
			left);
	return 0;
}

static int put_running(struct call *call, struct buf *out, int64_t now, struct error *err)
{
	static const enum clock_state running = CLOCK_RUNNING;
	const struct clock_filter filter = { .state = &running, .limit = CLOCKS_READ,
		.entities = call->caller.entities, .n_entities = call->caller.n_entities,
		.before_at = TIME_NONE, .after_at = TIME_NONE };
	struct reading r = { .named = out, .least = buf_in_arena(call->arena, 0),
		.arena = call->arena, .now = now };
	struct store *store = call_store(call);

	prom_family(out, "tocsin_clock_remaining_seconds", "gauge",
		"Time left until a running clock is due, negative when overdue; "
		"the 100 soonest.");
	prom_family(r.least, "tocsin_clock_min_remaining_seconds", "gauge",
		"The least time left of a kind of report, among the 500 clocks due soonest.");
	if (store->ops->clock_list(store, &filter, take_running, &r, err) < 0)
		return -1;
	buf_add(out, r.least->data, r.least->len);
	return 0;
}

static int put_counts(struct call *call, struct buf *out, int64_t now, struct error *err)
{
	static const enum clock_state states[] = { CLOCK_RUNNING, CLOCK_PENDING };
	struct clock_filter filter = { .limit = COUNT_MAX,
		.entities = call->caller.entities, .n_entities = call->caller.n_entities,
		.before_at = TIME_NONE, .after_at = TIME_NONE };
	struct store *store = call_store(call);
	size_t i;
	int n;

	prom_family(out, "tocsin_clocks", "gauge", "Clocks that are not settled.");
	for (i = 0; i < ARRAY_LEN(states); i++) {
		const struct prom_label label = { "state", clock_state_name(states[i]) };

		filter.state = &states[i];
		if (store->ops->clock_count(store, &filter, &n, err) < 0)
			return -1;
		prom_int(out, "tocsin_clocks", &label, 1, n);
	}
	filter.state = &states[0];
	filter.before_at = now;
	if (store->ops->clock_count(store, &filter, &n, err) < 0)
		return -1;
	prom_family(out, "tocsin_clocks_overdue", "gauge",
		"Running clocks past their due time.");
	prom_int(out, "tocsin_clocks_overdue", NULL, 0, n);
	return 0;
}

static int take_filed(void *arg, const struct clock_row *row, int64_t rowid)
{
	struct clock_labels labels;

	(void)rowid;
	if (row->clock.settled_at == TIME_NONE || row->clock.due_at == TIME_NONE)
		return 0;
	labels_of(row, &labels);
	prom_seconds(arg, "tocsin_filing_margin_seconds", labels.list, 5,
		row->clock.due_at - row->clock.settled_at);
	return 0;
}

/* Asked of the store, so that a restart loses none. */
static int put_filings(struct call *call, struct buf *out, int64_t now, struct error *err)
{
	static const enum clock_state states[] = { CLOCK_FILED, CLOCK_FILED_LATE };
	struct clock_filter filter = { .latest_first = true,
		.entities = call->caller.entities, .n_entities = call->caller.n_entities,
		.before_at = INT64_MAX, .after_at = now - FILINGS_FOR };
	int n[ARRAY_LEN(states)];
	struct store *store = call_store(call);
	size_t i;

	prom_family(out, "tocsin_filing_margin_seconds", "gauge",
		"Time that was left when a report was filed, negative when late; of reports due "
		"in the last 30 days or later, the 100 due last of either.");
	for (i = 0; i < ARRAY_LEN(states); i++) {
		filter.state = &states[i];
		filter.limit = COUNT_MAX;
		if (store->ops->clock_count(store, &filter, &n[i], err) < 0)
			return -1;
		filter.limit = FILINGS_NAMED;
		if (store->ops->clock_list(store, &filter, take_filed, out, err) < 0)
			return -1;
	}
	prom_family(out, "tocsin_filing_margins_left_out", "gauge",
		"Filings of that time whose margin is not listed, because others are due later.");
	for (i = 0; i < ARRAY_LEN(states); i++) {
		const struct prom_label label = { "state", clock_state_name(states[i]) };

		prom_int(out, "tocsin_filing_margins_left_out", &label, 1,
			n[i] > FILINGS_NAMED ? n[i] - FILINGS_NAMED : 0);
	}
	return 0;
}

/* ---- counters ------------------------------------------------------------------------ */

static bool sees_source(const struct call *call, const char *name)
{
	const struct conf_source *source = conf_source(call->api->conf, name);

	return call->caller.n_entities == 0 ||
		(source != NULL && auth_sees(&call->caller, source->entity->id));
}

static void put_counters(const struct call *call, struct buf *out)
{
	static const struct {
		const char *name, *of, *what, *help;
	} families[COUNT_KINDS] = {
		[COUNT_ALERT] = { "tocsin_alerts_total", "source", "result",
			"Alerts of a source by what became of them." },
		[COUNT_ATTEMPT] = { "tocsin_attempts_total", "channel", "outcome",
			"Attempts to deliver a notice by how they ended." },
		[COUNT_DELIVERY] = { "tocsin_deliveries_total", "channel", "outcome",
			"Deliveries that have ended, by how." },
	};
	const struct counts *counts = engine_counts(call_engine(call));
	size_t kind, i;

	for (kind = 0; kind < COUNT_KINDS; kind++) {
		prom_family(out, families[kind].name, "counter", families[kind].help);
		for (i = 0; i < counts->n; i++) {
			const struct counter *c = &counts->list[i];
			const struct prom_label labels[] = { { families[kind].of, c->of },
				{ families[kind].what, c->what } };

			if (c->kind == kind &&
			    (kind != COUNT_ALERT || sees_source(call, c->of)))
				prom_int(out, families[kind].name, labels, 2, (int64_t)c->n);
		}
	}
}

/* ---- channels and sources -------------------------------------------------------------- */

static int put_channels(struct call *call, struct buf *out, int64_t now, struct error *err)
{
	const struct conf *conf = call->api->conf;
	struct engine *engine = call_engine(call);
	struct store *store = call_store(call);
	int64_t oldest;
	size_t i;
	int n;

	prom_family(out, "tocsin_deliveries_waiting", "gauge",
		"Deliveries that wait for a channel.");
	for (i = 0; i < conf->n_channels; i++) {
		const struct prom_label label = { "channel", conf->channels[i].name };

		if (store->ops->delivery_count(store, label.value, COUNT_MAX, &n, err) < 0)
			return -1;
		prom_int(out, "tocsin_deliveries_waiting", &label, 1, n);
	}
	prom_family(out, "tocsin_channel_up", "gauge",
		"0: the last attempts on this channel failed, and it is only probed.");
	for (i = 0; i < conf->n_channels; i++) {
		const struct prom_label label = { "channel", conf->channels[i].name };

		prom_int(out, "tocsin_channel_up", &label, 1,
			!engine_channel_is_down(engine, label.value));
	}
	if (store->ops->delivery_oldest(store, &oldest, err) < 0)
		return -1;
	prom_family(out, "tocsin_oldest_undelivered_seconds", "gauge",
		"Age of the oldest notice that was not delivered yet; 0: there is none.");
	prom_seconds(out, "tocsin_oldest_undelivered_seconds", NULL, 0,
		oldest == TIME_NONE || oldest > now ? 0 : now - oldest);
	prom_family(out, "tocsin_attempts_in_flight", "gauge",
		"Attempts that the couriers have in hand.");
	prom_int(out, "tocsin_attempts_in_flight", NULL, 0, engine_in_flight(engine));
	return 0;
}

static void put_sources(const struct call *call, struct buf *out)
{
	const struct conf *conf = call->api->conf;
	size_t i;

	prom_family(out, "tocsin_source_silent", "gauge",
		"1: nothing was heard of this source for longer than it may be silent.");
	for (i = 0; i < conf->n_sources; i++) {
		const struct prom_label label = { "source", conf->sources[i].name };

		if (sees_source(call, label.value))
			prom_int(out, "tocsin_source_silent", &label, 1,
				engine_source_is_silent(call_engine(call), label.value));
	}
}

/* ---- the daemon ---------------------------------------------------------------------- */

static void put_gauge(struct buf *out, const char *name, const char *help, int64_t value)
{
	prom_family(out, name, "gauge", help);
	prom_int(out, name, NULL, 0, value);
}

static int put_store(struct call *call, struct buf *out, struct error *err)
{
	static const struct prom_label files[] = { { "part", "database" }, { "part", "log" } };
	struct store *store = call_store(call);
	struct journal_check head;
	struct store_stats stats;

	if (store->ops->journal_head(store, &head, err) < 0)
		return -1;
	store->ops->stats(store, &stats);
	put_gauge(out, "tocsin_journal_seq", "Number of the last line of the journal.",
		head.seq);
	prom_family(out, "tocsin_store_bytes", "gauge", "Size of the store's files.");
	prom_int(out, "tocsin_store_bytes", &files[0], 1, stats.bytes);
	prom_int(out, "tocsin_store_bytes", &files[1], 1, stats.log_bytes);
	put_gauge(out, "tocsin_disk_low",
		"1: the disk is below its floor, and new incidents are refused.",
		store->ops->below_floor(store));
	prom_histogram(out, "tocsin_commit_duration_seconds",
		"How long commits took, with the sync of the disk.", &stats.commits);
	return 0;
}

static void put_daemon(const struct call *call, struct buf *out, int64_t now)
{
	const struct prom_label version = { "version", PACKAGE_VERSION };
	const struct loop *loop = call->api->loop;
	const struct loop_times *times = loop_times(loop);
	const char *transport;
	bool ready = loop_trouble(loop) == NULL && !loop_courier_down(loop, &transport);

	prom_family(out, "tocsin_build_info", "gauge", "1, with the version of the daemon.");
	prom_int(out, "tocsin_build_info", &version, 1, 1);
	prom_family(out, "tocsin_start_time_seconds", "gauge",
		"When the daemon was started, since 1970-01-01T00:00:00Z.");
	prom_seconds(out, "tocsin_start_time_seconds", NULL, 0,
		now - (clock_boot() - call->api->started_boot));
	put_gauge(out, "tocsin_ready", "1: store and couriers work, as /readyz says.", ready);
	prom_histogram(out, "tocsin_loop_lag_seconds",
		"How late the daemon's turns began after they were wanted.", &times->lag);
	prom_histogram(out, "tocsin_turn_duration_seconds",
		"How long the daemon's turns took, commit included.", &times->turns);
}

void metrics_get(struct call *call)
{
	int64_t now = engine_now(call_engine(call));
	struct buf *out = buf_in_arena(call->arena, 16 * 1024);
	struct error err;

	put_daemon(call, out, now);
	if (put_running(call, out, now, &err) < 0 || put_counts(call, out, now, &err) < 0 ||
	    put_filings(call, out, now, &err) < 0 || put_channels(call, out, now, &err) < 0 ||
	    put_store(call, out, &err) < 0) {
		answer_error(call, &err);
		return;
	}
	put_sources(call, out);
	put_counters(call, out);
	answer_text(call, 200, PROM_TYPE, out->data, out->len);
}
