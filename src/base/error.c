/*
 * Errors as values: see error.h. Texts are cut at the size of the struct, never
 * allocated, so that running out of memory can still be told.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

static void fill(struct error *err, enum error_code code, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));

static void fill(struct error *err, enum error_code code, const char *fmt, va_list ap)
{
	/* The text is made aside: an argument may point into *err itself. */
	char text[sizeof(err->text)];

	vsnprintf(text, sizeof(text), fmt, ap);
	memset(err, 0, sizeof(*err));
	err->code = code;
	memcpy(err->text, text, sizeof(text));
}

int error_set(struct error *err, enum error_code code, const char *fmt, ...)
{
	va_list ap;

	if (err == NULL)
		return -1;
	va_start(ap, fmt);
	fill(err, code, fmt, ap);
	va_end(ap);
	return -1;
}

int error_at(struct error *err, const char *file, int line, const char *fmt, ...)
{
	char place[sizeof(err->file)];
	va_list ap;

	if (err == NULL)
		return -1;
	snprintf(place, sizeof(place), "%s", file != NULL ? file : "");
	va_start(ap, fmt);
	fill(err, ERROR_INVALID, fmt, ap);
	va_end(ap);
	memcpy(err->file, place, sizeof(place));
	err->line = line;
	return -1;
}

int error_pointer(struct error *err, const char *pointer, const char *fmt, ...)
{
	char place[sizeof(err->pointer)];
	va_list ap;

	if (err == NULL)
		return -1;
	snprintf(place, sizeof(place), "%s", pointer != NULL ? pointer : "");
	va_start(ap, fmt);
	fill(err, ERROR_INVALID, fmt, ap);
	va_end(ap);
	memcpy(err->pointer, place, sizeof(place));
	return -1;
}

int error_prefix(struct error *err, const char *fmt, ...)
{
	char text[2 * sizeof(err->text)];
	va_list ap;
	int n;

	if (err == NULL)
		return -1;
	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(err->text), fmt, ap);
	va_end(ap);
	if (n < 0)
		return -1;
	if ((size_t)n >= sizeof(err->text))
		n = (int)sizeof(err->text) - 1;
	snprintf(text + n, sizeof(text) - (size_t)n, ": %s", err->text);
	memcpy(err->text, text, sizeof(err->text));
	err->text[sizeof(err->text) - 1] = '\0';
	return -1;
}
