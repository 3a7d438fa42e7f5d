/* The rules that incidents are kept to: what every store must do. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "store_suite.h"

#define FILE_OF(name, text) { name, text, sizeof(text) - 1 }

static const struct rule_file_row first[] = {
	FILE_OF("regimes.d/nis2.conf", "regime = \"nis2\";\n"),
	FILE_OF("countries.d/DE.conf", "country = \"DE\"; name = \"Deutschland \xc3\xbc\";\n"),
	FILE_OF("countries.d/AT.conf", ""),
};

static void put(struct suite_fixture *f, const char *digest, const struct rule_file_row *files,
	size_t n)
{
	suite_begin(f);
	OK(f->ops->ruleset_put(f->s, digest, files, n, 7, &err));
	suite_commit(f);
}

/* The files of a ruleset, "name=text name=text". */
static void assert_files(struct suite_fixture *f, const char *digest, const char *wanted)
{
	struct suite_listing l = { 0 };
	struct rule_file_row *files;
	size_t n, i;

	OK(f->ops->ruleset_get(f->s, digest, f->arena, &files, &n, &err));
	for (i = 0; i < n; i++) {
		if (strlen(files[i].text) != files[i].len)
			fail_msg("%s: %zu bytes, not %zu", files[i].name,
				strlen(files[i].text), files[i].len);
		suite_note(&l, arena_printf(f->arena, "%s=%s", files[i].name,
			files[i].text));
	}
	assert_string_equal(l.text, wanted);
}

static void a_ruleset_comes_back_by_name(void **state)
{
	struct suite_fixture *f = *state;

	put(f, "d1", first, ARRAY_LEN(first));
	assert_files(f, "d1", "countries.d/AT.conf= countries.d/DE.conf=country = \"DE\"; "
		"name = \"Deutschland \xc3\xbc\";\n regimes.d/nis2.conf=regime = \"nis2\";\n");
}

static void a_text_ends_with_its_length(void **state)
{
	static const struct rule_file_row part[] = { { "a", "abcdef", 3 } };
	struct suite_fixture *f = *state;

	put(f, "d", part, 1);
	assert_files(f, "d", "a=abc");
}

static void rulesets_share_what_they_have_in_common(void **state)
{
	static const struct rule_file_row second[] = {
		FILE_OF("b", "same"), FILE_OF("a", "same"), FILE_OF("c", "other"),
	}, third[] = {
		FILE_OF("b", "changed"), FILE_OF("z", "same"),
	};
	struct suite_fixture *f = *state;

	put(f, "2", second, ARRAY_LEN(second));
	put(f, "3", third, ARRAY_LEN(third));
	put(f, "0", NULL, 0);
	assert_files(f, "2", "a=same b=same c=other");
	assert_files(f, "3", "b=changed z=same");
	assert_files(f, "0", "");
	FAILS(ERROR_NOT_FOUND, f->ops->ruleset_get(f->s, "1", f->arena,
		&(struct rule_file_row *){ NULL }, &(size_t){ 0 }, &err));
}

static void what_was_put_first_stays(void **state)
{
	static const struct rule_file_row other[] = { FILE_OF("a", "other") };
	struct suite_fixture *f = *state;

	put(f, "d", first, 1);
	put(f, "d", first, 1);
	put(f, "d", other, 1);
	assert_files(f, "d", "regimes.d/nis2.conf=regime = \"nis2\";\n");
}

static void a_ruleset_is_put_whole_or_not_at_all(void **state)
{
	static const struct rule_file_row twice[] = {
		FILE_OF("a", "1"), FILE_OF("b", "2"), FILE_OF("a", "3"),
	};
	struct suite_fixture *f = *state;
	struct rule_file_row *files;
	size_t n;

	FAILS(ERROR_INTERNAL, f->ops->ruleset_put(f->s, "d", first, 1, 7, &err));
	suite_begin(f);
	OK(f->ops->savepoint(f->s, &err));
	FAILS(ERROR_CONFLICT, f->ops->ruleset_put(f->s, "d", twice, 3, 7, &err));
	f->ops->undo(f->s);
	FAILS(ERROR_NOT_FOUND, f->ops->ruleset_get(f->s, "d", f->arena, &files, &n, &err));
	OK(f->ops->ruleset_put(f->s, "d", twice, 2, 7, &err));
	f->ops->rollback(f->s);
	FAILS(ERROR_NOT_FOUND, f->ops->ruleset_get(f->s, "d", f->arena, &files, &n, &err));
	put(f, "d", twice, 2);
	assert_files(f, "d", "a=1 b=2");
}

static void rulesets_have_limits(void **state)
{
	struct suite_fixture *f = *state;
	size_t n = RULESET_FILES_MAX + 1, i;
	struct rule_file_row *files = xcalloc(n, sizeof(*files)), *have;
	char *text = xmalloc(RULE_FILE_MAX + 1), names[RULESET_FILES_MAX + 1][8];

	memset(text, '#', RULE_FILE_MAX + 1);
	for (i = 0; i < n; i++) {
		snprintf(names[i], sizeof(names[i]), "%05zu", i);
		files[i] = (struct rule_file_row){ names[i], text, i };
	}
	suite_begin(f);
	FAILS(ERROR_TOO_LARGE, f->ops->ruleset_put(f->s, "many", files, n, 7, &err));
	OK(f->ops->ruleset_put(f->s, "most", files, n - 1, 7, &err));
	files[0].len = RULE_FILE_MAX + 1;
	FAILS(ERROR_TOO_LARGE, f->ops->ruleset_put(f->s, "large", files, 1, 7, &err));
	files[0].len = RULE_FILE_MAX;
	OK(f->ops->ruleset_put(f->s, "largest", files, 1, 7, &err));
	for (i = 0; i <= RULESET_BYTES_MAX / RULE_FILE_MAX; i++)
		files[i].len = RULE_FILE_MAX;
	FAILS(ERROR_TOO_LARGE, f->ops->ruleset_put(f->s, "sum", files, i, 7, &err));
	text[5] = '\0';
	FAILS(ERROR_INVALID, f->ops->ruleset_put(f->s, "nul", files, 1, 7, &err));
	suite_commit(f);
	OK(f->ops->ruleset_get(f->s, "most", f->arena, &have, &i, &err));
	assert_int_equal(i, RULESET_FILES_MAX);
	assert_int_equal(have[1000].len, 1000);
	OK(f->ops->ruleset_get(f->s, "largest", f->arena, &have, &i, &err));
	assert_int_equal(have[0].len, RULE_FILE_MAX);
	free(text);
	free(files);
}

static void an_incident_is_pinned_to_rules_that_are_there(void **state)
{
	struct suite_fixture *f = *state;
	struct incident_row row = suite_incident("acme"), have;

	put(f, "d", first, 1);
	suite_begin(f);
	row.incident.ruleset = "unknown";
	FAILS(ERROR_NOT_FOUND, f->ops->incident_insert(f->s, &row, &err));
	row.incident.ruleset = "d";
	OK(f->ops->incident_insert(f->s, &row, &err));
	row.incident.ruleset = "unknown";
	FAILS(ERROR_NOT_FOUND, f->ops->incident_update(f->s, &row, &err));
	OK(f->ops->incident_load(f->s, row.incident.id, f->arena, &have, &err));
	suite_assert_text(have.incident.ruleset, "d");
	suite_commit(f);
}

static const struct CMUnitTest tests[] = {
	SUITE_TEST(a_ruleset_comes_back_by_name),
	SUITE_TEST(a_text_ends_with_its_length),
	SUITE_TEST(rulesets_share_what_they_have_in_common),
	SUITE_TEST(what_was_put_first_stays),
	SUITE_TEST(a_ruleset_is_put_whole_or_not_at_all),
	SUITE_TEST(rulesets_have_limits),
	SUITE_TEST(an_incident_is_pinned_to_rules_that_are_there),
};

const struct suite_part store_suite_rules = { tests, ARRAY_LEN(tests) };
