/*
 * The option table: every key of tocsind.conf, once, with its type, range,
 * default, unit and help. Reading, range checks and "did you mean" go by it, and
 * a test holds the sample file and the manual to it.
 */
#ifndef TOCSIN_CONFIG_OPTION_H
#define TOCSIN_CONFIG_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum option_type {
	OPTION_TEXT, OPTION_NAME, OPTION_BOOL, OPTION_INT, OPTION_MODE,
	OPTION_SIZE,		/* "64MiB" */
	OPTION_DURATION,	/* "PT20S": ISO 8601, real time */
	OPTION_CHOICE,		/* one of choices */
	OPTION_DATE,		/* "2026-11-21" (data files) */
	OPTION_SECRET,		/* "file:PATH", "credential:NAME" */
	OPTION_URL_SECRET,	/* the same, or a bare https:// URL */
	OPTION_NAMES,		/* [ "a", "b" ]; min and max count them */
	OPTION_TEXTS,		/* the same, or a single "a" (data files) */
	OPTION_TEXT_LISTS,	/* ( [ "a" ], [ "b", "c" ] ) (data files) */
	OPTION_LIST,		/* ( { ... }, { ... } ) of group */
	OPTION_GROUP,		/* { ... } of group */
	OPTION_GROUPS,		/* OPTION_LIST, or a single { ... } (data files) */
};

struct option {
	const char *group;		/* "" for the top level, "token", "step", ... */
	const char *name;
	enum option_type type;
	int64_t min, max;
	const char *fallback;		/* default as written; NULL: none */
	const char *unit;		/* "bytes", "ISO 8601", NULL */
	const char *const *choices;	/* OPTION_CHOICE, NULL-terminated */
	const char *of;			/* OPTION_LIST, _GROUP, _GROUPS: the group */
	bool required;
	bool reloadable;		/* a change takes effect on SIGHUP */
	bool secret;
	const char *help;		/* one sentence */
};

extern const struct option option_table[];
extern const size_t option_count;

#endif
