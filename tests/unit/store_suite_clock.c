/* Clocks and acknowledgements: what every store must do. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "store_suite.h"

static int note_clock(void *arg, const struct clock_row *row, int64_t rowid)
{
	(void)rowid;
	return suite_note(arg, row->clock.stage);
}

static int keep_rowid(void *arg, const struct clock_row *row, int64_t rowid)
{
	(void)row;
	*(int64_t *)arg = rowid;
	return 0;
}

static void a_clock_comes_back_as_it_was_put_last(void **state)
{
	static const char *derivation[] = { "aware 2026-11-21T09:17:00+01:00", "", "+ PT24H" };
	static const struct clock_filter any = { .before_at = TIME_NONE,
		.after_at = TIME_NONE };
	struct suite_fixture *f = *state;
	struct clock_row put, *have;
	int64_t rowid, again;
	size_t n;

	suite_begin(f);
	put = suite_clock(suite_add_incident(f, "acme"), "early-warning", 5);
	OK(f->ops->clock_put(f->s, &put, &err));
	OK(f->ops->clock_list(f->s, &any, keep_rowid, &rowid, &err));
	put = (struct clock_row){ .next_at = 50,
		.progress = { .step = 2, .fired_at = 40, .repeats = 3, .held = true },
		.clock = { .incident = put.clock.incident, .regime = "nis2",
			.stage = "early-warning", .state = CLOCK_FILED_LATE, .anchor = "aware",
			.anchor_at = -1, .due_at = 6, .nominal_at = 7, .latest_at = INT64_MAX,
			.planned_at = TIME_NONE, .settled_at = 9, .unconfirmed = true,
			.arguable = true, .on_request = true, .repeatable = true,
			.target = true,
			.reference = "Art. 23(4)(a)", .rules = "nis2/1",
			.derivation = derivation, .n_derivation = 3,
			.readings = "[{\"law\":\"nis2\"}]", .proposed = { .by = "j.doe",
				.actor = "token:ops", .state = CLOCK_VOID, .due_at = TIME_NONE } } };
	OK(f->ops->clock_put(f->s, &put, &err));
	suite_commit(f);
	OK(f->ops->clock_list(f->s, &any, keep_rowid, &again, &err));
	assert_int_equal(again, rowid);
	OK(f->ops->clock_of(f->s, put.clock.incident, f->arena, &have, &n, &err));
	assert_int_equal(n, 1);
	assert_int_equal(have->clock.state, CLOCK_FILED_LATE);
	suite_assert_text(have->clock.anchor, "aware");
	assert_int_equal(have->clock.anchor_at, -1);
	assert_int_equal(have->clock.due_at, 6);
	assert_int_equal(have->clock.nominal_at, 7);
	assert_true(have->clock.latest_at == INT64_MAX);
	assert_true(have->clock.planned_at == TIME_NONE);
	assert_int_equal(have->clock.settled_at, 9);
	assert_true(have->clock.unconfirmed && have->clock.arguable);
	assert_true(have->clock.on_request && have->clock.target && have->clock.repeatable);
	suite_assert_text(have->clock.reference, "Art. 23(4)(a)");
	suite_assert_text(have->clock.rules, "nis2/1");
	assert_int_equal(have->clock.n_derivation, 3);
	suite_assert_text(have->clock.derivation[0], derivation[0]);
	suite_assert_text(have->clock.derivation[1], "");
	suite_assert_text(have->clock.derivation[2], "+ PT24H");
	suite_assert_text(have->clock.readings, "[{\"law\":\"nis2\"}]");
	suite_assert_text(have->clock.proposed.by, "j.doe");
	suite_assert_text(have->clock.proposed.actor, "token:ops");
	assert_int_equal(have->clock.proposed.state, CLOCK_VOID);
	assert_true(have->clock.proposed.due_at == TIME_NONE);
	assert_int_equal(have->progress.step, 2);
	assert_int_equal(have->progress.fired_at, 40);
	assert_int_equal(have->progress.repeats, 3);
	assert_true(have->progress.held);
	assert_int_equal(have->next_at, 50);
	suite_assert_text(have->entity, "acme");
	suite_assert_text(have->title, "Ransomware");
}

static void new_clocks_are_found_one_by_one(void **state)
{
	static const char *const stages[] = { "notification", "early-warning", "final-report" };
	struct suite_fixture *f = *state;
	struct clock_row put[3], have, *all;
	int64_t id;
	size_t n, i;

	suite_begin(f);
	id = suite_add_incident(f, "acme");
	for (i = 0; i < 3; i++)
		put[i] = suite_clock(id, stages[i], (int64_t)(10 + i));
	OK(f->ops->clock_insert(f->s, put, 3, &err));
	suite_commit(f);
	OK(f->ops->clock_of(f->s, id, f->arena, &all, &n, &err));
	assert_int_equal(n, 3);
	for (i = 0; i < 3; i++) {
		suite_assert_text(all[i].clock.stage, stages[i]);
		OK(f->ops->clock_get(f->s, id, "nis2", stages[i], f->arena, &have, &err));
		suite_assert_text(have.clock.stage, stages[i]);
		assert_int_equal(have.clock.due_at, 10 + i);
		suite_assert_text(have.entity, "acme");
	}
	FAILS(ERROR_NOT_FOUND, f->ops->clock_get(f->s, id, "gdpr", "notification", f->arena,
		&have, &err));
	FAILS(ERROR_NOT_FOUND, f->ops->clock_get(f->s, id + 1, "nis2", "notification", f->arena,
		&have, &err));
	suite_begin(f);
	FAILS(ERROR_CONFLICT, f->ops->clock_insert(f->s, put, 1, &err));
	suite_commit(f);
}

static int keep_proposed(void *arg, const struct clock_row *row, int64_t rowid)
{
	(void)rowid;
	suite_note(arg, row->clock.proposed.by == NULL ? "-" : row->clock.proposed.by);
	return suite_note(arg, row->clock.readings == NULL ? "-" : row->clock.readings);
}

/* A clock is held, then let go: nothing of it stays. */
static void what_is_proposed_comes_and_goes(void **state)
{
	static const struct clock_filter any = { .before_at = TIME_NONE,
		.after_at = TIME_NONE };
	struct suite_fixture *f = *state;
	struct suite_listing held = { 0 }, free_again = { 0 };
	struct clock_row put, *have;
	size_t n;

	suite_begin(f);
	put = suite_clock(suite_add_incident(f, "acme"), "early-warning", 5);
	put.next_at = 4;
	put.clock.proposed.due_at = 77;		/* by nobody: says nothing */
	put.clock.proposed.actor = "token:ops";
	put.clock.proposed.state = CLOCK_WAIVED;
	OK(f->ops->clock_put(f->s, &put, &err));
	OK(f->ops->clock_of(f->s, put.clock.incident, f->arena, &have, &n, &err));
	assert_null(have->clock.proposed.by);
	assert_null(have->clock.proposed.actor);
	assert_null(have->clock.readings);
	assert_false(have->clock.repeatable);
	assert_int_equal(have->clock.proposed.state, CLOCK_PENDING);
	assert_true(have->clock.proposed.due_at == TIME_NONE);

	put.clock.proposed.by = "j.doe";
	put.clock.proposed.state = CLOCK_RUNNING;
	put.clock.proposed.due_at = INT64_MAX;
	put.clock.readings = "[]";
	put.clock.repeatable = true;
	OK(f->ops->clock_put(f->s, &put, &err));
	OK(f->ops->clock_due(f->s, 9, 1, f->arena, &have, &n, &err));
	suite_assert_text(have->clock.proposed.by, "j.doe");
	assert_true(have->clock.repeatable);
	assert_false(have->clock.on_request || have->clock.target);
	assert_int_equal(have->clock.proposed.state, CLOCK_RUNNING);
	assert_true(have->clock.proposed.due_at == INT64_MAX);
	OK(f->ops->clock_list(f->s, &any, keep_proposed, &held, &err));
	assert_string_equal(held.text, "j.doe []");

	put.clock.proposed.by = put.clock.readings = NULL;
	OK(f->ops->clock_put(f->s, &put, &err));
	OK(f->ops->clock_list(f->s, &any, keep_proposed, &free_again, &err));
	assert_string_equal(free_again.text, "- -");
	suite_commit(f);
}

/* What a calendar calls its SEQUENCE: it grows when state or date change, and only then. */
static void a_clock_counts_what_moves_it(void **state)
{
	static const struct { enum clock_state state; int64_t due, planned, next; int wanted; }
		steps[] = {
		{ CLOCK_PENDING, TIME_NONE, 9, 1, 0 }, { CLOCK_PENDING, TIME_NONE, 9, 2, 0 },
		{ CLOCK_PENDING, TIME_NONE, 8, 2, 1 }, { CLOCK_RUNNING, 8, TIME_NONE, 2, 2 },
		{ CLOCK_RUNNING, 7, TIME_NONE, 2, 3 }, { CLOCK_RUNNING, 7, TIME_NONE, 5, 3 },
		{ CLOCK_FILED, 7, TIME_NONE, TIME_NONE, 4 },
	};
	struct suite_fixture *f = *state;
	struct clock_row row, *have;
	size_t n, i;

	suite_begin(f);
	row = suite_clock(suite_add_incident(f, "acme"), "early-warning", 5);
	for (i = 0; i < ARRAY_LEN(steps); i++) {
		row.clock.state = steps[i].state;
		row.clock.due_at = steps[i].due;
		row.clock.planned_at = steps[i].planned;
		row.next_at = steps[i].next;
		row.revision = 99;	/* the store's own to say */
		OK(f->ops->clock_put(f->s, &row, &err));
		OK(f->ops->clock_of(f->s, row.clock.incident, f->arena, &have, &n, &err));
		assert_int_equal(have->revision, steps[i].wanted);
	}
	suite_commit(f);
}

static void progress_is_written_alone(void **state)
{
	struct suite_fixture *f = *state;
	struct clock_row row, *have;
	int64_t id, next;
	size_t n;

	suite_begin(f);
	id = suite_add_incident(f, "acme");
	row = suite_clock(id, "early-warning", 5);
	row.clock.state = CLOCK_RUNNING;
	OK(f->ops->clock_put(f->s, &row, &err));
	row.clock.due_at = 6;
	row.progress = (struct policy_progress){ .step = 2, .fired_at = 7, .repeats = 3,
		.held = true };
	row.next_at = 8;
	OK(f->ops->clock_progress(f->s, &row, &err));
	OK(f->ops->clock_of(f->s, id, f->arena, &have, &n, &err));
	assert_int_equal(n, 1);
	assert_int_equal(have->clock.due_at, 5);
	assert_int_equal(have->progress.step, 2);
	assert_int_equal(have->progress.fired_at, 7);
	assert_int_equal(have->progress.repeats, 3);
	assert_true(have->progress.held);
	assert_int_equal(have->revision, 0);
	OK(f->ops->clock_next(f->s, &next, &err));
	assert_int_equal(next, 8);
	row = suite_clock(id, "notification", 5);
	FAILS(ERROR_NOT_FOUND, f->ops->clock_progress(f->s, &row, &err));
	suite_commit(f);
}

static void clocks_of_an_incident_keep_their_order(void **state)
{
	static const char *const stages[] = { "early-warning", "notification",
		"final-report" };
	struct suite_fixture *f = *state;
	struct clock_row row, *have;
	int64_t id, other;
	size_t n, i;

	suite_begin(f);
	id = suite_add_incident(f, "a");
	other = suite_add_incident(f, "b");
	for (i = 0; i < ARRAY_LEN(stages); i++) {
		row = suite_clock(id, stages[i], 100 - (int64_t)i);
		OK(f->ops->clock_put(f->s, &row, &err));
		row = suite_clock(other, stages[i], 5);
		OK(f->ops->clock_put(f->s, &row, &err));
	}
	row = suite_clock(id, stages[0], 1);
	OK(f->ops->clock_put(f->s, &row, &err));
	suite_commit(f);
	OK(f->ops->clock_of(f->s, id, f->arena, &have, &n, &err));
	assert_int_equal(n, 3);
	for (i = 0; i < n; i++)
		suite_assert_text(have[i].clock.stage, stages[i]);
}

static int note_rowid(void *arg, const struct clock_row *row, int64_t rowid)
{
	int64_t *rowids = arg;

	rowids[row->clock.stage[0] - '0'] = rowid;
	return 0;
}

/* Eight clocks of two entities; the stage names the place in the list of all, and so
 * does the index of its rowid. */
static void put_list(struct suite_fixture *f, int64_t rowids[9])
{
	static const struct clock_filter all = { .before_at = TIME_NONE, .after_at = TIME_NONE };
	static const struct { const char *stage; enum clock_state state; int64_t due, planned;
		bool b; } made[] = {
		{ "8", CLOCK_PENDING, TIME_NONE, TIME_NONE, true },
		{ "3", CLOCK_RUNNING, 30, TIME_NONE, false },
		{ "2", CLOCK_FILED, 20, TIME_NONE, true },
		{ "1", CLOCK_RUNNING, -10, TIME_NONE, false },
		{ "4", CLOCK_PENDING, TIME_NONE, 40, true },
		{ "5", CLOCK_RUNNING, 40, TIME_NONE, false },
		{ "6", CLOCK_WAIVED, 50, TIME_NONE, false },
		{ "7", CLOCK_VOID, 60, 5, true },
	};
	int64_t a, b;
	size_t i;

	suite_begin(f);
	b = suite_add_incident(f, "b");
	a = suite_add_incident(f, "a");
	for (i = 0; i < ARRAY_LEN(made); i++) {
		struct clock_row row = suite_clock(made[i].b ? b : a, made[i].stage,
			made[i].due);

		row.clock.state = made[i].state;
		row.clock.planned_at = made[i].planned;
		OK(f->ops->clock_put(f->s, &row, &err));
	}
	suite_commit(f);
	OK(f->ops->clock_list(f->s, &all, note_rowid, rowids, &err));
}

static void clocks_are_listed_soonest_first(void **state)
{
	static const enum clock_state running = CLOCK_RUNNING;
	static const char *const b[] = { "b" };
#define ANY .before_at = TIME_NONE, .after_at = TIME_NONE
	static const struct { struct clock_filter filter; const char *wanted; } cases[] = {
		{ { ANY }, "1 2 3 4 5 6 7 8" },
		{ { ANY, .unsettled = true }, "1 3 4 5 8" },
		{ { ANY, .state = &running }, "1 3 5" },
		{ { ANY, .limit = 3 }, "1 2 3" },
		{ { ANY, .state = &running, .latest_first = true }, "5 3 1" },
		{ { ANY, .state = &running, .latest_first = true, .limit = 2 }, "5 3" },
		{ { ANY, .entities = b, .n_entities = 1 }, "2 4 7 8" },
		{ { ANY, .entities = b, .n_entities = 1, .unsettled = true, .limit = 1 },
			"4" },
		{ { .before_at = 40, .after_at = TIME_NONE }, "1 2 3" },
		{ { .before_at = 41, .after_at = TIME_NONE, .unsettled = true }, "1 3 4 5" },
		{ { .before_at = TIME_NONE, .after_at = 20, .after_id = 2 }, "3 4 5 6 7 8" },
		{ { .before_at = TIME_NONE, .after_at = 40, .after_id = 4, .limit = 2 },
			"5 6" },
		{ { .before_at = TIME_NONE, .after_at = 40, .after_id = 5, .unsettled = true },
			"8" },
		{ { .before_at = TIME_NONE, .after_at = TIME_NONE, .after_id = 8 }, "" },
	};
#undef ANY
	struct suite_fixture *f = *state;
	struct suite_listing first = { .stop_after = 2 };
	int count;
	int64_t rowids[9] = { 0 };
	size_t i;

	put_list(f, rowids);
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct clock_filter filter = cases[i].filter;
		struct suite_listing l = { 0 };

		filter.after_id = rowids[filter.after_id];	/* said by place */
		OK(f->ops->clock_list(f->s, &filter, note_clock, &l, &err));
		if (strcmp(l.text, cases[i].wanted) != 0)
			fail_msg("case %zu: \"%s\", not \"%s\"", i, l.text, cases[i].wanted);
		OK(f->ops->clock_count(f->s, &filter, &count, &err));
		if ((size_t)count != (strlen(l.text) + 1) / 2)
			fail_msg("case %zu: counted %d in \"%s\"", i, count, l.text);
	}
	assert_int_equal(f->ops->clock_list(f->s, &cases[0].filter, note_clock, &first, NULL),
		-1);
	assert_string_equal(first.text, "1 2");
}

static void a_cursor_walks_through_all_clocks(void **state)
{
	struct suite_fixture *f = *state;
	struct clock_filter filter = { .before_at = TIME_NONE, .after_at = TIME_NONE,
		.limit = 1 };
	static const int64_t at[] = { -10, 20, 30, 40, 40, 50, 60, TIME_NONE };
	struct suite_listing l = { 0 };
	int64_t rowids[9];
	size_t i;

	put_list(f, rowids);
	for (i = 0; i < ARRAY_LEN(at); i++) {
		OK(f->ops->clock_list(f->s, &filter, note_clock, &l, &err));
		filter.after_at = at[i];
		filter.after_id = rowids[i + 1];
	}
	assert_string_equal(l.text, "1 2 3 4 5 6 7 8");
}

static const char *due_clocks(struct suite_fixture *f, int64_t now, int limit)
{
	struct clock_row *rows;
	const char *text = "";
	size_t n, i;

	OK(f->ops->clock_due(f->s, now, limit, f->arena, &rows, &n, &err));
	for (i = 0; i < n; i++)
		text = arena_printf(f->arena, "%s%s%s", text, i > 0 ? " " : "",
			rows[i].clock.stage);
	return text;
}

static int64_t next_clock(struct suite_fixture *f)
{
	int64_t at;

	OK(f->ops->clock_next(f->s, &at, &err));
	return at;
}

static void running_clocks_come_up_by_their_deadline(void **state)
{
	static const struct { const char *stage; enum clock_state state; int64_t due, next; }
	made[] = {
		{ "late", CLOCK_RUNNING, 300, 5 },
		{ "early", CLOCK_RUNNING, 100, 10 },
		{ "middle", CLOCK_RUNNING, 200, 7 },
		{ "later", CLOCK_RUNNING, 50, 11 },
		{ "never", CLOCK_RUNNING, 1, TIME_NONE },
		{ "filed", CLOCK_FILED, 1, 1 },
		{ "pending", CLOCK_PENDING, 1, 1 },
	};
	struct suite_fixture *f = *state;
	int64_t id;
	size_t i;

	suite_begin(f);
	id = suite_add_incident(f, "acme");
	for (i = 0; i < ARRAY_LEN(made); i++) {
		struct clock_row row = suite_clock(id, made[i].stage, made[i].due);

		row.clock.state = made[i].state;
		row.next_at = made[i].next;
		OK(f->ops->clock_put(f->s, &row, &err));
	}
	suite_commit(f);
	assert_string_equal(due_clocks(f, 4, 10), "");
	assert_string_equal(due_clocks(f, 5, 10), "late");
	assert_string_equal(due_clocks(f, 10, 10), "early middle late");
	assert_string_equal(due_clocks(f, 10, 2), "early middle");
	assert_string_equal(due_clocks(f, INT64_MAX, 0), "later early middle late");
}

static void the_next_instant_follows_each_change(void **state)
{
	struct suite_fixture *f = *state;
	struct clock_row row;

	suite_begin(f);
	row = suite_clock(suite_add_incident(f, "acme"), "early-warning", 100);
	row.next_at = 50;
	OK(f->ops->clock_put(f->s, &row, &err));
	assert_int_equal(next_clock(f), 50);
	row.clock.stage = "notification";
	row.next_at = 40;
	OK(f->ops->clock_put(f->s, &row, &err));
	assert_int_equal(next_clock(f), 40);
	row.next_at = 60;
	OK(f->ops->clock_put(f->s, &row, &err));
	assert_int_equal(next_clock(f), 50);
	row.clock.stage = "early-warning";
	row.clock.state = CLOCK_FILED;
	OK(f->ops->clock_put(f->s, &row, &err));
	assert_int_equal(next_clock(f), 60);
	suite_commit(f);
	suite_begin(f);
	row.clock.state = CLOCK_RUNNING;
	row.next_at = 30;
	OK(f->ops->clock_put(f->s, &row, &err));
	assert_int_equal(next_clock(f), 30);
	f->ops->rollback(f->s);
	assert_int_equal(next_clock(f), 60);
}

static void an_acknowledgement_is_a_lease_that_ends(void **state)
{
	static const struct { const char *regime, *stage; int64_t now, wanted; } cases[] = {
		{ "nis2", "early-warning", 9, TIME_NONE },
		{ "nis2", "early-warning", 10, 20 },
		{ "nis2", "notification", 10, 15 },
		{ "nis2", "notification", 15, TIME_NONE },
		{ "nis2", "early-warning", 19, 20 },
		{ "nis2", "early-warning", 20, TIME_NONE },
		{ "nis2", NULL, 12, 15 },
		{ NULL, "early-warning", 12, 20 },
		/* Of one regime: its own alone, all of its stages or one. */
		{ "cra", "early-warning", 21, 30 },
		{ "cra", "notification", 21, 30 },
		{ "cra", "final-report", 21, 40 },
		{ "nis2", "final-report", 21, TIME_NONE },
	};
	static const struct acknowledgement_row made[] = {
		{ .stage = NULL, .by = "j.doe", .at = 10, .until_at = 15 },
		{ .stage = "early-warning", .by = "j.doe", .at = 10, .until_at = 20 },
		{ .regime = "cra", .by = "j.doe", .at = 21, .until_at = 30 },
		{ .regime = "cra", .stage = "final-report", .by = "j.doe", .at = 21,
			.until_at = 40 },
	};
	struct suite_fixture *f = *state;
	int64_t id, other, until;
	size_t i;

	suite_begin(f);
	id = suite_add_incident(f, "acme");
	other = suite_add_incident(f, "acme");
	for (i = 0; i < ARRAY_LEN(made); i++) {
		struct acknowledgement_row row = made[i];

		row.incident = id;
		OK(f->ops->acknowledgement_insert(f->s, &row, &err));
		assert_true(row.id > 0);
	}
	suite_commit(f);
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		OK(f->ops->acknowledged_until(f->s, id, cases[i].regime, cases[i].stage, 0,
			cases[i].now, &until, &err));
		if (until != cases[i].wanted)
			fail_msg("case %zu: until %lld", i, (long long)until);
	}
	OK(f->ops->acknowledged_until(f->s, other, "nis2", "early-warning", 0, 12, &until,
		&err));
	assert_true(until == TIME_NONE);
}

static const struct CMUnitTest tests[] = {
	SUITE_TEST(a_clock_comes_back_as_it_was_put_last),
	SUITE_TEST(new_clocks_are_found_one_by_one),
	SUITE_TEST(what_is_proposed_comes_and_goes),
	SUITE_TEST(a_clock_counts_what_moves_it),
	SUITE_TEST(progress_is_written_alone),
	SUITE_TEST(clocks_of_an_incident_keep_their_order),
	SUITE_TEST(clocks_are_listed_soonest_first),
	SUITE_TEST(a_cursor_walks_through_all_clocks),
	SUITE_TEST(running_clocks_come_up_by_their_deadline),
	SUITE_TEST(the_next_instant_follows_each_change),
	SUITE_TEST(an_acknowledgement_is_a_lease_that_ends),
};

const struct suite_part store_suite_clock = { tests, ARRAY_LEN(tests) };
