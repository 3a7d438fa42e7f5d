/* Directories, files and loading for the tests of the configuration. */
#include "config.h"

#include <dirent.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/text.h"
#include "conf_fixture.h"

void make_dir(const struct place *p, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", p->dir, name);
	assert_int_equal(mkdir(path, 0700), 0);
}

void make_file(const struct place *p, const char *name, mode_t mode, const char *text)
{
	char path[PATH_MAX];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", p->dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

int set_up(void **state)
{
	struct place *p = xcalloc(1, sizeof(*p));

	text_copy(p->dir, sizeof(p->dir), "/tmp/tocsin-conf.XXXXXX");
	*state = p;
	return mkdtemp(p->dir) == NULL ? -1 : 0;
}

void remove_tree(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *entry;

	while (d != NULL && (entry = readdir(d)) != NULL) {
		char path[PATH_MAX];

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		if (unlink(path) < 0)
			remove_tree(path);
	}
	if (d != NULL)
		closedir(d);
	rmdir(dir);
}

int tear_down(void **state)
{
	struct place *p = *state;

	remove_tree(p->dir);
	free(p);
	return 0;
}

struct conf *load(const struct place *p, const char *data_dir, bool secrets,
	struct conf_report *report)
{
	char path[PATH_MAX];
	struct conf_options options = { .path = path, .data_dir = data_dir,
		.read_secrets = secrets };

	snprintf(path, sizeof(path), "%s/tocsind.conf", p->dir);
	return conf_load(&options, report);
}

struct conf *load_good(const struct place *p, bool secrets)
{
	struct conf_report report;
	struct conf *conf = load(p, DATA, secrets, &report);
	size_t i;

	for (i = 0; i < report.n_errors; i++)
		print_message("%s:%d: %s\n", report.errors[i].file, report.errors[i].line,
			report.errors[i].text);
	assert_non_null(conf);
	conf_report_release(&report);
	return conf;
}

void assert_one(const struct error *list, size_t n, const char *file, int line,
	const char *text)
{
	if (n != 1 || list[0].line != line || strstr(list[0].text, text) == NULL ||
		strstr(list[0].file, file) == NULL)
		fail_msg("expected \"%s:%d: %s\", found %zu, first \"%s:%d: %s\"", file, line, text, n,
			n > 0 ? list[0].file : "", n > 0 ? list[0].line : 0, n > 0 ? list[0].text : "");
}

/* One expected line against the report, in order; true when it fits. */
static bool fits(const char *expected, const struct error *found)
{
	char *end;
	long line = strtol(expected, &end, 10);

	if (end == expected)
		return strstr(found->text, expected) != NULL;
	return line == found->line && text_starts(end, ": ") &&
		strstr(found->text, end + 2) != NULL;
}

int compare_report(const char *name, char *expect, const struct error *list, size_t n)
{
	bool *used = xcalloc(n + 1, sizeof(*used));
	char *line, *next;
	int bad = 0;
	size_t i;

	for (line = expect; *line != '\0'; line = next) {
		next = line + strcspn(line, "\n");
		if (*next == '\n')
			*next++ = '\0';
		for (i = 0; i < n && (used[i] || !fits(line, &list[i])); i++)
			;
		if (i < n) {
			used[i] = true;
			continue;
		}
		print_message("%s: expected \"%s\"\n", name, line);
		bad++;
	}
	for (i = 0; i < n; i++)
		if (!used[i]) {
			print_message("%s: unexpected \"%d: %s\"\n", name, list[i].line, list[i].text);
			bad++;
		}
	free(used);
	return bad;
}

int report_in_order(const char *name, const struct error *list, size_t n)
{
	size_t i;

	for (i = 1; i < n; i++)
		if (list[i].line != 0 && list[i].line < list[i - 1].line) {
			print_message("%s: line %d is told after line %d\n", name, list[i].line,
				list[i - 1].line);
			return 1;
		}
	return 0;
}
