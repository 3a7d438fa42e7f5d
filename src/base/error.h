/*
 * An error on its way to the person who can act on it: what kind it is, what
 * happened, and the place (file and line for configuration, a JSON pointer for
 * a request). A function that fails fills one and returns -1; it does not log.
 */
#ifndef TOCSIN_BASE_ERROR_H
#define TOCSIN_BASE_ERROR_H

enum error_code {
	ERROR_NONE = 0,
	ERROR_INVALID,		/* the input is wrong: 422, exit 1 */
	ERROR_NOT_FOUND,	/* no such thing: 404 */
	ERROR_CONFLICT,		/* refused by the present state: 409 */
	ERROR_FORBIDDEN,	/* the caller may not: 403 */
	ERROR_TOO_LARGE,	/* over a limit: 413 */
	ERROR_BUSY,		/* try again later: 503 */
	ERROR_FULL,		/* the disk floor is reached: 507 */
	ERROR_IO,		/* the system said no */
	ERROR_INTERNAL,		/* our own bug */
};

struct error {
	enum error_code code;
	int line;		/* 0: none */
	char file[256];		/* "": none */
	char pointer[160];	/* RFC 6901, "": none */
	char text[512];
};

/* Each fills *err (NULL is allowed) and returns -1: "return error_set(...)". */
int error_set(struct error *err, enum error_code code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int error_at(struct error *err, const char *file, int line, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
int error_pointer(struct error *err, const char *pointer, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts words in front of the text: "reading zone: no such file". Returns -1. */
int error_prefix(struct error *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
