/* Storms, and what limits and likeness ask of incidents: what every store must do. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "store_suite.h"

static int64_t add(struct suite_fixture *f, const char *source, const char *key,
	int64_t likeness, int64_t opened_at)
{
	struct incident_row row = suite_incident("acme");

	row.incident.source = source;
	row.incident.key = key;
	row.incident.opened_at = opened_at;
	row.likeness = likeness;
	row.limited = source != NULL;
	OK(f->ops->incident_insert(f->s, &row, &err));
	return row.incident.id;
}

static void settle(struct suite_fixture *f, int64_t id)
{
	struct incident_row row;

	OK(f->ops->incident_load(f->s, id, f->arena, &row, &err));
	row.state = INCIDENT_CLOSED;
	OK(f->ops->incident_update(f->s, &row, &err));
}

static struct storm_row storm(int64_t incident)
{
	struct storm_row row = { .incident = incident, .source = "siem", .entity = "acme",
		.first_at = 10, .last_at = 20, .aware_at = TIME_NONE, .said_at = TIME_NONE,
		.unsaid_first_at = TIME_NONE, .look_at = TIME_NONE };

	memcpy(row.sha256, journal_genesis, sizeof(row.sha256));
	return row;
}

static void expect_similar(struct suite_fixture *f, const struct similar_query *query,
	const char *wanted)
{
	struct suite_listing have = { 0 };
	int64_t ids[SIMILAR_MAX];
	size_t n, i;

	OK(f->ops->incident_similar(f->s, query, ids, &n, &err));
	for (i = 0; i < n; i++) {
		char id[24];

		snprintf(id, sizeof(id), "%lld", (long long)ids[i]);
		suite_note(&have, id);
	}
	assert_string_equal(have.text, wanted);
}

static void what_it_was_like_comes_back(void **state)
{
	struct suite_fixture *f = *state;
	struct incident_row row = suite_incident("acme"), have;

	row.incident.storm = true;
	row.incident.n_similar = 3;
	row.incident.similar[0] = INT64_MAX;
	row.incident.similar[1] = 42;
	row.incident.similar[2] = 7;
	suite_begin(f);
	OK(f->ops->incident_insert(f->s, &row, &err));
	suite_commit(f);
	OK(f->ops->incident_load(f->s, row.incident.id, f->arena, &have, &err));
	assert_true(have.incident.storm);
	assert_int_equal(have.incident.n_similar, 3);
	assert_true(have.incident.similar[0] == INT64_MAX);
	assert_int_equal(have.incident.similar[1], 42);
	assert_int_equal(have.incident.similar[2], 7);
	suite_begin(f);
	OK(f->ops->incident_load(f->s, suite_add_incident(f, "acme"), f->arena, &have, &err));
	suite_commit(f);
	assert_false(have.incident.storm);
	assert_int_equal(have.incident.n_similar, 0);
}

static void the_newest_that_are_alike_are_found(void **state)
{
	struct suite_fixture *f = *state;
	const struct similar_query query = { .likeness = 77, .entity = "acme", .since = 100 };
	int i;

	suite_begin(f);
	add(f, "siem", NULL, 77, 99);		/* too old */
	add(f, "siem", NULL, 78, 100);
	add(f, "siem", NULL, 0, 100);
	expect_similar(f, &query, "");
	add(f, "siem", NULL, 77, 100);
	add(f, NULL, NULL, 77, 101);
	expect_similar(f, &query, "5 4");
	settle(f, 5);
	expect_similar(f, &query, "4");
	for (i = 0; i < 7; i++)
		add(f, "siem", NULL, 77, 102);
	expect_similar(f, &query, "12 11 10 9 8");
	expect_similar(f, &(struct similar_query){ .entity = "acme" }, "");
	suite_commit(f);
}

static void keys_of_other_sources_begin_alike(void **state)
{
	struct suite_fixture *f = *state;
	struct similar_query query = { .entity = "acme", .source = "siem",
		.prefix = "0123456789", .since = 100 };

	suite_begin(f);
	add(f, "siem", "0123456789", 0, 100);		/* its own */
	add(f, "edr", "0123456789", 0, 100);
	add(f, "edr", "0123456789:x", 5, 100);
	add(f, "edr", "01234567890", 0, 100);
	add(f, "edr", "0123456789-x", 0, 100);
	add(f, "edr", "0123456789:old", 0, 99);
	add(f, NULL, "0123456789:by-hand", 0, 100);
	expect_similar(f, &query, "7 3 2");
	/* Found by both, listed once. */
	query.likeness = 5;
	expect_similar(f, &query, "7 3 2");
	settle(f, 2);
	expect_similar(f, &query, "7 3");
	query.drill = true;
	query.likeness = 0;
	expect_similar(f, &query, "");
	query.drill = false;
	query.entity = "other";
	expect_similar(f, &query, "");
	suite_commit(f);
}

static void those_of_a_source_are_counted(void **state)
{
	struct suite_fixture *f = *state;
	struct incident_row row = suite_incident("acme");
	int64_t at[4];
	int n;

	suite_begin(f);
	add(f, "siem", "a", 0, 10);
	add(f, "siem", "b", 0, 20);
	add(f, "edr", "c", 0, 40);
	add(f, NULL, "d", 0, 40);
	add(f, "siem", "e", 0, 30);
	row.incident.source = "siem";
	row.incident.storm = true;
	row.incident.opened_at = 50;
	OK(f->ops->incident_insert(f->s, &row, &err));
	OK(f->ops->incident_count_live(f->s, "siem", 10, &n, &err));
	assert_int_equal(n, 3);
	OK(f->ops->incident_count_live(f->s, "siem", 2, &n, &err));
	assert_int_equal(n, 2);
	OK(f->ops->incident_count_live(f->s, "none", 2, &n, &err));
	assert_int_equal(n, 0);
	settle(f, 1);
	OK(f->ops->incident_count_live(f->s, "siem", 10, &n, &err));
	assert_int_equal(n, 2);
	OK(f->ops->incident_opened_since(f->s, "siem", 19, 4, at, &n, &err));
	assert_int_equal(n, 2);
	assert_int_equal(at[0], 30);
	assert_int_equal(at[1], 20);
	OK(f->ops->incident_opened_since(f->s, "siem", 30, 4, at, &n, &err));
	assert_int_equal(n, 0);
	OK(f->ops->incident_opened_since(f->s, "siem", 0, 1, at, &n, &err));
	assert_int_equal(n, 1);
	/* What was opened before the source had a limit. */
	row.incident.storm = false;
	OK(f->ops->incident_insert(f->s, &row, &err));
	OK(f->ops->incident_count_live(f->s, "siem", 10, &n, &err));
	assert_int_equal(n, 2);
	OK(f->ops->incident_limit(f->s, "siem", &err));
	OK(f->ops->incident_count_live(f->s, "siem", 10, &n, &err));
	assert_int_equal(n, 3);
	suite_commit(f);
}

static void a_storm_comes_back_as_it_went_in(void **state)
{
	struct suite_fixture *f = *state;
	struct storm_row row, have;

	suite_begin(f);
	row = storm(suite_add_incident(f, "acme"));
	OK(f->ops->storm_put(f->s, &row, &err));
	OK(f->ops->storm_load(f->s, row.incident, f->arena, &have, &err));
	assert_null(have.samples);
	assert_true(have.aware_at == TIME_NONE && have.said_at == TIME_NONE &&
		have.unsaid_first_at == TIME_NONE && have.look_at == TIME_NONE);
	row = (struct storm_row){ .incident = row.incident, .source = "siem", .entity = "acme",
		.first_at = 1, .last_at = INT64_MAX, .alerts = 3, .resolved = 4, .keys = 5,
		.unlisted = 6, .bytes = 7, .sha256 = "0a", .aware_at = 8, .raging = true,
		.said_at = 9, .unsaid = 10, .unsaid_resolved = 11, .unsaid_first_at = 12,
		.samples = "[{", .n_samples = 13, .look_at = 14 };
	OK(f->ops->storm_put(f->s, &row, &err));
	suite_commit(f);
	OK(f->ops->storm_load(f->s, row.incident, f->arena, &have, &err));
	suite_assert_text(have.source, "siem");
	suite_assert_text(have.entity, "acme");
	assert_true(have.first_at == 1 && have.last_at == INT64_MAX && have.alerts == 3);
	assert_true(have.resolved == 4 && have.keys == 5 && have.unlisted == 6);
	assert_true(have.bytes == 7 && have.aware_at == 8 && have.raging && have.said_at == 9);
	assert_string_equal(have.sha256, "0a");
	assert_true(have.unsaid == 10 && have.unsaid_resolved == 11);
	assert_true(have.unsaid_first_at == 12 && have.n_samples == 13 && have.look_at == 14);
	suite_assert_text(have.samples, "[{");
	FAILS(ERROR_NOT_FOUND, f->ops->storm_load(f->s, 99, f->arena, &have, &err));
	suite_begin(f);
	row.incident = 99;
	FAILS(ERROR_NOT_FOUND, f->ops->storm_put(f->s, &row, &err));
	f->ops->rollback(f->s);
}

static void the_storm_of_a_source_is_found_while_it_lives(void **state)
{
	struct suite_fixture *f = *state;
	struct storm_row row, have;
	int64_t first, second;

	suite_begin(f);
	FAILS(ERROR_NOT_FOUND, f->ops->storm_find(f->s, "siem", "acme", f->arena, &have, &err));
	row = storm(first = suite_add_incident(f, "acme"));
	OK(f->ops->storm_put(f->s, &row, &err));
	row = storm(second = suite_add_incident(f, "other"));
	row.entity = "other";
	OK(f->ops->storm_put(f->s, &row, &err));
	OK(f->ops->storm_find(f->s, "siem", "acme", f->arena, &have, &err));
	assert_int_equal(have.incident, first);
	OK(f->ops->storm_find(f->s, "siem", NULL, f->arena, &have, &err));
	assert_int_equal(have.incident, second);
	FAILS(ERROR_NOT_FOUND, f->ops->storm_find(f->s, "edr", NULL, f->arena, &have, &err));
	settle(f, first);
	FAILS(ERROR_NOT_FOUND, f->ops->storm_find(f->s, "siem", "acme", f->arena, &have, &err));
	suite_commit(f);
}

static void storms_are_looked_at_in_time(void **state)
{
	struct suite_fixture *f = *state;
	struct storm_row row, *rows;
	int64_t at;
	size_t n;

	suite_begin(f);
	OK(f->ops->storm_next(f->s, &at, &err));
	assert_true(at == TIME_NONE);
	row = storm(suite_add_incident(f, "acme"));
	OK(f->ops->storm_put(f->s, &row, &err));
	OK(f->ops->storm_next(f->s, &at, &err));
	assert_true(at == TIME_NONE);
	row.look_at = 30;
	OK(f->ops->storm_put(f->s, &row, &err));
	row = storm(suite_add_incident(f, "acme"));
	row.look_at = 40;
	OK(f->ops->storm_put(f->s, &row, &err));
	OK(f->ops->storm_next(f->s, &at, &err));
	assert_int_equal(at, 30);
	OK(f->ops->storm_due(f->s, 29, f->arena, &rows, &n, &err));
	assert_int_equal(n, 0);
	OK(f->ops->storm_due(f->s, 39, f->arena, &rows, &n, &err));
	assert_int_equal(n, 1);
	assert_int_equal(rows[0].look_at, 30);
	OK(f->ops->storm_due(f->s, 40, f->arena, &rows, &n, &err));
	assert_int_equal(n, 2);
	suite_commit(f);
}

static int note_key(void *arg, const struct storm_key_row *row)
{
	char text[80];

	snprintf(text, sizeof(text), "%s:%s:%s:%lld/%lld:%lld-%lld", row->key,
		row->title != NULL ? row->title : "none", severity_name(row->severity),
		(long long)row->alerts, (long long)row->resolved, (long long)row->first_at,
		(long long)row->last_at);
	return suite_note(arg, text);
}

static void expect_keys(struct suite_fixture *f, const struct storm_key_filter *filter,
	const char *wanted)
{
	struct suite_listing have = { 0 };

	OK(f->ops->storm_keys(f->s, filter, note_key, &have, &err));
	assert_string_equal(have.text, wanted);
}

static void keys_are_counted(void **state)
{
	struct suite_fixture *f = *state;
	struct storm_key_row key = { .key = "a", .title = "A", .severity = SEVERITY_LOW,
		.alerts = 1, .first_at = 10, .last_at = 10 };
	struct storm_key_filter filter = { 0 };
	struct storm_row row;

	suite_begin(f);
	row = storm(suite_add_incident(f, "acme"));
	key.incident = filter.incident = row.incident;
	FAILS(ERROR_NOT_FOUND, f->ops->storm_key_insert(f->s, &key, &err));
	OK(f->ops->storm_put(f->s, &row, &err));
	FAILS(ERROR_NOT_FOUND, f->ops->storm_key_count(f->s, &key, &err));
	OK(f->ops->storm_key_insert(f->s, &key, &err));
	FAILS(ERROR_CONFLICT, f->ops->storm_key_insert(f->s, &key, &err));
	key.severity = SEVERITY_HIGH;
	key.resolved = 1;
	key.last_at = 30;
	OK(f->ops->storm_key_count(f->s, &key, &err));
	key.severity = SEVERITY_LOW;
	key.resolved = 0;
	key.last_at = 20;
	OK(f->ops->storm_key_count(f->s, &key, &err));
	expect_keys(f, &filter, "a:A:high:3/1:10-30");
	key = (struct storm_key_row){ .incident = row.incident, .key = "", .alerts = 5 };
	OK(f->ops->storm_key_insert(f->s, &key, &err));
	key.key = "c";
	key.title = "C";
	OK(f->ops->storm_key_insert(f->s, &key, &err));
	suite_commit(f);
	filter.limit = 2;
	expect_keys(f, &filter, "a:A:high:3/1:10-30 :none:unknown:5/0:0-0");
	filter.after_id = 1;
	expect_keys(f, &filter, ":none:unknown:5/0:0-0 c:C:unknown:5/0:0-0");
	filter = (struct storm_key_filter){ .incident = row.incident, .by_alerts = true };
	expect_keys(f, &filter, ":none:unknown:5/0:0-0 c:C:unknown:5/0:0-0 a:A:high:3/1:10-30");
	filter.incident = 99;
	expect_keys(f, &filter, "");
}

static void what_is_undone_was_not_counted(void **state)
{
	struct suite_fixture *f = *state;
	struct storm_key_row key = { .key = "a", .title = "A", .alerts = 1 };
	struct storm_row row, have;

	suite_begin(f);
	row = storm(suite_add_incident(f, "acme"));
	OK(f->ops->storm_put(f->s, &row, &err));
	key.incident = row.incident;
	OK(f->ops->storm_key_insert(f->s, &key, &err));
	suite_commit(f);
	suite_begin(f);
	row.alerts = 9;
	OK(f->ops->storm_put(f->s, &row, &err));
	OK(f->ops->storm_key_count(f->s, &key, &err));
	f->ops->rollback(f->s);
	OK(f->ops->storm_load(f->s, row.incident, f->arena, &have, &err));
	assert_int_equal(have.alerts, 0);
	expect_keys(f, &(struct storm_key_filter){ .incident = row.incident },
		"a:A:unknown:1/0:0-0");
}

static const struct CMUnitTest tests[] = {
	SUITE_TEST(what_it_was_like_comes_back),
	SUITE_TEST(the_newest_that_are_alike_are_found),
	SUITE_TEST(keys_of_other_sources_begin_alike),
	SUITE_TEST(those_of_a_source_are_counted),
	SUITE_TEST(a_storm_comes_back_as_it_went_in),
	SUITE_TEST(the_storm_of_a_source_is_found_while_it_lives),
	SUITE_TEST(storms_are_looked_at_in_time),
	SUITE_TEST(keys_are_counted),
	SUITE_TEST(what_is_undone_was_not_counted),
};

const struct suite_part store_suite_storm = { tests, ARRAY_LEN(tests) };
