/*
 * Where to file: what is said of a value by how sure it is and how old. The day on
 * which everything here was read is 3 September 2026.
 */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/json.h"
#include "base/text.h"
#include "core/filing_route.h"

static int32_t day(const char *text)
{
	int32_t n = DAY_NONE;

	if (text != NULL)
		assert_int_equal(day_parse(text, &n, NULL), 0);
	return n;
}

static struct route_item item_of(enum confidence confidence, enum standing standing,
	const char *read, const char *checked)
{
	return (struct route_item){ .value = "VALUE", .provenance = {
		.source = "https://example.org", .confidence = confidence,
		.standing = standing, .read_day = day(read), .checked_day = day(checked) } };
}

#define SURE CONFIDENCE_VERIFIED
#define READ "2026-09-03"

static const struct row {
	const char *sentence;
	enum route_part part;
	enum confidence confidence;
	enum standing standing;
	const char *read, *checked, *today;
	enum route_trust trust;
	const char *since;
} rows[] = {
	{ "read today", ROUTE_PORTAL, SURE, STANDING_GUIDANCE, READ, NULL, READ,
		ROUTE_FACT, NULL },
	{ "a portal on the last day of its three months", ROUTE_PORTAL, SURE,
		STANDING_GUIDANCE, READ, NULL, "2026-12-02", ROUTE_FACT, NULL },
	{ "a portal after three months", ROUTE_PORTAL, SURE, STANDING_GUIDANCE, READ, NULL,
		"2026-12-03", ROUTE_STALE, "2026-12-03" },
	{ "a portal that the law itself names is a portal", ROUTE_PORTAL, SURE, STANDING_LAW,
		READ, NULL, "2026-12-03", ROUTE_STALE, "2026-12-03" },
	{ "a portal on the last day of its six", ROUTE_PORTAL, SURE, STANDING_GUIDANCE, READ,
		NULL, "2027-03-02", ROUTE_STALE, "2026-12-03" },
	{ "a portal after six months", ROUTE_PORTAL, SURE, STANDING_GUIDANCE, READ, NULL,
		"2027-03-03", ROUTE_HIDDEN, "2026-12-03" },
	{ "a mailbox is like a portal", ROUTE_EMAIL, SURE, STANDING_LAW, READ, NULL,
		"2026-12-03", ROUTE_STALE, "2026-12-03" },
	{ "so is a telephone", ROUTE_PHONE, SURE, STANDING_LAW, READ, NULL, "2026-12-03",
		ROUTE_STALE, "2026-12-03" },
	{ "a recipient by law, almost two years old", ROUTE_RECIPIENT, SURE, STANDING_LAW,
		READ, NULL, "2028-09-02", ROUTE_FACT, NULL },
	{ "a recipient by law after two years", ROUTE_RECIPIENT, SURE, STANDING_LAW, READ,
		NULL, "2028-09-03", ROUTE_STALE, "2028-09-03" },
	{ "a recipient by law after four", ROUTE_RECIPIENT, SURE, STANDING_LAW, READ, NULL,
		"2030-09-03", ROUTE_HIDDEN, "2028-09-03" },
	{ "an authority by guidance, almost six months old", ROUTE_AUTHORITY, SURE,
		STANDING_GUIDANCE, READ, NULL, "2027-03-02", ROUTE_FACT, NULL },
	{ "an authority by guidance after six months", ROUTE_AUTHORITY, SURE,
		STANDING_GUIDANCE, READ, NULL, "2027-03-03", ROUTE_STALE, "2027-03-03" },
	{ "an authority by guidance after a year", ROUTE_AUTHORITY, SURE, STANDING_GUIDANCE,
		READ, NULL, "2027-09-03", ROUTE_HIDDEN, "2027-03-03" },
	{ "a third party's word is as old as guidance", ROUTE_ACCESS, SURE,
		STANDING_THIRD_PARTY, READ, NULL, "2027-03-03", ROUTE_STALE, "2027-03-03" },
	{ "what must be arranged follows the law", ROUTE_ACCESS, SURE, STANDING_LAW, READ,
		NULL, "2027-03-03", ROUTE_FACT, NULL },
	{ "what was checked later is younger", ROUTE_PORTAL, SURE, STANDING_GUIDANCE, READ,
		"2026-11-01", "2026-12-03", ROUTE_FACT, NULL },
	{ "until three months after that", ROUTE_PORTAL, SURE, STANDING_GUIDANCE, READ,
		"2026-11-01", "2027-02-01", ROUTE_STALE, "2027-02-01" },
	{ "months are of the calendar: the end of a short one", ROUTE_PORTAL, SURE,
		STANDING_GUIDANCE, "2026-11-30", NULL, "2027-02-28", ROUTE_STALE,
		"2027-02-28" },
	{ "over the end of a year", ROUTE_PORTAL, SURE, STANDING_GUIDANCE, "2026-12-31", NULL,
		"2027-03-30", ROUTE_FACT, NULL },
	{ "one source is no fact", ROUTE_PORTAL, CONFIDENCE_SINGLE, STANDING_LAW, READ, NULL,
		READ, ROUTE_UNSURE, NULL },
	{ "nor what sources disagree about", ROUTE_PORTAL, CONFIDENCE_CONFLICT, STANDING_LAW,
		READ, NULL, READ, ROUTE_UNSURE, NULL },
	{ "nor hearsay", ROUTE_PORTAL, CONFIDENCE_UNVERIFIED, STANDING_LAW, READ, NULL, READ,
		ROUTE_UNSURE, NULL },
	{ "one source, old, is stale", ROUTE_EMAIL, CONFIDENCE_SINGLE, STANDING_LAW, READ,
		NULL, "2026-12-03", ROUTE_STALE, "2026-12-03" },
	{ "and hidden after that", ROUTE_EMAIL, CONFIDENCE_SINGLE, STANDING_LAW, READ, NULL,
		"2027-03-03", ROUTE_HIDDEN, "2026-12-03" },
	{ "what nobody says when is no fact", ROUTE_PORTAL, SURE, STANDING_LAW, NULL, NULL,
		READ, ROUTE_UNSURE, NULL },
	{ "without a today nothing is a fact", ROUTE_PORTAL, SURE, STANDING_LAW, READ, NULL,
		NULL, ROUTE_UNSURE, NULL },
};

static void a_value_is_trusted_by_its_source_and_its_age(void **unused)
{
	struct route_item item;
	enum route_trust trust;
	int32_t since;
	size_t i;

	(void)unused;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *row = &rows[i];

		item = item_of(row->confidence, row->standing, row->read, row->checked);
		trust = route_item_trust(&item, row->part, day(row->today), &since);
		if (trust != row->trust || since != day(row->since))
			fail_msg("%s: trust %d, not %d, since day %d", row->sentence,
				(int)trust, (int)row->trust, (int)since);
	}
	item.value = NULL;
	assert_int_equal(route_item_trust(&item, ROUTE_PORTAL, day(READ), &since),
		ROUTE_UNKNOWN);
}

static void expect_item(enum confidence confidence, const char *checked, const char *note,
	const char *today, const char *want)
{
	struct route_item item = item_of(confidence, STANDING_GUIDANCE, READ, checked);
	struct buf text;

	item.note = note;
	buf_init(&text, 0);
	route_item_write(&item, ROUTE_EMAIL, day(today), &text);
	assert_string_equal(text.data, want);
	buf_release(&text);
}

static void words_are_as_sure_as_the_source(void **unused)
{
	struct buf text;

	(void)unused;
	expect_item(SURE, NULL, NULL, READ, "email: VALUE (verified, read 2026-09-03)");
	expect_item(SURE, "2026-09-10", NULL, "2026-09-11",
		"email: VALUE (verified, checked 2026-09-10)");
	expect_item(SURE, NULL, "lists differ", READ,
		"email: VALUE (verified, read 2026-09-03); lists differ");
	expect_item(SURE, NULL, NULL, "2026-12-03",
		"email: VALUE (unverified since 2026-12-03)");
	expect_item(CONFIDENCE_SINGLE, NULL, NULL, READ,
		"email: VALUE (one source, read 2026-09-03)");
	expect_item(CONFIDENCE_SINGLE, NULL, NULL, "2026-12-03",
		"email: VALUE (one source; unverified since 2026-12-03)");
	expect_item(CONFIDENCE_CONFLICT, NULL, NULL, READ,
		"email: VALUE (sources disagree, read 2026-09-03)");
	expect_item(CONFIDENCE_UNVERIFIED, NULL, NULL, READ,
		"email: VALUE (not verified, read 2026-09-03)");
	expect_item(SURE, NULL, "lists differ", "2027-03-03",
		"email: check the authority's own page (what was known is unverified since "
		"2026-12-03)");
	buf_init(&text, 0);
	route_item_write(&(struct route_item){ .value = NULL }, ROUTE_PORTAL, day(READ),
		&text);
	assert_string_equal(text.data, "portal: not known");
	buf_release(&text);
}

static struct overlay overlay_of(void)
{
	static const char *notes[] = { "In Bavaria the LSI." };
	struct overlay o = { .regime = "nis2", .law = "BSIG", .in_force = true,
		.status = "in force since 2025-12-06", .from_day = DAY_NONE,
		.provenance = { "https://example.org", SURE, STANDING_LAW, day(READ),
			DAY_NONE },
		.notes = notes, .n_notes = 1 };

	o.route.recipient = item_of(SURE, STANDING_LAW, READ, NULL);
	o.route.recipient.value = "BSI";
	o.route.portal = item_of(SURE, STANDING_GUIDANCE, READ, NULL);
	o.route.portal.value = "https://portal.example";
	o.route.email = item_of(SURE, STANDING_GUIDANCE, READ, NULL);
	o.route.email.value = "cert@example";
	return o;
}

static void expect_notice(const struct overlay *overlay, const char *today, const char *want)
{
	struct buf text;

	buf_init(&text, 0);
	route_write_notice(overlay, day(today), &text);
	assert_string_equal(text.data, want);
	buf_release(&text);
}

static void a_notice_names_whom_and_the_surest_channel(void **unused)
{
	struct overlay o = overlay_of();

	(void)unused;
	expect_notice(NULL, READ, "Where to file: not known");
	expect_notice(&o, READ, "File with: BSI (verified, read 2026-09-03); "
		"portal: https://portal.example (verified, read 2026-09-03)");
	o.route.portal.provenance.confidence = CONFIDENCE_SINGLE;
	expect_notice(&o, READ, "File with: BSI (verified, read 2026-09-03); "
		"email: cert@example (verified, read 2026-09-03)");
	o.route.email.value = NULL;
	expect_notice(&o, READ, "File with: BSI (verified, read 2026-09-03); "
		"portal: https://portal.example (one source, read 2026-09-03)");
	expect_notice(&o, "2027-06-01", "File with: BSI (verified, read 2026-09-03); "
		"portal: check the authority's own page (what was known is unverified since "
		"2026-12-03)");
	o.route.portal.value = NULL;
	expect_notice(&o, READ, "File with: BSI (verified, read 2026-09-03); "
		"by what: not known");
	o.route.authority = o.route.recipient;
	o.route.recipient.value = NULL;
	o.in_force = false;
	expect_notice(&o, READ, "No national act is known to be in force. "
		"File with: BSI (verified, read 2026-09-03); by what: not known");
}

static json_t *json_of(const struct overlay *overlay, const char *today)
{
	struct error err;
	struct buf text;
	json_t *tree;

	buf_init(&text, 0);
	document_put_route(&text, NULL, overlay, day(today));
	tree = json_read(text.data, text.len, &err);
	assert_non_null(tree);
	buf_release(&text);
	return tree;
}

static const char *text_at(const json_t *tree, const char *object, const char *key)
{
	const json_t *member = object != NULL ? json_object_get(tree, object) : tree;

	return json_string_value(json_object_get(member, key));
}

static void json_leaves_out_what_is_hidden(void **unused)
{
	struct overlay o = overlay_of();
	json_t *tree = json_of(&o, READ);

	(void)unused;
	assert_string_equal(text_at(tree, NULL, "law"), "BSIG");
	assert_true(json_is_true(json_object_get(tree, "in_force")));
	assert_string_equal(text_at(tree, "terms", "confidence"), "verified");
	assert_string_equal(text_at(tree, "terms", "read_on"), READ);
	assert_string_equal(text_at(tree, "portal", "value"), "https://portal.example");
	assert_string_equal(text_at(tree, "portal", "trust"), "fact");
	assert_string_equal(text_at(tree, "portal", "source"), "https://example.org");
	assert_null(text_at(tree, "portal", "since"));
	assert_null(json_object_get(tree, "phone"));
	json_decref(tree);

	tree = json_of(&o, "2027-06-01");
	assert_null(text_at(tree, "portal", "value"));
	assert_string_equal(text_at(tree, "portal", "trust"), "hidden");
	assert_string_equal(text_at(tree, "portal", "since"), "2026-12-03");
	assert_null(strstr(text_at(tree, "portal", "text"), "portal.example"));
	assert_string_equal(text_at(tree, "recipient", "value"), "BSI");
	json_decref(tree);
}

static void nothing_known_is_no_member(void **unused)
{
	struct buf text;

	(void)unused;
	buf_init(&text, 0);
	document_put_route(&text, "route", NULL, day(READ));
	assert_int_equal(text.len, 0);
	buf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_is_trusted_by_its_source_and_its_age),
		cmocka_unit_test(words_are_as_sure_as_the_source),
		cmocka_unit_test(a_notice_names_whom_and_the_surest_channel),
		cmocka_unit_test(json_leaves_out_what_is_hidden),
		cmocka_unit_test(nothing_known_is_no_member),
	};

	return cmocka_run_group_tests_name("filing route", tests, NULL, NULL);
}
