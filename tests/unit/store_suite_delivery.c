/* Deliveries and attempts: what every store must do. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "store_suite.h"

static int note_delivery(void *arg, const struct delivery_row *row)
{
	return suite_note(arg, row->channel);
}

static const char *listed_deliveries(struct suite_fixture *f, const struct delivery_row *rows,
	size_t n)
{
	const char *text = "";
	size_t i;

	for (i = 0; i < n; i++)
		text = arena_printf(f->arena, "%s%s%s%s%s", text, i > 0 ? " " : "",
			rows[i].channel, rows[i].recipient == NULL ? "" : "/",
			rows[i].recipient == NULL ? "" : rows[i].recipient);
	return text;
}

static int64_t add_delivery(struct suite_fixture *f, struct delivery_row row)
{
	OK(f->ops->delivery_insert(f->s, &row, &err));
	return row.id;
}

static void set_delivery(struct suite_fixture *f, int64_t id, enum delivery_state state,
	int64_t next_at)
{
	struct delivery_row row = { .id = id, .state = state, .next_at = next_at,
		.fallback_at = TIME_NONE, .attempts = 1 };

	OK(f->ops->delivery_update(f->s, &row, &err));
}

static void a_delivery_comes_back_as_it_went_in(void **state)
{
	struct suite_fixture *f = *state;
	struct delivery_row row, have;

	suite_begin(f);
	row = (struct delivery_row){ .incident = suite_add_incident(f, "acme"),
		.regime = "nis2",
		.stage = "notification", .kind = "step", .step = "-PT4H", .step_number = 2,
		.repeat = 3, .channel = "mail", .recipient = "ciso@example.org",
		.state = DELIVERY_WAITING, .created_at = 1, .due_at = INT64_MAX, .next_at = 5,
		.failures = 1, .fallback_at = TIME_NONE, .stands_for = 2, .page = 3,
		.notice = "{\"text\":\"ü\"}" };
	OK(f->ops->delivery_insert(f->s, &row, &err));
	OK(f->ops->delivery_load(f->s, row.id, f->arena, &have, &err));
	assert_int_equal(have.failures, 1);
	assert_true(have.fallback_at == TIME_NONE);
	assert_int_equal(have.stands_for, 2);
	assert_null(have.why);
	assert_int_equal(have.page, 3);
	row.state = DELIVERY_SENDING;
	row.next_at = TIME_NONE;
	row.attempts = 4;
	row.failures = 3;
	row.fallback_at = 77;
	row.stands_for = 9;
	row.why = "something else";
	OK(f->ops->delivery_update(f->s, &row, &err));
	suite_commit(f);
	OK(f->ops->delivery_load(f->s, row.id, f->arena, &have, &err));
	assert_int_equal(have.incident, row.incident);
	suite_assert_text(have.entity, "acme");
	suite_assert_text(have.regime, "nis2");
	suite_assert_text(have.stage, "notification");
	suite_assert_text(have.kind, "step");
	suite_assert_text(have.step, "-PT4H");
	assert_int_equal(have.step_number, 2);
	assert_int_equal(have.repeat, 3);
	suite_assert_text(have.channel, "mail");
	suite_assert_text(have.recipient, "ciso@example.org");
	assert_int_equal(have.state, DELIVERY_SENDING);
	assert_true(have.due_at == INT64_MAX);
	assert_true(have.next_at == TIME_NONE);
	assert_int_equal(have.attempts, 4);
	assert_int_equal(have.failures, 3);
	assert_true(have.fallback_at == 77);
	assert_int_equal(have.stands_for, 9);
	suite_assert_text(have.why, "something else");
	assert_int_equal(have.page, 3);
	suite_assert_text(have.notice, row.notice);
	assert_int_equal(have.n_list, 0);
	assert_int_equal(have.replay_of, 0);
}

static void a_replay_names_what_it_repeats(void **state)
{
	struct suite_fixture *f = *state;
	struct delivery_row row, have;
	int64_t old;

	suite_begin(f);
	row = suite_delivery(suite_add_incident(f, "acme"), "soc", 5);
	old = add_delivery(f, row);
	row.replay_of = old;
	OK(f->ops->delivery_insert(f->s, &row, &err));
	suite_commit(f);
	OK(f->ops->delivery_load(f->s, row.id, f->arena, &have, &err));
	assert_int_equal(have.replay_of, old);
	assert_int_not_equal(have.id, old);
}

static void a_delivery_may_belong_to_no_incident(void **state)
{
	struct suite_fixture *f = *state;
	struct delivery_row have;
	int64_t id;

	suite_begin(f);
	id = add_delivery(f, (struct delivery_row){ .kind = "operations", .channel = "soc",
		.created_at = 1, .due_at = TIME_NONE, .next_at = 1 });
	suite_commit(f);
	OK(f->ops->delivery_load(f->s, id, f->arena, &have, &err));
	assert_int_equal(have.incident, 0);
	assert_null(have.entity);
	assert_null(have.stage);
	assert_null(have.notice);
}

static const char *due_deliveries(struct suite_fixture *f, const char *channel, int64_t now,
	int limit)
{
	struct delivery_row *rows;
	const char *text = "";
	size_t n, i;

	OK(f->ops->delivery_due(f->s, channel, now, limit, f->arena, &rows, &n, &err));
	for (i = 0; i < n; i++)
		text = arena_printf(f->arena, "%s%s%lld", text, i > 0 ? " " : "",
			(long long)rows[i].id);
	return text;
}

static void deliveries_come_up_by_channel_and_deadline(void **state)
{
	static const struct { const char *channel; int64_t due, next; } made[] = {
		{ "soc", TIME_NONE, 1 }, { "soc", 200, 5 }, { "soc", 100, 6 }, { "soc", 200,
			5 },
		{ "soc", 50, TIME_NONE }, { "mail", 10, 1 },
	};
	struct suite_fixture *f = *state;
	const char **channels;
	int64_t id, at;
	size_t i, n;

	suite_begin(f);
	id = suite_add_incident(f, "acme");
	for (i = 0; i < ARRAY_LEN(made); i++) {
		struct delivery_row row = suite_delivery(id, made[i].channel, made[i].next);

		row.due_at = made[i].due;
		add_delivery(f, row);
	}
	suite_commit(f);
	assert_string_equal(due_deliveries(f, "soc", 0, 10), "");
	assert_string_equal(due_deliveries(f, "soc", 5, 10), "2 4 1");
	assert_string_equal(due_deliveries(f, "soc", 6, 10), "3 2 4 1");
	assert_string_equal(due_deliveries(f, "soc", 6, 2), "3 2");
	assert_string_equal(due_deliveries(f, "mail", 6, 10), "6");
	assert_string_equal(due_deliveries(f, "pager", 6, 10), "");
	OK(f->ops->delivery_next(f->s, "soc", &at, &err));
	assert_int_equal(at, 1);
	OK(f->ops->delivery_channels(f->s, f->arena, &channels, &n, &err));
	assert_int_equal(n, 2);
	suite_assert_text(channels[0], "mail");
	suite_assert_text(channels[1], "soc");
}

/* Whose fallback is not told yet: however few a piece has, all are found, each once, in
 * the order of their deadlines. */
static void all_that_are_stuck_are_found_piece_by_piece(void **state)
{
	static const struct { const char *channel; int64_t due, next; } made[] = {
		{ "soc", TIME_NONE, 1 }, { "soc", 200, 5 }, { "soc", 100, TIME_NONE },
		{ "mail", 150, 1 }, { "soc", 200, INT64_MAX }, { "soc", TIME_NONE, 9 },
	};
	struct suite_fixture *f = *state;
	struct delivery_row told;
	int64_t incident, gone;
	int limit;
	size_t i;

	suite_begin(f);
	incident = suite_add_incident(f, "acme");
	for (i = 0; i < ARRAY_LEN(made); i++) {
		struct delivery_row row = suite_delivery(incident, made[i].channel, made[i].next);

		row.due_at = made[i].due;
		add_delivery(f, row);
	}
	told = suite_delivery(incident, "soc", 1);
	told.fallback_at = 1;
	add_delivery(f, told);
	told.fallback_at = TIME_NONE;
	told.kind = "settled";
	add_delivery(f, told);
	gone = add_delivery(f, suite_delivery(incident, "soc", 1));
	set_delivery(f, gone, DELIVERY_DELIVERED, TIME_NONE);
	suite_commit(f);
	for (limit = 1; limit <= 6; limit++) {
		int64_t due_at = TIME_NONE, id = 0;
		struct delivery_row *rows;
		const char *text = "";
		size_t n;

		do {
			OK(f->ops->delivery_stuck(f->s, "soc", due_at, id, limit, f->arena, &rows,
				&n, &err));
			for (i = 0; i < n; i++) {
				due_at = rows[i].due_at;
				id = rows[i].id;
				text = arena_printf(f->arena, "%s %lld", text, (long long)id);
			}
		} while (n > 0);
		assert_string_equal(text, " 3 2 5 1 6");
	}
}

static void alerts_of_a_pager_are_counted_by_clock(void **state)
{
	static const struct { const char *kind, *stage, *channel; int page, step,
		attempts; enum delivery_state state; } made[] = {
		{ "step", "early-warning", "pager", 0, 4, 1, DELIVERY_DELIVERED },
		{ "step", "early-warning", "pager", 1, 2, 1, DELIVERY_SENDING },
		{ "step", "early-warning", "pager", 1, 5, 1, DELIVERY_WAITING },
		{ "step", "early-warning", "pager", 2, 6, 0, DELIVERY_WAITING },
		{ "acknowledged", "early-warning", "pager", 0, 6, 1, DELIVERY_DELIVERED },
		{ "step", "early-warning", "pager", 3, 7, 1, DELIVERY_CANCELLED },
		{ "acknowledged", "early-warning", "pager", 1, 6, 0, DELIVERY_WAITING },
		{ "acknowledged", "early-warning", "pager", 4, 6, 1, DELIVERY_FAILED },
		{ "acknowledged", "early-warning", "pager", 5, 6, 1, DELIVERY_CANCELLED },
		{ "settled", "early-warning", "pager", 6, 6, 1, DELIVERY_DELIVERED },
		{ "step", "early-warning", "other", 7, 8, 1, DELIVERY_DELIVERED },
		{ "step", "notification", "pager", 8, 9, 1, DELIVERY_DELIVERED },
	};
	struct suite_fixture *f = *state;
	struct delivery_pages pages;
	int64_t id;
	size_t i;

	suite_begin(f);
	id = suite_add_incident(f, "acme");
	for (i = 0; i < ARRAY_LEN(made); i++) {
		struct delivery_row row = suite_delivery(id, made[i].channel, TIME_NONE);

		row.kind = made[i].kind;
		row.stage = made[i].stage;
		row.page = made[i].page;
		row.step_number = made[i].step;
		row.attempts = made[i].attempts;
		row.state = made[i].state;
		add_delivery(f, row);
	}
	suite_commit(f);
	OK(f->ops->delivery_pages(f->s, id, "nis2", "early-warning", "pager", &pages, &err));
	assert_int_equal(pages.steps, 3);
	assert_int_equal(pages.told, 1);
	assert_int_equal(pages.told_step, 5);
	assert_int_equal(pages.acknowledged, 1);
	OK(f->ops->delivery_pages(f->s, id, "gdpr", "early-warning", "pager", &pages, &err));
	assert_int_equal(pages.steps, -1);
	assert_int_equal(pages.told, -1);
	assert_int_equal(pages.told_step, 0);
	assert_int_equal(pages.acknowledged, -1);
}

static void a_delivery_that_is_settled_waits_no_longer(void **state)
{
	struct suite_fixture *f = *state;
	const char **channels;
	int64_t incident, a, b, at;
	size_t n;

	suite_begin(f);
	incident = suite_add_incident(f, "acme");
	a = add_delivery(f, suite_delivery(incident, "soc", 5));
	b = add_delivery(f, suite_delivery(incident, "soc", 7));
	suite_commit(f);
	suite_begin(f);
	set_delivery(f, a, DELIVERY_DELIVERED, TIME_NONE);
	OK(f->ops->delivery_next(f->s, "soc", &at, &err));
	assert_int_equal(at, 7);
	set_delivery(f, b, DELIVERY_WAITING, 9);
	OK(f->ops->delivery_next(f->s, "soc", &at, &err));
	assert_int_equal(at, 9);
	set_delivery(f, b, DELIVERY_CANCELLED, TIME_NONE);
	OK(f->ops->delivery_next(f->s, "soc", &at, &err));
	assert_true(at == TIME_NONE);
	OK(f->ops->delivery_channels(f->s, f->arena, &channels, &n, &err));
	assert_int_equal(n, 0);
	OK(f->ops->delivery_oldest(f->s, &at, &err));
	assert_true(at == TIME_NONE);
	f->ops->rollback(f->s);
	assert_string_equal(due_deliveries(f, "soc", 7, 10), "1 2");
	OK(f->ops->delivery_oldest(f->s, &at, &err));
	assert_int_equal(at, 1);
}

static void deliveries_are_found_by_what_becomes_of_them(void **state)
{
	static const struct { const char *channel; int most, wanted; } counts[] = {
		{ "one", 9, 2 }, { "one", 1, 1 }, { "two", 9, 0 }, { "four", 9, 0 },
		{ "none", 9, 0 },
	};
	struct suite_fixture *f = *state;
	struct delivery_row row, *rows;
	int64_t a, b, at;
	size_t n, i;
	int count;

	suite_begin(f);
	a = suite_add_incident(f, "a");
	b = suite_add_incident(f, "b");
	add_delivery(f, suite_delivery(b, "one", 5));
	row = suite_delivery(a, "one", 5);
	row.created_at = 30;
	add_delivery(f, row);
	row = suite_delivery(a, "two", 5);
	row.created_at = 20;
	row.state = DELIVERY_SENDING;
	add_delivery(f, row);
	row = suite_delivery(a, "three", 5);
	row.stage = "notification";
	add_delivery(f, row);
	row.created_at = 10;
	row.channel = "four";
	row.state = DELIVERY_FAILED;
	add_delivery(f, row);
	add_delivery(f, suite_delivery(b, "five", 5));
	suite_commit(f);
	OK(f->ops->delivery_sending(f->s, f->arena, &rows, &n, &err));
	assert_string_equal(listed_deliveries(f, rows, n), "two");
	for (i = 0; i < ARRAY_LEN(counts); i++) {
		OK(f->ops->delivery_count(f->s, counts[i].channel, counts[i].most, &count, &err));
		assert_int_equal(count, counts[i].wanted);
	}
	OK(f->ops->delivery_waiting(f->s, a, "nis2", "early-warning", f->arena, &rows, &n,
		&err));
	assert_string_equal(listed_deliveries(f, rows, n), "one");
	OK(f->ops->delivery_waiting(f->s, a, "gdpr", "early-warning", f->arena, &rows, &n,
		&err));
	assert_int_equal(n, 0);
	OK(f->ops->delivery_waiting(f->s, a, NULL, NULL, f->arena, &rows, &n, &err));
	assert_string_equal(listed_deliveries(f, rows, n), "one three");
	OK(f->ops->delivery_oldest(f->s, &at, &err));
	assert_int_equal(at, 1);
}

static void who_was_told_is_named_once(void **state)
{
	static const struct { const char *channel, *recipient, *kind, *stage;
		enum delivery_state state; } made[] = {
		{ "soc", NULL, "step", "early-warning", DELIVERY_DELIVERED },
		{ "mail", "a@example.org", "step", "early-warning", DELIVERY_DELIVERED },
		{ "soc", NULL, "step", "early-warning", DELIVERY_DELIVERED },
		{ "mail", "b@example.org", "step", "early-warning", DELIVERY_SENDING },
		{ "mail", "a@example.org", "step", "early-warning", DELIVERY_DELIVERED },
		{ "hook", NULL, "step", "early-warning", DELIVERY_FAILED },
		{ "screen", NULL, "step", "early-warning", DELIVERY_WAITING },
		{ "pager", NULL, "settled", "early-warning", DELIVERY_DELIVERED },
		{ "other", NULL, "step", "notification", DELIVERY_DELIVERED },
	};
	struct suite_fixture *f = *state;
	struct delivery_row *rows;
	int64_t id;
	size_t i, n;

	suite_begin(f);
	id = suite_add_incident(f, "acme");
	for (i = 0; i < ARRAY_LEN(made); i++) {
		struct delivery_row row = suite_delivery(id, made[i].channel, TIME_NONE);

		row.recipient = made[i].recipient;
		row.kind = made[i].kind;
		row.stage = made[i].stage;
		row.state = made[i].state;
		add_delivery(f, row);
	}
	suite_commit(f);
	OK(f->ops->delivery_told(f->s, id, "nis2", "early-warning", f->arena, &rows, &n,
		&err));
	assert_string_equal(listed_deliveries(f, rows, n),
		"soc mail/a@example.org mail/b@example.org");
}

static int keep_attempts(void *arg, const struct delivery_row *row)
{
	struct suite_listing *l = arg;
	size_t i;

	for (i = 0; i < row->n_list; i++) {
		suite_note(l, attempt_outcome_name(row->list[i].outcome));
		if (row->list[i].detail != NULL)
			suite_note(l, row->list[i].detail);
	}
	return 0;
}

static void attempts_are_listed_with_their_delivery(void **state)
{
	struct suite_fixture *f = *state;
	struct attempt_row attempts[3] = { { .at = 1 }, { .at = 2 }, { .at = 3 } };
	struct suite_listing l = { 0 };
	int64_t id;
	size_t i;

	suite_begin(f);
	id = add_delivery(f, suite_delivery(suite_add_incident(f, "acme"), "soc", 1));
	add_delivery(f, suite_delivery(1, "mail", 1));
	for (i = 0; i < ARRAY_LEN(attempts); i++) {
		attempts[i].delivery = id;
		OK(f->ops->attempt_insert(f->s, &attempts[i], &err));
	}
	attempts[0].outcome = ATTEMPT_TEMPORARY;
	attempts[0].detail = "503";
	OK(f->ops->attempt_finish(f->s, &attempts[0], &err));
	attempts[1].outcome = ATTEMPT_DELIVERED;
	OK(f->ops->attempt_finish(f->s, &attempts[1], &err));
	OK(f->ops->attempt_abandon(f->s, id, "restart", &err));
	suite_commit(f);
	OK(f->ops->delivery_list(f->s, &(struct delivery_filter){ 0 }, keep_attempts, &l,
		&err));
	assert_string_equal(l.text, "temporary 503 delivered ambiguous restart");
}

static void deliveries_are_listed_newest_first(void **state)
{
	static const enum delivery_state failed = DELIVERY_FAILED;
	static const char *const b[] = { "b" };
	static const struct { struct delivery_filter filter; const char *wanted; } cases[] = {
		{ { 0 }, "none b2 a2 b1 a1" },
		{ { .limit = 2 }, "none b2" },
		{ { .before_id = 4 }, "a2 b1 a1" },
		{ { .incident = 1 }, "a2 a1" },
		{ { .incident = 1, .state = &failed }, "a1" },
		{ { .state = &failed }, "a1" },
		{ { .entities = b, .n_entities = 1 }, "b2 b1" },
	};
	struct suite_fixture *f = *state;
	size_t i;

	suite_begin(f);
	suite_add_incident(f, "a");
	suite_add_incident(f, "b");
	set_delivery(f, add_delivery(f, suite_delivery(1, "a1", 1)), DELIVERY_FAILED,
		TIME_NONE);
	add_delivery(f, suite_delivery(2, "b1", 1));
	add_delivery(f, suite_delivery(1, "a2", 1));
	add_delivery(f, suite_delivery(2, "b2", 1));
	add_delivery(f, suite_delivery(0, "none", 1));
	suite_commit(f);
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct suite_listing l = { 0 };

		OK(f->ops->delivery_list(f->s, &cases[i].filter, note_delivery, &l, &err));
		if (strcmp(l.text, cases[i].wanted) != 0)
			fail_msg("case %zu: \"%s\", not \"%s\"", i, l.text, cases[i].wanted);
	}
}

static const struct CMUnitTest tests[] = {
	SUITE_TEST(a_delivery_comes_back_as_it_went_in),
	SUITE_TEST(a_replay_names_what_it_repeats),
	SUITE_TEST(a_delivery_may_belong_to_no_incident),
	SUITE_TEST(deliveries_come_up_by_channel_and_deadline),
	SUITE_TEST(all_that_are_stuck_are_found_piece_by_piece),
	SUITE_TEST(alerts_of_a_pager_are_counted_by_clock),
	SUITE_TEST(a_delivery_that_is_settled_waits_no_longer),
	SUITE_TEST(deliveries_are_found_by_what_becomes_of_them),
	SUITE_TEST(who_was_told_is_named_once),
	SUITE_TEST(attempts_are_listed_with_their_delivery),
	SUITE_TEST(deliveries_are_listed_newest_first),
};

const struct suite_part store_suite_delivery = { tests, ARRAY_LEN(tests) };
