/* Transactions, the journal, answers kept, small values: what every store must do. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "store_suite.h"

static int note_incident(void *arg, const struct incident_row *row)
{
	char id[24];

	snprintf(id, sizeof(id), "%lld", (long long)row->incident.id);
	return suite_note(arg, id);
}

static int note_journal(void *arg, const struct journal_row *row)
{
	return suite_note(arg, row->line);
}

static void the_journal_is_a_chain(void **state)
{
	static const struct { int64_t after,
		incident; int limit; const char *wanted; } cases[] = {
		{ 0, 0, 0, "a b c d" }, { 2, 0, 0, "c d" }, { 0, 0, 2, "a b" }, { 4, 0, 0,
			"" },
		{ 0, 1, 0, "b d" }, { 2, 1, 5, "d" }, { 0, 1, 1, "b" }, { 0, 2, 0, "" },
	};
	struct suite_fixture *f = *state;
	struct suite_listing first = { .stop_after = 1 };
	size_t i;

	suite_begin(f);
	OK(suite_append(f->s, 0, "a", &err));
	OK(suite_append(f->s, 1, "b", &err));
	suite_commit(f);
	suite_begin(f);
	OK(suite_append(f->s, 0, "c", &err));
	OK(suite_append(f->s, 1, "d", &err));
	FAILS(ERROR_CONFLICT, f->ops->journal_append(f->s, &(struct journal_row){ .seq = 4,
		.line = "e", .len = 1 }, &err));
	FAILS(ERROR_CONFLICT, f->ops->journal_append(f->s, &(struct journal_row){ .seq = 6,
		.line = "e", .len = 1 }, &err));
	suite_commit(f);
	assert_int_equal(suite_verify_journal(f->s), 4);
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct suite_listing l = { 0 };

		OK(f->ops->journal_read(f->s, cases[i].after, cases[i].incident,
			cases[i].limit,
			note_journal, &l, &err));
		if (strcmp(l.text, cases[i].wanted) != 0)
			fail_msg("case %zu: \"%s\", not \"%s\"", i, l.text, cases[i].wanted);
	}
	assert_int_equal(f->ops->journal_read(f->s, 0, 0, 0, note_journal, &first, NULL), -1);
	assert_string_equal(first.text, "a");
}

static void a_line_is_kept_byte_for_byte(void **state)
{
	struct suite_fixture *f = *state;
	size_t size = (size_t)1 << 20;
	char *line = xmalloc(size + 1);
	size_t i;

	for (i = 0; i < size; i++)
		line[i] = (char)('!' + i % 90);
	line[size] = '\0';
	suite_begin(f);
	OK(suite_append(f->s, 0, line, &err));
	OK(suite_append(f->s, 0, "{\"by\":\"\xc3\xbc\xf0\x9f\x94\x94\"}", &err));
	suite_commit(f);
	assert_int_equal(suite_verify_journal(f->s), 2);
	free(line);
}

/* Whoever was refused before that has nothing to be taken back. */
static void whether_anything_was_written_is_known(void **state)
{
	struct suite_fixture *f = *state;
	struct incident_row row;
	int64_t before;

	suite_begin(f);
	before = f->ops->changes(f->s);
	FAILS(ERROR_NOT_FOUND, f->ops->incident_load(f->s, 9, f->arena, &row, &err));
	assert_true(f->ops->changes(f->s) == before);
	suite_add_incident(f, "acme");
	assert_true(f->ops->changes(f->s) != before);
	before = f->ops->changes(f->s);
	OK(suite_append(f->s, 1, "line", &err));
	assert_true(f->ops->changes(f->s) != before);
	before = f->ops->changes(f->s);
	OK(f->ops->incident_count_alert(f->s, 1, 50, &err));
	assert_true(f->ops->changes(f->s) != before);
	suite_commit(f);
}

static void a_refused_command_leaves_the_batch(void **state)
{
	struct suite_fixture *f = *state;
	struct suite_listing incidents = { 0 }, lines = { 0 };
	struct journal_check before, after;

	suite_begin(f);
	OK(f->ops->savepoint(f->s, &err));
	suite_add_incident(f, "first");
	OK(suite_append(f->s, 1, "first", &err));
	OK(f->ops->release(f->s, &err));
	OK(f->ops->journal_head(f->s, &before, &err));

	OK(f->ops->savepoint(f->s, &err));
	suite_add_incident(f, "refused");
	OK(suite_append(f->s, 2, "refused", &err));
	OK(f->ops->incident_count_alert(f->s, 1, 50, &err));
	f->ops->undo(f->s);
	OK(f->ops->journal_head(f->s, &after, &err));
	assert_int_equal(after.seq, before.seq);
	assert_string_equal(after.hash, before.hash);

	OK(f->ops->savepoint(f->s, &err));
	suite_add_incident(f, "third");
	OK(suite_append(f->s, 2, "third", &err));
	OK(f->ops->release(f->s, &err));
	suite_commit(f);

	OK(f->ops->incident_list(f->s, &(struct incident_filter){ .all = true },
		note_incident, &incidents, &err));
	assert_string_equal(incidents.text, "2 1");
	OK(f->ops->journal_read(f->s, 0, 0, 0, note_journal, &lines, &err));
	assert_string_equal(lines.text, "first third");
	suite_verify_journal(f->s);
}

static void a_rollback_takes_everything_back(void **state)
{
	struct suite_fixture *f = *state;
	struct idempotency_row answer = { .actor = "token:ops", .key = "k", .status = 201 };
	struct incident_row row;
	const char *value;
	struct clock_row clock, *clocks;
	size_t n;

	suite_begin(f);
	suite_add_incident(f, "acme");
	clock = suite_clock(1, "early-warning", 10);
	OK(f->ops->clock_put(f->s, &clock, &err));
	OK(f->ops->idempotency_put(f->s, &answer, &err));
	OK(f->ops->meta_put(f->s, "m", "1", &err));
	OK(suite_append(f->s, 0, "kept", &err));
	suite_commit(f);

	suite_begin(f);
	OK(f->ops->incident_count_alert(f->s, 1, 50, &err));
	OK(f->ops->incident_count_alert(f->s, 1, 60, &err));
	clock.clock.due_at = 11;
	OK(f->ops->clock_put(f->s, &clock, &err));
	clock.clock.stage = "notification";
	OK(f->ops->clock_put(f->s, &clock, &err));
	answer.at = -1;
	OK(f->ops->idempotency_purge(f->s, INT64_MAX, 10, &err));
	OK(f->ops->idempotency_put(f->s, &answer, &err));
	OK(f->ops->meta_put(f->s, "m", "2", &err));
	OK(suite_append(f->s, 0, "lost", &err));
	OK(f->ops->savepoint(f->s, &err));
	f->ops->rollback(f->s);
	f->ops->rollback(f->s);		/* harmless */

	OK(f->ops->incident_load(f->s, 1, f->arena, &row, &err));
	assert_int_equal(row.incident.alerts, 0);
	assert_int_equal(row.changed_at, 1);
	OK(f->ops->clock_of(f->s, 1, f->arena, &clocks, &n, &err));
	assert_int_equal(n, 1);
	assert_int_equal(clocks[0].clock.due_at, 10);
	OK(f->ops->idempotency_get(f->s, "token:ops", "k", f->arena, &answer, &err));
	assert_int_equal(answer.at, 0);
	OK(f->ops->meta_get(f->s, "m", f->arena, &value, &err));
	suite_assert_text(value, "1");
	assert_int_equal(suite_verify_journal(f->s), 1);
	suite_begin(f);
	suite_commit(f);
}

static void transactions_have_an_order(void **state)
{
	struct suite_fixture *f = *state;
	struct incident_row row = suite_incident("acme");
	bool more;

	FAILS(ERROR_INTERNAL, f->ops->incident_insert(f->s, &row, &err));
	FAILS(ERROR_INTERNAL, f->ops->meta_put(f->s, "m", "1", &err));
	FAILS(ERROR_INTERNAL, suite_append(f->s, 0, "line", &err));
	FAILS(ERROR_INTERNAL, f->ops->commit(f->s, &err));
	FAILS(ERROR_INTERNAL, f->ops->savepoint(f->s, &err));
	FAILS(ERROR_INTERNAL, f->ops->release(f->s, &err));
	f->ops->undo(f->s);
	f->ops->rollback(f->s);
	suite_begin(f);
	FAILS(ERROR_INTERNAL, f->ops->begin(f->s, &err));
	FAILS(ERROR_INTERNAL, f->ops->upkeep(f->s, &more, &err));
	OK(f->ops->savepoint(f->s, &err));
	FAILS(ERROR_INTERNAL, f->ops->savepoint(f->s, &err));
	suite_commit(f);
	OK(f->ops->upkeep(f->s, &more, &err));
	assert_false(more);
	assert_int_equal(suite_verify_journal(f->s), 0);
}

static void answers_are_kept_once_and_purged_in_bounds(void **state)
{
	static const char *const keys[] = { "a", "b", "c", "d" };
	struct suite_fixture *f = *state;
	struct idempotency_row row, have;
	size_t i;
	int left = 0;

	suite_begin(f);
	for (i = 0; i < ARRAY_LEN(keys); i++) {
		row = (struct idempotency_row){ .actor = "token:ops", .key = keys[i],
			.status = 201, .body = "{\"id\":1}", .at = 10 * (int64_t)i };
		memset(row.digest, '7', sizeof(row.digest) - 1);
		OK(f->ops->idempotency_put(f->s, &row, &err));
	}
	FAILS(ERROR_CONFLICT, f->ops->idempotency_put(f->s, &row, &err));
	row.actor = "token:other";
	OK(f->ops->idempotency_put(f->s, &row, &err));
	suite_commit(f);
	OK(f->ops->idempotency_get(f->s, "token:ops", "b", f->arena, &have, &err));
	suite_assert_text(have.actor, "token:ops");
	suite_assert_text(have.key, "b");
	assert_string_equal(have.digest, row.digest);
	assert_int_equal(have.status, 201);
	suite_assert_text(have.body, "{\"id\":1}");
	assert_int_equal(have.at, 10);
	suite_begin(f);
	OK(f->ops->idempotency_purge(f->s, 30, 2, &err));
	for (i = 0; i < ARRAY_LEN(keys); i++)
		left += f->ops->idempotency_get(f->s, "token:ops", keys[i], f->arena, &have,
			NULL) == 0;
	assert_int_equal(left, 2);
	OK(f->ops->idempotency_purge(f->s, 30, 2, &err));
	FAILS(ERROR_NOT_FOUND, f->ops->idempotency_get(f->s, "token:ops", "c", f->arena, &have,
		&err));
	OK(f->ops->idempotency_get(f->s, "token:ops", "d", f->arena, &have, &err));
	suite_commit(f);
}

static void small_values_are_kept_by_name(void **state)
{
	struct suite_fixture *f = *state;
	const char *value = "unset";

	OK(f->ops->meta_get(f->s, "nothing", f->arena, &value, &err));
	assert_null(value);
	suite_begin(f);
	OK(f->ops->meta_put(f->s, META_HEARTBEAT, "1", &err));
	OK(f->ops->meta_put(f->s, META_HEARTBEAT, "2", &err));
	suite_commit(f);
	OK(f->ops->meta_get(f->s, META_HEARTBEAT, f->arena, &value, &err));
	suite_assert_text(value, "2");
}

static void alerts_have_ids_with_and_without_an_incident(void **state)
{
	struct suite_fixture *f = *state;
	struct alert_row row = { .source = "wazuh", .outcome = "below-minimum",
		.stated_at = TIME_NONE, .body = "a\0b", .body_len = 3 };

	suite_begin(f);
	suite_add_incident(f, "acme");
	OK(f->ops->alert_insert(f->s, &row, &err));
	assert_int_equal(row.id, 1);
	row.incident = 1;
	row.body = NULL;
	row.body_len = 0;
	OK(f->ops->alert_insert(f->s, &row, &err));
	assert_int_equal(row.id, 2);
	suite_commit(f);
}

static void names_of_states_are_read_back(void **state)
{
	enum delivery_state delivery;
	enum attempt_outcome outcome;
	int i;

	(void)state;
	for (i = DELIVERY_WAITING; i <= DELIVERY_CANCELLED; i++) {
		assert_int_equal(delivery_state_parse(
			delivery_state_name((enum delivery_state)i), &delivery), 0);
		assert_int_equal(delivery, i);
	}
	for (i = ATTEMPT_UNKNOWN; i <= ATTEMPT_AMBIGUOUS; i++) {
		assert_int_equal(attempt_outcome_parse(
			attempt_outcome_name((enum attempt_outcome)i), &outcome), 0);
		assert_int_equal(outcome, i);
	}
	assert_int_equal(delivery_state_parse("sent", &delivery), -1);
	assert_int_equal(attempt_outcome_parse("", &outcome), -1);
}

static const struct CMUnitTest tests[] = {
	SUITE_TEST(the_journal_is_a_chain),
	SUITE_TEST(a_line_is_kept_byte_for_byte),
	SUITE_TEST(whether_anything_was_written_is_known),
	SUITE_TEST(a_refused_command_leaves_the_batch),
	SUITE_TEST(a_rollback_takes_everything_back),
	SUITE_TEST(transactions_have_an_order),
	SUITE_TEST(answers_are_kept_once_and_purged_in_bounds),
	SUITE_TEST(small_values_are_kept_by_name),
	SUITE_TEST(alerts_have_ids_with_and_without_an_incident),
	SUITE_TEST(names_of_states_are_read_back),
};

const struct suite_part store_suite_journal = { tests, ARRAY_LEN(tests) };
