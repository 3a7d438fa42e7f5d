/*
 * Options of a command line, declared as a table: getopt_long(3) underneath, with
 * messages of our own. Options and operands may stand in any order; "--" ends the
 * options. Values are borrowed from argv.
 */
#ifndef TOCSIN_CLI_OPTIONS_H
#define TOCSIN_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum { OPTION_TEXTS_MAX = 64, OPERANDS_MAX = 3 };

/* An option that may be given several times. */
struct option_texts {
	const char *list[OPTION_TEXTS_MAX];
	size_t n;
};

enum option_kind {
	OPTION_FLAG,		/* bool */
	OPTION_TEXT,		/* const char *: UTF-8 */
	OPTION_PATH,		/* const char *: any bytes */
	OPTION_TEXTS,		/* struct option_texts */
	OPTION_TIME,		/* int64_t: RFC 3339 with an offset */
	OPTION_COUNT,		/* int64_t: 1 and more */
};

struct cli_option {
	const char *name;	/* without the dashes */
	enum option_kind kind;
	void *ret;		/* stays as it is when the option is absent */
	bool required;
	bool empty;		/* "" is a value too */
	char letter;		/* short form, 0: none */
};

struct operands {
	const char *const *names;	/* "ID", "STAGE": for messages */
	size_t required, max;
	bool paths;			/* any bytes; else UTF-8 */
	const char *list[OPERANDS_MAX];
	size_t n;
	uint32_t given;			/* bit i: option i was there */
};

/* Reads argv[1] and on. stop: ends at the first operand, which stays for the
 * caller with everything behind it; *ret_next is its index. Missing options and
 * operands are not looked at here, so that --help can be had without them. */
int options_parse(const struct cli_option *options, size_t n, int argc, char **argv,
	bool stop, struct operands *operands, int *ret_next, struct error *err);
/* Is everything there that must be? */
int options_check(const struct cli_option *options, size_t n,
	const struct operands *operands, struct error *err);

/* "NAME=TIME" in two: the name is copied, the time checked. */
int option_pair(const char *text, char *name, size_t size, const char **ret_time,
	struct error *err);
/* The number of an incident. */
int option_id(const char *text, int64_t *ret, struct error *err);

#endif
