/*
 * Names that people choose from stand in several places: in the program, in the description
 * of its API, in the completions of two shells, in the dashboard. Each has what the program
 * has, and nothing else.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "core/detail.h"
#include "core/regime.h"

enum { NAMES_MAX = 64 };

struct names {
	char list[NAMES_MAX][32];
	size_t n;
};

static void add_name(struct names *names, const char *text, size_t len)
{
	char *to = names->list[names->n];

	if (names->n + 1 >= NAMES_MAX || len >= sizeof(names->list[0]))
		fail_msg("too many names, or one that is too long: %.*s", (int)len, text);
	memcpy(to, text, len);
	to[len] = '\0';
	names->n++;
}

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void same(const char *where, struct names *found, const struct names *wanted)
{
	struct names sorted = *wanted;
	size_t i;

	qsort(found->list, found->n, sizeof(found->list[0]), compare);
	qsort(sorted.list, sorted.n, sizeof(sorted.list[0]), compare);
	for (i = 0; i < found->n || i < sorted.n; i++)
		if (i >= found->n || i >= sorted.n ||
		    strcmp(found->list[i], sorted.list[i]) != 0)
			fail_msg("%s: \"%s\" stands where the program has \"%s\"", where,
				i < found->n ? found->list[i] : "",
				i < sorted.n ? sorted.list[i] : "");
}

static char *read_source(const char *name)
{
	char path[512];
	struct error err;
	struct buf text;

	snprintf(path, sizeof(path), "%s/%s", TEST_SRCDIR, name);
	buf_init(&text, 0);
	if (file_read(path, 1 << 20, &text, &err) < 0)
		fail_msg("%s", err.text);
	return buf_detach(&text, NULL);
}

/* The text between two marks. */
static char *part_of(const char *file, const char *from, const char *to)
{
	char *text = read_source(file), *begin = strstr(text, from), *end;

	end = begin != NULL ? strstr(begin += strlen(from), to) : NULL;
	if (end == NULL)
		fail_msg("%s has no \"%s\"", file, from);
	*end = '\0';
	memmove(text, begin, (size_t)(end - begin) + 1);
	return text;
}

/* Words of a shell; a line's end may be hidden. */
static void check_words(const char *file, const char *from, const struct names *wanted)
{
	char *text = part_of(file, from, ";;"), *p = text;
	struct names found = { .n = 0 };

	while (*p != '\0') {
		size_t n = strcspn(p, " \t\n\\");

		if (n > 0)
			add_name(&found, p, n);
		p += n;
		p += strspn(p, " \t\n\\");
	}
	same(file, &found, wanted);
	free(text);
}

/* [["name", "words"], ...] */
static void check_pairs(const char *from, const struct names *wanted)
{
	static const char file[] = "src/web/kinds.js";
	char *text = part_of(file, from, "];\n\n"), *p = text;
	struct names found = { .n = 0 };

	while ((p = strstr(p, "[\"")) != NULL) {
		p += 2;
		add_name(&found, p, strcspn(p, "\""));
	}
	same(file, &found, wanted);
	free(text);
}

static void check_schema(const char *schema, const char *member, const struct names *wanted)
{
	static const char file[] = "src/api/openapi.json";
	char *text = read_source(file);
	json_t *document = json_read(text, strlen(text), NULL);
	const json_t *list = json_object_get(json_object_get(json_object_get(json_object_get(
		json_object_get(json_object_get(document, "components"), "schemas"), schema),
		"properties"), member), "enum");
	struct names found = { .n = 0 };
	size_t i;

	for (i = 0; i < json_array_size(list); i++) {
		const char *name = json_string_value(json_array_get(list, i));

		add_name(&found, name, strlen(name));
	}
	same(file, &found, wanted);
	json_decref(document);
	free(text);
}

static void test_details(void **state)
{
	struct names wanted = { .n = 0 };
	size_t i;

	(void)state;
	for (i = 0; i < detail_count; i++)
		add_name(&wanted, detail_kinds[i].name, strlen(detail_kinds[i].name));
	check_schema("RecordDetail", "name", &wanted);
	check_words("etc/completion/bash/tocsin", "detail:1) echo ", &wanted);
	check_words("etc/completion/zsh/_tocsin", "detail:1) compadd ", &wanted);
	check_pairs("const DETAILS = [", &wanted);
}

static void test_types_of_events(void **state)
{
	struct names wanted = { .n = 0 };
	size_t i;

	(void)state;
	for (i = 0; event_types[i] != NULL; i++)
		add_name(&wanted, event_types[i], strlen(event_types[i]));
	check_schema("RecordEvent", "type", &wanted);
	check_words("etc/completion/bash/tocsin", "event:1) echo ", &wanted);
	check_words("etc/completion/zsh/_tocsin", "event:1) compadd ", &wanted);
	check_pairs("const EVENTS = [", &wanted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_details),
		cmocka_unit_test(test_types_of_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
