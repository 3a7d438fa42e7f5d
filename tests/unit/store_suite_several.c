/*
 * Several clocks and several events of one incident: what is written of one leaves the
 * others as they were, in every list and for every question.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "store_suite.h"

static const struct clock_filter all_clocks = { .before_at = TIME_NONE, .after_at = TIME_NONE };

/* "1a 1b": incident and stage. */
static int note_clock(void *arg, const struct clock_row *row, int64_t rowid)
{
	char text[64];

	(void)rowid;
	snprintf(text, sizeof(text), "%lld%s", (long long)row->clock.incident,
		row->clock.stage);
	return suite_note(arg, text);
}

static void assert_listed(struct suite_fixture *f, const struct clock_filter *filter,
	const char *wanted)
{
	struct suite_listing l = { 0 };
	int n = 0;

	OK(f->ops->clock_list(f->s, filter, note_clock, &l, &err));
	assert_string_equal(l.text, wanted);
	OK(f->ops->clock_count(f->s, filter, &n, &err));
	assert_int_equal(n, *wanted == '\0' ? 0 : (int)(strlen(wanted) + 1) / 3);
}

static void put(struct suite_fixture *f, int64_t incident, const char *stage, int64_t due_at,
	int64_t next_at)
{
	struct clock_row row = suite_clock(incident, stage, due_at);

	row.next_at = next_at;
	OK(f->ops->clock_put(f->s, &row, &err));
}

/* Three of each of two incidents, put in turns. */
static void put_six(struct suite_fixture *f)
{
	assert_int_equal(suite_add_incident(f, "a"), 1);
	assert_int_equal(suite_add_incident(f, "b"), 2);
	put(f, 1, "a", 30, 3);
	put(f, 2, "a", 10, 9);
	put(f, 1, "b", 20, 5);
	put(f, 2, "b", 60, 4);
	put(f, 1, "c", 50, TIME_NONE);
	put(f, 2, "c", 40, 2);
}

static const char *due_clocks(struct suite_fixture *f, int64_t now, int limit)
{
	struct clock_row *rows;
	const char *text = "";
	size_t n, i;

	OK(f->ops->clock_due(f->s, now, limit, f->arena, &rows, &n, &err));
	for (i = 0; i < n; i++)
		text = arena_printf(f->arena, "%s%s%lld%s", text, i > 0 ? " " : "",
			(long long)rows[i].clock.incident, rows[i].clock.stage);
	return text;
}

static void clocks_of_one_incident_come_up_each_by_itself(void **state)
{
	struct suite_fixture *f = *state;

	suite_begin(f);
	put_six(f);
	suite_commit(f);
	assert_string_equal(due_clocks(f, 1, 9), "");
	assert_string_equal(due_clocks(f, 2, 9), "2c");
	assert_string_equal(due_clocks(f, 3, 9), "1a 2c");
	assert_string_equal(due_clocks(f, 4, 9), "1a 2c 2b");
	assert_string_equal(due_clocks(f, 9, 9), "2a 1b 1a 2c 2b");
	assert_string_equal(due_clocks(f, 9, 2), "2a 1b");
	assert_string_equal(due_clocks(f, 9, 0), "2a 1b 1a 2c 2b");
}

/* As the engine works a backlog off: a few at a time, each later once it is dealt with. */
static void no_clock_of_a_backlog_is_left_out(void **state)
{
	struct suite_fixture *f = *state;
	static const char *const stages[] = { "a", "b", "c", "d", "e", "f", "g", "h", "i" };
	struct clock_row *rows;
	size_t n, i, turns = 0, seen = 0;

	suite_begin(f);
	for (i = 0; i < 90; i++) {
		if (i % ARRAY_LEN(stages) == 0)
			suite_add_incident(f, "a");
		/* Those that come up first are due last. */
		put(f, 1 + (int64_t)(i / ARRAY_LEN(stages)), stages[i % ARRAY_LEN(stages)],
			1000 - (int64_t)i, (int64_t)i);
	}
	do {
		OK(f->ops->clock_due(f->s, 100, 2, f->arena, &rows, &n, &err));
		assert_true(n <= 2);
		for (i = 0; i < n; i++) {
			assert_true(rows[i].next_at <= 100);
			rows[i].next_at = 101;
			OK(f->ops->clock_put(f->s, &rows[i], &err));
		}
		seen += n;
	} while (n > 0 && ++turns < 100);
	assert_int_equal(seen, 90);
	suite_commit(f);
}

static void a_clock_that_moves_is_listed_in_its_new_place_alone(void **state)
{
	static const enum clock_state filed = CLOCK_FILED, running = CLOCK_RUNNING;
	static const struct clock_filter f_filed = { .state = &filed, .before_at = TIME_NONE,
		.after_at = TIME_NONE }, f_running = { .state = &running, .before_at = TIME_NONE,
		.after_at = TIME_NONE };
	struct suite_fixture *f = *state;
	struct clock_row *rows;
	int64_t next;
	size_t n;

	suite_begin(f);
	put_six(f);
	assert_listed(f, &all_clocks, "2a 1b 1a 2c 1c 2b");
	put(f, 1, "b", 55, 5);			/* its date */
	assert_listed(f, &all_clocks, "2a 1a 2c 1c 1b 2b");
	OK(f->ops->clock_of(f->s, 1, f->arena, &rows, &n, &err));
	assert_int_equal(n, 3);
	rows[0].clock.state = CLOCK_FILED;	/* its state */
	OK(f->ops->clock_put(f->s, &rows[0], &err));
	assert_listed(f, &f_filed, "1a");
	assert_listed(f, &f_running, "2a 2c 1c 1b 2b");
	OK(f->ops->clock_next(f->s, &next, &err));
	assert_int_equal(next, 2);
	put(f, 2, "c", 40, 70);			/* neither */
	assert_listed(f, &all_clocks, "2a 1a 2c 1c 1b 2b");
	OK(f->ops->clock_next(f->s, &next, &err));
	assert_int_equal(next, 4);
	suite_commit(f);
}

/* Each has its own number of moves, dates, and texts. */
static void what_is_put_of_one_clock_leaves_the_others(void **state)
{
	const char *lines[] = { "aware at ten", "+ PT24H" }, *other[] = { "aware at ten" };
	struct suite_fixture *f = *state;
	struct clock_row row, *have;
	size_t n, i;

	suite_begin(f);
	suite_add_incident(f, "a");
	for (i = 0; i < 4; i++) {
		row = suite_clock(1, i == 0 ? "a" : i == 1 ? "b" : i == 2 ? "c" : "d", 5);
		row.clock.anchor = i == 2 ? NULL : "aware";
		row.clock.reference = i < 2 ? "Art. 1" : "";
		row.clock.rules = "nis2/1";
		row.clock.derivation = i == 3 ? other : lines;
		row.clock.n_derivation = i == 3 ? 1 : 2;
		OK(f->ops->clock_put(f->s, &row, &err));
	}
	/* What the second had as the first is now another. */
	row = suite_clock(1, "a", 6);
	row.clock.regime = "nis2";
	row.clock.rules = "nis2/2";
	OK(f->ops->clock_put(f->s, &row, &err));
	suite_commit(f);
	OK(f->ops->clock_of(f->s, 1, f->arena, &have, &n, &err));
	assert_int_equal(n, 4);
	assert_null(have[0].clock.anchor);
	assert_null(have[0].clock.reference);
	assert_int_equal(have[0].clock.n_derivation, 0);
	suite_assert_text(have[0].clock.rules, "nis2/2");
	for (i = 1; i < 4; i++) {
		suite_assert_text(have[i].clock.anchor, i == 2 ? NULL : "aware");
		suite_assert_text(have[i].clock.reference, i < 2 ? "Art. 1" : "");
		suite_assert_text(have[i].clock.rules, "nis2/1");
		assert_int_equal(have[i].clock.n_derivation, i == 3 ? 1 : 2);
		suite_assert_text(have[i].clock.derivation[0], "aware at ten");
		assert_int_equal(have[i].clock.due_at, 5);
		assert_int_equal(have[i].revision, 0);
	}
	assert_int_equal(have[0].revision, 1);
}

/* Pages of every size show each clock once, whatever its state and incident. */
static int keep_last(void *arg, const struct clock_row *row, int64_t rowid)
{
	struct clock_filter *filter = ((void **)arg)[0];

	filter->after_at = row->clock.due_at != TIME_NONE ? row->clock.due_at
		: row->clock.planned_at;
	filter->after_id = rowid;
	return note_clock(((void **)arg)[1], row, rowid);
}

static void pages_show_each_clock_once(void **state)
{
	struct suite_fixture *f = *state;
	struct suite_listing whole = { 0 };
	int64_t incident;
	int limit, i;

	suite_begin(f);
	for (incident = 1; incident <= 4; incident++) {
		suite_add_incident(f, "a");
		for (i = 0; i < 8; i++) {
			struct clock_row row = suite_clock(incident, (const char *[]){ "a", "b",
				"c", "d", "e", "f", "g", "h" }[i], (incident * 7 + i * 3) % 5);

			row.clock.state = (enum clock_state)((incident + i) % 6);
			if (row.clock.state == CLOCK_PENDING) {
				row.clock.planned_at = i % 2 == 0 ? TIME_NONE : row.clock.due_at;
				row.clock.due_at = TIME_NONE;
			}
			OK(f->ops->clock_put(f->s, &row, &err));
		}
	}
	suite_commit(f);
	OK(f->ops->clock_list(f->s, &all_clocks, note_clock, &whole, &err));
	assert_int_equal(strlen(whole.text), 32 * 3 - 1);
	for (limit = 1; limit < 34; limit += 4) {
		struct clock_filter filter = all_clocks;
		struct suite_listing paged = { 0 };
		void *arg[] = { &filter, &paged };
		size_t before;

		filter.limit = limit;
		do {
			before = strlen(paged.text);
			OK(f->ops->clock_list(f->s, &filter, keep_last, arg, &err));
		} while (strlen(paged.text) > before);
		assert_string_equal(paged.text, whole.text);
	}
}

/* The clocks of a new incident: any number of them, and once. */
static void new_clocks_are_refused_where_there_are_some(void **state)
{
	struct suite_fixture *f = *state;
	static const char *const stages[] = { "a", "b", "c", "d", "e", "f", "g", "h", "i", "j" };
	struct clock_row rows[ARRAY_LEN(stages)], *have;
	size_t n, i, want;

	suite_begin(f);
	for (want = 0; want <= ARRAY_LEN(stages); want++) {
		int64_t id = suite_add_incident(f, "a");

		for (i = 0; i < want; i++) {
			rows[i] = suite_clock(id, stages[i], 100 * id + (int64_t)i);
			rows[i].revision = 99;	/* the store's own to say */
		}
		OK(f->ops->clock_insert(f->s, rows, want, &err));
		OK(f->ops->clock_of(f->s, id, f->arena, &have, &n, &err));
		assert_int_equal(n, want);
		for (i = 0; i < n; i++) {
			suite_assert_text(have[i].clock.stage, stages[i]);
			assert_int_equal(have[i].revision, 0);
		}
	}
	suite_commit(f);
	suite_begin(f);
	OK(f->ops->savepoint(f->s, &err));
	rows[0].clock.due_at = 1;
	FAILS(ERROR_CONFLICT, f->ops->clock_insert(f->s, rows, ARRAY_LEN(stages), &err));
	f->ops->undo(f->s);
	suite_commit(f);
	OK(f->ops->clock_of(f->s, rows[0].clock.incident, f->arena, &have, &n, &err));
	assert_true(n == ARRAY_LEN(stages) && have[0].clock.due_at != 1);
	OK(f->ops->clock_count(f->s, &all_clocks, &(int){ 0 }, &err));
}

static void what_is_undone_of_a_clock_was_never_there(void **state)
{
	struct suite_fixture *f = *state;
	int64_t next;

	suite_begin(f);
	put_six(f);
	suite_commit(f);
	suite_begin(f);
	OK(f->ops->savepoint(f->s, &err));
	put(f, 1, "a", 99, 1);
	put(f, 1, "d", 1, 1);
	assert_listed(f, &all_clocks, "1d 2a 1b 2c 1c 2b 1a");
	f->ops->undo(f->s);
	assert_listed(f, &all_clocks, "2a 1b 1a 2c 1c 2b");
	OK(f->ops->clock_next(f->s, &next, &err));
	assert_int_equal(next, 2);
	put(f, 1, "e", 1, TIME_NONE);
	f->ops->rollback(f->s);
	assert_listed(f, &all_clocks, "2a 1b 1a 2c 1c 2b");
}

/* ---- events ---------------------------------------------------------------- */

static void assert_events(struct suite_fixture *f, int64_t id, const char *wanted)
{
	struct incident_row row;
	const char *text = "";
	size_t i, j;

	OK(f->ops->incident_load(f->s, id, f->arena, &row, &err));
	for (i = 0; i < row.incident.n_events; i++) {
		const struct incident_event *e = &row.incident.events[i];

		text = arena_printf(f->arena, "%s%s%s:%s:%lld%s", text, i > 0 ? " " : "",
			e->type, e->by, (long long)e->at, e->replaced ? "!" : "");
		for (j = 0; j < i; j++)
			assert_int_not_equal(e->id, row.incident.events[j].id);
	}
	assert_string_equal(text, wanted);
}

static void an_incident_is_stored_with_its_events(void **state)
{
	struct suite_fixture *f = *state;
	struct incident_event first[] = {
		{ .type = "detected", .at = 1, .due_at = TIME_NONE, .by = "a", .recorded_at = 9 },
		{ .type = "aware", .at = 2, .due_at = 3, .by = "a", .basis = "b", .regime = "nis2",
			.recorded_at = 9 },
	}, more = { .type = "aware", .at = 5, .due_at = TIME_NONE, .by = "b", .recorded_at = 9 };
	struct incident_row row = suite_incident("acme"), other = suite_incident("acme");
	struct incident_row have;

	row.incident.events = first;
	row.incident.n_events = 2;
	suite_begin(f);
	OK(f->ops->incident_insert(f->s, &row, &err));
	OK(f->ops->incident_insert(f->s, &other, &err));
	assert_events(f, 1, "detected:a:1 aware:a:2");
	assert_events(f, 2, "");
	OK(f->ops->incident_load(f->s, 1, f->arena, &have, &err));
	assert_int_equal(have.incident.events[1].id, first[1].id);
	assert_int_equal(have.incident.events[1].due_at, 3);
	suite_assert_text(have.incident.events[1].regime, "nis2");
	suite_assert_text(have.incident.events[1].basis, "b");
	assert_true(have.incident.events[0].due_at == TIME_NONE);
	OK(f->ops->event_replace(f->s, 1, first[1].id, &err));
	OK(f->ops->event_insert(f->s, 1, &more, &err));
	OK(f->ops->event_insert(f->s, 2, &more, &err));
	assert_events(f, 1, "detected:a:1 aware:a:2! aware:b:5");
	assert_events(f, 2, "aware:b:5");
	suite_commit(f);
	suite_begin(f);
	OK(f->ops->savepoint(f->s, &err));
	OK(f->ops->event_replace(f->s, 1, first[0].id, &err));
	OK(f->ops->event_insert(f->s, 1, &more, &err));
	f->ops->undo(f->s);
	FAILS(ERROR_NOT_FOUND, f->ops->event_replace(f->s, 1, 77, &err));
	suite_commit(f);
	assert_events(f, 1, "detected:a:1 aware:a:2! aware:b:5");
}

/* An update of what is known of it leaves its events, and what it was opened with. */
static void an_update_leaves_what_it_does_not_write(void **state)
{
	static const char *regimes[] = { "nis2", "gdpr" };
	struct incident_event event = { .type = "aware", .at = 2, .due_at = TIME_NONE, .by = "a" };
	struct suite_fixture *f = *state;
	struct incident_row row = suite_incident("acme"), change = suite_incident("other"), have;

	row.incident.events = &event;
	row.incident.n_events = 1;
	row.incident.regimes = regimes;
	row.incident.n_regimes = 2;
	row.incident.drill = true;
	row.incident.drill_scale = 7;
	row.incident.similar[0] = 3;
	row.incident.n_similar = 1;
	suite_begin(f);
	OK(f->ops->incident_insert(f->s, &row, &err));
	change.incident.id = row.incident.id;
	change.incident.title = "New";
	change.incident.description = "more";
	OK(f->ops->incident_update(f->s, &change, &err));
	suite_commit(f);
	OK(f->ops->incident_load(f->s, row.incident.id, f->arena, &have, &err));
	suite_assert_text(have.incident.title, "New");
	suite_assert_text(have.incident.description, "more");
	suite_assert_text(have.incident.entity, "acme");
	assert_int_equal(have.incident.n_regimes, 2);
	assert_int_equal(have.incident.drill_scale, 7);
	assert_true(have.incident.n_similar == 1 && have.incident.similar[0] == 3);
	assert_true(have.incident.drill && have.incident.n_events == 1);
}

/* Rules that were put in what was undone are not there, however often they were asked for. */
static void rules_that_were_undone_are_not_there(void **state)
{
	struct suite_fixture *f = *state;
	struct incident_row row = suite_incident("acme");

	row.incident.ruleset = "d1";
	suite_begin(f);
	FAILS(ERROR_NOT_FOUND, f->ops->incident_insert(f->s, &row, &err));
	OK(f->ops->savepoint(f->s, &err));
	OK(f->ops->ruleset_put(f->s, "d1", NULL, 0, 1, &err));
	OK(f->ops->incident_insert(f->s, &row, &err));
	OK(f->ops->incident_insert(f->s, &row, &err));
	f->ops->undo(f->s);
	FAILS(ERROR_NOT_FOUND, f->ops->incident_insert(f->s, &row, &err));
	OK(f->ops->ruleset_put(f->s, "d1", NULL, 0, 1, &err));
	OK(f->ops->incident_insert(f->s, &row, &err));
	f->ops->rollback(f->s);
	suite_begin(f);
	FAILS(ERROR_NOT_FOUND, f->ops->incident_insert(f->s, &row, &err));
	OK(f->ops->ruleset_put(f->s, "d2", NULL, 0, 1, &err));
	FAILS(ERROR_NOT_FOUND, f->ops->incident_insert(f->s, &row, &err));
	row.incident.ruleset = "d2";
	OK(f->ops->incident_insert(f->s, &row, &err));
	row.incident.ruleset = "d1";
	FAILS(ERROR_NOT_FOUND, f->ops->incident_update(f->s, &row, &err));
	suite_commit(f);
}

static const struct CMUnitTest tests[] = {
	SUITE_TEST(clocks_of_one_incident_come_up_each_by_itself),
	SUITE_TEST(no_clock_of_a_backlog_is_left_out),
	SUITE_TEST(a_clock_that_moves_is_listed_in_its_new_place_alone),
	SUITE_TEST(what_is_put_of_one_clock_leaves_the_others),
	SUITE_TEST(pages_show_each_clock_once),
	SUITE_TEST(new_clocks_are_refused_where_there_are_some),
	SUITE_TEST(what_is_undone_of_a_clock_was_never_there),
	SUITE_TEST(an_incident_is_stored_with_its_events),
	SUITE_TEST(an_update_leaves_what_it_does_not_write),
	SUITE_TEST(rules_that_were_undone_are_not_there),
};

const struct suite_part store_suite_several = { tests, ARRAY_LEN(tests) };
