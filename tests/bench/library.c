/*
 * The calculator through the library: the questions of a file, read once, are
 * answered again and again on one core for a second or so; prints cases a second. What
 * the command adds to that (reading JSON, writing it) is the difference to
 * `tocsin due --batch`.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "config/conf.h"
#include "core/calculator.h"

enum { QUESTIONS_MAX = 10000, FILE_MAX = 64 * 1024 * 1024, ROUNDS = 20 };

static size_t read_questions(char *text, json_t **list)
{
	struct error err;
	char *line, *end;
	size_t n = 0;

	for (line = text; n < QUESTIONS_MAX && (end = strchr(line, '\n')) != NULL; line = end + 1) {
		list[n] = json_read(line, (size_t)(end - line), &err);
		if (list[n] == NULL) {
			fprintf(stderr, "question %zu: %s\n", n + 1, err.text);
			exit(1);
		}
		n++;
	}
	return n;
}

static void answer_all(json_t *const *list, size_t n, const struct rulebook *book,
	struct arena *arena)
{
	struct calculation answer;
	struct error err;
	size_t i;

	for (i = 0; i < n; i++) {
		if (calculate(list[i], book, arena, &answer, &err) < 0) {
			fprintf(stderr, "question %zu: %s\n", i + 1, err.text);
			exit(1);
		}
		arena_reset(arena);
	}
}

int main(int argc, char **argv)
{
	json_t **list = xcalloc(QUESTIONS_MAX, sizeof(*list));
	struct arena *arena = arena_new();
	struct conf_report report;
	struct rules *rules;
	struct error err;
	struct buf text;
	int64_t begin, us;
	size_t n, i;

	buf_init(&text, FILE_MAX);
	if (argc != 3 || file_read(argv[2], FILE_MAX, &text, &err) < 0) {
		fprintf(stderr, "usage: library DATA-DIR QUESTIONS\n");
		return 2;
	}
	rules = rules_load(argv[1], &report);
	if (rules == NULL) {
		fprintf(stderr, "%s\n", report.errors[0].text);
		return 1;
	}
	n = read_questions(text.data, list);
	begin = clock_monotonic_us();
	for (i = 0; i < ROUNDS; i++)
		answer_all(list, n, rules_book(rules), arena);
	us = clock_monotonic_us() - begin;
	printf("%lld\n", (long long)((int64_t)(n * ROUNDS) * 1000000 / (us > 0 ? us : 1)));
	for (i = 0; i < n; i++)
		json_decref(list[i]);
	free(list);
	buf_release(&text);
	conf_report_release(&report);
	rules_free(rules);
	arena_free(arena);
	return 0;
}
