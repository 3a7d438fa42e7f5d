/*
 * The report of a reading: errors and warnings, bounded, and at the end put in
 * the order of the files, so that an operator works from top to bottom.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "config/reader.h"

static void add(struct error **list, size_t *n, const char *file, int line, const char *text)
{
	if (*n > CONF_REPORTS_MAX)
		return;
	*list = xreallocarray(*list, *n + 1, sizeof(**list));
	if (*n == CONF_REPORTS_MAX)
		error_set(&(*list)[*n], ERROR_INVALID, "there are more; only %d are shown",
			CONF_REPORTS_MAX);
	else
		error_at(&(*list)[*n], file, line, "%s", text);
	(*n)++;
}

void reader_error(struct reader *reader, const char *file, int line, const char *fmt, ...)
{
	char text[sizeof(((struct error *)NULL)->text)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	reader->n_errors++;
	add(&reader->report->errors, &reader->report->n_errors, file, line, text);
}

void reader_warning(struct reader *reader, const char *file, int line, const char *fmt, ...)
{
	char text[sizeof(((struct error *)NULL)->text)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	add(&reader->report->warnings, &reader->report->n_warnings, file, line, text);
}

static size_t file_rank(const struct reader *reader, const char *file)
{
	size_t i;

	for (i = 0; i < reader->n_files && strcmp(reader->files[i].path, file) != 0; i++)
		;
	return i;
}

/* Insertion sort: stable, and there are few. What names no file goes last. */
static void sort(const struct reader *reader, struct error *list, size_t n)
{
	size_t i, j;

	for (i = 1; i < n; i++) {
		struct error item = list[i];
		size_t rank = file_rank(reader, item.file);

		for (j = i; j > 0; j--) {
			size_t other = file_rank(reader, list[j - 1].file);

			if (other < rank || (other == rank && list[j - 1].line <= item.line))
				break;
			list[j] = list[j - 1];
		}
		list[j] = item;
	}
}

void reader_sort(struct reader *reader)
{
	struct conf_report *report = reader->report;

	sort(reader, report->errors, report->n_errors);
	sort(reader, report->warnings, report->n_warnings);
}

void conf_report_release(struct conf_report *report)
{
	free(report->errors);
	free(report->warnings);
	memset(report, 0, sizeof(*report));
}
