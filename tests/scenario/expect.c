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
	char last[4000];		/* line of that kind */
	struct journal_check check;
	const char *kind, *text;
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
	if (strcmp(text_of(line, "kind"), c->kind) == 0 &&
	    memmem(row->line, row->len, c->text, strlen(c->text)) != NULL) {
		text_copy(c->last, sizeof(c->last), row->line);
		c->n++;
	}
	json_decref(line);
	return 0;
}

void expect_journal(struct scenario *s, const struct words *w)
{
	struct count c = { .s = s, .kind = word(w, 1), .text = word(w, 3) };
	struct error err;

	journal_check_init(&c.check);
	if (s->store->ops->journal_read(s->store, 0, 0, 10000000, count_line, &c, &err) == 0 &&
	    c.n != number_word(s, word(w, 2)))
		fail(s, "%d lines of that kind", c.n);
}

void expect_journal_says(struct scenario *s, const struct words *w)
{
	struct count c = { .s = s, .kind = word(w, 1), .text = "" };
	struct error err;

	journal_check_init(&c.check);
	if (s->store->ops->journal_read(s->store, 0, 0, 10000000, count_line, &c, &err) == 0 &&
	    strstr(c.last, word(w, 2)) == NULL)
		fail(s, "the last says: %s", c.n > 0 ? c.last : "nothing, there is none");
}

void expect_took(struct scenario *s, const struct words *w)
{
	int64_t most = length_word(s, word(w, 1)), ms;
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	ms = (now.tv_sec - s->began.tv_sec) * SECOND_MS +
		(now.tv_nsec - s->began.tv_nsec) / 1000000;
	printf("# %s: %" PRId64 " ms of CPU for %d turns, %zu notices\n", s->file, ms, s->turns,
		s->n_told);
	if (ms > most)
		fail(s, "it took longer");
}

void expect_notified(struct scenario *s, const struct words *w)
{
	const struct told *told;
	char wanted[200];

	snprintf(wanted, sizeof(wanted), "%.90s %.90s", word(w, 1), word(w, 2));
	if (s->n_noticed >= s->n_notices) {
		fail(s, "nobody was notified: %s", wanted);
		return;
	}
	told = &s->notices[s->n_noticed++];
	if (strcmp(told->text, wanted) != 0)
		fail(s, "notified instead: %s", told->text);
	else if (strstr(told->said, word(w, 3)) == NULL)
		fail(s, "it says: %s", told->said);
}

void expect_not_notified(struct scenario *s, const struct words *w)
{
	(void)w;
	if (s->n_noticed < s->n_notices)
		fail(s, "%zu more: %s", s->n_notices - s->n_noticed,
			s->notices[s->n_noticed].text);
}

static void expect_count(struct scenario *s, const struct words *w, size_t i, int *n)
{
	if (*n != number_word(s, word(w, i)))
		fail(s, "it is %d", *n);
	*n = 0;
}

void expect_pinged(struct scenario *s, const struct words *w)
{
	expect_count(s, w, 1, &s->pings);
	if (strstr(s->ping, word(w, 2)) == NULL)
		fail(s, "the last one says %s", s->ping);
}

void expect_failures(struct scenario *s, const struct words *w)
{
	expect_count(s, w, 1, &s->ping_failures);
}

void expect_attempts(struct scenario *s, const struct words *w)
{
	int *n = attempts_of(s, word(w, 1));
	int64_t least = number_word(s, word(w, 2));
	int64_t most = w->n > 3 ? number_word(s, word(w, 3)) : least;

	if (*n < least || *n > most)
		fail(s, "%d attempts", *n);
	*n = 0;
}
