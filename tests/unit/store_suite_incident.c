/* Incidents and what is recorded of them: what every store must do. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "store_suite.h"

static int note_incident(void *arg, const struct incident_row *row)
{
	char id[24];

	snprintf(id, sizeof(id), "%lld", (long long)row->incident.id);
	return suite_note(arg, id);
}

static void a_new_store_is_empty(void **state)
{
	struct suite_fixture *f = *state;
	struct suite_listing all = { 0 };
	struct journal_check head;
	const char **channels, *id;
	struct clock_row *clocks;
	size_t n;
	int64_t at;

	OK(f->ops->journal_head(f->s, &head, &err));
	assert_int_equal(head.seq, 0);
	assert_string_equal(head.hash, journal_genesis);
	OK(f->ops->meta_get(f->s, META_STORE_ID, f->arena, &id, &err));
	assert_int_equal(strlen(id), 8);
	OK(f->ops->clock_next(f->s, &at, &err));
	assert_true(at == TIME_NONE);
	OK(f->ops->delivery_oldest(f->s, &at, &err));
	assert_true(at == TIME_NONE);
	OK(f->ops->delivery_next(f->s, "soc", &at, &err));
	assert_true(at == TIME_NONE);
	OK(f->ops->delivery_channels(f->s, f->arena, &channels, &n, &err));
	assert_int_equal(n, 0);
	OK(f->ops->clock_due(f->s, INT64_MAX, 10, f->arena, &clocks, &n, &err));
	assert_int_equal(n, 0);
	OK(f->ops->incident_list(f->s, &(struct incident_filter){ .all = true },
		note_incident, &all, &err));
	assert_string_equal(all.text, "");
	assert_false(f->ops->below_floor(f->s));
}

static void an_incident_comes_back_as_it_went_in(void **state)
{
	struct suite_fixture *f = *state;
	const char *regimes[] = { "nis2", "gdpr" }, *traits[] = { "trust-service" };
	struct incident_row row = { .state = INCIDENT_DISMISSED, .changed_at = INT64_MAX,
		.drill_ends_at = INT64_MAX,
		.incident = { .entity = "acme-energy",
			.title = "Ölfilter \xe2\x82\xac \"x\"\n",
			.description = "", .severity = SEVERITY_CRITICAL, .drill = true,
			.drill_scale = 4320,
			.source = "wazuh", .key = "k:1", .alerts = INT64_MAX,
			.opened_at = INT64_MIN + 1, .regimes = regimes, .n_regimes = 2,
			.traits = traits, .n_traits = 1, .dismissed_at = 7,
			.dismissed_by = "j.doe", .dismissed_basis = "not significant",
			.ruleset = "d1", .country = "DE", .timezone = "Europe/Berlin" } };
	struct incident_row have;

	suite_begin(f);
	OK(f->ops->ruleset_put(f->s, "d1", NULL, 0, 1, &err));
	OK(f->ops->incident_insert(f->s, &row, &err));
	suite_commit(f);
	assert_true(row.incident.id > 0);
	OK(f->ops->incident_load(f->s, row.incident.id, f->arena, &have, &err));
	assert_int_equal(have.incident.id, row.incident.id);
	suite_assert_text(have.incident.entity, "acme-energy");
	suite_assert_text(have.incident.title, row.incident.title);
	suite_assert_text(have.incident.description, "");
	assert_int_equal(have.incident.severity, SEVERITY_CRITICAL);
	assert_true(have.incident.drill);
	assert_int_equal(have.incident.drill_scale, 4320);
	assert_true(have.drill_ends_at == INT64_MAX);
	suite_assert_text(have.incident.source, "wazuh");
	suite_assert_text(have.incident.key, "k:1");
	assert_true(have.incident.alerts == INT64_MAX);
	assert_true(have.incident.opened_at == INT64_MIN + 1);
	assert_int_equal(have.incident.n_regimes, 2);
	suite_assert_text(have.incident.regimes[0], "nis2");
	suite_assert_text(have.incident.regimes[1], "gdpr");
	assert_int_equal(have.incident.n_traits, 1);
	suite_assert_text(have.incident.traits[0], "trust-service");
	assert_int_equal(have.incident.dismissed_at, 7);
	suite_assert_text(have.incident.dismissed_by, "j.doe");
	suite_assert_text(have.incident.dismissed_basis, "not significant");
	suite_assert_text(have.incident.ruleset, "d1");
	suite_assert_text(have.incident.country, "DE");
	suite_assert_text(have.incident.timezone, "Europe/Berlin");
	assert_int_equal(have.state, INCIDENT_DISMISSED);
	assert_true(have.changed_at == INT64_MAX);
	assert_int_equal(have.incident.n_events + have.incident.n_filings +
		have.incident.n_waivers, 0);
}

static void absent_things_stay_absent(void **state)
{
	struct suite_fixture *f = *state;
	struct incident_row have;
	int64_t id;

	suite_begin(f);
	id = suite_add_incident(f, "acme");
	suite_commit(f);
	OK(f->ops->incident_load(f->s, id, f->arena, &have, &err));
	assert_null(have.incident.description);
	assert_null(have.incident.source);
	assert_null(have.incident.key);
	assert_null(have.incident.dismissed_by);
	assert_null(have.incident.ruleset);
	assert_null(have.incident.country);
	assert_null(have.incident.timezone);
	assert_true(have.incident.dismissed_at == TIME_NONE);
	assert_true(have.drill_ends_at == TIME_NONE);
	assert_int_equal(have.incident.drill_scale, 0);
	assert_int_equal(have.incident.n_regimes, 0);
	assert_int_equal(have.incident.n_traits, 0);
}

static void an_incident_is_updated(void **state)
{
	struct suite_fixture *f = *state;
	struct incident_row row, have;

	suite_begin(f);
	OK(f->ops->incident_load(f->s, suite_add_incident(f, "acme"), f->arena, &row, &err));
	row.incident.title = "Something else";
	row.incident.severity = SEVERITY_LOW;
	row.incident.alerts = 3;
	row.state = INCIDENT_CLOSED;
	row.changed_at = 99;
	OK(f->ops->incident_update(f->s, &row, &err));
	OK(f->ops->incident_count_alert(f->s, row.incident.id, 100, &err));
	OK(f->ops->incident_load(f->s, row.incident.id, f->arena, &have, &err));
	suite_assert_text(have.incident.title, "Something else");
	suite_assert_text(have.incident.entity, "acme");
	assert_int_equal(have.incident.severity, SEVERITY_LOW);
	assert_int_equal(have.incident.alerts, 4);
	assert_int_equal(have.state, INCIDENT_CLOSED);
	assert_int_equal(have.changed_at, 100);
	suite_commit(f);
}

static int keep_traits(void *arg, const struct incident_row *row)
{
	size_t i;

	for (i = 0; i < row->incident.n_traits; i++)
		suite_note(arg, row->incident.traits[i]);
	suite_note(arg, row->incident.ruleset);
	suite_note(arg, row->incident.country);
	return suite_note(arg, row->incident.timezone);
}

static void traits_and_pins_are_updated_and_listed(void **state)
{
	static const char *two[] = { "trust-service", "essential" };
	struct suite_fixture *f = *state;
	struct incident_row row = suite_incident("acme"), have;
	struct suite_listing l = { 0 };

	suite_begin(f);
	OK(f->ops->ruleset_put(f->s, "d1", NULL, 0, 1, &err));
	OK(f->ops->ruleset_put(f->s, "d2", NULL, 0, 2, &err));
	row.incident.traits = two;
	row.incident.n_traits = 1;
	OK(f->ops->incident_insert(f->s, &row, &err));
	row.incident.n_traits = 2;
	row.incident.ruleset = "d1";
	row.incident.country = "";
	row.incident.timezone = "UTC";
	OK(f->ops->incident_update(f->s, &row, &err));
	row.incident.ruleset = "d2";
	row.incident.country = "CY";
	row.incident.timezone = "Asia/Nicosia";
	OK(f->ops->incident_update(f->s, &row, &err));
	suite_commit(f);
	OK(f->ops->incident_list(f->s, &(struct incident_filter){ .all = true }, keep_traits,
		&l, &err));
	assert_string_equal(l.text, "trust-service essential d2 CY Asia/Nicosia");
	suite_begin(f);
	row.incident.n_traits = 0;
	row.incident.country = "";
	OK(f->ops->incident_update(f->s, &row, &err));
	suite_commit(f);
	OK(f->ops->incident_load(f->s, row.incident.id, f->arena, &have, &err));
	assert_int_equal(have.incident.n_traits, 0);
	suite_assert_text(have.incident.country, "");
}

static void what_is_not_there_is_not_found(void **state)
{
	struct suite_fixture *f = *state;
	struct incident_row row = suite_incident("acme");
	struct clock_row clock = suite_clock(77, "early-warning", 5);
	struct delivery_row delivery = suite_delivery(77, "soc", 5);
	struct attempt_row attempt = { .id = 77, .delivery = 77 };
	struct incident_event event = { .type = "aware", .by = "j.doe", .due_at = TIME_NONE };
	struct filing filing = { .regime = "nis2", .stage = "early-warning", .by = "j.doe",
		.received_at = TIME_NONE };
	struct waiver waiver = { .regime = "nis2", .stage = "early-warning", .by = "j.doe" };
	struct acknowledgement_row ack = { .incident = 77, .by = "j.doe" };
	struct alert_row alert = { .incident = 77, .source = "wazuh", .outcome = "joined" };
	struct idempotency_row answer;

	row.incident.id = delivery.id = 77;
	suite_begin(f);
	FAILS(ERROR_NOT_FOUND, f->ops->incident_load(f->s, 77, f->arena, &row, &err));
	FAILS(ERROR_NOT_FOUND, f->ops->incident_update(f->s, &row, &err));
	FAILS(ERROR_NOT_FOUND, f->ops->incident_count_alert(f->s, 77, 1, &err));
	FAILS(ERROR_NOT_FOUND, f->ops->incident_by_key(f->s, "a", "b", f->arena, &row, &err));
	FAILS(ERROR_NOT_FOUND, f->ops->event_insert(f->s, 77, &event, &err));
	FAILS(ERROR_NOT_FOUND, f->ops->event_replace(f->s, 77, 77, &err));
	FAILS(ERROR_NOT_FOUND, f->ops->filing_insert(f->s, 77, &filing, &err));
	FAILS(ERROR_NOT_FOUND, f->ops->filing_replace(f->s, 77, &err));
	FAILS(ERROR_NOT_FOUND, f->ops->waiver_insert(f->s, 77, &waiver, &err));
	FAILS(ERROR_NOT_FOUND, f->ops->clock_put(f->s, &clock, &err));
	FAILS(ERROR_NOT_FOUND, f->ops->acknowledgement_insert(f->s, &ack, &err));
	FAILS(ERROR_NOT_FOUND, f->ops->alert_insert(f->s, &alert, &err));
	FAILS(ERROR_NOT_FOUND, f->ops->delivery_load(f->s, 77, f->arena, &delivery, &err));
	FAILS(ERROR_NOT_FOUND, f->ops->delivery_update(f->s, &delivery, &err));
	FAILS(ERROR_NOT_FOUND, f->ops->delivery_insert(f->s, &delivery, &err));
	FAILS(ERROR_NOT_FOUND, f->ops->attempt_insert(f->s, &attempt, &err));
	FAILS(ERROR_NOT_FOUND, f->ops->attempt_finish(f->s, &attempt, &err));
	FAILS(ERROR_NOT_FOUND, f->ops->idempotency_get(f->s, "a", "k", f->arena, &answer,
		&err));
	suite_commit(f);
}

static void a_key_finds_the_newest_incident_of_its_source(void **state)
{
	static const struct { const char *source, *key; } made[] = {
		{ "wazuh", "k1" }, { "wazuh", "k1" }, { "elastic", "k1" }, { "wazuh", "k2" },
	};
	static const struct { const char *source, *key; int64_t id; } wanted[] = {
		{ "wazuh", "k1", 2 }, { "elastic", "k1", 3 }, { "wazuh", "k2", 4 },
	};
	struct suite_fixture *f = *state;
	struct incident_row row;
	size_t i;

	suite_begin(f);
	for (i = 0; i < ARRAY_LEN(made); i++) {
		row = suite_incident("acme");
		row.incident.source = made[i].source;
		row.incident.key = made[i].key;
		OK(f->ops->incident_insert(f->s, &row, &err));
	}
	suite_commit(f);
	for (i = 0; i < ARRAY_LEN(wanted); i++) {
		OK(f->ops->incident_by_key(f->s, wanted[i].source, wanted[i].key, f->arena,
			&row, &err));
		assert_int_equal(row.incident.id, wanted[i].id);
	}
	FAILS(ERROR_NOT_FOUND, f->ops->incident_by_key(f->s, "elastic", "k2", f->arena, &row,
		&err));
}

static void incidents_are_listed_newest_first(void **state)
{
	static const enum incident_state closed = INCIDENT_CLOSED;
	static const char *const ab[] = { "a", "b" }, *const b[] = { "b" },
		*const x[] = { "ab" };
	static const struct { struct incident_filter filter; const char *wanted; } cases[] = {
		{ { 0 }, "6 5 2 1" },
		{ { .all = true }, "6 5 4 3 2 1" },
		{ { .state = &closed }, "3" },
		{ { .all = true, .limit = 2 }, "6 5" },
		{ { .all = true, .before_id = 5, .limit = 2 }, "4 3" },
		{ { .before_id = 5, .limit = 9 }, "2 1" },
		{ { .entities = b, .n_entities = 1, .all = true }, "6 4 2" },
		{ { .entities = ab, .n_entities = 2, .before_id = 6 }, "5 2 1" },
		{ { .entities = x, .n_entities = 1, .all = true }, "" },
	};
	static const enum incident_state states[] = { INCIDENT_OPEN, INCIDENT_SUSPECTED,
		INCIDENT_CLOSED, INCIDENT_DISMISSED, INCIDENT_OPEN, INCIDENT_SUSPECTED };
	struct suite_fixture *f = *state;
	struct suite_listing first = { .stop_after = 2 };
	size_t i;

	suite_begin(f);
	for (i = 0; i < ARRAY_LEN(states); i++) {
		struct incident_row row = suite_incident(i % 2 == 0 ? "a" : "b");

		row.state = states[i];
		OK(f->ops->incident_insert(f->s, &row, &err));
	}
	suite_commit(f);
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct suite_listing l = { 0 };

		OK(f->ops->incident_list(f->s, &cases[i].filter, note_incident, &l, &err));
		if (strcmp(l.text, cases[i].wanted) != 0)
			fail_msg("case %zu: \"%s\", not \"%s\"", i, l.text, cases[i].wanted);
	}
	assert_int_equal(f->ops->incident_list(f->s, &cases[1].filter, note_incident, &first,
		NULL), -1);
	assert_string_equal(first.text, "6 5");
}

static void an_incident_leaves_the_open_ones_when_it_is_closed(void **state)
{
	struct suite_fixture *f = *state;
	struct incident_row row = suite_incident("acme");
	struct suite_listing l = { 0 };

	suite_begin(f);
	OK(f->ops->incident_insert(f->s, &row, &err));
	row.state = INCIDENT_CLOSED;
	OK(f->ops->incident_update(f->s, &row, &err));
	suite_commit(f);
	OK(f->ops->incident_list(f->s, &(struct incident_filter){ 0 }, note_incident, &l,
		&err));
	assert_string_equal(l.text, "");
}

static void the_drill_that_ends_first_is_found(void **state)
{
	struct suite_fixture *f = *state;
	struct incident_row rows[4];
	int64_t id, at;
	size_t i;

	suite_begin(f);
	OK(f->ops->incident_drill_next(f->s, &id, &at, &err));
	assert_true(id == 0 && at == TIME_NONE);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		rows[i] = suite_incident("acme");
		rows[i].drill_ends_at = i == 0 ? TIME_NONE : 100 - (int64_t)i;
		OK(f->ops->incident_insert(f->s, &rows[i], &err));
	}
	OK(f->ops->incident_drill_next(f->s, &id, &at, &err));
	assert_true(id == rows[3].incident.id && at == 97);
	rows[3].drill_ends_at = TIME_NONE;
	OK(f->ops->incident_update(f->s, &rows[3], &err));
	OK(f->ops->incident_drill_next(f->s, &id, &at, &err));
	assert_true(id == rows[2].incident.id && at == 98);
	rows[0].drill_ends_at = 1;
	OK(f->ops->incident_update(f->s, &rows[0], &err));
	OK(f->ops->incident_drill_next(f->s, &id, &at, &err));
	assert_true(id == rows[0].incident.id && at == 1);
	suite_commit(f);
}

static void events_filings_and_waivers_belong_to_their_incident(void **state)
{
	struct suite_fixture *f = *state;
	struct incident_event events[] = {
		{ .type = "aware", .at = 10, .due_at = TIME_NONE, .by = "j.doe",
		  .basis = "seen", .recorded_at = 11 },
		{ .type = "requested", .at = INT64_MAX, .due_at = 13, .regime = "nis2",
		  .by = "j.doe", .recorded_at = 12 },
	};
	struct filing filing = { .regime = "nis2", .stage = "notification", .filed_at = 20,
		.received_at = TIME_NONE, .by = "j.doe", .recipient = "BSI",
			.reference = "R-1",
		.digest = NULL, .recorded_at = 21 };
	struct waiver waiver = { .regime = "gdpr", .stage = "notification", .by = "dpo",
		.basis = "no personal data", .recorded_at = 30 };
	struct incident_row row, other;
	int64_t id, other_id;

	suite_begin(f);
	id = suite_add_incident(f, "a");
	other_id = suite_add_incident(f, "b");
	OK(f->ops->event_insert(f->s, id, &events[0], &err));
	OK(f->ops->event_insert(f->s, id, &events[1], &err));
	OK(f->ops->event_replace(f->s, id, events[0].id, &err));
	OK(f->ops->filing_insert(f->s, id, &filing, &err));
	OK(f->ops->filing_replace(f->s, filing.id, &err));
	OK(f->ops->waiver_insert(f->s, id, &waiver, &err));
	suite_commit(f);
	OK(f->ops->incident_load(f->s, id, f->arena, &row, &err));
	OK(f->ops->incident_load(f->s, other_id, f->arena, &other, &err));
	assert_int_equal(other.incident.n_events + other.incident.n_filings +
		other.incident.n_waivers, 0);
	assert_int_equal(row.incident.n_events, 2);
	assert_int_equal(row.incident.events[0].id, events[0].id);
	suite_assert_text(row.incident.events[0].type, "aware");
	assert_int_equal(row.incident.events[0].at, 10);
	assert_true(row.incident.events[0].due_at == TIME_NONE);
	assert_null(row.incident.events[0].regime);
	suite_assert_text(row.incident.events[0].basis, "seen");
	assert_int_equal(row.incident.events[0].recorded_at, 11);
	assert_true(row.incident.events[0].replaced);
	assert_true(row.incident.events[1].at == INT64_MAX);
	assert_int_equal(row.incident.events[1].due_at, 13);
	suite_assert_text(row.incident.events[1].regime, "nis2");
	assert_null(row.incident.events[1].basis);
	assert_false(row.incident.events[1].replaced);
	assert_int_equal(row.incident.n_filings, 1);
	suite_assert_text(row.incident.filings[0].stage, "notification");
	assert_int_equal(row.incident.filings[0].filed_at, 20);
	assert_true(row.incident.filings[0].received_at == TIME_NONE);
	suite_assert_text(row.incident.filings[0].recipient, "BSI");
	suite_assert_text(row.incident.filings[0].reference, "R-1");
	assert_null(row.incident.filings[0].digest);
	assert_true(row.incident.filings[0].replaced);
	assert_int_equal(row.incident.n_waivers, 1);
	suite_assert_text(row.incident.waivers[0].regime, "gdpr");
	suite_assert_text(row.incident.waivers[0].basis, "no personal data");
	assert_int_equal(row.incident.waivers[0].recorded_at, 30);
}

static void a_head_is_the_incident_without_its_records(void **state)
{
	struct suite_fixture *f = *state;
	struct incident_event event = { .type = "aware", .at = 1, .due_at = TIME_NONE,
		.by = "j.doe", .recorded_at = 2 };
	struct incident_row whole, head;
	int64_t id;

	suite_begin(f);
	id = suite_add_incident(f, "acme");
	OK(f->ops->event_insert(f->s, id, &event, &err));
	suite_commit(f);
	OK(f->ops->incident_load(f->s, id, f->arena, &whole, &err));
	OK(f->ops->incident_head(f->s, id, f->arena, &head, &err));
	assert_int_equal(whole.incident.n_events, 1);
	assert_int_equal(head.incident.n_events, 0);
	suite_assert_text(head.incident.entity, "acme");
	suite_assert_text(head.incident.title, whole.incident.title);
	assert_int_equal(head.state, whole.state);
	FAILS(ERROR_NOT_FOUND, f->ops->incident_head(f->s, 77, f->arena, &head, &err));
}

static const struct CMUnitTest tests[] = {
	SUITE_TEST(a_head_is_the_incident_without_its_records),
	SUITE_TEST(a_new_store_is_empty),
	SUITE_TEST(an_incident_comes_back_as_it_went_in),
	SUITE_TEST(absent_things_stay_absent),
	SUITE_TEST(an_incident_is_updated),
	SUITE_TEST(traits_and_pins_are_updated_and_listed),
	SUITE_TEST(what_is_not_there_is_not_found),
	SUITE_TEST(a_key_finds_the_newest_incident_of_its_source),
	SUITE_TEST(incidents_are_listed_newest_first),
	SUITE_TEST(an_incident_leaves_the_open_ones_when_it_is_closed),
	SUITE_TEST(the_drill_that_ends_first_is_found),
	SUITE_TEST(events_filings_and_waivers_belong_to_their_incident),
};

const struct suite_part store_suite_incident = { tests, ARRAY_LEN(tests) };
