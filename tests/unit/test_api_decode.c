/*
 * Bodies of requests: what is taken, and where each refusal points. The limits
 * here are those of the manual.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "api/decode.h"
#include "api/member.h"
#include "base/rfc3339.h"
#include "base/text.h"

static struct conf_entity entities[] = { { .id = "acme-energy" }, { .id = "acme-water" } };
static struct regime regimes[] = { { .name = "nis2" }, { .name = "gdpr" } };
static const struct conf one_entity = { .entities = entities, .n_entities = 1,
	.book = { .regimes = regimes, .n_regimes = 2 } };
static const struct conf two_entities = { .entities = entities, .n_entities = 2,
	.book = { .regimes = regimes, .n_regimes = 2 } };
static const char *water_only[] = { "acme-water" };
static const struct caller admin = { .role = ROLE_ADMIN };
static const struct caller water = { .role = ROLE_OPERATE, .entities = water_only,
	.n_entities = 1 };

struct fixture {
	struct arena *arena;
	struct decode d;
	json_t *doc;
};

static int setup(void **state)
{
	struct fixture *f = test_calloc(1, sizeof(*f));

	f->arena = arena_new();
	f->d = (struct decode){ &one_entity, &admin, f->arena };
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	if (f->doc != NULL)
		json_decref(f->doc);
	arena_free(f->arena);
	test_free(f);
	return 0;
}

/* Single quotes stand for double ones. */
static const json_t *body(struct fixture *f, const char *text)
{
	char *copy = arena_strdup(f->arena, text), *p;
	struct error err;

	for (p = copy; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	if (f->doc != NULL)
		json_decref(f->doc);
	f->doc = json_read(copy, strlen(copy), &err);
	if (f->doc == NULL)
		fail_msg("%s: %s", text, err.text);
	return f->doc;
}

enum kind { OPEN, EVENT, FILING, ACKNOWLEDGEMENT, WAIVER, DISMISSAL, WITHDRAWAL, TRAITS,
	CONFIRMATION, RULES };

static int decode(struct fixture *f, enum kind kind, const char *text, struct error *err)
{
	const json_t *doc = body(f, text);
	struct command c = { 0 };

	switch (kind) {
	case OPEN:
		return decode_open(&f->d, doc, &c.as.open, err);
	case EVENT:
		return decode_event(&f->d, doc, &c.as.event, err);
	case FILING:
		return decode_filing(&f->d, doc, &c.as.filing, err);
	case ACKNOWLEDGEMENT:
		return decode_acknowledgement(doc, &c.as.acknowledgement, err);
	case WAIVER:
		return decode_waiver(&f->d, doc, &c.as.waiver, err);
	case DISMISSAL:
		return decode_dismissal(doc, &c.as.dismissal, err);
	case WITHDRAWAL:
		return decode_withdrawal(doc, &c.as.withdrawal, err);
	case TRAITS:
		return decode_traits(&f->d, doc, &c.as.traits, err);
	case CONFIRMATION:
		return decode_confirmation(&f->d, doc, &c.as.confirmation, err);
	case RULES:
		return decode_rules(doc, &c.as.rules, err);
	}
	return -1;
}

static void test_every_refusal_points_at_its_member(void **state)
{
	static const struct {
		enum kind kind;
		const char *body, *pointer, *text;
	} cases[] = {
		{ OPEN, "{}", "/title", "is missing" },
		{ OPEN, "{'title':null}", "/title", "is missing" },
		{ OPEN, "{'title':''}", "/title", "must not be empty" },
		{ OPEN, "{'title':'  '}", "/title", "must not be empty" },
		{ OPEN, "{'title':5}", "/title", "must be a string" },
		{ OPEN, "{'title':'a\\nb'}", "/title", "must not contain control characters" },
		{ OPEN, "{'title':'a\\u007fb'}", "/title", "must not contain control characters" },
		{ OPEN, "{'titel':'x'}", "/titel", "unknown key; did you mean \"title\"?" },
		{ OPEN, "{'title':'x','severity':'HIGH'}", "/severity",
			"a severity is one of low, medium, high, critical, unknown" },
		{ OPEN, "{'title':'x','entity':'acme-enrgy'}", "/entity",
			"unknown entity; did you mean \"acme-energy\"?" },
		{ OPEN, "{'title':'x','entity':'zzz'}", "/entity", "unknown entity" },
		{ OPEN, "{'title':'x','regimes':['nis2','gpdr']}", "/regimes/1",
			"unknown regime; did you mean \"gdpr\"?" },
		{ OPEN, "{'title':'x','regimes':[]}", "/regimes",
			"must name at least one regime" },
		{ OPEN, "{'title':'x','regimes':'nis2'}", "/regimes", "must be an array of names" },
		{ OPEN, "{'title':'x','regimes':['nis2','nis2']}", "/regimes/1",
			"is named twice" },
		{ OPEN, "{'title':'x','traits':['a',7]}", "/traits/1",
			"must be a name: a-z, 0-9, \"-\", \".\", \"_\"" },
		{ OPEN, "{'title':'x','drill':'yes'}", "/drill", "must be true or false" },
		{ OPEN, "{'title':'x','drill_in':'PT10M'}", "/drill_in",
			"goes with \"drill\": true" },
		{ OPEN, "{'title':'x','drill':true,'drill_in':'soon'}", "/drill_in",
			"must be a length of time such as PT10M" },
		{ OPEN, "{'title':'x','drill':true,'drill_in':'PT4S'}", "/drill_in",
			"must be from PT5S to P31D" },
		{ OPEN, "{'title':'x','aware_at':7}", "/aware_at", "must be a string" },
		{ OPEN, "{'title':'x','key':'a\\u0001'}", "/key",
			"must not contain control characters" },
		{ EVENT, "{'at':'2026-11-21T08:00:00Z','by':'j'}", "/type", "is missing" },
		{ EVENT, "{'type':'aware','by':'j'}", "/at", "is missing" },
		{ EVENT, "{'type':'aware','at':'2026-11-21T08:00:00Z'}", "/by", "is missing" },
		{ EVENT, "{'type':'aware','at':'2026-11-21T08:00:00Z','by':'j','regime':'nis'}",
			"/regime", "unknown regime; did you mean \"nis2\"?" },
		{ EVENT, "{'type':'aware','at':'2026-11-21T08:00:00Z','by':'j','replaces':1}",
			"/replaces", "must be true or false" },
		{ FILING, "{'stage':'notification'}", "/regime", "is missing" },
		{ FILING, "{'regime':'nis2'}", "/stage", "is missing" },
		{ FILING, "{'regime':'nis2','stage':'notification','by':'j','recipient':'BSI'}",
			"/reference", "is missing" },
		{ FILING, "{'regime':'nis2','stage':'notification','by':'j','recipient':'BSI',"
			"'reference':'1'}", "/filed_at", "is missing" },
		{ FILING, "{'regime':'nis2','stage':'Early Warning','by':'j'}", "/stage",
			"must be a name: a-z, 0-9, \"-\", \".\", \"_\"" },
		{ ACKNOWLEDGEMENT, "{'for':'PT2H'}", "/by", "is missing" },
		{ ACKNOWLEDGEMENT, "{'by':'j','for':'2h'}", "/for",
			"must be a length of time such as PT2H" },
		{ ACKNOWLEDGEMENT, "{'by':'j','for':'P1M'}", "/for",
			"must be a length of time such as PT2H" },
		{ ACKNOWLEDGEMENT, "{'by':'j','until':'x'}", "/until", "unknown key" },
		{ WAIVER, "{'regime':'nis2','stage':'notification','by':'j'}", "/basis",
			"is missing" },
		{ WAIVER, "{'regime':'x','stage':'notification','by':'j','basis':'b'}", "/regime",
			"unknown regime" },
		{ DISMISSAL, "{'by':'j'}", "/basis", "is missing" },
		{ DISMISSAL, "{'basis':'b'}", "/by", "is missing" },
		{ WITHDRAWAL, "{'stage':'notification','by':'j','basis':'b'}", "/regime",
			"is missing" },
		{ WITHDRAWAL, "{'regime':'nis2','by':'j','basis':'b'}", "/stage", "is missing" },
		{ WITHDRAWAL, "{'regime':'nis2','stage':'s','by':'j'}", "/basis", "is missing" },
		{ WITHDRAWAL, "{'regime':'nis2','stage':'s','by':'j','basis':'b','when':'x'}",
			"/when", "unknown key" },
		{ TRAITS, "{'by':'j','basis':'b'}", "/add",
			"is missing: name traits to add or to remove" },
		{ TRAITS, "{'add':[],'remove':[],'by':'j','basis':'b'}", "/add",
			"is missing: name traits to add or to remove" },
		{ TRAITS, "{'add':'a','by':'j','basis':'b'}", "/add", "must be an array of names" },
		{ TRAITS, "{'add':['a','A'],'by':'j','basis':'b'}", "/add/1",
			"must be a name: a-z, 0-9, \"-\", \".\", \"_\"" },
		{ TRAITS, "{'add':['a','b'],'remove':['c','b'],'by':'j','basis':'b'}", "/remove/1",
			"is in /add too" },
		{ TRAITS, "{'add':['a'],'basis':'b'}", "/by", "is missing" },
		{ TRAITS, "{'add':['a'],'by':'j'}", "/basis", "is missing" },
		{ CONFIRMATION, "{'basis':'b'}", "/by", "is missing" },
		{ CONFIRMATION, "{'by':'j','when':'x'}", "/when", "unknown key" },
		{ CONFIRMATION, "{'by':'j','proposed':{}}", "/proposed", "must be an array" },
		{ CONFIRMATION, "{'by':'j','proposed':['x']}", "/proposed/0", "must be an object" },
		{ CONFIRMATION, "{'by':'j','proposed':[{'regime':'nis2','state':'void'}]}",
			"/proposed/0/stage", "is missing" },
		{ CONFIRMATION, "{'by':'j','proposed':[{'regime':'nis2','stage':'s',"
			"'state':'runs'}]}", "/proposed/0/state", "unknown state" },
		{ CONFIRMATION, "{'by':'j','proposed':[{'regime':'nis2','stage':'s',"
			"'state':'void','by':'k'}]}", "/proposed/0/by", "unknown key" },
		{ RULES, "{'basis':'b'}", "/by", "is missing" },
		{ RULES, "{'by':'j'}", "/basis", "is missing" },
		{ RULES, "{'by':'j','basis':'b','when':'x'}", "/when", "unknown key" },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct error err = { 0 };

		if (decode(*state, cases[i].kind, cases[i].body, &err) == 0)
			fail_msg("taken: %s", cases[i].body);
		if (strcmp(err.pointer, cases[i].pointer) != 0 ||
		    strcmp(err.text, cases[i].text) != 0)
			fail_msg("%s: \"%s\" at \"%s\"", cases[i].body, err.text, err.pointer);
		assert_int_equal(err.code, ERROR_INVALID);
	}
}

static void test_times_need_an_offset(void **state)
{
	static const char *const keys[] = { "occurred_at", "detected_at", "aware_at",
		"classified_at" };
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < ARRAY_LEN(keys); i++) {
		char pointer[32], *text = arena_printf(f->arena,
			"{'title':'x','%s':'2026-11-21T08:00:00'}", keys[i]);
		struct error err;

		assert_int_equal(decode(f, OPEN, text, &err), -1);
		snprintf(pointer, sizeof(pointer), "/%s", keys[i]);
		assert_string_equal(err.pointer, pointer);
	}
}

static void test_lengths(void **state)
{
	static const struct {
		enum kind kind;
		const char *format, *pointer, *unit;
		size_t max;
	} cases[] = {
		{ OPEN, "{'title':'%s'}", "/title", "x", 300 },
		{ OPEN, "{'title':'%s'}", "/title", "\xc3\xa9", 300 },
		{ OPEN, "{'title':'%s'}", "/title", "\xf0\x9f\x94\xa5", 300 },
		{ OPEN, "{'title':'x','description':'%s'}", "/description", "x", 16 * 1024 },
		{ OPEN, "{'title':'x','key':'%s'}", "/key", "x", 500 },
		{ OPEN, "{'title':'x','by':'%s'}", "/by", "x", 200 },
		{ OPEN, "{'title':'x','basis':'%s'}", "/basis", "x", 4000 },
		{ DISMISSAL, "{'by':'j','basis':'%s'}", "/basis", "x", 4000 },
		{ FILING, "{'regime':'nis2','stage':'s','by':'j','filed_at':"
			"'2026-11-21T08:00:00Z','reference':'r','recipient':'%s'}", "/recipient",
			"x", 500 },
		{ FILING, "{'regime':'nis2','stage':'s','by':'j','filed_at':"
			"'2026-11-21T08:00:00Z','recipient':'r','reference':'%s'}", "/reference",
			"x", 500 },
	};
	struct fixture *f = *state;
	size_t i, extra;

	for (i = 0; i < ARRAY_LEN(cases); i++)
		for (extra = 0; extra < 2; extra++) {
			const char *hole = strstr(cases[i].format, "%s");
			struct error err = { 0 };
			struct buf text;
			size_t n;
			int rc;

			buf_init(&text, 0);
			buf_add(&text, cases[i].format, (size_t)(hole - cases[i].format));
			for (n = 0; n < cases[i].max + extra; n++)
				buf_adds(&text, cases[i].unit);
			buf_adds(&text, hole + 2);
			rc = decode(f, cases[i].kind, text.data, &err);
			buf_release(&text);
			if (rc != (extra == 0 ? 0 : -1))
				fail_msg("%s of %zu: %s", cases[i].pointer, n, err.text);
			if (rc < 0)
				assert_string_equal(err.pointer, cases[i].pointer);
		}
}

static void test_an_incident_opened_by_hand(void **state)
{
	struct fixture *f = *state;
	struct command_open o;
	struct error err;

	assert_int_equal(decode_open(&f->d, body(f, "{'title':'Ransomware on billing',"
		"'severity':'critical','description':'two\\nlines','key':'k','drill':true,"
		"'aware_at':'2026-11-21T09:17:00+01:00','traits':['trust-service'],"
		"'regimes':['gdpr','nis2'],'by':'j.doe','basis':'seen'}"), &o, &err), 0);
	assert_string_equal(o.entity, "acme-energy");
	assert_string_equal(o.title, "Ransomware on billing");
	assert_string_equal(o.description, "two\nlines");
	assert_int_equal(o.severity, SEVERITY_CRITICAL);
	assert_true(o.drill);
	assert_true(o.aware_at == INT64_C(1795249020000));
	assert_true(o.occurred_at == TIME_NONE && o.detected_at == TIME_NONE &&
		o.classified_at == TIME_NONE);
	assert_int_equal(o.n_traits, 1);
	assert_int_equal(o.n_regimes, 2);
	assert_string_equal(o.regimes[0], "gdpr");

	assert_int_equal(decode_open(&f->d, body(f, "{'title':'x'}"), &o, &err), 0);
	assert_int_equal(o.severity, SEVERITY_UNKNOWN);
	assert_int_equal(o.n_regimes, 0);
	assert_null(o.key);
	assert_false(o.drill);
	assert_int_equal(o.drill_in_ms, 0);

	assert_int_equal(decode_open(&f->d, body(f, "{'title':'x','drill':true,"
		"'drill_in':'PT10M'}"), &o, &err), 0);
	assert_int_equal(o.drill_in_ms, 600000);
}

static void test_the_entity_is_needed_where_there_are_more(void **state)
{
	struct fixture *f = *state;
	struct command_open o;
	struct error err;

	f->d.conf = &two_entities;
	assert_int_equal(decode_open(&f->d, body(f, "{'title':'x'}"), &o, &err), -1);
	assert_string_equal(err.pointer, "/entity");
	assert_int_equal(decode_open(&f->d, body(f, "{'title':'x','entity':'acme-water'}"), &o,
		&err), 0);
	assert_string_equal(o.entity, "acme-water");
}

static void test_entities_of_others_are_neither_taken_nor_named(void **state)
{
	struct fixture *f = *state;
	struct command_open o;
	struct error err;

	f->d.conf = &two_entities;
	f->d.caller = &water;
	assert_int_equal(decode_open(&f->d, body(f, "{'title':'x','entity':'acme-energy'}"), &o,
		&err), -1);
	assert_string_equal(err.pointer, "/entity");
	assert_null(strstr(err.text, "acme-energy"));
	assert_int_equal(decode_open(&f->d, body(f, "{'title':'x'}"), &o, &err), 0);
	assert_string_equal(o.entity, "acme-water");
}

static void test_a_request_of_an_authority_brings_its_date(void **state)
{
	struct fixture *f = *state;
	struct command_event e;
	struct error err;

	assert_int_equal(decode_event(&f->d, body(f, "{'type':'requested','by':'j','at':"
		"'2026-11-21T08:00:00Z','due_at':'2026-11-25T12:00:00Z','regime':'nis2',"
		"'basis':'mail of the CSIRT','replaces':true}"), &e, &err), 0);
	assert_string_equal(e.event.type, "requested");
	assert_true(e.event.due_at - e.event.at == 4 * (int64_t)DAY_MS + 4 * HOUR_MS);
	assert_string_equal(e.event.regime, "nis2");
	assert_true(e.replaces);

	assert_int_equal(decode_event(&f->d, body(f, "{'type':'handled','by':'j','at':"
		"'2026-11-21T08:00:00Z'}"), &e, &err), 0);
	assert_true(e.event.due_at == TIME_NONE);
	assert_null(e.event.regime);
	assert_false(e.replaces);
}

static void test_corrections(void **state)
{
	struct fixture *f = *state;
	struct command_traits t = { 0 };
	struct command_confirmation c = { 0 };
	struct command_withdrawal w = { 0 };
	struct error err;

	assert_int_equal(decode_traits(&f->d, body(f, "{'remove':['a','b'],'by':'j',"
		"'basis':'two\\nlines'}"), &t, &err), 0);
	assert_int_equal(t.n_add, 0);
	assert_int_equal(t.n_remove, 2);
	assert_string_equal(t.remove[1], "b");
	assert_int_equal(decode_confirmation(&f->d, body(f, "{'by':'j'}"), &c, &err), 0);
	assert_null(c.basis);
	assert_false(c.was_shown);
	assert_int_equal(decode_confirmation(&f->d, body(f, "{'by':'j','proposed':["
		"{'regime':'nis2','stage':'notification','state':'running',"
		"'due_at':'1970-01-01T00:00:01Z'},"
		"{'regime':'nis2','stage':'final-report','state':'pending'}]}"), &c, &err), 0);
	assert_true(c.was_shown);
	assert_int_equal(c.n_shown, 2);
	assert_string_equal(c.shown[0].stage, "notification");
	assert_int_equal(c.shown[0].state, CLOCK_RUNNING);
	assert_true(c.shown[0].due_at == 1000);
	assert_int_equal(c.shown[1].state, CLOCK_PENDING);
	assert_true(c.shown[1].due_at == TIME_NONE);
	/* A regime that left the rules in force may still be the incident's. */
	assert_int_equal(decode_withdrawal(body(f, "{'regime':'old-act','stage':'s','by':'j',"
		"'basis':'b'}"), &w, &err), 0);
	assert_string_equal(w.regime, "old-act");
}

static void test_an_acknowledgement_is_for_two_hours_unless_it_says(void **state)
{
	struct fixture *f = *state;
	struct command_acknowledgement a;
	struct error err;

	assert_int_equal(decode_acknowledgement(body(f, "{'by':'j'}"), &a, &err), 0);
	assert_true(a.for_ms == 2 * HOUR_MS);
	assert_null(a.regime);
	assert_null(a.stage);
	assert_int_equal(decode_acknowledgement(body(f, "{'by':'j','for':'PT45M','regime':'cra',"
		"'stage':'early-warning'}"), &a, &err), 0);
	assert_true(a.for_ms == 45 * MINUTE_MS);
	assert_string_equal(a.regime, "cra");
	assert_string_equal(a.stage, "early-warning");
}

static void test_a_filing(void **state)
{
	struct fixture *f = *state;
	struct command_filing c;
	struct error err;

	assert_int_equal(decode_filing(&f->d, body(f, "{'regime':'nis2','stage':'early-warning',"
		"'by':'j','recipient':'CSIRT','reference':'2026-17','filed_at':"
		"'2026-11-21T10:00:00Z','received_at':'2026-11-21T10:00:05Z','digest':'ab12'}"),
		&c, &err), 0);
	assert_true(c.filing.received_at - c.filing.filed_at == 5000);
	assert_string_equal(c.filing.recipient, "CSIRT");
	assert_string_equal(c.filing.digest, "ab12");
	assert_false(c.replaces);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_every_refusal_points_at_its_member),
		TEST(test_times_need_an_offset),
		TEST(test_lengths),
		TEST(test_an_incident_opened_by_hand),
		TEST(test_the_entity_is_needed_where_there_are_more),
		TEST(test_entities_of_others_are_neither_taken_nor_named),
		TEST(test_a_request_of_an_authority_brings_its_date),
		TEST(test_an_acknowledgement_is_for_two_hours_unless_it_says),
		TEST(test_a_filing),
		TEST(test_corrections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
