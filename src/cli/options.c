/*
 * Options by table: see options.h. getopt_long keeps its place in globals of the
 * C library; it is started anew for every parse, and nothing else here uses it.
 */
#include "config.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/rfc3339.h"
#include "base/text.h"
#include "cli/options.h"

enum { OPTIONS_MAX = 32, SHORT_MAX = 3 * OPTIONS_MAX };

static bool has_value(const struct cli_option *option)
{
	return option->kind != OPTION_FLAG;
}

static int take_time(const struct cli_option *option, const char *text, struct error *err)
{
	int64_t *ret = option->ret;

	if (rfc3339_parse(text, strlen(text), ret, err) < 0)
		return error_prefix(err, "--%s", option->name);
	return 0;
}

static int take(const struct cli_option *option, const char *text, struct error *err)
{
	struct option_texts *texts;

	if (has_value(option) && !option->empty && text[0] == '\0')
		return error_set(err, ERROR_INVALID, "--%s is empty", option->name);
	if (has_value(option) && option->kind != OPTION_PATH &&
			!text_is_utf8(text, strlen(text)))
		return error_set(err, ERROR_INVALID, "--%s is not UTF-8", option->name);
	switch (option->kind) {
	case OPTION_FLAG:
		*(bool *)option->ret = true;
		return 0;
	case OPTION_TEXT:
	case OPTION_PATH:
		*(const char **)option->ret = text;
		return 0;
	case OPTION_TEXTS:
		texts = option->ret;
		if (texts->n == OPTION_TEXTS_MAX)
			return error_set(err, ERROR_INVALID,
				"--%s is given more than %d times",
				option->name, OPTION_TEXTS_MAX);
		texts->list[texts->n++] = text;
		return 0;
	case OPTION_TIME:
		return take_time(option, text, err);
	case OPTION_COUNT:
		if (text_int64(text, 1, INT64_MAX, option->ret) == 0)
			return 0;
		return error_set(err, ERROR_INVALID, "--%s must be a number from 1",
			option->name);
	}
	return error_set(err, ERROR_INTERNAL, "--%s: unknown kind", option->name);
}

static int unknown_option(const struct cli_option *options, size_t n, const char *given,
	struct error *err)
{
	const char *names[OPTIONS_MAX], *near;
	char name[64];
	size_t i;

	for (i = 0; i < n; i++)
		names[i] = options[i].name;
	text_copy(name, sizeof(name), given + strspn(given, "-"));
	name[strcspn(name, "=")] = '\0';
	near = text_nearest(name, names, n);
	if (near != NULL)
		return error_set(err, ERROR_INVALID,
			"there is no option %s%s; did you mean --%s?",
			text_starts(given, "--") ? "--" : "-", name, near);
	return error_set(err, ERROR_INVALID, "there is no option %s%s",
		text_starts(given, "--") ? "--" : "-", name);
}

static int wrong_option(const struct cli_option *options, size_t n, int c, char **argv,
	struct error *err)
{
	char letter[3] = { '-', (char)optopt, '\0' };
	const char *given = argv[optind - 1];
	size_t i;

	if (c == ':' && optopt >= 256)
		return error_set(err, ERROR_INVALID, "--%s needs a value",
			options[optopt - 256].name);
	for (i = 0; i < n; i++)
		if (optopt >= 256 && (size_t)optopt - 256 == i)
			return error_set(err, ERROR_INVALID, "--%s takes no value",
				options[i].name);
	return unknown_option(options, n, optopt > 0 && optopt < 256 ? letter : given, err);
}

/* The tables of getopt_long: an option's number is 256 + its index. */
static void make_tables(const struct cli_option *options, size_t n, bool stop,
	struct option *longs, char letters[SHORT_MAX])
{
	size_t i, used = 0;

	letters[used++] = stop ? '+' : '-';
	letters[used++] = ':';
	for (i = 0; i < n; i++) {
		longs[i] = (struct option){ options[i].name,
			has_value(&options[i]) ? required_argument : no_argument, NULL,
			256 + (int)i };
		if (options[i].letter != 0) {
			letters[used++] = options[i].letter;
			if (has_value(&options[i]))
				letters[used++] = ':';
		}
	}
	letters[used] = '\0';
	longs[n] = (struct option){ 0 };
}

static const struct cli_option *option_of(const struct cli_option *options, size_t n, int c)
{
	size_t i;

	if (c >= 256)
		return &options[c - 256];
	for (i = 0; i < n; i++)
		if (c > 1 && options[i].letter == c)
			return &options[i];
	return NULL;
}

static int take_operand(struct operands *operands, const char *text, struct error *err)
{
	if (operands->n == operands->max)
		return error_set(err, ERROR_INVALID, "\"%.64s\" is one argument too many",
			text);
	if (!operands->paths && !text_is_utf8(text, strlen(text)))
		return error_set(err, ERROR_INVALID, "%s is not UTF-8",
			operands->names[operands->n]);
	operands->list[operands->n++] = text;
	return 0;
}

int options_parse(const struct cli_option *options, size_t n, int argc, char **argv,
	bool stop, struct operands *operands, int *ret_next, struct error *err)
{
	struct option longs[OPTIONS_MAX + 1];
	char letters[SHORT_MAX];
	int c;

	if (n > OPTIONS_MAX)
		return error_set(err, ERROR_INTERNAL, "more than %d options", OPTIONS_MAX);
	make_tables(options, n, stop, longs, letters);
	optind = 0;		/* glibc: start anew, with its own state too */
	opterr = 0;
	while ((c = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		const struct cli_option *option = option_of(options, n, c);

		if (c == 1) {
			if (take_operand(operands, optarg, err) < 0)
				return -1;
		} else if (option == NULL) {
			return wrong_option(options, n, c, argv, err);
		} else if (take(option, optarg, err) < 0) {
			return -1;
		} else {
			operands->given |= (uint32_t)1 << (option - options);
		}
	}
	*ret_next = optind;
	while (!stop && optind < argc)
		if (take_operand(operands, argv[optind++], err) < 0)
			return -1;
	return 0;
}

int options_check(const struct cli_option *options, size_t n,
	const struct operands *operands, struct error *err)
{
	size_t i;

	if (operands->n < operands->required)
		return error_set(err, ERROR_INVALID, "%s is missing",
			operands->names[operands->n]);
	for (i = 0; i < n; i++)
		if (options[i].required && !(operands->given & (uint32_t)1 << i))
			return error_set(err, ERROR_INVALID, "--%s is missing",
				options[i].name);
	return 0;
}

int option_pair(const char *text, char *name, size_t size, const char **ret_time,
	struct error *err)
{
	size_t len = strcspn(text, "=");
	int64_t at;

	if (len == 0 || text[len] != '=')
		return error_set(err, ERROR_INVALID, "\"%.64s\" is not of the form NAME=TIME",
			text);
	if (len >= size)
		return error_set(err, ERROR_INVALID, "a name of more than %zu bytes",
			size - 1);
	memcpy(name, text, len);
	name[len] = '\0';
	*ret_time = text + len + 1;
	if (rfc3339_parse(*ret_time, strlen(*ret_time), &at, err) < 0)
		return error_prefix(err, "%s", name);
	return 0;
}

int option_id(const char *text, int64_t *ret, struct error *err)
{
	if (text_int64(text, 1, INT64_MAX, ret) == 0)
		return 0;
	return error_set(err, ERROR_INVALID, "\"%.64s\" is not the number of an incident",
		text);
}
