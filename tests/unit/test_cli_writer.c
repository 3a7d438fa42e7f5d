/* The writer: tables that line up, text that cannot drive a terminal. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/text.h"
#include "cli/writer.h"

/* A writer that keeps everything: what it holds is looked at, not written. */
static void start(struct writer *w, size_t width, bool colour)
{
	writer_init(w, STDOUT_FILENO, false);
	w->width = width;
	w->colour = colour;
}

static void expect(struct writer *w, const char *text)
{
	assert_string_equal(w->out.data, text);
	buf_release(&w->out);
}

static void columns_line_up(void **state)
{
	static const char *const headings[] = { "LEFT", "ID", "TITLE" };
	static const char *const first[] = { "2 h 05 min", "7", "Ransomware" };
	static const char *const second[] = { "Größe", "12345", NULL };
	struct table t;
	struct writer w;

	(void)state;
	start(&w, 0, false);
	table_init(&t, headings, 3);
	table_add(&t, false, first);
	table_add(&t, true, second);
	table_write(&t, &w);
	expect(&w, "LEFT        ID     TITLE\n"
		"2 h 05 min  7      Ransomware\n"
		"Größe       12345\n");
}

static void columns_of_names_give_way_widest_first(void **state)
{
	static const char *const headings[] = { "LEFT", "REPORT", "ENTITY", "ID", "TITLE" };
	static const char *const row[] = { "2 h 05 min", "nis2/intermediate-report",
		"acme-energy", "dlv_abcdefgh_1", "Ransomware on billing" };
	struct table t;
	struct writer w;

	(void)state;
	start(&w, 60, false);
	table_init(&t, headings, 5);
	table_may_cut(&t, 1);
	table_may_cut(&t, 2);
	table_add(&t, false, row);
	table_write(&t, &w);
	expect(&w, "LEFT        REPORT      ENTITY      ID              TITLE\n"
		"2 h 05 min  nis2/inte…  acme-ener…  dlv_abcdefgh_1  Ransomw…\n");
}

static void a_long_line_goes_on_below(void **state)
{
	struct writer w;

	(void)state;
	start(&w, 20, false);
	writer_wrapped(&w, 2, "one two three  four five six");
	expect(&w, "one two three  four\n  five six\n");
	start(&w, 16, false);
	writer_wrapped(&w, 2, "one two three  four");
	expect(&w, "one two three\n  four\n");
	start(&w, 0, false);
	writer_wrapped(&w, 2, "one two three  four");
	expect(&w, "one two three  four\n");
}

static void the_last_column_is_cut_at_a_character(void **state)
{
	static const char *const headings[] = { "ID", "TITLE" };
	static const char *const row[] = { "1", "ÄÖÜäöüßÄÖÜäöüß" };
	struct table t;
	struct writer w;

	(void)state;
	start(&w, 14, false);
	table_init(&t, headings, 2);
	table_add(&t, false, row);
	table_write(&t, &w);
	expect(&w, "ID  TITLE\n1   ÄÖÜäöüßÄÖ…\n");
}

static void what_fits_exactly_is_not_cut(void **state)
{
	static const char *const headings[] = { "ID", "TITLE" };
	static const char *const row[] = { "1", "0123456789" };
	struct table t;
	struct writer w;

	(void)state;
	start(&w, 14, false);
	table_init(&t, headings, 2);
	table_add(&t, false, row);
	table_write(&t, &w);
	expect(&w, "ID  TITLE\n1   0123456789\n");
}

static void only_a_terminal_has_colours(void **state)
{
	static const char *const headings[] = { "A" };
	static const char *const row[] = { "late" };
	struct table t;
	struct writer w;

	(void)state;
	start(&w, 0, true);
	table_init(&t, headings, 1);
	table_add(&t, true, row);
	table_write(&t, &w);
	writer_urgent(&w, "%s", "late");
	expect(&w, "A\n\033[1;31mlate\033[0m\n\033[1;31mlate\033[0m\n");
	start(&w, 0, false);
	writer_urgent(&w, "%s", "late");
	expect(&w, "late\n");
}

static void text_from_elsewhere_is_cleaned(void **state)
{
	static const struct {
		const char *what, *in, *out;
	} rows[] = {
		{ "plain", "Ransomware – Größe 漢字 🔥", "Ransomware – Größe 漢字 🔥" },
		{ "escape sequence", "a\033[2Jb", "a?[2Jb" },
		{ "forged line", "a\nincident 43", "a incident 43" },
		{ "return and tab", "a\rb\tc", "a b c" },
		{ "bell, delete", "a\a\177", "a??" },
		{ "C1 control sequence introducer", "a\xc2\x9b" "31m", "a?31m" },
		{ "right-to-left override", "a\xe2\x80\xae" "b", "a?b" },
		{ "isolates", "\xe2\x81\xa6" "b\xe2\x81\xa9", "?b?" },
		{ "line separator", "a\xe2\x80\xa8" "b", "a?b" },
		{ "tag", "a\xf3\xa0\x81\x81" "b", "a?b" },
		{ "byte order mark, noncharacter", "\xef\xbb\xbf\xef\xbf\xbe", "??" },
		{ "annotation", "a\xef\xbf\xb9" "b\xef\xbf\xbb", "a?b?" },
		{ "not UTF-8", "a\xff\xfe" "b", "a??b" },
		{ "overlong", "a\xc0\xaf", "a??" },
		{ "cut in the middle", "a\xe2\x80", "a??" },
	};
	struct buf out;
	size_t i;

	(void)state;
	buf_init(&out, 0);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		buf_clear(&out);
		text_clean(&out, rows[i].in, strlen(rows[i].in));
		if (strcmp(out.data, rows[i].out) != 0)
			fail_msg("%s: \"%s\"", rows[i].what, out.data);
	}
	buf_release(&out);
}

static void a_line_stays_one_line(void **state)
{
	struct writer w;

	(void)state;
	start(&w, 0, false);
	writer_line(&w, "title: %s", "a\nb\033");
	expect(&w, "title: a b?\n");
}

/* The value is the same; only its spelling is harmless. */
static void json_keeps_its_value(void **state)
{
	json_t *doc = json_object(), *back;
	struct writer w;

	(void)state;
	json_set_text(doc, "title", "a\033\177\xc2\x9b" "b\xe2\x80\xae" "ü\n"
		"\xf3\xa0\x81\x81");
	start(&w, 0, false);
	writer_document(&w, doc);
	back = json_read(w.out.data, w.out.len, NULL);
	assert_true(json_equal(doc, back));
	expect(&w, "{\"title\":\"a\\u001B\\u007f\\u009bb\\u202eü\\n\\udb40\\udc41\"}\n");
	json_decref(doc);
	json_decref(back);
}

static void a_write_that_fails_is_told_at_the_end(void **state)
{
	struct writer w;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	writer_init(&w, ends[0], false);	/* not open for writing */
	writer_line(&w, "%s", "lost");
	assert_int_equal(writer_close(&w), -1);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_line_up),
		cmocka_unit_test(columns_of_names_give_way_widest_first),
		cmocka_unit_test(a_long_line_goes_on_below),
		cmocka_unit_test(the_last_column_is_cut_at_a_character),
		cmocka_unit_test(what_fits_exactly_is_not_cut),
		cmocka_unit_test(only_a_terminal_has_colours),
		cmocka_unit_test(text_from_elsewhere_is_cleaned),
		cmocka_unit_test(a_line_stays_one_line),
		cmocka_unit_test(json_keeps_its_value),
		cmocka_unit_test(a_write_that_fails_is_told_at_the_end),
	};

	return cmocka_run_group_tests_name("cli writer", tests, NULL, NULL);
}
