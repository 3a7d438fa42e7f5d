/* What a scenario expects. The words are described in run.c. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "scenario.h"

/* ---- what is expected --------------------------------------------------------------- */

void expect_refused(struct scenario *s, const struct words *w)
{
	if (s->refused.code == ERROR_NONE)
		fail(s, "the command was accepted");
	else if (strstr(s->refused.text, word(w, 1)) == NULL)
		fail(s, "refused with \"%s\"", s->refused.text);
	memset(&s->refused, 0, sizeof(s->refused));
}

void expect_told(struct scenario *s, const struct words *w)
{
	struct buf b;
	size_t i;

	buf_init(&b, 0);
	for (i = 1; i < w->n; i++)
		buf_addf(&b, "%s%s", i > 1 ? " " : "", w->list[i]);
	if (s->n_seen >= s->n_told)
		fail(s, "nobody was told: %s", b.data);
	else if (strcmp(s->told[s->n_seen].text, b.data) != 0)
		fail(s, "told instead: %s", s->told[s->n_seen].text);
	s->n_seen++;
	buf_release(&b);
}

void expect_said(struct scenario *s, const struct words *w)
{
	size_t i;

	for (i = s->n_seen; i < s->n_told; i++)
		if (strstr(s->told[i].said, word(w, 1)) != NULL)
			return;
	fail(s, "nobody was told that");
}

void expect_quiet(struct scenario *s, const struct words *w)
{
	(void)w;
	if (s->n_seen < s->n_told)
		fail(s, "%zu more: %s", s->n_told - s->n_seen, s->told[s->n_seen].text);
}

static void check_time(struct scenario *s, const char *what, const char *expected, int64_t at)
{
	char text[RFC3339_SIZE] = "none";

	if (expected == NULL)
		return;
	if (at != TIME_NONE)
		rfc3339_format(at, text);
	if (time_word(s, expected) != at)
		fail(s, "%s is %s", what, text);
}

static void check_proposed(struct scenario *s, const struct words *w,
	const struct clock *clock)
{
	const char *state = value_of(w, "proposed"), *by = value_of(w, "by");

	if (state == NULL && clock->proposed.by != NULL) {
		fail(s, "%s proposes that it is %s", clock->proposed.by,
			clock_state_name(clock->proposed.state));
	} else if (state != NULL && clock->proposed.by == NULL) {
		fail(s, "nothing is proposed");
	} else if (state != NULL) {
		if (strcmp(state, clock_state_name(clock->proposed.state)) != 0)
			fail(s, "%s is proposed", clock_state_name(clock->proposed.state));
		if (by == NULL || strcmp(by, clock->proposed.by) != 0)
			fail(s, "%s proposes it", clock->proposed.by);
		check_time(s, "the proposed date", value_of(w, "until"), clock->proposed.due_at);
	}
}

static void check_clock(struct scenario *s, const struct words *w, const struct clock *clock)
{
	if (strcmp(clock_state_name(clock->state), word(w, 2)) != 0)
		fail(s, "it is %s", clock_state_name(clock->state));
	check_time(s, "due", value_of(w, "due"), clock->due_at);
	check_time(s, "planned", value_of(w, "planned"), clock->planned_at);
	if (has(w, "arguable") != clock->arguable)
		fail(s, "arguable is %d", clock->arguable);
	if (has(w, "unconfirmed") && !clock->unconfirmed)
		fail(s, "it is confirmed");
	if (value_of(w, "rules") != NULL && strcmp(value_of(w, "rules"), clock->rules) != 0)
		fail(s, "its rules are %s", clock->rules);
	check_proposed(s, w, clock);
}

void expect_clock(struct scenario *s, const struct words *w)
{
	struct arena *arena = arena_new();
	struct clock_row *rows;
	struct error err;
	size_t n, i;

	if (s->store->ops->clock_of(s->store, s->incident, arena, &rows, &n, &err) < 0) {
		fail(s, "%s", err.text);
	} else {
		for (i = 0; i < n && strcmp(rows[i].clock.stage, word(w, 1)) != 0; i++)
			;
		if (i == n)
			fail(s, "there is no such clock");
		else
			check_clock(s, w, &rows[i].clock);
	}
	arena_free(arena);
}

void expect_state(struct scenario *s, const struct words *w)
{
	struct arena *arena = arena_new();
	struct incident_row row;
	struct error err;

	if (s->store->ops->incident_load(s->store, s->incident, arena, &row, &err) < 0)
		fail(s, "%s", err.text);
	else if (strcmp(incident_state_name(row.state), word(w, 1)) != 0)
		fail(s, "it is %s", incident_state_name(row.state));
	arena_free(arena);
}

void expect_lease(struct scenario *s, const struct words *w)
{
	if (strcmp(s->lease, word(w, 1)) != 0)
		fail(s, "the lease ends %s", s->lease);
}

struct count {
	struct scenario *s;
	struct journal_check check;
	const char *kind;
	int n;
};

static int count_delivery(void *arg, const struct delivery_row *row)
{
	struct count *c = arg;

	c->n += strcmp(delivery_state_name(row->state), c->kind) == 0;
	return 0;
}

void expect_deliveries(struct scenario *s, const struct words *w)
{
	const struct delivery_filter filter = { .limit = 1000000 };
	struct count c = { .s = s, .kind = word(w, 1) };
	struct error err;

	if (s->store->ops->delivery_list(s->store, &filter, count_delivery, &c, &err) < 0)
		fail(s, "%s", err.text);
	else if (c.n != number_word(s, word(w, 2)))
		fail(s, "%d deliveries are %s", c.n, c.kind);
}

static int count_line(void *arg, const struct journal_row *row)
{
	struct count *c = arg;
	struct error err;
	json_t *line;

	if (journal_check_record(&c->check, row->seq, row->hash, row->line, row->len, &err) < 0) {
		fail(c->s, "the journal does not verify: %s", err.text);
		return -1;
	}
	line = json_read(row->line, row->len, &err);
	c->n += strcmp(text_of(line, "kind"), c->kind) == 0;
	json_decref(line);
	return 0;
}

void expect_journal(struct scenario *s, const struct words *w)
{
	struct count c = { .s = s, .kind = word(w, 1) };
	struct error err;

	journal_check_init(&c.check);
	if (s->store->ops->journal_read(s->store, 0, 0, 10000000, count_line, &c, &err) == 0 &&
	    c.n != number_word(s, word(w, 2)))
		fail(s, "%d lines of that kind", c.n);
}
