/* The fixture and the helpers of the suite, and its run: see store_suite.h. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "store_suite.h"

static const struct store_suite *suite;

int suite_set_up(void **state)
{
	struct suite_fixture *f = xcalloc(1, sizeof(*f));

	f->s = suite->open();
	if (f->s == NULL)
		return -1;
	f->ops = f->s->ops;
	f->arena = arena_new();
	*state = f;
	return 0;
}

int suite_tear_down(void **state)
{
	struct suite_fixture *f = *state;

	suite->close(f->s);
	arena_free(f->arena);
	free(f);
	return 0;
}

/* ---- rows ------------------------------------------------------------------ */

struct incident_row suite_incident(const char *entity)
{
	return (struct incident_row){ .state = INCIDENT_OPEN, .changed_at = 1,
		.drill_ends_at = TIME_NONE,
		.incident = { .entity = entity, .title = "Ransomware", .opened_at = 1,
			.dismissed_at = TIME_NONE } };
}

struct clock_row suite_clock(int64_t incident, const char *stage, int64_t due_at)
{
	return (struct clock_row){ .next_at = TIME_NONE,
		.progress = { .step = -1, .fired_at = TIME_NONE },
		.clock = { .incident = incident, .regime = "nis2", .stage = stage,
			.state = due_at == TIME_NONE ? CLOCK_PENDING : CLOCK_RUNNING,
			.anchor_at = TIME_NONE, .due_at = due_at, .nominal_at = due_at,
			.latest_at = due_at, .planned_at = TIME_NONE,
			.settled_at = TIME_NONE } };
}

struct delivery_row suite_delivery(int64_t incident, const char *channel, int64_t next_at)
{
	return (struct delivery_row){ .incident = incident, .regime = "nis2",
		.stage = "early-warning", .kind = "step", .step = "start", .channel = channel,
		.state = DELIVERY_WAITING, .created_at = 1, .due_at = TIME_NONE,
		.fallback_at = TIME_NONE, .next_at = next_at };
}

int suite_append(struct store *s, int64_t incident, const char *text, struct error *err)
{
	struct journal_check head;

	if (s->ops->journal_head(s, &head, err) < 0)
		return -1;
	return s->ops->journal_append(s, &(struct journal_row){ .seq = head.seq + 1,
		.incident = incident, .line = text, .len = strlen(text) }, err);
}

static int check_record(void *arg, const struct journal_row *row)
{
	struct error err = { 0 };

	if (journal_check_record(arg, row->seq, row->hash, row->line, row->len, &err) < 0)
		fail_msg("journal: %s", err.text);
	return 0;
}

int64_t suite_verify_journal(struct store *s)
{
	struct journal_check check, head;

	journal_check_init(&check);
	OK(s->ops->journal_read(s, 0, 0, 0, check_record, &check, &err));
	OK(s->ops->journal_head(s, &head, &err));
	assert_int_equal(head.seq, check.seq);
	assert_string_equal(head.hash, check.hash);
	return check.seq;
}

int64_t suite_add_incident(struct suite_fixture *f, const char *entity)
{
	struct incident_row row = suite_incident(entity);

	OK(f->ops->incident_insert(f->s, &row, &err));
	return row.incident.id;
}

void suite_begin(struct suite_fixture *f)
{
	OK(f->ops->begin(f->s, &err));
}

void suite_commit(struct suite_fixture *f)
{
	OK(f->ops->commit(f->s, &err));
}

int suite_note(struct suite_listing *l, const char *what)
{
	size_t len = strlen(l->text);

	snprintf(l->text + len, sizeof(l->text) - len, "%s%s", len > 0 ? " " : "", what);
	return l->stop_after > 0 && --l->stop_after == 0 ? -1 : 0;
}

void suite_assert_text(const char *have, const char *want)
{
	if (!text_equal(have, want))
		fail_msg("\"%s\" is not \"%s\"", have == NULL ? "NULL" : have,
			want == NULL ? "NULL" : want);
}

int store_suite_run(const struct store_suite *of, const struct CMUnitTest *more, size_t n_more)
{
	const struct suite_part parts[] = { store_suite_incident, store_suite_clock,
		store_suite_delivery, store_suite_journal, store_suite_rules,
		store_suite_several, store_suite_storm,
		{ more, n_more } };
	struct CMUnitTest *all = NULL;
	size_t n = 0, i;
	int failed;

	suite = of;
	for (i = 0; i < ARRAY_LEN(parts); i++) {
		all = xreallocarray(all, n + parts[i].n + 1, sizeof(*all));
		if (parts[i].n > 0)
			memcpy(all + n, parts[i].tests, parts[i].n * sizeof(*all));
		n += parts[i].n;
	}
	/* What cmocka_run_group_tests() calls for an array of known length. */
	failed = _cmocka_run_group_tests(of->name, all, n, NULL, NULL);
	free(all);
	return failed;
}
